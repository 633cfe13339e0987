use tavola_client::{
    Client, Credentials, Error, PathValue, SiteKey, Unreadable,
    api::users::{self, User},
    model::UserId,
};

use crate::server::{ANN, Asked, Reply, SITE, Server, USER, in_fast_time};

fn ann() -> UserId {
    USER.parse().unwrap()
}

/// A client whose first request is the call itself, of a server that always answers the same.
async fn client_of(reply: Reply) -> (Server, Client) {
    let server = Server::start(move |_: &Asked| reply.clone()).await;
    let client = server
        .client()
        .retries(0)
        .version("3.29".parse().unwrap())
        .credentials(Credentials::session("token-0", SITE.parse().unwrap(), ann()))
        .build()
        .unwrap();
    (server, client)
}

async fn get(reply: Reply) -> Result<User, Error> {
    let (_server, client) = client_of(reply).await;
    client.users().get(ann()).await
}

async fn unreadable(reply: Reply) -> Unreadable {
    match get(reply).await {
        Err(Error::Unreadable(unreadable)) => *unreadable,
        other => panic!("{other:?}"),
    }
}

fn raw(head: &str, body: &[u8]) -> Reply {
    Reply::Raw([format!("HTTP/1.1 200 OK\r\n{head}\r\n\r\n").as_bytes(), body].concat())
}

#[test]
fn a_refusal_is_kept_whole() {
    in_fast_time(async {
        let error = get(Reply::refusal(404, 404_002, "Resource Not Found", "User &apos;x&apos; could not be found."))
            .await
            .unwrap_err();
        let refused = error.refused().unwrap();
        assert_eq!((refused.code, refused.status, refused.method), (404_002, 404, "Query User On Site"));
        assert_eq!(
            (refused.summary.as_str(), refused.detail.as_str()),
            ("Resource Not Found", "User 'x' could not be found.")
        );
        assert_eq!(refused.path, format!("/api/3.29/sites/{SITE}/users/{USER}"));
        assert_eq!(
            error.to_string(),
            "the server refused `Query User On Site`: Resource Not Found: User 'x' could not be found (404002)"
        );
        let json = r#"{"error":{"summary":"Forbidden","detail":"","code":"403004"}}"#;
        let error = get(Reply::typed(403, "application/json", json)).await.unwrap_err();
        assert_eq!(error.to_string(), "the server refused `Query User On Site`: Forbidden (403004)");
        assert_eq!(error.code(), Some(403_004));
    });
}

#[test]
fn html_is_not_an_answer_whatever_its_status() {
    in_fast_time(async {
        for status in [200, 404, 500] {
            let page = format!("\n  <html>{}</html>", "é".repeat(500));
            let unreadable = unreadable(Reply::typed(status, "text/html", &page)).await;
            assert_eq!((unreadable.status, unreadable.content_type.as_deref()), (status, Some("text/html")));
            assert_eq!(unreadable.what, "it is neither XML nor JSON");
            assert_eq!(unreadable.start, format!("<html>{}", "é".repeat(194)));
        }
        let mislabelled = unreadable(Reply::typed(500, "application/xml", "<html><br></html>")).await;
        assert_eq!(mislabelled.start, "<html><br></html>");
    });
}

#[test]
fn a_damaged_answer_is_not_shown_for_it_may_hold_a_token() {
    in_fast_time(async {
        let cut = "<tsResponse><user id=\"11111111-2222";
        for (name, reply, what) in [
            ("cut", raw("Content-Type: application/xml\r\nContent-Length: 900", cut.as_bytes()), "it was cut short"),
            (
                "too short a length",
                raw("Content-Type: application/xml\r\nContent-Length: 20", format!("<tsResponse>{ANN}").as_bytes()),
                "the body is not well-formed XML",
            ),
            ("cut and closed", raw("Content-Type: application/xml", cut.as_bytes()), "the body is not well-formed XML"),
            ("cut chunk", raw("Transfer-Encoding: chunked", b"900\r\n<tsResponse>"), "it was cut short"),
            ("not UTF-8", raw("Content-Type: text/xml", b"<tsResponse>\xff</tsResponse>"), "the body is not UTF-8"),
            ("not packed", raw("Content-Encoding: gzip\r\nContent-Length: 3", b"abc"), "it was cut short"),
            ("other root", Reply::typed(200, "text/xml", "<html/>"), "the root element is not `tsResponse`"),
            ("empty", Reply::empty(200), "the body is empty"),
            ("no user", Reply::xml(200, ""), "missing field `user`"),
            ("json of xml", Reply::typed(200, "application/json", cut), "the body is not well-formed JSON"),
        ] {
            let unreadable = unreadable(reply).await;
            assert!(unreadable.what.starts_with(what), "{name}: {}", unreadable.what);
            assert_eq!(unreadable.start, "", "{name}");
            assert_eq!(unreadable.method, "Query User On Site");
        }
    });
}

