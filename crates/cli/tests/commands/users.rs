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

#[test]
fn many_users_are_added_and_removed_by_a_file_and_refused_lines_are_told() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.write("users.csv", "ann,,Ann Lee,Creator,None,true,ann@example.com\nbob,,,Viewer\n");
    home.run(&["user", "import", "users.csv", "--dry-run"])
        .prints("", "nothing is changed; an import would end so:\n2 users were added to the site\n");
    home.run(&["user", "import", "users.csv"]).prints("", "2 users were added to the site\n");
    assert_eq!(home.json(&["user", "show", "ann"])["siteRole"], "Creator");
    // The same again changes nothing.
    home.run(&["user", "import", "users.csv"]).prints("", "");

    let file = "ann,,,Viewer\nboss,secret-1,,Boss\ncy,,,Viewer\n,secret-2\n";
    let ran = home.run_with_input(&["user", "import", "-", "--auth-setting", "saml"], file);
    ran.fails(
        1,
        "\
1 user was added to the site
1 user was given another site role
1 user was changed
line 2: `boss`: the licence is none of Creator, Explorer, Viewer and Unlicensed
line 4: ``: there is no user name
error: cannot import the users of standard input: 2 lines were refused
",
    );
    assert_eq!(home.json(&["user", "show", "cy"])["authSetting"], "SAML");

    home.write("gone.csv", "cy\nnobody\n");
    let ran = home.run(&["user", "remove", "--csv", "gone.csv", "--json"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (1, "error: cannot remove the users of `gone.csv`: one line was refused\n")
    );
    let job: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(job["finishCode"], 0, "{job}");
    let names = home.json(&["user", "list", "--fields", "name"]);
    assert_eq!(names, json!([{ "name": "admin" }, { "name": "ann" }, { "name": "bob" }]));

    home.run(&["user", "import", "none.csv"])
        .fails(2, "error: cannot read `none.csv`\n  why: No such file or directory (os error 2)\n");
    home.write("empty.csv", "");
    let ran = home.run(&["user", "import", "empty.csv"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("the file holds no user"), "{}", ran.stderr);
}

#[test]
fn whoever_does_not_wait_for_a_job_can_ask_for_it() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.write("users.csv", "ann,,,Viewer\n");
    let ran = home.run(&["user", "import", "users.csv", "--no-wait"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let id = ran.stdout.trim_end();
    // A second one is waited for; it ends after the first or beside it.
    home.done(&["user", "import", "users.csv"]);
    assert_eq!(home.json(&["job", "show", id])["id"], id);
    let other = "11111111-1111-1111-1111-111111111111";
    let ran = home.run(&["job", "show", other]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.starts_with(&format!("error: cannot show the job `{other}`\n")), "{}", ran.stderr);
    home.run(&["user", "remove"]).fails(
        2,
        "\
error: the following required arguments were not provided:
  <USER|--csv <FILE>>

Usage: tavola user remove <USER|--csv <FILE>>

For more information, try '--help'.
",
    );
    home.run(&["user", "remove", "ann", "--no-wait"]).fails(
        2,
        "\
error: the argument '[USER]' cannot be used with '--no-wait'

Usage: tavola user remove <USER|--csv <FILE>>

For more information, try '--help'.
",
    );
}
