//! Shelves: how a worksheet lays fields out in rows and columns.

use crate::{
    error::{Error, Shown},
    name::{bracketed, name_parts},
    remote_column::INTERNAL,
    xml::{Element, Xml},
};

/// How deep parentheses may nest on a shelf. Tableau writes a chain of n fields as n − 1 pairs in each other.
const DEEPEST: usize = 256;

/// A column instance of a data source, as shelves, encodings, filters and sorts name it: `[federated.1].[sum:Sales:qk]`.
///
/// Some name no column: `:Measure Names` and `Multiple Values` are the names and values of several measures, and
/// `Latitude (generated)` and `Longitude (generated)` are where places are on a map.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldRef {
    /// The name of the [`DataSource`](crate::DataSource).
    pub data_source: String,
    /// The name of the [`ColumnInstance`](crate::ColumnInstance), or of a field, without brackets.
    pub instance: String,
}

impl FieldRef {
    /// Reads `[federated.1].[sum:Sales:qk]`. Of three parts, the last two are the instance, brackets and all: so are named those that
    /// count the rows of a table, `[federated.1].[__tableau_internal_object_id__].[cnt:Orders_1:qk]`.
    pub fn parse(reference: &str) -> Option<Self> {
        match name_parts(reference).as_mut_slice() {
            [data_source, instance] => {
                Some(Self { data_source: std::mem::take(data_source), instance: std::mem::take(instance) })
            }
            [data_source, table, instance] => Some(Self {
                data_source: std::mem::take(data_source),
                instance: format!("{}.{}", bracketed(table), bracketed(instance)),
            }),
            _ => None,
        }
    }

    /// The same, where a name alone is one of this data source.
    pub(crate) fn within(reference: &str, data_source: &str) -> Option<Self> {
        let alone = match name_parts(reference).as_mut_slice() {
            [one] if reference.starts_with('[') && reference.ends_with(']') => std::mem::take(one),
            [table, _] if INTERNAL == bracketed(table) => reference.to_owned(),
            _ => return Self::parse(reference),
        };
        Some(Self { data_source: data_source.to_owned(), instance: alone })
    }

    /// An attribute that names a field; a note is made where it is something else.
    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element, name: &str, data_source: &str) -> Option<Self> {
        let text = element.peek(name).filter(|text| !text.is_empty())?;
        Self::of_text(xml, text, data_source)
    }

    /// A text that names a field; a note is made where it is something else.
    pub(crate) fn of_text(xml: &mut Xml<'_>, text: &str, data_source: &str) -> Option<Self> {
        let field = Self::within(text, data_source);
        match &field {
            Some(field) => {
                xml.keep(&field.data_source);
                xml.keep(&field.instance);
            }
            None => xml.note("a field", format!("{} is not the name of one; it is left out", Shown(text))),
        }
        field
    }

    /// The texts of `column` in the element whose start was read last.
    pub(crate) fn read_all(xml: &mut Xml<'_>, data_source: &str) -> Result<Vec<Self>, Error> {
        let mut fields = Vec::new();
        xml.children(|xml, child| {
            if child.name == "column" {
                let text = xml.text()?;
                if let Some(field) = Self::of_text(xml, &text, data_source) {
                    xml.push(&mut fields, field);
                }
            }
            Ok(())
        })?;
        Ok(fields)
    }

    /// How it is written: what [`FieldRef::parse`] reads.
    pub fn qualified(&self) -> String {
        let instance = match self.instance.starts_with('[') && name_parts(&self.instance).len() == 2 {
            true => self.instance.clone(),
            false => bracketed(&self.instance),
        };
        format!("{}.{instance}", bracketed(&self.data_source))
    }

    /// Whether it stands for the names of several measures.
    pub fn is_measure_names(&self) -> bool {
        self.instance == ":Measure Names"
    }

    /// Whether it stands for the values of several measures.
    pub fn is_measure_values(&self) -> bool {
        self.instance == "Multiple Values"
    }
}

/// What stands on the shelf of rows or of columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shelf {
    /// One field.
    Field(FieldRef),
    /// `/`: each value of a field is cut by the next one, where data are.
    Nest(Vec<Shelf>),
    /// `*`: each of the first with each of the next.
    Cross(Vec<Shelf>),
    /// `+`: one beside the other.
    Concat(Vec<Shelf>),
}

