//! The engine's process where there are no domain sockets: there is none.

use std::{
    convert::Infallible,
    io,
    path::{Path, PathBuf},
};

use tempfile::TempDir;
use tokio::io::DuplexStream;

use crate::Error;

pub(crate) const USER: &str = "";

/// Nothing listens.
pub(crate) async fn connect(_: &Path) -> io::Result<DuplexStream> {
    Err(io::ErrorKind::Unsupported.into())
}

/// A process that cannot be.
pub(crate) struct Process {
    pub(crate) socket: PathBuf,
    pub(crate) scratch: TempDir,
    never: Infallible,
}

impl Process {
    pub(crate) async fn start(_: &Path, _: &Path) -> Result<Self, Error> {
        Err(Error::Start("it runs on Linux and macOS alone".to_owned()))
    }

    pub(crate) fn id(&self) -> Option<u32> {
        match self.never {}
    }

    pub(crate) async fn ended(&mut self) -> String {
        match self.never {}
    }

    pub(crate) async fn stop(self) {
        match self.never {}
    }
}
