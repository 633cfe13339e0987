//! Signing in.

use std::{fmt, time::Duration};

use tavola_model::{AccountId, AuthSetting, SiteId, SiteRole, UserId};

use super::{
    DELETE_OF_ACCESS_TOKEN, NewSession, SignedIn, Via, begin,
    by_jwt::{JwtProof, check_jwt, identify_jwt},
    jwt,
    switch_site::set_last_login,
};
use crate::{
    Error, Origin, Store, access_tokens, accounts,
    audit::{self, By, Done},
    oidc,
    passwords::Verdict,
    sites::{self, Site},
    sql::{Tx, statements, values},
    throttle::Attempt,
    users::{self, User},
};

/// What someone shows at the door.
#[derive(Clone)]
pub struct SignIn {
    /// Who they say they are.
    pub credentials: Credentials,
    /// The contentUrl of the site, whatever the case; `""` is the site Default.
    pub site: String,
    /// The id of the user to act as, for server administrators.
    pub impersonate: Option<String>,
    /// Where they come from.
    pub origin: Origin,
}

/// Who someone says they are.
#[derive(Clone)]
pub enum Credentials {
    /// A user's name and password.
    Password {
        /// `name` or `local\name`, whatever the case.
        name: String,
        /// The password.
        password: String,
    },
    /// A personal access token.
    AccessToken {
        /// Its name.
        name: String,
        /// Its secret.
        secret: String,
    },
    /// A JSON Web Token of a connected app.
    Jwt(String),
}

/// Why someone was not signed in.
#[derive(Debug, Clone)]
pub enum SignInError {
    /// The credential or the site is wrong, or the user may not sign in. Which of it, is not told.
    Refused,
    /// The JSON Web Token is not accepted.
    ConnectedApp {
        /// The number that clients know the reason by.
        reason: u32,
        /// The reason in words.
        detail: &'static str,
    },
    /// Only server administrators act as someone else, and in a strict server not with a personal access token.
    ImpersonationForbidden,
    /// The site has no user of the id to act as.
    ImpersonatedUnknown,
    /// Too many passwords wait to be looked at; asking again will help.
    Busy,
    /// The store could not tell.
    Store(Error),
}

impl From<Error> for SignInError {
    fn from(error: Error) -> Self {
        Self::Store(error)
    }
}

impl From<jwt::Refusal> for SignInError {
    fn from(refusal: jwt::Refusal) -> Self {
        Self::ConnectedApp { reason: refusal.reason, detail: refusal.detail }
    }
}

impl fmt::Display for SignInError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("the credentials or the site are wrong"),
            Self::ConnectedApp { reason, detail } => write!(f, "{detail} ({reason})"),
            Self::ImpersonationForbidden => f.write_str("the user may not act as someone else"),
            Self::ImpersonatedUnknown => f.write_str("the user to act as could not be found"),
            Self::Busy => f.write_str("too many sign-ins at the same time"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SignInError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Password { name, .. } => f.debug_struct("Password").field("name", name).finish_non_exhaustive(),
            Self::AccessToken { name, .. } => f.debug_struct("AccessToken").field("name", name).finish_non_exhaustive(),
            Self::Jwt(_) => f.write_str("Jwt"),
        }
    }
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn")
            .field("credentials", &self.credentials)
            .field("site", &self.site)
            .finish_non_exhaustive()
    }
}

statements! {
    FIND_PASSWORD = "SELECT id FROM accounts WHERE id = $1 AND password_hash = $2";
}

/// Begins a session.
///
/// A wrong password is counted for the account name and the address; while they wait, nobody gets in and nothing is counted.
/// Every credential is looked at again in the transaction that begins the session, so that none outlives its end.
pub async fn sign_in(store: &Store, sign_in: SignIn) -> Result<SignedIn, SignInError> {
    store.tidy();
    let proof = match &sign_in.credentials {
        Credentials::Password { name, password } => check_password(store, name, password, &sign_in.origin).await?,
        Credentials::AccessToken { name, secret } => {
            Proof::AccessToken { name: name.trim().to_owned(), secret: secret.clone() }
        }
        Credentials::Jwt(token) => Proof::Jwt(check_jwt(store, token, &sign_in.site).await?),
    };
    let rules = Rules { strict: store.0.strict, idle: store.0.session_idle, absolute: store.0.session_absolute };
    // A refusal leaves its line in the audit, so it is an answer and no failure of the transaction.
    store.write(move |tx| admit(tx, &rules, &proof, &sign_in)).await?
}

