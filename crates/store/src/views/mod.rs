//! Views: the sheets of published workbooks.

mod delete;
mod export;
mod publish;
mod usage;

use tavola_model::{
    Capability, ContentKind, ListQuery, ProjectId, SheetType, SiteId, Timestamp, UserId, ViewId, WorkbookId,
};

use crate::{
    Actor, Error, List, Missing, Store,
    content::SealedBytes,
    favorites::{self, favorites_total},
    items::{self, Tagged},
    list::{self, ANY_OF, Field, Holds, NAMES, Source},
    permissions::{self, Asked, Granted},
    projects::{self, Owner},
    recents,
    sql::{Db, Row, Tx, Value, statements, values},
};

#[cfg(test)]
pub(crate) use {
    delete::STATEMENTS as DELETE_STATEMENTS, export::STATEMENTS as EXPORT_STATEMENTS,
    publish::STATEMENTS as PUBLISH_STATEMENTS, usage::STATEMENTS as USAGE_STATEMENTS,
};

pub use delete::delete;
pub use export::{Asker, Export, ExportedWorkbook, export, export_workbook};
pub use publish::NewView;
pub use usage::note_seen;

pub(crate) use publish::{Sealed, publish, seal};

/// A view, as the actor who asked sees it. Hidden sheets are no views.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its id.
    pub id: ViewId,
    /// The site.
    pub site_id: SiteId,
    /// Its workbook.
    pub workbook_id: WorkbookId,
    /// The workbook's name.
    pub workbook_name: String,
    /// The workbook's content URL.
    pub workbook_content_url: String,
    /// The name of the sheet.
    pub name: String,
    /// Its title, where its author gave it one; `""` for none.
    pub title: String,
    /// What URLs call it, below the workbook's content URL.
    pub url_name: String,
    /// What kind of sheet it is.
    pub sheet_type: SheetType,
    /// Its place among the workbook's sheets, from 0.
    pub position: u64,
    /// When its sheet was published first.
    pub created_at: Timestamp,
    /// When it was published last.
    pub updated_at: Timestamp,
    /// The project its workbook lies in.
    pub project_id: ProjectId,
    /// That project's name.
    pub project_name: String,
    /// Who owns its workbook.
    pub owner_id: UserId,
    /// More about the owner, if the actor may see that user.
    pub owner: Option<Owner>,
    /// How many users have it among their favorites.
    pub favorites_total: u64,
    /// How often it was shown to anybody.
    pub hits_total: u64,
    /// Whether it is among what the actor used last.
    pub recently_viewed: bool,
    /// Its tags, by name.
    pub tags: Vec<String>,
}

impl View {
    /// What URLs call it: `Workbook/sheets/Sheet`.
    pub fn content_url(&self) -> String {
        format!("{}/sheets/{}", self.workbook_content_url, self.url_name)
    }
}

statements! {
    FIND = "SELECT v.id, v.workbook_id, v.name, v.hidden, w.show_tabs, i.project_id, p.controlling_id, i.owner_id \
        FROM views v JOIN workbooks w ON w.id = v.workbook_id JOIN items i ON i.id = v.workbook_id \
        JOIN projects p ON p.id = i.project_id WHERE i.site_id = $1 AND v.id = $2 AND i.deleted_at IS NULL";
    IDS = "SELECT id FROM views WHERE workbook_id = $1 ORDER BY position, id";
    DELETE = "DELETE FROM views WHERE id = $1";
    PICTURE = "SELECT png FROM view_previews WHERE view_id = $1";
}

