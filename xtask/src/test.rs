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
    let clients = real_clients::run(&[]);
    rust.and(clients)
}
