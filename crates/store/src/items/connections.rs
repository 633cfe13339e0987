//! Connections: how the data of an item is reached, as its file says and as people change it afterwards.

use std::collections::HashMap;

use tavola_model::{Capability, ConnectionId, ContentKind};

use super::{find, record};
use crate::{
    Actor, Error, Missing, Store,
    content::SealedBytes,
    random,
    sql::{Db, Row, Tx, Value, statements, values},
};

/// A connection of an item. Its password is never given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// The id of the data source it belongs to: within a workbook, or the item itself.
    pub source_id: String,
    /// That data source's name.
    pub source_name: String,
    /// The kind of data, in the format's own words: `postgres`, `textscan`, `hyper`, …
    pub connection_type: String,
    /// The server's address; `""` for none.
    pub server_address: String,
    /// The server's port; `""` for none.
    pub server_port: String,
    /// The database; `""` for none.
    pub database_name: String,
    /// The user's name there; `""` for none.
    pub user_name: String,
    /// Whether the password is kept, so that nobody is asked for it.
    pub embed_password: bool,
    /// How the user proves to be one; `""` if nothing is said.
    pub authentication_type: String,
    /// Whether queries say who asks.
    pub query_tagging: bool,
}

/// A connection of a file that is published. Nothing shows it, for there may be a password in it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NewConnection {
    /// What tells it from the file's other connections, whenever the file is published again.
    pub place: String,
    /// The name of the data source it belongs to.
    pub source_name: String,
    /// See [`Connection`] for these.
    pub connection_type: String,
    /// The server's address.
    pub server_address: String,
    /// The server's port.
    pub server_port: String,
    /// The database.
    pub database_name: String,
    /// The user's name.
    pub user_name: String,
    /// The password, if it is to be kept.
    pub password: Option<String>,
    /// How the user proves to be one.
    pub authentication_type: String,
}

/// What to change of a connection: what is none stays as it is. Nothing shows it, for there may be a password in it.
#[derive(Clone, Default)]
pub struct ConnectionChange {
    /// The server's address.
    pub server_address: Option<String>,
    /// The server's port.
    pub server_port: Option<String>,
    /// The user's name.
    pub user_name: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// Whether the password is kept; one that is not kept is forgotten.
    pub embed_password: Option<bool>,
    /// How the user proves to be one.
    pub authentication_type: Option<String>,
    /// Whether queries say who asks.
    pub query_tagging: Option<bool>,
}

statements! {
    LIST = "SELECT id, source_id, source_name, type, server_address, server_port, database_name, user_name, \
        embed_password, authentication_type, query_tagging FROM connections WHERE item_id = $1 ORDER BY position, id";
    PLACES = "SELECT place, id, source_name, source_id FROM connections WHERE item_id = $1";
    DELETE = "DELETE FROM connections WHERE item_id = $1";
    INSERT = "INSERT INTO connections (id, item_id, place, position, source_id, source_name, type, server_address, \
        server_port, database_name, user_name, password, embed_password, authentication_type, query_tagging) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 0)";
    UPDATE = "UPDATE connections SET server_address = $3, server_port = $4, user_name = $5, embed_password = $6, \
        authentication_type = $7, query_tagging = $8 WHERE item_id = $1 AND id = $2";
    SET_PASSWORD = "UPDATE connections SET password = $3 WHERE item_id = $1 AND id = $2";
}

fn read(row: &mut Row) -> Result<Connection, Error> {
    Ok(Connection {
        id: row.take()?,
        source_id: row.take()?,
        source_name: row.take()?,
        connection_type: row.take()?,
        server_address: row.take()?,
        server_port: row.take()?,
        database_name: row.take()?,
        user_name: row.take()?,
        embed_password: row.take()?,
        authentication_type: row.take()?,
        query_tagging: row.take()?,
    })
}

fn of(db: &mut Db<'_>, item: &str) -> Result<Vec<Connection>, Error> {
    db.query(LIST, values![item])?.iter_mut().map(read).collect()
}

