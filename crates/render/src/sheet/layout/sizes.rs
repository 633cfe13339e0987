//! How large headers and cells are by themselves.

use super::{Frame, LINE, Layout, NARROW};
use crate::{
    color::Color,
    sheet::{automatic::Mark, headers::lines_of, labels::Written, look, side::Side, view::Along},
    text::{self, rich::Align},
};

impl Layout<'_, '_> {
    /// Whether a level of headers is shown.
    pub(super) fn header_shown(&self, side: &Side, level: usize) -> bool {
        side.level_field(level).is_some_and(|field| self.view.shows_header(field))
    }

    pub(super) fn header_width(&self, level: usize) -> f64 {
        let view = self.view;
        let Some(field) = view.rows.level_field(level) else { return 0.0 };
        if !view.shows_header(field) {
            return 0.0;
        }
        let style = &view.sheet.style;
        let own = look::of_field(style, "header", "width", field).and_then(|text| text.parse::<f64>().ok());
        if let Some(own) = own.filter(|own| (4.0..=2000.0).contains(own)) {
            return own;
        }
        let font = view.header_font(field, &view.rows, level);
        let named = if field.is_measure_names() { 0.0 } else { text::width(&view.caption(field), &font.bold()) };
        let mut widest: f64 = 0.0;
        for (first, _) in view.rows.spans(level).into_iter().take(2000) {
            if let Some(header) = view.rows.leaves[first].headers.get(level) {
                widest = widest.max(text::width(&view.member(&header.field, header.place), &font));
            }
        }
        // Beside high rows long names take several lines.
        let most = if view.rows.has_axis() { 100.0 } else { 190.0 };
        (widest + 12.0).min(most).max(named + 12.0).clamp(28.0, 190.0)
    }

    pub(super) fn header_height(&self, frame: &Frame, level: usize, turned: bool) -> f64 {
        let view = self.view;
        let Some(field) = view.columns.level_field(level) else { return 0.0 };
        if !view.shows_header(field) {
            return 0.0;
        }
        let own =
            look::of_field(&view.sheet.style, "header", "height", field).and_then(|text| text.parse::<f64>().ok());
        if let Some(own) = own.filter(|own| (4.0..=1000.0).contains(own) && !turned) {
            return own;
        }
        let font = view.header_font(field, &view.columns, level);
        let spans = view.columns.spans(level);
        let mut high: f64 = 0.0;
        for (first, last) in spans.into_iter().take(2000) {
            let Some(header) = view.columns.leaves[first].headers.get(level) else { continue };
            let words = view.member(&header.field, header.place);
            let room = (frame.columns[last - 1].1 - frame.columns[first].0 - 6.0).max(8.0);
            high = high.max(if turned {
                text::width(&words, &font)
            } else {
                lines_of(
                    &words,
                    &font,
                    room,
                    if level + 1 == view.columns.levels() && frame.innermost_below { 2 } else { 4 },
                )
                .len() as f64
                    * font.line_height()
            });
        }
        (high + 6.0).clamp(LINE + 3.0, 160.0)
    }

    /// Whether the innermost headers below the cells have no room unless they are turned.
    pub(super) fn turns(&self, frame: &Frame, level: usize) -> bool {
        let view = self.view;
        let Some(field) = view.columns.level_field(level) else { return false };
        if let Some(own) = look::of_field(&view.sheet.style, "label", "text-orientation", field) {
            return own == "-90" || own == "90";
        }
        let font = view.header_font(field, &view.columns, level);
        view.columns.leaves.iter().zip(&frame.columns).take(2000).any(|(leaf, (from, to))| {
            let Some(header) = leaf.headers.get(level) else { return false };
            let words = view.member(&header.field, header.place);
            let longest = words.split(' ').map(|word| text::width(word, &font)).fold(0.0, f64::max);
            to - from < NARROW && longest > to - from - 2.0
        })
    }

    /// How wide a column of cells is by itself.
    pub(super) fn column_width(&self, leaf: usize, content: f64) -> f64 {
        let view = self.view;
        let innermost = view.columns.leaves[leaf].headers.last();
        let own = innermost.and_then(|header| self.cell_size("width", &header.field));
        if let Some(own) = own {
            return own;
        }
        let header = innermost.map_or(0.0, |header| {
            let font = view.header_font(&header.field, &view.columns, view.columns.levels().saturating_sub(1));
            text::width(&view.member(&header.field, header.place), &font) + 10.0
        });
        match self.kind() {
            Some(Mark::Text) => content.max(header.min(90.0)).max(if innermost.is_some() { 60.0 } else { 40.0 }),
            Some(Mark::Square) => header.clamp(30.0, 90.0),
            Some(Mark::Line | Mark::Area) => 44.0,
            _ if view.rows.has_axis() => 52.0,
            _ => header.clamp(60.0, 120.0),
        }
    }

    /// How high a row of cells is by itself.
    pub(super) fn row_height(&self, leaf: usize, content: f64) -> f64 {
        let view = self.view;
        let innermost = view.rows.leaves[leaf].headers.last();
        if let Some(own) = innermost.and_then(|header| self.cell_size("height", &header.field)) {
            return own;
        }
        let font = innermost.map_or_else(|| view.font("label", None), |header| view.font("label", Some(&header.field)));
        let least = font.line_height() + 5.0;
        match self.kind() {
            Some(Mark::Text) => content.max(least),
            Some(Mark::Pie) => least.max(60.0),
            Some(Mark::Line | Mark::Area) if !view.rows.has_axis() => least.max(24.0),
            _ => least,
        }
    }

    fn cell_size(&self, attr: &str, field: &tavola_workbook::FieldRef) -> Option<f64> {
        let own = look::of_field(&self.view.sheet.style, "cell", attr, field)?.parse::<f64>().ok()?;
        (4.0..=2000.0).contains(&own).then_some(own)
    }

    /// The mark of the first drawing.
    fn kind(&self) -> Option<Mark> {
        self.view.drawings.first().map(|drawing| drawing.mark)
    }

    /// The room that the texts of each row or column of cells need.
    pub(super) fn contents(&self, along: Along) -> Vec<f64> {
        /// Among so many texts one is about as wide as the widest.
        const LOOKED_AT: usize = 100;
        let side = if along == Along::X { &self.view.columns } else { &self.view.rows };
        let mut most = vec![(0_usize, 0.0_f64); side.leaves.len()];
        for drawing in self.view.drawings.iter().filter(|drawing| drawing.mark == Mark::Text) {
            for dot in &drawing.dots {
                let leaf = if along == Along::X { dot.cell.1 } else { dot.cell.0 };
                let Some((looked_at, most)) = most.get_mut(leaf) else { continue };
                if *looked_at == LOOKED_AT {
                    continue;
                }
                *looked_at += 1;
                let written = Written { mark: Color::TEXT, on_mark: false, align: Align::Start, room: f64::INFINITY };
                let lines = self.view.text_of(drawing, dot, &written);
                *most = most.max(match along {
                    Along::X => (lines.width() + 12.0).min(400.0),
                    Along::Y => (lines.height() + 5.0).min(400.0),
                });
            }
        }
        most.into_iter().map(|(_, most)| most).collect()
    }
}
