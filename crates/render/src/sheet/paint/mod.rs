//! Marks become shapes.

mod areas;
mod bars;
mod density;
mod lines;
mod maps;
mod names;
mod pies;
mod points;
mod reference;
mod squares;
mod trends;

use std::collections::BTreeMap;

use super::{
    automatic::Mark,
    encode::{Colors, Sizes},
    layout::{Frame, Layout, Range},
    look,
    view::{Dot, Drawing, View},
};
use crate::{
    color::Color,
    svg::{Paint, Stroke, Svg},
};

pub(crate) use bars::reach;
pub(crate) use maps::ground;
pub(crate) use names::Labels;
pub(crate) use points::{shape, shape_name};

/// What one drawing is painted with.
pub(crate) struct Painter<'p, 'a> {
    pub layout: &'p Layout<'p, 'a>,
    pub view: &'p View<'a>,
    pub frame: &'p Frame,
    pub drawing: &'p Drawing<'a>,
    /// The drawing's place among the view's.
    pub turn: usize,
    pub colors: Colors,
    pub sizes: Sizes,
    /// The line round marks.
    pub border: Option<Stroke>,
}

impl<'p, 'a> Painter<'p, 'a> {
    pub(crate) fn new(layout: &'p Layout<'p, 'a>, frame: &'p Frame, turn: usize) -> Self {
        let view = layout.view;
        let drawing = &view.drawings[turn];
        let style = &drawing.pane.style;
        let bordered = look::truth(look::plain(style, "mark", "has-stroke")) == Some(true);
        let color = look::plain(style, "mark", "stroke-color").and_then(Color::parse).unwrap_or(Color::WHITE);
        let border = bordered.then(|| Stroke::solid(color, 1.0));
        let (colors, sizes) = (Colors::of(view, drawing), Sizes::of(view, drawing));
        Self { layout, view, frame, drawing, turn, colors, sizes, border }
    }

    /// Paints the marks and hands their labels to `labels`.
    pub(crate) fn paint(&self, svg: &mut Svg, labels: &mut Labels) {
        match self.drawing.mark {
            Mark::Bar => self.bars(svg, labels),
            Mark::Gantt => self.gantt(svg, labels),
            Mark::Line => self.lines(svg, labels),
            Mark::Area => self.areas(svg, labels),
            Mark::Map => self.shapes(svg, labels),
            Mark::Density => self.density(svg),
            Mark::Circle | Mark::Shape => self.points(svg, labels),
            Mark::Polygon => self.polygons(svg, labels),
            Mark::Square => self.squares(svg, labels),
            Mark::Text => self.texts(svg),
            Mark::Pie => self.pies(svg, labels),
        }
    }

    /// A mark's colour.
    fn color(&self, dot: &Dot) -> Color {
        self.colors.of_dot(self.view, self.drawing, dot)
    }

    /// The inside and border of a mark.
    fn look(&self, color: Color) -> Paint {
        Paint { fill: Some(color), stroke: self.border }
    }

    /// A mark's cell: across and upwards.
    fn cell(&self, dot: &Dot) -> (Range, Range) {
        (self.frame.columns[dot.cell.1], self.frame.rows[dot.cell.0])
    }

    /// Where a value of the axis across is.
    fn x_at(&self, dot: &Dot, value: f64) -> Option<f64> {
        Some(self.layout.x_scale(self.drawing.x?, dot.cell.1, self.frame).at(value))
    }

    /// Where a value of the axis upwards is.
    fn y_at(&self, dot: &Dot, value: f64) -> Option<f64> {
        Some(self.layout.y_scale(self.drawing.y?, dot.cell.0, self.frame).at(value))
    }

    /// Where a mark is: in the middle of its cell where there is no axis.
    fn center(&self, dot: &Dot) -> (f64, f64) {
        let (across, upwards) = self.cell(dot);
        if let Some(map) = self.layout.map
            && let Some(located) = map.place(self.turn, dot.turn)
        {
            return map.projection(across, upwards).point(located.center);
        }
        let ((left, right), (top, bottom)) = (across, upwards);
        let x = dot.x.and_then(|value| self.x_at(dot, value)).unwrap_or((left + right) / 2.0);
        let y = dot.y.and_then(|value| self.y_at(dot, value)).unwrap_or((top + bottom) / 2.0);
        (x, y)
    }

    /// Whether it lies under the marks of others.
    pub(crate) fn is_ground(&self) -> bool {
        self.drawing.mark == Mark::Map
    }

    /// The marks from the back to the front: the large ones first, or the first member last.
    fn back_to_front(&self) -> Vec<usize> {
        let dots = &self.drawing.dots;
        let mut order: Vec<usize> = (0..dots.len()).rev().collect();
        if self.sizes.field.is_some() {
            let shares: Vec<f64> =
                dots.iter().map(|dot| self.sizes.share(self.view, self.drawing, dot).unwrap_or(0.0)).collect();
            order.sort_by(|a, b| shares[*b].total_cmp(&shares[*a]));
        }
        order
    }

    /// Clips to a cell's pane only where an axis may end before its marks do.
    fn within(&self, svg: &mut Svg, draw: impl FnOnce(&mut Svg)) {
        let ((left, right), (top, bottom)) = (self.frame.across(), self.frame.upwards());
        svg.clipped(left, top, right - left + 1.0, bottom - top + 1.0, draw);
    }

    /// The marks of each cell, in their order.
    fn by_cell(&self) -> BTreeMap<(usize, usize), Vec<&'p Dot>> {
        let mut cells: BTreeMap<(usize, usize), Vec<&Dot>> = BTreeMap::new();
        for dot in &self.drawing.dots {
            cells.entry(dot.cell).or_default().push(dot);
        }
        cells
    }
}
