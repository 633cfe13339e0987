//! Asks every sheet of workbooks and tells what came of it.
#![expect(clippy::print_stdout, reason = "this is what it is for")]

use std::{fs::File, io::BufReader, path::PathBuf};

use tavola_engine::{Config, Engine};
use tavola_query::{Context, User};
use tavola_views::Opened;
use tavola_workbook::Limits;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let hyperd = PathBuf::from(arguments.next().unwrap());
    let only = std::env::var("SHEET").ok();
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::new(Config::new(Some(hyperd), folder.path().join("engine")));
    let context = Context {
        now: 1_700_000_000_000_000,
        row_limit: 1_000_000,
        user: User { name: "a".into(), ..User::default() },
        ..Context::default()
    };
    let (mut good, mut bad) = (0, 0);
    for path in arguments {
        println!("## {path}");
        let opened =
            match Opened::read(engine.clone(), Box::new(BufReader::new(File::open(&path).unwrap())), Limits::default())
            {
                Ok(opened) => opened,
                Err(problem) => {
                    println!("  cannot be read: {problem}");
                    continue;
                }
            };
        for sheet in &opened.workbook().worksheets {
            if only.as_ref().is_some_and(|only| *only != sheet.name) {
                continue;
            }
            match opened.answer(sheet, &context).await {
                Ok(answer) => {
                    good += 1;
                    let rows: Vec<usize> = answer.layers.iter().map(|layer| layer.table.rows).collect();
                    println!(
                        "  ok {} rows {rows:?} notes {:?}",
                        sheet.name,
                        answer.notes.iter().map(|n| &n.text).collect::<Vec<_>>()
                    );
                    if only.is_some() {
                        println!("{answer:#?}")
                    }
                }
                Err(problem) => {
                    bad += 1;
                    println!("  ERR {}: {problem}", sheet.name)
                }
            }
        }
    }
    println!("{good} good, {bad} bad");
    engine.stop().await;
}
