//! A site's permissions as a file: exported, compared, applied.

use std::{
    fs,
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use serde_json::json;

use crate::support::{Home, PASSWORD, Server};

const BOOK: &str = "<?xml version='1.0' encoding='utf-8' ?><workbook version='18.1'><worksheets><worksheet name='A'/>\
    </worksheets><windows><window class='worksheet' name='A'/></windows></workbook>";

const EXPORT: &[&str] = &["permissions", "export"];

fn with_users(server: &Server) -> Home {
    let home = Home::new().signed_in(server);
    for (name, role) in [("ann", "Creator"), ("bob", "Viewer")] {
        home.done(&["user", "add", name, "--role", role]);
    }
    home
}

/// A site with a bit of everything.
fn filled(server: &Server) -> Home {
    let home = with_users(server);
    home.done(&["group", "create", "Finance", "--minimum-site-role", "Explorer"]);
    home.done(&["group", "add", "Finance", "ann", "bob"]);
    home.done(&["group", "create", "Sales"]);
    home.done(&["group-set", "create", "Both", "Finance", "Sales"]);
    home.done(&["project", "create", "Open", "--description", "two\nlines", "--owner", "ann"]);
    home.done(&["project", "create", "a/b", "--parent", "Open"]);
    home.done(&["project", "create", "Locked", "--content-permissions", "LockedToProject"]);
    home.done(&["project", "create", "Within", "--parent", "Locked"]);
    let set = |on: &[&str], rest: &[&str]| home.done(&[&["permissions", "set"], on, rest].concat());
    set(&["--project", r"Open/a\/b"], &["--user", "bob", "--allow", "Read,Write"]);
    set(&["--project", "Open"], &["--group-set", "Both", "--allow", "ProjectLeader"]);
    set(&["--project", "Locked", "--default", "workbook"], &["--group", "Finance", "--deny", "ExportData,Write"]);
    home.done(&["permissions", "remove", "--project", "Locked", "--group", "All Users"]);
    home.done(&["permissions", "remove", "--project", "Locked", "--group", "All Users", "--default", "flow"]);
    home
}

#[test]
fn what_one_site_exports_makes_another_the_same() {
    let (first, second) = (Server::start(), Server::start());
    let (from, to) = (filled(&first), with_users(&second));
    from.run(&["permissions", "export", "site.toml", "--members"]).prints("", "wrote `site.toml`\n");
    let text = fs::read_to_string(from.path("site.toml")).unwrap();
    assert_eq!(from.done(&[EXPORT, &["--members"]].concat()), text, "the order never changes");
    to.write("site.toml", &text);

    let before = to.done(&[EXPORT, &["--members"]].concat());
    let diff = to.run(&["permissions", "diff", "site.toml"]);
    assert_eq!((diff.code, diff.stderr.as_str()), (1, ""), "{diff:?}");
    let made = diff.stdout.lines().count();
    let dry = to.run(&["permissions", "apply", "site.toml", "--dry-run"]);
    dry.prints(&diff.stdout, &format!("{made} changes to make; nothing was changed\n"));
    let asked = to.run(&["permissions", "apply", "site.toml"]);
    assert_eq!(asked.stderr, "error: there is no terminal to ask on: --yes makes these changes\n");
    assert_eq!(to.done(&[EXPORT, &["--members"]].concat()), before, "nothing was changed so far");

    to.run(&["permissions", "apply", "site.toml", "--yes"]).prints(&diff.stdout, &format!("made {made} changes\n"));
    assert_eq!(to.done(&[EXPORT, &["--members"]].concat()), text);
    let nothing = "there is nothing to do: the site is as the file has it\n";
    to.run(&["permissions", "apply", "site.toml"]).prints("", nothing);
    to.run(&["permissions", "diff", "site.toml", "--prune"]).prints("", nothing);
    assert_eq!(to.json(&["permissions", "diff", "site.toml"]), json!([]));
    assert_eq!(to.json(EXPORT)["group"][1], json!({"name": "Finance", "minimum-site-role": "Explorer"}));

    // What is in a locked project, and a project within, has to obey, and is not written.
    let locked = text.split("[[project]]\n").find(|table| table.starts_with("path = \"Locked/Within\"")).unwrap();
    assert_eq!(locked.trim_end(), "path = \"Locked/Within\"\nowner = \"admin\"");
}

#[test]
fn content_has_rules_in_the_file_too() {
    let (first, second) = (Server::start(), Server::start());
    let (from, to) = (filled(&first), with_users(&second));
    to.write("site.toml", &from.done(EXPORT));
    to.done(&["permissions", "apply", "site.toml", "--yes"]);
    for home in [&from, &to] {
        home.write("Sales.twb", BOOK);
        home.write("Hidden.twb", BOOK);
        home.done(&["workbook", "publish", "Sales.twb", "--project", "Open", "--show-tabs"]);
        home.done(&["workbook", "publish", "Hidden.twb", "--project", r"Open/a\/b"]);
        home.done(&["workbook", "publish", "Sales.twb", "--project", "Locked"]);
    }
    let set = |on: &[&str], rest: &[&str]| from.done(&[&["permissions", "set"], on, rest].concat());
    set(&["--workbook", "Hidden"], &["--user", "bob", "--template", "View", "--deny", "ExportData"]);
    set(&["--view", "Hidden/sheets/A"], &["--group", "Finance", "--deny", "Filter"]);
    let text = from.done(&[EXPORT, &["--content"]].concat());
    let tables: Vec<&str> = text.lines().filter(|line| line.starts_with("[[w") || line.starts_with("[[v")).collect();
    assert_eq!(
        tables,
        ["[[workbook]]", "[[workbook]]", "[[view]]"],
        "locked content and views under tabs are not there"
    );

    to.write("content.toml", &text);
    assert_eq!(to.run(&["permissions", "diff", "content.toml", "--prune"]).code, 1);
    to.done(&["permissions", "apply", "content.toml", "--prune", "--yes"]);
    assert_eq!(to.done(&[EXPORT, &["--content"]].concat()), text);

    // Where the project decides, the file may not.
    to.write("locked.toml", "[[workbook]]\nname = \"Sales\"\nproject = \"Locked\"\nrules = []\n");
    to.run(&["permissions", "diff", "locked.toml"]).fails(
        2,
        "\
error: cannot use `locked.toml`, line 2
  why: the workbook `Sales` in `Locked` can have no rules of its own: the project `Locked` decides about them
",
    );
    // A lock that ends gives the rules free that the file has.
    let free = "[[project]]\npath = \"Locked\"\ncontent-permissions = \"ManagedByOwner\"\n[[workbook]]\nname = \"Sales\"\n\
        project = \"Locked\"\nrules = [{ user = \"bob\", allow = [\"Read\"] }]\n";
    to.write("free.toml", free);
    to.run(&["permissions", "apply", "free.toml", "--yes"]).prints(
        "~ project `Locked`: ManagedByOwner, not LockedToProject\n+ workbook `Sales` in `Locked`: Allow Read to user `bob`\n",
        "made 2 changes\n",
    );
    assert_eq!(to.run(&["permissions", "diff", "free.toml"]).code, 0);
}

#[test]
fn with_prune_what_the_file_lacks_goes_but_never_what_holds_something() {
    let server = Server::start();
    let home = filled(&server);
    home.write("Sales.twb", BOOK);
    home.done(&["workbook", "publish", "Sales.twb", "--project", "Locked/Within"]);
    let file = "[[group]]\nname = \"Finance\"\nusers = [\"ann\"]\n\n[[project]]\npath = \"Default\"\nrules = []\n";
    home.write("little.toml", file);
    assert_eq!(home.run(&["permissions", "diff", "little.toml"]).code, 0, "without --prune all of it stays");
    let plan = "\
- project `Default`: Allow Read, Write to group `All Users`
- group `Finance`: user `bob`
- group `Sales`
- project `Open/a\\/b`, which holds nothing
- project `Open`, which holds nothing
";
    home.run(&["permissions", "apply", "little.toml", "--prune", "--yes"]).prints(plan, "made 5 changes\n");
    assert_eq!(home.run(&["permissions", "diff", "little.toml", "--prune"]).code, 0);
    let names = |command: &str| {
        let list = home.json(&[command, "list", "--fields", "name"]);
        let mut names: Vec<String> =
            list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    assert_eq!(names("project"), ["Default", "Locked", "Within"]);
    assert_eq!((names("group"), names("group-set")), (vec!["All Users".into(), "Finance".into()], vec!["Both".into()]));
    assert_eq!(names("workbook"), ["Sales"]);
    assert_eq!(names("user"), ["admin", "ann", "bob"]);
}

/// A server that does not know which of its projects are empty, as others than ours do not: the path is another one to it.
fn without_our_paths(server: &Server) -> String {
    let (listener, server) = (TcpListener::bind("127.0.0.1:0").unwrap(), server.http);
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(server).unwrap();
            let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || {
                let mut piece = [0; 1 << 16];
                while let Ok(length @ 1..) = from_client.read(&mut piece) {
                    let text = String::from_utf8_lossy(&piece[..length]).replace("/withoutContent", "/no-such-path-x");
                    to_server.write_all(text.replace("/ifEmpty", "/nowhere").as_bytes()).unwrap();
                }
            });
            let (mut from_server, mut to_client) = (server, client);
            thread::spawn(move || io::copy(&mut from_server, &mut to_client));
        }
    });
    url
}

