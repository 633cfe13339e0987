//! Sessions that commands share, renew and end.

use std::process::Stdio;

use serde_json::Value;

use crate::support::{Home, PASSWORD, Server, end_of};

/// A token's secret, and the environment that signs in by it and nothing else.
fn by_token(server: &Server, admin: &Home) -> Home {
    let secret = admin.done(&["token", "create", "ci"]);
    Home::new()
        .with("TAVOLA_SERVER", &server.url())
        .with("TAVOLA_TOKEN_NAME", "ci")
        .with("TAVOLA_TOKEN_SECRET", secret.trim_end())
}

fn sessions_of_token(admin: &Home) -> Vec<Value> {
    let all = admin.json(&["session", "list"]);
    let of_token = all.as_array().unwrap().iter().filter(|session| session["personalAccessTokenName"] == "ci");
    of_token.cloned().collect()
}

#[test]
fn commands_side_by_side_share_a_session() {
    // A strict server ends the session of a token that signs in a second time, as the real one does.
    let server = Server::start_with(&["--strict"]);
    let admin = Home::new().signed_in(&server);
    let home = by_token(&server, &admin);
    let commands: Vec<_> = (0..8)
        .map(|_| {
            let mut command = home.command(&["user", "list", "--json"]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    for command in commands {
        let ran = end_of(command);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    }
    assert_eq!(sessions_of_token(&admin).len(), 1);
    // So does the next command.
    home.done(&["whoami"]);
    assert_eq!(sessions_of_token(&admin).len(), 1);
}

#[test]
fn a_session_that_has_ended_is_renewed_without_a_word() {
    let server = Server::start();
    let admin = Home::new().signed_in(&server);
    let home = by_token(&server, &admin);
    home.done(&["whoami"]);
    let id = sessions_of_token(&admin)[0]["id"].as_str().unwrap().to_owned();
    admin.run(&["session", "end", &id]).prints("", &format!("ended the session `{id}`\n"));
    assert_eq!(sessions_of_token(&admin).len(), 0);
    let ran = home.run(&["whoami"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert_ne!(sessions_of_token(&admin)[0]["id"].as_str().unwrap(), id);
}

#[test]
fn a_wrong_secret_in_the_environment_finds_no_session_of_the_right_one() {
    let server = Server::start();
    let admin = Home::new().signed_in(&server);
    let mut home = by_token(&server, &admin);
    home.done(&["whoami"]);
    home.set("TAVOLA_TOKEN_SECRET", "wrong");
    let ran = home.run(&["whoami"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("(401001)"), "{}", ran.stderr);
}

#[test]
fn a_password_in_the_environment_signs_in_for_one_command_and_out_again() {
    let server = Server::start();
    let admin = Home::new().signed_in(&server);
    let before = admin.json(&["session", "list"]).as_array().unwrap().len();
    let home = Home::new()
        .with("TAVOLA_SERVER", &server.url())
        .with("TAVOLA_USERNAME", "admin")
        .with("TAVOLA_PASSWORD", PASSWORD);
    assert_eq!(home.json(&["whoami"])["user"]["name"], "admin");
    assert_eq!(admin.json(&["session", "list"]).as_array().unwrap().len(), before);
    assert!(!home.path(".local").exists() && !home.path(".config").exists());
}

#[test]
fn credentials_of_the_environment_go_to_no_server_that_it_does_not_name() {
    let server = Server::start();
    let home = Home::new().signed_in(&server).with("TAVOLA_TOKEN_NAME", "ci").with("TAVOLA_TOKEN_SECRET", "of another");
    // With them, it would be refused.
    assert_eq!(home.json(&["whoami"])["user"]["name"], "admin");
    let ran = home.run(&["whoami", "--server", &server.url()]);
    assert_eq!(ran.code, 1, "{ran:?}");
}

#[test]
fn who_wants_to_know_is_told_of_each_call_and_of_no_secret() {
    let server = Server::start();
    let admin = Home::new().signed_in(&server);
    let home = by_token(&server, &admin);
    let ran = home.run(&["user", "list", "--verbose", "--fields", "name"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "NAME\nadmin\n"));
    let calls: Vec<(&str, &str)> =
        ran.stderr.lines().filter_map(|line| line.strip_suffix(" ms")?.rsplit_once(" in ")).collect();
    assert!(calls.iter().all(|(_, took)| took.parse::<u64>().is_ok()), "{}", ran.stderr);
    let site = admin.json(&["site", "show"])["id"].as_str().unwrap().to_owned();
    let told: Vec<&str> = calls.iter().map(|(call, _)| *call).collect();
    let list = format!("GET /api/3.29/sites/{site}/users: 200");
    assert_eq!(told, ["GET /api/2.4/serverinfo: 200", "POST /api/3.29/auth/signin: 200", &list]);
    let session = sessions_of_token(&admin)[0]["id"].as_str().unwrap().to_owned();
    let ran = admin.run(&["session", "end", &session, "-v"]);
    assert!(ran.stderr.contains("\nDELETE /api/3.29/sessions/…: 204 in "), "{}", ran.stderr);
    assert!(!ran.stderr.contains(&format!("sessions/{session}")), "{}", ran.stderr);

    let ran = home.run(&["user", "list", "--verbose", "--server", "http://127.0.0.1:9"]);
    assert!(ran.stderr.contains("GET /api/2.4/serverinfo: no answer in "), "{}", ran.stderr);
}

#[test]
fn the_list_of_sessions_marks_the_one_that_asks() {
    let server = Server::start();
    let admin = Home::new().signed_in(&server);
    let other = Home::new().signed_in(&server);
    let own = |home: &Home| {
        let all = home.json(&["session", "list", "--filter", "current=true"]);
        let all = all.as_array().unwrap();
        assert_eq!(all.len(), 1, "{all:?}");
        all[0]["id"].clone()
    };
    assert_ne!(own(&admin), own(&other));
    assert_eq!(admin.json(&["session", "list"]).as_array().unwrap().len(), 2);
}
