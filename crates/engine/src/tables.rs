//! What is in the database of an extract.

use crate::{Error, Session, sql};

/// No extract has more columns, in all its tables together; what has was made to fill memory.
const MOST_COLUMNS: usize = 50_000;

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its schema.
    pub schema: String,
    /// Its name there.
    pub name: String,
    /// Its columns, in their order.
    pub columns: Vec<Column>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type in Hyper's words: `bigint`, `text`, `numeric(18,3)`, …
    pub data_type: String,
    /// Whether it may be NULL.
    pub nullable: bool,
}

impl Table {
    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// How people call it.
    pub fn shown(&self) -> String {
        format!("\"{}\".\"{}\"", self.schema, self.name)
    }

    /// How statements call it, in a database that is attached under a name.
    pub fn in_database(&self, database: &str) -> String {
        format!("{}.{}.{}", sql::identifier(database), sql::identifier(&self.schema), sql::identifier(&self.name))
    }
}

/// The tables of a database that is attached under this name.
pub async fn tables(session: &Session, database: &str) -> Result<Vec<Table>, Error> {
    let catalog = format!("{}.pg_catalog", sql::identifier(database));
    let rows = session
        .rows(&format!(
            "select n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull \
             from {catalog}.pg_class c join {catalog}.pg_namespace n on n.oid = c.relnamespace \
             join {catalog}.pg_attribute a on a.attrelid = c.oid \
             where c.relkind = 'r' and a.attnum > 0 and n.nspname not in ('pg_catalog', 'information_schema') \
             order by n.nspname, c.relname, a.attnum limit {}",
            MOST_COLUMNS + 1
        ))
        .await?;
    if rows.len() > MOST_COLUMNS {
        return Err(Error::Unfit(format!("the extract has more than {MOST_COLUMNS} columns")));
    }
    let mut tables: Vec<Table> = Vec::new();
    for row in rows {
        let mut row = row.into_iter().map(Option::unwrap_or_default);
        let mut next = || row.next().unwrap_or_default();
        let (schema, name) = (next(), next());
        let column = Column { name: next(), data_type: next(), nullable: next() == "f" };
        match tables.last_mut().filter(|table| table.schema == schema && table.name == name) {
            Some(table) => table.columns.push(column),
            None => tables.push(Table { schema, name, columns: vec![column] }),
        }
    }
    Ok(tables)
}
