//! Bodies with a file: the parts, read as leniently as published clients write them.

use std::convert::Infallible;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use tavola_api::{About, Direction, Encoding, ErrorCode, MESSAGE_PART, Upload, decode};

use crate::error::Error;

/// Takes a body apart. Parts come in any order, with or without `form-data`, and unknown ones do not matter.
pub(crate) async fn read<T: DeserializeOwned>(
    about: &About,
    content_type: Option<&str>,
    body: Bytes,
) -> Result<Upload<T>, Error> {
    let boundary = content_type.and_then(boundary).ok_or_else(|| {
        Error::new(ErrorCode::UNSUPPORTED_MEDIA_TYPE, "the body's Content-Type is not `multipart/mixed; boundary=…`")
    })?;
    let file_part = about.file_part.unwrap_or_default();
    let broken = |problem: multer::Error| Error::bad_request("the multipart body is broken").caused_by(problem);
    let mut parts = multer::Multipart::new(futures_util::stream::iter([Ok::<_, Infallible>(body)]), boundary);
    let (mut message, mut file) = (None, None);
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        let name = part.name().unwrap_or_default().to_owned();
        let is_message = name.eq_ignore_ascii_case(MESSAGE_PART);
        if !is_message && !name.eq_ignore_ascii_case(file_part) {
            continue;
        }
        let encoding =
            Encoding::of_content_type(part.headers().get("content-type").and_then(|value| value.to_str().ok()));
        let bytes = part.bytes().await.map_err(broken)?;
        let twice = if is_message {
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            let encoding = encoding.ok_or_else(|| {
                Error::new(ErrorCode::UNSUPPORTED_MEDIA_TYPE, format!("the part `{name}` is neither XML nor JSON"))
            })?;
            message.replace(decode(&bytes, encoding, Direction::Request)?).is_some()
        } else {
            file.replace(Vec::from(bytes)).is_some()
        };
        if twice {
            return Err(Error::bad_request(format!("the part `{name}` is there more than once")));
        }
    }
    let file = file.ok_or_else(|| Error::bad_request(format!("the part `{file_part}` with the file is missing")))?;
    Ok(Upload { message, file })
}

/// The boundary of a multipart type, of whatever kind.
fn boundary(content_type: &str) -> Option<String> {
    let (media_type, parameters) = content_type.split_once(';')?;
    if !media_type.trim().to_ascii_lowercase().starts_with("multipart/") {
        return None;
    }
    parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let value = value.trim().trim_matches('"');
        (name.trim().eq_ignore_ascii_case("boundary") && !value.is_empty()).then(|| value.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_boundary_is_found_in_any_multipart_type() {
        assert_eq!(boundary("multipart/mixed; boundary=abc").as_deref(), Some("abc"));
        assert_eq!(boundary("Multipart/Form-Data;charset=utf-8; Boundary=\"a b:c\"").as_deref(), Some("a b:c"));
        for other in ["multipart/mixed", "multipart/mixed; boundary=", "text/xml; boundary=abc", ""] {
            assert_eq!(boundary(other), None, "{other}");
        }
    }
}
