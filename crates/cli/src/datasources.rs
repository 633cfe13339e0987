//! Data sources of a site.

use clap::Args;
use tavola_client::{
    Client, ContentRoom, Datasources, Error,
    api::{datasources::Datasource, projects::Project, users::User},
};

use crate::{
    Failure,
    content::{DatabaseArguments, Describe, Description, Kind},
    list::Shape,
};

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
    const SHAPE: &'static Shape = &SHAPE;
    type Published = PublishFlags;
    type Changed = ChangeFlags;

    fn room(client: &Client) -> ContentRoom<'_, Self> {
        client.datasources()
    }

    fn name(item: &Datasource) -> Option<&str> {
        item.name.as_deref()
    }

    fn project(item: &Datasource) -> Option<&Project> {
        item.project.as_ref()
    }

    fn set_name(item: &mut Datasource, name: String) {
        item.name = Some(name);
    }

    fn set_project(item: &mut Datasource, project: Project) {
        item.project = Some(project);
    }

    fn set_owner(item: &mut Datasource, owner: User) {
        item.owner = Some(owner);
    }

    async fn by_content_url(client: &Client, content_url: &str) -> Option<Result<Datasource, Error>> {
        Some(client.datasources().get_by_content_url(content_url).await)
    }
}

/// What publishing a data source may say.
#[derive(Debug, Args)]
pub struct PublishFlags {
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
    /// Stand in for it, or with `=false` no longer
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    certified: Option<bool>,
    /// What is said about that
    #[arg(long, value_name = "TEXT")]
    certification_note: Option<String>,
}

impl Describe<Datasource> for PublishFlags {
    fn describe(&self, item: &mut Datasource) -> Result<bool, Failure> {
        item.description.clone_from(&self.description.description);
        item.connection_credentials = self.database.read()?;
        Ok(true)
    }
}

impl Describe<Datasource> for ChangeFlags {
    fn describe(&self, item: &mut Datasource) -> Result<bool, Failure> {
        item.description.clone_from(&self.description.description);
        item.is_certified = self.certified;
        item.certification_note.clone_from(&self.certification_note);
        Ok(item.description.is_some() || item.is_certified.is_some() || item.certification_note.is_some())
    }
}
