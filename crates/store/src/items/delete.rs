//! Deleting items, alone or with their project.

use tavola_model::{Capability, ContentKind, ProjectId, SiteId};

use super::{find, forget_tags, record};
use crate::{
    Actor, Error, Store, favorites, permissions,
    sql::{Tx, statements, values},
    workbooks,
};

statements! {
    DELETE = "DELETE FROM items WHERE id = $1";
    BELOW_PROJECT = "SELECT i.id, i.kind FROM items i JOIN project_ancestors a ON a.project_id = i.project_id \
        WHERE a.ancestor_id = $1";
    DELETE_OF_SITE = "DELETE FROM items WHERE site_id = $1";
}

/// Deletes an item with its revisions, for those who have the capability Delete on it.
pub(crate) async fn delete(store: &Store, actor: &Actor, kind: ContentKind, id: String) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let item = find(tx, &actor, kind, &id, Capability::Delete)?;
            delete_now(tx, kind, &item.id)?;
            record(tx, &actor, "delete", &item, None)
        })
        .await
}

/// Deletes the row, and what does not go with it: rules, tags and favorites do not know the table of what they lie on.
fn delete_now(tx: &mut Tx<'_>, kind: ContentKind, id: &str) -> Result<(), Error> {
    if kind == ContentKind::Workbook {
        workbooks::forget_views(tx, id)?;
    }
    permissions::delete_of(tx, id)?;
    forget_tags(tx, id)?;
    favorites::forget(tx, id)?;
    tx.execute(DELETE, values![id]).map(drop)
}

/// Deletes what lies in a project that is deleted, and in those in it; says how many items there were.
pub(crate) fn delete_in_project(tx: &mut Tx<'_>, project: ProjectId) -> Result<usize, Error> {
    let rows = tx.query(BELOW_PROJECT, values![project])?;
    let count = rows.len();
    for mut row in rows {
        let (id, kind): (String, ContentKind) = (row.take()?, row.take()?);
        delete_now(tx, kind, &id)?;
    }
    Ok(count)
}

/// Deletes all items of a site that is deleted. Its rules and tags go with it.
pub(crate) fn delete_of_site(tx: &mut Tx<'_>, site: SiteId) -> Result<(), Error> {
    tx.execute(DELETE_OF_SITE, values![site]).map(drop)
}
