//! Permissions, as commands list, change and explain them.

use serde_json::json;

use crate::support::{Home, Server};

const BOOK: &str = "<?xml version='1.0' encoding='utf-8' ?><workbook version='18.1'><worksheets><worksheet name='A'/>\
    </worksheets><windows><window class='worksheet' name='A'/></windows></workbook>";

const RULES: &[&str] = &["--fields", "grantee,name,capability,mode", "--filter", "name=ann"];

#[test]
fn permissions_are_listed_set_explained_and_removed() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.done(&["project", "create", "Finance"]);
    home.done(&["user", "add", "ann", "--role", "Viewer"]);
    home.write("Sales.twb", BOOK);
    home.done(&["workbook", "publish", "Sales.twb", "--project", "Finance"]);
    let on = |command: &'static str| ["permissions", command, "--workbook", "Sales"];

    let set = ["--user", "ann", "--template", "view", "--deny", "ExportData,ExportImage"];
    home.run(&[&on("set")[..], &set].concat()).prints(
        "",
        "allowed the user `ann` Read, Filter, ViewComments, AddComment, and denied the user `ann` ExportData, ExportImage \
         on the workbook `Sales`\n",
    );
    home.run(&[&on("list")[..], RULES].concat()).prints(
        "\
GRANTEE  NAME  CAPABILITY    MODE
user     ann   AddComment    Allow
user     ann   ExportData    Deny
user     ann   ExportImage   Deny
user     ann   Filter        Allow
user     ann   Read          Allow
user     ann   ViewComments  Allow
",
        "",
    );
    // What was said before is turned round, and nothing of it where the server refuses the rest.
    home.run(&[&on("set")[..], &["--user", "ann", "--deny", "read", "--allow", "ExportData,Connect"]].concat()).fails(
        1,
        "\
error: cannot change the permissions of the workbook `Sales`
  why: the server refused `Add Workbook Permissions`: Bad Request: a workbook has no capability Connect that could be allowed or denied (400009)
",
    );
    home.done(&[&on("set")[..], &["--user", "ann", "--deny", "read", "--allow", "ExportData"]].concat());
    home.done(&[&on("set")[..], &["--group", "All Users", "--deny", "Filter"]].concat());
    let group = home.json(&[&on("list")[..], &["--filter", "grantee=group", "--filter", "mode=Deny"]].concat());
    assert_eq!((&group[0]["name"], &group[0]["capability"]), (&json!("All Users"), &json!("Filter")));
    let by_id = group[0]["id"].as_str().unwrap();
    home.done(&[&on("set")[..], &["--group", by_id, "--deny", "Filter"]].concat());

    let explain = ["permissions", "explain", "ann", "--workbook", "Sales", "--filter"];
    home.run(&[&explain[..], &["capability in Read,Filter,ExportData,ShareView,Write"]].concat()).prints(
        "\
CAPABILITY  MODE   DECIDED BY
Read        Deny   the user's own rule
Filter      Allow  the user's own rule
ExportData  Allow  the user's own rule
ShareView   Allow  rule for the group `All Users`
Write       Deny   the site role
",
        "what `ann`, Viewer, may do with the workbook `Sales`:\n",
    );
    home.run(&["permissions", "explain", "admin", "--view", "A", "--filter", "capability=Read"]).prints(
        "CAPABILITY  MODE   DECIDED BY\nRead        Allow  administering the site\n",
        "what `admin`, ServerAdministrator, may do with the view `A`:\n",
    );

    home.run(&[&on("remove")[..], &["--user", "ann", "--capability", "Read,Write"]].concat())
        .prints("", "removed Deny Read for the user `ann` on the workbook `Sales`\n");
    home.done(&[&on("remove")[..], &["--user", "ann"]].concat());
    home.run(&[&on("remove")[..], &["--user", "ann"]].concat())
        .fails(1, "error: there is no such rule for the user `ann` on the workbook `Sales`\n");
}

#[test]
fn a_project_has_rules_about_what_is_in_it() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.done(&["project", "create", "Finance"]);
    home.done(&["project", "create", "Reports", "--parent", "Finance"]);
    home.done(&["user", "add", "ann", "--role", "Creator"]);
    home.done(&["permissions", "set", "--project", "Finance", "--user", "ann", "--allow", "ProjectLeader"]);
    let flows = ["--project", "Finance", "--default", "flow"];
    home.done(&[&["permissions", "set"][..], &flows, &["--user", "ann", "--deny", "Execute"]].concat());
    home.run(&[&["permissions", "list"][..], &flows, RULES].concat())
        .prints("GRANTEE  NAME  CAPABILITY  MODE\nuser     ann   Execute     Deny\n", "");
    home.run(&[&["permissions", "list", "--project", "Finance/Reports"][..], RULES].concat())
        .prints("GRANTEE  NAME  CAPABILITY              MODE\nuser     ann   InheritedProjectLeader  Allow\n", "");
    home.run(&["permissions", "explain", "ann", "--project", "Finance/Reports", "--filter", "capability=Write"])
        .prints(
            "CAPABILITY  MODE   DECIDED BY\nWrite       Allow  leading the project `Finance`, by the user's own rule\n",
            "what `ann`, Creator, may do with the project `Reports`:\n",
        );
    home.done(&["project", "update", "Finance", "--content-permissions", "LockedToProject"]);
    let finance = home.json(&["project", "show", "Finance"]);
    let locked = home.run(&["permissions", "list", "--project", "Finance/Reports", "--limit", "1"]);
    let words = format!(
        "the project `{}` decides about the permissions of the project `Finance/Reports`\n",
        finance["id"].as_str().unwrap()
    );
    assert_eq!((locked.code, locked.stderr.as_str()), (0, words.as_str()));
}

#[test]
fn what_makes_no_sense_is_not_sent() {
    let home = Home::new();
    for (arguments, words) in [
        (&["list"][..], "were not provided"),
        (&["list", "--workbook", "W", "--project", "P"], "cannot be used with"),
        (&["list", "--workbook", "W", "--default", "workbook"], "cannot be used with"),
        (&["list", "--project", "P", "--default", "view"], "invalid value 'view'"),
        (&["set", "--workbook", "W", "--user", "ann"], "were not provided"),
        (&["set", "--workbook", "W", "--allow", "Read"], "were not provided"),
        (&["set", "--workbook", "W", "--user", "ann", "--group", "g", "--allow", "Read"], "cannot be used with"),
        (&["set", "--workbook", "W", "--user", "ann", "--allow", "Hope"], "invalid value 'Hope'"),
        (&["set", "--workbook", "W", "--user", "ann", "--allow", "Read", "--deny", "read"], "both allowed and denied"),
    ] {
        let ran = home.run(&[&["permissions"][..], arguments].concat());
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(words), "{arguments:?}: {}", ran.stderr);
    }
}
