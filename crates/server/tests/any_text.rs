//! Texts of any script and any characters: names, tags and filters come back as they were sent, in both encodings.

mod support;

use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};
use support::*;
use tavola_api::{
    ApiVersion, Direction, Encoding, decode, encode,
    tags::{Tag, Tags, TagsMessage},
    workbooks::{PublishedWorkbook, Workbook, WorkbookMessage, WorkbookPage},
};
use tavola_model::{ContentName, Filter, Operator};

const CASES: u64 = 60;
const TWB: &str = "<workbook version='18.1'><worksheets><worksheet name='A'/></worksheets></workbook>";

/// Of every script, and often what XML, JSON, URLs, filters and headers have a use for.
fn text() -> impl Strategy<Value = String> {
    let special = "\"'&<>,:;[]\\%+/?#=@*.(){}|~^`$! \u{a0}\u{ad}\u{202e}\u{301}\u{fffd}\u{fffe}ßİıſ😀漢é\u{10ffff}";
    let special = proptest::sample::select(special.chars().collect::<Vec<_>>());
    let c = prop_oneof![3 => special, 1 => any::<char>(), 1 => proptest::char::range('a', 'e')];
    proptest::collection::vec(c, 1..24).prop_map(String::from_iter)
}

/// What XML 1.0 cannot carry.
fn is_beyond_xml(c: char) -> bool {
    matches!(c, '\0'..'\t' | '\u{b}' | '\u{c}' | '\u{e}'..' ' | '\u{fffe}' | '\u{ffff}')
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn of(encoding: Encoding, kind: &'static str) -> [(&'static str, &'static str); 2] {
    let value = match (encoding, kind) {
        (Encoding::Xml, _) => "application/xml",
        (Encoding::Json, _) => "application/json",
    };
    [("Accept", value), (kind, value)]
}

/// A publish whose file has this name.
fn publication(name: &str, encoding: Encoding) -> Vec<u8> {
    let workbook = Workbook { name: Some(name.to_owned()), ..Workbook::default() };
    let message = encode(&WorkbookMessage { workbook }, encoding, Direction::Request, ApiVersion::LATEST).unwrap();
    let kind = of(encoding, "Content-Type")[1].1;
    let file_name: String =
        name.chars().flat_map(|c| ['\\', c].into_iter().skip(usize::from(!matches!(c, '"' | '\\')))).collect();
    let mut body = format!("--B0\r\nContent-Disposition: name=\"request_payload\"\r\nContent-Type: {kind}\r\n\r\n");
    body.push_str(&String::from_utf8(message).unwrap());
    body.push_str("\r\n--B0\r\nContent-Disposition: name=\"tableau_workbook\"; filename=\"");
    body.push_str(&format!("{file_name}.twb\"\r\n\r\n{TWB}\r\n--B0--\r\n"));
    body.into_bytes()
}

struct Caller<'a> {
    session: &'a Session<'a>,
    encoding: Encoding,
}

