//! What the rooms of all kinds do alike: they list, show and hand out what lies in `items`, and a table of their own beside.

use std::fmt::Display;

use tavola_model::{Capability, ContentKind, ListQuery, Page, UserId};

use super::{Item, Sight, find, id_of_content_url, read, seen, tags_of};
use crate::{
    Actor, Error, List, Store,
    list::{self, Field, Source},
    permissions::Asked,
    sql::{Db, FromValue, Row, Value},
    users,
};

/// A kind of content items, as an actor sees one.
pub(crate) trait Kind: Sized + Send + 'static {
    /// The ids of its items.
    type Id: FromValue + Display;
    /// Which kind it is.
    const KIND: ContentKind;
    /// Its own columns, of `i` or the tables below; `""` for none.
    const COLUMNS: &'static str;
    /// Its own tables, joined to `i`; `""` for none.
    const TABLES: &'static str;
    /// What its lists filter and sort by.
    const FIELDS: &'static [Field];

    /// Reads its own columns.
    fn read(item: Item<Self::Id>, row: &mut Row) -> Result<Self, Error>;

    /// What it has in common with other kinds.
    fn item(&mut self) -> &mut Item<Self::Id>;
}

fn read_row<K: Kind>(row: &mut Row) -> Result<K, Error> {
    let item = read(row)?;
    K::read(item, row)
}

/// Those that the actor may read, of one owner if one is named; by name unless sorted.
pub(crate) async fn list<K: Kind>(
    store: &Store,
    actor: &Actor,
    query: &ListQuery,
    owner: Option<UserId>,
) -> Result<List<K>, Error> {
    let (keeping, actor, query) = (store.clone(), actor.clone(), query.clone());
    store
        .scan(move |db| {
            let Sight { columns, from, owner: joined, mut values } = Sight::of(db, &actor, K::COLUMNS, K::TABLES)?;
            let of_owner = owner.map_or_else(String::new, |owner| {
                values.push(Value::from(owner));
                format!(" AND i.owner_id = ${}", values.len())
            });
            let seen = |asked| seen(&actor, K::KIND, asked) + &of_owner;
            let source = Source {
                columns: &columns,
                from: &from,
                owner: &joined,
                seen: seen(Asked::OfAll),
                values,
                fields: K::FIELDS,
                order: "i.name_key",
                id: "i.id",
            };
            let mut list = source.stable_page(Some(seen(Asked::OfFew)), &keeping, &actor, db, &query, read_row::<K>)?;
            add_tags(db, &mut list.items)?;
            Ok(list)
        })
        .await
}

/// Those that a user owns, or, as published clients ask for them, that a user may read: only oneself and administrators
/// ask, and what another may read but the actor may not is left out.
pub(crate) async fn list_of_user<K: Kind>(
    store: &Store,
    actor: &Actor,
    user: UserId,
    owned: bool,
    page: Page,
) -> Result<List<K>, Error> {
    users::get(store, actor, user).await?;
    if user != actor.user_id() {
        actor.require_site_administrator()?;
    }
    let query = ListQuery { page, ..ListQuery::default() };
    list(store, actor, &query, owned.then_some(user)).await
}

fn add_tags<K: Kind>(db: &mut Db<'_>, items: &mut [K]) -> Result<(), Error> {
    let ids: Vec<String> = items.iter_mut().map(|item| item.item().id.to_string()).collect();
    let mut tags = tags_of(db, &ids)?;
    for (item, id) in items.iter_mut().zip(ids) {
        item.item().tags = tags.remove(&id).unwrap_or_default();
    }
    Ok(())
}

/// Asks whether the actor administers the site that an item is on. Whom it does not show itself to, it does not exist for.
pub(crate) async fn check_administered(
    store: &Store,
    actor: &Actor,
    kind: ContentKind,
    id: String,
) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .scan(move |db| {
            find(db, &actor, kind, &id, Capability::Read)?;
            actor.require_site_administrator()
        })
        .await
}

/// One that the actor may read.
pub(crate) async fn get<K: Kind>(store: &Store, actor: &Actor, id: String) -> Result<K, Error> {
    let actor = actor.clone();
    store.scan(move |db| see(db, &actor, &id)).await
}

/// The one with this content URL.
pub(crate) async fn get_by_content_url<K: Kind>(store: &Store, actor: &Actor, content_url: &str) -> Result<K, Error> {
    let (actor, content_url) = (actor.clone(), content_url.to_owned());
    store
        .scan(move |db| {
            let id = id_of_content_url(db, &actor, K::KIND, &content_url)?;
            see(db, &actor, &id)
        })
        .await
}

fn see<K: Kind>(db: &mut Db<'_>, actor: &Actor, id: &str) -> Result<K, Error> {
    find(db, actor, K::KIND, id, Capability::Read)?;
    look_at(db, actor, id)
}