impl Shelf {
    /// The fields on it, from the outermost, each as often as it stands there.
    pub fn fields(&self) -> Vec<&FieldRef> {
        fn collect<'a>(shelf: &'a Shelf, fields: &mut Vec<&'a FieldRef>) {
            match shelf {
                Shelf::Field(field) => fields.push(field),
                Shelf::Nest(parts) | Shelf::Cross(parts) | Shelf::Concat(parts) => {
                    parts.iter().for_each(|part| collect(part, fields));
                }
            }
        }
        let mut fields = Vec::new();
        collect(self, &mut fields);
        fields
    }
}

/// The operators of a shelf.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Nest,
    Cross,
    Concat,
}

impl Shelf {
    /// Reads the text of `rows` or `cols`, the element whose start was read last.
    pub(crate) fn read(xml: &mut Xml<'_>, data_source: &str) -> Result<Option<Self>, Error> {
        let text = xml.text()?;
        if text.trim().is_empty() {
            return Ok(None);
        }
        // What is made of a name is larger than the shortest name.
        let most = text.bytes().filter(|byte| *byte == b'[').count();
        xml.claim(2 * (most * size_of::<Self>()) as u64)?;
        match Self::parse(&text, data_source) {
            Ok(shelf) => Ok(Some(shelf)),
            Err(what) => {
                xml.note("a shelf", format!("{} is not understood: {what}", Shown(&text)));
                Ok(None)
            }
        }
    }

    /// Reads `([a].[x] / [a].[y]) * [a].[z]`. `/` binds tighter than `*`, and `*` than `+`; a chain of one operator is one list,
    /// however it is put in parentheses. Names alone are of this data source.
    pub(crate) fn parse(text: &str, data_source: &str) -> Result<Self, &'static str> {
        let mut parser = Parser { rest: text, data_source, depth: 0 };
        let shelf = parser.chain(Operator::Concat)?;
        parser.blanks();
        if parser.rest.is_empty() { Ok(shelf) } else { Err("something follows its end") }
    }

    fn of(operator: Operator, mut parts: Vec<Self>) -> Self {
        if parts.len() == 1 {
            return parts.remove(0);
        }
        let mut list = Vec::with_capacity(parts.len());
        for part in parts {
            match (operator, part) {
                (Operator::Nest, Self::Nest(inner))
                | (Operator::Cross, Self::Cross(inner))
                | (Operator::Concat, Self::Concat(inner)) => list.extend(inner),
                (_, part) => list.push(part),
            }
        }
        match operator {
            Operator::Nest => Self::Nest(list),
            Operator::Cross => Self::Cross(list),
            Operator::Concat => Self::Concat(list),
        }
    }
}

struct Parser<'t> {
    rest: &'t str,
    data_source: &'t str,
    depth: usize,
}

impl Parser<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, symbol: char) -> bool {
        self.blanks();
        match self.rest.strip_prefix(symbol) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Parts with an operator between them, or one of those that bind tighter.
    fn chain(&mut self, operator: Operator) -> Result<Shelf, &'static str> {
        let (symbol, tighter) = match operator {
            Operator::Concat => ('+', Some(Operator::Cross)),
            Operator::Cross => ('*', Some(Operator::Nest)),
            Operator::Nest => ('/', None),
        };
        let mut parts = Vec::new();
        loop {
            parts.push(match tighter {
                Some(tighter) => self.chain(tighter)?,
                None => self.part()?,
            });
            if !self.take(symbol) {
                return Ok(Shelf::of(operator, parts));
            }
        }
    }

    fn part(&mut self) -> Result<Shelf, &'static str> {
        if self.take('(') {
            self.depth += 1;
            if self.depth > DEEPEST {
                return Err("it nests too deep");
            }
            let shelf = self.chain(Operator::Concat)?;
            self.depth -= 1;
            return if self.take(')') { Ok(shelf) } else { Err("a parenthesis is not closed") };
        }
        let length = self.name().ok_or("a field is expected")?;
        let (name, rest) = self.rest.split_at(length);
        self.rest = rest;
        FieldRef::within(name, self.data_source).map(Shelf::Field).ok_or("a field has too many parts")
    }

    /// The length of the qualified name that comes next.
    fn name(&self) -> Option<usize> {
        let mut at = 0;
        loop {
            if !self.rest[at..].starts_with('[') {
                return None;
            }
            loop {
                at += self.rest[at..].find(']')? + 1;
                if !self.rest[at..].starts_with(']') {
                    break;
                }
                at += 1;
            }
            if !self.rest[at..].starts_with(".[") {
                return Some(at);
            }
            at += 1;
        }
    }
}
