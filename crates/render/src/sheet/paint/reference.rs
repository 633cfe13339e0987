//! Lines, bands, distributions and box plots of reference.

use std::collections::{BTreeMap, BTreeSet};

use tavola_query::Value;
use tavola_workbook::ReferenceLine;

use super::Painter;
use crate::{
    color::{self, Color},
    format,
    sheet::{
        layout::Range,
        look,
        scale::Scale,
        statistics::{deviation, mean, quantile},
        view::{Along, Dot},
    },
    svg::{Anchor, Dash, Paint, Stroke, Svg},
    text::Font,
};

const LINE: Color = Color::rgb(0x99, 0x99, 0x99);
const BAND: Color = Color::rgb(0xe1, 0xe1, 0xe1);

/// Something of a line in one part of the view: its values, and where the part lies.
struct Part {
    /// All leaves of the line's axis that the part has.
    leaves: BTreeSet<usize>,
    /// Where it lies, across the line's axis.
    across: Range,
    numbers: Vec<f64>,
}

impl Painter<'_, '_> {
    /// Paints what lies behind the marks.
    pub(crate) fn bands(&self, svg: &mut Svg) {
        for line in &self.drawing.pane.reference_lines {
            let Some(along) = self.axis_of(line) else { continue };
            for part in self.parts(line, along) {
                match line.attribute("boxplot-whisker-type") {
                    Some(kind) => self.box_plot(svg, along, &part, kind == "minmax"),
                    None => self.band(svg, line, along, &part),
                }
            }
        }
    }

    /// Paints what lies over the marks.
    pub(crate) fn references(&self, svg: &mut Svg) {
        for line in &self.drawing.pane.reference_lines {
            let Some(along) = self.axis_of(line) else { continue };
            for part in self.parts(line, along) {
                self.reference(svg, line, along, &part);
            }
        }
    }

    /// The axis a line is on, if it is one of the drawing's.
    fn axis_of(&self, line: &ReferenceLine) -> Option<Along> {
        let x = self.drawing.x.map(|slot| &self.view.columns.slots[slot].field);
        let y = self.drawing.y.map(|slot| &self.view.rows.slots[slot].field);
        match line.axis.as_ref() {
            Some(axis) if Some(axis) == x => Some(Along::X),
            Some(axis) if Some(axis) == y => Some(Along::Y),
            Some(_) => None,
            None => y.map(|_| Along::Y).or(x.map(|_| Along::X)),
        }
    }

    /// The parts of the view a line is computed for.
    fn parts(&self, line: &ReferenceLine, along: Along) -> Vec<Part> {
        let pane = |panes: &[(usize, usize)], leaf: usize| panes.partition_point(|pane| pane.1 <= leaf);
        let (rows, columns) = (self.view.rows.panes(), self.view.columns.panes());
        let place = |dot: &Dot| match line.scope.as_str() {
            "per-cell" => dot.cell,
            "per-pane" => (pane(&rows, dot.cell.0), pane(&columns, dot.cell.1)),
            _ => (0, 0),
        };
        let mut parts: BTreeMap<(usize, usize), Part> = BTreeMap::new();
        for dot in &self.drawing.dots {
            let (own, other) = if along == Along::X {
                (dot.cell.1, self.frame.rows[dot.cell.0])
            } else {
                (dot.cell.0, self.frame.columns[dot.cell.1])
            };
            let part =
                parts.entry(place(dot)).or_insert(Part { leaves: BTreeSet::new(), across: other, numbers: Vec::new() });
            part.leaves.insert(own);
            part.across = (part.across.0.min(other.0), part.across.1.max(other.1));
            let number = match &line.value_field {
                Some(field) => self.view.number(self.drawing, field, dot.row, dot.measure),
                None => {
                    if along == Along::X {
                        dot.x
                    } else {
                        dot.y
                    }
                }
            };
            part.numbers.extend(number);
        }
        let mut parts: Vec<Part> = parts.into_values().collect();
        let ((left, right), (top, bottom)) = (self.frame.across(), self.frame.upwards());
        for part in &mut parts {
            part.numbers.sort_by(f64::total_cmp);
            if line.scope == "per-table"
                || line.scope == "per-pane" && part.across.1 - part.across.0 > 0.0 && self.one_pane(along)
            {
                part.across = if along == Along::X { (top, bottom) } else { (left, right) };
            }
        }
        parts
    }

