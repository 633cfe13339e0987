//! The calculation language: formulas of calculated fields.
//!
//! [`parse`] makes a tree of a text, [`check`] finds types and levels with what [`Fields`] tells, [`to_sql`] translates with
//! what [`Resolve`] tells.

mod check;
mod formula;
mod function;
mod lexer;
mod literal;
mod parser;
mod to_sql;
mod typed;

pub use check::check;
pub use formula::{BinaryOperator, Kind, Node, Scope, UnaryOperator};
pub use function::{Category, Function, Stage, functions, stage};
pub(crate) use literal::date as date_literal;
pub use literal::parse_literal;
pub use parser::parse;
pub use to_sql::{Resolve, to_sql};
pub use typed::{Fields, Known, Level, Term, Typed};
