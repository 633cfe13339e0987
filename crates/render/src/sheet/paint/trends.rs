//! Trend lines.

use std::collections::BTreeMap;

use super::{Painter, lines::Series};
use crate::{
    color::Color,
    sheet::{statistics::polynomial, view::Dot},
    svg::{Paint, Path, Svg},
};

impl Painter<'_, '_> {
    /// Paints the trend lines of marks on two axes.
    pub(crate) fn trends(&self, svg: &mut Svg) {
        let (Some(x_slot), Some(y_slot)) = (self.drawing.x, self.drawing.y) else { return };
        for trend in &self.drawing.pane.trend_lines {
            let option = |name: &str| trend.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
            if option("enabled") == Some("false") {
                continue;
            }
            let by_color = option("exclude-color") != Some("true");
            let mut groups: BTreeMap<Series, Vec<&Dot>> = BTreeMap::new();
            let color = self.drawing.on("color").filter(|_| by_color);
            for dot in &self.drawing.dots {
                let place = color.and_then(|field| self.drawing.place(field, dot.row, dot.measure)).unwrap_or(0);
                groups.entry((dot.cell.0, dot.cell.1, vec![place])).or_default().push(dot);
            }
            let fit = option("fit").unwrap_or("linear");
            for dots in groups.values() {
                let Some(first) = dots.first() else { continue };
                let Some(curve) = Curve::through(fit, option("degree").and_then(|text| text.parse().ok()), dots) else {
                    continue;
                };
                let (x, y) = (
                    self.layout.x_scale(x_slot, first.cell.1, self.frame),
                    self.layout.y_scale(y_slot, first.cell.0, self.frame),
                );
                let ends = dots
                    .iter()
                    .filter_map(|dot| dot.x)
                    .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), n| (a.min(n), b.max(n)));
                const PIECES: i32 = 64;
                let points = (0..=PIECES).filter_map(|piece| {
                    let value = ends.0 + (ends.1 - ends.0) * f64::from(piece) / f64::from(PIECES);
                    let at = (x.at(value), y.at(curve.at(value)?));
                    at.1.is_finite().then_some(at)
                });
                let color = if color.is_some() { self.color(first) } else { Color::rgb(0x78, 0x78, 0x78) };
                let path = Path::through(points.collect::<Vec<_>>());
                self.within(svg, |svg| svg.path(&path, &Paint::stroke(color, 1.5)));
            }
        }
    }
}

/// A trend: a polynomial of x or of its logarithm, of y or of its logarithm.
struct Curve {
    coefficients: Vec<f64>,
    log_x: bool,
    log_y: bool,
}

impl Curve {
    fn through(fit: &str, degree: Option<usize>, dots: &[&Dot]) -> Option<Self> {
        let (log_x, log_y) =
            (matches!(fit, "log" | "logarithmic" | "power"), matches!(fit, "exp" | "exponential" | "power"));
        let degree = if fit.starts_with("poly") { degree.unwrap_or(3).clamp(2, 8) } else { 1 };
        let points: Vec<(f64, f64)> = dots
            .iter()
            .filter_map(|dot| {
                let (x, y) = (dot.x?, dot.y?);
                let x = if log_x { (x > 0.0).then(|| x.ln())? } else { x };
                let y = if log_y { (y > 0.0).then(|| y.ln())? } else { y };
                Some((x, y))
            })
            .collect();
        Some(Self { coefficients: polynomial(&points, degree)?, log_x, log_y })
    }

    fn at(&self, x: f64) -> Option<f64> {
        let x = if self.log_x { (x > 0.0).then(|| x.ln())? } else { x };
        let y = self.coefficients.iter().rev().fold(0.0, |sum, factor| sum * x + factor);
        Some(if self.log_y { y.exp() } else { y })
    }
}
