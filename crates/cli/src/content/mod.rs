//! What the rooms of content share: workbooks, data sources, flows, virtual connections, views and custom views are found,
//! changed, tagged, published and handed back by the same commands, each as far as there are methods for it. A room says what
//! is its own: its fields, and the flags that no other kind has.

mod connections;
mod download;
mod each;
mod export;
mod find;
mod progress;
mod publish;
mod revisions;
mod tags;
mod unfinished;

use std::{fmt::Debug, str::FromStr};

use clap::{Args, Subcommand};
use tavola_client::{
    Client, Connected, Content, ContentRoom, Editable, Error, Filed, ListOptions, Revised, Tagged,
    api::{projects::Project, users::User},
    model::{ProjectId, UserId},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    list::{ListArguments, Shape},
    output::Output,
    projects, secrets, users,
};

pub use connections::DatabaseArguments;
pub use download::{DownloadArguments, DownloadFlags, FileAsItIs, WithExtract};
pub use export::{ExportArguments, Exported, export};
pub use find::{InProject, InWorkbook, Named, Within, find};
pub use publish::{Background, Destination, PublishArguments, PublishFlags};
pub use revisions::{LinkedRevisionCommand, RevisionCommand, RevisionCommands};
pub use tags::Tags;

/// A kind of content, as commands see it.
pub trait Kind: Content<Id: FromStr, Item: Debug> + Debug + Sized {
    /// What people call one of them: `virtual connection`.
    const THING: &'static str;
    /// The command about it: `virtual-connection`.
    const COMMAND: &'static str = Self::THING;
    /// What it is named by.
    const NAMED_BY: &'static str = "Its name or id";
    /// What it looks like.
    const SHAPE: &'static Shape;
    /// The flag that says where it lies, where its name is not enough.
    type Within: Within<Self>;

    /// The methods about it.
    fn room(client: &Client) -> ContentRoom<'_, Self>;
    /// Its name.
    fn name(item: &Self::Item) -> Option<&str>;
    /// Where it lies, to tell those of one name apart: ``in `Finance` ``.
    fn whereabouts(item: &Self::Item) -> String;
    /// Those with this name in addresses.
    async fn by_content_url(_: &Client, _: &str) -> Result<Vec<Self::Item>, Error> {
        Ok(Vec::new())
    }
}

/// A kind that lies in projects.
pub trait Placed: Kind {
    /// The project it lies in.
    fn project(item: &Self::Item) -> Option<&Project>;
    /// A message that puts it there.
    fn set_project(item: &mut Self::Item, project: Project);
}

/// A kind that is somebody's, and can be changed.
pub trait Owned: Kind + Editable {
    /// The flags that changing it has.
    type Changed: Args + Debug + Describe<Self::Item>;

    /// A message that gives it this name.
    fn set_name(item: &mut Self::Item, name: String);
    /// A message that gives it to this user.
    fn set_owner(item: &mut Self::Item, owner: User);
}

/// A kind that is made of a file.
pub trait Publishable: Owned + Filed {
    /// The flags that publishing it has.
    type Published: PublishFlags<Self>;
    /// The flags that downloading it has.
    type Downloaded: DownloadFlags;
}

/// A kind that all of [`ContentCommand`] can be done with.
pub trait Full: Publishable + Placed + Tagged + Revised + Connected {
    /// What can be done with its revisions.
    type Revisions: RevisionCommands;
}

/// Flags that say something of what they are given beside.
pub trait Describe<T> {
    /// Writes what they say into a message; whether they say anything.
    fn describe(&self, item: &mut T) -> bool;
}

/// What can be done with content of a kind.
#[derive(Debug, Subcommand)]
pub enum ContentCommand<K: Full> {
    /// List them
    List(ListArguments),
    /// Show one
    Show(Named<K>),
    /// Publish files
    #[command(after_help = publish::EXAMPLE)]
    Publish(PublishArguments<K>),
    /// Download files
    #[command(after_help = download::EXAMPLE)]
    Download(DownloadArguments<K>),
    /// Change it
    Update(UpdateArguments<K>),
    /// Move it into another project
    Move(MoveArguments<K>),
    /// Delete it, with its revisions
    Delete(DeleteArguments<K>),
    /// Put tags on it
    Tag(Tags<K>),
    /// Take tags off it
    Untag(Tags<K>),
    /// List the files it had, and download them
    #[command(subcommand)]
    Revisions(K::Revisions),
    /// List and change where it has its data from
    #[command(subcommand)]
    Connections(connections::ConnectionCommand<K>),
}

/// The arguments of `update`.
#[derive(Debug, Args)]
pub struct UpdateArguments<K: Owned> {
    #[command(flatten)]
    named: Named<K>,
    /// Its new name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The name or id of the user who is to own it
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    #[command(flatten)]
    details: K::Changed,
}

/// The arguments of `move`.
#[derive(Debug, Args)]
pub struct MoveArguments<K: Kind> {
    #[command(flatten)]
    named: Named<K>,
    /// The path or id of the project to move it into
    #[arg(long, value_name = "PROJECT")]
    to: String,
}

