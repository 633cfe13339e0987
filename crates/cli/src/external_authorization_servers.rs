//! External authorization servers of a site: whose JSON web tokens sign users in, verified by the keys that they publish.

use clap::{Args, Subcommand};
use tavola_client::{Client, api::external_authorization_servers::Server, model::ExternalAuthorizationServerId};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    list::{ListArguments, Shape},
    output::{self, Output},
    secrets,
};

/// What can be done with external authorization servers.
#[derive(Debug, Subcommand)]
pub enum ExternalAuthorizationServerCommand {
    /// List the external authorization servers of the site
    List(ListArguments),
    /// Show an external authorization server
    Show {
        /// The server's name, issuer or id
        #[arg(value_name = "EAS")]
        eas: String,
    },
    /// Register an external authorization server
    #[command(after_help = "Example: tavola eas register https://id.example.com --name Company --enabled")]
    Register {
        /// The `iss` of its tokens, letter by letter
        issuer: String,
        #[command(flatten)]
        details: Details,
    },
    /// Change an external authorization server; another issuer, other keys and disabling end the sessions of its tokens
    Update {
        /// The server's name, issuer or id
        #[arg(value_name = "EAS")]
        eas: String,
        /// Its new issuer
        #[arg(long, value_name = "ISSUER")]
        issuer: Option<String>,
        #[command(flatten)]
        details: Details,
    },
    /// Delete an external authorization server, and end the sessions of its tokens
    Delete {
        /// The server's name, issuer or id
        #[arg(value_name = "EAS")]
        eas: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// What a server may have beside its issuer.
#[derive(Debug, Args)]
pub struct Details {
    /// What people call it
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where its keys are; without it, where its metadata says
    #[arg(long, value_name = "ADDRESS")]
    jwks_uri: Option<String>,
    /// Let it sign users in, or with `=false` do not
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    enabled: Option<bool>,
}

impl Details {
    fn read(self, issuer_url: Option<String>) -> Server {
        let Self { name, jwks_uri, enabled } = self;
        Server { name, issuer_url, jwks_uri, enabled, ..Server::default() }
    }
}

static SHAPE: Shape = Shape {
    things: "external authorization servers",
    fields: &["id", "name", "issuerUrl", "jwksUri", "enabled", "createdAt"],
    columns: &["name", "issuerUrl", "enabled", "id"],
    record: &["name", "issuerUrl", "jwksUri", "enabled", "createdAt", "id"],
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

/// Does what was asked with external authorization servers.
pub async fn run(
    command: ExternalAuthorizationServerCommand,
    global: &Global,
    output: &mut Output,
) -> Result<(), Failure> {
    match command {
        ExternalAuthorizationServerCommand::List(arguments) => {
            let list = arguments.read(&SHAPE)?;
            let servers = Connection::find(global)?
                .run(output, async |client| {
                    let listed = client.external_authorization_servers().list().await;
                    listed.map_err(|error| Failure::of_call("cannot list the external authorization servers", &error))
                })
                .await?;
            list.show(servers.iter().map(output::row).collect(), output)
        }
        ExternalAuthorizationServerCommand::Show { eas } => {
            let fetch = async |client: &Client| {
                let id = find(client, &eas).await?;
                let shown = client.external_authorization_servers().get(id).await;
                shown.map_err(|error| Failure::of_call(format!("cannot show the {}", called(&eas)), &error))
            };
            SHAPE.show(global, output, fetch).await
        }
        ExternalAuthorizationServerCommand::Register { issuer, details } => {
            let new = details.read(Some(issuer.clone()));
            let made = Connection::find(global)?
                .run(output, async |client| {
                    let made = client.external_authorization_servers().register(&new).await;
                    made.map_err(|error| Failure::of_call(format!("cannot register the {}", called(&issuer)), &error))
                })
                .await?;
            output.done(&made, &format!("registered the {}", called(&issuer)))
        }
        ExternalAuthorizationServerCommand::Update { eas, issuer, details } => {
            let changes = details.read(issuer);
            if changes == Server::default() {
                let what = "--name, --issuer, --jwks-uri or --enabled";
                return Err(Failure::failed(format!("there is nothing to change: give {what}")));
            }
            let changed = Connection::find(global)?
                .run(output, async |client| {
                    let id = find(client, &eas).await?;
                    let changed = client.external_authorization_servers().update(id, &changes).await;
                    changed.map_err(|error| Failure::of_call(format!("cannot change the {}", called(&eas)), &error))
                })
                .await?;
            output.done(&changed, &format!("changed the {}", called(&eas)))
        }
        ExternalAuthorizationServerCommand::Delete { eas, yes } => {
            let called = called(&eas);
            secrets::require_consent(yes, &format!("deletes the {called}"))?;
            Connection::find(global)?
                .run(output, async |client| {
                    let id = find(client, &eas).await?;
                    secrets::consent(yes, &format!("The {called} and its sessions will be gone"), &eas).await?;
                    let deleted = client.external_authorization_servers().delete(id).await;
                    deleted.map_err(|error| Failure::of_call(format!("cannot delete the {called}"), &error))
                })
                .await?;
            output.say(&format!("deleted the {called}"));
            Ok(())
        }
    }
}

fn called(eas: &str) -> String {
    format!("external authorization server `{eas}`")
}

/// The id of a server that is named by id, issuer or name.
async fn find(client: &Client, eas: &str) -> Result<ExternalAuthorizationServerId, Failure> {
    if let Ok(id) = eas.parse() {
        return Ok(id);
    }
    let servers = client.external_authorization_servers().list().await;
    let servers = servers.map_err(|error| Failure::of_call(format!("cannot look for the {}", called(eas)), &error))?;
    let is = |text: &Option<String>| text.as_deref() == Some(eas);
    let named: Vec<&Server> = servers.iter().filter(|server| is(&server.name) || is(&server.issuer_url)).collect();
    match named.as_slice() {
        [] => {
            Err(Failure::refused(format!("there is no {} on this site", called(eas)))
                .hint("`tavola eas list` shows all"))
        }
        [found] => {
            found.id.ok_or_else(|| Failure::failed(format!("the server gave no usable id of the {}", called(eas))))
        }
        _ => Err(Failure::failed(format!("more than one external authorization server is named `{eas}`"))
            .hint("name one by its issuer or id: `tavola eas list` shows them")),
    }
}
