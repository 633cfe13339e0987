//! Where rows come from: relationships, joins, unions, pivots, custom SQL.

use tavola_query::Context;
use tavola_workbook::Workbook;

use crate::asked::{LIMIT, Place, place, shown, workbook};

const TABLES: &[&str] = &[
    "create schema d.\"s\"",
    "create table d.\"s\".\"people\" (\"id\" bigint, \"name\" text, \"age\" bigint)",
    "insert into d.\"s\".\"people\" values (1, 'Ann', 30), (2, 'Bob', 50), (3, 'Cid', 40)",
    "create table d.\"s\".\"orders\" (\"person\" bigint, \"item\" text, \"price\" double precision)",
    "insert into d.\"s\".\"orders\" values (1, 'pen', 5), (1, 'cup', 7), (1, 'pen', 5), (2, 'pen', 5), (9, 'hat', 11)",
    "create table d.\"s\".\"more\" (\"PERSON\" bigint, \"price\" bigint, \"note\" text)",
    "insert into d.\"s\".\"more\" values (3, 100, 'gift')",
    "create table d.\"s\".\"wide\" (\"who\" text, \"q1\" bigint, \"q2\" double precision)",
    "insert into d.\"s\".\"wide\" values ('x', 1, 2.5), ('y', 3, null)",
];

/// A workbook of one sheet over these relations, with this object graph, and fields by name, type and role.
fn book(relation: &str, cols: &[(&str, &str)], graph: &str, rows: &str, columns: &str) -> Workbook {
    let maps: String = cols.iter().map(|(key, value)| format!("<map key='{key}' value='{value}'/>")).collect();
    let cols = if maps.is_empty() { maps } else { format!("<cols>{maps}</cols>") };
    workbook(&format!(
        "<workbook version='18.1'><datasources>
           <datasource name='Parameters'>
             <column name='[P]' datatype='string' param-domain-type='any' value='&quot;it&apos;s a pen&quot;'/>
           </datasource>
           <datasource name='ds'><connection class='federated'>{relation}{cols}</connection>{graph}</datasource>
         </datasources>
         <worksheets><worksheet name='Sheet'><table>
           <view><datasources><datasource name='ds'/></datasources><aggregation value='true'/></view>
           <panes><pane><mark class='Automatic'/></pane></panes><rows>{rows}</rows><cols>{columns}</cols>
         </table></worksheet></worksheets>
         <windows><window class='worksheet' name='Sheet'/></windows></workbook>"
    ))
}

async fn people() -> Option<Place> {
    let mut place = place().await?;
    place.make("ds", TABLES).await;
    Some(place)
}

fn context() -> Context {
    Context { row_limit: LIMIT, ..Context::default() }
}

async fn lines(place: &Place, book: &Workbook) -> Vec<String> {
    match place.ask(book, &book.worksheets[0], &context()).await {
        Ok(answer) => shown(&answer, 0),
        Err(problem) => vec![problem],
    }
}

fn table(name: &str) -> String {
    format!("<relation connection='c' name='{name}' table='[s].[{name}]' type='table'/>")
}

fn related(rows: &str, columns: &str) -> Workbook {
    let object =
        |name: &str| format!("<object id='{name}_1'><properties context=''>{}</properties></object>", table(name));
    let graph = format!(
        "<object-graph><objects>{}{}</objects><relationships><relationship>\
           <expression op='='><expression op='[id]'/><expression op='[person]'/></expression>\
           <first-end-point object-id='people_1'/><second-end-point object-id='orders_1'/>\
         </relationship></relationships></object-graph>",
        object("people"),
        object("orders")
    );
    let relation = format!("<relation type='collection'>{}{}</relation>", table("people"), table("orders"));
    book(&relation, &[], &graph, rows, columns)
}

