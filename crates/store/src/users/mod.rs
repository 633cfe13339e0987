//! Users: who is on a site, in which role.
//!
//! A person has one account and one user on each site they belong to. Name, full name, e-mail and password are the
//! account's; role, authentication and language the user's. A server administrator is a user with that role on every site.

mod add;
mod by_csv;
mod remove;
mod rules;
mod update;
mod user_list;

use tavola_model::{AccountId, AuthSetting, GroupId, Licence, ListQuery, SiteId, SiteRole, Timestamp, UserId};

use crate::{
    Actor, Error, List, Missing, Store, accounts, groups,
    list::{ANY_OF, COMPARED, EQUAL, Field, Holds, NAMES, Source, TEXTS},
    random, sessions, sites,
    sql::{Db, Row, Tx, Value, statements, values},
};

#[cfg(test)]
pub(crate) use remove::STATEMENTS as REMOVE_STATEMENTS;
#[cfg(test)]
pub(crate) use update::STATEMENTS as UPDATE_STATEMENTS;

pub use add::{NewUser, add};
pub use by_csv::{SignInWay, SignInWays, check_csv, import_csv, remove_csv};
pub use remove::remove;
pub use update::{UserChange, update};
pub(crate) use {add::add_now, remove::remove_now, rules::may_manage, update::update_now};

/// The setting of a site that says who sees whom, and its value for everybody everyone, which is also that of a site
/// that has none.
const VISIBILITY: &str = "userVisibilityMode";
const FULL: &str = "FULL";

/// A user of a site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's id, on this site alone.
    pub id: UserId,
    /// The site.
    pub site_id: SiteId,
    /// The person, the same on every site.
    pub account_id: AccountId,
    /// The name the person signs in with.
    pub name: String,
    /// The name people call them by.
    pub full_name: String,
    /// The e-mail address; `""` for none.
    pub email: String,
    /// The domain the name belongs to: `local`.
    pub domain: String,
    /// The role on the site.
    pub site_role: SiteRole,
    /// How the user proves who they are.
    pub auth_setting: AuthSetting,
    /// The user's name at an identity provider; `""` for none.
    pub external_auth_user_id: String,
    /// Which identity provider; `""` for none.
    pub idp_configuration_id: String,
    /// The language of the user's pages; `""` for the site's.
    pub language: String,
    /// The locale of the user's numbers and dates; `""` for the site's.
    pub locale: String,
    /// When the user last signed in to the site.
    pub last_login: Option<Timestamp>,
    /// When the user was added to the site.
    pub created_at: Timestamp,
    /// When the user was last changed.
    pub updated_at: Timestamp,
    /// Whether the person administers the whole server.
    pub server_administrator: bool,
}

macro_rules! columns {
    () => {
        "u.id, u.site_id, u.account_id, a.name, a.full_name, a.email, a.domain, u.site_role, u.auth_setting, \
         u.external_auth_user_id, u.idp_configuration_id, u.language, u.locale, u.last_login, u.created_at, \
         u.updated_at, a.server_administrator"
    };
}

macro_rules! tables {
    () => {
        "users u LEFT JOIN accounts a ON a.id = u.account_id"
    };
}

statements! {
    FIND = concat!("SELECT ", columns!(), " FROM ", tables!(), " WHERE u.site_id = $1 AND u.id = $2");
    FIND_OF_ACCOUNT = concat!("SELECT ", columns!(), " FROM ", tables!(), " WHERE u.site_id = $1 AND u.account_id = $2");
    INSERT = "INSERT INTO users (id, site_id, account_id, site_role, auth_setting, external_auth_user_id, \
        idp_configuration_id, language, locale, created_at, updated_at, name_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, \
        $9, $10, $10, (SELECT name_key FROM accounts WHERE id = $3))";
    COUNT_LICENSED = "SELECT COUNT(*) FROM users WHERE site_id = $1 AND site_role NOT IN ('Unlicensed', 'Guest')";
    SITES_WITHOUT_ACCOUNT = "SELECT s.id FROM sites s WHERE NOT EXISTS \
        (SELECT 1 FROM users u WHERE u.site_id = s.id AND u.account_id = $1)";
    SERVER_ADMINISTRATORS = "SELECT id FROM accounts WHERE server_administrator = 1 ORDER BY id";
    SET_ROLE = "UPDATE users SET site_role = $2, updated_at = $3 WHERE id = $1";
    SET_ROLE_EVERYWHERE = "UPDATE users SET site_role = $2, updated_at = $3 WHERE account_id = $1";
    SET_ROLE_ELSEWHERE = "UPDATE users SET site_role = $3, updated_at = $4 WHERE account_id = $1 AND site_id <> $2";
}

fn read(row: &mut Row) -> Result<User, Error> {
    Ok(User {
        id: row.take()?,
        site_id: row.take()?,
        account_id: row.take()?,
        name: row.take()?,
        full_name: row.take()?,
        email: row.take()?,
        domain: row.take()?,
        site_role: row.take()?,
        auth_setting: row.take()?,
        external_auth_user_id: row.take()?,
        idp_configuration_id: row.take()?,
        language: row.take()?,
        locale: row.take()?,
        last_login: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
        server_administrator: row.take()?,
    })
}

