//! Functions of dates.

use super::{
    Evaluator,
    calendar::{self, DAY, HOUR, MINUTE, SECOND},
    conversions, date_format,
    operation::wrong,
};
use crate::{Error, Value};

/// The names of months.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The names of days, Sunday first.
pub(super) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The value of a function of this kind; none where it is no such function.
pub(super) fn call(function: &str, arguments: &[Value], evaluator: &Evaluator<'_>) -> Result<Option<Value>, Error> {
    let now = evaluator.context.now;
    let week_start = i64::from(evaluator.week_start);
    let part_of = |part: &str, date: &Value| match micros(function, date)? {
        None => Ok(Value::Null),
        Some(micros) => part_value(part, micros, week_start).map(Value::Integer),
    };
    Ok(Some(match (function, arguments) {
        ("NOW", []) => calendar::date_time(now),
        ("TODAY", []) => calendar::date(now.div_euclid(DAY)),
        ("YEAR" | "QUARTER" | "MONTH" | "WEEK" | "DAY", [date]) => part_of(&function.to_lowercase(), date)?,
        ("ISOYEAR" | "ISOQUARTER" | "ISOWEEK" | "ISOWEEKDAY", [date]) => {
            part_of(&format!("iso-{}", function[3..].to_lowercase()), date)?
        }
        ("DATEPART", [Value::Text(part), date]) => part_of(part, date)?,
        ("DATEPART", [Value::Text(part), date, start]) => match (micros(function, date)?, first_day(start)?) {
            (Some(micros), Some(start)) => Value::Integer(part_value(part, micros, start)?),
            _ => Value::Null,
        },
        ("DATENAME", [Value::Text(part), date]) => name(part, micros(function, date)?, week_start)?,
        ("DATENAME", [Value::Text(part), date, start]) => match first_day(start)? {
            Some(start) => name(part, micros(function, date)?, start)?,
            None => Value::Null,
        },
        ("DATETRUNC", [Value::Text(part), date]) => truncate(part, date, week_start)?,
        ("DATETRUNC", [Value::Text(part), date, start]) => match first_day(start)? {
            Some(start) => truncate(part, date, start)?,
            None => Value::Null,
        },
        ("DATEADD", [Value::Text(part), interval, date]) => add(part, interval, date)?,
        ("DATEDIFF", [Value::Text(part), from, to]) => difference(part, from, to, week_start)?,
        ("DATEDIFF", [Value::Text(part), from, to, start]) => match first_day(start)? {
            Some(start) => difference(part, from, to, start)?,
            None => Value::Null,
        },
        ("DATEPARSE", [Value::Text(format), Value::Text(text)]) => {
            date_format::parse(format, text)?.map_or(Value::Null, calendar::date_time)
        }
        ("DATEPARSE", [format, text]) if format.is_null() || text.is_null() => Value::Null,
        // Months past the twelfth and days past the last go on into the next year and month.
        ("MAKEDATE", [year, month, day]) => {
            let first = |[year, month, day]: [i64; 3]| {
                let month = calendar::add_months(calendar::days(year, 1, 1)?, month.checked_sub(1)?)?;
                month.checked_add(day)?.checked_sub(1)
            };
            made(function, [year, month, day])?.and_then(first).map_or(Value::Null, calendar::date)
        }
        // A time alone is one of 1 January 1899.
        ("MAKETIME", [hour, minute, second]) => {
            let clock = |[hour, minute, second]: [i64; 3]| {
                let hours = hour.checked_mul(HOUR)?.checked_add(minute.checked_mul(MINUTE)?)?;
                hours.checked_add(second.checked_mul(SECOND)?)?.checked_add(-25_932 * DAY)
            };
            made(function, [hour, minute, second])?.and_then(clock).map_or(Value::Null, calendar::date_time)
        }
        ("MAKEDATETIME", [date, time]) => match (micros(function, date)?, micros(function, time)?) {
            (Some(date), Some(time)) => calendar::date_time(date - date.rem_euclid(DAY) + time.rem_euclid(DAY)),
            _ => Value::Null,
        },
        _ => return Ok(None),
    }))
}

