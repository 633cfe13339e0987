//! Formulas in SQL.

mod aggregate;
mod conversion;
mod date;
mod number;
mod spatial;
mod text;
mod user;

use jiff::civil::Weekday;

pub(super) use aggregate::{attribute, exact, least};
pub(super) use date::{Part, part, trunc};

use super::{
    BinaryOperator, Scope, UnaryOperator,
    function::{Category, Function},
    typed::{Term, Typed},
};
use crate::{
    Context, Error, Type,
    sql::{Binary, Dialect, Expression, Unary},
};

/// The most parts a formula's SQL may have: what is needed more than once is written more than once.
const MAX_SIZE: usize = 200_000;

/// What formulas in SQL are made of, where it is not in them.
pub trait Resolve {
    /// A field: a column, or the SQL of its own formula; the literal of a parameter; for a set, whether the row is in it.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] where there is none, or what is wrong with the field's own formula.
    fn field(&mut self, data_source: Option<&str>, name: &str) -> Result<Expression, Error>;

    /// A level of detail: for each row, the aggregate of the group it is in.
    ///
    /// # Errors
    ///
    /// What is wrong with its parts.
    fn level_of_detail(&mut self, scope: Scope, dimensions: &[Typed], aggregate: &Typed) -> Result<Expression, Error>;

    /// Who asks, and when.
    fn context(&self) -> &Context;

    /// The day on which weeks begin.
    fn week_start(&self) -> Weekday {
        Weekday::Sunday
    }
}

/// A formula in SQL of a dialect.
///
/// # Errors
///
/// [`Error::Unsupported`] where the dialect has nothing like a function, or a function is computed elsewhere (table
/// calculations); [`Error::TooLarge`] where the SQL would have too many parts; what `resolve` says.
pub fn to_sql(formula: &Typed, resolve: &mut dyn Resolve, dialect: Dialect) -> Result<Expression, Error> {
    Translator { resolve, dialect, size: 0 }.expression(formula)
}

struct Translator<'a> {
    resolve: &'a mut dyn Resolve,
    dialect: Dialect,
    size: usize,
}

