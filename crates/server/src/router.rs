//! From a request to a handler and back: version, path, verb, session, scope, site, body, answer, each in one place.

use std::{future::Future, pin::Pin, sync::Arc};

use axum::{body::Body, extract::Request, response::Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use percent_encoding::percent_decode_str;
use serde::{Serialize, de::DeserializeOwned};
use tavola_api::{
    About, Access, ApiVersion, Direction, Encoding, Endpoint, ErrorCode, ErrorMessage, File, Method, NoBody, Streamed,
    Upload, auth::TOKEN_HEADER, decode, encode, hyper_data::REQUEST_ID,
};
use tavola_model::SiteId;
use tavola_store::{Actor, Origin, Store, sessions};
use tokio::sync::Semaphore;

use crate::{
    arriving::Arriving,
    call::{Call, Context, OpenCall, not_signed_in, still},
    cookies,
    download::{Asked, Download},
    error::Error,
    multipart::FileBody,
    paths::{Found, Paths},
    query::Query,
};

/// How many files are received at once of those that are held in memory; others wait.
const MOST_UPLOADS: usize = 8;
/// The most that a body with a file may have where the real server's limits are imitated: a file of 64 MB, and what
/// stands around it.
const LONGEST_STRICT_FILE: usize = 65 * 1024 * 1024;

/// A message on its way out.
pub(crate) struct Answer<Res> {
    message: Res,
    location: Option<String>,
    status: Option<u16>,
}

impl<Res> Answer<Res> {
    /// The message of something that was made, with the path it can be found at.
    pub(crate) fn at(message: Res, location: String) -> Self {
        Self { message, location: Some(location), status: None }
    }

    /// The message of something that is being made: 202.
    pub(crate) fn accepted(message: Res) -> Self {
        Self { message, location: None, status: Some(202) }
    }
}

impl<Res> From<Res> for Answer<Res> {
    fn from(message: Res) -> Self {
        Self { message, location: None, status: None }
    }
}

/// What a handler made, already encoded.
enum Made {
    Message { body: Vec<u8>, location: Option<String>, status: u16 },
    File(Response),
}

type Outcome = Pin<Box<dyn Future<Output = Result<Made, Error>> + Send>>;
type Handler = Box<dyn Fn(Option<Actor>, Context, Incoming) -> Outcome + Send + Sync>;

/// The body as it comes, and how the answer is wanted.
struct Incoming {
    body: Arriving,
    content_type: Option<String>,
    write_as: Encoding,
    asked: Asked,
}

impl Incoming {
    async fn decode<Req: DeserializeOwned>(self) -> Result<Req, Error> {
        let body = self.body.whole().await?;
        if Endpoint::<Req>::TAKES_BODY {
            let encoding = Encoding::of_content_type(self.content_type.as_deref()).ok_or_else(|| {
                Error::new(ErrorCode::UNSUPPORTED_MEDIA_TYPE, "the body's Content-Type is neither XML nor JSON")
            })?;
            if body.is_empty() {
                // No body is a message with nothing in it: whether that is enough, the message tells.
                return Ok(decode(b"{}", Encoding::Json, Direction::Request)?);
            }
            Ok(decode(&body, encoding, Direction::Request)?)
        } else {
            // A method without a message takes whatever clients send with it.
            decode(b"{}", Encoding::Json, Direction::Request).map_err(Error::unexpected)
        }
    }

    fn file<T: DeserializeOwned + Send>(self, about: &About) -> Result<FileBody<T>, Error> {
        FileBody::new(self.body, self.content_type.as_deref(), about.file_part.unwrap_or_default())
    }
}

fn encode_answer<Res: Serialize>(
    answer: Answer<Res>,
    status: u16,
    encoding: Encoding,
    version: ApiVersion,
) -> Result<Made, Error> {
    let status = answer.status.unwrap_or(status);
    let body = if Endpoint::<NoBody, Res>::GIVES_BODY {
        encode(&answer.message, encoding, Direction::Response, version).map_err(Error::unexpected)?
    } else {
        Vec::new()
    };
    Ok(Made::Message { body, location: answer.location, status })
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
    strict: bool,
}

impl Routes {
    /// None as yet. `strict` ones take no more at once than the real server does.
    pub(crate) fn new(strict: bool) -> Self {
        Self { paths: Paths::new(), bound: Vec::new(), uploads: Arc::new(Semaphore::new(MOST_UPLOADS)), strict }
    }

    /// Binds an endpoint of signed-in users.
    pub(crate) fn on<Req, Res, Given, F, Fut>(&mut self, endpoint: Endpoint<Req, Res>, handler: F)
    where
        Req: DeserializeOwned + Send + 'static,
        Res: Serialize + Send + 'static,
        Given: Into<Answer<Res>> + Send + 'static,
        F: Fn(Call<Req>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Given, Error>> + Send + 'static,
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
                    let body = incoming.decode().await?;
                    let actor = if Endpoint::<Req>::TAKES_BODY { still(&context.store, &actor).await? } else { actor };
                    let made = handler(Call { actor, body, context }).await?;
                    encode_answer(made.into(), status, encoding, version)
                })
            }),
        );
    }

    /// Binds an endpoint of signed-in users that takes a file of the size of a message.
    pub(crate) fn upload<T, Res, F, Fut>(&mut self, endpoint: Endpoint<Upload<T>, Res>, handler: F)
    where
        T: DeserializeOwned + Send + 'static,
        Res: Serialize + Send + 'static,
        F: Fn(Call<Upload<T>>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Res, Error>> + Send + 'static,
    {
        let about = endpoint.about;
        let places = self.uploads.clone();
        assert_eq!(about.access, Access::SignedIn, "{} is open", about.name);
        self.bind(
            about,
            Box::new(move |actor, context, incoming| {
                let (handler, places) = (handler.clone(), places.clone());
                Box::pin(async move {
                    let actor = actor.ok_or_else(Error::invalid_token)?;
                    let (version, encoding) = (context.version, incoming.write_as);
                    // Held until the answer is there: until then the file is in memory.
                    let _place = places.acquire_owned().await.map_err(Error::unexpected)?;
                    let (message, file) = incoming.file(&about)?.whole().await?;
                    let actor = still(&context.store, &actor).await?;
                    let made = handler(Call { actor, body: Upload { message, file }, context }).await?;
                    encode_answer(made.into(), about.status, encoding, version)
                })
            }),
        );
    }

    /// Binds an endpoint of signed-in users that takes a file of any size, which the handler reads as it arrives.
    pub(crate) fn stream<T, Res, Given, F, Fut>(&mut self, endpoint: Endpoint<Streamed<T>, Res>, handler: F)
    where
        T: DeserializeOwned + Send + 'static,
        Res: Serialize + Send + 'static,
        Given: Into<Answer<Res>> + Send + 'static,
        F: Fn(Call<FileBody<T>>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Given, Error>> + Send + 'static,
    {
        let mut about = endpoint.about;
        assert_eq!(about.access, Access::SignedIn, "{} is open", about.name);
        if self.strict {
            about.longest_body = about.longest_body.min(LONGEST_STRICT_FILE);
        }
        self.bind(
            about,
            Box::new(move |actor, context, incoming| {
                let handler = handler.clone();
                Box::pin(async move {
                    let actor = actor.ok_or_else(Error::invalid_token)?;
                    let (version, encoding) = (context.version, incoming.write_as);
                    let body = incoming.file(&about)?;
                    let made = handler(Call { actor, body, context }).await?;
                    encode_answer(made.into(), about.status, encoding, version)
                })
            }),
        );
    }

    /// Binds an endpoint of signed-in users that answers with a file.
    pub(crate) fn download<Req, F, Fut>(&mut self, endpoint: Endpoint<Req, File>, handler: F)
    where
        Req: DeserializeOwned + Send + 'static,
        F: Fn(Call<Req>) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<Download, Error>> + Send + 'static,
    {
        let about = endpoint.about;
        assert_eq!(about.access, Access::SignedIn, "{} is open", about.name);
        self.bind(
            about,
            Box::new(move |actor, context, mut incoming| {
                let handler = handler.clone();
                Box::pin(async move {
                    let actor = actor.ok_or_else(Error::invalid_token)?;
                    let (store, asked) = (context.store.clone(), std::mem::take(&mut incoming.asked));
                    let body = incoming.decode().await?;
                    let download = handler(Call { actor, body, context }).await?;
                    download.answer(&store, &asked).await.map(Made::File)
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
                    let body = incoming.decode().await?;
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
        let (body, rest) = Arriving::new(body, &head.headers);
        let mut answered = Answered::new(asked);
        let result = self.call(store, origin, &head, body, &mut answered).await;
        rest.drain(&head.headers).await;
        answered.finish(result);
        answered
    }

    async fn call(
        &self,
        store: &Store,
        origin: Origin,
        head: &http::request::Parts,
        mut body: Arriving,
        answered: &mut Answered,
    ) -> Result<Made, Error> {
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
            Access::SignedIn => Some(authenticate(store, &origin, head).await?),
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
        let request_id = header_text(&head.headers, REQUEST_ID).map(str::to_owned);
        let context = Context::new(store.clone(), answered.version, origin, query, request_id, parameters);
        body.limit(route.about.longest_body);
        let incoming = Incoming {
            body,
            content_type: header_text(&head.headers, header::CONTENT_TYPE.as_str()).map(str::to_owned),
            write_as: answered.encoding,
            asked: Asked::of(head),
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

    fn finish(&mut self, result: Result<Made, Error>) {
        let (status, body) = match result {
            Ok(Made::Message { body, location, status }) => {
                if let Some(location) = location.and_then(|location| HeaderValue::try_from(location).ok()) {
                    self.response.headers_mut().insert(header::LOCATION, location);
                }
                (status, body)
            }
            Ok(Made::File(response)) => {
                self.response = response;
                self.finish_headers();
                return;
            }
            Err(error) => {
                let message = ErrorMessage::new(error.code, error.detail.as_str());
                // The message of an error is two texts; writing it cannot fail.
                let body = encode(&message, self.encoding, Direction::Response, self.version).unwrap_or_default();
                if let Some((name, value)) = error.header.clone().map(|header| *header) {
                    self.response.headers_mut().insert(name, value);
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
        *self.response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        *self.response.body_mut() = Body::from(body);
        self.finish_headers();
    }

    /// What every answer says.
    fn finish_headers(&mut self) {
        let headers = self.response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
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

async fn authenticate(store: &Store, origin: &Origin, head: &http::request::Parts) -> Result<Actor, Error> {
    let mut tokens = head.headers.get_all(TOKEN_HEADER).iter();
    let token = match (tokens.next(), tokens.next()) {
        (None, _) => None,
        (Some(token), None) => Some(token.to_str().unwrap_or_default()),
        (Some(_), Some(_)) => return Err(Error::bad_request("the header `X-Tableau-Auth` is there more than once")),
    };
    let token = token
        .filter(|token| !token.is_empty())
        .or_else(|| cookies::session_token(head))
        .ok_or_else(|| Error::new(ErrorCode::NO_TOKEN, "No authentication credentials were provided."))?;
    sessions::authenticate(store, token, origin.clone()).await.map_err(not_signed_in)
}

/// The site in the path must be the session's. Another site's id gets the answer of an unknown one.
fn own_site(actor: &Actor, site: &str) -> Result<(), Error> {
    match site.parse::<SiteId>() {
        Ok(id) if id == actor.site_id() => Ok(()),
        _ => Err(Error::site_not_found(site)),
    }
}
