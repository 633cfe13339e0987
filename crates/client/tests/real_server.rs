//! The client against a real Tavola server: its rooms, and what it promises about sessions.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::{StreamExt, future::join_all, stream};
use hmac::{Hmac, KeyInit, Mac};
use tavola_client::{
    Builder, Client, Credentials, Error, ListOptions, NotSignedIn, PermissionsOf, PublishOptions, SiteKey,
    api::{
        ErrorCode, Secret,
        connected_apps::App,
        connections::Connection,
        domains::Domain,
        external_authorization_servers::Server,
        groups::Group,
        oidc::Configuration,
        permissions::GranteeCapabilities,
        personal_access_tokens::NewToken,
        projects::Project,
        sites::{EmbeddingSettings, Site},
        users::User,
        workbooks::Workbook,
    },
    model::{
        AuthSetting, Capability, ContentKind, FinishCode, Grantee, Operator, PermissionMode, Reason, SiteRole,
        Timestamp, UserId,
    },
};
use tavola_server::{Config, FirstAdministratorConfig, Running};

const PASSWORD: &str = "correct horse";

/// A server of one test, on an empty folder.
struct TestServer {
    running: Running,
    now: Timestamp,
    _folder: tempfile::TempDir,
}

impl TestServer {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::on_loopback(folder.path());
        config.administrator =
            FirstAdministratorConfig { name: "admin".to_owned(), password: Some(Secret::new(PASSWORD)) };
        let now = config.clock.now();
        Self { running: tavola_server::start(config).await.unwrap(), now, _folder: folder }
    }

    /// A client over HTTPS that trusts the server's own certificate.
    fn secure(&self) -> Builder {
        Client::builder(format!("https://{}", self.running.https().unwrap()))
            .no_proxy()
            .ca_certificate(self.running.certificate_pem().unwrap())
    }

    fn plain(&self) -> Builder {
        Client::builder(format!("http://{}", self.running.http().unwrap())).no_proxy()
    }

    fn admin(&self) -> Client {
        self.plain().credentials(Credentials::password("admin", PASSWORD)).build().unwrap()
    }
}

fn user(name: &str, role: SiteRole) -> User {
    User { name: Some(name.to_owned()), site_role: Some(role.into()), ..User::default() }
}

fn id(user: &User) -> UserId {
    user.id.as_ref().unwrap().known().unwrap()
}

fn names(users: &[User]) -> Vec<&str> {
    users.iter().map(|user| user.name.as_deref().unwrap()).collect()
}

#[tokio::test]
async fn the_documented_flow_over_https() {
    let server = TestServer::start().await;
    let admin = server.secure().credentials(Credentials::password("admin", PASSWORD)).build().unwrap();
    let session = admin.sign_in().await.unwrap();
    assert_eq!(session.site_content_url.as_deref(), Some(""));
    assert!(session.estimated_time_to_expiration.is_some());
    let marketing = Site { name: Some("Marketing".into()), content_url: Some("marketing".into()), ..Site::default() };
    let marketing = admin.sites().create(&marketing).await.unwrap();
    let new = NewToken { token_name: "nightly".to_owned(), expires_at: None };
    let token = admin.personal_access_tokens().create(&new).await.unwrap();

    let credentials = Credentials::personal_access_token(token.token_name, token.secret.expose());
    let client = server.secure().site("marketing").credentials(credentials).build().unwrap();
    let session = client.sign_in().await.unwrap();
    assert_eq!(Some(session.site_id.into()), marketing.id);
    assert_eq!(client.version().await.unwrap().to_string(), "3.29");
    assert_eq!(client.server_info().await.unwrap().rest_api_version.0, "3.29");
    let sites = client.sites().list_all(&ListOptions::default()).await.unwrap();
    assert_eq!(sites.len(), 2);
    let users = client.users().list_all(&ListOptions::default()).await.unwrap();
    assert_eq!(names(&users), ["admin"]);
    let current = client.sessions().current().await.unwrap();
    assert_eq!((current.site.id, current.user.id), (session.site_id, session.user_id));
    assert_eq!(current.site.name, "Marketing");

    client.sign_out().await.unwrap();
    let dead = Credentials::session(session.token.expose(), session.site_id, session.user_id);
    let error = server.secure().credentials(dead).build().unwrap().sessions().current().await.unwrap_err();
    assert!(matches!(error, Error::NotSignedIn(NotSignedIn::Ended)), "{error:?}");
    assert_eq!(
        admin.sessions().list_all(&ListOptions::default()).await.unwrap().len(),
        1,
        "the other session lives on"
    );
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_a_server_of_unknown_issuer_not_trusted() {
    let server = TestServer::start().await;
    let wrong = server.secure().credentials(Credentials::password("admin", "wrong")).build().unwrap();
    let error = wrong.sign_in().await.unwrap_err();
    assert!(error.is(ErrorCode::SIGN_IN_REFUSED), "{error}");
    assert_eq!(error.refused().unwrap().status, 401);

    let address = server.running.https().unwrap();
    let error = Client::builder(address.to_string()).no_proxy().build().unwrap().server_info().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the certificate of `{address}` is self-signed, or signed by an authority that this machine does not trust"
        )
    );
}

