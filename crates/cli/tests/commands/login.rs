//! Signing in and out.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use tavola_client::{Client, Credentials, api::connected_apps::App};

use crate::support::{Home, PASSWORD, Server};

/// The token in the kept session of the only profile.
fn kept_token(home: &Home) -> String {
    let folder = home.path(".local/state/tavola/sessions");
    let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    let kept: serde_json::Value = serde_json::from_str(&fs::read_to_string(file.path()).unwrap()).unwrap();
    kept["token"].as_str().unwrap().to_owned()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn signing_in_by_password_lasts_for_the_commands_after_it() {
    let server = Server::start();
    let mut home = Home::new().with("TAVOLA_PASSWORD", PASSWORD);
    let url = server.url();
    home.run(&["login", &url, "--username", "admin"])
        .prints("", &format!("signed in to the default site of `{url}` as `admin`\n"));
    home.unset("TAVOLA_PASSWORD");
    let who = home.json(&["whoami"]);
    assert_eq!((&who["user"]["name"], &who["user"]["siteRole"]), (&json!("admin"), &json!("ServerAdministrator")));
    assert_eq!((&who["site"]["name"], &who["site"]["contentUrl"]), (&json!("Default"), &json!("")));
    assert_eq!((&who["server"], &who["profile"]), (&json!(url), &json!(url.strip_prefix("http://").unwrap())));

    assert_eq!(
        fs::read_to_string(home.path(".config/tavola/config.toml")).unwrap(),
        format!(
            "current = \"{0}\"\n\n[profile.\"{0}\"]\nserver = \"http://{0}\"\nsite = \"\"\ncredentials = \"password\"\nname = \"admin\"\nsecret = \"file\"\n",
            server.http
        )
    );
}

#[test]
fn what_is_kept_is_for_its_owner_alone() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    let state = home.path(".local/state/tavola");
    assert_eq!(mode(&state), 0o700);
    assert_eq!(mode(&state.join("secrets.toml")), 0o600);
    let sessions = state.join("sessions");
    assert_eq!(mode(&sessions), 0o700);
    for file in fs::read_dir(&sessions).unwrap() {
        assert_eq!(mode(&file.unwrap().path()), 0o600);
    }

    let file = fs::read_dir(&sessions).unwrap().next().unwrap().unwrap().path();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let ran = home.run(&["whoami"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("may be read by others (its mode is 644)"), "{}", ran.stderr);
}

#[test]
fn wrong_credentials_are_refused_without_telling_which_part_is_wrong() {
    let server = Server::start();
    let home = Home::new();
    let url = server.url();
    home.run_with_input(&["login", &url, "--username", "admin", "--password-stdin"], "wrong\n").fails(
        1,
        &format!(
            "\
error: cannot sign in to `{url}`
  why: the server refused `Sign In`: Signin Error: Error signing in to Tableau Server (401001)
 hint: check name, password and site (--site): the server does not say which is wrong
"
        ),
    );
    // Nothing is remembered of it.
    assert!(!home.path(".config/tavola/config.toml").exists() && !home.path(".local/state/tavola").exists());
}

#[test]
fn a_token_signs_in_to_a_named_site() {
    let server = Server::start();
    let admin = Home::new().signed_in(&server);
    admin.done(&["site", "create", "Marketing"]);
    let made = admin.run(&["token", "create", "ci"]);
    assert_eq!(made.code, 0, "{made:?}");
    let secret = made.stdout.strip_suffix('\n').unwrap();
    assert!(!secret.contains('\n') && secret.len() > 40, "{secret}");
    assert!(made.stderr.starts_with("made the token `ci`; it ends at "), "{}", made.stderr);
    assert!(made.stderr.ends_with("\nwarning: its secret is shown this once: keep it now\n"), "{}", made.stderr);

    let home = Home::new();
    let url = server.url();
    // As pasted from a browser.
    let page = format!("{url}/#/site/Marketing/home");
    home.run_with_input(&["login", &page, "--token-name", "ci", "--secret-stdin", "--profile", "m"], secret)
        .prints("", &format!("signed in to the site `Marketing` of `{url}` as `admin`\n"));
    assert_eq!(home.json(&["whoami"])["site"]["contentUrl"], "Marketing");
    assert_eq!(home.json(&["whoami", "--site", ""])["site"]["name"], "Default");
    let status = home.json(&["status"]);
    assert_eq!(status["credentials"], json!({ "kind": "token", "name": "ci", "secret": "file" }));
    assert_eq!((&status["profile"], &status["session"]), (&json!("m"), &json!(true)));
}

#[test]
fn signing_out_kills_the_token_and_forgets_the_secret() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    let token = kept_token(&home);
    assert_eq!(server.status("/api/3.29/sessions/current", &token), 200);
    let url = server.url();
    home.run(&["logout"]).prints("", &format!("signed out of `{url}`\n"));
    assert_eq!(server.status("/api/3.29/sessions/current", &token), 401);
    assert!(!home.path(".local/state/tavola/secrets.toml").exists());
    let profile = server.http;
    home.run(&["whoami"]).fails(
        2,
        &format!(
            "\
error: not signed in to `{url}` any more
  why: there is no session, and the password of `admin` is not stored
 hint: sign in again: tavola login --profile '{profile}'
"
        ),
    );
    home.run(&["logout"]).prints("", &format!("`{profile}` had no session\n"));
    // The profile is still there to sign in by.
    home.run_with_input(&["login", "--profile", &profile.to_string(), "--password-stdin"], PASSWORD)
        .prints("", &format!("signed in to the default site of `{url}` as `admin`\n"));
}

