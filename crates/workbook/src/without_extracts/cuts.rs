//! What is cut out of a document, so that its data sources have no extract.

use std::{
    collections::HashSet,
    io::{self, Read},
    ops::Range,
    sync::Arc,
};

use quick_xml::{Reader, events::Event};

use crate::{
    connection::file_of,
    error::Error,
    limits::Limits,
    xml::{Input, read_attributes, unclosed},
};

/// More cuts than this are refused: one takes a data source or a table, and no author has as many.
const MOST_CUTS: usize = 100_000;

/// What is to be cut out of a document, and the files that only what is cut out names.
#[derive(Default)]
pub(super) struct Cuts {
    /// Bytes of the document, in order.
    pub ranges: Vec<Range<u64>>,
    /// The files of the package, by number, that nothing but the extracts needs.
    pub files: HashSet<usize>,
    /// Whether the document is a workbook.
    pub is_workbook: bool,
}

/// An element, as far as it matters what lies in it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    DataSource,
    LogicalTable,
    Elsewhere,
}

/// Finds them: `extract` in each data source, and in its logical tables the form that they have in the extract. `file` gives
/// the number of a file in the package.
///
/// Both forms of a feature fork are cut alike. A connection outside an extract may lead to the same file: it is data then,
/// and stays.
pub(super) fn find(source: &mut dyn Read, limits: Limits, file: impl Fn(&str) -> Option<usize>) -> Result<Cuts, Error> {
    let mut reader = Reader::from_reader(Input::new(source, limits));
    reader.config_mut().expand_empty_elements = true;
    let mut buffer = Vec::new();
    let (mut cuts, mut needed) = (Cuts::default(), HashSet::new());
    let mut path: Vec<Place> = Vec::new();
    // Where the cut at hand begins, and how deep its element is.
    let mut cut: Option<(u64, usize)> = None;
    // Where the blanks before the next piece begin: they go with it.
    let mut blanks = None;
    loop {
        buffer.clear();
        buffer.shrink_to(64 * 1024);
        let start = reader.get_ref().consumed();
        reader.get_mut().begin_token();
        let event = match reader.read_event_into(&mut buffer) {
            Ok(event) => event,
            Err(error) => {
                let position = reader.error_position();
                return Err(reader.get_mut().error(&error, position));
            }
        };
        let mut blank = false;
        match event {
            Event::Start(tag) => {
                if path.len() == limits.depth {
                    let what = "the depth of the document's elements";
                    return Err(Error::TooLarge { what, limit: limits.depth as u64 });
                }
                let name = tag.name();
                let name = plain(name.into_inner());
                if path.is_empty() {
                    cuts.is_workbook = name == "workbook";
                }
                let attributes = || read_attributes(&tag, name, limits.attributes);
                let of_extract = match (path.last(), name) {
                    (Some(Place::DataSource), "extract") => true,
                    (Some(Place::LogicalTable), "properties") => attributes()?.peek("context") == Some("extract"),
                    _ => false,
                };
                if of_extract && cut.is_none() {
                    cut = Some((blanks.unwrap_or(start), path.len()));
                }
                if name == "connection"
                    && let Some(number) = file_of(&attributes()?).and_then(|name| file(&name))
                {
                    let place = if cut.is_some() { &mut cuts.files } else { &mut needed };
                    place.insert(number);
                }
                path.push(match name {
                    "datasource" => Place::DataSource,
                    "object" => Place::LogicalTable,
                    _ => Place::Elsewhere,
                });
            }
            Event::End(_) => {
                path.pop();
                if let Some((begin, depth)) = cut
                    && depth == path.len()
                {
                    cut = None;
                    if cuts.ranges.len() == MOST_CUTS {
                        let what = "the number of extracts in the document";
                        return Err(Error::TooLarge { what, limit: MOST_CUTS as u64 });
                    }
                    cuts.ranges.push(begin..reader.get_ref().consumed());
                }
            }
            Event::Text(text) => blank = text.trim_ascii().is_empty(),
            Event::Eof if path.is_empty() => break,
            Event::Eof => return Err(unclosed()),
            _ => {}
        }
        blanks = blank.then_some(start);
    }
    cuts.files.retain(|number| !needed.contains(number));
    Ok(cuts)
}

/// A name without the forks before it, whichever side they are for.
fn plain(name: &str) -> &str {
    if name.starts_with("_.fcp.") { name.rsplit("...").next().unwrap_or(name) } else { name }
}

/// A document without its cuts.
pub(super) struct Uncut<R> {
    source: R,
    cuts: Arc<[Range<u64>]>,
    /// How many of the cuts are passed.
    passed: usize,
    /// How much of the source is read.
    at: u64,
}

impl<R: Read> Uncut<R> {
    pub fn new(source: R, cuts: Arc<[Range<u64>]>) -> Self {
        Self { source, cuts, passed: 0, at: 0 }
    }

    pub fn into_inner(self) -> R {
        self.source
    }
}

impl<R: Read> Read for Uncut<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let mut most = into.len();
        while let Some(cut) = self.cuts.get(self.passed) {
            if self.at < cut.start {
                most = usize::try_from(cut.start - self.at).unwrap_or(most).min(most);
                break;
            }
            let length = cut.end - self.at;
            if io::copy(&mut self.source.by_ref().take(length), &mut io::sink())? < length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.at = cut.end;
            self.passed += 1;
        }
        let length = self.source.read(&mut into[..most])?;
        self.at += length as u64;
        Ok(length)
    }
}
