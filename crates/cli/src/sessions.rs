//! Sessions on the server.

use clap::Subcommand;
use tavola_client::{ListOptions, model::SessionId};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    list::{self, ListArguments, Shape},
    output::{self, Output},
};

/// What can be done with sessions.
#[derive(Debug, Subcommand)]
pub enum SessionCommand {
    /// List one's sessions, or as an administrator those of the site. Only Tavola servers tell
    List(ListArguments),
    /// End sessions
    End {
        /// Their ids, as `session list` shows them
        #[arg(required = true, value_name = "SESSION")]
        sessions: Vec<SessionId>,
    },
}

static SHAPE: Shape = Shape {
    fields: &[
        "id",
        "user.id",
        "user.name",
        "user.siteRole",
        "createdAt",
        "lastUsedAt",
        "expiresAt",
        "address",
        "userAgent",
        "personalAccessTokenName",
        "impersonatedBy",
    ],
    columns: &["user.name", "createdAt", "lastUsedAt", "expiresAt", "address", "personalAccessTokenName", "id"],
    filtered_by_server: &[],
    sorted_by_server: &[],
    nothing: "no sessions",
};

/// Does what was asked with sessions.
pub async fn run(command: SessionCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        SessionCommand::List(arguments) => {
            let list = arguments.read(&SHAPE)?;
            let sessions = Connection::find(global)?
                .run(output, async |client| {
                    let room = client.sessions();
                    list::fetch(
                        &list,
                        &ListOptions::default(),
                        async |options| room.list(options).await,
                        async |options| room.list_all(options).await,
                    )
                    .await
                    .map_err(|error| Failure::of_call("cannot list the sessions", &error))
                })
                .await?;
            list.show(sessions.iter().map(output::row).collect(), output)
        }
        SessionCommand::End { sessions } => {
            Connection::find(global)?
                .run(output, async |client| {
                    for id in &sessions {
                        let ended = client.sessions().end(*id).await;
                        ended.map_err(|error| Failure::of_call(format!("cannot end the session `{id}`"), &error))?;
                    }
                    Ok(())
                })
                .await?;
            output.say(&match sessions.as_slice() {
                [one] => format!("ended the session `{one}`"),
                all => format!("ended {} sessions", all.len()),
            });
            Ok(())
        }
    }
}
