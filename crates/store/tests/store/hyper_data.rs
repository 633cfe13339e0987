use std::sync::atomic::{AtomicUsize, Ordering};

use tavola_model::{FinishCode, JobType, SiteRole};
use tavola_store::{
    Error, Refusal,
    datasources::{self, Datasource, NewDatasource},
    hyper_data::{self, Changed},
    items::NewFile,
};

use crate::{
    content::{read, receive},
    datasources::{file, source},
    jobs::wait,
    workbooks::to,
    world::World,
};

async fn extract(world: &World, name: &str, byte: u8, overwrite: bool) -> NewDatasource {
    let mut file = NewFile { has_extracts: true, ..file(world, to(None, name), byte, "hyper").await };
    file.destination.overwrite = overwrite;
    source(file)
}

async fn published(world: &World) -> Datasource {
    let new = extract(world, "Sales", 1, false).await;
    datasources::publish(&world.store, &world.root, new).await.unwrap()
}

async fn content(world: &World, made: &Datasource) -> Vec<u8> {
    let file = datasources::download(&world.store, &world.root, made.item.id, None).await.unwrap();
    read(&world.store, &file.blob).await
}

on_both! {
    async fn a_change_is_made_again_when_another_revision_came_meanwhile(world) {
        let made = published(world).await;
        let tries = AtomicUsize::new(0);
        let changed = hyper_data::change(&world.store, &world.root, made.item.id, async |base| {
            let mut bytes = read(&world.store, &base.file.blob).await;
            if tries.fetch_add(1, Ordering::Relaxed) == 0 {
                let other = extract(world, "Sales", 7, true).await;
                datasources::publish(&world.store, &world.root, other).await?;
            }
            bytes.push(2);
            Ok::<_, Error>(Changed { blob: receive(&world.store, &bytes).await, upload: None })
        });
        let changed = changed.await.unwrap();
        assert_eq!(tries.into_inner(), 2);
        assert_eq!((changed.item.revision, changed.item.size, changed.item.has_extracts), (3, 1001, true));
        let bytes = content(world, &made).await;
        assert_eq!((bytes[0], bytes[1000]), (7, 2), "it is made of the newer one");
    }

    async fn a_request_is_done_once_a_day_for_each_user(world) {
        let made = published(world).await;
        let (store, id) = (&world.store, made.item.id);
        let begin = async |actor: &tavola_store::Actor, request: &str| {
            let at_work = store.clone();
            let make = move |base: tavola_store::items::Base| {
                let store = at_work.clone();
                async move {
                    let mut bytes = read(&store, &base.file.blob).await;
                    bytes.push(3);
                    Ok::<_, Error>(Changed { blob: receive(&store, &bytes).await, upload: None })
                }
            };
            let request = Some(request.to_owned());
            let job = hyper_data::change_as_job(store, actor, id, JobType::UpdateUploadedFile, request, make).await?;
            assert_eq!(wait(store, actor, job.id).await.ended.unwrap().code, FinishCode::Success);
            Ok::<_, Error>(job.id)
        };
        assert_eq!(hyper_data::find_job(store, &world.root, id, "a").await.unwrap(), None);
        let first = begin(&world.root, "a").await.unwrap();
        assert_eq!(begin(&world.root, "a").await.unwrap(), first);
        assert_eq!(hyper_data::find_job(store, &world.root, id, "a").await.unwrap().unwrap().id, first);
        let other = begin(&world.root, "b").await.unwrap();
        let chief = world.actor("chief", SiteRole::SiteAdministratorCreator).await;
        assert_eq!(hyper_data::find_job(store, &chief, id, "a").await.unwrap(), None);
        let of_chief = begin(&chief, "a").await.unwrap();
        assert_eq!(content(world, &made).await.len(), 1003);
        world.advance_minutes(24 * 60 + 1);
        let next_day = begin(&world.root, "a").await.unwrap();
        let mut all = vec![first, other, of_chief, next_day];
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 4);
        assert_eq!(content(world, &made).await.len(), 1004);
    }

    async fn what_fails_or_is_not_allowed_changes_nothing(world) {
        let made = published(world).await;
        let fail = async |_| Err::<Changed, _>(Error::Forbidden(Refusal::NotPublisher));
        assert!(hyper_data::change(&world.store, &world.root, made.item.id, fail).await.is_err());
        let make = move |_| async move { Err::<Changed, _>(Error::Forbidden(Refusal::NotPublisher)) };
        let begin = async |actor: &tavola_store::Actor| {
            hyper_data::change_as_job(&world.store, actor, made.item.id, JobType::PublishDatasource, None, make).await
        };
        let job = begin(&world.root).await.unwrap();
        let job = wait(&world.store, &world.root, job.id).await;
        assert_eq!(job.ended.unwrap().code, FinishCode::Failed);
        assert_eq!(job.notes[0].text.as_deref(), Some(Error::Forbidden(Refusal::NotPublisher).to_string().as_str()));
        for role in [SiteRole::Viewer, SiteRole::Creator] {
            let other = world.actor(&format!("{role}"), role).await;
            assert!(begin(&other).await.is_err(), "{role}");
        }
        assert_eq!(content(world, &made).await.len(), 1000);
    }
}
