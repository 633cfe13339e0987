//! Sessions: from a credential to a token, from a token to an [`Actor`], and the end of it.

mod authenticate;
mod by_jwt;
mod jwt;
mod oidc;
mod sign_in;
mod switch_site;

use std::{net::IpAddr, time::Duration};

use tavola_model::{
    AccountId, ConnectedAppId, ConnectedAppSecretId, ExternalAuthorizationServerId, IdpConfigurationId, ListQuery,
    PersonalAccessTokenId, SessionId, SiteId, SiteRole, Timestamp, UserId,
};

use crate::{
    Actor, Credential, Error, Impersonator, List, Missing, Origin, Store,
    audit::{self, By, Done},
    connected_apps, external_authorization_servers,
    list::{ANY_OF, COMPARED, Field, Holds, Source},
    random, secrets,
    sql::{Row, Tx, statements, values},
    users,
};

use authenticate::lookup_actor;
#[cfg(test)]
pub(crate) use {
    authenticate::STATEMENTS as AUTHENTICATE_STATEMENTS, by_jwt::STATEMENTS as BY_JWT_STATEMENTS,
    oidc::STATEMENTS as OIDC_STATEMENTS, sign_in::STATEMENTS as SIGN_IN_STATEMENTS,
    switch_site::STATEMENTS as SWITCH_SITE_STATEMENTS,
};

pub use authenticate::{AuthenticateError, TOUCHED_EVERY, authenticate, authenticate_again, note_use};
pub use oidc::{OidcError, OidcReturn, OidcStart, finish_oidc, sign_out_at_provider, start_oidc};
pub use sign_in::{Credentials, SignIn, SignInError, sign_in};
pub use switch_site::{SwitchError, switch_site};

/// A session that has begun.
#[derive(Clone)]
pub struct SignedIn {
    /// What the client shows with every request. It is told once and stored nowhere.
    pub token: String,
    /// Who is signed in.
    pub actor: Actor,
    /// How long the session lives if it is not used.
    pub expires_in: Duration,
}

impl std::fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedIn").field("actor", &self.actor).finish_non_exhaustive()
    }
}

/// A session, without its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// Their name.
    pub user_name: String,
    /// What it was signed in with.
    pub credential: Credential,
    /// The server administrator who signed in as that user.
    pub impersonator: Option<Impersonator>,
    /// Where it was signed in from.
    pub address: Option<IpAddr>,
    /// What the client called itself.
    pub user_agent: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Timestamp,
    /// When it ends, however much it is used.
    pub expires_at: Timestamp,
}

/// How a session is named.
#[derive(Debug, Clone, Copy)]
pub enum SessionRef<'t> {
    /// By its id.
    Id(SessionId),
    /// By its token.
    Token(&'t str),
}

macro_rules! credential_columns {
    () => {
        "t.id, t.name, c.id, c.name, e.id, e.name, o.id, o.name, iu.id, ia.name"
    };
}

macro_rules! tables {
    () => {
        "sessions s JOIN users u ON u.id = s.user_id JOIN accounts a ON a.id = u.account_id \
         LEFT JOIN personal_access_tokens t ON t.id = s.personal_access_token_id \
         LEFT JOIN connected_app_secrets k ON k.id = s.connected_app_secret_id \
         LEFT JOIN connected_apps c ON c.id = k.connected_app_id \
         LEFT JOIN external_authorization_servers e ON e.id = s.external_authorization_server_id \
         LEFT JOIN oidc_configurations o ON o.id = s.oidc_configuration_id \
         LEFT JOIN users iu ON iu.id = s.impersonator_id LEFT JOIN accounts ia ON ia.id = iu.account_id"
    };
}

use {credential_columns, tables};

macro_rules! columns {
    () => {
        concat!(
            "s.id, s.user_id, a.name, ",
            credential_columns!(),
            ", s.address, s.user_agent, s.created_at, s.last_used_at, s.expires_at"
        )
    };
}

