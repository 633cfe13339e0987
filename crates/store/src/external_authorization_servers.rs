//! External authorization servers: whose JSON Web Tokens, signed by keys that they publish, sign users of a site in.

use tavola_model::{ExternalAuthorizationServerId, SiteId, Timestamp};

use crate::{
    Actor, Error, Missing, Store, Taken, accounts,
    audit::{self, By, Done},
    outbound::{KeySource, check_url},
    random, secrets, sessions,
    sql::{Db, Row, Tx, statements, values},
};

/// An external authorization server (EAS).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalAuthorizationServer {
    /// Its id.
    pub id: ExternalAuthorizationServerId,
    /// Its name.
    pub name: String,
    /// The `iss` of its tokens, letter by letter.
    pub issuer_url: String,
    /// Where its keys are; none for where its metadata says.
    pub jwks_uri: Option<String>,
    /// Whether it can be signed in with.
    pub enabled: bool,
    /// When it was registered.
    pub created_at: Timestamp,
}

impl ExternalAuthorizationServer {
    pub(crate) fn keys(&self) -> KeySource {
        match &self.jwks_uri {
            Some(address) => KeySource::Keys(address.clone()),
            None => KeySource::Issuer(self.issuer_url.clone()),
        }
    }
}

/// A server to register, or what to change of one: what is none is as it was, or as it usually is.
#[derive(Debug, Clone, Default)]
pub struct ExternalAuthorizationServerChange {
    /// Its name; the issuer's URL if not given.
    pub name: Option<String>,
    /// The issuer's URL, which a new one needs.
    pub issuer_url: Option<String>,
    /// Where its keys are; `""` for where its metadata says.
    pub jwks_uri: Option<String>,
    /// Whether it can be signed in with, as a new one can. Disabling it ends its sessions.
    pub enabled: Option<bool>,
}

macro_rules! columns {
    () => {
        "id, name, issuer_url, jwks_uri, enabled, created_at"
    };
}

statements! {
    LIST = concat!("SELECT ", columns!(), " FROM external_authorization_servers WHERE site_id = $1 ORDER BY name, id");
    FIND = concat!("SELECT ", columns!(), " FROM external_authorization_servers WHERE site_id = $1 AND id = $2");
    FIND_ISSUER = concat!("SELECT ", columns!(), " FROM external_authorization_servers WHERE site_id = $1 AND issuer_url = $2");
    INSERT = "INSERT INTO external_authorization_servers (id, site_id, name, issuer_url, jwks_uri, enabled, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    UPDATE = "UPDATE external_authorization_servers SET name = $2, issuer_url = $3, jwks_uri = $4, enabled = $5 WHERE id = $1";
    DELETE = "DELETE FROM external_authorization_servers WHERE id = $1";
    USE_JWT = "INSERT INTO used_external_jwts (external_authorization_server_id, jti_hash, expires_at) VALUES ($1, $2, $3) \
        ON CONFLICT (external_authorization_server_id, jti_hash) DO UPDATE SET expires_at = excluded.expires_at \
        WHERE used_external_jwts.expires_at <= $4";
    DELETE_EXPIRED_JWTS = "DELETE FROM used_external_jwts WHERE expires_at <= $1";
}

fn read(row: &mut Row) -> Result<ExternalAuthorizationServer, Error> {
    Ok(ExternalAuthorizationServer {
        id: row.take()?,
        name: row.take()?,
        issuer_url: row.take()?,
        jwks_uri: row.take()?,
        enabled: row.take()?,
        created_at: row.take()?,
    })
}

/// The server of the actor's site, if the actor administers it.
fn find(
    db: &mut Db<'_>,
    actor: &Actor,
    id: ExternalAuthorizationServerId,
) -> Result<ExternalAuthorizationServer, Error> {
    actor.require_site_administrator()?;
    lookup(db, actor.site_id(), id)?
        .ok_or_else(|| Error::NotFound(Missing::ExternalAuthorizationServer(id.to_string())))
}

pub(crate) fn lookup(
    db: &mut Db<'_>,
    site: SiteId,
    id: ExternalAuthorizationServerId,
) -> Result<Option<ExternalAuthorizationServer>, Error> {
    db.query_opt(FIND, values![site, id])?.map(|mut row| read(&mut row)).transpose()
}

/// The server of a site whose tokens have this `iss`.
pub(crate) fn lookup_issuer(
    db: &mut Db<'_>,
    site: SiteId,
    issuer: &str,
) -> Result<Option<ExternalAuthorizationServer>, Error> {
    db.query_opt(FIND_ISSUER, values![site, issuer])?.map(|mut row| read(&mut row)).transpose()
}

fn check(db: &mut Db<'_>, actor: &Actor, server: &ExternalAuthorizationServer) -> Result<(), Error> {
    if server.name.is_empty() {
        return Err(Error::invalid("the name of an external authorization server must not be blank"));
    }
    accounts::check_text("name of the external authorization server", &server.name)?;
    check_url("issuerUrl", &server.issuer_url)?;
    server.jwks_uri.as_deref().map_or(Ok(()), |address| check_url("jwksUri", address))?;
    match lookup_issuer(db, actor.site_id(), &server.issuer_url)? {
        Some(other) if other.id != server.id => Err(Error::AlreadyExists(Taken::Issuer(server.issuer_url.clone()))),
        _ => Ok(()),
    }
}

