//! Groups of a site, and who is in them.

use clap::{Args, Subcommand};
use tavola_client::{
    Client, Error, ListOptions,
    api::{ApiVersion, groups::Group, users::User},
    model::{GroupId, Operator, SiteRole, UserId},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    list::{ListArguments, Shape},
    output::Output,
    secrets,
    users::{self, find_all},
};

/// The first version that adds and removes many users in one call.
const FIRST_WITH_MANY: ApiVersion = ApiVersion::new(3, 21);

/// How many users one call adds or removes.
const AT_ONCE: usize = 1_000;

/// What can be done with groups.
#[derive(Debug, Subcommand)]
pub enum GroupCommand {
    /// List the groups of the site
    List(ListArguments),
    /// Show a group
    Show {
        /// The group's name or id
        group: String,
    },
    /// Make a group
    Create(CreateArguments),
    /// Change a group
    Update(UpdateArguments),
    /// Delete a group; its users stay on the site
    Delete {
        /// The group's name or id
        group: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// List the users in a group
    Users {
        /// The group's name or id
        group: String,
        #[command(flatten)]
        list: ListArguments,
    },
    /// Add users to a group
    #[command(
        override_usage = "tavola group add [OPTIONS] <GROUP> <USER>...\n       tavola group add [OPTIONS] <GROUP> --csv <FILE>"
    )]
    Add(Members),
    /// Take users out of a group
    #[command(
        override_usage = "tavola group remove [OPTIONS] <GROUP> <USER>...\n       tavola group remove [OPTIONS] <GROUP> --csv <FILE>"
    )]
    Remove(Members),
}

/// The arguments of `group create`.
#[derive(Debug, Args)]
pub struct CreateArguments {
    /// The group's name
    name: String,
    #[command(flatten)]
    details: Details,
}

/// The arguments of `group update`.
#[derive(Debug, Args)]
pub struct UpdateArguments {
    /// The group's name or id
    group: String,
    /// Its new name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    details: Details,
}

/// What a group may have beside its name.
#[derive(Debug, Args)]
struct Details {
    /// The least role that its users have once they have signed in; Unlicensed gives them none
    #[arg(long, value_name = "ROLE", value_parser = users::role_parser(SiteRole::may_be_minimum), ignore_case = true)]
    minimum_site_role: Option<SiteRole>,
    /// Let people without an account come as users of the group, or with `=false` do not
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    external_users: Option<bool>,
}

/// The arguments of `group add` and `group remove`.
#[derive(Debug, Args)]
pub struct Members {
    /// The group's name or id
    group: String,
    #[command(flatten)]
    users: users::Users,
}

static SHAPE: Shape = Shape {
    things: "groups",
    fields: &["id", "name", "domain.name", "minimumSiteRole", "externalUserEnabled", "userCount"],
    columns: &["name", "userCount", "minimumSiteRole", "id"],
    record: &["name", "domain.name", "userCount", "minimumSiteRole", "externalUserEnabled", "id"],
    has_hidden_fields: true,
    filtered_by_server: &["name", "domainName", "domainNickname", "minimumSiteRole", "isLocal", "userCount"],
    sorted_by_server: &["name"],
};

/// Users in a group: as users of the site, but that no server is known to filter or sort them.
static USERS: Shape = Shape { filtered_by_server: &[], sorted_by_server: &[], ..users::SHAPE };

/// Does what was asked with groups.
pub async fn run(command: GroupCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        GroupCommand::List(arguments) => {
            let page = async |client: &Client, options: &ListOptions| client.groups().list(options).await;
            SHAPE.list(&arguments, global, output, page).await
        }
        GroupCommand::Show { group } => {
            SHAPE.show(global, output, async |client: &Client| get(client, &group).await).await
        }
        GroupCommand::Create(arguments) => create(arguments, global, output).await,
        GroupCommand::Update(arguments) => update(arguments, global, output).await,
        GroupCommand::Delete { group, yes } => delete(&group, yes, global, output).await,
        GroupCommand::Users { group, list } => {
            let id = Connection::find(global)?.run(output, async |client| find(client, &group).await).await?;
            let page = async |client: &Client, options: &ListOptions| client.groups().users(id, options).await;
            USERS.list(&list, global, output, page).await
        }
        GroupCommand::Add(members) => add(members, global, output).await,
        GroupCommand::Remove(members) => remove(members, global, output).await,
    }
}

async fn create(arguments: CreateArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let CreateArguments { name, details } = arguments;
    let group = Group { name: Some(name.clone()), ..details.read() };
    let made = Connection::find(global)?
        .run(output, async |client| {
            let made = client.groups().create(&group).await;
            made.map_err(|error| Failure::of_call(format!("cannot make the group `{name}`"), &error))
        })
        .await?;
    output.done(&made, &format!("made the group `{name}`"))
}

async fn update(arguments: UpdateArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let UpdateArguments { group: named, name, details } = arguments;
    if name.is_none() && details.read() == Group::default() {
        return Err(Failure::failed(
            "there is nothing to change: give --name, --minimum-site-role or --external-users",
        ));
    }
    let changed = Connection::find(global)?
        .run(output, async |client| {
            let group = get(client, &named).await?;
            let id = known_id(&group, &named)?;
            let changes = Group { name: name.clone().or(group.name), ..details.read() };
            let changed = client.groups().update(id, &changes).await;
            changed.map_err(|error| Failure::of_call(format!("cannot change the group `{named}`"), &error))
        })
        .await?;
    output.done(&changed, &format!("changed the group `{named}`"))
}

