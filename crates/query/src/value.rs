//! Values as answers have them.

use std::{cmp::Ordering, sync::Arc};

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Type {
    /// True or false.
    Boolean,
    /// A whole number.
    Integer,
    /// A number.
    Real,
    /// Text.
    Text,
    /// A day.
    Date,
    /// A day and a time, without a zone.
    DateTime,
    /// A shape on the earth.
    Spatial,
}

/// A value of an answer.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// No value.
    #[default]
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number. Never NaN: the engines' is NULL here.
    Real(f64),
    /// Text.
    Text(Arc<str>),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since 1970-01-01 00:00:00.
    DateTime(i64),
    /// A shape as well-known binary, longitude before latitude.
    Spatial(Arc<[u8]>),
}

impl Value {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    /// Whether it is no value.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The number it is; dates are days since 1970-01-01, with a fraction for the time.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Integer(number) => Some(*number as f64),
            Self::Real(number) => Some(*number),
            Self::Date(days) => Some(f64::from(*days)),
            Self::DateTime(micros) => Some(*micros as f64 / 86_400_000_000.0),
            Self::Null | Self::Boolean(_) | Self::Text(_) | Self::Spatial(_) => None,
        }
    }

    /// The order of members: NULL first, then by value; what cannot be compared is equal.
    pub fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Null, Self::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Less,
            (_, Self::Null) => Ordering::Greater,
            (Self::Boolean(a), Self::Boolean(b)) => a.cmp(b),
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Date(a), Self::Date(b)) => a.cmp(b),
            (Self::DateTime(a), Self::DateTime(b)) => a.cmp(b),
            (a, b) => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
        }
    }
}
