//! What a user reads when something is wrong before any server is asked.

use std::{
    fs::{self, File},
    io::Read,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::Stdio,
};

use crate::support::{Home, end_of, signal};

#[test]
fn a_command_without_its_arguments_is_told_which() {
    Home::new().run(&["user", "add"]).fails(
        2,
        "\
error: the following required arguments were not provided:
  --role <ROLE>
  <NAME>

Usage: tavola user add --role <ROLE> <NAME>

For more information, try '--help'.
",
    );
    Home::new().run(&["usr", "list"]).fails(
        2,
        "\
error: unrecognized subcommand 'usr'

  tip: a similar subcommand exists: 'user'

Usage: tavola [OPTIONS] <COMMAND>

For more information, try '--help'.
",
    );
}

#[test]
fn without_a_server_one_is_asked_for() {
    Home::new().run(&["user", "list"]).fails(
        2,
        "\
error: no server is named
 hint: `tavola login SERVER` signs in and remembers it; or give --server ADDRESS, or set TAVOLA_SERVER
",
    );
    Home::new().run(&["user", "list", "--server", "example.com", "--site", "sales"]).fails(
        2,
        "\
error: not signed in to the site `sales` of `https://example.com`
 hint: `tavola login https://example.com --site sales` signs in; or set TAVOLA_TOKEN_NAME and TAVOLA_TOKEN_SECRET
",
    );
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    Home::new().run(&["login", "example.com"]).fails(
        2,
        "\
error: it is not said who signs in, and there is no terminal to ask on
 hint: give --username NAME, --token-name NAME or --jwt, or set TAVOLA_USERNAME or TAVOLA_TOKEN_NAME
",
    );
    Home::new().run(&["login", "example.com", "--username", "ann"]).fails(
        2,
        "error: no password was given, and there is no terminal to ask on: set TAVOLA_PASSWORD, or use --password-stdin or --password-file FILE\n",
    );
    Home::new().run(&["login", "example.com", "--token-name", "ci"]).fails(
        2,
        "error: no secret was given, and there is no terminal to ask on: set TAVOLA_TOKEN_SECRET, or use --secret-stdin or --secret-file FILE\n",
    );
    Home::new().run(&["login", "example.com", "--jwt"]).fails(
        2,
        "error: no JSON web token was given, and there is no terminal to ask on: set TAVOLA_JWT, or use --secret-stdin or --secret-file FILE\n",
    );
    Home::new()
        .run(&["site", "delete", "sales"])
        .fails(2, "error: there is no terminal to ask on: --yes deletes the site with everything on it\n");
}

#[test]
fn a_bad_address_is_named_without_its_password() {
    let hint = " hint: an address is a host, a host and port, or a URL: https://tableau.example.com\n";
    for (address, problem) in [
        ("", "the server's address is empty"),
        ("ftp://example.com", "the server's address begins with `ftp://`; it must be http or https"),
        ("https://", "the server's address cannot be read: empty host"),
        (
            "https://ann:hunter2@example.com",
            "the server's address must not hold a user name or password; give them as credentials",
        ),
    ] {
        let ran = Home::new().run(&["login", address, "--username", "ann"]);
        ran.fails(2, &format!("error: {problem}\n{hint}"));
    }
}

#[test]
fn a_server_that_is_not_there_is_named() {
    // Taken and given back: nobody listens on it now.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ran = Home::new().run(&["status", "--server", &format!("http://{address}")]);
    ran.fails(
        2,
        &format!(
            "\
error: cannot ask `http://{address}` what it is
  why: `{address}` refuses connections; is the server up?
 hint: check the address and the network
"
        ),
    );
}

#[test]
fn a_profile_that_is_not_there_is_named_with_those_that_are() {
    let home = Home::new();
    home.run(&["whoami", "--profile", "prod"])
        .fails(2, "error: there is no profile `prod`\n hint: `tavola login SERVER` makes one\n");
    home.write(
        ".config/tavola/config.toml",
        "[profile.test]\nserver = \"https://example.com\"\ncredentials = \"token\"\n",
    );
    home.run(&["whoami", "--profile", "prod"])
        .fails(2, "error: there is no profile `prod`\n hint: there are: `test`\n");
    home.run(&["whoami", "--profile", "test", "--server", "example.org"]).fails(
        2,
        "\
error: the profile `test` is of `https://example.com`, not of `https://example.org`
 hint: leave out the one or the other
",
    );
    home.run(&["whoami", "--profile", "test"]).fails(
        2,
        "\
error: not signed in to `https://example.com` any more
  why: there is no session, and the personal access token `` is not stored
 hint: sign in again: tavola login --profile 'test'
",
    );
}

#[test]
fn a_file_of_profiles_that_is_not_understood_is_named_with_its_line() {
    let home = Home::new();
    home.write(".config/tavola/config.toml", "current = \"a\"\n\n[profile.a]\nserver = \"x\"\nsevrer = 1\n");
    home.run(&["whoami"]).fails(
        2,
        "\
error: cannot understand `HOME/.config/tavola/config.toml`, line 5
  why: unknown field `sevrer`, expected one of `server`, `site`, `api-version`, `credentials`, `name`, `secret`, `cacert`, `client-cert`, `client-key`, `insecure`
",
    );
}

#[test]
fn a_file_of_secrets_that_others_may_read_is_refused() {
    let home = Home::new();
    home.write(
        ".config/tavola/config.toml",
        "current = \"a\"\n[profile.a]\nserver = \"https://example.com\"\ncredentials = \"token\"\nname = \"ci\"\nsecret = \"file\"\n",
    );
    let secrets = home.write(".local/state/tavola/secrets.toml", "a = \"topsecret\"\n");
    fs::set_permissions(&secrets, fs::Permissions::from_mode(0o640)).unwrap();
    home.run(&["whoami"]).fails(
        2,
        "\
error: `HOME/.local/state/tavola/secrets.toml` may be read by others (its mode is 640)
  why: it holds secrets, so it is not used like that
 hint: if nobody has read it: chmod 600 'HOME/.local/state/tavola/secrets.toml'; otherwise remove it and sign in again
",
    );
}

