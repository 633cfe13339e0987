//! Virtual connections, custom views, favorites, tags on many things, connections and revisions.

use std::fs;

use serde_json::{Value, json};

use crate::{
    support::{Home, Server},
    workbooks::twb,
};

const CONTENT: &str = r#"{"policyCollection":{"policies":[]},"connections":[{"dbClass":"postgres","server":"db.example","port":"5432","username":"ann"}]}"#;
const DEFINITION: &str = r#"[{"isSourceView":true,"viewName":"A","tcv":"x"}]"#;

fn names(list: &Value, field: &str) -> Vec<String> {
    list.as_array().unwrap().iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_virtual_connection_is_published_found_changed_and_handed_back() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.write("Orders.json", CONTENT);
    home.done(&["project", "create", "Finance"]);
    home.run(&["virtual-connection", "publish", "Orders.json", "--project", "Finance"])
        .prints("", "published the virtual connection `Orders` in `Finance`\n");
    let ran = home.run(&["virtual-connection", "publish", "Orders.json", "--project", "Finance"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    home.done(&["virtual-connection", "publish", "Orders.json", "--project", "Finance", "--overwrite"]);
    home.run(&["virtual-connection", "list", "--fields", "name,project.name"])
        .prints("NAME    PROJECT NAME\nOrders  Finance\n", "");
    home.done(&["virtual-connection", "update", "Orders", "--certified", "--certification-note", "checked"]);
    home.run(&["virtual-connection", "tag", "Orders", "x"])
        .prints("", "the virtual connection `Orders` has the tags x\n");
    let orders = home.json(&["virtual-connection", "show", "Orders", "--project", "Finance"]);
    assert_eq!((&orders["isCertified"], &orders["tags"]["tag"][0]["label"]), (&json!(true), &json!("x")));
    home.done(&["virtual-connection", "untag", "Orders", "x"]);
    home.run(&["virtual-connection", "move", "Orders", "--to", "Default"])
        .prints("", "moved the virtual connection `Orders` into `Default`\n");

    home.done(&["virtual-connection", "connections", "update", "Orders", "--server-address", "db2.example"]);
    let connection = &home.json(&["virtual-connection", "connections", "list", "Orders"])[0];
    assert_eq!((&connection["type"], &connection["serverAddress"]), (&json!("postgres"), &json!("db2.example")));

    assert_eq!(home.json(&["virtual-connection", "revisions", "list", "Orders"]).as_array().unwrap().len(), 2);
    home.done(&["virtual-connection", "revisions", "download", "Orders", "1", "-o", "first.json"]);
    home.done(&["virtual-connection", "download", "Orders", "-o", "newest.json"]);
    for file in ["first.json", "newest.json"] {
        assert_eq!(fs::read_to_string(home.path(file)).unwrap(), CONTENT);
    }
    let ran = home.run(&["virtual-connection", "download", "Orders", "-o", "newest.json"]);
    assert!(ran.code == 2 && ran.stderr.ends_with(" hint: --force takes its place\n"), "{ran:?}");
    home.done(&["virtual-connection", "delete", "Orders", "--yes"]);
    home.run(&["virtual-connection", "show", "Orders"]).fails(
        1,
        "error: there is no virtual connection `Orders` on this site\n hint: `tavola virtual-connection list` shows all\n",
    );
}

#[test]
fn a_custom_view_is_published_shared_handed_back_and_made_a_default() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.write("Sales.twb", &twb(&["A", "B"]));
    home.done(&["workbook", "publish", "Sales.twb"]);
    home.write("West.json", DEFINITION);
    let ran = home.run(&["custom-view", "publish", "West.json"]);
    assert!(ran.code == 2 && ran.stderr.contains("<--workbook <WORKBOOK>|--view <VIEW>>"), "{ran:?}");
    home.run(&["custom-view", "publish", "West.json", "--workbook", "Sales"])
        .prints("", "published the custom view `West` of `A` in `Sales`\n");
    home.done(&["custom-view", "publish", "West.json", "--view", "B", "--name", "East", "--shared"]);
    let east = home.json(&["custom-view", "show", "East", "--workbook", "Sales"]);
    assert_eq!((&east["shared"], &east["view"]["name"]), (&json!(true), &json!("B")));
    home.run(&["custom-view", "update", "West", "--name", "North", "--shared"])
        .prints("", "changed the custom view `West`\n");
    assert_eq!(names(&home.json(&["custom-view", "list", "--sort", "name"]), "name"), ["East", "North"]);
    home.done(&["custom-view", "download", "North", "-o", "north.json"]);
    assert_eq!(fs::read_to_string(home.path("north.json")).unwrap(), DEFINITION);

    home.done(&["user", "add", "ann", "--role", "Creator"]);
    home.run(&["custom-view", "users", "set", "North", "admin", "ann"]).prints(
        "",
        "the custom view `North` is the default of `admin`\nthe custom view `North` is the default of `ann`\n",
    );
    assert_eq!(names(&home.json(&["custom-view", "users", "list", "North"]), "name"), ["admin", "ann"]);
    assert_eq!(home.json(&["custom-view", "users", "set", "East", "ann"])[0]["success"], json!(true));
    home.run(&["custom-view", "delete", "North", "--yes"]).prints("", "deleted the custom view `North`\n");
    let ran = home.run(&["custom-view", "show", "North"]);
    assert_eq!(ran.code, 1, "{ran:?}");
}

#[test]
fn favorites_are_added_put_in_order_and_removed() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.write("Sales.twb", &twb(&["Overview"]));
    home.write("Stock.twb", &twb(&["Today"]));
    home.done(&["workbook", "publish", "Sales.twb", "Stock.twb"]);
    home.run(&["favorite", "list"]).prints("", "no favorites\n");
    home.run(&["favorite", "add", "--workbook", "Sales", "--view", "Today", "--project", "Default"])
        .prints("", "added `Sales`, `Today`, `Default` to the favorites\n");
    home.run(&["favorite", "add", "--workbook", "Stock", "--label", "Mine"])
        .prints("", "added `Mine` to the favorites\n");
    let list = home.json(&["favorite", "list"]);
    assert_eq!(names(&list, "label"), ["Sales", "Today", "Default", "Mine"]);
    assert_eq!(names(&list, "type"), ["workbook", "view", "project", "workbook"]);
    home.run(&["favorite", "list", "--fields", "label,type,name", "--filter", "type=workbook"])
        .prints("LABEL  TYPE      NAME\nSales  workbook  Sales\nMine   workbook  Stock\n", "");
    home.run(&["favorite", "order", "Mine", "Default", "Sales"]).prints("", "put the favorites in order\n");
    assert_eq!(names(&home.json(&["favorite", "list"]), "label"), ["Today", "Mine", "Default", "Sales"]);
    let project = list[2]["id"].as_str().unwrap();
    home.run(&["favorite", "remove", "Mine", project])
        .prints("", &format!("removed `Mine`, `{project}` from the favorites\n"));
    assert_eq!(names(&home.json(&["favorite", "list"]), "label"), ["Today", "Sales"]);
    home.run(&["favorite", "remove", "Mine"])
        .fails(1, "error: there is no favorite `Mine`\n hint: `tavola favorite list` shows the labels of all\n");
    home.run(&["favorite", "add", "--workbook", "Sales", "--view", "Today", "--label", "x"])
        .fails(2, "error: --label is for one thing: more than one is given\n");
    let ran = home.run(&["favorite", "add", "--label", "x"]);
    assert!(ran.code == 2 && ran.stderr.contains("required arguments"), "{ran:?}");

    home.done(&["user", "add", "ann", "--role", "Creator"]);
    home.done(&["favorite", "add", "--workbook", "Sales", "--user", "ann"]);
    assert_eq!(names(&home.json(&["favorite", "list", "--user", "ann"]), "label"), ["Sales"]);
}

