//! Users and sites, as commands change them.

use std::{fs::File, process::Stdio};

use serde_json::json;

use crate::support::{Home, Server, end_of};

#[test]
fn users_are_added_shown_changed_and_removed() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.run(&["user", "add", "ann", "--role", "viewer", "--full-name", "Ann Lee", "--email", "ann@example.com"])
        .prints("", "added the user `ann` as Viewer\n");
    let ann = home.json(&["user", "show", "ann"]);
    for (field, value) in
        [("name", "ann"), ("fullName", "Ann Lee"), ("email", "ann@example.com"), ("siteRole", "Viewer")]
    {
        assert_eq!(ann[field], value, "{ann}");
    }
    home.run(&["user", "add", "ann", "--role", "Viewer"]).fails(
        1,
        "\
error: cannot add the user `ann`
  why: the server refused `Add User to Site`: Resource Conflict: user `ann` is on the site already (409000)
",
    );
    home.run(&["user", "update", "ann", "--role", "Creator"]).prints("", "changed the user `ann`\n");
    assert_eq!(home.json(&["user", "show", ann["id"].as_str().unwrap()])["siteRole"], "Creator");
    home.run(&["user", "update", "ann"]).fails(
        2,
        "error: there is nothing to change: give --role, --full-name, --email, --auth-setting or a password\n",
    );
    home.run(&["user", "remove", "ann"]).prints("", "removed the user `ann` from the site\n");
    home.run(&["user", "show", "ann"])
        .fails(1, "error: there is no user `ann` on this site\n hint: `tavola user list` shows all\n");
}

#[test]
fn a_user_with_a_password_can_sign_in_and_may_not_do_what_administrators_may() {
    let server = Server::start();
    let admin = Home::new().signed_in(&server);
    let added =
        admin.run_with_input(&["user", "add", "bob", "--role", "Viewer", "--password-stdin"], "bob's own pass\n");
    added.prints("", "added the user `bob` as Viewer\n");
    let home = Home::new();
    let login = ["login", &server.url(), "--username", "bob", "--password-stdin"];
    home.run_with_input(&login, "bob's own pass")
        .prints("", &format!("signed in to the default site of `{}` as `bob`\n", server.url()));
    let ran = home.run(&["user", "add", "carl", "--role", "Viewer"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(
        ran.stderr.starts_with("error: cannot add the user `carl`\n  why: the server refused `Add User to Site`: ")
    );
    assert!(ran.stderr.ends_with(" hint: `tavola whoami` shows as whom you are signed in, and with which site role\n"));
}

#[test]
fn sites_are_made_shown_changed_and_deleted() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.run(&["site", "create", "Sales & Co", "--user-quota", "5", "--set", "runNowEnabled=false"])
        .prints("", "made the site `Sales & Co`; its contentUrl is `SalesCo`\n");
    for name in ["SalesCo", "Sales & Co"] {
        let site = home.json(&["site", "show", name]);
        assert_eq!((&site["userQuota"], &site["runNowEnabled"]), (&json!("5"), &json!(false)), "{site}");
    }
    home.run(&["site", "update", "SalesCo", "--set", "unheardOf=1"])
        .fails(2, "error: a site has no setting `unheardOf`\n");
    home.run(&["site", "update", "SalesCo", "--name", "Sales", "--state", "Suspended"])
        .prints("", "changed the site `Sales`\n");
    assert_eq!(home.json(&["site", "show", "SalesCo"])["state"], "Suspended");
    home.run(&["site", "delete", "Sales", "--yes"]).prints("", "deleted the site `Sales`\n");
    let gone = home.run(&["site", "show", "Sales"]);
    assert_eq!((gone.code, gone.stdout.as_str()), (1, ""));
    assert!(gone.stderr.starts_with("error: cannot find the site `Sales`\n  why: the server refused `Query Site`: "));
    assert!(gone.stderr.ends_with("\n hint: `tavola site list` shows all\n"), "{}", gone.stderr);
    assert_eq!(home.json(&["site", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn tokens_are_made_listed_and_revoked() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    let made = home.json(&["token", "create", "ci", "--expires", "2027-01-31"]);
    assert_eq!((&made["tokenName"], &made["expiresAt"]), (&json!("ci"), &json!("2027-01-31T23:59:59Z")));
    assert!(made["secret"].as_str().unwrap().len() > 40);
    let id = made["tokenGuid"].as_str().unwrap();
    home.run(&["token", "list"]).prints(
        &format!(
            "\
TOKEN NAME  LAST USED AT  EXPIRES AT            TOKEN GUID
ci          -             2027-01-31T23:59:59Z  {id}
"
        ),
        "",
    );
    home.run(&["token", "create", "x", "--expires", "soon"]).fails(
        2,
        "\
error: invalid value 'soon' for '--expires <DATE>': it is neither a day such as 2026-12-31 nor a time such as 2026-12-31T18:00:00Z

For more information, try '--help'.
",
    );
    home.run(&["token", "revoke", "ci"]).prints("", "revoked the token `ci`\n");
    home.run(&["token", "revoke", "ci"])
        .fails(1, "error: there is no token `ci`\n hint: `tavola token list` shows all\n");
    home.run(&["token", "list"]).prints("", "no tokens\n");
    home.run(&["token", "list", "--quiet"]).prints("", "");
}

#[test]
fn a_token_whose_secret_does_not_get_out_is_named() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    let full = File::options().write(true).open("/dev/full").unwrap();
    let made = home.command(&["token", "create", "ci"]).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    end_of(made).fails(
        2,
        "\
warning: the token `ci` was made, but its secret is lost: `tavola token revoke 'ci'` undoes it
error: cannot write to standard output
  why: No space left on device (os error 28)
",
    );
}

#[test]
fn a_name_is_never_stored_as_another() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.run(&["user", "add", "a\u{1b}b", "--role", "Viewer"]).fails(
        2,
        "\
error: cannot add the user `a\u{fffd}b`
  why: `name` holds the character U+001B, which XML cannot carry
",
    );
    assert_eq!(home.json(&["user", "list"]).as_array().unwrap().len(), 1);
}
