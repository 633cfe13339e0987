//! Formats: what a file says of looks, as it is written. `render` knows what it means.

use crate::shelf::FieldRef;

/// The formats of a workbook, a data source, a worksheet, a pane or a zone, in their order: later ones win.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Style {
    /// The rules.
    pub rules: Vec<StyleRule>,
}

/// What is said of one element: `axis`, `header`, `mark`, `cell`, `pane`, `worksheet`, `refline`, …
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StyleRule {
    /// The element.
    pub element: String,
    /// Single values.
    pub formats: Vec<Format>,
    /// How values become colours, sizes, shapes, or places on an axis.
    pub encodings: Vec<StyleEncoding>,
}

/// One value of a [`StyleRule`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Format {
    /// What it sets: `text-format`, `mark-color`, `font-size`, `title`, …
    pub attr: String,
    /// The value.
    pub value: String,
    /// The one field it is for.
    pub field: Option<FieldRef>,
    /// `rows` or `cols`.
    pub scope: Option<String>,
    /// Which of two axes of a field.
    pub class: Option<String>,
    /// The reference line it is for.
    pub id: Option<String>,
    /// `total` or `subtotal`.
    pub data_class: Option<String>,
    /// A formatted text as the value.
    pub text: FormattedText,
}

/// An `encoding` of a style.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StyleEncoding {
    /// `color`, `size`, `shape`, `space` (an axis), …
    pub attr: String,
    /// The instance it is for. A data source's own name it without the data source, which is then that one.
    pub field: Option<FieldRef>,
    /// `palette`, `custom-interpolated`, `interpolated`, `catsize`, `space`, …
    pub kind: String,
    /// The name of a palette.
    pub palette: Option<String>,
    /// The colours written out in it (`color-palette`).
    pub colors: Vec<String>,
    /// Members and what they become: literals, colour or shape.
    pub map: Vec<(Vec<String>, String)>,
    /// All other attributes: `min`, `max`, `center`, `num-steps`, `reverse`, `range-type`, `scope`, `fold`, `synchronized`, …
    pub attributes: Vec<(String, String)>,
}

impl StyleEncoding {
    /// One of the other attributes.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Text in runs of equal look. Placeholders such as `<Sheet Name>` or `<[federated.1].[sum:Sales:qk]>` are left in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormattedText {
    /// The runs.
    pub runs: Vec<TextRun>,
}

/// A run of a [`FormattedText`]. `Æ` before a line end is taken off, as it only marks one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextRun {
    /// The text.
    pub text: String,
    /// Whether it is bold.
    pub bold: bool,
    /// Whether it is italic.
    pub italic: bool,
    /// Whether it is underlined.
    pub underline: bool,
    /// Its colour, such as `#4e79a7`.
    pub color: Option<String>,
    /// Its font.
    pub font: Option<String>,
    /// Its size in points.
    pub size: Option<String>,
    /// 0 left, 1 centre, 2 right.
    pub alignment: Option<String>,
}

impl FormattedText {
    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.runs.iter().all(|run| run.text.is_empty())
    }

    /// The text alone.
    pub fn plain(&self) -> String {
        self.runs.iter().map(|run| run.text.as_str()).collect()
    }
}
