//! Files on lines that break: what is sent again, what is asked for again, and what is left behind.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tavola_client::{
    Builder, Client, Credentials, DownloadOptions, Downloaded, Error, PublishOptions, Published, Transfer,
    UnfinishedUpload, api::workbooks::Workbook, model::WorkbookId,
};
use tempfile::TempDir;
use tokio::{
    io::AsyncReadExt,
    net::{TcpListener, TcpStream},
};

use crate::server::{Asked, Reply, SITE, Server, USER, in_fast_time};

const BOOK: &str = "22222222-2222-4333-8444-555555555555";
const UPLOAD: &str = "7720:170fe6b1c1c7422dadff20f944d58a52-1:0";
const MIB: u64 = 1 << 20;

/// A client that has a session and a version, so that its first request is the call itself.
fn ready(builder: Builder) -> Client {
    let credentials = Credentials::session("token-0", SITE.parse().unwrap(), USER.parse().unwrap());
    builder.version("3.29".parse().unwrap()).credentials(credentials).build().unwrap()
}

fn book() -> WorkbookId {
    BOOK.parse().unwrap()
}

fn published() -> Reply {
    Reply::xml(201, &format!("<workbook id=\"{BOOK}\" name=\"Book\"/>"))
}

fn begun(parallel: bool) -> Reply {
    let count = if parallel { " maxFileChunkCount=\"1000\"" } else { "" };
    Reply::xml(201, &format!("<fileUpload uploadSessionId=\"{UPLOAD}\"{count}/>"))
}

fn appended() -> Reply {
    Reply::xml(200, &format!("<fileUpload uploadSessionId=\"{UPLOAD}\" fileSize=\"1\"/>"))
}

/// A file of so many zeros, which takes no place on disk.
fn zeros(folder: &TempDir, length: u64) -> PathBuf {
    let path = folder.path().join("Book.twbx");
    File::create(&path).unwrap().set_len(length).unwrap();
    path
}

async fn publish(client: &Client, file: &Path) -> Result<Published<Workbook>, Error> {
    let item = Workbook { name: Some("Book".to_owned()), ..Workbook::default() };
    client.workbooks().publish(file, &item, &PublishOptions::default()).await
}

async fn download(server: &Server, folder: &TempDir) -> Result<Downloaded, Error> {
    let client = ready(server.client());
    client.workbooks().download(book(), &folder.path().join("book.twb"), &DownloadOptions::default()).await
}

fn whole(text: &str, tag: &str) -> Reply {
    Reply::typed(200, "application/xml", text).with("ETag", tag)
}

/// The head of a file of ten bytes, and its first four.
fn cut(tag: &str) -> Reply {
    let tag = if tag.is_empty() { String::new() } else { format!("ETag: {tag}\r\n") };
    Reply::Raw(format!("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n{tag}\r\n0123").into_bytes())
}

/// Answers one after the other; the last again and again.
async fn answers(replies: Vec<Reply>) -> Server {
    let asked = AtomicUsize::new(0);
    Server::start(move |_: &Asked| replies[asked.fetch_add(1, Ordering::SeqCst).min(replies.len() - 1)].clone()).await
}

