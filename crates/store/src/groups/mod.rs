//! Groups of users: who is in them is told by what permissions say of a group, and a group may give its members a role.
//!
//! Each site has one group, `All Users`, that its users join and leave with the site. The others are made and filled by
//! administrators. A group's `minimum_site_role` is what a member's role is raised to when they sign in, and stays theirs.

mod change;
mod members;

use std::collections::HashMap;

use tavola_model::{GroupId, ListQuery, Operator, Page, SiteId, SiteRole, UserId};

use crate::{
    Actor, Error, List, Missing, Store,
    list::{ANY_OF, COMPARED, EQUAL, Field, Holds, NAMES, Source, places},
    random,
    sql::{Db, Row, Tx, Value, statements, values},
    users,
};

#[cfg(test)]
pub(crate) use {change::STATEMENTS as CHANGE_STATEMENTS, members::STATEMENTS as MEMBER_STATEMENTS};

pub use change::{GroupChange, NewGroup, create, delete, update};
pub use members::{add_user, add_users, remove_user, remove_users, users};
pub(crate) use {
    change::{create_now, update_now},
    members::change_members_now,
};

/// A group of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// The least role that its members have once they have signed in.
    pub minimum_site_role: Option<SiteRole>,
    /// Whether people without an account may come as its members.
    pub external_user_enabled: bool,
    /// Whether it is the site's group of all users.
    pub all_users: bool,
    /// How many users are in it; none for who does not see other users.
    pub user_count: Option<i64>,
}

statements! {
    INSERT_ALL_USERS = "INSERT INTO groups (id, site_id, name, name_key, all_users, created_at, updated_at) \
        VALUES ($1, $2, 'All Users', 'all users', 1, $3, $3)";
    JOIN_ALL_USERS = "INSERT INTO group_users (group_id, user_id) \
        SELECT id, $1 FROM groups WHERE site_id = $2 AND all_users = 1";
    MINIMUMS = "SELECT g.minimum_site_role FROM group_users gu JOIN groups g ON g.id = gu.group_id \
        WHERE gu.user_id = $1 AND g.minimum_site_role IS NOT NULL";
}

macro_rules! user_count {
    () => {
        "(SELECT COUNT(*) FROM group_users gu WHERE gu.group_id = g.id)"
    };
}

const USER_COUNT: &str = "userCount";

const fn field(name: &'static str, column: &'static str, holds: Holds, operators: &'static [Operator]) -> Field {
    Field { name, column, key: None, holds, operators, order: column }
}

pub(crate) const FIELDS: &[Field] = &[
    Field {
        name: "name",
        column: "g.name",
        key: Some("g.name_key"),
        holds: Holds::Text,
        operators: NAMES,
        order: "g.name_key",
    },
    Field {
        name: "minimumSiteRole",
        column: "g.minimum_site_role",
        key: None,
        holds: Holds::Role,
        operators: ANY_OF,
        order: "COALESCE(g.minimum_site_role, '')",
    },
    // All groups are of the one domain there is.
    field("domainName", "(SELECT d.name FROM domains d WHERE d.name = 'local')", Holds::Text, ANY_OF),
    field("domainNickname", "(SELECT d.short_name FROM domains d WHERE d.name = 'local')", Holds::Text, ANY_OF),
    field("isLocal", "(CASE WHEN g.id IS NULL THEN 0 ELSE 1 END)", Holds::Flag, EQUAL),
    field("isExternalUserEnabled", "g.external_user_enabled", Holds::Flag, EQUAL),
    field("luid", "g.id", Holds::Id, ANY_OF),
    field(USER_COUNT, user_count!(), Holds::Number, COMPARED),
];

/// What the actor sees of groups. Who does not see other users sees the groups they are in, and not how large these are.
struct Seen {
    condition: &'static str,
    values: Vec<Value>,
    counts: bool,
}

impl Seen {
    fn by(db: &mut Db<'_>, actor: &Actor) -> Result<Self, Error> {
        Ok(if users::sees_others(db, actor)? {
            Self { condition: "g.site_id = $1", values: values![actor.site_id()].to_vec(), counts: true }
        } else {
            Self {
                condition: "g.site_id = $1 AND g.id IN (SELECT gu.group_id FROM group_users gu WHERE gu.user_id = $2)",
                values: values![actor.site_id(), actor.user_id()].to_vec(),
                counts: false,
            }
        })
    }

    fn columns(&self) -> String {
        let count = if self.counts { user_count!() } else { "NULL" };
        format!("g.id, g.name, g.minimum_site_role, g.external_user_enabled, g.all_users, {count}")
    }

    /// The page of groups that a query asks for. A list that asks for counts that are not told is empty.
    fn page(self, store: &Store, db: &mut Db<'_>, actor: &Actor, query: &ListQuery) -> Result<List<Group>, Error> {
        let asks_for_counts = query.filters.iter().any(|filter| filter.field == USER_COUNT)
            || query.sorts.iter().any(|sort| sort.field == USER_COUNT);
        let columns = self.columns();
        let hidden = if asks_for_counts && !self.counts { " AND 1 = 0" } else { "" };
        let source = Source {
            columns: &columns,
            from: "groups g",
            owner: "",
            seen: format!("{}{hidden}", self.condition),
            values: self.values,
            fields: FIELDS,
            order: "g.name_key",
            id: "g.id",
        };
        source.stable_page(None, store, actor, db, query, read)
    }
}

