//! The tree: which project lies in which, however deep.

use tavola_model::ProjectId;

use crate::{
    Error,
    sql::{Db, Tx, statements, values},
};

/// How many projects may lie in each other. Nobody nests deeper on purpose, and each level costs every project below it.
const DEEPEST: i64 = 32;

statements! {
    ADD_ITSELF = "INSERT INTO project_ancestors (project_id, ancestor_id, depth) VALUES ($1, $1, 0)";
    ADD_BELOW = "INSERT INTO project_ancestors (project_id, ancestor_id, depth) \
        SELECT s.project_id, a.ancestor_id, s.depth + a.depth + 1 FROM project_ancestors s \
        JOIN project_ancestors a ON a.project_id = $2 WHERE s.ancestor_id = $1";
    CUT_OFF = "DELETE FROM project_ancestors \
        WHERE project_id IN (SELECT s.project_id FROM project_ancestors s WHERE s.ancestor_id = $1) \
        AND ancestor_id IN (SELECT a.ancestor_id FROM project_ancestors a WHERE a.project_id = $1 AND a.depth > 0)";
    IS_IN = "SELECT COUNT(*) FROM project_ancestors WHERE project_id = $1 AND ancestor_id = $2";
    HEIGHT = "SELECT COALESCE(MAX(depth), 0) FROM project_ancestors WHERE ancestor_id = $1";
    DEPTH = "SELECT COALESCE(MAX(depth), 0) FROM project_ancestors WHERE project_id = $1";
}

/// Puts a new project in its place.
pub(super) fn plant(tx: &mut Tx<'_>, id: ProjectId, parent: Option<ProjectId>) -> Result<(), Error> {
    tx.execute(ADD_ITSELF, values![id])?;
    join(tx, id, parent)
}

/// Puts a project, with all that lies in it, in another place.
pub(super) fn transplant(tx: &mut Tx<'_>, id: ProjectId, parent: Option<ProjectId>) -> Result<(), Error> {
    tx.execute(CUT_OFF, values![id])?;
    join(tx, id, parent)
}

fn join(tx: &mut Tx<'_>, id: ProjectId, parent: Option<ProjectId>) -> Result<(), Error> {
    let Some(parent) = parent else { return Ok(()) };
    let height: i64 = tx.query_one(HEIGHT, values![id])?.take()?;
    let depth: i64 = tx.query_one(DEPTH, values![parent])?.take()?;
    if depth + 1 + height >= DEEPEST {
        return Err(Error::invalid(format!("projects lie in each other at most {DEEPEST} deep")));
    }
    tx.execute(ADD_BELOW, values![id, parent]).map(drop)
}

/// Whether a project is another one or lies in it.
pub(super) fn is_in(db: &mut Db<'_>, id: ProjectId, other: ProjectId) -> Result<bool, Error> {
    let found: i64 = db.query_one(IS_IN, values![id, other])?.take()?;
    Ok(found > 0)
}
