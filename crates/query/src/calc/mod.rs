//! The calculation language: formulas of calculated fields.

mod formula;

pub use formula::{BinaryOperator, Kind, Node, Scope, UnaryOperator};
