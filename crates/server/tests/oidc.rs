//! A browser signs in at an identity provider and comes back with a session; whatever is not right keeps it out.

#[path = "../../store/tests/store/provider.rs"]
mod provider;
mod support;

use std::{collections::HashMap, fmt::Display};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use percent_encoding::percent_decode_str;
use provider::{Provider, Signer, encode, key_set};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::*;
use tavola_api::{
    NoBody, Secret,
    oidc::{self, Configuration, ConfigurationMessage},
    sessions, sites,
    users::{self, User, UserMessage},
};
use tavola_model::{AuthSetting, IdpConfigurationId, SiteRole};
use tavola_server::{
    Config,
    audit::{self, Wanted},
};

const CLIENT: &str = "tavola client/1";
const SECRET: &str = "s%crt +:1";

/// A provider, and a site whose user ann signs in there.
struct World {
    server: TestServer,
    provider: Provider,
    signer: Signer,
    id: IdpConfigurationId,
}

fn message(configuration: Configuration) -> ConfigurationMessage {
    ConfigurationMessage { site_oidc_configuration: configuration }
}

/// What came back of a request for a page.
struct Page {
    answer: Response,
    cookies: HashMap<String, String>,
}

impl Page {
    fn set_cookie(&self, name: &str) -> &str {
        self.cookies.get(name).unwrap_or_else(|| panic!("no {name} in {}", self.answer.head))
    }

    /// The `Cookie` header of a browser that keeps this cookie.
    fn cookie(&self, name: &str) -> String {
        format!("{name}={}", self.set_cookie(name).split(';').next().unwrap())
    }
}

impl World {
    async fn new() -> Self {
        Self::on(TestServer::start().await).await
    }

    async fn on(server: TestServer) -> Self {
        let provider = Provider::start().await;
        let signer = Signer::rsa("k");
        provider.answers("/keys", 200, key_set(&[&signer]));
        let id = {
            let admin = server.admin().await;
            let ann = admin.add_user("ann@example.com", SiteRole::Creator, Some("p")).await;
            let change = User { auth_setting: Some(AuthSetting::OpenID.into()), ..User::default() };
            admin.on_site(users::UPDATE, &[&ann], "", Some(&UserMessage { user: change })).await.unwrap();
            let configuration = Configuration {
                idp_configuration_name: Some("Company".into()),
                enabled: Some(true),
                client_id: Some(CLIENT.into()),
                client_secret: Some(Secret::new(SECRET)),
                authorization_endpoint: Some(provider.url("/tenant/authorize?policy=1")),
                token_endpoint: Some(provider.url("/token")),
                userinfo_endpoint: Some(provider.url("/userinfo")),
                jwks_uri: Some(provider.url("/keys")),
                ..Configuration::default()
            };
            let made = admin.on_site(oidc::CREATE, &[], "", Some(&message(configuration))).await.unwrap();
            made.site_oidc_configuration.idp_configuration_id.unwrap().known().unwrap()
        };
        Self { server, provider, signer, id }
    }

    async fn change(&self, change: Configuration) {
        let admin = self.server.admin().await;
        admin.on_site(oidc::UPDATE, &[&self.id], "", Some(&message(change))).await.unwrap();
    }

