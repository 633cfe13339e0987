//! Formats: what a file says of looks, as it is written. `render` knows what it means.

use crate::{
    error::Error,
    shelf::FieldRef,
    xml::{Element, Xml},
};

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

impl Style {
    /// The rules of an element, in their order.
    pub fn of<'a>(&'a self, element: &'a str) -> impl DoubleEndedIterator<Item = &'a StyleRule> {
        self.rules.iter().filter(move |rule| rule.element == element)
    }

    /// Reads a `style`, and adds its rules to those read before.
    pub(crate) fn read(&mut self, xml: &mut Xml<'_>, source: &str) -> Result<(), Error> {
        xml.children(|xml, child| {
            if child.name == "style-rule" {
                let mut rule = StyleRule { element: xml.need(child, "element"), ..StyleRule::default() };
                rule.read(xml, source)?;
                xml.push(&mut self.rules, rule);
            }
            Ok(())
        })
    }

    /// Reads a `zone-style`: formats without a rule.
    pub(crate) fn read_zone(xml: &mut Xml<'_>) -> Result<Self, Error> {
        let mut rule = StyleRule { element: xml.keep("zone"), ..StyleRule::default() };
        rule.read(xml, "")?;
        let mut style = Self::default();
        xml.push(&mut style.rules, rule);
        Ok(style)
    }
}

impl StyleRule {
    /// The value of the last format of this name that is for no field of its own.
    pub fn value(&self, attr: &str) -> Option<&str> {
        let mut formats = self.formats.iter().rev();
        formats.find(|format| format.attr == attr && format.field.is_none()).map(|format| format.value.as_str())
    }

    fn read(&mut self, xml: &mut Xml<'_>, source: &str) -> Result<(), Error> {
        xml.children(|xml, child| {
            match child.name.as_str() {
                "format" => {
                    let format = Format::read(xml, child, source)?;
                    xml.push(&mut self.formats, format);
                }
                "encoding" => {
                    let encoding = StyleEncoding::read(xml, child, source)?;
                    xml.push(&mut self.encodings, encoding);
                }
                _ => {}
            }
            Ok(())
        })
    }
}

impl Format {
    fn read(xml: &mut Xml<'_>, element: &Element, source: &str) -> Result<Self, Error> {
        Ok(Self {
            attr: xml.need(element, "attr"),
            value: xml.get(element, "value").unwrap_or_default(),
            field: FieldRef::read(xml, element, "field", source),
            scope: xml.get(element, "scope"),
            class: xml.get(element, "class"),
            id: xml.get(element, "id"),
            data_class: xml.get(element, "data-class"),
            text: FormattedText::read_within(xml)?,
        })
    }
}

impl StyleEncoding {
    /// One of the other attributes.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn read(xml: &mut Xml<'_>, element: &Element, source: &str) -> Result<Self, Error> {
        let mut encoding = Self {
            attr: xml.need(element, "attr"),
            field: FieldRef::read(xml, element, "field", source),
            kind: xml.get(element, "type").unwrap_or_default(),
            palette: xml.get(element, "palette"),
            attributes: xml.others(element, &["attr", "field", "type", "palette"]),
            ..Self::default()
        };
        xml.children(|xml, child| {
            match child.name.as_str() {
                "color-palette" => read_colors(xml, &mut encoding.colors)?,
                "map" => {
                    let to = xml.need(child, "to");
                    let mut members = Vec::new();
                    xml.children(|xml, bucket| {
                        if bucket.name == "bucket" {
                            let member = xml.text()?;
                            xml.push(&mut members, member);
                        }
                        Ok(())
                    })?;
                    xml.push(&mut encoding.map, (members, to));
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(encoding)
    }
}

/// The colours of a `color-palette`, the element whose start was read last.
pub(crate) fn read_colors(xml: &mut Xml<'_>, colors: &mut Vec<String>) -> Result<(), Error> {
    xml.children(|xml, color| {
        if color.name == "color" {
            let text = xml.text()?;
            xml.push(colors, text.trim().to_owned());
        }
        Ok(())
    })
}

/// Text in runs of equal look. Placeholders such as `<Sheet Name>` or `<[federated.1].[sum:Sales:qk]>` are left in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormattedText {
    /// The runs.
    pub runs: Vec<TextRun>,
}

/// A run of a [`FormattedText`]. An `Æ` before a blank or a line end at its start is taken off, as it only marks one.
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

impl FormattedText {
    /// Reads a `formatted-text` inside the element whose start was read last.
    pub(crate) fn read_within(xml: &mut Xml<'_>) -> Result<Self, Error> {
        let mut text = Self::default();
        xml.children(|xml, child| match child.name.as_str() {
            "formatted-text" => text.read(xml),
            _ => Ok(()),
        })?;
        Ok(text)
    }

    /// Reads the runs of a `formatted-text`, the element whose start was read last.
    pub(crate) fn read(&mut self, xml: &mut Xml<'_>) -> Result<(), Error> {
        xml.children(|xml, child| {
            if child.name == "run" {
                let run = TextRun {
                    bold: child.is_true("bold"),
                    italic: child.is_true("italic"),
                    underline: child.is_true("underline"),
                    color: xml.get(child, "fontcolor"),
                    font: xml.get(child, "fontname"),
                    size: xml.get(child, "fontsize"),
                    alignment: xml.get(child, "fontalignment"),
                    text: without_mark(xml.text()?),
                };
                xml.push(&mut self.runs, run);
            }
            Ok(())
        })
    }
}

/// A run's text without the letter that Tableau puts before blanks and line ends at its start.
fn without_mark(text: String) -> String {
    match text.strip_prefix('Æ') {
        Some(rest) if rest.chars().next().is_none_or(char::is_whitespace) => rest.to_owned(),
        _ => text,
    }
}
