//! Background jobs of the site signed in to.

use std::time::Duration;

use tavola_api::jobs::{GET, Job};
use tavola_model::JobId;
use tokio::time::Instant;

use crate::{Client, Error, PathValue};

/// How long to wait before a job is asked for again, at first.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The same for a job that takes long.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The methods about jobs, by [`Client::jobs`].
#[derive(Debug, Clone, Copy)]
pub struct JobsRoom<'a>(&'a Client);

impl Client {
    /// The methods about background jobs of the site signed in to.
    pub fn jobs(&self) -> JobsRoom<'_> {
        JobsRoom(self)
    }
}

impl JobsRoom<'_> {
    /// “Query Job”.
    pub async fn get(&self, id: JobId) -> Result<Job, Error> {
        self.0.call(&GET, &[PathValue::SessionSite, PathValue::Of(&id)], &[], None).await.map(|answer| answer.job)
    }

    /// Asks for a job until it has ended, well or not: [`Job::ended`] tells. [`Error::TimedOut`] when it still runs after
    /// that long; the job is not stopped by that.
    pub async fn wait(&self, id: JobId, timeout: Duration) -> Result<Job, Error> {
        let begun = Instant::now();
        let mut pause = FIRST_PAUSE;
        loop {
            let job = self.get(id).await?;
            if job.ended().is_some() {
                return Ok(job);
            }
            let left = timeout.saturating_sub(begun.elapsed());
            if left.is_zero() {
                return Err(Error::TimedOut {
                    method: GET.about.name,
                    host: self.0.address().authority(),
                    after: timeout,
                });
            }
            tokio::time::sleep(pause.min(left)).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    }
}
