//! SQL as values, and the one place where names and literals become text.

mod dialect;
mod expression;
mod select;
mod write;

pub use dialect::Dialect;
pub use expression::{Aggregate, Binary, Expression, Unary};
pub use select::{From, Join, JoinKind, OrderBy, Select};
