//! Deleted content, as commands list, restore and delete it for good.

use serde_json::json;

use crate::support::{Home, Server};

const TWB: &str = "<?xml version='1.0' encoding='utf-8' ?><workbook version='18.1'><worksheets><worksheet name='A'/>\
    <worksheet name='B'/></worksheets><windows><window class='worksheet' name='A'/><window class='worksheet' name='B'/>\
    </windows></workbook>";

#[test]
fn deleted_content_is_listed_restored_and_deleted_for_good() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.write("Sales.twb", TWB);
    home.run(&["recycle-bin", "list"]).prints("", "no deleted content\n");
    home.done(&["project", "create", "Finance"]);
    home.done(&["workbook", "publish", "Sales.twb", "--project", "Finance"]);
    let id = home.json(&["workbook", "show", "Sales"])["id"].clone();
    home.done(&["workbook", "delete", "Sales", "--yes"]);
    home.run(&["recycle-bin", "list", "--fields", "name,type,project.name,deletedBy.name"])
        .prints("NAME   TYPE      PROJECT NAME  DELETED BY NAME\nSales  Workbook  Finance       admin\n", "");
    home.run(&["recycle-bin", "restore", "Sales"]).prints("", "restored `Sales` into `Finance`\n");
    assert_eq!(home.json(&["workbook", "show", "Sales"])["id"], id);

    home.done(&["workbook", "delete", "Sales", "--yes"]);
    home.done(&["workbook", "publish", "Sales.twb", "--project", "Finance"]);
    home.run(&["recycle-bin", "restore", "Sales"]).fails(
        1,
        "\
error: cannot restore `Sales`
  why: the server refused `Restore Recycle Bin Content`: Resource Conflict: a workbook named `Sales` exists already \
in that project: restore it under another name (409055)
",
    );
    let restored =
        home.json(&["recycle-bin", "restore", id.as_str().unwrap(), "--name", "Old", "--project", "Default"]);
    assert_eq!((&restored[0]["name"], &restored[0]["project"]["name"]), (&json!("Old"), &json!("Default")));
    home.done(&["workbook", "delete", "Old", "--yes"]);
    home.done(&["project", "delete", "Finance", "--yes"]);
    let names = |arguments: &[&str]| {
        let list = home.json(&[&["recycle-bin", "list", "--fields", "name"], arguments].concat());
        list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["--sort", "-name"]), ["Sales", "Old"]);
    assert_eq!(names(&["--filter", "project-name=Default"]), ["Old"]);
    home.run(&["recycle-bin", "restore", "Sales", "Old", "--name", "x"])
        .fails(2, "error: several things cannot have one name: `--name` is for one\n");
    home.run(&["recycle-bin", "delete", "Old"])
        .fails(2, "error: there is no terminal to ask on: --yes deletes `Old` for good\n");
    home.run(&["recycle-bin", "delete", "Old", "--yes"]).prints("", "deleted `Old` for good\n");
    home.run(&["recycle-bin", "delete", "Old", "--yes"])
        .fails(1, "error: there is no `Old` in the recycle bin\n hint: `tavola recycle-bin list` shows all\n");
    home.run(&["recycle-bin", "empty", "--yes"]).prints("", "emptied the recycle bin\n");
    assert_eq!(names(&[]), [""; 0]);
}

#[test]
fn a_server_keeps_deleted_content_as_long_as_it_is_told() {
    let server = Server::start_with(&["--recycle-bin-days", "0"]);
    let home = Home::new().signed_in(&server);
    home.write("Sales.twb", TWB);
    home.done(&["workbook", "publish", "Sales.twb"]);
    home.run(&["view", "delete", "B"]).fails(2, "error: there is no terminal to ask on: --yes deletes the view `B`\n");
    home.run(&["view", "delete", "B", "--yes"]).prints("", "deleted the view `B`\n");
    home.run(&["view", "list", "--fields", "name"]).prints("NAME\nA\n", "");
    home.done(&["view", "delete", "A", "--yes"]);
    home.run(&["workbook", "list"]).prints("", "no workbooks\n");
    home.run(&["recycle-bin", "list"]).prints("", "no deleted content\n");
    home.run(&["serve", "--recycle-bin-days", "-1"]).fails(
        2,
        "\
error: unexpected argument '-1' found

Usage: tavola serve [OPTIONS]

For more information, try '--help'.
",
    );
}
