//! The command line, as clap reads it.

use std::{num::NonZeroU64, path::PathBuf, str::FromStr};

use clap::{Args, CommandFactory, Parser, Subcommand};

use tavola_client::{Flows, VirtualConnections};

use crate::{
    connected_apps, content::ContentCommand, custom_views, external_authorization_servers, favorites, group_sets,
    groups, jobs, login, oidc, permissions, personal_access_tokens, profiles, projects, recycle_bin, scim, sessions,
    shell, sites, tags, users, views, workbooks,
};

/// Both ends of the Tableau Server REST API
///
/// Commands for people who automate a Tableau Server, Tableau Cloud or Tavola server. Sign in once with `tavola login`;
/// every later command finds its session. Where nobody can sign in, as in CI, the environment names server and
/// credentials: TAVOLA_SERVER, TAVOLA_SITE, and TAVOLA_TOKEN_NAME with TAVOLA_TOKEN_SECRET, or TAVOLA_USERNAME with
/// TAVOLA_PASSWORD, or TAVOLA_JWT.
///
/// Data goes to standard output, words go to standard error. Exit codes: 0 done, 1 the server refused, 2 failed.
#[derive(Debug, Parser)]
#[command(name = "tavola", version, max_term_width = 100, subcommand_required = true, arg_required_else_help = true)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The server's address [env: TAVOLA_SERVER]
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub server: Option<String>,
    /// The site's contentUrl, its name in URLs; "" is the default site [env: TAVOLA_SITE]
    #[arg(long, global = true, value_name = "CONTENT_URL")]
    pub site: Option<String>,
    /// The profile to use instead of the current one
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Write data as JSON
    #[arg(long, global = true)]
    pub json: bool,
    /// Trust the certificates in this PEM file beside the system's
    #[arg(long, global = true, value_name = "FILE")]
    pub cacert: Option<PathBuf>,
    /// Show the server the client certificate in this PEM file
    #[arg(long, global = true, value_name = "FILE", requires = "client_key")]
    pub client_cert: Option<PathBuf>,
    /// The key of the client certificate, a PEM file
    #[arg(long, global = true, value_name = "FILE", requires = "client_cert")]
    pub client_key: Option<PathBuf>,
    /// Do not check the server's certificate: whoever is in between can read everything
    #[arg(long, global = true)]
    pub insecure: bool,
    /// Give up a call after this many seconds
    #[arg(long, global = true, value_name = "SECONDS", value_parser = at_least_one::<NonZeroU64>)]
    pub timeout: Option<NonZeroU64>,
    /// Say nothing but data, warnings and errors
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say what is done meanwhile
    #[arg(long, short, global = true)]
    pub verbose: bool,
}

