//! Users, as an identity provider sees and changes them.

use tavola_model::{AuthSetting, GroupId, ScimConfigurationId, SiteId, SiteRole, UserId, UserName};

use super::{Span, idp_of, require_provider};
use crate::{
    Actor, Conflict, Error, Invalid, Missing, Store, Taken, accounts,
    list::places,
    sql::{Db, Tx, Value, statements, values},
    users::{self, NewUser, User, UserChange},
};

/// A user, as a provider is told of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScimUser {
    /// The user of the site.
    pub user: User,
    /// What the provider calls the user; `""` if it has not said.
    pub external_id: String,
    /// The first name; `""` if the provider has not said.
    pub given_name: String,
    /// The last name; `""` if the provider has not said.
    pub family_name: String,
    /// Whether the user has the role. Who is inactive is unlicensed.
    pub active: bool,
    /// The role that the user has while active.
    pub site_role: SiteRole,
    /// The groups the user is in, by name, without All Users.
    pub groups: Vec<(GroupId, String)>,
}

/// A user as a provider wants them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewScimUser {
    /// The name to sign in with. It never changes.
    pub name: UserName,
    /// What the provider calls the user.
    pub external_id: String,
    /// The first name.
    pub given_name: String,
    /// The last name.
    pub family_name: String,
    /// The name people call them by; what it was, or the name to sign in with, if not given.
    pub full_name: Option<String>,
    /// The e-mail address; what it was if not given.
    pub email: Option<String>,
    /// Whether the user has the role.
    pub active: bool,
    /// The role; what it was, or none at all, if not given.
    pub site_role: Option<SiteRole>,
}

/// Which users are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserFilter {
    /// The one who signs in with this name, whatever the case.
    Name(String),
    /// Whom the provider calls so.
    ExternalId(String),
    /// The one of this id.
    Id(UserId),
}

/// To a provider an unlicensed user whom it does not have in its hands is not there.
macro_rules! seen {
    () => {
        "users u LEFT JOIN scim_users s ON s.user_id = u.id \
         WHERE u.site_id = $1 AND (s.user_id IS NOT NULL OR u.site_role <> 'Unlicensed')"
    };
}

statements! {
    FIND = concat!("SELECT s.external_id, s.given_name, s.family_name, s.active, s.site_role FROM ", seen!(), " AND u.id = $2");
    PUT = "INSERT INTO scim_users (user_id, external_id, given_name, family_name, active, site_role) \
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (user_id) DO UPDATE SET external_id = excluded.external_id, \
        given_name = excluded.given_name, family_name = excluded.family_name, active = excluded.active, \
        site_role = excluded.site_role";
    DELETE = "DELETE FROM scim_users WHERE user_id = $1";
}

/// The user, if there is one to a provider. Groups are still to be read.
fn lookup(db: &mut Db<'_>, site: SiteId, id: UserId) -> Result<Option<ScimUser>, Error> {
    let Some(mut row) = db.query_opt(FIND, values![site, id])? else { return Ok(None) };
    let Some(user) = users::lookup(db, site, id)? else { return Ok(None) };
    let text = |text: Option<String>| text.unwrap_or_default();
    let (external_id, given_name, family_name) = (text(row.take()?), text(row.take()?), text(row.take()?));
    let (active, role): (Option<bool>, Option<SiteRole>) = (row.take()?, row.take()?);
    let active = active.unwrap_or(true);
    // Somebody else may have given an active user another role.
    let site_role = if active { user.site_role } else { role.unwrap_or(user.site_role) };
    Ok(Some(ScimUser { user, external_id, given_name, family_name, active, site_role, groups: Vec::new() }))
}

fn find(db: &mut Db<'_>, actor: &Actor, id: UserId) -> Result<ScimUser, Error> {
    lookup(db, actor.site_id(), id)?.ok_or_else(|| Error::NotFound(Missing::User(id.to_string())))
}

