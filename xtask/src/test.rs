//! `cargo xtask test`: every test there is.

use crate::{
    cargo::{cargo, run as run_to_end},
    real_clients, skip, step,
};

pub fn run() -> xtask::Result<()> {
    step("tests in Rust: cargo test --workspace");
    if std::env::var_os("TAVOLA_TEST_POSTGRES").is_none() {
        println!("skipped: tests on PostgreSQL: TAVOLA_TEST_POSTGRES names no server");
    }
    let mut tests = cargo(&["test", "--workspace", "--no-fail-fast"]);
    if std::env::var_os("TAVOLA_TEST_PYTHON").is_none() {
        match real_clients::environment()? {
            Ok(environment) => drop(tests.env("TAVOLA_TEST_PYTHON", environment.python())),
            Err(why) => skip("tests on S3", &why)?,
        }
    }
    let rust = run_to_end(&mut tests);
    // `cargo test` has just built the program. After a failure it may not have, and an old one must not be judged.
    let clients = if rust.is_ok() { real_clients::judge(&[]) } else { real_clients::run(&[]) };
    rust.and(clients)
}
