//! What there is on a site, by name, and the ids that calls need.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Display,
    hash::Hash,
    str::FromStr,
};

use tavola_client::{
    PermissionsOf,
    api::permissions::Permissions,
    model::{Capability, ContentKind, Grantee, GroupId, GroupSetId, ProjectId, UserId},
};

use super::policy::{Path, Place, Rules, Whom};

/// Names of one kind of things, and their ids.
#[derive(Debug)]
pub struct Names<Id> {
    ids: BTreeMap<String, Id>,
    /// How each is called, and its name without its domain.
    names: HashMap<Id, (String, String)>,
}

/// What there is on a site, by name.
#[derive(Debug, Default)]
pub struct Catalogue {
    pub users: Names<UserId>,
    pub groups: Names<GroupId>,
    pub group_sets: Names<GroupSetId>,
    pub projects: BTreeMap<Path, ProjectId>,
    /// Content, where it was asked for.
    pub content: BTreeMap<Place, PermissionsOf>,
    /// The workbooks that show tabs, whose views have no rules of their own.
    pub tabbed: BTreeSet<Place>,
}

impl<Id> Default for Names<Id> {
    fn default() -> Self {
        Self { ids: BTreeMap::new(), names: HashMap::new() }
    }
}

impl<Id: Copy + Eq + Hash + Display + FromStr> Names<Id> {
    /// Things by id, name and domain. Of those that share a name each is called by its domain too: `domain\name`.
    pub fn new(things: impl IntoIterator<Item = (Id, String, Option<String>)>) -> Self {
        let things: Vec<_> = things.into_iter().collect();
        let mut count: HashMap<&str, usize> = HashMap::new();
        things.iter().for_each(|(_, name, _)| *count.entry(name).or_default() += 1);
        let called = |name: &String, domain: &Option<String>| match domain {
            Some(domain) if count[name.as_str()] > 1 => format!("{domain}\\{name}"),
            _ => name.clone(),
        };
        let mut names = Self::default();
        for (id, name, domain) in &things {
            let called = called(name, domain);
            names.ids.insert(called.clone(), *id);
            names.names.insert(*id, (called, name.clone()));
        }
        names
    }

    /// Takes in something new.
    pub fn add(&mut self, id: Id, name: &str) {
        self.ids.insert(name.to_owned(), id);
        self.names.insert(id, (name.to_owned(), name.to_owned()));
    }

    /// What something is called: by its id, if the server does not tell its name.
    pub fn name(&self, id: Id) -> String {
        self.names.get(&id).map_or_else(|| id.to_string(), |(called, _)| called.clone())
    }

    /// Its name without its domain, as messages have it.
    pub fn plain(&self, id: Id) -> Option<String> {
        self.names.get(&id).map(|(_, name)| name.clone())
    }

    /// The id of what is called so.
    pub fn id(&self, name: &str) -> Option<Id> {
        self.ids.get(name).copied().or_else(|| name.parse().ok())
    }

    /// What is meant by a text: a name, in any case if there is but one, or an id.
    pub fn find(&self, text: &str) -> Option<String> {
        if self.ids.contains_key(text) {
            return Some(text.to_owned());
        }
        if let Ok(id) = text.parse() {
            return Some(self.name(id));
        }
        let lower = text.to_lowercase();
        let mut alike = self.ids.keys().filter(|name| name.to_lowercase() == lower);
        alike.next().filter(|_| alike.next().is_none()).cloned()
    }
}

impl Catalogue {
    /// The project that is meant, in any case of letters.
    pub fn project(&self, path: &Path) -> Option<Path> {
        if self.projects.contains_key(path) {
            return Some(path.clone());
        }
        let lower = path.to_string().to_lowercase();
        self.projects.keys().find(|other| other.to_string().to_lowercase() == lower).cloned()
    }

    /// Where rules lie.
    pub fn place(&self, place: &Place) -> Option<PermissionsOf> {
        match place {
            Place::Project(path) => self.projects.get(path).map(|id| PermissionsOf::Project(*id)),
            Place::Defaults(path, kind) => self.projects.get(path).map(|id| PermissionsOf::Defaults(*id, *kind)),
            Place::Content(..) | Place::View(..) => self.content.get(place).copied(),
        }
    }

    /// Whom a rule is about.
    pub fn grantee(&self, whom: &Whom) -> Option<Grantee> {
        match whom {
            Whom::Group(name) => self.groups.id(name).map(Grantee::Group),
            Whom::GroupSet(name) => self.group_sets.id(name).map(Grantee::GroupSet),
            Whom::User(name) => self.users.id(name).map(Grantee::User),
        }
    }

    /// How people call whom a rule is about.
    pub fn whom(&self, grantee: Grantee) -> Whom {
        match grantee {
            Grantee::Group(id) => Whom::Group(self.groups.name(id)),
            Grantee::GroupSet(id) => Whom::GroupSet(self.group_sets.name(id)),
            Grantee::User(id) => Whom::User(self.users.name(id)),
        }
    }

    /// The rules of an answer, and how many more there are in words that are not known here.
    pub fn rules(&self, about: ContentKind, permissions: &Permissions) -> (Rules, usize) {
        let (mut rules, mut unknown) = (Rules::new(), 0);
        for of in &permissions.grantee_capabilities {
            for rule in &of.capabilities.capability {
                match (of.grantee(), rule.name.known(), rule.mode.known()) {
                    // It follows from a rule of another project.
                    (_, Some(Capability::InheritedProjectLeader), _) => {}
                    (Some(grantee), Some(capability), Some(mode)) if about.has(capability) => {
                        rules.insert((self.whom(grantee), capability), mode);
                    }
                    _ => unknown += 1,
                }
            }
        }
        (rules, unknown)
    }
}
