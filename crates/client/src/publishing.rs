//! Files published: a small one in one request, a larger one in blocks, several at a time where the server can tell them
//! apart.

use std::{fmt, path::Path, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use http::HeaderValue;
use serde::{Serialize, de::DeserializeOwned};
use tavola_api::{
    ApiVersion, Direction, Encoding, Endpoint, MESSAGE_PART, Streamed, encode,
    file_uploads::{APPEND, FileUploadMessage, INITIATE, LONGEST_BLOCK},
};
use tokio::time::Instant;

use crate::{
    Client, Error, PathValue, Progress, ambient,
    file_body::{FilePart, Listener, Meter, Source},
    transport::{Body, Payload},
};

/// The longest file that goes in one request, as the reference says.
pub(crate) const LONGEST_IN_ONE_REQUEST: u64 = 64 << 20;
/// How long the first blocks are.
const FIRST_BLOCK: u64 = 8 << 20;
/// How short blocks get on a slow line.
const SHORTEST_BLOCK: u64 = 1 << 20;
/// A block that took less is followed by longer ones.
const QUICK: Duration = Duration::from_secs(2);
/// A block that took more is followed by shorter ones: a break costs a block.
const SLOW: Duration = Duration::from_secs(10);
/// How many blocks are on their way at a time.
const BLOCKS_AT_A_TIME: usize = 4;
/// How often a file is sent from its beginning again, to a server that does not tell blocks apart.
const RESTARTS: u32 = 2;

/// How a file is published.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct PublishOptions {
    /// Takes the place of what has the same name in the same project.
    pub overwrite: bool,
    /// Adds the rows of the file to the data source of that name.
    pub append: bool,
    /// Asks for a job that does it in the background.
    pub as_job: bool,
    /// Publishes also what cannot reach its data.
    pub skip_connection_check: bool,
    pub(crate) listener: Option<Listener>,
}

impl PublishOptions {
    /// Takes the place of what has the same name in the same project.
    pub fn overwrite(mut self, overwrite: bool) -> Self {
        self.overwrite = overwrite;
        self
    }

    /// Adds the rows of the file to the data source that has the same name in the same project. Both have an extract with the
    /// same columns.
    pub fn append(mut self, append: bool) -> Self {
        self.append = append;
        self
    }

    /// Asks for a job that does it in the background, once the file is there.
    pub fn as_job(mut self, as_job: bool) -> Self {
        self.as_job = as_job;
        self
    }

    /// Publishes also what cannot reach its data.
    pub fn skip_connection_check(mut self, skip: bool) -> Self {
        self.skip_connection_check = skip;
        self
    }

    /// Is told how far it is, often.
    pub fn progress(mut self, listener: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    fn query(&self) -> Vec<(&'static str, String)> {
        let flags = [
            ("overwrite", self.overwrite),
            ("append", self.append),
            ("asJob", self.as_job),
            ("skipConnectionCheck", self.skip_connection_check),
        ];
        flags.into_iter().filter(|(_, set)| *set).map(|(name, _)| (name, "true".to_owned())).collect()
    }
}

impl fmt::Debug for PublishOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishOptions")
            .field("overwrite", &self.overwrite)
            .field("append", &self.append)
            .field("as_job", &self.as_job)
            .field("skip_connection_check", &self.skip_connection_check)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Publishes a file by an endpoint of any kind of content: what the rooms' `publish` is made of.
    ///
    /// The file is read while it is sent, never as a whole. One of more than 64 MB goes in blocks, up to four at a time
    /// where the server tells blocks apart; then a block that broke off is sent again, and it alone. The last request,
    /// which makes the file content, is not repeated once the server may have acted on it.
    ///
    /// `type_parameter` is the query's parameter for the type of a file that came in blocks, such as `workbookType`; the
    /// type is the ending of the file's name.
    pub async fn publish<M: Serialize, P: DeserializeOwned>(
        &self,
        endpoint: &Endpoint<Streamed<M>, P>,
        type_parameter: &'static str,
        file: &Path,
        message: &M,
        options: &PublishOptions,
    ) -> Result<P, Error> {
        let source = Source::find(file).await?;
        let ending = file.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        let ending = ending.ok_or_else(|| {
            Error::Invalid(format!("`{}` has no ending that tells what it is, such as .twbx", file.display()))
        })?;
        let meter = Meter::new(source.length, options.listener.clone());
        let mut query = options.query();
        let boundary = boundary();
        if source.length > LONGEST_IN_ONE_REQUEST {
            query.push(("uploadSessionId", self.send_in_blocks(&source, &meter).await?));
            query.push((type_parameter, ending));
            let body = |version| Multipart::with(&boundary, message, version).map(|parts| Some(parts.end()));
            return self
                .send_signed_in(&endpoint.about, &[PathValue::SessionSite], &crate::list::borrowed(&query), &[], body)
                .await;
        }
        let part_name = endpoint.about.file_part.unwrap_or_default();
        let body = |version| {
            let parts = Multipart::with(&boundary, message, version)?;
            Ok(Some(parts.file(part_name, &format!("file.{ending}"), &source, 0..source.length, &meter)))
        };
        self.send_signed_in(&endpoint.about, &[PathValue::SessionSite], &crate::list::borrowed(&query), &[], body).await
    }

