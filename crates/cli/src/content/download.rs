//! Files handed back.

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use serde_json::json;
use tavola_client::{Client, DownloadOptions, Error};

use super::{Bar, Kind, Named, called, find, progress::bytes};
use crate::{Failure, arguments::Global, connection::Connection, output::Output};

pub const EXAMPLE: &str = "Example: tavola workbook download Sales --project Finance -o backup/";

/// The arguments of `download`.
#[derive(Debug, Args)]
pub struct DownloadArguments {
    #[command(flatten)]
    named: Named,
    /// The file of this revision; without this the newest
    #[arg(long, value_name = "N")]
    revision: Option<u64>,
    /// Leave the extracts out, which hold data
    #[arg(long)]
    no_extract: bool,
    /// The file to write, or a folder that is there; without this the current folder
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Take the place of a file that is there
    #[arg(long)]
    force: bool,
}

/// Downloads a file. What breaks off leaves nothing under its name.
pub async fn download<K: Kind>(
    arguments: DownloadArguments,
    global: &Global,
    output: &mut Output,
) -> Result<(), Failure> {
    let DownloadArguments { named, revision, no_extract, output: to, force } = arguments;
    let called = called::<K>(&named);
    let to = to.unwrap_or_else(|| PathBuf::from("."));
    let bar = Arc::new(Bar::new(&called, output));
    let shown = Arc::clone(&bar);
    let options = DownloadOptions::default()
        .overwrite(force)
        .without_extract(no_extract)
        .progress(move |progress| shown.show(progress));
    let outcome = Connection::find(global)?
        .run(output, async |client: &Client| {
            let id = find::<K>(client, &named).await?;
            let room = K::room(client);
            match revision {
                Some(revision) => room.download_revision(id, revision, &to, &options).await,
                None => room.download(id, &to, &options).await,
            }
            .map_err(|error| {
                let failure = Failure::of_call(format!("cannot download the {called}"), &error);
                match &error {
                    Error::File { cause, .. } if cause.kind() == std::io::ErrorKind::AlreadyExists => {
                        failure.hint("--force takes its place")
                    }
                    _ => failure,
                }
            })
        })
        .await;
    // The line of the bar is gone before anything else is written.
    drop((options, bar));
    let file = outcome?;
    let path = file.path.strip_prefix(".").unwrap_or(&file.path).display().to_string();
    let words = format!("downloaded the {called} to `{path}` ({})", bytes(file.length));
    output.done(&json!({ "path": path, "bytes": file.length }), &words)
}
