//! The calculation language: formulas of calculated fields.

mod formula;
mod lexer;
mod literal;
mod parser;

pub use formula::{BinaryOperator, Kind, Node, Scope, UnaryOperator};
pub(crate) use literal::date as date_literal;
pub use literal::parse_literal;
pub use parser::parse;
