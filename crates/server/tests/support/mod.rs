//! A real server on a free loopback port with an empty data folder, and requests written by hand, so that a test can
//! send what no client would.

#![expect(dead_code, reason = "each test file uses its part")]

use std::{fmt::Display, net::SocketAddr, path::PathBuf, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use tavola_api::{
    ApiVersion, Direction, Encoding, Endpoint, ErrorBody, ErrorMessage, Secret, Word,
    auth::{self, ImpersonatedUser, SessionCredentials, SignIn, SignInCredentials, SiteUrl},
    decode, encode,
    personal_access_tokens::{self, CreateToken, NewToken, TokenWithSecret},
    sites::{self, Site, SiteMessage},
    users::{self, User, UserMessage},
};
use tavola_model::{SiteRole, Timestamp, UserId};
use tavola_server::{Config, FirstAdministratorConfig, Running};
use tavola_store::Clock;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub const ADMIN: &str = "admin";
pub const PASSWORD: &str = "correct horse";

/// A server of one test.
pub struct TestServer {
    pub address: SocketAddr,
    pub clock: Clock,
    running: Option<Running>,
    folder: tempfile::TempDir,
}

impl TestServer {
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual("2026-11-24T09:00:00Z".parse::<Timestamp>().unwrap());
        let mut config = Config::on_loopback(folder.path().join("data"));
        config.tls_listen = None;
        config.clock = clock.clone();
        config.administrator =
            FirstAdministratorConfig { name: ADMIN.to_owned(), password: Some(Secret::new(PASSWORD)) };
        change(&mut config);
        let running = tavola_server::start(config).await.unwrap();
        Self { address: running.http().unwrap(), clock, running: Some(running), folder }
    }

    /// Where the server keeps what it stores.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Sends bytes as they are and reads the answer.
    pub async fn raw(&self, request: &[u8]) -> Response {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // The server may answer and close before it has read everything.
        stream.write_all(request).await.ok();
        let mut answer = Vec::new();
        tokio::time::timeout(Duration::from_secs(60), stream.read_to_end(&mut answer)).await.unwrap().ok();
        Response::parse(&answer)
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() || method != "GET" {
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        request.push_str("\r\n");
        let mut request = request.into_bytes();
        request.extend_from_slice(body);
        self.raw(&request).await
    }

    /// Calls an endpoint as any client would, in JSON.
    pub async fn call<Req: Serialize, Res: DeserializeOwned>(
        &self,
        token: Option<&str>,
        endpoint: Endpoint<Req, Res>,
        path: &[&dyn Display],
        query: &str,
        body: Option<&Req>,
    ) -> Result<Res, ErrorBody> {
        let path = format!("/api/{}{}{query}", ApiVersion::LATEST, endpoint.about.fill(path));
        let mut headers = vec![("Accept", "application/json"), ("Content-Type", "application/json")];
        if let Some(token) = token {
            headers.push(("X-Tableau-Auth", token));
        }
        let body = body.map(|body| encode(body, Encoding::Json, Direction::Request, ApiVersion::LATEST).unwrap());
        let response =
            self.send(endpoint.about.method.as_str(), &path, &headers, body.as_deref().unwrap_or_default()).await;
        if response.status == endpoint.about.status {
            let body: &[u8] = if response.body.is_empty() { b"{}" } else { &response.body };
            Ok(decode(body, Encoding::Json, Direction::Response).unwrap())
        } else {
            Err(response.json_error())
        }
    }

    pub async fn sign_in(&self, credentials: SignInCredentials) -> Result<Session<'_>, ErrorBody> {
        let signed_in = self.call(None, auth::SIGN_IN, &[], "", Some(&SignIn { credentials })).await?;
        Ok(Session { server: self, credentials: signed_in.credentials })
    }

    pub async fn with_password(&self, name: &str, password: &str, site: &str) -> Result<Session<'_>, ErrorBody> {
        self.sign_in(password_credentials(name, password, site)).await
    }

    /// The first server administrator, on the default site.
    pub async fn admin(&self) -> Session<'_> {
        self.with_password(ADMIN, PASSWORD, "").await.unwrap()
    }

    /// The process id of its engine for extracts, if that runs.
    pub async fn engine_process_id(&self) -> Option<u32> {
        self.running.as_ref()?.engine_process_id().await
    }

    /// Stops the server and starts it again on the same data.
    pub async fn restart(&mut self) {
        self.running.take().unwrap().shutdown().await;
        let mut config = Config::on_loopback(self.folder.path().join("data"));
        config.tls_listen = None;
        config.clock = self.clock.clone();
        let running = tavola_server::start(config).await.unwrap();
        self.address = running.http().unwrap();
        self.running = Some(running);
    }
}

