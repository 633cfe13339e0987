//! The engine itself, as a process and as what is asked. The files that these tests open are made by it.

#[path = "support/program.rs"]
mod program;

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use program::program;
use tavola_engine::{
    Access, Config, Engine, Error, Installation, Session,
    changes::{self, Change, Comparison, Condition, ConstantType, Operand, TableName},
    tables,
};
use tempfile::TempDir;

struct Place {
    folder: TempDir,
    engine: Engine,
}

fn place() -> Option<Place> {
    place_with(|_| {})
}

fn place_with(change: impl FnOnce(&mut Config)) -> Option<Place> {
    let program = program()?;
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(Some(program), folder.path().join("engine"));
    change(&mut config);
    Some(Place { folder, engine: Engine::new(config) })
}

/// Makes a file in the session's folder, by these statements about the database `d`.
async fn make(session: &Session, name: &str, statements: &[&str]) -> PathBuf {
    let file = session.folder().join(name);
    let quoted = tavola_engine::sql::identifier(file.to_str().unwrap());
    session.execute(&format!("create database {quoted}")).await.unwrap();
    session.attach(&file, "d", Access::Write).await.unwrap();
    for statement in statements {
        session.execute(statement).await.unwrap_or_else(|problem| panic!("{statement}: {problem}"));
    }
    session.detach("d").await.unwrap();
    file
}

/// What a query about the database `d` in a file answers, a line for each row.
async fn look(session: &Session, file: &Path, query: &str) -> Vec<String> {
    session.attach(file, "d", Access::Read).await.unwrap();
    let rows = session.rows(query).await.unwrap();
    session.detach("d").await.unwrap();
    let shown = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    rows.into_iter().map(|row| row.into_iter().map(shown).collect::<Vec<_>>().join(" ")).collect()
}

const SALES: &[&str] = &[
    "create schema d.\"Extract\"",
    "create table d.\"Extract\".\"Extract\" (id integer not null, region text collate \"en_US_CI\", amount numeric(18, 2))",
    "insert into d.\"Extract\".\"Extract\" select 1, 'East', 10",
    "insert into d.\"Extract\".\"Extract\" select 2, 'West', 20",
    "insert into d.\"Extract\".\"Extract\" select 3, null, null",
];
const MORE: &[&str] = &[
    "create schema d.\"Extract\"",
    "create table d.\"Extract\".\"Extract\" (amount integer, region varchar(10), id smallint)",
    "insert into d.\"Extract\".\"Extract\" select 200, 'north', 2",
    "insert into d.\"Extract\".\"Extract\" select 400, 'south', 4",
];
const ALL: &str = "select id, region, amount from d.\"Extract\".\"Extract\" order by id, amount";

fn extract() -> TableName {
    TableName { schema: Some("Extract".to_owned()), table: "Extract".to_owned() }
}

fn same_id() -> Condition {
    Condition::Compare(Comparison::Equal, Operand::Target("id".to_owned()), Operand::Source("id".to_owned()))
}

/// What the sales are after these changes by the other rows, or why they are as they were; none where there is no engine.
async fn changed(changes: &[Change]) -> Option<Result<Vec<String>, String>> {
    let place = place()?;
    let session = place.engine.session().await.unwrap();
    let target = make(&session, "target.hyper", SALES).await;
    let source = make(&session, "source.hyper", MORE).await;
    let before = look(&session, &target, ALL).await;
    assert_eq!(before, ["1 East 10.00", "2 West 20.00", "3 - -"]);
    let outcome = changes::apply(&session, &target, Some(&source), changes).await;
    let after = match outcome {
        Ok(()) => Ok(look(&session, &target, ALL).await),
        Err(problem) => {
            // Either did not begin, or is taken back.
            let _ = session.execute("rollback").await;
            session.detach("target").await.unwrap();
            assert_eq!(look(&session, &target, ALL).await, before, "{problem}");
            Err(problem.to_string())
        }
    };
    drop(session);
    place.engine.stop().await;
    Some(after)
}

#[tokio::test]
async fn rows_are_inserted_by_the_names_of_columns() {
    let insert = Change::Insert { target: extract(), source: extract() };
    let Some(after) = changed(&[insert]).await else { return };
    let wanted = ["1 East 10.00", "2 West 20.00", "2 north 200.00", "3 - -", "4 south 400.00"];
    assert_eq!(after.unwrap(), wanted);
}

