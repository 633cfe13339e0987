//! Files published.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use serde::Serialize;
use serde_json::Value;
use tavola_client::{Client, PublishOptions, Published};

use super::{Bar, Describe as _, Kind, place};
use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    jobs,
    output::{self, Output},
    projects,
};

pub const EXAMPLE: &str =
    "Example: tavola workbook publish Sales.twbx Stock.twbx --project Finance/Reports --overwrite";

/// The arguments of `publish`.
#[derive(Debug, Args)]
pub struct PublishArguments<D: Args> {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The path or id of the project to publish into; without this the server's default project
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Its name; without this the name of the file
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Take the place of what has the same name in the same project
    #[arg(long)]
    overwrite: bool,
    /// Let the server do it in the background; the job's id goes to standard output
    #[arg(long)]
    as_job: bool,
    /// Wait until the job has ended
    #[arg(long, requires = "as_job")]
    wait: bool,
    /// Publish also what cannot reach its data
    #[arg(long)]
    skip_connection_check: bool,
    #[command(flatten)]
    details: D,
}

/// Publishes one file after the other. What one of them is refused for does not keep the others.
pub async fn publish<K: Kind>(
    arguments: PublishArguments<K::Published>,
    global: &Global,
    output: &mut Output,
) -> Result<(), Failure> {
    let PublishArguments { files, project, name, overwrite, as_job, wait, skip_connection_check, details } = arguments;
    if name.is_some() && files.len() > 1 {
        return Err(Failure::failed("--name is for one file: more than one is given"));
    }
    let mut item = K::Item::default();
    details.describe(&mut item)?;
    let connection = Connection::find(global)?;
    let options =
        PublishOptions::default().overwrite(overwrite).as_job(as_job).skip_connection_check(skip_connection_check);
    let mut published: Vec<Value> = Vec::new();
    let mut failed: Option<Failure> = None;
    for file in &files {
        let name = name.clone().or_else(|| stem(file));
        let outcome = match name {
            None => Err(Failure::failed(format!("`{}` has no name: --name gives one", file.display()))),
            Some(name) => {
                K::set_name(&mut item, name);
                let one = One { file, item: &item, project: project.as_deref(), options: &options, wait };
                one.publish::<K>(&connection, output).await
            }
        };
        match outcome {
            Ok(row) => published.push(row),
            Err(Failure::Interrupted) => return Err(Failure::Interrupted),
            Err(failure) => {
                // The last failure is the command's own, and is told at its end.
                if let Some(earlier) = failed.replace(failure) {
                    output.report(&earlier);
                }
            }
        }
    }
    if output.is_json() {
        output.json(&published)?;
    }
    output.finish()?;
    failed.map_or(Ok(()), Err)
}

/// The name of a file without its ending.
fn stem(file: &Path) -> Option<String> {
    file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).filter(|stem| !stem.is_empty())
}

struct One<'a, T> {
    file: &'a Path,
    item: &'a T,
    project: Option<&'a str>,
    options: &'a PublishOptions,
    wait: bool,
}

impl<T> One<'_, T> {
    async fn publish<K: Kind<Item = T>>(&self, connection: &Connection, output: &mut Output) -> Result<Value, Failure>
    where
        T: Clone + Serialize,
    {
        let what = format!("publish `{}`", self.file.display());
        let bar = Arc::new(Bar::new(&self.file.display().to_string(), output));
        let shown = Arc::clone(&bar);
        let options = self.options.clone().progress(move |progress| shown.show(progress));
        let outcome = connection
            .run(output, async |client: &Client| {
                let mut item = self.item.clone();
                if let Some(project) = self.project {
                    K::set_project(&mut item, place(projects::find(client, project).await?));
                }
                let published = K::room(client).publish(self.file, &item, &options).await;
                published.map_err(|error| Failure::of_call(format!("cannot {what}"), &error))
            })
            .await;
        // The line of the bar is gone before anything else is written.
        drop((options, bar));
        let job = match outcome? {
            Published::Item(item) => {
                let project = K::project(&item).and_then(|project| project.name.clone());
                let place = project.map(|name| format!(" in `{name}`")).unwrap_or_default();
                output.say(&format!("published the {} `{}`{place}", K::THING, K::name(&item).unwrap_or_default()));
                return Ok(output::row(&item));
            }
            Published::Job(job) => job,
        };
        if !self.wait {
            if !output.is_json() {
                output.line(&job.id.to_string())?;
            }
            return Ok(output::row(&job));
        }
        let ended = connection.run(output, async |client| jobs::wait(client, job.id).await).await?;
        jobs::require_done(&ended, &what)?;
        let name = K::name(self.item).unwrap_or_default();
        output.say(&format!("published the {} `{name}`", K::THING));
        Ok(output::row(&ended))
    }
}
