//! The client: versions, sessions, calls.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use http::{HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Serialize, de::DeserializeOwned};
use tavola_api::{
    About, Access, ApiVersion, Direction, Encoding, Endpoint, ErrorCode, NoBody, Upload,
    auth::{self, SiteUrl, SwitchSite},
    encode, file_uploads, hyper_data,
    server_info::{self, ServerInfo, ServerInfoAnswer},
};
use tavola_model::UserId;

use crate::{
    Builder, Credentials, Error, NotSignedIn, ServerAddress, Session, ambient,
    flight::{Flight, Turn},
    publishing,
    session::{Desk, Standing},
    transport::{Body, FromAnswer, Payload, Request, Transport},
};

/// The version of servers from before Server Info.
const BEFORE_SERVER_INFO: ApiVersion = ApiVersion::new(2, 3);
/// The first version whose filters arrive encoded as a whole.
const FIRST_WITH_ENCODED_FILTERS: ApiVersion = ApiVersion::new(3, 7);

/// A client of one server, signed in to one site at a time.
///
/// Clones are cheap and share everything: the session, the connections, the version agreed on.
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    transport: Transport,
    credentials: Option<Credentials>,
    desk: Flight<Desk>,
    version: OnceLock<ApiVersion>,
    /// Asking for the version, and why that failed last.
    asking: Flight<Option<Error>>,
}

/// A value for a parameter in an endpoint's path, in the path's order.
#[derive(Clone, Copy)]
pub enum PathValue<'a> {
    /// The id of the site signed in to. Filled in with the session that the call is sent with, so that it is right also
    /// when another clone switches sites meanwhile.
    SessionSite,
    /// The id of the user signed in as.
    SessionUser,
    /// Any other value.
    Of(&'a (dyn fmt::Display + Sync)),
}

impl Client {
    /// Begins a client of the server at this address, in any form that [`ServerAddress::parse`] reads.
    pub fn builder(server: impl Into<String>) -> Builder {
        Builder::new(server.into())
    }

    pub(crate) fn new(
        transport: Transport,
        credentials: Option<Credentials>,
        standing: Standing,
        site: String,
        impersonated: Option<UserId>,
        version: Option<ApiVersion>,
    ) -> Self {
        Self(Arc::new(Shared {
            transport,
            credentials,
            desk: Flight::new(Desk::new(standing, site, impersonated)),
            version: version.map_or_else(OnceLock::new, OnceLock::from),
            asking: Flight::default(),
        }))
    }

    /// The server's address. It changes once at most: when an `http` server sends the client on to its `https`.
    pub fn address(&self) -> ServerAddress {
        self.0.transport.address()
    }

    /// How often a call is sent again.
    pub(crate) fn retries(&self) -> u32 {
        self.0.transport.retries()
    }

    /// The version of the API that is spoken with this server. Asked of the server once, unless it was given.
    pub async fn version(&self) -> Result<ApiVersion, Error> {
        if let Some(version) = self.0.version.get() {
            return Ok(*version);
        }
        let mut turn = self.0.asking.turn().await;
        if let Some(version) = self.0.version.get() {
            return Ok(*version);
        }
        if let Some(failure) = turn.state.clone().filter(|_| turn.waited_for_attempt()) {
            return Err(failure);
        }
        let outcome = match self.ask_server_info(ApiVersion::PROBE).await {
            Ok(info) => Ok(agreed_version(&info)),
            Err(error) if error.is(ErrorCode::UNKNOWN_VERSION) || error.is(ErrorCode::UNKNOWN_PATH) => {
                Ok(BEFORE_SERVER_INFO)
            }
            Err(error) => Err(error),
        };
        *turn.state = outcome.clone().err();
        turn.attempted();
        outcome.map(|version| *self.0.version.get_or_init(|| version))
    }

    /// “Server Info”: what the server is. Needs no credentials.
    pub async fn server_info(&self) -> Result<ServerInfo, Error> {
        let version = self.0.version.get().copied().unwrap_or(ApiVersion::PROBE).max(ApiVersion::PROBE);
        let info = self.ask_server_info(version).await?;
        // Whoever asks this first has answered the question for a version too. That it is settled already is fine.
        let _ = self.0.version.set(agreed_version(&info));
        Ok(info)
    }

