//! Data sources of the site signed in to.

use std::path::Path;

use tavola_api::{
    Endpoint, File, NoBody, Streamed,
    connections::{ConnectionList, ConnectionMessage, UpdateConnections},
    datasources::{self as wire, Datasource},
    revisions::RevisionPage,
    tags::TagsMessage,
};
use tavola_model::DatasourceId;

use crate::{
    Client, Connected, Content, ContentRoom, DownloadOptions, Downloaded, Editable, Error, ItemPage, Linked, PathValue,
    Published, Revised, Tagged, Uploaded,
};

/// Data sources, as a kind of content.
#[derive(Debug, Clone, Copy)]
pub enum Datasources {}

impl Client {
    /// The methods about data sources of the site signed in to.
    pub fn datasources(&self) -> ContentRoom<'_, Datasources> {
        ContentRoom::new(self)
    }
}

impl Content for Datasources {
    type Id = DatasourceId;
    type Item = Datasource;
    type Page = wire::DatasourcePage;
    type Found = wire::DatasourceMessage;

    const LIST: Endpoint<NoBody, Self::Page> = wire::LIST;
    const GET: Endpoint<NoBody, Self::Found> = wire::GET;
    const DELETE: Endpoint = wire::DELETE;

    fn page(page: Self::Page) -> ItemPage<Datasource> {
        ItemPage { items: page.datasources.datasource, pagination: page.pagination }
    }

    fn found(found: Self::Found) -> Datasource {
        found.datasource
    }

    fn id(datasource: &Datasource) -> Option<DatasourceId> {
        datasource.id.as_ref()?.known()
    }
}

impl Editable for Datasources {
    type Message = wire::DatasourceMessage;

    const UPDATE: Endpoint<Self::Message, Self::Message> = wire::UPDATE;

    fn message(datasource: Datasource) -> Self::Message {
        wire::DatasourceMessage { datasource }
    }

    fn item(message: Self::Message) -> Datasource {
        message.datasource
    }
}

impl Uploaded for Datasources {
    type Answer = wire::PublishedDatasource;

    const PUBLISH: Endpoint<Streamed<Self::Message>, Self::Answer> = wire::PUBLISH;
    const TYPE_PARAMETER: &'static str = "datasourceType";
    const DOWNLOAD: Endpoint<NoBody, File> = wire::DOWNLOAD;

    fn published(answer: Self::Answer) -> Option<Published<Datasource>> {
        answer.datasource.map(Published::Item).or_else(|| answer.job.map(Published::Job))
    }
}

impl Revised for Datasources {
    const REVISIONS: Endpoint<NoBody, RevisionPage> = wire::REVISIONS;

    async fn download_revision<'a>(
        client: &'a Client,
        id: DatasourceId,
        revision: u64,
        to: &'a Path,
        options: &'a DownloadOptions,
    ) -> Result<Downloaded, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id), PathValue::Of(&revision)];
        client.download(&wire::DOWNLOAD_REVISION, &path, to, options).await
    }
}

impl Connected for Datasources {
    type Connections = ConnectionList;
    type ChangedConnection = ConnectionMessage;

    const CONNECTIONS: Endpoint<NoBody, Self::Connections> = wire::CONNECTIONS;
    const CONNECTIONS_ARE_PAGED: bool = false;
    const UPDATE_CONNECTION: Endpoint<ConnectionMessage, Self::ChangedConnection> = wire::UPDATE_CONNECTION;
}

impl Tagged for Datasources {
    const ADD_TAGS: Endpoint<TagsMessage, TagsMessage> = wire::ADD_TAGS;
    const DELETE_TAG: Endpoint = wire::DELETE_TAG;
    const CONTENT_TYPE: &'static str = "Datasource";
}

impl Linked for Datasources {
    const REMOVE_REVISION: Endpoint = wire::REMOVE_REVISION;
    const UPDATE_CONNECTIONS: Endpoint<UpdateConnections, ConnectionList> = wire::UPDATE_CONNECTIONS;
}
