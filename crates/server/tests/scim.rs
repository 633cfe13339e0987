//! Users and groups that an identity provider manages by SCIM, in the forms that Okta and Entra send.

mod support;

use serde_json::{Value, json};
use support::*;
use tavola_api::{
    groups, oidc,
    scim::{self, Configuration, ConfigurationMessage, ConfigurationWithToken},
    users::{self, User, UserMessage},
};
use tavola_model::{ContentKind, GroupId, SiteRole, UserId};

const TABLEAU: &str = "urn:ietf:params:scim:schemas:extension:tableau:3.0";

/// A provider with its token for the site Default.
struct Provider<'s> {
    server: &'s TestServer,
    base: String,
    token: String,
}

async fn configuration(admin: &Session<'_>, name: &str) -> ConfigurationWithToken {
    let message = Configuration { name: Some(name.into()), ..Configuration::default() };
    let message = ConfigurationMessage { scim_configuration: message };
    admin.on_site(scim::CREATE, &[], "", Some(&message)).await.unwrap()
}

impl<'s> Provider<'s> {
    async fn new(server: &'s TestServer, admin: &Session<'_>) -> Self {
        let token = configuration(admin, "Company").await.server_api_token.api_token.expose().to_owned();
        Self { server, base: format!("/sites/{}/scim/v2", admin.credentials.site.id), token }
    }

    async fn send(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/scim+json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.server.send(method, &format!("{}{path}", self.base), &headers, body.as_bytes()).await;
        let text = answer.text();
        if answer.status != 204 {
            assert_eq!(answer.header("content-type"), Some("application/scim+json"), "{text}");
        }
        (answer.status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> Value {
        let (status, body) = self.send("GET", path, Value::Null).await;
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    async fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.send(method, path, body).await;
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }

    async fn add(&self, name: &str, role: &str) -> String {
        let user = json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "active": true,
            TABLEAU: {"siteRoles": [{"value": role}]}});
        self.done("POST", "/Users", user).await["id"].as_str().unwrap().to_owned()
    }

    async fn patch(&self, path: &str, operations: Value) -> Value {
        let message = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations});
        self.done("PATCH", path, message).await
    }
}

fn site_role(user: &Value) -> (&str, bool) {
    (user[TABLEAU]["siteRoles"][0]["value"].as_str().unwrap(), user["active"].as_bool().unwrap())
}

async fn on_site(admin: &Session<'_>, id: &str) -> User {
    let id: UserId = id.parse().unwrap();
    admin.on_site(users::GET, &[&id], "", None).await.unwrap().user
}

#[tokio::test]
async fn a_user_is_made_found_changed_and_removed() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let provider = Provider::new(&server, &admin).await;
    let sent = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", TABLEAU],
        "userName": "ann@example.com",
        "externalId": "00u1",
        "name": {"givenName": "Ann", "familyName": "O'Neil"},
        "emails": [{"value": "other@example.com"}, {"value": "ann@example.com", "primary": true}],
        "active": true,
        TABLEAU: {"siteRoles": [{"value": "Explorer (can publish)"}], "entitlements": [{"value": "Viewer"}]},
    });
    let (status, made) = provider.send("POST", "/Users", sent.clone()).await;
    assert_eq!(status, 201, "{made}");
    let id = made["id"].as_str().unwrap();
    assert_eq!((site_role(&made), &made["displayName"]), (("ExplorerCanPublish", true), &json!("Ann O'Neil")));
    assert_eq!(made["name"], json!({"formatted": "Ann O'Neil", "givenName": "Ann", "familyName": "O'Neil"}));
    let place = format!("http://{}{}/Users/{id}", server.address, provider.base);
    assert_eq!((&made["meta"]["location"], &made["externalId"]), (&json!(place), &json!("00u1")));
    let user = on_site(&admin, id).await;
    assert_eq!(user.site_role, Some(SiteRole::ExplorerCanPublish.into()));
    assert_eq!(user.email.as_deref(), Some("ann@example.com"));

    let (status, taken) = provider.send("POST", "/Users", sent).await;
    assert_eq!((status, &taken["scimType"], &taken["status"]), (409, &json!("uniqueness"), &json!("409")));
    for filter in ["userName eq \"ANN@example.com\"", "externalId eq \"00u1\"", &format!("id eq \"{id}\"")] {
        let found = provider.get(&format!("/Users?filter={}", filter.replace(' ', "%20").replace('"', "%22"))).await;
        assert_eq!((&found["totalResults"], &found["Resources"][0]), (&json!(1), &made), "{filter}");
    }
    assert_eq!(provider.get("/Users?filter=userName%20eq%20%22nobody%22").await["totalResults"], 0);
    assert_eq!(provider.get(&format!("/Users/{id}")).await, made);

    let put =
        json!({"userName": "ann@example.com", "displayName": "Ann", "active": "True", "roles": [{"value": "viewer"}]});
    let changed = provider.done("PUT", &format!("/Users/{id}"), put).await;
    assert_eq!((site_role(&changed), &changed["displayName"]), (("Viewer", true), &json!("Ann")));
    assert_eq!((changed.get("externalId"), changed["name"].get("givenName")), (None, None), "what is left out is gone");
    let (status, _) = provider.send("PUT", &format!("/Users/{id}"), json!({"userName": "bob@example.com"})).await;
    assert_eq!(status, 400, "a name to sign in with does not change");

    provider.done("DELETE", &format!("/Users/{id}"), Value::Null).await;
    assert_eq!(provider.send("GET", &format!("/Users/{id}"), Value::Null).await.0, 404);
    assert_eq!(provider.send("DELETE", &format!("/Users/{id}"), Value::Null).await.0, 404);
    let id: UserId = id.parse().unwrap();
    assert!(admin.on_site(users::GET, &[&id], "", None).await.is_err());
}

