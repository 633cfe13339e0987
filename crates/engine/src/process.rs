//! The engine's process: how it is started, what it is told, and how it ends.
//!
//! It listens on a socket in a folder that only this user may open, and tells the socket's name by connecting to another
//! one, its callback. That connection stays open: when it closes, because this process ended in any way, it ends too.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use tempfile::TempDir;
use tokio::{
    io::AsyncReadExt as _,
    net::{UnixListener, UnixStream},
    process::{Child, Command},
};

use crate::{
    Error,
    sandbox::{self, Reach, Sandbox},
};

/// The user that owns the databases Tableau writes; as another one they cannot be opened.
pub(crate) const USER: &str = "tableau_internal_user";
/// How long it may take to start, on a machine that is busy.
const START: Duration = Duration::from_secs(60);
/// How long it may take to end before it is killed.
const END: Duration = Duration::from_secs(5);
/// The longest path of a folder whose sockets have names that the system takes.
const LONGEST_SOCKET_FOLDER: usize = 80;
/// What a process needs of the system beside its own folders: libraries, time zones, certificates' places, the machine's
/// size. Of other processes it sees nothing, for it is not in their sandbox.
const SYSTEM: &[&str] = &[
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/zoneinfo",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/proc",
    "/sys",
];
/// Devices that everybody may use.
const DEVICES: &[&str] = &["/dev/null", "/dev/zero", "/dev/urandom", "/dev/random", "/dev/shm"];

/// A connection to it.
pub(crate) async fn connect(socket: &Path) -> io::Result<UnixStream> {
    UnixStream::connect(socket).await
}

/// A process that was started and answers.
pub(crate) struct Process {
    child: Child,
    callback: UnixStream,
    /// Where it listens.
    pub(crate) socket: PathBuf,
    /// The folder of its files.
    pub(crate) scratch: TempDir,
    _sockets: TempDir,
    /// Says to others that the folder is in use.
    _lock: File,
}

impl Process {
    /// Starts `program` with its files and logs in this folder.
    pub(crate) async fn start(program: &Path, folder: &Path) -> Result<Self, Error> {
        // It runs in a folder of its own.
        let (program, folder) = (std::path::absolute(program)?, std::path::absolute(folder)?);
        let logs = folder.join("logs");
        fs::create_dir_all(&logs)?;
        let (scratch, lock) = scratch(&folder.join("scratch"))?;
        let place = if scratch.path().as_os_str().len() <= LONGEST_SOCKET_FOLDER {
            scratch.path().to_owned()
        } else {
            std::env::temp_dir()
        };
        let sockets = private(tempfile::Builder::new().prefix("s"), &place)?;
        let callback = UnixListener::bind(sockets.path().join("callback"))?;
        let words = logs.join("start.txt");
        let (child, sandbox) = spawn(&program, &scratch, &sockets, &logs, &words)?;
        match sandbox {
            Sandbox::Full => tracing::debug!("the engine is kept to its own files"),
            Sandbox::Partial => tracing::info!("the engine is kept to its own files, as far as this kernel can"),
            Sandbox::None => tracing::warn!("the engine runs without a sandbox: this system has no landlock"),
        }
        let mut starting = Starting { child, words };
        let (callback, socket) = starting.called_back(callback).await?;
        let socket = sockets.path().join(socket);
        tracing::info!(pid = starting.child.id(), "the engine for extracts has started");
        Ok(Self { child: starting.child, callback, socket, scratch, _sockets: sockets, _lock: lock })
    }

    /// Its id, while it runs.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits until it ended by itself.
    pub(crate) async fn ended(&mut self) -> String {
        match self.child.wait().await {
            Ok(status) => status.to_string(),
            Err(cause) => cause.to_string(),
        }
    }

    /// Ends it, and removes its files.
    pub(crate) async fn stop(mut self) {
        drop(self.callback);
        if tokio::time::timeout(END, self.child.wait()).await.is_err() {
            tracing::warn!("the engine does not end, and is killed");
            if let Err(cause) = self.child.kill().await {
                tracing::warn!(%cause, "the engine cannot be killed");
            }
        }
    }
}

struct Starting {
    child: Child,
    words: PathBuf,
}

