//! Each function of the language on the engines themselves: the table `functions.tsv`.

#[path = "../../engine/tests/support/program.rs"]
mod program;

use std::{collections::HashMap, fmt::Write as _};

use tavola_engine::{Config, Engine};
use tavola_query::{
    Context, Error, Type, User, Value,
    calc::{self, Fields, Known, Level, Resolve, Scope, Typed},
    evaluate::{self, Evaluator},
    sql::{Dialect, Expression, From, Select},
};

const TABLE: &str = include_str!("functions.tsv");
/// 2024-02-29 13:14:15.
const NOW: i64 = 1_709_212_455_000_000;

/// A line of the table.
struct Case {
    formula: String,
    fields: Vec<(String, Type, Vec<Value>)>,
    data_type: Type,
    value: Value,
    only: String,
}

fn type_of(word: &str) -> Type {
    match word {
        "boolean" => Type::Boolean,
        "integer" => Type::Integer,
        "real" => Type::Real,
        "text" => Type::Text,
        "date" => Type::Date,
        "datetime" => Type::DateTime,
        other => panic!("`{other}` is no type"),
    }
}

fn value_of(literal: &str) -> Value {
    match literal {
        "NULL" => Value::Null,
        literal => calc::parse_literal(literal).unwrap_or_else(|problem| panic!("{literal}: {problem}")),
    }
}

fn cases() -> Vec<Case> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let mut cells = line.split('\t');
            let mut cell = || cells.next().unwrap_or_default().to_owned();
            let (formula, fields, data_type, value, only) = (cell(), cell(), cell(), cell(), cell());
            let fields = fields.split("; ").filter(|field| !field.is_empty()).map(|field| {
                let (name, values) = field.split_once(" = ").unwrap();
                let (name, data_type) = name.split_once(':').unwrap();
                (name.to_owned(), type_of(data_type), values.split(" | ").map(value_of).collect())
            });
            let fields = fields.collect();
            Case { formula, fields, data_type: type_of(&data_type), value: value_of(&value), only }
        })
        .collect()
}

struct World<'a> {
    case: &'a Case,
    context: Context,
}

impl Fields for World<'_> {
    fn field(&self, _: Option<&str>, name: &str) -> Result<Known, Error> {
        let field = self.case.fields.iter().find(|field| field.0 == name);
        let (_, data_type, _) = field.ok_or_else(|| Error::Missing(format!("the field `{name}`")))?;
        Ok(Known { data_type: *data_type, level: Level::Row, set: false })
    }
}

impl Resolve for World<'_> {
    fn field(&mut self, _: Option<&str>, name: &str) -> Result<Expression, Error> {
        Ok(Expression::column("t", name))
    }

    fn level_of_detail(&mut self, _: Scope, _: &[Typed], _: &Typed) -> Result<Expression, Error> {
        panic!("no line has a level of detail")
    }

    fn context(&self) -> &Context {
        &self.context
    }
}

impl evaluate::Fields for World<'_> {
    fn field(&self, _: Option<&str>, name: &str) -> Result<Value, Error> {
        let field = self.case.fields.iter().find(|field| field.0 == name);
        let (_, _, values) = field.ok_or_else(|| Error::Missing(format!("the field `{name}`")))?;
        Ok(values[0].clone())
    }
}

impl<'a> World<'a> {
    fn new(case: &'a Case) -> Self {
        let user = User {
            name: "ann".to_owned(),
            full_name: "Ann Lee".to_owned(),
            domain: "local".to_owned(),
            groups: vec!["Sales".to_owned(), "North".to_owned()],
        };
        World { case, context: Context { user, now: NOW, ..Context::default() } }
    }
}

/// The statement that computes the formula of a line.
fn statement(case: &Case, dialect: Dialect) -> Result<String, Error> {
    let mut world = World::new(case);
    let typed = calc::check(&calc::parse(&case.formula)?, &world)?;
    assert_eq!(typed.data_type, case.data_type, "{}", case.formula);
    let expression = calc::to_sql(&typed, &mut world, dialect)?;
    let rows = case.fields.first().map_or(0, |field| field.2.len());
    let row = |row: usize| {
        let columns = case.fields.iter().map(|(name, data_type, values)| {
            (Expression::Literal(values[row].clone(), *data_type).cast(*data_type), name.clone())
        });
        Select { columns: columns.collect(), ..Select::default() }
    };
    let select = Select {
        columns: vec![(expression, "v".to_owned())],
        from: (rows > 0).then(|| From::UnionAll { queries: (0..rows).map(row).collect(), alias: "t".to_owned() }),
        ..Select::default()
    };
    let mut sql = String::new();
    select.write(dialect, &mut sql);
    Ok(sql)
}

