//! What a client tells whoever watches it.

use std::{fmt, sync::Arc, time::Duration};

/// One request and what came of it, as [`Builder::watch`](crate::Builder::watch) tells. A call that is sent again is more
/// than one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exchange<'a> {
    /// The verb, such as `GET`.
    pub verb: &'static str,
    /// The path, without the query. A session's token in it is left out.
    pub path: &'a str,
    /// The answer's HTTP status; none when there was no answer.
    pub status: Option<u16>,
    /// How long it took, to the last byte of the answer.
    pub took: Duration,
}

/// Whoever watches.
#[derive(Clone)]
pub(crate) struct Watcher(pub(crate) Arc<dyn Fn(&Exchange<'_>) + Send + Sync>);

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watcher")
    }
}
