//! Projects: the tree that content is published into, and that decides who may do what with it.
//!
//! Administrators make projects at the top, owners and leaders of a project those in it. What a user sees is what they may
//! read or may read anything in, and every project on the way there.

mod contents;
mod create;
mod delete;
mod empty;
mod lock;
mod tree;
mod update;

use tavola_model::{
    Capability, ContentKind, ContentPermissions, Decision, Denies, ListQuery, ProjectId, SiteId, SiteRole, Timestamp,
    UserId,
};

use crate::{
    Actor, Error, List, Missing, Store, Taken,
    dialect::Dialect,
    favorites::favorites_total,
    list::{self, ANY_OF, COMPARED, EQUAL, Field, Holds, NAMES, Source},
    permissions::{self, Granted, Item},
    random,
    sql::{Db, Row, Tx, Value, statements, values},
    users,
};

#[cfg(test)]
pub(crate) use {
    create::STATEMENTS as CREATE_STATEMENTS, delete::STATEMENTS as DELETE_STATEMENTS, empty::HELD,
    empty::STATEMENTS as EMPTY_STATEMENTS, lock::STATEMENTS as LOCK_STATEMENTS, tree::STATEMENTS as TREE_STATEMENTS,
    update::STATEMENTS as UPDATE_STATEMENTS,
};

pub use contents::Contents;
pub use create::{NewProject, create};
pub use delete::delete;
pub use empty::{delete_if_empty, list_without_content};
pub use update::{ProjectChange, update};

/// A project, as the actor who asked sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// The site.
    pub site_id: SiteId,
    /// The project it lies in; none at the top.
    pub parent_id: Option<ProjectId>,
    /// Its name, unlike that of any other in the same place.
    pub name: String,
    /// What it is for; `""` for none.
    pub description: String,
    /// Who decides about permissions in it.
    pub content_permissions: ContentPermissions,
    /// The project whose rules hold here, if it is locked: itself or one that it lies in.
    pub controlling_id: Option<ProjectId>,
    /// Who owns it; none for what is the server's own.
    pub owner_id: Option<UserId>,
    /// More about the owner, if the actor may see that user.
    pub owner: Option<Owner>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Whether the actor may publish into it.
    pub writeable: bool,
    /// What lies directly in it, of what the actor sees; none in a list that was not asked for it.
    pub contents: Option<Contents>,
    /// How many users have it among their favorites.
    pub favorites_total: u64,
}

/// The owner of a project or content item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The name the user signs in with.
    pub name: String,
    /// The name people call them by.
    pub full_name: String,
    /// The e-mail address; `""` for none.
    pub email: String,
    /// The role on the site.
    pub site_role: SiteRole,
    /// When the user last signed in to the site.
    pub last_login: Option<Timestamp>,
}

/// The name of the project that each site begins with, as published clients look for it.
const DEFAULT_NAME: &str = "Default";
const DEFAULT_KEY: &str = "default";
const DEFAULT_DESCRIPTION: &str = "The default project that was automatically created by Tavola.";

statements! {
    FIND = "SELECT id, site_id, parent_id, name, description, content_permissions, controlling_id, owner_id \
        FROM projects WHERE site_id = $1 AND id = $2";
    FIND_DEFAULT = "SELECT id FROM projects WHERE site_id = $1 AND parent_id IS NULL AND name_key = 'default'";
    FIND_NAMED = "SELECT id FROM projects WHERE site_id = $1 AND COALESCE(parent_id, '') = $2 AND name_key = $3";
    DELETE_OF_SITE = "DELETE FROM projects WHERE site_id = $1";
    COUNT_OWNED = "SELECT COUNT(*) FROM projects WHERE owner_id = $1";
    HAND_OVER = "UPDATE projects SET owner_id = $2, updated_at = $3 WHERE owner_id = $1";
    EXISTS = "SELECT COUNT(*) FROM projects WHERE site_id = $1 AND id = $2";
}

/// A project as it is stored, whoever looks at it.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub id: ProjectId,
    pub site_id: SiteId,
    pub parent_id: Option<ProjectId>,
    pub name: String,
    pub description: String,
    pub content_permissions: ContentPermissions,
    pub controlling_id: Option<ProjectId>,
    pub owner_id: Option<UserId>,
}

impl Stored {
    /// Whether it is the one that its site began with.
    fn is_default(&self) -> bool {
        self.parent_id.is_none() && self.name.to_lowercase() == DEFAULT_KEY
    }

    /// The project, further up, that locks this one.
    pub(crate) fn locked_from_above(&self) -> Option<ProjectId> {
        self.controlling_id.filter(|controlling| *controlling != self.id)
    }

