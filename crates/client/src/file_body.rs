//! Files on their way to a server: read from disk piece by piece while they are sent, and again when they are sent again.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    ops::Range,
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use crate::{Error, Progress, transfer::Listener};

/// How much is read at once.
const PIECE: usize = 256 * 1024;
/// How many pieces wait to be sent.
const PIECES_AHEAD: usize = 2;

/// Counts what went over in a whole transfer.
pub(crate) struct Meter {
    done: AtomicU64,
    resumed: AtomicU64,
    total: u64,
    listener: Option<Listener>,
}

impl Meter {
    pub(crate) fn new(total: u64, listener: Option<Listener>) -> Arc<Self> {
        Arc::new(Self { done: AtomicU64::new(0), resumed: AtomicU64::new(0), total, listener })
    }

    fn add(&self, bytes: u64) {
        let done = self.done.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if let Some(tell) = &self.listener {
            let resumed = self.resumed.load(Ordering::Relaxed);
            tell(Progress { done, total: Some(self.total), resumed });
        }
    }

    fn take_back(&self, bytes: u64) {
        self.done.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Begins from what has gone over already.
    pub(crate) fn begin_at(&self, bytes: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.resumed.store(bytes, Ordering::Relaxed);
        self.add(bytes);
    }
}

/// The SHA-256 of what was last sent of a part, in hexadecimal digits. It is there before the last byte goes.
#[derive(Default)]
pub(crate) struct Digest(Mutex<Option<String>>);

impl Digest {
    pub(crate) fn take(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A file as it was when its transfer began.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) length: u64,
    modified: Option<SystemTime>,
}

impl Source {
    pub(crate) async fn find(path: &Path) -> Result<Arc<Self>, Error> {
        let wanted = path.to_owned();
        let looked = tokio::task::spawn_blocking(move || {
            let metadata = File::open(&wanted)?.metadata()?;
            if !metadata.is_file() {
                return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
            }
            Ok((metadata.len(), metadata.modified().ok()))
        });
        let (length, modified) =
            looked.await.map_err(Error::invalid)?.map_err(|cause| Error::file("read", path, cause))?;
        Ok(Arc::new(Self { path: path.to_owned(), length, modified }))
    }