impl Translator<'_> {
    fn expression(&mut self, typed: &Typed) -> Result<Expression, Error> {
        self.spend(1)?;
        Ok(match &typed.term {
            Term::Literal(value) => Expression::Literal(value.clone(), typed.data_type),
            Term::Field { data_source, name } => self.resolve.field(data_source.as_deref(), name)?,
            Term::Unary(operator, operand) => {
                let operator = match operator {
                    UnaryOperator::Not => Unary::Not,
                    UnaryOperator::Minus => Unary::Minus,
                };
                Expression::unary(operator, self.expression(operand)?)
            }
            Term::Binary(operator, left, right) => self.binary(typed, *operator, left, right)?,
            Term::If { branches, otherwise } => {
                let (branches, otherwise) = self.branches(branches, otherwise.as_deref())?;
                Expression::Case { branches, otherwise }
            }
            Term::Case { subject, branches, otherwise } => {
                let subject = Box::new(self.expression(subject)?);
                let (branches, otherwise) = self.branches(branches, otherwise.as_deref())?;
                Expression::Switch { subject, branches, otherwise }
            }
            Term::In { subject, values } => {
                let subject = self.expression(subject)?;
                Expression::In(Box::new(subject), self.all(values)?)
            }
            Term::Call { function, arguments } => self.call(function, arguments)?,
            Term::Lod { scope, dimensions, aggregate } => {
                self.resolve.level_of_detail(*scope, dimensions, aggregate)?
            }
            Term::Convert(value) => self.expression(value)?.cast(typed.data_type),
        })
    }

    fn all(&mut self, parts: &[Typed]) -> Result<Vec<Expression>, Error> {
        parts.iter().map(|part| self.expression(part)).collect()
    }

    #[expect(clippy::type_complexity, reason = "the parts of a CASE, as the two kinds of it have them")]
    fn branches(
        &mut self,
        branches: &[(Typed, Typed)],
        otherwise: Option<&Typed>,
    ) -> Result<(Vec<(Expression, Expression)>, Option<Box<Expression>>), Error> {
        let branches = branches.iter().map(|(test, result)| Ok((self.expression(test)?, self.expression(result)?)));
        let branches = branches.collect::<Result<_, Error>>()?;
        let otherwise = otherwise.map(|otherwise| self.expression(otherwise)).transpose()?;
        Ok((branches, otherwise.map(Box::new)))
    }

    fn call(&mut self, function: &Function, arguments: &[Typed]) -> Result<Expression, Error> {
        let types: Vec<_> = arguments.iter().map(|argument| argument.data_type).collect();
        let call = Call { name: function.name, types: &types, arguments: self.all(arguments)? };
        match function.category {
            Category::Number => self.number(call),
            Category::Text => self.text(call),
            Category::Date => self.date(call),
            Category::Conversion => self.conversion(call),
            Category::Logic => logic(call),
            Category::User => self.user(call),
            Category::Spatial => self.spatial(call),
            Category::Aggregate if function.name.starts_with("RAWSQL") => Err(unsupported(function.name)),
            Category::Aggregate => self.aggregate(call),
            Category::RawSql | Category::TableCalc => Err(unsupported(function.name)),
        }
    }

    fn binary(
        &mut self,
        typed: &Typed,
        operator: BinaryOperator,
        left: &Typed,
        right: &Typed,
    ) -> Result<Expression, Error> {
        let dates = |typed: &Typed| matches!(typed.data_type, Type::Date | Type::DateTime);
        let of_dates = (dates(left), dates(right));
        let (a, b) = (self.expression(left)?, self.expression(right)?);
        let operator = match operator {
            BinaryOperator::Plus | BinaryOperator::Minus if of_dates.0 => {
                return Ok(match (of_dates.1, operator) {
                    (true, _) => date::days_between(a, b, left.data_type),
                    (false, BinaryOperator::Minus) => {
                        date::days_later(a, Expression::unary(Unary::Minus, b), left.data_type)
                    }
                    (false, _) => date::days_later(a, b, left.data_type),
                });
            }
            BinaryOperator::Power => return self.power(a, b),
            BinaryOperator::Plus if typed.data_type == Type::Text => Binary::Concat,
            BinaryOperator::And => Binary::And,
            BinaryOperator::Or => Binary::Or,
            BinaryOperator::Plus => Binary::Plus,
            BinaryOperator::Minus => Binary::Minus,
            BinaryOperator::Times => Binary::Times,
            BinaryOperator::Divide => Binary::Divide,
            BinaryOperator::Modulo => Binary::Modulo,
            BinaryOperator::Equal => Binary::Equal,
            BinaryOperator::NotEqual => Binary::NotEqual,
            BinaryOperator::Less => Binary::Less,
            BinaryOperator::LessOrEqual => Binary::LessOrEqual,
            BinaryOperator::Greater => Binary::Greater,
            BinaryOperator::GreaterOrEqual => Binary::GreaterOrEqual,
        };
        let wide = matches!(operator, Binary::Plus | Binary::Minus | Binary::Times) && typed.data_type == Type::Integer;
        Ok(Expression::binary(operator, if wide { as_wide(a) } else { a }, b))
    }

    fn spend(&mut self, size: usize) -> Result<(), Error> {
        self.size = self.size.saturating_add(size);
        if self.size > MAX_SIZE {
            return Err(Error::TooLarge(format!("a formula needs SQL of more than {MAX_SIZE} parts")));
        }
        Ok(())
    }

    /// A part once more.
    fn again(&mut self, part: &Expression) -> Result<Expression, Error> {
        self.spend(part.size())?;
        Ok(part.clone())
    }
}

/// A function that is called.
struct Call<'a> {
    name: &'static str,
    types: &'a [Type],
    arguments: Vec<Expression>,
}

impl Call<'_> {
    /// The arguments, of which there are so many.
    fn take<const N: usize>(self) -> Result<[Expression; N], Error> {
        let name = self.name;
        self.arguments.try_into().map_err(|_| unsupported(name))
    }
}

fn unsupported(name: &str) -> Error {
    Error::Unsupported(format!("the function `{name}`"))
}

/// Columns may hold whole numbers of 32 bits, whose sums need more.
fn as_wide(number: Expression) -> Expression {
    match number {
        Expression::Cast(_, Type::Integer) | Expression::Binary(..) => number,
        number => number.cast(Type::Integer),
    }
}

fn is_null(value: Expression) -> Expression {
    Expression::unary(Unary::IsNull, value)
}

fn logic(call: Call<'_>) -> Result<Expression, Error> {
    match call.name {
        "ISNULL" => {
            let [value] = call.take()?;
            Ok(is_null(value))
        }
        "IFNULL" => Ok(Expression::Call("coalesce", call.arguments)),
        name => Err(unsupported(name)),
    }
}
