//! What lies in projects: how much of it an actor sees, and which projects they see for its sake.

use std::collections::HashMap;

use tavola_model::{Capability, ContentKind, ProjectId};

use super::Project;
use crate::{
    Actor, Error, items, list, permissions,
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
/// whole list: to ask for each project would be a hundred times slower.
pub(super) fn seen(actor: &Actor, alias: &str) -> String {
    if actor.is_site_administrator() {
        return "1 = 1".to_owned();
    }
    let of_kind =
        |kind| format!("i.kind = '{kind}' AND {}", permissions::on_item_of_others(actor, kind, Capability::Read));
    let kinds = [ContentKind::Workbook, ContentKind::Datasource, ContentKind::Flow, ContentKind::VirtualConnection];
    format!(
        "{alias}.id IN (WITH readable AS (SELECT p.id FROM projects p WHERE p.site_id = $1 AND {}), \
         unreadable AS (SELECT p.id, p.controlling_id FROM projects p \
         WHERE p.site_id = $1 AND p.id NOT IN (SELECT id FROM readable)), \
         shown AS (SELECT id FROM readable UNION \
         SELECT p.id FROM unreadable p JOIN items i ON i.project_id = p.id WHERE i.deleted_at IS NULL AND ({}) UNION \
         SELECT p.id FROM unreadable p JOIN items i ON i.project_id = p.id JOIN workbooks w ON w.id = i.id \
         JOIN views v ON v.workbook_id = w.id WHERE i.deleted_at IS NULL AND v.hidden = 0 AND w.show_tabs = 0 \
         AND p.controlling_id IS NULL AND {}) \
         SELECT sa.ancestor_id FROM project_ancestors sa WHERE sa.project_id IN (SELECT id FROM shown))",
        permissions::on_project(actor, "p", Capability::Read),
        kinds.map(of_kind).join(" OR "),
        permissions::by_rule_of_view(actor, Capability::Read)
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
        seen(actor, "c")
    );
    each(db, &inner, &values, |row| {
        let (id, count) = (row.take()?, row.take::<i64>()?);
        counted.entry(id).or_default().projects = count.unsigned_abs();
        Ok(())
    })?;
    let items = format!(
        "SELECT i.project_id, i.kind, COUNT(*) FROM items i JOIN projects p ON p.id = i.project_id \
         WHERE i.project_id IN ({places}) AND i.deleted_at IS NULL AND (({}) OR ({})) GROUP BY i.project_id, i.kind",
        items::seen(actor, ContentKind::Workbook),
        items::seen(actor, ContentKind::Datasource)
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
        views::seen(actor)
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
