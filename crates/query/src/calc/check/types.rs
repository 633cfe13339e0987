//! Which types values have, and which they become by themselves.

use super::super::{
    lexer::wrong,
    typed::{Term, Typed},
};
use crate::{Error, Type, Value};

/// The type of a literal; NULL is of every type, and a text where nothing else is asked for.
pub(super) fn type_of(value: &Value) -> Type {
    match value {
        Value::Boolean(_) => Type::Boolean,
        Value::Integer(_) => Type::Integer,
        Value::Real(_) => Type::Real,
        Value::Null | Value::Text(_) => Type::Text,
        Value::Date(_) => Type::Date,
        Value::DateTime(_) => Type::DateTime,
        Value::Spatial(_) => Type::Spatial,
    }
}

/// What people call a type.
pub(super) fn word(data_type: Type) -> &'static str {
    match data_type {
        Type::Boolean => "boolean",
        Type::Integer => "integer",
        Type::Real => "real",
        Type::Text => "text",
        Type::Date => "date",
        Type::DateTime => "datetime",
        Type::Spatial => "spatial",
    }
}

/// The value as a type it becomes by itself; none where it does not.
pub(super) fn convert(value: Typed, data_type: Type) -> Option<Typed> {
    if value.data_type == data_type {
        return Some(value);
    }
    if value.is_null() {
        return Some(Typed { data_type, ..value });
    }
    match (value.data_type, data_type) {
        (Type::Integer, Type::Real) | (Type::Date, Type::DateTime) => {
            let (level, at) = (value.level, value.at.clone());
            Some(Typed { term: Term::Convert(Box::new(value)), data_type, level, at })
        }
        _ => None,
    }
}

/// The value as what a letter of [`Function::takes`] asks for.
pub(super) fn fit(value: Typed, letter: char) -> Option<Typed> {
    let null = value.is_null();
    match letter {
        'b' => convert(value, Type::Boolean),
        'i' => convert(value, Type::Integer),
        'r' => convert(value, Type::Real),
        't' | 'w' => convert(value, Type::Text),
        'm' => convert(value, Type::DateTime),
        'p' => convert(value, Type::Spatial),
        'n' if null => convert(value, Type::Real),
        'n' => matches!(value.data_type, Type::Integer | Type::Real).then_some(value),
        'd' if null => convert(value, Type::DateTime),
        'd' => matches!(value.data_type, Type::Date | Type::DateTime).then_some(value),
        _ => Some(value),
    }
}

/// What a letter asks for, as people call it.
pub(super) fn letter_word(letter: char) -> &'static str {
    match letter {
        'b' => "boolean",
        'i' => "integer",
        'r' | 'n' => "number",
        't' | 'w' => "text",
        'd' | 'm' => "date",
        'p' => "spatial",
        _ => "any",
    }
}

/// Values as one type, which is that of the first unless another holds it too.
pub(super) fn unify(values: Vec<Typed>) -> Result<(Vec<Typed>, Type), Error> {
    let mut common: Option<Type> = None;
    for value in values.iter().filter(|value| !value.is_null()) {
        let data_type = value.data_type;
        common = Some(match common {
            None => data_type,
            Some(common) if common == data_type => common,
            Some(Type::Integer | Type::Real) if matches!(data_type, Type::Integer | Type::Real) => Type::Real,
            Some(Type::Date | Type::DateTime) if matches!(data_type, Type::Date | Type::DateTime) => Type::DateTime,
            Some(common) => {
                let problem = format!("a value of type {} is expected, and this is {}", word(common), word(data_type));
                return Err(wrong(value.at.start, problem));
            }
        });
    }
    let common = common.unwrap_or(Type::Text);
    Ok((values.into_iter().filter_map(|value| convert(value, common)).collect(), common))
}
