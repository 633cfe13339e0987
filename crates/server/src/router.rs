//! From a request to a handler and back: version, path, verb, session, scope, site, body, answer, each in one place.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use axum::{body::Body, extract::Request, response::Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use percent_encoding::percent_decode_str;
use serde::{Serialize, de::DeserializeOwned};
use tavola_api::{
    About, Access, ApiVersion, Direction, Encoding, Endpoint, ErrorCode, ErrorMessage, LONGEST_MESSAGE, Method, Upload,
    auth::TOKEN_HEADER, decode, encode,
};
use tavola_model::SiteId;
use tavola_store::{
    Actor, Origin, Store,
    sessions::{self, AuthenticateError},
};
use tokio::sync::Semaphore;

use crate::{
    call::{Call, Context, OpenCall},
    error::Error,
    multipart,
    paths::{Found, Paths},
    query::Query,
};

/// How much of a body that is refused is read and thrown away, so that its sender gets to read the refusal.
const LONGEST_DRAIN: usize = 256 * 1024 * 1024;
/// How long a message may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// What has to arrive of a file in each second beyond that, in bytes.
const SLOWEST_FILE: usize = 256 * 1024;
/// How many files are received at once, each held in memory; others wait.
const MOST_UPLOADS: usize = 8;

/// A message on its way out.
pub(crate) struct Answer<Res> {
    message: Res,
    location: Option<String>,
}

impl<Res> Answer<Res> {
    /// The message of something that was made, with the path it can be found at.
    pub(crate) fn at(message: Res, location: String) -> Self {
        Self { message, location: Some(location) }
    }
}

impl<Res> From<Res> for Answer<Res> {
    fn from(message: Res) -> Self {
        Self { message, location: None }
    }
}

/// What a handler made, already encoded.
struct Encoded {
    body: Vec<u8>,
    location: Option<String>,
}

type Outcome = Pin<Box<dyn Future<Output = Result<Encoded, Error>> + Send>>;
type Handler = Box<dyn Fn(Option<Actor>, Context, Incoming) -> Outcome + Send + Sync>;

/// The body as it came, and how the answer is wanted.
struct Incoming {
    body: Bytes,
    content_type: Option<String>,
    write_as: Encoding,
}

impl Incoming {
    fn decode<Req: DeserializeOwned>(&self) -> Result<Req, Error> {
        if Endpoint::<Req>::TAKES_BODY {
            let encoding = Encoding::of_content_type(self.content_type.as_deref()).ok_or_else(|| {
                Error::new(ErrorCode::UNSUPPORTED_MEDIA_TYPE, "the body's Content-Type is neither XML nor JSON")
            })?;
            Ok(decode(&self.body, encoding, Direction::Request)?)
        } else {
            // A method without a message takes whatever clients send with it.
            decode(b"{}", Encoding::Json, Direction::Request).map_err(Error::unexpected)
        }
    }
}

fn encode_answer<Res: Serialize>(
    answer: Answer<Res>,
    status: u16,
    encoding: Encoding,
    version: ApiVersion,
) -> Result<Encoded, Error> {
    let body = if status == 204 {
        Vec::new()
    } else {
        encode(&answer.message, encoding, Direction::Response, version).map_err(Error::unexpected)?
    };
    Ok(Encoded { body, location: answer.location })
}

/// An endpoint and what answers it.
struct Route {
    about: About,
    handler: Handler,
}

/// Every endpoint that is bound to a handler.
pub(crate) struct Routes {
    paths: Paths<Route>,
    bound: Vec<About>,
    uploads: Arc<Semaphore>,
}

impl Routes {
    pub(crate) fn new() -> Self {
        Self { paths: Paths::new(), bound: Vec::new(), uploads: Arc::new(Semaphore::new(MOST_UPLOADS)) }
    }

