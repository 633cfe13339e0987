//! Permissions: one pure function says who may do what with a piece of content, and why.
//!
//! The database answers the same question for whole lists in SQL, and a test of the store compares the two.

use crate::{Capability, ContentKind, GroupId, GroupSetId, ProjectId, SiteRole, UserId, vocabulary::vocabulary};

vocabulary! {
    /// What a rule does.
    PermissionMode, "mode of a rule" { Allow, Deny }
}

vocabulary! {
    /// What decided about a capability, in one word.
    Reason, "reason of a decision" {
        // It is allowed:
        Administrator,
        ProjectOwner,
        ProjectLeader,
        Owner,
        // Either way:
        Rule,
        // It is denied:
        SiteRole,
        NoRule,
    }
}

/// Whom a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grantee {
    /// All users of a group.
    Group(GroupId),
    /// All who are in each group of a set.
    GroupSet(GroupSetId),
    /// One user.
    User(UserId),
}

/// A rule about one capability: of the user who asks, or of a group or group set of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rule {
    /// Whom it is about.
    pub grantee: Grantee,
    /// What it does.
    pub mode: PermissionMode,
}

/// Why someone has the say in a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lead {
    /// They own it, or one that it lies in: this one.
    Owner(ProjectId),
    /// A rule makes them project leader of it, or of one that it lies in: this rule, of this one.
    Leader(ProjectId, Rule),
}

/// May this user do this with this piece of content?
#[derive(Debug, Clone, Copy)]
pub struct Question<'q> {
    /// The user's role on the site.
    pub role: SiteRole,
    /// Whether the user administers the site or the server.
    pub administrator: bool,
    /// The kind of content.
    pub kind: ContentKind,
    /// What is to be done.
    pub capability: Capability,
    /// Whether the user has the say in the project that the content lies in, or, of a project, in itself.
    pub lead: Option<Lead>,
    /// Whether the user owns the content.
    pub owner: bool,
    /// Whether the project decides about permissions, and not the owners of the content.
    pub locked: bool,
    /// The rules about this capability that concern the user: those of the content, or of the locked project for its kind.
    pub rules: &'q [Rule],
}

/// The answer, and the first thing that decided it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Yes.
    Allowed(Allows),
    /// No.
    Denied(Denies),
}

/// What allowed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Allows {
    /// Administrators may do everything.
    Administrator,
    /// The user has the say in the project.
    Lead(Lead),
    /// The user owns the content.
    Owner,
    /// A rule.
    Rule(Rule),
}

/// What denied it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Denies {
    /// No user of this role may, or the kind of content does not know the capability.
    SiteRole,
    /// A rule.
    Rule(Rule),
    /// No rule says anything.
    NothingSaid,
}

impl Decision {
    /// Whether it is a yes.
    pub fn is_allowed(self) -> bool {
        matches!(self, Self::Allowed(_))
    }

    /// What it is, as a rule would say it.
    pub fn mode(self) -> PermissionMode {
        if self.is_allowed() { PermissionMode::Allow } else { PermissionMode::Deny }
    }

    /// What decided it.
    pub fn reason(self) -> Reason {
        match self {
            Self::Allowed(Allows::Administrator) => Reason::Administrator,
            Self::Allowed(Allows::Lead(Lead::Owner(_))) => Reason::ProjectOwner,
            Self::Allowed(Allows::Lead(Lead::Leader(..))) => Reason::ProjectLeader,
            Self::Allowed(Allows::Owner) => Reason::Owner,
            Self::Allowed(Allows::Rule(_)) | Self::Denied(Denies::Rule(_)) => Reason::Rule,
            Self::Denied(Denies::SiteRole) => Reason::SiteRole,
            Self::Denied(Denies::NothingSaid) => Reason::NoRule,
        }
    }

    /// The rule that decided it, if one did; also one that makes the user a leader of the project.
    pub fn rule(self) -> Option<Rule> {
        match self {
            Self::Allowed(Allows::Rule(rule) | Allows::Lead(Lead::Leader(_, rule)))
            | Self::Denied(Denies::Rule(rule)) => Some(rule),
            _ => None,
        }
    }

