//! Users of a site: who may do what with whom.

mod support;

use support::*;
use tavola_api::{
    NoBody, Secret, Word,
    sites::{self, Site, SiteMessage},
    users::{self, User, UserMessage},
};
use tavola_model::{SiteRole, UserId};

async fn names(session: &Session<'_>, query: &str) -> Vec<String> {
    let page = session.on_site(users::LIST, &[], query, None).await.unwrap();
    page.users.user.into_iter().map(|user| user.name.unwrap()).collect()
}

fn role(role: SiteRole) -> UserMessage {
    UserMessage { user: User { site_role: Some(role.into()), ..Default::default() } }
}

#[tokio::test]
async fn a_user_is_added_found_updated_and_removed() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let ann = admin.add_user("ann", SiteRole::Viewer, None).await;
    let change = User {
        full_name: Some("Ann O'Neil & <co>".into()),
        email: Some("ann@example.com".into()),
        site_role: Some(SiteRole::Explorer.into()),
        ..Default::default()
    };
    let changed = admin.on_site(users::UPDATE, &[&ann], "", Some(&UserMessage { user: change })).await.unwrap().user;
    assert_eq!(changed.full_name.as_deref(), Some("Ann O'Neil & <co>"));
    let found = admin.on_site(users::GET, &[&ann], "", None).await.unwrap().user;
    assert_eq!(found, changed);
    assert_eq!(found.site_role, Some(SiteRole::Explorer.into()));
    assert_eq!(found.domain.unwrap().name.as_deref(), Some("local"));
    admin.on_site(users::REMOVE, &[&ann], "", None::<&NoBody>).await.unwrap();
    assert_eq!(admin.on_site(users::GET, &[&ann], "", None).await.unwrap_err().code, "404002");
    assert_eq!(names(&admin, "").await, [ADMIN]);
}

#[tokio::test]
async fn a_name_is_one_user_whatever_its_case_or_domain() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("Ann", SiteRole::Viewer, Some("p")).await;
    for name in ["ann", "ANN", "local\\ann"] {
        let user = User { name: Some(name.into()), site_role: Some(SiteRole::Viewer.into()), ..Default::default() };
        let error = admin.on_site(users::ADD, &[], "", Some(&UserMessage { user })).await.unwrap_err();
        assert_eq!(error.code, "409000", "{name}");
        server.with_password(name, "p", "").await.unwrap();
    }
}

#[tokio::test]
async fn what_is_no_user_is_refused() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let user = |name: Option<&str>, role: Option<Word<SiteRole>>| UserMessage {
        user: User { name: name.map(str::to_owned), site_role: role, ..Default::default() },
    };
    let viewer = || Some(SiteRole::Viewer.into());
    let long = "x".repeat(256);
    for (body, code) in [
        (user(None, viewer()), "400000"),
        (user(Some("a"), None), "400000"),
        (user(Some(""), viewer()), "400000"),
        (user(Some(&long), viewer()), "400000"),
        (user(Some("a"), Some(Word::Other("Emperor".into()))), "400013"),
        (user(Some("a"), Some(SiteRole::Guest.into())), "400013"),
        (user(Some("a"), Some(SiteRole::SupportUser.into())), "400013"),
        (user(Some("Guest"), viewer()), "409005"),
    ] {
        let error = admin.on_site(users::ADD, &[], "", Some(&body)).await.unwrap_err();
        assert_eq!(error.code, code, "{body:?}: {error:?}");
    }
}

#[tokio::test]
async fn lists_are_paged_filtered_and_sorted_with_any_character_in_a_value() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let odd = ["a,b", "c:d", "e&f=g", "h+i", "j%20k", "[l]", "m'n\"o", "漢字"];
    for name in odd {
        admin.add_user(name, SiteRole::Viewer, None).await;
    }
    for name in odd {
        let value: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(names(&admin, &format!("?filter=name:eq:{value}")).await, [name]);
    }
    assert_eq!(names(&admin, "?filter=name:in:[h%2Bi,[l]]").await, ["[l]", "h+i"]);
    assert_eq!(names(&admin, "?filter=siteRole:eq:ServerAdministrator").await, [ADMIN]);
    let first = admin.on_site(users::LIST, &[], "?pageSize=4&pageNumber=1&sort=name:asc", None).await.unwrap();
    assert_eq!(first.pagination.total_available.0, 9);
    let mut paged = Vec::new();
    for page in 1..=3 {
        paged.extend(names(&admin, &format!("?pageSize=4&pageNumber={page}&sort=name:asc")).await);
    }
    assert_eq!(paged, names(&admin, "?sort=name:asc").await);
    let mut backwards = names(&admin, "?sort=name:desc").await;
    backwards.reverse();
    assert_eq!(paged, backwards);
}

#[tokio::test]
async fn fields_decide_what_a_list_says() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let plain = admin.on_site(users::LIST, &[], "", None).await.unwrap().users.user.remove(0);
    assert!(plain.full_name.is_none() && plain.site_role.is_some());
    let all = admin.on_site(users::LIST, &[], "?fields=_all_", None).await.unwrap().users.user.remove(0);
    assert!(all.full_name.is_some() && all.site_role.is_some());
    let some = admin.on_site(users::LIST, &[], "?fields=user.fullName", None).await.unwrap().users.user.remove(0);
    assert!(some.full_name.is_some() && some.site_role.is_none());
}

