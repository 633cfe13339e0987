//! Values of parameters.

use std::collections::HashMap;

use tavola_workbook::{DataType, Domain, Parameter};

use super::{error::Error, names::Names};
use crate::{
    Value,
    calc::{date_literal, parse_literal},
};

/// The values by the parameters' own names.
pub(super) fn values(names: &Names<'_>, given: &[(String, Value)]) -> Result<HashMap<String, Value>, Error> {
    let mut values = HashMap::new();
    for (shown, value) in given {
        let parameter = names.parameter(shown)?;
        let invalid = |what: &str| Error::Invalid(format!("the value of the parameter `{shown}` {what}"));
        let value = typed(value, parameter.data_type.as_ref()).ok_or_else(|| invalid("is of another type"))?;
        if !takes(parameter, &value) {
            return Err(invalid("is none it takes"));
        }
        if values.insert(parameter.name.clone(), value).is_some() {
            return Err(Error::Invalid(format!("the parameter `{shown}` has two values")));
        }
    }
    Ok(values)
}

/// The value as one of a type. Dates come as texts.
pub(super) fn typed(value: &Value, data_type: Option<&DataType>) -> Option<Value> {
    Some(match (data_type, value) {
        (None | Some(DataType::Other(_)), value) => value.clone(),
        (Some(DataType::Boolean), Value::Boolean(_))
        | (Some(DataType::Integer), Value::Integer(_))
        | (Some(DataType::Real), Value::Real(_))
        | (Some(DataType::String), Value::Text(_))
        | (Some(DataType::Date), Value::Date(_))
        | (Some(DataType::DateTime), Value::DateTime(_)) => value.clone(),
        (Some(DataType::Real), Value::Integer(number)) => Value::Real(*number as f64),
        (Some(DataType::Date | DataType::DateTime), Value::Text(text)) => {
            return typed(&date_literal(text)?, data_type);
        }
        (Some(DataType::DateTime), Value::Date(days)) => Value::DateTime(i64::from(*days) * 86_400_000_000),
        _ => return None,
    })
}

fn takes(parameter: &Parameter, value: &Value) -> bool {
    let order = |literal: &String| parse_literal(literal).ok().map(|other| value.order(&other));
    match &parameter.domain {
        Domain::Any => true,
        Domain::List(members) => members.iter().any(|member| order(&member.value).is_some_and(|order| order.is_eq())),
        Domain::Range { min, max, .. } => {
            let above = min.as_ref().and_then(order).is_none_or(|order| order.is_ge());
            let below = max.as_ref().and_then(order).is_none_or(|order| order.is_le());
            above && below
        }
    }
}