fn files(folder: &TempDir) -> Vec<String> {
    fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn the_rest_of_a_broken_download_is_asked_for() {
    in_fast_time(async {
        let rest = Reply::typed(206, "application/xml", "456789").with("Content-Range", "bytes 4-9/10");
        let server = answers(vec![cut("\"v1\""), rest]).await;
        let folder = tempfile::tempdir().unwrap();
        let file = download(&server, &folder).await.unwrap();
        assert_eq!((file.length, fs::read_to_string(file.path).unwrap().as_str()), (10, "0123456789"));
        let asked = server.asked("GET");
        assert_eq!(asked.len(), 2);
        assert_eq!(asked[1].headers.get("range").map(String::as_str), Some("bytes=4-"));
        assert_eq!(asked[1].headers.get("if-range").map(String::as_str), Some("\"v1\""));
        assert_eq!(files(&folder), ["book.twb"]);
    });
}

#[test]
fn a_broken_download_begins_again_where_the_rest_is_not_known_to_belong_to_it() {
    in_fast_time(async {
        for (tag, reply) in [
            ("", whole("abcdefghij", "\"v1\"")),
            ("W/\"v1\"", whole("abcdefghij", "W/\"v1\"")),
            ("\"v1\"", whole("another, longer file", "\"v2\"")),
        ] {
            let Reply::Answer { body, .. } = &reply else { unreachable!() };
            let expected = body.clone();
            let server = answers(vec![cut(tag), reply]).await;
            let folder = tempfile::tempdir().unwrap();
            let file = download(&server, &folder).await.unwrap();
            assert_eq!(fs::read(file.path).unwrap(), expected, "{tag}");
            assert_eq!(server.asked("GET")[1].headers.contains_key("range"), tag == "\"v1\"");
        }
    });
}

#[test]
fn a_download_that_cannot_be_completed_leaves_nothing() {
    in_fast_time(async {
        let wrong = Reply::typed(206, "application/xml", "0123").with("Content-Range", "bytes 0-3/10");
        let silent = Reply::Stop(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123");
        for (name, replies) in [
            ("cut", vec![cut("")]),
            ("wrong part", vec![cut("\"v1\""), wrong]),
            ("silent", vec![silent]),
            ("refused", vec![Reply::refusal(403, 403_019, "Forbidden", "no")]),
            ("refused later", vec![cut("\"v1\""), Reply::refusal(404, 404_006, "Not Found", "gone")]),
        ] {
            let server = answers(replies).await;
            let folder = tempfile::tempdir().unwrap();
            let error = download(&server, &folder).await.unwrap_err();
            assert_eq!(error.refused().is_some(), name.starts_with("refused"), "{name}: {error}");
            assert!(files(&folder).is_empty(), "{name}: {:?}", files(&folder));
        }
    });
}

#[test]
fn a_file_that_is_there_is_only_overwritten_on_demand() {
    in_fast_time(async {
        let server = answers(vec![whole("new", "\"v1\"").with("Content-Disposition", "filename=\"../up.twb\"")]).await;
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("book.twb"), "old").unwrap();
        let error = download(&server, &folder).await.unwrap_err();
        assert!(matches!(&error, Error::File { cause, .. } if cause.kind() == ErrorKind::AlreadyExists), "{error}");
        assert_eq!(server.count("GET"), 0);
        assert_eq!(fs::read_to_string(folder.path().join("book.twb")).unwrap(), "old");
        let options = DownloadOptions::default().overwrite(true);
        let client = ready(server.client());
        client.workbooks().download(book(), &folder.path().join("book.twb"), &options).await.unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("book.twb")).unwrap(), "new");
        let file = client.workbooks().download(book(), folder.path(), &DownloadOptions::default()).await.unwrap();
        assert_eq!(file.path, folder.path().join("_up.twb"));
    });
}

#[test]
fn a_publish_is_not_repeated_once_the_server_may_have_acted_on_it() {
    in_fast_time(async {
        let folder = tempfile::tempdir().unwrap();
        let file = zeros(&folder, MIB);
        for (reply, sent) in [
            (Reply::Drop, 1),
            (Reply::Stop(b""), 1),
            (Reply::typed(502, "text/html", "<h1>Bad Gateway</h1>"), 1),
            (Reply::refusal(503, 503_000, "Unavailable", "").with("Retry-After", "7"), 2),
        ] {
            let server = answers(vec![reply.clone(), published()]).await;
            let outcome = publish(&ready(server.client()), &file).await;
            assert_eq!((outcome.is_ok(), server.count("POST")), (sent == 2, sent), "{reply:?}");
        }
    });
}

#[tokio::test]
async fn a_block_that_broke_off_is_sent_again_and_it_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = zeros(&folder, 70 * MIB);
    let broken = AtomicUsize::new(0);
    let server = Server::start(move |asked: &Asked| match asked.line.split_once("/api").unwrap().0 {
        "PUT " if asked.parameter("sequenceID") == Some("1") && broken.fetch_add(1, Ordering::SeqCst) < 2 => {
            Reply::Drop
        }
        "PUT " => appended(),
        _ if asked.line.contains("/fileUploads") => begun(true),
        _ => published(),
    })
    .await;
    let done = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&done);
    let options = PublishOptions::default()
        .transfer(Transfer::default().progress(move |progress| told.store(progress.done, Ordering::SeqCst)));
    let item = Workbook { name: Some("Book".to_owned()), ..Workbook::default() };
    ready(server.client()).workbooks().publish(&file, &item, &options).await.unwrap();
    let mut sent: HashMap<String, usize> = HashMap::new();
    for block in server.asked("PUT") {
        *sent.entry(block.parameter("sequenceID").unwrap().to_owned()).or_default() += 1;
    }
    assert_eq!(sent.remove("1"), Some(3));
    assert!(!sent.is_empty() && sent.values().all(|times| *times == 1), "{sent:?}");
    let last = server.asked("POST").pop().unwrap();
    assert_eq!(last.parameter("workbookType"), Some("twbx"));
    assert!(last.parameter("uploadSessionId").is_some() && last.body.len() < 1024, "{}", last.line);
    assert_eq!(done.load(Ordering::SeqCst), 70 * MIB, "what was sent again is not counted twice");
}

