//! Values out of Arrow.

use std::sync::Arc;

use tavola_engine::{
    array::{
        Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, Float32Array,
        Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, LargeBinaryArray, LargeStringArray, StringArray,
        TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
        UInt32Array,
    },
    schema::{DataType, TimeUnit},
};
use tavola_query::{Type, Value};

/// The type of a column of a table in the engine, by the engine's word for it; none for one that answers do not know.
pub(crate) fn type_of_word(word: &str) -> Option<Type> {
    let name = word.split('(').next().unwrap_or_default().trim();
    Some(match name {
        "boolean" => Type::Boolean,
        "smallint" | "integer" | "bigint" | "oid" => Type::Integer,
        "real" | "double precision" | "numeric" => Type::Real,
        "text" | "character varying" | "character" | "varchar" | "char" | "json" => Type::Text,
        "date" => Type::Date,
        _ if word.starts_with("timestamp") => Type::DateTime,
        "geography" | "tabgeography" => Type::Spatial,
        _ => return None,
    })
}

/// Adds a column's values to those that came before. What answers do not know becomes NULL.
pub(crate) fn extend(values: &mut Vec<Value>, column: &ArrayRef) {
    macro_rules! each {
        ($array:ty, $value:expr) => {
            if let Some(array) = column.as_any().downcast_ref::<$array>() {
                values.extend(array.iter().map(|value| value.map_or(Value::Null, $value)));
                return;
            }
        };
    }
    match column.data_type() {
        DataType::Boolean => each!(BooleanArray, Value::Boolean),
        DataType::Int8 => each!(Int8Array, |value| Value::Integer(value.into())),
        DataType::Int16 => each!(Int16Array, |value| Value::Integer(value.into())),
        DataType::Int32 => each!(Int32Array, |value| Value::Integer(value.into())),
        DataType::UInt32 => each!(UInt32Array, |value| Value::Integer(value.into())),
        DataType::Int64 => each!(Int64Array, Value::Integer),
        DataType::Float32 => each!(Float32Array, |value| real(value.into())),
        DataType::Float64 => each!(Float64Array, real),
        DataType::Decimal128(_, scale) => {
            let divisor = 10f64.powi(i32::from(*scale));
            each!(Decimal128Array, |value| real(value as f64 / divisor));
        }
        DataType::Utf8 => each!(StringArray, Value::text),
        DataType::LargeUtf8 => each!(LargeStringArray, Value::text),
        DataType::Binary => each!(BinaryArray, |value| Value::Spatial(Arc::from(value))),
        DataType::LargeBinary => each!(LargeBinaryArray, |value| Value::Spatial(Arc::from(value))),
        DataType::Date32 => each!(Date32Array, Value::Date),
        // The engine's own days are milliseconds.
        DataType::Date64 => each!(Date64Array, |value| Value::Date(value.div_euclid(86_400_000) as i32)),
        DataType::Timestamp(unit, _) => match unit {
            TimeUnit::Second => each!(TimestampSecondArray, |value| Value::DateTime(value.saturating_mul(1_000_000))),
            TimeUnit::Millisecond => {
                each!(TimestampMillisecondArray, |value| Value::DateTime(value.saturating_mul(1000)))
            }
            TimeUnit::Microsecond => each!(TimestampMicrosecondArray, Value::DateTime),
            TimeUnit::Nanosecond => each!(TimestampNanosecondArray, |value| Value::DateTime(value / 1000)),
        },
        _ => {}
    }
    values.extend(std::iter::repeat_n(Value::Null, column.len()));
}

fn real(value: f64) -> Value {
    if value.is_nan() { Value::Null } else { Value::Real(value) }
}
