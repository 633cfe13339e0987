//! Data that lie in a package as somebody typed them, loaded into tables of the engine.
//!
//! Rows are read by a thread that blocks, turned into the engine's own way of writing values, and handed on as they come, so that a
//! file of any size takes constant memory. A cell that is no value of its column's type is NULL, as in Tableau.

mod cell;
mod excel;
mod text;

use std::io::{self, Read};

use bytes::Bytes;
use futures_util::stream;
use tavola_engine::Session;
use tavola_query::Type;
use tokio::sync::mpsc;

pub(crate) use cell::Locale;
pub(crate) use excel::{ExcelSheet, read as read_excel};
pub(crate) use text::{TextFormat, read as read_text};

use crate::Error;

/// How many bytes go to the engine at once.
const CHUNK: usize = 256 * 1024;

/// A column of a table to be filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoadColumn {
    /// Its name in the file.
    pub(crate) name: String,
    /// Its type.
    pub(crate) data_type: Type,
}

/// The statement that makes a table of these columns. Texts are compared as Tableau's own extracts compare them.
pub(crate) fn create_table(table: &str, columns: &[LoadColumn]) -> String {
    let columns: Vec<String> = columns
        .iter()
        .map(|column| {
            let word = match column.data_type {
                Type::Boolean => "boolean",
                Type::Integer => "bigint",
                Type::Real => "double precision",
                Type::Text => "text collate \"en_US_CI\"",
                Type::Date => "date",
                Type::DateTime => "timestamp",
                Type::Spatial => "text",
            };
            format!("{} {word}", tavola_engine::sql::identifier(&column.name))
        })
        .collect();
    format!("create table {table} ({})", columns.join(", "))
}

/// Rows on their way to the engine.
pub(crate) struct Rows {
    sender: mpsc::Sender<Result<Bytes, tavola_engine::Error>>,
    line: Vec<u8>,
}

impl Rows {
    /// One more row: each value as the engine reads it, none for NULL.
    fn push(&mut self, values: impl IntoIterator<Item = Option<String>>) -> io::Result<()> {
        for (place, value) in values.into_iter().enumerate() {
            if place > 0 {
                self.line.push(b',');
            }
            if let Some(value) = value {
                self.line.push(b'"');
                for byte in value.bytes() {
                    match byte {
                        b'"' => self.line.extend_from_slice(b"\"\""),
                        // No text of the engine holds one.
                        0 => {}
                        byte => self.line.push(byte),
                    }
                }
                self.line.push(b'"');
            }
        }
        self.line.push(b'\n');
        if self.line.len() >= CHUNK { self.send() } else { Ok(()) }
    }

    fn send(&mut self) -> io::Result<()> {
        let line = std::mem::replace(&mut self.line, Vec::with_capacity(CHUNK + 4096));
        self.sender.blocking_send(Ok(line.into())).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}

/// Fills a table with what a reader finds.
pub(crate) async fn fill<F>(session: &Session, table: &str, read: F) -> Result<u64, Error>
where
    F: FnOnce(&mut Rows) -> io::Result<()> + Send + 'static,
{
    let (sender, mut receiver) = mpsc::channel(4);
    let reading = tokio::task::spawn_blocking(move || {
        let mut rows = Rows { sender, line: Vec::with_capacity(CHUNK + 4096) };
        let done = read(&mut rows).and_then(|()| if rows.line.is_empty() { Ok(()) } else { rows.send() });
        if let Err(problem) = done
            && problem.kind() != io::ErrorKind::BrokenPipe
        {
            // What the engine gets then is the end of the statement, not of the file.
            let _ = rows.sender.blocking_send(Err(tavola_engine::Error::Io(problem)));
        }
    });
    let filled = session.copy_in(table, stream::poll_fn(|context| receiver.poll_recv(context))).await;
    drop(receiver);
    reading.await.map_err(io::Error::other)?;
    Ok(filled?)
}

/// A reader of text in any encoding, as UTF-8.
struct Utf8<R> {
    reader: R,
    decoder: encoding_rs::Decoder,
    came: Box<[u8]>,
    /// The part of `came` that is not decoded yet.
    left: std::ops::Range<usize>,
    ended: bool,
}

impl<R: Read> Utf8<R> {
    /// By the name of the encoding; a mark at the beginning of the text knows better.
    fn new(reader: R, charset: &str) -> Self {
        let encoding = encoding_rs::Encoding::for_label(charset.as_bytes()).unwrap_or(encoding_rs::UTF_8);
        Self { reader, decoder: encoding.new_decoder(), came: vec![0; 64 * 1024].into(), left: 0..0, ended: false }
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The decoder writes whole characters.
        if buffer.len() < 4 {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        loop {
            if self.left.is_empty() && !self.ended {
                let count = self.reader.read(&mut self.came)?;
                self.left = 0..count;
                self.ended = count == 0;
            }
            let (_, read, written, _) = self.decoder.decode_to_utf8(&self.came[self.left.clone()], buffer, self.ended);
            self.left.start += read;
            if written > 0 || (self.ended && self.left.is_empty()) {
                return Ok(written);
            }
        }
    }
}
