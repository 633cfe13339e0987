use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use tavola_model::{SiteRole, UploadId};
use tavola_store::{
    Actor, Conflict, Error, Invalid, Missing, Refusal,
    content::{self, Patience, ReceiveError},
    uploads::{self, Block},
};

use crate::{
    content::{IMPATIENT, assert_clean, noise, pieces, read},
    world::World,
};

async fn append(world: &World, actor: &Actor, id: UploadId, at: Option<u32>, bytes: &[u8]) -> Result<u64, Error> {
    match uploads::append(&world.store, actor, id, at, pieces(bytes, 50_000), 1 << 30).await {
        Ok(size) => Ok(size),
        Err(ReceiveError::Store(error)) => Err(error),
        Err(ReceiveError::Stream(never)) => match never {},
    }
}

fn is_unknown<T>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(Error::NotFound(Missing::Upload(_))))
}

on_every_storage! {
    async fn blocks_in_order_become_one_file(world) {
        let (store, root) = (&world.store, &world.root);
        let bytes = noise(1, 250_000);
        let upload = uploads::begin(store, root).await.unwrap();
        assert_eq!((upload.size(), upload.blocks.len()), (0, 0));
        for (n, block) in bytes.chunks(100_000).enumerate() {
            let size = append(world, root, upload.id, None, block).await.unwrap();
            assert_eq!(size, (n as u64 * 100_000) + block.len() as u64);
        }
        let found = uploads::get(store, root, upload.id).await.unwrap();
        let sizes = [(0, 100_000), (1, 100_000), (2, 50_000)].map(|(sequence, size)| Block { sequence, size });
        assert_eq!(found.blocks, sizes);
        assert_eq!(found.size(), 250_000);
        let whole = uploads::finish(store, root, upload.id).await.unwrap();
        assert!(read(store, &whole).await == bytes);
        // Publishing may be tried again.
        assert_eq!(uploads::finish(store, root, upload.id).await.unwrap(), whole);
        let found = uploads::get(store, root, upload.id).await.unwrap();
        assert_eq!((found.size(), found.blocks.len(), found.finished), (250_000, 0, Some(whole)));
        let late = append(world, root, upload.id, None, b"more").await;
        assert!(matches!(late, Err(Error::Conflict(Conflict::UploadFinished))));
        // The blocks are not needed any more, and gone before any grace is over.
        world.clock.advance(Patience::default().wait);
        assert_eq!(content::collect(store, Patience::default()).await.unwrap().deleted, 3);
        assert_clean(world, 1).await;
    }

    async fn blocks_come_in_any_order_and_in_parallel(world) {
        let (store, root) = (&world.store, &world.root);
        let bytes = noise(2, 30 * 20_000);
        let id = uploads::begin(store, root).await.unwrap().id;
        let mut order: Vec<u32> = (0..30).collect();
        order.sort_by_key(|n| n * 7 % 30);
        let blocks = order.into_iter().map(|n| {
            let block = &bytes[n as usize * 20_000..][..20_000];
            async move { append(world, root, id, Some(n + 1), block).await.unwrap() }
        });
        let sizes: Vec<u64> = stream::iter(blocks).buffer_unordered(6).collect().await;
        assert_eq!(sizes.into_iter().max(), Some(600_000));
        let whole = uploads::finish(store, root, id).await.unwrap();
        assert!(read(store, &whole).await == bytes);
    }

    async fn a_broken_block_is_sent_again_and_replaces_what_was_there(world) {
        let (store, root) = (&world.store, &world.root);
        let id = uploads::begin(store, root).await.unwrap().id;
        append(world, root, id, Some(0), b"first ").await.unwrap();
        let broken = stream::iter([Ok(Bytes::from_static(b"seco")), Err("gone")]);
        let error = uploads::append(store, root, id, Some(1), broken, 100).await.unwrap_err();
        assert!(matches!(error, ReceiveError::Stream("gone")));
        assert_eq!(uploads::get(store, root, id).await.unwrap().size(), 6);
        append(world, root, id, Some(1), b"wrong").await.unwrap();
        assert_eq!(append(world, root, id, Some(1), b"second").await.unwrap(), 12);
        let whole = uploads::finish(store, root, id).await.unwrap();
        assert_eq!(read(store, &whole).await, b"first second");
    }

    async fn one_block_is_the_file_itself(world) {
        let (store, root) = (&world.store, &world.root);
        let id = uploads::begin(store, root).await.unwrap().id;
        append(world, root, id, None, b"small").await.unwrap();
        let whole = uploads::finish(store, root, id).await.unwrap();
        assert_eq!(read(store, &whole).await, b"small");
        assert_clean(world, 1).await;
        content::collect(store, IMPATIENT).await.unwrap();
        content::collect(store, IMPATIENT).await.unwrap();
        assert_eq!(read(store, &whole).await, b"small");
    }

    async fn an_upload_lives_a_day_and_leaves_nothing(world) {
        let (store, root) = (&world.store, &world.root);
        let begun = uploads::begin(store, root).await.unwrap();
        assert_eq!(begun.expires_at.since(world.clock.now()), Duration::from_secs(24 * 60 * 60));
        append(world, root, begun.id, None, &noise(3, 100_000)).await.unwrap();
        world.advance_minutes(24 * 60 - 1);
        assert_eq!(uploads::sweep_expired(store).await.unwrap(), 0);
        append(world, root, begun.id, None, b"just in time").await.unwrap();
        world.advance_minutes(1);
        assert!(is_unknown(&uploads::get(store, root, begun.id).await));
        assert!(is_unknown(&append(world, root, begun.id, None, b"too late").await));
        let collected = content::collect(store, Patience::default()).await.unwrap();
        assert_eq!(collected.expired_uploads, 1);
        world.clock.advance(Patience::default().wait);
        assert_eq!(content::collect(store, Patience::default()).await.unwrap().deleted, 2);
        assert_clean(world, 0).await;
    }
}

