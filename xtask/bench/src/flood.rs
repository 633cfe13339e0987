//! What readers feel while everybody signs in by password at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use tokio::task::JoinSet;
use xtask::{Result, Served};

use crate::{
    load::{Call, Connection, latencies},
    process,
    rest::Rest,
    table::{Goal, Table},
};

const READERS: usize = 8;
/// Well below what the server can do, so that the quiet value is that of an unhurried server.
const READS_PER_SECOND: u32 = 400;
const TIME: Duration = Duration::from_secs(6);
const SIGNING_IN: usize = 32;
/// In megabytes; Argon2 needs 19 for each password that is hashed at the time.
const MEMORY: f64 = 256.0;
/// Right passwords of several accounts: wrong ones would soon be made to wait and cost nothing.
const ACCOUNTS: usize = 8;

pub async fn measure(rest: &Rest, served: &Served, table: &mut Table) -> Result<()> {
    let read = Call::new(rest.address, &rest.path(&format!("users/{}", rest.user)), Some(&rest.token), None, 200)?;
    let mut sign_ins = Vec::new();
    for number in 0..ACCOUNTS {
        let (name, password) = (format!("flood-{number}"), format!("a password of {number}"));
        rest.new_user_with_password(&name, &password).await?;
        let body = json!({"credentials": {"name": name, "password": password, "site": {"contentUrl": ""}}});
        sign_ins.push(Call::new(rest.address, "/api/3.29/auth/signin", None, Some(body.to_string()), 200)?);
    }

    let quiet = latencies(rest.address, &read, READERS, READS_PER_SECOND, TIME).await?;
    let before = process::resident(served.process());
    let flood = Flood::start(rest, &sign_ins).await?;
    let flooded = latencies(rest.address, &read, READERS, READS_PER_SECOND, TIME).await?;
    let signed_in = flood.stop().await?;

    table.row("sign-ins by password during the flood", signed_in, "per second", Goal::None);
    table.time("authenticated read, p99, quiet", quiet.within(0.99), None);
    table.time("authenticated read, p99, during the flood", flooded.within(0.99), None);
    let ratio = flooded.within(0.99).as_secs_f64() / quiet.within(0.99).as_secs_f64();
    table.row("authenticated read, p99, flood to quiet", ratio, "times", Goal::AtMost(3.0));
    table.note(format!(
        "The flood: {SIGNING_IN} connections sign in by password without a pause; reads: {READS_PER_SECOND} a second; \
         p50 {:.2} ms quiet, {:.2} ms during the flood.",
        quiet.within(0.5).as_secs_f64() * 1000.0,
        flooded.within(0.5).as_secs_f64() * 1000.0,
    ));
    match (before, process::most_resident(served.process())) {
        (Some(before), Some(most)) => {
            table.row("memory before the flood", before / 1_000_000.0, "MB", Goal::None);
            table.row("memory, most until the flood's end", most / 1_000_000.0, "MB", Goal::AtMost(MEMORY));
        }
        _ => table.skip("memory during the flood", "this system does not tell the memory of a process"),
    }
    Ok(())
}

/// Connections that sign in again and again.
struct Flood {
    begun: Instant,
    stop: Arc<AtomicBool>,
    tasks: JoinSet<std::result::Result<u32, String>>,
}

impl Flood {
    async fn start(rest: &Rest, sign_ins: &[Call]) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for number in 0..SIGNING_IN {
            let (call, stop) = (sign_ins[number % sign_ins.len()].clone(), stop.clone());
            let mut connection = Connection::open(rest.address).await?;
            tasks.spawn(async move {
                let mut answers = 0;
                while !stop.load(Ordering::Relaxed) {
                    connection.send(&call).await.map_err(|problem| problem.to_string())?;
                    answers += 1;
                }
                Ok(answers)
            });
        }
        Ok(Self { begun: Instant::now(), stop, tasks })
    }

    /// Ends it; gives the sign-ins per second.
    async fn stop(mut self) -> Result<f64> {
        self.stop.store(true, Ordering::Relaxed);
        let mut answers = 0;
        while let Some(done) = self.tasks.join_next().await {
            answers += done??;
        }
        Ok(f64::from(answers) / self.begun.elapsed().as_secs_f64())
    }
}
