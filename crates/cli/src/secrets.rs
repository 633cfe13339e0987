//! Secrets: where they come from, and where the ones of profiles are kept. No secret is ever an argument, since arguments
//! are seen by everybody on the machine, and none is ever printed.

use std::{
    collections::BTreeMap,
    env,
    io::{self, BufRead, IsTerminal, Read, Write},
    path::PathBuf,
    time::Duration,
};

use clap::Args;
use tavola_client::api::Secret;
use tokio::task::JoinHandle;

use crate::{
    Failure,
    folders::{self, Folders},
    keyring::{self, Keyring, Unusable},
    output::Output,
    profiles::Place,
};

/// The most that is read as a secret; a JSON web token has a few hundred characters.
const LONGEST: u64 = 64 * 1024;

/// How a command can be given a secret without a terminal.
#[derive(Debug, Default, Args)]
pub struct SecretSource {
    /// Read the password or secret from standard input, up to the end
    #[arg(long, visible_alias = "secret-stdin", conflicts_with = "password_file")]
    pub password_stdin: bool,
    /// Read the password or secret from this file
    #[arg(long, visible_alias = "secret-file", value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

impl SecretSource {
    /// The secret that was given by standard input or file.
    pub fn read(&self) -> Result<Option<Secret>, Failure> {
        let (text, origin) = if self.password_stdin {
            let mut text = String::new();
            io::stdin()
                .lock()
                .take(LONGEST)
                .read_to_string(&mut text)
                .map_err(|error| Failure::file("cannot read the secret from standard input", &error))?;
            (text, "standard input holds".to_owned())
        } else if let Some(path) = &self.password_file {
            let text = std::fs::read_to_string(path)
                .map_err(|error| Failure::file(format!("cannot read the secret from `{}`", path.display()), &error))?;
            (text, format!("`{}` holds", path.display()))
        } else {
            return Ok(None);
        };
        one_line(&text).map(Some).ok_or_else(|| Failure::failed(format!("{origin} no secret: one line is expected")))
    }
}

/// The secret of an environment variable, if it is set to one.
pub fn of_environment(variable: &str) -> Option<Secret> {
    env::var(variable).ok().and_then(|text| one_line(&text))
}

/// The one line of a text, without its end.
fn one_line(text: &str) -> Option<Secret> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    (!line.is_empty() && !line.contains('\n')).then(|| Secret::new(line))
}

/// Whether there is somebody to ask.
pub fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a secret; what is typed is not shown.
pub async fn ask_secret(prompt: String) -> Result<Secret, Failure> {
    match on_own_thread(move || rpassword::prompt_password(format!("{prompt}: "))).await {
        Ok(text) if text.is_empty() => Err(Failure::failed("no secret was typed")),
        Ok(text) => Ok(Secret::new(text)),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(Failure::Interrupted),
        Err(error) => Err(Failure::file("cannot read from the terminal", &error)),
    }
}

/// Refuses to delete something where nobody can be asked whether that is meant.
pub fn require_consent(yes: bool, does: &str) -> Result<(), Failure> {
    if yes || can_ask() {
        Ok(())
    } else {
        Err(Failure::failed(format!("there is no terminal to ask on: --yes {does}")))
    }
}

/// Asks, unless `yes` was said before, whether that is meant: by letting the user type the name of what will be gone.
pub async fn consent(yes: bool, consequence: &str, name: &str) -> Result<(), Failure> {
    if yes || ask(format!("{consequence}. Type `{name}` to delete it")).await? == name.trim() {
        Ok(())
    } else {
        Err(Failure::failed("that is not the same: nothing was deleted"))
    }
}

/// Asks for something that may be seen.
pub async fn ask(prompt: String) -> Result<String, Failure> {
    let typed = on_own_thread(move || {
        let mut stderr = io::stderr();
        write!(stderr, "{prompt}: ")?;
        stderr.flush()?;
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        Ok(line)
    })
    .await
    .map_err(|error| Failure::file("cannot read from the terminal", &error))?;
    Ok(typed.trim().to_owned())
}

/// Waits for a person without keeping Ctrl-C waiting.
async fn on_own_thread<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|panic| Err(io::Error::other(panic)))
}

/// Keeps a profile's secret: in the keyring, or where there is none in the file.
pub async fn keep(folders: &Folders, profile: &str, secret: &Secret, output: &Output) -> Result<Place, Failure> {
    if keyring::may_be_there() {
        let (name, copy) = (profile.to_owned(), secret.clone());
        match in_keyring(move |keyring| keyring.set(&name, &copy)).await {
            Ok(()) => return Ok(Place::Keyring),
            Err(problem) => output.say_more(&format!("the secret is not kept in the keyring: {problem}")),
        }
    }
    change(folders, |secrets| {
        secrets.insert(profile.to_owned(), secret.expose().to_owned());
    })?;
    output.say_more(&format!("the secret is kept in `{}`", folders.secrets().display()));
    Ok(Place::File)
}

/// A profile's secret.
pub async fn get(folders: &Folders, profile: &str, place: Place) -> Result<Option<Secret>, Failure> {
    match place {
        Place::Keyring => {
            let name = profile.to_owned();
            in_keyring(move |keyring| keyring.get(&name)).await.map_err(|problem| {
                Failure::failed("cannot read the secret from the keyring").because(problem.to_string())
            })
        }
        Place::File => Ok(read(folders)?.remove(profile).map(Secret::new)),
    }
}

/// Forgets a profile's secret.
pub async fn forget(folders: &Folders, profile: &str, place: Place) -> Result<(), Failure> {
    match place {
        Place::Keyring => {
            let name = profile.to_owned();
            in_keyring(move |keyring| keyring.delete(&name)).await.map_err(|problem| {
                Failure::failed("cannot remove the secret from the keyring").because(problem.to_string())
            })
        }
        Place::File => change(folders, |secrets| {
            secrets.remove(profile);
        }),
    }
}

/// Asks the keyring, which may ask its user, on a thread that neither Ctrl-C nor the limits wait for.
async fn in_keyring<T: Send + 'static>(
    work: impl FnOnce(&mut Keyring) -> Result<T, Unusable> + Send + 'static,
) -> Result<T, Unusable> {
    let may_ask = can_ask();
    let opened = tokio::task::spawn_blocking(move || Keyring::open(may_ask));
    let mut keyring = within(keyring::OPENS_WITHIN, opened).await?;
    within(keyring::ANSWERS_WITHIN, tokio::task::spawn_blocking(move || work(&mut keyring))).await
}

async fn within<T>(limit: Duration, task: JoinHandle<Result<T, Unusable>>) -> Result<T, Unusable> {
    match tokio::time::timeout(limit, task).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) | Err(_) => Err(Unusable::silent()),
    }
}

fn read(folders: &Folders) -> Result<BTreeMap<String, String>, Failure> {
    let path = folders.secrets();
    let Some(text) = folders::read_private(&path)? else { return Ok(BTreeMap::new()) };
    // The parser's own message is left out: it quotes the line.
    toml::from_str(&text).map_err(|_| {
        Failure::failed(format!("cannot understand `{}`", path.display())).hint("remove it and sign in again")
    })
}

fn change(folders: &Folders, change: impl FnOnce(&mut BTreeMap<String, String>)) -> Result<(), Failure> {
    let _lock = folders.lock()?;
    let mut secrets = read(folders)?;
    change(&mut secrets);
    let path = folders.secrets();
    if secrets.is_empty() {
        return folders::remove(&path);
    }
    folders::replace(&path, &toml::to_string(&secrets).expect("a table of texts is TOML"))
}