    /// Whether one pane takes the whole of the other side.
    fn one_pane(&self, along: Along) -> bool {
        let other = if along == Along::X { &self.view.rows } else { &self.view.columns };
        other.panes().len() == 1
    }

    fn scale(&self, along: Along, leaf: usize) -> Option<Scale> {
        Some(match along {
            Along::X => self.layout.x_scale(self.drawing.x?, leaf, self.frame),
            Along::Y => self.layout.y_scale(self.drawing.y?, leaf, self.frame),
        })
    }

    /// The values of a line, from the least.
    fn values(&self, line: &ReferenceLine, numbers: &[f64]) -> Vec<f64> {
        if let Some(field) = line.value_field.as_ref().filter(|field| field.data_source == "Parameters") {
            return self.view.parameter_number(&self.layout.options.parameters, &field.instance).into_iter().collect();
        }
        let written: Vec<f64> = line.values.iter().filter_map(|text| text.parse().ok()).collect();
        let base = match line.formula.as_str() {
            "constant" => line.attribute("value").and_then(|text| text.parse().ok()),
            "median" => quantile(numbers, 0.5),
            "min" => numbers.first().copied(),
            "max" => numbers.last().copied(),
            "sum" | "total" => (!numbers.is_empty()).then(|| numbers.iter().sum()),
            _ => mean(numbers),
        };
        let mut values: Vec<f64> = match line.formula.as_str() {
            "stdev" | "confidence" => {
                let population = line.attribute("type") == Some("population");
                let (Some(mean), Some(mut width)) = (mean(numbers), deviation(numbers, population)) else {
                    return Vec::new();
                };
                let mut factors = written;
                if line.formula == "confidence" {
                    width /= (numbers.len() as f64).sqrt();
                    factors = vec![-1.96, 1.96];
                }
                factors.into_iter().map(|factor| mean + factor * width).collect()
            }
            "percentiles" => written.iter().filter_map(|percent| quantile(numbers, percent / 100.0)).collect(),
            "quantiles" => {
                let parts = written.first().copied().unwrap_or(4.0).clamp(2.0, 20.0) as usize;
                (1..parts).filter_map(|part| quantile(numbers, part as f64 / parts as f64)).collect()
            }
            _ if line.attribute("percentage-bands") == Some("true") => {
                base.map_or_else(Vec::new, |base| written.iter().map(|percent| base * percent / 100.0).collect())
            }
            _ => base.into_iter().collect(),
        };
        values.sort_by(f64::total_cmp);
        values
    }

