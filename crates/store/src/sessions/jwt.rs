//! What a JSON Web Token has to claim to sign somebody in, whoever signed it.

use serde_json::Value;
use tavola_model::{ConnectedAppId, ConnectedAppSecretId, SiteId, Timestamp};

use crate::jose::{self, BadSignature, KeySet, NotATime, Signed, Unreadable, text_of};

/// How far ahead a token may expire, in milliseconds.
const LONGEST_LIFE: i64 = 10 * 60 * 1000;

/// How far clocks may differ, in milliseconds, where a token says when it begins.
const LEEWAY: i64 = 60 * 1000;

/// Who a token has to be for.
const AUDIENCE: &str = "tableau";

/// Why a token is not accepted: a number that clients and logs know, and words for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refusal {
    pub reason: u32,
    pub detail: &'static str,
}

macro_rules! refusals {
    ($($name:ident = $reason:literal, $detail:literal;)*) => {
        $(pub(super) const $name: Refusal = Refusal { reason: $reason, detail: $detail };)*
    };
}

refusals! {
    USER = 5, "the user of the token could not be found";
    OTHERWISE = 16, "the token does not sign anybody in";
    APP = 126, "the connected app could not be found or is disabled";
    SECRET = 127, "the secret of the connected app could not be found";
    ALGORITHM = 10082, "the token is signed in a way that is not accepted";
    HEADER = 10083, "the token's header is malformed";
    PARSE = 10084, "the token cannot be parsed";
    KEYS = 10085, "the keys of the token's issuer cannot be fetched";
    NO_KEY = 10085, "none of the issuer's keys is that of the token";
    ISSUER = 10087, "the token's issuer is not the connected app of its secret";
    UNKNOWN_ISSUER = 10087, "the token's issuer is no external authorization server of the site";
    USED = 10091, "the token was used before";
    NO_JTI = 10094, "the token has no `jti`";
    NO_EXPIRY = 10095, "the token has no `exp`";
    EXPIRY = 10096, "the token expires more than 10 minutes from now";
}

/// What a good token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claims {
    pub user_name: String,
    pub jti: String,
    pub expires_at: Timestamp,
    pub scopes: Vec<String>,
}

impl From<Unreadable> for Refusal {
    fn from(problem: Unreadable) -> Self {
        match problem {
            Unreadable::Token => PARSE,
            Unreadable::Header => HEADER,
            Unreadable::Algorithm => ALGORITHM,
        }
    }
}

impl From<NotATime> for Refusal {
    fn from(NotATime: NotATime) -> Self {
        OTHERWISE
    }
}

/// The id of the secret that a token says it is signed with.
pub(super) fn secret(token: &Signed<'_>) -> Result<ConnectedAppSecretId, Refusal> {
    token.header("kid").ok_or(HEADER)?.parse().map_err(|_| SECRET)
}

/// Checks a token of direct trust. Nothing is said of the claims before the signature is known to be good.
pub(super) fn of_app(token: &Signed<'_>, secret: &str, app: ConnectedAppId, now: Timestamp) -> Result<Claims, Refusal> {
    if token.header_has("iss") && token.header("iss").is_none() {
        return Err(HEADER);
    }
    let claims = token.verify_by_secret(secret).ok_or(OTHERWISE)?;
    let app = app.to_string();
    let issuer = text_of(claims, "iss").ok_or(ISSUER)?;
    let issuers = [Some(issuer), token.header("iss")];
    if issuers.into_iter().flatten().any(|issuer| !issuer.eq_ignore_ascii_case(&app)) {
        return Err(ISSUER);
    }
    check(claims, &[AUDIENCE], now)
}

/// Checks a token of an external authorization server by its keys. That server was found by the token's `iss`.
pub(super) fn of_server(token: &Signed<'_>, keys: &KeySet, site: SiteId, now: Timestamp) -> Result<Claims, Refusal> {
    if token.header("kid").is_none() {
        return Err(HEADER);
    }
    let claims = token.verify_by_keys(keys).map_err(|problem| match problem {
        BadSignature::NoKey => NO_KEY,
        BadSignature::Wrong => OTHERWISE,
    })?;
    // The second form is that of Tableau Cloud.
    check(claims, &[AUDIENCE, &format!("{AUDIENCE}:{site}")], now)
}

fn check(claims: &Value, audiences: &[&str], now: Timestamp) -> Result<Claims, Refusal> {
    if !jose::is_for(claims, audiences) {
        return Err(OTHERWISE);
    }
    let expires_at = jose::time_of(claims, "exp")?.ok_or(NO_EXPIRY)?;
    if expires_at <= now.as_millis() {
        return Err(OTHERWISE);
    }
    if expires_at > now.as_millis().saturating_add(LONGEST_LIFE) {
        return Err(EXPIRY);
    }
    for begins in ["nbf", "iat"] {
        if jose::time_of(claims, begins)?.is_some_and(|begins| begins > now.as_millis().saturating_add(LEEWAY)) {
            return Err(OTHERWISE);
        }
    }
    let jti = text_of(claims, "jti").filter(|jti| !jti.is_empty()).ok_or(NO_JTI)?;
    let user_name = text_of(claims, "sub").ok_or(USER)?;
    let scopes = match claims.get("scp") {
        None => Vec::new(),
        Some(Value::Array(scopes)) => {
            scopes.iter().map(|scope| scope.as_str().map(str::to_owned)).collect::<Option<_>>().ok_or(OTHERWISE)?
        }
        Some(_) => return Err(OTHERWISE),
    };
    Ok(Claims {
        user_name: user_name.to_owned(),
        jti: jti.to_owned(),
        expires_at: Timestamp::from_millis(expires_at),
        scopes,
    })
}
