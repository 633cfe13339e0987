//! Sites: the server administrator's business, and a site administrator's own.

mod support;

use support::*;
use tavola_api::{
    NoBody, Word,
    sites::{self, EmbeddingSettings, Site, SiteMessage},
    users,
};
use tavola_model::{AdminMode, SiteRole};

fn body(site: Site) -> SiteMessage {
    SiteMessage { site }
}

#[tokio::test]
async fn a_new_server_has_the_default_site() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let page = admin.call(sites::LIST, &[], "", None).await.unwrap();
    assert_eq!(page.pagination.total_available.0, 1);
    let site = &page.sites.site[0];
    assert_eq!((site.name.as_deref(), site.content_url.as_deref()), (Some("Default"), Some("")));
    // The same settings as of a site that is made later.
    assert_eq!(site.settings, admin.create_site("Sales", "sales").await.settings);
    assert_eq!(site.settings.get("revisionLimit"), Some("25"));
}

#[tokio::test]
async fn a_site_is_created_found_by_each_of_its_names_updated_and_deleted() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let created = admin.create_site("Finance & Père", "Finance").await;
    let id = created.id.clone().unwrap().known().unwrap();
    assert_eq!(created.settings.get("revisionLimit"), Some("25"));
    let by_id = admin.call(sites::GET, &[&id], "", None).await.unwrap().site;
    let by_name = admin.call(sites::GET, &[&"Finance & Père"], "?key=name", None).await.unwrap().site;
    let by_url = admin.call(sites::GET, &[&"finance"], "?key=contentUrl", None).await.unwrap().site;
    assert_eq!((&by_id, &by_id), (&by_name, &by_url));
    let usage = admin.call(sites::GET, &[&id], "?includeUsage=true", None).await.unwrap().site.usage.unwrap();
    assert_eq!(usage.num_users.0, 1);

    let mut change = Site {
        name: Some("Money".into()),
        admin_mode: Some(AdminMode::ContentOnly.into()),
        storage_quota: Some("500".into()),
        ..Default::default()
    };
    change.settings.set("commentingEnabled", "False").unwrap();
    let changed = admin.call(sites::UPDATE, &[&id], "", Some(&body(change))).await.unwrap().site;
    assert_eq!(changed.name.as_deref(), Some("Money"));
    assert_eq!(changed.storage_quota.as_deref(), Some("500"));
    assert_eq!(changed.settings.get("commentingEnabled"), Some("false"));
    assert_eq!(changed.settings.get("revisionLimit"), Some("25"));

    admin.call(sites::DELETE, &[&id], "", None::<&NoBody>).await.unwrap();
    assert_eq!(admin.call(sites::GET, &[&id], "", None).await.unwrap_err().code, "404000");
    assert_eq!(server.with_password(ADMIN, PASSWORD, "finance").await.err().unwrap().code, "401001");
}

#[tokio::test]
async fn names_of_sites_are_unique_and_checked() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.create_site("Finance", "finance").await;
    let site = |name: Option<&str>, content_url: Option<&str>| {
        body(Site { name: name.map(str::to_owned), content_url: content_url.map(str::to_owned), ..Default::default() })
    };
    for (body, code) in [
        (site(Some("finance"), Some("other")), "409001"),
        (site(Some("Other"), Some("FINANCE")), "409002"),
        (site(Some("Other"), Some("")), "409002"),
        (site(Some("Other"), Some("a b")), "400000"),
        (site(Some(""), Some("x")), "400000"),
        (site(None, Some("x")), "400000"),
        (site(Some("x"), None), "400000"),
        (
            body(Site {
                name: Some("x".into()),
                content_url: Some("x".into()),
                admin_mode: Some(Word::Other("Everything".into())),
                ..Default::default()
            }),
            "400013",
        ),
        (
            body(Site {
                name: Some("x".into()),
                content_url: Some("x".into()),
                user_quota: Some("many".into()),
                ..Default::default()
            }),
            "400000",
        ),
    ] {
        let error = admin.call(sites::CREATE, &[], "", Some(&body)).await.unwrap_err();
        assert_eq!(error.code, code, "{body:?}: {error:?}");
    }
}

#[tokio::test]
async fn the_default_site_cannot_be_deleted() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let id = admin.credentials.site.id;
    let error = admin.call(sites::DELETE, &[&id], "", None::<&NoBody>).await.unwrap_err();
    assert_eq!(error.code, "403002");
}

#[tokio::test]
async fn others_see_their_own_site_and_change_none_but_as_its_administrators() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.create_site("Finance", "finance").await;
    admin.add_user("chief", SiteRole::SiteAdministratorCreator, Some("p")).await;
    admin.add_user("ann", SiteRole::Creator, Some("p")).await;
    for name in ["chief", "ann"] {
        let session = server.with_password(name, "p", "").await.unwrap();
        let own = session.credentials.site.id;
        session.call(sites::GET, &[&own], "", None).await.unwrap();
        let hidden = session.call(sites::GET, &[&"finance"], "?key=contentUrl", None).await.unwrap_err();
        assert_eq!(hidden.code, "404000");
        let new = Site { name: Some("x".into()), content_url: Some("x".into()), ..Default::default() };
        let error = session.call(sites::CREATE, &[], "", Some(&body(new))).await.unwrap_err();
        assert_eq!(error.code, "403004", "{name}");
        let error = session.call(sites::DELETE, &[&own], "", None::<&NoBody>).await.unwrap_err();
        assert_eq!(&error.code[..3], "403", "{name}");
    }
    let ann = server.with_password("ann", "p", "").await.unwrap();
    let change = Site { name: Some("Mine".into()), ..Default::default() };
    let error = ann.call(sites::UPDATE, &[&ann.credentials.site.id], "", Some(&body(change))).await.unwrap_err();
    assert_eq!(error.code, "403004");
    assert_eq!(ann.on_site(sites::GET_EMBEDDING, &[], "", None).await.unwrap_err().code, "403004");
}

#[tokio::test]
async fn embedding_settings_are_kept() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let embedding = EmbeddingSettings { unrestricted_embedding: false, allow_list: "a.example b.example".into() };
    let change = body(Site { embedding: Some(embedding.clone()), ..Default::default() });
    admin.on_site(sites::UPDATE_EMBEDDING, &[], "", Some(&change)).await.unwrap();
    let read = admin.on_site(sites::GET_EMBEDDING, &[], "", None).await.unwrap().site.embedding;
    assert_eq!(read, Some(embedding));
    let site = admin.call(sites::GET, &[&admin.credentials.site.id], "", None).await.unwrap().site;
    assert_eq!(site.embedding, None);
}

#[tokio::test]
async fn a_deleted_site_takes_its_users_along_and_spares_those_of_others() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let site = admin.create_site("Finance", "finance").await.id.unwrap().known().unwrap();
    let finance = server.with_password(ADMIN, PASSWORD, "finance").await.unwrap();
    finance.add_user("only_there", SiteRole::Viewer, Some("p")).await;
    finance.add_user("also_here", SiteRole::Viewer, Some("p")).await;
    admin.add_user("also_here", SiteRole::Viewer, None).await;
    admin.call(sites::DELETE, &[&site], "", None::<&NoBody>).await.unwrap();
    assert!(!finance.is_alive().await);
    server.with_password("also_here", "p", "").await.unwrap();
    let users = admin.on_site(users::LIST, &[], "?sort=name", None).await.unwrap().users.user;
    let names: Vec<&str> = users.iter().filter_map(|user| user.name.as_deref()).collect();
    assert_eq!(names, [ADMIN, "also_here"]);
}
