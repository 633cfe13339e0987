//! Groups and group sets: made, found, filled, changed and deleted, by those who may.

mod support;

use support::*;
use tavola_api::{
    ErrorBody, NoBody, Word,
    group_sets::{self, GroupSet, GroupSetMessage},
    groups::{self, AddUsers, AddedUsers, Group, GroupMessage, Import},
    sites::{self, Site, SiteMessage},
    users::{self, User, Users, UsersMessage},
};
use tavola_model::{GroupId, SiteRole, UserId};

fn group(name: &str) -> Group {
    Group { name: Some(name.to_owned()), ..Group::default() }
}

fn named(id: UserId) -> User {
    User { id: Some(id.into()), ..User::default() }
}

fn many(ids: &[UserId]) -> Users {
    Users { user: ids.iter().copied().map(named).collect() }
}

async fn create(session: &Session<'_>, group: Group) -> Result<Group, ErrorBody> {
    session.on_site(groups::CREATE, &[], "", Some(&GroupMessage { group })).await.map(|made| made.group)
}

async fn update(session: &Session<'_>, of: &Group, group: Group) -> Result<Group, ErrorBody> {
    let body = GroupMessage { group };
    let changed = session.on_site(groups::UPDATE, &[of.id.as_ref().unwrap()], "", Some(&body)).await;
    changed.map(|changed| changed.group)
}

async fn delete(session: &Session<'_>, group: &Group) -> Result<NoBody, ErrorBody> {
    session.on_site(groups::DELETE, &[group.id.as_ref().unwrap()], "", None).await
}

async fn add(session: &Session<'_>, group: &Group, body: AddUsers) -> Result<AddedUsers, ErrorBody> {
    session.on_site(groups::ADD_USERS, &[group.id.as_ref().unwrap()], "", Some(&body)).await
}

async fn add_one(session: &Session<'_>, group: &Group, user: UserId) -> Result<AddedUsers, ErrorBody> {
    add(session, group, AddUsers { user: Some(named(user)), users: None }).await
}

async fn remove(session: &Session<'_>, group: &Group, user: UserId) -> Result<NoBody, ErrorBody> {
    session.on_site(groups::REMOVE_USER, &[group.id.as_ref().unwrap(), &user], "", None).await
}

async fn list(session: &Session<'_>, query: &str) -> Vec<Group> {
    session.on_site(groups::LIST, &[], query, None).await.unwrap().groups.group
}

async fn members(session: &Session<'_>, group: &Group, query: &str) -> Vec<String> {
    let id = group.id.as_ref().unwrap();
    let page = session.on_site(groups::USERS, &[id], query, None).await.unwrap();
    page.users.user.into_iter().map(|user| user.name.unwrap()).collect()
}

#[tokio::test]
async fn a_group_is_made_filled_changed_emptied_and_deleted() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let ann = admin.add_user("ann", SiteRole::Viewer, None).await;
    let bob = admin.add_user("bob", SiteRole::Viewer, None).await;
    let finance = create(&admin, group("Finance & Père")).await.unwrap();
    assert_eq!(finance.name.as_deref(), Some("Finance & Père"));
    assert_eq!(finance.domain.clone().unwrap().name.as_deref(), Some("local"));
    assert_eq!((&finance.minimum_site_role, &finance.import, &finance.user_count), (&None, &None, &None));
    assert_eq!(finance.external_user_enabled, Some(false));

    let added = add_one(&admin, &finance, ann).await.unwrap();
    assert_eq!(added.user.unwrap().name.as_deref(), Some("ann"));
    let added = add(&admin, &finance, AddUsers { user: None, users: Some(many(&[ann, bob])) }).await.unwrap();
    assert_eq!(added.users.unwrap().user.len(), 2);
    assert_eq!(members(&admin, &finance, "").await, ["ann", "bob"]);
    assert_eq!(members(&admin, &finance, "?pageSize=1&pageNumber=2").await, ["bob"]);

    let change = Group {
        minimum_site_role: Some(SiteRole::Explorer.into()),
        ephemeral_users_enabled: Some(true),
        ..group("Money")
    };
    let money = update(&admin, &finance, change).await.unwrap();
    assert_eq!((money.id.clone(), money.name.as_deref()), (finance.id.clone(), Some("Money")));
    assert_eq!(money.minimum_site_role, Some(SiteRole::Explorer.into()));
    // Where published clients look for it.
    let import = money.import.unwrap();
    assert_eq!((import.domain_name.as_deref(), import.site_role), (Some("local"), Some(SiteRole::Explorer.into())));
    assert_eq!(money.external_user_enabled, Some(true));

    remove(&admin, &finance, ann).await.unwrap();
    let body = UsersMessage { users: many(&[ann, bob]) };
    admin.on_site(groups::REMOVE_USERS, &[finance.id.as_ref().unwrap()], "", Some(&body)).await.unwrap();
    assert_eq!(members(&admin, &finance, "").await, [""; 0]);
    delete(&admin, &finance).await.unwrap();
    assert_eq!(delete(&admin, &finance).await.unwrap_err().code, "404012");
}

