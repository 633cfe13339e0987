//! Titles and captions, and what is not drawn.

use std::collections::HashMap;

use tavola_query::{Note, Value};
use tavola_workbook::{FieldRef, FormattedText, TextRun, Workbook};

use super::{
    Options,
    automatic::Mark,
    look,
    maps::Map,
    view::{Drawing, View},
};
use crate::{
    color::Color,
    format,
    text::{
        Font,
        rich::{Align, Lines, Run, lay_out},
    },
};

impl View<'_> {
    /// The title's lines.
    pub(crate) fn title(&self, options: &Options, room: f64) -> Lines {
        let default = FormattedText { runs: vec![TextRun { text: "<Sheet Name>".to_owned(), ..TextRun::default() }] };
        let text = if self.sheet.title_text.is_empty() { &default } else { &self.sheet.title_text };
        let look = Run { text: String::new(), font: Font::points(15.0), color: Color::TEXT };
        lay_out(text, &look, Align::Start, room, &|name| self.placeholder(options, name))
    }

    /// The caption's lines; none where its author wrote nothing.
    pub(crate) fn caption_lines(&self, options: &Options, room: f64) -> Lines {
        let text = &self.sheet.caption_text;
        let look = Run { text: String::new(), font: Font::points(9.0), color: Color::TEXT };
        lay_out(text, &look, Align::Start, room, &|name| self.placeholder(options, name))
    }

    /// What stands for a placeholder of a title.
    fn placeholder(&self, options: &Options, name: &str) -> Option<String> {
        if name == "Sheet Name" {
            return Some(self.sheet.name.clone());
        }
        if name == "Page Name" {
            let names: Vec<String> = self.sheet.pages.iter().map(|page| self.member(page, 0)).collect();
            return Some(names.join(", "));
        }
        let field = FieldRef::parse(name)?;
        if field.data_source == "Parameters" {
            return self.parameter(options, &field.instance);
        }
        let column = self.column(&field)?;
        let mut shown: Vec<String> = Vec::new();
        for value in &column.values {
            let text = self.label(column, value);
            if !shown.contains(&text) {
                shown.push(text);
            }
            if shown.len() > MOST_NAMED {
                return Some("All".to_owned());
            }
        }
        Some(shown.join(", "))
    }

    /// The value of a parameter in words.
    fn parameter(&self, options: &Options, name: &str) -> Option<String> {
        parameter_text(self.workbook, &options.parameters, name)
    }

    /// The number a parameter is.
    pub(crate) fn parameter_number(&self, given: &HashMap<String, Value>, name: &str) -> Option<f64> {
        let parameter = self.workbook.parameters.iter().find(|parameter| parameter.name == name)?;
        let value = given.get(name).cloned().or_else(|| Some(value(parameter.value.as_deref()?)))?;
        value.as_f64()
    }

    /// Whether an image of the data source lies behind the axes of a drawing.
    fn has_image(&self, drawing: &Drawing<'_>) -> bool {
        let (Some(x), Some(y)) = (drawing.x, drawing.y) else { return false };
        let (x, y) = (&self.columns.slots[x].field, &self.rows.slots[y].field);
        let source = self.workbook.data_sources.iter().find(|source| source.name == x.data_source);
        let (x, y) = (self.field(x), self.field(y));
        source.is_some_and(|source| {
            source.images.iter().any(|image| {
                x.is_some_and(|field| field.name == image.x) && y.is_some_and(|field| field.name == image.y)
            })
        })
    }

    /// What the file asks of looks that is not drawn.
    pub(crate) fn notes(&self, map: Option<&Map>) -> Vec<Note> {
        let mut notes = Vec::new();
        let mut say = |text: &str| {
            let note = Note { text: text.to_owned() };
            if !notes.contains(&note) {
                notes.push(note);
            }
        };
        for drawing in &self.drawings {
            if Mark::of_word(&drawing.pane.mark).is_none()
                && drawing.pane.mark != "Automatic"
                && !drawing.pane.mark.is_empty()
            {
                say(&format!("marks of the kind `{}` are drawn as others", drawing.pane.mark));
            }
        }
        if let Some(map) = map.filter(|map| map.unknown > 0) {
            let all = map.unknown + self.drawings.iter().map(|drawing| drawing.dots.len()).sum::<usize>();
            say(&format!("{} of {all} marks are at places that are not known", map.unknown));
        }
        if let Some(map) = map.filter(|map| map.shapeless > 0) {
            say(&format!("the shapes of {} places are not known, they are drawn as circles", map.shapeless));
        }
        let images = self.drawings.iter().any(|drawing| self.has_image(drawing));
        if images {
            say("images behind axes are not drawn");
        }
        let own = |drawing: &Drawing<'_>| {
            look::plain(&drawing.pane.style, "mark", "shape").is_some_and(|shape| shape.ends_with(".png"))
        };
        if self.drawings.iter().any(|drawing| drawing.mark == Mark::Shape && own(drawing)) {
            say("shapes that are images are drawn as circles");
        }
        if !self.sheet.pages.is_empty() {
            say("only the first page is shown");
        }
        if self.drawings.iter().any(|drawing| {
            look::plain(&drawing.pane.style, "mark", "mark-labels-mode") == Some("range") && self.labelled(drawing)
        }) {
            say("labels are at all marks, not only at the least and the most");
        }
        if !self.answer.totals.is_empty() || !self.sheet.totals.is_empty() {
            say("totals are not drawn");
        }
        notes
    }
}

/// The value of a literal: `"East"`, `12`, `#2020-01-31#`, `true`.
fn value(literal: &str) -> Value {
    if let Some(text) = literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return Value::text(text);
    }
    if literal.starts_with('#')
        && let Some(days) = super::domain::date(literal)
    {
        return if days.fract() == 0.0 {
            Value::Date(days as i32)
        } else {
            Value::DateTime((days * 86_400e6).round() as i64)
        };
    }
    match (literal, literal.parse::<i64>(), literal.parse::<f64>()) {
        ("true" | "false", ..) => Value::Boolean(literal == "true"),
        (_, Ok(number), _) => Value::Integer(number),
        (_, _, Ok(number)) => Value::Real(number),
        _ => Value::text(literal),
    }
}

/// The most members a title names.
const MOST_NAMED: usize = 20;

/// What is shown for a parameter, of which a value may be given.
pub(crate) fn parameter_text(workbook: &Workbook, given: &HashMap<String, Value>, name: &str) -> Option<String> {
    let parameter = workbook.parameters.iter().find(|parameter| parameter.name == name)?;
    let given = given.get(name);
    if let (None, Some(alias)) = (given, &parameter.alias) {
        return Some(alias.clone());
    }
    let value = given.cloned().or_else(|| Some(value(parameter.value.as_deref()?)))?;
    Some(format::text(&value, parameter.default_format.as_deref(), ""))
}