#[tokio::test]
async fn a_session_that_an_administrator_ended_is_renewed_once_for_all_calls() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let new = NewToken { token_name: "nightly".to_owned(), expires_at: None };
    let token = admin.personal_access_tokens().create(&new).await.unwrap();
    let credentials = Credentials::personal_access_token("nightly", token.secret.expose());
    let client = server.plain().user_agent("nightly").credentials(credentials).build().unwrap();
    let first = client.sign_in().await.unwrap();

    let of_the_client = async || {
        let sessions = admin.sessions().list_all(&ListOptions::default()).await.unwrap();
        sessions.into_iter().filter(|session| session.user_agent.as_deref() == Some("nightly")).collect::<Vec<_>>()
    };
    let sessions = of_the_client().await;
    assert_eq!(sessions.len(), 1);
    admin.sessions().end(sessions[0].id).await.unwrap();

    let added = join_all((0..40).map(|number| {
        let client = client.clone();
        async move { client.users().add(&user(&format!("user {number}"), SiteRole::Viewer)).await }
    }));
    for user in added.await {
        user.unwrap();
    }
    assert_ne!(client.session().await.unwrap().token, first.token);
    let renewed = of_the_client().await;
    assert_eq!(renewed.len(), 1);
    assert_ne!(renewed[0].id, sessions[0].id);
    assert_eq!(admin.users().list_all(&ListOptions::default()).await.unwrap().len(), 41);
}

#[tokio::test]
async fn users_are_added_found_changed_and_removed() {
    let server = TestServer::start().await;
    let client = server.admin();
    // Any character may stand in a name, and in the filter that finds it.
    let odd = ["Ann, the 2nd", "a:b", "x&y=z", "[b]", "100% é漢", "a/b", "p,name:eq:q", "+ +"];
    for name in odd {
        client.users().add(&user(name, SiteRole::Viewer)).await.unwrap();
    }
    for name in odd {
        let options = ListOptions::default().filter("name", Operator::Eq, [name]);
        assert_eq!(names(&client.users().list_all(&options).await.unwrap()), [name]);
    }
    let options = ListOptions::default().filter("name", Operator::In, odd).sort_descending("name");
    let found = client.users().list_all(&options).await.unwrap();
    let mut sorted = names(&found);
    assert_eq!(found.len(), odd.len());
    sorted.sort_by_key(|name| std::cmp::Reverse(name.to_lowercase()));
    assert_eq!(names(&found), sorted);

    let ann =
        id(&client.users().list(&ListOptions::default().filter("name", Operator::Eq, [odd[0]])).await.unwrap().items
            [0]);
    let changes =
        User { full_name: Some("Ann Example".into()), site_role: Some(SiteRole::Creator.into()), ..User::default() };
    client.users().update(ann, &changes).await.unwrap();
    let updated = client.users().get(ann).await.unwrap();
    assert_eq!((updated.full_name.as_deref(), updated.name.as_deref()), (Some("Ann Example"), Some(odd[0])));
    assert_eq!(updated.site_role, Some(SiteRole::Creator.into()));
    let groups = client.users().groups_all(ann, &ListOptions::default()).await.unwrap();
    assert_eq!(groups.len(), 1);
    assert_eq!(groups[0].name.as_deref(), Some("All Users"));

    let error = client.users().add(&user(odd[0], SiteRole::Viewer)).await.unwrap_err();
    assert!(error.is(ErrorCode::USER_EXISTS), "{error}");
    client.users().remove(ann).await.unwrap();
    let error = client.users().get(ann).await.unwrap_err();
    assert!(error.is(ErrorCode::USER_NOT_FOUND), "{error}");
}

