//! Files that tables are read from: texts and sheets.

use crate::{
    connection::Connection,
    data_source::DataSource,
    name::name_parts,
    relation::{FileFormat, Relation, RelationKind},
};

/// The file a table is read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its path in the package, or on the author's machine.
    pub path: String,
    /// What it is, in the format's own words: `textscan`, `excel-direct`, `hyper`, …
    pub class: String,
    /// The sheet of a workbook of sheets, or a range that has a name.
    pub sheet: Option<String>,
    /// How it is written.
    pub format: FileFormat,
}

impl DataSource {
    /// The connection a relation is reached by.
    pub fn connection_of(&self, relation: &Relation) -> Option<&Connection> {
        match &relation.connection {
            Some(name) => self.connections.iter().find(|connection| connection.name.as_ref() == Some(name)),
            None => self.connections.first(),
        }
    }

    /// The file a table is read from; none where it is no table, or is not in a file of its own.
    pub fn source_file(&self, relation: &Relation) -> Option<SourceFile> {
        let RelationKind::Table(table) = &relation.kind else { return None };
        let connection = self.connection_of(relation)?;
        let table = name_parts(table).pop()?;
        let (path, sheet) = match connection.class.as_str() {
            // Each table of a folder is a file, and a connection names but one of them.
            "textscan" => (text_file(connection, relation, &table)?, None),
            "excel-direct" | "excel" => (connection.file()?, Some(sheet(&table))),
            _ => (connection.file()?, None),
        };
        let mut format = relation.format.clone();
        let older = &connection.format;
        format.header = format.header.or(older.header);
        format.separator = format.separator.or_else(|| older.separator.clone());
        format.charset = format.charset.or_else(|| older.charset.clone());
        format.locale = format.locale.or_else(|| older.locale.clone());
        Some(SourceFile { path, class: connection.class.clone(), sheet, format })
    }
}

/// The path of a text. A table's name is that of its file, with `#` for each dot, and sometimes with the whole path.
fn text_file(connection: &Connection, relation: &Relation, table: &str) -> Option<String> {
    let table = table.rsplit(['/', '\\']).next().unwrap_or(table);
    let is_it = |name: &&str| name.replace('.', "#") == table;
    let known = connection.filename.as_deref().into_iter().chain(relation.name.as_deref());
    let file = known.map(|name| name.rsplit(['/', '\\']).next().unwrap_or(name)).find(is_it);
    let file = file.map_or_else(|| table.replace('#', "."), str::to_owned);
    match (&connection.directory, &connection.filename) {
        (Some(directory), _) => Some(format!("{}/{file}", directory.trim_end_matches('/'))),
        (None, Some(path)) => match path.rfind(['/', '\\']) {
            Some(end) => Some(format!("{}/{file}", &path[..end])),
            None => Some(file),
        },
        (None, None) => None,
    }
}

/// The name of a sheet: `'Apollo 13 Data$'` is `Apollo 13 Data`. A name without `$` is a range's.
fn sheet(table: &str) -> String {
    let plain = table.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap_or(table);
    plain.strip_suffix('$').unwrap_or(plain).replace('#', ".").replace("''", "'")
}
