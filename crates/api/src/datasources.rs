//! Data sources: descriptions of data, published to be used by many workbooks.
//!
//! Reference: “Data Sources Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_data_sources.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{DatasourceId, Timestamp};

use crate::{
    About, Count, Endpoint, File, Flag, NoBody, Pagination, Streamed, Word,
    connections::{ConnectionCredentials, ConnectionList, ConnectionMessage, Connections, UpdateConnections},
    jobs::Job,
    keychains::{ApplyKeychains, ContentKeychains},
    projects::{Location, Project},
    revisions::RevisionPage,
    saved_credentials::Destination,
    tags::{Tags, TagsMessage},
    users::User,
};

/// “Query Data Sources”. Filters, sorts, `fields`.
pub const LIST: Endpoint<NoBody, DatasourcePage> =
    Endpoint::get("Query Data Sources", "/sites/{site}/datasources").scope("tableau:content:read");

/// “Query Data Source”. With `key=contentUrl` it is named by its contentUrl.
pub const GET: Endpoint<NoBody, DatasourceMessage> =
    Endpoint::get("Query Data Source", "/sites/{site}/datasources/{datasource}").scope("tableau:content:read");

/// “Update Data Source”.
pub const UPDATE: Endpoint<DatasourceMessage, DatasourceMessage> =
    Endpoint::put("Update Data Source", "/sites/{site}/datasources/{datasource}").scope("tableau:datasources:update");

/// “Delete Data Source”, with its revisions.
pub const DELETE: Endpoint = Endpoint::delete("Delete Data Source", "/sites/{site}/datasources/{datasource}")
    .scope("tableau:datasources:delete");

/// “Publish Data Source”. With `asJob=true` the answer is a job and its status 202.
pub const PUBLISH: Endpoint<Streamed<DatasourceMessage>, PublishedDatasource> =
    Endpoint::publish("Publish Data Source", "/sites/{site}/datasources", "tableau_datasource")
        .scope("tableau:datasources:create");

/// “Download Data Source”; `includeExtract=false` leaves the extract out.
pub const DOWNLOAD: Endpoint<NoBody, File> =
    Endpoint::download("Download Data Source", "/sites/{site}/datasources/{datasource}/content")
        .scope("tableau:datasources:download");

/// “Query Data Source Connections”.
pub const CONNECTIONS: Endpoint<NoBody, ConnectionList> =
    Endpoint::get("Query Data Source Connections", "/sites/{site}/datasources/{datasource}/connections")
        .since(2, 3)
        .scope("tableau:content:read");

/// “Update Data Source Connection”.
pub const UPDATE_CONNECTION: Endpoint<ConnectionMessage, ConnectionMessage> =
    Endpoint::put("Update Data Source Connection", "/sites/{site}/datasources/{datasource}/connections/{connection}")
        .since(2, 3)
        .scope("tableau:datasource_connections:update");

/// “Update Multiple Data Source Connections”.
pub const UPDATE_CONNECTIONS: Endpoint<UpdateConnections, ConnectionList> =
    Endpoint::put("Update Multiple Data Source Connections", "/sites/{site}/datasources/{datasource}/connections")
        .since(3, 26)
        .scope("tableau:datasource_connections:update");

/// “Get Data Source Revisions”.
pub const REVISIONS: Endpoint<NoBody, RevisionPage> =
    Endpoint::get("Get Data Source Revisions", "/sites/{site}/datasources/{datasource}/revisions")
        .since(2, 3)
        .scope("tableau:datasource_revisions:read");

/// “Download Data Source Revision”, as [`DOWNLOAD`]. The newest revision is `current`, too.
pub const DOWNLOAD_REVISION: Endpoint<NoBody, File> = Endpoint::download(
    "Download Data Source Revision",
    "/sites/{site}/datasources/{datasource}/revisions/{revision}/content",
)
.since(2, 3)
.scope("tableau:datasource_revisions:download");

/// “Remove Data Source Revision”, but not the newest.
pub const REMOVE_REVISION: Endpoint =
    Endpoint::delete("Remove Data Source Revision", "/sites/{site}/datasources/{datasource}/revisions/{revision}")
        .since(2, 3)
        .scope("tableau:datasource_revisions:delete");

