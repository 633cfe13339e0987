//! The members of discrete fields, numbered in the order in which they are shown.

use std::collections::HashMap;

use tavola_query::{Answer, Column, Value};
use tavola_workbook::FieldRef;

/// A value as a key of a map: numbers are equal whatever their type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Null,
    Boolean(bool),
    Integer(i64),
    Real(u64),
    Text(std::sync::Arc<str>),
    Date(i32),
    DateTime(i64),
    Spatial(std::sync::Arc<[u8]>),
}

impl Key {
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Boolean(truth) => Self::Boolean(*truth),
            Value::Integer(number) => Self::Integer(*number),
            Value::Real(number) if number.fract() == 0.0 && number.abs() < 9e15 => Self::Integer(*number as i64),
            Value::Real(number) => Self::Real(number.to_bits()),
            Value::Text(text) => Self::Text(text.clone()),
            Value::Date(days) => Self::Date(*days),
            Value::DateTime(micros) => Self::DateTime(*micros),
            Value::Spatial(bytes) => Self::Spatial(bytes.clone()),
        }
    }
}

/// The members of one field.
#[derive(Debug, Clone, Default)]
pub(crate) struct Domain {
    /// In the order in which they are shown.
    pub values: Vec<Value>,
    places: HashMap<Key, usize>,
}

impl Domain {
    fn push(&mut self, value: &Value) {
        if let std::collections::hash_map::Entry::Vacant(free) = self.places.entry(Key::of(value)) {
            free.insert(self.values.len());
            self.values.push(value.clone());
        }
    }

    /// The place of a value.
    pub(crate) fn place(&self, value: &Value) -> Option<usize> {
        self.places.get(&Key::of(value)).copied()
    }
}

/// The members of all discrete fields of an answer.
#[derive(Debug, Default)]
pub(crate) struct Members {
    domains: HashMap<FieldRef, Domain>,
}

impl Members {
    /// Those of an answer: in its orders, and what these leave out after them, by value.
    pub(crate) fn of(answer: &Answer) -> Self {
        let mut domains: HashMap<FieldRef, Domain> = HashMap::new();
        let columns: Vec<&Column> = answer.layers.iter().flat_map(|layer| &layer.table.columns).collect();
        for column in columns.iter().filter(|column| !column.continuous) {
            let domain = domains.entry(column.field.clone()).or_default();
            if domain.values.is_empty() {
                let seen = columns.iter().filter(|other| other.field == column.field).flat_map(|other| &other.values);
                let seen: std::collections::HashSet<Key> = seen.map(Key::of).collect();
                let order = answer.orders.get(&column.field).into_iter().flatten();
                order.filter(|value| seen.contains(&Key::of(value))).for_each(|value| domain.push(value));
            }
            let mut rest: Vec<&Value> = column.values.iter().filter(|value| domain.place(value).is_none()).collect();
            rest.sort_by(|a, b| a.order(b));
            rest.into_iter().for_each(|value| domain.push(value));
        }
        Self { domains }
    }

    /// The members of a field; none where the answer has no such discrete column.
    pub(crate) fn domain(&self, field: &FieldRef) -> Option<&Domain> {
        self.domains.get(field)
    }
}