#[tokio::test]
async fn only_the_tables_a_question_needs_are_asked() {
    let Some(place) = people().await else { return };
    assert_eq!(lines(&place, &related("", "[ds].[sum:age:qk]")).await, ["120"]);
    assert_eq!(lines(&place, &related("", "[ds].[sum:price:qk]")).await, ["33"]);
}

#[tokio::test]
async fn rows_of_one_table_are_not_multiplied_by_those_of_another() {
    let Some(place) = people().await else { return };
    // Ann has three orders and counts once; those of nobody known are there too, and who has none.
    let both = related("[ds].[none:name:nk]", "([ds].[sum:age:qk] + [ds].[sum:price:qk])");
    assert_eq!(lines(&place, &both).await, ["- | - | 11", "Ann | 30 | 17", "Bob | 50 | 5", "Cid | 40 | -"]);
    let by_item = related("[ds].[none:item:nk]", "[ds].[sum:age:qk]");
    assert_eq!(lines(&place, &by_item).await, ["- | 40", "cup | 30", "hat | -", "pen | 80"]);
    let total = related("", "([ds].[sum:age:qk] + [ds].[sum:price:qk])");
    assert_eq!(lines(&place, &total).await, ["120 | 33"]);
    // Dimensions alone: those that belong together.
    let pairs = related("([ds].[none:name:nk] / [ds].[none:item:nk])", "");
    assert_eq!(lines(&place, &pairs).await, ["Ann | cup", "Ann | pen", "Bob | pen"]);
}

fn joined(kind: &str) -> String {
    format!(
        "<relation join='{kind}' type='join'><clause type='join'><expression op='='>\
           <expression op='[people].[id]'/><expression op='[orders].[person]'/></expression></clause>{}{}</relation>",
        table("people"),
        table("orders")
    )
}

#[tokio::test]
async fn joins_keep_the_rows_their_kind_says() {
    let Some(place) = people().await else { return };
    let asked = async |kind: &str| {
        lines(&place, &book(&joined(kind), &[], "", "[ds].[none:name:nk]", "[ds].[sum:price:qk]")).await
    };
    assert_eq!(asked("inner").await, ["Ann | 17", "Bob | 5"]);
    assert_eq!(asked("left").await, ["Ann | 17", "Bob | 5", "Cid | -"]);
    assert_eq!(asked("right").await, ["- | 11", "Ann | 17", "Bob | 5"]);
    assert_eq!(asked("full").await, ["- | 11", "Ann | 17", "Bob | 5", "Cid | -"]);
    assert_eq!(asked("cartesian").await, ["a join of the kind `cartesian` is not supported yet"]);
}

#[tokio::test]
async fn columns_of_one_name_are_told_apart_by_the_files_map() {
    let Some(place) = people().await else { return };
    let twice = format!(
        "<relation join='inner' type='join'><clause type='join'><expression op='='>\
           <expression op='[people].[id]'/><expression op='[other].[id]'/></expression></clause>{}\
           <relation connection='c' name='other' table='[s].[people]' type='table'/></relation>",
        table("people")
    );
    let cols = [("[name]", "[people].[name]"), ("[age (other)]", "[other].[age]"), ("[id]", "[people].[id]")];
    let book = book(&twice, &cols, "", "[ds].[none:name:nk]", "[ds].[sum:age (other):qk]");
    assert_eq!(lines(&place, &book).await, ["Ann | 30", "Bob | 50", "Cid | 40"]);
}

#[tokio::test]
async fn unions_put_columns_of_one_name_together() {
    let Some(place) = people().await else { return };
    let union =
        format!("<relation all='true' name='both' type='union'>{}{}</relation>", table("orders"), table("more"));
    let book = |rows, columns| book(&union, &[], "", rows, columns);
    assert_eq!(
        lines(&place, &book("[ds].[none:person:ok]", "[ds].[sum:price:qk]")).await,
        ["1 | 17", "2 | 5", "3 | 100", "9 | 11"]
    );
    assert_eq!(lines(&place, &book("[ds].[none:note:nk]", "[ds].[cnt:price:qk]")).await, ["- | 5", "gift | 1"]);
}

