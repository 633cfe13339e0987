//! Making a site.

use std::collections::BTreeMap;

use tavola_model::{AdminMode, ContentUrl, SiteId, SiteName, SiteState};

use super::{Site, check, has_group_sets, lookup, require_free_names, settings_text};
use crate::{
    Actor, Error, Missing, Store,
    audit::{self, By, Done},
    groups, projects, random,
    sql::{Tx, statements, values},
    users,
};

/// A site to make.
#[derive(Debug, Clone)]
pub struct NewSite {
    /// Its name.
    pub name: SiteName,
    /// Its name in URLs.
    pub content_url: ContentUrl,
    /// Whether its administrators manage users.
    pub admin_mode: AdminMode,
    /// How many licensed users it may have.
    pub user_quota: Option<i64>,
    /// How many MB of content it may have.
    pub storage_quota: Option<i64>,
    /// All other settings.
    pub settings: BTreeMap<String, String>,
}

impl NewSite {
    /// A site without quotas whose administrators manage users.
    pub fn new(name: SiteName, content_url: ContentUrl) -> Self {
        Self {
            name,
            content_url,
            admin_mode: AdminMode::ContentAndUsers,
            user_quota: None,
            storage_quota: None,
            settings: BTreeMap::new(),
        }
    }
}

statements! {
    INSERT = "INSERT INTO sites (id, name, name_key, content_url, content_url_key, admin_mode, state, user_quota, \
        storage_quota, settings, group_sets_enabled, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)";
}

/// Makes a site, with every server administrator as a user. For server administrators.
pub async fn create(store: &Store, actor: &Actor, new: NewSite) -> Result<Site, Error> {
    actor.require_server_administrator()?;
    let actor = actor.clone();
    store
        .write(move |tx| {
            let id = insert(tx, &new)?;
            users::insert_server_administrators(tx, id)?;
            audit::record(
                tx,
                By::Actor(&actor),
                Done {
                    action: "site.create",
                    kind: "site",
                    id: Some(id.to_string()),
                    name: Some(new.name.as_str()),
                    site: Some(id),
                    ..Done::default()
                },
            )?;
            lookup(tx, id)?.ok_or_else(|| Error::NotFound(Missing::Site(id.to_string())))
        })
        .await
}

/// Makes a site with its group `All Users` and its project `default`, and without users.
pub(crate) fn insert(tx: &mut Tx<'_>, new: &NewSite) -> Result<SiteId, Error> {
    let id = SiteId::from_random_bytes(random::bytes());
    let now = tx.now();
    let site = Site {
        id,
        name: new.name.to_string(),
        content_url: new.content_url.to_string(),
        admin_mode: new.admin_mode,
        state: SiteState::Active,
        user_quota: new.user_quota,
        storage_quota: new.storage_quota,
        settings: new.settings.clone(),
        created_at: now,
        updated_at: now,
    };
    check(&site)?;
    require_free_names(tx, &site)?;
    tx.execute(
        INSERT,
        values![
            id,
            &site.name,
            site.name.to_lowercase(),
            &site.content_url,
            site.content_url.to_lowercase(),
            site.admin_mode,
            site.state,
            site.user_quota,
            site.storage_quota,
            settings_text(&site)?,
            has_group_sets(&site),
            now,
        ],
    )?;
    groups::insert_all_users(tx, id)?;
    projects::insert_default(tx, id)?;
    Ok(id)
}
