//! Virtual connections of a site. Their files are texts of JSON.

use clap::Args;
use tavola_client::{
    Client, ContentRoom, PublishOptions, VirtualConnections,
    api::{projects::Project, users::User, virtual_connections::VirtualConnection},
};

use crate::{
    Failure,
    content::{
        Certification, Describe, Destination, FileAsItIs, Full, InProject, Kind, Owned, Placed, PublishFlags,
        Publishable, RevisionCommand, in_project,
    },
    list::Shape,
};

static SHAPE: Shape = Shape {
    things: "virtual connections",
    fields: &[
        "id",
        "name",
        "webpageUrl",
        "createdAt",
        "updatedAt",
        "isCertified",
        "certificationNote",
        "hasExtracts",
        "project.id",
        "project.name",
        "owner.id",
        "owner.name",
        "tags.tag",
    ],
    columns: &["name", "project.name", "owner.name", "updatedAt", "id"],
    record: &[
        "name",
        "webpageUrl",
        "project.name",
        "owner.name",
        "tags.tag",
        "isCertified",
        "certificationNote",
        "hasExtracts",
        "createdAt",
        "updatedAt",
        "id",
    ],
    has_hidden_fields: true,
    filtered_by_server: &["name", "createdAt", "updatedAt", "ownerName", "projectName", "tags"],
    sorted_by_server: &["name", "createdAt", "updatedAt"],
};

impl Kind for VirtualConnections {
    const THING: &'static str = "virtual connection";
    const COMMAND: &'static str = "virtual-connection";
    const SHAPE: &'static Shape = &SHAPE;
    type Within = InProject;

    fn room(client: &Client) -> ContentRoom<'_, Self> {
        client.virtual_connections()
    }

    fn name(item: &VirtualConnection) -> Option<&str> {
        item.name.as_deref()
    }

    fn whereabouts(item: &VirtualConnection) -> String {
        in_project(item.project.as_ref())
    }
}

impl Placed for VirtualConnections {
    fn project(item: &VirtualConnection) -> Option<&Project> {
        item.project.as_ref()
    }

    fn set_project(item: &mut VirtualConnection, project: Project) {
        item.project = Some(project);
    }
}

impl Owned for VirtualConnections {
    type Changed = ChangeFlags;

    fn set_name(item: &mut VirtualConnection, name: String) {
        item.name = Some(name);
    }

    fn set_owner(item: &mut VirtualConnection, owner: User) {
        item.owner = Some(owner);
    }
}

impl Publishable for VirtualConnections {
    type Published = VirtualConnectionPublishFlags;
    type Downloaded = FileAsItIs;
}

impl Full for VirtualConnections {
    type Revisions = RevisionCommand<Self>;
}

/// What publishing a virtual connection may say.
#[derive(Debug, Args)]
pub struct VirtualConnectionPublishFlags {
    #[command(flatten)]
    destination: Destination,
}

impl PublishFlags<VirtualConnections> for VirtualConnectionPublishFlags {
    fn describe(&self, _: &mut VirtualConnection) -> Result<(), Failure> {
        Ok(())
    }

    async fn place(&self, client: &Client, item: &mut VirtualConnection) -> Result<(), Failure> {
        self.destination.place::<VirtualConnections>(client, item).await
    }

    fn options(&self) -> PublishOptions {
        self.destination.options()
    }
}

/// What changing a virtual connection may say.
#[derive(Debug, Args)]
pub struct ChangeFlags {
    #[command(flatten)]
    certification: Certification,
}

impl Describe<VirtualConnection> for ChangeFlags {
    fn describe(&self, item: &mut VirtualConnection) -> bool {
        item.is_certified = self.certification.certified;
        item.certification_note.clone_from(&self.certification.certification_note);
        item.is_certified.is_some() || item.certification_note.is_some()
    }
}