/// A date, or a text that is one, in microseconds since 1970-01-01.
fn micros(function: &str, value: &Value) -> Result<Option<i64>, Error> {
    match value {
        Value::Null => Ok(None),
        Value::Text(text) => Ok(conversions::parse(text)),
        value => calendar::micros(value).map(Some).ok_or_else(|| wrong(function, "a date", value)),
    }
}

fn made(function: &str, parts: [&Value; 3]) -> Result<Option<[i64; 3]>, Error> {
    let mut numbers = [0; 3];
    for (number, part) in numbers.iter_mut().zip(parts) {
        match part {
            Value::Null => return Ok(None),
            Value::Integer(part) => *number = *part,
            Value::Real(part) => *number = *part as i64,
            other => return Err(wrong(function, "whole numbers", other)),
        }
    }
    Ok(Some(numbers))
}

/// The day weeks begin on: 0 is Sunday; none for NULL.
fn first_day(value: &Value) -> Result<Option<i64>, Error> {
    match value {
        Value::Null => Ok(None),
        Value::Text(word) => {
            let place = WEEKDAYS.iter().position(|day| day.eq_ignore_ascii_case(word));
            place
                .map(|place| Some(place as i64))
                .ok_or_else(|| Error::Invalid(format!("`{word}` is no day of the week")))
        }
        other => Err(wrong("start_of_week", "the name of a day", other)),
    }
}

fn unknown_part(part: &str) -> Error {
    Error::Invalid(format!("`{part}` is no part of a date"))
}

fn part_value(part: &str, micros: i64, week_start: i64) -> Result<i64, Error> {
    let days = micros.div_euclid(DAY);
    let time = micros.rem_euclid(DAY);
    let (year, month, day) = calendar::civil(days);
    Ok(match part.to_ascii_lowercase().as_str() {
        "year" => year,
        "quarter" => (month + 2) / 3,
        "month" => month,
        "dayofyear" => days - calendar::year_start(year) + 1,
        "day" => day,
        "weekday" => (calendar::weekday(days) - week_start).rem_euclid(7) + 1,
        "week" => calendar::week(days, week_start),
        "hour" => time / HOUR,
        "minute" => time % HOUR / MINUTE,
        "second" => time % MINUTE / SECOND,
        "iso-year" => calendar::iso_week(days).0,
        // A quarter has 13 weeks, the last of a long year 14.
        "iso-quarter" => ((calendar::iso_week(days).1 - 1) / 13 + 1).min(4),
        "iso-week" => calendar::iso_week(days).1,
        "iso-weekday" => (calendar::weekday(days) + 6) % 7 + 1,
        _ => return Err(unknown_part(part)),
    })
}

fn name(part: &str, micros: Option<i64>, week_start: i64) -> Result<Value, Error> {
    let Some(micros) = micros else { return Ok(Value::Null) };
    let days = micros.div_euclid(DAY);
    Ok(match part.to_ascii_lowercase().as_str() {
        "month" => Value::text(MONTHS[(calendar::civil(days).1 - 1) as usize]),
        "weekday" | "iso-weekday" => Value::text(WEEKDAYS[calendar::weekday(days) as usize]),
        part => Value::text(&part_value(part, micros, week_start)?.to_string()),
    })
}

