//! Connected apps of direct trust: programs that sign users of a site in with JSON Web Tokens of their own.

use tavola_model::{ConnectedAppId, ConnectedAppSecretId, ProjectId, SiteId, Timestamp};

use crate::{
    Actor, Conflict, Error, Missing, Store, accounts,
    audit::{self, By, Done},
    projects, random, secrets, sessions,
    sql::{Db, Row, Tx, statements, values},
};

/// A connected app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectedApp {
    /// Its id (`clientId`).
    pub id: ConnectedAppId,
    /// Its name.
    pub name: String,
    /// Whether it can be signed in with.
    pub enabled: bool,
    /// The project whose content may be embedded; none for all.
    pub project_id: Option<ProjectId>,
    /// The domains it may embed on.
    pub domain_safelist: String,
    /// Whether it may embed anywhere.
    pub unrestricted_embedding: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its secrets, oldest first, without their values.
    pub secrets: Vec<(ConnectedAppSecretId, Timestamp)>,
}

/// A secret of a connected app.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectedAppSecret {
    /// Its id (the `kid` of a JSON Web Token).
    pub id: ConnectedAppSecretId,
    /// The key that JSON Web Tokens are signed with.
    pub value: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for ConnectedAppSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectedAppSecret").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A connected app to make.
#[derive(Debug, Clone, Default)]
pub struct NewConnectedApp {
    /// Its name.
    pub name: String,
    /// Whether it can be signed in with.
    pub enabled: bool,
    /// The project whose content may be embedded.
    pub project_id: Option<ProjectId>,
    /// The domains it may embed on.
    pub domain_safelist: String,
    /// Whether it may embed anywhere.
    pub unrestricted_embedding: bool,
}

/// What to change of a connected app: what is none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ConnectedAppChange {
    /// Its name.
    pub name: Option<String>,
    /// Whether it can be signed in with. Disabling it ends its sessions.
    pub enabled: Option<bool>,
    /// The project whose content may be embedded; `Some(None)` for all.
    pub project_id: Option<Option<ProjectId>>,
    /// The domains it may embed on.
    pub domain_safelist: Option<String>,
    /// Whether it may embed anywhere.
    pub unrestricted_embedding: Option<bool>,
}

macro_rules! columns {
    () => {
        "id, name, enabled, project_id, domain_safelist, unrestricted_embedding, created_at"
    };
}

statements! {
    LIST = concat!("SELECT ", columns!(), " FROM connected_apps WHERE site_id = $1 ORDER BY name, id");
    FIND = concat!("SELECT ", columns!(), " FROM connected_apps WHERE site_id = $1 AND id = $2");
    INSERT = "INSERT INTO connected_apps (id, site_id, name, enabled, project_id, domain_safelist, \
        unrestricted_embedding, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    UPDATE = "UPDATE connected_apps SET name = $2, enabled = $3, project_id = $4, domain_safelist = $5, \
        unrestricted_embedding = $6 WHERE id = $1";
    DELETE = "DELETE FROM connected_apps WHERE id = $1";
    LIST_SECRETS = "SELECT id, created_at FROM connected_app_secrets WHERE connected_app_id = $1 ORDER BY created_at, id";
    FIND_SECRET = "SELECT id, value, created_at FROM connected_app_secrets WHERE connected_app_id = $1 AND id = $2";
    FIND_KEY = "SELECT s.value, c.id, c.site_id, c.enabled FROM connected_app_secrets s \
        JOIN connected_apps c ON c.id = s.connected_app_id WHERE s.id = $1";
    INSERT_SECRET = "INSERT INTO connected_app_secrets (id, connected_app_id, value, created_at) VALUES ($1, $2, $3, $4)";
    DELETE_SECRET = "DELETE FROM connected_app_secrets WHERE connected_app_id = $1 AND id = $2";
    USE_JWT = "INSERT INTO used_jwts (connected_app_id, jti_hash, expires_at) VALUES ($1, $2, $3) \
        ON CONFLICT (connected_app_id, jti_hash) DO UPDATE SET expires_at = excluded.expires_at \
        WHERE used_jwts.expires_at <= $4";
    DELETE_EXPIRED_JWTS = "DELETE FROM used_jwts WHERE expires_at <= $1";
}

