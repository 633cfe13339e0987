//! Data sources of a site.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use tavola_client::{
    Client, ContentRoom, Datasources, Error, PublishOptions, Published,
    api::{
        Direction, Encoding, datasources::Datasource, decode, hyper_data::UpdateHyperData, jobs::Job,
        projects::Project, users::User,
    },
    model::{ConnectionId, DatasourceId},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    content::{
        self, Background, Certification, ContentCommand, DatabaseArguments, Describe, Description, Destination, Full,
        InProject, Kind, LinkedRevisionCommand, Named, Owned, Placed, PublishFlags, Publishable, WithExtract,
        in_project, one_or_none,
    },
    jobs,
    list::Shape,
    output::Output,
};

/// What can be done with data sources.
#[derive(Debug, Subcommand)]
pub enum DatasourceCommand {
    #[command(flatten)]
    Content(ContentCommand<Datasources>),
    /// Add the rows of a file to its extract
    ///
    /// The file and the data source both have an extract, with tables of the same names and columns. It is done as a job,
    /// which this command waits for.
    #[command(after_help = "Example: tavola datasource append today.hyper Sales")]
    Append {
        /// The file: .hyper, or .tdsx with an extract
        file: PathBuf,
        #[command(flatten)]
        named: Named<Datasources>,
    },
    /// Insert, update, upsert, delete or replace rows of its extract
    ///
    /// The actions are those of the REST method Update Data in Hyper Data Source. All are done, or none, as a job, which this
    /// command waits for.
    #[command(after_help = "Example: tavola datasource update-data Sales --actions actions.json --rows new.hyper")]
    UpdateData(UpdateDataArguments),
}

/// The arguments of `update-data`.
#[derive(Debug, Args)]
pub struct UpdateDataArguments {
    #[command(flatten)]
    named: Named<Datasources>,
    /// The JSON file with the actions: {\"actions\": […]}
    #[arg(long, value_name = "FILE")]
    actions: PathBuf,
    /// The .hyper file with the rows that actions take
    #[arg(long, value_name = "FILE")]
    rows: Option<PathBuf>,
    /// The id of the connection that is meant, of a data source with several
    #[arg(long, value_name = "ID")]
    connection: Option<ConnectionId>,
    /// A name for this request: within a day, the same again does nothing more
    #[arg(long, value_name = "TEXT")]
    request_id: Option<String>,
}

/// Does what was asked with data sources.
pub async fn run(command: DatasourceCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        DatasourceCommand::Content(command) => content::run(command, global, output).await,
        DatasourceCommand::Append { file, named } => append(&file, &named, global, output).await,
        DatasourceCommand::UpdateData(arguments) => update_data(&arguments, global, output).await,
    }
}

async fn append(file: &Path, named: &Named<Datasources>, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let called = named.called();
    let what = format!("append `{}` to the {called}", file.display());
    let options = PublishOptions::default().append(true).as_job(true);
    let begin = async |client: &Client, id| {
        // Rows are appended to what has this name in this project.
        let Datasource { name, project, .. } = client.datasources().get(id).await?;
        let target = Datasource { name, project, ..Datasource::default() };
        match client.datasources().publish(file, &target, &options).await? {
            Published::Job(job) => Ok(job),
            Published::Item(_) => Err(Error::Invalid("the server answers no job".to_owned())),
        }
    };
    change(&what, named, global, output, begin).await?;
    output.say(&format!("appended `{}` to the {called}", file.display()));
    Ok(())
}

async fn update_data(arguments: &UpdateDataArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let UpdateDataArguments { named, actions, rows, connection, request_id } = arguments;
    let text = std::fs::read(actions)
        .map_err(|error| Failure::file(format!("cannot read `{}`", actions.display()), &error))?;
    let update: UpdateHyperData = decode(&text, Encoding::Json, Direction::Request).map_err(|problem| {
        Failure::failed(format!("cannot understand `{}`", actions.display())).because(problem.to_string())
    })?;
    let called = named.called();
    let begin = async |client: &Client, id| {
        let room = client.datasources();
        room.update_hyper_data(id, *connection, &update, rows.as_deref(), request_id.as_deref()).await
    };
    change(&format!("change the rows of the {called}"), named, global, output, begin).await?;
    output.say(&format!("changed the rows of the {called}"));
    Ok(())
}

