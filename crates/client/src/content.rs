//! What the rooms of content share: workbooks, data sources, flows, virtual connections, views and custom views are found,
//! changed, tagged, published and handed back in one way, each as far as the reference has methods for it.

use std::{fmt, marker::PhantomData, path::Path};

use serde::{Serialize, de::DeserializeOwned};
use tavola_api::{
    Count, Endpoint, File, NoBody, Pagination, Streamed, Word,
    connections::{Connection, ConnectionList, ConnectionLuids, ConnectionMessage, UpdateConnections},
    jobs::Job,
    revisions::{Revision, RevisionPage},
    tags::{Tags, TagsMessage},
};
use tavola_model::ConnectionId;

use crate::{Client, DownloadOptions, Downloaded, Error, ItemPage, ListOptions, PathValue, PublishOptions, list};

/// A kind of content, which can be listed, asked for and deleted: [`Workbooks`](crate::Workbooks), [`Views`](crate::Views),
/// [`Datasources`](crate::Datasources), [`Flows`](crate::Flows), [`VirtualConnections`](crate::VirtualConnections) and
/// [`CustomViews`](crate::CustomViews). The other traits say what more can be done with it.
pub trait Content: 'static {
    /// Its id.
    type Id: Copy + fmt::Display + Send + Sync;
    /// A thing of this kind.
    type Item: Clone + Default + Serialize + Send + Sync;
    /// A page of a list.
    type Page: DeserializeOwned;
    /// The answer to [`Content::GET`].
    type Found: DeserializeOwned;

    /// The list of a site.
    const LIST: Endpoint<NoBody, Self::Page>;
    /// One of them.
    const GET: Endpoint<NoBody, Self::Found>;
    /// Deletes one.
    const DELETE: Endpoint;
    /// What is asked of [`Content::LIST`] and [`Content::GET`] each time, as parameters.
    const ASKED_FOR: &[(&str, &str)] = &[];

    /// What a page holds.
    fn page(page: Self::Page) -> ItemPage<Self::Item>;
    /// What was found.
    fn found(found: Self::Found) -> Self::Item;
    /// The id, if it is one.
    fn id(item: &Self::Item) -> Option<Self::Id>;
}

/// A kind of content that can be changed.
pub trait Editable: Content {
    /// A message with one of them.
    type Message: Serialize + DeserializeOwned + Send + Sync;

    /// Changes one.
    const UPDATE: Endpoint<Self::Message, Self::Message>;

    /// Puts one in a message.
    fn message(item: Self::Item) -> Self::Message;
    /// Takes it out.
    fn item(message: Self::Message) -> Self::Item;
}

/// A kind of content that has tags.
pub trait Tagged: Content {
    /// Puts tags on it.
    const ADD_TAGS: Endpoint<TagsMessage, TagsMessage>;
    /// Takes one off.
    const DELETE_TAG: Endpoint;
    /// What it is called where several kinds are tagged at once.
    const CONTENT_TYPE: &'static str;
}

/// A kind of content that is made of a file.
pub trait Filed: Editable {
    /// Makes one of a file.
    fn publish<'a>(
        client: &'a Client,
        file: &'a Path,
        item: &'a Self::Item,
        options: &'a PublishOptions,
    ) -> impl Future<Output = Result<Published<Self::Item>, Error>> + Send + 'a;

    /// Hands its file back.
    fn download<'a>(
        client: &'a Client,
        id: Self::Id,
        to: &'a Path,
        options: &'a DownloadOptions,
    ) -> impl Future<Output = Result<Downloaded, Error>> + Send + 'a;
}

/// A kind of content whose file goes beside the message, however large it is.
pub trait Uploaded: Editable {
    /// The answer to [`Uploaded::PUBLISH`].
    type Answer: DeserializeOwned + Send;

