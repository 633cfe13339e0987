//! Favorites: content that users keep at hand, in an order of their own.

use std::collections::{HashMap, HashSet};

use tavola_model::{Capability, ContentKind, FavoriteKind, ListQuery, Page, UserId};

use crate::{
    Actor, Error, Invalid, List, Missing, Store, Taken,
    datasources::Datasource,
    flows::Flow,
    items,
    list::Source,
    permissions,
    projects::{self, Project},
    random, recycle_bin,
    sql::{Db, Row, Tx, Value, statements, values},
    users,
    views::{self, View},
    workbooks::Workbook,
};

/// The longest label, in characters.
const LONGEST: usize = 255;

/// A favorite of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Favorite {
    /// What the user calls it, unlike any other of theirs.
    pub label: String,
    /// Its place among the user's favorites, from 0. Not every place is taken.
    pub position: u64,
    /// When it became one.
    pub added_at: tavola_model::Timestamp,
    /// What it is.
    pub content: Content,
}

/// What a favorite is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the kinds of things, as the reference names them")]
pub enum Content {
    Workbook(Box<Workbook>),
    View(Box<View>),
    Project(Box<Project>),
    Datasource(Box<Datasource>),
    Flow(Box<Flow>),
}

/// A favorite by what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Which {
    /// The kind of content.
    pub kind: FavoriteKind,
    /// The content's id.
    pub id: String,
}

/// That a favorite is to stand behind another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// The one that moves.
    pub what: Which,
    /// The one it is to stand behind.
    pub after: Which,
}

statements! {
    FIND = "SELECT id FROM favorites WHERE user_id = $1 AND content_kind = $2 AND content_id = $3";
    FIND_LABEL = "SELECT id, content_id FROM favorites WHERE user_id = $1 AND label = $2";
    LABELS = "SELECT label FROM favorites WHERE user_id = $1";
    LAST = "SELECT COALESCE(MAX(position), -1) FROM favorites WHERE user_id = $1";
    INSERT = "INSERT INTO favorites (id, user_id, content_kind, content_id, label, position, added_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    RENAME = "UPDATE favorites SET label = $2 WHERE id = $1";
    DELETE = "DELETE FROM favorites WHERE user_id = $1 AND content_kind = $2 AND content_id = $3";
    FORGET = "DELETE FROM favorites WHERE content_id = $1";
    ORDERED = "SELECT id, content_kind, content_id FROM favorites WHERE user_id = $1 ORDER BY position, id";
    PLACE = "UPDATE favorites SET position = $2 WHERE id = $1";
}

/// The expression that counts the users who have the content of this column among their favorites.
macro_rules! favorites_total {
    ($column:literal) => {
        concat!("(SELECT COUNT(*) FROM favorites ft WHERE ft.content_id = ", $column, ")")
    };
}
pub(crate) use favorites_total;

/// The favorites of a user, in the user's order: of oneself, for administrators of anyone. What the actor may not see, or
/// not any more, is left out.
pub async fn list(store: &Store, actor: &Actor, user: UserId, page: Page) -> Result<List<Favorite>, Error> {
    let actor = actor.clone();
    store
        .scan(move |db| {
            users::find(db, &actor, user)?;
            look_at(db, &actor, user, page)
        })
        .await
}

/// All of them.
pub async fn list_all(store: &Store, actor: &Actor, user: UserId) -> Result<Vec<Favorite>, Error> {
    let actor = actor.clone();
    store
        .scan(move |db| {
            users::find(db, &actor, user)?;
            look_at_all(db, &actor, user)
        })
        .await
}

