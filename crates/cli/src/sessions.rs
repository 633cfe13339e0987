//! Sessions on the server.

use clap::Subcommand;
use tavola_client::{Client, ListOptions, model::SessionId};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    list::{ListArguments, Shape},
    output::Output,
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
    things: "sessions",
    fields: &[
        "id",
        "current",
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
    columns: &[
        "user.name",
        "createdAt",
        "lastUsedAt",
        "expiresAt",
        "address",
        "personalAccessTokenName",
        "current",
        "id",
    ],
    record: &[],
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

/// Does what was asked with sessions.
pub async fn run(command: SessionCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        SessionCommand::List(arguments) => {
            let page = async |client: &Client, options: &ListOptions| client.sessions().list(options).await;
            SHAPE.list(&arguments, global, output, page).await
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
