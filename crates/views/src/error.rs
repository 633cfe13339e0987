//! Why a view cannot be asked or drawn.

use std::fmt;

/// Why a view cannot be asked or drawn.
#[derive(Debug)]
pub enum Error {
    /// There is no such sheet in the workbook.
    NoSheet(String),
    /// The file cannot be read.
    File(tavola_workbook::Error),
    /// The data are not in the file, and not where this program asks.
    NoData {
        /// The data source, as people call it.
        data_source: String,
        /// Why.
        problem: String,
    },
    /// The question cannot be asked.
    Question(tavola_query::Error),
    /// The engine did not do its part.
    Engine(tavola_engine::Error),
    /// A file of the question cannot be written or read.
    Io(std::io::Error),
    /// The picture cannot be made.
    Picture(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSheet(name) => write!(f, "there is no sheet `{name}` in the workbook"),
            Self::File(problem) => problem.fmt(f),
            Self::NoData { data_source, problem } => {
                write!(f, "the data of `{data_source}` cannot be asked: {problem}")
            }
            Self::Question(problem) => problem.fmt(f),
            Self::Engine(problem) => problem.fmt(f),
            Self::Io(problem) => write!(f, "the files of a question cannot be written: {problem}"),
            Self::Picture(problem) => f.write_str(problem),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::File(cause) => Some(cause),
            Self::Question(cause) => Some(cause),
            Self::Engine(cause) => Some(cause),
            Self::Io(cause) => Some(cause),
            Self::NoSheet(_) | Self::NoData { .. } | Self::Picture(_) => None,
        }
    }
}

macro_rules! from {
    ($($error:ty => $kind:ident),*) => {
        $(impl From<$error> for Error {
            fn from(problem: $error) -> Self {
                Self::$kind(problem)
            }
        })*
    };
}
from!(tavola_workbook::Error => File, tavola_query::Error => Question, tavola_engine::Error => Engine, std::io::Error => Io);
