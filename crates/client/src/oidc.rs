//! OpenID Connect of a site: the identity providers that its users may sign in at.

use tavola_api::oidc::{CREATE, Configuration, ConfigurationMessage, GET, REMOVE, UPDATE};
use tavola_model::IdpConfigurationId;

use crate::{Client, Error, PathValue};

/// The methods about OpenID Connect, by [`Client::oidc`]. Which configurations a site has,
/// [`SitesRoom::auth_configurations`](crate::SitesRoom::auth_configurations) tells.
#[derive(Debug, Clone, Copy)]
pub struct OidcRoom<'a>(&'a Client);

impl Client {
    /// The methods about OpenID Connect of the site signed in to.
    pub fn oidc(&self) -> OidcRoom<'_> {
        OidcRoom(self)
    }
}

impl OidcRoom<'_> {
    /// “Get OpenID Connect Configuration”. The client secret is not told.
    pub async fn get(&self, id: IdpConfigurationId) -> Result<Configuration, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        self.0.call(&GET, &path, &[], None).await.map(|answer| answer.site_oidc_configuration)
    }

    /// “Create OpenID Connect Configuration”: needs a name, the client's id and secret, and the endpoints.
    pub async fn create(&self, configuration: &Configuration) -> Result<Configuration, Error> {
        let body = ConfigurationMessage { site_oidc_configuration: configuration.clone() };
        let answer = self.0.call(&CREATE, &[PathValue::SessionSite], &[], Some(&body)).await?;
        Ok(answer.site_oidc_configuration)
    }

    /// “Update OpenID Connect Configuration”: what is `None` stays as it is.
    pub async fn update(&self, id: IdpConfigurationId, changes: &Configuration) -> Result<Configuration, Error> {
        let body = ConfigurationMessage { site_oidc_configuration: changes.clone() };
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        self.0.call(&UPDATE, &path, &[], Some(&body)).await.map(|answer| answer.site_oidc_configuration)
    }

    /// “Remove OpenID Connect Configuration”. Ends the sessions that it made.
    pub async fn remove(&self, id: IdpConfigurationId) -> Result<(), Error> {
        let id = id.to_string();
        let query = [("idpConfigurationId", id.as_str())];
        self.0.call(&REMOVE, &[PathValue::SessionSite], &query, None).await.map(drop)
    }
}
