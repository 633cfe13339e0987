//! Secrets in the keyring of a desktop session, where this machine can make one: GNOME's, on a bus of its own.

use std::{fs, path::Path, process::Command};

use crate::support::{Home, PASSWORD, Server};

/// Signs in, loses the session, renews it by the secret in the keyring, and signs out.
const SCRIPT: &str = r#"
set -e
printf unlock | gnome-keyring-daemon --unlock --components=secrets >/dev/null
TAVOLA_PASSWORD="$PASSWORD" "$TAVOLA" login "$URL" --username admin --quiet
"$TAVOLA" status --json --quiet | grep '"secret"'
"$TAVOLA" session end $("$TAVOLA" session list --fields id | tail -n 1) --quiet
"$TAVOLA" whoami --json | grep '"name": "admin"'
"$TAVOLA" logout --quiet
"$TAVOLA" status --json | grep '"secret"'
# Locked, it cannot be asked without a terminal, and the file takes its place.
dbus-send --session --print-reply --dest=org.freedesktop.secrets /org/freedesktop/secrets \
    org.freedesktop.Secret.Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null
TAVOLA_PASSWORD="$PASSWORD" "$TAVOLA" login "$URL" --username admin --quiet
"$TAVOLA" status --json | grep '"secret"'
"#;

#[test]
fn secrets_are_in_the_keyring_where_there_is_one_that_is_open() {
    let missing: Vec<&str> = ["dbus-run-session", "dbus-send", "gnome-keyring-daemon"]
        .into_iter()
        .filter(|program| {
            !std::env::split_paths(&std::env::var_os("PATH").unwrap()).any(|path| path.join(program).exists())
        })
        .collect();
    if !missing.is_empty() {
        println!("skipped: secrets in a keyring: this machine lacks {}", missing.join(", "));
        return;
    }
    let server = Server::start();
    let home = Home::new();
    let runtime = home.path("run");
    fs::create_dir(&runtime).unwrap();
    let output = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", SCRIPT])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", home.path(""))
        .env("XDG_RUNTIME_DIR", &runtime)
        .env("TAVOLA", Path::new(env!("CARGO_BIN_EXE_tavola")))
        .env("URL", server.url())
        .env("PASSWORD", PASSWORD)
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "    \"secret\": \"keyring\"\n    \"name\": \"admin\",\n    \"secret\": \"nowhere\"\n    \"secret\": \"file\"\n",
        "{words}"
    );
    assert!(output.status.success(), "{words}");
}
