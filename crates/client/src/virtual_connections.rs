//! Virtual connections of the site signed in to. Their content is a text of JSON, which goes in the message.

use std::{io, path::Path};

use tavola_api::{
    Endpoint, NoBody, Text,
    connections::{Connection, ConnectionMessage},
    revisions::RevisionPage,
    tags::TagsMessage,
    virtual_connections::{self as wire, DatabaseConnection, VirtualConnection},
};
use tavola_model::VirtualConnectionId;

use crate::{
    Client, Connected, Content, ContentRoom, DownloadOptions, Downloaded, Editable, Error, Filed, ItemPage, PathValue,
    PublishOptions, Published, Revised, Tagged,
    content::{at, whole},
    downloading,
};

/// Virtual connections, as a kind of content.
#[derive(Debug, Clone, Copy)]
pub enum VirtualConnections {}

impl Client {
    /// The methods about virtual connections of the site signed in to.
    pub fn virtual_connections(&self) -> ContentRoom<'_, VirtualConnections> {
        ContentRoom::new(self)
    }
}

impl Content for VirtualConnections {
    type Id = VirtualConnectionId;
    type Item = VirtualConnection;
    type Page = wire::VirtualConnectionPage;
    type Found = wire::VirtualConnectionMessage;

    const LIST: Endpoint<NoBody, Self::Page> = wire::LIST;
    const GET: Endpoint<NoBody, Self::Found> = wire::GET;
    const DELETE: Endpoint = wire::DELETE;

    fn page(page: Self::Page) -> ItemPage<VirtualConnection> {
        ItemPage { items: page.virtual_connections.virtual_connection, pagination: page.pagination }
    }

    fn found(found: Self::Found) -> VirtualConnection {
        found.virtual_connection
    }

    fn id(virtual_connection: &VirtualConnection) -> Option<VirtualConnectionId> {
        virtual_connection.id.as_ref()?.known()
    }
}

impl Editable for VirtualConnections {
    type Message = wire::VirtualConnectionMessage;

    const UPDATE: Endpoint<Self::Message, Self::Message> = wire::UPDATE;

    fn message(virtual_connection: VirtualConnection) -> Self::Message {
        wire::VirtualConnectionMessage { virtual_connection }
    }

    fn item(message: Self::Message) -> VirtualConnection {
        message.virtual_connection
    }
}

impl Filed for VirtualConnections {
    async fn publish<'a>(
        client: &'a Client,
        file: &'a Path,
        item: &'a VirtualConnection,
        options: &'a PublishOptions,
    ) -> Result<Published<VirtualConnection>, Error> {
        let text = read(file).await.map_err(|cause| Error::file("read", file, cause))?;
        let item = VirtualConnection { content: Some(Text(text)), ..item.clone() };
        let query: &[(&str, &str)] = if options.overwrite { &[("overwrite", "true")] } else { &[] };
        let message = Self::message(item);
        let answer = client.call(&wire::PUBLISH, &[PathValue::SessionSite], query, Some(&message)).await?;
        Ok(Published::Item(answer.virtual_connection))
    }

    async fn download<'a>(
        client: &'a Client,
        id: VirtualConnectionId,
        to: &'a Path,
        options: &'a DownloadOptions,
    ) -> Result<Downloaded, Error> {
        let answer = client.call(&wire::GET, &at(&id), &[], None).await?;
        write(answer.virtual_connection, to, options).await
    }
}

impl Revised for VirtualConnections {
    const REVISIONS: Endpoint<NoBody, RevisionPage> = wire::REVISIONS;

    async fn download_revision<'a>(
        client: &'a Client,
        id: VirtualConnectionId,
        revision: u64,
        to: &'a Path,
        options: &'a DownloadOptions,
    ) -> Result<Downloaded, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id), PathValue::Of(&revision)];
        let answer = client.call(&wire::GET_REVISION, &path, &[], None).await?;
        write(answer.virtual_connection, to, options).await
    }
}

impl Connected for VirtualConnections {
    type Connections = wire::DatabaseConnectionPage;
    type ChangedConnection = wire::DatabaseConnectionList;

    const CONNECTIONS: Endpoint<NoBody, Self::Connections> = wire::CONNECTIONS;
    const CONNECTIONS_ARE_PAGED: bool = true;
    const UPDATE_CONNECTION: Endpoint<ConnectionMessage, Self::ChangedConnection> = wire::UPDATE_CONNECTION;
}

impl Tagged for VirtualConnections {
    const ADD_TAGS: Endpoint<TagsMessage, TagsMessage> = wire::ADD_TAGS;
    const DELETE_TAG: Endpoint = wire::DELETE_TAG;
    const CONTENT_TYPE: &'static str = "VirtualConnection";
}

impl From<wire::DatabaseConnectionPage> for ItemPage<Connection> {
    fn from(page: wire::DatabaseConnectionPage) -> Self {
        let items = page.virtual_connection_connections.connection.into_iter().map(connection).collect();
        Self { items, pagination: page.pagination }
    }
}

impl From<wire::DatabaseConnectionList> for ItemPage<Connection> {
    fn from(list: wire::DatabaseConnectionList) -> Self {
        whole(list.virtual_connection_connections.connection.into_iter().map(connection).collect())
    }
}

/// A connection in the words of all other content.
fn connection(connection: DatabaseConnection) -> Connection {
    let DatabaseConnection { connection_id, db_class, server, port, database, username } = connection;
    Connection {
        id: connection_id,
        connection_type: db_class,
        server_address: server,
        server_port: port,
        database_name: database,
        user_name: username,
        ..Connection::default()
    }
}

async fn read(file: &Path) -> io::Result<String> {
    let file = file.to_owned();
    let reading = tokio::task::spawn_blocking(move || {
        let length = std::fs::metadata(&file)?.len();
        if length > wire::LONGEST_CONTENT as u64 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "no virtual connection is that long"));
        }
        std::fs::read_to_string(&file)
    });
    reading.await.unwrap_or_else(|panic| Err(io::Error::other(panic)))
}

async fn write(item: VirtualConnection, to: &Path, options: &DownloadOptions) -> Result<Downloaded, Error> {
    let Some(Text(text)) = item.content else {
        return Err(Error::invalid("the server keeps its content back: that is for those who may change it"));
    };
    let name = format!("{}.json", item.name.as_deref().unwrap_or("virtual-connection"));
    downloading::write_small(text.as_bytes(), &downloading::safe_name(&name), to, options)
}
