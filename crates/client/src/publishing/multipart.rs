//! The bodies of requests with files.

use bytes::Bytes;
use http::HeaderValue;
use serde::Serialize;
use tavola_api::{ApiVersion, Direction, Encoding, MESSAGE_PART, encode};

use crate::{
    Error, ambient,
    file_body::{FilePart, FileRange},
    transport::{Body, Payload},
};

/// A boundary that no file holds.
pub(crate) fn boundary() -> String {
    format!("tavola-{:016x}{:016x}", ambient::dice(), ambient::dice())
}

/// A multipart body that is being written. The message comes first, so that a server can refuse before it reads the file.
pub(crate) struct Multipart<'a> {
    boundary: &'a str,
    written: Vec<u8>,
}

impl<'a> Multipart<'a> {
    pub(crate) fn new(boundary: &'a str) -> Self {
        Self { boundary, written: Vec::new() }
    }

    pub(crate) fn with(boundary: &'a str, message: &impl Serialize, version: ApiVersion) -> Result<Self, Error> {
        let message = encode(message, Encoding::Xml, Direction::Request, version).map_err(Error::invalid)?;
        Ok(Self::new(boundary).part(MESSAGE_PART, "", "text/xml", &message))
    }

    pub(crate) fn part(mut self, name: &str, file_name: &str, content_type: &str, bytes: &[u8]) -> Self {
        self.head(name, file_name, content_type);
        self.written.extend_from_slice(bytes);
        self.written.extend_from_slice(b"\r\n");
        self
    }

    fn head(&mut self, name: &str, file_name: &str, content_type: &str) {
        let head = format!(
            "--{}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\n\
             Content-Type: {content_type}\r\n\r\n",
            self.boundary
        );
        self.written.extend_from_slice(head.as_bytes());
    }

    pub(crate) fn end(mut self) -> Body {
        let content_type = self.content_type();
        self.written.extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        Body { content_type, payload: Payload::Bytes(self.written.into()) }
    }

    pub(crate) fn file(mut self, name: &str, file_name: &str, file: FileRange<'_>) -> Body {
        self.head(name, file_name, "application/octet-stream");
        let tail = Bytes::from(format!("\r\n--{}--\r\n", self.boundary));
        let content_type = self.content_type();
        Body { content_type, payload: Payload::File(FilePart::new(file, self.written.into(), tail)) }
    }

    fn content_type(&self) -> HeaderValue {
        HeaderValue::try_from(format!("multipart/mixed; boundary={}", self.boundary))
            .expect("a boundary is letters and digits")
    }
}
