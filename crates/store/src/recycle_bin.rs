//! The recycle bin of a site: content that was deleted, for as long as it can be restored.
//!
//! What lies in it keeps its id, revisions, views, rules, tags and favorites, and is seen here alone. Its name and content
//! URL are free for others meanwhile. When its project is deleted, it lies in none.

use std::time::Duration;

use tavola_model::{Capability, ContentKind, ContentName, JobType, ListQuery, ProjectId, SiteId, Timestamp, UserId};

use crate::{
    Actor, Conflict, Error, List, Missing, Store, audit,
    items::{self, Destination},
    jobs::{self, Job},
    list::{ANY_OF, Field, Holds, NAMES, Source},
    permissions::{self, Asked},
    projects::{self, Owner},
    sites,
    sql::{Db, Row, Tx, Value, statements, values},
    users,
};

/// The kinds of content that it takes.
const KINDS: [ContentKind; 4] =
    [ContentKind::Workbook, ContentKind::Datasource, ContentKind::Flow, ContentKind::VirtualConnection];

/// How many days deleted content is kept, unless the operator says otherwise.
pub const DEFAULT_DAYS: u32 = 30;

/// What one transaction deletes for good.
const BATCH: i64 = 100;

/// Deleted content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// Its id, which it keeps.
    pub id: String,
    /// What it is.
    pub kind: ContentKind,
    /// Its name.
    pub name: String,
    /// What it is for; `""` for none.
    pub description: String,
    /// What URLs called it.
    pub content_url: String,
    /// The bytes of its newest file.
    pub size: u64,
    /// The project it lay in, by id and name; none if that is gone.
    pub project: Option<(ProjectId, String)>,
    /// Who owns it.
    pub owner_id: UserId,
    /// More about the owner, if the actor may see that user.
    pub owner: Option<Owner>,
    /// When it was deleted.
    pub deleted_at: Timestamp,
    /// Who deleted it, by id and, if the actor may see that user, name; none if that user is gone.
    pub deleted_by: Option<(UserId, Option<String>)>,
    /// When it will be deleted for good.
    pub kept_until: Timestamp,
}

/// Where deleted content is to go.
#[derive(Debug, Clone, Default)]
pub struct Restoring {
    /// The project; none for the one it lay in.
    pub project_id: Option<ProjectId>,
    /// Its name there; none for the one it had.
    pub name: Option<ContentName>,
}

/// Content that is there again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: ContentKind,
    /// Its name.
    pub name: String,
    /// What URLs call it.
    pub content_url: String,
    /// The project it lies in.
    pub project_id: ProjectId,
    /// That project's name.
    pub project_name: String,
}

statements! {
    RESTORE = "UPDATE items SET project_id = $2, name = $3, name_key = $4, content_url = $5, content_url_key = $6, \
        updated_at = $7, deleted_at = NULL, deleted_by = NULL WHERE id = $1";
    OVERDUE = "SELECT id, kind, name, site_id FROM items WHERE deleted_at <= $1 ORDER BY deleted_at, id LIMIT $2";
    HOLDS = "SELECT id FROM items WHERE deleted_at IS NOT NULL \
        AND (id = $1 OR id = (SELECT workbook_id FROM views WHERE id = $1))";
}

pub(crate) const FIELDS: &[Field] = &[
    Field {
        name: "name",
        column: "i.name",
        key: Some("i.name_key"),
        holds: Holds::Text,
        operators: NAMES,
        order: "i.name_key",
    },
    Field::text("type", "i.kind"),
    Field::compared("deletedAt", "i.deleted_at", Holds::Time),
    Field::compared("size", "i.size", Holds::Megabytes),
    Field {
        name: "projectId",
        column: "i.project_id",
        key: None,
        holds: Holds::Id,
        operators: ANY_OF,
        order: "COALESCE(i.project_id, '')",
    },
    Field {
        name: "projectName",
        column: "p.name",
        key: None,
        holds: Holds::Text,
        operators: ANY_OF,
        order: "COALESCE(p.name, '')",
    },
    projects::OWNER_NAME,
    projects::OWNER_EMAIL,
    projects::OWNER_DOMAIN,
];

