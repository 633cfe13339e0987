//! What the rooms of content share: pieces of messages that say the same of each kind.

use tavola_api::{
    Count, ErrorCode, Fields, Pagination, Word,
    connections::{self as wire, ConnectionList},
    datasources::Datasource,
    projects::{Location, Project},
    revisions::{Revision, RevisionPage, Revisions},
    tags::{Tags, TagsMessage},
    users::User,
};
use tavola_model::{ConnectionId, LocationType, ProjectId, UserId};
use tavola_store::{
    self as store, List, Refusal,
    items::{Connection, ConnectionChange, Download as Stored},
    projects::Owner,
};

use crate::{
    call::Context,
    download::{Download, Source, WithoutExtracts},
    error::Error,
    sites::known,
};

/// Kilobytes and less are a megabyte.
pub(crate) fn megabytes(bytes: u64) -> Count {
    Count(bytes.div_ceil(1024 * 1024).max(1))
}

/// The owner of content: by id and name, unless more is asked for or may not be seen.
pub(crate) fn owner(id: UserId, owner: Option<Owner>, fields: &Fields) -> Option<User> {
    let name = owner.as_ref().and_then(|owner| fields.keep_default("owner", Some(owner.name.clone())));
    let user = owner_by_id(Some(id), owner, fields).unwrap_or_default();
    let user = User { name: name.or(user.name.clone()), ..user };
    (user != User::default()).then_some(user)
}

/// The owner of a project: by id alone, unless more is asked for or may not be seen.
pub(crate) fn owner_by_id(id: Option<UserId>, owner: Option<Owner>, fields: &Fields) -> Option<User> {
    let of_owner = fields.of("owner");
    let id = id.map(Word::Known);
    let by_id = fields.keep_default("owner", id.clone()).or_else(|| of_owner.keep_extra("id", id));
    let more = owner.map(|Owner { name, full_name, email, site_role, last_login }| User {
        name: of_owner.keep_extra("name", Some(name)),
        full_name: of_owner.keep_extra("fullName", Some(full_name)),
        email: of_owner.keep_extra("email", Some(email).filter(|email| !email.is_empty())),
        site_role: of_owner.keep_extra("siteRole", Some(site_role.into())),
        last_login: of_owner.keep_extra("lastLogin", last_login),
        ..User::default()
    });
    let user = User { id: by_id, ..more.unwrap_or_default() };
    (user != User::default()).then_some(user)
}

/// The owner that a request names.
pub(crate) fn owner_id(owner: Option<&User>) -> Result<Option<UserId>, Error> {
    match owner.and_then(|owner| owner.id.as_ref()) {
        None => Ok(None),
        Some(Word::Known(id)) => Ok(Some(*id)),
        Some(Word::Other(text)) => Err(Error::user_not_found(text)),
    }
}

/// The project of an id in a message; none for `""`.
pub(crate) fn project_id(word: Word<ProjectId>) -> Result<Option<ProjectId>, Error> {
    match word {
        Word::Known(id) => Ok(Some(id)),
        Word::Other(text) if text.trim().is_empty() => Ok(None),
        Word::Other(text) => Err(Error::project_not_found(&text)),
    }
}

/// The project that a request names.
pub(crate) fn named_project(project: Option<&Project>) -> Result<Option<ProjectId>, Error> {
    let word = project.and_then(|project| project.id.clone());
    Ok(word.map(project_id).transpose()?.flatten())
}

/// The project that a request puts content into: as such, or as a location. There are no personal spaces, and what was meant
/// for one must not be shown to others.
pub(crate) fn place(project: Option<&Project>, location: Option<&Location>) -> Result<Option<ProjectId>, Error> {
    let Location { id, location_type, .. } = location.cloned().unwrap_or_default();
    match known(location_type, "type", ErrorCode::INVALID_PARAMETER)? {
        Some(LocationType::PersonalSpace) => {
            let detail = "this server has no personal spaces: content lies in projects";
            Err(Error::new(ErrorCode::FEATURE_DISABLED, detail))
        }
        Some(LocationType::Project) | None => match named_project(project)? {
            None => {
                let word = id.map(|id| id.parse().map_or(Word::Other(id), Word::Known));
                Ok(word.map(project_id).transpose()?.flatten())
            }
            named => Ok(named),
        },
    }
}

