//! Functions of numbers.

use super::{
    operation::wrong,
    operators::{compare, power, real},
};
use crate::{Error, Value};

/// The value of a function of this kind; none where it is no such function.
pub(super) fn call(function: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    let number = |value: &Value| match value {
        Value::Integer(_) | Value::Real(_) => Ok(value.as_f64()),
        Value::Null => Ok(None),
        other => Err(wrong(function, "a number", other)),
    };
    let one =
        |value: &Value, of: fn(f64) -> f64| Ok(Some(number(value)?.map_or(Value::Null, |number| real(of(number)))));
    let two = |a: &Value, b: &Value, of: fn(f64, f64) -> f64| {
        Ok(Some(number(a)?.zip(number(b)?).map_or(Value::Null, |(a, b)| real(of(a, b)))))
    };
    match (function, arguments) {
        ("PI", []) => Ok(Some(Value::Real(std::f64::consts::PI))),
        ("ABS", [Value::Integer(value)]) => Ok(Some(value.checked_abs().map_or(Value::Null, Value::Integer))),
        ("ABS", [value]) => one(value, f64::abs),
        ("ACOS", [value]) => one(value, f64::acos),
        ("ASIN", [value]) => one(value, f64::asin),
        ("ATAN", [value]) => one(value, f64::atan),
        ("ATAN2", [y, x]) => two(y, x, f64::atan2),
        ("COS", [value]) => one(value, f64::cos),
        ("COT", [value]) => one(value, |angle| 1.0 / angle.tan()),
        ("DEGREES", [value]) => one(value, f64::to_degrees),
        ("EXP", [value]) => one(value, f64::exp),
        ("LN", [value]) => one(value, f64::ln),
        ("LOG", [value]) => one(value, f64::log10),
        ("LOG", [value, base]) => two(value, base, |value, base| {
            // The logarithms of 10 and 2 are exact where the result is whole.
            if base == 10.0 {
                value.log10()
            } else if base == 2.0 {
                value.log2()
            } else {
                value.log(base)
            }
        }),
        ("POWER", [base, exponent]) if base.is_null() || exponent.is_null() => Ok(Some(Value::Null)),
        ("POWER", [base, exponent]) => power(base, exponent).map(Some),
        ("RADIANS", [value]) => one(value, f64::to_radians),
        ("SIN", [value]) => one(value, f64::sin),
        ("SQRT", [value]) => one(value, f64::sqrt),
        ("TAN", [value]) => one(value, f64::tan),
        ("SQUARE", [Value::Integer(value)]) => {
            Ok(Some(value.checked_mul(*value).map_or_else(|| real((*value as f64).powi(2)), Value::Integer)))
        }
        ("SQUARE", [value]) => one(value, |number| number * number),
        ("SIGN", [value]) => Ok(Some(
            number(value)?
                .map_or(Value::Null, |number| Value::Integer(if number == 0.0 { 0 } else { number.signum() as i64 })),
        )),
        ("CEILING", [value]) => Ok(Some(number(value)?.map_or(Value::Null, |number| whole(number.ceil())))),
        ("FLOOR", [value]) => Ok(Some(number(value)?.map_or(Value::Null, |number| whole(number.floor())))),
        ("ROUND", [value @ Value::Integer(_)]) => Ok(Some(value.clone())),
        ("ROUND", [value]) => one(value, f64::round),
        ("ROUND", [value, places]) => {
            let rounded = number(value)?.zip(number(places)?).map(|(value, places)| round(value, places));
            Ok(Some(match (value, rounded) {
                (Value::Integer(_), Some(number)) => whole(number),
                (_, Some(number)) => real(number),
                (_, None) => Value::Null,
            }))
        }
        ("DIV", [Value::Integer(a), Value::Integer(b)]) => {
            Ok(Some(a.checked_div(*b).map_or(Value::Null, Value::Integer)))
        }
        ("DIV", [a, b]) => Ok(Some(number(a)?.zip(number(b)?).map_or(Value::Null, |(a, b)| whole((a / b).trunc())))),
        ("HEXBINX", [x, y]) => two(x, y, |x, y| hexbin(x, y).0),
        ("HEXBINY", [x, y]) => two(x, y, |x, y| hexbin(x, y).1),
        ("MIN", [a, b]) => Ok(Some(end(a, b, true)?)),
        ("MAX", [a, b]) => Ok(Some(end(a, b, false)?)),
        _ => Ok(None),
    }
}

/// A whole number; NULL where it has no place among these.
pub(super) fn whole(number: f64) -> Value {
    const BOUND: f64 = 9_223_372_036_854_775_808.0;
    if (-BOUND..BOUND).contains(&number) { Value::Integer(number as i64) } else { Value::Null }
}

/// The lesser or greater of two; NULL where one is NULL.
fn end(a: &Value, b: &Value, least: bool) -> Result<Value, Error> {
    Ok(match compare(a, b)? {
        None => Value::Null,
        Some(order) if order.is_le() == least => a.clone(),
        Some(_) => b.clone(),
    })
}

/// Rounds to so many decimal places, halves away from zero.
pub(super) fn round(number: f64, places: f64) -> f64 {
    let places = places.trunc().clamp(-400.0, 400.0) as i32;
    if places > 300 {
        return number;
    }
    if places < -300 {
        return 0.0;
    }
    let scale = 10_f64.powi(places.abs());
    let scaled = if places >= 0 { number * scale } else { number / scale };
    if !scaled.is_finite() {
        return number;
    }
    // What the multiplication lost tells whether a half is a little less: 2.675 is stored so, and becomes 2.67.
    let lost = if places >= 0 { number.mul_add(scale, -scaled) } else { 0.0 };
    let less = scaled.fract().abs() == 0.5 && lost * scaled.signum() < 0.0;
    let rounded = if less { scaled.trunc() } else { scaled.round() };
    if places >= 0 { rounded / scale } else { rounded * scale }
}

/// The middle of the hexagon a point is in. Hexagons have sides of 1/√3 in x and are 1 apart in rows of √3/2: rows that are even begin
/// at 0, the others half a hexagon on.
fn hexbin(x: f64, y: f64) -> (f64, f64) {
    let height = 3_f64.sqrt();
    let even = (x.round(), (y / height).round() * height);
    let odd = (x.floor() + 0.5, ((y / height).floor() + 0.5) * height);
    let distance = |middle: (f64, f64)| (x - middle.0).powi(2) + (y - middle.1).powi(2);
    if distance(even) <= distance(odd) { even } else { odd }
}