/// The item, also if the actor made it one that they may not read any more.
pub(crate) fn look_at<K: Kind>(db: &mut Db<'_>, actor: &Actor, id: &str) -> Result<K, Error> {
    let Sight { columns, from, owner, mut values } = Sight::of(db, actor, K::COLUMNS, K::TABLES)?;
    values.push(Value::from(id));
    let statement = format!("SELECT {columns} FROM {from} {owner} WHERE i.site_id = $1 AND i.id = ${}", values.len());
    let mut item = read_row(&mut db.query_one(&statement, &values)?)?;
    add_tags(db, std::slice::from_mut(&mut item))?;
    Ok(item)
}

/// The ids of those that the actor may read; `$1` is the site and, for who is no administrator, `$2` the actor.
pub(crate) fn ids_seen(actor: &Actor, kind: ContentKind) -> String {
    format!("SELECT i.id FROM items i JOIN projects p ON p.id = i.project_id WHERE {}", seen(actor, kind, Asked::OfAll))
}

/// These, whether the actor may read them or not.
pub(crate) fn look_at_some<K: Kind>(db: &mut Db<'_>, actor: &Actor, ids: &[String]) -> Result<Vec<K>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let Sight { columns, from, owner, mut values } = Sight::of(db, actor, K::COLUMNS, K::TABLES)?;
    let places = list::places(ids, &mut values);
    let statement = format!("SELECT {columns} FROM {from} {owner} WHERE i.site_id = $1 AND i.id IN ({places})");
    let mut items = db.query(&statement, &values)?.iter_mut().map(read_row::<K>).collect::<Result<Vec<_>, _>>()?;
    add_tags(db, &mut items)?;
    Ok(items)
}

/// The functions that a room has for every kind alike, with ids of its own.
macro_rules! room {
    ($record:ty, $id:ty) => {
        /// One that the actor may read.
        pub async fn get(store: &$crate::Store, actor: &$crate::Actor, id: $id) -> Result<$record, $crate::Error> {
            $crate::items::get(store, actor, id.to_string()).await
        }

        /// Asks whether the actor administers the site that one is on.
        pub async fn check_administered(
            store: &$crate::Store,
            actor: &$crate::Actor,
            id: $id,
        ) -> Result<(), $crate::Error> {
            $crate::items::check_administered(store, actor, KIND, id.to_string()).await
        }

        /// Asks whether the actor may publish there, before the file is sent.
        pub async fn check_destination(
            store: &$crate::Store,
            actor: &$crate::Actor,
            destination: $crate::items::Destination,
        ) -> Result<(), $crate::Error> {
            $crate::items::check_destination(store, actor, KIND, destination).await
        }

        /// Deletes one, with its revisions and all that is in it: into the recycle bin, where there is one.
        pub async fn delete(store: &$crate::Store, actor: &$crate::Actor, id: $id) -> Result<(), $crate::Error> {
            $crate::items::delete(store, actor, KIND, id.to_string()).await
        }

        /// Its file: the newest revision, or another.
        pub async fn download(
            store: &$crate::Store,
            actor: &$crate::Actor,
            id: $id,
            revision: Option<u64>,
        ) -> Result<$crate::items::Download, $crate::Error> {
            $crate::items::download(store, actor, KIND, id.to_string(), revision).await
        }

        /// Its revisions, oldest first.
        pub async fn revisions(
            store: &$crate::Store,
            actor: &$crate::Actor,
            id: $id,
            page: tavola_model::Page,
        ) -> Result<$crate::List<$crate::items::Revision>, $crate::Error> {
            $crate::items::revisions(store, actor, KIND, id.to_string(), page).await
        }

        /// Removes the file of a revision that is not the newest.
        pub async fn remove_revision(
            store: &$crate::Store,
            actor: &$crate::Actor,
            id: $id,
            number: u64,
        ) -> Result<(), $crate::Error> {
            $crate::items::remove_revision(store, actor, KIND, id.to_string(), number).await
        }

        /// How its data is reached.
        pub async fn connections(
            store: &$crate::Store,
            actor: &$crate::Actor,
            id: $id,
        ) -> Result<Vec<$crate::items::Connection>, $crate::Error> {
            $crate::items::connections(store, actor, KIND, id.to_string()).await
        }

        /// Changes some of its connections; gives these as they are then.
        pub async fn update_connections(
            store: &$crate::Store,
            actor: &$crate::Actor,
            id: $id,
            connections: Vec<tavola_model::ConnectionId>,
            change: $crate::items::ConnectionChange,
        ) -> Result<Vec<$crate::items::Connection>, $crate::Error> {
            $crate::items::change_connections(store, actor, KIND, id.to_string(), connections, change).await
        }

        /// Adds tags; gives all it has.
        pub async fn add_tags_to(
            store: &$crate::Store,
            actor: &$crate::Actor,
            id: $id,
            labels: Vec<String>,
        ) -> Result<Vec<String>, $crate::Error> {
            $crate::items::tag(store, actor, KIND, id.to_string(), labels).await
        }

        /// Removes a tag.
        pub async fn remove_tag(
            store: &$crate::Store,
            actor: &$crate::Actor,
            id: $id,
            label: &str,
        ) -> Result<(), $crate::Error> {
            $crate::items::untag(store, actor, KIND, id.to_string(), label.to_owned()).await
        }
    };
}
pub(crate) use room;
