//! Formulas as SQL.

use crate::{
    Context, Error, Type, Value,
    calc::{BinaryOperator, Kind, Node, UnaryOperator},
    sql::{Aggregate, Binary, Dialect, Expression, Unary},
};

/// What the names of a formula are in SQL.
pub(super) trait Names {
    /// A field.
    fn named(&mut self, data_source: Option<&str>, name: &str) -> Result<(Expression, Type), Error>;

    /// A level of detail.
    fn lod(&mut self, node: &Node) -> Result<(Expression, Type), Error>;
}

/// A formula as SQL, and its type.
pub(super) fn sql(
    node: &Node,
    names: &mut dyn Names,
    context: &Context,
    dialect: Dialect,
) -> Result<(Expression, Type), Error> {
    let mut part = |node: &Node| sql(node, names, context, dialect);
    Ok(match &node.kind {
        Kind::Literal(value) => {
            let data_type = match value {
                Value::Boolean(_) => Type::Boolean,
                Value::Integer(_) => Type::Integer,
                Value::Real(_) => Type::Real,
                Value::Date(_) => Type::Date,
                Value::DateTime(_) => Type::DateTime,
                Value::Spatial(_) => Type::Spatial,
                Value::Text(_) | Value::Null => Type::Text,
            };
            (Expression::Literal(value.clone(), data_type), data_type)
        }
        Kind::Field { data_source, name } => names.named(data_source.as_deref(), name)?,
        Kind::Lod { .. } => names.lod(node)?,
        Kind::Unary(operator, operand) => {
            let (operand, data_type) = part(operand)?;
            let operator = match operator {
                UnaryOperator::Not => Unary::Not,
                UnaryOperator::Minus => Unary::Minus,
            };
            (Expression::unary(operator, operand), data_type)
        }
        Kind::Binary(operator, left, right) => {
            let ((left, one), (right, other)) = (part(left)?, part(right)?);
            let number = if one == Type::Integer && other == Type::Integer { Type::Integer } else { Type::Real };
            let (operator, data_type) = match operator {
                BinaryOperator::And => (Binary::And, Type::Boolean),
                BinaryOperator::Or => (Binary::Or, Type::Boolean),
                BinaryOperator::Plus if one == Type::Text => (Binary::Concat, Type::Text),
                BinaryOperator::Plus => (Binary::Plus, number),
                BinaryOperator::Minus => (Binary::Minus, number),
                BinaryOperator::Times => (Binary::Times, number),
                BinaryOperator::Divide => (Binary::Divide, Type::Real),
                BinaryOperator::Modulo => (Binary::Modulo, Type::Integer),
                BinaryOperator::Power => return Ok((Expression::Call("power", vec![left, right]), Type::Real)),
                BinaryOperator::Equal => (Binary::Equal, Type::Boolean),
                BinaryOperator::NotEqual => (Binary::NotEqual, Type::Boolean),
                BinaryOperator::Less => (Binary::Less, Type::Boolean),
                BinaryOperator::LessOrEqual => (Binary::LessOrEqual, Type::Boolean),
                BinaryOperator::Greater => (Binary::Greater, Type::Boolean),
                BinaryOperator::GreaterOrEqual => (Binary::GreaterOrEqual, Type::Boolean),
            };
            (Expression::binary(operator, left, right), data_type)
        }
        Kind::In { subject, values } => {
            let subject = part(subject)?.0;
            let values: Vec<Expression> =
                values.iter().map(|value| Ok(part(value)?.0)).collect::<Result<_, Error>>()?;
            (Expression::In(Box::new(subject), values), Type::Boolean)
        }
        Kind::If { branches, otherwise } => {
            let mut data_type = Type::Text;
            let mut all = Vec::new();
            for (condition, value) in branches {
                let condition = part(condition)?.0;
                let (value, of) = part(value)?;
                data_type = of;
                all.push((condition, value));
            }
            let otherwise = otherwise.as_ref().map(|node| Ok::<_, Error>(Box::new(part(node)?.0))).transpose()?;
            (Expression::Case { branches: all, otherwise }, data_type)
        }
        Kind::Case { .. } => return Err(Error::Unsupported("CASE".to_owned())),
        Kind::Call { function, arguments } => {
            let mut all = Vec::new();
            let mut types = Vec::new();
            for argument in arguments {
                let (argument, data_type) = part(argument)?;
                all.push(argument);
                types.push(data_type);
            }
            call(function, arguments, all, types.last().copied().unwrap_or(Type::Integer))?
        }
    })
}

fn call(function: &str, nodes: &[Node], mut arguments: Vec<Expression>, of: Type) -> Result<(Expression, Type), Error> {
    let aggregate = |aggregate, data_type| Ok((Expression::Aggregate(aggregate, arguments.clone()), data_type));
    match function {
        "SUM" if of == Type::Integer => Ok((Expression::Aggregate(Aggregate::Sum, arguments).cast(of), of)),
        "SUM" => Ok((Expression::Aggregate(Aggregate::Sum, arguments).cast(Type::Real), Type::Real)),
        "AVG" => Ok((Expression::Aggregate(Aggregate::Avg, arguments).cast(Type::Real), Type::Real)),
        "MIN" => aggregate(Aggregate::Min, of),
        "MAX" => aggregate(Aggregate::Max, of),
        "COUNT" => aggregate(Aggregate::Count, Type::Integer),
        "COUNTD" => aggregate(Aggregate::CountDistinct, Type::Integer),
        "MEDIAN" => aggregate(Aggregate::Median, Type::Real),
        "ISNULL" => Ok((Expression::unary(Unary::IsNull, arguments.remove(0)), Type::Boolean)),
        "FLOOR" => Ok((Expression::Call("floor", arguments), Type::Real)),
        "DATEPART" | "DATETRUNC" => {
            let Some(Kind::Literal(Value::Text(part))) = nodes.first().map(|node| &node.kind) else {
                return Err(Error::Unsupported(function.to_owned()));
            };
            let part = ["year", "quarter", "month", "week", "day", "hour", "minute", "second"]
                .into_iter()
                .find(|known| **known == **part)
                .ok_or_else(|| Error::Unsupported(format!("the part `{part}` of a date")))?;
            let value = arguments.pop().expect("a call has what it is of");
            Ok(match function {
                "DATEPART" => (Expression::Extract(part, Box::new(value)).cast(Type::Integer), Type::Integer),
                _ => {
                    let part = Expression::Literal(Value::text(part), Type::Text);
                    (Expression::Call("date_trunc", vec![part, value]).cast(Type::DateTime), Type::DateTime)
                }
            })
        }
        _ => Err(Error::Unsupported(format!("the function {function}"))),
    }
}