fn read(db: &mut Db<'_>, row: &mut Row) -> Result<ConnectedApp, Error> {
    let mut app = ConnectedApp {
        id: row.take()?,
        name: row.take()?,
        enabled: row.take()?,
        project_id: row.take()?,
        domain_safelist: row.take()?,
        unrestricted_embedding: row.take()?,
        created_at: row.take()?,
        secrets: Vec::new(),
    };
    for mut row in db.query(LIST_SECRETS, values![app.id])? {
        app.secrets.push((row.take()?, row.take()?));
    }
    Ok(app)
}

/// The app of the actor's site, if the actor administers it.
fn find(db: &mut Db<'_>, actor: &Actor, id: ConnectedAppId) -> Result<ConnectedApp, Error> {
    actor.require_site_administrator()?;
    let row = db.query_opt(FIND, values![actor.site_id(), id])?;
    let mut row = row.ok_or_else(|| Error::NotFound(Missing::ConnectedApp(id.to_string())))?;
    read(db, &mut row)
}

fn check(db: &mut Db<'_>, actor: &Actor, app: &ConnectedApp) -> Result<(), Error> {
    if app.name.trim().is_empty() {
        return Err(Error::invalid("the connected app's name must not be blank"));
    }
    accounts::check_text("connected app's name", &app.name)?;
    if app.domain_safelist.contains('\0') {
        return Err(Error::invalid("the domainSafelist must not hold control characters"));
    }
    match app.project_id {
        Some(project) if !projects::exists(db, actor.site_id(), project)? => {
            Err(Error::NotFound(Missing::Project(project.to_string())))
        }
        _ => Ok(()),
    }
}

fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    action: &'static str,
    app: &ConnectedApp,
    detail: Option<String>,
) -> Result<(), Error> {
    audit::record(
        tx,
        By::Actor(actor),
        Done {
            action,
            kind: "connected app",
            id: Some(app.id.to_string()),
            name: Some(&app.name),
            detail,
            site: Some(actor.site_id()),
        },
    )
}

/// The connected apps of the actor's site, by name. As all of this room, for administrators of the site.
pub async fn list(store: &Store, actor: &Actor) -> Result<Vec<ConnectedApp>, Error> {
    actor.require_site_administrator()?;
    let site = actor.site_id();
    store
        .scan(move |db| {
            let mut rows = db.query(LIST, values![site])?;
            rows.iter_mut().map(|row| read(db, row)).collect()
        })
        .await
}

/// A connected app of the actor's site.
pub async fn get(store: &Store, actor: &Actor, id: ConnectedAppId) -> Result<ConnectedApp, Error> {
    let actor = actor.clone();
    store.scan(move |db| find(db, &actor, id)).await
}

/// Makes a connected app, without a secret.
pub async fn create(store: &Store, actor: &Actor, new: NewConnectedApp) -> Result<ConnectedApp, Error> {
    actor.require_site_administrator()?;
    let actor = actor.clone();
    store
        .write(move |tx| {
            let app = ConnectedApp {
                id: ConnectedAppId::from_random_bytes(random::bytes()),
                name: new.name.trim().to_owned(),
                enabled: new.enabled,
                project_id: new.project_id,
                domain_safelist: new.domain_safelist.clone(),
                unrestricted_embedding: new.unrestricted_embedding,
                created_at: tx.now(),
                secrets: Vec::new(),
            };
            check(tx, &actor, &app)?;
            tx.execute(
                INSERT,
                values![
                    app.id,
                    actor.site_id(),
                    &app.name,
                    app.enabled,
                    app.project_id,
                    &app.domain_safelist,
                    app.unrestricted_embedding,
                    app.created_at
                ],
            )?;
            record(tx, &actor, "connected_app.create", &app, None)?;
            Ok(app)
        })
        .await
}

