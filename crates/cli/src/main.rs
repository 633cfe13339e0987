//! The one binary of Tavola: commands for people who automate any Tableau Server, and the server itself.
//!
//! A command turns arguments into calls of `tavola-client` and their answers into a table or JSON; it knows nothing of
//! paths, messages or retries. Each resource is a room named as in the other crates (`users`, `sites`, …). Start with
//! [`arguments`], then [`connection`], which finds out where a command goes to and as whom, and keeps the session.
//!
//! Errors are printed here and nowhere else. Help, completions and manual pages start no runtime.

#[cfg(feature = "serve")]
mod admin;
mod arguments;
mod connected_apps;
mod connection;
mod content;
mod custom_views;
mod datasources;
#[cfg(feature = "serve")]
mod demo;
#[cfg(feature = "serve")]
mod draw;
#[cfg(feature = "serve")]
mod engine;
mod external_authorization_servers;
mod failure;
mod favorites;
mod flows;
mod folders;
mod group_sets;
mod groups;
mod input;
mod jobs;
mod kept_sessions;
#[cfg_attr(not(target_os = "linux"), path = "no_keyring.rs")]
mod keyring;
mod list;
mod login;
mod oidc;
mod output;
mod permissions;
mod personal_access_tokens;
mod profiles;
mod projects;
mod recycle_bin;
mod scim;
mod secrets;
#[cfg(feature = "serve")]
mod serve;
mod sessions;
mod shell;
mod sites;
mod tags;
mod things;
mod users;
mod views;
mod virtual_connections;
mod workbooks;

use std::process::ExitCode;

use clap::FromArgMatches;

use arguments::{Arguments, Command, Global};
use failure::Failure;
use folders::Folders;
use output::Output;

/// Gives memory back. With the allocator of glibc a server keeps hundreds of megabytes after some sign-ins by password,
/// each of which needs 19 of them for a moment.
#[cfg(feature = "serve")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let parsed = arguments::command().try_get_matches().and_then(|matches| Arguments::from_arg_matches(&matches));
    let arguments = match parsed {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are such errors too. Whoever closed the pipe has read enough of them.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let global = arguments.global;
    let mut output = Output::new(global.json, global.quiet, global.verbose);
    let outcome = run(arguments.command, &global, &mut output).and_then(|()| output.finish());
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.report(&failure);
            failure.exit_code()
        }
    }
}

fn run(command: Command, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        Command::Completions(arguments) => shell::completions(&arguments, output),
        Command::Man(arguments) => shell::man(&arguments, output),
        Command::Profile(command) => calling(profiles::run(command, Folders::of_environment()?, output)),
        #[cfg(feature = "serve")]
        Command::Serve(arguments) => serve::serve(arguments, global, output),
        #[cfg(feature = "serve")]
        Command::Admin(command) => admin::run(command, output),
        #[cfg(feature = "serve")]
        Command::Engine(command) => engine::run(command, output),
        #[cfg(feature = "serve")]
        Command::Draw(arguments) => draw::draw(arguments, output),
        #[cfg(feature = "serve")]
        Command::Demo(arguments) => demo::demo(&arguments, output),
        Command::Login(arguments) => calling(login::login(arguments, global, output)),
        Command::Logout => calling(login::logout(global, output)),
        Command::Whoami => calling(login::whoami(global, output)),
        Command::Status => calling(login::status(global, output)),
        Command::Token(command) => calling(personal_access_tokens::run(command, global, output)),
        Command::Site(command) => calling(sites::run(command, global, output)),
        Command::User(command) => calling(users::run(command, global, output)),
        Command::Group(command) => calling(groups::run(command, global, output)),
        Command::GroupSet(command) => calling(group_sets::run(command, global, output)),
        Command::Project(command) => calling(projects::run(command, global, output)),
        Command::Workbook(command) => calling(workbooks::run(command, global, output)),
        Command::View(command) => calling(views::run(command, global, output)),
        Command::Datasource(command) => calling(datasources::run(command, global, output)),
        Command::Flow(command) => calling(content::run(command, global, output)),
        Command::VirtualConnection(command) => calling(content::run(command, global, output)),
        Command::CustomView(command) => calling(custom_views::run(command, global, output)),
        Command::Favorite(command) => calling(favorites::run(command, global, output)),
        Command::Tag(command) => calling(tags::run(command, global, output)),
        Command::Permissions(command) => calling(permissions::run(command, global, output)),
        Command::Job(command) => calling(jobs::run(command, global, output)),
        Command::RecycleBin(command) => calling(recycle_bin::run(command, global, output)),
        Command::ConnectedApp(command) => calling(connected_apps::run(command, global, output)),
        Command::ExternalAuthorizationServer(command) => {
            calling(external_authorization_servers::run(command, global, output))
        }
        Command::Oidc(command) => calling(oidc::run(command, global, output)),
        Command::Scim(command) => calling(scim::run(command, global, output)),
        Command::Session(command) => calling(sessions::run(command, global, output)),
    }
}

/// Runs a command that calls a server, until it ends or Ctrl-C is pressed.
fn calling(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::file("cannot start", &error))?;
    let outcome = runtime.block_on(async {
        tokio::select! {
            // A command that hears Ctrl-C itself has the last word.
            biased;
            outcome = command => outcome,
            Ok(()) = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
        }
    });
    // A thread may still wait for a line from the terminal or for a lock.
    runtime.shutdown_background();
    outcome
}
