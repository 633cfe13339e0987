//! Groups of users, and who is in them.
//!
//! Reference: “Users and Groups Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_users_and_groups.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{GroupId, SiteRole};

use crate::{
    About, Count, Endpoint, NoBody, Pagination, Word,
    domains::Domain,
    users::{User, UserPage, Users, UsersMessage},
};

/// “Query Groups”. Filters, sorts, `fields`; `includeUserCount=true` is the field `userCount`.
pub const LIST: Endpoint<NoBody, GroupPage> =
    Endpoint::get("Query Groups", "/sites/{site}/groups").scope("tableau:groups:read");

/// “Create Group”.
pub const CREATE: Endpoint<GroupMessage, GroupMessage> =
    Endpoint::create("Create Group", "/sites/{site}/groups").scope("tableau:groups:create");

/// “Update Group”.
pub const UPDATE: Endpoint<GroupMessage, GroupMessage> =
    Endpoint::put("Update Group", "/sites/{site}/groups/{group}").scope("tableau:groups:update");

/// “Delete Group”.
pub const DELETE: Endpoint =
    Endpoint::delete("Delete Group", "/sites/{site}/groups/{group}").scope("tableau:groups:delete");

/// “Get Users in Group”. Filters, sorts and `fields` are those of the users of a site.
pub const USERS: Endpoint<NoBody, UserPage> =
    Endpoint::get("Get Users in Group", "/sites/{site}/groups/{group}/users").scope("tableau:groups:read");

/// “Add User to Group”, one or many.
pub const ADD_USERS: Endpoint<AddUsers, AddedUsers> =
    Endpoint::post("Add User to Group", "/sites/{site}/groups/{group}/users").scope("tableau:groups:update");

/// “Remove User from Group”.
pub const REMOVE_USER: Endpoint =
    Endpoint::delete("Remove User from Group", "/sites/{site}/groups/{group}/users/{user}")
        .scope("tableau:groups:update");

/// “Remove Users from Group”.
pub const REMOVE_USERS: Endpoint<UsersMessage> =
    Endpoint::put("Remove Users from Group", "/sites/{site}/groups/{group}/users/remove")
        .since(3, 21)
        .scope("tableau:groups:update");

/// The endpoints of this room.
pub const ALL: &[About] = &[
    LIST.about,
    CREATE.about,
    UPDATE.about,
    DELETE.about,
    USERS.about,
    ADD_USERS.about,
    REMOVE_USER.about,
    REMOVE_USERS.about,
];

/// The answer to [`LIST`] and to [`users::GROUPS`](crate::users::GROUPS).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GroupPage {
    /// Which page this is.
    pub pagination: Pagination,
    /// Its groups.
    pub groups: Groups,
}

/// A list of groups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Groups {
    /// The groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<Group>,
}

/// The request of [`CREATE`] and [`UPDATE`], and the answer to them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupMessage {
    /// The group.
    pub group: Group,
}

/// A group of users. In requests, what is not there stays as it is.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Group {
    /// Its id.
    pub id: Option<Word<GroupId>>,
    /// Its name.
    pub name: Option<String>,
    /// The least role that its members have once they have signed in.
    pub minimum_site_role: Option<Word<SiteRole>>,
    /// Whether people without an account may come as its members.
    pub external_user_enabled: Option<bool>,
    /// The same, as the reference and older clients write it in requests.
    pub ephemeral_users_enabled: Option<bool>,
    /// How many users are in it.
    pub user_count: Option<Count>,
    /// Where its name is kept.
    pub domain: Option<Domain>,
    /// Where its members come from and what they get. Servers answer it for each group that gives its members a role, also
    /// for those of the server's own.
    pub import: Option<Import>,
}

/// Where the members of a group come from, and what they get.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Import {
    /// `ActiveDirectory`: the schema knows no other.
    pub source: Option<String>,
    /// The domain; `local` is the server's own.
    pub domain_name: Option<String>,
    /// When they get it: `onLogin`, `onSync`.
    pub grant_license_mode: Option<String>,
    /// The least role that they get.
    pub site_role: Option<Word<SiteRole>>,
}

/// The request of [`ADD_USERS`]: one user, or many. Of each the id counts.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AddUsers {
    /// One user.
    pub user: Option<User>,
    /// Many users.
    pub users: Option<Users>,
}

/// The answer to [`ADD_USERS`]: the user, or a page with the many that are in the group now.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AddedUsers {
    /// The one user.
    pub user: Option<User>,
    /// How many there are of the many. All are on this page.
    pub pagination: Option<Pagination>,
    /// The many users.
    pub users: Option<Users>,
}