    /// Sends a file in blocks, for a method that takes what was uploaded; gives the name of the upload.
    pub(crate) async fn upload_in_blocks(&self, file: &Path) -> Result<String, Error> {
        let source = Source::find(file).await?;
        let meter = Meter::new(source.length, None);
        self.send_in_blocks(&source, &meter).await
    }

    /// Sends a file in blocks, and gives the name of the upload.
    async fn send_in_blocks(&self, source: &Arc<Source>, meter: &Arc<Meter>) -> Result<String, Error> {
        let mut restarts = 0;
        loop {
            let begun: FileUploadMessage = self.call(&INITIATE, &[PathValue::SessionSite], &[], None).await?;
            let upload = begun.file_upload.upload_session_id.to_string();
            let most = begun.file_upload.max_file_chunk_count.filter(|most| *most > 0);
            match self.send_blocks(&upload, most, source, meter).await {
                Ok(()) => return Ok(upload),
                // Nobody knows how much of the broken block is there, so that nothing can be added to this upload.
                Err(Error::Unreachable(_) | Error::TimedOut { .. }) if most.is_none() && restarts < RESTARTS => {
                    restarts += 1;
                    meter.reset();
                }
                Err(error) => return Err(error),
            }
        }
    }

    async fn send_blocks(
        &self,
        upload: &str,
        most: Option<u32>,
        source: &Arc<Source>,
        meter: &Arc<Meter>,
    ) -> Result<(), Error> {
        let mut plan = Plan::new(source.length, most);
        let at_a_time = if most.is_some() { BLOCKS_AT_A_TIME } else { 1 };
        let mut on_their_way = FuturesUnordered::new();
        loop {
            while on_their_way.len() < at_a_time {
                let Some(block) = plan.next() else { break };
                on_their_way.push(self.send_block(upload, most.is_some(), block, source, meter));
            }
            match on_their_way.next().await {
                None => return Ok(()),
                Some(took) => plan.learn(took?),
            }
        }
    }

    async fn send_block(
        &self,
        upload: &str,
        numbered: bool,
        block: Block,
        source: &Arc<Source>,
        meter: &Arc<Meter>,
    ) -> Result<Duration, Error> {
        let begun = Instant::now();
        let number = block.number.to_string();
        let query: &[(&str, &str)] = if numbered { &[("sequenceID", &number)] } else { &[] };
        let boundary = boundary();
        let part_name = APPEND.about.file_part.unwrap_or_default();
        let body = |_| {
            let parts = Multipart::new(&boundary).part(MESSAGE_PART, "", "text/xml", b"");
            Ok(Some(parts.file(part_name, "file", source, block.start..block.end, meter)))
        };
        let path = [PathValue::SessionSite, PathValue::Of(&upload)];
        self.send_signed_in::<FileUploadMessage, _>(&APPEND.about, &path, query, &[], body).await?;
        Ok(begun.elapsed())
    }
}

/// Where a block lies in its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    number: u32,
    start: u64,
    end: u64,
}

/// Cuts a file into blocks, longer or shorter as the line is.
struct Plan {
    length: u64,
    most: Option<u32>,
    next: u64,
    number: u32,
    size: u64,
}

