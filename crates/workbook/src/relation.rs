//! Where the rows come from: tables, joins, unions, custom SQL, and the relationships between them.

use crate::{
    error::Error,
    field::DataType,
    name::unbracketed,
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
    /// Its columns, as far as the file tells them: for files in their order.
    pub columns: Vec<RelationColumn>,
    /// How the file it reads is written, where it reads one.
    pub format: FileFormat,
}

/// A column of a [`Relation`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RelationColumn {
    /// Its name; in projections qualified by a relation, as it is written.
    pub name: String,
    /// The name people see, where it is another.
    pub caption: Option<String>,
    /// The type of its values.
    pub data_type: Option<DataType>,
    /// Its place in the file, from 0.
    pub ordinal: Option<u32>,
    /// Whether the relation does not give it on.
    pub hidden: bool,
}

/// How a text file or a sheet is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileFormat {
    /// Whether the first row holds the names of the columns.
    pub header: Option<bool>,
    /// What separates the values of a row of text.
    pub separator: Option<String>,
    /// The encoding of a text, such as `UTF-8` or `windows-1252`.
    pub charset: Option<String>,
    /// How numbers and dates are written in a text, such as `en_US`.
    pub locale: Option<String>,
    /// The cells of a sheet: `A1:L2094:no:A1:L2094:0` begins with the first and the last.
    pub cells: Option<String>,
    /// All other attributes: `outcome`, `quote`, `decimal-char`, …
    pub attributes: Vec<(String, String)>,
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
    /// Columns of a table turned into rows: a row becomes as many as there are columns in each list.
    Pivot {
        /// The table, which is mostly one.
        inputs: Vec<Relation>,
        /// The new columns that say which column a value came from, and what they say.
        names: Vec<(String, Vec<String>)>,
        /// The new columns of values, and the columns they come from, qualified as they are written. All other columns stay.
        values: Vec<(String, Vec<String>)>,
    },
    /// Columns computed of a table's, where several were merged into one.
    Project {
        /// The table, which is mostly one.
        inputs: Vec<Relation>,
        /// The new columns, qualified as they are written, and their formulas.
        bindings: Vec<(String, String)>,
    },
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
    /// What the author promises of the first table.
    pub left_promise: Promise,
    /// What the author promises of the second table.
    pub right_promise: Promise,
}

/// What an author promises of one side of a [`Relationship`], so that fewer joins are needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Promise {
    /// No two rows have the same key.
    pub unique: bool,
    /// Every row has a match on the other side.
    pub matched: bool,
}

impl Relation {
    /// The relations inside this one.
    pub fn inputs(&self) -> &[Relation] {
        match &self.kind {
            RelationKind::Table(_) | RelationKind::CustomSql(_) => &[],
            RelationKind::Join { inputs, .. }
            | RelationKind::Union(inputs)
            | RelationKind::Pivot { inputs, .. }
            | RelationKind::Project { inputs, .. }
            | RelationKind::Collection(inputs)
            | RelationKind::Other { inputs, .. } => inputs,
        }
    }

    /// The relations in it that hold rows themselves: tables, custom SQL, and what this crate does not know.
    pub fn leaves(&self) -> Vec<&Relation> {
        fn collect<'a>(relation: &'a Relation, leaves: &mut Vec<&'a Relation>) {
            match relation.inputs() {
                [] => leaves.push(relation),
                inputs => inputs.iter().for_each(|input| collect(input, leaves)),
            }
        }
        let mut leaves = Vec::new();
        collect(self, &mut leaves);
        leaves
    }

    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element) -> Result<Self, Error> {
        let name = xml.get(element, "name");
        let connection = xml.get(element, "connection");
        let word = element.peek("type").unwrap_or("table");
        if word == "text" {
            let kind = RelationKind::CustomSql(xml.text()?);
            return Ok(Self { name, connection, kind, columns: Vec::new(), format: FileFormat::default() });
        }
        let mut parts = Parts::default();
        xml.children(|xml, child| parts.read(xml, child))?;
        let Parts { inputs, clauses, names, values, bindings, columns, format } = parts;
        let kind = match word {
            "table" => RelationKind::Table(xml.get(element, "table").unwrap_or_default()),
            "join" => RelationKind::Join { join: xml.get(element, "join").unwrap_or_default(), clauses, inputs },
            "union" => RelationKind::Union(inputs),
            "pivot" => RelationKind::Pivot { inputs, names, values },
            "project" => RelationKind::Project { inputs, bindings },
            "collection" => RelationKind::Collection(inputs),
            _ => RelationKind::Other { word: xml.keep(word), inputs },
        };
        Ok(Self { name, connection, kind, columns, format })
    }
}