async fn delete(group: &str, yes: bool, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let called = format!("group `{group}`");
    secrets::require_consent(yes, &format!("deletes the {called}"))?;
    Connection::find(global)?
        .run(output, async |client| {
            let id = find(client, group).await?;
            secrets::consent(yes, &format!("The {called} will be gone"), group).await?;
            let deleted = client.groups().delete(id).await;
            deleted.map_err(|error| Failure::of_call(format!("cannot delete the {called}"), &error))
        })
        .await?;
    output.say(&format!("deleted the {called}"));
    Ok(())
}

async fn add(members: Members, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let Members { group, users } = members;
    let names = users.names()?;
    let added = Connection::find(global)?
        .run(output, async |client| {
            let cannot = |error: Error| {
                Failure::of_call(format!("cannot add {} to the group `{group}`", called(&names)), &error)
            };
            let id = find(client, &group).await?;
            let users = find_all(client, &names).await?;
            put_users(client, version(client).await?, id, &users).await.map_err(cannot)
        })
        .await?;
    output.done(&added, &format!("added {} to the group `{group}`", called(&names)))
}

async fn remove(members: Members, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let Members { group, users } = members;
    let names = users.names()?;
    Connection::find(global)?
        .run(output, async |client| {
            let cannot = |error: Error| {
                Failure::of_call(format!("cannot take {} out of the group `{group}`", called(&names)), &error)
            };
            let id = find(client, &group).await?;
            let users = find_all(client, &names).await?;
            take_users(client, version(client).await?, id, &users).await.map_err(cannot)
        })
        .await?;
    output.say(&format!("took {} out of the group `{group}`", called(&names)));
    Ok(())
}

/// Puts users into a group, in as few calls as the server takes.
pub async fn put_users(
    client: &Client,
    version: ApiVersion,
    group: GroupId,
    users: &[UserId],
) -> Result<Vec<User>, Error> {
    let mut added: Vec<User> = Vec::with_capacity(users.len());
    if takes_many(version, users) {
        for some in users.chunks(AT_ONCE) {
            added.extend(client.groups().add_users(group, some).await?);
        }
    } else {
        for user in users {
            added.push(client.groups().add_user(group, *user).await?);
        }
    }
    Ok(added)
}

/// Takes users out of a group, in as few calls as the server takes.
pub async fn take_users(client: &Client, version: ApiVersion, group: GroupId, users: &[UserId]) -> Result<(), Error> {
    if takes_many(version, users) {
        for some in users.chunks(AT_ONCE) {
            client.groups().remove_users(group, some).await?;
        }
    } else {
        for user in users {
            client.groups().remove_user(group, *user).await?;
        }
    }
    Ok(())
}

/// Whether these users are sent in as few calls as will do.
fn takes_many(version: ApiVersion, users: &[UserId]) -> bool {
    users.len() > 1 && version >= FIRST_WITH_MANY
}

/// The version that is spoken.
pub async fn version(client: &Client) -> Result<ApiVersion, Failure> {
    client.version().await.map_err(|error| Failure::of_call("cannot ask the server for its version", &error))
}

/// How people call these users.
fn called(names: &[String]) -> String {
    match names {
        [name] => format!("the user `{name}`"),
        names => format!("{} users", names.len()),
    }
}

impl Details {
    fn read(&self) -> Group {
        Group {
            minimum_site_role: self.minimum_site_role.map(Into::into),
            external_user_enabled: self.external_users,
            ..Group::default()
        }
    }
}

/// The id of a group that is named by id or name.
pub async fn find(client: &Client, group: &str) -> Result<GroupId, Failure> {
    match group.parse() {
        Ok(id) => Ok(id),
        Err(_) => known_id(&get(client, group).await?, group),
    }
}

/// A group that is named by id or name. The reference has no method for one of them.
async fn get(client: &Client, group: &str) -> Result<Group, Failure> {
    let id: Option<GroupId> = group.parse().ok();
    let options = ListOptions::default().fields(["_all_"]);
    // Older servers do not filter by ids.
    let options = if id.is_some() { options } else { options.filter("name", Operator::Eq, [group]) };
    let listed = client.groups().list_all(&options).await;
    let mut listed =
        listed.map_err(|error| Failure::of_call(format!("cannot look for the group `{group}`"), &error))?;
    listed.retain(|one| id.is_none() || one.id.as_ref().and_then(|one| one.known()) == id);
    match listed.len() {
        0 => {
            Err(Failure::refused(format!("there is no group `{group}` on this site"))
                .hint("`tavola group list` shows all"))
        }
        1 => Ok(listed.remove(0)),
        _ => Err(Failure::failed(format!("more than one group is named `{group}`, in different domains"))
            .hint(format!("name one by id: tavola group list --filter 'name={group}' --fields id,name,domain.name"))),
    }
}

fn known_id(group: &Group, name: &str) -> Result<GroupId, Failure> {
    group
        .id
        .as_ref()
        .and_then(|id| id.known())
        .ok_or_else(|| Failure::failed(format!("the server gave no usable id of the group `{name}`")))
}
