//! From what the layers below report to one plain line: which hop, which host, what about it.

use std::{error::Error as StdError, io, sync::Arc, time::Duration};

use rustls::{AlertDescription, CertificateError};
use tavola_model::Timestamp;

use crate::{Error, Hop, Unreachable, error::in_words, retry::Mishap};

/// What an attempt was about.
pub(crate) struct Circumstances<'a> {
    /// The method's name in the REST reference.
    pub(crate) method: &'static str,
    /// The server, with its port.
    pub(crate) host: &'a str,
    /// The proxy that calls to this server go through, with its port.
    pub(crate) proxy: Option<&'a str>,
    /// How long a connection may take.
    pub(crate) connect_timeout: Duration,
    /// How long the attempt has taken.
    pub(crate) elapsed: Duration,
}

/// What an attempt that got no answer's head came to.
pub(crate) fn explain(error: reqwest::Error, at: &Circumstances<'_>) -> (Error, Mishap) {
    // The URL holds what people filter by.
    let error = error.without_url();
    let host = at.host;
    if let Some(tls) = tls_error(&error) {
        let hop = if matches!(tls, rustls::Error::InvalidMessage(_)) { Hop::NoTls } else { Hop::Tls };
        return unreachable(hop, host, tls_problem(tls, host), Mishap::Lasting, error);
    }
    if !error.is_connect() {
        if error.is_timeout() {
            return timed_out(at);
        }
        let problem = format!("the connection to `{host}` broke off: {}", innermost(&error));
        return unreachable(Hop::Exchange, host, problem, Mishap::NoAnswer, error);
    }
    if let Some(proxy) = at.proxy {
        let (problem, mishap) = proxy_problem(&error, proxy, at);
        return unreachable(Hop::Proxy, proxy, problem, mishap, error);
    }
    if error.is_dns() {
        let problem = format!("the host `{host}` is not known: {}", innermost(&error));
        return unreachable(Hop::Dns, host, problem, Mishap::NotSent, error);
    }
    let mut problem = connect_problem(&error, &format!("`{host}`"), at.connect_timeout);
    if io_kind(&error) == Some(io::ErrorKind::ConnectionRefused) {
        problem.push_str("; is the server up?");
    }
    unreachable(Hop::Connect, host, problem, Mishap::NotSent, error)
}

pub(crate) fn timed_out(at: &Circumstances<'_>) -> (Error, Mishap) {
    (Error::TimedOut { method: at.method, host: at.host.to_owned(), after: at.elapsed }, Mishap::NoAnswer)
}

fn unreachable(hop: Hop, host: &str, problem: String, mishap: Mishap, cause: reqwest::Error) -> (Error, Mishap) {
    (Error::Unreachable(Box::new(Unreachable { hop, host: host.to_owned(), problem, cause: Arc::new(cause) })), mishap)
}

/// What happened to a connection to `peer`, in words.
fn connect_problem(error: &reqwest::Error, peer: &str, timeout: Duration) -> String {
    if error.is_timeout() {
        return format!("no connection to {peer} within {}", in_words(timeout));
    }
    match io_kind(error) {
        Some(io::ErrorKind::ConnectionRefused) => format!("{peer} refuses connections"),
        Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => {
            format!("{peer} cannot be reached from this network")
        }
        Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => {
            format!("{peer} closed the connection before it was established")
        }
        _ => format!("no connection to {peer}: {}", innermost(error)),
    }
}

fn proxy_problem(error: &reqwest::Error, proxy: &str, at: &Circumstances<'_>) -> (String, Mishap) {
    let host = at.host;
    // The types of these errors are private to the crates that make them; their texts are all there is.
    for text in chain(error).map(ToString::to_string) {
        match text.as_str() {
            "tunnel error: proxy authorization required" => {
                return (format!("the proxy `{proxy}` asks for a user name and password"), Mishap::Lasting);
            }
            "tunnel error: unsuccessful" => {
                return (format!("the proxy `{proxy}` does not let the client through to `{host}`"), Mishap::Lasting);
            }
            "error resolving for socks proxy" => {
                return (format!("the host `{host}` is not known: {}", innermost(error)), Mishap::NotSent);
            }
            _ => {}
        }
    }
    let problem = match error.is_dns() {
        true => format!("the proxy `{proxy}` is not known: {}", innermost(error)),
        false => connect_problem(error, &format!("the proxy `{proxy}`"), at.connect_timeout),
    };
    (problem, Mishap::NotSent)
}

fn tls_problem(error: &rustls::Error, host: &str) -> String {
    match error {
        rustls::Error::InvalidCertificate(problem) => certificate_problem(problem, host),
        rustls::Error::AlertReceived(alert) => match alert {
            AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
                format!("`{host}` asks for a client certificate")
            }
            AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied => format!("`{host}` does not accept the client's certificate"),
            alert => format!("`{host}` broke off the TLS handshake ({alert:?})"),
        },
        rustls::Error::InvalidMessage(_) => format!("`{host}` does not speak TLS at this port; is it an http address?"),
        rustls::Error::PeerIncompatible(_) => format!("`{host}` speaks no version of TLS that is still safe"),
        other => format!("the TLS handshake with `{host}` failed: {other}"),
    }
}

fn certificate_problem(problem: &CertificateError, host: &str) -> String {
    const UNTRUSTED: &str = "is self-signed, or signed by an authority that this machine does not trust";
    let problem = match problem {
        CertificateError::Expired => "has expired".to_owned(),
        CertificateError::ExpiredContext { not_after, .. } => {
            let seconds = i64::try_from(not_after.as_secs()).unwrap_or(i64::MAX);
            format!("has expired (at {})", Timestamp::from_millis(seconds.saturating_mul(1000)))
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "is not valid yet; is this machine's clock right?".to_owned()
        }
        CertificateError::UnknownIssuer => UNTRUSTED.to_owned(),
        CertificateError::NotValidForName => "is for another name".to_owned(),
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<&str> = presented.iter().map(|name| bare(name)).collect();
            format!("is for another name: {}", names.join(", "))
        }
        CertificateError::Revoked => "was revoked".to_owned(),
        // An authority's own certificate used by a server: what most tools make that make a self-signed certificate.
        CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => UNTRUSTED.to_owned(),
        other => format!("cannot be accepted: {other}"),
    };
    format!("the certificate of `{host}` {problem}")
}

/// `example.com` of `DnsName("example.com")`.
fn bare(name: &str) -> &str {
    let name = name.split_once('(').map_or(name, |(_, rest)| rest.strip_suffix(')').unwrap_or(rest));
    name.trim_matches('"')
}

/// An error and all below it.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error: &&'a (dyn StdError + 'static)| {
        // An io::Error that wraps another names that one's source as its own, so the wrapped one must be asked for.
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => error.source(),
        }
    })
}

fn tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    chain(error).find_map(|error| error.downcast_ref())
}

fn io_kind(error: &reqwest::Error) -> Option<io::ErrorKind> {
    chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).last().map(io::Error::kind)
}

/// What the lowest layer says.
pub(crate) fn innermost(error: &reqwest::Error) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}
