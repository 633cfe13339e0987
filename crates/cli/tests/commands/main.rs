//! The binary, run in an empty home: exit code, standard output and standard error, whole. What needs a server talks to
//! the same binary's `serve`.
#![cfg(all(unix, feature = "serve"))]

mod support;

#[path = "../../../engine/tests/support/program.rs"]
mod program;

mod admin;
mod connected_apps;
mod content;
mod datasources;
mod demo;
mod draw;
mod exports;
mod external_authorization_servers;
mod groups;
mod help;
mod keyring;
mod lists;
mod login;
mod oidc;
mod permissions;
mod permissions_file;
mod projects;
mod recycle_bin;
mod scim;
mod serve;
mod sessions;
mod transfers;
mod users;
mod words;
mod workbooks;