on_both! {
    async fn an_upload_is_its_users_own(world) {
        let publisher = world.actor("ann", SiteRole::ExplorerCanPublish).await;
        let other = world.actor("bob", SiteRole::Creator).await;
        world.site("sales").await;
        let root_elsewhere = world.root_on("sales").await;
        let id = uploads::begin(&world.store, &publisher).await.unwrap().id;
        append(world, &publisher, id, None, b"mine").await.unwrap();
        for stranger in [&other, &world.root, &root_elsewhere] {
            assert!(is_unknown(&uploads::get(&world.store, stranger, id).await));
            assert!(is_unknown(&append(world, stranger, id, None, b"x").await));
            assert!(is_unknown(&uploads::finish(&world.store, stranger, id).await));
            assert!(is_unknown(&uploads::abort(&world.store, stranger, id).await));
        }
        uploads::abort(&world.store, &publisher, id).await.unwrap();
        assert!(is_unknown(&uploads::get(&world.store, &publisher, id).await));
    }

    async fn who_may_not_publish_begins_no_upload(world) {
        for (name, role) in [("vic", SiteRole::Viewer), ("eve", SiteRole::Explorer)] {
            let actor = world.actor(name, role).await;
            let refused = uploads::begin(&world.store, &actor).await;
            assert!(matches!(refused, Err(Error::Forbidden(Refusal::NotPublisher))), "{role}");
        }
    }

    async fn a_file_with_a_hole_is_not_finished(world) {
        let (store, root) = (&world.store, &world.root);
        let id = uploads::begin(store, root).await.unwrap().id;
        let missing = |answer: Result<content::Blob, Error>| match answer {
            Err(Error::Conflict(Conflict::UploadIncomplete(block))) => block,
            answer => panic!("{answer:?}"),
        };
        assert_eq!(missing(uploads::finish(store, root, id).await), 0);
        append(world, root, id, Some(2), b"c").await.unwrap();
        assert_eq!(missing(uploads::finish(store, root, id).await), 0);
        append(world, root, id, Some(0), b"a").await.unwrap();
        assert_eq!(missing(uploads::finish(store, root, id).await), 1);
        append(world, root, id, Some(1), b"b").await.unwrap();
        let whole = uploads::finish(store, root, id).await.unwrap();
        assert_eq!(read(store, &whole).await, b"abc");
        let far = append(world, root, id, Some(10_001), b"x").await;
        assert!(matches!(far, Err(Error::Invalid(_))));
    }

    async fn of_two_blocks_that_both_follow_the_last_one_is_refused(world) {
        let (store, root) = (&world.store, &world.root);
        let id = uploads::begin(store, root).await.unwrap().id;
        let (release, held) = tokio::sync::oneshot::channel::<()>();
        let slow = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"slow"))])
            .chain(stream::once(async { held.await.unwrap(); Ok(Bytes::new()) }));
        let slow = uploads::append(store, root, id, None, slow, 100);
        let quick = async {
            // The slow one has asked for its place when it is polled first.
            tokio::time::sleep(Duration::from_millis(200)).await;
            let quick = append(world, root, id, None, b"quick").await;
            release.send(()).unwrap();
            quick
        };
        let (slow, quick) = tokio::join!(slow, quick);
        assert_eq!(quick.unwrap(), 5);
        assert!(matches!(slow, Err(ReceiveError::Store(Error::Conflict(Conflict::UploadChangedMeanwhile)))), "{slow:?}");
        let whole = uploads::finish(store, root, id).await.unwrap();
        assert_eq!(read(store, &whole).await, b"quick");
    }

    async fn a_block_over_the_limit_is_refused(world) {
        let id = uploads::begin(&world.store, &world.root).await.unwrap().id;
        let refused = uploads::append(&world.store, &world.root, id, None, pieces(&[0; 11], 3), 10).await;
        assert!(matches!(refused, Err(ReceiveError::Store(Error::Invalid(Invalid::TooLarge(10))))));
        assert_eq!(uploads::get(&world.store, &world.root, id).await.unwrap().size(), 0);
    }

    async fn the_uploads_of_a_removed_user_go_with_them(world) {
        let publisher = world.actor("ann", SiteRole::Creator).await;
        let id = uploads::begin(&world.store, &publisher).await.unwrap().id;
        append(world, &publisher, id, None, b"mine").await.unwrap();
        tavola_store::users::remove(&world.store, &world.root, publisher.user_id(), None).await.unwrap();
        world.clock.advance(Patience::default().grace);
        content::collect(&world.store, Patience::default()).await.unwrap();
        world.clock.advance(Patience::default().wait);
        content::collect(&world.store, Patience::default()).await.unwrap();
        assert_clean(world, 0).await;
    }
}
