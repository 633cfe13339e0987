//! Configurations of SCIM: identity providers that manage users and groups of a site, and their tokens.

use clap::Subcommand;
use tavola_client::{
    Client,
    api::scim::{Configuration, ConfigurationWithToken},
    model::{IdpConfigurationId, ScimConfigurationId},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    list::{ListArguments, Shape},
    output::{self, Output},
    secrets,
};

/// What can be done with configurations of SCIM. Only Tavola servers have them here.
#[derive(Debug, Subcommand)]
pub enum ScimCommand {
    /// List the SCIM configurations of the site
    List(ListArguments),
    /// Make a configuration; its token goes to standard output, once
    Create {
        /// The configuration's name
        name: String,
        /// The id of the OpenID Connect configuration that its users sign in by, as `tavola oidc list` shows it
        #[arg(long, value_name = "ID")]
        oidc: Option<IdpConfigurationId>,
    },
    /// Make another token in place of the old one; it goes to standard output, once
    Renew {
        /// The configuration's name or id
        configuration: String,
    },
    /// Delete a configuration with its token; users and groups stay, and can be changed by hand again
    Delete {
        /// The configuration's name or id
        configuration: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

static SHAPE: Shape = Shape {
    things: "SCIM configurations",
    fields: &["id", "name", "authType", "idpConfigurationId", "isApiTokenActive", "isOwner", "createdAt"],
    columns: &["name", "authType", "isApiTokenActive", "createdAt", "id"],
    record: &[],
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

/// Does what was asked with configurations of SCIM.
pub async fn run(command: ScimCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        ScimCommand::List(arguments) => {
            let list = arguments.read(&SHAPE)?;
            let all = Connection::find(global)?.run(output, async |client| all(client).await).await?;
            list.show(all.iter().map(output::row).collect(), output)
        }
        ScimCommand::Create { name, oidc } => {
            let new = Configuration {
                name: Some(name.clone()),
                idp_configuration_id: oidc.map(Into::into),
                ..Configuration::default()
            };
            let made = Connection::find(global)?
                .run(output, async |client| {
                    let made = client.scim().create(&new).await;
                    made.map_err(|error| Failure::of_call(format!("cannot make the {}", called(&name)), &error))
                })
                .await?;
            write(&made, output)?;
            output.say(&format!("made the {}", called(&name)));
            output.warn("its token is shown this once: keep it now");
            Ok(())
        }
        ScimCommand::Renew { configuration } => {
            let renewed = Connection::find(global)?
                .run(output, async |client| {
                    let renewed = client.scim().renew(find(client, &configuration).await?).await;
                    renewed.map_err(|error| {
                        Failure::of_call(format!("cannot renew the token of the {}", called(&configuration)), &error)
                    })
                })
                .await?;
            write(&renewed, output)?;
            output.say(&format!("renewed the token of the {}", called(&configuration)));
            output.warn("its token is shown this once: keep it now");
            Ok(())
        }
        ScimCommand::Delete { configuration, yes } => {
            let called = called(&configuration);
            secrets::require_consent(yes, &format!("deletes the {called}"))?;
            Connection::find(global)?
                .run(output, async |client| {
                    let id = find(client, &configuration).await?;
                    let consequence = format!("The {called} and its token will be gone");
                    secrets::consent(yes, &consequence, &configuration).await?;
                    let deleted = client.scim().delete(id).await;
                    deleted.map_err(|error| Failure::of_call(format!("cannot delete the {called}"), &error))
                })
                .await?;
            output.say(&format!("deleted the {called}"));
            Ok(())
        }
    }
}

fn called(configuration: &str) -> String {
    format!("SCIM configuration `{configuration}`")
}

/// Writes a token: as JSON with its configuration, or alone. Before any words, so that nobody is told of a token that did not
/// get out.
fn write(made: &ConfigurationWithToken, output: &Output) -> Result<(), Failure> {
    if output.is_json() {
        output.json(&output::row(made))?;
    } else {
        output.line(made.server_api_token.api_token.expose())?;
    }
    output.finish()
}

async fn all(client: &Client) -> Result<Vec<Configuration>, Failure> {
    let all = client.scim().list().await;
    all.map_err(|error| Failure::of_call("cannot list the SCIM configurations", &error))
}

/// The id of a configuration that is named by id or name.
async fn find(client: &Client, configuration: &str) -> Result<ScimConfigurationId, Failure> {
    if let Ok(id) = configuration.parse() {
        return Ok(id);
    }
    let all = all(client).await?;
    let named: Vec<_> = all.iter().filter(|one| one.name.as_deref() == Some(configuration)).collect();
    match named.as_slice() {
        [] => Err(Failure::refused(format!("there is no {} on this site", called(configuration)))
            .hint("`tavola scim list` shows all")),
        [found] => {
            found.id.as_ref().and_then(|id| id.known()).ok_or_else(|| {
                Failure::failed(format!("the server gave no usable id of the {}", called(configuration)))
            })
        }
        _ => Err(Failure::failed(format!("more than one SCIM configuration is named `{configuration}`"))
            .hint("name one by its id: `tavola scim list` shows them")),
    }
}
