//! Certification: someone who has the say in its project stands in for an item.

use tavola_model::{Allows, Capability, ContentKind, Decision};

use super::{Stored, find};
use crate::{
    Actor, Error, Refusal, permissions,
    sql::{Tx, statements, values},
};

/// What to change of an item's certification: what is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertificationChange {
    /// Whether somebody stands in for it.
    pub is_certified: Option<bool>,
    /// What they say about it, while they do; `""` for nothing.
    pub note: Option<String>,
}

statements! {
    FIND = "SELECT note FROM certifications WHERE item_id = $1";
    CERTIFY = "INSERT INTO certifications (item_id, note) VALUES ($1, $2) \
        ON CONFLICT (item_id) DO UPDATE SET note = excluded.note";
    FORGET = "DELETE FROM certifications WHERE item_id = $1";
}

/// Changes an item's certification, for administrators and those who have the say in its project; says what changed.
pub(crate) fn certify(
    tx: &mut Tx<'_>,
    actor: &Actor,
    item: &Stored,
    change: &CertificationChange,
) -> Result<Option<String>, Error> {
    let old: Option<String> = tx.query_opt(FIND, values![&item.id])?.map(|mut row| row.take()).transpose()?;
    let certified = change.is_certified.unwrap_or(old.is_some());
    let new = certified.then(|| change.note.clone().or(old.clone()).unwrap_or_default());
    if new == old {
        return Ok(None);
    }
    match permissions::decision(tx, actor, &item.for_permissions(), Capability::Read)? {
        Decision::Allowed(Allows::Administrator | Allows::Lead(_)) => {}
        _ => return Err(Error::Forbidden(Refusal::NotLeader)),
    }
    match new {
        Some(note) if note.contains('\0') => return Err(Error::invalid("the note must not hold a NUL")),
        Some(note) => tx.execute(CERTIFY, values![&item.id, note])?,
        None => tx.execute(FORGET, values![&item.id])?,
    };
    Ok(Some(if certified { "certified" } else { "not certified" }.to_owned()))
}

/// The same, for an item that the actor may read.
pub(crate) fn certify_now(
    tx: &mut Tx<'_>,
    actor: &Actor,
    kind: ContentKind,
    id: &str,
    change: &CertificationChange,
) -> Result<Vec<String>, Error> {
    let item = find(tx, actor, kind, id, Capability::Read)?;
    Ok(certify(tx, actor, &item, change)?.into_iter().collect())
}
