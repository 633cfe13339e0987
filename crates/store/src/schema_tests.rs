//! The two databases are one: every named statement is understood by both, and their tables are alike.

use std::collections::BTreeMap;

use postgres::{Client, NoTls};
use tavola_model::Timestamp;

use crate::{
    access_tokens, accounts, audit, connected_apps, content, custom_views, datasources, domains,
    external_authorization_servers, favorites, flows, group_sets, groups, hyper_data, items, jobs, migrations, oidc,
    permissions, projects, recents, recycle_bin, scim, sessions, setup, sites, throttle, uploads, users, views,
    workbooks,
};

const ROOMS: &[(&str, &[(&str, &str)])] = &[
    ("access_tokens", access_tokens::STATEMENTS),
    ("accounts", accounts::STATEMENTS),
    ("audit", audit::STATEMENTS),
    ("connected_apps", connected_apps::STATEMENTS),
    ("content", content::STATEMENTS),
    ("content/check", content::CHECK_STATEMENTS),
    ("content/collect", content::COLLECT_STATEMENTS),
    ("content/receive", content::RECEIVE_STATEMENTS),
    ("datasources", datasources::STATEMENTS),
    ("domains", domains::STATEMENTS),
    ("external_authorization_servers", external_authorization_servers::STATEMENTS),
    ("flows", flows::STATEMENTS),
    ("custom_views", custom_views::STATEMENTS),
    ("favorites", favorites::STATEMENTS),
    ("group_sets", group_sets::STATEMENTS),
    ("groups", groups::STATEMENTS),
    ("groups/change", groups::CHANGE_STATEMENTS),
    ("groups/members", groups::MEMBER_STATEMENTS),
    ("hyper_data", hyper_data::STATEMENTS),
    ("items", items::STATEMENTS),
    ("items/certification", items::CERTIFICATION_STATEMENTS),
    ("items/change", items::CHANGE_STATEMENTS),
    ("items/connections", items::CONNECTION_STATEMENTS),
    ("items/delete", items::DELETE_STATEMENTS),
    ("items/publish", items::PUBLISH_STATEMENTS),
    ("items/revisions", items::REVISION_STATEMENTS),
    ("items/tags", items::TAG_STATEMENTS),
    ("jobs", jobs::STATEMENTS),
    ("oidc", oidc::STATEMENTS),
    ("permissions", permissions::STATEMENTS),
    ("permissions/effective", permissions::EFFECTIVE_STATEMENTS),
    ("permissions/rules", permissions::RULE_STATEMENTS),
    ("projects", projects::STATEMENTS),
    ("projects/create", projects::CREATE_STATEMENTS),
    ("projects/delete", projects::DELETE_STATEMENTS),
    ("projects/empty", projects::EMPTY_STATEMENTS),
    ("projects/lock", projects::LOCK_STATEMENTS),
    ("projects/tree", projects::TREE_STATEMENTS),
    ("projects/update", projects::UPDATE_STATEMENTS),
    ("recents", recents::STATEMENTS),
    ("recycle_bin", recycle_bin::STATEMENTS),
    ("scim", scim::STATEMENTS),
    ("scim/groups", scim::GROUP_STATEMENTS),
    ("scim/users", scim::USER_STATEMENTS),
    ("sessions", sessions::STATEMENTS),
    ("sessions/authenticate", sessions::AUTHENTICATE_STATEMENTS),
    ("sessions/by_jwt", sessions::BY_JWT_STATEMENTS),
    ("sessions/oidc", sessions::OIDC_STATEMENTS),
    ("sessions/sign_in", sessions::SIGN_IN_STATEMENTS),
    ("sessions/switch_site", sessions::SWITCH_SITE_STATEMENTS),
    ("setup", setup::STATEMENTS),
    ("sites", sites::STATEMENTS),
    ("sites/create", sites::CREATE_STATEMENTS),
    ("sites/delete", sites::DELETE_STATEMENTS),
    ("sites/update", sites::UPDATE_STATEMENTS),
    ("throttle", throttle::STATEMENTS),
    ("uploads", uploads::STATEMENTS),
    ("users", users::STATEMENTS),
    ("users/remove", users::REMOVE_STATEMENTS),
    ("users/update", users::UPDATE_STATEMENTS),
    ("views", views::STATEMENTS),
    ("views/delete", views::DELETE_STATEMENTS),
    ("views/export", views::EXPORT_STATEMENTS),
    ("views/publish", views::PUBLISH_STATEMENTS),
    ("views/usage", views::USAGE_STATEMENTS),
    ("workbooks", workbooks::STATEMENTS),
];

