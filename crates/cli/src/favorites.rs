//! Favorites: content that users keep at hand.

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};
use tavola_client::{
    Client, Datasources, Error, FavoritesRoom, Flows, ListOptions, Views, Workbooks,
    api::{
        datasources::Datasource, favorites::Favorite, flows::Flow, projects::Project, views::View, workbooks::Workbook,
    },
    model::FavoriteKind,
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    content::{Kind, find},
    list::{ListArguments, Shape},
    output::{self, Output},
    projects,
    things::Things,
    users,
};

/// What can be done with favorites.
#[derive(Debug, Subcommand)]
pub enum FavoriteCommand {
    /// List them, in their order
    List {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        list: ListArguments,
    },
    /// Add things; what is a favorite already gets the label
    #[command(after_help = "Example: tavola favorite add --workbook Sales --view Stock/sheets/Today")]
    Add(AddArguments),
    /// Remove some
    Remove {
        /// Their labels, or the ids of what they are
        #[arg(required = true, value_name = "FAVORITE")]
        favorites: Vec<String>,
        #[command(flatten)]
        whose: Whose,
    },
    /// Put them in this order: each behind the one before it; the first stays where it is
    #[command(after_help = "Example: tavola favorite order Sales Stock Orders")]
    Order {
        /// Their labels, or the ids of what they are
        #[arg(required = true, num_args = 2.., value_name = "FAVORITE")]
        favorites: Vec<String>,
        #[command(flatten)]
        whose: Whose,
    },
}

/// Whose favorites are meant.
#[derive(Debug, Args)]
pub struct Whose {
    /// The name or id of the user whose they are; without this one's own
    #[arg(long, value_name = "USER")]
    user: Option<String>,
}

/// The arguments of `favorite add`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("things").required(true).multiple(true))]
pub struct AddArguments {
    #[command(flatten)]
    things: Things,
    /// A project, by its path or id; may be repeated
    #[arg(long, value_name = "PROJECT", help_heading = "Which", group = "things")]
    project: Vec<String>,
    /// What to call it; without this its name
    #[arg(long, value_name = "TEXT")]
    label: Option<String>,
    #[command(flatten)]
    whose: Whose,
}

static SHAPE: Shape = Shape {
    things: "favorites",
    fields: &["label", "type", "name", "id", "parentProjectName", "targetOwnerName", "addedAt", "position"],
    columns: &["label", "type", "name", "parentProjectName", "id"],
    record: &[],
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

/// Does what was asked with favorites.
pub async fn run(command: FavoriteCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        FavoriteCommand::List { whose, list } => {
            let list = list.read(&SHAPE)?;
            let favorites =
                Connection::find(global)?.run(output, async |client| all(&whose.room(client).await?).await).await?;
            list.show(favorites.iter().map(row).collect(), output)
        }
        FavoriteCommand::Add(arguments) => add(&arguments, global, output).await,
        FavoriteCommand::Remove { favorites, whose } => remove(&favorites, &whose, global, output).await,
        FavoriteCommand::Order { favorites, whose } => order(&favorites, &whose, global, output).await,
    }
}

impl Whose {
    async fn room<'a>(&self, client: &'a Client) -> Result<FavoritesRoom<'a>, Failure> {
        Ok(match &self.user {
            Some(user) => client.favorites_of(users::find(client, user).await?),
            None => client.favorites(),
        })
    }
}

async fn all(room: &FavoritesRoom<'_>) -> Result<Vec<Favorite>, Failure> {
    let listed = room.list_all(&ListOptions::default()).await;
    listed.map_err(|error| Failure::of_call("cannot list the favorites", &error))
}

/// A favorite as a list shows it: what it is in the same fields, whichever kind.
fn row(favorite: &Favorite) -> Value {
    let (kind, id) = favorite.content().map_or((None, None), |(kind, id)| (Some(kind), Some(id)));
    let mut row = json!({
        "label": favorite.label,
        "type": kind,
        "name": favorite.name(),
        "id": id,
    });
    let rest = Favorite {
        label: favorite.label.clone(),
        position: favorite.position,
        added_at: favorite.added_at,
        parent_project_name: favorite.parent_project_name.clone(),
        target_owner_name: favorite.target_owner_name.clone(),
        ..Favorite::default()
    };
    if let (Value::Object(row), Value::Object(rest)) = (&mut row, output::row(&rest)) {
        row.extend(rest);
    }
    row
}

