//! The recycle bin of a site: content that was deleted, for as long as it can be restored.
//!
//! Reference: “Recycle Bin Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_recycle_bin.htm>. The schema has none of it; paths
//! and messages are Tavola's own, but for the path of [`EMPTY`].

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{ContentKind, Timestamp};

use crate::{About, Count, Endpoint, NoBody, Pagination, Word, jobs::Job, projects::Project, users::User};

/// The deleted content that the caller owns, or might have deleted; an administrator's whole site. Filters, sorts.
pub const LIST: Endpoint<NoBody, RecycleBinPage> =
    Endpoint::get("List Recycle Bin Contents", "/sites/{site}/recyclebin")
        .since(3, 29)
        .scope("tableau:recyclebin_content:read");

/// One of it.
pub const GET: Endpoint<NoBody, RecycleBinItemMessage> =
    Endpoint::get("Get Recycle Bin Content", "/sites/{site}/recyclebin/{item}")
        .since(3, 29)
        .scope("tableau:recyclebin_content:read");

/// Puts it back: to the project it lay in or, if the message names one, to another; under the name it had, or the
/// message's.
pub const RESTORE: Endpoint<RestoreMessage, RecycleBinItemMessage> =
    Endpoint::post("Restore Recycle Bin Content", "/sites/{site}/recyclebin/{item}/restore")
        .since(3, 29)
        .scope("tableau:recyclebin_content:restore");

/// Deletes one for good.
pub const DELETE: Endpoint = Endpoint::delete("Delete Recycle Bin Content", "/sites/{site}/recyclebin/{item}")
    .since(3, 29)
    .scope("tableau:recyclebin_content:delete");

/// “Delete All Recycle Bin Contents” that the caller sees, for good. With `asJob=true` the answer is a job and its status
/// 202.
pub const EMPTY: Endpoint<NoBody, Emptied> =
    Endpoint::delete("Delete All Recycle Bin Contents", "/sites/{site}/recyclebin")
        .since(3, 29)
        .scope("tableau:recyclebin_content:delete");

/// The endpoints of this room.
pub const ALL: &[About] = &[LIST.about, GET.about, RESTORE.about, DELETE.about, EMPTY.about];

/// The answer to [`LIST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RecycleBinPage {
    /// Which page this is.
    pub pagination: Pagination,
    /// What is on it.
    pub recycle_bin_items: RecycleBinItems,
}

/// A list of deleted content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RecycleBinItems {
    /// The content.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recycle_bin_item: Vec<RecycleBinItem>,
}

/// The answer to [`GET`] and [`RESTORE`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecycleBinItemMessage {
    /// The content.
    pub recycle_bin_item: RecycleBinItem,
}

/// The request of [`RESTORE`]; nothing in it puts content back as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RestoreMessage {
    /// Where to, and as what: the project's id and the name count.
    pub recycle_bin_item: RecycleBinItem,
}

/// Deleted content, or content that is there again.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RecycleBinItem {
    /// Its id, which it keeps.
    pub id: Option<String>,
    /// `Workbook`, `Datasource`, `Flow` or `VirtualConnection`.
    #[serde(rename = "type")]
    pub content_type: Option<Word<ContentKind>>,
    /// Its name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its name in addresses.
    pub content_url: Option<String>,
    /// Its size in MB, rounded up.
    pub size: Option<Count>,
    /// When it was deleted; absent once it is restored.
    pub deleted_at: Option<Timestamp>,
    /// When it will be deleted for good.
    pub expires_at: Option<Timestamp>,
    /// The project it lay in, or lies in again; absent if that is gone.
    pub project: Option<Project>,
    /// Who owns it.
    pub owner: Option<User>,
    /// Who deleted it.
    pub deleted_by: Option<User>,
}

/// The answer to [`EMPTY`] with `asJob=true`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Emptied {
    /// The job.
    pub job: Option<Job>,
}