statements! {
    INSERT = "INSERT INTO sessions (id, token_hash, user_id, impersonator_id, personal_access_token_id, \
        connected_app_secret_id, external_authorization_server_id, oidc_configuration_id, scopes, address, user_agent, \
        created_at, last_used_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, $13)";
    FIND = concat!("SELECT ", columns!(), " FROM ", tables!(), " WHERE u.site_id = $1 AND s.id = $2");
    FIND_BY_TOKEN = concat!("SELECT ", columns!(), " FROM ", tables!(), " WHERE u.site_id = $1 AND s.token_hash = $2");
    DELETE = "DELETE FROM sessions WHERE id = $1";
    DELETE_OF_USER = "DELETE FROM sessions WHERE user_id = $1 OR impersonator_id = $1";
    DELETE_IMPERSONATED_BY = "DELETE FROM sessions WHERE impersonator_id = $1";
    DELETE_OF_ACCOUNT = "DELETE FROM sessions WHERE id <> $2 AND (user_id IN (SELECT id FROM users WHERE account_id = $1) \
        OR impersonator_id IN (SELECT id FROM users WHERE account_id = $1))";
    DELETE_ELSEWHERE = "DELETE FROM sessions WHERE \
        user_id IN (SELECT id FROM users WHERE account_id = $1 AND site_id <> $2) \
        OR impersonator_id IN (SELECT id FROM users WHERE account_id = $1 AND site_id <> $2)";
    DELETE_OF_SITE = "DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE site_id = $1)";
    DELETE_OF_ACCESS_TOKEN = "DELETE FROM sessions WHERE personal_access_token_id = $1";
    DELETE_OF_CONNECTED_APP = "DELETE FROM sessions WHERE connected_app_secret_id IN \
        (SELECT id FROM connected_app_secrets WHERE connected_app_id = $1)";
    DELETE_OF_EXTERNAL_AUTHORIZATION_SERVER = "DELETE FROM sessions WHERE external_authorization_server_id = $1";
    DELETE_OF_OIDC_CONFIGURATION = "DELETE FROM sessions WHERE oidc_configuration_id = $1";
    DELETE_OF_USER_AT_PROVIDERS = "DELETE FROM sessions WHERE user_id = $1 AND oidc_configuration_id IS NOT NULL";
    DELETE_EXPIRED = "DELETE FROM sessions WHERE expires_at <= $1 OR last_used_at <= $2";
}

/// Reads `credential_columns!`.
fn read_credential(row: &mut Row) -> Result<(Credential, Option<Impersonator>), Error> {
    let token: (Option<PersonalAccessTokenId>, Option<String>) = (row.take()?, row.take()?);
    let app: (Option<ConnectedAppId>, Option<String>) = (row.take()?, row.take()?);
    let server: (Option<ExternalAuthorizationServerId>, Option<String>) = (row.take()?, row.take()?);
    let provider: (Option<IdpConfigurationId>, Option<String>) = (row.take()?, row.take()?);
    let impersonator: (Option<UserId>, Option<String>) = (row.take()?, row.take()?);
    let credential = match (token, app, server, provider) {
        ((Some(id), Some(name)), ..) => Credential::AccessToken { id, name },
        (_, (Some(id), Some(name)), ..) => Credential::ConnectedApp { id, name },
        (_, _, (Some(id), Some(name)), _) => Credential::ExternalAuthorizationServer { id, name },
        (.., (Some(id), Some(name))) => Credential::OpenIdConnect { id, name },
        _ => Credential::Password,
    };
    let impersonator = match impersonator {
        (Some(user_id), Some(user_name)) => Some(Impersonator { user_id, user_name }),
        _ => None,
    };
    Ok((credential, impersonator))
}

fn read(row: &mut Row) -> Result<SessionRecord, Error> {
    let (id, user_id, user_name) = (row.take()?, row.take()?, row.take()?);
    let (credential, impersonator) = read_credential(row)?;
    Ok(SessionRecord {
        id,
        user_id,
        user_name,
        credential,
        impersonator,
        address: row.take::<Option<String>>()?.and_then(|address| address.parse().ok()),
        user_agent: row.take()?,
        created_at: row.take()?,
        last_used_at: row.take()?,
        expires_at: row.take()?,
    })
}

/// What a session stands on: it ends with the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Via {
    Password,
    AccessToken(PersonalAccessTokenId),
    Secret(ConnectedAppSecretId),
    Server(ExternalAuthorizationServerId),
    Provider(IdpConfigurationId),
}

