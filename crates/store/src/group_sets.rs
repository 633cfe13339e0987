//! Group sets: groups that permissions name together.
//!
//! A site may have them turned off: then they stay as they are, but nobody sees or changes them, and rules about them do not
//! count.

use tavola_model::{GroupId, GroupSetId, GroupSetName, ListQuery, SiteId};

use crate::{
    Actor, Error, List, Missing, Store, Taken,
    audit::{self, By, Done},
    groups,
    list::{ANY_OF, COMPARED, Field, Holds, NAMES, Source, places},
    random, sites,
    sql::{Db, Row, Tx, statements, values},
    users,
};

/// A set of groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSet {
    /// Its id.
    pub id: GroupSetId,
    /// Its name.
    pub name: String,
    /// How many groups are in it.
    pub group_count: i64,
    /// These groups, by name.
    pub groups: Vec<GroupOfSet>,
}

/// A group that is in a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupOfSet {
    /// The group's id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
}

macro_rules! group_count {
    () => {
        "(SELECT COUNT(*) FROM group_set_groups gg WHERE gg.group_set_id = s.id)"
    };
}

const COLUMNS: &str = concat!("s.id, s.name, ", group_count!());

statements! {
    FIND = concat!("SELECT s.id, s.name, ", group_count!(), " FROM group_sets s WHERE s.site_id = $1 AND s.id = $2");
    FIND_NAMED = "SELECT id FROM group_sets WHERE site_id = $1 AND name_key = $2";
    INSERT = "INSERT INTO group_sets (id, site_id, name, name_key, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)";
    UPDATE = "UPDATE group_sets SET name = $2, name_key = $3, updated_at = $4 WHERE id = $1";
    DELETE = "DELETE FROM group_sets WHERE id = $1";
    JOIN = "INSERT INTO group_set_groups (group_set_id, group_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    LEAVE = "DELETE FROM group_set_groups WHERE group_set_id = $1 AND group_id = $2";
}

pub(crate) const FIELDS: &[Field] = &[
    Field {
        name: "name",
        column: "s.name",
        key: Some("s.name_key"),
        holds: Holds::Text,
        operators: NAMES,
        order: "s.name_key",
    },
    Field { name: "luid", column: "s.id", key: None, holds: Holds::Id, operators: ANY_OF, order: "s.id" },
    Field {
        name: "groupCount",
        column: group_count!(),
        key: None,
        holds: Holds::Number,
        operators: COMPARED,
        order: group_count!(),
    },
];

/// A set whose groups are still to be read.
fn read(row: &mut Row) -> Result<GroupSet, Error> {
    Ok(GroupSet { id: row.take()?, name: row.take()?, group_count: row.take()?, groups: Vec::new() })
}

/// Reads the groups of sets.
fn read_groups(db: &mut Db<'_>, sets: &mut [GroupSet]) -> Result<(), Error> {
    if sets.is_empty() {
        return Ok(());
    }
    let ids: Vec<String> = sets.iter().map(|set| set.id.to_string()).collect();
    let mut values = Vec::new();
    let places = places(&ids, &mut values);
    let statement = format!(
        "SELECT gg.group_set_id, g.id, g.name FROM group_set_groups gg JOIN groups g ON g.id = gg.group_id \
         WHERE gg.group_set_id IN ({places}) ORDER BY g.name_key"
    );
    for mut row in db.query(&statement, &values)? {
        let of: GroupSetId = row.take()?;
        let group = GroupOfSet { id: row.take()?, name: row.take()? };
        if let Some(set) = sets.iter_mut().find(|set| set.id == of) {
            set.groups.push(group);
        }
    }
    Ok(())
}

/// The group sets of the actor's site, for those who see its other users. By name, unless sorted.
///
/// Fields: `name`, `luid`, `groupCount`.
pub async fn list(store: &Store, actor: &Actor, query: &ListQuery) -> Result<List<GroupSet>, Error> {
    let (keeping, actor, query) = (store.clone(), actor.clone(), query.clone());
    store
        .scan(move |db| {
            sites::require_group_sets(db, actor.site_id())?;
            let seen = if users::sees_others(db, &actor)? { "s.site_id = $1" } else { "s.site_id = $1 AND 1 = 0" };
            let source = Source {
                columns: COLUMNS,
                from: "group_sets s",
                owner: "",
                seen: seen.to_owned(),
                values: values![actor.site_id()].to_vec(),
                fields: FIELDS,
                order: "s.name_key",
                id: "s.id",
            };
            let mut list = source.stable_page(None, &keeping, &actor, db, &query, read)?;
            read_groups(db, &mut list.items)?;
            Ok(list)
        })
        .await
}

