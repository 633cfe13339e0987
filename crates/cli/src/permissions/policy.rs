//! A site's permissions by names: what a file wants, and what a site is, in the same words.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use tavola_client::model::{Capability, ContentKind, ContentPermissions, PermissionMode, SiteRole};

use super::on::thing;
use crate::{Failure, projects};

/// The group that holds everybody: it cannot be deleted, and nobody put into it.
pub const ALL_USERS: &str = "All Users";

/// The names that lead to a project. Those it lies in come before it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(pub Vec<String>);

/// Whom a rule is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Whom {
    Group(String),
    GroupSet(String),
    User(String),
}

/// What rules lie on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A project itself.
    Project(Path),
    /// A project, about content of a kind in it.
    Defaults(Path, ContentKind),
    /// Content of this kind and name in a project.
    Content(Path, ContentKind, String),
    /// A view, by its workbook and its name.
    View(Path, String, String),
}

/// What is allowed and denied.
pub type Rules = BTreeMap<(Whom, Capability), PermissionMode>;

/// A group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// The role it gives; none and `Unlicensed` give nothing.
    pub minimum_site_role: Option<SiteRole>,
    /// Who is in it, where that is said.
    pub users: Option<BTreeSet<String>>,
}

/// A project.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Project {
    pub description: Option<String>,
    pub content_permissions: Option<ContentPermissions>,
    pub owner: Option<String>,
}

/// All of it. What is not there was not read, or is not said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    pub groups: Option<BTreeMap<String, Group>>,
    /// Group sets with the groups in them.
    pub group_sets: Option<BTreeMap<String, Option<BTreeSet<String>>>>,
    pub projects: Option<BTreeMap<Path, Project>>,
    pub rules: BTreeMap<Place, Rules>,
}

impl Path {
    /// Reads a path as people write it.
    pub fn read(text: &str) -> Result<Self, Failure> {
        projects::names(text).map(Self)
    }

    /// The name of the project.
    pub fn name(&self) -> &str {
        self.0.last().map(String::as_str).unwrap_or_default()
    }

    /// The project that it lies in.
    pub fn parent(&self) -> Option<Self> {
        (self.0.len() > 1).then(|| Self(self.0[..self.0.len() - 1].to_vec()))
    }

    /// The projects that lead to it, from the top, and itself.
    pub fn way(&self) -> impl DoubleEndedIterator<Item = Self> {
        (1..=self.0.len()).map(|length| Self(self.0[..length].to_vec()))
    }

    /// Whether it lies somewhere in another.
    pub fn is_in(&self, other: &Self) -> bool {
        self.0.len() > other.0.len() && self.0.starts_with(&other.0)
    }
}

impl Place {
    /// The project.
    pub fn project(&self) -> &Path {
        match self {
            Self::Project(project)
            | Self::Defaults(project, _)
            | Self::Content(project, ..)
            | Self::View(project, ..) => project,
        }
    }

    /// What the rules are about.
    pub fn about(&self) -> ContentKind {
        match self {
            Self::Project(_) => ContentKind::Project,
            Self::Defaults(_, kind) | Self::Content(_, kind, _) => *kind,
            Self::View(..) => ContentKind::View,
        }
    }

    /// Whether the rules lie on a project, and not on content.
    pub fn is_of_project(&self) -> bool {
        matches!(self, Self::Project(_) | Self::Defaults(..))
    }

    /// Whether this is what it takes to change the rules that lie here, or to get at them at all.
    pub fn is_say(&self, capability: Capability) -> bool {
        match self {
            Self::Project(_) => capability == Capability::ProjectLeader,
            Self::Defaults(..) => false,
            Self::Content(..) | Self::View(..) => {
                matches!(capability, Capability::ChangePermissions | Capability::Read)
            }
        }
    }
}

impl Policy {
    /// What is known of a project.
    pub fn project(&self, path: &Path) -> Option<&Project> {
        self.projects.as_ref()?.get(path)
    }

    /// The project whose rules hold in another, if it is locked: itself, or the one further up whose lock reaches it.
    pub fn controller(&self, path: &Path) -> Option<Path> {
        let mut controller: Option<(Path, ContentPermissions)> = None;
        for project in path.way() {
            if !matches!(controller, Some((_, ContentPermissions::LockedToProject))) {
                let own = self.project(&project).and_then(|project| project.content_permissions);
                let locks = own.filter(|own| *own != ContentPermissions::ManagedByOwner);
                controller = locks.map(|own| (project, own));
            }
        }
        controller.map(|(project, _)| project)
    }

    /// The project further up whose lock reaches this one.
    pub fn locked_from_above(&self, path: &Path) -> Option<Path> {
        self.controller(path).filter(|controller| controller != path)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = self.0.iter().map(|name| name.replace('\\', r"\\").replace('/', r"\/")).collect();
        f.write_str(&names.join("/"))
    }
}

impl Whom {
    /// The word for what it is, and its name.
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Group(name) => ("group", name),
            Self::GroupSet(name) => ("group set", name),
            Self::User(name) => ("user", name),
        }
    }
}

impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = self.parts();
        write!(f, "{kind} `{name}`")
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project(project) => write!(f, "project `{project}`"),
            Self::Defaults(project, kind) => write!(f, "project `{project}`, each {}", thing(*kind)),
            Self::Content(project, kind, name) => write!(f, "{} `{name}` in `{project}`", thing(*kind)),
            Self::View(project, workbook, name) => write!(f, "view `{name}` of `{workbook}` in `{project}`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_it_is_written() {
        for names in [&["Finance"][..], &["a/b", r"c\", "d"], &[r"\/", "é"]] {
            let path = Path(names.iter().map(|name| (*name).to_owned()).collect());
            assert_eq!(Path::read(&path.to_string()).ok().as_ref(), Some(&path), "{path}");
        }
    }

    #[test]
    fn a_lock_reaches_down_unless_it_leaves_out_what_is_nested() {
        use ContentPermissions::{LockedToProject, LockedToProjectWithoutNested, ManagedByOwner};
        let path = |text: &str| Path::read(text).unwrap();
        for (locks, controller) in [
            ([ManagedByOwner, ManagedByOwner, ManagedByOwner], None),
            ([LockedToProject, ManagedByOwner, ManagedByOwner], Some("A")),
            ([LockedToProject, LockedToProject, LockedToProject], Some("A")),
            ([LockedToProjectWithoutNested, ManagedByOwner, ManagedByOwner], None),
            ([LockedToProjectWithoutNested, LockedToProject, ManagedByOwner], Some("A/B")),
            ([ManagedByOwner, ManagedByOwner, LockedToProjectWithoutNested], Some("A/B/C")),
        ] {
            let projects = ["A", "A/B", "A/B/C"]
                .map(path)
                .into_iter()
                .zip(locks)
                .map(|(path, lock)| (path, Project { content_permissions: Some(lock), ..Project::default() }));
            let policy = Policy { projects: Some(projects.collect()), ..Policy::default() };
            assert_eq!(policy.controller(&path("A/B/C")), controller.map(path), "{locks:?}");
        }
    }
}
