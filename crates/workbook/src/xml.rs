//! The document as a stream of elements: limits, feature forks and refusals in one place.
//!
//! A reader of values asks an element for its [children](Xml::children) or its [text](Xml::text); whatever it does not
//! ask for is passed over without being kept. Attributes are copied out by [`Xml::get`], which counts what is kept.

use std::{
    borrow::Cow,
    io::{self, BufRead, BufReader, Read},
};

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};

use crate::{
    error::{Error, Shown},
    limits::{Limits, Note},
    seen::is_utf16,
};

/// More notes than this are counted, not kept.
const MOST_NOTES: usize = 100;

/// A document that is being read.
pub(crate) struct Xml<'r> {
    reader: Reader<Input<'r>>,
    buffer: Vec<u8>,
    limits: Limits,
    depth: usize,
    kept: u64,
    notes: Vec<Note>,
    more_notes: usize,
}

/// An element's start: its name and attributes, with feature forks resolved.
pub(crate) struct Element {
    pub name: String,
    /// Plain names, and prefixed ones such as `user:ui-builder`.
    attributes: Vec<(String, String)>,
}

impl Element {
    /// An attribute, for a decision. What is to be kept is asked of [`Xml::get`].
    pub fn peek(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn is_true(&self, name: &str) -> bool {
        self.peek(name) == Some("true")
    }
}

impl<'r> Xml<'r> {
    /// Begins a document and reads up to its root element.
    pub fn open(source: &'r mut dyn Read, limits: Limits) -> Result<(Self, Element), Error> {
        let mut input = Input::new(source, limits);
        if is_utf16(input.buffer.fill_buf()?) {
            return Err(utf16());
        }
        let mut reader = Reader::from_reader(input);
        reader.config_mut().expand_empty_elements = true;
        let mut xml = Self { reader, buffer: Vec::new(), limits, depth: 0, kept: 0, notes: Vec::new(), more_notes: 0 };
        match xml.next(Want::Element)? {
            Piece::Start(Some(root)) => Ok((xml, root)),
            _ => Err(Error::Malformed("there is no root element".into())),
        }
    }

    /// Reads what follows the root element, and gives the notes.
    pub fn close(mut self) -> Result<Vec<Note>, Error> {
        self.skip_to(0)?;
        match self.next(Want::Nothing)? {
            Piece::Eof => {}
            _ => return Err(Error::Malformed("there is more than one root element".into())),
        }
        if self.more_notes > 0 {
            self.notes.push(Note { place: "document".into(), what: format!("{} more notes", self.more_notes) });
        }
        Ok(self.notes)
    }

    /// Calls `each` for every child of the element whose start was read last. A child that `each` does not read, or
    /// reads in part, is passed over.
    pub fn children(&mut self, mut each: impl FnMut(&mut Self, &Element) -> Result<(), Error>) -> Result<(), Error> {
        loop {
            match self.next(Want::Element)? {
                Piece::Start(Some(element)) => {
                    let outside = self.depth - 1;
                    each(self, &element)?;
                    self.skip_to(outside)?;
                }
                Piece::Start(None) => self.skip_to(self.depth - 1)?,
                Piece::Text(_) => {}
                Piece::End => return Ok(()),
                Piece::Eof => return Err(unclosed()),
            }
        }
    }

    /// The text of the element whose start was read last, without that of its children. Line ends are kept.
    pub fn text(&mut self) -> Result<String, Error> {
        let mut text = String::new();
        loop {
            match self.next(Want::Text)? {
                Piece::Start(_) => self.skip_to(self.depth - 1)?,
                Piece::Text(piece) => {
                    self.kept += piece.len() as u64;
                    text.push_str(&piece);
                }
                Piece::End => return Ok(text),
                Piece::Eof => return Err(unclosed()),
            }
        }
    }

    /// An attribute to keep; an empty one is none.
    pub fn get(&mut self, element: &Element, name: &str) -> Option<String> {
        let value = element.peek(name).filter(|value| !value.is_empty())?;
        Some(self.keep(value))
    }

