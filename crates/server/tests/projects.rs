//! Projects: made, found, changed, moved and deleted, by those who may.

mod support;

use support::*;
use tavola_api::{
    Count, ErrorBody, NoBody, Word, datasources,
    projects::{self, ContentsCounts, Project, ProjectMessage},
    users::User,
    workbooks,
};
use tavola_model::{ContentPermissions, ProjectId, SiteRole, UserId};

fn project(name: &str) -> Project {
    Project { name: Some(name.to_owned()), ..Project::default() }
}

fn below(name: &str, parent: &Project) -> Project {
    Project { parent_project_id: parent.id.clone(), ..project(name) }
}

fn owned_by(id: UserId) -> Option<User> {
    Some(User { id: Some(id.into()), ..User::default() })
}

async fn create(session: &Session<'_>, project: Project) -> Result<Project, ErrorBody> {
    session.on_site(projects::CREATE, &[], "", Some(&ProjectMessage { project })).await.map(|made| made.project)
}

async fn update(session: &Session<'_>, of: &Project, project: Project) -> Result<Project, ErrorBody> {
    let id = of.id.as_ref().unwrap();
    let body = ProjectMessage { project };
    session.on_site(projects::UPDATE, &[id], "", Some(&body)).await.map(|changed| changed.project)
}

async fn delete(session: &Session<'_>, project: &Project) -> Result<NoBody, ErrorBody> {
    session.on_site(projects::DELETE, &[project.id.as_ref().unwrap()], "", None).await
}

async fn list(session: &Session<'_>, query: &str) -> Vec<Project> {
    session.on_site(projects::LIST, &[], query, None).await.unwrap().projects.project
}

async fn names(session: &Session<'_>, query: &str) -> Vec<String> {
    list(session, query).await.into_iter().map(|project| project.name.unwrap()).collect()
}

#[tokio::test]
async fn a_project_is_made_read_changed_moved_and_deleted() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let ann = admin.add_user("ann", SiteRole::Creator, None).await;
    let finance = create(&admin, Project { description: Some("Numbers".into()), ..project("Finance") }).await.unwrap();
    assert_eq!((finance.name.as_deref(), finance.description.as_deref()), (Some("Finance"), Some("Numbers")));
    assert_eq!(finance.content_permissions, Some(ContentPermissions::ManagedByOwner.into()));
    assert_eq!(finance.owner, owned_by(admin.user_id()));
    assert_eq!(finance.created_at, Some("2026-11-24T09:00:00Z".parse().unwrap()));

    let reports = create(&admin, below("Reports / 2026", &finance)).await.unwrap();
    assert_eq!(reports.parent_project_id, finance.id);
    assert_eq!(update(&admin, &reports, Project::default()).await.unwrap(), reports);

    let change = Project {
        content_permissions: Some(ContentPermissions::LockedToProject.into()),
        owner: owned_by(ann),
        ..project("Money")
    };
    let money = update(&admin, &finance, change).await.unwrap();
    assert_eq!((money.name.as_deref(), money.description.as_deref()), (Some("Money"), Some("Numbers")));
    assert_eq!((money.owner.clone(), &money.controlling_permissions_project_id), (owned_by(ann), &None));
    let locked = update(&admin, &reports, Project::default()).await.unwrap();
    assert_eq!(locked.content_permissions, Some(ContentPermissions::LockedToProject.into()));
    assert_eq!(locked.controlling_permissions_project_id, money.id);

    let top = Project { parent_project_id: Some(Word::Other(String::new())), ..Project::default() };
    assert_eq!(update(&admin, &reports, top).await.unwrap().parent_project_id, None);
    let back = Project { parent_project_id: money.id.clone(), ..Project::default() };
    update(&admin, &reports, back).await.unwrap();
    delete(&admin, &money).await.unwrap();
    assert_eq!(names(&admin, "").await, ["Default"]);
    assert_eq!(delete(&admin, &reports).await.unwrap_err().code, "404005");
}

#[tokio::test]
async fn what_a_new_project_is_found_at_is_said_in_a_header() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let site = admin.credentials.site.id;
    let path = format!("/api/3.29/sites/{site}/projects?publishSamples=True");
    let body = br#"<tsRequest><project name="Finance" contentPermissions="LockedToProject"/></tsRequest>"#;
    let made = server.send("POST", &path, &[("X-Tableau-Auth", admin.token())], body).await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = list(&admin, "?filter=name:eq:Finance").await[0].id.clone().unwrap();
    assert_eq!(made.header("location").unwrap(), format!("/api/3.29/sites/{site}/projects/{id}"));
}

