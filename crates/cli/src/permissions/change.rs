//! One change of a site: how it is told, and what it makes of what is known of the site.

use serde_json::{Map, Value, json};
use tavola_client::model::{Capability, ContentPermissions, PermissionMode, SiteRole};

use super::policy::{Group, Path, Place, Policy, Project, Rules, Whom};

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Lock {
        project: Path,
        from: ContentPermissions,
        to: ContentPermissions,
    },
    AddGroup {
        group: String,
        minimum_site_role: Option<SiteRole>,
    },
    SetRole {
        group: String,
        from: Option<SiteRole>,
        to: SiteRole,
    },
    AddUsers {
        group: String,
        users: Vec<String>,
    },
    AddGroupSet {
        group_set: String,
    },
    AddGroups {
        group_set: String,
        groups: Vec<String>,
    },
    AddProject {
        project: Path,
        description: Option<String>,
        content_permissions: Option<ContentPermissions>,
    },
    /// Removes what a new project begins with, but for these rules.
    BeginWith {
        place: Place,
        rules: Rules,
    },
    Describe {
        project: Path,
        description: String,
    },
    AddRules(RulesOf),
    /// Puts rules in place of those that say the opposite.
    TurnRules(RulesOf),
    RemoveRules(RulesOf),
    SetOwner {
        project: Path,
        from: Option<String>,
        to: String,
    },
    TakeGroups {
        group_set: String,
        groups: Vec<String>,
    },
    TakeUsers {
        group: String,
        users: Vec<String>,
    },
    RemoveGroupSet {
        group_set: String,
    },
    RemoveGroup {
        group: String,
    },
    RemoveProject {
        project: Path,
    },
}

/// Rules of one mode for one grantee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesOf {
    pub place: Place,
    pub whom: Whom,
    pub mode: PermissionMode,
    pub capabilities: Vec<Capability>,
}

impl RulesOf {
    fn words(&self) -> String {
        let Self { place, whom, mode, capabilities } = self;
        let capabilities: Vec<&str> = capabilities.iter().map(|capability| capability.as_str()).collect();
        format!("{place}: {mode} {} to {whom}", capabilities.join(", "))
    }

    fn keys(&self) -> impl Iterator<Item = (Whom, Capability)> {
        self.capabilities.iter().map(|capability| (self.whom.clone(), *capability))
    }
}

impl Change {
    /// What it does, in a sign and in a word for programs.
    fn action(&self) -> (char, &'static str) {
        match self {
            Self::AddGroup { .. }
            | Self::AddUsers { .. }
            | Self::AddGroupSet { .. }
            | Self::AddGroups { .. }
            | Self::AddProject { .. }
            | Self::AddRules(_) => ('+', "add"),
            Self::Lock { .. }
            | Self::SetRole { .. }
            | Self::Describe { .. }
            | Self::TurnRules(_)
            | Self::SetOwner { .. } => ('~', "change"),
            Self::BeginWith { .. }
            | Self::RemoveRules(_)
            | Self::TakeGroups { .. }
            | Self::TakeUsers { .. }
            | Self::RemoveGroupSet { .. }
            | Self::RemoveGroup { .. }
            | Self::RemoveProject { .. } => ('-', "remove"),
        }
    }

    /// The change in one line, its sign first.
    pub fn line(&self) -> String {
        format!("{} {}", self.action().0, self.words())
    }

