//! Making a project.

use tavola_model::{Capability, ContentPermissions, ProjectId, ProjectName, SiteId, UserId};

use super::{FIND_DEFAULT, Project, Stored, check_description, find, lock::Lock, require_free_name, see, tree};
use crate::{
    Actor, Error, Missing, Refusal, Store,
    audit::{self, By, Done},
    permissions, random,
    sql::{Tx, statements, values},
    users,
};

/// A project to make on the actor's site.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// Its name.
    pub name: ProjectName,
    /// What it is for.
    pub description: String,
    /// Who decides about permissions in it; the owners of the content if not given, or the project further up that locks
    /// the place.
    pub content_permissions: Option<ContentPermissions>,
    /// The project it is to lie in; none for the top.
    pub parent_id: Option<ProjectId>,
    /// Who is to own it; the actor if not given. Only administrators give it to others.
    pub owner_id: Option<UserId>,
}

impl NewProject {
    /// A project at the top of which no more is known than its name.
    pub fn new(name: ProjectName) -> Self {
        Self { name, description: String::new(), content_permissions: None, parent_id: None, owner_id: None }
    }
}

statements! {
    INSERT = "INSERT INTO projects (id, site_id, parent_id, name, name_key, description, content_permissions, \
        controlling_id, owner_id, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)";
}

/// Makes a project: at the top for administrators of the site, in another for those who own or lead that one and may
/// publish. It begins with the rules of the project it lies in, at the top with those of Default.
pub async fn create(store: &Store, actor: &Actor, new: NewProject) -> Result<Project, Error> {
    check_description(&new.description)?;
    let actor = actor.clone();
    store.write(move |tx| create_now(tx, &actor, &new)).await
}

fn create_now(tx: &mut Tx<'_>, actor: &Actor, new: &NewProject) -> Result<Project, Error> {
    let site = actor.site_id();
    let parent = match new.parent_id {
        Some(parent) => Some(find_parent(tx, actor, parent)?),
        None => {
            actor.require_site_administrator()?;
            None
        }
    };
    let owner = new.owner_id.unwrap_or(actor.user_id());
    if owner != actor.user_id() {
        actor.require_site_administrator()?;
        users::lookup(tx, site, owner)?.ok_or_else(|| Error::NotFound(Missing::User(owner.to_string())))?;
    }
    require_free_name(tx, site, new.parent_id, new.name.as_str(), None)?;

    let id = ProjectId::from_random_bytes(random::bytes());
    let outer = parent
        .as_ref()
        .map(|parent| Lock { content_permissions: parent.content_permissions, controlling: parent.controlling_id });
    let lock = Lock::below(outer, id, new.content_permissions.unwrap_or(ContentPermissions::ManagedByOwner));
    if new.content_permissions.is_some_and(|wanted| wanted != lock.content_permissions) {
        return Err(Error::Forbidden(Refusal::LockedFromAbove));
    }
    let row = Row {
        site,
        parent: new.parent_id,
        name: new.name.as_str(),
        description: &new.description,
        content_permissions: lock.content_permissions,
        controlling: lock.controlling,
        owner: Some(owner),
    };
    insert(tx, id, &row)?;
    let model = match &parent {
        Some(parent) => Some(parent.source_of_rules()),
        None => tx.query_opt(FIND_DEFAULT, values![site])?.map(|mut row| row.take()).transpose()?,
    };
    if let Some(model) = model {
        permissions::copy(tx, model, id)?;
    }
    audit::record(
        tx,
        By::Actor(actor),
        Done {
            action: "project.create",
            kind: "project",
            id: Some(id.to_string()),
            name: Some(new.name.as_str()),
            detail: parent.map(|parent| format!("in `{}`", parent.name)),
            site: Some(site),
        },
    )?;
    see(tx, actor, id)
}

/// A project that the actor may put others into.
pub(super) fn find_parent(tx: &mut Tx<'_>, actor: &Actor, id: ProjectId) -> Result<Stored, Error> {
    let parent = find(tx, actor, id, Capability::ProjectLeader)?;
    if !actor.is_site_administrator() && !actor.site_role().may_publish() {
        return Err(Error::Forbidden(Refusal::CannotPublish));
    }
    Ok(parent.into_inner())
}

/// A row of the table, and its place in the tree.
pub(super) struct Row<'r> {
    pub site: SiteId,
    pub parent: Option<ProjectId>,
    pub name: &'r str,
    pub description: &'r str,
    pub content_permissions: ContentPermissions,
    pub controlling: Option<ProjectId>,
    pub owner: Option<UserId>,
}

pub(super) fn insert(tx: &mut Tx<'_>, id: ProjectId, row: &Row<'_>) -> Result<(), Error> {
    let Row { site, parent, name, description, content_permissions, controlling, owner } = row;
    let now = tx.now();
    tx.execute(
        INSERT,
        values![
            id,
            *site,
            *parent,
            *name,
            name.to_lowercase(),
            *description,
            *content_permissions,
            *controlling,
            *owner,
            now
        ],
    )?;
    tree::plant(tx, id, *parent)
}
