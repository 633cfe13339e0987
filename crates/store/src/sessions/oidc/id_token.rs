//! What an ID token has to claim, as OpenID Connect Core, 3.1.3.7, has it.

use serde_json::Value;
use tavola_model::Timestamp;

use super::same;
use crate::{
    jose::{self, text_of},
    oidc::OidcConfiguration,
    outbound::parse_url,
};

/// How far the clocks of provider and server may differ, in milliseconds.
const LEEWAY: i64 = 60 * 1000;

/// Checks the claims of a token that one of the provider's keys has signed, to be for the sign-in of this nonce. The reason
/// against it is for people.
pub(super) fn check(
    configuration: &OidcConfiguration,
    claims: &Value,
    nonce: &str,
    now: Timestamp,
) -> Result<(), &'static str> {
    let issuer = text_of(claims, "iss").ok_or("its ID token has no issuer")?;
    if !is_issuer(configuration, issuer) {
        return Err("its ID token is of another issuer");
    }
    let client = configuration.client_id.as_str();
    if text_of(claims, "sub").is_none_or(str::is_empty) {
        return Err("its ID token is about nobody");
    }
    if !jose::is_for(claims, &[client]) {
        return Err("its ID token is for another client");
    }
    let several = claims.get("aud").and_then(Value::as_array).is_some_and(|all| all.len() > 1);
    match claims.get("azp") {
        None if several => return Err("its ID token is for several clients, and does not say which asked"),
        Some(party) if party.as_str() != Some(client) => return Err("its ID token was asked for by another client"),
        _ => {}
    }
    let time = |claim| jose::time_of(claims, claim).map_err(|_| "a time of its ID token is none");
    let expires_at = time("exp")?.ok_or("its ID token has no expiry")?;
    if expires_at.saturating_add(LEEWAY) <= now.as_millis() {
        return Err("its ID token has expired");
    }
    for begins in ["iat", "nbf"] {
        if time(begins)?.is_some_and(|begins| begins > now.as_millis().saturating_add(LEEWAY)) {
            return Err("its ID token is of the future");
        }
    }
    if !text_of(claims, "nonce").is_some_and(|told| same(told, nonce)) {
        return Err("its ID token is for another sign-in");
    }
    if let Some(values) = &configuration.settings.essential_acr_values
        && !text_of(claims, "acr").is_some_and(|acr| values.split_whitespace().any(|value| value == acr))
    {
        return Err("it did not identify the user as thoroughly as is asked");
    }
    Ok(())
}

/// Whether an issuer is the provider's. A configuration need not say which it is; it is one then at the same host, and below
/// the same first segment of the path, as where browsers are sent: providers keep their customers apart by either.
fn is_issuer(configuration: &OidcConfiguration, issuer: &str) -> bool {
    if let Some(expected) = configuration.settings.issuer() {
        return issuer == expected;
    }
    let endpoint = configuration.settings.authorization_endpoint.as_deref().unwrap_or_default();
    let (Ok(issuer), Ok(endpoint)) = (parse_url(issuer), parse_url(endpoint)) else { return false };
    let first = |url: &reqwest::Url| {
        url.path_segments().and_then(|mut segments| segments.next()).unwrap_or_default().to_owned()
    };
    issuer.origin() == endpoint.origin() && (first(&issuer).is_empty() || first(&issuer) == first(&endpoint))
}
