//! Projects: the tree that content is published into.
//!
//! Reference: “Projects Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_projects.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{ContentPermissions, LocationType, ProjectId, Timestamp};

use crate::{About, Count, Endpoint, NoBody, Pagination, Word, users::User};

/// “Query Projects”. Filters, sorts, `fields`.
pub const LIST: Endpoint<NoBody, ProjectPage> =
    Endpoint::get("Query Projects", "/sites/{site}/projects").scope("tableau:content:read");

/// “Create Project”; `publishSamples=true` asks for samples in it.
pub const CREATE: Endpoint<ProjectMessage, ProjectMessage> =
    Endpoint::create("Create Project", "/sites/{site}/projects").scope("tableau:projects:create");

/// “Update Project”, with `publishSamples` as in [`CREATE`]. A project without anything to change is answered as it is:
/// there is no other method to ask for one by its id.
pub const UPDATE: Endpoint<ProjectMessage, ProjectMessage> =
    Endpoint::put("Update Project", "/sites/{site}/projects/{project}").scope("tableau:projects:update");

/// “Delete Project”, with everything in it.
pub const DELETE: Endpoint =
    Endpoint::delete("Delete Project", "/sites/{site}/projects/{project}").scope("tableau:projects:delete");

/// Ours: the projects that hold no content of any kind, though projects may lie in them; for administrators, who would see it.
pub const LIST_WITHOUT_CONTENT: Endpoint<NoBody, ProjectPage> =
    Endpoint::get("List Projects without Content", "/sites/{site}/projects/withoutContent")
        .scope("tableau:content:read");

/// Ours: “Delete Project”, if nothing lies in it. Other servers do not have this path, and so delete nothing.
pub const DELETE_IF_EMPTY: Endpoint =
    Endpoint::delete("Delete Empty Project", "/sites/{site}/projects/{project}/ifEmpty")
        .scope("tableau:projects:delete");

/// The endpoints of this room.
pub const ALL: &[About] =
    &[LIST.about, LIST_WITHOUT_CONTENT.about, CREATE.about, UPDATE.about, DELETE.about, DELETE_IF_EMPTY.about];

/// The answer to [`LIST`] and [`LIST_WITHOUT_CONTENT`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProjectPage {
    /// Which page this is.
    pub pagination: Pagination,
    /// Its projects.
    pub projects: Projects,
}

/// A list of projects.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Projects {
    /// The projects.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub project: Vec<Project>,
}

/// The request of [`CREATE`] and [`UPDATE`], and the answer to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectMessage {
    /// The project.
    pub project: Project,
}

/// A project. In requests, what is not there stays as it is.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Project {
    /// Its id.
    pub id: Option<Word<ProjectId>>,
    /// Its name, unlike that of any other in the same place.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The project it lies in. In an update, `""` moves it to the top.
    pub parent_project_id: Option<Word<ProjectId>>,
    /// Who decides about permissions in it.
    pub content_permissions: Option<Word<ContentPermissions>>,
    /// The project further up that decides about permissions in this one, if one does.
    pub controlling_permissions_project_id: Option<Word<ProjectId>>,
    /// Whether it lies in no other.
    pub top_level_project: Option<bool>,
    /// Whether the caller may publish into it.
    pub writeable: Option<bool>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// How many users have it among their favorites.
    pub favorites_total: Option<Count>,
    /// Who owns it.
    pub owner: Option<User>,
    /// What lies in it.
    pub contents_counts: Option<ContentsCounts>,
}

/// How much lies in a project.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContentsCounts {
    /// Projects, directly in it.
    pub project_count: Option<Count>,
    /// Workbooks.
    pub workbook_count: Option<Count>,
    /// Views of these workbooks.
    pub view_count: Option<Count>,
    /// Data sources.
    pub datasource_count: Option<Count>,
}

/// Where content lies: in a project, or in the personal space of a user.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Location {
    /// The id of the project or personal space.
    pub id: Option<String>,
    /// Which of them it is.
    #[serde(rename = "type")]
    pub location_type: Option<Word<LocationType>>,
    /// Its name.
    pub name: Option<String>,
}
