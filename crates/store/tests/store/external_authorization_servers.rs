use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tavola_model::{ListQuery, SiteRole};
use tavola_store::{
    Credential, Error, Missing, Refusal, Taken, audit,
    external_authorization_servers::{
        self as servers, ExternalAuthorizationServer, ExternalAuthorizationServerChange as Change,
    },
    sessions::{self, Credentials, SignIn, SignInError, SignedIn},
};

use crate::{
    provider::{Provider, Signer, encode, key_set},
    world::{World, with_password},
};

/// A provider with a key, registered on the site Default, and a user Ann.
async fn registered(world: &World, keys: &[&Signer]) -> (Provider, ExternalAuthorizationServer) {
    world.add(&world.root, "Ann", SiteRole::Viewer).await.unwrap();
    let provider = Provider::start().await;
    provider.answers("/keys", 200, key_set(keys));
    let new = Change {
        name: Some("idp".to_owned()),
        issuer_url: Some(provider.url("/issuer")),
        jwks_uri: Some(provider.url("/keys")),
        enabled: None,
    };
    let server = servers::register(&world.store, &world.root, new).await.unwrap();
    assert!(server.enabled);
    (provider, server)
}

fn claims(world: &World, issuer: &str, jti: &str) -> Value {
    let now = world.clock.now().as_millis() / 1000;
    json!({"iss": issuer, "aud": "tableau", "sub": "Ann", "exp": now + 300, "iat": now, "jti": jti,
        "scp": ["tableau:content:read"]})
}

async fn sign_in_to(world: &World, token: &str, site: &str) -> Result<SignedIn, SignInError> {
    let credentials = Credentials::Jwt(token.to_owned());
    sessions::sign_in(&world.store, SignIn { credentials, ..with_password("", site) }).await
}

async fn sign_in(world: &World, token: &str) -> Result<SignedIn, SignInError> {
    sign_in_to(world, token, "").await
}

