//! A call as a handler sees it: values, not a request.

use std::fmt::Display;

use tavola_api::{ApiVersion, Fields, Word};
use tavola_model::{Filter, ListQuery, Page, Sort};
use tavola_store::{
    Actor, Origin, Store,
    sessions::{self, AuthenticateError},
};

use crate::{error::Error, query::Query};

/// A call of a signed-in user.
pub(crate) struct Call<Req> {
    /// Who calls.
    pub(crate) actor: Actor,
    /// The message that was sent.
    pub(crate) body: Req,
    /// The rest.
    pub(crate) context: Context,
}

/// A call of anybody: there is no session yet.
pub(crate) struct OpenCall<Req> {
    /// The message that was sent.
    pub(crate) body: Req,
    /// The rest.
    pub(crate) context: Context,
}

/// What every call has.
pub(crate) struct Context {
    pub(crate) store: Store,
    /// The version in the URL.
    pub(crate) version: ApiVersion,
    /// Where it comes from.
    pub(crate) origin: Origin,
    pub(crate) query: Query,
    /// What the caller calls this request, in the header `RequestID`.
    pub(crate) request_id: Option<String>,
    parameters: Vec<String>,
}

impl Context {
    pub(crate) fn new(
        store: Store,
        version: ApiVersion,
        origin: Origin,
        query: Query,
        request_id: Option<String>,
        parameters: Vec<String>,
    ) -> Self {
        Self { store, version, origin, query, request_id, parameters }
    }

    /// The path's parameter of this place, counted from 0, as it was sent.
    pub(crate) fn parameter(&self, place: usize) -> &str {
        self.parameters.get(place).map_or("", String::as_str)
    }

    /// The path's parameter of this place as an id; the error is that of an unknown id.
    pub(crate) fn id<T: std::str::FromStr>(&self, place: usize, unknown: fn(&str) -> Error) -> Result<T, Error> {
        let text = self.parameter(place);
        text.parse().map_err(|_| unknown(text))
    }

    /// The path of what was made on the actor's site.
    pub(crate) fn location(&self, actor: &Actor, kind: &str, id: impl Display) -> String {
        format!("/api/{}/sites/{}/{kind}/{id}", self.version, actor.site_id())
    }

    /// The page, filters and sorts of a list.
    pub(crate) fn list(&self) -> Result<ListQuery, Error> {
        Ok(ListQuery {
            page: self.page()?,
            filters: Filter::parse_all(self.query.get("filter").unwrap_or_default())?,
            sorts: Sort::parse_all(self.query.get("sort").unwrap_or_default())?,
        })
    }

    /// The page of a list that has no filters.
    pub(crate) fn page(&self) -> Result<Page, Error> {
        Ok(Page::parse(self.query.get("pageNumber"), self.query.get("pageSize"))?)
    }

    /// The choice of fields.
    pub(crate) fn fields(&self) -> Fields {
        Fields::parse(self.query.get("fields"))
    }
}

/// The actor after what they send has come: their session may have ended meanwhile, or their role have changed.
pub(crate) async fn still(store: &Store, actor: &Actor) -> Result<Actor, Error> {
    sessions::authenticate_again(store, actor).await.map_err(not_signed_in)
}

pub(crate) fn not_signed_in(problem: AuthenticateError) -> Error {
    match problem {
        AuthenticateError::NotSignedIn => Error::invalid_token(),
        AuthenticateError::Store(problem) => problem.into(),
    }
}

/// Refuses a body that names another thing than the path does; it need not name any.
pub(crate) fn require_same_id<T: PartialEq>(named: Option<&Word<T>>, id: T, what: &str) -> Result<(), Error> {
    match named {
        Some(named) if *named != Word::Known(id) => Err(Error::other_id(what)),
        _ => Ok(()),
    }
}