#[tokio::test]
async fn groups_and_group_sets_are_made_filled_found_changed_and_deleted() {
    let server = TestServer::start().await;
    let client = server.admin();
    let (groups, sets) = (client.groups(), client.group_sets());
    let group = |name: &str| Group { name: Some(name.into()), ..Group::default() };
    let group_id = |group: &Group| group.id.as_ref().unwrap().known().unwrap();
    let mut users = Vec::new();
    for name in ["ann", "bob", "cy"] {
        users.push(id(&client.users().add(&user(name, SiteRole::Viewer)).await.unwrap()));
    }
    let odd = "Finance, [all] & 100%: é漢";
    let made = groups.create(&group(odd)).await.unwrap();
    let made = group_id(&made);
    let error = groups.create(&group(odd)).await.unwrap_err();
    assert!(error.is(ErrorCode::GROUP_NAME_TAKEN), "{error}");
    assert_eq!(groups.add_user(made, users[0]).await.unwrap().name.as_deref(), Some("ann"));
    assert_eq!(names(&groups.add_users(made, &users).await.unwrap()), ["ann", "bob", "cy"]);
    groups.remove_user(made, users[0]).await.unwrap();
    groups.remove_users(made, &users[..2]).await.unwrap();
    assert_eq!(names(&groups.users_all(made, &ListOptions::default()).await.unwrap()), ["cy"]);
    assert_eq!(groups.users(made, &ListOptions::default()).await.unwrap().pagination.total_available.0, 1);
    let options = ListOptions::default().filter("name", Operator::Eq, [odd]).fields(["_all_"]);
    let found = groups.list_all(&options).await.unwrap();
    assert_eq!((found.len(), found[0].user_count.map(|count| count.0)), (1, Some(1)));
    let changes = Group { minimum_site_role: Some(SiteRole::Explorer.into()), ..group("Money") };
    let changed = groups.update(made, &changes).await.unwrap();
    assert_eq!(changed.minimum_site_role, Some(SiteRole::Explorer.into()));

    let set = sets.create("Both").await.unwrap().id.unwrap().known().unwrap();
    sets.add_group(set, made).await.unwrap();
    assert_eq!(sets.get(set).await.unwrap().group[0].name.as_deref(), Some("Money"));
    assert_eq!(sets.update(set, "All").await.unwrap().name.as_deref(), Some("All"));
    assert_eq!(sets.list_all(&ListOptions::default()).await.unwrap().len(), 1);
    sets.remove_group(set, made).await.unwrap();
    sets.delete(set).await.unwrap();
    groups.delete(made).await.unwrap();
    let error = groups.delete(made).await.unwrap_err();
    assert!(error.is(ErrorCode::GROUP_NOT_FOUND), "{error}");
}

#[tokio::test]
async fn users_are_imported_and_removed_by_a_file_whose_job_is_waited_for() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let saml = User { auth_setting: Some(AuthSetting::SAML.into()), ..User::default() };
    let file = "ann,secret,Ann,Creator,None,1\nbob,,,Viewer\ncy,,,Emperor\n";
    let begun = admin.users().import_csv(file, &[saml]).await.unwrap();
    let ended = admin.jobs().wait(begun.id, Duration::from_secs(60)).await.unwrap();
    assert_eq!(ended.ended(), Some(FinishCode::Success));
    assert_eq!(admin.jobs().get(begun.id).await.unwrap(), ended);
    let users = admin.users().list_all(&ListOptions::default()).await.unwrap();
    assert_eq!(names(&users), ["admin", "ann", "bob"]);
    assert_eq!(users[1].auth_setting, Some(AuthSetting::SAML.into()));

    let job = admin.users().remove_csv("ann\nbob\n").await.unwrap();
    assert_eq!(admin.jobs().wait(job.id, Duration::from_secs(60)).await.unwrap().ended(), Some(FinishCode::Success));
    assert_eq!(names(&admin.users().list_all(&ListOptions::default()).await.unwrap()), ["admin"]);

    // A session that has ended is renewed, and the file sent again with it.
    let session = admin.session().await.unwrap();
    let same = Credentials::session(session.token.expose(), session.site_id, session.user_id);
    server.plain().credentials(same).build().unwrap().sign_out().await.unwrap();
    let job = admin.users().import_csv("dan,,,Viewer\n", &[]).await.unwrap();
    admin.jobs().wait(job.id, Duration::from_secs(60)).await.unwrap();
    assert_eq!(names(&admin.users().list_all(&ListOptions::default()).await.unwrap()), ["admin", "dan"]);
}

