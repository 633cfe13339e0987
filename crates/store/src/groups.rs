//! Groups: so far, the group `All Users` of each site.

use tavola_model::{GroupId, GroupSetId, SiteId, UserId};

use crate::{
    Error, Missing, random,
    sql::{Db, Tx, statements, values},
};

statements! {
    INSERT_ALL_USERS = "INSERT INTO groups (id, site_id, name, name_key, all_users, created_at, updated_at) \
        VALUES ($1, $2, 'All Users', 'all users', 1, $3, $3)";
    JOIN_ALL_USERS = "INSERT INTO group_users (group_id, user_id) \
        SELECT id, $1 FROM groups WHERE site_id = $2 AND all_users = 1";
    NAME = "SELECT name FROM groups WHERE site_id = $1 AND id = $2";
    NAME_OF_SET = "SELECT name FROM group_sets WHERE site_id = $1 AND id = $2";
}

/// The name of a group of a site.
pub(crate) fn name(db: &mut Db<'_>, site: SiteId, id: GroupId) -> Result<String, Error> {
    db.query_opt(NAME, values![site, id])?.ok_or_else(|| Error::NotFound(Missing::Group(id.to_string())))?.take()
}

/// The name of a group set of a site.
pub(crate) fn name_of_set(db: &mut Db<'_>, site: SiteId, id: GroupSetId) -> Result<String, Error> {
    let found = db.query_opt(NAME_OF_SET, values![site, id])?;
    found.ok_or_else(|| Error::NotFound(Missing::GroupSet(id.to_string())))?.take()
}

/// Makes a new site's group `All Users`.
pub(crate) fn insert_all_users(tx: &mut Tx<'_>, site: SiteId) -> Result<(), Error> {
    let id = GroupId::from_random_bytes(random::bytes());
    let now = tx.now();
    tx.execute(INSERT_ALL_USERS, values![id, site, now]).map(drop)
}

/// Adds a new user of a site to its group `All Users`.
pub(crate) fn join_all_users(tx: &mut Tx<'_>, site: SiteId, user: UserId) -> Result<(), Error> {
    tx.execute(JOIN_ALL_USERS, values![user, site]).map(drop)
}
