//! Moving a session to another site.

use tavola_model::{PersonalAccessTokenId, Timestamp, UserId};

use super::{DELETE, NewSession, SignedIn, Via, begin};
use crate::{
    Actor, Credential, Error, Missing, Origin, Store,
    audit::{self, By, Done},
    sites,
    sql::{Tx, statements, values},
    users,
};

/// Why a session was not moved.
#[derive(Debug, Clone)]
pub enum SwitchError {
    /// It is on that site already.
    SameSite,
    /// There is no such site, it is suspended, or the user is not on it or may not sign in to it.
    Unknown,
    /// A session signed in to with a JSON Web Token or at an identity provider stays where it is.
    NotAllowed,
    /// The store could not do it.
    Store(Error),
}

impl From<Error> for SwitchError {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl std::fmt::Display for SwitchError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SameSite => f.write_str("the session is on this site already"),
            Self::Unknown => f.write_str("the site is not available"),
            Self::NotAllowed => {
                f.write_str("a session of a connected app or an identity provider cannot change its site")
            }
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SwitchError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

statements! {
    FIND_OLD = "SELECT personal_access_token_id, expires_at FROM sessions WHERE id = $1";
    FIND_IMPERSONATOR = "SELECT there.id FROM users there JOIN users here ON here.account_id = there.account_id \
        WHERE here.id = $1 AND there.site_id = $2";
    SET_LAST_LOGIN = "UPDATE users SET last_login = $2 WHERE id = $1";
}

/// Begins a session on the site of a contentUrl, with the same credential, and ends the actor's. The new one ends no later
/// than the old one would have.
pub async fn switch_site(
    store: &Store,
    actor: &Actor,
    content_url: &str,
    origin: Origin,
) -> Result<SignedIn, SwitchError> {
    let (actor, content_url, idle) = (actor.clone(), content_url.to_owned(), store.0.session_idle);
    store
        .write(move |tx| {
            let site = sites::lookup_active(tx, &content_url)?.ok_or(SwitchError::Unknown)?;
            if site.id == actor.site_id() {
                return Err(SwitchError::SameSite);
            }
            // Both are let in to one site by what that site trusts.
            if actor.scopes().is_some() || matches!(actor.credential(), Credential::OpenIdConnect { .. }) {
                return Err(SwitchError::NotAllowed);
            }
            let user = users::lookup_account(tx, site.id, actor.account_id())?.ok_or(SwitchError::Unknown)?;
            // Nobody signs in when someone else acts as them.
            let granted = if actor.impersonator().is_some() { None } else { users::role_to_grant(tx, &user)? };
            if !granted.unwrap_or(user.site_role).may_sign_in() {
                return Err(SwitchError::Unknown);
            }
            let mut old = tx
                .query_opt(FIND_OLD, values![actor.session_id()])?
                .ok_or(SwitchError::Store(Error::NotFound(Missing::Session)))?;
            let access_token: Option<PersonalAccessTokenId> = old.take()?;
            let expires_at: Timestamp = old.take()?;
            let impersonator = match actor.impersonator() {
                Some(impersonator) => Some(
                    tx.query_opt(FIND_IMPERSONATOR, values![impersonator.user_id, site.id])?
                        .ok_or(SwitchError::Unknown)?
                        .take::<UserId>()?,
                ),
                None => None,
            };
            tx.execute(DELETE, values![actor.session_id()])?;
            let new = NewSession {
                user: user.id,
                granted,
                impersonator,
                via: access_token.map_or(Via::Password, Via::AccessToken),
                scopes: None,
                site: site.id,
                origin: &origin,
                expires_at,
            };
            let signed_in = begin(tx, idle, &new)?;
            set_last_login(tx, user.id)?;
            audit::record(
                tx,
                By::Actor(&signed_in.actor),
                Done {
                    action: "session.switch_site",
                    kind: "session",
                    id: Some(signed_in.actor.session_id().to_string()),
                    name: None,
                    detail: Some(format!("from site `{}`, session {}", actor.site_name(), actor.session_id())),
                    site: Some(site.id),
                },
            )?;
            Ok(signed_in)
        })
        .await
}

/// Remembers that a user signed in to the site.
pub(super) fn set_last_login(tx: &mut Tx<'_>, user: UserId) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(SET_LAST_LOGIN, values![user, now]).map(drop)
}
