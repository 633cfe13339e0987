//! SCIM: users and groups of a site that an identity provider makes, changes and removes.
//!
//! A provider shows a token, which makes it an [`Actor`] who administers the site: never more, whoever made the token, and only
//! as long as that administrator is one. What a provider has in its hands is changed by it alone; deleting the last
//! configuration of a site gives all of it back. To a provider there are the users with a licence and those it has in its
//! hands, and all groups but All Users.

mod groups;
mod users;

use tavola_model::{
    GroupId, IdpConfigurationId, ScimConfigurationId, SessionId, SiteId, SiteRole, SiteState, Timestamp, UserId,
};

use crate::{
    Actor, Credential, Error, Missing, Origin, Refusal, Store, accounts,
    actor::Identity,
    audit::{self, By, Done},
    oidc, random, secrets,
    sql::{Db, Row, Tx, statements, values},
};

#[cfg(test)]
pub(crate) use {groups::STATEMENTS as GROUP_STATEMENTS, users::STATEMENTS as USER_STATEMENTS};

pub use groups::{
    GroupFilter, NewScimGroup, ScimGroup, change as change_group, create as create_group, delete as delete_group,
    get as get_group, list as list_groups,
};
pub use users::{
    NewScimUser, ScimUser, UserFilter, change as change_user, create as create_user, delete as delete_user,
    get as get_user, list as list_users,
};

/// A provider that may manage users and groups of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScimConfiguration {
    /// Its id.
    pub id: ScimConfigurationId,
    /// Its name.
    pub name: String,
    /// The OpenID Connect configuration that the users it makes sign in by; none for the server's own way.
    pub idp_configuration_id: Option<IdpConfigurationId>,
    /// The administrator whose token it is; none if that user is gone.
    pub owner_id: Option<UserId>,
    /// Whether its token is good: whether that user administers the site.
    pub is_active: bool,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Some of a list: those from a place on, and how many there are in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span<T> {
    /// How many there are in all.
    pub total: u64,
    /// Those that were asked for.
    pub items: Vec<T>,
}

macro_rules! configurations {
    () => {
        "SELECT c.id, c.name, c.idp_configuration_id, c.user_id, u.site_role, a.server_administrator, c.created_at \
         FROM scim_configurations c LEFT JOIN users u ON u.id = c.user_id LEFT JOIN accounts a ON a.id = u.account_id \
         WHERE c.site_id = $1"
    };
}

statements! {
    LIST = concat!(configurations!(), " ORDER BY c.name, c.id");
    FIND = concat!(configurations!(), " AND c.id = $2");
    INSERT = "INSERT INTO scim_configurations (id, site_id, user_id, name, idp_configuration_id, token_hash, created_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    RENEW = "UPDATE scim_configurations SET user_id = $2, token_hash = $3 WHERE id = $1";
    DELETE = "DELETE FROM scim_configurations WHERE id = $1";
    AUTHENTICATE = "SELECT c.id, c.name, u.id, u.site_role, a.id, a.name, a.server_administrator, p.name, p.content_url, \
        p.state FROM scim_configurations c JOIN users u ON u.id = c.user_id JOIN accounts a ON a.id = u.account_id \
        JOIN sites p ON p.id = c.site_id WHERE c.site_id = $1 AND c.token_hash = $2";
    IDP = "SELECT idp_configuration_id FROM scim_configurations WHERE id = $1";
    USER_IN_HANDS = "SELECT user_id FROM scim_users WHERE user_id = $1 AND EXISTS \
        (SELECT 1 FROM scim_configurations WHERE site_id = $2)";
    GROUP_IN_HANDS = "SELECT group_id FROM scim_groups WHERE group_id = $1 AND EXISTS \
        (SELECT 1 FROM scim_configurations WHERE site_id = $2)";
}

fn read(row: &mut Row) -> Result<ScimConfiguration, Error> {
    let (id, name, idp_configuration_id, owner_id) = (row.take()?, row.take()?, row.take()?, row.take()?);
    let role: Option<SiteRole> = row.take()?;
    let server_administrator: Option<bool> = row.take()?;
    Ok(ScimConfiguration {
        id,
        name,
        idp_configuration_id,
        owner_id,
        is_active: administers(role, server_administrator),
        created_at: row.take()?,
    })
}

fn administers(role: Option<SiteRole>, server_administrator: Option<bool>) -> bool {
    server_administrator == Some(true) || role.is_some_and(SiteRole::administers_site)
}

fn find(db: &mut Db<'_>, actor: &Actor, id: ScimConfigurationId) -> Result<ScimConfiguration, Error> {
    actor.require_site_administrator()?;
    let row = db.query_opt(FIND, values![actor.site_id(), id])?;
    read(&mut row.ok_or_else(|| Error::NotFound(Missing::ScimConfiguration(id.to_string())))?)
}

/// The configurations of the actor's site, by name. As all that is about them, for administrators of the site.
pub async fn list(store: &Store, actor: &Actor) -> Result<Vec<ScimConfiguration>, Error> {
    actor.require_site_administrator()?;
    let site = actor.site_id();
    store.scan(move |db| db.query(LIST, values![site])?.iter_mut().map(read).collect()).await
}

