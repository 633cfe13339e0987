//! A server's address as people write or paste it.

use std::{fmt, str::FromStr};

use percent_encoding::percent_decode_str;
use reqwest::Url;

use crate::Error;

/// A server's address: scheme, host, port and what stands before `/api`; and the site, where the text told one.
///
/// ```
/// use tavola_client::ServerAddress;
///
/// let address = ServerAddress::parse("https://tableau.example.com/#/site/marketing/views/Sales/Overview").unwrap();
/// assert_eq!(address.to_string(), "https://tableau.example.com");
/// assert_eq!(address.site(), Some("marketing"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerAddress {
    base: Url,
    site: Option<String>,
}

impl ServerAddress {
    /// Reads an address: with or without scheme (`https` is assumed), with a path in front of the API, with a slash at the
    /// end, or pasted from a browser that shows a page of the server (`…/#/site/marketing/…`, `…/t/marketing/…`).
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let invalid = |problem: &str| Error::Invalid(format!("the server's address {problem}"));
        if text.is_empty() {
            return Err(invalid("is empty"));
        }
        let mut base = match text.split_once("://") {
            Some(_) => Url::parse(text),
            None => Url::parse(&format!("https://{text}")),
        }
        // The text is not repeated: it may hold a password.
        .map_err(|problem| invalid(&format!("cannot be read: {problem}")))?;
        if !matches!(base.scheme(), "http" | "https") {
            return Err(invalid(&format!("begins with `{}://`; it must be http or https", base.scheme())));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(invalid("must not hold a user name or password; give them as credentials"));
        }
        if base.host_str().is_none_or(str::is_empty) {
            return Err(invalid("names no host"));
        }
        let page = base.fragment().and_then(|page| page.strip_prefix("/site/")).map(str::to_owned);
        base.set_fragment(None);
        base.set_query(None);
        let path = base.path().trim_end_matches('/').to_owned();
        let (prefix, embedded) = match path.find("/t/") {
            Some(position) => (&path[..position], Some(path[position + "/t/".len()..].to_owned())),
            None => (path.as_str(), None),
        };
        base.set_path(prefix);
        let site = page.or(embedded).and_then(|rest| {
            let name = rest.split(['/', '?']).next().unwrap_or_default();
            (!name.is_empty()).then(|| percent_decode_str(name).decode_utf8_lossy().into_owned())
        });
        Ok(Self { base, site })
    }

    /// The contentUrl of the site, where the text told one.
    pub fn site(&self) -> Option<&str> {
        self.site.as_deref()
    }

    /// The host's name or number.
    pub fn host(&self) -> &str {
        self.base.host_str().unwrap_or_default()
    }

    /// Whether calls go by TLS.
    pub fn is_https(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// The URL of a path such as `/api/3.29/sites`, with an encoded query.
    pub(crate) fn url(&self, path: &str, query: &str) -> Url {
        let mut url = self.base.clone();
        url.set_path(&format!("{}{path}", self.base.path().trim_end_matches('/')));
        url.set_query((!query.is_empty()).then_some(query));
        url
    }

    /// The address that a redirect of a call to the same server's `path` means, if it is to the same host by TLS.
    pub(crate) fn secured_by(&self, target: &Url, path: &str) -> Option<Self> {
        let same_host = target.host_str().is_some_and(|host| host.eq_ignore_ascii_case(self.host()));
        if self.is_https() || target.scheme() != "https" || !same_host {
            return None;
        }
        let prefix = target.path().strip_suffix(path)?.to_owned();
        let mut base = target.clone();
        base.set_path(&prefix);
        base.set_query(None);
        base.set_fragment(None);
        base.set_username("").ok()?;
        base.set_password(None).ok()?;
        Some(Self { base, site: self.site.clone() })
    }

    /// As the rules for proxies want it.
    pub(crate) fn uri(&self) -> Option<http::Uri> {
        self.base.as_str().parse().ok()
    }

    /// Host, with the port where it is not the scheme's own.
    pub(crate) fn authority(&self) -> String {
        authority(&self.base)
    }
}

/// Host, with the port where it is not the scheme's own.
pub(crate) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

impl fmt::Display for ServerAddress {
    /// Without a slash at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.base.as_str().trim_end_matches('/'))
    }
}

impl FromStr for ServerAddress {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (String, Option<String>) {
        let address = ServerAddress::parse(text).unwrap();
        (address.to_string(), address.site().map(str::to_owned))
    }

    #[test]
    fn an_address_is_read_as_people_write_it() {
        for (text, address) in [
            ("tableau.example.com", "https://tableau.example.com"),
            (" https://Tableau.Example.com/ ", "https://tableau.example.com"),
            ("http://localhost:8000", "http://localhost:8000"),
            ("localhost:8000", "https://localhost:8000"),
            ("example.com/bi/", "https://example.com/bi"),
            ("https://[::1]:8443", "https://[::1]:8443"),
            ("https://example.com:443/", "https://example.com"),
            ("https://example.com/?a=b", "https://example.com"),
        ] {
            assert_eq!(read(text), (address.to_owned(), None), "{text}");
        }
    }

    #[test]
    fn a_pasted_page_tells_the_site() {
        for (text, address, site) in [
            ("https://example.com/#/site/marketing/views/A/B?:iid=1", "https://example.com", Some("marketing")),
            ("https://10ay.online.tableau.com/#/site/mysite/home", "https://10ay.online.tableau.com", Some("mysite")),
            ("example.com/bi/#/site/m%C3%A4rkte", "https://example.com/bi", Some("märkte")),
            ("https://example.com/t/sales/views/A/B", "https://example.com", Some("sales")),
            ("https://example.com/#/projects/5", "https://example.com", None),
            ("https://example.com/#/site/", "https://example.com", None),
        ] {
            assert_eq!(read(text), (address.to_owned(), site.map(str::to_owned)), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_a_password() {
        for (text, problem) in [
            ("", "the server's address is empty"),
            ("ftp://example.com", "the server's address begins with `ftp://`; it must be http or https"),
            ("https://", "the server's address cannot be read: empty host"),
            ("http://exa mple.com", "the server's address cannot be read: invalid international domain name"),
            (
                "https://ann:hunter2@example.com",
                "the server's address must not hold a user name or password; give them as credentials",
            ),
            (
                "https://ann:hunter2@exa mple.com",
                "the server's address cannot be read: invalid international domain name",
            ),
        ] {
            assert_eq!(ServerAddress::parse(text).unwrap_err().to_string(), problem, "{text}");
        }
    }

    #[test]
    fn only_the_same_host_by_tls_secures_an_address() {
        let address = ServerAddress::parse("http://example.com:8000/bi").unwrap();
        let by = |target: &str| {
            address.secured_by(&Url::parse(target).unwrap(), "/api/2.4/serverinfo").map(|address| address.to_string())
        };
        assert_eq!(by("https://EXAMPLE.com/bi/api/2.4/serverinfo?x=1"), Some("https://example.com/bi".into()));
        assert_eq!(by("https://u:p@example.com:8443/api/2.4/serverinfo"), Some("https://example.com:8443".into()));
        assert_eq!(by("http://example.com/api/2.4/serverinfo"), None);
        assert_eq!(by("https://example.org/api/2.4/serverinfo"), None);
        assert_eq!(by("https://example.com/login"), None);
    }
}
