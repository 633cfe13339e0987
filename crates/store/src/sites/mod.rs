//! Sites: made and deleted by server administrators; each is a world of its own.

mod create;
mod delete;
mod update;

use std::collections::BTreeMap;

use tavola_model::{AdminMode, Licence, ListQuery, SiteId, SiteRole, SiteState, Timestamp};

use crate::{
    Actor, Conflict, Error, List, Missing, Refusal, Store, Taken,
    list::{ANY_OF, COMPARED, Field, Holds, NAMES, Source},
    sql::{Db, Row, statements, values},
};

pub(crate) use create::insert;
#[cfg(test)]
pub(crate) use {
    create::STATEMENTS as CREATE_STATEMENTS, delete::STATEMENTS as DELETE_STATEMENTS,
    update::STATEMENTS as UPDATE_STATEMENTS,
};

pub use create::{NewSite, create};
pub use delete::delete;
pub use update::{SiteChange, update};

/// A site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The site's id.
    pub id: SiteId,
    /// Its name.
    pub name: String,
    /// Its name in URLs; `""` for the site Default.
    pub content_url: String,
    /// Whether its administrators manage users.
    pub admin_mode: AdminMode,
    /// Whether it can be signed in to.
    pub state: SiteState,
    /// How many licensed users it may have; none for as many as come.
    pub user_quota: Option<i64>,
    /// How many MB of content it may have; none for any amount.
    pub storage_quota: Option<i64>,
    /// All other settings that were given, by their name on the wire.
    pub settings: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// How a site is named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiteRef {
    /// By its id.
    Id(SiteId),
    /// By its name, whatever the case.
    Name(String),
    /// By its contentUrl, whatever the case.
    ContentUrl(String),
}

/// How many users a site has in which licence tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SiteUsage {
    /// Users with a licence.
    pub users: i64,
    /// Of these, those who may make data connections.
    pub creators: i64,
    /// Of these, those who may author from what is there.
    pub explorers: i64,
    /// Of these, those who may look.
    pub viewers: i64,
}

/// The settings that limit users per licence tier, and that only server administrators set.
const TIER_LIMITS: [&str; 3] = ["tierCreatorCapacity", "tierExplorerCapacity", "tierViewerCapacity"];

macro_rules! columns {
    () => {
        "id, name, content_url, admin_mode, state, user_quota, storage_quota, settings, created_at, updated_at"
    };
}

statements! {
    FIND = concat!("SELECT ", columns!(), " FROM sites WHERE id = $1");
    FIND_BY_NAME = concat!("SELECT ", columns!(), " FROM sites WHERE name_key = $1");
    FIND_BY_CONTENT_URL = concat!("SELECT ", columns!(), " FROM sites WHERE content_url_key = $1");
    COUNT_ROLES = "SELECT site_role, COUNT(*) FROM users WHERE site_id = $1 GROUP BY site_role";
}

