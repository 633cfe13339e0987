//! From where to where axes go.

use tavola_query::Type;
use tavola_workbook::FieldRef;

use super::{
    automatic::Mark,
    look,
    scale::{Measure, Step, Unit},
    view::{Along, Drawing, View, is_date},
};

/// The axis of a slot.
#[derive(Debug, Clone)]
pub(crate) struct Axis {
    pub field: FieldRef,
    pub measure: Measure,
    pub reversed: bool,
    /// The least distance of ticks that makes sense.
    pub smallest: Option<Step>,
    /// Whether nothing is on it: then it has no numbers.
    pub empty: bool,
    /// From the least to the most, for each leaf; all the same unless the file says that they are independent.
    ranges: Vec<(f64, f64)>,
    /// The distance between marks that are next to each other, for bars on it.
    pub unit: Option<f64>,
}

impl Axis {
    /// Its range at a leaf.
    pub(crate) fn range(&self, leaf: usize) -> (f64, f64) {
        self.ranges.get(leaf).copied().unwrap_or((0.0, 1.0))
    }
}

/// The axes of one side's slots.
pub(crate) fn axes(view: &View<'_>, along: Along) -> Vec<Axis> {
    let (side, scope) = match along {
        Along::X => (&view.columns, "cols"),
        Along::Y => (&view.rows, "rows"),
    };
    let mut axes: Vec<Axis> = Vec::new();
    let mut shared: Vec<(f64, f64)> = Vec::new();
    for (at, slot) in side.slots.iter().enumerate() {
        let class = slot.occurrence.to_string();
        let space = look::space(&view.sheet.style, &slot.field, &class, scope);
        let attribute = |name: &str| space.and_then(|space| space.attribute(name));
        let column = view.column(&slot.field);
        let date = column.is_some_and(|column| matches!(column.data_type, Type::Date | Type::DateTime));
        let measure = match attribute("scale") {
            Some("log") => Measure::Logarithm,
            _ if date => Measure::Date,
            _ => Measure::Number,
        };
        let independent = attribute("range-type").is_some_and(|kind| kind.starts_with("independent"));
        let mut found = Found::new(side.leaves.len(), independent);
        for drawing in &view.drawings {
            if (if along == Along::X { drawing.x } else { drawing.y }) == Some(at) {
                found.add(view, drawing, along);
            }
        }
        let smallest = column.and_then(|column| match column.data_type {
            _ if is_date(column) => date_unit(&column.derivation),
            // Between whole numbers there is nothing to tell.
            Type::Integer => Some(Step::Number(1.0)),
            _ => None,
        });
        let unit = match smallest {
            Some(Step::Date(unit, every)) => Some(length(unit) * every as f64),
            _ => smallest_gap(&mut found.values),
        };
        let pad = Pad {
            zero: found.zero,
            pies: found.pies,
            unit: found.bars.then_some(unit).flatten(),
            date: smallest,
            measure,
        };
        let number = |name: &str| attribute(name).and_then(|text| literal(text, date));
        let fixed = attribute("range-type").is_some_and(|kind| kind.starts_with("fixed"));
        let mut ranges: Vec<(f64, f64)> = found.ranges.iter().map(|range| pad.range(*range)).collect();
        if attribute("synchronized") == Some("true") && at > 0 {
            // Both axes show all of either.
            for (leaf, range) in ranges.iter_mut().enumerate() {
                if let Some(before) = shared.get(leaf) {
                    *range = (range.0.min(before.0), range.1.max(before.1));
                }
            }
            if let Some(before) = axes.last_mut() {
                before.ranges.clone_from(&ranges);
            }
        }
        for range in &mut ranges {
            if fixed || attribute("range-type") == Some("fixedmin") {
                range.0 = number("min").unwrap_or(range.0);
            }
            if fixed || attribute("range-type") == Some("fixedmax") {
                range.1 = number("max").unwrap_or(range.1);
            }
        }
        shared.clone_from(&ranges);
        let reversed = attribute("reverse") == Some("true");
        let empty = found.ranges.iter().all(|(least, most)| least > most);
        axes.push(Axis { field: slot.field.clone(), measure, reversed, smallest, empty, ranges, unit });
    }
    axes
}

struct Found {
    ranges: Vec<(f64, f64)>,
    values: Vec<f64>,
    independent: bool,
    zero: bool,
    bars: bool,
    pies: bool,
}

impl Found {
    fn new(leaves: usize, independent: bool) -> Self {
        let nothing = (f64::INFINITY, f64::NEG_INFINITY);
        Self { ranges: vec![nothing; leaves], values: Vec::new(), independent, zero: false, bars: false, pies: false }
    }

