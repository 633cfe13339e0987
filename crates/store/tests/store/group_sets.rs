//! Group sets: who makes, fills, sees and deletes them.

use tavola_model::{Capability, ContentKind, Filter, Grantee, GroupSetId, ListQuery, PermissionMode, SiteRole, Sort};
use tavola_store::{
    Error, Missing, Refusal, Taken, audit,
    group_sets::{self, GroupSet},
    groups,
    permissions::{self, LaidRule, Place},
    projects::{self, NewProject},
    sites::{self, SiteChange},
};

use crate::{groups::make, world::World};

async fn create(world: &World, name: &str) -> GroupSet {
    group_sets::create(&world.store, &world.root, name.parse().unwrap()).await.unwrap()
}

async fn names(world: &World, filter: &str, sort: &str) -> Vec<String> {
    let query = ListQuery {
        filters: Filter::parse_all(filter).unwrap(),
        sorts: Sort::parse_all(sort).unwrap(),
        ..ListQuery::default()
    };
    let list = group_sets::list(&world.store, &world.root, &query).await.unwrap();
    list.items.into_iter().map(|set| set.name).collect()
}

fn is_unknown<T>(answer: Result<T, Error>) -> bool {
    matches!(answer, Err(Error::NotFound(Missing::GroupSet(_))))
}

