//! Permissions through the wire: listed, added, replaced and removed on every kind of content and on projects about it.

mod support;

use std::fmt::Display;

use support::*;
use tavola_api::{
    ErrorBody, NoBody, Word,
    permissions::{self as wire, GranteeCapabilities, GranteeGroup, Permissions, PermissionsMessage, Permitted, Rules},
};
use tavola_model::{
    Capability::{self, InheritedProjectLeader, Read, Write},
    ContentKind, Grantee,
    PermissionMode::{self, Allow, Deny},
    ProjectId, SiteRole, UserId,
};

const NOBODY: &str = "12345678-1234-4123-8123-123456789012";

/// Rules for one user.
fn for_user(user: UserId, rules: &[(Capability, PermissionMode)]) -> GranteeCapabilities {
    GranteeCapabilities::new(Grantee::User(user), rules.iter().copied())
}

fn message(rules: Vec<GranteeCapabilities>) -> PermissionsMessage {
    PermissionsMessage { permissions: Permissions { grantee_capabilities: rules, ..Permissions::default() } }
}

fn code<T: std::fmt::Debug>(answer: Result<T, ErrorBody>) -> String {
    answer.unwrap_err().code
}

/// One thing of each kind, in a project of its own.
struct Things {
    project: ProjectId,
    ids: Vec<(ContentKind, String)>,
}

impl Things {
    async fn make(admin: &Session<'_>) -> Self {
        let project = admin.create_project("P", None).await;
        let mut ids = vec![(ContentKind::Project, project.to_string())];
        for kind in [ContentKind::Workbook, ContentKind::Datasource, ContentKind::Flow, ContentKind::VirtualConnection]
        {
            ids.push((kind, admin.publish_smallest(kind, "X", project).await));
        }
        let path = format!("workbooks/{}/views", ids[1].1);
        let views = admin.by_hand("GET", &path, "").await.text();
        let view = views.split_once("<view id=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
        ids.push((ContentKind::View, view));
        Self { project, ids }
    }

    fn id(&self, kind: ContentKind) -> &str {
        &self.ids.iter().find(|(known, _)| *known == kind).unwrap().1
    }
}

fn rules(kind: ContentKind) -> &'static Rules {
    wire::CONTENT.iter().find(|rules| rules.kind == kind).unwrap()
}

fn defaults(about: ContentKind) -> &'static Rules {
    wire::DEFAULTS.iter().find(|rules| rules.about == about).unwrap()
}

impl Session<'_> {
    async fn permissions(&self, rules: &Rules, id: &str) -> Result<Permissions, ErrorBody> {
        self.on_site(rules.list, &[&id], "", None).await.map(|answer| answer.permissions)
    }

    async fn add(&self, rules: &Rules, id: &str, laid: Vec<GranteeCapabilities>) -> Result<Permissions, ErrorBody> {
        self.on_site(rules.add, &[&id], "", Some(&message(laid))).await.map(|answer| answer.permissions)
    }

    async fn replace(&self, rules: &Rules, id: &str, laid: Vec<GranteeCapabilities>) -> Permissions {
        self.on_site(rules.replace, &[&id], "", Some(&message(laid))).await.unwrap().permissions
    }

    async fn remove(&self, rules: &Rules, rule: &[&dyn Display]) -> Result<NoBody, ErrorBody> {
        self.on_site(rules.delete, rule, "", None).await
    }
}

