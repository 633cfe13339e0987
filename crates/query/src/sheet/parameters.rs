//! Parameters: their values now.

use std::collections::HashMap;

use tavola_workbook::Workbook;

use crate::{Context, Error, Type, Value, calc::parse_literal, relation::type_of};

/// The values of a workbook's parameters.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    values: HashMap<String, Value>,
}

impl Parameters {
    /// Those of the file, and instead of these what the context says by name or by the name people see.
    ///
    /// # Errors
    /// [`Error::Invalid`] where a value from outside is not of the parameter's type.
    pub(super) fn new(workbook: &Workbook, context: &Context) -> Result<Self, Error> {
        let mut values = HashMap::new();
        for parameter in &workbook.parameters {
            let data_type = parameter.data_type.as_ref().and_then(type_of);
            let set =
                context.parameters.get(&parameter.name).or_else(|| context.parameters.get(parameter.shown_name()));
            let filter = context.filters.iter().rev().find(|(name, _)| {
                name.eq_ignore_ascii_case(parameter.shown_name())
                    || name
                        .strip_prefix("Parameters.")
                        .is_some_and(|name| name.eq_ignore_ascii_case(parameter.shown_name()))
            });
            let value = match (set, filter.and_then(|(_, values)| values.first())) {
                (Some(value), _) => Some(value.clone()),
                (None, Some(text)) => Some(of_text(text, data_type).ok_or_else(|| {
                    Error::Invalid(format!("`{text}` is no value of the parameter `{}`", parameter.shown_name()))
                })?),
                (None, None) => parameter.value.as_deref().map(|text| of_literal(text, data_type)),
            };
            values.insert(parameter.name.clone(), value.unwrap_or_default());
        }
        Ok(Self { values })
    }

    /// The value of a parameter by its name without brackets.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }
}

/// A literal of a file as a value of a type. What is none is a text.
pub(super) fn of_literal(text: &str, data_type: Option<Type>) -> Value {
    let value = match parse_literal(text) {
        Ok(value) => value,
        Err(_) => Value::text(text),
    };
    match data_type {
        Some(data_type) => fit(value.clone(), data_type).unwrap_or(value),
        None => value,
    }
}

/// A text that somebody wrote as a value of a type.
pub(super) fn of_text(text: &str, data_type: Option<Type>) -> Option<Value> {
    match data_type {
        None | Some(Type::Text) => Some(Value::text(text)),
        Some(Type::Boolean) => match text.to_ascii_lowercase().as_str() {
            "true" | "1" => Some(Value::Boolean(true)),
            "false" | "0" => Some(Value::Boolean(false)),
            _ => None,
        },
        Some(Type::Integer | Type::Real) => {
            let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite())?;
            fit(text.trim().parse().map_or(Value::Real(number), Value::Integer), data_type?)
        }
        Some(Type::Date | Type::DateTime) => {
            fit(parse_literal(&format!("#{}#", text.replace('#', ""))).ok()?, data_type?)
        }
        Some(Type::Spatial) => None,
    }
}

/// A value as one of a type, where it is one.
pub(super) fn fit(value: Value, data_type: Type) -> Option<Value> {
    const DAY: i64 = 86_400_000_000;
    Some(match (data_type, value) {
        (_, Value::Null) => Value::Null,
        (Type::Real, Value::Integer(number)) => Value::Real(number as f64),
        (Type::Integer, Value::Real(number)) if number.fract() == 0.0 && number.abs() < 9e15 => {
            Value::Integer(number as i64)
        }
        (Type::Date, Value::DateTime(micros)) => Value::Date(i32::try_from(micros.div_euclid(DAY)).ok()?),
        (Type::DateTime, Value::Date(days)) => Value::DateTime(i64::from(days) * DAY),
        (Type::Date | Type::DateTime, Value::Text(text)) => {
            return match parse_literal(&format!("#{}#", text.replace('#', ""))) {
                Ok(value @ (Value::Date(_) | Value::DateTime(_))) => fit(value, data_type),
                _ => None,
            };
        }
        (Type::Boolean, value @ Value::Boolean(_))
        | (Type::Integer, value @ Value::Integer(_))
        | (Type::Real, value @ Value::Real(_))
        | (Type::Text, value @ Value::Text(_))
        | (Type::Date, value @ Value::Date(_))
        | (Type::DateTime, value @ Value::DateTime(_)) => value,
        (Type::Boolean, Value::Integer(number)) => Value::Boolean(number != 0),
        (Type::Text, Value::Integer(number)) => Value::text(&number.to_string()),
        _ => return None,
    })
}
