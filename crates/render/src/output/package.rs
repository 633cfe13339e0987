//! Packages of Office Open XML: what documents and presentations have in common.

use std::io::{Cursor, Write};

use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

use super::Error;

/// The start of every part.
pub(super) const XML: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
/// Where the names of relationships' kinds begin.
pub(super) const KINDS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// A package that is being written.
pub(super) struct Package {
    zip: ZipWriter<Cursor<Vec<u8>>>,
    /// Parts and their content types.
    types: Vec<(String, &'static str)>,
}

impl Package {
    pub(super) fn new() -> Self {
        Self { zip: ZipWriter::new(Cursor::new(Vec::new())), types: Vec::new() }
    }

    /// A part of XML, and what it is.
    pub(super) fn part(&mut self, path: &str, kind: &'static str, xml: &str) -> Result<(), Error> {
        self.types.push((path.to_owned(), kind));
        self.file(path, format!("{XML}{xml}").as_bytes(), CompressionMethod::Deflated)
    }

    /// A PNG.
    pub(super) fn png(&mut self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        self.file(path, bytes, CompressionMethod::Stored)
    }

    /// What a part refers to: an id, a kind of relationship and a target for each.
    pub(super) fn relations(&mut self, path: &str, relations: &[(&str, &str, String)]) -> Result<(), Error> {
        let mut xml =
            format!("{XML}<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">");
        for (id, kind, target) in relations {
            xml.push_str(&format!("<Relationship Id=\"{id}\" Type=\"{KINDS}/{kind}\" Target=\"{target}\"/>"));
        }
        xml.push_str("</Relationships>");
        self.file(path, xml.as_bytes(), CompressionMethod::Deflated)
    }

    /// The whole, with the list of what its parts are.
    pub(super) fn finish(mut self) -> Result<Vec<u8>, Error> {
        let mut xml = format!(
            "{XML}<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
             <Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
             <Default Extension=\"xml\" ContentType=\"application/xml\"/>\
             <Default Extension=\"png\" ContentType=\"image/png\"/>"
        );
        for (path, kind) in &self.types {
            xml.push_str(&format!(
                "<Override PartName=\"/{path}\" ContentType=\"application/vnd.openxmlformats-officedocument.{kind}+xml\"/>"
            ));
        }
        xml.push_str("</Types>");
        self.file("[Content_Types].xml", xml.as_bytes(), CompressionMethod::Deflated)?;
        Ok(self.zip.finish().map_err(unwritable)?.into_inner())
    }

    fn file(&mut self, path: &str, bytes: &[u8], method: CompressionMethod) -> Result<(), Error> {
        // Without a time of its own a file has the earliest there is, so that equal content is equal bytes.
        self.zip.start_file(path, SimpleFileOptions::default().compression_method(method)).map_err(unwritable)?;
        self.zip.write_all(bytes).map_err(unwritable)
    }
}

fn unwritable(error: impl std::fmt::Display) -> Error {
    Error::Unwritable(error.to_string())
}