/// Whether what is deleted on a site goes into its recycle bin.
pub(crate) fn takes(db: &mut Db<'_>, days: u32, site: SiteId) -> Result<bool, Error> {
    if days == 0 {
        return Ok(false);
    }
    let site = sites::lookup(db, site)?;
    Ok(site.is_none_or(|site| site.settings.get("recycleBinEnabled").is_none_or(|text| text != "false")))
}

/// Whether an item, or the workbook of a view, lies in the recycle bin, whoever asks.
pub(crate) fn holds(db: &mut Db<'_>, content: &str) -> Result<bool, Error> {
    Ok(db.query_opt(HOLDS, values![content])?.is_some())
}

/// How long content is kept. What was deleted while there was a recycle bin is not lost when it is switched off.
fn kept_for(store: &Store) -> Duration {
    let days = match store.0.recycle_bin_days {
        0 => DEFAULT_DAYS,
        days => days,
    };
    Duration::from_secs(u64::from(days) * 24 * 60 * 60)
}

/// The condition that the actor sees the deleted item of the row `i`, which lay in the project of the row `p` if that is
/// there: who owns it, and who might delete it where it lay.
fn seen(actor: &Actor, asked: Asked) -> String {
    let kinds = KINDS.map(|kind| {
        let may = |capability| permissions::on_item(actor, kind, capability, asked);
        format!("(i.kind = '{kind}' AND {} AND {})", may(Capability::Read), may(Capability::Delete))
    });
    format!("i.site_id = $1 AND i.deleted_at IS NOT NULL AND ({})", kinds.join(" OR "))
}

/// How deleted items are looked at by an actor: columns and tables.
fn sight(db: &mut Db<'_>, actor: &Actor) -> Result<(String, String), Error> {
    let deleter = if users::sees_others(db, actor)? { "b.name" } else { "CASE WHEN d.id = $2 THEN b.name END" };
    Ok((
        format!(
            "i.id, i.kind, i.name, i.description, i.content_url, i.size, p.id, p.name, i.owner_id, i.deleted_at, d.id, \
             {deleter}, {}",
            projects::OWNER_COLUMNS
        ),
        format!(
            "items i LEFT JOIN projects p ON p.id = i.project_id LEFT JOIN users d ON d.id = i.deleted_by \
             LEFT JOIN accounts b ON b.id = d.account_id {}",
            projects::join_owner(db, actor, "i.owner_id")?
        ),
    ))
}

fn read(row: &mut Row, kept_for: Duration) -> Result<Deleted, Error> {
    let (id, kind, name, description, content_url) = (row.take()?, row.take()?, row.take()?, row.take()?, row.take()?);
    let size = row.take::<i64>()?.unsigned_abs();
    let project: (Option<ProjectId>, Option<String>) = (row.take()?, row.take()?);
    let owner_id = row.take()?;
    let deleted_at: Timestamp = row.take()?;
    let deleter: (Option<UserId>, Option<String>) = (row.take()?, row.take()?);
    Ok(Deleted {
        id,
        kind,
        name,
        description,
        content_url,
        size,
        project: project.0.zip(project.1),
        owner_id,
        owner: projects::read_owner(row)?,
        deleted_at,
        deleted_by: deleter.0.map(|id| (id, deleter.1)),
        kept_until: deleted_at.plus(kept_for),
    })
}

/// The deleted content that the actor owns or might have deleted, for administrators that of their site; deleted last comes
/// first, unless sorted.
///
/// Fields: `name`, `type` (`Workbook`, `Datasource`, `Flow`, `VirtualConnection`), `deletedAt`, `size` (MB), `projectId`,
/// `projectName`, `ownerName`, `ownerEmail`, `ownerDomain`.
pub async fn list(store: &Store, actor: &Actor, query: &ListQuery) -> Result<List<Deleted>, Error> {
    let (keeping, actor, query) = (store.clone(), actor.clone(), query.clone());
    let kept_for = kept_for(store);
    store
        .scan(move |db| {
            let (columns, from) = sight(db, &actor)?;
            let source = Source {
                columns: &columns,
                from: &from,
                owner: "",
                seen: seen(&actor, Asked::OfAll),
                values: permissions::values_of(&actor),
                fields: FIELDS,
                order: "i.deleted_at DESC",
                id: "i.id",
            };
            let still_seen = seen(&actor, Asked::OfFew);
            source.stable_page(Some(still_seen), &keeping, &actor, db, &query, |row| read(row, kept_for))
        })
        .await
}

