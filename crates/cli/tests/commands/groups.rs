//! Groups and group sets, as commands make, fill and change them.

use serde_json::json;

use crate::support::{Home, Server};

#[test]
fn groups_are_made_filled_shown_changed_emptied_and_deleted() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    for name in ["ann", "bob", "O'Neil, Cy", "dora"] {
        home.done(&["user", "add", name, "--role", "Viewer"]);
    }
    home.run(&["group", "create", "Finance & Co", "--minimum-site-role", "explorer"])
        .prints("", "made the group `Finance & Co`\n");
    home.run(&["group", "add", "Finance & Co", "ann"]).prints("", "added the user `ann` to the group `Finance & Co`\n");
    let file = home.write("users.csv", "\u{feff}bob,x,Bob\r\n\"O'Neil, Cy\"\n\n");
    home.run(&["group", "add", "Finance & Co", "dora", "--csv", file.to_str().unwrap()])
        .prints("", "added 3 users to the group `Finance & Co`\n");
    home.run(&["group", "users", "Finance & Co", "--fields", "name,site-role", "--sort", "-name", "--limit", "3"])
        .prints(
            "\
NAME  SITE ROLE
dora  Viewer
bob   Viewer
ann   Viewer
",
            "",
        );
    let finance = home.json(&["group", "show", "Finance & Co"]);
    assert_eq!((&finance["minimumSiteRole"], &finance["userCount"]), (&json!("Explorer"), &json!("4")));
    let id = finance["id"].as_str().unwrap();
    assert_eq!(home.json(&["group", "show", id]), finance);
    home.run(&["group", "list", "--fields", "name,user-count,minimum-site-role"]).prints(
        "\
NAME          USER COUNT  MINIMUM SITE ROLE
All Users     5           -
Finance & Co  4           Explorer
",
        "",
    );
    let names = |filter: &str| {
        let list = home.json(&["group", "list", "--fields", "name", "--filter", filter]);
        list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names("user-count>4"), ["All Users"]);
    assert_eq!(names("minimum-site-role=Explorer"), ["Finance & Co"]);

    home.run(&["group", "remove", "Finance & Co", "bob"])
        .prints("", "took the user `bob` out of the group `Finance & Co`\n");
    home.run_with_input(&["group", "remove", "Finance & Co", "--csv", "-"], "ann\ndora\n")
        .prints("", "took 2 users out of the group `Finance & Co`\n");
    let left = home.json(&["group", "users", id, "--fields", "name"]);
    assert_eq!(left, json!([{"name": "O'Neil, Cy"}]));
    let change = ["--name", "Money", "--minimum-site-role", "Unlicensed", "--external-users"];
    home.run(&[&["group", "update", "Finance & Co"][..], &change].concat())
        .prints("", "changed the group `Finance & Co`\n");
    let money = home.json(&["group", "show", "Money"]);
    assert_eq!((&money["id"], &money["externalUserEnabled"]), (&finance["id"], &json!(true)));
    home.run(&["group", "update", "Money", "--external-users=false"]).prints("", "changed the group `Money`\n");

    home.run(&["group", "delete", "Money"])
        .fails(2, "error: there is no terminal to ask on: --yes deletes the group `Money`\n");
    home.run(&["group", "delete", "Money", "--yes"]).prints("", "deleted the group `Money`\n");
    home.run(&["group", "show", "Money"]).fails(
        1,
        "\
error: there is no group `Money` on this site
 hint: `tavola group list` shows all
",
    );
}

#[test]
fn what_cannot_be_done_with_groups_is_said() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.done(&["user", "add", "ann", "--role", "Viewer"]);
    home.done(&["group", "create", "Finance"]);
    home.run(&["group", "create", "FINANCE"]).fails(
        1,
        "\
error: cannot make the group `FINANCE`
  why: the server refused `Create Group`: Resource Conflict: a group named `FINANCE` exists already (409009)
",
    );
    home.run(&["group", "add", "Finance", "ann", "nobody"]).fails(
        1,
        "\
error: there is no user `nobody` on this site
 hint: `tavola user list` shows all
",
    );
    assert_eq!(home.json(&["group", "users", "Finance"]), json!([]));
    home.done(&["group", "add", "Finance", "ann"]);
    home.run(&["group", "add", "Finance", "ann"]).fails(
        1,
        "\
error: cannot add the user `ann` to the group `Finance`
  why: the server refused `Add User to Group`: Resource Conflict: user `ann` is in the group already (409011)
",
    );
    let empty = home.write("none.csv", "\n");
    home.run(&["group", "add", "Finance", "--csv", empty.to_str().unwrap()])
        .fails(2, "error: cannot read `HOME/none.csv`\n  why: it holds no user\n");
    home.run(&["group", "update", "Finance"])
        .fails(2, "error: there is nothing to change: give --name, --minimum-site-role or --external-users\n");
    home.run(&["group", "delete", "All Users", "--yes"]).fails(
        1,
        "\
error: cannot delete the group `All Users`
  why: the server refused `Delete Group`: Forbidden: the group All Users keeps its name and cannot be deleted (403004)
 hint: `tavola whoami` shows as whom you are signed in, and with which site role
",
    );
}

#[test]
fn group_sets_are_made_filled_shown_renamed_emptied_and_deleted() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    for name in ["Finance", "Sales"] {
        home.done(&["group", "create", name]);
    }
    home.run(&["group-set", "create", "Both", "Sales"]).prints("", "made the group set `Both`\n");
    home.run(&["group-set", "add", "Both", "Finance"])
        .prints("", "put the group `Finance` into the group set `Both`\n");
    home.run(&["group-set", "list", "--fields", "name,group-count,group"]).prints(
        "\
NAME  GROUP COUNT  GROUP
Both  2            Finance, Sales
",
        "",
    );
    home.run(&["group-set", "update", "Both", "--name", "All of these"]).prints("", "changed the group set `Both`\n");
    home.run(&["group-set", "remove", "All of these", "Finance", "Sales"])
        .prints("", "took 2 groups out of the group set `All of these`\n");
    assert_eq!(home.json(&["group-set", "show", "All of these"])["groupCount"], json!("0"));
    home.run(&["group-set", "delete", "All of these", "--yes"]).prints("", "deleted the group set `All of these`\n");
    home.run(&["group-set", "show", "All of these"]).fails(
        1,
        "\
error: there is no group set `All of these` on this site
 hint: `tavola group-set list` shows all
",
    );
}
