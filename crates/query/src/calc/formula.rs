//! Formulas as trees.

use std::ops::Range;

use crate::Value;

/// A part of a formula, and where it stands there.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// Its bytes in the formula.
    pub at: Range<usize>,
}

/// What a [`Node`] is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A literal: number, text, date, truth, NULL.
    Literal(Value),
    /// A field: `[Sales]`, `[federated.1].[Sales]`. Parameters are those of the data source `Parameters`.
    Field {
        /// The data source, where it is named.
        data_source: Option<String>,
        /// The field's name, without brackets.
        name: String,
    },
    /// An operator with one operand.
    Unary(UnaryOperator, Box<Node>),
    /// An operator between two.
    Binary(BinaryOperator, Box<Node>, Box<Node>),
    /// `IF … THEN … ELSEIF … THEN … ELSE … END`.
    If {
        /// Conditions and results.
        branches: Vec<(Node, Node)>,
        /// The result when none holds.
        otherwise: Option<Box<Node>>,
    },
    /// `CASE … WHEN … THEN … ELSE … END`.
    Case {
        /// What is compared.
        subject: Box<Node>,
        /// Values and results.
        branches: Vec<(Node, Node)>,
        /// The result when none is equal.
        otherwise: Option<Box<Node>>,
    },
    /// `… IN (…)`.
    In {
        /// What is looked for.
        subject: Box<Node>,
        /// The values.
        values: Vec<Node>,
    },
    /// A function by its name in upper case.
    Call {
        /// The name.
        function: String,
        /// The arguments.
        arguments: Vec<Node>,
    },
    /// `{ FIXED [Region] : SUM([Sales]) }`.
    Lod {
        /// FIXED, INCLUDE or EXCLUDE.
        scope: Scope,
        /// The dimensions.
        dimensions: Vec<Node>,
        /// What is summed up.
        aggregate: Box<Node>,
    },
}

/// Which dimensions a level of detail has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those that are written alone.
    Fixed,
    /// Those of the sheet and these.
    Include,
    /// Those of the sheet without these.
    Exclude,
}

/// An operator with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOperator {
    /// NOT.
    Not,
    /// −.
    Minus,
}

/// An operator between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOperator {
    /// AND.
    And,
    /// OR.
    Or,
    /// + (also of texts, and of a date and days).
    Plus,
    /// −.
    Minus,
    /// *.
    Times,
    /// /.
    Divide,
    /// %.
    Modulo,
    /// ^.
    Power,
    /// = or ==.
    Equal,
    /// <> or !=.
    NotEqual,
    /// <.
    Less,
    /// <=.
    LessOrEqual,
    /// >.
    Greater,
    /// >=.
    GreaterOrEqual,
}
