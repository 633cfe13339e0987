//! Virtual connections: published as a text in the message, described, changed.

use std::convert::Infallible;

use futures_util::stream;
use serde::Deserialize;
use tavola_api::{
    ErrorCode, Fields, NoBody, Pagination, Text, Word,
    connections::ConnectionMessage,
    virtual_connections::{
        self as wire, DatabaseConnection, DatabaseConnectionList, DatabaseConnectionPage, DatabaseConnections,
        VirtualConnection, VirtualConnectionMessage, VirtualConnectionPage, VirtualConnections,
    },
};
use tavola_model::{Page, VirtualConnectionId};
use tavola_store::{
    self as store,
    content::{self, ReceiveError},
    items::{CertificationChange, Connection, Item, ItemChange, NewConnection, NewFile},
    virtual_connections::{self, VirtualConnectionChange},
};

use crate::{
    call::{Call, Context, require_same_id},
    error::Error,
    items, publishing,
    router::{Answer, Routes},
};

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::LIST, list);
    routes.on(wire::GET, get);
    routes.on(wire::PUBLISH, publish);
    routes.on(wire::UPDATE, update);
    routes.on(wire::DELETE, delete);
    routes.on(wire::CONNECTIONS, connections);
    routes.on(wire::UPDATE_CONNECTION, update_connection);
    routes.on(wire::UPDATE_CONNECTION_SHORT, update_connection);
    routes.on(wire::REVISIONS, revisions);
    routes.on(wire::GET_REVISION, get_revision);
    routes.on(wire::ADD_TAGS, add_tags);
    routes.on(wire::DELETE_TAG, delete_tag);
}

items::handlers! {
    virtual_connections, virtual_connection;
    delete();
    revisions(ErrorCode::FORBIDDEN);
    tags();
}

fn virtual_connection(context: &Context) -> Result<VirtualConnectionId, Error> {
    context.id(1, Error::virtual_connection_not_found)
}

async fn list(call: Call<NoBody>) -> Result<VirtualConnectionPage, Error> {
    let query = call.context.list()?;
    let fields = call.context.fields();
    let list = virtual_connections::list(&call.context.store, &call.actor, &query).await?;
    let pagination = Pagination::of(list.page, list.total);
    let virtual_connection = list.items.into_iter().map(|record| message(record, &fields)).collect();
    Ok(VirtualConnectionPage { pagination, virtual_connections: VirtualConnections { virtual_connection } })
}

async fn get(call: Call<NoBody>) -> Result<VirtualConnectionMessage, Error> {
    let id = virtual_connection(&call.context)?;
    let record = virtual_connections::get(&call.context.store, &call.actor, id).await?;
    // Those who may only read it are told of it, and not how its rows are guarded.
    let content = match text(&call, id, None).await {
        Ok(content) => Some(content),
        Err(problem) if problem.code == ErrorCode::FORBIDDEN => None,
        Err(problem) => return Err(problem),
    };
    Ok(VirtualConnectionMessage { virtual_connection: VirtualConnection { content, ..described(record) } })
}

async fn get_revision(call: Call<NoBody>) -> Result<VirtualConnectionMessage, Error> {
    let id = virtual_connection(&call.context)?;
    let revision = items::revision(call.context.parameter(2))?;
    let content = Some(text(&call, id, revision).await?);
    let record = virtual_connections::get(&call.context.store, &call.actor, id).await?;
    Ok(VirtualConnectionMessage { virtual_connection: VirtualConnection { content, ..described(record) } })
}

/// The content, which is no longer than a message.
async fn text(call: &Call<NoBody>, id: VirtualConnectionId, revision: Option<u64>) -> Result<Text, Error> {
    let store = &call.context.store;
    let file = virtual_connections::download(store, &call.actor, id, revision).await?;
    let bytes = content::read_whole(store, &file.blob).await?;
    String::from_utf8(bytes).map(Text).map_err(Error::unexpected)
}

/// A virtual connection as it is answered alone.
fn described(record: virtual_connections::VirtualConnection) -> VirtualConnection {
    message(record, &Fields::parse(Some("_all_")))
}

async fn publish(call: Call<VirtualConnectionMessage>) -> Result<Answer<VirtualConnectionMessage>, Error> {
    let overwrite = call.context.query.flag("overwrite")?;
    if call.context.query.flag("publishAsDraft")? {
        return Err(Error::new(ErrorCode::INVALID_PARAMETER, "drafts of virtual connections are not kept here"));
    }
    let (store, actor) = (&call.context.store, &call.actor);
    let asked = call.body.virtual_connection;
    let owner = items::owner_id(asked.owner.as_ref())?;
    let destination = publishing::destination(asked.name, asked.project.as_ref(), None, overwrite)?;
    virtual_connections::check_destination(store, actor, destination.clone()).await.map_err(publishing::refused)?;
    let Text(text) = asked.content.ok_or_else(|| Error::bad_request("a virtual connection needs a `content`"))?;
    let connections = connections_of(&text)?;
    let bytes = stream::iter([Ok::<_, Infallible>(text.clone().into())]);
    let blob = match content::receive(store, bytes, u64::MAX).await {
        Ok(blob) => blob,
        Err(ReceiveError::Store(problem)) => return Err(problem.into()),
        Err(ReceiveError::Stream(never)) => match never {},
    };
    let new = NewFile {
        destination,
        description: None,
        encrypt_extracts: None,
        blob,
        file_type: "json".to_owned(),
        has_extracts: false,
        connections,
        upload: None,
    };
    let record = virtual_connections::publish(store, actor, new, owner).await.map_err(publishing::refused)?;
    let location = call.context.location(actor, "virtualConnections", record.item.id);
    let virtual_connection = VirtualConnection { content: Some(Text(text)), ..described(record) };
    Ok(Answer::at(VirtualConnectionMessage { virtual_connection }, location))
}

