//! Literals: dates in formulas, and values as files have them.

use jiff::civil::{Date, DateTime};

use super::{Kind, UnaryOperator, parse};
use crate::{Error, Value};

/// The ways a date may be written; a time may follow.
const DATES: &[&str] = &[
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%m/%d/%Y",
    "%m-%d-%Y",
    "%B %d, %Y",
    "%B %d %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%d %b %Y",
    "%d-%b-%Y",
];
const TIMES: &[&str] = &["%H:%M:%S%.f", "%I:%M:%S %p", "%I:%M %p", "%H:%M"];

/// The date, or date and time, that a text is.
pub(crate) fn date(text: &str) -> Option<Value> {
    let text = text.trim();
    if let Some(date) = DATES.iter().find_map(|form| Date::strptime(form, text).ok()) {
        return Some(Value::Date(days(date)));
    }
    // An `T` between date and time, as ISO 8601 has it.
    let spaced;
    let text = match text.find('T').filter(|place| text[..*place].ends_with(|before: char| before.is_ascii_digit())) {
        Some(place) => {
            spaced = format!("{} {}", &text[..place], text[place + 1..].trim_end_matches('Z'));
            &spaced
        }
        None => text,
    };
    for date in DATES {
        for time in TIMES {
            if let Ok(moment) = DateTime::strptime(format!("{date} {time}"), text) {
                return Some(Value::DateTime(micros(moment)));
            }
        }
    }
    None
}

/// Days since 1970-01-01.
pub(crate) fn days(date: Date) -> i32 {
    (date - Date::constant(1970, 1, 1)).get_days()
}

/// Microseconds since 1970-01-01 00:00:00.
pub(crate) fn micros(moment: DateTime) -> i64 {
    let time = moment.time().duration_since(jiff::civil::Time::midnight()).as_micros();
    i64::from(days(moment.date())) * 86_400_000_000 + i64::try_from(time).unwrap_or_default()
}

/// The value of a literal as files write it: `"East"`, `12`, `-1.5`, `true`, `#2024-03-01#`, `%null%`.
///
/// # Errors
///
/// [`Error::Formula`] where the text is no literal.
pub fn parse_literal(text: &str) -> Result<Value, Error> {
    if text.trim().eq_ignore_ascii_case("%null%") {
        return Ok(Value::Null);
    }
    let node = parse(text)?;
    let value = match node.kind {
        Kind::Literal(value) => Some(value),
        Kind::Unary(UnaryOperator::Minus, operand) => match operand.kind {
            Kind::Literal(Value::Integer(number)) => Some(Value::Integer(-number)),
            Kind::Literal(Value::Real(number)) => Some(Value::Real(-number)),
            _ => None,
        },
        _ => None,
    };
    value.ok_or_else(|| super::lexer::wrong(0, format!("`{text}` is not a literal")))
}