pub(crate) const FIELDS: &[Field] = &[
    Field {
        name: "name",
        column: "v.name",
        key: Some("v.name_key"),
        holds: Holds::Text,
        operators: NAMES,
        order: "v.name_key",
    },
    Field::text("caption", "v.name"),
    Field::text("title", "v.title"),
    Field::text("viewUrlName", "v.url_name"),
    Field::text("contentUrl", "(i.content_url || '/sheets/' || v.url_name)"),
    Field::text("sheetType", "v.sheet_type"),
    Field::text("workbookName", "i.name"),
    Field::text("workbookDescription", "i.description"),
    Field::text("projectName", "p.name"),
    projects::OWNER_DOMAIN,
    projects::OWNER_EMAIL,
    projects::OWNER_NAME,
    Field {
        name: "workbookId",
        column: "v.workbook_id",
        key: None,
        holds: Holds::Id,
        operators: ANY_OF,
        order: "v.workbook_id",
    },
    Field::compared("favoritesTotal", favorites_total!("v.id"), Holds::Number),
    Field::compared("hitsTotal", HITS_TOTAL, Holds::Number),
    Field::compared("sheetNumber", "v.position", Holds::Number),
    Field::compared("createdAt", "v.created_at", Holds::Time),
    Field::compared("updatedAt", "v.updated_at", Holds::Time),
    Field { name: "tags", column: "v.id", key: None, holds: Holds::Tag, operators: ANY_OF, order: "v.id" },
];

/// How often the view was shown.
const HITS_TOTAL: &str = "COALESCE((SELECT h.total FROM view_usage h WHERE h.view_id = v.id), 0)";

fn columns() -> String {
    format!(
        "v.id, i.site_id, v.workbook_id, i.name, i.content_url, v.name, v.title, v.url_name, v.sheet_type, v.position, \
         v.created_at, v.updated_at, i.project_id, p.name, i.owner_id, {}, {HITS_TOTAL}, {}",
        favorites_total!("v.id"),
        projects::OWNER_COLUMNS
    )
}

/// Views with their workbooks and projects.
pub(crate) const TABLES: &str = "views v JOIN workbooks w ON w.id = v.workbook_id JOIN items i ON i.id = v.workbook_id \
    JOIN projects p ON p.id = i.project_id";

fn from(db: &mut Db<'_>, actor: &Actor) -> Result<String, Error> {
    Ok(format!("{TABLES} {}", projects::join_owner(db, actor, "i.owner_id")?))
}

/// The condition that the actor may read the view of the rows of [`TABLES`].
pub(crate) fn seen(actor: &Actor, asked: Asked) -> String {
    format!(
        "i.site_id = $1 AND i.deleted_at IS NULL AND v.hidden = 0 AND {}",
        permissions::on_view(actor, Capability::Read, asked)
    )
}

fn read(row: &mut Row) -> Result<View, Error> {
    Ok(View {
        id: row.take()?,
        site_id: row.take()?,
        workbook_id: row.take()?,
        workbook_name: row.take()?,
        workbook_content_url: row.take()?,
        name: row.take()?,
        title: row.take()?,
        url_name: row.take()?,
        sheet_type: row.take()?,
        position: row.take::<i64>()?.unsigned_abs(),
        created_at: row.take()?,
        updated_at: row.take()?,
        project_id: row.take()?,
        project_name: row.take()?,
        owner_id: row.take()?,
        favorites_total: row.take::<i64>()?.unsigned_abs(),
        hits_total: row.take::<i64>()?.unsigned_abs(),
        recently_viewed: false,
        owner: projects::read_owner(row)?,
        tags: Vec::new(),
    })
}

/// Adds what views have any number of: tags, and users who looked at them.
fn complete(db: &mut Db<'_>, actor: &Actor, views: &mut [View]) -> Result<(), Error> {
    let ids: Vec<String> = views.iter().map(|view| view.id.to_string()).collect();
    let mut tags = items::tags_of(db, &ids)?;
    let recents = recents::of(db, actor)?;
    for (view, id) in views.iter_mut().zip(ids) {
        view.tags = tags.remove(&id).unwrap_or_default();
        view.recently_viewed = recents.iter().any(|(_, recent)| *recent == id);
    }
    Ok(())
}

