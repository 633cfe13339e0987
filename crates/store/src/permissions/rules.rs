//! The rules that lie on content, as they are listed and changed.

use std::collections::{BTreeMap, btree_map::Entry};

use tavola_model::{Capability, ContentKind, Grantee, PermissionMode, ProjectId, SiteId, UserId};

use super::{Item, grant, rule};
use crate::{
    Actor, Conflict, Error, Invalid, Missing, Refusal, Store,
    audit::{self, By, Done},
    items, projects, sites,
    sql::{Db, Tx, Value, statements, values},
    users, views,
};

statements! {
    RULES_ABOUT = "SELECT r.user_id, r.group_id, r.group_set_id, r.mode, r.capability FROM permission_rules r \
        WHERE r.content_id = $1 AND r.applies_to = $2";
    /// Who leads a project because of a rule of one that it lies in.
    INHERITED_LEADERS = "SELECT r.user_id, r.group_id, r.group_set_id, r.mode FROM project_ancestors a \
        JOIN projects p ON p.id = a.ancestor_id JOIN permission_rules r ON r.content_id = COALESCE(p.controlling_id, p.id) \
        WHERE a.project_id = $1 AND r.content_id <> $2 AND r.applies_to = 'Project' \
        AND r.capability = 'ProjectLeader' AND r.mode = 'Allow'";
    INSERT = "INSERT INTO permission_rules \
        (site_id, content_kind, content_id, applies_to, user_id, group_id, group_set_id, capability, mode) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    DELETE = "DELETE FROM permission_rules WHERE content_id = $1 AND applies_to = $2 AND capability = $3 AND mode = $4 \
        AND COALESCE(user_id, group_id, group_set_id) = $5";
    NAME_OF_GROUP = "SELECT name FROM groups WHERE site_id = $1 AND id = $2";
    NAME_OF_GROUP_SET = "SELECT name FROM group_sets WHERE site_id = $1 AND id = $2";
}

/// What rules lie on: content, or a project as far as it decides about a kind of content in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The kind of the content.
    pub kind: ContentKind,
    /// Its id.
    pub id: String,
    /// What the rules are about: that kind, or one that the project has default rules for.
    pub about: ContentKind,
}

impl Place {
    /// Content, with rules about itself.
    pub fn own(kind: ContentKind, id: impl Into<String>) -> Self {
        Self { kind, id: id.into(), about: kind }
    }

    /// A project, with its default rules about a kind.
    pub fn defaults(project: impl Into<String>, about: ContentKind) -> Self {
        Self { kind: ContentKind::Project, id: project.into(), about }
    }
}

/// A rule that lies on something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LaidRule {
    /// Whom it is about.
    pub grantee: Grantee,
    /// What it is about.
    pub capability: Capability,
    /// Whether it allows or denies that.
    pub mode: PermissionMode,
}

/// The content that rules lie on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Its kind.
    pub kind: ContentKind,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who owns it; none for what is the server's own.
    pub owner_id: Option<UserId>,
}

/// The rules that hold for content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// The content.
    pub subject: Subject,
    /// The project that has the rules, where it is not the content's own that hold.
    pub parent_id: Option<ProjectId>,
    /// The rules, by grantee: groups, group sets, users.
    pub rules: Vec<LaidRule>,
}

/// Content that the actor sees, and what permissions need to know of it.
pub(super) struct Found {
    pub subject: Subject,
    pub item: Item,
    site: SiteId,
    /// For a project: one further up that locks it.
    locked_from_above: bool,
}

