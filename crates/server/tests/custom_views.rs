//! Custom views through the wire.

mod support;

use support::*;
use tavola_api::{
    Direction, Encoding, ErrorBody, Word,
    custom_views::{self, CustomView, CustomViewMessage},
    decode,
    users::{User, Users, UsersMessage},
    workbooks::PublishedWorkbook,
};
use tavola_model::{CustomViewId, SiteRole};

const BOOK: &str = "<?xml version='1.0' encoding='utf-8' ?><workbook version='18.1'><worksheets><worksheet name='A'/>\
    <worksheet name='B'/></worksheets><windows><window class='worksheet' name='A'/>\
    <window class='worksheet' name='B'/></windows></workbook>";
const DEFINITION: &str = "[{\"viewName\":\"A\"},\r\n {\"isSourceView\":true,\"viewName\":\"B\",\"tcv\":\"\u{fffd}\"}]";

fn body(message: &str, part: &str, file: &str) -> String {
    format!(
        "--B0\r\nContent-Disposition: name=\"request_payload\"\r\nContent-Type: text/xml\r\n\r\n\
         <tsRequest>{message}</tsRequest>\r\n--B0\r\nContent-Disposition: name=\"{part}\"; filename=\"x.twb\"\r\n\r\n\
         {file}\r\n--B0--\r\n"
    )
}

async fn post(session: &Session<'_>, version: &str, kind: &str, body: &str) -> Response {
    let path = format!("/api/{version}/sites/{}/{kind}", session.credentials.site.id);
    let headers = [
        ("Accept", "application/json"),
        ("Content-Type", "multipart/mixed; boundary=B0"),
        ("X-Tableau-Auth", session.token()),
    ];
    session.server.send("POST", &path, &headers, body.as_bytes()).await
}

async fn book(session: &Session<'_>) -> String {
    let answer = post(session, "3.29", "workbooks", &body("<workbook name=\"W\"/>", "tableau_workbook", BOOK)).await;
    assert_eq!(answer.status, 201);
    let published: PublishedWorkbook = decode(&answer.body, Encoding::Json, Direction::Response).unwrap();
    published.workbook.unwrap().id.unwrap().to_string()
}

async fn publish(session: &Session<'_>, message: &str, definition: &str) -> Result<CustomView, ErrorBody> {
    let answer = post(session, "exp", "customviews", &body(message, "tableau_customview", definition)).await;
    if answer.status != 201 {
        return Err(answer.json_error());
    }
    Ok(decode::<CustomViewMessage>(&answer.body, Encoding::Json, Direction::Response).unwrap().custom_view)
}

#[tokio::test]
async fn a_custom_view_is_published_described_changed_and_handed_back_byte_by_byte() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let workbook = book(&admin).await;
    let message = format!("<customView name=\"Mine\" shared=\"true\"><workbook id=\"{workbook}\"/></customView>");
    let made = publish(&admin, &message, DEFINITION).await.unwrap();
    assert_eq!(made.view.as_ref().unwrap().name.as_deref(), Some("B"));
    assert_eq!(made.owner.as_ref().unwrap().name.as_deref(), Some(ADMIN));
    assert_eq!(publish(&admin, &message, DEFINITION).await.unwrap_err().code, "403166");
    let id: CustomViewId = made.id.as_ref().unwrap().known().unwrap();
    let found = admin.on_site(custom_views::GET, &[&id], "", None).await.unwrap().custom_view;
    assert_eq!(found, made);
    let listed = admin.on_site(custom_views::LIST, &[], "?filter=shared:eq:true&pageSize=1", None).await.unwrap();
    assert_eq!((listed.pagination.total_available.0, &listed.custom_views.custom_view[0]), (1, &made));

    let path = format!("/api/exp/sites/{}/customviews/{id}/content", admin.credentials.site.id);
    let file = server.send("GET", &path, &[("X-Tableau-Auth", admin.token())], b"").await;
    assert_eq!((file.status, file.text().as_str()), (200, DEFINITION));

    let ann = admin.add_user("ann", SiteRole::Explorer, None).await;
    let users = vec![User { id: Some(Word::Known(ann)), ..User::default() }];
    let users = UsersMessage { users: Users { user: users } };
    let set = admin.on_site(custom_views::SET_DEFAULT_USERS, &[&id], "", Some(&users)).await.unwrap();
    assert!(set.custom_view_as_user_default_results.custom_view_as_user_default_view_result[0].success);
    let first = admin.on_site(custom_views::DEFAULT_USERS, &[&id], "", None).await.unwrap();
    assert_eq!(first.users.user[0].id, Some(Word::Known(ann)));

    let custom_view = CustomView { name: Some("Ours".to_owned()), shared: Some(false), ..CustomView::default() };
    let change = CustomViewMessage { custom_view };
    let changed = admin.on_site(custom_views::UPDATE, &[&id], "", Some(&change)).await.unwrap().custom_view;
    assert_eq!((changed.name.as_deref(), changed.shared), (Some("Ours"), Some(false)));
    admin.on_site(custom_views::DELETE, &[&id], "", None).await.unwrap();
    assert_eq!(admin.on_site(custom_views::GET, &[&id], "", None).await.unwrap_err().code, "404055");
}

#[tokio::test]
async fn a_definition_that_leads_to_no_view_is_refused() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let workbook = book(&admin).await;
    let message = format!("<customView name=\"Mine\"><workbook id=\"{workbook}\"/></customView>");
    for definition in ["", "{}", "[]", "[{\"viewName\":\"C\"}]", "[{\"viewName\":7}]", "not json"] {
        assert_eq!(publish(&admin, &message, definition).await.unwrap_err().code, "400011", "{definition}");
    }
    let nameless = format!("<customView><workbook id=\"{workbook}\"/></customView>");
    assert_eq!(publish(&admin, &nameless, DEFINITION).await.unwrap_err().code, "400000");
    assert_eq!(publish(&admin, "<customView name=\"Mine\"/>", DEFINITION).await.unwrap_err().code, "400000");
    let unknown = "<customView name=\"Mine\"><workbook id=\"12345678-1234-4123-8123-123456789012\"/></customView>";
    assert_eq!(publish(&admin, unknown, DEFINITION).await.unwrap_err().code, "404006");
}
