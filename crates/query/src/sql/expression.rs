//! Expressions.

use super::Select;
use crate::{Type, Value};

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub enum Expression {
    /// A column of something in FROM.
    Column {
        /// The alias of what it is in; empty where the name alone tells.
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
    /// CASE … WHEN … THEN … ELSE … END: the result of the first value that is equal.
    Switch {
        /// What is compared.
        subject: Box<Expression>,
        /// Values and results.
        branches: Vec<(Expression, Expression)>,
        /// The result when none is equal.
        otherwise: Option<Box<Expression>>,
    },
    /// CAST.
    Cast(Box<Expression>, Type),
    /// CAST that gives NULL where it fails, which Hyper alone has.
    TryCast(Box<Expression>, Type),
    /// A whole number as one of 32 bits, which some functions need.
    Narrow(Box<Expression>),
    /// A span of time: `1 month`.
    Interval(&'static str),
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
    /// Division as numbers; by zero it is NULL.
    Divide,
    /// The rest of a division of whole numbers; by zero it is NULL.
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

impl Expression {
    /// An operator with one operand.
    pub fn unary(operator: Unary, operand: Self) -> Self {
        Self::Unary(operator, Box::new(operand))
    }

    /// A value as another type.
    pub fn cast(self, data_type: Type) -> Self {
        Self::Cast(Box::new(self), data_type)
    }

    /// The value when a condition holds, and otherwise another, or NULL.
    pub fn when(condition: Self, value: Self, otherwise: Option<Self>) -> Self {
        Self::Case { branches: vec![(condition, value)], otherwise: otherwise.map(Box::new) }
    }

    /// A function by its name in the dialect.
    pub fn call(function: &'static str, arguments: impl IntoIterator<Item = Self>) -> Self {
        Self::Call(function, arguments.into_iter().collect())
    }

    /// A whole number.
    pub fn integer(number: i64) -> Self {
        Self::Literal(Value::Integer(number), Type::Integer)
    }

    /// A number.
    pub fn real(number: f64) -> Self {
        Self::Literal(Value::Real(number), Type::Real)
    }

    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Literal(Value::text(text), Type::Text)
    }

    /// True or false.
    pub fn truth(truth: bool) -> Self {
        Self::Literal(Value::Boolean(truth), Type::Boolean)
    }

    /// NULL of a type.
    pub fn null(data_type: Type) -> Self {
        Self::Literal(Value::Null, data_type)
    }

    /// How many parts it has, itself among them; a statement in it counts as one.
    pub fn size(&self) -> usize {
        let all = |parts: &[Self]| parts.iter().map(Self::size).sum::<usize>();
        let pairs = |parts: &[(Self, Self)]| parts.iter().map(|(a, b)| a.size() + b.size()).sum::<usize>();
        let one = |part: &Option<Box<Self>>| part.as_ref().map_or(0, |part| part.size());
        1 + match self {
            Self::Column { .. } | Self::Literal(..) | Self::Interval(_) | Self::Scalar(_) => 0,
            Self::Unary(_, operand)
            | Self::Extract(_, operand)
            | Self::Cast(operand, _)
            | Self::TryCast(operand, _)
            | Self::Narrow(operand) => operand.size(),
            Self::Binary(_, left, right) => left.size() + right.size(),
            Self::Call(_, parts) | Self::Aggregate(_, parts) | Self::InSelect(parts, _) => all(parts),
            Self::Over { of, partition, order } => {
                of.size() + all(partition) + order.iter().map(|term| term.by.size()).sum::<usize>()
            }
            Self::Case { branches, otherwise } => pairs(branches) + one(otherwise),
            Self::Switch { subject, branches, otherwise } => subject.size() + pairs(branches) + one(otherwise),
            Self::In(operand, values) => operand.size() + all(values),
        }
    }
}
