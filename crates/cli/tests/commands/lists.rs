//! Lists: whole unless told otherwise, filtered, sorted, cut, as a table and as JSON.

use serde_json::json;

use crate::support::{Home, Server};

#[test]
fn a_list_is_a_table_and_takes_conditions_an_order_fields_and_a_limit() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    for (name, role) in [("ann", "Viewer"), ("bob", "Creator"), ("väinö", "Explorer"), ("漢字", "Viewer")] {
        home.done(&["user", "add", name, "--role", role]);
    }
    home.run(&["user", "list", "--fields", "name,site-role", "--sort", "name"]).prints(
        "\
NAME   SITE ROLE
admin  ServerAdministrator
ann    Viewer
bob    Creator
väinö  Explorer
漢字   Viewer
",
        "",
    );
    let names = |arguments: &[&str]| {
        let list = home.json(&[&["user", "list", "--fields", "name"], arguments].concat());
        let names = list.as_array().unwrap().iter().map(|user| user["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(&["--filter", "site-role in Viewer,Creator", "--sort", "-name"]), ["漢字", "bob", "ann"]);
    assert_eq!(names(&["--filter", "siteRole=Viewer", "--filter", "name=ann"]), ["ann"]);
    assert_eq!(names(&["--filter", "last-login>2020-01-01"]), ["admin"]);
    // The server does not filter by this one.
    assert_eq!(names(&["--filter", "full-name has nn", "--sort", "name"]), ["ann"]);
    assert_eq!(names(&["--sort", "name", "--limit", "2"]), ["admin", "ann"]);
    assert_eq!(names(&["--sort", "full-name", "--limit", "1"]), ["admin"]);
    assert_eq!(
        home.json(&["user", "list", "--filter", "name=bob", "--fields", "name,site-role"]),
        json!([{ "name": "bob", "siteRole": "Creator" }])
    );
    home.run(&["user", "list", "--filter", "name=nobody"]).prints("", "no users\n");
    home.run(&["user", "list", "--filter", "name=nobody", "--json"]).prints("[]\n", "");
}

#[test]
fn any_character_may_stand_in_a_value() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    let names = ["a,b", "a:b", "a&b=c", "[x]", "%41", "a b+c", "x,name:eq:y", "\"q\"", "<&'>"];
    for name in names {
        home.done(&["user", "add", name, "--role", "Viewer"]);
    }
    for name in names {
        let condition = if name.starts_with('"') { format!("name=\"{name}\"") } else { format!("name={name}") };
        let list = home.json(&["user", "list", "--filter", &condition, "--fields", "name"]);
        assert_eq!(list, json!([{ "name": name }]), "{condition}");
        assert_eq!(home.json(&["user", "show", name])["name"], name);
    }
    let list = home.json(&["user", "list", "--filter", r#"name in "a,b",a:b"#, "--sort", "name", "--fields", "name"]);
    assert_eq!(list, json!([{ "name": "a,b" }, { "name": "a:b" }]));
}

#[test]
fn a_list_longer_than_a_page_is_whole() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    // Sites take no condition of the server's, so these are met here, on the whole list.
    for number in 0..12 {
        home.done(&["site", "create", &format!("Site {number:02}"), "--content-url", &format!("s{number}")]);
    }
    assert_eq!(home.json(&["site", "list"]).as_array().unwrap().len(), 13);
    home.run(&["site", "list", "--filter", "name>=Site 10", "--sort", "-name", "--fields", "content-url"])
        .prints("CONTENT URL\ns11\ns10\n", "");
}

#[test]
fn what_a_list_does_not_have_is_named_with_what_it_has() {
    let home = Home::new();
    let fields = "id, name, contentUrl, adminMode, state, userQuota, storageQuota";
    for arguments in [["--filter", "nickname=x"], ["--sort", "-nickname"], ["--fields", "name,nickname"]] {
        home.run(&[&["site", "list"], &arguments[..]].concat())
            .fails(2, &format!("error: there is no field `nickname` here\n hint: there are: {fields}\n"));
    }
    home.run(&["site", "list", "--filter", "name"]).fails(
        2,
        "\
error: cannot understand the condition `name`
 hint: write it as 'name=Ann', 'site-role in Viewer,Creator' or 'last-login>2026-01-01'
",
    );
}
