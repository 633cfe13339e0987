//! Functions of texts. Places in texts count from 1. In extracts, texts are compared as their collation says.

use super::{Call, Translator, unsupported};
use crate::{
    Error, Type,
    sql::{Binary, Dialect, Expression},
};

impl Translator<'_> {
    pub(super) fn text(&mut self, call: Call<'_>) -> Result<Expression, Error> {
        let hyper = self.dialect == Dialect::Hyper;
        Ok(match call.name {
            "LOWER" => Expression::Call("lower", call.arguments),
            "UPPER" => Expression::Call("upper", call.arguments),
            "PROPER" => Expression::Call("initcap", call.arguments),
            "TRIM" => Expression::Call("btrim", call.arguments),
            "LTRIM" => Expression::Call("ltrim", call.arguments),
            "RTRIM" => Expression::Call("rtrim", call.arguments),
            "REPLACE" => Expression::Call("replace", call.arguments),
            "LEN" => Expression::Call("length", call.arguments).cast(Type::Integer),
            "ASCII" => {
                let code = Expression::Call("ascii", call.arguments);
                Expression::call("nullif", [code, Expression::integer(0)]).cast(Type::Integer)
            }
            "CHAR" => {
                let [code] = call.take()?;
                let code = self.between(code, 1, 0x0010_ffff)?;
                Expression::call("chr", [Expression::Narrow(Box::new(code))]).cast(Type::Text)
            }
            "SPACE" => {
                let [count] = call.take()?;
                // What a text may be long at most.
                let count = self.between(count, 0, 1_000_000)?;
                Expression::call("repeat", [Expression::text(" "), Expression::Narrow(Box::new(count))])
            }
            "CONTAINS" => {
                let place = Expression::Call("strpos", call.arguments);
                Expression::binary(Binary::Greater, place, Expression::integer(0))
            }
            "STARTSWITH" => {
                let [text, start] = call.take()?;
                let function = if hyper { "tableau.startswith" } else { "starts_with" };
                Expression::call(function, [Expression::call("ltrim", [text]), start])
            }
            "ENDSWITH" => {
                let [text, end] = call.take()?;
                let text = Expression::call("rtrim", [text]);
                if hyper {
                    Expression::call("tableau.endswith", [text, end])
                } else {
                    let length = Expression::call("length", [self.again(&end)?]);
                    Expression::binary(Binary::Equal, Expression::call("right", [text, length]), end)
                }
            }
            "LEFT" | "RIGHT" => {
                let function = if call.name == "LEFT" { "left" } else { "right" };
                let [text, count] = call.take()?;
                let count = Expression::Narrow(Box::new(self.between(count, 0, i64::from(i32::MAX))?));
                Expression::call(function, [text, count])
            }
            "MID" => self.middle(call)?,
            "FIND" => self.find(call)?,
            "FINDNTH" if hyper => Expression::Call("tableau.findnth", call.arguments).cast(Type::Integer),
            "SPLIT" => {
                let [text, mark, place] = call.take()?;
                let place = Expression::call("nullif", [place, Expression::integer(0)]);
                Expression::call("split_part", [text, mark, Expression::Narrow(Box::new(place))])
            }
            "REGEXP_MATCH" => {
                Expression::Call(if hyper { "tableau.regexp_match" } else { "textregexeq" }, call.arguments)
            }
            "REGEXP_EXTRACT" => {
                Expression::Call(if hyper { "tableau.regexp_extract" } else { "substring" }, call.arguments)
            }
            "REGEXP_EXTRACT_NTH" if hyper => Expression::Call("tableau.regexp_extract_nth", call.arguments),
            "REGEXP_EXTRACT_NTH" => {
                let [text, pattern, group] = call.take()?;
                let (one, flags) = (Expression::integer(1), Expression::text(""));
                let group = Expression::Narrow(Box::new(group));
                Expression::call("regexp_substr", [text, pattern, one.clone(), one, flags, group])
            }
            "REGEXP_REPLACE" => {
                let [text, pattern, by] = call.take()?;
                let function = if hyper { "tableau.regexp_replace" } else { "regexp_replace" };
                Expression::call(function, [text, pattern, by, Expression::text("g")])
            }
            name => return Err(unsupported(name)),
        })
    }

    /// A number where it is in a range, and else NULL.
    fn between(&mut self, number: Expression, least: i64, most: i64) -> Result<Expression, Error> {
        if let Expression::Literal(crate::Value::Integer(known), _) = &number
            && (least..=most).contains(known)
        {
            return Ok(number);
        }
        let above = Expression::binary(Binary::GreaterOrEqual, self.again(&number)?, Expression::integer(least));
        let below = Expression::binary(Binary::LessOrEqual, self.again(&number)?, Expression::integer(most));
        Ok(Expression::when(Expression::binary(Binary::And, above, below), number, None))
    }

    fn middle(&mut self, call: Call<'_>) -> Result<Expression, Error> {
        let mut arguments = call.arguments.into_iter();
        let (Some(text), Some(start)) = (arguments.next(), arguments.next()) else { return Err(unsupported("MID")) };
        let length = arguments.next().map(|length| self.between(length, 0, i64::from(i32::MAX))).transpose()?;
        let narrow = |number| Expression::Narrow(Box::new(number));
        Ok(Expression::call("substr", [Some(text), Some(narrow(start)), length.map(narrow)].into_iter().flatten()))
    }

    /// The place of a text in another, from a place on; 0 where it is not there.
    fn find(&mut self, call: Call<'_>) -> Result<Expression, Error> {
        let mut arguments = call.arguments.into_iter();
        let (Some(text), Some(part)) = (arguments.next(), arguments.next()) else { return Err(unsupported("FIND")) };
        let Some(start) = arguments.next() else {
            return Ok(Expression::call("strpos", [text, part]).cast(Type::Integer));
        };
        let start = Expression::call("greatest", [start, Expression::integer(1)]);
        if self.dialect == Dialect::Hyper {
            return Ok(Expression::call("tableau.find", [text, part, start]).cast(Type::Integer));
        }
        let rest = Expression::call("substr", [text, Expression::Narrow(Box::new(self.again(&start)?))]);
        let place = Expression::call("strpos", [rest, part]);
        let found = Expression::call("nullif", [place, Expression::integer(0)]);
        let before = Expression::binary(Binary::Minus, start, Expression::integer(1));
        let place = Expression::binary(Binary::Plus, found, before);
        Ok(Expression::call("coalesce", [place, Expression::integer(0)]).cast(Type::Integer))
    }
}
