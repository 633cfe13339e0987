//! Workbooks: files of views, published into projects.
//!
//! Reference: “Workbooks and Views Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_workbooks_and_views.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{GroupId, Timestamp, UserId, ViewId, WorkbookId};

use crate::{
    About, Count, Endpoint, File, Flag, NoBody, Pagination, Streamed, Word,
    connections::{ConnectionCredentials, ConnectionList, ConnectionMessage, Connections, UpdateConnections},
    data_freshness::DataFreshnessPolicy,
    jobs::Job,
    keychains::{ApplyKeychains, ContentKeychains},
    projects::{Location, Project},
    revisions::RevisionPage,
    saved_credentials::Destination,
    tags::{Tags, TagsMessage},
    users::User,
    views::Views,
};

/// “Query Workbooks for Site”. Filters, sorts, `fields`.
pub const LIST: Endpoint<NoBody, WorkbookPage> =
    Endpoint::get("Query Workbooks for Site", "/sites/{site}/workbooks").scope("tableau:content:read");

/// “Query Workbooks for User”: those the user may read, or with `ownedBy=true` owns.
pub const OF_USER: Endpoint<NoBody, WorkbookPage> =
    Endpoint::get("Query Workbooks for User", "/sites/{site}/users/{user}/workbooks").scope("tableau:content:read");

/// “Query Workbook”, with its views. With `key=contentUrl` it is named by its contentUrl.
pub const GET: Endpoint<NoBody, WorkbookMessage> =
    Endpoint::get("Query Workbook", "/sites/{site}/workbooks/{workbook}").scope("tableau:content:read");

/// “Update Workbook”.
pub const UPDATE: Endpoint<WorkbookMessage, WorkbookMessage> =
    Endpoint::put("Update Workbook", "/sites/{site}/workbooks/{workbook}").scope("tableau:workbooks:update");

/// “Delete Workbook”, with its views and revisions.
pub const DELETE: Endpoint =
    Endpoint::delete("Delete Workbook", "/sites/{site}/workbooks/{workbook}").scope("tableau:workbooks:delete");

/// “Publish Workbook”. With `asJob=true` the answer is a job and its status 202.
pub const PUBLISH: Endpoint<Streamed<WorkbookMessage>, PublishedWorkbook> =
    Endpoint::publish("Publish Workbook", "/sites/{site}/workbooks", "tableau_workbook")
        .scope("tableau:workbooks:create");

/// “Download Workbook”; `includeExtract=false` leaves the extracts out.
pub const DOWNLOAD: Endpoint<NoBody, File> =
    Endpoint::download("Download Workbook", "/sites/{site}/workbooks/{workbook}/content")
        .scope("tableau:workbooks:download");

/// “Query Workbook Preview Image”: that of its first view.
pub const PREVIEW_IMAGE: Endpoint<NoBody, File> =
    Endpoint::download("Query Workbook Preview Image", "/sites/{site}/workbooks/{workbook}/previewImage")
        .scope("tableau:content:read");

/// “Download Workbook PDF”: a page for each view. `type` and `orientation` as for a view.
pub const PDF: Endpoint<NoBody, File> =
    Endpoint::download("Download Workbook PDF", "/sites/{site}/workbooks/{workbook}/pdf")
        .since(3, 4)
        .scope("tableau:views:download");

/// “Download Workbook PowerPoint”: a slide for each view.
pub const POWERPOINT: Endpoint<NoBody, File> =
    Endpoint::download("Download Workbook PowerPoint", "/sites/{site}/workbooks/{workbook}/powerpoint")
        .since(3, 8)
        .scope("tableau:views:download");

/// “Query Workbook Connections”.
pub const CONNECTIONS: Endpoint<NoBody, ConnectionList> =
    Endpoint::get("Query Workbook Connections", "/sites/{site}/workbooks/{workbook}/connections")
        .scope("tableau:content:read");