fn read(row: &mut Row) -> Result<Site, Error> {
    Ok(Site {
        id: row.take()?,
        name: row.take()?,
        content_url: row.take()?,
        admin_mode: row.take()?,
        state: row.take()?,
        user_quota: row.take()?,
        storage_quota: row.take()?,
        settings: serde_json::from_str(&row.take::<String>()?).map_err(Error::unavailable)?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}

pub(crate) const FIELDS: &[Field] = &[
    Field {
        name: "name",
        column: "name",
        key: Some("name_key"),
        holds: Holds::Text,
        operators: NAMES,
        order: "name_key",
    },
    Field {
        name: "contentUrl",
        column: "content_url",
        key: Some("content_url_key"),
        holds: Holds::Text,
        operators: NAMES,
        order: "content_url_key",
    },
    Field { name: "state", column: "state", key: None, holds: Holds::Text, operators: ANY_OF, order: "state" },
    Field {
        name: "createdAt",
        column: "created_at",
        key: None,
        holds: Holds::Time,
        operators: COMPARED,
        order: "created_at",
    },
];

/// All sites for a server administrator, for others the one they are on. By name, unless sorted.
///
/// Fields: `name`, `contentUrl`, `state`, `createdAt`.
pub async fn list(store: &Store, actor: &Actor, query: &ListQuery) -> Result<List<Site>, Error> {
    let (actor, query) = (actor.clone(), query.clone());
    store
        .scan(move |db| {
            let (seen, values) = if actor.is_server_administrator() {
                ("1 = 1", vec![])
            } else {
                ("id = $1", values![actor.site_id()].to_vec())
            };
            let source = Source {
                columns: columns!(),
                from: "sites",
                owner: "",
                seen: seen.to_owned(),
                values,
                fields: FIELDS,
                order: "name_key",
                id: "id",
            };
            source.page(db, &query, read)
        })
        .await
}

/// A site: any for a server administrator, for others the one they are on.
pub async fn get(store: &Store, actor: &Actor, site: SiteRef) -> Result<Site, Error> {
    let actor = actor.clone();
    store.read(move |db| find(db, &actor, &site)).await
}

/// The site the actor is on, for its administrators: what only they are told of it.
pub async fn administered(store: &Store, actor: &Actor) -> Result<Site, Error> {
    actor.require_site_administrator()?;
    get(store, actor, SiteRef::Id(actor.site_id())).await
}

/// How many users a site has, for its administrators.
pub async fn usage(store: &Store, actor: &Actor, site: SiteRef) -> Result<SiteUsage, Error> {
    let actor = actor.clone();
    store
        .scan(move |db| {
            let site = find(db, &actor, &site)?;
            actor.require_site_administrator()?;
            let mut usage = SiteUsage::default();
            for mut row in db.query(COUNT_ROLES, values![site.id])? {
                let (role, count): (SiteRole, i64) = (row.take()?, row.take()?);
                match role.licence() {
                    Licence::Creator => usage.creators += count,
                    Licence::Explorer => usage.explorers += count,
                    Licence::Viewer => usage.viewers += count,
                    Licence::None => {}
                }
            }
            usage.users = usage.creators + usage.explorers + usage.viewers;
            Ok(usage)
        })
        .await
}

/// The site, if the actor may see it.
fn find(db: &mut Db<'_>, actor: &Actor, site: &SiteRef) -> Result<Site, Error> {
    let (statement, value, named) = match site {
        SiteRef::Id(id) => (FIND, id.to_string(), id.to_string()),
        SiteRef::Name(name) => (FIND_BY_NAME, name.trim().to_lowercase(), name.clone()),
        SiteRef::ContentUrl(url) => (FIND_BY_CONTENT_URL, url.trim().to_lowercase(), url.clone()),
    };
    let unknown = Error::NotFound(Missing::Site(named));
    if value.contains('\0') {
        return Err(unknown);
    }
    match db.query_opt(statement, values![value])?.map(|mut row| read(&mut row)).transpose()? {
        Some(site) if site.id == actor.site_id() || actor.is_server_administrator() => Ok(site),
        _ => Err(unknown),
    }
}

/// The site of an id, whoever asks.
pub(crate) fn lookup(db: &mut Db<'_>, id: SiteId) -> Result<Option<Site>, Error> {
    db.query_opt(FIND, values![id])?.map(|mut row| read(&mut row)).transpose()
}

/// The site of a contentUrl that can be signed in to.
pub(crate) fn lookup_active(db: &mut Db<'_>, content_url: &str) -> Result<Option<Site>, Error> {
    if content_url.contains('\0') {
        return Ok(None);
    }
    let row = db.query_opt(FIND_BY_CONTENT_URL, values![content_url.trim().to_lowercase()])?;
    let site = row.map(|mut row| read(&mut row)).transpose()?;
    Ok(site.filter(|site| site.state == SiteState::Active))
}

fn is_default(site: &Site) -> bool {
    site.content_url.is_empty()
}

fn settings_text(site: &Site) -> Result<String, Error> {
    serde_json::to_string(&site.settings).map_err(Error::unavailable)
}

/// The setting that turns group sets off.
const GROUP_SETS: &str = "groupSetsEnabled";

/// Whether a site has group sets: unless it says that it does not.
pub(crate) fn has_group_sets(site: &Site) -> bool {
    site.settings.get(GROUP_SETS).is_none_or(|text| text != "false")
}

/// Refuses what is about the group sets of a site that has none.
pub(crate) fn require_group_sets(db: &mut Db<'_>, id: SiteId) -> Result<(), Error> {
    match lookup(db, id)? {
        Some(site) if !has_group_sets(&site) => Err(Error::Forbidden(Refusal::NoGroupSets)),
        _ => Ok(()),
    }
}

/// Refuses a site whose settings contradict each other.
fn check(site: &Site) -> Result<(), Error> {
    for (what, quota) in [("userQuota", site.user_quota), ("storageQuota", site.storage_quota)] {
        if quota.is_some_and(|quota| quota < 1) {
            return Err(Error::invalid(format!("the {what} must be a positive number")));
        }
    }
    if site.settings.iter().any(|(name, value)| name.contains('\0') || value.contains('\0')) {
        return Err(Error::invalid("a setting must not hold control characters"));
    }
    if site.user_quota.is_none() {
        return Ok(());
    }
    if site.admin_mode == AdminMode::ContentOnly {
        return Err(Error::Conflict(Conflict::QuotaSettings(
            "a site whose adminMode is `ContentOnly` cannot have a userQuota",
        )));
    }
    let limited = |limit: &&'static str| site.settings.get(*limit).is_some_and(|text| !text.is_empty() && text != "-1");
    if TIER_LIMITS.iter().any(limited) {
        return Err(Error::Conflict(Conflict::QuotaSettings(
            "a site cannot have both a userQuota and limits per licence tier",
        )));
    }
    Ok(())
}

/// Refuses a name or contentUrl that another site has.
fn require_free_names(db: &mut Db<'_>, site: &Site) -> Result<(), Error> {
    let mut taken_by_another = |statement: &str, key: String| -> Result<bool, Error> {
        let found = db.query_opt(statement, values![key])?.map(|mut row| read(&mut row)).transpose()?;
        Ok(found.is_some_and(|found| found.id != site.id))
    };
    if taken_by_another(FIND_BY_NAME, site.name.to_lowercase())? {
        return Err(Error::AlreadyExists(Taken::SiteName(site.name.clone())));
    }
    if taken_by_another(FIND_BY_CONTENT_URL, site.content_url.to_lowercase())? {
        return Err(Error::AlreadyExists(Taken::SiteContentUrl(site.content_url.clone())));
    }
    Ok(())
}
