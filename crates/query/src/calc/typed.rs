//! Formulas whose types and levels are known.

use std::ops::Range;

use super::{BinaryOperator, Scope, UnaryOperator, function::Function};
use crate::{Error, Type, Value};

/// Of what there is one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The question: literals, parameters, the user, the time.
    Constant,
    /// A row of the data.
    Row,
    /// A mark: what is summed up.
    Aggregate,
    /// A mark, and it depends on other marks.
    TableCalc,
}

/// What is known of a field that a formula names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known {
    /// The type of its values.
    pub data_type: Type,
    /// Its level: that of its formula where it is calculated; [`Level::Constant`] for parameters.
    pub level: Level,
    /// Whether it is a set, and thus says which rows are in it.
    pub set: bool,
}

/// The fields that formulas may name.
pub trait Fields {
    /// What is known of a field. Parameters are fields of the data source `Parameters`.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] where there is none, or what is wrong with the field's own formula.
    fn field(&self, data_source: Option<&str>, name: &str) -> Result<Known, Error>;
}

/// A part of a formula with its type and level.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    /// What it is.
    pub term: Term,
    /// The type of its values.
    pub data_type: Type,
    /// Of what there is one value.
    pub level: Level,
    /// Its bytes in the formula.
    pub at: Range<usize>,
}

/// What a [`Typed`] is. Operands and arguments have the types that are needed: where one is another, a [`Term::Convert`]
/// stands before it.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// A literal.
    Literal(Value),
    /// A field.
    Field {
        /// The data source, where it is named.
        data_source: Option<String>,
        /// The field's name, without brackets.
        name: String,
    },
    /// An operator with one operand.
    Unary(UnaryOperator, Box<Typed>),
    /// An operator between two. Of a comparison both have one type; of [`BinaryOperator::Plus`] and
    /// [`BinaryOperator::Minus`] the left one may be a date and the right one a number of days, or both dates.
    Binary(BinaryOperator, Box<Typed>, Box<Typed>),
    /// Conditions and results, and the result when none holds.
    If {
        /// Conditions and results.
        branches: Vec<(Typed, Typed)>,
        /// The result when none holds; NULL if it is not there.
        otherwise: Option<Box<Typed>>,
    },
    /// The result of the first value that is equal; IIF is one of TRUE and FALSE.
    Case {
        /// What is compared.
        subject: Box<Typed>,
        /// Values and results.
        branches: Vec<(Typed, Typed)>,
        /// The result when none is equal; NULL if it is not there.
        otherwise: Option<Box<Typed>>,
    },
    /// IN a list.
    In {
        /// What is looked for.
        subject: Box<Typed>,
        /// The values.
        values: Vec<Typed>,
    },
    /// A function.
    Call {
        /// Which.
        function: &'static Function,
        /// The arguments.
        arguments: Vec<Typed>,
    },
    /// A level of detail.
    Lod {
        /// FIXED, INCLUDE or EXCLUDE.
        scope: Scope,
        /// The dimensions.
        dimensions: Vec<Typed>,
        /// What is summed up.
        aggregate: Box<Typed>,
    },
    /// The value as this type: a whole number as one with a fraction, or a day as its midnight.
    Convert(Box<Typed>),
}

impl Typed {
    /// Whether it is the literal NULL, which is of every type.
    pub(super) fn is_null(&self) -> bool {
        matches!(self.term, Term::Literal(Value::Null))
    }
}
