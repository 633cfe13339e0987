//! Where bytes lie: files in a folder, or objects in a bucket. Each has its blob's id for a name, is written once and never
//! changed; a name is never used again.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{ErrorKind, Read as _, Seek as _, SeekFrom, Write as _},
    ops::Range,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, TryStreamExt as _, stream, stream::BoxStream};
use object_store::{
    ClientConfigKey, ClientOptions, GetOptions, GetRange, GetResultPayload, ObjectStore, ObjectStoreExt as _,
    PutPayload, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    client::{HttpClient, HttpConnector},
    local::LocalFileSystem,
    multipart::{MultipartStore as _, PartId},
    path::Path,
};
use tavola_model::BlobId;
use tokio::task::JoinHandle;

use crate::{Config, Error, OpenError, blocking, error::OneLine, tls};

/// What is read from a file at once.
const READ: usize = 256 << 10;

/// The parts that an object is sent to a bucket in. All but the last are equal, which some S3 servers demand. There are at
/// most 10,000, so the largest object has 78 GiB.
const PART: usize = 8 << 20;
const MOST_PARTS: usize = 10_000;

/// The name of the object that says whose storage this is.
const MARKER: &str = "tavola-storage";

pub(crate) struct Objects {
    store: Arc<dyn ObjectStore>,
    place: Place,
    prefix: Path,
}

enum Place {
    Folder(PathBuf),
    Bucket(AmazonS3),
}

/// Something that lies in the storage.
pub(crate) struct Listed {
    /// Its name below the prefix.
    pub name: String,
    /// The blob whose name it has; none when something else put it there.
    pub id: Option<BlobId>,
    pub size: u64,
}

impl Objects {
    pub(crate) fn open(config: &Config) -> Result<Self, OpenError> {
        let folder = match config.content_url.as_deref() {
            None => config.data_dir.join("content"),
            Some(url) if url.starts_with("s3://") => return Self::open_bucket(url, &config.content_options),
            Some(url) => match url.strip_prefix("file:").map(|path| path.strip_prefix("//").unwrap_or(path)) {
                Some(path) if !path.is_empty() => PathBuf::from(path),
                _ => {
                    return Err(OpenError::Url(
                        "the content URL is neither `file:FOLDER` nor `s3://BUCKET/PREFIX`".to_owned(),
                    ));
                }
            },
        };
        let failed = |problem: String| OpenError::Content { storage: folder.display().to_string(), problem };
        make_folder(&folder).map_err(|error| failed(error.to_string()))?;
        let folder = folder.canonicalize().map_err(|error| failed(error.to_string()))?;
        let store = LocalFileSystem::new_with_prefix(&folder).map_err(|error| failed(error.to_string()))?;
        Ok(Self { store: Arc::new(store.with_fsync(true)), place: Place::Folder(folder), prefix: Path::default() })
    }

    fn open_bucket(url: &str, options: &[(String, String)]) -> Result<Self, OpenError> {
        let failed = |problem: String| OpenError::Content { storage: url.to_owned(), problem };
        let (bucket, prefix) = url.trim_start_matches("s3://").split_once('/').unwrap_or((&url[5..], ""));
        if bucket.is_empty() {
            return Err(OpenError::Url("the content URL `s3://BUCKET/PREFIX` has no bucket".to_owned()));
        }
        let prefix = Path::parse(prefix.trim_end_matches('/')).map_err(|error| failed(error.to_string()))?;
        let mut builder = AmazonS3Builder::new().with_bucket_name(bucket);
        for (name, value) in options {
            // What the AWS tools know and this does not is left alone, as they do.
            if let Ok(key) = name.to_ascii_lowercase().parse() {
                builder = builder.with_config(key, value);
            }
        }
        let retry = RetryConfig { max_retries: 5, retry_timeout: Duration::from_secs(60), ..RetryConfig::default() };
        let store = builder
            .with_http_connector(Connector)
            .with_retry(retry)
            // Deleting many at once is what S3 servers differ in most.
            .with_disable_bulk_delete(true)
            .build()
            .map_err(|error| failed(OneLine(&error).to_string()))?;
        Ok(Self { store: Arc::new(store.clone()), place: Place::Bucket(store), prefix })
    }

