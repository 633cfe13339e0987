//! What is written along axes.

use tavola_query::Value;

use super::{
    domain::Axis,
    look,
    scale::{Measure, Scale, Step, Unit, moment},
    view::View,
    words::percent,
};
use crate::{
    format,
    text::{self, Font},
};

/// A tick: where, and what is written there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tick {
    pub value: f64,
    pub text: String,
}

/// The least distance of ticks on a very long axis upwards, in pixels.
const ROOM_UPWARDS: f64 = 55.0;
/// The least distance of ticks across, in pixels.
const ROOM_ACROSS: f64 = 36.0;

impl View<'_> {
    /// The ticks of an axis.
    pub(crate) fn ticks(&self, axis: &Axis, scale: &Scale, across: bool, font: &Font) -> Vec<Tick> {
        if axis.empty {
            return Vec::new();
        }
        let long = (scale.to - scale.from).abs();
        // Short axes upwards have their ticks closer together than long ones.
        let mut room = if across { ROOM_ACROSS } else { long / (2.0 + long / ROOM_UPWARDS) };
        let mut ticks = Vec::new();
        for _ in 0..4 {
            let step = scale.step(room, axis.smallest);
            ticks = self.written(axis, scale, step);
            let widest = ticks.iter().map(|tick| text::width(&tick.text, font)).fold(0.0, f64::max);
            let gap = if axis.measure == Measure::Date { 20.0 } else { 10.0 };
            if !across || widest + gap <= room.max(distance(scale, &ticks)) {
                break;
            }
            room = widest + gap;
        }
        ticks
    }

    fn written(&self, axis: &Axis, scale: &Scale, step: Step) -> Vec<Tick> {
        let column = self.column(&axis.field).or_else(|| {
            let measured = axis.field.is_measure_values();
            measured.then(|| self.answer.measures.first().and_then(|measure| self.column(measure))).flatten()
        });
        let style = &self.sheet.style;
        let own = look::of_field(style, "label", "text-format", &axis.field)
            .or_else(|| look::of_field(style, "axis", "text-format", &axis.field))
            .or_else(|| column.and_then(|column| column.format.as_deref()))
            .or_else(|| percent(&axis.field).then_some("p0%"));
        let derivation = column.map_or("", |column| column.derivation.as_str());
        let values = scale.ticks(step);
        let largest = values.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        let years = match (scale.measure, moment(scale.least), moment(scale.most)) {
            (Measure::Date, Some(first), Some(last)) => first.year() != last.year(),
            _ => false,
        };
        let write = |value: f64| match (scale.measure, step, own) {
            (Measure::Date, _, Some(format)) => format::text(&day(value), Some(format), derivation),
            (Measure::Date, Step::Date(unit, _), None) => date(value, unit, years, derivation),
            (_, _, Some(format)) => format::text(&Value::Real(value), Some(format), derivation),
            // Axes have no separators of thousands.
            (_, Step::Number(step), None) => {
                format::axis_number(value, step, written_in(step, largest)).replace(',', "")
            }
            (_, Step::Date(..), None) => String::new(),
        };
        values.into_iter().map(|value| Tick { value, text: write(value) }).collect()
    }
}

/// The number that makes [`format::axis_number`] choose the unit of the step: an axis from 0 to 1,400K with a tick every 200K stays
/// in thousands.
fn written_in(step: f64, largest: f64) -> f64 {
    match step {
        step if step >= 1e9 => 1e10,
        step if step >= 1e6 => 1e7,
        step if step >= 1e3 => 1e4,
        _ => largest.min(9_999.0),
    }
}

fn distance(scale: &Scale, ticks: &[Tick]) -> f64 {
    match ticks {
        [first, second, ..] => (scale.at(second.value) - scale.at(first.value)).abs(),
        _ => f64::INFINITY,
    }
}

fn day(days: f64) -> Value {
    if days.fract() == 0.0 { Value::Date(days as i32) } else { Value::DateTime((days * 86_400e6).round() as i64) }
}

fn date(days: f64, unit: Unit, years: bool, derivation: &str) -> String {
    let cut = derivation.strip_suffix("-Trunc");
    if let Some("Year" | "Quarter" | "Month") = cut {
        return format::text(&day(days), None, derivation);
    }
    let Some(moment) = moment(days) else { return String::new() };
    match unit {
        Unit::Year => moment.strftime("%Y").to_string(),
        Unit::Month | Unit::Day if years => moment.strftime("%b %-d, %y").to_string(),
        Unit::Month | Unit::Day => moment.strftime("%b %-d").to_string(),
        Unit::Hour | Unit::Minute => moment.strftime("%b %-d, %-I:%M %p").to_string(),
        Unit::Second => moment.strftime("%-I:%M:%S %p").to_string(),
    }
}
