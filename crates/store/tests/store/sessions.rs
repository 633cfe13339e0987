use std::time::Duration;

use tavola_model::{Filter, ListQuery, SiteRole, SiteState, Sort};
use tavola_store::{
    Actor, Credential, Error, Missing, Origin, access_tokens,
    audit::{self, Wanted},
    sessions::{self, AuthenticateError, Credentials, SessionRef, SignIn, SwitchError},
    sites::{self, SiteChange, SiteRef},
    users::{self, UserChange},
};

use crate::world::{START, World, from, with_password};

/// Uses a session until the use is written down, which happens in the background.
async fn use_session(world: &World, token: &str) {
    for _ in 0..10_000 {
        let actor = world.authenticate(token).await;
        let list = sessions::list(&world.store, &actor, &ListQuery::default()).await.unwrap();
        let session = list.items.into_iter().find(|session| session.id == actor.session_id()).unwrap();
        if session.last_used_at == world.clock.now() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("the use of a session was not written down");
}

on_both! {
    async fn a_token_has_the_known_form_and_only_the_whole_of_it_counts(world) {
        let signed_in = world.sign_in("root", "").await.unwrap();
        let parts: Vec<&str> = signed_in.token.split('|').collect();
        assert_eq!((parts[0].len(), parts[1].len()), (22, 32));
        assert_eq!(parts[2], world.root.site_id().to_string());
        let foreign = signed_in.token.replace(parts[2], "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d");
        for token in ["", "x", parts[0], &signed_in.token.to_lowercase(), &foreign, &format!("{} ", signed_in.token)] {
            assert!(!world.is_signed_in(token).await, "{token}");
        }
        assert!(!format!("{signed_in:?}").contains(parts[1]));
    }

    async fn a_session_ends_when_it_is_not_used(world) {
        let token = world.sign_in("root", "").await.unwrap().token;
        world.advance_minutes(239);
        use_session(world, &token).await;
        world.advance_minutes(239);
        use_session(world, &token).await;
        world.advance_minutes(240);
        assert!(!world.is_signed_in(&token).await);
    }

    async fn a_session_ends_in_two_weeks_however_much_it_is_used(world) {
        let token = world.sign_in("root", "").await.unwrap().token;
        for _ in 0..14 * 8 - 1 {
            world.advance_minutes(180);
            use_session(world, &token).await;
        }
        world.advance_minutes(180);
        assert!(!world.is_signed_in(&token).await);
    }

    async fn who_signed_out_is_out_at_once(world) {
        let first = world.sign_in("root", "").await.unwrap();
        let second = world.sign_in("root", "").await.unwrap();
        sessions::sign_out(&world.store, &first.actor).await.unwrap();
        assert!(!world.is_signed_in(&first.token).await);
        assert!(world.is_signed_in(&second.token).await);
        let answer = sessions::sign_out(&world.store, &first.actor).await;
        assert!(matches!(answer, Err(Error::NotFound(Missing::Session))));
    }

    async fn a_session_moves_to_another_site(world) {
        let sales = world.site("sales").await;
        let old = world.sign_in("root", "").await.unwrap();
        world.advance_minutes(60);
        let new = sessions::switch_site(&world.store, &old.actor, "SALES", from("192.0.2.3")).await.unwrap();
        assert!(!world.is_signed_in(&old.token).await);
        let actor = world.authenticate(&new.token).await;
        assert_eq!((actor.site_id(), actor.account_id()), (sales.id, old.actor.account_id()));
        assert_ne!(actor.user_id(), old.actor.user_id());
        let answer = sessions::switch_site(&world.store, &old.actor, "sales", Origin::default()).await;
        assert!(matches!(answer, Err(SwitchError::Store(Error::NotFound(Missing::Session)))), "{answer:?}");
    }

    async fn moving_from_site_to_site_does_not_prolong_a_session(world) {
        let world = world.another(|config| config.session_absolute = Duration::from_secs(2 * 60 * 60)).await;
        world.site("sales").await;
        let old = world.sign_in("root", "").await.unwrap();
        world.advance_minutes(90);
        let new = sessions::switch_site(&world.store, &old.actor, "sales", Origin::default()).await.unwrap();
        assert_eq!(new.expires_in, Duration::from_secs(30 * 60));
    }

    async fn a_session_stays_where_it_may_not_go(world) {
        let sales = world.site("sales").await;
        let closed = world.site("closed").await;
        let suspended = SiteChange { state: Some(SiteState::Suspended), ..SiteChange::default() };
        sites::update(&world.store, &world.root, closed.id, suspended).await.unwrap();
        let root = world.sign_in("root", "").await.unwrap();
        let answer = sessions::switch_site(&world.store, &root.actor, "", Origin::default()).await;
        assert!(matches!(answer, Err(SwitchError::SameSite)));
        for site in ["nowhere", "closed"] {
            let answer = sessions::switch_site(&world.store, &root.actor, site, Origin::default()).await;
            assert!(matches!(answer, Err(SwitchError::Unknown)), "{site}");
        }
        let ann = world.actor("ann", SiteRole::Creator).await;
        let answer = sessions::switch_site(&world.store, &ann, &sales.content_url, Origin::default()).await;
        assert!(matches!(answer, Err(SwitchError::Unknown)));
        assert!(world.is_signed_in(&root.token).await);
    }

    async fn sessions_are_seen_and_ended_by_their_owner_and_administrators(world) {
        world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        let ann = world.sign_in("ann", "").await.unwrap();
        let again = world.sign_in("ann", "").await.unwrap();
        let root = world.sign_in("root", "").await.unwrap();

        let own = sessions::list(&world.store, &ann.actor, &ListQuery::default()).await.unwrap();
        assert_eq!(own.total, 2);
        let session = own.items.iter().find(|session| session.id == ann.actor.session_id()).unwrap();
        assert_eq!((session.user_name.as_str(), &session.credential), ("ann", &Credential::Password));
        assert_eq!(session.user_agent.as_deref(), Some("test/1"));
        assert_eq!(session.address, from("192.0.2.1").address);
        assert_eq!(sessions::list(&world.store, &root.actor, &ListQuery::default()).await.unwrap().total, 4);

        let foreign = SessionRef::Id(root.actor.session_id());
        let answer = sessions::end(&world.store, &ann.actor, foreign).await;
        assert!(matches!(answer, Err(Error::NotFound(Missing::Session))));
        sessions::end(&world.store, &ann.actor, SessionRef::Token(&again.token)).await.unwrap();
        assert!(!world.is_signed_in(&again.token).await);
        sessions::end(&world.store, &root.actor, SessionRef::Id(ann.actor.session_id())).await.unwrap();
        assert!(!world.is_signed_in(&ann.token).await);
        let answer = sessions::end(&world.store, &root.actor, SessionRef::Token("gone")).await;
        assert!(matches!(answer, Err(Error::NotFound(Missing::Session))));
    }

    async fn the_list_of_sessions_is_filtered_and_sorted(world) {
        world.advance_minutes(1);
        let ann = world.actor("ann", SiteRole::Viewer).await;
        let since = format!("createdAt:gt:{START}");
        for (filter, sort, expected) in [
            ("", "", &["ann", "root"][..]),
            ("", "userName:desc,lastUsedAt,createdAt", &["root", "ann"]),
            (r"userName:eq:local\ann", "", &["ann"]),
            ("userName:in:[root,bob],lastUsedAt:lt:2100-01-01T00:00:00Z", "", &["root"]),
            (since.as_str(), "", &["ann"]),
        ] {
            let query = ListQuery {
                filters: Filter::parse_all(filter).unwrap(),
                sorts: Sort::parse_all(sort).unwrap(),
                ..ListQuery::default()
            };
            let list = sessions::list(&world.store, &world.root, &query).await.unwrap();
            let names: Vec<&str> = list.items.iter().map(|session| session.user_name.as_str()).collect();
            assert_eq!(names, expected, "{filter} {sort}");
        }
        assert_eq!(sessions::list(&world.store, &ann, &ListQuery::default()).await.unwrap().total, 1);
    }

    async fn sessions_that_are_over_are_not_listed(world) {
        world.sign_in("root", "").await.unwrap();
        world.advance_minutes(240);
        let root = world.sign_in("root", "").await.unwrap().actor;
        let list = sessions::list(&world.store, &root, &ListQuery::default()).await.unwrap();
        assert_eq!(list.items.iter().map(|session| session.id).collect::<Vec<_>>(), [root.session_id()]);
    }

    async fn a_session_ended_while_it_is_used_stays_ended(world) {
        for _ in 0..10 {
            let signed_in = world.sign_in("root", "").await.unwrap();
            world.advance_minutes(2);
            let session = SessionRef::Id(signed_in.actor.session_id());
            let uses = async {
                for _ in 0..20 {
                    drop(sessions::authenticate(&world.store, &signed_in.token, Origin::default()).await);
                    tokio::task::yield_now().await;
                }
            };
            let (ended, ()) = tokio::join!(sessions::end(&world.store, &signed_in.actor, session), uses);
            ended.unwrap();
            assert!(!world.is_signed_in(&signed_in.token).await);
        }
    }

    async fn an_actor_is_asked_again_who_they_are(world) {
        let ann = world.add(&world.root, "ann", SiteRole::SiteAdministratorCreator).await.unwrap();
        let session = world.sign_in("ann", "").await.unwrap();
        let role = |site_role| UserChange { site_role: Some(site_role), ..UserChange::default() };
        users::update(&world.store, &world.root, ann.id, role(SiteRole::Viewer)).await.unwrap();
        let now = sessions::authenticate_again(&world.store, &session.actor).await.unwrap();
        assert_eq!((now.site_role(), now.is_site_administrator()), (SiteRole::Viewer, false));
        assert_eq!((now.session_id(), now.address()), (session.actor.session_id(), session.actor.address()));
        users::update(&world.store, &world.root, ann.id, role(SiteRole::Unlicensed)).await.unwrap();
        let answer = sessions::authenticate_again(&world.store, &session.actor).await;
        assert!(matches!(answer, Err(AuthenticateError::NotSignedIn)));
    }

    async fn whatever_a_session_stands_on_takes_it_along(world) {
        let ann = world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        let over = async |what: &str, actor: &Actor, token: &str| {
            assert!(!world.is_signed_in(token).await, "{what}");
            let again = sessions::authenticate_again(&world.store, actor).await;
            assert!(matches!(again, Err(AuthenticateError::NotSignedIn)), "{what}");
        };

        let name = "nightly".parse().unwrap();
        let by_password = world.sign_in("ann", "").await.unwrap();
        let (token, secret) =
            access_tokens::create(&world.store, &by_password.actor, ann.id, name, None).await.unwrap();
        let by_token = || SignIn {
            credentials: Credentials::AccessToken { name: "nightly".to_owned(), secret: secret.clone() },
            ..with_password("", "")
        };
        let session = sessions::sign_in(&world.store, by_token()).await.unwrap();
        let change = UserChange { password: Some("another".to_owned()), ..UserChange::default() };
        users::update(&world.store, &world.root, ann.id, change).await.unwrap();
        over("a new password, of its own session", &by_password.actor, &by_password.token).await;
        over("a new password, of the session of a token", &session.actor, &session.token).await;

        let session = sessions::sign_in(&world.store, by_token()).await.unwrap();
        access_tokens::revoke(&world.store, &world.root, ann.id, token.id).await.unwrap();
        over("a revoked token", &session.actor, &session.token).await;

        let as_ann = SignIn { impersonate: Some(ann.id.to_string()), ..with_password("root", "") };
        let session = sessions::sign_in(&world.store, as_ann).await.unwrap();
        users::remove(&world.store, &world.root, ann.id, None).await.unwrap();
        over("the removal of whom one acts as", &session.actor, &session.token).await;

        let sales = world.site("sales").await;
        let session = world.sign_in("root", "sales").await.unwrap();
        let suspended = SiteChange { state: Some(SiteState::Suspended), ..SiteChange::default() };
        sites::update(&world.store, &world.root, sales.id, suspended).await.unwrap();
        over("a suspended site", &session.actor, &session.token).await;
        let finance = world.site("finance").await;
        let session = world.sign_in("root", "finance").await.unwrap();
        sites::delete(&world.store, &world.root, SiteRef::Id(finance.id)).await.unwrap();
        over("a deleted site", &session.actor, &session.token).await;
    }

    async fn the_audit_names_whose_session_was_ended_and_whose_role_fell(world) {
        let ann = world.add(&world.root, "ann", SiteRole::Creator).await.unwrap();
        let session = world.sign_in("ann", "").await.unwrap().actor.session_id();
        sessions::end(&world.store, &world.root, SessionRef::Id(session)).await.unwrap();
        world.sign_in("ann", "").await.unwrap();
        world.sign_in("ann", "").await.unwrap();
        let change = UserChange { site_role: Some(SiteRole::Unlicensed), ..UserChange::default() };
        users::update(&world.store, &world.root, ann.id, change).await.unwrap();
        let config = world.config();
        let target = Wanted { target: Some("Ann".to_owned()), ..Wanted::default() };
        let read = move || audit::open(&config, target).unwrap().map(Result::unwrap).collect::<Vec<_>>();
        // Reading blocks, which the test's own thread may not.
        let lines = std::thread::spawn(read).join().unwrap();
        let told: Vec<_> = lines.iter().map(|line| (line.action.as_str(), line.detail.as_deref().unwrap())).collect();
        let ended = format!("session {session}");
        assert_eq!(told, [
            ("user.add", "site role Creator"),
            ("session.end", ended.as_str()),
            ("user.update", "site role Unlicensed instead of Creator, 2 of their sessions ended"),
        ]);
        assert!(lines.iter().all(|line| line.user_name.as_deref() == Some("root")));
    }
}
