//! External authorization servers: whose JWTs sign users in.

use tavola_api::external_authorization_servers::{DELETE, GET, LIST, REGISTER, Server, ServerMessage, UPDATE};
use tavola_model::ExternalAuthorizationServerId;

use crate::{Client, Error, PathValue};

/// The methods about external authorization servers, by [`Client::external_authorization_servers`].
#[derive(Debug, Clone, Copy)]
pub struct ExternalAuthorizationServersRoom<'a>(&'a Client);

impl Client {
    /// The methods about external authorization servers of the site signed in to.
    pub fn external_authorization_servers(&self) -> ExternalAuthorizationServersRoom<'_> {
        ExternalAuthorizationServersRoom(self)
    }
}

impl ExternalAuthorizationServersRoom<'_> {
    /// “List All Registered EAS”.
    pub async fn list(&self) -> Result<Vec<Server>, Error> {
        let answer = self.0.call(&LIST, &[PathValue::SessionSite], &[], None).await?;
        Ok(answer.external_authorization_server_list.external_authorization_server)
    }

    /// “List Registered EAS by ID”.
    pub async fn get(&self, id: ExternalAuthorizationServerId) -> Result<Server, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        self.0.call(&GET, &path, &[], None).await.map(|answer| answer.external_authorization_server)
    }

    /// “Register EAS”: needs an issuer.
    pub async fn register(&self, server: &Server) -> Result<Server, Error> {
        let body = ServerMessage { external_authorization_server: server.clone() };
        let answer = self.0.call(&REGISTER, &[PathValue::SessionSite], &[], Some(&body)).await?;
        Ok(answer.external_authorization_server)
    }

    /// “Update EAS”: what is `None` stays as it is.
    pub async fn update(&self, id: ExternalAuthorizationServerId, changes: &Server) -> Result<Server, Error> {
        let body = ServerMessage { external_authorization_server: changes.clone() };
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        self.0.call(&UPDATE, &path, &[], Some(&body)).await.map(|answer| answer.external_authorization_server)
    }

    /// “Delete EAS”. Ends the sessions of its tokens.
    pub async fn delete(&self, id: ExternalAuthorizationServerId) -> Result<(), Error> {
        self.0.call(&DELETE, &[PathValue::SessionSite, PathValue::Of(&id)], &[], None).await.map(drop)
    }
}
