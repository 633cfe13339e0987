//! Titles and captions, and what is not drawn.

use tavola_query::{Note, Value};
use tavola_workbook::{FieldRef, FormattedText, TextRun};

use super::{Options, automatic::Mark, rich::Lines, view::View};
use crate::{color::Color, format, text::Font};

impl View<'_> {
    /// The title's lines.
    pub(crate) fn title(&self, options: &Options, room: f64) -> Lines {
        let default = FormattedText { runs: vec![TextRun { text: "<Sheet Name>".to_owned(), ..TextRun::default() }] };
        let text = if self.sheet.title_text.is_empty() { &default } else { &self.sheet.title_text };
        Lines::formatted(text, Font::points(15.0), Color::TEXT, |name| self.placeholder(options, name)).wrapped(room)
    }

    /// The caption's lines; none where its author wrote nothing.
    pub(crate) fn caption_lines(&self, options: &Options, room: f64) -> Lines {
        let text = &self.sheet.caption_text;
        Lines::formatted(text, Font::points(9.0), Color::TEXT, |name| self.placeholder(options, name)).wrapped(room)
    }

    /// What stands for a placeholder of a title.
    fn placeholder(&self, options: &Options, name: &str) -> Option<String> {
        if name == "Sheet Name" {
            return Some(self.sheet.name.clone());
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
        let parameter = self.workbook.parameters.iter().find(|parameter| parameter.name == name)?;
        if let Some(value) = options.parameters.get(name) {
            return Some(format::text(value, parameter.default_format.as_deref(), ""));
        }
        if let Some(alias) = &parameter.alias {
            return Some(alias.clone());
        }
        let literal = parameter.value.as_deref()?;
        let value = match literal.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(text) => Value::text(text),
            None => match (literal.parse::<i64>(), literal.parse::<f64>()) {
                (Ok(number), _) => Value::Integer(number),
                (_, Ok(number)) => Value::Real(number),
                _ => Value::text(literal.trim_matches('#')),
            },
        };
        Some(format::text(&value, parameter.default_format.as_deref(), ""))
    }

    /// What the file asks of looks that is not drawn.
    pub(crate) fn notes(&self) -> Vec<Note> {
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
            if drawing.mark == Mark::Map {
                say("shapes on a map are drawn as points");
            }
            if drawing.mark == Mark::Density {
                say("density is drawn as points");
            }
            if !drawing.pane.reference_lines.is_empty() {
                say("reference lines are not drawn");
            }
            if !drawing.pane.trend_lines.is_empty() {
                say("trend lines are not drawn");
            }
        }
        if !self.answer.totals.is_empty() {
            say("totals are not drawn");
        }
        notes
    }
}

/// The most members a title names.
const MOST_NAMED: usize = 20;