#[tokio::test]
async fn users_change_by_the_operations_that_okta_and_entra_send() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let provider = Provider::new(&server, &admin).await;
    let path = format!("/Users/{}", provider.add("ann", "Creator").await);
    // Okta deactivates so, and the role is there again afterwards.
    let off = provider.patch(&path, json!([{"op": "replace", "value": {"active": false}}])).await;
    assert_eq!(site_role(&off), ("Creator", false));
    assert_eq!(on_site(&admin, off["id"].as_str().unwrap()).await.site_role, Some(SiteRole::Unlicensed.into()));
    let on = provider.patch(&path, json!([{"op": "Replace", "path": "active", "value": "True"}])).await;
    assert_eq!(site_role(&on), ("Creator", true));
    assert_eq!(on_site(&admin, on["id"].as_str().unwrap()).await.site_role, Some(SiteRole::Creator.into()));

    let entra = json!([
        {"op": "Add", "path": "emails[type eq \"work\"].value", "value": "ann@example.com"},
        {"op": "Replace", "path": "name.givenName", "value": "Ann"},
        {"op": "Add", "value": {"name.familyName": "Berg", "externalId": "e1"}},
        {"op": "Replace", "path": "roles[primary eq \"True\"].value", "value": "Viewer"},
    ]);
    let changed = provider.patch(&path, entra).await;
    assert_eq!((site_role(&changed), &changed["displayName"]), (("Viewer", true), &json!("Ann Berg")));
    assert_eq!((&changed["emails"][0]["value"], &changed["externalId"]), (&json!("ann@example.com"), &json!("e1")));
    let own = format!("{TABLEAU}:siteRoles");
    let changed =
        provider.patch(&path, json!([{"op": "replace", "path": own, "value": [{"value": "Explorer"}]}])).await;
    assert_eq!((site_role(&changed), &changed["displayName"]), (("Explorer", true), &json!("Ann Berg")));
    let changed = provider.patch(&path, json!([{"op": "remove", "path": "externalId"}])).await;
    assert_eq!(changed.get("externalId"), None);

    let many = json!({"Operations": vec![json!({"op": "replace", "path": "active", "value": true}); 1_001]});
    assert_eq!(provider.send("PATCH", &path, many).await.0, 400);
    for (operations, kind) in [
        (json!([{"op": "move", "path": "active", "value": true}]), "invalidValue"),
        (json!([{"op": "remove"}]), "invalidValue"),
        (json!([{"op": "replace", "path": "emails[type", "value": "x"}]), "invalidValue"),
        (json!([{"op": "replace", "path": "active", "value": 1}]), "invalidValue"),
        (json!([{"op": "replace", "path": "roles", "value": [{"value": "King"}]}]), "invalidValue"),
        (json!([{"op": "replace", "path": "roles", "value": [{"value": "ServerAdministrator"}]}]), "invalidValue"),
    ] {
        let (status, answer) = provider.send("PATCH", &path, json!({"Operations": operations})).await;
        assert_eq!((status, &answer["scimType"]), (400, &json!(kind)), "{operations}: {answer}");
    }
    assert_eq!(site_role(&provider.get(&path).await), ("Explorer", true));
}

