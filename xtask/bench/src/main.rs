//! Measures what Tavola promises, in one run on this machine, and prints each figure beside its goal.
//!
//! `cargo xtask bench` builds the release programs and starts this one. The load comes from this process over loopback;
//! servers are processes of their own: `tavola serve`, and for comparison this program again as a bare axum server
//! (`xtask-bench bare`). Nothing is taken from an earlier run.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people at a terminal and for CI's log")]

mod bare;
mod command_line;
mod commands;
mod content;
mod flood;
mod load;
mod people;
mod process;
mod rest;
mod start;
mod table;
mod throughput;
mod transfers;

use std::{path::PathBuf, process::ExitCode};

use xtask::{Result, Served, Settings, empty};

use crate::{rest::Rest, table::Table};

const USAGE: &str = "usage: xtask-bench --tavola PROGRAM --work-dir FOLDER [--clients FOLDER] [--only transfers|content|people] | xtask-bench bare";

const ADMINISTRATOR: &str = "admin";
const PASSWORD: &str = "only for measuring";

/// How many users the used data folder has.
const USERS: usize = 10_000;

/// What is measured, with what, and where.
struct Setting {
    /// The program `tavola`, as it is released.
    tavola: PathBuf,
    /// A folder that is emptied first.
    work_dir: PathBuf,
    /// Where `python` and `tabcmd` are, if they are.
    clients: Option<PathBuf>,
    part: Part,
}

/// What of it all is measured. All but the first take disk and time that the other figures do not.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// The server, its methods, the command line.
    Daily,
    /// Large files in blocks.
    Transfers,
    /// Workbooks: files in and out, long lists.
    Content,
    /// Many users and many rules.
    People,
}

impl Setting {
    fn serve(&self, name: &str) -> Result<Served> {
        Served::start(&Settings {
            program: self.tavola.clone(),
            data_dir: self.work_dir.join(name),
            administrator: ADMINISTRATOR.to_owned(),
            password: PASSWORD.to_owned(),
            strict: false,
            engine: None,
        })
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = if arguments == ["bare"] {
        bare::serve()
    } else {
        match read(&arguments) {
            Some(setting) => measure(&setting),
            None => Err(USAGE.into()),
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn read(arguments: &[String]) -> Option<Setting> {
    let (mut tavola, mut work_dir, mut clients, mut part) = (None, None, None, Part::Daily);
    for pair in arguments.chunks(2) {
        let [name, value] = pair else { return None };
        match name.as_str() {
            "--tavola" => tavola = Some(PathBuf::from(value)),
            "--work-dir" => work_dir = Some(PathBuf::from(value)),
            "--clients" => clients = Some(PathBuf::from(value)),
            "--only" if value == "transfers" => part = Part::Transfers,
            "--only" if value == "content" => part = Part::Content,
            "--only" if value == "people" => part = Part::People,
            _ => return None,
        }
    }
    // Commands run in a folder of their own, where a relative path would lead elsewhere.
    let absolute = |path: PathBuf| std::path::absolute(path).ok();
    Some(Setting {
        tavola: absolute(tavola?)?,
        work_dir: absolute(work_dir?)?,
        clients: clients.and_then(absolute),
        part,
    })
}

fn measure(setting: &Setting) -> Result<()> {
    empty(&setting.work_dir)?;
    println!("machine: {}", process::machine());
    let mut table = Table::default();
    match setting.part {
        Part::Daily => daily(setting, &mut table)?,
        Part::Transfers => transfers::measure(setting, &mut table)?,
        Part::Content => content::measure(setting, &mut table)?,
        Part::People => people::measure(setting, &mut table)?,
    }
    table.print();
    // Gigabytes, some of them, that nobody needs any more.
    empty(&setting.work_dir)
}

fn daily(setting: &Setting, table: &mut Table) -> Result<()> {
    start::measure_empty(setting, table)?;
    start::measure_size(setting, table)?;

    let served = setting.serve("used")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let rest = Rest::sign_in(served.http()).await?;
        rest.fill(USERS, table).await?;
        throughput::measure(&rest, table).await?;
        flood::measure(&rest, &served, table).await?;
        Ok::<_, Box<dyn std::error::Error>>(())
    })?;
    served.stop()?;

    start::measure_used(setting, table)?;
    let served = setting.serve("used")?;
    command_line::measure(setting, &served, &runtime, table)?;
    served.stop()
}
