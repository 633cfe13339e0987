//! SCIM: how an identity provider makes, changes and removes users and groups of a site. A protocol of its own (RFC 7643, RFC
//! 7644), in JSON alone, with a bearer token; [`configurations`] are how administrators get one, over the REST API.

mod configurations;
mod discovery;
mod groups;
mod patch;
mod users;

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::{Map, Value, json};
use tavola_model::SiteId;
use tavola_store::{Actor, scim};

use crate::{Server, error::Error, origin, query::Query, web_sign_in::Here};

pub(crate) use configurations::bind;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
/// The product's own, which has the site role.
const TABLEAU: &str = "urn:ietf:params:scim:schemas:extension:tableau:3.0";
const TABLEAU_USER: &str = "urn:ietf:params:scim:schemas:extension:tableau:3.0:User";

/// The longest body: a group of some ten thousand users.
const LONGEST_BODY: usize = 4 * 1024 * 1024;
/// How long a body may take to arrive.
const BODY_WITHIN: Duration = Duration::from_secs(30);
/// How many resources an answer has, unless fewer are asked for.
const MOST: u64 = 200;

/// Where it is, and where it would be at the product's own service.
pub(crate) fn routes() -> axum::Router<Arc<Server>> {
    axum::Router::new()
        .route("/sites/{site}/scim/v2/{*resource}", axum::routing::any(answer))
        .route("/pods/{pod}/sites/{site}/scim/v2/{*resource}", axum::routing::any(answer_in_pod))
}

async fn answer_in_pod(
    server: State<Arc<Server>>,
    Path((_, site, resource)): Path<(String, String, String)>,
    request: Request,
) -> Response {
    answer(server, Path((site, resource)), request).await
}

async fn answer(
    State(server): State<Arc<Server>>,
    Path((site, resource)): Path<(String, String)>,
    request: Request,
) -> Response {
    let method = request.method().clone();
    match handle(&server, &site, &resource, request).await {
        Ok(answer) => answer,
        Err(refused) => {
            let Refused { status, kind, detail, .. } = &refused;
            tracing::info!(%method, status = status.as_u16(), kind, detail, "SCIM refused");
            refused.into_response()
        }
    }
}

/// One call of a provider.
struct Call<'a> {
    server: &'a Server,
    actor: Actor,
    query: Query,
    body: Value,
    /// The address that all resources are below.
    base: String,
}

/// Why a call was not done.
struct Refused {
    status: StatusCode,
    /// The `scimType`, where the RFC has one.
    kind: Option<&'static str>,
    detail: String,
}

impl Refused {
    fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, kind: None, detail: detail.into() }
    }

    fn bad(kind: &'static str, detail: impl Into<String>) -> Self {
        Self { kind: Some(kind), ..Self::new(StatusCode::BAD_REQUEST, detail) }
    }
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let status = StatusCode::from_u16(error.code.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_server_error() {
            tracing::error!(cause = error.cause.as_deref().unwrap_or_default(), "SCIM failed");
        }
        let kind = (status == StatusCode::BAD_REQUEST).then_some("invalidValue");
        Self { status, kind, detail: error.detail }
    }
}

impl From<tavola_store::Error> for Refused {
    fn from(error: tavola_store::Error) -> Self {
        let is_taken = matches!(error, tavola_store::Error::AlreadyExists(_));
        let refused = Self::from(Error::from(error));
        if is_taken { Self { kind: Some("uniqueness"), ..refused } } else { refused }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let Self { status, kind, detail } = self;
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": status.as_str(),
            "detail": detail,
        });
        if let Some(kind) = kind {
            body["scimType"] = kind.into();
        }
        let mut answer = json_answer(status, &body);
        if status == StatusCode::UNAUTHORIZED {
            answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        answer
    }
}

async fn handle(server: &Server, site: &str, resource: &str, request: Request) -> Result<Response, Refused> {
    let origin = origin(&request);
    let (head, body) = request.into_parts();
    let unauthorized = || Refused::new(StatusCode::UNAUTHORIZED, "no token of this site's SCIM was sent");
    let token = head.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, token) = token.and_then(|text| text.split_once(' ')).ok_or_else(unauthorized)?;
    let site: SiteId = site.parse().map_err(|_| unauthorized())?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(unauthorized());
    }
    let actor = scim::authenticate(&server.store, site, token.trim(), origin).await?.ok_or_else(unauthorized)?;
    let here = Here::of(server, &head).ok_or_else(|| Refused::bad("invalidValue", "the request names no host"))?;
    let body = match tokio::time::timeout(BODY_WITHIN, axum::body::to_bytes(body, LONGEST_BODY)).await {
        Ok(Ok(bytes)) if bytes.is_empty() => Value::Null,
        Ok(Ok(bytes)) => serde_json::from_slice(&bytes)
            .map_err(|problem| Refused::bad("invalidSyntax", format!("the body is no JSON: {problem}")))?,
        Ok(Err(_)) => return Err(Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large or broke off")),
        Err(_) => return Err(Refused::new(StatusCode::REQUEST_TIMEOUT, "the body took too long")),
    };
    let base = format!("{}/sites/{site}/scim/v2", here.base());
    let call = Call { server, actor, query: Query::parse(head.uri.query())?, body, base };
    let parts: Vec<&str> = resource.trim_matches('/').split('/').collect();
    match parts.as_slice() {
        ["Users"] => users::all(&head.method, call).await,
        ["Users", id] => users::one(&head.method, call, id).await,
        ["Groups"] => groups::all(&head.method, call).await,
        ["Groups", id] => groups::one(&head.method, call, id).await,
        _ if head.method == Method::GET => discovery::get(&call, &parts).ok_or_else(|| unknown(resource)),
        _ => Err(unknown(resource)),
    }
}

