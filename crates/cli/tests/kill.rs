//! `tavola serve` is killed at random moments while clients write; what was acknowledged must be there afterwards.
//!
//! The clients speak HTTP by hand: a client that retries would blur what was acknowledged and what was not.
#![cfg(all(unix, feature = "serve"))]

use std::{
    fs::{self, File},
    hash::{BuildHasher, RandomState},
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

const ROUNDS: u64 = 50;
const PASSWORD: &str = "killed and well";

#[test]
fn what_was_acknowledged_survives_being_killed() {
    let seed = match std::env::var("TAVOLA_TEST_SEED") {
        Ok(seed) => seed.parse().expect("TAVOLA_TEST_SEED is a number"),
        Err(_) => RandomState::new().hash_one("seed"),
    };
    println!("TAVOLA_TEST_SEED={seed} repeats this run's moments");
    let folder = tempfile::tempdir().unwrap();

    let server = Server::start(folder.path());
    let admin = Admin::sign_in(server.address);
    let mut all = Acknowledged::default();
    let mut server = Some(server);
    for round in 0..ROUNDS {
        let running = server.take().unwrap_or_else(|| Server::start(folder.path()));
        let load = Load::start(running.address, &admin, round);
        thread::sleep(Duration::from_millis(random(seed, round) % 250));
        running.kill();
        let acknowledged = load.end();

        let restarted = Server::start(folder.path());
        let lost = acknowledged.lost(restarted.address, &admin);
        assert!(lost.is_empty(), "seed {seed}, round {round}: acknowledged and lost: {lost:#?}");
        all.users.extend(acknowledged.users);
        all.sessions.extend(acknowledged.sessions);
        server = Some(restarted);
    }
    let server = server.unwrap();
    assert!(all.users.len() > 50 && all.sessions.len() > 50, "there was no load to speak of");
    let lost = all.lost(server.address, &admin);
    assert!(lost.is_empty(), "seed {seed}: lost by the end: {lost:#?}");
    println!("{ROUNDS} kills, {} users and {} sessions kept", all.users.len(), all.sessions.len());
}

/// A number that follows from the seed and the round; SplitMix64.
fn random(seed: u64, round: u64) -> u64 {
    let mut z = seed.wrapping_add((round + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts `tavola serve` and waits for the line of its log that says where it serves.
    fn start(folder: &Path) -> Self {
        let log: PathBuf = folder.join("serve.log");
        let mut process = Command::new(env!("CARGO_BIN_EXE_tavola"))
            .args(["serve", "--listen", "127.0.0.1:0", "--tls-listen", "off", "--log-format", "json", "--data-dir"])
            .arg(folder.join("data"))
            .env_remove("RUST_LOG")
            .env("TAVOLA_ADMIN_USER", "admin")
            .env("TAVOLA_ADMIN_PASSWORD", PASSWORD)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        loop {
            let text = fs::read_to_string(&log).unwrap();
            let address = text.lines().find_map(|line| {
                let line: Value = serde_json::from_str(line).ok()?;
                (line["message"] == "serving").then(|| line["http"].as_str()?.parse().ok())?
            });
            if let Some(address) = address {
                return Self { process, address };
            }
            let ended = process.try_wait().unwrap();
            assert!(ended.is_none() && begun.elapsed() < Duration::from_secs(30), "no start ({ended:?}): {text}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// SIGKILL: no handler runs, no buffer is flushed.
    fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// The first administrator's session, which outlives every kill, and a personal access token.
#[derive(Clone)]
struct Admin {
    token: String,
    site: String,
    secret: String,
}

impl Admin {
    fn sign_in(address: SocketAddr) -> Self {
        let mut connection = Connection::open(address).unwrap();
        let body = json!({"credentials": {"name": "admin", "password": PASSWORD, "site": {"contentUrl": ""}}});
        let (status, answer) = connection.call("POST", "/auth/signin", None, Some(&body)).unwrap();
        assert_eq!(status, 200, "{answer}");
        let made = &answer["credentials"];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (token, site) = (text(&made["token"]), text(&made["site"]["id"]));
        let path = format!("/sites/{site}/users/{}/personal-access-tokens", text(&made["user"]["id"]));
        let body = json!({"personalAccessToken": {"tokenName": "kill"}});
        let (status, answer) = connection.call("POST", &path, Some(&token), Some(&body)).unwrap();
        assert_eq!(status, 201, "{answer}");
        Self { token, site, secret: text(&answer["personalAccessTokenWithSecret"]["secret"]) }
    }
}

/// What the server said it had done.
#[derive(Debug, Default)]
struct Acknowledged {
    /// Ids of users.
    users: Vec<String>,
    /// Tokens of sessions.
    sessions: Vec<String>,
}

impl Acknowledged {
    /// What of it is not there.
    fn lost(&self, address: SocketAddr, admin: &Admin) -> Vec<String> {
        let mut connection = Connection::open(address).unwrap();
        let mut lost = Vec::new();
        for user in &self.users {
            let path = format!("/sites/{}/users/{user}", admin.site);
            let (status, answer) = connection.call("GET", &path, Some(&admin.token), None).unwrap();
            if status != 200 {
                lost.push(format!("user {user}: {answer}"));
            }
        }
        for token in &self.sessions {
            let (status, answer) = connection.call("GET", "/sessions/current", Some(token), None).unwrap();
            if status != 200 {
                lost.push(format!("a session: {answer}"));
            }
        }
        lost
    }
}

/// Threads that write until the server is gone.
struct Load {
    threads: Vec<thread::JoinHandle<()>>,
    acknowledged: Arc<Mutex<Acknowledged>>,
}

impl Load {
    fn start(address: SocketAddr, admin: &Admin, round: u64) -> Self {
        let acknowledged = Arc::new(Mutex::new(Acknowledged::default()));
        let by_password = json!({"name": "admin", "password": PASSWORD, "site": {"contentUrl": ""}});
        let by_token = json!({
            "personalAccessTokenName": "kill", "personalAccessTokenSecret": admin.secret, "site": {"contentUrl": ""},
        });
        let mut threads = Vec::new();
        for thread in 0..2 {
            let (admin, acknowledged) = (admin.clone(), acknowledged.clone());
            threads.push(thread::spawn(move || {
                let path = format!("/sites/{}/users", admin.site);
                for number in 0.. {
                    let body =
                        json!({"user": {"name": format!("user-{round}-{thread}-{number}"), "siteRole": "Viewer"}});
                    let Some(answer) = write(address, &path, Some(&admin.token), &body, 201) else { return };
                    acknowledged.lock().unwrap().users.push(answer["user"]["id"].as_str().unwrap().to_owned());
                }
            }));
        }
        for credentials in [by_password, by_token.clone(), by_token] {
            let acknowledged = acknowledged.clone();
            threads.push(thread::spawn(move || {
                let body = json!({"credentials": credentials});
                while let Some(answer) = write(address, "/auth/signin", None, &body, 200) {
                    let token = answer["credentials"]["token"].as_str().unwrap().to_owned();
                    acknowledged.lock().unwrap().sessions.push(token);
                }
            }));
        }
        Self { threads, acknowledged }
    }

    fn end(self) -> Acknowledged {
        for thread in self.threads {
            thread.join().unwrap();
        }
        Arc::into_inner(self.acknowledged).unwrap().into_inner().unwrap()
    }
}

/// One write on a connection of its own; `None` when the server is gone before it answers.
fn write(address: SocketAddr, path: &str, token: Option<&str>, body: &Value, wanted: u16) -> Option<Value> {
    let (status, answer) = Connection::open(address).ok()?.call("POST", path, token, Some(body)).ok()?;
    assert_eq!(status, wanted, "POST {path}: {answer}");
    Some(answer)
}

/// HTTP/1.1 by hand.
struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    fn open(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends a request and reads the whole answer; an answer that breaks off is an error.
    fn call(
        &mut self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> io::Result<(u16, Value)> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let token = token.map(|token| format!("x-tableau-auth: {token}\r\n")).unwrap_or_default();
        let request = format!(
            "{method} /api/3.29{path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n{token}\r\n{body}",
            body.len()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;

        let broken = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
        let mut length = 0;
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                return Err(broken());
            }
            match line.trim_end().to_ascii_lowercase().split_once(": ") {
                Some(("content-length", value)) => length = value.parse().map_err(|_| broken())?,
                Some(_) => {}
                None => break,
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer)?;
        let answer = if answer.is_empty() { Value::Null } else { serde_json::from_slice(&answer)? };
        Ok((status, answer))
    }
}