/// A session to begin.
struct NewSession<'n> {
    user: UserId,
    /// The role that the user's groups give them, if it is more than they have.
    granted: Option<SiteRole>,
    impersonator: Option<UserId>,
    via: Via,
    scopes: Option<&'n [String]>,
    site: SiteId,
    origin: &'n Origin,
    expires_at: Timestamp,
}

/// Begins a session.
fn begin(tx: &mut Tx<'_>, idle: Duration, new: &NewSession<'_>) -> Result<SignedIn, Error> {
    if let Some(role) = new.granted {
        users::set_role(tx, new.user, role)?;
    }
    let token = secrets::session_token(new.site);
    let hash = secrets::hash(&token);
    let now = tx.now();
    let scopes = new.scopes.map(serde_json::to_string).transpose().map_err(Error::unavailable)?;
    let user_agent: Option<String> =
        new.origin.user_agent.as_ref().map(|text| text.chars().filter(|c| !c.is_control()).take(255).collect());
    tx.execute(
        INSERT,
        values![
            // Many are made in a short time: in order they lie on one page of their index, random ones on one each.
            SessionId::from_time_and_random_bytes(now, random::bytes()),
            hash,
            new.user,
            new.impersonator,
            if let Via::AccessToken(id) = new.via { Some(id) } else { None },
            if let Via::Secret(id) = new.via { Some(id) } else { None },
            if let Via::Server(id) = new.via { Some(id) } else { None },
            if let Via::Provider(id) = new.via { Some(id) } else { None },
            scopes,
            new.origin.address.map(|address| address.to_string()),
            user_agent,
            now,
            new.expires_at,
        ],
    )?;
    let (actor, _) = lookup_actor(tx, hash, idle, new.origin.address)?
        .ok_or_else(|| Error::unavailable("a session was over when it began"))?;
    if let Some(role) = new.granted {
        audit::record(
            tx,
            By::Actor(&actor),
            Done {
                action: "user.update",
                kind: "user",
                id: Some(new.user.to_string()),
                name: Some(actor.user_name()),
                detail: Some(format!("site role {role}, given by a group")),
                site: Some(new.site),
            },
        )?;
    }
    Ok(SignedIn { token, actor, expires_in: idle.min(new.expires_at.since(now)) })
}

/// Ends the actor's session.
pub async fn sign_out(store: &Store, actor: &Actor) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            if tx.execute(DELETE, values![actor.session_id()])? == 0 {
                return Err(Error::NotFound(Missing::Session));
            }
            record(tx, &actor, "session.sign_out", actor.session_id(), None)
        })
        .await
}

/// Writes down the end of a session; `whose` names its user, where that is not the actor.
fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    action: &'static str,
    id: SessionId,
    whose: Option<&str>,
) -> Result<(), Error> {
    let detail = whose.map(|_| format!("session {id}"));
    audit::record(
        tx,
        By::Actor(actor),
        Done { action, kind: "session", id: Some(id.to_string()), name: whose, detail, site: Some(actor.site_id()) },
    )
}

pub(crate) const FIELDS: &[Field] = &[
    Field {
        name: "userName",
        column: "a.name",
        key: None,
        holds: Holds::UserName,
        operators: ANY_OF,
        order: "a.name_key",
    },
    Field {
        name: "createdAt",
        column: "s.created_at",
        key: None,
        holds: Holds::Time,
        operators: COMPARED,
        order: "s.created_at",
    },
    Field {
        name: "lastUsedAt",
        column: "s.last_used_at",
        key: None,
        holds: Holds::Time,
        operators: COMPARED,
        order: "s.last_used_at",
    },
];

/// The live sessions on the actor's site: all of them for administrators, otherwise the actor's own. The newest first,
/// unless sorted.
///
/// Fields: `userName`, `createdAt`, `lastUsedAt`.
pub async fn list(store: &Store, actor: &Actor, query: &ListQuery) -> Result<List<SessionRecord>, Error> {
    let (actor, query, idle) = (actor.clone(), query.clone(), store.0.session_idle);
    store
        .scan(move |db| {
            let now = db.now();
            let mut seen = "u.site_id = $1 AND s.expires_at > $2 AND s.last_used_at > $3".to_owned();
            let mut values = values![actor.site_id(), now, before(now, idle)].to_vec();
            if !actor.is_site_administrator() {
                seen.push_str(" AND s.user_id = $4");
                values.push(actor.user_id().into());
            }
            let source = Source {
                columns: columns!(),
                from: tables!(),
                owner: "",
                seen,
                values,
                fields: FIELDS,
                order: "s.created_at DESC",
                id: "s.id",
            };
            source.page(db, &query, read)
        })
        .await
}

