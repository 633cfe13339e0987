//! Deleting a view.

use tavola_model::{Capability, ContentKind, ViewId};

use super::{DELETE, find_sheet, forget};
use crate::{
    Actor, Error, Store,
    audit::{self, By, Done},
    items,
    sql::{statements, values},
    workbooks,
};

statements! {
    OTHERS_SHOWN = "SELECT id FROM views WHERE workbook_id = $1 AND hidden = 0 AND id <> $2 ORDER BY position, id";
}

/// Deletes a view, also one whose sheet is hidden, for those who have the capability Delete on it. The file stays as it is:
/// when it is published again, its sheet is a new view. With the last view that is not hidden, the workbook is deleted.
pub async fn delete(store: &Store, actor: &Actor, id: ViewId) -> Result<(), Error> {
    let (actor, days) = (actor.clone(), store.0.recycle_bin_days);
    store
        .write(move |tx| {
            let view = find_sheet(tx, &actor, id, Capability::Delete)?;
            let workbook_id = view.workbook_id.to_string();
            let others = tx.query(OTHERS_SHOWN, values![&workbook_id, view.id])?;
            if !view.hidden && others.is_empty() {
                let workbook = items::find(tx, &actor, ContentKind::Workbook, &workbook_id, Capability::Delete)?;
                return items::put_away(tx, &actor, days, &workbook);
            }
            forget(tx, &view.id.to_string())?;
            tx.execute(DELETE, values![view.id])?;
            let shown = others.into_iter().map(|mut row| row.take()).collect::<Result<Vec<ViewId>, _>>()?;
            workbooks::views_left(tx, &workbook_id, &shown)?;
            audit::record(
                tx,
                By::Actor(&actor),
                Done {
                    action: "view.delete",
                    kind: "view",
                    id: Some(view.id.to_string()),
                    name: Some(&view.name),
                    detail: Some(format!("of workbook {workbook_id}")),
                    site: Some(actor.site_id()),
                },
            )
        })
        .await
}
