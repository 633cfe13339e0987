//! Column instances: what a sheet makes of a field before it is shown.

use jiff::civil::Weekday;

use super::to_sql::{Part, attribute, exact, least, part, trunc};
use crate::{
    Error, Type,
    sql::{Aggregate, Dialect, Expression},
};

/// What a derivation makes of a field, and its type.
///
/// Of the words of files, `Year`, `Month`, `Weekday` and their like give parts of dates as whole numbers; `Year-Trunc` and its
/// like begins of parts, of the type the field has unless the part is less than a day; `MY` and `MDY` begins of months and days;
/// `Sum`, `Avg`, `Attribute` and their like aggregates. `None` and `User` change nothing.
///
/// # Errors
///
/// [`Error::Unsupported`] for a word that is not known, [`Error::Invalid`] where the type does not fit.
pub fn derive(
    derivation: &str,
    expression: Expression,
    data_type: Type,
    dialect: Dialect,
    week_start: Weekday,
) -> Result<(Expression, Type), Error> {
    let number = matches!(data_type, Type::Integer | Type::Real);
    let aggregate = match derivation {
        "" | "None" | "User" => return Ok((expression, data_type)),
        "Attribute" => return Ok((attribute(expression, data_type, dialect), data_type)),
        "Min" => return Ok((least(Aggregate::Min, expression, data_type, dialect), data_type)),
        "Max" => return Ok((least(Aggregate::Max, expression, data_type, dialect), data_type)),
        "Count" => return Ok((Expression::Aggregate(Aggregate::Count, vec![expression]), Type::Integer)),
        "CountD" => return Ok((Expression::Aggregate(Aggregate::CountDistinct, vec![expression]), Type::Integer)),
        "Collect" if dialect == Dialect::Hyper => {
            return Ok((Expression::Aggregate(Aggregate::Collect, vec![expression]), Type::Spatial));
        }
        "Sum" if number => return Ok((Expression::Aggregate(Aggregate::Sum, vec![expression]), data_type)),
        "Avg" => Some(Aggregate::Avg),
        "Median" => Some(Aggregate::Median),
        "Stdev" => Some(Aggregate::StDev),
        "StdevP" => Some(Aggregate::StDevP),
        "Var" => Some(Aggregate::Var),
        "VarP" => Some(Aggregate::VarP),
        _ => None,
    };
    let misfit = || Error::Invalid(format!("`{derivation}` cannot be taken of a field of this type"));
    if let Some(aggregate) = aggregate {
        if !number {
            return Err(misfit());
        }
        return Ok((Expression::Aggregate(aggregate, vec![exact(aggregate, expression)]), Type::Real));
    }
    let (word, cut) = match derivation {
        "MY" => ("Month", true),
        "MDY" => ("Day", true),
        _ => match derivation.strip_suffix("-Trunc") {
            Some(word) => (word, true),
            None => (derivation, false),
        },
    };
    let of = Part::of(word).ok_or_else(|| Error::Unsupported(format!("the derivation `{derivation}`")))?;
    if !matches!(data_type, Type::Date | Type::DateTime) {
        return Err(misfit());
    }
    if !cut {
        return Ok((part(of, expression, week_start), Type::Integer));
    }
    let data_type = if of.is_of_time() { Type::DateTime } else { data_type };
    Ok((trunc(of, expression, week_start).cast(data_type), data_type))
}
