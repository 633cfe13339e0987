//! Files on their way in: written to a temporary file beside their target, taken up again where they broke off, by another
//! call too, and given their name when they are whole.

use std::{
    fs,
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use tavola_api::{Endpoint, File, NoBody};
use tempfile::{NamedTempFile, TempPath};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::{Client, Error, PathValue, Progress, Transfer, ambient, retry, transport::Opened};

/// How many pieces may wait to be written.
const PIECES_AHEAD: usize = 16;
/// The largest file that is held in memory: a picture.
const LARGEST_IN_MEMORY: usize = 64 << 20;
/// How long a file must be for another call to go on with it.
const WORTH_KEEPING: u64 = 8 << 20;

/// How a file is downloaded.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct DownloadOptions {
    /// Takes the place of a file that is there.
    pub overwrite: bool,
    /// Leaves the extracts out, which hold data.
    pub without_extract: bool,
    /// What is asked of an export: query parameters.
    pub(crate) query: Vec<(String, String)>,
    /// Who is told how far it is, and what it goes on from.
    pub transfer: Transfer<UnfinishedDownload>,
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

    /// Who is told how far it is, and what it goes on from.
    pub fn transfer(mut self, transfer: Transfer<UnfinishedDownload>) -> Self {
        self.transfer = transfer;
        self
    }
}

