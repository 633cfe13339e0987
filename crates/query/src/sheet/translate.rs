//! Formulas as SQL: what the names in them are, told to the calculation language.

use jiff::civil::Weekday;

use crate::{
    Context, Error, Type,
    calc::{Fields, Known, Node, Resolve, Scope, Typed, check, to_sql},
    sql::{Dialect, Expression},
};

/// What the names of a formula are in SQL. Levels of detail were replaced before.
pub(super) trait Names {
    /// What is known of a field.
    fn known(&self, data_source: Option<&str>, name: &str) -> Result<Known, Error>;

    /// A field.
    fn named(&mut self, data_source: Option<&str>, name: &str) -> Result<Expression, Error>;
}

/// A formula as SQL, and its type.
pub(super) fn sql(
    node: &Node,
    names: &mut dyn Names,
    context: &Context,
    week_start: Weekday,
    dialect: Dialect,
) -> Result<(Expression, Type), Error> {
    let typed = check(node, &Told(names))?;
    let expression = to_sql(&typed, &mut Resolved { names, context, week_start }, dialect)?;
    Ok((expression, typed.data_type))
}

struct Told<'n>(&'n dyn Names);

impl Fields for Told<'_> {
    fn field(&self, data_source: Option<&str>, name: &str) -> Result<Known, Error> {
        self.0.known(data_source, name)
    }
}

struct Resolved<'n> {
    names: &'n mut dyn Names,
    context: &'n Context,
    week_start: Weekday,
}

impl Resolve for Resolved<'_> {
    fn field(&mut self, data_source: Option<&str>, name: &str) -> Result<Expression, Error> {
        self.names.named(data_source, name)
    }

    fn level_of_detail(&mut self, _: Scope, _: &[Typed], _: &Typed) -> Result<Expression, Error> {
        Err(Error::Unsupported("a level of detail within one that is summed up".to_owned()))
    }

    fn context(&self) -> &Context {
        self.context
    }

    fn week_start(&self) -> Weekday {
        self.week_start
    }
}
