//! The database of Tavola (accounts, sites, users, how one signs in, and the audit of it all) and its [`content`].
//!
//! Everything is behind the [`Actor`], which only this crate makes, from a session that is valid now
//! ([`sessions::authenticate`]): the functions of a room (`users`, `sites`, …) begin with `&Store, &Actor`, decide by the
//! actor's role what may be done, and answer for what may not be seen as for what does not exist. A connection never
//! leaves this crate. It never speaks HTTP, knows nothing of the wire's messages, and never asks the machine for the time
//! or for randomness except in `clock` and `random`.
//!
//! Each statement is one text for SQLite and PostgreSQL. Rooms are plain synchronous code over `sql::Db` and `sql::Tx`;
//! [`Store`] runs them: on SQLite reads take microseconds and happen at once, and one thread commits all waiting changes
//! together; on PostgreSQL both go to a pool of threads, and changes that collide are made again.
//!
//! Start with [`Store::open`], then read `users`, the fullest room.

#![warn(missing_docs)]

use std::{
    collections::HashSet,
    fs::{DirBuilder, File, OpenOptions},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use tavola_model::SessionId;

pub mod access_tokens;
mod accounts;
mod actor;
pub mod audit;
mod clock;
pub mod connected_apps;
pub mod content;
pub mod custom_views;
pub mod datasources;
mod dialect;
pub mod domains;
mod error;
pub mod external_authorization_servers;
pub mod favorites;
pub mod flows;
pub mod group_sets;
pub mod groups;
pub mod hyper_data;
pub mod items;
pub mod jobs;
mod jose;
mod kept_lists;
mod list;
mod migrations;
pub mod oidc;
mod outbound;
mod passwords;
pub mod permissions;
mod postgres_engine;
pub mod projects;
mod random;
pub mod recents;
pub mod recycle_bin;
pub mod scim;
mod secrets;
pub mod sessions;
pub mod setup;
pub mod sites;
mod sql;
mod sqlite_engine;
mod throttle;
mod tls;
mod turns;
pub mod uploads;
pub mod users;
pub mod views;
pub mod virtual_connections;
pub mod workbooks;

#[cfg(test)]
mod engine_tests;
#[cfg(test)]
mod schema_tests;

pub use actor::{Actor, Credential, Impersonator, Origin};
pub use clock::Clock;
pub use error::{Cause, Conflict, Error, Invalid, InvalidList, Missing, OpenError, Refusal, Taken};
pub use list::List;

use passwords::Passwords;
use sql::{Db, Tx};

/// How to open a store.
#[derive(Clone)]
pub struct Config {
    /// The folder that is this process's own. It is made, readable by its owner alone, if it is not there.
    pub data_dir: PathBuf,
    /// None: SQLite in the data folder. Otherwise `sqlite:PATH` or `postgres://…`; with `sslmode=require` the latter is
    /// spoken to over TLS, and its certificate must be one the machine trusts (or one in the file `SSL_CERT_FILE` names).
    pub database_url: Option<String>,
    /// Where the bytes of published files go. None: the folder `content` in the data folder. Otherwise `file:FOLDER` or
    /// `s3://BUCKET/PREFIX`.
    pub content_url: Option<String>,
    /// How to reach the bucket, in the words of the AWS tools' environment: `AWS_ACCESS_KEY_ID`, `AWS_REGION`,
    /// `AWS_ENDPOINT_URL`, `AWS_ALLOW_HTTP`, …
    pub content_options: Vec<(String, String)>,
    /// The file with the key that content is encrypted with: 32 bytes, or their 64 hexadecimal digits or Base64. It must
    /// not lie in the data folder. None: content is not encrypted.
    pub content_key_file: Option<PathBuf>,
    /// What time it is.
    pub clock: Clock,
    /// Imitate the real server where it is stricter: one session per personal access token, no impersonation with one,
    /// and no recycle bin.
    pub strict: bool,
    /// How long a session lives without being used. The real server's default is 240 minutes.
    pub session_idle: Duration,
    /// How long a session lives at most, however much it is used.
    pub session_absolute: Duration,
    /// How many days deleted content lies in the recycle bin; 0 deletes at once, and so does `strict`.
    pub recycle_bin_days: u32,
    /// Threads that hash passwords: each takes 19 MiB and a core for about 30 ms a password.
    pub password_threads: usize,
}

impl Config {
    /// The defaults: SQLite in the data folder, sessions that end after 240 idle minutes and at most 14 days (longer than
    /// any script runs, shorter than a token left behind stays useful to a thief), threads for passwords on half of the
    /// cores, so that a crowd at the door leaves the others to those inside.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            database_url: None,
            content_url: None,
            content_options: Vec::new(),
            content_key_file: None,
            clock: Clock::system(),
            strict: false,
            session_idle: Duration::from_secs(240 * 60),
            session_absolute: Duration::from_secs(14 * 24 * 60 * 60),
            recycle_bin_days: recycle_bin::DEFAULT_DAYS,
            password_threads: (std::thread::available_parallelism().map_or(2, usize::from) / 2).max(1),
        }
    }
}