#[tokio::test]
async fn a_server_that_does_not_tell_blocks_apart_gets_the_file_from_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let file = zeros(&folder, 65 * MIB);
    let blocks = AtomicUsize::new(0);
    let server = Server::start(move |asked: &Asked| match asked.line.split_once("/api").unwrap().0 {
        "PUT " if blocks.fetch_add(1, Ordering::SeqCst) == 1 => Reply::Drop,
        "PUT " => appended(),
        _ if asked.line.contains("/fileUploads") => begun(false),
        _ => published(),
    })
    .await;
    publish(&ready(server.client()), &file).await.unwrap();
    let lines: Vec<String> = server.asked("P").into_iter().map(|asked| asked.line).collect();
    let begun: Vec<usize> =
        (0..lines.len()).filter(|at| lines[*at].starts_with("POST") && lines[*at].contains("/fileUploads")).collect();
    assert_eq!(begun, [0, 3], "one block, a broken one, and all of it again: {lines:?}");
    assert!(lines.iter().all(|line| !line.contains("sequenceID")), "{lines:?}");
    let bytes: usize = server.asked("PUT")[2..].iter().map(|block| block.body.matches('\0').count()).sum();
    assert_eq!(bytes as u64, 65 * MIB);
}

/// A server that takes so many bytes and then breaks off.
async fn greedy(bytes: usize) -> (String, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            *counted.lock().unwrap() += 1;
            take(stream, bytes).await;
        }
    });
    (address, connections)
}

async fn take(mut stream: TcpStream, bytes: usize) {
    let mut taken = vec![0; bytes];
    let _ = stream.read_exact(&mut taken).await;
}

#[tokio::test]
async fn a_publish_that_is_cut_in_the_middle_of_its_file_is_no_second_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = zeros(&folder, 32 * MIB);
    let (address, connections) = greedy(1 << 20).await;
    let error = publish(&ready(crate::server::client(&address)), &file).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error}");
    assert_eq!(*connections.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_publish_stalls_when_nothing_moves_and_not_when_it_takes_long() {
    let folder = tempfile::tempdir().unwrap();
    let file = zeros(&folder, 32 * MIB);
    // Never reads: what fits into the buffers of the system is all that moves.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let client = ready(crate::server::client(&address).timeout(Duration::from_millis(200)));
    let error = publish(&client, &file).await.unwrap_err();
    assert!(matches!(error, Error::TimedOut { .. }), "{error}");
}

#[tokio::test]
async fn a_file_that_is_missing_or_has_no_type_is_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|_: &Asked| published()).await;
    let client = ready(server.client());
    let error = publish(&client, &folder.path().join("missing.twb")).await.unwrap_err();
    assert!(matches!(&error, Error::File { action: "read", .. }), "{error}");
    fs::write(folder.path().join("Book"), "x").unwrap();
    let error = publish(&client, &folder.path().join("Book")).await.unwrap_err();
    assert!(matches!(&error, Error::Invalid(_)), "{error}");
    let error = publish(&client, folder.path()).await.unwrap_err();
    assert!(matches!(&error, Error::File { .. }), "{error}");
    assert_eq!(server.count(""), 0);
}

type Kept = Arc<Mutex<Option<UnfinishedUpload>>>;

/// Publishes, and keeps what another call can go on from.
async fn publish_on(server: &Server, file: &Path, kept: &Kept) -> Result<Published<Workbook>, Error> {
    let begun = kept.lock().unwrap().clone();
    let keep = {
        let kept = Arc::clone(kept);
        move |record: Option<&UnfinishedUpload>| *kept.lock().unwrap() = record.cloned()
    };
    let options = PublishOptions::default().transfer(Transfer::default().resumable(begun, keep));
    let item = Workbook { name: Some("Book".to_owned()), ..Workbook::default() };
    ready(server.client().retries(0)).workbooks().publish(file, &item, &options).await
}

