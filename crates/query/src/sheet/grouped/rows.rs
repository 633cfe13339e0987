//! What names in formulas over rows are in SQL.

use tavola_workbook::Calculation;

use super::{Compiler, Rows};
use crate::{
    Error, Type, Value,
    calc::{Known, Level, Node},
    sheet::{
        condition::Stages,
        filter::Reader,
        inline::{MADE, ROW, SET},
        source::Source,
        translate::Names,
    },
    sql::Expression,
};

/// The names in a formula over rows.
pub(super) struct InRows<'c, 'a, 's, 'r> {
    pub(super) compiler: &'c mut Compiler<'a, 's>,
    pub(super) rows: &'r mut Rows,
    pub(super) level: &'r [Node],
    pub(super) stages: &'r Stages,
}

impl Names for InRows<'_, '_, '_, '_> {
    fn known(&self, data_source: Option<&str>, name: &str) -> Result<Known, Error> {
        let source = self.compiler.source;
        let missing = || Error::Missing(format!("the column `{name}`"));
        let row = |data_type, set| Known { data_type, level: Level::Row, set };
        match data_source {
            None => {
                let (_, _, data_type) = source.tables.find(name).ok_or_else(missing)?;
                Ok(row(declared(source, name, data_type), false))
            }
            Some(MADE) => Ok(self.compiler.made_as(name).ok_or_else(missing)?.1),
            Some(ROW) => Ok(row(Type::Integer, false)),
            Some(SET) => Ok(row(Type::Boolean, true)),
            Some(_) => Err(missing()),
        }
    }

    fn named(&mut self, data_source: Option<&str>, name: &str) -> Result<Expression, Error> {
        let source = self.compiler.source;
        let missing = || Error::Missing(format!("the column `{name}`"));
        match data_source {
            None => {
                let (column, data_type) = source.tables.column(name, &mut self.rows.used).ok_or_else(missing)?;
                let declared = declared(source, name, data_type);
                Ok(if declared == data_type { column } else { column.cast(declared) })
            }
            Some(MADE) => Ok(self.compiler.made_as(name).ok_or_else(missing)?.0.clone()),
            Some(ROW) => {
                self.rows.used.table(source.tables.table(name).ok_or_else(missing)?);
                Ok(Expression::Literal(Value::Integer(1), Type::Integer))
            }
            Some(SET) => self.set(name),
            Some(_) => Err(missing()),
        }
    }
}

impl InRows<'_, '_, '_, '_> {
    /// Whether a row is in a set. First and last members are those of rows that pass the context.
    fn set(&mut self, name: &str) -> Result<Expression, Error> {
        let field = self.compiler.source.field(name);
        let Some(Calculation::Set(members)) = field.and_then(|field| field.calculation.as_ref()) else {
            return Err(Error::Missing(format!("the set `{name}`")));
        };
        if self.compiler.sets.iter().any(|open| open == name) {
            return Err(Error::Invalid(format!("the set `{name}` is made of itself")));
        }
        self.compiler.sets.push(name.to_owned());
        let fixed = self.stages.fixed();
        let source = self.compiler.source;
        let condition = Reader { source, compiler: self.compiler, stages: &fixed }.members(members);
        let condition = condition.and_then(|it| self.compiler.condition(&it, self.rows, self.level, self.stages));
        self.compiler.sets.pop();
        let unknown = Expression::Literal(Value::Boolean(false), Type::Boolean);
        Ok(Expression::Call("coalesce", vec![condition?, unknown]))
    }
}

/// What the author made of a column's type.
fn declared(source: &Source<'_>, name: &str, data_type: Type) -> Type {
    match source.type_of(name) {
        Some(Type::Spatial) | None => data_type,
        Some(declared) => declared,
    }
}
