//! Files on their way out: their names, parts of them, and an end that is never taken for theirs when it is not.

use std::{
    io::{self, BufReader, Read as _},
    ops::Range,
};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, stream};
use http::{HeaderValue, StatusCode, header};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tavola_store::{
    Store,
    content::{self, Blob, RandomRead},
};
use tavola_workbook::Limits;

use crate::error::Error;

/// A file as the answer to a call.
pub(crate) struct Download {
    /// What kind of file it is, such as `tableau_workbook`.
    pub(crate) part: &'static str,
    /// The name that clients save it under.
    pub(crate) file_name: String,
    pub(crate) content_type: &'static str,
    /// Its bytes.
    pub(crate) source: Source,
}

/// Where the bytes of a file are.
pub(crate) enum Source {
    /// In the storage.
    Blob(Blob),
    /// Here: they are few.
    Bytes(Vec<u8>),
    /// In the storage, but not all of them.
    WithoutExtracts(Box<WithoutExtracts>),
}

/// How a file was asked for.
#[derive(Default)]
pub(crate) struct Asked {
    range: Option<String>,
    if_range: Option<String>,
    head_only: bool,
}

impl Asked {
    pub(crate) fn of(head: &http::request::Parts) -> Self {
        let text = |name| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self {
            range: text(header::RANGE),
            if_range: text(header::IF_RANGE),
            head_only: head.method == http::Method::HEAD,
        }
    }
}

