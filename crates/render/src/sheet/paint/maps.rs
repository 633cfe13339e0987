//! Maps: shapes on the earth, and what lies under marks.

use super::{Labels, Painter};
use crate::{
    color::Color,
    geography::{self, MapStyle},
    sheet::{
        layout::{Frame, Layout},
        look,
        paint::names::Place,
    },
    svg::{Paint, Stroke, Svg},
};

/// Draws the earth under all cells of a map.
pub(crate) fn ground(layout: &Layout<'_, '_>, frame: &Frame, svg: &mut Svg) {
    let Some(map) = layout.map else { return };
    let style = &layout.view.sheet.style;
    let look = look::plain(style, "map", "map-style").map_or(MapStyle::Light, MapStyle::parse);
    let washout = look::plain(style, "map", "washout").and_then(|text| text.parse().ok()).unwrap_or(0.0);
    for across in &frame.columns {
        for upwards in &frame.rows {
            geography::background(svg, &map.projection(*across, *upwards), look, washout);
        }
    }
}

impl Painter<'_, '_> {
    /// Paints the shapes of places.
    pub(super) fn shapes(&self, svg: &mut Svg, labels: &mut Labels) {
        let Some(map) = self.layout.map else { return };
        let alone = self.frame.rows.len() == 1 && self.frame.columns.len() == 1;
        let border = self.border.unwrap_or(Stroke::solid(Color::rgb(0x8c, 0x8c, 0x8c), 0.6));
        for dot in &self.drawing.dots {
            let Some(located) = map.place(self.turn, dot.turn) else { continue };
            let (across, upwards) = self.cell(dot);
            let projection = map.projection(across, upwards);
            let color = self.color(dot);
            let (x, y) = projection.point(located.center);
            let draw = |svg: &mut Svg| {
                let Some(shape) = &located.shape else {
                    return svg.circle(x, y, self.radius(dot), &self.look(color));
                };
                let geometry = shape.geometry();
                svg.path(&projection.areas(geometry), &Paint { fill: Some(color), stroke: Some(border) });
                svg.path(&projection.lines(geometry), &Paint::stroke(color, 2.0 * self.sizes.factor));
                for point in &geometry.points {
                    let (x, y) = projection.point(*point);
                    svg.circle(x, y, self.radius(dot), &self.look(color));
                }
            };
            if alone {
                draw(svg);
            } else {
                svg.clipped(across.0, upwards.0, across.1 - across.0, upwards.1 - upwards.0, draw);
            }
            labels.add(self, dot, (x, y, 0.0, 0.0), Place::Inside, color);
        }
    }
}
