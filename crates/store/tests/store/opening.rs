use tavola_model::ListQuery;
use tavola_store::{Clock, Config, Error, OpenError, Store, sites};

use crate::world::{START, World};

on_both! {
    async fn what_was_written_is_there_after_closing_and_opening_again(world) {
        let site = world.site("sales").await;
        world.store.close().await;
        assert!(matches!(world.store.ping().await, Err(Error::Unavailable(_))));

        let store = Store::open(world.config()).await.unwrap();
        store.ping().await.unwrap();
        let found = sites::get(&store, &world.root, sites::SiteRef::Id(site.id)).await.unwrap();
        assert_eq!(found, site);
        store.close().await;
    }

    async fn a_database_of_a_later_version_is_left_alone(world) {
        world.store.close().await;
        world.sql("INSERT INTO schema_migrations (number, applied_at) VALUES (99, 0)").await.unwrap();
        let error = Store::open(world.config()).await.unwrap_err();
        let OpenError::NewerVersion { found: 99, known } = error else { panic!("{error}") };
        assert_eq!(
            error.to_string(),
            format!("the database has version 99, this program knows versions up to {known}: use a newer one")
        );
    }

    async fn a_database_that_was_restarted_is_used_again(world) {
        let root = world.sign_in("root", "").await.unwrap();
        world.cut_connections().await;
        assert!(world.is_signed_in(&root.token).await);
        world.cut_connections().await;
        world.site("sales").await;
        world.cut_connections().await;
        let list = sites::list(&world.store, &world.root, &ListQuery::default()).await.unwrap();
        assert_eq!(list.total, 2);
    }

    async fn a_folder_in_use_is_refused(world) {
        let error = Store::open(world.config()).await.unwrap_err();
        assert!(matches!(error, OpenError::InUse(_)), "{error}");
        assert!(error.to_string().ends_with("data` is in use by another process"), "{error}");
    }
}

fn config(url: Option<&str>, folder: &tempfile::TempDir) -> Config {
    Config {
        database_url: url.map(str::to_owned),
        clock: Clock::manual(START),
        ..Config::new(folder.path().join("data"))
    }
}

#[tokio::test]
async fn a_url_of_no_known_form_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for url in ["mysql://localhost/tavola", "tavola.db", "sqlite:", "postgres://host:port/x"] {
        let error = Store::open(config(Some(url), &folder)).await.unwrap_err();
        assert!(matches!(error, OpenError::Url(_)), "{url}: {error}");
        assert_eq!(error.to_string().lines().count(), 1);
    }
}

#[tokio::test]
async fn an_unreachable_database_is_named_without_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let url = "postgres://ann:s3cret@127.0.0.1:port/tavola";
    let error = Store::open(config(Some(url), &folder)).await.unwrap_err();
    assert!(!error.to_string().contains("s3cret"), "{error}");
    let url = "postgres://ann:s3cret@127.0.0.1:1/tavola";
    let error = Store::open(config(Some(url), &folder)).await.unwrap_err();
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
    let words = error.to_string();
    assert!(words.starts_with("the database `tavola` on 127.0.0.1 cannot be opened: "), "{words}");
    assert!(!words.contains("s3cret"));
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("data"), "a file").unwrap();
    let error = Store::open(config(None, &folder)).await.unwrap_err();
    assert!(matches!(error, OpenError::DataFolder { .. }), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_data_folder_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::sqlite().await;
    let mode = world.folder.path().join("data").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[cfg(unix)]
#[tokio::test]
async fn the_database_is_its_owners_alone_in_a_folder_that_is_not() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o755)).unwrap();
    let store = Store::open(config(None, &folder)).await.unwrap();
    for file in ["tavola.db", "tavola.db-wal", "tavola.db-shm"] {
        let mode = data.join(file).metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    store.close().await;
}

#[tokio::test]
async fn a_sqlite_url_names_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("elsewhere.db");
    let store = Store::open(config(Some(&format!("sqlite:{}", file.display())), &folder)).await.unwrap();
    assert!(store.is_sqlite());
    store.close().await;
    assert!(file.exists());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::write(folder.path().join("data/tavola.db"), "x".repeat(5000)).unwrap();
    let error = Store::open(config(None, &folder)).await.unwrap_err();
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error}");
    assert_eq!(error.to_string().lines().count(), 1, "{error}");
}

#[tokio::test]
async fn closing_leaves_everything_in_one_file() {
    let world = World::sqlite().await;
    world.site("sales").await;
    world.store.close().await;
    let log = world.folder.path().join("data/tavola.db-wal");
    assert_eq!(log.metadata().map_or(0, |log| log.len()), 0);
}