/// “Add Tags to Data Source”.
pub const ADD_TAGS: Endpoint<TagsMessage, TagsMessage> =
    Endpoint::put("Add Tags to Data Source", "/sites/{site}/datasources/{datasource}/tags")
        .scope("tableau:datasource_tags:update");

/// “Delete Tag from Data Source”.
pub const DELETE_TAG: Endpoint =
    Endpoint::delete("Delete Tag from Data Source", "/sites/{site}/datasources/{datasource}/tags/{tag}")
        .scope("tableau:datasource_tags:delete");

/// “Download Data Source Keychain”.
pub const DOWNLOAD_KEYCHAIN: Endpoint<Destination, ContentKeychains> =
    Endpoint::post("Download Data Source Keychain", "/sites/{site}/datasources/{datasource}/retrievekeychain")
        .since(3, 22);

/// “Upload Data Source Keychain”.
pub const UPLOAD_KEYCHAIN: Endpoint<ApplyKeychains> =
    Endpoint::put("Upload Data Source Keychain", "/sites/{site}/datasources/{datasource}/applykeychain")
        .since(3, 22)
        .status(204);

/// The endpoints of this room.
pub const ALL: &[About] = &[
    LIST.about,
    GET.about,
    UPDATE.about,
    DELETE.about,
    PUBLISH.about,
    DOWNLOAD.about,
    CONNECTIONS.about,
    UPDATE_CONNECTION.about,
    UPDATE_CONNECTIONS.about,
    REVISIONS.about,
    DOWNLOAD_REVISION.about,
    REMOVE_REVISION.about,
    ADD_TAGS.about,
    DELETE_TAG.about,
    DOWNLOAD_KEYCHAIN.about,
    UPLOAD_KEYCHAIN.about,
];

/// The answer to [`LIST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DatasourcePage {
    /// Which page this is.
    pub pagination: Pagination,
    /// Its data sources.
    pub datasources: Datasources,
}

/// A list of data sources.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Datasources {
    /// The data sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub datasource: Vec<Datasource>,
}

/// The request of [`UPDATE`] and [`PUBLISH`], and the answer to [`GET`] and [`UPDATE`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasourceMessage {
    /// The data source.
    pub datasource: Datasource,
}

/// The answer to [`PUBLISH`]: the data source, or the job that will make it.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PublishedDatasource {
    /// The data source.
    pub datasource: Option<Datasource>,
    /// The job, with `asJob=true`.
    pub job: Option<Job>,
}

/// A data source. In requests, what is not there stays as it is.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Datasource {
    /// Its id.
    pub id: Option<Word<DatasourceId>>,
    /// Its name, unlike that of any other in the same project.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its name in addresses, unlike that of any other on the site.
    pub content_url: Option<String>,
    /// Where people look at it.
    pub webpage_url: Option<String>,
    /// What it leads to: `postgres`, `hyper`, …
    #[serde(rename = "type")]
    pub datasource_type: Option<String>,
    /// How large its file is, in megabytes, at least 1.
    pub size: Option<Count>,
    /// When it was first published.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// Whether somebody stands in for it.
    pub is_certified: Option<bool>,
    /// What they say about it.
    pub certification_note: Option<String>,
    /// Whether its extracts are encrypted. A text, by the schema.
    pub encrypt_extracts: Option<Flag>,
    /// Whether it has an extract.
    pub has_extracts: Option<bool>,
    /// Whether it is reached through Tableau Bridge.
    pub use_remote_query_agent: Option<bool>,
    /// Whether it is a published one, and not inside a workbook.
    pub is_published: Option<bool>,
    /// Whether it has a data quality warning.
    pub has_alert: Option<bool>,
    /// The server it leads to.
    pub server_name: Option<String>,
    /// The database there.
    pub database_name: Option<String>,
    /// How many workbooks use it.
    pub connected_workbooks_count: Option<Count>,
    /// How many users have it among their favorites.
    pub favorites_total: Option<Count>,
    /// Name and password for its one connection, when publishing.
    pub connection_credentials: Option<ConnectionCredentials>,
    /// What its connections are to be, when publishing. Clients send them, and the schema does not have them.
    pub connections: Option<Connections>,
    /// The project it lies in.
    pub project: Option<Project>,
    /// Where it lies.
    pub location: Option<Location>,
    /// Who owns it.
    pub owner: Option<User>,
    /// Its tags. In answers, one without tags has an empty list, on which published clients rely.
    pub tags: Option<Tags>,
}
