//! Bars, and bars that begin anywhere.

use super::{Labels, Painter};
use crate::{
    sheet::{
        layout::Range,
        paint::names::Place,
        view::{Along, Dot, Drawing, View},
    },
    svg::Svg,
};

/// How much of its cell a bar takes.
const SHARE: f64 = 0.75;
/// How wide a bar on a continuous axis is where nothing tells, in pixels.
const THIN: f64 = 6.0;

impl Painter<'_, '_> {
    pub(super) fn bars(&self, svg: &mut Svg, labels: &mut Labels) {
        let along = self.drawing.along;
        let shared = self.shares_places();
        self.within(svg, |svg| {
            for turn in self.back_to_front() {
                let dot = &self.drawing.dots[turn];
                let (value, at) = match along {
                    Along::X => {
                        (dot.x, dot.x.and_then(|value| Some((self.x_at(dot, dot.base)?, self.x_at(dot, value)?))))
                    }
                    Along::Y => {
                        (dot.y, dot.y.and_then(|value| Some((self.y_at(dot, dot.base)?, self.y_at(dot, value)?))))
                    }
                };
                let (from, to) = match (value, at) {
                    (Some(_), Some(ends)) => ends,
                    // Without a measure a bar fills its cell.
                    _ => {
                        let (across, upwards) = self.cell(dot);
                        if along == Along::X { across } else { (upwards.1, upwards.0) }
                    }
                };
                let (low, high) = self.breadth(dot);
                let color = self.color(dot);
                let bar = match along {
                    Along::X => (from.min(to), low, (to - from).abs(), high - low),
                    Along::Y => (low, from.min(to), high - low, (to - from).abs()),
                };
                svg.rect(bar.0, bar.1, bar.2, bar.3, &self.look(color));
                let place = match (shared, along) {
                    (true, _) => Place::Inside,
                    (false, Along::X) if to < from => Place::Left,
                    (false, Along::X) => Place::Right,
                    (false, Along::Y) if to > from => Place::Below,
                    (false, Along::Y) => Place::Above,
                };
                labels.add(self, dot, bar, place, color);
            }
        });
    }

    /// Whether several bars lie at one place.
    fn shares_places(&self) -> bool {
        self.drawing.dots.windows(2).any(|pair| {
            let (a, b) = (pair[0], pair[1]);
            let other = |dot: Dot| if self.drawing.along == Along::X { dot.y } else { dot.x };
            a.cell == b.cell && other(a) == other(b)
        }) && self.drawing.dots.iter().any(|dot| dot.base != 0.0)
    }

    /// From where to where a bar goes, across the way it grows.
    fn breadth(&self, dot: &Dot) -> Range {
        let (across, upwards) = self.cell(dot);
        let (cell, axis, value) = match self.drawing.along {
            Along::X => (upwards, self.drawing.y.map(|slot| (slot, false)), dot.y),
            Along::Y => (across, self.drawing.x.map(|slot| (slot, true)), dot.x),
        };
        let share = self.sizes.share(self.view, self.drawing, dot);
        let (Some((slot, is_x)), Some(value)) = (axis, value) else {
            let most = (SHARE * self.sizes.factor).min(1.0);
            let half = (cell.1 - cell.0) * most * share.unwrap_or(1.0).max(0.02) / 2.0;
            let middle = (cell.0 + cell.1) / 2.0;
            return (middle - half, middle + half);
        };
        let (scale, axis) = if is_x {
            (self.layout.x_scale(slot, dot.cell.1, self.frame), &self.layout.x_axes[slot])
        } else {
            (self.layout.y_scale(slot, dot.cell.0, self.frame), &self.layout.y_axes[slot])
        };
        let units = units(self.view, self.drawing, dot);
        let width = match (units, axis.unit) {
            (Some(units), _) => scale.length(units),
            // Where the author chose how wide bars are they touch.
            (None, Some(unit)) => {
                let most = if option(self.drawing, "mark-sizing-setting") == Some("marks-scaling-on") {
                    1.1
                } else {
                    SHARE * 1.25
                };
                scale.length(unit) * (most * self.sizes.factor).min(1.1) * share.unwrap_or(1.0)
            }
            (None, None) => THIN * self.sizes.factor,
        };
        let width = width.max(1.0);
        let at = scale.at(value);
        match option(self.drawing, "mark-alignment").filter(|_| units.is_some()) {
            Some("mark-alignment-left") => (at, at + width),
            Some("mark-alignment-right") => (at - width, at),
            _ => (at - width / 2.0, at + width / 2.0),
        }
    }

