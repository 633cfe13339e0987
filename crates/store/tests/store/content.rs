use std::{
    convert::Infallible,
    io::{Read as _, Seek as _, SeekFrom},
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use tavola_store::{
    Error, Invalid, OpenError, Store,
    content::{self, Blob, Check, Collected, Patience, ReceiveError},
    uploads,
};

use crate::world::World;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Bytes that look random, and are the same for the same seed.
pub fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(length + 8);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_le_bytes());
    }
    bytes.truncate(length);
    bytes
}

/// A stream of these bytes, in pieces of this many.
pub fn pieces(bytes: &[u8], size: usize) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + use<> {
    let pieces: Vec<_> = bytes.chunks(size).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    stream::iter(pieces)
}

pub async fn receive(store: &Store, bytes: &[u8]) -> Blob {
    content::receive(store, pieces(bytes, 100_000), u64::MAX).await.unwrap()
}

pub async fn read(store: &Store, blob: &Blob) -> Vec<u8> {
    content::read_whole(store, blob).await.unwrap()
}

async fn collect_stream(reading: content::Reading) -> Result<Vec<u8>, Error> {
    reading
        .stream
        .try_fold(Vec::new(), |mut all, part| async move {
            all.extend_from_slice(&part);
            Ok(all)
        })
        .await
}

/// Whether a full check finds nothing wrong, and so many blobs.
pub async fn assert_clean(world: &World, blobs: u64) {
    let report = content::check(&world.store, Check { hashes: true, repair: false }).await.unwrap();
    assert_eq!((report.findings.as_slice(), report.blobs), (&[][..], blobs));
    assert_eq!(world.storage.names().await.len() as u64, blobs);
    assert_eq!(world.storage.incomplete(), 0);
}

/// Without grace: what is unused now is marked by the first collection and deleted by the second.
pub const IMPATIENT: Patience = Patience { grace: Duration::ZERO, wait: Duration::ZERO, silence: HOUR };