#[tokio::test]
async fn counts_come_when_they_are_asked_for_and_fields_are_chosen() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let finance = create(&admin, group("Finance")).await.unwrap();
    add_one(&admin, &finance, admin.user_id()).await.unwrap();
    let counts = async |query: &str| {
        list(&admin, query).await.iter().map(|group| group.user_count.map(|count| count.0)).collect::<Vec<_>>()
    };
    assert_eq!(counts("").await, [None, None]);
    assert_eq!(counts("?fields=_all_").await, [Some(1), Some(1)]);
    assert_eq!(counts("?includeUserCount=true").await, [Some(1), Some(1)]);
    let named = list(&admin, "?fields=name&includeUserCount=True").await.remove(1);
    assert_eq!(named, Group { user_count: Some(tavola_api::Count(1)), ..group("Finance") });
    assert_eq!(list(&admin, "?filter=name:eq:Finance").await.len(), 1);
    for (query, code) in
        [("?filter=size:eq:1", "400065"), ("?pageNumber=3", "400006"), ("?includeUserCount=maybe", "400008")]
    {
        let error = admin.on_site(groups::LIST, &[], query, None).await.unwrap_err();
        assert_eq!(error.code, code, "{query}");
    }
}

#[tokio::test]
async fn the_list_of_users_has_the_groups_of_each_when_they_are_asked_for() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let ann = admin.add_user("ann", SiteRole::Viewer, Some("p")).await;
    let finance = create(&admin, group("Finance")).await.unwrap();
    add_one(&admin, &finance, ann).await.unwrap();
    let groups_of = async |session: &Session<'_>, query: &str| {
        let page = session.on_site(users::LIST, &[], query, None).await.unwrap();
        let names = |user: User| {
            let groups = user.groups.map(|groups| groups.group).unwrap_or_default();
            groups.into_iter().map(|group| group.name.unwrap()).collect::<Vec<_>>()
        };
        page.users.user.into_iter().map(names).collect::<Vec<_>>()
    };
    assert_eq!(groups_of(&admin, "?includeGroups=true").await, [vec!["All Users"], vec!["All Users", "Finance"]]);
    assert_eq!(groups_of(&admin, "").await, [vec![""; 0], vec![]]);
    // Others' groups are for administrators.
    let ann = server.with_password("ann", "p", "").await.unwrap();
    assert_eq!(groups_of(&ann, "?includeGroups=true").await, [vec![], vec!["All Users", "Finance"]]);
}

