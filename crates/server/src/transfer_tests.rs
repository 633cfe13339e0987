//! Files through a real socket in both directions, by endpoints that do nothing but keep what they get.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use tavola_api::{
    File, NoBody, Streamed,
    workbooks::{self, PublishedWorkbook, WorkbookMessage},
};
use tavola_store::{
    Config, Origin, Store,
    content::{self, Blob},
    sessions::{self, Credentials, SignIn},
    setup,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    sync::watch,
};

use crate::{
    Metrics, RequestIds, Routes, Server, app,
    call::Call,
    download::{Download, Source},
    error::Error,
    listen,
    multipart::FileBody,
};

const PUBLISH: tavola_api::Endpoint<Streamed<WorkbookMessage>, PublishedWorkbook> = workbooks::PUBLISH;
const DOWNLOAD: tavola_api::Endpoint<NoBody, File> = workbooks::DOWNLOAD;

/// What was published: the message's name, the file's, and its bytes.
type Kept = Arc<Mutex<Vec<(String, String, Blob)>>>;

struct Rig {
    folder: tempfile::TempDir,
    address: SocketAddr,
    token: String,
    site: String,
    kept: Kept,
    _stop: watch::Sender<bool>,
}

async fn publish(mut call: Call<FileBody<WorkbookMessage>>, kept: Kept) -> Result<PublishedWorkbook, Error> {
    if call.body.message().await?.is_some_and(|message| message.workbook.name.as_deref() == Some("forbidden")) {
        return Err(Error::forbidden("not that name"));
    }
    let file = call.body.file().await?.cloned();
    let blob =
        content::receive(&call.context.store, call.body.bytes(), u64::MAX).await.map_err(|problem| match problem {
            content::ReceiveError::Stream(problem) => problem,
            content::ReceiveError::Store(problem) => problem.into(),
        })?;
    let message = call.body.message().await?.and_then(|message| message.workbook.name.clone());
    let file_name = file.and_then(|head| head.file_name).unwrap_or_default();
    kept.lock().unwrap().push((message.unwrap_or_default(), file_name, blob));
    Ok(PublishedWorkbook::default())
}

async fn download(call: Call<NoBody>, kept: Kept) -> Result<Download, Error> {
    let number: usize = call.context.parameter(1).parse().unwrap();
    let (_, file_name, blob) = kept.lock().unwrap()[number].clone();
    Ok(Download {
        part: "tableau_workbook",
        file_name,
        content_type: "application/octet-stream",
        source: Source::Blob(blob),
    })
}

impl Rig {
    async fn start(strict: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Config::new(folder.path())).await.unwrap();
        setup::first_administrator(&store, "root".parse().unwrap(), "correct horse").await.unwrap();
        let sign_in = SignIn {
            credentials: Credentials::Password { name: "root".to_owned(), password: "correct horse".to_owned() },
            site: String::new(),
            impersonate: None,
            origin: Origin::default(),
        };
        let signed_in = sessions::sign_in(&store, sign_in).await.unwrap();
        let (token, site) = (signed_in.token.clone(), signed_in.actor.site_id().to_string());
        let kept = Kept::default();
        let mut routes = Routes::new(strict);
        let (publishing, downloading) = (kept.clone(), kept.clone());
        routes.stream(PUBLISH, move |call| publish(call, publishing.clone()));
        routes.download(DOWNLOAD, move |call| download(call, downloading.clone()));
        let metrics = Arc::new(Metrics::new());
        let server = Server { store, routes, metrics: metrics.clone(), requests: RequestIds::new(0), public_url: None };
        let (listener, address) = listen::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (stop, stopping) = watch::channel(false);
        listen::serve(listener, None, app(Arc::new(server)), metrics, stopping);
        Self { folder, address, token, site, kept, _stop: stop }
    }

    async fn send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> (String, Vec<u8>) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        let head = format!(
            "{method} /api/3.29/sites/{}/workbooks{path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\
             X-Tableau-Auth: {}\r\n{headers}Content-Length: {}\r\n\r\n",
            self.site,
            self.token,
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.ok();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok();
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n").unwrap();
        (String::from_utf8(answer[..end].to_vec()).unwrap(), answer[end + 4..].to_vec())
    }

    async fn publish(&self, body: &[u8]) -> (u16, String) {
        let (head, body) = self.send("POST", "", "Content-Type: multipart/mixed; boundary=B0\r\n", body).await;
        (head[9..12].parse().unwrap(), String::from_utf8(body).unwrap())
    }

    async fn get(&self, headers: &str) -> (String, Vec<u8>) {
        self.send("GET", "/0/content", headers, b"").await
    }

    /// The files that lie in the storage.
    fn files(&self) -> Vec<PathBuf> {
        fn below(folder: &Path, found: &mut Vec<PathBuf>) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    below(&path, found);
                } else if !path.ends_with("tavola-storage") {
                    found.push(path);
                }
            }
        }
        let mut found = Vec::new();
        below(&self.folder.path().join("content"), &mut found);
        found
    }
}

fn part(name: &str, file_name: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("--B0\r\nContent-Disposition: name=\"{name}\"; filename=\"{file_name}\"\r\n\r\n");
    [head.as_bytes(), content, b"\r\n"].concat()
}

fn message(name: &str) -> Vec<u8> {
    part("request_payload", "", format!("<tsRequest><workbook name=\"{name}\"/></tsRequest>").as_bytes())
}