impl Download {
    /// The answer: all of the file, or the part that is asked for.
    pub(crate) async fn answer(self, store: &Store, asked: &Asked) -> Result<Response, Error> {
        let Self { part, file_name, content_type, source } = self;
        let blob = match source {
            Source::Blob(blob) => blob,
            Source::Bytes(bytes) => {
                let size = bytes.len() as u64;
                return Ok(whole(part, &file_name, content_type, size, asked, || Body::from(bytes)));
            }
            Source::WithoutExtracts(left) => {
                let (size, tag) = (left.file.length(), left.tag.clone());
                let mut response = whole(part, &file_name, content_type, size, asked, || left.into_body());
                set(&mut response, header::ACCEPT_RANGES, "none".to_owned());
                set(&mut response, header::ETAG, tag);
                return Ok(response);
            }
        };
        let size = blob.size();
        let tag = format!("\"{}\"", blob.hash());
        // A part of what was another file would complete nothing.
        let is_same = asked.if_range.as_deref().is_none_or(|wanted| wanted == tag);
        let wanted = asked.range.as_deref().filter(|_| is_same && !asked.head_only);
        let section = match wanted.map_or(Wanted::Everything, |text| wanted_range(text, size)) {
            Wanted::Everything => None,
            Wanted::Part(range) => Some(range),
            Wanted::Nothing => return Err(Error::not_within(size)),
        };
        let range = section.clone().unwrap_or(0..size);
        let body = if asked.head_only {
            Body::empty()
        } else {
            unbroken(content::read(store, &blob, section.clone()).await?.stream)
        };
        let mut response = Response::new(body);
        if section.is_some() {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        describe(&mut response, part, &file_name, content_type, range.end - range.start);
        set(&mut response, header::ACCEPT_RANGES, "bytes".to_owned());
        set(&mut response, header::ETAG, tag);
        if let Some(Range { start, end }) = section {
            set(&mut response, header::CONTENT_RANGE, format!("bytes {start}-{}/{size}", end - 1));
        }
        Ok(response)
    }
}

/// A body of the bytes that come. Its length was said before: what breaks off breaks the connection, and nobody takes it for
/// the whole.
fn unbroken<E>(bytes: impl Stream<Item = Result<Bytes, E>> + Send + 'static) -> Body
where
    E: std::error::Error + Send + Sync + 'static,
{
    Body::from_stream(bytes.inspect(|bytes| {
        if let Err(problem) = bytes {
            tracing::error!(cause = ?problem, "a file broke off on its way out");
        }
    }))
}

/// How much of a file without its extracts is made at once.
const PIECE: u64 = 256 * 1024;

/// A stored file without its extracts, made while it goes out.
pub(crate) struct WithoutExtracts {
    file: tavola_workbook::WithoutExtracts<BufReader<RandomRead>>,
    /// What tells it from the whole file, and from any other.
    tag: String,
}

impl WithoutExtracts {
    /// None where the file has no extracts: it is without them as it is.
    pub(crate) async fn of(store: &Store, blob: &Blob) -> Result<Option<Self>, Error> {
        let reader = content::random_read(store, blob).await?;
        let reader = move || tavola_workbook::without_extracts(BufReader::new(reader), Limits::default());
        let file = tokio::task::spawn_blocking(reader).await.map_err(Error::unexpected)?;
        let tag = format!("\"{}-without-extracts\"", blob.hash());
        Ok(file.map_err(Error::unexpected)?.map(|file| Self { file, tag }))
    }

    /// The ending of such a file's name: a package of nothing but extracts is one no more.
    pub(crate) fn extension(&self) -> &'static str {
        self.file.kind().extension()
    }

    fn into_body(self) -> Body {
        unbroken(stream::try_unfold(self.file, |mut file| async move {
            let made = tokio::task::spawn_blocking(move || {
                let mut piece = Vec::new();
                file.by_ref().take(PIECE).read_to_end(&mut piece)?;
                Ok::<_, io::Error>((!piece.is_empty()).then(|| (Bytes::from(piece), file)))
            });
            made.await.map_err(io::Error::other)?
        }))
    }
}

/// A file that is given whole, whatever part of it is asked for.
fn whole(
    part: &str,
    file_name: &str,
    content_type: &str,
    size: u64,
    asked: &Asked,
    body: impl FnOnce() -> Body,
) -> Response {
    let mut response = Response::new(if asked.head_only { Body::empty() } else { body() });
    describe(&mut response, part, file_name, content_type, size);
    response
}

fn describe(response: &mut Response, part: &str, file_name: &str, content_type: &str, length: u64) {
    set(response, header::CONTENT_TYPE, content_type.to_owned());
    set(response, header::CONTENT_LENGTH, length.to_string());
    set(response, header::CONTENT_DISPOSITION, disposition(part, file_name));
}

fn set(response: &mut Response, name: header::HeaderName, text: String) {
    if let Ok(value) = HeaderValue::try_from(text) {
        response.headers_mut().insert(name, value);
    }
}

/// The header that names the file. Clients find the name behind `filename=`; names that are not plain ASCII come a second
/// time, whole, where those look who know RFC 6266.
fn disposition(part: &str, file_name: &str) -> String {
    let is_plain = |character: char| matches!(character, ' '..='~') && !matches!(character, '"' | '\\' | '%');
    let plain: String = file_name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    let header = format!("name=\"{part}\"; filename=\"{plain}\"");
    if plain == file_name {
        header
    } else {
        format!("{header}; filename*=UTF-8''{}", utf8_percent_encode(file_name, NON_ALPHANUMERIC))
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Everything,
    Part(Range<u64>),
    Nothing,
}

/// What a header `Range` asks for. One that is not understood, or asks for several parts, gets everything, as the standard
/// allows.
fn wanted_range(text: &str, size: u64) -> Wanted {
    let number = |text: &str| text.chars().all(|c| c.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    let Some((unit, range)) = text.split_once('=') else { return Wanted::Everything };
    let Some((first, last)) = range.trim().split_once('-') else { return Wanted::Everything };
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return Wanted::Everything;
    }
    let range = match (number(first), number(last), first, last) {
        (None, Some(length), "", _) => size.saturating_sub(length)..size,
        (Some(first), None, _, "") => first..size,
        (Some(first), Some(last), _, _) if first <= last => first..size.min(last.saturating_add(1)),
        _ => return Wanted::Everything,
    };
    if range.is_empty() { Wanted::Nothing } else { Wanted::Part(range) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_plain_where_it_can_be_and_whole_where_not() {
        for (name, expected) in [
            ("Sales 2026.twbx", "name=\"p\"; filename=\"Sales 2026.twbx\""),
            ("Größe.twb", "name=\"p\"; filename=\"Gr__e.twb\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%2Etwb"),
            ("a\"b\\c%d\r\n.twb", "name=\"p\"; filename=\"a_b_c_d__.twb\"; filename*=UTF-8''a%22b%5Cc%25d%0D%0A%2Etwb"),
        ] {
            assert_eq!(disposition("p", name), expected);
        }
    }

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        for (text, expected) in [
            ("bytes=0-", Wanted::Part(0..10)),
            ("bytes=3-5", Wanted::Part(3..6)),
            ("Bytes = 3-500", Wanted::Part(3..10)),
            ("bytes=9-9", Wanted::Part(9..10)),
            ("bytes=-4", Wanted::Part(6..10)),
            ("bytes=-400", Wanted::Part(0..10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=10-20", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=0-1,4-5", Wanted::Everything),
            ("bytes=5-3", Wanted::Everything),
            ("bytes=-", Wanted::Everything),
            ("bytes=x-", Wanted::Everything),
            ("bytes=+1-", Wanted::Everything),
            ("lines=1-2", Wanted::Everything),
            ("bytes", Wanted::Everything),
        ] {
            assert_eq!(wanted_range(text, 10), expected, "{text}");
        }
        assert_eq!(wanted_range("bytes=0-", 0), Wanted::Nothing);
    }
}
