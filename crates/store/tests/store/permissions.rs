//! What lists show in SQL is what [`tavola_model::decide`] says, whatever the world looks like.

use std::{collections::BTreeSet, fmt::Write as _, num::NonZeroU32};

use tavola_model::{
    Capability, ContentKind, ContentPermissions, Decision, Grantee, GroupId, GroupSetId, Lead, ListQuery, Page,
    PermissionMode, ProjectId, Question, Rule, SiteRole, UserId, ViewId, WorkbookId, decide, first_rule,
};
use tavola_store::{
    Actor, Error, Missing, Refusal,
    items::ItemChange,
    permissions,
    projects::{self, Contents, ProjectChange},
    views,
    workbooks::{self, WorkbookChange},
};

use crate::world::World;

const WORLDS: u64 = 120;

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

struct Book {
    id: WorkbookId,
    project: usize,
    owner: UserId,
    show_tabs: bool,
    views: Vec<Sheet>,
}

struct Sheet {
    id: ViewId,
    hidden: bool,
}

/// What a rule lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Project(usize),
    Book(usize),
    View(usize, usize),
}

/// A rule on a place, about a kind of content.
struct Laid {
    place: Place,
    about: ContentKind,
    capability: Capability,
    rule: Rule,
}

/// Everything that permissions depend on, as plain values.
struct Plan {
    groups: Vec<(GroupId, Vec<UserId>)>,
    group_sets: Vec<(GroupSetId, Vec<usize>)>,
    has_group_sets: bool,
    projects: Vec<Project>,
    books: Vec<Book>,
    rules: Vec<Laid>,
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
        let books: Vec<Book> = (0..dice.below(7))
            .map(|_| Book {
                id: WorkbookId::from_random_bytes(dice.bytes()),
                project: dice.below(projects.len()),
                owner: users[dice.below(users.len())],
                show_tabs: dice.one_in(2),
                views: (0..=dice.below(3))
                    .map(|_| Sheet { id: ViewId::from_random_bytes(dice.bytes()), hidden: dice.one_in(6) })
                    .collect(),
            })
            .collect();
        let mut plan = Self { groups, group_sets, has_group_sets: !dice.one_in(4), projects, books, rules: Vec::new() };
        plan.lay_rules(dice, users);
        plan
    }

    fn lay_rules(&mut self, dice: &mut Dice, users: &[UserId]) {
        let mut places = Vec::new();
        for project in 0..self.projects.len() {
            places.extend([(Place::Project(project), ContentKind::Project); 3]);
            places.extend([(Place::Project(project), ContentKind::Workbook); 2]);
        }
        for (number, book) in self.books.iter().enumerate() {
            places.extend([(Place::Book(number), ContentKind::Workbook); 2]);
            places.extend((0..book.views.len()).map(|view| (Place::View(number, view), ContentKind::View)));
        }
        for _ in 0..dice.below(2 * places.len()) {
            let grantee = match dice.below(5) {
                0 | 1 => Grantee::User(users[dice.below(users.len())]),
                2 | 3 => Grantee::Group(self.groups[dice.below(self.groups.len())].0),
                _ => Grantee::GroupSet(self.group_sets[dice.below(self.group_sets.len())].0),
            };
            let (place, about) = places[dice.below(places.len())];
            let capability = match (about, dice.below(4)) {
                (ContentKind::Project, 0) => Capability::ProjectLeader,
                (ContentKind::Project | ContentKind::Workbook, 1) => Capability::Write,
                _ => Capability::Read,
            };
            let mode = if dice.one_in(3) { PermissionMode::Deny } else { PermissionMode::Allow };
            let same = |laid: &Laid| {
                (laid.place, laid.about, laid.capability, laid.rule.grantee) == (place, about, capability, grantee)
            };
            if !self.rules.iter().any(same) {
                self.rules.push(Laid { place, about, capability, rule: Rule { grantee, mode } });
            }
        }
    }

    fn sql(&self, site: &str) -> String {
        let mut sql = String::from(
            "DELETE FROM permission_rules; DELETE FROM items; DELETE FROM projects; DELETE FROM group_sets; \
             DELETE FROM groups WHERE all_users = 0;\n",
        );
        writeln!(sql, "UPDATE sites SET group_sets_enabled = {};", u8::from(self.has_group_sets)).unwrap();
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
        for (number, book) in self.books.iter().enumerate() {
            let name = text(&format!("w{number}"));
            insert(
                "items",
                "id, site_id, kind, project_id, owner_id, name, name_key, description, content_url, content_url_key, \
                 file_type, size, has_extracts, encrypt_extracts, revision, created_at, updated_at, published_at",
                &[
                    text(&book.id),
                    text(&site),
                    "'Workbook'".to_owned(),
                    text(&self.projects[book.project].id),
                    text(&book.owner),
                    name.clone(),
                    name.clone(),
                    "''".to_owned(),
                    name.clone(),
                    name,
                    "'twb', 1, 0, 0, 1, 0, 0, 0".to_owned(),
                ],
            );
            let row = [text(&book.id), u8::from(book.show_tabs).to_string(), book.views.len().to_string()];
            insert("workbooks", "id, show_tabs, sheet_count", &row);
            for (position, view) in book.views.iter().enumerate() {
                let name = text(&format!("v{number}{position}"));
                insert(
                    "views",
                    "id, workbook_id, position, hidden, name, name_key, url_name, url_name_key, title, sheet_type, \
                     created_at, updated_at",
                    &[
                        text(&view.id),
                        text(&book.id),
                        position.to_string(),
                        u8::from(view.hidden).to_string(),
                        name.clone(),
                        name.clone(),
                        name.clone(),
                        name,
                        "'', 'worksheet', 0, 0".to_owned(),
                    ],
                );
            }
        }
        for Laid { place, about, capability, rule: Rule { grantee, mode } } in &self.rules {
            let (column, id) = match grantee {
                Grantee::User(id) => ("user_id", text(id)),
                Grantee::Group(id) => ("group_id", text(id)),
                Grantee::GroupSet(id) => ("group_set_id", text(id)),
            };
            let (kind, place) = match *place {
                Place::Project(project) => (ContentKind::Project, text(&self.projects[project].id)),
                Place::Book(book) => (ContentKind::Workbook, text(&self.books[book].id)),
                Place::View(book, view) => (ContentKind::View, text(&self.books[book].views[view].id)),
            };
            // A rule about another kind, which says the opposite, must not be taken for it.
            let opposite = if *mode == PermissionMode::Allow { PermissionMode::Deny } else { PermissionMode::Allow };
            let other = if *about == ContentKind::Project { ContentKind::Flow } else { ContentKind::Datasource };
            for (applies_to, mode) in [(*about, *mode), (other, opposite)] {
                insert(
                    "permission_rules",
                    &format!("site_id, content_kind, content_id, applies_to, {column}, capability, mode"),
                    &[
                        text(&site),
                        text(&kind),
                        place.clone(),
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

    /// The views that are not hidden, by workbook and number.
    fn sheets(&self) -> impl Iterator<Item = (usize, usize)> {
        let of_book = |(book, Book { views, .. }): (usize, &Book)| {
            let shown: Vec<_> = (0..views.len()).filter(|view| !views[*view].hidden).map(|view| (book, view)).collect();
            shown
        };
        self.books.iter().enumerate().flat_map(of_book)
    }

    /// A project and those it lies in.
    fn path(&self, project: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(project), |place| self.projects[*place].parent)
    }

    fn rules(&self, user: UserId, place: Place, about: ContentKind, capability: Capability) -> Vec<Rule> {
        let is_in = |group: usize| self.groups[group].1.contains(&user);
        let concerns = |grantee: Grantee| match grantee {
            Grantee::User(id) => id == user,
            Grantee::Group(id) => (0..self.groups.len()).any(|group| self.groups[group].0 == id && is_in(group)),
            Grantee::GroupSet(id) => {
                let all = |groups: &[usize]| !groups.is_empty() && groups.iter().all(|group| is_in(*group));
                self.has_group_sets && self.group_sets.iter().any(|(set, groups)| *set == id && all(groups))
            }
        };
        let there = |laid: &&Laid| (laid.place, laid.about, laid.capability) == (place, about, capability);
        self.rules.iter().filter(there).map(|laid| laid.rule).filter(|rule| concerns(rule.grantee)).collect()
    }

    /// The project whose own rules hold in a project.
    fn source(&self, project: usize) -> Place {
        Place::Project(self.projects[project].controlling.unwrap_or(project))
    }

    fn allows(&self, user: UserId, role: SiteRole, place: Place, capability: Capability) -> bool {
        self.decision(user, role, place, capability).is_allowed()
    }

    fn decision(&self, user: UserId, role: SiteRole, place: Place, capability: Capability) -> Decision {
        let (kind, project, owner) = match place {
            Place::Project(project) => (ContentKind::Project, project, self.projects[project].owner),
            Place::Book(book) => (ContentKind::Workbook, self.books[book].project, Some(self.books[book].owner)),
            Place::View(book, _) => (ContentKind::View, self.books[book].project, Some(self.books[book].owner)),
        };
        let locked = self.projects[project].controlling.is_some();
        let (rules_of, about) = match place {
            Place::Project(_) => (self.source(project), ContentKind::Project),
            // The project decides, as it does for workbooks: it has no rules about views.
            Place::Book(_) | Place::View(..) if locked => (self.source(project), ContentKind::Workbook),
            Place::View(book, _) if self.books[book].show_tabs => (Place::Book(book), ContentKind::Workbook),
            Place::Book(_) | Place::View(..) => (place, kind),
        };
        let owns = |project: usize| self.projects[project].owner == Some(user);
        let leads = |project: usize| {
            let rules = self.rules(user, self.source(project), ContentKind::Project, Capability::ProjectLeader);
            let rule = first_rule(&rules).filter(|rule| rule.mode == PermissionMode::Allow)?;
            Some(Lead::Leader(self.projects[project].id, rule))
        };
        let owned = self.path(project).find(|project| owns(*project));
        let lead =
            owned.map(|project| Lead::Owner(self.projects[project].id)).or_else(|| self.path(project).find_map(leads));
        // Administrators are not asked about it.
        let lead = lead.filter(|_| !role.administers_site());
        decide(&Question {
            role,
            administrator: role.administers_site(),
            kind,
            capability,
            lead,
            owner: owner == Some(user),
            locked,
            rules: &self.rules(user, rules_of, about, capability),
        })
    }

    /// Everything that has permissions: its kind, its id, and where it is.
    fn everything(&self) -> Vec<(ContentKind, String, Place)> {
        let mut all = Vec::new();
        for (number, project) in self.projects.iter().enumerate() {
            all.push((ContentKind::Project, project.id.to_string(), Place::Project(number)));
        }
        for (number, book) in self.books.iter().enumerate() {
            all.push((ContentKind::Workbook, book.id.to_string(), Place::Book(number)));
            let shown = book.views.iter().enumerate().filter(|(_, view)| !view.hidden);
            all.extend(shown.map(|(at, view)| (ContentKind::View, view.id.to_string(), Place::View(number, at))));
        }
        all
    }
}

fn count(found: impl Iterator) -> u64 {
    u64::try_from(found.count()).unwrap()
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
        let allows = |project, capability| plan.allows(user, *role, Place::Project(project), capability);
        let reads = |place| plan.allows(user, *role, place, Capability::Read);
        let books: Vec<usize> = (0..plan.books.len()).filter(|book| reads(Place::Book(*book))).collect();
        let sheets: Vec<usize> =
            plan.sheets().filter(|(book, view)| reads(Place::View(*book, *view))).map(|at| at.0).collect();
        let seen: BTreeSet<usize> = all
            .clone()
            .filter(|project| allows(*project, Capability::Read))
            .chain(books.iter().chain(&sheets).map(|book| plan.books[*book].project))
            .flat_map(|project| plan.path(project))
            .collect();
        let expected: Vec<_> = seen
            .iter()
            .map(|project| {
                let is_here = |book: &&usize| plan.books[**book].project == *project;
                let contents = Contents {
                    projects: count(seen.iter().filter(|below| plan.projects[**below].parent == Some(*project))),
                    workbooks: count(books.iter().filter(is_here)),
                    views: count(sheets.iter().filter(is_here)),
                    datasources: 0,
                };
                (format!("p{project}"), allows(*project, Capability::Write), contents)
            })
            .collect();
        let list = projects::list(&world.store, actor, &ListQuery::default(), true).await.unwrap();
        assert_eq!(usize::try_from(list.total).unwrap(), list.items.len(), "{case}");
        let told = |found: &projects::Project| (found.name.clone(), found.writeable, found.contents.unwrap());
        let found: Vec<_> = list.items.iter().map(told).collect();
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
        compare_content(world, &plan, actor, *role, &mut dice, seed).await;
    }
    compare_explanations(world, &plan, actors, &mut dice, seed).await;
    if seed.is_multiple_of(3) {
        compare_pages_after_a_change(world, plan, actors, seed).await;
    }
}

/// A page of one thing.
fn page(number: usize) -> ListQuery {
    let number = NonZeroU32::new(u32::try_from(number).unwrap()).unwrap();
    ListQuery { page: Page { number, size: NonZeroU32::MIN }, ..ListQuery::default() }
}

/// Turns every rule into its opposite between the first page of a list and the others: these hold what is still allowed.
async fn compare_pages_after_a_change(world: &World, mut plan: Plan, actors: &[(Actor, SiteRole)], seed: u64) {
    let books: Vec<Place> = (0..plan.books.len()).map(Place::Book).collect();
    let sheets: Vec<Place> = plan.sheets().map(|(book, view)| Place::View(book, view)).collect();
    let mut before = Vec::new();
    for (actor, role) in actors {
        let reads = |place: &&Place| plan.allows(actor.user_id(), *role, **place, Capability::Read);
        let listed = [&books, &sheets].map(|places| places.iter().filter(reads).copied().collect::<Vec<_>>());
        workbooks::list(&world.store, actor, &page(1)).await.unwrap();
        views::list(&world.store, actor, &page(1)).await.unwrap();
        before.push(listed);
    }
    let opposite = "CASE mode WHEN 'Allow' THEN 'Deny' ELSE 'Allow' END";
    world.sql(&format!("UPDATE permission_rules SET mode = {opposite}")).await.unwrap();
    for Laid { rule: Rule { mode, .. }, .. } in &mut plan.rules {
        *mode = if *mode == PermissionMode::Allow { PermissionMode::Deny } else { PermissionMode::Allow };
    }
    for ((actor, role), [books, sheets]) in actors.iter().zip(before) {
        let case = |place: &Place| format!("world {seed} turned over, {role}, {place:?}");
        let reads = |place: &Place| plan.allows(actor.user_id(), *role, *place, Capability::Read);
        for (number, place) in books.iter().enumerate().skip(1) {
            let found = workbooks::list(&world.store, actor, &page(number + 1)).await.unwrap();
            assert_eq!((found.items.len(), found.total), (reads(place).into(), books.len() as u64), "{}", case(place));
        }
        for (number, place) in sheets.iter().enumerate().skip(1) {
            let found = views::list(&world.store, actor, &page(number + 1)).await.unwrap();
            assert_eq!((found.items.len(), found.total), (reads(place).into(), sheets.len() as u64), "{}", case(place));
        }
    }
}

/// Holds what is told about one user and one thing, and why, against the rules.
async fn compare_explanations(world: &World, plan: &Plan, actors: &[(Actor, SiteRole)], dice: &mut Dice, seed: u64) {
    let everything = plan.everything();
    let (kind, id, place) = &everything[dice.below(everything.len())];
    for (actor, role) in actors {
        let user = actor.user_id();
        let told = permissions::effective(&world.store, &world.root, *kind, id, Some(user)).await.unwrap();
        assert_eq!((told.user.id, &told.subject.id), (user, id));
        assert_eq!(told.decisions.len(), kind.capabilities().len());
        for (capability, decision) in told.decisions {
            let case = format!("world {seed}, {role}, {kind} {place:?}, {capability}");
            assert_eq!(decision, plan.decision(user, *role, *place, capability), "{case}");
            assert!(decision.rule().is_none_or(|rule| told.grantees.contains_key(&rule.grantee)), "{case}");
            assert!(decision.led_project().is_none_or(|project| told.projects.contains_key(&project)), "{case}");
        }
    }
}

/// Holds what one actor sees of workbooks and views against the rules.
async fn compare_content(world: &World, plan: &Plan, actor: &Actor, role: SiteRole, dice: &mut Dice, seed: u64) {
    let user = actor.user_id();
    let case = format!("world {seed}, {role}");
    let allows = |place, capability| plan.allows(user, role, place, capability);
    let all = 0..plan.books.len();

    let expected: Vec<_> = all.clone().filter(|book| allows(Place::Book(*book), Capability::Read)).collect();
    let list = workbooks::list(&world.store, actor, &ListQuery::default()).await.unwrap();
    let found: Vec<_> = list.items.iter().map(|found| found.item.id).collect();
    assert_eq!(found, expected.iter().map(|book| plan.books[*book].id).collect::<Vec<_>>(), "{case}");
    assert_eq!(usize::try_from(list.total).unwrap(), expected.len(), "{case}");

    let sheets = |book: usize| {
        let shown = move |view: &usize| {
            !plan.books[book].views[*view].hidden && allows(Place::View(book, *view), Capability::Read)
        };
        (0..plan.books[book].views.len()).filter(shown).map(move |view| plan.books[book].views[view].id)
    };
    let views = views::list(&world.store, actor, &ListQuery::default()).await.unwrap();
    let found: Vec<_> = views.items.iter().map(|view| view.id).collect();
    assert_eq!(found, all.flat_map(sheets).collect::<Vec<_>>(), "{case}");
    assert_eq!(usize::try_from(views.total).unwrap(), found.len(), "{case}");

    if plan.books.is_empty() {
        return;
    }
    let number = dice.below(plan.books.len());
    let book = &plan.books[number];
    let case = format!("{case}, w{number}");
    let of_workbook = views::list_of_workbook(&world.store, actor, book.id).await;
    match workbooks::get(&world.store, actor, book.id).await {
        Ok(got) => {
            assert!(list.items.contains(&got), "{case}");
            let found: Vec<_> = of_workbook.unwrap().iter().map(|view| view.id).collect();
            assert_eq!(found, sheets(number).collect::<Vec<_>>(), "{case}");
            let item = ItemChange { description: Some(user.to_string()), ..ItemChange::default() };
            let change = WorkbookChange { item, ..WorkbookChange::default() };
            let changed = workbooks::update(&world.store, actor, book.id, change).await;
            if allows(Place::Book(number), Capability::Write) {
                changed.unwrap();
            } else {
                let refusal = Refusal::LacksCapability(Capability::Write);
                assert!(matches!(&changed, Err(Error::Forbidden(found)) if *found == refusal), "{case}: {changed:?}");
            }
        }
        Err(Error::NotFound(Missing::Content(..))) => {
            assert!(!expected.contains(&number) && is_unknown(of_workbook), "{case}");
        }
        Err(error) => panic!("{case}: {error}"),
    }
    let view = book.views[dice.below(book.views.len())].id;
    match views::get(&world.store, actor, view).await {
        Ok(got) => assert_eq!(views.items.iter().find(|listed| listed.id == view).unwrap().name, got.name, "{case}"),
        Err(Error::NotFound(Missing::Content(..))) => {
            assert!(views.items.iter().all(|listed| listed.id != view), "{case}");
        }
        Err(error) => panic!("{case}: {error}"),
    }
}

fn is_unknown<T>(answer: Result<T, Error>) -> bool {
    matches!(answer, Err(Error::NotFound(Missing::Content(..))))
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
