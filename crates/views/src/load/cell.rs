//! What people typed, as values of a type.

use jiff::civil::{Date, DateTime, Time};
use tavola_query::Type;

/// How numbers and dates are written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Locale {
    /// What parts a fraction.
    decimal: char,
    /// Whether the month comes before the day.
    month_first: bool,
}

impl Locale {
    /// By its name, such as `en_US`.
    pub(crate) fn of_name(name: &str) -> Self {
        let (language, region) = name.split_once(['_', '-']).unwrap_or((name, ""));
        let decimal = match language {
            "en" | "ja" | "zh" | "ko" | "th" | "he" | "" => '.',
            "es" if matches!(region, "MX" | "US" | "PR" | "GT" | "HN" | "NI" | "PA" | "PE" | "SV" | "DO") => '.',
            "de" if region == "CH" => '.',
            _ => ',',
        };
        let month_first = matches!((language, region), ("en", "US" | "" | "PH") | ("", _));
        Self { decimal, month_first }
    }
}

/// A cell's text as the engine reads a value of the type; none where it is no such value.
pub(crate) fn value(text: &str, data_type: Type, locale: Locale) -> Option<String> {
    let trimmed = text.trim();
    match data_type {
        Type::Text => (!text.is_empty()).then(|| text.to_owned()),
        Type::Boolean => match trimmed.to_ascii_lowercase().as_str() {
            "true" | "t" | "yes" | "y" | "1" => Some("true".to_owned()),
            "false" | "f" | "no" | "n" | "0" => Some("false".to_owned()),
            _ => None,
        },
        Type::Integer => {
            let number: f64 = number(trimmed, locale)?.parse().ok()?;
            (number.fract() == 0.0 && number.abs() < 9.2e18).then(|| format!("{}", number as i64))
        }
        Type::Real => number(trimmed, locale),
        Type::Date => date_time(trimmed, locale).map(|time| time.date().to_string()),
        Type::DateTime => date_time(trimmed, locale).map(|time| time.to_string().replace('T', " ")),
        Type::Spatial => None,
    }
}

/// A number without signs of thousands, money and percent, with a point.
fn number(text: &str, locale: Locale) -> Option<String> {
    let (negative, text) = match text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => (true, inner),
        None => (false, text),
    };
    let (percent, text) = match text.strip_suffix('%') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let mut plain = String::with_capacity(text.len() + 1);
    if negative {
        plain.push('-');
    }
    for character in text.chars() {
        match character {
            '0'..='9' | '-' | '+' | 'e' | 'E' => plain.push(character),
            _ if character == locale.decimal => plain.push('.'),
            '.' | ',' | '\'' | ' ' | '\u{a0}' | '\u{202f}' | '$' | '€' | '£' | '¥' => {}
            _ => return None,
        }
    }
    let number: f64 = plain.parse().ok()?;
    if percent {
        return Some(format!("{}", number / 100.0));
    }
    number.is_finite().then_some(plain)
}

/// A day, with or without a time: ISO 8601, or as the locale writes it with numbers.
fn date_time(text: &str, locale: Locale) -> Option<DateTime> {
    let (day, time) = match text.split_once(['T', ' ']) {
        Some((day, time)) => (day, time.trim()),
        None => (text, ""),
    };
    let parts: Vec<&str> = day.split(['/', '-', '.']).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    let (year, month, day) = match (a.len(), c.len()) {
        (4, _) => (*a, *b, *c),
        (_, 4 | 2) if locale.month_first => (*c, *a, *b),
        (_, 4 | 2) => (*c, *b, *a),
        _ => return None,
    };
    let mut number: i16 = year.parse().ok()?;
    if year.len() == 2 {
        number += if number < 50 { 2000 } else { 1900 };
    }
    let date = Date::new(number, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some(date.to_datetime(time_of_day(time)?))
}

fn time_of_day(text: &str) -> Option<Time> {
    if text.is_empty() {
        return Some(Time::midnight());
    }
    let upper = text.trim_end_matches('Z').to_ascii_uppercase();
    let (clock, half) = match (upper.strip_suffix("AM"), upper.strip_suffix("PM")) {
        (Some(clock), _) => (clock.trim(), Some(0)),
        (_, Some(clock)) => (clock.trim(), Some(12)),
        _ => (upper.as_str(), None),
    };
    let mut parts = clock.split(':');
    let mut hour: i8 = parts.next()?.parse().ok()?;
    if let Some(half) = half {
        hour = hour % 12 + half;
    }
    let minute = parts.next()?.parse().ok()?;
    let (second, fraction) = match parts.next() {
        Some(seconds) => seconds.split_once('.').unwrap_or((seconds, "")),
        None => ("0", ""),
    };
    let nanoseconds = format!("{:0<9.9}", fraction).parse().ok()?;
    Time::new(hour, minute, second.parse().ok()?, nanoseconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, data_type: Type, locale: &str) -> String {
        value(text, data_type, Locale::of_name(locale)).unwrap_or_else(|| "-".to_owned())
    }

    #[test]
    fn numbers_are_read_as_the_locale_writes_them() {
        let cases = [
            ("1,234.5", "en_US", "1234.5"),
            ("1.234,5", "de_DE", "1234.5"),
            ("($12.00)", "en_US", "-12.00"),
            ("12.5%", "en_US", "0.125"),
            ("1e3", "en_US", "1e3"),
            ("twelve", "en_US", "-"),
            ("", "en_US", "-"),
        ];
        for (text, locale, expected) in cases {
            assert_eq!(read(text, Type::Real, locale), expected, "{text} in {locale}");
        }
        assert_eq!(read("1,234", Type::Integer, "en_US"), "1234");
        assert_eq!(read("12.5", Type::Integer, "en_US"), "-");
    }

    #[test]
    fn dates_are_read_as_the_locale_writes_them() {
        let cases = [
            ("3/4/2021", "en_US", "2021-03-04 00:00:00"),
            ("3/4/2021", "en_GB", "2021-04-03 00:00:00"),
            ("2021-03-04T05:06:07.25", "en_GB", "2021-03-04 05:06:07.25"),
            ("12/31/99 11:05 PM", "en_US", "1999-12-31 23:05:00"),
            ("31.12.2020", "de_DE", "2020-12-31 00:00:00"),
            ("13/13/2021", "en_US", "-"),
            ("soon", "en_US", "-"),
        ];
        for (text, locale, expected) in cases {
            assert_eq!(read(text, Type::DateTime, locale), expected, "{text} in {locale}");
        }
        assert_eq!(read("3/4/2021 10:00", Type::Date, "en_US"), "2021-03-04");
    }
}
