//! Hyper, the engine of Tableau's own extracts, as a managed child process.
//!
//! [`Engine`] is the door. Nothing is started until the first [`Engine::session`]; there is one process for all sessions,
//! it is started anew when it died, and ended when nobody has asked for a while. It reaches its own folders alone, where
//! the system can do that, and it ends when this process does, in whatever way. Sessions have a folder each: who asks about
//! files puts them there.
//!
//! [`Installation`] brings the program. [`changes`] changes the rows of an extract.
//!
//! This crate knows Hyper and nothing of ours. It runs on systems with domain sockets; elsewhere every session is
//! [`Error::NotInstalled`].
#![warn(missing_docs)]

mod batches;
pub mod changes;
mod error;
mod install;
#[cfg_attr(not(unix), path = "no_process.rs")]
mod process;
#[cfg(unix)]
mod sandbox;
mod session;
pub mod sql;
mod tables;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::{Mutex, watch},
    task::JoinHandle,
};

pub use arrow_array as array;
pub use arrow_schema as schema;
pub use batches::Batches;
pub use error::Error;
pub use install::{InstallError, Installation, PACKAGE, VERSION};
use process::Process;
pub use session::{Access, Row, Session};
pub use tables::{Column, Table, tables};

/// How an engine is kept.
#[derive(Debug, Clone)]
pub struct Config {
    /// The program; none where there is none.
    pub program: Option<PathBuf>,
    /// The folder of its files and logs. Made when it is started.
    pub folder: PathBuf,
    /// How long it is kept when nobody asks.
    pub idle: Duration,
    /// How long a statement may take.
    pub statement_limit: Duration,
}

impl Config {
    /// The usual times: ten minutes idle, an hour for a statement.
    pub fn new(program: Option<PathBuf>, folder: impl Into<PathBuf>) -> Self {
        Self {
            program,
            folder: folder.into(),
            idle: Duration::from_secs(10 * 60),
            statement_limit: Duration::from_secs(60 * 60),
        }
    }
}

/// The engine of a server. Clones are the same one.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    config: Config,
    running: Mutex<Option<Running>>,
    /// Dropped with this, or set: the process ends.
    stop: watch::Sender<bool>,
}

struct Running {
    process: Arc<Shared>,
    supervisor: JoinHandle<()>,
}

/// What sessions know of their process.
struct Shared {
    id: Option<u32>,
    socket: PathBuf,
    scratch: PathBuf,
    state: watch::Sender<State>,
}

#[derive(Clone, Copy)]
struct State {
    sessions: usize,
    /// No session begins any more.
    ended: bool,
}

impl Shared {
    /// A share in the process, unless it ends.
    fn join(self: &Arc<Self>) -> Option<Use> {
        let joined = self.state.send_if_modified(|state| {
            if !state.ended {
                state.sessions += 1;
            }
            !state.ended
        });
        joined.then(|| Use(self.clone()))
    }

    /// Lets no session begin any more, if there is none.
    fn end_unused(&self) -> bool {
        self.state.send_if_modified(|state| {
            state.ended |= state.sessions == 0;
            state.ended
        })
    }

    fn end(&self) {
        self.state.send_modify(|state| state.ended = true);
    }
}

/// A session's share in a process, which is not ended meanwhile.
struct Use(Arc<Shared>);

impl Use {
    fn socket(&self) -> &Path {
        &self.0.socket
    }

    fn scratch(&self) -> &Path {
        &self.0.scratch
    }
}

impl Drop for Use {
    fn drop(&mut self) {
        self.0.state.send_modify(|state| state.sessions -= 1);
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("config", &self.0.config).finish_non_exhaustive()
    }
}

impl Engine {
    /// An engine that is started when it is first asked.
    pub fn new(config: Config) -> Self {
        Self(Arc::new(Inner { config, running: Mutex::new(None), stop: watch::Sender::new(false) }))
    }

    /// Whether there is a program to be started.
    pub fn is_installed(&self) -> bool {
        self.0.config.program.is_some()
    }

    /// A session, of a process that is started if need be.
    pub async fn session(&self) -> Result<Session, Error> {
        let in_use = self.0.running().await?;
        match Session::open(in_use, self.0.config.statement_limit).await {
            // It died since it was last heard of, which its supervisor has yet to see.
            Err(Error::Lost) => {}
            session => return session,
        }
        self.0.forget_dead().await;
        Session::open(self.0.running().await?, self.0.config.statement_limit).await
    }

    /// Ends the process, if one runs. It is not started again.
    pub async fn stop(&self) {
        self.0.stop.send_replace(true);
        let running = self.0.running.lock().await.take();
        if let Some(running) = running
            && let Err(problem) = running.supervisor.await
        {
            tracing::error!(%problem, "the supervisor of the engine broke off");
        }
    }

    /// The process's id, if one runs.
    pub async fn process_id(&self) -> Option<u32> {
        self.0.running.lock().await.as_ref()?.process.id
    }
}

impl Inner {
    async fn running(&self) -> Result<Use, Error> {
        let mut slot = self.running.lock().await;
        if let Some(joined) = slot.as_ref().and_then(|running| running.process.join()) {
            return Ok(joined);
        }
        let program = self.config.program.as_ref().ok_or(Error::NotInstalled)?;
        if *self.stop.borrow() {
            return Err(Error::Start("the server is ending".to_owned()));
        }
        let process = Process::start(program, &self.config.folder).await?;
        let shared = Arc::new(Shared {
            id: process.id(),
            socket: process.socket.clone(),
            scratch: process.scratch.path().to_owned(),
            state: watch::Sender::new(State { sessions: 1, ended: false }),
        });
        let supervisor = tokio::spawn(supervise(process, shared.clone(), self.config.idle, self.stop.subscribe()));
        *slot = Some(Running { process: shared.clone(), supervisor });
        Ok(Use(shared))
    }

    /// Gives up a process that does not answer.
    async fn forget_dead(&self) {
        if let Some(running) = self.running.lock().await.take() {
            running.process.end();
        }
    }
}

/// Keeps a process until it ends, is to be ended, or nobody has used it for a while.
async fn supervise(mut process: Process, shared: Arc<Shared>, idle: Duration, mut stop: watch::Receiver<bool>) {
    let mut state = shared.state.subscribe();
    let mut watched = shared.state.subscribe();
    let unused = async {
        loop {
            // The sender is held by `shared`, so that waiting does not fail.
            let _ = state.wait_for(|state| state.sessions == 0).await;
            tokio::select! {
                () = tokio::time::sleep(idle) => {
                    if shared.end_unused() {
                        return;
                    }
                }
                _ = state.wait_for(|state| state.sessions > 0) => {}
            }
        }
    };
    tokio::select! {
        status = process.ended() => tracing::warn!(status, "the engine for extracts ended by itself"),
        () = unused => tracing::debug!("the engine for extracts is ended: nobody asks"),
        _ = watched.wait_for(|state| state.ended) => {}
        // Also when the engine is dropped.
        _ = stop.wait_for(|stop| *stop) => {}
    }
    shared.end();
    process.stop().await;
}
