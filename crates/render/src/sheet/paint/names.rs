//! Labels of marks, and marks that are text alone.

use super::Painter;
use crate::{
    color::Color,
    sheet::{labels::Written, look, view::Dot},
    svg::Svg,
    text::rich::{Align, Lines},
};

type Rect = (f64, f64, f64, f64);

/// Where a label lies at its mark.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Left,
    Right,
    Above,
    Below,
    RightAbove,
    RightBelow,
    Inside,
    /// In the upper left corner of the mark.
    Corner,
    /// Outwards from a point.
    Around(f64, f64),
}

/// The labels of all marks, which are written over these.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    /// What is written, where it is, and whether others may lie over it.
    labels: Vec<(Lines, (f64, f64), bool)>,
}

/// The most texts that are written in one cell.
const MOST_IN_CELL: usize = 200;
/// The most labels that are looked at.
const MOST: usize = 20_000;

impl Labels {
    /// Adds the label of a mark, if its drawing has labels.
    pub(super) fn add(&mut self, painter: &Painter<'_, '_>, dot: &Dot, mark: Rect, place: Place, color: Color) {
        if self.labels.len() >= MOST || !painter.view.labelled(painter.drawing) {
            return;
        }
        let (x, y, width, height) = mark;
        let on_mark = matches!(place, Place::Inside | Place::Corner) && width > 0.0;
        let (align, room) = match place {
            Place::Corner => (Align::Start, (width - 6.0).max(1.0)),
            _ => (Align::Middle, f64::INFINITY),
        };
        let lines = painter.view.text_of(painter.drawing, dot, &Written { mark: color, on_mark, align, room });
        if lines.is_empty() || on_mark && (lines.width() > width || lines.height() > height) {
            return;
        }
        let (wide, high) = (lines.width(), lines.height());
        let (middle_x, middle_y) = (x + width / 2.0, y + height / 2.0);
        let at = match place {
            Place::Left => (x - wide - 4.0, middle_y - high / 2.0),
            Place::Right => (x + width + 4.0, middle_y - high / 2.0),
            Place::Above => (middle_x - wide / 2.0, y - high - 1.0),
            Place::Below => (middle_x - wide / 2.0, y + height + 1.0),
            Place::RightAbove => (x + width + 2.0, y - high + 2.0),
            Place::RightBelow => (x + width + 2.0, y + height - 2.0),
            Place::Inside => (middle_x - wide / 2.0, middle_y - high / 2.0),
            Place::Corner => (x + 4.0, y + 3.0),
            Place::Around(center_x, center_y) => {
                (if x < center_x { x - wide } else { x }, if y < center_y { y - high } else { y })
            }
        };
        let overlap = look::truth(look::plain(&painter.drawing.pane.style, "mark", "mark-labels-cull")) == Some(false);
        self.labels.push((lines, at, overlap));
    }

    /// Writes the labels, without those that would lie over others.
    pub(crate) fn write(&self, svg: &mut Svg, (width, height): (f64, f64)) {
        /// Labels are looked for among those of the same square of so many pixels.
        const SQUARE: f64 = 64.0;
        let mut taken: std::collections::HashMap<(i64, i64), Vec<Rect>> = std::collections::HashMap::new();
        for (lines, (x, y), overlap) in &self.labels {
            let rect = (*x, *y, lines.width(), lines.height());
            if rect.0 < -2.0 || rect.1 < -2.0 || rect.0 + rect.2 > width + 2.0 || rect.1 + rect.3 > height + 2.0 {
                continue;
            }
            let square = |value: f64| (value / SQUARE).floor() as i64;
            let squares: Vec<(i64, i64)> = (square(rect.0)..=square(rect.0 + rect.2))
                .flat_map(|column| (square(rect.1)..=square(rect.1 + rect.3)).map(move |row| (column, row)))
                .collect();
            let meets = |other: &Rect| {
                rect.0 < other.0 + other.2
                    && other.0 < rect.0 + rect.2
                    && rect.1 < other.1 + other.3
                    && other.1 < rect.1 + rect.3
            };
            if !overlap && squares.iter().filter_map(|square| taken.get(square)).flatten().any(meets) {
                continue;
            }
            squares.into_iter().for_each(|square| taken.entry(square).or_default().push(rect));
            lines.draw(svg, rect, Align::Start);
        }
    }
}

impl Painter<'_, '_> {
    /// Marks that are text: those of a cell one under the other.
    pub(super) fn texts(&self, svg: &mut Svg) {
        let view = self.view;
        let style = &view.sheet.style;
        let bare = view.rows.levels() + view.columns.levels() == 0;
        for dots in self.by_cell().values() {
            let Some(first) = dots.first() else { continue };
            let ((left, right), (top, bottom)) = self.cell(first);
            let on_axes = self.drawing.x.is_some() || self.drawing.y.is_some();
            let field = self.drawing.on("text");
            let all: Vec<(&Dot, Lines)> = dots
                .iter()
                .take(MOST_IN_CELL)
                .map(|dot| {
                    let number = field
                        .and_then(|field| view.value(self.drawing, field, dot.row, dot.measure))
                        .is_some_and(|(column, _)| column.measure && column.data_type != tavola_query::Type::Text);
                    let aligned = field
                        .and_then(|field| look::of_field(style, "cell", "text-align", field))
                        .or_else(|| look::plain(style, "cell", "text-align"));
                    let align = match aligned {
                        Some("left") => Align::Start,
                        Some("center") => Align::Middle,
                        Some("right") => Align::End,
                        _ if bare || on_axes => Align::Middle,
                        _ if number => Align::End,
                        _ => Align::Start,
                    };
                    let room = if on_axes { f64::INFINITY } else { (right - left - 8.0).max(8.0) };
                    let written = Written { mark: self.color(dot), on_mark: false, align, room };
                    (*dot, view.text_of(self.drawing, dot, &written))
                })
                .collect();
            if on_axes {
                for (dot, lines) in all {
                    let (x, y) = self.center(dot);
                    let (wide, high) = (lines.width(), lines.height());
                    lines.draw(svg, (x - wide / 2.0, y - high / 2.0, wide, high), Align::Start);
                }
                continue;
            }
            let high: f64 = all.iter().map(|(_, lines)| lines.height()).sum();
            let mut y = ((top + bottom - high) / 2.0).max(top);
            for (_, lines) in all {
                lines.draw(svg, (left + 4.0, y, right - left - 10.0, lines.height()), Align::Start);
                y += lines.height();
            }
        }
    }
}
