//! The recycle bin through the wire: what is deleted lies in it, and comes back.

mod support;

use std::time::Duration;

use support::*;
use tavola_api::{
    Direction, Encoding, ErrorBody, decode, jobs,
    projects::{self, Project, ProjectMessage},
    recycle_bin::{self, Emptied, RecycleBinItem, RestoreMessage},
    views,
    workbooks::{self, PublishedWorkbook, Workbook},
};
use tavola_model::{FinishCode, ProjectId, SiteRole, WorkbookId};

const TWB: &str = "<?xml version='1.0' encoding='utf-8' ?><workbook version='18.1'><worksheets><worksheet name='A'/>\
    <worksheet name='B'/></worksheets><windows><window class='worksheet' name='A'/><window class='worksheet' name='B'/>\
    </windows></workbook>";

impl Session<'_> {
    async fn publish(&self, name: &str, project: Option<ProjectId>) -> WorkbookId {
        let place = project.map(|id| format!("<project id=\"{id}\"/>")).unwrap_or_default();
        let body = format!(
            "--B0\r\nContent-Disposition: name=\"request_payload\"\r\n\r\n<tsRequest><workbook name=\"{}\">{place}\
             </workbook></tsRequest>\r\n--B0\r\nContent-Disposition: name=\"tableau_workbook\"; filename=\"x.twb\"\r\n\r\n\
             {TWB}\r\n--B0--\r\n",
            name.replace('&', "&amp;")
        );
        let path = format!("/api/3.29/sites/{}/workbooks", self.credentials.site.id);
        let headers = [
            ("Accept", "application/json"),
            ("Content-Type", "multipart/mixed; boundary=B0"),
            ("X-Tableau-Auth", self.token()),
        ];
        let answer = self.server.send("POST", &path, &headers, body.as_bytes()).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let made: PublishedWorkbook = decode(&answer.body, Encoding::Json, Direction::Response).unwrap();
        made.workbook.unwrap().id.unwrap().known().unwrap()
    }

    async fn delete(&self, id: WorkbookId) {
        self.on_site(workbooks::DELETE, &[&id], "", None).await.unwrap();
    }

    async fn workbook(&self, id: WorkbookId) -> Result<Workbook, ErrorBody> {
        self.on_site(workbooks::GET, &[&id], "", None).await.map(|answer| answer.workbook)
    }

    async fn bin(&self, query: &str) -> Vec<RecycleBinItem> {
        let page = self.on_site(recycle_bin::LIST, &[], query, None).await.unwrap();
        page.recycle_bin_items.recycle_bin_item
    }

    async fn restore(&self, id: WorkbookId, to: RecycleBinItem) -> Result<RecycleBinItem, ErrorBody> {
        let body = RestoreMessage { recycle_bin_item: to };
        self.on_site(recycle_bin::RESTORE, &[&id], "", Some(&body)).await.map(|answer| answer.recycle_bin_item)
    }

    async fn project(&self, name: &str) -> ProjectId {
        let project = Project { name: Some(name.to_owned()), ..Project::default() };
        let made = self.on_site(projects::CREATE, &[], "", Some(&ProjectMessage { project })).await.unwrap();
        made.project.id.unwrap().known().unwrap()
    }
}

fn named(name: &str) -> RecycleBinItem {
    RecycleBinItem { name: Some(name.to_owned()), ..RecycleBinItem::default() }
}

fn into(project: ProjectId) -> RecycleBinItem {
    let project = Some(Project { id: Some(project.into()), ..Project::default() });
    RecycleBinItem { project, ..RecycleBinItem::default() }
}

fn code<T: std::fmt::Debug>(answer: Result<T, ErrorBody>) -> String {
    answer.unwrap_err().code
}

