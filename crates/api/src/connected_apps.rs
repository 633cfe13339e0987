//! Connected apps of direct trust: who may sign users in by JWT.
//!
//! Reference: “Connected App Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_connected_app.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{ConnectedAppId, ConnectedAppSecretId, Timestamp};

use crate::{About, Endpoint, NoBody, Secret};

/// “List Connected Apps”.
pub const LIST: Endpoint<NoBody, AppList> =
    Endpoint::get("List Connected Apps", "/sites/{site}/connected-apps/direct-trust").since(3, 17);

/// “Create Connected App”.
pub const CREATE: Endpoint<AppMessage, AppMessage> =
    Endpoint::create("Create Connected App", "/sites/{site}/connected-apps/direct-trust").since(3, 17);

/// “Get Connected App”.
pub const GET: Endpoint<NoBody, AppMessage> =
    Endpoint::get("Get Connected App", "/sites/{site}/connected-apps/direct-trust/{app}").since(3, 17);

/// “Update Connected App”.
pub const UPDATE: Endpoint<AppMessage, AppMessage> =
    Endpoint::put("Update Connected App", "/sites/{site}/connected-apps/direct-trust/{app}").since(3, 17);

/// “Delete Connected App”. Ends the sessions that it made.
pub const DELETE: Endpoint =
    Endpoint::delete("Delete Connected App", "/sites/{site}/connected-apps/direct-trust/{app}").since(3, 17);

/// “Create Connected App Secret”. At most two live side by side.
pub const CREATE_SECRET: Endpoint<NoBody, SecretMessage> =
    Endpoint::create("Create Connected App Secret", "/sites/{site}/connected-apps/direct-trust/{app}/secrets")
        .since(3, 17);

/// “Get Connected App Secret”.
pub const GET_SECRET: Endpoint<NoBody, SecretMessage> =
    Endpoint::get("Get Connected App Secret", "/sites/{site}/connected-apps/direct-trust/{app}/secrets/{secret}")
        .since(3, 17);

/// “Delete Connected App Secret”. Ends the sessions that it signed.
pub const DELETE_SECRET: Endpoint =
    Endpoint::delete("Delete Connected App Secret", "/sites/{site}/connected-apps/direct-trust/{app}/secrets/{secret}")
        .since(3, 17);

/// The same methods under the paths that they had at first, which are served at every version since.
pub mod older {
    use super::{AppList, AppMessage, Endpoint, NoBody, SecretMessage};

    /// [`LIST`](super::LIST).
    pub const LIST: Endpoint<NoBody, AppList> =
        Endpoint::get("List Connected Apps", "/sites/{site}/connected-applications").since(3, 14);

    /// [`CREATE`](super::CREATE).
    pub const CREATE: Endpoint<AppMessage, AppMessage> =
        Endpoint::create("Create Connected App", "/sites/{site}/connected-applications").since(3, 14);

    /// [`GET`](super::GET).
    pub const GET: Endpoint<NoBody, AppMessage> =
        Endpoint::get("Get Connected App", "/sites/{site}/connected-applications/{app}").since(3, 14);

    /// [`UPDATE`](super::UPDATE).
    pub const UPDATE: Endpoint<AppMessage, AppMessage> =
        Endpoint::put("Update Connected App", "/sites/{site}/connected-applications/{app}").since(3, 14);

    /// [`DELETE`](super::DELETE).
    pub const DELETE: Endpoint =
        Endpoint::delete("Delete Connected App", "/sites/{site}/connected-applications/{app}").since(3, 14);

    /// [`CREATE_SECRET`](super::CREATE_SECRET).
    pub const CREATE_SECRET: Endpoint<NoBody, SecretMessage> =
        Endpoint::create("Create Connected App Secret", "/sites/{site}/connected-applications/{app}/secrets")
            .since(3, 14);

    /// [`GET_SECRET`](super::GET_SECRET).
    pub const GET_SECRET: Endpoint<NoBody, SecretMessage> =
        Endpoint::get("Get Connected App Secret", "/sites/{site}/connected-applications/{app}/secrets/{secret}")
            .since(3, 14);

    /// [`DELETE_SECRET`](super::DELETE_SECRET).
    pub const DELETE_SECRET: Endpoint =
        Endpoint::delete("Delete Connected App Secret", "/sites/{site}/connected-applications/{app}/secrets/{secret}")
            .since(3, 14);
}

/// The endpoints of this room.
pub const ALL: &[About] = &[
    LIST.about,
    older::LIST.about,
    CREATE.about,
    older::CREATE.about,
    GET.about,
    older::GET.about,
    UPDATE.about,
    older::UPDATE.about,
    DELETE.about,
    older::DELETE.about,
    CREATE_SECRET.about,
    older::CREATE_SECRET.about,
    GET_SECRET.about,
    older::GET_SECRET.about,
    DELETE_SECRET.about,
    older::DELETE_SECRET.about,
];

/// The answer to [`LIST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AppList {
    /// The apps.
    pub connected_applications: Apps,
}

/// A list of connected apps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Apps {
    /// The apps.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub connected_application: Vec<App>,
}

/// A connected app alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppMessage {
    /// The app.
    pub connected_application: App,
}

/// A connected app.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct App {
    /// Its id: the `iss` of its tokens.
    pub client_id: Option<ConnectedAppId>,
    /// Its name.
    pub name: Option<String>,
    /// Whether it may sign users in.
    pub enabled: Option<bool>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// Whether its content may be embedded anywhere.
    pub unrestricted_embedding: Option<bool>,
    /// Where its content may be embedded, separated by blanks.
    pub domain_safelist: Option<String>,
    /// Its secrets, without their values.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub secret: Vec<AppSecret>,
}

/// A secret alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretMessage {
    /// The secret.
    pub connected_application_secret: AppSecret,
}

/// A secret of a connected app.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AppSecret {
    /// Its id: the `kid` of the tokens it signs.
    pub id: ConnectedAppSecretId,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// The value that signs.
    pub value: Option<Secret>,
}