#[tokio::test]
async fn pivots_turn_columns_into_rows() {
    let Some(place) = people().await else { return };
    let pivot = format!(
        "<relation name='Pivot' type='pivot'>\
           <columns><column datatype='string' name='quarter'/><column datatype='real' name='amount'/></columns>\
           <tag name='quarter'><value name='[q1]'/><value name='[q2]'/></tag>\
           <groups><group name='amount'><field name='[wide].[q1]'/><field name='[wide].[q2]'/></group></groups>{}</relation>",
        table("wide")
    );
    let book = book(&pivot, &[], "", "([ds].[none:who:nk] / [ds].[none:quarter:nk])", "[ds].[sum:amount:qk]");
    assert_eq!(lines(&place, &book).await, ["x | q1 | 1", "x | q2 | 2.5", "y | q1 | 3", "y | q2 | -"]);
}

/// A sheet over custom SQL that gives `k` and `v`.
fn custom(sql: &str) -> Workbook {
    let sql = sql.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let relation = format!("<relation connection='c' name='Custom SQL Query' type='text'>{sql}</relation>");
    let record = |name: &str, kind: &str| {
        format!(
            "<metadata-record class='column'><remote-name>{name}</remote-name><local-name>[{name}]</local-name>\
             <parent-name>[Custom SQL Query]</parent-name><local-type>{kind}</local-type></metadata-record>"
        )
    };
    let records = format!("<metadata-records>{}{}</metadata-records>", record("k", "string"), record("v", "real"));
    book(&(relation + &records), &[], "", "[ds].[none:k:nk]", "[ds].[sum:v:qk]")
}

#[tokio::test]
async fn custom_sql_is_asked_of_the_data_sources_own_tables() {
    let Some(place) = people().await else { return };
    let asked = async |sql: &str| lines(&place, &custom(sql)).await;
    assert_eq!(
        asked("SELECT name AS k, sum(price) AS v FROM s.people JOIN orders ON people.id = orders.person GROUP BY name")
            .await,
        ["Ann | 17", "Bob | 5"]
    );
    assert_eq!(asked("with o as (select person, price from \"s\".\"orders\" where price << 7) select cast(person as text) as k, price as v from o").await, ["1 | 10", "2 | 5"]);
    assert_eq!(asked("select item as k, price as v from orders where concat('it''s a ', item) = <[Parameters].[P]> union all select 'all', 1 -- and no more").await, ["all | 1", "pen | 15"]);
}

