//! The domains that users are of. A server without Active Directory has one: `local`.
//!
//! Reference: “List Server Active Directory Domains”, “Update Server Active Directory Domain”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_server.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;

use crate::{About, Endpoint, NoBody};

/// “List Server Active Directory Domains”.
pub const LIST: Endpoint<NoBody, DomainPage> =
    Endpoint::get("List Server Active Directory Domains", "/domains").since(3, 11);

/// “Update Server Active Directory Domain”.
pub const UPDATE: Endpoint<DomainMessage, DomainMessage> =
    Endpoint::put("Update Server Active Directory Domain", "/domains/{domain}").since(3, 11);

/// The endpoints of this room.
pub const ALL: &[About] = &[LIST.about, UPDATE.about];

/// The answer to [`LIST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DomainPage {
    /// The domains.
    pub domain_list: Domains,
}

/// A list of domains.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Domains {
    /// The domains.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub domain: Vec<Domain>,
}

/// The request of [`UPDATE`] and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainMessage {
    /// The domain.
    pub domain: Domain,
}

/// A domain.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Domain {
    /// Its id on this server.
    pub id: Option<String>,
    /// Its full name.
    pub name: Option<String>,
    /// Its nickname.
    pub short_name: Option<String>,
}
