//! Who asks, when, and with which values.

use std::collections::HashMap;

use crate::Value;

/// Who asks, when, and what they set.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Who asks: USERNAME(), ISMEMBEROF() and their like.
    pub user: User,
    /// The time of asking, without a zone, in microseconds since 1970-01-01: NOW() and TODAY().
    pub now: i64,
    /// Values of parameters, by name without brackets, instead of those in the file.
    pub parameters: HashMap<String, Value>,
    /// Further filters, by the shown name of a field: the values that are let through, as texts people wrote (`vf_Region=East,West`).
    pub filters: Vec<(String, Vec<String>)>,
    /// The most rows an answer may have; 0 is any number.
    pub row_limit: usize,
}

/// Who asks.
#[derive(Debug, Clone, Default)]
pub struct User {
    /// The name they sign in with.
    pub name: String,
    /// The name people see.
    pub full_name: String,
    /// The domain; `local` where there is none.
    pub domain: String,
    /// The names of their groups.
    pub groups: Vec<String>,
}
