//! What the rooms of content share: workbooks, data sources and flows are published, found, changed and handed back by the
//! same commands. A room says what is its own: its fields, and the flags that no other kind has.

mod download;
mod progress;
mod publish;

use std::{fmt::Debug, str::FromStr};

use clap::{Args, Subcommand};
use serde_json::Value;
use tavola_client::{
    Client, Content, ContentRoom, Error, ListOptions,
    api::{Secret, connections::ConnectionCredentials, projects::Project, users::User},
    model::{Operator, ProjectId, UserId},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    list::{ListArguments, Shape},
    output::{self, Output},
    projects,
    secrets::{self, SecretSource},
    users,
};

pub use progress::Bar;

/// A kind of content, as commands see it.
pub trait Kind: Content<Id: FromStr, Item: Debug> {
    /// What people call one of them: `workbook`.
    const THING: &'static str;
    /// What it looks like.
    const SHAPE: &'static Shape;
    /// The flags that publishing it has beside those of all kinds.
    type Published: Args + Debug + Describe<Self::Item>;
    /// The flags that changing it has.
    type Changed: Args + Debug + Describe<Self::Item>;

    /// The methods about it.
    fn room(client: &Client) -> ContentRoom<'_, Self>
    where
        Self: Sized;
    /// Its name.
    fn name(item: &Self::Item) -> Option<&str>;
    /// The project it lies in.
    fn project(item: &Self::Item) -> Option<&Project>;
    /// A message that gives it this name.
    fn set_name(item: &mut Self::Item, name: String);
    /// A message that puts it there.
    fn set_project(item: &mut Self::Item, project: Project);
    /// A message that gives it to this user.
    fn set_owner(item: &mut Self::Item, owner: User);
    /// The one with this name in addresses.
    async fn by_content_url(client: &Client, content_url: &str) -> Option<Result<Self::Item, Error>>;
}

/// Flags that say something of what they are given beside.
pub trait Describe<T> {
    /// Writes what they say into a message; whether they say anything.
    fn describe(&self, item: &mut T) -> Result<bool, Failure>;
}