fn unknown(resource: &str) -> Refused {
    Refused::new(StatusCode::NOT_FOUND, format!("`{resource}` could not be found"))
}

fn not_allowed() -> Refused {
    Refused::new(StatusCode::METHOD_NOT_ALLOWED, "this resource does not take this method")
}

fn json_answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/scim+json")], body.to_string()).into_response()
}

/// A condition `attribute eq "value"`, which is all that providers ask by.
fn filter(text: &str) -> Result<(String, String), Refused> {
    let refused = || Refused::bad("invalidFilter", format!("`{text}` is not of the form `attribute eq \"value\"`"));
    let mut words = text.trim().splitn(3, ' ');
    let (attribute, operator) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let value = words.next().unwrap_or_default().trim();
    if attribute.is_empty() || !operator.eq_ignore_ascii_case("eq") {
        return Err(refused());
    }
    // A quoted text is one of JSON.
    let value: String = serde_json::from_str(value).map_err(|_| refused())?;
    Ok((attribute.to_ascii_lowercase(), value))
}

impl Call<'_> {
    fn filter(&self) -> Result<Option<(String, String)>, Refused> {
        self.query.get("filter").filter(|text| !text.trim().is_empty()).map(filter).transpose()
    }

    /// How many come before those that are asked for, and how many these are.
    fn span(&self) -> Result<(u64, u64), Refused> {
        let number = |name: &str, otherwise: u64| match self.query.get(name) {
            None | Some("") => Ok(otherwise),
            Some(text) => text
                .parse::<i64>()
                .map(|number| u64::try_from(number).unwrap_or(0))
                .map_err(|_| Refused::bad("invalidValue", format!("`{name}` is not a number"))),
        };
        Ok((number("startIndex", 1)?.saturating_sub(1), number("count", MOST)?.min(MOST)))
    }

    fn list(&self, skipped: u64, total: u64, resources: Vec<Value>) -> Response {
        let resources: Vec<Value> = resources.into_iter().map(|resource| self.shown(resource)).collect();
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": total,
            "startIndex": skipped + 1,
            "itemsPerPage": resources.len(),
            "Resources": resources,
        });
        json_answer(StatusCode::OK, &body)
    }

    fn single(&self, status: StatusCode, resource: Value) -> Response {
        let location = resource["meta"]["location"].as_str().and_then(|text| HeaderValue::try_from(text).ok());
        let mut answer = json_answer(status, &self.shown(resource));
        if status == StatusCode::CREATED {
            answer.headers_mut().extend(location.map(|location| (header::LOCATION, location)));
        }
        answer
    }

    fn excludes(&self, attribute: &str) -> bool {
        let names = |name| self.query.get(name).filter(|text| !text.is_empty());
        let has = |list: &str| list.split(',').any(|name| name.trim().eq_ignore_ascii_case(attribute));
        names("excludedAttributes").is_some_and(has) || names("attributes").is_some_and(|list| !has(list))
    }

    /// A resource with the attributes that are asked for, and those that are always there.
    fn shown(&self, resource: Value) -> Value {
        let Value::Object(attributes) = resource else { return resource };
        let always = |name: &str| ["id", "schemas"].contains(&name);
        let shown = attributes.into_iter().filter(|(name, _)| always(name) || !self.excludes(name));
        Value::Object(shown.collect::<Map<_, _>>())
    }
}

/// A text of a resource that was sent; `""` if it is not there. Names are in any case.
fn text(sent: &Value, name: &str) -> Result<Option<String>, Refused> {
    match patch::member(sent, name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.trim().to_owned())),
        Some(_) => Err(Refused::bad("invalidValue", format!("`{name}` is no text"))),
    }
}

/// What a store's change fails with when what a provider sent makes no sense.
fn senseless(refused: Refused) -> tavola_store::Error {
    tavola_store::Error::Invalid(tavola_store::Invalid::Value(refused.detail))
}
