//! Areas and polygons.

use super::{Labels, Painter};
use crate::{
    sheet::{paint::names::Place, view::Along},
    svg::{Path, Svg},
};

impl Painter<'_, '_> {
    pub(super) fn areas(&self, svg: &mut Svg, labels: &mut Labels) {
        let along = self.drawing.along;
        self.within(svg, |svg| {
            for dots in self.series().values() {
                let Some(first) = dots.first() else { continue };
                let base = |dot: &crate::sheet::view::Dot| {
                    let (x, y) = self.center(dot);
                    match along {
                        Along::X => (self.x_at(dot, dot.base).unwrap_or(x), y),
                        Along::Y => (x, self.y_at(dot, dot.base).unwrap_or(y)),
                    }
                };
                let outline = dots.iter().map(|dot| self.center(dot)).chain(dots.iter().rev().map(|dot| base(dot)));
                let mut path = Path::through(outline);
                path.close();
                svg.path(&path, &self.look(self.color(first)));
                for dot in dots {
                    let (x, y) = self.center(dot);
                    labels.add(self, dot, (x, y, 0.0, 0.0), Place::Above, self.color(dot));
                }
            }
        });
    }

    pub(super) fn polygons(&self, svg: &mut Svg, labels: &mut Labels) {
        self.within(svg, |svg| {
            for dots in self.series().values() {
                let Some(first) = dots.first() else { continue };
                let points: Vec<(f64, f64)> = dots.iter().map(|dot| self.center(dot)).collect();
                let mut path = Path::through(points.iter().copied());
                path.close();
                let color = self.color(first);
                svg.path(&path, &self.look(color));
                let count = points.len().max(1) as f64;
                let (x, y) =
                    points.iter().fold((0.0, 0.0), |sum, point| (sum.0 + point.0 / count, sum.1 + point.1 / count));
                labels.add(self, first, (x, y, 0.0, 0.0), Place::Inside, color);
            }
        });
    }
}
