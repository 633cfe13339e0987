//! Reading the file, which is TOML. It is checked against the site, and each mistake told with its line.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use tavola_client::model::{Capability, ContentKind, ContentPermissions, PermissionMode, SiteRole};
use toml::Spanned;

use super::{
    catalogue::Catalogue,
    on::thing,
    plan::Subject,
    policy::{ALL_USERS, Group, Path, Place, Policy, Project, Rules, Whom},
};

/// What a file wants, and in which line it says so.
#[derive(Debug, Default)]
pub struct Wanted {
    pub policy: Policy,
    pub lines: BTreeMap<Subject, usize>,
}

/// A mistake in a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    pub line: usize,
    pub what: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Document {
    group: Option<Vec<GroupTable>>,
    group_set: Option<Vec<GroupSetTable>>,
    project: Option<Vec<ProjectTable>>,
    #[serde(default)]
    workbook: Vec<ContentTable>,
    #[serde(default)]
    view: Vec<ViewTable>,
    #[serde(default)]
    datasource: Vec<ContentTable>,
    #[serde(default)]
    flow: Vec<ContentTable>,
    #[serde(default)]
    virtual_connection: Vec<ContentTable>,
}

type Text = Spanned<String>;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct GroupTable {
    name: Text,
    minimum_site_role: Option<Text>,
    users: Option<Vec<Text>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct GroupSetTable {
    name: Text,
    groups: Option<Vec<Text>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ProjectTable {
    path: Text,
    description: Option<String>,
    content_permissions: Option<Text>,
    owner: Option<Text>,
    rules: Option<Vec<Spanned<RuleTable>>>,
    #[serde(default)]
    defaults: BTreeMap<Text, Vec<Spanned<RuleTable>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ContentTable {
    name: Text,
    project: Text,
    rules: Vec<Spanned<RuleTable>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ViewTable {
    name: Text,
    workbook: Text,
    project: Text,
    rules: Vec<Spanned<RuleTable>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RuleTable {
    group: Option<Text>,
    group_set: Option<Text>,
    user: Option<Text>,
    #[serde(default)]
    allow: Vec<Text>,
    #[serde(default)]
    deny: Vec<Text>,
}

impl Document {
    /// Reads the text as far as no site is needed for it.
    pub fn parse(text: &str) -> Result<Self, Mistake> {
        toml::from_str(text).map_err(|error| Mistake {
            line: line_of(text, error.span().map_or(0, |span| span.start)),
            what: error.message().to_owned(),
        })
    }

    /// Whether it says something of content, and not of projects alone.
    pub fn is_about_content(&self) -> bool {
        !(self.workbook.is_empty()
            && self.view.is_empty()
            && self.datasource.is_empty()
            && self.flow.is_empty()
            && self.virtual_connection.is_empty())
    }

    /// Whether it says something of projects.
    pub fn is_about_projects(&self) -> bool {
        self.project.is_some()
    }

    /// What it wants of a site with these names; or all mistakes in it.
    pub fn read(&self, text: &str, catalogue: &Catalogue) -> Result<Wanted, Vec<Mistake>> {
        let mut reader = Reader { text, catalogue, wanted: Wanted::default(), mistakes: Vec::new() };
        reader.groups(self);
        reader.group_sets(self);
        reader.projects(self);
        for (kind, tables) in [
            (ContentKind::Workbook, &self.workbook),
            (ContentKind::Datasource, &self.datasource),
            (ContentKind::Flow, &self.flow),
            (ContentKind::VirtualConnection, &self.virtual_connection),
        ] {
            for table in tables {
                if let Some(project) = reader.place_of_content(&table.project) {
                    let place = Place::Content(project, kind, table.name.get_ref().clone());
                    reader.content(place, &table.name, &table.rules);
                }
            }
        }
        for table in &self.view {
            if let Some(project) = reader.place_of_content(&table.project) {
                let workbook = table.workbook.get_ref().clone();
                let of = Place::Content(project.clone(), ContentKind::Workbook, workbook.clone());
                if catalogue.tabbed.contains(&of) {
                    reader.mistake(&table.name, format!("the {of} shows tabs: its own rules hold for its views"));
                } else {
                    let place = Place::View(project, workbook, table.name.get_ref().clone());
                    reader.content(place, &table.name, &table.rules);
                }
            }
        }
        let Reader { wanted, mut mistakes, .. } = reader;
        mistakes.sort_by_key(|mistake| mistake.line);
        if mistakes.is_empty() { Ok(wanted) } else { Err(mistakes) }
    }
}

struct Reader<'r> {
    text: &'r str,
    catalogue: &'r Catalogue,
    wanted: Wanted,
    mistakes: Vec<Mistake>,
}

impl Reader<'_> {
    fn mistake<T>(&mut self, at: &Spanned<T>, what: impl Into<String>) {
        let line = self.line(at);
        self.mistakes.push(Mistake { line, what: what.into() });
    }

    fn line<T>(&self, at: &Spanned<T>) -> usize {
        line_of(self.text, at.span().start)
    }

    fn groups(&mut self, document: &Document) {
        let Some(tables) = &document.group else { return };
        let mut groups: BTreeMap<String, Group> = BTreeMap::new();
        for table in tables {
            let Some(name) = self.new_name(&table.name, "group", self.catalogue.groups.find(table.name.get_ref()))
            else {
                continue;
            };
            let minimum_site_role = table.minimum_site_role.as_ref().and_then(|role| self.role(role));
            let users = table.users.as_ref().map(|users| self.names(users, "user", |reader, user| reader.user(user)));
            if let Some(users) = table.users.as_ref().filter(|_| name == ALL_USERS) {
                let at = users.first().unwrap_or(&table.name);
                self.mistake(at, format!("everybody is in the group `{ALL_USERS}`: it takes no `users`"));
            }
            if groups.insert(name.clone(), Group { minimum_site_role, users }).is_some() {
                self.mistake(&table.name, format!("the group `{name}` stands here twice"));
            }
        }
        self.wanted.policy.groups = Some(groups);
    }

    fn group_sets(&mut self, document: &Document) {
        let Some(tables) = &document.group_set else { return };
        let mut sets = BTreeMap::new();
        for table in tables {
            let found = self.catalogue.group_sets.find(table.name.get_ref());
            let Some(name) = self.new_name(&table.name, "group set", found) else { continue };
            let groups = table.groups.as_ref();
            let groups = groups.map(|groups| self.names(groups, "group", |reader, group| reader.group(group)));
            if sets.insert(name.clone(), groups).is_some() {
                self.mistake(&table.name, format!("the group set `{name}` stands here twice"));
            }
        }
        self.wanted.policy.group_sets = Some(sets);
    }

    fn projects(&mut self, document: &Document) {
        let Some(tables) = &document.project else { return };
        let mut projects: BTreeMap<Path, Project> = BTreeMap::new();
        let paths: Vec<Option<Path>> = tables.iter().map(|table| self.path(&table.path)).collect();
        let listed: BTreeSet<&Path> = paths.iter().flatten().collect();
        for (table, path) in tables.iter().zip(&paths) {
            let Some(path) = path else { continue };
            if let Some(parent) = path.parent()
                && self.catalogue.project(&parent).is_none()
                && !listed.contains(&parent)
            {
                let what =
                    format!("there is no project `{parent}` for `{path}` to lie in, neither on the site nor here");
                self.mistake(&table.path, what);
            }
            let content_permissions = table
                .content_permissions
                .as_ref()
                .and_then(|word| self.word(word, ContentPermissions::ALL.iter().map(|known| (known.as_str(), *known))));
            let owner = table.owner.as_ref().and_then(|owner| self.user(owner));
            let project = Project { description: table.description.clone(), content_permissions, owner };
            self.wanted.lines.insert(Subject::Project(path.clone()), self.line(&table.path));
            if projects.insert(path.clone(), project).is_some() {
                self.mistake(&table.path, format!("the project `{path}` stands here twice"));
                continue;
            }
            if let Some(rules) = &table.rules {
                self.rules(Place::Project(path.clone()), &table.path, rules);
            }
            for (key, rules) in &table.defaults {
                let kinds = ContentKind::in_projects().map(|kind| (key_of(kind), kind));
                let known: Vec<(&str, ContentKind)> = kinds.collect();
                if let Some(kind) = self.word(key, known) {
                    self.rules(Place::Defaults(path.clone(), kind), key, rules);
                }
            }
        }
        self.wanted.policy.projects = Some(projects);
    }

    fn content(&mut self, place: Place, at: &Text, rules: &[Spanned<RuleTable>]) {
        if self.catalogue.content.contains_key(&place) {
            self.rules(place, at, rules);
        } else {
            self.mistake(at, format!("there is no {place} on this site"));
        }
    }

    fn rules(&mut self, place: Place, at: &Text, tables: &[Spanned<RuleTable>]) {
        let mut rules = Rules::new();
        let mut seen: BTreeSet<Whom> = BTreeSet::new();
        for table in tables {
            let RuleTable { group, group_set, user, allow, deny } = table.get_ref();
            let whom = match (group, group_set, user) {
                (Some(group), None, None) => self.group(group).map(Whom::Group),
                (None, Some(set), None) => self.group_set(set).map(Whom::GroupSet),
                (None, None, Some(user)) => self.user(user).map(Whom::User),
                _ => {
                    self.mistake(table, "a rule is for one of group, group-set and user");
                    None
                }
            };
            let Some(whom) = whom else { continue };
            if !seen.insert(whom.clone()) {
                self.mistake(table, format!("the {place} has rules for the {whom} twice"));
            }
            if allow.is_empty() && deny.is_empty() {
                self.mistake(table, format!("nothing is allowed or denied to the {whom} here"));
            }
            for (mode, word) in allow
                .iter()
                .map(|word| (PermissionMode::Allow, word))
                .chain(deny.iter().map(|word| (PermissionMode::Deny, word)))
            {
                let Some(capability) = self.capability(word, place.about()) else { continue };
                if capability == Capability::ProjectLeader && mode == PermissionMode::Deny {
                    self.mistake(word, "ProjectLeader cannot be denied: who is no leader needs no denial");
                } else if let Some(before) = rules.insert((whom.clone(), capability), mode) {
                    let twice = if before == mode { "twice" } else { "both allowed and denied" };
                    self.mistake(word, format!("{capability} stands here {twice} for the {whom}"));
                }
            }
        }
        self.wanted.lines.insert(Subject::Place(place.clone()), self.line(at));
        if self.wanted.policy.rules.contains_key(&place) {
            self.mistake(at, format!("the {place} stands here twice"));
        }
        self.wanted.policy.rules.insert(place, rules);
    }

    fn capability(&mut self, word: &Text, about: ContentKind) -> Option<Capability> {
        let known = about.capabilities().iter().map(|(capability, _)| *capability);
        let found = known.clone().find(|known| known.as_str().eq_ignore_ascii_case(word.get_ref()));
        if found.is_none() {
            let known: Vec<&str> = known.map(Capability::as_str).collect();
            let what =
                format!("a {} has no capability `{}`; it has {}", thing(about), word.get_ref(), known.join(", "));
            self.mistake(word, what);
        }
        found
    }

    fn role(&mut self, word: &Text) -> Option<SiteRole> {
        let roles = SiteRole::ALL.iter().filter(|role| role.may_be_minimum()).map(|role| (role.as_str(), *role));
        self.word(word, roles)
    }

    /// One of these words, in any case.
    fn word<T: Copy>(&mut self, word: &Text, known: impl IntoIterator<Item = (&'static str, T)>) -> Option<T> {
        let known: Vec<(&str, T)> = known.into_iter().collect();
        let found = known.iter().find(|(text, _)| text.eq_ignore_ascii_case(word.get_ref())).map(|(_, found)| *found);
        if found.is_none() {
            let known: Vec<&str> = known.iter().map(|(text, _)| *text).collect();
            self.mistake(word, format!("`{}` is not one of {}", word.get_ref(), known.join(", ")));
        }
        found
    }

    /// Names, each of them once.
    fn names(
        &mut self,
        texts: &[Text],
        kind: &str,
        find: impl Fn(&mut Self, &Text) -> Option<String>,
    ) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for text in texts {
            if let Some(name) = find(self, text)
                && !names.insert(name.clone())
            {
                self.mistake(text, format!("the {kind} `{name}` stands here twice"));
            }
        }
        names
    }

    /// A name of something that need not be there.
    fn new_name(&mut self, text: &Text, kind: &str, found: Option<String>) -> Option<String> {
        if text.get_ref().trim().is_empty() {
            self.mistake(text, format!("a {kind} has a name"));
            return None;
        }
        Some(found.unwrap_or_else(|| text.get_ref().clone()))
    }

    fn user(&mut self, text: &Text) -> Option<String> {
        let found = self.catalogue.users.find(text.get_ref());
        self.known(text, "user", found)
    }

    fn group(&mut self, text: &Text) -> Option<String> {
        let new = self.wanted.policy.groups.as_ref().is_some_and(|groups| groups.contains_key(text.get_ref()));
        let new = new.then(|| text.get_ref().clone());
        self.known(text, "group", self.catalogue.groups.find(text.get_ref()).or(new))
    }

    fn group_set(&mut self, text: &Text) -> Option<String> {
        let new = self.wanted.policy.group_sets.as_ref().is_some_and(|sets| sets.contains_key(text.get_ref()));
        let new = new.then(|| text.get_ref().clone());
        self.known(text, "group set", self.catalogue.group_sets.find(text.get_ref()).or(new))
    }

    fn known(&mut self, text: &Text, kind: &str, found: Option<String>) -> Option<String> {
        if found.is_none() {
            self.mistake(text, format!("there is no {kind} `{}` on this site", text.get_ref()));
        }
        found
    }

    /// A path as the site writes it, as far as it is there.
    fn path(&mut self, text: &Text) -> Option<Path> {
        let Ok(path) = Path::read(text.get_ref()) else {
            let what = format!(
                "`{}` is no path of a project: write it as Finance/Reports; a `/` in a name is written `\\/`",
                text.get_ref()
            );
            self.mistake(text, what);
            return None;
        };
        let there = path.way().rev().find_map(|above| self.catalogue.project(&above));
        Some(there.map_or_else(
            || path.clone(),
            |there| Path([there.0.as_slice(), &path.0[there.0.len().min(path.0.len())..]].concat()),
        ))
    }

    /// The project that content lies in, which must be there.
    fn place_of_content(&mut self, text: &Text) -> Option<Path> {
        let path = self.path(text)?;
        if self.catalogue.project(&path).is_none() {
            self.mistake(text, format!("there is no project `{path}` on this site"));
            return None;
        }
        Some(path)
    }
}

/// The key of a kind of content: `virtual-connection`.
pub fn key_of(kind: ContentKind) -> &'static str {
    match kind {
        ContentKind::Project => "project",
        ContentKind::Workbook => "workbook",
        ContentKind::View => "view",
        ContentKind::Datasource => "datasource",
        ContentKind::Flow => "flow",
        ContentKind::VirtualConnection => "virtual-connection",
        ContentKind::Database => "database",
        ContentKind::Table => "table",
        ContentKind::DataRole => "data-role",
        ContentKind::Metric => "metric",
        ContentKind::Lens => "lens",
    }
}

/// The number of the line that holds this byte, from 1.
fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}
