//! Signing in and out.
//!
//! Reference: “Authentication Methods”, <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_authentication.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{SiteId, UserId};

use crate::{About, Endpoint, Secret, Word};

/// The header that carries the token of a session.
pub const TOKEN_HEADER: &str = "x-tableau-auth";

/// “Sign In”. The body decides the kind: password, personal access token, or JWT.
///
/// Anybody may send it, so a body is taken only as long as credentials can be.
pub const SIGN_IN: Endpoint<SignIn, SignedIn> =
    Endpoint::post("Sign In", "/auth/signin").open().longest_body(64 * 1024);

/// “Sign Out”. The token is dead at once; the user's other sessions live on.
pub const SIGN_OUT: Endpoint = Endpoint::post("Sign Out", "/auth/signout").status(204).scope("tableau:*:*");

/// “Switch Site”. Gives a new token for another site; the old one dies.
pub const SWITCH_SITE: Endpoint<SwitchSite, SignedIn> = Endpoint::post("Switch Site", "/auth/switchSite").since(2, 6);

/// “Revoke Administrator Personal Access Tokens”.
pub const REVOKE_ADMINISTRATOR_TOKENS: Endpoint =
    Endpoint::delete("Revoke Administrator Personal Access Tokens", "/auth/serverAdminAccessTokens").since(3, 10);

/// The same under the verb and path that the client TSC sends.
pub const REVOKE_ADMINISTRATOR_TOKENS_TSC: Endpoint =
    Endpoint::post("Revoke Administrator Personal Access Tokens", "/auth/revokeAllServerAdminTokens")
        .since(3, 10)
        .status(204);

/// The endpoints of this room.
pub const ALL: &[About] = &[
    SIGN_IN.about,
    SIGN_OUT.about,
    SWITCH_SITE.about,
    REVOKE_ADMINISTRATOR_TOKENS.about,
    REVOKE_ADMINISTRATOR_TOKENS_TSC.about,
];

/// The request of [`SIGN_IN`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// Who signs in, and how they prove it.
    pub credentials: SignInCredentials,
}

/// Exactly one kind of credentials: `name` and `password`; `personalAccessTokenName` and `personalAccessTokenSecret`; or
/// `jwt`.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SignInCredentials {
    /// A user's name.
    pub name: Option<String>,
    /// That user's password.
    pub password: Option<Secret>,
    /// A personal access token's name (API 3.6 and later).
    pub personal_access_token_name: Option<String>,
    /// That token's secret.
    pub personal_access_token_secret: Option<Secret>,
    /// A JSON web token of a connected app (API 3.16 and later).
    pub jwt: Option<Secret>,
    /// Whether the JWT is a unified access token of Tableau Cloud.
    pub is_uat: Option<bool>,
    /// The site to sign in to.
    pub site: SiteUrl,
    /// The user to impersonate; only server administrators may.
    pub user: Option<ImpersonatedUser>,
}

/// A site by its contentUrl; `""` is the default site.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SiteUrl {
    /// The site's name in URLs.
    pub content_url: String,
}

/// The user a server administrator signs in as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImpersonatedUser {
    /// The user's id on the site signed in to.
    pub id: Word<UserId>,
}

/// The request of [`SWITCH_SITE`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SwitchSite {
    /// The site to go to.
    pub site: SiteUrl,
}

/// The answer to [`SIGN_IN`] and [`SWITCH_SITE`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedIn {
    /// The session that was made.
    pub credentials: SessionCredentials,
}

/// What a session is called by, where it is and whose.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionCredentials {
    /// The token for the header [`TOKEN_HEADER`]. Opaque.
    pub token: Secret,
    /// How long the session lives at most, as `hours:minutes:seconds`. Only a hint.
    pub estimated_time_to_expiration: Option<String>,
    /// The site of the session.
    pub site: SessionSite,
    /// The user of the session.
    pub user: SessionUser,
}

/// The site of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionSite {
    /// Its id.
    pub id: SiteId,
    /// Its name in URLs.
    #[serde(default)]
    pub content_url: String,
}

/// The user of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionUser {
    /// The user's id on the session's site.
    pub id: UserId,
}