/// What can be done with content of a kind.
#[derive(Debug, Subcommand)]
pub enum ContentCommand<K: Kind> {
    /// List them
    List(ListArguments),
    /// Show one
    Show(Named),
    /// Publish files
    #[command(after_help = publish::EXAMPLE)]
    Publish(publish::PublishArguments<K::Published>),
    /// Download its file
    #[command(after_help = download::EXAMPLE)]
    Download(download::DownloadArguments),
    /// Change it
    Update(UpdateArguments<K::Changed>),
    /// Move it into another project
    Move {
        #[command(flatten)]
        named: Named,
        /// The path or id of the project to move it into
        #[arg(long, value_name = "PROJECT")]
        to: String,
    },
    /// Delete it, with its revisions
    Delete {
        #[command(flatten)]
        named: Named,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Put tags on it
    Tag(Tags),
    /// Take tags off it
    Untag(Tags),
    /// List the files it had
    Revisions {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        list: ListArguments,
    },
    /// List where it has its data from
    Connections {
        #[command(flatten)]
        named: Named,
        #[command(flatten)]
        list: ListArguments,
    },
}

/// Which one is meant.
#[derive(Debug, Args)]
pub struct Named {
    /// Its name, its name in addresses (contentUrl), or its id
    pub item: String,
    /// The path or id of the project it lies in, where names are not enough
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
}

/// Which one is meant, and tags.
#[derive(Debug, Args)]
pub struct Tags {
    #[command(flatten)]
    named: Named,
    /// The tags
    #[arg(required = true)]
    tags: Vec<String>,
}

/// The arguments of `update`.
#[derive(Debug, Args)]
pub struct UpdateArguments<D: Args> {
    #[command(flatten)]
    named: Named,
    /// Its new name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The name or id of the user who is to own it
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    #[command(flatten)]
    details: D,
}

/// Who signs in to the database that the content has its data from.
#[derive(Debug, Args)]
pub struct DatabaseArguments {
    /// The user who signs in to its database; the password is kept in it [env, for the password: TAVOLA_DB_PASSWORD]
    #[arg(long, value_name = "NAME")]
    db_user: Option<String>,
    /// Read the password of the database from this file
    #[arg(long, value_name = "FILE", requires = "db_user", conflicts_with = "db_password_stdin")]
    db_password_file: Option<std::path::PathBuf>,
    /// Read the password of the database from standard input
    #[arg(long, requires = "db_user")]
    db_password_stdin: bool,
}

impl DatabaseArguments {
    /// The credentials, if any.
    pub fn read(&self) -> Result<Option<ConnectionCredentials>, Failure> {
        let Some(name) = &self.db_user else { return Ok(None) };
        let source =
            SecretSource { password_stdin: self.db_password_stdin, password_file: self.db_password_file.clone() };
        let password: Option<Secret> = source.read()?.or_else(|| secrets::of_environment("TAVOLA_DB_PASSWORD"));
        let password = password.ok_or_else(|| {
            Failure::failed(format!("there is no password for the user `{name}` of the database"))
                .hint("give --db-password-file FILE or --db-password-stdin, or set TAVOLA_DB_PASSWORD")
        })?;
        Ok(Some(ConnectionCredentials {
            name: Some(name.clone()),
            password: Some(password),
            embed: Some(tavola_client::api::Flag(true)),
            o_auth: None,
        }))
    }
}

/// What it is for, as a flag of publishing and of changing.
#[derive(Debug, Args)]
pub struct Description {
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
}

static REVISIONS: Shape = Shape {
    things: "revisions",
    fields: &["revisionNumber", "publishedAt", "current", "deleted", "sizeInBytes", "publisher.name", "publisher.id"],
    columns: &["revisionNumber", "publishedAt", "publisher.name", "sizeInBytes", "current"],
    record: &[],
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

static CONNECTIONS: Shape = Shape {
    things: "connections",
    fields: &[
        "id",
        "type",
        "serverAddress",
        "serverPort",
        "userName",
        "embedPassword",
        "authenticationType",
        "queryTaggingEnabled",
        "datasource.id",
        "datasource.name",
    ],
    columns: &["datasource.name", "type", "serverAddress", "serverPort", "userName", "embedPassword", "id"],
    record: &[],
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

/// Does what was asked with content of a kind.
pub async fn run<K: Kind>(command: ContentCommand<K>, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        ContentCommand::List(arguments) => {
            let page = async |client: &Client, options: &ListOptions| K::room(client).list(options).await;
            let all = async |client: &Client, options: &ListOptions| K::room(client).list_all(options).await;
            K::SHAPE.list(&arguments, global, output, page, all).await
        }
        ContentCommand::Show(named) => {
            let fetch = async |client: &Client| {
                let id = find::<K>(client, &named).await?;
                let shown = K::room(client).get(id).await;
                shown.map_err(|error| Failure::of_call(format!("cannot show the {}", called::<K>(&named)), &error))
            };
            K::SHAPE.show(global, output, fetch).await
        }
        ContentCommand::Publish(arguments) => publish::publish::<K>(arguments, global, output).await,
        ContentCommand::Download(arguments) => download::download::<K>(arguments, global, output).await,
        ContentCommand::Update(arguments) => update::<K>(arguments, global, output).await,
        ContentCommand::Move { named, to } => move_to::<K>(&named, &to, global, output).await,
        ContentCommand::Delete { named, yes } => delete::<K>(&named, yes, global, output).await,
        ContentCommand::Tag(tags) => tag::<K>(&tags, global, output).await,
        ContentCommand::Untag(tags) => untag::<K>(&tags, global, output).await,
        ContentCommand::Revisions { named, list } => {
            let list = list.read(&REVISIONS)?;
            let what = format!("list the revisions of the {}", called::<K>(&named));
            let fetch = async |client: &Client, id| K::room(client).revisions_all(id, &ListOptions::default()).await;
            let revisions = on::<K, _>(&what, &named, global, output, fetch).await?;
            list.show(revisions.iter().map(output::row).collect::<Vec<Value>>(), output)
        }
        ContentCommand::Connections { named, list } => {
            let list = list.read(&CONNECTIONS)?;
            let what = format!("list the connections of the {}", called::<K>(&named));
            let fetch = async |client: &Client, id| K::room(client).connections(id).await;
            let connections = on::<K, _>(&what, &named, global, output, fetch).await?;
            list.show(connections.iter().map(output::row).collect::<Vec<Value>>(), output)
        }
    }
}

/// Does one thing with the one that is meant; `what` says what, should it fail.
async fn on<K: Kind, T>(
    what: &str,
    named: &Named,
    global: &Global,
    output: &Output,
    work: impl AsyncFn(&Client, K::Id) -> Result<T, Error>,
) -> Result<T, Failure> {
    Connection::find(global)?
        .run(output, async |client| {
            let id = find::<K>(client, named).await?;
            work(client, id).await.map_err(|error| Failure::of_call(format!("cannot {what}"), &error))
        })
        .await
}

async fn update<K: Kind>(
    arguments: UpdateArguments<K::Changed>,
    global: &Global,
    output: &mut Output,
) -> Result<(), Failure> {
    let UpdateArguments { named, name, owner, details } = arguments;
    let mut changes = K::Item::default();
    let described = details.describe(&mut changes)?;
    if !described && name.is_none() && owner.is_none() {
        return Err(Failure::failed("there is nothing to change: no flag says what")
            .hint(format!("`tavola {} move` changes its project", K::THING)));
    }
    if let Some(name) = name {
        K::set_name(&mut changes, name);
    }
    let called = called::<K>(&named);
    let item = Connection::find(global)?
        .run(output, async |client| {
            let id = find::<K>(client, &named).await?;
            let mut changes = changes.clone();
            if let Some(owner) = &owner {
                let owner: UserId = users::find(client, owner).await?;
                K::set_owner(&mut changes, User { id: Some(owner.into()), ..User::default() });
            }
            let changed = K::room(client).update(id, &changes).await;
            changed.map_err(|error| Failure::of_call(format!("cannot change the {called}"), &error))
        })
        .await?;
    output.done(&item, &format!("changed the {called}"))
}

async fn move_to<K: Kind>(named: &Named, to: &str, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let called = called::<K>(named);
    let item = Connection::find(global)?
        .run(output, async |client| {
            let id = find::<K>(client, named).await?;
            let mut changes = K::Item::default();
            K::set_project(&mut changes, place(projects::find(client, to).await?));
            let moved = K::room(client).update(id, &changes).await;
            moved.map_err(|error| Failure::of_call(format!("cannot move the {called}"), &error))
        })
        .await?;
    output.done(&item, &format!("moved the {called} into `{to}`"))
}

async fn delete<K: Kind>(named: &Named, yes: bool, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let called = called::<K>(named);
    if !yes && !secrets::can_ask() {
        return Err(Failure::failed(format!("there is no terminal to ask on: --yes deletes the {called}")));
    }
    Connection::find(global)?
        .run(output, async |client| {
            let id = find::<K>(client, named).await?;
            if !yes {
                let question = format!("The {called} will be gone. Type the same again to delete it");
                if secrets::ask(question).await? != named.item.trim() {
                    return Err(Failure::failed("that is not the same: nothing was deleted"));
                }
            }
            let deleted = K::room(client).delete(id).await;
            deleted.map_err(|error| Failure::of_call(format!("cannot delete the {called}"), &error))
        })
        .await?;
    output.say(&format!("deleted the {called}"));
    Ok(())
}

async fn tag<K: Kind>(tags: &Tags, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let Tags { named, tags } = tags;
    let what = format!("tag the {}", called::<K>(named));
    let add = async |client: &Client, id| K::room(client).add_tags(id, tags).await;
    let all = on::<K, _>(&what, named, global, output, add).await?;
    output.done(&all, &format!("the {} has the tags {}", called::<K>(named), all.join(", ")))
}

async fn untag<K: Kind>(tags: &Tags, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let Tags { named, tags } = tags;
    let what = format!("take the tags off the {}", called::<K>(named));
    let remove = async |client: &Client, id| {
        for tag in tags {
            K::room(client).delete_tag(id, tag).await?;
        }
        Ok(())
    };
    on::<K, _>(&what, named, global, output, remove).await?;
    output.say(&format!("took {} off the {}", tags.join(", "), called::<K>(named)));
    Ok(())
}

/// How people call the one that is meant.
pub fn called<K: Kind>(named: &Named) -> String {
    format!("{} `{}`", K::THING, named.item)
}

/// A project, as messages point to it.
fn place(id: ProjectId) -> Project {
    Project { id: Some(id.into()), ..Project::default() }
}

/// The id of the one that is meant: by its id, its name, or its name in addresses.
pub async fn find<K: Kind>(client: &Client, named: &Named) -> Result<K::Id, Failure> {
    let Named { item: text, project } = named;
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let called = called::<K>(named);
    let cannot = |error: &Error| Failure::of_call(format!("cannot look for the {called}"), error);
    let place = match project {
        Some(project) => Some(projects::find(client, project).await?),
        None => None,
    };
    let lies_there = |item: &K::Item| {
        let id = K::project(item).and_then(|project| project.id.as_ref()?.known());
        place.is_none() || id == place
    };
    let options = ListOptions::default().filter("name", Operator::Eq, [text]);
    let mut found = K::room(client).list_all(&options).await.map_err(|error| cannot(&error))?;
    found.retain(lies_there);
    if found.is_empty() {
        match K::by_content_url(client, text).await {
            Some(Ok(item)) if lies_there(&item) => found.push(item),
            Some(Err(error)) if error.code().is_none_or(|code| code / 1000 != 404) => return Err(cannot(&error)),
            _ => {}
        }
    }
    match found.as_slice() {
        [] => {
            let which = project.as_ref().map_or_else(|| "on this site".to_owned(), |project| format!("in `{project}`"));
            Err(Failure::refused(format!("there is no {called} {which}"))
                .hint(format!("`tavola {} list` shows all", K::THING)))
        }
        [one] => K::id(one).ok_or_else(|| Failure::failed(format!("the server gave no usable id of the {called}"))),
        many => {
            let candidates: Vec<String> = many
                .iter()
                .map(|item| {
                    let project = K::project(item).and_then(|project| project.name.as_deref()).unwrap_or("?");
                    format!("{} in `{project}`", K::id(item).map(|id| id.to_string()).unwrap_or_default())
                })
                .collect();
            Err(Failure::failed(format!("there is more than one {called}: {}", candidates.join(", ")))
                .hint("--project PROJECT tells which, and so does the id"))
        }
    }
}