/// “Update Workbook Connection”.
pub const UPDATE_CONNECTION: Endpoint<ConnectionMessage, ConnectionMessage> =
    Endpoint::put("Update Workbook Connection", "/sites/{site}/workbooks/{workbook}/connections/{connection}")
        .since(2, 3)
        .scope("tableau:workbook_connections:update");

/// “Update Multiple Workbook Connections”.
pub const UPDATE_CONNECTIONS: Endpoint<UpdateConnections, ConnectionList> =
    Endpoint::put("Update Multiple Workbook Connections", "/sites/{site}/workbooks/{workbook}/connections")
        .since(3, 26)
        .scope("tableau:workbook_connections:update");

/// “Get Workbook Revisions”.
pub const REVISIONS: Endpoint<NoBody, RevisionPage> =
    Endpoint::get("Get Workbook Revisions", "/sites/{site}/workbooks/{workbook}/revisions")
        .since(2, 3)
        .scope("tableau:workbook_revisions:read");

/// “Download Workbook Revision”, as [`DOWNLOAD`]. The newest revision is `current`, too.
pub const DOWNLOAD_REVISION: Endpoint<NoBody, File> =
    Endpoint::download("Download Workbook Revision", "/sites/{site}/workbooks/{workbook}/revisions/{revision}/content")
        .since(2, 3)
        .scope("tableau:workbook_revisions:download");

/// “Remove Workbook Revision”, but not the newest.
pub const REMOVE_REVISION: Endpoint =
    Endpoint::delete("Remove Workbook Revision", "/sites/{site}/workbooks/{workbook}/revisions/{revision}")
        .since(2, 3)
        .scope("tableau:workbook_revisions:delete");

/// “Add Tags to Workbook”.
pub const ADD_TAGS: Endpoint<TagsMessage, TagsMessage> =
    Endpoint::put("Add Tags to Workbook", "/sites/{site}/workbooks/{workbook}/tags")
        .scope("tableau:workbook_tags:update");

/// “Delete Tag from Workbook”.
pub const DELETE_TAG: Endpoint =
    Endpoint::delete("Delete Tag from Workbook", "/sites/{site}/workbooks/{workbook}/tags/{tag}")
        .scope("tableau:workbook_tags:delete");

/// “Get Workbook Downgrade Info”: what would be lost in the version of the query's `productVersion`.
pub const DOWNGRADE_INFO: Endpoint<NoBody, DowngradeInfoMessage> =
    Endpoint::get("Get Workbook Downgrade Info", "/sites/{site}/workbooks/{workbook}/downGradeInfo")
        .since(3, 5)
        .scope("tableau:content:read");

/// “Download Workbook Keychain”.
pub const DOWNLOAD_KEYCHAIN: Endpoint<Destination, ContentKeychains> =
    Endpoint::post("Download Workbook Keychain", "/sites/{site}/workbooks/{workbook}/retrievekeychain").since(3, 22);

/// “Upload Workbook Keychain”.
pub const UPLOAD_KEYCHAIN: Endpoint<ApplyKeychains> =
    Endpoint::put("Upload Workbook Keychain", "/sites/{site}/workbooks/{workbook}/applykeychain")
        .since(3, 22)
        .status(204);

/// The endpoints of this room.
pub const ALL: &[About] = &[
    LIST.about,
    OF_USER.about,
    GET.about,
    UPDATE.about,
    DELETE.about,
    PUBLISH.about,
    DOWNLOAD.about,
    PREVIEW_IMAGE.about,
    PDF.about,
    POWERPOINT.about,
    CONNECTIONS.about,
    UPDATE_CONNECTION.about,
    UPDATE_CONNECTIONS.about,
    REVISIONS.about,
    DOWNLOAD_REVISION.about,
    REMOVE_REVISION.about,
    DOWNLOAD_KEYCHAIN.about,
    UPLOAD_KEYCHAIN.about,
    ADD_TAGS.about,
    DELETE_TAG.about,
];