/// The views that the actor may read, by name unless sorted.
///
/// Fields: `name`, `caption`, `title`, `viewUrlName`, `contentUrl`, `sheetType`, `workbookName`, `workbookDescription`,
/// `workbookId`, `projectName`, `ownerName`, `ownerEmail`, `ownerDomain`, `sheetNumber`, `favoritesTotal`,
/// `hitsTotal`, `createdAt`, `updatedAt`, `tags`.
pub async fn list(store: &Store, actor: &Actor, query: &ListQuery) -> Result<List<View>, Error> {
    let (keeping, actor, query) = (store.clone(), actor.clone(), query.clone());
    store
        .scan(move |db| {
            let source = Source {
                columns: &columns(),
                from: TABLES,
                owner: &projects::join_owner(db, &actor, "i.owner_id")?,
                seen: seen(&actor, Asked::OfAll),
                values: permissions::values_of(&actor),
                fields: FIELDS,
                order: "v.name_key",
                id: "v.id",
            };
            let mut list = source.stable_page(Some(seen(&actor, Asked::OfFew)), &keeping, &actor, db, &query, read)?;
            complete(db, &actor, &mut list.items)?;
            Ok(list)
        })
        .await
}

/// The views of a workbook that the actor may read, in the order of the tabs.
pub async fn list_of_workbook(store: &Store, actor: &Actor, workbook: WorkbookId) -> Result<Vec<View>, Error> {
    let actor = actor.clone();
    store
        .scan(move |db| {
            items::find(db, &actor, ContentKind::Workbook, &workbook.to_string(), Capability::Read)?;
            let mut values = permissions::values_of(&actor);
            values.push(Value::from(workbook));
            let statement = format!(
                "SELECT {} FROM {} WHERE {} AND v.workbook_id = ${} ORDER BY v.position, v.id",
                columns(),
                from(db, &actor)?,
                seen(&actor, Asked::OfFew),
                values.len()
            );
            let mut views = db.query(&statement, &values)?.iter_mut().map(read).collect::<Result<Vec<_>, _>>()?;
            complete(db, &actor, &mut views)?;
            Ok(views)
        })
        .await
}

/// The ids of the views that the actor may read; `$1` and `$2` as in [`permissions::values_of`].
pub(crate) fn ids_seen(actor: &Actor) -> String {
    format!("SELECT v.id FROM {TABLES} WHERE {}", seen(actor, Asked::OfAll))
}

/// These views, whether the actor may read them or not.
pub(crate) fn look_at_some(db: &mut Db<'_>, actor: &Actor, ids: &[String]) -> Result<Vec<View>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = permissions::values_of(actor);
    let statement = format!(
        "SELECT {} FROM {} WHERE i.site_id = $1 AND v.id IN ({})",
        columns(),
        from(db, actor)?,
        list::places(ids, &mut values)
    );
    let mut views = db.query(&statement, &values)?.iter_mut().map(read).collect::<Result<Vec<_>, _>>()?;
    complete(db, actor, &mut views)?;
    Ok(views)
}

/// A view that the actor may read.
pub async fn get(store: &Store, actor: &Actor, id: ViewId) -> Result<View, Error> {
    let actor = actor.clone();
    store
        .scan(move |db| {
            find(db, &actor, id, Capability::Read)?;
            let mut values = permissions::values_of(&actor);
            values.push(Value::from(id));
            let statement = format!(
                "SELECT {} FROM {} WHERE i.site_id = $1 AND v.id = ${}",
                columns(),
                from(db, &actor)?,
                values.len()
            );
            let mut view = read(&mut db.query_one(&statement, &values)?)?;
            complete(db, &actor, std::slice::from_mut(&mut view))?;
            Ok(view)
        })
        .await
}

/// The picture of a view of a workbook, as its author last saw it, if its file has one.
pub async fn preview(store: &Store, actor: &Actor, workbook: WorkbookId, id: ViewId) -> Result<Option<Vec<u8>>, Error> {
    let actor = actor.clone();
    let picture = store
        .scan(move |db| {
            let view = find(db, &actor, id, Capability::Read)?;
            if view.workbook_id != workbook {
                return Err(unknown(id));
            }
            picture(db, id)
        })
        .await?;
    picture.map(|sealed| sealed.open(store)).transpose()
}

