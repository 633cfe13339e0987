//! The engines from inside: what the rooms rely on and cannot be seen from outside.

use std::sync::Arc;

use tavola_model::Timestamp;

use crate::{
    Clock, Config, Error, Store,
    sql::{Value, values},
};

const SET: &str = "INSERT INTO server_settings (name, value) VALUES ($1, $2)";
/// Those of the tests, beside the store's own.
const NAMES: &str = "SELECT name FROM server_settings WHERE name <> 'content_storage' ORDER BY name";

async fn sqlite() -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::manual(Timestamp::from_millis(0));
    let store = Store::open(Config { clock, ..Config::new(folder.path()) }).await.unwrap();
    (store, folder)
}

async fn names(store: &Store) -> Vec<String> {
    store
        .read(|db| db.query(NAMES, &[])?.iter_mut().map(|row| row.take()).collect::<Result<Vec<String>, Error>>())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_change_that_fails_takes_no_other_of_its_batch_with_it() {
    let (store, _folder) = sqlite().await;
    // The first change holds the writer until the others are queued, so that they are committed together.
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let holding = store.write(move |_| {
        let _ = held.lock().unwrap().recv();
        Ok::<(), Error>(())
    });
    let change = |name: &'static str, end: fn() -> Result<(), Error>| {
        store.write(move |tx| {
            tx.execute(SET, values![name, "1"])?;
            end()
        })
    };
    let (_, good, failing, panicking, violating, last, ()) = tokio::join!(
        holding,
        change("good", || Ok(())),
        change("failing", || Err(Error::invalid("no"))),
        change("panicking", || panic!("in a change, as the test wants it")),
        change("good", || Ok(())),
        change("last", || Ok(())),
        async { drop(release) }
    );
    assert!(good.is_ok() && last.is_ok());
    assert!(matches!(failing, Err(Error::Invalid(_))));
    assert!(matches!(panicking, Err(Error::Unavailable(_))));
    assert!(matches!(violating, Err(Error::Unavailable(_))));
    assert_eq!(names(&store).await, ["good", "last"]);
    store.ping().await.unwrap();
}

#[tokio::test]
async fn a_change_refused_before_it_changed_anything_costs_the_others_no_second_attempt() {
    let (store, _folder) = sqlite().await;
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let attempts = Arc::new(std::sync::atomic::AtomicU32::new(0));
    let counted = attempts.clone();
    let holding = store.write(move |_| {
        let _ = held.lock().unwrap().recv();
        Ok::<(), Error>(())
    });
    let good = store.write(move |tx| {
        counted.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        tx.execute(SET, values!["good", "1"])
    });
    let refused = store.write(|tx| {
        tx.query_opt(NAMES, &[])?;
        Err::<(), _>(Error::invalid("no"))
    });
    let (_, good, refused, ()) = tokio::join!(holding, good, refused, async { drop(release) });
    assert!(good.is_ok());
    assert!(matches!(refused, Err(Error::Invalid(_))));
    assert_eq!(names(&store).await, ["good"]);
    assert_eq!(attempts.load(std::sync::atomic::Ordering::Relaxed), 1);
}

#[tokio::test]
async fn closing_finishes_what_is_queued() {
    let (store, folder) = sqlite().await;
    let store = Arc::new(store);
    let mut waiting = Vec::new();
    for number in 0..50 {
        let store = store.clone();
        waiting.push(tokio::spawn(async move {
            store.write(move |tx| tx.execute(SET, values![number.to_string(), "1"])).await
        }));
    }
    tokio::task::yield_now().await;
    store.close().await;
    let mut done = 0;
    for change in waiting {
        done += usize::from(change.await.unwrap().is_ok());
    }
    let again = Store::open(Config::new(folder.path())).await.unwrap();
    assert_eq!(names(&again).await.len(), done);
    assert_eq!(done, 50);
}

#[tokio::test]
async fn parameters_are_bound_by_their_numbers() {
    let (store, _folder) = sqlite().await;
    let row = store
        .read(|db| {
            let mut row = db.query_one("SELECT $2, $1, $2", &[Value::Int(1), Value::from("two")])?;
            Ok::<_, Error>((row.take::<String>()?, row.take::<i64>()?, row.take::<String>()?))
        })
        .await
        .unwrap();
    assert_eq!(row, ("two".to_owned(), 1, "two".to_owned()));
}
