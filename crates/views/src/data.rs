//! The data of one data source, as a database of the engine.

use std::{
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
};

use tavola_engine::{Access, Session, sql};
use tavola_query::{Catalog, Type};
use tavola_workbook::{Connection, DataSource, DataType, ExtractFormat, Relation, RelationKind};

use crate::{
    Error,
    load::{self, ExcelSheet, LoadColumn, Locale, TextFormat},
    opened::{self, File},
};

/// No Excel workbook larger than this is loaded: it is held in memory meanwhile.
const MOST_EXCEL: u64 = 256 * 1024 * 1024;

/// The data of one data source.
#[derive(Debug)]
pub(crate) struct Data {
    /// The file of the database.
    pub(crate) file: PathBuf,
    /// The name it is attached under.
    pub(crate) database: String,
    /// Its tables.
    pub(crate) catalog: Catalog,
}

impl Data {
    /// Takes the data out of the package, into the folder of a session.
    pub(crate) async fn prepare(
        home: &Session,
        file: &Arc<Mutex<File>>,
        source: &DataSource,
        database: &str,
    ) -> Result<Self, Error> {
        let target = home.folder().join(format!("{database}.hyper"));
        let none = |problem: String| Error::NoData { data_source: source.shown_name().to_owned(), problem };
        let packed = |name: Option<String>| name.filter(|name| lock(file).entry(name).is_some());
        let extract = source.extract.as_ref().filter(|extract| extract.enabled);
        if let Some(name) = packed(extract.and_then(|extract| extract.file())) {
            return Self::of_extract(home, file, &name, target, database, none).await;
        }
        // Extracts that their author switched off still hold the data, where nothing else does.
        let files: Vec<&Connection> = source.connections.iter().collect();
        if let [connection] = files.as_slice()
            && connection.class == "hyper"
            && let Some(name) = packed(connection.file())
        {
            return Self::of_extract(home, file, &name, target, database, none).await;
        }
        let typed = typed_tables(source, file).map_err(none)?;
        if typed.is_empty() {
            return Err(none(why_not(source)));
        }
        let quoted = sql::identifier(&target.display().to_string());
        home.execute(&format!("create database {quoted}")).await?;
        home.attach(&target, database, Access::Write).await?;
        let mut names = Vec::new();
        for (place, table) in typed.into_iter().enumerate() {
            let name = format!("{}.\"public\".\"t{place}\"", sql::identifier(database));
            home.execute(&load::create_table(&name, &table.columns)).await?;
            let file = file.clone();
            names.push(table.relation.clone());
            load::fill(home, &name, move |rows| table.read(&file, rows)).await?;
        }
        home.detach(database).await?;
        home.attach(&target, database, Access::Read).await?;
        let mut catalog = opened::catalog(home, database).await?;
        home.detach(database).await?;
        for table in &mut catalog.tables {
            let place =
                table.path.last().and_then(|name| name.strip_prefix('t')).and_then(|place| place.parse::<usize>().ok());
            if let Some(name) = place.and_then(|place| names.get(place)) {
                table.relation.clone_from(name);
            }
        }
        Ok(Self { file: target, database: database.to_owned(), catalog })
    }

    async fn of_extract(
        home: &Session,
        file: &Arc<Mutex<File>>,
        name: &str,
        target: PathBuf,
        database: &str,
        none: impl Fn(String) -> Error,
    ) -> Result<Self, Error> {
        let format = lock(file).extract_format(name)?;
        if format != Some(ExtractFormat::Hyper) {
            return Err(none("its extract is of an older format (.tde), or none at all".to_owned()));
        }
        let (file, name, place) = (file.clone(), name.to_owned(), target.clone());
        tokio::task::spawn_blocking(move || unpack(&mut lock(&file), &name, &place))
            .await
            .map_err(io::Error::other)??;
        home.attach(&target, database, Access::Read).await?;
        let catalog = opened::catalog(home, database).await;
        home.detach(database).await?;
        Ok(Self { file: target, database: database.to_owned(), catalog: catalog? })
    }
}

pub(crate) fn lock(file: &Mutex<File>) -> MutexGuard<'_, File> {
    file.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn unpack(file: &mut File, name: &str, target: &Path) -> Result<(), Error> {
    let mut entry = file.read(name)?;
    let mut written = std::fs::File::create(target)?;
    io::copy(&mut entry, &mut written)?;
    Ok(())
}

/// Why there are no data to ask.
fn why_not(source: &DataSource) -> String {
    let Some(connection) = source.connections.first() else {
        return "it names no connection".to_owned();
    };
    if !source.published.is_empty() {
        return "it is a published data source, which only its server can ask".to_owned();
    }
    match connection.class.as_str() {
        "textscan" | "excel-direct" | "hyper" | "dataengine" => match connection.file() {
            Some(file) => format!("`{file}` is not in the package"),
            None => "it names no file".to_owned(),
        },
        class => format!("there is no extract in the package, and connections of the kind `{class}` are not asked"),
    }
}

