//! Workbooks: published files with views.

use tavola_model::{Capability, ContentKind, JobType, ListQuery, Page, UserId, ViewId, WorkbookId};

use crate::{
    Actor, Error, List, Store,
    items::{self, Item, ItemChange, Kind, NewFile, item_fields},
    jobs::Job,
    list::{Field, NEVER},
    permissions, recents,
    sql::{Row, Tx, statements, values},
    views::{self, NewView},
};

const KIND: ContentKind = ContentKind::Workbook;

/// A workbook, as the actor who asked sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workbook {
    /// What it has in common with other content.
    pub item: Item<WorkbookId>,
    /// Whether its views are shown as tabs beside each other. If not, each has permissions of its own.
    pub show_tabs: bool,
    /// The view that is shown first.
    pub default_view_id: Option<ViewId>,
    /// How many views it has.
    pub sheet_count: u64,
}

/// A workbook to publish, received and read.
#[derive(Clone)]
pub struct NewWorkbook {
    /// The file, and where it goes.
    pub file: NewFile,
    /// Whether its views are shown as tabs; none leaves it as it is, and a new one without.
    pub show_tabs: Option<bool>,
    /// Its sheets, in the order of the tabs.
    pub views: Vec<NewView>,
    /// The name of the sheet that is shown first; the first that is not hidden, if not given.
    pub default_view: Option<String>,
}

/// What to change of a workbook: what is none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct WorkbookChange {
    /// What it has in common with other content.
    pub item: ItemChange,
    /// Whether its views are shown as tabs.
    pub show_tabs: Option<bool>,
}

statements! {
    INSERT = "INSERT INTO workbooks (id, show_tabs, default_view_id, sheet_count) VALUES ($1, $2, $3, $4)";
    UPDATE = "UPDATE workbooks SET show_tabs = $2, default_view_id = $3, sheet_count = $4 WHERE id = $1";
    SHOW_TABS = "SELECT show_tabs FROM workbooks WHERE id = $1";
    SET_SHOW_TABS = "UPDATE workbooks SET show_tabs = $2 WHERE id = $1";
    SET_VIEWS = "UPDATE workbooks SET default_view_id = $2, sheet_count = $3 WHERE id = $1";
    DEFAULT_VIEW = "SELECT default_view_id FROM workbooks WHERE id = $1";
}

impl Kind for Workbook {
    type Id = WorkbookId;
    const KIND: ContentKind = KIND;
    const COLUMNS: &'static str = "w.show_tabs, w.default_view_id, w.sheet_count";
    const TABLES: &'static str = "LEFT JOIN workbooks w ON w.id = i.id";
    const FIELDS: &'static [Field] = item_fields![
        Field::flag("displayTabs", "w.show_tabs"),
        Field::compared("sheetCount", "w.sheet_count", Holds::Number),
        // Nobody can subscribe to anything nor set an alert yet. One published client has a name of its own.
        Field::flag("hasAlerts", NEVER),
        Field::compared("subscriptionTotal", NEVER, Holds::Number),
        Field::compared("subscriptionsTotal", NEVER, Holds::Number),
    ];

    fn read(item: Item<WorkbookId>, row: &mut Row) -> Result<Self, Error> {
        Ok(Self {
            item,
            show_tabs: row.take()?,
            default_view_id: row.take()?,
            sheet_count: row.take::<i64>()?.unsigned_abs(),
        })
    }

    fn item(&mut self) -> &mut Item<WorkbookId> {
        &mut self.item
    }
}

/// The workbooks that the actor may read, by name unless sorted.
///
/// Fields: `name`, `contentUrl`, `description`, `projectName`, `projectId`, `ownerName`, `ownerEmail`, `ownerDomain`,
/// `createdAt`, `updatedAt`, `size` (MB), `favoritesTotal`, `hasExtracts`, `tags`, which all kinds have; `displayTabs`,
/// `sheetCount`, `hasAlerts`, `subscriptionTotal`.
pub async fn list(store: &Store, actor: &Actor, query: &ListQuery) -> Result<List<Workbook>, Error> {
    items::list(store, actor, query, None).await
}

/// Those of them that a user owns, or, as published clients ask for them, that a user may read: only oneself and
/// administrators ask, and what another may read but the actor may not is left out.
pub async fn list_of_user(
    store: &Store,
    actor: &Actor,
    user: UserId,
    owned: bool,
    page: Page,
) -> Result<List<Workbook>, Error> {
    items::list_of_user(store, actor, user, owned, page).await
}

/// The one with this content URL.
pub async fn get_by_content_url(store: &Store, actor: &Actor, content_url: &str) -> Result<Workbook, Error> {
    items::get_by_content_url(store, actor, content_url).await
}

/// Publishes a workbook: a new one, or a new revision of the one that has the name. A view keeps its id as long as its
/// sheet keeps its name.
pub async fn publish(store: &Store, actor: &Actor, new: NewWorkbook) -> Result<Workbook, Error> {
    items::publish_now(store, actor, Ready::new(store, new)?, publish_now).await
}

/// Begins to do so in the background. The file is kept by the job until it is done.
pub async fn publish_as_job(store: &Store, actor: &Actor, new: NewWorkbook) -> Result<Job, Error> {
    items::publish_as_job(store, actor, JobType::PublishWorkbook, Ready::new(store, new)?, publish_now).await
}