fn truncate(part: &str, date: &Value, week_start: i64) -> Result<Value, Error> {
    let Some(micros) = micros("DATETRUNC", date)? else { return Ok(Value::Null) };
    let days = micros.div_euclid(DAY);
    let (year, month, _) = calendar::civil(days);
    let start = match part.to_ascii_lowercase().as_str() {
        "year" => calendar::days(year, 1, 1),
        "quarter" => calendar::days(year, (month - 1) / 3 * 3 + 1, 1),
        "month" => calendar::days(year, month, 1),
        "week" => Some(calendar::week_start(days, week_start)),
        "day" | "dayofyear" | "weekday" | "iso-weekday" => Some(days),
        "hour" => return Ok(calendar::date_time(micros - micros.rem_euclid(HOUR))),
        "minute" => return Ok(calendar::date_time(micros - micros.rem_euclid(MINUTE))),
        "second" => return Ok(calendar::date_time(micros - micros.rem_euclid(SECOND))),
        "iso-year" => Some(calendar::iso_year_start(calendar::iso_week(days).0)),
        "iso-quarter" => {
            let (year, week) = calendar::iso_week(days);
            Some(calendar::iso_year_start(year) + ((week - 1) / 13).min(3) * 91)
        }
        "iso-week" => Some(calendar::week_start(days, 1)),
        _ => return Err(unknown_part(part)),
    };
    Ok(start.map_or(Value::Null, |days| calendar::date_time(days * DAY)))
}

fn add(part: &str, interval: &Value, date: &Value) -> Result<Value, Error> {
    let interval = match interval {
        Value::Integer(interval) => *interval,
        Value::Real(interval) => *interval as i64,
        Value::Null => return Ok(Value::Null),
        other => return Err(wrong("DATEADD", "a number", other)),
    };
    let Some(micros) = micros("DATEADD", date)? else { return Ok(Value::Null) };
    let (days, time) = (micros.div_euclid(DAY), micros.rem_euclid(DAY));
    let months = |count: i64| {
        let days = interval.checked_mul(count).and_then(|months| calendar::add_months(days, months))?;
        Some(days * DAY + time)
    };
    let spans = |length: i64| interval.checked_mul(length).and_then(|span| micros.checked_add(span));
    let micros = match part.to_ascii_lowercase().as_str() {
        "year" | "iso-year" => months(12),
        "quarter" | "iso-quarter" => months(3),
        "month" => months(1),
        "week" | "iso-week" => spans(7 * DAY),
        "day" | "dayofyear" | "weekday" | "iso-weekday" => spans(DAY),
        "hour" => spans(HOUR),
        "minute" => spans(MINUTE),
        "second" => spans(SECOND),
        _ => return Err(unknown_part(part)),
    };
    Ok(micros.map_or(Value::Null, calendar::date_time))
}

/// How many boundaries between parts lie between two dates.
fn difference(part: &str, from: &Value, to: &Value, week_start: i64) -> Result<Value, Error> {
    let (Some(from), Some(to)) = (micros("DATEDIFF", from)?, micros("DATEDIFF", to)?) else { return Ok(Value::Null) };
    let (from_days, to_days) = (from.div_euclid(DAY), to.div_euclid(DAY));
    let months = |days: i64| {
        let (year, month, _) = calendar::civil(days);
        year * 12 + month - 1
    };
    let weeks = |start: i64| (calendar::week_start(to_days, start) - calendar::week_start(from_days, start)) / 7;
    Ok(Value::Integer(match part.to_ascii_lowercase().as_str() {
        "year" => months(to_days).div_euclid(12) - months(from_days).div_euclid(12),
        "quarter" => months(to_days).div_euclid(3) - months(from_days).div_euclid(3),
        "month" => months(to_days) - months(from_days),
        "week" => weeks(week_start),
        "iso-week" => weeks(1),
        "day" | "dayofyear" | "weekday" | "iso-weekday" => to_days - from_days,
        "hour" => to.div_euclid(HOUR) - from.div_euclid(HOUR),
        "minute" => to.div_euclid(MINUTE) - from.div_euclid(MINUTE),
        "second" => to.div_euclid(SECOND) - from.div_euclid(SECOND),
        "iso-year" => calendar::iso_week(to_days).0 - calendar::iso_week(from_days).0,
        "iso-quarter" => {
            let quarter = |days: i64| {
                let (year, week) = calendar::iso_week(days);
                year * 4 + ((week - 1) / 13).min(3)
            };
            quarter(to_days) - quarter(from_days)
        }
        _ => return Err(unknown_part(part)),
    }))
}
