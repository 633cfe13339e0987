//! Flows of a site.

use clap::Args;
use tavola_client::{
    Client, ContentRoom, Error, Flows,
    api::{flows::Flow, projects::Project, users::User},
};

use crate::{
    Failure,
    content::{Describe, Description, Kind},
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
    type Published = PublishFlags;
    type Changed = ChangeFlags;

    fn room(client: &Client) -> ContentRoom<'_, Self> {
        client.flows()
    }

    fn name(item: &Flow) -> Option<&str> {
        item.name.as_deref()
    }

    fn project(item: &Flow) -> Option<&Project> {
        item.project.as_ref()
    }

    fn set_name(item: &mut Flow, name: String) {
        item.name = Some(name);
    }

    fn set_project(item: &mut Flow, project: Project) {
        item.project = Some(project);
    }

    fn set_owner(item: &mut Flow, owner: User) {
        item.owner = Some(owner);
    }

    async fn by_content_url(_: &Client, _: &str) -> Option<Result<Flow, Error>> {
        None
    }
}

/// What publishing a flow may say.
#[derive(Debug, Args)]
pub struct PublishFlags {
    #[command(flatten)]
    description: Description,
}

/// What changing a flow may say: nothing of its own.
#[derive(Debug, Args)]
pub struct ChangeFlags {}

impl Describe<Flow> for PublishFlags {
    fn describe(&self, item: &mut Flow) -> Result<bool, Failure> {
        item.description.clone_from(&self.description.description);
        Ok(true)
    }
}

impl Describe<Flow> for ChangeFlags {
    fn describe(&self, _: &mut Flow) -> Result<bool, Failure> {
        Ok(false)
    }
}