    /// The storage in words, without secrets.
    pub(crate) fn describe(&self) -> String {
        match &self.place {
            Place::Folder(folder) => folder.display().to_string(),
            Place::Bucket(bucket) => format!("{bucket}/{}", self.prefix),
        }
    }

    fn location(&self, name: &str) -> Path {
        let mut location = self.prefix.clone();
        for part in name.split('/') {
            location = location.join(part);
        }
        location
    }

    /// The marker's text.
    pub(crate) async fn marker(&self) -> Result<Option<String>, Error> {
        match self.store.get(&self.location(MARKER)).await {
            Ok(found) => {
                let bytes = found.bytes().await.map_err(Error::unavailable)?;
                Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned()))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(Error::unavailable(error)),
        }
    }

    pub(crate) async fn set_marker(&self, text: &str) -> Result<(), Error> {
        let text = PutPayload::from(format!("{text}\n").into_bytes());
        self.store.put(&self.location(MARKER), text).await.map(drop).map_err(Error::unavailable)
    }

    /// A stream of a part of an object, which is all there when the stream ends without an error.
    pub(crate) async fn stream(
        &self,
        id: BlobId,
        range: Range<u64>,
    ) -> Result<BoxStream<'static, Result<Bytes, Error>>, Error> {
        if range.is_empty() {
            return Ok(stream::empty().boxed());
        }
        let options = GetOptions { range: Some(GetRange::Bounded(range.clone())), ..GetOptions::default() };
        let found = self.store.get_opts(&self.location(&name(id)), options).await.map_err(Error::unavailable)?;
        let bytes = match found.payload {
            GetResultPayload::File(file, _) => file_stream(file, range.clone()),
            GetResultPayload::Stream(bytes) => bytes.map_err(Error::unavailable).boxed(),
        };
        let length = range.end - range.start;
        let counted = bytes.scan(0, |seen, part| {
            if let Ok(part) = &part {
                *seen += part.len() as u64;
            }
            std::future::ready(Some((*seen, part)))
        });
        // A stream that ends early must not pass for a file that ends there.
        let ended = stream::unfold((counted.boxed(), 0), move |(mut parts, seen)| async move {
            match parts.next().await {
                Some((seen, part)) => Some((part, (parts, seen))),
                None if seen < length => {
                    Some((Err(Error::unavailable(format!("blob {id} ends too early"))), (parts, length)))
                }
                None => None,
            }
        });
        Ok(ended.boxed())
    }

    /// A part of an object, whole in memory.
    pub(crate) async fn range(&self, id: BlobId, range: Range<u64>) -> Result<Bytes, Error> {
        if range.is_empty() {
            return Ok(Bytes::new());
        }
        let wanted = range.end - range.start;
        let bytes = self.store.get_range(&self.location(&name(id)), range).await.map_err(Error::unavailable)?;
        if bytes.len() as u64 == wanted {
            Ok(bytes)
        } else {
            Err(Error::unavailable(format!("blob {id} ends too early")))
        }
    }

    /// How large an object is, if it is there.
    pub(crate) async fn size(&self, id: BlobId) -> Result<Option<u64>, Error> {
        match self.store.head(&self.location(&name(id))).await {
            Ok(found) => Ok(Some(found.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(Error::unavailable(error)),
        }
    }

    /// Everything that lies in the storage, the marker apart.
    pub(crate) fn list(&self) -> BoxStream<'static, Result<Listed, Error>> {
        let prefix = self.prefix.clone();
        self.store
            .list(Some(&self.prefix))
            .map_err(Error::unavailable)
            .try_filter_map(move |found| {
                let parts: Option<Vec<_>> =
                    found.location.prefix_match(&prefix).map(|parts| parts.map(|p| p.as_ref().to_owned()).collect());
                let name = parts.map_or_else(|| found.location.to_string(), |parts| parts.join("/"));
                let id =
                    name.rsplit('/').next().and_then(|last| last.parse().ok()).filter(|id| self::name(*id) == name);
                let listed = (name != MARKER).then_some(Listed { name, id, size: found.size });
                std::future::ready(Ok(listed))
            })
            .boxed()
    }

    /// Deletes an object or what there is of one; it need not be there.
    pub(crate) async fn delete(&self, id: BlobId, multipart: Option<&str>) -> Result<(), Error> {
        match &self.place {
            Place::Folder(folder) => {
                let path = folder.join(name(id));
                blocking(move || match std::fs::remove_file(&path) {
                    Ok(()) => path.parent().map_or(Ok(()), sync_folder),
                    Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                    Err(error) => Err(error),
                })
                .await
                .map_err(Error::unavailable)
            }
            Place::Bucket(bucket) => {
                let location = self.location(&name(id));
                if let Some(multipart) = multipart {
                    absent_is_fine(bucket.abort_multipart(&location, &multipart.to_owned()).await)?;
                }
                absent_is_fine(bucket.delete(&location).await)
            }
        }
    }

    /// A new object of this name.
    pub(crate) fn create(&self, id: BlobId) -> Writer {
        match &self.place {
            Place::Folder(folder) => Writer::File { root: folder.clone(), path: folder.join(name(id)), file: None },
            Place::Bucket(bucket) => Writer::Parts(Parts {
                bucket: bucket.clone(),
                location: self.location(&name(id)),
                multipart: None,
                done: Vec::new(),
                busy: None,
                waiting: BytesMut::new(),
            }),
        }
    }
}

