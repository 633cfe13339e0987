//! Where a test's content lies: a folder, one with a key, or a bucket of a real S3 server on this machine.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::TryStreamExt as _;
use object_store::{ObjectStore, ObjectStoreExt as _, aws::AmazonS3Builder, local::LocalFileSystem};
use tavola_store::Config;

pub struct Storage {
    kind: Kind,
    /// Holds the key file.
    keys: tempfile::TempDir,
    sealed: bool,
}

enum Kind {
    Folder(tempfile::TempDir),
    Bucket { endpoint: &'static str, prefix: String },
}

impl Storage {
    pub fn folder() -> Self {
        Self { kind: Kind::Folder(tempfile::tempdir().unwrap()), keys: tempfile::tempdir().unwrap(), sealed: false }
    }

    pub fn sealed_folder() -> Self {
        Self { sealed: true, ..Self::folder() }
    }

    /// A part of a bucket of its own; none where no S3 server can be started.
    pub async fn bucket() -> Option<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let endpoint = tokio::task::spawn_blocking(s3_server).await.unwrap()?;
        let prefix = format!("test{}", NEXT.fetch_add(1, Ordering::Relaxed));
        Some(Self { kind: Kind::Bucket { endpoint, prefix }, keys: tempfile::tempdir().unwrap(), sealed: false })
    }

    pub fn configure(&self, config: &mut Config) {
        match &self.kind {
            Kind::Folder(folder) => config.content_url = Some(format!("file:{}", folder.path().display())),
            Kind::Bucket { endpoint, prefix } => {
                config.content_url = Some(format!("s3://tavola/{prefix}"));
                config.content_options = s3_options(endpoint);
            }
        }
        if self.sealed {
            config.content_key_file = Some(self.key_file('a'));
        }
    }

    pub fn is_bucket(&self) -> bool {
        matches!(self.kind, Kind::Bucket { .. })
    }

    pub fn is_sealed(&self) -> bool {
        self.sealed
    }

    /// The file of a key of this hexadecimal digit.
    pub fn key_file(&self, digit: char) -> PathBuf {
        let file = self.keys.path().join(format!("key-{digit}"));
        fs::write(&file, digit.to_string().repeat(64)).unwrap();
        file
    }

    /// The storage itself, past Tavola.
    fn objects(&self) -> Arc<dyn ObjectStore> {
        match &self.kind {
            Kind::Folder(folder) => Arc::new(LocalFileSystem::new_with_prefix(folder.path()).unwrap()),
            Kind::Bucket { endpoint, prefix } => {
                drop(rustls::crypto::ring::default_provider().install_default());
                let mut builder = AmazonS3Builder::new().with_bucket_name("tavola").with_allow_http(true);
                for (name, value) in s3_options(endpoint) {
                    builder = builder.with_config(name.to_ascii_lowercase().parse().unwrap(), value);
                }
                let bucket = builder.build().unwrap();
                Arc::new(object_store::prefix::PrefixStore::new(bucket, prefix.as_str()))
            }
        }
    }

    /// The names of the files of blobs.
    pub async fn names(&self) -> Vec<String> {
        let found: Vec<_> = self.objects().list(None).try_collect().await.unwrap();
        let names = found.into_iter().map(|object| object.location.to_string());
        names.filter(|name| name.matches('/').count() == 2).collect()
    }

    pub async fn get(&self, name: &str) -> Vec<u8> {
        self.objects().get(&name.into()).await.unwrap().bytes().await.unwrap().to_vec()
    }

    pub async fn put(&self, name: &str, bytes: Vec<u8>) {
        self.objects().put(&name.into(), bytes.into()).await.unwrap();
    }

    pub async fn delete(&self, name: &str) {
        self.objects().delete(&name.into()).await.unwrap();
    }

    /// How many uploads to the bucket are not complete; the server's own list.
    pub fn incomplete(&self) -> usize {
        let Kind::Bucket { endpoint, prefix } = &self.kind else { return 0 };
        let address = endpoint.strip_prefix("http://").unwrap();
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let request = format!("GET /tavola?uploads HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let answer = std::io::read_to_string(stream).unwrap();
        assert!(answer.contains("ListMultipartUploadsResult"), "{answer}");
        answer.matches(&format!("<Key>{prefix}/")).count()
    }
}

fn s3_options(endpoint: &str) -> Vec<(String, String)> {
    [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", endpoint),
        ("AWS_ALLOW_HTTP", "true"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .to_vec()
}

/// Serves S3 until its standard input ends, as it does when the tests end in whatever way.
const S3_SERVER: &str = r#"
import sys, urllib.request
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
endpoint = "http://%s:%d" % server.get_host_and_port()
urllib.request.urlopen(urllib.request.Request(endpoint + "/tavola", method="PUT")).read()
print(endpoint, flush=True)
sys.stdin.read()
"#;

/// The address of an S3 server: the PyPI package `moto[server]`, where Python has it.
fn s3_server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<(String, Child)>> = OnceLock::new();
    let started = SERVER.get_or_init(|| {
        let started = start_s3_server();
        if started.is_none() {
            let how = "python3 -m pip install 'moto[server]' brings one";
            // Past the test's captured output.
            drop(writeln!(std::io::stderr(), "there is no S3 server: nothing was tested on S3 ({how})"));
        }
        started
    });
    started.as_ref().map(|(endpoint, _)| endpoint.as_str())
}

fn start_s3_server() -> Option<(String, Child)> {
    let python = std::env::var("TAVOLA_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut server = Command::new(python)
        .args(["-c", S3_SERVER])
        .current_dir(Path::new("/"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut endpoint = String::new();
    BufReader::new(server.stdout.take()?).read_line(&mut endpoint).ok()?;
    let endpoint = endpoint.trim().to_owned();
    (!endpoint.is_empty()).then_some((endpoint, server))
}
