//! How often views were seen and what was used last, through the wire.

mod support;

use support::*;
use tavola_api::{Word, sites, views, workbooks};
use tavola_model::{ContentKind, ViewId};

/// How often each view of a list was seen.
fn counts(list: views::Views) -> Vec<Option<u64>> {
    list.view.into_iter().map(|view| view.usage.map(|usage| usage.total_view_count.0)).collect()
}

#[tokio::test]
async fn views_tell_how_often_they_were_seen_if_that_is_asked_for() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let project = admin.create_project("Place", None).await;
    for name in ["One", "Two"] {
        admin.publish_smallest(ContentKind::Workbook, name, project).await;
    }
    let list = async |query: &str| admin.on_site(views::LIST, &[], query, None).await.map(|page| page.views);
    let all = list("?sort=workbookName:asc").await.unwrap();
    assert_eq!(counts(all.clone()), [None, None]);
    let second = all.view[1].clone();
    let id: ViewId = second.id.as_ref().unwrap().known().unwrap();
    server.sql(&format!("INSERT INTO view_usage (view_id, total) VALUES ('{id}', 7)"));

    let asked = "includeUsageStatistics=true";
    assert_eq!(counts(list(&format!("?sort=hitsTotal:desc&{asked}")).await.unwrap()), [Some(7), Some(0)]);
    assert_eq!(counts(list(&format!("?filter=hitsTotal:gt:6&{asked}&fields=view.name")).await.unwrap()), [Some(7)]);
    assert_eq!(list("?includeUsageStatistics=perhaps").await.unwrap_err().code, "400008");
    let workbook = second.workbook.unwrap().id.unwrap();
    let of_workbook = admin.on_site(views::OF_WORKBOOK, &[&workbook], &format!("?{asked}"), None).await.unwrap();
    assert_eq!(counts(of_workbook.views), [Some(7)]);
    for (query, expected) in
        [("", None), ("?includeUsageStatistics=True", Some(7)), ("?includeUsageStatistics=false", None)]
    {
        let view = admin.on_site(views::GET, &[&id], query, None).await.unwrap().view;
        assert_eq!(view.usage.map(|usage| usage.total_view_count.0), expected);
        let found = admin.on_site(workbooks::GET, &[&workbook], query, None).await.unwrap().workbook;
        assert_eq!(counts(found.views.unwrap()), [expected]);
    }
    let json = format!("/api/3.29/sites/{}/views/{id}?{asked}", admin.credentials.site.id);
    let headers = [("Accept", "application/json"), ("X-Tableau-Auth", admin.token())];
    let answer = server.send("GET", &json, &headers, b"").await.text();
    assert!(answer.contains(r#""usage":{"totalViewCount":"7"}"#), "{answer}");
}

#[tokio::test]
async fn recently_viewed_are_the_views_that_were_seen_and_the_workbooks_that_were_made() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let recent = async || admin.on_site(sites::RECENTLY_VIEWED, &[], "", None).await.unwrap().recents.recent;
    assert_eq!(recent().await, []);
    let project = admin.create_project("Place", None).await;
    let id = admin.publish_smallest(ContentKind::Workbook, "One", project).await;
    let found = recent().await;
    assert_eq!(found.len(), 1);
    let workbook = found[0].workbook.as_ref().unwrap();
    assert_eq!((workbook.id.as_ref().map(Word::to_string), workbook.name.as_deref()), (Some(id), Some("One")));
    assert_eq!(workbook.project.as_ref().unwrap().name.as_deref(), Some("Place"));

    let page = admin.on_site(views::LIST, &[], "?fields=_all_", None).await.unwrap().views.view;
    let view = page[0].id.as_ref().unwrap().to_string();
    assert_eq!(page[0].recently_viewed, Some(false));
    server.sql(&format!(
        "INSERT INTO recents (user_id, content_kind, content_id, used_at) \
         SELECT user_id, 'View', '{view}', used_at + 1 FROM recents"
    ));
    let found = recent().await;
    assert_eq!(found.len(), 2);
    let shown = found[0].view.as_ref().unwrap();
    assert_eq!((shown.id.as_ref().map(Word::to_string), shown.name.as_deref()), (Some(view), Some("A")));
    assert_eq!(shown.workbook.as_ref().unwrap().id, found[1].workbook.as_ref().unwrap().id);
    let page = admin.on_site(views::LIST, &[], "?fields=_all_", None).await.unwrap().views.view;
    assert_eq!(page[0].recently_viewed, Some(true));
}
