//! Who is in a group.

use tavola_model::{GroupId, ListQuery, UserId};

use super::{Group, change::record, find, see};
use crate::{
    Actor, Error, List, Missing, Refusal, Store, Taken, scim,
    sql::{Db, Tx, statements, values},
    users::{self, User},
};

statements! {
    JOIN = "INSERT INTO group_users (group_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    LEAVE = "DELETE FROM group_users WHERE group_id = $1 AND user_id = $2";
}

/// The users in a group that the actor sees, of those the actor sees: as a list of the site's users.
pub async fn users(store: &Store, actor: &Actor, id: GroupId, query: &ListQuery) -> Result<List<User>, Error> {
    let (keeping, actor, query) = (store.clone(), actor.clone(), query.clone());
    store
        .scan(move |db| {
            see(db, &actor, id)?;
            users::page(&keeping, db, &actor, &query, Some(id))
        })
        .await
}

/// Adds a user of the site to a group, for administrators; to one that gives a role, for those who manage the site's users.
pub async fn add_user(store: &Store, actor: &Actor, id: GroupId, user: UserId) -> Result<User, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let group = find_to_fill(tx, &actor, id)?;
            let user = lookup(tx, &actor, user)?;
            if join(tx, &actor, &group, &user)? {
                Ok(user)
            } else {
                Err(Error::AlreadyExists(Taken::UserInGroup(user.name)))
            }
        })
        .await
}

/// Adds many users of the site to a group, as [`add_user`]: all of them, or none if there is one that the site does not
/// know. Who is in the group already stays in it.
pub async fn add_users(store: &Store, actor: &Actor, id: GroupId, users: Vec<UserId>) -> Result<Vec<User>, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let group = find_to_fill(tx, &actor, id)?;
            let mut added = Vec::with_capacity(users.len());
            for user in &users {
                let user = lookup(tx, &actor, *user)?;
                join(tx, &actor, &group, &user)?;
                added.push(user);
            }
            Ok(added)
        })
        .await
}

/// Takes a user out of a group, for administrators. A role that the group gave stays theirs.
pub async fn remove_user(store: &Store, actor: &Actor, id: GroupId, user: UserId) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let group = find_to_empty(tx, &actor, id)?;
            let found = lookup(tx, &actor, user)?;
            if leave(tx, &actor, &group, &found)? {
                Ok(())
            } else {
                Err(Error::NotFound(Missing::User(user.to_string())))
            }
        })
        .await
}

/// Takes many users out of a group, as [`remove_user`]: all of them, or none if there is one that the site does not know.
/// Who is not in the group is passed over.
pub async fn remove_users(store: &Store, actor: &Actor, id: GroupId, users: Vec<UserId>) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let group = find_to_empty(tx, &actor, id)?;
            for user in &users {
                let user = lookup(tx, &actor, *user)?;
                leave(tx, &actor, &group, &user)?;
            }
            Ok(())
        })
        .await
}

/// Puts users into a group and takes others out, for administrators of the site.
pub(crate) fn change_members_now<'u>(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: GroupId,
    joining: impl Iterator<Item = &'u UserId>,
    leaving: impl Iterator<Item = &'u UserId>,
) -> Result<(), Error> {
    find_to_fill(tx, actor, id)?;
    let group = find_to_empty(tx, actor, id)?;
    for user in leaving {
        let user = lookup(tx, actor, *user)?;
        leave(tx, actor, &group, &user)?;
    }
    for user in joining {
        let user = lookup(tx, actor, *user)?;
        join(tx, actor, &group, &user)?;
    }
    Ok(())
}

fn find_to_fill(db: &mut Db<'_>, actor: &Actor, id: GroupId) -> Result<Group, Error> {
    let group = find(db, actor, id)?;
    if group.minimum_site_role.is_some() {
        users::may_manage(db, actor)?;
    }
    scim::require_free_group(db, actor, id)?;
    Ok(group)
}

fn find_to_empty(db: &mut Db<'_>, actor: &Actor, id: GroupId) -> Result<Group, Error> {
    let group = find(db, actor, id)?;
    scim::require_free_group(db, actor, id)?;
    if group.all_users { Err(Error::Forbidden(Refusal::LeavesAllUsers)) } else { Ok(group) }
}

fn lookup(db: &mut Db<'_>, actor: &Actor, id: UserId) -> Result<User, Error> {
    users::lookup(db, actor.site_id(), id)?.ok_or_else(|| Error::NotFound(Missing::User(id.to_string())))
}

/// Whether the user was not in the group.
fn join(tx: &mut Tx<'_>, actor: &Actor, group: &Group, user: &User) -> Result<bool, Error> {
    let joined = tx.execute(JOIN, values![group.id, user.id])? > 0;
    if joined {
        record(tx, actor, "group.add_user", group, Some(format!("user `{}`", user.name)))?;
    }
    Ok(joined)
}

/// Whether the user was in the group.
fn leave(tx: &mut Tx<'_>, actor: &Actor, group: &Group, user: &User) -> Result<bool, Error> {
    let left = tx.execute(LEAVE, values![group.id, user.id])? > 0;
    if left {
        record(tx, actor, "group.remove_user", group, Some(format!("user `{}`", user.name)))?;
    }
    Ok(left)
}
