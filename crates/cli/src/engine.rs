//! `tavola engine`: the engine for the data in extracts, brought and looked at.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::{Args, Subcommand};
use serde_json::json;
use tavola_server::engine::{Config, Engine, Installation, PACKAGE, VERSION};

use crate::{Failure, output::Output, serve::ServeArguments};

/// What can be done with the engine.
#[derive(Debug, Subcommand)]
pub enum EngineCommand {
    /// Bring it into the data folder, where `tavola serve` finds it
    ///
    /// It is Hyper, the engine of Tableau's own extracts, out of the Python package tableauhyperapi (Apache License 2.0). Its
    /// wheel is asked of pip, which knows where this machine has its packages from, or read from a file; its SHA-256 must be
    /// the one that is known here.
    Install(InstallArguments),
    /// Show which one `tavola serve` would use, and whether it starts
    Status(StatusArguments),
}

/// Where the engine is.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The data folder of the server [default: that of `tavola serve`]
    #[arg(long, value_name = "FOLDER", env = "TAVOLA_DATA_DIR", hide_env_values = true)]
    data_dir: Option<PathBuf>,
    /// The folder of the engine [default: `engine` in the data folder]
    #[arg(long, value_name = "FOLDER")]
    engine_dir: Option<PathBuf>,
}

/// The arguments of `install`.
#[derive(Debug, Args)]
pub struct InstallArguments {
    #[command(flatten)]
    place: Place,
    /// The wheel, instead of asking pip for it
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

/// The arguments of `status`.
#[derive(Debug, Args)]
pub struct StatusArguments {
    #[command(flatten)]
    place: Place,
    /// A program `hyperd` of one's own
    #[arg(long, value_name = "PATH", env = "TAVOLA_ENGINE", hide_env_values = true)]
    engine: Option<PathBuf>,
}

/// Does what was asked with the engine.
pub fn run(command: EngineCommand, output: &mut Output) -> Result<(), Failure> {
    match command {
        EngineCommand::Install(arguments) => install(&arguments, output),
        EngineCommand::Status(arguments) => status(arguments, output),
    }
}

impl Place {
    /// The engine's program: this one, or the one that was installed.
    pub(crate) fn program(&self, own: Option<PathBuf>) -> Result<PathBuf, Failure> {
        let folder = self.folder()?;
        own.or_else(|| Installation::in_folder(&folder).program()).ok_or_else(|| {
            Failure::refused(format!("there is no engine in `{}`", folder.display()))
                .hint("`tavola engine install` brings it")
        })
    }

    /// What time it is, in microseconds since 1970.
    pub(crate) fn now(&self) -> Result<i64, Failure> {
        let settings = ServeArguments::of_data(self.data_dir.clone(), None, None);
        Ok(settings.config()?.clock.now().as_millis() * 1000)
    }

    fn folder(&self) -> Result<PathBuf, Failure> {
        match &self.engine_dir {
            Some(folder) => Ok(folder.clone()),
            None => {
                let settings = ServeArguments::of_data(self.data_dir.clone(), None, None);
                Ok(tavola_server::engine_folder(&settings.config()?.data_dir))
            }
        }
    }
}

fn install(arguments: &InstallArguments, output: &mut Output) -> Result<(), Failure> {
    let folder = arguments.place.folder()?;
    let cannot = |why: String| Failure::failed("cannot install the engine").because(why);
    Installation::check_system().map_err(|problem| {
        cannot(problem.to_string()).hint("`tavola serve --engine PATH` takes a program `hyperd` of your own")
    })?;
    let downloaded =
        tempfile::tempdir().map_err(|cause| Failure::file("cannot make a folder for the wheel", &cause))?;
    let wheel = match &arguments.from {
        Some(wheel) => {
            std::fs::File::open(wheel)
                .map_err(|cause| Failure::file(format!("cannot read `{}`", wheel.display()), &cause))?;
            wheel.clone()
        }
        None => {
            output.say(&format!("asking pip for {PACKAGE} {VERSION}"));
            download(downloaded.path())?
        }
    };
    let installation = Installation::in_folder(&folder);
    let program = installation.install(&wheel).map_err(|problem| cannot(problem.to_string()))?;
    if output.is_json() {
        output.json(&json!({ "program": program.display().to_string(), "version": VERSION }))?;
    } else {
        output.line(&program.display().to_string())?;
    }
    output.say(&format!("installed the engine of {PACKAGE} {VERSION}"));
    Ok(())
}

/// Has pip bring the wheel into this folder.
fn download(folder: &Path) -> Result<PathBuf, Failure> {
    let cannot = |why: &str| {
        Failure::failed(format!("pip does not bring {PACKAGE} {VERSION}")).because(why).hint(format!(
            "fetch the wheel of {PACKAGE} {VERSION} for this system elsewhere, and give it by --from FILE"
        ))
    };
    let ran = Command::new("python3")
        .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"])
        .args(["--no-deps", "--only-binary", ":all:", "--dest"])
        .arg(folder)
        .arg(format!("{PACKAGE}=={VERSION}"))
        .stdin(Stdio::null())
        .output();
    let ran = ran.map_err(|cause| cannot(&format!("python3 cannot be run: {cause}")))?;
    if !ran.status.success() {
        let words = String::from_utf8_lossy(&ran.stderr);
        return Err(cannot(words.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it says nothing").trim()));
    }
    let files = std::fs::read_dir(folder).map_err(|cause| Failure::file("cannot read what pip brought", &cause))?;
    let wheel = files.flatten().map(|file| file.path()).find(|file| file.extension().is_some_and(|end| end == "whl"));
    wheel.ok_or_else(|| cannot("it brought no wheel"))
}

fn status(arguments: StatusArguments, output: &mut Output) -> Result<(), Failure> {
    let folder = arguments.place.folder()?;
    let installed = Installation::in_folder(&folder).program();
    let version = if arguments.engine.is_none() { installed.map(|_| VERSION) } else { None };
    let program = arguments.place.program(arguments.engine)?;
    let shown = program.display().to_string();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::file("cannot start", &error))?;
    // Not in the data folder: a server may run there, as another user.
    let place = tempfile::tempdir().map_err(|cause| Failure::file("cannot make a folder for a trial", &cause))?;
    let answer = runtime.block_on(async {
        let engine = Engine::new(Config::new(Some(program), place.path()));
        let answer = match engine.session().await {
            Ok(session) => session.rows("select version()").await,
            Err(problem) => Err(problem),
        };
        engine.stop().await;
        answer
    });
    let rows = answer.map_err(|problem| Failure::failed(problem.to_string()).because(shown.clone()))?;
    let says = rows.into_iter().flatten().flatten().next().unwrap_or_default();
    let record =
        json!({ "program": shown, "package": version.map(|version| format!("{PACKAGE} {version}")), "says": says });
    output.record(&record, &["program", "package", "says"])
}
