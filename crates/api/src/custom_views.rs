//! Custom views: views as users left them, with their filters and selections.
//!
//! Reference: “Workbooks and Views Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_workbooks_and_views.htm#list_custom_views>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{CustomViewId, Timestamp};

use crate::{
    About, Endpoint, ErrorBody, File, NoBody, Pagination, Streamed, Word,
    users::{User, UserPage, UsersMessage},
    views::View,
    workbooks::Workbook,
};

/// “List Custom Views”. Filters, sorts, `fields`.
pub const LIST: Endpoint<NoBody, CustomViewPage> =
    Endpoint::get("List Custom Views", "/sites/{site}/customviews").since(3, 18).scope("tableau:content:read");

/// “Get Custom View”.
pub const GET: Endpoint<NoBody, CustomViewMessage> =
    Endpoint::get("Get Custom View", "/sites/{site}/customviews/{custom_view}")
        .since(3, 18)
        .scope("tableau:content:read");

/// “Update Custom View”: its name and its owner.
pub const UPDATE: Endpoint<CustomViewMessage, CustomViewMessage> =
    Endpoint::put("Update Custom View", "/sites/{site}/customviews/{custom_view}")
        .since(3, 18)
        .scope("tableau:custom_views:update");

/// “Delete Custom View”.
pub const DELETE: Endpoint = Endpoint::delete("Delete Custom View", "/sites/{site}/customviews/{custom_view}")
    .since(3, 18)
    .scope("tableau:custom_views:delete");

/// “Publish Custom View”, from what [`DOWNLOAD`] gave. Published clients call it with `exp` for a version.
pub const PUBLISH: Endpoint<Streamed<CustomViewMessage>, CustomViewMessage> =
    Endpoint::publish("Publish Custom View", "/sites/{site}/customviews", "tableau_customview")
        .since(3, 21)
        .scope("tableau:custom_views:create");

/// “Download Custom View”: its definition, as JSON. Published clients call it with `exp` for a version.
pub const DOWNLOAD: Endpoint<NoBody, File> =
    Endpoint::download("Download Custom View", "/sites/{site}/customviews/{custom_view}/content")
        .since(3, 21)
        .scope("tableau:custom_views:download");

/// “List Users with Custom View as Default”.
pub const DEFAULT_USERS: Endpoint<NoBody, UserPage> =
    Endpoint::get("List Users with Custom View as Default", "/sites/{site}/customviews/{custom_view}/default/users")
        .since(3, 21)
        .scope("tableau:content:read");

/// “Set Custom View as Default for Users”, each of whom may fail alone.
pub const SET_DEFAULT_USERS: Endpoint<UsersMessage, DefaultUsersAnswer> =
    Endpoint::post("Set Custom View as Default for Users", "/sites/{site}/customviews/{custom_view}/default/users")
        .since(3, 21)
        .scope("tableau:custom_views:update");

/// The endpoints of this room.
pub const ALL: &[About] = &[
    LIST.about,
    GET.about,
    UPDATE.about,
    DELETE.about,
    PUBLISH.about,
    DOWNLOAD.about,
    DEFAULT_USERS.about,
    SET_DEFAULT_USERS.about,
];

/// The answer to [`LIST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CustomViewPage {
    /// Which page this is.
    pub pagination: Pagination,
    /// Its custom views.
    pub custom_views: CustomViews,
}

/// A list of custom views.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CustomViews {
    /// The custom views.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub custom_view: Vec<CustomView>,
}

/// The request of [`UPDATE`] and [`PUBLISH`], and the answer to them and to [`GET`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomViewMessage {
    /// The custom view.
    pub custom_view: CustomView,
}

/// A custom view. In requests, what is not there stays as it is.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CustomView {
    /// Its id.
    pub id: Option<Word<CustomViewId>>,
    /// Its name, unlike that of any other of the same view and owner.
    pub name: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// When somebody last looked at it.
    pub last_accessed_at: Option<Timestamp>,
    /// Whether others than its owner see it.
    pub shared: Option<bool>,
    /// The view it is of.
    pub view: Option<View>,
    /// The workbook of that view.
    pub workbook: Option<Workbook>,
    /// Who owns it.
    pub owner: Option<User>,
}

/// The answer to [`SET_DEFAULT_USERS`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DefaultUsersAnswer {
    /// What became of it.
    pub custom_view_as_user_default_results: DefaultUserResults,
}

/// For which users a custom view became the default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DefaultUserResults {
    /// One user after the other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub custom_view_as_user_default_view_result: Vec<DefaultUserResult>,
}

/// Whether a custom view became the default of a user.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DefaultUserResult {
    /// Whether it did.
    pub success: bool,
    /// The user.
    pub user: Option<User>,
    /// Why it did not.
    pub error: Option<ErrorBody>,
}