/// The project of content: id and name.
pub(crate) fn project(id: ProjectId, name: String, fields: &Fields) -> Option<Project> {
    let of_project = fields.of("project");
    let keep = |field: &str| {
        fields.keep_default("project", Some(())).or_else(|| of_project.keep_extra(field, Some(()))).is_some()
    };
    let project = Project {
        id: Some(Word::Known(id)).filter(|_| keep("id")),
        name: Some(name).filter(|_| keep("name")),
        ..Project::default()
    };
    (project != Project::default()).then_some(project)
}

/// Where content lies: in a project.
pub(crate) fn location(id: ProjectId, name: &str) -> Location {
    Location {
        id: Some(id.to_string()),
        location_type: Some(Word::Known(LocationType::Project)),
        name: Some(name.to_owned()),
    }
}

pub(crate) fn tags(labels: Vec<String>) -> Tags {
    labels.into_iter().collect()
}

/// The labels of a request. Clients put those with blanks or commas in double quotes.
pub(crate) fn labels(message: TagsMessage) -> Vec<String> {
    message.tags.tag.into_iter().map(|tag| unquoted(&tag.label).to_owned()).collect()
}

/// A label without the quotes that clients put round it.
pub(crate) fn unquoted(label: &str) -> &str {
    let label = label.trim();
    label.strip_prefix('"').and_then(|label| label.strip_suffix('"')).unwrap_or(label)
}

pub(crate) fn connection_list(connections: Vec<Connection>) -> ConnectionList {
    ConnectionList { connections: wire::Connections { connection: connections.into_iter().map(connection).collect() } }
}

pub(crate) fn connection(record: Connection) -> wire::Connection {
    let Connection {
        id,
        source_id,
        source_name,
        connection_type,
        server_address,
        server_port,
        database_name: _,
        user_name,
        embed_password,
        authentication_type,
        query_tagging,
    } = record;
    wire::Connection {
        id: Some(Word::Known(id)),
        connection_type: Some(connection_type),
        server_address: Some(server_address),
        // Files and spreadsheets are reached by no port, and the schema knows no other text for that.
        server_port: server_port.parse().ok().map(Word::Known),
        user_name: Some(user_name),
        embed_password: Some(embed_password),
        authentication_type: Some(authentication_type).filter(|text| !text.is_empty()),
        query_tagging_enabled: Some(query_tagging),
        datasource: Some(Datasource {
            id: source_id.parse().ok().map(Word::Known),
            name: Some(source_name),
            ..Datasource::default()
        }),
        ..wire::Connection::default()
    }
}

/// What a request wants a connection to be.
pub(crate) fn connection_change(asked: wire::Connection) -> ConnectionChange {
    ConnectionChange {
        server_address: asked.server_address,
        server_port: asked.server_port.map(|port| port.to_string()),
        user_name: asked.user_name,
        password: asked.password.map(|password| password.expose().to_owned()),
        embed_password: asked.embed_password,
        authentication_type: asked.authentication_type,
        query_tagging: asked.query_tagging_enabled,
    }
}

/// The connections that a request names.
pub(crate) fn connection_ids(named: Vec<Word<ConnectionId>>) -> Result<Vec<ConnectionId>, Error> {
    let ids = named.into_iter().map(|word| match word {
        Word::Known(id) => Ok(id),
        Word::Other(text) => Err(Error::connection_not_found(&text)),
    });
    ids.collect()
}

