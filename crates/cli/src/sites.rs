//! Sites.

use clap::{Args, Subcommand, ValueEnum};
use tavola_client::{
    Client, ListOptions, SiteKey,
    api::sites::{Settings, Site},
    model::{AdminMode, ContentUrl, SiteId, SiteState},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    folders::Folders,
    kept_sessions::SessionFile,
    list::{ListArguments, Shape},
    output::Output,
    profiles::{Profile, Profiles, default_name, site_in_words},
    secrets,
};

/// What can be done with sites.
// No argument may be called `site` here: clap would take it for the global flag of that name.
#[derive(Debug, Subcommand)]
pub enum SiteCommand {
    /// List the sites: all of them for a server administrator, otherwise one's own
    List(ListArguments),
    /// Show a site; with --json every setting of it
    Show {
        /// The site's contentUrl, name or id; without it the site signed in to
        #[arg(value_name = "SITE")]
        name: Option<String>,
        /// Show also what it holds
        #[arg(long)]
        usage: bool,
    },
    /// Make a site
    Create(CreateArguments),
    /// Change a site
    Update(UpdateArguments),
    /// Delete a site with everything on it
    Delete {
        /// The site's contentUrl, name or id
        #[arg(value_name = "SITE")]
        name: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Go on to another site of the server, as the same user
    Switch {
        /// The contentUrl of the site to go to; "" is the default site
        content_url: String,
    },
}

/// The arguments of `site create`.
#[derive(Debug, Args)]
pub struct CreateArguments {
    /// The site's name
    name: String,
    /// Its name in URLs; without this, the letters, digits, `-` and `_` of its name
    #[arg(long, value_name = "CONTENT_URL")]
    content_url: Option<String>,
    #[command(flatten)]
    details: Details,
}

/// The arguments of `site update`.
#[derive(Debug, Args)]
pub struct UpdateArguments {
    /// The site's contentUrl, name or id; without it the site signed in to
    #[arg(value_name = "SITE")]
    which: Option<String>,
    /// Its new name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Its new name in URLs
    #[arg(long, value_name = "CONTENT_URL")]
    content_url: Option<String>,
    /// Whether it can be signed in to
    #[arg(long, value_name = "STATE")]
    state: Option<State>,
    #[command(flatten)]
    details: Details,
}

/// What a site may have beside its names.
#[derive(Debug, Args)]
struct Details {
    /// What its administrators manage
    #[arg(long, value_name = "MODE")]
    admin_mode: Option<Mode>,
    /// The most users it may have; -1 for no limit
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    user_quota: Option<i64>,
    /// The most megabytes of content it may have; -1 for no limit
    #[arg(long, value_name = "MB", allow_negative_numbers = true)]
    storage_quota: Option<i64>,
    /// Any other setting by its name in the REST reference, such as runNowEnabled=false; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "PascalCase")]
enum Mode {
    ContentAndUsers,
    ContentOnly,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "PascalCase")]
enum State {
    Active,
    Suspended,
}

static SHAPE: Shape = Shape {
    things: "sites",
    fields: &["id", "name", "contentUrl", "adminMode", "state", "userQuota", "storageQuota"],
    columns: &["name", "contentUrl", "state", "adminMode", "userQuota", "storageQuota", "id"],
    record: &[
        "name",
        "contentUrl",
        "state",
        "adminMode",
        "userQuota",
        "storageQuota",
        "usage.numUsers",
        "usage.numCreators",
        "usage.numExplorers",
        "usage.numViewers",
        "usage.storage",
        "id",
    ],
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

/// Does what was asked with sites.
pub async fn run(command: SiteCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        SiteCommand::List(arguments) => {
            let page = async |client: &Client, options: &ListOptions| client.sites().list(options).await;
            SHAPE.list(&arguments, global, output, page).await
        }
        SiteCommand::Show { name, usage } => {
            let fetch = async |client: &Client| {
                let found = find(client, name.as_deref()).await?;
                if !usage {
                    return Ok(found);
                }
                let id = known_id(&found)?;
                let shown = client.sites().get_with_usage(id).await;
                shown.map_err(|error| Failure::of_call("cannot show what the site holds", &error))
            };
            SHAPE.show(global, output, fetch).await
        }
        SiteCommand::Create(arguments) => {
            let site = arguments.read()?;
            let name = site.name.clone().unwrap_or_default();
            let site = Connection::find(global)?
                .run(output, async |client| {
                    let made = client.sites().create(&site).await;
                    made.map_err(|error| Failure::of_call(format!("cannot make the site `{name}`"), &error))
                })
                .await?;
            let content_url = site.content_url.as_deref().unwrap_or_default();
            output.done(&site, &format!("made the site `{name}`; its contentUrl is `{content_url}`"))
        }
        SiteCommand::Update(arguments) => {
            let changes = arguments.read()?;
            if changes == Site::default() {
                return Err(Failure::failed(
                    "there is nothing to change: give --name, --state, --set or another of the options",
                ));
            }
            let site = Connection::find(global)?
                .run(output, async |client| {
                    let found = find(client, arguments.which.as_deref()).await?;
                    let name = found.name.clone().unwrap_or_default();
                    let changed = client.sites().update(known_id(&found)?, &changes).await;
                    changed.map_err(|error| Failure::of_call(format!("cannot change the site `{name}`"), &error))
                })
                .await?;
            output.done(&site, &format!("changed the site `{}`", site.name.as_deref().unwrap_or_default()))
        }
        SiteCommand::Delete { name, yes } => delete(&name, yes, global, output).await,
        SiteCommand::Switch { content_url } => switch(&content_url, global, output).await,
    }
}

async fn delete(site: &str, yes: bool, global: &Global, output: &mut Output) -> Result<(), Failure> {
    if !yes && !secrets::can_ask() {
        return Err(Failure::failed("there is no terminal to ask on: --yes deletes the site with everything on it"));
    }
    let name = Connection::find(global)?
        .run(output, async |client| {
            let found = find(client, Some(site)).await?;
            let name = found.name.clone().unwrap_or_default();
            if !yes {
                let typed =
                    secrets::ask(format!("Everything on the site `{name}` will be gone. Type its name to delete it"))
                        .await?;
                if typed != name.trim() {
                    return Err(Failure::failed("that is not its name: nothing was deleted"));
                }
            }
            let deleted = client.sites().delete(known_id(&found)?).await;
            deleted.map_err(|error| Failure::of_call(format!("cannot delete the site `{name}`"), &error))?;
            Ok(name)
        })
        .await?;
    output.say(&format!("deleted the site `{name}`"));
    Ok(())
}

/// Goes to another site by the session that there is. It becomes a profile of its own, the current one.
async fn switch(content_url: &str, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let connection = Connection::find(global)?;
    let (Some(file), Some((from, profile))) = (connection.file(), &connection.target().profile) else {
        return Err(Failure::failed(
            "there is no session to take along: credentials of the environment are for one command",
        )
        .hint("name the site by --site or TAVOLA_SITE instead"));
    };
    let session = connection
        .run(output, async |client| {
            let cannot = |error: &tavola_client::Error| {
                Failure::of_call(format!("cannot switch to {}", site_in_words(content_url)), error)
            };
            let session = client.switch_site(content_url).await.map_err(|error| cannot(&error))?;
            let version = client.version().await.map_err(|error| cannot(&error))?;
            Ok(connection.target().kept(&session, version))
        })
        .await?;
    // The server has ended it.
    file.lock().await?.clear()?;

    let folders = Folders::of_environment()?;
    let profiles = Profiles::read(&folders)?;
    let name = match profiles.of(&profile.server, content_url) {
        Some((name, _)) => name.clone(),
        None => default_name(&profile.server, content_url),
    };
    let place = match profile.secret {
        Some(place) if name != *from => match secrets::get(&folders, from, place).await? {
            Some(secret) => Some(secrets::keep(&folders, &name, &secret, output).await?),
            None => None,
        },
        place => place,
    };
    SessionFile::of_profile(&folders, &name, &profile.server, content_url).lock().await?.write(&session)?;
    Profiles::change(&folders, |profiles| {
        let profile = Profile { site: content_url.to_owned(), secret: place, ..profile.clone() };
        profiles.by_name.insert(name.clone(), profile);
        profiles.current = Some(name.clone());
        Ok(())
    })?;
    output.say(&format!("commands now go to {} of `{}`", site_in_words(content_url), profile.server));
    Ok(())
}

impl CreateArguments {
    fn read(&self) -> Result<Site, Failure> {
        let content_url = match &self.content_url {
            Some(content_url) => content_url.clone(),
            None => self.name.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect(),
        };
        let content_url = content_url.parse::<ContentUrl>().map_err(|error| Failure::failed(error.to_string()))?;
        if content_url.is_default_site() {
            return Err(Failure::failed("a new site needs a contentUrl").hint("give --content-url"));
        }
        Ok(Site { name: Some(self.name.clone()), content_url: Some(content_url.to_string()), ..self.details.read()? })
    }
}

impl UpdateArguments {
    fn read(&self) -> Result<Site, Failure> {
        Ok(Site {
            name: self.name.clone(),
            content_url: self.content_url.clone(),
            state: self.state.map(|state| {
                match state {
                    State::Active => SiteState::Active,
                    State::Suspended => SiteState::Suspended,
                }
                .into()
            }),
            ..self.details.read()?
        })
    }
}

impl Details {
    fn read(&self) -> Result<Site, Failure> {
        let mut settings = Settings::default();
        for text in &self.set {
            let Some((name, value)) = text.split_once('=') else {
                return Err(Failure::failed(format!("cannot understand `--set {text}`: it must be NAME=VALUE")));
            };
            match settings.set(name.trim(), value) {
                Ok(true) => {}
                Ok(false) => return Err(Failure::failed(format!("a site has no setting `{}`", name.trim()))),
                Err(error) => return Err(Failure::failed(error.to_string())),
            }
        }
        Ok(Site {
            admin_mode: self.admin_mode.map(|mode| {
                match mode {
                    Mode::ContentAndUsers => AdminMode::ContentAndUsers,
                    Mode::ContentOnly => AdminMode::ContentOnly,
                }
                .into()
            }),
            user_quota: self.user_quota.map(|quota| quota.to_string()),
            storage_quota: self.storage_quota.map(|quota| quota.to_string()),
            settings,
            ..Site::default()
        })
    }
}

/// A site that is named by id, contentUrl or name; the one signed in to if it is not named.
async fn find(client: &Client, site: Option<&str>) -> Result<Site, Failure> {
    let cannot = |error: &tavola_client::Error| {
        Failure::of_call(format!("cannot find the site `{}`", site.unwrap_or_default()), error)
    };
    let Some(text) = site.filter(|text| !text.is_empty()) else {
        let session = client.session().await.map_err(|error| cannot(&error))?;
        let found = client.sites().get(session.site_id).await;
        return found.map_err(|error| Failure::of_call("cannot show the site signed in to", &error));
    };
    if let Ok(id) = text.parse::<SiteId>() {
        return client.sites().get(id).await.map_err(|error| cannot(&error));
    }
    match client.sites().get(SiteKey::ContentUrl(text.to_owned())).await.map_err(|error| cannot(&error)) {
        Err(failure) if failure.is_not_found() => {
            let found = client.sites().get(SiteKey::Name(text.to_owned())).await;
            found.map_err(|error| cannot(&error).hint("`tavola site list` shows all"))
        }
        found => found,
    }
}

fn known_id(site: &Site) -> Result<SiteId, Failure> {
    site.id
        .as_ref()
        .and_then(|id| id.known())
        .ok_or_else(|| Failure::failed("the server gave no usable id of the site"))
}
