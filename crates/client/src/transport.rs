//! One request to the server and its answer, whatever that is: attempts, redirects to TLS, bounded bodies.

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use bytes::Bytes;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{
    Certificate, Identity, Proxy, Response, Url,
    header::{ACCEPT, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER},
    redirect::Policy,
};
use serde::de::DeserializeOwned;
use tavola_api::{About, Direction, Encoding, ErrorMessage, Method, Secret, auth::TOKEN_HEADER, decode};
use tokio::time::Instant;

use crate::{
    Error, Exchange, Refused, ServerAddress, Unreadable, ambient,
    exchange::Watcher,
    failure::{self, Circumstances},
    retry::{self, Mishap},
};

/// The largest answer that is read. A page of 1,000 users has less than one MiB.
const LARGEST_ANSWER: usize = 64 << 20;
/// How much of an unreadable answer is shown.
const EXCERPT: usize = 200;

/// How a client reaches its server. Given once, at the client's making.
pub(crate) struct Settings {
    pub(crate) timeout: Duration,
    pub(crate) connect_timeout: Duration,
    pub(crate) read_timeout: Duration,
    pub(crate) retries: u32,
    pub(crate) certificates: Vec<Certificate>,
    pub(crate) identity: Option<Identity>,
    pub(crate) accept_invalid_certificates: bool,
    pub(crate) proxy: ProxyChoice,
    pub(crate) user_agent: HeaderValue,
    pub(crate) watcher: Option<Watcher>,
}

/// Which proxy calls go through.
#[derive(Clone)]
pub(crate) enum ProxyChoice {
    /// The one that the system or the standard variables name for the server.
    System,
    /// None.
    Direct,
    /// This one.
    Given(Url),
}

/// The way to the server.
struct Route {
    address: ServerAddress,
    /// Host and port of the server.
    host: String,
    /// Host and port of the proxy on the way.
    proxy: Option<String>,
    http: reqwest::Client,
}

/// Sends requests.
pub(crate) struct Transport {
    settings: Settings,
    /// Changes once at most: when the server sends the client on to TLS.
    route: RwLock<Arc<Route>>,
}

/// A request, ready to be sent as often as it takes.
pub(crate) struct Request<'a> {
    pub(crate) about: &'a About,
    /// From `/api` on.
    pub(crate) path: String,
    /// Encoded.
    pub(crate) query: String,
    pub(crate) token: Option<&'a Secret>,
    pub(crate) body: Option<Body>,
    /// Whether it may be sent again when nobody knows whether it was carried out.
    pub(crate) safe: bool,
    /// What no error may show, beside the token.
    pub(crate) secret: Option<&'a Secret>,
}

/// What is sent.
#[derive(Clone)]
pub(crate) struct Body {
    pub(crate) content_type: HeaderValue,
    pub(crate) bytes: Bytes,
}

/// What came back.
pub(crate) struct Answer {
    status: u16,
    content_type: Option<String>,
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

impl Transport {
    pub(crate) fn new(address: ServerAddress, settings: Settings) -> Result<Self, Error> {
        let route = Route::new(address, &settings)?;
        Ok(Self { settings, route: RwLock::new(Arc::new(route)) })
    }

    /// The address calls go to.
    pub(crate) fn address(&self) -> ServerAddress {
        self.route().address.clone()
    }

