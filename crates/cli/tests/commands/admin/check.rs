//! `tavola admin check`: what it finds, what it repairs, and when it refuses.

use std::{fs, process::Stdio};

use crate::support::{Home, end_of, serving, signal};

/// A folder that a server was started in once.
fn used() -> Home {
    let home = Home::new().with("TAVOLA_DATA_DIR", "data").with("TAVOLA_ADMIN_PASSWORD", "a long enough password");
    let log = home.path("log");
    let mut process = home
        .command(&["serve", "--listen", "127.0.0.1:0", "--tls-listen", "off", "--log-format", "json"])
        .stderr(fs::File::create(&log).unwrap())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    serving(&mut process, &log);
    let refused = home.run(&["admin", "check"]);
    signal(&process, "TERM");
    assert_eq!(end_of(process).code, 0);
    refused.fails(
        2,
        "error: the data folder `data` is in use by another process\n hint: end the server that runs on it, then check\n",
    );
    home
}

#[test]
fn a_stray_is_found_and_repaired() {
    let home = used();
    home.run(&["admin", "check", "--hashes"]).prints("", "0 files with 0 bytes: nothing is wrong\n");
    let name = "12/34/12345678-1234-4123-8123-123456789012";
    home.write(&format!("data/content/{name}"), "stray");
    home.write("data/content/notes.txt", "mine");
    let (stray, foreign) =
        (format!("`{name}`: 5 bytes that nothing refers to\n"), "`notes.txt`: not put there by this program\n");
    let ran = home.run(&["admin", "check"]);
    // In the order of the folder, which no two file systems share.
    let mut lines: Vec<&str> = ran.stdout.split_inclusive('\n').collect();
    lines.sort_unstable();
    assert_eq!((ran.code, lines), (1, vec![stray.as_str(), foreign]));
    assert!(
        ran.stderr.starts_with("error: 0 files with 0 bytes: 2 problems found\n hint: --repair "),
        "{}",
        ran.stderr
    );
    let ran = home.run(&["admin", "check", "--json", "--repair"]);
    let mut found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    found["findings"].as_array_mut().unwrap().sort_by_key(|finding| finding["size"].is_null());
    let expected = serde_json::json!({"files": 0, "bytes": 0, "findings": [
        {"kind": "stray", "name": name, "size": 5},
        {"kind": "foreign", "name": "notes.txt"},
    ]});
    assert_eq!((ran.code, found), (1, expected));
    assert!(!home.path(&format!("data/content/{name}")).exists());
    fs::remove_file(home.path("data/content/notes.txt")).unwrap();
    home.run(&["admin", "check"]).prints("", "0 files with 0 bytes: nothing is wrong\n");
}

#[test]
fn what_is_not_there_is_not_made() {
    let home = Home::new();
    home.run(&["admin", "check", "--data-dir", "typo"]).fails(
        2,
        "\
error: there is no database `typo/tavola.db`
 hint: --data-dir FOLDER names the folder that the server keeps its data in
",
    );
    assert!(!home.path("typo").exists());
}
