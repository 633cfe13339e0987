//! Connected apps and their secrets, as commands make, show, change and delete them.

use serde_json::json;

use crate::{
    login::signed_by,
    support::{Home, Server},
};

#[test]
fn a_connected_app_signs_users_in_by_the_secret_that_was_made_for_it_until_it_is_disabled() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.run(&["connected-app", "create", "Portal & Co", "--enabled"])
        .prints("", "made the connected app `Portal & Co`\n");
    let made = home.run(&["connected-app", "secret", "create", "Portal & Co"]);
    let app = home.json(&["connected-app", "show", "Portal & Co"]);
    let (client_id, secret_id) = (app["clientId"].as_str().unwrap(), app["secret"][0]["id"].as_str().unwrap());
    let words = format!("made the secret `{secret_id}` of the connected app `Portal & Co`, `{client_id}`\n");
    assert_eq!((made.code, made.stderr.as_str()), (0, words.as_str()));
    assert_eq!(app["secret"].as_array().unwrap().len(), 1);
    let value = made.stdout.trim_end();
    home.run(&["connected-app", "secret", "show", client_id, secret_id]).prints(&made.stdout, "");
    assert_eq!(home.json(&["connected-app", "secret", "show", "Portal & Co", secret_id])["value"], value);
    let record = home.done(&["connected-app", "show", client_id]);
    assert!(record.contains(secret_id) && !record.contains(value), "{record}");

    let token = signed_by(client_id, secret_id, value, "admin", &["tableau:users:read"]);
    let embedded = Home::new();
    embedded.run_with_input(&["login", &server.url(), "--jwt", "--secret-stdin"], &token);
    assert_eq!(embedded.run(&["user", "list"]).code, 0);
    home.run(&["connected-app", "update", "Portal & Co", "--enabled=false"])
        .prints("", "changed the connected app `Portal & Co`\n");
    assert_ne!(embedded.run(&["user", "list"]).code, 0);

    home.run(&["connected-app", "secret", "delete", "Portal & Co", secret_id, "--yes"])
        .prints("", &format!("deleted the secret `{secret_id}` of the connected app `Portal & Co`\n"));
    let ran = home.run(&["connected-app", "secret", "show", "Portal & Co", secret_id]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
}

#[test]
fn connected_apps_are_listed_changed_and_deleted() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.run(&["connected-app", "list"]).prints("", "no connected apps\n");
    let embedding = ["--unrestricted-embedding=false", "--domain-safelist", "a.example b.example"];
    home.done(&[&["connected-app", "create", "B"][..], &embedding].concat());
    home.done(&["connected-app", "create", "A", "--enabled"]);
    home.run(&["connected-app", "list", "--fields", "name,enabled,unrestricted-embedding,domain-safelist"]).prints(
        "\
NAME  ENABLED  UNRESTRICTED EMBEDDING  DOMAIN SAFELIST
A     true     true                    \"\"
B     false    false                   a.example b.example
",
        "",
    );
    home.run(&["connected-app", "update", "B", "--name", "C", "--enabled"])
        .prints("", "changed the connected app `B`\n");
    let names =
        home.json(&["connected-app", "list", "--fields", "name", "--filter", "enabled=true", "--sort", "-name"]);
    assert_eq!(names, json!([{"name": "C"}, {"name": "A"}]));
    home.run(&["connected-app", "update", "C"]).fails(
        2,
        "error: there is nothing to change: give --name, --enabled, --unrestricted-embedding or --domain-safelist\n",
    );
    home.run(&["connected-app", "delete", "C"])
        .fails(2, "error: there is no terminal to ask on: --yes deletes the connected app `C`\n");
    home.run(&["connected-app", "delete", "C", "--yes"]).prints("", "deleted the connected app `C`\n");
    home.run(&["connected-app", "show", "C"])
        .fails(1, "error: there is no connected app `C` on this site\n hint: `tavola connected-app list` shows all\n");
    home.done(&["connected-app", "create", "A"]);
    let ran = home.run(&["connected-app", "delete", "A", "--yes"]);
    assert!(ran.code == 2 && ran.stderr.starts_with("error: more than one connected app is named `A`\n"), "{ran:?}");
}
