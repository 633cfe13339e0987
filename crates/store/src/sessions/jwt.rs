//! JSON Web Tokens of connected apps, HS256 alone. Plain values in, a verdict out.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use tavola_model::{ConnectedAppId, ConnectedAppSecretId, Timestamp};

/// How far ahead a token may expire, in milliseconds.
const LONGEST_LIFE: i64 = 10 * 60 * 1000;

/// How far clocks may differ, in milliseconds, where a token says when it begins.
const LEEWAY: i64 = 60 * 1000;

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
    ALGORITHM = 10082, "the token is not signed with HS256";
    HEADER = 10083, "the token's header is malformed";
    PARSE = 10084, "the token cannot be parsed";
    ISSUER = 10087, "the token's issuer is not the connected app of its secret";
    USED = 10091, "the token was used before";
    NO_JTI = 10094, "the token has no `jti`";
    NO_EXPIRY = 10095, "the token has no `exp`";
    EXPIRY = 10096, "the token expires more than 10 minutes from now";
}

/// A token that was read and not yet checked.
#[derive(Debug)]
pub(super) struct Token<'t> {
    /// The id of the secret it says it is signed with.
    pub secret: ConnectedAppSecretId,
    header_issuer: Option<String>,
    signed: &'t str,
    signature: Vec<u8>,
    claims: Value,
}

/// What a good token says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Claims {
    pub user_name: String,
    pub jti: String,
    pub expires_at: Timestamp,
    pub scopes: Vec<String>,
}

impl<'t> Token<'t> {
    pub(super) fn parse(text: &'t str) -> Result<Self, Refusal> {
        let (signed, signature) = text.rsplit_once('.').ok_or(PARSE)?;
        let (header, claims) = signed.split_once('.').ok_or(PARSE)?;
        let header = decode(header).ok_or(HEADER)?;
        if text_of(&header, "alg") != Some("HS256") {
            return Err(if header.get("alg").is_some() { ALGORITHM } else { HEADER });
        }
        let secret = text_of(&header, "kid").ok_or(HEADER)?.parse().map_err(|_| SECRET)?;
        let header_issuer = match header.get("iss") {
            Some(issuer) => Some(issuer.as_str().ok_or(HEADER)?.to_owned()),
            None => None,
        };
        let claims = decode(claims).ok_or(PARSE)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| PARSE)?;
        Ok(Self { secret, header_issuer, signed, signature, claims })
    }

    /// Checks signature and claims. Nothing is said of the claims before the signature is known to be good.
    pub(super) fn verify(&self, key: &str, app: ConnectedAppId, now: Timestamp) -> Result<Claims, Refusal> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|_| OTHERWISE)?;
        mac.update(self.signed.as_bytes());
        // In constant time.
        mac.verify_slice(&self.signature).map_err(|_| OTHERWISE)?;

        let app = app.to_string();
        let issuer = text_of(&self.claims, "iss").ok_or(ISSUER)?;
        let issuers = [Some(issuer), self.header_issuer.as_deref()];
        if issuers.into_iter().flatten().any(|issuer| !issuer.eq_ignore_ascii_case(&app)) {
            return Err(ISSUER);
        }
        let audience = match self.claims.get("aud") {
            Some(Value::String(audience)) => audience == "tableau",
            Some(Value::Array(audiences)) => audiences.iter().any(|audience| audience.as_str() == Some("tableau")),
            _ => false,
        };
        if !audience {
            return Err(OTHERWISE);
        }
        let expires_at = self.time("exp")?.ok_or(NO_EXPIRY)?;
        if expires_at <= now.as_millis() {
            return Err(OTHERWISE);
        }
        if expires_at > now.as_millis().saturating_add(LONGEST_LIFE) {
            return Err(EXPIRY);
        }
        for begins in ["nbf", "iat"] {
            if self.time(begins)?.is_some_and(|begins| begins > now.as_millis().saturating_add(LEEWAY)) {
                return Err(OTHERWISE);
            }
        }
        let jti = text_of(&self.claims, "jti").filter(|jti| !jti.is_empty()).ok_or(NO_JTI)?;
        let user_name = text_of(&self.claims, "sub").ok_or(USER)?;
        let scopes = match self.claims.get("scp") {
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

    /// A claim that is a time, in milliseconds.
    fn time(&self, claim: &str) -> Result<Option<i64>, Refusal> {
        match self.claims.get(claim) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match (value.as_i64(), value.as_f64()) {
                (Some(seconds), _) => Ok(Some(seconds.saturating_mul(1000))),
                // The cast saturates.
                (None, Some(seconds)) => Ok(Some((seconds * 1000.0) as i64)),
                _ => Err(OTHERWISE),
            },
        }
    }
}

fn decode(part: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

fn text_of<'v>(object: &'v Value, member: &str) -> Option<&'v str> {
    object.get(member)?.as_str()
}
