//! An engine with data, and questions asked of it.

use std::{collections::HashMap, io::Cursor, path::Path};

use tavola_engine::{Access, Config, Engine, Session};
use tavola_query::{
    Answer, Catalog, CatalogColumn, CatalogTable, Context, Error, Type, Value, calc::parse_literal, sheet,
};
use tavola_workbook::{Content, Limits, Workbook, Worksheet, open};
use tempfile::TempDir;

use crate::program::program;

/// The most marks of the tests' sheets.
pub const LIMIT: usize = 100_000;

/// An engine of its own, with one session.
pub struct Place {
    _folder: TempDir,
    _engine: Engine,
    pub session: Session,
    pub catalogs: HashMap<String, Catalog>,
}

/// A place, if there is an engine on this machine.
pub async fn place() -> Option<Place> {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::new(Config::new(Some(program()?), folder.path().join("engine")));
    let session = engine.session().await.unwrap();
    Some(Place { _folder: folder, _engine: engine, session, catalogs: HashMap::new() })
}

impl Place {
    /// Makes a database by statements about it under the name `d`, and lets a data source have its tables.
    pub async fn make(&mut self, data_source: &str, statements: &[&str]) {
        let name = format!("x{}", self.catalogs.len());
        let file = self.session.folder().join(format!("{name}.hyper"));
        let quoted = tavola_engine::sql::identifier(file.to_str().unwrap());
        self.session.execute(&format!("create database {quoted}")).await.unwrap();
        self.session.attach(&file, "d", Access::Write).await.unwrap();
        for statement in statements {
            self.session.execute(statement).await.unwrap_or_else(|problem| panic!("{statement}: {problem}"));
        }
        self.session.detach("d").await.unwrap();
        self.attach(&file, data_source).await;
    }

    /// Lets a data source have the tables of a file.
    pub async fn attach(&mut self, file: &Path, data_source: &str) {
        let name = format!("x{}", self.catalogs.len());
        self.session.attach(file, &name, Access::Read).await.unwrap();
        let tables = tavola_engine::tables(&self.session, &name).await.unwrap();
        let tables = tables.into_iter().map(|table| CatalogTable {
            path: vec![name.clone(), table.schema.clone(), table.name.clone()],
            relation: format!("[{}].[{}]", table.schema, table.name),
            connection: None,
            columns: (table.columns.into_iter())
                .map(|column| CatalogColumn { data_type: type_of(&column.data_type), name: column.name })
                .collect(),
        });
        self.catalogs.insert(data_source.to_owned(), Catalog { tables: tables.collect(), ..Catalog::default() });
    }

    /// Asks what a sheet asks.
    pub async fn ask(&self, workbook: &Workbook, sheet: &Worksheet, context: &Context) -> Result<Answer, String> {
        let plan = sheet::plan(workbook, sheet, &self.catalogs, context).map_err(|error| error.to_string())?;
        let mut results = Vec::new();
        for statement in plan.statements() {
            let rows = self.session.rows(&statement.sql).await;
            let rows = rows.map_err(|error| format!("{error}\n  {}", statement.sql))?;
            let mut columns: Vec<Vec<Value>> = vec![Vec::new(); statement.columns.len()];
            for row in rows {
                for ((text, column), (_, data_type)) in row.into_iter().zip(&mut columns).zip(&statement.columns) {
                    column.push(text.map_or(Value::Null, |text| value(&text, *data_type)));
                }
            }
            results.push(columns);
        }
        plan.answer(results).map_err(|error: Error| error.to_string())
    }

    /// What a query answers, a line for each row.
    pub async fn lines(&self, query: &str) -> Vec<String> {
        let rows = self.session.rows(query).await.unwrap_or_else(|problem| panic!("{query}: {problem}"));
        let shown = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        rows.into_iter().map(|row| row.into_iter().map(shown).collect::<Vec<_>>().join(" | ")).collect()
    }
}

/// The type of a column of the engine's.
fn type_of(word: &str) -> Option<Type> {
    let word = word.split('(').next().unwrap_or(word).trim();
    Some(match word {
        "boolean" => Type::Boolean,
        "smallint" | "integer" | "bigint" | "oid" => Type::Integer,
        "double precision" | "real" | "numeric" => Type::Real,
        "text" | "character varying" | "varchar" | "character" | "char" | "json" => Type::Text,
        "date" => Type::Date,
        "timestamp" | "timestamp without time zone" | "timestamp with time zone" => Type::DateTime,
        "tabgeography" | "tabgeographypoint" | "geography" => Type::Spatial,
        _ => return None,
    })
}

/// A value of the engine's text form.
fn value(text: &str, data_type: Type) -> Value {
    let of_date = |text: &str| parse_literal(&format!("#{text}#")).unwrap_or_else(|error| panic!("{text}: {error}"));
    match data_type {
        Type::Boolean => Value::Boolean(text == "t"),
        Type::Integer => Value::Integer(text.parse().unwrap_or_else(|_| panic!("`{text}` is a whole number"))),
        Type::Real => match text.parse::<f64>().unwrap() {
            number if number.is_nan() => Value::Null,
            number => Value::Real(number),
        },
        Type::Text => Value::text(text),
        Type::Date => of_date(text),
        Type::DateTime => match of_date(text) {
            Value::Date(days) => Value::DateTime(i64::from(days) * 86_400_000_000),
            moment => moment,
        },
        Type::Spatial => Value::Spatial(text.as_bytes().into()),
    }
}

/// A workbook of a text.
pub fn workbook(text: &str) -> Workbook {
    let package = open(Cursor::new(text), Limits::default()).unwrap();
    assert!(package.notes().is_empty(), "{:?}", package.notes());
    match package.into_content() {
        Content::Workbook(workbook) => *workbook,
        _ => panic!("this is a workbook"),
    }
}

/// The rows of a layer, a line each, in their order.
pub fn shown(answer: &Answer, layer: usize) -> Vec<String> {
    let table = &answer.layers[layer].table;
    (0..table.rows)
        .map(|row| {
            let values = table.columns.iter().map(|column| text(&column.values[row]));
            values.collect::<Vec<_>>().join(" | ")
        })
        .collect()
}

/// A value as lines show it.
pub fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Boolean(truth) => truth.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Date(days) => date(i64::from(*days) * 86_400_000_000)[..10].to_owned(),
        Value::DateTime(micros) => date(*micros),
        Value::Spatial(_) => "shape".to_owned(),
    }
}

fn date(micros: i64) -> String {
    let epoch = jiff::civil::DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    let moment = epoch + jiff::Span::new().microseconds(micros);
    format!("{} {}", moment.date(), moment.time())
}
