//! Signing in and out, as documented, and everything that ends a session.

mod support;

use std::time::Duration;

use support::*;
use tavola_api::{
    NoBody, Secret, Word,
    auth::{self, SignInCredentials, SiteUrl, SwitchSite},
    connected_apps::{self, App, AppMessage},
    personal_access_tokens, sessions,
    sites::{self, Site, SiteMessage},
    users::{self, User, UserMessage},
};
use tavola_model::{AuthSetting, SiteRole, SiteState};

const MINUTE: Duration = Duration::from_secs(60);

fn switch_to(site: &str) -> SwitchSite {
    SwitchSite { site: SiteUrl { content_url: site.to_owned() } }
}

#[tokio::test]
async fn a_user_signs_in_by_password_calls_and_signs_out() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    assert_eq!(admin.credentials.site.content_url, "");
    assert_eq!(admin.credentials.estimated_time_to_expiration.as_deref(), Some("4:00:00"));
    let current = admin.call(sessions::CURRENT, &[], "", None).await.unwrap().session;
    assert_eq!((current.site.name.as_str(), current.user.name.as_str()), ("Default", ADMIN));
    assert_eq!(current.user.site_role, Some(SiteRole::ServerAdministrator.into()));

    let other = server.admin().await;
    admin.call(auth::SIGN_OUT, &[], "", None).await.unwrap();
    assert!(!admin.is_alive().await);
    let again = admin.call(auth::SIGN_OUT, &[], "", None).await.unwrap_err();
    assert_eq!((again.code.as_str(), again.summary.0.as_str()), ("401002", "Unauthorized Access"));
    assert!(other.is_alive().await);
}

#[tokio::test]
async fn any_wrong_credential_or_site_gets_one_answer() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let token = admin.create_token("t").await;
    admin.add_user("idle", SiteRole::Unlicensed, Some("p")).await;
    for credentials in [
        password_credentials(ADMIN, "wrong", ""),
        password_credentials("nobody", PASSWORD, ""),
        password_credentials(ADMIN, PASSWORD, "nowhere"),
        password_credentials(ADMIN, "", ""),
        password_credentials("", "", ""),
        password_credentials("idle", "p", ""),
        token_credentials("t", "wrong", ""),
        token_credentials("other", token.secret.expose(), ""),
        token_credentials("t", token.secret.expose(), "nowhere"),
    ] {
        let refusal = server.sign_in(credentials.clone()).await.err().unwrap_or_else(|| panic!("{credentials:?}"));
        assert_eq!(
            (refusal.code.as_str(), refusal.summary.0.as_str(), refusal.detail.0.as_str()),
            ("401001", "Signin Error", "Error signing in to Tableau Server"),
            "{credentials:?}"
        );
    }
}

#[tokio::test]
async fn a_personal_access_token_signs_in_to_every_site_of_its_user() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.create_site("Finance", "finance").await;
    let token = admin.create_token("nightly").await;
    let here = server.sign_in(token_credentials("nightly", token.secret.expose(), "")).await.unwrap();
    let there = server.sign_in(token_credentials("nightly", token.secret.expose(), "FINANCE")).await.unwrap();
    assert_eq!(there.credentials.site.content_url, "finance");
    assert!(here.is_alive().await && there.is_alive().await);

    let listed = admin.on_site(personal_access_tokens::LIST, &[&admin.user_id()], "", None).await.unwrap();
    let listed = listed.personal_access_tokens.personal_access_token;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].last_used_at, Some("2026-11-24T09:00:00Z".parse().unwrap()));
    assert_eq!(listed[0].expires_at, Some("2027-11-24T09:00:00Z".parse().unwrap()));

    admin.on_site(personal_access_tokens::REVOKE, &[&admin.user_id(), &token.token_guid], "", None).await.unwrap();
    assert!(!here.is_alive().await && !there.is_alive().await);
    assert!(admin.is_alive().await);
    let refusal = server.sign_in(token_credentials("nightly", token.secret.expose(), "")).await.err().unwrap();
    assert_eq!(refusal.code, "401001");
}

