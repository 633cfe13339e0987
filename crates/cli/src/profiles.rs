//! Profiles: which server and site, and as whom. Never a secret.

use std::{collections::BTreeMap, path::PathBuf};

use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Failure,
    folders::{self, Folders},
    kept_sessions::SessionFile,
    output::Output,
    secrets,
};

/// The file of profiles, `config.toml`.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Profiles {
    /// The profile of commands that name neither a profile nor a server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// Profiles by name.
    #[serde(default, rename = "profile", skip_serializing_if = "BTreeMap::is_empty")]
    pub by_name: BTreeMap<String, Profile>,
}

/// One profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Profile {
    /// The server's address.
    pub server: String,
    /// The site's contentUrl; `""` is the default site.
    #[serde(default)]
    pub site: String,
    /// The API version to speak, where the server's own answer is not to be followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// The kind of credentials.
    pub credentials: Kind,
    /// The user's or the token's name. A JWT has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the secret is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<Place>,
    /// Certificates trusted beside the system's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cacert: Option<PathBuf>,
    /// The certificate this client shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_cert: Option<PathBuf>,
    /// Its key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_key: Option<PathBuf>,
    /// Whether the server's certificate is not checked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub insecure: bool,
}

/// The kinds of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A user's name and password.
    Password,
    /// A personal access token's name and secret.
    Token,
    /// A JSON web token of a connected app. Good for one sign-in, so it is never kept.
    Jwt,
}

/// Where a secret is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The keyring of the desktop session.
    Keyring,
    /// A file under the state folder.
    File,
}

impl Profiles {
    /// Reads the file; none is as good as an empty one.
    pub fn read(folders: &Folders) -> Result<Self, Failure> {
        let path = folders.profiles();
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Failure::file(format!("cannot read `{}`", path.display()), &error)),
        };
        toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
            Failure::failed(format!("cannot understand `{}`, line {line}", path.display())).because(error.message())
        })
    }

    /// Changes the file, while no other command does.
    pub fn change<T>(folders: &Folders, change: impl FnOnce(&mut Self) -> Result<T, Failure>) -> Result<T, Failure> {
        let _lock = folders.lock()?;
        let mut profiles = Self::read(folders)?;
        let result = change(&mut profiles)?;
        let text = toml::to_string(&profiles).expect("profiles of texts and flags are TOML");
        folders::replace(&folders.profiles(), &text)?;
        Ok(result)
    }

    /// A profile by its name.
    pub fn get(&self, name: &str) -> Result<&Profile, Failure> {
        self.by_name.get(name).ok_or_else(|| {
            let known: Vec<String> = self.by_name.keys().map(|name| format!("`{name}`")).collect();
            let failure = Failure::failed(format!("there is no profile `{name}`"));
            if known.is_empty() {
                failure.hint("`tavola login SERVER` makes one")
            } else {
                failure.hint(format!("there are: {}", known.join(", ")))
            }
        })
    }

    /// The profile of this server and site.
    pub fn of(&self, server: &str, site: &str) -> Option<(&String, &Profile)> {
        self.by_name.iter().find(|(_, profile)| profile.server == server && profile.site.eq_ignore_ascii_case(site))
    }
}

impl Kind {
    /// What a person calls it.
    pub fn describe(self, name: Option<&str>) -> String {
        let name = name.unwrap_or_default();
        match self {
            Self::Password => format!("the password of `{name}`"),
            Self::Token => format!("the personal access token `{name}`"),
            Self::Jwt => "a JSON web token".to_owned(),
        }
    }
}

/// What can be done with profiles.
#[derive(Debug, Subcommand)]
pub enum ProfileCommand {
    /// List the profiles; a `*` marks the current one
    List,
    /// Make a profile the current one
    Use {
        /// The profile's name
        name: String,
    },
    /// Forget a profile, its secret and its kept sessions
    Remove {
        /// The profile's name
        name: String,
    },
}

/// Does what was asked with profiles. No server is asked for any of it.
pub async fn run(command: ProfileCommand, folders: Folders, output: &mut Output) -> Result<(), Failure> {
    match command {
        ProfileCommand::List => {
            let profiles = Profiles::read(&folders)?;
            let rows: Vec<Value> = profiles
                .by_name
                .iter()
                .map(|(name, profile)| {
                    let current = profiles.current.as_ref() == Some(name);
                    json!({
                        "current": if output.is_json() { json!(current) } else { json!(current.then_some("*")) },
                        "profile": name,
                        "server": profile.server,
                        "site": profile.site,
                        "credentials": profile.credentials,
                        "name": profile.name,
                    })
                })
                .collect();
            let columns = ["current", "profile", "server", "site", "credentials", "name"].map(str::to_owned);
            output.list(&rows, &columns, "no profiles: `tavola login SERVER` makes one")
        }
        ProfileCommand::Use { name } => {
            let profile = Profiles::change(&folders, |profiles| {
                let profile = profiles.get(&name)?.clone();
                profiles.current = Some(name.clone());
                Ok(profile)
            })?;
            output.say(&format!("commands now go to {} of `{}`", site_in_words(&profile.site), profile.server));
            Ok(())
        }
        ProfileCommand::Remove { name } => {
            let profile = Profiles::read(&folders)?.get(&name)?.clone();
            if let Some(place) = profile.secret {
                secrets::forget(&folders, &name, place).await?;
            }
            for file in SessionFile::all_of_profile(&folders, &name, &profile.server)? {
                file.remove()?;
            }
            Profiles::change(&folders, |profiles| {
                profiles.by_name.remove(&name);
                profiles.current.take_if(|current| *current == name);
                Ok(())
            })?;
            output.say(&format!("forgot the profile `{name}`; `tavola logout` would have ended its session as well"));
            Ok(())
        }
    }
}

/// A site as a person calls it.
pub fn site_in_words(content_url: &str) -> String {
    if content_url.is_empty() { "the default site".to_owned() } else { format!("the site `{content_url}`") }
}

/// A profile's name, if the user gives none: the server without its scheme, and the site.
pub fn default_name(server: &str, site: &str) -> String {
    let server = server.split_once("://").map_or(server, |(_, rest)| rest);
    if site.is_empty() { server.to_owned() } else { format!("{server}/{site}") }
}