#[test]
fn without_a_home_there_are_no_profiles() {
    let home = Home::new().with("HOME", "relative").with("XDG_CONFIG_HOME", "relative/is/ignored");
    home.run(&["profile", "list"]).fails(
        2,
        "error: there is no folder for settings: neither HOME nor XDG_CONFIG_HOME and XDG_STATE_HOME are set\n",
    );
}

#[test]
fn the_environment_must_tell_one_kind_of_credentials_and_whose() {
    let home = Home::new().with("TAVOLA_SERVER", "example.com").with("TAVOLA_TOKEN_SECRET", "topsecret");
    home.run(&["user", "list"]).fails(
        2,
        "error: TAVOLA_TOKEN_SECRET is set and TAVOLA_TOKEN_NAME is not: the environment tells a secret, but not whose\n",
    );
    let home = home.with("TAVOLA_PASSWORD", "hunter2");
    home.run(&["user", "list"]).fails(
        2,
        "error: more than one of TAVOLA_PASSWORD, TAVOLA_TOKEN_SECRET and TAVOLA_JWT is set: which one is meant?\n",
    );
}

#[test]
fn a_secret_as_an_argument_is_refused_and_not_repeated() {
    for arguments in [["login", "--password", "hunter2"], ["login", "--password=hunter2", "example.com"]] {
        let ran = Home::new().run(&arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.starts_with("error: unexpected argument '--password' found\n"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("hunter2"), "{}", ran.stderr);
    }
}

#[test]
fn a_secret_is_one_line() {
    let home = Home::new();
    home.run_with_input(&["login", "example.com", "--username", "ann", "--password-stdin"], "")
        .fails(2, "error: standard input holds no secret: one line is expected\n");
    home.run_with_input(&["login", "example.com", "--username", "ann", "--password-stdin"], "a\nb\n")
        .fails(2, "error: standard input holds no secret: one line is expected\n");
    home.run(&["login", "example.com", "--username", "ann", "--password-file", "none"])
        .fails(2, "error: cannot read the secret from `none`\n  why: No such file or directory (os error 2)\n");
}

#[test]
fn a_closed_pipe_is_not_a_failure() {
    let home = Home::new();
    let mut process =
        home.command(&["completions", "bash"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 10];
    let mut stdout = process.stdout.take().unwrap();
    stdout.read_exact(&mut first).unwrap();
    drop(stdout);
    let ran = end_of(process);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}

#[test]
fn a_full_disk_is_a_failure() {
    let home = Home::new();
    let full = File::options().write(true).open("/dev/full").unwrap();
    let ran = end_of(home.command(&["completions", "bash"]).stdout(full).stderr(Stdio::piped()).spawn().unwrap());
    ran.fails(2, "error: cannot write to standard output\n  why: No space left on device (os error 28)\n");
}

#[test]
fn ctrl_c_ends_a_command_that_waits() {
    // It accepts, by the system's own doing, and never answers.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let home = Home::new();
    let process = home
        .command(&["status", "--server", &format!("http://{}", silent.local_addr().unwrap())])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The request is there, so the command waits.
    silent.accept().unwrap().0.read_exact(&mut [0]).unwrap();
    signal(&process, "INT");
    end_of(process).fails(130, "");
}

#[test]
fn a_number_that_must_not_be_zero_says_so() {
    for arguments in [["user", "list", "--limit", "0"], ["user", "list", "--timeout", "0"]] {
        let ran = Home::new().run(&arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        let line = ran.stderr.lines().next().unwrap();
        assert!(line.ends_with(": it must be a whole number of at least 1"), "{line}");
    }
}

#[test]
fn no_error_holds_what_a_terminal_would_obey() {
    Home::new()
        .run(&["whoami", "--profile", "a\u{1b}[2Jb\nc"])
        .fails(2, "error: there is no profile `a\u{fffd}[2Jb\u{fffd}c`\n hint: `tavola login SERVER` makes one\n");
}

#[test]
fn a_certificate_that_is_gone_can_be_named_anew() {
    Home::new().run(&["status", "--server", "example.com", "--cacert", "gone.pem"]).fails(
        2,
        "\
error: cannot read `gone.pem`
  why: No such file or directory (os error 2)
 hint: --cacert FILE names another
",
    );
}

#[test]
fn a_proxy_that_cannot_be_used_is_not_passed_over() {
    let status = ["status", "--server", "http://127.0.0.1:9"];
    for (variable, value) in
        [("http_proxy", "foo://ann:hunter2@proxy.example.com"), ("HTTP_PROXY", "socks9://x"), ("all_proxy", "a b")]
    {
        Home::new().with(variable, value).run(&status).fails(
            2,
            &format!(
                "\
error: cannot use `http://127.0.0.1:9`
  why: the proxy in the variable {variable} cannot be used; it looks like http://proxy.example.com:3128, or socks5://…
"
            ),
        );
    }
    // It is for another server, or another scheme.
    for (variable, value) in [("NO_PROXY", "127.0.0.1"), ("http_proxy", "")] {
        let home = Home::new().with("https_proxy", "foo://x").with("http_proxy", "foo://x").with(variable, value);
        let ran = home.run(&status);
        assert!(ran.stderr.contains("`127.0.0.1:9` refuses connections"), "{ran:?}");
    }
}
