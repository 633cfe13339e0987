//! Groups: so far, the group `All Users` of each site.

use tavola_model::{GroupId, SiteId, UserId};

use crate::{
    Error, random,
    sql::{Tx, statements, values},
};

statements! {
    INSERT_ALL_USERS = "INSERT INTO groups (id, site_id, name, name_key, all_users, created_at, updated_at) \
        VALUES ($1, $2, 'All Users', 'all users', 1, $3, $3)";
    JOIN_ALL_USERS = "INSERT INTO group_users (group_id, user_id) \
        SELECT id, $1 FROM groups WHERE site_id = $2 AND all_users = 1";
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
