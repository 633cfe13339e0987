//! Tags on many things at once, of any kinds.

use clap::{ArgGroup, Args, Subcommand};
use serde_json::json;

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    output::Output,
    things::{AndVirtualConnections, Things},
};

/// What can be done with tags on many things.
#[derive(Debug, Subcommand)]
pub enum TagCommand {
    /// Put all of the tags on all of the things
    #[command(
        after_help = "Example: tavola tag add finance 2026 --workbook Sales --workbook Stock --datasource Orders"
    )]
    Add(TagArguments),
    /// Take all of the tags off all of the things
    #[command(after_help = "Example: tavola tag remove draft --workbook Sales --view Sales/sheets/Overview")]
    Remove(TagArguments),
}

/// Tags, and things.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("things").required(true).multiple(true))]
pub struct TagArguments {
    /// The tags
    #[arg(required = true, value_name = "TAG")]
    tags: Vec<String>,
    #[command(flatten)]
    things: Things,
    #[command(flatten)]
    others: AndVirtualConnections,
}

/// Does what was asked with tags.
pub async fn run(command: TagCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let (arguments, adds) = match &command {
        TagCommand::Add(arguments) => (arguments, true),
        TagCommand::Remove(arguments) => (arguments, false),
    };
    let TagArguments { tags, things, others } = arguments;
    let count = Connection::find(global)?
        .run(output, async |client| {
            let things = things.tagged(client, others).await?;
            let (what, done) = if adds {
                ("put the tags on", client.tags().add(tags, &things).await)
            } else {
                ("take the tags off", client.tags().delete(tags, &things).await)
            };
            done.map_err(|error| Failure::of_call(format!("cannot {what} these things"), &error))?;
            Ok(things.len())
        })
        .await?;
    let things = if count == 1 { "1 thing".to_owned() } else { format!("{count} things") };
    let tagged = tags.join(", ");
    let words = if adds { format!("put {tagged} on {things}") } else { format!("took {tagged} off {things}") };
    output.done(&json!({ "tags": tags, "things": count }), &words)
}
