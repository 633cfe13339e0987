//! Regular expressions, in time linear in the text.

use std::collections::HashMap;

use regex::{Regex, RegexBuilder};

use super::{LONGEST, too_long};
use crate::{Error, Value};

/// The most patterns that are kept. Formulas mostly have one, but it may come from a field.
const MOST: usize = 64;

/// The largest a pattern may become when it is made ready, in bytes.
const LARGEST: usize = 1 << 20;

/// The patterns made ready so far.
#[derive(Debug, Default)]
pub(super) struct Patterns(HashMap<String, Regex>);

impl Patterns {
    fn ready(&mut self, pattern: &str) -> Result<&Regex, Error> {
        if !self.0.contains_key(pattern) {
            let regex = RegexBuilder::new(pattern).size_limit(LARGEST).dfa_size_limit(LARGEST).build();
            let regex = regex.map_err(|error| {
                let reason = match error {
                    regex::Error::CompiledTooBig(_) => "is too large",
                    _ => "is none this program knows",
                };
                Error::Invalid(format!("the regular expression `{pattern}` {reason}"))
            })?;
            if self.0.len() >= MOST {
                self.0.clear();
            }
            self.0.insert(pattern.to_owned(), regex);
        }
        self.0.get(pattern).ok_or_else(|| Error::Invalid(format!("the regular expression `{pattern}` is lost")))
    }

    /// Whether it matches a part of the text.
    pub fn matches(&mut self, text: &str, pattern: &str) -> Result<Value, Error> {
        Ok(Value::Boolean(self.ready(pattern)?.is_match(text)))
    }

    /// What a group of the first match holds; NULL where nothing matches, or the pattern has no such group.
    pub fn extract(&mut self, text: &str, pattern: &str, group: i64) -> Result<Value, Error> {
        let captures = self.ready(pattern)?.captures(text);
        let found = captures.zip(usize::try_from(group).ok()).and_then(|(captures, group)| captures.get(group));
        Ok(found.map_or(Value::Null, |found| Value::text(found.as_str())))
    }

    /// All matches replaced; `$1` stands for a group, `\` before a character for itself.
    pub fn replace(&mut self, text: &str, pattern: &str, by: &str) -> Result<Value, Error> {
        let by = replacement(by);
        let regex = self.ready(pattern)?;
        // A group is at most all of the text, all matches together too.
        let matches = regex.find_iter(text).count().saturating_mul(by.len());
        let groups = by.matches('$').count().saturating_add(1).saturating_mul(text.len());
        if matches.saturating_add(groups) > LONGEST {
            return Err(too_long("REGEXP_REPLACE"));
        }
        Ok(Value::text(&regex.replace_all(text, by.as_str())))
    }
}

/// The replacement in the words of the crate, which would read `$1a` as a group of that name.
fn replacement(by: &str) -> String {
    let mut result = String::with_capacity(by.len());
    let mut characters = by.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('$') => result.push_str("$$"),
                Some(next) => result.push(next),
                None => result.push('\\'),
            },
            '$' => {
                let mut number = String::new();
                while let Some(digit) = characters.next_if(char::is_ascii_digit) {
                    number.push(digit);
                }
                if number.is_empty() { result.push_str("$$") } else { result.push_str(&format!("${{{number}}}")) }
            }
            other => result.push(other),
        }
    }
    result
}