#[test]
fn a_certificate_is_checked_unless_the_user_says_otherwise_loudly() {
    let server = Server::start();
    let home = Home::new().with("TAVOLA_PASSWORD", PASSWORD);
    let address = format!("localhost:{}", server.https.port());
    let login = ["login", &address, "--username", "admin"];
    home.run(&login).fails(
        2,
        &format!(
            "\
error: cannot sign in to `https://{address}`
  why: the certificate of `{address}` is self-signed, or signed by an authority that this machine does not trust
 hint: --cacert FILE trusts the authority of a private certificate; --insecure checks none
"
        ),
    );
    let certificate = server.certificate();
    home.run(&[&login[..], &["--cacert", certificate.to_str().unwrap()]].concat())
        .prints("", &format!("signed in to the default site of `https://{address}` as `admin`\n"));
    // It is part of the profile.
    home.done(&["whoami"]);

    let home = Home::new().with("TAVOLA_PASSWORD", PASSWORD);
    let warning = "warning: the certificate of `localhost` is not checked (--insecure): whoever is in between can read and change everything\n";
    home.run(&[&login[..], &["--insecure"]].concat())
        .prints("", &format!("{warning}signed in to the default site of `https://{address}` as `admin`\n"));
    // So is this, and it is said each time, also to those who want quiet.
    let ran = home.run(&["whoami", "--quiet"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, warning));
}

