//! Workbooks, published in one request, in blocks, in the background, and over one that is there.
//!
//! What was acknowledged is whole; the rest is whole too or absent; and the check finds the files as the database has them.

use std::{
    collections::HashMap,
    io::{self, Write as _},
    net::SocketAddr,
    path::Path,
    process::Command,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use serde_json::Value;

use crate::{
    bucket::Bucket,
    http::Connection,
    kills, random, seed,
    server::{Admin, Server},
};

const MULTIPART: &str = "multipart/mixed; boundary=B0";

#[test]
fn published_workbooks_survive_being_killed() {
    let kept = kill_while_publishing(seed(), kills(40), None);
    assert!(kept.iter().all(|(_, kept)| *kept > 0), "there was no load to speak of: {kept:?}");
}

#[test]
fn published_workbooks_survive_being_killed_while_the_bucket_is_slow_and_fails() {
    let seed = seed();
    let Some(bucket) = Bucket::start(seed) else {
        let how = "python3 -m pip install 'moto[server]' brings one";
        // Past the test's captured output.
        drop(writeln!(io::stderr(), "there is no S3 server: nothing was killed on S3 ({how})"));
        return;
    };
    let kept = kill_while_publishing(seed, kills(12), Some(&bucket));
    assert!(kept.iter().any(|(_, kept)| *kept > 0), "there was no load to speak of: {kept:?}");
    assert!(bucket.broken() > 0, "the line never broke");
    println!("{} connections to the bucket broke", bucket.broken());
}

/// Says how many were acknowledged in each way, and kept.
fn kill_while_publishing(seed: u64, rounds: u64, bucket: Option<&Bucket>) -> [(&'static str, usize); 4] {
    let longest = if bucket.is_some() { 1500 } else { 400 };
    let folder = tempfile::tempdir().unwrap();
    let variables = bucket.map(Bucket::variables).unwrap_or_default();
    let rough = |rough| bucket.into_iter().for_each(|bucket| bucket.be_rough(rough));
    let mut running = Server::start_with(folder.path(), &variables);
    let admin = Admin::sign_in(running.address);
    let mut all = Attempts::default();
    for round in 0..rounds {
        rough(true);
        let load = Load::start(running.address, &admin, seed, round, bucket.is_some());
        thread::sleep(Duration::from_millis(random(seed, round) % longest));
        running.kill();
        let attempts = load.end();
        rough(false);

        check(folder.path(), &variables, false, &format!("seed {seed}, round {round}"));
        running = Server::start_with(folder.path(), &variables);
        let wrong = attempts.wrong(running.address, &admin);
        assert!(wrong.is_empty(), "seed {seed}, round {round}: {wrong:#?}");
        all.0.extend(attempts.0);
    }
    let wrong = all.wrong(running.address, &admin);
    assert!(wrong.is_empty(), "seed {seed}, by the end: {wrong:#?}");
    running.kill();
    check(folder.path(), &variables, true, &format!("seed {seed}, by the end"));
    let kept = |way: &str| all.0.iter().filter(|tried| tried.acknowledged && tried.name.starts_with(way)).count();
    let kept = WAYS.map(|(way, _)| (way, kept(way)));
    println!("{rounds} kills, {} workbooks tried, acknowledged and kept: {kept:?}", all.0.len());
    kept
}

/// `tavola admin check` on what the killed server left.
fn check(folder: &Path, variables: &[(String, String)], hashes: bool, case: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tavola"));
    command.args(["--json", "admin", "check", "--data-dir"]).arg(folder.join("data")).envs(variables.iter().cloned());
    if hashes {
        command.arg("--hashes");
    }
    let output = command.output().unwrap();
    let (found, words) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{case}: {found}{words}");
}

/// A workbook somebody tried to publish.
#[derive(Debug, Clone)]
struct Tried {
    name: String,
    /// What its file is made of.
    content: u64,
    acknowledged: bool,
}

/// All of them, in the order in which each name was tried.
#[derive(Debug, Default)]
struct Attempts(Vec<Tried>);

impl Attempts {
    /// What is not as it was acknowledged, or not whole.
    fn wrong(&self, address: SocketAddr, admin: &Admin) -> Vec<String> {
        let mut by_name: HashMap<&str, Vec<&Tried>> = HashMap::new();
        for tried in &self.0 {
            by_name.entry(&tried.name).or_default().push(tried);
        }
        let mut connection = Connection::open(address).unwrap();
        let mut wrong = Vec::new();
        for (name, tries) in by_name {
            let last = tries.iter().rposition(|tried| tried.acknowledged);
            let path = format!("/sites/{}/workbooks?filter=name:eq:{name}", admin.site);
            let (status, answer) = connection.call("GET", &path, Some(&admin.token), None).unwrap();
            assert_eq!(status, 200, "{answer}");
            let found = &answer["workbooks"]["workbook"];
            let Some(id) = found[0]["id"].as_str() else {
                if last.is_some() {
                    wrong.push(format!("{name} is lost"));
                }
                continue;
            };
            let path = format!("/sites/{}/workbooks/{id}", admin.site);
            let (status, answer) = connection.call("GET", &path, Some(&admin.token), None).unwrap();
            let views = answer["workbook"]["views"]["view"].as_array().map_or(0, Vec::len);
            if (status, views) != (200, 2) {
                wrong.push(format!("{name} has not its views: {status} {answer}"));
            }
            let path = format!("{path}/content");
            let (status, bytes) = connection.send("GET", &path, Some(&admin.token), "text/plain", b"").unwrap();
            let possible = &tries[last.unwrap_or(0)..];
            if status != 200 || !possible.iter().any(|tried| file(tried.content) == bytes) {
                let state = if last.is_some() { "acknowledged" } else { "not acknowledged" };
                wrong.push(format!("{name} ({state}) is not whole: {status}, {} bytes", bytes.len()));
            }
        }
        wrong
    }
}

/// A workbook of two sheets, from a few bytes to some blocks long.
fn file(content: u64) -> Vec<u8> {
    let length = random(content, 0) % 50_000;
    let noise: String = (1..=length / 16).map(|place| format!("{:016x}", random(content, place))).collect();
    format!(
        "<?xml version='1.0' encoding='utf-8' ?><workbook version='18.1'><!-- {content} {noise} --><worksheets>\
         <worksheet name='A'/><worksheet name='B'/></worksheets><windows><window class='worksheet' name='A'/>\
         <window class='worksheet' name='B'/></windows></workbook>"
    )
    .into_bytes()
}

/// A way to publish a workbook of this name and content: whether it was acknowledged, or an error when the server is gone.
type Way = fn(&Client, &str, u64) -> io::Result<bool>;

const WAYS: [(&str, Way); 4] = [
    ("single", Client::publish),
    ("over", Client::publish_over),
    ("blocks", Client::publish_in_blocks),
    ("job", Client::publish_as_job),
];

/// Threads that publish until the server is gone.
struct Load {
    threads: Vec<thread::JoinHandle<()>>,
    attempts: Arc<Mutex<Attempts>>,
}

impl Load {
    fn start(address: SocketAddr, admin: &Admin, seed: u64, round: u64, may_fail: bool) -> Self {
        let attempts = Arc::new(Mutex::new(Attempts::default()));
        let client = Client { address, admin: admin.clone(), may_fail };
        let threads = (0..).zip(WAYS).map(|(number, (way, publish))| {
            let (client, attempts) = (client.clone(), attempts.clone());
            thread::spawn(move || {
                for time in 0.. {
                    let name = if way == "over" { format!("{way}-{round}") } else { format!("{way}-{round}-{time}") };
                    let content = random(seed, (round << 32) + (number << 24) + time);
                    let place = {
                        let mut attempts = attempts.lock().unwrap();
                        attempts.0.push(Tried { name: name.clone(), content, acknowledged: false });
                        attempts.0.len() - 1
                    };
                    let Ok(acknowledged) = publish(&client, &name, content) else { return };
                    attempts.lock().unwrap().0[place].acknowledged = acknowledged;
                }
            })
        });
        Self { threads: threads.collect(), attempts }
    }

    fn end(self) -> Attempts {
        for thread in self.threads {
            thread.join().unwrap();
        }
        Arc::into_inner(self.attempts).unwrap().into_inner().unwrap()
    }
}

#[derive(Clone)]
struct Client {
    address: SocketAddr,
    admin: Admin,
    /// Whether the server may say that something does not answer.
    may_fail: bool,
}

impl Client {
    fn publish(&self, name: &str, content: u64) -> io::Result<bool> {
        Ok(self.post("?", &body(Some(name), Some(&file(content))), 201)?.is_some())
    }

    fn publish_over(&self, name: &str, content: u64) -> io::Result<bool> {
        Ok(self.post("?overwrite=true", &body(Some(name), Some(&file(content))), 201)?.is_some())
    }

    fn publish_in_blocks(&self, name: &str, content: u64) -> io::Result<bool> {
        let file = file(content);
        let path = format!("/sites/{}/fileUploads", self.admin.site);
        let Some(begun) = self.send("POST", &path, "application/json", b"", 201)? else { return Ok(false) };
        let upload = begun["fileUpload"]["uploadSessionId"].as_str().unwrap().to_owned();
        for block in file.chunks(file.len() / 2 + 1) {
            if self.send("PUT", &format!("{path}/{upload}"), MULTIPART, &body(None, Some(block)), 200)?.is_none() {
                return Ok(false);
            }
        }
        let query = format!("?uploadSessionId={upload}&workbookType=twb");
        Ok(self.post(&query, &body(Some(name), None), 201)?.is_some())
    }

    fn publish_as_job(&self, name: &str, content: u64) -> io::Result<bool> {
        let Some(taken) = self.post("?asJob=true", &body(Some(name), Some(&file(content))), 202)? else {
            return Ok(false);
        };
        let path = format!("/sites/{}/jobs/{}", self.admin.site, taken["job"]["id"].as_str().unwrap());
        loop {
            let Some(job) = self.send("GET", &path, "application/json", b"", 200)? else { return Ok(false) };
            if !job["job"]["completedAt"].is_null() {
                let succeeded = job["job"]["finishCode"] == 0;
                assert!(succeeded || self.may_fail, "the job failed: {job}");
                return Ok(succeeded);
            }
        }
    }

    fn post(&self, query: &str, body: &[u8], wanted: u16) -> io::Result<Option<Value>> {
        self.send("POST", &format!("/sites/{}/workbooks{query}", self.admin.site), MULTIPART, body, wanted)
    }

    /// A call on a connection of its own; none when the server says that it cannot.
    fn send(&self, method: &str, path: &str, kind: &str, body: &[u8], wanted: u16) -> io::Result<Option<Value>> {
        let mut connection = Connection::open(self.address)?;
        let (status, answer) = connection.send(method, path, Some(&self.admin.token), kind, body)?;
        if self.may_fail && status >= 500 {
            return Ok(None);
        }
        assert_eq!(status, wanted, "{method} {path}: {}", String::from_utf8_lossy(&answer));
        Ok(Some(serde_json::from_slice(&answer)?))
    }
}

/// A multipart body: of a publish with a name, otherwise a block of a file.
fn body(name: Option<&str>, file: Option<&[u8]>) -> Vec<u8> {
    let message = name.map(|name| format!("<tsRequest><workbook name=\"{name}\"/></tsRequest>")).unwrap_or_default();
    let mut body = format!("--B0\r\nContent-Disposition: name=\"request_payload\"\r\n\r\n{message}\r\n").into_bytes();
    if let Some(file) = file {
        let part = if name.is_some() { "tableau_workbook" } else { "tableau_file" };
        let head = format!("--B0\r\nContent-Disposition: name=\"{part}\"; filename=\"x.twb\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(file);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--B0--\r\n");
    body
}
