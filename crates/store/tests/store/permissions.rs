//! What lists show in SQL is what [`tavola_model::decide`] says, whatever the world looks like.

use std::{collections::BTreeSet, fmt::Write as _};

use tavola_model::{
    Capability, ContentKind, ContentPermissions, Grantee, GroupId, GroupSetId, Lead, ListQuery, PermissionMode,
    ProjectId, Question, Rule, SiteRole, UserId, decide, first_rule,
};
use tavola_store::{
    Actor, Error, Missing, Refusal,
    projects::{self, ProjectChange},
};

use crate::world::World;

const WORLDS: u64 = 300;

/// A generator of numbers that gives the same ones for the same seed (xorshift*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).unwrap() % limit
    }

    fn one_in(&mut self, limit: usize) -> bool {
        self.below(limit) == 0
    }

    fn bytes(&mut self) -> [u8; 16] {
        std::array::from_fn(|_| u8::try_from(self.below(256)).unwrap())
    }
}

struct Project {
    id: ProjectId,
    parent: Option<usize>,
    owner: Option<UserId>,
    content_permissions: ContentPermissions,
    controlling: Option<usize>,
}

/// Everything that permissions depend on, as plain values.
struct Plan {
    groups: Vec<(GroupId, Vec<UserId>)>,
    group_sets: Vec<(GroupSetId, Vec<usize>)>,
    projects: Vec<Project>,
    rules: Vec<(usize, Grantee, Capability, PermissionMode)>,
}

impl Plan {
    fn random(dice: &mut Dice, users: &[UserId]) -> Self {
        let some = |dice: &mut Dice| users.iter().copied().filter(|_| dice.one_in(3)).collect::<Vec<_>>();
        let groups: Vec<_> = (0..3).map(|_| (GroupId::from_random_bytes(dice.bytes()), some(dice))).collect();
        let group_sets: Vec<_> = (0..2)
            .map(|_| (GroupSetId::from_random_bytes(dice.bytes()), (0..3).filter(|_| dice.one_in(2)).collect()))
            .collect();
        let mut projects: Vec<Project> = Vec::new();
        for number in 0..=dice.below(9) {
            let parent = (number > 0 && !dice.one_in(4)).then(|| dice.below(number));
            let outer = parent.map(|parent| (projects[parent].content_permissions, projects[parent].controlling));
            let (content_permissions, controlling) = match outer {
                Some((ContentPermissions::LockedToProject, controlling)) => {
                    (ContentPermissions::LockedToProject, controlling)
                }
                _ if dice.one_in(2) => (ContentPermissions::ManagedByOwner, None),
                _ if dice.one_in(2) => (ContentPermissions::LockedToProject, Some(number)),
                _ => (ContentPermissions::LockedToProjectWithoutNested, Some(number)),
            };
            projects.push(Project {
                id: ProjectId::from_random_bytes(dice.bytes()),
                parent,
                owner: dice.one_in(3).then(|| users[dice.below(users.len())]),
                content_permissions,
                controlling,
            });
        }
        let mut rules: Vec<(usize, Grantee, Capability, PermissionMode)> = Vec::new();
        for _ in 0..dice.below(4 * projects.len()) {
            let grantee = match dice.below(5) {
                0 | 1 => Grantee::User(users[dice.below(users.len())]),
                2 | 3 => Grantee::Group(groups[dice.below(groups.len())].0),
                _ => Grantee::GroupSet(group_sets[dice.below(group_sets.len())].0),
            };
            let capability = [Capability::Read, Capability::Read, Capability::Write, Capability::ProjectLeader];
            let capability = capability[dice.below(capability.len())];
            let mode = if dice.one_in(3) { PermissionMode::Deny } else { PermissionMode::Allow };
            let project = dice.below(projects.len());
            if !rules.iter().any(|rule| (rule.0, rule.1, rule.2) == (project, grantee, capability)) {
                rules.push((project, grantee, capability, mode));
            }
        }
        Self { groups, group_sets, projects, rules }
    }

