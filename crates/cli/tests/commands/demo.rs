//! `tavola demo`: the documented flow from one command, and lines that really work.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use crate::support::{Home, end_of, signal};

#[test]
fn the_flow_ends_with_proof_that_the_token_is_dead() {
    let home = Home::new().with_temporary_folder();
    let shown = home.json(&["demo"]);
    let steps = shown["steps"].as_array().unwrap();
    let titles: Vec<&str> = steps.iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(
        titles,
        [
            "Sign in to the default site by user name and password",
            "Make a site",
            "Make a personal access token",
            "Sign in to the new site by the personal access token",
            "Ask what the server is",
            "List the sites",
            "Add a user to the site",
            "List the users of the site",
            "Ask who is signed in",
            "Sign out",
            "Use the token once more: it is dead",
        ]
    );
    let answer = |at: usize, name: &str| &steps[at]["answer"][name];
    assert_eq!(answer(1, "site id"), answer(3, "site id"));
    assert_eq!(answer(10, "answer"), "HTTP/1.1 401 Unauthorized");
    assert!(answer(10, "body").as_str().unwrap().contains("401002"));
    // Nothing is left behind.
    assert_eq!(std::fs::read_dir(home.path("tmp")).unwrap().count(), 0);
}

#[test]
fn what_is_printed_is_a_transcript() {
    let home = Home::new().with_temporary_folder();
    let ran = home.run(&["demo"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stdout.starts_with("A Tavola server answers at https://127.0.0.1:"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("\n1. Sign in to the default site by user name and password\n   POST https://127.0.0.1:")
    );
    assert!(ran.stdout.contains("\n   answer      HTTP/1.1 401 Unauthorized\n"));
}

#[test]
fn a_kept_server_is_called_by_the_lines_that_are_printed() {
    let home = Home::new().with_temporary_folder();
    let mut process = home.command(&["demo", "--keep"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let login = lines.by_ref().find(|line| line.contains(" login ")).unwrap();
    let list = lines.next().unwrap();
    let output = Command::new("sh")
        .args(["-c", &format!("{login}\n{list}")])
        .env_clear()
        .env("HOME", home.path(""))
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .output()
        .unwrap();
    assert!(output.status.success(), "{login}: {}", String::from_utf8_lossy(&output.stderr));
    let users = String::from_utf8(output.stdout).unwrap();
    assert!(users.contains("\nadmin  ") && users.contains("\nann    "), "{users}");
    signal(&process, "INT");
    drop(lines);
    end_of(process).prints("", "");
    assert_eq!(std::fs::read_dir(home.path("tmp")).unwrap().count(), 0);
}