/// A group set of the actor's site, for those who see its other users.
pub async fn get(store: &Store, actor: &Actor, id: GroupSetId) -> Result<GroupSet, Error> {
    let actor = actor.clone();
    store.scan(move |db| see(db, &actor, id)).await
}

fn see(db: &mut Db<'_>, actor: &Actor, id: GroupSetId) -> Result<GroupSet, Error> {
    sites::require_group_sets(db, actor.site_id())?;
    let found = if users::sees_others(db, actor)? { db.query_opt(FIND, values![actor.site_id(), id])? } else { None };
    let mut row = found.ok_or_else(|| Error::NotFound(Missing::GroupSet(id.to_string())))?;
    let mut sets = [read(&mut row)?];
    read_groups(db, &mut sets)?;
    let [set] = sets;
    Ok(set)
}

/// The group set, for those who manage groups: administrators.
fn find(db: &mut Db<'_>, actor: &Actor, id: GroupSetId) -> Result<GroupSet, Error> {
    let set = see(db, actor, id)?;
    actor.require_site_administrator()?;
    Ok(set)
}

/// Makes a group set without groups, for administrators of the site.
pub async fn create(store: &Store, actor: &Actor, name: GroupSetName) -> Result<GroupSet, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            actor.require_site_administrator()?;
            sites::require_group_sets(tx, actor.site_id())?;
            require_free_name(tx, actor.site_id(), &name, None)?;
            let id = GroupSetId::from_random_bytes(random::bytes());
            let now = tx.now();
            tx.execute(INSERT, values![id, actor.site_id(), name.as_str(), name.key(), now])?;
            let set = see(tx, &actor, id)?;
            record(tx, &actor, "group_set.create", &set, None)?;
            Ok(set)
        })
        .await
}

/// Gives a group set another name, for administrators of the site; without one it stays as it is.
pub async fn update(
    store: &Store,
    actor: &Actor,
    id: GroupSetId,
    name: Option<GroupSetName>,
) -> Result<GroupSet, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let old = find(tx, &actor, id)?;
            let Some(name) = name.as_ref().filter(|name| name.as_str() != old.name) else { return Ok(old) };
            require_free_name(tx, actor.site_id(), name, Some(id))?;
            let now = tx.now();
            tx.execute(UPDATE, values![id, name.as_str(), name.key(), now])?;
            record(tx, &actor, "group_set.update", &old, Some(format!("name `{name}`")))?;
            see(tx, &actor, id)
        })
        .await
}

/// Deletes a group set, with what permissions say of it, for administrators of the site. Its groups stay.
pub async fn delete(store: &Store, actor: &Actor, id: GroupSetId) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let set = find(tx, &actor, id)?;
            tx.execute(DELETE, values![id])?;
            record(tx, &actor, "group_set.delete", &set, None)
        })
        .await
}

/// Puts a group into a group set, for administrators of the site. One that is in it stays in it.
pub async fn add_group(store: &Store, actor: &Actor, id: GroupSetId, group: GroupId) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let set = find(tx, &actor, id)?;
            let group = groups::see(tx, &actor, group)?;
            if tx.execute(JOIN, values![id, group.id])? > 0 {
                record(tx, &actor, "group_set.add_group", &set, Some(format!("group `{}`", group.name)))?;
            }
            Ok(())
        })
        .await
}

/// Takes a group out of a group set, for administrators of the site.
pub async fn remove_group(store: &Store, actor: &Actor, id: GroupSetId, group: GroupId) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let set = find(tx, &actor, id)?;
            if tx.execute(LEAVE, values![id, group])? == 0 {
                return Err(Error::NotFound(Missing::Group(group.to_string())));
            }
            let name =
                set.groups.iter().find(|of_set| of_set.id == group).map(|of_set| format!("group `{}`", of_set.name));
            record(tx, &actor, "group_set.remove_group", &set, name)
        })
        .await
}

fn require_free_name(db: &mut Db<'_>, site: SiteId, name: &GroupSetName, but: Option<GroupSetId>) -> Result<(), Error> {
    let found = db.query_opt(FIND_NAMED, values![site, name.key()])?;
    match found.map(|mut row| row.take::<GroupSetId>()).transpose()? {
        Some(id) if Some(id) != but => Err(Error::AlreadyExists(Taken::GroupSetName(name.to_string()))),
        _ => Ok(()),
    }
}

fn record(tx: &mut Tx<'_>, actor: &Actor, action: &str, set: &GroupSet, detail: Option<String>) -> Result<(), Error> {
    let (id, name) = (Some(set.id.to_string()), Some(set.name.as_str()));
    audit::record(
        tx,
        By::Actor(actor),
        Done { action, kind: "group set", id, name, detail, site: Some(actor.site_id()) },
    )
}
