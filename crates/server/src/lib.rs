//! The server's side of the Tableau Server REST API.
//!
//! [`start`] opens the store, makes the first site and administrator, and answers on the listeners of its [`Config`]
//! until [`Running::shutdown`]. Each module named for a resource is a room: it binds the endpoints of the same module in
//! `tavola-api` to functions that ask `tavola-store` and turn records into messages. What rooms share (versions, paths,
//! sessions, encodings, errors) is in `router`, once.

mod arriving;
mod call;
mod config;
pub mod content;
mod cookies;
mod download;
mod error;
mod exports;
mod group_sets;
mod groups;
mod items;
mod listen;
mod metrics;
mod multipart;
mod paths;
mod publishing;
mod query;
mod router;
mod tls;
#[cfg(test)]
mod transfer_tests;

pub mod audit;
mod auth;
mod connected_apps;
mod custom_views;
mod datasources;
mod domains;
mod external_authorization_servers;
mod favorites;
mod file_uploads;
mod flows;
mod hyper_data;
mod jobs;
mod oidc;
mod permissions;
mod personal_access_tokens;
mod projects;
mod recycle_bin;
mod samples;
mod saved_credentials;
mod scim;
mod server_info;
mod sessions;
mod sites;
mod tags;
mod users;
mod views;
mod virtual_connections;
mod web_sign_in;
mod workbooks;

use std::{
    fmt, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use tavola_api::Secret;
/// The engine for the data in extracts, for those who install it or look at it.
pub use tavola_engine as engine;
use tavola_engine::{Engine, Installation};
use tavola_store::{OpenError, Origin, Store, setup};
use tokio::{sync::watch, task::JoinHandle};

pub use config::{Config, FirstAdministratorConfig, TlsFiles};
use exports::Exports;
use hyper_data::Extracts;
use listen::Peer;
use metrics::Metrics;
use publishing::Reader;
use router::Routes;

/// The product's version that clients are told: the Tableau Server whose API this is.
pub const PRODUCT_VERSION: &str = "2026.2.0";

/// Every endpoint with its handler.
fn routes(strict: bool, engine: Engine) -> Routes {
    let mut routes = Routes::new(strict);
    auth::bind(&mut routes);
    connected_apps::bind(&mut routes);
    let reader = Reader::new();
    let extracts = Extracts::new(engine.clone());
    let exports = Exports::new(engine);
    datasources::bind(&mut routes, &reader, &extracts);
    custom_views::bind(&mut routes);
    domains::bind(&mut routes);
    external_authorization_servers::bind(&mut routes);
    favorites::bind(&mut routes);
    file_uploads::bind(&mut routes);
    flows::bind(&mut routes, &reader);
    group_sets::bind(&mut routes);
    groups::bind(&mut routes);
    hyper_data::bind(&mut routes, &extracts);
    jobs::bind(&mut routes);
    oidc::bind(&mut routes);
    permissions::bind(&mut routes);
    personal_access_tokens::bind(&mut routes);
    projects::bind(&mut routes, &reader);
    recycle_bin::bind(&mut routes);
    saved_credentials::bind(&mut routes);
    scim::bind(&mut routes);
    server_info::bind(&mut routes);
    sessions::bind(&mut routes);
    sites::bind(&mut routes);
    tags::bind(&mut routes);
    users::bind(&mut routes);
    views::bind(&mut routes, &exports);
    virtual_connections::bind(&mut routes);
    workbooks::bind(&mut routes, &reader, &exports);
    routes
}

/// Why a server could not start. Each is one line that says what to do about it.
#[derive(Debug)]
pub enum StartError {
    /// The database or the data folder.
    Store(OpenError),
    /// An address could not be taken.
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        cause: io::Error,
    },
    /// A certificate or key is not usable.
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The name or password of the first administrator is not usable.
    Administrator(String),
    /// There is no engine for extracts where it is said to be.
    Engine(PathBuf),
    /// The first administrator could not be stored.
    Setup(tavola_store::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(cause) => cause.fmt(f),
            Self::Listen { address, cause } if cause.kind() == io::ErrorKind::AddrInUse => {
                write!(f, "{address} is taken by another program; choose another address or port 0 for a free one")
            }
            Self::Listen { address, cause } => write!(f, "cannot listen on {address}: {cause}"),
            Self::Certificate { path, problem } => write!(f, "`{}` {problem}", path.display()),
            Self::Administrator(problem) => write!(f, "the first administrator cannot be made: {problem}"),
            Self::Engine(path) => {
                write!(
                    f,
                    "there is no engine for extracts at `{}`: give the path of the program `hyperd`",
                    path.display()
                )
            }
            Self::Setup(cause) => write!(f, "the first site and administrator cannot be stored: {cause}"),
        }
    }
}

impl std::error::Error for StartError {}

/// The administrator that this start made.
#[derive(Debug, Clone)]
pub struct FirstAdministrator {
    /// The name to sign in with.
    pub name: String,
    /// The password, if none was given and a random one was made. It is nowhere else.
    pub generated_password: Option<Secret>,
}

