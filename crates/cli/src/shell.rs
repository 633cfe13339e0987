//! What a shell wants to know of this program: completions and manual pages, made from the command line's own definition.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use crate::{
    Failure,
    arguments::{command, documented},
    output::Output,
};

/// The arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "To try it in bash: source <(tavola completions bash)")]
pub struct CompletionsArguments {
    /// The shell
    shell: Shell,
}

/// The arguments of `man`.
#[derive(Debug, Args)]
pub struct ManArguments {
    /// Write a page for each command into this folder; without it the first page goes to standard output
    folder: Option<PathBuf>,
}

/// Writes the script that completes commands.
pub fn completions(arguments: &CompletionsArguments, output: &mut Output) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command(), "tavola", &mut script);
    output.raw(&script)
}

/// Writes manual pages.
pub fn man(arguments: &ManArguments, output: &mut Output) -> Result<(), Failure> {
    let Some(folder) = &arguments.folder else {
        let mut page = Vec::new();
        clap_mangen::Man::new(documented()).render(&mut page).expect("memory takes what is written");
        return output.raw(&page);
    };
    std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(documented(), folder))
        .map_err(|error| Failure::file(format!("cannot write manual pages into `{}`", folder.display()), &error))?;
    output.say(&format!("wrote the manual pages into `{}`", folder.display()));
    Ok(())
}