#[tokio::test]
async fn what_is_no_group_is_refused() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let ann = admin.add_user("ann", SiteRole::Viewer, None).await;
    let finance = create(&admin, group("Finance")).await.unwrap();
    let all = list(&admin, "?filter=name:eq:All%20Users").await.remove(0);
    let role = |word| Group { minimum_site_role: Some(word), ..group("a") };
    let imported = |import| Group { import: Some(import), ..group("a") };
    let whole = Import {
        source: Some("ActiveDirectory".into()),
        domain_name: Some("corp".into()),
        grant_license_mode: Some("onLogin".into()),
        site_role: Some(SiteRole::Viewer.into()),
    };
    for (body, code) in [
        (Group::default(), "400000"),
        (group(" "), "400000"),
        (group(&"x".repeat(256)), "400000"),
        (role(Word::Other("Emperor".into())), "400013"),
        (role(SiteRole::ServerAdministrator.into()), "400013"),
        (role(SiteRole::Guest.into()), "400013"),
        (imported(Import::default()), "400019"),
        (imported(Import { domain_name: None, ..whole.clone() }), "400019"),
        (imported(whole.clone()), "403011"),
        (group("FINANCE"), "409009"),
        (group("all users"), "409009"),
    ] {
        let error = create(&admin, body.clone()).await.unwrap_err();
        assert_eq!(error.code, code, "{body:?}: {error:?}");
    }
    let other = Group { id: all.id.clone(), ..Group::default() };
    for (of, body, code) in [
        (&finance, group("All Users"), "409009"),
        (&finance, imported(whole), "403011"),
        (&finance, role(SiteRole::SupportUser.into()), "400013"),
        (&finance, other, "404009"),
        (&all, group("Everybody"), "403004"),
    ] {
        let error = update(&admin, of, body.clone()).await.unwrap_err();
        assert_eq!(error.code, code, "{body:?}: {error:?}");
    }
    assert_eq!(delete(&admin, &all).await.unwrap_err().code, "403004");
    assert_eq!(remove(&admin, &all, ann).await.unwrap_err().code, "400032");
    assert_eq!(add_one(&admin, &all, ann).await.unwrap_err().code, "409011");
    assert_eq!(remove(&admin, &finance, ann).await.unwrap_err().code, "404002");

    let stranger: UserId = "12345678-1234-4123-8123-123456789012".parse().unwrap();
    let other = User { id: Some(Word::Other("x".into())), ..User::default() };
    for (body, code) in [
        (AddUsers::default(), "400000"),
        (AddUsers { user: Some(User::default()), users: None }, "400000"),
        (AddUsers { user: None, users: Some(Users::default()) }, "400000"),
        (AddUsers { user: Some(named(ann)), users: Some(many(&[ann])) }, "400000"),
        (AddUsers { user: Some(other), users: None }, "404002"),
        (AddUsers { user: Some(named(stranger)), users: None }, "404002"),
        (AddUsers { user: None, users: Some(many(&[ann, stranger])) }, "404002"),
    ] {
        assert_eq!(add(&admin, &finance, body.clone()).await.unwrap_err().code, code, "{body:?}");
    }
    assert_eq!(members(&admin, &finance, "").await, [""; 0]);
    let unknown: GroupId = "12345678-1234-4123-8123-123456789012".parse().unwrap();
    let unknown = Group { id: Some(unknown.into()), ..Group::default() };
    assert_eq!(add_one(&admin, &unknown, ann).await.unwrap_err().code, "404012");
    assert_eq!(update(&admin, &unknown, group("x")).await.unwrap_err().code, "404012");
    let path = format!("/api/3.29/sites/{}/groups?asJob=perhaps", admin.credentials.site.id);
    let body = br#"<tsRequest><group name="x"/></tsRequest>"#;
    let answer = server.send("POST", &path, &[("X-Tableau-Auth", admin.token())], body).await;
    assert_eq!(answer.xml_error().code, "400008");
}

#[tokio::test]
async fn what_a_new_group_is_found_at_is_said_in_a_header_whatever_is_asked_of_jobs() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let site = admin.credentials.site.id;
    let path = format!("/api/3.29/sites/{site}/groups?asJob=True");
    let body = br#"<tsRequest><group name="Finance" minimumSiteRole="Viewer" externalUserEnabled="true"/></tsRequest>"#;
    let made = server.send("POST", &path, &[("X-Tableau-Auth", admin.token())], body).await;
    assert_eq!(made.status, 201, "{made:?}");
    let finance = list(&admin, "?filter=name:eq:Finance").await.remove(0);
    let id = finance.id.clone().unwrap();
    assert_eq!(made.header("location").unwrap(), format!("/api/3.29/sites/{site}/groups/{id}"));
    assert_eq!(finance.external_user_enabled, Some(true));
}

#[tokio::test]
async fn a_group_lets_its_users_in_and_raises_them() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let ann = admin.add_user("ann", SiteRole::Unlicensed, Some("p")).await;
    assert_eq!(server.with_password("ann", "p", "").await.err().unwrap().code, "401001");
    let role = |role: SiteRole| Group { minimum_site_role: Some(role.into()), ..Group::default() };
    let viewers = create(&admin, Group { name: Some("Viewers".into()), ..role(SiteRole::Viewer) }).await.unwrap();
    add_one(&admin, &viewers, ann).await.unwrap();
    // No room, no licence.
    let quota = async |quota: &str| {
        let site = Site { user_quota: Some(quota.to_owned()), ..Site::default() };
        let id = admin.credentials.site.id;
        admin.call(sites::UPDATE, &[&id], "", Some(&SiteMessage { site })).await.unwrap();
    };
    quota("1").await;
    assert_eq!(server.with_password("ann", "p", "").await.err().unwrap().code, "401001");
    quota("2").await;
    let session = server.with_password("ann", "p", "").await.unwrap();
    let role_now = async || admin.on_site(users::GET, &[&ann], "", None).await.unwrap().user.site_role;
    assert_eq!(role_now().await, Some(SiteRole::Viewer.into()));
    // What a Viewer cannot do, a Creator can after the next sign-in.
    let project = tavola_api::projects::Project { name: Some("x".into()), ..Default::default() };
    let body = tavola_api::projects::ProjectMessage { project };
    let upload = async |session: &Session<'_>| {
        session.on_site(tavola_api::file_uploads::INITIATE, &[], "", None).await.map(drop).map_err(|error| error.code)
    };
    assert_eq!(upload(&session).await, Err("403015".to_owned()));
    update(&admin, &viewers, role(SiteRole::Creator)).await.unwrap();
    assert_eq!(upload(&session).await, Err("403015".to_owned()));
    let session = server.with_password("ann", "p", "").await.unwrap();
    assert_eq!(upload(&session).await, Ok(()));
    let refused = session.on_site(tavola_api::projects::CREATE, &[], "", Some(&body)).await.unwrap_err();
    assert_eq!(refused.code, "403004");
}