/// Ends a session on the actor's site: the actor's own, or for administrators anybody's.
pub async fn end(store: &Store, actor: &Actor, session: SessionRef<'_>) -> Result<(), Error> {
    let actor = actor.clone();
    let (statement, value) = match session {
        SessionRef::Id(id) => (FIND, id.into()),
        SessionRef::Token(token) => (FIND_BY_TOKEN, secrets::hash(token).into()),
    };
    store
        .write(move |tx| {
            let found = tx.query_opt(statement, &[actor.site_id().into(), crate::sql::Value::clone(&value)])?;
            let session = found.map(|mut row| read(&mut row)).transpose()?;
            let session = session
                .filter(|session| session.user_id == actor.user_id() || actor.is_site_administrator())
                .ok_or(Error::NotFound(Missing::Session))?;
            tx.execute(DELETE, values![session.id])?;
            record(tx, &actor, "session.end", session.id, Some(&session.user_name))
        })
        .await
}

/// Ends a user's sessions, and those in which they act as someone else; answers how many.
pub(crate) fn end_of_user(tx: &mut Tx<'_>, user: UserId) -> Result<u64, Error> {
    tx.execute(DELETE_OF_USER, values![user])
}

/// Ends the sessions in which a user acts as someone else; answers how many.
pub(crate) fn end_impersonated_by(tx: &mut Tx<'_>, user: UserId) -> Result<u64, Error> {
    tx.execute(DELETE_IMPERSONATED_BY, values![user])
}

/// Ends a person's sessions on all sites but one session; answers how many.
pub(crate) fn end_of_account(tx: &mut Tx<'_>, account: AccountId, except: SessionId) -> Result<u64, Error> {
    tx.execute(DELETE_OF_ACCOUNT, values![account, except])
}

/// Ends a person's sessions on all sites but one; answers how many.
pub(crate) fn end_elsewhere(tx: &mut Tx<'_>, account: AccountId, than: SiteId) -> Result<u64, Error> {
    tx.execute(DELETE_ELSEWHERE, values![account, than])
}

/// Ends all sessions on a site.
pub(crate) fn end_of_site(tx: &mut Tx<'_>, site: SiteId) -> Result<(), Error> {
    tx.execute(DELETE_OF_SITE, values![site]).map(drop)
}

/// Ends the sessions signed in to with a connected app.
pub(crate) fn end_of_connected_app(tx: &mut Tx<'_>, app: ConnectedAppId) -> Result<(), Error> {
    tx.execute(DELETE_OF_CONNECTED_APP, values![app]).map(drop)
}

/// Ends the sessions signed in to with tokens of an external authorization server.
pub(crate) fn end_of_external_authorization_server(
    tx: &mut Tx<'_>,
    server: ExternalAuthorizationServerId,
) -> Result<(), Error> {
    tx.execute(DELETE_OF_EXTERNAL_AUTHORIZATION_SERVER, values![server]).map(drop)
}

/// Ends the sessions signed in to at an identity provider.
pub(crate) fn end_of_oidc_configuration(tx: &mut Tx<'_>, configuration: IdpConfigurationId) -> Result<(), Error> {
    tx.execute(DELETE_OF_OIDC_CONFIGURATION, values![configuration]).map(drop)
}

/// Ends a user's sessions that were signed in to at identity providers; answers how many.
pub(crate) fn end_of_user_at_providers(tx: &mut Tx<'_>, user: UserId) -> Result<u64, Error> {
    tx.execute(DELETE_OF_USER_AT_PROVIDERS, values![user])
}

/// Deletes the rows of sessions that are over anyway, and of JSON Web Tokens that cannot come again.
pub(crate) fn delete_expired(tx: &mut Tx<'_>, idle: Duration) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(DELETE_EXPIRED, values![now, before(now, idle)])?;
    connected_apps::delete_expired_jwts(tx)?;
    external_authorization_servers::delete_expired_jwts(tx)
}

fn before(now: Timestamp, span: Duration) -> Timestamp {
    Timestamp::from_millis(now.as_millis().saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
}
