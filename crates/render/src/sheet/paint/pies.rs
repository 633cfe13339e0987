//! Pies.

use std::{collections::BTreeMap, f64::consts::TAU};

use super::{Labels, Painter};
use crate::{
    sheet::{paint::names::Place, view::Dot},
    svg::{Path, Svg},
};

/// A cell, and the values on its axes.
type Spot = ((usize, usize), u64, u64);

/// How much of its cell a pie takes.
const SHARE: f64 = 0.33;

impl Painter<'_, '_> {
    pub(super) fn pies(&self, svg: &mut Svg, labels: &mut Labels) {
        let angle = self.drawing.on("wedge-size").or_else(|| self.drawing.on("angle"));
        let mut pies: BTreeMap<Spot, Vec<&Dot>> = BTreeMap::new();
        for dot in &self.drawing.dots {
            let bits = |value: Option<f64>| value.unwrap_or(0.0).to_bits();
            pies.entry((dot.cell, bits(dot.x), bits(dot.y))).or_default().push(dot);
        }
        let total_of = |dots: &[&Dot]| -> f64 {
            let size = |dot: &&Dot| self.view.number(self.drawing, self.sizes.field.as_ref()?, dot.row, dot.measure);
            dots.iter().filter_map(size).map(f64::abs).sum()
        };
        let largest = pies.values().map(|dots| total_of(dots)).fold(0.0, f64::max);
        for dots in pies.values() {
            let Some(first) = dots.first() else { continue };
            let (x, y) = self.center(first);
            let ((left, right), (top, bottom)) = self.cell(first);
            let most = (right - left).min(bottom - top) / 2.0 - 2.0;
            // The size of a pie is that of all its parts.
            let share = if largest > 0.0 { (total_of(dots) / largest).sqrt() } else { 1.0 };
            let radius = (most * SHARE * self.sizes.factor * share).clamp(2.0, most.max(2.0));
            let size = |dot: &Dot| {
                let number = angle.map(|field| self.view.number(self.drawing, field, dot.row, dot.measure));
                number.map_or(1.0, |number| number.unwrap_or(0.0).abs())
            };
            let total: f64 = dots.iter().map(|dot| size(dot)).sum();
            let mut turned = 0.0;
            for dot in dots {
                let part = if total > 0.0 { size(dot) / total } else { 0.0 };
                let color = self.color(dot);
                let at = |turn: f64, radius: f64| {
                    let angle = turn * TAU - TAU / 4.0;
                    (x + radius * angle.cos(), y + radius * angle.sin())
                };
                if part > 0.9999 {
                    svg.circle(x, y, radius, &self.look(color));
                } else if part > 0.0 {
                    let (start, end) = (at(turned, radius), at(turned + part, radius));
                    let mut path = Path::new();
                    path.move_to(x, y);
                    path.line_to(start.0, start.1);
                    path.arc_to(radius, part > 0.5, true, end);
                    path.close();
                    svg.path(&path, &self.look(color));
                }
                if part > 0.0 {
                    let (lx, ly) = at(turned + part / 2.0, radius + 4.0);
                    if part > 0.9999 {
                        labels.add(
                            self,
                            dot,
                            (x - radius, y - radius, 2.0 * radius, 2.0 * radius),
                            Place::Inside,
                            color,
                        );
                    } else {
                        labels.add(self, dot, (lx, ly, 0.0, 0.0), Place::Around(x, y), color);
                    }
                }
                turned += part;
            }
        }
    }
}
