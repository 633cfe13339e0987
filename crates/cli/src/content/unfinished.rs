//! Transfers that broke off, kept for the command that goes on with them: a file each, that nobody else may read, named by
//! server, site, user and what is transferred. Whoever works on one holds the file's lock.

use std::{
    collections::BTreeSet,
    fs::{self, File, TryLockError},
    io::{self, Seek as _, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::{Serialize, de::DeserializeOwned};
use tavola_client::{Transfer, UnfinishedDownload, UnfinishedUpload};

use crate::folders::{self, Folders};

/// How long nobody has gone on with what is forgotten. Servers forget uploads after a day.
const OLD: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What can be kept of a transfer.
pub trait Record: Serialize + DeserializeOwned + Send + 'static {
    /// The file on this machine that goes with it.
    fn file(&self) -> Option<&Path>;
}

impl Record for UnfinishedUpload {
    fn file(&self) -> Option<&Path> {
        None
    }
}

impl Record for UnfinishedDownload {
    fn file(&self) -> Option<&Path> {
        Some(&self.temporary)
    }
}

/// The transfers of a command.
pub struct Ledger {
    /// Where they are kept; nowhere without a home.
    folder: Option<PathBuf>,
    /// The places of those that are kept.
    kept: Arc<Mutex<BTreeSet<usize>>>,
}

impl Ledger {
    /// A ledger in these folders. What is old there is forgotten.
    pub fn new(folders: Option<&Folders>) -> Self {
        let folder = folders.map(Folders::unfinished);
        if let Some(folder) = &folder {
            sweep(folder);
        }
        Self { folder, kept: Arc::default() }
    }

    /// Whether another command can go on with any of them.
    pub fn keeps_any(&self) -> bool {
        !self.kept.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Whether another command can go on with the one at this place.
    pub fn keeps(&self, at: usize) -> bool {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).contains(&at)
    }

    /// The transfer at this place of the command. It is told apart from all others by these words, and goes on where the last one of the same words ended.
    /// Where another command works on it right now, it is one that is not kept.
    pub fn transfer<R: Record>(&self, at: usize, words: &[&str]) -> Transfer<R> {
        let Some(folder) = &self.folder else { return Transfer::default() };
        let path = folder.join(format!("{}.json", folders::hashed_name(words)));
        let mut page = Page::<R> { path, file: None, record: None, at, kept: Arc::clone(&self.kept) };
        if page.path.exists() && page.open().is_err() {
            return Transfer::default();
        }
        page.record = page.read();
        let begun = page.read();
        page.note(begun.is_some());
        let page = Mutex::new(page);
        let keep = move |record: Option<&R>| page.lock().unwrap_or_else(PoisonError::into_inner).keep(record);
        Transfer::default().resumable(begun, keep)
    }
}

/// The file of one transfer.
struct Page<R> {
    path: PathBuf,
    /// Open and locked, once there was something to read or write.
    file: Option<File>,
    record: Option<R>,
    at: usize,
    kept: Arc<Mutex<BTreeSet<usize>>>,
}

impl<R: Record> Page<R> {
    fn open(&mut self) -> io::Result<&mut File> {
        if self.file.is_none() {
            let file = folders::open_private(&self.path)?;
            file.try_lock().map_err(|error| match error {
                TryLockError::Error(error) => error,
                TryLockError::WouldBlock => io::ErrorKind::WouldBlock.into(),
            })?;
            self.file = Some(file);
        }
        self.file.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// What is kept. What is not understood, or may be another user's work, is nothing.
    fn read(&mut self) -> Option<R> {
        let file = self.file.as_mut()?;
        file.rewind().ok()?;
        let text = folders::read_open_private(file, &self.path).ok()?;
        serde_json::from_str(&text).ok()
    }

    fn keep(&mut self, record: Option<&R>) {
        let is_kept = record.is_some_and(|record| self.write(record).is_ok());
        let old = self.record.take();
        if is_kept {
            self.record = self.read();
        } else {
            self.forget();
        }
        // What an older record speaks of is nobody's any more.
        if let Some(file) = old.as_ref().and_then(Record::file)
            && self.record.as_ref().and_then(Record::file) != Some(file)
        {
            let _ = fs::remove_file(file);
        }
        self.note(is_kept);
    }

    fn write(&mut self, record: &R) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        folders::make_private_folder(folder).map_err(|_| io::ErrorKind::NotFound)?;
        let text = serde_json::to_vec(record).map_err(io::Error::other)?;
        let file = self.open()?;
        // A record that is cut in the middle is none; one from before may not come back.
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(&text)?;
        file.sync_data()
    }

    fn forget(&mut self) {
        if let Some(file) = self.file.take() {
            // Should the file stay, there is nothing in it.
            let _ = file.set_len(0);
            let _ = fs::remove_file(&self.path);
        }
    }

    fn note(&self, is_kept: bool) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if is_kept {
            kept.insert(self.at);
        } else {
            kept.remove(&self.at);
        }
    }
}

/// Forgets what nobody has gone on with for long. What cannot be read or removed is left for the next time.
fn sweep(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_old =
            entry.metadata().and_then(|about| about.modified()).is_ok_and(|at| at.elapsed().is_ok_and(|age| age > OLD));
        let Ok(mut file) = File::open(entry.path()) else { continue };
        if !is_old || file.try_lock().is_err() {
            continue;
        }
        let text = folders::read_open_private(&mut file, &entry.path()).unwrap_or_default();
        if let Ok(download) = serde_json::from_str::<UnfinishedDownload>(&text) {
            let _ = fs::remove_file(&download.temporary);
        }
        let _ = fs::remove_file(entry.path());
    }
}
