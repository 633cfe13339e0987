//! Lines.

use std::collections::BTreeMap;

use super::{Labels, Painter};
use crate::{
    sheet::{look, paint::names::Place, view::Dot},
    svg::{Dash, Paint, Path, Stroke, Svg},
};

/// What holds the points of a line together: its pane and the members that tell it from others.
pub(super) type Series = (usize, usize, Vec<usize>);

impl<'p> Painter<'p, '_> {
    /// The points of each line, in their order.
    pub(super) fn series(&self) -> BTreeMap<Series, Vec<&'p Dot>> {
        let groups = self.drawing.groups();
        let path = self.drawing.on("path");
        let pane_of = |panes: &[(usize, usize)], leaf: usize| panes.partition_point(|pane| pane.1 <= leaf);
        let (rows, columns) = (self.view.rows.panes(), self.view.columns.panes());
        // A line runs along the side that has the members or the continuous dimension, and stays in its cell on the other.
        let mut series: BTreeMap<Series, Vec<&Dot>> = BTreeMap::new();
        for dot in &self.drawing.dots {
            let runs = path.is_none();
            let (no_x, no_y) = (self.drawing.x.is_none(), self.drawing.y.is_none());
            let row = if runs && no_y && !no_x { pane_of(&rows, dot.cell.0) } else { dot.cell.0 };
            let column = if runs && no_x { pane_of(&columns, dot.cell.1) } else { dot.cell.1 };
            let members = groups
                .iter()
                .filter(|field| Some(**field) != path)
                .map(|field| self.drawing.place(field, dot.row, dot.measure).unwrap_or(0))
                .chain(dot.measure)
                .collect();
            series.entry((row, column, members)).or_default().push(dot);
        }
        for dots in series.values_mut() {
            match path {
                Some(path) => dots.sort_by(|a, b| {
                    let key = |dot: &Dot| {
                        self.view
                            .number(self.drawing, path, dot.row, dot.measure)
                            .or_else(|| self.drawing.place(path, dot.row, dot.measure).map(|place| place as f64))
                            .unwrap_or(0.0)
                    };
                    key(a).total_cmp(&key(b))
                }),
                None => dots.sort_by(|a, b| {
                    let key = |dot: &Dot| {
                        let (x, y) = self.center(dot);
                        if self.drawing.along == crate::sheet::view::Along::X { y } else { x }
                    };
                    key(a).total_cmp(&key(b))
                }),
            }
        }
        series
    }

    pub(super) fn lines(&self, svg: &mut Svg, labels: &mut Labels) {
        let style = &self.drawing.pane.style;
        let steps = look::plain(style, "mark", "line-interpolation").is_some_and(|word| word.starts_with("step"));
        let dashed = match look::plain(style, "mark", "line-pattern-only")
            .or_else(|| look::plain(style, "mark", "line-pattern"))
        {
            Some("dashed") => Dash::Dashed,
            Some("dotted") => Dash::Dotted,
            _ => Dash::Solid,
        };
        let markers = look::plain(style, "mark", "mark-markers-mode") == Some("all");
        let ends = look::plain(style, "mark", "mark-labels-mode") == Some("line-ends");
        let all_ends = ["mark-labels-line-first", "mark-labels-line-last"]
            .map(|name| look::truth(look::plain(style, "mark", name)).unwrap_or(true));
        self.within(svg, |svg| {
            for dots in self.series().values().rev() {
                let [first, _, ..] = dots.as_slice() else {
                    // A line of one point is a dot.
                    for dot in dots {
                        let ((x, y), color) = (self.center(dot), self.color(dot));
                        svg.circle(x, y, 2.5 * self.sizes.factor, &Paint::fill(color));
                        labels.add(self, dot, (x, y - 3.0, 0.0, 6.0), Place::Above, color);
                    }
                    continue;
                };
                let share = self.sizes.share(self.view, self.drawing, first).unwrap_or(1.0);
                let width = if self.sizes.field.is_some() {
                    1.0 + 9.0 * share * self.sizes.factor
                } else {
                    2.0 * self.sizes.factor
                };
                // Where the colour changes on the way, each piece has the colour of its beginning.
                let mut start = 0;
                while start + 1 < dots.len() {
                    let color = self.color(dots[start]);
                    let mut end = start + 1;
                    while end + 1 < dots.len() && self.color(dots[end]) == color {
                        end += 1;
                    }
                    let points = dots[start..=end].iter().map(|dot| self.center(dot));
                    let stroke = Stroke { dash: dashed, ..Stroke::solid(color, width) };
                    let path = if steps { stairs(points) } else { Path::through(points) };
                    svg.path(&path, &Paint { fill: None, stroke: Some(stroke) });
                    start = end;
                }
                let at: Vec<(f64, f64)> = dots.iter().map(|dot| self.center(dot)).collect();
                for (turn, dot) in dots.iter().enumerate() {
                    let ((x, y), color) = (at[turn], self.color(dot));
                    if markers {
                        svg.circle(x, y, width.max(2.0) * 1.4, &self.look(color));
                    }
                    let place = match (ends, turn == 0, turn + 1 == dots.len()) {
                        (false, ..) => beside(&at, turn),
                        (true, true, _) if all_ends[0] => Place::Left,
                        (true, _, true) if all_ends[1] => Place::Right,
                        _ => continue,
                    };
                    labels.add(self, dot, (x, y - 3.0, 0.0, 6.0), place, color);
                }
            }
        });
    }
}

/// Where the label of a point of a line does not lie on the line.
fn beside(at: &[(f64, f64)], turn: usize) -> Place {
    let lower = |other: Option<&(f64, f64)>| other.map(|other| other.1 > at[turn].1);
    let before = turn.checked_sub(1).and_then(|before| at.get(before));
    match (lower(before), lower(at.get(turn + 1))) {
        (Some(false), Some(false)) | (None, Some(false)) | (Some(false), None) => Place::Below,
        (Some(true), Some(false)) => Place::RightBelow,
        (Some(false), Some(true)) => Place::RightAbove,
        _ => Place::Above,
    }
}

fn stairs(points: impl Iterator<Item = (f64, f64)>) -> Path {
    let mut path = Path::new();
    let mut before: Option<(f64, f64)> = None;
    for (x, y) in points {
        match before {
            None => path.move_to(x, y),
            Some((_, height)) => {
                path.line_to(x, height);
                path.line_to(x, y);
            }
        }
        before = Some((x, y));
    }
    path
}