/// Changes a connected app.
pub async fn update(
    store: &Store,
    actor: &Actor,
    id: ConnectedAppId,
    change: ConnectedAppChange,
) -> Result<ConnectedApp, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let old = find(tx, &actor, id)?;
            let app = ConnectedApp {
                name: change.name.as_ref().map_or_else(|| old.name.clone(), |name| name.trim().to_owned()),
                enabled: change.enabled.unwrap_or(old.enabled),
                project_id: change.project_id.unwrap_or(old.project_id),
                domain_safelist: change.domain_safelist.clone().unwrap_or_else(|| old.domain_safelist.clone()),
                unrestricted_embedding: change.unrestricted_embedding.unwrap_or(old.unrestricted_embedding),
                ..old
            };
            check(tx, &actor, &app)?;
            tx.execute(
                UPDATE,
                values![id, &app.name, app.enabled, app.project_id, &app.domain_safelist, app.unrestricted_embedding],
            )?;
            if !app.enabled {
                sessions::end_of_connected_app(tx, id)?;
            }
            let detail = if app.enabled { "enabled" } else { "disabled" };
            record(tx, &actor, "connected_app.update", &app, Some(detail.to_owned()))?;
            Ok(app)
        })
        .await
}

/// Deletes a connected app with its secrets, and ends their sessions.
pub async fn delete(store: &Store, actor: &Actor, id: ConnectedAppId) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let app = find(tx, &actor, id)?;
            tx.execute(DELETE, values![id])?;
            record(tx, &actor, "connected_app.delete", &app, None)
        })
        .await
}

/// Makes a secret; an app has two at most, so that one can be replaced while the other works.
pub async fn create_secret(store: &Store, actor: &Actor, app: ConnectedAppId) -> Result<ConnectedAppSecret, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let app = find(tx, &actor, app)?;
            if app.secrets.len() >= 2 {
                return Err(Error::Conflict(Conflict::TwoSecrets));
            }
            let secret = ConnectedAppSecret {
                id: ConnectedAppSecretId::from_random_bytes(random::bytes()),
                value: secrets::connected_app_secret(),
                created_at: tx.now(),
            };
            tx.execute(INSERT_SECRET, values![secret.id, app.id, &secret.value, secret.created_at])?;
            record(tx, &actor, "connected_app.create_secret", &app, Some(format!("secret {}", secret.id)))?;
            Ok(secret)
        })
        .await
}

/// A secret with its value.
pub async fn get_secret(
    store: &Store,
    actor: &Actor,
    app: ConnectedAppId,
    id: ConnectedAppSecretId,
) -> Result<ConnectedAppSecret, Error> {
    let actor = actor.clone();
    store
        .scan(move |db| {
            let app = find(db, &actor, app)?;
            let row = db.query_opt(FIND_SECRET, values![app.id, id])?;
            let mut row = row.ok_or_else(|| Error::NotFound(Missing::ConnectedAppSecret(id.to_string())))?;
            Ok(ConnectedAppSecret { id: row.take()?, value: row.take()?, created_at: row.take()? })
        })
        .await
}

/// Deletes a secret and ends the sessions signed in to with it.
pub async fn delete_secret(
    store: &Store,
    actor: &Actor,
    app: ConnectedAppId,
    id: ConnectedAppSecretId,
) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let app = find(tx, &actor, app)?;
            if tx.execute(DELETE_SECRET, values![app.id, id])? == 0 {
                return Err(Error::NotFound(Missing::ConnectedAppSecret(id.to_string())));
            }
            record(tx, &actor, "connected_app.delete_secret", &app, Some(format!("secret {id}")))
        })
        .await
}

/// A secret as the door needs it.
pub(crate) struct Key {
    pub value: String,
    pub app: ConnectedAppId,
    pub site: SiteId,
    pub enabled: bool,
}

pub(crate) fn lookup_key(db: &mut Db<'_>, id: ConnectedAppSecretId) -> Result<Option<Key>, Error> {
    let row = db.query_opt(FIND_KEY, values![id])?;
    row.map(|mut row| Ok(Key { value: row.take()?, app: row.take()?, site: row.take()?, enabled: row.take()? }))
        .transpose()
}

/// Takes a JSON Web Token, once: false if it was taken before.
pub(crate) fn use_jwt(tx: &mut Tx<'_>, app: ConnectedAppId, jti: &str, expires_at: Timestamp) -> Result<bool, Error> {
    let now = tx.now();
    Ok(tx.execute(USE_JWT, values![app, secrets::hash(jti), expires_at, now])? == 1)
}

/// Forgets the JSON Web Tokens that have expired, and so cannot be used again.
pub(crate) fn delete_expired_jwts(tx: &mut Tx<'_>) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(DELETE_EXPIRED_JWTS, values![now]).map(drop)
}
