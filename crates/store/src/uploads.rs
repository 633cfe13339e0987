//! Uploads in blocks: a file that comes in pieces, in order or in parallel, until it is published.
//!
//! An upload is its user's own, on their site: for others it does not exist. Each block is a blob that the upload refers
//! to, so that a block that broke off is sent again and nothing else, and what is forgotten goes when the upload expires.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use tavola_model::{BlobId, Timestamp, UploadId};

use crate::{
    Actor, Conflict, Error, Missing, Refusal, Store,
    content::{self, Blob, ReceiveError},
    random,
    sql::{Db, Tx, statements, values},
};

/// How long an upload may take, from its begin to the publishing of its file.
const LIFE: Duration = Duration::from_secs(24 * 60 * 60);

/// How many blocks an upload may have. A client that sends ever smaller ones would fill the database.
pub const MOST_BLOCKS: u32 = 10_000;

/// An upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// When it will be forgotten.
    pub expires_at: Timestamp,
    /// The blocks that are there, in order. None are left once the upload is finished.
    pub blocks: Vec<Block>,
    /// The whole file, once the upload is finished.
    pub finished: Option<Blob>,
}

impl Upload {
    /// How many bytes have come.
    pub fn size(&self) -> u64 {
        self.finished.as_ref().map_or_else(|| self.blocks.iter().map(|block| block.size).sum(), Blob::size)
    }
}

/// A block that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    /// Its place.
    pub sequence: u32,
    /// How many bytes it has.
    pub size: u64,
}

statements! {
    INSERT = "INSERT INTO uploads (id, site_id, user_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)";
    FIND = "SELECT expires_at, blob_id FROM uploads WHERE id = $1 AND site_id = $2 AND user_id = $3 AND expires_at > $4";
    // Nothing but the lock matters: blocks and ends of one upload come one after the other.
    LOCK = "UPDATE uploads SET expires_at = expires_at WHERE id = $1";
    FINISHED = "SELECT b.id, b.hash, b.size, b.key_id FROM blobs b JOIN uploads u ON u.blob_id = b.id WHERE u.id = $1";
    BLOCKS = "SELECT b.id, b.hash, b.size, b.key_id, k.sequence FROM upload_blocks k JOIN blobs b ON b.id = k.blob_id \
        WHERE k.upload_id = $1 ORDER BY k.sequence";
    SIZE = "SELECT CAST(COALESCE(SUM(b.size), 0) AS BIGINT) FROM upload_blocks k JOIN blobs b ON b.id = k.blob_id \
        WHERE k.upload_id = $1";
    LAST_BLOCK = "SELECT MAX(sequence) FROM upload_blocks WHERE upload_id = $1";
    REPLACED = "SELECT blob_id, received_at FROM upload_blocks WHERE upload_id = $1 AND sequence = $2";
    PUT_BLOCK = "INSERT INTO upload_blocks (upload_id, sequence, blob_id, received_at) VALUES ($1, $2, $3, $4) \
        ON CONFLICT (upload_id, sequence) DO UPDATE SET blob_id = excluded.blob_id, received_at = excluded.received_at";
    USED = "SELECT blob_id, received_at FROM upload_blocks WHERE upload_id = $1";
    DELETE_BLOCKS = "DELETE FROM upload_blocks WHERE upload_id = $1";
    SET_FINISHED = "UPDATE uploads SET blob_id = $2 WHERE id = $1";
    DELETE = "DELETE FROM uploads WHERE id = $1";
    EXPIRED = "SELECT id FROM uploads WHERE expires_at <= $1 LIMIT 100";
}

/// Begins an upload, for those who may publish.
pub async fn begin(store: &Store, actor: &Actor) -> Result<Upload, Error> {
    require_publisher(actor)?;
    let id = UploadId::from_random_bytes(random::bytes());
    let actor = actor.clone();
    store
        .write(move |tx| {
            let now = tx.now();
            let expires_at = now.plus(LIFE);
            tx.execute(INSERT, values![id, actor.site_id(), actor.user_id(), now, expires_at])?;
            Ok(Upload { id, expires_at, blocks: Vec::new(), finished: None })
        })
        .await
}