/// The connections of an item, in the file's order, for those who may read it.
pub(crate) async fn list(
    store: &Store,
    actor: &Actor,
    kind: ContentKind,
    id: String,
) -> Result<Vec<Connection>, Error> {
    let actor = actor.clone();
    store
        .scan(move |db| {
            let item = find(db, &actor, kind, &id, Capability::Read)?;
            of(db, &item.id)
        })
        .await
}

/// New connections, with their passwords sealed.
pub(crate) struct Sealed(Vec<(NewConnection, Option<SealedBytes>)>);

pub(crate) fn seal(store: &Store, connections: Vec<NewConnection>) -> Result<Sealed, Error> {
    let seal = |mut connection: NewConnection| {
        let password = connection.password.take().map(|text| SealedBytes::seal(store, text.as_bytes())).transpose()?;
        Ok((connection, password))
    };
    connections.into_iter().map(seal).collect::<Result<_, _>>().map(Sealed)
}

/// Puts the connections of a file in place of those the item has. One in the same place keeps its id, as its data source
/// does.
pub(crate) fn publish(tx: &mut Tx<'_>, item: &str, new: &Sealed) -> Result<(), Error> {
    let mut ids: HashMap<String, ConnectionId> = HashMap::new();
    let mut sources: HashMap<String, String> = HashMap::new();
    for mut row in tx.query(PLACES, values![item])? {
        ids.insert(row.take()?, row.take()?);
        sources.insert(row.take()?, row.take()?);
    }
    tx.execute(DELETE, values![item])?;
    for (position, (connection, password)) in new.0.iter().enumerate() {
        let id = ids.remove(&connection.place).unwrap_or_else(|| ConnectionId::from_random_bytes(random::bytes()));
        let source = sources
            .entry(connection.source_name.clone())
            .or_insert_with(|| ConnectionId::from_random_bytes(random::bytes()).to_string());
        tx.execute(
            INSERT,
            values![
                id,
                item,
                &connection.place,
                i64::try_from(position).unwrap_or(i64::MAX),
                &*source,
                &connection.source_name,
                &connection.connection_type,
                &connection.server_address,
                &connection.server_port,
                &connection.database_name,
                &connection.user_name,
                password.as_ref().map(Value::from),
                password.is_some(),
                &connection.authentication_type
            ],
        )?;
    }
    Ok(())
}

/// Changes some connections of an item, all or none, for those who may write it; gives these as they are then.
pub(crate) async fn change(
    store: &Store,
    actor: &Actor,
    kind: ContentKind,
    id: String,
    connections: Vec<ConnectionId>,
    change: ConnectionChange,
) -> Result<Vec<Connection>, Error> {
    let actor = actor.clone();
    let password = change.password.as_deref().map(|text| SealedBytes::seal(store, text.as_bytes())).transpose()?;
    store
        .write(move |tx| {
            let item = find(tx, &actor, kind, &id, Capability::Write)?;
            let olds = of(tx, &item.id)?;
            for connection in &connections {
                let old = olds.iter().find(|found| found.id == *connection);
                let old = old.ok_or_else(|| Error::NotFound(Missing::Connection(connection.to_string())))?;
                let embed = change.embed_password.unwrap_or(old.embed_password || password.is_some());
                tx.execute(
                    UPDATE,
                    values![
                        &item.id,
                        *connection,
                        change.server_address.as_ref().unwrap_or(&old.server_address),
                        change.server_port.as_ref().unwrap_or(&old.server_port),
                        change.user_name.as_ref().unwrap_or(&old.user_name),
                        embed,
                        change.authentication_type.as_ref().unwrap_or(&old.authentication_type),
                        change.query_tagging.unwrap_or(old.query_tagging)
                    ],
                )?;
                // A password that is not to be kept is forgotten, also one that was given just now.
                if !embed || password.is_some() {
                    let kept = password.as_ref().filter(|_| embed).map(Value::from);
                    tx.execute(SET_PASSWORD, values![&item.id, *connection, kept])?;
                }
            }
            let named: Vec<String> = connections.iter().map(ToString::to_string).collect();
            record(tx, &actor, "update_connection", &item, Some(named.join(", ")))?;
            let mut all = of(tx, &item.id)?;
            all.retain(|connection| connections.contains(&connection.id));
            Ok(all)
        })
        .await
}