fn changed(
    old: ExternalAuthorizationServer,
    change: &ExternalAuthorizationServerChange,
) -> ExternalAuthorizationServer {
    let text = |new: &Option<String>| new.as_deref().map(|text| text.trim().to_owned());
    ExternalAuthorizationServer {
        name: text(&change.name).unwrap_or(old.name),
        issuer_url: text(&change.issuer_url).unwrap_or(old.issuer_url),
        jwks_uri: text(&change.jwks_uri).map_or(old.jwks_uri, |address| Some(address).filter(|text| !text.is_empty())),
        enabled: change.enabled.unwrap_or(old.enabled),
        ..old
    }
}

fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    action: &'static str,
    server: &ExternalAuthorizationServer,
    detail: Option<String>,
) -> Result<(), Error> {
    audit::record(
        tx,
        By::Actor(actor),
        Done {
            action,
            kind: "external authorization server",
            id: Some(server.id.to_string()),
            name: Some(&server.name),
            detail,
            site: Some(actor.site_id()),
        },
    )
}

/// What the audit says of a server.
fn described(server: &ExternalAuthorizationServer) -> String {
    let state = if server.enabled { "enabled" } else { "disabled" };
    format!("{state}, issuer {}, keys at {}", server.issuer_url, server.jwks_uri.as_deref().unwrap_or("its metadata"))
}

/// The external authorization servers of the actor's site, by name. As all of this room, for administrators of the site.
pub async fn list(store: &Store, actor: &Actor) -> Result<Vec<ExternalAuthorizationServer>, Error> {
    actor.require_site_administrator()?;
    let site = actor.site_id();
    store.scan(move |db| db.query(LIST, values![site])?.iter_mut().map(read).collect()).await
}

/// An external authorization server of the actor's site.
pub async fn get(
    store: &Store,
    actor: &Actor,
    id: ExternalAuthorizationServerId,
) -> Result<ExternalAuthorizationServer, Error> {
    let actor = actor.clone();
    store.read(move |db| find(db, &actor, id)).await
}

/// Registers an external authorization server. Its keys are asked for when somebody signs in.
pub async fn register(
    store: &Store,
    actor: &Actor,
    new: ExternalAuthorizationServerChange,
) -> Result<ExternalAuthorizationServer, Error> {
    actor.require_site_administrator()?;
    let actor = actor.clone();
    store
        .write(move |tx| {
            let issuer_url = new.issuer_url.clone().ok_or_else(|| Error::invalid("the issuerUrl is missing"))?;
            let blank = ExternalAuthorizationServer {
                id: ExternalAuthorizationServerId::from_random_bytes(random::bytes()),
                name: issuer_url.chars().take(255).collect(),
                issuer_url,
                jwks_uri: None,
                enabled: true,
                created_at: tx.now(),
            };
            let server = changed(blank, &new);
            check(tx, &actor, &server)?;
            tx.execute(
                INSERT,
                values![
                    server.id,
                    actor.site_id(),
                    &server.name,
                    &server.issuer_url,
                    server.jwks_uri.as_deref(),
                    server.enabled,
                    server.created_at
                ],
            )?;
            record(tx, &actor, "external_authorization_server.register", &server, Some(described(&server)))?;
            Ok(server)
        })
        .await
}

/// Changes an external authorization server. Another issuer or other keys, as disabling, end its sessions.
pub async fn update(
    store: &Store,
    actor: &Actor,
    id: ExternalAuthorizationServerId,
    change: ExternalAuthorizationServerChange,
) -> Result<ExternalAuthorizationServer, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let old = find(tx, &actor, id)?;
            let server = changed(old.clone(), &change);
            check(tx, &actor, &server)?;
            tx.execute(
                UPDATE,
                values![id, &server.name, &server.issuer_url, server.jwks_uri.as_deref(), server.enabled],
            )?;
            if !server.enabled || (&server.issuer_url, &server.jwks_uri) != (&old.issuer_url, &old.jwks_uri) {
                sessions::end_of_external_authorization_server(tx, id)?;
            }
            record(tx, &actor, "external_authorization_server.update", &server, Some(described(&server)))?;
            Ok(server)
        })
        .await
}

/// Deletes an external authorization server, and ends its sessions.
pub async fn delete(store: &Store, actor: &Actor, id: ExternalAuthorizationServerId) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let server = find(tx, &actor, id)?;
            // Its sessions go with the row.
            tx.execute(DELETE, values![id])?;
            record(tx, &actor, "external_authorization_server.delete", &server, None)
        })
        .await
}

/// Takes a JSON Web Token, once: false if it was taken before.
pub(crate) fn use_jwt(
    tx: &mut Tx<'_>,
    server: ExternalAuthorizationServerId,
    jti: &str,
    expires_at: Timestamp,
) -> Result<bool, Error> {
    let now = tx.now();
    Ok(tx.execute(USE_JWT, values![server, secrets::hash(jti), expires_at, now])? == 1)
}

/// Forgets the JSON Web Tokens that have expired, and so cannot be used again.
pub(crate) fn delete_expired_jwts(tx: &mut Tx<'_>) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(DELETE_EXPIRED_JWTS, values![now]).map(drop)
}
