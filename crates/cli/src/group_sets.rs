//! Group sets of a site: groups that permissions name together.

use clap::{Args, Subcommand};
use tavola_client::{
    Client, ListOptions,
    api::group_sets::GroupSet,
    model::{GroupSetId, Operator},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    groups,
    list::{ListArguments, Shape},
    output::Output,
    secrets,
};

/// What can be done with group sets.
#[derive(Debug, Subcommand)]
pub enum GroupSetCommand {
    /// List the group sets of the site
    List(ListArguments),
    /// Show a group set with its groups
    Show {
        /// The group set's name or id
        group_set: String,
    },
    /// Make a group set
    Create {
        /// The group set's name
        name: String,
        /// The names or ids of the groups to put into it
        #[arg(value_name = "GROUP")]
        groups: Vec<String>,
    },
    /// Give a group set another name
    Update {
        /// The group set's name or id
        group_set: String,
        /// Its new name
        #[arg(long, value_name = "NAME")]
        name: String,
    },
    /// Delete a group set; its groups stay
    Delete {
        /// The group set's name or id
        group_set: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Put groups into a group set
    Add(Groups),
    /// Take groups out of a group set
    Remove(Groups),
}

/// The arguments of `group-set add` and `group-set remove`.
#[derive(Debug, Args)]
pub struct Groups {
    /// The group set's name or id
    group_set: String,
    /// The groups' names or ids
    #[arg(required = true, value_name = "GROUP")]
    groups: Vec<String>,
}

static SHAPE: Shape = Shape {
    things: "group sets",
    fields: &["id", "name", "groupCount", "group"],
    columns: &["name", "groupCount", "group", "id"],
    record: &["name", "groupCount", "group", "id"],
    has_hidden_fields: false,
    filtered_by_server: &["name"],
    sorted_by_server: &["name"],
};

/// Does what was asked with group sets.
pub async fn run(command: GroupSetCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        GroupSetCommand::List(arguments) => {
            let page = async |client: &Client, options: &ListOptions| client.group_sets().list(options).await;
            SHAPE.list(&arguments, global, output, page).await
        }
        GroupSetCommand::Show { group_set } => {
            let fetch = async |client: &Client| {
                let id = find(client, &group_set).await?;
                let shown = client.group_sets().get(id).await;
                shown.map_err(|error| Failure::of_call(format!("cannot show the group set `{group_set}`"), &error))
            };
            SHAPE.show(global, output, fetch).await
        }
        GroupSetCommand::Create { name, groups } => create(&name, &groups, global, output).await,
        GroupSetCommand::Update { group_set, name } => {
            let changed = Connection::find(global)?
                .run(output, async |client| {
                    let id = find(client, &group_set).await?;
                    let changed = client.group_sets().update(id, &name).await;
                    changed
                        .map_err(|error| Failure::of_call(format!("cannot change the group set `{group_set}`"), &error))
                })
                .await?;
            output.done(&changed, &format!("changed the group set `{group_set}`"))
        }
        GroupSetCommand::Delete { group_set, yes } => delete(&group_set, yes, global, output).await,
        GroupSetCommand::Add(Groups { group_set, groups }) => {
            let put = async |client: &Client| {
                let id = find(client, &group_set).await?;
                put(client, id, &group_set, &groups).await
            };
            Connection::find(global)?.run(output, put).await?;
            output.say(&format!("put {} into the group set `{group_set}`", called(&groups)));
            Ok(())
        }
        GroupSetCommand::Remove(Groups { group_set, groups }) => {
            let take = async |client: &Client| {
                let id = find(client, &group_set).await?;
                for group in &groups {
                    let taken = client.group_sets().remove_group(id, groups::find(client, group).await?).await;
                    taken.map_err(|error| {
                        let what = format!("cannot take the group `{group}` out of the group set `{group_set}`");
                        Failure::of_call(what, &error)
                    })?;
                }
                Ok(())
            };
            Connection::find(global)?.run(output, take).await?;
            output.say(&format!("took {} out of the group set `{group_set}`", called(&groups)));
            Ok(())
        }
    }
}

async fn create(name: &str, groups: &[String], global: &Global, output: &mut Output) -> Result<(), Failure> {
    let made = Connection::find(global)?
        .run(output, async |client| {
            let made = client.group_sets().create(name).await;
            let made = made.map_err(|error| Failure::of_call(format!("cannot make the group set `{name}`"), &error))?;
            if groups.is_empty() {
                return Ok(made);
            }
            let id = known_id(&made, name)?;
            let undo = format!("the group set `{name}` is there; `tavola group-set delete '{name}'` undoes it");
            put(client, id, name, groups).await.map_err(|failure| failure.hint(undo))?;
            let filled = client.group_sets().get(id).await;
            filled.map_err(|error| Failure::of_call(format!("cannot show the group set `{name}`"), &error))
        })
        .await?;
    output.done(&made, &format!("made the group set `{name}`"))
}

async fn put(client: &Client, id: GroupSetId, set: &str, groups: &[String]) -> Result<(), Failure> {
    for group in groups {
        let added = client.group_sets().add_group(id, groups::find(client, group).await?).await;
        added.map_err(|error| {
            Failure::of_call(format!("cannot put the group `{group}` into the group set `{set}`"), &error)
        })?;
    }
    Ok(())
}

async fn delete(set: &str, yes: bool, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let called = format!("group set `{set}`");
    secrets::require_consent(yes, &format!("deletes the {called}"))?;
    Connection::find(global)?
        .run(output, async |client| {
            let id = find(client, set).await?;
            secrets::consent(yes, &format!("The {called} will be gone"), set).await?;
            let deleted = client.group_sets().delete(id).await;
            deleted.map_err(|error| Failure::of_call(format!("cannot delete the {called}"), &error))
        })
        .await?;
    output.say(&format!("deleted the {called}"));
    Ok(())
}

/// How people call these groups.
fn called(groups: &[String]) -> String {
    match groups {
        [group] => format!("the group `{group}`"),
        groups => format!("{} groups", groups.len()),
    }
}

/// The id of a group set that is named by id or name.
pub async fn find(client: &Client, set: &str) -> Result<GroupSetId, Failure> {
    if let Ok(id) = set.parse() {
        return Ok(id);
    }
    let options = ListOptions::default().filter("name", Operator::Eq, [set]);
    let listed = client.group_sets().list_all(&options).await;
    let listed = listed.map_err(|error| Failure::of_call(format!("cannot look for the group set `{set}`"), &error))?;
    let found = listed.first().ok_or_else(|| {
        Failure::refused(format!("there is no group set `{set}` on this site"))
            .hint("`tavola group-set list` shows all")
    })?;
    known_id(found, set)
}

fn known_id(set: &GroupSet, name: &str) -> Result<GroupSetId, Failure> {
    set.id
        .as_ref()
        .and_then(|id| id.known())
        .ok_or_else(|| Failure::failed(format!("the server gave no usable id of the group set `{name}`")))
}