/// What is known of someone before the transaction.
enum Proof {
    /// The password was right for this hash.
    Password {
        account: AccountId,
        hash: String,
        attempt: Attempt,
    },
    /// The password was wrong.
    WrongPassword {
        account: Option<(AccountId, String)>,
        attempt: Attempt,
    },
    AccessToken {
        name: String,
        secret: String,
    },
    Jwt(JwtProof),
}

struct Rules {
    strict: bool,
    idle: Duration,
    absolute: Duration,
}

/// Someone whose credential is good.
pub(super) struct Admitted {
    pub(super) user: User,
    /// The role that the user's groups give them, if it is more than they have.
    pub(super) granted: Option<SiteRole>,
    pub(super) via: Via,
    pub(super) scopes: Option<Vec<String>>,
}

impl Admitted {
    /// Someone whose session no scopes limit.
    fn whole(user: User, via: Via) -> Self {
        Self { user, granted: None, via, scopes: None }
    }
}

async fn check_password(store: &Store, name: &str, password: &str, origin: &Origin) -> Result<Proof, SignInError> {
    let key = accounts::key(name);
    let attempt = Attempt::new(&key.replace('\0', " "), origin.address);
    let (account, must_wait) = {
        let attempt = attempt.clone();
        store
            .read(move |db| -> Result<_, Error> {
                // PostgreSQL has no text with a NUL in it.
                let account = if key.contains('\0') { None } else { accounts::find_by_key(db, &key)? };
                Ok((account, attempt.must_wait(db)?))
            })
            .await?
    };
    if must_wait {
        return Err(SignInError::Refused);
    }
    let hash = account.as_ref().and_then(|account| account.password_hash.clone());
    let verdict = {
        // In the queue time has passed, and others may have failed.
        let (store_there, attempt) = (store.clone(), attempt.clone());
        let gate = move || store_there.read_blocking(|db| attempt.must_wait(db)).is_ok_and(|must_wait| !must_wait);
        store.0.passwords.verify(password, hash.clone(), gate).await.map_err(|_| SignInError::Busy)?
    };
    match (verdict, account, hash) {
        (Verdict::Right, Some(account), Some(hash)) => Ok(Proof::Password { account: account.id, hash, attempt }),
        (Verdict::Unread, ..) => Err(SignInError::Refused),
        (_, account, _) => {
            Ok(Proof::WrongPassword { account: account.map(|account| (account.id, accounts::key(name))), attempt })
        }
    }
}

fn admit(
    tx: &mut Tx<'_>,
    rules: &Rules,
    proof: &Proof,
    sign_in: &SignIn,
) -> Result<Result<SignedIn, SignInError>, SignInError> {
    let site = sites::lookup_active(tx, &sign_in.site)?;
    let outcome =
        identify(tx, proof, site.as_ref()).and_then(|admitted| enter(tx, rules, sign_in, site.as_ref(), admitted));
    match outcome {
        Ok(signed_in) => {
            if let Proof::Password { attempt, .. } = proof {
                attempt.forgive(tx)?;
            }
            Ok(Ok(signed_in))
        }
        Err(SignInError::Store(error)) => Err(error.into()),
        Err(refusal) => {
            record_refusal(tx, proof, sign_in, site.map(|site| site.id), &refusal)?;
            Ok(Err(refusal))
        }
    }
}

/// Whose credential it is, as a user of the site. Reads, but for two things that count even if nobody enters: a wrong
/// password and a JSON Web Token.
fn identify(tx: &mut Tx<'_>, proof: &Proof, site: Option<&Site>) -> Result<Admitted, SignInError> {
    let mut admitted = match proof {
        Proof::WrongPassword { attempt, .. } => {
            attempt.count(tx)?;
            return Err(SignInError::Refused);
        }
        Proof::Password { account, hash, .. } => {
            tx.query_opt(FIND_PASSWORD, values![*account, hash])?.ok_or(SignInError::Refused)?;
            let user = user_of(tx, site, *account)?;
            // Who has to go to a provider cannot go around it, or what is asked there (a second factor, say) is no use.
            if user.auth_setting == AuthSetting::OpenID && oidc::is_offered(tx, user.site_id)? {
                return Err(SignInError::Refused);
            }
            Admitted::whole(user, Via::Password)
        }
        Proof::AccessToken { name, secret } => {
            let now = tx.now();
            let (token, account) = access_tokens::lookup_secret(tx, secret)?
                .filter(|(token, _)| token.name == *name && token.is_alive(now))
                .ok_or(SignInError::Refused)?;
            Admitted::whole(user_of(tx, site, account)?, Via::AccessToken(token.id))
        }
        Proof::Jwt(proof) => identify_jwt(tx, proof, site.ok_or(SignInError::Refused)?)?,
    };
    admitted.granted = users::role_to_grant(tx, &admitted.user)?;
    if !admitted.granted.unwrap_or(admitted.user.site_role).may_sign_in() {
        return Err(SignInError::Refused);
    }
    Ok(admitted)
}

