//! Sessions: the caller's own, and those of others for administrators.
//!
//! Reference: “Get Current Server Session”, “Delete Server Session”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_server.htm>. The list is Tavola's own addition.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{SessionId, SiteId, SiteRole, Timestamp, UserId};

use crate::{About, Endpoint, NoBody, Pagination, Word};

/// “Get Current Server Session”.
pub const CURRENT: Endpoint<NoBody, CurrentSession> =
    Endpoint::get("Get Current Server Session", "/sessions/current").since(3, 1).scope("tableau:*:*");

/// “Delete Server Session”. Takes a token, or an id of [`LIST`].
pub const DELETE: Endpoint = Endpoint::delete("Delete Server Session", "/sessions/{session}").since(3, 9);

/// The sessions that the caller may end: their own, an administrator's whole site. Tavola's own addition.
pub const LIST: Endpoint<NoBody, SessionPage> = Endpoint::get("List Sessions", "/sites/{site}/sessions").since(3, 9);

/// The endpoints of this room.
pub const ALL: &[About] = &[CURRENT.about, DELETE.about, LIST.about];

/// The answer to [`CURRENT`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentSession {
    /// The session.
    pub session: Session,
}

/// A session's site and user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Where it is.
    pub site: SessionSite,
    /// Whose it is.
    pub user: SessionUser,
}

/// The site of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionSite {
    /// Its id.
    pub id: SiteId,
    /// Its name.
    pub name: String,
    /// Its name in URLs.
    #[serde(default)]
    pub content_url: String,
}

/// The user of a session.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionUser {
    /// The user's id on the session's site.
    pub id: UserId,
    /// The name the user signs in with.
    pub name: String,
    /// The user's role on the site.
    pub site_role: Option<Word<SiteRole>>,
}

/// The answer to [`LIST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SessionPage {
    /// Which page this is.
    pub pagination: Pagination,
    /// Its sessions.
    pub sessions: Sessions,
}

/// A list of sessions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sessions {
    /// The sessions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub session: Vec<ListedSession>,
}

/// A session as administrators see it. Its token is nobody's to see.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ListedSession {
    /// The id to end it by.
    pub id: SessionId,
    /// That it is the one the list was asked with.
    pub current: Option<bool>,
    /// When it was signed in to.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// The address it was signed in from.
    pub address: Option<String>,
    /// The program it was signed in with.
    pub user_agent: Option<String>,
    /// The personal access token it was made with.
    pub personal_access_token_name: Option<String>,
    /// The administrator who signed in as this user.
    pub impersonated_by: Option<String>,
    /// Whose it is.
    pub user: SessionUser,
}
