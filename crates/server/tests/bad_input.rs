//! Whatever is sent, the answer is a clean error in the encoding asked for, and the server lives on.

mod support;

use support::*;

const SIGN_IN: &str = "/api/3.29/auth/signin";

async fn signs_in(server: &TestServer, body: &[u8], headers: &[(&str, &str)]) -> (u16, String) {
    let answer = server.send("POST", SIGN_IN, headers, body).await;
    let error = answer.xml_error();
    assert!(!error.summary.0.is_empty() && !error.detail.0.is_empty(), "{error:?}");
    (answer.status, error.code)
}

#[tokio::test]
async fn broken_bodies_are_bad_requests() {
    let server = TestServer::start().await;
    let xml = [("Content-Type", "application/xml")];
    let json = [("Content-Type", "application/json")];
    for body in [
        "",
        " ",
        "x",
        "<tsRequest>",
        "<tsRequest><credentials name='a' password='b'>",
        "<!DOCTYPE x [<!ENTITY e 'x'>]><tsRequest><credentials name='&e;' password='b'/></tsRequest>",
        "<tsRequest><credentials name='&#0;' password='b'/></tsRequest>",
        "<tsRequest/>",
        "<tsRequest><credentials/></tsRequest>",
        "<tsRequest><credentials name='a'/></tsRequest>",
        "<tsRequest><credentials name='a' password='b' jwt='c'/></tsRequest>",
        "<tsRequest><credentials name='a' password='b' personalAccessTokenName='c' personalAccessTokenSecret='d'/></tsRequest>",
    ] {
        assert_eq!(signs_in(&server, body.as_bytes(), &xml).await, (400, "400000".into()), "{body}");
    }
    for body in ["", "[]", "{", "null", r#"{"credentials":"x"}"#, r#"{"credentials":{"name":{},"password":[1,2]}}"#] {
        assert_eq!(signs_in(&server, body.as_bytes(), &json).await, (400, "400000".into()), "{body}");
    }
    assert_eq!(signs_in(&server, b"<tsRequest>\xff\xfe</tsRequest>", &xml).await, (400, "400000".into()));
    let deep = "<a>".repeat(20_000);
    assert_eq!(signs_in(&server, deep.as_bytes(), &xml).await, (400, "400000".into()));
    let deep = "{\"a\":".repeat(10_000);
    assert_eq!(signs_in(&server, deep.as_bytes(), &json).await, (400, "400000".into()));
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(signs_in(&server, b"name=a", &form).await, (415, "415000".into()));
    server.admin().await;
}

