//! Data sources, as commands publish, find, change and hand them back.

use std::fs;

use serde_json::json;

use crate::support::{Home, Server};

const TDS: &str = "<?xml version='1.0' encoding='utf-8' ?><datasource formatted-name='d' version='18.1'>\
    <connection class='federated'><named-connections><named-connection caption='db' name='postgres.1'>\
    <connection class='postgres' server='db.example' port='5432' dbname='sales' username='ann'/></named-connection>\
    </named-connections></connection></datasource>";

#[test]
fn a_data_source_is_published_certified_and_handed_back() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.write("Sales.tds", TDS);
    home.run(&["datasource", "publish", "Sales.tds"]).prints("", "published the datasource `Sales` in `Default`\n");
    home.done(&["datasource", "update", "Sales", "--certified", "--certification-note", "checked"]);
    let sales = home.json(&["datasource", "show", "Sales"]);
    assert_eq!((&sales["isCertified"], &sales["certificationNote"]), (&json!(true), &json!("checked")));
    assert_eq!(home.json(&["datasource", "connections", "list", "Sales"])[0]["serverAddress"], json!("db.example"));
    home.run(&["datasource", "tag", "Sales", "x"]).prints("", "the datasource `Sales` has the tags x\n");
    home.done(&["datasource", "download", "Sales", "-o", "back.tds"]);
    assert_eq!(fs::read_to_string(home.path("back.tds")).unwrap(), TDS);
    let extract = "<extract enabled='true'><connection class='hyper' dbname='a.hyper'/></extract></datasource>";
    home.write("Sales.tds", &TDS.replace("</datasource>", extract));
    home.done(&["datasource", "publish", "Sales.tds", "--overwrite"]);
    home.done(&["datasource", "download", "Sales", "--no-extract", "-o", "live.tds"]);
    assert_eq!(fs::read_to_string(home.path("live.tds")).unwrap(), TDS);
    home.run(&["datasource", "delete", "Sales", "--yes"]).prints("", "deleted the datasource `Sales`\n");
    home.run(&["flow", "list"]).prints("", "no flows\n");
}

#[test]
fn rows_are_changed_only_where_there_is_an_engine_and_words_for_it() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.write("Sales.tds", TDS);
    home.done(&["datasource", "publish", "Sales.tds"]);
    home.run(&["datasource", "append", "Sales.tds", "Sales"]).fails(
        1,
        "error: cannot append `Sales.tds` to the datasource `Sales`\n  why: the server refused `Publish Data Source`: \
         Forbidden: this server has no engine for the data in extracts; its administrator brings it with \
         `tavola engine install` (403157)\n hint: `tavola whoami` shows as whom you are signed in, and with which site role\n",
    );
    home.write("actions.json", "{\"actions\": 7}");
    let ran = home.run(&["datasource", "update-data", "Sales", "--actions", "actions.json"]);
    assert!(ran.code != 0 && ran.stderr.contains("cannot understand `actions.json`"), "{}", ran.stderr);
    home.run(&["engine", "status", "--data-dir", "data"])
        .fails(1, "error: there is no engine in `data/engine`\n hint: `tavola engine install` brings it\n");
    home.write("other.whl", "PK");
    let ran = home.run(&["engine", "install", "--data-dir", "data", "--from", "other.whl"]);
    assert!(ran.code != 0 && ran.stderr.contains("cannot install the engine"), "{}", ran.stderr);
}
