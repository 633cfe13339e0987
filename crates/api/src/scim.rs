//! Configurations of SCIM: identity providers that make, change and remove users and groups of a site.
//!
//! The messages are those of the 3.29 schema; the reference publishes no path for them. SCIM itself (RFC 7643, RFC 7644) is no
//! part of this API.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{IdpConfigurationId, ScimConfigurationId, Timestamp};

use crate::{About, Endpoint, NoBody, Secret, Word};

/// Ours: “List SCIM Configurations”, for administrators of the site.
pub const LIST: Endpoint<NoBody, ConfigurationList> =
    Endpoint::get("List SCIM Configurations", "/sites/{site}/scim-configurations").since(3, 27);

/// Ours: “Create SCIM Configuration”: needs a name. Its token is told this once.
pub const CREATE: Endpoint<ConfigurationMessage, ConfigurationWithToken> =
    Endpoint::create("Create SCIM Configuration", "/sites/{site}/scim-configurations").since(3, 27);

/// Ours: makes another token in place of the old one.
pub const RENEW: Endpoint<NoBody, ConfigurationWithToken> =
    Endpoint::post("Renew SCIM Token", "/sites/{site}/scim-configurations/{configuration}/token").since(3, 27);

/// Ours: “Delete SCIM Configuration”. The users and groups stay.
pub const DELETE: Endpoint =
    Endpoint::delete("Delete SCIM Configuration", "/sites/{site}/scim-configurations/{configuration}").since(3, 27);

/// The endpoints of this room.
pub const ALL: &[About] = &[LIST.about, CREATE.about, RENEW.about, DELETE.about];

/// The answer to [`LIST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigurationList {
    /// The configurations.
    pub scim_configurations: Configurations,
}

/// A list of configurations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Configurations {
    /// The configurations.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scim_configuration: Vec<Configuration>,
}

/// The request of [`CREATE`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigurationMessage {
    /// The configuration.
    pub scim_configuration: Configuration,
}

/// A configuration with its token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigurationWithToken {
    /// The configuration.
    pub scim_configuration: Configuration,
    /// Its token, which is not told again.
    pub server_api_token: Token,
}

/// A configuration of SCIM.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Configuration {
    /// Its id.
    pub id: Option<Word<ScimConfigurationId>>,
    /// Its name.
    pub name: Option<String>,
    /// How the users that it makes sign in.
    pub auth_type: Option<String>,
    /// The OpenID Connect configuration that they sign in by.
    pub idp_configuration_id: Option<Word<IdpConfigurationId>>,
    /// Whether its token is good.
    pub is_api_token_active: Option<bool>,
    /// Whether the caller made the token.
    pub is_owner: Option<bool>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// The token of a configuration: what providers send as `Authorization: Bearer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// The configuration's id.
    pub id: ScimConfigurationId,
    /// The token.
    pub api_token: Secret,
}
