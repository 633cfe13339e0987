//! Bringing the program: out of a wheel of the Python package that holds it.

use std::{
    fmt,
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
};

use sha2::{Digest as _, Sha256};
use zip::ZipArchive;

/// The package that holds the program.
pub const PACKAGE: &str = "tableauhyperapi";
/// The version of it that this crate was tried with.
pub const VERSION: &str = "0.0.26963";

/// Where the program lies in a wheel, with what it needs beside it.
const IN_WHEEL: &str = "tableauhyperapi/bin/hyper/";
#[cfg(not(windows))]
const PROGRAM: &str = "hyperd";
#[cfg(windows)]
const PROGRAM: &str = "hyperd.exe";

/// The wheels by system, processor and SHA-256.
const WHEELS: &[(&str, &str, &str)] =
    &[("linux", "x86_64", "35376f598c6fdfa52fe25769778f756e2daec1c124ff8f471b5e098cb9cf7863")];

/// A folder with an engine that was brought, or is to be.
#[derive(Debug, Clone)]
pub struct Installation {
    folder: PathBuf,
}

/// Why the program was not brought.
#[derive(Debug)]
pub enum InstallError {
    /// The package has no wheel for this system and processor that is known here.
    NoWheel,
    /// The wheel is another one.
    OtherWheel {
        /// Its SHA-256.
        found: String,
        /// That of the right one.
        wanted: &'static str,
    },
    /// There is no program in the wheel.
    NoProgram,
    /// It cannot be read or unpacked.
    Io(io::Error),
}

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoWheel => {
                write!(f, "no {PACKAGE} {VERSION} is known for {} on {}", std::env::consts::OS, std::env::consts::ARCH)
            }
            Self::OtherWheel { found, wanted } => {
                write!(f, "this is not the wheel of {PACKAGE} {VERSION}: its SHA-256 is {found}, not {wanted}")
            }
            Self::NoProgram => write!(f, "there is no {IN_WHEEL}{PROGRAM} in the wheel"),
            Self::Io(cause) => cause.fmt(f),
        }
    }
}

impl std::error::Error for InstallError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(cause) => Some(cause),
            _ => None,
        }
    }
}

impl From<io::Error> for InstallError {
    fn from(cause: io::Error) -> Self {
        Self::Io(cause)
    }
}

impl Installation {
    /// The one in this folder.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder of this version.
    fn home(&self) -> PathBuf {
        self.folder.join(format!("hyper-{VERSION}"))
    }

    /// The program, if it was brought.
    pub fn program(&self) -> Option<PathBuf> {
        Some(self.home().join(PROGRAM)).filter(|program| program.is_file())
    }

    /// Whether there is a wheel for this system.
    pub fn check_system() -> Result<(), InstallError> {
        wanted_hash().map(drop)
    }

    /// Unpacks the program out of a wheel, if it is the right one: all of it or nothing. What was brought before is replaced.
    pub fn install(&self, wheel: &Path) -> Result<PathBuf, InstallError> {
        let wanted = wanted_hash()?;
        let mut wheel = File::open(wheel)?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            let length = wheel.read(&mut buffer)?;
            if length == 0 {
                break;
            }
            hasher.update(&buffer[..length]);
        }
        let found: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        if found != wanted {
            return Err(InstallError::OtherWheel { found, wanted });
        }
        wheel.seek(SeekFrom::Start(0))?;
        self.unpack(wheel)
    }

    fn unpack(&self, wheel: File) -> Result<PathBuf, InstallError> {
        fs::create_dir_all(&self.folder)?;
        let new = tempfile::Builder::new().prefix("new-").tempdir_in(&self.folder)?;
        let mut archive = ZipArchive::new(wheel).map_err(io::Error::other)?;
        for place in 0..archive.len() {
            let mut entry = archive.by_index(place).map_err(io::Error::other)?;
            let Some(name) = entry.enclosed_name().filter(|_| entry.is_file()) else { continue };
            // The program with what lies beside it, and its licence.
            let beside = name.strip_prefix(IN_WHEEL).ok();
            let licence = name.file_name().filter(|_| name.components().any(|part| is_description(part.as_os_str())));
            let Some(to) = beside.or(licence.map(Path::new)) else { continue };
            let to = new.path().join(to);
            if let Some(folder) = to.parent() {
                fs::create_dir_all(folder)?;
            }
            let mut file = File::create(&to)?;
            io::copy(&mut entry, &mut file)?;
            #[cfg(unix)]
            if beside.is_some() {
                use std::os::unix::fs::PermissionsExt as _;
                file.set_permissions(fs::Permissions::from_mode(0o755))?;
            }
            file.sync_all()?;
        }
        if !new.path().join(PROGRAM).is_file() {
            return Err(InstallError::NoProgram);
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(new.path(), fs::Permissions::from_mode(0o755))?;
        }
        let home = self.home();
        if home.exists() {
            // Moved first: a program that runs keeps its file, and a folder that is half removed is nobody's.
            let old = tempfile::Builder::new().prefix("old-").tempdir_in(&self.folder)?;
            fs::rename(&home, old.path().join("engine"))?;
        }
        fs::rename(new.keep(), &home)?;
        Ok(home.join(PROGRAM))
    }
}

/// Whether it is the folder in which a wheel describes itself.
fn is_description(part: &std::ffi::OsStr) -> bool {
    Path::new(part).extension().is_some_and(|extension| extension == "dist-info")
}

fn wanted_hash() -> Result<&'static str, InstallError> {
    let here = (std::env::consts::OS, std::env::consts::ARCH);
    let wheel = WHEELS.iter().find(|(os, processor, _)| (*os, *processor) == here);
    wheel.map(|(_, _, hash)| *hash).ok_or(InstallError::NoWheel)
}
