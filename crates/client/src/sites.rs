//! Sites: the tenants of a server.

use std::fmt;

use tavola_api::sites::{
    AUTH_CONFIGURATIONS, AuthConfiguration, CREATE, DELETE, EmbeddingSettings, GET, GET_EMBEDDING, LIST,
    RECENTLY_VIEWED, Recent, Site, SiteMessage, UPDATE, UPDATE_EMBEDDING,
};
use tavola_model::SiteId;

use crate::{Client, Error, ItemPage, ListOptions, PathValue, list};

/// The methods about sites, by [`Client::sites`].
#[derive(Debug, Clone, Copy)]
pub struct SitesRoom<'a>(&'a Client);

/// What a site is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiteKey {
    /// Its id.
    Id(SiteId),
    /// Its name.
    Name(String),
    /// Its name in URLs. The default site, whose contentUrl is empty, is not found by it.
    ContentUrl(String),
}

impl Client {
    /// The methods about sites.
    pub fn sites(&self) -> SitesRoom<'_> {
        SitesRoom(self)
    }
}

impl SitesRoom<'_> {
    /// “Query Sites”, a page: server administrators see all, others their own. Tableau Cloud does not offer it (403069).
    pub async fn list(&self, options: &ListOptions) -> Result<ItemPage<Site>, Error> {
        let query = options.query()?;
        let page = self.0.call(&LIST, &[], &list::borrowed(&query), None).await?;
        Ok(ItemPage { items: page.sites.site, pagination: page.pagination })
    }

    /// “Query Sites”, all of them.
    pub async fn list_all(&self, options: &ListOptions) -> Result<Vec<Site>, Error> {
        let fetch = |options: ListOptions| async move { self.list(&options).await };
        list::everything(options, fetch, |site: &Site| site.id.as_ref().map(ToString::to_string)).await
    }

    /// “Query Site”.
    pub async fn get(&self, key: impl Into<SiteKey>) -> Result<Site, Error> {
        let key = key.into();
        self.0.call(&GET, &[PathValue::Of(&key)], key.query(), None).await.map(|answer| answer.site)
    }

    /// “Query Site”, with counts of what it holds.
    pub async fn get_with_usage(&self, key: impl Into<SiteKey>) -> Result<Site, Error> {
        let key = key.into();
        let query = [key.query(), &[("includeUsage", "true")]].concat();
        self.0.call(&GET, &[PathValue::Of(&key)], &query, None).await.map(|answer| answer.site)
    }

    /// “Create Site”: needs a name and a contentUrl.
    pub async fn create(&self, site: &Site) -> Result<Site, Error> {
        let body = SiteMessage { site: site.clone() };
        self.0.call(&CREATE, &[], &[], Some(&body)).await.map(|answer| answer.site)
    }

    /// “Update Site”: what is `None` stays as it is.
    pub async fn update(&self, id: SiteId, changes: &Site) -> Result<Site, Error> {
        let body = SiteMessage { site: changes.clone() };
        self.0.call(&UPDATE, &[PathValue::Of(&id)], &[], Some(&body)).await.map(|answer| answer.site)
    }

    /// “Delete Site”, with everything on it.
    pub async fn delete(&self, key: impl Into<SiteKey>) -> Result<(), Error> {
        let key = key.into();
        self.0.call(&DELETE, &[PathValue::Of(&key)], key.query(), None).await.map(drop)
    }

    /// “Get Embedding Settings for Site”.
    pub async fn embedding(&self, id: SiteId) -> Result<EmbeddingSettings, Error> {
        let answer = self.0.call(&GET_EMBEDDING, &[PathValue::Of(&id)], &[], None).await?;
        Ok(answer.site.embedding.unwrap_or_default())
    }

    /// “Update Embedding Settings for Site”.
    pub async fn update_embedding(
        &self,
        id: SiteId,
        embedding: &EmbeddingSettings,
    ) -> Result<EmbeddingSettings, Error> {
        let body = SiteMessage { site: Site { embedding: Some(embedding.clone()), ..Site::default() } };
        let answer = self.0.call(&UPDATE_EMBEDDING, &[PathValue::Of(&id)], &[], Some(&body)).await?;
        Ok(answer.site.embedding.unwrap_or_default())
    }

    /// “Get Recently Viewed for Site”: what the user signed in looked at, made or changed last, newest first.
    pub async fn recently_viewed(&self) -> Result<Vec<Recent>, Error> {
        let answer = self.0.call(&RECENTLY_VIEWED, &[PathValue::SessionSite], &[], None).await?;
        Ok(answer.recents.recent)
    }

    /// “List Authentication Configurations for Site”, of the site signed in to.
    pub async fn auth_configurations(&self) -> Result<Vec<AuthConfiguration>, Error> {
        let answer = self.0.call(&AUTH_CONFIGURATIONS, &[PathValue::SessionSite], &[], None).await?;
        Ok(answer.site_auth_configurations.site_auth_configuration)
    }
}

impl SiteKey {
    fn query(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Id(_) => &[],
            Self::Name(_) => &[("key", "name")],
            Self::ContentUrl(_) => &[("key", "contentUrl")],
        }
    }
}

impl From<SiteId> for SiteKey {
    fn from(id: SiteId) -> Self {
        Self::Id(id)
    }
}

impl fmt::Display for SiteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => id.fmt(f),
            Self::Name(text) | Self::ContentUrl(text) => f.write_str(text),
        }
    }
}