    fn band(&self, svg: &mut Svg, line: &ReferenceLine, along: Along, part: &Part) {
        let style = &self.view.sheet.style;
        let mut values = self.values(line, &part.numbers);
        if let Some(other) = &line.paired_id {
            // A band is drawn once, by the first of its ends.
            let Some(pair) = self.drawing.pane.reference_lines.iter().find(|pair| pair.id == *other) else { return };
            if pair.id < line.id {
                return;
            }
            let other = self.parts(pair, along).into_iter().find(|other| other.leaves == part.leaves);
            values.extend(other.map_or_else(Vec::new, |other| self.values(pair, &other.numbers)));
            values.sort_by(f64::total_cmp);
        }
        let (above, below) =
            (line.attribute("fill-above") == Some("true"), line.attribute("fill-below") == Some("true"));
        if values.len() < 2 && !above && !below {
            return;
        }
        let own = look::of_id(style, "refband", "fill-color", &line.id).and_then(Color::parse);
        let mut colors = look::of_id(style, "refband", "palette", &line.id).and_then(palette).unwrap_or_else(|| {
            vec![Color::rgb(0xc6, 0xc6, 0xc6), Color::rgb(0xdb, 0xdb, 0xdb), Color::rgb(0xf1, 0xf1, 0xf1)]
        });
        if look::truth(look::of_id(style, "refband", "reverse-palette", &line.id)) == Some(true) {
            colors.reverse();
        }
        for leaf in &part.leaves {
            let Some(scale) = self.scale(along, *leaf) else { continue };
            let mut ends = values.clone();
            if below {
                ends.insert(0, scale.least);
            }
            if above {
                ends.push(scale.most);
            }
            let bands = ends.len().saturating_sub(1);
            for (place, pair) in ends.windows(2).enumerate() {
                let share = if bands > 1 { place as f64 / (bands - 1) as f64 } else { 0.0 };
                let color =
                    own.unwrap_or_else(|| if bands == 1 && colors.len() > 2 { BAND } else { at(&colors, share) });
                let clamped =
                    |value: f64| scale.at(value.clamp(scale.least.min(scale.most), scale.most.max(scale.least)));
                let (from, to) = (clamped(pair[0]).min(clamped(pair[1])), clamped(pair[0]).max(clamped(pair[1])));
                let (low, high) = part.across;
                match along {
                    Along::X => svg.rect(from, low, to - from, high - low, &Paint::fill(color)),
                    Along::Y => svg.rect(low, from, high - low, to - from, &Paint::fill(color)),
                }
            }
        }
    }

    fn stroke(&self, line: &ReferenceLine) -> Option<Stroke> {
        let style = &self.view.sheet.style;
        let several = !line.values.is_empty() || line.paired_id.is_some();
        let element = if several { "refband" } else { "refline" };
        let shown = look::truth(look::of_id(style, element, "line-visibility", &line.id)).unwrap_or(!several);
        let color = look::of_id(style, element, "stroke-color", &line.id).and_then(Color::parse).unwrap_or(LINE);
        let width = look::of_id(style, element, "stroke-size", &line.id)
            .and_then(|text| text.parse::<f64>().ok())
            .unwrap_or(1.0);
        let dash = match look::of_id(style, element, "line-pattern-only", &line.id) {
            Some("dashed") => Dash::Dashed,
            Some("dotted") => Dash::Dotted,
            _ => Dash::Solid,
        };
        (shown && width > 0.0).then_some(Stroke { color, width, dash })
    }

    fn reference(&self, svg: &mut Svg, line: &ReferenceLine, along: Along, part: &Part) {
        if line.attribute("boxplot-whisker-type").is_some() {
            return;
        }
        let stroke = self.stroke(line);
        let font = Font::points(crate::sheet::labels::POINTS - 1.0);
        for (turn, value) in self.values(line, &part.numbers).into_iter().enumerate() {
            for leaf in &part.leaves {
                let Some(scale) = self.scale(along, *leaf) else { continue };
                if value < scale.least || value > scale.most {
                    continue;
                }
                let (at, (low, high)) = (scale.at(value), part.across);
                if let Some(stroke) = &stroke {
                    match along {
                        Along::X => svg.line((at, low), (at, high), stroke),
                        Along::Y => svg.line((low, at), (high, at), stroke),
                    }
                }
                let Some(text) =
                    self.said_of(line, turn, value).filter(|_| stroke.is_some() || !line.values.is_empty())
                else {
                    continue;
                };
                match along {
                    Along::X => svg.text(at + 3.0, high - 4.0, &text, &font, Color::FAINT_TEXT, Anchor::Start),
                    Along::Y => svg.text(low + 3.0, at - 3.0, &text, &font, Color::FAINT_TEXT, Anchor::Start),
                }
            }
        }
    }

