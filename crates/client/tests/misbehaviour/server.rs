//! A tiny server that answers whatever a test tells it, byte by byte: for what a good server cannot be made to do.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tavola_client::{Builder, Client, Credentials};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// What was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Verb and target, as in `GET /api/3.29/sites`.
    pub line: String,
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Asked {
    pub fn token(&self) -> Option<&str> {
        self.headers.get("x-tableau-auth").map(String::as_str)
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        let query = self.line.split_once('?')?.1;
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// What to do about it.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Answers by the book.
    Answer { status: u16, headers: Vec<(&'static str, String)>, body: Vec<u8> },
    /// Writes these bytes and closes the connection.
    Raw(Vec<u8>),
    /// Writes these bytes and nothing more, the connection left open. None at all is silence.
    Stop(&'static [u8]),
    /// Closes the connection without a word.
    Drop,
}

impl Reply {
    pub fn xml(status: u16, content: &str) -> Self {
        let body = format!(
            "<?xml version='1.0' encoding='UTF-8'?><tsResponse xmlns=\"http://tableau.com/api\">{content}</tsResponse>"
        );
        Self::typed(status, "application/xml;charset=utf-8", &body)
    }

    pub fn typed(status: u16, content_type: &str, body: &str) -> Self {
        Self::Answer {
            status,
            headers: vec![("Content-Type", content_type.to_owned())],
            body: body.as_bytes().to_vec(),
        }
    }

    pub fn refusal(status: u16, code: u32, summary: &str, detail: &str) -> Self {
        let error = format!("<error code=\"{code}\"><summary>{summary}</summary><detail>{detail}</detail></error>");
        Self::xml(status, &error)
    }

    pub fn empty(status: u16) -> Self {
        Self::Answer { status, headers: Vec::new(), body: Vec::new() }
    }

    pub fn invalid_token() -> Self {
        Self::refusal(401, 401_002, "Unauthorized Access", "Invalid authentication credentials were provided.")
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name, value.into()));
        }
        self
    }
}

type Handler = dyn Fn(&Asked) -> Reply + Send + Sync;

/// A server that runs until the test ends.
pub struct Server {
    pub address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Answers everything as told.
    pub async fn start(handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(TcpListener::bind("127.0.0.1:0").await.unwrap(), None, Arc::new(handler))
    }

    /// The same behind TLS.
    pub async fn start_tls(acceptor: TlsAcceptor, handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::listen(TcpListener::bind("127.0.0.1:0").await.unwrap(), Some(acceptor), Arc::new(handler))
    }

    pub fn listen(listener: TcpListener, acceptor: Option<TlsAcceptor>, handler: Arc<Handler>) -> Self {
        let address = listener.local_addr().unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, handler, log) = (acceptor.clone(), Arc::clone(&handler), Arc::clone(&log));
                tokio::spawn(connection(stream, acceptor, handler, log));
            }
        });
        Self { address, asked }
    }

    /// How often something was asked whose line begins so.
    pub fn count(&self, line: &str) -> usize {
        self.asked(line).len()
    }

    /// What was asked whose line begins so.
    pub fn asked(&self, line: &str) -> Vec<Asked> {
        self.asked.lock().unwrap().iter().filter(|asked| asked.line.starts_with(line)).cloned().collect()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A client of this server that signs in with a password.
    pub fn client(&self) -> Builder {
        client(&self.url())
    }
}

/// A client that no variable of the machine influences.
pub fn client(address: &str) -> Builder {
    Client::builder(address).no_proxy().credentials(Credentials::password("ann", "hunter2"))
}

async fn connection(
    stream: TcpStream,
    acceptor: Option<TlsAcceptor>,
    handler: Arc<Handler>,
    log: Arc<Mutex<Vec<Asked>>>,
) {
    match acceptor {
        None => serve(stream, &*handler, &log).await,
        Some(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                serve(stream, &*handler, &log).await;
            }
        }
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, handler: &Handler, log: &Mutex<Vec<Asked>>) {
    let mut stream = BufReader::new(stream);
    while let Some(asked) = read(&mut stream).await {
        log.lock().unwrap().push(asked.clone());
        let (bytes, keep) = match handler(&asked) {
            Reply::Stop(bytes) => {
                let _ = stream.write_all(bytes).await;
                let _ = stream.flush().await;
                return std::future::pending().await;
            }
            Reply::Drop => return,
            Reply::Raw(bytes) => (bytes, false),
            Reply::Answer { status, headers, body } => {
                let mut head = format!("HTTP/1.1 {status} X\r\n");
                for (name, value) in headers {
                    head += &format!("{name}: {value}\r\n");
                }
                if status != 204 {
                    head += &format!("Content-Length: {}\r\n", body.len());
                }
                ([head.as_bytes(), b"\r\n", &body].concat(), true)
            }
        };
        // The client may have gone; that is its business.
        if stream.write_all(&bytes).await.is_err() || stream.flush().await.is_err() || !keep {
            let _ = stream.shutdown().await;
            return;
        }
    }
}

async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> Option<Asked> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let line = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
    let mut headers = HashMap::new();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await.ok().filter(|read| *read > 0)?;
        match header.trim_end().split_once(':') {
            None => break,
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
        };
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Asked { line, headers, body: String::from_utf8(body).unwrap() })
}

pub const SITE: &str = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";
pub const USER: &str = "11111111-2222-4333-8444-555555555555";
/// A user as `GET` and `POST` answer it.
pub const ANN: &str = "<user id=\"11111111-2222-4333-8444-555555555555\" name=\"Ann\" siteRole=\"Viewer\"/>";

/// Server Info, sign-in (the n-th gives the token `token-n`), switch site and sign-out as they should be; everything else
/// as told.
pub fn good_server(rest: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> impl Fn(&Asked) -> Reply + Send + Sync {
    let tokens = AtomicUsize::new(0);
    move |asked: &Asked| {
        let line = asked.line.as_str();
        let session = |url: &str| {
            let number = tokens.fetch_add(1, Ordering::SeqCst) + 1;
            Reply::xml(
                200,
                &format!(
                    "<credentials token=\"token-{number}\"><site id=\"{SITE}\" contentUrl=\"{url}\"/><user id=\"{USER}\"/></credentials>"
                ),
            )
        };
        if line == "GET /api/2.4/serverinfo" {
            server_info("3.29")
        } else if line.ends_with("/auth/signin") {
            session("")
        } else if line.ends_with("/auth/switchSite") {
            session("other")
        } else if line.ends_with("/auth/signout") {
            Reply::empty(204)
        } else {
            rest(asked)
        }
    }
}

pub fn server_info(version: &str) -> Reply {
    Reply::xml(
        200,
        &format!(
            "<serverInfo><productVersion build=\"20262.26.0701.1200\">2026.2.0</productVersion><restApiVersion>{version}</restApiVersion></serverInfo>"
        ),
    )
}

/// Runs a test in which time passes by rounds of the event loop, a millisecond each: minutes of waiting are over at once,
/// and yet nothing times out while there is something to do.
pub fn in_fast_time<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let clock = tokio::spawn(async {
            loop {
                tokio::time::advance(Duration::from_millis(1)).await;
            }
        });
        let outcome = test.await;
        clock.abort();
        outcome
    })
}
