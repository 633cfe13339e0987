//! Deleted content of a site. Only servers that keep any have a recycle bin.

use clap::{Args, Subcommand};
use tavola_client::{
    Client, ListOptions,
    api::recycle_bin::RecycleBinItem,
    model::{Operator, WorkbookId},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    list::{ListArguments, Shape},
    output::Output,
    projects, secrets,
};

/// What can be done with deleted content.
#[derive(Debug, Subcommand)]
pub enum RecycleBinCommand {
    /// List the deleted content that you own or may delete, for administrators that of the site
    List(ListArguments),
    /// Put deleted content back
    #[command(after_help = "Example: tavola recycle-bin restore Sales --project Finance --name 'Sales of 2025'")]
    Restore(RestoreArguments),
    /// Delete it for good
    Delete {
        #[command(flatten)]
        named: Named,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Delete all that `recycle-bin list` shows for good
    Empty {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// What is meant.
#[derive(Debug, Args)]
pub struct Named {
    /// Its name, or its id, as `recycle-bin list` shows them
    #[arg(required = true, value_name = "ITEM")]
    items: Vec<String>,
}

/// The arguments of `recycle-bin restore`.
#[derive(Debug, Args)]
pub struct RestoreArguments {
    #[command(flatten)]
    named: Named,
    /// The path or id of the project to put it into; without this it goes where it lay
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// The name to give it; without this it keeps its own
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

static SHAPE: Shape = Shape {
    things: "deleted content",
    fields: &[
        "id",
        "type",
        "name",
        "description",
        "contentUrl",
        "size",
        "deletedAt",
        "expiresAt",
        "project.id",
        "project.name",
        "owner.id",
        "owner.name",
        "deletedBy.id",
        "deletedBy.name",
    ],
    columns: &["name", "type", "project.name", "owner.name", "deletedAt", "expiresAt", "id"],
    record: &[],
    has_hidden_fields: false,
    filtered_by_server: &["name", "type", "deletedAt", "size", "projectId", "projectName", "ownerName"],
    sorted_by_server: &["name", "type", "deletedAt", "size", "projectName", "ownerName"],
};

/// Does what was asked with deleted content.
pub async fn run(command: RecycleBinCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        RecycleBinCommand::List(arguments) => {
            let page = async |client: &Client, options: &ListOptions| client.recycle_bin().list(options).await;
            SHAPE.list(&arguments, global, output, page).await
        }
        RecycleBinCommand::Restore(arguments) => restore(arguments, global, output).await,
        RecycleBinCommand::Delete { named, yes } => delete(&named.items, yes, global, output).await,
        RecycleBinCommand::Empty { yes } => empty(yes, global, output).await,
    }
}

async fn restore(arguments: RestoreArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let RestoreArguments { named, project, name } = arguments;
    if name.is_some() && named.items.len() > 1 {
        return Err(Failure::failed("several things cannot have one name: `--name` is for one"));
    }
    let restored = Connection::find(global)?
        .run(output, async |client| {
            let project = match &project {
                Some(project) => Some(projects::find(client, project).await?),
                None => None,
            };
            let mut restored = Vec::new();
            for item in &named.items {
                let id = find(client, item).await?;
                let back = client.recycle_bin().restore(&id, project, name.as_deref()).await;
                restored.push(back.map_err(|error| Failure::of_call(format!("cannot restore `{item}`"), &error))?);
            }
            Ok(restored)
        })
        .await?;
    for item in &restored {
        let place = item.project.as_ref().and_then(|project| project.name.as_deref()).unwrap_or("?");
        let words = format!("restored `{}` into `{place}`", item.name.as_deref().unwrap_or("?"));
        if output.is_json() {
            output.say(&words);
        } else {
            output.done(item, &words)?;
        }
    }
    if output.is_json() { output.json(&restored) } else { Ok(()) }
}

async fn delete(items: &[String], yes: bool, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let what = match items {
        [one] => format!("`{one}`"),
        all => format!("{} things", all.len()),
    };
    secrets::require_consent(yes, &format!("deletes {what} for good"))?;
    secrets::consent(yes, &format!("{what} will be gone for good"), "delete").await?;
    Connection::find(global)?
        .run(output, async |client| {
            for item in items {
                let id = find(client, item).await?;
                let deleted = client.recycle_bin().delete(&id).await;
                deleted.map_err(|error| Failure::of_call(format!("cannot delete `{item}`"), &error))?;
            }
            Ok(())
        })
        .await?;
    output.say(&format!("deleted {what} for good"));
    Ok(())
}

async fn empty(yes: bool, global: &Global, output: &mut Output) -> Result<(), Failure> {
    secrets::require_consent(yes, "deletes all of it for good")?;
    secrets::consent(yes, "All that you see in the recycle bin will be gone for good", "delete").await?;
    Connection::find(global)?
        .run(output, async |client| {
            let emptied = client.recycle_bin().empty().await;
            emptied.map_err(|error| Failure::of_call("cannot empty the recycle bin", &error))
        })
        .await?;
    output.say("emptied the recycle bin");
    Ok(())
}

/// The id of what is meant: by its id or its name.
async fn find(client: &Client, text: &str) -> Result<String, Failure> {
    // The ids of all kinds are alike.
    if text.parse::<WorkbookId>().is_ok() {
        return Ok(text.to_owned());
    }
    let options = ListOptions::default().filter("name", Operator::Eq, [text]);
    let found = client.recycle_bin().list_all(&options).await;
    let found = found.map_err(|error| Failure::of_call(format!("cannot look for `{text}`"), &error))?;
    match found.as_slice() {
        [] => Err(Failure::refused(format!("there is no `{text}` in the recycle bin"))
            .hint("`tavola recycle-bin list` shows all")),
        [one] => one.id.clone().ok_or_else(|| Failure::failed(format!("the server gave no id of `{text}`"))),
        many => Err(Failure::failed(format!(
            "there is more than one `{text}` in the recycle bin: {}",
            many.iter().map(told_apart).collect::<Vec<_>>().join(", ")
        ))
        .hint("the id tells which")),
    }
}

/// What tells things of one name apart.
fn told_apart(item: &RecycleBinItem) -> String {
    let kind = item.content_type.as_ref().map(ToString::to_string).unwrap_or_default();
    let deleted = item.deleted_at.map(|at| at.to_string()).unwrap_or_default();
    format!("{} ({kind}, deleted {deleted})", item.id.as_deref().unwrap_or("?"))
}
