//! Sessions on the server: one's own, and those of others for administrators.

use tavola_api::sessions::{self, CURRENT, DELETE, LIST, ListedSession};
use tavola_model::SessionId;

use crate::{Client, Error, ItemPage, ListOptions, PathValue, list};

/// The methods about sessions, by [`Client::sessions`].
#[derive(Debug, Clone, Copy)]
pub struct SessionsRoom<'a>(&'a Client);

impl Client {
    /// The methods about sessions on the server. The client's own is by [`Client::session`].
    pub fn sessions(&self) -> SessionsRoom<'_> {
        SessionsRoom(self)
    }
}

impl SessionsRoom<'_> {
    /// “Get Current Server Session”: where the client is signed in, and as whom.
    pub async fn current(&self) -> Result<sessions::Session, Error> {
        self.0.call(&CURRENT, &[], &[], None).await.map(|answer| answer.session)
    }

    /// The sessions that the caller may end, a page: their own, an administrator's whole site. Tavola alone offers it.
    pub async fn list(&self, options: &ListOptions) -> Result<ItemPage<ListedSession>, Error> {
        let query = options.query()?;
        let page = self.0.call(&LIST, &[PathValue::SessionSite], &list::borrowed(&query), None).await?;
        Ok(ItemPage { items: page.sessions.session, pagination: page.pagination })
    }

    /// The sessions that the caller may end, all of them. Tavola alone offers it.
    pub async fn list_all(&self, options: &ListOptions) -> Result<Vec<ListedSession>, Error> {
        let fetch = |options: ListOptions| async move { self.list(&options).await };
        list::everything(options, fetch, |session: &ListedSession| Some(session.id)).await
    }

    /// “Delete Server Session”: ends one of the list. By the client's own, [`Client::sign_out`].
    pub async fn end(&self, id: SessionId) -> Result<(), Error> {
        self.0.call(&DELETE, &[PathValue::Of(&id)], &[], None).await.map(drop)
    }
}
