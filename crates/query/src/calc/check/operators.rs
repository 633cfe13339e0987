//! Operators between values of types.

use super::{
    super::{
        BinaryOperator, Node, UnaryOperator,
        lexer::wrong,
        typed::{Term, Typed},
    },
    level,
    types::{convert, fit, unify, word},
};
use crate::{Error, Type};

pub(super) fn signed(node: &Node, operator: UnaryOperator, operand: Typed) -> Result<Typed, Error> {
    let letter = match operator {
        UnaryOperator::Not => 'b',
        UnaryOperator::Minus => 'n',
    };
    let found = operand.data_type;
    let operand = fit(operand, letter).ok_or_else(|| {
        let (name, wanted) = if letter == 'b' { ("NOT", "boolean") } else { ("-", "number") };
        wrong(node.at.start, format!("`{name}` needs a {wanted}, and this is {}", word(found)))
    })?;
    let (data_type, level) = (operand.data_type, operand.level);
    Ok(Typed { term: Term::Unary(operator, Box::new(operand)), data_type, level, at: node.at.clone() })
}

pub(super) fn binary(node: &Node, operator: BinaryOperator, left: Typed, right: Typed) -> Result<Typed, Error> {
    use BinaryOperator as Op;
    let level = level(node, [&left, &right])?;
    let (name, found) = (symbol(operator), (left.data_type, right.data_type));
    let misfit = || {
        let (left, right) = (word(found.0), word(found.1));
        wrong(node.at.start, format!("`{name}` cannot be used between {left} and {right}"))
    };
    let both = |left, right, letter| fit(left, letter).zip(fit(right, letter)).ok_or_else(misfit);
    let ((left, right), data_type) = match operator {
        Op::And | Op::Or => (both(left, right, 'b')?, Type::Boolean),
        Op::Equal | Op::NotEqual | Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual => {
            if found.0 == Type::Spatial || found.1 == Type::Spatial {
                return Err(misfit());
            }
            let (mut values, _) = unify(vec![left, right]).map_err(|_| misfit())?;
            let pair = values.pop().zip(values.pop()).map(|(right, left)| (left, right));
            (pair.ok_or_else(misfit)?, Type::Boolean)
        }
        Op::Divide | Op::Power => (both(left, right, 'r')?, Type::Real),
        Op::Modulo => (both(left, right, 'i')?, Type::Integer),
        Op::Times => numbers(left, right).ok_or_else(misfit)?,
        Op::Plus | Op::Minus => sum(operator, left, right).ok_or_else(misfit)?,
    };
    let term = Term::Binary(operator, Box::new(left), Box::new(right));
    Ok(Typed { term, data_type, level, at: node.at.clone() })
}

type Operands = ((Typed, Typed), Type);

/// Two numbers as one type.
fn numbers(left: Typed, right: Typed) -> Option<Operands> {
    let numeric = |value: &Typed| value.is_null() || matches!(value.data_type, Type::Integer | Type::Real);
    if !numeric(&left) || !numeric(&right) {
        return None;
    }
    let (mut values, data_type) = unify(vec![left, right]).ok()?;
    let data_type = if data_type == Type::Text { Type::Real } else { data_type };
    let (right, left) = (values.pop()?, values.pop()?);
    Some(((convert(left, data_type)?, convert(right, data_type)?), data_type))
}

/// The operands of + and −: numbers, texts, dates and days.
fn sum(operator: BinaryOperator, left: Typed, right: Typed) -> Option<Operands> {
    use Type::{Date, DateTime, Integer, Real, Text};
    let plus = operator == BinaryOperator::Plus;
    match (left.data_type, right.data_type) {
        (Text, Text) if plus && !(left.is_null() && right.is_null()) => Some(((left, right), Text)),
        (Date, Date) if !plus => Some(((left, right), Integer)),
        (Date | DateTime, Date | DateTime) if !plus => {
            Some(((convert(left, DateTime)?, convert(right, DateTime)?), Real))
        }
        (Date | DateTime, Integer | Real) | (Date | DateTime, Text) => shifted(left, right),
        (Integer | Real, Date | DateTime) if plus => shifted(right, left),
        _ => numbers(left, right),
    }
}

/// A date and days to go from it: a whole number of days from a day leads to a day.
fn shifted(date: Typed, days: Typed) -> Option<Operands> {
    let days = if days.is_null() { convert(days, Type::Integer)? } else { days };
    match (date.data_type, days.data_type) {
        (data_type, Type::Integer) => Some(((date, days), data_type)),
        (_, Type::Real) => Some(((convert(date, Type::DateTime)?, days), Type::DateTime)),
        _ => None,
    }
}

fn symbol(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::And => "AND",
        BinaryOperator::Or => "OR",
        BinaryOperator::Plus => "+",
        BinaryOperator::Minus => "-",
        BinaryOperator::Times => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Modulo => "%",
        BinaryOperator::Power => "^",
        BinaryOperator::Equal => "=",
        BinaryOperator::NotEqual => "<>",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
    }
}
