//! Views of a site.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
};

use clap::{Subcommand, ValueEnum};
use serde_json::json;
use tavola_client::{
    Client, ContentRoom, DownloadOptions, Downloaded, Error, ExportOptions, ListOptions, ViewFormat, Views,
    api::views::View,
    model::{Operator, ViewId},
};

use crate::{
    Failure,
    arguments::Global,
    content::{self, DeleteArguments, ExportArguments, Exported, InWorkbook, Kind, Named, Tags},
    list::{ListArguments, Shape},
    output::Output,
};

/// What can be done with views.
#[derive(Debug, Subcommand)]
pub enum ViewCommand {
    /// List the views of the site
    List(ListArguments),
    /// Show a view
    Show(Named<Views>),
    /// Put tags on a view
    Tag(Tags<Views>),
    /// Take tags off a view
    Untag(Tags<Views>),
    /// Delete a view, and with the last one its workbook
    Delete(DeleteArguments<Views>),
    /// Save the preview image of a view
    #[command(after_help = "Example: tavola view preview Sales/sheets/Overview -o overview.png")]
    Preview {
        #[command(flatten)]
        named: Named<Views>,
        /// The file to write; without this the view's name with .png
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Take the place of a file that is there
        #[arg(long)]
        force: bool,
    },
    /// Export a view as a picture, a page or a table
    #[command(after_help = "Examples:\n  tavola view export Sales/sheets/Overview -o overview.pdf --paper A4\n  \
        tavola view export Sales/sheets/Overview --format csv --filter Region=East,West")]
    Export {
        #[command(flatten)]
        arguments: ExportArguments<Views>,
        /// Make two pixels of a picture for each pixel of the view
        #[arg(long)]
        high_resolution: bool,
    },
}

/// What a view is exported as.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Format {
    /// A picture of pixels
    Png,
    /// A picture of lines
    Svg,
    /// A page
    Pdf,
    /// What it shows, a line for each mark
    Csv,
    /// What it shows, in rows and columns as it has them
    Xlsx,
}

static SHAPE: Shape = Shape {
    things: "views",
    fields: &[
        "id",
        "name",
        "contentUrl",
        "viewUrlName",
        "sheetType",
        "createdAt",
        "updatedAt",
        "workbook.id",
        "workbook.name",
        "project.id",
        "project.name",
        "owner.id",
        "owner.name",
        "usage.totalViewCount",
        "tags.tag",
    ],
    columns: &["name", "sheetType", "contentUrl", "project.name", "id"],
    record: &[
        "name",
        "contentUrl",
        "sheetType",
        "workbook.name",
        "workbook.id",
        "project.name",
        "owner.name",
        "usage.totalViewCount",
        "tags.tag",
        "createdAt",
        "updatedAt",
        "id",
    ],
    has_hidden_fields: true,
    filtered_by_server: &[
        "name",
        "contentUrl",
        "createdAt",
        "updatedAt",
        "ownerName",
        "projectName",
        "workbookName",
        "viewUrlName",
        "tags",
    ],
    sorted_by_server: &["name", "createdAt", "updatedAt"],
};

impl Kind for Views {
    const THING: &'static str = "view";
    const NAMED_BY: &'static str =
        "Its name, its name in addresses (contentUrl, such as Sales/sheets/Overview), or its id";
    const SHAPE: &'static Shape = &SHAPE;
    type Within = InWorkbook;

    fn room(client: &Client) -> ContentRoom<'_, Self> {
        client.views()
    }

    fn name(view: &View) -> Option<&str> {
        view.name.as_deref()
    }

    fn whereabouts(view: &View) -> String {
        format!("at `{}`", view.content_url.as_deref().unwrap_or("?"))
    }

    async fn by_content_url(client: &Client, content_url: &str) -> Result<Vec<View>, Error> {
        let options = ListOptions::default().filter("contentUrl", Operator::Eq, [content_url]).fields(["_all_"]);
        client.views().list_all(&options).await
    }
}

impl Exported for Views {
    type Format = Format;
    const FORMAT: Format = Format::Png;

    async fn export(
        client: &Client,
        id: ViewId,
        format: Format,
        options: &ExportOptions,
        to: &Path,
        download: &DownloadOptions,
    ) -> Result<Downloaded, Error> {
        let format = match format {
            Format::Png => ViewFormat::Png,
            Format::Svg => ViewFormat::Svg,
            Format::Pdf => ViewFormat::Pdf,
            Format::Csv => ViewFormat::Csv,
            Format::Xlsx => ViewFormat::Xlsx,
        };
        client.views().export(id, format, options, to, download).await
    }
}

/// Does what was asked with views.
pub async fn run(command: ViewCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        ViewCommand::List(arguments) => content::list::<Views>(&arguments, global, output).await,
        ViewCommand::Show(named) => content::show(&named, global, output).await,
        ViewCommand::Tag(tags) => tags.add(global, output).await,
        ViewCommand::Untag(tags) => tags.remove(global, output).await,
        ViewCommand::Delete(arguments) => content::delete(&arguments, global, output).await,
        ViewCommand::Preview { named, output: to, force } => preview(&named, to, force, global, output).await,
        ViewCommand::Export { arguments, high_resolution } => {
            let options = ExportOptions::default();
            let options = if high_resolution { options.high_resolution() } else { options };
            content::export(&arguments, options, global, output).await
        }
    }
}

async fn preview(
    named: &Named<Views>,
    to: Option<PathBuf>,
    force: bool,
    global: &Global,
    output: &mut Output,
) -> Result<(), Failure> {
    let what = format!("save the preview image of the {}", named.called());
    let fetch = async |client: &Client, id| {
        let view = client.views().get(id).await?;
        let workbook = view.workbook.as_ref().and_then(|workbook| workbook.id.as_ref()?.known());
        let workbook = workbook.ok_or_else(|| Error::Invalid("the server does not say whose view it is".to_owned()))?;
        Ok((client.views().preview_image(workbook, id).await?, view.name))
    };
    let (picture, name) = content::on(&what, named, global, output, fetch).await?;
    let path = to.unwrap_or_else(|| {
        let name = name.as_deref().unwrap_or("view").replace(|c: char| c.is_control() || "/\\:".contains(c), "_");
        PathBuf::from(format!("{}.png", name.trim_start_matches('.')))
    });
    let mut options = fs::OpenOptions::new();
    options.write(true).create(force).truncate(force).create_new(!force);
    let written = options.open(&path).and_then(|mut file| file.write_all(&picture));
    written.map_err(|error| {
        let failure = Failure::file(format!("cannot write `{}`", path.display()), &error);
        if error.kind() == std::io::ErrorKind::AlreadyExists {
            failure.hint("--force takes its place")
        } else {
            failure
        }
    })?;
    let data = json!({ "path": path.display().to_string(), "bytes": picture.len() });
    output.done(&data, &format!("saved the preview image of the {} to `{}`", named.called(), path.display()))
}
