//! SQLite: readers that share one file, and one writer that commits what is waiting together.

use std::{
    fs::OpenOptions,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

use rusqlite::{OpenFlags, config::DbConfig};
use tokio::sync::{mpsc, oneshot};

use crate::{
    Clock, Error,
    sql::{Connection, Db, Tx},
};

/// Changes that may wait for the writer before callers wait for room.
const QUEUE: usize = 1024;

/// Changes committed together at most, so that the first of them does not wait for ever.
const LARGEST_BATCH: usize = 256;

/// Read-only connections kept for the next reader.
const IDLE_READERS: usize = 32;

const PREPARED_STATEMENTS: usize = 128;

/// Memory the writer may keep pages in, in KiB. Tokens are random: each sign-in touches other pages of their indexes.
const WRITERS_CACHE: i64 = 8 * 1024;

/// Pages in the write-ahead log before they are copied into the file: with four times SQLite's own number more of them were
/// changed again meanwhile, and are copied once.
const PAGES_IN_LOG: i64 = 4000;

/// How long to wait for another program's lock on the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) struct Engine {
    path: PathBuf,
    idle: Mutex<Vec<rusqlite::Connection>>,
    closed: AtomicBool,
    /// Gone once the store is closed.
    queue: Mutex<Option<mpsc::Sender<Box<dyn Job>>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
    clock: Clock,
}

/// Opens the file to write to it, and makes it if it is not there.
pub(crate) fn open_writer(path: &Path) -> rusqlite::Result<rusqlite::Connection> {
    make_private(path);
    let connection = rusqlite::Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // A change that was acknowledged survives a power cut.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -WRITERS_CACHE)?;
    connection.pragma_update(None, "wal_autocheckpoint", PAGES_IN_LOG)?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// Opens the file to read from it, whoever writes to it.
pub(crate) fn open_reader(path: &Path) -> rusqlite::Result<rusqlite::Connection> {
    let connection = rusqlite::Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    keep_statements(&connection)?;
    Ok(connection)
}

/// Makes the file, if it is not there, readable by its owner alone, whatever the folder allows; SQLite gives the files
/// beside it the same mode.
fn make_private(path: &Path) {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // One that is there, or cannot be made, is for SQLite to open or to complain of.
    options.open(path).ok();
}

/// Keeps statements prepared. Without the second line SQLite plans some anew for each value that is bound, which costs
/// more than running them.
fn keep_statements(connection: &rusqlite::Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(PREPARED_STATEMENTS);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

impl Engine {
    /// Starts the writer's thread on a connection whose schema is up to date.
    pub(crate) fn start(path: PathBuf, connection: rusqlite::Connection, clock: Clock) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let writers_clock = clock.clone();
        let writer = std::thread::Builder::new()
            .name("tavola-writer".to_owned())
            .spawn(move || write_until_closed(&connection, jobs, &writers_clock))?;
        Ok(Self {
            path,
            idle: Mutex::default(),
            closed: AtomicBool::new(false),
            queue: Mutex::new(Some(queue)),
            writer: Mutex::new(Some(writer)),
            clock,
        })
    }

    /// Reads on the calling thread. With a snapshot, several statements see one state of the database.
    pub(crate) fn read<T, E: From<Error>>(
        &self,
        snapshot: bool,
        read: impl Fn(&mut Db<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Error::unavailable("the database is closed").into());
        }
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => open_reader(&self.path).map_err(Error::unavailable)?,
        };
        let mut db = Db::new(Connection::Sqlite(&connection), self.clock.now());
        let answer = if snapshot {
            connection.execute_batch("BEGIN").map_err(Error::unavailable)?;
            let answer = read(&mut db);
            connection.execute_batch("ROLLBACK").map_err(Error::unavailable)?;
            answer
        } else {
            read(&mut db)
        };
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_READERS && !self.closed.load(Ordering::Acquire) {
            idle.push(connection);
        }
        answer
    }

    /// Refuses when nothing can be written any more.
    pub(crate) fn require_writer(&self) -> Result<(), Error> {
        if self.queue()?.is_closed() { Err(Error::unavailable("the writer has stopped")) } else { Ok(()) }
    }

    fn queue(&self) -> Result<mpsc::Sender<Box<dyn Job>>, Error> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.clone().ok_or_else(|| Error::unavailable("the database is closed"))
    }

    /// Has the writer make a change; answers after it is on disk.
    pub(crate) async fn write<T, E, F>(&self, change: F) -> Result<T, E>
    where
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Change { change, outcome: None, reply };
        let queue = self.queue()?;
        queue.send(Box::new(job)).await.map_err(|_| Error::unavailable("the writer has stopped"))?;
        drop(queue);
        answer.await.map_err(|_| Error::unavailable("the change broke off"))?
    }

    /// Hands the writer a change that nobody waits for, if there is room for it now.
    pub(crate) fn write_later<F>(&self, change: F)
    where
        F: Fn(&mut Tx<'_>) -> Result<(), Error> + Send + 'static,
    {
        let (reply, _) = oneshot::channel();
        let job = Change { change, outcome: None, reply };
        if self.queue().is_ok_and(|queue| queue.try_send(Box::new(job)).is_err()) {
            tracing::debug!("a change in the background found no room");
        }
    }

    /// Finishes what is queued, empties the write-ahead log into the file and lets go of it.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        // Readers go first: the log cannot be emptied while one holds the file.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
        drop(self.queue.lock().unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if writer.is_some_and(|writer| writer.join().is_err()) {
            tracing::error!("the database's writer broke off");
        }
    }
}

