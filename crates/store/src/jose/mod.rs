//! Signed JSON: tokens in their compact form (JWS), and the public keys that sign them. Plain values in, a verdict out.
//!
//! What a token claims is only given to who has verified it, by a secret or by public keys, and each algorithm belongs to
//! one of the two: a public key is never taken for a secret.

mod keys;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

pub(crate) use keys::KeySet;

/// The ways to sign that are accepted. `none` is not among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Algorithm {
    Hs256,
    Rs256,
    Rs384,
    Rs512,
    Es256,
    Es384,
}

impl Algorithm {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "HS256" => Self::Hs256,
            "RS256" => Self::Rs256,
            "RS384" => Self::Rs384,
            "RS512" => Self::Rs512,
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
        }
    }
}

/// Why a token cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// It has not three parts, or its claims are no object.
    Token,
    /// Its header is no object, names no algorithm, or asks for what is not understood.
    Header,
    /// It is signed in a way that is not accepted.
    Algorithm,
}

/// Why a signature is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadSignature {
    /// No key fits the token's `kid` and algorithm.
    NoKey,
    /// It was made by another key, or of another text.
    Wrong,
}

/// A token that was read and not yet verified.
#[derive(Debug)]
pub(crate) struct Signed<'t> {
    pub(crate) algorithm: Algorithm,
    header: Value,
    signed: &'t str,
    signature: Vec<u8>,
    claims: Value,
}

impl<'t> Signed<'t> {
    pub(crate) fn parse(text: &'t str) -> Result<Self, Unreadable> {
        let (signed, signature) = text.rsplit_once('.').ok_or(Unreadable::Token)?;
        let (header, claims) = signed.split_once('.').ok_or(Unreadable::Token)?;
        let header = decode(header).ok_or(Unreadable::Header)?;
        let algorithm = match header.get("alg") {
            None => return Err(Unreadable::Header),
            Some(name) => name.as_str().and_then(Algorithm::named).ok_or(Unreadable::Algorithm)?,
        };
        // What it lists must be understood, and nothing of the kind is.
        if header.get("crit").is_some() {
            return Err(Unreadable::Header);
        }
        let claims = decode(claims).ok_or(Unreadable::Token)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| Unreadable::Token)?;
        Ok(Self { algorithm, header, signed, signature, claims })
    }

    /// A text of the header.
    pub(crate) fn header(&self, member: &str) -> Option<&str> {
        text_of(&self.header, member)
    }

    /// Whether the header has such a member, whatever it is.
    pub(crate) fn header_has(&self, member: &str) -> bool {
        self.header.get(member).is_some()
    }

    /// Who says to have signed it. Anybody can claim that: it tells whose keys to verify it by, and no more.
    pub(crate) fn claimed_issuer(&self) -> Option<&str> {
        text_of(&self.claims, "iss")
    }

    /// The claims, if the token is signed by this secret.
    pub(crate) fn verify_by_secret(&self, secret: &str) -> Option<&Value> {
        if self.algorithm != Algorithm::Hs256 {
            return None;
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
        mac.update(self.signed.as_bytes());
        // In constant time.
        mac.verify_slice(&self.signature).ok().map(|()| &self.claims)
    }

    /// The claims, if the token is signed by the one of these keys that its `kid` names. A token that names none is verified
    /// by those that fit its algorithm.
    pub(crate) fn verify_by_keys(&self, keys: &KeySet) -> Result<&Value, BadSignature> {
        keys.verify(self.algorithm, self.header("kid"), self.signed.as_bytes(), &self.signature)?;
        Ok(&self.claims)
    }
}

fn decode(part: &str) -> Option<Value> {
    let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&bytes).ok().filter(Value::is_object)
}

pub(crate) fn text_of<'v>(object: &'v Value, member: &str) -> Option<&'v str> {
    object.get(member)?.as_str()
}

/// A claim that is a time, in milliseconds; an error if it is something else.
pub(crate) fn time_of(claims: &Value, claim: &str) -> Result<Option<i64>, NotATime> {
    match claims.get(claim) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match (value.as_i64(), value.as_f64()) {
            (Some(seconds), _) => Ok(Some(seconds.saturating_mul(1000))),
            // The cast saturates.
            (None, Some(seconds)) => Ok(Some((seconds * 1000.0) as i64)),
            _ => Err(NotATime),
        },
    }
}

/// A claim that should be a time is none.
#[derive(Debug)]
pub(crate) struct NotATime;

/// Whether the claim `aud` names one of these.
pub(crate) fn is_for(claims: &Value, audiences: &[&str]) -> bool {
    match claims.get("aud") {
        Some(Value::String(audience)) => audiences.contains(&audience.as_str()),
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).any(|audience| audiences.contains(&audience)),
        _ => false,
    }
}
