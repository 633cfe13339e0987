//! Rules that are listed, added, replaced and removed, and who may do so.

use tavola_model::{
    Capability::{self, ChangePermissions, Delete, ExportXml, InheritedProjectLeader, ProjectLeader, Read, Write},
    ContentKind::{self, Datasource, Flow, Project, View, VirtualConnection, Workbook},
    ContentPermissions, Grantee, GroupId, GroupSetId, ListQuery,
    PermissionMode::{self, Allow, Deny},
    ProjectId, Reason, SiteRole, UserId,
};
use tavola_store::{
    Actor, Conflict, Error, Invalid, Missing, Refusal, audit,
    permissions::{self, LaidRule, Place},
    projects::{self, NewProject, ProjectChange},
    recycle_bin, users, views,
    workbooks::{self, WorkbookChange},
};

use crate::{
    flows::flow,
    workbooks::{project, publish, to},
    world::World,
};

const FINANCE: &str = "77777777-7777-4777-8777-777777777777";
const SET: &str = "88888888-8888-4888-8888-888888888888";

fn group() -> Grantee {
    Grantee::Group(FINANCE.parse::<GroupId>().unwrap())
}

fn group_set() -> Grantee {
    Grantee::GroupSet(SET.parse::<GroupSetId>().unwrap())
}

/// A group and a set with it, on the site Default, with these users.
async fn groups(world: &World, users: &[&Actor]) {
    let site = world.root.site_id();
    let mut statements = format!(
        "INSERT INTO groups (id, site_id, name, name_key, created_at, updated_at, all_users) \
         VALUES ('{FINANCE}', '{site}', 'Finance', 'finance', 0, 0, 0); \
         INSERT INTO group_sets (id, site_id, name, name_key, created_at, updated_at) \
         VALUES ('{SET}', '{site}', 'Money', 'money', 0, 0); \
         INSERT INTO group_set_groups (group_set_id, group_id) VALUES ('{SET}', '{FINANCE}');"
    );
    for user in users {
        let user = user.user_id();
        statements += &format!("INSERT INTO group_users (group_id, user_id) VALUES ('{FINANCE}', '{user}');");
    }
    world.sql(&statements).await.unwrap();
}

fn rule(grantee: Grantee, capability: Capability, mode: PermissionMode) -> LaidRule {
    LaidRule { grantee, capability, mode }
}

fn user(actor: &Actor) -> Grantee {
    Grantee::User(actor.user_id())
}

async fn rules(world: &World, place: &Place) -> Vec<LaidRule> {
    permissions::list(&world.store, &world.root, place.clone()).await.unwrap().rules
}

async fn add(world: &World, actor: &Actor, place: &Place, rules: &[LaidRule]) -> Result<Vec<LaidRule>, Error> {
    permissions::add(&world.store, actor, place.clone(), rules.to_vec()).await.map(|found| found.rules)
}

async fn replace(world: &World, place: &Place, rules: &[LaidRule]) -> Vec<LaidRule> {
    permissions::replace(&world.store, &world.root, place.clone(), rules.to_vec()).await.unwrap().rules
}

async fn remove(world: &World, actor: &Actor, place: &Place, rule: LaidRule) -> Result<(), Error> {
    permissions::remove(&world.store, actor, place.clone(), rule).await
}

fn is_refused<T: std::fmt::Debug>(answer: Result<T, Error>, refusal: Refusal) -> bool {
    matches!(answer, Err(Error::Forbidden(found)) if found == refusal)
}

fn lacks<T: std::fmt::Debug>(answer: Result<T, Error>, capability: Capability) -> bool {
    is_refused(answer, Refusal::LacksCapability(capability))
}

async fn lock(world: &World, project: ProjectId, wanted: ContentPermissions) {
    let change = ProjectChange { content_permissions: Some(wanted), ..ProjectChange::default() };
    projects::update(&world.store, &world.root, project, change).await.unwrap();
}

async fn project_in(world: &World, parent: ProjectId, name: &str) -> ProjectId {
    let new = NewProject { parent_id: Some(parent), ..NewProject::new(name.parse().unwrap()) };
    projects::create(&world.store, &world.root, new).await.unwrap().id
}