    fn route(&self) -> Arc<Route> {
        Arc::clone(&self.route.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends a request, again where that is right, and reads its answer as a message.
    pub(crate) async fn call<T: DeserializeOwned>(&self, request: &Request<'_>) -> Result<T, Error> {
        let answer = self.send(request).await?;
        answer.read(request, &self.route().host)
    }

    async fn send(&self, request: &Request<'_>) -> Result<Answer, Error> {
        let mut attempt = 0;
        loop {
            let started = Instant::now();
            let attempted = self.attempt(request).await;
            if let Some(Watcher(tell)) = &self.settings.watcher {
                tell(&Exchange {
                    verb: request.about.method.as_str(),
                    path: &request.path_without_secrets(),
                    status: attempted.as_ref().ok().map(|answer| answer.status),
                    took: started.elapsed(),
                });
            }
            let (outcome, mishap) = match attempted {
                Ok(answer) => {
                    let mishap = Mishap::Status(answer.status, answer.retry_after);
                    (Ok(answer), mishap)
                }
                Err((error, mishap)) => (Err(error), mishap),
            };
            match retry::wait(mishap, request.safe, attempt, self.settings.retries, ambient::dice()) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return outcome,
            }
            attempt += 1;
        }
    }

    async fn attempt(&self, request: &Request<'_>) -> Result<Answer, (Error, Mishap)> {
        loop {
            let route = self.route();
            let started = Instant::now();
            let response = route
                .send(request)
                .await
                .map_err(|error| failure::explain(error, &self.circumstances(request, &route, started)))?;
            let Some(target) = redirect_target(&response) else {
                return self.read(response, request, &route, started).await;
            };
            // From here the request was refused, not carried out, so sending it again is safe for any verb.
            match route.address.secured_by(&target, &request.path) {
                Some(secured) => {
                    let secured = Route::new(secured, &self.settings).map_err(|error| (error, Mishap::Lasting))?;
                    *self.route.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(secured);
                }
                None => {
                    let to = format!("{}://{}{}", target.scheme(), crate::address::authority(&target), target.path());
                    return Err((Error::Redirected { host: route.host.clone(), to }, Mishap::Lasting));
                }
            }
        }
    }

    async fn read(
        &self,
        mut response: Response,
        request: &Request<'_>,
        route: &Route,
        started: Instant,
    ) -> Result<Answer, (Error, Mishap)> {
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let mut answer = Answer {
            status: response.status().as_u16(),
            content_type: header(CONTENT_TYPE).map(str::to_owned),
            retry_after: header(RETRY_AFTER).and_then(|value| retry::retry_after(value, ambient::now())),
            body: Vec::new(),
        };
        loop {
            match response.chunk().await {
                Ok(None) => return Ok(answer),
                Ok(Some(chunk)) if answer.body.len() + chunk.len() <= LARGEST_ANSWER => {
                    answer.body.extend_from_slice(&chunk);
                }
                Ok(Some(_)) => {
                    let what = format!("it is larger than {} MiB", LARGEST_ANSWER >> 20);
                    return Err((answer.unreadable(what, request, &route.host), Mishap::Lasting));
                }
                Err(error) if error.is_timeout() => {
                    return Err(failure::timed_out(&self.circumstances(request, route, started)));
                }
                Err(_) => {
                    let what = "it was cut short".to_owned();
                    return Err((answer.unreadable(what, request, &route.host), Mishap::NoAnswer));
                }
            }
        }
    }

    fn circumstances<'a>(&self, request: &Request<'_>, route: &'a Route, started: Instant) -> Circumstances<'a> {
        Circumstances {
            method: request.about.name,
            host: &route.host,
            proxy: route.proxy.as_deref(),
            connect_timeout: self.settings.connect_timeout,
            elapsed: started.elapsed(),
        }
    }
}

/// Where an answer sends the client, if it does.
fn redirect_target(response: &Response) -> Option<Url> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    response.url().join(location).ok()
}

impl Route {
    fn new(address: ServerAddress, settings: &Settings) -> Result<Self, Error> {
        // rustls takes its cryptography from the process. Whoever has chosen another before is not overruled.
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Failing means that another thread was faster.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let proxy = proxy_of(&address, &settings.proxy);
        let mut http = reqwest::Client::builder()
            .timeout(settings.timeout)
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.read_timeout)
            .redirect(Policy::none())
            .user_agent(settings.user_agent.clone())
            .tls_danger_accept_invalid_certs(settings.accept_invalid_certificates);
        http = match &settings.proxy {
            ProxyChoice::System => http,
            ProxyChoice::Direct => http.no_proxy(),
            ProxyChoice::Given(url) => http.proxy(Proxy::all(url.clone()).map_err(|_| no_proxy())?),
        };
        let needs_tls = address.is_https() || proxy.is_some();
        if !needs_tls {
            // The system's certificates are read from many files; there is nobody to check by them.
            http = http.tls_certs_only([]);
        } else if !settings.certificates.is_empty() {
            http = http.tls_certs_merge(settings.certificates.iter().cloned());
        }
        if let Some(identity) = &settings.identity {
            http = http.identity(identity.clone());
        }
        let http = http.build().map_err(|error| {
            let problem = failure::innermost(&error);
            Error::Invalid(format!(
                "TLS cannot be set up with what this system and the certificates given offer: {problem}"
            ))
        })?;
        Ok(Self { host: address.authority(), address, proxy, http })
    }