#[tokio::test]
async fn every_kind_has_the_same_methods() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let ann = admin.add_user("ann", SiteRole::Creator, None).await;
    let things = Things::make(&admin).await;
    for of in wire::CONTENT.iter().chain(wire::DEFAULTS) {
        let case = format!("{} about {}", of.kind, of.about);
        let id = things.id(of.kind);
        let before = admin.permissions(of, id).await.unwrap();
        let named = before.of(of.kind).unwrap();
        assert_eq!(named.id.as_deref(), Some(id), "{case}");
        let name = if of.kind == ContentKind::Project { "P" } else { "X" };
        let name = if of.kind == ContentKind::View { "A" } else { name };
        assert_eq!(named.name.as_deref(), Some(name), "{case}");
        assert_eq!(named.owner.as_ref().unwrap().id, Some(Word::Known(admin.user_id())), "{case}");
        assert_eq!(before.parent, None, "{case}");

        let rule = for_user(ann, &[(Read, Deny)]);
        let added = admin.add(of, id, vec![rule.clone()]).await.unwrap();
        assert_eq!(added.grantee_capabilities.len(), before.grantee_capabilities.len() + 1, "{case}");
        assert_eq!(added.grantee_capabilities.last(), Some(&rule), "{case}");
        assert_eq!(admin.add(of, id, vec![rule.clone()]).await.unwrap(), added, "{case}");
        assert_eq!(admin.permissions(of, id).await.unwrap(), added, "{case}");
        assert_eq!(code(admin.add(of, id, vec![for_user(ann, &[(Read, Allow)])]).await), "400000", "{case}");

        let only = for_user(ann, &[(Read, Allow)]);
        assert_eq!(admin.replace(of, id, vec![only.clone()]).await.grantee_capabilities, [only], "{case}");
        assert_eq!(admin.replace(of, id, Vec::new()).await.grantee_capabilities, [], "{case}");
        admin.add(of, id, vec![rule]).await.unwrap();
        // As the reference writes it, and as clients do.
        admin.remove(of, &[&id, &"users", &ann, &"Read", &"Deny"]).await.unwrap();
        let missing = if of.kind == ContentKind::View { "404014" } else { "404013" };
        assert_eq!(code(admin.remove(of, &[&id, &"users", &ann, &"Read", &"Deny"]).await), missing, "{case}");
        assert_eq!(code(admin.remove(of, &[&id, &"users", &ann, &"Hope", &"Deny"]).await), "404013", "{case}");
        assert_eq!(code(admin.remove(of, &[&id, &"users", &ann, &"Read", &"Perhaps"]).await), "404013", "{case}");
        assert_eq!(code(admin.remove(of, &[&id, &"users", &ann, &"AiAccess", &"Deny"]).await), "400009", "{case}");
        assert_eq!(code(admin.remove(of, &[&id, &"users", &NOBODY, &"Read", &"Deny"]).await), "404002", "{case}");
        for groups in ["groups", "Groups"] {
            assert_eq!(code(admin.remove(of, &[&id, &groups, &NOBODY, &"Read", &"Deny"]).await), "404012", "{case}");
        }
        for sets in ["groupSets", "group-sets", "groupsets"] {
            assert_eq!(code(admin.remove(of, &[&id, &sets, &NOBODY, &"Read", &"Deny"]).await), "404055", "{case}");
        }
        assert_eq!(code(admin.remove(of, &[&id, &"hats", &NOBODY, &"Read", &"Deny"]).await), "404003", "{case}");
    }
}

