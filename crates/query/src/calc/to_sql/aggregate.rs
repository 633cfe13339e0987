//! What sums up.

use super::{Call, Translator, unsupported};
use crate::{
    Error, Type, Value,
    sql::{Aggregate, Binary, Dialect, Expression},
};

impl Translator<'_> {
    pub(super) fn aggregate(&mut self, call: Call<'_>) -> Result<Expression, Error> {
        let data_type = call.types.first().copied().unwrap_or(Type::Text);
        let aggregate = match call.name {
            "ATTR" => {
                let [value] = call.take()?;
                // Within it the value stands four times.
                self.spend(value.size().saturating_mul(3))?;
                return Ok(attribute(value, data_type, self.dialect));
            }
            "MIN" | "MAX" => {
                let aggregate = if call.name == "MIN" { Aggregate::Min } else { Aggregate::Max };
                let [value] = call.take()?;
                return Ok(least(aggregate, value, data_type, self.dialect));
            }
            "PERCENTILE" => {
                let [value, fraction] = call.take()?;
                match fraction {
                    Expression::Literal(Value::Real(fraction), _) if (0.0..=1.0).contains(&fraction) => {
                        let arguments = vec![value.cast(Type::Real), Expression::real(fraction)];
                        return Ok(Expression::Aggregate(Aggregate::Percentile, arguments));
                    }
                    // A whole number that became one with a fraction.
                    Expression::Cast(fraction, Type::Real)
                        if matches!(*fraction, Expression::Literal(Value::Integer(0 | 1), _)) =>
                    {
                        return Ok(Expression::Aggregate(
                            Aggregate::Percentile,
                            vec![value.cast(Type::Real), *fraction],
                        ));
                    }
                    _ => return Err(Error::Invalid("`PERCENTILE` needs a constant between 0 and 1".to_owned())),
                }
            }
            "SUM" => Aggregate::Sum,
            "COUNT" => Aggregate::Count,
            "COUNTD" => Aggregate::CountDistinct,
            "AVG" => Aggregate::Avg,
            "MEDIAN" => Aggregate::Median,
            "STDEV" => Aggregate::StDev,
            "STDEVP" => Aggregate::StDevP,
            "VAR" => Aggregate::Var,
            "VARP" => Aggregate::VarP,
            "CORR" => Aggregate::Corr,
            "COVAR" => Aggregate::Covar,
            "COVARP" => Aggregate::CovarP,
            "COLLECT" if self.dialect == Dialect::Hyper => Aggregate::Collect,
            name => return Err(unsupported(name)),
        };
        Ok(Expression::Aggregate(aggregate, call.arguments.into_iter().map(|value| exact(aggregate, value)).collect()))
    }
}

/// What is fractional is computed with binary numbers: of whole and decimal ones Hyper gives six digits.
fn exact(aggregate: Aggregate, value: Expression) -> Expression {
    match aggregate {
        Aggregate::Avg
        | Aggregate::Median
        | Aggregate::StDev
        | Aggregate::StDevP
        | Aggregate::Var
        | Aggregate::VarP
        | Aggregate::Corr
        | Aggregate::Covar
        | Aggregate::CovarP => value.cast(Type::Real),
        _ => value,
    }
}

/// The least or the greatest. PostgreSQL has neither of truths.
fn least(aggregate: Aggregate, value: Expression, data_type: Type, dialect: Dialect) -> Expression {
    if data_type == Type::Boolean && dialect == Dialect::PostgreSql {
        let number = Expression::Aggregate(aggregate, vec![Expression::Narrow(Box::new(value))]);
        return Expression::binary(Binary::Equal, number, Expression::integer(1));
    }
    Expression::Aggregate(aggregate, vec![value])
}

/// The only value; where there are several, `*` for texts, and else NULL.
fn attribute(value: Expression, data_type: Type, dialect: Dialect) -> Expression {
    let low = least(Aggregate::Min, value.clone(), data_type, dialect);
    let high = least(Aggregate::Max, value, data_type, dialect);
    let mut branches = vec![(Expression::binary(Binary::Equal, low.clone(), high.clone()), low.clone())];
    if data_type == Type::Text {
        branches.push((Expression::binary(Binary::NotEqual, low, high), Expression::text("*")));
    }
    Expression::Case { branches, otherwise: None }
}