    /// The change without its sign.
    fn words(&self) -> String {
        match self {
            Self::Lock { project, from, to } => format!("project `{project}`: {to}, not {from}"),
            Self::AddGroup { group, minimum_site_role: None } => format!("group `{group}`"),
            Self::AddGroup { group, minimum_site_role: Some(role) } => {
                format!("group `{group}`: minimum site role {role}")
            }
            Self::SetRole { group, from: None, to } => format!("group `{group}`: minimum site role {to}"),
            Self::SetRole { group, from: Some(from), to } => {
                format!("group `{group}`: minimum site role {to}, not {from}")
            }
            Self::AddUsers { group, users } | Self::TakeUsers { group, users } => {
                format!("group `{group}`: {}", counted("user", users))
            }
            Self::AddGroupSet { group_set } | Self::RemoveGroupSet { group_set } => format!("group set `{group_set}`"),
            Self::AddGroups { group_set, groups } | Self::TakeGroups { group_set, groups } => {
                format!("group set `{group_set}`: {}", counted("group", groups))
            }
            Self::AddProject { project, content_permissions: None, .. } => format!("project `{project}`"),
            Self::AddProject { project, content_permissions: Some(lock), .. } => format!("project `{project}`: {lock}"),
            Self::BeginWith { place, .. } => format!("{place}: what it begins with and the file lacks"),
            Self::Describe { project, .. } => format!("project `{project}`: description"),
            Self::AddRules(rules) | Self::RemoveRules(rules) => rules.words(),
            Self::TurnRules(rules) => format!("{}, not {}", rules.words(), opposite(rules.mode)),
            Self::SetOwner { project, from: None, to } => format!("project `{project}`: owner `{to}`"),
            Self::SetOwner { project, from: Some(from), to } => {
                format!("project `{project}`: owner `{to}`, not `{from}`")
            }
            Self::RemoveGroup { group } => format!("group `{group}`"),
            Self::RemoveProject { project } => format!("project `{project}`, which holds nothing"),
        }
    }

    /// The change for programs: what it does, its words, and what it is about.
    pub fn row(&self) -> Value {
        let mut row = json!({ "action": self.action().1, "words": self.words() });
        let about = match self {
            Self::Lock { project, from, to } => {
                json!({ "project": project.to_string(), "contentPermissions": to, "before": from })
            }
            Self::AddGroup { group, minimum_site_role } => {
                json!({ "group": group, "minimumSiteRole": minimum_site_role })
            }
            Self::SetRole { group, from, to } => json!({ "group": group, "minimumSiteRole": to, "before": from }),
            Self::AddUsers { group, users } | Self::TakeUsers { group, users } => {
                json!({ "group": group, "users": users })
            }
            Self::AddGroupSet { group_set } | Self::RemoveGroupSet { group_set } => json!({ "groupSet": group_set }),
            Self::AddGroups { group_set, groups } | Self::TakeGroups { group_set, groups } => {
                json!({ "groupSet": group_set, "groups": groups })
            }
            Self::AddProject { project, description, content_permissions } => json!({
                "project": project.to_string(),
                "description": description,
                "contentPermissions": content_permissions,
            }),
            Self::BeginWith { place, .. } => json!({ "on": row_of_place(place) }),
            Self::Describe { project, description } => {
                json!({ "project": project.to_string(), "description": description })
            }
            Self::AddRules(rules) | Self::TurnRules(rules) | Self::RemoveRules(rules) => {
                let (kind, name) = rules.whom.parts();
                json!({
                    "on": row_of_place(&rules.place),
                    "grantee": kind,
                    "name": name,
                    "mode": rules.mode,
                    "capabilities": rules.capabilities,
                })
            }
            Self::SetOwner { project, from, to } => {
                json!({ "project": project.to_string(), "owner": to, "before": from })
            }
            Self::RemoveGroup { group } => json!({ "group": group }),
            Self::RemoveProject { project } => json!({ "project": project.to_string() }),
        };
        if let (Value::Object(row), Value::Object(about)) = (&mut row, about) {
            row.extend(about.into_iter().filter(|(_, value)| !value.is_null()).collect::<Map<_, _>>());
        }
        row
    }

