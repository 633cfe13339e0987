//! All sheets of real workbooks, where a checkout has these beside it.

use std::{fs::File, io::BufReader, path::PathBuf};

use tavola_query::Context;
use tavola_workbook::{Limits, Package, open};

use crate::asked::{LIMIT, Place, place};

fn corpus() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: there are no real files beside this checkout");
    None
}

fn context() -> Context {
    // 2022-06-15.
    Context { now: 1_655_251_200_000_000, row_limit: LIMIT, ..Context::default() }
}

/// Attaches what a package has of its data sources' extracts.
async fn attach(place: &mut Place, package: &mut Package<BufReader<File>>) {
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
                Ok(answer) => {
                    answered += 1;
                    if std::env::var_os("SHOW").is_some() {
                        eprintln!("== {} / {}", path.file_name().unwrap().display(), sheet.name);
                        for layer in 0..answer.layers.len() {
                            let table = &answer.layers[layer].table;
                            let names: Vec<_> = table.columns.iter().map(|column| column.pill.as_str()).collect();
                            eprintln!("   {} ({} rows) {:?}", names.join(" | "), table.rows, answer.notes);
                            for line in crate::asked::shown(&answer, layer).iter().take(12) {
                                eprintln!("      {line}");
                            }
                        }
                    }
                }
                Err(problem) if problem.starts_with("the data of the data source") => without += 1,
                Err(problem) => {
                    refused.push(format!("{} / {}: {problem}", path.file_name().unwrap().display(), sheet.name))
                }
            }
        }
    }
    eprintln!("{answered} answered, {without} without data");
    assert!(refused.is_empty(), "{} refused:\n{}", refused.len(), refused.join("\n"));
}
