//! Permissions on content and projects of a site: which rules there are, what they come to for somebody, and all of them as
//! a file.
//!
//! [`as_file`] has these commands. What a file says and what a site is are a [`policy`], in the same words: [`mod@file`] and
//! [`site`] read it, [`export`] writes it. [`plan`] is the pure function from two of these to changes, and [`apply`] makes
//! them.

mod apply;
mod as_file;
mod catalogue;
mod change;
mod export;
mod file;
mod lock_out;
mod on;
mod plan;
mod policy;
mod set;
mod site;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use clap::Subcommand;
use serde_json::{Value, json};
use tavola_client::{
    Client, ListOptions,
    api::permissions::{EffectiveCapability, NamedContent, Permissions},
    model::{Grantee, Reason, UserId},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    list::{ListArguments, Shape},
    output::Output,
    users,
};

use as_file::{ApplyArguments, DiffArguments, ExportArguments};
use on::{On, OnContent, thing};
use set::{RemoveArguments, SetArguments};

/// What can be done with permissions.
#[derive(Debug, Subcommand)]
pub enum PermissionsCommand {
    /// List the rules that hold for something
    #[command(after_help = "Example: tavola permissions list --workbook Sales --filter mode=Deny")]
    List {
        #[command(flatten)]
        on: On,
        #[command(flatten)]
        list: ListArguments,
    },
    /// Allow and deny
    #[command(
        after_help = "Example: tavola permissions set --project Finance --default workbook --user ann --template Explore \
                      --deny ExportXml"
    )]
    Set(SetArguments),
    /// Remove rules for somebody: neither allow nor deny
    #[command(after_help = "Example: tavola permissions remove --workbook Sales --user ann --capability Write,Delete")]
    Remove(RemoveArguments),
    /// Explain what a user may do with something, and which rule decides. Only Tavola servers tell
    #[command(after_help = "Example: tavola permissions explain ann --view Sales/sheets/Overview")]
    Explain {
        /// The user's name or id
        user: String,
        #[command(flatten)]
        on: OnContent,
        #[command(flatten)]
        list: ListArguments,
    },
    /// Write groups, projects and their rules into a file that people can review
    #[command(after_help = as_file::EXPORT_HELP)]
    Export(ExportArguments),
    /// Show what it takes to make the site what a file says
    #[command(after_help = as_file::DIFF_HELP)]
    Diff(DiffArguments),
    /// Make the site what a file says; what the file does not mention stays
    #[command(after_help = as_file::APPLY_HELP)]
    Apply(ApplyArguments),
}

