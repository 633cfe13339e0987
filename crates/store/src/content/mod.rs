//! The bytes of published files: received once, kept once however often they are published, deleted when nothing refers
//! to them any more.
//!
//! A [`Blob`] is bytes that were received whole. Its row in the table `blobs` is there before its bytes are and goes after
//! them, so that nothing lies in the storage that the database does not know of, whenever the process dies; and its name
//! in the storage is its id, which is never used again, so that whoever deletes late deletes nothing new. Equal bytes are
//! told by their SHA-256 once all have come; the second copy is then given up for the first.
//!
//! What refers to a blob is asked of the database, not counted: see `REFERENCES`. A room that takes a blob over calls
//! `keep` in the transaction that writes its row. Until then a blob that was received is kept for [`Patience::grace`].
//!
//! Holding a [`Blob`] is the right to read it: only this crate makes one, and rooms give theirs to those who may read.
//!
//! The storage is a folder or a bucket (`objects`), its files are sealed when there is a key (`seal`).

mod check;
mod collect;
#[cfg(test)]
mod crash_tests;
mod objects;
mod read;
mod receive;
mod seal;

use std::fmt;

use tavola_model::{BlobId, Timestamp};

use crate::{
    Config, Conflict, Error, OpenError, Store,
    error::OneLine,
    random,
    sql::{Db, FromValue, Row, Tx, Value, statements, values},
};

#[cfg(test)]
pub(crate) use check::STATEMENTS as CHECK_STATEMENTS;
pub use check::{Broken, Check, Finding, Report, check};
#[cfg(test)]
pub(crate) use collect::STATEMENTS as COLLECT_STATEMENTS;
pub use collect::{Collected, Patience, collect};
pub use read::{RandomRead, Reading, random_read, read, read_whole};
#[cfg(test)]
pub(crate) use receive::STATEMENTS as RECEIVE_STATEMENTS;
pub(crate) use receive::receive_with;
pub use receive::{ReceiveError, receive};

/// The columns that refer to blobs, each with its table: what is named in none of them is deleted. A room whose table
/// gets such a column adds it here; a test compares this list with the foreign keys that there are.
pub(crate) const REFERENCES: &[(&str, &str)] =
    &[("revisions", "blob_id"), ("upload_blocks", "blob_id"), ("uploads", "blob_id")];

statements! {
    SETTING = "SELECT value FROM server_settings WHERE name = $1";
    SET_ONCE = "INSERT INTO server_settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";
    ANY_BLOB = "SELECT id FROM blobs LIMIT 1";
    KEEP = "UPDATE blobs SET state = CASE state WHEN 'marked' THEN 'stored' ELSE state END, touched_at = $2 \
        WHERE id = $1 AND state IN ('stored', 'marked', 'damaged')";
    DOOM = "UPDATE blobs SET state = 'deleting' WHERE id = $1 AND state <> 'deleting'";
    /// What may have been stored after all, as when the answer of the database was lost, is left alone.
    GIVE_UP = "UPDATE blobs SET state = 'deleting' WHERE id = $1 AND state = 'receiving'";
    FORGET = "DELETE FROM blobs WHERE id = $1 AND state = 'deleting'";
    FIND_MULTIPART = "SELECT multipart FROM blobs WHERE id = $1 AND state = 'deleting'";
}

/// The SHA-256 of plain bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash([u8; 32]);

impl Hash {
    /// Its 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&seal::hex(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl From<Hash> for Value {
    fn from(hash: Hash) -> Self {
        Self::from(hash.0)
    }
}

impl FromValue for Hash {
    fn from_value(value: Value) -> Result<Self, Value> {
        <[u8; 32]>::from_value(value).map(Self)
    }
}

/// Bytes that were received, and may be read by whoever holds this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    id: BlobId,
    hash: Hash,
    size: u64,
    /// The key they are sealed with.
    key_id: Option<String>,
}

impl Blob {
    /// Reads the columns `id, hash, size, key_id` of `blobs`.
    pub(crate) fn read(row: &mut Row) -> Result<Self, Error> {
        let (id, hash, size, key_id) = (row.take()?, row.take()?, row.take::<i64>()?, row.take()?);
        Ok(Self { id, hash, size: size.unsigned_abs(), key_id })
    }

