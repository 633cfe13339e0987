//! What holds for every endpoint there is and will be: it is covered the moment it is listed.

mod support;

use support::*;
use tavola_api::{About, Access, ApiVersion, Method};
use tavola_model::SiteRole;

/// The endpoint's path with these ids, or made-up ones, for its parameters.
fn path(about: &About, site: &str, user: &str) -> String {
    let path: Vec<String> = about
        .path
        .split('/')
        .map(|segment| match segment {
            "{site}" => site.to_owned(),
            "{user}" => user.to_owned(),
            _ if segment.starts_with('{') => "12345678-1234-4123-8123-123456789012".to_owned(),
            _ => segment.to_owned(),
        })
        .collect();
    format!("/api/{}{}", ApiVersion::LATEST, path.join("/"))
}

#[tokio::test]
async fn every_endpoint_but_the_open_ones_turns_away_the_unsigned() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let (site, user) = (admin.credentials.site.id.to_string(), admin.user_id().to_string());
    let mut open = Vec::new();
    for about in tavola_api::endpoints() {
        let path = path(about, &site, &user);
        let unsigned = server.send(about.method.as_str(), &path, &[], b"").await;
        if about.access == Access::Open {
            open.push(about.name);
            continue;
        }
        assert_eq!((unsigned.status, unsigned.xml_error().code.as_str()), (401, "401000"), "{} {path}", about.method);
        for token in ["garbage", "x|y|z", "HvZMqFFfQQmOM4L-AZNIQA|5fI6T54OPK1Gn1p4w0RtHv6EkojWRTwq"] {
            let headers = [("x-tableau-auth", token), ("Accept", "application/json")];
            let garbage = server.send(about.method.as_str(), &path, &headers, b"").await;
            assert_eq!(
                (garbage.status, garbage.json_error().code.as_str()),
                (401, "401002"),
                "{} {path}",
                about.method
            );
        }
    }
    assert_eq!(open, ["Sign In", "Server Info"]);
    assert!(admin.is_alive().await);
}

#[tokio::test]
async fn every_endpoint_tells_a_stranger_of_another_site_nothing() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let secret_words = ["Quarry", "quarry", "quentin", "Quentin Quarrier"];
    admin.create_site("Quarry", "quarry").await;
    let quarry = server.with_password(ADMIN, PASSWORD, "quarry").await.unwrap();
    let quentin = quarry.add_user("quentin", SiteRole::Creator, Some("p")).await;
    admin.create_site("Elsewhere", "elsewhere").await;
    let elsewhere = server.with_password(ADMIN, PASSWORD, "elsewhere").await.unwrap();
    elsewhere.add_user("stranger", SiteRole::Creator, Some("p")).await;
    elsewhere.add_user("chief", SiteRole::SiteAdministratorCreator, Some("p")).await;

    for name in ["stranger", "chief"] {
        let ids = [quarry.credentials.site.id.to_string(), "quarry?key=contentUrl".to_owned()];
        let mut session = server.with_password(name, "p", "elsewhere").await.unwrap();
        for (about, site) in tavola_api::endpoints().flat_map(|about| ids.iter().map(move |id| (about, id))) {
            if about.access == Access::Open || !about.path.contains("{site}") {
                continue;
            }
            if !session.is_alive().await {
                session = server.with_password(name, "p", "elsewhere").await.unwrap();
            }
            let path = path(about, site, &quentin.to_string());
            let headers = [("X-Tableau-Auth", session.token())];
            let body = r#"<tsRequest><site name="taken over"/><user name="taken over" siteRole="Viewer"/>
                <personalAccessToken tokenName="t"/><connectedApplication name="c"/></tsRequest>"#;
            let body = if about.method == Method::Get { "" } else { body };
            let answer = server.send(about.method.as_str(), &path, &headers, body.as_bytes()).await;
            let text = answer.text();
            let error = answer.xml_error();
            assert!((400..500).contains(&answer.status), "{name}: {} {path}: {text}", about.method);
            // The caller's own words come back; nothing else does.
            let text = text.replace(&format!("'{site}'"), "").replace("'quarry'", "");
            for word in secret_words {
                assert!(!text.contains(word), "{name}: {} {path}: {text}", about.method);
            }
            // A site that does not exist gets the same answer.
            let unknown = path.replace(&quarry.credentials.site.id.to_string(), "99999999-9999-4999-8999-999999999999");
            let unknown = unknown.replace("quarry?", "nowhere?");
            let answer = server.send(about.method.as_str(), &unknown, &headers, body.as_bytes()).await;
            assert_eq!(answer.xml_error().code, error.code, "{name}: {} {path}", about.method);
        }
    }
    assert!(quarry.is_alive().await);
    let found = quarry.on_site(tavola_api::users::GET, &[&quentin], "", None).await.unwrap().user;
    assert_eq!(found.site_role, Some(SiteRole::Creator.into()));
}

#[tokio::test]
async fn every_endpoint_refuses_other_verbs_and_older_versions() {
    let server = TestServer::start().await;
    for about in tavola_api::endpoints() {
        let path = path(about, "s", "u");
        let other = if about.method == Method::Patch { "PUT" } else { "PATCH" };
        let answer = server.send(other, &path, &[], b"").await;
        assert_eq!((answer.status, answer.xml_error().code.as_str()), (405, "405000"), "{path}");
        assert!(answer.header("allow").unwrap().contains(about.method.as_str()), "{path}");
        if about.since > ApiVersion::OLDEST {
            let older = path.replace("/3.29/", "/2.0/");
            let answer = server.send(about.method.as_str(), &older, &[], b"").await;
            assert_eq!((answer.status, answer.xml_error().code.as_str()), (404, "404008"), "{older}");
        }
    }
}

#[tokio::test]
async fn fixed_words_of_every_path_match_in_any_case() {
    let server = TestServer::start().await;
    for about in tavola_api::endpoints() {
        for path in [path(about, "s", "u").to_uppercase(), path(about, "s", "u") + "/"] {
            let answer = server.send(about.method.as_str(), &path, &[], b"").await;
            assert_ne!(answer.status, 404, "{path}");
        }
    }
}
