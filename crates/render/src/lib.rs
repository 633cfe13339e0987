//! Answers drawn as their sheets say.
//!
//! The crate does no I/O: fonts and geometry are embedded, so that a picture is the same on every machine. What a file asks and is
//! not drawn is said in the notes of a [`Picture`].
//!
//! Sheets are drawn with a few small tools: [`svg`] writes, [`text`] measures, [`mod@format`] turns values into texts and [`color`]
//! into colours.
#![warn(missing_docs)]

pub mod color;
pub mod dashboard;
mod escape;
mod fonts;
pub mod format;
pub mod geography;
pub mod output;
pub mod sheet;
pub mod svg;
pub mod text;

/// A drawn sheet or dashboard.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The picture as SVG. Its texts are in the embedded fonts.
    pub svg: String,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// What was not drawn as the file asks.
    pub notes: Vec<tavola_query::Note>,
}
