//! The Tableau Server REST API as values.
//!
//! Every message both ways, every endpoint, every error code, and the one mapping to XML and JSON. Server and client are
//! made from the same constants, so a path or a field cannot differ between them. This crate does no I/O.
//!
//! Each module is a room: the messages of one resource and its endpoints. Start with [`auth`], then [`codec`](encode).

mod codec;
mod endpoint;
mod error;
mod file;
mod list;
pub mod multipart;
mod upload;
mod value;
mod version;

pub mod auth;
pub mod connected_apps;
pub mod connections;
pub mod custom_views;
pub mod data_freshness;
pub mod datasources;
pub mod domains;
pub mod external_authorization_servers;
pub mod favorites;
pub mod file_uploads;
pub mod flows;
pub mod group_sets;
pub mod groups;
pub mod hyper_data;
pub mod jobs;
pub mod keychains;
pub mod oidc;
pub mod permissions;
pub mod personal_access_tokens;
pub mod projects;
pub mod recycle_bin;
pub mod revisions;
pub mod saved_credentials;
pub mod scim;
pub mod server_info;
pub mod sessions;
pub mod sites;
pub mod tags;
pub mod users;
pub mod views;
pub mod virtual_connections;
pub mod vizql_data_service;
pub mod workbooks;

pub use codec::{CodecError, Direction, Encoding, decode, encode};
pub use endpoint::{About, Access, Endpoint, LONGEST_MESSAGE, Method};
pub use error::{ErrorBody, ErrorCode, ErrorMessage};
pub use file::{File, Streamed};
pub use list::{Fields, Pagination};
pub use upload::{MESSAGE_PART, Upload};
pub use value::{Content, Count, Flag, NoBody, Secret, Text, Word};
pub use version::{ApiVersion, InvalidVersion};

/// Every endpoint there is, in the order of the rooms.
pub fn endpoints() -> impl Iterator<Item = &'static About> {
    [
        auth::ALL,
        connected_apps::ALL,
        datasources::ALL,
        custom_views::ALL,
        domains::ALL,
        external_authorization_servers::ALL,
        favorites::ALL,
        file_uploads::ALL,
        flows::ALL,
        group_sets::ALL,
        groups::ALL,
        hyper_data::ALL,
        jobs::ALL,
        oidc::ALL,
        permissions::ALL,
        personal_access_tokens::ALL,
        projects::ALL,
        recycle_bin::ALL,
        saved_credentials::ALL,
        scim::ALL,
        server_info::ALL,
        sessions::ALL,
        sites::ALL,
        tags::ALL,
        users::ALL,
        views::ALL,
        virtual_connections::ALL,
        workbooks::ALL,
    ]
    .into_iter()
    .flatten()
}