/// What an engine's text is of a type.
fn read(text: Option<&str>, data_type: Type) -> Value {
    let Some(text) = text else { return Value::Null };
    match data_type {
        Type::Boolean => Value::Boolean(text == "t" || text == "true"),
        Type::Integer => Value::Integer(text.parse().unwrap_or_else(|_| panic!("{text} is no whole number"))),
        Type::Real => Value::Real(text.parse().unwrap()),
        Type::Text => Value::text(text),
        Type::Date | Type::DateTime | Type::Spatial => value_of(&format!("#{text}#")),
    }
}

fn same(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Real(a), Value::Real(b)) => (a - b).abs() <= 1e-12 * (1.0 + b.abs()) * 10.0,
        (a, b) => a == b,
    }
}

/// What is wrong with the answers to the lines that an engine is asked.
fn wrongs(engine: &str, answers: HashMap<usize, Result<Option<String>, String>>) -> String {
    let mut wrongs = String::new();
    for (place, case) in cases().iter().enumerate() {
        let Some(answer) = answers.get(&place) else { continue };
        let found = answer.as_ref().map(|text| read(text.as_deref(), case.data_type));
        if !matches!(&found, Ok(found) if same(found, &case.value)) {
            writeln!(wrongs, "{engine}: {} = {:?}, but found {found:?}", case.formula, case.value).unwrap();
        }
    }
    wrongs
}

fn asked(engine: &str, case: &Case) -> bool {
    case.only.is_empty() || case.only.split(' ').any(|only| only == engine)
}

#[tokio::test]
async fn hyper_computes_each_line_of_the_table() {
    let Some(program) = program::program() else { return };
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::new(Config::new(Some(program), folder.path().join("engine")));
    let session = engine.session().await.unwrap();
    let mut answers = HashMap::new();
    for (place, case) in cases().iter().enumerate().filter(|(_, case)| asked("hyper", case)) {
        let answer = match statement(case, Dialect::Hyper) {
            Err(problem) => Err(problem.to_string()),
            Ok(sql) => match session.rows(&sql).await {
                Ok(rows) => Ok(rows[0][0].clone()),
                Err(problem) => Err(format!("{problem}: {sql}")),
            },
        };
        answers.insert(place, answer);
    }
    drop(session);
    engine.stop().await;
    let wrongs = wrongs("hyper", answers);
    assert!(wrongs.is_empty(), "\n{wrongs}");
}

#[test]
fn the_evaluator_computes_each_line_of_the_table() {
    let mut wrongs = String::new();
    for case in cases().iter().filter(|case| asked("evaluate", case)) {
        let world = World::new(case);
        let found = calc::parse(&case.formula).and_then(|node| Evaluator::new(&world.context).evaluate(&node, &world));
        // Whole numbers stay so where SQL has a column of one type.
        let found = match (found, case.data_type) {
            (Ok(Value::Integer(number)), Type::Real) => Ok(Value::Real(number as f64)),
            (found, _) => found,
        };
        if !matches!(&found, Ok(found) if same(found, &case.value)) {
            writeln!(wrongs, "{} = {:?}, but found {found:?}", case.formula, case.value).unwrap();
        }
    }
    assert!(wrongs.is_empty(), "\n{wrongs}");
}

#[tokio::test]
async fn postgresql_computes_each_line_of_the_table() {
    let Ok(url) = std::env::var("TAVOLA_TEST_POSTGRES") else {
        eprintln!("skipped on PostgreSQL: TAVOLA_TEST_POSTGRES is not set");
        return;
    };
    let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut answers = HashMap::new();
    for (place, case) in cases().iter().enumerate().filter(|(_, case)| asked("postgresql", case)) {
        let answer = match statement(case, Dialect::PostgreSql) {
            Err(problem) => Err(problem.to_string()),
            Ok(sql) => match client.simple_query(&sql).await {
                Ok(messages) => Ok(messages
                    .iter()
                    .find_map(|message| match message {
                        tokio_postgres::SimpleQueryMessage::Row(row) => Some(row.get(0).map(str::to_owned)),
                        _ => None,
                    })
                    .flatten()),
                Err(problem) => Err(format!("{problem:?}: {sql}")),
            },
        };
        answers.insert(place, answer);
    }
    drop(client);
    connection.await.unwrap().unwrap();
    let wrongs = wrongs("postgresql", answers);
    assert!(wrongs.is_empty(), "\n{wrongs}");
}
