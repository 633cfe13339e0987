use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tavola_model::SiteRole;
use tavola_store::{
    Actor, Conflict, Credential, Error, Invalid, Missing, Origin, Refusal, access_tokens,
    connected_apps::{self, ConnectedApp, ConnectedAppChange, ConnectedAppSecret, NewConnectedApp},
    sessions::{self, Credentials, SignIn, SignInError, SignedIn, SwitchError},
};

use crate::world::{World, with_password};

async fn app(world: &World, actor: &Actor) -> (ConnectedApp, ConnectedAppSecret) {
    let new = NewConnectedApp { name: "portal".to_owned(), enabled: true, ..NewConnectedApp::default() };
    let app = connected_apps::create(&world.store, actor, new).await.unwrap();
    let secret = connected_apps::create_secret(&world.store, actor, app.id).await.unwrap();
    (app, secret)
}

fn encode(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn sign(header: &Value, claims: &Value, key: &str) -> String {
    let signed = format!("{}.{}", encode(header), encode(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

/// A good token's header and claims.
fn good(world: &World, app: &ConnectedApp, secret: &ConnectedAppSecret, jti: &str) -> (Value, Value) {
    let now = world.clock.now().as_millis() / 1000;
    let header = json!({"alg": "HS256", "typ": "JWT", "kid": secret.id.to_string(), "iss": app.id.to_string()});
    let claims = json!({
        "iss": app.id.to_string(), "aud": "tableau", "sub": "Ann", "exp": now + 300, "jti": jti,
        "scp": ["tableau:content:read", "tableau:views:embed"],
    });
    (header, claims)
}

async fn sign_in(world: &World, token: &str, site: &str) -> Result<SignedIn, SignInError> {
    let credentials = Credentials::Jwt(token.to_owned());
    sessions::sign_in(&world.store, SignIn { credentials, ..with_password("", site) }).await
}

fn reason(answer: Result<SignedIn, SignInError>) -> u32 {
    match answer {
        Err(SignInError::ConnectedApp { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

on_both! {
    async fn a_token_of_the_app_signs_its_user_in_with_its_scopes(world) {
        world.add(&world.root, "Ann", SiteRole::Viewer).await.unwrap();
        let (app, secret) = app(world, &world.root).await;
        let (header, claims) = good(world, &app, &secret, "1");
        let signed_in = sign_in(world, &sign(&header, &claims, &secret.value), "").await.unwrap();
        let actor = world.authenticate(&signed_in.token).await;
        assert_eq!(actor.user_name(), "Ann");
        assert_eq!(actor.scopes().unwrap(), ["tableau:content:read", "tableau:views:embed"]);
        assert_eq!(actor.credential(), &Credential::ConnectedApp { id: app.id, name: "portal".to_owned() });
        // Such a session stays where it is and leaves nothing behind.
        let answer = sessions::switch_site(&world.store, &actor, "nowhere", Origin::default()).await;
        assert!(matches!(answer, Err(SwitchError::Unknown)));
        world.site("sales").await;
        let answer = sessions::switch_site(&world.store, &actor, "sales", Origin::default()).await;
        assert!(matches!(answer, Err(SwitchError::NotAllowed)));
        let answer = access_tokens::create(&world.store, &actor, actor.user_id(), "x".parse().unwrap(), None).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::OthersAccessToken))));

        // The audience may be a list, and the issuer may be missing from the header.
        let (mut header, mut claims) = good(world, &app, &secret, "2");
        header.as_object_mut().unwrap().remove("iss");
        claims["aud"] = json!(["other", "tableau"]);
        claims.as_object_mut().unwrap().remove("scp");
        let signed_in = sign_in(world, &sign(&header, &claims, &secret.value), "").await.unwrap();
        assert_eq!(signed_in.actor.scopes(), Some(&[][..]));
    }

    async fn a_token_is_taken_once(world) {
        world.add(&world.root, "Ann", SiteRole::Viewer).await.unwrap();
        let (app, secret) = app(world, &world.root).await;
        let (header, claims) = good(world, &app, &secret, "1");
        let token = sign(&header, &claims, &secret.value);
        let (first, second) = tokio::join!(sign_in(world, &token, ""), sign_in(world, &token, ""));
        let lost = if first.is_ok() { second } else { first };
        assert_eq!(reason(lost), 10091);
        world.advance_minutes(4);
        assert_eq!(reason(sign_in(world, &token, "").await), 10091);
    }

    async fn each_fault_of_a_token_has_its_number(world) {
        world.add(&world.root, "Ann", SiteRole::Viewer).await.unwrap();
        let (app, secret) = app(world, &world.root).await;
        let now = world.clock.now().as_millis() / 1000;
        let key = secret.value.as_str();
        let other = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";
        let claim = |name: &str, value: Value| {
            let (header, mut claims) = good(world, &app, &secret, &format!("{name} {value}"));
            claims[name] = value;
            sign(&header, &claims, key)
        };
        let without = |name: &str| {
            let (header, mut claims) = good(world, &app, &secret, name);
            claims.as_object_mut().unwrap().remove(name);
            sign(&header, &claims, key)
        };
        let header = |name: &str, value: Value| {
            let (mut header, claims) = good(world, &app, &secret, name);
            header[name] = value;
            sign(&header, &claims, key)
        };
        let (good_header, good_claims) = good(world, &app, &secret, "x");
        for (what, token, expected) in [
            ("another user", claim("sub", json!("nobody")), 5),
            ("the user in another case", claim("sub", json!("ann")), 5),
            ("no user", without("sub"), 5),
            ("another key", sign(&good_header, &good_claims, "another key"), 16),
            ("another audience", claim("aud", json!("somewhere")), 16),
            ("expired", claim("exp", json!(now)), 16),
            ("not yet valid", claim("nbf", json!(now + 61)), 16),
            ("made in the future", claim("iat", json!(now + 61)), 16),
            ("another secret", header("kid", json!(other)), 127),
            ("a secret that is no id", header("kid", json!("x")), 127),
            ("no secret", header("kid", Value::Null), 10083),
            ("another algorithm", header("alg", json!("none")), 10082),
            ("no JSON in the header", format!("e30x.{}.x", encode(&good_claims)), 10083),
            ("no JSON in the claims", format!("{}.x.x", encode(&good_header)), 10084),
            ("no parts", "x".to_owned(), 10084),
            ("nothing", String::new(), 10084),
            ("too long a life", claim("exp", json!(now + 601)), 10096),
            ("no expiry", without("exp"), 10095),
            ("no jti", without("jti"), 10094),
            ("another issuer", claim("iss", json!(other)), 10087),
            ("another issuer in the header", header("iss", json!(other)), 10087),
        ] {
            assert_eq!(reason(sign_in(world, &token, "").await), expected, "{what}");
        }
        for (what, token) in [
            ("clocks that differ a little", claim("nbf", json!(now + 60))),
            ("the longest life", claim("exp", json!(now + 600))),
            ("a fraction of a second", claim("iat", json!(now as f64 + 0.5))),
        ] {
            assert!(sign_in(world, &token, "").await.is_ok(), "{what}");
        }
    }

    async fn an_app_signs_in_to_its_own_site_while_it_is_enabled(world) {
        world.site("sales").await;
        world.add(&world.root, "Ann", SiteRole::Viewer).await.unwrap();
        let root_in_sales = world.root_on("sales").await;
        world.add(&root_in_sales, "Ann", SiteRole::Viewer).await.unwrap();
        let (app, secret) = app(world, &world.root).await;
        let token = |jti: &str| {
            let (header, claims) = good(world, &app, &secret, jti);
            sign(&header, &claims, &secret.value)
        };
        assert_eq!(reason(sign_in(world, &token("1"), "sales").await), 126);
        assert!(matches!(sign_in(world, &token("2"), "nowhere").await, Err(SignInError::Refused)));
        let session = sign_in(world, &token("3"), "").await.unwrap().token;
        let enabled = |enabled| ConnectedAppChange { enabled: Some(enabled), ..ConnectedAppChange::default() };
        connected_apps::update(&world.store, &world.root, app.id, enabled(false)).await.unwrap();
        assert!(!world.is_signed_in(&session).await);
        assert_eq!(reason(sign_in(world, &token("4"), "").await), 126);
        connected_apps::update(&world.store, &world.root, app.id, enabled(true)).await.unwrap();
        assert!(!world.is_signed_in(&session).await);
        sign_in(world, &token("5"), "").await.unwrap();
    }

    async fn sessions_end_with_the_secret_and_the_app(world) {
        world.add(&world.root, "Ann", SiteRole::Viewer).await.unwrap();
        let (app, first) = app(world, &world.root).await;
        let second = connected_apps::create_secret(&world.store, &world.root, app.id).await.unwrap();
        let answer = connected_apps::create_secret(&world.store, &world.root, app.id).await;
        assert!(matches!(answer, Err(Error::Conflict(Conflict::TwoSecrets))));
        let mut tokens = Vec::new();
        for (jti, secret) in [("1", &first), ("2", &second)] {
            let (header, claims) = good(world, &app, secret, jti);
            tokens.push(sign_in(world, &sign(&header, &claims, &secret.value), "").await.unwrap().token);
        }
        connected_apps::delete_secret(&world.store, &world.root, app.id, first.id).await.unwrap();
        assert!(!world.is_signed_in(&tokens[0]).await);
        assert!(world.is_signed_in(&tokens[1]).await);
        let answer = connected_apps::delete_secret(&world.store, &world.root, app.id, first.id).await;
        assert!(matches!(answer, Err(Error::NotFound(Missing::ConnectedAppSecret(_)))));
        connected_apps::delete(&world.store, &world.root, app.id).await.unwrap();
        assert!(!world.is_signed_in(&tokens[1]).await);
    }

    async fn apps_are_their_sites_administrators_alone(world) {
        world.site("sales").await;
        let root_in_sales = world.root_on("sales").await;
        let ann = world.actor("Ann", SiteRole::Creator).await;
        let sam = world.actor("sam", SiteRole::SiteAdministratorExplorer).await;
        let (app, secret) = app(world, &sam).await;
        let listed = connected_apps::list(&world.store, &sam).await.unwrap();
        assert_eq!(listed, [ConnectedApp { secrets: vec![(secret.id, secret.created_at)], ..app.clone() }]);
        let told = connected_apps::get_secret(&world.store, &sam, app.id, secret.id).await.unwrap();
        assert!(told == secret);
        assert!(!format!("{told:?}").contains(&secret.value));

        assert!(connected_apps::list(&world.store, &root_in_sales).await.unwrap().is_empty());
        let answer = connected_apps::get(&world.store, &root_in_sales, app.id).await;
        assert!(matches!(answer, Err(Error::NotFound(Missing::ConnectedApp(_)))));
        let answer = connected_apps::get(&world.store, &ann, app.id).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotSiteAdministrator))));
        let answer = connected_apps::get_secret(&world.store, &ann, app.id, secret.id).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotSiteAdministrator))));

        let blank = NewConnectedApp { name: "  ".to_owned(), ..NewConnectedApp::default() };
        let answer = connected_apps::create(&world.store, &sam, blank).await;
        assert!(matches!(answer, Err(Error::Invalid(Invalid::Value(_)))));
        let project = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d".parse().unwrap();
        let elsewhere = NewConnectedApp { name: "x".to_owned(), project_id: Some(project), ..NewConnectedApp::default() };
        let answer = connected_apps::create(&world.store, &sam, elsewhere).await;
        assert!(matches!(answer, Err(Error::NotFound(Missing::Project(_)))));
    }
}
