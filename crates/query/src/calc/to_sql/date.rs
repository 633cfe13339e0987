//! Functions of dates.

use jiff::civil::Weekday;

use super::{Call, Translator, unsupported};
use crate::{
    Error, Type, Value,
    sql::{Binary, Dialect, Expression},
};

/// A part of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::calc) enum Part {
    Year,
    Quarter,
    Month,
    DayOfYear,
    Day,
    Weekday,
    Week,
    Hour,
    Minute,
    Second,
    IsoYear,
    IsoQuarter,
    IsoWeek,
    IsoWeekday,
}

impl Part {
    /// The part of a word, as formulas and, in capitals, derivations have it.
    pub(in crate::calc) fn of(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "year" => Self::Year,
            "quarter" => Self::Quarter,
            "month" => Self::Month,
            "dayofyear" => Self::DayOfYear,
            "day" => Self::Day,
            "weekday" => Self::Weekday,
            "week" => Self::Week,
            "hour" => Self::Hour,
            "minute" => Self::Minute,
            "second" => Self::Second,
            "iso-year" => Self::IsoYear,
            "iso-quarter" => Self::IsoQuarter,
            "iso-week" => Self::IsoWeek,
            "iso-weekday" => Self::IsoWeekday,
            _ => return None,
        })
    }

    /// Whether it is less than a day.
    pub(in crate::calc) fn is_of_time(self) -> bool {
        matches!(self, Self::Hour | Self::Minute | Self::Second)
    }
}

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
                    "DATEPART" => self::part(part, date, start),
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
                Ok(self::part(part, date, start))
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

