//! Where the rows come from: tables, joins, unions, custom SQL, and the relationships between them.

use crate::{
    error::Error,
    xml::{Element, Xml},
};

/// A physical table, or several put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// The name other parts use for it.
    pub name: Option<String>,
    /// The name of the [`Connection`](crate::Connection) it is reached by.
    pub connection: Option<String>,
    /// What it is.
    pub kind: RelationKind,
}

/// What a [`Relation`] is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RelationKind {
    /// A table by its qualified name, such as `[dbo].[Orders]`.
    Table(String),
    /// Custom SQL, as it was typed.
    CustomSql(String),
    /// A join.
    Join {
        /// `inner`, `left`, `right` or `full`.
        join: String,
        /// The conditions, all of which hold.
        clauses: Vec<Expression>,
        /// What is joined.
        inputs: Vec<Relation>,
    },
    /// Rows of several tables one after the other.
    Union(Vec<Relation>),
    /// Columns of a table turned into rows.
    Pivot(Vec<Relation>),
    /// Tables side by side, put together by relationships.
    Collection(Vec<Relation>),
    /// Anything else, such as a stored procedure, by the file's own word.
    Other {
        /// The word.
        word: String,
        /// The relations inside.
        inputs: Vec<Relation>,
    },
}

/// A condition as a tree: an operator with its operands, or a leaf such as `[Orders].[Id]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expression {
    /// The operator or the leaf.
    pub op: String,
    /// What it is applied to.
    pub operands: Vec<Expression>,
}

/// A table of the logical layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogicalTable {
    /// The name relationships use.
    pub id: String,
    /// The name people see.
    pub caption: Option<String>,
    /// Where its rows are in the data.
    pub relation: Option<Relation>,
    /// Where its rows are in the extract.
    pub extract: Option<Relation>,
}

/// A relationship between two logical tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relationship {
    /// The id of the first table.
    pub left: String,
    /// The id of the second table.
    pub right: String,
    /// The condition.
    pub expression: Option<Expression>,
}

impl Relation {
    /// The relations inside this one.
    pub fn inputs(&self) -> &[Relation] {
        match &self.kind {
            RelationKind::Table(_) | RelationKind::CustomSql(_) => &[],
            RelationKind::Join { inputs, .. }
            | RelationKind::Union(inputs)
            | RelationKind::Pivot(inputs)
            | RelationKind::Collection(inputs)
            | RelationKind::Other { inputs, .. } => inputs,
        }
    }

    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element) -> Result<Self, Error> {
        let name = xml.get(element, "name");
        let connection = xml.get(element, "connection");
        let word = element.peek("type").unwrap_or("table");
        let kind = match word {
            "table" => RelationKind::Table(xml.get(element, "table").unwrap_or_default()),
            "text" => RelationKind::CustomSql(xml.text()?),
            _ => {
                let mut inputs = Vec::new();
                let mut clauses = Vec::new();
                xml.children(|xml, child| {
                    match child.name.as_str() {
                        "relation" => {
                            let input = Self::read(xml, child)?;
                            xml.push(&mut inputs, input);
                        }
                        "clause" => Expression::read_all(xml, &mut clauses)?,
                        _ => {}
                    }
                    Ok(())
                })?;
                match word {
                    "join" => {
                        RelationKind::Join { join: xml.get(element, "join").unwrap_or_default(), clauses, inputs }
                    }
                    "union" => RelationKind::Union(inputs),
                    "pivot" => RelationKind::Pivot(inputs),
                    "collection" => RelationKind::Collection(inputs),
                    _ => RelationKind::Other { word: xml.keep(word), inputs },
                }
            }
        };
        Ok(Self { name, connection, kind })
    }
}

impl Expression {
    /// Reads the `expression` children of the element whose start was read last.
    fn read_all(xml: &mut Xml<'_>, into: &mut Vec<Self>) -> Result<(), Error> {
        xml.children(|xml, child| {
            if child.name == "expression" {
                let op = xml.need(child, "op");
                let mut operands = Vec::new();
                Self::read_all(xml, &mut operands)?;
                xml.push(into, Self { op, operands });
            }
            Ok(())
        })
    }
}

impl LogicalTable {
    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element) -> Result<Self, Error> {
        let mut table =
            Self { id: xml.need(element, "id"), caption: xml.get(element, "caption"), relation: None, extract: None };
        xml.children(|xml, properties| {
            if properties.name != "properties" {
                return Ok(());
            }
            let extract = properties.peek("context") == Some("extract");
            xml.children(|xml, child| {
                if child.name == "relation" {
                    let relation = Some(Relation::read(xml, child)?);
                    if extract { table.extract = relation } else { table.relation = relation }
                }
                Ok(())
            })
        })?;
        Ok(table)
    }
}

impl Relationship {
    pub(crate) fn read(xml: &mut Xml<'_>) -> Result<Self, Error> {
        let (mut left, mut right, mut expressions) = (String::new(), String::new(), Vec::new());
        xml.children(|xml, child| {
            match child.name.as_str() {
                "first-end-point" => left = xml.need(child, "object-id"),
                "second-end-point" => right = xml.need(child, "object-id"),
                "expression" => {
                    let op = xml.need(child, "op");
                    let mut operands = Vec::new();
                    Expression::read_all(xml, &mut operands)?;
                    xml.push(&mut expressions, Expression { op, operands });
                }
                _ => {}
            }
            Ok(())
        })?;
        if expressions.len() > 1 {
            xml.note("a relationship", "it has more than one condition; the first is kept");
        }
        Ok(Self { left, right, expression: expressions.into_iter().next() })
    }
}