pub fn password_credentials(name: &str, password: &str, site: &str) -> SignInCredentials {
    SignInCredentials {
        name: Some(name.to_owned()),
        password: Some(Secret::new(password)),
        site: SiteUrl { content_url: site.to_owned() },
        ..Default::default()
    }
}

pub fn token_credentials(name: &str, secret: &str, site: &str) -> SignInCredentials {
    SignInCredentials {
        personal_access_token_name: Some(name.to_owned()),
        personal_access_token_secret: Some(Secret::new(secret)),
        site: SiteUrl { content_url: site.to_owned() },
        ..Default::default()
    }
}

pub fn as_user(mut credentials: SignInCredentials, id: UserId) -> SignInCredentials {
    credentials.user = Some(ImpersonatedUser { id: Word::Known(id) });
    credentials
}

/// A signed-in user.
pub struct Session<'a> {
    pub server: &'a TestServer,
    pub credentials: SessionCredentials,
}

impl Session<'_> {
    pub fn token(&self) -> &str {
        self.credentials.token.expose()
    }

    pub fn user_id(&self) -> UserId {
        self.credentials.user.id
    }

    pub async fn call<Req: Serialize, Res: DeserializeOwned>(
        &self,
        endpoint: Endpoint<Req, Res>,
        path: &[&dyn Display],
        query: &str,
        body: Option<&Req>,
    ) -> Result<Res, ErrorBody> {
        self.server.call(Some(self.token()), endpoint, path, query, body).await
    }

    /// Calls an endpoint of the session's own site: its id goes before `path`.
    pub async fn on_site<Req: Serialize, Res: DeserializeOwned>(
        &self,
        endpoint: Endpoint<Req, Res>,
        path: &[&dyn Display],
        query: &str,
        body: Option<&Req>,
    ) -> Result<Res, ErrorBody> {
        let mut whole: Vec<&dyn Display> = vec![&self.credentials.site.id];
        whole.extend_from_slice(path);
        self.call(endpoint, &whole, query, body).await
    }

    pub async fn add_user(&self, name: &str, role: SiteRole, password: Option<&str>) -> UserId {
        let user = User {
            name: Some(name.to_owned()),
            site_role: Some(role.into()),
            password: password.map(Secret::new),
            ..Default::default()
        };
        let added = self.on_site(users::ADD, &[], "", Some(&UserMessage { user })).await.unwrap();
        added.user.id.unwrap().known().unwrap()
    }

    pub async fn create_site(&self, name: &str, content_url: &str) -> Site {
        let site =
            Site { name: Some(name.to_owned()), content_url: Some(content_url.to_owned()), ..Default::default() };
        self.call(sites::CREATE, &[], "", Some(&SiteMessage { site })).await.unwrap().site
    }

    pub async fn create_token(&self, name: &str) -> TokenWithSecret {
        let body = CreateToken { personal_access_token: NewToken { token_name: name.to_owned(), expires_at: None } };
        self.on_site(personal_access_tokens::CREATE, &[&self.user_id()], "", Some(&body))
            .await
            .unwrap()
            .personal_access_token_with_secret
    }

    /// Whether the session's token is still good.
    pub async fn is_alive(&self) -> bool {
        match self.call(tavola_api::sessions::CURRENT, &[], "", None).await {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.code, "401002");
                false
            }
        }
    }
}

/// An answer as it came.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Response {
    pub fn parse(bytes: &[u8]) -> Self {
        let end = bytes
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .unwrap_or_else(|| panic!("no answer: {:?}", String::from_utf8_lossy(bytes)));
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head, body: bytes[end + 4..].to_vec() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (other, value) = line.split_once(':')?;
            other.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json_error(&self) -> ErrorBody {
        self.error(Encoding::Json)
    }

    pub fn xml_error(&self) -> ErrorBody {
        self.error(Encoding::Xml)
    }

    fn error(&self, encoding: Encoding) -> ErrorBody {
        assert_eq!(self.header("content-type"), Some(encoding.content_type()), "{self:?}");
        let error = decode::<ErrorMessage>(&self.body, encoding, Direction::Response)
            .unwrap_or_else(|problem| panic!("{problem}: {self:?}"))
            .error;
        assert_eq!(error.code[..3], self.status.to_string(), "{self:?}");
        error
    }
}