impl std::fmt::Debug for Config {
    /// Without the URLs and options, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Config").field("data_dir", &self.data_dir).field("strict", &self.strict).finish_non_exhaustive()
    }
}

/// The database and the content. Cheap to clone; the clones share it.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    engine: Engine,
    clock: Clock,
    strict: bool,
    session_idle: Duration,
    session_absolute: Duration,
    /// How many days deleted content is kept; 0 for not at all.
    recycle_bin_days: u32,
    passwords: Passwords,
    /// What identity providers are asked.
    outbound: outbound::Outbound,
    /// The bytes of published files.
    content: Arc<content::Content>,
    /// The jobs that this process works on.
    jobs: jobs::AtWork,
    /// Sessions whose last use is being written down just now.
    touching: Arc<Mutex<HashSet<SessionId>>>,
    /// When what has expired was last deleted, in milliseconds.
    tidied_at: AtomicI64,
    /// The lists that sessions page through.
    kept_lists: kept_lists::KeptLists,
    turns: turns::Turns,
    /// Held for as long as this process works in the data folder.
    lock: Mutex<Option<File>>,
}

enum Engine {
    Sqlite(sqlite_engine::Engine),
    Postgres(Arc<postgres_engine::Engine>),
}

impl Store {
    /// Opens the database, makes it if it is not there, and brings it up to date.
    pub async fn open(config: Config) -> Result<Self, OpenError> {
        let store = blocking(move || Self::open_now(config)).await?;
        match content::claim(&store).await {
            Ok(()) => Ok(store),
            Err(error) => {
                store.close().await;
                Err(error)
            }
        }
    }

    fn open_now(config: Config) -> Result<Self, OpenError> {
        let lock = lock_folder(&config.data_dir)?;
        let content = Arc::new(content::Content::open(&config)?);
        let engine = match Place::of(&config)? {
            Place::Sqlite(path) => open_sqlite(&path, &config.clock)?,
            Place::Postgres(address) => open_postgres(*address, &config.clock)?,
        };
        Ok(Self(Arc::new(Inner {
            engine,
            content,
            strict: config.strict,
            session_idle: config.session_idle,
            session_absolute: config.session_absolute,
            recycle_bin_days: if config.strict { 0 } else { config.recycle_bin_days },
            passwords: Passwords::start(config.password_threads),
            outbound: outbound::Outbound::default(),
            jobs: jobs::AtWork::new(),
            touching: Arc::default(),
            kept_lists: kept_lists::KeptLists::default(),
            turns: turns::Turns::default(),
            tidied_at: AtomicI64::new(config.clock.now().as_millis()),
            lock: Mutex::new(Some(lock)),
            clock: config.clock,
        })))
    }

    /// Has the jobs at work write down how far they got, finishes the changes that were asked for, and lets go of the
    /// database and the data folder. What is asked
    /// afterwards is answered [`Error::Unavailable`].
    pub async fn close(&self) {
        self.0.jobs.stop().await;
        let store = self.clone();
        blocking(move || {
            match &store.0.engine {
                Engine::Sqlite(engine) => engine.close(),
                Engine::Postgres(engine) => engine.close(),
            }
            drop(store.0.lock.lock().unwrap_or_else(PoisonError::into_inner).take());
        })
        .await;
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        if let Engine::Sqlite(engine) = &self.0.engine {
            engine.require_writer()?;
        }
        self.read(|db| db.query_one("SELECT 1", &[]).map(drop)).await
    }

    /// The clock it was opened with.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Whether the database is SQLite; otherwise it is PostgreSQL.
    pub fn is_sqlite(&self) -> bool {
        matches!(self.0.engine, Engine::Sqlite(_))
    }

