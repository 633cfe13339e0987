//! `cargo xtask bench`: builds what users run and hands over to the measuring program.

use std::process::Command;

use crate::{
    cargo::{cargo, run as run_to_end, target, tavola},
    real_clients, step,
};

/// Measures a part: what the measuring program calls it, or what it does when nothing is said.
pub fn run(part: Option<&str>) -> xtask::Result<()> {
    let mut bench = built()?;
    if let Some(part) = part {
        bench.args(["--only", part]);
    }
    match real_clients::environment()? {
        Ok(environment) => {
            bench.arg("--clients").arg(environment.folder());
        }
        // Measuring goes on without them; the table says which rows are missing.
        Err(why) => println!("skipped: comparison with tabcmd and tableauserverclient: {why}"),
    }
    run_to_end(&mut bench)
}

/// The measuring program, and what it measures.
fn built() -> xtask::Result<Command> {
    step("release build of `tavola` and of the measuring program");
    // Apart: together they would share features of their libraries, and users would not run what is measured.
    run_to_end(&mut cargo(&["build", "--release", "--package", "tavola-cli"]))?;
    run_to_end(&mut cargo(&["build", "--release", "--package", "xtask-bench"]))?;
    let target = target()?;
    let mut bench = Command::new(target.join("release").join(format!("xtask-bench{}", std::env::consts::EXE_SUFFIX)));
    bench.arg("--tavola").arg(tavola("release")?).arg("--work-dir").arg(target.join("bench"));
    Ok(bench)
}
