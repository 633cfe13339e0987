//! What it takes to make a site what a file wants: a pure function of the two.
//!
//! The order is one that a server takes, and that leaves the caller able to go on: locks are loosened first and tightened
//! when the rules are there; what groups and rules give comes before what others lose; what changing rules takes, and
//! owning a project, is taken last, from what lies deepest up.

use std::collections::{BTreeMap, BTreeSet};

use tavola_client::model::{Capability, ContentPermissions, PermissionMode, SiteRole};

use super::{
    change::{Change, RulesOf},
    policy::{ALL_USERS, Path, Place, Policy, Rules, Whom},
};

/// What may be removed because the file lacks it.
#[derive(Debug, Default)]
pub struct Prune {
    /// The projects of which it is known that no content lies in them.
    pub empty: BTreeSet<Path>,
}

/// What it takes to make the site what is wanted. Without `prune`, what is not mentioned stays.
pub fn plan(site: &Policy, wanted: &Policy, prune: Option<&Prune>) -> Vec<Change> {
    let mut planner = Planner { now: site.clone(), changes: Vec::new(), wanted, prune: prune.is_some() };
    planner.loosen();
    planner.groups();
    planner.group_sets();
    planner.projects();
    planner.add_rules();
    planner.lose_rules(false);
    planner.tighten();
    planner.owners();
    planner.lose_rules(true);
    if let Some(prune) = prune {
        planner.prune(prune);
    }
    planner.changes
}

/// What the changes make of a site.
pub fn after(site: &Policy, changes: &[Change]) -> Policy {
    let mut after = site.clone();
    changes.iter().for_each(|change| change.apply(&mut after));
    after
}

struct Planner<'w> {
    /// What the site is after the changes so far.
    now: Policy,
    changes: Vec<Change>,
    wanted: &'w Policy,
    prune: bool,
}

impl<'w> Planner<'w> {
    fn push(&mut self, change: Change) {
        change.apply(&mut self.now);
        self.changes.push(change);
    }

