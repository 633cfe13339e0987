//! The store from outside: each test on SQLite, and on PostgreSQL when `TAVOLA_TEST_POSTGRES` names one.

#[macro_use]
mod world;
mod storage;

mod access_tokens;
mod audit;
mod connected_apps;
mod content;
mod custom_views;
mod datasources;
mod domains;
mod external_authorization_servers;
mod favorites;
mod flows;
mod group_sets;
mod groups;
mod hyper_data;
mod jobs;
mod lists;
mod opening;
mod permission_rules;
mod permissions;
mod projects;
mod provider;
mod races;
mod recents;
mod recycle_bin;
mod scim;
mod sessions;
mod setup;
mod sign_in;
mod sites;
mod uploads;
mod users;
mod workbooks;