    /// What the rows of rooms refer to it by.
    pub(crate) fn id(&self) -> BlobId {
        self.id
    }

    /// The SHA-256 of the bytes.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// How many bytes they are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes they take in the storage.
    fn stored_size(&self) -> u64 {
        if self.key_id.is_some() { seal::sealed_size(self.size) } else { self.size }
    }
}

/// The storage and its key.
pub(crate) struct Content {
    objects: objects::Objects,
    key: Option<seal::Key>,
    #[cfg(test)]
    crash: crash_tests::Crash,
}

impl Content {
    pub(crate) fn open(config: &Config) -> Result<Self, OpenError> {
        Ok(Self {
            objects: objects::Objects::open(config)?,
            key: seal::Key::open(config)?,
            #[cfg(test)]
            crash: crash_tests::Crash::default(),
        })
    }

    /// A point at which tests let the process die, or what comes next fail.
    #[cfg(test)]
    async fn reached(&self, step: &'static str) -> Result<(), Error> {
        self.crash.reached(step).await
    }

    #[cfg(not(test))]
    async fn reached(&self, _: &'static str) -> Result<(), Error> {
        Ok(())
    }
}

/// Makes sure that the storage is this database's own, and that the key is the one its content is sealed with. A storage
/// that was taken for another's would lose to the first repair all that the other has.
pub(crate) async fn claim(store: &Store) -> Result<(), OpenError> {
    const STORAGE: &str = "content_storage";
    const KEY: &str = "content_key";
    let content = &store.0.content;
    let failed = |problem: String| OpenError::Content { storage: content.objects.describe(), problem };
    let unavailable = |error: Error| failed(OneLine(&error).to_string());

    let given = content.key.as_ref().map(seal::Key::id);
    let (storage, mut key) =
        store.read(|db| Ok::<_, Error>((setting(db, STORAGE)?, setting(db, KEY)?))).await.map_err(unavailable)?;
    let new = seal::hex(&random::bytes::<16>());
    let (storage, any) = if storage.is_none() || (key.is_none() && given.is_some()) {
        let given = given.clone();
        let answer = store
            .write(move |tx| {
                tx.execute(SET_ONCE, values![STORAGE, new.as_str()])?;
                if let Some(given) = &given {
                    tx.execute(SET_ONCE, values![KEY, given])?;
                }
                let any = tx.query_opt(ANY_BLOB, values![])?.is_some();
                Ok::<_, Error>((setting(tx, STORAGE)?, setting(tx, KEY)?, any))
            })
            .await
            .map_err(unavailable)?;
        key = answer.1;
        (answer.0, answer.2)
    } else {
        let any = store.read(|db| db.query_opt(ANY_BLOB, values![])).await.map_err(unavailable)?.is_some();
        (storage, any)
    };
    match (key, given) {
        (Some(key), None) => {
            return Err(failed(format!("it is encrypted with the key `{key}`, and no key is given")));
        }
        (Some(key), Some(given)) if key != given => {
            return Err(failed(format!("it is encrypted with the key `{key}`, and the key given is `{given}`")));
        }
        _ => {}
    }
    let storage = storage.unwrap_or_default();
    match content.objects.marker().await.map_err(unavailable)? {
        Some(marker) if marker == storage => Ok(()),
        Some(_) => Err(failed("it belongs to another database".to_owned())),
        None if any => Err(failed("it does not hold what the database says it does; is it the right one?".to_owned())),
        None => content.objects.set_marker(&storage).await.map_err(unavailable),
    }
}

/// A few bytes that are kept with the rows of a room, such as a password or a small picture: sealed as files are, if there
/// is a key.
#[derive(Clone)]
pub(crate) struct SealedBytes(Vec<u8>);

/// The first byte of [`SealedBytes`].
const PLAIN: u8 = 0;
const SEALED: u8 = 1;

impl From<&SealedBytes> for Value {
    fn from(bytes: &SealedBytes) -> Self {
        Self::Blob(bytes.0.clone())
    }
}

impl FromValue for SealedBytes {
    fn from_value(value: Value) -> Result<Self, Value> {
        Vec::from_value(value).map(Self)
    }
}