#[test]
fn projects_stay_where_the_server_does_not_tell_that_nothing_lies_in_them() {
    let server = Server::start();
    let home = Home::new();
    let mut login = home.command(&["login", &without_our_paths(&server), "--username", "admin"]);
    assert!(login.env("TAVOLA_PASSWORD", PASSWORD).output().unwrap().status.success());
    home.done(&["project", "create", "Empty"]);
    home.write("little.toml", "[[project]]\npath = \"Default\"\n");
    assert_eq!(home.run(&["permissions", "diff", "little.toml", "--prune"]).code, 0);
    let direct = Home::new().signed_in(&server);
    direct.write("little.toml", "[[project]]\npath = \"Default\"\n");
    direct
        .run(&["permissions", "apply", "little.toml", "--prune", "--yes"])
        .prints("- project `Empty`, which holds nothing\n", "made 1 change\n");
}

#[test]
fn nobody_locks_themselves_out_unless_they_say_so() {
    let server = Server::start();
    let admin = with_users(&server);
    admin.run_with_input(&["user", "update", "ann", "--password-stdin"], PASSWORD);
    admin.done(&["project", "create", "Finance"]);
    admin.done(&["group", "create", "Leaders"]);
    admin.done(&["group", "add", "Leaders", "ann"]);
    admin.done(&["permissions", "set", "--project", "Finance", "--group", "Leaders", "--allow", "ProjectLeader"]);
    let ann = Home::new();
    let login = ann.command(&["login", &server.url(), "--username", "ann"]).env("TAVOLA_PASSWORD", PASSWORD).output();
    assert!(login.unwrap().status.success());

    ann.write("none.toml", "[[project]]\npath = \"Finance\"\nrules = [{ user = \"bob\", allow = [\"Read\"] }]\n");
    let before = admin.done(EXPORT);
    let refused = ann.run(&["permissions", "apply", "none.toml", "--prune", "--yes"]);
    assert_eq!(
        (refused.code, refused.stderr.as_str()),
        (
            2,
            "\
error: this would lock you out: nothing was changed
  why: you could not change the permissions any more of the project `Finance`
 hint: --even-if-locked-out does it all the same
"
        )
    );
    assert_eq!(admin.done(EXPORT), before);
    // An administrator needs no rule.
    admin.write("none.toml", &fs::read_to_string(ann.path("none.toml")).unwrap());
    assert_eq!(admin.run(&["permissions", "apply", "none.toml", "--prune", "--dry-run"]).code, 0);

    // What the caller gives comes before what the caller loses.
    ann.write(
        "own.toml",
        "[[project]]\npath = \"Finance\"\nrules = [{ user = \"ann\", allow = [\"ProjectLeader\"] }, { user = \"bob\", \
         allow = [\"Read\"] }]\n",
    );
    ann.done(&["permissions", "apply", "own.toml", "--prune", "--yes"]);
    assert_eq!(ann.run(&["permissions", "diff", "own.toml", "--prune"]).code, 0);
    ann.done(&["permissions", "apply", "none.toml", "--prune", "--yes", "--even-if-locked-out"]);
    assert_eq!(admin.run(&["permissions", "diff", "none.toml", "--prune"]).code, 0);
}

