//! What the program says of itself.

use std::fs;

use crate::support::Home;

#[test]
fn the_first_help_lists_what_can_be_done() {
    let ran = Home::new().run(&["-h"]);
    ran.prints(
        "\
Both ends of the Tableau Server REST API

Usage: tavola [OPTIONS] <COMMAND>

Commands:
  login               Sign in to a server and keep the session
  logout              End the session and forget the secret
  whoami              Show who is signed in, and where
  status              Show what the server is, and how this machine signs in to it
  profile             Switch between servers, sites and users that have been signed in to
  token               Make, list and revoke personal access tokens
  site                Make, list and change sites
  user                Add, list and change users of a site
  group               Make, list and change groups of users, and who is in them
  group-set           Make, list and change sets of groups
  project             Make, list, change and move projects
  workbook            Publish, find, change, download and export workbooks
  view                List, tag, delete and export views, save their preview images
  datasource          Publish, find, change and download data sources
  flow                Publish, find, change and download flows
  virtual-connection  Publish, find, change and download virtual connections
  custom-view         Publish, find, change and download custom views, make them users' default
  favorite            List favorites, add and remove them, put them in order
  tag                 Put tags on many things at once, or take them off
  permissions         Say who may do what with content, and find out why
  recycle-bin         List, restore and purge deleted content
  connected-app       Make, list and change connected apps and their secrets
  eas                 Register, list and change servers whose JSON web tokens sign users in
  oidc                Make, list and change configurations of OpenID Connect
  scim                Let an identity provider manage users and groups by SCIM
  session             List and end sessions
  job                 Show background jobs and wait for them
  serve               Run a server
  admin               Look after the data of a server
  draw                Draw views of a workbook's file, without a server
  engine              Bring the engine that asks and changes the data in extracts
  demo                Show the whole flow on a server that is made for it and gone afterwards
  completions         Write the script that completes commands in a shell
  man                 Write manual pages
  help                Print this message or the help of the given subcommand(s)

Options:
  -h, --help     Print help (see more with '--help')
  -V, --version  Print version

Global options:
      --server <ADDRESS>    The server's address [env: TAVOLA_SERVER]
      --site <CONTENT_URL>  The site's contentUrl, its name in URLs; \"\" is the default site [env:
                            TAVOLA_SITE]
      --profile <NAME>      The profile to use instead of the current one
      --json                Write data as JSON
      --cacert <FILE>       Trust the certificates in this PEM file beside the system's
      --client-cert <FILE>  Show the server the client certificate in this PEM file
      --client-key <FILE>   The key of the client certificate, a PEM file
      --insecure            Do not check the server's certificate: whoever is in between can read
                            everything
      --timeout <SECONDS>   Give up a call after this many seconds
  -q, --quiet               Say nothing but data, warnings and errors
  -v, --verbose             Say what is done meanwhile
",
        "",
    );
}

#[test]
fn flags_about_a_server_are_not_in_the_help_of_commands_that_call_none() {
    let ran = Home::new().run(&["demo", "-h"]);
    ran.prints(
        "\
Show the whole flow on a server that is made for it and gone afterwards

Usage: tavola demo [OPTIONS]

Options:
      --keep  Leave the server up afterwards, until Ctrl-C, and show how to call it
  -h, --help  Print help

Global options:
      --json     Write data as JSON
  -q, --quiet    Say nothing but data, warnings and errors
  -v, --verbose  Say what is done meanwhile
",
        "",
    );
}

#[test]
fn each_kind_of_content_has_the_commands_that_it_can_have() {
    let commands = |kind: &str| -> Vec<String> {
        let help = Home::new().done(&[kind, "-h"]);
        let commands = help.split_once("Commands:\n").unwrap().1.split_once("\n\n").unwrap().0;
        commands.lines().map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
    };
    let all = [
        "list",
        "show",
        "publish",
        "download",
        "update",
        "move",
        "delete",
        "tag",
        "untag",
        "revisions",
        "connections",
        "help",
    ];
    for kind in ["flow", "virtual-connection"] {
        assert_eq!(commands(kind), all, "{kind}");
    }
    assert_eq!(commands("workbook"), [&all[..all.len() - 1], &["export", "help"]].concat());
    let with_rows = [&all[..all.len() - 1], &["append", "update-data", "help"]].concat();
    assert_eq!(commands("datasource"), with_rows);
    assert_eq!(commands("view"), ["list", "show", "tag", "untag", "delete", "preview", "export", "help"]);
    let custom = ["list", "show", "publish", "download", "update", "delete", "users", "help"];
    assert_eq!(commands("custom-view"), custom);
    assert_eq!(commands("favorite"), ["list", "add", "remove", "order", "help"]);
}

