//! Dates by a pattern (`DATEPARSE`): the letters of Unicode's date patterns.

use super::{
    calendar::{self, DAY, HOUR, MINUTE, SECOND},
    dates::{MONTHS, WEEKDAYS},
};
use crate::Error;

/// What was read so far.
#[derive(Default)]
struct Parts {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    hour: Option<i64>,
    afternoon: Option<bool>,
    minute: i64,
    second: i64,
    micros: i64,
    /// Minutes east of Greenwich.
    zone: i64,
}

/// A text read by a pattern, in microseconds since 1970-01-01; none where it does not fit.
///
/// # Errors
/// [`Error::Unsupported`] for a letter that is not known.
pub(super) fn parse(pattern: &str, text: &str) -> Result<Option<i64>, Error> {
    let mut parts = Parts::default();
    let mut rest = text.trim();
    let mut letters = pattern.chars().peekable();
    while let Some(letter) = letters.next() {
        let fits = match letter {
            '\'' => quoted(&mut letters).map(|quoted| skip(&mut rest, &quoted)).unwrap_or(false),
            letter if letter.is_ascii_alphabetic() => {
                let mut count = 1;
                while letters.next_if_eq(&letter).is_some() {
                    count += 1;
                }
                // Digits that follow one another are told apart by how many the pattern has.
                let adjoining = letters.peek().is_some_and(char::is_ascii_alphabetic);
                field(letter, count, adjoining, &mut rest, &mut parts)?
            }
            letter if letter.is_whitespace() => {
                rest = rest.trim_start();
                true
            }
            letter => skip(&mut rest, letter.encode_utf8(&mut [0; 4])),
        };
        if !fits {
            return Ok(None);
        }
    }
    Ok(if rest.trim().is_empty() { parts.micros() } else { None })
}

/// The text between apostrophes, of which two are one.
fn quoted(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<String> {
    if letters.next_if_eq(&'\'').is_some() {
        return Some("'".to_owned());
    }
    let mut text = String::new();
    loop {
        match letters.next()? {
            '\'' if letters.next_if_eq(&'\'').is_none() => return Some(text),
            letter => text.push(letter),
        }
    }
}

fn skip(rest: &mut &str, literal: &str) -> bool {
    match rest.strip_prefix(literal) {
        Some(after) => {
            *rest = after;
            true
        }
        None => false,
    }
}

fn field(letter: char, count: usize, adjoining: bool, rest: &mut &str, parts: &mut Parts) -> Result<bool, Error> {
    let most = if adjoining { count } else { 9 };
    Ok(match letter {
        'y' | 'u' | 'Y' => {
            let before = rest.len();
            parts.year = number(rest, most);
            if count == 2 && before - rest.len() == 2 {
                parts.year = parts.year.map(|year| if year < 69 { year + 2000 } else { year + 1900 });
            }
            parts.year.is_some()
        }
        'M' | 'L' if count >= 3 => {
            let word = word(rest);
            parts.month = month(word);
            parts.month.is_some()
        }
        'M' | 'L' => store(&mut parts.month, number(rest, most)),
        'd' => store(&mut parts.day, number(rest, most)),
        'D' => store(&mut parts.day_of_year, number(rest, most)),
        'H' | 'h' => store(&mut parts.hour, number(rest, most)),
        'k' | 'K' => {
            let fits = store(&mut parts.hour, number(rest, most));
            if letter == 'k' {
                parts.hour = parts.hour.map(|hour| hour % 24);
            }
            fits
        }
        'm' => number(rest, most).map(|minute| parts.minute = minute).is_some(),
        's' => number(rest, most).map(|second| parts.second = second).is_some(),
        'S' => fraction(rest).map(|micros| parts.micros = micros).is_some(),
        'a' => match word(rest).to_ascii_lowercase().as_str() {
            "am" => parts.afternoon.replace(false).is_none(),
            "pm" => parts.afternoon.replace(true).is_none(),
            _ => false,
        },
        'E' | 'c' => {
            let word = word(rest);
            let starts = |day: &str| day.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
            word.len() >= 2 && WEEKDAYS.iter().any(|day| starts(day))
        }
        'Z' | 'X' | 'x' => zone(rest).map(|zone| parts.zone = zone).is_some(),
        other => return Err(Error::Unsupported(format!("the letter `{other}` in a date's pattern"))),
    })
}

/// Keeps what was read, and tells whether there was something.
fn store(target: &mut Option<i64>, read: Option<i64>) -> bool {
    *target = read;
    read.is_some()
}

/// A number of at most so many digits.
fn number(rest: &mut &str, most: usize) -> Option<i64> {
    let digits = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, after) = rest.split_at(digits);
    *rest = after;
    number.parse().ok()
}

/// The month of a name or its first letters.
fn month(word: &str) -> Option<i64> {
    let starts = |name: &str| name.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    MONTHS.iter().position(|name| word.len() >= 3 && starts(name)).map(|place| place as i64 + 1)
}

fn word<'t>(rest: &mut &'t str) -> &'t str {
    let end = rest.find(|letter: char| !letter.is_alphabetic()).unwrap_or(rest.len());
    let (word, after) = rest.split_at(end);
    *rest = after;
    word
}

/// Parts of a second, in microseconds.
fn fraction(rest: &mut &str) -> Option<i64> {
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (number, after) = rest.split_at(digits);
    *rest = after;
    format!("{number:0<6}").get(..6).filter(|_| digits > 0)?.parse().ok()
}

/// `Z`, `+01:00`, `-0530`: minutes east of Greenwich.
fn zone(rest: &mut &str) -> Option<i64> {
    if skip(rest, "Z") {
        return Some(0);
    }
    let sign = if skip(rest, "+") {
        1
    } else if skip(rest, "-") {
        -1
    } else {
        return None;
    };
    let hours = number(rest, 2)?;
    skip(rest, ":");
    Some(sign * (hours * 60 + number(rest, 2).unwrap_or(0)))
}

impl Parts {
    /// What is not told is 1900-01-01 00:00:00.
    fn micros(&self) -> Option<i64> {
        let hour = match (self.hour.unwrap_or(0), self.afternoon) {
            (hour, None) => hour,
            (hour @ 1..=12, Some(afternoon)) => hour % 12 + if afternoon { 12 } else { 0 },
            _ => return None,
        };
        if !(0..24).contains(&hour) || !(0..60).contains(&self.minute) || !(0..60).contains(&self.second) {
            return None;
        }
        let year = self.year.unwrap_or(1900);
        let days = match self.day_of_year {
            Some(day @ 1..=366) => calendar::days(year, 1, 1)? + day - 1,
            Some(_) => return None,
            None => calendar::days(year, self.month.unwrap_or(1), self.day.unwrap_or(1))?,
        };
        let time = hour * HOUR + (self.minute - self.zone) * MINUTE + self.second * SECOND + self.micros;
        Some(days * DAY + time)
    }
}