/// Makes content that the actor sees a favorite of a user (oneself; for administrators, anyone), the last one. What is one
/// already gets the label. Gives all that the user has.
pub async fn add(
    store: &Store,
    actor: &Actor,
    user: UserId,
    which: Which,
    label: String,
) -> Result<Vec<Favorite>, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            users::find(tx, &actor, user)?;
            let which = find_content(tx, &actor, &which)?;
            let label = checked(&label)?;
            if let Some(mut row) = tx.query_opt(FIND_LABEL, values![user, label])? {
                let (id, content): (String, String) = (row.take()?, row.take()?);
                if content != which.id {
                    if !recycle_bin::holds(tx, &content)? {
                        return Err(Error::AlreadyExists(Taken::FavoriteLabel(label.to_owned())));
                    }
                    // Nobody sees what stands in the way: it gets another label, for when it is restored.
                    let other = free_label(tx, user, label)?;
                    tx.execute(RENAME, values![id, other])?;
                }
            }
            if let Some(mut row) = tx.query_opt(FIND, values![user, kind(which.kind), &which.id])? {
                tx.execute(RENAME, values![row.take::<String>()?, label])?;
            } else {
                let position = tx.query_one(LAST, values![user])?.take::<i64>()? + 1;
                let now = tx.now();
                let id = tavola_model::FavoriteId::from_random_bytes(random::bytes());
                tx.execute(INSERT, values![id, user, kind(which.kind), &which.id, label, position, now])?;
            }
            look_at_all(tx, &actor, user)
        })
        .await
}

/// Makes content no favorite any more, also if the user does not see it any more.
pub async fn remove(store: &Store, actor: &Actor, user: UserId, which: Which) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            users::find(tx, &actor, user)?;
            let id = which.id.to_lowercase();
            if tx.execute(DELETE, values![user, kind(which.kind), &id])? == 0 {
                return Err(unknown(&which));
            }
            Ok(())
        })
        .await
}

/// Moves favorites of a user behind others, one after the other.
pub async fn organize(store: &Store, actor: &Actor, user: UserId, moves: Vec<Move>) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            users::find(tx, &actor, user)?;
            let rows = tx.query(ORDERED, values![user])?;
            let mut order = rows
                .into_iter()
                .map(|mut row| Ok((row.take()?, row.take()?, row.take()?)))
                .collect::<Result<Vec<(String, ContentKind, String)>, Error>>()?;
            for Move { what, after } in &moves {
                let place = |order: &[(String, ContentKind, String)], which: &Which| {
                    let id = which.id.to_lowercase();
                    let found = order.iter().position(|(_, of, other)| *of == kind(which.kind) && *other == id);
                    found.ok_or_else(|| unknown(which))
                };
                place(&order, after)?;
                let moved = order.remove(place(&order, what)?);
                // What is to stand behind itself stays where it is.
                let behind = if what == after { moved.clone() } else { order[place(&order, after)?].clone() };
                let at = order.iter().position(|other| *other == behind).map_or(0, |at| at + 1);
                order.insert(at, moved);
            }
            for (position, (id, ..)) in order.iter().enumerate() {
                tx.execute(PLACE, values![id, i64::try_from(position).unwrap_or(i64::MAX)])?;
            }
            Ok(())
        })
        .await
}

/// Deletes what was made a favorite of content that is deleted.
pub(crate) fn forget(tx: &mut Tx<'_>, id: impl Into<Value>) -> Result<(), Error> {
    tx.execute(FORGET, &[id.into()]).map(drop)
}

fn kind(of: FavoriteKind) -> ContentKind {
    match of {
        FavoriteKind::Workbook => ContentKind::Workbook,
        FavoriteKind::View => ContentKind::View,
        FavoriteKind::Datasource => ContentKind::Datasource,
        FavoriteKind::Project => ContentKind::Project,
        FavoriteKind::Flow => ContentKind::Flow,
    }
}

fn unknown(which: &Which) -> Error {
    Error::NotFound(Missing::Favorite(which.id.clone()))
}

fn checked(label: &str) -> Result<&str, Error> {
    let label = label.trim();
    if label.is_empty() {
        Err(Error::Invalid(Invalid::BlankLabel))
    } else if label.chars().count() > LONGEST {
        Err(Error::invalid("the label of a favorite must not be longer than 255 characters"))
    } else if label.chars().any(char::is_control) {
        Err(Error::invalid("the label of a favorite must not hold control characters"))
    } else {
        Ok(label)
    }
}

/// The label with a number behind it that no favorite of the user has.
fn free_label(db: &mut Db<'_>, user: UserId, label: &str) -> Result<String, Error> {
    let rows = db.query(LABELS, values![user])?;
    let taken = rows.into_iter().map(|mut row| row.take()).collect::<Result<HashSet<String>, _>>()?;
    let mut numbered = (0_u64..).map(|number| format!("{label}_{number}"));
    Ok(numbered.find(|label| !taken.contains(label)).unwrap_or_default())
}

