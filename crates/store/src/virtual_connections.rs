//! Virtual connections: tables of databases, published as a text with rules about who sees which rows.

use tavola_model::{ContentKind, ListQuery, UserId, VirtualConnectionId};

use crate::{
    Actor, Error, List, Store,
    items::{self, CertificationChange, Item, ItemChange, Kind, NewFile, item_fields},
    list::Field,
    sql::Row,
};

const KIND: ContentKind = ContentKind::VirtualConnection;

/// A virtual connection, as the actor who asked sees it. Its file is its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualConnection {
    /// What it has in common with other content.
    pub item: Item<VirtualConnectionId>,
    /// What is said by those who stand in for it; none if nobody does.
    pub certification: Option<String>,
}

/// What to change of a virtual connection: what is none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct VirtualConnectionChange {
    /// What it has in common with other content.
    pub item: ItemChange,
    /// Whether somebody stands in for it.
    pub certification: CertificationChange,
}

impl Kind for VirtualConnection {
    type Id = VirtualConnectionId;
    const KIND: ContentKind = KIND;
    const COLUMNS: &'static str = "e.note";
    const TABLES: &'static str = "LEFT JOIN certifications e ON e.item_id = i.id";
    const FIELDS: &'static [Field] =
        item_fields![Field::flag("isCertified", "CASE WHEN e.item_id IS NULL THEN 0 ELSE 1 END"),];

    fn read(item: Item<VirtualConnectionId>, row: &mut Row) -> Result<Self, Error> {
        Ok(Self { item, certification: row.take()? })
    }

    fn item(&mut self) -> &mut Item<VirtualConnectionId> {
        &mut self.item
    }
}

/// The virtual connections that the actor may read, by name unless sorted. Fields: those of all kinds (see
/// [`crate::workbooks::list`]) and `isCertified`.
pub async fn list(store: &Store, actor: &Actor, query: &ListQuery) -> Result<List<VirtualConnection>, Error> {
    items::list(store, actor, query, None).await
}

/// Publishes a virtual connection: a new one, or a new revision of the one that has the name; for someone else, if the
/// actor may give it to them.
pub async fn publish(
    store: &Store,
    actor: &Actor,
    mut new: NewFile,
    owner: Option<UserId>,
) -> Result<VirtualConnection, Error> {
    let actor = actor.clone();
    let connections = items::seal_connections(store, std::mem::take(&mut new.connections))?;
    store
        .write(move |tx| {
            let (item, _) = items::publish(tx, &actor, KIND, &new, &connections)?;
            items::record(tx, &actor, "publish", &item, Some(new.described(&item)))?;
            let given = ItemChange { owner_id: owner, ..ItemChange::default() };
            let (item, changed) = items::change(tx, &actor, KIND, &item.id, &given, false)?;
            items::changed(tx, &actor, &item, &changed)?;
            items::look_at(tx, &actor, &item.id)
        })
        .await
}

/// Changes a virtual connection: see [`items::ItemChange`] for the rights it takes. To certify it takes the say in its
/// project.
pub async fn update(
    store: &Store,
    actor: &Actor,
    id: VirtualConnectionId,
    change: VirtualConnectionChange,
) -> Result<VirtualConnection, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let id = id.to_string();
            let mut changed = items::certify_now(tx, &actor, KIND, &id, &change.certification)?;
            let (item, others) = items::change(tx, &actor, KIND, &id, &change.item, false)?;
            changed.extend(others);
            items::changed(tx, &actor, &item, &changed)?;
            items::look_at(tx, &actor, &id)
        })
        .await
}

items::room!(VirtualConnection, VirtualConnectionId);
