//! `cargo xtask test`: every test there is.

use crate::{
    cargo::{cargo, run as run_to_end},
    real_clients, step,
};

pub fn run() -> xtask::Result<()> {
    step("tests in Rust: cargo test --workspace");
    if std::env::var_os("TAVOLA_TEST_POSTGRES").is_none() {
        println!("skipped: tests on PostgreSQL: TAVOLA_TEST_POSTGRES names no server");
    }
    let rust = run_to_end(&mut cargo(&["test", "--workspace", "--no-fail-fast"]));
    // `cargo test` has just built the program. After a failure it may not have, and an old one must not be judged.
    let clients = if rust.is_ok() { real_clients::judge(&[]) } else { real_clients::run(&[]) };
    rust.and(clients)
}
