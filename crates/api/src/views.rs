//! Views: the sheets of a workbook that people look at.
//!
//! Reference: “Workbooks and Views Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_workbooks_and_views.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{SheetType, Timestamp, ViewId};

use crate::{
    About, Count, Endpoint, File, NoBody, Pagination, Word,
    projects::{Location, Project},
    tags::{Tags, TagsMessage},
    users::User,
    workbooks::{DataAccelerationConfig, Workbook},
};

/// “Query Views for Site”. Filters, sorts, `fields`; `includeUsageStatistics=true` counts who looked.
pub const LIST: Endpoint<NoBody, ViewPage> =
    Endpoint::get("Query Views for Site", "/sites/{site}/views").since(2, 2).scope("tableau:content:read");

/// “Query Views for Workbook”, all of them on one page.
pub const OF_WORKBOOK: Endpoint<NoBody, ViewList> =
    Endpoint::get("Query Views for Workbook", "/sites/{site}/workbooks/{workbook}/views").scope("tableau:content:read");

/// “Get View”.
pub const GET: Endpoint<NoBody, ViewMessage> =
    Endpoint::get("Get View", "/sites/{site}/views/{view}").since(3, 0).scope("tableau:content:read");

/// “Delete View”. With the last view of a workbook, the workbook is deleted.
pub const DELETE: Endpoint =
    Endpoint::delete("Delete View", "/sites/{site}/views/{view}").since(3, 27).scope("tableau:views:delete");

/// “Query View Preview Image”.
pub const PREVIEW_IMAGE: Endpoint<NoBody, File> =
    Endpoint::download("Query View Preview Image", "/sites/{site}/workbooks/{workbook}/views/{view}/previewImage")
        .scope("tableau:content:read");

/// “Query View Image”: PNG, or SVG with `format=SVG`. `resolution=high` is twice as fine; `vizWidth` and `vizHeight` in pixels;
/// `vf_FIELD=VALUE,…` filters, and sets parameters.
pub const IMAGE: Endpoint<NoBody, File> = Endpoint::download("Query View Image", "/sites/{site}/views/{view}/image")
    .since(2, 5)
    .scope("tableau:views:download");

/// “Query View PDF”. `type` is a size of paper, `orientation` Portrait or Landscape; filters as [`IMAGE`].
pub const PDF: Endpoint<NoBody, File> =
    Endpoint::download("Query View PDF", "/sites/{site}/views/{view}/pdf").since(2, 7).scope("tableau:views:download");

/// “Query View Data”: what a view shows as comma-separated values, a line for each mark. Of a dashboard, its first sheet by name.
pub const DATA: Endpoint<NoBody, File> = Endpoint::download("Query View Data", "/sites/{site}/views/{view}/data")
    .since(2, 7)
    .scope("tableau:views:download");

/// “Download View Crosstab Excel”: rows and columns as the view has them.
pub const CROSSTAB: Endpoint<NoBody, File> =
    Endpoint::download("Download View Crosstab Excel", "/sites/{site}/views/{view}/crosstab/excel")
        .since(3, 8)
        .scope("tableau:views:download");

/// “Add Tags to View”.
pub const ADD_TAGS: Endpoint<TagsMessage, TagsMessage> =
    Endpoint::put("Add Tags to View", "/sites/{site}/views/{view}/tags").scope("tableau:view_tags:update");

/// “Delete Tag from View”.
pub const DELETE_TAG: Endpoint =
    Endpoint::delete("Delete Tag from View", "/sites/{site}/views/{view}/tags/{tag}").scope("tableau:view_tags:delete");

/// “Get Recommendations for Views”; `type=view`.
pub const RECOMMENDATIONS: Endpoint<NoBody, RecommendationList> =
    Endpoint::get("Get Recommendations for Views", "/sites/{site}/recommendations")
        .since(3, 7)
        .scope("tableau:recommendations:read");