#[tokio::test]
async fn strictly_a_second_sign_in_with_a_token_ends_the_first() {
    let server = TestServer::start_with(|config| config.strict = true).await;
    let admin = server.admin().await;
    let token = admin.create_token("nightly").await;
    let first = server.sign_in(token_credentials("nightly", token.secret.expose(), "")).await.unwrap();
    assert!(first.is_alive().await);
    let second = server.sign_in(token_credentials("nightly", token.secret.expose(), "")).await.unwrap();
    assert!(!first.is_alive().await && second.is_alive().await && admin.is_alive().await);
}

#[tokio::test]
async fn a_token_unused_for_15_days_or_over_a_year_old_is_expired() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let token = admin.create_token("weekly").await;
    let unused = admin.create_token("unused").await;
    for _ in 0..2 {
        server.clock.advance(MINUTE * 60 * 24 * 14);
        server.sign_in(token_credentials("weekly", token.secret.expose(), "")).await.unwrap();
    }
    assert!(server.sign_in(token_credentials("unused", unused.secret.expose(), "")).await.is_err());
    for _ in 0..24 {
        server.clock.advance(MINUTE * 60 * 24 * 14);
        server.sign_in(token_credentials("weekly", token.secret.expose(), "")).await.unwrap();
    }
    server.clock.advance(MINUTE * 60 * 24 * 14);
    assert!(server.sign_in(token_credentials("weekly", token.secret.expose(), "")).await.is_err());
}

#[tokio::test]
async fn a_session_idles_out_after_240_minutes_and_use_keeps_it() {
    let server = TestServer::start().await;
    let (used, idle) = (server.admin().await, server.admin().await);
    for _ in 0..5 {
        server.clock.advance(MINUTE * 100);
        assert!(used.is_alive().await);
        // The use is noted in the background.
        server.admin().await;
    }
    assert!(!idle.is_alive().await);
    server.clock.advance(MINUTE * 242);
    assert!(!used.is_alive().await);
}

#[tokio::test]
async fn a_session_outlives_a_restart() {
    let mut server = TestServer::start().await;
    let token = server.admin().await.token().to_owned();
    server.restart().await;
    let answer = server.send("GET", "/api/3.29/sessions/current", &[("X-Tableau-Auth", &token)], b"").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn switching_sites_gives_a_new_token_and_ends_the_old() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.create_site("Finance", "finance").await;
    let moved = admin.call(auth::SWITCH_SITE, &[], "", Some(&switch_to("finance"))).await.unwrap().credentials;
    assert_eq!(moved.site.content_url, "finance");
    assert_ne!(moved.user.id, admin.user_id());
    assert!(!admin.is_alive().await);
    let moved = Session { server: &server, credentials: moved };
    let same = moved.call(auth::SWITCH_SITE, &[], "", Some(&switch_to("finance"))).await.unwrap_err();
    assert_eq!(same.code, "403070");
    let unknown = moved.call(auth::SWITCH_SITE, &[], "", Some(&switch_to("nowhere"))).await.unwrap_err();
    assert_eq!(unknown.code, "401003");
    assert!(moved.is_alive().await);
}

#[tokio::test]
async fn whatever_takes_a_users_right_to_sign_in_ends_their_sessions_at_once() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let change = |user: User| UserMessage { user };
    let ann = admin.add_user("ann", SiteRole::Creator, Some("p")).await;

    let session = server.with_password("ann", "p", "").await.unwrap();
    let body = change(User { password: Some(Secret::new("q")), ..Default::default() });
    admin.on_site(users::UPDATE, &[&ann], "", Some(&body)).await.unwrap();
    assert!(!session.is_alive().await);
    assert!(server.with_password("ann", "p", "").await.is_err());

    let session = server.with_password("ann", "q", "").await.unwrap();
    let body = change(User { site_role: Some(SiteRole::Unlicensed.into()), ..Default::default() });
    admin.on_site(users::UPDATE, &[&ann], "", Some(&body)).await.unwrap();
    assert!(!session.is_alive().await);

    let body = change(User { site_role: Some(SiteRole::Viewer.into()), ..Default::default() });
    admin.on_site(users::UPDATE, &[&ann], "", Some(&body)).await.unwrap();
    let session = server.with_password("ann", "q", "").await.unwrap();
    admin.on_site(users::REMOVE, &[&ann], "", None::<&NoBody>).await.unwrap();
    assert!(!session.is_alive().await);

    admin.create_site("Finance", "finance").await;
    let finance = server.with_password(ADMIN, PASSWORD, "finance").await.unwrap();
    finance.add_user("bob", SiteRole::Viewer, Some("p")).await;
    let session = server.with_password("bob", "p", "finance").await.unwrap();
    let body = SiteMessage { site: Site { state: Some(SiteState::Suspended.into()), ..Default::default() } };
    admin.call(sites::UPDATE, &[&finance.credentials.site.id], "", Some(&body)).await.unwrap();
    assert!(!session.is_alive().await);
    assert_eq!(server.with_password("bob", "p", "finance").await.err().unwrap().code, "401001");
}

