//! Tables as they are stored, and what a file makes of several: joins, unions, custom SQL.

use tavola_workbook::{Relation, RelationKind, RemoteColumn, name_parts, unbracketed};

use super::{Data, type_of};
use crate::{
    Catalog, CatalogTable, Error, Type, Value,
    sql::{Binary, Expression, From, Join, JoinKind, Select},
};

/// Relations of a file nest no deeper than this.
const DEEPEST: usize = 64;
/// The most columns a pivot turns into rows.
const MOST_PIVOTED: usize = 2_000;

/// Something to select from, and its columns.
#[derive(Debug, Clone)]
pub(super) struct Physical {
    pub(super) from: From,
    pub(super) joins: Vec<Join>,
    pub(super) columns: Vec<PhysicalColumn>,
}

/// A column of a [`Physical`].
#[derive(Debug, Clone)]
pub(super) struct PhysicalColumn {
    /// The name of the relation it is in, without brackets.
    pub(super) relation: String,
    /// Its name there.
    pub(super) name: String,
    pub(super) expression: Expression,
    /// None where it has a type that answers do not know.
    pub(super) data_type: Option<Type>,
}

/// What is needed on the way down.
struct Builder<'a> {
    records: &'a [RemoteColumn],
    data: Data<'a>,
    aliases: usize,
}

/// Whether all tables of a relation are in the catalog.
pub(super) fn is_known(relation: &Relation, catalog: &Catalog) -> bool {
    match &relation.kind {
        RelationKind::Table(name) => find(relation, name, catalog).is_some(),
        RelationKind::CustomSql(_) => true,
        _ => relation.inputs().iter().all(|input| is_known(input, catalog)),
    }
}

fn find<'a>(relation: &Relation, name: &str, catalog: &'a Catalog) -> Option<&'a CatalogTable> {
    catalog
        .tables
        .iter()
        .find(|table| table.relation == name && (table.connection.is_none() || table.connection == relation.connection))
}

impl Physical {
    /// A relation of a data source.
    pub(super) fn of(relation: &Relation, records: &[RemoteColumn], data: Data<'_>) -> Result<Self, Error> {
        Builder { records, data, aliases: 0 }.relation(relation, 0)
    }

    /// Whether it is one table, whose columns go by their own names.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.from, From::Table { .. }) && self.joins.is_empty()
    }

    /// The column that a condition of a join names: `[Orders].[Id]`.
    fn column(&self, reference: &str) -> Option<&PhysicalColumn> {
        let parts = name_parts(reference);
        let (name, relation) = parts.split_last()?;
        let relation = relation.last();
        let named = |column: &&PhysicalColumn| column.name == *name && relation.is_none_or(|it| *it == column.relation);
        self.columns.iter().find(named)
    }
}

