//! Formulas in SQL.

mod aggregate;
mod conversion;
mod date;
mod date_parse;
mod date_parts;
mod number;
mod spatial;
mod text;
mod user;

use jiff::civil::Weekday;

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
        // It calls itself, so that each kind is a function of its own: what one needs is not on the stack of the others.
        match &typed.term {
            Term::Literal(value) => Ok(Expression::Literal(value.clone(), typed.data_type)),
            Term::Field { data_source, name } => self.resolve.field(data_source.as_deref(), name),
            Term::Unary(operator, operand) => self.unary(*operator, operand),
            Term::Binary(operator, left, right) => self.binary(typed.data_type, *operator, left, right),
            Term::If { branches, otherwise } => self.case(None, branches, otherwise.as_deref()),
            Term::Case { subject, branches, otherwise } => self.case(Some(subject), branches, otherwise.as_deref()),
            Term::In { subject, values } => self.membership(subject, values),
            Term::Call { function, arguments } => self.call(function, arguments),
            Term::Lod { scope, dimensions, aggregate } => self.resolve.level_of_detail(*scope, dimensions, aggregate),
            Term::Convert(value) => self.convert(value, typed.data_type),
        }
    }

    fn unary(&mut self, operator: UnaryOperator, operand: &Typed) -> Result<Expression, Error> {
        let operand = self.expression(operand)?;
        let operator = match operator {
            UnaryOperator::Not => Unary::Not,
            UnaryOperator::Minus => Unary::Minus,
        };
        Ok(Expression::unary(operator, operand))
    }

    fn convert(&mut self, value: &Typed, data_type: Type) -> Result<Expression, Error> {
        Ok(self.expression(value)?.cast(data_type))
    }

    fn membership(&mut self, subject: &Typed, values: &[Typed]) -> Result<Expression, Error> {
        let subject = Box::new(self.expression(subject)?);
        Ok(Expression::In(subject, self.all(values)?))
    }

    fn case(
        &mut self,
        subject: Option<&Typed>,
        branches: &[(Typed, Typed)],
        otherwise: Option<&Typed>,
    ) -> Result<Expression, Error> {
        let subject = match subject {
            Some(subject) => Some(Box::new(self.expression(subject)?)),
            None => None,
        };
        let mut written = Vec::with_capacity(branches.len());
        for (test, result) in branches {
            let test = self.expression(test)?;
            written.push((test, self.expression(result)?));
        }
        let otherwise = match otherwise {
            Some(otherwise) => Some(Box::new(self.expression(otherwise)?)),
            None => None,
        };
        Ok(match subject {
            Some(subject) => Expression::Switch { subject, branches: written, otherwise },
            None => Expression::Case { branches: written, otherwise },
        })
    }

    fn all(&mut self, parts: &[Typed]) -> Result<Vec<Expression>, Error> {
        let mut all = Vec::with_capacity(parts.len());
        for part in parts {
            all.push(self.expression(part)?);
        }
        Ok(all)
    }

    fn call(&mut self, function: &Function, arguments: &[Typed]) -> Result<Expression, Error> {
        let written = self.all(arguments)?;
        self.called(function, arguments, written)
    }

    fn called(
        &mut self,
        function: &Function,
        arguments: &[Typed],
        written: Vec<Expression>,
    ) -> Result<Expression, Error> {
        let types: Vec<_> = arguments.iter().map(|argument| argument.data_type).collect();
        let call = Call { name: function.name, types: &types, arguments: written };
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
        data_type: Type,
        operator: BinaryOperator,
        left: &Typed,
        right: &Typed,
    ) -> Result<Expression, Error> {
        let a = self.expression(left)?;
        let b = self.expression(right)?;
        self.operation(data_type, operator, (a, left.data_type), (b, right.data_type))
    }

    fn operation(
        &mut self,
        data_type: Type,
        operator: BinaryOperator,
        (a, left): (Expression, Type),
        (b, right): (Expression, Type),
    ) -> Result<Expression, Error> {
        let is_date = |data_type| matches!(data_type, Type::Date | Type::DateTime);
        let operator = match operator {
            BinaryOperator::Plus | BinaryOperator::Minus if is_date(left) => {
                return Ok(match (is_date(right), operator) {
                    (true, _) => date::days_between(a, b, left),
                    (false, BinaryOperator::Minus) => date::days_later(a, Expression::unary(Unary::Minus, b), left),
                    (false, _) => date::days_later(a, b, left),
                });
            }
            BinaryOperator::Power => return self.power(a, b),
            BinaryOperator::Plus if data_type == Type::Text => Binary::Concat,
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
        let a = match (operator, data_type) {
            (Binary::Plus | Binary::Minus | Binary::Times, Type::Integer) => as_wide(a),
            // Columns may hold decimal numbers, of whose products few digits are left.
            (Binary::Plus | Binary::Minus | Binary::Times, Type::Real) => as_binary(a),
            _ => a,
        };
        Ok(Expression::binary(operator, a, b))
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

/// A number as a binary one.
fn as_binary(number: Expression) -> Expression {
    match number {
        Expression::Cast(_, Type::Real) | Expression::Binary(..) | Expression::Literal(..) => number,
        number => number.cast(Type::Real),
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
