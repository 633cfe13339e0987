//! A session: a folder for the files of one question, and a connection that asks.

use std::{
    path::{Path, PathBuf},
    pin::pin,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{SinkExt as _, Stream, StreamExt as _};
use tempfile::TempDir;
use tokio::{
    task::JoinHandle,
    time::{Instant, timeout_at},
};
use tokio_postgres::{CancelToken, Client, Config, NoTls, SimpleQueryMessage};

use crate::{Error, Use, process, sql};

/// How a database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// To be read. Several sessions may.
    Read,
    /// To be changed. Nobody else has it meanwhile.
    Write,
}

/// A row of an answer: each value as text, none for NULL.
pub type Row = Vec<Option<String>>;

/// A session with the engine. Its folder goes with it, and so does what it is in the middle of.
pub struct Session {
    client: Client,
    driver: JoinHandle<()>,
    socket: PathBuf,
    folder: TempDir,
    limit: Duration,
    /// Whether a statement was given up in the middle.
    given_up: AtomicBool,
    _in_use: Use,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Session {
    pub(crate) async fn open(in_use: Use, limit: Duration) -> Result<Self, Error> {
        let socket = in_use.socket().to_owned();
        let stream = process::connect(&socket).await.map_err(|_| Error::Lost)?;
        let (client, connection) = Config::new().user(process::USER).connect_raw(stream, NoTls).await?;
        let driver = tokio::spawn(async move {
            if let Err(problem) = connection.await {
                tracing::debug!(%problem, "a connection to the engine ended");
            }
        });
        let folder = tempfile::Builder::new().prefix("q").tempdir_in(in_use.scratch())?;
        Ok(Self { client, driver, socket, folder, limit, given_up: AtomicBool::new(false), _in_use: in_use })
    }

    /// The folder for the files of this session: the engine reaches what is in it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether it can be asked again: no statement was given up in the middle, of which the end could take the next one with it.
    pub fn is_whole(&self) -> bool {
        !self.given_up.load(Ordering::Acquire) && !self.client.is_closed()
    }

    /// Opens the database of a file, under a name by which statements call it.
    pub async fn attach(&self, file: &Path, name: &str, access: Access) -> Result<(), Error> {
        let file = sql::identifier(&file.display().to_string());
        let name = sql::identifier(name);
        let with = match access {
            Access::Read => " with (access_mode = 'readonly')",
            Access::Write => "",
        };
        self.execute(&format!("attach database {file} as {name}{with}")).await
    }

    /// Closes a database. What was changed is in its file then.
    pub async fn detach(&self, name: &str) -> Result<(), Error> {
        self.execute(&format!("detach database {}", sql::identifier(name))).await
    }

    /// Does one statement. What stands in it from outside was quoted by [`crate::sql`].
    pub async fn execute(&self, statement: &str) -> Result<(), Error> {
        self.ask(statement).await.map(drop)
    }

    /// Asks for rows, which are held in memory: for few of them.
    pub async fn rows(&self, query: &str) -> Result<Vec<Row>, Error> {
        let messages = self.ask(query).await?;
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => {
                Some((0..row.len()).map(|place| row.get(place).map(str::to_owned)).collect())
            }
            _ => None,
        });
        Ok(rows.collect())
    }

    /// Fills a table with lines of comma-separated values: an empty field is NULL, a quoted empty one an empty text.
    /// Returns how many rows came.
    pub async fn copy_in(
        &self,
        table: &str,
        lines: impl Stream<Item = Result<Bytes, Error>> + Send,
    ) -> Result<u64, Error> {
        let deadline = self.deadline();
        let mut cancel = self.cancel_unless_done();
        let statement = format!("copy {table} from stdin with (format => 'csv')");
        let copying = async {
            let sink = self.client.copy_in::<_, Bytes>(&statement).await?;
            let (mut sink, mut lines) = (pin!(sink), pin!(lines));
            while let Some(bytes) = lines.next().await {
                sink.feed(bytes?).await?;
            }
            Ok(sink.finish().await?)
        };
        let copied = deadline.keep(copying).await?;
        cancel.is_done();
        copied
    }

    async fn ask(&self, statement: &str) -> Result<Vec<SimpleQueryMessage>, Error> {
        let mut cancel = self.cancel_unless_done();
        let answer = self.deadline().keep(self.client.simple_query(statement)).await?;
        cancel.is_done();
        answer.map_err(Error::from)
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// How long what begins now may take.
    pub(crate) fn deadline(&self) -> Deadline {
        Deadline { at: Instant::now() + self.limit, limit: self.limit }
    }

    pub(crate) fn cancel_unless_done(&self) -> CancelUnlessDone<'_> {
        CancelUnlessDone { token: Some(self.client.cancel_token()), session: self }
    }
}

/// When a statement is given up.
pub(crate) struct Deadline {
    at: Instant,
    limit: Duration,
}

impl Deadline {
    /// Waits no longer than this.
    pub(crate) async fn keep<T>(&self, what: impl Future<Output = T>) -> Result<T, Error> {
        timeout_at(self.at, what).await.map_err(|_| Error::TimedOut(self.limit))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Tells the engine to give a statement up when nobody waits for it any more.
pub(crate) struct CancelUnlessDone<'a> {
    token: Option<CancelToken>,
    session: &'a Session,
}

impl CancelUnlessDone<'_> {
    pub(crate) fn is_done(&mut self) {
        self.token = None;
    }
}

impl Drop for CancelUnlessDone<'_> {
    fn drop(&mut self) {
        let Some(token) = self.token.take() else { return };
        self.session.given_up.store(true, Ordering::Release);
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let socket = self.session.socket.clone();
        runtime.spawn(async move {
            // An engine that is gone needs not be told.
            let Ok(stream) = process::connect(&socket).await else { return };
            if let Err(problem) = token.cancel_query_raw(stream, NoTls).await {
                tracing::warn!(%problem, "the engine was not told that nobody waits for its answer");
            }
        });
    }
}