    /// The project whose rules hold here.
    pub(crate) fn source_of_rules(&self) -> ProjectId {
        self.controlling_id.unwrap_or(self.id)
    }

    pub(crate) fn item(&self) -> Item {
        Item {
            kind: ContentKind::Project,
            project: self.id,
            locked: self.controlling_id.is_some(),
            owner: self.owner_id,
            rules_of: self.source_of_rules().to_string(),
            rules_about: ContentKind::Project,
        }
    }
}

/// The fields of an owner, of the rows of [`join_owner`], for the lists of all that has one.
pub(crate) const OWNER_NAME: Field = Field {
    name: "ownerName",
    column: "a.name",
    key: None,
    holds: Holds::UserName,
    operators: ANY_OF,
    order: "COALESCE(a.name_key, '')",
};
pub(crate) const OWNER_EMAIL: Field = Field {
    name: "ownerEmail",
    column: "od.email",
    key: None,
    holds: Holds::Text,
    operators: ANY_OF,
    order: "COALESCE(od.email, '')",
};
pub(crate) const OWNER_DOMAIN: Field = Field {
    name: "ownerDomain",
    column: "a.domain",
    key: None,
    holds: Holds::Text,
    operators: ANY_OF,
    order: "COALESCE(a.domain, '')",
};

/// Whether a field of this name is one of an owner.
pub(crate) fn is_of_owner(field: &str) -> bool {
    [OWNER_NAME, OWNER_EMAIL, OWNER_DOMAIN].iter().any(|of_owner| of_owner.name == field)
}

pub(crate) const FIELDS: &[Field] = &[
    Field {
        name: "name",
        column: "p.name",
        key: Some("p.name_key"),
        holds: Holds::Text,
        operators: NAMES,
        order: "p.name_key",
    },
    Field {
        name: "createdAt",
        column: "p.created_at",
        key: None,
        holds: Holds::Time,
        operators: COMPARED,
        order: "p.created_at",
    },
    Field {
        name: "updatedAt",
        column: "p.updated_at",
        key: None,
        holds: Holds::Time,
        operators: COMPARED,
        order: "p.updated_at",
    },
    OWNER_NAME,
    OWNER_EMAIL,
    OWNER_DOMAIN,
    Field {
        name: "parentProjectId",
        column: "p.parent_id",
        key: None,
        holds: Holds::Id,
        operators: ANY_OF,
        // Those at the top come first on both databases.
        order: "COALESCE(p.parent_id, '')",
    },
    Field {
        name: "topLevelProject",
        column: "(CASE WHEN p.parent_id IS NULL THEN 1 ELSE 0 END)",
        key: None,
        holds: Holds::Flag,
        operators: EQUAL,
        order: "(CASE WHEN p.parent_id IS NULL THEN 1 ELSE 0 END)",
    },
];

/// The columns of an owner, of the rows of [`join_owner`].
pub(crate) const OWNER_COLUMNS: &str = "o.id, a.name, a.full_name, COALESCE(od.email, ''), o.site_role, CASE WHEN od.id IS NULL THEN NULL ELSE o.last_login END";

/// Joins the owner as the rows `o` and `a`, and `od` for what not everybody is told. Whom an actor (`$2`, if no
/// administrator) does not see among the users is not seen as an owner either, nor found by name; of others, who is no
/// administrator sees what people call them.
pub(crate) fn join_owner(db: &mut Db<'_>, actor: &Actor, owner: &str) -> Result<String, Error> {
    let only_self = |row: &str| format!(" AND {row}.id = $2");
    let (users, details) = if actor.is_site_administrator() {
        (String::new(), String::new())
    } else if users::sees_others(db, actor)? {
        (String::new(), only_self("o"))
    } else {
        (only_self("o"), String::new())
    };
    Ok(format!(
        "LEFT JOIN users o ON o.id = {owner}{users} LEFT JOIN accounts a ON a.id = o.account_id \
         LEFT JOIN accounts od ON od.id = o.account_id{details}"
    ))
}

/// Reads [`OWNER_COLUMNS`].
pub(crate) fn read_owner(row: &mut Row) -> Result<Option<Owner>, Error> {
    let id: Option<UserId> = row.take()?;
    let (name, full_name, email) = (row.take()?, row.take()?, row.take()?);
    let (site_role, last_login) = (row.take()?, row.take()?);
    let Some(_) = id else { return Ok(None) };
    let gone = || Error::unavailable("a user has no account");
    Ok(Some(Owner {
        name: Option::ok_or_else(name, gone)?,
        full_name: Option::ok_or_else(full_name, gone)?,
        email: Option::ok_or_else(email, gone)?,
        site_role: Option::ok_or_else(site_role, gone)?,
        last_login,
    }))
}

