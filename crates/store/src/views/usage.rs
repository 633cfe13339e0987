//! How often views are looked at.

use tavola_model::{Capability, ContentKind, ViewId};

use super::find;
use crate::{
    Actor, Error, Store, recents,
    sql::{statements, values},
};

statements! {
    COUNT = "INSERT INTO view_usage (view_id, total) VALUES ($1, 1) \
        ON CONFLICT (view_id) DO UPDATE SET total = view_usage.total + 1";
}

/// Notes that a view was shown to the actor: it was seen once more, and is the newest of what the actor used last.
///
/// For whoever shows one or hands out what is drawn or computed from it (image, PDF, data), once for each answer; a preview
/// image is not the view. It is one small write, committed together with others. What was shown is shown even if this fails.
pub async fn note_seen(store: &Store, actor: &Actor, id: ViewId) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let view = find(tx, &actor, id, Capability::Read)?;
            tx.execute(COUNT, values![view.id])?;
            recents::note(tx, &actor, ContentKind::View, &view.id.to_string())
        })
        .await
}
