//! Formulas over values: what table calculations and other steps after the answer compute here and not in SQL.
//!
//! An [`Evaluator`] knows who asks and when, and walks a formula; what fields, aggregates and levels of detail are is told by
//! [`Fields`]. Types and NULL go by the language's rules: an operation on NULL is NULL, NULL is no condition, a division by zero and
//! a conversion that fails are NULL, and an argument of a wrong type is an error.

mod calendar;
mod conversions;
mod date_format;
mod dates;
mod numbers;
mod operation;
mod operators;
mod patterns;
mod texts;
mod users;

use std::cell::RefCell;

pub use operation::Operation;

use crate::{
    Context, Error, Value,
    calc::{BinaryOperator, Kind, Node},
};
use patterns::Patterns;

/// The longest text a formula makes, in bytes.
const LONGEST: usize = 1 << 24;

/// A text that becomes too long.
fn too_long(function: &str) -> Error {
    Error::TooLarge(format!("a text of `{function}` becomes too long"))
}

/// What a formula names.
pub trait Fields {
    /// The value of a field, by the data source where that is named, and its name without brackets.
    ///
    /// # Errors
    /// [`Error::Missing`] where there is no such field.
    fn field(&self, data_source: Option<&str>, name: &str) -> Result<Value, Error>;

    /// The value of an aggregate, a table calculation or a level of detail, where there is one; none leaves it to the evaluator,
    /// which knows scalar functions alone.
    ///
    /// # Errors
    /// Whatever keeps it from having a value.
    fn part(&self, node: &Node) -> Result<Option<Value>, Error> {
        let _ = node;
        Ok(None)
    }
}

/// Computes formulas for one asker at one time.
#[derive(Debug)]
pub struct Evaluator<'a> {
    context: &'a Context,
    week_start: u8,
    patterns: RefCell<Patterns>,
}

impl<'a> Evaluator<'a> {
    /// One for weeks that begin on Sunday.
    pub fn new(context: &'a Context) -> Self {
        Self::with_week_start(context, 0)
    }

    /// One for weeks that begin on another day: 0 is Sunday, 6 is Saturday.
    pub fn with_week_start(context: &'a Context, day: u8) -> Self {
        Self { context, week_start: day % 7, patterns: RefCell::default() }
    }

    /// The value of a formula.
    ///
    /// # Errors
    /// [`Error::Invalid`] for arguments of wrong types or number, [`Error::Unsupported`] for functions that have no value here, and
    /// what `fields` says.
    pub fn evaluate(&self, node: &Node, fields: &dyn Fields) -> Result<Value, Error> {
        match &node.kind {
            Kind::Literal(value) => return Ok(value.clone()),
            Kind::Field { data_source, name } => return fields.field(data_source.as_deref(), name),
            _ => {}
        }
        if let Some(value) = fields.part(node)? {
            return Ok(value);
        }
        let Some((operation, operands)) = Operation::of(node) else {
            return Err(Error::Unsupported("a level of detail within this calculation".to_owned()));
        };
        operation.apply(self, &mut |place| self.evaluate(operands[place], fields))
    }
}

/// The value of an operator between two values.
pub(crate) fn operate(operator: BinaryOperator, left: &Value, right: &Value) -> Result<Value, Error> {
    operators::binary(operator, left, right)
}

/// How STR writes a value; none for NULL and shapes.
pub(crate) fn text(value: &Value) -> Option<String> {
    conversions::text(value)
}

/// A number with at most so many decimal places, halves away from zero.
pub(crate) fn rounded(number: f64, places: u32) -> Value {
    operators::real(numbers::round(number, f64::from(places)))
}
