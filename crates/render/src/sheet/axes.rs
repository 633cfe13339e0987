//! Axes and their grid.

use super::{
    layout::{Frame, LINE, Layout, Range},
    look,
    scale::Scale,
    side::Slot,
    ticks::Tick,
    view::{View, is_date},
};
use crate::{
    color::Color,
    svg::{Anchor, Stroke, Svg},
    text::{self, Font},
};

const GRID: Color = Color::rgb(0xf0, 0xf0, 0xf0);
const ZERO: Color = Color::rgb(0xd8, 0xd8, 0xd8);

impl View<'_> {
    /// What is written beside an axis; nothing where the file takes it away.
    pub(crate) fn axis_title(&self, slot: &Slot, scope: &str) -> String {
        let class = slot.occurrence.to_string();
        if let Some(own) = look::of_axis(&self.sheet.style, "title", &slot.field, &class, scope) {
            return if own.text.is_empty() { own.value.clone() } else { own.text.plain() };
        }
        let caption = self.caption(&slot.field);
        let cut = self
            .column(&slot.field)
            .filter(|column| is_date(column))
            .and_then(|column| column.derivation.strip_suffix("-Trunc"));
        match cut {
            Some(part) if !caption.contains(" of ") => format!("{part} of {caption}"),
            _ => caption,
        }
    }
}

impl Layout<'_, '_> {
    /// Draws the grid of all cells.
    pub(crate) fn draw_grid(&self, svg: &mut Svg, frame: &Frame) {
        if self.view.is_map() {
            return;
        }
        let font = Font::points(super::labels::POINTS);
        let (left, right) = frame.across();
        let (top, bottom) = frame.upwards();
        for (at, leaf) in self.view.columns.leaves.iter().enumerate() {
            let Some(slot) = leaf.axes.first() else { continue };
            let scale = self.x_scale(*slot, at, frame);
            let ticks = self.view.ticks(&self.x_axes[*slot], &scale, true, &font);
            self.lines(&ticks, &scale, "cols", |x, stroke| svg.line((x, top), (x, bottom), stroke));
        }
        for (at, leaf) in self.view.rows.leaves.iter().enumerate() {
            let Some(slot) = leaf.axes.first() else { continue };
            let scale = self.y_scale(*slot, at, frame);
            let ticks = self.view.ticks(&self.y_axes[*slot], &scale, false, &font);
            self.lines(&ticks, &scale, "rows", |y, stroke| svg.line((left, y), (right, y), stroke));
        }
    }

    fn lines(&self, ticks: &[Tick], scale: &Scale, scope: &str, mut draw: impl FnMut(f64, &Stroke)) {
        let stroke = |element: &str, color: Color| {
            let style = &self.view.sheet.style;
            if look::truth(look::of_scope(style, element, "line-visibility", scope)) == Some(false) {
                return None;
            }
            let own = look::of_scope(style, element, "stroke-color", scope).and_then(Color::parse);
            let width = look::of_scope(style, element, "stroke-size", scope).and_then(|text| text.parse::<f64>().ok());
            Some(Stroke::solid(own.unwrap_or(color), width.unwrap_or(1.0))).filter(|stroke| stroke.width > 0.0)
        };
        let (grid, zero) = (stroke("gridline", GRID), stroke("zeroline", ZERO));
        for tick in ticks {
            let at = scale.at(tick.value).round() + 0.5;
            let is_zero = tick.value == 0.0 && scale.measure == super::scale::Measure::Number;
            if let Some(stroke) = if is_zero { zero } else { grid } {
                draw(at, &stroke);
            }
        }
    }

    /// Draws the axes round the cells.
    pub(crate) fn draw_axes(&self, svg: &mut Svg, frame: &Frame) {
        if self.view.is_map() {
            return;
        }
        for (at, leaf) in self.view.columns.leaves.iter().enumerate() {
            for (place, side) in [(0, frame.below), (1, frame.above)] {
                if let Some(slot) =
                    leaf.axes.get(place).filter(|slot| self.view.shows_axis(&self.view.columns.slots[**slot], "cols"))
                {
                    self.draw_across(svg, frame, *slot, at, side, place == 1);
                }
            }
        }
        for (at, leaf) in self.view.rows.leaves.iter().enumerate() {
            for (place, side) in [(0, frame.left), (1, frame.right)] {
                if let Some(slot) =
                    leaf.axes.get(place).filter(|slot| self.view.shows_axis(&self.view.rows.slots[**slot], "rows"))
                {
                    self.draw_upwards(svg, frame, *slot, at, side, place == 1);
                }
            }
        }
    }

    fn draw_across(&self, svg: &mut Svg, frame: &Frame, slot: usize, leaf: usize, (top, bottom): Range, above: bool) {
        let field = &self.x_axes[slot].field;
        let font = self.view.font("label", Some(field));
        let color = self.view.letters("label", Some(field), Color::FAINT_TEXT);
        let scale = self.x_scale(slot, leaf, frame);
        let (left, right) = frame.columns[leaf];
        let y = if above { bottom - 6.0 } else { top + 5.0 + font.ascent() };
        let mut free = left - if leaf == 0 { 40.0 } else { 20.0 };
        let mut ticks = self.view.ticks(&self.x_axes[slot], &scale, true, &font);
        ticks.sort_by(|a, b| scale.at(a.value).total_cmp(&scale.at(b.value)));
        for tick in ticks {
            let (x, half) = (scale.at(tick.value), text::width(&tick.text, &font) / 2.0);
            // A text that would lie over another is left out.
            if x - half < free || x + half > right + 20.0 {
                continue;
            }
            free = x + half + 4.0;
            svg.text(x, y, &tick.text, &font, color, Anchor::Middle);
        }
        let title = self.view.axis_title(&self.view.columns.slots[slot], "cols");
        let font = Font::points(super::labels::POINTS).bold();
        let title = text::ellipsis(&title, &font, right - left);
        let y = if above { top + font.ascent() } else { top + LINE + 8.0 + font.ascent() };
        svg.text((left + right) / 2.0, y, &title, &font, Color::TEXT, Anchor::Middle);
    }

    fn draw_upwards(&self, svg: &mut Svg, frame: &Frame, slot: usize, leaf: usize, (left, right): Range, far: bool) {
        let field = &self.y_axes[slot].field;
        let font = self.view.font("label", Some(field));
        let color = self.view.letters("label", Some(field), Color::FAINT_TEXT);
        let scale = self.y_scale(slot, leaf, frame);
        let (top, bottom) = frame.rows[leaf];
        for tick in self.view.ticks(&self.y_axes[slot], &scale, false, &font) {
            let y = (scale.at(tick.value) + font.below_middle()).clamp(top + font.ascent() - 2.0, bottom + 2.0);
            let (x, anchor) = if far { (left + 6.0, Anchor::Start) } else { (right - 6.0, Anchor::End) };
            svg.text(x, y, &tick.text, &font, color, anchor);
        }
        let title = self.view.axis_title(&self.view.rows.slots[slot], "rows");
        let font = Font::points(super::labels::POINTS).bold();
        let title = text::ellipsis(&title, &font, bottom - top);
        let (x, degrees) = if far { (right - 4.0 - font.size, 90.0) } else { (left + font.size, -90.0) };
        svg.turned_text((x, (top + bottom) / 2.0), degrees, &title, &font, Color::TEXT, Anchor::Middle);
    }
}