    fn wanted_projects(&self) -> impl Iterator<Item = (&'w Path, &'w super::policy::Project)> + use<'w> {
        self.wanted.projects.iter().flatten()
    }

    fn loosen(&mut self) {
        self.lock(|from, to| to < from);
    }

    fn tighten(&mut self) {
        self.lock(|from, to| to > from);
    }

    /// Changes the locks for which this holds, of projects that are there and have a lock of their own.
    fn lock(&mut self, changes: fn(u8, u8) -> bool) {
        for (path, project) in self.wanted_projects() {
            let Some(to) = project.content_permissions else { continue };
            let Some(from) = self.now.project(path).and_then(|project| project.content_permissions) else { continue };
            if self.now.locked_from_above(path).is_none() && changes(reach(from), reach(to)) {
                self.push(Change::Lock { project: path.clone(), from, to });
            }
        }
    }

    fn groups(&mut self) {
        for (name, group) in self.wanted.groups.iter().flatten() {
            let there = self.now.groups.as_ref().and_then(|groups| groups.get(name)).cloned();
            let role = group.minimum_site_role;
            match &there {
                None => self.push(Change::AddGroup { group: name.clone(), minimum_site_role: role }),
                Some(there) if role.is_some_and(|role| Some(role) != given(there.minimum_site_role)) => {
                    let from = there.minimum_site_role;
                    let to = role.unwrap_or(SiteRole::Unlicensed);
                    self.push(Change::SetRole { group: name.clone(), from, to });
                }
                Some(_) => {}
            }
            let there = there.and_then(|group| group.users).unwrap_or_default();
            let users: Vec<String> =
                group.users.iter().flatten().filter(|user| !there.contains(*user)).cloned().collect();
            if !users.is_empty() {
                self.push(Change::AddUsers { group: name.clone(), users });
            }
        }
    }

    fn group_sets(&mut self) {
        for (name, groups) in self.wanted.group_sets.iter().flatten() {
            let there = self.now.group_sets.as_ref().and_then(|sets| sets.get(name)).cloned();
            if there.is_none() {
                self.push(Change::AddGroupSet { group_set: name.clone() });
            }
            let there = there.flatten().unwrap_or_default();
            let groups: Vec<String> =
                groups.iter().flatten().filter(|group| !there.contains(*group)).cloned().collect();
            if !groups.is_empty() {
                self.push(Change::AddGroups { group_set: name.clone(), groups });
            }
        }
    }

    /// Makes projects, each with its own rules before those that lie in it, which begin with them.
    fn projects(&mut self) {
        for (path, project) in self.wanted_projects() {
            let there = self.now.project(path).map(|there| there.description.clone().unwrap_or_default());
            match (there, &project.description) {
                (None, _) => {
                    self.push(Change::AddProject {
                        project: path.clone(),
                        description: project.description.clone(),
                        content_permissions: project.content_permissions,
                    });
                    for (place, rules) in self.wanted.rules.iter().filter(|(place, _)| place.project() == path) {
                        // No content can lie in it yet.
                        if place.is_of_project() {
                            self.push(Change::BeginWith { place: place.clone(), rules: rules.clone() });
                            self.add_rules_to(place, rules);
                        }
                    }
                }
                (Some(there), Some(description)) if there != *description => {
                    self.push(Change::Describe { project: path.clone(), description: description.clone() });
                }
                _ => {}
            }
        }
    }

    fn add_rules(&mut self) {
        for (place, rules) in &self.wanted.rules {
            self.add_rules_to(place, rules);
        }
    }

    fn add_rules_to(&mut self, place: &Place, rules: &Rules) {
        let there = self.there(place);
        let new = rules.iter().filter(|(key, _)| !there.contains_key(*key)).map(|(key, mode)| (key.clone(), *mode));
        for rules in by_grantee(place, new.collect()) {
            self.push(Change::AddRules(rules));
        }
    }

    fn there(&self, place: &Place) -> Rules {
        self.now.rules.get(place).cloned().unwrap_or_default()
    }

    /// Turns rules that say the opposite, and removes those that the file lacks: those about what changing rules takes
    /// (`say`), or the others.
    fn lose_rules(&mut self, say: bool) {
        for (place, rules) in self.wanted.rules.iter().rev() {
            let there = self.there(place);
            let meant = |(_, capability): &&(Whom, Capability)| place.is_say(*capability) == say;
            let turned = there.iter().filter(|(key, _)| meant(key)).filter_map(|(key, mode)| {
                let wanted = rules.get(key).filter(|wanted| *wanted != mode)?;
                Some((key.clone(), *wanted))
            });
            for rules in by_grantee(place, turned.collect()) {
                self.push(Change::TurnRules(rules));
            }
            if self.prune {
                let lacking = there.iter().filter(|(key, _)| meant(key) && !rules.contains_key(*key));
                for rules in by_grantee(place, lacking.map(|(key, mode)| (key.clone(), *mode)).collect()) {
                    self.push(Change::RemoveRules(rules));
                }
            }
        }
    }

    fn owners(&mut self) {
        let wanted: Vec<_> = self.wanted_projects().collect();
        for (path, project) in wanted.into_iter().rev() {
            let from = self.now.project(path).and_then(|project| project.owner.clone());
            if let Some(to) = project.owner.clone().filter(|owner| from.as_ref() != Some(owner)) {
                self.push(Change::SetOwner { project: path.clone(), from, to });
            }
        }
    }

    fn prune(&mut self, prune: &Prune) {
        for (name, groups) in self.wanted.group_sets.iter().flatten() {
            let there = self.now.group_sets.as_ref().and_then(|sets| sets.get(name)).cloned().flatten();
            if let (Some(there), Some(groups)) = (there, groups) {
                let groups: Vec<String> = there.difference(groups).cloned().collect();
                if !groups.is_empty() {
                    self.push(Change::TakeGroups { group_set: name.clone(), groups });
                }
            }
        }
        for (name, group) in self.wanted.groups.iter().flatten() {
            let there =
                self.now.groups.as_ref().and_then(|groups| groups.get(name)).and_then(|group| group.users.clone());
            if let (Some(there), Some(users)) = (there, &group.users) {
                let users: Vec<String> = there.difference(users).cloned().collect();
                if !users.is_empty() {
                    self.push(Change::TakeUsers { group: name.clone(), users });
                }
            }
        }
        if let Some(wanted) = &self.wanted.group_sets {
            let there: Vec<String> = self.now.group_sets.iter().flatten().map(|(name, _)| name.clone()).collect();
            for group_set in there.into_iter().filter(|name| !wanted.contains_key(name)) {
                self.push(Change::RemoveGroupSet { group_set });
            }
        }
        if let Some(wanted) = &self.wanted.groups {
            let there: Vec<String> = self.now.groups.iter().flatten().map(|(name, _)| name.clone()).collect();
            for group in there.into_iter().filter(|name| !wanted.contains_key(name) && name != ALL_USERS) {
                self.push(Change::RemoveGroup { group });
            }
        }
        if let Some(wanted) = &self.wanted.projects {
            let there: Vec<Path> = self.now.projects.iter().flatten().map(|(path, _)| path.clone()).collect();
            // What lies deepest comes first, so that a project of which all is removed is empty then.
            for project in there.into_iter().rev() {
                let is_default = project.0.len() == 1 && project.name().eq_ignore_ascii_case("Default");
                let holds_others = self.now.projects.iter().flatten().any(|(other, _)| other.is_in(&project));
                if !wanted.contains_key(&project) && !is_default && !holds_others && prune.empty.contains(&project) {
                    self.push(Change::RemoveProject { project });
                }
            }
        }
    }
}

