use std::num::NonZeroU32;

use tavola_model::{AdminMode, Filter, ListQuery, Page, SiteRole, Sort, Timestamp};
use tavola_store::{
    Actor, Conflict, Error, Invalid, InvalidList, Missing, Refusal, Store, Taken, groups,
    sites::{self, SiteChange},
    users::{self, UserChange},
};

use crate::world::{PASSWORD, World, is_unknown_user, new_user};

fn role(role: SiteRole) -> UserChange {
    UserChange { site_role: Some(role), ..UserChange::default() }
}

fn password(password: &str) -> UserChange {
    UserChange { password: Some(password.to_owned()), ..UserChange::default() }
}

fn full_name(name: &str) -> UserChange {
    UserChange { full_name: Some(name.to_owned()), ..UserChange::default() }
}

async fn names(store: &Store, actor: &Actor, filter: &str, sort: &str) -> Result<Vec<String>, Error> {
    let query = ListQuery {
        filters: Filter::parse_all(filter).unwrap(),
        sorts: Sort::parse_all(sort).unwrap(),
        ..ListQuery::default()
    };
    users::list(store, actor, &query).await.map(|list| list.items.into_iter().map(|user| user.name).collect())
}

async fn people(world: &World) {
    for (name, role) in [
        ("Ann", SiteRole::Creator),
        ("bob", SiteRole::Viewer),
        ("Émile", SiteRole::Viewer),
        ("carol", SiteRole::Explorer),
    ] {
        world.add(&world.root, name, role).await.unwrap();
    }
    world.advance_minutes(10);
    world.sign_in("bob", "").await.unwrap();
}