pub(crate) const FIELDS: &[Field] = &[
    Field {
        name: "name",
        column: "a.name",
        key: Some("u.name_key"),
        holds: Holds::UserName,
        operators: NAMES,
        order: "u.name_key",
    },
    Field {
        name: "fullName",
        column: "a.full_name",
        key: None,
        holds: Holds::Text,
        operators: TEXTS,
        order: "a.full_name",
    },
    Field {
        name: "friendlyName",
        column: "a.full_name",
        key: None,
        holds: Holds::Text,
        operators: EQUAL,
        order: "a.full_name",
    },
    Field {
        name: "siteRole",
        column: "u.site_role",
        key: None,
        holds: Holds::Role,
        operators: ANY_OF,
        order: "u.site_role",
    },
    Field {
        name: "lastLogin",
        column: "u.last_login",
        key: None,
        holds: Holds::Time,
        operators: COMPARED,
        // Those who never signed in come first on both databases.
        order: "COALESCE(u.last_login, 0)",
    },
    Field { name: "luid", column: "u.id", key: None, holds: Holds::Id, operators: EQUAL, order: "u.id" },
    Field {
        name: "isLocal",
        column: "(CASE WHEN a.domain = 'local' THEN 1 ELSE 0 END)",
        key: None,
        holds: Holds::Flag,
        operators: EQUAL,
        order: "(CASE WHEN a.domain = 'local' THEN 1 ELSE 0 END)",
    },
    Field {
        name: "domainName",
        column: "a.domain",
        key: None,
        holds: Holds::Text,
        operators: EQUAL,
        order: "a.domain",
    },
];

/// Whether the actor sees that there are other users on the site. In the mode `LIMITED` those without a Creator's licence
/// see themselves alone; so does everybody who may not see what a site's mode is.
pub(crate) fn sees_others(db: &mut Db<'_>, actor: &Actor) -> Result<bool, Error> {
    if actor.is_site_administrator() || actor.site_role().licence() == Licence::Creator {
        return Ok(true);
    }
    let Some(site) = sites::lookup(db, actor.site_id())? else { return Ok(false) };
    Ok(site.settings.get(VISIBILITY).is_none_or(|mode| mode == FULL))
}

/// A user as the actor is told of them. Of others, who is no administrator gets what people call them by, and their role.
fn told(actor: &Actor, user: User) -> User {
    if actor.is_site_administrator() || user.id == actor.user_id() {
        return user;
    }
    User {
        email: String::new(),
        external_auth_user_id: String::new(),
        idp_configuration_id: String::new(),
        language: String::new(),
        locale: String::new(),
        last_login: None,
        ..user
    }
}

/// The users of the actor's site whom the actor sees. By name, unless sorted.
///
/// Who is no administrator is not told when others last signed in, and so a list that asks for it holds the actor alone.
///
/// Fields: `lastLogin`, `name`, `siteRole`, `friendlyName`, `fullName`, `luid`, `isLocal`, `domainName`.
pub async fn list(store: &Store, actor: &Actor, query: &ListQuery) -> Result<List<User>, Error> {
    let (keeping, actor, query) = (store.clone(), actor.clone(), query.clone());
    store.scan(move |db| page(&keeping, db, &actor, &query, None)).await
}

/// A page of [`list`], or of those of them who are in a group.
pub(crate) fn page(
    store: &Store,
    db: &mut Db<'_>,
    actor: &Actor,
    query: &ListQuery,
    group: Option<GroupId>,
) -> Result<List<User>, Error> {
    let secret = |field: &str| field == "lastLogin" && !actor.is_site_administrator();
    let asks_for_secrets =
        query.filters.iter().any(|filter| secret(&filter.field)) || query.sorts.iter().any(|sort| secret(&sort.field));
    let mut seen = "u.site_id = $1".to_owned();
    let mut values = values![actor.site_id()].to_vec();
    if !sees_others(db, actor)? || asks_for_secrets {
        seen.push_str(" AND u.id = $2");
        values.push(Value::from(actor.user_id()));
    }
    if let Some(group) = group {
        values.push(Value::from(group));
        let place = values.len();
        seen.push_str(&format!(" AND u.id IN (SELECT gu.user_id FROM group_users gu WHERE gu.group_id = ${place})"));
    }
    let source = Source {
        columns: columns!(),
        from: tables!(),
        owner: "",
        seen,
        values,
        fields: FIELDS,
        order: "u.name_key",
        id: "u.id",
    };
    source.stable_page(None, store, actor, db, query, |row| read(row).map(|user| told(actor, user)))
}

/// A user of the actor's site whom the actor sees.
pub async fn get(store: &Store, actor: &Actor, id: UserId) -> Result<User, Error> {
    let actor = actor.clone();
    store.read(move |db| see(db, &actor, id).map(|user| told(&actor, user))).await
}

/// A user of the actor's site, for its administrators: what only they are told.
pub async fn administered(store: &Store, actor: &Actor, id: UserId) -> Result<User, Error> {
    let user = get(store, actor, id).await?;
    actor.require_site_administrator()?;
    Ok(user)
}

