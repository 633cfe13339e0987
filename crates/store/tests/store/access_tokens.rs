use std::time::Duration;

use tavola_model::SiteRole;
use tavola_store::{
    Actor, Error, Missing, Refusal, Taken,
    access_tokens::{self, AccessToken},
    sessions::{self, Credentials, SignIn, SignInError, SignedIn},
    users,
};

use crate::world::{World, with_password};

const DAY: u64 = 24 * 60;

async fn create(world: &World, actor: &Actor, name: &str) -> Result<(AccessToken, String), Error> {
    access_tokens::create(&world.store, actor, actor.user_id(), name.parse().unwrap(), None).await
}

fn with_token(name: &str, secret: &str, site: &str) -> SignIn {
    let credentials = Credentials::AccessToken { name: name.to_owned(), secret: secret.to_owned() };
    SignIn { credentials, ..with_password("", site) }
}

async fn sign_in(world: &World, name: &str, secret: &str, site: &str) -> Result<SignedIn, SignInError> {
    sessions::sign_in(&world.store, with_token(name, secret, site)).await
}

on_both! {
    async fn a_token_signs_its_owner_in_on_all_their_sites(world) {
        world.site("sales").await;
        let ann = world.actor("ann", SiteRole::Creator).await;
        let root_in_sales = world.root_on("sales").await;
        world.add(&root_in_sales, "ann", SiteRole::Viewer).await.unwrap();
        let (token, secret) = create(world, &ann, "nightly").await.unwrap();
        for (site, role) in [("", SiteRole::Creator), ("sales", SiteRole::Viewer)] {
            let signed_in = sign_in(world, "nightly", &secret, site).await.unwrap();
            let actor = world.authenticate(&signed_in.token).await;
            assert_eq!((actor.account_id(), actor.site_role()), (ann.account_id(), role));
            assert_eq!(actor.access_token_name(), Some("nightly"));
        }
        let listed = access_tokens::list(&world.store, &ann, ann.user_id()).await.unwrap();
        assert_eq!(listed, [AccessToken { last_used_at: Some(world.clock.now()), ..token }]);
    }

    async fn a_token_needs_its_own_name_and_the_whole_secret(world) {
        let (_, secret) = create(world, &world.root, "nightly").await.unwrap();
        for (name, secret) in [
            ("hourly", secret.as_str()), ("Nightly", &secret), ("nightly", &secret[1..]), ("nightly", ""), ("nightly", "a\0b"),
        ] {
            assert!(matches!(sign_in(world, name, secret, "").await, Err(SignInError::Refused)), "{name} {secret}");
        }
    }

    async fn sessions_of_one_token_live_side_by_side(world) {
        let (_, secret) = create(world, &world.root, "nightly").await.unwrap();
        let first = sign_in(world, "nightly", &secret, "").await.unwrap();
        let second = sign_in(world, "nightly", &secret, "").await.unwrap();
        assert!(world.is_signed_in(&first.token).await && world.is_signed_in(&second.token).await);
    }

    async fn in_a_strict_server_a_token_has_one_session(world) {
        let world = &world.another(|config| config.strict = true).await;
        world.site("sales").await;
        let (_, secret) = create(world, &world.root, "nightly").await.unwrap();
        let first = sign_in(world, "nightly", &secret, "").await.unwrap();
        let second = sign_in(world, "nightly", &secret, "sales").await.unwrap();
        assert!(!world.is_signed_in(&first.token).await);
        assert!(world.is_signed_in(&second.token).await);
        // A failed sign-in takes nothing from the session there is.
        assert!(sign_in(world, "nightly", &secret, "nowhere").await.is_err());
        assert!(world.is_signed_in(&second.token).await);
    }

    async fn a_token_impersonates_unless_the_server_is_strict(world) {
        let strict = world.another(|config| config.strict = true).await;
        for (world, allowed) in [(world, true), (&strict, false)] {
            let ann = world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
            let (_, secret) = create(world, &world.root, "nightly").await.unwrap();
            let as_ann = SignIn { impersonate: Some(ann.id.to_string()), ..with_token("nightly", &secret, "") };
            match sessions::sign_in(&world.store, as_ann).await {
                Ok(signed_in) => assert!(allowed && signed_in.actor.user_id() == ann.id),
                Err(error) => assert!(!allowed && matches!(error, SignInError::ImpersonationForbidden)),
            }
        }
    }

    async fn a_token_expires_when_asked_and_when_unused(world) {
        let soon = world.clock.now().plus(Duration::from_secs(3600));
        let root = &world.root;
        let (_, short) =
            access_tokens::create(&world.store, root, root.user_id(), "short".parse().unwrap(), Some(soon)).await.unwrap();
        let (_, used) = create(world, root, "used").await.unwrap();
        let (_, unused) = create(world, root, "unused").await.unwrap();
        let session = sign_in(world, "short", &short, "").await.unwrap().token;
        world.advance_minutes(60);
        assert!(sign_in(world, "short", &short, "").await.is_err());
        assert!(!world.is_signed_in(&session).await);
        world.advance_minutes(14 * DAY);
        sign_in(world, "used", &used, "").await.unwrap();
        world.advance_minutes(DAY);
        assert!(sign_in(world, "unused", &unused, "").await.is_err());
        sign_in(world, "used", &used, "").await.unwrap();

        let too_long = world.clock.now().plus(Duration::from_secs(366 * DAY * 60));
        for expiry in [world.clock.now(), too_long] {
            let answer =
                access_tokens::create(&world.store, root, root.user_id(), "x".parse().unwrap(), Some(expiry)).await;
            assert!(matches!(answer, Err(Error::Invalid(_))));
        }
    }

    async fn a_tokens_name_is_its_owners_once(world) {
        let ann = world.actor("ann", SiteRole::Viewer).await;
        create(world, &ann, "nightly").await.unwrap();
        let answer = create(world, &ann, "NIGHTLY").await;
        assert!(matches!(answer, Err(Error::AlreadyExists(Taken::TokenName(_)))));
        create(world, &world.root, "nightly").await.unwrap();
        // A dead token gives its name up.
        world.advance_minutes(16 * DAY);
        let ann = world.sign_in("ann", "").await.unwrap().actor;
        create(world, &ann, "nightly").await.unwrap();
    }

    async fn a_revoked_token_is_dead_with_its_sessions(world) {
        let ann = world.actor("ann", SiteRole::Viewer).await;
        let (token, secret) = create(world, &ann, "nightly").await.unwrap();
        let session = sign_in(world, "nightly", &secret, "").await.unwrap().token;
        access_tokens::revoke(&world.store, &ann, ann.user_id(), token.id).await.unwrap();
        assert!(!world.is_signed_in(&session).await);
        assert!(sign_in(world, "nightly", &secret, "").await.is_err());
        let answer = access_tokens::revoke(&world.store, &ann, ann.user_id(), token.id).await;
        assert!(matches!(answer, Err(Error::NotFound(Missing::PersonalAccessToken(_)))));
    }

    async fn administrators_see_and_revoke_tokens_but_make_none_for_others(world) {
        let ann = world.actor("ann", SiteRole::Viewer).await;
        let sam = world.actor("sam", SiteRole::SiteAdministratorExplorer).await;
        let (token, _) = create(world, &ann, "nightly").await.unwrap();
        let (roots, _) = create(world, &world.root, "nightly").await.unwrap();
        assert_eq!(access_tokens::list(&world.store, &sam, ann.user_id()).await.unwrap(), std::slice::from_ref(&token));
        let answer = access_tokens::create(&world.store, &sam, ann.user_id(), "x".parse().unwrap(), None).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::OthersAccessToken))));
        let answer = access_tokens::revoke(&world.store, &sam, world.root.user_id(), roots.id).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::UserIsServerAdministrator))));
        access_tokens::revoke(&world.store, &sam, ann.user_id(), token.id).await.unwrap();

        let answer = access_tokens::list(&world.store, &ann, sam.user_id()).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotSiteAdministrator))), "{answer:?}");
        let answer = access_tokens::revoke(&world.store, &ann, world.root.user_id(), roots.id).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotSiteAdministrator))), "{answer:?}");
    }

    async fn an_impersonator_makes_no_token_for_whom_they_act_as(world) {
        let ann = world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        let as_ann = SignIn { impersonate: Some(ann.id.to_string()), ..with_password("root", "") };
        let actor = sessions::sign_in(&world.store, as_ann).await.unwrap().actor;
        let answer = create(world, &actor, "back door").await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::OthersAccessToken))));
    }

    async fn the_25th_token_displaces_the_least_used(world) {
        let mut secrets = Vec::new();
        for number in 0..24 {
            secrets.push(create(world, &world.root, &format!("t{number}")).await.unwrap().1);
            world.advance_minutes(1);
        }
        sign_in(world, "t0", &secrets[0], "").await.unwrap();
        create(world, &world.root, "one more").await.unwrap();
        let names: Vec<String> = access_tokens::list(&world.store, &world.root, world.root.user_id())
            .await
            .unwrap()
            .into_iter()
            .map(|token| token.name)
            .collect();
        assert_eq!(names.len(), 24);
        assert!(names.contains(&"t0".to_owned()) && !names.contains(&"t1".to_owned()), "{names:?}");
    }

    async fn the_tokens_of_all_server_administrators_are_revoked_together(world) {
        let ann = world.actor("ann", SiteRole::ServerAdministrator).await;
        let bob = world.actor("bob", SiteRole::SiteAdministratorCreator).await;
        create(world, &world.root, "a").await.unwrap();
        let (_, secret) = create(world, &ann, "b").await.unwrap();
        let (_, bobs) = create(world, &bob, "c").await.unwrap();
        let session = sign_in(world, "b", &secret, "").await.unwrap().token;
        let answer = access_tokens::revoke_all_of_administrators(&world.store, &bob).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotServerAdministrator))));
        assert_eq!(access_tokens::revoke_all_of_administrators(&world.store, &world.root).await.unwrap(), 2);
        assert!(!world.is_signed_in(&session).await);
        sign_in(world, "c", &bobs, "").await.unwrap();
    }

    async fn a_removed_users_token_signs_nobody_in(world) {
        let ann = world.actor("ann", SiteRole::Viewer).await;
        let (_, secret) = create(world, &ann, "nightly").await.unwrap();
        users::remove(&world.store, &world.root, ann.user_id(), None).await.unwrap();
        assert!(sign_in(world, "nightly", &secret, "").await.is_err());
    }
}