    fn sql(&self, site: &str) -> String {
        let mut sql = String::from(
            "DELETE FROM permission_rules; DELETE FROM projects; DELETE FROM group_sets; \
             DELETE FROM groups WHERE all_users = 0;\n",
        );
        let mut insert = |table: &str, columns: &str, values: &[String]| {
            writeln!(sql, "INSERT INTO {table} ({columns}) VALUES ({});", values.join(", ")).unwrap();
        };
        let text = |value: &dyn std::fmt::Display| format!("'{value}'");
        let named = "id, site_id, name, name_key, created_at, updated_at";
        let zero = || "0".to_owned();
        for (number, (id, users)) in self.groups.iter().enumerate() {
            let name = text(&format!("g{number}"));
            let row = [text(id), text(&site), name.clone(), name, zero(), zero(), zero()];
            insert("groups", &format!("{named}, all_users"), &row);
            for user in users {
                insert("group_users", "group_id, user_id", &[text(id), text(user)]);
            }
        }
        for (number, (id, groups)) in self.group_sets.iter().enumerate() {
            let name = text(&format!("s{number}"));
            insert("group_sets", named, &[text(id), text(&site), name.clone(), name, zero(), zero()]);
            for group in groups {
                let row = [text(id), text(&self.groups[*group].0)];
                insert("group_set_groups", "group_set_id, group_id", &row);
            }
        }
        for (number, project) in self.projects.iter().enumerate() {
            let id_of = |place: Option<usize>| place.map_or("NULL".to_owned(), |at| text(&self.projects[at].id));
            let name = text(&format!("p{number}"));
            insert(
                "projects",
                &format!("{named}, description, parent_id, owner_id, content_permissions, controlling_id"),
                &[
                    text(&project.id),
                    text(&site),
                    name.clone(),
                    name,
                    zero(),
                    zero(),
                    "''".to_owned(),
                    id_of(project.parent),
                    project.owner.map_or("NULL".to_owned(), |owner| text(&owner)),
                    text(&project.content_permissions),
                    id_of(project.controlling),
                ],
            );
            for (depth, place) in self.path(number).enumerate() {
                let row = [text(&project.id), text(&self.projects[place].id), depth.to_string()];
                insert("project_ancestors", "project_id, ancestor_id, depth", &row);
            }
        }
        for (project, grantee, capability, mode) in &self.rules {
            let (column, id) = match grantee {
                Grantee::User(id) => ("user_id", text(id)),
                Grantee::Group(id) => ("group_id", text(id)),
                Grantee::GroupSet(id) => ("group_set_id", text(id)),
            };
            let project = text(&self.projects[*project].id);
            // Rules of two other kinds, which say the opposite, must not be taken for the project's own.
            let opposite = if *mode == PermissionMode::Allow { PermissionMode::Deny } else { PermissionMode::Allow };
            for (applies_to, mode) in
                [(ContentKind::Project, *mode), (ContentKind::Workbook, opposite), (ContentKind::Flow, opposite)]
            {
                insert(
                    "permission_rules",
                    &format!("site_id, content_kind, content_id, applies_to, {column}, capability, mode"),
                    &[
                        text(&site),
                        "'Project'".to_owned(),
                        project.clone(),
                        text(&applies_to),
                        id.clone(),
                        text(capability),
                        text(&mode),
                    ],
                );
            }
        }
        sql
    }

