//! The rows of published extracts: appended by publishing, and changed by actions. Both make a new revision of a data source.
//!
//! The engine works on files in a folder of its own: the extract comes there out of the content, and goes back, alone or in
//! its package. None of it is ever whole in memory.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter},
    path::PathBuf,
    sync::Arc,
};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, stream};
use tavola_api::{
    ErrorCode,
    hyper_data::{self as wire, UpdateHyperData},
    jobs::JobMessage,
};
use tavola_engine::{
    Engine, Session,
    changes::{self, Change, Comparison, Condition, ConstantType, Operand, TableName},
};
use tavola_model::{ConnectionId, DatasourceId, JobType};
use tavola_store::{
    Store,
    content::{self, Blob, RandomRead, ReceiveError},
    datasources,
    hyper_data::{self, Changed},
    items::Base,
    uploads,
};
use tavola_workbook::{Content, DataSource, Kind, Limits, Package};
use tokio::{io::AsyncReadExt as _, sync::Semaphore};

use crate::{
    call::{Call, Context},
    error::Error,
    jobs, publishing,
    router::Routes,
};

/// How many extracts are changed at once: each takes space on the disk, and what the engine may have of the machine.
const MOST_CHANGES: usize = 2;
/// What is read or written of a file at once.
const BLOCK: usize = 256 * 1024;
/// The longest name of a request, in bytes.
const LONGEST_REQUEST_ID: usize = 256;

pub(crate) fn bind(routes: &mut Routes, extracts: &Extracts) {
    let of_datasource = extracts.clone();
    routes.on(wire::UPDATE, move |call| update(call, None, of_datasource.clone()));
    let extracts = extracts.clone();
    routes.on(wire::UPDATE_CONNECTION, move |call: Call<UpdateHyperData>| {
        let connection = call.context.id(2, Error::connection_not_found);
        let extracts = extracts.clone();
        async move { update(call, Some(connection?), extracts).await }
    });
}

async fn update(
    call: Call<UpdateHyperData>,
    connection: Option<ConnectionId>,
    extracts: Extracts,
) -> Result<JobMessage, Error> {
    let Call { actor, body, context } = call;
    let id: DatasourceId = context.id(1, Error::datasource_not_found)?;
    let store = &context.store;
    let request_id = request_id(&context)?;
    let before = match &request_id {
        Some(request) => hyper_data::find_job(store, &actor, id, request).await.map_err(refused)?,
        None => None,
    };
    if let Some(job) = before {
        return Ok(jobs::message(job));
    }
    extracts.require_engine()?;
    let connection = match connection {
        None => None,
        Some(wanted) => {
            let connections = datasources::connections(store, &actor, id).await?;
            let place = connections.iter().position(|connection| connection.id == wanted);
            Some(place.ok_or_else(|| Error::connection_not_found(&wanted.to_string()))?)
        }
    };
    let changes = body.actions.into_iter().map(change).collect::<Result<Vec<_>, _>>()?;
    if changes.is_empty() {
        return Err(Error::bad_request("there is no action in `actions`"));
    }
    let upload = publishing::named_upload(&context)?;
    let payload = match upload {
        Some(upload) => Some(uploads::finish(store, &actor, upload).await?),
        None if changes.iter().any(needs_rows) => {
            return Err(Error::bad_request(
                "an action takes rows from a file, and `uploadSessionId` names no upload that brought one",
            ));
        }
        None => None,
    };
    let rows = Arc::new(Rows::Changed { changes, payload, connection });
    let at_work = store.clone();
    let make = move |base: Base| {
        let (store, rows, extracts) = (at_work.clone(), rows.clone(), extracts.clone());
        async move { Ok::<_, Error>(Changed { blob: extracts.change(&store, &base, &rows).await?, upload }) }
    };
    let job = hyper_data::change_as_job(store, &actor, id, JobType::UpdateUploadedFile, request_id, make).await;
    Ok(jobs::message(job.map_err(refused)?))
}

/// What a request is called by who sends it.
fn request_id(context: &Context) -> Result<Option<String>, Error> {
    match context.request_id.as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) if text.len() > LONGEST_REQUEST_ID => {
            Err(Error::bad_request(format!("the header `RequestID` is longer than {LONGEST_REQUEST_ID} characters")))
        }
        Some(text) => Ok(Some(text.to_owned())),
    }
}