#[tokio::test]
async fn waiting_for_a_job_ends_in_time() {
    let server = TestServer::start().await;
    let admin = server.admin();
    // Hashing this many passwords takes longer than a test may.
    let file: String = (0..2000).map(|n| format!("user{n},password,,Viewer\n")).collect();
    let job = admin.users().import_csv(file, &[]).await.unwrap();
    let error = admin.jobs().wait(job.id, Duration::from_millis(50)).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { method: "Query Job", .. }), "{error}");
    assert_eq!(admin.jobs().get(job.id).await.unwrap().ended(), None);
    server.running.shutdown().await;
}

#[tokio::test]
async fn a_list_of_two_pages_comes_whole_and_in_order() {
    let server = TestServer::start().await;
    let client = server.admin();
    client.sign_in().await.unwrap();
    let add = |number| {
        let client = client.clone();
        async move { client.users().add(&user(&format!("user {number:04}"), SiteRole::Unlicensed)).await }
    };
    let added: Vec<_> = stream::iter(0..1_005).map(add).buffer_unordered(16).collect().await;
    assert!(added.iter().all(Result::is_ok));
    let options = ListOptions::default().filter("siteRole", Operator::Eq, ["Unlicensed"]).sort("name");
    let users = client.users().list_all(&options).await.unwrap();
    let expected: Vec<String> = (0..1_005).map(|number| format!("user {number:04}")).collect();
    assert_eq!(names(&users), expected);
    let page = client.users().list(&options.page(2.try_into().unwrap(), 1000.try_into().unwrap())).await.unwrap();
    assert_eq!((page.items.len(), page.pagination.total_available.0), (5, 1_005));
}