    /// Makes one of a file.
    const PUBLISH: Endpoint<Streamed<Self::Message>, Self::Answer>;
    /// The parameter for the type of a file that came in blocks.
    const TYPE_PARAMETER: &'static str;
    /// Its file.
    const DOWNLOAD: Endpoint<NoBody, File>;

    /// What came of publishing; none if the answer holds neither.
    fn published(answer: Self::Answer) -> Option<Published<Self::Item>>;
}

impl<K: Uploaded> Filed for K {
    async fn publish<'a>(
        client: &'a Client,
        file: &'a Path,
        item: &'a K::Item,
        options: &'a PublishOptions,
    ) -> Result<Published<K::Item>, Error> {
        let message = K::message(item.clone());
        let answer = client.publish(&K::PUBLISH, K::TYPE_PARAMETER, file, &message, options).await?;
        let method = K::PUBLISH.about.name;
        K::published(answer).ok_or_else(|| Error::invalid(format!("the answer to `{method}` tells nothing of it")))
    }

    async fn download<'a>(
        client: &'a Client,
        id: K::Id,
        to: &'a Path,
        options: &'a DownloadOptions,
    ) -> Result<Downloaded, Error> {
        client.download(&K::DOWNLOAD, &at(&id), to, options).await
    }
}

/// A kind of content whose earlier files are kept.
pub trait Revised: Content {
    /// The files it had.
    const REVISIONS: Endpoint<NoBody, RevisionPage>;

    /// Hands one of them back.
    fn download_revision<'a>(
        client: &'a Client,
        id: Self::Id,
        revision: u64,
        to: &'a Path,
        options: &'a DownloadOptions,
    ) -> impl Future<Output = Result<Downloaded, Error>> + Send + 'a;
}

/// A kind of content that has its data from somewhere.
pub trait Connected: Content {
    /// Its connections, or a page of them.
    type Connections: DeserializeOwned + Into<ItemPage<Connection>>;
    /// A connection that was changed.
    type ChangedConnection: DeserializeOwned + Into<ItemPage<Connection>>;

    /// Where it has its data from.
    const CONNECTIONS: Endpoint<NoBody, Self::Connections>;
    /// Whether that list has pages.
    const CONNECTIONS_ARE_PAGED: bool;
    /// Changes one of its connections.
    const UPDATE_CONNECTION: Endpoint<ConnectionMessage, Self::ChangedConnection>;
}

/// A kind of content that has names in addresses, and more methods for it.
pub trait Linked: Editable {
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

/// The methods about a kind of content, by [`Client::workbooks`], [`Client::views`], [`Client::datasources`],
/// [`Client::flows`], [`Client::virtual_connections`] and [`Client::custom_views`].
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
        let mut query = options.query()?;
        query.extend(K::ASKED_FOR.iter().map(|(name, value)| (*name, (*value).to_owned())));
        self.0.call(&K::LIST, &[PathValue::SessionSite], &list::borrowed(&query), None).await.map(K::page)
    }

    /// Those of the site that the caller may see, all of them.
    pub async fn list_all(&self, options: &ListOptions) -> Result<Vec<K::Item>, Error> {
        let fetch = |options: ListOptions| async move { self.list(&options).await };
        list::everything(options, fetch, |item: &K::Item| K::id(item).map(|id| id.to_string())).await
    }

    /// One of them.
    pub async fn get(&self, id: K::Id) -> Result<K::Item, Error> {
        self.0.call(&K::GET, &at(&id), K::ASKED_FOR, None).await.map(K::found)
    }

    /// Deletes it, with its revisions; with the last view of a workbook, the workbook.
    pub async fn delete(&self, id: K::Id) -> Result<(), Error> {
        self.0.call(&K::DELETE, &at(&id), &[], None).await.map(drop)
    }
}

