//! What the rooms of content share: workbooks, data sources and flows are published, found, changed and handed back in one
//! way.

use std::{fmt, marker::PhantomData, path::Path};

use serde::{Serialize, de::DeserializeOwned};
use tavola_api::{
    Endpoint, File, NoBody, Streamed, Word,
    connections::{Connection, ConnectionList, ConnectionLuids, ConnectionMessage, UpdateConnections},
    jobs::Job,
    revisions::{Revision, RevisionPage},
    tags::{Tags, TagsMessage},
};
use tavola_model::ConnectionId;

use crate::{Client, DownloadOptions, Downloaded, Error, ItemPage, ListOptions, PathValue, PublishOptions, list};

/// A kind of content: its endpoints, and what their messages hold. The kinds are [`Workbooks`](crate::Workbooks),
/// [`Datasources`](crate::Datasources) and [`Flows`](crate::Flows).
pub trait Content: 'static {
    /// Its id.
    type Id: Copy + fmt::Display + Send + Sync;
    /// A thing of this kind.
    type Item: Clone + Default + Serialize + Send + Sync;
    /// A message with one of them.
    type Message: Serialize + DeserializeOwned + Send + Sync;
    /// A page of a list.
    type Page: DeserializeOwned;
    /// The answer to [`Content::GET`].
    type Found: DeserializeOwned;
    /// The answer to [`Content::PUBLISH`].
    type Answer: DeserializeOwned;

    /// The list of a site.
    const LIST: Endpoint<NoBody, Self::Page>;
    /// One of them.
    const GET: Endpoint<NoBody, Self::Found>;
    /// Changes one.
    const UPDATE: Endpoint<Self::Message, Self::Message>;
    /// Deletes one.
    const DELETE: Endpoint;
    /// Makes one of a file.
    const PUBLISH: Endpoint<Streamed<Self::Message>, Self::Answer>;
    /// The parameter for the type of a file that came in blocks.
    const TYPE_PARAMETER: &'static str;
    /// Its file.
    const DOWNLOAD: Endpoint<NoBody, File>;
    /// The files it had.
    const REVISIONS: Endpoint<NoBody, RevisionPage>;
    /// One of these files.
    const DOWNLOAD_REVISION: Endpoint<NoBody, File>;
    /// Where it has its data from.
    const CONNECTIONS: Endpoint<NoBody, ConnectionList>;
    /// Changes one of its connections.
    const UPDATE_CONNECTION: Endpoint<ConnectionMessage, ConnectionMessage>;
    /// Puts tags on it.
    const ADD_TAGS: Endpoint<TagsMessage, TagsMessage>;
    /// Takes one off.
    const DELETE_TAG: Endpoint;

    /// Puts one in a message.
    fn message(item: Self::Item) -> Self::Message;
    /// Takes it out.
    fn item(message: Self::Message) -> Self::Item;
    /// What a page holds.
    fn page(page: Self::Page) -> ItemPage<Self::Item>;
    /// What was found.
    fn found(found: Self::Found) -> Self::Item;
    /// What came of publishing; none if the answer holds neither.
    fn published(answer: Self::Answer) -> Option<Published<Self::Item>>;
    /// The id, if it is one.
    fn id(item: &Self::Item) -> Option<Self::Id>;
}

/// A kind of content that has names in addresses, and more methods for it.
pub trait Linked: Content {
    /// Removes a revision.
    const REMOVE_REVISION: Endpoint;
    /// Changes several connections at once.
    const UPDATE_CONNECTIONS: Endpoint<UpdateConnections, ConnectionList>;
}

/// What came of publishing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published<T> {
    /// The content.
    Item(T),
    /// The job that will make it, to be waited for by [`JobsRoom::wait`](crate::JobsRoom::wait).
    Job(Job),
}

/// The methods about a kind of content, by [`Client::workbooks`], [`Client::datasources`] and [`Client::flows`].
pub struct ContentRoom<'a, K>(&'a Client, PhantomData<fn() -> K>);

impl<'a, K> ContentRoom<'a, K> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self(client, PhantomData)
    }

    pub(crate) fn client(&self) -> &'a Client {
        self.0
    }
}

impl<K> Clone for ContentRoom<'_, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for ContentRoom<'_, K> {}

impl<K> fmt::Debug for ContentRoom<'_, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ContentRoom").field(self.0).finish()
    }
}