impl SealedBytes {
    /// Seals them, if the store was opened with a key.
    pub(crate) fn seal(store: &Store, plain: &[u8]) -> Result<Self, Error> {
        let mut bytes = Vec::with_capacity(plain.len() + 128);
        match &store.0.content.key {
            None => {
                bytes.push(PLAIN);
                bytes.extend_from_slice(plain);
            }
            Some(key) => {
                bytes.push(SEALED);
                let mut sealer = seal::Sealer::new(key)?;
                let mut chunks = plain.chunks(seal::CHUNK as usize).peekable();
                if chunks.peek().is_none() {
                    bytes.extend_from_slice(&sealer.seal(&[], true)?);
                }
                while let Some(chunk) = chunks.next() {
                    bytes.extend_from_slice(&sealer.seal(chunk, chunks.peek().is_none())?);
                }
            }
        }
        Ok(Self(bytes))
    }

    /// The plain bytes.
    pub(crate) fn open(self, store: &Store) -> Result<Vec<u8>, Error> {
        let damaged = || Error::unavailable("sealed bytes of the database are damaged");
        let (kind, bytes) = self.0.split_first().ok_or_else(damaged)?;
        if *kind == PLAIN {
            return Ok(bytes.to_vec());
        }
        let key =
            store.0.content.key.as_ref().ok_or_else(|| Error::unavailable("no key is given to open them with"))?;
        let (header, mut sealed) = bytes.split_at_checked(seal::HEADER as usize).ok_or_else(damaged)?;
        let size = seal::plain_size(bytes.len() as u64).ok_or_else(damaged)?;
        let opener = seal::Opener::new(key, header, size)?;
        let mut plain = Vec::with_capacity(bytes.len());
        for number in 0.. {
            let (chunk, rest) = sealed.split_at_checked(opener.sealed_chunk(number)).ok_or_else(damaged)?;
            plain.extend_from_slice(&opener.open(number, chunk.into())?);
            sealed = rest;
            if sealed.is_empty() {
                break;
            }
        }
        Ok(plain)
    }
}

fn setting(db: &mut Db<'_>, name: &str) -> Result<Option<String>, Error> {
    db.query_opt(SETTING, values![name])?.map(|mut row| row.take()).transpose()
}

/// Takes a blob over, in the transaction that writes what refers to it.
pub(crate) fn keep(tx: &mut Tx<'_>, blob: &Blob) -> Result<(), Error> {
    let now = tx.now();
    if tx.execute(KEEP, values![blob.id, now])? == 1 { Ok(()) } else { Err(Error::Conflict(Conflict::ContentGone)) }
}

/// The condition that nothing refers to the blob `b`.
fn unreferenced() -> String {
    let conditions: Vec<String> = REFERENCES
        .iter()
        .map(|(table, column)| format!("NOT EXISTS (SELECT 1 FROM {table} WHERE {table}.{column} = b.id)"))
        .collect();
    conditions.join(" AND ")
}

/// Deletes the bytes of a doomed blob, then its row.
async fn erase(store: &Store, id: BlobId) -> Result<(), Error> {
    let Some(mut row) = store.read(move |db| db.query_opt(FIND_MULTIPART, values![id])).await? else { return Ok(()) };
    let multipart: Option<String> = row.take()?;
    store.0.content.objects.delete(id, multipart.as_deref()).await?;
    store.0.content.reached("bytes deleted").await?;
    store.write(move |tx| tx.execute(FORGET, values![id]).map(drop)).await
}

/// Marks a blob that came to its room at `kept_at` and is let go of, if nothing else refers to it: so that its bytes go
/// soon, not after the grace. What someone else received too, before or since, is left to the grace.
pub(crate) fn let_go(tx: &mut Tx<'_>, id: BlobId, kept_at: Timestamp) -> Result<(), Error> {
    let now = tx.now();
    let statement = format!(
        "UPDATE blobs AS b SET state = 'marked', touched_at = $2 WHERE id = $1 AND state = 'stored' AND created_at = $3 \
         AND touched_at = $3 AND {}",
        unreferenced()
    );
    tx.execute(&statement, values![id, now, kept_at]).map(drop)
}