#[tokio::test]
async fn rows_are_updated_where_the_condition_holds() {
    let update = Change::Update { target: extract(), source: extract(), condition: same_id() };
    let Some(after) = changed(&[update]).await else { return };
    assert_eq!(after.unwrap(), ["1 East 10.00", "2 north 200.00", "3 - -"]);
}

#[tokio::test]
async fn upserts_update_what_is_there_and_insert_the_rest_once() {
    let upsert = Change::Upsert { target: extract(), source: extract(), condition: same_id() };
    let Some(after) = changed(&[upsert.clone(), upsert]).await else { return };
    assert_eq!(after.unwrap(), ["1 East 10.00", "2 north 200.00", "3 - -", "4 south 400.00"]);
}

#[tokio::test]
async fn an_upsert_by_a_condition_that_it_makes_untrue_inserts_nothing_twice() {
    let less = Condition::Compare(
        Comparison::Less,
        Operand::Target("amount".to_owned()),
        Operand::Source("amount".to_owned()),
    );
    let condition = Condition::And(vec![same_id(), less]);
    let upsert = Change::Upsert { target: extract(), source: extract(), condition };
    let Some(after) = changed(&[upsert]).await else { return };
    assert_eq!(after.unwrap(), ["1 East 10.00", "2 north 200.00", "3 - -", "4 south 400.00"]);
}

#[tokio::test]
async fn rows_are_deleted_by_constants_and_by_rows() {
    let constant = |comparison, column: &str, constant, value: Option<&str>| {
        Condition::Compare(
            comparison,
            Operand::Target(column.to_owned()),
            Operand::Constant(constant, value.map(str::to_owned)),
        )
    };
    // Texts of extracts are compared by their collation.
    let east = constant(Comparison::Equal, "region", ConstantType::Text, Some("EAST"));
    let none = constant(Comparison::Is, "region", ConstantType::Text, None);
    let cheap = constant(Comparison::LessOrEqual, "amount", ConstantType::Double, Some("15.5"));
    let by_rows = Change::Delete { target: extract(), source: Some(extract()), condition: same_id() };
    let delete = |condition| Change::Delete { target: extract(), source: None, condition };
    for (change, wanted) in [
        (delete(east.clone()), vec!["2 West 20.00", "3 - -"]),
        (delete(none.clone()), vec!["1 East 10.00", "2 West 20.00"]),
        (delete(Condition::Or(vec![east, none])), vec!["2 West 20.00"]),
        (delete(Condition::Not(Box::new(cheap))), vec!["1 East 10.00", "3 - -"]),
        (by_rows, vec!["1 East 10.00", "3 - -"]),
    ] {
        let Some(after) = changed(std::slice::from_ref(&change)).await else { return };
        assert_eq!(after.unwrap(), wanted, "{change:?}");
    }
}

#[tokio::test]
async fn all_rows_are_replaced() {
    let replace = Change::Replace { target: extract(), source: extract() };
    let Some(after) = changed(&[replace]).await else { return };
    assert_eq!(after.unwrap(), ["2 north 200.00", "4 south 400.00"]);
}

