//! Values as other types. A text that is none of the type is NULL.

use super::{Call, Translator, date, unsupported};
use crate::{
    Error, Type, Value,
    sql::{Dialect, Expression},
};

/// What PostgreSQL reads as a number.
const NUMBER: &str = r"^\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?\s*$";
/// What PostgreSQL reads as a date, perhaps with a time.
const MOMENT: &str = r"^\s*\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?\s*$";

impl Translator<'_> {
    pub(super) fn conversion(&mut self, call: Call<'_>) -> Result<Expression, Error> {
        let (name, from) = (call.name, call.types.first().copied().unwrap_or(Type::Text));
        let [value] = call.take()?;
        // A literal of no type is converted before any condition is looked at.
        let literal = self.dialect == Dialect::PostgreSql && matches!(value, Expression::Literal(..));
        let value = if literal { value.cast(from) } else { value };
        if matches!(&value, Expression::Literal(Value::Null, _)) {
            let to = match name {
                "INT" => Type::Integer,
                "FLOAT" => Type::Real,
                "DATE" => Type::Date,
                "DATETIME" => Type::DateTime,
                _ => Type::Text,
            };
            return Ok(Expression::null(to));
        }
        Ok(match (name, from) {
            ("STR", Type::Text) | ("INT", Type::Integer) | ("FLOAT", Type::Real) => value,
            ("DATE", Type::Date) | ("DATETIME", Type::DateTime) => value,
            ("STR", Type::Spatial) => return Err(unsupported("STR")),
            // A decimal number would keep zeros at its end.
            ("STR", Type::Real) => value.cast(Type::Real).cast(Type::Text),
            ("STR", _) => value.cast(Type::Text),
            ("INT", Type::Real) => whole(value),
            ("INT", Type::Text) => whole(self.number_of_text(value)?),
            ("INT" | "FLOAT", Type::Boolean) => {
                let number = Expression::Narrow(Box::new(value));
                number.cast(if name == "INT" { Type::Integer } else { Type::Real })
            }
            ("FLOAT", Type::Integer) => value.cast(Type::Real),
            ("FLOAT", Type::Text) => self.number_of_text(value)?,
            ("INT", Type::Date | Type::DateTime) => {
                let days = date::days_between(value, date::day_zero(from), from);
                if from == Type::Date { days } else { Expression::call("floor", [days]).cast(Type::Integer) }
            }
            ("FLOAT", Type::Date | Type::DateTime) => {
                date::days_between(value, date::day_zero(from), from).cast(Type::Real)
            }
            ("DATE", Type::DateTime) => value.cast(Type::Date),
            ("DATETIME", Type::Date) => value.cast(Type::DateTime),
            ("DATE" | "DATETIME", Type::Text) => self.date_of_text(value, name)?,
            ("DATE" | "DATETIME", Type::Integer | Type::Real) => {
                let moment = date::days_later(date::day_zero(Type::DateTime), value, Type::DateTime);
                if name == "DATE" { moment.cast(Type::Date) } else { moment }
            }
            _ => return Err(Error::Invalid(format!("`{name}` cannot take a value of this type"))),
        })
    }

    fn number_of_text(&mut self, text: Expression) -> Result<Expression, Error> {
        if self.dialect == Dialect::Hyper {
            return Ok(Expression::TryCast(Box::new(text), Type::Real));
        }
        let possible = Expression::call("textregexeq", [self.again(&text)?, Expression::text(NUMBER)]);
        Ok(Expression::when(possible, text.cast(Type::Real), None))
    }

    fn date_of_text(&mut self, text: Expression, name: &str) -> Result<Expression, Error> {
        let day = name == "DATE";
        if self.dialect == Dialect::Hyper {
            return Ok(Expression::call(if day { "tableau.date" } else { "tableau.datetime" }, [text]));
        }
        let possible = Expression::call("textregexeq", [self.again(&text)?, Expression::text(MOMENT)]);
        let moment = Expression::when(possible, text.cast(Type::DateTime), None);
        Ok(if day { moment.cast(Type::Date) } else { moment })
    }
}

/// A number without what follows the point.
fn whole(number: Expression) -> Expression {
    Expression::call("trunc", [number]).cast(Type::Integer)
}
