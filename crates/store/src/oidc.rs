//! Configurations of OpenID Connect: the identity providers that the users of a site may sign in at.

use serde::{Deserialize, Serialize};
use tavola_model::{IdpConfigurationId, SiteId, Timestamp};

use crate::{
    Actor, Error, Missing, Store, Taken, accounts,
    audit::{self, By, Done},
    content::SealedBytes,
    outbound::check_url,
    random, sessions,
    sql::{Db, Row, Tx, statements, values},
};

/// A configuration, without its client secret, which is told to nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcConfiguration {
    /// Its id (`idpConfigurationId`).
    pub id: IdpConfigurationId,
    /// The site.
    pub site_id: SiteId,
    /// Its name.
    pub name: String,
    /// Whether users may sign in by it.
    pub enabled: bool,
    /// The name that the provider knows this server by.
    pub client_id: String,
    /// The rest.
    pub settings: OidcSettings,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What the reference has in a configuration beside names and secret; in a change, what is none stays as it is, and `""` is
/// taken away.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(missing_docs, reason = "the fields are the reference's own")]
pub struct OidcSettings {
    pub authorization_endpoint: Option<String>,
    pub token_endpoint: Option<String>,
    pub jwks_uri: Option<String>,
    pub userinfo_endpoint: Option<String>,
    pub end_session_endpoint: Option<String>,
    pub discovery_endpoint: Option<String>,
    pub known_provider_alias: Option<String>,
    pub allow_embedded_authentication: Option<bool>,
    pub custom_scope: Option<String>,
    pub prompt: Option<String>,
    pub client_authentication: Option<String>,
    pub essential_acr_values: Option<String>,
    pub voluntary_acr_values: Option<String>,
    pub email_mapping: Option<String>,
    pub first_name_mapping: Option<String>,
    pub last_name_mapping: Option<String>,
    pub full_name_mapping: Option<String>,
    pub use_full_name: Option<bool>,
}

/// A configuration to make, or what to change of one: what is none stays as it is.
#[derive(Clone, Default)]
pub struct OidcChange {
    /// Its name.
    pub name: Option<String>,
    /// Whether users may sign in by it. Disabling it ends its sessions.
    pub enabled: Option<bool>,
    /// The name that the provider knows this server by.
    pub client_id: Option<String>,
    /// The secret that belongs to it.
    pub client_secret: Option<String>,
    /// The rest.
    pub settings: OidcSettings,
}

/// How an address of a provider ends that tells of all others.
const DISCOVERY: &str = "/.well-known/openid-configuration";

