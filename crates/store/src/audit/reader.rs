//! The audit for whoever runs the server, and so has the database itself: no session is needed, and a server may be at work
//! on it meanwhile.

use std::{collections::VecDeque, path::PathBuf};

use tavola_model::Timestamp;

use super::{AuditLine, COLUMNS, read};
use crate::{
    Clock, Config, Error, OpenError, Place, accounts, migrations, postgres_engine,
    sql::{Connection, Db, Row, Value, values},
    sqlite_engine,
};

/// Lines that are fetched together. No more of them are ever in memory.
const SLICE: i64 = 500;

/// Which lines are wanted.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Those from this time on.
    pub since: Option<Timestamp>,
    /// Those of what this person did, or a server administrator of this name in their stead; whatever the case.
    pub user: Option<String>,
    /// Those of what was done to this person: to their users, and to sessions of theirs that somebody else ended; whatever
    /// the case.
    pub target: Option<String>,
}

/// The wanted lines, oldest first.
pub struct Lines {
    database: Database,
    wanted: Wanted,
    fetched: VecDeque<Row>,
    /// The last line that was fetched.
    last: i64,
    ended: bool,
}

enum Database {
    Sqlite(rusqlite::Connection),
    Postgres(Box<postgres_engine::Engine>),
}

/// Opens the database of a server to read its audit, and changes nothing in it. Blocks, as the lines do: not for a thread
/// that drives an async runtime.
pub fn open(config: &Config, wanted: Wanted) -> Result<Lines, OpenError> {
    let (mut database, name) = match Place::of(config)? {
        Place::Sqlite(path) => {
            let name = format!("`{}`", path.display());
            (Database::Sqlite(open_file(path, &name)?), name)
        }
        Place::Postgres(address) => {
            let name = address.describe();
            (Database::Postgres(Box::new(postgres_engine::Engine::new(*address, config.clock.clone()))), name)
        }
    };
    let found = database
        .query(migrations::FIND_VERSION, &[])
        .and_then(|mut rows| rows.pop().map_or(Ok(0), |mut row| row.take()))
        .map_err(|cause| OpenError::Unreachable { database: name.clone(), cause: cause.into() })?;
    migrations::require_known(found)?;
    Ok(Lines { database, wanted, fetched: VecDeque::new(), last: 0, ended: false })
}

fn open_file(path: PathBuf, name: &str) -> Result<rusqlite::Connection, OpenError> {
    sqlite_engine::open_reader(&path)
        .map_err(|cause| OpenError::Unreachable { database: name.to_owned(), cause: cause.into() })
}

impl Database {
    fn query(&mut self, statement: &str, values: &[Value]) -> Result<Vec<Row>, Error> {
        match self {
            Self::Sqlite(connection) => {
                Db::new(Connection::Sqlite(connection), Clock::system().now()).query(statement, values)
            }
            Self::Postgres(engine) => engine.read(false, |db| db.query(statement, values)),
        }
    }
}

impl Lines {
    fn next_line(&mut self) -> Result<Option<AuditLine>, Error> {
        loop {
            if let Some(mut row) = self.fetched.pop_front() {
                let line = read(&mut row)?;
                self.last = line.id;
                if self.wants(&line) {
                    return Ok(Some(line));
                }
                continue;
            }
            let since = self.wanted.since.map_or(i64::MIN, Timestamp::as_millis);
            let statement = format!("SELECT {COLUMNS} FROM audit WHERE id > $1 AND at >= $2 ORDER BY id LIMIT {SLICE}");
            self.fetched = self.database.query(&statement, values![self.last, since])?.into();
            if self.fetched.is_empty() {
                return Ok(None);
            }
        }
    }

    fn wants(&self, line: &AuditLine) -> bool {
        let named = |wanted: &str, names: &[&Option<String>]| {
            names.iter().filter_map(|name| name.as_deref()).any(|name| accounts::key(name) == accounts::key(wanted))
        };
        let by = |user: &String| named(user, &[&line.user_name, &line.impersonator_name]);
        let to = |target: &String| {
            matches!(line.kind.as_str(), "user" | "session" | "account") && named(target, &[&line.object_name])
        };
        self.wanted.user.as_ref().is_none_or(by) && self.wanted.target.as_ref().is_none_or(to)
    }
}

impl Iterator for Lines {
    type Item = Result<AuditLine, Error>;

    /// After an error there is nothing more.
    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let line = self.next_line().transpose();
        self.ended = !matches!(line, Some(Ok(_)));
        line
    }
}