/// A table that was typed into a file.
struct Typed {
    /// The name relations use for it.
    relation: String,
    /// The file's name in the package.
    file: String,
    columns: Vec<LoadColumn>,
    kind: TypedKind,
}

enum TypedKind {
    Text(TextFormat),
    Excel(ExcelSheet),
}

impl Typed {
    fn read(&self, file: &Mutex<File>, rows: &mut load::Rows) -> io::Result<()> {
        let mut file = lock(file);
        match &self.kind {
            TypedKind::Text(format) => {
                let entry = file.read(&self.file).map_err(io::Error::other)?;
                load::read_text(entry, format, &self.columns, rows)
            }
            TypedKind::Excel(sheet) => {
                let mut bytes = Vec::new();
                let entry = file.read(&self.file).map_err(io::Error::other)?;
                entry.take(MOST_EXCEL + 1).read_to_end(&mut bytes)?;
                if bytes.len() as u64 > MOST_EXCEL {
                    return Err(io::Error::other(format!("`{}` is larger than {MOST_EXCEL} bytes", self.file)));
                }
                load::read_excel(io::Cursor::new(bytes), sheet, &self.columns, rows)
            }
        }
    }
}

/// The tables of text files and Excel workbooks that are in the package.
fn typed_tables(source: &DataSource, file: &Arc<Mutex<File>>) -> Result<Vec<Typed>, String> {
    let mut tables = Vec::new();
    for relation in physical(&source.relations) {
        let RelationKind::Table(name) = &relation.kind else { continue };
        let connection = match &relation.connection {
            Some(name) => source.connections.iter().find(|connection| connection.name.as_deref() == Some(name)),
            None => source.connections.first(),
        };
        let Some(connection) = connection else { continue };
        let Some(path) = connection.file() else { continue };
        if lock(file).entry(&path).is_none() {
            return Err(format!("`{path}` is not in the package"));
        }
        let columns = columns(source, relation);
        let kind = match connection.class.as_str() {
            "textscan" => TypedKind::Text(text_format(relation)),
            "excel-direct" | "excel" => {
                TypedKind::Excel(ExcelSheet { name: sheet_name(name), header: relation.format.header != Some(false) })
            }
            class => return Err(format!("connections of the kind `{class}` are not asked")),
        };
        tables.push(Typed { relation: name.clone(), file: path, columns, kind });
    }
    Ok(tables)
}

/// The tables a data source is put together from.
fn physical(relations: &[Relation]) -> Vec<&Relation> {
    let mut found = Vec::new();
    for relation in relations {
        match relation.inputs() {
            [] => found.push(relation),
            inputs => found.extend(physical(inputs)),
        }
    }
    found
}

/// The columns of a table, as the relation has them, or as they were found when the data source was made.
fn columns(source: &DataSource, relation: &Relation) -> Vec<LoadColumn> {
    if !relation.columns.is_empty() {
        let column = |column: &tavola_workbook::RelationColumn| LoadColumn {
            name: column.name.clone(),
            data_type: column.data_type.as_ref().map_or(Type::Text, type_of),
        };
        return relation.columns.iter().map(column).collect();
    }
    let of_table = |parent: &Option<String>| parent.as_deref() == relation.name.as_deref();
    source
        .columns
        .iter()
        .filter(|column| of_table(&column.parent))
        .map(|column| LoadColumn {
            name: column.remote_name.clone(),
            data_type: column.local_type.as_ref().map_or(Type::Text, type_of),
        })
        .collect()
}

/// A type of the file as one of answers.
fn type_of(data_type: &DataType) -> Type {
    match data_type {
        DataType::Boolean => Type::Boolean,
        DataType::Date => Type::Date,
        DataType::DateTime => Type::DateTime,
        DataType::Integer => Type::Integer,
        DataType::Real => Type::Real,
        DataType::String | DataType::Spatial | DataType::Other(_) => Type::Text,
    }
}

/// The name of an Excel sheet as relations write it: `['Patient Activity$']`, `[Superstore#txt$]`.
fn sheet_name(table: &str) -> String {
    let name = tavola_workbook::unbracketed(table);
    let name = name.strip_prefix('\'').and_then(|name| name.strip_suffix('\'')).unwrap_or(&name);
    name.strip_suffix('$').unwrap_or(name).replace("''", "'").replace('#', ".")
}

fn text_format(relation: &Relation) -> TextFormat {
    let format = &relation.format;
    let separator = format.separator.as_deref().and_then(|text| text.bytes().next());
    TextFormat {
        charset: format.charset.clone().unwrap_or_else(|| "UTF-8".to_owned()),
        separator: separator.unwrap_or(b','),
        header: format.header != Some(false),
        locale: Locale::of_name(format.locale.as_deref().unwrap_or("en_US")),
    }
}