/// The arguments of `delete`.
#[derive(Debug, Args)]
pub struct DeleteArguments<K: Kind> {
    #[command(flatten)]
    named: Named<K>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

/// What it is for, as a flag of publishing and of changing.
#[derive(Debug, Args)]
pub struct Description {
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
}

/// Whether somebody stands in for it.
#[derive(Debug, Args)]
pub struct Certification {
    /// Stand in for it, or with `=false` no longer
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub certified: Option<bool>,
    /// What is said about that
    #[arg(long, value_name = "TEXT")]
    pub certification_note: Option<String>,
}

/// No flags.
#[derive(Debug, Args)]
pub struct NoFlags {}

impl<T> Describe<T> for NoFlags {
    fn describe(&self, _: &mut T) -> bool {
        false
    }
}

/// Does what was asked with content of a kind.
pub async fn run<K: Full>(command: ContentCommand<K>, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        ContentCommand::List(arguments) => list::<K>(&arguments, global, output).await,
        ContentCommand::Show(named) => show(&named, global, output).await,
        ContentCommand::Publish(arguments) => publish::publish(arguments, global, output).await,
        ContentCommand::Download(arguments) => download::download(arguments, global, output).await,
        ContentCommand::Update(arguments) => update(arguments, global, output).await,
        ContentCommand::Move(arguments) => move_to(&arguments, global, output).await,
        ContentCommand::Delete(arguments) => delete(&arguments, global, output).await,
        ContentCommand::Tag(tags) => tags.add(global, output).await,
        ContentCommand::Untag(tags) => tags.remove(global, output).await,
        ContentCommand::Revisions(command) => command.run(global, output).await,
        ContentCommand::Connections(command) => connections::run(command, global, output).await,
    }
}

pub use download::download;
pub use publish::publish;

/// Lists all that there are.
pub async fn list<K: Kind>(arguments: &ListArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let page = async |client: &Client, options: &ListOptions| K::room(client).list(options).await;
    K::SHAPE.list(arguments, global, output, page).await
}

/// Shows one.
pub async fn show<K: Kind>(named: &Named<K>, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let what = format!("show the {}", named.called());
    let fetch = async |client: &Client, id| K::room(client).get(id).await;
    let item = on(&what, named, global, output, fetch).await?;
    output.record(&item, K::SHAPE.record)
}

/// Does one thing with the one that is meant; `what` says what, should it fail.
pub async fn on<K: Kind, T>(
    what: &str,
    named: &Named<K>,
    global: &Global,
    output: &Output,
    work: impl AsyncFn(&Client, K::Id) -> Result<T, Error>,
) -> Result<T, Failure> {
    Connection::find(global)?
        .run(output, async |client| {
            let id = named.find(client).await?;
            work(client, id).await.map_err(|error| Failure::of_call(format!("cannot {what}"), &error))
        })
        .await
}

/// Changes one.
pub async fn update<K: Owned>(
    arguments: UpdateArguments<K>,
    global: &Global,
    output: &mut Output,
) -> Result<(), Failure> {
    let UpdateArguments { named, name, owner, details } = arguments;
    let mut changes = K::Item::default();
    let described = details.describe(&mut changes);
    if !described && name.is_none() && owner.is_none() {
        let failure = Failure::failed("there is nothing to change: no flag says what");
        return Err(failure.hint(format!("`tavola {} update --help` lists them", K::COMMAND)));
    }
    if let Some(name) = name {
        K::set_name(&mut changes, name);
    }
    let called = named.called();
    let item = Connection::find(global)?
        .run(output, async |client| {
            let id = named.find(client).await?;
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

async fn move_to<K: Owned + Placed>(
    arguments: &MoveArguments<K>,
    global: &Global,
    output: &mut Output,
) -> Result<(), Failure> {
    let MoveArguments { named, to } = arguments;
    let called = named.called();
    let item = Connection::find(global)?
        .run(output, async |client| {
            let id = named.find(client).await?;
            let mut changes = K::Item::default();
            K::set_project(&mut changes, place(projects::find(client, to).await?));
            let moved = K::room(client).update(id, &changes).await;
            moved.map_err(|error| Failure::of_call(format!("cannot move the {called}"), &error))
        })
        .await?;
    output.done(&item, &format!("moved the {called} into `{to}`"))
}

/// Deletes one.
pub async fn delete<K: Kind>(
    arguments: &DeleteArguments<K>,
    global: &Global,
    output: &mut Output,
) -> Result<(), Failure> {
    let DeleteArguments { named, yes } = arguments;
    let called = named.called();
    secrets::require_consent(*yes, &format!("deletes the {called}"))?;
    Connection::find(global)?
        .run(output, async |client| {
            let id = named.find(client).await?;
            secrets::consent(*yes, &format!("The {called} will be gone"), &named.item).await?;
            let deleted = K::room(client).delete(id).await;
            deleted.map_err(|error| Failure::of_call(format!("cannot delete the {called}"), &error))
        })
        .await?;
    output.say(&format!("deleted the {called}"));
    Ok(())
}

/// A project, as messages point to it.
pub fn place(id: ProjectId) -> Project {
    Project { id: Some(id.into()), ..Project::default() }
}

/// Where something lies that lies in a project.
pub fn in_project(project: Option<&Project>) -> String {
    let name = project.and_then(|project| project.name.as_deref());
    name.map(|name| format!("in `{name}`")).unwrap_or_default()
}

/// What was found under a name in addresses; nothing where the server says that it has no such thing.
pub fn one_or_none<T>(found: Result<T, Error>) -> Result<Vec<T>, Error> {
    match found {
        Ok(item) => Ok(vec![item]),
        Err(error) if error.code().is_some_and(|code| code / 1000 == 404) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
