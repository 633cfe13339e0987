//! Panes: the marks of a worksheet and what they encode.

use crate::{
    shelf::FieldRef,
    style::{FormattedText, Style},
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
