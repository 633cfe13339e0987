//! Programs that people start at a terminal, each as a process of its own: how long it takes, how much memory it holds.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use xtask::{Result, Served};

use crate::{
    Setting, process,
    rest::Rest,
    table::{Goal, Table, median},
};

/// Runs programs that sign in to one server by a token.
pub struct Commands {
    home: PathBuf,
    server: String,
    token: (String, String),
}

/// What a program took.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Taken {
    pub time: Duration,
    /// The most bytes it held in memory, where the system tells.
    pub memory: Option<f64>,
}

impl Commands {
    /// `name` is that of the token.
    pub async fn new(setting: &Setting, served: &Served, name: &str) -> Result<Self> {
        let token = Rest::sign_in(served.http()).await?.new_token(name).await?;
        // An empty home: no profile, no kept session, and what tabcmd keeps is not kept in the user's own home.
        let home = setting.work_dir.join("home");
        fs::create_dir_all(&home)?;
        Ok(Self { home, server: format!("http://{}", served.http()), token })
    }

    /// The words by which tabcmd signs in.
    pub fn tabcmd_sign_in(&self) -> [&str; 7] {
        ["--server", &self.server, "--token-name", &self.token.0, "--token-value", &self.token.1, "--no-cookie"]
    }

    /// The median of some runs, each of which must succeed and, where `lines` says so, print at least so many lines.
    pub fn run(&self, program: &Path, arguments: &[&str], times: usize, lines: usize) -> Result<Taken> {
        let mut taken = Vec::new();
        for _ in 0..times {
            taken.push(self.once(program, arguments, lines)?);
        }
        Ok(median(&mut taken))
    }

    fn once(&self, program: &Path, arguments: &[&str], lines: usize) -> Result<Taken> {
        // Into files: a pipe that nobody empties would stop the program.
        let (output, errors) = (self.home.join("output"), self.home.join("errors"));
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&self.home)
            .env("HOME", &self.home)
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_STATE_HOME")
            .env("TAVOLA_SERVER", &self.server)
            .env("TAVOLA_TOKEN_NAME", &self.token.0)
            .env("TAVOLA_TOKEN_SECRET", &self.token.1)
            .stdin(Stdio::null())
            .stdout(File::create(&output)?)
            .stderr(File::create(&errors)?);
        let begun = Instant::now();
        let mut child = command.spawn().map_err(|cause| format!("cannot run `{}`: {cause}", program.display()))?;
        let id = child.id();
        // What a process held most is told while it is there, so another thread asks until it has gone.
        let watch = thread::spawn(move || {
            let mut most = None;
            while let Some(now) = process::most_resident(id) {
                most = Some(now);
                thread::sleep(Duration::from_millis(10));
            }
            most
        });
        let status = child.wait()?;
        let time = begun.elapsed();
        let memory = watch.join().map_err(|_| "the thread that watches a process's memory failed")?;
        let printed = fs::read_to_string(&output)?;
        if !status.success() || printed.lines().count() < lines {
            let words = fs::read_to_string(&errors)?;
            let program = program.display();
            return Err(format!("`{program}` did not do its work ({status}): {words}{printed}").into());
        }
        Ok(Taken { time, memory })
    }
}

/// Adds a row with their time, and one with the share that ours is of it.
pub fn compare(table: &mut Table, what: &str, ours: Duration, theirs: Duration, most: f64) {
    table.time(what, theirs, None);
    let share = ours.as_secs_f64() / theirs.as_secs_f64() * 100.0;
    table.row(&format!("{what}: Tavola's share"), share, "%", Goal::AtMost(most * 100.0));
}