on_every_storage! {
    async fn bytes_come_back_whole_and_in_parts(world) {
        const CHUNK: usize = 64 << 10;
        for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 4 * CHUNK, 4 * CHUNK + 1, 1_000_003] {
            let bytes = noise(size as u64, size);
            let blob = receive(&world.store, &bytes).await;
            assert_eq!(blob.size(), size as u64);
            assert_eq!(blob.hash().as_bytes(), &<[u8; 32]>::from(Sha256::digest(&bytes)));
            assert_eq!(read(&world.store, &blob).await, bytes);
            let mut spots = vec![0, size / 3, size / 2, size.saturating_sub(1), size];
            spots.extend([CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK].into_iter().filter(|spot| *spot <= size));
            spots.sort_unstable();
            for (n, begin) in spots.iter().enumerate() {
                for end in &spots[n..] {
                    let range = *begin as u64..*end as u64;
                    let reading = content::read(&world.store, &blob, Some(range.clone())).await.unwrap();
                    assert_eq!((reading.range.clone(), reading.size), (range, size as u64));
                    assert_eq!(collect_stream(reading).await.unwrap(), &bytes[*begin..*end], "{begin}..{end} of {size}");
                }
            }
            let outside = content::read(&world.store, &blob, Some(0..size as u64 + 1)).await;
            assert!(matches!(outside, Err(Error::Invalid(_))));
        }
        assert_clean(world, 8).await;
    }

    async fn a_file_of_several_parts_comes_back(world) {
        let bytes = noise(1, (20 << 20) + 11);
        let blob = content::receive(&world.store, pieces(&bytes, 3 << 20), u64::MAX).await.unwrap();
        assert!(read(&world.store, &blob).await == bytes);
        let middle = (9 << 20) as u64..(17 << 20) as u64;
        let part = collect_stream(content::read(&world.store, &blob, Some(middle)).await.unwrap()).await.unwrap();
        assert!(part == bytes[9 << 20..17 << 20]);
        assert_clean(world, 1).await;
    }

    async fn equal_bytes_are_stored_once(world) {
        let bytes = noise(2, 300_000);
        let first = receive(&world.store, &bytes).await;
        let second = content::receive(&world.store, pieces(&bytes, 7_777), u64::MAX).await.unwrap();
        assert_eq!(first, second);
        let other = receive(&world.store, &bytes[1..]).await;
        assert_ne!(other, first);
        assert_clean(world, 2).await;
        let at_once = stream::iter(0..8).map(|_| receive(&world.store, b"at once")).buffer_unordered(8);
        let blobs: Vec<Blob> = at_once.collect().await;
        assert!(blobs.iter().all(|blob| *blob == blobs[0]));
        assert_clean(world, 3).await;
    }

    async fn a_file_may_have_as_many_bytes_as_the_limit_says_and_leaves_nothing_when_it_has_more(world) {
        let bytes = noise(3, 9 << 20);
        for (limit, size) in [(bytes.len() - 1, bytes.len()), (10, 11), (0, 1)] {
            let refused = content::receive(&world.store, pieces(&bytes[..size], 1 << 20), limit as u64).await;
            let Err(ReceiveError::Store(Error::Invalid(Invalid::TooLarge(told)))) = refused else {
                panic!("{refused:?}");
            };
            assert_eq!(told, limit as u64);
        }
        assert_clean(world, 0).await;
        content::receive(&world.store, pieces(&bytes[..10], 3), 10).await.unwrap();
        assert_clean(world, 1).await;
    }

    async fn a_stream_that_breaks_off_leaves_nothing(world) {
        for size in [0, 10, 1 << 20, 20 << 20] {
            let broken = pieces(&noise(4, size), 1 << 20)
                .map(|piece| Ok::<_, &str>(piece.unwrap()))
                .chain(stream::iter([Err("the caller is gone")]));
            let error = content::receive(&world.store, broken, u64::MAX).await.unwrap_err();
            assert!(matches!(error, ReceiveError::Stream("the caller is gone")), "{error:?}");
        }
        assert_clean(world, 0).await;
    }

    async fn a_stream_that_nobody_waits_for_any_more_is_swept(world) {
        // What the stream waits for never comes, and its reader is dropped.
        let endless = pieces(&noise(5, 20 << 20), 1 << 20).chain(stream::pending());
        let dropped = tokio::time::timeout(
            Duration::from_secs(3),
            content::receive(&world.store, endless, u64::MAX),
        );
        assert!(dropped.await.is_err());
        assert_eq!(world.storage.incomplete(), usize::from(world.storage.is_bucket()));
        world.clock.advance(HOUR / 2);
        let early = content::collect(&world.store, Patience::default()).await.unwrap();
        assert_eq!(early, Collected::default());
        world.clock.advance(HOUR);
        let collected = content::collect(&world.store, Patience::default()).await.unwrap();
        assert_eq!(collected, Collected { broken_off: 1, deleted: 1, ..Collected::default() });
        assert_clean(world, 0).await;
    }

    async fn what_is_unused_is_marked_then_deleted_and_what_is_used_again_is_not(world) {
        let patient = Patience::default();
        let kept = receive(&world.store, b"used again").await;
        receive(&world.store, b"unused").await;
        world.clock.advance(patient.grace - Duration::from_secs(1));
        assert_eq!(content::collect(&world.store, patient).await.unwrap(), Collected::default());
        world.clock.advance(Duration::from_secs(1));
        let collected = content::collect(&world.store, patient).await.unwrap();
        assert_eq!(collected, Collected { marked: 2, ..Collected::default() });
        // Still there for those who read it.
        assert_eq!(read(&world.store, &kept).await, b"used again");
        assert_eq!(receive(&world.store, b"used again").await, kept);
        world.clock.advance(patient.wait);
        let collected = content::collect(&world.store, patient).await.unwrap();
        assert_eq!(collected, Collected { deleted: 1, ..Collected::default() });
        assert_eq!(read(&world.store, &kept).await, b"used again");
        assert_clean(world, 1).await;
        // The same bytes are welcome again.
        assert_eq!(read(&world.store, &receive(&world.store, b"unused").await).await, b"unused");
        assert_clean(world, 2).await;
    }

    async fn the_check_finds_strays_and_what_is_missing_or_damaged_and_repairs_what_it_can(world) {
        let repair = Check { repair: true, hashes: true };
        let upload = uploads::begin(&world.store, &world.root).await.unwrap().id;
        let files = [noise(6, 100_000), noise(7, 100_000), noise(8, 100_000)];
        let mut names = Vec::new();
        for (sequence, bytes) in (0..).zip(&files) {
            let block = pieces(bytes, 10_000);
            uploads::append(&world.store, &world.root, upload, Some(sequence), block, u64::MAX).await.unwrap();
            let new = world.storage.names().await.into_iter().find(|name| !names.contains(name)).unwrap();
            names.push(new);
        }
        receive(&world.store, b"unused").await;
        let unused = world.storage.names().await.into_iter().find(|name| !names.contains(name)).unwrap();

        world.storage.delete(&names[0]).await;
        let mut bytes = world.storage.get(&names[1]).await;
        bytes.truncate(50_000);
        world.storage.put(&names[1], bytes).await;
        let mut bytes = world.storage.get(&names[2]).await;
        bytes[70_000] ^= 1;
        world.storage.put(&names[2], bytes).await;
        world.storage.delete(&unused).await;
        let stray = "00/11/00112233-4455-4677-8899-aabbccddeeff";
        world.storage.put(stray, b"stray".to_vec()).await;
        world.storage.put("notes.txt", b"an administrator's own".to_vec()).await;

        let told = |report: content::Report| {
            let mut told: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
            told.sort();
            told
        };
        let hash = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let mut expected = vec![
            format!("`{}` (100000 bytes, in use): the bytes are not there", hash(&files[0])),
            format!("`{}` (100000 bytes, in use): the size is wrong", hash(&files[1])),
            format!("`{}` (100000 bytes, in use): the bytes are damaged", hash(&files[2])),
            format!("`{}` (6 bytes, not in use): the bytes are not there", hash(b"unused")),
            format!("`{stray}`: 5 bytes that nothing refers to"),
            "`notes.txt`: not put there by this program".to_owned(),
        ];
        expected.sort();
        let quick = content::check(&world.store, Check::default()).await.unwrap();
        assert_eq!(quick.findings.len(), 5, "{quick:?}");
        for how in [Check { hashes: true, repair: false }, repair] {
            assert_eq!(told(content::check(&world.store, how).await.unwrap()), expected, "{how:?}");
        }
        // What nothing refers to is gone; what is lost stays told of, until the same bytes come again.
        let left = content::check(&world.store, repair).await.unwrap();
        assert_eq!(left.findings.len(), 4, "{left:?}");
        assert!(uploads::finish(&world.store, &world.root, upload).await.is_err());
        for bytes in &files {
            receive(&world.store, bytes).await;
        }
        world.storage.delete("notes.txt").await;
        assert_clean(world, 3).await;
        let whole = uploads::finish(&world.store, &world.root, upload).await.unwrap();
        assert!(read(&world.store, &whole).await == files.concat());
    }

    async fn bytes_are_not_acknowledged_for_the_sake_of_a_copy_that_is_lost(world) {
        let lost = receive(&world.store, b"precious").await;
        for name in world.storage.names().await {
            world.storage.delete(&name).await;
        }
        let again = receive(&world.store, b"precious").await;
        assert_ne!(again, lost);
        assert_eq!(read(&world.store, &again).await, b"precious");
        assert_clean(world, 1).await;
    }

    async fn damaged_bytes_are_never_read_as_if_they_ended_early(world) {
        let blob = receive(&world.store, &noise(9, 500_000)).await;
        let [name] = world.storage.names().await.try_into().unwrap();
        let mut bytes = world.storage.get(&name).await;
        bytes.truncate(400_000);
        world.storage.put(&name, bytes).await;
        let read = match content::read(&world.store, &blob, None).await {
            Ok(reading) => collect_stream(reading).await.map(|bytes| bytes.len()),
            Err(error) => Err(error),
        };
        assert!(matches!(read, Err(Error::Unavailable(_))), "{read:?}");
    }

    async fn a_blob_is_read_at_any_place(world) {
        let bytes = noise(10, 700_001);
        let blob = receive(&world.store, &bytes).await;
        let mut reader = content::random_read(&world.store, &blob).await.unwrap();
        tokio::task::spawn_blocking(move || {
            let mut all = Vec::new();
            reader.read_to_end(&mut all).unwrap();
            assert!(all == bytes);
            for step in 0..200_u64 {
                let at = step * 7_919 * 31 % 700_001;
                assert_eq!(reader.seek(SeekFrom::Start(at)).unwrap(), at);
                let wanted = 1000.min(700_001 - at as usize);
                let mut part = vec![0; wanted];
                reader.read_exact(&mut part).unwrap();
                assert!(part == bytes[at as usize..][..wanted], "at {at}");
            }
            assert_eq!(reader.seek(SeekFrom::End(-1)).unwrap(), 700_000);
            let mut last = Vec::new();
            reader.read_to_end(&mut last).unwrap();
            assert_eq!(last, &bytes[700_000..]);
            assert_eq!(reader.seek(SeekFrom::Current(5)).unwrap(), 700_006);
            assert_eq!(reader.read(&mut [0]).unwrap(), 0);
            assert!(reader.seek(SeekFrom::End(-700_002)).is_err());
        })
        .await
        .unwrap();
    }

    async fn a_sealed_storage_shows_nothing_of_the_bytes(world) {
        let words = "a sentence that must not be found ".repeat(10_000);
        receive(&world.store, words.as_bytes()).await;
        let [name] = world.storage.names().await.try_into().unwrap();
        let stored = world.storage.get(&name).await;
        let shown = stored.windows(8).any(|window| window == b"sentence");
        assert_eq!(shown, !world.storage.is_sealed());
    }

    async fn content_that_comes_and_goes_while_it_is_collected_is_there_or_not_but_never_half(world) {
        // Few different bytes, received, taken over, let go of and collected at once, without grace. (What takes bytes
        // over here is an upload, in the transaction in which they become a blob.)
        static DELETED: AtomicU64 = AtomicU64::new(0);
        let receivers = (0..6_u64).map(|n| async move {
            for round in 0..12_u64 {
                let bytes = noise(100 + (n + round) % 3, 70_000);
                let id = uploads::begin(&world.store, &world.root).await.unwrap().id;
                let block = pieces(&bytes, 30_000);
                uploads::append(&world.store, &world.root, id, None, block, u64::MAX).await.unwrap();
                let blob = uploads::finish(&world.store, &world.root, id).await.unwrap();
                assert!(read(&world.store, &blob).await == bytes);
                uploads::abort(&world.store, &world.root, id).await.unwrap();
            }
        });
        let working = futures_util::future::join_all(receivers);
        let collecting = async {
            loop {
                let collected = content::collect(&world.store, IMPATIENT).await.unwrap();
                assert_eq!((collected.failed, collected.broken_off), (0, 0));
                DELETED.fetch_add(collected.deleted, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = working => {}
            () = collecting => {}
        }
        assert!(DELETED.load(Ordering::Relaxed) > 0, "nothing was collected meanwhile");
        content::collect(&world.store, IMPATIENT).await.unwrap();
        content::collect(&world.store, IMPATIENT).await.unwrap();
        assert_clean(world, 0).await;
    }
}

#[tokio::test]
async fn any_split_of_bytes_has_the_same_hash() {
    let world = World::sqlite().await;
    let bytes = noise(11, 600_000);
    let whole = receive(&world.store, &bytes).await;
    for seed in 0..60 {
        let mut lengths = noise(seed, 4096).into_iter();
        let mut rest = bytes.as_slice();
        let mut split = Vec::new();
        while !rest.is_empty() {
            // From empty pieces to pieces of several blocks.
            let length = usize::from(lengths.next().unwrap_or(255)) << (seed % 12);
            let (piece, tail) = rest.split_at(length.min(rest.len()));
            split.push(Ok::<_, Infallible>(Bytes::copy_from_slice(piece)));
            rest = tail;
        }
        assert_eq!(content::receive(&world.store, stream::iter(split), u64::MAX).await.unwrap(), whole, "seed {seed}");
    }
    assert_clean(&world, 1).await;
}

async fn refusal(world: &World, change: impl FnOnce(&mut tavola_store::Config)) -> String {
    let mut config = world.config();
    change(&mut config);
    match Store::open(config).await.unwrap_err() {
        error @ (OpenError::Content { .. } | OpenError::ContentKey { .. } | OpenError::Url(_)) => error.to_string(),
        error => panic!("{error:?}"),
    }
}

#[tokio::test]
async fn sealed_content_is_refused_without_its_key_or_with_another() {
    let world = World::on(crate::storage::Storage::sealed_folder(), false).await.unwrap();
    let blob = receive(&world.store, b"secret").await;
    world.store.close().await;
    let missing = refusal(&world, |config| config.content_key_file = None).await;
    assert!(
        missing.contains("it is encrypted with the key `") && missing.ends_with("`, and no key is given"),
        "{missing}"
    );
    let other = refusal(&world, |config| config.content_key_file = Some(world.storage.key_file('b'))).await;
    assert!(other.contains("it is encrypted with the key `") && other.contains("`, and the key given is `"), "{other}");
    let absent = refusal(&world, |config| config.content_key_file = Some("/no/such/key".into())).await;
    assert!(absent.starts_with("the key of the content in `/no/such/key` cannot be used: "), "{absent}");
    let within = world.config().data_dir.join("key");
    std::fs::copy(world.storage.key_file('a'), &within).unwrap();
    let within = refusal(&world, |config| config.content_key_file = Some(within)).await;
    assert!(within.ends_with("it lies in the data folder, so a copy of the folder would be readable"), "{within}");

    let store = Store::open(world.config()).await.unwrap();
    assert_eq!(read(&store, &blob).await, b"secret");
    store.close().await;
}

#[tokio::test]
async fn a_key_given_later_seals_what_comes_later() {
    let world = World::sqlite().await;
    let plain = receive(&world.store, b"before the key").await;
    world.store.close().await;
    let mut config = world.config();
    config.content_key_file = Some(world.storage.key_file('c'));
    let store = Store::open(config).await.unwrap();
    let sealed = receive(&store, b"after the key").await;
    assert_eq!(read(&store, &plain).await, b"before the key");
    assert_eq!(read(&store, &sealed).await, b"after the key");
    assert_eq!(receive(&store, b"before the key").await, plain);
    store.close().await;
}

#[tokio::test]
async fn the_storage_of_another_database_is_refused() {
    let (one, two) = (World::sqlite().await, World::sqlite().await);
    receive(&one.store, b"one").await;
    one.store.close().await;
    two.store.close().await;
    let others = refusal(&one, |config| two.storage.configure(config)).await;
    assert!(others.ends_with("cannot be used: it belongs to another database"), "{others}");
    let empty = tempfile::tempdir().unwrap();
    let url = format!("file:{}", empty.path().display());
    let wrong = refusal(&one, |config| config.content_url = Some(url)).await;
    assert!(wrong.ends_with("it does not hold what the database says it does; is it the right one?"), "{wrong}");
    let unknown = refusal(&one, |config| config.content_url = Some("ftp://host/folder".to_owned())).await;
    assert_eq!(unknown, "the content URL is neither `file:FOLDER` nor `s3://BUCKET/PREFIX`");
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_named() {
    let Some(bucket) = crate::storage::Storage::bucket().await else { return };
    let world = World::on(bucket, false).await.unwrap();
    world.store.close().await;
    let absent = refusal(&world, |config| config.content_url = Some("s3://absent/x".to_owned())).await;
    assert!(absent.starts_with("the content in `AmazonS3(absent)/x` cannot be used: "), "{absent}");
    assert_eq!(absent.lines().count(), 1, "{absent}");
    let plain = refusal(&world, |config| config.content_options.retain(|(name, _)| name != "AWS_ALLOW_HTTP")).await;
    assert!(plain.starts_with("the content in `AmazonS3(tavola)/"), "{plain}");
}

#[cfg(unix)]
#[tokio::test]
async fn content_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::sqlite().await.another(|config| config.content_url = None).await;
    receive(&world.store, b"private").await;
    let mut folders = vec![world.folder.path().join("data/content")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.file_name().unwrap() != "tavola-storage" {
                assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
                files += 1;
            }
        }
    }
    assert_eq!(files, 1);
}
