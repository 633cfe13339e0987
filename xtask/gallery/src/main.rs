//! Draws every sheet of workbooks, and puts Tableau's own pictures beside ours, for a person to look at.
//!
//! Started by `cargo xtask gallery`.
#![expect(clippy::print_stdout, reason = "this is what it is for")]

mod page;

use std::{
    fs::{self, File},
    io::BufReader,
    path::{Path, PathBuf},
    process::ExitCode,
};

use tavola_engine::{Config, Engine};
use tavola_query::{Context, User};
use tavola_render::output;
use tavola_views::Opened;
use tavola_workbook::Limits;

use page::{Entry, Outcome};

/// How large sheets are drawn: what Tableau's pictures show of them is about this.
const SIZE: (u32, u32) = (800, 600);

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [hyperd, out, corpus] = arguments.as_slice() else {
        println!("Usage: tavola-gallery HYPERD OUT CORPUS: draws the workbooks of the folder CORPUS into OUT");
        return ExitCode::from(2);
    };
    match draw_all(hyperd, out, corpus).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            println!("{problem}");
            ExitCode::FAILURE
        }
    }
}

async fn draw_all(hyperd: &Path, out: &Path, corpus: &Path) -> std::io::Result<()> {
    fs::create_dir_all(out)?;
    let folder = tempfile::tempdir()?;
    let engine = Engine::new(Config::new(Some(hyperd.to_owned()), folder.path().join("engine")));
    // A day on which workbooks that ask for today have data.
    let context = Context {
        now: 1_655_000_000_000_000,
        row_limit: 1_000_000,
        user: User {
            name: "ana".to_owned(),
            full_name: "Ana".to_owned(),
            domain: "local".to_owned(),
            groups: Vec::new(),
        },
        ..Context::default()
    };
    let mut workbooks: Vec<PathBuf> = fs::read_dir(corpus)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    workbooks.retain(|path| path.extension().is_some_and(|extension| extension == "twbx"));
    workbooks.sort();
    let mut entries = Vec::new();
    for path in workbooks {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let reader = BufReader::new(File::open(&path)?);
        let opened = match Opened::read(engine.clone(), Box::new(reader), Limits::default()) {
            Ok(opened) => opened,
            Err(problem) => {
                println!("{name}: {problem}");
                continue;
            }
        };
        let sheets: Vec<String> = opened.workbook().views().iter().map(|view| view.name.to_owned()).collect();
        for sheet in sheets {
            let is_dashboard = opened.workbook().worksheets.iter().all(|other| other.name != sheet);
            let size = (!is_dashboard).then_some(SIZE);
            let outcome = match opened.picture(&sheet, size, &context).await {
                Ok(picture) => {
                    let notes: Vec<String> = picture.notes.iter().map(|note| note.text.clone()).collect();
                    match output::png(&picture, 1.0) {
                        Ok(png) => Outcome::Drawn { png, notes },
                        Err(problem) => Outcome::Failed(problem.to_string()),
                    }
                }
                Err(problem) => Outcome::Failed(problem.to_string()),
            };
            match &outcome {
                Outcome::Drawn { notes, .. } if notes.is_empty() => println!("{name} / {sheet}: drawn"),
                Outcome::Drawn { notes, .. } => println!("{name} / {sheet}: drawn, but {}", notes.join("; ")),
                Outcome::Failed(problem) => println!("{name} / {sheet}: NOT DRAWN: {problem}"),
            }
            entries.push(Entry::new(corpus, &name, &sheet, is_dashboard, outcome));
        }
    }
    engine.stop().await;
    let drawn = entries.iter().filter(|entry| matches!(entry.outcome, Outcome::Drawn { .. })).count();
    println!("{drawn} of {} sheets are drawn; look at {}", entries.len(), out.join("index.html").display());
    page::write(out, &entries)
}