on_both! {
    async fn a_group_set_is_made_filled_renamed_emptied_and_deleted(world) {
        let (sales, finance) = (make(world, "Sales").await, make(world, "Finance").await);
        let set = create(world, "Those of both").await;
        assert_eq!((set.name.as_str(), set.group_count, set.groups.len()), ("Those of both", 0, 0));
        for group in [&sales, &finance, &sales] {
            group_sets::add_group(&world.store, &world.root, set.id, group.id).await.unwrap();
        }
        let full = group_sets::get(&world.store, &world.root, set.id).await.unwrap();
        assert_eq!(full.group_count, 2);
        assert_eq!(full.groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["Finance", "Sales"]);
        assert_eq!(group_sets::list(&world.store, &world.root, &ListQuery::default()).await.unwrap().items, [full]);

        let renamed =
            group_sets::update(&world.store, &world.root, set.id, Some("Both & all".parse().unwrap())).await.unwrap();
        assert_eq!((renamed.name.as_str(), renamed.group_count), ("Both & all", 2));
        assert_eq!(group_sets::update(&world.store, &world.root, set.id, None).await.unwrap(), renamed);
        group_sets::remove_group(&world.store, &world.root, set.id, sales.id).await.unwrap();
        let gone = group_sets::remove_group(&world.store, &world.root, set.id, sales.id).await;
        assert!(matches!(gone, Err(Error::NotFound(Missing::Group(_)))), "{gone:?}");
        // A group that is deleted leaves its sets.
        groups::delete(&world.store, &world.root, finance.id).await.unwrap();
        assert_eq!(group_sets::get(&world.store, &world.root, set.id).await.unwrap().group_count, 0);
        group_sets::delete(&world.store, &world.root, set.id).await.unwrap();
        assert!(is_unknown(group_sets::get(&world.store, &world.root, set.id).await));

        let query = ListQuery { filters: Filter::parse_all("kind:eq:group set").unwrap(), ..ListQuery::default() };
        let lines = audit::list(&world.store, &world.root, &query).await.unwrap().items;
        let done: Vec<_> = lines.iter().rev().map(|line| (line.action.as_str(), line.detail.as_deref())).collect();
        assert_eq!(done, [
            ("group_set.create", None),
            ("group_set.add_group", Some("group `Sales`")),
            ("group_set.add_group", Some("group `Finance`")),
            ("group_set.update", Some("name `Both & all`")),
            ("group_set.remove_group", Some("group `Sales`")),
            ("group_set.delete", None),
        ]);
    }

    async fn a_name_is_taken_on_its_site_whatever_its_case(world) {
        let set = create(world, "Both").await;
        let other = create(world, "Other").await;
        let answer = group_sets::create(&world.store, &world.root, "BOTH".parse().unwrap()).await;
        assert!(matches!(answer, Err(Error::AlreadyExists(Taken::GroupSetName(_)))), "{answer:?}");
        let answer = group_sets::update(&world.store, &world.root, other.id, Some("both".parse().unwrap())).await;
        assert!(matches!(answer, Err(Error::AlreadyExists(Taken::GroupSetName(_)))), "{answer:?}");
        group_sets::update(&world.store, &world.root, set.id, Some("BOTH".parse().unwrap())).await.unwrap();
        // A group and a group set may share a name, and so may those of two sites.
        make(world, "Both").await;
        world.site("quarry").await;
        let quarry = world.root_on("quarry").await;
        group_sets::create(&world.store, &quarry, "Both".parse().unwrap()).await.unwrap();
        assert!(is_unknown(group_sets::get(&world.store, &quarry, set.id).await));
        assert!(is_unknown(group_sets::delete(&world.store, &quarry, set.id).await));
        // Groups of another site are unknown.
        let elsewhere = groups::create(&world.store, &quarry, crate::groups::new("Elsewhere")).await.unwrap();
        let answer = group_sets::add_group(&world.store, &world.root, set.id, elsewhere.id).await;
        assert!(matches!(answer, Err(Error::NotFound(Missing::Group(_)))), "{answer:?}");
    }

    async fn a_list_filters_and_sorts_by_what_group_sets_have(world) {
        let sales = make(world, "Sales").await;
        create(world, "alpha").await;
        let beta = create(world, "Beta").await;
        group_sets::add_group(&world.store, &world.root, beta.id, sales.id).await.unwrap();
        for (filter, sort, wanted) in [
            ("", "", &["alpha", "Beta"][..]),
            ("", "name:desc", &["Beta", "alpha"]),
            ("", "groupCount:desc", &["Beta", "alpha"]),
            ("name:eq:Beta", "", &["Beta"]),
            ("name:cieq:ALPHA", "", &["alpha"]),
            ("name:has:et", "", &["Beta"]),
            ("name:in:[alpha,Beta]", "", &["alpha", "Beta"]),
            ("groupCount:gt:0", "", &["Beta"]),
        ] {
            assert_eq!(names(world, filter, sort).await, wanted, "{filter} {sort}");
        }
        assert_eq!(names(world, &format!("luid:eq:{}", beta.id), "").await, ["Beta"]);
    }

    async fn only_administrators_manage_group_sets_and_who_sees_others_sees_them(world) {
        let sales = make(world, "Sales").await;
        let set = create(world, "Both").await;
        let ann = world.actor("ann", SiteRole::Explorer).await;
        let (store, id) = (&world.store, set.id);
        assert_eq!(group_sets::get(store, &ann, id).await.unwrap(), set);
        let refused = |answer: Result<(), Error>| {
            assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotSiteAdministrator))), "{answer:?}");
        };
        refused(group_sets::create(store, &ann, "x".parse().unwrap()).await.map(drop));
        refused(group_sets::update(store, &ann, id, None).await.map(drop));
        refused(group_sets::delete(store, &ann, id).await);
        refused(group_sets::add_group(store, &ann, id, sales.id).await);
        refused(group_sets::remove_group(store, &ann, id, sales.id).await);

        let settings = [("userVisibilityMode".to_owned(), "LIMITED".to_owned())].into();
        let change = SiteChange { settings, ..SiteChange::default() };
        sites::update(store, &world.root, world.root.site_id(), change).await.unwrap();
        assert_eq!(group_sets::list(store, &ann, &ListQuery::default()).await.unwrap().total, 0);
        assert!(is_unknown(group_sets::get(store, &ann, id).await));
        assert!(is_unknown(group_sets::delete(store, &ann, id).await));
        let nowhere: GroupSetId = "12345678-1234-4123-8123-123456789012".parse().unwrap();
        assert!(is_unknown(group_sets::get(store, &world.root, nowhere).await));
    }

    async fn turned_off_they_stay_as_they_are_but_nobody_sees_them_and_their_rules_do_not_count(world) {
        let (store, root) = (&world.store, &world.root);
        let ann = world.actor("ann", SiteRole::Viewer).await;
        let sales = make(world, "Sales").await;
        groups::add_users(store, root, sales.id, vec![ann.user_id()]).await.unwrap();
        let set = create(world, "Both").await;
        group_sets::add_group(store, root, set.id, sales.id).await.unwrap();
        let project = projects::create(store, root, NewProject::new("Closed".parse().unwrap())).await.unwrap();
        let place = Place::own(ContentKind::Project, project.id.to_string());
        let rule = |grantee| LaidRule { grantee, capability: Capability::Read, mode: PermissionMode::Allow };
        let rules = vec![rule(Grantee::GroupSet(set.id))];
        permissions::replace(store, root, place.clone(), rules.clone()).await.unwrap();
        let sees = async || projects::get(store, &ann, project.id).await.is_ok();
        let listed = async || projects::list(store, &ann, &ListQuery::default(), false).await.unwrap().total;
        assert_eq!((sees().await, listed().await), (true, 2));

        let turn = async |on: &str| {
            let settings = [("groupSetsEnabled".to_owned(), on.to_owned())].into();
            let change = SiteChange { settings, ..SiteChange::default() };
            sites::update(store, root, root.site_id(), change).await.unwrap();
        };
        turn("false").await;
        assert_eq!((sees().await, listed().await), (false, 1));
        let off = |answer: Result<(), Error>| {
            assert!(matches!(answer, Err(Error::Forbidden(Refusal::NoGroupSets))), "{answer:?}");
        };
        off(group_sets::list(store, root, &ListQuery::default()).await.map(drop));
        off(group_sets::get(store, root, set.id).await.map(drop));
        off(group_sets::create(store, root, "x".parse().unwrap()).await.map(drop));
        off(group_sets::update(store, root, set.id, Some("x".parse().unwrap())).await.map(drop));
        off(group_sets::add_group(store, root, set.id, sales.id).await);
        off(group_sets::remove_group(store, root, set.id, sales.id).await);
        off(group_sets::delete(store, root, set.id).await);
        let new = LaidRule { capability: Capability::Write, ..rules[0] };
        off(permissions::add(store, root, place.clone(), vec![new]).await.map(drop));
        // What is so already can be said again, as clients do that read all and write all; and it can be removed.
        assert_eq!(permissions::replace(store, root, place.clone(), rules.clone()).await.unwrap().rules, rules);

        turn("true").await;
        assert_eq!((sees().await, listed().await), (true, 2));
        assert_eq!(group_sets::get(store, root, set.id).await.unwrap().group_count, 1);
        turn("false").await;
        permissions::remove(store, root, place, rules[0]).await.unwrap();
        turn("true").await;
        assert!(!sees().await);
    }
}