/// The content, if the actor sees it, by its id as it is stored.
fn find_content(db: &mut Db<'_>, actor: &Actor, which: &Which) -> Result<Which, Error> {
    let content = || Error::NotFound(Missing::Content(kind(which.kind), which.id.clone()));
    let id = match which.kind {
        FavoriteKind::Project => {
            let unknown = || Error::NotFound(Missing::Project(which.id.clone()));
            projects::find_seen(db, actor, which.id.parse().map_err(|_| unknown())?)?.id.to_string()
        }
        FavoriteKind::View => {
            let view = which.id.parse().map_err(|_| content())?;
            views::find(db, actor, view, Capability::Read)?.id.to_string()
        }
        FavoriteKind::Workbook | FavoriteKind::Datasource | FavoriteKind::Flow => {
            let id = which.id.to_lowercase();
            items::find(db, actor, kind(which.kind), &id, Capability::Read)?.id.clone()
        }
    };
    Ok(Which { kind: which.kind, id })
}

/// A row of the list, before what it is of is looked at.
struct Kept {
    label: String,
    position: i64,
    added_at: tavola_model::Timestamp,
    kind: ContentKind,
    id: String,
}

fn read(row: &mut Row) -> Result<Kept, Error> {
    Ok(Kept { label: row.take()?, position: row.take()?, added_at: row.take()?, kind: row.take()?, id: row.take()? })
}

fn look_at(db: &mut Db<'_>, actor: &Actor, user: UserId, page: Page) -> Result<List<Favorite>, Error> {
    let mut values = permissions::values_of(actor);
    values.push(Value::from(user));
    let of_items = [ContentKind::Workbook, ContentKind::Datasource, ContentKind::Flow];
    let mut seen: Vec<String> = of_items.map(|kind| items::ids_seen(actor, kind)).into();
    seen.push(views::ids_seen(actor));
    seen.push(projects::ids_seen(actor, db.dialect()));
    let source = Source {
        columns: "f.label, f.position, f.added_at, f.content_kind, f.content_id",
        from: "favorites f",
        owner: "",
        seen: format!("f.user_id = ${} AND f.content_id IN ({})", values.len(), seen.join(" UNION ALL ")),
        values,
        fields: &[],
        order: "f.position",
        id: "f.id",
    };
    let list = source.page(db, &ListQuery { page, ..ListQuery::default() }, read)?;
    let ids = |kind: ContentKind| -> Vec<String> {
        list.items.iter().filter(|kept| kept.kind == kind).map(|kept| kept.id.clone()).collect()
    };
    let mut contents: HashMap<String, Content> = HashMap::new();
    for workbook in items::look_at_some::<Workbook>(db, actor, &ids(ContentKind::Workbook))? {
        contents.insert(workbook.item.id.to_string(), Content::Workbook(Box::new(workbook)));
    }
    for datasource in items::look_at_some::<Datasource>(db, actor, &ids(ContentKind::Datasource))? {
        contents.insert(datasource.item.id.to_string(), Content::Datasource(Box::new(datasource)));
    }
    for flow in items::look_at_some::<Flow>(db, actor, &ids(ContentKind::Flow))? {
        contents.insert(flow.item.id.to_string(), Content::Flow(Box::new(flow)));
    }
    for view in views::look_at_some(db, actor, &ids(ContentKind::View))? {
        contents.insert(view.id.to_string(), Content::View(Box::new(view)));
    }
    for project in projects::look_at_some(db, actor, &ids(ContentKind::Project))? {
        contents.insert(project.id.to_string(), Content::Project(Box::new(project)));
    }
    let items = list.items.into_iter().filter_map(|kept| {
        let Kept { label, position, added_at, kind: _, id } = kept;
        let content = contents.remove(&id)?;
        Some(Favorite { label, position: position.unsigned_abs(), added_at, content })
    });
    Ok(List { items: items.collect(), total: list.total, page })
}

fn look_at_all(db: &mut Db<'_>, actor: &Actor, user: UserId) -> Result<Vec<Favorite>, Error> {
    let mut all = Vec::new();
    for number in 1_u32.. {
        let Some(number) = std::num::NonZeroU32::new(number) else { break };
        let page = Page::largest(number);
        let list = look_at(db, actor, user, page)?;
        all.extend(list.items);
        if page.offset() + u64::from(page.size.get()) >= list.total {
            break;
        }
    }
    Ok(all)
}