#[test]
fn many_things_are_tagged_at_once() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.write("Sales.twb", &twb(&["Overview"]));
    home.write("Stock.twb", &twb(&["Today"]));
    home.write("Orders.json", CONTENT);
    home.done(&["workbook", "publish", "Sales.twb", "Stock.twb"]);
    home.done(&["virtual-connection", "publish", "Orders.json"]);
    let which = ["--workbook", "Sales", "--workbook", "Stock", "--view", "Today", "--virtual-connection", "Orders"];
    home.run(&[&["tag", "add", "a b", "c"], &which[..]].concat()).prints("", "put a b, c on 4 things\n");
    let tags = |kind: &str, name: &str| {
        let mut tags = names(&home.json(&[kind, "show", name])["tags"]["tag"], "label");
        tags.sort();
        tags
    };
    let things = [("workbook", "Sales"), ("workbook", "Stock"), ("view", "Today"), ("virtual-connection", "Orders")];
    for (kind, name) in things {
        assert_eq!(tags(kind, name), ["a b", "c"], "{kind}");
    }
    assert_eq!(home.json(&[&["tag", "remove", "a b"], &which[..]].concat()), json!({ "tags": ["a b"], "things": 4 }));
    for (kind, name) in things {
        assert_eq!(tags(kind, name), ["c"], "{kind}");
    }
    let ran = home.run(&["tag", "add", "x"]);
    assert!(ran.code == 2 && ran.stderr.contains("--workbook <WORKBOOK>"), "{ran:?}");
    home.run(&["tag", "add", "x", "--workbook", "None"])
        .fails(1, "error: there is no workbook `None` on this site\n hint: `tavola workbook list` shows all\n");
}