pub(crate) fn revision_page(list: List<store::items::Revision>) -> RevisionPage {
    let pagination = Pagination::of(list.page, list.total);
    let revision = list.items.into_iter().map(|record| {
        let store::items::Revision { number, published_at, publisher, size, current, deleted } = record;
        let publisher = publisher.map(|(id, name)| User { id: Some(id.into()), name: Some(name), ..User::default() });
        Revision {
            revision_number: Some(Count(number)),
            published_at: Some(published_at),
            deleted: Some(deleted),
            current: Some(current),
            size_in_bytes: Some(size).filter(|_| !deleted),
            publisher,
        }
    });
    RevisionPage { pagination, revisions: Revisions { revision: revision.collect() } }
}

/// The revision that a path names; none for the newest.
pub(crate) fn revision(text: &str) -> Result<Option<u64>, Error> {
    if text.eq_ignore_ascii_case("current") {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| Error::revision_not_found(text))
}

/// A file to hand back, under its content's name; without its extracts if `includeExtract=false`.
pub(crate) async fn download(context: &Context, part: &'static str, file: Stored) -> Result<Download, Error> {
    let Stored { blob, name, mut file_type } = file;
    let mut source = Source::Blob(blob.clone());
    if matches!(file_type.as_str(), "twb" | "twbx" | "tds" | "tdsx")
        && !context.query.flag_or("includeExtract", true)?
        && let Some(left) = WithoutExtracts::of(&context.store, &blob).await?
    {
        left.extension().clone_into(&mut file_type);
        source = Source::WithoutExtracts(Box::new(left));
    }
    let content_type = match file_type.as_str() {
        "twb" | "tds" => "application/xml",
        _ => "application/octet-stream",
    };
    Ok(Download { part, file_name: format!("{name}.{file_type}"), content_type, source })
}

/// The picture of a view, if there is one.
pub(crate) fn picture(png: Option<Vec<u8>>, unknown: ErrorCode) -> Result<Download, Error> {
    let png = png.ok_or_else(|| Error::new(unknown, "the workbook's file has no picture of this view"))?;
    Ok(Download {
        part: "previewImage",
        file_name: "previewImage.png".to_owned(),
        content_type: "image/png",
        source: Source::Bytes(png),
    })
}

/// Gives refusals for want of a capability the code that a method has for them.
pub(crate) fn refused_as(code: ErrorCode) -> impl Fn(store::Error) -> Error {
    move |problem| match problem {
        store::Error::Forbidden(Refusal::LacksCapability(_) | Refusal::NotOwner | Refusal::NotLeader) => {
            Error::new(code, problem.to_string())
        }
        problem => problem.into(),
    }
}

