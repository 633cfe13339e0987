//! Group sets: groups that permissions name together.
//!
//! Reference: “Users and Groups Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_users_and_groups.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::GroupSetId;

use crate::{About, Count, Endpoint, NoBody, Pagination, Word, groups::Group};

/// “List Group Sets”. Filters, sorts, `fields`; `resultlevel=local` leaves the groups out.
pub const LIST: Endpoint<NoBody, GroupSetPage> =
    Endpoint::get("List Group Sets", "/sites/{site}/groupsets").since(3, 22).scope("tableau:groupsets:read");

/// “Create Group Set”.
pub const CREATE: Endpoint<GroupSetMessage, GroupSetMessage> =
    Endpoint::create("Create Group Set", "/sites/{site}/groupsets").since(3, 22).scope("tableau:groupsets:create");

/// “Get Group Set”.
pub const GET: Endpoint<NoBody, GroupSetMessage> =
    Endpoint::get("Get Group Set", "/sites/{site}/groupsets/{group_set}").since(3, 22).scope("tableau:groupsets:read");

/// “Update Group Set”.
pub const UPDATE: Endpoint<GroupSetMessage, GroupSetMessage> =
    Endpoint::put("Update Group Set", "/sites/{site}/groupsets/{group_set}")
        .since(3, 22)
        .scope("tableau:groupsets:update");

/// “Delete Group Set”.
pub const DELETE: Endpoint = Endpoint::delete("Delete Group Set", "/sites/{site}/groupsets/{group_set}")
    .since(3, 22)
    .scope("tableau:groupsets:delete");

/// “Add Group to Group Set”.
pub const ADD_GROUP: Endpoint =
    Endpoint::put("Add Group to Group Set", "/sites/{site}/groupsets/{group_set}/groups/{group}")
        .status(201)
        .since(3, 22)
        .scope("tableau:groupsets:update");

/// “Remove Group from Group Set”.
pub const REMOVE_GROUP: Endpoint =
    Endpoint::delete("Remove Group from Group Set", "/sites/{site}/groupsets/{group_set}/groups/{group}")
        .since(3, 22)
        .scope("tableau:groupsets:update");

/// The endpoints of this room.
pub const ALL: &[About] =
    &[LIST.about, CREATE.about, GET.about, UPDATE.about, DELETE.about, ADD_GROUP.about, REMOVE_GROUP.about];

/// The answer to [`LIST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GroupSetPage {
    /// Which page this is.
    pub pagination: Pagination,
    /// Its group sets.
    pub group_sets: GroupSets,
}

/// A list of group sets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GroupSets {
    /// The group sets.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group_set: Vec<GroupSet>,
}

/// The request of [`CREATE`] and [`UPDATE`], and the answer to them and to [`GET`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GroupSetMessage {
    /// The group set.
    pub group_set: GroupSet,
}

/// A set of groups. In requests the name counts.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GroupSet {
    /// Its id.
    pub id: Option<Word<GroupSetId>>,
    /// Its name.
    pub name: Option<String>,
    /// How many groups are in it.
    pub group_count: Option<Count>,
    /// These groups, by id and name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub group: Vec<Group>,
}