    async fn get(&self, path: &str, cookie: &str) -> Page {
        let answer = self.server.send("GET", path, &[("Cookie", cookie), ("User-Agent", "browser/1")], b"").await;
        let cookies = answer
            .head
            .lines()
            .filter_map(|line| line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")))
            .filter_map(|(_, cookie)| cookie.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        Page { answer, cookies }
    }

    /// Sets out to the provider; answers the page and what the provider is told.
    async fn login(&self, path: &str) -> (Page, HashMap<String, String>) {
        let page = self.get(path, "").await;
        assert_eq!(page.answer.status, 303, "{}", page.answer.text());
        let location = page.answer.header("location").unwrap();
        let (endpoint, query) = location.split_once('?').unwrap();
        assert_eq!(endpoint, self.provider.url("/tenant/authorize"));
        let decode = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8().unwrap().into_owned();
        let told = query.split('&').filter_map(|pair| pair.split_once('='));
        let told = told.map(|(name, value)| (name.to_owned(), decode(value))).collect();
        (page, told)
    }

    fn claims(&self, nonce: &str) -> Value {
        let now = self.server.clock.now().as_millis() / 1000;
        json!({"iss": self.provider.url("/tenant"), "aud": CLIENT, "sub": "1", "exp": now + 300, "iat": now,
            "nonce": nonce, "email": "Ann@Example.com", "email_verified": true})
    }

    fn answer_token(&self, token: &str) {
        let answer = json!({"id_token": token, "access_token": "bearer", "token_type": "Bearer"});
        self.provider.answers("/token", 200, answer.to_string());
    }

    /// The whole way of a browser; what the provider says is changed by `change`.
    async fn sign_in(&self, change: impl FnOnce(&mut Value)) -> Page {
        let (page, told) = self.login("/auth/oidc/login").await;
        let mut claims = self.claims(&told["nonce"]);
        change(&mut claims);
        self.answer_token(&self.signer.sign(&claims));
        self.get(&callback(&told["state"]), &page.cookie("tavola-oidc")).await
    }

    async fn refused(&self, what: impl Display, change: impl FnOnce(&mut Value)) {
        let page = self.sign_in(change).await;
        assert_eq!(page.answer.status, 401, "{what}: {}", page.answer.text());
        assert!(!page.cookies.contains_key("tavola-session"), "{what}");
    }
}

fn callback(state: &str) -> String {
    format!("/auth/oidc/callback?code=c0de&state={state}")
}

async fn current(world: &World, cookie: &str) -> u16 {
    world.get("/api/3.29/sessions/current", cookie).await.answer.status
}

#[tokio::test]
async fn a_browser_goes_to_the_provider_and_comes_back_with_a_session() {
    let world = World::new().await;
    let (page, told) = world.login("/auth/oidc/login").await;
    assert_eq!(page.answer.header("cache-control"), Some("no-store"));
    let errand = page.set_cookie("tavola-oidc");
    assert!(errand.contains("; HttpOnly; SameSite=Lax") && errand.contains("Max-Age=600"), "{errand}");
    let back = format!("http://{}/auth/oidc/callback", world.server.address);
    for (name, value) in [
        ("policy", "1"),
        ("response_type", "code"),
        ("client_id", CLIENT),
        ("redirect_uri", &back),
        ("scope", "openid email profile"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(told[name], value, "{name}");
    }

    world.answer_token(&world.signer.sign(&world.claims(&told["nonce"])));
    let page = world.get(&callback(&told["state"]), &page.cookie("tavola-oidc")).await;
    assert_eq!(
        (page.answer.status, page.answer.text().as_str()),
        (200, "Signed in as ann@example.com on the site Default.\n")
    );
    assert!(page.set_cookie("tavola-oidc").contains("Max-Age=0"));
    let cookie = page.set_cookie("tavola-session");
    assert!(cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");

    let asked = world.provider.last("/token");
    let (head, body) = asked.split_once("\r\n\r\n").unwrap();
    let form: HashMap<&str, &str> = body.split('&').map(|pair| pair.split_once('=').unwrap()).collect();
    assert_eq!((form["grant_type"], form["code"]), ("authorization_code", "c0de"));
    assert_eq!(percent_decode_str(form["redirect_uri"]).decode_utf8().unwrap(), back);
    assert_eq!(encode(Sha256::digest(form["code_verifier"].as_bytes())), told["code_challenge"]);
    let basic = STANDARD.encode("tavola%20client%2F1:s%25crt%20%2B%3A1");
    assert!(head.to_lowercase().contains(&format!("authorization: basic {basic}").to_lowercase()), "{head}");
    assert!(!body.contains("secret"));

    let session = page.cookie("tavola-session");
    assert_eq!(current(&world, &session).await, 200);
    let admin = world.server.admin().await;
    let listed = admin.on_site(sessions::LIST, &[], "", None).await.unwrap().sessions.session;
    let listed = listed.iter().find(|session| session.user.name == "ann@example.com").unwrap();
    assert_eq!(listed.user_agent.as_deref(), Some("browser/1"));
    // The same way again makes nothing: the browser has nothing left to come back with.
    let again = world.get(&callback(&told["state"]), "").await;
    assert_eq!(again.answer.status, 400, "{}", again.answer.text());
}

#[tokio::test]
async fn a_cookie_counts_only_for_what_this_servers_own_pages_ask() {
    let world = World::new().await;
    let session = world.sign_in(|_| {}).await.cookie("tavola-session");
    let path = "/api/3.29/auth/signout";
    let host = world.server.address.to_string();
    let own = format!("http://{host}");
    for headers in [
        &[][..],
        &[("Sec-Fetch-Site", "cross-site")],
        &[("Sec-Fetch-Site", "same-site"), ("Origin", own.as_str())],
        &[("Sec-Fetch-Site", "none")],
        &[("Origin", "http://evil.example")],
        &[("Origin", "null")],
    ] {
        let headers = [headers, &[("Cookie", session.as_str())]].concat();
        let answer = world.server.send("POST", path, &headers, b"").await;
        assert_eq!((answer.status, answer.xml_error().code.as_str()), (401, "401000"), "{headers:?}");
    }
    assert_eq!(current(&world, &session).await, 200);
    // A token in the header goes before the cookie.
    let both = [("X-Tableau-Auth", "x"), ("Cookie", session.as_str())];
    assert_eq!(world.server.send("GET", "/api/3.29/sessions/current", &both, b"").await.xml_error().code, "401002");
    let other = world.sign_in(|_| {}).await.cookie("tavola-session");
    for (headers, session) in [
        ([("Origin", own.as_str()), ("Cookie", &session)], &session),
        ([("Sec-Fetch-Site", "same-origin"), ("Cookie", &other)], &other),
    ] {
        assert_eq!(world.server.send("POST", path, &headers, b"").await.status, 204);
        assert_eq!(current(&world, session).await, 401);
    }
}

#[tokio::test]
async fn a_browser_that_signs_out_ends_the_providers_session_too() {
    let world = World::new().await;
    let session = world.sign_in(|_| {}).await.cookie("tavola-session");
    let asked = world.get("/auth/oidc/logout", &session).await.answer;
    assert!(asked.text().contains("<form method=\"post\" action=\"/auth/oidc/logout\">"), "{}", asked.text());
    assert_eq!(asked.header("referrer-policy"), Some("same-origin"));
    let log_out = async |headers: &[(&str, &str)]| world.server.send("POST", "/auth/oidc/logout", headers, b"").await;
    for headers in [&[("Cookie", session.as_str())][..], &[("Cookie", &session), ("Sec-Fetch-Site", "cross-site")], &[]]
    {
        assert_eq!(log_out(headers).await.status, 403, "{headers:?}");
    }
    assert_eq!(current(&world, &session).await, 200, "nobody signs others out");

    let own = [("Cookie", session.as_str()), ("Sec-Fetch-Site", "same-origin")];
    let answer = log_out(&own).await;
    assert_eq!((answer.status, answer.header("location")), (303, Some("/auth/oidc/logged-out")));
    assert!(answer.header("set-cookie").unwrap().starts_with("tavola-session=; "), "{}", answer.head);
    assert_eq!(current(&world, &session).await, 401);
    assert_eq!(log_out(&own).await.header("location"), Some("/auth/oidc/logged-out"), "it had ended before");

    let end = Some(world.provider.url("/tenant/logout?policy=1"));
    world.change(Configuration { end_session_endpoint: end, ..Configuration::default() }).await;
    let session = world.sign_in(|_| {}).await.cookie("tavola-session");
    let answer = log_out(&[("Cookie", &session), ("Sec-Fetch-Site", "same-origin")]).await;
    let back =
        format!("http%3A%2F%2F{}%2Fauth%2Foidc%2Flogged-out", world.server.address.to_string().replace(':', "%3A"));
    let place = format!("/tenant/logout?policy=1&client_id=tavola+client%2F1&post_logout_redirect_uri={back}");
    assert_eq!(answer.header("location"), Some(world.provider.url(&place).as_str()));
    assert_eq!(current(&world, &session).await, 401);
    assert_eq!(world.get("/auth/oidc/logged-out", "").await.answer.text(), "Signed out.\n");
}

#[tokio::test]
async fn whatever_the_provider_says_wrong_signs_nobody_in() {
    let world = World::new().await;
    let now = world.server.clock.now().as_millis() / 1000;
    let host = world.provider.address;
    for (claim, value) in [
        ("iss", json!("https://evil.example/tenant")),
        ("iss", json!(format!("http://{host}/other-tenant"))),
        ("iss", Value::Null),
        ("aud", json!("another client")),
        ("aud", json!([CLIENT, "another client"])),
        ("azp", json!("another client")),
        ("sub", json!("")),
        ("nonce", json!("another")),
        ("nonce", Value::Null),
        ("exp", json!(now - 61)),
        ("exp", Value::Null),
        ("iat", json!(now + 61)),
        ("email", json!("bob@example.com")),
        ("email", json!("")),
        ("email", json!("ann@example.com\0")),
        ("email_verified", json!(false)),
        ("email_verified", json!("false")),
    ] {
        let what = format!("{claim}: {value}");
        world.refused(what, |claims| claims[claim] = value).await;
    }

    let stranger = Signer::ec("k");
    let sign = |claims: &Value, header: Value| {
        let signed = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
        mac.update(signed.as_bytes());
        format!("{signed}.{}", encode(mac.finalize().into_bytes()))
    };
    type Forge<'f> = Box<dyn Fn(&Value) -> String + 'f>;
    let forges: [(&str, Forge<'_>); 4] = [
        ("a stranger's key", Box::new(|claims| stranger.sign(claims))),
        ("the client secret as the key", Box::new(|claims| sign(claims, json!({"alg": "HS256", "kid": "k"})))),
        ("no signature", Box::new(|claims| format!("{}.{}.", encode(r#"{"alg":"none"}"#), encode(claims.to_string())))),
        ("no token", Box::new(|_| "x".to_owned())),
    ];
    for (what, forge) in forges {
        let (page, told) = world.login("/auth/oidc/login").await;
        world.answer_token(&forge(&world.claims(&told["nonce"])));
        let page = world.get(&callback(&told["state"]), &page.cookie("tavola-oidc")).await;
        assert_eq!(page.answer.status, 401, "{what}: {}", page.answer.text());
        assert!(!page.cookies.contains_key("tavola-session"), "{what}");
    }
    let (page, told) = world.login("/auth/oidc/login").await;
    world.provider.answers("/token", 400, json!({"error": "invalid_grant"}).to_string());
    let page = world.get(&callback(&told["state"]), &page.cookie("tavola-oidc")).await;
    assert_eq!(page.answer.status, 502, "{}", page.answer.text());

    let config = Config::on_loopback(world.server.data_dir());
    let read = move || audit::open(&config, Wanted::default()).unwrap().map(Result::unwrap).collect::<Vec<_>>();
    let lines = tokio::task::spawn_blocking(read).await.unwrap();
    let refused: Vec<_> = lines.iter().filter(|line| line.action == "session.refused").collect();
    assert_eq!(refused.len(), 17 + 4);
    assert!(refused.iter().all(|line| line.object_name.as_deref() == Some("Company") && line.user_name.is_none()));
    // Whoever the provider named may be anybody.
    assert!(!refused.iter().any(|line| line.detail.as_deref().unwrap().contains("bob")));

    assert_eq!(world.sign_in(|_| {}).await.answer.status, 200);
    assert_eq!(world.sign_in(|claims| claims["aud"] = json!([CLIENT])).await.answer.status, 200);
}

#[tokio::test]
async fn who_did_not_set_out_from_this_browser_does_not_come_back_to_it() {
    let world = World::new().await;
    let (page, told) = world.login("/auth/oidc/login").await;
    let (others, of_other) = world.login("/auth/oidc/login").await;
    assert_ne!(told["state"], of_other["state"]);
    world.answer_token(&world.signer.sign(&world.claims(&told["nonce"])));
    let own = page.cookie("tavola-oidc");
    let asked = world.provider.asked("/token");
    for (path, cookie) in [
        (callback(&told["state"]), String::new()),
        (callback(&told["state"]), others.cookie("tavola-oidc")),
        (callback(&of_other["state"]), own.clone()),
        (callback(""), own.clone()),
        ("/auth/oidc/callback?code=c0de".to_owned(), own.clone()),
        (callback(&told["state"]), "tavola-oidc=x.y.z".to_owned()),
    ] {
        let page = world.get(&path, &cookie).await;
        assert_eq!(page.answer.status, 400, "{path} {cookie}: {}", page.answer.text());
        assert!(!page.cookies.contains_key("tavola-session"));
    }
    let words =
        format!("/auth/oidc/callback?error=access_denied&error_description=%3Cb%3Ehello&state={}", told["state"]);
    let denied = world.get(&words, &own).await;
    assert_eq!(denied.answer.status, 401);
    assert!(!denied.answer.text().contains("hello"));
    assert_eq!(world.provider.asked("/token"), asked);
    // Of two browsers each gets its own.
    world.answer_token(&world.signer.sign(&world.claims(&of_other["nonce"])));
    let swapped = world.get(&callback(&told["state"]), &own).await;
    assert_eq!(swapped.answer.status, 401, "the provider's word for another browser");
}

#[tokio::test]
async fn only_a_user_of_the_site_who_is_set_to_it_is_let_in() {
    let world = World::new().await;
    let admin = world.server.admin().await;
    let bob = admin.add_user("bob@example.com", SiteRole::Viewer, Some("p")).await;
    world.refused("a user who signs in otherwise", |claims| claims["email"] = json!("bob@example.com")).await;
    let set = async |user: User| {
        admin.on_site(users::UPDATE, &[&bob], "", Some(&UserMessage { user })).await.unwrap();
    };
    let open_id = || Some(AuthSetting::OpenID.into());
    let other = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";
    set(User { auth_setting: open_id(), idp_configuration_id: Some(other.into()), ..User::default() }).await;
    world.refused("a user of another provider", |claims| claims["email"] = json!("bob@example.com")).await;
    set(User { idp_configuration_id: Some(world.id.to_string()), ..User::default() }).await;
    let bobs = world.sign_in(|claims| claims["email"] = json!("bob@example.com")).await;
    assert_eq!(bobs.answer.status, 200);
    // A password is no way around the provider, while there is one.
    assert_eq!(world.server.with_password("bob@example.com", "p", "").await.err().unwrap().code, "401001");

    let session = bobs.cookie("tavola-session");
    set(User { site_role: Some(SiteRole::Unlicensed.into()), ..User::default() }).await;
    assert_eq!(current(&world, &session).await, 401);
    world.refused("an unlicensed user", |claims| claims["email"] = json!("bob@example.com")).await;
    set(User { site_role: Some(SiteRole::Viewer.into()), ..User::default() }).await;
    let session = world.sign_in(|claims| claims["email"] = json!("bob@example.com")).await.cookie("tavola-session");
    set(User { auth_setting: Some(AuthSetting::ServerDefault.into()), ..User::default() }).await;
    assert_eq!(current(&world, &session).await, 401);
    world.server.with_password("bob@example.com", "p", "").await.unwrap();
}

#[tokio::test]
async fn another_claim_may_name_the_user_and_the_provider_be_asked_for_it() {
    let world = World::new().await;
    world.change(Configuration { email_mapping: Some("upn".into()), ..Configuration::default() }).await;
    let userinfo = |sub: &str| json!({"sub": sub, "upn": "ann@example.com"}).to_string();
    world.provider.answers("/userinfo", 200, r#"{"sub":"1"}"#);
    world.refused("a claim that is missing", |_| {}).await;
    assert_eq!(world.sign_in(|claims| claims["upn"] = json!("ann@example.com")).await.answer.status, 200);
    world.provider.answers("/userinfo", 200, userinfo("2"));
    world.refused("another person's answer", |_| {}).await;
    world.provider.answers("/userinfo", 200, userinfo("1"));
    assert_eq!(world.sign_in(|_| {}).await.answer.status, 200);
    assert!(world.provider.last("/userinfo").to_lowercase().contains("authorization: bearer bearer"));

    let discovery = Some("https://idp.example/t/.well-known/openid-configuration".to_owned());
    let acr = Some("gold silver".to_owned());
    let change = Configuration { discovery_endpoint: discovery, essential_acr_values: acr, ..Configuration::default() };
    world.change(change).await;
    world.refused("an issuer that is not the one said", |claims| claims["acr"] = json!("gold")).await;
    world.refused("too weak a proof", |claims| claims["iss"] = json!("https://idp.example/t")).await;
    let good = |claims: &mut Value| {
        claims["iss"] = json!("https://idp.example/t");
        claims["acr"] = json!("silver");
    };
    assert_eq!(world.sign_in(good).await.answer.status, 200);
}

#[tokio::test]
async fn a_configuration_is_an_administrators_and_its_secret_nobodys() {
    let world = World::new().await;
    let admin = world.server.admin().await;
    let found = admin.on_site(oidc::GET, &[&world.id], "", None).await.unwrap();
    assert_eq!(found, admin.on_site(oidc::GET_ONLY, &[], "", None).await.unwrap());
    let secret = found.site_oidc_configuration.client_secret.clone().unwrap();
    assert_eq!(secret.expose(), "********");
    // What was told is sent back, as clients do: the secret stays.
    let session = world.sign_in(|_| {}).await.cookie("tavola-session");
    world.change(Configuration { prompt: Some("login".into()), ..found.site_oidc_configuration.clone() }).await;
    assert_eq!(current(&world, &session).await, 200);
    let (_, told) = world.login("/auth/oidc/login").await;
    assert_eq!(told["prompt"], "login");
    world.sign_in(|_| {}).await;
    let basic = STANDARD.encode("tavola%20client%2F1:s%25crt%20%2B%3A1");
    assert!(world.provider.last("/token").contains(&basic));
    let post = Some("client_secret_post".to_owned());
    let secret = Some(Secret::new("another"));
    world
        .change(Configuration { client_authentication: post, client_secret: secret, ..Configuration::default() })
        .await;
    world.sign_in(|_| {}).await;
    let asked = world.provider.last("/token");
    assert!(asked.contains("&client_secret=another") && !asked.to_lowercase().contains("authorization:"), "{asked}");

    let ways = admin.on_site(sites::AUTH_CONFIGURATIONS, &[], "", None).await.unwrap().site_auth_configurations;
    let ways: Vec<_> = ways.site_auth_configuration.iter().map(|way| way.auth_setting.as_deref().unwrap()).collect();
    assert_eq!(ways, ["ServerDefault", "OpenID"]);
    admin.add_user("vic", SiteRole::Creator, Some("p")).await;
    let vic = world.server.with_password("vic", "p", "").await.unwrap();
    assert_eq!(vic.on_site(oidc::GET, &[&world.id], "", None).await.unwrap_err().code, "403004");
    for change in [
        Configuration { token_endpoint: Some("http://idp.example/token".into()), ..Configuration::default() },
        Configuration { jwks_uri: Some(String::new()), ..Configuration::default() },
        Configuration { client_secret: Some(Secret::new("")), ..Configuration::default() },
        Configuration { idp_configuration_name: Some(" ".into()), ..Configuration::default() },
        Configuration { client_authentication: Some("none".into()), ..Configuration::default() },
        Configuration { discovery_endpoint: Some("https://idp.example".into()), ..Configuration::default() },
    ] {
        let refused = admin.on_site(oidc::UPDATE, &[&world.id], "", Some(&message(change.clone()))).await.unwrap_err();
        assert_eq!(refused.code, "400000", "{change:?}");
    }
    let again = found.site_oidc_configuration;
    let taken = Configuration { client_secret: Some(Secret::new("s")), ..again.clone() };
    let taken = admin.on_site(oidc::CREATE, &[], "", Some(&message(taken))).await.unwrap_err();
    assert_eq!(taken.code, "409055");
    let without = admin.on_site(oidc::CREATE, &[], "", Some(&message(again))).await.unwrap_err();
    assert_eq!(without.code, "400000", "stars are no secret");
}

#[tokio::test]
async fn without_its_configuration_a_session_is_over() {
    let world = World::new().await;
    let admin = world.server.admin().await;
    let session = world.sign_in(|_| {}).await.cookie("tavola-session");
    let (page, told) = world.login("/auth/oidc/login").await;
    world.answer_token(&world.signer.sign(&world.claims(&told["nonce"])));
    world.change(Configuration { enabled: Some(false), ..Configuration::default() }).await;
    assert_eq!(current(&world, &session).await, 401);
    assert_eq!(world.get("/auth/oidc/login", "").await.answer.status, 404);
    let late = world.get(&callback(&told["state"]), &page.cookie("tavola-oidc")).await;
    assert_eq!(late.answer.status, 404, "{}", late.answer.text());
    // Nobody is locked out by a provider that is off.
    world.server.with_password("ann@example.com", "p", "").await.unwrap();

    world.change(Configuration { enabled: Some(true), ..Configuration::default() }).await;
    let session = world.sign_in(|_| {}).await.cookie("tavola-session");
    let missing = admin.on_site(oidc::REMOVE, &[], "", None::<&NoBody>).await.unwrap_err();
    assert_eq!(missing.code, "400008");
    let query = format!("?idpConfigurationId={}", world.id);
    admin.on_site(oidc::REMOVE, &[], &query, None::<&NoBody>).await.unwrap();
    assert_eq!(current(&world, &session).await, 401);
    assert_eq!(admin.on_site(oidc::GET, &[&world.id], "", None).await.unwrap_err().code, "404055");
    assert_eq!(admin.on_site(oidc::REMOVE_OLDER, &[], "", None::<&NoBody>).await.unwrap_err().code, "404055");
}

#[tokio::test]
async fn a_session_of_a_provider_stays_on_the_site_that_trusts_it() {
    let world = World::new().await;
    let admin = world.server.admin().await;
    admin.create_site("Sales", "sales").await;
    assert_eq!(world.get("/auth/oidc/sales/login", "").await.answer.status, 404);
    assert_eq!(world.get("/auth/oidc/nowhere/login", "").await.answer.status, 404);
    let sales = world.server.with_password(ADMIN, PASSWORD, "sales").await.unwrap();
    sales.add_user("ann@example.com", SiteRole::Creator, None).await;
    let session = world.sign_in(|_| {}).await.cookie("tavola-session");
    let headers = [("Cookie", session.as_str()), ("Sec-Fetch-Site", "same-origin")];
    let body = b"<tsRequest><site contentUrl=\"sales\"/></tsRequest>";
    let answer = world.server.send("POST", "/api/3.29/auth/switchSite", &headers, body).await;
    assert_eq!(answer.xml_error().code, "401003");
    assert_eq!(current(&world, &session).await, 200);
}

#[tokio::test]
async fn where_the_public_address_is_https_cookies_are_for_https_alone() {
    let public = "https://tavola.example";
    let server = TestServer::start_with(|config| config.public_url = Some(public.to_owned())).await;
    let world = World::on(server).await;
    let (page, told) = world.login("/auth/oidc/login?redirect=/views/1%3Fa=b").await;
    assert_eq!(told["redirect_uri"], format!("{public}/auth/oidc/callback"));
    assert!(page.set_cookie("__Host-tavola-oidc").contains("; Secure"));
    world.answer_token(&world.signer.sign(&world.claims(&told["nonce"])));
    let page = world.get(&callback(&told["state"]), &page.cookie("__Host-tavola-oidc")).await;
    assert_eq!((page.answer.status, page.answer.header("location")), (303, Some("/views/1?a=b")));
    assert!(page.set_cookie("__Host-tavola-session").contains("; Secure"));
    assert_eq!(current(&world, &page.cookie("__Host-tavola-session")).await, 200);
    for redirect in ["//evil.example", "https://evil.example", "/%5Cevil.example", "x", "/a%0D%0Ab", "%2F%2Fevil"] {
        let page = world.get(&format!("/auth/oidc/login?redirect={redirect}"), "").await;
        assert_eq!(page.answer.status, 400, "{redirect}");
    }
}