#[test]
fn profiles_are_switched_and_forgotten() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.done(&["site", "create", "Two"]);
    let (url, profile) = (server.url(), server.http.to_string());
    home.run(&["site", "switch", "Two"]).prints("", &format!("commands now go to the site `Two` of `{url}`\n"));
    assert_eq!(home.json(&["whoami"])["site"]["name"], "Two");
    let width = profile.len() + 4;
    home.run(&["profile", "list"]).prints(
        &format!(
            "\
CURRENT  {:width$}  {:url_width$}  SITE  CREDENTIALS  NAME
-        {profile:width$}  {url}  \"\"    password     admin
*        {profile}/Two  {url}  Two   password     admin
",
            "PROFILE",
            "SERVER",
            url_width = url.len()
        ),
        "",
    );
    home.run(&["profile", "use", &profile]).prints("", &format!("commands now go to the default site of `{url}`\n"));
    // Its session died when the site was switched; it is renewed without a word.
    let ran = home.run(&["whoami", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    home.done(&["profile", "remove", &format!("{profile}/Two")]);
    assert_eq!(home.json(&["profile", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn verbose_words_hold_no_secret() {
    let server = Server::start();
    let home = Home::new().with("TAVOLA_PASSWORD", PASSWORD);
    let login = home.run(&["login", &server.url(), "--username", "admin", "--verbose"]);
    let token = kept_token(&home);
    let whoami = home.run(&["whoami", "--verbose"]);
    for ran in [&login, &whoami] {
        assert_eq!(ran.code, 0);
        assert!(!ran.stderr.is_empty());
        for secret in [PASSWORD, &token] {
            assert!(!ran.stderr.contains(secret) && !ran.stdout.contains(secret), "{ran:?}");
        }
    }
}

/// A JSON web token that signs this user in, by a connected app made for it.
fn json_web_token(server: &Server, user: &str, scopes: &[&str]) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let secret = runtime.block_on(async {
        let admin =
            Client::builder(server.url()).credentials(Credentials::password("admin", PASSWORD)).build().unwrap();
        let app = App { name: Some("app".into()), enabled: Some(true), ..App::default() };
        let id = admin.connected_apps().create(&app).await.unwrap().client_id.unwrap();
        (id, admin.connected_apps().create_secret(id).await.unwrap())
    });
    let (app, secret) = secret;
    signed_by(&app.to_string(), &secret.id.to_string(), secret.value.unwrap().expose(), user, scopes)
}

/// A JSON web token that signs this user in, by the secret of a connected app.
pub fn signed_by(app: &str, secret_id: &str, secret: &str, user: &str, scopes: &[&str]) -> String {
    #[expect(clippy::disallowed_methods, reason = "the server checks the token's time by its own clock")]
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!(
        "{}.{}",
        part(json!({ "alg": "HS256", "typ": "JWT", "kid": secret_id, "iss": app })),
        part(json!({ "iss": app, "aud": "tableau", "sub": user, "jti": "1", "exp": now + 300, "scp": scopes }))
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

#[test]
fn a_json_web_token_signs_in_once_within_its_scopes_and_is_not_kept() {
    let server = Server::start();
    let url = server.url();
    let token = json_web_token(&server, "admin", &["tableau:users:read"]);
    let home = Home::new();
    home.run_with_input(&["login", &url, "--jwt", "--secret-stdin"], &token)
        .prints("", &format!("signed in to the default site of `{url}` as `admin`\n"));
    assert_eq!(home.json(&["user", "list", "--fields", "name"]), json!([{ "name": "admin" }]));
    assert_eq!(home.json(&["whoami"])["user"]["name"], "admin");
    let ran = home.run(&["user", "add", "ann", "--role", "Viewer"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    // Out of its scope is not out of its time.
    home.done(&["user", "list"]);
    assert!(!home.path(".local/state/tavola/secrets.toml").exists());

    home.run(&["logout"]).prints("", &format!("signed out of `{url}`\n"));
    let ran = home.run(&["user", "list"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("a JSON web token makes no second one"), "{}", ran.stderr);
    home.run_with_input(&["login", &url, "--jwt", "--secret-stdin"], &token).fails(
        1,
        &format!(
            "\
error: cannot sign in to `{url}`
  why: the server refused `Sign In`: Signin Error: Error signing in to Tableau Server: the token was used before (errorCode=10091) (401001)
 hint: a JSON web token signs in once, within 10 minutes, and to its site alone (--site): make another
"
        ),
    );
}

#[test]
fn an_address_without_a_scheme_that_speaks_no_tls_is_told_from_a_bad_certificate() {
    let server = Server::start();
    let address = server.http;
    Home::new().run(&["status", "--server", &address.to_string()]).fails(
        2,
        &format!(
            "\
error: cannot ask `https://{address}` what it is
  why: `{address}` does not speak TLS at this port; is it an http address?
 hint: an address without a scheme is taken for https://; http://HOST:PORT speaks without TLS
"
        ),
    );
}

#[test]
fn signing_in_again_needs_no_more_than_the_secret() {
    let server = Server::start();
    let url = server.url();
    let mut home = Home::new().signed_in(&server);
    home.done(&["logout"]);
    home.run(&["login"]).fails(
        2,
        "error: no password was given, and there is no terminal to ask on: set TAVOLA_PASSWORD, or use --password-stdin or --password-file FILE\n",
    );
    home.set("TAVOLA_PASSWORD", PASSWORD);
    home.run(&["login"]).prints("", &format!("signed in to the default site of `{url}` as `admin`\n"));
}