fn reason(answer: Result<SignedIn, SignInError>) -> u32 {
    match answer {
        Err(SignInError::ConnectedApp { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

on_both! {
    async fn tokens_of_a_registered_server_sign_users_in_by_rsa_and_elliptic_keys(world) {
        let (rsa, ec) = (Signer::rsa("r"), Signer::ec("e"));
        let (provider, server) = registered(world, &[&rsa, &ec]).await;
        for (number, signer) in [&rsa, &ec].into_iter().enumerate() {
            let token = signer.sign(&claims(world, &server.issuer_url, &number.to_string()));
            let signed_in = sign_in(world, &token).await.unwrap();
            let actor = world.authenticate(&signed_in.token).await;
            assert_eq!((actor.user_name(), actor.scopes().unwrap()), ("Ann", &["tableau:content:read".to_owned()][..]));
            let credential = Credential::ExternalAuthorizationServer { id: server.id, name: "idp".to_owned() };
            assert_eq!(actor.credential(), &credential);
            assert_eq!(reason(sign_in(world, &token).await), 10091, "a token is taken once");
        }
        assert_eq!(provider.asked("/keys"), 1);
        let cloud = json!(format!("tableau:{}", world.root.site_id()));
        let mut of_cloud = claims(world, &server.issuer_url, "cloud");
        of_cloud["aud"] = cloud;
        sign_in(world, &ec.sign(&of_cloud)).await.unwrap();
        let lines = audit::list(&world.store, &world.root, &ListQuery::default()).await.unwrap().items;
        assert_eq!(lines[0].credential.as_deref(), Some("external authorization server `idp`"));
    }

    async fn a_token_that_confuses_is_refused(world) {
        let (rsa, ec) = (Signer::rsa("r"), Signer::ec("e"));
        let (provider, server) = registered(world, &[&rsa, &ec]).await;
        let good = |jti: &str| claims(world, &server.issuer_url, jti);
        let changed = |jti: &str, claim: &str, value: Value| {
            let mut claims = good(jti);
            claims[claim] = value;
            rsa.sign(&claims)
        };
        let now = world.clock.now().as_millis() / 1000;

        // The public key, in all forms an attacker has, as the secret of an HMAC; and no signature at all.
        let header = json!({"alg": "HS256", "kid": "r"});
        let signed = format!("{}.{}", encode(header.to_string()), encode(good("h").to_string()));
        for secret in [rsa.public().to_string(), rsa.public()["n"].as_str().unwrap().to_owned(), key_set(&[&rsa])] {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
            mac.update(signed.as_bytes());
            let token = format!("{signed}.{}", encode(mac.finalize().into_bytes()));
            assert_eq!(reason(sign_in(world, &token).await), 127);
        }
        for name in ["none", "None", "RS1", "PS256", "EdDSA", ""] {
            let header = json!({"alg": name, "kid": "r"});
            let unsigned = format!("{}.{}.", encode(header.to_string()), encode(good("n").to_string()));
            assert_eq!(reason(sign_in(world, &unsigned).await), 10082, "{name}");
        }

        let stranger = Signer::ec("e");
        let other_site = json!(format!("tableau:{}", "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d"));
        let header = |alg: &str, kid: Value| json!({"alg": alg, "kid": kid});
        let mut tampered = rsa.sign(&good("t"));
        tampered.replace_range(tampered.find('.').unwrap() + 1..tampered.rfind('.').unwrap(),
            &encode(changed_user(&good("t")).to_string()));
        for (what, token, expected) in [
            ("a stranger's key of the same name", stranger.sign(&good("1")), 16),
            ("another's claims", tampered, 16),
            ("no key of that name", rsa.sign_as(&header("RS256", json!("x")), &good("2")), 10085),
            ("a key of another kind", rsa.sign_as(&header("RS256", json!("e")), &good("3")), 10085),
            ("another way to sign than the key's", ec.sign_as(&header("ES384", json!("e")), &good("4")), 10085),
            ("no name of a key", rsa.sign_as(&json!({"alg": "RS256"}), &good("5")), 10083),
            ("its own key", rsa.sign_as(&json!({"alg": "ES256", "kid": "q", "jwk": stranger.public()}), &good("6")), 10085),
            ("what must be understood", rsa.sign_as(&json!({"alg": "RS256", "kid": "r", "crit": ["b64"]}), &good("7")), 10083),
            ("another issuer", changed("8", "iss", json!(provider.url("/issuer/"))), 10087),
            ("an issuer in another case", changed("9", "iss", json!(server.issuer_url.to_uppercase())), 10087),
            ("an issuer with a NUL", changed("10", "iss", json!("a\0b")), 10087),
            ("no issuer", changed("11", "iss", Value::Null), 10087),
            ("another audience", changed("12", "aud", json!("other")), 16),
            ("another site's audience", changed("13", "aud", other_site), 16),
            ("the past", changed("14", "exp", json!(now)), 16),
            ("too long a life", changed("15", "exp", json!(now + 601)), 10096),
            ("no expiry", changed("16", "exp", Value::Null), 10095),
            ("the future", changed("17", "nbf", json!(now + 61)), 16),
            ("no jti", changed("18", "jti", json!("")), 10094),
            ("nobody", changed("19", "sub", json!("ann")), 5),
            ("a name with a NUL", changed("20", "sub", json!("Ann\0")), 5),
        ] {
            assert_eq!(reason(sign_in(world, &token).await), expected, "{what}");
        }
        sign_in(world, &rsa.sign(&good("last"))).await.unwrap();
    }

    async fn a_new_key_is_fetched_when_a_token_names_it_and_an_issuer_is_not_asked_too_often(world) {
        let (old, new) = (Signer::ec("old"), Signer::ec("new"));
        let (provider, server) = registered(world, &[&old]).await;
        let token = |signer: &Signer, jti: &str| signer.sign(&claims(world, &server.issuer_url, jti));
        sign_in(world, &token(&old, "1")).await.unwrap();
        provider.answers("/keys", 200, key_set(&[&new]));
        for jti in ["2", "3", "4"] {
            assert_eq!(reason(sign_in(world, &token(&new, jti)).await), 10085);
        }
        assert_eq!(provider.asked("/keys"), 1);
        world.clock.advance(std::time::Duration::from_secs(30));
        sign_in(world, &token(&new, "5")).await.unwrap();
        assert_eq!(provider.asked("/keys"), 2);
        // The withdrawn key is not taken any more.
        assert_eq!(reason(sign_in(world, &token(&old, "6")).await), 10085);
    }

    async fn a_withdrawn_key_is_refused_after_ten_minutes_and_an_issuer_may_be_silent_for_an_hour(world) {
        let (kept, withdrawn) = (Signer::ec("kept"), Signer::ec("withdrawn"));
        let (provider, server) = registered(world, &[&kept, &withdrawn]).await;
        let token = |signer: &Signer, jti: &str| signer.sign(&claims(world, &server.issuer_url, jti));
        sign_in(world, &token(&withdrawn, "1")).await.unwrap();
        provider.answers("/keys", 200, key_set(&[&kept]));
        world.advance_minutes(10);
        assert_eq!(reason(sign_in(world, &token(&withdrawn, "2")).await), 10085);
        provider.answers("/keys", 500, "");
        world.advance_minutes(59);
        sign_in(world, &token(&kept, "3")).await.unwrap();
        world.advance_minutes(1);
        assert_eq!(reason(sign_in(world, &token(&kept, "4")).await), 10085);
    }

    async fn what_is_no_set_of_keys_signs_nobody_in(world) {
        let ec = Signer::ec("e");
        let (provider, server) = registered(world, &[&ec]).await;
        let long = format!("{}{}", " ".repeat(300 * 1024), key_set(&[&ec]));
        for (number, (status, answer)) in [
            (200, "nothing".to_owned()),
            (200, "{}".to_owned()),
            (200, "{\"keys\": {}}".to_owned()),
            (200, long),
            (302, key_set(&[&ec])),
            (404, key_set(&[&ec])),
        ]
        .into_iter()
        .enumerate()
        {
            provider.answers("/keys", status, answer);
            let token = ec.sign(&claims(world, &server.issuer_url, &number.to_string()));
            assert_eq!(reason(sign_in(world, &token).await), 10085, "{number}");
            world.advance_minutes(1);
        }
        assert_eq!(provider.last("/elsewhere"), "", "a redirect is not followed");
    }

    async fn without_an_address_the_keys_are_where_the_issuers_metadata_says(world) {
        let ec = Signer::ec("e");
        let (provider, server) = registered(world, &[&ec]).await;
        let change = Change { jwks_uri: Some(String::new()), ..Change::default() };
        let server = servers::update(&world.store, &world.root, server.id, change).await.unwrap();
        assert_eq!(server.jwks_uri, None);
        let token = |jti: &str| ec.sign(&claims(world, &server.issuer_url, jti));
        let metadata = |issuer: &str| json!({"issuer": issuer, "jwks_uri": provider.url("/keys")}).to_string();
        let place = "/issuer/.well-known/openid-configuration";
        provider.answers(place, 200, metadata(&provider.url("/other")));
        assert_eq!(reason(sign_in(world, &token("1")).await), 10085);
        world.advance_minutes(1);
        provider.answers(place, 200, metadata(&server.issuer_url));
        sign_in(world, &token("2")).await.unwrap();
        // RFC 8414's name for it.
        provider.answers(place, 404, "");
        provider.answers("/issuer/.well-known/oauth-authorization-server", 200, metadata(&server.issuer_url));
        world.advance_minutes(61);
        sign_in(world, &token("3")).await.unwrap();
    }

    async fn sessions_end_with_the_server_and_whatever_changes_whose_tokens_it_takes(world) {
        let ec = Signer::ec("e");
        let (provider, server) = registered(world, &[&ec]).await;
        let mut jti = 0;
        let mut enter = async |issuer: &str| {
            jti += 1;
            sign_in(world, &ec.sign(&claims(world, issuer, &jti.to_string()))).await.map(|session| session.token)
        };
        let first = enter(&server.issuer_url).await.unwrap();
        let rename = Change { name: Some("other".to_owned()), ..Change::default() };
        servers::update(&world.store, &world.root, server.id, rename).await.unwrap();
        assert!(world.is_signed_in(&first).await);
        let moved = Change { issuer_url: Some(provider.url("/moved")), ..Change::default() };
        servers::update(&world.store, &world.root, server.id, moved).await.unwrap();
        assert!(!world.is_signed_in(&first).await);
        assert_eq!(reason_of(enter(&server.issuer_url).await), 10087);
        let second = enter(&provider.url("/moved")).await.unwrap();
        let disabled = Change { enabled: Some(false), ..Change::default() };
        servers::update(&world.store, &world.root, server.id, disabled).await.unwrap();
        assert!(!world.is_signed_in(&second).await);
        assert_eq!(reason_of(enter(&provider.url("/moved")).await), 10087);
        let enabled = Change { enabled: Some(true), ..Change::default() };
        servers::update(&world.store, &world.root, server.id, enabled).await.unwrap();
        let third = enter(&provider.url("/moved")).await.unwrap();
        servers::delete(&world.store, &world.root, server.id).await.unwrap();
        assert!(!world.is_signed_in(&third).await);
        let answer = servers::get(&world.store, &world.root, server.id).await;
        assert!(matches!(answer, Err(Error::NotFound(Missing::ExternalAuthorizationServer(_)))));
    }

    async fn a_server_is_one_sites_and_its_administrators_alone(world) {
        let ec = Signer::ec("e");
        let (provider, server) = registered(world, &[&ec]).await;
        world.site("sales").await;
        let root_in_sales = world.root_on("sales").await;
        world.add(&root_in_sales, "Ann", SiteRole::Viewer).await.unwrap();
        let token = ec.sign(&claims(world, &server.issuer_url, "1"));
        assert_eq!(reason(sign_in_to(world, &token, "sales").await), 10087);
        assert!(matches!(sign_in_to(world, &token, "nowhere").await, Err(SignInError::Refused)));
        assert!(servers::list(&world.store, &root_in_sales).await.unwrap().is_empty());
        let answer = servers::delete(&world.store, &root_in_sales, server.id).await;
        assert!(matches!(answer, Err(Error::NotFound(Missing::ExternalAuthorizationServer(_)))));
        let bob = world.actor("bob", SiteRole::Creator).await;
        let answer = servers::list(&world.store, &bob).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotSiteAdministrator))));

        assert_eq!(servers::list(&world.store, &world.root).await.unwrap(), std::slice::from_ref(&server));
        let again = Change { issuer_url: Some(server.issuer_url.clone()), ..Change::default() };
        let answer = servers::register(&world.store, &world.root, again.clone()).await;
        assert!(matches!(answer, Err(Error::AlreadyExists(Taken::Issuer(_)))));
        // Another site may trust the same issuer.
        servers::register(&world.store, &root_in_sales, again).await.unwrap();
        drop(provider);
        for address in ["", "ftp://idp.example", "http://idp.example", "https://", "https://u@idp.example",
            "https://idp.example/#x", "https://idp.example/a b", "https://idp.example/\0", "http://127.0.0.1.idp.example",
            "http://localhost.idp.example", "http://169.254.169.254/latest"]
        {
            let new = Change { issuer_url: Some(address.to_owned()), ..Change::default() };
            let answer = servers::register(&world.store, &world.root, new).await;
            assert!(matches!(answer, Err(Error::Invalid(_))), "{address}");
        }
    }
}

fn changed_user(claims: &Value) -> Value {
    let mut claims = claims.clone();
    claims["sub"] = json!("root");
    claims
}

fn reason_of(answer: Result<String, SignInError>) -> u32 {
    match answer {
        Err(SignInError::ConnectedApp { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}
