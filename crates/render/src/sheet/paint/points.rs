//! Circles and shapes.

use super::{Labels, Painter};
use crate::{
    color::Color,
    sheet::{automatic::Mark, encode, look, paint::names::Place, view::Dot, words::literal},
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
        self.within(svg, |svg| {
            for dot in &self.drawing.dots {
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

    /// The name of a mark's shape, with `filled/` before it where it is.
    fn shape_of(&self, dot: &Dot) -> String {
        let own = look::plain(&self.drawing.pane.style, "mark", "shape").unwrap_or(":open/circle");
        let Some(field) = self.drawing.on("shape") else { return own.trim_start_matches(':').to_owned() };
        let Some(place) = self.drawing.place(field, dot.row, dot.measure) else { return "open/circle".to_owned() };
        let encoding = encode::encoding(self.view, self.drawing, "shape", field);
        let value = self.view.members.domain(field).and_then(|domain| domain.values.get(place));
        let mapped = encoding.zip(value).and_then(|(encoding, value)| {
            let literal = literal(value);
            encoding.map.iter().find(|(members, _)| members.contains(&literal))
        });
        match mapped {
            Some((_, shape)) => shape.trim_start_matches(':').to_owned(),
            None => format!("open/{}", SHAPES[place % SHAPES.len()]),
        }
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