#[test]
fn an_answer_without_end_is_not_taken_into_memory() {
    in_fast_time(async {
        let body = vec![b' '; (64 << 20) + 1];
        let unreadable = unreadable(Reply::Answer { status: 200, headers: Vec::new(), body }).await;
        assert_eq!(unreadable.what, "it is larger than 64 MiB");
    });
}

#[test]
fn both_encodings_and_packed_answers_are_read() {
    in_fast_time(async {
        let json = format!(r#"{{"user":{{"id":"{USER}","name":"Ann","siteRole":"Viewer"}}}}"#);
        // `<tsResponse><user name="Ann"/></tsResponse>` by gzip.
        let packed = [
            31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 179, 41, 41, 14, 74, 45, 46, 200, 207, 43, 78, 181, 179, 41, 45, 78, 45,
            82, 200, 75, 204, 77, 181, 85, 114, 204, 203, 83, 210, 183, 179, 209, 71, 146, 6, 0, 6, 218, 210, 203, 43,
            0, 0, 0,
        ];
        for reply in [
            Reply::xml(200, ANN),
            Reply::xml(201, ANN),
            Reply::typed(200, "application/json;charset=utf-8", &json),
            raw("Content-Encoding: gzip\r\nContent-Length: 54", &packed),
        ] {
            assert_eq!(get(reply).await.unwrap().name.as_deref(), Some("Ann"));
        }
    });
}

#[test]
fn a_method_without_an_answer_takes_any_success() {
    in_fast_time(async {
        for reply in [Reply::empty(204), Reply::empty(200), Reply::xml(200, ""), Reply::xml(200, ANN)] {
            let (_server, client) = client_of(reply).await;
            client.users().remove(ann()).await.unwrap();
        }
        let (_server, client) = client_of(Reply::typed(200, "text/html", "<html>log in here</html>")).await;
        client.users().remove(ann()).await.unwrap_err();
    });
}

#[test]
fn requests_are_xml_with_the_token_in_the_header() {
    in_fast_time(async {
        let (server, client) = client_of(Reply::xml(201, ANN)).await;
        let user = User { name: Some("Ann & <Bo>".into()), ..User::default() };
        client.users().add(&user).await.unwrap();
        let asked = &server.asked("POST")[0];
        assert_eq!(asked.line, format!("POST /api/3.29/sites/{SITE}/users"));
        assert_eq!(asked.token(), Some("token-0"));
        assert_eq!(asked.headers["content-type"], "application/xml;charset=utf-8");
        assert_eq!(asked.headers["accept"], "application/xml;charset=utf-8");
        assert_eq!(asked.headers["user-agent"], concat!("tavola-client/", env!("CARGO_PKG_VERSION")));
        assert!(asked.body.ends_with("<user name=\"Ann &amp; &lt;Bo&gt;\"/></tsRequest>"), "{}", asked.body);
    });
}

#[test]
fn a_value_that_would_change_the_path_is_refused_here() {
    in_fast_time(async {
        let (server, client) = client_of(Reply::xml(200, ANN)).await;
        for value in ["", ".", ".."] {
            let error = client.sites().get(SiteKey::Name(value.into())).await.unwrap_err();
            assert_eq!(error.to_string(), format!("`{value}` cannot stand in the path of `Query Site`"));
        }
        assert_eq!(server.count(""), 0);
        let path = [PathValue::SessionSite, PathValue::Of(&"../sites?x#y")];
        client.call(&users::GET, &path, &[], None).await.unwrap();
        assert_eq!(server.asked("GET")[0].line, format!("GET /api/3.29/sites/{SITE}/users/..%2Fsites%3Fx%23y"));
    });
}

#[test]
fn what_a_client_cannot_be_made_of_is_said() {
    let say = |builder: tavola_client::Builder| builder.build().unwrap_err().to_string();
    let builder = || Client::builder("https://example.com").no_proxy();
    assert_eq!(say(Client::builder("ftp://x")), "the server's address begins with `ftp://`; it must be http or https");
    assert_eq!(say(builder().ca_certificate("nonsense")), "the authority's PEM holds no certificate");
    assert_eq!(
        say(builder().client_identity("nonsense")),
        "the client's PEM does not hold a certificate and its private key"
    );
    assert_eq!(say(builder().user_agent("a\nb")), "the user agent holds what no header can");
    assert_eq!(
        say(builder().proxy("foo://proxy.example.com")),
        "the proxy's address cannot be read; it looks like http://proxy.example.com:3128"
    );
    assert_eq!(
        say(builder().proxy("http://ann:hunter2@")),
        "the proxy's address cannot be read; it looks like http://proxy.example.com:3128"
    );
}
