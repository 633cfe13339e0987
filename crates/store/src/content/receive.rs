//! Receiving: bytes in, a blob out, with a bounded amount of them in memory at any size.

use std::{fmt, pin::pin, time::Duration};

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};
use sha2::{Digest as _, Sha256};
use tavola_model::{BlobId, Timestamp};
use tokio::task::JoinHandle;

use super::{Blob, DOOM, GIVE_UP, Hash, KEEP, REFERENCES, erase, objects::Writer, seal};
use crate::{
    Error, Invalid, Store, blocking, random,
    sql::{Tx, statements, values},
};

/// What is hashed, sealed and written at once: whole chunks of a sealed file.
const BLOCK: usize = 4 * seal::CHUNK as usize;

/// How often a stream that is received says that it goes on; see [`super::Patience::silence`].
const HEARTBEAT: Duration = Duration::from_secs(5 * 60);

statements! {
    INSERT = "INSERT INTO blobs (id, state, created_at, touched_at) VALUES ($1, 'receiving', $2, $2)";
    BEAT = "UPDATE blobs SET touched_at = $2 WHERE id = $1 AND state = 'receiving'";
    NOTE_MULTIPART = "UPDATE blobs SET multipart = $2, touched_at = $3 WHERE id = $1 AND state = 'receiving'";
    FIND_EQUAL = "SELECT b.id, b.hash, b.size, b.key_id, b.state FROM blobs b \
        WHERE b.hash = $1 AND b.state IN ('stored', 'marked', 'damaged')";
    STORE = "UPDATE blobs SET state = 'stored', hash = $2, size = $3, key_id = $4, multipart = NULL, created_at = $5, \
        touched_at = $5 \
        WHERE id = $1 AND state = 'receiving'";
}

/// Why bytes were not received.
#[derive(Debug)]
pub enum ReceiveError<E> {
    /// The stream broke off.
    Stream(E),
    /// There are more of them than allowed, or they could not be stored.
    Store(Error),
}

impl<E> From<Error> for ReceiveError<E> {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl<E: fmt::Display> fmt::Display for ReceiveError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stream(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl<E: std::error::Error + 'static> std::error::Error for ReceiveError<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Stream(error) => error.source(),
            Self::Store(error) => error.source(),
        }
    }
}

/// Receives a stream of at most `limit` bytes. When this answers, they are stored and survive a power cut; they are kept
/// for [`super::Patience::grace`], within which a room must take them over. A stream that breaks off leaves nothing.
///
/// It asks for no actor, because it grants nothing: what was received is nobody's until a room takes it.
pub async fn receive<E: Send>(
    store: &Store,
    stream: impl Stream<Item = Result<Bytes, E>> + Send,
    limit: u64,
) -> Result<Blob, ReceiveError<E>> {
    receive_with(store, stream, limit, |_, _| Ok(())).await.map(|(blob, ())| blob)
}

