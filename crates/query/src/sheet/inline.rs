//! Formulas with all calculated fields and parameters put in, so that what is left names columns of the data alone.

use tavola_workbook::{Calculation, GroupMember, unbracketed};

use super::{
    instance::{binary, call, derive, field, literal, node},
    parameters::of_literal,
    source::Source,
    tree,
};
use crate::{
    Error, Value,
    calc::{BinaryOperator, Kind, Node, parse},
};

/// How many parts a formula may have when all is put in. Fields that name each other twice double with each step.
const MOST_NODES: usize = 20_000;
/// How deep it may be then, so that whoever walks it needs no more stack than a thread has.
const DEEPEST: usize = 250;

/// The data source of nodes that stand for something SQL already has: the name is a number.
pub(super) const MADE: &str = "\u{0}made";
/// The data source of nodes that stand for one row of a logical table: the name is its id.
pub(super) const ROW: &str = "\u{0}row";
/// The data source of nodes that stand for being in a set: the name is the field's.
pub(super) const SET: &str = "\u{0}set";

/// How Tableau names the count of a logical table's rows.
const OBJECT: &str = "__tableau_internal_object_id__";

/// Puts fields into formulas.
pub(super) struct Inliner<'a, 's> {
    source: &'s Source<'a>,
    /// The calculated fields that are being put in.
    open: Vec<String>,
    nodes: usize,
}

impl<'a, 's> Inliner<'a, 's> {
    /// One for the fields of a data source.
    pub(super) fn new(source: &'s Source<'a>) -> Self {
        Self { source, open: Vec::new(), nodes: 0 }
    }

    /// The formula of a column instance, without its table calculations.
    pub(super) fn instance(&mut self, name: &str) -> Result<Node, Error> {
        let parts = tavola_workbook::name_parts(name);
        if let Some(table) = parts
            .last()
            .map(String::as_str)
            .unwrap_or(name)
            .strip_prefix("cnt:")
            .and_then(|rest| rest.split(':').next())
            && self.source.tables.table(table).is_some()
        {
            return Ok(call("COUNT", vec![made(ROW, table)]));
        }
        let instance = self.source.instance(name);
        self.derived(&instance.field, &instance.derivation)
    }

    /// A field with a derivation.
    pub(super) fn derived(&mut self, field: &str, derivation: &str) -> Result<Node, Error> {
        let base = self.field(field, 0)?;
        // What is of many rows already is not summed up again.
        if tree::is_of_many(&base) || tree::any(&base, false, &tree::is_table_calculation) {
            return Ok(base);
        }
        let derived = derive(derivation, base)?;
        let dated = self.source.type_of(field) == Some(crate::Type::Date);
        // The beginning of a month of days is a day.
        Ok(match &derived.kind {
            Kind::Call { function, .. } if dated && function == "DATETRUNC" => call("DATE", vec![derived]),
            _ => derived,
        })
    }

    /// A formula somebody wrote.
    pub(super) fn formula(&mut self, formula: &str) -> Result<Node, Error> {
        let mut node = parse(formula)?;
        self.put_in(&mut node, 0)?;
        Ok(node)
    }

    /// A formula that was read.
    pub(super) fn node(&mut self, node: &Node) -> Result<Node, Error> {
        let mut node = node.clone();
        self.put_in(&mut node, 0)?;
        Ok(node)
    }

