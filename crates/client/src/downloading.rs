//! Files on their way in: written to a temporary file beside their target, taken up again where they broke off, and given
//! their name when they are whole.

use std::{
    fmt, fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use percent_encoding::percent_decode_str;
use tavola_api::{Endpoint, File, NoBody};
use tempfile::NamedTempFile;
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{Client, Error, PathValue, Progress, ambient, file_body::Listener, retry, transport::Opened};

/// How many pieces may wait to be written.
const PIECES_AHEAD: usize = 16;
/// The largest file that is held in memory: a picture.
const LARGEST_IN_MEMORY: usize = 64 << 20;

/// How a file is downloaded.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct DownloadOptions {
    /// Takes the place of a file that is there.
    pub overwrite: bool,
    /// Leaves the extracts out, which hold data.
    pub without_extract: bool,
    listener: Option<Listener>,
}

impl DownloadOptions {
    /// Takes the place of a file that is there.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Leaves the extracts out, which hold data.
    pub fn without_extract(mut self, without: bool) -> Self {
        self.without_extract = without;
        self
    }

    /// Is told how far it is, often.
    pub fn progress(mut self, listener: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }
}

impl fmt::Debug for DownloadOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadOptions")
            .field("overwrite", &self.overwrite)
            .field("without_extract", &self.without_extract)
            .finish_non_exhaustive()
    }
}

/// A file that was downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// Where it lies.
    pub path: PathBuf,
    /// How long it is.
    pub length: u64,
}

impl Client {
    /// Downloads a file by an endpoint of any kind of content: what the rooms' `download` is made of.
    ///
    /// `to` is a file, or a folder that is there: then the file gets the name that the server says. What has come is in a
    /// temporary file in the same folder until it is whole; it is gone when this fails or is dropped. Where the connection
    /// breaks off, the rest is asked for, as long as the server says that it is still the same file.
    pub async fn download(
        &self,
        endpoint: &Endpoint<NoBody, File>,
        path: &[PathValue<'_>],
        to: &Path,
        options: &DownloadOptions,
    ) -> Result<Downloaded, Error> {
        let query: &[(&str, &str)] = if options.without_extract { &[("includeExtract", "false")] } else { &[] };
        if !options.overwrite && !to.is_dir() && to.exists() {
            return Err(Error::file("write", to, io::ErrorKind::AlreadyExists.into()));
        }
        let mut begun: Option<Arriving> = None;
        // A server that gives no parts and breaks off at the same place each time gets nobody on.
        let (mut furthest, mut fruitless) = (0, 0);
        loop {
            let headers = begun.as_ref().map(Arriving::rest).unwrap_or_default();
            let opened: Opened = self.send_signed_in(&endpoint.about, path, query, &headers, |_| Ok(None)).await?;
            let mut arriving = match begun.take() {
                None => Arriving::begin(&opened, to, options)?,
                Some(mut arriving) => {
                    arriving.go_on(&opened).await?;
                    arriving
                }
            };
            let broken = match arriving.take(opened, options).await? {
                Ok(()) => return arriving.finish(options.overwrite).await,
                Err(broken) => broken,
            };
            fruitless = if arriving.done > furthest { 0 } else { fruitless + 1 };
            furthest = furthest.max(arriving.done);
            let (mishap, limit) = (retry::Mishap::NoAnswer, self.retries());
            match retry::wait(mishap, true, fruitless, limit, ambient::dice()) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(broken),
            }
            begun = Some(arriving);
        }
    }

