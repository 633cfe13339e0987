//! Workbooks of a site.

use std::path::Path;

use clap::{Args, Subcommand, ValueEnum};
use tavola_client::{
    Client, ContentRoom, DownloadOptions, Downloaded, Error, ExportOptions, PublishOptions, WorkbookFormat, Workbooks,
    api::{
        Flag,
        projects::Project,
        users::User,
        views::{View, Views},
        workbooks::Workbook,
    },
    model::WorkbookId,
};

use crate::{
    Failure,
    arguments::Global,
    content::{
        self, Background, ContentCommand, DatabaseArguments, Describe, Description, Destination, ExportArguments,
        Exported, Full, InProject, Kind, LinkedRevisionCommand, Owned, Placed, PublishFlags, Publishable, WithExtract,
        in_project, one_or_none,
    },
    list::Shape,
    output::Output,
};

/// What can be done with workbooks.
#[derive(Debug, Subcommand)]
pub enum WorkbookCommand {
    #[command(flatten)]
    Content(ContentCommand<Workbooks>),
    /// Export its views as the pages of a PDF or the slides of a presentation
    #[command(after_help = "Example: tavola workbook export Sales -o sales.pptx --filter Region=East,West")]
    Export(ExportArguments<Workbooks>),
}

/// What a workbook is exported as.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Format {
    /// A page for each view
    Pdf,
    /// A slide for each view
    Pptx,
}

/// Does what was asked with workbooks.
pub async fn run(command: WorkbookCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        WorkbookCommand::Content(command) => content::run(command, global, output).await,
        WorkbookCommand::Export(arguments) => {
            content::export(&arguments, ExportOptions::default(), global, output).await
        }
    }
}

static SHAPE: Shape = Shape {
    things: "workbooks",
    fields: &[
        "id",
        "name",
        "description",
        "contentUrl",
        "webpageUrl",
        "showTabs",
        "size",
        "createdAt",
        "updatedAt",
        "lastPublishedAt",
        "encryptExtracts",
        "hasExtracts",
        "defaultViewId",
        "sheetCount",
        "project.id",
        "project.name",
        "owner.id",
        "owner.name",
        "owner.fullName",
        "tags.tag",
    ],
    columns: &["name", "project.name", "owner.name", "updatedAt", "id"],
    record: &[
        "name",
        "description",
        "contentUrl",
        "webpageUrl",
        "project.name",
        "owner.name",
        "views.view",
        "tags.tag",
        "showTabs",
        "size",
        "hasExtracts",
        "createdAt",
        "updatedAt",
        "id",
    ],
    has_hidden_fields: true,
    filtered_by_server: &["name", "createdAt", "updatedAt", "ownerName", "projectName", "tags"],
    sorted_by_server: &["name", "createdAt", "updatedAt"],
};

impl Kind for Workbooks {
    const THING: &'static str = "workbook";
    const NAMED_BY: &'static str = "Its name, its name in addresses (contentUrl), or its id";
    const SHAPE: &'static Shape = &SHAPE;
    type Within = InProject;

    fn room(client: &Client) -> ContentRoom<'_, Self> {
        client.workbooks()
    }

    fn name(item: &Workbook) -> Option<&str> {
        item.name.as_deref()
    }

    fn whereabouts(item: &Workbook) -> String {
        in_project(item.project.as_ref())
    }

    async fn by_content_url(client: &Client, content_url: &str) -> Result<Vec<Workbook>, Error> {
        one_or_none(client.workbooks().get_by_content_url(content_url).await)
    }
}

impl Exported for Workbooks {
    type Format = Format;
    const FORMAT: Format = Format::Pdf;

    async fn export(
        client: &Client,
        id: WorkbookId,
        format: Format,
        options: &ExportOptions,
        to: &Path,
        download: &DownloadOptions,
    ) -> Result<Downloaded, Error> {
        let format = match format {
            Format::Pdf => WorkbookFormat::Pdf,
            Format::Pptx => WorkbookFormat::PowerPoint,
        };
        client.workbooks().export(id, format, options, to, download).await
    }
}

impl Placed for Workbooks {
    fn project(item: &Workbook) -> Option<&Project> {
        item.project.as_ref()
    }

    fn set_project(item: &mut Workbook, project: Project) {
        item.project = Some(project);
    }
}

impl Owned for Workbooks {
    type Changed = ChangeFlags;

    fn set_name(item: &mut Workbook, name: String) {
        item.name = Some(name);
    }

    fn set_owner(item: &mut Workbook, owner: User) {
        item.owner = Some(owner);
    }
}

impl Publishable for Workbooks {
    type Published = WorkbookPublishFlags;
    type Downloaded = WithExtract;
}

impl Full for Workbooks {
    type Revisions = LinkedRevisionCommand<Self>;
}

/// What publishing a workbook may say.
#[derive(Debug, Args)]
pub struct WorkbookPublishFlags {
    #[command(flatten)]
    destination: Destination,
    #[command(flatten)]
    background: Background,
    #[command(flatten)]
    changes: ChangeFlags,
    /// Leave this sheet out of the views; may be repeated
    #[arg(long, value_name = "SHEET")]
    hidden_view: Vec<String>,
    #[command(flatten)]
    database: DatabaseArguments,
}

/// What changing a workbook may say.
#[derive(Debug, Args)]
pub struct ChangeFlags {
    #[command(flatten)]
    description: Description,
    /// Show the views as tabs, or with `=false` do not
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    show_tabs: Option<bool>,
}

impl PublishFlags<Workbooks> for WorkbookPublishFlags {
    fn describe(&self, item: &mut Workbook) -> Result<(), Failure> {
        self.changes.describe(item);
        let hidden = |name: &String| View { name: Some(name.clone()), hidden: Some(true), ..View::default() };
        item.views =
            (!self.hidden_view.is_empty()).then(|| Views { view: self.hidden_view.iter().map(hidden).collect() });
        item.connection_credentials = self.database.read()?;
        Ok(())
    }

    async fn place(&self, client: &Client, item: &mut Workbook) -> Result<(), Failure> {
        self.destination.place::<Workbooks>(client, item).await
    }

    fn options(&self) -> PublishOptions {
        self.background.options(self.destination.options())
    }

    fn waits(&self) -> bool {
        self.background.wait
    }
}

impl Describe<Workbook> for ChangeFlags {
    fn describe(&self, item: &mut Workbook) -> bool {
        item.description.clone_from(&self.description.description);
        item.show_tabs = self.show_tabs.map(Flag);
        item.description.is_some() || item.show_tabs.is_some()
    }
}
