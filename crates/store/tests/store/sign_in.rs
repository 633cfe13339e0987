use std::time::Duration;

use tavola_model::{ListQuery, SiteRole};
use tavola_store::{
    Config, Impersonator, audit,
    sessions::{self, Credentials, SignIn, SignInError},
    users::{self, UserChange},
};

use crate::world::{PASSWORD, World, from, with_password};

fn wrong(name: &str, address: &str) -> SignIn {
    SignIn {
        credentials: Credentials::Password { name: name.to_owned(), password: "wrong".to_owned() },
        origin: from(address),
        ..with_password(name, "")
    }
}

fn right(name: &str, address: &str) -> SignIn {
    SignIn { origin: from(address), ..with_password(name, "") }
}

async fn is_refused(world: &World, sign_in: SignIn) -> bool {
    matches!(sessions::sign_in(&world.store, sign_in).await, Err(SignInError::Refused))
}

fn acting_as(id: impl ToString) -> SignIn {
    SignIn { impersonate: Some(id.to_string()), ..with_password("root", "") }
}

on_both! {
    async fn a_password_signs_in_whatever_the_case_and_domain_of_the_name(world) {
        world.add(&world.root, "Ann", SiteRole::Viewer).await.unwrap();
        for name in ["Ann", "ann", r"local\Ann", r" LOCAL\ANN "] {
            let signed_in = world.sign_in(name, "").await.unwrap();
            assert_eq!(signed_in.actor.user_name(), "Ann");
            assert_eq!(signed_in.expires_in, Duration::from_secs(240 * 60));
            assert!(world.is_signed_in(&signed_in.token).await);
        }
        let ann = world.sign_in("ann", "").await.unwrap().actor;
        let seen = users::get(&world.store, &ann, ann.user_id()).await.unwrap();
        assert_eq!(seen.last_login, Some(world.clock.now()));
    }

    async fn who_is_wrong_in_anything_is_refused_alike(world) {
        world.site("sales").await;
        world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        world.add(&world.root, "bob", SiteRole::Unlicensed).await.unwrap();
        let no_password = users::NewUser::new("carol".parse().unwrap(), SiteRole::Viewer);
        users::add(&world.store, &world.root, no_password).await.unwrap();
        for (name, site) in [
            ("nobody", ""), ("ann", "sales"), ("ann", "nowhere"), ("bob", ""), ("carol", ""), ("", ""), ("a\0b", ""), ("ann", "\0"),
        ] {
            assert!(is_refused(world, with_password(name, site)).await, "{name} {site}");
        }
        assert!(is_refused(world, wrong("ann", "192.0.2.2")).await);
        let empty = Credentials::Password { name: "carol".to_owned(), password: String::new() };
        assert!(is_refused(world, SignIn { credentials: empty, ..right("carol", "192.0.2.2") }).await);
    }

    async fn wrong_passwords_make_the_account_wait(world) {
        world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        // Each from another address, so that only the account waits.
        for attempt in 1..=5 {
            assert!(is_refused(world, wrong("ann", &format!("198.51.100.{attempt}"))).await);
        }
        assert!(is_refused(world, right("ann", "192.0.2.9")).await);
        assert!(is_refused(world, right(r"local\ANN", "192.0.2.9")).await);
        world.clock.advance(Duration::from_millis(999));
        assert!(is_refused(world, right("ann", "192.0.2.9")).await);
        world.clock.advance(Duration::from_millis(1));
        assert!(sessions::sign_in(&world.store, right("ann", "192.0.2.9")).await.is_ok());
        // It began anew: four more are free.
        for attempt in 1..=4 {
            assert!(is_refused(world, wrong("ann", &format!("198.51.100.{attempt}0"))).await);
        }
        assert!(sessions::sign_in(&world.store, right("ann", "192.0.2.9")).await.is_ok());
    }

    async fn waiting_grows_and_is_forgotten_after_an_hour(world) {
        world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        for attempt in 1..=7 {
            assert!(is_refused(world, wrong("ann", &format!("198.51.100.{attempt}"))).await);
            world.clock.advance(Duration::from_secs(if attempt < 7 { 4 } else { 0 }));
        }
        world.clock.advance(Duration::from_millis(3_999));
        assert!(is_refused(world, right("ann", "192.0.2.9")).await);
        // Attempts while waiting did not count.
        world.clock.advance(Duration::from_millis(1));
        assert!(is_refused(world, wrong("ann", "198.51.100.8")).await);
        world.advance_minutes(60);
        for attempt in 1..=4 {
            assert!(is_refused(world, wrong("ann", &format!("198.51.100.{attempt}0"))).await);
        }
        assert!(sessions::sign_in(&world.store, right("ann", "192.0.2.9")).await.is_ok());
    }

    async fn wrong_passwords_make_the_address_wait_whatever_the_names(world) {
        world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        for name in ["nobody", "root", "somebody", "anybody", "everybody"] {
            assert!(is_refused(world, wrong(name, "2001:db8::1")).await);
        }
        // The same network, and the name has not failed once.
        assert!(is_refused(world, right("ann", "2001:db8::2")).await);
        assert!(sessions::sign_in(&world.store, right("ann", "2001:db8:0:1::1")).await.is_ok());
        world.clock.advance(Duration::from_secs(1));
        assert!(sessions::sign_in(&world.store, right("ann", "2001:db8::2")).await.is_ok());
    }

    async fn the_wait_survives_a_restart(world) {
        for attempt in 1..=5 {
            assert!(is_refused(world, wrong("root", &format!("198.51.100.{attempt}"))).await);
        }
        world.store.close().await;
        let store = tavola_store::Store::open(world.config()).await.unwrap();
        let answer = sessions::sign_in(&store, right("root", "192.0.2.9")).await;
        assert!(matches!(answer, Err(SignInError::Refused)));
        store.close().await;
    }

    async fn a_server_administrator_acts_as_a_user(world) {
        let ann = world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        let signed_in = sessions::sign_in(&world.store, acting_as(ann.id)).await.unwrap();
        let actor = world.authenticate(&signed_in.token).await;
        assert_eq!((actor.user_id(), actor.user_name(), actor.site_role()), (ann.id, "ann", SiteRole::Viewer));
        assert!(!actor.is_server_administrator());
        let root = Impersonator { user_id: world.root.user_id(), user_name: "root".to_owned() };
        assert_eq!(actor.impersonator(), Some(&root));
        let line = audit::list(&world.store, &world.root, &ListQuery::default()).await.unwrap().items.remove(0);
        assert_eq!((line.action.as_str(), line.user_name.as_deref()), ("session.sign_in", Some("ann")));
        assert_eq!((line.impersonator_id, line.impersonator_name.as_deref()), (Some(root.user_id), Some("root")));
        // It was root who signed in.
        assert_eq!(users::get(&world.store, &world.root, ann.id).await.unwrap().last_login, None);
    }

    async fn nobody_else_acts_as_another(world) {
        world.add(&world.root, "ann", SiteRole::SiteAdministratorCreator).await.unwrap();
        let bob = world.add(&world.root, "bob", SiteRole::Viewer).await.unwrap();
        let gone = world.add(&world.root, "gone", SiteRole::Unlicensed).await.unwrap();
        let ann = SignIn { impersonate: Some(bob.id.to_string()), ..with_password("ann", "") };
        let answer = sessions::sign_in(&world.store, ann).await;
        assert!(matches!(answer, Err(SignInError::ImpersonationForbidden)));
        for unknown in ["9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d".to_owned(), "bob".to_owned()] {
            let answer = sessions::sign_in(&world.store, acting_as(unknown)).await;
            assert!(matches!(answer, Err(SignInError::ImpersonatedUnknown)));
        }
        assert!(is_refused(world, acting_as(gone.id)).await);
    }

    async fn an_impersonation_ends_with_the_administrators_power(world) {
        let ann = world.add(&world.root, "ann", SiteRole::ServerAdministrator).await.unwrap();
        let bob = world.add(&world.root, "bob", SiteRole::Viewer).await.unwrap();
        let as_bob = SignIn { impersonate: Some(bob.id.to_string()), ..with_password("ann", "") };
        let token = sessions::sign_in(&world.store, as_bob).await.unwrap().token;
        assert!(world.is_signed_in(&token).await);
        let creator = UserChange { site_role: Some(SiteRole::Creator), ..UserChange::default() };
        users::update(&world.store, &world.root, ann.id, creator).await.unwrap();
        assert!(!world.is_signed_in(&token).await);
    }

    async fn a_refusal_is_written_down_without_what_was_typed(world) {
        let site = "nowhere".to_owned();
        let mistyped = SignIn {
            credentials: Credentials::Password { name: "hunter2".to_owned(), password: "hunter2".to_owned() },
            site,
            ..right("", "192.0.2.7")
        };
        assert!(is_refused(world, mistyped).await);
        assert!(is_refused(world, wrong("Root", "192.0.2.8")).await);
        let lines = audit::list(&world.store, &world.root, &ListQuery::default()).await.unwrap().items;
        let [known, unknown] = [&lines[0], &lines[1]];
        assert_eq!((known.action.as_str(), known.object_name.as_deref()), ("session.refused", Some("root")));
        assert_eq!((known.address.as_deref(), known.account_id), (Some("192.0.2.8"), None));
        assert_eq!((unknown.action.as_str(), unknown.object_name.as_deref()), ("session.refused", None));
        assert!(!format!("{lines:?}").contains("hunter2"));
        assert!(!format!("{lines:?}").contains(PASSWORD));
    }

    async fn sessions_last_as_long_as_configured(world) {
        let world = world.another(|config: &mut Config| {
            config.session_idle = Duration::from_secs(600);
            config.session_absolute = Duration::from_secs(300);
        }).await;
        let signed_in = world.sign_in("root", "").await.unwrap();
        assert_eq!(signed_in.expires_in, Duration::from_secs(300));
        world.advance_minutes(5);
        assert!(!world.is_signed_in(&signed_in.token).await);
    }
}