#[tokio::test]
async fn a_deleted_workbook_is_listed_shown_and_restored_byte_by_byte() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let id = admin.publish("Sales & more", None).await;
    let before = admin.workbook(id).await.unwrap();
    admin.delete(id).await;
    assert_eq!(code(admin.workbook(id).await), "404006");
    let listed = admin.bin("?filter=type:eq:Workbook&sort=deletedAt:desc").await;
    let [found] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!((found.id.clone(), found.name.as_deref()), (Some(id.to_string()), Some("Sales & more")));
    assert_eq!(found.project.as_ref().unwrap().name.as_deref(), Some("Default"));
    assert_eq!(found.owner.as_ref().unwrap().name.as_deref(), Some(ADMIN));
    assert_eq!(found.deleted_by.as_ref().unwrap().name.as_deref(), Some(ADMIN));
    assert_eq!(found.expires_at, found.deleted_at.map(|at| at.plus(Duration::from_secs(30 * 24 * 60 * 60))));
    let shown = admin.on_site(recycle_bin::GET, &[&id], "", None).await.unwrap().recycle_bin_item;
    assert_eq!(shown, *found);
    let refused = admin.on_site(recycle_bin::LIST, &[], "?filter=hat:eq:x", None).await;
    assert_eq!(code(refused), "400065");

    // Without a body, as scripts do.
    let path = format!("/api/3.29/sites/{}/recyclebin/{id}/restore", admin.credentials.site.id);
    let restored = server.send("POST", &path, &[("X-Tableau-Auth", admin.token())], b"").await;
    assert_eq!(restored.status, 200, "{}", restored.text());
    assert!(restored.text().contains("contentUrl=\"Salesmore\""), "{}", restored.text());
    let after = admin.workbook(id).await.unwrap();
    assert_eq!(Workbook { updated_at: before.updated_at, ..after }, before);
    let path = format!("/api/3.29/sites/{}/workbooks/{id}/content", admin.credentials.site.id);
    let file = server.send("GET", &path, &[("X-Tableau-Auth", admin.token())], b"").await;
    assert_eq!(file.body, TWB.as_bytes());
    assert!(admin.bin("").await.is_empty());
}

#[tokio::test]
async fn what_stands_in_the_way_of_restoring_is_said() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let place = admin.project("Place").await;
    let old = admin.publish("Sales", Some(place)).await;
    admin.delete(old).await;
    let new = admin.publish("Sales", Some(place)).await;
    let taken = admin.restore(old, RecycleBinItem::default()).await.unwrap_err();
    assert_eq!(taken.code, "409055");
    assert!(taken.detail.0.ends_with("restore it under another name"), "{}", taken.detail.0);
    let restored = admin.restore(old, named("Old")).await.unwrap();
    assert_eq!((restored.name.as_deref(), restored.content_url.as_deref()), (Some("Old"), Some("Sales_0")));
    assert_eq!(code(admin.restore(old, RecycleBinItem::default()).await), "404055");
    assert_eq!(code(admin.restore(new, RecycleBinItem::default()).await), "404055");

    admin.on_site(projects::DELETE, &[&place], "", None).await.unwrap();
    assert!(admin.bin("").await.iter().all(|item| item.project.is_none()));
    let gone = admin.restore(old, RecycleBinItem::default()).await.unwrap_err();
    assert_eq!(gone.code, "409055");
    assert!(gone.detail.0.contains("name another"), "{}", gone.detail.0);
    assert_eq!(code(admin.restore(old, into(place)).await), "404005");
    assert_eq!(code(admin.restore(old, named(" ")).await), "400000");
    let other = RecycleBinItem { id: Some(new.to_string()), ..RecycleBinItem::default() };
    assert_eq!(code(admin.restore(old, other).await), "404009");
    let elsewhere = admin.project("Elsewhere").await;
    let restored = admin.restore(old, into(elsewhere)).await.unwrap();
    assert_eq!(restored.project.unwrap().name.as_deref(), Some("Elsewhere"));
}