    /// A project and those it lies in.
    fn path(&self, project: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(project), |place| self.projects[*place].parent)
    }

    fn rules(&self, user: UserId, project: usize, capability: Capability) -> Vec<Rule> {
        let source = self.projects[project].controlling.unwrap_or(project);
        let is_in = |group: usize| self.groups[group].1.contains(&user);
        let concerns = |grantee: Grantee| match grantee {
            Grantee::User(id) => id == user,
            Grantee::Group(id) => (0..self.groups.len()).any(|group| self.groups[group].0 == id && is_in(group)),
            Grantee::GroupSet(id) => {
                self.group_sets.iter().any(|(set, groups)| *set == id && groups.iter().any(|group| is_in(*group)))
            }
        };
        let rules = self.rules.iter().filter(|rule| rule.0 == source && rule.2 == capability && concerns(rule.1));
        rules.map(|(_, grantee, _, mode)| Rule { grantee: *grantee, mode: *mode }).collect()
    }

    fn allows(&self, user: UserId, role: SiteRole, project: usize, capability: Capability) -> bool {
        let owns = |project: usize| self.projects[project].owner == Some(user);
        let leads = |project: usize| {
            first_rule(&self.rules(user, project, Capability::ProjectLeader))
                .is_some_and(|rule| rule.mode == PermissionMode::Allow)
        };
        let lead = if self.path(project).any(owns) {
            Some(Lead::Owner)
        } else {
            self.path(project).any(leads).then_some(Lead::Leader)
        };
        decide(&Question {
            role,
            administrator: role.administers_site(),
            kind: ContentKind::Project,
            capability,
            lead,
            owner: owns(project),
            locked: self.projects[project].controlling.is_some(),
            rules: &self.rules(user, project, capability),
        })
        .is_allowed()
    }
}

/// Holds one random world against the store.
async fn compare(world: &World, actors: &[(Actor, SiteRole)], seed: u64) {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let users: Vec<UserId> = actors.iter().map(|(actor, _)| actor.user_id()).collect();
    let plan = Plan::random(&mut dice, &users);
    world.sql(&plan.sql(&world.root.site_id().to_string())).await.unwrap();
    let all = 0..plan.projects.len();
    for (actor, role) in actors {
        let user = actor.user_id();
        let case = format!("world {seed}, {role}");
        let allows = |project, capability| plan.allows(user, *role, project, capability);
        let seen: BTreeSet<usize> = all
            .clone()
            .filter(|project| allows(*project, Capability::Read))
            .flat_map(|project| plan.path(project))
            .collect();
        let expected: Vec<_> = seen
            .iter()
            .map(|project| {
                let below = seen.iter().filter(|below| plan.projects[**below].parent == Some(*project)).count();
                (format!("p{project}"), allows(*project, Capability::Write), i64::try_from(below).unwrap())
            })
            .collect();
        let list = projects::list(&world.store, actor, &ListQuery::default()).await.unwrap();
        assert_eq!(usize::try_from(list.total).unwrap(), list.items.len(), "{case}");
        let found: Vec<_> =
            list.items.iter().map(|found| (found.name.clone(), found.writeable, found.project_count)).collect();
        assert_eq!(found, expected, "{case}");

        let project = dice.below(plan.projects.len());
        let id = plan.projects[project].id;
        let case = format!("{case}, p{project}");
        match projects::get(&world.store, actor, id).await {
            Ok(got) => {
                assert!(list.items.contains(&got), "{case}");
                // A note that nobody made yet: to make it takes the say in the project.
                let change = ProjectChange { description: Some(user.to_string()), ..ProjectChange::default() };
                let changed = projects::update(&world.store, actor, id, change).await;
                if allows(project, Capability::ProjectLeader) {
                    changed.unwrap();
                } else {
                    let refusal = Refusal::LacksCapability(Capability::ProjectLeader);
                    assert!(
                        matches!(&changed, Err(Error::Forbidden(found)) if *found == refusal),
                        "{case}: {changed:?}"
                    );
                }
            }
            Err(Error::NotFound(Missing::Project(_))) => assert!(!seen.contains(&project), "{case}"),
            Err(error) => panic!("{case}: {error}"),
        }
    }
}

on_both! {
    async fn lists_show_what_the_rules_decide(world) {
        let mut actors = Vec::new();
        for (number, role) in [
            SiteRole::Creator,
            SiteRole::Creator,
            SiteRole::ExplorerCanPublish,
            SiteRole::Explorer,
            SiteRole::Viewer,
            SiteRole::SiteAdministratorExplorer,
        ]
        .into_iter()
        .enumerate()
        {
            actors.push((world.actor(&format!("user{number}"), role).await, role));
        }
        for seed in 1..=WORLDS {
            compare(world, &actors, seed).await;
        }
    }
}
