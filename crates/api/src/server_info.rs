//! What the server is.
//!
//! Reference: “Server Info”, <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_server.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::{About, Content, Endpoint, NoBody, Text};

/// “Server Info”. Needs no sign-in: clients ask it first to learn which version to speak.
pub const GET: Endpoint<NoBody, ServerInfoAnswer> = Endpoint::get("Server Info", "/serverinfo").since(2, 4).open();

/// The endpoints of this room.
pub const ALL: &[About] = &[GET.about];

/// The answer to [`GET`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServerInfoAnswer {
    /// What the server is.
    pub server_info: ServerInfo,
}

/// Versions and abilities of a server.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServerInfo {
    /// The product's version, such as `2026.2.0`.
    pub product_version: ProductVersion,
    /// The version of flows it runs.
    pub prep_conductor_version: Option<Text>,
    /// The newest API version it speaks.
    pub rest_api_version: Text,
    /// The operating system.
    pub platform: Option<Text>,
    /// Abilities that some clients ask about.
    pub server_settings: Option<ServerSettings>,
}

/// The product's version and build.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProductVersion {
    /// The build, such as `20262.26.0701.1200`.
    pub build: String,
    /// The version, such as `2026.2.0`.
    pub value: Content,
}

/// Abilities that some clients ask about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServerSettings {
    /// Whether clients may sign in by OAuth.
    pub o_auth_enabled: Text<bool>,
    /// The shortest `maxAge` of a view's image, in minutes.
    pub sheet_image_max_age_floor: Text<i32>,
    /// The longest `maxAge` of a view's image, in minutes.
    pub sheet_image_max_age_ceiling: Text<i32>,
    /// A phase of offline work in mobile clients.
    pub offline_interaction_supported_phase: Text<i32>,
}