/// A change with its type erased, as the writer's queue holds it.
pub(crate) trait Job: Send {
    /// Makes the change; false when it is to be undone.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;

    /// Tells the caller how it went.
    fn answer(self: Box<Self>, committed: &Result<(), Error>);
}

struct Change<F, T, E> {
    change: F,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Change<F, T, E>
where
    F: Fn(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<Error> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        self.outcome = catch_unwind(AssertUnwindSafe(|| (self.change)(tx))).ok();
        matches!(self.outcome, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, committed: &Result<(), Error>) {
        let answer = match (self.outcome, committed) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(E::from(error.clone())),
            (Some(Ok(value)), Ok(())) => Ok(value),
            // It panicked: dropping `reply` says so.
            (None, Ok(())) => return,
        };
        // Nobody may be waiting any more.
        drop(self.reply.send(answer));
    }
}

fn write_until_closed(connection: &rusqlite::Connection, mut jobs: mpsc::Receiver<Box<dyn Job>>, clock: &Clock) {
    while let Some(first) = jobs.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < LARGEST_BATCH
            && let Ok(next) = jobs.try_recv()
        {
            batch.push(next);
        }
        let committed = commit_together(connection, &mut batch, clock).map_err(|error| {
            tracing::error!(%error, changes = batch.len(), "changes could not be committed");
            Error::unavailable(error)
        });
        for job in batch {
            job.answer(&committed);
        }
    }
    let emptied = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    if emptied != Ok(0) {
        tracing::warn!(?emptied, "the write-ahead log could not be emptied; the next start will do it");
    }
}

/// One transaction for the batch, in which a change that fails takes no other with it.
fn commit_together(
    connection: &rusqlite::Connection,
    batch: &mut [Box<dyn Job>],
    clock: &Clock,
) -> rusqlite::Result<()> {
    // Changes hardly ever fail, and a savepoint for each costs more than most of them: SQLite sets aside every page that
    // is touched under one. So it is for the second attempt.
    if commit(connection, || Ok(make_together(connection, batch, clock)))? {
        return Ok(());
    }
    commit(connection, || make_apart(connection, batch, clock).map(|()| true)).map(drop)
}

/// Makes the changes; false when one failed and left something that is to be undone.
fn make_together(connection: &rusqlite::Connection, batch: &mut [Box<dyn Job>], clock: &Clock) -> bool {
    batch.iter_mut().all(|job| {
        let before = connection.total_changes();
        job.run(&mut Tx::new(Connection::Sqlite(connection), clock.now()))
            // Some failures, such as a full disk, have ended the transaction by themselves.
            || (connection.total_changes() == before && !connection.is_autocommit())
    })
}

/// Makes the changes, each under a savepoint.
fn make_apart(connection: &rusqlite::Connection, batch: &mut [Box<dyn Job>], clock: &Clock) -> rusqlite::Result<()> {
    batch.iter_mut().try_for_each(|job| {
        connection.execute_batch("SAVEPOINT change")?;
        let keep = job.run(&mut Tx::new(Connection::Sqlite(connection), clock.now()));
        connection.execute_batch(if keep { "RELEASE change" } else { "ROLLBACK TO change; RELEASE change" })
    })
}

/// Commits what was made in a transaction, or rolls it back when that is not to be kept.
fn commit(connection: &rusqlite::Connection, make: impl FnOnce() -> rusqlite::Result<bool>) -> rusqlite::Result<bool> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let kept = make().and_then(|keep| {
        if keep {
            connection.execute_batch("COMMIT")?;
        }
        Ok(keep)
    });
    if !matches!(kept, Ok(true))
        && !connection.is_autocommit()
        && let Err(error) = connection.execute_batch("ROLLBACK")
    {
        tracing::error!(%error, "a transaction could not be rolled back");
    }
    kept
}
