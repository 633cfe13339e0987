//! What a command reads: a file, or standard input in its place.

use std::{
    io::{self, Read as _},
    path::Path,
};

use crate::Failure;

/// What a file or standard input holds.
pub fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let read = if file == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(file)
    };
    read.map_err(|error| Failure::file(format!("cannot read {}", named(file)), &error))
}

/// How people call it.
pub fn named(file: &Path) -> String {
    if file == Path::new("-") { "standard input".to_owned() } else { format!("`{}`", file.display()) }
}
