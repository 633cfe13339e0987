//! The forms of the secrets that are handed out, and the hash under which they are kept.
//!
//! Each but the password holds at least 192 random bits, so that SHA-256 without salt or cost is enough: there is nothing to guess.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use sha2::{Digest, Sha256};
use tavola_model::SiteId;

use crate::random;

/// A session's token: `<22 characters>|<32 characters>|<site>`, 320 random bits.
pub(crate) fn session_token(site: SiteId) -> String {
    format!("{}|{}|{site}", url_safe::<16>(), url_safe::<24>())
}

/// A personal access token's secret: `<base64 of 16 bytes>:<32 characters>`, 320 random bits.
pub(crate) fn access_token_secret() -> String {
    format!("{}:{}", STANDARD.encode(random::bytes::<16>()), url_safe::<24>())
}

/// A connected app's secret: 256 random bits.
pub(crate) fn connected_app_secret() -> String {
    STANDARD.encode(random::bytes::<32>())
}

/// A password: 20 characters, 120 random bits.
pub(crate) fn password() -> String {
    url_safe::<15>()
}

/// What is stored instead of a secret, and looked up by.
pub(crate) fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn url_safe<const N: usize>() -> String {
    URL_SAFE_NO_PAD.encode(random::bytes::<N>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_token_has_the_form_clients_know_and_names_its_site() {
        let site = SiteId::from_random_bytes([7; 16]);
        let token = session_token(site);
        let parts: Vec<&str> = token.split('|').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [22, 32, 36], "{token}");
        assert_eq!(parts[2], site.to_string());
        assert_ne!(token, session_token(site));
    }

    #[test]
    fn an_access_token_secret_is_two_random_parts_with_a_colon_between() {
        let secret = access_token_secret();
        let (first, second) = secret.split_once(':').unwrap();
        assert_eq!(STANDARD.decode(first).unwrap().len(), 16);
        assert_eq!(second.len(), 32);
        assert_ne!(secret, access_token_secret());
    }
}
