//! What is left when the process dies at any point, or anything fails.

use std::{convert::Infallible, sync::Mutex, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tavola_model::Timestamp;
use tokio::sync::Notify;

use super::{Blob, Check, Patience, check, collect, read, receive_with};
use crate::{Clock, Config, Error, Store, sql::values};

/// A point at which a test lets the process die, so that whoever reaches it goes no further, or an error happen.
#[derive(Default)]
pub(crate) struct Crash {
    at: Mutex<Option<(&'static str, How)>>,
    died: Notify,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    Dies,
    Fails,
}

impl Crash {
    pub(crate) async fn reached(&self, step: &'static str) -> Result<(), Error> {
        let armed = self.at.lock().unwrap().filter(|(at, _)| *at == step);
        match armed {
            None => Ok(()),
            Some((_, How::Fails)) => Err(Error::unavailable("the test wants it so")),
            Some((_, How::Dies)) => {
                self.died.notify_one();
                std::future::pending().await
            }
        }
    }
}

const RECEIVING: &[&str] = &["row written", "block written", "bytes synced", "settled"];
const RECEIVING_AGAIN: &[&str] = &["row written", "block written", "bytes synced", "settled", "bytes deleted"];
const COLLECTING: &[&str] = &["broken off doomed", "marked doomed", "marked", "bytes deleted"];

struct World {
    folder: tempfile::TempDir,
    clock: Clock,
    store: Store,
    /// What was acknowledged before it went wrong.
    kept: Blob,
}

fn bytes(seed: u8) -> Vec<u8> {
    (0..600_000_u32).map(|n| (n % 251) as u8 ^ seed).collect()
}

async fn receive(store: &Store, bytes: &[u8]) -> Result<Blob, Error> {
    let pieces: Vec<_> = bytes.chunks(50_000).map(|piece| Ok::<_, Infallible>(Bytes::copy_from_slice(piece))).collect();
    match receive_with(store, stream::iter(pieces), u64::MAX, |_, _| Ok(())).await {
        Ok((blob, ())) => Ok(blob),
        Err(super::ReceiveError::Store(error)) => Err(error),
        Err(super::ReceiveError::Stream(never)) => match never {},
    }
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), "7".repeat(64)).unwrap();
        let clock = Clock::manual(Timestamp::from_millis(1_795_512_600_000));
        let store = Store::open(Self::config(&folder, &clock)).await.unwrap();
        let kept = receive(&store, &bytes(1)).await.unwrap();
        let world = Self { folder, clock, store, kept };
        world.refer_to(&world.kept).await;
        world
    }

    fn config(folder: &tempfile::TempDir, clock: &Clock) -> Config {
        Config {
            clock: clock.clone(),
            content_key_file: Some(folder.path().join("key")),
            ..Config::new(folder.path().join("data"))
        }
    }

    /// Has a row refer to a blob, whatever row that is.
    async fn refer_to(&self, blob: &Blob) {
        let blob = blob.clone();
        let made = self.store.write(move |tx| {
            let now = tx.now();
            super::keep(tx, &blob)?;
            let (id, name) = (tavola_model::SiteId::from_random_bytes([7; 16]), "x");
            tx.execute(
                "INSERT INTO sites (id, name, name_key, content_url, content_url_key, admin_mode, state, settings, \
                 created_at, updated_at) VALUES ($1, $2, $2, $2, $2, 'ContentAndUsers', 'Active', '{}', $3, $3)",
                values![id, name, now],
            )?;
            tx.execute(
                "INSERT INTO accounts (id, name, name_key, domain, full_name, email, server_administrator, created_at, \
                 updated_at) VALUES ($1, $2, $2, 'local', $2, $2, 0, $3, $3)",
                values![id, name, now],
            )?;
            tx.execute(
                "INSERT INTO users (id, site_id, account_id, site_role, auth_setting, external_auth_user_id, \
                 idp_configuration_id, language, locale, created_at, updated_at) \
                 VALUES ($1, $1, $1, 'Creator', 'ServerDefault', '', '', '', '', $2, $2)",
                values![id, now],
            )?;
            let never = Timestamp::from_millis(i64::MAX);
            tx.execute(
                "INSERT INTO uploads (id, site_id, user_id, blob_id, created_at, expires_at) VALUES ($1, $1, $1, $2, $3, $4)",
                values![id, blob.id, now, never],
            )
        });
        made.await.unwrap();
    }

    /// Does something that goes wrong at this point, and starts again if the process died of it.
    async fn go_wrong<T>(&mut self, step: &'static str, how: How, work: impl AsyncFnOnce(Store) -> Result<T, Error>) {
        let content = self.store.0.content.clone();
        *content.crash.at.lock().unwrap() = Some((step, how));
        let reached = tokio::select! {
            outcome = work(self.store.clone()) => how == How::Fails && outcome.is_err(),
            () = content.crash.died.notified() => how == How::Dies,
        };
        // What cannot be deleted at once is no error of receiving.
        assert!(reached || (step, how) == ("bytes deleted", How::Fails), "{step} was not reached");
        *content.crash.at.lock().unwrap() = None;
        if how == How::Dies {
            self.store.close().await;
            self.store = Store::open(Self::config(&self.folder, &self.clock)).await.unwrap();
        }
    }

    /// Nothing that was acknowledged is lost, and all the rest goes.
    async fn assert_sound(&self, step: &str, how: How) {
        for wait in [Patience::default().grace, Patience::default().wait, Duration::ZERO] {
            let report = check(&self.store, Check { hashes: true, repair: false }).await.unwrap();
            // Bytes whose blob is not complete, or doomed, are known of: they are no strays.
            assert!(report.is_clean(), "{step}, {how:?}: {report:?}");
            self.clock.advance(wait);
            collect(&self.store, Patience::default()).await.unwrap();
        }
        let report = check(&self.store, Check { hashes: true, repair: false }).await.unwrap();
        assert_eq!((report.blobs, report.findings.len()), (1, 0), "{step}, {how:?}: {report:?}");
        let rows = self.store.read(|db| db.query("SELECT id FROM blobs", &[]).map(|rows| rows.len()));
        assert_eq!(rows.await.unwrap(), 1, "{step}, {how:?}");
        let objects: Vec<_> = self.store.0.content.objects.list().try_collect().await.unwrap();
        assert_eq!(objects.len(), 1, "{step}, {how:?}");
        let mut whole = Vec::new();
        let mut reading = read(&self.store, &self.kept, None).await.unwrap();
        while let Some(part) = reading.stream.next().await {
            whole.extend_from_slice(&part.unwrap());
        }
        assert!(whole == bytes(1));
    }
}

