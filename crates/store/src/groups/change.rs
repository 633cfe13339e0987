//! Making, changing and deleting groups.

use tavola_model::{GroupId, GroupName, SiteId, SiteRole};

use super::{Group, find, see};
use crate::{
    Actor, Error, Invalid, Refusal, Store, Taken,
    audit::{self, By, Done},
    random, scim,
    sql::{Db, Tx, statements, values},
    users,
};

/// A group to make on the actor's site.
#[derive(Debug, Clone)]
pub struct NewGroup {
    /// Its name.
    pub name: GroupName,
    /// The least role that its members have once they have signed in.
    pub minimum_site_role: Option<SiteRole>,
    /// Whether people without an account may come as its members.
    pub external_user_enabled: bool,
}

/// What to change of a group: what is none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct GroupChange {
    /// Its name.
    pub name: Option<GroupName>,
    /// The least role that its members have once they have signed in. `Unlicensed` gives nothing.
    pub minimum_site_role: Option<SiteRole>,
    /// Whether people without an account may come as its members.
    pub external_user_enabled: Option<bool>,
}

statements! {
    FIND_NAMED = "SELECT id FROM groups WHERE site_id = $1 AND name_key = $2";
    INSERT = "INSERT INTO groups (id, site_id, name, name_key, all_users, minimum_site_role, external_user_enabled, \
        created_at, updated_at) VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $7)";
    UPDATE = "UPDATE groups SET name = $2, name_key = $3, minimum_site_role = $4, external_user_enabled = $5, \
        updated_at = $6 WHERE id = $1";
    DELETE = "DELETE FROM groups WHERE id = $1";
}

/// Makes a group, for administrators of the site; with a role to give, for those who manage its users.
pub async fn create(store: &Store, actor: &Actor, new: NewGroup) -> Result<Group, Error> {
    let actor = actor.clone();
    store.write(move |tx| create_now(tx, &actor, &new)).await
}

pub(crate) fn create_now(tx: &mut Tx<'_>, actor: &Actor, new: &NewGroup) -> Result<Group, Error> {
    actor.require_site_administrator()?;
    if let Some(role) = new.minimum_site_role {
        may_give(tx, actor, role)?;
    }
    let (site, name) = (actor.site_id(), new.name.as_str());
    require_free_name(tx, site, &new.name, None)?;
    let id = GroupId::from_random_bytes(random::bytes());
    let now = tx.now();
    let (role, external) = (new.minimum_site_role, new.external_user_enabled);
    tx.execute(INSERT, values![id, site, name, new.name.key(), role, external, now])?;
    let group = see(tx, actor, id)?;
    record(tx, actor, "group.create", &group, role.map(|role| format!("minimum site role {role}")))?;
    Ok(group)
}

/// Changes a group, for administrators of the site; the role that it gives, for those who manage its users. `All Users`
/// keeps its name.
pub async fn update(store: &Store, actor: &Actor, id: GroupId, change: GroupChange) -> Result<Group, Error> {
    let actor = actor.clone();
    store.write(move |tx| update_now(tx, &actor, id, &change)).await
}

pub(crate) fn update_now(tx: &mut Tx<'_>, actor: &Actor, id: GroupId, change: &GroupChange) -> Result<Group, Error> {
    let old = find(tx, actor, id)?;
    let name = change.name.as_ref().filter(|name| name.as_str() != old.name);
    let role = change.minimum_site_role.filter(|role| Some(*role) != old.minimum_site_role);
    let external = change.external_user_enabled.filter(|external| *external != old.external_user_enabled);
    let mut changed = Vec::new();
    changed.extend(name.map(|name| format!("name `{name}`")));
    changed.extend(role.map(|role| format!("minimum site role {role}")));
    changed.extend(external.map(|external| format!("external users {external}")));
    if changed.is_empty() {
        return Ok(old);
    }
    if let Some(name) = name {
        if old.all_users {
            return Err(Error::Forbidden(Refusal::AllUsersStays));
        }
        scim::require_free_group(tx, actor, id)?;
        require_free_name(tx, actor.site_id(), name, Some(id))?;
    }
    if let Some(role) = role {
        may_give(tx, actor, role)?;
    }
    let now = tx.now();
    let key = name.map_or_else(|| old.name.to_lowercase(), GroupName::key);
    tx.execute(
        UPDATE,
        values![
            id,
            name.map_or(old.name.as_str(), GroupName::as_str),
            key,
            role.or(old.minimum_site_role),
            external.unwrap_or(old.external_user_enabled),
            now,
        ],
    )?;
    record(tx, actor, "group.update", &old, Some(changed.join(", ")))?;
    see(tx, actor, id)
}

/// Deletes a group, for administrators of the site, but not `All Users`. Its users stay on the site in the role they have;
/// what permissions say of the group goes with it, and it leaves its group sets.
pub async fn delete(store: &Store, actor: &Actor, id: GroupId) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let group = find(tx, &actor, id)?;
            if group.all_users {
                return Err(Error::Forbidden(Refusal::AllUsersStays));
            }
            scim::require_free_group(tx, &actor, id)?;
            // Members, rules and its places in group sets go with the row.
            tx.execute(DELETE, values![id])?;
            let users = group.user_count.map(|count| format!("{count} users in it"));
            record(tx, &actor, "group.delete", &group, users)
        })
        .await
}

/// Who may have a group give a role: who may give it to each of its members.
fn may_give(db: &mut Db<'_>, actor: &Actor, role: SiteRole) -> Result<(), Error> {
    if !role.may_be_minimum() {
        return Err(Error::Invalid(Invalid::SiteRole(role)));
    }
    users::may_manage(db, actor)
}

fn require_free_name(db: &mut Db<'_>, site: SiteId, name: &GroupName, but: Option<GroupId>) -> Result<(), Error> {
    let found = db.query_opt(FIND_NAMED, values![site, name.key()])?;
    match found.map(|mut row| row.take::<GroupId>()).transpose()? {
        Some(id) if Some(id) != but => Err(Error::AlreadyExists(Taken::GroupName(name.to_string()))),
        _ => Ok(()),
    }
}

pub(super) fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    action: &str,
    group: &Group,
    detail: Option<String>,
) -> Result<(), Error> {
    let (id, name) = (Some(group.id.to_string()), Some(group.name.as_str()));
    audit::record(tx, By::Actor(actor), Done { action, kind: "group", id, name, detail, site: Some(actor.site_id()) })
}
