//! Deleting items, alone or with their project.

use tavola_model::{Capability, ContentKind, ProjectId, SiteId, Timestamp};

use super::{Stored, change::free, find, forget_tags, record};
use crate::{
    Actor, Error, Store, favorites,
    permissions::{self, Granted},
    recents, recycle_bin,
    sql::{Tx, statements, values},
    workbooks,
};

statements! {
    DELETE = "DELETE FROM items WHERE id = $1";
    PUT_AWAY = "UPDATE items SET deleted_at = $2, deleted_by = $3 WHERE id = $1";
    TAKE_OUT = "UPDATE items SET project_id = NULL WHERE id = $1";
    BELOW_PROJECT = "SELECT i.id, i.kind, i.deleted_at, p.controlling_id FROM items i \
        JOIN project_ancestors a ON a.project_id = i.project_id JOIN projects p ON p.id = i.project_id \
        WHERE a.ancestor_id = $1";
    DELETE_OF_SITE = "DELETE FROM items WHERE site_id = $1";
}

/// Deletes an item with its revisions, for those who have the capability Delete on it: into the recycle bin, where there is
/// one.
pub(crate) async fn delete(store: &Store, actor: &Actor, kind: ContentKind, id: String) -> Result<(), Error> {
    let (actor, days) = (actor.clone(), store.0.recycle_bin_days);
    store
        .write(move |tx| {
            let item = find(tx, &actor, kind, &id, Capability::Delete)?;
            put_away(tx, &actor, days, &item)
        })
        .await
}

/// Deletes what the actor may delete, into a recycle bin of so many days.
pub(crate) fn put_away(tx: &mut Tx<'_>, actor: &Actor, days: u32, item: &Granted<Stored>) -> Result<(), Error> {
    if !recycle_bin::takes(tx, days, item.site_id)? {
        delete_now(tx, item.kind, &item.id)?;
        return record(tx, actor, "delete", item, None);
    }
    let now = tx.now();
    tx.execute(PUT_AWAY, values![&item.id, now, actor.user_id()])?;
    record(tx, actor, "delete", item, Some("into the recycle bin".to_owned()))
}

/// Deletes the row, and what does not go with it: rules, tags, favorites and recents do not know the table of what they lie on.
pub(crate) fn delete_now(tx: &mut Tx<'_>, kind: ContentKind, id: &str) -> Result<(), Error> {
    if kind == ContentKind::Workbook {
        workbooks::forget_views(tx, id)?;
    }
    permissions::delete_of(tx, id)?;
    forget_tags(tx, id)?;
    favorites::forget(tx, id)?;
    recents::forget(tx, id)?;
    tx.execute(DELETE, values![id]).map(drop)
}

/// Deletes what lies in a project that is deleted, and in those in it: into the recycle bin, if it takes anything. What lies
/// there lies in no project any more, and keeps the rules that held. Says how many items there were.
pub(crate) fn delete_in_project(
    tx: &mut Tx<'_>,
    actor: &Actor,
    project: ProjectId,
    into_bin: bool,
) -> Result<usize, Error> {
    let now = tx.now();
    let mut count = 0;
    for mut row in tx.query(BELOW_PROJECT, values![project])? {
        let (id, kind): (String, ContentKind) = (row.take()?, row.take()?);
        let (deleted_at, controlling): (Option<Timestamp>, Option<ProjectId>) = (row.take()?, row.take()?);
        if deleted_at.is_none() {
            count += 1;
            if !into_bin {
                delete_now(tx, kind, &id)?;
                continue;
            }
            tx.execute(PUT_AWAY, values![&id, now, actor.user_id()])?;
        }
        if let Some(controlling) = controlling {
            free(tx, controlling, kind, &id)?;
        }
        tx.execute(TAKE_OUT, values![&id])?;
    }
    Ok(count)
}

/// Deletes all items of a site that is deleted. Its rules and tags go with it.
pub(crate) fn delete_of_site(tx: &mut Tx<'_>, site: SiteId) -> Result<(), Error> {
    tx.execute(DELETE_OF_SITE, values![site]).map(drop)
}
