//! Operators.

use std::cmp::Ordering;

use super::{
    LONGEST, calendar,
    operation::{Operands, wrong},
    too_long,
};
use crate::{
    Error, Value,
    calc::{BinaryOperator, UnaryOperator},
};

/// A number that is one: neither NaN nor infinite, which are NULL.
pub(super) fn real(number: f64) -> Value {
    if number.is_finite() { Value::Real(number) } else { Value::Null }
}

/// The truth of a condition; none for NULL.
pub(super) fn truth(value: &Value) -> Result<Option<bool>, Error> {
    match value {
        Value::Boolean(truth) => Ok(Some(*truth)),
        Value::Null => Ok(None),
        other => Err(wrong("IF", "a truth value", other)),
    }
}

fn answer(truth: Option<bool>) -> Value {
    truth.map_or(Value::Null, Value::Boolean)
}

pub(super) fn unary(operator: UnaryOperator, value: &Value) -> Result<Value, Error> {
    match (operator, value) {
        (_, Value::Null) => Ok(Value::Null),
        (UnaryOperator::Not, value) => Ok(answer(truth(value)?.map(|truth| !truth))),
        (UnaryOperator::Minus, Value::Integer(number)) => Ok(number.checked_neg().map_or(Value::Null, Value::Integer)),
        (UnaryOperator::Minus, Value::Real(number)) => Ok(Value::Real(-number)),
        (UnaryOperator::Minus, value) => Err(wrong("-", "a number", value)),
    }
}

pub(super) fn both(operand: &mut Operands<'_>) -> Result<Value, Error> {
    let left = truth(&operand(0)?)?;
    if left == Some(false) {
        return Ok(Value::Boolean(false));
    }
    let right = truth(&operand(1)?)?;
    Ok(answer(if right == Some(false) { right } else { left.and(right) }))
}

pub(super) fn either(operand: &mut Operands<'_>) -> Result<Value, Error> {
    let left = truth(&operand(0)?)?;
    if left == Some(true) {
        return Ok(Value::Boolean(true));
    }
    let right = truth(&operand(1)?)?;
    Ok(answer(if right == Some(true) { right } else { left.and(right) }))
}

/// Whether two values are equal; none where one is NULL.
pub(super) fn equal(left: &Value, right: &Value) -> Result<Option<bool>, Error> {
    Ok(compare(left, right)?.map(Ordering::is_eq))
}

/// The order of two values; none where one is NULL.
pub(super) fn compare(left: &Value, right: &Value) -> Result<Option<Ordering>, Error> {
    use Value::{Boolean, Date, DateTime, Integer, Null, Real, Text};
    Ok(match (left, right) {
        (Null, _) | (_, Null) => None,
        (Boolean(_), Boolean(_)) | (Text(_), Text(_)) | (Date(_) | DateTime(_), Date(_) | DateTime(_)) => {
            Some(left.order(right))
        }
        (Integer(_) | Real(_), Integer(_) | Real(_)) => Some(left.order(right)),
        _ => return Err(wrong("=", "two values of one type", right)),
    })
}

pub(super) fn binary(operator: BinaryOperator, left: &Value, right: &Value) -> Result<Value, Error> {
    use BinaryOperator as Op;
    let comparison = |holds: fn(Ordering) -> bool| Ok(answer(compare(left, right)?.map(holds)));
    match operator {
        Op::Equal => comparison(Ordering::is_eq),
        Op::NotEqual => comparison(Ordering::is_ne),
        Op::Less => comparison(Ordering::is_lt),
        Op::LessOrEqual => comparison(Ordering::is_le),
        Op::Greater => comparison(Ordering::is_gt),
        Op::GreaterOrEqual => comparison(Ordering::is_ge),
        Op::And | Op::Or => {
            let mut operand = |place| Ok(if place == 0 { left.clone() } else { right.clone() });
            if operator == Op::And { both(&mut operand) } else { either(&mut operand) }
        }
        _ if left.is_null() || right.is_null() => Ok(Value::Null),
        Op::Plus => plus(left, right),
        Op::Minus => minus(left, right),
        Op::Times => arithmetic("*", left, right, i64::checked_mul, |a, b| a * b),
        Op::Divide => match (left.as_f64(), right.as_f64()) {
            _ if !is_number(left) => Err(wrong("/", "numbers", left)),
            _ if !is_number(right) => Err(wrong("/", "numbers", right)),
            (Some(left), Some(right)) => Ok(real(left / right)),
            _ => Ok(Value::Null),
        },
        Op::Modulo => match (left, right) {
            (Value::Integer(left), Value::Integer(right)) => {
                Ok(left.checked_rem(*right).map_or(Value::Null, Value::Integer))
            }
            (Value::Integer(_), other) | (other, _) => Err(wrong("%", "whole numbers", other)),
        },
        Op::Power => power(left, right),
    }
}

pub(super) fn power(left: &Value, right: &Value) -> Result<Value, Error> {
    arithmetic("^", left, right, |_, _| None, f64::powf)
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Integer(_) | Value::Real(_))
}

/// Whole numbers stay whole as long as they fit.
fn arithmetic(
    name: &str,
    left: &Value,
    right: &Value,
    whole: fn(i64, i64) -> Option<i64>,
    number: fn(f64, f64) -> f64,
) -> Result<Value, Error> {
    if let (Value::Integer(left), Value::Integer(right)) = (left, right)
        && let Some(result) = whole(*left, *right)
    {
        return Ok(Value::Integer(result));
    }
    match (left, right) {
        (left, right) if is_number(left) && is_number(right) => {
            Ok(left.as_f64().zip(right.as_f64()).map_or(Value::Null, |(left, right)| real(number(left, right))))
        }
        (left, right) => Err(wrong(name, "numbers", if is_number(left) { right } else { left })),
    }
}

fn plus(left: &Value, right: &Value) -> Result<Value, Error> {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) if left.len() + right.len() > LONGEST => Err(too_long("+")),
        (Value::Text(left), Value::Text(right)) => Ok(Value::text(&format!("{left}{right}"))),
        (date @ (Value::Date(_) | Value::DateTime(_)), days) | (days, date @ (Value::Date(_) | Value::DateTime(_))) => {
            later(date, days, 1.0)
        }
        _ => arithmetic("+", left, right, i64::checked_add, |a, b| a + b),
    }
}

fn minus(left: &Value, right: &Value) -> Result<Value, Error> {
    match (left, right) {
        (Value::Date(left), Value::Date(right)) => Ok(Value::Integer(i64::from(*left) - i64::from(*right))),
        (Value::Date(_) | Value::DateTime(_), Value::Date(_) | Value::DateTime(_)) => {
            let days = left.as_f64().zip(right.as_f64()).map(|(left, right)| left - right);
            Ok(days.map_or(Value::Null, real))
        }
        (Value::Date(_) | Value::DateTime(_), days) => later(left, days, -1.0),
        _ => arithmetic("-", left, right, i64::checked_sub, |a, b| a - b),
    }
}

/// A date and so many days later. Parts of a day make a date one with a time.
fn later(date: &Value, days: &Value, sign: f64) -> Result<Value, Error> {
    if !is_number(days) {
        return Err(wrong("+", "a date and a number of days", days));
    }
    let days = days.as_f64().unwrap_or_default() * sign;
    Ok(match date {
        Value::Date(date) if days.fract() == 0.0 => calendar::date(i64::from(*date).saturating_add(days as i64)),
        date => {
            let micros = (days * calendar::DAY as f64).round() as i64;
            calendar::micros(date).and_then(|time| time.checked_add(micros)).map_or(Value::Null, calendar::date_time)
        }
    })
}