    /// A field as a formula.
    pub(super) fn field(&mut self, name: &str, depth: usize) -> Result<Node, Error> {
        // The number of rows of a logical table is an instance of no field.
        if let [object, table] = tavola_workbook::name_parts(name).as_slice()
            && object == OBJECT
        {
            return Ok(made(ROW, table));
        }
        let name = &*self.source.name_of(name);
        let Some(known) = self.source.field(name) else {
            return match self.source.tables.find(name) {
                Some(_) => Ok(field(name)),
                None => Err(Error::Missing(format!("the field `{name}`"))),
            };
        };
        let Some(calculation) = &known.calculation else {
            return match self.source.tables.find(name) {
                Some(_) => Ok(field(name)),
                None => Err(Error::Missing(format!("the column of the field `{}`", known.shown_name()))),
            };
        };
        if self.open.iter().any(|open| open == name) {
            return Err(Error::Invalid(format!("the field `{}` is calculated from itself", known.shown_name())));
        }
        self.open.push(name.to_owned());
        let node = match calculation {
            Calculation::Formula(formula) => self.calculated(known.shown_name(), formula, depth),
            Calculation::Other { formula: Some(formula), .. } => self.calculated(known.shown_name(), formula, depth),
            Calculation::Group { source, members, other } => self.group(source, members, other.as_deref(), depth),
            Calculation::Bin { source, size, peg } => self.bin(source, size.as_deref(), peg.as_deref(), depth),
            Calculation::Set { .. } => Ok(made(SET, name)),
            Calculation::Combined(levels) => self.combined(levels, depth),
            Calculation::Other { .. } => Err(Error::Unsupported(format!("the field `{}`", known.shown_name()))),
        };
        self.open.pop();
        node
    }

    fn calculated(&mut self, shown: &str, formula: &str, depth: usize) -> Result<Node, Error> {
        let named = |error| match error {
            Error::Formula { field: None, problem, at } => {
                Error::Formula { field: Some(shown.to_owned()), problem, at }
            }
            other => other,
        };
        let mut node = parse(formula).map_err(named)?;
        self.put_in(&mut node, depth)?;
        Ok(node)
    }

    /// Puts fields in, and forgets where nodes stood, so that equal ones are equal.
    fn put_in(&mut self, node: &mut Node, depth: usize) -> Result<(), Error> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(Error::TooLarge(format!(
                "a formula has more than {MOST_NODES} parts with the fields it names"
            )));
        }
        if depth > DEEPEST {
            return Err(Error::TooLarge(format!("a formula is deeper than {DEEPEST} with the fields it names")));
        }
        node.at = 0..0;
        if let Kind::Field { data_source, name } = &node.kind {
            *node = self.named(data_source.as_deref(), name, depth + 1)?;
            return Ok(());
        }
        for child in tree::children_mut(node) {
            self.put_in(child, depth + 1)?;
        }
        if let Some(nearer) = within_a_distance(node) {
            *node = nearer;
        }
        Ok(())
    }

    fn named(&mut self, data_source: Option<&str>, name: &str, depth: usize) -> Result<Node, Error> {
        match data_source {
            Some("Parameters") => self.parameter(name),
            Some(OBJECT) => Ok(made(ROW, name)),
            None => self.field(name, depth),
            Some(other) if other == self.source.data_source.name => self.field(name, depth),
            Some(other) => Err(Error::Unsupported(format!("a field of another data source (`{other}`) in a formula"))),
        }
    }

    fn parameter(&self, name: &str) -> Result<Node, Error> {
        let value = self.source.parameters.get(name);
        let value = value.ok_or_else(|| Error::Missing(format!("the parameter `{name}`")))?;
        Ok(literal(value.clone()))
    }

    fn group(
        &mut self,
        source: &str,
        members: &[GroupMember],
        other: Option<&str>,
        depth: usize,
    ) -> Result<Node, Error> {
        let of = self.field(source, depth + 1)?;
        let data_type = self.source.type_of(source);
        let mut branches = Vec::new();
        for member in members {
            let values: Vec<Value> = member.values.iter().map(|value| of_literal(value, data_type)).collect();
            if !values.is_empty() {
                branches.push((among(&of, &values), literal(of_literal(&member.name, None))));
            }
        }
        let otherwise = match other {
            Some(other) => literal(of_literal(other, None)),
            None if data_type.is_none_or(|data_type| data_type == crate::Type::Text) => of,
            None => call("STR", vec![of]),
        };
        if branches.is_empty() {
            return Ok(otherwise);
        }
        Ok(node(Kind::If { branches, otherwise: Some(Box::new(otherwise)) }))
    }

    /// The members of several fields as one text.
    fn combined(&mut self, levels: &[String], depth: usize) -> Result<Node, Error> {
        let mut all: Option<Node> = None;
        for level in levels {
            let instance = self.source.instance(level);
            let value = derive(&instance.derivation, self.field(&instance.field, depth + 1)?)?;
            let text = call("IFNULL", vec![call("STR", vec![value]), literal(Value::text("Null"))]);
            all = Some(match all {
                Some(before) => {
                    let comma = binary(BinaryOperator::Plus, before, literal(Value::text(", ")));
                    binary(BinaryOperator::Plus, comma, text)
                }
                None => text,
            });
        }
        all.ok_or_else(|| Error::Unsupported("a combined field without fields".to_owned()))
    }

    /// The lower end of the bin: FLOOR((x − peg) / size) × size + peg.
    fn bin(&mut self, source: &str, size: Option<&str>, peg: Option<&str>, depth: usize) -> Result<Node, Error> {
        let of = self.field(&unbracketed(source), depth + 1)?;
        let size = match size {
            None => return Err(Error::Unsupported("a bin without a size".to_owned())),
            Some(size) if size.starts_with('[') => {
                let parts = tavola_workbook::name_parts(size);
                self.parameter(parts.last().map(String::as_str).unwrap_or_default())?
            }
            Some(size) => literal(of_literal(size, None)),
        };
        let peg = peg.map(|peg| of_literal(peg, None)).filter(|peg| peg.as_f64().is_some_and(|peg| peg != 0.0));
        let moved = match &peg {
            Some(peg) => binary(BinaryOperator::Minus, of, literal(peg.clone())),
            None => of,
        };
        let number = call("FLOOR", vec![binary(BinaryOperator::Divide, moved, size.clone())]);
        let start = binary(BinaryOperator::Times, number, size);
        Ok(match peg {
            Some(peg) => binary(BinaryOperator::Plus, start, literal(peg)),
            None => start,
        })
    }
}

