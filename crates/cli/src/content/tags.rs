//! Tags on one thing.

use clap::Args;
use tavola_client::{Client, Tagged};

use super::{Kind, Named, on};
use crate::{Failure, arguments::Global, output::Output};

/// Which one is meant, and tags.
#[derive(Debug, Args)]
pub struct Tags<K: Kind> {
    #[command(flatten)]
    named: Named<K>,
    /// The tags
    #[arg(required = true)]
    tags: Vec<String>,
}

impl<K: Kind + Tagged> Tags<K> {
    /// Puts the tags on it.
    pub async fn add(&self, global: &Global, output: &mut Output) -> Result<(), Failure> {
        let Self { named, tags } = self;
        let called = named.called();
        let add = async |client: &Client, id| K::room(client).add_tags(id, tags).await;
        let all = on(&format!("tag the {called}"), named, global, output, add).await?;
        output.done(&all, &format!("the {called} has the tags {}", all.join(", ")))
    }

    /// Takes the tags off it.
    pub async fn remove(&self, global: &Global, output: &mut Output) -> Result<(), Failure> {
        let Self { named, tags } = self;
        let called = named.called();
        let remove = async |client: &Client, id| {
            for tag in tags {
                K::room(client).delete_tag(id, tag).await?;
            }
            Ok(())
        };
        on(&format!("take the tags off the {called}"), named, global, output, remove).await?;
        output.say(&format!("took {} off the {called}", tags.join(", ")));
        Ok(())
    }
}