/// Begins a job about the one that is meant, and waits until it is done.
async fn change(
    what: &str,
    named: &Named<Datasources>,
    global: &Global,
    output: &mut Output,
    begin: impl AsyncFn(&Client, DatasourceId) -> Result<Job, Error>,
) -> Result<(), Failure> {
    let connection = Connection::find(global)?;
    let job = connection
        .run(output, async |client| {
            let id = named.find(client).await?;
            begin(client, id).await.map_err(|error| Failure::of_call(format!("cannot {what}"), &error))
        })
        .await?;
    let ended = connection.run(output, async |client| jobs::wait(client, job.id).await).await?;
    jobs::require_done(&ended, what)?;
    if output.is_json() {
        output.json(&ended)?;
    }
    Ok(())
}

static SHAPE: Shape = Shape {
    things: "data sources",
    fields: &[
        "id",
        "name",
        "description",
        "contentUrl",
        "webpageUrl",
        "type",
        "size",
        "createdAt",
        "updatedAt",
        "isCertified",
        "certificationNote",
        "encryptExtracts",
        "hasExtracts",
        "serverName",
        "databaseName",
        "connectedWorkbooksCount",
        "project.id",
        "project.name",
        "owner.id",
        "owner.name",
        "tags.tag",
    ],
    columns: &["name", "type", "project.name", "owner.name", "updatedAt", "id"],
    record: &[
        "name",
        "description",
        "contentUrl",
        "webpageUrl",
        "type",
        "project.name",
        "owner.name",
        "tags.tag",
        "isCertified",
        "certificationNote",
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

impl Kind for Datasources {
    const THING: &'static str = "datasource";
    const NAMED_BY: &'static str = "Its name, its name in addresses (contentUrl), or its id";
    const SHAPE: &'static Shape = &SHAPE;
    type Within = InProject;

    fn room(client: &Client) -> ContentRoom<'_, Self> {
        client.datasources()
    }

    fn name(item: &Datasource) -> Option<&str> {
        item.name.as_deref()
    }

    fn whereabouts(item: &Datasource) -> String {
        in_project(item.project.as_ref())
    }

    async fn by_content_url(client: &Client, content_url: &str) -> Result<Vec<Datasource>, Error> {
        one_or_none(client.datasources().get_by_content_url(content_url).await)
    }
}

impl Placed for Datasources {
    fn project(item: &Datasource) -> Option<&Project> {
        item.project.as_ref()
    }

    fn set_project(item: &mut Datasource, project: Project) {
        item.project = Some(project);
    }
}

impl Owned for Datasources {
    type Changed = ChangeFlags;

    fn set_name(item: &mut Datasource, name: String) {
        item.name = Some(name);
    }

    fn set_owner(item: &mut Datasource, owner: User) {
        item.owner = Some(owner);
    }
}

impl Publishable for Datasources {
    type Published = DatasourcePublishFlags;
    type Downloaded = WithExtract;
}

impl Full for Datasources {
    type Revisions = LinkedRevisionCommand<Self>;
}

/// What publishing a data source may say.
#[derive(Debug, Args)]
pub struct DatasourcePublishFlags {
    #[command(flatten)]
    destination: Destination,
    #[command(flatten)]
    background: Background,
    #[command(flatten)]
    description: Description,
    #[command(flatten)]
    database: DatabaseArguments,
}

/// What changing a data source may say.
#[derive(Debug, Args)]
pub struct ChangeFlags {
    #[command(flatten)]
    description: Description,
    #[command(flatten)]
    certification: Certification,
}

impl PublishFlags<Datasources> for DatasourcePublishFlags {
    fn describe(&self, item: &mut Datasource) -> Result<(), Failure> {
        item.description.clone_from(&self.description.description);
        item.connection_credentials = self.database.read()?;
        Ok(())
    }

    async fn place(&self, client: &Client, item: &mut Datasource) -> Result<(), Failure> {
        self.destination.place::<Datasources>(client, item).await
    }

    fn options(&self) -> PublishOptions {
        self.background.options(self.destination.options())
    }

    fn waits(&self) -> bool {
        self.background.wait
    }
}

impl Describe<Datasource> for ChangeFlags {
    fn describe(&self, item: &mut Datasource) -> bool {
        item.description.clone_from(&self.description.description);
        item.is_certified = self.certification.certified;
        item.certification_note.clone_from(&self.certification.certification_note);
        item.description.is_some() || item.is_certified.is_some() || item.certification_note.is_some()
    }
}
