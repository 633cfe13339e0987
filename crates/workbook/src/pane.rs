//! Panes: the marks of a worksheet and what they encode.

use crate::{
    error::Error,
    shelf::FieldRef,
    style::{FormattedText, Style},
    xml::{Element, Xml},
};

/// One layer of marks. A worksheet has one for all its measures, and mostly one for each where they differ; of several the
/// first is the default for axes that have none of their own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pane {
    /// Its id in the file.
    pub id: Option<String>,
    /// The instance on the axis it is for, across.
    pub x_axis: Option<FieldRef>,
    /// The instance on the axis it is for, upwards.
    pub y_axis: Option<FieldRef>,
    /// Which of several equal axes across it is for.
    pub x_index: Option<u32>,
    /// Which of several equal axes upwards it is for.
    pub y_index: Option<u32>,
    /// The mark in the format's own words: `Automatic`, `Bar`, `Line`, `Area`, `Circle`, `Square`, `Shape`, `Text`, `Pie`,
    /// `GanttBar`, `Multipolygon`, `Heatmap`, `Polygon`, `VizExtension`, …
    pub mark: String,
    /// What the marks encode, in the file's order.
    pub encodings: Vec<Encoding>,
    /// `auto`, `on` (stacked) or `off`.
    pub stacking: Option<String>,
    /// The label's text, where its author wrote one.
    pub label: FormattedText,
    /// Lines and bands of reference.
    pub reference_lines: Vec<ReferenceLine>,
    /// Trend lines: their attributes (`fit`, `degree`, `exclude-color`, …).
    pub trend_lines: Vec<Vec<(String, String)>>,
    /// The attributes of `mark-sizing`.
    pub sizing: Vec<(String, String)>,
    /// The name of the layer of a map.
    pub title: Option<String>,
    /// Whether it is a layer of a map that is hidden or cannot be clicked (`inert`).
    pub inert: bool,
    /// Its formats.
    pub style: Style,
}

/// A field that marks encode.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoding {
    /// How, in the format's own words: `color`, `size`, `shape`, `text`, `lod` (detail), `tooltip`, `path`, `wedge-size` (angle),
    /// `geometry`, …
    pub channel: String,
    /// What.
    pub field: FieldRef,
}

/// A line, band, distribution or box plot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReferenceLine {
    /// Its id: formats name it.
    pub id: String,
    /// The axis it is on.
    pub axis: Option<FieldRef>,
    /// What it is computed of: an instance, or a parameter.
    pub value_field: Option<FieldRef>,
    /// `average`, `median`, `min`, `max`, `sum`, `total`, `constant`, `quantiles`, `percentiles`, `stdev`, `confidence`.
    pub formula: String,
    /// `per-cell`, `per-pane`, `per-table`.
    pub scope: String,
    /// `none`, `automatic` (the computation), `value`, `custom`.
    pub label_kind: String,
    /// The custom label, placeholders left in.
    pub label: Option<String>,
    /// The other end of a band.
    pub paired_id: Option<String>,
    /// All other attributes: `value`, `fill-above`, `boxplot-whisker-type`, `percentage-bands`, …
    pub attributes: Vec<(String, String)>,
    /// Factors, percentages or quantiles (`reference-line-value`), as they are written.
    pub values: Vec<String>,
}

impl Pane {
    /// The fields of a channel.
    pub fn on<'a>(&'a self, channel: &'a str) -> impl Iterator<Item = &'a FieldRef> {
        self.encodings.iter().filter(move |encoding| encoding.channel == channel).map(|encoding| &encoding.field)
    }
}

impl ReferenceLine {
    /// One of the other attributes.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn read(xml: &mut Xml<'_>, element: &Element, source: &str) -> Result<Self, Error> {
        const KNOWN: &[&str] =
            &["id", "axis-column", "value-column", "formula", "scope", "label-type", "label", "paired-id"];
        let mut line = Self {
            id: xml.get(element, "id").unwrap_or_default(),
            axis: FieldRef::read(xml, element, "axis-column", source),
            value_field: FieldRef::read(xml, element, "value-column", source),
            formula: xml.get(element, "formula").unwrap_or_default(),
            scope: xml.get(element, "scope").unwrap_or_default(),
            label_kind: xml.get(element, "label-type").unwrap_or_default(),
            label: xml.get(element, "label"),
            paired_id: xml.get(element, "paired-id"),
            attributes: xml.others(element, KNOWN),
            values: Vec::new(),
        };
        xml.children(|xml, child| {
            if child.name == "reference-line-value" {
                // One attribute each: `factor`, `percentage`, `value`.
                for (_, value) in xml.others(child, &[]).into_iter().take(1) {
                    xml.push(&mut line.values, value);
                }
            }
            Ok(())
        })?;
        Ok(line)
    }
}

impl Pane {
    /// Reads a `pane`.
    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element, source: &str) -> Result<Self, Error> {
        let number = |name: &str| element.peek(name).and_then(|text| text.parse().ok());
        let mut pane = Self {
            id: xml.get(element, "id"),
            x_axis: FieldRef::read(xml, element, "x-axis-name", source),
            y_axis: FieldRef::read(xml, element, "y-axis-name", source),
            x_index: number("x-index"),
            y_index: number("y-index"),
            mark: "Automatic".to_owned(),
            title: xml.get(element, "title").or_else(|| xml.get(element, "generated-title")),
            inert: element.is_true("inert"),
            ..Self::default()
        };
        xml.children(|xml, child| {
            match child.name.as_str() {
                "mark" => {
                    if let Some(class) = xml.get(child, "class") {
                        pane.mark = class;
                    }
                }
                "encodings" => xml.children(|xml, child| {
                    if let Some(field) = FieldRef::read(xml, child, "column", source) {
                        let encoding = Encoding { channel: xml.keep(&child.name), field };
                        xml.push(&mut pane.encodings, encoding);
                    }
                    Ok(())
                })?,
                "view" => xml.children(|xml, child| {
                    if child.name == "breakdown" {
                        pane.stacking = xml.get(child, "value");
                    }
                    Ok(())
                })?,
                "customized-label" => pane.label = FormattedText::read_within(xml)?,
                "reference-line" => {
                    let line = ReferenceLine::read(xml, child, source)?;
                    xml.push(&mut pane.reference_lines, line);
                }
                "trendline" => {
                    let attributes = xml.others(child, &[]);
                    xml.push(&mut pane.trend_lines, attributes);
                }
                "mark-sizing" => pane.sizing = xml.others(child, &[]),
                "style" => pane.style.read(xml, source)?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(pane)
    }
}
