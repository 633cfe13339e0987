//! The server that is killed.

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::http::Connection;

pub const PASSWORD: &str = "killed and well";

pub struct Server {
    process: Child,
    pub address: SocketAddr,
}

impl Server {
    /// Starts `tavola serve` and waits for the line of its log that says where it serves.
    pub fn start(folder: &Path) -> Self {
        Self::start_with(folder, &[])
    }

    /// The same with further variables.
    pub fn start_with(folder: &Path, variables: &[(String, String)]) -> Self {
        let log: PathBuf = folder.join("serve.log");
        let mut process = Command::new(env!("CARGO_BIN_EXE_tavola"))
            .args(["serve", "--listen", "127.0.0.1:0", "--tls-listen", "off", "--log-format", "json", "--data-dir"])
            .arg(folder.join("data"))
            .env_remove("RUST_LOG")
            .env("TAVOLA_ADMIN_USER", "admin")
            .env("TAVOLA_ADMIN_PASSWORD", PASSWORD)
            .envs(variables.iter().cloned())
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
    pub fn kill(mut self) {
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
pub struct Admin {
    pub token: String,
    pub site: String,
    pub secret: String,
}

impl Admin {
    pub fn sign_in(address: SocketAddr) -> Self {
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
