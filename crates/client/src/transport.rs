//! One request to the server and its answer, whatever that is: attempts, redirects to TLS, bounded bodies, files.

use std::{
    borrow::Cow,
    env, fmt,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::Duration,
};

use bytes::Bytes;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::{
    Certificate, Identity, Proxy, Response, StatusCode, Url,
    header::{
        ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
    },
    redirect::Policy,
};
use serde::de::DeserializeOwned;
use tavola_api::{About, Direction, Encoding, ErrorMessage, Method, NoBody, Secret, auth::TOKEN_HEADER, decode};
use tokio::time::Instant;

use crate::{
    Error, Exchange, Refused, ServerAddress, Unreadable, ambient, downloading,
    exchange::Watcher,
    failure::{self, Circumstances},
    file_body::FilePart,
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
    /// For files, which may take as long as they like while something moves. Made when it is needed: it reads the
    /// system's certificates once more.
    http_for_files: OnceLock<reqwest::Client>,
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
    /// Beside those of every request.
    pub(crate) headers: &'a [(HeaderName, HeaderValue)],
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
    pub(crate) payload: Payload,
}

/// Where what is sent comes from.
#[derive(Clone)]
pub(crate) enum Payload {
    Bytes(Bytes),
    File(FilePart),
}

/// What came back.
pub(crate) struct Answer {
    status: u16,
    content_type: Option<String>,
    retry_after: Option<Duration>,
    body: Vec<u8>,
    /// A file, of which nothing is read yet.
    file: Option<Opened>,
}

/// What an answer is read as.
pub(crate) trait FromAnswer: Sized {
    /// Whether an answer of success is a file, to be read as it comes.
    const IS_FILE: bool;

    fn from_answer(answer: Answer, request: &Request<'_>, host: &str) -> Result<Self, Error>;
}

impl<T: DeserializeOwned> FromAnswer for T {
    const IS_FILE: bool = false;

    fn from_answer(answer: Answer, request: &Request<'_>, host: &str) -> Result<Self, Error> {
        answer.read(request, host)
    }
}

impl FromAnswer for Opened {
    const IS_FILE: bool = true;

    fn from_answer(mut answer: Answer, request: &Request<'_>, host: &str) -> Result<Self, Error> {
        match answer.file.take() {
            Some(file) => Ok(file),
            // What is no success is read as a message, and never gives anything but an error.
            None => Err(answer.read::<NoBody>(request, host).map_or_else(
                |error| error,
                |_| Error::invalid(format!("`{host}` answered `{}` without a file", request.about.name)),
            )),
        }
    }
}

/// A file that has begun to come.
pub(crate) struct Opened {
    response: Response,
    method: &'static str,
    host: String,
    proxy: Option<String>,
    connect_timeout: Duration,
    /// How long nothing may come.
    limit: Duration,
}

impl Opened {
    pub(crate) fn status(&self) -> StatusCode {
        self.response.status()
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.response.headers()
    }

    /// How long it says that it is.
    pub(crate) fn length(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// What tells it from any other file; none if it only tells it from much the same.
    pub(crate) fn strong_tag(&self) -> Option<HeaderValue> {
        self.headers().get(ETAG).filter(|tag| !tag.as_bytes().starts_with(b"W/")).cloned()
    }

    /// What it is called.
    pub(crate) fn file_name(&self) -> String {
        let disposition = self.headers().get(CONTENT_DISPOSITION).map(HeaderValue::as_bytes);
        downloading::file_name(disposition.map(String::from_utf8_lossy).as_deref())
    }

    /// The next piece of it; none at its end. An error is a connection that broke off or stands still.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, Error> {
        let outcome = tokio::time::timeout(self.limit, self.response.chunk()).await;
        let at = Circumstances {
            method: self.method,
            host: &self.host,
            proxy: self.proxy.as_deref(),
            connect_timeout: self.connect_timeout,
            elapsed: self.limit,
        };
        match outcome {
            Err(_) => Err(failure::timed_out(&at).0),
            Ok(Err(error)) => Err(failure::explain(error, &at).0),
            Ok(Ok(piece)) => Ok(piece),
        }
    }

    pub(crate) fn unreadable(&self, what: String) -> Error {
        let content_type = self.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        Error::Unreadable(Box::new(Unreadable {
            what,
            host: self.host.clone(),
            method: self.method,
            status: self.status().as_u16(),
            content_type: content_type.map(str::to_owned),
            start: String::new(),
        }))
    }
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