#[tokio::test]
async fn custom_sql_that_reaches_for_more_is_refused() {
    let Some(place) = people().await else { return };
    let refused = [
        ("select 'a' as k, 1 as v from external('/etc/passwd')", "in custom SQL is not supported yet"),
        (
            "select * from s.people, lateral (select 1) x, pg_read_file('/etc/passwd')",
            "in custom SQL is not supported yet",
        ),
        (
            "select pg_read_file('/etc/passwd') as k, 1 as v",
            "the function `pg_read_file` in custom SQL is not supported yet",
        ),
        ("copy s.people to '/tmp/x'", "custom SQL that is not one query is not supported yet"),
        ("select 'a' as k, 1 as v; drop table s.people", "custom SQL that is not one query is not supported yet"),
        ("attach database '/etc/passwd' as y", "custom SQL that is not one query is not supported yet"),
        (
            "select relname as k, 1 as v from pg_catalog.pg_class",
            "the table `pg_catalog.pg_class` of custom SQL is not there",
        ),
        ("select 'a' as k, 1 as v from x1.s.people", "the table `x1.s.people` of custom SQL is not there"),
        (
            "with x as (select * from pg_class), pg_class as (select 1) select 'a' as k, 1 as v from x",
            "the table `pg_class` of custom SQL is not there",
        ),
        (
            "with x as (delete from s.people returning *) select 'a' as k, 1 as v from x",
            "in custom SQL is not supported yet",
        ),
        ("select 'a' as k, 1 as v into s.y from s.people", "this form of SELECT in custom SQL is not supported yet"),
        ("select * from s.people for update", "this form of a query in custom SQL is not supported yet"),
        ("select 's.people'::regclass as k, 1 as v", "in custom SQL is not supported yet"),
        (
            "select 'a\\'' union select 1 --' as k, 1 as v",
            "a quote beside a quote or a backslash in custom SQL is not supported yet",
        ),
        ("select E'a\\'' as k, 1 as v", "in custom SQL is not supported yet"),
        ("select <[Parameters].[Q]> as k, 1 as v", "the parameter `Q` is not there"),
        ("no sql at all", ""),
    ];
    for (sql, expected) in refused {
        let lines = lines(&place, &custom(sql)).await;
        assert!(lines.len() == 1 && lines[0].contains(expected) && !lines[0].contains(" | "), "{sql}: {lines:?}");
        assert!(expected.is_empty() == lines[0].contains("cannot be read"), "{sql}: {lines:?}");
    }
    let deep = format!("select {}1{} as v, 'a' as k", "(".repeat(10_000), ")".repeat(10_000));
    let lines = lines(&place, &custom(&deep)).await;
    assert!(lines[0].contains("cannot be read"), "{}", lines[0]);
}

#[tokio::test]
async fn a_second_data_source_is_blended_in_by_dimensions_of_one_name() {
    let Some(mut place) = people().await else { return };
    let quotas = [
        "create schema d.\"s\"",
        "create table d.\"s\".\"quotas\" (\"name\" text, \"team\" text, \"quota\" bigint)",
        "insert into d.\"s\".\"quotas\" values ('Ann', 'a', 10), ('Ann', 'a', 20), ('Bob', 'a', 5), ('Bob', 'b', 5), ('Eve', 'c', 7)",
    ];
    place.make("second", &quotas).await;
    let mut book =
        book(&table("people"), &[], "", "[ds].[none:name:nk]", "([second].[sum:quota:qk] + [ds].[sum:age:qk])");
    let mut second = self::book(&table("quotas"), &[], "", "", "").data_sources.remove(0);
    second.name = "second".to_owned();
    book.data_sources.push(second);
    let field = tavola_workbook::FieldRef::parse("[second].[none:team:nk]").unwrap();
    book.worksheets[0].panes[0].encodings.push(tavola_workbook::Encoding { channel: "color".to_owned(), field });
    // Each of Ann's rows is of team a; Bob is in two.
    assert_eq!(lines(&place, &book).await, ["Ann | 30 | 30 | a", "Bob | 10 | 50 | *", "Cid | - | 40 | -"]);
}

#[tokio::test]
async fn a_join_that_explodes_is_stopped_at_the_most_marks() {
    let Some(mut place) = place().await else { return };
    let numbers = [
        "create schema d.\"s\"",
        "create table d.\"s\".\"a\" (\"n\" bigint)",
        "create table d.\"s\".\"b\" (\"m\" bigint)",
        "insert into d.\"s\".\"a\" select g from generate_series(1, 3000) as t(g)",
        "insert into d.\"s\".\"b\" select g from generate_series(1, 3000) as t(g)",
    ];
    place.make("ds", &numbers).await;
    let join = format!(
        "<relation join='inner' type='join'><clause type='join'><expression op='&lt;&gt;'>\
           <expression op='[a].[n]'/><expression op='[b].[m]'/></expression></clause>{}{}</relation>",
        table("a"),
        table("b")
    );
    let nine_millions = book(&join, &[], "", "[ds].[none:n:ok]", "[ds].[none:m:ok]");
    assert_eq!(lines(&place, &nine_millions).await, [format!("the sheet has more than {LIMIT} marks")]);
}