/// How projects are looked at by an actor: columns, tables, the condition of being seen, and its values.
struct Sight {
    columns: String,
    from: &'static str,
    owner: String,
    seen: String,
    values: Vec<Value>,
}

impl Sight {
    fn of(db: &mut Db<'_>, actor: &Actor) -> Result<Self, Error> {
        let columns = format!(
            "p.id, p.site_id, p.parent_id, p.name, p.description, p.content_permissions, p.controlling_id, p.owner_id, \
             p.created_at, p.updated_at, CASE WHEN {} THEN 1 ELSE 0 END, {}, {OWNER_COLUMNS}",
            permissions::on_project(actor, "p", Capability::Write),
            favorites_total!("p.id"),
        );
        let owner = join_owner(db, actor, "p.owner_id")?;
        let seen = format!("p.site_id = $1 AND {}", contents::seen(actor, "p", db.dialect()));
        Ok(Self { columns, from: "projects p", owner, seen, values: permissions::values_of(actor) })
    }
}

fn read(row: &mut Row) -> Result<Project, Error> {
    Ok(Project {
        id: row.take()?,
        site_id: row.take()?,
        parent_id: row.take()?,
        name: row.take()?,
        description: row.take()?,
        content_permissions: row.take()?,
        controlling_id: row.take()?,
        owner_id: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
        writeable: row.take()?,
        favorites_total: row.take::<i64>()?.unsigned_abs(),
        owner: read_owner(row)?,
        contents: None,
    })
}

/// The projects that the actor sees, by name unless sorted; counts what lies in them if `with_contents`.
///
/// Fields: `name`, `createdAt`, `updatedAt`, `ownerName`, `ownerEmail`, `ownerDomain`, `parentProjectId`,
/// `topLevelProject`.
pub async fn list(
    store: &Store,
    actor: &Actor,
    query: &ListQuery,
    with_contents: bool,
) -> Result<List<Project>, Error> {
    let (keeping, actor, query) = (store.clone(), actor.clone(), query.clone());
    store
        .scan(move |db| {
            let Sight { columns, from, owner, seen, values } = Sight::of(db, &actor)?;
            let source = Source {
                columns: &columns,
                from,
                owner: &owner,
                seen,
                values,
                fields: FIELDS,
                order: "p.name_key",
                id: "p.id",
            };
            let mut list = source.stable_page(None, &keeping, &actor, db, &query, read)?;
            if with_contents {
                contents::count(db, &actor, &mut list.items)?;
            }
            Ok(list)
        })
        .await
}

/// The ids of the projects that the actor sees; `$1` is the site and, for those who are no administrators, `$2` the actor.
pub(crate) fn ids_seen(actor: &Actor, dialect: Dialect) -> String {
    format!("SELECT p.id FROM projects p WHERE p.site_id = $1 AND {}", contents::seen(actor, "p", dialect))
}

/// These projects, whether the actor sees them or not.
pub(crate) fn look_at_some(db: &mut Db<'_>, actor: &Actor, ids: &[String]) -> Result<Vec<Project>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let Sight { columns, from, owner, mut values, .. } = Sight::of(db, actor)?;
    let places = list::places(ids, &mut values);
    let statement = format!("SELECT {columns} FROM {from} {owner} WHERE p.site_id = $1 AND p.id IN ({places})");
    let mut projects = db.query(&statement, &values)?.iter_mut().map(read).collect::<Result<Vec<_>, _>>()?;
    contents::count(db, actor, &mut projects)?;
    Ok(projects)
}

/// A project that the actor sees.
pub async fn get(store: &Store, actor: &Actor, id: ProjectId) -> Result<Project, Error> {
    let actor = actor.clone();
    store.scan(move |db| see(db, &actor, id)).await
}

/// The project as the actor sees it, if they do.
fn see(db: &mut Db<'_>, actor: &Actor, id: ProjectId) -> Result<Project, Error> {
    find_seen(db, actor, id)?;
    let Sight { columns, from, owner, mut values, .. } = Sight::of(db, actor)?;
    values.push(Value::from(id));
    let statement = format!("SELECT {columns} FROM {from} {owner} WHERE p.site_id = $1 AND p.id = ${}", values.len());
    let mut project = read(&mut db.query_one(&statement, &values)?)?;
    contents::count(db, actor, std::slice::from_mut(&mut project))?;
    Ok(project)
}

