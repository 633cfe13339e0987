//! What lies in projects: how much of it an actor sees, and which projects they see for its sake.

use std::collections::HashMap;

use tavola_model::{Capability, ContentKind, ProjectId};

use super::Project;
use crate::{
    Actor, Error,
    dialect::Dialect,
    items, list,
    permissions::{self, Asked},
    sql::{Db, Row, Value},
    views,
};

/// How much lies directly in a project, of what the actor who asked sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Contents {
    /// Projects.
    pub projects: u64,
    /// Workbooks.
    pub workbooks: u64,
    /// Views of these workbooks.
    pub views: u64,
    /// Data sources.
    pub datasources: u64,
}

/// The condition that the actor sees the project of a row: may read it, one that lies in it, or anything in these.
///
/// Only of projects that may not be read themselves, and so are not led, is asked what is in them. It is one set for the
/// whole list: to ask for each project of it would be a hundred times slower.
pub(super) fn seen(actor: &Actor, alias: &str, dialect: Dialect) -> String {
    if actor.is_site_administrator() {
        return "1 = 1".to_owned();
    }
    let shown = match dialect {
        Dialect::Sqlite => shown_by_search(actor),
        Dialect::Postgres => shown_by_joins(actor),
    };
    format!("{alias}.id IN (SELECT sa.ancestor_id FROM project_ancestors sa WHERE sa.project_id IN ({shown}))")
}

const KINDS: [ContentKind; 4] =
    [ContentKind::Workbook, ContentKind::Datasource, ContentKind::Flow, ContentKind::VirtualConnection];

/// Whether the actor's role lets them read a kind at all.
fn may_read(actor: &Actor, kind: ContentKind) -> bool {
    actor.site_role().may_have(kind, Capability::Read)
}

fn allowing(of: ContentKind, about: ContentKind) -> String {
    permissions::allowing(of, about, Capability::Read)
}

/// The projects that may be read, and those with something in them that may: in each it is looked for until it is found,
/// which costs SQLite little. PostgreSQL looks for all of it in all of them.
fn shown_by_search(actor: &Actor) -> String {
    let mut shown = vec![permissions::on_project(actor, "p", Capability::Read)];
    for kind in KINDS.into_iter().filter(|kind| may_read(actor, *kind)) {
        let items =
            format!("SELECT 1 FROM items i WHERE i.project_id = p.id AND i.kind = '{kind}' AND i.deleted_at IS NULL");
        shown.push(format!(
            "(p.controlling_id IN ({}) AND EXISTS ({items})) \
             OR (p.controlling_id IS NULL AND EXISTS ({items} AND {})) OR p.id IN (SELECT i.project_id FROM items i \
             WHERE i.owner_id = $2 AND i.kind = '{kind}' AND i.deleted_at IS NULL)",
            allowing(ContentKind::Project, kind),
            permissions::is_allowed("i.id", kind, Capability::Read)
        ));
    }
    if may_read(actor, ContentKind::View) {
        shown.push(format!(
            "(p.controlling_id IS NULL AND p.id IN (SELECT i.project_id FROM views v \
             JOIN workbooks w ON w.id = v.workbook_id JOIN items i ON i.id = w.id \
             WHERE v.id IN ({}) AND v.hidden = 0 AND w.show_tabs = 0 AND i.deleted_at IS NULL))",
            allowing(ContentKind::View, ContentKind::View)
        ));
    }
    format!("SELECT p.id FROM projects p WHERE p.site_id = $1 AND ({})", shown.join(" OR "))
}