const NOW: Timestamp = Timestamp::from_millis(0);

fn sqlite() -> rusqlite::Connection {
    let mut connection = rusqlite::Connection::open_in_memory().unwrap();
    migrations::apply_sqlite(&mut connection, NOW).unwrap();
    connection
}

/// A migrated schema of its own, if there is a PostgreSQL to test on.
fn postgres(schema: &str) -> Option<Client> {
    let Ok(url) = std::env::var("TAVOLA_TEST_POSTGRES") else {
        eprintln!("TAVOLA_TEST_POSTGRES is not set: nothing was tested on PostgreSQL");
        return None;
    };
    let mut client = Client::connect(&url, NoTls).unwrap();
    // The schema is gone with the connection's transaction, whatever happens.
    client.batch_execute(&format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}")).unwrap();
    client.batch_execute(&format!("SET search_path TO {schema}")).unwrap();
    migrations::apply_postgres(&mut client, NOW).unwrap();
    Some(client)
}

fn statements() -> impl Iterator<Item = (String, &'static str)> {
    ROOMS
        .iter()
        .flat_map(|(room, statements)| statements.iter().map(move |(name, text)| (format!("{room}::{name}"), *text)))
}

/// The columns that refer to projects and hold nothing: they say who decides, and how the tree is.
const OF_THE_TREE: &[(&str, &str)] =
    &[("project_ancestors", "ancestor_id"), ("project_ancestors", "project_id"), ("projects", "controlling_id")];

#[test]
fn whatever_can_lie_in_a_project_keeps_it_from_being_empty() {
    let columns = "SELECT m.name, k.\"from\" FROM sqlite_schema m, pragma_foreign_key_list(m.name) k \
        WHERE m.type = 'table' AND k.\"table\" = 'projects'";
    let connection = sqlite();
    let mut prepared = connection.prepare(columns).unwrap();
    let mut found: Vec<(String, String)> =
        prepared.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    found.sort();
    let mut known: Vec<(String, String)> = [OF_THE_TREE, projects::HELD]
        .concat()
        .into_iter()
        .map(|(table, column)| (table.to_owned(), column.to_owned()))
        .collect();
    known.sort();
    assert_eq!(found, known, "does this hold the project? then it belongs into the statements of `projects/empty.rs`");
}

#[test]
fn every_statement_is_understood_by_sqlite() {
    let connection = sqlite();
    for (name, text) in statements() {
        assert!(connection.prepare(text).is_ok(), "{name}: {:?}", connection.prepare(text).err());
    }
}

#[test]
fn every_statement_is_understood_by_postgres() {
    let schema = format!("tavola_statements_{}", std::process::id());
    let Some(mut client) = postgres(&schema) else { return };
    for (name, text) in statements() {
        if let Err(error) = client.prepare(text) {
            panic!("{name}: {error:?}");
        }
    }
    client.batch_execute(&format!("DROP SCHEMA {schema} CASCADE")).unwrap();
}

