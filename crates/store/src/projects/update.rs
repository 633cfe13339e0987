//! Changing and moving a project.

use tavola_model::{Capability, ContentPermissions, ProjectId, ProjectName, UserId};

use super::{Project, check_description, create::find_parent, find, find_seen, lock, require_free_name, see, tree};
use crate::{
    Actor, Error, Missing, Refusal, Store,
    audit::{self, By, Done},
    sql::{Tx, statements, values},
    users,
};

/// What to change of a project: what is none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct ProjectChange {
    /// Its name.
    pub name: Option<ProjectName>,
    /// What it is for; `""` for none.
    pub description: Option<String>,
    /// Who decides about permissions in it.
    pub content_permissions: Option<ContentPermissions>,
    /// The project it is to lie in; `Some(None)` for the top.
    pub parent_id: Option<Option<ProjectId>>,
    /// Who is to own it.
    pub owner_id: Option<UserId>,
}

statements! {
    UPDATE = "UPDATE projects SET parent_id = $2, name = $3, name_key = $4, description = $5, owner_id = $6, \
        updated_at = $7 WHERE id = $1";
}

/// Changes a project, for administrators, its owner and its leaders. To move it one needs the same right where it goes,
/// and at the top that of an administrator. Whoever sees it may ask for what is so already: published clients read a
/// project by a change of nothing.
pub async fn update(store: &Store, actor: &Actor, id: ProjectId, change: ProjectChange) -> Result<Project, Error> {
    check_description(change.description.as_deref().unwrap_or_default())?;
    let actor = actor.clone();
    store.write(move |tx| update_now(tx, &actor, id, &change)).await
}

fn update_now(tx: &mut Tx<'_>, actor: &Actor, id: ProjectId, change: &ProjectChange) -> Result<Project, Error> {
    let old = find_seen(tx, actor, id)?;
    let name = change.name.as_ref().map(ProjectName::as_str).filter(|name| *name != old.name);
    let description = change.description.as_deref().filter(|text| *text != old.description);
    let content_permissions = change.content_permissions.filter(|wanted| *wanted != old.content_permissions);
    let parent = change.parent_id.filter(|parent| *parent != old.parent_id);
    let owner = change.owner_id.filter(|owner| Some(*owner) != old.owner_id);
    let mut changed = Vec::new();
    changed.extend(name.map(|name| format!("name `{name}`")));
    changed.extend(description.map(|_| "description".to_owned()));
    changed.extend(content_permissions.map(|wanted| format!("content permissions {wanted}")));
    changed.extend(parent.map(|parent| match parent {
        Some(parent) => format!("parent {parent}"),
        None => "no parent".to_owned(),
    }));
    changed.extend(owner.map(|owner| format!("owner {owner}")));
    if changed.is_empty() {
        return see(tx, actor, id);
    }

    let project = find(tx, actor, id, Capability::ProjectLeader)?;
    if project.is_default() && (name.is_some() || parent.is_some()) {
        return Err(Error::Forbidden(Refusal::DefaultProjectStays));
    }
    match parent {
        None => {}
        Some(None) => actor.require_site_administrator()?,
        Some(Some(parent)) => {
            find_parent(tx, actor, parent)?;
            if tree::is_in(tx, parent, id)? {
                return Err(Error::invalid("a project cannot lie in itself"));
            }
        }
    }
    if let Some(owner) = owner {
        users::lookup(tx, project.site_id, owner)?.ok_or_else(|| Error::NotFound(Missing::User(owner.to_string())))?;
    }
    let place = parent.unwrap_or(project.parent_id);
    require_free_name(tx, project.site_id, place, name.unwrap_or(&project.name), Some(id))?;

    let now = tx.now();
    let new_name = name.unwrap_or(&project.name);
    tx.execute(
        UPDATE,
        values![
            id,
            place,
            new_name,
            new_name.to_lowercase(),
            description.unwrap_or(&project.description),
            owner.or(project.owner_id),
            now
        ],
    )?;
    if parent.is_some() {
        tree::transplant(tx, id, place)?;
    }
    if parent.is_some() || content_permissions.is_some() {
        let wanted = change.content_permissions.unwrap_or(match project.locked_from_above() {
            // Where it goes, the lock that it leaves has no say.
            Some(_) => ContentPermissions::ManagedByOwner,
            None => project.content_permissions,
        });
        lock::set(tx, id, wanted)?;
        let lock = lock::find(tx, id)?;
        if content_permissions.is_some_and(|wanted| wanted != lock.content_permissions) {
            return Err(Error::Forbidden(Refusal::LockedFromAbove));
        }
    }
    audit::record(
        tx,
        By::Actor(actor),
        Done {
            action: "project.update",
            kind: "project",
            id: Some(id.to_string()),
            name: Some(&project.name),
            detail: Some(changed.join(", ")),
            site: Some(project.site_id),
        },
    )?;
    see(tx, actor, id)
}
