//! Circles and shapes.

use tavola_workbook::FieldRef;

use super::{Labels, Painter};
use crate::{
    color::Color,
    sheet::{
        automatic::Mark,
        encode, look,
        paint::names::Place,
        view::{Dot, Drawing, View},
        words::literal,
    },
    svg::{Paint, Path, Stroke, Svg},
};

/// The radius of a mark in pixels where no field tells its size.
const PLAIN: f64 = 4.5;
/// The radius of the largest mark where a field does.
const LARGEST: f64 = 14.0;

/// The shapes members get where nothing says otherwise, in their order.
const SHAPES: [&str; 10] = [
    "circle",
    "square",
    "plus",
    "times",
    "asterisk",
    "diamond",
    "triangle",
    "down-triangle",
    "left-triangle",
    "right-triangle",
];

impl Painter<'_, '_> {
    /// The radius of a mark.
    pub(super) fn radius(&self, dot: &Dot) -> f64 {
        match self.sizes.share(self.view, self.drawing, dot) {
            Some(share) => (share.max(0.0).sqrt() * LARGEST * self.sizes.factor).max(1.5),
            None => PLAIN * self.sizes.factor,
        }
    }

    pub(super) fn points(&self, svg: &mut Svg, labels: &mut Labels) {
        if self.drawing.x.is_none() && self.drawing.y.is_none() {
            for dots in self.by_cell().values() {
                self.side_by_side(svg, labels, dots);
            }
            return;
        }
        self.within(svg, |svg| {
            for turn in self.back_to_front() {
                let dot = &self.drawing.dots[turn];
                let ((x, y), radius, color) = (self.center(dot), self.radius(dot), self.color(dot));
                if self.drawing.mark == Mark::Shape {
                    shape(svg, &self.shape_of(dot), (x, y), radius, color);
                } else {
                    svg.circle(x, y, radius, &self.look(color));
                }
                labels.add(self, dot, (x - radius, y - radius, 2.0 * radius, 2.0 * radius), Place::Below, color);
            }
        });
    }

    /// Without axes the marks of a cell lie one beside the other.
    fn side_by_side(&self, svg: &mut Svg, labels: &mut Labels, dots: &[&Dot]) {
        let Some(first) = dots.first() else { return };
        let ((left, right), (top, bottom)) = self.cell(first);
        let across = |side: f64| (((right - left) / side).floor().max(1.0) as usize).min(dots.len());
        let lines = |side: f64| dots.len().div_ceil(across(side)) as f64;
        let mut side = dots.iter().map(|dot| 2.0 * self.radius(dot) + 6.0).fold(1.0, f64::max);
        while side > 1.0 && lines(side) * side > (bottom - top).max(side.min(12.0)) {
            side *= 0.9;
        }
        let (across, lines) = (across(side), lines(side));
        for (turn, dot) in dots.iter().enumerate() {
            let (column, row) = ((turn % across) as f64, (turn / across) as f64);
            let x = if dots.len() == 1 { (left + right) / 2.0 } else { left + (column + 0.5) * side };
            let y = (top + bottom) / 2.0 + (row + 0.5 - lines / 2.0) * side;
            let (radius, color) = (self.radius(dot).min(side / 2.0), self.color(dot));
            if self.drawing.mark == Mark::Shape {
                shape(svg, &self.shape_of(dot), (x, y), radius, color);
            } else {
                svg.circle(x, y, radius, &self.look(color));
            }
            labels.add(self, dot, (x - radius, y - radius, 2.0 * radius, 2.0 * radius), Place::Below, color);
        }
    }

    fn shape_of(&self, dot: &Dot) -> String {
        let own = look::plain(&self.drawing.pane.style, "mark", "shape").unwrap_or(":open/circle");
        let Some(field) = self.drawing.on("shape") else { return own.trim_start_matches(':').to_owned() };
        match self.drawing.place(field, dot.row, dot.measure) {
            Some(place) => shape_name(self.view, self.drawing, field, place),
            None => "open/circle".to_owned(),
        }
    }
}

/// The name of a member's shape, with `filled/` before it where it is.
pub(crate) fn shape_name(view: &View<'_>, drawing: &Drawing<'_>, field: &FieldRef, place: usize) -> String {
    let value = view.members.domain(field).and_then(|domain| domain.values.get(place));
    let mapped = encode::encoding(view, drawing, "shape", field).zip(value).and_then(|(encoding, value)| {
        let literal = literal(value);
        encoding.map.iter().find(|(members, _)| members.contains(&literal))
    });
    match mapped {
        Some((_, shape)) => shape.trim_start_matches(':').to_owned(),
        None => format!("open/{}", SHAPES[place % SHAPES.len()]),
    }
}

/// Draws a shape by its name in the format: `filled/square`, `circle`, `asterisk`.
pub(crate) fn shape(svg: &mut Svg, name: &str, (x, y): (f64, f64), radius: f64, color: Color) {
    let name = name.trim_end_matches(".png");
    let filled = name.starts_with("filled/");
    let kind = name.rsplit('/').next().unwrap_or(name);
    let stroke = Stroke::solid(color, 1.5);
    let paint = if filled { Paint::fill(color) } else { Paint { fill: None, stroke: Some(stroke) } };
    let closed = |points: &[(f64, f64)]| {
        let mut path = Path::through(points.iter().map(|(dx, dy)| (x + dx * radius, y + dy * radius)));
        path.close();
        path
    };
    match kind {
        "square" => svg.rect(x - radius * 0.9, y - radius * 0.9, radius * 1.8, radius * 1.8, &paint),
        "diamond" => svg.path(&closed(&[(0.0, -1.1), (1.1, 0.0), (0.0, 1.1), (-1.1, 0.0)]), &paint),
        "triangle" | "up-triangle" => svg.path(&closed(&[(0.0, -1.0), (1.0, 0.8), (-1.0, 0.8)]), &paint),
        "down-triangle" => svg.path(&closed(&[(0.0, 1.0), (1.0, -0.8), (-1.0, -0.8)]), &paint),
        "left-triangle" => svg.path(&closed(&[(-1.0, 0.0), (0.8, -1.0), (0.8, 1.0)]), &paint),
        "right-triangle" => svg.path(&closed(&[(1.0, 0.0), (-0.8, -1.0), (-0.8, 1.0)]), &paint),
        "plus" | "times" | "asterisk" => {
            let straight: &[(f64, f64)] = &[(1.0, 0.0), (0.0, 1.0)];
            let slanted: &[(f64, f64)] = &[(0.72, 0.72), (0.72, -0.72)];
            let arms = match kind {
                "plus" => straight.to_vec(),
                "times" => slanted.to_vec(),
                _ => [straight, slanted].concat(),
            };
            let stroke = Stroke::solid(color, if filled { (radius * 0.5).max(2.0) } else { 1.5 });
            for (dx, dy) in arms {
                let end = (dx * radius, dy * radius);
                svg.line((x - end.0, y - end.1), (x + end.0, y + end.1), &stroke);
            }
        }
        _ => svg.circle(x, y, radius, &paint),
    }
}