    fn add(&mut self, view: &View<'_>, drawing: &Drawing<'_>, along: Along) {
        let values_grow = drawing.along == along;
        let filled = matches!(drawing.mark, Mark::Bar | Mark::Area);
        self.zero |= drawing.mark != Mark::Line;
        self.pies |= drawing.mark == Mark::Pie;
        self.bars |= matches!(drawing.mark, Mark::Bar) && !values_grow;
        let size = drawing.on("size");
        for dot in &drawing.dots {
            let (value, leaf) = match along {
                Along::X => (dot.x, dot.cell.1),
                Along::Y => (dot.y, dot.cell.0),
            };
            let Some(value) = value else { continue };
            self.include(leaf, value);
            self.values.push(value);
            if filled && values_grow {
                self.include(leaf, dot.base);
            }
            if drawing.mark == Mark::Bar && !values_grow {
                let (before, after) = super::paint::reach(view, drawing, dot);
                self.include(leaf, value - before);
                self.include(leaf, value + after);
            }
            if drawing.mark == Mark::Gantt
                && values_grow
                && let Some(length) = size.and_then(|field| view.number(drawing, field, dot.row, dot.measure))
            {
                self.include(leaf, value + length);
            }
        }
        for line in &drawing.pane.reference_lines {
            let field = match along {
                Along::X => drawing.x.map(|slot| &view.columns.slots[slot].field),
                Along::Y => drawing.y.map(|slot| &view.rows.slots[slot].field),
            };
            if line.formula == "constant"
                && line.axis.as_ref() == field
                && let Some(value) = line.attributes.iter().find(|(name, _)| name == "value")
                && let Ok(value) = value.1.parse::<f64>()
            {
                (0..self.ranges.len()).for_each(|leaf| self.include(leaf, value));
            }
        }
    }

    fn include(&mut self, leaf: usize, value: f64) {
        if !value.is_finite() {
            return;
        }
        let widen = |range: &mut (f64, f64)| *range = (range.0.min(value), range.1.max(value));
        if self.independent {
            self.ranges.get_mut(leaf).into_iter().for_each(widen);
        } else {
            self.ranges.iter_mut().for_each(widen);
        }
    }
}

/// The least distance between two different values.
fn smallest_gap(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap > 1e-9).min_by(f64::total_cmp)
}

struct Pad {
    zero: bool,
    pies: bool,
    unit: Option<f64>,
    date: Option<Step>,
    measure: Measure,
}

impl Pad {
    fn range(&self, (least, most): (f64, f64)) -> (f64, f64) {
        if least > most {
            return if self.measure == Measure::Logarithm { (1.0, 10.0) } else { (0.0, 1.0) };
        }
        match self.measure {
            Measure::Logarithm => {
                let floor = |value: f64| 10_f64.powf(value.max(1e-9).log10().floor());
                (floor(least), floor(most) * 10.0)
            }
            Measure::Date => {
                let unit = match self.date {
                    Some(Step::Date(unit, every)) => length(unit) * every as f64 * 0.5,
                    _ => (most - least) * 0.03,
                };
                let unit = self.unit.map_or(unit, |gap| unit.max(gap * 0.6)).max((most - least) * 0.02).max(1e-6);
                (least - unit, most + unit)
            }
            Measure::Number => {
                let span = most - least;
                if self.pies && span == 0.0 && least != 0.0 {
                    // A pie alone lies in the middle.
                    return (least.min(2.0 * least).min(0.0), (2.0 * least).max(0.0));
                }
                // Zero is shown unless all values are far from it.
                let near = self.zero || least <= 0.0 || least < span * 0.56 || span == 0.0;
                let (mut low, mut high) = (least, most);
                if self.unit.is_none() && near {
                    (low, high) = (least.min(0.0), most.max(0.0));
                }
                if low == high {
                    high = low + 1.0;
                }
                let pad = self.unit.map_or((high - low) * 0.05, |gap| gap * 0.6);
                (if low == 0.0 && near { 0.0 } else { low - pad }, if high == 0.0 && near { 0.0 } else { high + pad })
            }
        }
    }
}

/// How many days a unit has, about.
fn length(unit: Unit) -> f64 {
    match unit {
        Unit::Second => 1.0 / 86_400.0,
        Unit::Minute => 1.0 / 1440.0,
        Unit::Hour => 1.0 / 24.0,
        Unit::Day => 1.0,
        Unit::Month => 30.4,
        Unit::Year => 365.25,
    }
}

fn date_unit(derivation: &str) -> Option<Step> {
    Some(match derivation.strip_suffix("-Trunc")? {
        "Year" => Step::Date(Unit::Year, 1),
        "Quarter" => Step::Date(Unit::Month, 3),
        "Month" => Step::Date(Unit::Month, 1),
        "Week" => Step::Date(Unit::Day, 7),
        "Day" => Step::Date(Unit::Day, 1),
        "Hour" => Step::Date(Unit::Hour, 1),
        "Minute" => Step::Date(Unit::Minute, 1),
        _ => Step::Date(Unit::Second, 1),
    })
}

/// A number or `#2018-01-31 12:00:00#`.
fn literal(text: &str, is_date: bool) -> Option<f64> {
    if is_date { date(text) } else { text.parse().ok().filter(|number: &f64| number.is_finite()) }
}

/// Days since 1970-01-01 of `#2018-01-31#` or `#2018-01-31 12:00:00#`.
pub(crate) fn date(literal: &str) -> Option<f64> {
    let inner = literal.trim_matches('#').trim();
    let moment = inner
        .replace(' ', "T")
        .parse::<jiff::civil::DateTime>()
        .or_else(|_| inner.parse::<jiff::civil::Date>().map(|date| date.at(0, 0, 0, 0)))
        .ok()?;
    let since = moment.duration_since(jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0));
    Some(since.as_secs() as f64 / 86_400.0)
}
