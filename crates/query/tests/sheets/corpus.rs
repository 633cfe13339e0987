//! All sheets of real workbooks, where a checkout has these beside it.

use std::{fs::File, io::BufReader, path::PathBuf};

use tavola_query::Context;
use tavola_workbook::{Limits, Package, open};

use crate::asked::{LIMIT, Place, place, shown};

/// Sheets, and the same question in SQL written by hand; `{t}` is the table. Lines come in the sheet's order.
const BY_HAND: &[(&str, &str, &str)] = &[
    (
        "Chapter 06 Complete.twbx",
        "Tables, Panes, Cells",
        "select extract(year from \"Order Date\")::int y, extract(quarter from \"Order Date\")::int q, \"Region\", \"Department\", sum(\"Sales\") \
         from {t} where \"Region\" not in ('Central', 'South') and extract(year from \"Order Date\") not in (2014, 2015) group by 1, 2, 3, 4 order by 1, 2, 3, 4",
    ),
    (
        "Chapter 06 Complete.twbx",
        "Difference between WINDOW_AVG and TOTAL(AVG)",
        "select s, avg(s) over (), a, m from (select sum(\"Sales\") s, extract(month from \"Order Date\")::int m from {t} group by 2) x, \
         (select avg(\"Sales\"::double precision) a from {t}) y order by m",
    ),
    (
        "Chapter 10 Complete.twbx",
        "Animated Viz",
        "select sum(\"Sales\"), sum(\"Profit\"), \"Department\" from {t} group by 3 order by 3",
    ),
    (
        "Chapter 10 Complete.twbx",
        "Waterfall Chart",
        "select sum(p) over (order by d, p, c rows unbounded preceding), d, c, p, -p from \
         (select \"Department\" d, \"Category\" c, sum(\"Profit\") p from {t} group by 1, 2) x order by d, p",
    ),
    ("WorkbookWithExtract.twbx", "Sheet 1", "select sum(\"Sales\"), \"Product\" from {t} group by 2 order by 2"),
    (
        "WorkbookWithoutExtract.twbx",
        "Test Sheet 1",
        "select \"Species\", round(sum(\"Sepal length\")::numeric(18, 3), 1)::double precision from {t} group by 1 order by 1",
    ),
];

pub fn corpus() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: there are no real files beside this checkout");
    None
}

pub fn context() -> Context {
    // 2022-06-15.
    Context { now: 1_655_251_200_000_000, row_limit: LIMIT, ..Context::default() }
}

/// Attaches what a package has of its data sources' extracts.
pub async fn attach(place: &mut Place, package: &mut Package<BufReader<File>>) {
    place.catalogs.clear();
    let sources = package.data_sources().to_vec();
    for (number, source) in sources.iter().enumerate() {
        let own = source.connections.iter().filter(|connection| connection.class == "hyper");
        let extract = source.extract.as_ref().filter(|extract| extract.enabled).and_then(|extract| extract.file());
        let Some(name) = extract.or_else(|| own.filter_map(|connection| connection.file()).next()) else { continue };
        let Some(entry) = package.entry(&name).map(|entry| entry.name.clone()) else { continue };
        let file = place.session.folder().join(format!("{}-{number}.hyper", name.len()));
        let mut reader = package.read(&entry).unwrap();
        std::io::copy(&mut reader, &mut File::create(&file).unwrap()).unwrap();
        place.attach(&file, &source.name).await;
    }
}

#[tokio::test]
async fn every_sheet_whose_data_are_in_the_package_is_answered() {
    let (Some(folder), Some(mut place)) = (corpus(), place().await) else { return };
    let (mut answered, mut refused, mut without) = (0, Vec::new(), 0);
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for path in files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "twbx")) {
        let mut package = open(BufReader::new(File::open(path).unwrap()), Limits::default()).unwrap();
        let session = place.session;
        drop(session);
        place = crate::asked::place().await.unwrap();
        attach(&mut place, &mut package).await;
        let workbook = package.workbook().unwrap();
        for sheet in &workbook.worksheets {
            match place.ask(workbook, sheet, &context()).await {
                Ok(_) => answered += 1,
                Err(problem) if problem.starts_with("the data of the data source") => without += 1,
                Err(problem) => {
                    refused.push(format!("{} / {}: {problem}", path.file_name().unwrap().display(), sheet.name))
                }
            }
        }
    }
    assert!(refused.is_empty(), "{} refused:\n{}", refused.len(), refused.join("\n"));
    // The others read text files and workbooks of Excel.
    assert_eq!((answered, without), (79, 58));
}

#[tokio::test]
async fn answers_are_those_of_sql_written_by_hand() {
    let Some(folder) = corpus() else { return };
    for (file, name, sql) in BY_HAND {
        let Some(mut place) = place().await else { return };
        let mut package = open(BufReader::new(File::open(folder.join(file)).unwrap()), Limits::default()).unwrap();
        attach(&mut place, &mut package).await;
        let workbook = package.workbook().unwrap();
        let sheet = workbook.worksheets.iter().find(|sheet| sheet.name == *name).unwrap();
        let answer = place.ask(workbook, sheet, &context()).await.unwrap_or_else(|problem| panic!("{name}: {problem}"));
        let source = &answer.layers[0].table.columns[0].field.data_source;
        let table = &place.catalogs[source].tables[0].path;
        let table: Vec<String> = table.iter().map(|part| tavola_engine::sql::identifier(part)).collect();
        let expected = place.lines(&sql.replace("{t}", &table.join("."))).await;
        assert!(!expected.is_empty());
        assert_eq!(numbers(&shown(&answer, 0)), numbers(&expected), "{file} / {name}");
    }
}

/// Lines in which numbers have twelve digits, as sums in another order differ in later ones.
fn numbers(lines: &[String]) -> Vec<String> {
    let value = |text: &str| match text.parse::<f64>() {
        Ok(number) => format!("{number:.11e}"),
        Err(_) => text.to_owned(),
    };
    lines.iter().map(|line| line.split(" | ").map(value).collect::<Vec<_>>().join(" | ")).collect()
}