/// “Hide a Recommendation for a View”.
pub const HIDE_RECOMMENDATION: Endpoint<HideRecommendation> =
    Endpoint::put("Hide a Recommendation for a View", "/sites/{site}/recommendations/dismissals")
        .since(3, 7)
        .scope("tableau:recommendations:update");

/// “Unhide a Recommendation for a View”; `type=view` and the view's `id`.
pub const UNHIDE_RECOMMENDATION: Endpoint =
    Endpoint::delete("Unhide a Recommendation for a View", "/sites/{site}/recommendations/dismissals")
        .since(3, 7)
        .scope("tableau:recommendations:update");

/// The endpoints of this room.
pub const ALL: &[About] = &[
    LIST.about,
    OF_WORKBOOK.about,
    GET.about,
    DELETE.about,
    PREVIEW_IMAGE.about,
    IMAGE.about,
    PDF.about,
    DATA.about,
    CROSSTAB.about,
    ADD_TAGS.about,
    DELETE_TAG.about,
    RECOMMENDATIONS.about,
    HIDE_RECOMMENDATION.about,
    UNHIDE_RECOMMENDATION.about,
];

/// The answer to [`LIST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewPage {
    /// Which page this is. The schema has none here, and every server sends it.
    pub pagination: Pagination,
    /// Its views.
    pub views: Views,
}

/// The answer to [`OF_WORKBOOK`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewList {
    /// The views.
    pub views: Views,
}

/// A list of views.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Views {
    /// The views.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub view: Vec<View>,
}

/// The answer to [`GET`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewMessage {
    /// The view.
    pub view: View,
}

/// A view.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct View {
    /// Its id.
    pub id: Option<Word<ViewId>>,
    /// Its name, that of the sheet.
    pub name: Option<String>,
    /// Its name in addresses: the workbook's, `/sheets/` and [`View::view_url_name`].
    pub content_url: Option<String>,
    /// Its own part of its name in addresses.
    pub view_url_name: Option<String>,
    /// What it shows.
    pub sheet_type: Option<Word<SheetType>>,
    /// Whether it is left out, when a workbook is published or changed.
    pub hidden: Option<bool>,
    /// When it was first published.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Option<Timestamp>,
    /// How many users have it among their favorites.
    pub favorites_total: Option<Count>,
    /// Whether it is in the caller's list of what was looked at last.
    pub recently_viewed: Option<bool>,
    /// The workbook it belongs to.
    pub workbook: Option<Box<Workbook>>,
    /// Who owns it: the owner of the workbook.
    pub owner: Option<User>,
    /// The project it lies in.
    pub project: Option<Project>,
    /// Its tags. In answers, one without tags has an empty list, on which published clients rely.
    pub tags: Option<Tags>,
    /// How often it was looked at.
    pub usage: Option<Usage>,
    /// Whether it is computed ahead.
    pub data_acceleration_config: Option<DataAccelerationConfig>,
    /// Where it lies.
    pub location: Option<Location>,
}

/// How often a view was looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Usage {
    /// In all, by anyone.
    pub total_view_count: Count,
}

/// The answer to [`RECOMMENDATIONS`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecommendationList {
    /// The recommendations.
    pub recommendations: Recommendations,
}

/// What a user may want to look at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recommendations {
    /// The best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recommendation: Vec<Recommendation>,
}

/// A view that a user may want to look at.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Recommendation {
    /// `view`.
    pub content_type: Option<String>,
    /// The view's id.
    pub recommended_id: Option<Word<ViewId>>,
    /// The view.
    pub view: View,
    /// Why.
    pub explanation: Explanation,
}

/// Why something is recommended.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Explanation {
    /// `popular`, `similar_users` or `data_monitoring_candidate`.
    #[serde(rename = "type")]
    pub explanation_type: Option<String>,
}

/// The request of [`HIDE_RECOMMENDATION`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HideRecommendation {
    /// Which view is not to be recommended.
    pub recommendation_dismissal: RecommendationDismissal,
}

/// Which view is not to be recommended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecommendationDismissal {
    /// The view; its id counts.
    pub view: View,
}
