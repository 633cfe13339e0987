//! Filters of a question as those of a sheet.

use tavola_workbook::{FilterKind as Kind, Members};

use super::{
    error::Error,
    names::{Names, bracketed, literal},
    question::{Comparison, Ends, FilterKind, Function, Period, Periods, Target},
};
use crate::Value;

/// What a filter lets through, as a sheet has it. `level` is the column instance of what it looks at, and `formula` that as a formula.
pub(super) fn kind(names: &Names<'_>, kind: &FilterKind, level: &str, formula: &str) -> Result<Kind, Error> {
    let all = || Members::All { level: level.to_owned() };
    let condition = |expression| Kind::Members(Members::Condition { expression, of: Box::new(all()) });
    Ok(match kind {
        FilterKind::Set { values, .. } if values.is_empty() => {
            return Err(Error::Invalid("a filter of a set has no values".to_owned()));
        }
        FilterKind::Set { values, exclude } => {
            let one = |value| Members::One { level: level.to_owned(), member: literal(value) };
            let named = Members::Union(values.iter().map(one).collect());
            Kind::Members(if *exclude { Members::Except(vec![all(), named]) } else { named })
        }
        FilterKind::Match { starts_with, ends_with, contains, exclude } => {
            let parts = [("STARTSWITH", starts_with), ("ENDSWITH", ends_with), ("CONTAINS", contains)];
            let test = |(function, part): (&str, &Option<String>)| {
                let part = literal(&Value::text(&part.as_ref()?.to_lowercase()));
                Some(format!("{function}(LOWER({formula}), {part})"))
            };
            let tests: Vec<_> = parts.into_iter().filter_map(test).collect();
            if tests.is_empty() {
                return Err(Error::Invalid("a filter that matches says neither begin, end nor content".to_owned()));
            }
            let matches = format!("IFNULL({}, FALSE)", tests.join(" AND "));
            condition(if *exclude { format!("NOT {matches}") } else { matches })
        }
        FilterKind::Range { ends, include_nulls } => range(ends, *include_nulls)?,
        FilterKind::RelativeDate { period, periods, anchor, include_nulls } => {
            let (first, last) = match *periods {
                Periods::Current | Periods::ToDate => (0, 0),
                Periods::Last => (-1, -1),
                Periods::LastN(count) => (-count_of(count)?, -1),
                Periods::Next => (1, 1),
                Periods::NextN(count) => (1, count_of(count)?),
            };
            Kind::RelativeDate {
                period: word(*period).to_owned(),
                first,
                last,
                anchor: anchor.map(|day| literal(&Value::Date(day))),
                include_null: *include_nulls,
                include_future: *periods != Periods::ToDate,
            }
        }
        FilterKind::Top { count: 0, .. } => {
            return Err(Error::Invalid("a filter of the top asks for no members".to_owned()));
        }
        FilterKind::Top { count, bottom, by } => {
            let order =
                Members::Order { expression: self::formula(names, by)?, descending: !bottom, of: Box::new(all()) };
            let (count, units) = (count.to_string(), "records".to_owned());
            Kind::Members(Members::End { count, units, top: true, of: Box::new(order) })
        }
        FilterKind::Comparison { of, comparison, value } => {
            condition(format!("{} {} {}", self::formula(names, of)?, Comparison::sign(*comparison), literal(value)))
        }
        FilterKind::Condition(formula) => condition(names.formula("a filter's condition", formula)?),
    })
}

/// What a filter looks at, as a formula.
pub(super) fn formula(names: &Names<'_>, target: &Target) -> Result<String, Error> {
    let field = |caption: &str| Ok::<_, Error>(bracketed(&names.field(caption)?.name));
    match target {
        Target::Field(caption) => field(caption),
        Target::Calculation(formula) => Ok(format!("({})", names.formula("a filter", formula)?)),
        Target::Function(caption, function) => {
            let field = field(caption)?;
            Ok(match function {
                Function::Agg | Function::None | Function::Unspecified => field,
                function if function.is_of_dates() => {
                    let word = function.as_str().to_lowercase();
                    match word.strip_prefix("trunc_") {
                        Some(part) => format!("DATETRUNC('{part}', {field})"),
                        None => format!("DATEPART('{word}', {field})"),
                    }
                }
                function => format!("{}({field})", function.as_str()),
            })
        }
    }
}

fn count_of(count: u32) -> Result<i64, Error> {
    if count == 0 {
        return Err(Error::Invalid("a filter of dates asks for no periods".to_owned()));
    }
    Ok(i64::from(count))
}

fn range(ends: &Ends, include_nulls: bool) -> Result<Kind, Error> {
    let (min, max) = match ends {
        Ends::Range(min, max) if min.order(max).is_gt() => {
            return Err(Error::Invalid("a range ends before it begins".to_owned()));
        }
        Ends::Range(min, max) => (Some(min), Some(max)),
        Ends::Min(min) => (Some(min), None),
        Ends::Max(max) => (None, Some(max)),
        Ends::OnlyNull | Ends::OnlyNonNull => (None, None),
    };
    let included = match ends {
        Ends::OnlyNull => "null",
        Ends::OnlyNonNull => "non-null",
        _ if include_nulls => "in-range-or-null",
        _ => "in-range",
    };
    Ok(Kind::Range { min: min.map(literal), max: max.map(literal), included: included.to_owned() })
}

fn word(period: Period) -> &'static str {
    match period {
        Period::Minutes => "minute",
        Period::Hours => "hour",
        Period::Days => "day",
        Period::Weeks => "week",
        Period::Months => "month",
        Period::Quarters => "quarter",
        Period::Years => "year",
    }
}
