//! Personal access tokens: secrets that programs sign in with in a person's name, on all of the person's sites.

use std::time::Duration;

use tavola_model::{AccountId, PersonalAccessTokenId, Timestamp, TokenName, UserId};

use crate::{
    Actor, Error, Missing, Refusal, Store, Taken,
    audit::{self, By, Done},
    random, secrets,
    sql::{Db, Row, statements, values},
    users,
};

/// How long a token lives at most, and if nothing else was asked for.
const LONGEST_LIFE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A token not used for so long is dead.
const UNUSED_LIFE: Duration = Duration::from_secs(15 * 24 * 60 * 60);

/// How many tokens an account has at most; one more, and the one not used for longest goes.
const MOST: usize = 24;

/// A personal access token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// Its id (`tokenGuid`).
    pub id: PersonalAccessTokenId,
    /// Its name, unique for the person.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working, unless it is not used for 15 days before.
    pub expires_at: Timestamp,
    /// When it was last signed in with.
    pub last_used_at: Option<Timestamp>,
}

impl AccessToken {
    /// Whether it can be signed in with.
    pub(crate) fn is_alive(&self, now: Timestamp) -> bool {
        now < self.expires_at && now < self.last_used_at.unwrap_or(self.created_at).plus(UNUSED_LIFE)
    }
}

statements! {
    LIST = "SELECT id, name, created_at, expires_at, last_used_at FROM personal_access_tokens WHERE account_id = $1 \
        ORDER BY name_key";
    FIND_BY_SECRET = "SELECT id, name, created_at, expires_at, last_used_at, account_id FROM personal_access_tokens \
        WHERE secret_hash = $1";
    INSERT = "INSERT INTO personal_access_tokens (id, account_id, name, name_key, secret_hash, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    DELETE = "DELETE FROM personal_access_tokens WHERE account_id = $1 AND id = $2 RETURNING name";
    DELETE_NAMED = "DELETE FROM personal_access_tokens WHERE account_id = $1 AND name_key = $2";
    DELETE_OF_SERVER_ADMINISTRATORS = "DELETE FROM personal_access_tokens WHERE account_id IN \
        (SELECT id FROM accounts WHERE server_administrator = 1)";
    SET_USED = "UPDATE personal_access_tokens SET last_used_at = $2 WHERE id = $1";
}

fn read(row: &mut Row) -> Result<AccessToken, Error> {
    Ok(AccessToken {
        id: row.take()?,
        name: row.take()?,
        created_at: row.take()?,
        expires_at: row.take()?,
        last_used_at: row.take()?,
    })
}

fn of_account(db: &mut Db<'_>, account: AccountId) -> Result<Vec<AccessToken>, Error> {
    db.query(LIST, values![account])?.iter_mut().map(read).collect()
}

/// The token of a secret and whose it is, dead or alive.
pub(crate) fn lookup_secret(db: &mut Db<'_>, secret: &str) -> Result<Option<(AccessToken, AccountId)>, Error> {
    let row = db.query_opt(FIND_BY_SECRET, values![secrets::hash(secret)])?;
    row.map(|mut row| Ok((read(&mut row)?, row.take()?))).transpose()
}

/// Remembers that a token was signed in with.
pub(crate) fn set_used(tx: &mut crate::sql::Tx<'_>, id: PersonalAccessTokenId) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(SET_USED, values![id, now]).map(drop)
}

/// The live tokens of a user: the actor's own, or for administrators anybody's on the site. By name.
pub async fn list(store: &Store, actor: &Actor, user: UserId) -> Result<Vec<AccessToken>, Error> {
    let actor = actor.clone();
    store
        .scan(move |db| {
            let account = users::find(db, &actor, user)?.account_id;
            let now = db.now();
            Ok(of_account(db, account)?.into_iter().filter(|token| token.is_alive(now)).collect())
        })
        .await
}

