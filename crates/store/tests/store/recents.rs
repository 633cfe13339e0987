use tavola_model::{Capability, Filter, ListQuery, PermissionMode, SiteRole, Sort, ViewId};
use tavola_store::{
    Actor,
    recents::{self, Recent},
    recycle_bin::{self, Restoring},
    users,
    views::{self, View},
    workbooks::{self, WorkbookChange},
};

use crate::{
    workbooks::{book, is_unknown, over, publish, rule, sheet, to, views_of},
    world::World,
};

/// A workbook of these views, published by the first administrator.
async fn views_named(world: &World, names: &[&str]) -> Vec<View> {
    let sheets = names.iter().map(|name| sheet(name)).collect();
    let new = book(world, over(None, "Sales"), 1, sheets).await;
    let workbook = workbooks::publish(&world.store, &world.root, new).await.unwrap();
    views_of(world, &world.root, &workbook).await
}

async fn see(world: &World, actor: &Actor, id: ViewId) {
    world.advance_minutes(1);
    views::note_seen(&world.store, actor, id).await.unwrap();
}

/// The names of what the actor used last.
async fn recent(world: &World, actor: &Actor) -> Vec<String> {
    let names = recents::list(&world.store, actor).await.unwrap().into_iter().map(|recent| match recent {
        Recent::View(view) => view.name,
        Recent::Workbook(workbook) => format!("workbook {}", workbook.item.name),
    });
    names.collect()
}

/// The names and counts of the views that meet a filter.
async fn counts(world: &World, actor: &Actor, filter: &str, sort: &str) -> Vec<(String, u64)> {
    let query = ListQuery {
        filters: Filter::parse_all(filter).unwrap(),
        sorts: Sort::parse_all(sort).unwrap(),
        ..ListQuery::default()
    };
    let list = views::list(&world.store, actor, &query).await.unwrap();
    list.items.into_iter().map(|view| (view.name, view.hits_total)).collect()
}

fn pairs(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
    expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

on_both! {
    async fn a_view_counts_whoever_looks_at_it(world) {
        let viewer = world.actor("viewer", SiteRole::Viewer).await;
        let found = views_named(world, &["a", "b", "c"]).await;
        assert_eq!(counts(world, &viewer, "", "name:asc").await, pairs(&[("a", 0), ("b", 0), ("c", 0)]));
        see(world, &viewer, found[1].id).await;
        see(world, &world.root, found[1].id).await;
        see(world, &viewer, found[2].id).await;
        let all = counts(world, &viewer, "", "hitsTotal:desc").await;
        assert_eq!(all, pairs(&[("b", 2), ("c", 1), ("a", 0)]));
        assert_eq!(counts(world, &viewer, "hitsTotal:gte:1,hitsTotal:lt:2", "").await, pairs(&[("c", 1)]));
        assert_eq!(counts(world, &viewer, "hitsTotal:eq:0", "").await, pairs(&[("a", 0)]));
        assert_eq!(views::get(&world.store, &viewer, found[1].id).await.unwrap().hits_total, 2);
        // A view that is published again, or whose readers are gone, keeps its count; a new one begins anew.
        users::remove(&world.store, &world.root, viewer.user_id(), None).await.unwrap();
        let again = views_named(world, &["b", "d"]).await;
        assert_eq!(again[0].id, found[1].id);
        assert_eq!(counts(world, &world.root, "", "name:asc").await, pairs(&[("b", 2), ("d", 0)]));
    }

    async fn who_may_not_read_a_view_does_not_count(world) {
        let viewer = world.actor("viewer", SiteRole::Viewer).await;
        let id = views_named(world, &["a"]).await[0].id;
        rule(world, &viewer, ("View", id.to_string()), ("View", Capability::Read), PermissionMode::Deny).await;
        assert!(is_unknown(views::note_seen(&world.store, &viewer, id).await));
        assert_eq!(counts(world, &world.root, "", "").await, pairs(&[("a", 0)]));
    }

    async fn what_a_user_used_last_comes_first_and_is_their_own(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let viewer = world.actor("viewer", SiteRole::Viewer).await;
        let found = views_named(world, &["a", "b"]).await;
        for id in [found[0].id, found[1].id, found[0].id] {
            see(world, &viewer, id).await;
        }
        assert_eq!(recent(world, &viewer).await, ["a", "b"]);
        assert_eq!(recent(world, &world.root).await, ["workbook Sales"]);
        let seen = views::list_of_workbook(&world.store, &viewer, found[0].workbook_id).await.unwrap();
        assert!(seen[0].recently_viewed && seen[1].recently_viewed);
        assert!(!views::get(&world.store, &world.root, found[0].id).await.unwrap().recently_viewed);

        // Workbooks come with who publishes or changes them, not with who asks for a change that is none.
        let own = publish(world, &author, to(None, "Own")).await.unwrap();
        see(world, &author, found[1].id).await;
        assert_eq!(recent(world, &author).await, ["b", "workbook Own"]);
        world.advance_minutes(1);
        let change = |show_tabs| WorkbookChange { show_tabs: Some(show_tabs), ..WorkbookChange::default() };
        workbooks::update(&world.store, &author, own.item.id, change(false)).await.unwrap();
        assert_eq!(recent(world, &author).await, ["b", "workbook Own"]);
        workbooks::update(&world.store, &author, own.item.id, change(true)).await.unwrap();
        assert_eq!(recent(world, &author).await, ["workbook Own", "b"]);
    }

    async fn what_may_not_be_read_is_not_recent_and_what_is_deleted_is_forgotten(world) {
        let viewer = world.actor("viewer", SiteRole::Viewer).await;
        let found = views_named(world, &["a", "b"]).await;
        for view in &found {
            see(world, &viewer, view.id).await;
        }
        let denied = ("View", found[0].id.to_string());
        rule(world, &viewer, denied, ("View", Capability::Read), PermissionMode::Deny).await;
        assert_eq!(recent(world, &viewer).await, ["b"]);
        assert_eq!(recent(world, &world.root).await, ["workbook Sales"]);
        world.sql("DELETE FROM permission_rules WHERE mode = 'Deny'").await.unwrap();
        workbooks::delete(&world.store, &world.root, found[0].workbook_id).await.unwrap();
        assert_eq!(recent(world, &viewer).await, [""; 0]);
        recycle_bin::restore(&world.store, &world.root, &found[0].workbook_id.to_string(), Restoring::default()).await.unwrap();
        assert_eq!(recent(world, &viewer).await, ["b", "a"]);
        views::delete(&world.store, &world.root, found[1].id).await.unwrap();
        assert_eq!(recent(world, &viewer).await, ["a"]);
        world.sql("INSERT INTO view_usage (view_id, total) VALUES ('nothing', 1)").await.unwrap_err();
    }

    async fn of_a_user_the_last_24_things_are_kept(world) {
        let viewer = world.actor("viewer", SiteRole::Viewer).await;
        let names: Vec<String> = (10..40).map(|number| number.to_string()).collect();
        let found = views_named(world, &names.iter().map(String::as_str).collect::<Vec<_>>()).await;
        for view in &found {
            see(world, &viewer, view.id).await;
        }
        let expected: Vec<String> = names.iter().rev().take(24).cloned().collect();
        assert_eq!(recent(world, &viewer).await, expected);
        let list = views::list_of_workbook(&world.store, &viewer, found[0].workbook_id).await.unwrap();
        assert_eq!(list.iter().filter(|view| view.recently_viewed).count(), 24);
        assert!(!list[0].recently_viewed && list[29].recently_viewed);
    }
}