/// Makes a configuration. The second value is its token, which is not to be had again.
pub async fn create(
    store: &Store,
    actor: &Actor,
    name: String,
    idp: Option<IdpConfigurationId>,
) -> Result<(ScimConfiguration, String), Error> {
    actor.require_site_administrator()?;
    let (actor, name) = (actor.clone(), name.trim().to_owned());
    accounts::check_text("name of the SCIM configuration", &name)?;
    if name.is_empty() {
        return Err(Error::invalid("the name of a SCIM configuration must not be blank"));
    }
    store
        .write(move |tx| {
            crate::users::may_manage(tx, &actor)?;
            require_own_token(&actor)?;
            if let Some(idp) = idp {
                oidc::find(tx, &actor, idp)?;
            }
            let (id, token) = (ScimConfigurationId::from_random_bytes(random::bytes()), secrets::access_token_secret());
            let now = tx.now();
            let (site, owner) = (actor.site_id(), actor.user_id());
            tx.execute(INSERT, values![id, site, owner, &name, idp, secrets::hash(&token), now])?;
            let made = find(tx, &actor, id)?;
            record(tx, &actor, "scim_configuration.create", &made)?;
            Ok((made, token))
        })
        .await
}

/// Makes a new token for a configuration in place of its old one. It is the actor's from now on.
pub async fn renew(
    store: &Store,
    actor: &Actor,
    id: ScimConfigurationId,
) -> Result<(ScimConfiguration, String), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            find(tx, &actor, id)?;
            crate::users::may_manage(tx, &actor)?;
            require_own_token(&actor)?;
            let token = secrets::access_token_secret();
            tx.execute(RENEW, values![id, actor.user_id(), secrets::hash(&token)])?;
            let renewed = find(tx, &actor, id)?;
            record(tx, &actor, "scim_configuration.renew", &renewed)?;
            Ok((renewed, token))
        })
        .await
}

/// Deletes a configuration with its token. The users and groups stay.
pub async fn delete(store: &Store, actor: &Actor, id: ScimConfigurationId) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let configuration = find(tx, &actor, id)?;
            tx.execute(DELETE, values![id])?;
            record(tx, &actor, "scim_configuration.delete", &configuration)
        })
        .await
}

/// What is made here outlives the session: neither an impersonator nor a token with scopes may make it.
fn require_own_token(actor: &Actor) -> Result<(), Error> {
    if actor.impersonator().is_some() || actor.scopes().is_some() {
        return Err(Error::Forbidden(Refusal::OthersAccessToken));
    }
    Ok(())
}

/// The actor of a provider's token for a site, if it is good.
pub async fn authenticate(store: &Store, site: SiteId, token: &str, origin: Origin) -> Result<Option<Actor>, Error> {
    let hash = secrets::hash(token);
    store
        .read(move |db| {
            let Some(mut row) = db.query_opt(AUTHENTICATE, values![site, hash])? else { return Ok(None) };
            let (id, name): (ScimConfigurationId, String) = (row.take()?, row.take()?);
            let (user_id, role) = (row.take()?, row.take()?);
            let (account_id, user_name) = (row.take()?, row.take()?);
            let server_administrator = row.take()?;
            let (site_name, site_content_url) = (row.take()?, row.take()?);
            let state: SiteState = row.take()?;
            if state != SiteState::Active || !administers(role, server_administrator) {
                return Ok(None);
            }
            // Lists are kept by session, and the audit tells sessions apart: a provider is one that does not end.
            let session_id: SessionId = id.to_string().parse().map_err(Error::unavailable)?;
            Ok(Some(Actor::new(Identity {
                account_id,
                user_id,
                user_name,
                site_id: site,
                site_name,
                site_content_url,
                site_role: SiteRole::SiteAdministratorCreator,
                server_administrator: false,
                session_id,
                credential: Credential::Scim { id, name },
                scopes: None,
                impersonator: None,
                address: origin.address,
            })))
        })
        .await
}

/// Refuses to change a user whom a provider has in its hands, unless it is the provider that changes.
pub(crate) fn require_free_user(db: &mut Db<'_>, actor: &Actor, user: UserId) -> Result<(), Error> {
    if is_provider(actor) || db.query_opt(USER_IN_HANDS, values![user, actor.site_id()])?.is_none() {
        return Ok(());
    }
    Err(Error::Forbidden(Refusal::ManagedByScim))
}

/// The same for a group.
pub(crate) fn require_free_group(db: &mut Db<'_>, actor: &Actor, group: GroupId) -> Result<(), Error> {
    if is_provider(actor) || db.query_opt(GROUP_IN_HANDS, values![group, actor.site_id()])?.is_none() {
        return Ok(());
    }
    Err(Error::Forbidden(Refusal::ManagedByScim))
}

fn is_provider(actor: &Actor) -> bool {
    matches!(actor.credential(), Credential::Scim { .. })
}

/// Refuses whoever is no provider: all about users and groups here is for providers alone.
fn require_provider(actor: &Actor) -> Result<ScimConfigurationId, Error> {
    match actor.credential() {
        Credential::Scim { id, .. } => Ok(*id),
        _ => Err(Error::Forbidden(Refusal::NotSiteAdministrator)),
    }
}

/// The OpenID Connect configuration that the users of a provider sign in by.
fn idp_of(db: &mut Db<'_>, id: ScimConfigurationId) -> Result<Option<IdpConfigurationId>, Error> {
    db.query_opt(IDP, values![id])?.map_or(Ok(None), |mut row| row.take())
}

fn record(tx: &mut Tx<'_>, actor: &Actor, action: &str, configuration: &ScimConfiguration) -> Result<(), Error> {
    let (id, name) = (Some(configuration.id.to_string()), Some(configuration.name.as_str()));
    let site = Some(actor.site_id());
    audit::record(tx, By::Actor(actor), Done { action, kind: "SCIM configuration", id, name, detail: None, site })
}