#[tokio::test]
async fn who_is_no_administrator_sees_groups_and_changes_none() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let ann = admin.add_user("ann", SiteRole::Creator, Some("p")).await;
    let finance = create(&admin, group("Finance")).await.unwrap();
    let session = server.with_password("ann", "p", "").await.unwrap();
    assert_eq!(list(&session, "").await.len(), 2);
    assert_eq!(members(&session, &finance, "").await, [""; 0]);
    assert_eq!(create(&session, group("x")).await.unwrap_err().code, "403004");
    assert_eq!(update(&session, &finance, group("x")).await.unwrap_err().code, "403004");
    assert_eq!(delete(&session, &finance).await.unwrap_err().code, "403004");
    assert_eq!(add_one(&session, &finance, ann).await.unwrap_err().code, "403004");
    let set = GroupSet { name: Some("x".into()), ..GroupSet::default() };
    let body = GroupSetMessage { group_set: set };
    let refused = session.on_site(group_sets::CREATE, &[], "", Some(&body)).await.unwrap_err();
    assert_eq!(refused.code, "403004");
}

#[tokio::test]
async fn a_group_set_is_made_filled_renamed_emptied_and_deleted() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let finance = create(&admin, group("Finance")).await.unwrap();
    let message =
        |name: &str| GroupSetMessage { group_set: GroupSet { name: Some(name.to_owned()), ..GroupSet::default() } };
    let set = admin.on_site(group_sets::CREATE, &[], "", Some(&message("Both"))).await.unwrap().group_set;
    assert_eq!((set.name.as_deref(), set.group_count), (Some("Both"), Some(tavola_api::Count(0))));
    let (id, group_id) = (set.id.clone().unwrap(), finance.id.clone().unwrap());
    admin.on_site(group_sets::ADD_GROUP, &[&id, &group_id], "", None).await.unwrap();
    let full = admin.on_site(group_sets::GET, &[&id], "", None).await.unwrap().group_set;
    assert_eq!(full.group, [Group { id: finance.id.clone(), ..group("Finance") }]);
    let sets = async |query: &str| {
        admin.on_site(group_sets::LIST, &[], query, None).await.map(|page| page.group_sets.group_set)
    };
    assert_eq!(sets("").await.unwrap(), vec![full.clone()]);
    assert_eq!(sets("?resultlevel=members").await.unwrap(), vec![full.clone()]);
    assert_eq!(sets("?resultLevel=local").await.unwrap(), [GroupSet { group: Vec::new(), ..full.clone() }]);
    assert_eq!(sets("?resultlevel=x").await.unwrap_err().code, "400008");
    assert_eq!(sets("?filter=name:eq:None").await.unwrap(), []);
    assert_eq!(sets("?filter=colour:eq:None").await.unwrap_err().code, "400065");

    let renamed = admin.on_site(group_sets::UPDATE, &[&id], "", Some(&message("All"))).await.unwrap().group_set;
    assert_eq!(renamed, GroupSet { name: Some("All".into()), ..full });
    admin.on_site(group_sets::CREATE, &[], "", Some(&message("Both"))).await.unwrap();
    for (body, code) in [(message("BOTH"), "409120"), (message(" "), "400000")] {
        assert_eq!(admin.on_site(group_sets::CREATE, &[], "", Some(&body)).await.unwrap_err().code, code, "{body:?}");
        let error = admin.on_site(group_sets::UPDATE, &[&id], "", Some(&body)).await.unwrap_err();
        assert_eq!(error.code, code, "{body:?}");
    }
    let unknown: GroupId = "12345678-1234-4123-8123-123456789012".parse().unwrap();
    let error = admin.on_site(group_sets::ADD_GROUP, &[&id, &unknown], "", None).await.unwrap_err();
    assert_eq!(error.code, "404012");
    admin.on_site(group_sets::REMOVE_GROUP, &[&id, &group_id], "", None).await.unwrap();
    let error = admin.on_site(group_sets::REMOVE_GROUP, &[&id, &group_id], "", None).await.unwrap_err();
    assert_eq!(error.code, "404012");
    admin.on_site(group_sets::DELETE, &[&id], "", None).await.unwrap();
    assert_eq!(admin.on_site(group_sets::GET, &[&id], "", None).await.unwrap_err().code, "404055");
}
