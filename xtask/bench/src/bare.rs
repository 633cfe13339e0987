//! A bare axum server: what the same libraries do when there is nothing to do.
//!
//! It answers JSON of the size that Tavola answers, and knows no session, no permission and no database.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
};

use axum::{Json, Router, routing};
use serde::{Deserialize, Serialize};
use xtask::Result;

/// The program's own mode `bare`: serves until it is killed, and says first where.
pub fn serve() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        use axum::serve::ListenerExt as _;
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        println!("{}", listener.local_addr()?);
        // As `tavola serve` does; otherwise the comparison would be with a slower setting of the socket.
        let listener = listener.tap_io(|stream| {
            stream.set_nodelay(true).ok();
        });
        let app = Router::new().route("/", routing::get(user).post(sign_in));
        Ok(axum::serve(listener, app).await?)
    })
}

async fn user() -> Json<UserAnswer> {
    Json(UserAnswer {
        user: User {
            id: "b1b1b1b1-4b4b-4b4b-8b8b-b1b1b1b1b1b1".to_owned(),
            name: "admin".to_owned(),
            site_role: "ServerAdministrator".to_owned(),
            auth_setting: "ServerDefault".to_owned(),
            last_login: "2026-11-24T09:00:00Z".to_owned(),
            domain: Domain { name: "local".to_owned() },
        },
    })
}

async fn sign_in(Json(asked): Json<SignIn>) -> Json<SignIn> {
    Json(asked)
}

#[derive(Serialize)]
struct UserAnswer {
    user: User,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct User {
    id: String,
    name: String,
    site_role: String,
    auth_setting: String,
    last_login: String,
    domain: Domain,
}

#[derive(Serialize)]
struct Domain {
    name: String,
}

#[derive(Serialize, Deserialize)]
struct SignIn {
    credentials: Credentials,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credentials {
    personal_access_token_name: String,
    personal_access_token_secret: String,
    site: Site,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Site {
    content_url: String,
}

/// A bare server in a process of its own; dropping it ends it.
pub struct Bare {
    child: Child,
    pub address: SocketAddr,
}

impl Bare {
    pub fn start() -> Result<Self> {
        let mut child =
            Command::new(std::env::current_exe()?).arg("bare").stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("the bare server has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse().map_err(|_| format!("the bare server says `{line}`"))?;
        Ok(Self { child, address })
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
