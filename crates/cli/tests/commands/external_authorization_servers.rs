//! External authorization servers, as commands register, show, change and delete them.

use serde_json::json;

use crate::support::{Home, Server};

#[test]
fn external_authorization_servers_are_registered_listed_changed_and_deleted() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.run(&["eas", "register", "https://id.example.com", "--name", "Company", "--enabled"])
        .prints("", "registered the external authorization server `https://id.example.com`\n");
    home.done(&["eas", "register", "https://other.example.com", "--jwks-uri", "https://other.example.com/keys"]);
    let list = ["eas", "list", "--fields", "name,issuer-url,jwks-uri,enabled", "--sort", "issuer-url"];
    let company = home.json(&list)[0].clone();
    let expected = json!({"name": "Company", "issuerUrl": "https://id.example.com", "enabled": true});
    assert_eq!(company, expected);
    let shown = home.json(&["eas", "show", "Company"]);
    for named in ["https://id.example.com", shown["id"].as_str().unwrap()] {
        assert_eq!(home.json(&["eas", "show", named]), shown);
    }
    home.run(&["eas", "update", "Company", "--issuer", "https://new.example.com", "--enabled=false"])
        .prints("", "changed the external authorization server `Company`\n");
    let changed = home.json(&["eas", "show", "Company"]);
    assert_eq!((&changed["issuerUrl"], &changed["enabled"]), (&json!("https://new.example.com"), &json!(false)));
    home.run(&["eas", "update", "Company"])
        .fails(2, "error: there is nothing to change: give --name, --issuer, --jwks-uri or --enabled\n");
    home.run(&["eas", "delete", "Company", "--yes"])
        .prints("", "deleted the external authorization server `Company`\n");
    home.run(&["eas", "delete", "Company", "--yes"]).fails(
        1,
        "error: there is no external authorization server `Company` on this site\n hint: `tavola eas list` shows all\n",
    );
    let ran = home.run(&["eas", "register", "ftp://id.example.com"]);
    assert!(ran.code == 1 && ran.stderr.contains("cannot register the external authorization server"), "{ran:?}");
}
