//! Where everything lies, in pixels.

mod sizes;

use super::{
    Fit, Options,
    automatic::Mark,
    domain::Axis,
    look,
    maps::Map,
    scale::Scale,
    side::{Leaf, Side},
    view::{Along, Drawing, View},
};
use crate::text::{self, Font};

/// A range of pixels: from, to.
pub(crate) type Range = (f64, f64);

/// Where everything lies.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frame {
    pub width: f64,
    pub height: f64,
    /// The cells' columns and rows.
    pub columns: Vec<Range>,
    pub rows: Vec<Range>,
    /// The levels of the rows' headers, across.
    pub row_levels: Vec<Range>,
    /// The levels of the columns' headers, upwards; the innermost may lie below the cells.
    pub column_levels: Vec<Range>,
    pub innermost_below: bool,
    /// Whether the innermost headers of the columns are turned.
    pub turned: bool,
    /// The line of the names of the columns' fields.
    pub column_labels: Option<Range>,
    /// The line of the names of the rows' fields.
    pub row_labels: Option<Range>,
    /// Axes beside the cells: left, right, above, below.
    pub left: Range,
    pub right: Range,
    pub above: Range,
    pub below: Range,
    /// What lies right of the cells.
    pub legends: Option<Range>,
    /// Where the notes begin, upwards.
    pub foot: f64,
}

impl Frame {
    /// The cells all together: across.
    pub(crate) fn across(&self) -> Range {
        span(&self.columns)
    }

    /// The cells all together: upwards.
    pub(crate) fn upwards(&self) -> Range {
        span(&self.rows)
    }
}

fn span(ranges: &[Range]) -> Range {
    match (ranges.first(), ranges.last()) {
        (Some(first), Some(last)) => (first.0, last.1),
        _ => (0.0, 0.0),
    }
}

pub(crate) const LINE: f64 = 15.0;
const EDGE: f64 = 8.0;
/// Under narrower columns headers that have no room are turned.
const NARROW: f64 = 40.0;

/// What a layout is made of.
pub(crate) struct Layout<'v, 'a> {
    pub view: &'v View<'a>,
    /// Where marks are on the earth, if they are.
    pub map: Option<&'v Map>,
    pub x_axes: &'v [Axis],
    pub y_axes: &'v [Axis],
    pub options: &'v Options,
    /// The size there is; none grows as far as it needs.
    pub size: Option<(f64, f64)>,
    /// How high the title is.
    pub title: f64,
    /// How wide the legends are.
    pub legends: f64,
    /// How high the notes are.
    pub foot: f64,
}

impl Layout<'_, '_> {
    /// Lays everything out.
    pub(crate) fn frame(&self) -> Frame {
        let view = self.view;
        let mut frame = Frame::default();
        let mut left = 46.0;
        // How wide the axis on the left is depends on how high the cells are, which depends on how wide they are.
        for _ in 0..2 {
            frame = self.attempt(left);
            left = self.axis_width(&frame, 0);
        }
        if view.is_map() {
            frame.left = (frame.left.1, frame.left.1);
        }
        frame
    }

