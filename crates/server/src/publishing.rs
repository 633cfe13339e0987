//! Publishing: a file comes in, in one request or in blocks before it, is read for what it is, and becomes content.
//!
//! The rooms of content say what they make of it. What goes wrong before their transaction leaves nothing: bytes that no
//! room takes over are deleted.

use std::{collections::HashSet, future::Future, io::BufReader, sync::Arc};

use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use tavola_api::{
    ErrorCode, Secret,
    connections::{Connection, ConnectionCredentials, Connections},
    file_uploads::UploadSessionId,
    projects::{Location, Project},
};
use tavola_model::{ContentKind, ContentName, UploadId};
use tavola_store::{
    Actor, Store,
    content::{self, Blob, RandomRead, ReceiveError},
    items::{Destination, NewConnection},
    sessions, uploads,
};
use tavola_workbook::{DataSource, Limits, Package};
use tokio::sync::Semaphore;

use crate::{
    call::{self, Call, Context},
    error::Error,
    items,
    multipart::FileBody,
};

/// How many files are read at once: each may fill the memory that its limits allow.
const MOST_READERS: usize = 2;
/// What is read of a file at once.
const READ: usize = 64 * 1024;

/// How a kind of content is published.
pub(crate) struct Publishing {
    /// The parameter that tells the type of a file that came in blocks.
    pub(crate) type_parameter: &'static str,
    /// The endings of the names of such files; none where names and types do not matter.
    pub(crate) types: &'static [&'static str],
    /// The error of a file whose name or type is none of these.
    pub(crate) wrong_type: ErrorCode,
    /// The error of a file that came in blocks, of which that is true.
    pub(crate) wrong_uploaded_type: ErrorCode,
    /// The error of a file that is not what it is called, or damaged.
    pub(crate) failed: ErrorCode,
}

/// A file that was received whole, with what was said of it.
pub(crate) struct Received<T> {
    /// Who publishes, as they are now that the file is there: it may have taken hours.
    pub(crate) actor: Actor,
    pub(crate) message: T,
    pub(crate) blob: Blob,
    /// The upload that it came by.
    pub(crate) upload: Option<UploadId>,
    /// The type that its name or the query says it is of; `""` for none.
    pub(crate) declared: String,
}

impl Publishing {
    /// Receives the file. `check` looks at the message, and may refuse before anything of the file is read, if the message
    /// comes first, as clients send it.
    pub(crate) async fn receive<T, F, Fut>(&self, call: &mut Call<FileBody<T>>, check: F) -> Result<Received<T>, Error>
    where
        T: DeserializeOwned + Clone + Send,
        F: Fn(Store, Actor, T) -> Fut,
        Fut: Future<Output = Result<(), Error>>,
    {
        let (store, actor) = (call.context.store.clone(), call.actor.clone());
        let mut noted = store.clock().now();
        let early = call.body.message().await?.cloned();
        if let Some(message) = &early {
            check(store.clone(), actor.clone(), message.clone()).await?;
        }
        let uploaded = self.upload(&call.context)?;
        let declared;
        let blob = if let Some((upload, of_type)) = uploaded.clone() {
            declared = of_type;
            if call.body.file().await?.is_some() {
                return Err(Error::bad_request("there is a file beside `uploadSessionId`, which names another"));
            }
            uploads::finish(&store, &actor, upload).await?
        } else {
            let name = call.body.file().await?.and_then(|head| head.file_name.clone());
            declared = self.check_name(name.as_deref())?;
            // A file that is on its way for hours is a session in use.
            let bytes = call.body.bytes().inspect(|_| {
                let now = store.clock().now();
                if now.since(noted) >= sessions::TOUCHED_EVERY {
                    sessions::note_use(&store, &actor);
                    noted = now;
                }
            });
            match content::receive(&store, bytes, u64::MAX).await {
                Ok(blob) => blob,
                Err(ReceiveError::Stream(problem)) => return Err(problem),
                Err(ReceiveError::Store(problem)) => return Err(problem.into()),
            }
        };
        let message = call.body.message().await?.cloned();
        let message =
            message.ok_or_else(|| Error::bad_request("the part `request_payload` with the message is missing"))?;
        let actor = call::still(&store, &actor).await?;
        if early.is_none() {
            check(store, actor.clone(), message.clone()).await?;
        }
        Ok(Received { actor, message, blob, upload: uploaded.map(|(id, _)| id), declared })
    }

