//! Connections: where content has its data from. The methods are those of the content's rooms; here is what they share.
//!
//! Reference: “Query Workbook Connections”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_workbooks_and_views.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::ConnectionId;

use crate::{Flag, Secret, Word, datasources::Datasource};

/// The connections of an item. No pages: all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectionList {
    /// The connections.
    pub connections: Connections,
}

/// A list of connections.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Connections {
    /// The connections.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub connection: Vec<Connection>,
}

/// A change to a connection, and the answer: the connection, which published clients look up by its id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectionMessage {
    /// The connection.
    pub connection: Connection,
}

/// One change to several connections of an item. The answer is a [`ConnectionList`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UpdateConnections {
    /// Which connections.
    #[serde(default, alias = "connectionLUIDs")]
    pub connection_luids: ConnectionLuids,
    /// What they are to be.
    pub connection: Connection,
}

/// Ids of connections. The schema's spelling is written; TSC's, with `LUID` in capitals, is read as well.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectionLuids {
    /// The ids.
    #[serde(alias = "connectionLUID", skip_serializing_if = "Vec::is_empty")]
    pub connection_luid: Vec<Word<ConnectionId>>,
}

/// A connection. In requests, what is not there stays as it is.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Connection {
    /// Its id.
    pub id: Option<Word<ConnectionId>>,
    /// What it leads to: `postgres`, `hyper`, `sqlproxy`, `textscan`, …
    #[serde(rename = "type")]
    pub connection_type: Option<String>,
    /// The kind of database, where `type` is not that.
    pub db_class: Option<String>,
    /// The server's name or address.
    pub server_address: Option<String>,
    /// The server's port. Some servers send an empty one.
    pub server_port: Option<Word<u16>>,
    /// The database there. In requests alone: published clients send it, and the schema does not have it.
    pub database_name: Option<String>,
    /// Who signs in there.
    pub user_name: Option<String>,
    /// The password, in requests alone.
    pub password: Option<Secret>,
    /// Whether the password is kept, so that viewers need none.
    pub embed_password: Option<bool>,
    /// How one signs in there.
    pub authentication_type: Option<String>,
    /// Whether queries say where they come from.
    pub query_tagging_enabled: Option<bool>,
    /// The published data source it leads to, or the one inside the workbook it belongs to.
    pub datasource: Option<Datasource>,
    /// Name and password, when publishing.
    pub connection_credentials: Option<ConnectionCredentials>,
}

/// Name and password for a connection of content that is being published.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectionCredentials {
    /// Who signs in.
    pub name: Option<String>,
    /// The password, in requests alone.
    pub password: Option<Secret>,
    /// Whether they are kept, so that viewers need none.
    pub embed: Option<Flag>,
    /// Whether they are those of a saved OAuth connection of this name.
    pub o_auth: Option<Flag>,
}
