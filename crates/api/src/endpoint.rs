//! What an endpoint is: a verb, a path, the messages both ways, and who may call it.

use std::{fmt, marker::PhantomData};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{ApiVersion, File, NoBody, Streamed, Upload};

/// The longest message, in bytes.
pub const LONGEST_MESSAGE: usize = 1024 * 1024;

/// The verbs of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the verbs of HTTP")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The verb as it stands in a request.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether a second identical request leaves the server as the first did, so that a client may repeat it unasked.
    pub fn is_safe_to_repeat(self) -> bool {
        matches!(self, Self::Get | Self::Put | Self::Delete)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who may call an endpoint at all. What a signed-in caller may do there is decided where the data is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone, without a token.
    Open,
    /// Whoever holds a session.
    SignedIn,
}

/// Everything about an endpoint but its messages.
#[derive(Debug, Clone, Copy)]
pub struct About {
    /// The method's name in the REST reference.
    pub name: &'static str,
    /// The verb.
    pub method: Method,
    /// The path below `/api/{version}`, parameters in braces.
    pub path: &'static str,
    /// The first version that has it.
    pub since: ApiVersion,
    /// Who may call it.
    pub access: Access,
    /// The scope that a session made by a connected app needs; without one such sessions are refused.
    pub scope: Option<&'static str>,
    /// The status of success.
    pub status: u16,
    /// The longest body, in bytes. Of a body that streams, [`LONGEST_MESSAGE`] is the longest message.
    pub longest_body: usize,
    /// The name of the part that holds the file, if the method takes one: see [`Upload`] and [`Streamed`].
    pub file_part: Option<&'static str>,
}

/// An endpoint with the messages it takes and gives.
#[derive(Debug)]
pub struct Endpoint<Req = NoBody, Res = NoBody> {
    /// Everything but the messages.
    pub about: About,
    messages: PhantomData<fn(Req) -> Res>,
}

// Not derived: the messages need be neither Clone nor Copy.
impl<Req, Res> Clone for Endpoint<Req, Res> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Req, Res> Copy for Endpoint<Req, Res> {}

impl<Req, Res> Endpoint<Req, Res> {
    /// Whether a request is a message: [`NoBody`] is the one that holds nothing. The message of [`Streamed`] is a part of
    /// another body.
    pub const TAKES_BODY: bool = size_of::<Req>() > 0;

    /// Whether an answer is a message. Whatever its status, one of [`NoBody`] is empty.
    pub const GIVES_BODY: bool = size_of::<Res>() > 0;

    const fn new(method: Method, name: &'static str, path: &'static str, status: u16) -> Self {
        Self {
            about: About {
                name,
                method,
                path,
                since: ApiVersion::OLDEST,
                access: Access::SignedIn,
                scope: None,
                status,
                longest_body: LONGEST_MESSAGE,
                file_part: None,
            },
            messages: PhantomData,
        }
    }

    /// An endpoint that reads; 200.
    pub(crate) const fn get(name: &'static str, path: &'static str) -> Self {
        Self::new(Method::Get, name, path, 200)
    }

    /// An endpoint that makes something; 201.
    pub(crate) const fn create(name: &'static str, path: &'static str) -> Self {
        Self::new(Method::Post, name, path, 201)
    }

    /// An endpoint that does something; 200.
    pub(crate) const fn post(name: &'static str, path: &'static str) -> Self {
        Self::new(Method::Post, name, path, 200)
    }

    /// An endpoint that changes something; 200.
    pub(crate) const fn put(name: &'static str, path: &'static str) -> Self {
        Self::new(Method::Put, name, path, 200)
    }

    /// An endpoint that changes a part of something, as a job; 202.
    pub(crate) const fn patch(name: &'static str, path: &'static str) -> Self {
        Self::new(Method::Patch, name, path, 202)
    }

    /// An endpoint that removes something; 204.
    pub(crate) const fn delete(name: &'static str, path: &'static str) -> Self {
        Self::new(Method::Delete, name, path, 204)
    }

    /// The first version that has it.
    pub(crate) const fn since(mut self, major: u8, minor: u8) -> Self {
        self.about.since = ApiVersion::new(major, minor);
        self
    }

    /// Needs no session.
    pub(crate) const fn open(mut self) -> Self {
        self.about.access = Access::Open;
        self
    }

    /// What a session of a connected app needs.
    pub(crate) const fn scope(mut self, scope: &'static str) -> Self {
        self.about.scope = Some(scope);
        self
    }