/// Adds tags; gives all it has.
pub async fn add_tags_to(store: &Store, actor: &Actor, id: ViewId, labels: Vec<String>) -> Result<Vec<String>, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let view = find(tx, &actor, id, Capability::Read)?;
            let id = view.id.to_string();
            items::add_tags(tx, Tagged { site: actor.site_id(), kind: ContentKind::View, id: &id }, &labels)
        })
        .await
}

/// Removes a tag.
pub async fn remove_tag(store: &Store, actor: &Actor, id: ViewId, label: &str) -> Result<(), Error> {
    let (actor, label) = (actor.clone(), label.to_owned());
    store
        .write(move |tx| {
            let view = find(tx, &actor, id, Capability::Read)?;
            if items::remove_tag(tx, &view.id.to_string(), &label)? {
                Ok(())
            } else {
                Err(Error::NotFound(Missing::Tag(label.clone())))
            }
        })
        .await
}

/// A view as it is stored, whoever looks at it.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub id: ViewId,
    pub workbook_id: WorkbookId,
    pub name: String,
    pub owner_id: UserId,
    hidden: bool,
    show_tabs: bool,
    project_id: ProjectId,
    controlling_id: Option<ProjectId>,
}

impl Stored {
    pub(crate) fn for_permissions(&self) -> permissions::Item {
        let (rules_of, rules_about) = match self.controlling_id {
            Some(controlling) => (controlling.to_string(), ContentKind::Workbook),
            None if self.show_tabs => (self.workbook_id.to_string(), ContentKind::Workbook),
            None => (self.id.to_string(), ContentKind::View),
        };
        permissions::Item {
            kind: ContentKind::View,
            project: self.project_id,
            locked: self.controlling_id.is_some(),
            owner: Some(self.owner_id),
            rules_of,
            rules_about,
        }
    }
}

fn unknown(id: ViewId) -> Error {
    Error::NotFound(Missing::Content(ContentKind::View, id.to_string()))
}

/// The view, if the actor has a capability on it. Whom it does not show itself to, it does not exist for.
pub(crate) fn find(
    db: &mut Db<'_>,
    actor: &Actor,
    id: ViewId,
    capability: Capability,
) -> Result<Granted<Stored>, Error> {
    let sheet = find_sheet(db, actor, id, capability)?;
    if sheet.hidden { Err(unknown(id)) } else { Ok(sheet) }
}

/// The same, also of a sheet that is hidden.
fn find_sheet(db: &mut Db<'_>, actor: &Actor, id: ViewId, capability: Capability) -> Result<Granted<Stored>, Error> {
    let unknown = || unknown(id);
    let mut row = db.query_opt(FIND, values![actor.site_id(), id])?.ok_or_else(unknown)?;
    let view = Stored {
        id: row.take()?,
        workbook_id: row.take()?,
        name: row.take()?,
        hidden: row.take()?,
        show_tabs: row.take()?,
        project_id: row.take()?,
        controlling_id: row.take()?,
        owner_id: row.take()?,
    };
    let item = view.for_permissions();
    permissions::grant_seen(db, actor, &item, capability, view, unknown)
}

/// The picture of a view, whoever asks.
pub(crate) fn picture(db: &mut Db<'_>, id: ViewId) -> Result<Option<SealedBytes>, Error> {
    db.query_opt(PICTURE, values![id])?.map(|mut row| row.take()).transpose()
}

/// The ids of a workbook's sheets.
pub(crate) fn ids(db: &mut Db<'_>, workbook: &str) -> Result<Vec<String>, Error> {
    db.query(IDS, values![workbook])?.iter_mut().map(|row| row.take()).collect()
}

/// Deletes what does not go with a view's row.
pub(crate) fn forget(tx: &mut Tx<'_>, id: &str) -> Result<(), Error> {
    permissions::delete_of(tx, id)?;
    favorites::forget(tx, id)?;
    recents::forget(tx, id)?;
    items::forget_tags(tx, id)
}

/// Deletes the rules of a workbook's views: where tabs are shown, they have none of their own.
pub(crate) fn forget_rules(tx: &mut Tx<'_>, workbook: &str) -> Result<(), Error> {
    for id in ids(tx, workbook)? {
        permissions::delete_of(tx, id)?;
    }
    Ok(())
}
