//! Density: where many marks lie close together.

use super::Painter;
use crate::{
    color::Color,
    sheet::{encode, look},
    svg::{Paint, Path, Svg},
};

/// The side of the squares that are told apart, in pixels; larger ones where there would be too many.
const SQUARE: f64 = 3.0;
const MOST_SQUARES: f64 = 1e6;
/// How many colours are told apart.
const LEVELS: usize = 24;

impl Painter<'_, '_> {
    pub(super) fn density(&self, svg: &mut Svg) {
        let ((left, right), (top, bottom)) = (self.frame.across(), self.frame.upwards());
        let square = SQUARE.max(((right - left) * (bottom - top) / MOST_SQUARES).sqrt());
        let (wide, high) =
            (((right - left) / square).ceil().max(1.0) as usize, ((bottom - top) / square).ceil().max(1.0) as usize);
        let radius = 9.0 * self.sizes.factor.clamp(0.3, 5.0);
        let reach = (radius * 2.0 / square).ceil() as i64;
        let mut heat = vec![0.0_f64; wide * high];
        for dot in &self.drawing.dots {
            let (x, y) = self.center(dot);
            let weight = self.colors.weight(self.view, self.drawing, dot);
            let (column, row) = (((x - left) / square) as i64, ((y - top) / square) as i64);
            for dy in -reach..=reach {
                for dx in -reach..=reach {
                    let (Ok(column), Ok(row)) = (usize::try_from(column + dx), usize::try_from(row + dy)) else {
                        continue;
                    };
                    if column < wide && row < high {
                        let far = (dx * dx + dy * dy) as f64 * square * square / (radius * radius);
                        heat[row * wide + column] += weight * (-2.0 * far).exp();
                    }
                }
            }
        }
        let most = heat.iter().copied().fold(0.0, f64::max);
        if most <= 0.0 {
            return;
        }
        let intensity = look::plain(&self.drawing.pane.style, "mark", "density-intensity")
            .and_then(|text| text.parse::<f64>().ok());
        let power = 1.0 - 0.7 * intensity.unwrap_or(0.5).clamp(0.0, 1.0);
        let mut levels: Vec<Path> = vec![Path::new(); LEVELS];
        for row in 0..high {
            let level = |column: usize| ((heat[row * wide + column] / most).powf(power) * LEVELS as f64) as usize;
            let mut start = 0;
            while start < wide {
                let of = level(start);
                let mut end = start + 1;
                while end < wide && level(end) == of {
                    end += 1;
                }
                if of > 0 {
                    let (x, y) = (left + start as f64 * square, top + row as f64 * square);
                    let to = left + end as f64 * square;
                    let path = &mut levels[of.min(LEVELS) - 1];
                    path.move_to(x, y);
                    path.line_to(to, y);
                    path.line_to(to, y + square);
                    path.line_to(x, y + square);
                    path.close();
                }
                start = end;
            }
        }
        let stops = self.density_colors();
        for (place, path) in levels.iter().enumerate() {
            let share = (place as f64 + 0.5) / LEVELS as f64;
            let at = share * (stops.len() - 1) as f64;
            let before = (at.floor() as usize).min(stops.len() - 1);
            let color = stops[before].mix(stops[(before + 1).min(stops.len() - 1)], at - before as f64);
            svg.path(path, &Paint::fill(color.with_opacity((0.25 + share * 1.1).min(0.85))));
        }
    }

    /// From few to many; never none.
    fn density_colors(&self) -> Vec<Color> {
        let own = look::encodings(&self.drawing.pane.style, "density-color")
            .chain(look::encodings(&self.view.sheet.style, "density-color"))
            .last()
            .and_then(encode::colors_of);
        own.filter(|colors| !colors.is_empty()).unwrap_or_else(|| {
            vec![
                Color::rgb(0xb2, 0xf0, 0xe0),
                Color::rgb(0x7f, 0xd8, 0x9a),
                Color::rgb(0xc9, 0xd6, 0x3a),
                Color::rgb(0xf5, 0xa6, 0x23),
                Color::rgb(0xe0, 0x3c, 0x1a),
            ]
        })
    }
}
