//! The files that something had.

use std::fmt::Debug;

use clap::Subcommand;
use serde_json::Value;
use tavola_client::{Client, Linked, ListOptions, Revised};

use super::{
    Kind, Named, Publishable,
    download::{Target, download_revision},
    on,
};
use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    list::{ListArguments, Shape},
    output::{self, Output},
    secrets,
};

/// What can be done with the revisions of a kind.
pub trait RevisionCommands: Subcommand + Debug {
    /// Does what was asked.
    async fn run(self, global: &Global, output: &mut Output) -> Result<(), Failure>;
}

/// What can be done with revisions of every kind that has some.
#[derive(Debug, Subcommand)]
pub enum RevisionCommand<K: Publishable> {
    /// List the files it had
    List {
        #[command(flatten)]
        named: Named<K>,
        #[command(flatten)]
        list: ListArguments,
    },
    /// Download one of them
    Download {
        #[command(flatten)]
        named: Named<K>,
        /// Its number, as `revisions list` shows it
        revision: u64,
        #[command(flatten)]
        flags: K::Downloaded,
        #[command(flatten)]
        to: Target,
    },
}

/// What can be done with revisions of a kind whose revisions can be removed.
#[derive(Debug, Subcommand)]
pub enum LinkedRevisionCommand<K: Publishable> {
    #[command(flatten)]
    Of(RevisionCommand<K>),
    /// Remove some of them, but not the newest
    Remove {
        #[command(flatten)]
        named: Named<K>,
        /// Their numbers, as `revisions list` shows them
        #[arg(required = true, value_name = "REVISION")]
        revisions: Vec<u64>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

static SHAPE: Shape = Shape {
    things: "revisions",
    fields: &["revisionNumber", "publishedAt", "current", "deleted", "sizeInBytes", "publisher.name", "publisher.id"],
    columns: &["revisionNumber", "publishedAt", "publisher.name", "sizeInBytes", "current"],
    record: &[],
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

impl<K: Publishable + Revised> RevisionCommands for RevisionCommand<K> {
    async fn run(self, global: &Global, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::List { named, list } => {
                let list = list.read(&SHAPE)?;
                let what = format!("list the revisions of the {}", named.called());
                let fetch =
                    async |client: &Client, id| K::room(client).revisions_all(id, &ListOptions::default()).await;
                let revisions = on(&what, &named, global, output, fetch).await?;
                list.show(revisions.iter().map(output::row).collect::<Vec<Value>>(), output)
            }
            Self::Download { named, revision, flags, to } => {
                download_revision(&named, revision, &flags, &to, global, output).await
            }
        }
    }
}

impl<K: Publishable + Revised + Linked> RevisionCommands for LinkedRevisionCommand<K> {
    async fn run(self, global: &Global, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Of(command) => command.run(global, output).await,
            Self::Remove { named, revisions, yes } => remove(&named, &revisions, yes, global, output).await,
        }
    }
}

async fn remove<K: Kind + Linked>(
    named: &Named<K>,
    revisions: &[u64],
    yes: bool,
    global: &Global,
    output: &mut Output,
) -> Result<(), Failure> {
    let called = named.called();
    let numbers = revisions.iter().map(u64::to_string).collect::<Vec<_>>().join(", ");
    let (noun, verb) = if revisions.len() == 1 { ("revision", "is") } else { ("revisions", "are") };
    secrets::require_consent(yes, &format!("removes the {noun} {numbers} of the {called}"))?;
    Connection::find(global)?
        .run(output, async |client| {
            let id = named.find(client).await?;
            let warning = format!("The {noun} {numbers} of the {called} will be gone");
            secrets::consent(yes, &warning, &named.item).await?;
            for revision in revisions {
                let removed = K::room(client).remove_revision(id, *revision).await;
                removed.map_err(|error| {
                    Failure::of_call(format!("cannot remove the revision {revision} of the {called}"), &error)
                })?;
            }
            Ok(())
        })
        .await?;
    output.say(&format!("the {noun} {numbers} of the {called} {verb} removed"));
    Ok(())
}
