//! Flows: preparations of data, published to be run.
//!
//! Reference: “Flow Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_flow.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{FlowId, Timestamp};

use crate::{
    About, Endpoint, File, NoBody, Pagination, Streamed, Word,
    connections::{ConnectionList, ConnectionMessage, Connections},
    keychains::{ApplyKeychains, ContentKeychains},
    projects::Project,
    revisions::RevisionPage,
    saved_credentials::Destination,
    tags::{Tags, TagsMessage},
    users::User,
};

/// “Query Flows for a Site”. Filters, sorts, `fields`.
pub const LIST: Endpoint<NoBody, FlowPage> =
    Endpoint::get("Query Flows for a Site", "/sites/{site}/flows").since(3, 3).scope("tableau:flows:read");

/// “Query Flows for a User”: those the user may read, or with `ownedBy=true` owns.
pub const OF_USER: Endpoint<NoBody, FlowPage> =
    Endpoint::get("Query Flows for a User", "/sites/{site}/users/{user}/flows").since(3, 3).scope("tableau:flows:read");

/// “Query Flow”, with its output steps.
pub const GET: Endpoint<NoBody, FlowWithSteps> =
    Endpoint::get("Query Flow", "/sites/{site}/flows/{flow}").since(3, 3).scope("tableau:flows:read");

/// “Update Flow”: its project and its owner.
pub const UPDATE: Endpoint<FlowMessage, FlowMessage> =
    Endpoint::put("Update Flow", "/sites/{site}/flows/{flow}").since(3, 3).scope("tableau:flows:update");

/// “Delete Flow”, with its revisions.
pub const DELETE: Endpoint =
    Endpoint::delete("Delete Flow", "/sites/{site}/flows/{flow}").since(3, 3).scope("tableau:flows:delete");

/// “Publish Flow”.
pub const PUBLISH: Endpoint<Streamed<FlowMessage>, FlowMessage> =
    Endpoint::publish("Publish Flow", "/sites/{site}/flows", "tableau_flow").since(3, 3).scope("tableau:flows:create");

/// “Download Flow”.
pub const DOWNLOAD: Endpoint<NoBody, File> = Endpoint::download("Download Flow", "/sites/{site}/flows/{flow}/content")
    .since(3, 3)
    .scope("tableau:flows:download");

/// “Query Flow Connections”.
pub const CONNECTIONS: Endpoint<NoBody, ConnectionList> =
    Endpoint::get("Query Flow Connections", "/sites/{site}/flows/{flow}/connections")
        .since(3, 3)
        .scope("tableau:flow_connections:read");

/// “Update Flow Connection”.
pub const UPDATE_CONNECTION: Endpoint<ConnectionMessage, ConnectionMessage> =
    Endpoint::put("Update Flow Connection", "/sites/{site}/flows/{flow}/connections/{connection}")
        .since(3, 3)
        .scope("tableau:flow_connections:update");

/// “Get Flow Revisions”, which the reference does not list.
pub const REVISIONS: Endpoint<NoBody, RevisionPage> =
    Endpoint::get("Get Flow Revisions", "/sites/{site}/flows/{flow}/revisions")
        .since(3, 17)
        .scope("tableau:flow_revisions:read");

/// “Download Flow Revision”, which the reference does not list. The newest revision is `current`, too.
pub const DOWNLOAD_REVISION: Endpoint<NoBody, File> =
    Endpoint::download("Download Flow Revision", "/sites/{site}/flows/{flow}/revisions/{revision}/content")
        .since(3, 17)
        .scope("tableau:flow_revisions:download");

/// “Add Tags to Flow”.
pub const ADD_TAGS: Endpoint<TagsMessage, TagsMessage> =
    Endpoint::put("Add Tags to Flow", "/sites/{site}/flows/{flow}/tags").since(3, 3).scope("tableau:flow_tags:update");

/// “Delete Tag from Flow”.
pub const DELETE_TAG: Endpoint = Endpoint::delete("Delete Tag from Flow", "/sites/{site}/flows/{flow}/tags/{tag}")
    .since(3, 3)
    .scope("tableau:flow_tags:delete");

/// “Download Flow Keychain”.
pub const DOWNLOAD_KEYCHAIN: Endpoint<Destination, ContentKeychains> =
    Endpoint::post("Download Flow Keychain", "/sites/{site}/flows/{flow}/retrievekeychain").since(3, 22);

/// “Upload Flow Keychain”.
pub const UPLOAD_KEYCHAIN: Endpoint<ApplyKeychains> =
    Endpoint::put("Upload Flow Keychain", "/sites/{site}/flows/{flow}/applykeychain").since(3, 22).status(204);

/// The endpoints of this room.
pub const ALL: &[About] = &[
    LIST.about,
    OF_USER.about,
    GET.about,
    UPDATE.about,
    DELETE.about,
    PUBLISH.about,
    DOWNLOAD.about,
    CONNECTIONS.about,
    UPDATE_CONNECTION.about,
    REVISIONS.about,
    DOWNLOAD_REVISION.about,
    ADD_TAGS.about,
    DELETE_TAG.about,
    DOWNLOAD_KEYCHAIN.about,
    UPLOAD_KEYCHAIN.about,
];

/// The answer to [`LIST`] and [`OF_USER`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FlowPage {
    /// Which page this is.
    pub pagination: Pagination,
    /// Its flows.
    pub flows: Flows,
}

/// A list of flows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Flows {
    /// The flows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flow: Vec<Flow>,
}

/// The request of [`UPDATE`] and [`PUBLISH`], and the answer to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlowMessage {
    /// The flow.
    pub flow: Flow,
}

/// The answer to [`GET`].
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FlowWithSteps {
    /// The flow.
    pub flow: Flow,
    /// The steps that can be run. The schema allows no two elements here; the reference has both.
    pub flow_output_steps: Option<FlowOutputSteps>,
}

/// Steps of a flow that give data out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FlowOutputSteps {
    /// The steps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub flow_output_step: Vec<FlowOutputStep>,
}

/// A step of a flow that gives data out.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FlowOutputStep {
    /// Its id in the flow's file.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
}

/// A flow. In requests, what is not there stays as it is.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Flow {
    /// Its id.
    pub id: Option<Word<FlowId>>,
    /// Its name, unlike that of any other in the same project.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Where people look at it.
    pub webpage_url: Option<String>,
    /// `tfl` or `tflx`.
    pub file_type: Option<String>,
    /// When it was first published.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// What its connections are to be, when publishing. Clients send them, and the schema does not have them.
    pub connections: Option<Connections>,
    /// The project it lies in. In answers always there: published clients rely on its id.
    pub project: Option<Project>,
    /// Who owns it.
    pub owner: Option<User>,
    /// Its tags. In answers, one without tags has an empty list.
    pub tags: Option<Tags>,
}