fn noise(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n as u8).wrapping_mul(31) ^ (n >> 8) as u8 ^ (n >> 16) as u8).collect()
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .find_map(|line| line.split_once(": ").filter(|(other, _)| other.eq_ignore_ascii_case(name)))
        .map(|(_, value)| value)
}

#[tokio::test]
async fn a_file_goes_in_and_out_unchanged_in_either_order_of_parts() {
    let rig = Rig::start(false).await;
    let bytes = noise(5_000_000);
    let file = part("tableau_workbook", "Größe.twbx", &bytes);
    for (number, body) in [
        [&message("first")[..], &file, b"--B0--"].concat(),
        [&file[..], &message("last"), b"--B0--\r\n"].concat(),
        [&file[..], b"--B0--\r\n"].concat(),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(rig.publish(&body).await.0, 201);
        let (name, file_name, _) = rig.kept.lock().unwrap()[number].clone();
        assert_eq!((name.as_str(), file_name.as_str()), (["first", "last", ""][number], "Größe.twbx"));
    }
    let (head, body) = rig.get("").await;
    assert!(head.starts_with("HTTP/1.1 200 ") && body == bytes, "{head}");
    assert_eq!(header(&head, "content-length"), Some("5000000"));
    assert_eq!(header(&head, "accept-ranges"), Some("bytes"));
    assert_eq!(
        header(&head, "content-disposition"),
        Some("name=\"tableau_workbook\"; filename=\"Gr__e.twbx\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%2Etwbx")
    );
    let (head, body) = rig.send("HEAD", "/0/content", "Range: bytes=1-2\r\n", b"").await;
    assert!(head.starts_with("HTTP/1.1 200 ") && body.is_empty(), "{head}");
    assert_eq!(header(&head, "content-length"), Some("5000000"));
}

#[tokio::test]
async fn a_download_that_broke_off_goes_on_where_it_was() {
    let rig = Rig::start(false).await;
    let bytes = noise(1_000_000);
    rig.publish(&[&part("tableau_workbook", "a.twbx", &bytes)[..], b"--B0--"].concat()).await;
    let (head, _) = rig.get("").await;
    let tag = header(&head, "etag").unwrap().to_owned();
    for (range, start, end) in
        [("bytes=400000-", 400_000, 1_000_000), ("bytes=-7", 999_993, 1_000_000), ("bytes=5-5", 5, 6)]
    {
        let (head, body) = rig.get(&format!("Range: {range}\r\nIf-Range: {tag}\r\n")).await;
        assert!(head.starts_with("HTTP/1.1 206 ") && body == bytes[start..end], "{head}");
        let told = format!("bytes {start}-{}/1000000", end - 1);
        assert_eq!(header(&head, "content-range"), Some(told.as_str()));
    }
    // It is another file meanwhile.
    let (head, body) = rig.get("Range: bytes=400000-\r\nIf-Range: \"other\"\r\n").await;
    assert!(head.starts_with("HTTP/1.1 200 ") && body == bytes, "{head}");
    let (head, body) = rig.get("Range: bytes=1000000-\r\n").await;
    assert!(head.starts_with("HTTP/1.1 416 "), "{head}");
    assert_eq!(header(&head, "content-range"), Some("bytes */1000000"));
    assert!(String::from_utf8(body).unwrap().contains("416000"));
}

#[tokio::test]
async fn a_file_that_cannot_be_read_to_its_end_breaks_the_connection() {
    let rig = Rig::start(false).await;
    let bytes = noise(3_000_000);
    rig.publish(&[&part("tableau_workbook", "a.twbx", &bytes)[..], b"--B0--"].concat()).await;
    let files = rig.files();
    let [file] = files.as_slice() else { panic!("{files:?}") };
    std::fs::write(file, &bytes[..2_000_000]).unwrap();
    let (head, body) = rig.get("").await;
    assert_eq!(header(&head, "content-length"), Some("3000000"));
    assert!(body.len() <= 2_000_000, "{}", body.len());
    std::fs::remove_file(file).unwrap();
    let (head, _) = rig.get("").await;
    assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
}

#[tokio::test]
async fn a_call_is_refused_before_its_file_is_read() {
    let rig = Rig::start(false).await;
    let body = [&message("forbidden")[..], &part("tableau_workbook", "a.twbx", &noise(3_000_000)), b"--B0--"].concat();
    assert_eq!(rig.publish(&body).await.0, 403);
    assert_eq!(rig.files().len(), 0);
    let long = "x".repeat(2_000_000);
    let body = [&message(&long)[..], &part("tableau_workbook", "a.twbx", b"x"), b"--B0--"].concat();
    assert_eq!(rig.publish(&body).await.0, 413);
    let broken = part("request_payload", "", b"<tsRequest><workbook");
    let body = [&part("tableau_workbook", "a.twbx", b"x")[..], &broken, b"--B0--"].concat();
    assert_eq!(rig.publish(&body).await.0, 400);
    assert_eq!(rig.files().len(), 0);
}

#[tokio::test]
async fn only_who_imitates_the_real_server_has_a_limit() {
    let body = [&message("x")[..], &part("tableau_workbook", "a.twbx", &vec![7; 66 << 20]), b"--B0--"].concat();
    let (status, text) = Rig::start(true).await.publish(&body).await;
    assert_eq!(status, 413, "{text}");
    let (status, text) = Rig::start(false).await.publish(&body).await;
    assert_eq!(status, 201, "{text}");
}
