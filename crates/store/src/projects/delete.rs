//! Deleting a project.

use tavola_model::{Capability, ProjectId};

use super::find;
use crate::{
    Actor, Error, Refusal, Store,
    audit::{self, By, Done},
    favorites, items, permissions, recycle_bin,
    sql::{Tx, statements, values},
};

statements! {
    FIND_BELOW = "SELECT project_id FROM project_ancestors WHERE ancestor_id = $1";
    DISABLE_APPS = "UPDATE connected_apps SET enabled = 0 WHERE enabled = 1 AND project_id IN \
        (SELECT project_id FROM project_ancestors WHERE ancestor_id = $1)";
    DELETE = "DELETE FROM projects WHERE id IN (SELECT project_id FROM project_ancestors WHERE ancestor_id = $1)";
}

/// Deletes a project with all that is in it, for administrators, its owner and its leaders; not the project Default. The
/// content goes into the recycle bin, where there is one, the projects are gone for good.
///
/// A connected app that was only for what is deleted is disabled: without its project it would be for everything.
pub async fn delete(store: &Store, actor: &Actor, id: ProjectId) -> Result<(), Error> {
    let (actor, days) = (actor.clone(), store.0.recycle_bin_days);
    store.write(move |tx| delete_now(tx, &actor, days, id)).await
}

pub(super) fn delete_now(tx: &mut Tx<'_>, actor: &Actor, days: u32, id: ProjectId) -> Result<(), Error> {
    let project = find(tx, actor, id, Capability::ProjectLeader)?;
    if project.is_default() {
        return Err(Error::Forbidden(Refusal::DefaultProject));
    }
    let deleted =
        tx.query(FIND_BELOW, values![id])?.iter_mut().map(|row| row.take()).collect::<Result<Vec<ProjectId>, _>>()?;
    let into_bin = recycle_bin::takes(tx, days, project.site_id)?;
    let items = items::delete_in_project(tx, actor, id, into_bin)?;
    for id in &deleted {
        permissions::delete_of(tx, *id)?;
        favorites::forget(tx, *id)?;
    }
    let disabled = tx.execute(DISABLE_APPS, values![id])?;
    tx.execute(DELETE, values![id])?;
    let mut detail = Vec::new();
    if deleted.len() > 1 {
        detail.push(format!("{} projects in it", deleted.len() - 1));
    }
    if items > 0 {
        let place = if into_bin { ", into the recycle bin" } else { "" };
        detail.push(format!("{items} content items in it{place}"));
    }
    if disabled > 0 {
        detail.push(format!("{disabled} connected apps disabled"));
    }
    audit::record(
        tx,
        By::Actor(actor),
        Done {
            action: "project.delete",
            kind: "project",
            id: Some(id.to_string()),
            name: Some(&project.name),
            detail: (!detail.is_empty()).then(|| detail.join(", ")),
            site: Some(project.site_id),
        },
    )
}
