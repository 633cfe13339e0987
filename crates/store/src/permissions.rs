//! Permissions: the rules that are stored, and what they come to, for one piece of content and for whole lists.
//!
//! For one piece the rules are fetched and [`tavola_model::decide`] decides. For lists the same order of reasons is
//! written in SQL, here and nowhere else; a test compares the two on random worlds.
//!
//! Whose rules hold: those of the content itself, unless its project is locked; then those that the locking project has
//! for its kind. A nested project obeys the own rules of the project that locks it.

use std::ops::Deref;

use tavola_model::{
    Capability, ContentKind, Decision, Grantee, GroupId, GroupSetId, Lead, PermissionMode, ProjectId, Question, Rule,
    SiteId, Template, UserId, can_lead, decide, first_rule,
};

use crate::{
    Actor, Error, Refusal,
    sql::{Db, Row, Tx, statements, values},
};

macro_rules! of_user {
    ($user:literal) => {
        concat!(
            "(r.user_id = ",
            $user,
            " OR r.group_id IN (SELECT gu.group_id FROM group_users gu WHERE gu.user_id = ",
            $user,
            ") OR r.group_set_id IN (SELECT gg.group_set_id FROM group_set_groups gg \
              JOIN group_users gu ON gu.group_id = gg.group_id WHERE gu.user_id = ",
            $user,
            "))"
        )
    };
}

statements! {
    RULES = concat!("SELECT r.user_id, r.group_id, r.group_set_id, r.mode FROM permission_rules r \
        WHERE r.content_id = $1 AND r.applies_to = $2 AND r.capability = $3 AND ", of_user!("$4"),
        " ORDER BY r.user_id, r.group_id, r.group_set_id");
    /// A project and those it lies in, from the inside out: whether the user owns it, and rules that make them its leader.
    LEADS = concat!("SELECT CASE WHEN p.owner_id = $2 THEN 1 ELSE 0 END, r.user_id, r.group_id, r.group_set_id, r.mode, \
        p.id FROM project_ancestors a JOIN projects p ON p.id = a.ancestor_id \
        LEFT JOIN permission_rules r ON r.content_id = COALESCE(p.controlling_id, p.id) AND r.applies_to = 'Project' \
        AND r.capability = 'ProjectLeader' AND ", of_user!("$2"), " WHERE a.project_id = $1 ORDER BY a.depth");
    ALLOW_ALL_USERS = "INSERT INTO permission_rules \
        (site_id, content_kind, content_id, applies_to, group_id, capability, mode) \
        SELECT $1, 'Project', $2, $3, id, $4, 'Allow' FROM groups WHERE site_id = $1 AND all_users = 1";
    COPY = "INSERT INTO permission_rules \
        (site_id, content_kind, content_id, applies_to, user_id, group_id, group_set_id, capability, mode) \
        SELECT site_id, content_kind, $2, applies_to, user_id, group_id, group_set_id, capability, mode \
        FROM permission_rules WHERE content_id = $1";
    DELETE_OF = "DELETE FROM permission_rules WHERE content_id = $1";
}

/// A thing that the actor was found to have a capability on, in the transaction at hand. Only this module makes one, so
/// whoever changes something must have asked.
#[derive(Debug)]
pub(crate) struct Granted<T>(T);

impl<T> Granted<T> {
    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Granted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// What permissions need to know of a piece of content.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub kind: ContentKind,
    pub id: String,
    /// The project it lies in; a project's own id.
    pub project: ProjectId,
    /// The project that is locked and whose rules hold, if there is one: `projects.controlling_id`.
    pub controlling: Option<ProjectId>,
    pub owner: Option<UserId>,
}

/// The thing, if the actor has this capability on it.
pub(crate) fn grant<T>(
    db: &mut Db<'_>,
    actor: &Actor,
    item: &Item,
    capability: Capability,
    thing: T,
) -> Result<Granted<T>, Error> {
    if decision(db, actor, item, capability)?.is_allowed() {
        Ok(Granted(thing))
    } else {
        Err(Error::Forbidden(Refusal::LacksCapability(capability)))
    }
}

/// Whether the actor may do something with a piece of content, and why.
pub(crate) fn decision(db: &mut Db<'_>, actor: &Actor, item: &Item, capability: Capability) -> Result<Decision, Error> {
    let mut question = Question {
        role: actor.site_role(),
        administrator: actor.is_site_administrator(),
        kind: item.kind,
        capability,
        lead: None,
        owner: item.owner == Some(actor.user_id()),
        locked: item.controlling.is_some(),
        rules: &[],
    };
    if question.administrator {
        return Ok(decide(&question));
    }
    question.lead = lead(db, actor, item.project)?;
    let source = item.controlling.map_or_else(|| item.id.clone(), |project| project.to_string());
    let rules = db
        .query(RULES, values![source, item.kind, capability, actor.user_id()])?
        .iter_mut()
        .filter_map(|row| rule(row).transpose())
        .collect::<Result<Vec<_>, _>>()?;
    Ok(decide(&Question { rules: &rules, ..question }))
}

