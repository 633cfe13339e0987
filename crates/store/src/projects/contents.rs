//! What lies in projects: how much of it an actor sees, and which projects they see for its sake.

use std::collections::HashMap;

use tavola_model::{Capability, ContentKind, ProjectId};

use super::Project;
use crate::{
    Actor, Error, items, list,
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
/// It is one set for the whole list: to ask for each project would be a hundred times slower. What lies in a project, and
/// its rules, are looked at only where the actor may not read it for its own rules, and until something is found there.
pub(super) fn seen(actor: &Actor, alias: &str) -> String {
    if actor.is_site_administrator() {
        return "1 = 1".to_owned();
    }
    let may_read = |kind: &ContentKind| actor.site_role().may_have(*kind, Capability::Read);
    let mut shown = vec![permissions::on_project(actor, "p", Capability::Read)];
    let kinds = [ContentKind::Workbook, ContentKind::Datasource, ContentKind::Flow, ContentKind::VirtualConnection];
    for kind in kinds.into_iter().filter(may_read) {
        let items =
            format!("SELECT 1 FROM items i WHERE i.project_id = p.id AND i.kind = '{kind}' AND i.deleted_at IS NULL");
        let by_project = permissions::allowing(ContentKind::Project, kind, Capability::Read);
        let by_item = permissions::is_allowed("i.id", kind, Capability::Read);
        shown.push(format!("(p.controlling_id IN ({by_project}) AND EXISTS ({items}))"));
        shown.push(format!(
            "p.id IN (SELECT i.project_id FROM items i \
             WHERE i.owner_id = $2 AND i.kind = '{kind}' AND i.deleted_at IS NULL)"
        ));
        shown.push(format!("(p.controlling_id IS NULL AND EXISTS ({items} AND {by_item}))"));
    }
    if may_read(&ContentKind::View) {
        shown.push(format!(
            "(p.controlling_id IS NULL AND p.id IN (SELECT i.project_id FROM views v \
             JOIN workbooks w ON w.id = v.workbook_id JOIN items i ON i.id = w.id \
             WHERE v.id IN ({}) AND v.hidden = 0 AND w.show_tabs = 0 AND i.deleted_at IS NULL))",
            permissions::allowing(ContentKind::View, ContentKind::View, Capability::Read)
        ));
    }
    format!(
        "{alias}.id IN (SELECT sa.ancestor_id FROM project_ancestors sa WHERE sa.project_id IN \
         (SELECT p.id FROM projects p WHERE p.site_id = $1 AND ({})))",
        shown.join(" OR ")
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
