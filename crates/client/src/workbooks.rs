//! Workbooks of the site signed in to.

use std::path::Path;

use tavola_api::{
    Endpoint, File, NoBody, Streamed,
    connections::{ConnectionList, ConnectionMessage, UpdateConnections},
    revisions::RevisionPage,
    tags::TagsMessage,
    workbooks::{self as wire, Workbook},
};
use tavola_model::WorkbookId;

use crate::{
    Client, Connected, Content, ContentRoom, DownloadOptions, Downloaded, Editable, Error, ItemPage, Linked, PathValue,
    Published, Revised, Tagged, Uploaded,
};

/// Workbooks, as a kind of content.
#[derive(Debug, Clone, Copy)]
pub enum Workbooks {}

impl Client {
    /// The methods about workbooks of the site signed in to.
    pub fn workbooks(&self) -> ContentRoom<'_, Workbooks> {
        ContentRoom::new(self)
    }
}

impl Content for Workbooks {
    type Id = WorkbookId;
    type Item = Workbook;
    type Page = wire::WorkbookPage;
    type Found = wire::WorkbookMessage;

    const LIST: Endpoint<NoBody, Self::Page> = wire::LIST;
    const GET: Endpoint<NoBody, Self::Found> = wire::GET;
    const DELETE: Endpoint = wire::DELETE;

    fn page(page: Self::Page) -> ItemPage<Workbook> {
        ItemPage { items: page.workbooks.workbook, pagination: page.pagination }
    }

    fn found(found: Self::Found) -> Workbook {
        found.workbook
    }

    fn id(workbook: &Workbook) -> Option<WorkbookId> {
        workbook.id.as_ref()?.known()
    }
}

impl Editable for Workbooks {
    type Message = wire::WorkbookMessage;

    const UPDATE: Endpoint<Self::Message, Self::Message> = wire::UPDATE;

    fn message(workbook: Workbook) -> Self::Message {
        wire::WorkbookMessage { workbook }
    }

    fn item(message: Self::Message) -> Workbook {
        message.workbook
    }
}

impl Uploaded for Workbooks {
    type Answer = wire::PublishedWorkbook;

    const PUBLISH: Endpoint<Streamed<Self::Message>, Self::Answer> = wire::PUBLISH;
    const TYPE_PARAMETER: &'static str = "workbookType";
    const DOWNLOAD: Endpoint<NoBody, File> = wire::DOWNLOAD;

    fn published(answer: Self::Answer) -> Option<Published<Workbook>> {
        answer.workbook.map(Published::Item).or_else(|| answer.job.map(Published::Job))
    }
}

impl Revised for Workbooks {
    const REVISIONS: Endpoint<NoBody, RevisionPage> = wire::REVISIONS;

    async fn download_revision<'a>(
        client: &'a Client,
        id: WorkbookId,
        revision: u64,
        to: &'a Path,
        options: &'a DownloadOptions,
    ) -> Result<Downloaded, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id), PathValue::Of(&revision)];
        client.download(&wire::DOWNLOAD_REVISION, &path, to, options).await
    }
}

impl Connected for Workbooks {
    type Connections = ConnectionList;
    type ChangedConnection = ConnectionMessage;

    const CONNECTIONS: Endpoint<NoBody, Self::Connections> = wire::CONNECTIONS;
    const CONNECTIONS_ARE_PAGED: bool = false;
    const UPDATE_CONNECTION: Endpoint<ConnectionMessage, Self::ChangedConnection> = wire::UPDATE_CONNECTION;
}

impl Tagged for Workbooks {
    const ADD_TAGS: Endpoint<TagsMessage, TagsMessage> = wire::ADD_TAGS;
    const DELETE_TAG: Endpoint = wire::DELETE_TAG;
    const CONTENT_TYPE: &'static str = "Workbook";
}

impl Linked for Workbooks {
    const REMOVE_REVISION: Endpoint = wire::REMOVE_REVISION;
    const UPDATE_CONNECTIONS: Endpoint<UpdateConnections, ConnectionList> = wire::UPDATE_CONNECTIONS;
}

impl ContentRoom<'_, Workbooks> {
    /// “Query Workbook Preview Image”: that of its first view, as PNG.
    pub async fn preview_image(&self, id: WorkbookId) -> Result<Vec<u8>, Error> {
        self.client().download_small(&wire::PREVIEW_IMAGE, &[PathValue::SessionSite, PathValue::Of(&id)]).await
    }
}
