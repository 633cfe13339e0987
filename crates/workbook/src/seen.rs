//! What bytes are, by their first ones.

use std::fmt;

/// What a file seems to be that is none of Tableau's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Nothing at all.
    Empty,
    /// XML with another root element than `workbook` or `datasource`.
    Xml {
        /// The root element's name, shortened.
        root: String,
    },
    /// A web page.
    Html,
    /// A zip that holds none of Tableau's documents.
    Zip,
    /// A document of an Office program, such as an Excel workbook.
    Office,
    /// An old binary document of an Office program.
    OldOffice,
    /// A Parquet file.
    Parquet,
    /// JSON.
    Json,
    /// Other text, such as comma-separated values.
    Text,
    /// A picture.
    Picture,
    /// A PDF.
    Pdf,
    /// An archive of another kind than zip.
    Archive,
    /// Anything else.
    Unknown,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "an empty file",
            Self::Xml { root } => return write!(f, "XML whose root element is {}", crate::error::Shown(root)),
            Self::Html => "a web page",
            Self::Zip => "a zip without a workbook, data source or flow in it",
            Self::Office => "an Office document",
            Self::OldOffice => "an old Office document",
            Self::Parquet => "a Parquet file",
            Self::Json => "JSON",
            Self::Text => "text",
            Self::Picture => "a picture",
            Self::Pdf => "a PDF",
            Self::Archive => "an archive that is not a zip",
            Self::Unknown => "something unknown",
        })
    }
}

/// The format of an extract, whatever its file is called: files named `.hyper` that hold the old format exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtractFormat {
    /// A Hyper database.
    Hyper,
    /// The format before Hyper (`.tde`), written until version 10.4.
    Tde,
}

impl ExtractFormat {
    /// Tells the format by the first bytes of a file; eight are enough.
    pub fn of_first_bytes(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(b"Hyper") && bytes.get(5).is_some_and(|byte| *byte < b' ') {
            Some(Self::Hyper)
        } else if bytes.starts_with(&[0x20, 0x02, 0x01, 0x62, 0xa0, 0x1e, 0xab, 0x07]) {
            Some(Self::Tde)
        } else {
            None
        }
    }
}

/// What to do with bytes that begin like this.
pub(crate) enum Start {
    Xml,
    Zip,
    Utf16,
    Extract(ExtractFormat),
    Other(Seen),
}

/// How many bytes [`start_of`] wants to see.
pub(crate) const FIRST_BYTES: usize = 512;

pub(crate) fn start_of(bytes: &[u8]) -> Start {
    if let Some(format) = ExtractFormat::of_first_bytes(bytes) {
        return Start::Extract(format);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Start::Zip;
    }
    if is_utf16(bytes) {
        return Start::Utf16;
    }
    const SIGNATURES: &[(&[u8], Seen)] = &[
        (b"PAR1", Seen::Parquet),
        (b"%PDF", Seen::Pdf),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Seen::OldOffice),
        (b"\x89PNG", Seen::Picture),
        (b"\xff\xd8\xff", Seen::Picture),
        (b"GIF8", Seen::Picture),
        (b"\x1f\x8b", Seen::Archive),
        (b"7z\xbc\xaf\x27\x1c", Seen::Archive),
        (b"Rar!", Seen::Archive),
        (b"BZh", Seen::Archive),
        (b"\xfd7zXZ", Seen::Archive),
        (b"\x28\xb5\x2f\xfd", Seen::Archive),
    ];
    if let Some((_, seen)) = SIGNATURES.iter().find(|(signature, _)| bytes.starts_with(signature)) {
        return Start::Other(seen.clone());
    }
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if text.is_empty() {
        return Start::Other(Seen::Empty);
    }
    if text[0] == b'<' {
        let head = text[..text.len().min(14)].to_ascii_lowercase();
        return if head.starts_with(b"<!doctype html") || head.starts_with(b"<html") {
            Start::Other(Seen::Html)
        } else {
            Start::Xml
        };
    }
    if text.iter().any(|byte| *byte < b' ' && !matches!(byte, b'\t' | b'\r' | b'\n')) {
        return Start::Other(Seen::Unknown);
    }
    Start::Other(if matches!(text[0], b'{' | b'[') { Seen::Json } else { Seen::Text })
}

/// UTF-16, by its mark or by the zeros beside the first `<`.
pub(crate) fn is_utf16(bytes: &[u8]) -> bool {
    [&b"\xff\xfe"[..], b"\xfe\xff", b"<\0", b"\0<"].iter().any(|mark| bytes.starts_with(mark))
}
