//! Systems whose keyring this program does not know: secrets are kept in the file.

use std::{fmt, time::Duration};

use tavola_client::api::Secret;

pub const OPENS_WITHIN: Duration = Duration::ZERO;
pub const ANSWERS_WITHIN: Duration = Duration::ZERO;

/// Why the keyring could not be used.
#[derive(Debug)]
pub struct Unusable;

/// A keyring that is never there.
pub enum Keyring {}

/// Whether there may be a keyring.
pub fn may_be_there() -> bool {
    false
}

impl Keyring {
    pub fn open(_may_ask: bool) -> Result<Self, Unusable> {
        Err(Unusable)
    }

    pub fn set(&mut self, _profile: &str, _secret: &Secret) -> Result<(), Unusable> {
        match *self {}
    }

    pub fn get(&mut self, _profile: &str) -> Result<Option<Secret>, Unusable> {
        match *self {}
    }

    pub fn delete(&mut self, _profile: &str) -> Result<(), Unusable> {
        match *self {}
    }
}

impl Unusable {
    pub fn silent() -> Self {
        Self
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this program knows no keyring of this system")
    }
}