    /// The project in which the user has the say, if that decided it.
    pub fn led_project(self) -> Option<ProjectId> {
        match self {
            Self::Allowed(Allows::Lead(Lead::Owner(project) | Lead::Leader(project, _))) => Some(project),
            _ => None,
        }
    }
}

/// Answers a question: the first of these that applies decides.
///
/// 1. No user of the role can have the capability: no.
/// 2. The user is an administrator: yes.
/// 3. The user owns or leads the project, or one that it lies in: yes.
/// 4. The user owns the content: yes, except changing permissions in a locked project.
/// 5. A rule for the user.
/// 6. Rules for groups: no if one of them denies it, otherwise yes if one allows it.
/// 7. Rules for group sets, likewise.
/// 8. No.
pub fn decide(question: &Question<'_>) -> Decision {
    let Question { role, administrator, kind, capability, lead, owner, locked, rules } = *question;
    // Who administers the server is a user of that role on every site.
    if !(role.may_have(kind, capability) || administrator && kind.has(capability)) {
        return Decision::Denied(Denies::SiteRole);
    }
    if administrator {
        return Decision::Allowed(Allows::Administrator);
    }
    if let Some(lead) = lead.filter(|lead| matches!(lead, Lead::Owner(_)) || can_lead(role)) {
        return Decision::Allowed(Allows::Lead(lead));
    }
    if owner && !(locked && capability == Capability::ChangePermissions) {
        return Decision::Allowed(Allows::Owner);
    }
    match first_rule(rules) {
        Some(rule) if rule.mode == PermissionMode::Allow => Decision::Allowed(Allows::Rule(rule)),
        Some(rule) => Decision::Denied(Denies::Rule(rule)),
        None => Decision::Denied(Denies::NothingSaid),
    }
}

/// Whether a rule can make a user of this role leader of a project.
pub fn can_lead(role: SiteRole) -> bool {
    role.may_have(ContentKind::Project, Capability::ProjectLeader)
}

