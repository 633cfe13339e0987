use tavola_model::{
    Capability, ContentPermissions,
    ContentPermissions::{LockedToProject, LockedToProjectWithoutNested, ManagedByOwner},
    Filter, ListQuery, PermissionMode, ProjectId, SiteRole, Sort,
};
use tavola_store::{
    Actor, Conflict, Error, InvalidList, Missing, Refusal, Taken, audit,
    connected_apps::{self, NewConnectedApp},
    datasources, flows,
    projects::{self, Contents, NewProject, Project, ProjectChange},
    users, virtual_connections, workbooks,
};

use crate::{
    datasources::{file, source},
    flows::flow,
    workbooks::{book, rule, sheet, to, views_of},
    world::World,
};

fn new(name: &str, parent: Option<ProjectId>) -> NewProject {
    NewProject { parent_id: parent, ..NewProject::new(name.parse().unwrap()) }
}

async fn make(world: &World, actor: &Actor, name: &str, parent: Option<&Project>) -> Project {
    projects::create(&world.store, actor, new(name, parent.map(|parent| parent.id))).await.unwrap()
}

async fn names(world: &World, actor: &Actor, filter: &str, sort: &str) -> Result<Vec<String>, Error> {
    let query = ListQuery {
        filters: Filter::parse_all(filter).unwrap(),
        sorts: Sort::parse_all(sort).unwrap(),
        ..ListQuery::default()
    };
    let list = projects::list(&world.store, actor, &query, false).await?;
    Ok(list.items.into_iter().map(|project| project.name).collect())
}

async fn default(world: &World) -> Project {
    let list = projects::list(&world.store, &world.root, &ListQuery::default(), false).await.unwrap();
    list.items.into_iter().find(|project| project.name == "Default").unwrap()
}

async fn update(world: &World, actor: &Actor, id: ProjectId, change: ProjectChange) -> Result<Project, Error> {
    projects::update(&world.store, actor, id, change).await
}

fn locked(content_permissions: ContentPermissions) -> ProjectChange {
    ProjectChange { content_permissions: Some(content_permissions), ..ProjectChange::default() }
}

fn into(parent: Option<ProjectId>) -> ProjectChange {
    ProjectChange { parent_id: Some(parent), ..ProjectChange::default() }
}

fn renamed(name: &str) -> ProjectChange {
    ProjectChange { name: Some(name.parse().unwrap()), ..ProjectChange::default() }
}

/// Gives someone a rule on a project, past the store.
async fn allow(world: &World, actor: &Actor, project: &Project, capability: Capability) {
    let statement = format!(
        "INSERT INTO permission_rules (site_id, content_kind, content_id, applies_to, user_id, capability, mode) \
         VALUES ('{}', 'Project', '{}', 'Project', '{}', '{capability}', 'Allow')",
        project.site_id,
        project.id,
        actor.user_id()
    );
    world.sql(&statement).await.unwrap();
}

/// Takes from everybody what new projects let them do.
async fn close(world: &World, project: &Project) {
    world.sql(&format!("DELETE FROM permission_rules WHERE content_id = '{}'", project.id)).await.unwrap();
}

async fn contents_of(world: &World, actor: &Actor, project: &Project) -> Contents {
    projects::get(&world.store, actor, project.id).await.unwrap().contents.unwrap()
}

fn is_unknown<T>(answer: Result<T, Error>) -> bool {
    matches!(answer, Err(Error::NotFound(Missing::Project(_))))
}

fn is_refused<T: std::fmt::Debug>(answer: Result<T, Error>, refusal: Refusal) -> bool {
    matches!(answer, Err(Error::Forbidden(found)) if found == refusal)
}

const NO_SAY: Refusal = Refusal::LacksCapability(Capability::ProjectLeader);