/// A server of uploads that answers the block of this number, counted from 0, with something else.
async fn breaking(parallel: bool, at: usize, reply: Reply) -> Server {
    let blocks = AtomicUsize::new(0);
    Server::start(move |asked: &Asked| match asked.line.split_once("/api").unwrap().0 {
        "PUT " if blocks.fetch_add(1, Ordering::SeqCst) == at => reply.clone(),
        "PUT " => appended(),
        _ if asked.line.contains("/fileUploads") => begun(parallel),
        _ => published(),
    })
    .await
}

/// How many bytes of the file were sent, which are all zeros.
fn sent(server: &Server) -> u64 {
    server.asked("PUT").iter().map(|block| block.body.matches('\0').count() as u64).sum()
}

#[tokio::test]
async fn another_call_sends_the_blocks_that_were_not_acknowledged_under_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let file = zeros(&folder, 70 * MIB);
    let kept = Kept::default();
    let server = breaking(true, 2, Reply::Drop).await;
    publish_on(&server, &file, &kept).await.unwrap_err();
    let before = server.asked("PUT");
    let record = kept.lock().unwrap().clone().unwrap();
    let acknowledged = serde_json::to_value(&record).unwrap()["blocks"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|block| !block["acknowledged"].is_null())
        .count();
    publish_on(&server, &file, &kept).await.unwrap();
    assert_eq!(server.count("POST"), 2, "an upload is begun, and a workbook published");
    let after = &server.asked("PUT")[before.len()..];
    let bytes: u64 = after.iter().map(|block| block.body.matches('\0').count() as u64).sum();
    assert!(acknowledged > 0 && bytes < 70 * MIB, "{acknowledged} blocks, {bytes} bytes");
    // Every byte has one place: a number that was sent twice had the same block both times.
    let mut blocks: HashMap<String, usize> = HashMap::new();
    for block in server.asked("PUT") {
        let (number, length) = (block.parameter("sequenceID").unwrap().to_owned(), block.body.matches('\0').count());
        assert_eq!(*blocks.entry(number).or_insert(length), length);
    }
    assert_eq!(blocks.values().sum::<usize>() as u64, 70 * MIB);
    assert!(kept.lock().unwrap().is_none());
}

#[tokio::test]
async fn where_blocks_are_not_told_apart_a_call_goes_on_only_when_none_is_in_doubt() {
    let refusal = Reply::refusal(403, 403_007, "Forbidden", "not now");
    let unwell = Reply::refusal(500, 500_000, "Internal Server Error", "who knows");
    for (reply, goes_on) in [(refusal, true), (Reply::Drop, false), (unwell, false)] {
        let folder = tempfile::tempdir().unwrap();
        let file = zeros(&folder, 70 * MIB);
        let kept = Kept::default();
        let server = breaking(false, 1, reply.clone()).await;
        let outcome = publish_on(&server, &file, &kept).await;
        if matches!(reply, Reply::Drop) {
            // The call itself has begun anew.
            outcome.unwrap();
            assert_eq!(server.count("POST"), 3);
            continue;
        }
        outcome.unwrap_err();
        let before = sent(&server);
        publish_on(&server, &file, &kept).await.unwrap();
        let bytes = sent(&server) - before;
        assert_eq!((server.count("POST"), bytes), if goes_on { (2, 62 * MIB) } else { (3, 70 * MIB) }, "{reply:?}");
    }
}

#[tokio::test]
async fn an_upload_is_not_gone_on_with_when_it_was_dropped_on_its_way_and_blocks_are_not_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let file = zeros(&folder, 70 * MIB);
    let kept = Kept::default();
    let server = breaking(false, 1, Reply::Stop(b"")).await;
    {
        let publishing = publish_on(&server, &file, &kept);
        let block_is_on_its_way = async {
            while server.count("PUT") < 2 {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            outcome = publishing => panic!("{outcome:?}"),
            () = block_is_on_its_way => {}
        }
    }
    let before = sent(&server);
    publish_on(&server, &file, &kept).await.unwrap();
    assert_eq!((server.count("POST"), sent(&server) - before), (3, 70 * MIB));
}
