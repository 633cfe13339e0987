//! `tavola admin audit`: what it shows, and of which server.

use serde_json::Value;

use crate::support::{Home, Server};

#[test]
fn who_runs_a_server_reads_who_did_what_while_it_runs() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.done(&["user", "add", "ann", "--role", "Viewer"]);
    let data = server.data();
    let data = data.to_str().unwrap();
    let text = home.done(&["admin", "audit", "--data-dir", data]);
    let lines: Vec<&str> = text.lines().map(|line| line.split_once("Z  ").unwrap().1).collect();
    let session = home.json(&["session", "list"])[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        lines,
        [
            "setup.first_administrator `admin`",
            &format!("session.sign_in `{session}`, by `admin` with password, from 127.0.0.1"),
            "user.add `ann`, by `admin` with password, from 127.0.0.1: site role Viewer",
        ]
    );
    let objects = home.done(&["admin", "audit", "--data-dir", data, "--json", "--user", "ADMIN"]);
    let objects: Vec<Value> = objects.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects.len(), 2);
    let [_, added] = objects.as_slice() else { unreachable!() };
    assert_eq!(
        (&added["action"], &added["objectName"], &added["userName"]),
        (&"user.add".into(), &"ann".into(), &"admin".into())
    );
    assert!(added.get("impersonatorName").is_none(), "{added}");

    home.done(&["user", "update", "ann", "--role", "Explorer"]);
    let text = home.done(&["admin", "audit", "--data-dir", data, "--target", "ANN"]);
    let lines: Vec<&str> = text.lines().map(|line| line.split_once("Z  ").unwrap().1).collect();
    assert_eq!(
        lines,
        [
            "user.add `ann`, by `admin` with password, from 127.0.0.1: site role Viewer",
            "user.update `ann`, by `admin` with password, from 127.0.0.1: site role Explorer instead of Viewer",
        ]
    );

    home.run(&["admin", "audit", "--data-dir", data, "--since", "9999-01-01"]).prints("", "");
    home.run(&["admin", "audit", "--data-dir", data, "--since", "soon"]).fails(
        2,
        "\
error: invalid value 'soon' for '--since <DATE>': it is neither a day such as 2026-12-31 nor a time such as 2026-12-31T18:00:00Z

For more information, try '--help'.
",
    );
}

#[test]
fn where_no_server_was_there_is_nothing_to_read_and_nothing_is_made() {
    let home = Home::new();
    let ran = home.run(&["admin", "audit", "--data-dir", "data"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(
        ran.stderr
            .starts_with("error: cannot read the audit log\n  why: the database `data/tavola.db` cannot be opened: ")
    );
    assert!(!home.path("data").exists());
}