#[tokio::test]
async fn of_several_changes_all_are_made_or_none() {
    let insert = Change::Insert { target: extract(), source: extract() };
    let no_number = Condition::Compare(
        Comparison::Equal,
        Operand::Target("id".to_owned()),
        Operand::Constant(ConstantType::Integer, Some("1'); drop table x; --".to_owned())),
    );
    let bad = Change::Delete { target: extract(), source: None, condition: no_number };
    let Some(after) = changed(&[insert, bad]).await else { return };
    assert!(after.is_err(), "{after:?}");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_in_words() {
    let other = |table: &str| TableName { schema: None, table: table.to_owned() };
    let unknown = Condition::Compare(
        Comparison::Equal,
        Operand::Target("id\" = 1 or \"id".to_owned()),
        Operand::Source("id".to_owned()),
    );
    for (change, wanted) in [
        (
            Change::Insert { target: other("Nothing"), source: extract() },
            "there is no table \"Nothing\" in the data source",
        ),
        (
            Change::Insert { target: extract(), source: other("a\"; --") },
            "there is no table \"a\"; --\" in the uploaded file",
        ),
        (
            Change::Update { target: extract(), source: extract(), condition: unknown },
            "there is no column \"id\" = 1 or \"id\" in the table \"Extract\".\"Extract\" of the data source",
        ),
        (
            Change::Delete { target: extract(), source: None, condition: same_id() },
            "the condition names the column \"id\" of a source, and no source-table is named",
        ),
    ] {
        let Some(after) = changed(&[change]).await else { return };
        assert_eq!(after.unwrap_err(), wanted);
    }
}

#[tokio::test]
async fn names_with_quotes_and_semicolons_are_names() {
    let Some(place) = place() else { return };
    let session = place.engine.session().await.unwrap();
    let statements = &[
        r#"create table d.public."a""; drop table b; --" ("x""; y" text, "'" integer)"#,
        r#"insert into d.public."a""; drop table b; --" select 'it''s', 1"#,
    ];
    let target = make(&session, "it's \"a\"; target.hyper", statements).await;
    let source = make(&session, "source.hyper", statements).await;
    let found = {
        session.attach(&target, "it's; \"", Access::Read).await.unwrap();
        let found = tables(&session, "it's; \"").await.unwrap();
        session.detach("it's; \"").await.unwrap();
        found
    };
    assert_eq!(found[0].name, r#"a"; drop table b; --"#);
    let named = TableName { schema: None, table: found[0].name.clone() };
    let condition = Condition::Compare(
        Comparison::Equal,
        Operand::Target("x\"; y".to_owned()),
        Operand::Constant(ConstantType::Text, Some("it's".to_owned())),
    );
    let changes = [
        Change::Delete { target: named.clone(), source: None, condition },
        Change::Insert { target: named.clone(), source: named },
    ];
    changes::apply(&session, &target, Some(&source), &changes).await.unwrap();
    let rows = look(&session, &target, r#"select * from d.public."a""; drop table b; --""#).await;
    assert_eq!(rows, ["it's 1"]);
}

#[tokio::test]
async fn files_are_appended_where_tables_and_columns_are_the_same() {
    let Some(place) = place() else { return };
    let session = place.engine.session().await.unwrap();
    let target = make(&session, "target.hyper", SALES).await;
    let source = make(&session, "source.hyper", MORE).await;
    changes::append(&session, &target, &source).await.unwrap();
    assert_eq!(look(&session, &target, "select count(*), sum(id) from d.\"Extract\".\"Extract\"").await, ["5 12"]);

    for (columns, wanted) in [
        ("id integer, region text", "the column \"amount\" of the table \"Extract\".\"Extract\" is not in the file"),
        (
            "id integer, region text, amount text",
            "the column \"amount\" is text in the file, and numeric(18,2) in the data source's table \"Extract\".\"Extract\"",
        ),
        (
            "id integer, region text, amount integer, more integer",
            "the column \"more\" of the file's table \"public\".\"t\" is not in the data source's table \"Extract\".\"Extract\"",
        ),
    ] {
        let session = place.engine.session().await.unwrap();
        let target = make(&session, "target.hyper", SALES).await;
        let source = make(&session, "source.hyper", &[&format!("create table d.public.t ({columns})")]).await;
        let problem = changes::append(&session, &target, &source).await.unwrap_err();
        assert_eq!(problem.to_string(), wanted);
    }
}

#[tokio::test]
async fn what_is_no_extract_is_refused() {
    let Some(place) = place() else { return };
    let session = place.engine.session().await.unwrap();
    let whole = make(&session, "whole.hyper", SALES).await;
    let whole = std::fs::read(whole).unwrap();
    let garbage = [b"HyPe".as_slice(), &[0x5a; 200_000]].concat();
    for bytes in [&b""[..], b"no extract", &garbage, &whole[..whole.len() / 2], &whole[..5000]] {
        let session = place.engine.session().await.unwrap();
        let target = make(&session, "target.hyper", SALES).await;
        let source = session.folder().join("source.hyper");
        std::fs::write(&source, bytes).unwrap();
        let problem = changes::append(&session, &target, &source).await.unwrap_err();
        let words = problem.to_string();
        assert!(matches!(problem, Error::Unfit(_) | Error::Refused(_)), "{} bytes: {words}", bytes.len());
        assert!(!words.contains(&place.folder.path().display().to_string()), "{words}");
    }
}

#[tokio::test]
async fn it_reaches_nothing_but_its_own_folder() {
    let Some(place) = place() else { return };
    let session = place.engine.session().await.unwrap();
    let secret = place.folder.path().join("secret.hyper");
    let made = make(&session, "made.hyper", SALES).await;
    std::fs::copy(&made, &secret).unwrap();
    std::fs::write(place.folder.path().join("secret.csv"), "1\n").unwrap();
    let csv = tavola_engine::sql::literal(&place.folder.path().join("secret.csv").display().to_string());
    let out = tavola_engine::sql::literal(&place.folder.path().join("out.csv").display().to_string());
    if !cfg!(target_os = "linux") {
        eprintln!("skipped: the sandbox: only Linux has one");
        return;
    }
    assert!(session.attach(&secret, "secret", Access::Read).await.is_err());
    for statement in [
        format!("select * from external({csv}, columns => descriptor(a integer), format => 'csv')"),
        format!("copy (select 1) to {out} with (format => 'csv')"),
        "select * from external('/etc/passwd', columns => descriptor(a text), format => 'csv')".to_owned(),
    ] {
        assert!(session.rows(&statement).await.is_err(), "{statement}");
    }
    assert!(!place.folder.path().join("out.csv").exists());
    // In its own folder the same can be done.
    std::fs::copy(place.folder.path().join("secret.csv"), session.folder().join("in.csv")).unwrap();
    let inside = tavola_engine::sql::literal(&session.folder().join("in.csv").display().to_string());
    let read = format!("select * from external({inside}, columns => descriptor(a integer), format => 'csv')");
    assert_eq!(session.rows(&read).await.unwrap(), [[Some("1".to_owned())]]);
    let inside = tavola_engine::sql::literal(&session.folder().join("out.csv").display().to_string());
    session.execute(&format!("copy (select 1) to {inside} with (format => 'csv')")).await.unwrap();
}

#[tokio::test]
async fn there_is_one_process_for_all_and_a_new_one_when_it_died() {
    let Some(place) = place() else { return };
    assert_eq!(place.engine.process_id().await, None, "nothing is started before it is asked");
    let (one, other) = tokio::join!(place.engine.session(), place.engine.session());
    let (one, other) = (one.unwrap(), other.unwrap());
    let id = place.engine.process_id().await.unwrap();
    let asking = async { one.rows("select count(*) from generate_series(1::bigint, 100000000000::bigint) a").await };
    let killing = async { assert!(Command::new("kill").args(["-KILL", &id.to_string()]).status().unwrap().success()) };
    let (asked, ()) = tokio::join!(asking, killing);
    assert!(matches!(asked, Err(Error::Lost)), "{asked:?}");
    drop(other);
    let session = place.engine.session().await.unwrap();
    assert_eq!(session.rows("select 1").await.unwrap(), [[Some("1".to_owned())]]);
    assert_ne!(place.engine.process_id().await.unwrap(), id);
}

#[tokio::test]
async fn it_ends_when_nobody_asks_and_its_files_go_with_it() {
    let Some(place) = place_with(|config| config.idle = Duration::ZERO) else { return };
    let session = place.engine.session().await.unwrap();
    let id = place.engine.process_id().await.unwrap();
    assert!(session.folder().exists());
    drop(session);
    ended(id).await;
    let session = place.engine.session().await.unwrap();
    assert_ne!(place.engine.process_id().await.unwrap(), id);
    drop(session);
    place.engine.stop().await;
    let left: Vec<_> = std::fs::read_dir(place.folder.path().join("engine/scratch")).unwrap().collect();
    assert_eq!(left.len(), 1, "only the lock is left: {left:?}");
    assert!(matches!(place.engine.session().await, Err(Error::Start(_))));
}

/// Waits until there is no such process.
async fn ended(id: u32) {
    while Command::new("kill").args(["-0", &id.to_string()]).output().unwrap().status.success() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_statement_that_takes_too_long_or_that_nobody_waits_for_is_given_up() {
    let limited = |config: &mut Config| config.statement_limit = Duration::from_millis(100);
    let Some(place) = place_with(limited) else { return };
    let session = place.engine.session().await.unwrap();
    let endless = "select count(*) from generate_series(1::bigint, 1000000::bigint) a, \
        generate_series(1::bigint, 1000000::bigint) b where a.a + b.b = -3";
    let answer = session.rows(endless).await;
    assert!(matches!(answer, Err(Error::TimedOut(_))), "{answer:?}");
    // It was told: otherwise this session would be busy with it, and what comes now would wait.
    let unlimited =
        tokio::time::timeout(Duration::from_secs(60), async { while session.rows("select 1").await.is_err() {} });
    unlimited.await.unwrap();
}

#[tokio::test]
async fn what_is_no_program_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let none = Engine::new(Config::new(None, folder.path()));
    assert!(matches!(none.session().await, Err(Error::NotInstalled)));
    let wrong = Engine::new(Config::new(Some("/bin/false".into()), folder.path()));
    let problem = wrong.session().await.unwrap_err();
    assert!(matches!(problem, Error::Start(_)), "{problem}");
    let missing = Engine::new(Config::new(Some(folder.path().join("nothing")), folder.path()));
    assert!(missing.session().await.unwrap_err().to_string().contains("nothing"));
}

#[test]
fn only_the_wheel_that_is_known_is_installed() {
    let folder = tempfile::tempdir().unwrap();
    let installation = Installation::in_folder(folder.path().join("engine"));
    let wheel = folder.path().join("wheel.whl");
    std::fs::write(&wheel, b"PK").unwrap();
    assert!(installation.install(&wheel).is_err());
    assert_eq!(installation.program(), None);
    assert!(!folder.path().join("engine").exists(), "nothing is written before the wheel is known");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_streams_in_batches_and_knows_its_columns_when_it_is_empty() {
    let Some(place) = place() else { return };
    let session = place.engine.session().await.unwrap();
    let mut batches = session.batches("select i, i::text as t from generate_series(1, 200000) as g(i)").await.unwrap();
    let (mut rows, mut count) = (0, 0);
    while let Some(batch) = batches.next().await.unwrap() {
        rows += batch.num_rows();
        count += 1;
    }
    assert_eq!(rows, 200_000);
    assert!(count > 1, "the answer came in one piece");
    drop(batches);

    let mut empty = session.batches("select 1 as a, 'x' as b where false").await.unwrap();
    while let Some(batch) = empty.next().await.unwrap() {
        assert_eq!(batch.num_rows(), 0);
    }
    let names: Vec<String> = empty.schema().unwrap().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["a", "b"]);
    drop(empty);

    let refused = session.batches("select 1 from nowhere").await.unwrap_err();
    assert!(matches!(&refused, Error::Refused(why) if why.contains("nowhere")), "{refused:?}");
    assert!(session.is_whole());
    // What is left unread is given up, and so is the session, which says so.
    let unread = session.batches("select i from generate_series(1, 100000000) as g(i)").await.unwrap();
    drop(unread);
    assert!(!session.is_whole());
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_of_values_fill_a_table() {
    let Some(place) = place() else { return };
    let session = place.engine.session().await.unwrap();
    let file = make(&session, "l.hyper", &["create table d.public.t (a bigint, b text, c date)"]).await;
    session.attach(&file, "d", Access::Write).await.unwrap();
    let lines = ["1,\"x, \"\"y\"\"\nz\",2020-01-02\n", "2,,\n3,\"\",", "\n"].map(|part| Ok(bytes::Bytes::from(part)));
    let copied = session.copy_in("d.public.t", futures_util::stream::iter(lines)).await.unwrap();
    assert_eq!(copied, 3);
    let wrong = session.copy_in("d.public.t", futures_util::stream::iter([Ok("x,y,z\n".into())])).await.unwrap_err();
    assert!(matches!(wrong, Error::Refused(_)), "{wrong:?}");
    session.detach("d").await.unwrap();
    let rows = look(&session, &file, "select a, '<' || b || '>', c from d.public.t order by a").await;
    assert_eq!(rows, ["1 <x, \"y\"\nz> 2020-01-02", "2 - -", "3 <> -"]);
}