pub(super) fn find(db: &mut Db<'_>, actor: &Actor, place: &Place) -> Result<Found, Error> {
    let (id, name, owner_id, item, locked_from_above) = match place.kind {
        ContentKind::Project => {
            let id = place.id.parse().map_err(|_| Error::NotFound(Missing::Project(place.id.clone())))?;
            let project = projects::find_seen(db, actor, id)?;
            let (item, locked_from_above) = (project.item(), project.locked_from_above().is_some());
            (project.id.to_string(), project.name, project.owner_id, item, locked_from_above)
        }
        ContentKind::View => {
            let unknown = |_| Error::NotFound(Missing::Content(place.kind, place.id.clone()));
            let view = views::find(db, actor, place.id.parse().map_err(unknown)?, Capability::Read)?.into_inner();
            let item = view.for_permissions();
            (view.id.to_string(), view.name, Some(view.owner_id), item, false)
        }
        kind => {
            let stored = items::find(db, actor, kind, &place.id, Capability::Read)?.into_inner();
            let item = stored.for_permissions();
            (stored.id, stored.name, Some(stored.owner_id), item, false)
        }
    };
    let subject = Subject { kind: place.kind, id, name, owner_id };
    Ok(Found { subject, item, site: actor.site_id(), locked_from_above })
}

impl Found {
    /// Whether this is about the content itself, and not about what lies in a project.
    fn is_own(&self, place: &Place) -> bool {
        place.about == self.item.kind
    }

    /// The kind that the rules which hold are written about: a view may obey those of its workbook.
    fn rules_about(&self, place: &Place) -> ContentKind {
        if self.is_own(place) { self.item.rules_about } else { place.about }
    }

    /// The rules that hold, as they are stored.
    fn rules(&self, db: &mut Db<'_>, place: &Place) -> Result<BTreeMap<(Grantee, Capability), PermissionMode>, Error> {
        let mut rules = BTreeMap::new();
        for mut row in db.query(RULES_ABOUT, values![&self.item.rules_of, self.rules_about(place)])? {
            let rule = rule(&mut row)?;
            let capability: Capability = row.take()?;
            rules.extend(rule.map(|rule| ((rule.grantee, capability), rule.mode)));
        }
        Ok(rules)
    }

    fn told(self, db: &mut Db<'_>, place: &Place) -> Result<Permissions, Error> {
        let mut rules = self.rules(db, place)?;
        rules.retain(|(_, capability), _| place.about.has(*capability));
        if self.is_own(place) && place.kind == ContentKind::Project {
            for mut row in db.query(INHERITED_LEADERS, values![self.item.project, &self.item.rules_of])? {
                let Some(rule) = rule(&mut row)? else { continue };
                if rules.get(&(rule.grantee, Capability::ProjectLeader)) != Some(&PermissionMode::Allow) {
                    rules.insert((rule.grantee, Capability::InheritedProjectLeader), rule.mode);
                }
            }
        }
        let parent_id = if self.item.rules_of == self.subject.id { None } else { self.item.rules_of.parse().ok() };
        let parent_id = parent_id.filter(|_| self.item.locked);
        let rules = rules.into_iter().map(|((grantee, capability), mode)| LaidRule { grantee, capability, mode });
        Ok(Permissions { subject: self.subject, parent_id, rules: rules.collect() })
    }
}

/// The rules that hold for content, for whoever may read it: where a project decides, that project's; of a view of a workbook
/// that shows tabs, the workbook's. Default rules are for those who have the say in the project.
///
/// Who leads a project because they lead one that it lies in has [`Capability::InheritedProjectLeader`] there.
pub async fn list(store: &Store, actor: &Actor, place: Place) -> Result<Permissions, Error> {
    let actor = actor.clone();
    store
        .scan(move |db| {
            let found = find(db, &actor, &place)?;
            // A project may be seen for what lies in it alone.
            let needed = if found.is_own(&place) { Capability::Read } else { Capability::ProjectLeader };
            grant(db, &actor, &found.item, needed, ())?;
            found.told(db, &place)
        })
        .await
}

/// Adds rules to those that are there. What is so already stays; a rule that says the opposite must be removed first.
///
/// It takes the capability ChangePermissions, on projects the say in them, and that no project and no workbook decides
/// about the permissions instead.
pub async fn add(store: &Store, actor: &Actor, place: Place, rules: Vec<LaidRule>) -> Result<Permissions, Error> {
    let actor = actor.clone();
    store.write(move |tx| change(tx, &actor, &place, &rules, false)).await
}