/// Two folders deep, so that none grows large.
fn name(id: BlobId) -> String {
    let id = id.to_string();
    format!("{}/{}/{id}", &id[..2], &id[2..4])
}

fn absent_is_fine(outcome: object_store::Result<()>) -> Result<(), Error> {
    match outcome {
        Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
        Err(error) => Err(Error::unavailable(error)),
    }
}

fn file_stream(file: File, range: Range<u64>) -> BoxStream<'static, Result<Bytes, Error>> {
    stream::try_unfold((file, range, true), |(mut file, range, first)| async move {
        if range.is_empty() {
            return Ok(None);
        }
        blocking(move || {
            if first {
                file.seek(SeekFrom::Start(range.start))?;
            }
            let wanted = usize::try_from(range.end - range.start).unwrap_or(usize::MAX).min(READ);
            let mut bytes = vec![0; wanted];
            let got = file.read(&mut bytes)?;
            bytes.truncate(got);
            // At the end of the file there is nothing more to wait for.
            let rest = if got == 0 { range.end..range.end } else { range.start + got as u64..range.end };
            Ok(Some((Bytes::from(bytes), (file, rest, false))))
        })
        .await
        .map_err(|error: std::io::Error| Error::unavailable(error))
    })
    .boxed()
}

/// An object that is being written.
pub(crate) enum Writer {
    File { root: PathBuf, path: PathBuf, file: Option<File> },
    Parts(Parts),
}

/// The parts of an object in a bucket.
pub(crate) struct Parts {
    bucket: AmazonS3,
    location: Path,
    multipart: Option<String>,
    done: Vec<PartId>,
    /// One part is sent while the next is filled.
    busy: Option<JoinHandle<object_store::Result<PartId>>>,
    waiting: BytesMut,
}

impl Writer {
    /// Writes to a file, on a thread that may wait; gives back what belongs to a bucket.
    pub(crate) fn write_blocking(&mut self, bytes: Bytes) -> std::io::Result<Bytes> {
        match self {
            Self::Parts(_) => Ok(bytes),
            Self::File { root, path, file } => {
                let file = match file {
                    Some(file) => file,
                    None => file.insert(create_file(root, path)?),
                };
                file.write_all(&bytes)?;
                Ok(Bytes::new())
            }
        }
    }