#[test]
fn the_help_of_a_change_to_connections_says_where_the_password_comes_from() {
    let ran = Home::new().run(&["virtual-connection", "connections", "update", "-h"]);
    let (own, _) = ran.stdout.split_once("\nGlobal options:").unwrap();
    assert_eq!(
        own,
        "\
Change where it has its data from, or who signs in there

Usage: tavola virtual-connection connections update [OPTIONS] <ITEM> [CONNECTION]...

Arguments:
  <ITEM>           Its name or id
  [CONNECTION]...  The ids of the connections, as `connections list` shows them; not needed where
                   there is one

Options:
      --project <PROJECT>      The path or id of the project it lies in, where names are not enough
      --all                    Change all of them
      --server-address <HOST>  The name or address of the database's server
      --server-port <PORT>     Its port
      --user-name <NAME>       The user who signs in there
      --password               Set the user's password: that of TAVOLA_DB_PASSWORD, or it is asked
                               for
      --password-stdin         Read the password or secret from standard input, up to the end
                               [alias: --secret-stdin]
      --password-file <FILE>   Read the password or secret from this file [alias: --secret-file]
      --embed[=<BOOL>]         Keep the password in it, so that viewers need none, or with `=false`
                               do not [possible values: true, false]
  -h, --help                   Print help
"
    );
}

#[test]
fn the_version_is_one_line() {
    Home::new().run(&["--version"]).prints(concat!("tavola ", env!("CARGO_PKG_VERSION"), "\n"), "");
}

#[test]
fn each_shell_has_its_completions() {
    for (shell, sign) in [
        ("bash", "complete -F _tavola"),
        ("zsh", "#compdef tavola"),
        ("fish", "complete -c tavola"),
        ("powershell", "Register-ArgumentCompleter"),
        ("elvish", "edit:completion:arg-completer[tavola]"),
    ] {
        let script = Home::new().done(&["completions", shell]);
        assert!(script.contains(sign) && script.contains("auth-setting"), "{shell}: {script}");
    }
}

