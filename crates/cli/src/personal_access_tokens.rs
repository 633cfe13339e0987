//! Personal access tokens.

use clap::Subcommand;
use tavola_client::{
    Client,
    api::personal_access_tokens::{NewToken, Token},
    model::{PersonalAccessTokenId, Timestamp, UserId},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    list::{ListArguments, Shape},
    output::{self, Output},
    users,
};

/// What can be done with personal access tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token for oneself; its secret goes to standard output, once
    Create {
        /// The token's name
        name: String,
        /// When it ends: a day (the end of it, UTC) or a time such as 2026-12-31T18:00:00Z
        #[arg(long, value_name = "DATE", value_parser = end)]
        expires: Option<Timestamp>,
    },
    /// List one's tokens, or as an administrator a user's
    List {
        /// The name or id of the user whose tokens to list
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        #[command(flatten)]
        list: ListArguments,
    },
    /// Revoke a token, and end its sessions
    Revoke {
        /// The token's name or id
        #[arg(required_unless_present = "all_of_administrators")]
        token: Option<String>,
        /// The name or id of the user whose token it is
        #[arg(long, value_name = "USER")]
        user: Option<String>,
        /// Revoke every token of every server administrator
        #[arg(long, conflicts_with_all = ["token", "user"])]
        all_of_administrators: bool,
    },
}

static SHAPE: Shape = Shape {
    things: "tokens",
    fields: &["tokenName", "tokenGuid", "lastUsedAt", "expiresAt"],
    columns: &["tokenName", "lastUsedAt", "expiresAt", "tokenGuid"],
    record: &[],
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

/// Does what was asked with personal access tokens.
pub async fn run(command: TokenCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        TokenCommand::Create { name, expires } => {
            let new = NewToken { token_name: name.clone(), expires_at: expires };
            let token = Connection::find(global)?
                .run(output, async |client| {
                    let made = client.personal_access_tokens().create(&new).await;
                    made.map_err(|error| Failure::of_call(format!("cannot make the token `{name}`"), &error))
                })
                .await?;
            let written =
                if output.is_json() { output.json(&output::row(&token)) } else { output.line(token.secret.expose()) };
            // Before the words, so that nobody is told of a secret that did not get out.
            written.and_then(|()| output.finish()).inspect_err(|_| {
                output.warn(&format!(
                    "the token `{name}` was made, but its secret is lost: `tavola token revoke '{name}'` undoes it"
                ));
            })?;
            let until = token.expires_at.map(|time| format!("; it ends at {time}")).unwrap_or_default();
            output.say(&format!("made the token `{name}`{until}"));
            output.warn("its secret is shown this once: keep it now");
            Ok(())
        }
        TokenCommand::List { user, list } => {
            let list = list.read(&SHAPE)?;
            let tokens = Connection::find(global)?
                .run(output, async |client| {
                    let of = owner(client, user.as_deref()).await?;
                    tokens_of(client, of).await
                })
                .await?;
            list.show(tokens.iter().map(output::row).collect(), output)
        }
        TokenCommand::Revoke { all_of_administrators: true, .. } => {
            Connection::find(global)?
                .run(output, async |client| {
                    let revoked = client.personal_access_tokens().revoke_all_of_administrators().await;
                    revoked
                        .map_err(|error| Failure::of_call("cannot revoke the tokens of server administrators", &error))
                })
                .await?;
            output.say("revoked every token of every server administrator");
            Ok(())
        }
        TokenCommand::Revoke { token, user, .. } => {
            let token = token.unwrap_or_default();
            Connection::find(global)?
                .run(output, async |client| {
                    let of = owner(client, user.as_deref()).await?;
                    let id = find(client, of, &token).await?;
                    let room = client.personal_access_tokens();
                    match of {
                        Some(of) => room.revoke_of(of, id).await,
                        None => room.revoke(id).await,
                    }
                    .map_err(|error| Failure::of_call(format!("cannot revoke the token `{token}`"), &error))
                })
                .await?;
            output.say(&format!("revoked the token `{token}`"));
            Ok(())
        }
    }
}

async fn owner(client: &Client, user: Option<&str>) -> Result<Option<UserId>, Failure> {
    match user {
        Some(user) => users::find(client, user).await.map(Some),
        None => Ok(None),
    }
}

async fn tokens_of(client: &Client, user: Option<UserId>) -> Result<Vec<Token>, Failure> {
    let room = client.personal_access_tokens();
    match user {
        Some(user) => room.list_of(user).await,
        None => room.list().await,
    }
    .map_err(|error| Failure::of_call("cannot list the tokens", &error))
}

async fn find(client: &Client, user: Option<UserId>, token: &str) -> Result<PersonalAccessTokenId, Failure> {
    if let Ok(id) = token.parse() {
        return Ok(id);
    }
    tokens_of(client, user)
        .await?
        .into_iter()
        .find(|found| found.token_name == token)
        .map(|found| found.token_guid)
        .ok_or_else(|| Failure::refused(format!("there is no token `{token}`")).hint("`tavola token list` shows all"))
}

/// The end of a day, or a time.
fn end(text: &str) -> Result<Timestamp, String> {
    format!("{text}T23:59:59Z")
        .parse()
        .or_else(|_| text.parse::<Timestamp>())
        .map_err(|_| "it is neither a day such as 2026-12-31 nor a time such as 2026-12-31T18:00:00Z".to_owned())
}