    /// An attribute to keep that ought to be there; a note is made where it is not.
    pub fn need(&mut self, element: &Element, name: &str) -> String {
        match element.peek(name) {
            Some(value) => self.keep(value),
            None => {
                self.note(format!("element {}", Shown(&element.name)), format!("it has no attribute `{name}`"));
                String::new()
            }
        }
    }

    /// A copy of a text, counted.
    pub fn keep(&mut self, text: &str) -> String {
        self.kept += text.len() as u64;
        text.to_owned()
    }

    /// All attributes to keep, but for those that are read by name.
    pub fn others(&mut self, element: &Element, known: &[&str]) -> Vec<(String, String)> {
        let mut list = Vec::new();
        for (name, value) in element.attributes.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
            let pair = (self.keep(name), self.keep(value));
            self.push(&mut list, pair);
        }
        list
    }

    /// Counts memory that is about to be taken in one go, and refuses where it is too much.
    pub fn claim(&mut self, bytes: u64) -> Result<(), Error> {
        self.kept = self.kept.saturating_add(bytes);
        match self.kept > self.limits.kept {
            true => Err(Error::TooLarge { what: "what the document says", limit: self.limits.kept }),
            false => Ok(()),
        }
    }

    /// The memory counted so far: the difference of two is what a value costs.
    pub fn kept(&self) -> u64 {
        self.kept
    }

    /// Adds a value to a list, counted: a vast number of empty elements costs memory too.
    pub fn push<T>(&mut self, list: &mut Vec<T>, value: T) {
        // A growing list may hold twice what it needs.
        self.kept += 2 * size_of::<T>() as u64;
        list.push(value);
    }

    pub fn note(&mut self, place: impl Into<String>, what: impl Into<String>) {
        if self.notes.len() < MOST_NOTES {
            self.notes.push(Note { place: place.into(), what: what.into() });
        } else {
            self.more_notes += 1;
        }
    }

    fn skip_to(&mut self, depth: usize) -> Result<(), Error> {
        while self.depth > depth {
            if let Piece::Eof = self.next(Want::Nothing)? {
                return Err(unclosed());
            }
        }
        Ok(())
    }

    fn next(&mut self, want: Want) -> Result<Piece, Error> {
        loop {
            self.claim(0)?;
            self.buffer.clear();
            // One large tag does not make the buffer large for good.
            self.buffer.shrink_to(64 * 1024);
            self.reader.get_mut().begin_token();
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(error) => {
                    let position = self.reader.error_position();
                    return Err(self.reader.get_mut().error(&error, position));
                }
            };
            match event {
                Event::Start(tag) => {
                    if self.depth == self.limits.depth {
                        return Err(Error::TooLarge {
                            what: "the depth of the document's elements",
                            limit: self.limits.depth as u64,
                        });
                    }
                    self.depth += 1;
                    let element = match want {
                        Want::Element => read_start(&tag, self.limits.attributes)?,
                        Want::Text | Want::Nothing => None,
                    };
                    return Ok(Piece::Start(element));
                }
                // The reader was told to give these as a start and an end.
                Event::Empty(_) => return Err(Error::Malformed("an empty element came in one piece".into())),
                Event::End(_) => {
                    self.depth -= 1;
                    return Ok(Piece::End);
                }
                Event::Text(text) if self.depth > 0 => {
                    if let Want::Text = want {
                        return Ok(Piece::Text(text.xml10_content().into_owned()));
                    }
                }
                Event::CData(text) if self.depth > 0 => {
                    if let Want::Text = want {
                        return Ok(Piece::Text(text.xml10_content().into_owned()));
                    }
                }
                Event::GeneralRef(reference) if self.depth > 0 => {
                    let name = reference.clone().into_inner();
                    let character = if reference.is_char_ref() {
                        reference.resolve_char_ref().ok().flatten().map(|c| Cow::Owned(c.to_string()))
                    } else {
                        quick_xml::escape::resolve_predefined_entity(&name).map(Cow::Borrowed)
                    };
                    let character = character.ok_or_else(|| entity(&name))?;
                    if let Want::Text = want {
                        return Ok(Piece::Text(character.into_owned()));
                    }
                }
                Event::Text(text) if text.trim_ascii().is_empty() => {}
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                    return Err(Error::Malformed("there is text outside the root element".into()));
                }
                Event::DocType(_) => {
                    return Err(Error::Hostile("the document has a document type, and those are not read".into()));
                }
                Event::Decl(declaration) => {
                    if let Some(encoding) = declaration.encoding() {
                        let encoding =
                            encoding.map_err(|_| Error::Malformed("the XML declaration cannot be read".into()))?;
                        if !encoding.eq_ignore_ascii_case("utf-8") && !encoding.eq_ignore_ascii_case("us-ascii") {
                            return Err(Error::Unsupported(format!(
                                "the document says it is encoded as {}; only UTF-8 is read",
                                Shown(&encoding)
                            )));
                        }
                    }
                }
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => return Ok(Piece::Eof),
            }
        }
    }
}

