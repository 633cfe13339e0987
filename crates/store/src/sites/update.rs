//! Changing a site.

use std::collections::BTreeMap;

use tavola_model::{AdminMode, ContentUrl, SiteId, SiteName, SiteState};

use super::{Site, SiteRef, TIER_LIMITS, check, find, has_group_sets, is_default, require_free_names, settings_text};
use crate::{
    Actor, Error, Refusal, Store,
    audit::{self, By, Done},
    sessions,
    sql::{Tx, statements, values},
};

/// What to change of a site: what is none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct SiteChange {
    /// Its name.
    pub name: Option<SiteName>,
    /// Its name in URLs.
    pub content_url: Option<ContentUrl>,
    /// Whether its administrators manage users.
    pub admin_mode: Option<AdminMode>,
    /// Whether it can be signed in to. Suspending a site ends its sessions.
    pub state: Option<SiteState>,
    /// How many licensed users it may have; `Some(None)` for as many as come.
    pub user_quota: Option<Option<i64>>,
    /// How many MB of content it may have; `Some(None)` for any amount.
    pub storage_quota: Option<Option<i64>>,
    /// Other settings; those not named stay as they are.
    pub settings: BTreeMap<String, String>,
}

statements! {
    UPDATE = "UPDATE sites SET name = $2, name_key = $3, content_url = $4, content_url_key = $5, admin_mode = $6, \
        state = $7, user_quota = $8, storage_quota = $9, settings = $10, updated_at = $11, group_sets_enabled = $12 WHERE id = $1";
}

/// Changes a site. Its own administrators change its name and its settings; contentUrl, adminMode, state, quotas and limits per
/// licence tier are the server administrators'.
pub async fn update(store: &Store, actor: &Actor, id: SiteId, change: SiteChange) -> Result<Site, Error> {
    let actor = actor.clone();
    store.write(move |tx| update_now(tx, &actor, id, &change)).await
}

fn update_now(tx: &mut Tx<'_>, actor: &Actor, id: SiteId, change: &SiteChange) -> Result<Site, Error> {
    let old = find(tx, actor, &SiteRef::Id(id))?;
    actor.require_site_administrator()?;
    let mut settings = old.settings.clone();
    settings.extend(change.settings.clone());
    let new = Site {
        name: change.name.as_ref().map_or_else(|| old.name.clone(), ToString::to_string),
        content_url: change.content_url.as_ref().map_or_else(|| old.content_url.clone(), ToString::to_string),
        admin_mode: change.admin_mode.unwrap_or(old.admin_mode),
        state: change.state.unwrap_or(old.state),
        user_quota: change.user_quota.unwrap_or(old.user_quota),
        storage_quota: change.storage_quota.unwrap_or(old.storage_quota),
        settings,
        updated_at: tx.now(),
        ..old.clone()
    };
    if (Site { updated_at: old.updated_at, ..new.clone() }) == old {
        return Ok(old);
    }
    // Clients send everything they know along with every change: only what differs needs a right.
    let reserved = new.content_url != old.content_url
        || new.admin_mode != old.admin_mode
        || new.state != old.state
        || new.user_quota != old.user_quota
        || new.storage_quota != old.storage_quota
        || TIER_LIMITS.iter().any(|limit| new.settings.get(*limit) != old.settings.get(*limit));
    if reserved {
        actor.require_server_administrator()?;
    }
    if is_default(&old) && (!is_default(&new) || new.state != SiteState::Active) {
        return Err(Error::Forbidden(Refusal::DefaultSite));
    }
    check(&new)?;
    require_free_names(tx, &new)?;
    tx.execute(
        UPDATE,
        values![
            id,
            &new.name,
            new.name.to_lowercase(),
            &new.content_url,
            new.content_url.to_lowercase(),
            new.admin_mode,
            new.state,
            new.user_quota,
            new.storage_quota,
            settings_text(&new)?,
            new.updated_at,
            has_group_sets(&new),
        ],
    )?;
    if new.state == SiteState::Suspended {
        sessions::end_of_site(tx, id)?;
    }
    audit::record(
        tx,
        By::Actor(actor),
        Done {
            action: "site.update",
            kind: "site",
            id: Some(id.to_string()),
            name: Some(&new.name),
            detail: (new.state != old.state).then(|| format!("state {}", new.state)),
            site: Some(id),
        },
    )?;
    Ok(new)
}
