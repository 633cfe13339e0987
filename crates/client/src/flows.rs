//! Flows of the site signed in to.

use tavola_api::{
    Endpoint, File, NoBody, Streamed,
    connections::{ConnectionList, ConnectionMessage},
    flows::{self as wire, Flow},
    revisions::RevisionPage,
    tags::TagsMessage,
};
use tavola_model::FlowId;

use crate::{Client, Content, ContentRoom, ItemPage, Published};

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
    type Message = wire::FlowMessage;
    type Page = wire::FlowPage;
    type Found = wire::FlowWithSteps;
    type Answer = wire::FlowMessage;

    const LIST: Endpoint<NoBody, Self::Page> = wire::LIST;
    const GET: Endpoint<NoBody, Self::Found> = wire::GET;
    const UPDATE: Endpoint<Self::Message, Self::Message> = wire::UPDATE;
    const DELETE: Endpoint = wire::DELETE;
    const PUBLISH: Endpoint<Streamed<Self::Message>, Self::Answer> = wire::PUBLISH;
    const TYPE_PARAMETER: &'static str = "flowType";
    const DOWNLOAD: Endpoint<NoBody, File> = wire::DOWNLOAD;
    const REVISIONS: Endpoint<NoBody, RevisionPage> = wire::REVISIONS;
    const DOWNLOAD_REVISION: Endpoint<NoBody, File> = wire::DOWNLOAD_REVISION;
    const CONNECTIONS: Endpoint<NoBody, ConnectionList> = wire::CONNECTIONS;
    const UPDATE_CONNECTION: Endpoint<ConnectionMessage, ConnectionMessage> = wire::UPDATE_CONNECTION;
    const ADD_TAGS: Endpoint<TagsMessage, TagsMessage> = wire::ADD_TAGS;
    const DELETE_TAG: Endpoint = wire::DELETE_TAG;

    fn message(flow: Flow) -> Self::Message {
        wire::FlowMessage { flow }
    }

    fn item(message: Self::Message) -> Flow {
        message.flow
    }

    fn page(page: Self::Page) -> ItemPage<Flow> {
        ItemPage { items: page.flows.flow, pagination: page.pagination }
    }

    fn found(found: Self::Found) -> Flow {
        found.flow
    }

    fn published(answer: Self::Answer) -> Option<Published<Flow>> {
        Some(Published::Item(answer.flow))
    }

    fn id(flow: &Flow) -> Option<FlowId> {
        flow.id.as_ref()?.known()
    }
}