fn require_publisher(actor: &Actor) -> Result<(), Error> {
    if actor.is_site_administrator() || actor.site_role().may_publish() {
        Ok(())
    } else {
        Err(Error::Forbidden(Refusal::NotPublisher))
    }
}

/// The actor's upload: what of it has come.
pub async fn get(store: &Store, actor: &Actor, id: UploadId) -> Result<Upload, Error> {
    let actor = actor.clone();
    store
        .scan(move |db| {
            let expires_at = find(db, &actor, id)?;
            let blocks = blocks(db, id)?;
            Ok(Upload {
                id,
                expires_at,
                blocks: blocks
                    .iter()
                    .map(|(sequence, blob)| Block { sequence: *sequence, size: blob.size() })
                    .collect(),
                finished: finished(db, id)?,
            })
        })
        .await
}

/// Adds a block, of at most `limit` bytes: at its place when blocks come in any order, after the last one otherwise. A
/// block that is sent again replaces what was sent before. Gives the size of the whole so far. The stream is not touched
/// before it is clear that the actor may.
pub async fn append<E: Send>(
    store: &Store,
    actor: &Actor,
    id: UploadId,
    sequence: Option<u32>,
    stream: impl Stream<Item = Result<Bytes, E>> + Send,
    limit: u64,
) -> Result<u64, ReceiveError<E>> {
    require_publisher(actor)?;
    let asker = actor.clone();
    let expected = store
        .read(move |db| {
            find(db, &asker, id)?;
            next_sequence(db, id)
        })
        .await?;
    let place = sequence.unwrap_or(expected);
    if place > MOST_BLOCKS {
        return Err(Error::invalid(format!("an upload has no block {place}")).into());
    }
    let actor = actor.clone();
    let (_, size) = content::receive_with(store, stream, limit, move |tx, blob| {
        find(tx, &actor, id)?;
        tx.execute(LOCK, values![id])?;
        if finished(tx, id)?.is_some() {
            return Err(Error::Conflict(Conflict::UploadFinished));
        }
        // Of two that both mean to follow the last block one would be in a wrong place.
        if sequence.is_none() && next_sequence(tx, id)? != expected {
            return Err(Error::Conflict(Conflict::UploadChangedMeanwhile));
        }
        let now = tx.now();
        let place = i64::from(place);
        let replaced = tx.query_opt(REPLACED, values![id, place])?;
        tx.execute(PUT_BLOCK, values![id, place, blob.id(), now])?;
        if let Some(mut row) = replaced {
            content::let_go(tx, row.take()?, row.take()?)?;
        }
        Ok(tx.query_one(SIZE, values![id])?.take::<i64>()?.unsigned_abs())
    })
    .await?;
    Ok(size)
}

/// Makes one file of the blocks. It stays the upload's, so that publishing it can be tried again, until it is published,
/// aborted or forgotten; asked again, the answer is the same.
pub async fn finish(store: &Store, actor: &Actor, id: UploadId) -> Result<Blob, Error> {
    let asker = actor.clone();
    let (done, blocks) = store
        .scan(move |db| {
            find(db, &asker, id)?;
            Ok::<_, Error>((finished(db, id)?, blocks(db, id)?))
        })
        .await?;
    if let Some(done) = done {
        return Ok(done);
    }
    complete(&blocks)?;
    let blobs: Vec<Blob> = blocks.into_iter().map(|(_, blob)| blob).collect();
    let used: Vec<BlobId> = blobs.iter().map(Blob::id).collect();
    let actor = actor.clone();
    let end = move |tx: &mut Tx<'_>, whole: &Blob| {
        find(tx, &actor, id)?;
        tx.execute(LOCK, values![id])?;
        if let Some(done) = finished(tx, id)? {
            return Ok(done);
        }
        if self::blocks(tx, id)?.iter().map(|(_, blob)| blob.id()).ne(used.iter().copied()) {
            return Err(Error::Conflict(Conflict::UploadChangedMeanwhile));
        }
        content::keep(tx, whole)?;
        tx.execute(SET_FINISHED, values![id, whole.id()])?;
        let rows = tx.query(USED, values![id])?;
        tx.execute(DELETE_BLOCKS, values![id])?;
        for mut row in rows {
            content::let_go(tx, row.take()?, row.take()?)?;
        }
        Ok(whole.clone())
    };
    if let [only] = blobs.as_slice() {
        let only = only.clone();
        return store.write(move |tx| end(tx, &only)).await;
    }
    let reader = store.clone();
    let stream = stream::iter(blobs)
        .then(move |blob| {
            let store = reader.clone();
            async move { content::read(&store, &blob, None).await.map(|reading| reading.stream) }
        })
        .try_flatten()
        // Unboxed, the compiler cannot tell that callers may send the future to another thread.
        .boxed();
    match content::receive_with(store, stream, u64::MAX, end).await {
        Ok((_, whole)) => Ok(whole),
        Err(ReceiveError::Stream(error) | ReceiveError::Store(error)) => Err(error),
    }
}