impl Plan {
    fn new(length: u64, most: Option<u32>) -> Self {
        Self { length, most, next: 0, number: 0, size: FIRST_BLOCK }
    }

    fn next(&mut self) -> Option<Block> {
        let left = self.length - self.next;
        if left == 0 {
            return None;
        }
        // However slow the line, the blocks that the server allows must reach.
        let blocks_left = self.most.map_or(u64::MAX, |most| u64::from(most.saturating_sub(self.number)).max(1));
        let size = self.size.max(left.div_ceil(blocks_left)).min(LONGEST_BLOCK as u64).min(left);
        let block = Block { number: self.number, start: self.next, end: self.next + size };
        self.next = block.end;
        self.number += 1;
        Some(block)
    }

    fn learn(&mut self, took: Duration) {
        if took < QUICK {
            self.size = (self.size * 2).min(LONGEST_BLOCK as u64);
        } else if took > SLOW {
            self.size = (self.size / 2).max(SHORTEST_BLOCK);
        }
    }
}

fn boundary() -> String {
    format!("tavola-{:016x}{:016x}", ambient::dice(), ambient::dice())
}

/// A multipart body that is being written. The message comes first, so that a server can refuse before it reads the file.
struct Multipart<'a> {
    boundary: &'a str,
    written: Vec<u8>,
}

impl<'a> Multipart<'a> {
    fn new(boundary: &'a str) -> Self {
        Self { boundary, written: Vec::new() }
    }

    fn with(boundary: &'a str, message: &impl Serialize, version: ApiVersion) -> Result<Self, Error> {
        let message = encode(message, Encoding::Xml, Direction::Request, version).map_err(Error::invalid)?;
        Ok(Self::new(boundary).part(MESSAGE_PART, "", "text/xml", &message))
    }

    fn part(mut self, name: &str, file_name: &str, content_type: &str, bytes: &[u8]) -> Self {
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

    fn end(mut self) -> Body {
        let content_type = self.content_type();
        self.written.extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        Body { content_type, payload: Payload::Bytes(self.written.into()) }
    }

    fn file(
        mut self,
        name: &str,
        file_name: &str,
        source: &Arc<Source>,
        range: std::ops::Range<u64>,
        meter: &Arc<Meter>,
    ) -> Body {
        self.head(name, file_name, "application/octet-stream");
        let tail = Bytes::from(format!("\r\n--{}--\r\n", self.boundary));
        let content_type = self.content_type();
        let part = FilePart::new(Arc::clone(source), range, self.written.into(), tail, Arc::clone(meter));
        Body { content_type, payload: Payload::File(part) }
    }

    fn content_type(&self) -> HeaderValue {
        HeaderValue::try_from(format!("multipart/mixed; boundary={}", self.boundary))
            .expect("a boundary is letters and digits")
    }
}

/// Whether a block that is sent again takes its own place, and is not added twice.
pub(crate) fn is_numbered(query: &[(&str, &str)]) -> bool {
    query.iter().any(|(name, _)| *name == "sequenceID")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    fn sizes(plan: &mut Plan, took: Duration) -> Vec<u64> {
        let mut sizes = Vec::new();
        while let Some(block) = plan.next() {
            sizes.push((block.end - block.start) / MIB);
            plan.learn(took);
        }
        sizes
    }

    #[test]
    fn blocks_follow_each_other_and_grow_on_a_quick_line() {
        let mut plan = Plan::new(200 * MIB, None);
        assert_eq!(sizes(&mut plan, Duration::ZERO), [8, 16, 32, 64, 64, 16]);
        assert_eq!((plan.next, plan.number), (200 * MIB, 6));
    }

    #[test]
    fn blocks_shrink_on_a_slow_line_but_never_are_too_many() {
        assert_eq!(sizes(&mut Plan::new(20 * MIB, None), 2 * SLOW), [8, 4, 2, 1, 1, 1, 1, 1, 1]);
        assert_eq!(sizes(&mut Plan::new(20 * MIB, Some(4)), 2 * SLOW), [8, 4, 4, 4]);
    }

    #[test]
    fn an_empty_file_has_no_block() {
        assert_eq!(Plan::new(0, None).next(), None);
    }
}
