//! Moving users' saved data credentials from one server to another, as the migration SDK does.
//!
//! Reference: “Download User Credentials”, “Upload User Credentials”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_users_and_groups.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::{About, Endpoint, Text};

/// “Download User Credentials”.
pub const DOWNLOAD: Endpoint<Destination, SavedCredentials> =
    Endpoint::post("Download User Credentials", "/sites/{site}/users/{user}/retrieveSavedCreds").since(3, 22);

/// “Upload User Credentials”.
pub const UPLOAD: Endpoint<SavedCredentials> =
    Endpoint::put("Upload User Credentials", "/sites/{site}/users/{user}/uploadSavedCreds").since(3, 22).status(204);

/// The endpoints of this room.
pub const ALL: &[About] = &[DOWNLOAD.about, UPLOAD.about];

/// The request of [`DOWNLOAD`]: where the credentials are to go.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Destination {
    /// The other server's address.
    pub destination_server_url: Option<Text>,
    /// The other site's id.
    pub destination_site_luid: Option<Text>,
    /// The other site's contentUrl.
    pub destination_site_url_namespace: Option<Text>,
}

/// The answer to [`DOWNLOAD`] and the request of [`UPLOAD`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SavedCredentials {
    /// The credentials, encrypted for the destination.
    pub encrypted_keychain_list: Keychains,
}

/// Credentials, each encrypted for the server it goes to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Keychains {
    /// The keychains.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub encrypted_keychain: Vec<String>,
}
