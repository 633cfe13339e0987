//! A session: a folder for the files of one question, and a connection that asks.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tempfile::TempDir;
use tokio::task::JoinHandle;
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
        Ok(Self { client, driver, socket, folder, limit, _in_use: in_use })
    }

    /// The folder for the files of this session: the engine reaches what is in it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
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

    async fn ask(&self, statement: &str) -> Result<Vec<SimpleQueryMessage>, Error> {
        let mut cancel = CancelUnlessDone { token: Some(self.client.cancel_token()), socket: &self.socket };
        let answer = tokio::time::timeout(self.limit, self.client.simple_query(statement)).await;
        let answer = answer.map_err(|_| Error::TimedOut(self.limit))?;
        cancel.token = None;
        answer.map_err(Error::from)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Tells the engine to give a statement up when nobody waits for it any more.
struct CancelUnlessDone<'a> {
    token: Option<CancelToken>,
    socket: &'a Path,
}

impl Drop for CancelUnlessDone<'_> {
    fn drop(&mut self) {
        let (Some(token), Ok(runtime)) = (self.token.take(), tokio::runtime::Handle::try_current()) else { return };
        let socket = self.socket.to_owned();
        runtime.spawn(async move {
            // An engine that is gone needs not be told.
            let Ok(stream) = process::connect(&socket).await else { return };
            if let Err(problem) = token.cancel_query_raw(stream, NoTls).await {
                tracing::warn!(%problem, "the engine was not told that nobody waits for its answer");
            }
        });
    }
}
