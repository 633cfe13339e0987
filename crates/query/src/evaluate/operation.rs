//! One step of a formula, apart from what it is applied to.

use super::{Evaluator, conversions, dates, numbers, operators, texts, users};
use crate::{
    Error, Value,
    calc::{BinaryOperator, Kind, Node, UnaryOperator},
};

/// One step of a formula: what is done, to as many operands as it has.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// An operator with one operand.
    Unary(UnaryOperator),
    /// An operator between two.
    Binary(BinaryOperator),
    /// Conditions and results, one after the other, and the result when none holds.
    If {
        /// How many conditions.
        branches: usize,
        /// Whether there is a result when none holds.
        otherwise: bool,
    },
    /// What is compared, then values and results, and the result when none is equal.
    Case {
        /// How many values.
        branches: usize,
        /// Whether there is a result when none is equal.
        otherwise: bool,
    },
    /// What is looked for, then so many values.
    In(usize),
    /// A scalar function by its name in upper case, with so many arguments.
    Call(String, usize),
}

/// The value of an operand, by its place.
pub(super) type Operands<'o> = dyn FnMut(usize) -> Result<Value, Error> + 'o;

impl Operation {
    /// The step a node is, and its operands in order; none for literals, fields and levels of detail.
    pub fn of(node: &Node) -> Option<(Self, Vec<&Node>)> {
        let pairs = |branches: &'_ [(Node, Node)]| branches.len();
        Some(match &node.kind {
            Kind::Literal(_) | Kind::Field { .. } | Kind::Lod { .. } => return None,
            Kind::Unary(operator, operand) => (Self::Unary(*operator), vec![&**operand]),
            Kind::Binary(operator, left, right) => (Self::Binary(*operator), vec![&**left, &**right]),
            Kind::If { branches, otherwise } => {
                let operands = branches.iter().flat_map(|(when, then)| [when, then]).chain(otherwise.as_deref());
                let step = Self::If { branches: pairs(branches), otherwise: otherwise.is_some() };
                (step, operands.collect())
            }
            Kind::Case { subject, branches, otherwise } => {
                let rest = branches.iter().flat_map(|(when, then)| [when, then]).chain(otherwise.as_deref());
                let step = Self::Case { branches: pairs(branches), otherwise: otherwise.is_some() };
                (step, std::iter::once(&**subject).chain(rest).collect())
            }
            Kind::In { subject, values } => {
                (Self::In(values.len()), std::iter::once(&**subject).chain(values).collect())
            }
            Kind::Call { function, arguments } => {
                (Self::Call(function.clone(), arguments.len()), arguments.iter().collect())
            }
        })
    }

    /// Its value. Operands are asked for only where they are needed.
    ///
    /// # Errors
    /// As [`Evaluator::evaluate`] has them.
    pub fn apply(
        &self,
        evaluator: &Evaluator<'_>,
        operand: &mut dyn FnMut(usize) -> Result<Value, Error>,
    ) -> Result<Value, Error> {
        match self {
            Self::Unary(operator) => operators::unary(*operator, &operand(0)?),
            Self::Binary(BinaryOperator::And) => operators::both(operand),
            Self::Binary(BinaryOperator::Or) => operators::either(operand),
            Self::Binary(operator) => operators::binary(*operator, &operand(0)?, &operand(1)?),
            Self::If { branches, otherwise } => {
                for branch in 0..*branches {
                    if operators::truth(&operand(2 * branch)?)? == Some(true) {
                        return operand(2 * branch + 1);
                    }
                }
                if *otherwise { operand(2 * branches) } else { Ok(Value::Null) }
            }
            Self::Case { branches, otherwise } => {
                let subject = operand(0)?;
                for branch in 0..*branches {
                    if operators::equal(&subject, &operand(1 + 2 * branch)?)? == Some(true) {
                        return operand(2 + 2 * branch);
                    }
                }
                if *otherwise { operand(1 + 2 * branches) } else { Ok(Value::Null) }
            }
            Self::In(count) => is_in(*count, operand),
            Self::Call(function, count) => call(evaluator, function, *count, operand),
        }
    }
}

fn is_in(count: usize, operand: &mut Operands<'_>) -> Result<Value, Error> {
    let subject = operand(0)?;
    let mut unknown = false;
    for place in 1..=count {
        match operators::equal(&subject, &operand(place)?)? {
            Some(true) => return Ok(Value::Boolean(true)),
            Some(false) => {}
            None => unknown = true,
        }
    }
    Ok(if unknown { Value::Null } else { Value::Boolean(false) })
}

fn call(evaluator: &Evaluator<'_>, function: &str, count: usize, operand: &mut Operands<'_>) -> Result<Value, Error> {
    // Those that do not look at all of their arguments.
    match (function, count) {
        ("IIF", 3 | 4) => {
            return match operators::truth(&operand(0)?)? {
                Some(true) => operand(1),
                Some(false) => operand(2),
                None if count == 4 => operand(3),
                None => Ok(Value::Null),
            };
        }
        ("IFNULL", 2) => {
            let value = operand(0)?;
            return if value.is_null() { operand(1) } else { Ok(value) };
        }
        _ => {}
    }
    let arguments = (0..count).map(operand).collect::<Result<Vec<_>, _>>()?;
    let found = match function {
        "ISNULL" => match arguments.as_slice() {
            [value] => Some(Value::Boolean(value.is_null())),
            _ => None,
        },
        "ZN" => match arguments.as_slice() {
            [Value::Null] => Some(Value::Integer(0)),
            [value] => Some(value.clone()),
            _ => None,
        },
        _ => None,
    };
    if let Some(value) = found {
        return Ok(value);
    }
    let known = match numbers::call(function, &arguments)? {
        None => match texts::call(function, &arguments, evaluator)? {
            None => match dates::call(function, &arguments, evaluator)? {
                None => match conversions::call(function, &arguments)? {
                    None => users::call(function, &arguments, &evaluator.context.user)?,
                    value => value,
                },
                value => value,
            },
            value => value,
        },
        value => value,
    };
    known.ok_or_else(|| Error::Unsupported(format!("`{function}` with {count} arguments")))
}

/// An argument of a wrong type.
pub(super) fn wrong(function: &str, wanted: &str, value: &Value) -> Error {
    let got = match value {
        Value::Null => "NULL",
        Value::Boolean(_) => "a truth value",
        Value::Integer(_) | Value::Real(_) => "a number",
        Value::Text(_) => "a text",
        Value::Date(_) | Value::DateTime(_) => "a date",
        Value::Spatial(_) => "a shape",
    };
    Error::Invalid(format!("`{function}` takes {wanted}, not {got}"))
}