fn with_groups(db: &mut Db<'_>, mut found: Vec<ScimUser>) -> Result<Vec<ScimUser>, Error> {
    if found.is_empty() {
        return Ok(found);
    }
    let ids: Vec<String> = found.iter().map(|found| found.user.id.to_string()).collect();
    let mut values = Vec::new();
    let places = places(&ids, &mut values);
    let statement = format!(
        "SELECT gu.user_id, g.id, g.name FROM group_users gu JOIN groups g ON g.id = gu.group_id \
         WHERE gu.user_id IN ({places}) AND g.all_users = 0 ORDER BY g.name_key"
    );
    for mut row in db.query(&statement, &values)? {
        let (of, group): (UserId, GroupId) = (row.take()?, row.take()?);
        let name = row.take()?;
        if let Some(user) = found.iter_mut().find(|found| found.user.id == of) {
            user.groups.push((group, name));
        }
    }
    Ok(found)
}

fn whole(db: &mut Db<'_>, actor: &Actor, id: UserId) -> Result<ScimUser, Error> {
    let found = find(db, actor, id)?;
    with_groups(db, vec![found])?.pop().ok_or_else(|| Error::NotFound(Missing::User(id.to_string())))
}

/// The users of the provider's site by name, so many from a place on, which is 0 for the first.
pub async fn list(
    store: &Store,
    actor: &Actor,
    filter: Option<UserFilter>,
    (skip, count): (u64, u64),
) -> Result<Span<ScimUser>, Error> {
    require_provider(actor)?;
    let actor = actor.clone();
    store
        .scan(move |db| {
            let mut values = values![actor.site_id()].to_vec();
            let (condition, value) = match &filter {
                None => ("", None),
                Some(UserFilter::Name(name)) => (" AND u.name_key = $2", Some(Value::from(accounts::key(name)))),
                Some(UserFilter::ExternalId(id)) => (" AND s.external_id = $2", Some(Value::from(id))),
                Some(UserFilter::Id(id)) => (" AND u.id = $2", Some(Value::from(*id))),
            };
            values.extend(value);
            let count_all = format!("SELECT COUNT(*) FROM {}{condition}", seen!());
            let total: i64 = db.query_one(&count_all, &values)?.take()?;
            let (limit, offset) = (values.len() + 1, values.len() + 2);
            values.extend([count, skip].map(|number| Value::Int(i64::try_from(number).unwrap_or(i64::MAX))));
            let page = format!(
                "SELECT u.id FROM {}{condition} ORDER BY u.name_key, u.id LIMIT ${limit} OFFSET ${offset}",
                seen!()
            );
            let ids = db.query(&page, &values)?.iter_mut().map(|row| row.take()).collect::<Result<Vec<UserId>, _>>()?;
            let found = ids.into_iter().filter_map(|id| lookup(db, actor.site_id(), id).transpose());
            let found = found.collect::<Result<Vec<_>, _>>()?;
            Ok(Span { total: total.unsigned_abs(), items: with_groups(db, found)? })
        })
        .await
}

/// A user of the provider's site.
pub async fn get(store: &Store, actor: &Actor, id: UserId) -> Result<ScimUser, Error> {
    require_provider(actor)?;
    let actor = actor.clone();
    store.scan(move |db| whole(db, &actor, id)).await
}

/// Adds a user to the provider's site, or takes over one who has no licence.
pub async fn create(store: &Store, actor: &Actor, new: NewScimUser) -> Result<ScimUser, Error> {
    let provider = require_provider(actor)?;
    let actor = actor.clone();
    store.write(move |tx| create_now(tx, &actor, provider, &new)).await
}