/// A server that answers.
pub struct Running {
    store: Store,
    engine: Engine,
    stop: watch::Sender<bool>,
    listeners: Vec<JoinHandle<()>>,
    collector: JoinHandle<()>,
    http: Option<SocketAddr>,
    https: Option<SocketAddr>,
    metrics: Option<SocketAddr>,
    certificate_pem: Option<String>,
    first_administrator: Option<FirstAdministrator>,
}

impl Running {
    /// Where HTTP is answered.
    pub fn http(&self) -> Option<SocketAddr> {
        self.http
    }

    /// Where HTTPS is answered.
    pub fn https(&self) -> Option<SocketAddr> {
        self.https
    }

    /// Where `/metrics` is answered.
    pub fn metrics(&self) -> Option<SocketAddr> {
        self.metrics
    }

    /// The certificate chain of HTTPS.
    pub fn certificate_pem(&self) -> Option<&str> {
        self.certificate_pem.as_deref()
    }

    /// The administrator that this start made, if it was the first.
    pub fn first_administrator(&self) -> Option<&FirstAdministrator> {
        self.first_administrator.as_ref()
    }

    /// Stops accepting, finishes what is in progress, and closes the store.
    pub async fn shutdown(self) {
        // Nobody listening any more is what this is for.
        self.stop.send(true).ok();
        for listener in self.listeners {
            listener.await.ok();
        }
        self.collector.await.ok();
        self.store.close().await;
        self.engine.stop().await;
    }

    /// The process id of the engine for extracts, if one runs.
    pub async fn engine_process_id(&self) -> Option<u32> {
        self.engine.process_id().await
    }
}

/// Starts a server.
pub async fn start(config: Config) -> Result<Running, StartError> {
    if let Some(engine) = config.engine.as_ref().filter(|engine| !engine.is_file()) {
        return Err(StartError::Engine(engine.clone()));
    }
    // Addresses first: a taken port is found out before anything is written.
    let http = bind(config.listen).await?;
    let https = bind(config.tls_listen).await?;
    let metrics_listener = bind(config.metrics_listen).await?;
    let store = Store::open(store_config(&config)).await.map_err(StartError::Store)?;
    let first_administrator = first_administrator(&store, &config.administrator).await?;
    let tls = match &https {
        None => None,
        Some((_, address)) => {
            Some(tls::load(config.tls_files.as_ref(), &config.data_dir, &[address.ip()], config.clock.now())?)
        }
    };

    let metrics = Arc::new(Metrics::new());
    let engine = engine(&config);
    let server = Arc::new(Server {
        store: store.clone(),
        routes: routes(config.strict, engine.clone()),
        metrics: metrics.clone(),
        requests: RequestIds::new(config.clock.now().as_millis()),
        public_url: config.public_url.clone(),
    });
    let app = app(server);
    let scrape = {
        let metrics = metrics.clone();
        axum::Router::new().route(
            "/metrics",
            axum::routing::get(async move || {
                ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], metrics.text())
            }),
        )
    };

    let (stop, stopping) = watch::channel(false);
    let mut listeners = Vec::new();
    let mut addresses = [None, None, None];
    let acceptor = tls.as_ref().map(|tls| tokio_rustls::TlsAcceptor::from(tls.config.clone()));
    for (place, listener, acceptor, app) in
        [(0, http, None, &app), (1, https, acceptor, &app), (2, metrics_listener, None, &scrape)]
    {
        if let Some((listener, address)) = listener {
            addresses[place] = Some(address);
            listeners.push(listen::serve(listener, acceptor, app.clone(), metrics.clone(), stopping.clone()));
        }
    }
    let collector = content::collect_now_and_then(store.clone(), metrics, stopping);
    let [http, https, metrics] = addresses;
    Ok(Running {
        store,
        engine,
        stop,
        listeners,
        collector,
        http,
        https,
        metrics,
        certificate_pem: tls.map(|tls| tls.certificate_pem),
        first_administrator,
    })
}

async fn bind(address: Option<SocketAddr>) -> Result<Option<(tokio::net::TcpListener, SocketAddr)>, StartError> {
    match address {
        Some(address) => listen::bind(address).await.map(Some),
        None => Ok(None),
    }
}

/// The engine for extracts: the one that is named, or the one that was installed.
fn engine(config: &Config) -> Engine {
    let folder = engine_folder(&config.data_dir);
    let program = config.engine.clone().or_else(|| Installation::in_folder(&folder).program());
    Engine::new(tavola_engine::Config::new(program, folder))
}

/// The folder of the engine for extracts in a data folder.
pub fn engine_folder(data_dir: &Path) -> PathBuf {
    data_dir.join("engine")
}

fn store_config(config: &Config) -> tavola_store::Config {
    let mut store = tavola_store::Config::new(&config.data_dir);
    store.database_url = config.database_url.clone();
    store.content_url = config.content_url.clone();
    store.content_options = config.content_options.clone();
    store.content_key_file = config.content_key_file.clone();
    store.clock = config.clock.clone();
    store.strict = config.strict;
    store.recycle_bin_days = config.recycle_bin_days;
    store
}