#[tokio::test]
async fn groups_are_made_filled_renamed_emptied_and_deleted() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let provider = Provider::new(&server, &admin).await;
    let (ann, bob) = (provider.add("ann", "Viewer").await, provider.add("bob", "Viewer").await);
    let sent = json!({"displayName": "Sales", "externalId": "g1", "members": [{"value": ann, "display": "ann"}]});
    let (status, made) = provider.send("POST", "/Groups", sent.clone()).await;
    assert_eq!((status, &made["members"][0]["display"]), (201, &json!("ann")), "{made}");
    assert_eq!(provider.send("POST", "/Groups", sent).await.1["scimType"], "uniqueness");
    let path = format!("/Groups/{}", made["id"].as_str().unwrap());
    let members = |group: &Value| -> Vec<String> {
        let members = group["members"].as_array().unwrap().iter();
        members.map(|member| member["display"].as_str().unwrap().to_owned()).collect()
    };
    let added = provider.patch(&path, json!([{"op": "add", "path": "members", "value": [{"value": bob}]}])).await;
    assert_eq!(members(&added), ["ann", "bob"]);
    let again = json!([{"op": "add", "path": "members", "value": [{"value": ann}, {"value": bob}, {"value": bob}]}]);
    assert_eq!(members(&provider.patch(&path, again).await), ["ann", "bob"]);
    let okta = json!([{"op": "remove", "path": format!("members[value eq \"{ann}\"]")}]);
    assert_eq!(members(&provider.patch(&path, okta).await), ["bob"]);
    let entra = json!([{"op": "Remove", "path": "members", "value": [{"value": bob}]}]);
    assert_eq!(members(&provider.patch(&path, entra).await), [""; 0]);
    let renamed = json!([{"op": "replace", "value": {"id": made["id"], "displayName": "Money"}}]);
    let renamed = provider.patch(&path, renamed).await;
    assert_eq!((&renamed["displayName"], &renamed["externalId"]), (&json!("Money"), &json!("g1")));
    let put = json!({"displayName": "Money", "members": [{"value": ann}, {"value": bob}]});
    assert_eq!(members(&provider.done("PUT", &path, put).await), ["ann", "bob"]);
    let of_ann = provider.get(&format!("/Users/{ann}")).await;
    assert_eq!(of_ann["groups"][0]["display"], "Money");

    let stranger =
        json!([{"op": "add", "path": "members", "value": [{"value": "12345678-1234-4123-8123-123456789012"}]}]);
    let (status, answer) = provider.send("PATCH", &path, json!({"Operations": stranger})).await;
    assert_eq!((status, &answer["scimType"]), (400, &json!("invalidValue")), "{answer}");
    let found = provider.get("/Groups?excludedAttributes=members&filter=displayName%20eq%20%22money%22").await;
    assert_eq!((&found["totalResults"], found["Resources"][0].get("members")), (&json!(1), None));
    assert_eq!(provider.get("/Groups").await["totalResults"], 1, "All Users is nobody's to manage");
    provider.done("DELETE", &path, Value::Null).await;
    assert_eq!(provider.send("GET", &path, Value::Null).await.0, 404);
    assert_eq!(provider.get(&format!("/Users/{ann}")).await["groups"], json!([]));
}

#[tokio::test]
async fn who_came_by_scim_is_changed_by_scim_alone_until_its_configuration_is_gone() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let made = configuration(&admin, "Company").await;
    let token = made.server_api_token.api_token.expose().to_owned();
    let provider = Provider { server: &server, base: format!("/sites/{}/scim/v2", admin.credentials.site.id), token };
    let ann = provider.add("ann", "Viewer").await;
    let group = provider.done("POST", "/Groups", json!({"displayName": "Sales", "members": [{"value": ann}]})).await;
    let (user, group): (UserId, GroupId) = (ann.parse().unwrap(), group["id"].as_str().unwrap().parse().unwrap());
    let update = async |change: User| {
        admin.on_site(users::UPDATE, &[&user], "", Some(&UserMessage { user: change })).await.map(drop)
    };
    let forbidden = |answer: Result<(), tavola_api::ErrorBody>| {
        let error = answer.unwrap_err();
        assert_eq!(error.code, "403004");
        assert!(error.detail.0.contains("SCIM"), "{error:?}");
    };
    let role = || User { site_role: Some(SiteRole::Creator.into()), ..User::default() };
    forbidden(update(role()).await);
    forbidden(update(User { full_name: Some("Other".into()), ..User::default() }).await);
    forbidden(admin.on_site(users::REMOVE, &[&user], "", None).await.map(drop));
    forbidden(admin.on_site(groups::DELETE, &[&group], "", None).await.map(drop));
    forbidden(admin.on_site(groups::REMOVE_USER, &[&group, &user], "", None).await.map(drop));
    // What a provider says nothing of is free, and so is whoever it has not in its hands.
    update(User { password: Some(tavola_api::Secret::new("p")), ..User::default() }).await.unwrap();
    admin.add_user("bob", SiteRole::Viewer, None).await;
    assert_eq!(provider.get("/Users").await["totalResults"], 3);

    let id = made.scim_configuration.id.unwrap().known().unwrap();
    admin.on_site(scim::DELETE, &[&id], "", None).await.unwrap();
    assert_eq!(provider.send("GET", "/Users", Value::Null).await.0, 401);
    update(role()).await.unwrap();
    admin.on_site(groups::DELETE, &[&group], "", None).await.unwrap();
}

