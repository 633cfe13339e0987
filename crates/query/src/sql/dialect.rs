//! Where engines differ, and the one place where names and literals become text.

use jiff::{SignedDuration, Span, civil};

use crate::{Type, Value};

/// Whose SQL is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Hyper, the engine of extracts.
    Hyper,
    /// PostgreSQL, and those that speak as it does.
    PostgreSql,
}

impl Dialect {
    /// The name of a type.
    pub(super) fn type_name(self, data_type: Type) -> &'static str {
        match data_type {
            Type::Boolean => "boolean",
            Type::Integer => "bigint",
            Type::Real => "double precision",
            Type::Text => "text",
            Type::Date => "date",
            Type::DateTime => "timestamp",
            Type::Spatial => match self {
                Self::Hyper => "tableau.tabgeography",
                Self::PostgreSql => "geography",
            },
        }
    }

    /// Writes a literal of a type.
    pub(super) fn literal(self, value: &Value, data_type: Type, out: &mut String) {
        match value {
            Value::Null => out.push_str(&format!("cast(null as {})", self.type_name(data_type))),
            Value::Boolean(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Value::Integer(number @ 0..) if *number <= i64::from(i32::MAX) => out.push_str(&number.to_string()),
            Value::Integer(number) => out.push_str(&format!("bigint '{number}'")),
            // Rust writes the shortest text that is read as the same number.
            Value::Real(number) if number.is_finite() => out.push_str(&format!("double precision '{number:?}'")),
            Value::Real(number) if number.is_nan() => self.literal(&Value::Null, Type::Real, out),
            Value::Real(number) => {
                out.push_str(if *number > 0.0 {
                    "double precision 'Infinity'"
                } else {
                    "double precision '-Infinity'"
                });
            }
            Value::Text(text) => self.text(text, out),
            Value::Date(days) => match date(*days) {
                Some(date) => out.push_str(&format!("date '{date}'")),
                None => self.literal(&Value::Null, Type::Date, out),
            },
            Value::DateTime(micros) => match moment(*micros) {
                Some(moment) => out.push_str(&format!("timestamp '{} {}'", moment.date(), moment.time())),
                None => self.literal(&Value::Null, Type::DateTime, out),
            },
            // Neither formulas nor files have literals of shapes.
            Value::Spatial(_) => self.literal(&Value::Null, Type::Spatial, out),
        }
    }

    fn text(self, text: &str, out: &mut String) {
        match self {
            // What a backslash means in plain quotes is a setting of PostgreSQL's; with E it is always the same.
            Self::PostgreSql if text.contains('\\') => {
                out.push('E');
                quoted(&text.replace('\\', "\\\\"), '\'', out);
            }
            Self::Hyper | Self::PostgreSql => quoted(text, '\'', out),
        }
    }
}

/// Writes a name of a table, a column or an alias.
pub(super) fn identifier(name: &str, out: &mut String) {
    quoted(name, '"', out);
}

/// In both dialects a quote within quotes is doubled, and every other character stands for itself.
fn quoted(text: &str, quote: char, out: &mut String) {
    out.push(quote);
    for character in text.chars() {
        if character == quote {
            out.push(quote);
        }
        out.push(character);
    }
    out.push(quote);
}

/// The day so many days after 1970-01-01, in the years 1 to 9999 that both engines read.
fn date(days: i32) -> Option<civil::Date> {
    let date = civil::Date::constant(1970, 1, 1).checked_add(Span::new().try_days(days).ok()?).ok()?;
    (date.year() > 0).then_some(date)
}

fn moment(micros: i64) -> Option<civil::DateTime> {
    let since = SignedDuration::from_micros(micros);
    let moment = civil::DateTime::constant(1970, 1, 1, 0, 0, 0, 0).checked_add(since).ok()?;
    (moment.year() > 0).then_some(moment)
}