    /// Whether the file holds in each of these ranges what has this digest.
    pub(crate) fn holds(&self, parts: &[(Range<u64>, String)]) -> io::Result<bool> {
        let mut file = self.open(0)?;
        let mut piece = vec![0; PIECE];
        for (range, digest) in parts {
            file.seek(SeekFrom::Start(range.start))?;
            let (mut hash, mut left) = (Sha256::new(), range.end - range.start);
            while left > 0 {
                let wanted = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
                file.read_exact(&mut piece[..wanted])?;
                hash.update(&piece[..wanted]);
                left -= wanted as u64;
            }
            if hex(hash) != *digest {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn open(&self, at: u64) -> io::Result<File> {
        let mut file = File::open(&self.path)?;
        let metadata = file.metadata()?;
        // Half of one file and half of another would be published.
        if metadata.len() != self.length || metadata.modified().ok() != self.modified {
            return Err(changed());
        }
        file.seek(SeekFrom::Start(at))?;
        Ok(file)
    }
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn changed() -> io::Error {
    io::Error::other("it was changed while it was sent")
}

/// What of a file is to be sent.
#[derive(Clone)]
pub(crate) struct FileRange<'a> {
    pub(crate) source: &'a Arc<Source>,
    pub(crate) range: Range<u64>,
    pub(crate) meter: &'a Arc<Meter>,
    /// Where its digest goes, if anybody wants it.
    pub(crate) digest: Option<&'a Arc<Digest>>,
}

/// A part of a file, with what stands before and behind it in a body.
#[derive(Clone)]
pub(crate) struct FilePart(Arc<Part>);

struct Part {
    source: Arc<Source>,
    range: Range<u64>,
    head: Bytes,
    tail: Bytes,
    meter: Arc<Meter>,
    digest: Option<Arc<Digest>>,
    /// What of this part is counted by the meter.
    counted: AtomicU64,
    /// How often anything was sent: what stands still has stalled.
    moves: AtomicU64,
    trouble: Mutex<Option<io::Error>>,
}

impl FilePart {
    /// The part `file`, between these bytes.
    pub(crate) fn new(file: FileRange<'_>, head: Bytes, tail: Bytes) -> Self {
        let FileRange { source, range, meter, digest } = file;
        Self(Arc::new(Part {
            source: Arc::clone(source),
            range,
            head,
            tail,
            meter: Arc::clone(meter),
            digest: digest.cloned(),
            counted: AtomicU64::new(0),
            moves: AtomicU64::new(0),
            trouble: Mutex::new(None),
        }))
    }

    /// A body that sends it, from its beginning.
    pub(crate) fn body(&self) -> FileBody {
        let part = Arc::clone(&self.0);
        part.meter.take_back(part.counted.swap(0, Ordering::Relaxed));
        let (sender, pieces) = mpsc::channel(PIECES_AHEAD);
        let reading = Arc::clone(&part);
        // Ends by itself: when all is read, or when nobody listens any more.
        tokio::task::spawn_blocking(move || {
            let Err(problem) = reading.read(&sender) else { return };
            let told = io::Error::new(problem.kind(), "the file cannot be read");
            *reading.trouble.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
            // Nobody listens if the request has ended.
            let _ = sender.blocking_send(Err(told));
        });
        let left = part.range.end - part.range.start;
        FileBody { head: Some(part.head.clone()), pieces, left, tail: Some(part.tail.clone()), part }
    }

    /// What went wrong with the file itself.
    pub(crate) fn trouble(&self) -> Option<Error> {
        let trouble = self.0.trouble.lock().unwrap_or_else(PoisonError::into_inner).take();
        trouble.map(|cause| Error::file("read", &self.0.source.path, cause))
    }

    /// What comes of sending it; none when nothing has moved for that long.
    pub(crate) async fn unless_stalled<T>(&self, sending: impl Future<Output = T>, limit: Duration) -> Option<T> {
        let mut sending = std::pin::pin!(sending);
        loop {
            let before = self.0.moves.load(Ordering::Relaxed);
            if let Ok(outcome) = tokio::time::timeout(limit, &mut sending).await {
                return Some(outcome);
            }
            if self.0.moves.load(Ordering::Relaxed) == before {
                return None;
            }
        }
    }
}

impl Part {
    fn read(&self, sender: &mpsc::Sender<io::Result<Bytes>>) -> io::Result<()> {
        let mut file = self.source.open(self.range.start)?;
        let mut left = self.range.end - self.range.start;
        let mut hash = self.digest.as_ref().map(|_| Sha256::new());
        while left > 0 {
            let mut piece = vec![0; usize::try_from(left).unwrap_or(PIECE).min(PIECE)];
            file.read_exact(&mut piece).map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => changed(),
                _ => error,
            })?;
            left -= piece.len() as u64;
            if let Some(hash) = &mut hash {
                hash.update(&piece);
            }
            if left == 0
                && let (Some(Digest(digest)), Some(hash)) = (self.digest.as_deref(), hash.take())
            {
                *digest.lock().unwrap_or_else(PoisonError::into_inner) = Some(hex(hash));
            }
            if sender.blocking_send(Ok(piece.into())).is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// The body of a request with a part of a file.
pub(crate) struct FileBody {
    part: Arc<Part>,
    head: Option<Bytes>,
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    left: u64,
    tail: Option<Bytes>,
}

impl Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        this.part.moves.fetch_add(1, Ordering::Relaxed);
        if let Some(head) = this.head.take() {
            return Poll::Ready(Some(Ok(Frame::data(head))));
        }
        if this.left > 0 {
            let piece = match ready!(this.pieces.poll_recv(cx)) {
                Some(Ok(piece)) => piece,
                Some(Err(problem)) => return Poll::Ready(Some(Err(problem))),
                None => return Poll::Ready(Some(Err(changed()))),
            };
            let length = piece.len() as u64;
            this.left -= length;
            this.part.counted.fetch_add(length, Ordering::Relaxed);
            this.part.meter.add(length);
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        Poll::Ready(this.tail.take().map(|tail| Ok(Frame::data(tail))))
    }

    fn is_end_stream(&self) -> bool {
        self.head.is_none() && self.left == 0 && self.tail.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let of = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len) as u64;
        SizeHint::with_exact(of(&self.head) + self.left + of(&self.tail))
    }
}