impl Caller<'_> {
    async fn send(&self, method: &str, path: &str, kind: Option<&'static str>, body: &[u8]) -> Response {
        let path = format!("/api/3.29/sites/{}/workbooks{path}", self.session.credentials.site.id);
        let [accept, content] = of(self.encoding, "Content-Type");
        let content = kind.map_or(content, |kind| ("Content-Type", kind));
        let headers = [accept, content, ("X-Tableau-Auth", self.session.token())];
        self.session.server.send(method, &path, &headers, body).await
    }

    fn read<T: serde::de::DeserializeOwned>(&self, answer: &Response) -> T {
        assert!(answer.status < 300, "{}: {}", answer.status, answer.text());
        decode(&answer.body, self.encoding, Direction::Response).unwrap()
    }

    /// The names of the workbooks that a filter finds.
    async fn found(&self, filter: Filter) -> Vec<String> {
        let written = Filter::write_all(std::slice::from_ref(&filter)).unwrap();
        let answer = self.send("GET", &format!("?filter={}", percent_encoded(&written)), None, b"").await;
        let page: WorkbookPage = self.read(&answer);
        page.workbooks.workbook.into_iter().map(|workbook| workbook.name.unwrap()).collect()
    }

    async fn publish_and_find(&self, name: &ContentName) -> String {
        let name = name.as_str();
        let body = publication(name, self.encoding);
        let answer = self.send("POST", "", Some("multipart/mixed; boundary=B0"), &body).await;
        let published = self.read::<PublishedWorkbook>(&answer).workbook.unwrap();
        assert_eq!(published.name.as_deref(), Some(name));
        let id = published.id.unwrap().to_string();
        let found: WorkbookMessage = self.read(&self.send("GET", &format!("/{id}"), None, b"").await);
        assert_eq!(found.workbook.name.as_deref(), Some(name));
        for operator in [Operator::Eq, Operator::In] {
            let filter = Filter { field: "name".to_owned(), operator, values: vec![name.to_owned()] };
            assert_eq!(self.found(filter).await, [name], "{operator:?}");
        }
        let download = self.send("GET", &format!("/{id}/content"), None, b"").await;
        assert_eq!((download.status, download.text().as_str()), (200, TWB));
        assert!(download.header("content-disposition").unwrap().is_ascii());
        id
    }

    /// Adds a tag, finds the workbook by it, and removes it.
    async fn tag(&self, id: &str, name: &str, label: &str) {
        // Clients put quotes round labels; those that are there anyway have to be told from these.
        let sent = format!("\"{label}\"");
        let message = TagsMessage { tags: Tags { tag: vec![Tag { label: sent.clone() }] } };
        let body = encode(&message, self.encoding, Direction::Request, ApiVersion::LATEST).unwrap();
        let answer = self.send("PUT", &format!("/{id}/tags"), None, &body).await;
        let label = label.trim();
        if label.is_empty() || label.chars().any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')) {
            assert_eq!(answer.status, 400, "{}", answer.text());
            return;
        }
        let labels = |tags: TagsMessage| tags.tags.tag.into_iter().map(|tag| tag.label).collect::<Vec<_>>();
        assert_eq!(labels(self.read(&answer)), [label]);
        for operator in [Operator::Eq, Operator::In] {
            let filter = Filter { field: "tags".to_owned(), operator, values: vec![label.to_owned()] };
            assert_eq!(self.found(filter).await, [name], "{operator:?}");
        }
        let answer = self.send("DELETE", &format!("/{id}/tags/{}", percent_encoded(&sent)), None, b"").await;
        assert_eq!(answer.status, 204, "{}", answer.text());
        let left: WorkbookMessage = self.read(&self.send("GET", &format!("/{id}"), None, b"").await);
        assert!(left.workbook.tags.unwrap_or_default().tag.is_empty());
    }
}

#[tokio::test]
async fn names_tags_and_filters_of_any_characters_come_back() {
    let server = TestServer::start().await;
    let session = server.admin().await;
    let mut texts = TestRunner::default();
    for case in 0..CASES {
        let encoding = if case % 2 == 0 { Encoding::Xml } else { Encoding::Json };
        let caller = Caller { session: &session, encoding };
        let mut text = || {
            let text = text().new_tree(&mut texts).unwrap().current();
            if encoding == Encoding::Xml { text.replace(is_beyond_xml, "\u{fffd}") } else { text }
        };
        let (name, label) = (text(), text());
        println!("{encoding:?} {name:?} {label:?}");
        let Ok(name) = name.parse::<ContentName>() else {
            let body = publication(&name.replace(['\r', '\n'], "\u{7f}"), encoding);
            let answer = caller.send("POST", "", Some("multipart/mixed; boundary=B0"), &body).await;
            assert_eq!(answer.status, 400, "{}", answer.text());
            continue;
        };
        let id = caller.publish_and_find(&name).await;
        caller.tag(&id, name.as_str(), &label).await;
        assert_eq!(caller.send("DELETE", &format!("/{id}"), None, b"").await.status, 204);
    }
}
