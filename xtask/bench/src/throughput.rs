//! Answers per second beside those of a bare server under the same load.

use std::time::Duration;

use serde_json::json;
use xtask::Result;

use crate::{
    bare::Bare,
    load::{Call, throughput},
    rest::{CONNECTIONS, Rest},
    table::{Goal, Table, median},
};

/// The two servers take turns, so that what else happens on the machine hits both.
const ROUNDS: usize = 3;
const TIME: Duration = Duration::from_millis(1500);

pub async fn measure(rest: &Rest, table: &mut Table) -> Result<()> {
    let bare = Bare::start()?;
    let get = Call::new(rest.address, &rest.path(&format!("users/{}", rest.user)), Some(&rest.token), None, 200)?;
    let current = Call::new(rest.address, "/api/3.29/sessions/current", Some(&rest.token), None, 200)?;
    let bare_get = Call::new(bare.address, "/", None, None, 200)?;
    compare("authenticated GET of the session", 0.5, (rest, &current), (&bare, &bare_get), table).await?;
    compare("authenticated GET of a user", 0.5, (rest, &get), (&bare, &bare_get), table).await?;

    let (name, secret) = rest.new_token("bench").await?;
    let body = json!({"credentials": {
        "personalAccessTokenName": name, "personalAccessTokenSecret": secret, "site": {"contentUrl": ""},
    }})
    .to_string();
    let sign_in = Call::new(rest.address, "/api/3.29/auth/signin", None, Some(body.clone()), 200)?;
    let bare_post = Call::new(bare.address, "/", None, Some(body), 200)?;
    compare("sign-in by personal access token", 0.25, (rest, &sign_in), (&bare, &bare_post), table).await?;
    table.note(
        "A sign-in is on disk (session, audit, last use) before it is answered; the bare route writes nothing."
            .to_owned(),
    );
    Ok(())
}

async fn compare(
    what: &str,
    goal: f64,
    (rest, call): (&Rest, &Call),
    (bare, bare_call): (&Bare, &Call),
    table: &mut Table,
) -> Result<()> {
    let (mut ours, mut theirs, mut shares) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let bare = throughput(bare.address, std::slice::from_ref(bare_call), CONNECTIONS, TIME).await?;
        let tavola = throughput(rest.address, std::slice::from_ref(call), CONNECTIONS, TIME).await?;
        ours.push(tavola);
        theirs.push(bare);
        shares.push(tavola / bare * 100.0);
    }
    table.row(&format!("{what}, a bare axum route"), median(&mut theirs), "per second", Goal::None);
    table.row(&format!("{what}, Tavola"), median(&mut ours), "per second", Goal::None);
    table.row(&format!("{what}, share of the bare route"), median(&mut shares), "%", Goal::AtLeast(goal * 100.0));
    Ok(())
}