on_both! {
    async fn a_user_is_added_with_all_that_was_given(world) {
        let new = users::NewUser {
            email: Some("ann@example.org".to_owned()),
            full_name: Some("Ann Ash".to_owned()),
            language: Some("fr".to_owned()),
            locale: Some("fr_CH".to_owned()),
            ..new_user(r"local\Ann", SiteRole::Creator)
        };
        let ann = users::add(&world.store, &world.root, new).await.unwrap();
        assert_eq!(
            (ann.name.as_str(), ann.full_name.as_str(), ann.email.as_str(), ann.domain.as_str(), ann.site_role),
            ("Ann", "Ann Ash", "ann@example.org", "local", SiteRole::Creator)
        );
        assert_eq!((ann.language.as_str(), ann.locale.as_str(), ann.last_login), ("fr", "fr_CH", None));
        assert_eq!(users::get(&world.store, &world.root, ann.id).await.unwrap(), ann);
        let groups = groups::of_user(&world.store, &world.root, ann.id, Page::default()).await.unwrap();
        assert_eq!((groups.total, groups.items.len(), groups.items[0].name.as_str()), (1, 1, "All Users"));
    }

    async fn a_name_is_taken_whatever_its_case_and_domain(world) {
        world.add(&world.root, "Ann", SiteRole::Viewer).await.unwrap();
        for name in ["Ann", "ANN", r"LOCAL\ann"] {
            let answer = world.add(&world.root, name, SiteRole::Viewer).await;
            assert!(matches!(answer, Err(Error::AlreadyExists(Taken::UserOnSite(_)))), "{name}");
        }
        let answer = world.add(&world.root, r"corp\ann", SiteRole::Viewer).await;
        assert!(matches!(answer, Err(Error::NotFound(Missing::Domain(_)))));
    }

    async fn of_two_who_add_one_name_one_is_told_it_is_taken(world) {
        for round in 0..5 {
            let name = format!("ann{round}");
            let (first, second) = tokio::join!(
                world.add(&world.root, &name, SiteRole::Viewer),
                world.add(&world.root, &name, SiteRole::Viewer)
            );
            let (won, lost) = if first.is_ok() { (first, second) } else { (second, first) };
            won.unwrap();
            assert!(matches!(lost, Err(Error::AlreadyExists(Taken::UserOnSite(_)))), "{lost:?}");
        }
    }

    async fn all_see_all_and_only_administrators_what_is_private(world) {
        people(world).await;
        let everyone = ["Ann", "bob", "carol", "root", "Émile"];
        let cy = world.actor("cy", SiteRole::Viewer).await;
        let mut with_cy = everyone.to_vec();
        with_cy.insert(3, "cy");
        assert_eq!(names(&world.store, &world.root, "", "").await.unwrap(), with_cy);
        assert_eq!(names(&world.store, &cy, "", "").await.unwrap(), with_cy);
        let root = users::get(&world.store, &cy, world.root.user_id()).await.unwrap();
        assert_eq!((root.name.as_str(), root.site_role, root.last_login), ("root", SiteRole::ServerAdministrator, None));
        let myself = users::get(&world.store, &cy, cy.user_id()).await.unwrap();
        assert!(myself.last_login.is_some());
        let list = users::list(&world.store, &cy, &ListQuery::default()).await.unwrap().items;
        assert!(list.iter().all(|user| user.last_login.is_none() || user.id == cy.user_id()));
        // What is not told is not found out by asking for it either.
        for (filter, sort) in [("lastLogin:gt:2000-01-01T00:00:00Z", ""), ("", "lastLogin:desc")] {
            assert_eq!(names(&world.store, &cy, filter, sort).await.unwrap(), ["cy"]);
        }
        let answer = users::administered(&world.store, &cy, world.root.user_id()).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotSiteAdministrator))), "{answer:?}");
        let answer = groups::of_user(&world.store, &cy, world.root.user_id(), Page::default()).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotSiteAdministrator))), "{answer:?}");
        let answer = users::remove(&world.store, &cy, world.root.user_id(), None).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotSiteAdministrator))), "{answer:?}");
        let answer = sites::administered(&world.store, &cy).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotSiteAdministrator))), "{answer:?}");
        assert_eq!(sites::administered(&world.store, &world.root).await.unwrap().id, world.root.site_id());
    }

    async fn where_visibility_is_limited_viewers_and_explorers_see_themselves_alone(world) {
        people(world).await;
        let [viewer, explorer, creator, chief] = [
            world.actor("v", SiteRole::Viewer).await,
            world.actor("e", SiteRole::ExplorerCanPublish).await,
            world.actor("c", SiteRole::Creator).await,
            world.actor("s", SiteRole::SiteAdministratorExplorer).await,
        ];
        let limited = [("userVisibilityMode".to_owned(), "LIMITED".to_owned())].into();
        let change = SiteChange { settings: limited, ..SiteChange::default() };
        sites::update(&world.store, &world.root, world.root.site_id(), change).await.unwrap();
        for (actor, name) in [(&viewer, "v"), (&explorer, "e")] {
            assert_eq!(names(&world.store, actor, "", "").await.unwrap(), [name]);
            assert!(names(&world.store, actor, "name:eq:root", "").await.unwrap().is_empty());
            assert!(is_unknown_user(users::get(&world.store, actor, world.root.user_id()).await));
            assert!(is_unknown_user(users::administered(&world.store, actor, world.root.user_id()).await));
            assert!(is_unknown_user(groups::of_user(&world.store, actor, world.root.user_id(), Page::default()).await));
            assert_eq!(users::get(&world.store, actor, actor.user_id()).await.unwrap().name, name);
        }
        for actor in [&creator, &chief, &world.root] {
            assert_eq!(names(&world.store, actor, "", "").await.unwrap().len(), 9);
            assert_eq!(users::get(&world.store, actor, viewer.user_id()).await.unwrap().name, "v");
        }
    }

    async fn a_list_is_filtered_and_sorted(world) {
        people(world).await;
        let login = Timestamp::from_millis(crate::world::START.as_millis() + 300_000);
        let since = format!("lastLogin:gt:{login}");
        for (filter, sort, expected) in [
            ("name:eq:Ann", "", &["Ann"][..]),
            ("name:eq:ann", "", &[]),
            (r"name:eq:local\Ann", "", &["Ann"]),
            ("name:cieq:ÉMILE", "", &["Émile"]),
            ("name:has:o", "name:desc", &["root", "carol", "bob"]),
            ("name:in:[bob,Ann,nobody]", "", &["Ann", "bob"]),
            ("siteRole:eq:Viewer", "", &["bob", "Émile"]),
            ("siteRole:eq:ReadOnly", "", &["bob", "Émile"]),
            ("siteRole:in:[Creator,Explorer]", "name:desc", &["carol", "Ann"]),
            (since.as_str(), "", &["bob"]),
            ("lastLogin:gte:2000-01-01T00:00:00Z,siteRole:eq:Viewer", "", &["bob"]),
            ("friendlyName:eq:carol", "", &["carol"]),
            ("fullName:has:aro", "", &["carol"]),
            ("isLocal:eq:True,domainName:eq:local", "lastLogin:desc,name:asc", &["bob", "root", "Ann", "carol", "Émile"]),
            ("isLocal:eq:false", "", &[]),
            ("", "siteRole:asc,name:desc", &["Ann", "carol", "root", "Émile", "bob"]),
        ] {
            assert_eq!(names(&world.store, &world.root, filter, sort).await.unwrap(), expected, "{filter} {sort}");
        }
        let luid = format!("luid:eq:{}", world.root.user_id());
        assert_eq!(names(&world.store, &world.root, &luid, "").await.unwrap(), ["root"]);
    }

    async fn a_list_refuses_what_it_does_not_understand(world) {
        for filter in ["shoeSize:eq:44", "email:eq:x"] {
            let answer = names(&world.store, &world.root, filter, "").await;
            assert!(matches!(answer, Err(Error::InvalidList(InvalidList::Field(_)))), "{filter}");
        }
        for filter in ["siteRole:gt:Viewer", "lastLogin:has:2026", "luid:in:[x]"] {
            let answer = names(&world.store, &world.root, filter, "").await;
            assert!(matches!(answer, Err(Error::InvalidList(InvalidList::Operator { .. }))), "{filter}");
        }
        for filter in ["siteRole:eq:King", "lastLogin:gt:yesterday", "luid:eq:1", "isLocal:eq:maybe", "name:eq:a\0b"] {
            let answer = names(&world.store, &world.root, filter, "").await;
            assert!(matches!(answer, Err(Error::InvalidList(InvalidList::Value { .. }))), "{filter}");
        }
        let answer = names(&world.store, &world.root, "", "shoeSize:asc").await;
        assert!(matches!(answer, Err(Error::InvalidList(InvalidList::Field(_)))));
    }

    async fn a_list_comes_in_pages(world) {
        people(world).await;
        let page = |number| ListQuery {
            page: Page { number: NonZeroU32::new(number).unwrap(), size: NonZeroU32::new(2).unwrap() },
            ..ListQuery::default()
        };
        let mut seen = Vec::new();
        for number in 1..=3 {
            let list = users::list(&world.store, &world.root, &page(number)).await.unwrap();
            assert_eq!(list.total, 5);
            seen.extend(list.items.into_iter().map(|user| user.name));
        }
        assert_eq!(seen, ["Ann", "bob", "carol", "root", "Émile"]);
        let answer = users::list(&world.store, &world.root, &page(4)).await;
        assert!(matches!(answer, Err(Error::InvalidList(InvalidList::PastTheEnd { page: 4, total: 5 }))));
    }

    async fn pages_neither_skip_nor_repeat_where_the_order_leaves_users_equal(world) {
        for number in 0..7 {
            let role = if number % 2 == 0 { SiteRole::Viewer } else { SiteRole::Creator };
            world.add(&world.root, &format!("user{number}"), role).await.unwrap();
        }
        for sort in ["siteRole:asc", "domainName:desc", "lastLogin:asc", "name:desc", ""] {
            let page = |number, size| ListQuery {
                page: Page { number: NonZeroU32::new(number).unwrap(), size: NonZeroU32::new(size).unwrap() },
                sorts: Sort::parse_all(sort).unwrap(),
                ..ListQuery::default()
            };
            let whole = users::list(&world.store, &world.root, &page(1, 100)).await.unwrap();
            assert_eq!((whole.items.len(), whole.total), (8, 8));
            let mut paged = Vec::new();
            for number in 1..=3 {
                paged.extend(users::list(&world.store, &world.root, &page(number, 3)).await.unwrap().items);
            }
            assert_eq!(paged, whole.items, "{sort}");
        }
    }

    async fn a_site_administrator_manages_users_but_no_server_administrators(world) {
        let ann = world.actor("ann", SiteRole::SiteAdministratorExplorer).await;
        let bob = world.add(&ann, "bob", SiteRole::Viewer).await.unwrap();
        let bob = users::update(&world.store, &ann, bob.id, role(SiteRole::Creator)).await.unwrap();
        assert_eq!(bob.site_role, SiteRole::Creator);

        let server = SiteRole::ServerAdministrator;
        let answers = [
            world.add(&ann, "carol", server).await,
            users::update(&world.store, &ann, bob.id, role(server)).await,
        ];
        for answer in answers {
            assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotServerAdministrator))), "{answer:?}");
        }
        let root = world.root.user_id();
        let answers = [
            users::update(&world.store, &ann, root, role(SiteRole::Viewer)).await.map(drop),
            users::update(&world.store, &ann, root, full_name("Rooty")).await.map(drop),
            users::update(&world.store, &ann, root, password("new")).await.map(drop),
            users::remove(&world.store, &ann, root, None).await,
        ];
        for answer in answers {
            assert!(matches!(answer, Err(Error::Forbidden(Refusal::UserIsServerAdministrator))), "{answer:?}");
        }
        users::remove(&world.store, &ann, bob.id, None).await.unwrap();
        assert!(is_unknown_user(users::get(&world.store, &ann, bob.id).await));
    }

    async fn on_a_content_only_site_only_server_administrators_manage_users(world) {
        let ann = world.actor("ann", SiteRole::SiteAdministratorCreator).await;
        let change = SiteChange { admin_mode: Some(AdminMode::ContentOnly), ..SiteChange::default() };
        sites::update(&world.store, &world.root, ann.site_id(), change).await.unwrap();
        let answer = world.add(&ann, "bob", SiteRole::Viewer).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::UsersAreNotManagedHere))));
        world.add(&world.root, "bob", SiteRole::Viewer).await.unwrap();
    }

    async fn who_is_no_administrator_manages_nobody(world) {
        let ann = world.actor("ann", SiteRole::Creator).await;
        let answers = [
            world.add(&ann, "bob", SiteRole::Viewer).await.map(drop),
            users::update(&world.store, &ann, ann.user_id(), full_name("Ann Ash")).await.map(drop),
            users::remove(&world.store, &ann, ann.user_id(), None).await,
        ];
        for answer in answers {
            assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotSiteAdministrator))), "{answer:?}");
        }
    }

    async fn a_role_that_is_not_given_is_refused(world) {
        for guest in [SiteRole::Guest, SiteRole::SupportUser] {
            let answer = world.add(&world.root, "ann", guest).await;
            assert!(matches!(answer, Err(Error::Invalid(Invalid::SiteRole(_)))));
        }
    }

    async fn nobody_changes_their_own_role(world) {
        let ann = world.actor("ann", SiteRole::SiteAdministratorCreator).await;
        for actor in [&ann, &world.root] {
            let answer = users::update(&world.store, actor, actor.user_id(), role(SiteRole::Creator)).await;
            assert!(matches!(answer, Err(Error::Forbidden(Refusal::OwnSiteRole))), "{answer:?}");
            // Clients send the role along with other changes.
            let same = UserChange { site_role: Some(actor.site_role()), ..full_name("Someone") };
            users::update(&world.store, actor, actor.user_id(), same).await.unwrap();
        }
    }

    async fn a_server_administrator_is_one_on_every_site(world) {
        let sales = world.site("sales").await;
        let ann = world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        assert!(world.sign_in("ann", "sales").await.is_err());
        users::update(&world.store, &world.root, ann.id, role(SiteRole::ServerAdministrator)).await.unwrap();
        let ann_in_sales = world.sign_in("ann", "sales").await.unwrap().actor;
        assert_eq!(ann_in_sales.site_role(), SiteRole::ServerAdministrator);

        world.site("finance").await;
        assert!(world.sign_in("ann", "finance").await.unwrap().actor.is_server_administrator());

        // One site takes the role away, and the others with it.
        let root_in_sales = world.root_on("sales").await;
        assert_eq!(root_in_sales.site_id(), sales.id);
        let token = world.sign_in("ann", "sales").await.unwrap().token;
        let elsewhere = world.sign_in("ann", "finance").await.unwrap().token;
        users::update(&world.store, &root_in_sales, ann_in_sales.user_id(), role(SiteRole::Creator)).await.unwrap();
        let ann_in_sales = world.authenticate(&token).await;
        assert_eq!((ann_in_sales.site_role(), ann_in_sales.is_server_administrator()), (SiteRole::Creator, false));
        assert!(!world.is_signed_in(&elsewhere).await);
        assert_eq!(users::get(&world.store, &world.root, ann.id).await.unwrap().site_role, SiteRole::Unlicensed);
        assert!(world.sign_in("ann", "").await.is_err());
    }

    async fn the_last_server_administrator_stays(world) {
        let answer = users::remove(&world.store, &world.root, world.root.user_id(), None).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::LastServerAdministrator))));

        let ann = world.actor("ann", SiteRole::ServerAdministrator).await;
        users::update(&world.store, &ann, world.root.user_id(), role(SiteRole::Viewer)).await.unwrap();
        let answer = users::remove(&world.store, &ann, ann.user_id(), None).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::LastServerAdministrator))));
    }

    async fn a_person_keeps_their_account_from_site_to_site(world) {
        world.site("sales").await;
        let ann = world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        let root_in_sales = world.root_on("sales").await;
        world.add(&root_in_sales, "sam", SiteRole::SiteAdministratorCreator).await.unwrap();
        let sam = world.sign_in("sam", "sales").await.unwrap().actor;

        // A site administrator's password for someone who has one already is not taken.
        let new = users::NewUser {
            password: Some("stolen".to_owned()),
            full_name: Some("Mallory".to_owned()),
            ..new_user("ANN", SiteRole::Creator)
        };
        let ann_in_sales = users::add(&world.store, &sam, new).await.unwrap();
        assert_eq!((ann_in_sales.account_id, ann_in_sales.name.as_str()), (ann.account_id, "ann"));
        assert_eq!(ann_in_sales.full_name, "ann");
        world.sign_in("ann", "sales").await.unwrap();

        for change in [password("stolen"), full_name("Mallory")] {
            let answer = users::update(&world.store, &sam, ann_in_sales.id, change).await;
            assert!(matches!(answer, Err(Error::Forbidden(Refusal::AccountLivesElsewhere))), "{answer:?}");
        }
        users::update(&world.store, &sam, ann_in_sales.id, role(SiteRole::Viewer)).await.unwrap();
        users::update(&world.store, &root_in_sales, ann_in_sales.id, full_name("Ann Ash")).await.unwrap();
        assert_eq!(users::get(&world.store, &world.root, ann.id).await.unwrap().full_name, "Ann Ash");
    }

    async fn a_new_password_ends_the_sessions_of_the_old(world) {
        let ann = world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        let token = world.sign_in("ann", "").await.unwrap().token;
        users::update(&world.store, &world.root, ann.id, password("another")).await.unwrap();
        assert!(!world.is_signed_in(&token).await);
        assert!(world.sign_in("ann", "").await.is_err());

        // Who changes their own goes on.
        let root = world.sign_in("root", "").await.unwrap();
        let other = world.sign_in("root", "").await.unwrap().token;
        users::update(&world.store, &root.actor, root.actor.user_id(), password("another")).await.unwrap();
        assert!(world.is_signed_in(&root.token).await);
        assert!(!world.is_signed_in(&other).await);
    }

    async fn who_loses_the_licence_or_is_removed_is_out_at_once(world) {
        let ann = world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        let bob = world.add(&world.root, "bob", SiteRole::Viewer).await.unwrap();
        let (ann_token, bob_token) =
            (world.sign_in("ann", "").await.unwrap().token, world.sign_in("bob", "").await.unwrap().token);
        users::update(&world.store, &world.root, ann.id, role(SiteRole::Unlicensed)).await.unwrap();
        users::remove(&world.store, &world.root, bob.id, None).await.unwrap();
        for (token, name) in [(ann_token, "ann"), (bob_token, "bob")] {
            assert!(!world.is_signed_in(&token).await);
            assert!(world.sign_in(name, "").await.is_err());
        }
        // The account went with its last user: the name is free, and the old password forgotten.
        let new = users::NewUser { password: None, ..new_user("bob", SiteRole::Viewer) };
        let again = users::add(&world.store, &world.root, new).await.unwrap();
        assert_ne!(again.account_id, bob.account_id);
        assert!(world.sign_in("bob", "").await.is_err());
    }

    async fn who_owns_content_is_removed_only_when_another_takes_it(world) {
        let ann = world.add(&world.root, "ann", SiteRole::Creator).await.unwrap();
        let bob = world.add(&world.root, "bob", SiteRole::Creator).await.unwrap();
        let own = format!("UPDATE projects SET owner_id = '{}'", ann.id);
        world.sql(&own).await.unwrap();
        let answer = users::remove(&world.store, &world.root, ann.id, None).await;
        assert!(matches!(answer, Err(Error::Conflict(Conflict::OwnsContent))));
        assert!(is_unknown_user(users::remove(&world.store, &world.root, ann.id, Some(ann.id)).await));
        users::remove(&world.store, &world.root, ann.id, Some(bob.id)).await.unwrap();
        let answer = users::remove(&world.store, &world.root, bob.id, None).await;
        assert!(matches!(answer, Err(Error::Conflict(Conflict::OwnsContent))));
    }

    async fn a_site_takes_no_more_licensed_users_than_its_quota(world) {
        let change = SiteChange { user_quota: Some(Some(2)), ..SiteChange::default() };
        sites::update(&world.store, &world.root, world.root.site_id(), change).await.unwrap();
        world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        let answer = world.add(&world.root, "bob", SiteRole::Viewer).await;
        assert!(matches!(answer, Err(Error::Conflict(Conflict::UserQuota(2)))));
        let bob = world.add(&world.root, "bob", SiteRole::Unlicensed).await.unwrap();
        let answer = users::update(&world.store, &world.root, bob.id, role(SiteRole::Viewer)).await;
        assert!(matches!(answer, Err(Error::Conflict(Conflict::UserQuota(2)))));
    }

    async fn what_cannot_be_stored_is_refused(world) {
        let ann = world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        let changes = [
            UserChange { email: Some("not an address".to_owned()), ..UserChange::default() },
            full_name("a\0b"),
            full_name(&"x".repeat(256)),
            password(""),
            password(&"x".repeat(1025)),
        ];
        for change in changes {
            let answer = users::update(&world.store, &world.root, ann.id, change.clone()).await;
            assert!(matches!(answer, Err(Error::Invalid(Invalid::Value(_)))), "{change:?}");
        }
        let unchanged = users::update(&world.store, &world.root, ann.id, UserChange::default()).await.unwrap();
        assert_eq!(unchanged, ann);
    }

    async fn a_user_of_another_site_does_not_exist(world) {
        world.site("sales").await;
        let root_in_sales = world.root_on("sales").await;
        let ann = world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        assert!(is_unknown_user(users::get(&world.store, &root_in_sales, ann.id).await));
        assert!(is_unknown_user(users::update(&world.store, &root_in_sales, ann.id, password(PASSWORD)).await));
        assert!(is_unknown_user(users::remove(&world.store, &root_in_sales, ann.id, None).await));
        assert!(is_unknown_user(groups::of_user(&world.store, &root_in_sales, ann.id, Page::default()).await));
    }
}
