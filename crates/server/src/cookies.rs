//! The cookies of browsers that sign in at an identity provider: which there are, and when one counts.

use http::{HeaderMap, HeaderValue, Method, header, request::Parts};

use crate::listen::Encrypted;

/// A cookie by its name without HTTPS, and with it: there the prefix keeps other hosts of the domain from setting it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cookie {
    plain: &'static str,
    secure: &'static str,
}

/// The token of a session.
pub(crate) const SESSION: Cookie = Cookie { plain: "tavola-session", secure: "__Host-tavola-session" };
/// What a browser carries to an identity provider and back.
pub(crate) const ERRAND: Cookie = Cookie { plain: "tavola-oidc", secure: "__Host-tavola-oidc" };

impl Cookie {
    /// Its value in a request; `secure` if the browser speaks HTTPS, to this server or to one before it.
    pub(crate) fn of(self, headers: &HeaderMap, secure: bool) -> Option<&str> {
        let wanted = if secure { self.secure } else { self.plain };
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(name, value)| (name == wanted).then_some(value))
    }

    /// Sets it, for so many seconds or until the browser is closed. No script reads it, and other sites' forms do not send it.
    pub(crate) fn set(self, value: &str, secure: bool, seconds: Option<u32>) -> Option<HeaderValue> {
        let (name, flag) = if secure { (self.secure, "; Secure") } else { (self.plain, "") };
        let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
        HeaderValue::try_from(format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{flag}{age}")).ok()
    }
}

/// The token in the cookie of a call, if it counts: a browser adds cookies to whatever any page makes it send, so what
/// changes something has to come from a page of this server.
pub(crate) fn session_token(head: &Parts) -> Option<&str> {
    let encrypted = head.extensions.get::<Encrypted>().is_some_and(|encrypted| encrypted.0);
    // Before a proxy that speaks HTTPS the connection is plain, and the name tells.
    let token = SESSION
        .of(&head.headers, true)
        .or_else(|| if encrypted { None } else { SESSION.of(&head.headers, false) })
        .filter(|token| !token.is_empty())?;
    (matches!(head.method, Method::GET | Method::HEAD) || is_of_own_page(head)).then_some(token)
}

/// Whether a browser says that a page of this server made it send the request.
fn is_of_own_page(head: &Parts) -> bool {
    let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text(header::ORIGIN.as_str())) {
        (Some(relation), _) => relation == "same-origin",
        // Browsers of before 2023.
        (None, Some(origin)) => {
            let host = head.uri.authority().map(|authority| authority.as_str()).or_else(|| text(header::HOST.as_str()));
            origin.split_once("://").map(|(_, host)| host) == host && host.is_some()
        }
        (None, None) => false,
    }
}