/// What may stand in a relation.
#[derive(Default)]
struct Parts {
    inputs: Vec<Relation>,
    clauses: Vec<Expression>,
    names: Vec<(String, Vec<String>)>,
    values: Vec<(String, Vec<String>)>,
    bindings: Vec<(String, String)>,
    columns: Vec<RelationColumn>,
    format: FileFormat,
}

impl Parts {
    fn read(&mut self, xml: &mut Xml<'_>, child: &Element) -> Result<(), Error> {
        match child.name.as_str() {
            "relation" => {
                let input = Relation::read(xml, child)?;
                xml.push(&mut self.inputs, input);
            }
            "clause" => Expression::read_all(xml, &mut self.clauses)?,
            "columns" => {
                const KNOWN: &[&str] = &["header", "separator", "character-set", "locale", "gridOrigin"];
                self.format = FileFormat { attributes: xml.others(child, KNOWN), ..FileFormat::read(xml, child) };
                read_columns(xml, &mut self.columns)?;
            }
            "tag" => {
                let mut values = (xml.need(child, "name"), Vec::new());
                xml.children(|xml, value| {
                    if value.name == "value" {
                        let name = xml.need(value, "name");
                        xml.push(&mut values.1, unbracketed(&name).into_owned());
                    }
                    Ok(())
                })?;
                xml.push(&mut self.names, values);
            }
            "groups" => xml.children(|xml, group| {
                if group.name != "group" {
                    return Ok(());
                }
                let mut fields = (xml.need(group, "name"), Vec::new());
                xml.children(|xml, field| {
                    if field.name == "field" {
                        let name = xml.need(field, "name");
                        xml.push(&mut fields.1, name);
                    }
                    Ok(())
                })?;
                xml.push(&mut self.values, fields);
                Ok(())
            })?,
            "bindings" => xml.children(|xml, binding| {
                if binding.name == "binding" {
                    let binding = (xml.need(binding, "name"), xml.need(binding, "expression"));
                    xml.push(&mut self.bindings, binding);
                }
                Ok(())
            })?,
            _ => {}
        }
        Ok(())
    }
}

fn read_columns(xml: &mut Xml<'_>, columns: &mut Vec<RelationColumn>) -> Result<(), Error> {
    xml.children(|xml, child| {
        if child.name == "column" {
            let column = RelationColumn {
                name: xml.need(child, "name"),
                caption: xml.get(child, "caption"),
                data_type: child.peek("datatype").map(|word| DataType::read(xml, word)),
                ordinal: child.peek("ordinal").and_then(|text| text.parse().ok()),
                hidden: child.is_true("hidden"),
            };
            xml.push(columns, column);
        }
        Ok(())
    })
}

impl FileFormat {
    /// Reads the attributes of `columns`, or of a connection of the older form, without those it does not name.
    pub(crate) fn read(xml: &mut Xml<'_>, element: &Element) -> Self {
        let header = element.peek("header").and_then(|word| match word {
            "yes" | "true" => Some(true),
            "no" | "false" => Some(false),
            _ => None,
        });
        Self {
            header,
            separator: xml.get(element, "separator"),
            charset: xml.get(element, "character-set").or_else(|| xml.get(element, "charset")),
            locale: xml.get(element, "locale"),
            cells: xml.get(element, "gridOrigin"),
            attributes: Vec::new(),
        }
    }

    /// One of the other attributes.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
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
        let (mut left_promise, mut right_promise) = (Promise::default(), Promise::default());
        let promise =
            |end: &Element| Promise { unique: end.is_true("unique-key"), matched: end.is_true("guaranteed-value") };
        xml.children(|xml, child| {
            match child.name.as_str() {
                "first-end-point" => (left, left_promise) = (xml.need(child, "object-id"), promise(child)),
                "second-end-point" => (right, right_promise) = (xml.need(child, "object-id"), promise(child)),
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
        Ok(Self { left, right, expression: expressions.into_iter().next(), left_promise, right_promise })
    }
}
