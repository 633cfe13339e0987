//! Tags on many things at once, of any kinds.

use tavola_api::tags::{BATCH_ADD, BATCH_DELETE, TagBatch, TagBatchMessage, TaggedItem, TaggedItems};

use crate::{Client, Error, PathValue, Tagged, content::quoted};

/// The methods about tags on many things, by [`Client::tags`].
#[derive(Debug, Clone, Copy)]
pub struct TagsRoom<'a>(&'a Client);

/// Things that are to be tagged, of any kinds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Things(Vec<TaggedItem>);

impl Things {
    /// Adds one.
    pub fn push<K: Tagged>(&mut self, id: K::Id) {
        self.0.push(TaggedItem { id: id.to_string(), content_type: K::CONTENT_TYPE.to_owned() });
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Client {
    /// The methods about tags on many things at once. Those on one are its room's.
    pub fn tags(&self) -> TagsRoom<'_> {
        TagsRoom(self)
    }
}

impl TagsRoom<'_> {
    /// “Batch Add Tags”: puts all of the tags on all of the things.
    pub async fn add<T: AsRef<str>>(&self, labels: impl IntoIterator<Item = T>, things: &Things) -> Result<(), Error> {
        let batch = batch(labels, things);
        self.0.call(&BATCH_ADD, &[PathValue::SessionSite], &[], Some(&batch)).await.map(drop)
    }

    /// “Batch Delete Tags”: takes all of the tags off all of the things.
    pub async fn delete<T: AsRef<str>>(
        &self,
        labels: impl IntoIterator<Item = T>,
        things: &Things,
    ) -> Result<(), Error> {
        let batch = batch(labels, things);
        self.0.call(&BATCH_DELETE, &[PathValue::SessionSite], &[], Some(&batch)).await.map(drop)
    }
}

fn batch<T: AsRef<str>>(labels: impl IntoIterator<Item = T>, things: &Things) -> TagBatchMessage {
    let contents = TaggedItems { content: things.0.clone() };
    TagBatchMessage { tag_batch: TagBatch { tags: quoted(labels), contents } }
}
