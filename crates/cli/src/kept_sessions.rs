//! Sessions that outlive the command that signed in, so that the next one need not.
//!
//! Each is a file of its own. Commands that run side by side share it: whoever signs in holds the file's lock meanwhile,
//! and everybody else finds the new session in it. A real server ends the older session when a personal access token
//! signs in a second time; so the commands do not end each other's.

use std::{
    fs::{self, File},
    io::{self, Seek, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use tavola_client::{
    api::Secret,
    model::{SiteId, UserId},
};

use crate::{
    Failure,
    folders::{self, Folders},
};

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSession {
    /// The server it is on: a token is never sent to another one.
    pub server: String,
    /// Its token.
    pub token: Secret,
    /// Its site.
    pub site_id: SiteId,
    /// That site's contentUrl.
    pub content_url: String,
    /// Its user.
    pub user_id: UserId,
    /// The API version that was agreed on.
    pub api_version: String,
}

/// The file of one session.
#[derive(Debug, Clone)]
pub struct SessionFile {
    path: PathBuf,
    server: String,
}

/// The file while nobody else reads or writes it.
#[derive(Debug)]
pub struct LockedSession<'a> {
    file: File,
    of: &'a SessionFile,
}

impl SessionFile {
    /// The session of a profile on one of its server's sites.
    pub fn of_profile(folders: &Folders, profile: &str, server: &str, site: &str) -> Self {
        let name = format!("{}{}.json", prefix(profile), folders::file_name(&site.to_lowercase()));
        Self { path: folders.sessions().join(name), server: server.to_owned() }
    }

    /// The session of a personal access token that only the environment knows. The secret is part of the file's name, by
    /// its hash, so that a wrong secret finds no session of the right one.
    pub fn of_token(folders: &Folders, server: &str, site: &str, name: &str, secret: &Secret) -> Self {
        let hash = folders::hashed_name(&[server, &site.to_lowercase(), name, secret.expose()]);
        Self { path: folders.sessions().join(format!("env-{hash}.json")), server: server.to_owned() }
    }

    /// Every session of a profile, on whichever site.
    pub fn all_of_profile(folders: &Folders, profile: &str, server: &str) -> Result<Vec<Self>, Failure> {
        let folder = folders.sessions();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Failure::file(format!("cannot read `{}`", folder.display()), &error)),
        };
        let prefix = prefix(profile);
        Ok(entries
            .flatten()
            .filter(|entry| entry.file_name().to_str().is_some_and(|name| name.starts_with(&prefix)))
            .map(|entry| Self { path: entry.path(), server: server.to_owned() })
            .collect())
    }

    /// Removes the file, whoever waits for it.
    pub fn remove(&self) -> Result<(), Failure> {
        folders::remove(&self.path)
    }

    /// The session in it, if there is one.
    pub async fn read(&self) -> Result<Option<KeptSession>, Failure> {
        if self.path.exists() { self.lock().await?.read() } else { Ok(None) }
    }

    /// Waits for the file's lock. It is given back when the result is dropped.
    pub async fn lock(&self) -> Result<LockedSession<'_>, Failure> {
        let folder = self.path.parent().expect("the file of a session is in a folder");
        folders::make_private_folder(folder)?;
        let path = self.path.clone();
        // On a thread of its own, so that Ctrl-C is heard meanwhile.
        let file = tokio::task::spawn_blocking(move || {
            let file = folders::open_private(&path)?;
            file.lock()?;
            Ok(file)
        })
        .await
        .unwrap_or_else(|panic| Err(io::Error::other(panic)))
        .map_err(|error| cannot("lock", &self.path, &error))?;
        Ok(LockedSession { file, of: self })
    }
}

impl LockedSession<'_> {
    /// The session in the file. What is not understood, or is of another server, is none.
    pub fn read(&mut self) -> Result<Option<KeptSession>, Failure> {
        self.file.rewind().map_err(|error| cannot("read", &self.of.path, &error))?;
        let text = folders::read_open_private(&mut self.file, &self.of.path)?;
        Ok(serde_json::from_str(&text).ok().filter(|session: &KeptSession| session.server == self.of.server))
    }

    /// Puts a session in the place of what was there.
    pub fn write(&mut self, session: &KeptSession) -> Result<(), Failure> {
        let text = serde_json::to_vec(session).expect("a session of texts is JSON");
        self.replace(&text)
    }

    /// Forgets the session. The file stays, since others may be waiting for its lock.
    pub fn clear(&mut self) -> Result<(), Failure> {
        self.replace(b"")
    }

    fn replace(&mut self, text: &[u8]) -> Result<(), Failure> {
        let written = (|| {
            self.file.rewind()?;
            self.file.set_len(0)?;
            self.file.write_all(text)
        })();
        written.map_err(|error| cannot("write", &self.of.path, &error))
    }
}

/// How the files of a profile's sessions begin. `=` stands in no encoded name.
fn prefix(profile: &str) -> String {
    format!("{}=", folders::file_name(profile))
}

fn cannot(verb: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::file(format!("cannot {verb} `{}`", path.display()), error)
}
