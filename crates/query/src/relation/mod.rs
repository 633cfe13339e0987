//! Where the rows of a data source come from: its logical tables, each as something SQL can select from.
//!
//! Where the file has an extract and the catalog its tables, rows come from there; otherwise from the tables the extract was
//! made of. Each logical table is one item of FROM under the alias `t0`, `t1`, …: a table as it is, or joins, unions and custom
//! SQL as a query. Its columns are known by the names fields have.

mod custom;
mod links;
mod physical;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tavola_workbook::{ColumnPlace, DataSource, DataType, Relation, RelationKind, RemoteColumn};

use crate::{
    Catalog, Error, Type, Value,
    sql::{Expression, From, Join, Select},
};
use links::Link;
use physical::Physical;

/// The name of the column that tells rows of a numbered table apart.
const ROW: &str = "the row";

/// The logical tables of a data source.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tables {
    tables: Vec<LogicalRows>,
    links: Vec<Link>,
}

/// What is known of the data, and of what custom SQL asks for.
#[derive(Clone, Copy)]
struct Data<'a> {
    catalog: &'a Catalog,
    /// The value of a parameter.
    parameter: &'a dyn Fn(&str) -> Option<Value>,
}

/// A logical table as an item of FROM.
#[derive(Debug, Clone)]
struct LogicalRows {
    id: String,
    from: From,
    columns: HashMap<String, (String, Type)>,
}

/// Which tables one SELECT takes rows from, and with which of their columns.
#[derive(Debug, Clone, Default)]
pub(crate) struct Used {
    columns: BTreeMap<usize, BTreeSet<String>>,
}

impl Used {
    /// The tables.
    pub(crate) fn tables(&self) -> BTreeSet<usize> {
        self.columns.keys().copied().collect()
    }

    /// Takes rows of a table too, whichever columns are asked of it.
    pub(crate) fn table(&mut self, table: usize) {
        self.columns.entry(table).or_default();
    }
}

impl Tables {
    /// The tables of a data source that are in the catalog. `parameter` tells the values custom SQL asks for.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] where a table is not in the catalog, [`Error::Unsupported`] for forms of relations that are not known.
    pub(crate) fn new(
        source: &DataSource,
        catalog: &Catalog,
        parameter: &dyn Fn(&str) -> Option<Value>,
    ) -> Result<Self, Error> {
        let data = Data { catalog, parameter };
        let extract = source.extract.as_ref().filter(|extract| extract.enabled);
        if let Some(extract) = extract
            && extract.relations.iter().all(|relation| physical::is_known(relation, catalog))
        {
            let of = |table: &tavola_workbook::LogicalTable| table.extract.clone();
            return Self::build(source, &extract.relations, (&extract.columns, &extract.cols), data, of);
        }
        Self::build(source, &source.relations, (&source.columns, &source.cols), data, |table| table.relation.clone())
    }

    fn build(
        source: &DataSource,
        relations: &[Relation],
        (records, places): (&[RemoteColumn], &[ColumnPlace]),
        data: Data<'_>,
        logical: impl Fn(&tavola_workbook::LogicalTable) -> Option<Relation>,
    ) -> Result<Self, Error> {
        let mut parts: Vec<(String, Relation)> = Vec::new();
        if source.tables.len() > 1 {
            parts.extend(source.tables.iter().filter_map(|table| Some((table.id.clone(), logical(table)?))));
        }
        if parts.is_empty() {
            let relation = relations
                .first()
                .ok_or_else(|| Error::Missing(format!("the table of the data source `{}`", source.shown_name())))?;
            let id = source.tables.first().map(|table| table.id.clone()).unwrap_or_default();
            match &relation.kind {
                RelationKind::Collection(inputs) => {
                    parts.extend(inputs.iter().map(|input| (id.clone(), input.clone())))
                }
                _ => parts.push((id, relation.clone())),
            }
        }
        let mut tables = Self::default();
        let mut taken = HashMap::new();
        for (place, (id, relation)) in parts.into_iter().enumerate() {
            let physical = Physical::of(&relation, records, data)?;
            let rows = LogicalRows::of(id, place, physical, records, places, &mut taken);
            tables.tables.push(rows);
        }
        tables.links = links::of(source, &tables)?;
        Ok(tables)
    }

    /// The table with a field's column, its name in SQL and its type.
    pub(crate) fn find(&self, field: &str) -> Option<(usize, &str, Type)> {
        self.tables.iter().enumerate().find_map(|(place, table)| {
            table.columns.get(field).map(|(name, data_type)| (place, name.as_str(), *data_type))
        })
    }

