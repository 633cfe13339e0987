//! Virtual connections: tables of databases, published with rules about who sees which rows.
//!
//! Reference: “Virtual Connections Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_virtual_connections.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{ConnectionId, Timestamp, VirtualConnectionId};

use crate::{
    About, Endpoint, NoBody, Pagination, Text, Word,
    connections::ConnectionMessage,
    projects::Project,
    revisions::RevisionPage,
    tags::{Tags, TagsMessage},
    users::User,
};

/// “List Virtual Connections”. Filters, sorts, `fields`.
pub const LIST: Endpoint<NoBody, VirtualConnectionPage> =
    Endpoint::get("List Virtual Connections", "/sites/{site}/virtualConnections")
        .since(3, 18)
        .scope("tableau:content:read");

/// “Get Virtual Connection”, with its content.
pub const GET: Endpoint<NoBody, VirtualConnectionMessage> =
    Endpoint::get("Get Virtual Connection", "/sites/{site}/virtualConnections/{virtual_connection}")
        .since(3, 23)
        .scope("tableau:content:read");

/// The longest message with content, in bytes.
pub const LONGEST_CONTENT: usize = 16 * 1024 * 1024;

/// “Publish Virtual Connection”. The content is in the message; `overwrite=true` replaces one of the same name.
pub const PUBLISH: Endpoint<VirtualConnectionMessage, VirtualConnectionMessage> =
    Endpoint::create("Publish Virtual Connection", "/sites/{site}/virtualConnections")
        .since(3, 23)
        .longest_body(LONGEST_CONTENT)
        .scope("tableau:virtual_connections:create");

/// “Update Virtual Connection”.
pub const UPDATE: Endpoint<VirtualConnectionMessage, VirtualConnectionMessage> =
    Endpoint::put("Update Virtual Connection", "/sites/{site}/virtualConnections/{virtual_connection}")
        .since(3, 23)
        .scope("tableau:virtual_connections:update");

/// “Delete Virtual Connection”.
pub const DELETE: Endpoint =
    Endpoint::delete("Delete Virtual Connection", "/sites/{site}/virtualConnections/{virtual_connection}")
        .since(3, 23)
        .scope("tableau:virtual_connections:delete");

/// “List Virtual Connection Database Connections”.
pub const CONNECTIONS: Endpoint<NoBody, DatabaseConnectionPage> = Endpoint::get(
    "List Virtual Connection Database Connections",
    "/sites/{site}/virtualConnections/{virtual_connection}/connections",
)
.since(3, 18)
.scope("tableau:content:read");

/// “Update Virtual Connection Database Connections”.
pub const UPDATE_CONNECTION: Endpoint<ConnectionMessage, DatabaseConnectionList> = Endpoint::put(
    "Update Virtual Connection Database Connections",
    "/sites/{site}/virtualConnections/{virtual_connection}/connections/{connection}/modify",
)
.since(3, 18)
.scope("tableau:virtual_connections:update");

/// [`UPDATE_CONNECTION`] without the last word, as some collections of examples have it.
pub const UPDATE_CONNECTION_SHORT: Endpoint<ConnectionMessage, DatabaseConnectionList> = Endpoint::put(
    "Update Virtual Connection Database Connections",
    "/sites/{site}/virtualConnections/{virtual_connection}/connections/{connection}",
)
.since(3, 18)
.scope("tableau:virtual_connections:update");

/// “Get Virtual Connection Revisions”.
pub const REVISIONS: Endpoint<NoBody, RevisionPage> = Endpoint::get(
    "Get Virtual Connection Revisions",
    "/sites/{site}/virtualConnections/{virtual_connection}/revisions",
)
.since(3, 23)
.scope("tableau:content:read");

/// “Download Virtual Connection Revision”, as [`GET`].
pub const GET_REVISION: Endpoint<NoBody, VirtualConnectionMessage> = Endpoint::get(
    "Download Virtual Connection Revision",
    "/sites/{site}/virtualConnections/{virtual_connection}/revisions/{revision}",
)
.since(3, 23)
.scope("tableau:content:read");

/// “Add Tags to Virtual Connection”.
pub const ADD_TAGS: Endpoint<TagsMessage, TagsMessage> =
    Endpoint::put("Add Tags to Virtual Connection", "/sites/{site}/virtualConnections/{virtual_connection}/tags")
        .since(3, 23)
        .scope("tableau:virtual_connection_tags:update");

/// “Delete Tag from Virtual Connection”.
pub const DELETE_TAG: Endpoint = Endpoint::delete(
    "Delete Tag from Virtual Connection",
    "/sites/{site}/virtualConnections/{virtual_connection}/tags/{tag}",
)
.since(3, 23)
.scope("tableau:virtual_connection_tags:delete");

/// The endpoints of this room.
pub const ALL: &[About] = &[
    LIST.about,
    GET.about,
    PUBLISH.about,
    UPDATE.about,
    DELETE.about,
    CONNECTIONS.about,
    UPDATE_CONNECTION.about,
    UPDATE_CONNECTION_SHORT.about,
    REVISIONS.about,
    GET_REVISION.about,
    ADD_TAGS.about,
    DELETE_TAG.about,
];

/// The answer to [`LIST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VirtualConnectionPage {
    /// Which page this is. The schema has none here, and published clients need it.
    pub pagination: Pagination,
    /// Its virtual connections.
    pub virtual_connections: VirtualConnections,
}

/// A list of virtual connections.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VirtualConnections {
    /// The virtual connections.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub virtual_connection: Vec<VirtualConnection>,
}

/// The request of [`PUBLISH`] and [`UPDATE`], and the answer to them, to [`GET`] and to [`GET_REVISION`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VirtualConnectionMessage {
    /// The virtual connection.
    pub virtual_connection: VirtualConnection,
}

/// A virtual connection. In requests, what is not there stays as it is.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VirtualConnection {
    /// Its id.
    pub id: Option<Word<VirtualConnectionId>>,
    /// Its name. In answers always there: published clients rely on it.
    pub name: Option<String>,
    /// Where people look at it.
    pub webpage_url: Option<String>,
    /// When it was first published.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// Whether somebody stands in for it.
    pub is_certified: Option<bool>,
    /// What they say about it.
    pub certification_note: Option<String>,
    /// Whether it has extracts.
    pub has_extracts: Option<bool>,
    /// The project it lies in.
    pub project: Option<Project>,
    /// Who owns it.
    pub owner: Option<User>,
    /// Its tags.
    pub tags: Option<Tags>,
    /// Its tables, connections and rules: a text of JSON.
    pub content: Option<Text>,
}

/// The answer to [`CONNECTIONS`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DatabaseConnectionPage {
    /// Which page this is. The schema has none here.
    pub pagination: Pagination,
    /// Its connections.
    pub virtual_connection_connections: DatabaseConnections,
}

/// The answer to [`UPDATE_CONNECTION`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DatabaseConnectionList {
    /// The connection.
    pub virtual_connection_connections: DatabaseConnections,
}

/// A list of connections to databases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DatabaseConnections {
    /// The connections.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub connection: Vec<DatabaseConnection>,
}

/// A connection to a database. Its words are others than those of a [`Connection`](crate::connections::Connection).
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DatabaseConnection {
    /// Its id.
    pub connection_id: Option<Word<ConnectionId>>,
    /// The kind of database.
    pub db_class: Option<String>,
    /// The server's name or address.
    pub server: Option<String>,
    /// The server's port. A text in JSON, whatever the schema says: published clients read one.
    pub port: Option<Word<u16>>,
    /// The database there.
    pub database: Option<String>,
    /// Who signs in there.
    pub username: Option<String>,
}
