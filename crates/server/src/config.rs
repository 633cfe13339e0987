//! What a server is told at its start.

use std::{net::SocketAddr, path::PathBuf};

use tavola_api::Secret;
use tavola_store::{Clock, recycle_bin};

/// Where a server keeps its data and where it listens. Nothing is read from the environment here.
// No `Debug`: secrets stand in the database's URL and in the options of a bucket.
#[derive(Clone)]
pub struct Config {
    /// The folder of the database, the content and the certificate. Made if it is not there.
    pub data_dir: PathBuf,
    /// Where to answer HTTP. Port 0 takes a free one.
    pub listen: Option<SocketAddr>,
    /// Where to answer HTTPS. Port 0 takes a free one.
    pub tls_listen: Option<SocketAddr>,
    /// Where browsers find this server, such as `https://tavola.example`, without a slash at the end: identity providers send
    /// them back there. None: wherever a request says it was sent to.
    pub public_url: Option<String>,
    /// The certificate chain and key for HTTPS, PEM files; without them a self-signed one is made in the data folder.
    pub tls_files: Option<TlsFiles>,
    /// Where to answer `/metrics`. Port 0 takes a free one.
    pub metrics_listen: Option<SocketAddr>,
    /// `sqlite:PATH` or `postgres://…`; without it SQLite in the data folder.
    pub database_url: Option<String>,
    /// Where the bytes of published files go: `file:FOLDER` or `s3://BUCKET/PREFIX`; without it the folder `content` in
    /// the data folder.
    pub content_url: Option<String>,
    /// How to reach the bucket, by the names of the AWS tools' variables: `AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, …
    pub content_options: Vec<(String, String)>,
    /// The file with the key that content is encrypted with, outside the data folder; without it, it is not encrypted.
    pub content_key_file: Option<PathBuf>,
    /// The engine for extracts, the program `hyperd`; without it the one that was installed into the data folder, if one was.
    pub engine: Option<PathBuf>,
    /// Imitate the real server's limits, such as one session per personal access token.
    pub strict: bool,
    /// How many days deleted content lies in the recycle bin; 0 deletes at once, and so does `strict`.
    pub recycle_bin_days: u32,
    /// The name and password of the first server administrator. Read only while there has never been one.
    pub administrator: FirstAdministratorConfig,
    /// What time it is.
    pub clock: Clock,
}

/// A certificate chain and its key.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The chain, leaf first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// Who the first server administrator is to be.
#[derive(Debug, Clone)]
pub struct FirstAdministratorConfig {
    /// The name to sign in with.
    pub name: String,
    /// The password; without one a random password is made and given back once.
    pub password: Option<Secret>,
}

impl Default for FirstAdministratorConfig {
    fn default() -> Self {
        Self { name: "admin".to_owned(), password: None }
    }
}

impl Config {
    /// A server on free loopback ports, HTTP and HTTPS, with its data in this folder.
    pub fn on_loopback(data_dir: impl Into<PathBuf>) -> Self {
        let free = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        Self {
            data_dir: data_dir.into(),
            listen: free,
            tls_listen: free,
            public_url: None,
            tls_files: None,
            metrics_listen: None,
            database_url: None,
            content_url: None,
            content_options: Vec::new(),
            content_key_file: None,
            engine: None,
            strict: false,
            recycle_bin_days: recycle_bin::DEFAULT_DAYS,
            administrator: FirstAdministratorConfig::default(),
            clock: Clock::system(),
        }
    }
}