/// The answer to [`LIST`] and [`OF_USER`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WorkbookPage {
    /// Which page this is.
    pub pagination: Pagination,
    /// Its workbooks.
    pub workbooks: Workbooks,
}

/// A list of workbooks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Workbooks {
    /// The workbooks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub workbook: Vec<Workbook>,
}

/// The request of [`UPDATE`] and [`PUBLISH`], and the answer to [`GET`] and [`UPDATE`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkbookMessage {
    /// The workbook.
    pub workbook: Workbook,
}

/// The answer to [`PUBLISH`]: the workbook, or the job that will make it.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PublishedWorkbook {
    /// The workbook.
    pub workbook: Option<Workbook>,
    /// The job, with `asJob=true`.
    pub job: Option<Job>,
}

/// A workbook. In requests, what is not there stays as it is.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Workbook {
    /// Its id.
    pub id: Option<Word<WorkbookId>>,
    /// Its name, unlike that of any other in the same project.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its name in addresses, unlike that of any other on the site.
    pub content_url: Option<String>,
    /// Where people look at it.
    pub webpage_url: Option<String>,
    /// Whether its views are shown as tabs, and share its permissions. A text, by the schema.
    pub show_tabs: Option<Flag>,
    /// How large its file is, in megabytes, at least 1.
    pub size: Option<Count>,
    /// When it was first published.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// When it was last published.
    pub last_published_at: Option<Timestamp>,
    /// Whether its extracts are encrypted. A text, by the schema.
    pub encrypt_extracts: Option<Flag>,
    /// Whether it has extracts.
    pub has_extracts: Option<bool>,
    /// The view it opens with.
    pub default_view_id: Option<Word<ViewId>>,
    /// How many sheets it has.
    pub sheet_count: Option<Count>,
    /// Whether it is in the caller's list of what was looked at last.
    pub recently_viewed: Option<bool>,
    /// What is said of it where it is shared.
    pub share_description: Option<String>,
    /// Whose sight its preview images show. In requests alone.
    pub thumbnails_user_id: Option<Word<UserId>>,
    /// Which group's sight its preview images show. In requests alone.
    pub thumbnails_group_id: Option<Word<GroupId>>,
    /// What its connections are to be, when publishing.
    pub connections: Option<Connections>,
    /// Name and password for its one connection, when publishing.
    pub connection_credentials: Option<ConnectionCredentials>,
    /// The project it lies in.
    pub project: Option<Project>,
    /// Where it lies.
    pub location: Option<Location>,
    /// Who owns it.
    pub owner: Option<User>,
    /// Its tags. In answers, one without tags has an empty list, on which published clients rely.
    pub tags: Option<Tags>,
    /// Its views.
    pub views: Option<Views>,
    /// Whether its views are computed ahead.
    pub data_acceleration_config: Option<DataAccelerationConfig>,
    /// How old its data may be.
    pub data_freshness_policy: Option<DataFreshnessPolicy>,
}

/// Whether views are computed ahead of those who look.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DataAccelerationConfig {
    /// Whether they are.
    pub acceleration_enabled: Option<bool>,
    /// Whether they are to be at once. In requests alone.
    pub accelerate_now: Option<bool>,
    /// When they last were.
    pub last_updated_at: Option<Timestamp>,
    /// How far that has come.
    pub acceleration_status: Option<String>,
}

/// The answer to [`DOWNGRADE_INFO`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DowngradeInfoMessage {
    /// What would be lost.
    pub downgrade_info: DowngradeInfo,
}

/// What a workbook loses in an older version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DowngradeInfo {
    /// One feature after the other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub downgraded_feature: Vec<DowngradedFeature>,
}

/// A feature that an older version does not have.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DowngradedFeature {
    /// What it is.
    pub name: Option<String>,
    /// How much it matters.
    pub severity: Option<String>,
}
