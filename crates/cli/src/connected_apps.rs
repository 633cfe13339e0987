//! Connected apps of a site: who may sign users in by JSON web tokens that they sign with a secret.

use clap::{Args, Subcommand};
use tavola_client::{
    Client,
    api::connected_apps::{App, AppSecret},
    model::{ConnectedAppId, ConnectedAppSecretId},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    list::{ListArguments, Shape},
    output::{self, Output},
    secrets,
};

/// What can be done with connected apps.
#[derive(Debug, Subcommand)]
pub enum ConnectedAppCommand {
    /// List the connected apps of the site
    List(ListArguments),
    /// Show a connected app with the ids of its secrets
    Show {
        /// The app's name or client id
        app: String,
    },
    /// Make a connected app; its tokens need a secret: `connected-app secret create`
    #[command(
        after_help = "Example: tavola connected-app create Portal --enabled && tavola connected-app secret create Portal"
    )]
    Create {
        /// The app's name
        name: String,
        #[command(flatten)]
        details: Details,
    },
    /// Change a connected app; disabling ends the sessions that it made
    Update {
        /// The app's name or client id
        app: String,
        /// Its new name
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        #[command(flatten)]
        details: Details,
    },
    /// Delete a connected app, and end the sessions that it made
    Delete {
        /// The app's name or client id
        app: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Make, show and delete what an app signs its tokens with
    #[command(subcommand)]
    Secret(SecretCommand),
}

