//! Reading multipart bodies as they arrive: the other side of [`Upload::encode`](crate::Upload::encode).
//!
//! [`Multipart`] does no I/O. It is fed bytes however they come and gives back parts, in pieces. It holds one part's head
//! or little more than a delimiter, never a file. It reads what published clients write and what scripts put together by
//! hand: any type `multipart/…`, lines that end in CRLF or LF, parts without headers, whatever stands before the first
//! delimiter and after the last.

mod head;
#[cfg(any(test, fuzzing))]
pub mod trial;

use std::fmt;

use bytes::{Bytes, BytesMut};
use memchr::memmem::Finder;

pub use head::PartHead;

/// The most bytes before the first delimiter.
const LONGEST_PREAMBLE: usize = 64 * 1024;
/// The most bytes of a part's headers.
const LONGEST_HEAD: usize = 16 * 1024;
/// The most parts, which is far more than any method has.
const MOST_PARTS: usize = 100;
/// The most blanks between a delimiter and the end of its line.
const MOST_PADDING: usize = 100;

/// A multipart body that is being read.
#[derive(Debug)]
pub struct Multipart {
    /// A line end and the delimiter.
    delimiter: Finder<'static>,
    buffer: BytesMut,
    state: State,
    /// Nothing of the content was given yet: a delimiter needs no line end before it.
    fresh: bool,
    /// The part's delimiter ended its line in CRLF, so CR before the next one belongs to that.
    crlf: bool,
    skipped: usize,
    parts: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Preamble,
    Head,
    Content,
    Over,
}

/// What comes next in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A part begins.
    Part(PartHead),
    /// More of the part's content; never empty.
    Content(Bytes),
    /// The part is complete.
    PartEnd,
    /// The body is complete: its last delimiter was read. What follows does not matter.
    Over,
}

/// Why a body cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MultipartError(&'static str);

impl fmt::Display for MultipartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for MultipartError {}

/// What the buffer begins with.
enum Found {
    /// So many bytes of content.
    Content(usize),
    /// A delimiter after so many bytes of content. It ends after `whole` bytes.
    Delimiter { content: usize, whole: usize, line: Line },
    /// What may become either.
    Nothing,
}

/// What follows a delimiter.
#[derive(Clone, Copy)]
enum Line {
    /// The end of its line: a part follows.
    End { length: usize, crlf: bool },
    /// Two hyphens: nothing follows.
    Last,
    /// What may become either.
    Unknown,
    /// Something else, so it was none.
    Other,
}

