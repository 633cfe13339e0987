//! Projects: so far, the project `default` of each site.

use tavola_model::{ProjectId, SiteId, UserId};

use crate::{
    Error, random,
    sql::{Db, Tx, statements, values},
};

statements! {
    INSERT_DEFAULT = "INSERT INTO projects (id, site_id, parent_id, name, name_key, description, content_permissions, \
        owner_id, created_at, updated_at) VALUES ($1, $2, NULL, 'default', 'default', $3, 'ManagedByOwner', NULL, $4, $4)";
    DELETE_OF_SITE = "DELETE FROM projects WHERE site_id = $1";
    COUNT_OWNED = "SELECT COUNT(*) FROM projects WHERE owner_id = $1";
    HAND_OVER = "UPDATE projects SET owner_id = $2, updated_at = $3 WHERE owner_id = $1";
    EXISTS = "SELECT COUNT(*) FROM projects WHERE site_id = $1 AND id = $2";
}

const DEFAULT_DESCRIPTION: &str = "The default project that was automatically created by Tavola.";

/// Makes a new site's project `default`. The server owns it, so that nobody's leaving can take it along.
pub(crate) fn insert_default(tx: &mut Tx<'_>, site: SiteId) -> Result<(), Error> {
    let id = ProjectId::from_random_bytes(random::bytes());
    let now = tx.now();
    tx.execute(INSERT_DEFAULT, values![id, site, DEFAULT_DESCRIPTION, now]).map(drop)
}

pub(crate) fn delete_of_site(tx: &mut Tx<'_>, site: SiteId) -> Result<(), Error> {
    tx.execute(DELETE_OF_SITE, values![site]).map(drop)
}

/// Whether a user owns projects.
pub(crate) fn owns_any(db: &mut Db<'_>, user: UserId) -> Result<bool, Error> {
    let owned: i64 = db.query_one(COUNT_OWNED, values![user])?.take()?;
    Ok(owned > 0)
}

/// Gives a user's projects to another.
pub(crate) fn hand_over(tx: &mut Tx<'_>, from: UserId, to: UserId) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(HAND_OVER, values![from, to, now]).map(drop)
}

/// Whether a site has this project.
pub(crate) fn exists(db: &mut Db<'_>, site: SiteId, id: ProjectId) -> Result<bool, Error> {
    let found: i64 = db.query_one(EXISTS, values![site, id])?.take()?;
    Ok(found > 0)
}