    async fn send(&self, request: &Request<'_>) -> Result<Response, reqwest::Error> {
        let url = self.address.url(&request.path, &request.query);
        let encoding = HeaderValue::from_static(Encoding::Xml.content_type());
        let mut http = self.http.request(verb(request.about.method), url).header(ACCEPT, encoding);
        if let Some(token) = request.token {
            // A token that no header can hold was never given by a server; the server says that it is none.
            let mut value = HeaderValue::from_str(token.expose()).unwrap_or(HeaderValue::from_static("-"));
            value.set_sensitive(true);
            http = http.header(TOKEN_HEADER, value);
        }
        if let Some(body) = &request.body {
            http = http.header(CONTENT_TYPE, body.content_type.clone()).body(body.bytes.clone());
        }
        http.send().await
    }
}

fn verb(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

/// The proxy that calls to a server go through, to be named in errors.
fn proxy_of(address: &ServerAddress, choice: &ProxyChoice) -> Option<String> {
    match choice {
        ProxyChoice::Direct => None,
        ProxyChoice::Given(url) => Some(crate::address::authority(url)),
        // The same rules that the HTTP client below applies.
        ProxyChoice::System => {
            let proxy = Matcher::from_system().intercept(&address.uri()?)?;
            let uri = proxy.uri();
            let host = uri.host()?;
            Some(uri.port_u16().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
        }
    }
}

pub(crate) fn no_proxy() -> Error {
    // The text is not repeated: it may hold a password.
    Error::Invalid("the proxy's address cannot be read; it looks like http://proxy.example.com:3128".to_owned())
}

impl Answer {
    fn read<T: DeserializeOwned>(self, request: &Request<'_>, host: &str) -> Result<T, Error> {
        let succeeded = (200..300).contains(&self.status);
        let Some(encoding) = Encoding::of_content_type(self.content_type.as_deref()) else {
            return Err(self.unreadable("it is neither XML nor JSON".to_owned(), request, host));
        };
        if succeeded {
            // Methods without an answer, whatever status a server gives them.
            let body: &[u8] = if self.body.is_empty() && (self.status == 204 || request.about.status == 204) {
                EMPTY
            } else {
                &self.body
            };
            let encoding = if self.body.is_empty() { Encoding::Xml } else { encoding };
            return decode(body, encoding, Direction::Response)
                .map_err(|problem| self.unreadable(problem.to_string(), request, host));
        }
        match decode::<ErrorMessage>(&self.body, encoding, Direction::Response) {
            Ok(message) => {
                let mut refused = Refused::new(message.error, self.status, request.about.name, request.path.clone());
                refused.summary = request.without_secrets(refused.summary);
                refused.detail = request.without_secrets(refused.detail);
                Err(Error::Refused(Box::new(refused)))
            }
            Err(problem) => Err(self.unreadable(problem.to_string(), request, host)),
        }
    }

    fn unreadable(&self, what: String, request: &Request<'_>, host: &str) -> Error {
        let is_message =
            self.content_type.is_none() || Encoding::of_content_type(self.content_type.as_deref()).is_some();
        let start = if is_message && self.status < 400 {
            String::new()
        } else {
            let text = request.without_secrets(String::from_utf8_lossy(&self.body).into_owned());
            text.trim_start().chars().take(EXCERPT).collect()
        };
        Error::Unreadable(Box::new(Unreadable {
            what,
            host: host.to_owned(),
            method: request.about.name,
            status: self.status,
            content_type: self.content_type.clone(),
            start,
        }))
    }
}

/// What an answer without a body says.
const EMPTY: &[u8] = b"<tsResponse/>";

impl Request<'_> {
    /// The path, but for what may be the token of a session.
    fn path_without_secrets(&self) -> Cow<'_, str> {
        match self.path.rsplit_once('/') {
            Some((above, _)) if self.about.path.ends_with("/{session}") => format!("{above}/…").into(),
            _ => self.path.as_str().into(),
        }
    }

    /// A text of the server's, in case it repeats what it was sent.
    fn without_secrets(&self, mut text: String) -> String {
        for secret in [self.token, self.secret].into_iter().flatten().map(Secret::expose) {
            if !secret.is_empty() && text.contains(secret) {
                text = text.replace(secret, "…");
            }
        }
        text
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Transport({})", self.route().address)
    }
}