#[tokio::test]
async fn revoking_all_administrators_tokens_spares_those_of_others() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("ann", SiteRole::Creator, Some("p")).await;
    let ann = server.with_password("ann", "p", "").await.unwrap();
    let (of_admin, of_ann) = (admin.create_token("a").await, ann.create_token("b").await);
    let refused = ann.call(auth::REVOKE_ADMINISTRATOR_TOKENS, &[], "", None).await.unwrap_err();
    assert_eq!(refused.code, "403004");
    admin.call(auth::REVOKE_ADMINISTRATOR_TOKENS_TSC, &[], "", None).await.unwrap();
    assert!(server.sign_in(token_credentials("a", of_admin.secret.expose(), "")).await.is_err());
    assert!(server.sign_in(token_credentials("b", of_ann.secret.expose(), "")).await.is_ok());
}

#[tokio::test]
async fn a_server_administrator_may_sign_in_as_another_and_nobody_else_may() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let ann = admin.add_user("ann", SiteRole::SiteAdministratorCreator, Some("p")).await;
    let as_ann = server.sign_in(as_user(password_credentials(ADMIN, PASSWORD, ""), ann)).await.unwrap();
    assert_eq!(as_ann.user_id(), ann);
    let current = as_ann.call(sessions::CURRENT, &[], "", None).await.unwrap().session;
    assert_eq!(current.user.name, "ann");
    let listed = admin.on_site(sessions::LIST, &[], "", None).await.unwrap().sessions.session;
    assert!(listed.iter().any(|session| session.impersonated_by.as_deref() == Some(ADMIN)));

    let refused = server.sign_in(as_user(password_credentials("ann", "p", ""), admin.user_id())).await.err().unwrap();
    assert_eq!(refused.code, "403004");
    let nobody = "99999999-9999-4999-8999-999999999999".parse().unwrap();
    let unknown = server.sign_in(as_user(password_credentials(ADMIN, PASSWORD, ""), nobody)).await.err().unwrap();
    assert_eq!(unknown.code, "404002");
    let mut garbage = password_credentials(ADMIN, PASSWORD, "");
    garbage.user = Some(auth::ImpersonatedUser { id: Word::Other("ann".into()) });
    assert_eq!(server.sign_in(garbage).await.err().unwrap().code, "404002");
}

#[tokio::test]
async fn five_wrong_passwords_begin_a_wait_that_doubles() {
    let server = TestServer::start().await;
    server.admin().await.add_user("ann", SiteRole::Viewer, Some("p")).await;
    for _ in 0..5 {
        assert!(server.with_password("ann", "wrong", "").await.is_err());
    }
    assert_eq!(server.with_password("ann", "p", "").await.err().unwrap().code, "401001");
    server.clock.advance(Duration::from_millis(1100));
    server.with_password("ann", "p", "").await.unwrap();
}

#[tokio::test]
async fn an_administrator_ends_a_session_by_its_id_and_anyone_their_own_by_its_token() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("ann", SiteRole::Viewer, Some("p")).await;
    admin.add_user("bob", SiteRole::Viewer, Some("p")).await;
    let ann = server.with_password("ann", "p", "").await.unwrap();
    let bob = server.with_password("bob", "p", "").await.unwrap();
    let of_ann = ann.on_site(sessions::LIST, &[], "", None).await.unwrap().sessions.session;
    assert_eq!(of_ann.len(), 1);
    assert_eq!(of_ann[0].user.name, "ann");

    let refused = bob.call(sessions::DELETE, &[&of_ann[0].id], "", None).await.unwrap_err();
    assert_eq!(refused.code, "404055");
    let refused = bob.call(sessions::DELETE, &[&ann.token()], "", None).await.unwrap_err();
    assert!(!format!("{refused:?}").contains(ann.token()));
    assert!(ann.is_alive().await);

    admin.call(sessions::DELETE, &[&of_ann[0].id], "", None).await.unwrap();
    assert!(!ann.is_alive().await);
    bob.call(sessions::DELETE, &[&bob.token()], "", None).await.unwrap();
    assert!(!bob.is_alive().await);
}

