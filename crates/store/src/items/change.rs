//! Changing an item: its name, description, project, owner.

use tavola_model::{Allows, Capability, ContentKind, ContentName, Decision, ProjectId, UserId};

use super::{FIND_NAMED, Stored, find, record};
use crate::{
    Actor, Error, Missing, Refusal, Taken, permissions, projects,
    sql::{Tx, statements, values},
    users, workbooks,
};

/// What to change of any content item: what is none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ItemChange {
    /// Its name.
    pub name: Option<ContentName>,
    /// What it is for; `""` for none.
    pub description: Option<String>,
    /// The project it is to lie in.
    pub project_id: Option<ProjectId>,
    /// Who is to own it.
    pub owner_id: Option<UserId>,
    /// Whether its extracts are to be encrypted.
    pub encrypt_extracts: Option<bool>,
}

statements! {
    UPDATE = "UPDATE items SET project_id = $2, owner_id = $3, name = $4, name_key = $5, description = $6, \
        encrypt_extracts = $7, updated_at = $8 WHERE id = $1";
    TOUCH = "UPDATE items SET updated_at = $2 WHERE id = $1";
    IN_PROJECT = "SELECT id, kind FROM items WHERE project_id = $1";
}

/// Changes an item, and says what. `own` tells whether the room has something of the kind's own to change, which takes the
/// same right as the name: Write. To move it takes ChangeHierarchy, and Write where it goes; to give it to someone else, to
/// own it, to have the say in its project, or to administer the site.
pub(crate) fn change(
    tx: &mut Tx<'_>,
    actor: &Actor,
    kind: ContentKind,
    id: &str,
    change: &ItemChange,
    own: bool,
) -> Result<(Stored, Vec<String>), Error> {
    let old = find(tx, actor, kind, id, Capability::Read)?.into_inner();
    let name = change.name.as_ref().filter(|name| name.as_str() != old.name);
    let description = change.description.as_deref().filter(|text| *text != old.description);
    let project = change.project_id.filter(|project| *project != old.project_id);
    let owner = change.owner_id.filter(|owner| *owner != old.owner_id);
    let encrypt = change.encrypt_extracts.filter(|encrypt| *encrypt != old.encrypt_extracts);

    if own || name.is_some() || description.is_some() || encrypt.is_some() {
        find(tx, actor, kind, id, Capability::Write)?;
    }
    if description.is_some_and(|text| text.contains('\0')) {
        return Err(Error::invalid("the description must not hold a NUL"));
    }
    let target = match project {
        Some(project) => {
            find(tx, actor, kind, id, Capability::ChangeHierarchy)?;
            Some(projects::find(tx, actor, project, Capability::Write)?)
        }
        None => None,
    };
    if let Some(owner) = owner {
        may_give_away(tx, actor, &old)?;
        users::lookup(tx, old.site_id, owner)?.ok_or_else(|| Error::NotFound(Missing::User(owner.to_string())))?;
    }

    let mut changed = Vec::new();
    changed.extend(name.map(|name| format!("name `{name}`")));
    changed.extend(description.map(|_| "description".to_owned()));
    changed.extend(target.as_ref().map(|project| format!("project `{}`", project.name)));
    changed.extend(owner.map(|owner| format!("owner {owner}")));
    changed.extend(encrypt.map(|encrypt| format!("encrypt extracts {encrypt}")));
    if changed.is_empty() {
        return Ok((old, changed));
    }
    let mut item = old.clone();
    if let Some(name) = name {
        name.as_str().clone_into(&mut item.name);
    }
    if let Some(description) = description {
        description.clone_into(&mut item.description);
    }
    if let Some(target) = &target {
        item.project_id = target.id;
        item.controlling_id = target.controlling_id;
    }
    item.owner_id = owner.unwrap_or(item.owner_id);
    item.encrypt_extracts = encrypt.unwrap_or(item.encrypt_extracts);
    let key = item.name.to_lowercase();
    if let Some(mut row) = tx.query_opt(FIND_NAMED, values![item.project_id, kind, &key])?
        && row.take::<String>()? != item.id
    {
        return Err(Error::AlreadyExists(Taken::ContentName(kind, item.name)));
    }
    let now = tx.now();
    tx.execute(
        UPDATE,
        values![
            &item.id,
            item.project_id,
            item.owner_id,
            &item.name,
            key,
            &item.description,
            item.encrypt_extracts,
            now
        ],
    )?;
    // What leaves a locked project keeps the rules that held there.
    if let (Some(controlling), None) = (old.controlling_id, item.controlling_id) {
        free(tx, controlling, kind, &item.id)?;
    }
    Ok((item, changed))
}

/// Writes down what was changed of an item, if anything was; also what lies in the kind's own table.
pub(crate) fn changed(tx: &mut Tx<'_>, actor: &Actor, item: &Stored, changed: &[String]) -> Result<(), Error> {
    if changed.is_empty() {
        return Ok(());
    }
    touch(tx, &item.id)?;
    record(tx, actor, "update", item, Some(changed.join(", ")))
}

/// Notes that an item was changed just now.
pub(crate) fn touch(tx: &mut Tx<'_>, id: &str) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(TOUCH, values![id, now]).map(drop)
}

/// No rule lets someone give away what is another's.
fn may_give_away(tx: &mut Tx<'_>, actor: &Actor, item: &Stored) -> Result<(), Error> {
    match permissions::decision(tx, actor, &item.for_permissions(), Capability::Read)? {
        Decision::Allowed(Allows::Administrator | Allows::Lead(_) | Allows::Owner) => Ok(()),
        _ => Err(Error::Forbidden(Refusal::NotOwner)),
    }
}

/// Gives an item, as rules of its own, those that held while a project decided.
pub(crate) fn free(tx: &mut Tx<'_>, controlling: ProjectId, kind: ContentKind, id: &str) -> Result<(), Error> {
    permissions::copy_defaults(tx, controlling, kind, id)?;
    if kind == ContentKind::Workbook {
        workbooks::copy_rules_to_views(tx, id)?;
    }
    Ok(())
}

/// Does so for all items of a project that is no longer locked, those in the recycle bin among them.
pub(crate) fn free_all(tx: &mut Tx<'_>, controlling: ProjectId, project: ProjectId) -> Result<(), Error> {
    for mut row in tx.query(IN_PROJECT, values![project])? {
        let (id, kind): (String, ContentKind) = (row.take()?, row.take()?);
        free(tx, controlling, kind, &id)?;
    }
    Ok(())
}
