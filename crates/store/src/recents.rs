//! What users used last: views that they looked at, workbooks that they published or changed.

use std::collections::HashMap;

use tavola_model::ContentKind;

use crate::{
    Actor, Error, Store, items,
    permissions::{self, Asked},
    sql::{Db, Row, Tx, Value, statements, values},
    views::{self, View},
    workbooks::Workbook,
};

/// How many things are kept of a user. It is the number that the reference has for the list.
const MOST: usize = 24;

statements! {
    NOTE = "INSERT INTO recents (user_id, content_kind, content_id, used_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (user_id, content_id) DO UPDATE SET used_at = excluded.used_at";
    OF_USER = "SELECT content_kind, content_id FROM recents WHERE user_id = $1 ORDER BY used_at DESC, content_id";
    DELETE = "DELETE FROM recents WHERE user_id = $1 AND content_id = $2";
    FORGET = "DELETE FROM recents WHERE content_id = $1";
}

/// A thing that a user used lately.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the kinds of things, as the reference names them")]
pub enum Recent {
    View(Box<View>),
    Workbook(Box<Workbook>),
}

/// The views and workbooks that the actor used last, newest first; what they may not see, or not any more, is left out.
pub async fn list(store: &Store, actor: &Actor) -> Result<Vec<Recent>, Error> {
    let actor = actor.clone();
    store
        .scan(move |db| {
            let mut values = permissions::values_of(&actor);
            values.push(Value::from(actor.user_id()));
            let rows = db.query(&seen(&actor, values.len()), &values)?;
            let recents = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
            let ids = |kind: ContentKind| -> Vec<String> {
                recents.iter().filter(|(of, _)| *of == kind).map(|(_, id)| id.clone()).collect()
            };
            let (view_ids, workbook_ids) = (ids(ContentKind::View), ids(ContentKind::Workbook));
            let mut found: HashMap<String, Recent> = HashMap::new();
            for view in views::look_at_some(db, &actor, &view_ids)? {
                found.insert(view.id.to_string(), Recent::View(Box::new(view)));
            }
            for workbook in items::look_at_some::<Workbook>(db, &actor, &workbook_ids)? {
                found.insert(workbook.item.id.to_string(), Recent::Workbook(Box::new(workbook)));
            }
            Ok(recents.into_iter().filter_map(|(_, id)| found.remove(&id)).collect())
        })
        .await
}

/// What the actor used last, newest first, whether they may still see it or not.
pub(crate) fn of(db: &mut Db<'_>, actor: &Actor) -> Result<Vec<(ContentKind, String)>, Error> {
    let rows = db.query(OF_USER, values![actor.user_id()])?;
    rows.into_iter().map(read).collect()
}

/// Those of the user of the value of this number that the actor may see, newest first.
fn seen(actor: &Actor, user: usize) -> String {
    let (view, workbook) = (views::seen(actor, Asked::OfFew), items::seen(actor, ContentKind::Workbook, Asked::OfFew));
    format!(
        "SELECT r.content_kind, r.content_id FROM recents r WHERE r.user_id = ${user} AND CASE r.content_kind \
         WHEN 'View' THEN EXISTS (SELECT 1 FROM {} WHERE v.id = r.content_id AND {view}) \
         ELSE EXISTS (SELECT 1 FROM items i JOIN projects p ON p.id = i.project_id \
         WHERE i.id = r.content_id AND {workbook}) END ORDER BY r.used_at DESC, r.content_id",
        views::TABLES
    )
}

fn read(mut row: Row) -> Result<(ContentKind, String), Error> {
    Ok((row.take()?, row.take()?))
}

/// Notes that the actor just used something.
pub(crate) fn note(tx: &mut Tx<'_>, actor: &Actor, kind: ContentKind, id: &str) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(NOTE, values![actor.user_id(), kind, id, now])?;
    for (_, oldest) in of(tx, actor)?.into_iter().skip(MOST) {
        tx.execute(DELETE, values![actor.user_id(), oldest])?;
    }
    Ok(())
}

/// Deletes what was noted of content that is deleted.
pub(crate) fn forget(tx: &mut Tx<'_>, id: &str) -> Result<(), Error> {
    tx.execute(FORGET, values![id]).map(drop)
}