#[tokio::test]
async fn permissions_that_make_no_sense_are_refused() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let me = admin.user_id();
    let things = Things::make(&admin).await;
    let workbook = things.id(ContentKind::Workbook);
    let put = async |path: &str, permissions: &str| {
        let answer = admin.by_hand("PUT", path, &format!("<tsRequest>{permissions}</tsRequest>")).await;
        if answer.status == 200 { "200".to_owned() } else { answer.xml_error().code }
    };
    let rule = |grantee: &str, rule: &str| {
        format!("<granteeCapabilities>{grantee}<capabilities>{rule}</capabilities></granteeCapabilities></permissions>")
    };
    let user = format!("<user id=\"{me}\"/>");
    let read = "<capability name=\"Read\" mode=\"Allow\"/>";
    let own = format!("workbooks/{workbook}/permissions");
    for (body, expected) in [
        (String::new(), "400000"),
        ("<permissions/>".to_owned(), "400000"),
        (format!("<permissions>{}", rule("", read)), "400000"),
        (format!("<permissions>{}", rule(&format!("{user}<group id=\"{NOBODY}\"/>"), read)), "400000"),
        (format!("<permissions>{}", rule("<user/>", read)), "400000"),
        (format!("<permissions>{}", rule(&user, "")), "400000"),
        (format!("<permissions>{}", rule(&user, "<capability name=\"Read\"/>")), "400000"),
        (
            format!("<permissions>{}", rule(&user, &format!("{read}<capability name=\"Read\" mode=\"Deny\"/>"))),
            "400000",
        ),
        (format!("<permissions>{}", rule("<user id=\"ann\"/>", read)), "404002"),
        (format!("<permissions>{}", rule(&format!("<user id=\"{NOBODY}\"/>"), read)), "404002"),
        (format!("<permissions>{}", rule(&format!("<group id=\"{NOBODY}\"/>"), read)), "404012"),
        (format!("<permissions>{}", rule(&format!("<groupSet id=\"{NOBODY}\"/>"), read)), "404055"),
        (format!("<permissions>{}", rule(&user, "<capability name=\"Hope\" mode=\"Allow\"/>")), "404013"),
        (format!("<permissions>{}", rule(&user, "<capability name=\"Read\" mode=\"Perhaps\"/>")), "404013"),
        (format!("<permissions>{}", rule(&user, "<capability name=\"Connect\" mode=\"Allow\"/>")), "400009"),
        (format!("<permissions>{}", rule(&user, "<capability name=\"ProjectLeader\" mode=\"Allow\"/>")), "400009"),
        (format!("<permissions><workbook id=\"{NOBODY}\"/>{}", rule(&user, read)), "404009"),
        (format!("<permissions><project id=\"{}\"/>{}", things.project, rule(&user, read)), "400000"),
        (format!("<permissions><workbook id=\"{workbook}\"/>{}", rule(&user, read)), "200"),
        (format!("<permissions>{}", rule(&user, "<capability name=\"Filter\" mode=\"ALLOW\"/>")), "200"),
    ] {
        assert_eq!(put(&own, &body).await, expected, "{body}");
    }
    let of_project = format!("projects/{}/permissions", things.project);
    for denied in ["ProjectLeader", "InheritedProjectLeader", "Delete"] {
        let body = rule(&user, &format!("<capability name=\"{denied}\" mode=\"Deny\"/>"));
        assert_eq!(put(&of_project, &format!("<permissions>{body}")).await, "400009", "{denied}");
    }
    let defaults = format!("projects/{}/default-permissions", things.project);
    let with_content = format!("<permissions><project id=\"{}\"/>{}", things.project, rule(&user, read));
    assert_eq!(put(&format!("{defaults}/workbooks"), &with_content).await, "400042");
    assert_eq!(put(&format!("{defaults}/hats"), &format!("<permissions>{}", rule(&user, read))).await, "404003");
    assert_eq!(put(&format!("{defaults}/dataRoles"), &format!("<permissions>{}", rule(&user, read))).await, "200");
    for (kind, id) in [
        ("workbooks", "404006"),
        ("views", "404011"),
        ("datasources", "404004"),
        ("flows", "404027"),
        ("projects", "404005"),
        ("virtualConnections", "404055"),
    ] {
        for nothing in [NOBODY, "no-id"] {
            let path = format!("{kind}/{nothing}/permissions");
            assert_eq!(put(&path, &format!("<permissions>{}", rule(&user, read))).await, id, "{path}");
            for path in [path.clone(), format!("{path}/effective")] {
                assert_eq!(admin.by_hand("GET", &path, "").await.xml_error().code, id, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn who_may_not_gets_the_code_of_the_method() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let ann = admin.add_user("ann", SiteRole::Creator, Some(PASSWORD)).await;
    let session = server.with_password("ann", PASSWORD, "").await.unwrap();
    let things = Things::make(&admin).await;
    for (kind, id) in &things.ids {
        let of = rules(*kind);
        // Whoever reads it sees what rules lie on it.
        session.permissions(of, id).await.unwrap();
        let rule = vec![for_user(ann, &[(Read, Allow)])];
        assert_eq!(code(session.add(of, id, rule.clone()).await), "403004", "{kind}");
        assert_eq!(code(session.remove(of, &[&id, &"users", &ann, &"Read", &"Allow"]).await), "403004", "{kind}");
        admin.add(of, id, vec![for_user(ann, &[(Read, Deny)])]).await.unwrap();
        let unread = code(session.permissions(of, id).await);
        let expected = match kind {
            // It is seen for what lies in it.
            ContentKind::Project => "403004".to_owned(),
            _ => code(session.permissions(of, NOBODY).await),
        };
        assert_eq!(unread, expected, "{kind}");
        assert_eq!(code(session.add(of, id, rule).await), unread, "{kind}");
        admin.remove(of, &[&id, &"users", &ann, &"Read", &"Deny"]).await.unwrap();
    }
    let project = things.project.to_string();
    for of in wire::DEFAULTS {
        let expected = match of.about {
            ContentKind::Workbook => "403036",
            ContentKind::Datasource | ContentKind::Flow => "403035",
            _ => "403004",
        };
        assert_eq!(code(session.permissions(of, &project).await), expected, "{}", of.about);
        assert_eq!(code(session.add(of, &project, vec![for_user(ann, &[(Read, Allow)])]).await), "403004");
        let expected = if of.about == ContentKind::Flow { "403095" } else { "403004" };
        let removed = session.remove(of, &[&project, &"users", &ann, &"Read", &"Allow"]).await;
        assert_eq!(code(removed), expected, "{}", of.about);
    }
    // Leading the project opens all of it.
    let leader = vec![for_user(ann, &[(Capability::ProjectLeader, Allow)])];
    admin.add(rules(ContentKind::Project), &project, leader).await.unwrap();
    for of in wire::CONTENT.iter().chain(wire::DEFAULTS) {
        session.permissions(of, things.id(of.kind)).await.unwrap();
        session.add(of, things.id(of.kind), vec![for_user(admin.user_id(), &[(Read, Allow)])]).await.unwrap();
    }
}

#[tokio::test]
async fn a_project_that_decides_is_named_and_its_rules_are_shown() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let ann = admin.add_user("ann", SiteRole::Viewer, Some(PASSWORD)).await;
    let session = server.with_password("ann", PASSWORD, "").await.unwrap();
    let things = Things::make(&admin).await;
    let project = things.project.to_string();
    let decide = async |how: &str| {
        let body = format!("<tsRequest><project contentPermissions=\"{how}\"/></tsRequest>");
        assert_eq!(admin.by_hand("PUT", &format!("projects/{project}"), &body).await.status, 200);
    };
    let (workbook, view) = (things.id(ContentKind::Workbook), things.id(ContentKind::View));
    let of_workbooks = defaults(ContentKind::Workbook);
    admin.replace(of_workbooks, &project, vec![for_user(ann, &[(Read, Allow)])]).await;
    admin.replace(rules(ContentKind::Workbook), workbook, Vec::new()).await;
    admin.replace(rules(ContentKind::View), view, Vec::new()).await;
    assert_eq!(session.by_hand("GET", &format!("workbooks/{workbook}"), "").await.status, 404);

    decide("LockedToProject").await;
    assert_eq!(session.by_hand("GET", &format!("workbooks/{workbook}"), "").await.status, 200);
    for (kind, id) in &things.ids {
        let of = rules(*kind);
        let shown = admin.permissions(of, id).await.unwrap();
        if *kind == ContentKind::Project {
            assert_eq!(shown.parent, None);
            continue;
        }
        assert_eq!(shown.parent.unwrap().id, Word::Known(things.project), "{kind}");
        if matches!(kind, ContentKind::Workbook | ContentKind::View) {
            assert_eq!(shown.grantee_capabilities, [for_user(ann, &[(Read, Allow)])], "{kind}");
        }
        assert_eq!(code(admin.add(of, id, vec![for_user(ann, &[(Read, Allow)])]).await), "403004", "{kind}");
        let expected = if *kind == ContentKind::View { "403039" } else { "403004" };
        let removed = admin.remove(of, &[id, &"users", &ann, &"Read", &"Allow"]).await;
        assert_eq!(code(removed), expected, "{kind}");
    }
    // What is published there obeys at once; so does a project within, which names no rules of its own.
    let nested = admin.create_project("N", Some(things.project)).await.to_string();
    let shown = admin.permissions(of_workbooks, &nested).await.unwrap();
    assert_eq!(shown.parent.unwrap().id, Word::Known(things.project));
    assert_eq!(code(admin.add(of_workbooks, &nested, vec![for_user(ann, &[(Write, Allow)])]).await), "403004");
    admin.remove(of_workbooks, &[&project, &"users", &ann, &"Read", &"Allow"]).await.unwrap();
    assert_eq!(session.by_hand("GET", &format!("workbooks/{workbook}"), "").await.status, 404);

    decide("ManagedByOwner").await;
    let tabs = "<tsRequest><workbook showTabs=\"true\"/></tsRequest>";
    assert_eq!(admin.by_hand("PUT", &format!("workbooks/{workbook}"), tabs).await.status, 200);
    let of = rules(ContentKind::View);
    assert_eq!(code(admin.add(of, view, vec![for_user(ann, &[(Read, Allow)])]).await), "403004");
    assert_eq!(code(admin.remove(of, &[&view, &"users", &ann, &"Read", &"Allow"]).await), "403096");
    let shown = admin.permissions(of, view).await.unwrap();
    assert_eq!(shown.parent, None);
}

#[tokio::test]
async fn leaders_of_a_project_are_shown_in_those_within() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let ann = admin.add_user("ann", SiteRole::Creator, Some(PASSWORD)).await;
    let outer = admin.create_project("Outer", None).await;
    let inner = admin.create_project("Inner", Some(outer)).await;
    let of = rules(ContentKind::Project);
    let leader = vec![for_user(ann, &[(Capability::ProjectLeader, Allow)])];
    admin.replace(of, &outer.to_string(), leader.clone()).await;
    let shown = admin.replace(of, &inner.to_string(), Vec::new()).await;
    assert_eq!(shown.grantee_capabilities, [for_user(ann, &[(InheritedProjectLeader, Allow)])]);
    let session = server.with_password("ann", PASSWORD, "").await.unwrap();
    let named = Permitted { id: Some(inner.to_string()), ..Permitted::default() };
    let permissions =
        Permissions { project: Some(named), grantee_capabilities: leader.clone(), ..Permissions::default() };
    let added = session.on_site(of.add, &[&inner], "", Some(&PermissionsMessage { permissions })).await.unwrap();
    assert_eq!(added.permissions.grantee_capabilities, leader);
}

#[tokio::test]
async fn what_one_may_do_is_told_with_the_rule_that_decided_it() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let ann = admin.add_user("ann", SiteRole::Viewer, Some(PASSWORD)).await;
    let session = server.with_password("ann", PASSWORD, "").await.unwrap();
    let things = Things::make(&admin).await;
    let workbook = things.id(ContentKind::Workbook);
    let path = format!("workbooks/{workbook}/permissions/effective");
    let told = session.by_hand("GET", &path, "").await.text();
    let all_users = admin.permissions(rules(ContentKind::Workbook), workbook).await.unwrap();
    let Some(GranteeGroup { id: Some(group), .. }) = &all_users.grantee_capabilities[0].group else { panic!() };
    for line in [
        format!(
            "<user id=\"{ann}\" name=\"ann\" siteRole=\"Viewer\"/><content type=\"Workbook\" id=\"{workbook}\" name=\"X\"/>"
        ),
        format!("<rulesOf type=\"Workbook\" id=\"{workbook}\" name=\"X\"/>"),
        format!(
            "<capability name=\"Read\" mode=\"Allow\" reason=\"Rule\"><group id=\"{group}\" name=\"All Users\"/></capability>"
        ),
        "<capability name=\"Write\" mode=\"Deny\" reason=\"SiteRole\"/>".to_owned(),
    ] {
        assert!(told.contains(&line), "{line}: {told}");
    }
    let view = format!("views/{}/permissions/effective?user={ann}", things.id(ContentKind::View));
    assert!(admin.by_hand("GET", &view, "").await.text().contains("name=\"Filter\" mode=\"Allow\""));
    assert_eq!(session.by_hand("GET", &format!("{path}?user={ann}"), "").await.text(), told);
    let of_admin = session.by_hand("GET", &format!("{path}?user={}", admin.user_id()), "").await;
    assert_eq!(of_admin.xml_error().code, "403004");
    for nobody in [NOBODY, "ann", ""] {
        let answer = admin.by_hand("GET", &format!("{path}?user={nobody}"), "").await;
        assert_eq!(answer.xml_error().code, "404002", "{nobody}");
    }
    let project = format!("projects/{}/permissions", things.project);
    let leads = for_user(ann, &[(Capability::ProjectLeader, Allow)]);
    admin.add(rules(ContentKind::Project), &things.project.to_string(), vec![leads]).await.unwrap();
    // A viewer leads nothing.
    let told = session.by_hand("GET", &format!("{project}/effective"), "").await.text();
    assert!(told.contains("<capability name=\"ProjectLeader\" mode=\"Deny\" reason=\"SiteRole\"/>"), "{told}");
    let creator = "<tsRequest><user siteRole=\"Creator\"/></tsRequest>";
    assert_eq!(admin.by_hand("PUT", &format!("users/{ann}"), creator).await.status, 200);
    let told = session.by_hand("GET", &path, "").await.text();
    let line = format!(
        "<capability name=\"Write\" mode=\"Allow\" reason=\"ProjectLeader\"><project type=\"Project\" id=\"{}\" name=\"P\"/>\
         <user id=\"{ann}\" name=\"ann\"/></capability>",
        things.project
    );
    assert!(told.contains(&line), "{line}: {told}");
}