#[tokio::test]
async fn what_is_no_project_is_refused() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let finance = create(&admin, project("Finance")).await.unwrap();
    let inner = create(&admin, below("Inner", &finance)).await.unwrap();
    let unknown: ProjectId = "12345678-1234-4123-8123-123456789012".parse().unwrap();
    let stranger: UserId = "12345678-1234-4123-8123-123456789012".parse().unwrap();
    let parent = |word| Project { parent_project_id: Some(word), ..project("a") };
    for (body, code) in [
        (Project::default(), "400000"),
        (project(" "), "400000"),
        (project(&"x".repeat(256)), "400000"),
        (Project { content_permissions: Some(Word::Other("Open".into())), ..project("a") }, "400008"),
        (parent(unknown.into()), "404005"),
        (parent(Word::Other("x".into())), "404005"),
        (Project { owner: owned_by(stranger), ..project("a") }, "404002"),
        (project("FINANCE"), "409006"),
        (project("default"), "409006"),
    ] {
        let error = create(&admin, body.clone()).await.unwrap_err();
        assert_eq!(error.code, code, "{body:?}: {error:?}");
    }
    let default = list(&admin, "?filter=name:eq:Default").await.remove(0);
    for (of, body, code) in [
        (&finance, Project { id: Some(unknown.into()), ..Project::default() }, "404009"),
        (&finance, project(""), "400000"),
        (&finance, Project { parent_project_id: inner.id.clone(), ..Project::default() }, "400000"),
        (&default, project("Mine"), "403005"),
        (&default, project("default"), "403005"),
        (&inner, project("x"), "200"),
        (&inner, Project { parent_project_id: default.id.clone(), ..project("y") }, "200"),
    ] {
        let answer = update(&admin, of, body.clone()).await;
        assert_eq!(answer.err().map_or("200".to_owned(), |error| error.code), code, "{body:?}");
    }
    assert_eq!(delete(&admin, &default).await.unwrap_err().code, "403003");

    let path = format!("/sites/{}/projects", admin.credentials.site.id);
    let headers = [("X-Tableau-Auth", admin.token())];
    let without_nested =
        br#"<tsRequest><project name="b" contentPermissions="LockedToProjectWithoutNested"/></tsRequest>"#;
    let plain = br#"<tsRequest><project name="b"/></tsRequest>"#;
    for (version, query, body, code) in [
        ("3.7", "", &without_nested[..], Some("400008")),
        ("3.29", "?publishSamples=maybe", plain, Some("400008")),
        ("3.29", "", b"", Some("400000")),
        ("3.8", "", without_nested, None),
    ] {
        let answer = server.send("POST", &format!("/api/{version}{path}{query}"), &headers, body).await;
        match code {
            Some(code) => assert_eq!(answer.xml_error().code, code),
            None => assert_eq!(answer.status, 201),
        }
    }
}

#[tokio::test]
async fn an_ordinary_user_sees_what_everybody_may_and_changes_what_is_theirs() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let ann = admin.add_user("ann", SiteRole::Creator, Some("p")).await;
    let session = server.with_password("ann", "p", "").await.unwrap();
    let finance = create(&admin, project("Finance")).await.unwrap();
    let own = create(&admin, Project { owner: owned_by(ann), ..project("Ann's") }).await.unwrap();
    assert_eq!(names(&session, "").await, ["Ann's", "Default", "Finance"]);

    for (answer, code) in [
        (create(&session, project("Top")).await.err(), "403004"),
        (create(&session, below("Inner", &finance)).await.err(), "403004"),
        (update(&session, &finance, project("Mine")).await.err(), "403004"),
        (
            update(&session, &own, Project { parent_project_id: finance.id.clone(), ..Project::default() }).await.err(),
            "403004",
        ),
        (delete(&session, &finance).await.err(), "403004"),
    ] {
        assert_eq!(answer.unwrap().code, code);
    }
    // Published clients read a project so.
    assert_eq!(update(&session, &finance, Project::default()).await.unwrap(), finance);
    let inner = create(&session, below("Inner", &own)).await.unwrap();
    assert_eq!(inner.owner, owned_by(ann));
    update(&session, &own, project("Ann's own")).await.unwrap();
    delete(&session, &own).await.unwrap();
    assert_eq!(names(&session, "").await, ["Default", "Finance"]);
}

#[tokio::test]
async fn fields_decide_what_a_list_says() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("ann", SiteRole::Viewer, Some("p")).await;
    let finance = create(&admin, project("Finance")).await.unwrap();
    create(&admin, below("Inner", &finance)).await.unwrap();
    let of = async |session: &Session<'_>, fields: &str| {
        list(session, &format!("?filter=name:eq:Finance&fields={fields}")).await.remove(0)
    };
    assert_eq!(list(&admin, "?filter=name:eq:Finance").await.remove(0), finance);
    let all = of(&admin, "_all_").await;
    assert_eq!((all.top_level_project, all.writeable), (Some(true), Some(true)));
    let contents = Some(ContentsCounts {
        project_count: Some(Count(1)),
        workbook_count: Some(Count(0)),
        view_count: Some(Count(0)),
        datasource_count: Some(Count(0)),
    });
    assert_eq!(all.contents_counts, contents);
    assert_eq!(of(&admin, "contentsCounts").await, Project { contents_counts: contents, ..Project::default() });
    let owner = all.owner.unwrap();
    assert_eq!((owner.name.as_deref(), owner.site_role), (Some(ADMIN), Some(SiteRole::ServerAdministrator.into())));
    assert!(owner.full_name.is_some() && owner.last_login.is_some());
    let some = of(&admin, "project.name,owner.fullName").await;
    assert_eq!(some.name.as_deref(), Some("Finance"));
    assert_eq!((some.id, some.owner.unwrap().full_name.as_deref()), (None, Some(ADMIN)));

    let ann = server.with_password("ann", "p", "").await.unwrap();
    let seen = of(&ann, "_all_").await;
    let owner = seen.owner.unwrap();
    assert_eq!((seen.writeable, owner.id), (Some(false), Some(admin.user_id().into())));
    // What people call others is told, and no more.
    assert_eq!((owner.name.as_deref(), owner.email, owner.last_login), (Some(ADMIN), None, None));
}

