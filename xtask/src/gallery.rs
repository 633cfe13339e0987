//! `cargo xtask gallery`: builds the drawing program and hands a folder of workbooks over to it.

use std::{path::Path, process::Command};

use crate::{
    cargo::{cargo, run as run_to_end, target},
    real_clients, step,
};

pub fn run(workbooks: &str) -> xtask::Result<()> {
    let environment = real_clients::environment()?.map_err(|why| format!("there is no engine to ask: {why}"))?;
    step("build of the drawing program");
    run_to_end(&mut cargo(&["build", "--package", "tavola-gallery"]))?;
    let target = target()?;
    let program = target.join("debug").join(format!("tavola-gallery{}", std::env::consts::EXE_SUFFIX));
    let mut drawing = Command::new(program);
    drawing.arg(environment.engine()?).arg(target.join("gallery")).arg(Path::new(workbooks));
    run_to_end(&mut drawing)
}
