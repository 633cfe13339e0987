//! For whoever runs a server: commands on its data, not over the network. Who may read the data may use them.

mod audit;
mod check;

use clap::Subcommand;

use crate::{Failure, output::Output};

/// What can be done with a server's data.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Show who did what, from where and with what, oldest first; with --json an object a line
    ///
    /// A server may be running meanwhile. There are a line for every change, one for every sign-in, and one for every sign-in
    /// that was refused.
    Audit(audit::AuditArguments),
    /// Compare the database with the stored files
    ///
    /// To be used after a restored backup, a full or broken disk, or a changed bucket: it finds files that are missing or
    /// damaged, and files that nothing refers to. Takes the settings of `tavola serve` from the same flags, variables and
    /// file. A server that keeps its data in this folder must be ended first; where both database and files are elsewhere,
    /// it may run on.
    ///
    /// Exit codes: 0 nothing is wrong, 1 something is (also if it was repaired), 2 failed.
    Check(check::CheckArguments),
}

/// Does what was asked with a server's data.
pub fn run(command: AdminCommand, output: &mut Output) -> Result<(), Failure> {
    match command {
        AdminCommand::Audit(arguments) => audit::run(arguments, output),
        AdminCommand::Check(arguments) => check::run(arguments, output),
    }
}