/// A pattern of ICU in the words of PostgreSQL's.
fn postgres_pattern(format: &str) -> Option<String> {
    let mut pattern = String::new();
    let mut rest = format;
    while let Some(first) = rest.chars().next() {
        let run = rest.chars().take_while(|next| *next == first).count();
        let length = run * first.len_utf8();
        let word = match (first, run) {
            ('y', 2) => "YY",
            ('y', 1 | 4) => "YYYY",
            ('M' | 'L', 1) => "FMMM",
            ('M' | 'L', 2) => "MM",
            ('M' | 'L', 3) => "Mon",
            ('M' | 'L', 4) => "FMMonth",
            ('d', 1) => "FMDD",
            ('d', 2) => "DD",
            ('D', _) => "DDD",
            ('E', 1..=3) => "Dy",
            ('E', 4) => "FMDay",
            ('H', 1) => "FMHH24",
            ('H', 2) => "HH24",
            ('h', 1) => "FMHH12",
            ('h', 2) => "HH12",
            ('m', 1) => "FMMI",
            ('m', 2) => "MI",
            ('s', 1) => "FMSS",
            ('s', 2) => "SS",
            ('S', 3) => "MS",
            ('S', 6) => "US",
            ('a', _) => "AM",
            ('\'', _) => {
                let (quoted, after) = rest[1..].split_once('\'')?;
                pattern.push_str(&format!("\"{}\"", quoted.replace('"', "")));
                rest = after;
                continue;
            }
            (letter, _) if letter.is_alphabetic() => return None,
            _ => &rest[..length],
        };
        pattern.push_str(word);
        rest = &rest[length..];
    }
    Some(pattern)
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

fn plus(moment: Expression, count: Expression, span: &'static str) -> Expression {
    let span = Expression::binary(Binary::Times, count, Expression::Interval(span));
    Expression::binary(Binary::Plus, moment, span)
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

/// How many boundaries of a part lie between two dates.
fn difference(part: Part, from: (Expression, Type), to: (Expression, Type), start: Weekday) -> Expression {
    let minus = |to, from| Expression::binary(Binary::Minus, to, from);
    match part {
        Part::Year | Part::IsoYear => minus(self::part(part, to.0, start), self::part(part, from.0, start)),
        Part::Quarter | Part::Month | Part::IsoQuarter => {
            let count = |date: Expression| {
                let (year, of_year) = match part {
                    Part::IsoQuarter => (Part::IsoYear, 4),
                    Part::Quarter => (Part::Year, 4),
                    _ => (Part::Year, 12),
                };
                let years = self::part(year, date.clone(), start);
                let years = Expression::binary(Binary::Times, years, Expression::integer(of_year));
                Expression::binary(Binary::Plus, years, self::part(part, date, start))
            };
            minus(count(to.0), count(from.0))
        }
        Part::Week | Part::IsoWeek => {
            let start = if part == Part::IsoWeek { Weekday::Monday } else { start };
            minus(week_since(to.0, start), week_since(from.0, start))
        }
        Part::Day | Part::DayOfYear | Part::Weekday | Part::IsoWeekday => {
            minus(to.0.cast(Type::Date), from.0.cast(Type::Date)).cast(Type::Integer)
        }
        Part::Hour | Part::Minute | Part::Second => {
            let seconds = match part {
                Part::Hour => 3_600,
                Part::Minute => 60,
                _ => 1,
            };
            let between = minus(trunc(part, to.0, start), trunc(part, from.0, start));
            let between = Expression::Extract("epoch", Box::new(between));
            Expression::binary(Binary::Divide, between, Expression::integer(seconds)).cast(Type::Integer)
        }
    }
}

/// How many weeks began since the year 1, whose first day was a Monday.
fn week_since(date: Expression, start: Weekday) -> Expression {
    let first = Expression::Literal(Value::Date(-719_162), Type::Date);
    let days = Expression::binary(Binary::Minus, date.cast(Type::Date), first);
    let before = (8 - i64::from(start.to_sunday_zero_offset())).rem_euclid(7);
    let days = Expression::binary(Binary::Plus, days, Expression::integer(before));
    Expression::call("div", [days, Expression::integer(7)]).cast(Type::Integer)
}

/// A part of a date as a whole number. Weeks of a year are cut at its first day; the first weekday is 1.
pub(in crate::calc) fn part(part: Part, date: Expression, start: Weekday) -> Expression {
    let extract = |word, date: Expression| Expression::Extract(word, Box::new(date)).cast(Type::Integer);
    let number = Expression::integer;
    let word = match part {
        Part::Year => "year",
        Part::Quarter => "quarter",
        Part::Month => "month",
        Part::DayOfYear => "doy",
        Part::Day => "day",
        Part::Hour => "hour",
        Part::Minute => "minute",
        Part::IsoYear => "isoyear",
        Part::IsoWeek => "week",
        Part::IsoWeekday => "isodow",
        Part::Second => {
            let seconds = Expression::Extract("second", Box::new(date));
            return Expression::call("floor", [seconds]).cast(Type::Integer);
        }
        Part::Weekday => {
            let day = weekday_since(date, start);
            return Expression::binary(Binary::Plus, day, number(1));
        }
        Part::Week => {
            let day = extract("doy", date.clone());
            let day = Expression::binary(Binary::Minus, day, weekday_since(date, start));
            let day = Expression::binary(Binary::Plus, day, number(12));
            return Expression::call("div", [day, number(7)]).cast(Type::Integer);
        }
        // Of 13 weeks each; the 53rd week is in the fourth.
        Part::IsoQuarter => {
            let week = Expression::binary(Binary::Plus, extract("week", date), number(12));
            let quarter = Expression::call("div", [week, number(13)]).cast(Type::Integer);
            return Expression::call("least", [quarter, number(4)]);
        }
    };
    extract(word, date)
}

/// How many days of its week lie before a date.
fn weekday_since(date: Expression, start: Weekday) -> Expression {
    let day = Expression::Extract("dow", Box::new(date)).cast(Type::Integer);
    let before = (7 - i64::from(start.to_sunday_zero_offset())).rem_euclid(7);
    let day = Expression::binary(Binary::Plus, day, Expression::integer(before));
    Expression::binary(Binary::Modulo, day, Expression::integer(7))
}

/// The begin of the part a date is in, as a date and time.
pub(in crate::calc) fn trunc(part: Part, date: Expression, start: Weekday) -> Expression {
    let cut = |word: &str, moment| Expression::call("date_trunc", [Expression::text(word), moment]);
    let moment = date.cast(Type::DateTime);
    let shift = |moment, days: i64| plus(moment, Expression::integer(days), "1 day");
    match part {
        Part::Year => cut("year", moment),
        Part::Quarter => cut("quarter", moment),
        Part::Month => cut("month", moment),
        Part::Hour => cut("hour", moment),
        Part::Minute => cut("minute", moment),
        Part::Second => cut("second", moment),
        Part::Day | Part::DayOfYear | Part::Weekday | Part::IsoWeekday => cut("day", moment),
        Part::IsoWeek => cut("week", moment),
        Part::Week => {
            let days = (8 - i64::from(start.to_sunday_zero_offset())).rem_euclid(7);
            if days == 0 { cut("week", moment) } else { shift(cut("week", shift(moment, days)), -days) }
        }
        // The week of 4 January is the first.
        Part::IsoYear => iso_year(moment),
        Part::IsoQuarter => {
            let quarter = self::part(Part::IsoQuarter, moment.clone(), start);
            let quarters = Expression::binary(Binary::Minus, quarter, Expression::integer(1));
            plus(iso_year(moment), quarters, "91 days")
        }
    }
}

fn iso_year(moment: Expression) -> Expression {
    let year = Expression::Narrow(Box::new(Expression::Extract("isoyear", Box::new(moment))));
    let fourth = Expression::call("make_date", [year, Expression::integer(1), Expression::integer(4)]);
    Expression::call("date_trunc", [Expression::text("week"), fourth.cast(Type::DateTime)])
}

/// A part as people call it: months and weekdays have names.
fn name_of(part: Part, date: Expression, start: Weekday) -> Expression {
    let pattern = match part {
        Part::Month => "FMMonth",
        Part::Weekday | Part::IsoWeekday => "FMDay",
        _ => return self::part(part, date, start).cast(Type::Text),
    };
    Expression::call("to_char", [date.cast(Type::DateTime), Expression::text(pattern)])
}
