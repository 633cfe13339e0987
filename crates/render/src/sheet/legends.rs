//! Legends of colours, sizes and shapes.

use super::{
    encode::{ColorKind, Colors},
    view::View,
};
use crate::{
    color::{Color, Ramp},
    format,
    svg::{Anchor, Paint, Svg},
    text::{self, Font},
};

/// How wide legends are, in pixels.
pub(crate) const WIDTH: f64 = 150.0;
/// The most members a legend lists.
const MOST: usize = 60;

/// A legend.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Legend {
    pub title: String,
    pub kind: LegendKind,
}

/// What a legend shows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum LegendKind {
    /// Members and their colours.
    Members(Vec<(String, Color)>),
    /// A range of numbers: what is written at its ends.
    Ramp(Ramp, String, String),
}

impl View<'_> {
    /// The legends of all drawings, each once.
    pub(crate) fn legends(&self) -> Vec<Legend> {
        let mut legends: Vec<Legend> = Vec::new();
        for drawing in &self.drawings {
            let legend = match Colors::of(self, drawing).kind {
                ColorKind::One(_) => continue,
                ColorKind::Members { fields, colors, .. } => {
                    let name = |places: &[usize]| {
                        let names: Vec<String> =
                            fields.iter().zip(places).map(|(field, place)| self.member(field, *place)).collect();
                        names.join(", ")
                    };
                    let members = colors.iter().take(MOST).map(|(places, color)| (name(places), *color)).collect();
                    let title = fields.iter().map(|field| self.caption(field)).collect::<Vec<_>>().join(", ");
                    Legend { title, kind: LegendKind::Members(members) }
                }
                ColorKind::Ramp { field, ramp } => {
                    let column = self.column(&field).or_else(|| self.column(self.answer.measures.first()?));
                    let word = |number: f64| {
                        let value = tavola_query::Value::Real(number);
                        column.map_or_else(|| format::text(&value, None, ""), |column| self.label(column, &value))
                    };
                    let ends = (word(ramp.least()), word(ramp.most()));
                    let title = self.caption(&field);
                    Legend { title, kind: LegendKind::Ramp(ramp, ends.0, ends.1) }
                }
            };
            if !legends.contains(&legend) {
                legends.push(legend);
            }
        }
        legends
    }
}

/// Draws legends one under the other.
pub(crate) fn draw(svg: &mut Svg, legends: &[Legend], (left, right): (f64, f64), top: f64) {
    let font = Font::points(super::labels::POINTS);
    let mut y = top;
    for legend in legends {
        svg.text(
            left,
            y + font.ascent(),
            &text::ellipsis(&legend.title, &font.bold(), right - left),
            &font.bold(),
            Color::TEXT,
            Anchor::Start,
        );
        y += 20.0;
        match &legend.kind {
            LegendKind::Members(members) => {
                for (name, color) in members {
                    svg.rect(left, y + 2.0, 11.0, 11.0, &Paint::fill(*color));
                    let name = text::ellipsis(name, &font, right - left - 16.0);
                    svg.text(left + 16.0, y + 1.0 + font.ascent(), &name, &font, Color::FAINT_TEXT, Anchor::Start);
                    y += 17.0;
                }
            }
            LegendKind::Ramp(ramp, least, most) => {
                svg.gradient((left, y, right - left, 14.0), false, &ramp.legend());
                y += 16.0;
                svg.text(left, y + font.ascent(), least, &font, Color::FAINT_TEXT, Anchor::Start);
                svg.text(right, y + font.ascent(), most, &font, Color::FAINT_TEXT, Anchor::End);
                y += 16.0;
            }
        }
        y += 14.0;
    }
}
