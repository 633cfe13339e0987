//! Projects, as commands make, find and change them.

use serde_json::json;

use crate::support::{Home, Server};

#[test]
fn projects_are_made_shown_changed_moved_and_deleted() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.run(&["project", "create", "Finance", "--description", "Numbers"]).prints("", "made the project `Finance`\n");
    home.run(&["project", "create", "Reports", "--parent", "Finance"])
        .prints("", "made the project `Reports` in `Finance`\n");
    let finance = home.json(&["project", "show", "Finance"]);
    assert_eq!((&finance["name"], &finance["description"]), (&json!("Finance"), &json!("Numbers")));
    assert_eq!((&finance["owner"]["name"], &finance["writeable"]), (&json!("admin"), &json!(true)));
    let reports = home.json(&["project", "show", "Finance/Reports"]);
    assert_eq!(reports["parentProjectId"], finance["id"]);
    assert_eq!(home.json(&["project", "show", reports["id"].as_str().unwrap()]), reports);

    home.done(&["user", "add", "ann", "--role", "Creator"]);
    let change = ["--name", "Money", "--content-permissions", "lockedtoproject", "--owner", "ann"];
    home.run(&[&["project", "update", "Finance"][..], &change].concat()).prints("", "changed the project `Finance`\n");
    let money = home.json(&["project", "show", "Money"]);
    assert_eq!((&money["id"], &money["owner"]["name"]), (&finance["id"], &json!("ann")));
    assert_eq!(home.json(&["project", "show", "Money/Reports"])["controllingPermissionsProjectId"], finance["id"]);

    home.run(&["project", "move", "Money/Reports", "--top"])
        .prints("", "moved the project `Money/Reports` to the top\n");
    home.run(&["project", "move", "Reports", "--parent", "Default"])
        .prints("", "moved the project `Reports` into `Default`\n");
    home.run(&["project", "list", "--fields", "name,owner.name,content-permissions", "--sort", "name"]).prints(
        "\
NAME     OWNER NAME  CONTENT PERMISSIONS
Default  -           ManagedByOwner
Money    ann         LockedToProject
Reports  admin       ManagedByOwner
",
        "",
    );
    let names = |arguments: &[&str]| {
        let list = home.json(&[&["project", "list", "--fields", "name"], arguments].concat());
        list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["--filter", "top-level-project=true", "--sort", "-name"]), ["Money", "Default"]);
    assert_eq!(names(&["--filter", "owner-name=ann"]), ["Money"]);
    assert_eq!(names(&["--filter", "description has umber"]), ["Money"]);

    home.run(&["project", "delete", "Money", "--yes"]).prints("", "deleted the project `Money`\n");
    home.run(&["project", "show", "Money"]).fails(
        1,
        "\
error: there is no project `Money` on this site
 hint: `tavola project list` shows all; a `/` in a name is written `\\/`
",
    );
}

#[test]
fn a_path_leads_to_any_name() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.done(&["project", "create", "Top"]);
    home.done(&["project", "create", "Twin"]);
    home.done(&["project", "create", "Twin", "--parent", "Top"]);
    for (name, path) in [
        ("a/b", r"Top/a\/b"),
        (r"c\", r"Top/c\\"),
        ("x,name:eq:y", "Top/x,name:eq:y"),
        ("R&D 100% [é]", "Top/R&D 100% [é]"),
        ("\"q\" + <'>", "Top/\"q\" + <'>"),
    ] {
        home.done(&["project", "create", name, "--parent", "Top"]);
        assert_eq!(home.json(&["project", "show", path])["name"], name);
    }
    let [above, within] = ["Twin", "Top/Twin"].map(|path| home.json(&["project", "show", path]));
    assert_ne!(above["id"], within["id"]);
    home.run(&["project", "show", "Top/nowhere/Twin"]).fails(
        1,
        "\
error: there is no project `Top/nowhere/Twin` on this site: `nowhere` is not there
 hint: `tavola project list` shows all; a `/` in a name is written `\\/`
",
    );
    home.run(&["project", "show", "Top//Twin"]).fails(
        2,
        "\
error: `Top//Twin` is no path of a project: a name in it is empty
 hint: write it as Finance/Reports; a `/` in a name is written `\\/`
",
    );
}

#[test]
fn what_the_server_refuses_is_told() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.run(&["project", "create", "default"]).fails(
        1,
        "\
error: cannot make the project `default`
  why: the server refused `Create Project`: Resource Conflict: a project named `default` exists already in that place (409006)
",
    );
    home.run(&["project", "delete", "Default", "--yes"]).fails(
        1,
        "\
error: cannot delete the project `Default`
  why: the server refused `Delete Project`: Forbidden: the project Default cannot be deleted (403003)
 hint: `tavola whoami` shows as whom you are signed in, and with which site role
",
    );
    home.run(&["project", "delete", "Default"])
        .fails(2, "error: there is no terminal to ask on: --yes deletes the project with everything in it\n");
    home.run(&["project", "update", "Default"]).fails(
        2,
        "\
error: there is nothing to change: give --name, --description, --content-permissions or --owner
 hint: `tavola project move` changes its place
",
    );
    home.run(&["project", "move", "Default"]).fails(
        2,
        "\
error: the following required arguments were not provided:
  <--parent <PROJECT>|--top>

Usage: tavola project move <--parent <PROJECT>|--top> <PROJECT>

For more information, try '--help'.
",
    );
}
