//! Uploads in blocks: who may, in which order, what becomes of broken ones, and how clients write their bodies.

mod support;

use std::path::Path;

use support::*;
use tavola_api::{
    Direction, Encoding, ErrorBody, Word, decode,
    file_uploads::{self, FileUpload, FileUploadMessage, LONGEST_BLOCK, UploadSessionId},
    users::{self, User, UserMessage},
};
use tavola_model::SiteRole;

const MIXED: &str = "multipart/mixed; boundary=B0";

/// The body of an append as TSC writes it.
fn block(bytes: &[u8]) -> Vec<u8> {
    let mut body =
        b"--B0\r\nContent-Disposition: name=\"request_payload\"; filename=\"\"\r\nContent-Type: text/xml\r\n\r\n\r\n\
        --B0\r\nContent-Disposition: name=\"tableau_file\"; filename=\"file\"\r\n\
        Content-Type: application/octet-stream\r\n\r\n"
            .to_vec();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--B0--\r\n");
    body
}

impl Session<'_> {
    async fn initiate(&self) -> Result<FileUpload, ErrorBody> {
        self.on_site(file_uploads::INITIATE, &[], "", None).await.map(|answer| answer.file_upload)
    }

    async fn begin(&self) -> UploadSessionId {
        self.initiate().await.unwrap().upload_session_id.known().unwrap()
    }

    fn append_path(&self, upload: &str, query: &str) -> String {
        format!("/api/3.29/sites/{}/fileUploads/{upload}{query}", self.credentials.site.id)
    }

    /// Appends and gives the size in megabytes.
    async fn append(&self, upload: UploadSessionId, query: &str, bytes: &[u8]) -> Result<String, ErrorBody> {
        self.put(upload, query, MIXED, &block(bytes)).await
    }

    async fn put(&self, upload: UploadSessionId, query: &str, kind: &str, body: &[u8]) -> Result<String, ErrorBody> {
        let path = self.append_path(&upload.to_string(), query);
        let headers = [("Accept", "application/json"), ("Content-Type", kind), ("X-Tableau-Auth", self.token())];
        let answer = self.server.send("PUT", &path, &headers, body).await;
        if answer.status != 200 {
            return Err(answer.json_error());
        }
        let message: FileUploadMessage = decode(&answer.body, Encoding::Json, Direction::Response).unwrap();
        assert_eq!(message.file_upload.upload_session_id, Word::Known(upload));
        Ok(message.file_upload.file_size.unwrap())
    }

    async fn refusal(&self, upload: UploadSessionId, kind: &str, body: impl AsRef<[u8]>) -> String {
        self.put(upload, "", kind, body.as_ref()).await.unwrap_err().code
    }
}

/// How many files lie in the storage below a data folder.
fn stored(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| if path.is_dir() { stored(&path) } else { usize::from(!path.ends_with("tavola-storage")) })
        .sum()
}

fn contents(server: &TestServer) -> usize {
    stored(&server.data_dir().join("content"))
}

/// Waits for what another task does.
async fn until(condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), waiting).await.unwrap();
}

fn noise(seed: u8, length: usize) -> Vec<u8> {
    (0..length).map(|n| (n as u8).wrapping_mul(31).wrapping_add(seed) ^ (n >> 8) as u8).collect()
}

#[tokio::test]
async fn an_upload_begins_empty_and_grows_block_by_block() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let path = format!("/api/3.29/sites/{}/fileUploads", admin.credentials.site.id);
    let answer = server.send("POST", &path, &[("X-Tableau-Auth", admin.token())], b"").await;
    assert_eq!(answer.status, 201);
    let text = answer.text();
    assert!(text.contains("fileSize=\"0\" maxFileChunkCount=\"10000\""), "{text}");

    let upload = admin.begin().await;
    assert_eq!(admin.append(upload, "", b"x").await.unwrap(), "1");
    assert_eq!(admin.append(upload, "", &noise(1, 3 << 20)).await.unwrap(), "4");
    assert_eq!(admin.append(upload, "?sequenceID=7", b"").await.unwrap(), "4");
    assert_eq!(contents(&server), 3);
}