    async fn ask_server_info(&self, version: ApiVersion) -> Result<ServerInfo, Error> {
        let about = &server_info::GET.about;
        let request = Request {
            about,
            path: path(version, about, &[], None)?,
            query: String::new(),
            headers: &[],
            token: None,
            body: None,
            safe: true,
            secret: None,
        };
        self.0.transport.call::<ServerInfoAnswer>(&request).await.map(|answer| answer.server_info)
    }

    /// Signs in if there is no session, also after [`Client::sign_out`]. There is no need to: the first call that needs a
    /// session does it.
    pub async fn sign_in(&self) -> Result<Session, Error> {
        let mut turn = self.0.desk.turn().await;
        if matches!(turn.state.standing, Standing::SignedOut) {
            turn.state.standing = Standing::Ended;
        }
        self.signed_in_at(turn).await
    }

    /// The session, made now if there is none.
    pub async fn session(&self) -> Result<Session, Error> {
        let turn = self.0.desk.turn().await;
        self.signed_in_at(turn).await
    }

    /// The session if there is one. Asks nobody, so it may have ended on the server.
    pub async fn signed_in(&self) -> Option<Session> {
        self.0.desk.turn().await.state.session().cloned()
    }

    /// “Sign Out”: ends the session on the server. Calls fail from then on, until [`Client::sign_in`].
    ///
    /// Does nothing without a session, and takes one that has ended already as signed out.
    pub async fn sign_out(&self) -> Result<(), Error> {
        let mut turn = self.0.desk.turn().await;
        if let Some(session) = turn.state.session().cloned() {
            match self.send::<NoBody, _>(&auth::SIGN_OUT.about, &[], &[], &[], |_| Ok(None), Some(&session)).await {
                Ok(NoBody) => {}
                Err(error) if is_token_refused(&error) => {}
                Err(error) => return Err(error),
            }
        }
        turn.state.standing = Standing::SignedOut;
        Ok(())
    }

    /// “Switch Site”: goes to another site with the same sign-in, for all clones. Tableau Cloud does not offer it.
    ///
    /// When the session has ended, this signs in to the other site instead. A later renewal of the session goes there too.
    pub async fn switch_site(&self, content_url: &str) -> Result<Session, Error> {
        let mut turn = self.0.desk.turn().await;
        if matches!(turn.state.standing, Standing::SignedOut) {
            return Err(Error::NotSignedIn(NotSignedIn::SignedOut));
        }
        if let Some(session) = turn.state.session().cloned() {
            let body = SwitchSite { site: SiteUrl { content_url: content_url.to_owned() } };
            let body = |version| written(&body, version).map(Some);
            match self.send::<auth::SignedIn, _>(&auth::SWITCH_SITE.about, &[], &[], &[], body, Some(&session)).await {
                Ok(answer) => {
                    let session = Session::from(answer);
                    // The user has another id on another site.
                    turn.state.impersonated = turn.state.impersonated.map(|_| session.user_id);
                    turn.state.site = content_url.to_owned();
                    turn.state.standing = Standing::SignedIn(session.clone());
                    return Ok(session);
                }
                Err(error) if is_token_refused(&error) => turn.state.end(&session),
                Err(error) => return Err(error),
            }
        }
        let before = std::mem::replace(&mut turn.state.site, content_url.to_owned());
        let outcome = self.sign_in_now(&mut turn).await;
        if outcome.is_err() {
            turn.state.site = before;
        }
        outcome
    }

    async fn signed_in_at(&self, mut turn: Turn<'_, Desk>) -> Result<Session, Error> {
        match turn.outcome() {
            Some(outcome) => outcome,
            None => self.sign_in_now(&mut turn).await,
        }
    }

    async fn sign_in_now(&self, turn: &mut Turn<'_, Desk>) -> Result<Session, Error> {
        let not_signed_in = |why| Err(Error::NotSignedIn(why));
        let Some(credentials) = &self.0.credentials else {
            let had_one = matches!(turn.state.standing, Standing::Ended);
            return not_signed_in(if had_one { NotSignedIn::Ended } else { NotSignedIn::NoCredentials });
        };
        if turn.state.spent && credentials.sign_in_once() {
            return not_signed_in(NotSignedIn::Ended);
        }
        let Some(message) = credentials.sign_in(&turn.state.site, turn.state.impersonated) else {
            return not_signed_in(NotSignedIn::Ended);
        };
        let outcome = self.send_sign_in(credentials, &message).await;
        turn.state.spent |= outcome.is_ok();
        turn.state.close(&outcome);
        turn.attempted();
        outcome
    }

