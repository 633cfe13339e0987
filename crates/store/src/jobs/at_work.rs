//! The jobs that this process works on, and how they are told to stop.

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tavola_model::{JobId, Timestamp};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};

use super::beat;
use crate::{Conflict, Error, Store};

/// Jobs at work at once: each holds what it works on in memory.
const MOST_AT_WORK: usize = 16;

/// How often a job that is busy with something else says that it is alive.
pub(super) const HEARTBEAT: Duration = Duration::from_secs(15);

/// The jobs of this process.
pub(crate) struct AtWork {
    places: Arc<Semaphore>,
    stop: watch::Sender<bool>,
    tasks: Mutex<JoinSet<()>>,
}

/// Room for one more job, for as long as it is held.
pub(crate) struct Place(#[expect(dead_code, reason = "held, not read")] OwnedSemaphorePermit);

impl AtWork {
    pub(crate) fn new() -> Self {
        Self {
            places: Arc::new(Semaphore::new(MOST_AT_WORK)),
            stop: watch::Sender::new(false),
            tasks: Mutex::default(),
        }
    }

    /// Room for one more job, if there is any.
    pub(crate) fn place(&self) -> Result<Place, Error> {
        if *self.stop.borrow() {
            return Err(Error::unavailable("the store is closing"));
        }
        let place = self.places.clone().try_acquire_owned();
        place.map(Place).map_err(|_| Error::Conflict(Conflict::TooManyJobs))
    }

    /// Works in the background, in this place.
    pub(crate) fn spawn(&self, place: Place, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        // Forget those that ended.
        while let Some(ended) = tasks.try_join_next() {
            if let Err(problem) = ended {
                tracing::error!(%problem, "a job broke off");
            }
        }
        tasks.spawn(async move {
            work.await;
            drop(place);
        });
    }

    /// Tells the jobs to stop and waits until each has written down how far it got.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        let mut tasks = std::mem::take(&mut *self.tasks.lock().unwrap_or_else(PoisonError::into_inner));
        while let Some(ended) = tasks.join_next().await {
            if let Err(problem) = ended {
                tracing::error!(%problem, "a job broke off");
            }
        }
    }
}

/// A job, for those who work on it.
pub(crate) struct Work {
    store: Store,
    id: JobId,
    stop: watch::Receiver<bool>,
    last_beat: Timestamp,
}

impl Work {
    pub(crate) fn new(store: Store, id: JobId) -> Self {
        let stop = store.0.jobs.stop.subscribe();
        let last_beat = store.clock().now();
        Self { store, id, stop, last_beat }
    }

    pub(crate) fn id(&self) -> JobId {
        self.id
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Whether the process wants to end: what is begun is finished, nothing else is begun.
    pub(crate) fn must_stop(&self) -> bool {
        *self.stop.borrow()
    }

    /// Waits so long, or until the job must stop.
    pub(crate) async fn wait(&mut self, span: Duration) {
        // Either way the wait is over.
        tokio::time::timeout(span, self.stop.wait_for(|stop| *stop)).await.ok();
    }

    /// Notes that the job's row was written to just now.
    pub(crate) fn was_written(&mut self) {
        self.last_beat = self.store.clock().now();
    }

    /// Says that the job is alive, if that was not said for a while. That it could not be said shows when the job next
    /// writes down how far it got.
    pub(crate) async fn beat(&mut self) {
        if self.store.clock().now().since(self.last_beat) < HEARTBEAT {
            return;
        }
        let id = self.id;
        if let Err(problem) = self.store.write(move |tx| beat(tx, id)).await {
            tracing::warn!(%problem, job = %id, "the heartbeat of a job was not written");
        }
        self.was_written();
    }
}
