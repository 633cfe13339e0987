//! Custom views: views as users left them. Who may read a view sees those of it that are shared, and their own.

use tavola_model::{
    Capability, ContentName, CustomViewId, ListQuery, Operator, Page, SiteRole, Timestamp, UserId, ViewId, WorkbookId,
};

use crate::{
    Actor, Error, List, Missing, Refusal, Store, Taken,
    audit::{self, By, Done},
    content::SealedBytes,
    list::{ANY_OF, COMPARED, EQUAL, Field, Holds, NAMES, Source},
    permissions::{self, Asked},
    projects::{self, Owner},
    random,
    sql::{Db, Row, Tx, Value, statements, values},
    users, views,
};

/// A custom view, as the actor who asked sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomView {
    /// Its id.
    pub id: CustomViewId,
    /// Its name, unlike that of any other of the same view and owner.
    pub name: String,
    /// Whether others than its owner see it.
    pub shared: bool,
    /// Who owns it.
    pub owner_id: UserId,
    /// More about the owner, if the actor may see that user.
    pub owner: Option<Owner>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// The view it is of.
    pub view_id: ViewId,
    /// That view's name.
    pub view_name: String,
    /// That view's workbook.
    pub workbook_id: WorkbookId,
    /// That workbook's name.
    pub workbook_name: String,
}

/// A custom view to publish.
#[derive(Debug, Clone)]
pub struct NewCustomView {
    /// The view it is of.
    pub view_id: ViewId,
    /// Its name.
    pub name: ContentName,
    /// Whether others than its owner see it.
    pub shared: bool,
    /// Who is to own it; none for the actor.
    pub owner_id: Option<UserId>,
    /// What it is, as clients wrote it.
    pub definition: Vec<u8>,
}

/// What to change of a custom view: what is none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct CustomViewChange {
    /// Its name.
    pub name: Option<ContentName>,
    /// Who is to own it.
    pub owner_id: Option<UserId>,
    /// Whether others than its owner see it.
    pub shared: Option<bool>,
}

/// A user who sees a custom view first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultUser {
    /// The user's id.
    pub id: UserId,
    /// The name the user signs in with.
    pub name: String,
    /// The role on the site.
    pub site_role: SiteRole,
}

const COLUMNS: &str = "c.id, c.name, c.shared, c.owner_id, c.created_at, c.updated_at, v.id, v.name, i.id, i.name";

statements! {
    INSERT = "INSERT INTO custom_views (id, view_id, owner_id, name, name_key, shared, definition, created_at, updated_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)";
    UPDATE = "UPDATE custom_views SET name = $2, name_key = $3, owner_id = $4, shared = $5, updated_at = $6 WHERE id = $1";
    DELETE = "DELETE FROM custom_views WHERE id = $1";
    DEFINITION = "SELECT definition FROM custom_views WHERE id = $1";
    FIND_NAMED = "SELECT id FROM custom_views WHERE view_id = $1 AND owner_id = $2 AND name_key = $3";
    SET_DEFAULT = "INSERT INTO default_custom_views (user_id, view_id, custom_view_id) VALUES ($1, $2, $3) \
        ON CONFLICT (user_id, view_id) DO UPDATE SET custom_view_id = excluded.custom_view_id";
    FORGET_DEFAULTS_OF_OTHERS = "DELETE FROM default_custom_views WHERE custom_view_id = $1 AND user_id <> $2";
    HAND_OVER = "UPDATE custom_views SET owner_id = $2, updated_at = $3 WHERE owner_id = $1 AND NOT EXISTS \
        (SELECT 1 FROM custom_views c WHERE c.view_id = custom_views.view_id AND c.owner_id = $2 \
        AND c.name_key = custom_views.name_key)";
}

const fn field(name: &'static str, column: &'static str, holds: Holds, operators: &'static [Operator]) -> Field {
    Field { name, column, key: None, holds, operators, order: column }
}

pub(crate) const FIELDS: &[Field] = &[
    Field {
        name: "name",
        column: "c.name",
        key: Some("c.name_key"),
        holds: Holds::Text,
        operators: NAMES,
        order: "c.name_key",
    },
    field("id", "c.id", Holds::Id, ANY_OF),
    field("ownerId", "c.owner_id", Holds::Id, EQUAL),
    field("viewId", "c.view_id", Holds::Id, EQUAL),
    field("workbookId", "v.workbook_id", Holds::Id, EQUAL),
    field("shared", "c.shared", Holds::Flag, EQUAL),
    field("createdAt", "c.created_at", Holds::Time, COMPARED),
    field("updatedAt", "c.updated_at", Holds::Time, COMPARED),
];

fn columns() -> String {
    format!("{COLUMNS}, {}", projects::OWNER_COLUMNS)
}

fn from(db: &mut Db<'_>, actor: &Actor) -> Result<String, Error> {
    Ok(format!(
        "custom_views c JOIN views v ON v.id = c.view_id JOIN workbooks w ON w.id = v.workbook_id \
         JOIN items i ON i.id = v.workbook_id JOIN projects p ON p.id = i.project_id {}",
        projects::join_owner(db, actor, "c.owner_id")?
    ))
}