#[tokio::test]
async fn lists_are_paged_filtered_and_sorted_with_any_character_in_a_value() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let odd = ["a,b", "c:d", "e&f=g", "h+i", "j%20k", "[l]", "m'n\"o", "漢字", "p/q"];
    for name in odd {
        create(&admin, project(name)).await.unwrap();
    }
    for name in odd {
        let value: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
        assert_eq!(names(&admin, &format!("?filter=name:eq:{value}")).await, [name]);
    }
    let mut paged = Vec::new();
    for page in 1..=3 {
        paged.extend(names(&admin, &format!("?pageSize=4&pageNumber={page}&sort=name:desc")).await);
    }
    assert_eq!(paged, names(&admin, "?sort=name:desc").await);
    assert_eq!(paged.len(), 10);
    for (query, code) in [
        ("?pageSize=4&pageNumber=4", "400006"),
        ("?pageSize=0", "400007"),
        ("?pageSize=1001", "403014"),
        ("?filter=nickname:eq:x", "400065"),
        ("?filter=name:gt:x", "400065"),
        ("?sort=nickname", "400065"),
    ] {
        let error = admin.on_site(projects::LIST, &[], query, None::<&NoBody>).await.unwrap_err();
        assert_eq!(error.code, code, "{query}");
    }
}

#[tokio::test]
async fn samples_are_published_into_a_project_over_those_that_are_there() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("ann", SiteRole::Creator, Some("p")).await;
    admin.add_user("bob", SiteRole::Explorer, Some("p")).await;
    let body = ProjectMessage { project: project("Looking around") };
    let query = "?publishSamples=True&fields=_all_";
    let made = admin.on_site(projects::CREATE, &[], query, Some(&body)).await.unwrap().project;
    let id = made.id.clone().unwrap();
    let asked = ProjectMessage { project: Project::default() };
    let samples = async |session: &Session<'_>| session.on_site(projects::UPDATE, &[&id], query, Some(&asked)).await;
    let contents = samples(&admin).await.unwrap().project.contents_counts.unwrap();
    let counted = [contents.workbook_count, contents.view_count, contents.datasource_count];
    assert_eq!(counted, [Some(Count(1)), Some(Count(4)), Some(Count(1))]);

    let workbook = admin.on_site(workbooks::LIST, &[], "", None).await.unwrap().workbooks.workbook.remove(0);
    assert_eq!((workbook.name.as_deref(), workbook.project.unwrap().id), (Some("Tavola Tea Shop"), made.id.clone()));
    let workbook = workbook.id.unwrap();
    let revisions = admin.on_site(workbooks::REVISIONS, &[&workbook], "", None).await.unwrap().revisions.revision;
    assert_eq!(revisions.len(), 2);
    let shown = admin.on_site(workbooks::GET, &[&workbook], "", None).await.unwrap().workbook;
    let views = shown.views.unwrap().view;
    let names: Vec<_> = views.iter().map(|view| view.name.as_deref().unwrap()).collect();
    assert_eq!(names, ["Sales by Region", "Sales over Time", "Profit Ratio", "Overview"]);
    assert_eq!(shown.default_view_id, views[3].id);
    let connections = admin.on_site(workbooks::CONNECTIONS, &[&workbook], "", None).await.unwrap();
    assert_eq!(connections.connections.connection[0].connection_type.as_deref(), Some("textscan"));

    // Who may publish there may ask for them, and whoever may not changes nothing.
    let bob = server.with_password("bob", "p", "").await.unwrap();
    assert_eq!(samples(&bob).await.unwrap_err().code, "403007");
    let ann = server.with_password("ann", "p", "").await.unwrap();
    assert_eq!(samples(&ann).await.unwrap_err().code, "403007");
    admin.on_site(workbooks::DELETE, &[&workbook], "", None).await.unwrap();
    let sources = admin.on_site(datasources::LIST, &[], "", None).await.unwrap().datasources.datasource;
    admin.on_site(datasources::DELETE, &[sources[0].id.as_ref().unwrap()], "", None).await.unwrap();
    samples(&ann).await.unwrap();
    let unknown = "12345678-1234-4123-8123-123456789012";
    let refused = ann.on_site(projects::UPDATE, &[&unknown], query, Some(&asked)).await.unwrap_err();
    assert_eq!(refused.code, "404005");
}
