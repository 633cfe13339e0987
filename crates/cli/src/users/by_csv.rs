//! Many users at once, by a file: a job of the server's, which is waited for and told of line by line.

use std::path::{Path, PathBuf};

use clap::Args;
use tavola_client::{
    Client, Error,
    api::{jobs::Job, users::User},
    model::{AuthSetting, StatusNoteType},
};

use super::auth_setting_parser;
use crate::{Failure, arguments::Global, connection::Connection, input, jobs, output::Output};

/// The arguments of `user import`.
#[derive(Debug, Args)]
#[command(
    after_help = "A line of the file, which has no header: user name, password, full name, licence (Creator, Explorer, \
    Viewer, Unlicensed), administrator (System, Site, None), publisher (true, false), e-mail. What is missing at the end \
    of a line is empty.\n\n\
    Exit code 1 says that the server refused at least one line; the others were done."
)]
pub struct ImportArguments {
    /// The file, or `-` for standard input
    file: PathBuf,
    /// How the users sign in [possible values: ServerDefault, SAML, OpenID, TableauIDWithMFA]
    #[arg(long, value_name = "SETTING", value_parser = auth_setting_parser(), ignore_case = true, hide_possible_values = true)]
    auth_setting: Option<AuthSetting>,
    /// Do not wait until it is done; the job's id goes to standard output
    #[arg(long)]
    no_wait: bool,
    /// Tell what would come of it and change nothing; only a server of Tavola's can
    #[arg(long)]
    dry_run: bool,
}

/// Adds or changes the users of a file.
pub async fn import(arguments: ImportArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let ImportArguments { file, auth_setting, no_wait, dry_run } = arguments;
    // Without a name it stands for all.
    let way = auth_setting.map(|setting| User { auth_setting: Some(setting.into()), ..User::default() });
    let ways: Vec<User> = way.into_iter().collect();
    let bytes = input::read(&file)?;
    let begin = async |client: &Client| match dry_run {
        true => client.users().check_csv(bytes.clone(), &ways).await,
        false => client.users().import_csv(bytes.clone(), &ways).await,
    };
    let what = if dry_run { "check" } else { "import" };
    if dry_run && !no_wait {
        output.say("nothing is changed; an import would end so:");
    }
    run(&format!("{what} the users of {}", input::named(&file)), no_wait, global, output, begin).await
}

/// Removes the users whom a file names.
pub async fn remove(file: &Path, no_wait: bool, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let bytes = input::read(file)?;
    let begin = async |client: &Client| client.users().remove_csv(bytes.clone()).await;
    run(&format!("remove the users of {}", input::named(file)), no_wait, global, output, begin).await
}

async fn run(
    what: &str,
    no_wait: bool,
    global: &Global,
    output: &mut Output,
    begin: impl AsyncFn(&Client) -> Result<Job, Error>,
) -> Result<(), Failure> {
    let connection = Connection::find(global)?;
    let begun = connection
        .run(output, async |client| {
            begin(client).await.map_err(|error| Failure::of_call(format!("cannot {what}"), &error))
        })
        .await?;
    // By itself: a session that ends meanwhile must not send the file again.
    let job =
        if no_wait { begun } else { connection.run(output, async |client| jobs::wait(client, begun.id).await).await? };
    if output.is_json() {
        output.json(&job)?;
    } else if no_wait {
        output.line(&job.id.to_string())?;
    }
    if no_wait {
        return Ok(());
    }
    if !output.is_json() {
        jobs::notes(&job).iter().for_each(|note| output.say(note));
    }
    output.finish()?;
    jobs::require_success(&job, what)?;
    match jobs::count(&job, StatusNoteType::CountOfUsersSkipped) {
        0 => Ok(()),
        1 => Err(Failure::refused(format!("cannot {what}: one line was refused"))),
        refused => Err(Failure::refused(format!("cannot {what}: {refused} lines were refused"))),
    }
}