    pub(crate) fn retries(&self) -> u32 {
        self.settings.retries
    }

    fn route(&self) -> Arc<Route> {
        Arc::clone(&self.route.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sends a request, again where that is right, and reads its answer as a message.
    pub(crate) async fn call<T: FromAnswer>(&self, request: &Request<'_>) -> Result<T, Error> {
        let answer = self.send(request, T::IS_FILE).await?;
        T::from_answer(answer, request, &self.route().host)
    }

    async fn send(&self, request: &Request<'_>, for_file: bool) -> Result<Answer, Error> {
        let mut attempt = 0;
        loop {
            let started = Instant::now();
            let attempted = self.attempt(request, for_file).await;
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

    async fn attempt(&self, request: &Request<'_>, for_file: bool) -> Result<Answer, (Error, Mishap)> {
        loop {
            let route = self.route();
            let started = Instant::now();
            let response = self.exchange(request, for_file, &route, started).await?;
            let Some(target) = redirect_target(&response) else {
                return self.read(response, request, for_file, &route, started).await;
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

    /// Sends a request, and waits for the head of its answer.
    async fn exchange(
        &self,
        request: &Request<'_>,
        for_file: bool,
        route: &Route,
        started: Instant,
    ) -> Result<Response, (Error, Mishap)> {
        let limit = self.settings.timeout;
        let (part, outcome) = match &request.body {
            Some(Body { payload: Payload::File(part), .. }) => {
                let http = route.http_for_files(&self.settings).map_err(|error| (error, Mishap::Lasting))?;
                (Some(part), part.unless_stalled(route.send(request, http), limit).await)
            }
            _ if for_file => {
                let http = route.http_for_files(&self.settings).map_err(|error| (error, Mishap::Lasting))?;
                (None, tokio::time::timeout(limit, route.send(request, http)).await.ok())
            }
            _ => (None, Some(route.send(request, &route.http).await)),
        };
        if let Some(trouble) = part.and_then(FilePart::trouble) {
            return Err((trouble, Mishap::Lasting));
        }
        match outcome {
            Some(Ok(response)) => Ok(response),
            Some(Err(error)) => Err(failure::explain(error, &self.circumstances(request, route, started))),
            None => Err(failure::timed_out(&self.circumstances(request, route, started))),
        }
    }

    async fn read(
        &self,
        mut response: Response,
        request: &Request<'_>,
        for_file: bool,
        route: &Route,
        started: Instant,
    ) -> Result<Answer, (Error, Mishap)> {
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let mut answer = Answer {
            status: response.status().as_u16(),
            content_type: header(CONTENT_TYPE).map(str::to_owned),
            retry_after: header(RETRY_AFTER).and_then(|value| retry::retry_after(value, ambient::now())),
            body: Vec::new(),
            file: None,
        };
        if for_file && matches!(response.status(), StatusCode::OK | StatusCode::PARTIAL_CONTENT) {
            answer.file = Some(Opened {
                response,
                method: request.about.name,
                host: route.host.clone(),
                proxy: route.proxy.clone(),
                connect_timeout: self.settings.connect_timeout,
                limit: self.settings.timeout,
            });
            return Ok(answer);
        }
        loop {
            // Of a file's answer nothing else limits the time.
            let Ok(chunk) = tokio::time::timeout(self.settings.timeout, response.chunk()).await else {
                return Err(failure::timed_out(&self.circumstances(request, route, started)));
            };
            match chunk {
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
        let proxy = proxy_of(&address, &settings.proxy)?;
        let http = http_client(&address, proxy.is_some(), settings, false)?;
        Ok(Self { host: address.authority(), address, proxy, http, http_for_files: OnceLock::new() })
    }

    fn http_for_files(&self, settings: &Settings) -> Result<&reqwest::Client, Error> {
        if let Some(http) = self.http_for_files.get() {
            return Ok(http);
        }
        let http = http_client(&self.address, self.proxy.is_some(), settings, true)?;
        Ok(self.http_for_files.get_or_init(|| http))
    }

    async fn send(&self, request: &Request<'_>, http: &reqwest::Client) -> Result<Response, reqwest::Error> {
        let url = self.address.url(&request.path, &request.query);
        let encoding = HeaderValue::from_static(Encoding::Xml.content_type());
        let mut http = http.request(verb(request.about.method), url).header(ACCEPT, encoding);
        for (name, value) in request.headers {
            http = http.header(name, value);
        }
        if let Some(token) = request.token {
            // A token that no header can hold was never given by a server; the server says that it is none.
            let mut value = HeaderValue::from_str(token.expose()).unwrap_or(HeaderValue::from_static("-"));
            value.set_sensitive(true);
            http = http.header(TOKEN_HEADER, value);
        }
        if let Some(body) = &request.body {
            let payload = match &body.payload {
                Payload::Bytes(bytes) => reqwest::Body::from(bytes.clone()),
                Payload::File(part) => reqwest::Body::wrap(part.body()),
            };
            http = http.header(CONTENT_TYPE, body.content_type.clone()).body(payload);
        }
        http.send().await
    }
}

/// What speaks HTTP with a server.
fn http_client(
    address: &ServerAddress,
    has_proxy: bool,
    settings: &Settings,
    for_files: bool,
) -> Result<reqwest::Client, Error> {
    let mut http = reqwest::Client::builder()
        .connect_timeout(settings.connect_timeout)
        .redirect(Policy::none())
        .user_agent(settings.user_agent.clone())
        .tls_danger_accept_invalid_certs(settings.accept_invalid_certificates);
    http = match &settings.proxy {
        ProxyChoice::System => http,
        ProxyChoice::Direct => http.no_proxy(),
        ProxyChoice::Given(url) => http.proxy(Proxy::all(url.clone()).map_err(|_| no_proxy())?),
    };
    http = match for_files {
        // What is measured and resumed must come as it is.
        true => http.no_gzip(),
        false => http.timeout(settings.timeout).read_timeout(settings.read_timeout),
    };
    let needs_tls = address.is_https() || has_proxy;
    if !needs_tls {
        // The system's certificates are read from many files; there is nobody to check by them.
        http = http.tls_certs_only([]);
    } else if !settings.certificates.is_empty() {
        http = http.tls_certs_merge(settings.certificates.iter().cloned());
    }
    if let Some(identity) = &settings.identity {
        http = http.identity(identity.clone());
    }
    http.build().map_err(|error| {
        let problem = failure::innermost(&error);
        Error::Invalid(format!(
            "TLS cannot be set up with what this system and the certificates given offer: {problem}"
        ))
    })
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
fn proxy_of(address: &ServerAddress, choice: &ProxyChoice) -> Result<Option<String>, Error> {
    match choice {
        ProxyChoice::Direct => Ok(None),
        ProxyChoice::Given(url) => Ok(Some(crate::address::authority(url))),
        // The same rules that the HTTP client below applies.
        ProxyChoice::System => {
            let Some(uri) = address.uri() else { return Ok(None) };
            refuse_unusable_proxy(&uri)?;
            let Some(proxy) = Matcher::from_system().intercept(&uri) else { return Ok(None) };
            let Some(host) = proxy.uri().host() else { return Ok(None) };
            let port = proxy.uri().port_u16();
            Ok(Some(port.map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))))
        }
    }
}

/// Refuses a variable that names a proxy for this server and cannot be used: it would be passed over without a word, and the
/// call would go where its user did not want it to.
fn refuse_unusable_proxy(uri: &http::Uri) -> Result<(), Error> {
    let first = |names: [&'static str; 2]| {
        names.into_iter().find_map(|name| Some((name, env::var(name).ok()?))).filter(|(_, value)| !value.is_empty())
    };
    // In a CGI program the variables are the visitor's.
    let exceptions = first(["NO_PROXY", "no_proxy"]).map(|(_, value)| value).unwrap_or_default();
    let through = |proxy: &str| Matcher::builder().all(proxy.to_owned()).no(exceptions.clone()).build().intercept(uri);
    if env::var_os("REQUEST_METHOD").is_some() || through("http://proxy.invalid").is_none() {
        return Ok(());
    }
    let own =
        if uri.scheme_str() == Some("https") { ["HTTPS_PROXY", "https_proxy"] } else { ["HTTP_PROXY", "http_proxy"] };
    match first(own).or_else(|| first(["ALL_PROXY", "all_proxy"])) {
        // The value is not repeated: it may hold a password.
        Some((name, value)) if through(&value).is_none() => Err(Error::Invalid(format!(
            "the proxy in the variable {name} cannot be used; it looks like http://proxy.example.com:3128, or socks5://…"
        ))),
        _ => Ok(()),
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
            let body: &[u8] =
                if self.body.is_empty() && (self.status == 204 || request.about.status == 204 || size_of::<T>() == 0) {
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
