//! Sites: the tenants of a server.
//!
//! Reference: “Sites Methods”, <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_site.htm>.

mod settings;

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{AdminMode, SiteId, SiteState};

use crate::{About, Count, Endpoint, NoBody, Pagination, Word, views::View, workbooks::Workbook};

pub use settings::{InvalidSetting, Settings};

/// “Query Sites”. Server administrators see all, others their own.
pub const LIST: Endpoint<NoBody, SitePage> = Endpoint::get("Query Sites", "/sites").scope("tableau:sites:read");

/// “Create Site”.
pub const CREATE: Endpoint<SiteMessage, SiteMessage> = Endpoint::create("Create Site", "/sites");

/// “Query Site”: by id, or by name or contentUrl with `key=name` or `key=contentUrl`; `includeUsage=true` adds counts.
pub const GET: Endpoint<NoBody, SiteMessage> = Endpoint::get("Query Site", "/sites/{site}").scope("tableau:sites:read");

/// “Update Site”.
pub const UPDATE: Endpoint<SiteMessage, SiteMessage> = Endpoint::put("Update Site", "/sites/{site}");

/// “Delete Site”, addressed as in [`GET`].
pub const DELETE: Endpoint = Endpoint::delete("Delete Site", "/sites/{site}");

/// “Get Embedding Settings for Site”.
pub const GET_EMBEDDING: Endpoint<NoBody, SiteMessage> =
    Endpoint::get("Get Embedding Settings for Site", "/sites/{site}/settings/embedding").since(3, 16);

/// “Update Embedding Settings for Site”.
pub const UPDATE_EMBEDDING: Endpoint<SiteMessage, SiteMessage> =
    Endpoint::put("Update Embedding Settings for Site", "/sites/{site}/settings/embedding").since(3, 16);

/// “List Authentication Configurations for Site”.
pub const AUTH_CONFIGURATIONS: Endpoint<NoBody, AuthConfigurationList> =
    Endpoint::get("List Authentication Configurations for Site", "/sites/{site}/site-auth-configurations").since(3, 24);

/// “Get Recently Viewed for Site”.
pub const RECENTLY_VIEWED: Endpoint<NoBody, RecentList> =
    Endpoint::get("Get Recently Viewed for Site", "/sites/{site}/content/recent")
        .since(3, 5)
        .scope("tableau:content:read");

/// “Get Data Acceleration Report for Site”. The acceleration it reports on was retired with API 3.16.
pub const DATA_ACCELERATION_REPORT: Endpoint<NoBody, AccelerationReportAnswer> =
    Endpoint::get("Get Data Acceleration Report for Site", "/sites/{site}/dataAccelerationReport").since(3, 8);

/// The endpoints of this room.
pub const ALL: &[About] = &[
    LIST.about,
    CREATE.about,
    GET.about,
    UPDATE.about,
    DELETE.about,
    GET_EMBEDDING.about,
    UPDATE_EMBEDDING.about,
    AUTH_CONFIGURATIONS.about,
    RECENTLY_VIEWED.about,
    DATA_ACCELERATION_REPORT.about,
];

/// The answer to [`LIST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SitePage {
    /// Which page this is.
    pub pagination: Pagination,
    /// Its sites.
    pub sites: Sites,
}

/// A list of sites.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sites {
    /// The sites.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub site: Vec<Site>,
}

/// A site alone: the request of [`CREATE`] and [`UPDATE`], and the answer to most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteMessage {
    /// The site.
    pub site: Site,
}

/// A site. In requests, what is not there stays as it is.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Site {
    /// Its id.
    pub id: Option<Word<SiteId>>,
    /// Its name.
    pub name: Option<String>,
    /// Its name in URLs; `""` is the default site.
    pub content_url: Option<String>,
    /// Whether its administrators manage its users.
    pub admin_mode: Option<Word<AdminMode>>,
    /// Whether it can be signed in to.
    pub state: Option<Word<SiteState>>,
    /// The most users it may have; `-1` for no limit.
    pub user_quota: Option<String>,
    /// The most megabytes of content it may have; `-1` for no limit.
    pub storage_quota: Option<String>,
    /// The rest of its settings, each an attribute of the site.
    #[serde(flatten)]
    pub settings: Settings,
    /// What it holds, when asked for.
    pub usage: Option<SiteUsage>,
    /// Where its views may be embedded, in the two methods about that.
    #[serde(rename = "settings")]
    pub embedding: Option<EmbeddingSettings>,
}

/// What a site holds.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SiteUsage {
    /// Users of all roles but Unlicensed.
    pub num_users: Count,
    /// Users with a Creator licence.
    pub num_creators: Option<Count>,
    /// Users with an Explorer licence.
    pub num_explorers: Option<Count>,
    /// Users with a Viewer licence.
    pub num_viewers: Option<Count>,
    /// Megabytes of content.
    pub storage: Count,
}

/// Where a site's views may be embedded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EmbeddingSettings {
    /// Anywhere.
    pub unrestricted_embedding: bool,
    /// In pages of these hosts, separated by blanks.
    pub allow_list: String,
}

/// The answer to [`AUTH_CONFIGURATIONS`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuthConfigurationList {
    /// The configurations.
    pub site_auth_configurations: AuthConfigurations,
}

/// A list of authentication configurations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuthConfigurations {
    /// The configurations.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub site_auth_configuration: Vec<AuthConfiguration>,
}

/// A way to sign in to a site.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AuthConfiguration {
    /// The kind.
    pub auth_setting: Option<String>,
    /// Its id.
    pub idp_configuration_id: Option<String>,
    /// Its name.
    pub idp_configuration_name: Option<String>,
    /// A provider known by name.
    pub known_provider_alias: Option<String>,
    /// Whether users may sign in by it.
    pub enabled: Option<bool>,
}

/// The answer to [`RECENTLY_VIEWED`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RecentList {
    /// What the caller looked at, made or changed, latest first.
    pub recents: Recents,
}

/// A list of what was used lately.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recents {
    /// The views and workbooks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recent: Vec<Recent>,
}

/// A view or a workbook that was used lately. Whatever else a server lists is not read.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recent {
    /// The view.
    pub view: Option<View>,
    /// The workbook.
    pub workbook: Option<Workbook>,
}

/// The answer to [`DATA_ACCELERATION_REPORT`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccelerationReportAnswer {
    /// The report.
    pub data_acceleration_report: AccelerationReport,
}

/// How much faster accelerated views were.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AccelerationReport {
    /// A record for each accelerated view.
    pub comparison_records: ComparisonRecords,
}

/// A list of records of accelerated views.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ComparisonRecords {
    /// The records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub comparison_record: Vec<ComparisonRecord>,
}

/// How one view fared with and without acceleration.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ComparisonRecord {
    /// The site's contentUrl.
    pub site: Option<String>,
    /// The view's path.
    #[serde(rename = "sheetURI")]
    pub sheet_uri: Option<String>,
    /// Sessions without acceleration.
    pub unaccelerated_session_count: Option<Count>,
    /// Their average load time, in seconds.
    pub avg_non_accelerated_plt: Option<String>,
    /// Sessions with acceleration.
    pub accelerated_session_count: Option<Count>,
    /// Their average load time, in seconds.
    pub avg_accelerated_plt: Option<String>,
}
