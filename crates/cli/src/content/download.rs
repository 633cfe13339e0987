//! Files handed back.

use std::{
    fmt::Debug,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use serde_json::json;
use tavola_client::{Client, DownloadOptions, Downloaded, Error, Revised};

use super::{
    Kind, Named, Publishable,
    each::{Done, each},
    find::{called, find},
    progress::{Bar, bytes},
    unfinished::Ledger,
};
use crate::{Failure, arguments::Global, connection::Connection, output::Output};

pub const EXAMPLE: &str = "What has come is under another name until it is whole. A large file that broke off is gone on with when the same\n\
     command is given again.\n\n\
     Example: tavola workbook download Sales Stock --project Finance -o backup/";

/// The arguments of `download`.
#[derive(Debug, Args)]
pub struct DownloadArguments<K: Publishable> {
    #[arg(required = true, value_name = "ITEM", help = K::NAMED_BY)]
    items: Vec<String>,
    #[command(flatten)]
    within: K::Within,
    #[command(flatten)]
    flags: K::Downloaded,
    #[command(flatten)]
    to: Target,
}

/// Where a file goes.
#[derive(Debug, Args)]
pub struct Target {
    /// The file to write, or a folder that is there; without this the current folder
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Take the place of a file that is there
    #[arg(long)]
    force: bool,
}

/// Flags of downloading.
pub trait DownloadFlags: Args + Debug {
    /// How it is downloaded.
    fn options(&self) -> DownloadOptions;
}

/// Flags for what may have extracts.
#[derive(Debug, Args)]
pub struct WithExtract {
    /// Leave the extracts out, which hold data
    #[arg(long)]
    no_extract: bool,
}

impl DownloadFlags for WithExtract {
    fn options(&self) -> DownloadOptions {
        DownloadOptions::default().without_extract(self.no_extract)
    }
}

/// Flags for what is handed back as it is: none.
#[derive(Debug, Args)]
pub struct FileAsItIs {}

impl DownloadFlags for FileAsItIs {
    fn options(&self) -> DownloadOptions {
        DownloadOptions::default()
    }
}

impl Target {
    fn path(&self) -> &Path {
        self.output.as_deref().unwrap_or(Path::new("."))
    }
}

/// Downloads files.
pub async fn download<K: Publishable>(
    arguments: DownloadArguments<K>,
    global: &Global,
    output: &mut Output,
) -> Result<(), Failure> {
    let DownloadArguments { items, within, flags, to } = arguments;
    if items.len() > 1 && !to.path().is_dir() {
        return Err(Failure::failed(format!(
            "`{}` is no folder, and more than one file is to go there",
            to.path().display()
        )));
    }
    let fetch = async |client: &Client, at: usize, options: DownloadOptions| {
        let id = find::<K>(client, &items[at], Some(&within)).await?;
        K::room(client).download(id, to.path(), &options).await.map_err(|error| cannot::<K>(&items[at], &error))
    };
    run::<K>(&items, "", &flags, &to, global, output, fetch).await
}

/// Downloads the file of a revision.
pub async fn download_revision<K: Publishable + Revised>(
    named: &Named<K>,
    revision: u64,
    flags: &K::Downloaded,
    to: &Target,
    global: &Global,
    output: &mut Output,
) -> Result<(), Failure> {
    let fetch = async |client: &Client, _: usize, options: DownloadOptions| {
        let id = named.find(client).await?;
        let downloaded = K::room(client).download_revision(id, revision, to.path(), &options).await;
        downloaded.map_err(|error| cannot::<K>(&named.item, &error))
    };
    let items = [named.item.clone()];
    run::<K>(&items, &revision.to_string(), flags, to, global, output, fetch).await
}

fn cannot<K: Kind>(item: &str, error: &Error) -> Failure {
    with_hint(Failure::of_call(format!("cannot download the {}", called::<K>(item)), error), error)
}

/// Says what to do about a file that is there.
pub fn with_hint(failure: Failure, error: &Error) -> Failure {
    match error {
        Error::File { cause, .. } if cause.kind() == std::io::ErrorKind::AlreadyExists => {
            failure.hint("--force takes its place")
        }
        _ => failure,
    }
}

async fn run<K: Publishable>(
    items: &[String],
    revision: &str,
    flags: &K::Downloaded,
    to: &Target,
    global: &Global,
    output: &mut Output,
    fetch: impl AsyncFn(&Client, usize, DownloadOptions) -> Result<Downloaded, Failure>,
) -> Result<(), Failure> {
    let connection = Connection::find(global)?;
    let ledger = Ledger::new(connection.folders());
    let bar = Arc::new(Bar::new(items.iter().map(|item| (called::<K>(item), None)), output));
    let place = std::path::absolute(to.path()).unwrap_or_else(|_| to.path().to_owned());
    let work = async |at: usize, output: &Output| {
        let downloaded = connection.run(output, async |client| {
            let session = client.session().await;
            let session = session.map_err(|error| cannot::<K>(&items[at], &error))?;
            let words = [
                "download",
                &client.address().to_string(),
                &session.site_id.to_string(),
                &session.user_id.to_string(),
                K::COMMAND,
                &items[at],
                revision,
                // The file is another one with other flags.
                &format!("{flags:?}"),
                &place.to_string_lossy(),
            ];
            let bar = Arc::clone(&bar);
            let transfer = ledger.transfer(at, &words).progress(move |progress| bar.show(at, progress));
            fetch(client, at, flags.options().overwrite(to.force).transfer(transfer)).await
        });
        let file = downloaded.await?;
        let path = file.path.strip_prefix(".").unwrap_or(&file.path).display().to_string();
        let words = format!("downloaded the {} to `{path}` ({})", called::<K>(&items[at]), bytes(file.length));
        Ok(Done { row: json!({ "path": path, "bytes": file.length }), words, line: None })
    };
    let rows = each("downloaded", items.len(), &bar, &ledger, output, work).await?;
    match rows.as_slice() {
        [only] if output.is_json() => output.json(only),
        _ => Ok(()),
    }
}