/// A download that broke off: what another call can go on from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnfinishedDownload {
    /// The file that holds what has come. Whoever forgets the record must remove it.
    pub temporary: PathBuf,
    /// What the server calls this very file.
    tag: String,
    /// How long it is.
    total: u64,
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
    /// temporary file in the same folder until it is whole. Where the connection breaks off, the rest is asked for, as long
    /// as the server says that it is still the same file.
    ///
    /// The temporary file is gone when this fails or is dropped, unless the options have somebody who keeps its record: then
    /// another call can go on with it.
    pub async fn download(
        &self,
        endpoint: &Endpoint<NoBody, File>,
        path: &[PathValue<'_>],
        to: &Path,
        options: &DownloadOptions,
    ) -> Result<Downloaded, Error> {
        refuse_existing(to, options)?;
        let begun = options.transfer.begun.as_ref().and_then(|begun| Arriving::of_record(begun, to));
        if begun.is_none() && options.transfer.begun.is_some() {
            options.transfer.keep(None);
        }
        let outcome = self.fetch(begun, endpoint, path, to, options).await;
        if outcome.as_ref().map_or_else(is_final, |_| true) {
            options.transfer.keep(None);
        }
        outcome
    }

    async fn fetch(
        &self,
        mut begun: Option<Arriving>,
        endpoint: &Endpoint<NoBody, File>,
        path: &[PathValue<'_>],
        to: &Path,
        options: &DownloadOptions,
    ) -> Result<Downloaded, Error> {
        let asked = options.query.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let without = options.without_extract.then_some(("includeExtract", "false"));
        let query: &[(&str, &str)] = &asked.chain(without).collect::<Vec<_>>();
        // A server that gives no parts and breaks off at the same place each time gets nobody on.
        let (mut furthest, mut fruitless) = (0, 0);
        loop {
            let headers = begun.as_ref().map(Arriving::rest).unwrap_or_default();
            let opened: Result<Opened, Error> =
                self.send_signed_in(&endpoint.about, path, query, &headers, |_| Ok(None)).await;
            let opened = match (opened, &mut begun) {
                (Ok(opened), _) => opened,
                (Err(error), Some(arriving)) if is_final(&error) => {
                    arriving.temporary.disable_cleanup(false);
                    return Err(error);
                }
                (Err(error), _) => return Err(error),
            };
            let mut arriving = match begun.take() {
                None => Arriving::begin(&opened, to, options)?,
                Some(mut arriving) => {
                    arriving.go_on(&opened, options).await?;
                    arriving
                }
            };
            let target = target(&opened, to);
            refuse_existing(&target, options)?;
            let broken = match arriving.take(opened, &target, options).await? {
                Ok(()) => return arriving.finish(&target, options.overwrite).await,
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

/// Whether another call would come to the same: not so if the network broke off, the session had ended or the server was
/// not well.
fn is_final(error: &Error) -> bool {
    match error {
        Error::Refused(refused) => !matches!(refused.status, 401 | 429 | 500..),
        Error::File { .. } => true,
        _ => false,
    }
}

/// Where a file is to lie.
fn target(opened: &Opened, to: &Path) -> PathBuf {
    if to.is_dir() { to.join(opened.file_name()) } else { to.to_owned() }
}

/// The folder in which a temporary file for this target lies.
fn folder_of(to: &Path) -> &Path {
    if to.is_dir() {
        return to;
    }
    to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn refuse_existing(target: &Path, options: &DownloadOptions) -> Result<(), Error> {
    if !options.overwrite && !target.is_dir() && target.exists() {
        return Err(Error::file("write", target, io::ErrorKind::AlreadyExists.into()));
    }
    Ok(())
}

fn temporary_in(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".tavola-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// Writes what is there as a whole, as [`Client::download`] does what comes.
pub(crate) fn write_small(bytes: &[u8], name: &str, to: &Path, options: &DownloadOptions) -> Result<Downloaded, Error> {
    let target = if to.is_dir() { to.join(name) } else { to.to_owned() };
    refuse_existing(&target, options)?;
    let cannot = |cause| Error::file("write", &target, cause);
    let mut temporary = temporary_in(folder_of(&target)).map_err(cannot)?;
    temporary.write_all(bytes).map_err(cannot)?;
    let length = bytes.len() as u64;
    options.transfer.tell(Progress { done: length, total: Some(length), resumed: 0 });
    persist(temporary, &target, options.overwrite)?;
    Ok(Downloaded { path: target, length })
}

fn persist(temporary: NamedTempFile, target: &Path, overwrite: bool) -> Result<(), Error> {
    let persisted = if overwrite { temporary.persist(target) } else { temporary.persist_noclobber(target) };
    persisted.map(drop).map_err(|mut problem| {
        problem.file.disable_cleanup(false);
        Error::file("write", target, problem.error)
    })
}

/// A file of which some has come.
struct Arriving {
    temporary: NamedTempFile,
    writer: Writer,
    done: u64,
    /// What of that came in an earlier call.
    resumed: u64,
    total: Option<u64>,
    /// What the server calls this very file. Without it, the rest of a broken one is not known to belong to it.
    tag: Option<HeaderValue>,
}

impl Arriving {
    fn begin(opened: &Opened, to: &Path, options: &DownloadOptions) -> Result<Self, Error> {
        let cannot = |cause| Error::file("write", &target(opened, to), cause);
        refuse_existing(&target(opened, to), options)?;
        let temporary = temporary_in(folder_of(to)).map_err(cannot)?;
        let writer = Writer::start(temporary.as_file().try_clone().map_err(cannot)?);
        let (total, tag) = (opened.length(), opened.strong_tag());
        let mut begun = Self { writer, done: 0, resumed: 0, total, tag, temporary };
        begun.keep(options);
        Ok(begun)
    }

    /// What an earlier call has left, if it is there and can be gone on with.
    fn of_record(record: &UnfinishedDownload, to: &Path) -> Option<Self> {
        let UnfinishedDownload { temporary, tag, total } = record;
        if temporary.parent()? != folder_of(to).canonicalize().ok()? {
            return None;
        }
        let tag = HeaderValue::try_from(tag.as_str()).ok()?;
        let mut file = fs::OpenOptions::new().read(true).write(true).open(temporary).ok()?;
        // At least one byte is asked for, so that there is an answer that says whether it is the same file.
        let done = file.metadata().ok()?.len().min(total.saturating_sub(1));
        file.set_len(done).and_then(|()| file.seek(SeekFrom::Start(done))).ok()?;
        let writer = Writer::start(file.try_clone().ok()?);
        let mut temporary = NamedTempFile::from_parts(file, TempPath::try_from_path(temporary).ok()?);
        temporary.disable_cleanup(true);
        Some(Self { temporary, writer, done, resumed: done, total: Some(*total), tag: Some(tag) })
    }

    /// Sees to it that another call can go on, if somebody keeps the record and it is worth it.
    fn keep(&mut self, options: &DownloadOptions) {
        let record = match (&self.tag, self.total, self.temporary.path().canonicalize()) {
            (Some(tag), Some(total), Ok(temporary)) if total >= WORTH_KEEPING && options.transfer.is_kept() => {
                tag.to_str().ok().map(|tag| UnfinishedDownload { temporary, tag: tag.to_owned(), total })
            }
            _ => None,
        };
        self.temporary.disable_cleanup(record.is_some());
        options.transfer.keep(record.as_ref());
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
    async fn go_on(&mut self, opened: &Opened, options: &DownloadOptions) -> Result<(), Error> {
        if opened.status() == StatusCode::PARTIAL_CONTENT {
            let range = opened.headers().get(header::CONTENT_RANGE).and_then(|value| value.to_str().ok());
            let start = range.and_then(|range| range.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok());
            if start != Some(self.done) {
                self.temporary.disable_cleanup(false);
                options.transfer.keep(None);
                return Err(opened.unreadable(format!("the part from byte {} on was asked for", self.done)));
            }
            return Ok(());
        }
        // Another file, or a server that gives no parts.
        let cannot = |cause| Error::file("write", self.temporary.path(), cause);
        self.writer.stop().await.map_err(cannot)?;
        let mut file = self.temporary.as_file().try_clone().map_err(cannot)?;
        file.set_len(0).and_then(|()| file.rewind()).map_err(cannot)?;
        self.writer = Writer::start(file);
        (self.done, self.resumed) = (0, 0);
        self.total = opened.length();
        self.tag = opened.strong_tag();
        self.keep(options);
        Ok(())
    }

    /// Takes what comes. The inner error is a connection that broke off.
    async fn take(
        &mut self,
        mut opened: Opened,
        target: &Path,
        options: &DownloadOptions,
    ) -> Result<Result<(), Error>, Error> {
        loop {
            let piece = match opened.next().await {
                Ok(Some(piece)) => piece,
                Ok(None) if self.total.is_none_or(|total| total == self.done) => return Ok(Ok(())),
                Ok(None) => return Ok(Err(opened.unreadable("it was cut short".to_owned()))),
                Err(broken) => return Ok(Err(broken)),
            };
            let length = piece.len() as u64;
            if !self.writer.write(piece).await {
                self.stop_writing(target).await?;
            }
            self.done += length;
            options.transfer.tell(Progress { done: self.done, total: self.total, resumed: self.resumed });
        }
    }

    async fn stop_writing(&mut self, target: &Path) -> Result<(), Error> {
        let stopped = self.writer.stop().await;
        stopped.map_err(|cause| {
            self.temporary.disable_cleanup(false);
            Error::file("write", target, cause)
        })
    }

    /// Gives the file its name.
    async fn finish(mut self, target: &Path, overwrite: bool) -> Result<Downloaded, Error> {
        self.stop_writing(target).await?;
        persist(self.temporary, target, overwrite)?;
        Ok(Downloaded { path: target.to_owned(), length: self.done })
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
    safe_name(&whole.or_else(plain).unwrap_or_default())
}

/// A name that stays in the folder it is meant for.
pub(crate) fn safe_name(name: &str) -> String {
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
