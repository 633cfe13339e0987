//! Tags: words that users put on content to find it again. Tagging one item is a method of its room; here is what these
//! methods share, and tagging many items at once.
//!
//! Reference: “Tags Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_tags.htm>.

use serde::{Deserialize, Serialize};

use crate::{About, Endpoint};

/// “Batch Add Tags”.
pub const BATCH_ADD: Endpoint<TagBatchMessage, TagBatchMessage> =
    Endpoint::put("Batch Add Tags", "/sites/{site}/tags:batchCreate").since(3, 9).scope("tableau:tags:update");

/// “Batch Delete Tags”.
pub const BATCH_DELETE: Endpoint<TagBatchMessage, TagBatchMessage> =
    Endpoint::delete("Batch Delete Tags", "/sites/{site}/tags:batchDelete")
        .status(200)
        .since(3, 9)
        .scope("tableau:tags:delete");

/// [`BATCH_ADD`] as TSC writes it, on the site of the session.
pub const BATCH_ADD_WITHOUT_SITE: Endpoint<TagBatchMessage, TagBatchMessage> =
    Endpoint::put("Batch Add Tags", "/tags:batchCreate").since(3, 9).scope("tableau:tags:update");

/// [`BATCH_DELETE`] as TSC writes it, on the site of the session and with another verb.
pub const BATCH_DELETE_WITHOUT_SITE: Endpoint<TagBatchMessage, TagBatchMessage> =
    Endpoint::put("Batch Delete Tags", "/tags:batchDelete").since(3, 9).scope("tableau:tags:delete");

/// The endpoints of this room.
pub const ALL: &[About] =
    &[BATCH_ADD.about, BATCH_ADD_WITHOUT_SITE.about, BATCH_DELETE.about, BATCH_DELETE_WITHOUT_SITE.about];

/// Tags to put on an item, and the answer: the tags it has then.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TagsMessage {
    /// The tags.
    pub tags: Tags,
}

/// A list of tags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tags {
    /// The tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tag: Vec<Tag>,
}

impl<T: Into<String>> FromIterator<T> for Tags {
    fn from_iter<I: IntoIterator<Item = T>>(labels: I) -> Self {
        Self { tag: labels.into_iter().map(|label| Tag { label: label.into() }).collect() }
    }
}

/// A tag.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tag {
    /// What it says. In requests, one with blanks or commas may stand in double quotes.
    pub label: String,
}

/// The request of [`BATCH_ADD`] and [`BATCH_DELETE`], and the answer to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TagBatchMessage {
    /// Tags and items.
    pub tag_batch: TagBatch,
}

/// Tags, and the items that are to have them or to lose them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TagBatch {
    /// The tags.
    pub tags: Tags,
    /// The items.
    pub contents: TaggedItems,
}

/// A list of items that have tags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaggedItems {
    /// The items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub content: Vec<TaggedItem>,
}

/// An item that has tags.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TaggedItem {
    /// Its id.
    pub id: String,
    /// What it is: `workbook`, `view`, `datasource`, `flow`, … Clients write it in any case.
    pub content_type: String,
}