/// As [`receive`], with what takes the blob over, in the transaction in which it becomes one. If that is refused, the
/// bytes are given up.
pub(crate) async fn receive_with<E, T, F>(
    store: &Store,
    stream: impl Stream<Item = Result<Bytes, E>> + Send,
    limit: u64,
    take_over: F,
) -> Result<(Blob, T), ReceiveError<E>>
where
    E: Send,
    T: Send + 'static,
    F: Fn(&mut Tx<'_>, &Blob) -> Result<T, Error> + Send + 'static,
{
    let id = BlobId::from_random_bytes(random::bytes());
    store
        .write(move |tx| {
            let now = tx.now();
            tx.execute(INSERT, values![id, now]).map(drop)
        })
        .await?;
    store.0.content.reached("row written").await?;
    let received = match fill(store, id, stream, limit).await {
        Ok(inflow) => settle(store, inflow, take_over).await.map_err(ReceiveError::Store),
        Err(error) => Err(error),
    };
    match received {
        Ok((blob, taken, given_up)) => {
            store.0.content.reached("settled").await?;
            if let Some(given_up) = given_up {
                erase_or_leave(store, given_up).await;
            }
            Ok((blob, taken))
        }
        Err(error) => {
            match store.write(move |tx| tx.execute(GIVE_UP, values![id]).map(drop)).await {
                Ok(()) => erase_or_leave(store, id).await,
                Err(problem) => tracing::warn!(%problem, blob = %id, "bytes that broke off are left to the collector"),
            }
            Err(error)
        }
    }
}

/// What cannot be deleted now the collector will find.
async fn erase_or_leave(store: &Store, id: BlobId) {
    if let Err(problem) = erase(store, id).await {
        tracing::warn!(problem = %crate::error::OneLine(&problem), blob = %id, "bytes are left to the collector");
    }
}

/// Reads the stream to its end, and writes it.
async fn fill<E>(
    store: &Store,
    id: BlobId,
    stream: impl Stream<Item = Result<Bytes, E>> + Send,
    limit: u64,
) -> Result<Inflow, ReceiveError<E>> {
    let mut stream = pin!(stream);
    let mut pump = Pump::new(Inflow::new(store, id)?);
    let mut size: u64 = 0;
    let mut block = BytesMut::with_capacity(BLOCK);
    while let Some(bytes) = stream.next().await {
        let mut bytes = bytes.map_err(ReceiveError::Stream)?;
        size += bytes.len() as u64;
        if size > limit {
            return Err(Error::Invalid(Invalid::TooLarge(limit)).into());
        }
        while !bytes.is_empty() {
            // A full block waits for what comes next: the last one is sealed as the last.
            if block.len() == BLOCK {
                let full = std::mem::replace(&mut block, BytesMut::with_capacity(BLOCK));
                pump.take(full.freeze(), false).await?;
            }
            let room = BLOCK - block.len();
            block.extend_from_slice(&bytes.split_to(room.min(bytes.len())));
        }
    }
    pump.take(block.freeze(), true).await?;
    Ok(pump.finish().await?)
}

/// Reads the next block from the caller while the last one is written.
struct Pump {
    idle: Option<Inflow>,
    busy: Option<JoinHandle<Result<Inflow, Error>>>,
}

impl Pump {
    fn new(inflow: Inflow) -> Self {
        Self { idle: Some(inflow), busy: None }
    }

    async fn take(&mut self, block: Bytes, last: bool) -> Result<(), Error> {
        let inflow = self.wait().await?;
        self.busy = Some(tokio::spawn(inflow.take(block, last)));
        Ok(())
    }

    async fn finish(mut self) -> Result<Inflow, Error> {
        self.wait().await
    }

    async fn wait(&mut self) -> Result<Inflow, Error> {
        if let Some(idle) = self.idle.take() {
            return Ok(idle);
        }
        match self.busy.take() {
            Some(busy) => busy.await.map_err(Error::unavailable)?,
            None => Err(Error::unavailable("writing broke off before")),
        }
    }
}

/// Bytes on their way into the storage.
struct Inflow {
    store: Store,
    id: BlobId,
    hasher: Sha256,
    size: u64,
    sealer: Option<seal::Sealer>,
    writer: Writer,
    last_beat: Timestamp,
}

impl Inflow {
    fn new(store: &Store, id: BlobId) -> Result<Self, Error> {
        let content = &store.0.content;
        Ok(Self {
            store: store.clone(),
            id,
            hasher: Sha256::new(),
            size: 0,
            sealer: content.key.as_ref().map(seal::Sealer::new).transpose()?,
            writer: content.objects.create(id),
            last_beat: store.clock().now(),
        })
    }

    async fn take(mut self, block: Bytes, last: bool) -> Result<Self, Error> {
        self.beat().await?;
        let (mut this, sealed) = blocking(move || {
            self.hasher.update(&block);
            self.size += block.len() as u64;
            let sealed = match &mut self.sealer {
                Some(sealer) => sealer.seal(&block, last)?,
                None => block,
            };
            let left = self.writer.write_blocking(sealed).map_err(Error::unavailable)?;
            Ok::<_, Error>((self, left))
        })
        .await?;
        if let Writer::Parts(parts) = &mut this.writer {
            parts.add(&sealed);
            if parts.needs_multipart() {
                let multipart = parts.begin_multipart().await?;
                let (id, now) = (this.id, this.store.clock().now());
                let noted =
                    this.store.write(move |tx| tx.execute(NOTE_MULTIPART, values![id, multipart.as_str(), now]));
                still_receiving(noted.await?)?;
            }
            parts.send_full().await?;
        }
        this.store.0.content.reached("block written").await?;
        Ok(this)
    }

    /// Says that the stream goes on, if that was not said for a while. What was taken for dead may not go on: its bytes
    /// would be nobody's.
    async fn beat(&mut self) -> Result<(), Error> {
        let now = self.store.clock().now();
        if now.since(self.last_beat) < HEARTBEAT {
            return Ok(());
        }
        let id = self.id;
        still_receiving(self.store.write(move |tx| tx.execute(BEAT, values![id, now])).await?)?;
        self.last_beat = now;
        Ok(())
    }
}

fn still_receiving(changed: u64) -> Result<(), Error> {
    if changed == 1 {
        Ok(())
    } else {
        Err(Error::unavailable("the stream was silent for so long that it was given up"))
    }
}

/// What became of the bytes: a blob, what took it over, and the copy that is not needed.
type Settled<T> = (Blob, T, Option<BlobId>);

/// Makes a blob of bytes that are all there, or finds the one that has them already.
async fn settle<T, F>(store: &Store, mut inflow: Inflow, take_over: F) -> Result<Settled<T>, Error>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>, &Blob) -> Result<T, Error> + Send + 'static,
{
    inflow.beat().await?;
    inflow.writer.finish().await?;
    store.0.content.reached("bytes synced").await?;
    let key_id = inflow.sealer.and(store.0.content.key.as_ref()).map(seal::Key::id);
    let own = Blob { id: inflow.id, hash: Hash(inflow.hasher.finalize().into()), size: inflow.size, key_id };

    // Nothing may be acknowledged for the sake of a copy that got lost.
    let hash = own.hash;
    let lost = match store.read(move |db| find_equal(db, hash)).await? {
        Some((equal, _)) => {
            let intact = store.0.content.objects.size(equal.id).await? == Some(equal.stored_size());
            (!intact).then_some(equal.id)
        }
        None => None,
    };
    store
        .write(move |tx| {
            let now = tx.now();
            let (blob, given_up) = match find_equal(tx, own.hash)? {
                Some((equal, damaged)) if !damaged && lost != Some(equal.id) => {
                    tx.execute(KEEP, values![equal.id, now])?;
                    tx.execute(GIVE_UP, values![own.id])?;
                    (equal, Some(own.id))
                }
                Some((damaged, _)) => {
                    tx.execute(DOOM, values![damaged.id])?;
                    become_blob(tx, &own)?;
                    refer_instead(tx, damaged.id, own.id)?;
                    (own.clone(), Some(damaged.id))
                }
                None => {
                    become_blob(tx, &own)?;
                    (own.clone(), None)
                }
            };
            let taken = take_over(tx, &blob)?;
            Ok((blob, taken, given_up))
        })
        .await
}

/// The blob that has these bytes, and whether it is damaged.
fn find_equal(db: &mut crate::sql::Db<'_>, hash: Hash) -> Result<Option<(Blob, bool)>, Error> {
    let row = db.query_opt(FIND_EQUAL, values![hash])?;
    row.map(|mut row| Ok((Blob::read(&mut row)?, row.take::<String>()? == "damaged"))).transpose()
}

fn become_blob(tx: &mut Tx<'_>, blob: &Blob) -> Result<(), Error> {
    let now = tx.now();
    let size = i64::try_from(blob.size).unwrap_or(i64::MAX);
    still_receiving(tx.execute(STORE, values![blob.id, blob.hash, size, blob.key_id.clone(), now])?)
}

/// What referred to a damaged blob refers to the one that has its bytes.
fn refer_instead(tx: &mut Tx<'_>, damaged: BlobId, whole: BlobId) -> Result<(), Error> {
    for (table, column) in REFERENCES {
        let statement = format!("UPDATE {table} SET {column} = $2 WHERE {column} = $1");
        tx.execute(&statement, values![damaged, whole])?;
    }
    Ok(())
}
