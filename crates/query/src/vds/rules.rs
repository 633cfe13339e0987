//! What goes together in a question, and what does not.

use std::collections::HashSet;

use tavola_workbook::{DataType, Field};

use super::{
    error::Error,
    parameters,
    question::{Ends, FilterKind, Function, Question},
};
use crate::Value;

/// The rules that need no data source.
pub(super) fn check(question: &Question) -> Result<(), Error> {
    let invalid = |problem: &str| Err(Error::Invalid(problem.to_owned()));
    if question.fields.is_empty() {
        return invalid("a question asks for no field");
    }
    if question.row_limit == Some(0) {
        return invalid("the limit of rows is less than 1");
    }
    let mut priorities = HashSet::new();
    for sort in question.fields.iter().filter_map(|field| field.sort) {
        if sort.priority < 1 {
            return invalid("a priority of sorting is less than 1");
        }
        if !priorities.insert(sort.priority) {
            return Err(Error::Invalid(format!("two fields have the priority of sorting {}", sort.priority)));
        }
    }
    let mut filtered = Vec::new();
    for filter in &question.filters {
        if filtered.contains(&&filter.on) {
            return invalid("two filters are on the same field");
        }
        filtered.push(&filter.on);
    }
    Ok(())
}

pub(super) fn is_number(field: &Field) -> bool {
    matches!(field.data_type, Some(DataType::Integer | DataType::Real))
}

pub(super) fn is_date(field: &Field) -> bool {
    matches!(field.data_type, Some(DataType::Date | DataType::DateTime))
}

/// Whether a function goes with a field. Of a type that is not known, it does.
pub(super) fn check_function(function: Function, field: &Field, summed_up: bool) -> Result<(), Error> {
    let shown = field.shown_name();
    let wrong = |what: &str| Err(Error::Invalid(format!("`{}` does not go with `{shown}`: {what}", function.as_str())));
    match function {
        Function::Agg if !summed_up => wrong("it has no aggregation of its own"),
        Function::Agg | Function::None | Function::Unspecified => Ok(()),
        _ if summed_up => wrong("it is summed up already"),
        _ if field.data_type.is_none() => Ok(()),
        function if function.is_of_dates() && !is_date(field) => wrong("it is no date"),
        function if function.is_of_numbers() && !is_number(field) => wrong("it is no number"),
        Function::Collect if field.data_type != Some(DataType::Spatial) => wrong("it is no shape"),
        _ => Ok(()),
    }
}

/// A filter on a field as it is, with values of the field's type.
pub(super) fn typed_filter(kind: &FilterKind, field: &Field) -> Result<FilterKind, Error> {
    let wrong =
        |what: &str| Err(Error::Invalid(format!("a filter does not go with `{}`: it is {what}", field.shown_name())));
    match kind {
        _ if field.data_type.is_none() => {}
        FilterKind::Match { .. } if field.data_type != Some(DataType::String) => return wrong("no text"),
        FilterKind::RelativeDate { .. } if !is_date(field) => return wrong("no date"),
        FilterKind::Set { values, exclude } => {
            let typed = |value: &Value| match value {
                Value::Null => Some(Value::Null),
                value => parameters::typed(value, field.data_type.as_ref()),
            };
            let Some(values) = values.iter().map(typed).collect() else { return wrong("of another type than a value") };
            return Ok(FilterKind::Set { values, exclude: *exclude });
        }
        FilterKind::Range { ends, include_nulls } => {
            let (Ends::Range(end, _) | Ends::Min(end) | Ends::Max(end)) = ends else { return Ok(kind.clone()) };
            match end {
                Value::Date(_) | Value::DateTime(_) if !is_date(field) => return wrong("no date"),
                Value::Integer(_) | Value::Real(_) if !is_number(field) => return wrong("no number"),
                _ => {}
            }
            if field.data_type == Some(DataType::DateTime) {
                return Ok(FilterKind::Range { ends: whole_days(ends), include_nulls: *include_nulls });
            }
        }
        _ => {}
    }
    Ok(kind.clone())
}

/// The ends of days as those of times: the last day ends just before the next begins.
fn whole_days(ends: &Ends) -> Ends {
    const DAY: i64 = 86_400_000_000;
    let at = |value: &Value, later: i64| match value {
        Value::Date(days) => Value::DateTime(i64::from(*days) * DAY + later),
        value => value.clone(),
    };
    match ends {
        Ends::Range(min, max) => Ends::Range(at(min, 0), at(max, DAY - 1)),
        Ends::Min(min) => Ends::Min(at(min, 0)),
        Ends::Max(max) => Ends::Max(at(max, DAY - 1)),
        other => other.clone(),
    }
}