#[test]
fn a_connection_is_changed_and_its_password_never_shown() {
    let server = Server::start();
    let mut home = Home::new().signed_in(&server);
    home.write("Sales.twb", &twb(&["A"]));
    home.write("password", "s3cret\n");
    home.done(&["workbook", "publish", "Sales.twb"]);
    let update = ["workbook", "connections", "update", "Sales"];
    home.run(&update).fails(
        2,
        "error: there is nothing to change: give --server-address, --server-port, --user-name, --embed or a password\n",
    );
    home.run(&[&update[..], &["--password"]].concat()).fails(
        2,
        "\
error: there is no terminal to ask for the password on
 hint: use --password-stdin or --password-file FILE, or set TAVOLA_DB_PASSWORD
",
    );
    home.run(&[&update[..], &["--server-address", "db2.example", "--server-port", "5433"]].concat())
        .prints("", "changed the connection of the workbook `Sales`\n");
    let connection = || home.json(&["workbook", "connections", "list", "Sales"])[0].clone();
    let changed = connection();
    assert_eq!((&changed["serverAddress"], &changed["serverPort"]), (&json!("db2.example"), &json!("5433")));
    let id = changed["id"].as_str().unwrap().to_owned();
    for flags in [&["--password-file", "password"][..], &["--password-stdin"]] {
        let arguments = [&update[..], &[&id, "--user-name", "bob", "--embed", "--json"], flags].concat();
        let ran = home.run_with_input(&arguments, "s3cret\n");
        assert!(ran.code == 0 && !ran.stdout.contains("s3cret") && !ran.stderr.contains("s3cret"), "{ran:?}");
    }
    let changed = connection();
    assert_eq!((&changed["userName"], &changed["embedPassword"]), (&json!("bob"), &json!(true)));
    home.set("TAVOLA_DB_PASSWORD", "s3cret");
    home.done(&[&update[..], &["--all", "--password"]].concat());
    let ran = home.run(&[&update[..], &["--password", "s3cret"]].concat());
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[test]
fn a_revision_is_removed_and_not_without_being_asked() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.write("Sales.twb", &twb(&["A"]));
    home.done(&["workbook", "publish", "Sales.twb"]);
    home.done(&["workbook", "publish", "Sales.twb", "--overwrite"]);
    home.run(&["workbook", "revisions", "remove", "Sales", "1"])
        .fails(2, "error: there is no terminal to ask on: --yes removes the revision 1 of the workbook `Sales`\n");
    home.run(&["workbook", "revisions", "remove", "Sales", "1", "--yes"])
        .prints("", "the revision 1 of the workbook `Sales` is removed\n");
    let ran = home.run(&["workbook", "revisions", "remove", "Sales", "2", "--yes"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let ran = home.run(&["flow", "revisions", "remove", "Sales", "2"]);
    assert!(ran.code == 2 && ran.stderr.contains("unrecognized subcommand 'remove'"), "{ran:?}");
}