/// Puts rules in place of those that are there; for the rest as [`add`].
pub async fn replace(store: &Store, actor: &Actor, place: Place, rules: Vec<LaidRule>) -> Result<Permissions, Error> {
    let actor = actor.clone();
    store.write(move |tx| change(tx, &actor, &place, &rules, true)).await
}

/// Removes a rule, for those who may add it.
pub async fn remove(store: &Store, actor: &Actor, place: Place, rule: LaidRule) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let found = find_changeable(tx, &actor, &place)?;
            require_sense(&place, &rule)?;
            let name = name(tx, &actor, rule.grantee)?;
            if found.delete(tx, &place, &rule)? == 0 {
                return Err(Error::NotFound(Missing::Rule(place.kind)));
            }
            found.record(tx, &actor, &place, "delete", &[rule], &name)
        })
        .await
}

fn change(
    tx: &mut Tx<'_>,
    actor: &Actor,
    place: &Place,
    rules: &[LaidRule],
    replace: bool,
) -> Result<Permissions, Error> {
    let found = find_changeable(tx, actor, place)?;
    let mut wanted: BTreeMap<(Grantee, Capability), PermissionMode> = BTreeMap::new();
    let mut names: BTreeMap<Grantee, String> = BTreeMap::new();
    for rule in rules {
        require_sense(place, rule)?;
        if let Entry::Vacant(unnamed) = names.entry(rule.grantee) {
            unnamed.insert(name(tx, actor, rule.grantee)?);
        }
        if wanted.insert((rule.grantee, rule.capability), rule.mode).is_some_and(|mode| mode != rule.mode) {
            return Err(Error::Conflict(Conflict::OppositeRule(rule.capability)));
        }
    }
    let old = found.rules(tx, place)?;
    let laid = |(key, mode): (&(Grantee, Capability), &PermissionMode)| LaidRule {
        grantee: key.0,
        capability: key.1,
        mode: *mode,
    };
    let added: Vec<LaidRule> = wanted.iter().filter(|(key, mode)| old.get(key) != Some(mode)).map(laid).collect();
    let removed: Vec<LaidRule> = if replace {
        old.iter().filter(|(key, mode)| wanted.get(key) != Some(mode)).map(laid).collect()
    } else if let Some(rule) = added.iter().find(|rule| old.contains_key(&(rule.grantee, rule.capability))) {
        return Err(Error::Conflict(Conflict::OppositeRule(rule.capability)));
    } else {
        Vec::new()
    };
    for rule in &removed {
        found.delete(tx, place, rule)?;
    }
    if added.iter().any(|rule| matches!(rule.grantee, Grantee::GroupSet(_))) {
        sites::require_group_sets(tx, found.site)?;
    }
    for rule in &added {
        found.insert(tx, place, rule)?;
    }
    for (action, changed) in [("delete", removed), ("add", added)] {
        for of_grantee in changed.chunk_by(|one, next| one.grantee == next.grantee) {
            let grantee = of_grantee[0].grantee;
            let name = match names.get(&grantee) {
                Some(name) => name.clone(),
                None => stored_name(tx, found.site, grantee)?,
            };
            found.record(tx, actor, place, action, of_grantee, &name)?;
        }
    }
    found.told(tx, place)
}

/// The content, if the actor may change what rules lie on it.
fn find_changeable(tx: &mut Tx<'_>, actor: &Actor, place: &Place) -> Result<Found, Error> {
    let found = find(tx, actor, place)?;
    let needed =
        if place.kind == ContentKind::Project { Capability::ProjectLeader } else { Capability::ChangePermissions };
    grant(tx, actor, &found.item, needed, ())?;
    if place.kind == ContentKind::Project {
        return if found.locked_from_above { Err(Error::Forbidden(Refusal::LockedFromAbove)) } else { Ok(found) };
    }
    if found.item.locked {
        Err(Error::Forbidden(Refusal::LockedByProject))
    } else if found.item.rules_about != found.item.kind {
        Err(Error::Forbidden(Refusal::TabsShown))
    } else {
        Ok(found)
    }
}

