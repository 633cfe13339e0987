//! Functions of dates.

use jiff::civil::Weekday;

use super::{
    Call, Translator,
    date_parse::postgres_pattern,
    date_parts::{self, Part, difference, name_of, plus, trunc},
    unsupported,
};
use crate::{
    Error, Type, Value,
    sql::{Binary, Dialect, Expression},
};

impl Translator<'_> {
    pub(super) fn date(&mut self, call: Call<'_>) -> Result<Expression, Error> {
        let data_type = call.types.get(1).copied().unwrap_or(Type::DateTime);
        match call.name {
            "NOW" => Ok(Expression::Literal(Value::DateTime(self.resolve.context().now), Type::DateTime)),
            "TODAY" => {
                let day = self.resolve.context().now.div_euclid(86_400_000_000);
                let day = i32::try_from(day).map_or(Value::Null, Value::Date);
                Ok(Expression::Literal(day, Type::Date))
            }
            "DATEADD" => {
                let [word, count, date] = call.take()?;
                Ok(later(part_of(&word)?, count, date))
            }
            "DATEDIFF" => {
                let types = (data_type, call.types.get(2).copied().unwrap_or(Type::DateTime));
                let mut arguments = call.arguments;
                let start = self.week_start(&mut arguments, 3)?;
                let [word, from, to] = Call { name: "DATEDIFF", types: &[], arguments }.take()?;
                self.spend((from.size() + to.size()).saturating_mul(2))?;
                Ok(difference(part_of(&word)?, (from, types.0), (to, types.1), start))
            }
            "DATEPART" | "DATENAME" | "DATETRUNC" => {
                let name = call.name;
                let mut arguments = call.arguments;
                let start = self.week_start(&mut arguments, 2)?;
                let [word, date] = Call { name, types: &[], arguments }.take()?;
                let part = part_of(&word)?;
                self.spend(date.size().saturating_mul(3))?;
                Ok(match name {
                    "DATEPART" => date_parts::part(part, date, start),
                    "DATENAME" => name_of(part, date, start),
                    _ => trunc(part, date, start),
                })
            }
            "DATEPARSE" => self.parse_date(call),
            "ISDATE" => {
                let function = match self.dialect {
                    Dialect::Hyper => "tableau.isdate",
                    Dialect::PostgreSql => return Err(unsupported("ISDATE")),
                };
                Ok(Expression::Call(function, call.arguments))
            }
            "MAKEDATE" => {
                let [year, month, day] = call.take()?;
                Ok(shifted_year(year, month, day))
            }
            "MAKETIME" => {
                let [hour, minute, second] = call.take()?;
                let mut time = Expression::Literal(Value::Date(-25_932), Type::Date).cast(Type::DateTime);
                for (count, span) in [(hour, "1 hour"), (minute, "1 minute"), (second, "1 second")] {
                    time = plus(time, count, span);
                }
                Ok(time)
            }
            "MAKEDATETIME" => {
                let [date, time] = call.take()?;
                let midnight = Expression::call("date_trunc", [Expression::text("day"), self.again(&time)?]);
                let time = Expression::binary(Binary::Minus, time, midnight);
                Ok(Expression::binary(Binary::Plus, date.cast(Type::Date).cast(Type::DateTime), time))
            }
            name => {
                let (word, start) = match name {
                    "ISOWEEKDAY" => ("iso-weekday", Weekday::Monday),
                    "ISOWEEK" => ("iso-week", Weekday::Monday),
                    "ISOQUARTER" => ("iso-quarter", Weekday::Monday),
                    "ISOYEAR" => ("iso-year", Weekday::Monday),
                    word => (word, self.resolve.week_start()),
                };
                let part = Part::of(word).ok_or_else(|| unsupported(name))?;
                let [date] = call.take()?;
                self.spend(date.size())?;
                Ok(date_parts::part(part, date, start))
            }
        }
    }

    /// The day on which weeks begin: what the argument at this place says, or the data source.
    fn week_start(&self, arguments: &mut Vec<Expression>, place: usize) -> Result<Weekday, Error> {
        if arguments.len() <= place {
            return Ok(self.resolve.week_start());
        }
        let word = arguments.pop();
        let day = match &word {
            Some(Expression::Literal(Value::Text(word), _)) => Some(word.to_lowercase()),
            _ => None,
        };
        Ok(match day.as_deref() {
            Some("monday") => Weekday::Monday,
            Some("tuesday") => Weekday::Tuesday,
            Some("wednesday") => Weekday::Wednesday,
            Some("thursday") => Weekday::Thursday,
            Some("friday") => Weekday::Friday,
            Some("saturday") => Weekday::Saturday,
            Some("sunday") => Weekday::Sunday,
            _ => return Err(Error::Invalid("the day on which weeks begin is a constant such as `monday`".to_owned())),
        })
    }

    fn parse_date(&mut self, call: Call<'_>) -> Result<Expression, Error> {
        if self.dialect == Dialect::Hyper {
            return Ok(Expression::Call("tableau.dateparse", call.arguments));
        }
        let [format, text] = call.take()?;
        let Expression::Literal(Value::Text(format), _) = &format else { return Err(unsupported("DATEPARSE")) };
        let pattern = postgres_pattern(format)
            .ok_or_else(|| Error::Unsupported(format!("the date format `{format}` in PostgreSQL")))?;
        Ok(Expression::call("to_timestamp", [text, Expression::text(&pattern)]).cast(Type::DateTime))
    }
}

