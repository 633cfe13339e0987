//! Every endpoint once more, with ids of what is really there: for members of another site who guessed them, and for a viewer
//! of the same site whom nothing allows anything. It is covered the moment it is listed.

mod support;

use std::collections::HashMap;

use support::*;
use tavola_api::{About, Access, ApiVersion, Method};
use tavola_model::{ContentKind, SiteRole};

/// What is in the site that nobody else may learn of: each name holds this word.
const SECRET: &str = "quarry";

/// A site with one of each thing, and the ids that endpoints name.
struct Quarry<'s> {
    admin: Session<'s>,
    ids: HashMap<&'static str, String>,
}

impl<'s> Quarry<'s> {
    async fn make(server: &'s TestServer) -> Self {
        server.admin().await.create_site("Quarry", "quarry").await;
        let admin = server.with_password(ADMIN, PASSWORD, "quarry").await.unwrap();
        let owner = admin.add_user("quarryman", SiteRole::Creator, Some("p")).await;
        let project = admin.create_project("quarry project", None).await;
        // Nothing is allowed to all users.
        for about in ["permissions", "default-permissions/workbooks", "default-permissions/datasources"] {
            admin.must("POST", &format!("projects/{project}/{about}"), "<permissions/>").await;
        }
        for about in ["default-permissions/flows", "default-permissions/virtualconnections"] {
            admin.must("POST", &format!("projects/{project}/{about}"), "<permissions/>").await;
        }
        let mut ids = HashMap::from([
            ("{site}", admin.credentials.site.id.to_string()),
            ("{project}", project.to_string()),
            ("{user}", owner.to_string()),
            ("{revision}", "1".to_owned()),
            ("{tag}", "quarry-tag".to_owned()),
            ("{grantees}", "users".to_owned()),
            ("{grantee}", owner.to_string()),
            ("{capability}", "Read".to_owned()),
            ("{mode}", "Allow".to_owned()),
            ("{kind}", "workbooks".to_owned()),
            ("{session}", server.with_password("quarryman", "p", "quarry").await.unwrap().token().to_owned()),
            ("{token}", admin.create_token("quarry token").await.token_guid.to_string()),
        ]);
        for (name, kind) in [
            ("{workbook}", ContentKind::Workbook),
            ("{datasource}", ContentKind::Datasource),
            ("{flow}", ContentKind::Flow),
            ("{virtual_connection}", ContentKind::VirtualConnection),
        ] {
            ids.insert(name, admin.publish_smallest(kind, &format!("quarry {kind}"), project).await);
        }
        let deleted = admin.publish_smallest(ContentKind::Workbook, "quarry waste", project).await;
        admin.must("DELETE", &format!("workbooks/{deleted}"), "").await;
        ids.insert("{item}", deleted);
        let views = admin.must("GET", &format!("workbooks/{}/views", ids["{workbook}"]), "").await;
        ids.insert("{view}", id(&views, "view"));
        for (name, path, body, element) in [
            ("{group}", "groups", "<group name=\"quarry group\"/>", "group"),
            ("{group_set}", "groupsets", "<groupSet name=\"quarry set\"/>", "groupSet"),
        ] {
            ids.insert(name, id(&admin.must("POST", path, body).await, element));
        }
        let upload = admin.must("POST", "fileUploads", "").await;
        ids.insert("{upload}", attribute(&upload, "uploadSessionId"));
        let app = "<connectedApplication name=\"quarry app\" enabled=\"true\"/>";
        let app = admin.must("POST", "connected-apps/direct-trust", app).await;
        ids.insert("{app}", attribute(&app, "clientId"));
        let secrets = format!("connected-apps/direct-trust/{}/secrets", ids["{app}"]);
        let secret = admin.must("POST", &secrets, "").await;
        ids.insert("{secret}", id(&secret, "connectedApplicationSecret"));
        admin
            .must("PUT", &format!("workbooks/{}/tags", ids["{workbook}"]), "<tags><tag label=\"quarry-tag\"/></tags>")
            .await;
        Self { admin, ids }
    }

