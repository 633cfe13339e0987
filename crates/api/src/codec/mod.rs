//! One model, two encodings.
//!
//! A message is a struct whose fields are the children of `tsRequest` or `tsResponse`. The same struct is read from and
//! written to both encodings by Tableau's mapping:
//!
//! | in Rust | in XML | in JSON |
//! | --- | --- | --- |
//! | a number, flag, text, id, word | attribute | member |
//! | [`Text`](crate::Text) | child element with text | member |
//! | [`Content`](crate::Content), field `value` | text between the tags | member `value` |
//! | a struct | child element | member, an object |
//! | a `Vec` | child elements of that name | member, an array |
//! | `None`, an empty `Vec` | left out | left out |
//!
//! Scalars must be declared before child elements. Reading is lenient where real clients need it: numbers and flags may
//! be texts (`"True"`), one element may stand for a list of one, unknown names are ignored, namespaces and prefixes do
//! not matter.

mod json;
mod node;
mod xml;

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};

use crate::ApiVersion;

/// One of the two encodings of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `application/xml`
    Xml,
    /// `application/json`
    Json,
}

impl Encoding {
    /// The value of the header `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Xml => "application/xml;charset=utf-8",
            Self::Json => "application/json;charset=utf-8",
        }
    }

    /// The encoding of a body with this `Content-Type`; `None` for a type that is neither. A missing header means XML:
    /// published clients sign in without one.
    pub fn of_content_type(header: Option<&str>) -> Option<Self> {
        let Some(header) = header else { return Some(Self::Xml) };
        let media_type = header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        match media_type.as_str() {
            "application/xml" | "text/xml" | "" => Some(Self::Xml),
            "application/json" | "text/json" => Some(Self::Json),
            _ if media_type.ends_with("+xml") => Some(Self::Xml),
            _ if media_type.ends_with("+json") => Some(Self::Json),
            _ => None,
        }
    }

    /// The encoding an `Accept` header asks for: the one named with the greater weight, XML when in doubt.
    pub fn of_accept(header: Option<&str>) -> Self {
        let mut best = (0.0_f32, Self::Xml);
        for range in header.unwrap_or_default().split(',') {
            let mut parts = range.split(';');
            let media_type = parts.next().unwrap_or_default();
            let weight =
                parts.find_map(|parameter| parameter.trim().strip_prefix("q=")?.trim().parse().ok()).unwrap_or(1.0_f32);
            let encoding = match media_type.trim().to_ascii_lowercase().as_str() {
                "" | "*/*" => continue,
                media_type => match Self::of_content_type(Some(media_type)) {
                    Some(encoding) => encoding,
                    None => continue,
                },
            };
            if weight > best.0 {
                best = (weight, encoding);
            }
        }
        best.1
    }
}

/// Whose message it is: it decides the name of the XML root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `tsRequest`
    Request,
    /// `tsResponse`
    Response,
}

impl Direction {
    pub(crate) fn root(self) -> &'static str {
        match self {
            Self::Request => "tsRequest",
            Self::Response => "tsResponse",
        }
    }
}

/// Why a body could not be read or a message not be written. The message is fit for an error's detail: it says what is
/// wrong with the body and never repeats a value from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodecError(String);

impl CodecError {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self(problem.into())
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CodecError {}

impl serde::ser::Error for CodecError {
    fn custom<T: fmt::Display>(problem: T) -> Self {
        Self(problem.to_string())
    }
}

impl serde::de::Error for CodecError {
    fn custom<T: fmt::Display>(problem: T) -> Self {
        Self(problem.to_string())
    }
}

/// Writes a message.
pub fn encode<T: Serialize>(
    message: &T,
    encoding: Encoding,
    direction: Direction,
    version: ApiVersion,
) -> Result<Vec<u8>, CodecError> {
    match encoding {
        Encoding::Xml => xml::write(message, direction, version).map(String::into_bytes),
        Encoding::Json => json::write(message),
    }
}

/// Reads a message.
pub fn decode<T: DeserializeOwned>(body: &[u8], encoding: Encoding, direction: Direction) -> Result<T, CodecError> {
    let text = std::str::from_utf8(body).map_err(|_| CodecError::new("the body is not UTF-8"))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let node = match encoding {
        Encoding::Xml => xml::read(text, direction)?,
        Encoding::Json => json::read(text)?,
    };
    T::deserialize(node)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept_chooses_the_answer_and_xml_is_the_default() {
        assert_eq!(Encoding::of_accept(None), Encoding::Xml);
        assert_eq!(Encoding::of_accept(Some("*/*")), Encoding::Xml);
        assert_eq!(Encoding::of_accept(Some("text/html, image/png")), Encoding::Xml);
        assert_eq!(Encoding::of_accept(Some("application/json")), Encoding::Json);
        assert_eq!(Encoding::of_accept(Some("application/json, text/plain, */*")), Encoding::Json);
        assert_eq!(Encoding::of_accept(Some("application/json;q=0.5, application/xml;q=0.9")), Encoding::Xml);
        assert_eq!(Encoding::of_accept(Some("Application/JSON; charset=utf-8")), Encoding::Json);
    }

    #[test]
    fn a_body_without_content_type_is_xml() {
        assert_eq!(Encoding::of_content_type(None), Some(Encoding::Xml));
        assert_eq!(Encoding::of_content_type(Some("text/xml; charset=UTF-8")), Some(Encoding::Xml));
        assert_eq!(Encoding::of_content_type(Some("application/json")), Some(Encoding::Json));
        assert_eq!(Encoding::of_content_type(Some("application/x-www-form-urlencoded")), None);
    }
}