/// The condition that the actor sees a custom view, and its values.
fn seen(actor: &Actor, asked: Asked) -> (String, Vec<Value>) {
    let own = if actor.is_site_administrator() { "" } else { " AND (c.shared = 1 OR c.owner_id = $2)" };
    let readable = permissions::on_view(actor, Capability::Read, asked);
    (
        format!("i.site_id = $1 AND i.deleted_at IS NULL AND v.hidden = 0 AND {readable}{own}"),
        permissions::values_of(actor),
    )
}

fn read(row: &mut Row) -> Result<CustomView, Error> {
    Ok(CustomView {
        id: row.take()?,
        name: row.take()?,
        shared: row.take()?,
        owner_id: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
        view_id: row.take()?,
        view_name: row.take()?,
        workbook_id: row.take()?,
        workbook_name: row.take()?,
        owner: projects::read_owner(row)?,
    })
}

/// The custom views that the actor sees, by name unless sorted.
///
/// Fields: `id`, `name`, `ownerId`, `viewId`, `workbookId`, `shared`, `createdAt`, `updatedAt`.
pub async fn list(store: &Store, actor: &Actor, query: &ListQuery) -> Result<List<CustomView>, Error> {
    let (keeping, actor, query) = (store.clone(), actor.clone(), query.clone());
    store
        .scan(move |db| {
            let (still_seen, _) = seen(&actor, Asked::OfFew);
            let (seen, values) = seen(&actor, Asked::OfAll);
            let source = Source {
                columns: &columns(),
                from: &from(db, &actor)?,
                owner: "",
                seen,
                values,
                fields: FIELDS,
                order: "c.name_key",
                id: "c.id",
            };
            source.stable_page(Some(still_seen), &keeping, &actor, db, &query, read)
        })
        .await
}

/// A custom view that the actor sees.
pub async fn get(store: &Store, actor: &Actor, id: CustomViewId) -> Result<CustomView, Error> {
    let actor = actor.clone();
    store.scan(move |db| see(db, &actor, id)).await
}

fn see(db: &mut Db<'_>, actor: &Actor, id: CustomViewId) -> Result<CustomView, Error> {
    let (seen, mut values) = seen(actor, Asked::OfFew);
    values.push(Value::from(id));
    let statement = format!("SELECT {} FROM {} WHERE {seen} AND c.id = ${}", columns(), from(db, actor)?, values.len());
    let row = db.query_opt(&statement, &values)?;
    read(&mut row.ok_or_else(|| Error::NotFound(Missing::CustomView(id.to_string())))?)
}

/// The custom view, for those who change it: its owner and administrators.
fn find_own(db: &mut Db<'_>, actor: &Actor, id: CustomViewId) -> Result<CustomView, Error> {
    let found = see(db, actor, id)?;
    if found.owner_id != actor.user_id() && !actor.is_site_administrator() {
        return Err(Error::Forbidden(Refusal::NotOwnerOfCustomView));
    }
    Ok(found)
}

/// Its definition, byte by byte as it was published.
pub async fn download(store: &Store, actor: &Actor, id: CustomViewId) -> Result<(CustomView, Vec<u8>), Error> {
    let actor = actor.clone();
    let (found, sealed): (_, SealedBytes) = store
        .scan(move |db| {
            let found = see(db, &actor, id)?;
            Ok::<_, Error>((found, db.query_one(DEFINITION, values![id])?.take()?))
        })
        .await?;
    Ok((found, sealed.open(store)?))
}

/// Publishes a custom view of a view that the actor may read; to share it takes ShareView. Administrators publish for
/// others.
pub async fn publish(store: &Store, actor: &Actor, new: NewCustomView) -> Result<CustomView, Error> {
    let actor = actor.clone();
    let definition = SealedBytes::seal(store, &new.definition)?;
    store
        .write(move |tx| {
            let view = views::find(tx, &actor, new.view_id, Capability::Read)?;
            if new.shared {
                views::find(tx, &actor, new.view_id, Capability::ShareView)?;
            }
            let owner = new.owner_id.unwrap_or(actor.user_id());
            users::find(tx, &actor, owner)?;
            require_free_name(tx, view.id, owner, &new.name, None)?;
            let id = CustomViewId::from_random_bytes(random::bytes());
            let now = tx.now();
            let name = new.name.as_str();
            tx.execute(INSERT, values![id, view.id, owner, name, new.name.key(), new.shared, &definition, now])?;
            let made = see(tx, &actor, id)?;
            record(tx, &actor, "publish", &made, None)?;
            Ok(made)
        })
        .await
}

