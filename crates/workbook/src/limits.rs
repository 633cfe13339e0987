//! How much of a file is read, and what is said of the parts that were not understood.

use std::fmt;

/// The most that is read of a file. The defaults hold every workbook we have seen, with a wide margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the document (`.twb`, `.tds`), inflated. It is streamed, so this bounds time and not memory.
    pub document: u64,
    /// Bytes of memory for the values made of the document, counted generously. A large workbook needs a few mebibytes.
    pub kept: u64,
    /// Bytes of one tag or one run of text in the document.
    pub token: u64,
    /// How deep elements may nest.
    pub depth: usize,
    /// Attributes of one element.
    pub attributes: usize,
    /// Entries of a package.
    pub entries: u64,
    /// Bytes of one entry of a package, inflated.
    pub entry: u64,
    /// Bytes of all entries of a package together, inflated.
    pub total: u64,
    /// How many times larger than its packed form an entry may be. Entries under a mebibyte are not asked.
    pub ratio: u64,
}

const MIB: u64 = 1 << 20;

impl Default for Limits {
    fn default() -> Self {
        Self {
            document: 256 * MIB,
            kept: 128 * MIB,
            token: 8 * MIB,
            depth: 128,
            attributes: 256,
            entries: 10_000,
            entry: 64 * 1024 * MIB,
            total: 128 * 1024 * MIB,
            ratio: 250,
        }
    }
}

/// Something in a file that was read only in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Where in the file.
    pub place: String,
    /// What was found there, and what became of it.
    pub what: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}