impl Builder<'_> {
    fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("r{}", self.aliases)
    }

    fn relation(&mut self, relation: &Relation, depth: usize) -> Result<Physical, Error> {
        if depth > DEEPEST {
            return Err(Error::TooLarge(format!("joins are nested deeper than {DEEPEST}")));
        }
        match &relation.kind {
            RelationKind::Table(name) => self.table(relation, name),
            RelationKind::CustomSql(text) => self.custom(relation, text),
            RelationKind::Join { join, clauses, inputs } => self.join(join, clauses, inputs, depth),
            RelationKind::Union(inputs) => self.union(relation, inputs, depth),
            RelationKind::Collection(inputs) if inputs.len() == 1 => self.relation(&inputs[0], depth + 1),
            RelationKind::Collection(_) => Err(Error::Unsupported("tables without a relationship".to_owned())),
            RelationKind::Pivot { inputs, names, values } => self.pivot(relation, inputs, names, values, depth),
            RelationKind::Project { .. } => Err(Error::Unsupported("merged columns without an extract".to_owned())),
            RelationKind::Other { word, .. } => Err(Error::Unsupported(format!("a relation of the kind `{word}`"))),
        }
    }

    fn table(&mut self, relation: &Relation, name: &str) -> Result<Physical, Error> {
        let table =
            find(relation, name, self.data.catalog).ok_or_else(|| Error::Missing(format!("the table `{name}`")))?;
        let alias = self.alias();
        let own = relation.name.clone().unwrap_or_else(|| name_parts(name).pop().unwrap_or_default());
        let columns = table.columns.iter().map(|column| PhysicalColumn {
            relation: own.clone(),
            name: column.name.clone(),
            expression: Expression::column(&alias, &column.name),
            data_type: column.data_type,
        });
        let columns = columns.collect();
        Ok(Physical { from: From::Table { path: table.path.clone(), alias }, joins: Vec::new(), columns })
    }

    fn custom(&mut self, relation: &Relation, text: &str) -> Result<Physical, Error> {
        let own = relation.name.clone().unwrap_or_default();
        let text = super::custom::allowed(text, self.data.catalog, self.data.parameter)?;
        let alias = self.alias();
        let records = self.records.iter().filter(|record| record.parent.as_deref() == Some(own.as_str()));
        let columns = records.map(|record| PhysicalColumn {
            relation: own.clone(),
            name: record.remote_name.clone(),
            expression: Expression::column(&alias, &record.remote_name),
            data_type: record.local_type.as_ref().and_then(type_of),
        });
        let columns = columns.collect();
        Ok(Physical { from: From::Custom { text, alias }, joins: Vec::new(), columns })
    }

    fn join(
        &mut self,
        join: &str,
        clauses: &[tavola_workbook::Expression],
        inputs: &[Relation],
        depth: usize,
    ) -> Result<Physical, Error> {
        let [left, right] = inputs else {
            return Err(Error::Unsupported(format!("a join of {} tables", inputs.len())));
        };
        let kind = match join {
            "inner" => JoinKind::Inner,
            "left" => JoinKind::Left,
            "right" => JoinKind::Right,
            "full" => JoinKind::Full,
            other => return Err(Error::Unsupported(format!("a join of the kind `{other}`"))),
        };
        let mut left = self.relation(left, depth + 1)?;
        let right = self.relation(right, depth + 1)?;
        let right = self.as_one(right);
        left.columns.extend(right.columns);
        let conditions: Vec<_> =
            clauses.iter().map(|clause| self.condition(clause, &left, 0)).collect::<Result<_, _>>()?;
        if conditions.is_empty() {
            return Err(Error::Unsupported("a join without a condition".to_owned()));
        }
        left.joins.push(Join { kind, from: right.from, on: Expression::all(conditions) });
        Ok(left)
    }

    /// Something with joins as one query.
    fn as_one(&mut self, physical: Physical) -> Physical {
        if physical.joins.is_empty() {
            return physical;
        }
        let alias = self.alias();
        let mut select = Select { from: Some(physical.from), joins: physical.joins, ..Select::default() };
        let mut columns = physical.columns;
        for (place, column) in columns.iter_mut().enumerate() {
            let name = format!("c{place}");
            let outer = Expression::column(&alias, &name);
            select.columns.push((std::mem::replace(&mut column.expression, outer), name));
        }
        Physical { from: From::Query { query: Box::new(select), alias }, joins: Vec::new(), columns }
    }

    fn condition(
        &self,
        clause: &tavola_workbook::Expression,
        of: &Physical,
        depth: usize,
    ) -> Result<Expression, Error> {
        if depth > DEEPEST {
            return Err(Error::TooLarge(format!("conditions of joins are nested deeper than {DEEPEST}")));
        }
        let operands = clause.operands.as_slice();
        let binary = |operator, left, right| -> Result<Expression, Error> {
            let (left, right) = (self.condition(left, of, depth + 1)?, self.condition(right, of, depth + 1)?);
            Ok(Expression::binary(operator, left, right))
        };
        match (comparison(&clause.op), operands) {
            (Some(operator), [left, right]) => binary(operator, left, right),
            (None, all) if clause.op.eq_ignore_ascii_case("and") && !all.is_empty() => {
                let all: Vec<_> = all.iter().map(|one| self.condition(one, of, depth + 1)).collect::<Result<_, _>>()?;
                Ok(Expression::all(all).expect("there is at least one"))
            }
            (None, []) => of
                .column(&clause.op)
                .map(|column| column.expression.clone())
                .ok_or_else(|| Error::Missing(format!("the column `{}` of a join", clause.op))),
            _ => Err(Error::Unsupported(format!("`{}` in the condition of a join", clause.op))),
        }
    }

    /// Columns turned into rows: a query for each place in the lists, one after the other.
    fn pivot(
        &mut self,
        relation: &Relation,
        inputs: &[Relation],
        names: &[(String, Vec<String>)],
        values: &[(String, Vec<String>)],
        depth: usize,
    ) -> Result<Physical, Error> {
        let [input] = inputs else {
            return Err(Error::Unsupported(format!("a pivot of {} tables", inputs.len())));
        };
        let own = relation.name.clone().unwrap_or_default();
        let input = self.relation(input, depth + 1)?;
        let count = values.first().map_or(0, |(_, from)| from.len());
        if count == 0 || count > MOST_PIVOTED || names.iter().chain(values).any(|(_, list)| list.len() != count) {
            return Err(Error::Unsupported(format!("a pivot of {count} columns")));
        }
        let find = |reference: &String| {
            input.column(reference).ok_or_else(|| Error::Missing(format!("the column `{reference}` of a pivot")))
        };
        let turned: Vec<&str> = values
            .iter()
            .flat_map(|(_, from)| from)
            .map(|it| Ok(find(it)?.name.as_str()))
            .collect::<Result<_, Error>>()?;
        let kept: Vec<&PhysicalColumn> = (input.columns.iter())
            .filter(|column| column.data_type.is_some() && !turned.contains(&column.name.as_str()))
            .collect();
        let mut columns: Vec<(String, Type)> = Vec::new();
        columns.extend(kept.iter().filter_map(|column| Some((column.name.clone(), column.data_type?))));
        columns.extend(names.iter().map(|(name, _)| (unbracketed(name).into_owned(), Type::Text)));
        for (name, from) in values {
            let types = from.iter().map(|it| Ok(find(it)?.data_type.unwrap_or(Type::Text)));
            let data_type = types.reduce(|one, other| Ok(wider(one?, other?))).unwrap_or(Ok::<_, Error>(Type::Text))?;
            columns.push((unbracketed(name).into_owned(), data_type));
        }
        let mut queries = Vec::new();
        for place in 0..count {
            let mut expressions: Vec<Expression> = kept.iter().map(|column| column.expression.clone()).collect();
            for (_, said) in names {
                // What is said of a column is its name.
                expressions.push(Expression::Literal(Value::text(&said[place]), Type::Text));
            }
            for ((_, from), (_, data_type)) in values.iter().zip(&columns[kept.len() + names.len()..]) {
                let column = find(&from[place])?;
                expressions.push(match column.data_type {
                    Some(own) if own == *data_type => column.expression.clone(),
                    _ => Expression::Cast(Box::new(column.expression.clone()), *data_type),
                });
            }
            let columns =
                expressions.into_iter().zip(&columns).map(|(value, (name, _))| (value, name.clone())).collect();
            queries.push(Select {
                columns,
                from: Some(input.from.clone()),
                joins: input.joins.clone(),
                ..Select::default()
            });
        }
        let alias = self.alias();
        let columns = columns.into_iter().map(|(name, data_type)| PhysicalColumn {
            // Columns that stay are known by the table they are of.
            relation: kept.iter().find(|column| column.name == name).map_or(&own, |column| &column.relation).clone(),
            expression: Expression::column(&alias, &name),
            name,
            data_type: Some(data_type),
        });
        let columns = columns.collect();
        Ok(Physical { from: From::UnionAll { queries, alias }, joins: Vec::new(), columns })
    }

    /// Rows of several tables, columns by their names whatever their case.
    fn union(&mut self, relation: &Relation, inputs: &[Relation], depth: usize) -> Result<Physical, Error> {
        let own = relation.name.clone().unwrap_or_default();
        let inputs: Vec<_> = inputs.iter().map(|input| self.relation(input, depth + 1)).collect::<Result<_, _>>()?;
        let mut names: Vec<(String, Type)> = Vec::new();
        for column in inputs.iter().flat_map(|input| &input.columns) {
            let Some(data_type) = column.data_type else { continue };
            match names.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(&column.name)) {
                Some((_, known)) => *known = wider(*known, data_type),
                None => names.push((column.name.clone(), data_type)),
            }
        }
        let queries = inputs.into_iter().map(|input| {
            let columns = names.iter().map(|(name, data_type)| {
                let found = input.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
                let value = match found {
                    Some(column) if column.data_type == Some(*data_type) => column.expression.clone(),
                    Some(column) => Expression::Cast(Box::new(column.expression.clone()), *data_type),
                    None => Expression::Literal(Value::Null, *data_type),
                };
                (value, name.clone())
            });
            let columns = columns.collect();
            Select { columns, from: Some(input.from), joins: input.joins, ..Select::default() }
        });
        let queries = queries.collect();
        let alias = self.alias();
        let columns = names.into_iter().map(|(name, data_type)| PhysicalColumn {
            relation: own.clone(),
            expression: Expression::column(&alias, &name),
            name,
            data_type: Some(data_type),
        });
        let columns = columns.collect();
        Ok(Physical { from: From::UnionAll { queries, alias }, joins: Vec::new(), columns })
    }
}

/// The type that holds values of both.
fn wider(one: Type, other: Type) -> Type {
    match (one, other) {
        (one, other) if one == other => one,
        (Type::Integer | Type::Real, Type::Integer | Type::Real) => Type::Real,
        (Type::Date | Type::DateTime, Type::Date | Type::DateTime) => Type::DateTime,
        _ => Type::Text,
    }
}

/// The comparison a file's word stands for.
pub(super) fn comparison(word: &str) -> Option<Binary> {
    Some(match word {
        "=" | "==" => Binary::Equal,
        "<>" | "!=" => Binary::NotEqual,
        "<" => Binary::Less,
        "<=" => Binary::LessOrEqual,
        ">" => Binary::Greater,
        ">=" => Binary::GreaterOrEqual,
        _ => return None,
    })
}