    /// Bars that begin at a value and are as long as their size says.
    pub(super) fn gantt(&self, svg: &mut Svg, labels: &mut Labels) {
        let along = self.drawing.along;
        self.within(svg, |svg| {
            for dot in &self.drawing.dots {
                let start = match along {
                    Along::X => dot.x,
                    Along::Y => dot.y,
                };
                let Some(start) = start else { continue };
                let length = self
                    .sizes
                    .field
                    .as_ref()
                    .and_then(|field| self.view.number(self.drawing, field, dot.row, dot.measure))
                    .filter(|_| self.sizes.is_continuous());
                let end = start + length.unwrap_or(0.0);
                let ends = match along {
                    Along::X => self.x_at(dot, start).zip(self.x_at(dot, end)),
                    Along::Y => self.y_at(dot, start).zip(self.y_at(dot, end)),
                };
                let Some((from, to)) = ends else { continue };
                let (from, to) = (from.min(to), from.max(to));
                let (from, to) = if to - from < 2.0 { (from - 1.0, from + 1.0) } else { (from, to) };
                let (across, upwards) = self.cell(dot);
                let cell = if along == Along::X { upwards } else { across };
                let other = if along == Along::X { self.drawing.y } else { self.drawing.x };
                let (middle, half) = match other {
                    None => ((cell.0 + cell.1) / 2.0, (cell.1 - cell.0) * (SHARE * self.sizes.factor).min(1.0) / 2.0),
                    Some(_) => {
                        let (x, y) = self.center(dot);
                        (if along == Along::X { y } else { x }, 8.0 * self.sizes.factor)
                    }
                };
                let color = self.color(dot);
                let bar = match along {
                    Along::X => (from, middle - half, to - from, 2.0 * half),
                    Along::Y => (middle - half, from, 2.0 * half, to - from),
                };
                svg.rect(bar.0, bar.1, bar.2, bar.3, &self.look(color));
                labels.add(self, dot, bar, Place::Inside, color);
            }
        });
    }
}

fn option<'d>(drawing: &Drawing<'d>, name: &str) -> Option<&'d str> {
    drawing.pane.sizing.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The width of a bar in units of the axis it stands on, where the file says that widths are such.
fn units(view: &View<'_>, drawing: &Drawing<'_>, dot: &Dot) -> Option<f64> {
    if option(drawing, "mark-sizing-setting") != Some("marks-scaling-on") {
        return None;
    }
    let own = drawing.on("size").and_then(|field| view.number(drawing, field, dot.row, dot.measure));
    let written = || option(drawing, "custom-mark-size-in-axis-units")?.parse::<f64>().ok();
    own.or_else(|| (option(drawing, "use-custom-mark-size") == Some("true")).then(written).flatten())
}

/// How far a bar reaches on the axis it stands on, before and after its value.
pub(crate) fn reach(view: &View<'_>, drawing: &Drawing<'_>, dot: &Dot) -> (f64, f64) {
    let width = units(view, drawing, dot).unwrap_or(0.0);
    match option(drawing, "mark-alignment") {
        Some("mark-alignment-left") => (0.0, width),
        Some("mark-alignment-right") => (width, 0.0),
        _ => (width / 2.0, width / 2.0),
    }
}
