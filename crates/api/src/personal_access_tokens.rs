//! Personal access tokens of a user.
//!
//! The reference documents the list (“List Personal Access Tokens for User”, API 3.21). Creating by POST and revoking by
//! DELETE on the same path are Tavola's reading of the 3.29 schema's `personalAccessToken` and
//! `personalAccessTokenWithSecret`, for which no path is published.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{PersonalAccessTokenId, Timestamp};

use crate::{About, Endpoint, NoBody, Secret};

/// “List Personal Access Tokens for User”. One's own; administrators see a user's.
pub const LIST: Endpoint<NoBody, TokenList> =
    Endpoint::get("List Personal Access Tokens for User", "/sites/{site}/users/{user}/personal-access-tokens")
        .since(3, 21)
        .scope("tableau:users:read");

/// Makes a token for oneself. Its secret is in this answer and nowhere else.
pub const CREATE: Endpoint<CreateToken, CreatedToken> =
    Endpoint::create("Create Personal Access Token", "/sites/{site}/users/{user}/personal-access-tokens").since(3, 6);

/// Revokes a token and ends its sessions.
pub const REVOKE: Endpoint =
    Endpoint::delete("Revoke Personal Access Token", "/sites/{site}/users/{user}/personal-access-tokens/{token}")
        .since(3, 6);

/// The endpoints of this room.
pub const ALL: &[About] = &[LIST.about, CREATE.about, REVOKE.about];

/// The answer to [`LIST`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TokenList {
    /// The tokens.
    pub personal_access_tokens: Tokens,
}

/// A list of tokens.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Tokens {
    /// The tokens.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub personal_access_token: Vec<Token>,
}

/// A token, without its secret.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Token {
    /// Its id.
    pub token_guid: PersonalAccessTokenId,
    /// Its name, unique for its user.
    pub token_name: String,
    /// When it was last signed in with.
    pub last_used_at: Option<Timestamp>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

/// The request of [`CREATE`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreateToken {
    /// What is asked for.
    pub personal_access_token: NewToken,
}

/// A token that does not exist yet.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NewToken {
    /// Its name, unique for its user.
    pub token_name: String,
    /// When it ends: at most, and by default, a year from now.
    pub expires_at: Option<Timestamp>,
}

/// The answer to [`CREATE`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CreatedToken {
    /// The new token.
    pub personal_access_token_with_secret: TokenWithSecret,
}

/// A token and its secret.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenWithSecret {
    /// Its id.
    pub token_guid: PersonalAccessTokenId,
    /// Its name.
    pub token_name: String,
    /// Its secret, shown once.
    pub secret: Secret,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}
