//! Pictures and tables as files.

mod csv;
mod grid;
mod package;
mod pdf;
mod png;
mod pptx;
mod xlsx;

use std::fmt;

use resvg::usvg;

pub use csv::csv;
pub use grid::{Cell, Grid};
pub use pdf::{Orientation, Page, PageType, pdf};
pub use png::png;
pub use pptx::pptx;
pub use xlsx::xlsx;

use crate::fonts;

/// Why something cannot be written as a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// It would have more pixels than are drawn: its width and its height.
    TooLarge(u32, u32),
    /// The picture is not one: why.
    Unreadable(String),
    /// The file could not be put together: why.
    Unwritable(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(width, height) => write!(f, "a picture of {width} by {height} pixels is too large"),
            Self::Unreadable(why) => write!(f, "the picture cannot be read: {why}"),
            Self::Unwritable(why) => write!(f, "the file cannot be written: {why}"),
        }
    }
}

impl std::error::Error for Error {}

/// Reads an SVG with the embedded fonts. What it refers to outside itself is left out.
fn read(svg: &str) -> Result<usvg::Tree, Error> {
    let options = usvg::Options {
        font_family: "Tavola Sans".to_owned(),
        fontdb: fonts::database(),
        image_href_resolver: usvg::ImageHrefResolver {
            resolve_data: usvg::ImageHrefResolver::default_data_resolver(),
            resolve_string: Box::new(|_, _| None),
        },
        ..usvg::Options::default()
    };
    usvg::Tree::from_str(svg, &options).map_err(|error| Error::Unreadable(error.to_string()))
}
