//! Connected apps of direct trust: who may sign users in by JWT.

use tavola_api::connected_apps::{
    App, AppMessage, AppSecret, CREATE, CREATE_SECRET, DELETE, DELETE_SECRET, GET, GET_SECRET, LIST, UPDATE,
};
use tavola_model::{ConnectedAppId, ConnectedAppSecretId};

use crate::{Client, Error, PathValue};

/// The methods about connected apps, by [`Client::connected_apps`].
#[derive(Debug, Clone, Copy)]
pub struct ConnectedAppsRoom<'a>(&'a Client);

impl Client {
    /// The methods about connected apps of the site signed in to.
    pub fn connected_apps(&self) -> ConnectedAppsRoom<'_> {
        ConnectedAppsRoom(self)
    }
}

impl ConnectedAppsRoom<'_> {
    /// “List Connected Apps”.
    pub async fn list(&self) -> Result<Vec<App>, Error> {
        let answer = self.0.call(&LIST, &[PathValue::SessionSite], &[], None).await?;
        Ok(answer.connected_applications.connected_application)
    }

    /// “Get Connected App”.
    pub async fn get(&self, id: ConnectedAppId) -> Result<App, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        self.0.call(&GET, &path, &[], None).await.map(|answer| answer.connected_application)
    }

    /// “Create Connected App”: needs a name.
    pub async fn create(&self, app: &App) -> Result<App, Error> {
        let body = AppMessage { connected_application: app.clone() };
        let answer = self.0.call(&CREATE, &[PathValue::SessionSite], &[], Some(&body)).await?;
        Ok(answer.connected_application)
    }

    /// “Update Connected App”: what is `None` stays as it is.
    pub async fn update(&self, id: ConnectedAppId, changes: &App) -> Result<App, Error> {
        let body = AppMessage { connected_application: changes.clone() };
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        self.0.call(&UPDATE, &path, &[], Some(&body)).await.map(|answer| answer.connected_application)
    }

    /// “Delete Connected App”. Ends the sessions that it made.
    pub async fn delete(&self, id: ConnectedAppId) -> Result<(), Error> {
        self.0.call(&DELETE, &[PathValue::SessionSite, PathValue::Of(&id)], &[], None).await.map(drop)
    }

    /// “Create Connected App Secret”. At most two live side by side.
    pub async fn create_secret(&self, id: ConnectedAppId) -> Result<AppSecret, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        self.0.call(&CREATE_SECRET, &path, &[], None).await.map(|answer| answer.connected_application_secret)
    }

    /// “Get Connected App Secret”.
    pub async fn get_secret(&self, id: ConnectedAppId, secret: ConnectedAppSecretId) -> Result<AppSecret, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id), PathValue::Of(&secret)];
        self.0.call(&GET_SECRET, &path, &[], None).await.map(|answer| answer.connected_application_secret)
    }

    /// “Delete Connected App Secret”. Ends the sessions that it signed.
    pub async fn delete_secret(&self, id: ConnectedAppId, secret: ConnectedAppSecretId) -> Result<(), Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id), PathValue::Of(&secret)];
        self.0.call(&DELETE_SECRET, &path, &[], None).await.map(drop)
    }
}
