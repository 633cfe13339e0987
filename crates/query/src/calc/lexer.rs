//! Formulas as tokens.

use std::ops::Range;

use super::literal;
use crate::{Error, Value};

/// A token, and its bytes in the formula.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) at: Range<usize>,
}

/// What a [`Token`] is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    /// A number, text or date.
    Literal(Value),
    /// A name in brackets, without them.
    Bracketed(String),
    /// A word: a keyword, a function, or a field written without brackets.
    Word(String),
    /// An operator or a mark of punctuation.
    Symbol(&'static str),
    /// Behind the last one.
    End,
}

/// Longer ones before those they begin with.
const SYMBOLS: &[&str] =
    &["==", "=", "!=", "<>", "<=", "<", ">=", ">", "+", "-", "*", "/", "%", "^", "(", ")", "{", "}", ",", ":", "."];

/// The tokens of a formula; the last one is [`TokenKind::End`].
pub(super) fn tokens(formula: &str) -> Result<Vec<Token>, Error> {
    let mut lexer = Lexer { formula, place: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blanks()?;
        let start = lexer.place;
        let kind = lexer.next()?;
        let end = kind == TokenKind::End;
        tokens.push(Token { kind, at: start..lexer.place });
        if end {
            return Ok(tokens);
        }
    }
}

/// What is wrong with a formula, and where.
pub(super) fn wrong(at: usize, problem: impl Into<String>) -> Error {
    Error::Formula { field: None, problem: problem.into(), at }
}

struct Lexer<'a> {
    formula: &'a str,
    place: usize,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.formula[self.place..]
    }

    /// Skips spaces and comments.
    fn skip_blanks(&mut self) -> Result<(), Error> {
        loop {
            let rest = self.rest();
            let trimmed =
                rest.trim_start_matches(|character: char| character.is_whitespace() || character == '\u{feff}');
            self.place += rest.len() - trimmed.len();
            if trimmed.starts_with("//") {
                self.place += trimmed.find(['\n', '\r']).unwrap_or(trimmed.len());
            } else if let Some(comment) = trimmed.strip_prefix("/*") {
                let length = comment.find("*/").ok_or_else(|| wrong(self.place, "a comment is not closed"))?;
                self.place += length + 4;
            } else {
                return Ok(());
            }
        }
    }

    fn next(&mut self) -> Result<TokenKind, Error> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(TokenKind::End) };
        match first {
            '"' | '\'' => {
                let text = self.delimited(first, "a text is not closed")?;
                Ok(TokenKind::Literal(Value::text(&text)))
            }
            '[' => Ok(TokenKind::Bracketed(self.delimited(']', "a field's name is not closed")?)),
            '#' => {
                let start = self.place;
                let text = self.delimited('#', "a date is not closed")?;
                let date = literal::date(&text).ok_or_else(|| wrong(start, format!("`{text}` is not a date")))?;
                Ok(TokenKind::Literal(date))
            }
            _ if first.is_ascii_digit()
                || first == '.' && rest[1..].starts_with(|next: char| next.is_ascii_digit()) =>
            {
                Ok(TokenKind::Literal(self.number()))
            }
            _ if first.is_alphabetic() || first == '_' => {
                let end = rest.find(|next: char| !next.is_alphanumeric() && next != '_').unwrap_or(rest.len());
                self.place += end;
                Ok(TokenKind::Word(rest[..end].to_owned()))
            }
            _ => {
                let symbol = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol));
                let symbol = symbol.ok_or_else(|| wrong(self.place, format!("`{first}` is not expected")))?;
                self.place += symbol.len();
                Ok(TokenKind::Symbol(symbol))
            }
        }
    }

    /// What stands up to a closing character, which stands for itself where it is doubled. A backslash is one.
    fn delimited(&mut self, close: char, unclosed: &str) -> Result<String, Error> {
        let start = self.place;
        self.place += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let length = rest.find(close).ok_or_else(|| wrong(start, unclosed))?;
            text.push_str(&rest[..length]);
            self.place += length + 1;
            if close == '#' || !self.rest().starts_with(close) {
                return Ok(text);
            }
            text.push(close);
            self.place += 1;
        }
    }

    fn number(&mut self) -> Value {
        let bytes = self.rest().as_bytes();
        let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let mut length = digits(0);
        if bytes.get(length) == Some(&b'.') {
            length += 1 + digits(length + 1);
        }
        if matches!(bytes.get(length), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
            let exponent = digits(length + 1 + sign);
            if exponent > 0 {
                length += 1 + sign + exponent;
            }
        }
        let text = &self.rest()[..length];
        self.place += length;
        match text.parse() {
            Ok(whole) => Value::Integer(whole),
            // Digits, a point and an exponent always are a number, though it may be infinite.
            Err(_) => Value::Real(text.parse().unwrap_or(f64::INFINITY)),
        }
    }
}