/// Handlers that the rooms of content have alike. First come the store's room and the function that reads the path's id; a
/// code in parentheses is that of a refusal.
macro_rules! handlers {
    ($room:ident, $id:ident; $($what:ident($($argument:expr),*);)*) => {
        $($crate::items::handlers!(@$what $room $id $($argument),*);)*
    };
    (@delete $room:ident $id:ident) => {
        async fn delete(call: Call<NoBody>) -> Result<NoBody, Error> {
            $room::delete(&call.context.store, &call.actor, $id(&call.context)?).await?;
            Ok(NoBody)
        }
    };
    (@downloads $room:ident $id:ident $part:expr, $code:expr) => {
        async fn download(call: Call<NoBody>) -> Result<Download, Error> {
            hand_back(&call, None).await
        }

        async fn download_revision(call: Call<NoBody>) -> Result<Download, Error> {
            let revision = items::revision(call.context.parameter(2))?;
            hand_back(&call, revision).await
        }

        async fn hand_back(call: &Call<NoBody>, revision: Option<u64>) -> Result<Download, Error> {
            let id = $id(&call.context)?;
            let file = $room::download(&call.context.store, &call.actor, id, revision).await;
            items::download(&call.context, $part, file.map_err(items::refused_as($code))?).await
        }
    };
    (@connections $room:ident $id:ident) => {
        async fn connections(call: Call<NoBody>) -> Result<tavola_api::connections::ConnectionList, Error> {
            let id = $id(&call.context)?;
            Ok(items::connection_list($room::connections(&call.context.store, &call.actor, id).await?))
        }
    };
    (@update_connection $room:ident $id:ident $code:expr) => {
        async fn update_connection(
            call: Call<tavola_api::connections::ConnectionMessage>,
        ) -> Result<tavola_api::connections::ConnectionMessage, Error> {
            let id = $id(&call.context)?;
            let connection = call.context.id(2, Error::connection_not_found)?;
            let change = items::connection_change(call.body.connection);
            let changed = $room::update_connections(&call.context.store, &call.actor, id, vec![connection], change).await;
            let changed = changed.map_err(items::refused_as($code))?.into_iter().next();
            let connection = changed.ok_or_else(|| Error::unexpected("a changed connection is gone"))?;
            Ok(tavola_api::connections::ConnectionMessage { connection: items::connection(connection) })
        }
    };
    (@update_connections $room:ident $id:ident $code:expr) => {
        async fn update_connections(
            call: Call<tavola_api::connections::UpdateConnections>,
        ) -> Result<tavola_api::connections::ConnectionList, Error> {
            let id = $id(&call.context)?;
            let connections = items::connection_ids(call.body.connection_luids.connection_luid)?;
            let change = items::connection_change(call.body.connection);
            let changed = $room::update_connections(&call.context.store, &call.actor, id, connections, change).await;
            Ok(items::connection_list(changed.map_err(items::refused_as($code))?))
        }
    };
    (@revisions $room:ident $id:ident $code:expr) => {
        async fn revisions(call: Call<NoBody>) -> Result<tavola_api::revisions::RevisionPage, Error> {
            let id = $id(&call.context)?;
            let list = $room::revisions(&call.context.store, &call.actor, id, call.context.page()?).await;
            Ok(items::revision_page(list.map_err(items::refused_as($code))?))
        }
    };
    (@remove_revision $room:ident $id:ident) => {
        async fn remove_revision(call: Call<NoBody>) -> Result<NoBody, Error> {
            let id = $id(&call.context)?;
            let newest = || Error::new(ErrorCode::NEWEST_REVISION, "the newest revision cannot be removed");
            let number = items::revision(call.context.parameter(2))?.ok_or_else(newest)?;
            $room::remove_revision(&call.context.store, &call.actor, id, number).await?;
            Ok(NoBody)
        }
    };
    (@keychains $room:ident $id:ident) => {
        /// No password leaves this server, not even encrypted: a migration finds none.
        async fn download_keychain(
            call: Call<tavola_api::saved_credentials::Destination>,
        ) -> Result<tavola_api::keychains::ContentKeychains, Error> {
            $room::check_administered(&call.context.store, &call.actor, $id(&call.context)?).await?;
            Ok(tavola_api::keychains::ContentKeychains::default())
        }

        async fn upload_keychain(call: Call<tavola_api::keychains::ApplyKeychains>) -> Result<NoBody, Error> {
            $room::check_administered(&call.context.store, &call.actor, $id(&call.context)?).await?;
            $crate::saved_credentials::readable(&call.body.encrypted_keychain_list)
        }
    };
    (@tags $room:ident $id:ident) => {
        async fn add_tags(call: Call<tavola_api::tags::TagsMessage>) -> Result<tavola_api::tags::TagsMessage, Error> {
            let id = $id(&call.context)?;
            let labels = items::labels(call.body);
            let labels = $room::add_tags_to(&call.context.store, &call.actor, id, labels).await?;
            Ok(tavola_api::tags::TagsMessage { tags: items::tags(labels) })
        }

        async fn delete_tag(call: Call<NoBody>) -> Result<NoBody, Error> {
            let id = $id(&call.context)?;
            let label = items::unquoted(call.context.parameter(2));
            $room::remove_tag(&call.context.store, &call.actor, id, label).await?;
            Ok(NoBody)
        }
    };
}
pub(crate) use handlers;
