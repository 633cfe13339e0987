//! A typed async client of the Tableau Server REST API: any Tableau Server, Tableau Cloud, or Tavola server.
//!
//! ```no_run
//! use tavola_client::{Client, Credentials, ListOptions, model::Operator};
//!
//! # async fn example() -> Result<(), tavola_client::Error> {
//! let client = Client::builder("https://tableau.example.com")
//!     .site("marketing")
//!     .credentials(Credentials::personal_access_token("nightly", "the secret"))
//!     .build()?;
//!
//! // The first call signs in; one session is shared by all clones of the client.
//! let viewers = ListOptions::default().filter("siteRole", Operator::Eq, ["Viewer"]).sort("name");
//! for user in client.users().list_all(&viewers).await? {
//!     println!("{}", user.name.unwrap_or_default());
//! }
//! client.sign_out().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Each resource of the reference is a room of the client: [`Client::sites`], [`Client::users`], [`Client::projects`],
//! [`Client::personal_access_tokens`], [`Client::sessions`], [`Client::domains`], [`Client::connected_apps`],
//! [`Client::external_authorization_servers`], [`Client::oidc`],
//! [`Client::jobs`], [`Client::workbooks`], [`Client::views`], [`Client::datasources`], [`Client::flows`],
//! [`Client::virtual_connections`], [`Client::custom_views`], [`Client::favorites`], [`Client::tags`],
//! [`Client::recycle_bin`], [`Client::permissions`]. What no room wraps yet goes by [`Client::call`], [`Client::upload`],
//! [`Client::publish`] and [`Client::download`]. Everything is sent from
//! the constants of [`api`], in XML, which every version of every server speaks.
//!
//! # The session
//!
//! A client signs in at the first call that needs it: once, however many calls come at the same time. When the server no
//! longer takes the session's token, the client signs in once more for all calls that found so, and sends each of them
//! again, whatever its verb: the server refused the token before it did anything. A call that is refused twice in this
//! way is an error, as is any other refusal.
//!
//! # What is sent again
//!
//! | what happened | which calls are repeated |
//! | --- | --- |
//! | no connection could be made | all: nothing was sent |
//! | the connection broke off, an attempt timed out | those safe to repeat |
//! | 429 or 503 with `Retry-After` | all: the server did nothing and says when to come back |
//! | 429, 502, 503, 504 | those safe to repeat |
//!
//! Safe to repeat are GET, PUT and DELETE ([`api::Method::is_safe_to_repeat`]), signing out, switching sites, changing
//! rows of Hyper data, which has the name of its request, and signing in, except by a JSON web token, which servers take once. A repeated DELETE may be answered 404 when the first one, whose answer was lost, was
//! carried out. Between attempts the client waits at random up to 250 ms, doubling to at most 10 s, or as long as
//! `Retry-After` says, at most 60 s. A block of a file is safe to repeat where the server tells blocks apart. Refused credentials (401) and certificates are never tried again.
//!
//! # What this crate never does
//!
//! It stores nothing, prints nothing, asks nobody for a password, and follows no redirect, except one from `http` to
//! `https` on the same host. No token, password or other secret is in the text of an error or in `Debug`.

#![warn(missing_docs)]

mod address;
mod ambient;
mod builder;
mod client;
mod connected_apps;
mod content;
mod credentials;
mod custom_views;
mod datasources;
mod domains;
mod downloading;
mod error;
mod exchange;
mod exports;
mod external_authorization_servers;
mod failure;
mod favorites;
mod file_body;
mod flight;
mod flows;
mod group_sets;
mod groups;
mod hyper_data;
mod jobs;
mod list;
mod oidc;
mod permissions;
mod personal_access_tokens;
mod projects;
mod publishing;
mod recycle_bin;
mod retry;
mod scim;
mod session;
mod sessions;
mod sites;
mod tags;
mod transfer;
mod transport;
mod users;
mod views;
mod virtual_connections;
mod workbooks;

pub use address::ServerAddress;
pub use builder::Builder;
pub use client::{Client, PathValue};
pub use connected_apps::ConnectedAppsRoom;
pub use content::{Connected, Content, ContentRoom, Editable, Filed, Linked, Published, Revised, Tagged, Uploaded};
pub use credentials::Credentials;
pub use custom_views::CustomViews;
pub use datasources::Datasources;
pub use domains::DomainsRoom;
pub use downloading::{DownloadOptions, Downloaded, UnfinishedDownload};
pub use error::{Error, Hop, NotSignedIn, Refused, Unreachable, Unreadable};
pub use exchange::Exchange;
pub use exports::{ExportOptions, ViewFormat, WorkbookFormat};
pub use external_authorization_servers::ExternalAuthorizationServersRoom;
pub use favorites::FavoritesRoom;
pub use flows::Flows;
pub use group_sets::GroupSetsRoom;
pub use groups::GroupsRoom;
pub use jobs::JobsRoom;
pub use list::{ItemPage, ListOptions, each_page};
pub use oidc::OidcRoom;
pub use permissions::{PermissionsOf, PermissionsRoom};
pub use personal_access_tokens::PersonalAccessTokensRoom;
pub use projects::ProjectsRoom;
pub use publishing::{PublishOptions, UnfinishedUpload};
pub use recycle_bin::RecycleBinRoom;
pub use scim::ScimRoom;
pub use session::Session;
pub use sessions::SessionsRoom;
pub use sites::{SiteKey, SitesRoom};
pub use tags::{TagsRoom, Things};
pub use transfer::{Progress, Transfer};
pub use users::UsersRoom;
pub use views::Views;
pub use virtual_connections::VirtualConnections;
pub use workbooks::Workbooks;

/// The messages and endpoints of the API.
pub use tavola_api as api;
/// Ids, names, roles, filters.
pub use tavola_model as model;
