//! Where this program keeps what it must remember: settings under the configuration folder of the XDG base directories,
//! secrets and sessions under the state folder, in files that nobody else may read.

use std::{
    env, fs,
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::Failure;

/// The two folders of one user.
#[derive(Debug, Clone)]
pub struct Folders {
    config: PathBuf,
    state: PathBuf,
}

/// What stays as it is in a file's name.
const FILE_NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

impl Folders {
    /// The folders that the environment names. Nothing is made yet.
    pub fn of_environment() -> Result<Self, Failure> {
        let folder = |variable: &str, below_home: &str| {
            // A relative path is no answer, says the XDG specification.
            env::var_os(variable)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .or_else(|| Some(env::home_dir().filter(|home| home.is_absolute())?.join(below_home)))
                .map(|path| path.join("tavola"))
                .ok_or_else(|| {
                    Failure::failed(
                        "there is no folder for settings: neither HOME nor XDG_CONFIG_HOME and XDG_STATE_HOME are set",
                    )
                })
        };
        Ok(Self { config: folder("XDG_CONFIG_HOME", ".config")?, state: folder("XDG_STATE_HOME", ".local/state")? })
    }

    /// The file of profiles.
    pub fn profiles(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// The file of secrets, used where there is no keyring.
    pub fn secrets(&self) -> PathBuf {
        self.state.join("secrets.toml")
    }

    /// The folder of kept sessions.
    pub fn sessions(&self) -> PathBuf {
        self.state.join("sessions")
    }

    /// The folder of transfers that broke off.
    pub fn unfinished(&self) -> PathBuf {
        self.state.join("unfinished")
    }

    /// Waits until no other command changes profiles or secrets, and keeps others waiting until the lock is dropped.
    pub fn lock(&self) -> Result<File, Failure> {
        let path = self.state.join("lock");
        make_private_folder(&self.state)?;
        let file = open_private(&path).map_err(|error| cannot("open", &path, &error))?;
        file.lock().map_err(|error| cannot("lock", &path, &error))?;
        Ok(file)
    }
}

/// Makes a folder that only its owner may enter, with those above it.
pub fn make_private_folder(path: &Path) -> Result<(), Failure> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| cannot("make the folder", path, &error))
}

/// Opens a file for reading and writing, made if it is not there, readable by its owner alone.
pub fn open_private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Reads a private file; `None` when there is none. One that others may read is refused: what it holds may be known.
pub fn read_private(path: &Path) -> Result<Option<String>, Failure> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(cannot("read", path, &error)),
    };
    read_open_private(&mut file, path).map(Some)
}

/// Reads an open private file from where it stands.
pub fn read_open_private(file: &mut File, path: &Path) -> Result<String, Failure> {
    refuse_shared(file, path)?;
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(|error| cannot("read", path, &error))?;
    Ok(text)
}

/// Replaces a file by another content, whole or not at all.
pub fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let folder = path.parent().expect("a file of ours is in a folder");
    make_private_folder(folder)?;
    let draft = path.with_extension("new");
    let written = (|| {
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = open_private(&draft)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&draft, path)
    })();
    written.map_err(|error| cannot("write", path, &error))
}

/// Removes a file; one that is not there is as good as removed.
pub fn remove(path: &Path) -> Result<(), Failure> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(cannot("remove", path, &error)),
        _ => Ok(()),
    }
}

/// A text as the name of a file.
pub fn file_name(text: &str) -> String {
    utf8_percent_encode(text, FILE_NAME).to_string()
}

/// The name of a file for these words together, which cannot be read back from it.
pub fn hashed_name(words: &[&str]) -> String {
    let mut hash = Sha256::new();
    for word in words {
        hash.update(word.len().to_le_bytes());
        hash.update(word);
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(unix)]
fn refuse_shared(file: &File, path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata().map_err(|error| cannot("read", path, &error))?.permissions().mode();
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(Failure::failed(format!("`{}` may be read by others (its mode is {:03o})", path.display(), mode & 0o777))
        .because("it holds secrets, so it is not used like that")
        .hint(format!("if nobody has read it: chmod 600 '{}'; otherwise remove it and sign in again", path.display())))
}

#[cfg(not(unix))]
fn refuse_shared(_file: &File, _path: &Path) -> Result<(), Failure> {
    Ok(())
}

fn cannot(verb: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::file(format!("cannot {verb} `{}`", path.display()), error)
}