impl OidcSettings {
    /// The addresses that are asked or sent to, with their names.
    fn addresses(&self) -> [(&'static str, &Option<String>); 6] {
        [
            ("authorizationEndpoint", &self.authorization_endpoint),
            ("tokenEndpoint", &self.token_endpoint),
            ("jwksUri", &self.jwks_uri),
            ("userinfoEndpoint", &self.userinfo_endpoint),
            ("endSessionEndpoint", &self.end_session_endpoint),
            ("discoveryEndpoint", &self.discovery_endpoint),
        ]
    }

    fn texts(&self) -> [(&'static str, &Option<String>); 10] {
        [
            ("knownProviderAlias", &self.known_provider_alias),
            ("customScope", &self.custom_scope),
            ("prompt", &self.prompt),
            ("clientAuthentication", &self.client_authentication),
            ("essentialAcrValues", &self.essential_acr_values),
            ("voluntaryAcrValues", &self.voluntary_acr_values),
            ("emailMapping", &self.email_mapping),
            ("firstNameMapping", &self.first_name_mapping),
            ("lastNameMapping", &self.last_name_mapping),
            ("fullNameMapping", &self.full_name_mapping),
        ]
    }

    fn changed(self, new: &Self) -> Self {
        let text = |old: Option<String>, new: &Option<String>| match new.as_deref().map(str::trim) {
            None => old,
            Some("") => None,
            Some(text) => Some(text.to_owned()),
        };
        Self {
            authorization_endpoint: text(self.authorization_endpoint, &new.authorization_endpoint),
            token_endpoint: text(self.token_endpoint, &new.token_endpoint),
            jwks_uri: text(self.jwks_uri, &new.jwks_uri),
            userinfo_endpoint: text(self.userinfo_endpoint, &new.userinfo_endpoint),
            end_session_endpoint: text(self.end_session_endpoint, &new.end_session_endpoint),
            discovery_endpoint: text(self.discovery_endpoint, &new.discovery_endpoint),
            known_provider_alias: text(self.known_provider_alias, &new.known_provider_alias),
            allow_embedded_authentication: new.allow_embedded_authentication.or(self.allow_embedded_authentication),
            custom_scope: text(self.custom_scope, &new.custom_scope),
            prompt: text(self.prompt, &new.prompt),
            client_authentication: text(self.client_authentication, &new.client_authentication),
            essential_acr_values: text(self.essential_acr_values, &new.essential_acr_values),
            voluntary_acr_values: text(self.voluntary_acr_values, &new.voluntary_acr_values),
            email_mapping: text(self.email_mapping, &new.email_mapping),
            first_name_mapping: text(self.first_name_mapping, &new.first_name_mapping),
            last_name_mapping: text(self.last_name_mapping, &new.last_name_mapping),
            full_name_mapping: text(self.full_name_mapping, &new.full_name_mapping),
            use_full_name: new.use_full_name.or(self.use_full_name),
        }
    }

    /// The issuer, if the configuration says it.
    pub(crate) fn issuer(&self) -> Option<&str> {
        self.discovery_endpoint.as_deref()?.strip_suffix(DISCOVERY)
    }

    /// Whether the client secret goes into the body of a request, not into its header.
    pub(crate) fn secret_in_body(&self) -> bool {
        self.client_authentication.as_deref().is_some_and(|word| word.eq_ignore_ascii_case(IN_BODY))
    }
}

const IN_HEADER: &str = "client_secret_basic";
const IN_BODY: &str = "client_secret_post";

macro_rules! columns {
    () => {
        "id, site_id, name, enabled, client_id, settings, created_at"
    };
}

statements! {
    LIST = concat!("SELECT ", columns!(), " FROM oidc_configurations WHERE site_id = $1 ORDER BY name_key, id");
    FIND = concat!("SELECT ", columns!(), " FROM oidc_configurations WHERE site_id = $1 AND id = $2");
    FIND_ANYWHERE = concat!("SELECT ", columns!(), " FROM oidc_configurations WHERE id = $1");
    FIND_NAMED = "SELECT id FROM oidc_configurations WHERE site_id = $1 AND name_key = $2";
    FIND_SECRET = "SELECT client_secret FROM oidc_configurations WHERE id = $1";
    FIND_ENABLED = "SELECT id FROM oidc_configurations WHERE site_id = $1 AND enabled = 1 LIMIT 1";
    INSERT = "INSERT INTO oidc_configurations (id, site_id, name, name_key, enabled, client_id, client_secret, settings, \
        created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    UPDATE = "UPDATE oidc_configurations SET name = $2, name_key = $3, enabled = $4, client_id = $5, settings = $6 \
        WHERE id = $1";
    SET_SECRET = "UPDATE oidc_configurations SET client_secret = $2 WHERE id = $1";
    DELETE = "DELETE FROM oidc_configurations WHERE id = $1";
}

fn read(row: &mut Row) -> Result<OidcConfiguration, Error> {
    Ok(OidcConfiguration {
        id: row.take()?,
        site_id: row.take()?,
        name: row.take()?,
        enabled: row.take()?,
        client_id: row.take()?,
        settings: serde_json::from_str(&row.take::<String>()?).map_err(Error::unavailable)?,
        created_at: row.take()?,
    })
}

/// A configuration of the actor's site, for its administrators.
pub(crate) fn find(db: &mut Db<'_>, actor: &Actor, id: IdpConfigurationId) -> Result<OidcConfiguration, Error> {
    actor.require_site_administrator()?;
    let row = db.query_opt(FIND, values![actor.site_id(), id])?;
    let mut row = row.ok_or_else(|| Error::NotFound(Missing::OidcConfiguration(id.to_string())))?;
    read(&mut row)
}

/// The configurations of a site, by name.
pub(crate) fn of_site(db: &mut Db<'_>, site: SiteId) -> Result<Vec<OidcConfiguration>, Error> {
    db.query(LIST, values![site])?.iter_mut().map(read).collect()
}

/// A configuration of any site.
pub(crate) fn lookup(db: &mut Db<'_>, id: IdpConfigurationId) -> Result<Option<OidcConfiguration>, Error> {
    db.query_opt(FIND_ANYWHERE, values![id])?.map(|mut row| read(&mut row)).transpose()
}

/// Its client secret.
pub(crate) fn secret(db: &mut Db<'_>, id: IdpConfigurationId) -> Result<Option<SealedBytes>, Error> {
    db.query_opt(FIND_SECRET, values![id])?.map(|mut row| row.take()).transpose()
}

/// Whether users of a site can sign in at a provider.
pub(crate) fn is_offered(db: &mut Db<'_>, site: SiteId) -> Result<bool, Error> {
    Ok(db.query_opt(FIND_ENABLED, values![site])?.is_some())
}

fn name_key(name: &str) -> String {
    name.to_lowercase()
}

fn check(db: &mut Db<'_>, actor: &Actor, configuration: &OidcConfiguration) -> Result<(), Error> {
    let OidcConfiguration { id, name, client_id, settings, .. } = configuration;
    for (what, text) in [("idpConfigurationName", name), ("clientId", client_id)] {
        if text.is_empty() {
            return Err(Error::invalid(format!("the {what} must not be blank")));
        }
        accounts::check_text(what, text)?;
    }
    for (what, address) in settings.addresses() {
        match address {
            Some(address) => check_url(what, address)?,
            None if ["authorizationEndpoint", "tokenEndpoint", "jwksUri"].contains(&what) => {
                return Err(Error::invalid(format!("the {what} is missing")));
            }
            None => {}
        }
    }
    accounts::check_texts(&settings.texts())?;
    if settings.discovery_endpoint.is_some() && settings.issuer().is_none() {
        return Err(Error::invalid(format!("the discoveryEndpoint must end in {DISCOVERY}")));
    }
    if let Some(word) = &settings.client_authentication
        && ![IN_HEADER, IN_BODY].iter().any(|known| word.eq_ignore_ascii_case(known))
    {
        return Err(Error::invalid(format!("the clientAuthentication is neither {IN_HEADER} nor {IN_BODY}")));
    }
    let named = db.query_opt(FIND_NAMED, values![actor.site_id(), name_key(name)])?;
    match named.map(|mut row| row.take::<IdpConfigurationId>()).transpose()? {
        Some(other) if other != *id => Err(Error::AlreadyExists(Taken::OidcConfigurationName(name.clone()))),
        _ => Ok(()),
    }
}

fn changed(old: OidcConfiguration, change: &OidcChange) -> OidcConfiguration {
    let text = |new: &Option<String>| new.as_deref().map(|text| text.trim().to_owned());
    OidcConfiguration {
        name: text(&change.name).unwrap_or(old.name),
        enabled: change.enabled.unwrap_or(old.enabled),
        client_id: text(&change.client_id).unwrap_or(old.client_id),
        settings: old.settings.changed(&change.settings),
        ..old
    }
}

/// The secret of a change, sealed.
fn seal(store: &Store, change: &OidcChange) -> Result<Option<SealedBytes>, Error> {
    let Some(secret) = &change.client_secret else { return Ok(None) };
    accounts::check_text("clientSecret", secret)?;
    if secret.is_empty() {
        return Err(Error::invalid("the clientSecret must not be blank"));
    }
    SealedBytes::seal(store, secret.as_bytes()).map(Some)
}

fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    action: &'static str,
    configuration: &OidcConfiguration,
    detail: Option<String>,
) -> Result<(), Error> {
    audit::record(
        tx,
        By::Actor(actor),
        Done {
            action,
            kind: "OpenID Connect configuration",
            id: Some(configuration.id.to_string()),
            name: Some(&configuration.name),
            detail,
            site: Some(actor.site_id()),
        },
    )
}

fn described(configuration: &OidcConfiguration, secret: bool) -> String {
    let state = if configuration.enabled { "enabled" } else { "disabled" };
    let endpoint = configuration.settings.token_endpoint.as_deref().unwrap_or_default();
    let secret = if secret { ", with a secret" } else { "" };
    format!("{state}, client {} at {endpoint}{secret}", configuration.client_id)
}

fn settings_of(configuration: &OidcConfiguration) -> Result<String, Error> {
    serde_json::to_string(&configuration.settings).map_err(Error::unavailable)
}

/// The configurations of the actor's site, by name. As all of this room, for administrators of the site.
pub async fn list(store: &Store, actor: &Actor) -> Result<Vec<OidcConfiguration>, Error> {
    actor.require_site_administrator()?;
    let site = actor.site_id();
    store.scan(move |db| of_site(db, site)).await
}

/// A configuration of the actor's site.
pub async fn get(store: &Store, actor: &Actor, id: IdpConfigurationId) -> Result<OidcConfiguration, Error> {
    let actor = actor.clone();
    store.read(move |db| find(db, &actor, id)).await
}

/// The configuration of the actor's site, where it has one alone: as before a site could have several.
pub async fn get_only(store: &Store, actor: &Actor) -> Result<OidcConfiguration, Error> {
    let mut all = list(store, actor).await?;
    match (all.pop(), all.is_empty()) {
        (Some(configuration), true) => Ok(configuration),
        (None, _) => Err(Error::NotFound(Missing::OidcConfiguration(String::new()))),
        _ => Err(Error::invalid("the site has several configurations: name one by its idpConfigurationId")),
    }
}

/// Makes a configuration. It needs a name, a client with its secret, and the addresses of authorization, tokens and keys.
pub async fn create(store: &Store, actor: &Actor, new: OidcChange) -> Result<OidcConfiguration, Error> {
    actor.require_site_administrator()?;
    let secret = seal(store, &new)?.ok_or_else(|| Error::invalid("the clientSecret is missing"))?;
    let actor = actor.clone();
    store
        .write(move |tx| {
            let blank = OidcConfiguration {
                id: IdpConfigurationId::from_random_bytes(random::bytes()),
                site_id: actor.site_id(),
                name: String::new(),
                enabled: false,
                client_id: String::new(),
                settings: OidcSettings::default(),
                created_at: tx.now(),
            };
            let made = changed(blank, &new);
            check(tx, &actor, &made)?;
            tx.execute(
                INSERT,
                values![
                    made.id,
                    made.site_id,
                    &made.name,
                    name_key(&made.name),
                    made.enabled,
                    &made.client_id,
                    &secret,
                    settings_of(&made)?,
                    made.created_at
                ],
            )?;
            record(tx, &actor, "oidc_configuration.create", &made, Some(described(&made, true)))?;
            Ok(made)
        })
        .await
}

/// Changes a configuration. Whatever decides who is let in, as disabling, ends its sessions.
pub async fn update(
    store: &Store,
    actor: &Actor,
    id: IdpConfigurationId,
    change: OidcChange,
) -> Result<OidcConfiguration, Error> {
    let secret = seal(store, &change)?;
    let actor = actor.clone();
    store
        .write(move |tx| {
            let old = find(tx, &actor, id)?;
            let new = changed(old.clone(), &change);
            check(tx, &actor, &new)?;
            tx.execute(
                UPDATE,
                values![id, &new.name, name_key(&new.name), new.enabled, &new.client_id, settings_of(&new)?],
            )?;
            if let Some(secret) = &secret {
                tx.execute(SET_SECRET, values![id, secret])?;
            }
            if !new.enabled || lets_in(&new) != lets_in(&old) {
                sessions::end_of_oidc_configuration(tx, id)?;
            }
            record(tx, &actor, "oidc_configuration.update", &new, Some(described(&new, secret.is_some())))?;
            Ok(new)
        })
        .await
}

/// What of a configuration decides who is let in.
pub(crate) fn lets_in(configuration: &OidcConfiguration) -> impl PartialEq + '_ {
    let OidcSettings {
        authorization_endpoint,
        token_endpoint,
        jwks_uri,
        userinfo_endpoint,
        discovery_endpoint,
        essential_acr_values,
        email_mapping,
        ..
    } = &configuration.settings;
    (
        &configuration.client_id,
        [authorization_endpoint, token_endpoint, jwks_uri, userinfo_endpoint],
        [discovery_endpoint, essential_acr_values, email_mapping],
    )
}

/// Removes a configuration, and ends its sessions. Answers what it was.
pub async fn remove(store: &Store, actor: &Actor, id: IdpConfigurationId) -> Result<OidcConfiguration, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let configuration = find(tx, &actor, id)?;
            // Its sessions go with the row.
            tx.execute(DELETE, values![id])?;
            record(tx, &actor, "oidc_configuration.remove", &configuration, None)?;
            Ok(configuration)
        })
        .await
}