    /// Everything is written: when this answers, it survives a power cut.
    pub(crate) async fn finish(self) -> Result<(), Error> {
        match self {
            Self::File { root, path, file } => blocking(move || {
                let file = match file {
                    Some(file) => file,
                    None => create_file(&root, &path)?,
                };
                file.sync_all()?;
                path.ancestors().skip(1).take_while(|folder| folder.starts_with(&root)).try_for_each(sync_folder)
            })
            .await
            .map_err(|error: std::io::Error| Error::unavailable(error)),
            Self::Parts(parts) => parts.finish().await,
        }
    }
}

impl Parts {
    pub(crate) fn add(&mut self, bytes: &Bytes) {
        self.waiting.extend_from_slice(bytes);
    }

    /// Whether a part is full and there is no multipart upload to send it in yet.
    pub(crate) fn needs_multipart(&self) -> bool {
        self.multipart.is_none() && self.waiting.len() >= PART
    }

    /// Begins a multipart upload. Its name is needed to clear it away, should this break off.
    pub(crate) async fn begin_multipart(&mut self) -> Result<String, Error> {
        let multipart = self.bucket.create_multipart(&self.location).await.map_err(Error::unavailable)?;
        self.multipart = Some(multipart.clone());
        Ok(multipart)
    }

    /// Sends the parts that are full.
    pub(crate) async fn send_full(&mut self) -> Result<(), Error> {
        while self.multipart.is_some() && self.waiting.len() >= PART {
            let rest = self.waiting.split_off(PART);
            let part = std::mem::replace(&mut self.waiting, rest);
            self.send(part.freeze()).await?;
        }
        Ok(())
    }

    async fn send(&mut self, bytes: Bytes) -> Result<(), Error> {
        self.wait().await?;
        let Some(multipart) = self.multipart.clone() else { return Ok(()) };
        let number = self.done.len();
        if number >= MOST_PARTS {
            return Err(Error::Invalid(crate::Invalid::TooLarge((PART * MOST_PARTS) as u64)));
        }
        let (bucket, location) = (self.bucket.clone(), self.location.clone());
        self.busy = Some(tokio::spawn(async move {
            bucket.put_part(&location, &multipart, number, PutPayload::from_bytes(bytes)).await
        }));
        Ok(())
    }

    /// Waits for the part that is on its way.
    async fn wait(&mut self) -> Result<(), Error> {
        if let Some(busy) = self.busy.take() {
            self.done.push(busy.await.map_err(Error::unavailable)?.map_err(Error::unavailable)?);
        }
        Ok(())
    }

    async fn finish(mut self) -> Result<(), Error> {
        let last = std::mem::take(&mut self.waiting).freeze();
        let Some(multipart) = self.multipart.clone() else {
            let put = self.bucket.put(&self.location, PutPayload::from_bytes(last)).await;
            return put.map(drop).map_err(Error::unavailable);
        };
        if !last.is_empty() {
            self.send(last).await?;
        }
        self.wait().await?;
        let complete = self.bucket.complete_multipart(&self.location, &multipart, self.done).await;
        complete.map(drop).map_err(Error::unavailable)
    }
}

/// A file that was not there before, readable by its owner alone.
fn create_file(root: &FilePath, path: &FilePath) -> std::io::Result<File> {
    make_folder(path.parent().unwrap_or(root))?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn make_folder(path: &FilePath) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Writes a folder's entries to disk, where the system knows how to.
fn sync_folder(folder: &FilePath) -> std::io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Makes the HTTP clients of buckets, with the one TLS that Tavola has.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let failed =
            |source: Box<dyn std::error::Error + Send + Sync>| object_store::Error::Generic { store: "S3", source };
        let allow_http = options.get_config_value(&ClientConfigKey::AllowHttp).is_some_and(|allow| allow == "true");
        let client = reqwest::Client::builder()
            .https_only(!allow_http)
            .tls_backend_preconfigured(tls::client().map_err(|error| failed(error.into()))?)
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(60))
            .build()
            .map_err(|error| failed(error.into()))?;
        Ok(HttpClient::new(client))
    }
}
