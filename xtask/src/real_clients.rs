//! Published clients of the protocol, run against the server: the judges of the wire.
//!
//! They are Python programs, so they live in a virtual environment under `target/`, kept between runs and made anew when
//! `tests/real_clients/requirements.txt` changes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use xtask::{Result, Served, Settings, empty};

use crate::{
    cargo::{cargo, root, run as run_to_end, target, tavola},
    skip, step,
};

/// The oldest Python that the pinned clients run on.
const OLDEST_PYTHON: (u32, u32) = (3, 10);

/// Builds the program and runs the tests. `names` picks some, as `python -m unittest -k` does.
pub fn run(names: &[&str]) -> Result<()> {
    run_to_end(&mut cargo(&["build", "--quiet", "--package", "tavola-cli"]))?;
    judge(names)
}

/// Runs the tests on the program as it was last built, or says why not.
pub fn judge(names: &[&str]) -> Result<()> {
    step("tests with published clients: tests/real_clients");
    let environment = match environment()? {
        Ok(environment) => environment,
        Err(why) => return skip("tests with published clients", &why),
    };
    let work = target()?.join("real-clients");
    let engine = environment.engine()?;
    let served = serve(&work.join("data"), false, Some(engine))?;
    let strict = serve(&work.join("data-strict"), true, None)?;
    empty(&work.join("home"))?;
    let tests = run_to_end(
        Command::new(environment.python())
            .arg(root().join("tests/real_clients/run.py"))
            .args(names)
            .env("TAVOLA_HTTP", format!("http://{}", served.http()))
            .env("TAVOLA_HTTPS", format!("https://{}", served.https()))
            .env("TAVOLA_STRICT_HTTPS", format!("https://{}", strict.https()))
            .env("TAVOLA_CERTIFICATE", served.certificate())
            .env("TAVOLA_ADMIN_USER", ADMINISTRATOR)
            .env("TAVOLA_ADMIN_PASSWORD", PASSWORD)
            .env("TAVOLA_TEST_HOME", work.join("home"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null()),
    );
    if tests.is_err() {
        eprintln!("the server's last lines:\n{}", served.last_words());
    }
    let stopped = served.stop().and(strict.stop());
    tests.and(stopped)
}

const ADMINISTRATOR: &str = "admin";
const PASSWORD: &str = "a long enough password, 漢字 & <all>";

fn serve(data_dir: &Path, strict: bool, engine: Option<PathBuf>) -> Result<Served> {
    empty(data_dir)?;
    Served::start(&Settings {
        program: tavola("debug")?,
        data_dir: data_dir.to_owned(),
        administrator: ADMINISTRATOR.to_owned(),
        password: PASSWORD.to_owned(),
        strict,
        engine,
    })
}

/// A Python with the pinned clients.
pub struct Environment {
    folder: PathBuf,
}

impl Environment {
    /// Where its programs are: `python`, `tabcmd`.
    pub fn folder(&self) -> PathBuf {
        self.folder.join(if cfg!(windows) { "Scripts" } else { "bin" })
    }

    /// The engine for extracts in it.
    pub fn engine(&self) -> Result<PathBuf> {
        let question =
            "import os, tableauhyperapi as t; print(os.path.join(os.path.dirname(t.__file__), 'bin/hyper/hyperd'))";
        let answer = Command::new(self.python()).args(["-c", question]).output()?;
        Ok(String::from_utf8(answer.stdout)?.trim().into())
    }

    /// Its Python.
    pub fn python(&self) -> PathBuf {
        self.folder().join("python")
    }
}

/// The environment, made if need be; or why there can be none on this machine.
pub fn environment() -> Result<std::result::Result<Environment, String>> {
    let environment = Environment { folder: target()?.join("real-clients/venv") };
    let pinned = root().join("tests/real_clients/requirements.txt");
    // Written last, so that an interrupted installation is not taken for a whole one.
    let stamp = environment.folder.join("installed.txt");
    let wanted = fs::read_to_string(&pinned)?;
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(Ok(environment));
    }
    let Some(python) = find_python() else {
        let (major, minor) = OLDEST_PYTHON;
        return Ok(Err(format!("there is no Python {major}.{minor} or newer")));
    };
    println!("making a virtual environment with the pinned clients (once)");
    let mut make = Command::new(python);
    make.args(["-m", "venv", "--clear"]).arg(&environment.folder);
    if let Err(why) = quietly(&mut make) {
        return Ok(Err(format!("Python makes no virtual environment: {why}")));
    }
    let mut install = Command::new(environment.python());
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&pinned);
    if let Err(why) = quietly(&mut install) {
        return Ok(Err(format!("pip does not bring the clients: {why}")));
    }
    fs::write(&stamp, wanted)?;
    Ok(Ok(environment))
}

fn find_python() -> Option<&'static str> {
    ["python3", "python"].into_iter().find(|python| {
        let (major, minor) = OLDEST_PYTHON;
        let question = format!("import sys; sys.exit(sys.version_info < ({major}, {minor}))");
        Command::new(python)
            .args(["-c", &question])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    })
}

/// Runs a program and keeps its words for the error: the last line that says something.
fn quietly(command: &mut Command) -> std::result::Result<(), String> {
    let output = command.stdin(Stdio::null()).output().map_err(|cause| cause.to_string())?;
    if output.status.success() {
        return Ok(());
    }
    let words = [output.stdout, output.stderr].concat();
    let words = String::from_utf8_lossy(&words);
    Err(words.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it says nothing").trim().to_owned())
}
