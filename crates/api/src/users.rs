//! Users of a site.
//!
//! Reference: “Users and Groups Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_users_and_groups.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{AuthSetting, SiteRole, Timestamp, UserId};

use crate::{
    About, Endpoint, NoBody, Pagination, Secret, Upload, Word,
    domains::Domain,
    groups::{GroupPage, Groups},
    jobs::JobMessage,
};

/// “Get Users on Site”. Filters, sorts, `fields`; `includeGroups=true` gives the groups of each.
pub const LIST: Endpoint<NoBody, UserPage> =
    Endpoint::get("Get Users on Site", "/sites/{site}/users").scope("tableau:users:read");

/// “Add User to Site”.
pub const ADD: Endpoint<UserMessage, UserMessage> =
    Endpoint::create("Add User to Site", "/sites/{site}/users").scope("tableau:users:create");

/// “Query User On Site”.
pub const GET: Endpoint<NoBody, UserMessage> =
    Endpoint::get("Query User On Site", "/sites/{site}/users/{user}").scope("tableau:users:read");

/// “Update User”.
pub const UPDATE: Endpoint<UserMessage, UserMessage> =
    Endpoint::put("Update User", "/sites/{site}/users/{user}").scope("tableau:users:update");

/// “Remove User from Site”.
pub const REMOVE: Endpoint =
    Endpoint::delete("Remove User from Site", "/sites/{site}/users/{user}").scope("tableau:users:delete");

/// “Get Groups for a User”.
pub const GROUPS: Endpoint<NoBody, GroupPage> =
    Endpoint::get("Get Groups for a User", "/sites/{site}/users/{user}/groups")
        .since(3, 7)
        .scope("tableau:groups:read");

/// The largest file of users, with what else is in the body.
const LONGEST_USER_LIST: usize = 32 * 1024 * 1024;

/// “Import Users to Site from CSV file”. The file has a line a user and no header.
pub const IMPORT_CSV: Endpoint<Upload<ImportUsers>, JobMessage> = Endpoint::upload(
    "Import Users to Site from CSV",
    "/sites/{site}/users/import",
    "tableau_user_import",
    LONGEST_USER_LIST,
)
.since(3, 15)
.scope("tableau:users:create");

/// Tavola's own: what [`IMPORT_CSV`] of the same file would come to. Nothing is changed.
pub const CHECK_CSV: Endpoint<Upload<ImportUsers>, JobMessage> = Endpoint::upload(
    "Check Users in CSV",
    "/sites/{site}/users/import/check",
    "tableau_user_import",
    LONGEST_USER_LIST,
)
.since(3, 15)
.scope("tableau:users:create");

/// “Delete Users from Site with CSV file”. Of each line the user's name counts.
pub const REMOVE_CSV: Endpoint<Upload<NoBody>, JobMessage> = Endpoint::upload(
    "Delete Users from Site with CSV",
    "/sites/{site}/users/delete",
    "tableau_user_delete",
    LONGEST_USER_LIST,
)
.since(3, 15)
.scope("tableau:users:delete");

/// The endpoints of this room.
pub const ALL: &[About] = &[
    LIST.about,
    ADD.about,
    GET.about,
    UPDATE.about,
    REMOVE.about,
    GROUPS.about,
    IMPORT_CSV.about,
    CHECK_CSV.about,
    REMOVE_CSV.about,
];

/// The answer to [`LIST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserPage {
    /// Which page this is.
    pub pagination: Pagination,
    /// Its users.
    pub users: Users,
}

/// A list of users.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Users {
    /// The users.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user: Vec<User>,
}

/// The request of [`ADD`] and [`UPDATE`], and the answer to them and to [`GET`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserMessage {
    /// The user.
    pub user: User,
}

/// Many users, named by their ids: the request of
/// [`custom_views::SET_DEFAULT_USERS`](crate::custom_views::SET_DEFAULT_USERS) and
/// [`groups::REMOVE_USERS`](crate::groups::REMOVE_USERS).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UsersMessage {
    /// The users; their ids count.
    pub users: Users,
}

/// The message beside the file of [`IMPORT_CSV`]: how each user signs in, which the file cannot say. Of a user the name,
/// `authSetting` and `idpConfigurationId` count; one without a name stands for all who are not named.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportUsers {
    /// The users.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub user: Vec<User>,
}

/// A user of a site. In requests, what is not there stays as it is.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct User {
    /// The user's id on the site.
    pub id: Option<Word<UserId>>,
    /// The name the user signs in with.
    pub name: Option<String>,
    /// The user's role on the site.
    pub site_role: Option<Word<SiteRole>>,
    /// How the user signs in.
    pub auth_setting: Option<Word<AuthSetting>>,
    /// The name people read.
    pub full_name: Option<String>,
    /// The address of notifications.
    pub email: Option<String>,
    /// The password, in requests alone.
    pub password: Option<Secret>,
    /// When the user last signed in to the site.
    pub last_login: Option<Timestamp>,
    /// The user's id at an identity provider.
    pub external_auth_user_id: Option<String>,
    /// The identity provider's configuration on the site.
    pub idp_configuration_id: Option<String>,
    /// The language of pages.
    pub language: Option<String>,
    /// The format of numbers and dates.
    pub locale: Option<String>,
    /// Where the user's name is kept.
    pub domain: Option<Domain>,
    /// The groups the user is in, where they are asked for.
    pub groups: Option<Groups>,
}