#[tokio::test]
async fn receiving_that_goes_wrong_loses_nothing_and_leaves_nothing() {
    for how in [How::Dies, How::Fails] {
        for step in RECEIVING {
            let mut world = World::start().await;
            world.go_wrong(step, how, async |store| receive(&store, &bytes(2)).await).await;
            world.assert_sound(step, how).await;
        }
    }
}

#[tokio::test]
async fn receiving_again_what_is_there_may_go_wrong_as_well() {
    for how in [How::Dies, How::Fails] {
        for step in RECEIVING_AGAIN {
            let mut world = World::start().await;
            world.go_wrong(step, how, async |store| receive(&store, &bytes(1)).await).await;
            world.assert_sound(step, how).await;
        }
    }
}

#[tokio::test]
async fn collecting_that_goes_wrong_is_made_good_by_the_next() {
    for how in [How::Dies, How::Fails] {
        for step in COLLECTING {
            let mut world = World::start().await;
            // One of each kind: broken off, unused, and marked.
            receive(&world.store, &bytes(2)).await.unwrap();
            world.clock.advance(Patience::default().grace);
            collect(&world.store, Patience::default()).await.unwrap();
            receive(&world.store, &bytes(3)).await.unwrap();
            world.go_wrong("block written", How::Dies, async |store| receive(&store, &bytes(4)).await).await;
            world.clock.advance(Patience::default().grace);
            world
                .go_wrong(step, how, async |store| {
                    let collected = collect(&store, Patience::default()).await?;
                    if collected.failed > 0 { Err(Error::unavailable("not all could be deleted")) } else { Ok(()) }
                })
                .await;
            world.assert_sound(step, how).await;
        }
    }
}

#[tokio::test]
async fn every_column_that_refers_to_blobs_is_listed() {
    let connection = {
        let mut connection = rusqlite::Connection::open_in_memory().unwrap();
        crate::migrations::apply_sqlite(&mut connection, Timestamp::from_millis(0)).unwrap();
        connection
    };
    let columns = "SELECT m.name, k.\"from\" FROM sqlite_schema m, pragma_foreign_key_list(m.name) k \
        WHERE m.type = 'table' AND k.\"table\" = 'blobs' ORDER BY m.name, k.\"from\"";
    let mut prepared = connection.prepare(columns).unwrap();
    let found: Vec<(String, String)> =
        prepared.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect();
    let listed: Vec<(String, String)> =
        super::REFERENCES.iter().map(|(table, column)| ((*table).to_owned(), (*column).to_owned())).collect();
    assert_eq!(found, listed);
}
