//! Types and levels of formulas.

mod call;
mod operators;
mod types;

use call::call;
use operators::{binary, signed};
use types::{fit, type_of, unify};

use super::{
    BinaryOperator, Kind, Node, Scope, UnaryOperator,
    lexer::wrong,
    typed::{Fields, Known, Level, Term, Typed},
};
use crate::{Error, Type, Value};

/// Finds the type and level of each part of a formula, and converts where that is automatic.
///
/// # Errors
///
/// [`Error::Formula`] where types do not fit or aggregates are mixed with what is not summed up; what `fields` says.
pub fn check(node: &Node, fields: &dyn Fields) -> Result<Typed, Error> {
    // It calls itself, so that each kind is a function of its own: what one needs is not on the stack of the others.
    match &node.kind {
        Kind::Literal(value) => Ok(literal(node, value)),
        Kind::Field { data_source, name } => field(node, data_source.as_deref(), name, fields),
        Kind::Unary(operator, operand) => unary(node, *operator, operand, fields),
        Kind::Binary(operator, left, right) => between(node, *operator, left, right, fields),
        Kind::If { branches, otherwise } => condition(node, branches, otherwise.as_deref(), fields),
        Kind::Case { subject, branches, otherwise } => case(node, subject, branches, otherwise.as_deref(), fields),
        Kind::In { subject, values } => membership(node, subject, values, fields),
        Kind::Call { function, arguments } => call(node, function, all(arguments, fields)?),
        Kind::Lod { scope, dimensions, aggregate } => level_of_detail(node, *scope, dimensions, aggregate, fields),
    }
}

fn all(nodes: &[Node], fields: &dyn Fields) -> Result<Vec<Typed>, Error> {
    let mut all = Vec::with_capacity(nodes.len());
    for node in nodes {
        all.push(check(node, fields)?);
    }
    Ok(all)
}

fn literal(node: &Node, value: &Value) -> Typed {
    let data_type = type_of(value);
    Typed { term: Term::Literal(value.clone()), data_type, level: Level::Constant, at: node.at.clone() }
}

fn field(node: &Node, data_source: Option<&str>, name: &str, fields: &dyn Fields) -> Result<Typed, Error> {
    let Known { data_type, level, .. } = fields.field(data_source, name)?;
    let term = Term::Field { data_source: data_source.map(str::to_owned), name: name.to_owned() };
    Ok(Typed { term, data_type, level, at: node.at.clone() })
}

fn between(
    node: &Node,
    operator: BinaryOperator,
    left: &Node,
    right: &Node,
    fields: &dyn Fields,
) -> Result<Typed, Error> {
    let left = check(left, fields)?;
    let right = check(right, fields)?;
    binary(node, operator, left, right)
}

fn condition(
    node: &Node,
    branches: &[(Node, Node)],
    otherwise: Option<&Node>,
    fields: &dyn Fields,
) -> Result<Typed, Error> {
    let (mut conditions, mut results) = (Vec::new(), Vec::new());
    for (condition, result) in branches {
        conditions.push(check(condition, fields)?);
        results.push(check(result, fields)?);
    }
    if let Some(otherwise) = otherwise {
        results.push(check(otherwise, fields)?);
    }
    let conditions = conditions.into_iter().map(truth).collect::<Result<_, _>>()?;
    outcomes(node, None, conditions, results)
}

fn truth(condition: Typed) -> Result<Typed, Error> {
    let at = condition.at.start;
    fit(condition, 'b').ok_or_else(|| wrong(at, "a condition is expected, which is true or false"))
}

fn case(
    node: &Node,
    subject: &Node,
    branches: &[(Node, Node)],
    otherwise: Option<&Node>,
    fields: &dyn Fields,
) -> Result<Typed, Error> {
    let mut compared = vec![check(subject, fields)?];
    let mut results = Vec::new();
    for (value, result) in branches {
        compared.push(check(value, fields)?);
        results.push(check(result, fields)?);
    }
    if let Some(otherwise) = otherwise {
        results.push(check(otherwise, fields)?);
    }
    let (mut values, _) = unify(compared)?;
    let subject = values.remove(0);
    outcomes(node, Some(subject), values, results)
}

/// What IF and CASE are of their parts: a result for each test, and perhaps one more.
fn outcomes(node: &Node, subject: Option<Typed>, tests: Vec<Typed>, results: Vec<Typed>) -> Result<Typed, Error> {
    let level = level(node, subject.iter().chain(&tests).chain(&results))?;
    let (mut results, data_type) = unify(results)?;
    let otherwise = if results.len() > tests.len() { results.pop().map(Box::new) } else { None };
    let branches = tests.into_iter().zip(results).collect();
    let term = match subject {
        None => Term::If { branches, otherwise },
        Some(subject) => Term::Case { subject: Box::new(subject), branches, otherwise },
    };
    Ok(Typed { term, data_type, level, at: node.at.clone() })
}

fn level_of_detail(
    node: &Node,
    scope: Scope,
    dimensions: &[Node],
    aggregate: &Node,
    fields: &dyn Fields,
) -> Result<Typed, Error> {
    let dimensions = all(dimensions, fields)?;
    if let Some(dimension) = dimensions.iter().find(|dimension| dimension.level > Level::Row) {
        return Err(wrong(dimension.at.start, "a dimension of a level of detail cannot be summed up"));
    }
    let aggregate = Box::new(check(aggregate, fields)?);
    let problem = match aggregate.level {
        Level::Constant | Level::Aggregate => {
            let data_type = aggregate.data_type;
            let term = Term::Lod { scope, dimensions, aggregate };
            return Ok(Typed { term, data_type, level: Level::Row, at: node.at.clone() });
        }
        Level::Row => "a level of detail needs an aggregate",
        Level::TableCalc => "a level of detail cannot hold a table calculation",
    };
    Err(wrong(aggregate.at.start, problem))
}

/// The level of what is made of several values.
fn level<'a>(node: &Node, parts: impl IntoIterator<Item = &'a Typed>) -> Result<Level, Error> {
    let (mut row, mut level) = (None, Level::Constant);
    for part in parts {
        if part.level == Level::Row {
            row = Some(part);
        }
        level = level.max(part.level);
    }
    match row {
        Some(part) if level > Level::Row => {
            let at = if part.at.is_empty() { node.at.start } else { part.at.start };
            Err(wrong(at, "aggregate and non-aggregate values cannot be mixed here"))
        }
        _ => Ok(level),
    }
}

fn unary(node: &Node, operator: UnaryOperator, operand: &Node, fields: &dyn Fields) -> Result<Typed, Error> {
    let operand = check(operand, fields)?;
    signed(node, operator, operand)
}

fn membership(node: &Node, subject: &Node, values: &[Node], fields: &dyn Fields) -> Result<Typed, Error> {
    // A set says itself which rows are in it.
    if let [Node { kind: Kind::Field { data_source, name }, .. }] = values
        && fields.field(data_source.as_deref(), name)?.set
    {
        check(subject, fields)?;
        return check(&values[0], fields);
    }
    let mut parts = vec![check(subject, fields)?];
    for value in values {
        parts.push(check(value, fields)?);
    }
    let level = level(node, &parts)?;
    let (mut parts, _) = unify(parts)?;
    let subject = Box::new(parts.remove(0));
    Ok(Typed { term: Term::In { subject, values: parts }, data_type: Type::Boolean, level, at: node.at.clone() })
}