fn part_of(word: &Expression) -> Result<Part, Error> {
    match word {
        Expression::Literal(Value::Text(word), _) => {
            Part::of(word).ok_or_else(|| Error::Invalid(format!("`{word}` is not a part of a date")))
        }
        _ => Err(Error::Invalid("the part of a date is a constant such as `month`".to_owned())),
    }
}

/// The midnight from which numbers count days.
pub(super) fn day_zero(data_type: Type) -> Expression {
    let day = Expression::Literal(Value::Date(-25_569), Type::Date);
    if data_type == Type::Date { day } else { day.cast(Type::DateTime) }
}

/// How many days lie from the second to the first, both of this type.
pub(super) fn days_between(to: Expression, from: Expression, data_type: Type) -> Expression {
    let between = Expression::binary(Binary::Minus, to, from);
    if data_type == Type::Date {
        return between.cast(Type::Integer);
    }
    let seconds = Expression::Extract("epoch", Box::new(between));
    Expression::binary(Binary::Divide, seconds, Expression::integer(86_400))
}

/// So many days after a date of this type.
pub(super) fn days_later(date: Expression, days: Expression, data_type: Type) -> Expression {
    plus(date.cast(Type::DateTime), days, "1 day").cast(data_type)
}

fn later(part: Part, count: Expression, date: Expression) -> Expression {
    let span = match part {
        Part::Year | Part::IsoYear => "1 year",
        Part::Quarter | Part::IsoQuarter => "3 months",
        Part::Month => "1 month",
        Part::Week | Part::IsoWeek => "7 days",
        Part::Day | Part::DayOfYear | Part::Weekday | Part::IsoWeekday => "1 day",
        Part::Hour => "1 hour",
        Part::Minute => "1 minute",
        Part::Second => "1 second",
    };
    plus(date.cast(Type::DateTime), count, span)
}

/// The first of January, and so many months and days on: the 13th month is the first of the next year.
fn shifted_year(year: Expression, month: Expression, day: Expression) -> Expression {
    let one = || Expression::integer(1);
    let first = Expression::call("make_date", [Expression::Narrow(Box::new(year)), one(), one()]);
    let months = Expression::binary(Binary::Minus, month, one());
    let days = Expression::binary(Binary::Minus, day, one());
    plus(plus(first.cast(Type::DateTime), months, "1 month"), days, "1 day").cast(Type::Date)
}
