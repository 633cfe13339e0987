//! Legends of colours, sizes and shapes.

use tavola_workbook::FieldRef;

use super::{
    automatic::Mark,
    encode::{ColorKind, Colors, Sizes},
    paint::{shape, shape_name},
    view::{Drawing, View},
};
use crate::{
    color::{Color, Ramp},
    format,
    svg::{Anchor, Paint, Svg},
    text::{self, Font},
};

/// What marks in legends of sizes and shapes have.
const GRAY: Color = Color::rgb(0x89, 0x89, 0x89);
/// How wide legends are, in pixels.
pub(crate) const WIDTH: f64 = 150.0;
/// Between cells and legends, in pixels.
pub(crate) const GAP: f64 = 8.0;
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
    /// Numbers or members and how large they are: 1 is the largest.
    Sizes(Vec<(String, f64)>),
    /// Members and the names of their shapes.
    Shapes(Vec<(String, String)>),
}

impl View<'_> {
    /// The legends of all drawings, each once.
    pub(crate) fn legends(&self) -> Vec<Legend> {
        let mut legends: Vec<Legend> = Vec::new();
        for drawing in &self.drawings {
            let colors = self.has_card("color").then(|| self.color_legend(drawing)).flatten();
            let sizes = self.has_card("size").then(|| self.size_legend(drawing)).flatten();
            let shapes = self.has_card("shape").then(|| self.shape_legend(drawing)).flatten();
            for legend in [colors, sizes, shapes].into_iter().flatten() {
                let same = legends.iter_mut().find(|other| other.title == legend.title);
                if let (Some(Legend { kind: LegendKind::Members(members), .. }), LegendKind::Members(more)) =
                    (same, &legend.kind)
                {
                    more.iter().for_each(|member| {
                        if !members.contains(member) {
                            members.push(member.clone());
                        }
                    });
                } else if !legends.contains(&legend) {
                    legends.push(legend);
                }
            }
        }
        legends
    }

    /// Whether the sheet's own tab shows a legend: where it is not known, it does.
    fn has_card(&self, kind: &str) -> bool {
        let mut windows = self.workbook.windows.iter();
        let window = windows.find(|window| window.class == "worksheet" && window.name == self.sheet.name);
        window.is_none_or(|window| window.cards.is_empty() || window.cards_of(kind).next().is_some())
    }

    fn color_legend(&self, drawing: &Drawing<'_>) -> Option<Legend> {
        match Colors::of(self, drawing).kind {
            ColorKind::One(_) => None,
            ColorKind::Members { fields, colors, .. } => {
                let name = |places: &[usize]| {
                    let names: Vec<String> =
                        fields.iter().zip(places).map(|(field, place)| self.member(field, *place)).collect();
                    names.join(", ")
                };
                let members: Vec<(String, Color)> =
                    colors.iter().take(MOST).map(|(places, color)| (name(places), *color)).collect();
                let title = fields.iter().map(|field| self.caption(field)).collect::<Vec<_>>().join(", ");
                let named = members.iter().any(|(name, _)| !name.is_empty());
                named.then_some(Legend { title, kind: LegendKind::Members(members) })
            }
            ColorKind::Ramp { field, ramp } => {
                let ends = (self.number_said(&field, ramp.least()), self.number_said(&field, ramp.most()));
                Some(Legend { title: self.caption(&field), kind: LegendKind::Ramp(ramp, ends.0, ends.1) })
            }
        }
    }

    fn size_legend(&self, drawing: &Drawing<'_>) -> Option<Legend> {
        // Of bars, pies and treemaps sizes are seen without one.
        let treemap = drawing.mark == Mark::Square && self.rows.levels() + self.columns.levels() == 0;
        if matches!(drawing.mark, Mark::Gantt | Mark::Pie | Mark::Bar) || treemap {
            return None;
        }
        let sizes = Sizes::of(self, drawing);
        let field = sizes.field.as_ref()?;
        let members = if sizes.is_continuous() {
            let value = |share: f64| sizes.least() + (sizes.most() - sizes.least()) * share;
            [0.0, 0.5, 1.0].map(|share| (self.number_said(field, value(share)), sizes.of_number(value(share)))).to_vec()
        } else {
            let count = self.members.domain(field)?.values.len().min(MOST);
            (0..count).map(|place| (self.member(field, place), sizes.of_number(place as f64))).collect()
        };
        Some(Legend { title: self.caption(field), kind: LegendKind::Sizes(members) })
    }

    fn shape_legend(&self, drawing: &Drawing<'_>) -> Option<Legend> {
        if drawing.mark != Mark::Shape {
            return None;
        }
        let field = drawing.on("shape")?;
        let count = self.members.domain(field)?.values.len().min(MOST);
        let shapes =
            (0..count).map(|place| (self.member(field, place), shape_name(self, drawing, field, place))).collect();
        Some(Legend { title: self.caption(field), kind: LegendKind::Shapes(shapes) })
    }

    fn number_said(&self, field: &FieldRef, number: f64) -> String {
        let value = tavola_query::Value::Real(number);
        match self.column(field).or_else(|| self.column(self.answer.measures.first()?)) {
            Some(column) => self.label(column, &value),
            None => format::text(&value, None, ""),
        }
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
            LegendKind::Sizes(sizes) => {
                for (name, share) in sizes {
                    svg.circle(left + 7.0, y + 8.0, (share.max(0.0).sqrt() * 7.0).max(1.5), &Paint::fill(GRAY));
                    let name = text::ellipsis(name, &font, right - left - 20.0);
                    svg.text(left + 20.0, y + 1.0 + font.ascent(), &name, &font, Color::FAINT_TEXT, Anchor::Start);
                    y += 18.0;
                }
            }
            LegendKind::Shapes(shapes) => {
                for (name, kind) in shapes {
                    shape(svg, kind, (left + 6.0, y + 8.0), 4.5, GRAY);
                    let name = text::ellipsis(name, &font, right - left - 20.0);
                    svg.text(left + 20.0, y + 1.0 + font.ascent(), &name, &font, Color::FAINT_TEXT, Anchor::Start);
                    y += 18.0;
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
