//! The way of a browser to an identity provider and back, and out again. What comes of it is a session in a cookie, with which the pages of
//! this server, and whoever types an address, call the REST API.

use std::sync::Arc;

use axum::{
    extract::{Path, Request, State},
    response::{Html, IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header, request::Parts};
use tavola_store::sessions::{self, AuthenticateError, OidcError, OidcReturn};

use crate::{
    Server,
    cookies::{ERRAND, SESSION, session_token},
    listen::Encrypted,
    origin,
    query::Query,
};

/// How long somebody may take to sign in at their provider, in seconds.
const ERRAND_SECONDS: u32 = 600;
/// Where somebody is who signed out.
const LOGGED_OUT: &str = "/auth/oidc/logged-out";
/// The longest path to come back to.
const LONGEST_PATH: usize = 1024;

pub(crate) fn routes() -> axum::Router<Arc<Server>> {
    axum::Router::new()
        .route("/auth/oidc/login", axum::routing::get(login_to_default))
        .route("/auth/oidc/{site}/login", axum::routing::get(login))
        .route("/auth/oidc/callback", axum::routing::get(callback))
        .route("/auth/oidc/logout", axum::routing::get(ask_to_log_out).post(log_out))
        .route("/auth/oidc/logged-out", axum::routing::get(logged_out))
}

async fn login_to_default(server: State<Arc<Server>>, request: Request) -> Response {
    login(server, Path(String::new()), request).await
}

/// Sends a browser to the provider. The query may name the configuration, and the path to see after it.
async fn login(State(server): State<Arc<Server>>, Path(site): Path<String>, request: Request) -> Response {
    let (head, _) = request.into_parts();
    let Ok(query) = Query::parse(head.uri.query()) else {
        return page(StatusCode::BAD_REQUEST, "the query is malformed");
    };
    let Some(here) = Here::of(&server, &head) else {
        return page(StatusCode::BAD_REQUEST, "the request names no host");
    };
    let then = query.get("redirect").unwrap_or_default();
    if !then.is_empty() && !is_path(then) {
        return page(StatusCode::BAD_REQUEST, "`redirect` is not the path of a page here");
    }
    let named = query.get("idpConfigurationId").filter(|id| !id.is_empty());
    let Ok(named) = named.map(str::parse).transpose() else { return refusal(&OidcError::NotOffered) };
    match sessions::start_oidc(&server.store, &site, named, &here.callback(), then).await {
        Err(problem) => refusal(&problem),
        Ok(start) => {
            let mut answer = redirect(&start.url);
            let cookie = ERRAND.set(&start.cookie, here.secure, Some(ERRAND_SECONDS));
            answer.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
            answer
        }
    }
}

/// Takes a browser that comes back.
async fn callback(State(server): State<Arc<Server>>, request: Request) -> Response {
    let origin = origin(&request);
    let (head, _) = request.into_parts();
    let Some(here) = Here::of(&server, &head) else {
        return page(StatusCode::BAD_REQUEST, "the request names no host");
    };
    let mut answer = match come_back(&server, &head, &here, origin).await {
        Ok((signed_in, then)) => {
            let mut answer = if then.is_empty() {
                let actor = &signed_in.actor;
                let site = actor.site_name();
                page(StatusCode::OK, &format!("Signed in as {} on the site {site}.", actor.user_name()))
            } else {
                redirect(&then)
            };
            let cookie = SESSION.set(&signed_in.token, here.secure, None);
            answer.headers_mut().extend(cookie.map(|cookie| (header::SET_COOKIE, cookie)));
            answer
        }
        Err(problem) => refusal(&problem),
    };
    // It is good once, whatever came of it.
    let gone = ERRAND.set("", here.secure, Some(0));
    gone.map(|cookie| answer.headers_mut().append(header::SET_COOKIE, cookie));
    answer
}

async fn come_back(
    server: &Server,
    head: &Parts,
    here: &Here,
    origin: tavola_store::Origin,
) -> Result<(sessions::SignedIn, String), OidcError> {
    let query = Query::parse(head.uri.query()).map_err(|_| OidcError::NotBegunHere)?;
    let cookie = ERRAND.of(&head.headers, here.secure).ok_or(OidcError::NotBegunHere)?;
    let text = |name| query.get(name).unwrap_or_default().to_owned();
    if query.get("code").is_none() {
        // What the provider says of it is written by strangers, and so not repeated.
        return Err(OidcError::Refused("it did not sign the user in"));
    }
    let back = OidcReturn {
        cookie: cookie.to_owned(),
        state: text("state"),
        code: text("code"),
        redirect_uri: here.callback(),
        origin,
    };
    sessions::finish_oidc(&server.store, back).await
}

/// A page that signs out: the address alone must not, for any page can make a browser ask for it.
async fn ask_to_log_out() -> Response {
    let form = "<!doctype html><title>Sign out</title>\
        <form method=\"post\" action=\"/auth/oidc/logout\"><button>Sign out</button></form>\n";
    let mut answer = guarded((StatusCode::OK, Html(form)).into_response());
    // Without it browsers would not say that the form is of this server.
    answer.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    answer
}

/// Ends the session of a browser here and, if its provider has a place for that, sends it there.
async fn log_out(State(server): State<Arc<Server>>, request: Request) -> Response {
    let origin = origin(&request);
    let (head, _) = request.into_parts();
    let Some(here) = Here::of(&server, &head) else {
        return page(StatusCode::BAD_REQUEST, "the request names no host");
    };
    let Some(token) = session_token(&head) else {
        return page(
            StatusCode::FORBIDDEN,
            "Not signed out: nobody is signed in, or no page of this server asked for it.",
        );
    };
    let ended = match sessions::authenticate(&server.store, token, origin).await {
        Ok(actor) => sessions::sign_out_at_provider(&server.store, &actor, &here.logged_out()).await,
        Err(AuthenticateError::NotSignedIn) => Ok(None),
        Err(AuthenticateError::Store(problem)) => Err(problem),
    };
    let mut answer = match ended {
        Ok(Some(url)) => redirect(&url),
        // Something else may have ended the session meanwhile.
        Ok(None) | Err(tavola_store::Error::NotFound(_)) => redirect(LOGGED_OUT),
        Err(cause) => {
            tracing::error!(?cause, "a browser was not signed out");
            return page(StatusCode::SERVICE_UNAVAILABLE, "Not signed out: try again later.");
        }
    };
    let gone = SESSION.set("", here.secure, Some(0));
    answer.headers_mut().extend(gone.map(|cookie| (header::SET_COOKIE, cookie)));
    answer
}

/// What a browser comes back to that was signed out.
async fn logged_out() -> Response {
    page(StatusCode::OK, "Signed out.")
}

/// Where this server is, as browsers see it.
pub(crate) struct Here {
    base: String,
    secure: bool,
}

impl Here {
    pub(crate) fn of(server: &Server, head: &Parts) -> Option<Self> {
        if let Some(base) = &server.public_url {
            return Some(Self { base: base.clone(), secure: base.starts_with("https:") });
        }
        let secure = head.extensions.get::<Encrypted>().is_some_and(|encrypted| encrypted.0);
        let host = match head.uri.authority() {
            Some(authority) => authority.as_str(),
            None => head.headers.get(header::HOST)?.to_str().ok()?,
        };
        host.parse::<http::uri::Authority>().ok().filter(|host| !host.as_str().contains('@'))?;
        Some(Self { base: format!("{}://{host}", if secure { "https" } else { "http" }), secure })
    }

    /// The address of the server, without a slash at its end.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// The address that providers are told to send browsers back to.
    fn callback(&self) -> String {
        format!("{}/auth/oidc/callback", self.base)
    }

    /// The address that providers are told to send browsers back to that signed out.
    fn logged_out(&self) -> String {
        format!("{}{LOGGED_OUT}", self.base)
    }
}

/// Whether a text is the path of a page here, and nothing that a browser reads as another host's.
fn is_path(text: &str) -> bool {
    text.len() <= LONGEST_PATH
        && text.starts_with('/')
        && !text.starts_with("//")
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

fn redirect(to: &str) -> Response {
    match HeaderValue::try_from(to) {
        Ok(to) => guarded((StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()),
        Err(_) => page(StatusCode::INTERNAL_SERVER_ERROR, "the address of the identity provider cannot be used"),
    }
}

fn refusal(problem: &OidcError) -> Response {
    let status = match problem {
        OidcError::NotOffered => StatusCode::NOT_FOUND,
        OidcError::Several | OidcError::NotBegunHere => StatusCode::BAD_REQUEST,
        OidcError::Refused(_) => StatusCode::UNAUTHORIZED,
        OidcError::NoAnswer => StatusCode::BAD_GATEWAY,
        OidcError::Store(cause) => {
            tracing::error!(?cause, "a sign-in at an identity provider failed");
            StatusCode::SERVICE_UNAVAILABLE
        }
    };
    tracing::info!(status = status.as_u16(), cause = %problem, "no sign-in at an identity provider");
    page(status, &format!("Not signed in: {problem}."))
}

/// A text for whoever looks at it.
fn page(status: StatusCode, text: &str) -> Response {
    guarded((status, format!("{text}\n")).into_response())
}

/// What every answer says: the address of the callback has a code in it, which goes nowhere else.
fn guarded(mut answer: Response) -> Response {
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    ] {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    answer
}
