//! A home of its own for each test, a server for those that need one, and what a run of the program came to.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

pub const PASSWORD: &str = "correct horse battery staple";

/// An empty home, and the variables of the environment that commands in it see. There are no others.
pub struct Home {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// What a run of the program came to.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Home {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// The same home, with a variable set for the commands that follow.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    /// The same home, with a folder of its own for temporary files: `tmp`.
    pub fn with_temporary_folder(self) -> Self {
        let folder = self.path("tmp");
        fs::create_dir(&folder).unwrap();
        self.with("TMPDIR", folder.to_str().unwrap())
    }

    pub fn set(&mut self, name: &str, value: &str) {
        self.unset(name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    pub fn unset(&mut self, name: &str) {
        self.variables.retain(|(known, _)| known != name);
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.folder.path().join(below)
    }

    pub fn write(&self, below: &str, text: &str) -> PathBuf {
        let path = self.path(below);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// The program, ready to run here.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tavola"));
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("HOME", self.folder.path())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.ran(self.command(arguments).output().unwrap())
    }

    /// Runs a command whose standard input holds this text.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        self.ran(child.wait_with_output().unwrap())
    }

    /// Runs a command that must do its work without a word of complaint; its standard output.
    pub fn done(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {ran:?}");
        ran.stdout
    }

    /// The same, as JSON.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let text = self.done(&[arguments, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// Signs in as the administrator of a server.
    pub fn signed_in(self, server: &Server) -> Self {
        let mut command = self.command(&["login", &server.url(), "--username", "admin"]);
        let output = command.env("TAVOLA_PASSWORD", PASSWORD).output().unwrap();
        let ran = self.ran(output);
        assert_eq!(ran.code, 0, "{ran:?}");
        self
    }

    fn ran(&self, output: Output) -> Ran {
        let text = |bytes: Vec<u8>| {
            String::from_utf8(bytes).unwrap().replace(&self.folder.path().display().to_string(), "HOME")
        };
        let code = output.status.code().unwrap_or_else(|| -output.status.signal().unwrap());
        Ran { code, stdout: text(output.stdout), stderr: text(output.stderr) }
    }
}

impl Ran {
    /// What a command comes to that fails before it writes anything.
    #[track_caller]
    pub fn fails(&self, code: i32, stderr: &str) {
        assert_eq!((self.code, self.stdout.as_str(), self.stderr.as_str()), (code, "", stderr));
    }

    /// What a command comes to that writes this.
    #[track_caller]
    pub fn prints(&self, stdout: &str, stderr: &str) {
        assert_eq!((self.code, self.stdout.as_str(), self.stderr.as_str()), (0, stdout, stderr));
    }
}

/// A server of the same binary, on free ports of the loopback.
pub struct Server {
    process: Child,
    folder: TempDir,
    pub http: SocketAddr,
    pub https: SocketAddr,
}

impl Server {
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// A server with more flags.
    pub fn start_with(flags: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), flags)
    }

    fn start_in(folder: TempDir, flags: &[&str]) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_tavola"))
            .args(["serve", "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0", "--log-format", "json"])
            .arg("--data-dir")
            .arg(folder.path().join("data"))
            .args(flags)
            .env_clear()
            .env("TAVOLA_ADMIN_PASSWORD", PASSWORD)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let serving = serving(&mut process, &folder.path().join("log"));
        let address = |name: &str| serving[name].as_str().unwrap().parse().unwrap();
        Self { process, http: address("http"), https: address("https"), folder }
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// A server on the data of one that was killed, at other ports.
    pub fn start_again(mut self) -> Self {
        Self::start_in(std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap()), &[])
    }

    /// Where it answers HTTP.
    pub fn url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Its self-signed certificate.
    pub fn certificate(&self) -> PathBuf {
        self.folder.path().join("data/tls/certificate.pem")
    }

    /// The status of a plain GET with a token.
    pub fn status(&self, path: &str, token: &str) -> u16 {
        let mut stream = TcpStream::connect(self.http).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {}\r\nX-Tableau-Auth: {token}\r\nConnection: close\r\n\r\n",
            self.http
        )
        .unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        line.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Waits for the line of a server's log that says where it serves.
pub fn serving(process: &mut Child, log: &Path) -> Value {
    let begun = Instant::now();
    loop {
        let text = fs::read_to_string(log).unwrap();
        let lines = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        if let Some(line) = lines.into_iter().find(|line| line["message"] == "serving") {
            return line;
        }
        let ended = process.try_wait().unwrap();
        assert!(ended.is_none() && begun.elapsed() < Duration::from_secs(30), "no start ({ended:?}): {text}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Sends a signal by its name. The standard library sends only SIGKILL.
pub fn signal(process: &Child, name: &str) {
    let status = Command::new("kill").args([format!("-{name}"), process.id().to_string()]).status().unwrap();
    assert!(status.success());
}

/// What a process still writes, and its exit code.
pub fn end_of(mut process: Child) -> Ran {
    let (mut stdout, mut stderr) = (String::new(), String::new());
    if let Some(mut stream) = process.stdout.take() {
        stream.read_to_string(&mut stdout).unwrap();
    }
    if let Some(mut stream) = process.stderr.take() {
        stream.read_to_string(&mut stderr).unwrap();
    }
    let status = process.wait().unwrap();
    Ran { code: status.code().unwrap_or_else(|| -status.signal().unwrap()), stdout, stderr }
}