fn user_of(tx: &mut Tx<'_>, site: Option<&Site>, account: AccountId) -> Result<User, SignInError> {
    let site = site.ok_or(SignInError::Refused)?;
    users::lookup_account(tx, site.id, account)?.ok_or(SignInError::Refused)
}

/// Begins the session of someone whose credential is good, or of whom they act as.
fn enter(
    tx: &mut Tx<'_>,
    rules: &Rules,
    sign_in: &SignIn,
    site: Option<&Site>,
    admitted: Admitted,
) -> Result<SignedIn, SignInError> {
    let site = site.ok_or(SignInError::Refused)?;
    let impersonated = match &sign_in.impersonate {
        None => None,
        Some(id) => Some(impersonated(tx, rules, site.id, id, &admitted)?),
    };
    if let Via::AccessToken(id) = admitted.via {
        if rules.strict {
            tx.execute(DELETE_OF_ACCESS_TOKEN, values![id])?;
        }
        access_tokens::set_used(tx, id)?;
    }
    let user = impersonated.as_ref().unwrap_or(&admitted.user);
    let new = NewSession {
        user: user.id,
        granted: if impersonated.is_some() { None } else { admitted.granted },
        impersonator: impersonated.is_some().then_some(admitted.user.id),
        via: admitted.via,
        scopes: admitted.scopes.as_deref(),
        site: site.id,
        origin: &sign_in.origin,
        expires_at: tx.now().plus(rules.absolute),
    };
    let signed_in = begin(tx, rules.idle, &new)?;
    set_last_login(tx, admitted.user.id)?;
    audit::record(
        tx,
        By::Actor(&signed_in.actor),
        Done {
            action: "session.sign_in",
            kind: "session",
            id: Some(signed_in.actor.session_id().to_string()),
            name: None,
            detail: None,
            site: Some(site.id),
        },
    )?;
    Ok(signed_in)
}

/// The user someone wants to act as.
fn impersonated(
    tx: &mut Tx<'_>,
    rules: &Rules,
    site: SiteId,
    id: &str,
    admitted: &Admitted,
) -> Result<User, SignInError> {
    if !admitted.user.server_administrator || (rules.strict && matches!(admitted.via, Via::AccessToken(_))) {
        return Err(SignInError::ImpersonationForbidden);
    }
    let id: UserId = id.trim().parse().map_err(|_| SignInError::ImpersonatedUnknown)?;
    let user = users::lookup(tx, site, id)?.ok_or(SignInError::ImpersonatedUnknown)?;
    if user.site_role.may_sign_in() { Ok(user) } else { Err(SignInError::Refused) }
}

/// Writes down who was turned away. The name given is written only if it is an account's: people type passwords into the
/// wrong field.
fn record_refusal(
    tx: &mut Tx<'_>,
    proof: &Proof,
    sign_in: &SignIn,
    site: Option<SiteId>,
    refusal: &SignInError,
) -> Result<(), Error> {
    let (account, name) = match proof {
        Proof::Password { account, .. } => (Some(account.to_string()), None),
        Proof::WrongPassword { account: Some((account, name)), .. } => (Some(account.to_string()), Some(name.as_str())),
        _ => (None, None),
    };
    let credential = match proof {
        Proof::Password { .. } | Proof::WrongPassword { .. } => "password",
        Proof::AccessToken { .. } => "access token",
        Proof::Jwt(JwtProof::OfApp(_)) => "connected app",
        Proof::Jwt(JwtProof::OfServer { .. }) => "external authorization server",
        Proof::Jwt(JwtProof::Refused(_)) => "JSON Web Token",
    };
    audit::record(
        tx,
        By::Nobody(sign_in.origin.address),
        Done {
            action: "session.refused",
            kind: "account",
            id: account,
            name,
            detail: Some(format!("{credential}: {refusal}")),
            site,
        },
    )
}
