//! What is known of the data: tables as the engine has them.

use crate::{Type, sql::Dialect};

/// The tables of one data source, as SQL names them.
#[derive(Debug, Clone, PartialEq)]
pub struct Catalog {
    /// Whose SQL is spoken there.
    pub dialect: Dialect,
    /// The tables.
    pub tables: Vec<CatalogTable>,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CatalogTable {
    /// Its name in SQL, from the outermost part: `["x0", "Extract", "Extract"]`.
    pub path: Vec<String>,
    /// The name relations use for it, as the file has it: `[Extract].[Extract]`, `[Orders$]`, `[data#csv]`.
    pub relation: String,
    /// The name of the connection it is reached by. Where there is none, the relation's name alone tells; it has to be there where
    /// several connections have tables of one name.
    pub connection: Option<String>,
    /// Its columns.
    pub columns: Vec<CatalogColumn>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct CatalogColumn {
    /// Its name.
    pub name: String,
    /// Its type; none where it has one that answers do not know.
    pub data_type: Option<Type>,
}

impl Default for Catalog {
    /// No tables, of extracts.
    fn default() -> Self {
        Self { dialect: Dialect::Hyper, tables: Vec::new() }
    }
}
