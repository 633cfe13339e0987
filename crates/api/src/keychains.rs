//! Keychains: the encrypted credentials inside content, on their way from one site to another. The methods are those of
//! the content's rooms; here is what they share.
//!
//! Reference: “Download Workbook Keychain”, “Upload Workbook Keychain”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_workbooks_and_views.htm>.

use serde::{Deserialize, Serialize};

use crate::saved_credentials::Keychains;

/// The keychains of an item, and whose credentials are in them. They are asked for with a
/// [`Destination`](crate::saved_credentials::Destination).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContentKeychains {
    /// The credentials, encrypted for the destination.
    pub encrypted_keychain_list: Keychains,
    /// The users they are of, on the site they come from.
    pub associated_user_luid_list: AssociatedUsers,
}

/// Ids of users. They may be those of another server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AssociatedUsers {
    /// The ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub associated_user_luid: Vec<String>,
}

/// Keychains for an item, and who on this site has the credentials in them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ApplyKeychains {
    /// The credentials, encrypted for this server.
    pub encrypted_keychain_list: Keychains,
    /// Which user there is which user here.
    pub associated_user_luid_mapping: UserMapping,
}

/// Which user of one site is which user of another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UserMapping {
    /// The pairs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user_luid_pair: Vec<UserPair>,
}

/// A user of one site and the same user of another.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct UserPair {
    /// The user's id where the content comes from.
    pub source_site_user_luid: String,
    /// The user's id where it goes to.
    pub destination_site_user_luid: String,
}
