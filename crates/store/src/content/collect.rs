//! Collecting: what nothing refers to is marked, left alone for a while, and deleted unless it was used again.
//!
//! Each step is a transaction that asks again for what it relies on, and a blob whose bytes go is doomed first, for good:
//! equal bytes that come meanwhile are another blob. So collectors, receivers and rooms on any number of nodes need not
//! know of each other.

use std::time::Duration;

use tavola_model::{BlobId, Timestamp};

use super::{DOOM, KEEP, erase, unreferenced};
use crate::{
    Error, Store,
    error::OneLine,
    sql::{Tx, statements, values},
    uploads,
};

/// Blobs that are looked at together.
const BATCH: i64 = 500;

statements! {
    SILENT = "SELECT id FROM blobs b WHERE state = 'receiving' AND touched_at <= $1 AND id > $2 ORDER BY id LIMIT $3";
    DOOM_SILENT = "UPDATE blobs SET state = 'deleting' WHERE id = $1 AND state = 'receiving' AND touched_at <= $2";
    OLD_MARKS = "SELECT id FROM blobs b WHERE state = 'marked' AND touched_at <= $1 AND id > $2 ORDER BY id LIMIT $3";
    DOOMED = "SELECT id FROM blobs b WHERE state = 'deleting' AND touched_at <= $1 AND id > $2 ORDER BY id LIMIT $3";
}

/// How long the collector waits before it takes something for unused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// How long bytes that were received or used last may wait for a room to take them over.
    pub grace: Duration,
    /// How long after the mark, for those who are reading it still.
    pub wait: Duration,
    /// How long a stream may be silent before its bytes are given up.
    pub silence: Duration,
}

impl Default for Patience {
    /// A day, ten minutes, an hour.
    fn default() -> Self {
        Self {
            grace: Duration::from_secs(24 * 60 * 60),
            wait: Duration::from_secs(10 * 60),
            silence: Duration::from_secs(60 * 60),
        }
    }
}

/// What a collection did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Collected {
    /// Uploads whose time was over.
    pub expired_uploads: u64,
    /// Streams that broke off without a word.
    pub broken_off: u64,
    /// Blobs marked: nothing refers to them.
    pub marked: u64,
    /// Marked blobs that are used again.
    pub revived: u64,
    /// Blobs and broken streams whose bytes were deleted.
    pub deleted: u64,
    /// What could not be deleted now; the next collection tries again.
    pub failed: u64,
}

/// Marks what is unused and deletes what was marked long enough ago. To be called now and then, on any number of nodes.
pub async fn collect(store: &Store, patience: Patience) -> Result<Collected, Error> {
    let mut collected = Collected { expired_uploads: uploads::sweep_expired(store).await?, ..Collected::default() };
    let now = store.clock().now();

    let limit = now.minus(patience.silence);
    collected.broken_off =
        each(store, SILENT.to_owned(), limit, move |tx, id| tx.execute(DOOM_SILENT, values![id, limit])).await?;
    store.0.content.reached("broken off doomed").await?;

    // First what was marked before: what is marked now is left alone for a while, however short.
    let free = format!("SELECT 1 FROM blobs b WHERE b.id = $1 AND {}", unreferenced());
    let limit = now.minus(patience.wait);
    let outcome = each_counted(store, OLD_MARKS.to_owned(), limit, move |tx, id| {
        // It may have been used, and even marked again, since it was found.
        if tx
            .query_opt(
                "SELECT 1 FROM blobs WHERE id = $1 AND state = 'marked' AND touched_at <= $2",
                values![id, limit],
            )?
            .is_none()
        {
            return Ok((0, 0));
        }
        if tx.query_opt(&free, values![id])?.is_some() {
            Ok((tx.execute(DOOM, values![id])?, 0))
        } else {
            let now = tx.now();
            Ok((0, tx.execute(KEEP, values![id, now])?))
        }
    })
    .await?;
    collected.revived = outcome.1;
    store.0.content.reached("marked doomed").await?;

    let unused = "(state = 'stored' OR state = 'damaged') AND touched_at <= ";
    let find =
        format!("SELECT id FROM blobs b WHERE {unused} $1 AND id > $2 AND {} ORDER BY id LIMIT $3", unreferenced());
    let mark = format!(
        "UPDATE blobs AS b SET state = 'marked', touched_at = $2 WHERE id = $1 AND {unused} $3 AND {}",
        unreferenced()
    );
    let limit = now.minus(patience.grace);
    collected.marked = each(store, find, limit, move |tx, id| {
        let now = tx.now();
        tx.execute(&mark, values![id, now, limit])
    })
    .await?;
    store.0.content.reached("marked").await?;

    let mut after = String::new();
    loop {
        let page = page(store, DOOMED.to_owned(), now, after).await?;
        let Some(last) = page.last() else { return Ok(collected) };
        after = last.to_string();
        for id in page {
            match erase(store, id).await {
                Ok(()) => collected.deleted += 1,
                Err(problem) => {
                    tracing::warn!(problem = %OneLine(&problem), blob = %id, "bytes could not be deleted");
                    collected.failed += 1;
                }
            }
        }
    }
}

/// The next blobs of a search by time, id and number.
async fn page(store: &Store, find: String, limit: Timestamp, after: String) -> Result<Vec<BlobId>, Error> {
    store
        .scan(move |db| {
            let rows = db.query(&find, values![limit, after.as_str(), BATCH])?;
            rows.into_iter().map(|mut row| row.take()).collect()
        })
        .await
}

/// Changes what is found, a batch a transaction; says how many were changed.
async fn each<F>(store: &Store, find: String, limit: Timestamp, change: F) -> Result<u64, Error>
where
    F: Fn(&mut Tx<'_>, BlobId) -> Result<u64, Error> + Clone + Send + 'static,
{
    each_counted(store, find, limit, move |tx, id| Ok((change(tx, id)?, 0))).await.map(|(changed, _)| changed)
}

async fn each_counted<F>(store: &Store, find: String, limit: Timestamp, change: F) -> Result<(u64, u64), Error>
where
    F: Fn(&mut Tx<'_>, BlobId) -> Result<(u64, u64), Error> + Clone + Send + 'static,
{
    let (mut after, mut total) = (String::new(), (0, 0));
    loop {
        let page = page(store, find.clone(), limit, after).await?;
        let Some(last) = page.last() else { return Ok(total) };
        after = last.to_string();
        let change = change.clone();
        let counts = store
            .write(move |tx| {
                page.iter().try_fold((0, 0), |counts, id| {
                    let changed = change(tx, *id)?;
                    Ok::<_, Error>((counts.0 + changed.0, counts.1 + changed.1))
                })
            })
            .await?;
        total = (total.0 + counts.0, total.1 + counts.1);
    }
}