    /// The table of an id.
    pub(crate) fn table(&self, id: &str) -> Option<usize> {
        self.tables.iter().position(|table| table.id == id)
    }

    /// A field's column, which the SELECT then uses.
    pub(crate) fn column(&self, field: &str, used: &mut Used) -> Option<(Expression, Type)> {
        let (table, name, data_type) = self.find(field)?;
        used.columns.entry(table).or_default().insert(name.to_owned());
        Some((Expression::column(&alias(table), name), data_type))
    }

    /// What tells the rows of a table apart where [`Tables::join`] numbers them.
    pub(crate) fn row(table: usize) -> Expression {
        Expression::column(&alias(table), ROW)
    }

    /// FROM and joins of the tables that are used, and of those between them. Rows of the table that is `first` all stay, also
    /// without partners; without one, only rows that have partners do. With `numbered` the rows of `first` have numbers.
    ///
    /// # Errors
    ///
    /// [`Error::Unsupported`] where nothing relates them.
    pub(crate) fn join(&self, used: &Used, first: Option<usize>, numbered: bool) -> Result<(From, Vec<Join>), Error> {
        let needed = used.tables();
        let start = first.or_else(|| needed.first().copied()).unwrap_or_default();
        let mut from = self.tables.get(start).ok_or_else(|| Error::Missing("a table".to_owned()))?.from.clone();
        if numbered && let Some(first) = first {
            from = self.numbered(first, used);
        }
        Ok((from, links::joins(self, &needed, start, first.is_some())?))
    }

    fn numbered(&self, table: usize, used: &Used) -> From {
        let mut columns = used.columns.get(&table).cloned().unwrap_or_default();
        // Relationships join by columns nobody asked for.
        columns.extend(links::columns(self, table));
        let alias = alias(table);
        let mut select = Select { from: Some(self.tables[table].from.clone()), ..Select::default() };
        select.columns = columns.into_iter().map(|name| (Expression::column(&alias, &name), name)).collect();
        let number = Expression::Over {
            of: Box::new(Expression::Call("row_number", Vec::new())),
            partition: Vec::new(),
            order: Vec::new(),
        };
        select.columns.push((number, ROW.to_owned()));
        From::Query { query: Box::new(select), alias }
    }
}

impl LogicalRows {
    /// Names the columns by the fields they became. A field name is taken once.
    fn of(
        id: String,
        place: usize,
        physical: Physical,
        records: &[RemoteColumn],
        places: &[ColumnPlace],
        taken: &mut HashMap<String, ()>,
    ) -> Self {
        let mut columns = HashMap::new();
        let plain = physical.is_plain();
        let mut select = Select::default();
        for (number, column) in physical.columns.iter().enumerate() {
            let Some(data_type) = column.data_type else { continue };
            let place = places.iter().find(|place| {
                place.column == column.name
                    && !taken.contains_key(&place.field)
                    && place.table.as_ref().is_none_or(|table| *table == column.relation)
            });
            let record = records.iter().find(|record| {
                record.remote_name == column.name
                    && !taken.contains_key(&record.local_name)
                    && record.parent.as_ref().is_none_or(|parent| *parent == column.relation)
                    && record.table.as_ref().is_none_or(|table| *table == id || id.is_empty())
            });
            let local = match (place, record) {
                (Some(place), _) => place.field.clone(),
                (None, Some(record)) => record.local_name.clone(),
                (None, None) if !taken.contains_key(&column.name) => column.name.clone(),
                (None, None) => continue,
            };
            let name = if plain { column.name.clone() } else { format!("c{number}") };
            if !plain {
                select.columns.push((column.expression.clone(), name.clone()));
            }
            taken.insert(local.clone(), ());
            columns.insert(local, (name, data_type));
        }
        let alias = alias(place);
        let from = match physical.from {
            From::Table { path, .. } if plain => From::Table { path, alias },
            from => {
                select.from = Some(from);
                select.joins = physical.joins;
                From::Query { query: Box::new(select), alias }
            }
        };
        Self { id, from, columns }
    }
}

fn alias(table: usize) -> String {
    format!("t{table}")
}

/// The type answers have for a file's word.
pub(crate) fn type_of(data_type: &DataType) -> Option<Type> {
    Some(match data_type {
        DataType::Boolean => Type::Boolean,
        DataType::Date => Type::Date,
        DataType::DateTime => Type::DateTime,
        DataType::Integer => Type::Integer,
        DataType::Real => Type::Real,
        DataType::String => Type::Text,
        DataType::Spatial => Type::Spatial,
        DataType::Other(_) => return None,
    })
}
