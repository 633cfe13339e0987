//! A server of its own for each test, set up, with a clock that stands still.

use std::{
    io::Write as _,
    net::IpAddr,
    sync::{
        Once,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tavola_model::{SiteRole, Timestamp};
use tavola_store::{
    Actor, Clock, Config, Error, Missing, Origin, Store,
    sessions::{self, Credentials, SignIn, SignInError, SignedIn},
    setup,
    sites::{self, NewSite, Site},
    users::{self, NewUser, User},
};

use crate::storage::Storage;

/// 2026-11-24T09:30:00Z.
pub const START: Timestamp = Timestamp::from_millis(1_795_512_600_000);

pub const PASSWORD: &str = "correct horse";

/// Makes of `async fn name(world: World) { … }` a test on each database.
macro_rules! on_both {
    ($(async fn $name:ident($world:ident) $body:block)*) => {$(
        async fn $name($world: &$crate::world::World) $body

        mod $name {
            #[tokio::test]
            async fn sqlite() {
                super::$name(&$crate::world::World::sqlite().await).await;
            }

            #[tokio::test]
            async fn postgres() {
                if let Some(world) = $crate::world::World::postgres().await {
                    super::$name(&world).await;
                }
            }
        }
    )*};
}

/// Makes of `async fn name(world: World) { … }` a test on each kind of storage, with either database.
macro_rules! on_every_storage {
    ($(async fn $name:ident($world:ident) $body:block)*) => {$(
        async fn $name($world: &$crate::world::World) $body

        mod $name {
            use $crate::{storage::Storage, world::World};

            #[tokio::test(flavor = "multi_thread")]
            async fn folder_sqlite() {
                super::$name(&World::on(Storage::folder(), false).await.unwrap()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn sealed_folder_sqlite() {
                super::$name(&World::on(Storage::sealed_folder(), false).await.unwrap()).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn folder_postgres() {
                if let Some(world) = World::on(Storage::folder(), true).await {
                    super::$name(&world).await;
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn bucket_sqlite() {
                if let Some(bucket) = Storage::bucket().await {
                    super::$name(&World::on(bucket, false).await.unwrap()).await;
                }
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn bucket_postgres() {
                if let Some(bucket) = Storage::bucket().await
                    && let Some(world) = World::on(bucket, true).await
                {
                    super::$name(&world).await;
                }
            }
        }
    )*};
}

pub struct World {
    pub store: Store,
    pub clock: Clock,
    /// The first server administrator, `root`, on the site Default.
    pub root: Actor,
    pub folder: tempfile::TempDir,
    pub storage: Storage,
    schema: Option<Schema>,
}

/// A PostgreSQL schema that lives as long as the test.
struct Schema {
    server: String,
    name: String,
}

impl Schema {
    fn url(&self) -> String {
        let separator = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{separator}options=-csearch_path%3D{1}&application_name={1}", self.server, self.name)
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let statement = format!("DROP SCHEMA {} CASCADE", self.name);
        let server = self.server.clone();
        // The client blocks, which the test's own thread may not. What the store still does in the background may stand
        // in the way for a moment.
        let dropped = std::thread::spawn(move || (0..5).any(|_| run_postgres(&server, &statement).is_ok())).join();
        assert!(dropped.is_ok_and(|dropped| dropped) || std::thread::panicking(), "schema {} is left over", self.name);
    }
}

fn run_postgres(url: &str, statement: &str) -> Result<(), String> {
    let mut client = postgres::Client::connect(url, postgres::NoTls).map_err(|error| error.to_string())?;
    client
        .batch_execute(statement)
        .map_err(|error| error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned()))
}

impl World {
    pub async fn sqlite() -> Self {
        Self::start(None, Storage::folder(), |_| {}).await
    }

    /// None when there is no PostgreSQL to test on.
    pub async fn on(storage: Storage, postgres: bool) -> Option<Self> {
        let schema = if postgres { Some(postgres_schema().await?) } else { None };
        Some(Self::start(schema, storage, |_| {}).await)
    }

    pub async fn postgres() -> Option<Self> {
        let schema = postgres_schema().await?;
        Some(Self::start(Some(schema), Storage::folder(), |_| {}).await)
    }

    /// As this one, but configured otherwise.
    pub async fn another(&self, change: impl FnOnce(&mut Config)) -> Self {
        let schema = if self.schema.is_some() { postgres_schema().await } else { None };
        Self::start(schema, Storage::folder(), change).await
    }

    async fn start(schema: Option<Schema>, storage: Storage, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(START);
        let mut config = Config { clock: clock.clone(), ..Config::new(folder.path().join("data")) };
        config.database_url = schema.as_ref().map(Schema::url);
        storage.configure(&mut config);
        change(&mut config);
        let store = Store::open(config).await.unwrap();
        assert!(setup::first_administrator(&store, "root".parse().unwrap(), PASSWORD).await.unwrap());
        let root = sessions::sign_in(&store, with_password("root", "")).await.unwrap().actor;
        Self { store, clock, root, folder, storage, schema }
    }

    /// How this world's database is opened again.
    pub fn config(&self) -> Config {
        let mut config = Config {
            clock: self.clock.clone(),
            database_url: self.schema.as_ref().map(Schema::url),
            ..Config::new(self.folder.path().join("data"))
        };
        self.storage.configure(&mut config);
        config
    }

    /// Runs SQL past the store.
    pub async fn sql(&self, statement: &str) -> Result<(), String> {
        let statement = statement.to_owned();
        match &self.schema {
            None => {
                let connection = rusqlite::Connection::open(self.folder.path().join("data/tavola.db")).unwrap();
                connection.busy_timeout(Duration::from_secs(10)).unwrap();
                connection.execute_batch(&statement).map_err(|error| error.to_string())
            }
            Some(schema) => {
                let url = schema.url();
                tokio::task::spawn_blocking(move || run_postgres(&url, &statement)).await.unwrap()
            }
        }
    }

    /// Cuts the store's connections, if it has any.
    pub async fn cut_connections(&self) {
        if let Some(schema) = &self.schema {
            let cut = format!(
                "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity \
                 WHERE application_name = '{}' AND pid <> pg_backend_pid()",
                schema.name
            );
            self.sql(&cut).await.unwrap();
        }
    }

    pub fn advance_minutes(&self, minutes: u64) {
        self.clock.advance(Duration::from_secs(minutes * 60));
    }

    /// Adds a user with the usual password to the actor's site.
    pub async fn add(&self, actor: &Actor, name: &str, role: SiteRole) -> Result<User, Error> {
        users::add(&self.store, actor, new_user(name, role)).await
    }

    pub async fn sign_in(&self, name: &str, site: &str) -> Result<SignedIn, SignInError> {
        sessions::sign_in(&self.store, with_password(name, site)).await
    }

    /// Adds a user to the site Default and signs them in.
    pub async fn actor(&self, name: &str, role: SiteRole) -> Actor {
        self.add(&self.root, name, role).await.unwrap();
        self.sign_in(name, "").await.unwrap().actor
    }

    /// Makes a site of this contentUrl, its name in capitals.
    pub async fn site(&self, content_url: &str) -> Site {
        let new = NewSite::new(content_url.to_uppercase().parse().unwrap(), content_url.parse().unwrap());
        sites::create(&self.store, &self.root, new).await.unwrap()
    }

    /// The root administrator on another site.
    pub async fn root_on(&self, site: &str) -> Actor {
        self.sign_in("root", site).await.unwrap().actor
    }

    pub async fn is_signed_in(&self, token: &str) -> bool {
        match sessions::authenticate(&self.store, token, Origin::default()).await {
            Ok(_) => true,
            Err(sessions::AuthenticateError::NotSignedIn) => false,
            Err(error) => panic!("{error}"),
        }
    }

    /// The actor of a token, as it is now.
    pub async fn authenticate(&self, token: &str) -> Actor {
        sessions::authenticate(&self.store, token, Origin::default()).await.unwrap()
    }
}

async fn postgres_schema() -> Option<Schema> {
    static SAY_IT_ONCE: Once = Once::new();
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let Ok(server) = std::env::var("TAVOLA_TEST_POSTGRES") else {
        SAY_IT_ONCE.call_once(|| {
            // Past the test's captured output.
            drop(writeln!(std::io::stderr(), "TAVOLA_TEST_POSTGRES is not set: nothing was tested on PostgreSQL"));
        });
        return None;
    };
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let schema = Schema { server, name: format!("tavola_{}_{number}", std::process::id()) };
    let (server, name) = (schema.server.clone(), schema.name.clone());
    tokio::task::spawn_blocking(move || run_postgres(&server, &format!("CREATE SCHEMA {name}")))
        .await
        .unwrap()
        .unwrap();
    Some(schema)
}

pub fn new_user(name: &str, role: SiteRole) -> NewUser {
    NewUser { password: Some(PASSWORD.to_owned()), ..NewUser::new(name.parse().unwrap(), role) }
}

pub fn with_password(name: &str, site: &str) -> SignIn {
    SignIn {
        credentials: Credentials::Password { name: name.to_owned(), password: PASSWORD.to_owned() },
        site: site.to_owned(),
        impersonate: None,
        origin: from("192.0.2.1"),
    }
}

pub fn from(address: &str) -> Origin {
    Origin { address: Some(address.parse::<IpAddr>().unwrap()), user_agent: Some("test/1".to_owned()) }
}

/// Whether a user is unknown, as far as the asker may know.
pub fn is_unknown_user<T>(answer: Result<T, Error>) -> bool {
    matches!(answer, Err(Error::NotFound(Missing::User(_))))
}
