//! Whether a plan takes from the caller what it takes to change rules.

use std::collections::BTreeSet;

use tavola_client::model::{
    Capability, ContentKind, Grantee, GroupId, GroupSetId, Lead, PermissionMode, ProjectId, Question, Rule, SiteRole,
    UserId, can_lead, decide, first_rule,
};

use super::policy::{ALL_USERS, Path, Place, Policy, Whom};

/// The caller.
#[derive(Debug, Clone)]
pub struct Caller {
    pub name: String,
    /// The role on the site; none if the server does not tell.
    pub role: Option<SiteRole>,
    /// The groups, as far as the server tells.
    pub groups: BTreeSet<String>,
    /// The content that is the caller's.
    pub owns: BTreeSet<Place>,
}

impl Caller {
    /// Whether rules say nothing about what the caller may do.
    pub fn is_administrator(&self) -> bool {
        self.role.is_some_and(SiteRole::administers_site)
    }
}

/// The projects and the content whose rules the caller can change before, and not after.
pub fn locked_out(caller: &Caller, before: &Policy, after: &Policy) -> Vec<Place> {
    if caller.is_administrator() {
        return Vec::new();
    }
    let kept = after.projects.iter().flatten().map(|(path, _)| Place::Project(path.clone()));
    let content = before.rules.keys().filter(|place| !place.is_of_project()).cloned();
    kept.chain(content)
        .filter(|place| before.project(place.project()).is_some())
        .filter(|place| can_change(caller, before, place) && !can_change(caller, after, place))
        .collect()
}

/// Whether the caller can change the rules that lie there.
fn can_change(caller: &Caller, site: &Policy, place: &Place) -> bool {
    let project = place.project();
    let locked = site.controller(project).is_some();
    let may = |kind: ContentKind, capability: Capability, owner: bool| {
        decide(&Question {
            role: caller.role.unwrap_or(SiteRole::Creator),
            administrator: false,
            kind,
            capability,
            lead: lead(caller, site, project),
            owner,
            locked,
            rules: &rules(caller, site, place, capability),
        })
        .is_allowed()
    };
    match place {
        Place::Project(_) | Place::Defaults(..) => may(ContentKind::Project, Capability::ProjectLeader, false),
        Place::Content(..) | Place::View(..) => {
            let owner = caller.owns.contains(place);
            [Capability::Read, Capability::ChangePermissions]
                .into_iter()
                .all(|capability| may(place.about(), capability, owner))
        }
    }
}

/// Why the caller has the say in a project.
fn lead(caller: &Caller, site: &Policy, project: &Path) -> Option<Lead> {
    // Decisions do not tell which project it was.
    const PROJECT: ProjectId = ProjectId::from_random_bytes([0; 16]);
    let owns = |path: &Path| site.project(path).and_then(|project| project.owner.as_ref()) == Some(&caller.name);
    if project.way().any(|path| owns(&path)) {
        return Some(Lead::Owner(PROJECT));
    }
    let leads = |path: Path| {
        let source = Place::Project(site.controller(&path).unwrap_or(path));
        let rule = first_rule(&rules(caller, site, &source, Capability::ProjectLeader))?;
        (rule.mode == PermissionMode::Allow).then_some(Lead::Leader(PROJECT, rule))
    };
    project.way().rev().find_map(leads).filter(|_| can_lead(caller.role.unwrap_or(SiteRole::Creator)))
}

/// The rules about a capability that concern the caller. Of grantees it only counts what they are.
fn rules(caller: &Caller, site: &Policy, place: &Place, capability: Capability) -> Vec<Rule> {
    let in_group = |group: &String| group == ALL_USERS || caller.groups.contains(group);
    let concerns = |whom: &Whom| match whom {
        Whom::User(name) => (*name == caller.name).then_some(Grantee::User(UserId::from_random_bytes([0; 16]))),
        Whom::Group(name) => in_group(name).then_some(Grantee::Group(GroupId::from_random_bytes([0; 16]))),
        Whom::GroupSet(name) => {
            let groups = site.group_sets.as_ref().and_then(|sets| sets.get(name)?.as_ref());
            let is_in = groups.is_some_and(|groups| !groups.is_empty() && groups.iter().all(in_group));
            is_in.then_some(Grantee::GroupSet(GroupSetId::from_random_bytes([0; 16])))
        }
    };
    let here = site.rules.get(place).into_iter().flatten().filter(|((_, about), _)| *about == capability);
    here.filter_map(|((whom, _), mode)| Some(Rule { grantee: concerns(whom)?, mode: *mode })).collect()
}
