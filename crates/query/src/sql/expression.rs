//! Expressions.

use crate::{Type, Value, sql::Select};

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A column of something in FROM.
    Column {
        /// The alias of what it is in.
        from: String,
        /// Its name.
        name: String,
    },
    /// A literal of a type, which NULL needs.
    Literal(Value, Type),
    /// An operator before or after one operand.
    Unary(Unary, Box<Expression>),
    /// An operator between two.
    Binary(Binary, Box<Expression>, Box<Expression>),
    /// A function by its name in the dialect.
    Call(&'static str, Vec<Expression>),
    /// `EXTRACT(part FROM …)`.
    Extract(&'static str, Box<Expression>),
    /// An aggregate.
    Aggregate(Aggregate, Vec<Expression>),
    /// An aggregate or a function over a window.
    Over {
        /// What is computed.
        of: Box<Expression>,
        /// PARTITION BY.
        partition: Vec<Expression>,
        /// ORDER BY.
        order: Vec<super::OrderBy>,
    },
    /// CASE WHEN … THEN … ELSE … END.
    Case {
        /// Conditions and results.
        branches: Vec<(Expression, Expression)>,
        /// The result when none holds.
        otherwise: Option<Box<Expression>>,
    },
    /// CAST.
    Cast(Box<Expression>, Type),
    /// IN a list; an empty list holds nothing.
    In(Box<Expression>, Vec<Expression>),
    /// A subquery of one value.
    Scalar(Box<Select>),
    /// IN a subquery of as many columns.
    InSelect(Vec<Expression>, Box<Select>),
}

/// An operator with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    /// NOT.
    Not,
    /// −.
    Minus,
    /// IS NULL.
    IsNull,
    /// IS NOT NULL.
    IsNotNull,
}

/// An operator between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    /// AND.
    And,
    /// OR.
    Or,
    /// +.
    Plus,
    /// −.
    Minus,
    /// ×.
    Times,
    /// Division as numbers.
    Divide,
    /// The rest of a division.
    Modulo,
    /// =.
    Equal,
    /// ≠.
    NotEqual,
    /// <.
    Less,
    /// ≤.
    LessOrEqual,
    /// >.
    Greater,
    /// ≥.
    GreaterOrEqual,
    /// Texts one after the other.
    Concat,
    /// IS NOT DISTINCT FROM: equal, or both NULL.
    Same,
}

/// An aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// COUNT(*).
    CountRows,
    /// COUNT.
    Count,
    /// COUNT(DISTINCT …).
    CountDistinct,
    /// SUM.
    Sum,
    /// AVG.
    Avg,
    /// MIN.
    Min,
    /// MAX.
    Max,
    /// The median.
    Median,
    /// A percentile, continuous: the second argument is a literal between 0 and 1.
    Percentile,
    /// The standard deviation of a sample.
    StDev,
    /// The standard deviation of a population.
    StDevP,
    /// The variance of a sample.
    Var,
    /// The variance of a population.
    VarP,
    /// The correlation of two.
    Corr,
    /// The covariance of a sample.
    Covar,
    /// The covariance of a population.
    CovarP,
    /// All shapes as one.
    Collect,
}

impl Expression {
    /// A column of something in FROM.
    pub fn column(from: &str, name: &str) -> Self {
        Self::Column { from: from.to_owned(), name: name.to_owned() }
    }

    /// An operator between two.
    pub fn binary(operator: Binary, left: Self, right: Self) -> Self {
        Self::Binary(operator, Box::new(left), Box::new(right))
    }

    /// Those that hold all; none where there is nothing to hold.
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Option<Self> {
        conditions.into_iter().reduce(|left, right| Self::binary(Binary::And, left, right))
    }
}
