//! What happens to a session while it is in use: it ends, or its user becomes somebody else, in the middle of a request.

mod support;

use std::time::Duration;

use support::*;
use tavola_api::{
    NoBody, sessions,
    users::{self, User, UserMessage},
    workbooks,
};
use tavola_model::SiteRole;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A request whose head the server has accepted, and whose body it waits for.
struct HalfSent {
    stream: TcpStream,
    body: Vec<u8>,
}

impl HalfSent {
    async fn begin(session: &Session<'_>, method: &str, path: &str, content_type: &str, body: Vec<u8>) -> Self {
        let mut stream = TcpStream::connect(session.server.address).await.unwrap();
        let head = format!(
            "{method} /api/3.29/sites/{}{path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\n\
             X-Tableau-Auth: {}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
            session.credentials.site.id,
            session.token(),
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // The server asks for the body when it begins to read it: by then it knows whose request it is.
        let mut answer = vec![0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
        stream.read_exact(&mut answer).await.unwrap();
        assert!(answer.starts_with(b"HTTP/1.1 100"), "{}", String::from_utf8_lossy(&answer));
        Self { stream, body }
    }

    async fn finish(mut self) -> Response {
        self.stream.write_all(&self.body).await.unwrap();
        let mut answer = Vec::new();
        self.stream.read_to_end(&mut answer).await.unwrap();
        Response::parse(&answer)
    }

    async fn rename(session: &Session<'_>, name: &str) -> Self {
        let body = format!("<tsRequest><user fullName=\"{name}\"/></tsRequest>").into_bytes();
        Self::begin(session, "PUT", &format!("/users/{}", session.user_id()), "text/xml", body).await
    }

    async fn publish(session: &Session<'_>) -> Self {
        let body = "--B\r\nContent-Disposition: name=\"request_payload\"\r\nContent-Type: text/xml\r\n\r\n\
            <tsRequest><workbook name=\"late\"/></tsRequest>\r\n\
            --B\r\nContent-Disposition: name=\"tableau_workbook\"; filename=\"late.twb\"\r\n\r\n\
            <workbook version='18.1'><worksheets><worksheet name='S'/></worksheets></workbook>\r\n--B--\r\n";
        Self::begin(session, "POST", "/workbooks", "multipart/mixed; boundary=B", body.into()).await
    }
}

/// The role, given by the administrator.
async fn give(admin: &Session<'_>, user: &Session<'_>, role: SiteRole) {
    let change = UserMessage { user: User { site_role: Some(role.into()), ..User::default() } };
    admin.on_site(users::UPDATE, &[&user.user_id()], "", Some(&change)).await.unwrap();
}

async fn workbooks(admin: &Session<'_>) -> u64 {
    admin.on_site(workbooks::LIST, &[], "", None).await.unwrap().pagination.total_available.0
}

#[tokio::test]
async fn what_arrives_after_its_session_ended_is_not_done() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("ann", SiteRole::SiteAdministratorCreator, Some("p")).await;
    let ann = server.with_password("ann", "p", "").await.unwrap();
    let (rename, publish) = (HalfSent::rename(&ann, "Late").await, HalfSent::publish(&ann).await);
    admin.call(sessions::DELETE, &[&ann.token()], "", None::<&NoBody>).await.unwrap();
    for half in [rename, publish] {
        let answer = half.finish().await;
        assert_eq!((answer.status, answer.xml_error().code.as_str()), (401, "401002"), "{}", answer.text());
    }
    let user = admin.on_site(users::GET, &[&ann.user_id()], "", None).await.unwrap().user;
    assert_ne!(user.full_name.as_deref(), Some("Late"));
    assert_eq!(workbooks(&admin).await, 0);
}

#[tokio::test]
async fn what_arrives_after_a_role_fell_is_judged_by_the_new_role() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("ann", SiteRole::SiteAdministratorCreator, Some("p")).await;
    let ann = server.with_password("ann", "p", "").await.unwrap();
    let (rename, publish) = (HalfSent::rename(&ann, "Late").await, HalfSent::publish(&ann).await);
    give(&admin, &ann, SiteRole::Viewer).await;
    let answer = rename.finish().await;
    assert_eq!((answer.status, answer.xml_error().code.as_str()), (403, "403004"), "{}", answer.text());
    let answer = publish.finish().await;
    assert_eq!((answer.status, answer.xml_error().code.as_str()), (403, "403007"), "{}", answer.text());
    assert_eq!(workbooks(&admin).await, 0);
}

#[tokio::test]
async fn a_session_whose_file_is_on_its_way_for_hours_is_in_use() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("ann", SiteRole::Creator, Some("p")).await;
    let ann = server.with_password("ann", "p", "").await.unwrap();
    let mut publish = HalfSent::publish(&ann).await;
    let long = Duration::from_secs(200 * 60);
    let rest = publish.body.split_off(publish.body.len() - 60);
    server.clock.advance(long);
    publish.stream.write_all(&publish.body).await.unwrap();
    // The use is noted in the background.
    let mut noted = false;
    for _ in 0..10_000 {
        let listed = admin.on_site(sessions::LIST, &[], "", None).await.unwrap().sessions.session;
        let session = listed.iter().find(|session| session.user.name == "ann").unwrap();
        noted = session.last_used_at == server.clock.now();
        if noted {
            break;
        }
        tokio::task::yield_now().await;
    }
    assert!(noted);
    server.clock.advance(long);
    publish.body = rest;
    let answer = publish.finish().await;
    assert_eq!(answer.status, 201, "{}", answer.text());
}

#[tokio::test]
async fn a_role_that_fell_holds_from_the_next_call_of_an_open_session() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("ann", SiteRole::SiteAdministratorCreator, Some("p")).await;
    let ann = server.with_password("ann", "p", "").await.unwrap();
    let both = ann.on_site(sessions::LIST, &[], "", None).await.unwrap().sessions.session;
    assert_eq!(both.len(), 2);
    give(&admin, &ann, SiteRole::Viewer).await;
    let current = ann.call(sessions::CURRENT, &[], "", None).await.unwrap().session;
    assert_eq!(current.user.site_role, Some(SiteRole::Viewer.into()));
    let own = ann.on_site(sessions::LIST, &[], "", None).await.unwrap().sessions.session;
    assert_eq!(own.len(), 1);
    let refused = ann.call(sessions::DELETE, &[&both[0].id], "", None::<&NoBody>).await;
    let refused = [refused, ann.call(sessions::DELETE, &[&both[1].id], "", None::<&NoBody>).await];
    assert_eq!(refused.iter().filter(|answer| answer.is_err()).count(), 1, "only their own session is theirs to end");
    assert!(admin.is_alive().await);
}
