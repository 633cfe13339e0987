//! Data sources of a site.

use clap::Args;
use tavola_client::{
    Client, ContentRoom, Datasources, Error, PublishOptions,
    api::{datasources::Datasource, projects::Project, users::User},
};

use crate::{
    Failure,
    content::{
        Background, Certification, DatabaseArguments, Describe, Description, Destination, Full, InProject, Kind,
        LinkedRevisionCommand, Owned, Placed, PublishFlags, Publishable, WithExtract, in_project, one_or_none,
    },
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
