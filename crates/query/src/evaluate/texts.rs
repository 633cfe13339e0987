//! Functions of texts. Places are counted from 1, in characters.

use super::{Evaluator, LONGEST, operation::wrong, too_long};
use crate::{Error, Value};

/// The value of a function of this kind; none where it is no such function.
pub(super) fn call(function: &str, arguments: &[Value], evaluator: &Evaluator<'_>) -> Result<Option<Value>, Error> {
    let known = matches!(
        (function, arguments.len()),
        ("ASCII" | "CHAR" | "LEN" | "LOWER" | "UPPER" | "PROPER" | "SPACE" | "TRIM" | "LTRIM" | "RTRIM", 1)
            | ("CONTAINS" | "STARTSWITH" | "ENDSWITH" | "LEFT" | "RIGHT" | "REGEXP_MATCH" | "REGEXP_EXTRACT", 2)
            | ("FIND" | "MID", 2 | 3)
            | ("FINDNTH" | "REPLACE" | "SPLIT" | "REGEXP_EXTRACT_NTH" | "REGEXP_REPLACE", 3)
    );
    if !known {
        return Ok(None);
    }
    if arguments.iter().any(Value::is_null) {
        return Ok(Some(Value::Null));
    }
    let text = |place: usize| match &arguments[place] {
        Value::Text(text) => Ok(&**text),
        other => Err(wrong(function, "a text", other)),
    };
    let whole = |place: usize| match &arguments[place] {
        Value::Integer(number) => Ok(*number),
        Value::Real(number) => Ok(*number as i64),
        other => Err(wrong(function, "a whole number", other)),
    };
    Ok(Some(match function {
        "ASCII" => text(0)?.chars().next().map_or(Value::Null, |first| Value::Integer(i64::from(u32::from(first)))),
        "CHAR" => match u32::try_from(whole(0)?).ok().and_then(char::from_u32) {
            Some(character) => Value::text(character.encode_utf8(&mut [0; 4])),
            None => Value::Null,
        },
        "LEN" => count(text(0)?.chars().count()),
        "LOWER" => Value::text(&text(0)?.to_lowercase()),
        "UPPER" => Value::text(&text(0)?.to_uppercase()),
        "PROPER" => Value::text(&proper(text(0)?)),
        "SPACE" => match usize::try_from(whole(0)?) {
            Ok(count) => Value::text(&" ".repeat(count.min(LONGEST))),
            Err(_) => Value::Null,
        },
        "TRIM" => Value::text(text(0)?.trim_matches(' ')),
        "LTRIM" => Value::text(text(0)?.trim_start_matches(' ')),
        "RTRIM" => Value::text(text(0)?.trim_end_matches(' ')),
        "CONTAINS" => Value::Boolean(text(0)?.contains(text(1)?)),
        "STARTSWITH" => Value::Boolean(text(0)?.trim_start_matches(' ').starts_with(text(1)?)),
        "ENDSWITH" => Value::Boolean(text(0)?.trim_end_matches(' ').ends_with(text(1)?)),
        "LEFT" | "RIGHT" if whole(1)? < 0 => Value::Null,
        "LEFT" => Value::text(slice(text(0)?, 0, whole(1)?)),
        "RIGHT" => {
            let length = text(0)?.chars().count() as i64;
            let taken = whole(1)?.clamp(0, length);
            Value::text(slice(text(0)?, length - taken, taken))
        }
        "MID" => {
            let length = if arguments.len() == 3 { whole(2)? } else { i64::MAX };
            Value::text(slice(text(0)?, (whole(1)? - 1).max(0), length))
        }
        "FIND" => {
            let start = if arguments.len() == 3 { whole(2)?.max(1) } else { 1 };
            Value::Integer(find(text(0)?, text(1)?, start))
        }
        "FINDNTH" => Value::Integer(find_nth(text(0)?, text(1)?, whole(2)?)),
        "REPLACE" => replaced(text(0)?, text(1)?, text(2)?)?,
        "SPLIT" if whole(2)? == 0 => Value::Null,
        "SPLIT" => Value::text(split(text(0)?, text(1)?, whole(2)?)),
        "REGEXP_MATCH" => evaluator.patterns.borrow_mut().matches(text(0)?, text(1)?)?,
        "REGEXP_EXTRACT" => evaluator.patterns.borrow_mut().extract(text(0)?, text(1)?, 1)?,
        "REGEXP_EXTRACT_NTH" => evaluator.patterns.borrow_mut().extract(text(0)?, text(1)?, whole(2)?)?,
        _ => evaluator.patterns.borrow_mut().replace(text(0)?, text(1)?, text(2)?)?,
    }))
}

fn count(length: usize) -> Value {
    Value::Integer(length as i64)
}

/// So many characters from a place on, counted from 0.
fn slice(text: &str, from: i64, length: i64) -> &str {
    let end = |characters: i64, text: &str| {
        let characters = usize::try_from(characters.max(0)).unwrap_or(usize::MAX);
        text.char_indices().nth(characters).map_or(text.len(), |(place, _)| place)
    };
    let rest = &text[end(from, text)..];
    &rest[..end(length, rest)]
}

/// The place of a text in another, at `start` or after; 0 where there is none.
fn find(text: &str, part: &str, start: i64) -> i64 {
    let skipped = slice(text, 0, start - 1).len();
    match text[skipped..].find(part) {
        Some(place) if start - 1 <= text.chars().count() as i64 => text[..skipped + place].chars().count() as i64 + 1,
        _ => 0,
    }
}

/// The place of the so manieth of a text in another; 0 where there are not so many. They do not overlap.
fn find_nth(text: &str, part: &str, nth: i64) -> i64 {
    let Some(nth) = nth.checked_sub(1).and_then(|nth| usize::try_from(nth).ok()) else { return 0 };
    text.match_indices(part).nth(nth).map_or(0, |(place, _)| text[..place].chars().count() as i64 + 1)
}

fn replaced(text: &str, part: &str, by: &str) -> Result<Value, Error> {
    if part.is_empty() {
        return Ok(Value::text(text));
    }
    let grown = text.matches(part).count().saturating_mul(by.len()).saturating_add(text.len());
    if grown > LONGEST {
        return Err(too_long("REPLACE"));
    }
    Ok(Value::text(&text.replace(part, by)))
}

/// A part between delimiters, counted from the end where the number is negative; empty where there are not so many.
fn split<'t>(text: &'t str, delimiter: &str, number: i64) -> &'t str {
    let nth = |number: u64| usize::try_from(number - 1).unwrap_or(usize::MAX);
    match number {
        0 => "",
        _ if delimiter.is_empty() => {
            if matches!(number, 1 | -1) {
                text
            } else {
                ""
            }
        }
        1.. => text.split(delimiter).nth(nth(number.unsigned_abs())).unwrap_or_default(),
        _ => text.rsplit(delimiter).nth(nth(number.unsigned_abs())).unwrap_or_default(),
    }
}

/// Words with a capital first letter; words end where something is neither letter nor digit.
fn proper(text: &str) -> String {
    let mut within = false;
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        if within {
            result.extend(character.to_lowercase());
        } else {
            result.extend(character.to_uppercase());
        }
        within = character.is_alphanumeric();
    }
    result
}