/// Forgets an upload and what came of it.
pub async fn abort(store: &Store, actor: &Actor, id: UploadId) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            find(tx, &actor, id)?;
            delete(tx, id)
        })
        .await
}

/// Forgets the uploads whose time is over; says how many.
pub async fn sweep_expired(store: &Store) -> Result<u64, Error> {
    let mut swept = 0;
    loop {
        let some = store
            .write(|tx| {
                let now = tx.now();
                let rows = tx.query(EXPIRED, values![now])?;
                let count = rows.len() as u64;
                for mut row in rows {
                    delete(tx, row.take()?)?;
                }
                Ok::<_, Error>(count)
            })
            .await?;
        swept += some;
        if some == 0 {
            return Ok(swept);
        }
    }
}

/// Forgets an upload, also when its file was published: in the transaction that took the file over.
pub(crate) fn delete(tx: &mut Tx<'_>, id: UploadId) -> Result<(), Error> {
    let rows = tx.query(USED, values![id])?;
    tx.execute(DELETE, values![id])?;
    for mut row in rows {
        content::let_go(tx, row.take()?, row.take()?)?;
    }
    Ok(())
}

/// When the upload expires, if it is the actor's and there.
fn find(db: &mut Db<'_>, actor: &Actor, id: UploadId) -> Result<Timestamp, Error> {
    let now = db.now();
    let row = db.query_opt(FIND, values![id, actor.site_id(), actor.user_id(), now])?;
    row.ok_or_else(|| Error::NotFound(Missing::Upload(id.to_string())))?.take()
}

fn finished(db: &mut Db<'_>, id: UploadId) -> Result<Option<Blob>, Error> {
    db.query_opt(FINISHED, values![id])?.map(|mut row| Blob::read(&mut row)).transpose()
}

fn blocks(db: &mut Db<'_>, id: UploadId) -> Result<Vec<(u32, Blob)>, Error> {
    let rows = db.query(BLOCKS, values![id])?;
    rows.into_iter()
        .map(|mut row| {
            let blob = Blob::read(&mut row)?;
            Ok((u32::try_from(row.take::<i64>()?).map_err(Error::unavailable)?, blob))
        })
        .collect()
}

/// The place after the last block. Places count from 0, from 1 for those who do.
fn next_sequence(db: &mut Db<'_>, id: UploadId) -> Result<u32, Error> {
    let last: Option<i64> = db.query_one(LAST_BLOCK, values![id])?.take()?;
    Ok(last.map_or(0, |last| u32::try_from(last).unwrap_or(u32::MAX).saturating_add(1)))
}

/// Whether no block is missing between the first and the last. Clients count from 0 or from 1.
fn complete(blocks: &[(u32, Blob)]) -> Result<(), Error> {
    let missing = |block| Err(Error::Conflict(Conflict::UploadIncomplete(block)));
    let Some((first, _)) = blocks.first() else { return missing(0) };
    if *first > 1 {
        return missing(0);
    }
    for ((expected, _), (found, _)) in blocks.iter().map(|(sequence, blob)| (sequence + 1, blob)).zip(&blocks[1..]) {
        if expected != *found {
            return missing(expected);
        }
    }
    Ok(())
}
