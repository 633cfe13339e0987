//! Functions of numbers. What has no result, such as the root of −1, is NULL and no error.

use super::{Call, Translator, is_null, unsupported};
use crate::{
    Error, Type,
    sql::{Binary, Dialect, Expression, Unary},
};

impl Translator<'_> {
    pub(super) fn number(&mut self, call: Call<'_>) -> Result<Expression, Error> {
        let integer = call.types.first() == Some(&Type::Integer);
        let hyper = self.dialect == Dialect::Hyper;
        Ok(match call.name {
            "ABS" => Expression::Call("abs", call.arguments),
            "ATAN" => Expression::Call("atan", call.arguments),
            "ATAN2" => Expression::Call("atan2", call.arguments),
            "COS" => Expression::Call("cos", call.arguments),
            "SIN" => Expression::Call("sin", call.arguments),
            "TAN" => Expression::Call("tan", call.arguments),
            "DEGREES" => Expression::Call("degrees", call.arguments),
            "RADIANS" => Expression::Call("radians", call.arguments),
            "PI" => Expression::Call("pi", call.arguments),
            "EXP" if hyper => Expression::Call("exp", call.arguments),
            "ACOS" if hyper => Expression::Call("try_acos", call.arguments),
            "ASIN" if hyper => Expression::Call("try_asin", call.arguments),
            "COT" if hyper => Expression::Call("try_cot", call.arguments),
            "LN" if hyper => Expression::Call("try_ln", call.arguments),
            "SQRT" if hyper => Expression::Call("try_sqrt", call.arguments),
            "CEILING" | "FLOOR" | "ROUND" if integer && call.arguments.len() == 1 => {
                let [number] = call.take()?;
                number
            }
            "CEILING" => Expression::Call("ceil", call.arguments).cast(Type::Integer),
            "FLOOR" => Expression::Call("floor", call.arguments).cast(Type::Integer),
            "SIGN" => Expression::Call("sign", call.arguments).cast(Type::Integer),
            "ROUND" => self.round(call.arguments, integer),
            "DIV" => {
                let [number, by] = call.take()?;
                let by = Expression::call("nullif", [by, Expression::integer(0)]);
                Expression::call("div", [number, by]).cast(Type::Integer)
            }
            "ACOS" | "ASIN" => {
                let function = if call.name == "ACOS" { "acos" } else { "asin" };
                let [number] = call.take()?;
                let size = Expression::call("abs", [self.again(&number)?]);
                let possible = Expression::binary(Binary::LessOrEqual, size, Expression::integer(1));
                Expression::when(possible, Expression::call(function, [number]), None)
            }
            "COT" => {
                let [number] = call.take()?;
                let possible = Expression::binary(Binary::NotEqual, self.again(&number)?, Expression::integer(0));
                Expression::when(possible, Expression::call("cot", [number]), None)
            }
            "EXP" => {
                let [number] = call.take()?;
                let possible = Expression::binary(Binary::Less, self.again(&number)?, Expression::real(709.0));
                Expression::when(possible, Expression::call("exp", [number]), None)
            }
            "LN" => {
                let [number] = call.take()?;
                Expression::call("ln", [self.positive(number)?])
            }
            "SQRT" => {
                let [number] = call.take()?;
                let possible = Expression::binary(Binary::GreaterOrEqual, self.again(&number)?, Expression::integer(0));
                Expression::call("sqrt", [Expression::when(possible, number, None)])
            }
            "LOG" => self.logarithm(call)?,
            "POWER" => {
                let [number, exponent] = call.take()?;
                self.power(number, exponent)?
            }
            "SQUARE" => {
                let [number] = call.take()?;
                let left = if integer { super::as_wide(self.again(&number)?) } else { self.again(&number)? };
                Expression::binary(Binary::Times, left, number)
            }
            "ZN" => {
                let [number] = call.take()?;
                Expression::call("coalesce", [number, Expression::integer(0)])
            }
            // The greater of a value and NULL is NULL, and not the value as in SQL.
            "MAX" | "MIN" => {
                let function = if call.name == "MAX" { "greatest" } else { "least" };
                let data_type = call.types.first().copied().unwrap_or(Type::Text);
                let [a, b] = call.take()?;
                let missing = Expression::binary(Binary::Or, is_null(self.again(&a)?), is_null(self.again(&b)?));
                Expression::when(missing, Expression::null(data_type), Some(Expression::call(function, [a, b])))
            }
            name => return Err(unsupported(name)),
        })
    }

    /// Halves go away from zero. PostgreSQL rounds those of binary numbers to even ones, so it is asked for decimal ones.
    fn round(&mut self, arguments: Vec<Expression>, integer: bool) -> Expression {
        let mut arguments = arguments.into_iter();
        let number = arguments.next().map(|number| if integer { number.cast(Type::Real) } else { number });
        let digits = arguments.next().map(|digits| Expression::Narrow(Box::new(digits)));
        let rounded = match self.dialect {
            Dialect::Hyper => Expression::call("tableau.round", number.into_iter().chain(digits)),
            Dialect::PostgreSql => {
                let number = number.map(|number| Expression::call("\"numeric\"", [number]));
                Expression::call("round", number.into_iter().chain(digits)).cast(Type::Real)
            }
        };
        if integer { rounded.cast(Type::Integer) } else { rounded }
    }

    /// A number where it is greater than 0.
    fn positive(&mut self, number: Expression) -> Result<Expression, Error> {
        let possible = Expression::binary(Binary::Greater, self.again(&number)?, Expression::integer(0));
        Ok(Expression::when(possible, number, None))
    }

    /// To the base 10, unless there is another.
    fn logarithm(&mut self, call: Call<'_>) -> Result<Expression, Error> {
        let mut arguments = call.arguments.into_iter();
        let number = arguments.next().ok_or_else(|| unsupported("LOG"))?;
        let base = arguments.next().unwrap_or(Expression::real(10.0));
        if self.dialect == Dialect::Hyper {
            return Ok(Expression::call("try_log", [base, number]));
        }
        let number = Expression::call("ln", [self.positive(number)?]);
        let base = Expression::call("ln", [self.positive(base)?]);
        Ok(Expression::binary(Binary::Divide, number, base))
    }

    pub(super) fn power(&mut self, number: Expression, exponent: Expression) -> Result<Expression, Error> {
        if self.dialect == Dialect::Hyper {
            return Ok(Expression::call("try_power", [number, exponent]));
        }
        let compare = |operator, left, right| Expression::binary(operator, left, right);
        let zero = || Expression::integer(0);
        let inverse = compare(
            Binary::And,
            compare(Binary::Equal, self.again(&number)?, zero()),
            compare(Binary::Less, self.again(&exponent)?, zero()),
        );
        let whole = Expression::call("floor", [self.again(&exponent)?]);
        let complex = compare(
            Binary::And,
            compare(Binary::Less, self.again(&number)?, zero()),
            compare(Binary::NotEqual, self.again(&exponent)?, whole),
        );
        let impossible = compare(Binary::Or, inverse, complex);
        let power = Expression::call("power", [number, exponent]);
        Ok(Expression::when(Expression::unary(Unary::Not, impossible), power, None))
    }
}