/// What the caller of `next` will use; the rest is not copied.
#[derive(Clone, Copy)]
enum Want {
    Element,
    Text,
    Nothing,
}

enum Piece {
    /// An element begins; none where it is for readers that do not know a feature, or where it was not wanted.
    Start(Option<Element>),
    Text(String),
    End,
    Eof,
}

/// What a name with forks stands for: the plain name, or none where it is for readers without the feature.
fn resolve_forks(name: &str) -> Option<&str> {
    let mut rest = name;
    while let Some(fork) = rest.strip_prefix("_.fcp.") {
        // A feature's name has no dots; a name that is no fork after all is taken as it is.
        let Some((_, forked)) = fork.split_once('.') else { return Some(rest) };
        if let Some(plain) = forked.strip_prefix("true...") {
            rest = plain;
        } else if forked.starts_with("false...") {
            return None;
        } else {
            return Some(rest);
        }
    }
    Some(rest)
}

fn read_start(tag: &BytesStart<'_>, most: usize) -> Result<Option<Element>, Error> {
    match resolve_forks(tag.name().into_inner()) {
        Some(name) => read_attributes(tag, name, most).map(Some),
        None => Ok(None),
    }
}

/// The attributes of an element that is taken for one of this name.
pub(crate) fn read_attributes(tag: &BytesStart<'_>, name: &str, most: usize) -> Result<Element, Error> {
    let mut element = Element { name: name.to_owned(), attributes: Vec::new() };
    let mut forked = Vec::new();
    let mut raw: Vec<&str> = Vec::new();
    // The check for repeated names that quick-xml offers takes the square of their number, which is not bounded there.
    for attribute in tag.attributes().with_checks(false) {
        if raw.len() == most {
            return Err(Error::TooLarge { what: "the number of an element's attributes", limit: most as u64 });
        }
        let attribute = attribute.map_err(|_| {
            Error::Malformed(format!("an attribute of {} is not `name=\"value\"`", Shown(&element.name)))
        })?;
        let key = attribute.key.into_inner();
        if raw.contains(&key) {
            return Err(Error::Malformed(format!("{} has {} twice", Shown(&element.name), Shown(key))));
        }
        raw.push(key);
        let Some(plain) = resolve_forks(key) else { continue };
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| match error {
            quick_xml::Error::Escape(quick_xml::escape::EscapeError::UnrecognizedEntity(_, name)) => entity(&name),
            _ => Error::Malformed(format!("the value of {} cannot be read", Shown(key))),
        })?;
        let list = if plain.len() == key.len() { &mut element.attributes } else { &mut forked };
        list.push((plain.to_owned(), value.into_owned()));
    }
    for (name, value) in forked {
        match element.attributes.iter_mut().find(|(key, _)| *key == name) {
            Some(plain) => plain.1 = value,
            None => element.attributes.push((name, value)),
        }
    }
    Ok(element)
}

