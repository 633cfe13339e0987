//! Projects that nothing lies in: what may be deleted without anybody missing anything.

use tavola_model::{Capability, ListQuery, ProjectId};

use super::{FIELDS, Project, Sight, delete, find, read};
use crate::{
    Actor, Conflict, Error, List, Store,
    list::Source,
    sql::{Db, statements, values},
};

/// The columns that refer to the project that something lies in. What lies in the recycle bin lies in none any more.
#[cfg(test)]
pub(crate) const HELD: &[(&str, &str)] =
    &[("connected_apps", "project_id"), ("items", "project_id"), ("projects", "parent_id")];

/// The condition that the project of a row holds no content, nor all that a connected app is for.
const WITHOUT_CONTENT: &str = "NOT EXISTS (SELECT 1 FROM items h WHERE h.project_id = p.id AND h.deleted_at IS NULL) \
    AND NOT EXISTS (SELECT 1 FROM connected_apps h WHERE h.project_id = p.id)";

statements! {
    COUNT_HELD = "SELECT (SELECT COUNT(*) FROM items WHERE project_id = $1 AND deleted_at IS NULL) \
        + (SELECT COUNT(*) FROM connected_apps WHERE project_id = $1) \
        + (SELECT COUNT(*) FROM projects WHERE parent_id = $1)";
}

/// The projects that hold no content, whatever its kind, for administrators of the site: they would see it. Projects may lie
/// in them. Fields are those of [`super::list`].
pub async fn list_without_content(store: &Store, actor: &Actor, query: &ListQuery) -> Result<List<Project>, Error> {
    let (actor, query) = (actor.clone(), query.clone());
    store
        .scan(move |db| {
            actor.require_site_administrator()?;
            let Sight { columns, from, owner, seen, values } = Sight::of(db, &actor)?;
            let source = Source {
                columns: &columns,
                from,
                owner: &owner,
                seen: format!("{seen} AND {WITHOUT_CONTENT}"),
                values,
                fields: FIELDS,
                order: "p.name_key",
                id: "p.id",
            };
            source.page(db, &query, read)
        })
        .await
}

/// Deletes a project as [`delete()`] does, unless something lies in it.
pub async fn delete_if_empty(store: &Store, actor: &Actor, id: ProjectId) -> Result<(), Error> {
    let (actor, days) = (actor.clone(), store.0.recycle_bin_days);
    store
        .write(move |tx| {
            find(tx, &actor, id, Capability::ProjectLeader)?;
            require_empty(tx, id)?;
            delete::delete_now(tx, &actor, days, id)
        })
        .await
}

fn require_empty(db: &mut Db<'_>, id: ProjectId) -> Result<(), Error> {
    let held: i64 = db.query_one(COUNT_HELD, values![id])?.take()?;
    if held > 0 { Err(Error::Conflict(Conflict::ProjectNotEmpty)) } else { Ok(()) }
}