static RULES: Shape = Shape {
    things: "rules",
    fields: &["grantee", "name", "id", "capability", "mode"],
    columns: &["grantee", "name", "capability", "mode", "id"],
    record: &[],
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

static EXPLANATIONS: Shape = Shape {
    things: "capabilities",
    fields: &["capability", "mode", "reason", "decidedBy"],
    columns: &["capability", "mode", "decidedBy"],
    record: &[],
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

/// Does what was asked with permissions.
pub async fn run(command: PermissionsCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        PermissionsCommand::List { on, list } => {
            let list = list.read(&RULES)?;
            let (found, rows) = Connection::find(global)?
                .run(output, async |client| {
                    let found = on.find(client).await?;
                    let permissions = client.permissions(found).list().await;
                    let permissions = permissions
                        .map_err(|error| Failure::of_call(format!("cannot list the permissions of {on}"), &error))?;
                    let rows = rows(client, &permissions).await;
                    Ok((permissions, rows))
                })
                .await?;
            if let Some(parent) = &found.parent {
                output.say(&format!("the project `{}` decides about the permissions of {on}", parent.id));
            }
            list.show(rows, output)
        }
        PermissionsCommand::Export(arguments) => as_file::export(arguments, global, output).await,
        PermissionsCommand::Diff(arguments) => as_file::diff(arguments, global, output).await,
        PermissionsCommand::Apply(arguments) => as_file::apply(arguments, global, output).await,
        PermissionsCommand::Set(arguments) => set::set(&arguments, global, output).await,
        PermissionsCommand::Remove(arguments) => set::remove(&arguments, global, output).await,
        PermissionsCommand::Explain { user, on, list } => {
            let list = list.read(&EXPLANATIONS)?;
            let told = Connection::find(global)?
                .run(output, async |client| {
                    let of = on.find(client).await?;
                    let user = users::find(client, &user).await?;
                    let told = client.permissions(of).effective(Some(user)).await;
                    told.map_err(|error| {
                        Failure::of_call(format!("cannot explain what `{user}` may do with {on}"), &error)
                    })
                })
                .await?;
            let role = told.user.site_role.as_ref().map(ToString::to_string).unwrap_or_default();
            let whose = if told.rules_of.id == told.content.id {
                String::new()
            } else {
                format!("; the rules are those of {}", called(&told.rules_of))
            };
            output.say(&format!("what `{user}`, {role}, may do with {}{whose}:", called(&told.content)));
            list.show(told.capability.iter().map(explanation).collect(), output)
        }
    }
}

/// A row for each rule, with the names of its grantee where the server tells them.
async fn rows(client: &Client, permissions: &Permissions) -> Vec<Value> {
    let mut names: HashMap<Grantee, String> = HashMap::new();
    let grantees: Vec<Grantee> = permissions.grantee_capabilities.iter().filter_map(|rules| rules.grantee()).collect();
    // Who may not list them is told their ids.
    let all = ListOptions::default();
    if grantees.iter().any(|grantee| matches!(grantee, Grantee::Group(_))) {
        for group in client.groups().list_all(&all).await.unwrap_or_default() {
            names.extend(group.id.and_then(|id| Some((Grantee::Group(id.known()?), group.name?))));
        }
    }
    if grantees.iter().any(|grantee| matches!(grantee, Grantee::GroupSet(_))) {
        for set in client.group_sets().list_all(&all).await.unwrap_or_default() {
            names.extend(set.id.and_then(|id| Some((Grantee::GroupSet(id.known()?), set.name?))));
        }
    }
    for grantee in grantees {
        if let Grantee::User(id) = grantee
            && let Some(name) = user_name(client, id).await
        {
            names.insert(grantee, name);
        }
    }
    let mut rows = Vec::new();
    for rules in &permissions.grantee_capabilities {
        let (kind, id) = match rules.grantee() {
            Some(Grantee::User(id)) => ("user", id.to_string()),
            Some(Grantee::Group(id)) => ("group", id.to_string()),
            Some(Grantee::GroupSet(id)) => ("group set", id.to_string()),
            None => ("?", String::new()),
        };
        let name = rules.grantee().and_then(|grantee| names.get(&grantee));
        for rule in &rules.capabilities.capability {
            let (capability, mode) = (rule.name.to_string(), rule.mode.to_string());
            rows.push(json!({ "grantee": kind, "name": name, "id": id, "capability": capability, "mode": mode }));
        }
    }
    rows
}

async fn user_name(client: &Client, id: UserId) -> Option<String> {
    client.users().get(id).await.ok()?.name
}

/// A row of an explanation.
fn explanation(told: &EffectiveCapability) -> Value {
    let of_group = told.group.as_ref().and_then(|group| group.name.as_deref());
    let of_group_set = told.group_set.as_ref().and_then(|group_set| group_set.name.as_deref());
    let rule = match (of_group, of_group_set) {
        (Some(group), _) => format!("rule for the group `{group}`"),
        (_, Some(group_set)) => format!("rule for the group set `{group_set}`"),
        _ => "the user's own rule".to_owned(),
    };
    let project = told.project.as_ref().map(called).unwrap_or_default();
    let decided_by = match told.reason.known() {
        Some(Reason::Administrator) => "administering the site".to_owned(),
        Some(Reason::ProjectOwner) => format!("owning {project}"),
        Some(Reason::ProjectLeader) => format!("leading {project}, by {rule}"),
        Some(Reason::Owner) => "owning it".to_owned(),
        Some(Reason::Rule) => rule,
        Some(Reason::SiteRole) => "the site role".to_owned(),
        Some(Reason::NoRule) => "no rule".to_owned(),
        None => told.reason.to_string(),
    };
    json!({
        "capability": told.name.to_string(),
        "mode": told.mode.to_string(),
        "reason": told.reason.to_string(),
        "decidedBy": decided_by,
    })
}

fn called(content: &NamedContent) -> String {
    let kind = content.kind.known().map_or_else(|| content.kind.to_string(), |kind| thing(kind).to_owned());
    format!("the {kind} `{}`", content.name)
}