#[tokio::test]
async fn others_learn_nothing_of_it_and_delete_nothing() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("ann", SiteRole::Creator, Some("p")).await;
    admin.add_user("vic", SiteRole::Viewer, Some("p")).await;
    let ann = server.with_password("ann", "p", "").await.unwrap();
    let vic = server.with_password("vic", "p", "").await.unwrap();
    let hers = ann.publish("Hers", None).await;
    let other = admin.publish("Other", None).await;
    ann.delete(hers).await;
    admin.delete(other).await;
    assert_eq!(admin.bin("").await.len(), 2);
    assert_eq!(ann.bin("").await.len(), 1);
    assert!(vic.bin("").await.is_empty());
    let unknown = "12345678-1234-4123-8123-123456789012";
    for id in [&other.to_string() as &str, unknown, "x"] {
        assert_eq!(code(ann.on_site(recycle_bin::GET, &[&id], "", None).await), "404055");
        assert_eq!(code(ann.on_site(recycle_bin::DELETE, &[&id], "", None).await), "404055");
    }
    assert_eq!(code(vic.restore(hers, RecycleBinItem::default()).await), "404055");
    vic.on_site(recycle_bin::EMPTY, &[], "", None).await.unwrap();
    ann.on_site(recycle_bin::EMPTY, &[], "", None).await.unwrap();
    assert!(ann.bin("").await.is_empty());
    assert_eq!(admin.bin("").await.len(), 1);
}

#[tokio::test]
async fn it_is_emptied_in_the_background_too() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let id = admin.publish("Sales", None).await;
    admin.delete(id).await;
    assert_eq!(code(admin.on_site(recycle_bin::EMPTY, &[], "?asJob=maybe", None).await), "400008");
    let path = format!("/api/3.29/sites/{}/recyclebin?asJob=true", admin.credentials.site.id);
    let headers = [("Accept", "application/json"), ("X-Tableau-Auth", admin.token())];
    let answer = server.send("DELETE", &path, &headers, b"").await;
    assert_eq!(answer.status, 202);
    let emptied: Emptied = decode(&answer.body, Encoding::Json, Direction::Response).unwrap();
    let job = emptied.job.unwrap();
    let ended = loop {
        let job = admin.on_site(jobs::GET, &[&job.id], "", None).await.unwrap().job;
        if let Some(ended) = job.ended() {
            break ended;
        }
    };
    assert_eq!(ended, FinishCode::Success);
    assert!(admin.bin("").await.is_empty());
}

#[tokio::test]
async fn after_a_month_a_server_deletes_it_for_good_and_a_strict_one_at_once() {
    let mut server = TestServer::start().await;
    let admin = server.admin().await;
    let id = admin.publish("Sales", None).await;
    admin.delete(id).await;
    server.clock.advance(Duration::from_secs(31 * 24 * 60 * 60));
    // A server looks through the recycle bin when it starts.
    server.restart().await;
    let admin = server.admin().await;
    while !admin.bin("").await.is_empty() {
        tokio::task::yield_now().await;
    }

    let strict = TestServer::start_with(|config| config.strict = true).await;
    let admin = strict.admin().await;
    let id = admin.publish("Sales", None).await;
    admin.delete(id).await;
    assert!(admin.bin("").await.is_empty());
}

#[tokio::test]
async fn a_view_is_deleted_and_with_the_last_one_its_workbook() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let id = admin.publish("Sales", None).await;
    let shown = admin.workbook(id).await.unwrap().views.unwrap().view;
    let view = |place: usize| shown[place].id.as_ref().unwrap().known().unwrap();
    admin.on_site(views::DELETE, &[&view(0)], "", None).await.unwrap();
    assert_eq!(code(admin.on_site(views::GET, &[&view(0)], "", None).await), "404011");
    assert_eq!(code(admin.on_site(views::DELETE, &[&view(0)], "", None).await), "404011");
    let left = admin.workbook(id).await.unwrap();
    assert_eq!(left.default_view_id.unwrap().known(), Some(view(1)));
    admin.on_site(views::DELETE, &[&view(1)], "", None).await.unwrap();
    assert_eq!(code(admin.workbook(id).await), "404006");
    assert_eq!(admin.bin("").await.len(), 1);
}