#[tokio::test]
async fn a_connected_app_signs_users_in_within_its_scopes() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("ann", SiteRole::Creator, None).await;
    let app = App { name: Some("portal".into()), enabled: Some(true), ..Default::default() };
    let app = admin
        .on_site(connected_apps::CREATE, &[], "", Some(&AppMessage { connected_application: app }))
        .await
        .unwrap()
        .connected_application;
    let client = app.client_id.unwrap();
    let secret = admin.on_site(connected_apps::CREATE_SECRET, &[&client], "", None).await.unwrap();
    let secret = secret.connected_application_secret;

    let now = server.clock.now().as_millis() / 1000;
    let jwt = |kid: &str, claims: &str, alg: &str| {
        let header = format!(r#"{{"alg":"{alg}","kid":"{kid}","iss":"{client}","typ":"JWT"}}"#);
        sign(&header, claims, secret.value.as_ref().unwrap().expose())
    };
    let claims = |jti: &str, exp: i64| {
        format!(
            r#"{{"iss":"{client}","aud":"tableau","sub":"ann","jti":"{jti}","exp":{exp},"scp":["tableau:users:read"]}}"#
        )
    };
    let sign_in = |jwt: String| server.sign_in(SignInCredentials { jwt: Some(Secret::new(jwt)), ..Default::default() });
    let kid = secret.id.to_string();
    let good = jwt(&kid, &claims("1", now + 300), "HS256");
    let session = sign_in(good.clone()).await.unwrap();
    session.on_site(users::GET, &[&session.user_id()], "", None).await.unwrap();
    let outside = session.on_site(personal_access_tokens::LIST, &[&session.user_id()], "", None).await;
    assert!(outside.is_ok(), "users:read covers a user's tokens");
    let outside = session.call(sites::LIST, &[], "", None).await.unwrap_err();
    assert_eq!(outside.code, "403004");
    let switch = session.call(auth::SWITCH_SITE, &[], "", Some(&switch_to("x"))).await.unwrap_err();
    assert_eq!(&switch.code[..2], "40");

    for (token, reason) in [
        (good, 10091),
        (jwt(&kid, &claims("2", now + 3600), "HS256"), 10096),
        (jwt(&kid, &claims("3", now + 300).replace("ann", "nobody"), "HS256"), 5),
        (jwt("99999999-9999-4999-8999-999999999999", &claims("4", now + 300), "HS256"), 127),
        (jwt(&kid, &claims("5", now + 300), "none"), 10082),
        ("not.a.jwt".to_owned(), 10083),
    ] {
        let refusal = sign_in(token).await.err().unwrap();
        assert_eq!(refusal.code, "401001");
        assert!(refusal.detail.0.ends_with(&format!("(errorCode={reason})")), "{reason}: {refusal:?}");
    }
    let expired = sign_in(jwt(&kid, &claims("6", now - 300), "HS256")).await.err().unwrap();
    assert_eq!(expired.code, "401001");
    let forged = jwt(&kid, &claims("7", now + 300), "HS256");
    let forged = format!("{}AAAA", &forged[..forged.len() - 4]);
    assert_eq!(sign_in(forged).await.err().unwrap().code, "401001");

    admin.on_site(connected_apps::DELETE, &[&client], "", None).await.unwrap();
    assert!(!session.is_alive().await);
}

/// A JWT of direct trust, signed by HS256.
fn sign(header: &str, claims: &str, secret: &str) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    use hmac::{Hmac, KeyInit, Mac};

    let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

#[tokio::test]
async fn a_local_authentication_setting_is_the_servers_own() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let body = r#"{"user":{"name":"ann","siteRole":"Viewer","authSetting":"Local"}}"#;
    let headers =
        [("X-Tableau-Auth", admin.token()), ("Content-Type", "application/json"), ("Accept", "application/json")];
    let path = format!("/api/3.29/sites/{}/users", admin.credentials.site.id);
    let answer = server.send("POST", &path, &headers, body.as_bytes()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert!(answer.text().contains(AuthSetting::ServerDefault.as_str()));
    assert!(answer.header("location").unwrap().starts_with("/api/3.29/sites/"));
}