fn read(row: &mut Row) -> Result<Group, Error> {
    Ok(Group {
        id: row.take()?,
        name: row.take()?,
        minimum_site_role: row.take()?,
        external_user_enabled: row.take()?,
        all_users: row.take()?,
        user_count: row.take()?,
    })
}

/// The groups of the actor's site that the actor sees. By name, unless sorted.
///
/// Fields: `name`, `domainName`, `domainNickname`, `minimumSiteRole`, `isLocal`, `isExternalUserEnabled`, `luid`,
/// `userCount`.
pub async fn list(store: &Store, actor: &Actor, query: &ListQuery) -> Result<List<Group>, Error> {
    let (keeping, actor, query) = (store.clone(), actor.clone(), query.clone());
    store.scan(move |db| Seen::by(db, &actor)?.page(&keeping, db, &actor, &query)).await
}

/// The groups of a user, by name: of oneself, for administrators of any.
pub async fn of_user(store: &Store, actor: &Actor, user: UserId, page: Page) -> Result<List<Group>, Error> {
    let (keeping, actor) = (store.clone(), actor.clone());
    store
        .scan(move |db| {
            users::find(db, &actor, user)?;
            let seen = Seen {
                condition: "g.site_id = $1 AND g.id IN (SELECT gu.group_id FROM group_users gu WHERE gu.user_id = $2)",
                values: values![actor.site_id(), user].to_vec(),
                counts: users::sees_others(db, &actor)?,
            };
            seen.page(&keeping, db, &actor, &ListQuery { page, ..ListQuery::default() })
        })
        .await
}

/// The groups of each of these users, by name: for administrators of all, for others of themselves.
pub async fn of_users(store: &Store, actor: &Actor, users: Vec<UserId>) -> Result<HashMap<UserId, Vec<Group>>, Error> {
    let actor = actor.clone();
    let told = |user: &UserId| actor.is_site_administrator() || *user == actor.user_id();
    let users: Vec<String> = users.iter().filter(|user| told(user)).map(ToString::to_string).collect();
    if users.is_empty() {
        return Ok(HashMap::new());
    }
    store
        .scan(move |db| {
            let seen = Seen::by(db, &actor)?;
            let (columns, mut values) = (seen.columns(), seen.values);
            let places = places(&users, &mut values);
            let statement = format!(
                "SELECT mine.user_id, {columns} FROM group_users mine JOIN groups g ON g.id = mine.group_id \
                 WHERE {} AND mine.user_id IN ({places}) ORDER BY g.name_key",
                seen.condition
            );
            let mut groups: HashMap<UserId, Vec<Group>> = HashMap::new();
            for mut row in db.query(&statement, &values)? {
                groups.entry(row.take()?).or_default().push(read(&mut row)?);
            }
            Ok(groups)
        })
        .await
}

/// The group, if the actor sees it.
pub(crate) fn see(db: &mut Db<'_>, actor: &Actor, id: GroupId) -> Result<Group, Error> {
    let seen = Seen::by(db, actor)?;
    let (columns, mut values) = (seen.columns(), seen.values);
    values.push(Value::from(id));
    let statement = format!("SELECT {columns} FROM groups g WHERE {} AND g.id = ${}", seen.condition, values.len());
    let row = db.query_opt(&statement, &values)?;
    read(&mut row.ok_or_else(|| Error::NotFound(Missing::Group(id.to_string())))?)
}

/// The group, for those who manage groups: administrators.
fn find(db: &mut Db<'_>, actor: &Actor, id: GroupId) -> Result<Group, Error> {
    let group = see(db, actor, id)?;
    actor.require_site_administrator()?;
    Ok(group)
}

/// The least role that a user's groups give, if they give any.
pub(crate) fn minimum_site_role(db: &mut Db<'_>, user: UserId) -> Result<Option<SiteRole>, Error> {
    let mut least: Option<SiteRole> = None;
    for mut row in db.query(MINIMUMS, values![user])? {
        let role: SiteRole = row.take()?;
        least = Some(least.map_or(role, |least| least.at_least(role)));
    }
    Ok(least)
}

/// Makes a new site's group `All Users`.
pub(crate) fn insert_all_users(tx: &mut Tx<'_>, site: SiteId) -> Result<(), Error> {
    let id = GroupId::from_random_bytes(random::bytes());
    let now = tx.now();
    tx.execute(INSERT_ALL_USERS, values![id, site, now]).map(drop)
}

/// Adds a new user of a site to its group `All Users`.
pub(crate) fn join_all_users(tx: &mut Tx<'_>, site: SiteId, user: UserId) -> Result<(), Error> {
    tx.execute(JOIN_ALL_USERS, values![user, site]).map(drop)
}
