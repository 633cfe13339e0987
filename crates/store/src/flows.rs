//! Flows: published preparations of data.

use tavola_model::{Capability, ContentKind, FlowId, ListQuery, Page, UserId};

use crate::{
    Actor, Error, List, Store,
    items::{self, Item, ItemChange, Kind, NewFile, item_fields},
    list::Field,
    sql::{Row, statements, values},
};

const KIND: ContentKind = ContentKind::Flow;

/// A flow, as the actor who asked sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// What it has in common with other content.
    pub item: Item<FlowId>,
}

/// A step of a flow that gives data out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputStep {
    /// Its id in the flow's file.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A flow to publish, received and read.
#[derive(Clone)]
pub struct NewFlow {
    /// The file, and where it goes.
    pub file: NewFile,
    /// Its steps that give data out, in the file's order.
    pub output_steps: Vec<OutputStep>,
}

statements! {
    STEPS = "SELECT step_id, name FROM flow_output_steps WHERE flow_id = $1 ORDER BY position";
    FORGET_STEPS = "DELETE FROM flow_output_steps WHERE flow_id = $1";
    INSERT_STEP = "INSERT INTO flow_output_steps (flow_id, position, step_id, name) VALUES ($1, $2, $3, $4)";
}

impl Kind for Flow {
    type Id = FlowId;
    const KIND: ContentKind = KIND;
    const COLUMNS: &'static str = "";
    const TABLES: &'static str = "";
    const FIELDS: &'static [Field] = item_fields![];

    fn read(item: Item<FlowId>, _: &mut Row) -> Result<Self, Error> {
        Ok(Self { item })
    }

    fn item(&mut self) -> &mut Item<FlowId> {
        &mut self.item
    }
}

/// The flows that the actor may read, by name unless sorted. Fields: those of all kinds (see [`crate::workbooks::list`]).
pub async fn list(store: &Store, actor: &Actor, query: &ListQuery) -> Result<List<Flow>, Error> {
    items::list(store, actor, query, None).await
}

/// Those of them that a user owns, or may read: see [`crate::workbooks::list_of_user`].
pub async fn list_of_user(
    store: &Store,
    actor: &Actor,
    user: UserId,
    owned: bool,
    page: Page,
) -> Result<List<Flow>, Error> {
    items::list_of_user(store, actor, user, owned, page).await
}

/// Its steps that give data out.
pub async fn output_steps(store: &Store, actor: &Actor, id: FlowId) -> Result<Vec<OutputStep>, Error> {
    let actor = actor.clone();
    store
        .scan(move |db| {
            let item = items::find(db, &actor, KIND, &id.to_string(), Capability::Read)?;
            let step = |row: &mut Row| Ok(OutputStep { id: row.take()?, name: row.take()? });
            db.query(STEPS, values![&item.id])?.iter_mut().map(step).collect()
        })
        .await
}

/// Publishes a flow: a new one, or a new revision of the one that has the name.
pub async fn publish(store: &Store, actor: &Actor, mut new: NewFlow) -> Result<Flow, Error> {
    let actor = actor.clone();
    let connections = items::seal_connections(store, std::mem::take(&mut new.file.connections))?;
    store
        .write(move |tx| {
            let (item, _) = items::publish(tx, &actor, KIND, &new.file, &connections)?;
            tx.execute(FORGET_STEPS, values![&item.id])?;
            for (position, step) in new.output_steps.iter().enumerate() {
                let position = i64::try_from(position).unwrap_or(i64::MAX);
                tx.execute(INSERT_STEP, values![&item.id, position, &step.id, &step.name])?;
            }
            items::record(tx, &actor, "publish", &item, Some(new.file.described(&item)))?;
            items::look_at(tx, &actor, &item.id)
        })
        .await
}

/// Changes a flow: see [`items::ItemChange`] for the rights it takes.
pub async fn update(store: &Store, actor: &Actor, id: FlowId, change: ItemChange) -> Result<Flow, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let id = id.to_string();
            let (item, changed) = items::change(tx, &actor, KIND, &id, &change, false)?;
            items::changed(tx, &actor, &item, &changed)?;
            items::look_at(tx, &actor, &id)
        })
        .await
}

items::room!(Flow, FlowId);
