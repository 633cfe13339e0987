use std::{
    env,
    fs::{self, File},
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::Result;

/// How long a server may take until it answers; far more than it needs, so that only a broken one fails.
const START_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a server may take to finish after it was told to stop.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// What a server is started with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The program `tavola`.
    pub program: PathBuf,
    /// Its data folder.
    pub data_dir: PathBuf,
    /// The name of the first administrator; matters on an empty data folder only.
    pub administrator: String,
    /// That administrator's password.
    pub password: String,
    /// Whether it imitates the real server's limits.
    pub strict: bool,
    /// Its engine for extracts.
    pub engine: Option<PathBuf>,
}

/// A `tavola serve` on free loopback ports. Dropping it kills it; [`Served::stop`] ends it as an operator would.
#[derive(Debug)]
pub struct Served {
    starting: Starting,
    http: SocketAddr,
    https: SocketAddr,
    data_dir: PathBuf,
    ready_after: Duration,
}

/// The process, and the file with what it prints.
#[derive(Debug)]
struct Starting {
    child: Child,
    log: PathBuf,
}

impl Served {
    /// Starts the program and waits until it says that it is ready. What it prints goes to `serve.log` beside the data
    /// folder.
    pub fn start(settings: &Settings) -> Result<Self> {
        fs::create_dir_all(&settings.data_dir)?;
        let log = settings.data_dir.with_extension("log");
        let output = File::create(&log)?;
        let mut command = Command::new(&settings.program);
        // What a developer has set for their own server is not for this one.
        for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TAVOLA_")) {
            command.env_remove(name);
        }
        command
            .env_remove("RUST_LOG")
            .arg("serve")
            .arg("--data-dir")
            .arg(&settings.data_dir)
            .args(["--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--log-format", "json"])
            .env("TAVOLA_ADMIN_USER", &settings.administrator)
            .env("TAVOLA_ADMIN_PASSWORD", &settings.password)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        if settings.strict {
            command.arg("--strict");
        }
        if let Some(engine) = &settings.engine {
            command.arg("--engine").arg(engine);
        }
        let begun = Instant::now();
        let child = command.spawn().map_err(|cause| format!("cannot run `{}`: {cause}", settings.program.display()))?;
        let mut starting = Starting { child, log };
        loop {
            if let Some((http, https)) = starting.addresses()
                && is_ready(http)
            {
                let ready_after = begun.elapsed();
                return Ok(Self { starting, http, https, data_dir: settings.data_dir.clone(), ready_after });
            }
            if let Some(status) = starting.child.try_wait()? {
                return Err(format!("`tavola serve` ended at its start ({status}):\n{}", starting.last_words()).into());
            }
            if begun.elapsed() > START_TIMEOUT {
                return Err(format!("`tavola serve` does not answer:\n{}", starting.last_words()).into());
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Where HTTP is answered.
    pub fn http(&self) -> SocketAddr {
        self.http
    }

    /// Where HTTPS is answered.
    pub fn https(&self) -> SocketAddr {
        self.https
    }

    /// The self-signed certificate of HTTPS.
    pub fn certificate(&self) -> PathBuf {
        self.data_dir.join("tls/certificate.pem")
    }

    /// The time from starting the program to its first answer that it is ready.
    pub fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// The process's id.
    pub fn process(&self) -> u32 {
        self.starting.child.id()
    }

    /// The last lines that the server printed.
    pub fn last_words(&self) -> String {
        self.starting.last_words()
    }

    /// Ends the server as an operator would, and expects that it finishes cleanly.
    pub fn stop(mut self) -> Result<()> {
        ask_to_end(&mut self.starting.child)?;
        let begun = Instant::now();
        let status: ExitStatus = loop {
            match self.starting.child.try_wait()? {
                Some(status) => break status,
                None if begun.elapsed() > STOP_TIMEOUT => {
                    return Err(format!("`tavola serve` does not end:\n{}", self.last_words()).into());
                }
                None => thread::sleep(Duration::from_millis(5)),
            }
        };
        if cfg!(unix) && !status.success() {
            return Err(format!("`tavola serve` ended with {status}:\n{}", self.last_words()).into());
        }
        Ok(())
    }
}

impl Starting {
    /// Where it serves HTTP and HTTPS, once its log says so.
    fn addresses(&self) -> Option<(SocketAddr, SocketAddr)> {
        let text = fs::read_to_string(&self.log).ok()?;
        let line = text.lines().find(|line| line.contains(r#""message":"serving""#))?;
        let field = |name: &str| {
            let (_, rest) = line.split_once(&format!(r#""{name}":""#))?;
            rest.split_once('"')?.0.parse().ok()
        };
        Some((field("http")?, field("https")?))
    }

    fn last_words(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to do.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Whether a server says that it is ready.
fn is_ready(address: SocketAddr) -> bool {
    get(address, "/readyz").is_some_and(|answer| answer.starts_with("HTTP/1.1 200"))
}

/// SIGTERM where there are signals. The standard library sends only SIGKILL.
fn ask_to_end(child: &mut Child) -> Result<()> {
    if cfg!(unix) {
        let status = Command::new("kill").args(["-TERM", &child.id().to_string()]).status()?;
        if !status.success() {
            return Err("cannot send SIGTERM to `tavola serve`".into());
        }
    } else {
        child.kill()?;
    }
    Ok(())
}

/// The whole answer to a GET, if there is one.
fn get(address: SocketAddr, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// Makes a folder empty, whether it was there or not.
pub fn empty(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
            Err(format!("cannot empty `{}`: {cause}", folder.display()).into())
        }
        _ => Ok(fs::create_dir_all(folder)?),
    }
}