/// Changes a custom view, for its owner and administrators; to share it takes ShareView on the view. What is not shared
/// any more is nobody else's default.
pub async fn update(
    store: &Store,
    actor: &Actor,
    id: CustomViewId,
    change: CustomViewChange,
) -> Result<CustomView, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let old = find_own(tx, &actor, id)?;
            let owner = change.owner_id.unwrap_or(old.owner_id);
            let shared = change.shared.unwrap_or(old.shared);
            let name: ContentName = match &change.name {
                Some(name) => name.clone(),
                None => old.name.parse().map_err(|_| Error::unavailable("a custom view has no name"))?,
            };
            let mut changed = Vec::new();
            if name.as_str() != old.name {
                changed.push(format!("name `{}`", name.as_str()));
            }
            if owner != old.owner_id {
                let found = users::lookup(tx, actor.site_id(), owner)?;
                found.ok_or_else(|| Error::NotFound(Missing::User(owner.to_string())))?;
                changed.push(format!("owner {owner}"));
            }
            if shared != old.shared {
                changed.push(format!("shared {shared}"));
                if shared {
                    views::find(tx, &actor, old.view_id, Capability::ShareView)?;
                }
            }
            if changed.is_empty() {
                return Ok(old);
            }
            require_free_name(tx, old.view_id, owner, &name, Some(id))?;
            let now = tx.now();
            tx.execute(UPDATE, values![id, name.as_str(), name.key(), owner, shared, now])?;
            if !shared {
                tx.execute(FORGET_DEFAULTS_OF_OTHERS, values![id, owner])?;
            }
            record(tx, &actor, "update", &old, Some(changed.join(", ")))?;
            // Whoever gave away a private one does not see it any more, but is told what became of it.
            match see(tx, &actor, id) {
                Err(Error::NotFound(_)) => {
                    let name = name.as_str().to_owned();
                    Ok(CustomView { name, owner_id: owner, owner: None, shared, updated_at: now, ..old })
                }
                seen => seen,
            }
        })
        .await
}

/// Deletes a custom view, for its owner and administrators.
pub async fn delete(store: &Store, actor: &Actor, id: CustomViewId) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let found = find_own(tx, &actor, id)?;
            tx.execute(DELETE, values![id])?;
            record(tx, &actor, "delete", &found, None)
        })
        .await
}

/// The users who see a custom view first, by name, for its owner and administrators; of these, those whom the actor sees.
pub async fn default_users(
    store: &Store,
    actor: &Actor,
    id: CustomViewId,
    page: Page,
) -> Result<List<DefaultUser>, Error> {
    let actor = actor.clone();
    store
        .scan(move |db| {
            find_own(db, &actor, id)?;
            let mut seen =
                "u.id IN (SELECT d.user_id FROM default_custom_views d WHERE d.custom_view_id = $1)".to_owned();
            let mut values = values![id].to_vec();
            if !users::sees_others(db, &actor)? {
                seen.push_str(" AND u.id = $2");
                values.push(Value::from(actor.user_id()));
            }
            let source = Source {
                columns: "u.id, a.name, u.site_role",
                from: "users u JOIN accounts a ON a.id = u.account_id",
                owner: "",
                seen,
                values,
                fields: &[],
                order: "a.name_key",
                id: "u.id",
            };
            source.page(db, &ListQuery { page, ..ListQuery::default() }, |row| {
                Ok(DefaultUser { id: row.take()?, name: row.take()?, site_role: row.take()? })
            })
        })
        .await
}

/// Lets users see a custom view first: oneself, for administrators anyone who is on the site. Says for each what became of
/// it; who does not see a private one is refused as for an unknown one.
pub async fn set_default(
    store: &Store,
    actor: &Actor,
    id: CustomViewId,
    users: Vec<UserId>,
) -> Result<Vec<(UserId, Result<(), Error>)>, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let found = see(tx, &actor, id)?;
            let mut results = Vec::new();
            for user in &users {
                let result = match users::find(tx, &actor, *user) {
                    Err(Error::Unavailable(cause)) => return Err(Error::Unavailable(cause)),
                    Ok(user) if !found.shared && user.id != found.owner_id => {
                        Err(Error::NotFound(Missing::CustomView(id.to_string())))
                    }
                    other => other.map(drop),
                };
                if result.is_ok() {
                    tx.execute(SET_DEFAULT, values![*user, found.view_id, id])?;
                }
                results.push((*user, result));
            }
            Ok(results)
        })
        .await
}

/// Gives a user's custom views to another, except those whose name the other uses for the same view.
pub(crate) fn hand_over(tx: &mut Tx<'_>, from: UserId, to: UserId) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(HAND_OVER, values![from, to, now]).map(drop)
}

fn require_free_name(
    db: &mut Db<'_>,
    view: ViewId,
    owner: UserId,
    name: &ContentName,
    but: Option<CustomViewId>,
) -> Result<(), Error> {
    let found = db.query_opt(FIND_NAMED, values![view, owner, name.key()])?;
    match found.map(|mut row| row.take::<CustomViewId>()).transpose()? {
        Some(id) if Some(id) != but => Err(Error::AlreadyExists(Taken::CustomViewName(name.as_str().to_owned()))),
        _ => Ok(()),
    }
}

fn record(
    tx: &mut Tx<'_>,
    actor: &Actor,
    action: &str,
    view: &CustomView,
    detail: Option<String>,
) -> Result<(), Error> {
    audit::record(
        tx,
        By::Actor(actor),
        Done {
            action: &format!("custom_view.{action}"),
            kind: "custom_view",
            id: Some(view.id.to_string()),
            name: Some(&view.name),
            detail,
            site: Some(actor.site_id()),
        },
    )
}