#[tokio::test]
async fn blocks_come_in_parallel_and_any_order_and_are_sent_again() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let upload = admin.begin().await;
    let blocks: Vec<Vec<u8>> = (0..8).map(|n| noise(n, 1 << 20)).collect();
    let queries: Vec<String> = [5, 2, 7, 0, 1, 6, 3, 4].map(|n| format!("?sequenceID={n}")).to_vec();
    let sent = futures_util::future::join_all(
        queries.iter().zip(&blocks).map(|(query, block)| admin.append(upload, query, block)),
    );
    let sizes: Vec<usize> = sent.await.into_iter().map(|size| size.unwrap().parse().unwrap()).collect();
    assert_eq!(sizes.into_iter().max(), Some(8));
    // What comes again replaces what was there.
    assert_eq!(admin.append(upload, "?sequenceId=5", &blocks[0]).await.unwrap(), "8");
    assert_eq!(admin.append(upload, "?SEQUENCEID=5", b"shorter").await.unwrap(), "8");
    for query in ["?sequenceID=-1", "?sequenceID=x", "?sequenceID=1.0", "?sequenceID=99999999999"] {
        assert_eq!(admin.append(upload, query, b"x").await.unwrap_err().code, "400008", "{query}");
    }
    assert_eq!(admin.append(upload, "?sequenceID=10001", b"x").await.unwrap_err().code, "400000");
}

/// Sends the body's begin, then does something else, then sends the rest.
async fn interrupted(server: &TestServer, head: &str, body: &[u8], meanwhile: impl Future<Output = ()>) -> Response {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let (first, rest) = body.split_at(body.len() / 2);
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(first).await.unwrap();
    meanwhile.await;
    stream.write_all(rest).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    Response::parse(&answer)
}

#[tokio::test]
async fn of_two_writers_without_sequence_one_is_told_so() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let upload = admin.begin().await;
    let body = block(&noise(1, 1 << 20));
    let path = admin.append_path(&upload.to_string(), "");
    let head = format!(
        "PUT {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Tableau-Auth: {}\r\nContent-Type: {MIXED}\r\n\
         Content-Length: {}\r\n\r\n",
        admin.token(),
        body.len()
    );
    let answer = interrupted(&server, &head, &body, async {
        // The first has asked for its place when its bytes begin to lie in the storage.
        until(|| contents(&server) == 1).await;
        assert_eq!(admin.append(upload, "", b"quick").await.unwrap(), "1");
    })
    .await;
    let error = answer.xml_error();
    assert_eq!(error.code, "400000");
    assert!(error.detail.0.contains("sequence"), "{error:?}");
    assert_eq!(contents(&server), 1);
}

#[tokio::test]
async fn a_block_that_breaks_off_leaves_nothing_and_is_sent_again() {
    use tokio::io::AsyncWriteExt as _;
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let upload = admin.begin().await;
    let bytes = noise(1, 2 << 20);
    let body = block(&bytes);
    let path = admin.append_path(&upload.to_string(), "?sequenceID=0");
    let head = format!(
        "PUT {path} HTTP/1.1\r\nHost: h\r\nX-Tableau-Auth: {}\r\nContent-Type: {MIXED}\r\nContent-Length: {}\r\n\r\n",
        admin.token(),
        body.len()
    );
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body[..1 << 20]).await.unwrap();
    until(|| contents(&server) == 1).await;
    drop(stream);
    until(|| contents(&server) == 0).await;
    assert_eq!(admin.append(upload, "?sequenceID=0", &bytes).await.unwrap(), "2");
    assert_eq!(contents(&server), 1);
}