on_both! {
    async fn a_site_begins_with_a_project_that_everybody_may_publish_into(world) {
        let default = default(world).await;
        assert_eq!((default.parent_id, default.owner_id, default.content_permissions), (None, None, ManagedByOwner));
        let sales = world.site("sales").await;
        let root = world.root_on("sales").await;
        let there = projects::list(&world.store, &root, &ListQuery::default(), false).await.unwrap().items;
        assert_eq!((there.len(), there[0].site_id, there[0].name.as_str()), (1, sales.id, "Default"));
        for (role, writeable) in [(SiteRole::Viewer, false), (SiteRole::Explorer, false), (SiteRole::Creator, true)] {
            let actor = world.actor(role.as_str(), role).await;
            let seen = projects::get(&world.store, &actor, default.id).await.unwrap();
            assert_eq!(seen.writeable, writeable, "{role}");
            assert!(is_unknown(projects::get(&world.store, &actor, there[0].id).await));
        }
    }

    async fn a_project_is_made_with_all_that_was_given(world) {
        let ann = world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        let given = NewProject {
            description: "Numbers,\nmonthly".to_owned(),
            content_permissions: Some(LockedToProjectWithoutNested),
            owner_id: Some(ann.id),
            ..new("Finance & Père", None)
        };
        let made = projects::create(&world.store, &world.root, given).await.unwrap();
        assert_eq!((made.name.as_str(), made.description.as_str()), ("Finance & Père", "Numbers,\nmonthly"));
        assert_eq!((made.content_permissions, made.controlling_id), (LockedToProjectWithoutNested, Some(made.id)));
        assert_eq!((made.owner_id, made.owner.as_ref().unwrap().name.as_str()), (Some(ann.id), "ann"));
        assert_eq!((made.created_at, made.updated_at), (crate::world::START, crate::world::START));
        assert_eq!(projects::get(&world.store, &world.root, made.id).await.unwrap(), made);
    }

    async fn a_name_is_taken_in_its_place_whatever_its_case(world) {
        let finance = make(world, &world.root, "Finance", None).await;
        let below = make(world, &world.root, "finance", Some(&finance)).await;
        for (name, parent) in [("FINANCE", None), ("Finance", Some(finance.id)), ("default", None)] {
            let answer = projects::create(&world.store, &world.root, new(name, parent)).await;
            assert!(matches!(answer, Err(Error::AlreadyExists(Taken::ProjectName(_)))), "{name}");
        }
        let answer = update(world, &world.root, below.id, into(None)).await;
        assert!(matches!(answer, Err(Error::AlreadyExists(Taken::ProjectName(_)))));
        let changed = update(world, &world.root, finance.id, renamed("FINANCE")).await.unwrap();
        assert_eq!(changed.name, "FINANCE");
    }

    async fn of_two_who_make_one_project_one_is_told_its_name_is_taken(world) {
        for round in 0..5 {
            let name = format!("p{round}");
            let (first, second) = tokio::join!(
                projects::create(&world.store, &world.root, new(&name, None)),
                projects::create(&world.store, &world.root, new(&name, None))
            );
            let (won, lost) = if first.is_ok() { (first, second) } else { (second, first) };
            won.unwrap();
            assert!(matches!(lost, Err(Error::AlreadyExists(Taken::ProjectName(_)))), "{lost:?}");
        }
    }

    async fn administrators_make_projects_at_the_top_and_those_with_the_say_in_one_below_it(world) {
        let chief = world.actor("chief", SiteRole::SiteAdministratorExplorer).await;
        let ann = world.actor("ann", SiteRole::Creator).await;
        let bob = world.actor("bob", SiteRole::Explorer).await;
        let finance = make(world, &chief, "Finance", None).await;
        let answer = projects::create(&world.store, &ann, new("Mine", None)).await;
        assert!(is_refused(answer, Refusal::NotSiteAdministrator));
        let answer = projects::create(&world.store, &ann, new("Mine", Some(finance.id))).await;
        assert!(is_refused(answer, NO_SAY));

        allow(world, &ann, &finance, Capability::ProjectLeader).await;
        allow(world, &bob, &finance, Capability::ProjectLeader).await;
        let reports = make(world, &ann, "Reports", Some(&finance)).await;
        assert_eq!(reports.owner_id, Some(ann.user_id()));
        // A leader of what it lies in has the say in it too, but to put something there takes a role that publishes.
        let answer = projects::create(&world.store, &bob, new("More", Some(reports.id))).await;
        assert!(is_refused(answer, Refusal::CannotPublish));
        update(world, &bob, reports.id, renamed("Bob's reports")).await.unwrap();
        let answer = projects::create(&world.store, &ann, NewProject {
            owner_id: Some(bob.user_id()), ..new("For Bob", Some(finance.id))
        }).await;
        assert!(is_refused(answer, Refusal::NotSiteAdministrator));
        let change = ProjectChange { owner_id: Some(bob.user_id()), ..ProjectChange::default() };
        assert_eq!(update(world, &ann, reports.id, change).await.unwrap().owner_id, Some(bob.user_id()));
    }

    async fn what_may_not_be_seen_does_not_exist(world) {
        let ann = world.actor("ann", SiteRole::Creator).await;
        let secret = make(world, &world.root, "Secret", None).await;
        close(world, &secret).await;
        let below = make(world, &world.root, "Below", Some(&secret)).await;
        assert_eq!(names(world, &ann, "", "").await.unwrap(), ["Default"]);
        for id in [secret.id, below.id, ProjectId::from_random_bytes([7; 16])] {
            assert!(is_unknown(projects::get(&world.store, &ann, id).await));
            assert!(is_unknown(update(world, &ann, id, renamed("x")).await));
            assert!(is_unknown(update(world, &ann, id, ProjectChange::default()).await));
            assert!(is_unknown(projects::delete(&world.store, &ann, id).await));
            assert!(is_unknown(projects::create(&world.store, &ann, new("x", Some(id))).await));
        }
        // The way to what may be seen is seen.
        allow(world, &ann, &below, Capability::Read).await;
        assert_eq!(names(world, &ann, "", "").await.unwrap(), ["Below", "Default", "Secret"]);
        assert_eq!(contents_of(world, &ann, &secret).await.projects, 1);
        assert!(is_refused(update(world, &ann, secret.id, renamed("x")).await, NO_SAY));
        // To ask for what is so already is to look.
        let seen = update(world, &ann, secret.id, renamed("Secret")).await.unwrap();
        assert_eq!((seen.name.as_str(), seen.owner.map(|owner| owner.name)), ("Secret", Some("root".to_owned())));
        assert!(is_refused(projects::delete(&world.store, &ann, secret.id).await, NO_SAY));
    }

    async fn a_project_is_seen_for_the_sake_of_what_lies_in_it(world) {
        let ann = world.actor("ann", SiteRole::Viewer).await;
        let outer = make(world, &world.root, "Outer", None).await;
        close(world, &outer).await;
        let inner = make(world, &world.root, "Inner", Some(&outer)).await;
        let (store, root) = (&world.store, &world.root);
        let book = workbooks::publish(store, root, book(world, to(Some(inner.id), "b"), 1, vec![sheet("A"), sheet("B")]).await);
        let view = views_of(world, root, &book.await.unwrap()).await[1].id.to_string();
        let data = datasources::publish(store, root, source(file(world, to(Some(inner.id), "d"), 2, "tds").await));
        let data = data.await.unwrap().item.id.to_string();
        let mut steps = flow(world, "f", &[]).await;
        steps.file.destination = to(Some(inner.id), "f");
        let steps = flows::publish(store, root, steps).await.unwrap().item.id.to_string();
        let tables = virtual_connections::publish(store, root, file(world, to(Some(inner.id), "v"), 3, "json").await, None);
        let tables = tables.await.unwrap().item.id.to_string();
        let all = Contents { projects: 0, workbooks: 1, views: 2, datasources: 1 };
        assert_eq!(contents_of(world, root, &inner).await, all);
        for (kind, id, contents) in [
            ("View", view, Contents { views: 1, ..Contents::default() }),
            ("Datasource", data, Contents { datasources: 1, ..Contents::default() }),
            ("Flow", steps, Contents::default()),
            ("VirtualConnection", tables, Contents::default()),
        ] {
            assert_eq!(names(world, &ann, "", "").await.unwrap(), ["Default"], "{kind}");
            assert!(is_unknown(projects::get(store, &ann, inner.id).await), "{kind}");
            rule(world, &ann, (kind, id.clone()), (kind, Capability::Read), PermissionMode::Allow).await;
            assert_eq!(names(world, &ann, "", "").await.unwrap(), ["Default", "Inner", "Outer"], "{kind}");
            assert_eq!(contents_of(world, &ann, &inner).await, contents, "{kind}");
            assert_eq!(contents_of(world, &ann, &outer).await, Contents { projects: 1, ..Contents::default() }, "{kind}");
            world.sql(&format!("DELETE FROM permission_rules WHERE content_id = '{id}'")).await.unwrap();
        }
    }

    async fn a_list_counts_what_lies_in_projects_only_when_asked(world) {
        let outer = make(world, &world.root, "Outer", None).await;
        make(world, &world.root, "Inner", Some(&outer)).await;
        for (asked, counted) in [(false, None), (true, Some(Contents { projects: 1, ..Contents::default() }))] {
            let list = projects::list(&world.store, &world.root, &ListQuery::default(), asked).await.unwrap();
            assert_eq!(list.items.iter().find(|found| found.id == outer.id).unwrap().contents, counted);
        }
    }

    async fn new_projects_have_the_rules_of_default_or_of_the_one_they_lie_in(world) {
        let ann = world.actor("ann", SiteRole::Creator).await;
        let default = default(world).await;
        allow(world, &ann, &default, Capability::ProjectLeader).await;
        let finance = make(world, &world.root, "Finance", None).await;
        update(world, &ann, finance.id, renamed("Ann's")).await.unwrap();
        close(world, &finance).await;
        let below = make(world, &world.root, "Below", Some(&finance)).await;
        assert!(is_unknown(projects::get(&world.store, &ann, below.id).await));
    }

    async fn a_lock_reaches_down_and_leaves_its_rules_behind(world) {
        let ann = world.actor("ann", SiteRole::Creator).await;
        let top = make(world, &world.root, "Top", None).await;
        let middle = make(world, &world.root, "Middle", Some(&top)).await;
        let bottom = make(world, &world.root, "Bottom", Some(&middle)).await;
        for project in [&middle, &bottom] {
            close(world, project).await;
        }
        let see = async |project: &Project| projects::get(&world.store, &ann, project.id).await.ok();
        assert_eq!(see(&bottom).await, None);

        update(world, &world.root, middle.id, locked(LockedToProject)).await.unwrap();
        assert_eq!(see(&bottom).await, None);
        let lock = async |project: &Project| {
            let found = projects::get(&world.store, &world.root, project.id).await.unwrap();
            (found.content_permissions, found.controlling_id)
        };
        assert_eq!(lock(&bottom).await, (LockedToProject, Some(middle.id)));

        update(world, &world.root, top.id, locked(LockedToProject)).await.unwrap();
        for project in [&top, &middle, &bottom] {
            assert_eq!(lock(project).await, (LockedToProject, Some(top.id)), "{}", project.name);
            assert!(see(project).await.unwrap().writeable);
        }
        let new_one = make(world, &world.root, "New", Some(&bottom)).await;
        assert_eq!((new_one.content_permissions, new_one.controlling_id), (LockedToProject, Some(top.id)));
        for wanted in [ManagedByOwner, LockedToProjectWithoutNested] {
            let answer = update(world, &world.root, bottom.id, locked(wanted)).await;
            assert!(is_refused(answer, Refusal::LockedFromAbove));
            let asked = NewProject { content_permissions: Some(wanted), ..new("Other", Some(bottom.id)) };
            assert!(is_refused(projects::create(&world.store, &world.root, asked).await, Refusal::LockedFromAbove));
        }

        update(world, &world.root, top.id, locked(LockedToProjectWithoutNested)).await.unwrap();
        assert_eq!(lock(&top).await, (LockedToProjectWithoutNested, Some(top.id)));
        close(world, &top).await;
        for project in [&middle, &bottom, &new_one] {
            assert_eq!(lock(project).await, (ManagedByOwner, None), "{}", project.name);
            // Its own now, whatever becomes of those of the lock.
            assert!(see(project).await.unwrap().writeable, "{}", project.name);
        }
        assert!(!see(&top).await.unwrap().writeable);
    }

    async fn a_project_moves_with_all_that_is_in_it(world) {
        let ann = world.actor("ann", SiteRole::Creator).await;
        let [from, to] = [make(world, &world.root, "From", None).await, make(world, &world.root, "To", None).await];
        let moved = make(world, &world.root, "Moved", Some(&from)).await;
        let inner = make(world, &world.root, "Inner", Some(&moved)).await;
        for project in [&moved, &inner] {
            close(world, project).await;
        }
        update(world, &world.root, to.id, locked(LockedToProject)).await.unwrap();
        assert!(is_unknown(projects::get(&world.store, &ann, inner.id).await));
        let answer = update(world, &world.root, moved.id, into(Some(to.id))).await.unwrap();
        assert_eq!((answer.parent_id, answer.controlling_id), (Some(to.id), Some(to.id)));
        assert!(projects::get(&world.store, &ann, inner.id).await.unwrap().writeable);
        allow(world, &ann, &to, Capability::ProjectLeader).await;
        update(world, &ann, inner.id, renamed("Ann's")).await.unwrap();

        // Out of the lock it keeps what held there, the say that a rule gave included.
        let answer = update(world, &world.root, moved.id, into(Some(from.id))).await.unwrap();
        assert_eq!((answer.content_permissions, answer.controlling_id), (ManagedByOwner, None));
        close(world, &to).await;
        update(world, &ann, inner.id, renamed("Inner")).await.unwrap();

        for target in [moved.id, inner.id] {
            assert!(matches!(update(world, &world.root, moved.id, into(Some(target))).await, Err(Error::Invalid(_))));
        }
        // Where it goes, one needs the say too, and at the top that of an administrator.
        assert!(is_refused(update(world, &ann, moved.id, into(Some(from.id))).await.and(
            update(world, &ann, moved.id, into(None)).await), Refusal::NotSiteAdministrator));
        let default = default(world).await;
        assert!(is_refused(update(world, &ann, moved.id, into(Some(default.id))).await, NO_SAY));
        let answer = update(world, &world.root, moved.id, into(None)).await.unwrap();
        assert_eq!((answer.parent_id, answer.contents.unwrap().projects), (None, 1));
        assert_eq!(contents_of(world, &world.root, &from).await, Contents::default());
    }

    async fn projects_lie_in_each_other_so_deep_and_no_deeper(world) {
        let mut last = make(world, &world.root, "0", None).await;
        let first = last.clone();
        for level in 1..32 {
            last = make(world, &world.root, &level.to_string(), Some(&last)).await;
        }
        let answer = projects::create(&world.store, &world.root, new("32", Some(last.id))).await;
        assert!(matches!(answer, Err(Error::Invalid(_))));
        let other = make(world, &world.root, "Other", None).await;
        assert!(matches!(update(world, &world.root, first.id, into(Some(other.id))).await, Err(Error::Invalid(_))));
        projects::delete(&world.store, &world.root, first.id).await.unwrap();
        assert!(is_unknown(projects::get(&world.store, &world.root, last.id).await));
    }

    async fn default_stays(world) {
        let default = default(world).await;
        let other = make(world, &world.root, "Other", None).await;
        assert!(is_refused(projects::delete(&world.store, &world.root, default.id).await, Refusal::DefaultProject));
        for change in [renamed("x"), renamed("default"), into(Some(other.id))] {
            let answer = update(world, &world.root, default.id, change).await;
            assert!(is_refused(answer, Refusal::DefaultProjectStays));
        }
        let change = ProjectChange { description: Some("ours".to_owned()), ..renamed("Default") };
        assert_eq!(update(world, &world.root, default.id, change).await.unwrap().description, "ours");
        // Only at the top is it that project.
        let named = make(world, &world.root, "Default", Some(&other)).await;
        projects::delete(&world.store, &world.root, named.id).await.unwrap();
    }

    async fn deleting_takes_along_what_is_in_it_and_nothing_else(world) {
        let finance = make(world, &world.root, "Finance", None).await;
        let below = make(world, &world.root, "Below", Some(&finance)).await;
        make(world, &world.root, "Deeper", Some(&below)).await;
        let other = make(world, &world.root, "Other", None).await;
        update(world, &world.root, finance.id, locked(LockedToProject)).await.unwrap();
        let app = |name: &str, project: &Project| NewConnectedApp {
            name: name.to_owned(),
            enabled: true,
            project_id: Some(project.id),
            domain_safelist: String::new(),
            unrestricted_embedding: true,
        };
        let of_below = connected_apps::create(&world.store, &world.root, app("below", &below)).await.unwrap();
        let of_other = connected_apps::create(&world.store, &world.root, app("other", &other)).await.unwrap();

        projects::delete(&world.store, &world.root, finance.id).await.unwrap();
        assert_eq!(names(world, &world.root, "", "").await.unwrap(), ["Default", "Other"]);
        // What was for a project alone is not for everything now.
        let apps = connected_apps::list(&world.store, &world.root).await.unwrap();
        let enabled = |id| apps.iter().find(|app| app.id == id).unwrap().enabled;
        assert_eq!((enabled(of_below.id), enabled(of_other.id)), (false, true));
        let strays = "CREATE TABLE strays (id TEXT CHECK (id IS NULL)); INSERT INTO strays (id) \
            SELECT content_id FROM permission_rules WHERE content_id NOT IN (SELECT id FROM projects)";
        world.sql(strays).await.unwrap();
        let line = audit::list(&world.store, &world.root, &ListQuery::default()).await.unwrap().items.remove(0);
        assert_eq!((line.action.as_str(), line.object_name.as_deref()), ("project.delete", Some("Finance")));
        assert_eq!(line.detail.as_deref(), Some("2 projects in it, 1 connected apps disabled"));
    }

    async fn a_list_is_filtered_and_sorted(world) {
        let ann = world.actor("Ann", SiteRole::Creator).await;
        let finance = make(world, &world.root, "Finance", None).await;
        world.advance_minutes(60);
        let reports = NewProject { owner_id: Some(ann.user_id()), ..new("reports, 2026", Some(finance.id)) };
        projects::create(&world.store, &world.root, reports).await.unwrap();
        let later = format!("createdAt:gt:{}", finance.created_at);
        let in_finance = format!("parentProjectId:eq:{}", finance.id);
        for (filter, sort, expected) in [
            ("", "", &["Default", "Finance", "reports, 2026"][..]),
            ("", "name:desc", &["reports, 2026", "Finance", "Default"]),
            ("name:eq:Finance", "", &["Finance"]),
            ("name:eq:finance", "", &[]),
            ("name:in:[Finance,Default]", "", &["Default", "Finance"]),
            ("name:eq:reports, 2026", "", &["reports, 2026"]),
            (&later, "", &["reports, 2026"]),
            ("topLevelProject:eq:True", "", &["Default", "Finance"]),
            ("topLevelProject:eq:false", "", &["reports, 2026"]),
            (&in_finance, "", &["reports, 2026"]),
            ("ownerName:eq:Ann", "", &["reports, 2026"]),
            ("ownerName:in:[root,nobody]", "", &["Finance"]),
            ("ownerDomain:eq:local", "ownerName:desc", &["Finance", "reports, 2026"]),
            ("ownerEmail:eq:x", "", &[]),
        ] {
            assert_eq!(names(world, &world.root, filter, sort).await.unwrap(), expected, "{filter} {sort}");
        }
        // An owner whom one sees among the users is found by; their e-mail address is for administrators.
        assert_eq!(names(world, &ann, "ownerName:eq:root", "").await.unwrap(), ["Finance"]);
        assert_eq!(names(world, &ann, "ownerName:eq:Ann", "").await.unwrap(), ["reports, 2026"]);
        for filter in ["nickname:eq:x", "name:gt:x", "topLevelProject:eq:maybe", "parentProjectId:eq:x"] {
            let answer = names(world, &world.root, filter, "").await;
            assert!(matches!(answer, Err(Error::InvalidList(_))), "{filter}");
        }
        let answer = names(world, &world.root, "", "size").await;
        assert!(matches!(answer, Err(Error::InvalidList(InvalidList::Field(_)))));
    }

    async fn changes_are_written_down(world) {
        let finance = make(world, &world.root, "Finance", None).await;
        let below = make(world, &world.root, "Below", Some(&finance)).await;
        let change = ProjectChange { description: Some("x".to_owned()), ..locked(LockedToProject) };
        update(world, &world.root, below.id, ProjectChange { name: Some("Under".parse().unwrap()), ..change })
            .await
            .unwrap();
        let lines = audit::list(&world.store, &world.root, &ListQuery::default()).await.unwrap().items;
        let told: Vec<_> = lines[..3].iter().map(|line| (line.action.as_str(), line.detail.as_deref())).collect();
        assert_eq!(told, [
            ("project.update", Some("name `Under`, description, content permissions LockedToProject")),
            ("project.create", Some("in `Finance`")),
            ("project.create", None),
        ]);
    }

    async fn projects_go_to_whoever_gets_a_removed_users_content(world) {
        let ann = world.actor("ann", SiteRole::Creator).await;
        let bob = world.actor("bob", SiteRole::Creator).await;
        let given = NewProject { owner_id: Some(ann.user_id()), ..new("Ann's", None) };
        let project = projects::create(&world.store, &world.root, given).await.unwrap();
        users::remove(&world.store, &world.root, ann.user_id(), Some(bob.user_id())).await.unwrap();
        let found = update(world, &bob, project.id, renamed("Bob's")).await.unwrap();
        assert_eq!((found.owner_id, found.owner.unwrap().name.as_str()), (Some(bob.user_id()), "bob"));
    }

    async fn only_what_holds_nothing_is_empty_whatever_its_kind(world) {
        let (store, root) = (&world.store, &world.root);
        let named = |name: &'static str| make(world, root, name, None);
        let (data, steps, tables, app, bin) =
            (named("data").await, named("steps").await, named("tables").await, named("app").await, named("bin").await);
        let (outer, empty) = (named("outer").await, named("empty").await);
        make(world, root, "inner", Some(&outer)).await;
        datasources::publish(store, root, source(file(world, to(Some(data.id), "d"), 1, "tds").await)).await.unwrap();
        let mut steps_file = flow(world, "f", &[]).await;
        steps_file.file.destination = to(Some(steps.id), "f");
        flows::publish(store, root, steps_file).await.unwrap();
        virtual_connections::publish(store, root, file(world, to(Some(tables.id), "v"), 3, "json").await, None).await.unwrap();
        let new = NewConnectedApp {
            name: "app".to_owned(),
            enabled: true,
            project_id: Some(app.id),
            domain_safelist: String::new(),
            unrestricted_embedding: true,
        };
        connected_apps::create(store, root, new).await.unwrap();
        let deleted = source(file(world, to(Some(bin.id), "b"), 2, "tds").await);
        let deleted = datasources::publish(store, root, deleted).await.unwrap().item.id;
        datasources::delete(store, root, deleted).await.unwrap();

        let list = projects::list_without_content(store, root, &ListQuery::default()).await.unwrap();
        let names: Vec<&str> = list.items.iter().map(|project| project.name.as_str()).collect();
        assert_eq!(names, ["bin", "Default", "empty", "inner", "outer"]);
        for project in [&data, &steps, &tables, &app, &outer] {
            let refused = projects::delete_if_empty(store, root, project.id).await;
            assert!(matches!(refused, Err(Error::Conflict(Conflict::ProjectNotEmpty))), "{}", project.name);
        }
        for project in [&bin, &empty] {
            projects::delete_if_empty(store, root, project.id).await.unwrap();
        }
        let ann = world.actor("ann", SiteRole::Creator).await;
        let refused = projects::list_without_content(store, &ann, &ListQuery::default()).await;
        assert!(is_refused(refused, Refusal::NotSiteAdministrator));
        assert!(is_refused(projects::delete_if_empty(store, &ann, outer.id).await, NO_SAY));
    }
}