#[tokio::test]
async fn a_token_is_good_on_its_site_alone_and_while_its_owner_administers_it() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let chief = admin.add_user("chief", SiteRole::SiteAdministratorCreator, Some("p")).await;
    let owner = server.with_password("chief", "p", "").await.unwrap();
    let made = configuration(&owner, "Company").await;
    let first = made.server_api_token.api_token.expose().to_owned();
    let base = format!("/sites/{}/scim/v2", admin.credentials.site.id);
    let provider = |token: &str| Provider { server: &server, base: base.clone(), token: token.to_owned() };
    assert_eq!(provider(&first).get("/Users").await["totalResults"], 2);
    let pod = Provider { base: format!("/pods/prod-a{base}"), ..provider(&first) };
    assert_eq!(pod.get("/Users?count=0").await["Resources"], json!([]));

    let elsewhere = admin.create_site("Quarry", "quarry").await;
    let other =
        Provider { base: format!("/sites/{}/scim/v2", elsewhere.id.unwrap().known().unwrap()), ..provider(&first) };
    for provider in [&other, &provider("garbage"), &provider(admin.token())] {
        let (status, answer) = provider.send("GET", "/Users", Value::Null).await;
        assert_eq!((status, &answer["status"]), (401, &json!("401")));
    }
    let unsigned = server.send("GET", &format!("{base}/Users"), &[], b"").await;
    assert_eq!((unsigned.status, unsigned.header("www-authenticate")), (401, Some("Bearer")));

    // A provider neither makes nor touches server administrators, nor its own owner's role.
    let users = provider(&first).get("/Users").await;
    let id_of = |name: &str| {
        let found = users["Resources"].as_array().unwrap().iter().find(|user| user["userName"] == name);
        found.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let off = json!({"Operations": [{"op": "replace", "value": {"active": false}}]});
    for name in [ADMIN, "chief"] {
        let path = format!("/Users/{}", id_of(name));
        assert_eq!(provider(&first).send("PATCH", &path, off.clone()).await.0, 403, "{name}");
    }

    let id = made.scim_configuration.id.unwrap().known().unwrap();
    let renewed = owner.on_site(scim::RENEW, &[&id], "", None).await.unwrap();
    let second = renewed.server_api_token.api_token.expose().to_owned();
    assert_eq!(provider(&first).send("GET", "/Users", Value::Null).await.0, 401);
    provider(&second).get("/Users").await;
    let change = User { site_role: Some(SiteRole::Creator.into()), ..User::default() };
    admin.on_site(users::UPDATE, &[&chief], "", Some(&UserMessage { user: change })).await.unwrap();
    assert_eq!(provider(&second).send("GET", "/Users", Value::Null).await.0, 401);
    let listed = admin.on_site(scim::LIST, &[], "", None).await.unwrap().scim_configurations.scim_configuration;
    assert_eq!((listed[0].is_api_token_active, listed[0].is_owner), (Some(false), Some(false)));
    let refused = server.with_password("chief", "p", "").await.unwrap().on_site(scim::LIST, &[], "", None).await;
    assert_eq!(refused.unwrap_err().code, "403004");
}

