//! Configurations of SCIM: identity providers that manage users and groups of a site. Only Tavola servers have these methods.

use tavola_api::scim::{CREATE, Configuration, ConfigurationMessage, ConfigurationWithToken, DELETE, LIST, RENEW};
use tavola_model::ScimConfigurationId;

use crate::{Client, Error, PathValue};

/// The methods about configurations of SCIM, by [`Client::scim`].
#[derive(Debug, Clone, Copy)]
pub struct ScimRoom<'a>(&'a Client);

impl Client {
    /// The methods about SCIM of the site signed in to.
    pub fn scim(&self) -> ScimRoom<'_> {
        ScimRoom(self)
    }
}

impl ScimRoom<'_> {
    /// The configurations of the site, without their tokens.
    pub async fn list(&self) -> Result<Vec<Configuration>, Error> {
        let answer = self.0.call(&LIST, &[PathValue::SessionSite], &[], None).await?;
        Ok(answer.scim_configurations.scim_configuration)
    }

    /// Makes a configuration: needs a name. Its token is told this once.
    pub async fn create(&self, configuration: &Configuration) -> Result<ConfigurationWithToken, Error> {
        let body = ConfigurationMessage { scim_configuration: configuration.clone() };
        self.0.call(&CREATE, &[PathValue::SessionSite], &[], Some(&body)).await
    }

    /// Makes another token in place of the old one.
    pub async fn renew(&self, id: ScimConfigurationId) -> Result<ConfigurationWithToken, Error> {
        self.0.call(&RENEW, &[PathValue::SessionSite, PathValue::Of(&id)], &[], None).await
    }

    /// Deletes a configuration with its token. The users and groups stay.
    pub async fn delete(&self, id: ScimConfigurationId) -> Result<(), Error> {
        self.0.call(&DELETE, &[PathValue::SessionSite, PathValue::Of(&id)], &[], None).await.map(drop)
    }
}
