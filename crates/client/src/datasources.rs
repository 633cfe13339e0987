//! Data sources of the site signed in to.

use tavola_api::{
    Endpoint, File, NoBody, Streamed,
    connections::{ConnectionList, ConnectionMessage, UpdateConnections},
    datasources::{self as wire, Datasource},
    revisions::RevisionPage,
    tags::TagsMessage,
};
use tavola_model::DatasourceId;

use crate::{Client, Content, ContentRoom, ItemPage, Linked, Published};

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
    type Message = wire::DatasourceMessage;
    type Page = wire::DatasourcePage;
    type Found = wire::DatasourceMessage;
    type Answer = wire::PublishedDatasource;

    const LIST: Endpoint<NoBody, Self::Page> = wire::LIST;
    const GET: Endpoint<NoBody, Self::Found> = wire::GET;
    const UPDATE: Endpoint<Self::Message, Self::Message> = wire::UPDATE;
    const DELETE: Endpoint = wire::DELETE;
    const PUBLISH: Endpoint<Streamed<Self::Message>, Self::Answer> = wire::PUBLISH;
    const TYPE_PARAMETER: &'static str = "datasourceType";
    const DOWNLOAD: Endpoint<NoBody, File> = wire::DOWNLOAD;
    const REVISIONS: Endpoint<NoBody, RevisionPage> = wire::REVISIONS;
    const DOWNLOAD_REVISION: Endpoint<NoBody, File> = wire::DOWNLOAD_REVISION;
    const CONNECTIONS: Endpoint<NoBody, ConnectionList> = wire::CONNECTIONS;
    const UPDATE_CONNECTION: Endpoint<ConnectionMessage, ConnectionMessage> = wire::UPDATE_CONNECTION;
    const ADD_TAGS: Endpoint<TagsMessage, TagsMessage> = wire::ADD_TAGS;
    const DELETE_TAG: Endpoint = wire::DELETE_TAG;

    fn message(datasource: Datasource) -> Self::Message {
        wire::DatasourceMessage { datasource }
    }

    fn item(message: Self::Message) -> Datasource {
        message.datasource
    }

    fn page(page: Self::Page) -> ItemPage<Datasource> {
        ItemPage { items: page.datasources.datasource, pagination: page.pagination }
    }

    fn found(found: Self::Found) -> Datasource {
        found.datasource
    }

    fn published(answer: Self::Answer) -> Option<Published<Datasource>> {
        answer.datasource.map(Published::Item).or_else(|| answer.job.map(Published::Job))
    }

    fn id(datasource: &Datasource) -> Option<DatasourceId> {
        datasource.id.as_ref()?.known()
    }
}

impl Linked for Datasources {
    const REMOVE_REVISION: Endpoint = wire::REMOVE_REVISION;
    const UPDATE_CONNECTIONS: Endpoint<UpdateConnections, ConnectionList> = wire::UPDATE_CONNECTIONS;
}