    /// What is written at a line.
    fn said_of(&self, line: &ReferenceLine, turn: usize, value: f64) -> Option<String> {
        let name = match line.formula.as_str() {
            "average" => "Average",
            "median" => "Median",
            "min" => "Minimum",
            "max" => "Maximum",
            "sum" => "Sum",
            "total" => "Total",
            _ => "",
        };
        let style = &self.view.sheet.style;
        let word = || {
            let column = line.value_field.as_ref().and_then(|field| self.view.column(field));
            let own = look::of_id(style, "refline", "text-format", &line.id);
            match (own, column) {
                (Some(own), _) => format::text(&Value::Real(value), Some(own), ""),
                (None, Some(column)) => self.view.label(column, &Value::Real(value)),
                (None, None) => format::text(&Value::Real(value), None, ""),
            }
        };
        let text = match line.label_kind.as_str() {
            "none" => return None,
            "value" => word(),
            "custom" => {
                let named = line.value_field.as_ref().map_or_else(String::new, |field| self.view.caption(field));
                let label = line.label.as_deref().unwrap_or_default();
                label.replace("<Value>", &word()).replace("<Computation>", name).replace("<Field Name>", &named)
            }
            _ if line.formula == "stdev" => {
                let mut factors: Vec<f64> = line.values.iter().filter_map(|text| text.parse().ok()).collect();
                factors.sort_by(f64::total_cmp);
                let factor = factors.get(turn).copied().unwrap_or(1.0);
                format!("{factor} Standard Deviation{}", if factor == 1.0 { "" } else { "s" })
            }
            _ => name.to_owned(),
        };
        (!text.is_empty()).then_some(text)
    }

    fn box_plot(&self, svg: &mut Svg, along: Along, part: &Part, whole: bool) {
        let numbers = &part.numbers;
        let quartiles = [0.25, 0.5, 0.75].map(|share| quantile(numbers, share));
        let [Some(first), Some(middle), Some(third)] = quartiles else { return };
        let reach = if whole { f64::INFINITY } else { 1.5 * (third - first) };
        let low = numbers.iter().copied().find(|number| *number >= first - reach).unwrap_or(first);
        let high = numbers.iter().rev().copied().find(|number| *number <= third + reach).unwrap_or(third);
        let line = Stroke::solid(Color::rgb(0x55, 0x55, 0x55), 1.0);
        let (from, to) = part.across;
        let (center, half) = ((from + to) / 2.0, (to - from) * 0.3);
        for leaf in &part.leaves {
            let Some(scale) = self.scale(along, *leaf) else { continue };
            let mut bar = |a: f64, b: f64, color: Color| {
                let (a, b) = (scale.at(a).min(scale.at(b)), scale.at(a).max(scale.at(b)));
                let paint = Paint { fill: Some(color.with_opacity(0.6)), stroke: Some(line) };
                match along {
                    Along::X => svg.rect(a, center - half, b - a, 2.0 * half, &paint),
                    Along::Y => svg.rect(center - half, a, 2.0 * half, b - a, &paint),
                }
            };
            bar(first, middle, Color::rgb(0xa0, 0xa0, 0xa0));
            bar(middle, third, Color::rgb(0xc8, 0xc8, 0xc8));
            let mut whisker = |from: f64, to: f64| {
                let (a, b) = (scale.at(from), scale.at(to));
                match along {
                    Along::X => {
                        svg.line((a, center), (b, center), &line);
                        svg.line((b, center - half * 0.7), (b, center + half * 0.7), &line);
                    }
                    Along::Y => {
                        svg.line((center, a), (center, b), &line);
                        svg.line((center - half * 0.7, b), (center + half * 0.7, b), &line);
                    }
                }
            };
            whisker(first, low);
            whisker(third, high);
        }
    }
}

/// The colours of a band's palette; `gray88` is one gray, so bright in percent.
fn palette(name: &str) -> Option<Vec<Color>> {
    if let Some(percent) = name.strip_prefix("gray").and_then(|rest| rest.parse::<f64>().ok()) {
        let level = (percent.clamp(0.0, 100.0) * 2.55).round() as u8;
        return Some(vec![Color::rgb(level, level, level)]);
    }
    Some(color::palette(name)?.1)
}

/// A colour at a place between the first and the last.
fn at(colors: &[Color], share: f64) -> Color {
    let Some(last) = colors.len().checked_sub(1) else { return BAND };
    let place = share.clamp(0.0, 1.0) * last as f64;
    let before = place.floor() as usize;
    colors[before].mix(colors[(before + 1).min(last)], place - before as f64)
}
