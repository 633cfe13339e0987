//! Permissions: the rules that are stored, and what they come to, for one piece of content and for whole lists.
//!
//! For one piece the rules are fetched and [`tavola_model::decide`] decides. For lists the same order of reasons is
//! written in SQL, here and nowhere else; a test compares the two on random worlds.
//!
//! Whose rules hold: those of the content itself, unless its project is locked; then those that the locking project has
//! for its kind. A nested project obeys the own rules of the project that locks it.
//!
//! The rules that lie on content are told by [`list`] and changed by [`add`], [`replace`] and [`remove`]; what they come to for
//! one user, and why, is told by [`effective()`].

mod effective;
mod rules;

use std::ops::Deref;

use tavola_model::{
    Capability, ContentKind, Decision, Grantee, GroupId, GroupSetId, Lead, PermissionMode, ProjectId, Question, Rule,
    SiteId, SiteRole, Template, UserId, can_lead, decide, first_rule,
};

use crate::{
    Actor, Error, Refusal,
    sql::{Db, Row, Tx, Value, statements, values},
    users::User,
};

#[cfg(test)]
pub(crate) use {effective::STATEMENTS as EFFECTIVE_STATEMENTS, rules::STATEMENTS as RULE_STATEMENTS};

pub use effective::{Effective, effective};
pub use rules::{LaidRule, Permissions, Place, Subject, add, list, remove, replace};

