//! External authorization servers: whose JWTs sign users in, verified by keys that they publish.
//!
//! Reference: “Connected App Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_connected_app.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{ExternalAuthorizationServerId, Timestamp};

use crate::{About, Endpoint, NoBody};

/// “List All Registered EAS”.
pub const LIST: Endpoint<NoBody, ServerList> =
    Endpoint::get("List All Registered EAS", "/sites/{site}/connected-apps/external-authorization-servers")
        .since(3, 16);

/// “Register EAS”: needs an issuer.
pub const REGISTER: Endpoint<ServerMessage, ServerMessage> =
    Endpoint::create("Register EAS", "/sites/{site}/connected-apps/external-authorization-servers").since(3, 16);

/// “List Registered EAS by ID”.
pub const GET: Endpoint<NoBody, ServerMessage> =
    Endpoint::get("List Registered EAS by ID", "/sites/{site}/connected-apps/external-authorization-servers/{eas}")
        .since(3, 16);

/// “Update EAS”. Another issuer, other keys and disabling end the sessions of its tokens.
pub const UPDATE: Endpoint<ServerMessage, ServerMessage> =
    Endpoint::put("Update EAS", "/sites/{site}/connected-apps/external-authorization-servers/{eas}").since(3, 16);

/// “Delete EAS”. Ends the sessions of its tokens.
pub const DELETE: Endpoint =
    Endpoint::delete("Delete EAS", "/sites/{site}/connected-apps/external-authorization-servers/{eas}").since(3, 16);

/// The endpoints of this room.
pub const ALL: &[About] = &[LIST.about, REGISTER.about, GET.about, UPDATE.about, DELETE.about];

/// The answer to [`LIST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServerList {
    /// The servers.
    pub external_authorization_server_list: Servers,
}

/// A list of external authorization servers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Servers {
    /// The servers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub external_authorization_server: Vec<Server>,
}

/// An external authorization server alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerMessage {
    /// The server.
    pub external_authorization_server: Server,
}

/// An external authorization server.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Server {
    /// Its id.
    pub id: Option<ExternalAuthorizationServerId>,
    /// Its name.
    pub name: Option<String>,
    /// The `iss` of its tokens, letter by letter.
    pub issuer_url: Option<String>,
    /// Where its keys are; without it, where its metadata says.
    pub jwks_uri: Option<String>,
    /// Whether it may sign users in.
    pub enabled: Option<bool>,
    /// When it was registered.
    pub created_at: Option<Timestamp>,
}