    /// Takes no longer body than this, in bytes.
    pub(crate) const fn longest_body(mut self, bytes: usize) -> Self {
        self.about.longest_body = bytes;
        self
    }

    /// Answers another status than its verb's usual one.
    pub(crate) const fn status(mut self, status: u16) -> Self {
        self.about.status = status;
        self
    }
}

impl<T, Res> Endpoint<Upload<T>, Res> {
    /// An endpoint that takes a file in the part of this name, in a body of at most so many bytes; 200.
    pub(crate) const fn upload(
        name: &'static str,
        path: &'static str,
        file_part: &'static str,
        longest: usize,
    ) -> Self {
        let mut endpoint = Self::post(name, path);
        endpoint.about.file_part = Some(file_part);
        endpoint.about.longest_body = longest;
        endpoint
    }
}

impl<T, Res> Endpoint<Streamed<T>, Res> {
    /// An endpoint that makes something of a file in the part of this name, however long; 201. The part is not there
    /// when the query's `uploadSessionId` names a file that came in blocks.
    pub(crate) const fn publish(name: &'static str, path: &'static str, file_part: &'static str) -> Self {
        let mut endpoint = Self::create(name, path).longest_body(usize::MAX);
        endpoint.about.file_part = Some(file_part);
        endpoint
    }

    /// An endpoint that takes a piece of a file in the part of this name; 200.
    pub(crate) const fn append(name: &'static str, path: &'static str, file_part: &'static str) -> Self {
        let mut endpoint = Self::put(name, path);
        endpoint.about.file_part = Some(file_part);
        endpoint
    }
}

impl<Req> Endpoint<Req, File> {
    /// An endpoint that answers with a file; 200.
    pub(crate) const fn download(name: &'static str, path: &'static str) -> Self {
        Self::get(name, path)
    }
}

/// What stays as it is in one segment of a path: the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl About {
    /// The path with its parameters filled in, in order, each percent-encoded whole.
    ///
    /// # Panics
    ///
    /// When there are fewer or more values than parameters: that is a mistake in the calling code.
    pub fn fill(&self, values: &[&dyn fmt::Display]) -> String {
        let mut values = values.iter();
        let mut path = String::with_capacity(self.path.len() + 40);
        for segment in self.path.split('/').skip(1) {
            path.push('/');
            if segment.starts_with('{') {
                let value = values.next().expect("a value for each parameter of the path").to_string();
                path.extend(utf8_percent_encode(&value, SEGMENT));
            } else {
                path.push_str(segment);
            }
        }
        assert!(values.next().is_none(), "more values than parameters of `{}`", self.path);
        path
    }

    /// Whether a session limited to these scopes may call this: one of them is the endpoint's, `*` standing for any
    /// resource or any action on either side. An endpoint of `tableau:*:*`, such as signing out, is open to each scope.
    pub fn is_in_scope(&self, granted: &[String]) -> bool {
        let Some(needed) = self.scope else { return false };
        let mut needed = needed.split(':');
        let needed = (needed.next(), needed.next(), needed.next());
        granted.iter().any(|scope| {
            let mut parts = scope.split(':');
            let covers = |part: Option<&str>, needed: Option<&str>| {
                part.is_some() && (part == Some("*") || needed == Some("*") || part == needed)
            };
            parts.next() == needed.0 && covers(parts.next(), needed.1) && covers(parts.next(), needed.2)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: Endpoint =
        Endpoint::get("Query User On Site", "/sites/{site}/users/{user}").scope("tableau:users:read");

    #[test]
    fn a_parameter_is_one_segment_whatever_it_holds() {
        assert_eq!(USER.about.fill(&[&"a/b?c", &"é #"]), "/sites/a%2Fb%3Fc/users/%C3%A9%20%23");
    }

    #[test]
    fn a_scope_covers_its_resource_and_action() {
        let covers = |scope: &str| USER.about.is_in_scope(&[scope.to_owned()]);
        assert!(covers("tableau:users:read") && covers("tableau:users:*") && covers("tableau:*:read"));
        assert!(!covers("tableau:users:update") && !covers("tableau:users") && !covers("other:users:read"));
        assert!(!USER.about.is_in_scope(&[]));
        assert!(crate::auth::SIGN_OUT.about.is_in_scope(&["tableau:views:read".to_owned()]));
        assert!(!Endpoint::<NoBody>::get("x", "/x").about.is_in_scope(&["tableau:*:*".to_owned()]));
    }
}