#[tokio::test]
async fn a_body_without_content_type_is_read_as_xml_and_one_with_bom_too() {
    let server = TestServer::start().await;
    let body = format!(
        "<tsRequest><credentials name='{ADMIN}' password='{PASSWORD}'><site contentUrl=''/></credentials></tsRequest>"
    );
    for body in [body.clone(), format!("\u{feff}{body}")] {
        let answer = server.send("POST", SIGN_IN, &[], body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(answer.text().starts_with("<?xml version='1.0' encoding='UTF-8'?><tsResponse "), "{}", answer.text());
    }
}

#[tokio::test]
async fn a_body_of_a_hundred_megabytes_is_refused_and_its_sender_reads_why() {
    let server = TestServer::start().await;
    let body = vec![b'x'; 100 * 1024 * 1024];
    assert_eq!(signs_in(&server, &body, &[]).await, (413, "413000".into()));
    // The same without an announced length.
    let mut request =
        format!("POST {SIGN_IN} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
            .into_bytes();
    for _ in 0..40 {
        request.extend_from_slice(b"100000\r\n");
        request.extend_from_slice(&body[..0x10_0000]);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\n\r\n");
    let answer = server.raw(&request).await;
    assert_eq!(answer.xml_error().code, "413000");
    server.admin().await;
}

/// Anybody can send a sign-in, and what is being sent is in memory.
#[tokio::test]
async fn who_is_not_signed_in_cannot_send_much() {
    let server = TestServer::start().await;
    let name = "x".repeat(70_000);
    let body =
        format!("<tsRequest><credentials name='{name}' password='p'><site contentUrl=''/></credentials></tsRequest>");
    assert_eq!(signs_in(&server, body.as_bytes(), &[]).await, (413, "413000".into()));
    let admin = server.admin().await;
    let path = format!("/api/3.29/sites/{}/users", admin.credentials.site.id);
    let unsigned = server.send("POST", &path, &[], &vec![b'x'; 500_000]).await;
    assert_eq!(unsigned.xml_error().code, "401000");
}

#[tokio::test]
async fn unknown_paths_versions_and_verbs_are_told_apart() {
    let server = TestServer::start().await;
    for (method, path, status, code) in [
        ("GET", "/", 404, "404003"),
        ("GET", "/api", 404, "404003"),
        ("GET", "/api/3.29", 404, "404003"),
        ("GET", "/api/3.29/hats", 404, "404003"),
        ("GET", "/api/3.29/sites/%ff/users", 404, "404003"),
        ("GET", "/api/3.30/serverinfo", 404, "404001"),
        ("GET", "/api/1.9/serverinfo", 404, "404001"),
        ("GET", "/api/99.1/auth/signin", 404, "404001"),
        ("GET", "/api/latest/serverinfo", 404, "404001"),
        ("GET", "/api/2.3/serverinfo", 404, "404008"),
        ("POST", "/api/3.29/serverinfo", 405, "405000"),
        ("BREW", "/api/3.29/serverinfo", 405, "405000"),
        ("OPTIONS", "/api/3.29/auth/signin", 405, "405000"),
        ("GET", "/api/3.29/auth/signin", 405, "405000"),
    ] {
        let xml = server.send(method, path, &[], b"").await;
        assert_eq!((xml.status, xml.xml_error().code.as_str()), (status, code), "{method} {path}");
        if !path.starts_with("/api/2.3") {
            let json = server.send(method, path, &[("Accept", "application/json")], b"").await;
            assert_eq!((json.status, json.json_error().code.as_str()), (status, code), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn server_info_answers_anyone_at_every_version_since_2_4_in_both_spellings() {
    let server = TestServer::start().await;
    for version in ["2.4", "2.8", "3.0", "3.9", "3.29", "exp"] {
        for word in ["serverinfo", "serverInfo"] {
            let answer = server.send("GET", &format!("/api/{version}/{word}"), &[], b"").await;
            assert_eq!(answer.status, 200);
            assert!(answer.text().contains("<restApiVersion>3.29</restApiVersion>"), "{}", answer.text());
        }
    }
    let json = server.send("GET", "/api/3.29/serverinfo", &[("Accept", "application/json")], b"").await;
    assert!(json.text().starts_with(r#"{"serverInfo":{"productVersion":{"build":"20262."#), "{}", json.text());
    // JSON began with 2.5.
    let older = server.send("GET", "/api/2.4/serverinfo", &[("Accept", "application/json")], b"").await;
    assert_eq!(older.header("content-type"), Some("application/xml;charset=utf-8"));
}

#[tokio::test]
async fn head_answers_as_get_without_a_body() {
    let server = TestServer::start().await;
    let answer = server.send("HEAD", "/api/3.29/serverinfo", &[], b"").await;
    assert_eq!((answer.status, answer.body.len()), (200, 0));
}

#[tokio::test]
async fn two_tokens_in_one_request_are_a_bad_request() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let headers = [("X-Tableau-Auth", admin.token()), ("x-tableau-auth", "other")];
    let answer = server.send("GET", "/api/3.29/sessions/current", &headers, b"").await;
    assert_eq!(answer.xml_error().code, "400000");
    let empty = server.send("GET", "/api/3.29/sessions/current", &[("X-Tableau-Auth", "")], b"").await;
    assert_eq!(empty.xml_error().code, "401000");
    let bytes =
        b"GET /api/3.29/sessions/current HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Tableau-Auth: \xff\xfe\r\n\r\n";
    // A token that is no text is no token.
    let answer = server.raw(bytes).await;
    assert!(matches!(answer.xml_error().code.as_str(), "401000" | "401002"));
}

#[tokio::test]
async fn what_is_not_http_ends_without_harm() {
    let server = TestServer::start().await;
    for bytes in [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], b"hello\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n"] {
        let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
        tokio::io::AsyncWriteExt::write_all(&mut stream, bytes).await.unwrap();
        tokio::io::AsyncWriteExt::shutdown(&mut stream).await.ok();
        tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut Vec::new()).await.ok();
    }
    server.admin().await;
}

#[tokio::test]
async fn pages_filters_and_sorts_out_of_range_have_their_codes() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    for (query, code) in [
        ("?pageSize=1001", "403014"),
        ("?pageSize=0", "400007"),
        ("?pageSize=x", "400007"),
        ("?pageNumber=0", "400006"),
        ("?pageNumber=-1", "400006"),
        ("?pageNumber=2", "400006"),
        ("?pageNumber=99999999999999999999", "400006"),
        ("?filter=hat:eq:x", "400065"),
        ("?filter=name", "400065"),
        ("?filter=name:eq:", "400065"),
        ("?filter=name:like:x", "400065"),
        ("?filter=lastLogin:gt:yesterday", "400065"),
        ("?sort=hat:asc", "400065"),
        ("?sort=name:sideways", "400065"),
        ("?filter=%ff", "400000"),
    ] {
        let error = admin.on_site(tavola_api::users::LIST, &[], query, None).await.unwrap_err();
        assert_eq!(error.code, code, "{query}: {error:?}");
    }
}
