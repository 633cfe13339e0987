//! Files published.

use std::{
    fmt::Debug,
    path::{Path, PathBuf},
    sync::Arc,
};

use clap::Args;
use tavola_client::{Client, PublishOptions, Published};

use super::{
    Kind, Placed, Publishable,
    each::{Done, each},
    place,
    progress::Bar,
    unfinished::Ledger,
};
use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    jobs,
    output::{self, Output},
    projects,
};

pub const EXAMPLE: &str = "Several files go at a time, and what one of them is refused for keeps none of the others. A large file whose\n\
     upload broke off is gone on with when the same command is given again.\n\n\
     Example: tavola workbook publish Sales.twbx Stock.twbx --project Finance/Reports --overwrite";

/// The arguments of `publish`.
#[derive(Debug, Args)]
pub struct PublishArguments<K: Publishable> {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Its name; without this the name of the file
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    flags: K::Published,
}

/// Flags of publishing.
pub trait PublishFlags<K: Kind>: Args + Debug {
    /// Writes into a message what no server must be asked about.
    fn describe(&self, item: &mut K::Item) -> Result<(), Failure>;
    /// Writes into a message what must be looked up: where it is to lie.
    async fn place(&self, client: &Client, item: &mut K::Item) -> Result<(), Failure>;
    /// How it is published.
    fn options(&self) -> PublishOptions;
    /// Whether a job is waited for.
    fn waits(&self) -> bool {
        false
    }
}

/// Where in which project it is published.
#[derive(Debug, Args)]
pub struct Destination {
    /// The path or id of the project to publish into; without this the server's default project
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
    /// Take the place of what has the same name in the same project
    #[arg(long)]
    overwrite: bool,
}

impl Destination {
    /// How it is published there.
    pub fn options(&self) -> PublishOptions {
        PublishOptions::default().overwrite(self.overwrite)
    }

    /// Writes the project into a message.
    pub async fn place<K: Placed>(&self, client: &Client, item: &mut K::Item) -> Result<(), Failure> {
        if let Some(project) = &self.project {
            K::set_project(item, place(projects::find(client, project).await?));
        }
        Ok(())
    }
}

/// How the server goes about it.
#[derive(Debug, Args)]
pub struct Background {
    /// Let the server do it in the background; the job's id goes to standard output
    #[arg(long)]
    as_job: bool,
    /// Wait until the job has ended
    #[arg(long, requires = "as_job")]
    pub wait: bool,
    /// Publish also what cannot reach its data
    #[arg(long)]
    skip_connection_check: bool,
}

impl Background {
    /// The same in the options of publishing.
    pub fn options(&self, options: PublishOptions) -> PublishOptions {
        options.as_job(self.as_job).skip_connection_check(self.skip_connection_check)
    }
}

/// Publishes each file.
pub async fn publish<K: Publishable>(
    arguments: PublishArguments<K>,
    global: &Global,
    output: &mut Output,
) -> Result<(), Failure> {
    let PublishArguments { files, name, flags } = arguments;
    if name.is_some() && files.len() > 1 {
        return Err(Failure::failed("--name is for one file: more than one is given"));
    }
    let mut item = K::Item::default();
    flags.describe(&mut item)?;
    let connection = Connection::find(global)?;
    let ledger = Ledger::new(connection.folders());
    let size = |file: &PathBuf| (file.display().to_string(), file.metadata().ok().map(|about| about.len()));
    let bar = Arc::new(Bar::new(files.iter().map(size), output));
    let publishing =
        Publishing::<K> { item: &item, flags: &flags, connection: &connection, ledger: &ledger, bar: &bar };
    let work = async |at: usize, output: &Output| publishing.one(at, &files[at], name.as_deref(), output).await;
    let published = each("published", files.len(), &bar, &ledger, output, work).await?;
    if files.len() == 1 && output.is_json() {
        output.json(&published)?;
    }
    Ok(())
}

/// The name of a file without its ending.
fn stem(file: &Path) -> Option<String> {
    file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).filter(|stem| !stem.is_empty())
}

struct Publishing<'a, K: Publishable> {
    item: &'a K::Item,
    flags: &'a K::Published,
    connection: &'a Connection,
    ledger: &'a Ledger,
    bar: &'a Arc<Bar>,
}

impl<K: Publishable> Publishing<'_, K> {
    async fn one(&self, at: usize, file: &Path, name: Option<&str>, output: &Output) -> Result<Done, Failure> {
        let what = format!("publish `{}`", file.display());
        let name = name.map(str::to_owned).or_else(|| stem(file));
        let name =
            name.ok_or_else(|| Failure::failed(format!("cannot {what}: it has no name")).hint("--name gives one"))?;
        let published = self.connection.run(output, async |client| {
            let mut item = self.item.clone();
            K::set_name(&mut item, name.clone());
            self.flags.place(client, &mut item).await?;
            let options = self
                .options(at, client, file)
                .await
                .map_err(|error| Failure::of_call(format!("cannot {what}"), &error))?;
            let published = K::room(client).publish(file, &item, &options).await;
            published.map_err(|error| Failure::of_call(format!("cannot {what}"), &error))
        });
        let job = match published.await? {
            Published::Item(item) => {
                let name = K::name(&item).unwrap_or_default();
                let words = format!("published the {} `{name}` {}", K::THING, K::whereabouts(&item));
                return Ok(Done { row: output::row(&item), words: words.trim_end().to_owned(), line: None });
            }
            Published::Job(job) => job,
        };
        if !self.flags.waits() {
            let words = format!("the job `{}` publishes the {} `{name}`", job.id, K::THING);
            return Ok(Done { row: output::row(&job), words, line: Some(job.id.to_string()) });
        }
        let ended = self.connection.run(output, async |client| jobs::wait(client, job.id).await).await?;
        jobs::require_done(&ended, &what)?;
        Ok(Done { row: output::row(&ended), words: format!("published the {} `{name}`", K::THING), line: None })
    }

    /// What is published how. Asked for anew with each client: an upload may have gone on in between.
    async fn options(&self, at: usize, client: &Client, file: &Path) -> Result<PublishOptions, tavola_client::Error> {
        let session = client.session().await?;
        let path = file.canonicalize().unwrap_or_else(|_| file.to_owned());
        let (server, site, user) =
            (client.address().to_string(), session.site_id.to_string(), session.user_id.to_string());
        let transfer = self.ledger.transfer(at, &["upload", &server, &site, &user, &path.to_string_lossy()]);
        let bar = Arc::clone(self.bar);
        Ok(self.flags.options().transfer(transfer.progress(move |progress| bar.show(at, progress))))
    }
}