    /// The upload that the query names, and its type.
    fn upload(&self, context: &Context) -> Result<Option<(UploadId, String)>, Error> {
        let Some(id) = named_upload(context)? else { return Ok(None) };
        if self.types.is_empty() {
            return Ok(Some((id, String::new())));
        }
        let given = context.query.get(self.type_parameter).unwrap_or_default().trim().to_ascii_lowercase();
        if !self.types.contains(&given.as_str()) {
            let detail = format!(
                "a file that came in blocks needs the parameter `{}`, one of {}",
                self.type_parameter,
                self.types.join(", ")
            );
            return Err(Error::new(self.wrong_uploaded_type, detail));
        }
        Ok(Some((id, given)))
    }

    /// What a file is, is told by its content; but one that is called something else was sent by mistake.
    fn check_name(&self, name: Option<&str>) -> Result<String, Error> {
        let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(String::new()) };
        let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).unwrap_or_default();
        if self.types.is_empty() || self.types.contains(&ending.as_str()) {
            return Ok(ending);
        }
        let detail = format!("the file `{name}` has none of the endings {}", self.types.join(", "));
        Err(Error::new(self.wrong_type, detail))
    }
}

/// The upload that the query names.
pub(crate) fn named_upload(context: &Context) -> Result<Option<UploadId>, Error> {
    let Some(text) = context.query.get("uploadSessionId").filter(|text| !text.is_empty()) else { return Ok(None) };
    let unknown = || Error::new(ErrorCode::UPLOAD_NOT_FOUND, format!("Upload session '{text}' could not be found."));
    let UploadSessionId(id) = text.parse().map_err(|_| unknown())?;
    Ok(Some(id))
}

/// Where a file is to be published, as a message says.
pub(crate) fn destination(
    name: Option<String>,
    project: Option<&Project>,
    location: Option<&Location>,
    overwrite: bool,
) -> Result<Destination, Error> {
    let name: ContentName = name.ok_or_else(|| Error::bad_request("what is published needs a name"))?.parse()?;
    Ok(Destination { project_id: items::place(project, location)?, name, overwrite })
}

/// Reads files, a few at a time.
#[derive(Clone)]
pub(crate) struct Reader(Arc<Semaphore>);

impl Reader {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(MOST_READERS)))
    }

    /// Opens a file and takes from it what `take` says, on a thread that may wait.
    pub(crate) async fn read<T, F>(&self, store: &Store, blob: &Blob, failed: ErrorCode, take: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&mut Package<BufReader<RandomRead>>) -> Result<T, Error> + Send + 'static,
    {
        self.read_any(store, blob, move |opened| take(&mut opened.map_err(|problem| unreadable(failed, problem))?))
            .await
    }

    /// The same, also where the file is none of Tableau's.
    pub(crate) async fn read_any<T, F>(&self, store: &Store, blob: &Blob, take: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(Opened) -> Result<T, Error> + Send + 'static,
    {
        let _place = self.0.acquire().await.map_err(Error::unexpected)?;
        let reader = content::random_read(store, blob).await?;
        let reading = tokio::task::spawn_blocking(move || {
            take(tavola_workbook::open(BufReader::with_capacity(READ, reader), Limits::default()))
        });
        reading.await.map_err(Error::unexpected)?
    }
}

/// A file, or why it is none that can be read.
pub(crate) type Opened = Result<Package<BufReader<RandomRead>>, tavola_workbook::Error>;

/// The error of a file that cannot be read.
pub(crate) fn unreadable(failed: ErrorCode, problem: tavola_workbook::Error) -> Error {
    match problem {
        tavola_workbook::Error::Io(cause) => Error::unavailable(cause),
        problem => Error::new(failed, format!("There was a problem publishing the file: {problem}.")),
    }
}