/// The same, all at once.
fn shown_by_joins(actor: &Actor) -> String {
    let mut shown = vec!["SELECT id FROM readable".to_owned()];
    for kind in KINDS.into_iter().filter(|kind| may_read(actor, *kind)) {
        shown.push(format!(
            "SELECT p.id FROM unreadable p JOIN items i ON i.project_id = p.id \
             WHERE i.kind = '{kind}' AND i.deleted_at IS NULL AND (i.owner_id = $2 OR p.controlling_id IN ({}) \
             OR (p.controlling_id IS NULL AND i.id IN ({})))",
            allowing(ContentKind::Project, kind),
            allowing(kind, kind)
        ));
    }
    if may_read(actor, ContentKind::View) {
        shown.push(format!(
            "SELECT p.id FROM unreadable p JOIN items i ON i.project_id = p.id JOIN workbooks w ON w.id = i.id \
             JOIN views v ON v.workbook_id = w.id WHERE i.deleted_at IS NULL AND v.hidden = 0 AND w.show_tabs = 0 \
             AND p.controlling_id IS NULL AND v.id IN ({})",
            allowing(ContentKind::View, ContentKind::View)
        ));
    }
    format!(
        "WITH readable AS (SELECT p.id FROM projects p WHERE p.site_id = $1 AND {}), \
         unreadable AS (SELECT p.id, p.controlling_id FROM projects p \
         WHERE p.site_id = $1 AND p.id NOT IN (SELECT id FROM readable)) {}",
        permissions::on_project(actor, "p", Capability::Read),
        shown.join(" UNION ")
    )
}

/// Counts what lies in these projects, in three statements for all of them: as columns of their list it would be three for
/// each, and a hundred times slower where there are many rules.
pub(super) fn count(db: &mut Db<'_>, actor: &Actor, projects: &mut [Project]) -> Result<(), Error> {
    if projects.is_empty() {
        return Ok(());
    }
    let mut values = permissions::values_of(actor);
    let ids: Vec<String> = projects.iter().map(|project| project.id.to_string()).collect();
    let places = list::places(&ids, &mut values);
    let mut counted: HashMap<ProjectId, Contents> = HashMap::new();

    let inner = format!(
        "SELECT c.parent_id, COUNT(*) FROM projects c WHERE c.site_id = $1 AND c.parent_id IN ({places}) AND {} \
         GROUP BY c.parent_id",
        seen(actor, "c", db.dialect())
    );
    each(db, &inner, &values, |row| {
        let (id, count) = (row.take()?, row.take::<i64>()?);
        counted.entry(id).or_default().projects = count.unsigned_abs();
        Ok(())
    })?;
    let items = format!(
        "SELECT i.project_id, i.kind, COUNT(*) FROM items i JOIN projects p ON p.id = i.project_id \
         WHERE i.project_id IN ({places}) AND i.deleted_at IS NULL AND (({}) OR ({})) GROUP BY i.project_id, i.kind",
        items::seen(actor, ContentKind::Workbook, Asked::OfAll),
        items::seen(actor, ContentKind::Datasource, Asked::OfAll)
    );
    each(db, &items, &values, |row| {
        let (id, kind, count) = (row.take()?, row.take::<ContentKind>()?, row.take::<i64>()?);
        let contents = counted.entry(id).or_default();
        let place = if kind == ContentKind::Workbook { &mut contents.workbooks } else { &mut contents.datasources };
        *place = count.unsigned_abs();
        Ok(())
    })?;
    let views = format!(
        "SELECT i.project_id, COUNT(*) FROM {} WHERE i.project_id IN ({places}) AND {} GROUP BY i.project_id",
        views::TABLES,
        views::seen(actor, Asked::OfAll)
    );
    each(db, &views, &values, |row| {
        let (id, count) = (row.take()?, row.take::<i64>()?);
        counted.entry(id).or_default().views = count.unsigned_abs();
        Ok(())
    })?;
    for project in projects {
        project.contents = Some(counted.remove(&project.id).unwrap_or_default());
    }
    Ok(())
}

fn each(
    db: &mut Db<'_>,
    statement: &str,
    values: &[Value],
    read: impl FnMut(&mut Row) -> Result<(), Error>,
) -> Result<(), Error> {
    db.query(statement, values)?.iter_mut().try_for_each(read)
}
