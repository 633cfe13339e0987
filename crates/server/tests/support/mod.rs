//! A real server on a free loopback port with an empty data folder, and requests written by hand, so that a test can
//! send what no client would.

#![expect(dead_code, reason = "each test file uses its part")]

use std::{fmt::Display, net::SocketAddr, path::PathBuf, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use tavola_api::{
    ApiVersion, Direction, Encoding, Endpoint, ErrorBody, ErrorMessage, Secret, Text, Word,
    auth::{self, ImpersonatedUser, SessionCredentials, SignIn, SignInCredentials, SiteUrl},
    decode, encode,
    personal_access_tokens::{self, CreateToken, NewToken, TokenWithSecret},
    projects::{self, Project, ProjectMessage},
    sites::{self, Site, SiteMessage},
    users::{self, User, UserMessage},
    virtual_connections::{self, VirtualConnection, VirtualConnectionMessage},
};
use tavola_model::{ContentKind, ProjectId, SiteRole, Timestamp, UserId};
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

    /// Runs SQL past the server, on what it keeps in SQLite.
    pub fn sql(&self, statements: &str) {
        let connection = rusqlite::Connection::open(self.data_dir().join("tavola.db")).unwrap();
        connection.busy_timeout(Duration::from_secs(10)).unwrap();
        connection.execute_batch(statements).unwrap();
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

    /// Makes a project, in another or at the top.
    pub async fn create_project(&self, name: &str, parent: Option<ProjectId>) -> ProjectId {
        let project =
            Project { name: Some(name.to_owned()), parent_project_id: parent.map(Word::Known), ..Project::default() };
        let made = self.on_site(projects::CREATE, &[], "", Some(&ProjectMessage { project })).await.unwrap();
        made.project.id.unwrap().known().unwrap()
    }

    /// Publishes the smallest content of a kind into a project, and gives its id. A workbook has the view `A`, and shows no
    /// tabs.
    pub async fn publish_smallest(&self, kind: ContentKind, name: &str, project: ProjectId) -> String {
        if kind == ContentKind::VirtualConnection {
            let virtual_connection = VirtualConnection {
                name: Some(name.to_owned()),
                project: Some(Project { id: Some(Word::Known(project)), ..Project::default() }),
                content: Some(Text("{}".to_owned())),
                ..VirtualConnection::default()
            };
            let message = VirtualConnectionMessage { virtual_connection };
            let made = self.on_site(virtual_connections::PUBLISH, &[], "", Some(&message)).await.unwrap();
            return made.virtual_connection.id.unwrap().to_string();
        }
        let (room, element, file, bytes) = match kind {
            ContentKind::Workbook => (
                "workbooks",
                "workbook",
                "x.twb",
                "<?xml version='1.0' encoding='utf-8' ?><workbook version='18.1'><worksheets><worksheet name='A'/>\
                 </worksheets><windows><window class='worksheet' name='A'/></windows></workbook>",
            ),
            ContentKind::Datasource => (
                "datasources",
                "datasource",
                "x.tds",
                "<?xml version='1.0' encoding='utf-8' ?><datasource version='18.1'/>",
            ),
            ContentKind::Flow => ("flows", "flow", "x.tfl", ""),
            other => panic!("a {other} is not published"),
        };
        let flow = zip("flow", br#"{"nodes":{}}"#);
        let bytes = if bytes.is_empty() { &flow[..] } else { bytes.as_bytes() };
        let head = format!(
            "--B0\r\nContent-Disposition: name=\"request_payload\"\r\nContent-Type: text/xml\r\n\r\n\
             <tsRequest><{element} name=\"{name}\" showTabs=\"false\"><project id=\"{project}\"/></{element}></tsRequest>\
             \r\n--B0\r\nContent-Disposition: name=\"tableau_{element}\"; filename=\"{file}\"\r\n\r\n"
        );
        let body = [head.as_bytes(), bytes, b"\r\n--B0--\r\n"].concat();
        let path = format!("/api/3.29/sites/{}/{room}", self.credentials.site.id);
        let headers = [("Content-Type", "multipart/mixed; boundary=B0"), ("X-Tableau-Auth", self.token())];
        let answer = self.server.send("POST", &path, &headers, &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let text = answer.text();
        let (_, rest) = text.split_once(&format!("<{element} id=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    /// A call of the session's own site by hand, in XML.
    pub async fn by_hand(&self, method: &str, path: &str, body: &str) -> Response {
        let path = format!("/api/3.29/sites/{}/{path}", self.credentials.site.id);
        self.server.send(method, &path, &[("X-Tableau-Auth", self.token())], body.as_bytes()).await
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

/// A zip of one stored file, as small as a zip can be.
pub fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let checksum = !bytes.iter().fold(!0u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
    });
    let size = u32::try_from(bytes.len()).unwrap();
    let length = u16::try_from(name.len()).unwrap();
    let mut about = vec![20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0];
    for number in [checksum, size, size] {
        about.extend_from_slice(&number.to_le_bytes());
    }
    about.extend_from_slice(&length.to_le_bytes());
    about.extend_from_slice(&[0, 0]);
    let mut zip = [b"PK\x03\x04", &about[..], name.as_bytes(), bytes].concat();
    let start = u32::try_from(zip.len()).unwrap();
    zip.extend_from_slice(&[b"PK\x01\x02\x14\0", &about[..], &[0; 14], name.as_bytes()].concat());
    let directory = u32::try_from(zip.len()).unwrap() - start;
    zip.extend_from_slice(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    zip.extend_from_slice(&directory.to_le_bytes());
    zip.extend_from_slice(&start.to_le_bytes());
    zip.extend_from_slice(&[0, 0]);
    zip
}