/// A number that is not zero.
pub fn at_least_one<T: FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| "it must be a whole number of at least 1".to_owned())
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign in to a server and keep the session
    Login(login::LoginArguments),
    /// End the session and forget the secret
    Logout,
    /// Show who is signed in, and where
    Whoami,
    /// Show what the server is, and how this machine signs in to it
    Status,
    /// Switch between servers, sites and users that have been signed in to
    #[command(subcommand)]
    Profile(profiles::ProfileCommand),
    /// Make, list and revoke personal access tokens
    #[command(subcommand)]
    Token(personal_access_tokens::TokenCommand),
    /// Make, list and change sites
    #[command(subcommand)]
    Site(sites::SiteCommand),
    /// Add, list and change users of a site
    #[command(subcommand)]
    User(users::UserCommand),
    /// Make, list and change groups of users, and who is in them
    #[command(subcommand)]
    Group(groups::GroupCommand),
    /// Make, list and change sets of groups
    #[command(subcommand)]
    GroupSet(group_sets::GroupSetCommand),
    /// Make, list, change and move projects
    #[command(subcommand)]
    Project(projects::ProjectCommand),
    /// Publish, find, change, download and export workbooks
    #[command(subcommand)]
    Workbook(workbooks::WorkbookCommand),
    /// List, tag, delete and export views, save their preview images
    #[command(subcommand)]
    View(views::ViewCommand),
    /// Publish, find, change and download data sources
    #[command(subcommand)]
    Datasource(crate::datasources::DatasourceCommand),
    /// Publish, find, change and download flows
    #[command(subcommand)]
    Flow(ContentCommand<Flows>),
    /// Publish, find, change and download virtual connections
    #[command(subcommand)]
    VirtualConnection(ContentCommand<VirtualConnections>),
    /// Publish, find, change and download custom views, make them users' default
    #[command(subcommand)]
    CustomView(custom_views::CustomViewCommand),
    /// List favorites, add and remove them, put them in order
    #[command(subcommand)]
    Favorite(favorites::FavoriteCommand),
    /// Put tags on many things at once, or take them off
    #[command(subcommand)]
    Tag(tags::TagCommand),
    /// Say who may do what with content, and find out why
    #[command(subcommand)]
    Permissions(permissions::PermissionsCommand),
    /// List, restore and purge deleted content
    #[command(subcommand)]
    RecycleBin(recycle_bin::RecycleBinCommand),
    /// Make, list and change connected apps and their secrets
    #[command(subcommand)]
    ConnectedApp(connected_apps::ConnectedAppCommand),
    /// Register, list and change servers whose JSON web tokens sign users in
    #[command(subcommand, name = "eas", alias = "external-authorization-server")]
    ExternalAuthorizationServer(external_authorization_servers::ExternalAuthorizationServerCommand),
    /// Make, list and change configurations of OpenID Connect
    #[command(subcommand)]
    Oidc(oidc::OidcCommand),
    /// Let an identity provider manage users and groups by SCIM
    #[command(subcommand)]
    Scim(scim::ScimCommand),
    /// List and end sessions
    #[command(subcommand)]
    Session(sessions::SessionCommand),
    /// Show background jobs and wait for them
    #[command(subcommand)]
    Job(jobs::JobCommand),
    /// Run a server
    #[cfg(feature = "serve")]
    #[command(after_help = crate::serve::AFTER_HELP)]
    Serve(crate::serve::ServeArguments),
    /// Look after the data of a server
    #[cfg(feature = "serve")]
    #[command(subcommand)]
    Admin(crate::admin::AdminCommand),
    /// Draw views of a workbook's file, without a server
    #[cfg(feature = "serve")]
    Draw(crate::draw::DrawArguments),
    /// Bring the engine that asks and changes the data in extracts
    #[cfg(feature = "serve")]
    #[command(subcommand)]
    Engine(crate::engine::EngineCommand),
    /// Show the whole flow on a server that is made for it and gone afterwards
    #[cfg(feature = "serve")]
    Demo(crate::demo::DemoArguments),
    /// Write the script that completes commands in a shell
    Completions(shell::CompletionsArguments),
    /// Write manual pages
    Man(shell::ManArguments),
}

/// Commands that call no server of the user's, for which the flags about one mean nothing.
const LOCAL: &[&str] = &["profile", "serve", "admin", "engine", "draw", "demo", "completions", "man"];
/// Those flags.
const ABOUT_SERVER: &[&str] =
    &["server", "site", "profile", "cacert", "client_cert", "client_key", "insecure", "timeout"];

/// Settings of `serve` that say nothing of where its data is, which `admin` takes for the sake of whoever has them in a
/// file or the environment.
const ABOUT_SERVING: &[&str] = &[
    "listen",
    "tls_listen",
    "tls_cert",
    "tls_key",
    "strict",
    "recycle_bin_days",
    "metrics_listen",
    "log_format",
    "engine",
];

/// The command line.
pub fn command() -> clap::Command {
    complete(Arguments::command())
}

/// The command line without the commands `help`, which have no manual page.
pub fn documented() -> clap::Command {
    complete(Arguments::command().disable_help_subcommand(true))
}

/// Gives the global flags to each command, hidden where they mean nothing.
fn complete(mut command: clap::Command) -> clap::Command {
    fn hide(command: clap::Command) -> clap::Command {
        command
            .mut_args(|argument| {
                let hidden = argument.is_global_set() && ABOUT_SERVER.contains(&argument.get_id().as_str());
                if hidden { argument.hide(true) } else { argument }
            })
            .mut_subcommands(hide)
    }
    fn hide_serving(command: clap::Command) -> clap::Command {
        command.mut_args(|argument| {
            let hidden = ABOUT_SERVING.contains(&argument.get_id().as_str());
            if hidden { argument.hide(true) } else { argument }
        })
    }
    command.build();
    command.mut_subcommands(|below| {
        let below = if LOCAL.contains(&below.get_name()) { hide(below) } else { below };
        if below.get_name() == "admin" { below.mut_subcommands(hide_serving) } else { below }
    })
}