    /// The endpoint's path with real ids. What this world has none of is made up.
    fn path(&self, about: &About, site: &str) -> String {
        let made_up = "12345678-1234-4123-8123-123456789012";
        let path: Vec<&str> = about
            .path
            .split('/')
            .map(|segment| match segment {
                "{site}" => site,
                _ if segment.starts_with('{') => self.ids.get(segment).map_or(made_up, String::as_str),
                _ => segment,
            })
            .collect();
        format!("/api/{}{}", ApiVersion::LATEST, path.join("/"))
    }

    /// All that there is, as its administrator sees it.
    async fn all(&self) -> Vec<String> {
        let mut all = Vec::new();
        for path in [
            "users",
            "groups",
            "groupsets",
            "projects",
            "workbooks",
            "views",
            "datasources",
            "flows",
            "virtualConnections",
            "recyclebin",
            "connected-apps/direct-trust",
        ] {
            // When somebody signed in and what they may see may change; what is there may not.
            let listed = self.admin.must("GET", path, "").await;
            all.push(without(&listed, &["lastLogin", "updatedAt", "connectedWorkbooksCount"]));
        }
        for (kind, name) in [("projects", "{project}"), ("workbooks", "{workbook}"), ("flows", "{flow}")] {
            all.push(self.admin.must("GET", &format!("{kind}/{}/permissions", self.ids[name]), "").await);
        }
        all.push(self.admin.must("GET", &format!("favorites/{}", self.ids["{user}"]), "").await);
        all
    }
}

trait Must {
    /// A call that succeeds; gives its text.
    async fn must(&self, method: &str, path: &str, body: &str) -> String;
}

impl Must for Session<'_> {
    async fn must(&self, method: &str, path: &str, body: &str) -> String {
        let body = if body.is_empty() { String::new() } else { format!("<tsRequest>{body}</tsRequest>") };
        let answer = self.by_hand(method, path, &body).await;
        assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.text());
        answer.text()
    }
}

/// The id of the first element of this name.
fn id(text: &str, element: &str) -> String {
    let (_, rest) = text.split_once(&format!("<{element} ")).unwrap_or_else(|| panic!("no {element} in {text}"));
    attribute(rest, "id")
}

/// The first attribute of this name.
fn attribute(text: &str, name: &str) -> String {
    let (_, rest) = text.split_once(&format!("{name}=\"")).unwrap_or_else(|| panic!("no {name} in {text}"));
    rest.split_once('"').unwrap().0.to_owned()
}

fn without(text: &str, attributes: &[&str]) -> String {
    let mut text = text.to_owned();
    for name in attributes {
        while let Some((before, rest)) = text.split_once(&format!(" {name}=\"")) {
            text = format!("{before}{}", rest.split_once('"').unwrap().1);
        }
    }
    text
}

/// A body that many methods would take.
fn body(about: &About, ids: &HashMap<&str, String>) -> String {
    if matches!(about.method, Method::Get | Method::Delete) {
        return String::new();
    }
    let (user, workbook) = (&ids["{user}"], &ids["{workbook}"]);
    let rule = format!(
        "<permissions><granteeCapabilities><user id=\"{user}\"/><capabilities><capability name=\"Read\" mode=\"Deny\"/>\
         </capabilities></granteeCapabilities></permissions>"
    );
    let renamed = |element: &str| format!("<{element} name=\"taken over\"/>");
    let elements =
        ["site", "project", "workbook", "datasource", "flow", "view", "group", "groupSet", "virtualConnection"];
    let favorite = format!("<favorite label=\"taken over\"><workbook id=\"{workbook}\"/></favorite>");
    format!(
        "<tsRequest>{rule}{favorite}<user id=\"{user}\" name=\"taken over\" siteRole=\"Unlicensed\" password=\"p2\"/>\
         <tags><tag label=\"taken over\"/></tags><connectedApplication name=\"taken over\"/>\
         <personalAccessToken tokenName=\"t\"/>{}</tsRequest>",
        elements.map(renamed).concat()
    )
}

