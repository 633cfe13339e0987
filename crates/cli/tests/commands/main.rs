//! The binary, run in an empty home: exit code, standard output and standard error, whole. What needs a server talks to
//! the same binary's `serve`.
#![cfg(all(unix, feature = "serve"))]

mod support;

mod admin;
mod datasources;
mod demo;
mod groups;
mod help;
mod keyring;
mod lists;
mod login;
mod projects;
mod serve;
mod sessions;
mod users;
mod words;
mod workbooks;
