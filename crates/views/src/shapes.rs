//! Shapes: asked of the engine as text, since its own form is not told to anyone, and kept as well-known binary.

use std::{borrow::Cow, sync::Arc};

use tavola_engine::sql::identifier;
use tavola_query::{Type, Value, sheet::Statement};

/// Collections in collections deeper than this are not read.
const MOST_DEPTH: usize = 16;

/// A statement that gives its shapes as text.
pub(crate) fn as_text(statement: &Statement) -> Cow<'_, str> {
    if statement.columns.iter().all(|(_, kind)| *kind != Type::Spatial) {
        return Cow::Borrowed(&statement.sql);
    }
    let columns: Vec<String> = statement
        .columns
        .iter()
        .map(|(name, kind)| match (identifier(name), kind) {
            (name, Type::Spatial) => format!("cast({name} as text) as {name}"),
            (name, _) => name,
        })
        .collect();
    Cow::Owned(format!("select {} from ({}) as \"shaped\"", columns.join(", "), statement.sql))
}

/// Turns the texts of a column of shapes into shapes. What is no shape becomes NULL.
pub(crate) fn read(values: &mut [Value]) {
    for value in values {
        if let Value::Text(text) = value {
            *value = binary(text).map_or(Value::Null, |bytes| Value::Spatial(Arc::from(bytes)));
        }
    }
}

/// Well-known text as well-known binary.
fn binary(text: &str) -> Option<Vec<u8>> {
    let mut reader = Reader { rest: text };
    let mut out = Vec::with_capacity(text.len());
    reader.geometry(&mut out, 0)?;
    reader.rest.trim().is_empty().then_some(out)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn geometry(&mut self, out: &mut Vec<u8>, depth: usize) -> Option<()> {
        let kind = self.word()?;
        match kind.to_ascii_uppercase().as_str() {
            "POINT" => {
                head(out, 1);
                self.sign('(')?;
                self.point(out)?;
                self.sign(')')
            }
            "LINESTRING" => self.line(out),
            "POLYGON" => self.polygon(out),
            "MULTIPOINT" => {
                head(out, 4);
                self.list(out, |reader, out| {
                    head(out, 1);
                    let enclosed = reader.sign('(').is_some();
                    reader.point(out)?;
                    if enclosed { reader.sign(')') } else { Some(()) }
                })
            }
            "MULTILINESTRING" => {
                head(out, 5);
                self.list(out, Self::line)
            }
            "MULTIPOLYGON" => {
                head(out, 6);
                self.list(out, Self::polygon)
            }
            "GEOMETRYCOLLECTION" if depth < MOST_DEPTH => {
                head(out, 7);
                self.list(out, |reader, out| reader.geometry(out, depth + 1))
            }
            _ => None,
        }
    }

    fn line(&mut self, out: &mut Vec<u8>) -> Option<()> {
        head(out, 2);
        self.list(out, Self::point)
    }

    fn polygon(&mut self, out: &mut Vec<u8>) -> Option<()> {
        head(out, 3);
        self.list(out, |reader, out| reader.list(out, Self::point))
    }

    /// Parts in brackets, their number before them.
    fn list(&mut self, out: &mut Vec<u8>, mut part: impl FnMut(&mut Self, &mut Vec<u8>) -> Option<()>) -> Option<()> {
        let place = out.len();
        let mut count: u32 = 0;
        out.extend(count.to_le_bytes());
        if self.sign('(').is_none() {
            return self.word()?.eq_ignore_ascii_case("EMPTY").then_some(());
        }
        loop {
            part(self, out)?;
            count += 1;
            if self.sign(',').is_none() {
                break;
            }
        }
        out[place..place + 4].copy_from_slice(&count.to_le_bytes());
        self.sign(')')
    }

    fn point(&mut self, out: &mut Vec<u8>) -> Option<()> {
        for _ in 0..2 {
            out.extend(self.number()?.to_le_bytes());
        }
        Some(())
    }

    fn number(&mut self) -> Option<f64> {
        self.take(|letter| !letter.is_whitespace() && !matches!(letter, ',' | '(' | ')'))?.parse().ok()
    }

    fn word(&mut self) -> Option<String> {
        self.take(|letter| letter.is_ascii_alphabetic())
    }

    fn take(&mut self, belongs: impl Fn(char) -> bool) -> Option<String> {
        let rest = self.rest.trim_start();
        let end = rest.find(|letter| !belongs(letter)).unwrap_or(rest.len());
        let (taken, rest) = rest.split_at(end);
        self.rest = rest;
        (!taken.is_empty()).then(|| taken.to_owned())
    }

    fn sign(&mut self, sign: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(sign)?;
        Some(())
    }
}

/// The order of bytes, the least first, and the kind.
fn head(out: &mut Vec<u8>, kind: u32) {
    out.push(1);
    out.extend(kind.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(bytes: &[u8]) -> Vec<f64> {
        bytes.chunks_exact(8).filter_map(|eight| eight.try_into().ok().map(f64::from_le_bytes)).collect()
    }

    #[test]
    fn a_point_is_its_kind_and_two_numbers() {
        let bytes = binary("POINT(2.13 41.4)").expect("it is a point");
        assert_eq!(bytes[..5], [1, 1, 0, 0, 0]);
        assert_eq!(numbers(&bytes[5..]), [2.13, 41.4]);
    }

    #[test]
    fn areas_have_their_rings_and_these_their_points_counted() {
        let bytes = binary("MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))").expect("it is one");
        assert_eq!(bytes[..9], [1, 6, 0, 0, 0, 2, 0, 0, 0]);
        assert_eq!(bytes[9..22], [1, 3, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0]);
        assert_eq!(numbers(&bytes[22..86]), [0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn points_may_have_brackets_of_their_own_and_nothing_is_a_shape_too() {
        assert_eq!(binary("MULTIPOINT((1 2), (3 4))"), binary("MULTIPOINT(1 2, 3 4)"));
        assert_eq!(binary("LINESTRING EMPTY"), Some(vec![1, 2, 0, 0, 0, 0, 0, 0, 0]));
    }

    #[test]
    fn what_is_no_shape_is_none() {
        let deep = "GEOMETRYCOLLECTION(".repeat(100_000);
        for text in ["", "POINT", "POINT(1)", "POINT(1 2", "POINT(1 2) x", "LINE(1 2)", "POLYGON((1 2, x 3))", &deep] {
            assert_eq!(binary(text), None, "{}", &text[..text.len().min(40)]);
        }
    }
}