/// What is read of the content: its connections, in the words of the list that shows them.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Content {
    connections: Vec<DatabaseConnection>,
}

fn connections_of(text: &str) -> Result<Vec<NewConnection>, Error> {
    let not_json = |problem| Error::bad_request(format!("the `content` is no JSON that can be read: {problem}"));
    let content: Content = serde_json::from_str(text).map_err(not_json)?;
    let new = content.connections.into_iter().enumerate().map(|(number, connection)| {
        let DatabaseConnection { connection_id, db_class, server, port, database, username } = connection;
        NewConnection {
            place: connection_id.map_or_else(|| number.to_string(), |id| format!("{id} {number}")),
            connection_type: db_class.unwrap_or_default(),
            server_address: server.unwrap_or_default(),
            server_port: port.map(|port| port.to_string()).unwrap_or_default(),
            database_name: database.unwrap_or_default(),
            user_name: username.unwrap_or_default(),
            ..NewConnection::default()
        }
    });
    Ok(new.collect())
}

async fn update(call: Call<VirtualConnectionMessage>) -> Result<VirtualConnectionMessage, Error> {
    let id = virtual_connection(&call.context)?;
    let asked = call.body.virtual_connection;
    require_same_id(asked.id.as_ref(), id, "virtual connection")?;
    let change = VirtualConnectionChange {
        item: ItemChange {
            name: asked.name.as_deref().map(str::parse).transpose()?,
            project_id: items::named_project(asked.project.as_ref())?,
            owner_id: items::owner_id(asked.owner.as_ref())?,
            ..ItemChange::default()
        },
        certification: CertificationChange { is_certified: asked.is_certified, note: asked.certification_note },
    };
    let record = virtual_connections::update(&call.context.store, &call.actor, id, change).await?;
    Ok(VirtualConnectionMessage { virtual_connection: described(record) })
}

async fn connections(call: Call<NoBody>) -> Result<DatabaseConnectionPage, Error> {
    let id = virtual_connection(&call.context)?;
    let page: Page = call.context.page()?;
    let all = virtual_connections::connections(&call.context.store, &call.actor, id).await?;
    let total = all.len() as u64;
    if !page.exists(total) {
        let past = store::InvalidList::PastTheEnd { page: page.number.get(), total };
        return Err(store::Error::InvalidList(past).into());
    }
    let skipped = usize::try_from(page.offset()).unwrap_or(usize::MAX);
    let shown = all.into_iter().skip(skipped).take(page.size.get() as usize);
    Ok(DatabaseConnectionPage {
        pagination: Pagination::of(page, total),
        virtual_connection_connections: DatabaseConnections { connection: shown.map(connection).collect() },
    })
}

async fn update_connection(call: Call<ConnectionMessage>) -> Result<DatabaseConnectionList, Error> {
    let id = virtual_connection(&call.context)?;
    let named = call.context.id(2, Error::connection_not_found)?;
    let change = items::connection_change(call.body.connection);
    let changed =
        virtual_connections::update_connections(&call.context.store, &call.actor, id, vec![named], change).await?;
    Ok(DatabaseConnectionList {
        virtual_connection_connections: DatabaseConnections {
            connection: changed.into_iter().map(connection).collect(),
        },
    })
}

fn connection(record: Connection) -> DatabaseConnection {
    let Connection { id, connection_type, server_address, server_port, database_name, user_name, .. } = record;
    DatabaseConnection {
        connection_id: Some(Word::Known(id)),
        db_class: Some(connection_type),
        server: Some(server_address),
        port: server_port.parse::<u16>().ok().map(Word::Known),
        database: Some(database_name),
        username: Some(user_name),
    }
}

fn message(record: virtual_connections::VirtualConnection, fields: &Fields) -> VirtualConnection {
    let virtual_connections::VirtualConnection { item, certification } = record;
    let Item {
        id,
        site_id: _,
        project_id,
        project_name,
        owner_id,
        owner,
        name,
        description: _,
        content_url: _,
        file_type: _,
        size: _,
        has_extracts,
        encrypt_extracts: _,
        revision: _,
        created_at,
        updated_at,
        published_at: _,
        tags,
    } = item;
    let note = certification.clone().filter(|note| !note.is_empty());
    VirtualConnection {
        id: fields.keep_default("id", Some(Word::Known(id))),
        name: fields.keep_default("name", Some(name)),
        created_at: fields.keep_default("createdAt", Some(created_at)),
        updated_at: fields.keep_default("updatedAt", Some(updated_at)),
        is_certified: fields.keep_default("isCertified", Some(certification.is_some())),
        certification_note: fields.keep_default("certificationNote", note),
        has_extracts: fields.keep_default("hasExtracts", Some(has_extracts)),
        project: items::project(project_id, project_name, fields),
        owner: items::owner(owner_id, owner, fields),
        tags: fields.keep_default("tags", Some(items::tags(tags))),
        ..VirtualConnection::default()
    }
}