fn refused(problem: tavola_store::Error) -> Error {
    crate::items::refused_as(ErrorCode::DATASOURCE_FIXED)(problem)
}

fn needs_rows(change: &Change) -> bool {
    !matches!(change, Change::Delete { source: None, .. })
}

/// An action as the engine takes it.
fn change(action: wire::Action) -> Result<Change, Error> {
    let wire::Action { action, target_schema, target_table, source_schema, source_table, condition } = action;
    let missing = |what: &str| Error::bad_request(format!("an action `{action}` needs `{what}`"));
    let table = |schema: Option<String>, table: Option<String>| {
        table.filter(|table| !table.is_empty()).map(|table| TableName { schema, table })
    };
    let target = table(target_schema, target_table).ok_or_else(|| missing("target-table"))?;
    let source = table(source_schema, source_table);
    let rows = || source.clone().ok_or_else(|| missing("source-table"));
    let condition = condition.map(self::condition).transpose()?;
    let wanted = || condition.clone().ok_or_else(|| missing("condition"));
    Ok(match action.to_ascii_lowercase().as_str() {
        "insert" => Change::Insert { target, source: rows()? },
        "replace" => Change::Replace { target, source: rows()? },
        "update" => Change::Update { target, source: rows()?, condition: wanted()? },
        "upsert" => Change::Upsert { target, source: rows()?, condition: wanted()? },
        "delete" => Change::Delete { target, condition: wanted()?, source },
        _ => {
            let detail = format!("`{action}` is none of the actions insert, update, upsert, delete, replace");
            return Err(Error::bad_request(detail));
        }
    })
}

fn condition(asked: wire::Condition) -> Result<Condition, Error> {
    let wire::Condition { op, args, target_col, source_col, constant } = asked;
    let op = op.to_ascii_lowercase();
    let comparison = match op.as_str() {
        "and" | "or" | "not" => {
            if target_col.is_some() || source_col.is_some() || constant.is_some() {
                return Err(Error::bad_request(format!("a condition `{op}` is about `args` alone")));
            }
            let mut args = args.into_iter().map(condition).collect::<Result<Vec<_>, _>>()?;
            return match (op.as_str(), args.len()) {
                (_, 0) => Err(Error::bad_request(format!("a condition `{op}` has no `args`"))),
                ("and", _) => Ok(Condition::And(args)),
                ("or", _) => Ok(Condition::Or(args)),
                (_, 1) => Ok(Condition::Not(Box::new(args.remove(0)))),
                _ => Err(Error::bad_request("a condition `not` has one of `args`")),
            };
        }
        "eq" | "=" => Comparison::Equal,
        "neq" | "ne" | "<>" | "!=" => Comparison::NotEqual,
        "lt" | "<" => Comparison::Less,
        "lte" | "le" | "<=" => Comparison::LessOrEqual,
        "gt" | ">" => Comparison::Greater,
        "gte" | "ge" | ">=" => Comparison::GreaterOrEqual,
        "is" => Comparison::Is,
        "is-not" => Comparison::IsNot,
        _ => return Err(Error::bad_request(format!("a condition's `op` cannot be `{op}`"))),
    };
    let constant = constant.map(self::constant).transpose()?;
    let operands = [target_col.map(Operand::Target), source_col.map(Operand::Source), constant];
    let operands: Vec<Operand> = operands.into_iter().flatten().collect();
    match <[Operand; 2]>::try_from(operands) {
        Ok([left, right]) if args.is_empty() => Ok(Condition::Compare(comparison, left, right)),
        _ => Err(Error::bad_request(format!(
            "a condition `{op}` compares two of `target-col`, `source-col` and `const`, in this order"
        ))),
    }
}

fn constant(asked: wire::Constant) -> Result<Operand, Error> {
    let wire::Constant { constant_type, v } = asked;
    let constant = match constant_type.to_ascii_lowercase().as_str() {
        "string" | "text" => ConstantType::Text,
        "integer" | "int" | "bigint" => ConstantType::Integer,
        "double" | "real" | "float" | "number" => ConstantType::Double,
        "boolean" | "bool" => ConstantType::Boolean,
        "date" => ConstantType::Date,
        "datetime" | "timestamp" => ConstantType::Timestamp,
        "datetime-tz" | "datetimetz" | "timestamptz" | "timestamp-tz" => ConstantType::TimestampTz,
        "time" => ConstantType::Time,
        _ => return Err(Error::bad_request(format!("the `type` of a constant cannot be `{constant_type}`"))),
    };
    Ok(Operand::Constant(constant, v))
}

