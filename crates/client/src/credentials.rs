//! What a client signs in with.

use std::fmt;

use tavola_api::{
    Secret,
    auth::{ImpersonatedUser, SignIn, SignInCredentials, SiteUrl},
};
use tavola_model::{SiteId, UserId};

use crate::Session;

/// What a client signs in with. `Debug` shows the kind and the name, never a secret.
#[derive(Clone)]
pub struct Credentials(pub(crate) Kind);

#[derive(Clone)]
pub(crate) enum Kind {
    Password { name: String, password: Secret },
    PersonalAccessToken { name: String, secret: Secret },
    Jwt(Secret),
    Session(Session),
}

impl Credentials {
    /// A user's name and password.
    pub fn password(name: impl Into<String>, password: impl Into<String>) -> Self {
        Self(Kind::Password { name: name.into(), password: Secret::new(password) })
    }

    /// A personal access token: its name and its secret.
    ///
    /// A real Tableau Server keeps one session per token: whoever else signs in with it ends this client's session, and
    /// the other way round. Give each program that runs side by side its own token.
    pub fn personal_access_token(name: impl Into<String>, secret: impl Into<String>) -> Self {
        Self(Kind::PersonalAccessToken { name: name.into(), secret: Secret::new(secret) })
    }

    /// A JSON web token of a connected app. It signs in once: servers refuse it a second time, so a session made with it
    /// is not renewed when it ends.
    pub fn jwt(token: impl Into<String>) -> Self {
        Self(Kind::Jwt(Secret::new(token)))
    }

    /// The token of a session that was signed in to elsewhere. It cannot be renewed when it ends.
    pub fn session(token: impl Into<String>, site: SiteId, user: UserId) -> Self {
        Self(Kind::Session(Session {
            token: Secret::new(token),
            site_id: site,
            site_content_url: None,
            user_id: user,
            estimated_time_to_expiration: None,
        }))
    }

    /// The request that signs in, for the kinds that can.
    pub(crate) fn sign_in(&self, site: &str, impersonated: Option<UserId>) -> Option<SignIn> {
        let mut credentials = SignInCredentials {
            site: SiteUrl { content_url: site.to_owned() },
            user: impersonated.map(|id| ImpersonatedUser { id: id.into() }),
            ..SignInCredentials::default()
        };
        match &self.0 {
            Kind::Password { name, password } => {
                credentials.name = Some(name.clone());
                credentials.password = Some(password.clone());
            }
            Kind::PersonalAccessToken { name, secret } => {
                credentials.personal_access_token_name = Some(name.clone());
                credentials.personal_access_token_secret = Some(secret.clone());
            }
            Kind::Jwt(token) => credentials.jwt = Some(token.clone()),
            Kind::Session(_) => return None,
        }
        Some(SignIn { credentials })
    }

    /// Whether these make one session and no second.
    pub(crate) fn sign_in_once(&self) -> bool {
        matches!(self.0, Kind::Jwt(_) | Kind::Session(_))
    }

    /// The secret in them.
    pub(crate) fn secret(&self) -> &Secret {
        match &self.0 {
            Kind::Password { password, .. } => password,
            Kind::PersonalAccessToken { secret, .. } => secret,
            Kind::Jwt(token) => token,
            Kind::Session(session) => &session.token,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Password { name, .. } => write!(f, "Password({name:?})"),
            Kind::PersonalAccessToken { name, .. } => write!(f, "PersonalAccessToken({name:?})"),
            Kind::Jwt(_) => f.write_str("Jwt"),
            Kind::Session(session) => write!(f, "Session({:?})", session.user_id),
        }
    }
}