/// Who may give which role to whom: the site administrator's limits are the point.
#[tokio::test]
async fn a_site_administrator_manages_users_below_the_server_administrators() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("chief", SiteRole::SiteAdministratorExplorer, Some("p")).await;
    let chief = server.with_password("chief", "p", "").await.unwrap();
    let ann = chief.add_user("ann", SiteRole::Viewer, Some("p")).await;
    for (user, body, code) in [
        (ann, role(SiteRole::ServerAdministrator), "403004"),
        (admin.user_id(), role(SiteRole::Viewer), "403004"),
        (chief.user_id(), role(SiteRole::Viewer), "403009"),
        (
            admin.user_id(),
            UserMessage { user: User { password: Some(Secret::new("mine")), ..Default::default() } },
            "403004",
        ),
    ] {
        let error = chief.on_site(users::UPDATE, &[&user], "", Some(&body)).await.unwrap_err();
        assert_eq!(error.code, code, "{body:?}");
    }
    chief.on_site(users::UPDATE, &[&ann], "", Some(&role(SiteRole::SiteAdministratorCreator))).await.unwrap();
    let error = chief.on_site(users::REMOVE, &[&admin.user_id()], "", None::<&NoBody>).await.unwrap_err();
    assert_eq!(error.code, "403004");
}

#[tokio::test]
async fn an_account_of_two_sites_is_out_of_a_site_administrators_reach() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.create_site("Finance", "finance").await;
    let finance = server.with_password(ADMIN, PASSWORD, "finance").await.unwrap();
    let of_finance = finance.add_user("ann", SiteRole::Creator, Some("p")).await;
    finance.add_user("chief", SiteRole::SiteAdministratorCreator, Some("p")).await;
    let here = admin.add_user("ann", SiteRole::Viewer, None).await;
    assert_ne!(of_finance, here);
    let chief = server.with_password("chief", "p", "finance").await.unwrap();
    let body = UserMessage { user: User { password: Some(Secret::new("stolen")), ..Default::default() } };
    let error = chief.on_site(users::UPDATE, &[&of_finance], "", Some(&body)).await.unwrap_err();
    assert_eq!(error.code, "403004");
    assert!(server.with_password("ann", "stolen", "").await.is_err());
    server.with_password("ann", "p", "").await.unwrap();
}

#[tokio::test]
async fn an_ordinary_user_changes_nobody_and_sees_others_unless_visibility_is_limited() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let ann = admin.add_user("ann", SiteRole::Explorer, Some("p")).await;
    let bob = admin.add_user("bob", SiteRole::Creator, Some("p")).await;
    let email = User { email: Some("bob@example.com".into()), ..Default::default() };
    admin.on_site(users::UPDATE, &[&bob], "", Some(&UserMessage { user: email })).await.unwrap();
    let session = server.with_password("ann", "p", "").await.unwrap();
    assert_eq!(names(&session, "").await, ["admin", "ann", "bob"]);
    let seen = session.on_site(users::GET, &[&bob], "", None).await.unwrap().user;
    assert_eq!((seen.name.as_deref(), seen.email), (Some("bob"), None));

    let mut limited = Site::default();
    limited.settings.set("userVisibilityMode", "LIMITED").unwrap();
    let site = &admin.credentials.site.id;
    admin.call(sites::UPDATE, &[site], "", Some(&SiteMessage { site: limited })).await.unwrap();
    assert_eq!(names(&session, "").await, ["ann"]);
    assert_eq!(names(&session, "?filter=name:eq:bob").await, [""; 0]);
    session.on_site(users::GET, &[&ann], "", None).await.unwrap();
    let error = session.on_site(users::GET, &[&bob], "", None).await.unwrap_err();
    assert_eq!(error.code, "404002", "{error:?}");
    for user in [ann, bob] {
        let error = session.on_site(users::UPDATE, &[&user], "", Some(&role(SiteRole::SiteAdministratorCreator))).await;
        assert_eq!(&error.unwrap_err().code[..2], "40");
        let error = session.on_site(users::REMOVE, &[&user], "", None::<&NoBody>).await;
        assert_eq!(&error.unwrap_err().code[..2], "40");
    }
    let new = User { name: Some("eve".into()), site_role: Some(SiteRole::Viewer.into()), ..Default::default() };
    let error = session.on_site(users::ADD, &[], "", Some(&UserMessage { user: new })).await.unwrap_err();
    assert_eq!(error.code, "403004");
    assert!(session.is_alive().await);
}

#[tokio::test]
async fn the_last_server_administrator_stays_one() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let second = admin.add_user("second", SiteRole::ServerAdministrator, Some("p")).await;
    let session = server.with_password("second", "p", "").await.unwrap();
    session.on_site(users::UPDATE, &[&admin.user_id()], "", Some(&role(SiteRole::Viewer))).await.unwrap();
    let error = session.on_site(users::REMOVE, &[&second], "", None::<&NoBody>).await.unwrap_err();
    assert_eq!(&error.code[..2], "40");
    assert!(session.is_alive().await);
}

#[tokio::test]
async fn everyone_is_in_the_group_all_users() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let ann: UserId = admin.add_user("ann", SiteRole::Viewer, None).await;
    let groups = admin.on_site(users::GROUPS, &[&ann], "", None).await.unwrap();
    assert_eq!(groups.pagination.total_available.0, 1);
    assert_eq!(groups.groups.group[0].name.as_deref(), Some("All Users"));
}