/// Calls every endpoint of a site as somebody who may do nothing there; `may` names what they may all the same.
async fn sweep(server: &TestServer, quarry: &Quarry<'_>, who: (&str, &str), site: &str, may: &[&str]) {
    let before = quarry.all().await;
    let mut session = server.with_password(who.0, "p", who.1).await.unwrap();
    for about in tavola_api::endpoints() {
        if about.access == Access::Open || !about.path.contains("{site}") {
            continue;
        }
        if !session.is_alive().await {
            session = server.with_password(who.0, "p", who.1).await.unwrap();
        }
        let path = quarry.path(about, site);
        let headers = [("X-Tableau-Auth", session.token())];
        let body = body(about, &quarry.ids);
        let answer = server.send(about.method.as_str(), &path, &headers, body.as_bytes()).await;
        let mut text = answer.text();
        let case = format!("{}: {} {path} ({})", who.0, about.method, about.name);
        assert!(answer.status < 500 || answer.status == 501, "{case}: {text}");
        // Their own words come back.
        for id in quarry.ids.values() {
            text = text.replace(&format!("'{id}'"), "").replace(&format!("`{id}`"), "");
        }
        let names_one = about.path.split('/').any(|segment| segment.starts_with('{') && segment != "{site}");
        if names_one && !may.contains(&about.name) {
            assert!((400..500).contains(&answer.status), "{case}: {}: {text}", answer.status);
        }
        if !may.contains(&about.name) {
            assert!(!text.to_lowercase().contains(SECRET), "{case}: {text}");
        }
    }
    for (before, after) in before.iter().zip(quarry.all().await) {
        assert_eq!(*before, after, "{}", who.0);
    }
}

#[tokio::test]
async fn who_guesses_ids_of_another_site_learns_and_changes_nothing() {
    let server = TestServer::start().await;
    let quarry = Quarry::make(&server).await;
    server.admin().await.create_site("Elsewhere", "elsewhere").await;
    let elsewhere = server.with_password(ADMIN, PASSWORD, "elsewhere").await.unwrap();
    elsewhere.add_user("stranger", SiteRole::Creator, Some("p")).await;
    elsewhere.add_user("chief", SiteRole::SiteAdministratorCreator, Some("p")).await;
    let own = elsewhere.credentials.site.id.to_string();
    for name in ["stranger", "chief"] {
        for site in [&own, &quarry.ids["{site}"]] {
            sweep(&server, &quarry, (name, "elsewhere"), site, &[]).await;
        }
    }
}

#[tokio::test]
async fn an_administrator_learns_by_the_same_paths() {
    let server = TestServer::start().await;
    let quarry = Quarry::make(&server).await;
    let headers = [("X-Tableau-Auth", quarry.admin.token())];
    let mut telling = 0;
    for about in tavola_api::endpoints() {
        if about.method == Method::Get && about.path.contains("{site}") {
            let path = quarry.path(about, &quarry.ids["{site}"]);
            let answer = server.send("GET", &path, &headers, b"").await;
            let is_text = answer.header("content-type").is_some_and(|kind| kind.contains("xml"));
            telling += usize::from(is_text && answer.text().to_lowercase().contains(SECRET));
        }
    }
    // Were the paths wrong, the other tests would prove nothing.
    assert!(telling >= 40, "only {telling} methods tell an administrator something");
}

#[tokio::test]
async fn a_viewer_whom_nothing_allows_anything_learns_and_changes_nothing() {
    let server = TestServer::start().await;
    let quarry = Quarry::make(&server).await;
    quarry.admin.must("PUT", "", "<site userVisibilityMode=\"LIMITED\"/>").await;
    quarry.admin.add_user("viewer", SiteRole::Viewer, Some("p")).await;
    let site = quarry.ids["{site}"].clone();
    sweep(&server, &quarry, ("viewer", "quarry"), &site, &["Query Site"]).await;
}