async fn add(arguments: &AddArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let AddArguments { things, project, label, whose } = arguments;
    let count = things.workbook.len() + things.view.len() + things.datasource.len() + things.flow.len() + project.len();
    if label.is_some() && count > 1 {
        return Err(Failure::failed("--label is for one thing: more than one is given"));
    }
    let added = Connection::find(global)?
        .run(output, async |client| {
            let room = whose.room(client).await?;
            let mut favorites = Vec::with_capacity(count);
            for name in &things.workbook {
                let workbook = named::<Workbooks>(client, name).await?;
                favorites.push(Favorite {
                    label: workbook.name.unwrap_or_default(),
                    workbook: Some(Workbook { id: workbook.id, ..Workbook::default() }),
                    ..Favorite::default()
                });
            }
            for name in &things.view {
                let view = named::<Views>(client, name).await?;
                favorites.push(Favorite {
                    label: view.name.unwrap_or_default(),
                    view: Some(View { id: view.id, ..View::default() }),
                    ..Favorite::default()
                });
            }
            for name in &things.datasource {
                let datasource = named::<Datasources>(client, name).await?;
                favorites.push(Favorite {
                    label: datasource.name.unwrap_or_default(),
                    datasource: Some(Datasource { id: datasource.id, ..Datasource::default() }),
                    ..Favorite::default()
                });
            }
            for name in &things.flow {
                let flow = named::<Flows>(client, name).await?;
                favorites.push(Favorite {
                    label: flow.name.unwrap_or_default(),
                    flow: Some(Flow { id: flow.id, ..Flow::default() }),
                    ..Favorite::default()
                });
            }
            for path in project {
                let id = projects::find(client, path).await?;
                let found = client.projects().get(id).await;
                let found = found.map_err(|error| cannot_add(path, &error))?;
                favorites.push(Favorite {
                    label: found.name.unwrap_or_default(),
                    project: Some(Project { id: Some(id.into()), ..Project::default() }),
                    ..Favorite::default()
                });
            }
            let mut added = Vec::with_capacity(count);
            for mut favorite in favorites {
                if let Some(label) = label {
                    favorite.label.clone_from(label);
                }
                let there = room.add(&favorite).await.map_err(|error| cannot_add(&favorite.label, &error))?;
                let is_it = |candidate: &Favorite| candidate.content() == favorite.content();
                added.push(there.into_iter().find(is_it).unwrap_or(favorite));
            }
            Ok(added)
        })
        .await?;
    let labels: Vec<String> = added.iter().map(|favorite| format!("`{}`", favorite.label)).collect();
    output.done(&added.iter().map(row).collect::<Vec<_>>(), &format!("added {} to the favorites", labels.join(", ")))
}

fn cannot_add(label: &str, error: &Error) -> Failure {
    Failure::of_call(format!("cannot add `{label}` to the favorites"), error)
}

async fn named<K: Kind>(client: &Client, name: &str) -> Result<K::Item, Failure> {
    let id = find::<K>(client, name, None).await?;
    K::room(client).get(id).await.map_err(|error| cannot_add(name, &error))
}

/// The favorites that are meant, by label or id.
async fn chosen(room: &FavoritesRoom<'_>, names: &[String]) -> Result<Vec<(FavoriteKind, String)>, Failure> {
    let all = all(room).await?;
    let known: Vec<(&str, (FavoriteKind, String))> =
        all.iter().filter_map(|favorite| Some((favorite.label.as_str(), favorite.content()?))).collect();
    let find = |name: &String| {
        let found: Vec<_> = known.iter().filter(|(label, (_, id))| label == name || id == name).collect();
        match found.as_slice() {
            [(_, content)] => Ok(content.clone()),
            [] => Err(Failure::refused(format!("there is no favorite `{name}`"))
                .hint("`tavola favorite list` shows the labels of all")),
            _ => Err(Failure::failed(format!("there is more than one favorite `{name}`")).hint("the id tells which")),
        }
    };
    names.iter().map(find).collect()
}

async fn remove(names: &[String], whose: &Whose, global: &Global, output: &mut Output) -> Result<(), Failure> {
    Connection::find(global)?
        .run(output, async |client| {
            let room = whose.room(client).await?;
            for ((kind, id), name) in chosen(&room, names).await?.iter().zip(names) {
                let removed = room.remove(*kind, id).await;
                removed.map_err(|error| Failure::of_call(format!("cannot remove the favorite `{name}`"), &error))?;
            }
            Ok(())
        })
        .await?;
    let labels: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    output.done(&json!({ "removed": names }), &format!("removed {} from the favorites", labels.join(", ")))
}

async fn order(names: &[String], whose: &Whose, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let favorites = Connection::find(global)?
        .run(output, async |client| {
            let room = whose.room(client).await?;
            let chosen = chosen(&room, names).await?;
            let ordered = room.order(&chosen).await;
            ordered.map_err(|error| Failure::of_call("cannot put the favorites in order", &error))?;
            all(&room).await
        })
        .await?;
    output.done(&favorites.iter().map(row).collect::<Vec<_>>(), "put the favorites in order")
}
