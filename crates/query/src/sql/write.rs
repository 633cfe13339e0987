//! Expressions as text.

use super::{Aggregate, Binary, Dialect, Expression, Unary, dialect::identifier};

impl Expression {
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
            // Hyper's own `geo_collect` ends the process where a common table with it is read twice.
            Self::Collect if dialect == Dialect::Hyper => {
                out.push_str("tableau.geo_parse_wkt('GEOMETRYCOLLECTION(' || string_agg(tableau.geo_format_wkt(");
                write_separated(arguments, dialect, out);
                return out.push_str("), ',') || ')')");
            }
            Self::Collect => "st_collect",
        };
        out.push_str(function);
        write_list(arguments, dialect, out);
    }
}
