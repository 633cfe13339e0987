//! Pictures under the marks.

use crate::{
    error::Error,
    filter::Members,
    name::unbracketed,
    xml::{Element, Xml},
};

/// A picture under the marks where two fields are a place on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MappedImage {
    /// The name people see.
    pub caption: Option<String>,
    /// Its path in the package, or its URL.
    pub source: String,
    /// The field across, without brackets.
    pub x: String,
    /// The field upwards, without brackets.
    pub y: String,
    /// The values at its left, right, bottom and top edge, as they are written.
    pub edges: [Option<String>; 4],
    /// What must be shown for it to be shown, if it is not always.
    pub condition: Option<Members>,
    /// Whether axes always show the whole picture.
    pub whole: bool,
}

impl MappedImage {
    /// Reads a `mapped-image`.
    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element) -> Result<Self, Error> {
        let source = xml.need(element, "expression");
        let mut image = Self {
            caption: xml.get(element, "caption"),
            source: source.strip_prefix("file:").unwrap_or(&source).to_owned(),
            ..Self::default()
        };
        xml.children(|xml, child| {
            match child.name.as_str() {
                "mapping" => {
                    let (x, y) = (xml.need(child, "x"), xml.need(child, "y"));
                    (image.x, image.y) = (unbracketed(&x).into_owned(), unbracketed(&y).into_owned());
                    image.edges = ["left", "right", "bottom", "top"].map(|edge| xml.get(child, edge));
                }
                "groupfilter" => image.condition = Some(Members::read(xml, child)?),
                "image-options" => image.whole = child.is_true("show-entire-image"),
                _ => {}
            }
            Ok(())
        })?;
        Ok(image)
    }
}