#[test]
fn the_first_refusal_ends_it_and_what_was_done_is_told() {
    let server = Server::start();
    let admin = with_users(&server);
    admin.run_with_input(&["user", "update", "ann", "--password-stdin"], PASSWORD);
    for project in ["A", "B", "C"] {
        admin.done(&["project", "create", project]);
    }
    for project in ["A", "C"] {
        admin.done(&["permissions", "set", "--project", project, "--user", "ann", "--allow", "ProjectLeader"]);
    }
    let ann = Home::new();
    let login = ann.command(&["login", &server.url(), "--username", "ann"]).env("TAVOLA_PASSWORD", PASSWORD).output();
    assert!(login.unwrap().status.success());
    let rules = "rules = [{ user = \"bob\", allow = [\"Write\"] }]";
    let file = ["A", "B", "C"].map(|project| format!("[[project]]\npath = \"{project}\"\n{rules}\n")).concat();
    ann.write("site.toml", &file);
    let ran = ann.run(&["permissions", "apply", "site.toml", "--yes"]);
    assert_eq!(
        (ran.code, ran.stderr.as_str()),
        (
            1,
            "\
made:     + project `A`: Allow Write to user `bob`
not made: + project `B`: Allow Write to user `bob`
not made: + project `C`: Allow Write to user `bob`
1 of 3 changes made; the same command goes on from there
error: cannot make this change: + project `B`: Allow Write to user `bob`
  why: the server refused `Add Project Permissions`: Forbidden: this needs the capability ProjectLeader (403004)
 hint: `tavola whoami` shows as whom you are signed in, and with which site role
"
        )
    );
    // Who may do the rest goes on from there.
    admin.write("site.toml", &file);
    let json = admin.run(&["permissions", "diff", "site.toml", "--json"]);
    let rows: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json.code, rows.as_array().unwrap().len()), (1, 2));
    assert_eq!(
        rows[0],
        json!({
            "action": "add",
            "words": "project `B`: Allow Write to user `bob`",
            "on": {"project": "B"},
            "grantee": "user",
            "name": "bob",
            "mode": "Allow",
            "capabilities": ["Write"],
        })
    );
    admin.run(&["permissions", "apply", "site.toml", "--yes"]).prints(
        "+ project `B`: Allow Write to user `bob`\n+ project `C`: Allow Write to user `bob`\n",
        "made 2 changes\n",
    );
}

#[test]
fn mistakes_in_a_file_are_told_with_their_lines() {
    let server = Server::start();
    let home = with_users(&server);
    home.write("site.toml", "[[group]]\nname = \"G\"\nusers = [\"nobody\"]\n\n[[project]]\npath = \"X/Y\"\n");
    home.run(&["permissions", "apply", "site.toml", "--yes"]).fails(
        2,
        "\
error: cannot use `site.toml`, line 3
  why: there is no user `nobody` on this site
error: cannot use `site.toml`, line 6
  why: there is no project `X` for `X/Y` to lie in, neither on the site nor here
error: `site.toml` has 2 mistakes: nothing was changed
",
    );
    let input = "[[group]]\nname = \"G\"\nmembers = []\n";
    let ran = home.run_with_input(&["permissions", "diff", "-"], input);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.starts_with("error: cannot use standard input, line 3\n  why: unknown field `members`"),
        "{ran:?}"
    );
    home.run(&["permissions", "diff", "none.toml"])
        .fails(2, "error: cannot read `none.toml`\n  why: No such file or directory (os error 2)\n");
    let ran = Home::new().run(&["permissions", "diff"]);
    assert!(ran.code == 2 && ran.stderr.contains("<FILE>"), "{ran:?}");
}