/// The lines of the audit about permissions, oldest first.
async fn audited(world: &World) -> Vec<String> {
    let lines = audit::list(&world.store, &world.root, &ListQuery::default()).await.unwrap().items;
    let about = lines.into_iter().rev().filter(|line| line.action.contains(".permissions."));
    about.map(|line| format!("{} {}: {}", line.action, line.object_name.unwrap(), line.detail.unwrap())).collect()
}

on_both! {
    async fn rules_are_added_replaced_and_removed_and_each_change_is_written_down(world) {
        let ann = world.actor("ann", SiteRole::Creator).await;
        groups(world, &[]).await;
        let project = project(world, "P").await;
        let made = publish(world, &world.root, to(Some(project), "W")).await.unwrap();
        let place = Place::own(Workbook, made.item.id.to_string());
        assert_eq!(replace(world, &place, &[]).await, []);
        let before = audited(world).await.len();

        let first = [rule(user(&ann), Read, Deny), rule(group(), Read, Allow), rule(group_set(), ExportXml, Allow)];
        // By grantee: groups, group sets, users.
        let listed = [first[1], first[2], first[0]];
        assert_eq!(add(world, &world.root, &place, &first).await.unwrap(), listed);
        assert_eq!(rules(world, &place).await, listed);
        // What is so already stays, and is no change.
        let more = rule(group(), Write, Allow);
        add(world, &world.root, &place, &[first[1], more, more]).await.unwrap();
        let opposite = add(world, &world.root, &place, &[rule(user(&ann), Read, Allow)]).await;
        assert!(matches!(opposite, Err(Error::Conflict(Conflict::OppositeRule(Read)))));
        let both = add(world, &world.root, &place, &[rule(group(), Delete, Allow), rule(group(), Delete, Deny)]).await;
        assert!(matches!(both, Err(Error::Conflict(Conflict::OppositeRule(Delete)))));
        assert_eq!(rules(world, &place).await.len(), 4);

        let now = [rule(group(), Read, Deny), more];
        assert_eq!(replace(world, &place, &now).await, now);
        remove(world, &world.root, &place, more).await.unwrap();
        for gone in [more, rule(group(), Read, Allow), rule(user(&ann), Read, Deny)] {
            let removed = remove(world, &world.root, &place, gone).await;
            assert!(matches!(removed, Err(Error::NotFound(Missing::Rule(Workbook)))), "{gone:?}");
        }
        assert_eq!(rules(world, &place).await, [rule(group(), Read, Deny)]);
        assert_eq!(
            audited(world).await[before..],
            [
                "workbook.permissions.add W: group `Finance`: Allow Read",
                "workbook.permissions.add W: group set `Money`: Allow ExportXml",
                "workbook.permissions.add W: user `ann`: Deny Read",
                "workbook.permissions.add W: group `Finance`: Allow Write",
                "workbook.permissions.delete W: group `Finance`: Allow Read",
                "workbook.permissions.delete W: group set `Money`: Allow ExportXml",
                "workbook.permissions.delete W: user `ann`: Deny Read",
                "workbook.permissions.add W: group `Finance`: Deny Read",
                "workbook.permissions.delete W: group `Finance`: Allow Write",
            ]
        );
    }

    async fn rules_name_what_is_there_and_what_the_kind_has(world) {
        let made = publish(world, &world.root, to(None, "W")).await.unwrap();
        let project = made.item.project_id.to_string();
        let place = Place::own(Workbook, made.item.id.to_string());
        let before = rules(world, &place).await;
        for (place, bad) in [
            (&place, rule(user(&world.root), ProjectLeader, Allow)),
            (&place, rule(user(&world.root), Capability::Connect, Allow)),
            (&Place::own(Project, &project), rule(user(&world.root), Delete, Allow)),
            (&Place::own(Project, &project), rule(user(&world.root), InheritedProjectLeader, Allow)),
            (&Place::defaults(&project, Datasource), rule(user(&world.root), ExportXml, Allow)),
            (&Place::defaults(&project, ContentKind::Table), rule(user(&world.root), Delete, Allow)),
        ] {
            let added = add(world, &world.root, place, &[bad]).await;
            if place.about == Datasource {
                added.unwrap();
                continue;
            }
            assert!(matches!(added, Err(Error::Invalid(Invalid::Capability(..)))), "{place:?} {bad:?}");
            let removed = remove(world, &world.root, place, bad).await;
            assert!(matches!(removed, Err(Error::Invalid(Invalid::Capability(..)))), "{place:?} {bad:?}");
        }
        let denied = add(world, &world.root, &Place::own(Project, &project), &[rule(group(), ProjectLeader, Deny)]).await;
        assert!(matches!(denied, Err(Error::Invalid(Invalid::DeniedLeader))));
        // Not there, and there on another site.
        world.site("other").await;
        let stranger = Grantee::User(world.root_on("other").await.user_id());
        for nobody in [stranger, Grantee::User(UserId::from_random_bytes([9; 16])), group(), group_set()] {
            let good = rule(user(&world.root), Read, Deny);
            let added = add(world, &world.root, &place, &[good, rule(nobody, Read, Allow)]).await;
            let removed = remove(world, &world.root, &place, rule(nobody, Read, Allow)).await;
            for answer in [added.map(drop), removed] {
                assert!(
                    matches!(
                        (&answer, nobody),
                        (Err(Error::NotFound(Missing::User(_))), Grantee::User(_))
                            | (Err(Error::NotFound(Missing::Group(_))), Grantee::Group(_))
                            | (Err(Error::NotFound(Missing::GroupSet(_))), Grantee::GroupSet(_))
                    ),
                    "{nobody:?}: {answer:?}"
                );
            }
        }
        assert_eq!(rules(world, &place).await, before);
        let unknown = Place::own(Workbook, "not-an-id");
        assert!(matches!(add(world, &world.root, &unknown, &[]).await, Err(Error::NotFound(Missing::Content(..)))));
        let unknown = Place::own(Project, "not-an-id");
        assert!(matches!(add(world, &world.root, &unknown, &[]).await, Err(Error::NotFound(Missing::Project(_)))));
    }

    async fn who_has_the_say_over_content_changes_its_rules_and_it_holds_at_once(world) {
        let [owner, leader, granted, reader] = [
            world.actor("owner", SiteRole::Creator).await,
            world.actor("leader", SiteRole::Explorer).await,
            world.actor("granted", SiteRole::Explorer).await,
            world.actor("reader", SiteRole::Viewer).await,
        ];
        groups(world, &[&reader]).await;
        let project = project(world, "P").await;
        let of_project = Place::own(Project, project.to_string());
        add(world, &world.root, &of_project, &[rule(user(&leader), ProjectLeader, Allow)]).await.unwrap();
        let made = publish(world, &owner, to(Some(project), "W")).await.unwrap();
        let place = Place::own(Workbook, made.item.id.to_string());
        replace(world, &place, &[rule(user(&granted), Read, Allow)]).await;

        let see = async |actor: &Actor| workbooks::get(&world.store, actor, made.item.id).await.is_ok();
        let look = async |actor: &Actor| permissions::list(&world.store, actor, place.clone()).await;
        let allow = rule(group(), Read, Allow);
        assert!(!see(&reader).await);
        assert!(matches!(look(&reader).await, Err(Error::NotFound(Missing::Content(..)))));
        assert!(matches!(add(world, &reader, &place, &[allow]).await, Err(Error::NotFound(Missing::Content(..)))));
        for actor in [&owner, &leader, &world.root] {
            add(world, actor, &place, &[allow]).await.unwrap();
            assert!(see(&reader).await);
            assert_eq!(look(&reader).await.unwrap().rules.len(), 2);
            assert!(lacks(add(world, &reader, &place, &[rule(user(&reader), Write, Allow)]).await, ChangePermissions));
            assert!(lacks(remove(world, &granted, &place, allow).await, ChangePermissions));
            remove(world, actor, &place, allow).await.unwrap();
            assert!(!see(&reader).await);
        }
        add(world, &owner, &place, &[rule(user(&granted), ChangePermissions, Allow)]).await.unwrap();
        add(world, &granted, &place, &[allow]).await.unwrap();
        assert!(see(&reader).await);

        // Projects: whoever leads them. Their default rules are not for everybody's eyes.
        let defaults = Place::defaults(project.to_string(), Workbook);
        for actor in [&owner, &granted, &reader] {
            assert!(permissions::list(&world.store, actor, of_project.clone()).await.is_ok());
            assert!(lacks(permissions::list(&world.store, actor, defaults.clone()).await, ProjectLeader));
            assert!(lacks(add(world, actor, &of_project, &[rule(group(), Write, Deny)]).await, ProjectLeader));
            assert!(lacks(add(world, actor, &defaults, &[rule(group(), Write, Deny)]).await, ProjectLeader));
        }
        add(world, &leader, &of_project, &[rule(group(), Write, Deny)]).await.unwrap();
        add(world, &leader, &defaults, &[rule(group(), Write, Deny)]).await.unwrap();
    }

    async fn what_is_new_begins_with_the_defaults_and_what_is_locked_obeys_them(world) {
        let [owner, reader] =
            [world.actor("owner", SiteRole::Creator).await, world.actor("reader", SiteRole::Viewer).await];
        groups(world, &[&reader]).await;
        let (project, defaults) = {
            let project = project(world, "P").await;
            (project, Place::defaults(project.to_string(), Workbook))
        };
        replace(world, &defaults, &[rule(group(), Read, Allow)]).await;
        let made = publish(world, &owner, to(Some(project), "W")).await.unwrap();
        let place = Place::own(Workbook, made.item.id.to_string());
        assert_eq!(rules(world, &place).await, [rule(group(), Read, Allow)]);
        // From then on they are its own.
        replace(world, &defaults, &[rule(group(), Read, Deny)]).await;
        let see = async |actor: &Actor| workbooks::get(&world.store, actor, made.item.id).await.is_ok();
        assert!(see(&reader).await);

        lock(world, project, ContentPermissions::LockedToProject).await;
        assert!(!see(&reader).await);
        let told = permissions::list(&world.store, &world.root, place.clone()).await.unwrap();
        assert_eq!((told.parent_id, told.rules), (Some(project), vec![rule(group(), Read, Deny)]));
        replace(world, &defaults, &[rule(group(), Read, Allow), rule(group(), ChangePermissions, Allow)]).await;
        assert!(see(&reader).await);
        let new = rule(user(&reader), Read, Deny);
        assert!(is_refused(add(world, &world.root, &place, &[new]).await, Refusal::LockedByProject));
        assert!(is_refused(remove(world, &world.root, &place, rule(group(), Read, Allow)).await, Refusal::LockedByProject));
        // Owning it is no right here.
        assert!(lacks(add(world, &owner, &place, &[new]).await, ChangePermissions));

        // A lock reaches down, and a project in it says nothing of its own.
        let nested = project_in(world, project, "N").await;
        for below in [Place::own(Project, nested.to_string()), Place::defaults(nested.to_string(), Flow)] {
            let told = permissions::list(&world.store, &world.root, below.clone()).await.unwrap();
            assert_eq!(told.parent_id, Some(project));
            assert!(is_refused(add(world, &world.root, &below, &[new]).await, Refusal::LockedFromAbove));
        }
        let told = permissions::list(&world.store, &world.root, Place::own(Project, project.to_string())).await.unwrap();
        assert_eq!(told.parent_id, None);

        // What gets free keeps what held.
        lock(world, project, ContentPermissions::ManagedByOwner).await;
        assert_eq!(rules(world, &place).await.len(), 2);
        add(world, &owner, &place, &[new]).await.unwrap();
        assert!(!see(&reader).await);
    }

    async fn every_kind_has_rules_of_its_own(world) {
        let ann = world.actor("ann", SiteRole::Viewer).await;
        let made = flow(world, "F", &[]).await;
        let flow = tavola_store::flows::publish(&world.store, &world.root, made).await.unwrap().item;
        let one = Place::own(Flow, flow.id.to_string());
        let only = [rule(user(&ann), Read, Deny)];
        assert_eq!(replace(world, &one, &only).await, only);
        assert!(tavola_store::flows::get(&world.store, &ann, flow.id).await.is_err());
        let before = rules(world, &Place::defaults(flow.project_id.to_string(), Flow)).await;
        for about in ContentKind::in_projects() {
            let defaults = Place::defaults(flow.project_id.to_string(), about);
            assert!(!rules(world, &defaults).await.is_empty(), "{about}: what everybody may");
            replace(world, &defaults, &[]).await;
            let capabilities = about.capabilities().iter();
            let all: Vec<_> = capabilities.map(|(capability, _)| rule(user(&ann), *capability, Deny)).collect();
            let mut listed = all.clone();
            listed.sort();
            assert_eq!(add(world, &world.root, &defaults, &all).await.unwrap(), listed, "{about}");
        }
        assert_ne!(rules(world, &Place::defaults(flow.project_id.to_string(), Flow)).await, before);
        assert_eq!(rules(world, &one).await, only);
        assert_eq!(rules(world, &Place::defaults(flow.project_id.to_string(), VirtualConnection)).await.len(), 6);
    }

    async fn a_view_has_the_rules_of_its_workbook_where_tabs_are_shown(world) {
        let [owner, reader] =
            [world.actor("owner", SiteRole::Creator).await, world.actor("reader", SiteRole::Viewer).await];
        let made = publish(world, &owner, to(None, "W")).await.unwrap();
        let workbook = Place::own(Workbook, made.item.id.to_string());
        let id = views::list_of_workbook(&world.store, &owner, made.item.id).await.unwrap()[0].id;
        let view = Place::own(View, id.to_string());
        let tabs = async |shown: bool| {
            let change = WorkbookChange { show_tabs: Some(shown), ..WorkbookChange::default() };
            workbooks::update(&world.store, &owner, made.item.id, change).await.unwrap();
        };
        tabs(true).await;
        let on_workbook = [rule(user(&reader), Read, Allow), rule(user(&reader), Write, Allow)];
        replace(world, &workbook, &on_workbook).await;
        // As far as views have such capabilities.
        assert_eq!(rules(world, &view).await, on_workbook[..1]);
        let denial = rule(user(&reader), Read, Deny);
        assert!(is_refused(add(world, &owner, &view, &[denial]).await, Refusal::TabsShown));
        assert!(is_refused(remove(world, &owner, &view, on_workbook[0]).await, Refusal::TabsShown));
        let told = permissions::effective(&world.store, &owner, View, &view.id, Some(reader.user_id())).await.unwrap();
        assert_eq!((told.rules_of.kind, told.rules_of.name.as_str()), (Workbook, "W"));

        tabs(false).await;
        assert_eq!(rules(world, &view).await, on_workbook[..1]);
        assert_eq!(replace(world, &view, &[denial]).await, [denial]);
        assert!(views::get(&world.store, &reader, id).await.is_err());
        assert_eq!(rules(world, &workbook).await, on_workbook);
        let gone = remove(world, &owner, &view, on_workbook[0]).await;
        assert!(matches!(gone, Err(Error::NotFound(Missing::Rule(View)))));
    }

    async fn leading_a_project_is_told_of_those_in_it(world) {
        let [leader, other] =
            [world.actor("leader", SiteRole::Creator).await, world.actor("other", SiteRole::Creator).await];
        groups(world, &[&leader]).await;
        let outer = project(world, "Outer").await;
        let (inner, innermost) = {
            let inner = project_in(world, outer, "Inner").await;
            (inner, project_in(world, inner, "Innermost").await)
        };
        let place = |id: ProjectId| Place::own(Project, id.to_string());
        for id in [outer, inner, innermost] {
            replace(world, &place(id), &[]).await;
        }
        add(world, &world.root, &place(outer), &[rule(group(), ProjectLeader, Allow)]).await.unwrap();
        let inherited = rule(group(), InheritedProjectLeader, Allow);
        assert_eq!(rules(world, &place(outer)).await, [rule(group(), ProjectLeader, Allow)]);
        assert_eq!(rules(world, &place(inner)).await, [inherited]);
        assert_eq!(rules(world, &place(innermost)).await, [inherited]);
        // Who leads an inner one lays rules there.
        let own = rule(group(), ProjectLeader, Allow);
        let laid = add(world, &leader, &place(inner), &[own, rule(user(&other), Read, Allow)]).await.unwrap();
        assert_eq!(laid, [own, rule(user(&other), Read, Allow)]);
        assert!(lacks(add(world, &other, &place(inner), &[rule(group(), Write, Allow)]).await, ProjectLeader));
        // Default rules have no leaders.
        assert!(rules(world, &Place::defaults(inner.to_string(), Workbook)).await.iter().all(|rule| {
            rule.capability != InheritedProjectLeader
        }));
        // It is no rule, so it cannot be removed.
        let removed = remove(world, &world.root, &place(innermost), inherited).await;
        assert!(matches!(removed, Err(Error::Invalid(Invalid::Capability(Project, InheritedProjectLeader)))));
    }

    async fn what_another_may_do_is_told_to_those_who_may_change_it(world) {
        let [owner, reader, hidden] = [
            world.actor("owner", SiteRole::Creator).await,
            world.actor("reader", SiteRole::Viewer).await,
            world.actor("hidden", SiteRole::Explorer).await,
        ];
        let made = publish(world, &owner, to(None, "W")).await.unwrap();
        let place = Place::own(Workbook, made.item.id.to_string());
        replace(world, &place, &[rule(user(&reader), Read, Allow), rule(user(&reader), Write, Allow)]).await;
        let tell = async |actor: &Actor, of: Option<&Actor>| {
            permissions::effective(&world.store, actor, Workbook, &place.id, of.map(Actor::user_id)).await
        };
        let reasons = |told: permissions::Effective| {
            let wanted = [Read, Write, Delete];
            let decisions = told.decisions.into_iter().filter(|(capability, _)| wanted.contains(capability));
            decisions.map(|(_, decision)| decision.reason()).collect::<Vec<_>>()
        };
        for (actor, of, expected) in [
            (&reader, None, [Reason::Rule, Reason::SiteRole, Reason::SiteRole]),
            (&owner, Some(&reader), [Reason::Rule, Reason::SiteRole, Reason::SiteRole]),
            (&owner, Some(&hidden), [Reason::NoRule, Reason::SiteRole, Reason::NoRule]),
            (&owner, None, [Reason::Owner; 3]),
            (&owner, Some(&world.root), [Reason::Administrator; 3]),
            (&world.root, Some(&owner), [Reason::Owner; 3]),
        ] {
            assert_eq!(reasons(tell(actor, of).await.unwrap()), expected, "{} {of:?}", actor.user_name());
        }
        assert!(lacks(tell(&reader, Some(&owner)).await, ChangePermissions));
        assert!(matches!(tell(&hidden, None).await, Err(Error::NotFound(Missing::Content(..)))));
        let nobody = UserId::from_random_bytes([9; 16]);
        let told = permissions::effective(&world.store, &owner, Workbook, &place.id, Some(nobody)).await;
        assert!(matches!(told, Err(Error::NotFound(Missing::User(_)))));
    }

    async fn rules_go_with_whom_they_are_about(world) {
        let [ann, bob] = [world.actor("ann", SiteRole::Creator).await, world.actor("bob", SiteRole::Creator).await];
        groups(world, &[&bob]).await;
        let made = publish(world, &world.root, to(None, "W")).await.unwrap();
        let place = Place::own(Workbook, made.item.id.to_string());
        let all = [rule(group(), Read, Allow), rule(group_set(), Read, Allow)];
        replace(world, &place, &[all[0], all[1], rule(user(&ann), Read, Deny)]).await;
        users::remove(&world.store, &world.root, ann.user_id(), None).await.unwrap();
        assert_eq!(rules(world, &place).await, all);
        world.sql(&format!("DELETE FROM groups WHERE id = '{FINANCE}'")).await.unwrap();
        assert_eq!(rules(world, &place).await, all[1..]);
        // The group is gone from its set too, so the set allows nobody anything.
        assert!(workbooks::get(&world.store, &bob, made.item.id).await.is_err());
        workbooks::delete(&world.store, &world.root, made.item.id).await.unwrap();
        recycle_bin::delete(&world.store, &world.root, &made.item.id.to_string()).await.unwrap();
        let none_left = "CREATE TABLE none_left (n INTEGER CHECK (n = 0)); INSERT INTO none_left \
            SELECT COUNT(*) FROM permission_rules WHERE content_kind IN ('Workbook', 'View')";
        world.sql(none_left).await.unwrap();
    }
}
