//! Who acts: the identity of a request, made from a valid session and by nobody else.

use std::{net::IpAddr, sync::Arc};

use tavola_model::{
    AccountId, ConnectedAppId, ExternalAuthorizationServerId, IdpConfigurationId, PersonalAccessTokenId,
    ScimConfigurationId, SessionId, SiteId, SiteRole, UserId,
};

use crate::{Error, Refusal};

/// Where a request comes from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// The client's address.
    pub address: Option<IpAddr>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
}

/// A signed-in user at work on the site of their session. Only this crate makes one.
#[derive(Debug, Clone)]
pub struct Actor(Arc<Identity>);

/// What stands behind an actor.
#[derive(Debug)]
pub(crate) struct Identity {
    pub account_id: AccountId,
    pub user_id: UserId,
    pub user_name: String,
    pub site_id: SiteId,
    pub site_name: String,
    pub site_content_url: String,
    pub site_role: SiteRole,
    pub server_administrator: bool,
    pub session_id: SessionId,
    pub credential: Credential,
    pub scopes: Option<Vec<String>>,
    pub impersonator: Option<Impersonator>,
    pub address: Option<IpAddr>,
}

/// What a session was signed in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A password.
    Password,
    /// A personal access token.
    AccessToken {
        /// Its id.
        id: PersonalAccessTokenId,
        /// Its name.
        name: String,
    },
    /// A JSON Web Token signed with a connected app's secret.
    ConnectedApp {
        /// The app's id.
        id: ConnectedAppId,
        /// Its name.
        name: String,
    },
    /// A JSON Web Token of an external authorization server.
    ExternalAuthorizationServer {
        /// The server's id.
        id: ExternalAuthorizationServerId,
        /// Its name.
        name: String,
    },
    /// A visit to an identity provider by OpenID Connect.
    OpenIdConnect {
        /// The configuration's id.
        id: IdpConfigurationId,
        /// Its name.
        name: String,
    },
    /// The token of an identity provider that manages users by SCIM. There is no session then.
    Scim {
        /// The configuration's id.
        id: ScimConfigurationId,
        /// Its name.
        name: String,
    },
}

/// The server administrator who acts as someone else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Impersonator {
    /// The administrator's user on the site of the session.
    pub user_id: UserId,
    /// Their name.
    pub user_name: String,
}

impl Actor {
    pub(crate) fn new(identity: Identity) -> Self {
        Self(Arc::new(identity))
    }

    /// The person.
    pub fn account_id(&self) -> AccountId {
        self.0.account_id
    }

    /// The person as a user of the site.
    pub fn user_id(&self) -> UserId {
        self.0.user_id
    }

    /// The name the person signs in with.
    pub fn user_name(&self) -> &str {
        &self.0.user_name
    }

    /// The site the session is bound to.
    pub fn site_id(&self) -> SiteId {
        self.0.site_id
    }

    /// That site's name.
    pub fn site_name(&self) -> &str {
        &self.0.site_name
    }

    /// That site's contentUrl; `""` for the site Default.
    pub fn site_content_url(&self) -> &str {
        &self.0.site_content_url
    }

    /// The user's role on the site.
    pub fn site_role(&self) -> SiteRole {
        self.0.site_role
    }

    /// The session.
    pub fn session_id(&self) -> SessionId {
        self.0.session_id
    }

    /// Whether the actor administers the whole server.
    pub fn is_server_administrator(&self) -> bool {
        self.0.server_administrator
    }

    /// Whether the actor administers the site, also as a server administrator.
    pub fn is_site_administrator(&self) -> bool {
        self.0.server_administrator || self.0.site_role.administers_site()
    }

    /// What the session was signed in with.
    pub fn credential(&self) -> &Credential {
        &self.0.credential
    }

    /// The scopes that limit a session signed in to with a JSON Web Token; none for other sessions, which are not limited.
    pub fn scopes(&self) -> Option<&[String]> {
        self.0.scopes.as_deref()
    }

    /// The server administrator behind an impersonation.
    pub fn impersonator(&self) -> Option<&Impersonator> {
        self.0.impersonator.as_ref()
    }

    /// The name of the personal access token that the session was signed in with.
    pub fn access_token_name(&self) -> Option<&str> {
        match &self.0.credential {
            Credential::AccessToken { name, .. } => Some(name),
            _ => None,
        }
    }

    /// Where the request comes from.
    pub fn address(&self) -> Option<IpAddr> {
        self.0.address
    }

    pub(crate) fn require_server_administrator(&self) -> Result<(), Error> {
        if self.is_server_administrator() { Ok(()) } else { Err(Error::Forbidden(Refusal::NotServerAdministrator)) }
    }

    pub(crate) fn require_site_administrator(&self) -> Result<(), Error> {
        if self.is_site_administrator() { Ok(()) } else { Err(Error::Forbidden(Refusal::NotSiteAdministrator)) }
    }
}
