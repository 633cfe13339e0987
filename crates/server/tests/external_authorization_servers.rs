//! Whoever holds a token of an external authorization server signs in over the wire, within its scopes.

#[expect(dead_code, reason = "each test file uses its part")]
#[path = "../../store/tests/store/provider.rs"]
mod provider;
mod support;

use provider::{Provider, Signer, key_set};
use serde_json::json;
use support::*;
use tavola_api::{
    NoBody, Secret,
    auth::SignInCredentials,
    connected_apps::{self, App, AppMessage},
    external_authorization_servers::{self as wire, Server, ServerMessage},
    sites, users,
};
use tavola_model::SiteRole;

fn message(server: Server) -> ServerMessage {
    ServerMessage { external_authorization_server: server }
}

#[tokio::test]
async fn a_registered_server_signs_users_in_until_it_is_deleted() {
    let provider = Provider::start().await;
    let signer = Signer::ec("1");
    provider.answers("/keys", 200, key_set(&[&signer]));

    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("ann", SiteRole::Creator, None).await;
    let issuer = "https://idp.example/tenant";
    let new = Server { issuer_url: Some(issuer.into()), jwks_uri: Some(provider.url("/keys")), ..Server::default() };
    let made = admin.on_site(wire::REGISTER, &[], "", Some(&message(new.clone()))).await.unwrap();
    let made = made.external_authorization_server;
    assert_eq!((made.enabled, made.name.as_deref()), (Some(true), Some(issuer)));
    let id = made.id.unwrap();
    let taken = admin.on_site(wire::REGISTER, &[], "", Some(&message(new))).await.unwrap_err();
    assert_eq!(taken.code, "409055");
    let named = Server { name: Some("idp".into()), ..Server::default() };
    let updated = admin.on_site(wire::UPDATE, &[&id], "", Some(&message(named))).await.unwrap();
    let found = admin.on_site(wire::GET, &[&id], "", None).await.unwrap();
    assert_eq!(found, updated);
    assert_eq!(found.external_authorization_server.name.as_deref(), Some("idp"));
    let listed = admin.on_site(wire::LIST, &[], "", None).await.unwrap().external_authorization_server_list;
    assert_eq!(listed.external_authorization_server, [found.external_authorization_server]);

    let expires = server.clock.now().as_millis() / 1000 + 300;
    let jwt = signer.sign(&json!({"iss": issuer, "aud": "tableau", "sub": "ann", "jti": "1", "exp": expires,
        "scp": ["tableau:users:read"]}));
    let credentials = SignInCredentials { jwt: Some(Secret::new(jwt)), ..Default::default() };
    let session = server.sign_in(credentials.clone()).await.unwrap();
    session.on_site(users::GET, &[&session.user_id()], "", None).await.unwrap();
    assert_eq!(session.call(sites::LIST, &[], "", None).await.unwrap_err().code, "403004");
    let again = server.sign_in(credentials).await.err().unwrap();
    assert!(again.detail.0.ends_with("(errorCode=10091)"), "{again:?}");

    admin.on_site(wire::DELETE, &[&id], "", None::<&NoBody>).await.unwrap();
    assert!(!session.is_alive().await);
    assert_eq!(admin.on_site(wire::GET, &[&id], "", None).await.unwrap_err().code, "404055");
}

#[tokio::test]
async fn a_connected_app_made_under_the_older_path_is_there_under_both() {
    use connected_apps::older;
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let app = AppMessage { connected_application: App { name: Some("portal".into()), ..App::default() } };
    let made = admin.on_site(older::CREATE, &[], "", Some(&app)).await.unwrap().connected_application;
    let id = made.client_id.unwrap();
    let secret = admin.on_site(older::CREATE_SECRET, &[&id], "", None).await.unwrap().connected_application_secret;
    let newer = admin.on_site(connected_apps::GET_SECRET, &[&id, &secret.id], "", None).await.unwrap();
    assert_eq!(newer.connected_application_secret, secret);
    assert_eq!(
        admin.on_site(older::LIST, &[], "", None).await.unwrap(),
        admin.on_site(connected_apps::LIST, &[], "", None).await.unwrap()
    );
    let path = format!("/api/3.14/sites/{}/connected-applications", admin.credentials.site.id);
    assert_eq!(server.send("GET", &path, &[("X-Tableau-Auth", admin.token())], b"").await.status, 200);
    admin.on_site(older::DELETE, &[&id], "", None::<&NoBody>).await.unwrap();
    assert_eq!(admin.on_site(connected_apps::GET, &[&id], "", None).await.unwrap_err().code, "404055");
}