/// What becomes of the rows of an extract.
pub(crate) enum Rows {
    /// Those of a published file are added.
    Appended(Blob),
    /// They are changed, with those of an uploaded file.
    Changed {
        changes: Vec<Change>,
        payload: Option<Blob>,
        /// Which connection of the data source is meant, by its place.
        connection: Option<usize>,
    },
}

/// What changes extracts.
#[derive(Clone)]
pub(crate) struct Extracts {
    engine: Engine,
    places: Arc<Semaphore>,
}

impl Extracts {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, places: Arc::new(Semaphore::new(MOST_CHANGES)) }
    }

    /// Refuses what needs an engine where there is none, before a file is sent.
    pub(crate) fn require_engine(&self) -> Result<(), Error> {
        if self.engine.is_installed() { Ok(()) } else { Err(of_engine(tavola_engine::Error::NotInstalled)) }
    }

    /// What the file of a data source is with other rows.
    pub(crate) async fn change(&self, store: &Store, base: &Base, rows: &Rows) -> Result<Blob, Error> {
        let _place = self.places.acquire().await.map_err(Error::unexpected)?;
        let session = self.engine.session().await.map_err(of_engine)?;
        let (source, connection) = match rows {
            Rows::Appended(file) => (Some(file), None),
            Rows::Changed { payload, connection, .. } => (payload.as_ref(), *connection),
        };
        let source = match source {
            Some(file) => Some(Unpacked::new(store, file, &session, "source.hyper", None, "the file").await?),
            None => None,
        };
        let source = source.as_ref().map(|source| source.extract.as_path());
        let whose = "the data source";
        let target = Unpacked::new(store, &base.file.blob, &session, "target.hyper", connection, whose).await?;
        match (rows, source) {
            (Rows::Appended(_), Some(source)) => changes::append(&session, &target.extract, source).await,
            (Rows::Changed { changes, .. }, source) => changes::apply(&session, &target.extract, source, changes).await,
            (Rows::Appended(_), None) => return Err(Error::unexpected("rows are appended without a file")),
        }
        .map_err(of_engine)?;
        let file = target.packed(&session).await?;
        let file = tokio::fs::File::open(file).await.map_err(Error::unavailable)?;
        content::receive(store, bytes_of(file), u64::MAX).await.map_err(|problem| match problem {
            ReceiveError::Stream(cause) => Error::unavailable(cause),
            ReceiveError::Store(problem) => problem.into(),
        })
    }
}

/// The error of an engine that did not do its part, or of data that do not fit.
pub(crate) fn of_engine(problem: tavola_engine::Error) -> Error {
    use tavola_engine::Error as Problem;
    let words = problem.to_string();
    match problem {
        Problem::NotInstalled => Error::new(ErrorCode::FEATURE_DISABLED, words),
        Problem::Refused(_) | Problem::Unfit(_) => Error::new(ErrorCode::PUBLISH_FAILED, words),
        Problem::Start(_) | Problem::Lost | Problem::TimedOut(_) => {
            Error::new(ErrorCode::UNAVAILABLE, words).retry_after(5)
        }
        Problem::Io(cause) => {
            Error::new(ErrorCode::UNAVAILABLE, "the engine's files cannot be written").caused_by(cause)
        }
    }
}

type Opened = Package<BufReader<RandomRead>>;

/// An extract in a session's folder, and where it came from.
struct Unpacked {
    extract: PathBuf,
    /// The package that it lies in, and its name there; none where it is the file itself.
    package: Option<(Opened, String)>,
}