/// One of them.
pub async fn get(store: &Store, actor: &Actor, id: &str) -> Result<Deleted, Error> {
    let (actor, id) = (actor.clone(), id.to_owned());
    let kept_for = kept_for(store);
    store
        .scan(move |db| {
            let (columns, from) = sight(db, &actor)?;
            read(&mut row_of(db, &actor, &columns, &from, &id)?, kept_for)
        })
        .await
}

/// The row of an item that the actor sees here.
fn row_of(db: &mut Db<'_>, actor: &Actor, columns: &str, from: &str, id: &str) -> Result<Row, Error> {
    let mut values = permissions::values_of(actor);
    values.push(Value::from(id.to_lowercase()));
    let statement =
        format!("SELECT {columns} FROM {from} WHERE {} AND i.id = ${}", seen(actor, Asked::OfFew), values.len());
    db.query_opt(&statement, &values)?.ok_or_else(|| Error::NotFound(Missing::RecycleBinItem(id.to_owned())))
}

/// A deleted item as it is stored, which the actor sees.
struct Stored {
    id: String,
    kind: ContentKind,
    name: String,
    content_url: String,
    owner_id: UserId,
    project_id: Option<ProjectId>,
    controlling_id: Option<ProjectId>,
}

const STORED_COLUMNS: &str = "i.id, i.kind, i.name, i.content_url, i.owner_id, p.id, p.controlling_id";
const STORED_TABLES: &str = "items i LEFT JOIN projects p ON p.id = i.project_id";

impl Stored {
    fn find(db: &mut Db<'_>, actor: &Actor, id: &str) -> Result<Self, Error> {
        Self::read(&mut row_of(db, actor, STORED_COLUMNS, STORED_TABLES, id)?)
    }

    fn read(row: &mut Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.take()?,
            kind: row.take()?,
            name: row.take()?,
            content_url: row.take()?,
            owner_id: row.take()?,
            project_id: row.take()?,
            controlling_id: row.take()?,
        })
    }

    /// Whether the actor had this capability on it in the project it lay in.
    fn require(&self, db: &mut Db<'_>, actor: &Actor, capability: Capability) -> Result<(), Error> {
        let Some(project) = self.project_id else { return Ok(()) };
        let about = permissions::Item {
            kind: self.kind,
            project,
            locked: self.controlling_id.is_some(),
            owner: Some(self.owner_id),
            rules_of: self.controlling_id.map_or_else(|| self.id.clone(), |project| project.to_string()),
            rules_about: self.kind,
        };
        permissions::grant(db, actor, &about, capability, ()).map(drop)
    }

    fn record(&self, tx: &mut Tx<'_>, actor: &Actor, action: &str, detail: Option<String>) -> Result<(), Error> {
        let what = items::Named { kind: self.kind, id: &self.id, name: &self.name, site: actor.site_id() };
        items::record_named(tx, audit::By::Actor(actor), action, &what, detail)
    }
}

/// Puts deleted content back, for those who see it here and may publish where it goes. To put it into another project
/// than it lay in takes ChangeHierarchy on it, to give it another name Write. Whatever has its name there already stands
/// in the way; a content URL that is taken gets a number.
pub async fn restore(store: &Store, actor: &Actor, id: &str, to: Restoring) -> Result<Restored, Error> {
    let (actor, id) = (actor.clone(), id.to_owned());
    store.write(move |tx| restore_now(tx, &actor, &id, &to)).await
}