impl<K: Filed> ContentRoom<'_, K> {
    /// Publishes a file; `item` says under which name, in which project, with which credentials. See [`Client::publish`].
    pub async fn publish(
        &self,
        file: &Path,
        item: &K::Item,
        options: &PublishOptions,
    ) -> Result<Published<K::Item>, Error> {
        K::publish(self.0, file, item, options).await
    }

    /// Downloads its file; see [`Client::download`].
    pub async fn download(&self, id: K::Id, to: &Path, options: &DownloadOptions) -> Result<Downloaded, Error> {
        K::download(self.0, id, to, options).await
    }
}

impl<K: Editable> ContentRoom<'_, K> {
    /// Changes it: what is `None` stays as it is.
    pub async fn update(&self, id: K::Id, changes: &K::Item) -> Result<K::Item, Error> {
        self.0.call(&K::UPDATE, &at(&id), &[], Some(&K::message(changes.clone()))).await.map(K::item)
    }
}

impl<K: Revised> ContentRoom<'_, K> {
    /// Downloads the file of a revision.
    pub async fn download_revision(
        &self,
        id: K::Id,
        revision: u64,
        to: &Path,
        options: &DownloadOptions,
    ) -> Result<Downloaded, Error> {
        K::download_revision(self.0, id, revision, to, options).await
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
}

impl<K: Connected> ContentRoom<'_, K> {
    /// Where it has its data from.
    pub async fn connections(&self, id: K::Id) -> Result<Vec<Connection>, Error> {
        let fetch = |options: ListOptions| async move {
            let query = if K::CONNECTIONS_ARE_PAGED { options.query()? } else { Vec::new() };
            self.0.call(&K::CONNECTIONS, &at(&id), &list::borrowed(&query), None).await.map(Into::into)
        };
        let id = |connection: &Connection| connection.id.as_ref().map(ToString::to_string);
        list::everything(&ListOptions::default(), fetch, id).await
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
        let changed: ItemPage<Connection> = self.0.call(&K::UPDATE_CONNECTION, &path, &[], Some(&body)).await?.into();
        let method = K::UPDATE_CONNECTION.about.name;
        let missing = || Error::invalid(format!("the answer to `{method}` holds no connection"));
        changed.items.into_iter().next().ok_or_else(missing)
    }
}

impl<K: Tagged> ContentRoom<'_, K> {
    /// Puts tags on it; the answer is all that it has then.
    pub async fn add_tags<T: AsRef<str>>(
        &self,
        id: K::Id,
        labels: impl IntoIterator<Item = T>,
    ) -> Result<Vec<String>, Error> {
        let body = TagsMessage { tags: quoted(labels) };
        let answer = self.0.call(&K::ADD_TAGS, &at(&id), &[], Some(&body)).await?;
        Ok(answer.tags.tag.into_iter().map(|tag| tag.label).collect())
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

/// All connections of an answer that has no pages.
impl From<ConnectionList> for ItemPage<Connection> {
    fn from(list: ConnectionList) -> Self {
        whole(list.connections.connection)
    }
}

impl From<ConnectionMessage> for ItemPage<Connection> {
    fn from(message: ConnectionMessage) -> Self {
        whole(vec![message.connection])
    }
}

/// A page that holds everything.
pub(crate) fn whole<T>(items: Vec<T>) -> ItemPage<T> {
    let count = Count(items.len() as u64);
    ItemPage { items, pagination: Pagination { page_number: Count(1), page_size: count, total_available: count } }
}

/// Tags as servers take them: what has blanks or commas in it they take for several, unless it is in quotes.
pub(crate) fn quoted<T: AsRef<str>>(labels: impl IntoIterator<Item = T>) -> Tags {
    let quoted = labels.into_iter().map(|label| match label.as_ref() {
        label if label.contains([' ', ',']) && !label.contains('"') => format!("\"{label}\""),
        label => label.to_owned(),
    });
    Tags::from_iter(quoted)
}

/// The path of one of them.
pub(crate) fn at<T: fmt::Display + Sync>(id: &T) -> [PathValue<'_>; 2] {
    [PathValue::SessionSite, PathValue::Of(id)]
}