    /// What it makes of what is known of the site.
    pub fn apply(&self, site: &mut Policy) {
        let groups = site.groups.get_or_insert_default();
        let group_sets = site.group_sets.get_or_insert_default();
        match self {
            Self::Lock { project, to, .. } => {
                let paths = site.projects.iter().flatten().map(|(path, _)| path);
                let reached = paths.filter(|path| site.locked_from_above(path).as_ref() == Some(project));
                let reached: Vec<Path> = reached.cloned().collect();
                for path in reached.iter().filter(|_| *to != ContentPermissions::LockedToProject) {
                    if let Some(nested) = site.projects.get_or_insert_default().get_mut(path) {
                        nested.content_permissions = Some(ContentPermissions::ManagedByOwner);
                    }
                }
                site.projects.get_or_insert_default().entry(project.clone()).or_default().content_permissions =
                    Some(*to);
            }
            Self::AddGroup { group, minimum_site_role } => {
                let new = Group { minimum_site_role: *minimum_site_role, users: Some(Default::default()) };
                groups.insert(group.clone(), new);
            }
            Self::SetRole { group, to, .. } => groups.entry(group.clone()).or_default().minimum_site_role = Some(*to),
            Self::AddUsers { group, users } => {
                groups.entry(group.clone()).or_default().users.get_or_insert_default().extend(users.iter().cloned());
            }
            Self::TakeUsers { group, users } => {
                let there = groups.entry(group.clone()).or_default().users.get_or_insert_default();
                there.retain(|user| !users.contains(user));
            }
            Self::AddGroupSet { group_set } => {
                group_sets.insert(group_set.clone(), Some(Default::default()));
            }
            Self::AddGroups { group_set, groups } => {
                let there = group_sets.entry(group_set.clone()).or_default().get_or_insert_default();
                there.extend(groups.iter().cloned());
            }
            Self::TakeGroups { group_set, groups } => {
                let there = group_sets.entry(group_set.clone()).or_default().get_or_insert_default();
                there.retain(|group| !groups.contains(group));
            }
            Self::AddProject { project, description, content_permissions } => {
                let new = Project {
                    description: description.clone(),
                    content_permissions: Some(content_permissions.unwrap_or(ContentPermissions::ManagedByOwner)),
                    owner: None,
                };
                site.projects.get_or_insert_default().insert(project.clone(), new);
            }
            Self::BeginWith { place, .. } => {
                site.rules.insert(place.clone(), Rules::new());
            }
            Self::Describe { project, description } => {
                let project = site.projects.get_or_insert_default().entry(project.clone()).or_default();
                project.description = Some(description.clone());
            }
            Self::AddRules(rules) | Self::TurnRules(rules) => {
                let there = site.rules.entry(rules.place.clone()).or_default();
                there.extend(rules.keys().map(|key| (key, rules.mode)));
            }
            Self::RemoveRules(rules) => {
                let there = site.rules.entry(rules.place.clone()).or_default();
                there.retain(|(whom, capability), _| *whom != rules.whom || !rules.capabilities.contains(capability));
            }
            Self::SetOwner { project, to, .. } => {
                site.projects.get_or_insert_default().entry(project.clone()).or_default().owner = Some(to.clone());
            }
            Self::RemoveGroupSet { group_set } => {
                group_sets.remove(group_set);
                forget(site, &Whom::GroupSet(group_set.clone()));
            }
            Self::RemoveGroup { group } => {
                groups.remove(group);
                group_sets.values_mut().flatten().for_each(|groups| groups.retain(|other| other != group));
                forget(site, &Whom::Group(group.clone()));
            }
            Self::RemoveProject { project } => {
                site.projects.get_or_insert_default().remove(project);
                site.rules.retain(|place, _| place.project() != project);
            }
        }
    }
}

/// Rules for who is gone are gone.
fn forget(site: &mut Policy, gone: &Whom) {
    site.rules.values_mut().for_each(|rules| rules.retain(|(whom, _), _| whom != gone));
}

/// What a rule is not that does this.
pub fn opposite(mode: PermissionMode) -> PermissionMode {
    match mode {
        PermissionMode::Allow => PermissionMode::Deny,
        PermissionMode::Deny => PermissionMode::Allow,
    }
}

fn row_of_place(place: &Place) -> Value {
    let project = place.project().to_string();
    match place {
        Place::Project(_) => json!({ "project": project }),
        Place::Defaults(_, kind) => json!({ "project": project, "default": kind }),
        Place::Content(_, kind, name) => json!({ "project": project, "type": kind, "name": name }),
        Place::View(_, workbook, name) => json!({ "project": project, "workbook": workbook, "view": name }),
    }
}

fn counted(thing: &str, names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("{thing}{} {}", if names.len() == 1 { "" } else { "s" }, quoted.join(", "))
}
