//! What is written at marks.

use tavola_workbook::FieldRef;

use super::{
    automatic::Mark,
    look,
    rich::Lines,
    view::{Along, Dot, Drawing, View},
};
use crate::{color::Color, text::Font};

/// The size of all letters nothing is said of, in points.
pub(crate) const POINTS: f64 = 9.0;

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
        drawing.mark == Mark::Text || shown.unwrap_or(false)
    }

    /// What is written at a mark, in the colour of `mark` where the file says so.
    pub(crate) fn text_of(&self, drawing: &Drawing<'_>, dot: &Dot, mark: Color) -> Lines {
        let own = &drawing.pane.style;
        let is_text = drawing.mark == Mark::Text;
        let first = drawing.on("text").or_else(|| drawing.on("label"));
        let mut font = self.font("cell", if is_text { first } else { None });
        if let Some(points) = look::plain(own, "datalabel", "font-size").and_then(|text| text.parse().ok()) {
            font.size = Font::points(points).size;
        }
        font.bold |= look::plain(own, "datalabel", "font-weight") == Some("bold");
        let matches = look::plain(own, "datalabel", "color-mode") == Some("match");
        let color = look::plain(own, "datalabel", "color").and_then(Color::parse);
        let color =
            color.unwrap_or_else(|| if matches || is_text { mark } else { self.letters("cell", None, Color::TEXT) });
        if !drawing.pane.label.is_empty() {
            return Lines::formatted(&drawing.pane.label, font, color, |name| {
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
        Lines::plain(&said.join("\n"), font, color)
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
