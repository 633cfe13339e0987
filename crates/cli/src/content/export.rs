//! Content as pictures, papers and tables, as the server draws it.

use std::{
    fmt::Debug,
    num::NonZeroU32,
    path::{Path, PathBuf},
};

use clap::{Args, ValueEnum};
use serde_json::json;
use tavola_client::{Client, DownloadOptions, Downloaded, Error, ExportOptions};

use super::{Kind, Named, download, progress::bytes};
use crate::{
    Failure,
    arguments::{Global, at_least_one},
    connection::Connection,
    output::Output,
};

/// A kind that the server draws. A format's name is also the ending of its files.
pub trait Exported: Kind {
    /// What it can be exported as.
    type Format: ValueEnum + Debug + Clone + Send + Sync + 'static;
    /// What it is exported as where nothing says so.
    const FORMAT: Self::Format;

    /// Exports one into a file, or into a folder that is there.
    async fn export(
        client: &Client,
        id: Self::Id,
        format: Self::Format,
        options: &ExportOptions,
        to: &Path,
        download: &DownloadOptions,
    ) -> Result<Downloaded, Error>;
}

/// The arguments of `export`.
#[derive(Debug, Args)]
pub struct ExportArguments<K: Exported> {
    #[command(flatten)]
    named: Named<K>,
    /// What to make; without this what the ending of --output says, or else the usual one
    #[arg(long, value_enum)]
    format: Option<K::Format>,
    /// The file to write, or a folder that is there; without this its name, with the format as ending
    #[arg(long, short, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Take the place of a file that is there
    #[arg(long)]
    force: bool,
    /// Show only these values of a field, by the name people see, or set a parameter; may be repeated
    #[arg(long, value_name = "FIELD=VALUE,...", value_parser = filter)]
    filter: Vec<(String, String)>,
    /// The width, in pixels
    #[arg(long, value_name = "PIXELS", requires = "height", value_parser = at_least_one::<NonZeroU32>)]
    width: Option<NonZeroU32>,
    /// The height, in pixels
    #[arg(long, value_name = "PIXELS", requires = "width", value_parser = at_least_one::<NonZeroU32>)]
    height: Option<NonZeroU32>,
    /// The paper of a PDF, such as A4 or Letter; Unspecified is as large as the view
    #[arg(long, value_name = "PAPER")]
    paper: Option<String>,
    /// Lay the paper of a PDF on its long side
    #[arg(long)]
    landscape: bool,
}

/// `FIELD=VALUE,…`.
fn filter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((field, values)) if !field.is_empty() => Ok((field.to_owned(), values.to_owned())),
        _ => Err("a filter is FIELD=VALUE,...".to_owned()),
    }
}

impl<K: Exported> ExportArguments<K> {
    fn format(&self) -> K::Format {
        let by_ending = || K::Format::from_str(self.output.as_deref()?.extension()?.to_str()?, true).ok();
        self.format.clone().or_else(by_ending).unwrap_or(K::FORMAT)
    }

    fn added_to(&self, mut options: ExportOptions) -> ExportOptions {
        for (field, values) in &self.filter {
            options = options.filter(field, values.split(','));
        }
        if let Some((width, height)) = self.width.zip(self.height) {
            options = options.size(width.get(), height.get());
        }
        if let Some(paper) = &self.paper {
            options = options.paper(paper);
        }
        if self.landscape { options.landscape(true) } else { options }
    }
}

/// Exports one; `options` is what the kind's own flags say.
pub async fn export<K: Exported>(
    arguments: &ExportArguments<K>,
    options: ExportOptions,
    global: &Global,
    output: &mut Output,
) -> Result<(), Failure> {
    let called = arguments.named.called();
    let cannot = |error: Error| {
        let failure = Failure::of_call(format!("cannot export the {called}"), &error);
        download::with_hint(failure, &error)
    };
    let format = arguments.format();
    let options = arguments.added_to(options);
    let download = DownloadOptions::default().overwrite(arguments.force);
    let connection = Connection::find(global)?;
    let file = connection.run(output, async |client| {
        let id = arguments.named.find(client).await?;
        let to = match &arguments.output {
            Some(path) => path.clone(),
            None => {
                let item = K::room(client).get(id).await.map_err(cannot)?;
                file_name(K::name(&item).unwrap_or(K::THING), &format)
            }
        };
        K::export(client, id, format.clone(), &options, &to, &download).await.map_err(cannot)
    });
    let file = file.await?;
    let path = file.path.display().to_string();
    let words = format!("exported the {called} to `{path}` ({})", bytes(file.length));
    output.done(&json!({ "path": path, "bytes": file.length }), &words)
}

fn file_name(name: &str, format: &impl ValueEnum) -> PathBuf {
    let name = name.replace(|c: char| c.is_control() || "/\\:".contains(c), "_");
    let ending = format.to_possible_value();
    let ending = ending.as_ref().map_or("", |value| value.get_name());
    PathBuf::from(format!("{}.{ending}", name.trim_start_matches('.')))
}
