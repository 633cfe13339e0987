//! Why a file was not read.

use std::{fmt, io};

use crate::seen::Seen;

/// Why a file was not read.
///
/// The text is one sentence without a full stop. It repeats at most 64 characters of the file at a time, so it can be
/// shown to whoever sent the file.
#[derive(Debug)]
pub enum Error {
    /// These are not the bytes of a file that Tableau writes.
    NotAFile(Seen),
    /// A part of the file is larger than allowed.
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// The most that is allowed, in bytes or pieces.
        limit: u64,
    },
    /// The file is made to do harm, or looks so much like it that reading on would be careless.
    Hostile(String),
    /// The file is damaged, or was not written by the rules of its format.
    Malformed(String),
    /// The file is sound but of a kind that is not read.
    Unsupported(String),
    /// The reader that was given failed.
    Io(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAFile(seen) => {
                write!(f, "this is not a workbook, data source, flow or extract, but {seen}")
            }
            Self::TooLarge { what, limit } => write!(f, "{what} is over the limit of {limit}"),
            Self::Hostile(what) | Self::Unsupported(what) => f.write_str(what),
            Self::Malformed(what) => write!(f, "the file is damaged: {what}"),
            Self::Io(_) => f.write_str("the file could not be read"),
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
    /// An error of this crate that went through a [`Read`](io::Read) comes out as itself again.
    fn from(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(ours) => ours,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Self::Malformed("it ends too early".into()),
            Err(error) => Self::Io(error),
        }
    }
}

/// A text of a file as it may stand in a message: short, on one line, in backticks.
pub(crate) struct Shown<'a>(pub &'a str);

/// The most characters of a file that a message repeats in one piece.
const LONGEST: usize = 64;

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        let shortened = self.0.char_indices().nth(LONGEST).is_some();
        f.write_char('`')?;
        for c in self.0.chars().take(if shortened { LONGEST - 1 } else { LONGEST }) {
            f.write_char(if c.is_control() { '\u{fffd}' } else { c })?;
        }
        f.write_str(if shortened { "…`" } else { "`" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_repeats_no_more_than_64_characters_of_a_file() {
        let long = Shown(&"é".repeat(1000)).to_string();
        assert_eq!(long.chars().filter(|c| *c != '`').count(), 64);
        assert_eq!(Shown("two\nlines").to_string(), "`two\u{fffd}lines`");
        assert_eq!(Shown(&"x".repeat(64)).to_string(), format!("`{}`", "x".repeat(64)));
    }

    #[test]
    fn an_error_survives_its_way_through_a_reader() {
        let error = Error::from(io::Error::other(Error::Hostile("a bomb".into())));
        assert!(matches!(error, Error::Hostile(what) if what == "a bomb"));
    }
}