/// What migration 3 does for sites that are there already; the same text on both databases.
fn data_of_permissions(migration: &'static str) -> &'static str {
    &migration[migration.find("UPDATE projects SET name").unwrap()..]
}

#[test]
fn sites_of_before_permissions_get_what_new_ones_have() {
    let text = data_of_permissions(include_str!("../../../migrations/sqlite/0003_permissions.sql"));
    assert_eq!(text, data_of_permissions(include_str!("../../../migrations/postgres/0003_permissions.sql")));
    let connection = sqlite();
    connection
        .execute_batch(
            "INSERT INTO sites (id, name, name_key, content_url, content_url_key, admin_mode, state, settings, created_at,
                updated_at) VALUES ('s', 'S', 's', 's', 's', 'ContentAndUsers', 'Active', '{}', 0, 0);
            INSERT INTO groups (id, site_id, name, name_key, all_users, created_at, updated_at)
            VALUES ('g', 's', 'All Users', 'all users', 1, 0, 0);
            INSERT INTO projects (id, site_id, name, name_key, description, content_permissions, created_at, updated_at)
            VALUES ('p', 's', 'default', 'default', '', 'ManagedByOwner', 0, 0);",
        )
        .unwrap();
    connection.execute_batch(text).unwrap();
    let mut prepared = connection
        .prepare(
            "SELECT r.applies_to, r.capability FROM permission_rules r JOIN project_ancestors a ON a.project_id = r.content_id \
             JOIN projects p ON p.id = a.ancestor_id WHERE r.site_id = 's' AND r.content_kind = 'Project' \
             AND r.group_id = 'g' AND r.mode = 'Allow' AND p.name = 'Default' ORDER BY r.applies_to, r.capability",
        )
        .unwrap();
    let found: Vec<(String, String)> =
        prepared.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    let mut expected: Vec<(String, String)> =
        permissions::of_all_users().map(|(kind, capability)| (kind.to_string(), capability.to_string())).collect();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn users_of_before_lists_had_an_order_get_their_place_in_it() {
    let text = include_str!("../../../migrations/sqlite/0006_order_of_lists.sql");
    let update = text.lines().find(|line| line.starts_with("UPDATE users SET name_key")).unwrap();
    assert!(include_str!("../../../migrations/postgres/0006_order_of_lists.sql").contains(update));
    let connection = sqlite();
    connection
        .execute_batch(
            "INSERT INTO sites (id, name, name_key, content_url, content_url_key, admin_mode, state, settings, created_at,
                updated_at) VALUES ('s', 'S', 's', 's', 's', 'ContentAndUsers', 'Active', '{}', 0, 0);
            INSERT INTO accounts VALUES ('a', 'Ann', 'ann', 'local', 'Ann', '', NULL, 0, 0, 0);
            INSERT INTO users (id, site_id, account_id, site_role, auth_setting, external_auth_user_id,
                idp_configuration_id, language, locale, created_at, updated_at)
            VALUES ('u', 's', 'a', 'Viewer', 'ServerDefault', '', '', '', '', 0, 0);",
        )
        .unwrap();
    connection.execute_batch(update).unwrap();
    let key: String = connection.query_row("SELECT name_key FROM users", [], |row| row.get(0)).unwrap();
    assert_eq!(key, "ann");
}

/// Each table's columns: name, type, and whether it may be null.
type Tables = BTreeMap<String, Vec<(String, String, bool)>>;

#[test]
fn the_tables_of_both_databases_are_alike() {
    let schema = format!("tavola_tables_{}", std::process::id());
    let Some(mut client) = postgres(&schema) else { return };
    let mut there = Tables::new();
    let columns = "SELECT table_name::text, column_name::text, data_type::text, is_nullable::text, collation_name::text \
        FROM information_schema.columns WHERE table_schema = $1 ORDER BY table_name, ordinal_position";
    for row in client.query(columns, &[&schema]).unwrap() {
        let (table, column, ty): (String, String, String) = (row.get(0), row.get(1), row.get(2));
        let ty = match ty.as_str() {
            "text" => {
                assert_eq!(row.get::<_, Option<String>>(4).as_deref(), Some("C"), "{table}.{column}");
                "TEXT"
            }
            "bigint" => "INTEGER",
            "bytea" => "BLOB",
            other => panic!("{table}.{column} is of type {other}"),
        };
        there.entry(table).or_default().push((column, ty.to_owned(), row.get::<_, String>(3) == "YES"));
    }
    client.batch_execute(&format!("DROP SCHEMA {schema} CASCADE")).unwrap();

    let connection = sqlite();
    let mut here = Tables::new();
    let columns = "SELECT m.name, c.name, c.type, c.\"notnull\" FROM sqlite_schema m, pragma_table_info(m.name) c \
        WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, c.cid";
    let mut prepared = connection.prepare(columns).unwrap();
    let mut rows = prepared.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let ty = row.get::<_, String>(2).unwrap().replace("BIGINT", "INTEGER");
        here.entry(row.get(0).unwrap()).or_default().push((row.get(1).unwrap(), ty, !row.get::<_, bool>(3).unwrap()));
    }
    assert_eq!(here, there);
}