fn entity(name: &str) -> Error {
    Error::Hostile(format!("the document refers to the entity {}; only those of XML itself are read", Shown(name)))
}

pub(crate) fn unclosed() -> Error {
    Error::Malformed("the document ends before its elements do".into())
}

pub(crate) fn utf16() -> Error {
    Error::Unsupported("the document is encoded as UTF-16; only UTF-8 is read".into())
}

fn not_xml(error: &quick_xml::Error, position: u64) -> Error {
    let what = match error {
        quick_xml::Error::Encoding(_) => "the text is not UTF-8",
        quick_xml::Error::IllFormed(_) => "the tags do not match",
        quick_xml::Error::Syntax(_) => "a tag is not closed",
        _ => "it is not well-formed XML",
    };
    Error::Malformed(format!("{what} (near byte {position})"))
}

/// The bytes of a document, counted: all of them, and those of the piece that is being read.
///
/// The tokenizer copies a whole tag or text before it gives it out, so the limit on a piece must hold underneath it.
pub(crate) struct Input<'r> {
    buffer: BufReader<&'r mut dyn Read>,
    limits: Limits,
    document_left: u64,
    token_left: u64,
    /// How many bytes were taken from it.
    consumed: u64,
    /// Why reading failed, kept here because the tokenizer passes on only a shared copy.
    failure: Option<Error>,
}

impl<'r> Input<'r> {
    pub fn new(source: &'r mut dyn Read, limits: Limits) -> Self {
        let buffer = BufReader::with_capacity(32 * 1024, source);
        let (document_left, token_left) = (limits.document, limits.token);
        Self { buffer, limits, document_left, token_left, consumed: 0, failure: None }
    }

    /// How many bytes of the document were taken.
    pub fn consumed(&self) -> u64 {
        self.consumed
    }

    /// Lets the next piece be as long as a piece may be.
    pub fn begin_token(&mut self) {
        self.token_left = self.limits.token;
    }

    /// Why the tokenizer stopped.
    pub fn error(&mut self, error: &quick_xml::Error, position: u64) -> Error {
        self.failure.take().unwrap_or_else(|| not_xml(error, position))
    }

    fn fail<T>(&mut self, error: Error) -> io::Result<T> {
        self.failure = Some(error);
        Err(io::Error::other("stopped"))
    }
}

impl Read for Input<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(into.len());
        into[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        loop {
            match self.buffer.fill_buf() {
                Ok([]) => return Ok(&[]),
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return self.fail(error.into()),
            }
        }
        if self.document_left == 0 {
            return self.fail(Error::TooLarge { what: "the document", limit: self.limits.document });
        }
        if self.token_left == 0 {
            return self.fail(Error::TooLarge { what: "a tag or text of the document", limit: self.limits.token });
        }
        let most = usize::try_from(self.document_left.min(self.token_left)).unwrap_or(usize::MAX);
        // It is filled, so this does not read.
        let available = self.buffer.fill_buf()?;
        Ok(&available[..available.len().min(most)])
    }

    fn consume(&mut self, length: usize) {
        self.buffer.consume(length);
        self.consumed += length as u64;
        self.document_left = self.document_left.saturating_sub(length as u64);
        self.token_left = self.token_left.saturating_sub(length as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fork_stands_for_the_form_that_knows_the_feature() {
        assert_eq!(resolve_forks("relation"), Some("relation"));
        assert_eq!(resolve_forks("_.fcp.ObjectModelTableType.true...column"), Some("column"));
        assert_eq!(resolve_forks("_.fcp.ObjectModelTableType.false...column"), None);
        assert_eq!(resolve_forks("_.fcp.A.true..._.fcp.B.true...x"), Some("x"));
        assert_eq!(resolve_forks("_.fcp.A.true..._.fcp.B.false...x"), None);
        assert_eq!(resolve_forks("_.fcp.odd"), Some("_.fcp.odd"));
    }
}
