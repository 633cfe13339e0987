//! Values as texts, by a file's formats or as it is where nothing is said. Texts are those of American English.

mod date;
mod number;

use tavola_query::{Column, Type, Value};

pub use number::axis_number;
pub(crate) use number::excel;

/// A value of a column: its alias if it has one, else by the column's format.
pub fn value(value: &Value, column: &Column) -> String {
    formatted(value, column, column.format.as_deref())
}

/// A value of a column by a format instead of the column's own: of a sheet, a pane, a label.
pub fn formatted(value: &Value, column: &Column, format: Option<&str>) -> String {
    match column.aliases.iter().find(|(of, _)| of == value) {
        Some((_, alias)) => alias.clone(),
        None => text(value, format, &column.derivation),
    }
}

/// A value by a format, or as it is where there is none. `derivation` is what a date was cut to or which part of one it is, in the
/// words of files: `Year`, `Month-Trunc`, …; empty for all others.
pub fn text(value: &Value, format: Option<&str>, derivation: &str) -> String {
    let format = format.filter(|format| !format.is_empty());
    match value {
        Value::Null => "Null".to_owned(),
        Value::Boolean(true) => "True".to_owned(),
        Value::Boolean(false) => "False".to_owned(),
        Value::Text(text) => text.to_string(),
        Value::Spatial(_) => "Spatial".to_owned(),
        Value::Integer(number) => match date::part(*number, derivation, format) {
            Some(text) => text,
            None => self::number(*number as f64, format, true),
        },
        Value::Real(number) => match date::part_of_real(*number, derivation) {
            Some(part) => text_of_part(part, format, derivation),
            None => self::number(*number, format, false),
        },
        Value::Date(days) => date::text(i64::from(*days).saturating_mul(date::DAY), Type::Date, format, derivation),
        Value::DateTime(micros) => date::text(*micros, Type::DateTime, format, derivation),
    }
}

fn text_of_part(part: i64, format: Option<&str>, derivation: &str) -> String {
    text(&Value::Integer(part), format, derivation)
}

fn number(number: f64, format: Option<&str>, whole: bool) -> String {
    match format.and_then(number::Format::parse) {
        Some(format) => format.text(number),
        None => number::default(number, whole),
    }
}

/// What a pattern is made of: runs of the same letter, quoted texts with their quotes, escaped letters with what escapes them, and
/// all else letter by letter.
fn runs(pattern: &str) -> impl Iterator<Item = &str> {
    let mut rest = pattern;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = match first {
            '"' | '\'' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            letter if letter.is_ascii_alphabetic() => rest.find(|other| other != letter).unwrap_or(rest.len()),
            other => other.len_utf8(),
        };
        let (run, after) = rest.split_at(length);
        rest = after;
        Some(run)
    })
}
