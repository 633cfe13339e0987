//! Single flight: of many that want the same thing done, one does it and the others share how it ended.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Mutex, MutexGuard};

/// State that is changed by attempts, one at a time.
///
/// Dropping the future of whoever is at it gives the turn to the next in the queue, who then finds nothing done.
#[derive(Debug, Default)]
pub(crate) struct Flight<S> {
    state: Mutex<S>,
    /// Attempts that came to an end, good or bad. Read before queueing: if it has moved on when one's turn comes, the
    /// attempt one waited for has ended, and its failure is one's own.
    attempts: AtomicU64,
}

/// The right to look at the state, and to change it by an attempt.
pub(crate) struct Turn<'a, S> {
    pub(crate) state: MutexGuard<'a, S>,
    attempts: &'a AtomicU64,
    waited: bool,
}

impl<S> Flight<S> {
    pub(crate) fn new(state: S) -> Self {
        Self { state: Mutex::new(state), attempts: AtomicU64::new(0) }
    }

    /// Queues.
    pub(crate) async fn turn(&self) -> Turn<'_, S> {
        let before = self.attempts.load(Ordering::Acquire);
        let state = self.state.lock().await;
        let waited = self.attempts.load(Ordering::Acquire) != before;
        Turn { state, attempts: &self.attempts, waited }
    }
}

impl<S> Turn<'_, S> {
    /// Whether an attempt came to its end while this turn was waited for.
    pub(crate) fn waited_for_attempt(&self) -> bool {
        self.waited
    }

    /// Notes that this turn made an attempt.
    pub(crate) fn attempted(&self) {
        self.attempts.fetch_add(1, Ordering::Release);
    }
}