/// The one of several rules about one capability that decides: the user's own, then those of groups, then those of group
/// sets; of each a denial, then an allowance. Of rules that say the same, always the same one.
pub fn first_rule(rules: &[Rule]) -> Option<Rule> {
    rules.iter().copied().min_by_key(|rule| {
        let place = match rule.grantee {
            Grantee::User(_) => 0,
            Grantee::Group(_) => 1,
            Grantee::GroupSet(_) => 2,
        };
        (place, rule.mode == PermissionMode::Allow, rule.grantee)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use Capability::{ChangePermissions, Delete, ProjectLeader, Read, Write};
    use ContentKind::{Project, Workbook};
    use PermissionMode::{Allow, Deny};
    use SiteRole::{Creator, Explorer, SiteAdministratorExplorer, Unlicensed, Viewer};

    const USER: Grantee = Grantee::User(UserId::from_random_bytes([1; 16]));
    const GROUP: Grantee = Grantee::Group(GroupId::from_random_bytes([2; 16]));
    const OTHER_GROUP: Grantee = Grantee::Group(GroupId::from_random_bytes([3; 16]));
    const PROJECT: ProjectId = ProjectId::from_random_bytes([5; 16]);
    const OWNS_PROJECT: Option<Lead> = Some(Lead::Owner(PROJECT));
    const LEADS: Option<Lead> = Some(Lead::Leader(PROJECT, Rule { grantee: USER, mode: Allow }));
    const GROUP_SET: Grantee = Grantee::GroupSet(GroupSetId::from_random_bytes([4; 16]));

    const OTHER_SET: Grantee = Grantee::GroupSet(GroupSetId::from_random_bytes([6; 16]));

    fn rule(grantee: Grantee, mode: PermissionMode) -> Rule {
        Rule { grantee, mode }
    }

    fn ask(role: SiteRole, kind: ContentKind, capability: Capability) -> Question<'static> {
        Question {
            role,
            administrator: role.administers_site(),
            kind,
            capability,
            lead: None,
            owner: false,
            locked: false,
            rules: &[],
        }
    }

    #[test]
    fn the_first_thing_that_applies_decides() {
        let allowed = Decision::Allowed;
        let denied = Decision::Denied;
        let deny_all = [rule(USER, Deny), rule(GROUP, Deny)];
        let rules = &deny_all[..];
        for (question, decision) in [
            // The role's ceiling is above all but nothing.
            (Question { owner: true, ..ask(Unlicensed, Workbook, Read) }, denied(Denies::SiteRole)),
            (Question { owner: true, ..ask(Viewer, Workbook, Write) }, denied(Denies::SiteRole)),
            (Question { lead: OWNS_PROJECT, ..ask(Explorer, Project, Write) }, denied(Denies::SiteRole)),
            (ask(SiteAdministratorExplorer, Project, Delete), denied(Denies::SiteRole)),
            // Administrators need no rule and fear none.
            (Question { rules, ..ask(SiteAdministratorExplorer, Workbook, Delete) }, allowed(Allows::Administrator)),
            (Question { administrator: true, ..ask(Unlicensed, Workbook, Read) }, allowed(Allows::Administrator)),
            // Neither do those who have the say in the project.
            (Question { lead: LEADS, rules, ..ask(Creator, Workbook, Delete) }, allowed(Allows::Lead(LEADS.unwrap()))),
            (
                Question { lead: OWNS_PROJECT, locked: true, rules, ..ask(Explorer, Workbook, ChangePermissions) },
                allowed(Allows::Lead(OWNS_PROJECT.unwrap())),
            ),
            (
                Question { lead: OWNS_PROJECT, ..ask(Viewer, Project, Read) },
                allowed(Allows::Lead(OWNS_PROJECT.unwrap())),
            ),
            // A viewer cannot be made a leader.
            (Question { lead: LEADS, ..ask(Viewer, Project, Read) }, denied(Denies::NothingSaid)),
            // Owners, but for permissions where the project decides about them.
            (Question { owner: true, rules, ..ask(Creator, Workbook, Delete) }, allowed(Allows::Owner)),
            (Question { owner: true, locked: true, ..ask(Creator, Workbook, Delete) }, allowed(Allows::Owner)),
            (Question { owner: true, ..ask(Creator, Workbook, ChangePermissions) }, allowed(Allows::Owner)),
            (
                Question { owner: true, locked: true, ..ask(Creator, Workbook, ChangePermissions) },
                denied(Denies::NothingSaid),
            ),
            (
                Question { owner: true, locked: true, rules, ..ask(Creator, Workbook, ChangePermissions) },
                denied(Denies::Rule(rules[0])),
            ),
            (ask(Creator, Project, ProjectLeader), denied(Denies::NothingSaid)),
        ] {
            assert_eq!(decide(&question), decision, "{question:?}");
        }
    }

    #[test]
    fn the_users_own_rule_beats_those_of_groups_these_those_of_sets_and_a_denial_beats_an_allowance() {
        for (rules, decisive) in [
            (&[][..], None),
            (&[rule(GROUP, Allow)], Some(rule(GROUP, Allow))),
            (&[rule(GROUP_SET, Allow)], Some(rule(GROUP_SET, Allow))),
            (&[rule(GROUP, Allow), rule(OTHER_GROUP, Deny)], Some(rule(OTHER_GROUP, Deny))),
            (&[rule(GROUP_SET, Allow), rule(OTHER_SET, Deny)], Some(rule(OTHER_SET, Deny))),
            (&[rule(GROUP, Allow), rule(GROUP_SET, Deny)], Some(rule(GROUP, Allow))),
            (&[rule(GROUP, Deny), rule(GROUP_SET, Allow)], Some(rule(GROUP, Deny))),
            (&[rule(GROUP, Deny), rule(USER, Allow)], Some(rule(USER, Allow))),
            (&[rule(GROUP, Allow), rule(GROUP_SET, Allow), rule(USER, Deny)], Some(rule(USER, Deny))),
        ] {
            assert_eq!(first_rule(rules), decisive, "{rules:?}");
            let decision = decide(&Question { rules, ..ask(Creator, Workbook, Read) });
            assert_eq!(decision.is_allowed(), decisive.is_some_and(|rule| rule.mode == Allow), "{rules:?}");
        }
    }
}
