//! What is written at marks.

use tavola_workbook::FieldRef;

use super::{
    automatic::Mark,
    look,
    view::{Along, Dot, Drawing, View},
};
use crate::{
    color::Color,
    text::{
        Font,
        rich::{Align, Lines, Run, lay_out},
    },
};

/// The size of all letters nothing is said of, in points.
pub(crate) const POINTS: f64 = 9.0;

/// How a text is written at a mark.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Written {
    /// The mark's colour.
    pub mark: Color,
    /// Whether it lies on the mark.
    pub on_mark: bool,
    pub align: Align,
    /// How wide its lines may be, in pixels.
    pub room: f64,
}

impl View<'_> {
    /// The font of an element of the sheet, such as `label` or `cell`, for a field.
    pub(crate) fn font(&self, element: &str, field: Option<&FieldRef>) -> Font {
        let style = &self.sheet.style;
        let of = |attr: &str| {
            let own = match field {
                Some(field) => look::of_field(style, element, attr, field),
                None => look::plain(style, element, attr),
            };
            own.or_else(|| look::plain(style, "worksheet", attr))
        };
        let points =
            of("font-size").and_then(|text| text.parse::<f64>().ok()).filter(|size| (1.0..=500.0).contains(size));
        let mut font = Font::points(points.unwrap_or(POINTS));
        font.bold = of("font-weight") == Some("bold");
        font.italic = of("font-style") == Some("italic");
        font
    }

    /// The colour of the letters of an element of the sheet.
    pub(crate) fn letters(&self, element: &str, field: Option<&FieldRef>, default: Color) -> Color {
        let style = &self.sheet.style;
        let own = match field {
            Some(field) => look::of_field(style, element, "color", field),
            None => look::plain(style, element, "color"),
        };
        own.or_else(|| look::plain(style, "worksheet", "color")).and_then(Color::parse).unwrap_or(default)
    }

    /// Whether a drawing's marks are labelled.
    pub(crate) fn labelled(&self, drawing: &Drawing<'_>) -> bool {
        let shown = look::truth(look::plain(&drawing.pane.style, "mark", "mark-labels-show"));
        // Labels of what is highlighted or selected are not seen on a picture, where nothing is.
        let mode = look::plain(&drawing.pane.style, "mark", "mark-labels-mode");
        let unseen = matches!(mode, Some("highlight" | "highlighted" | "selected" | "selection"));
        drawing.mark == Mark::Text || shown.unwrap_or(false) && !unseen
    }

    /// What is written at a mark.
    pub(crate) fn text_of(&self, drawing: &Drawing<'_>, dot: &Dot, written: &Written) -> Lines {
        let own = &drawing.pane.style;
        let is_text = drawing.mark == Mark::Text;
        let first = drawing.on("text").or_else(|| drawing.on("label"));
        let mut font = self.font("cell", if is_text { first } else { None });
        if let Some(points) = look::plain(own, "datalabel", "font-size").and_then(|text| text.parse().ok()) {
            font.size = Font::points(points).size;
        }
        font.bold |= look::plain(own, "datalabel", "font-weight") == Some("bold");
        let matches = look::plain(own, "datalabel", "color-mode") == Some("match");
        let color = look::plain(own, "datalabel", "color").and_then(Color::parse).unwrap_or_else(|| {
            // Letters on a mark are read whatever its colour is.
            match (written.on_mark && written.mark.opacity() > 0.6, matches || is_text) {
                (true, _) => written.mark.text_on(),
                (false, true) => written.mark,
                (false, false) => self.letters("cell", None, Color::TEXT),
            }
        });
        let look = Run { text: String::new(), font, color };
        if !drawing.pane.label.is_empty() {
            return lay_out(&drawing.pane.label, &look, written.align, written.room, &|name| {
                let field = FieldRef::parse(name)?;
                Some(self.said(drawing, &field, dot.row, dot.measure))
            });
        }
        let mut fields: Vec<&FieldRef> = drawing.pane.on("text").chain(drawing.pane.on("label")).collect();
        if fields.is_empty() && !is_text {
            fields.extend(self.measured(drawing));
        }
        let said: Vec<String> = fields
            .into_iter()
            .map(|field| self.said(drawing, field, dot.row, dot.measure))
            .filter(|text| !text.is_empty())
            .collect();
        Lines::plain(&said.join("\n"), &look, written.align, written.room)
    }

    /// The measure marks show by where or how large they are.
    fn measured<'d>(&'d self, drawing: &Drawing<'d>) -> Option<&'d FieldRef> {
        match drawing.mark {
            Mark::Pie => drawing.on("wedge-size"),
            Mark::Square | Mark::Map | Mark::Text => drawing.on("size").or_else(|| drawing.on("color")),
            _ => {
                let x = drawing.x.map(|slot| &self.columns.slots[slot].field);
                let y = drawing.y.map(|slot| &self.rows.slots[slot].field);
                match drawing.along {
                    Along::X => x.or(y),
                    Along::Y => y.or(x),
                }
            }
        }
    }
}
