//! The one session that all clones of a client share: made once, renewed once, ended once.

use tavola_api::{Secret, auth::SignedIn};
use tavola_model::{SiteId, UserId};

use crate::{Error, NotSignedIn, flight::Turn};

/// A session: where it is, whose it is, and its token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// The token. Whoever holds it acts as the user.
    pub token: Secret,
    /// The site's id.
    pub site_id: SiteId,
    /// The site's name in URLs; not known for a session that was signed in to elsewhere.
    pub site_content_url: Option<String>,
    /// The user's id on the site.
    pub user_id: UserId,
    /// How long the session lives at most, as the server words it (`hours:minutes:seconds`). Only a hint.
    pub estimated_time_to_expiration: Option<String>,
}

impl From<SignedIn> for Session {
    fn from(answer: SignedIn) -> Self {
        let credentials = answer.credentials;
        Self {
            token: credentials.token,
            site_id: credentials.site.id,
            site_content_url: Some(credentials.site.content_url),
            user_id: credentials.user.id,
            estimated_time_to_expiration: credentials.estimated_time_to_expiration,
        }
    }
}

/// Where a client stands with its session.
#[derive(Debug, Default)]
pub(crate) enum Standing {
    /// It has not signed in yet.
    #[default]
    Fresh,
    /// It has a session.
    SignedIn(Session),
    /// It had one, which can be replaced only by signing in.
    Ended,
    /// It has signed out and stays so until it is told to sign in.
    SignedOut,
}

/// What is kept under the lock. Whoever changes the session holds the lock while asking the server, so that everybody
/// else waits and finds the outcome.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) standing: Standing,
    /// The site that a sign-in goes to.
    pub(crate) site: String,
    /// The user whom a sign-in impersonates, by the id on that site.
    pub(crate) impersonated: Option<UserId>,
    /// Whether the credentials have made a session.
    pub(crate) spent: bool,
    /// Why the last sign-in failed, for those who waited for it.
    failure: Option<Error>,
}

impl Desk {
    pub(crate) fn new(standing: Standing, site: String, impersonated: Option<UserId>) -> Self {
        Self { standing, site, impersonated, spent: false, failure: None }
    }

    /// The session there is.
    pub(crate) fn session(&self) -> Option<&Session> {
        match &self.standing {
            Standing::SignedIn(session) => Some(session),
            Standing::Fresh | Standing::Ended | Standing::SignedOut => None,
        }
    }

    /// Notes that a session which the server no longer takes has ended; another one that came since stays.
    pub(crate) fn end(&mut self, ended: &Session) {
        if self.session().is_some_and(|session| session.token == ended.token) {
            self.standing = Standing::Ended;
        }
    }

    /// Notes how a sign-in ended.
    pub(crate) fn close(&mut self, outcome: &Result<Session, Error>) {
        match outcome {
            Ok(session) => {
                self.failure = None;
                self.standing = Standing::SignedIn(session.clone());
            }
            Err(failure) => self.failure = Some(failure.clone()),
        }
    }
}

impl Turn<'_, Desk> {
    /// The session there is, or the failure of the sign-in this turn waited for, or `None`: then it is this turn's
    /// business to sign in.
    pub(crate) fn outcome(&self) -> Option<Result<Session, Error>> {
        match &self.state.standing {
            Standing::SignedIn(session) => Some(Ok(session.clone())),
            Standing::SignedOut => Some(Err(Error::NotSignedIn(NotSignedIn::SignedOut))),
            Standing::Fresh | Standing::Ended => {
                self.state.failure.clone().filter(|_| self.waited_for_attempt()).map(Err)
            }
        }
    }
}