#[test]
fn each_command_has_its_manual_page() {
    let home = Home::new();
    home.run(&["man", "pages"]).prints("", "wrote the manual pages into `pages`\n");
    let mut pages: Vec<String> = fs::read_dir(home.path("pages"))
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    assert_eq!(
        pages,
        [
            "tavola-admin-audit.1",
            "tavola-admin-check.1",
            "tavola-admin.1",
            "tavola-completions.1",
            "tavola-connected-app-create.1",
            "tavola-connected-app-delete.1",
            "tavola-connected-app-list.1",
            "tavola-connected-app-secret-create.1",
            "tavola-connected-app-secret-delete.1",
            "tavola-connected-app-secret-show.1",
            "tavola-connected-app-secret.1",
            "tavola-connected-app-show.1",
            "tavola-connected-app-update.1",
            "tavola-connected-app.1",
            "tavola-custom-view-delete.1",
            "tavola-custom-view-download.1",
            "tavola-custom-view-list.1",
            "tavola-custom-view-publish.1",
            "tavola-custom-view-show.1",
            "tavola-custom-view-update.1",
            "tavola-custom-view-users-list.1",
            "tavola-custom-view-users-set.1",
            "tavola-custom-view-users.1",
            "tavola-custom-view.1",
            "tavola-datasource-append.1",
            "tavola-datasource-connections-list.1",
            "tavola-datasource-connections-update.1",
            "tavola-datasource-connections.1",
            "tavola-datasource-delete.1",
            "tavola-datasource-download.1",
            "tavola-datasource-list.1",
            "tavola-datasource-move.1",
            "tavola-datasource-publish.1",
            "tavola-datasource-revisions-download.1",
            "tavola-datasource-revisions-list.1",
            "tavola-datasource-revisions-remove.1",
            "tavola-datasource-revisions.1",
            "tavola-datasource-show.1",
            "tavola-datasource-tag.1",
            "tavola-datasource-untag.1",
            "tavola-datasource-update-data.1",
            "tavola-datasource-update.1",
            "tavola-datasource.1",
            "tavola-demo.1",
            "tavola-draw.1",
            "tavola-eas-delete.1",
            "tavola-eas-list.1",
            "tavola-eas-register.1",
            "tavola-eas-show.1",
            "tavola-eas-update.1",
            "tavola-eas.1",
            "tavola-engine-install.1",
            "tavola-engine-status.1",
            "tavola-engine.1",
            "tavola-favorite-add.1",
            "tavola-favorite-list.1",
            "tavola-favorite-order.1",
            "tavola-favorite-remove.1",
            "tavola-favorite.1",
            "tavola-flow-connections-list.1",
            "tavola-flow-connections-update.1",
            "tavola-flow-connections.1",
            "tavola-flow-delete.1",
            "tavola-flow-download.1",
            "tavola-flow-list.1",
            "tavola-flow-move.1",
            "tavola-flow-publish.1",
            "tavola-flow-revisions-download.1",
            "tavola-flow-revisions-list.1",
            "tavola-flow-revisions.1",
            "tavola-flow-show.1",
            "tavola-flow-tag.1",
            "tavola-flow-untag.1",
            "tavola-flow-update.1",
            "tavola-flow.1",
            "tavola-group-add.1",
            "tavola-group-create.1",
            "tavola-group-delete.1",
            "tavola-group-list.1",
            "tavola-group-remove.1",
            "tavola-group-set-add.1",
            "tavola-group-set-create.1",
            "tavola-group-set-delete.1",
            "tavola-group-set-list.1",
            "tavola-group-set-remove.1",
            "tavola-group-set-show.1",
            "tavola-group-set-update.1",
            "tavola-group-set.1",
            "tavola-group-show.1",
            "tavola-group-update.1",
            "tavola-group-users.1",
            "tavola-group.1",
            "tavola-job-show.1",
            "tavola-job-wait.1",
            "tavola-job.1",
            "tavola-login.1",
            "tavola-logout.1",
            "tavola-man.1",
            "tavola-oidc-create.1",
            "tavola-oidc-list.1",
            "tavola-oidc-remove.1",
            "tavola-oidc-show.1",
            "tavola-oidc-update.1",
            "tavola-oidc.1",
            "tavola-permissions-apply.1",
            "tavola-permissions-diff.1",
            "tavola-permissions-explain.1",
            "tavola-permissions-export.1",
            "tavola-permissions-list.1",
            "tavola-permissions-remove.1",
            "tavola-permissions-set.1",
            "tavola-permissions.1",
            "tavola-profile-list.1",
            "tavola-profile-remove.1",
            "tavola-profile-use.1",
            "tavola-profile.1",
            "tavola-project-create.1",
            "tavola-project-delete.1",
            "tavola-project-list.1",
            "tavola-project-move.1",
            "tavola-project-show.1",
            "tavola-project-update.1",
            "tavola-project.1",
            "tavola-recycle-bin-delete.1",
            "tavola-recycle-bin-empty.1",
            "tavola-recycle-bin-list.1",
            "tavola-recycle-bin-restore.1",
            "tavola-recycle-bin.1",
            "tavola-scim-create.1",
            "tavola-scim-delete.1",
            "tavola-scim-list.1",
            "tavola-scim-renew.1",
            "tavola-scim.1",
            "tavola-serve.1",
            "tavola-session-end.1",
            "tavola-session-list.1",
            "tavola-session.1",
            "tavola-site-create.1",
            "tavola-site-delete.1",
            "tavola-site-list.1",
            "tavola-site-show.1",
            "tavola-site-switch.1",
            "tavola-site-update.1",
            "tavola-site.1",
            "tavola-status.1",
            "tavola-tag-add.1",
            "tavola-tag-remove.1",
            "tavola-tag.1",
            "tavola-token-create.1",
            "tavola-token-list.1",
            "tavola-token-revoke.1",
            "tavola-token.1",
            "tavola-user-add.1",
            "tavola-user-import.1",
            "tavola-user-list.1",
            "tavola-user-remove.1",
            "tavola-user-show.1",
            "tavola-user-update.1",
            "tavola-user.1",
            "tavola-view-delete.1",
            "tavola-view-export.1",
            "tavola-view-list.1",
            "tavola-view-preview.1",
            "tavola-view-show.1",
            "tavola-view-tag.1",
            "tavola-view-untag.1",
            "tavola-view.1",
            "tavola-virtual-connection-connections-list.1",
            "tavola-virtual-connection-connections-update.1",
            "tavola-virtual-connection-connections.1",
            "tavola-virtual-connection-delete.1",
            "tavola-virtual-connection-download.1",
            "tavola-virtual-connection-list.1",
            "tavola-virtual-connection-move.1",
            "tavola-virtual-connection-publish.1",
            "tavola-virtual-connection-revisions-download.1",
            "tavola-virtual-connection-revisions-list.1",
            "tavola-virtual-connection-revisions.1",
            "tavola-virtual-connection-show.1",
            "tavola-virtual-connection-tag.1",
            "tavola-virtual-connection-untag.1",
            "tavola-virtual-connection-update.1",
            "tavola-virtual-connection.1",
            "tavola-whoami.1",
            "tavola-workbook-connections-list.1",
            "tavola-workbook-connections-update.1",
            "tavola-workbook-connections.1",
            "tavola-workbook-delete.1",
            "tavola-workbook-download.1",
            "tavola-workbook-export.1",
            "tavola-workbook-list.1",
            "tavola-workbook-move.1",
            "tavola-workbook-publish.1",
            "tavola-workbook-revisions-download.1",
            "tavola-workbook-revisions-list.1",
            "tavola-workbook-revisions-remove.1",
            "tavola-workbook-revisions.1",
            "tavola-workbook-show.1",
            "tavola-workbook-tag.1",
            "tavola-workbook-untag.1",
            "tavola-workbook-update.1",
            "tavola-workbook.1",
            "tavola.1",
        ]
    );
    let page = fs::read_to_string(home.path("pages/tavola-user-add.1")).unwrap();
    assert!(page.contains("Add a user to the site") && page.contains("site\\*(Aqs contentUrl"), "{page}");
    assert!(home.done(&["man"]).contains(".SH NAME"));
}
