use std::collections::BTreeMap;

use tavola_model::{AdminMode, Filter, ListQuery, SiteRole, SiteState, Sort};
use tavola_store::{
    Conflict, Error, Invalid, Missing, Refusal, Taken,
    sites::{self, NewSite, SiteChange, SiteRef, SiteUsage},
};

fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

on_both! {
    async fn a_site_is_made_with_its_administrators(world) {
        let ann = world.actor("ann", SiteRole::ServerAdministrator).await;
        let new = NewSite {
            admin_mode: AdminMode::ContentOnly,
            storage_quota: Some(500),
            settings: settings(&[("disableSubscriptions", "true"), ("revisionLimit", "25")]),
            ..NewSite::new("Sales & Co".parse().unwrap(), "sales".parse().unwrap())
        };
        let site = sites::create(&world.store, &ann, new).await.unwrap();
        assert_eq!((site.name.as_str(), site.content_url.as_str()), ("Sales & Co", "sales"));
        assert_eq!((site.state, site.admin_mode), (SiteState::Active, AdminMode::ContentOnly));
        assert_eq!((site.user_quota, site.storage_quota), (None, Some(500)));
        assert_eq!(site.settings["revisionLimit"], "25");
        for named in [SiteRef::Id(site.id), SiteRef::Name("SALES & co".into()), SiteRef::ContentUrl("Sales".into())] {
            assert_eq!(sites::get(&world.store, &ann, named).await.unwrap(), site);
        }
        for name in ["root", "ann"] {
            assert!(world.sign_in(name, "SALES").await.unwrap().actor.is_server_administrator());
        }
        let usage = sites::usage(&world.store, &ann, SiteRef::Id(site.id)).await.unwrap();
        assert_eq!(usage, SiteUsage { users: 2, creators: 2, explorers: 0, viewers: 0 });
    }

    async fn names_and_content_urls_are_unique_whatever_the_case(world) {
        world.site("sales").await;
        let create = |name: &str, url: &str| {
            let new = NewSite::new(name.parse().unwrap(), url.parse().unwrap());
            async { sites::create(&world.store, &world.root, new).await }
        };
        let answer = create("Sales", "other").await;
        assert!(matches!(answer, Err(Error::AlreadyExists(Taken::SiteName(_)))));
        let answer = create("Other", "SALES").await;
        assert!(matches!(answer, Err(Error::AlreadyExists(Taken::SiteContentUrl(_)))));
        let answer = create("Other", "").await;
        assert!(matches!(answer, Err(Error::AlreadyExists(Taken::SiteContentUrl(_)))));
        let other = create("Other", "other").await.unwrap();
        let rename = SiteChange { name: Some("SALES".parse().unwrap()), ..SiteChange::default() };
        let answer = sites::update(&world.store, &world.root, other.id, rename).await;
        assert!(matches!(answer, Err(Error::AlreadyExists(Taken::SiteName(_)))));
    }

    async fn a_site_is_seen_by_server_administrators_and_its_own_users(world) {
        let sales = world.site("sales").await;
        let ann = world.actor("ann", SiteRole::SiteAdministratorCreator).await;
        let all = sites::list(&world.store, &world.root, &ListQuery::default()).await.unwrap();
        assert_eq!(all.items.iter().map(|site| site.name.as_str()).collect::<Vec<_>>(), ["Default", "SALES"]);
        let seen = sites::list(&world.store, &ann, &ListQuery::default()).await.unwrap();
        assert_eq!((seen.total, seen.items[0].id), (1, ann.site_id()));
        let query = ListQuery { filters: Filter::parse_all("contentUrl:eq:sales").unwrap(), ..ListQuery::default() };
        assert_eq!(sites::list(&world.store, &world.root, &query).await.unwrap().items[0].id, sales.id);
        assert_eq!(sites::list(&world.store, &ann, &query).await.unwrap().total, 0);
        let query = ListQuery {
            filters: Filter::parse_all("name:has:A,state:in:[Active],createdAt:gt:2000-01-01T00:00:00Z").unwrap(),
            sorts: Sort::parse_all("contentUrl:desc,name,state,createdAt").unwrap(),
            ..ListQuery::default()
        };
        assert_eq!(sites::list(&world.store, &world.root, &query).await.unwrap().items[0].id, sales.id);

        for named in [SiteRef::Id(sales.id), SiteRef::Name("SALES".into()), SiteRef::ContentUrl("sales".into())] {
            let answer = sites::get(&world.store, &ann, named.clone()).await;
            assert!(matches!(answer, Err(Error::NotFound(Missing::Site(_)))));
            let answer = sites::delete(&world.store, &ann, named).await;
            assert!(matches!(answer, Err(Error::NotFound(Missing::Site(_)))));
        }
        let answer = sites::update(&world.store, &ann, sales.id, SiteChange::default()).await;
        assert!(matches!(answer, Err(Error::NotFound(Missing::Site(_)))));
        let new = NewSite::new("Mine".parse().unwrap(), "mine".parse().unwrap());
        let answer = sites::create(&world.store, &ann, new).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotServerAdministrator))));
    }

    async fn a_sites_own_administrators_change_its_name_and_settings_alone(world) {
        let ann = world.actor("ann", SiteRole::SiteAdministratorCreator).await;
        let bob = world.actor("bob", SiteRole::Creator).await;
        let id = ann.site_id();
        let change = SiteChange {
            name: Some("Home".parse().unwrap()),
            admin_mode: Some(AdminMode::ContentAndUsers),
            settings: settings(&[("timeZone", "Europe/Zurich")]),
            ..SiteChange::default()
        };
        let site = sites::update(&world.store, &ann, id, change.clone()).await.unwrap();
        assert_eq!((site.name.as_str(), site.settings["timeZone"].as_str()), ("Home", "Europe/Zurich"));
        let site = sites::update(&world.store, &ann, id, SiteChange { settings: settings(&[("x", "1")]), ..SiteChange::default() }).await.unwrap();
        assert_eq!(site.settings, settings(&[("timeZone", "Europe/Zurich"), ("x", "1")]));

        let answer = sites::update(&world.store, &bob, id, change).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotSiteAdministrator))));
        for reserved in [
            SiteChange { admin_mode: Some(AdminMode::ContentOnly), ..SiteChange::default() },
            SiteChange { user_quota: Some(Some(10)), ..SiteChange::default() },
            SiteChange { storage_quota: Some(Some(10)), ..SiteChange::default() },
            SiteChange { state: Some(SiteState::Suspended), ..SiteChange::default() },
            SiteChange { content_url: Some("home".parse().unwrap()), ..SiteChange::default() },
            SiteChange { settings: settings(&[("tierViewerCapacity", "5")]), ..SiteChange::default() },
        ] {
            let answer = sites::update(&world.store, &ann, id, reserved.clone()).await;
            assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotServerAdministrator))), "{reserved:?}");
        }
    }

    async fn quotas_that_contradict_other_settings_are_refused(world) {
        let sales = world.site("sales").await;
        let update = |change| sites::update(&world.store, &world.root, sales.id, change);
        let answer = update(SiteChange { user_quota: Some(Some(0)), ..SiteChange::default() }).await;
        assert!(matches!(answer, Err(Error::Invalid(Invalid::Value(_)))));
        for contradiction in [
            SiteChange {
                user_quota: Some(Some(5)),
                settings: settings(&[("tierViewerCapacity", "5")]),
                ..SiteChange::default()
            },
            SiteChange {
                user_quota: Some(Some(5)),
                admin_mode: Some(AdminMode::ContentOnly),
                ..SiteChange::default()
            },
        ] {
            let answer = update(contradiction).await;
            assert!(matches!(answer, Err(Error::Conflict(Conflict::QuotaSettings(_)))), "{answer:?}");
        }
        let site = update(SiteChange { user_quota: Some(Some(5)), ..SiteChange::default() }).await.unwrap();
        assert_eq!(site.user_quota, Some(5));
        let site = update(SiteChange { user_quota: Some(None), ..SiteChange::default() }).await.unwrap();
        assert_eq!(site.user_quota, None);
    }

    async fn a_suspended_site_is_closed_at_once(world) {
        let sales = world.site("sales").await;
        let token = world.sign_in("root", "sales").await.unwrap().token;
        let state = |state| SiteChange { state: Some(state), ..SiteChange::default() };
        sites::update(&world.store, &world.root, sales.id, state(SiteState::Suspended)).await.unwrap();
        assert!(!world.is_signed_in(&token).await);
        assert!(world.sign_in("root", "sales").await.is_err());
        sites::update(&world.store, &world.root, sales.id, state(SiteState::Active)).await.unwrap();
        assert!(!world.is_signed_in(&token).await);
        world.sign_in("root", "sales").await.unwrap();
    }

    async fn a_site_is_deleted_with_all_that_is_on_it(world) {
        let sales = world.site("sales").await;
        let root_in_sales = world.root_on("sales").await;
        let ann = world.add(&root_in_sales, "ann", SiteRole::Creator).await.unwrap();
        world.add(&root_in_sales, "bob", SiteRole::Viewer).await.unwrap();
        world.add(&world.root, "bob", SiteRole::Viewer).await.unwrap();
        let token = world.sign_in("ann", "sales").await.unwrap().token;
        let own = format!("UPDATE projects SET owner_id = '{}' WHERE site_id = '{}'", ann.id, sales.id);
        world.sql(&own).await.unwrap();

        sites::delete(&world.store, &world.root, SiteRef::ContentUrl("sales".into())).await.unwrap();
        assert!(!world.is_signed_in(&token).await);
        let answer = sites::get(&world.store, &world.root, SiteRef::Id(sales.id)).await;
        assert!(matches!(answer, Err(Error::NotFound(Missing::Site(_)))));
        // Ann was nowhere else and is gone; Bob and root are elsewhere.
        let again = world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        assert_ne!(again.account_id, ann.account_id);
        world.sign_in("bob", "").await.unwrap();
        world.sign_in("root", "").await.unwrap();
    }

    async fn the_site_default_stays(world) {
        let id = world.root.site_id();
        let answer = sites::delete(&world.store, &world.root, SiteRef::Id(id)).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::DefaultSite))));
        for change in [
            SiteChange { state: Some(SiteState::Suspended), ..SiteChange::default() },
            SiteChange { content_url: Some("home".parse().unwrap()), ..SiteChange::default() },
        ] {
            let answer = sites::update(&world.store, &world.root, id, change).await;
            assert!(matches!(answer, Err(Error::Forbidden(Refusal::DefaultSite))));
        }
    }
}
