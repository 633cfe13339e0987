//! Headers of rows and columns, the names of their fields, and the lines between cells.

use tavola_workbook::FieldRef;

use super::{
    layout::{Frame, is_table},
    look,
    side::Side,
    view::View,
};
use crate::{
    color::Color,
    svg::{Anchor, Dash, Paint, Stroke, Svg},
    text::{self, Font},
};

/// The words of a header in at most so many lines. A word that is wider than there is room is shortened, not broken.
pub(crate) fn lines_of(words: &str, font: &Font, room: f64, most: usize) -> Vec<String> {
    let short = |word: &str| match text::ellipsis(word, font, room) {
        short if short.is_empty() || short == "…" => word.chars().take(3).collect(),
        short => short,
    };
    let shortened: Vec<String> = words.split(' ').map(short).collect();
    text::wrap_lines(&shortened.join(" "), font, room, most)
}

const DIVIDER: Color = Color::rgb(0xd4, 0xd4, 0xd4);
const BAND: Color = Color::rgb(0xf5, 0xf5, 0xf5);

impl View<'_> {
    /// Whether the headers of a field are shown.
    pub(crate) fn shows_header(&self, field: &FieldRef) -> bool {
        look::truth(look::of_field(&self.sheet.style, "label", "display", field)).unwrap_or(true)
    }

    /// The font of a level of headers: in tables the outermost of several levels is bold.
    pub(crate) fn header_font(&self, field: &FieldRef, side: &Side, level: usize) -> Font {
        let font = self.font("label", Some(field));
        let outermost = std::ptr::eq(side, &self.rows) && level == 0 && side.levels() > 1;
        if outermost && is_table(&self.drawings) { font.bold() } else { font }
    }

    /// Draws bands, headers and the names of fields.
    pub(crate) fn draw_headers(&self, svg: &mut Svg, frame: &Frame) {
        self.draw_bands(svg, frame);
        self.draw_row_headers(svg, frame);
        self.draw_column_headers(svg, frame);
        self.draw_field_labels(svg, frame);
        self.draw_dividers(svg, frame);
    }

    fn draw_bands(&self, svg: &mut Svg, frame: &Frame) {
        let style = &self.sheet.style;
        let size = look::of_scope(style, "table", "band-size", "rows").and_then(|text| text.parse::<usize>().ok());
        let color = look::of_scope(style, "pane", "band-color", "rows").and_then(Color::parse).unwrap_or(BAND);
        if self.rows.levels() == 0
            || self.rows.has_axis()
            || self.columns.has_axis()
            || size == Some(0)
            || color.alpha == 0
            || size.is_none() && !is_table(&self.drawings)
        {
            return;
        }
        let every = size.unwrap_or(1);
        let levels = self.rows.levels();
        let panes = if levels > 1 { self.rows.spans(levels - 2) } else { vec![(0, self.rows.leaves.len())] };
        let left = frame.row_levels.last().map_or(frame.across().0, |level| level.0);
        for (first, last) in panes {
            for leaf in first..last {
                if ((leaf - first) / every) % 2 == 1
                    && let Some((from, to)) = frame.rows.get(leaf)
                {
                    svg.rect(left, *from, frame.across().1 - left, to - from, &Paint::fill(color));
                }
            }
        }
    }

    fn draw_row_headers(&self, svg: &mut Svg, frame: &Frame) {
        let levels = self.rows.levels();
        for level in 0..levels {
            let (left, right) = frame.row_levels[level];
            if right - left < 1.0 {
                continue;
            }
            for (first, last) in self.rows.spans(level) {
                let Some(header) = self.rows.leaves[first].headers.get(level) else { continue };
                let font = self.header_font(&header.field, &self.rows, level);
                let color =
                    self.letters("label", Some(&header.field), if font.bold { Color::TEXT } else { Color::FAINT_TEXT });
                let (top, first_bottom) = frame.rows[first];
                let bottom = frame.rows[last - 1].1;
                let words = self.member(&header.field, header.place);
                let most = ((bottom - top) / font.line_height()).floor().max(1.0) as usize;
                let lines = text::wrap_lines(&words, &font, right - left - 8.0, most);
                let high = lines.len() as f64 * font.line_height();
                // An outer header stands beside its first row.
                let middle = if last - first > 1 { (top + first_bottom) / 2.0 } else { (top + bottom) / 2.0 };
                let mut y = (middle - high / 2.0).max(top + 1.0);
                let anchor = self.header_anchor(
                    &header.field,
                    if levels == 1 && self.columns.has_axis() { Anchor::End } else { Anchor::Start },
                );
                let x = match anchor {
                    Anchor::Start => left + 4.0,
                    Anchor::Middle => (left + right) / 2.0,
                    Anchor::End => right - 4.0,
                };
                for line in lines {
                    svg.text(x, y + font.line_height() / 2.0 + font.below_middle(), &line, &font, color, anchor);
                    y += font.line_height();
                }
            }
        }
    }

    fn header_anchor(&self, field: &FieldRef, default: Anchor) -> Anchor {
        match look::of_field(&self.sheet.style, "label", "text-align", field) {
            Some("left") => Anchor::Start,
            Some("center") => Anchor::Middle,
            Some("right") => Anchor::End,
            _ => default,
        }
    }

    fn draw_column_headers(&self, svg: &mut Svg, frame: &Frame) {
        let levels = self.columns.levels();
        for level in 0..levels {
            let Some((top, bottom)) = frame.column_levels.get(level).copied() else { continue };
            if bottom - top < 1.0 {
                continue;
            }
            let innermost = level + 1 == levels;
            for (first, last) in self.columns.spans(level) {
                let Some(header) = self.columns.leaves[first].headers.get(level) else { continue };
                let font = self.header_font(&header.field, &self.columns, level);
                let measures = header.field.is_measure_names();
                let color =
                    self.letters("label", Some(&header.field), if measures { Color::TEXT } else { Color::FAINT_TEXT });
                let (left, right) = (frame.columns[first].0, frame.columns[last - 1].1);
                let words = self.member(&header.field, header.place);
                if innermost && frame.turned {
                    let x = (left + right) / 2.0 + font.below_middle();
                    let words = text::ellipsis(&words, &font, bottom - top - 4.0);
                    svg.turned_text((x, top + 4.0), -90.0, &words, &font, color, Anchor::End);
                    continue;
                }
                let most = ((bottom - top) / font.line_height()).floor().max(1.0) as usize;
                let lines = lines_of(&words, &font, right - left - 2.0, most);
                let high = lines.len() as f64 * font.line_height();
                // Headers above cells stand on them, headers below hang from them.
                let below = innermost && frame.innermost_below;
                let mut y = if below { top + 3.0 } else { bottom - high - 3.0 };
                let default = if measures && is_table(&self.drawings) { Anchor::End } else { Anchor::Middle };
                let anchor = self.header_anchor(&header.field, default);
                let x = match anchor {
                    Anchor::Start => left + 4.0,
                    Anchor::Middle => (left + right) / 2.0,
                    Anchor::End => right - 6.0,
                };
                for line in lines {
                    svg.text(x, y + font.line_height() / 2.0 + font.below_middle(), &line, &font, color, anchor);
                    y += font.line_height();
                }
            }
        }
    }

    fn draw_field_labels(&self, svg: &mut Svg, frame: &Frame) {
        let font = Font::points(super::labels::POINTS).bold();
        if let Some((top, bottom)) = frame.column_labels {
            let mut names: Vec<String> = (0..self.columns.levels())
                .filter_map(|level| self.columns.level_field(level))
                .filter(|field| !field.is_measure_names() && self.shows_header(field))
                .map(|field| self.plain_caption(field))
                .collect();
            // The parts of one date have one name.
            names.dedup();
            let (left, right) = frame.across();
            let y = (top + bottom) / 2.0 + font.below_middle();
            svg.text((left + right) / 2.0, y, &names.join(" / "), &font, Color::TEXT, Anchor::Middle);
        }
        if let Some((top, bottom)) = frame.row_labels {
            let levels = self.rows.levels();
            for (level, (left, right)) in frame.row_levels.iter().enumerate() {
                let Some(field) = self.rows.level_field(level) else { continue };
                if field.is_measure_names() || right - left < 1.0 {
                    continue;
                }
                let caption = self.caption(field);
                let before = level.checked_sub(1).and_then(|level| self.rows.level_field(level));
                if before.is_some_and(|before| self.shows_header(before) && self.caption(before) == caption) {
                    continue;
                }
                let words = text::ellipsis(&caption, &font, right - left - 4.0);
                let y = (top + bottom) / 2.0 + font.below_middle();
                if levels == 1 && self.columns.has_axis() {
                    svg.text(right - 4.0, y, &words, &font, Color::TEXT, Anchor::End);
                } else {
                    svg.text(left + 4.0, y, &words, &font, Color::TEXT, Anchor::Start);
                }
            }
        }
    }

    fn divider(&self, scope: &str) -> Option<Stroke> {
        let style = &self.sheet.style;
        if look::truth(look::of_scope(style, "table-div", "line-visibility", scope)) == Some(false) {
            return None;
        }
        let color = look::of_scope(style, "table-div", "stroke-color", scope).and_then(Color::parse).unwrap_or(DIVIDER);
        let width = look::of_scope(style, "table-div", "stroke-size", scope).and_then(|text| text.parse::<f64>().ok());
        Some(Stroke { dash: Dash::Solid, ..Stroke::solid(color, width.unwrap_or(1.0)) })
            .filter(|stroke| stroke.width > 0.0)
    }

    /// Lines between what the outer headers hold together, round the table, and between headers and cells.
    fn draw_dividers(&self, svg: &mut Svg, frame: &Frame) {
        let (left, right) = (frame.row_levels.first().map_or(frame.across().0, |level| level.0), frame.across().1);
        let (top, bottom) = (frame.upwards().0, frame.upwards().1);
        let level_of = |scope: &str| {
            look::of_scope(&self.sheet.style, "table-div", "div-level", scope)
                .and_then(|text| text.parse::<usize>().ok())
        };
        let (rows, columns) = (self.rows.levels(), self.columns.levels());
        if let Some(stroke) = self.divider("rows") {
            let levels = level_of("rows").unwrap_or(rows.saturating_sub(1)).min(rows);
            if levels > 0 {
                for level in 0..levels {
                    let from = frame.row_levels[level].0;
                    for (first, _) in self.rows.spans(level) {
                        svg.line((from, frame.rows[first].0), (right, frame.rows[first].0), &stroke);
                    }
                }
                svg.line((left, bottom), (right, bottom), &stroke);
            } else if is_table(&self.drawings) && columns + rows > 0 {
                svg.line((left, top), (right, top), &stroke);
            }
        }
        if let Some(stroke) = self.divider("cols") {
            let levels = level_of("cols").unwrap_or(columns.saturating_sub(1)).min(columns);
            for level in 0..levels {
                let from = frame.column_levels.get(level).map_or(top, |range| range.0.min(top));
                for (first, _) in self.columns.spans(level) {
                    svg.line((frame.columns[first].0, from), (frame.columns[first].0, bottom), &stroke);
                }
            }
            if levels > 0 {
                svg.line((right, top), (right, bottom), &stroke);
                let from = if frame.left.1 > frame.left.0 { frame.left.0 } else { left };
                svg.line((from, top), (right, top), &stroke);
                svg.line((from, bottom), (right, bottom), &stroke);
            }
            if rows > 0 && (rows > 1 || is_table(&self.drawings)) {
                let from = frame.column_levels.first().map_or(top, |range| range.0.min(top));
                svg.line((frame.across().0, from), (frame.across().0, bottom), &stroke);
            }
        }
    }
}
