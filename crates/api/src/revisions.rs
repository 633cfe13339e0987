//! Revisions: what content was before it was published again. The methods are those of the content's rooms; here is what
//! they share.
//!
//! Reference: “Revisions Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_revisions.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::Timestamp;

use crate::{Count, Pagination, users::User};

/// A page of the revisions of an item.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RevisionPage {
    /// Which page this is.
    pub pagination: Pagination,
    /// Its revisions.
    pub revisions: Revisions,
}

/// A list of revisions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Revisions {
    /// The revisions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub revision: Vec<Revision>,
}

/// A revision.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Revision {
    /// Its number, from 1.
    pub revision_number: Option<Count>,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// Whether its file is gone.
    pub deleted: Option<bool>,
    /// Whether it is the newest.
    pub current: Option<bool>,
    /// How long its file is.
    pub size_in_bytes: Option<u64>,
    /// Who published it.
    pub publisher: Option<User>,
}