    fn attempt(&self, left: f64) -> Frame {
        let view = self.view;
        let mut frame = Frame::default();
        let map = view.is_map();
        let (width, height) = self.size.unwrap_or((800.0, 600.0));
        // Across.
        let mut x = EDGE;
        for level in 0..view.rows.levels() {
            let wide = self.header_width(level);
            frame.row_levels.push((x, x + wide));
            x += wide;
        }
        let shown = |axes: &Side, place: usize, scope: &str| {
            axes.leaves
                .iter()
                .any(|leaf| leaf.axes.get(place).is_some_and(|slot| view.shows_axis(&axes.slots[*slot], scope)))
        };
        let left = if shown(&view.rows, 0, "rows") && !map { left } else { 0.0 };
        let right = if shown(&view.rows, 1, "rows") && !map { left.max(46.0) } else { 0.0 };
        frame.left = (x, x + left);
        x += left;
        // The last number of an axis reaches beyond it.
        let beyond = if view.columns.has_axis() && !map { 12.0 } else { 0.0 };
        let room = (width - x - right - self.legends - EDGE - beyond).max(20.0);
        let entire = matches!(self.options.fit, Fit::Entire | Fit::Width);
        let contents = self.contents(Along::X);
        let natural: Vec<f64> =
            contents.iter().enumerate().map(|(leaf, content)| self.column_width(leaf, *content)).collect();
        let bare =
            view.columns.levels() == 0 && !is_table(&view.drawings) || view.rows.levels() + view.columns.levels() == 0;
        let widths = spread(&view.columns, &natural, room, (entire, bare), 100.0);
        frame.columns = ranges(x, &widths);
        let end = frame.columns.last().map_or(x, |last| last.1);
        frame.right = (end, end + right);
        frame.width = if self.size.is_some() { width } else { (end + right + self.legends + EDGE).max(120.0) };
        if self.legends > 0.0 {
            let start = frame.width - super::legends::WIDTH - EDGE;
            frame.legends = Some((start, frame.width - EDGE));
        }
        // Upwards.
        let mut y = EDGE + self.title;
        let style = &view.sheet.style;
        let labels = |scope: &str| {
            look::truth(look::of_scope(style, "worksheet", "display-field-labels", scope)).unwrap_or(true)
        };
        let named = |side: &Side, level: usize| side.level_field(level).is_some_and(|field| !field.is_measure_names());
        let levels = view.columns.levels();
        let above = look::truth(look::plain(style, "axis", "hnaxis")) == Some(false);
        frame.innermost_below = levels > 0 && view.rows.has_axis() && !view.columns.has_axis() && !above;
        let start = y;
        if labels("cols")
            && (0..levels).any(|level| named(&view.columns, level) && self.header_shown(&view.columns, level))
        {
            frame.column_labels = Some((y, y + LINE + 3.0));
            y += LINE + 3.0;
        }
        let upper = if frame.innermost_below { levels - 1 } else { levels };
        for level in 0..upper {
            let high = self.header_height(&frame, level, false);
            frame.column_levels.push((y, y + high));
            y += high;
        }
        let rows_named = labels("rows")
            && (0..view.rows.levels()).any(|level| named(&view.rows, level) && self.header_shown(&view.rows, level));
        if rows_named {
            y = y.max(start + LINE + 3.0);
            frame.row_labels = Some((y - LINE - 3.0, y));
        }
        let above = if shown(&view.columns, 1, "cols") && !map { 2.0 * LINE + 8.0 } else { 0.0 };
        frame.above = (y, y + above);
        y += above;
        let mut lower = 0.0;
        let mut innermost = 0.0;
        if frame.innermost_below {
            frame.turned = self.turns(&frame, levels - 1);
            innermost = self.header_height(&frame, levels - 1, frame.turned);
            lower += innermost;
        }
        let below = if shown(&view.columns, 0, "cols") && !map { self.axis_height() } else { 0.0 };
        lower += below;
        let room = (height - y - lower - self.foot - EDGE).max(20.0);
        let entire = matches!(self.options.fit, Fit::Entire | Fit::Height);
        let contents = self.contents(Along::Y);
        let natural: Vec<f64> =
            contents.iter().enumerate().map(|(leaf, content)| self.row_height(leaf, *content)).collect();
        // Rows without headers are as high as there is room where columns have bars or lines.
        let bare =
            view.rows.levels() == 0 && !is_table(&view.drawings) || view.columns.levels() + view.rows.levels() == 0;
        let heights = spread(&view.rows, &natural, room, (entire, bare), 70.0);
        frame.rows = ranges(y, &heights);
        y = frame.rows.last().map_or(y, |last| last.1);
        if frame.innermost_below {
            frame.column_levels.push((y, y + innermost));
            y += innermost;
        }
        frame.below = (y, y + below);
        y += below;
        frame.height = if self.size.is_some() { height } else { (y + self.foot + EDGE).max(60.0) };
        frame.foot = frame.height - self.foot;
        frame
    }

