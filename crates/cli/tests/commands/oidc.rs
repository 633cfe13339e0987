//! Configurations of OpenID Connect, as commands make, show, change and remove them.

use serde_json::json;

use crate::support::{Home, Server};

#[test]
fn configurations_of_openid_connect_are_made_listed_changed_and_removed() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    home.run(&["oidc", "list"]).prints("", "no configurations\n");
    let flags = [
        "--enabled",
        "--client-id",
        "tavola",
        "--authorization-endpoint",
        "https://id.example.com/authorize",
        "--token-endpoint",
        "https://id.example.com/token",
        "--jwks-uri",
        "https://id.example.com/keys",
        "--end-session-endpoint",
        "https://id.example.com/logout",
    ];
    let create = [&["oidc", "create", "Company"][..], &flags].concat();
    home.run(&create).fails(
        2,
        "error: there is no terminal to ask for the client secret on\n hint: give it by --secret-stdin or --secret-file FILE\n",
    );
    home.run_with_input(&[&create[..], &["--secret-stdin"]].concat(), "s3cret\n")
        .prints("", "made the OpenID Connect configuration `Company`\n");
    let listed = home.json(&["oidc", "list", "--fields", "idp-configuration-name,enabled"]);
    assert_eq!(listed, json!([{"idpConfigurationName": "Company", "enabled": true}]));
    let shown = home.json(&["oidc", "show", "Company"]);
    assert_eq!((&shown["clientId"], &shown["clientSecret"]), (&json!("tavola"), &json!("********")));
    assert_eq!(home.json(&["oidc", "show", shown["idpConfigurationId"].as_str().unwrap()]), shown);

    let update = ["oidc", "update", "Company", "--name", "Firm", "--enabled=false", "--end-session-endpoint", ""];
    home.run(&update).prints("", "changed the OpenID Connect configuration `Company`\n");
    let changed = home.json(&["oidc", "show", "Firm"]);
    assert_eq!((&changed["enabled"], changed.get("endSessionEndpoint")), (&json!(false), None));
    assert_eq!(changed["tokenEndpoint"], shown["tokenEndpoint"]);
    home.run(&["oidc", "update", "Firm"]).fails(2, "error: there is nothing to change: no flag says what\n");
    home.run(&["oidc", "remove", "Firm", "--yes"]).prints("", "removed the OpenID Connect configuration `Firm`\n");
    home.run(&["oidc", "show", "Firm"]).fails(
        1,
        "error: there is no OpenID Connect configuration `Firm` on this site\n hint: `tavola oidc list` shows all\n",
    );
}
