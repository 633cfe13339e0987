//! Configurations of SCIM, as commands make, renew and delete them.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
};

use serde_json::json;

use crate::support::{Home, Server};

/// The status of what a provider asks with a token.
fn status(server: &Server, site: &str, token: &str) -> u16 {
    let mut stream = TcpStream::connect(server.http).unwrap();
    let path = format!("/sites/{site}/scim/v2/Users");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_provider_gets_a_token_that_can_be_renewed_and_taken_away() {
    let server = Server::start();
    let home = Home::new().signed_in(&server);
    let site = home.json(&["whoami"])["site"]["id"].as_str().unwrap().to_owned();
    let words = "made the SCIM configuration `Company`\nwarning: its token is shown this once: keep it now\n";
    let made = home.run(&["scim", "create", "Company"]);
    assert_eq!((made.code, made.stderr.as_str()), (0, words));
    let first = made.stdout.trim_end();
    assert_eq!(status(&server, &site, first), 200);
    let listed = home.json(&["scim", "list", "--fields", "name,auth-type,is-api-token-active,is-owner"]);
    let expected = json!([{"name": "Company", "authType": "ServerDefault", "isApiTokenActive": true, "isOwner": true}]);
    assert_eq!(listed, expected);

    let renewed = home.json(&["scim", "renew", "Company"]);
    let second = renewed["serverApiToken"]["apiToken"].as_str().unwrap();
    assert_eq!((status(&server, &site, first), status(&server, &site, second)), (401, 200));
    home.run(&["scim", "delete", "Company"])
        .fails(2, "error: there is no terminal to ask on: --yes deletes the SCIM configuration `Company`\n");
    home.run(&["scim", "delete", "Company", "--yes"]).prints("", "deleted the SCIM configuration `Company`\n");
    assert_eq!(status(&server, &site, second), 401);
    home.run(&["scim", "delete", "Company", "--yes"]).fails(
        1,
        "error: there is no SCIM configuration `Company` on this site\n hint: `tavola scim list` shows all\n",
    );
}
