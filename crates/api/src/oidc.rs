//! OpenID Connect of a site: the identity providers that its users may sign in at.
//!
//! Reference: “OpenID Connect Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_openid_connect.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::IdpConfigurationId;

use crate::{About, Endpoint, NoBody, Secret, Word};

/// “Create OpenID Connect Configuration”: with PUT, and another one each time.
pub const CREATE: Endpoint<ConfigurationMessage, ConfigurationMessage> =
    Endpoint::put("Create OpenID Connect Configuration", "/sites/{site}/site-oidc-configuration").since(3, 22);

/// “Get OpenID Connect Configuration”.
pub const GET: Endpoint<NoBody, ConfigurationMessage> =
    Endpoint::get("Get OpenID Connect Configuration", "/sites/{site}/site-oidc-configuration/{configuration}")
        .since(3, 24);

/// The same as it was while a site had one alone.
pub const GET_ONLY: Endpoint<NoBody, ConfigurationMessage> =
    Endpoint::get("Get OpenID Connect Configuration", "/sites/{site}/site-oidc-configuration").since(3, 22);

/// “Update OpenID Connect Configuration”.
pub const UPDATE: Endpoint<ConfigurationMessage, ConfigurationMessage> =
    Endpoint::put("Update OpenID Connect Configuration", "/sites/{site}/site-oidc-configuration/{configuration}")
        .since(3, 22);

/// “Remove OpenID Connect Configuration”: with PUT; the query's `idpConfigurationId` says which. Ends its
/// sessions, and answers what it was.
pub const REMOVE: Endpoint<NoBody, ConfigurationMessage> =
    Endpoint::put("Remove OpenID Connect Configuration", "/sites/{site}/disable-site-oidc-configuration").since(3, 24);

/// The same under the path it had while a site had one alone.
pub const REMOVE_OLDER: Endpoint<NoBody, ConfigurationMessage> =
    Endpoint::put("Remove OpenID Connect Configuration", "/sites/{site}/disable-oidc-configuration").since(3, 22);

/// The endpoints of this room.
pub const ALL: &[About] = &[CREATE.about, GET.about, GET_ONLY.about, UPDATE.about, REMOVE.about, REMOVE_OLDER.about];

/// A configuration alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ConfigurationMessage {
    /// The configuration.
    #[serde(rename = "siteOIDCConfiguration")]
    pub site_oidc_configuration: Configuration,
}

/// A configuration of OpenID Connect. The client secret of an answer is a row of stars.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(missing_docs, reason = "the fields are the reference's own")]
pub struct Configuration {
    pub idp_configuration_id: Option<Word<IdpConfigurationId>>,
    /// TSC calls it `name`.
    #[serde(alias = "name")]
    pub idp_configuration_name: Option<String>,
    pub enabled: Option<bool>,
    pub client_id: Option<String>,
    pub client_secret: Option<Secret>,
    pub authorization_endpoint: Option<String>,
    pub token_endpoint: Option<String>,
    /// TSC spells it `userInfoEndpoint`.
    #[serde(alias = "userInfoEndpoint")]
    pub userinfo_endpoint: Option<String>,
    pub jwks_uri: Option<String>,
    pub end_session_endpoint: Option<String>,
    pub discovery_endpoint: Option<String>,
    pub known_provider_alias: Option<String>,
    pub allow_embedded_authentication: Option<bool>,
    pub custom_scope: Option<String>,
    pub prompt: Option<String>,
    pub client_authentication: Option<String>,
    pub essential_acr_values: Option<String>,
    pub voluntary_acr_values: Option<String>,
    /// The claim that names the user; the schema has both spellings.
    #[serde(alias = "emailAddressMapping")]
    pub email_mapping: Option<String>,
    pub first_name_mapping: Option<String>,
    pub last_name_mapping: Option<String>,
    pub full_name_mapping: Option<String>,
    pub use_full_name: Option<bool>,
}
