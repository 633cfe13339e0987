//! Views of a site.

use std::{fs, io::Write, path::PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;
use tavola_client::{
    Client, Error, ListOptions,
    api::views::View,
    model::{Operator, ViewId},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    list::{ListArguments, Shape},
    output::Output,
};

/// What can be done with views.
#[derive(Debug, Subcommand)]
pub enum ViewCommand {
    /// List the views of the site
    List(ListArguments),
    /// Show a view
    Show(Named),
    /// Put tags on a view
    Tag(Tags),
    /// Take tags off a view
    Untag(Tags),
    /// Save the preview image of a view
    #[command(after_help = "Example: tavola view preview Sales/sheets/Overview -o overview.png")]
    Preview {
        #[command(flatten)]
        named: Named,
        /// The file to write; without this the view's name with .png
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Take the place of a file that is there
        #[arg(long)]
        force: bool,
    },
}

/// Which view is meant.
#[derive(Debug, Args)]
pub struct Named {
    /// Its name, its name in addresses (contentUrl, such as Sales/sheets/Overview), or its id
    view: String,
    /// The name of its workbook, where names are not enough
    #[arg(long, value_name = "NAME")]
    workbook: Option<String>,
}

/// Which view is meant, and tags.
#[derive(Debug, Args)]
pub struct Tags {
    #[command(flatten)]
    named: Named,
    /// The tags
    #[arg(required = true)]
    tags: Vec<String>,
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

/// Does what was asked with views.
pub async fn run(command: ViewCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        ViewCommand::List(arguments) => {
            let page = async |client: &Client, options: &ListOptions| client.views().list(options).await;
            let all = async |client: &Client, options: &ListOptions| client.views().list_all(options).await;
            SHAPE.list(&arguments, global, output, page, all).await
        }
        ViewCommand::Show(named) => {
            let fetch = async |client: &Client| {
                let id = find(client, &named).await?;
                let shown = client.views().get(id).await;
                shown.map_err(|error| Failure::of_call(format!("cannot show the view `{}`", named.view), &error))
            };
            SHAPE.show(global, output, fetch).await
        }
        ViewCommand::Tag(Tags { named, tags }) => {
            let what = format!("tag the view `{}`", named.view);
            let add = async |client: &Client, id| client.views().add_tags(id, &tags).await;
            let all = on(&what, &named, global, output, add).await?;
            output.done(&all, &format!("the view `{}` has the tags {}", named.view, all.join(", ")))
        }
        ViewCommand::Untag(Tags { named, tags }) => {
            let what = format!("take the tags off the view `{}`", named.view);
            let remove = async |client: &Client, id| {
                for tag in &tags {
                    client.views().delete_tag(id, tag).await?;
                }
                Ok(())
            };
            on(&what, &named, global, output, remove).await?;
            output.say(&format!("took {} off the view `{}`", tags.join(", "), named.view));
            Ok(())
        }
        ViewCommand::Preview { named, output: to, force } => preview(&named, to, force, global, output).await,
    }
}

async fn preview(
    named: &Named,
    to: Option<PathBuf>,
    force: bool,
    global: &Global,
    output: &mut Output,
) -> Result<(), Failure> {
    let what = format!("save the preview image of the view `{}`", named.view);
    let fetch = async |client: &Client, id| {
        let view = client.views().get(id).await?;
        let workbook = view.workbook.as_ref().and_then(|workbook| workbook.id.as_ref()?.known());
        let workbook = workbook.ok_or_else(|| Error::Invalid("the server does not say whose view it is".to_owned()))?;
        Ok((client.views().preview_image(workbook, id).await?, view.name))
    };
    let (picture, name) = on(&what, named, global, output, fetch).await?;
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
    output.done(&data, &format!("saved the preview image of the view `{}` to `{}`", named.view, path.display()))
}

/// Does one thing with the view that is meant; `what` says what, should it fail.
async fn on<T>(
    what: &str,
    named: &Named,
    global: &Global,
    output: &Output,
    work: impl AsyncFn(&Client, ViewId) -> Result<T, Error>,
) -> Result<T, Failure> {
    Connection::find(global)?
        .run(output, async |client| {
            let id = find(client, named).await?;
            work(client, id).await.map_err(|error| Failure::of_call(format!("cannot {what}"), &error))
        })
        .await
}

/// The id of the view of this name, or name in addresses, or id.
pub async fn find_named(client: &Client, view: &str) -> Result<ViewId, Failure> {
    find(client, &Named { view: view.to_owned(), workbook: None }).await
}

/// The id of the view that is meant: by its id, its name, or its name in addresses.
async fn find(client: &Client, named: &Named) -> Result<ViewId, Failure> {
    let Named { view: text, workbook } = named;
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let by = async |field: &str| {
        let mut options = ListOptions::default().filter(field, Operator::Eq, [text]);
        if let Some(workbook) = workbook {
            options = options.filter("workbookName", Operator::Eq, [workbook]);
        }
        let found = client.views().list_all(&options.fields(["_all_"])).await;
        found.map_err(|error| Failure::of_call(format!("cannot look for the view `{text}`"), &error))
    };
    let mut found = by("name").await?;
    if found.is_empty() {
        found = by("contentUrl").await?;
    }
    let id = |view: &View| view.id.as_ref().and_then(|id| id.known());
    match found.as_slice() {
        [] => {
            Err(Failure::refused(format!("there is no view `{text}` on this site"))
                .hint("`tavola view list` shows all"))
        }
        [one] => id(one).ok_or_else(|| Failure::failed(format!("the server gave no usable id of the view `{text}`"))),
        many => {
            let candidates: Vec<String> = many
                .iter()
                .map(|view| {
                    let url = view.content_url.as_deref().unwrap_or("?");
                    format!("{} at `{url}`", id(view).map(|id| id.to_string()).unwrap_or_default())
                })
                .collect();
            Err(Failure::failed(format!("there is more than one view `{text}`: {}", candidates.join(", ")))
                .hint("--workbook NAME tells which, and so does the id"))
        }
    }
}