macro_rules! of_user {
    ($user:literal) => {
        concat!(
            "(r.user_id = ",
            $user,
            " OR r.group_id IN (SELECT gu.group_id FROM group_users gu WHERE gu.user_id = ",
            $user,
            // Whoever is in each group of a set, on a site that has group sets.
            ") OR r.group_set_id IN (SELECT gg.group_set_id FROM group_users gu \
              JOIN group_set_groups gg ON gg.group_id = gu.group_id WHERE gu.user_id = \
              (SELECT su.id FROM users su JOIN sites ss ON ss.id = su.site_id WHERE ss.group_sets_enabled = 1 AND su.id = ",
            $user,
            ") GROUP BY gg.group_set_id HAVING COUNT(*) = \
              (SELECT COUNT(*) FROM group_set_groups og WHERE og.group_set_id = gg.group_set_id)))"
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
    COPY_DEFAULTS = "INSERT INTO permission_rules \
        (site_id, content_kind, content_id, applies_to, user_id, group_id, group_set_id, capability, mode) \
        SELECT site_id, applies_to, $2, applies_to, user_id, group_id, group_set_id, capability, mode \
        FROM permission_rules WHERE content_id = $1 AND applies_to = $3";
    COPY_TO_VIEW = "INSERT INTO permission_rules \
        (site_id, content_kind, content_id, applies_to, user_id, group_id, group_set_id, capability, mode) \
        SELECT site_id, 'View', $2, 'View', user_id, group_id, group_set_id, capability, mode \
        FROM permission_rules WHERE content_id = $1 AND applies_to = 'Workbook' AND capability = $3";
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
    /// The project it lies in; a project's own id.
    pub project: ProjectId,
    /// Whether the project decides about permissions: `projects.controlling_id` is there.
    pub locked: bool,
    pub owner: Option<UserId>,
    /// The content whose rules hold: it itself, the project that is locked, or the workbook of a view.
    pub rules_of: String,
    /// The kind of content that those rules are about.
    pub rules_about: ContentKind,
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

/// The thing, if the actor has this capability on it; `unknown` if they may not even read it: whom it does not show itself
/// to, it does not exist for.
pub(crate) fn grant_seen<T>(
    db: &mut Db<'_>,
    actor: &Actor,
    item: &Item,
    capability: Capability,
    thing: T,
    unknown: impl FnOnce() -> Error,
) -> Result<Granted<T>, Error> {
    match grant(db, actor, item, Capability::Read, thing) {
        Err(Error::Forbidden(_)) => Err(unknown()),
        Ok(Granted(thing)) if capability != Capability::Read => grant(db, actor, item, capability, thing),
        readable => readable,
    }
}

/// Whether the actor may do something with a piece of content, and why.
pub(crate) fn decision(db: &mut Db<'_>, actor: &Actor, item: &Item, capability: Capability) -> Result<Decision, Error> {
    let asker = Asker::from(actor);
    let lead = asker.lead(db, item.project)?;
    asker.decision(db, item, lead, capability)
}

/// A user as far as permissions go: who acts, or who is asked about.
#[derive(Debug, Clone, Copy)]
struct Asker {
    user: UserId,
    role: SiteRole,
    administrator: bool,
}

impl From<&Actor> for Asker {
    fn from(actor: &Actor) -> Self {
        Self { user: actor.user_id(), role: actor.site_role(), administrator: actor.is_site_administrator() }
    }
}

impl From<&User> for Asker {
    fn from(user: &User) -> Self {
        let administrator = user.server_administrator || user.site_role.administers_site();
        Self { user: user.id, role: user.site_role, administrator }
    }
}

impl Asker {
    /// Whether the user may do something with a piece of content, in whose project they have this say, and why.
    fn decision(
        self,
        db: &mut Db<'_>,
        item: &Item,
        lead: Option<Lead>,
        capability: Capability,
    ) -> Result<Decision, Error> {
        let question = Question {
            role: self.role,
            administrator: self.administrator,
            kind: item.kind,
            capability,
            lead,
            owner: item.owner == Some(self.user),
            locked: item.locked,
            rules: &[],
        };
        if question.administrator {
            return Ok(decide(&question));
        }
        let rules = db
            .query(RULES, values![&item.rules_of, item.rules_about, capability, self.user])?
            .iter_mut()
            .filter_map(|row| rule(row).transpose())
            .collect::<Result<Vec<_>, _>>()?;
        Ok(decide(&Question { rules: &rules, ..question }))
    }

    /// Whether, and why, the user has the say in a project. Administrators are not asked: they have it everywhere.
    fn lead(self, db: &mut Db<'_>, project: ProjectId) -> Result<Option<Lead>, Error> {
        if self.administrator {
            return Ok(None);
        }
        let mut of_projects: Vec<(ProjectId, Vec<Rule>)> = Vec::new();
        for mut row in db.query(LEADS, values![project, self.user])? {
            let owns: bool = row.take()?;
            let rule = rule(&mut row)?;
            let id = row.take()?;
            if owns {
                return Ok(Some(Lead::Owner(id)));
            }
            match of_projects.last_mut() {
                Some((last, rules)) if *last == id => rules.extend(rule),
                _ => of_projects.push((id, rule.into_iter().collect())),
            }
        }
        let leader = |(project, rules): &(ProjectId, Vec<Rule>)| {
            first_rule(rules).filter(|rule| rule.mode == PermissionMode::Allow).map(|rule| Lead::Leader(*project, rule))
        };
        Ok(of_projects.iter().find_map(leader))
    }
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

/// The first values of a statement with the conditions below: the actor's site and, for those who are no administrators, the
/// actor.
pub(crate) fn values_of(actor: &Actor) -> Vec<Value> {
    let mut values = values![actor.site_id()].to_vec();
    if !actor.is_site_administrator() {
        values.push(Value::from(actor.user_id()));
    }
    values
}

/// How many rows a condition is asked of. It says the same of a row either way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Of whole lists: what the actor is allowed is one set for the statement, and rows are looked up in it.
    OfAll,
    /// Of the rows of a page or of less: the rules of each are looked up, and no others.
    OfFew,
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
        allowing(ContentKind::Project, ContentKind::Project, capability)
    )
}

/// For lists, as [`on_project`]: the condition that the actor has a capability on the content item of the row `i`, of one
/// kind, which lies in the project of the row `p`.
pub(crate) fn on_item(actor: &Actor, kind: ContentKind, capability: Capability, asked: Asked) -> String {
    let own_rules = match asked {
        Asked::OfAll => format!("i.id IN ({})", allowing(kind, kind, capability)),
        Asked::OfFew => is_allowed("i.id", kind, capability),
    };
    on_content(actor, (kind, kind), capability, asked, &own_rules)
}

/// For lists, as [`on_item`]: the condition that the actor has a capability on the view of the row `v`, of the workbook of
/// the rows `w` and `i`. A view has rules of its own only where tabs are not shown and the project does not decide.
pub(crate) fn on_view(actor: &Actor, capability: Capability, asked: Asked) -> String {
    let (view, workbook) = (ContentKind::View, ContentKind::Workbook);
    let (of_view, of_workbook) = match asked {
        Asked::OfAll => (
            format!("v.id IN ({})", allowing(view, view, capability)),
            format!("i.id IN ({})", allowing(workbook, workbook, capability)),
        ),
        Asked::OfFew => (is_allowed("v.id", view, capability), is_allowed("i.id", workbook, capability)),
    };
    let own_rules = format!("(CASE WHEN w.show_tabs = 0 THEN {of_view} ELSE {of_workbook} END)");
    on_content(actor, (view, workbook), capability, asked, &own_rules)
}

/// The condition on content of a kind, about which a project that is locked has the rules about the other; elsewhere what
/// `own_rules` says holds.
fn on_content(
    actor: &Actor,
    (kind, about): (ContentKind, ContentKind),
    capability: Capability,
    asked: Asked,
    own_rules: &str,
) -> String {
    if actor.is_site_administrator() {
        return "1 = 1".to_owned();
    }
    if !actor.site_role().may_have(kind, capability) {
        return "1 = 0".to_owned();
    }
    let by_owner = if capability == Capability::ChangePermissions {
        "(i.owner_id = $2 AND p.controlling_id IS NULL)"
    } else {
        "i.owner_id = $2"
    };
    let led = led_projects(actor);
    match asked {
        // By ids of projects alone, so that no project need be looked at for each item.
        Asked::OfAll => format!(
            "({by_owner} OR i.project_id IN (SELECT op.id FROM projects op WHERE op.site_id = $1 \
             AND (op.id IN ({led}) OR op.controlling_id IN ({}))) \
             OR ({own_rules} AND i.project_id NOT IN \
             (SELECT op.id FROM projects op WHERE op.site_id = $1 AND op.controlling_id IS NOT NULL)))",
            allowing(ContentKind::Project, about, capability)
        ),
        Asked::OfFew => format!(
            "({by_owner} OR p.id IN ({led}) \
             OR (CASE WHEN p.controlling_id IS NULL THEN {own_rules} ELSE {} END))",
            is_allowed("p.controlling_id", about, capability)
        ),
    }
}

/// The ids of the projects in which the actor has the say. As [`Asker::lead`] for each.
fn led_projects(actor: &Actor) -> String {
    let by_rule = if can_lead(actor.site_role()) {
        format!(
            " OR COALESCE(lp.controlling_id, lp.id) IN ({})",
            allowing(ContentKind::Project, ContentKind::Project, Capability::ProjectLeader)
        )
    } else {
        String::new()
    };
    format!(
        "SELECT la.project_id FROM project_ancestors la JOIN projects lp ON lp.id = la.ancestor_id \
         WHERE lp.site_id = $1 AND (lp.owner_id = $2{by_rule})"
    )
}

/// The rule that decides of those of one piece of content, as [`first_rule`]: it allows where this is 1, 3 or 5.
macro_rules! first_rule {
    () => {
        "MIN(CASE WHEN r.user_id IS NOT NULL THEN 0 WHEN r.group_id IS NOT NULL THEN 2 ELSE 4 END \
         + CASE r.mode WHEN 'Deny' THEN 0 ELSE 1 END)"
    };
}

/// The ids of the content of a kind whose rules about a kind allow the actor something, whatever their role.
pub(crate) fn allowing(of: ContentKind, about: ContentKind, capability: Capability) -> String {
    format!(
        concat!(
            "SELECT r.content_id FROM permission_rules r WHERE r.site_id = $1 AND r.content_kind = '{}' \
             AND r.applies_to = '{}' AND r.capability = '{}' AND ",
            of_user!("$2"),
            " GROUP BY r.content_id HAVING ",
            first_rule!(),
            " IN (1, 3, 5)"
        ),
        of, about, capability
    )
}

/// The same as a condition on one piece of content, by the SQL that gives its id.
pub(crate) fn is_allowed(id: &str, about: ContentKind, capability: Capability) -> String {
    format!(
        concat!(
            "(SELECT ",
            first_rule!(),
            " FROM permission_rules r WHERE r.content_id = {} AND r.applies_to = '{}' AND r.capability = '{}' AND ",
            of_user!("$2"),
            ") IN (1, 3, 5)"
        ),
        id, about, capability
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

/// Gives a content item the rules that a project has for its kind, in place of those it has.
pub(crate) fn copy_defaults(tx: &mut Tx<'_>, project: ProjectId, kind: ContentKind, item: &str) -> Result<(), Error> {
    delete_of(tx, item)?;
    tx.execute(COPY_DEFAULTS, values![project, item, kind]).map(drop)
}

/// Gives a view the rules of its workbook, as far as views have them, in place of those it has.
pub(crate) fn copy_to_view(tx: &mut Tx<'_>, workbook: &str, view: &str) -> Result<(), Error> {
    delete_of(tx, view)?;
    for (capability, _) in ContentKind::View.capabilities() {
        tx.execute(COPY_TO_VIEW, values![workbook, view, *capability])?;
    }
    Ok(())
}

/// Deletes the rules that lie on a piece of content. Nothing else does: a rule does not know the table of what it lies on.
pub(crate) fn delete_of(tx: &mut Tx<'_>, content: impl Into<Value>) -> Result<(), Error> {
    tx.execute(DELETE_OF, &[content.into()]).map(drop)
}