/// Refuses rules that no content of the kind can have.
fn require_sense(place: &Place, rule: &LaidRule) -> Result<(), Error> {
    if !place.about.has(rule.capability) {
        return Err(Error::Invalid(Invalid::Capability(place.about, rule.capability)));
    }
    if rule.capability == Capability::ProjectLeader && rule.mode == PermissionMode::Deny {
        return Err(Error::Invalid(Invalid::DeniedLeader));
    }
    Ok(())
}

/// The name of a grantee of the actor's site whom the actor sees.
fn name(db: &mut Db<'_>, actor: &Actor, grantee: Grantee) -> Result<String, Error> {
    match grantee {
        Grantee::User(id) => users::see(db, actor, id).map(|user| user.name),
        other => stored_name(db, actor.site_id(), other),
    }
}

/// The name of a grantee of a site.
pub(super) fn stored_name(db: &mut Db<'_>, site: SiteId, grantee: Grantee) -> Result<String, Error> {
    let (found, missing) = match grantee {
        Grantee::User(id) => {
            let user = users::lookup(db, site, id)?;
            return user.map(|user| user.name).ok_or_else(|| Error::NotFound(Missing::User(id.to_string())));
        }
        Grantee::Group(id) => (db.query_opt(NAME_OF_GROUP, values![site, id])?, Missing::Group(id.to_string())),
        Grantee::GroupSet(id) => {
            (db.query_opt(NAME_OF_GROUP_SET, values![site, id])?, Missing::GroupSet(id.to_string()))
        }
    };
    found.ok_or(Error::NotFound(missing))?.take()
}

impl Found {
    fn insert(&self, tx: &mut Tx<'_>, place: &Place, rule: &LaidRule) -> Result<(), Error> {
        let (user, group, group_set) = match rule.grantee {
            Grantee::User(id) => (Some(id), None, None),
            Grantee::Group(id) => (None, Some(id), None),
            Grantee::GroupSet(id) => (None, None, Some(id)),
        };
        let (rule_of, about) = (&self.item.rules_of, place.about);
        let values = values![self.site, place.kind, rule_of, about, user, group, group_set, rule.capability, rule.mode];
        tx.execute(INSERT, values).map(drop)
    }

    fn delete(&self, tx: &mut Tx<'_>, place: &Place, rule: &LaidRule) -> Result<u64, Error> {
        let grantee = match rule.grantee {
            Grantee::User(id) => Value::from(id),
            Grantee::Group(id) => Value::from(id),
            Grantee::GroupSet(id) => Value::from(id),
        };
        let values = values![&self.item.rules_of, place.about, rule.capability, rule.mode, grantee];
        tx.execute(DELETE, values)
    }

    /// Writes down what was changed for a grantee.
    fn record(
        &self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        place: &Place,
        action: &str,
        rules: &[LaidRule],
        name: &str,
    ) -> Result<(), Error> {
        let kind = place.kind.to_string().to_lowercase();
        let about = if self.is_own(place) { String::new() } else { format!("default of {}: ", place.about) };
        let whom = match rules.first().map(|rule| rule.grantee) {
            Some(Grantee::Group(_)) => "group",
            Some(Grantee::GroupSet(_)) => "group set",
            _ => "user",
        };
        let what: Vec<String> = rules.iter().map(|rule| format!("{} {}", rule.mode, rule.capability)).collect();
        audit::record(
            tx,
            By::Actor(actor),
            Done {
                action: &format!("{kind}.permissions.{action}"),
                kind: &kind,
                id: Some(self.subject.id.clone()),
                name: Some(&self.subject.name),
                detail: Some(format!("{about}{whom} `{name}`: {}", what.join(", "))),
                site: Some(self.site),
            },
        )
    }
}
