use std::{collections::BTreeMap, time::Duration};

use tavola_model::{
    Capability, ContentKind, ContentPermissions, FavoriteKind, Filter, ListQuery, Page, PermissionMode, ProjectId,
    SiteRole, Sort, WorkbookId,
};
use tavola_store::{
    Actor, Conflict, Error, Missing, Refusal, Taken, audit,
    content::{self, Patience},
    custom_views::{self, NewCustomView},
    datasources,
    favorites::{self, Which},
    flows,
    items::{self, Batch},
    projects::{self, ProjectChange},
    recycle_bin::{self, Deleted, Restored, Restoring},
    sites::{self, SiteChange},
    users, views, workbooks,
};

use crate::{
    content::{noise, read},
    datasources::{file, source},
    flows::flow,
    workbooks::{book, is_unknown, over, project, publish, rule, sheet, to, views_of},
    world::World,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn bin(world: &World, actor: &Actor, filter: &str, sort: &str) -> Vec<Deleted> {
    let query = ListQuery {
        filters: Filter::parse_all(filter).unwrap(),
        sorts: Sort::parse_all(sort).unwrap(),
        ..ListQuery::default()
    };
    recycle_bin::list(&world.store, actor, &query).await.unwrap().items
}

async fn names(world: &World, actor: &Actor, filter: &str, sort: &str) -> Vec<String> {
    bin(world, actor, filter, sort).await.into_iter().map(|item| item.name).collect()
}

async fn restore(world: &World, actor: &Actor, id: impl ToString) -> Result<Restored, Error> {
    recycle_bin::restore(&world.store, actor, &id.to_string(), Restoring::default()).await
}

async fn restore_to(world: &World, actor: &Actor, id: impl ToString, project: ProjectId) -> Result<Restored, Error> {
    let to = Restoring { project_id: Some(project), name: None };
    recycle_bin::restore(&world.store, actor, &id.to_string(), to).await
}

async fn restore_as(world: &World, actor: &Actor, id: impl ToString, name: &str) -> Result<Restored, Error> {
    let to = Restoring { project_id: None, name: Some(name.parse().unwrap()) };
    recycle_bin::restore(&world.store, actor, &id.to_string(), to).await
}

/// Whether it is not in the recycle bin, as far as the asker may know.
fn is_not_there<T>(answer: Result<T, Error>) -> bool {
    matches!(answer, Err(Error::NotFound(Missing::RecycleBinItem(_))))
}

async fn delete(world: &World, actor: &Actor, id: WorkbookId) {
    workbooks::delete(&world.store, actor, id).await.unwrap();
}

/// What is left of a row of a table, or of all.
async fn assert_none(world: &World, table: &str) {
    let check = format!(
        "CREATE TABLE check_{table} (n INTEGER CHECK (n = 0)); INSERT INTO check_{table} SELECT COUNT(*) FROM {table};"
    );
    world.sql(&check).await.unwrap_or_else(|_| panic!("something is left in {table}"));
}

on_both! {
    async fn what_is_deleted_is_seen_by_nobody_and_comes_back_as_it_was(world) {
        let store = &world.store;
        let author = world.actor("author", SiteRole::Creator).await;
        let viewer = world.actor("viewer", SiteRole::Viewer).await;
        let made = workbooks::publish(store, &author, book(world, to(None, "Sales"), 1, vec![sheet("A"), sheet("B")]).await)
            .await
            .unwrap();
        workbooks::publish(store, &author, book(world, over(None, "Sales"), 2, vec![sheet("A"), sheet("B")]).await)
            .await
            .unwrap();
        let id = made.item.id;
        workbooks::add_tags_to(store, &author, id, vec!["t".to_owned()]).await.unwrap();
        let before = views_of(world, &author, &made).await;
        let view = before[0].id;
        views::add_tags_to(store, &author, view, vec!["u".to_owned()]).await.unwrap();
        let custom = NewCustomView {
            view_id: view,
            name: "Mine".parse().unwrap(),
            shared: true,
            owner_id: None,
            definition: b"[]".to_vec(),
        };
        let custom = custom_views::publish(store, &author, custom).await.unwrap();
        for (kind, id) in [(FavoriteKind::Workbook, id.to_string()), (FavoriteKind::View, view.to_string())] {
            let which = Which { kind, id: id.clone() };
            favorites::add(store, &viewer, viewer.user_id(), which, id).await.unwrap();
        }
        let before = (workbooks::get(store, &author, id).await.unwrap(), views_of(world, &author, &made).await);
        let favorites_before = favorites::list_all(store, &viewer, viewer.user_id()).await.unwrap();
        assert_eq!(favorites_before.len(), 2);

        workbooks::delete(store, &author, id).await.unwrap();
        for actor in [&world.root, &author, &viewer] {
            assert!(is_unknown(workbooks::get(store, actor, id).await));
            assert!(is_unknown(workbooks::get_by_content_url(store, actor, "Sales").await));
            assert!(is_unknown(workbooks::download(store, actor, id, None).await));
            assert!(is_unknown(workbooks::revisions(store, actor, id, Page::default()).await));
            assert!(is_unknown(workbooks::connections(store, actor, id).await));
            assert!(is_unknown(workbooks::preview(store, actor, id).await));
            assert!(is_unknown(views::get(store, actor, view).await));
            assert!(is_unknown(views::list_of_workbook(store, actor, id).await));
            assert!(is_unknown(views::preview(store, actor, id, view).await));
            assert!(matches!(custom_views::get(store, actor, custom.id).await, Err(Error::NotFound(_))));
            let contents = vec![(ContentKind::View, view.to_string())];
            let batch = Batch { contents, labels: vec!["x".to_owned()] };
            assert!(is_unknown(items::tag_all(store, actor, batch).await));
            let which = Which { kind: FavoriteKind::Workbook, id: id.to_string() };
            assert!(is_unknown(favorites::add(store, actor, actor.user_id(), which, "f".to_owned()).await));
            let all = ListQuery::default();
            assert_eq!(workbooks::list(store, actor, &all).await.unwrap().total, 0);
            assert_eq!(views::list(store, actor, &all).await.unwrap().total, 0);
            assert_eq!(custom_views::list(store, actor, &all).await.unwrap().total, 0);
            assert!(favorites::list_all(store, actor, actor.user_id()).await.unwrap().is_empty());
            assert!(is_unknown(workbooks::delete(store, actor, id).await));
        }
        let found = recycle_bin::get(store, &author, &id.to_string().to_uppercase()).await.unwrap();
        assert_eq!((found.kind, found.name.as_str(), found.content_url.as_str()), (ContentKind::Workbook, "Sales", "Sales"));
        assert_eq!(found.project.as_ref().unwrap().1, "Default");
        assert_eq!(found.deleted_by, Some((author.user_id(), Some("author".to_owned()))));
        assert_eq!(found.kept_until, found.deleted_at.plus(DAY * 30));
        assert_eq!((found.size, found.owner.unwrap().name.as_str()), (1000, "author"));

        let restored = restore(world, &author, id).await.unwrap();
        assert_eq!((restored.name.as_str(), restored.project_name.as_str()), ("Sales", "Default"));
        let mut after = workbooks::get(store, &author, id).await.unwrap();
        after.item.updated_at = before.0.item.updated_at;
        assert_eq!((after, views_of(world, &author, &made).await), before);
        assert_eq!(favorites::list_all(store, &viewer, viewer.user_id()).await.unwrap().len(), 2);
        assert_eq!(custom_views::get(store, &author, custom.id).await.unwrap(), custom);
        custom_views::get(store, &viewer, custom.id).await.unwrap();
        for (revision, byte) in [(1, 1), (2, 2)] {
            let file = workbooks::download(store, &author, id, Some(revision)).await.unwrap();
            assert_eq!(read(store, &file.blob).await, [byte; 1000]);
        }
        assert!(is_not_there(restore(world, &author, id).await));
        let query = ListQuery { filters: Filter::parse_all("kind:eq:workbook").unwrap(), ..ListQuery::default() };
        let mut lines = audit::list(store, &world.root, &query).await.unwrap().items;
        lines.sort_by_key(|line| line.id);
        let told: Vec<_> = lines.iter().rev().take(2).map(|line| (line.action.as_str(), line.detail.as_deref())).collect();
        assert_eq!(
            told,
            [("workbook.restore", Some("into `Default`")), ("workbook.delete", Some("into the recycle bin"))]
        );
    }

    async fn a_taken_name_stands_in_the_way_and_a_taken_content_url_gets_a_number(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let old = publish(world, &author, to(None, "Sales")).await.unwrap().item;
        delete(world, &author, old.id).await;
        let new = publish(world, &author, to(None, "Sales")).await.unwrap().item;
        assert_eq!((new.content_url.as_str(), new.id == old.id), ("Sales", false));
        let taken = restore(world, &author, old.id).await;
        assert!(matches!(taken, Err(Error::AlreadyExists(Taken::ContentName(ContentKind::Workbook, _)))));
        let restored = restore_as(world, &author, old.id, "Sales of old").await.unwrap();
        assert_eq!((restored.name.as_str(), restored.content_url.as_str()), ("Sales of old", "Sales_0"));
        // The other way round, and as often as one likes.
        delete(world, &author, new.id).await;
        delete(world, &author, old.id).await;
        assert_eq!(names(world, &author, "", "name").await, ["Sales", "Sales of old"]);
        assert_eq!(restore_as(world, &author, old.id, "Sales").await.unwrap().content_url, "Sales_0");
        let place = project(world, "Place").await;
        assert_eq!(restore_to(world, &author, new.id, place).await.unwrap().content_url, "Sales");
    }

    async fn who_might_have_deleted_it_sees_it_and_others_do_not(world) {
        let store = &world.store;
        let [author, leader, deleter, reader] = [
            world.actor("author", SiteRole::Creator).await,
            world.actor("leader", SiteRole::Creator).await,
            world.actor("deleter", SiteRole::Creator).await,
            world.actor("reader", SiteRole::Creator).await,
        ];
        let place = project(world, "Place").await;
        rule(world, &leader, ("Project", place.to_string()), ("Project", Capability::ProjectLeader), PermissionMode::Allow)
            .await;
        let made = publish(world, &author, to(Some(place), "Sales")).await.unwrap().item.id;
        let on = || ("Workbook", made.to_string());
        rule(world, &deleter, on(), ("Workbook", Capability::Delete), PermissionMode::Allow).await;
        delete(world, &deleter, made).await;
        for actor in [&world.root, &author, &leader, &deleter] {
            assert_eq!(names(world, actor, "", "").await, ["Sales"]);
            recycle_bin::get(store, actor, &made.to_string()).await.unwrap();
        }
        let stranger = world.root_on({ world.site("other").await; "other" }).await;
        for actor in [&reader, &stranger] {
            assert_eq!(names(world, actor, "", "").await, [""; 0]);
            assert!(is_not_there(recycle_bin::get(store, actor, &made.to_string()).await));
            assert!(is_not_there(restore(world, actor, made).await));
            assert!(is_not_there(recycle_bin::delete(store, actor, &made.to_string()).await));
            assert_eq!(recycle_bin::empty(store, actor).await.unwrap(), 0);
        }
        // By a rule one deletes, and so undoes it, but neither moves nor renames.
        let elsewhere = project(world, "Elsewhere").await;
        let lacks = |answer: Result<Restored, Error>, capability| {
            matches!(answer, Err(Error::Forbidden(Refusal::LacksCapability(lacked))) if lacked == capability)
        };
        assert!(lacks(restore_to(world, &deleter, made, elsewhere).await, Capability::ChangeHierarchy));
        assert!(lacks(restore_as(world, &deleter, made, "Mine").await, Capability::Write));
        restore(world, &deleter, made).await.unwrap();

        // Who may not publish there any more does not restore either.
        delete(world, &author, made).await;
        world.sql(&format!("DELETE FROM permission_rules WHERE content_id = '{place}'")).await.unwrap();
        assert!(matches!(restore(world, &author, made).await, Err(Error::NotFound(Missing::Project(_)))));
        restore_to(world, &author, made, elsewhere).await.unwrap();
    }

    async fn all_kinds_lie_in_it_filtered_and_sorted(world) {
        let store = &world.store;
        let author = world.actor("author", SiteRole::Creator).await;
        let place = project(world, "Place").await;
        let book = publish(world, &author, to(Some(place), "b")).await.unwrap().item.id;
        let data = datasources::publish(store, &author, source(file(world, to(None, "c"), 1, "tds").await)).await.unwrap();
        let flow = flows::publish(store, &world.root, flow(world, "a", &[]).await).await.unwrap();
        delete(world, &author, book).await;
        world.advance_minutes(1);
        datasources::delete(store, &author, data.item.id).await.unwrap();
        world.advance_minutes(1);
        flows::delete(store, &world.root, flow.item.id).await.unwrap();
        let root = &world.root;
        assert_eq!(names(world, root, "", "").await, ["a", "c", "b"]);
        assert_eq!(names(world, root, "", "name:asc").await, ["a", "b", "c"]);
        assert_eq!(names(world, root, "", "type:desc").await, ["b", "a", "c"]);
        assert_eq!(names(world, root, "type:in:[Flow,Datasource]", "deletedAt:asc").await, ["c", "a"]);
        assert_eq!(names(world, root, &format!("projectId:eq:{place}"), "").await, ["b"]);
        assert_eq!(names(world, root, "projectName:eq:Default", "projectName:asc,name:asc").await, ["a", "c"]);
        assert_eq!(names(world, root, "ownerName:eq:author", "ownerName:asc,name:desc").await, ["c", "b"]);
        let since = bin(world, root, "name:eq:c", "").await[0].deleted_at;
        assert_eq!(names(world, root, &format!("deletedAt:gte:{since}"), "").await, ["a", "c"]);
        assert_eq!(names(world, &author, "", "").await, ["c", "b"]);
        let page = Page::parse(Some("2"), Some("2")).unwrap();
        let second = recycle_bin::list(store, root, &ListQuery { page, ..ListQuery::default() }).await.unwrap();
        assert_eq!((second.total, second.items.len()), (3, 1));
        for id in [data.item.id.to_string(), flow.item.id.to_string()] {
            restore(world, root, id).await.unwrap();
        }
        assert_eq!(datasources::get(store, &author, data.item.id).await.unwrap().item.name, "c");
        assert_eq!(flows::get(store, &author, flow.item.id).await.unwrap().item.name, "a");
    }

    async fn content_of_a_deleted_project_is_restored_to_another(world) {
        let store = &world.store;
        let author = world.actor("author", SiteRole::Creator).await;
        let reader = world.actor("reader", SiteRole::Viewer).await;
        let place = project(world, "Place").await;
        let first = publish(world, &author, to(Some(place), "first")).await.unwrap().item.id;
        let second = publish(world, &author, to(Some(place), "second")).await.unwrap().item.id;
        delete(world, &author, first).await;
        // The project decides from now on, so that the content's own rules are not those that hold.
        let locked = ProjectChange {
            content_permissions: Some(ContentPermissions::LockedToProject),
            ..ProjectChange::default()
        };
        projects::update(store, &world.root, place, locked).await.unwrap();
        for id in [first, second] {
            world.sql(&format!("DELETE FROM permission_rules WHERE content_id = '{id}'")).await.unwrap();
        }
        projects::delete(store, &world.root, place).await.unwrap();
        assert_eq!(names(world, &world.root, "", "name:asc").await, ["first", "second"]);
        assert!(bin(world, &author, "", "").await.iter().all(|item| item.project.is_none()));
        assert_eq!(names(world, &reader, "", "").await, [""; 0]);
        for id in [first, second] {
            assert!(matches!(restore(world, &author, id).await, Err(Error::Conflict(Conflict::ProjectGone))));
        }
        let other = project(world, "Other").await;
        for id in [first, second] {
            restore_to(world, &author, id, other).await.unwrap();
            let found = workbooks::get(store, &reader, id).await.unwrap();
            assert_eq!((found.item.project_id, found.item.project_name.as_str()), (other, "Other"));
        }
        let query = ListQuery { filters: Filter::parse_all("action:eq:project.delete").unwrap(), ..ListQuery::default() };
        let line = audit::list(store, &world.root, &query).await.unwrap().items.remove(0);
        assert_eq!(line.detail.as_deref(), Some("1 content items in it, into the recycle bin"));
    }

    async fn what_comes_out_of_a_locked_project_keeps_the_rules_that_held(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let reader = world.actor("reader", SiteRole::Viewer).await;
        let (place, other) = (project(world, "Place").await, project(world, "Other").await);
        let locked = ProjectChange {
            content_permissions: Some(ContentPermissions::LockedToProject),
            ..ProjectChange::default()
        };
        projects::update(&world.store, &world.root, place, locked).await.unwrap();
        let made = publish(world, &author, to(Some(place), "Sales")).await.unwrap().item.id;
        world.sql(&format!("DELETE FROM permission_rules WHERE content_id = '{made}'")).await.unwrap();
        delete(world, &author, made).await;
        restore_to(world, &author, made, other).await.unwrap();
        workbooks::get(&world.store, &reader, made).await.unwrap();
    }

    async fn whoever_owns_what_lies_in_it_is_not_removed_without_an_heir(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let heir = world.actor("heir", SiteRole::Creator).await;
        let made = publish(world, &author, to(None, "Sales")).await.unwrap().item.id;
        delete(world, &author, made).await;
        let refused = users::remove(&world.store, &world.root, author.user_id(), None).await;
        assert!(matches!(refused, Err(Error::Conflict(Conflict::OwnsContent))));
        users::remove(&world.store, &world.root, author.user_id(), Some(heir.user_id())).await.unwrap();
        assert_eq!(bin(world, &heir, "", "").await[0].deleted_by, None);
        restore(world, &heir, made).await.unwrap();
    }

    async fn what_lies_in_it_takes_the_sites_storage_until_it_is_gone(world) {
        let site = world.site("full").await;
        let root = world.root_on("full").await;
        let quota = SiteChange { storage_quota: Some(Some(1)), ..SiteChange::default() };
        sites::update(&world.store, &world.root, site.id, quota).await.unwrap();
        let large = async |name| {
            let mut new = book(world, to(None, name), 1, vec![sheet("A")]).await;
            new.file.blob = crate::content::receive(&world.store, &noise(7, 700_000)).await;
            workbooks::publish(&world.store, &root, new).await
        };
        let made = large("a").await.unwrap().item.id;
        workbooks::delete(&world.store, &root, made).await.unwrap();
        assert!(matches!(large("b").await, Err(Error::Conflict(Conflict::StorageQuota(1)))));
        recycle_bin::delete(&world.store, &root, &made.to_string()).await.unwrap();
        large("b").await.unwrap();
    }

    async fn after_thirty_days_it_is_gone_with_its_bytes(world) {
        let store = &world.store;
        let patience = Patience { grace: Duration::ZERO, wait: Duration::ZERO, silence: DAY };
        let made = publish(world, &world.root, to(None, "Sales")).await.unwrap();
        let file = workbooks::download(store, &world.root, made.item.id, None).await.unwrap();
        workbooks::add_tags_to(store, &world.root, made.item.id, vec!["t".to_owned()]).await.unwrap();
        delete(world, &world.root, made.item.id).await;
        world.clock.advance(DAY * 30 - Duration::from_secs(1));
        assert_eq!(recycle_bin::purge(store).await.unwrap(), 0);
        for _ in 0..2 {
            content::collect(store, patience).await.unwrap();
        }
        assert_eq!(read(store, &file.blob).await, [1; 1000]);
        world.clock.advance(Duration::from_secs(1));
        assert_eq!(recycle_bin::purge(store).await.unwrap(), 1);
        assert_eq!(recycle_bin::purge(store).await.unwrap(), 0);
        let collected = content::collect(store, patience).await.unwrap();
        assert_eq!(collected.marked, 1);
        assert_eq!(content::collect(store, patience).await.unwrap().deleted, 1);
        for table in ["items", "workbooks", "views", "revisions", "tags"] {
            assert_none(world, table).await;
        }
        let root = world.sign_in("root", "").await.unwrap().actor;
        let query = ListQuery { filters: Filter::parse_all("action:eq:workbook.purge").unwrap(), ..ListQuery::default() };
        let line = audit::list(store, &root, &query).await.unwrap().items.remove(0);
        assert_eq!((line.object_name.as_deref(), line.user_id), (Some("Sales"), None));
    }

    async fn it_is_emptied_by_each_of_what_they_see(world) {
        let store = &world.store;
        let author = world.actor("author", SiteRole::Creator).await;
        for (actor, name) in [(&author, "a"), (&world.root, "b"), (&author, "c")] {
            let made = publish(world, actor, to(None, name)).await.unwrap().item.id;
            delete(world, actor, made).await;
        }
        assert_eq!(recycle_bin::empty(store, &author).await.unwrap(), 2);
        assert_eq!(names(world, &world.root, "", "").await, ["b"]);
        let job = recycle_bin::empty_as_job(store, &world.root).await.unwrap();
        // A change behind it waits until it is done.
        while tavola_store::jobs::get(store, &world.root, job.id).await.unwrap().ended.is_none() {
            tokio::task::yield_now().await;
        }
        assert_eq!(names(world, &world.root, "", "").await, [""; 0]);
        assert_none(world, "items").await;
    }

    async fn where_there_is_none_what_is_deleted_is_gone_at_once(world) {
        let switched_off = |world: &World| {
            let settings = [("recycleBinEnabled".to_owned(), "false".to_owned())].into();
            let change = SiteChange { settings, ..SiteChange::default() };
            let (store, root) = (world.store.clone(), world.root.clone());
            async move { sites::update(&store, &root, root.site_id(), change).await.unwrap() }
        };
        let of_zero_days = world.another(|config| config.recycle_bin_days = 0).await;
        let strict = world.another(|config| config.strict = true).await;
        switched_off(world).await;
        for world in [world, &of_zero_days, &strict] {
            let place = project(world, "Place").await;
            let made = publish(world, &world.root, to(None, "Sales")).await.unwrap();
            publish(world, &world.root, to(Some(place), "Sales")).await.unwrap();
            delete(world, &world.root, made.item.id).await;
            projects::delete(&world.store, &world.root, place).await.unwrap();
            assert_eq!(names(world, &world.root, "", "").await, [""; 0]);
            assert_none(world, "items").await;
        }
    }

    async fn what_lay_in_it_before_it_was_switched_off_is_kept_as_long_as_was_said(world) {
        let made = publish(world, &world.root, to(None, "Sales")).await.unwrap().item.id;
        delete(world, &world.root, made).await;
        let settings = [("recycleBinEnabled".to_owned(), "false".to_owned())].into();
        let change = SiteChange { settings, ..SiteChange::default() };
        sites::update(&world.store, &world.root, world.root.site_id(), change).await.unwrap();
        assert_eq!(recycle_bin::purge(&world.store).await.unwrap(), 0);
        restore(world, &world.root, made).await.unwrap();
    }

    async fn a_label_of_what_lies_in_it_is_free_for_other_favorites(world) {
        let user = world.root.user_id();
        let add = async |id: WorkbookId, label: &str| {
            let which = Which { kind: FavoriteKind::Workbook, id: id.to_string() };
            favorites::add(&world.store, &world.root, user, which, label.to_owned()).await.map(drop)
        };
        let old = publish(world, &world.root, to(None, "Sales")).await.unwrap().item.id;
        add(old, "Sales").await.unwrap();
        delete(world, &world.root, old).await;
        let new = publish(world, &world.root, to(None, "Sales")).await.unwrap().item.id;
        add(new, "Sales").await.unwrap();
        restore_as(world, &world.root, old, "Old").await.unwrap();
        let all = favorites::list_all(&world.store, &world.root, user).await.unwrap();
        let labels: Vec<_> = all.iter().map(|favorite| favorite.label.as_str()).collect();
        assert_eq!(labels, ["Sales_0", "Sales"]);
        assert!(matches!(add(old, "Sales").await, Err(Error::AlreadyExists(Taken::FavoriteLabel(_)))));
    }

    async fn a_view_is_deleted_and_with_the_last_one_its_workbook(world) {
        let store = &world.store;
        let author = world.actor("author", SiteRole::Creator).await;
        let editor = world.actor("editor", SiteRole::Creator).await;
        let mut new = book(world, to(None, "Sales"), 1, vec![sheet("A"), sheet("B"), sheet("C")]).await;
        new.default_view = Some("A".to_owned());
        let made = workbooks::publish(store, &author, new).await.unwrap();
        let views = views_of(world, &author, &made).await;
        let (a, b, c) = (views[0].id, views[1].id, views[2].id);
        views::add_tags_to(store, &author, a, vec!["t".to_owned()]).await.unwrap();
        let refused = views::delete(store, &editor, a).await;
        assert!(matches!(refused, Err(Error::Forbidden(Refusal::LacksCapability(Capability::Delete)))));
        views::delete(store, &author, a).await.unwrap();
        assert!(is_unknown(views::get(store, &author, a).await));
        assert!(is_unknown(views::delete(store, &author, a).await));
        assert_none(world, "tags").await;
        let left = workbooks::get(store, &author, made.item.id).await.unwrap();
        assert_eq!((left.sheet_count, left.default_view_id), (2, Some(b)));
        // The file has the sheet still: published again, it is another view.
        let mut again = book(world, over(None, "Sales"), 1, vec![sheet("A"), sheet("B"), sheet("C")]).await;
        again.views[2].hidden = true;
        workbooks::publish(store, &author, again).await.unwrap();
        let views = views_of(world, &author, &made).await;
        assert!(views[0].id != a && views[1].id == b && views.len() == 2);
        // A hidden sheet has an id that was a view's.
        assert!(is_unknown(views::get(store, &author, c).await));
        views::delete(store, &author, c).await.unwrap();
        assert!(is_unknown(views::delete(store, &author, c).await));
        views::delete(store, &author, b).await.unwrap();
        views::delete(store, &author, views[0].id).await.unwrap();
        assert!(is_unknown(workbooks::get(store, &author, made.item.id).await));
        restore(world, &author, made.item.id).await.unwrap();
        assert_eq!(views_of(world, &author, &made).await[0].id, views[0].id);
    }

    async fn whatever_is_deleted_and_restored_names_stay_unlike_and_bytes_what_they_were(world) {
        // Three names, so that they meet; each workbook has bytes of its own.
        let root = &world.root;
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut dice = |sides: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % sides as u64) as usize
        };
        let mut there: BTreeMap<&str, (WorkbookId, u8)> = BTreeMap::new();
        let mut binned: Vec<(&str, WorkbookId, u8)> = Vec::new();
        for step in 0..60_u8 {
            let name = ["x", "y", "z"][dice(3)];
            match dice(4) {
                0 if !there.contains_key(name) => {
                    let new = book(world, to(None, name), step, vec![sheet("A")]).await;
                    let made = workbooks::publish(&world.store, root, new).await.unwrap();
                    there.insert(name, (made.item.id, step));
                }
                1 => {
                    if let Some((id, byte)) = there.remove(name) {
                        delete(world, root, id).await;
                        binned.push((name, id, byte));
                    }
                }
                2 if !binned.is_empty() => {
                    let (name, id, byte) = binned.remove(dice(binned.len()));
                    match restore(world, root, id).await {
                        Ok(_) => assert_eq!(there.insert(name, (id, byte)), None),
                        Err(Error::AlreadyExists(_)) => {
                            assert!(there.contains_key(name));
                            binned.push((name, id, byte));
                        }
                        Err(problem) => panic!("{problem}"),
                    }
                }
                3 if dice(3) == 0 && !binned.is_empty() => {
                    let (_, id, _) = binned.remove(dice(binned.len()));
                    recycle_bin::delete(&world.store, root, &id.to_string()).await.unwrap();
                }
                _ => {}
            }
        }
        let found = workbooks::list(&world.store, root, &ListQuery::default()).await.unwrap().items;
        let wanted: Vec<_> = there.iter().map(|(name, (id, _))| ((*name).to_owned(), *id)).collect();
        assert_eq!(found.iter().map(|book| (book.item.name.clone(), book.item.id)).collect::<Vec<_>>(), wanted);
        let mut urls: Vec<_> = found.iter().map(|book| book.item.content_url.clone()).collect();
        urls.sort();
        urls.dedup();
        assert_eq!(urls.len(), found.len());
        let mut left: Vec<_> = bin(world, root, "", "").await.into_iter().map(|item| item.id).collect();
        left.sort();
        let mut wanted: Vec<_> = binned.iter().map(|(_, id, _)| id.to_string()).collect();
        wanted.sort();
        assert_eq!(left, wanted);
        for (id, byte) in there.values() {
            let file = workbooks::download(&world.store, root, *id, None).await.unwrap();
            assert_eq!(read(&world.store, &file.blob).await, [*byte; 1000]);
        }
    }
}