/// A workbook to publish, with its secrets sealed.
struct Ready {
    new: NewWorkbook,
    views: views::Sealed,
    connections: items::Sealed,
}

impl Ready {
    fn new(store: &Store, mut new: NewWorkbook) -> Result<Self, Error> {
        let views = views::seal(store, std::mem::take(&mut new.views))?;
        let connections = items::seal_connections(store, std::mem::take(&mut new.file.connections))?;
        Ok(Self { new, views, connections })
    }
}

fn publish_now(tx: &mut Tx<'_>, actor: &Actor, ready: &Ready) -> Result<String, Error> {
    let Ready { new, views, connections } = ready;
    let (item, is_new) = items::publish(tx, actor, KIND, &new.file, connections)?;
    let had_tabs = if is_new { None } else { Some(tx.query_one(SHOW_TABS, values![&item.id])?.take()?) };
    let show_tabs = new.show_tabs.or(had_tabs).unwrap_or(false);
    if is_new {
        tx.execute(INSERT, values![&item.id, show_tabs, None::<ViewId>, 0])?;
    }
    let shown = views::publish(tx, &item.id, views, !show_tabs)?;
    let default = new.default_view.as_ref().and_then(|name| shown.iter().find(|(_, shown)| shown == name));
    let default = default.or(shown.first()).map(|(id, _)| *id);
    let count = i64::try_from(shown.len()).unwrap_or(i64::MAX);
    tx.execute(UPDATE, values![&item.id, show_tabs, default, count])?;
    if had_tabs.is_some_and(|had| had != show_tabs) {
        tabs_changed(tx, &item.id, show_tabs)?;
    }
    recents::note(tx, actor, KIND, &item.id)?;
    items::record(tx, actor, "publish", &item, Some(new.file.described(&item)))?;
    Ok(item.id)
}

/// Changes a workbook: see [`items::ItemChange`] for the rights it takes.
pub async fn update(store: &Store, actor: &Actor, id: WorkbookId, change: WorkbookChange) -> Result<Workbook, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let id = id.to_string();
            items::find(tx, &actor, KIND, &id, Capability::Read)?;
            let had_tabs: bool = tx.query_one(SHOW_TABS, values![&id])?.take()?;
            let show_tabs = change.show_tabs.filter(|show| *show != had_tabs);
            let (item, mut changed) = items::change(tx, &actor, KIND, &id, &change.item, show_tabs.is_some())?;
            if let Some(show) = show_tabs {
                tx.execute(SET_SHOW_TABS, values![&id, show])?;
                tabs_changed(tx, &id, show)?;
                changed.push(format!("show tabs {show}"));
            }
            if !changed.is_empty() {
                recents::note(tx, &actor, KIND, &id)?;
            }
            items::changed(tx, &actor, &item, &changed)?;
            items::look_at(tx, &actor, &id)
        })
        .await
}

items::room!(Workbook, WorkbookId);

/// The picture of the view that is shown first, if its file has one.
pub async fn preview(store: &Store, actor: &Actor, id: WorkbookId) -> Result<Option<Vec<u8>>, Error> {
    let actor = actor.clone();
    let picture = store
        .scan(move |db| {
            let item = items::find(db, &actor, KIND, &id.to_string(), Capability::Read)?;
            let view: Option<ViewId> = db.query_one(DEFAULT_VIEW, values![&item.id])?.take()?;
            view.map_or(Ok(None), |view| views::picture(db, view))
        })
        .await?;
    picture.map(|sealed| sealed.open(store)).transpose()
}

/// Where tabs are shown, the views have no rules of their own; where not, they begin with those of the workbook.
fn tabs_changed(tx: &mut Tx<'_>, id: &str, shown: bool) -> Result<(), Error> {
    if shown { views::forget_rules(tx, id) } else { copy_rules_to_views(tx, id) }
}

/// Gives each view, as rules of its own, those of its workbook; if its views have rules of their own at all.
pub(crate) fn copy_rules_to_views(tx: &mut Tx<'_>, id: &str) -> Result<(), Error> {
    if tx.query_one(SHOW_TABS, values![id])?.take::<bool>()? {
        return Ok(());
    }
    for view in views::ids(tx, id)? {
        permissions::copy_to_view(tx, id, &view)?;
    }
    Ok(())
}

/// Notes that a workbook has these views left, in the order of the tabs.
pub(crate) fn views_left(tx: &mut Tx<'_>, id: &str, shown: &[ViewId]) -> Result<(), Error> {
    let default: Option<ViewId> = tx.query_one(DEFAULT_VIEW, values![id])?.take()?;
    let default = default.filter(|view| shown.contains(view)).or(shown.first().copied());
    let count = i64::try_from(shown.len()).unwrap_or(i64::MAX);
    tx.execute(SET_VIEWS, values![id, default, count])?;
    items::touch(tx, id)
}

/// Deletes what does not go with the views' rows, before those do.
pub(crate) fn forget_views(tx: &mut Tx<'_>, id: &str) -> Result<(), Error> {
    for view in views::ids(tx, id)? {
        views::forget(tx, &view)?;
    }
    Ok(())
}
