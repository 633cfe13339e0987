//! Writing the file, for people to review: in an order that never changes, with a line for each grantee.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use tavola_client::model::{ContentKind, PermissionMode, SiteRole};

use super::{
    file::key_of,
    policy::{Place, Policy, Rules, Whom},
};

/// The text of what there is.
pub fn write(policy: &Policy) -> String {
    let mut text = String::new();
    for (name, group) in policy.groups.iter().flatten() {
        let mut table = Table::new(&mut text, "group");
        table.text("name", name);
        if let Some(role) = group.minimum_site_role.filter(|role| *role != SiteRole::Unlicensed) {
            table.text("minimum-site-role", role.as_str());
        }
        if let Some(users) = &group.users {
            table.names("users", users);
        }
    }
    for (name, groups) in policy.group_sets.iter().flatten() {
        let mut table = Table::new(&mut text, "group-set");
        table.text("name", name);
        if let Some(groups) = groups {
            table.names("groups", groups);
        }
    }
    for (path, project) in policy.projects.iter().flatten() {
        let mut table = Table::new(&mut text, "project");
        table.text("path", &path.to_string());
        if let Some(description) = project.description.as_deref().filter(|description| !description.is_empty()) {
            table.text("description", description);
        }
        if let Some(lock) = project.content_permissions {
            table.text("content-permissions", lock.as_str());
        }
        if let Some(owner) = &project.owner {
            table.text("owner", owner);
        }
        if let Some(rules) = policy.rules.get(&Place::Project(path.clone())) {
            table.rules("rules", rules);
        }
        let defaults = ContentKind::in_projects()
            .filter_map(|kind| Some((kind, policy.rules.get(&Place::Defaults(path.clone(), kind))?)));
        for (at, (kind, rules)) in defaults.enumerate() {
            if at == 0 {
                table.0.push_str("\n[project.defaults]\n");
            }
            table.rules(key_of(kind), rules);
        }
    }
    for (place, rules) in &policy.rules {
        match place {
            Place::Project(_) | Place::Defaults(..) => {}
            Place::Content(project, kind, name) => {
                let mut table = Table::new(&mut text, key_of(*kind));
                table.text("name", name);
                table.text("project", &project.to_string());
                table.rules("rules", rules);
            }
            Place::View(project, workbook, name) => {
                let mut table = Table::new(&mut text, "view");
                table.text("name", name);
                table.text("workbook", workbook);
                table.text("project", &project.to_string());
                table.rules("rules", rules);
            }
        }
    }
    text
}

struct Table<'t>(&'t mut String);

impl<'t> Table<'t> {
    fn new(text: &'t mut String, key: &str) -> Self {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&format!("[[{key}]]\n"));
        Self(text)
    }

    fn text(&mut self, key: &str, value: &str) {
        let _ = writeln!(self.0, "{key} = {}", quoted(value));
    }

    fn names(&mut self, key: &str, names: &BTreeSet<String>) {
        self.lines(key, names.iter().map(|name| quoted(name)));
    }

    fn rules(&mut self, key: &str, rules: &Rules) {
        let mut of: BTreeMap<&Whom, [Vec<&str>; 2]> = BTreeMap::new();
        for ((whom, capability), mode) in rules {
            let [allow, deny] = of.entry(whom).or_default();
            let list = if *mode == PermissionMode::Allow { allow } else { deny };
            list.push(capability.as_str());
        }
        let of = of.into_iter().map(|(whom, lists)| {
            let (kind, name) = match whom {
                Whom::Group(name) => ("group", name),
                Whom::GroupSet(name) => ("group-set", name),
                Whom::User(name) => ("user", name),
            };
            let mut line = format!("{{ {kind} = {}", quoted(name));
            for (mode, list) in ["allow", "deny"].into_iter().zip(lists).filter(|(_, list)| !list.is_empty()) {
                let list: Vec<String> = list.into_iter().map(quoted).collect();
                let _ = write!(line, ", {mode} = [{}]", list.join(", "));
            }
            line + " }"
        });
        self.lines(key, of);
    }

    /// A list with a line for each of its things.
    fn lines(&mut self, key: &str, things: impl Iterator<Item = String>) {
        let things: Vec<String> = things.map(|thing| format!("    {thing},\n")).collect();
        let _ = match things.is_empty() {
            true => writeln!(self.0, "{key} = []"),
            false => writeln!(self.0, "{key} = [\n{}]", things.concat()),
        };
    }
}

/// A text in quotes.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}