/// Makes a token for the actor; answers it with its secret, which is not to be had again.
///
/// It lives for a year, or until an earlier time that was asked for. A dead token gives up its name.
pub async fn create(
    store: &Store,
    actor: &Actor,
    user: UserId,
    name: TokenName,
    expires: Option<Timestamp>,
) -> Result<(AccessToken, String), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let owner = users::find(tx, &actor, user)?;
            // What is made here outlives the session: neither an impersonator nor a token with scopes may make it.
            if owner.id != actor.user_id() || actor.impersonator().is_some() || actor.scopes().is_some() {
                return Err(Error::Forbidden(Refusal::OthersAccessToken));
            }
            let now = tx.now();
            let latest = now.plus(LONGEST_LIFE);
            let expires_at = expires.unwrap_or(latest);
            if expires_at <= now || expires_at > latest {
                return Err(Error::invalid("the token's expiry must lie within the next year"));
            }
            let mut tokens = of_account(tx, owner.account_id)?;
            if let Some(index) = tokens.iter().position(|token| token.name.to_lowercase() == name.key()) {
                if tokens[index].is_alive(now) {
                    return Err(Error::AlreadyExists(Taken::TokenName(name.to_string())));
                }
                tx.execute(DELETE_NAMED, values![owner.account_id, name.key()])?;
                tokens.remove(index);
            }
            tokens.sort_by_key(|token| (token.last_used_at.unwrap_or(token.created_at), token.id));
            let too_many = (tokens.len() + 1).saturating_sub(MOST);
            for token in &tokens[..too_many] {
                tx.query(DELETE, values![owner.account_id, token.id])?;
                audit::record(tx, By::Actor(&actor), done("access_token.displace", &actor, token))?;
            }
            let secret = secrets::access_token_secret();
            let token = AccessToken {
                id: PersonalAccessTokenId::from_random_bytes(random::bytes()),
                name: name.to_string(),
                created_at: now,
                expires_at,
                last_used_at: None,
            };
            tx.execute(
                INSERT,
                values![
                    token.id,
                    owner.account_id,
                    &token.name,
                    name.key(),
                    secrets::hash(&secret),
                    token.created_at,
                    token.expires_at
                ],
            )?;
            audit::record(tx, By::Actor(&actor), done("access_token.create", &actor, &token))?;
            Ok((token, secret))
        })
        .await
}

fn done<'t>(action: &'static str, actor: &Actor, token: &'t AccessToken) -> Done<'t> {
    Done {
        action,
        kind: "access token",
        id: Some(token.id.to_string()),
        name: Some(&token.name),
        detail: None,
        site: Some(actor.site_id()),
    }
}

/// Revokes a token and ends its sessions: one of the actor's own, or for administrators anybody's on the site. Only server
/// administrators revoke those of server administrators.
pub async fn revoke(store: &Store, actor: &Actor, user: UserId, id: PersonalAccessTokenId) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let owner = users::find(tx, &actor, user)?;
            if owner.server_administrator && !actor.is_server_administrator() {
                return Err(Error::Forbidden(Refusal::UserIsServerAdministrator));
            }
            // Its sessions go with the row.
            let name: String = tx
                .query_opt(DELETE, values![owner.account_id, id])?
                .ok_or_else(|| Error::NotFound(Missing::PersonalAccessToken(id.to_string())))?
                .take()?;
            audit::record(
                tx,
                By::Actor(&actor),
                Done {
                    action: "access_token.revoke",
                    kind: "access token",
                    id: Some(id.to_string()),
                    name: Some(&name),
                    detail: Some(format!("of user `{}`", owner.name)),
                    site: Some(actor.site_id()),
                },
            )
        })
        .await
}

/// Revokes the tokens of all server administrators and ends their sessions; answers how many there were. For server
/// administrators.
pub async fn revoke_all_of_administrators(store: &Store, actor: &Actor) -> Result<u64, Error> {
    actor.require_server_administrator()?;
    let actor = actor.clone();
    store
        .write(move |tx| {
            let revoked = tx.execute(DELETE_OF_SERVER_ADMINISTRATORS, &[])?;
            audit::record(
                tx,
                By::Actor(&actor),
                Done {
                    action: "access_token.revoke_all_of_administrators",
                    kind: "server",
                    detail: Some(format!("{revoked} access tokens")),
                    ..Done::default()
                },
            )?;
            Ok(revoked)
        })
        .await
}