#[tokio::test]
async fn an_upload_is_its_users_own_and_lives_a_day() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    admin.add_user("ann", SiteRole::Creator, Some("p")).await;
    let ann = server.with_password("ann", "p", "").await.unwrap();
    let upload = ann.begin().await;
    assert_eq!(ann.append(upload, "", b"mine").await.unwrap(), "1");
    assert_eq!(admin.append(upload, "", b"x").await.unwrap_err().code, "404015");
    for unknown in [
        "1:12345678123441238123123456789012-1:0",
        "7720:170fe6b1c1c7422dadff20f944d58a52-1:0",
        "12345678-1234-4123-8123-123456789012",
        "x",
    ] {
        let path = ann.append_path(unknown, "");
        let headers = [("Content-Type", MIXED), ("X-Tableau-Auth", ann.token())];
        let error = server.send("PUT", &path, &headers, &block(b"x")).await.xml_error();
        assert_eq!(error.code, "404015", "{unknown}");
    }
    server.clock.advance(std::time::Duration::from_secs(24 * 60 * 60));
    let ann = server.with_password("ann", "p", "").await.unwrap();
    assert_eq!(ann.append(upload, "", b"late").await.unwrap_err().code, "404015");
}

#[tokio::test]
async fn only_who_may_publish_uploads() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    for (name, role, may) in [
        ("creator", SiteRole::Creator, true),
        ("publisher", SiteRole::ExplorerCanPublish, true),
        ("explorer", SiteRole::Explorer, false),
        ("viewer", SiteRole::Viewer, false),
    ] {
        admin.add_user(name, role, Some("p")).await;
        let begun = server.with_password(name, "p", "").await.unwrap().initiate().await;
        assert_eq!(begun.map_err(|error| error.code).err().as_deref(), (!may).then_some("403015"), "{name}");
    }
}

#[tokio::test]
async fn who_lost_the_right_to_publish_appends_no_more() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let id = admin.add_user("ann", SiteRole::Creator, Some("p")).await;
    let ann = server.with_password("ann", "p", "").await.unwrap();
    let upload = ann.begin().await;
    let user = User { site_role: Some(SiteRole::Viewer.into()), ..Default::default() };
    admin.on_site(users::UPDATE, &[&id], "", Some(&UserMessage { user })).await.unwrap();
    let ann = server.with_password("ann", "p", "").await.unwrap();
    assert_eq!(ann.append(upload, "", b"x").await.unwrap_err().code, "403007");
    assert_eq!(contents(&server), 0);
}

#[tokio::test]
async fn an_upload_goes_on_after_a_restart() {
    let mut server = TestServer::start().await;
    let upload = {
        let admin = server.admin().await;
        let upload = admin.begin().await;
        admin.append(upload, "", &noise(1, 1 << 20)).await.unwrap();
        upload
    };
    server.restart().await;
    let admin = server.admin().await;
    assert_eq!(admin.append(upload, "", &noise(2, 1 << 20)).await.unwrap(), "2");
}

#[tokio::test]
async fn what_is_left_of_an_upload_is_collected_from_the_start_on() {
    let mut server = TestServer::start().await;
    {
        let admin = server.admin().await;
        let upload = admin.begin().await;
        admin.append(upload, "", &noise(1, 1 << 20)).await.unwrap();
        admin.append(upload, "", &noise(2, 1 << 20)).await.unwrap();
    }
    server.clock.advance(std::time::Duration::from_secs(24 * 60 * 60));
    // One start forgets the upload and marks its blocks, one ten minutes later deletes them; a collection that is cut off
    // by the end of the server is taken up by the next.
    for _ in 0..20 {
        server.restart().await;
        server.admin().await;
        server.clock.advance(std::time::Duration::from_secs(10 * 60));
    }
    assert_eq!(contents(&server), 0);
}

#[tokio::test]
async fn a_block_has_at_most_64_megabytes() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let upload = admin.begin().await;
    let whole = vec![7; LONGEST_BLOCK];
    assert_eq!(admin.append(upload, "", &whole).await.unwrap(), "64");
    for more in [1, 1 << 20] {
        let larger = vec![7; LONGEST_BLOCK + more];
        assert_eq!(admin.append(upload, "", &larger).await.unwrap_err().code, "400016");
    }
    assert_eq!(admin.append(upload, "", b"x").await.unwrap(), "65");
    assert_eq!(contents(&server), 2);
}