    /// A small file, such as a picture, held in memory.
    pub(crate) async fn download_small(
        &self,
        endpoint: &Endpoint<NoBody, File>,
        path: &[PathValue<'_>],
    ) -> Result<Vec<u8>, Error> {
        let mut opened: Opened = self.send_signed_in(&endpoint.about, path, &[], &[], |_| Ok(None)).await?;
        let mut bytes = Vec::new();
        while let Some(piece) = opened.next().await? {
            if bytes.len() + piece.len() > LARGEST_IN_MEMORY {
                return Err(opened.unreadable(format!("it is larger than {} MiB", LARGEST_IN_MEMORY >> 20)));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }
}

/// A file of which some has come.
struct Arriving {
    target: PathBuf,
    temporary: NamedTempFile,
    writer: Writer,
    done: u64,
    total: Option<u64>,
    /// What the server calls this very file. Without it, the rest of a broken one is not known to belong to it.
    tag: Option<HeaderValue>,
}

impl Arriving {
    fn begin(opened: &Opened, to: &Path, options: &DownloadOptions) -> Result<Self, Error> {
        let target = if to.is_dir() { to.join(opened.file_name()) } else { to.to_owned() };
        if !options.overwrite && target.exists() {
            return Err(Error::file("write", &target, io::ErrorKind::AlreadyExists.into()));
        }
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let cannot = |cause| Error::file("write", &target, cause);
        let mut builder = tempfile::Builder::new();
        builder.prefix(".tavola-").suffix(".part");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let temporary = builder.tempfile_in(folder).map_err(cannot)?;
        let writer = Writer::start(temporary.as_file().try_clone().map_err(cannot)?);
        Ok(Self { writer, done: 0, total: opened.length(), tag: opened.strong_tag(), temporary, target })
    }

    /// The headers that ask for the rest.
    fn rest(&self) -> Vec<(HeaderName, HeaderValue)> {
        match &self.tag {
            Some(tag) if self.done > 0 => {
                let range = HeaderValue::try_from(format!("bytes={}-", self.done)).expect("digits stand in a header");
                vec![(header::RANGE, range), (header::IF_RANGE, tag.clone())]
            }
            _ => Vec::new(),
        }
    }

    /// Takes up an answer: the rest, or all of it once more.
    async fn go_on(&mut self, opened: &Opened) -> Result<(), Error> {
        if opened.status() == StatusCode::PARTIAL_CONTENT {
            let range = opened.headers().get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok());
            let start = range.and_then(|range| range.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok());
            if start != Some(self.done) {
                return Err(opened.unreadable(format!("the part from byte {} on was asked for", self.done)));
            }
            return Ok(());
        }
        // Another file, or a server that gives no parts.
        self.stop_writing().await?;
        let cannot = |cause| Error::file("write", &self.target, cause);
        let mut file = self.temporary.as_file().try_clone().map_err(cannot)?;
        file.set_len(0).and_then(|()| io::Seek::rewind(&mut file)).map_err(cannot)?;
        self.writer = Writer::start(file);
        self.done = 0;
        self.total = opened.length();
        self.tag = opened.strong_tag();
        Ok(())
    }

    /// Takes what comes. The inner error is a connection that broke off.
    async fn take(&mut self, mut opened: Opened, options: &DownloadOptions) -> Result<Result<(), Error>, Error> {
        loop {
            let piece = match opened.next().await {
                Ok(Some(piece)) => piece,
                Ok(None) if self.total.is_none_or(|total| total == self.done) => return Ok(Ok(())),
                Ok(None) => return Ok(Err(opened.unreadable("it was cut short".to_owned()))),
                Err(broken) => return Ok(Err(broken)),
            };
            let length = piece.len() as u64;
            if !self.writer.write(piece).await {
                self.stop_writing().await?;
            }
            self.done += length;
            if let Some(tell) = &options.listener {
                tell(Progress { done: self.done, total: self.total });
            }
        }
    }

    async fn stop_writing(&mut self) -> Result<(), Error> {
        self.writer.stop().await.map_err(|cause| Error::file("write", &self.target, cause))
    }

    /// Gives the file its name.
    async fn finish(mut self, overwrite: bool) -> Result<Downloaded, Error> {
        self.stop_writing().await?;
        let Self { target, temporary, done, .. } = self;
        let persisted = if overwrite { temporary.persist(&target) } else { temporary.persist_noclobber(&target) };
        persisted.map_err(|problem| Error::file("write", &target, problem.error))?;
        Ok(Downloaded { path: target, length: done })
    }
}

/// Writes to disk on a thread that may wait.
struct Writer {
    pieces: Option<mpsc::Sender<Bytes>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Writer {
    fn start(mut file: fs::File) -> Self {
        let (sender, mut pieces) = mpsc::channel::<Bytes>(PIECES_AHEAD);
        let thread = tokio::task::spawn_blocking(move || {
            while let Some(piece) = pieces.blocking_recv() {
                file.write_all(&piece)?;
            }
            Ok(())
        });
        Self { pieces: Some(sender), thread: Some(thread) }
    }

    /// Whether it took the piece; if not, [`Writer::stop`] says why.
    async fn write(&self, piece: Bytes) -> bool {
        match &self.pieces {
            Some(pieces) => pieces.send(piece).await.is_ok(),
            None => false,
        }
    }

    /// Waits until all is written.
    async fn stop(&mut self) -> io::Result<()> {
        self.pieces = None;
        match self.thread.take() {
            Some(thread) => thread.await.unwrap_or_else(|panic| Err(io::Error::other(panic))),
            None => Ok(()),
        }
    }
}

/// The name of a file as a header says it, without what would lead elsewhere than into the folder it is meant for.
pub(crate) fn file_name(disposition: Option<&str>) -> String {
    let disposition = disposition.unwrap_or_default();
    let parameter = |name: &str| {
        disposition.split(';').find_map(|part| part.trim().strip_prefix(name)?.trim_start().strip_prefix('='))
    };
    let whole = parameter("filename*").and_then(|value| {
        let (_, encoded) = value.trim().split_once("''")?;
        percent_decode_str(encoded).decode_utf8().ok().map(|name| name.into_owned())
    });
    let plain = || parameter("filename").map(|value| value.trim().trim_matches('"').to_owned());
    let name = whole.or_else(plain).unwrap_or_default();
    let name = name.replace(|c: char| c.is_control() || matches!(c, '/' | '\\' | ':'), "_");
    let name = name.trim().trim_start_matches('.');
    if name.is_empty() { "download".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_stays_in_its_folder_whatever_a_server_calls_it() {
        for (header, name) in [
            ("name=\"tableau_workbook\"; filename=\"Q1 Sales.twbx\"", "Q1 Sales.twbx"),
            ("name=\"p\"; filename=\"Gr__e.twb\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe.twb", "Größe.twb"),
            ("attachment; filename=\"../../.ssh/keys\"", "_.._.ssh_keys"),
            ("attachment; filename*=UTF-8''..%2Fx", "_x"),
            ("attachment; filename=\"C:\\x\"", "C__x"),
            ("attachment; filename=\"..\"", "download"),
            ("attachment", "download"),
        ] {
            assert_eq!(file_name(Some(header)), name, "{header}");
        }
        assert_eq!(file_name(None), "download");
    }
}
