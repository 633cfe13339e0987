//! What can be wrong with a question of the service.

use std::fmt;

/// Why a question is refused. Each kind has its own code on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// It names a field, or a parameter, that the data source does not have (404934).
    UnknownField(String),
    /// A formula is none (400800).
    Formula {
        /// The column or filter it is of.
        of: String,
        /// What is wrong with it.
        problem: crate::Error,
    },
    /// It asks for what does not go together (400803).
    Invalid(String),
}

impl Error {
    /// The code that tells its kind on the wire.
    pub fn code(&self) -> u32 {
        match self {
            Self::UnknownField(_) => 404_934,
            Self::Formula { .. } => 400_800,
            Self::Invalid(_) => 400_803,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownField(name) => write!(f, "the data source has no field `{name}`"),
            Self::Formula { of, problem } => write!(f, "`{of}`: {problem}"),
            Self::Invalid(problem) => f.write_str(problem),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Formula { problem, .. } => Some(problem),
            _ => None,
        }
    }
}
