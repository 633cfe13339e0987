//! `tavola serve`: where its settings come from, how it starts, and how it ends.

use std::{
    fs::{self, File},
    net::TcpListener,
    process::Stdio,
};

use crate::support::{Home, end_of, serving, signal};

#[test]
fn flags_go_before_the_environment_and_the_environment_before_the_file() {
    let home = Home::new()
        .with("TAVOLA_CONFIG", "serve.toml")
        .with("TAVOLA_TLS_LISTEN", "127.0.0.1:0")
        .with("TAVOLA_ADMIN_PASSWORD", "a long enough password");
    home.write(
        "serve.toml",
        "\
data-dir = \"of-file\"
listen = \"127.0.0.1:1\"
tls-listen = \"off\"
metrics-listen = \"127.0.0.1:0\"
log-format = \"json\"
",
    );
    let log = home.path("log");
    let mut process = home
        .command(&["serve", "--listen", "off"])
        .stdout(Stdio::piped())
        .stderr(File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let serving = serving(&mut process, &log);
    assert!(serving["http"].is_null() && serving["https"].is_string() && serving["metrics"].is_string(), "{serving}");
    assert!(home.path("of-file").is_dir());
    signal(&process, "TERM");
    end_of(process).prints("", "");
    let log = fs::read_to_string(log).unwrap();
    assert!(log.trim_end().ends_with("\"message\":\"ended\",\"target\":\"tavola::serve\"}"), "{log}");
}

#[test]
fn the_first_start_prints_a_password_once_and_never_logs_it() {
    let home = Home::new();
    let mut passwords = Vec::new();
    for _ in 0..2 {
        let log = home.path("log");
        let mut process = home
            .command(&["serve", "--listen", "127.0.0.1:0", "--tls-listen", "off", "--log-format", "json", "--json"])
            .stdout(Stdio::piped())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        serving(&mut process, &log);
        signal(&process, "INT");
        let ran = end_of(process);
        assert_eq!(ran.code, 0);
        passwords.push((ran.stdout, fs::read_to_string(&log).unwrap()));
    }
    let [(first, log), (second, _)] = passwords.as_slice() else { unreachable!() };
    let first: serde_json::Value = serde_json::from_str(first).unwrap();
    assert_eq!(first["administrator"], "admin");
    let password = first["password"].as_str().unwrap();
    assert!(password.len() >= 16 && !log.contains(password), "{log}");
    assert_eq!(second, "");
    assert!(home.path(".local/share/tavola").is_dir());
}

#[test]
fn what_keeps_it_from_starting_is_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let home = Home::new();
    home.run(&["serve", "--data-dir", "data", "--listen", &address, "--tls-listen", "off"]).fails(
        2,
        &format!("error: {address} is taken by another program; choose another address or port 0 for a free one\n"),
    );
    home.run(&["serve", "--listen", "off", "--tls-listen", "off"])
        .fails(2, "error: both HTTP and HTTPS are off: there is nothing to serve on\n");
    home.run(&["serve", "--listen", "127.0.0.1:8000", "--metrics-listen", "127.0.0.1:8000"])
        .fails(2, "error: 127.0.0.1:8000 is given twice: HTTP, HTTPS and metrics each need their own\n");
    home.run(&["serve", "--tls-cert", "cert.pem"])
        .fails(2, "error: a certificate is given (tls-cert) without its key (tls-key)\n");
    let quiet = ["serve", "--data-dir", "data", "--listen", "127.0.0.1:0", "--tls-listen", "off"];
    home.run(&[&quiet[..], &["--content-url", "ftp://x"]].concat())
        .fails(2, "error: the content URL is neither `file:FOLDER` nor `s3://BUCKET/PREFIX`\n");
    home.write("short.key", "abc");
    let ran = home.run(&[&quiet[..], &["--content-key-file", "short.key"]].concat());
    assert_eq!((ran.code, ran.stderr.lines().count()), (2, 1), "{}", ran.stderr);
    assert!(ran.stderr.contains("short.key"), "{}", ran.stderr);
    home.run(&["serve", "--config", "none.toml"])
        .fails(2, "error: cannot read `none.toml`\n  why: No such file or directory (os error 2)\n");
    home.write("serve.toml", "data-dir = \"d\"\nlisten = \"nowhere\"\n");
    home.run(&["serve", "--config", "serve.toml"]).fails(
        2,
        "\
error: cannot understand `serve.toml`, line 2
  why: `nowhere` is not an address such as 127.0.0.1:8000, and not `off`
",
    );
    home.write("serve.toml", "data-dri = \"d\"\n");
    let ran = home.run(&["serve", "--config", "serve.toml"]);
    assert!(ran.stderr.starts_with("error: cannot understand `serve.toml`, line 1\n  why: unknown field `data-dri`"));
    home.write("file", "");
    let ran = home.run(&["serve", "--data-dir", "file/data", "--listen", "127.0.0.1:0", "--tls-listen", "off"]);
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.lines().count()), (2, "", 1), "{}", ran.stderr);
    assert!(ran.stderr.contains("file/data"), "{}", ran.stderr);
}
