//! What can be wrong with a question.

use std::fmt;

/// Why a question cannot be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// A formula is not one: what, and the byte it was found at.
    Formula {
        /// The field whose formula it is, if it is known.
        field: Option<String>,
        /// What is wrong.
        problem: String,
        /// The byte of the formula.
        at: usize,
    },
    /// The file names something that is not there.
    Missing(String),
    /// The question is one this program cannot ask yet.
    Unsupported(String),
    /// A limit was met: which.
    TooLarge(String),
    /// Values do not fit: a parameter or a filter from outside.
    Invalid(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Formula { field: Some(field), problem, at } => {
                write!(f, "the formula of `{field}` is wrong at character {at}: {problem}")
            }
            Self::Formula { field: None, problem, at } => {
                write!(f, "the formula is wrong at character {at}: {problem}")
            }
            Self::Missing(what) => write!(f, "{what} is not there"),
            Self::Unsupported(what) => write!(f, "{what} is not supported yet"),
            Self::TooLarge(what) | Self::Invalid(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {}
