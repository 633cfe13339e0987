//! Flows of the site signed in to.

use std::path::Path;

use tavola_api::{
    Endpoint, File, NoBody, Streamed,
    connections::{ConnectionList, ConnectionMessage},
    flows::{self as wire, Flow},
    revisions::RevisionPage,
    tags::TagsMessage,
};
use tavola_model::FlowId;

use crate::{
    Client, Connected, Content, ContentRoom, DownloadOptions, Downloaded, Editable, Error, ItemPage, PathValue,
    Published, Revised, Tagged, Uploaded,
};

/// Flows, as a kind of content.
#[derive(Debug, Clone, Copy)]
pub enum Flows {}

impl Client {
    /// The methods about flows of the site signed in to.
    pub fn flows(&self) -> ContentRoom<'_, Flows> {
        ContentRoom::new(self)
    }
}

impl Content for Flows {
    type Id = FlowId;
    type Item = Flow;
    type Page = wire::FlowPage;
    type Found = wire::FlowWithSteps;

    const LIST: Endpoint<NoBody, Self::Page> = wire::LIST;
    const GET: Endpoint<NoBody, Self::Found> = wire::GET;
    const DELETE: Endpoint = wire::DELETE;

    fn page(page: Self::Page) -> ItemPage<Flow> {
        ItemPage { items: page.flows.flow, pagination: page.pagination }
    }

    fn found(found: Self::Found) -> Flow {
        found.flow
    }

    fn id(flow: &Flow) -> Option<FlowId> {
        flow.id.as_ref()?.known()
    }
}

impl Editable for Flows {
    type Message = wire::FlowMessage;

    const UPDATE: Endpoint<Self::Message, Self::Message> = wire::UPDATE;

    fn message(flow: Flow) -> Self::Message {
        wire::FlowMessage { flow }
    }

    fn item(message: Self::Message) -> Flow {
        message.flow
    }
}

impl Uploaded for Flows {
    type Answer = wire::FlowMessage;

    const PUBLISH: Endpoint<Streamed<Self::Message>, Self::Answer> = wire::PUBLISH;
    const TYPE_PARAMETER: &'static str = "flowType";
    const DOWNLOAD: Endpoint<NoBody, File> = wire::DOWNLOAD;

    fn published(answer: Self::Answer) -> Option<Published<Flow>> {
        Some(Published::Item(answer.flow))
    }
}

impl Revised for Flows {
    const REVISIONS: Endpoint<NoBody, RevisionPage> = wire::REVISIONS;

    async fn download_revision<'a>(
        client: &'a Client,
        id: FlowId,
        revision: u64,
        to: &'a Path,
        options: &'a DownloadOptions,
    ) -> Result<Downloaded, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id), PathValue::Of(&revision)];
        client.download(&wire::DOWNLOAD_REVISION, &path, to, options).await
    }
}

impl Connected for Flows {
    type Connections = ConnectionList;
    type ChangedConnection = ConnectionMessage;

    const CONNECTIONS: Endpoint<NoBody, Self::Connections> = wire::CONNECTIONS;
    const CONNECTIONS_ARE_PAGED: bool = false;
    const UPDATE_CONNECTION: Endpoint<ConnectionMessage, Self::ChangedConnection> = wire::UPDATE_CONNECTION;
}

impl Tagged for Flows {
    const ADD_TAGS: Endpoint<TagsMessage, TagsMessage> = wire::ADD_TAGS;
    const DELETE_TAG: Endpoint = wire::DELETE_TAG;
    const CONTENT_TYPE: &'static str = "Flow";
}