impl Multipart {
    /// Begins a body of this `Content-Type`; none for one that is not multipart or names no boundary.
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if !media_type.starts_with("multipart/") {
            return None;
        }
        let (_, boundary) = head::parameters(content_type).into_iter().find(|(name, _)| name == "boundary")?;
        (!boundary.is_empty()).then(|| Self {
            delimiter: Finder::new(format!("\n--{boundary}").as_bytes()).into_owned(),
            buffer: BytesMut::new(),
            state: State::Preamble,
            fresh: true,
            crlf: true,
            skipped: 0,
            parts: 0,
        })
    }

    /// Takes more of the body.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.state != State::Over {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Whether the last delimiter was read. A body that ends before it broke off.
    pub fn is_over(&self) -> bool {
        self.state == State::Over
    }

    /// What comes next; none until more is fed.
    pub fn next_step(&mut self) -> Result<Option<Step>, MultipartError> {
        loop {
            match self.state {
                State::Over => return Ok(Some(Step::Over)),
                State::Head => {
                    let Some(head) = self.head()? else { return Ok(None) };
                    (self.state, self.fresh) = (State::Content, true);
                    return Ok(Some(Step::Part(head)));
                }
                State::Preamble => match self.find() {
                    Found::Nothing => return Ok(None),
                    Found::Content(length) => {
                        self.skip(length)?;
                    }
                    Found::Delimiter { content, whole, line } => {
                        self.skip(content)?;
                        self.pass(whole - content, line)?;
                    }
                },
                State::Content => match self.find() {
                    Found::Nothing => return Ok(None),
                    Found::Content(length) | Found::Delimiter { content: length @ 1.., .. } => {
                        self.fresh = false;
                        return Ok(Some(Step::Content(self.buffer.split_to(length).freeze())));
                    }
                    Found::Delimiter { whole, line, .. } => {
                        self.pass(whole, line)?;
                        return Ok(Some(Step::PartEnd));
                    }
                },
            }
        }
    }

    fn skip(&mut self, length: usize) -> Result<(), MultipartError> {
        self.skipped += length;
        self.fresh = false;
        let _ = self.buffer.split_to(length);
        if self.skipped > LONGEST_PREAMBLE {
            Err(MultipartError("the boundary does not occur in the body"))
        } else {
            Ok(())
        }
    }

    /// Goes on after a delimiter.
    fn pass(&mut self, length: usize, line: Line) -> Result<(), MultipartError> {
        let _ = self.buffer.split_to(length);
        if let Line::End { crlf, .. } = line {
            self.crlf = crlf;
            self.state = State::Head;
            self.parts += 1;
            if self.parts > MOST_PARTS {
                return Err(MultipartError("the body has too many parts"));
            }
        } else {
            self.state = State::Over;
            self.buffer = BytesMut::new();
        }
        Ok(())
    }

    fn find(&self) -> Found {
        let buffer = &self.buffer[..];
        let delimiter = self.delimiter.needle();
        if self.fresh {
            let bare = &delimiter[1..];
            if buffer.len() < bare.len() && bare.starts_with(buffer) {
                return Found::Nothing;
            }
            if let Some(rest) = buffer.strip_prefix(bare) {
                match after(rest) {
                    Line::Other => {}
                    Line::Unknown => return Found::Nothing,
                    line => return Found::Delimiter { content: 0, whole: bare.len() + line.length(), line },
                }
            }
        }
        let mut from = 0;
        while let Some(at) = self.delimiter.find(&buffer[from..]).map(|at| from + at) {
            let end = at + delimiter.len();
            let content = if self.crlf && buffer[..at].ends_with(b"\r") { at - 1 } else { at };
            match after(&buffer[end..]) {
                Line::Other => from = at + 1,
                Line::Unknown if content == 0 => return Found::Nothing,
                Line::Unknown => return Found::Content(content),
                line => return Found::Delimiter { content, whole: end + line.length(), line },
            }
        }
        // What is held back may be CR and all but the last byte of a delimiter.
        match buffer.len().saturating_sub(delimiter.len()) {
            0 => Found::Nothing,
            length => Found::Content(length),
        }
    }

    /// The headers of a part, once they are all there.
    fn head(&mut self) -> Result<Option<PartHead>, MultipartError> {
        let mut line = 0;
        let whole = loop {
            let Some(length) = memchr::memchr(b'\n', &self.buffer[line..]) else { break None };
            if matches!(&self.buffer[line..line + length], b"" | b"\r") {
                break Some(line + length + 1);
            }
            line += length + 1;
        };
        if whole.unwrap_or(self.buffer.len()) > LONGEST_HEAD {
            return Err(MultipartError("the headers of a part are too long"));
        }
        whole.map(|whole| PartHead::read(&self.buffer.split_to(whole))).transpose()
    }
}

impl Line {
    fn length(self) -> usize {
        match self {
            Self::End { length, .. } => length,
            Self::Last => 2,
            Self::Unknown | Self::Other => 0,
        }
    }
}