#[tokio::test]
async fn sites_are_made_found_changed_and_deleted() {
    let server = TestServer::start().await;
    let client = server.admin();
    let new = Site { name: Some("R & D / 1".into()), content_url: Some("rd".into()), ..Site::default() };
    let made = client.sites().create(&new).await.unwrap();
    let site = made.id.as_ref().unwrap().known().unwrap();
    for key in [SiteKey::Id(site), SiteKey::Name("R & D / 1".into()), SiteKey::ContentUrl("rd".into())] {
        assert_eq!(client.sites().get(key).await.unwrap().id, made.id);
    }
    assert_eq!(client.sites().get_with_usage(site).await.unwrap().usage.unwrap().num_users.0, 1, "its maker");
    assert_eq!(client.sites().get(site).await.unwrap().usage, None);
    let renamed = Site { name: Some("Research".into()), ..Site::default() };
    assert_eq!(client.sites().update(site, &renamed).await.unwrap().name.as_deref(), Some("Research"));
    let error = client.sites().create(&Site { name: Some("Other".into()), ..new }).await.unwrap_err();
    assert!(error.is(ErrorCode::CONTENT_URL_TAKEN), "{error}");

    let own = client.session().await.unwrap().site_id;
    let embedding = EmbeddingSettings { unrestricted_embedding: false, allow_list: "example.com".into() };
    assert_eq!(client.sites().update_embedding(own, &embedding).await.unwrap(), embedding);
    assert_eq!(client.sites().embedding(own).await.unwrap(), embedding);
    client.sites().auth_configurations().await.unwrap();

    client.sites().delete(SiteKey::ContentUrl("rd".into())).await.unwrap();
    assert_eq!(client.sites().list(&ListOptions::default()).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_switched_client_works_on_the_other_site() {
    let server = TestServer::start().await;
    let client = server.admin();
    let new = Site { name: Some("Sales".into()), content_url: Some("sales".into()), ..Site::default() };
    client.sites().create(&new).await.unwrap();
    let clone = client.clone();
    let switched = client.switch_site("sales").await.unwrap();
    assert_eq!(clone.sessions().current().await.unwrap().site.content_url, "sales");
    let error = clone.switch_site("sales").await.unwrap_err();
    assert!(error.is(ErrorCode::SAME_SITE), "{error}");

    // Ended behind the client's back: the next call signs in, to the site switched to.
    let same = Credentials::session(switched.token.expose(), switched.site_id, switched.user_id);
    server.plain().credentials(same).build().unwrap().sign_out().await.unwrap();
    assert_eq!(clone.sessions().current().await.unwrap().site.content_url, "sales");
}

#[tokio::test]
async fn personal_access_tokens_are_made_listed_and_revoked() {
    let server = TestServer::start().await;
    let client = server.admin();
    let tokens = client.personal_access_tokens();
    let made = tokens.create(&NewToken { token_name: "one".into(), expires_at: None }).await.unwrap();
    tokens.create(&NewToken { token_name: "two".into(), expires_at: None }).await.unwrap();
    let own = client.session().await.unwrap().user_id;
    let listed = tokens.list().await.unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(tokens.list_of(own).await.unwrap(), listed);

    let credentials = Credentials::personal_access_token("one", made.secret.expose());
    let other = server.plain().credentials(credentials).build().unwrap();
    other.sign_in().await.unwrap();
    tokens.revoke(made.token_guid).await.unwrap();
    let error = other.sessions().current().await.unwrap_err();
    assert!(error.is(ErrorCode::SIGN_IN_REFUSED), "the session has ended, and the token makes no other: {error}");
    tokens.revoke_of(own, listed.iter().find(|token| token.token_name == "two").unwrap().token_guid).await.unwrap();
    assert_eq!(tokens.list().await.unwrap(), []);

    tokens.create(&NewToken { token_name: "three".into(), expires_at: None }).await.unwrap();
    tokens.revoke_all_of_administrators().await.unwrap();
    assert_eq!(tokens.list().await.unwrap(), []);
}

#[tokio::test]
async fn an_administrator_acts_as_another_user() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let ann = id(&admin.users().add(&user("ann", SiteRole::Viewer)).await.unwrap());
    let as_ann = server.plain().credentials(Credentials::password("admin", PASSWORD)).impersonate(ann).build().unwrap();
    assert_eq!(as_ann.sessions().current().await.unwrap().user.name, "ann");
    let error = as_ann.users().add(&user("bo", SiteRole::Viewer)).await.unwrap_err();
    assert!(error.is(ErrorCode::FORBIDDEN), "{error}");
}

#[tokio::test]
async fn identity_providers_of_a_site_are_managed() {
    let server = TestServer::start().await;
    let client = server.admin();
    let servers = client.external_authorization_servers();
    let new = Server { issuer_url: Some("https://idp.example".into()), ..Server::default() };
    let id = servers.register(&new).await.unwrap().id.unwrap();
    let named = Server { name: Some("idp".into()), ..Server::default() };
    assert_eq!(servers.update(id, &named).await.unwrap(), servers.get(id).await.unwrap());
    assert_eq!(servers.list().await.unwrap()[0].name.as_deref(), Some("idp"));
    servers.delete(id).await.unwrap();
    assert!(servers.list().await.unwrap().is_empty());

    let oidc = client.oidc();
    let new = Configuration {
        idp_configuration_name: Some("Company".into()),
        enabled: Some(true),
        client_id: Some("tavola".into()),
        client_secret: Some(Secret::new("secret")),
        authorization_endpoint: Some("https://idp.example/authorize".into()),
        token_endpoint: Some("https://idp.example/token".into()),
        jwks_uri: Some("https://idp.example/keys".into()),
        ..Configuration::default()
    };
    let id = oidc.create(&new).await.unwrap().idp_configuration_id.unwrap().known().unwrap();
    let off = Configuration { enabled: Some(false), ..Configuration::default() };
    let updated = oidc.update(id, &off).await.unwrap();
    assert_eq!((updated.enabled, updated.token_endpoint.as_deref()), (Some(false), new.token_endpoint.as_deref()));
    assert_eq!(oidc.get(id).await.unwrap(), updated);
    assert_eq!(client.sites().auth_configurations().await.unwrap().len(), 2);
    oidc.remove(id).await.unwrap();
    assert!(oidc.get(id).await.unwrap_err().is(ErrorCode::NOT_FOUND));
}

#[tokio::test]
async fn a_connected_app_signs_in_by_json_web_token() {
    let server = TestServer::start().await;
    let admin = server.admin();
    let ann = id(&admin.users().add(&user("ann", SiteRole::Viewer)).await.unwrap());
    let apps = admin.connected_apps();
    let app = App { name: Some("portal".into()), enabled: Some(true), ..App::default() };
    let app = apps.create(&app).await.unwrap().client_id.unwrap();
    let secret = apps.create_secret(app).await.unwrap();
    let value = secret.value.unwrap();
    assert_eq!(apps.get_secret(app, secret.id).await.unwrap().id, secret.id);

    let expires = server.now.as_millis() / 1000 + 300;
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(format!(r#"{{"alg":"HS256","kid":"{}","iss":"{app}","typ":"JWT"}}"#, secret.id)),
        URL_SAFE_NO_PAD.encode(format!(
            r#"{{"iss":"{app}","aud":"tableau","sub":"ann","jti":"1","exp":{expires},"scp":["tableau:users:read"]}}"#
        ))
    );
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(value.expose().as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    let jwt = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()));
    let client = server.plain().credentials(Credentials::jwt(jwt)).build().unwrap();
    assert_eq!(client.users().get(ann).await.unwrap().name.as_deref(), Some("ann"));
    assert!(client.sites().list(&ListOptions::default()).await.unwrap_err().is(ErrorCode::FORBIDDEN));

    let off = App { enabled: Some(false), ..App::default() };
    assert_eq!(apps.update(app, &off).await.unwrap().enabled, Some(false));
    assert_eq!(apps.get(app).await.unwrap().name.as_deref(), Some("portal"));
    apps.delete_secret(app, secret.id).await.unwrap();
    apps.delete(app).await.unwrap();
    assert_eq!(apps.list().await.unwrap(), []);
    let error = client.users().get(ann).await.unwrap_err();
    assert!(matches!(error, Error::NotSignedIn(NotSignedIn::Ended)), "{error:?}");
}

#[tokio::test]
async fn projects_are_made_found_changed_and_deleted() {
    let server = TestServer::start().await;
    let client = server.admin();
    let finance = Project { name: Some("Finance & Père".into()), ..Project::default() };
    let finance = client.projects().create(&finance).await.unwrap();
    let id = finance.id.as_ref().unwrap().known().unwrap();
    let below = Project { name: Some("a,name:eq:b".into()), parent_project_id: Some(id.into()), ..Project::default() };
    let below = client.projects().create(&below).await.unwrap();

    let found = client.projects().get(id).await.unwrap();
    assert_eq!((&found.name, found.writeable, found.top_level_project), (&finance.name, Some(true), Some(true)));
    let named = ListOptions::default().filter("name", Operator::Eq, ["a,name:eq:b"]).sort("name");
    assert_eq!(client.projects().list_all(&named).await.unwrap(), [below]);
    let change = Project { description: Some("Numbers".into()), ..Project::default() };
    assert_eq!(client.projects().update(id, &change).await.unwrap().description.as_deref(), Some("Numbers"));

    client.projects().delete(id).await.unwrap();
    let error = client.projects().get(id).await.unwrap_err();
    assert!(error.is(ErrorCode::PROJECT_NOT_FOUND), "{error}");
    assert_eq!(client.projects().list_all(&ListOptions::default()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_servers_domain_is_listed_and_nicknamed() {
    let server = TestServer::start().await;
    let client = server.admin();
    let domains = client.domains().list().await.unwrap();
    assert_eq!(domains.len(), 1);
    let own = domains[0].id.clone().unwrap();
    let nicknamed = Domain { short_name: Some("here".into()), ..Domain::default() };
    let updated = client.domains().update(&own, &nicknamed).await.unwrap();
    assert_eq!((updated.name.as_deref(), updated.short_name.as_deref()), (Some("local"), Some("here")));
    let renamed = Domain { name: Some("example.com".into()), ..Domain::default() };
    let error = client.domains().update(&own, &renamed).await.unwrap_err();
    assert!(error.is(ErrorCode::FORBIDDEN), "{error}");
}

#[tokio::test]
async fn every_version_is_spoken_from_the_first_to_the_last() {
    let server = TestServer::start().await;
    for version in ["2.0", "2.3", "2.8", "3.0", "3.6", "3.7", "3.29"] {
        let client = server
            .plain()
            .version(version.parse().unwrap())
            .credentials(Credentials::password("admin", PASSWORD))
            .build()
            .unwrap();
        let options = ListOptions::default().filter("name", Operator::In, ["admin", "a,b:c"]);
        let users = client.users().list_all(&options).await.unwrap_or_else(|error| panic!("{version}: {error}"));
        assert_eq!(names(&users), ["admin"], "{version}");
        client.sign_out().await.unwrap();
    }
}

#[tokio::test]
async fn workbooks_and_views_through_their_rooms() {
    const TWB: &str = "<workbook version='18.1'><datasources><datasource name='d'><connection class='federated'>\
        <named-connections><named-connection name='p'><connection class='postgres' server='db.example' port='5432' \
        dbname='x' username='ann'/></named-connection></named-connections></connection></datasource></datasources>\
        <worksheets><worksheet name='A'/></worksheets><windows><window class='worksheet' name='A'/></windows></workbook>";
    let server = TestServer::start().await;
    let client = server.admin();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("Book.twb");
    std::fs::write(&file, TWB).unwrap();
    let new = Workbook { name: Some("Book".to_owned()), ..Workbook::default() };
    let options = PublishOptions::default().overwrite(true);
    let room = client.workbooks();
    for _ in 0..2 {
        room.publish(&file, &new, &options).await.unwrap();
    }
    let book = room.get_by_content_url("Book").await.unwrap();
    let id = book.id.unwrap().known().unwrap();
    let all = ListOptions::default();
    assert_eq!(room.revisions_all(id, &all).await.unwrap().len(), 2);
    room.remove_revision(id, 1).await.unwrap();
    assert_eq!(room.revisions(id, &all).await.unwrap().items.iter().filter(|old| old.deleted != Some(true)).count(), 1);
    let connection = room.connections(id).await.unwrap()[0].id.clone().unwrap().known().unwrap();
    let at = |address: &str| Connection { server_address: Some(address.to_owned()), ..Connection::default() };
    let changed = room.update_connection(id, connection, &at("one.example")).await.unwrap();
    assert_eq!(changed.server_address.as_deref(), Some("one.example"));
    let changed = room.update_connections(id, &[connection], &at("two.example")).await.unwrap();
    assert_eq!(changed[0].server_address.as_deref(), Some("two.example"));
    let view = client.views().of_workbook(id).await.unwrap()[0].id.clone().unwrap().known().unwrap();
    assert_eq!(client.views().get(view).await.unwrap().name.as_deref(), Some("A"));
    assert_eq!(client.views().add_tags(view, ["a, b"]).await.unwrap(), ["a, b"]);
    client.views().delete_tag(view, "a, b").await.unwrap();
    let none = client.views().preview_image(id, view).await.unwrap_err();
    assert_eq!((none.code(), room.preview_image(id).await.unwrap_err().code()), (Some(404_011), Some(404_006)));
}

#[tokio::test]
async fn permissions_through_their_room() {
    let server = TestServer::start().await;
    let client = server.admin();
    let ann = id(&client.users().add(&user("ann", SiteRole::Viewer)).await.unwrap());
    let project = Project { name: Some("P".to_owned()), ..Project::default() };
    let project = client.projects().create(&project).await.unwrap().id.unwrap().known().unwrap();
    let grantee = Grantee::User(ann);
    for of in [PermissionsOf::Project(project), PermissionsOf::Defaults(project, ContentKind::Flow)] {
        let room = client.permissions(of);
        let rule = GranteeCapabilities::new(grantee, [(Capability::Read, PermissionMode::Deny)]);
        assert!(room.add(std::slice::from_ref(&rule)).await.unwrap().grantee_capabilities.contains(&rule));
        let only = std::slice::from_ref(&rule);
        assert_eq!(room.replace(only).await.unwrap().grantee_capabilities, only);
        assert_eq!(room.list().await.unwrap().grantee_capabilities[0].grantee(), Some(grantee));
        room.delete(grantee, Capability::Read, PermissionMode::Deny).await.unwrap();
        let gone = room.delete(grantee, Capability::Read, PermissionMode::Deny).await.unwrap_err();
        assert!(gone.is(ErrorCode::RULE_NOT_FOUND));
    }
    let told = client.permissions(PermissionsOf::Project(project)).effective(Some(ann)).await.unwrap();
    assert_eq!(told.capability[0].reason, Reason::NoRule.into());
    let own = client.permissions(PermissionsOf::Project(project)).effective(None).await.unwrap();
    assert_eq!(own.capability[0].reason, Reason::Administrator.into());
    let of_views = client.permissions(PermissionsOf::Defaults(project, ContentKind::View));
    assert!(matches!(of_views.list().await, Err(Error::Invalid(_))));
    let of_flows = client.permissions(PermissionsOf::Defaults(project, ContentKind::Flow));
    assert!(matches!(of_flows.effective(None).await, Err(Error::Invalid(_))));
}
