//! The README's table of methods is the code's.

use std::collections::BTreeMap;

/// What each room is called in the table, in its order.
const AREAS: &[(&str, &[tavola_api::About])] = &[
    ("server", tavola_api::server_info::ALL),
    ("authentication", tavola_api::auth::ALL),
    ("sessions", tavola_api::sessions::ALL),
    ("personal access tokens", tavola_api::personal_access_tokens::ALL),
    ("connected apps", tavola_api::connected_apps::ALL),
    ("external authorization servers", tavola_api::external_authorization_servers::ALL),
    ("OpenID Connect", tavola_api::oidc::ALL),
    ("SCIM", tavola_api::scim::ALL),
    ("sites", tavola_api::sites::ALL),
    ("users", tavola_api::users::ALL),
    ("groups", tavola_api::groups::ALL),
    ("group sets", tavola_api::group_sets::ALL),
    ("projects", tavola_api::projects::ALL),
    ("workbooks", tavola_api::workbooks::ALL),
    ("views", tavola_api::views::ALL),
    ("data sources", tavola_api::datasources::ALL),
    ("rows of Hyper data", tavola_api::hyper_data::ALL),
    ("flows", tavola_api::flows::ALL),
    ("virtual connections", tavola_api::virtual_connections::ALL),
    ("recycle bin", tavola_api::recycle_bin::ALL),
    ("tags", tavola_api::tags::ALL),
    ("custom views", tavola_api::custom_views::ALL),
    ("favorites", tavola_api::favorites::ALL),
    ("uploads in blocks", tavola_api::file_uploads::ALL),
    ("saved credentials", tavola_api::saved_credentials::ALL),
    ("permissions", tavola_api::permissions::ALL),
    ("domains", tavola_api::domains::ALL),
    ("jobs", tavola_api::jobs::ALL),
];

#[test]
fn the_readmes_table_lists_what_is_served() {
    let mut table = "| area | methods |\n| --- | --- |\n".to_owned();
    for (area, room) in AREAS {
        let mut names: Vec<&str> = room.iter().map(|about| about.name).collect();
        names.dedup();
        table.push_str(&format!("| {area} | {} |\n", names.join(", ")));
    }
    let in_rooms: usize = AREAS.iter().map(|(_, room)| room.len()).sum();
    assert_eq!(in_rooms, tavola_api::endpoints().count(), "a room is missing in this test");

    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md")).unwrap();
    let (_, rest) = readme.split_once("<!-- methods -->\n").unwrap();
    let (written, _) = rest.split_once("<!-- /methods -->").unwrap();
    assert_eq!(written, table, "write this into README.md:\n{table}");
}

#[test]
fn no_two_endpoints_share_a_verb_and_path() {
    let mut seen = BTreeMap::new();
    for about in tavola_api::endpoints() {
        assert_eq!(seen.insert((about.method, about.path), about.name), None, "{} {}", about.method, about.path);
    }
}