    /// Binds an endpoint of signed-in users.
    pub(crate) fn on<Req, Res, Made, F, Fut>(&mut self, endpoint: Endpoint<Req, Res>, handler: F)
    where
        Req: DeserializeOwned + Send + 'static,
        Res: Serialize + Send + 'static,
        Made: Into<Answer<Res>> + Send + 'static,
        F: Fn(Call<Req>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Made, Error>> + Send + 'static,
    {
        let status = endpoint.about.status;
        assert_eq!(endpoint.about.access, Access::SignedIn, "{} is open", endpoint.about.name);
        self.bind(
            endpoint.about,
            Box::new(move |actor, context, incoming| {
                let handler = handler.clone();
                Box::pin(async move {
                    let actor = actor.ok_or_else(Error::invalid_token)?;
                    let (version, encoding) = (context.version, incoming.write_as);
                    let body = incoming.decode()?;
                    let made = handler(Call { actor, body, context }).await?;
                    encode_answer(made.into(), status, encoding, version)
                })
            }),
        );
    }

    /// Binds an endpoint of signed-in users that takes a file.
    pub(crate) fn upload<T, Res, F, Fut>(&mut self, endpoint: Endpoint<Upload<T>, Res>, handler: F)
    where
        T: DeserializeOwned + Send + 'static,
        Res: Serialize + Send + 'static,
        F: Fn(Call<Upload<T>>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Res, Error>> + Send + 'static,
    {
        let about = endpoint.about;
        assert_eq!(about.access, Access::SignedIn, "{} is open", about.name);
        self.bind(
            about,
            Box::new(move |actor, context, incoming| {
                let handler = handler.clone();
                Box::pin(async move {
                    let actor = actor.ok_or_else(Error::invalid_token)?;
                    let (version, encoding) = (context.version, incoming.write_as);
                    let body = multipart::read(&about, incoming.content_type.as_deref(), incoming.body).await?;
                    let made = handler(Call { actor, body, context }).await?;
                    encode_answer(made.into(), about.status, encoding, version)
                })
            }),
        );
    }

    /// Binds an endpoint that needs no session.
    pub(crate) fn open<Req, Res, F, Fut>(&mut self, endpoint: Endpoint<Req, Res>, handler: F)
    where
        Req: DeserializeOwned + Send + 'static,
        Res: Serialize + Send + 'static,
        F: Fn(OpenCall<Req>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Res, Error>> + Send + 'static,
    {
        let status = endpoint.about.status;
        assert_eq!(endpoint.about.access, Access::Open, "{} is not open", endpoint.about.name);
        self.bind(
            endpoint.about,
            Box::new(move |_, context, incoming| {
                let handler = handler.clone();
                Box::pin(async move {
                    let (version, encoding) = (context.version, incoming.write_as);
                    let body = incoming.decode()?;
                    let made = handler(OpenCall { body, context }).await?;
                    encode_answer(made.into(), status, encoding, version)
                })
            }),
        );
    }

    fn bind(&mut self, about: About, handler: Handler) {
        self.bound.push(about);
        self.paths.insert(about.path, about.method, Route { about, handler });
    }

    /// The endpoints that are bound, for the test that compares them with those that are listed.
    #[cfg(test)]
    pub(crate) fn bound(&self) -> &[About] {
        &self.bound
    }

    /// Answers a request. Whatever it is, the answer is a message in the encoding it asked for.
    pub(crate) async fn answer(&self, store: &Store, origin: Origin, request: Request) -> Answered {
        let (head, body) = request.into_parts();
        let asked = Encoding::of_accept(header_text(&head.headers, header::ACCEPT.as_str()));
        let mut body = Some(body);
        let mut answered = Answered::new(asked);
        let result = self.call(store, origin, &head, &mut body, &mut answered).await;
        // A sender who waits for `100 Continue` has sent nothing yet, and must not be told to.
        if let Some(body) = body.filter(|_| !head.headers.contains_key(header::EXPECT)) {
            drain(body).await;
        }
        answered.finish(result);
        answered
    }

    async fn call(
        &self,
        store: &Store,
        origin: Origin,
        head: &http::request::Parts,
        body: &mut Option<Body>,
        answered: &mut Answered,
    ) -> Result<Encoded, Error> {
        let unknown_path =
            || Error::new(ErrorCode::UNKNOWN_PATH, format!("Unknown resource '{}' specified in URI.", head.uri.path()));
        let mut segments = segments(head.uri.path()).ok_or_else(unknown_path)?;
        if segments.len() < 2 || !segments[0].eq_ignore_ascii_case("api") {
            return Err(unknown_path());
        }
        answered.version = version(&segments[1])?;
        if answered.version < ApiVersion::FIRST_WITH_JSON {
            answered.encoding = Encoding::Xml;
        }
        segments.drain(..2);
        let (route, parameters) = match self.paths.find(&segments, method(&head.method)) {
            Found::Endpoint(route, parameters) => (route, parameters),
            Found::OtherMethods(methods) => {
                answered.allow = methods;
                return Err(Error::new(
                    ErrorCode::METHOD_NOT_ALLOWED,
                    format!("Request type {} is not allowed on this resource.", head.method),
                ));
            }
            Found::Nothing => return Err(unknown_path()),
        };
        answered.endpoint = Some(route.about);
        if answered.version < route.about.since {
            return Err(Error::new(
                ErrorCode::NEWER_METHOD,
                format!("API version '{}' does not support access to the given resource.", answered.version),
            ));
        }
        let actor = match route.about.access {
            Access::Open => None,
            Access::SignedIn => Some(authenticate(store, &origin, &head.headers).await?),
        };
        if let Some(actor) = &actor {
            answered.actor = Some(actor.clone());
            if actor.scopes().is_some_and(|scopes| !route.about.is_in_scope(scopes)) {
                return Err(Error::new(
                    ErrorCode::FORBIDDEN,
                    "the scopes of this session's token do not cover this method",
                ));
            }
            if route.about.path.starts_with("/sites/{site}/") {
                own_site(actor, &parameters[0])?;
            }
        }
        let query = Query::parse(head.uri.query())?;
        // Held until the answer is there: until then the file is in memory.
        let _place = match route.about.file_part {
            Some(_) => self.uploads.clone().acquire_owned().await.ok(),
            None => None,
        };
        let context = Context::new(store.clone(), answered.version, origin, query, parameters);
        let incoming = Incoming {
            body: read(head, body, route.about.longest_body).await?,
            content_type: header_text(&head.headers, header::CONTENT_TYPE.as_str()).map(str::to_owned),
            write_as: answered.encoding,
        };
        (route.handler)(actor, context, incoming).await
    }
}

/// A request's answer, and what the log and the metrics say of it.
pub(crate) struct Answered {
    pub(crate) response: Response,
    pub(crate) endpoint: Option<About>,
    pub(crate) actor: Option<Actor>,
    pub(crate) error: Option<Error>,
    encoding: Encoding,
    version: ApiVersion,
    allow: Vec<Method>,
}

impl Answered {
    fn new(encoding: Encoding) -> Self {
        Self {
            response: Response::new(Body::empty()),
            endpoint: None,
            actor: None,
            error: None,
            encoding,
            version: ApiVersion::LATEST,
            allow: Vec::new(),
        }
    }

    fn finish(&mut self, result: Result<Encoded, Error>) {
        let (status, body) = match result {
            Ok(encoded) => {
                if let Some(location) = encoded.location.and_then(|location| HeaderValue::try_from(location).ok()) {
                    self.response.headers_mut().insert(header::LOCATION, location);
                }
                (self.endpoint.map_or(200, |about| about.status), encoded.body)
            }
            Err(error) => {
                let message = ErrorMessage::new(error.code, error.detail.as_str());
                // The message of an error is two texts; writing it cannot fail.
                let body = encode(&message, self.encoding, Direction::Response, self.version).unwrap_or_default();
                if let Some(seconds) = error.retry_after {
                    self.response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
                }
                let status = error.code.status;
                self.error = Some(error);
                (status, body)
            }
        };
        let headers = self.response.headers_mut();
        if !self.allow.is_empty() {
            let allow: Vec<&str> = self.allow.iter().map(|method| method.as_str()).collect();
            headers.insert(header::ALLOW, HeaderValue::try_from(allow.join(", ")).expect("verbs are ASCII"));
        }
        if !body.is_empty() {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.encoding.content_type()));
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        *self.response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        *self.response.body_mut() = Body::from(body);
    }
}

/// The decoded segments of a path; `None` where one is not UTF-8. A trailing slash does not matter.
fn segments(path: &str) -> Option<Vec<String>> {
    path.trim_matches('/')
        .split('/')
        .map(|segment| percent_decode_str(segment).decode_utf8().ok().map(|text| text.into_owned()))
        .collect()
}

/// The version in the URL. `exp` is a pseudo-version under which real servers offer trial methods.
fn version(segment: &str) -> Result<ApiVersion, Error> {
    if segment == "exp" {
        return Ok(ApiVersion::LATEST);
    }
    segment.parse().ok().filter(|version: &ApiVersion| version.is_known()).ok_or_else(|| {
        Error::new(
            ErrorCode::UNKNOWN_VERSION,
            format!(
                "API version '{segment}' is not supported; this server speaks {} to {}",
                ApiVersion::OLDEST,
                ApiVersion::LATEST
            ),
        )
    })
}

fn method(method: &http::Method) -> Option<Method> {
    Some(match *method {
        http::Method::GET | http::Method::HEAD => Method::Get,
        http::Method::POST => Method::Post,
        http::Method::PUT => Method::Put,
        http::Method::PATCH => Method::Patch,
        http::Method::DELETE => Method::Delete,
        _ => return None,
    })
}

fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

async fn authenticate(store: &Store, origin: &Origin, headers: &HeaderMap) -> Result<Actor, Error> {
    let mut tokens = headers.get_all(TOKEN_HEADER).iter();
    let token = match (tokens.next(), tokens.next()) {
        (None, _) => None,
        (Some(token), None) => Some(token.to_str().unwrap_or_default()),
        (Some(_), Some(_)) => return Err(Error::bad_request("the header `X-Tableau-Auth` is there more than once")),
    };
    let token = token
        .filter(|token| !token.is_empty())
        .ok_or_else(|| Error::new(ErrorCode::NO_TOKEN, "No authentication credentials were provided."))?;
    sessions::authenticate(store, token, origin.clone()).await.map_err(|problem| match problem {
        AuthenticateError::NotSignedIn => Error::invalid_token(),
        AuthenticateError::Store(problem) => problem.into(),
    })
}

/// The site in the path must be the session's. Another site's id gets the answer of an unknown one.
fn own_site(actor: &Actor, site: &str) -> Result<(), Error> {
    match site.parse::<SiteId>() {
        Ok(id) if id == actor.site_id() => Ok(()),
        _ => Err(Error::site_not_found(site)),
    }
}

/// The whole body, taken out of `body` if it could be read to its end.
async fn read(head: &http::request::Parts, body: &mut Option<Body>, longest: usize) -> Result<Bytes, Error> {
    let too_large = || Error::new(ErrorCode::BODY_TOO_LARGE, format!("the body is larger than {longest} bytes"));
    let announced =
        header_text(&head.headers, header::CONTENT_LENGTH.as_str()).and_then(|text| text.parse::<usize>().ok());
    if announced.is_some_and(|length| length > longest) {
        return Err(too_large());
    }
    let Some(whole) = body else { return Ok(Bytes::new()) };
    let mut bytes = Vec::new();
    let reading = async {
        while let Some(frame) = whole.frame().await {
            let frame = frame.map_err(|problem| Error::bad_request("the body broke off").caused_by(problem))?;
            if let Ok(data) = frame.into_data() {
                if bytes.len() + data.len() > longest {
                    return Err(too_large());
                }
                bytes.extend_from_slice(&data);
            }
        }
        Ok(())
    };
    let seconds = (longest.saturating_sub(LONGEST_MESSAGE) / SLOWEST_FILE) as u64;
    tokio::time::timeout(BODY_TIMEOUT + Duration::from_secs(seconds), reading)
        .await
        .map_err(|_| Error::new(ErrorCode::REQUEST_TIMEOUT, "the body did not arrive in time"))??;
    *body = None;
    Ok(bytes.into())
}

/// Reads the rest of a body that nobody wants: a sender who is cut off in the middle never reads the answer.
async fn drain(body: Body) {
    let mut body = Limited::new(body, LONGEST_DRAIN);
    let reading = async { while let Some(Ok(_)) = body.frame().await {} };
    // What does not come in time is cut off after all.
    tokio::time::timeout(BODY_TIMEOUT, reading).await.ok();
}