impl Starting {
    /// Waits for the connection by which it says where it listens.
    async fn called_back(&mut self, callback: UnixListener) -> Result<(UnixStream, String), Error> {
        let hear = async {
            let (mut stream, _) = callback.accept().await?;
            let mut said = Vec::new();
            while !said.ends_with(&[0]) && said.len() < 4096 {
                if stream.read_buf(&mut said).await? == 0 {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
                }
            }
            Ok((stream, said))
        };
        tokio::select! {
            heard = tokio::time::timeout(START, hear) => {
                let (stream, said) = match heard {
                    Ok(heard) => heard.map_err(|cause| Error::Start(cause.to_string()))?,
                    Err(_) => return Err(Error::Start(format!("it said nothing for {} seconds", START.as_secs()))),
                };
                let said = String::from_utf8_lossy(&said);
                let name = said.trim_end_matches('\0').rsplit('/').next().unwrap_or_default();
                Ok((stream, name.to_owned()))
            }
            status = self.child.wait() => {
                let status = status.map_err(|cause| Error::Start(cause.to_string()))?;
                Err(Error::Start(format!("{status}: {}", self.last_words())))
            }
        }
    }

    /// The last line that it wrote.
    fn last_words(&self) -> String {
        let mut words = String::new();
        // What it wrote need not be text, nor be there.
        if let Ok(file) = File::open(&self.words) {
            let _ = file.take(64 * 1024).read_to_string(&mut words);
        }
        words.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it says nothing").trim().to_owned()
    }
}

/// A folder that only this user may open.
fn private(builder: &mut tempfile::Builder<'_, '_>, place: &Path) -> io::Result<TempDir> {
    use std::os::unix::fs::PermissionsExt as _;
    builder.permissions(fs::Permissions::from_mode(0o700)).tempdir_in(place)
}

/// A folder for the files of one process, and the lock that says it is in use. Those of processes that died are removed.
fn scratch(place: &Path) -> io::Result<(TempDir, File)> {
    fs::create_dir_all(place)?;
    // One at a time looks for folders that nobody uses, so that none is taken for dead before it was locked.
    let looking = File::create(place.join("lock"))?;
    looking.lock()?;
    for entry in fs::read_dir(place)? {
        let path = entry?.path();
        let dead = match File::open(path.join("lock")) {
            Ok(lock) => lock.try_lock().is_ok(),
            Err(_) => path.is_dir(),
        };
        if dead && let Err(cause) = fs::remove_dir_all(&path) {
            tracing::warn!(%cause, "files of an engine that died are left");
        }
    }
    let folder = private(tempfile::Builder::new().prefix("e"), place)?;
    let lock = File::create(folder.path().join("lock"))?;
    lock.lock()?;
    Ok((folder, lock))
}

/// Starts it from a thread of its own, for the sandbox is that of a thread and of all it starts.
fn spawn(
    program: &Path,
    scratch: &TempDir,
    sockets: &TempDir,
    logs: &Path,
    words: &Path,
) -> Result<(Child, Sandbox), Error> {
    let setting = |name: &str, path: &Path| format!("--{name}={}", path.display());
    let domain = |name: &str| format!("tab.domain://{}/domain/{name}", sockets.path().display());
    let said = File::create(words)?;
    let mut command = Command::new(program);
    command
        .arg("run")
        .args(["--listen-connection", &domain("auto"), "--callback-connection", &domain("callback")])
        // Whoever may open the folder of the socket may ask.
        .args(["--no-password=true", "--skip-license=true", &format!("--init-user={USER}")])
        .args(["--date-style=MDY", "--language=en_US"])
        // A quarter of the machine: the server and its database are there too. What does not fit is put into files.
        .arg("--memory-limit=25%")
        .arg(setting("hyper-temp-directory-override", scratch.path()))
        .arg(setting("log-dir", logs))
        .args(["--log-config=file,json,all,hyperd,0", "--log-file-size-limit=4m", "--log-file-max-count=2"])
        .env_clear()
        .env("TMPDIR", scratch.path())
        .env("HOME", scratch.path())
        .current_dir(scratch.path())
        .stdin(Stdio::null())
        .stdout(said.try_clone()?)
        .stderr(said)
        .kill_on_drop(true);
    let home = program.parent().unwrap_or(program).to_owned();
    let own = [scratch.path().to_owned(), sockets.path().to_owned(), logs.to_owned()];
    let runtime = tokio::runtime::Handle::current();
    let starting = std::thread::spawn(move || {
        let _guard = runtime.enter();
        let mut read: Vec<&Path> = SYSTEM.iter().map(Path::new).collect();
        read.push(&home);
        let mut write: Vec<&Path> = own.iter().map(PathBuf::as_path).collect();
        write.extend(DEVICES.iter().map(Path::new));
        let sandbox = sandbox::enter(&Reach { read: &read, write: &write })?;
        Ok::<_, io::Error>((command.spawn()?, sandbox))
    });
    let started = starting.join().map_err(|_| Error::Start("its thread broke off".to_owned()))?;
    started.map_err(|cause| Error::Start(format!("`{}`: {cause}", program.display())))
}
