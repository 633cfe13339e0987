//! `tavola admin check`: what the database says and the storage holds.

use clap::Args;
use serde_json::{Value, json};
use tavola_server::content::{Broken, Check, Finding, Report, check_content};

use crate::{Failure, output::Output, serve::ServeArguments};

/// The arguments of `check`.
#[derive(Debug, Args)]
pub struct CheckArguments {
    #[command(flatten)]
    settings: ServeArguments,
    /// Read every file and compare its hash too, which takes as long as reading them does
    #[arg(long)]
    hashes: bool,
    /// Delete what nothing refers to, and have what is damaged replaced when the same file is next published
    #[arg(long)]
    repair: bool,
}

/// Compares the two, and repairs what it can if that is asked for.
pub(super) fn run(arguments: CheckArguments, output: &mut Output) -> Result<(), Failure> {
    let config = arguments.settings.with_file()?.config()?;
    // Opening would make what is not there, and find nothing wrong with it.
    let database = config.data_dir.join("tavola.db");
    if config.database_url.is_none() && !database.is_file() {
        return Err(Failure::failed(format!("there is no database `{}`", database.display()))
            .hint("--data-dir FOLDER names the folder that the server keeps its data in"));
    }
    let how = Check { repair: arguments.repair, hashes: arguments.hashes };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::file("cannot start", &error))?;
    let report = runtime.block_on(check_content(&config, how)).map_err(|error| {
        let failure = Failure::failed(error.to_string());
        if error.is_in_use() { failure.hint("end the server that runs on it, then check") } else { failure }
    })?;
    show(&report, arguments.repair, output)
}

fn show(report: &Report, repair: bool, output: &mut Output) -> Result<(), Failure> {
    if output.is_json() {
        let findings: Vec<Value> = report.findings.iter().map(as_json).collect();
        output.json(&json!({ "files": report.blobs, "bytes": report.bytes, "findings": findings }))?;
    } else {
        for finding in &report.findings {
            output.line(&finding.to_string())?;
        }
    }
    let looked_at = format!("{} files with {} bytes", report.blobs, report.bytes);
    if report.is_clean() {
        output.say(&format!("{looked_at}: nothing is wrong"));
        return Ok(());
    }
    output.finish()?;
    let found = Failure::refused(format!("{looked_at}: {} problems found", report.findings.len()));
    Err(if repair {
        found.because("what could be repaired was")
    } else {
        found.hint("--repair deletes what nothing refers to and marks what is damaged")
    })
}

fn as_json(finding: &Finding) -> Value {
    let broken = |kind: &str, broken: &Broken| json!({ "kind": kind, "sha256": broken.hash.to_string(), "size": broken.size, "inUse": broken.referenced });
    match finding {
        Finding::Stray { name, size } => json!({ "kind": "stray", "name": name, "size": size }),
        Finding::Foreign { name } => json!({ "kind": "foreign", "name": name }),
        Finding::Missing(found) => broken("missing", found),
        Finding::WrongSize(found) => broken("wrongSize", found),
        Finding::WrongBytes(found) => broken("wrongBytes", found),
    }
}
