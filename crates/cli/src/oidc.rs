//! OpenID Connect of a site: the identity providers that its users may sign in at.

use clap::{Args, Subcommand};
use tavola_client::{
    Client,
    api::{oidc::Configuration, sites::AuthConfiguration},
    model::{AuthSetting, IdpConfigurationId},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    list::{ListArguments, Shape},
    output::{self, Output},
    secrets::{self, SecretSource},
};

/// What can be done with configurations of OpenID Connect.
#[derive(Debug, Subcommand)]
pub enum OidcCommand {
    /// List the configurations of the site
    List(ListArguments),
    /// Show a configuration; its client secret is not told
    Show {
        /// The configuration's name or id
        configuration: String,
    },
    /// Make a configuration
    #[command(after_help = "Example: tavola oidc create Company --enabled --client-id tavola --secret-stdin \
                      --authorization-endpoint https://id.example.com/authorize \
                      --token-endpoint https://id.example.com/token --jwks-uri https://id.example.com/keys < secret")]
    Create {
        /// The configuration's name
        name: String,
        #[command(flatten)]
        details: Details,
    },
    /// Change a configuration; what is not given stays, and an empty value takes away
    Update {
        /// The configuration's name or id
        configuration: String,
        /// Its new name
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        #[command(flatten)]
        details: Details,
    },
    /// Remove a configuration, and end the sessions that it made
    Remove {
        /// The configuration's name or id
        configuration: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// What a configuration says beside its name, in the words of the reference.
#[derive(Debug, Args)]
pub struct Details {
    /// Let users sign in by it, or with `=false` do not
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    enabled: Option<bool>,
    /// What the provider calls this server
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    #[command(flatten)]
    client_secret: SecretSource,
    /// Where browsers are sent to
    #[arg(long, value_name = "ADDRESS")]
    authorization_endpoint: Option<String>,
    /// Where codes are exchanged for tokens
    #[arg(long, value_name = "ADDRESS")]
    token_endpoint: Option<String>,
    /// Where the provider's keys are
    #[arg(long, value_name = "ADDRESS")]
    jwks_uri: Option<String>,
    /// Where claims are that the token lacks
    #[arg(long, value_name = "ADDRESS")]
    userinfo_endpoint: Option<String>,
    /// Where browsers end the provider's session
    #[arg(long, value_name = "ADDRESS")]
    end_session_endpoint: Option<String>,
    /// Where the provider's metadata is
    #[arg(long, value_name = "ADDRESS")]
    discovery_endpoint: Option<String>,
    /// A provider known by name
    #[arg(long, value_name = "ALIAS")]
    known_provider_alias: Option<String>,
    /// Let people sign in within a frame, or with `=false` do not
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    allow_embedded_authentication: Option<bool>,
    /// A scope to ask for beside the usual
    #[arg(long, value_name = "SCOPE")]
    custom_scope: Option<String>,
    /// How the provider asks people: none, login, consent, select_account
    #[arg(long, value_name = "PROMPT")]
    prompt: Option<String>,
    /// How this server proves itself: CLIENT_SECRET_BASIC, CLIENT_SECRET_POST
    #[arg(long, value_name = "METHOD")]
    client_authentication: Option<String>,
    /// How people must have signed in at the provider
    #[arg(long, value_name = "VALUES")]
    essential_acr_values: Option<String>,
    /// How people had better have signed in at the provider
    #[arg(long, value_name = "VALUES")]
    voluntary_acr_values: Option<String>,
    /// The claim that names the user
    #[arg(long, value_name = "CLAIM")]
    email_mapping: Option<String>,
    /// The claim with the first name
    #[arg(long, value_name = "CLAIM")]
    first_name_mapping: Option<String>,
    /// The claim with the last name
    #[arg(long, value_name = "CLAIM")]
    last_name_mapping: Option<String>,
    /// The claim with the full name
    #[arg(long, value_name = "CLAIM")]
    full_name_mapping: Option<String>,
    /// Take the full name, not first and last, or with `=false` do not
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    use_full_name: Option<bool>,
}

impl Details {
    fn read(self, name: Option<String>) -> Result<Configuration, Failure> {
        Ok(Configuration {
            idp_configuration_id: None,
            idp_configuration_name: name,
            enabled: self.enabled,
            client_id: self.client_id,
            client_secret: self.client_secret.read()?,
            authorization_endpoint: self.authorization_endpoint,
            token_endpoint: self.token_endpoint,
            userinfo_endpoint: self.userinfo_endpoint,
            jwks_uri: self.jwks_uri,
            end_session_endpoint: self.end_session_endpoint,
            discovery_endpoint: self.discovery_endpoint,
            known_provider_alias: self.known_provider_alias,
            allow_embedded_authentication: self.allow_embedded_authentication,
            custom_scope: self.custom_scope,
            prompt: self.prompt,
            client_authentication: self.client_authentication,
            essential_acr_values: self.essential_acr_values,
            voluntary_acr_values: self.voluntary_acr_values,
            email_mapping: self.email_mapping,
            first_name_mapping: self.first_name_mapping,
            last_name_mapping: self.last_name_mapping,
            full_name_mapping: self.full_name_mapping,
            use_full_name: self.use_full_name,
        })
    }
}

static LISTED: Shape = Shape {
    things: "configurations",
    fields: &["idpConfigurationId", "idpConfigurationName", "authSetting", "knownProviderAlias", "enabled"],
    columns: &["idpConfigurationName", "enabled", "knownProviderAlias", "idpConfigurationId"],
    record: &[],
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

const FIELDS: &[&str] = &[
    "idpConfigurationName",
    "enabled",
    "clientId",
    "clientSecret",
    "authorizationEndpoint",
    "tokenEndpoint",
    "jwksUri",
    "userinfoEndpoint",
    "endSessionEndpoint",
    "discoveryEndpoint",
    "knownProviderAlias",
    "allowEmbeddedAuthentication",
    "customScope",
    "prompt",
    "clientAuthentication",
    "essentialAcrValues",
    "voluntaryAcrValues",
    "emailMapping",
    "firstNameMapping",
    "lastNameMapping",
    "fullNameMapping",
    "useFullName",
    "idpConfigurationId",
];

static SHAPE: Shape = Shape {
    things: "configurations",
    fields: FIELDS,
    columns: &[],
    record: FIELDS,
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

/// Does what was asked with configurations of OpenID Connect.
pub async fn run(command: OidcCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        OidcCommand::List(arguments) => {
            let list = arguments.read(&LISTED)?;
            let listed = Connection::find(global)?.run(output, async |client| listed(client).await).await?;
            list.show(listed.iter().map(output::row).collect(), output)
        }
        OidcCommand::Show { configuration } => {
            let fetch = async |client: &Client| {
                let id = find(client, &configuration).await?;
                let shown = client.oidc().get(id).await;
                shown.map_err(|error| Failure::of_call(format!("cannot show the {}", called(&configuration)), &error))
            };
            SHAPE.show(global, output, fetch).await
        }
        OidcCommand::Create { name, details } => {
            let mut new = details.read(Some(name.clone()))?;
            if new.client_secret.is_none() {
                if !secrets::can_ask() {
                    let failure = Failure::failed("there is no terminal to ask for the client secret on");
                    return Err(failure.hint("give it by --secret-stdin or --secret-file FILE"));
                }
                new.client_secret = Some(secrets::ask_secret("Client secret".to_owned()).await?);
            }
            let made = Connection::find(global)?
                .run(output, async |client| {
                    let made = client.oidc().create(&new).await;
                    made.map_err(|error| Failure::of_call(format!("cannot make the {}", called(&name)), &error))
                })
                .await?;
            output.done(&made, &format!("made the {}", called(&name)))
        }
        OidcCommand::Update { configuration, name, details } => {
            let changes = details.read(name)?;
            if changes == Configuration::default() {
                return Err(Failure::failed("there is nothing to change: no flag says what"));
            }
            let changed = Connection::find(global)?
                .run(output, async |client| {
                    let id = find(client, &configuration).await?;
                    let changed = client.oidc().update(id, &changes).await;
                    changed.map_err(|error| {
                        Failure::of_call(format!("cannot change the {}", called(&configuration)), &error)
                    })
                })
                .await?;
            output.done(&changed, &format!("changed the {}", called(&configuration)))
        }
        OidcCommand::Remove { configuration, yes } => {
            let called = called(&configuration);
            secrets::require_consent(yes, &format!("removes the {called}"))?;
            Connection::find(global)?
                .run(output, async |client| {
                    let id = find(client, &configuration).await?;
                    let consequence = format!("The {called} and its sessions will be gone");
                    secrets::consent(yes, &consequence, &configuration).await?;
                    let removed = client.oidc().remove(id).await;
                    removed.map_err(|error| Failure::of_call(format!("cannot remove the {called}"), &error))
                })
                .await?;
            output.say(&format!("removed the {called}"));
            Ok(())
        }
    }
}

fn called(configuration: &str) -> String {
    format!("OpenID Connect configuration `{configuration}`")
}

/// The site's configurations of OpenID Connect among its ways to sign in.
async fn listed(client: &Client) -> Result<Vec<AuthConfiguration>, Failure> {
    let all = client.sites().auth_configurations().await;
    let all = all.map_err(|error| Failure::of_call("cannot list the OpenID Connect configurations", &error))?;
    let is_oidc = |way: &AuthConfiguration| {
        way.auth_setting.as_ref().is_some_and(|setting| setting.eq_ignore_ascii_case(AuthSetting::OpenID.as_str()))
    };
    Ok(all.into_iter().filter(is_oidc).collect())
}

/// The id of a configuration that is named by id or name. Of one site their names differ.
async fn find(client: &Client, configuration: &str) -> Result<IdpConfigurationId, Failure> {
    if let Ok(id) = configuration.parse() {
        return Ok(id);
    }
    let all = listed(client).await?;
    let found =
        all.iter().find(|way| way.idp_configuration_name.as_deref() == Some(configuration)).ok_or_else(|| {
            Failure::refused(format!("there is no {} on this site", called(configuration)))
                .hint("`tavola oidc list` shows all")
        })?;
    let id = found.idp_configuration_id.as_ref().and_then(|id| id.parse().ok());
    id.ok_or_else(|| Failure::failed(format!("the server gave no usable id of the {}", called(configuration))))
}