    fn axis_height(&self) -> f64 {
        let titled = self.view.columns.slots.iter().any(|slot| !self.view.axis_title(slot, "cols").is_empty());
        LINE + 9.0 + if titled { LINE + 3.0 } else { 0.0 }
    }

    /// How wide the axis beside the cells is.
    fn axis_width(&self, frame: &Frame, place: usize) -> f64 {
        let view = self.view;
        let font = Font::points(super::labels::POINTS);
        let mut widest: f64 = 0.0;
        let mut titled = false;
        for (at, leaf) in view.rows.leaves.iter().enumerate().take(200) {
            let Some(slot) = leaf.axes.get(place) else { continue };
            if !view.shows_axis(&view.rows.slots[*slot], "rows") {
                continue;
            }
            titled |= !view.axis_title(&view.rows.slots[*slot], "rows").is_empty();
            let axis = &self.y_axes[*slot];
            let scale = scale_upwards(axis, leaf_range(frame, at), at);
            let ticks = view.ticks(axis, &scale, false, &font);
            widest = ticks.iter().map(|tick| text::width(&tick.text, &font)).fold(widest, f64::max);
        }
        widest + 8.0 + if titled { LINE + 5.0 } else { 0.0 }
    }

    /// The axes across, for other parts.
    pub(crate) fn x_scale(&self, slot: usize, leaf: usize, frame: &Frame) -> Scale {
        scale_across(&self.x_axes[slot], frame.columns[leaf], leaf)
    }

    /// The axes upwards, for other parts.
    pub(crate) fn y_scale(&self, slot: usize, leaf: usize, frame: &Frame) -> Scale {
        scale_upwards(&self.y_axes[slot], frame.rows[leaf], leaf)
    }
}

fn leaf_range(frame: &Frame, leaf: usize) -> Range {
    frame.rows.get(leaf).copied().unwrap_or((0.0, 1.0))
}

/// The scale of an axis across a leaf.
pub(crate) fn scale_across(axis: &Axis, (from, to): Range, leaf: usize) -> Scale {
    let (least, most) = axis.range(leaf);
    let (from, to) = if axis.reversed { (to, from) } else { (from, to) };
    Scale { measure: axis.measure, least, most, from, to }
}

/// The scale of an axis up a leaf.
pub(crate) fn scale_upwards(axis: &Axis, (from, to): Range, leaf: usize) -> Scale {
    let (least, most) = axis.range(leaf);
    let (from, to) = if axis.reversed { (from, to) } else { (to, from) };
    Scale { measure: axis.measure, least, most, from, to }
}

/// How long each leaf is: those with axes share what the others leave; where all is to be filled, or there is an axis, all of it.
fn spread(side: &Side, natural: &[f64], room: f64, (entire, bare): (bool, bool), least: f64) -> Vec<f64> {
    let flexible = |leaf: &Leaf| !leaf.axes.is_empty();
    let count = side.leaves.iter().filter(|leaf| flexible(leaf)).count();
    let fixed: f64 = side.leaves.iter().zip(natural).filter(|(leaf, _)| !flexible(leaf)).map(|(_, size)| size).sum();
    if count == 0 {
        if entire || bare && side.leaves.len() == 1 {
            return vec![room / natural.len().max(1) as f64; natural.len()];
        }
        return natural.to_vec();
    }
    if entire && fixed > 0.0 {
        return vec![room / natural.len().max(1) as f64; natural.len()];
    }
    let share = (room - fixed) / count as f64;
    let share = if entire { share.max(2.0) } else { share.max(least) };
    side.leaves.iter().zip(natural).map(|(leaf, size)| if flexible(leaf) { share } else { *size }).collect()
}

fn ranges(start: f64, sizes: &[f64]) -> Vec<Range> {
    let mut at = start;
    sizes
        .iter()
        .map(|size| {
            let range = (at, at + size);
            at += size;
            range
        })
        .collect()
}

/// A drawing's columns and rows have no axes where it is text alone: used by those who ask whether a sheet is a table.
pub(crate) fn is_table(drawings: &[Drawing<'_>]) -> bool {
    !drawings.is_empty() && drawings.iter().all(|drawing| drawing.mark == Mark::Text)
}