    /// A lookup of a row or a few, by one statement.
    async fn read<T, E, F>(&self, read: F) -> Result<T, E>
    where
        F: Fn(&mut Db<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.read(false, read),
            Engine::Postgres(engine) => {
                let engine = engine.clone();
                blocking(move || engine.read(false, read)).await
            }
        }
    }

    /// A read that may take long or several statements, which see one state of the database.
    async fn scan<T, E, F>(&self, read: F) -> Result<T, E>
    where
        F: Fn(&mut Db<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let store = self.clone();
        blocking(move || match &store.0.engine {
            Engine::Sqlite(engine) => engine.read(true, read),
            Engine::Postgres(engine) => engine.read(true, read),
        })
        .await
    }

    /// As `read`, for threads that run no async code.
    fn read_blocking<T, E: From<Error>>(&self, read: impl Fn(&mut Db<'_>) -> Result<T, E>) -> Result<T, E> {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.read(false, read),
            Engine::Postgres(engine) => engine.read(false, read),
        }
    }

    /// A change: all of it or, if it answers an error, nothing. It may be made several times until it holds.
    async fn write<T, E, F>(&self, change: F) -> Result<T, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.write(change).await,
            Engine::Postgres(engine) => {
                let engine = engine.clone();
                blocking(move || engine.write(change)).await
            }
        }
    }

    /// A change that nobody waits for, and that is no loss if it is not made.
    fn write_later<F>(&self, change: F)
    where
        F: Fn(&mut Tx<'_>) -> Result<(), Error> + Send + 'static,
    {
        match &self.0.engine {
            Engine::Sqlite(engine) => engine.write_later(change),
            Engine::Postgres(engine) => {
                let engine = engine.clone();
                tokio::task::spawn_blocking(move || {
                    if let Err(error) = engine.write(change) {
                        tracing::debug!(%error, "a change in the background was not made");
                    }
                });
            }
        }
    }

    /// Deletes what has expired, at most once a minute.
    fn tidy(&self) {
        let now = self.clock().now();
        let last = self.0.tidied_at.load(Ordering::Relaxed);
        if now.as_millis() - last < 60_000
            || self.0.tidied_at.compare_exchange(last, now.as_millis(), Ordering::Relaxed, Ordering::Relaxed).is_err()
        {
            return;
        }
        let idle = self.0.session_idle;
        self.write_later(move |tx| {
            sessions::delete_expired(tx, idle)?;
            jobs::forget_old(tx)?;
            throttle::forget_old(tx)
        });
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_sqlite() { "Store(SQLite)" } else { "Store(PostgreSQL)" })
    }
}

/// Runs on a thread that may wait. A panic there is a panic here.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => panic!("the runtime stopped while the database was at work: {error}"),
        },
    }
}

/// Where the database is.
enum Place {
    Sqlite(PathBuf),
    Postgres(Box<postgres_engine::Address>),
}

impl Place {
    fn of(config: &Config) -> Result<Self, OpenError> {
        let Some(url) = config.database_url.as_deref() else {
            return Ok(Self::Sqlite(config.data_dir.join("tavola.db")));
        };
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return postgres_engine::Address::parse(url).map(|address| Self::Postgres(Box::new(address)));
        }
        match url.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path)) {
            Some(path) if !path.is_empty() => Ok(Self::Sqlite(PathBuf::from(path))),
            _ => Err(OpenError::Url("the database URL is neither `sqlite:PATH` nor `postgres://…`".to_owned())),
        }
    }
}

/// Makes the data folder, and makes it this process's own.
fn lock_folder(folder: &Path) -> Result<File, OpenError> {
    let failed = |cause| OpenError::DataFolder { path: folder.to_owned(), cause };
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(failed)?;
    let lock =
        OpenOptions::new().write(true).create(true).truncate(false).open(folder.join("tavola.lock")).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
        Err(std::fs::TryLockError::Error(cause)) => Err(failed(cause)),
    }
}

fn open_sqlite(path: &Path, clock: &Clock) -> Result<Engine, OpenError> {
    let unreachable = |cause: Box<dyn std::error::Error + Send + Sync>| OpenError::Unreachable {
        database: format!("`{}`", path.display()),
        cause,
    };
    let mut connection = sqlite_engine::open_writer(path).map_err(|error| unreachable(error.into()))?;
    migrations::apply_sqlite(&mut connection, clock.now())?;
    sqlite_engine::Engine::start(path.to_owned(), connection, clock.clone())
        .map(Engine::Sqlite)
        .map_err(|error| unreachable(error.into()))
}

fn open_postgres(address: postgres_engine::Address, clock: &Clock) -> Result<Engine, OpenError> {
    let mut client = address
        .connect()
        .map_err(|error| OpenError::Unreachable { database: address.describe(), cause: error.into() })?;
    migrations::apply_postgres(&mut client, clock.now())?;
    Ok(Engine::Postgres(Arc::new(postgres_engine::Engine::new(address, clock.clone()))))
}
