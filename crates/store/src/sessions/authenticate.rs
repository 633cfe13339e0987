//! From a token to an actor, at every request.

use std::{
    collections::HashSet,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tavola_model::{SessionId, SiteRole, SiteState, Timestamp};

use super::{credential_columns, read_credential, tables};
use crate::{
    Actor, Error, Origin, Store,
    actor::Identity,
    secrets,
    sql::{Db, Value, statements, values},
};

/// Why a token makes nobody an actor.
#[derive(Debug, Clone)]
pub enum AuthenticateError {
    /// The token is unknown, expired, signed out, replaced or was never one.
    NotSignedIn,
    /// The store could not tell.
    Store(Error),
}

impl From<Error> for AuthenticateError {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl std::fmt::Display for AuthenticateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotSignedIn => f.write_str("the token is not that of a session"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for AuthenticateError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotSignedIn => None,
            Self::Store(error) => Some(error),
        }
    }
}

/// A use is written down when the last one written is so old.
pub const TOUCHED_EVERY: Duration = Duration::from_secs(60);

/// All that decides whether a session makes an actor, and which.
macro_rules! identities {
    () => {
        concat!(
            "SELECT s.id, s.last_used_at, s.expires_at, s.scopes, u.id, u.site_role, a.id, a.name, \
             a.server_administrator, p.id, p.name, p.content_url, p.state, ",
            credential_columns!(),
            ", t.expires_at, c.enabled, ia.server_administrator FROM ",
            tables!(),
            " JOIN sites p ON p.id = u.site_id"
        )
    };
}

statements! {
    /// The statement of every request.
    AUTHENTICATE = concat!(identities!(), " WHERE s.token_hash = $1");
    AUTHENTICATE_AGAIN = concat!(identities!(), " WHERE s.id = $1");
    TOUCH = "UPDATE sessions SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2";
}

/// The actor of a token, if it is that of a session that has not ended.
///
/// One statement reads all that is needed. The session's last use is written down in the background, once a minute at
/// most.
pub async fn authenticate(store: &Store, token: &str, origin: Origin) -> Result<Actor, AuthenticateError> {
    let hash = secrets::hash(token);
    let idle = store.0.session_idle;
    let address = origin.address;
    let found = store.read(move |db| lookup_actor(db, hash, idle, address)).await?;
    let (actor, last_used_at) = found.ok_or(AuthenticateError::NotSignedIn)?;
    let now = store.clock().now();
    if now.since(last_used_at) >= TOUCHED_EVERY {
        touch(store, actor.session_id(), now);
    }
    Ok(actor)
}

/// The actor as they are now: for a request that took its time since [`authenticate`], such as one whose body had to arrive.
/// Who was signed out meanwhile is nobody any more, and who lost a role has the new one.
pub async fn authenticate_again(store: &Store, actor: &Actor) -> Result<Actor, AuthenticateError> {
    let (id, idle, address) = (actor.session_id(), store.0.session_idle, actor.address());
    let found = store.read(move |db| find_actor(db, AUTHENTICATE_AGAIN, id.into(), idle, address)).await?;
    found.map(|(actor, _)| actor).ok_or(AuthenticateError::NotSignedIn)
}

/// Notes that the actor's session is in use, in a request that takes long. Once a minute is often enough.
pub fn note_use(store: &Store, actor: &Actor) {
    touch(store, actor.session_id(), store.clock().now());
}

/// Writes a session's use down, unless that is being done already.
fn touch(store: &Store, id: SessionId, now: Timestamp) {
    if !store.0.touching.lock().unwrap_or_else(PoisonError::into_inner).insert(id) {
        return;
    }
    let touching = Touching { sessions: store.0.touching.clone(), id };
    store.write_later(move |tx| {
        // Until the change is dropped, done or not.
        let _ = &touching;
        tx.execute(TOUCH, values![id, now]).map(drop)
    });
}

/// Takes a session out of those being touched when the change is over.
struct Touching {
    sessions: Arc<Mutex<HashSet<SessionId>>>,
    id: SessionId,
}

impl Drop for Touching {
    fn drop(&mut self) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

/// The actor of a token's hash and when the session was last used, if it has not ended.
pub(super) fn lookup_actor(
    db: &mut Db<'_>,
    hash: [u8; 32],
    idle: Duration,
    address: Option<IpAddr>,
) -> Result<Option<(Actor, Timestamp)>, Error> {
    find_actor(db, AUTHENTICATE, hash.into(), idle, address)
}

fn find_actor(
    db: &mut Db<'_>,
    statement: &str,
    session: Value,
    idle: Duration,
    address: Option<IpAddr>,
) -> Result<Option<(Actor, Timestamp)>, Error> {
    let Some(mut row) = db.query_opt(statement, &[session])? else { return Ok(None) };
    let session_id = row.take()?;
    let last_used_at: Timestamp = row.take()?;
    let expires_at: Timestamp = row.take()?;
    let scopes: Option<String> = row.take()?;
    let user_id = row.take()?;
    let site_role: SiteRole = row.take()?;
    let account_id = row.take()?;
    let user_name = row.take()?;
    let server_administrator = row.take()?;
    let site_id = row.take()?;
    let site_name = row.take()?;
    let site_content_url = row.take()?;
    let site_state: SiteState = row.take()?;
    let (credential, impersonator) = read_credential(&mut row)?;
    let token_expires_at: Option<Timestamp> = row.take()?;
    let app_enabled: Option<bool> = row.take()?;
    let impersonator_administers: Option<bool> = row.take()?;

    let now = db.now();
    let lives = now < expires_at
        && now < last_used_at.plus(idle)
        && site_state == SiteState::Active
        && site_role.may_sign_in()
        && token_expires_at.is_none_or(|expires_at| now < expires_at)
        && app_enabled != Some(false)
        && impersonator_administers != Some(false);
    if !lives {
        return Ok(None);
    }
    let scopes = scopes.as_deref().map(serde_json::from_str).transpose().map_err(Error::unavailable)?;
    let actor = Actor::new(Identity {
        account_id,
        user_id,
        user_name,
        site_id,
        site_name,
        site_content_url,
        site_role,
        server_administrator,
        session_id,
        credential,
        scopes,
        impersonator,
        address,
    });
    Ok(Some((actor, last_used_at)))
}
