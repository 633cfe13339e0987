//! Workbooks of the site signed in to.

use tavola_api::{
    Endpoint, File, NoBody, Streamed,
    connections::{ConnectionList, ConnectionMessage, UpdateConnections},
    revisions::RevisionPage,
    tags::TagsMessage,
    workbooks::{self as wire, Workbook},
};
use tavola_model::WorkbookId;

use crate::{Client, Content, ContentRoom, Error, ItemPage, Linked, PathValue, Published};

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
    type Message = wire::WorkbookMessage;
    type Page = wire::WorkbookPage;
    type Found = wire::WorkbookMessage;
    type Answer = wire::PublishedWorkbook;

    const LIST: Endpoint<NoBody, Self::Page> = wire::LIST;
    const GET: Endpoint<NoBody, Self::Found> = wire::GET;
    const UPDATE: Endpoint<Self::Message, Self::Message> = wire::UPDATE;
    const DELETE: Endpoint = wire::DELETE;
    const PUBLISH: Endpoint<Streamed<Self::Message>, Self::Answer> = wire::PUBLISH;
    const TYPE_PARAMETER: &'static str = "workbookType";
    const DOWNLOAD: Endpoint<NoBody, File> = wire::DOWNLOAD;
    const REVISIONS: Endpoint<NoBody, RevisionPage> = wire::REVISIONS;
    const DOWNLOAD_REVISION: Endpoint<NoBody, File> = wire::DOWNLOAD_REVISION;
    const CONNECTIONS: Endpoint<NoBody, ConnectionList> = wire::CONNECTIONS;
    const UPDATE_CONNECTION: Endpoint<ConnectionMessage, ConnectionMessage> = wire::UPDATE_CONNECTION;
    const ADD_TAGS: Endpoint<TagsMessage, TagsMessage> = wire::ADD_TAGS;
    const DELETE_TAG: Endpoint = wire::DELETE_TAG;

    fn message(workbook: Workbook) -> Self::Message {
        wire::WorkbookMessage { workbook }
    }

    fn item(message: Self::Message) -> Workbook {
        message.workbook
    }

    fn page(page: Self::Page) -> ItemPage<Workbook> {
        ItemPage { items: page.workbooks.workbook, pagination: page.pagination }
    }

    fn found(found: Self::Found) -> Workbook {
        found.workbook
    }

    fn published(answer: Self::Answer) -> Option<Published<Workbook>> {
        answer.workbook.map(Published::Item).or_else(|| answer.job.map(Published::Job))
    }

    fn id(workbook: &Workbook) -> Option<WorkbookId> {
        workbook.id.as_ref()?.known()
    }
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