fn restore_now(tx: &mut Tx<'_>, actor: &Actor, id: &str, to: &Restoring) -> Result<Restored, Error> {
    let item = Stored::find(tx, actor, id)?;
    let target = to.project_id.or(item.project_id).ok_or(Error::Conflict(Conflict::ProjectGone))?;
    if item.project_id.is_some_and(|project| project != target) {
        item.require(tx, actor, Capability::ChangeHierarchy)?;
    }
    let name: ContentName = match &to.name {
        Some(name) => name.clone(),
        None => item.name.parse().map_err(|_| Error::unavailable("deleted content has no name"))?,
    };
    if name.as_str() != item.name {
        item.require(tx, actor, Capability::Write)?;
    }
    let destination = Destination { project_id: Some(target), name, overwrite: false };
    let project = items::find_destination(tx, actor, item.kind, &destination)?;
    let name = destination.name;
    let content_url = items::free_content_url(tx, actor.site_id(), item.kind, item.content_url.clone())?;
    let now = tx.now();
    tx.execute(
        RESTORE,
        values![&item.id, project.id, name.as_str(), name.key(), &content_url, content_url.to_lowercase(), now],
    )?;
    // What leaves a locked project keeps the rules that held there.
    if let (Some(controlling), None) = (item.controlling_id, project.controlling_id) {
        items::free(tx, controlling, item.kind, &item.id)?;
    }
    let mut detail = vec![format!("into `{}`", project.name)];
    if name.as_str() != item.name {
        detail.push(format!("as `{name}`"));
    }
    if content_url != item.content_url {
        detail.push(format!("with the content URL `{content_url}`"));
    }
    item.record(tx, actor, "restore", Some(detail.join(", ")))?;
    Ok(Restored {
        id: item.id,
        kind: item.kind,
        name: name.as_str().to_owned(),
        content_url,
        project_id: project.id,
        project_name: project.name.clone(),
    })
}

/// Deletes deleted content for good, for those who see it here.
pub async fn delete(store: &Store, actor: &Actor, id: &str) -> Result<(), Error> {
    let (actor, id) = (actor.clone(), id.to_owned());
    store
        .write(move |tx| {
            let item = Stored::find(tx, &actor, &id)?;
            purge_one(tx, &actor, &item)
        })
        .await
}

fn purge_one(tx: &mut Tx<'_>, actor: &Actor, item: &Stored) -> Result<(), Error> {
    items::delete_now(tx, item.kind, &item.id)?;
    item.record(tx, actor, "purge", None)
}

/// Deletes all that the actor sees here for good: all or nothing. Says how much it was.
pub async fn empty(store: &Store, actor: &Actor) -> Result<u64, Error> {
    let actor = actor.clone();
    store.write(move |tx| empty_now(tx, &actor)).await
}

/// Begins to do so in the background.
pub async fn empty_as_job(store: &Store, actor: &Actor) -> Result<Job, Error> {
    let by = actor.clone();
    jobs::in_background(store, actor, JobType::EmptyRecycleBin, move |tx| empty_now(tx, &by).map(drop)).await
}

fn empty_now(tx: &mut Tx<'_>, actor: &Actor) -> Result<u64, Error> {
    let statement = format!("SELECT {STORED_COLUMNS} FROM {STORED_TABLES} WHERE {}", seen(actor, Asked::OfAll));
    let rows = tx.query(&statement, &permissions::values_of(actor))?;
    let count = rows.len() as u64;
    for mut row in rows {
        let item = Stored::read(&mut row)?;
        purge_one(tx, actor, &item)?;
    }
    Ok(count)
}

/// Deletes for good what was kept long enough, on all sites. To be called now and then, on any number of nodes. Says how
/// much it was.
pub async fn purge(store: &Store) -> Result<u64, Error> {
    let limit = store.clock().now().minus(kept_for(store));
    let mut total = 0;
    loop {
        let count = store.write(move |tx| purge_batch(tx, limit)).await?;
        total += count;
        if count == 0 {
            return Ok(total);
        }
    }
}

fn purge_batch(tx: &mut Tx<'_>, limit: Timestamp) -> Result<u64, Error> {
    let rows = tx.query(OVERDUE, values![limit, BATCH])?;
    let count = rows.len() as u64;
    for mut row in rows {
        let (id, kind, name): (String, ContentKind, String) = (row.take()?, row.take()?, row.take()?);
        items::delete_now(tx, kind, &id)?;
        let what = items::Named { kind, id: &id, name: &name, site: row.take()? };
        let detail = "kept long enough".to_owned();
        items::record_named(tx, audit::By::Nobody(None), "purge", &what, Some(detail))?;
    }
    Ok(count)
}