/// What can be done with the secrets of a connected app.
#[derive(Debug, Subcommand)]
pub enum SecretCommand {
    /// Make a secret, of which an app has at most two; its value goes to standard output
    Create {
        /// The app's name or client id
        app: String,
    },
    /// Write the value of a secret to standard output
    Show(OfApp),
    /// Delete a secret, and end the sessions of the tokens that it signed
    Delete {
        #[command(flatten)]
        secret: OfApp,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// A secret of an app.
#[derive(Debug, Args)]
pub struct OfApp {
    /// The app's name or client id
    app: String,
    /// The secret's id, which its tokens name as their `kid`
    #[arg(value_name = "SECRET_ID")]
    secret: ConnectedAppSecretId,
}

/// What an app may have beside its name.
#[derive(Debug, Args)]
pub struct Details {
    /// Let the app sign users in, or with `=false` do not
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    enabled: Option<bool>,
    /// Let its content be embedded anywhere, or with `=false` where --domain-safelist says
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    unrestricted_embedding: Option<bool>,
    /// Where its content may be embedded, separated by blanks
    #[arg(long, value_name = "DOMAINS")]
    domain_safelist: Option<String>,
}

impl Details {
    fn read(self, name: Option<String>) -> App {
        let Self { enabled, unrestricted_embedding, domain_safelist } = self;
        App { name, enabled, unrestricted_embedding, domain_safelist, ..App::default() }
    }
}

static SHAPE: Shape = Shape {
    things: "connected apps",
    fields: &["clientId", "name", "enabled", "createdAt", "unrestrictedEmbedding", "domainSafelist", "secret"],
    columns: &["name", "enabled", "createdAt", "clientId"],
    record: &["name", "enabled", "createdAt", "unrestrictedEmbedding", "domainSafelist", "clientId", "secret"],
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

/// Does what was asked with connected apps.
pub async fn run(command: ConnectedAppCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        ConnectedAppCommand::List(arguments) => {
            let list = arguments.read(&SHAPE)?;
            let apps = Connection::find(global)?
                .run(output, async |client| {
                    let listed = client.connected_apps().list().await;
                    listed.map_err(|error| Failure::of_call("cannot list the connected apps", &error))
                })
                .await?;
            list.show(apps.iter().map(output::row).collect(), output)
        }
        ConnectedAppCommand::Show { app } => {
            let fetch = async |client: &Client| {
                let id = find(client, &app).await?;
                let shown = client.connected_apps().get(id).await;
                shown.map_err(|error| Failure::of_call(format!("cannot show the connected app `{app}`"), &error))
            };
            SHAPE.show(global, output, fetch).await
        }
        ConnectedAppCommand::Create { name, details } => {
            let new = details.read(Some(name.clone()));
            let made = Connection::find(global)?
                .run(output, async |client| {
                    let made = client.connected_apps().create(&new).await;
                    made.map_err(|error| Failure::of_call(format!("cannot make the connected app `{name}`"), &error))
                })
                .await?;
            output.done(&made, &format!("made the connected app `{name}`"))
        }
        ConnectedAppCommand::Update { app, name, details } => {
            let changes = details.read(name);
            if changes == App::default() {
                let what = "--name, --enabled, --unrestricted-embedding or --domain-safelist";
                return Err(Failure::failed(format!("there is nothing to change: give {what}")));
            }
            let changed = Connection::find(global)?
                .run(output, async |client| {
                    let id = find(client, &app).await?;
                    let changed = client.connected_apps().update(id, &changes).await;
                    changed
                        .map_err(|error| Failure::of_call(format!("cannot change the connected app `{app}`"), &error))
                })
                .await?;
            output.done(&changed, &format!("changed the connected app `{app}`"))
        }
        ConnectedAppCommand::Delete { app, yes } => {
            let called = format!("connected app `{app}`");
            secrets::require_consent(yes, &format!("deletes the {called}"))?;
            Connection::find(global)?
                .run(output, async |client| {
                    let id = find(client, &app).await?;
                    secrets::consent(yes, &format!("The {called} and its sessions will be gone"), &app).await?;
                    let deleted = client.connected_apps().delete(id).await;
                    deleted.map_err(|error| Failure::of_call(format!("cannot delete the {called}"), &error))
                })
                .await?;
            output.say(&format!("deleted the {called}"));
            Ok(())
        }
        ConnectedAppCommand::Secret(command) => run_secret(command, global, output).await,
    }
}

async fn run_secret(command: SecretCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        SecretCommand::Create { app } => {
            let (id, secret) = Connection::find(global)?
                .run(output, async |client| {
                    let id = find(client, &app).await?;
                    let made = client.connected_apps().create_secret(id).await;
                    made.map(|secret| (id, secret)).map_err(|error| {
                        Failure::of_call(format!("cannot make a secret of the connected app `{app}`"), &error)
                    })
                })
                .await?;
            write(&secret, output)?;
            output.say(&format!("made the secret `{}` of the connected app `{app}`, `{id}`", secret.id));
            Ok(())
        }
        SecretCommand::Show(OfApp { app, secret }) => {
            let shown = Connection::find(global)?
                .run(output, async |client| {
                    let shown = client.connected_apps().get_secret(find(client, &app).await?, secret).await;
                    shown.map_err(|error| {
                        Failure::of_call(
                            format!("cannot show the secret `{secret}` of the connected app `{app}`"),
                            &error,
                        )
                    })
                })
                .await?;
            write(&shown, output)
        }
        SecretCommand::Delete { secret: OfApp { app, secret }, yes } => {
            let called = format!("secret `{secret}` of the connected app `{app}`");
            secrets::require_consent(yes, &format!("deletes the {called}"))?;
            Connection::find(global)?
                .run(output, async |client| {
                    let id = find(client, &app).await?;
                    secrets::consent(yes, &format!("The {called} will be gone"), &secret.to_string()).await?;
                    let deleted = client.connected_apps().delete_secret(id, secret).await;
                    deleted.map_err(|error| Failure::of_call(format!("cannot delete the {called}"), &error))
                })
                .await?;
            output.say(&format!("deleted the {called}"));
            Ok(())
        }
    }
}

/// Writes a secret: as JSON with its id, or its value alone.
fn write(secret: &AppSecret, output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        return output.json(&output::row(secret));
    }
    let value = secret
        .value
        .as_ref()
        .ok_or_else(|| Failure::failed(format!("the server does not tell the value of the secret `{}`", secret.id)))?;
    output.line(value.expose())?;
    // Before any words, so that nobody is told of a secret that did not get out.
    output.finish()
}

/// The client id of an app that is named by it or by name.
async fn find(client: &Client, app: &str) -> Result<ConnectedAppId, Failure> {
    if let Ok(id) = app.parse() {
        return Ok(id);
    }
    let apps = client.connected_apps().list().await;
    let apps = apps.map_err(|error| Failure::of_call(format!("cannot look for the connected app `{app}`"), &error))?;
    let named: Vec<&App> = apps.iter().filter(|listed| listed.name.as_deref() == Some(app)).collect();
    match named.as_slice() {
        [] => Err(Failure::refused(format!("there is no connected app `{app}` on this site"))
            .hint("`tavola connected-app list` shows all")),
        [found] => found
            .client_id
            .ok_or_else(|| Failure::failed(format!("the server gave no client id of the connected app `{app}`"))),
        _ => Err(Failure::failed(format!("more than one connected app is named `{app}`"))
            .hint("name one by its client id: `tavola connected-app list` shows them")),
    }
}