#[tokio::test]
async fn bodies_are_read_as_clients_write_them() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let upload = admin.begin().await;
    let tsc = String::from_utf8(block(b"line\nline")).unwrap();
    for (kind, body) in [
        (MIXED, tsc.clone()),
        ("multipart/form-data; charset=utf-8; boundary=\"B0\"", tsc.replace("position: ", "position: form-data; ")),
        (MIXED, tsc.replace("\r\n", "\n")),
        (MIXED, format!("preamble\r\n{tsc}epilogue")),
        // The file first, the message last; the name last of the parameters.
        (
            MIXED,
            "--B0\nContent-Disposition: form-data; filename=\"f\"; NAME=tableau_file\n\nline\nline\n--B0\n\
             Content-Disposition: name=request_payload\n\n<tsRequest/>\n--B0--"
                .to_owned(),
        ),
        // The file alone, and a part nobody knows.
        (
            MIXED,
            "--B0\r\nContent-Disposition: name=x\r\n\r\nx\r\n--B0\r\ncontent-disposition:name=tableau_file\r\n\r\n\
             line\nline\r\n--B0--"
                .to_owned(),
        ),
    ] {
        assert_eq!(admin.put(upload, "?sequenceID=0", kind, body.as_bytes()).await.unwrap(), "1", "{kind} {body}");
        // Equal bytes are kept once: these are.
        assert_eq!(contents(&server), 1, "{body}");
    }
}

#[tokio::test]
async fn broken_bodies_are_bad_requests_and_leave_nothing() {
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let upload = admin.begin().await;
    let whole = String::from_utf8(block(b"content")).unwrap();
    let end = whole.strip_suffix("--B0--\r\n").unwrap();
    let file = "--B0\r\nContent-Disposition: name=tableau_file\r\n\r\nx\r\n";
    let message = "--B0\r\nContent-Disposition: name=request_payload\r\n\r\n\r\n";
    for (body, code) in [
        (end.to_owned(), "400000"),
        (format!("{end}--B0"), "400000"),
        (whole.replace("--B0--", "--B1--"), "400000"),
        (format!("{end}{file}--B0--"), "400000"),
        (format!("{end}{message}--B0--"), "400000"),
        (format!("{file}--B0\r\nno colon\r\n\r\n\r\n--B0--"), "400000"),
        (format!("{file}--B0\r\nX: {}\r\n\r\n\r\n--B0--", "x".repeat(20_000)), "400000"),
        (format!("{file}{}--B0--", "--B0\r\n\r\n\r\n".repeat(200)), "400000"),
        (format!("{message}--B0--"), "400020"),
        ("--B0--".to_owned(), "400020"),
        (String::new(), "400000"),
        ("x".repeat(200_000), "400000"),
    ] {
        assert_eq!(admin.refusal(upload, MIXED, &body).await, code, "{}", &body[..body.len().min(300)]);
        assert_eq!(contents(&server), 0, "{}", &body[..body.len().min(300)]);
    }
    assert_eq!(admin.refusal(upload, "application/octet-stream", "content").await, "415000");
    assert_eq!(admin.refusal(upload, "multipart/mixed", &whole).await, "415000");
    assert_eq!(admin.append(upload, "", b"content").await.unwrap(), "1");
}

#[tokio::test]
async fn who_waits_to_be_told_to_go_on_is_refused_before_the_file() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let server = TestServer::start().await;
    let admin = server.admin().await;
    let path = admin.append_path("1:12345678123441238123123456789012-1:0", "");
    let head = format!(
        "PUT {path} HTTP/1.1\r\nHost: h\r\nX-Tableau-Auth: {}\r\nContent-Type: {MIXED}\r\nExpect: 100-continue\r\n\
         Content-Length: 50000000\r\n\r\n",
        admin.token(),
    );
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    assert_eq!(Response::parse(&answer).xml_error().code, "404015");
}
