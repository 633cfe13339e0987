//! Parts of dates: taken, cut to, counted.

use jiff::civil::Weekday;

use crate::{
    Type, Value,
    sql::{Binary, Expression},
};

/// A part of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
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
    /// The part of a word, in any case.
    pub(super) fn of(word: &str) -> Option<Self> {
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
}

/// So many spans after a moment.
pub(super) fn plus(moment: Expression, count: Expression, span: &'static str) -> Expression {
    let span = Expression::binary(Binary::Times, count, Expression::Interval(span));
    Expression::binary(Binary::Plus, moment, span)
}

/// How many boundaries of a part lie between two dates.
pub(super) fn difference(part: Part, from: (Expression, Type), to: (Expression, Type), start: Weekday) -> Expression {
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
pub(super) fn part(part: Part, date: Expression, start: Weekday) -> Expression {
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
pub(super) fn trunc(part: Part, date: Expression, start: Weekday) -> Expression {
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
pub(super) fn name_of(part: Part, date: Expression, start: Weekday) -> Expression {
    let pattern = match part {
        Part::Month => "FMMonth",
        Part::Weekday | Part::IsoWeekday => "FMDay",
        _ => return self::part(part, date, start).cast(Type::Text),
    };
    Expression::call("to_char", [date.cast(Type::DateTime), Expression::text(pattern)])
}