/// How far a lock reaches.
fn reach(lock: ContentPermissions) -> u8 {
    match lock {
        ContentPermissions::ManagedByOwner => 0,
        ContentPermissions::LockedToProjectWithoutNested => 1,
        ContentPermissions::LockedToProject => 2,
    }
}

/// The role that a group gives. One that gives none may say so or not.
fn given(role: Option<SiteRole>) -> Option<SiteRole> {
    Some(role.unwrap_or(SiteRole::Unlicensed))
}

/// Rules, of each grantee those of one mode together.
fn by_grantee(place: &Place, rules: Rules) -> Vec<RulesOf> {
    let mut of: BTreeMap<(Whom, PermissionMode), Vec<Capability>> = BTreeMap::new();
    for ((whom, capability), mode) in rules {
        of.entry((whom, mode)).or_default().push(capability);
    }
    of.into_iter()
        .map(|((whom, mode), capabilities)| RulesOf { place: place.clone(), whom, mode, capabilities })
        .collect()
}

/// What the file wants and no site can be: rules where another decides or for who is removed, a lock of its own where one
/// further up reaches.
pub fn contradictions(after: &Policy, wanted: &Policy, changes: &[Change]) -> Vec<(Subject, String)> {
    let mut found = Vec::new();
    let removed = changes.iter().filter_map(|change| match change {
        Change::RemoveGroup { group } => Some(Whom::Group(group.clone())),
        Change::RemoveGroupSet { group_set } => Some(Whom::GroupSet(group_set.clone())),
        _ => None,
    });
    for whom in removed {
        for (place, _) in wanted.rules.iter().filter(|(_, rules)| rules.keys().any(|(named, _)| *named == whom)) {
            let why = format!("the {place} has rules for the {whom}, which --prune removes because the file lacks it");
            found.push((Subject::Place(place.clone()), why));
        }
    }
    for (path, project) in wanted.projects.iter().flatten() {
        let lock = project.content_permissions.filter(|lock| *lock != ContentPermissions::LockedToProject);
        if let (Some(lock), Some(controller)) = (lock, after.locked_from_above(path)) {
            let why =
                format!("the project `{path}` cannot be {lock}: the project `{controller}` locks what lies in it");
            found.push((Subject::Project(path.clone()), why));
        }
    }
    for place in wanted.rules.keys() {
        let project = place.project();
        let decides = match place.is_of_project() {
            true => after.locked_from_above(project),
            false => after.controller(project),
        };
        if let Some(controller) = decides {
            let why =
                format!("the {place} can have no rules of its own: the project `{controller}` decides about them");
            found.push((Subject::Place(place.clone()), why));
        }
    }
    found
}

/// What something in a file is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    Project(Path),
    Place(Place),
}
