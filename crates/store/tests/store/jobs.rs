use std::time::Duration;

use tavola_model::{FinishCode, JobId, ListQuery, SiteRole, StatusNoteType};
use tavola_store::{
    Actor, Error, Missing, Store,
    jobs::{self, Job},
    users::{self, SignInWays, UserChange},
};

async fn import(store: &Store, actor: &Actor, file: &str) -> JobId {
    users::import_csv(store, actor, file.as_bytes().to_vec(), SignInWays::default()).await.unwrap().id
}

pub async fn wait(store: &Store, actor: &Actor, id: JobId) -> Job {
    let ended = async {
        loop {
            let job = jobs::get(store, actor, id).await.unwrap();
            if job.ended.is_some() {
                return job;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), ended).await.unwrap()
}

/// The job's count of this kind.
fn count(job: &Job, note_type: StatusNoteType) -> u64 {
    job.notes.iter().find(|note| note.note_type == note_type).unwrap().value
}

async fn users(store: &Store, actor: &Actor) -> u64 {
    users::list(store, actor, &ListQuery::default()).await.unwrap().total
}

on_both! {
    async fn lines_are_added_changed_and_refused_and_a_refused_one_leaves_nothing(world) {
        world.add(&world.root, "old", SiteRole::Viewer).await.unwrap();
        let chief = world.actor("chief", SiteRole::SiteAdministratorCreator).await;
        let file = "ann,secret,Ann,Creator,None,1,ann@example.com\nnew,,,Creator,System,1\nold,,Old,Explorer\ntwice,,,Viewer\n\
            twice,,,Explorer\n";
        let job = wait(&world.store, &chief, import(&world.store, &chief, file).await).await;
        assert_eq!(job.ended.unwrap().code, FinishCode::Success);
        assert_eq!(job.progress, 100);
        assert_eq!(count(&job, StatusNoteType::CountOfUsersProcessed), 5);
        assert_eq!(count(&job, StatusNoteType::CountOfUsersAddedToSite), 2);
        assert_eq!(count(&job, StatusNoteType::CountOfUsersSiteRoleUpdated), 2);
        assert_eq!(count(&job, StatusNoteType::CountOfUsersSkipped), 1);
        assert_eq!(users(&world.store, &world.root).await, 5);
        // The key of a setting is not null: this fails if there is such an account.
        world.sql("INSERT INTO server_settings (name, value) SELECT NULL, name FROM accounts WHERE name = 'new'").await.unwrap();
        let file = b"ann\nold\ntwice\nchief\n".to_vec();
        let id = users::remove_csv(&world.store, &world.root, file).await.unwrap().id;
        let job = wait(&world.store, &world.root, id).await;
        assert_eq!(count(&job, StatusNoteType::CountOfUsersSkipped), 0, "{job:?}");
        assert_eq!(users(&world.store, &world.root).await, 1);
        // Who began a job may be gone.
        assert_eq!(jobs::get(&world.store, &world.root, job.id).await.unwrap(), job);
    }

    async fn who_owns_content_is_not_removed(world) {
        wait(&world.store, &world.root, import(&world.store, &world.root, "ann,,,Creator\nbob,,,Creator\n").await).await;
        world
            .sql(
                "UPDATE projects SET owner_id = \
                 (SELECT u.id FROM users u JOIN accounts a ON a.id = u.account_id WHERE a.name = 'ann')",
            )
            .await
            .unwrap();
        let id = users::remove_csv(&world.store, &world.root, b"ann\nbob\n".to_vec()).await.unwrap().id;
        let job = wait(&world.store, &world.root, id).await;
        let skipped = job.notes.iter().find(|note| note.note_type == StatusNoteType::CountOfUsersSkipped).unwrap();
        assert_eq!(skipped.text.as_deref(), Some("line 1: `ann`: the user owns content"));
        assert_eq!(users(&world.store, &world.root).await, 2);
    }

    async fn imports_at_once_that_collide_all_come_to_their_end(world) {
        let file: String = (0..300).map(|n| format!("user{n},,,Viewer\n")).collect();
        let ids = [
            import(&world.store, &world.root, &file).await,
            import(&world.store, &world.root, &file).await,
            import(&world.store, &world.root, &file).await,
        ];
        let mut added = 0;
        for id in ids {
            let job = wait(&world.store, &world.root, id).await;
            assert_eq!(job.ended.unwrap().code, FinishCode::Success, "{job:?}");
            assert_eq!(count(&job, StatusNoteType::CountOfUsersSkipped), 0, "{job:?}");
            added += count(&job, StatusNoteType::CountOfUsersAddedToSite);
        }
        assert_eq!(added, 300);
        assert_eq!(users(&world.store, &world.root).await, 301);
    }

    async fn a_job_that_was_silent_for_a_minute_has_failed_and_never_goes_on(world) {
        let file: String = (0..30).map(|n| format!("user{n},password,,Viewer\n")).collect();
        let id = import(&world.store, &world.root, &file).await;
        let begun = world.clock.now();
        world.advance_minutes(2);
        let job = jobs::get(&world.store, &world.root, id).await.unwrap();
        let ended = job.ended.unwrap();
        assert_eq!((ended.code, ended.at), (FinishCode::Failed, begun.plus(Duration::from_secs(60))));
        let text = job.notes[0].text.as_deref();
        assert_eq!(text, Some("the server stopped before the job was done: 0 of 30 lines were done"));
        // Closing waits for it.
        world.store.close().await;
        let store = Store::open(world.config()).await.unwrap();
        assert_eq!(jobs::get(&store, &world.root, id).await.unwrap(), job);
        assert_eq!(users(&store, &world.root).await, 1);
        store.close().await;
    }

    async fn a_store_that_closes_has_its_jobs_write_down_how_far_they_got(world) {
        let file: String = (0..150).map(|n| format!("user{n},password,,Viewer\n")).collect();
        let id = import(&world.store, &world.root, &file).await;
        world.store.close().await;
        let store = Store::open(world.config()).await.unwrap();
        let job = jobs::get(&store, &world.root, id).await.unwrap();
        assert_eq!(job.ended.unwrap().code, FinishCode::Failed);
        assert_eq!(users(&store, &world.root).await - 1, count(&job, StatusNoteType::CountOfUsersProcessed));
        assert!(job.progress < 100);
        store.close().await;
    }

    async fn so_many_jobs_at_once_and_no_more(world) {
        let file: String = (0..200).map(|n| format!("user{n},password,,Viewer\n")).collect();
        let mut refused = 0;
        for _ in 0..17 {
            match users::import_csv(&world.store, &world.root, file.clone().into_bytes(), SignInWays::default()).await {
                Ok(_) => {}
                Err(Error::Conflict(tavola_store::Conflict::TooManyJobs)) => refused += 1,
                Err(problem) => panic!("{problem}"),
            }
        }
        assert_eq!(refused, 1);
        world.store.close().await;
    }

    async fn old_jobs_are_forgotten(world) {
        let id = import(&world.store, &world.root, "ann\n").await;
        wait(&world.store, &world.root, id).await;
        world.advance_minutes(31 * 24 * 60);
        // Signing in tidies up, behind the caller's back.
        world.sign_in("root", "").await.unwrap();
        let forgotten = async {
            while jobs::get(&world.store, &world.root, id).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), forgotten).await.unwrap();
        let missing = jobs::get(&world.store, &world.root, id).await;
        assert!(matches!(missing, Err(Error::NotFound(Missing::Job(_)))), "{missing:?}");
    }

    async fn passwords_of_accounts_that_exist_are_kept(world) {
        let there = world.site("sales").await;
        let sales = world.root_on("sales").await;
        let ann = world.add(&sales, "ann", SiteRole::Viewer).await.unwrap();
        assert_eq!(ann.site_id, there.id);
        let id = import(&world.store, &world.root, "ann,another password,,Viewer\n").await;
        assert_eq!(count(&wait(&world.store, &world.root, id).await, StatusNoteType::CountOfUsersAddedToSite), 1);
        // The usual password, by which she was added first.
        let signed_in = world.sign_in("ann", "").await.unwrap();
        let change = UserChange { site_role: Some(SiteRole::Creator), ..UserChange::default() };
        users::update(&world.store, &world.root, signed_in.actor.user_id(), change).await.unwrap();
        let id = import(&world.store, &world.root, "ann,a third password\n").await;
        wait(&world.store, &world.root, id).await;
        assert_eq!(world.sign_in("ann", "").await.unwrap().actor.site_role(), SiteRole::Creator);
    }
}