/// The project, if the actor sees it. One that they may read costs no look at what is in it.
pub(crate) fn find_seen(db: &mut Db<'_>, actor: &Actor, id: ProjectId) -> Result<Stored, Error> {
    let unknown = || Error::NotFound(Missing::Project(id.to_string()));
    let mut row = db.query_opt(FIND, values![actor.site_id(), id])?.ok_or_else(unknown)?;
    let project = Stored {
        id: row.take()?,
        site_id: row.take()?,
        parent_id: row.take()?,
        name: row.take()?,
        description: row.take()?,
        content_permissions: row.take()?,
        controlling_id: row.take()?,
        owner_id: row.take()?,
    };
    match permissions::decision(db, actor, &project.item(), Capability::Read)? {
        Decision::Allowed(_) => return Ok(project),
        // Nor any that is in it.
        Decision::Denied(Denies::SiteRole) => return Err(unknown()),
        Decision::Denied(_) => {}
    }
    let statement = format!(
        "SELECT COUNT(*) FROM projects p WHERE p.site_id = $1 AND p.id = $3 AND {}",
        contents::seen(actor, "p", db.dialect())
    );
    let found: i64 = db.query_one(&statement, values![actor.site_id(), actor.user_id(), id])?.take()?;
    if found > 0 { Ok(project) } else { Err(unknown()) }
}

/// The project, if the actor has a capability on it. Whom it does not show itself to, it does not exist for.
pub(crate) fn find(
    db: &mut Db<'_>,
    actor: &Actor,
    id: ProjectId,
    capability: Capability,
) -> Result<Granted<Stored>, Error> {
    let project = find_seen(db, actor, id)?;
    permissions::grant(db, actor, &project.item(), capability, project)
}

/// Whether nothing else in the same place has a name already.
fn require_free_name(
    db: &mut Db<'_>,
    site: SiteId,
    parent: Option<ProjectId>,
    name: &str,
    but: Option<ProjectId>,
) -> Result<(), Error> {
    let place = parent.map(|parent| parent.to_string()).unwrap_or_default();
    let found = db.query_opt(FIND_NAMED, values![site, place, name.to_lowercase()])?;
    match found.map(|mut row| row.take::<ProjectId>()).transpose()? {
        Some(id) if Some(id) != but => Err(Error::AlreadyExists(Taken::ProjectName(name.to_owned()))),
        _ => Ok(()),
    }
}

fn check_description(text: &str) -> Result<(), Error> {
    // PostgreSQL has no text with a NUL in it.
    if text.contains('\0') { Err(Error::invalid("the description must not hold a NUL")) } else { Ok(()) }
}

/// Makes a new site's project Default, with the rules of everybody. The server owns it, so that nobody's leaving can take
/// it along.
pub(crate) fn insert_default(tx: &mut Tx<'_>, site: SiteId) -> Result<(), Error> {
    let id = ProjectId::from_random_bytes(random::bytes());
    let row = create::Row {
        site,
        parent: None,
        name: DEFAULT_NAME,
        description: DEFAULT_DESCRIPTION,
        content_permissions: ContentPermissions::ManagedByOwner,
        controlling: None,
        owner: None,
    };
    create::insert(tx, id, &row)?;
    permissions::allow_all_users(tx, site, id)
}

pub(crate) fn delete_of_site(tx: &mut Tx<'_>, site: SiteId) -> Result<(), Error> {
    tx.execute(DELETE_OF_SITE, values![site]).map(drop)
}

/// Whether a user owns projects.
pub(crate) fn owns_any(db: &mut Db<'_>, user: UserId) -> Result<bool, Error> {
    let owned: i64 = db.query_one(COUNT_OWNED, values![user])?.take()?;
    Ok(owned > 0)
}

/// Gives a user's projects to another.
pub(crate) fn hand_over(tx: &mut Tx<'_>, from: UserId, to: UserId) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(HAND_OVER, values![from, to, now]).map(drop)
}

/// The project Default of a site.
pub(crate) fn default_of(db: &mut Db<'_>, site: SiteId) -> Result<ProjectId, Error> {
    let found = db.query_opt(FIND_DEFAULT, values![site])?;
    found.ok_or_else(|| Error::NotFound(Missing::Project(DEFAULT_NAME.to_owned())))?.take()
}

/// Whether a site has this project.
pub(crate) fn exists(db: &mut Db<'_>, site: SiteId, id: ProjectId) -> Result<bool, Error> {
    let found: i64 = db.query_one(EXISTS, values![site, id])?.take()?;
    Ok(found > 0)
}