impl Unpacked {
    /// Takes the extract of a file into the session's folder.
    async fn new(
        store: &Store,
        file: &Blob,
        session: &Session,
        name: &str,
        connection: Option<usize>,
        whose: &'static str,
    ) -> Result<Self, Error> {
        let reader = content::random_read(store, file).await?;
        let extract = session.folder().join(name);
        let to = extract.clone();
        let package = on_thread(move || {
            let reader = BufReader::with_capacity(BLOCK, reader);
            let mut package = tavola_workbook::open(reader, Limits::default()).map_err(unreadable(whose))?;
            let inside = match (package.kind(), package.content()) {
                (Kind::Extract, _) => None,
                (Kind::PackagedDataSource, Content::DataSource(source)) => {
                    Some(find_extract(source, connection, whose)?)
                }
                _ => return Err(no_extract(whose)),
            };
            let mut file = File::create(&to).map_err(Error::unavailable)?;
            match inside {
                Some(inside) => {
                    let mut reader = package.read(&inside).map_err(unreadable(whose))?;
                    copy(&mut reader, &mut file, whose)?;
                    drop(reader);
                    Ok(Some((package, inside)))
                }
                None => {
                    let mut reader = package.into_inner();
                    io::Seek::rewind(&mut reader).map_err(Error::unavailable)?;
                    copy(&mut reader, &mut file, whose)?;
                    Ok(None)
                }
            }
        });
        Ok(Self { extract, package: package.await? })
    }

    /// The file with the extract as it is now, of the kind that it was.
    async fn packed(self, session: &Session) -> Result<PathBuf, Error> {
        let Some((mut package, inside)) = self.package else { return Ok(self.extract) };
        let to = session.folder().join("packed");
        let packed = to.clone();
        on_thread(move || {
            let mut extract = File::open(&self.extract).map_err(Error::unavailable)?;
            let size = extract.metadata().map_err(Error::unavailable)?.len();
            let to = BufWriter::with_capacity(BLOCK, File::create(&to).map_err(Error::unavailable)?);
            let to = package.repack(&inside, &mut extract, size, to).map_err(unreadable("the data source"))?;
            to.into_inner().map(drop).map_err(|problem| Error::unavailable(problem.into_error()))
        })
        .await?;
        Ok(packed)
    }
}

async fn on_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T, Error> + Send + 'static) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await.map_err(Error::unexpected)?
}

/// Copies all of it. What cannot be read because it is damaged is told from what cannot be written.
fn copy(from: &mut dyn io::Read, to: &mut File, whose: &'static str) -> Result<(), Error> {
    io::copy(from, to).map(drop).map_err(|cause| {
        let damaged = cause.get_ref().and_then(|inner| inner.downcast_ref::<tavola_workbook::Error>());
        match damaged {
            Some(problem) => Error::new(ErrorCode::PUBLISH_FAILED, format!("{whose} cannot be read: {problem}")),
            None => Error::unavailable(cause),
        }
    })
}

fn unreadable(whose: &'static str) -> impl Fn(tavola_workbook::Error) -> Error {
    move |problem| match problem {
        tavola_workbook::Error::Io(cause) => Error::unavailable(cause),
        problem => Error::new(ErrorCode::PUBLISH_FAILED, format!("{whose} cannot be read: {problem}")),
    }
}

fn no_extract(whose: &str) -> Error {
    Error::new(
        ErrorCode::PUBLISH_FAILED,
        format!("{whose} has no extract: rows lie in a .hyper file, alone or in a .tdsx"),
    )
}

/// The name of the extract in a data source's package: the extract that stands for its connections, or the Hyper file that
/// one of them leads to.
fn find_extract(source: &DataSource, connection: Option<usize>, whose: &'static str) -> Result<String, Error> {
    if let Some(extract) = source.extract.as_ref().filter(|extract| extract.enabled) {
        return extract.file().ok_or_else(|| no_extract(whose));
    }
    let of_place = |place: &usize| connection.is_none_or(|wanted| wanted == *place);
    let mut files = source.connections.iter().enumerate().filter_map(|(place, connection)| {
        let file = connection.file().filter(|_| connection.class == "hyper" && of_place(&place))?;
        Some(file)
    });
    match (files.next(), files.next()) {
        (Some(file), None) => Ok(file),
        (None, _) => Err(no_extract(whose)),
        (Some(_), Some(_)) => Err(Error::new(
            ErrorCode::SEVERAL_CONNECTIONS,
            "the data source has several connections to Hyper files: the path of one of them says which is meant",
        )),
    }
}

/// A file as a stream of blocks.
fn bytes_of(file: tokio::fs::File) -> impl Stream<Item = io::Result<Bytes>> + Send {
    stream::try_unfold(file, |mut file| async move {
        let mut block = BytesMut::with_capacity(BLOCK);
        let length = file.read_buf(&mut block).await?;
        Ok((length > 0).then(|| (block.freeze(), file)))
    })
}
