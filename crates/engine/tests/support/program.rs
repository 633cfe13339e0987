//! Where tests have the engine from: the Python package that holds it.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

/// The program in the Python package, if there is one on this machine.
pub fn program() -> Option<PathBuf> {
    let python = std::env::var_os("TAVOLA_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let question =
        "import os, tableauhyperapi as t; print(os.path.join(os.path.dirname(t.__file__), 'bin/hyper/hyperd'))";
    let output = Command::new(&python).args(["-c", question]).output();
    match output {
        Ok(output) if output.status.success() => Some(String::from_utf8(output.stdout).unwrap().trim().into()),
        _ => {
            let why = format!("tests of the engine: {} has no tableauhyperapi", Path::new(&python).display());
            assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{why}");
            std::io::stderr().write_all(format!("skipped: {why}\n").as_bytes()).unwrap();
            None
        }
    }
}
