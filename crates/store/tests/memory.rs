//! A file of 1 GiB goes through in a small, fixed amount of memory. In a process of its own, whose memory nothing else uses.
#![cfg(target_os = "linux")]

use std::{convert::Infallible, fs};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tavola_store::{
    Actor, Config, Origin, Store, content,
    sessions::{self, Credentials, SignIn},
    setup, uploads,
};

const MIB: u64 = 1 << 20;

/// A value of this process in KiB, from the kernel.
fn memory(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap()
}

/// By how many MiB the memory in use grows at most while something is done.
async fn growth<T>(work: impl Future<Output = T>) -> (T, u64) {
    // Forget the peak of before.
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = memory("VmRSS");
    let answer = work.await;
    (answer, memory("VmHWM").saturating_sub(before) / 1024)
}

/// Pieces as they come from the network, no two alike.
fn pieces(count: u64) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> + Send {
    stream::iter(0..count * 16).map(|n| {
        let mut piece = vec![n as u8; 1 << 16];
        piece[..8].copy_from_slice(&n.to_le_bytes());
        Ok(Bytes::from(piece))
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gibibyte_goes_through_in_32_mebibytes() {
    for sealed in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config::new(folder.path().join("data"));
        if sealed {
            let key = folder.path().join("key");
            fs::write(&key, "5".repeat(64)).unwrap();
            config.content_key_file = Some(key);
        }
        let store = Store::open(config).await.unwrap();
        // What is set up once is not what a file takes; hashing a password takes 19 MiB.
        let actor = administrator(&store).await;
        content::receive(&store, pieces(4), u64::MAX).await.unwrap();

        let (blob, grown) = growth(content::receive(&store, pieces(1024), u64::MAX)).await;
        let blob = blob.unwrap();
        assert_eq!(blob.size(), 1024 * MIB);
        assert!(grown < 32, "receiving took {grown} MiB, sealed: {sealed}");

        let (read, grown) = growth(async {
            let mut reading = content::read(&store, &blob, None).await.unwrap();
            let mut read = 0;
            while let Some(part) = reading.stream.next().await {
                read += part.unwrap().len() as u64;
            }
            read
        })
        .await;
        assert_eq!(read, 1024 * MIB);
        assert!(grown < 32, "reading took {grown} MiB, sealed: {sealed}");

        // The same in blocks, which become one file.
        let ((), grown) = growth(async {
            let upload = uploads::begin(&store, &actor).await.unwrap().id;
            for _ in 0..4 {
                uploads::append(&store, &actor, upload, None, pieces(64), u64::MAX).await.unwrap();
            }
            assert_eq!(uploads::finish(&store, &actor, upload).await.unwrap().size(), 256 * MIB);
        })
        .await;
        assert!(grown < 32, "joining blocks took {grown} MiB, sealed: {sealed}");
        store.close().await;
    }
}

async fn administrator(store: &Store) -> Actor {
    setup::first_administrator(store, "root".parse().unwrap(), "correct horse").await.unwrap();
    let sign_in = SignIn {
        credentials: Credentials::Password { name: "root".to_owned(), password: "correct horse".to_owned() },
        site: String::new(),
        impersonate: None,
        origin: Origin::default(),
    };
    sessions::sign_in(store, sign_in).await.unwrap().actor
}
