//! The bytes of published files as an operator sees them: what nobody uses is collected, and all of it can be checked.

use std::{fmt, sync::Arc, time::Duration};

pub use tavola_store::content::{Broken, Check, Finding, Report};
use tavola_store::{
    OpenError, Store,
    content::{self, Collected, Patience},
    recycle_bin,
};
use tokio::{sync::watch, task::JoinHandle};

use crate::{Config, metrics::Metrics, store_config};

/// How long after a collection the next one begins, at least; up to a minute more, so that nodes that were started
/// together do not collect together.
const PAUSE: Duration = Duration::from_secs(5 * 60);
const LONGEST_JITTER_MILLISECONDS: i64 = 60_000;

/// Deletes what lay in the recycle bin long enough, and collects, from the start on, now and then, until `stop` changes. A collection that is cut off in the middle is taken up
/// by the next.
pub(crate) fn collect_now_and_then(
    store: Store,
    metrics: Arc<Metrics>,
    mut stop: watch::Receiver<bool>,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let forever = async {
            loop {
                match recycle_bin::purge(&store).await {
                    Ok(0) => {}
                    Ok(purged) => tracing::info!(purged, "deleted for good what lay in the recycle bin long enough"),
                    Err(problem) => {
                        tracing::warn!(%problem, cause = ?problem, "the recycle bin could not be looked through")
                    }
                }
                match content::collect(&store, Patience::default()).await {
                    Ok(collected) => tell(collected, &metrics),
                    Err(problem) => tracing::warn!(%problem, cause = ?problem, "nothing could be collected"),
                }
                let jitter = store.clock().now().as_millis().rem_euclid(LONGEST_JITTER_MILLISECONDS);
                tokio::time::sleep(PAUSE + Duration::from_millis(jitter.unsigned_abs())).await;
            }
        };
        tokio::select! {
            () = forever => {}
            _ = stop.changed() => {}
        }
    })
}

fn tell(collected: Collected, metrics: &Metrics) {
    metrics.collected(&collected);
    if collected == Collected::default() {
        return;
    }
    let Collected { expired_uploads, broken_off, marked, revived, deleted, failed } = collected;
    tracing::info!(expired_uploads, broken_off, marked, revived, deleted, failed, "collected files nobody uses");
}

/// Why content could not be checked.
#[derive(Debug)]
pub enum CheckError {
    /// The database or the content could not be opened.
    Open(OpenError),
    /// They did not answer in the middle of it.
    Broken(tavola_store::Error),
}

impl CheckError {
    /// Whether a server that runs is what stands in the way.
    pub fn is_in_use(&self) -> bool {
        matches!(self, Self::Open(OpenError::InUse(_)))
    }
}

impl fmt::Display for CheckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open(cause) => cause.fmt(f),
            Self::Broken(cause) => write!(f, "the check broke off: {cause:?}"),
        }
    }
}

impl std::error::Error for CheckError {}

/// Compares the database of a server's settings with the content in its storage.
pub async fn check_content(config: &Config, how: Check) -> Result<Report, CheckError> {
    let store = Store::open(store_config(config)).await.map_err(CheckError::Open)?;
    let report = content::check(&store, how).await.map_err(CheckError::Broken);
    store.close().await;
    report
}