/// A point within a distance of a shape, where a formula says that it intersects the shape's buffer: engines have no such function.
fn within_a_distance(node: &Node) -> Option<Node> {
    let arguments = |node: &Node, name: &str| match &node.kind {
        Kind::Call { function, arguments } if function == name => Some(arguments.clone()),
        _ => None,
    };
    let [one, other] = <[Node; 2]>::try_from(arguments(node, "INTERSECTS")?).ok()?;
    let (buffer, point) = match (arguments(&one, "BUFFER"), arguments(&other, "BUFFER")) {
        (Some(buffer), None) => (buffer, other),
        (None, Some(buffer)) => (buffer, one),
        _ => return None,
    };
    arguments(&point, "MAKEPOINT")?;
    let [shape, distance, unit] = <[Node; 3]>::try_from(buffer).ok()?;
    Some(binary(BinaryOperator::LessOrEqual, call("DISTANCE", vec![shape, point, unit]), distance))
}

/// That a value is one of these; NULL may be among them.
pub(super) fn among(of: &Node, values: &[Value]) -> Node {
    let null = values.iter().any(Value::is_null);
    let values: Vec<Node> =
        values.iter().filter(|value| !value.is_null()).map(|value| literal(value.clone())).collect();
    let is_null = || call("ISNULL", vec![of.clone()]);
    let listed = |values| node(Kind::In { subject: Box::new(of.clone()), values });
    match (null, values.is_empty()) {
        (true, true) => is_null(),
        (true, false) => binary(BinaryOperator::Or, is_null(), listed(values)),
        (false, true) => literal(Value::Boolean(false)),
        (false, false) => listed(values),
    }
}

/// A node of one of the kinds that only this program makes.
pub(super) fn made(kind: &str, name: &str) -> Node {
    node(Kind::Field { data_source: Some(kind.to_owned()), name: name.to_owned() })
}