impl<K: Content> ContentRoom<'_, K> {
    /// Those of the site that the caller may see, a page.
    pub async fn list(&self, options: &ListOptions) -> Result<ItemPage<K::Item>, Error> {
        let query = options.query()?;
        self.0.call(&K::LIST, &[PathValue::SessionSite], &list::borrowed(&query), None).await.map(K::page)
    }

    /// Those of the site that the caller may see, all of them.
    pub async fn list_all(&self, options: &ListOptions) -> Result<Vec<K::Item>, Error> {
        let fetch = |options: ListOptions| async move { self.list(&options).await };
        list::everything(options, fetch, |item: &K::Item| K::id(item).map(|id| id.to_string())).await
    }

    /// One of them.
    pub async fn get(&self, id: K::Id) -> Result<K::Item, Error> {
        self.0.call(&K::GET, &at(&id), &[], None).await.map(K::found)
    }

    /// Publishes a file; `item` says under which name, in which project, with which credentials. See [`Client::publish`].
    pub async fn publish(
        &self,
        file: &Path,
        item: &K::Item,
        options: &PublishOptions,
    ) -> Result<Published<K::Item>, Error> {
        let message = K::message(item.clone());
        let answer = self.0.publish(&K::PUBLISH, K::TYPE_PARAMETER, file, &message, options).await?;
        let method = K::PUBLISH.about.name;
        K::published(answer).ok_or_else(|| Error::invalid(format!("the answer to `{method}` tells nothing of it")))
    }

    /// Downloads its file; see [`Client::download`].
    pub async fn download(&self, id: K::Id, to: &Path, options: &DownloadOptions) -> Result<Downloaded, Error> {
        self.0.download(&K::DOWNLOAD, &at(&id), to, options).await
    }

    /// Downloads the file of a revision.
    pub async fn download_revision(
        &self,
        id: K::Id,
        revision: u64,
        to: &Path,
        options: &DownloadOptions,
    ) -> Result<Downloaded, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id), PathValue::Of(&revision)];
        self.0.download(&K::DOWNLOAD_REVISION, &path, to, options).await
    }

    /// Changes it: what is `None` stays as it is.
    pub async fn update(&self, id: K::Id, changes: &K::Item) -> Result<K::Item, Error> {
        self.0.call(&K::UPDATE, &at(&id), &[], Some(&K::message(changes.clone()))).await.map(K::item)
    }

    /// Deletes it, with its revisions.
    pub async fn delete(&self, id: K::Id) -> Result<(), Error> {
        self.0.call(&K::DELETE, &at(&id), &[], None).await.map(drop)
    }

    /// Its revisions, a page.
    pub async fn revisions(&self, id: K::Id, options: &ListOptions) -> Result<ItemPage<Revision>, Error> {
        let query = options.query()?;
        let page = self.0.call(&K::REVISIONS, &at(&id), &list::borrowed(&query), None).await?;
        Ok(ItemPage { items: page.revisions.revision, pagination: page.pagination })
    }

    /// Its revisions, all of them.
    pub async fn revisions_all(&self, id: K::Id, options: &ListOptions) -> Result<Vec<Revision>, Error> {
        let fetch = |options: ListOptions| async move { self.revisions(id, &options).await };
        let number = |revision: &Revision| revision.revision_number.map(|number| number.0);
        list::everything(options, fetch, number).await
    }

    /// Where it has its data from.
    pub async fn connections(&self, id: K::Id) -> Result<Vec<Connection>, Error> {
        let list = self.0.call(&K::CONNECTIONS, &at(&id), &[], None).await?;
        Ok(list.connections.connection)
    }

    /// Changes one of its connections: what is `None` stays as it is.
    pub async fn update_connection(
        &self,
        id: K::Id,
        connection: ConnectionId,
        changes: &Connection,
    ) -> Result<Connection, Error> {
        let body = ConnectionMessage { connection: changes.clone() };
        let path = [PathValue::SessionSite, PathValue::Of(&id), PathValue::Of(&connection)];
        self.0.call(&K::UPDATE_CONNECTION, &path, &[], Some(&body)).await.map(|answer| answer.connection)
    }

    /// Puts tags on it; the answer is all that it has then.
    pub async fn add_tags<T: AsRef<str>>(
        &self,
        id: K::Id,
        labels: impl IntoIterator<Item = T>,
    ) -> Result<Vec<String>, Error> {
        self.0.add_tags(&K::ADD_TAGS, &id, labels).await
    }

    /// Takes a tag off it.
    pub async fn delete_tag(&self, id: K::Id, label: &str) -> Result<(), Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id), PathValue::Of(&label)];
        self.0.call(&K::DELETE_TAG, &path, &[], None).await.map(drop)
    }
}

impl<K: Linked> ContentRoom<'_, K> {
    /// One of them, by its name in addresses.
    pub async fn get_by_content_url(&self, content_url: &str) -> Result<K::Item, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&content_url)];
        self.0.call(&K::GET, &path, &[("key", "contentUrl")], None).await.map(K::found)
    }

    /// Removes a revision, but not the newest.
    pub async fn remove_revision(&self, id: K::Id, revision: u64) -> Result<(), Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id), PathValue::Of(&revision)];
        self.0.call(&K::REMOVE_REVISION, &path, &[], None).await.map(drop)
    }

    /// Changes several of its connections in the same way.
    pub async fn update_connections(
        &self,
        id: K::Id,
        connections: &[ConnectionId],
        changes: &Connection,
    ) -> Result<Vec<Connection>, Error> {
        let connection_luids =
            ConnectionLuids { connection_luid: connections.iter().map(|id| Word::Known(*id)).collect() };
        let body = UpdateConnections { connection_luids, connection: changes.clone() };
        let list = self.0.call(&K::UPDATE_CONNECTIONS, &at(&id), &[], Some(&body)).await?;
        Ok(list.connections.connection)
    }
}

impl Client {
    pub(crate) async fn add_tags<T: AsRef<str>>(
        &self,
        endpoint: &Endpoint<TagsMessage, TagsMessage>,
        id: &(impl fmt::Display + Sync),
        labels: impl IntoIterator<Item = T>,
    ) -> Result<Vec<String>, Error> {
        // Servers take what has blanks or commas in it for several, unless it is in quotes.
        let quoted = labels.into_iter().map(|label| match label.as_ref() {
            label if label.contains([' ', ',']) && !label.contains('"') => format!("\"{label}\""),
            label => label.to_owned(),
        });
        let body = TagsMessage { tags: Tags::from_iter(quoted) };
        let answer = self.call(endpoint, &at(id), &[], Some(&body)).await?;
        Ok(answer.tags.tag.into_iter().map(|tag| tag.label).collect())
    }
}

/// The path of one of them.
fn at<T: fmt::Display + Sync>(id: &T) -> [PathValue<'_>; 2] {
    [PathValue::SessionSite, PathValue::Of(id)]
}
