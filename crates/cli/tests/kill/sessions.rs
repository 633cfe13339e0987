//! Users and sessions.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    http::Connection,
    kills, random, seed,
    server::{Admin, PASSWORD, Server},
};

#[test]
fn what_was_acknowledged_survives_being_killed() {
    let (seed, rounds) = (seed(), kills(50));
    let folder = tempfile::tempdir().unwrap();

    let server = Server::start(folder.path());
    let admin = Admin::sign_in(server.address);
    let mut all = Acknowledged::default();
    let mut server = Some(server);
    for round in 0..rounds {
        let running = server.take().unwrap_or_else(|| Server::start(folder.path()));
        let load = Load::start(running.address, &admin, round);
        thread::sleep(Duration::from_millis(random(seed, round) % 250));
        running.kill();
        let acknowledged = load.end();

        let restarted = Server::start(folder.path());
        let lost = acknowledged.lost(restarted.address, &admin);
        assert!(lost.is_empty(), "seed {seed}, round {round}: acknowledged and lost: {lost:#?}");
        all.users.extend(acknowledged.users);
        all.sessions.extend(acknowledged.sessions);
        server = Some(restarted);
    }
    let server = server.unwrap();
    assert!(all.users.len() as u64 > rounds && all.sessions.len() as u64 > rounds, "there was no load to speak of");
    let lost = all.lost(server.address, &admin);
    assert!(lost.is_empty(), "seed {seed}: lost by the end: {lost:#?}");
    println!("{rounds} kills, {} users and {} sessions kept", all.users.len(), all.sessions.len());
}

/// What the server said it had done.
#[derive(Debug, Default)]
struct Acknowledged {
    /// Ids of users.
    users: Vec<String>,
    /// Tokens of sessions.
    sessions: Vec<String>,
}

impl Acknowledged {
    /// What of it is not there.
    fn lost(&self, address: SocketAddr, admin: &Admin) -> Vec<String> {
        let mut connection = Connection::open(address).unwrap();
        let mut lost = Vec::new();
        for user in &self.users {
            let path = format!("/sites/{}/users/{user}", admin.site);
            let (status, answer) = connection.call("GET", &path, Some(&admin.token), None).unwrap();
            if status != 200 {
                lost.push(format!("user {user}: {answer}"));
            }
        }
        for token in &self.sessions {
            let (status, answer) = connection.call("GET", "/sessions/current", Some(token), None).unwrap();
            if status != 200 {
                lost.push(format!("a session: {answer}"));
            }
        }
        lost
    }
}

/// Threads that write until the server is gone.
struct Load {
    threads: Vec<thread::JoinHandle<()>>,
    acknowledged: Arc<Mutex<Acknowledged>>,
}

impl Load {
    fn start(address: SocketAddr, admin: &Admin, round: u64) -> Self {
        let acknowledged = Arc::new(Mutex::new(Acknowledged::default()));
        let by_password = json!({"name": "admin", "password": PASSWORD, "site": {"contentUrl": ""}});
        let by_token = json!({
            "personalAccessTokenName": "kill", "personalAccessTokenSecret": admin.secret, "site": {"contentUrl": ""},
        });
        let mut threads = Vec::new();
        for thread in 0..2 {
            let (admin, acknowledged) = (admin.clone(), acknowledged.clone());
            threads.push(thread::spawn(move || {
                let path = format!("/sites/{}/users", admin.site);
                for number in 0.. {
                    let body =
                        json!({"user": {"name": format!("user-{round}-{thread}-{number}"), "siteRole": "Viewer"}});
                    let Some(answer) = write(address, &path, Some(&admin.token), &body, 201) else { return };
                    acknowledged.lock().unwrap().users.push(answer["user"]["id"].as_str().unwrap().to_owned());
                }
            }));
        }
        for credentials in [by_password, by_token.clone(), by_token] {
            let acknowledged = acknowledged.clone();
            threads.push(thread::spawn(move || {
                let body = json!({"credentials": credentials});
                while let Some(answer) = write(address, "/auth/signin", None, &body, 200) {
                    let token = answer["credentials"]["token"].as_str().unwrap().to_owned();
                    acknowledged.lock().unwrap().sessions.push(token);
                }
            }));
        }
        Self { threads, acknowledged }
    }

    fn end(self) -> Acknowledged {
        for thread in self.threads {
            thread.join().unwrap();
        }
        Arc::into_inner(self.acknowledged).unwrap().into_inner().unwrap()
    }
}

/// One write on a connection of its own; `None` when the server is gone before it answers.
fn write(address: SocketAddr, path: &str, token: Option<&str>, body: &Value, wanted: u16) -> Option<Value> {
    let (status, answer) = Connection::open(address).ok()?.call("POST", path, token, Some(body)).ok()?;
    assert_eq!(status, wanted, "POST {path}: {answer}");
    Some(answer)
}