/// Whether, and why, the actor has the say in a project.
fn lead(db: &mut Db<'_>, actor: &Actor, project: ProjectId) -> Result<Option<Lead>, Error> {
    let mut of_projects: Vec<(ProjectId, Vec<Rule>)> = Vec::new();
    for mut row in db.query(LEADS, values![project, actor.user_id()])? {
        if row.take::<bool>()? {
            return Ok(Some(Lead::Owner));
        }
        let rule = rule(&mut row)?;
        let id = row.take()?;
        match of_projects.last_mut() {
            Some((last, rules)) if *last == id => rules.extend(rule),
            _ => of_projects.push((id, rule.into_iter().collect())),
        }
    }
    let leads = |rules: &[Rule]| first_rule(rules).is_some_and(|rule| rule.mode == PermissionMode::Allow);
    Ok(of_projects.iter().any(|(_, rules)| leads(rules)).then_some(Lead::Leader))
}

/// The next columns as a rule; none where a join found none.
fn rule(row: &mut Row) -> Result<Option<Rule>, Error> {
    let user: Option<UserId> = row.take()?;
    let group: Option<GroupId> = row.take()?;
    let group_set: Option<GroupSetId> = row.take()?;
    let mode: Option<PermissionMode> = row.take()?;
    let grantee = user.map(Grantee::User).or(group.map(Grantee::Group)).or(group_set.map(Grantee::GroupSet));
    Ok(grantee.zip(mode).map(|(grantee, mode)| Rule { grantee, mode }))
}

/// For lists, where `$1` is the actor's site and, for those who are no administrators, `$2` the actor: the condition that
/// the actor has a capability on the project of the row `alias`.
pub(crate) fn on_project(actor: &Actor, alias: &str, capability: Capability) -> String {
    if actor.is_site_administrator() {
        return "1 = 1".to_owned();
    }
    if !actor.site_role().may_have(ContentKind::Project, capability) {
        return "1 = 0".to_owned();
    }
    format!(
        "({alias}.id IN ({}) OR COALESCE({alias}.controlling_id, {alias}.id) IN ({}))",
        led_projects(actor),
        allowing(ContentKind::Project, capability)
    )
}

/// The ids of the projects in which the actor has the say. As [`lead`] for each.
fn led_projects(actor: &Actor) -> String {
    let by_rule = if can_lead(actor.site_role()) {
        format!(
            " OR COALESCE(lp.controlling_id, lp.id) IN ({})",
            allowing(ContentKind::Project, Capability::ProjectLeader)
        )
    } else {
        String::new()
    };
    format!(
        "SELECT la.project_id FROM project_ancestors la JOIN projects lp ON lp.id = la.ancestor_id \
         WHERE lp.site_id = $1 AND (lp.owner_id = $2{by_rule})"
    )
}

/// The ids of the content whose rules about a kind allow the actor something. As [`first_rule`] for each.
fn allowing(kind: ContentKind, capability: Capability) -> String {
    format!(
        "SELECT r.content_id FROM permission_rules r WHERE r.site_id = $1 AND r.applies_to = '{kind}' \
         AND r.capability = '{capability}' AND {} GROUP BY r.content_id \
         HAVING MIN(CASE WHEN r.user_id IS NULL THEN 2 ELSE 0 END + CASE r.mode WHEN 'Deny' THEN 0 ELSE 1 END) IN (1, 3)",
        of_user!("$2")
    )
}

/// What everybody may do in the project that each site begins with, and thus in those made like it: see it and publish
/// there, and work with what others have published.
pub(crate) fn of_all_users() -> impl Iterator<Item = (ContentKind, Capability)> {
    let own = ContentKind::Project.template(Template::Publish).map(|capability| (ContentKind::Project, capability));
    let defaults = ContentKind::in_projects()
        .flat_map(|kind| kind.template(Template::Explore).map(move |capability| (kind, capability)));
    own.chain(defaults)
}

/// Lets everybody do in a project what they may do in the one that each site begins with.
pub(crate) fn allow_all_users(tx: &mut Tx<'_>, site: SiteId, project: ProjectId) -> Result<(), Error> {
    for (kind, capability) in of_all_users() {
        tx.execute(ALLOW_ALL_USERS, values![site, project, kind, capability])?;
    }
    Ok(())
}

/// Gives a project the rules of another, in place of those it has.
pub(crate) fn copy(tx: &mut Tx<'_>, from: ProjectId, to: ProjectId) -> Result<(), Error> {
    delete_of(tx, to)?;
    tx.execute(COPY, values![from, to]).map(drop)
}

/// Deletes the rules that lie on a project. Nothing else does: a rule does not know the table of what it lies on.
pub(crate) fn delete_of(tx: &mut Tx<'_>, project: ProjectId) -> Result<(), Error> {
    tx.execute(DELETE_OF, values![project]).map(drop)
}