#[tokio::test]
async fn who_owns_content_stays_unlicensed_and_can_come_again() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let provider = Provider::new(&server, &admin).await;
    let ann = provider.add("ann", "Creator").await;
    let id: UserId = ann.parse().unwrap();
    let password = User { password: Some(tavola_api::Secret::new("p")), ..User::default() };
    admin.on_site(users::UPDATE, &[&id], "", Some(&UserMessage { user: password })).await.unwrap();
    let session = server.with_password("ann", "p", "").await.unwrap();
    let project = admin.create_project("Sales", None).await;
    admin.on_site(users::GET, &[&id], "", None).await.unwrap();
    session.publish_smallest(ContentKind::Workbook, "book", project).await;

    provider.done("DELETE", &format!("/Users/{ann}"), Value::Null).await;
    assert!(!session.is_alive().await);
    assert_eq!(on_site(&admin, &ann).await.site_role, Some(SiteRole::Unlicensed.into()));
    assert_eq!(provider.send("GET", &format!("/Users/{ann}"), Value::Null).await.0, 404);
    assert_eq!(provider.get("/Users?filter=userName%20eq%20%22ann%22").await["totalResults"], 0);
    assert_eq!(provider.add("ann", "Viewer").await, ann);
    assert_eq!(on_site(&admin, &ann).await.site_role, Some(SiteRole::Viewer.into()));
}

#[tokio::test]
async fn lists_have_a_place_to_begin_and_what_is_there_is_told() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let provider = Provider::new(&server, &admin).await;
    for name in ["d", "b", "c"] {
        provider.add(name, "Viewer").await;
    }
    let page = provider.get("/Users?startIndex=3&count=1&attributes=userName").await;
    assert_eq!((&page["totalResults"], &page["startIndex"], &page["itemsPerPage"]), (&json!(4), &json!(3), &json!(1)));
    let shown = page["Resources"][0].as_object().unwrap();
    assert_eq!(shown.keys().collect::<Vec<_>>(), ["id", "schemas", "userName"]);
    assert_eq!(shown["userName"], "c");

    let config = provider.get("/ServiceProviderConfig").await;
    assert_eq!((&config["patch"]["supported"], &config["bulk"]["supported"]), (&json!(true), &json!(false)));
    let types = provider.get("/ResourceTypes").await;
    assert_eq!((&types["totalResults"], &types["Resources"][1]["endpoint"]), (&json!(2), &json!("/Groups")));
    assert_eq!(provider.get("/ResourceTypes/User").await["schemaExtensions"][0]["schema"], TABLEAU);
    let schema = provider.get("/Schemas/urn:ietf:params:scim:schemas:core:2.0:User").await;
    assert_eq!(schema["attributes"][0]["name"], "userName");
    for (method, path, body, status) in [
        ("GET", "/Roles", Value::Null, 404),
        ("GET", "/Users/none", Value::Null, 404),
        ("PUT", "/Users", json!({}), 405),
        ("POST", "/Users", json!({"active": true}), 400),
        ("POST", "/Users", json!([]), 400),
        ("GET", "/Users?filter=userName%20sw%20%22a%22", Value::Null, 400),
        ("GET", "/Users?filter=title%20eq%20%22a%22", Value::Null, 400),
        ("GET", "/Users?startIndex=x", Value::Null, 400),
    ] {
        assert_eq!(provider.send(method, path, body).await.0, status, "{method} {path}");
    }
}

#[tokio::test]
async fn users_that_a_provider_makes_sign_in_at_it() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let at = |path: &str| Some(format!("https://id.example.com/{path}"));
    let provider = oidc::ConfigurationMessage {
        site_oidc_configuration: oidc::Configuration {
            idp_configuration_name: Some("Company".into()),
            enabled: Some(true),
            client_id: Some("tavola".into()),
            client_secret: Some(tavola_api::Secret::new("s")),
            authorization_endpoint: at("authorize"),
            token_endpoint: at("token"),
            jwks_uri: at("keys"),
            ..oidc::Configuration::default()
        },
    };
    let made = admin.on_site(oidc::CREATE, &[], "", Some(&provider)).await.unwrap().site_oidc_configuration;
    let message = Configuration {
        name: Some("Company".into()),
        idp_configuration_id: made.idp_configuration_id.clone(),
        ..Configuration::default()
    };
    let message = ConfigurationMessage { scim_configuration: message };
    let with_token = admin.on_site(scim::CREATE, &[], "", Some(&message)).await.unwrap();
    assert_eq!(with_token.scim_configuration.auth_type.as_deref(), Some("OpenID"));
    let provider = Provider {
        server: &server,
        base: format!("/sites/{}/scim/v2", admin.credentials.site.id),
        token: with_token.server_api_token.api_token.expose().to_owned(),
    };
    let user = on_site(&admin, &provider.add("ann", "Viewer").await).await;
    assert_eq!(user.auth_setting.unwrap().to_string(), "OpenID");
    assert_eq!(user.idp_configuration_id, made.idp_configuration_id.map(|id| id.to_string()));
}