    async fn send_sign_in(&self, credentials: &Credentials, message: &auth::SignIn) -> Result<Session, Error> {
        let version = self.version().await?;
        let about = &auth::SIGN_IN.about;
        let request = Request {
            about,
            path: path(version, about, &[], None)?,
            query: String::new(),
            headers: &[],
            token: None,
            body: Some(written(message, version)?),
            // A second sign-in is a second session, which does no harm; a JSON web token is not taken twice.
            safe: !credentials.sign_in_once(),
            secret: Some(credentials.secret()),
        };
        self.0.transport.call::<auth::SignedIn>(&request).await.map(Session::from)
    }

    /// Calls an endpoint: what all rooms are made of, and the way to those that no room wraps yet.
    ///
    /// `path` holds a value for each parameter of the endpoint's path, `query` the parameters behind it, neither encoded.
    /// Signs in first if the endpoint needs it. When the server says that the session has ended (401002, or 401000 as some
    /// servers do), the client signs in once more, together with all other calls that found the same, and sends the call
    /// again: whatever its verb, for the server refused the token before it did anything.
    ///
    /// The methods that make and end sessions are called by [`Client::sign_in`], [`Client::switch_site`] and
    /// [`Client::sign_out`] instead, which keep the client's own session in step.
    ///
    /// # Panics
    ///
    /// When there are fewer or more values than parameters: that is a mistake in the calling code.
    pub async fn call<Req: Serialize, Res: DeserializeOwned>(
        &self,
        endpoint: &Endpoint<Req, Res>,
        path: &[PathValue<'_>],
        query: &[(&str, &str)],
        body: Option<&Req>,
    ) -> Result<Res, Error> {
        let body = |version| body.map(|body| written(body, version)).transpose();
        self.send_signed_in(&endpoint.about, path, query, &[], body).await
    }

    /// Calls an endpoint that takes a file, as [`Client::call`] does others. The file is held in memory and sent whole.
    ///
    /// # Panics
    ///
    /// As [`Client::call`].
    pub async fn upload<T: Serialize, Res: DeserializeOwned>(
        &self,
        endpoint: &Endpoint<Upload<T>, Res>,
        path: &[PathValue<'_>],
        query: &[(&str, &str)],
        upload: &Upload<T>,
    ) -> Result<Res, Error> {
        let about = &endpoint.about;
        let boundary = format!("tavola-{:016x}{:016x}", ambient::dice(), ambient::dice());
        let body = |version| {
            let (content_type, bytes) =
                upload.encode(about.file_part.unwrap_or_default(), &boundary, version).map_err(Error::invalid)?;
            let content_type = HeaderValue::try_from(content_type).map_err(Error::invalid)?;
            Ok(Some(Body { content_type, payload: Payload::Bytes(bytes.into()) }))
        };
        self.send_signed_in(about, path, query, &[], body).await
    }

    /// Sends a call with a session if it needs one, and with another if that has ended.
    pub(crate) async fn send_signed_in<Res, F>(
        &self,
        about: &About,
        path: &[PathValue<'_>],
        query: &[(&str, &str)],
        headers: &[(HeaderName, HeaderValue)],
        body: F,
    ) -> Result<Res, Error>
    where
        Res: FromAnswer,
        F: Fn(ApiVersion) -> Result<Option<Body>, Error>,
    {
        if about.access == Access::Open {
            return self.send(about, path, query, headers, body, None).await;
        }
        let session = self.session().await?;
        match self.send(about, path, query, headers, &body, Some(&session)).await {
            Err(error) if is_token_refused(&error) => {
                let mut turn = self.0.desk.turn().await;
                turn.state.end(&session);
                let session = self.signed_in_at(turn).await?;
                self.send(about, path, query, headers, &body, Some(&session)).await
            }
            outcome => outcome,
        }
    }

    /// Sends a call once as far as sessions go.
    async fn send<Res, F>(
        &self,
        about: &About,
        values: &[PathValue<'_>],
        query: &[(&str, &str)],
        headers: &[(HeaderName, HeaderValue)],
        body: F,
        session: Option<&Session>,
    ) -> Result<Res, Error>
    where
        Res: FromAnswer,
        F: Fn(ApiVersion) -> Result<Option<Body>, Error>,
    {
        let version = self.version().await?;
        let request = Request {
            about,
            path: path(version, about, values, session)?,
            query: written_query(query, version),
            headers,
            token: session.map(|session| &session.token),
            body: body(version)?,
            safe: is_safe_to_repeat(about, query),
            secret: None,
        };
        self.0.transport.call(&request).await
    }
}

/// The lower of the server's newest version and the newest one known here.
fn agreed_version(info: &ServerInfo) -> ApiVersion {
    // A server that has Server Info speaks at least the version it was asked in, whatever it writes there.
    info.rest_api_version.0.trim().parse().unwrap_or(ApiVersion::PROBE).min(ApiVersion::LATEST)
}

/// Whether the server refused a call for its token, before doing anything.
fn is_token_refused(error: &Error) -> bool {
    error.is(ErrorCode::INVALID_TOKEN) || error.is(ErrorCode::NO_TOKEN)
}

/// Whether a call may be sent again when nobody knows whether it was carried out. Signing out and switching sites may: the
/// second one finds the token dead, which [`Client::sign_out`] and [`Client::switch_site`] take for what it is.
/// A change of rows has the name of its request. A block without its number would be appended twice.
fn is_safe_to_repeat(about: &About, query: &[(&str, &str)]) -> bool {
    if about.path == file_uploads::APPEND.about.path && !publishing::is_numbered(query) {
        return false;
    }
    let others = [
        auth::SIGN_OUT.about.path,
        auth::SWITCH_SITE.about.path,
        hyper_data::UPDATE.about.path,
        hyper_data::UPDATE_CONNECTION.about.path,
    ];
    about.method.is_safe_to_repeat() || others.contains(&about.path)
}

fn written<T: Serialize>(message: &T, version: ApiVersion) -> Result<Body, Error> {
    let bytes = encode(message, Encoding::Xml, Direction::Request, version).map_err(Error::invalid)?;
    Ok(Body {
        content_type: HeaderValue::from_static(Encoding::Xml.content_type()),
        payload: Payload::Bytes(bytes.into()),
    })
}

/// The path of a call, from `/api` on.
fn path(
    version: ApiVersion,
    about: &About,
    values: &[PathValue<'_>],
    session: Option<&Session>,
) -> Result<String, Error> {
    let needed = || session.ok_or(Error::NotSignedIn(NotSignedIn::NoCredentials));
    let mut texts = Vec::with_capacity(values.len());
    for value in values {
        let text = match value {
            PathValue::SessionSite => needed()?.site_id.to_string(),
            PathValue::SessionUser => needed()?.user_id.to_string(),
            PathValue::Of(value) => value.to_string(),
        };
        // However they are encoded, URLs drop these, and the call would go to another path.
        if matches!(text.as_str(), "" | "." | "..") {
            return Err(Error::Invalid(format!("`{text}` cannot stand in the path of `{}`", about.name)));
        }
        texts.push(text);
    }
    let texts: Vec<&dyn fmt::Display> = texts.iter().map(|text| text as &dyn fmt::Display).collect();
    Ok(format!("/api/{version}{}", about.fill(&texts)))
}

/// What stays as it is in a query's value: the unreserved characters of RFC 3986.
const VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same where servers do not decode what separates conditions.
const OLD_VALUE: &AsciiSet = &VALUE.remove(b':').remove(b',').remove(b'[').remove(b']');

fn written_query(query: &[(&str, &str)], version: ApiVersion) -> String {
    let set = if version < FIRST_WITH_ENCODED_FILTERS { OLD_VALUE } else { VALUE };
    let mut text = String::new();
    for (name, value) in query {
        if !text.is_empty() {
            text.push('&');
        }
        text.extend(utf8_percent_encode(name, VALUE));
        text.push('=');
        text.extend(utf8_percent_encode(value, set));
    }
    text
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("address", &format_args!("{}", self.address()))
            .field("credentials", &self.0.credentials)
            .field("version", &self.0.version.get().map(ToString::to_string))
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for PathValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SessionSite => f.write_str("SessionSite"),
            Self::SessionUser => f.write_str("SessionUser"),
            Self::Of(value) => write!(f, "Of({value})"),
        }
    }
}

impl<'a, T: fmt::Display + Sync> From<&'a T> for PathValue<'a> {
    fn from(value: &'a T) -> Self {
        Self::Of(value)
    }
}
