//! Expressions.

use super::{Dialect, Select, dialect::identifier};
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

    /// Writes it in a dialect. It stands for itself wherever it is put.
    pub fn write(&self, dialect: Dialect, out: &mut String) {
        match self {
            Self::Column { from, name } => {
                if !from.is_empty() {
                    identifier(from, out);
                    out.push('.');
                }
                identifier(name, out);
            }
            Self::Literal(value, data_type) => dialect.literal(value, *data_type, out),
            Self::Unary(operator, operand) => {
                let (before, after) = match operator {
                    Unary::Not => ("(not ", ")"),
                    Unary::Minus => ("(- ", ")"),
                    Unary::IsNull => ("(", " is null)"),
                    Unary::IsNotNull => ("(", " is not null)"),
                };
                out.push_str(before);
                operand.write(dialect, out);
                out.push_str(after);
            }
            Self::Binary(operator, left, right) => write_binary(*operator, left, right, dialect, out),
            Self::Call(function, arguments) => {
                out.push_str(function);
                write_list(arguments, dialect, out);
            }
            Self::Extract(part, from) => {
                out.push_str(&format!("extract({part} from "));
                from.write(dialect, out);
                out.push(')');
            }
            Self::Aggregate(aggregate, arguments) => aggregate.write(arguments, dialect, out),
            Self::Over { of, partition, order } => write_over(of, partition, order, dialect, out),
            Self::Case { branches, otherwise } => write_case(None, branches, otherwise.as_deref(), dialect, out),
            Self::Switch { subject, branches, otherwise } => {
                write_case(Some(subject), branches, otherwise.as_deref(), dialect, out);
            }
            Self::Cast(operand, data_type) => write_cast("cast", operand, dialect.type_name(*data_type), dialect, out),
            Self::TryCast(operand, data_type) => {
                write_cast("try_cast", operand, dialect.type_name(*data_type), dialect, out);
            }
            Self::Narrow(operand) => write_cast("cast", operand, "integer", dialect, out),
            Self::Interval(span) => out.push_str(&format!("interval '{span}'")),
            Self::In(_, values) if values.is_empty() => out.push_str("false"),
            Self::In(operand, values) => {
                out.push('(');
                operand.write(dialect, out);
                out.push_str(" in ");
                write_list(values, dialect, out);
                out.push(')');
            }
            Self::Scalar(select) => {
                out.push('(');
                select.write(dialect, out);
                out.push(')');
            }
            Self::InSelect(operands, select) => {
                out.push('(');
                match operands.as_slice() {
                    [operand] => operand.write(dialect, out),
                    operands => write_list(operands, dialect, out),
                }
                out.push_str(" in (");
                select.write(dialect, out);
                out.push_str("))");
            }
        }
    }
}

fn write_case(
    subject: Option<&Expression>,
    branches: &[(Expression, Expression)],
    otherwise: Option<&Expression>,
    dialect: Dialect,
    out: &mut String,
) {
    out.push_str("(case");
    if let Some(subject) = subject {
        out.push(' ');
        subject.write(dialect, out);
    }
    for (condition, value) in branches {
        out.push_str(" when ");
        condition.write(dialect, out);
        out.push_str(" then ");
        value.write(dialect, out);
    }
    if let Some(otherwise) = otherwise {
        out.push_str(" else ");
        otherwise.write(dialect, out);
    }
    out.push_str(" end)");
}

fn write_cast(word: &str, operand: &Expression, type_name: &str, dialect: Dialect, out: &mut String) {
    out.push_str(&format!("{word}("));
    operand.write(dialect, out);
    out.push_str(&format!(" as {type_name})"));
}

fn write_binary(operator: Binary, left: &Expression, right: &Expression, dialect: Dialect, out: &mut String) {
    let text = match operator {
        Binary::And => "and",
        Binary::Or => "or",
        Binary::Plus => "+",
        Binary::Minus => "-",
        Binary::Times => "*",
        Binary::Divide => "/",
        Binary::Modulo => "%",
        Binary::Equal => "=",
        Binary::NotEqual => "<>",
        Binary::Less => "<",
        Binary::LessOrEqual => "<=",
        Binary::Greater => ">",
        Binary::GreaterOrEqual => ">=",
        Binary::Concat => "||",
        Binary::Same => "is not distinct from",
    };
    out.push('(');
    if operator == Binary::Divide {
        out.push_str("cast(");
        left.write(dialect, out);
        out.push_str(" as double precision)");
    } else {
        left.write(dialect, out);
    }
    out.push_str(&format!(" {text} "));
    if matches!(operator, Binary::Divide | Binary::Modulo) {
        out.push_str("nullif(");
        right.write(dialect, out);
        out.push_str(", 0)");
    } else {
        right.write(dialect, out);
    }
    out.push(')');
}

fn write_over(of: &Expression, partition: &[Expression], order: &[super::OrderBy], dialect: Dialect, out: &mut String) {
    of.write(dialect, out);
    out.push_str(" over (");
    if !partition.is_empty() {
        out.push_str("partition by ");
        write_separated(partition, dialect, out);
    }
    if !order.is_empty() {
        out.push_str(if partition.is_empty() { "order by " } else { " order by " });
        for (place, term) in order.iter().enumerate() {
            out.push_str(if place == 0 { "" } else { ", " });
            term.write(dialect, out);
        }
    }
    out.push(')');
}

/// In parentheses, with commas between.
fn write_list(expressions: &[Expression], dialect: Dialect, out: &mut String) {
    out.push('(');
    write_separated(expressions, dialect, out);
    out.push(')');
}

/// With commas between.
pub(super) fn write_separated(expressions: &[Expression], dialect: Dialect, out: &mut String) {
    for (place, expression) in expressions.iter().enumerate() {
        out.push_str(if place == 0 { "" } else { ", " });
        expression.write(dialect, out);
    }
}

impl Aggregate {
    fn write(self, arguments: &[Expression], dialect: Dialect, out: &mut String) {
        let function = match self {
            Self::CountRows => return out.push_str("count(*)"),
            Self::Percentile | Self::Median => {
                out.push_str("percentile_cont(");
                match arguments.get(1) {
                    Some(fraction) => fraction.write(dialect, out),
                    None => out.push_str("0.5"),
                }
                out.push_str(") within group (order by ");
                write_separated(&arguments[..arguments.len().min(1)], dialect, out);
                return out.push(')');
            }
            Self::CountDistinct => {
                out.push_str("count(distinct ");
                write_separated(arguments, dialect, out);
                return out.push(')');
            }
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::StDev => "stddev_samp",
            Self::StDevP => "stddev_pop",
            Self::Var => "var_samp",
            Self::VarP => "var_pop",
            Self::Corr => "corr",
            Self::Covar => "covar_samp",
            Self::CovarP => "covar_pop",
            Self::Collect => match dialect {
                Dialect::Hyper => "geo_collect",
                Dialect::PostgreSql => "st_collect",
            },
        };
        out.push_str(function);
        write_list(arguments, dialect, out);
    }
}