/// What follows a delimiter.
fn after(rest: &[u8]) -> Line {
    if rest.starts_with(b"--") {
        return Line::Last;
    }
    let padding = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    if padding > MOST_PADDING {
        return Line::Other;
    }
    match &rest[padding..] {
        [b'\n', ..] => Line::End { length: padding + 1, crlf: false },
        [b'\r', b'\n', ..] => Line::End { length: padding + 2, crlf: true },
        [] | [b'\r'] => Line::Unknown,
        [b'-'] if padding == 0 => Line::Unknown,
        _ => Line::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::{
        trial::{Part, read_whole},
        *,
    };

    fn read(body: &str) -> Result<Vec<Part>, MultipartError> {
        read_whole("multipart/mixed; boundary=B", body.as_bytes())
    }

    fn contents(body: &str) -> Vec<(String, String)> {
        let text = |part: Part| (part.head.name, String::from_utf8(part.content).unwrap());
        read(body).unwrap_or_else(|problem| panic!("{problem}: {body}")).into_iter().map(text).collect()
    }

    fn named(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, content)| ((*name).to_owned(), (*content).to_owned())).collect()
    }

    #[test]
    fn lines_end_in_crlf_or_lf_and_content_keeps_its_own() {
        let body = "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\ntwo\n\r\n--B\r\n\
            Content-Disposition: name=b\r\n\r\n\r\n--B--\r\n";
        assert_eq!(contents(body), named(&[("a", "one\r\ntwo\n"), ("b", "")]));
        assert_eq!(contents(&body.replace("\r\n", "\n")), named(&[("a", "one\ntwo\n"), ("b", "")]));
        // With LF, CR at the end is the content's own.
        assert_eq!(contents("--B\nContent-Disposition: name=a\n\nx\r\n--B--"), named(&[("a", "x\r")]));
        assert_eq!(contents("--B\r\nContent-Disposition: name=a\r\n\r\nx\r\r\n--B--"), named(&[("a", "x\r")]));
        // Put together by hand, with both.
        assert_eq!(contents("--B\r\nContent-Disposition: name=a\n\nx\n--B--"), named(&[("a", "x")]));
    }

    #[test]
    fn a_preamble_an_epilogue_padding_and_missing_headers_do_not_matter() {
        assert_eq!(contents("hello\r\n--B  \t\r\n\r\nx\r\n--B--\r\nbye\r\n--B\r\n"), named(&[("", "x")]));
        assert_eq!(contents("--B\r\n\r\n--B\r\n\r\n\r\n--B--"), named(&[("", ""), ("", "")]));
        assert_eq!(contents("--B--"), []);
    }

    #[test]
    fn what_only_looks_like_a_delimiter_is_content() {
        let content = "x--B\r\n--Bx\r\n-B\r\n--\r\n--B x\r\n--B-";
        let body = format!("--B\r\nContent-Disposition: name=a\r\n\r\n{content}\r\n--B--");
        assert_eq!(contents(&body), named(&[("a", content)]));
        let padded = format!("\n--B{}\n", " ".repeat(MOST_PADDING + 1));
        let body = format!("--B\r\nContent-Disposition: name=a\r\n\r\n{padded}\r\n--B--");
        assert_eq!(contents(&body), named(&[("a", &padded)]));
    }

    #[test]
    fn what_is_broken_or_too_much_is_refused() {
        for (body, problem) in [
            (String::new(), "the body ends before its last boundary"),
            ("--B".to_owned(), "the body ends before its last boundary"),
            ("--B\r\n".to_owned(), "the body ends before its last boundary"),
            ("--B\r\n\r\nx\r\n--B\r\n".to_owned(), "the body ends before its last boundary"),
            ("--B\r\n\r\nx\r\n--C--".to_owned(), "the body ends before its last boundary"),
            ("--B\r\nnonsense\r\n\r\nx\r\n--B--".to_owned(), "a part has a header line without a colon"),
            (format!("--B\r\nA: {}\r\n\r\n\r\n--B--", "x".repeat(20_000)), "the headers of a part are too long"),
            (format!("--B\r\nA: {}", "x".repeat(20_000)), "the headers of a part are too long"),
            (format!("--B\r\n{}\r\n\r\n--B--", "A: x\r\n".repeat(100)), "a part has too many headers"),
            (format!("{}--B--", "--B\r\n\r\n\r\n".repeat(101)), "the body has too many parts"),
            ("x".repeat(100_000), "the boundary does not occur in the body"),
            (
                "--B\r\nContent-Transfer-Encoding: base64\r\n\r\neA==\r\n--B--".to_owned(),
                "a part is encoded for transfer; its bytes must come as they are",
            ),
        ] {
            assert_eq!(read(&body).unwrap_err().to_string(), problem, "{}", &body[..body.len().min(80)]);
        }
    }

    #[test]
    fn the_boundary_is_found_in_any_multipart_type() {
        let boundary = |text: &str| {
            let found = Multipart::of_content_type(text)?;
            Some(String::from_utf8(found.delimiter.needle()[3..].to_vec()).unwrap())
        };
        assert_eq!(boundary("multipart/mixed; boundary=abc").as_deref(), Some("abc"));
        assert_eq!(boundary("Multipart/Form-Data;charset=utf-8; Boundary=\"a b;:c\"").as_deref(), Some("a b;:c"));
        for other in ["multipart/mixed", "multipart/mixed; boundary=", "text/xml; boundary=abc", ""] {
            assert_eq!(boundary(other), None, "{other}");
        }
    }

    #[test]
    fn content_is_given_as_it_comes_and_little_is_held_back() {
        let mut parts = Multipart::of_content_type("multipart/mixed; boundary=B").unwrap();
        parts.feed(b"--B\r\n\r\n");
        assert!(matches!(parts.next_step(), Ok(Some(Step::Part(_)))));
        let mut given = 0;
        for _ in 0..1000 {
            parts.feed(&[b'\n'; 1000]);
            while let Some(Step::Content(bytes)) = parts.next_step().unwrap() {
                given += bytes.len();
            }
            assert!(parts.buffer.len() <= "\r\n--B".len(), "{}", parts.buffer.len());
        }
        assert!(given > 999_990);
    }
}
