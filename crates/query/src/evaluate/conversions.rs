//! Conversions between types. What cannot be converted is NULL.

use super::{
    calendar::{self, DAY, HOUR, MINUTE, SECOND},
    numbers::whole,
    operation::wrong,
};
use crate::{Error, Value, calc::date_literal};

/// 1899-12-30, which is the number 0 where dates become numbers and numbers dates.
const ORIGIN: i64 = -25_569;

/// The value of a function of this kind; none where it is no such function.
pub(super) fn call(function: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    let [value] = arguments else { return Ok(None) };
    let converted = match function {
        "STR" => text(value).map_or(Value::Null, |text| Value::text(&text)),
        "INT" => match value {
            Value::Integer(_) => value.clone(),
            value => number(value).map_or(Value::Null, |number| whole(number.trunc())),
        },
        "FLOAT" => number(value).map_or(Value::Null, Value::Real),
        "DATE" => date(value),
        "DATETIME" => date_time(value),
        "ISDATE" => match value {
            Value::Text(text) => Value::Boolean(parse(text).is_some()),
            Value::Null => Value::Null,
            other => return Err(wrong("ISDATE", "a text", other)),
        },
        _ => return Ok(None),
    };
    if matches!(value, Value::Spatial(_)) {
        return Err(wrong(function, "a value", value));
    }
    Ok(Some(converted))
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Boolean(truth) => Some(f64::from(u8::from(*truth))),
        Value::Text(text) => text.trim().parse().ok().filter(|number: &f64| number.is_finite()),
        Value::Date(_) | Value::DateTime(_) => value.as_f64().map(|days| days - ORIGIN as f64),
        value => value.as_f64(),
    }
}

/// How a value is written; none for NULL.
pub(super) fn text(value: &Value) -> Option<String> {
    Some(match value {
        Value::Null | Value::Spatial(_) => return None,
        Value::Boolean(truth) => truth.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => real_text(*number),
        Value::Text(text) => text.to_string(),
        Value::Date(days) => date_text(i64::from(*days)),
        Value::DateTime(micros) => {
            let time = micros.rem_euclid(DAY);
            let (hour, minute, second) = (time / HOUR, time % HOUR / MINUTE, time % MINUTE / SECOND);
            let parts = match time % SECOND {
                0 => String::new(),
                micros => format!(".{micros:06}").trim_end_matches('0').to_owned(),
            };
            format!("{} {hour:02}:{minute:02}:{second:02}{parts}", date_text(micros.div_euclid(DAY)))
        }
    })
}

fn date_text(days: i64) -> String {
    let (year, month, day) = calendar::civil(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// With at most 15 digits, which is what a number holds of a decimal one; very small and large ones as `1e-05` and `1.5e+16`.
fn real_text(number: f64) -> String {
    let rounded = format!("{number:.14e}").parse().unwrap_or(number);
    let size = rounded.abs();
    if size == 0.0 || (1e-4..1e15).contains(&size) {
        return format!("{rounded}");
    }
    let text = format!("{rounded:e}");
    match text.split_once('e').map(|(digits, power)| (digits, power.parse::<i32>())) {
        Some((digits, Ok(power))) => format!("{digits}e{}{:02}", if power < 0 { '-' } else { '+' }, power.abs()),
        _ => text,
    }
}

fn date(value: &Value) -> Value {
    match value {
        Value::Date(_) => value.clone(),
        Value::DateTime(micros) => calendar::date(micros.div_euclid(DAY)),
        Value::Integer(days) => calendar::date(days.saturating_add(ORIGIN)),
        Value::Real(days) => calendar::date((days.floor() as i64).saturating_add(ORIGIN)),
        Value::Text(text) => parse(text).map_or(Value::Null, |micros| calendar::date(micros.div_euclid(DAY))),
        _ => Value::Null,
    }
}

fn date_time(value: &Value) -> Value {
    let micros = match value {
        Value::Date(days) => Some(i64::from(*days) * DAY),
        Value::DateTime(micros) => Some(*micros),
        Value::Integer(_) | Value::Real(_) => {
            value.as_f64().map(|days| ((days + ORIGIN as f64) * DAY as f64).round() as i64)
        }
        Value::Text(text) => parse(text),
        _ => None,
    };
    micros.map_or(Value::Null, calendar::date_time)
}

/// A text that is a date, in microseconds since 1970-01-01. Its year has four digits: `22SEP18` is none.
pub(super) fn parse(text: &str) -> Option<i64> {
    let year = text.as_bytes().windows(4).any(|digits| digits.iter().all(u8::is_ascii_digit));
    date_literal(text).filter(|_| year).as_ref().and_then(calendar::micros)
}
