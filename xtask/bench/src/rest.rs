//! The few calls of the API that prepare a measurement.

use std::{net::SocketAddr, time::Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use xtask::Result;

use crate::{
    ADMINISTRATOR, PASSWORD,
    load::{Call, Connection},
    table::{Goal, Table},
};

/// How many connections prepare and measure at once.
pub const CONNECTIONS: usize = 16;

/// Somebody signed in to the default site: the administrator, unless told otherwise.
pub struct Rest {
    pub address: SocketAddr,
    pub token: String,
    pub site: String,
    pub user: String,
}

impl Rest {
    pub async fn sign_in(address: SocketAddr) -> Result<Self> {
        Self::sign_in_as(address, ADMINISTRATOR, PASSWORD).await
    }

    /// Another user, signed in to the default site.
    pub async fn sign_in_as(address: SocketAddr, name: &str, password: &str) -> Result<Self> {
        let body = json!({"credentials": {"name": name, "password": password, "site": {"contentUrl": ""}}});
        let call = Call::new(address, "/api/3.29/auth/signin", None, Some(body.to_string()), 200)?;
        let made: Value = serde_json::from_slice(&Connection::open(address).await?.send(&call).await?)?;
        let made = &made["credentials"];
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or("the sign-in's answer lacks a part");
        Ok(Self {
            address,
            token: text(&made["token"])?,
            site: text(&made["site"]["id"])?,
            user: text(&made["user"]["id"])?,
        })
    }

    /// The path of something on the site.
    pub fn path(&self, rest: &str) -> String {
        format!("/api/3.29/sites/{}/{rest}", self.site)
    }

    /// One call; gives its answer.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>, expected: u16) -> Result<Value> {
        let mut call = Call::new(self.address, path, Some(&self.token), body.map(|body| body.to_string()), expected)?;
        *call.request.method_mut() = method.parse()?;
        let answer = Connection::open(self.address).await?.send(&call).await?;
        Ok(if answer.is_empty() { Value::Null } else { serde_json::from_slice(&answer)? })
    }

    /// Adds users, and tells how many a second.
    pub async fn fill(&self, users: usize, table: &mut Table) -> Result<()> {
        let begun = Instant::now();
        let mut tasks = JoinSet::new();
        for first in 0..CONNECTIONS {
            let (address, token, path) = (self.address, self.token.clone(), self.path("users"));
            tasks.spawn(async move {
                let mut connection = Connection::open(address).await.map_err(|problem| problem.to_string())?;
                for number in (first..users).step_by(CONNECTIONS) {
                    let body = json!({"user": {"name": format!("user-{number:05}"), "siteRole": "Viewer"}});
                    let call = Call::new(address, &path, Some(&token), Some(body.to_string()), 201);
                    let call = call.map_err(|problem| problem.to_string())?;
                    connection.send(&call).await.map_err(|problem| problem.to_string())?;
                }
                Ok::<_, String>(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        let per_second = users as f64 / begun.elapsed().as_secs_f64();
        table.row("users added per second, each durable", per_second, "per second", Goal::None);
        Ok(())
    }

    /// A personal access token of the administrator: its name and its secret.
    pub async fn new_token(&self, name: &str) -> Result<(String, String)> {
        let path = self.path(&format!("users/{}/personal-access-tokens", self.user));
        let made = self.call("POST", &path, Some(json!({"personalAccessToken": {"tokenName": name}})), 201).await?;
        let secret = made["personalAccessTokenWithSecret"]["secret"].as_str().ok_or("the token has no secret")?;
        Ok((name.to_owned(), secret.to_owned()))
    }

    /// A user who can sign in by password.
    pub async fn new_user_with_password(&self, name: &str, password: &str) -> Result<()> {
        let body = json!({"user": {"name": name, "siteRole": "Viewer"}});
        let made = self.call("POST", &self.path("users"), Some(body), 201).await?;
        let id = made["user"]["id"].as_str().ok_or("the user has no id")?;
        let body = json!({"user": {"password": password}});
        self.call("PUT", &self.path(&format!("users/{id}")), Some(body), 200).await?;
        Ok(())
    }
}
