//! The small pictures of sheets that Tableau keeps in a workbook.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    error::{Error, Shown},
    xml::{Element, Xml},
};

/// The picture of a sheet as its author last saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// The sheet's name.
    pub name: String,
    /// Its width, as the workbook has it; the picture itself may be smaller.
    pub width: Option<u32>,
    /// Its height, as the workbook has it.
    pub height: Option<u32>,
    base64: String,
}

impl Thumbnail {
    /// The picture: decoded, and checked to begin like a PNG.
    pub fn png(&self) -> Result<Vec<u8>, Error> {
        let damaged = |what| Error::Malformed(format!("the thumbnail of {} is {what}", Shown(&self.name)));
        let bytes = BASE64_STANDARD.decode(&self.base64).map_err(|_| damaged("not base64"))?;
        let is_png = bytes.starts_with(b"\x89PNG\r\n\x1a\n") && bytes.get(12..16) == Some(b"IHDR");
        if is_png { Ok(bytes) } else { Err(damaged("not a PNG")) }
    }

    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element) -> Result<Self, Error> {
        let number = |name| element.peek(name).and_then(|text| text.parse().ok());
        let (width, height) = (number("width"), number("height"));
        let name = xml.need(element, "name");
        let mut base64 = xml.text()?;
        base64.retain(|c| !c.is_ascii_whitespace());
        base64.shrink_to_fit();
        Ok(Self { name, width, height, base64 })
    }
}
