//! What both directions of a transfer share: who is told how far it is, and what another call can go on from.

use std::{fmt, sync::Arc};

/// How far a transfer is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// How many bytes have gone over. What is sent again is not counted twice, so that this may fall.
    pub done: u64,
    /// How many there are. Some servers do not tell.
    pub total: Option<u64>,
    /// How many of those that have gone over did so in an earlier call.
    pub resumed: u64,
}

/// Whoever is told how far a transfer is.
pub(crate) type Listener = Arc<dyn Fn(Progress) + Send + Sync>;
/// Whoever keeps what another call can go on from.
type Keeper<R> = Arc<dyn Fn(Option<&R>) + Send + Sync>;

/// Who is told how far a transfer is, and what it goes on from: of an upload `R` is
/// [`UnfinishedUpload`](crate::UnfinishedUpload), of a download [`UnfinishedDownload`](crate::UnfinishedDownload).
pub struct Transfer<R> {
    listener: Option<Listener>,
    keeper: Option<Keeper<R>>,
    pub(crate) begun: Option<R>,
}

impl<R> Transfer<R> {
    /// Is told how far it is, often.
    pub fn progress(mut self, listener: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Lets another call, of this process or another one, go on where this one ends.
    ///
    /// `keep` is given a record whenever there is a new one, from the thread that works on the transfer, and `None` when there
    /// is nothing to go on from any more. It must have kept each record durably when it returns, or have forgotten those
    /// before it: an old record may not come back. `begun` is the record that was kept last, by a transfer of the same file
    /// with the same server, site and user. A record that does not fit is passed over.
    pub fn resumable(mut self, begun: Option<R>, keep: impl Fn(Option<&R>) + Send + Sync + 'static) -> Self {
        self.begun = begun;
        self.keeper = Some(Arc::new(keep));
        self
    }

    pub(crate) fn tell(&self, progress: Progress) {
        if let Some(tell) = &self.listener {
            tell(progress);
        }
    }

    /// Whoever is told, apart from whoever keeps records: to be had by what may outlive the transfer for a moment.
    pub(crate) fn listener(&self) -> Option<Listener> {
        self.listener.clone()
    }

    pub(crate) fn is_kept(&self) -> bool {
        self.keeper.is_some()
    }

    pub(crate) fn keep(&self, record: Option<&R>) {
        if let Some(keep) = &self.keeper {
            keep(record);
        }
    }
}

impl<R> Default for Transfer<R> {
    fn default() -> Self {
        Self { listener: None, keeper: None, begun: None }
    }
}

impl<R: Clone> Clone for Transfer<R> {
    fn clone(&self) -> Self {
        Self { listener: self.listener.clone(), keeper: self.keeper.clone(), begun: self.begun.clone() }
    }
}

impl<R> fmt::Debug for Transfer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transfer")
            .field("is_watched", &self.listener.is_some())
            .field("is_kept", &self.keeper.is_some())
            .field("goes_on", &self.begun.is_some())
            .finish()
    }
}
