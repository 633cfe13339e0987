//! Why the engine did not do what it was asked.

use std::{fmt, io, time::Duration};

/// Why the engine did not do what it was asked.
#[derive(Debug)]
pub enum Error {
    /// There is none: it was not installed.
    NotInstalled,
    /// It is there and does not start; what it says.
    Start(String),
    /// It ended in the middle of a statement, or never answered.
    Lost,
    /// A statement took longer than it may.
    TimedOut(Duration),
    /// It refused a statement; what it says.
    Refused(String),
    /// What is asked does not fit the data: a table or column is missing, or of another type.
    Unfit(String),
    /// The files of a question cannot be written.
    Io(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled => f.write_str(
                "this server has no engine for the data in extracts; its administrator brings it with `tavola engine install`",
            ),
            Self::Start(problem) => write!(f, "the engine for extracts does not start: {problem}"),
            Self::Lost => f.write_str("the engine for extracts ended before it was done; nothing was changed"),
            Self::TimedOut(limit) => {
                write!(f, "the engine for extracts was not done within {} seconds", limit.as_secs_f64())
            }
            Self::Refused(problem) | Self::Unfit(problem) => f.write_str(problem),
            Self::Io(cause) => write!(f, "the engine's files cannot be written: {cause}"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<io::Error> for Error {
    fn from(cause: io::Error) -> Self {
        Self::Io(cause)
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            // Not the detail: paths of the server stand there.
            Some(refusal) => Self::Refused(refusal.message().lines().next().unwrap_or_default().to_owned()),
            None if error.is_closed() => Self::Lost,
            // A NUL in a name or text, which no statement can hold.
            None if std::error::Error::source(&error)
                .and_then(|cause| cause.downcast_ref::<io::Error>())
                .is_some_and(|cause| cause.kind() == io::ErrorKind::InvalidInput) =>
            {
                Self::Unfit("a name or text holds a NUL".to_owned())
            }
            None => {
                tracing::warn!(%error, "the engine's connection broke");
                Self::Lost
            }
        }
    }
}
