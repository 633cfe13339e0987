//! `cargo xtask lint`: all that needs no test.

use std::process::{Command, Stdio};

use crate::{
    cargo::{cargo, run as run_to_end},
    step,
};

pub fn run() -> xtask::Result<()> {
    step("format: cargo fmt");
    run_to_end(&mut cargo(&["fmt", "--all", "--check"]))?;
    step("lints: cargo clippy");
    run_to_end(&mut cargo(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]))?;
    step("documentation: cargo doc");
    run_to_end(cargo(&["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"))?;
    dependencies()
}

/// Licences, forbidden crates and sources. Known vulnerabilities are looked up where the list of them can be reached.
fn dependencies() -> xtask::Result<()> {
    step("dependencies: cargo deny");
    let installed = cargo(&["deny", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status()?.success();
    if !installed {
        println!("skipped: dependencies: `cargo deny` is not installed (`cargo install cargo-deny` brings it)");
        return Ok(());
    }
    run_to_end(&mut cargo(&["deny", "check", "bans", "licenses", "sources"]))?;
    if can_reach_advisories() {
        run_to_end(&mut cargo(&["deny", "check", "advisories"]))
    } else {
        println!("skipped: known vulnerabilities: their list cannot be reached from here");
        Ok(())
    }
}

/// Asks for the list once, and leaves it where `cargo deny check` looks for it.
fn can_reach_advisories() -> bool {
    let mut fetch: Command = cargo(&["deny", "fetch", "db"]);
    fetch.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
