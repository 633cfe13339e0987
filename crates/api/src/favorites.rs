//! Favorites: content that users keep at hand.
//!
//! Reference: “Favorites Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_favorites.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{FavoriteKind, Timestamp};

use crate::{
    About, Count, Endpoint, NoBody, Pagination, Word, datasources::Datasource, flows::Flow, projects::Project,
    views::View, workbooks::Workbook,
};

/// “Get Favorites for User”.
pub const LIST: Endpoint<NoBody, FavoritePage> =
    Endpoint::get("Get Favorites for User", "/sites/{site}/favorites/{user}")
        .since(2, 5)
        .scope("tableau:favorites:read");

/// “Add Workbook to Favorites”, “Add View to Favorites” and so on: the message says what it is. The answer has all that the
/// user has.
pub const ADD: Endpoint<FavoriteMessage, FavoriteList> =
    Endpoint::put("Add Item to Favorites", "/sites/{site}/favorites/{user}").scope("tableau:favorites:create");

/// “Delete Workbook from Favorites”.
pub const REMOVE_WORKBOOK: Endpoint =
    Endpoint::delete("Delete Workbook from Favorites", "/sites/{site}/favorites/{user}/workbooks/{workbook}")
        .scope("tableau:favorites:delete");

/// “Delete View from Favorites”.
pub const REMOVE_VIEW: Endpoint =
    Endpoint::delete("Delete View from Favorites", "/sites/{site}/favorites/{user}/views/{view}")
        .scope("tableau:favorites:delete");

/// “Delete Data Source from Favorites”.
pub const REMOVE_DATASOURCE: Endpoint =
    Endpoint::delete("Delete Data Source from Favorites", "/sites/{site}/favorites/{user}/datasources/{datasource}")
        .since(2, 3)
        .scope("tableau:favorites:delete");

/// “Delete Project from Favorites”.
pub const REMOVE_PROJECT: Endpoint =
    Endpoint::delete("Delete Project from Favorites", "/sites/{site}/favorites/{user}/projects/{project}")
        .since(3, 1)
        .scope("tableau:favorites:delete");

/// “Delete Flow from Favorites”.
pub const REMOVE_FLOW: Endpoint =
    Endpoint::delete("Delete Flow from Favorites", "/sites/{site}/favorites/{user}/flows/{flow}")
        .since(3, 3)
        .scope("tableau:favorites:delete");

/// Any of these as TSC writes it: `{kind}` is a [`FavoriteKind`], in the singular.
pub const REMOVE: Endpoint =
    Endpoint::delete("Delete Item from Favorites", "/sites/{site}/favorites/{user}/{kind}/{item}")
        .since(3, 15)
        .scope("tableau:favorites:delete");

/// “Organize Favorites”: moves some behind others.
pub const ORGANIZE: Endpoint<FavoriteOrderingsMessage> =
    Endpoint::put("Organize Favorites", "/sites/{site}/orderFavorites/{user}")
        .since(3, 8)
        .scope("tableau:favorites:update");

/// The endpoints of this room.
pub const ALL: &[About] = &[
    LIST.about,
    ADD.about,
    REMOVE_WORKBOOK.about,
    REMOVE_VIEW.about,
    REMOVE_DATASOURCE.about,
    REMOVE_PROJECT.about,
    REMOVE_FLOW.about,
    REMOVE.about,
    ORGANIZE.about,
];

/// The answer to [`LIST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FavoritePage {
    /// Which page this is. The schema has none here.
    pub pagination: Pagination,
    /// Its favorites.
    pub favorites: Favorites,
}

/// The answer to [`ADD`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FavoriteList {
    /// The favorites.
    pub favorites: Favorites,
}

/// A list of favorites.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Favorites {
    /// The favorites.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub favorite: Vec<Favorite>,
}

/// The request of [`ADD`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FavoriteMessage {
    /// The favorite.
    pub favorite: Favorite,
}

/// A favorite: one of workbook, view, data source, project and flow. In [`ADD`] the id of that counts; what is none of
/// them, such as a collection, is not read.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Favorite {
    /// What the user calls it.
    pub label: String,
    /// Its place among the user's favorites.
    pub position: Option<Count>,
    /// When it became one.
    pub added_at: Option<Timestamp>,
    /// The name of the project it lies in.
    pub parent_project_name: Option<String>,
    /// The name of who owns it.
    pub target_owner_name: Option<String>,
    /// The workbook.
    pub workbook: Option<Workbook>,
    /// The view.
    pub view: Option<View>,
    /// The data source.
    pub datasource: Option<Datasource>,
    /// The project.
    pub project: Option<Project>,
    /// The flow.
    pub flow: Option<Flow>,
}

impl Favorite {
    /// What it is, and the id of that; none if it is no kind that is known here.
    pub fn content(&self) -> Option<(FavoriteKind, String)> {
        fn of<I: std::fmt::Display>(kind: FavoriteKind, id: Option<&I>) -> Option<(FavoriteKind, String)> {
            Some((kind, id?.to_string()))
        }
        let Self { workbook, view, datasource, project, flow, .. } = self;
        None.or_else(|| of(FavoriteKind::Workbook, workbook.as_ref()?.id.as_ref()))
            .or_else(|| of(FavoriteKind::View, view.as_ref()?.id.as_ref()))
            .or_else(|| of(FavoriteKind::Datasource, datasource.as_ref()?.id.as_ref()))
            .or_else(|| of(FavoriteKind::Project, project.as_ref()?.id.as_ref()))
            .or_else(|| of(FavoriteKind::Flow, flow.as_ref()?.id.as_ref()))
    }

    /// The name of what it is.
    pub fn name(&self) -> Option<&str> {
        let Self { workbook, view, datasource, project, flow, .. } = self;
        None.or_else(|| workbook.as_ref()?.name.as_deref())
            .or_else(|| view.as_ref()?.name.as_deref())
            .or_else(|| datasource.as_ref()?.name.as_deref())
            .or_else(|| project.as_ref()?.name.as_deref())
            .or_else(|| flow.as_ref()?.name.as_deref())
    }
}

/// The request of [`ORGANIZE`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FavoriteOrderingsMessage {
    /// The moves.
    pub favorite_orderings: FavoriteOrderings,
}

/// Moves among the favorites of a user, one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FavoriteOrderings {
    /// The moves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub favorite_ordering: Vec<FavoriteOrdering>,
}

/// A favorite that is to stand behind another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FavoriteOrdering {
    /// The id of what is to be moved.
    pub favorite_id: String,
    /// What that is.
    pub favorite_type: Word<FavoriteKind>,
    /// The id of what it is to stand behind.
    pub favorite_id_move_after: String,
    /// What that is.
    pub favorite_type_move_after: Word<FavoriteKind>,
}
