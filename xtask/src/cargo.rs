//! Running cargo, and where it puts things.

use std::{env, path::PathBuf, process::Command};

use xtask::Result;

/// The root of the workspace.
pub fn root() -> PathBuf {
    let xtask = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().map(PathBuf::from).unwrap_or(xtask)
}

/// The folder that this very program was built into: `target`, or what CARGO_TARGET_DIR says.
pub fn target() -> Result<PathBuf> {
    let program = env::current_exe()?;
    // target/debug/xtask
    Ok(program.ancestors().nth(2).ok_or("xtask was not run by cargo")?.to_owned())
}

/// The program `tavola` as a profile's folder has it.
pub fn tavola(profile: &str) -> Result<PathBuf> {
    Ok(target()?.join(profile).join(format!("tavola{}", env::consts::EXE_SUFFIX)))
}

/// The same cargo that runs this program, in the root of the workspace.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    // What cargo told this program about itself is not for what is built now: build scripts that look at it would make
    // their crates anew each time that cargo is called by hand in between.
    for (name, _) in env::vars_os() {
        let of_its_package = ["CARGO_PKG_", "CARGO_MANIFEST_"];
        if name.to_str().is_some_and(|name| of_its_package.iter().any(|start| name.starts_with(start))) {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a program to its end; anything but success is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|cause| format!("cannot run `{name}`: {cause}"))?;
    if status.success() {
        return Ok(());
    }
    let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy()).collect();
    let name = name.rsplit(['/', '\\']).next().unwrap_or(&name);
    Err(format!("`{name} {}` failed ({status})", arguments.join(" ")).into())
}