/// Makes the default site and the first administrator, if there has never been one.
async fn first_administrator(
    store: &Store,
    config: &FirstAdministratorConfig,
) -> Result<Option<FirstAdministrator>, StartError> {
    if !setup::is_open(store).await.map_err(StartError::Setup)? {
        return Ok(None);
    }
    let name = config
        .name
        .parse()
        .map_err(|problem: tavola_model::InvalidName| StartError::Administrator(problem.to_string()))?;
    let (password, generated) = match &config.password {
        Some(password) if password.expose().is_empty() => {
            return Err(StartError::Administrator("the password must not be empty".to_owned()));
        }
        Some(password) => (password.clone(), None),
        None => {
            let password = Secret::new(setup::random_password());
            (password.clone(), Some(password))
        }
    };
    let made = setup::first_administrator(store, name, password.expose()).await.map_err(StartError::Setup)?;
    Ok(made.then(|| FirstAdministrator { name: config.name.clone(), generated_password: generated }))
}

/// What answering a request needs.
struct Server {
    store: Store,
    routes: Routes,
    metrics: Arc<Metrics>,
    requests: RequestIds,
    /// Where browsers find this server, if it is told.
    public_url: Option<String>,
}

/// Names requests for the log: the start's time and a running number.
struct RequestIds {
    start: i64,
    next: AtomicU64,
}

impl RequestIds {
    fn new(start: i64) -> Self {
        Self { start, next: AtomicU64::new(1) }
    }

    fn next(&self) -> String {
        format!("{:x}-{:x}", self.start, self.next.fetch_add(1, Ordering::Relaxed))
    }
}

/// What answers on HTTP and HTTPS.
fn app(server: Arc<Server>) -> axum::Router {
    axum::Router::new()
        .route("/healthz", axum::routing::get(async || "ok\n"))
        .route("/readyz", axum::routing::get(ready))
        .merge(web_sign_in::routes())
        .merge(scim::routes())
        .fallback(answer)
        .with_state(server)
}

async fn ready(State(server): State<Arc<Server>>) -> Response {
    match server.store.ping().await {
        Ok(()) => "ready\n".into_response(),
        Err(cause) => {
            tracing::warn!(%cause, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

async fn answer(State(server): State<Arc<Server>>, request: Request) -> Response {
    let begun = Instant::now();
    let id = server.requests.next();
    let head_only = request.method() == http::Method::HEAD;
    let method = request.method().clone();
    let origin = origin(&request);
    let mut answered = server.routes.answer(&server.store, origin, request).await;
    let took = begun.elapsed();
    let status = answered.response.status().as_u16();
    server.metrics.answered(answered.endpoint.as_ref(), status, took);
    log(&id, &method, &answered, took);
    if head_only {
        *answered.response.body_mut() = axum::body::Body::empty();
    }
    if let Ok(id) = HeaderValue::try_from(id) {
        answered.response.headers_mut().insert("x-request-id", id);
    }
    answered.response
}

/// Where a request comes from.
fn origin(request: &Request) -> Origin {
    let user_agent = request.headers().get(header::USER_AGENT).and_then(|value| value.to_str().ok());
    Origin {
        address: request.extensions().get::<Peer>().map(|peer| peer.0.ip()),
        user_agent: user_agent.map(|text| text.chars().take(200).collect()),
    }
}

/// One line a request. The path is not in it: session tokens may stand there.
fn log(id: &str, method: &http::Method, answered: &router::Answered, took: std::time::Duration) {
    let endpoint = answered.endpoint.map_or("none", |about| about.path);
    let status = answered.response.status().as_u16();
    let milliseconds = (took.as_secs_f64() * 1_000_000.0).round() / 1000.0;
    let user = answered.actor.as_ref().map_or("", |actor| actor.user_name());
    let site = answered.actor.as_ref().map_or("", |actor| actor.site_content_url());
    match &answered.error {
        None => tracing::debug!(id, %method, endpoint, status, milliseconds, user, site, "answered"),
        Some(error) if status >= 500 => tracing::error!(
            id, %method, endpoint, status, milliseconds, user, site,
            code = error.code.number, cause = error.cause.as_deref().unwrap_or(&error.detail), "failed"
        ),
        Some(error) => tracing::info!(
            id, %method, endpoint, status, milliseconds, user, site,
            code = error.code.number, cause = error.cause.as_deref().unwrap_or_default(), "refused"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_endpoint_is_bound_and_every_bound_one_is_listed() {
        let name = |about: &tavola_api::About| format!("{} {}", about.method, about.path);
        let mut listed: Vec<String> = tavola_api::endpoints().map(name).collect();
        let mut bound: Vec<String> =
            routes(false, Engine::new(tavola_engine::Config::new(None, "nowhere"))).bound().iter().map(name).collect();
        listed.sort();
        bound.sort();
        assert_eq!(bound, listed);
    }
}