/// The user, if the actor has to do with what is theirs alone: is that user, or an administrator.
pub(crate) fn find(db: &mut Db<'_>, actor: &Actor, id: UserId) -> Result<User, Error> {
    let user = see(db, actor, id)?;
    if user.id != actor.user_id() {
        actor.require_site_administrator()?;
    }
    Ok(user)
}

/// The user, if the actor sees that there is one.
pub(crate) fn see(db: &mut Db<'_>, actor: &Actor, id: UserId) -> Result<User, Error> {
    let unknown = || Error::NotFound(Missing::User(id.to_string()));
    if id != actor.user_id() && !sees_others(db, actor)? {
        return Err(unknown());
    }
    lookup(db, actor.site_id(), id)?.ok_or_else(unknown)
}

/// The user of a site.
pub(crate) fn lookup(db: &mut Db<'_>, site: SiteId, id: UserId) -> Result<Option<User>, Error> {
    db.query_opt(FIND, values![site, id])?.map(|mut row| read(&mut row)).transpose()
}

/// The user that an account has on a site.
pub(crate) fn lookup_account(db: &mut Db<'_>, site: SiteId, account: AccountId) -> Result<Option<User>, Error> {
    db.query_opt(FIND_OF_ACCOUNT, values![site, account])?.map(|mut row| read(&mut row)).transpose()
}

/// The role that a user has who signs in now, if their groups give more than they have. A site that is full gives nobody a
/// licence so.
pub(crate) fn role_to_grant(db: &mut Db<'_>, user: &User) -> Result<Option<SiteRole>, Error> {
    let Some(minimum) = groups::minimum_site_role(db, user.id)? else { return Ok(None) };
    let role = user.site_role.at_least(minimum);
    if role == user.site_role {
        return Ok(None);
    }
    if !user.site_role.may_sign_in() {
        match rules::has_room(db, user.site_id, role) {
            Err(Error::Conflict(_)) => return Ok(None),
            has_room => has_room?,
        }
    }
    Ok(Some(role))
}

/// Gives a user a role.
pub(crate) fn set_role(tx: &mut Tx<'_>, id: UserId, role: SiteRole) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(SET_ROLE, values![id, role, now]).map(drop)
}

/// How many users of a site have a licence.
pub(crate) fn count_licensed(db: &mut Db<'_>, site: SiteId) -> Result<i64, Error> {
    db.query_one(COUNT_LICENSED, values![site])?.take()
}

/// What a user is on a site beside their role.
#[derive(Debug, Clone, Default)]
pub(crate) struct Details {
    pub auth_setting: Option<AuthSetting>,
    pub external_auth_user_id: String,
    pub idp_configuration_id: String,
    pub language: String,
    pub locale: String,
}

/// Puts an account on a site.
pub(crate) fn insert(
    tx: &mut Tx<'_>,
    site: SiteId,
    account: AccountId,
    role: SiteRole,
    details: &Details,
) -> Result<UserId, Error> {
    let id = UserId::from_random_bytes(random::bytes());
    let now = tx.now();
    tx.execute(
        INSERT,
        values![
            id,
            site,
            account,
            role,
            details.auth_setting.unwrap_or(AuthSetting::ServerDefault),
            &details.external_auth_user_id,
            &details.idp_configuration_id,
            &details.language,
            &details.locale,
            now,
        ],
    )?;
    groups::join_all_users(tx, site, id)?;
    Ok(id)
}

/// Puts all server administrators on a new site.
pub(crate) fn insert_server_administrators(tx: &mut Tx<'_>, site: SiteId) -> Result<(), Error> {
    for mut row in tx.query(SERVER_ADMINISTRATORS, &[])? {
        insert(tx, site, row.take()?, SiteRole::ServerAdministrator, &Details::default())?;
    }
    Ok(())
}

/// Makes an account a server administrator: on every site, and on those it was not on.
fn promote(tx: &mut Tx<'_>, account: AccountId) -> Result<(), Error> {
    let now = tx.now();
    accounts::set_server_administrator(tx, account, true)?;
    tx.execute(SET_ROLE_EVERYWHERE, values![account, SiteRole::ServerAdministrator, now])?;
    for mut row in tx.query(SITES_WITHOUT_ACCOUNT, values![account])? {
        insert(tx, row.take()?, account, SiteRole::ServerAdministrator, &Details::default())?;
    }
    Ok(())
}

/// Makes an account a server administrator no longer. On other sites than `site` it loses its licence; what becomes of it
/// there is the caller's to say. Answers how many sessions that ended.
fn demote(tx: &mut Tx<'_>, account: AccountId, site: SiteId) -> Result<u64, Error> {
    accounts::require_another_server_administrator(tx, account)?;
    let now = tx.now();
    accounts::set_server_administrator(tx, account, false)?;
    tx.execute(SET_ROLE_ELSEWHERE, values![account, site, SiteRole::Unlicensed, now])?;
    sessions::end_elsewhere(tx, account, site)
}
