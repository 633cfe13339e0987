//! Reading: a blob or a part of it, as a stream or at any place.

use std::{
    fmt,
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
};

use bytes::{Buf as _, Bytes, BytesMut};
use futures_util::{StreamExt as _, TryStreamExt as _, stream, stream::BoxStream};
use tokio::runtime::Handle;

use super::{
    Blob,
    seal::{self, HEADER, Opener},
};
use crate::{Error, Store};

/// What [`RandomRead`] reads at first, and at most when it is read on and on.
const FIRST_READ: u64 = 64 << 10;
const LARGEST_READ: u64 = 1 << 20;

/// Bytes that are read.
pub struct Reading {
    /// Which of the blob's bytes they are.
    pub range: Range<u64>,
    /// How many bytes the whole blob has.
    pub size: u64,
    /// They. The stream ends with an error if not all of them can be read.
    pub stream: BoxStream<'static, Result<Bytes, Error>>,
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("range", &self.range).field("size", &self.size).finish_non_exhaustive()
    }
}

/// Reads a blob, or the part of it that lies in `range`.
pub async fn read(store: &Store, blob: &Blob, range: Option<Range<u64>>) -> Result<Reading, Error> {
    let range = range.unwrap_or(0..blob.size);
    if range.start > range.end || range.end > blob.size {
        return Err(Error::invalid(format!(
            "bytes {} to {} are not within a file of {} bytes",
            range.start, range.end, blob.size
        )));
    }
    let objects = &store.0.content.objects;
    let stream = match opener(store, blob).await? {
        None => objects.stream(blob.id, range.clone()).await?,
        // Of an empty file there is one chunk, which shows that nothing was cut off.
        Some(_) if range.is_empty() && blob.size > 0 => stream::empty().boxed(),
        Some(opener) => {
            let (first, sealed) = opener.chunks(&range);
            opened(objects.stream(blob.id, sealed).await?, opener, first, range.clone())
        }
    };
    Ok(Reading { range, size: blob.size, stream })
}

/// All bytes of a blob, in memory: for few of them.
pub async fn read_whole(store: &Store, blob: &Blob) -> Result<Vec<u8>, Error> {
    let parts = read(store, blob, None).await?.stream;
    parts
        .try_fold(Vec::new(), |mut whole, part| async move {
            whole.extend_from_slice(&part);
            Ok(whole)
        })
        .await
}

/// What opens a sealed blob; none when it is not sealed.
async fn opener(store: &Store, blob: &Blob) -> Result<Option<Opener>, Error> {
    let Some(key_id) = &blob.key_id else { return Ok(None) };
    let key = store.0.content.key.as_ref().ok_or_else(|| seal::wrong_key(key_id, None))?;
    let header = store.0.content.objects.range(blob.id, 0..HEADER).await?;
    Opener::new(key, &header, blob.size).map(Some)
}

/// The plain bytes of a stream of whole sealed chunks.
fn opened(
    sealed: BoxStream<'static, Result<Bytes, Error>>,
    opener: Opener,
    first: u64,
    range: Range<u64>,
) -> BoxStream<'static, Result<Bytes, Error>> {
    let end = range.end.div_ceil(seal::CHUNK).max(first + 1);
    stream::try_unfold((sealed, opener, first, BytesMut::new()), move |(mut sealed, opener, chunk, mut waiting)| {
        let range = range.clone();
        async move {
            if chunk == end {
                return Ok(None);
            }
            let length = opener.sealed_chunk(chunk);
            while waiting.len() < length {
                match sealed.next().await {
                    Some(bytes) => waiting.extend_from_slice(&bytes?),
                    None => return Err(Error::unavailable("a sealed file ends within a chunk")),
                }
            }
            let mut plain = opener.open(chunk, waiting.split_to(length))?;
            let at = chunk * seal::CHUNK;
            plain.truncate(usize::try_from(range.end.saturating_sub(at)).unwrap_or(usize::MAX));
            plain.advance(usize::try_from(range.start.saturating_sub(at)).unwrap_or(0).min(plain.len()));
            Ok(Some((plain, (sealed, opener, chunk + 1, waiting))))
        }
    })
    .boxed()
}

/// Reads a blob at any place, for those who want [`Read`] and [`Seek`], such as the reader of packaged workbooks. It waits
/// for the storage, so it belongs on a thread that may (`spawn_blocking`).
pub struct RandomRead {
    store: Store,
    blob: Blob,
    opener: Option<Opener>,
    runtime: Handle,
    position: u64,
    /// Bytes that were read ahead, from `buffer_at` on.
    buffer: Bytes,
    buffer_at: u64,
    /// How much to read next. It grows while nothing is skipped.
    ahead: u64,
}

impl fmt::Debug for RandomRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RandomRead").field("blob", &self.blob).field("position", &self.position).finish_non_exhaustive()
    }
}

/// Opens a blob for [`RandomRead`].
pub async fn random_read(store: &Store, blob: &Blob) -> Result<RandomRead, Error> {
    Ok(RandomRead {
        opener: opener(store, blob).await?,
        store: store.clone(),
        blob: blob.clone(),
        runtime: Handle::current(),
        position: 0,
        buffer: Bytes::new(),
        buffer_at: 0,
        ahead: FIRST_READ,
    })
}

impl RandomRead {
    fn buffered(&self) -> &[u8] {
        let skip = self.position.checked_sub(self.buffer_at).and_then(|skip| usize::try_from(skip).ok());
        skip.and_then(|skip| self.buffer.get(skip..)).unwrap_or_default()
    }

    fn fetch(&mut self) -> Result<(), Error> {
        let goes_on = !self.buffer.is_empty() && self.position == self.buffer_at + self.buffer.len() as u64;
        self.ahead = if goes_on { (self.ahead * 2).min(LARGEST_READ) } else { FIRST_READ };
        let range = self.position..self.blob.size.min(self.position + self.ahead);
        let objects = &self.store.0.content.objects;
        self.buffer = match &self.opener {
            None => self.runtime.block_on(objects.range(self.blob.id, range))?,
            Some(opener) => {
                let (first, sealed) = opener.chunks(&range);
                let mut sealed = BytesMut::from(self.runtime.block_on(objects.range(self.blob.id, sealed))?);
                let mut plain = BytesMut::with_capacity(sealed.len());
                let mut chunk = first;
                while !sealed.is_empty() {
                    let length = opener.sealed_chunk(chunk).min(sealed.len());
                    plain.extend_from_slice(&opener.open(chunk, sealed.split_to(length))?);
                    chunk += 1;
                }
                plain.freeze().slice(usize::try_from(range.start - first * seal::CHUNK).unwrap_or(0)..)
            }
        };
        self.buffer_at = self.position;
        Ok(())
    }
}

impl Read for RandomRead {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() || self.position >= self.blob.size {
            return Ok(0);
        }
        if self.buffered().is_empty() {
            self.fetch().map_err(io::Error::other)?;
        }
        let bytes = self.buffered();
        let length = bytes.len().min(into.len());
        into[..length].copy_from_slice(&bytes[..length]);
        self.position += length as u64;
        Ok(length)
    }
}

impl Seek for RandomRead {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::End(offset) => self.blob.size.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        self.position = position.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}
