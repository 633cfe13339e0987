//! Zones: what lies where on a dashboard.

use crate::{
    shelf::FieldRef,
    style::{FormattedText, Style},
};

/// A part of a dashboard, and the parts it is made of. Numbers are hundred-thousandths of the dashboard's size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Zone {
    /// Its id.
    pub id: Option<String>,
    /// From the left.
    pub x: i64,
    /// From the top.
    pub y: i64,
    /// Its width.
    pub width: i64,
    /// Its height.
    pub height: i64,
    /// What is in it.
    pub kind: ZoneKind,
    /// Whether it has a size in pixels that does not follow the dashboard's.
    pub fixed_size: Option<u32>,
    /// Whether it floats over the others.
    pub floating: bool,
    /// Its borders, background, margins and padding: the format's `attr` and `value`.
    pub style: Style,
    /// The zones in it, from the back to the front.
    pub zones: Vec<Zone>,
}

/// What is in a [`Zone`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ZoneKind {
    /// Other zones where they say (`layout-basic`, and none at all).
    #[default]
    Free,
    /// Other zones one after the other.
    Flow {
        /// From the top down, else from the left.
        vertical: bool,
        /// All of the same size (`distribute-evenly`).
        evenly: bool,
    },
    /// A worksheet (in a story also a dashboard).
    Sheet {
        /// Its name.
        name: String,
        /// Whether its title is over it.
        show_title: bool,
    },
    /// The dashboard's title.
    Title,
    /// A text.
    Text(FormattedText),
    /// A picture.
    Image {
        /// Its path in the package, or its URL.
        source: String,
        /// Whether it is fitted to the zone.
        scaled: bool,
        /// Whether it lies in the middle.
        centered: bool,
    },
    /// A legend of a sheet.
    Legend {
        /// `color`, `size`, `shape`, `map`.
        channel: String,
        /// The sheet.
        sheet: String,
        /// The instance it tells of.
        field: Option<FieldRef>,
    },
    /// The control of a filter.
    Filter {
        /// The sheet.
        sheet: String,
        /// The instance.
        field: Option<FieldRef>,
        /// `checkdropdown`, `dropdown`, `list`, `slider`, `compact`, …
        mode: Option<String>,
    },
    /// The control of a parameter.
    Parameter {
        /// The parameter.
        field: Option<FieldRef>,
        /// `compact`, `slider`, `type_in`, `list`, …
        mode: Option<String>,
    },
    /// A web page.
    Web(String),
    /// Nothing.
    Blank,
    /// Anything else, by the file's own word.
    Other(String),
}