fn create_now(
    tx: &mut Tx<'_>,
    actor: &Actor,
    provider: ScimConfigurationId,
    new: &NewScimUser,
) -> Result<ScimUser, Error> {
    check(new)?;
    let name = accounts::local_name(&new.name)?;
    let there = match accounts::find_by_key(tx, &name.key())? {
        Some(account) => users::lookup_account(tx, actor.site_id(), account.id)?,
        None => None,
    };
    let role = new.site_role.unwrap_or(SiteRole::Unlicensed);
    match there {
        Some(user) if lookup(tx, actor.site_id(), user.id)?.is_some() => {
            Err(Error::AlreadyExists(Taken::UserOnSite(user.name)))
        }
        Some(user) => {
            let current = ScimUser {
                external_id: String::new(),
                given_name: String::new(),
                family_name: String::new(),
                active: new.active,
                site_role: role,
                groups: Vec::new(),
                user,
            };
            put(tx, actor, &current, new)
        }
        None => {
            let idp = idp_of(tx, provider)?;
            let user = NewUser {
                auth_setting: idp.map(|_| AuthSetting::OpenID),
                idp_configuration_id: idp.map(|id| id.to_string()),
                full_name: new.full_name.clone(),
                email: new.email.clone(),
                ..NewUser::new(name, effective(new.active, role))
            };
            let user = users::add_now(tx, actor, &user, None)?;
            remember(tx, user.id, new, role)?;
            whole(tx, actor, user.id)
        }
    }
}

/// Changes a user into what is made of them as they are now.
pub async fn change(
    store: &Store,
    actor: &Actor,
    id: UserId,
    into: impl Fn(&ScimUser) -> Result<NewScimUser, Error> + Send + 'static,
) -> Result<ScimUser, Error> {
    require_provider(actor)?;
    let actor = actor.clone();
    store
        .write(move |tx| {
            let current = whole(tx, &actor, id)?;
            let new = into(&current)?;
            check(&new)?;
            if accounts::key(new.name.as_str()) != accounts::key(&current.user.name) {
                return Err(Error::invalid(format!("the userName `{}` does not change", current.user.name)));
            }
            put(tx, &actor, &current, &new)
        })
        .await
}

fn put(tx: &mut Tx<'_>, actor: &Actor, current: &ScimUser, new: &NewScimUser) -> Result<ScimUser, Error> {
    let id = current.user.id;
    let role = new.site_role.unwrap_or(current.site_role);
    // What a person has in common with other sites is not one site's to change.
    let is_own = accounts::count_sites(tx, current.user.account_id)? == 1;
    let change = UserChange {
        full_name: new.full_name.clone().filter(|_| is_own),
        email: new.email.clone().filter(|_| is_own),
        site_role: Some(effective(new.active, role)),
        ..UserChange::default()
    };
    users::update_now(tx, actor, id, &change, None)?;
    remember(tx, id, new, role)?;
    whole(tx, actor, id)
}

fn remember(tx: &mut Tx<'_>, id: UserId, new: &NewScimUser, role: SiteRole) -> Result<(), Error> {
    let NewScimUser { external_id, given_name, family_name, active, .. } = new;
    tx.execute(PUT, values![id, external_id, given_name, family_name, *active, role]).map(drop)
}

fn effective(active: bool, role: SiteRole) -> SiteRole {
    if active { role } else { SiteRole::Unlicensed }
}

fn check(new: &NewScimUser) -> Result<(), Error> {
    new.email.as_deref().map_or(Ok(()), accounts::check_email)?;
    new.full_name.as_deref().map_or(Ok(()), |name| accounts::check_text("displayName", name))?;
    for (what, text) in
        [("externalId", &new.external_id), ("givenName", &new.given_name), ("familyName", &new.family_name)]
    {
        accounts::check_text(what, text)?;
    }
    match new.site_role {
        Some(role) if !role.may_be_given() || role.administers_server() => Err(Error::Invalid(Invalid::SiteRole(role))),
        _ => Ok(()),
    }
}

/// Removes a user from the provider's site. Who owns content stays without a licence, and is not there to providers.
pub async fn delete(store: &Store, actor: &Actor, id: UserId) -> Result<(), Error> {
    require_provider(actor)?;
    let actor = actor.clone();
    store
        .write(move |tx| {
            find(tx, &actor, id)?;
            match users::remove_now(tx, &actor, id, None) {
                Err(Error::Conflict(Conflict::OwnsContent)) => {
                    let change = UserChange { site_role: Some(SiteRole::Unlicensed), ..UserChange::default() };
                    users::update_now(tx, &actor, id, &change, None)?;
                    tx.execute(DELETE, values![id]).map(drop)
                }
                removed => removed,
            }
        })
        .await
}
