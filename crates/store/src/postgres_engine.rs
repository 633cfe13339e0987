//! PostgreSQL: a small pool of blocking connections; changes are serialisable and tried again when they collide.
//!
//! Nothing here may run on a thread that drives the async runtime: each client blocks on a runtime of its own.

use std::{
    collections::HashMap,
    error::Error as _,
    str::FromStr,
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

use postgres::{
    Client, Config, NoTls, Statement,
    config::{Host, SslMode},
    error::SqlState,
    types::ToSql,
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    Clock, Error, OpenError, random,
    sql::{Connection, Db, Tx, Value},
    tls,
};

const CONNECTIONS: usize = 10;

/// How often a change that collides with others is made before the caller hears of it.
const ATTEMPTS: u32 = 30;

/// Statements kept prepared on a connection; lists with many different filters start it anew.
const PREPARED_STATEMENTS: usize = 200;

/// One connection with its prepared statements.
pub(crate) struct Session {
    client: Client,
    prepared: HashMap<String, Statement>,
    /// A statement failed for what another transaction did meanwhile.
    collided: bool,
    /// The server is gone, or about to go.
    lost: bool,
}

impl Session {
    fn prepare(&mut self, text: &str) -> Result<Statement, postgres::Error> {
        if let Some(statement) = self.prepared.get(text) {
            return Ok(statement.clone());
        }
        if self.prepared.len() >= PREPARED_STATEMENTS {
            self.prepared.clear();
        }
        let statement = self.client.prepare(text)?;
        self.prepared.insert(text.to_owned(), statement.clone());
        Ok(statement)
    }

    pub(crate) fn query(&mut self, text: &str, values: &[Value]) -> Result<Vec<postgres::Row>, Error> {
        let answer = self.prepare(text).and_then(|statement| self.client.query(&statement, &parameters(values)));
        answer.map_err(|error| self.failed(error))
    }

    pub(crate) fn execute(&mut self, text: &str, values: &[Value]) -> Result<u64, Error> {
        let answer = self.prepare(text).and_then(|statement| self.client.execute(&statement, &parameters(values)));
        answer.map_err(|error| self.failed(error))
    }

    pub(crate) fn run(&mut self, command: &str) -> Result<(), Error> {
        self.client.batch_execute(command).map_err(|error| self.failed(error))
    }

    fn failed(&mut self, error: postgres::Error) -> Error {
        // A name that another transaction took is a collision too: the next attempt sees it and says so in words.
        self.collided |= error.code().is_some_and(|code| {
            [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::UNIQUE_VIOLATION]
                .contains(code)
        });
        self.lost |= match error.code() {
            Some(code) => {
                [SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW].contains(code)
            }
            None => error.is_closed() || error.source().is_some_and(|cause| cause.is::<std::io::Error>()),
        };
        Error::unavailable(error)
    }
}

fn parameters(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

/// How to reach a database.
pub(crate) struct Address {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl Address {
    /// Reads `postgres://…`. Without `sslmode=require` (or libpq's `verify-full`, which means the same here: the
    /// certificate is always checked) the connection is not encrypted.
    pub(crate) fn parse(url: &str) -> Result<Self, OpenError> {
        let url = url.replace("sslmode=verify-full", "sslmode=require");
        let mut config = Config::from_str(&url).map_err(|error| {
            OpenError::Url(format!("the database URL is not of the form postgres://user@host/database: {error}"))
        })?;
        if config.get_application_name().is_none() {
            config.application_name("tavola");
        }
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        let tls = if config.get_ssl_mode() == SslMode::Require {
            let tls = tls::client()
                .map_err(|error| OpenError::Url(format!("TLS to the database cannot be set up: {error}")))?;
            Some(MakeRustlsConnect::new(tls))
        } else {
            config.ssl_mode(SslMode::Disable);
            None
        };
        Ok(Self { config, tls })
    }

    /// The database in words, without its password.
    pub(crate) fn describe(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "?".to_owned(),
        };
        format!("`{}` on {host}", self.config.get_dbname().or(self.config.get_user()).unwrap_or("?"))
    }

    pub(crate) fn connect(&self) -> Result<Client, postgres::Error> {
        match &self.tls {
            Some(tls) => self.config.connect(tls.clone()),
            None => self.config.connect(NoTls),
        }
    }
}

pub(crate) struct Engine {
    address: Address,
    connections: Mutex<Connections>,
    returned: Condvar,
    clock: Clock,
}

#[derive(Default)]
struct Connections {
    idle: Vec<Session>,
    lent: usize,
    closed: bool,
}

/// How one attempt at a transaction ended without an answer.
enum Retry {
    Collided,
    Disconnected,
}

impl Engine {
    pub(crate) fn new(address: Address, clock: Clock) -> Self {
        Self { address, connections: Mutex::default(), returned: Condvar::new(), clock }
    }

    /// Reads. With a snapshot, several statements see one state of the database.
    pub(crate) fn read<T, E: From<Error>>(
        &self,
        snapshot: bool,
        read: impl Fn(&mut Db<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let begin = snapshot.then_some("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        self.attempt(begin, "COMMIT", |session, now| read(&mut Db::new(Connection::Postgres(session), now)))
    }

    /// Changes, as if nothing else happened at the same time.
    pub(crate) fn write<T, E: From<Error>>(&self, change: impl Fn(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.attempt(Some("BEGIN ISOLATION LEVEL SERIALIZABLE"), "COMMIT", |session, now| {
            change(&mut Tx::new(Connection::Postgres(session), now))
        })
    }

    fn attempt<T, E: From<Error>>(
        &self,
        begin: Option<&str>,
        commit: &str,
        work: impl Fn(&mut Session, tavola_model::Timestamp) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut reconnected = false;
        for attempt in 0..ATTEMPTS {
            let mut lent = self.lend()?;
            match self.try_once(lent.session(), begin, commit, &work) {
                Ok(answer) => return answer,
                Err((Retry::Collided, _)) if attempt + 1 < ATTEMPTS => {
                    drop(lent);
                    back_off(attempt);
                }
                Err((Retry::Disconnected, _)) if !reconnected => {
                    // The server closed connections that lay idle: none of them is of use.
                    reconnected = true;
                    drop(lent);
                    drop(std::mem::take(&mut self.lock().idle));
                }
                Err((_, error)) => return Err(error),
            }
        }
        Err(E::from(Error::unavailable("the change collided with others too often")))
    }

    /// `Ok` is an answer for the caller, good or bad; `Err` is worth another attempt.
    fn try_once<T, E: From<Error>>(
        &self,
        session: &mut Session,
        begin: Option<&str>,
        commit: &str,
        work: impl Fn(&mut Session, tavola_model::Timestamp) -> Result<T, E>,
    ) -> Result<Result<T, E>, (Retry, E)> {
        session.collided = false;
        if let Some(begin) = begin
            && let Err(error) = session.run(begin)
        {
            return if session.lost { Err((Retry::Disconnected, error.into())) } else { Ok(Err(error.into())) };
        }
        let answer = work(session, self.clock.now());
        let Some(_) = begin else {
            return match answer {
                Err(error) if session.lost => Err((Retry::Disconnected, error)),
                answer => Ok(answer),
            };
        };
        match answer {
            Ok(value) => match session.run(commit) {
                Ok(()) => Ok(Ok(value)),
                Err(error) if session.collided => Err((Retry::Collided, error.into())),
                // Whether the change took place is unknown: it must not be made again.
                Err(error) => Ok(Err(error.into())),
            },
            Err(error) if session.lost => Err((Retry::Disconnected, error)),
            Err(error) => match session.run("ROLLBACK") {
                Ok(()) if session.collided => Err((Retry::Collided, error)),
                Ok(()) => Ok(Err(error)),
                Err(_) => {
                    // Nobody else may get a session that is still within the transaction.
                    session.lost = true;
                    Ok(Err(error))
                }
            },
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Connections> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lend(&self) -> Result<Lent<'_>, Error> {
        let mut connections = self.lock();
        while connections.lent >= CONNECTIONS && !connections.closed {
            connections = self.returned.wait(connections).unwrap_or_else(PoisonError::into_inner);
        }
        if connections.closed {
            return Err(Error::unavailable("the database is closed"));
        }
        connections.lent += 1;
        let idle = connections.idle.pop();
        drop(connections);
        // From here on the loan is returned even if connecting fails.
        let mut lent = Lent { engine: self, session: idle };
        if lent.session.is_none() {
            let client = self.address.connect().map_err(Error::unavailable)?;
            lent.session = Some(Session { client, prepared: HashMap::new(), collided: false, lost: false });
        }
        Ok(lent)
    }

    /// Lets all connections go, once those at work have finished.
    pub(crate) fn close(&self) {
        let mut connections = self.lock();
        connections.closed = true;
        while connections.lent > 0 {
            connections = self.returned.wait(connections).unwrap_or_else(PoisonError::into_inner);
        }
        let idle = std::mem::take(&mut connections.idle);
        drop(connections);
        drop(idle);
        self.returned.notify_all();
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let idle = std::mem::take(&mut self.lock().idle);
        if !idle.is_empty() {
            // A client says good-bye to its server, which an async thread may not wait for.
            std::thread::spawn(move || drop(idle));
        }
    }
}

struct Lent<'e> {
    engine: &'e Engine,
    session: Option<Session>,
}

impl Lent<'_> {
    fn session(&mut self) -> &mut Session {
        self.session.as_mut().expect("a loan holds its session until it is returned")
    }
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let session = self.session.take();
        let mut connections = self.engine.lock();
        connections.lent -= 1;
        // A session abandoned by a panic may be within a transaction.
        if let Some(session) = session
            && !std::thread::panicking()
            && !session.lost
            && !session.client.is_closed()
        {
            connections.idle.push(session);
        }
        drop(connections);
        self.engine.returned.notify_all();
    }
}

/// Waits a random while that grows with the attempts, so that those who collided do not meet again.
fn back_off(attempt: u32) {
    let longest = 1u64 << attempt.min(6);
    let [byte] = random::bytes::<1>();
    std::thread::sleep(Duration::from_micros(longest * u64::from(byte) * 8));
}
