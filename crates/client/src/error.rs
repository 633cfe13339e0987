//! What can go wrong with a call, told apart as far as a caller acts differently on it.

use std::{
    error::Error as StdError,
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use tavola_api::{ErrorBody, ErrorCode};

/// Why a call gave no answer.
///
/// Cloning is cheap: calls that waited for the same sign-in share its failure. No text in it, neither by `Display` nor by
/// `Debug`, holds a token, password or other secret of this client.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Error {
    /// The server understood the call and said no.
    Refused(Box<Refused>),
    /// The call needs a session and there can be none.
    NotSignedIn(NotSignedIn),
    /// The server was not reached, or the connection to it broke off.
    Unreachable(Box<Unreachable>),
    /// The server was reached and then took too long.
    TimedOut {
        /// The method's name in the REST reference.
        method: &'static str,
        /// The server.
        host: String,
        /// How long the last attempt waited.
        after: Duration,
    },
    /// What answered does not speak the REST API, or the answer is damaged.
    Unreadable(Box<Unreadable>),
    /// The server sends the client on to another address. Nothing is sent there: it would get the credentials.
    Redirected {
        /// The server that was asked.
        host: String,
        /// Where it points to, without its query.
        to: String,
    },
    /// A file on this machine could not be read or written.
    File {
        /// What was tried, as a verb: `read`, `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: Arc<io::Error>,
    },
    /// What the caller gave cannot be used: a server's address, a certificate, a filter.
    Invalid(String),
}

/// A refusal, as the server worded it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// The code of the reference, such as 404002; 0 if the server gave none.
    pub code: u32,
    /// The HTTP status.
    pub status: u16,
    /// What kind of thing went wrong.
    pub summary: String,
    /// What it was.
    pub detail: String,
    /// The method's name in the REST reference.
    pub method: &'static str,
    /// The path that was asked, without the query.
    pub path: String,
}

/// Why there is no session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotSignedIn {
    /// The client was given no credentials.
    NoCredentials,
    /// The client signed out. It signs in again only when it is told to.
    SignedOut,
    /// The session has ended, and what the client was given makes no second one: a session's own token, or a JSON web
    /// token that has been used.
    Ended,
}

/// Where the way to the server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hop {
    /// The host's name is not known.
    Dns,
    /// No connection could be made.
    Connect,
    /// The proxy did not let the client through.
    Proxy,
    /// The TLS handshake failed; mostly a certificate that is not trusted.
    Tls,
    /// What listens there does not speak TLS at all.
    NoTls,
    /// The connection broke off after the request was, or may have been, sent.
    Exchange,
}

/// A server that was not reached.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Unreachable {
    /// Where the way ended.
    pub hop: Hop,
    /// The host it ended at: the server's, or the proxy's.
    pub host: String,
    /// What happened, in one plain line that names the host.
    pub problem: String,
    /// The error below it.
    pub cause: Arc<dyn StdError + Send + Sync>,
}

/// An answer that is none.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unreadable {
    /// What is wrong with it.
    pub what: String,
    /// The server that was asked.
    pub host: String,
    /// The method's name in the REST reference.
    pub method: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The header `Content-Type`.
    pub content_type: Option<String>,
    /// The first 200 characters of the body. Empty where the body may hold secrets: an XML or JSON answer of success.
    pub start: String,
}

impl Error {
    /// The refusal, if this is one.
    pub fn refused(&self) -> Option<&Refused> {
        match self {
            Self::Refused(refused) => Some(refused),
            _ => None,
        }
    }

    /// The code of the reference, such as 404002, if the server gave one.
    pub fn code(&self) -> Option<u32> {
        self.refused().map(|refused| refused.code).filter(|code| *code != 0)
    }

    /// Whether the server refused with this code.
    pub fn is(&self, code: ErrorCode) -> bool {
        self.code() == Some(code.number)
    }

    pub(crate) fn file(action: &'static str, path: &Path, cause: io::Error) -> Self {
        Self::File { action, path: path.to_owned(), cause: Arc::new(cause) }
    }

    pub(crate) fn invalid(problem: impl fmt::Display) -> Self {
        Self::Invalid(problem.to_string())
    }
}

impl Refused {
    pub(crate) fn new(body: ErrorBody, status: u16, method: &'static str, path: String) -> Self {
        Self {
            code: body.code.trim().parse().unwrap_or(0),
            status,
            summary: body.summary.0,
            detail: body.detail.0,
            method,
            path,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server refused `{}`: {}", self.method, self.summary.trim())?;
        if !self.detail.trim().is_empty() {
            write!(f, ": {}", self.detail.trim().trim_end_matches('.'))?;
        }
        match self.code {
            0 => write!(f, " (HTTP {})", self.status),
            code => write!(f, " ({code:06})"),
        }
    }
}

impl fmt::Display for NotSignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCredentials => "this needs a session, and there are no credentials to sign in with",
            Self::SignedOut => "the client has signed out",
            Self::Ended => "the session has ended, and what it was made with makes no second one: sign in anew",
        })
    }
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, host, method, status, content_type, start } = self;
        write!(f, "the answer of `{host}` to `{method}` cannot be read: {what} (HTTP {status}, ")?;
        match content_type {
            Some(content_type) => write!(f, "`{content_type}`)")?,
            None => f.write_str("no Content-Type)")?,
        }
        if start.is_empty() { Ok(()) } else { write!(f, "; it begins: {start:?}") }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refused) => refused.fmt(f),
            Self::NotSignedIn(why) => why.fmt(f),
            Self::Unreachable(unreachable) => f.write_str(&unreachable.problem),
            Self::TimedOut { method, host, after } => {
                write!(f, "`{host}` did not answer `{method}` within {}", in_words(*after))
            }
            Self::Unreadable(unreadable) => unreadable.fmt(f),
            Self::Redirected { host, to } => {
                write!(f, "`{host}` sends the client on to `{to}`; if that is the server, give its address instead")
            }
            Self::File { path, cause, .. } if cause.kind() == io::ErrorKind::AlreadyExists => {
                write!(f, "there is a file `{}` already", path.display())
            }
            Self::File { action, path, cause } => write!(f, "cannot {action} `{}`: {cause}", path.display()),
            Self::Invalid(problem) => f.write_str(problem),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Unreachable(unreachable) => Some(&*unreachable.cause),
            Self::File { cause, .. } => Some(&**cause),
            _ => None,
        }
    }
}

/// A span as people say it: `30 s`, `0.5 s`.
pub(crate) fn in_words(span: Duration) -> String {
    let tenths = (span.as_millis() + 50) / 100;
    if tenths.is_multiple_of(10) { format!("{} s", tenths / 10) } else { format!("{}.{} s", tenths / 10, tenths % 10) }
}