/// The error of one who may not publish there, or not under that name.
pub(crate) fn refused(problem: tavola_store::Error) -> Error {
    use tavola_store::Taken;
    match problem {
        tavola_store::Error::Forbidden(_)
        | tavola_store::Error::AlreadyExists(Taken::ContentName(ContentKind::Datasource, _)) => {
            Error::new(ErrorCode::PUBLISH_REFUSED, problem.to_string())
        }
        problem => problem.into(),
    }
}

/// Whether a data source has an extract that it uses.
pub(crate) fn has_extract(source: &DataSource) -> bool {
    source.extract.as_ref().is_some_and(|extract| extract.enabled)
}

/// The connections of a file's data sources, with the credentials that came beside it.
pub(crate) fn connections(sources: &[DataSource], given: &Given) -> Vec<NewConnection> {
    let mut places = HashSet::new();
    let mut connections = Vec::new();
    for source in sources {
        for (number, connection) in source.connections.iter().enumerate() {
            let named = connection.name.clone().unwrap_or_else(|| format!("{} {number}", connection.class));
            let mut place = format!("{}/{named}", source.name);
            while !places.insert(place.clone()) {
                place.push('+');
            }
            let mut new = new_connection(connection, place, source.shown_name());
            given.apply(&mut new);
            connections.push(new);
        }
    }
    connections
}

/// The connections of a flow.
pub(crate) fn flow_connections(connections: &[tavola_workbook::Connection], given: &Given) -> Vec<NewConnection> {
    let new = connections.iter().map(|connection| {
        let place = connection.name.clone().unwrap_or_default();
        let mut new = new_connection(connection, place, connection.caption.as_deref().unwrap_or_default());
        given.apply(&mut new);
        new
    });
    new.collect()
}

fn new_connection(connection: &tavola_workbook::Connection, place: String, source_name: &str) -> NewConnection {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    NewConnection {
        place,
        source_name: source_name.to_owned(),
        connection_type: connection.class.clone(),
        server_address: text(&connection.server),
        server_port: text(&connection.port),
        database_name: text(&connection.database),
        user_name: text(&connection.username),
        password: None,
        authentication_type: text(&connection.authentication),
    }
}

/// Credentials that a publishing message has: for its one connection, or for those of an address.
#[derive(Default)]
pub(crate) struct Given {
    all: Option<Credentials>,
    by_address: Vec<(String, Option<String>, Credentials)>,
}

#[derive(Clone, Default)]
struct Credentials {
    name: Option<String>,
    password: Option<Secret>,
}

impl Given {
    pub(crate) fn new(all: Option<ConnectionCredentials>, connections: Option<Connections>) -> Self {
        let by_address = connections.unwrap_or_default().connection.into_iter().filter_map(|connection| {
            let Connection { server_address, server_port, user_name, password, connection_credentials, .. } =
                connection;
            let mut credentials = connection_credentials.map(Credentials::from).unwrap_or_default();
            credentials.name = credentials.name.or(user_name);
            credentials.password = credentials.password.or(password);
            let port = server_port.map(|port| port.to_string()).filter(|port| !port.is_empty());
            Some((server_address?, port, credentials))
        });
        Self { all: all.map(Credentials::from), by_address: by_address.collect() }
    }

    fn apply(&self, connection: &mut NewConnection) {
        // A connection to a file has nobody to sign in to.
        if connection.server_address.is_empty() {
            return;
        }
        let of_address = self.by_address.iter().find(|(address, port, _)| {
            address.eq_ignore_ascii_case(&connection.server_address)
                && port.as_ref().is_none_or(|port| *port == connection.server_port)
        });
        let Some(credentials) = of_address.map(|(_, _, credentials)| credentials).or(self.all.as_ref()) else { return };
        if let Some(name) = &credentials.name {
            name.clone_into(&mut connection.user_name);
        }
        connection.password = credentials.password.as_ref().map(|password| password.expose().to_owned());
    }
}

impl From<ConnectionCredentials> for Credentials {
    fn from(credentials: ConnectionCredentials) -> Self {
        let ConnectionCredentials { name, password, embed, o_auth: _ } = credentials;
        // Without `embed` whoever looks is asked for the password.
        let embed = embed.is_none_or(|embed| embed.0);
        Self { name, password: password.filter(|_| embed) }
    }
}
