//! `cargo xtask`: what developers run. Each command is a module.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people at a terminal and for CI's log")]

mod bench;
mod cargo;
mod gallery;
mod lint;
mod real_clients;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask COMMAND

Commands:
  test                  All tests: those in Rust, then those with published clients in Python
  real-clients [NAMES]  Only the tests with published clients; NAMES as in `python -m unittest -k`
  lint                  Format, lints, documentation, dependencies
  check                 What CI runs: lint, then test
  gallery FOLDER        Draw the workbooks of a folder, beside Tableau's thumbnails (FOLDER/thumbs)
  bench                 Each figure the project promises, measured on this machine
  bench transfers       The same for large files in blocks, which takes 8 GB of disk
  bench content         The same for workbooks: files in and out, long lists; 20 GB of disk
  bench people          The same for many users and rules: import, what one may do, lists as a viewer

TAVOLA_TEST_POSTGRES=postgres://… lets the tests of the database run on PostgreSQL too.
With CI=true whatever would be skipped for want of a tool is an error.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["test"] => test::run(),
        ["real-clients", names @ ..] => real_clients::run(names),
        ["lint"] => lint::run(),
        ["check"] => lint::run().and_then(|()| test::run()),
        ["gallery", workbooks] => gallery::run(workbooks),
        ["bench"] => bench::run(None),
        ["bench", part @ ("transfers" | "content" | "people")] => bench::run(Some(part)),
        [] | ["help" | "--help" | "-h"] => {
            print!("{HELP}");
            Ok(())
        }
        _ => {
            eprint!("{HELP}");
            return ExitCode::from(2);
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

/// Announces a step, so that a log says what its lines belong to.
fn step(what: &str) {
    println!("== {what}");
}

/// Says that something is left out. On CI nothing may be, unless nobody could provide it.
fn skip(what: &str, why: &str) -> xtask::Result<()> {
    if on_ci() {
        return Err(format!("{what} cannot run: {why}").into());
    }
    println!("skipped: {what}: {why}");
    Ok(())
}

fn on_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}
