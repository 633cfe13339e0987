//! Flows of a site.

use clap::Args;
use tavola_client::{
    Client, ContentRoom, Flows, PublishOptions,
    api::{flows::Flow, projects::Project, users::User},
};

use crate::{
    Failure,
    content::{
        Description, Destination, FileAsItIs, Full, InProject, Kind, NoFlags, Owned, Placed, PublishFlags, Publishable,
        RevisionCommand, in_project,
    },
    list::Shape,
};

static SHAPE: Shape = Shape {
    things: "flows",
    fields: &[
        "id",
        "name",
        "description",
        "webpageUrl",
        "fileType",
        "createdAt",
        "updatedAt",
        "project.id",
        "project.name",
        "owner.id",
        "owner.name",
        "tags.tag",
    ],
    columns: &["name", "project.name", "owner.name", "updatedAt", "id"],
    record: &[
        "name",
        "description",
        "webpageUrl",
        "fileType",
        "project.name",
        "owner.name",
        "tags.tag",
        "createdAt",
        "updatedAt",
        "id",
    ],
    has_hidden_fields: false,
    filtered_by_server: &["name", "createdAt", "updatedAt", "ownerName", "projectName"],
    sorted_by_server: &["name", "createdAt", "updatedAt"],
};

impl Kind for Flows {
    const THING: &'static str = "flow";
    const SHAPE: &'static Shape = &SHAPE;
    type Within = InProject;

    fn room(client: &Client) -> ContentRoom<'_, Self> {
        client.flows()
    }

    fn name(item: &Flow) -> Option<&str> {
        item.name.as_deref()
    }

    fn whereabouts(item: &Flow) -> String {
        in_project(item.project.as_ref())
    }
}

impl Placed for Flows {
    fn project(item: &Flow) -> Option<&Project> {
        item.project.as_ref()
    }

    fn set_project(item: &mut Flow, project: Project) {
        item.project = Some(project);
    }
}

impl Owned for Flows {
    type Changed = NoFlags;

    fn set_name(item: &mut Flow, name: String) {
        item.name = Some(name);
    }

    fn set_owner(item: &mut Flow, owner: User) {
        item.owner = Some(owner);
    }
}

impl Publishable for Flows {
    type Published = FlowPublishFlags;
    type Downloaded = FileAsItIs;
}

impl Full for Flows {
    type Revisions = RevisionCommand<Self>;
}

/// What publishing a flow may say.
#[derive(Debug, Args)]
pub struct FlowPublishFlags {
    #[command(flatten)]
    destination: Destination,
    #[command(flatten)]
    description: Description,
}

impl PublishFlags<Flows> for FlowPublishFlags {
    fn describe(&self, item: &mut Flow) -> Result<(), Failure> {
        item.description.clone_from(&self.description.description);
        Ok(())
    }

    async fn place(&self, client: &Client, item: &mut Flow) -> Result<(), Failure> {
        self.destination.place::<Flows>(client, item).await
    }

    fn options(&self) -> PublishOptions {
        self.destination.options()
    }
}
