//! The schema and its versions. Each migration has one file per database, under the same number.

use postgres::Client;

use crate::{Error, OpenError};

struct Migration {
    number: i64,
    sqlite: &'static str,
    postgres: &'static str,
}

/// The files of one migration.
macro_rules! migration {
    ($number:literal, $name:literal) => {
        Migration {
            number: $number,
            sqlite: include_str!(concat!("../../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../../migrations/postgres/", $name, ".sql")),
        }
    };
}

/// In order. A migration is never edited after a release.
const MIGRATIONS: &[Migration] = &[
    migration!(1, "0001_accounts_sites_users_sessions"),
    migration!(2, "0002_jobs"),
    migration!(3, "0003_permissions"),
    migration!(4, "0004_content"),
    migration!(5, "0005_items"),
    migration!(6, "0006_order_of_lists"),
    migration!(7, "0007_datasources_flows"),
    migration!(8, "0008_favorites_custom_views"),
    migration!(9, "0009_recycle_bin"),
    migration!(10, "0010_rules_by_capability"),
    migration!(11, "0011_groups"),
    migration!(12, "0012_data_updates"),
    migration!(13, "0013_identity_providers"),
    migration!(14, "0014_rules_by_kind"),
    migration!(15, "0015_views_seen"),
    migration!(16, "0016_group_sets_of_sites"),
    migration!(17, "0017_scim"),
];

const NEWEST: i64 = MIGRATIONS[MIGRATIONS.len() - 1].number;

const MAKE_TABLE: &str =
    "CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL)";
pub(crate) const FIND_VERSION: &str = "SELECT COALESCE(MAX(number), 0) FROM schema_migrations";
const RECORD: &str = "INSERT INTO schema_migrations (number, applied_at) VALUES ($1, $2)";

/// Nodes that start together migrate one after the other. The number means nothing, but must never change.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7305812946120453)";

/// Refuses a database of a later version.
pub(crate) fn require_known(found: i64) -> Result<(), OpenError> {
    if found > NEWEST { Err(OpenError::NewerVersion { found, known: NEWEST }) } else { Ok(()) }
}

/// The migrations still to apply on a database of version `found`.
fn missing(found: i64) -> Result<impl Iterator<Item = &'static Migration>, OpenError> {
    require_known(found)?;
    Ok(MIGRATIONS.iter().filter(move |migration| migration.number > found))
}

fn failed(number: i64, cause: impl std::error::Error + Send + Sync + 'static) -> OpenError {
    OpenError::Migration { number, cause: Error::unavailable(cause) }
}

/// Brings a SQLite database up to date, in one transaction.
pub(crate) fn apply_sqlite(
    connection: &mut rusqlite::Connection,
    now: tavola_model::Timestamp,
) -> Result<(), OpenError> {
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(|error| failed(NEWEST, error))?;
    transaction.execute_batch(MAKE_TABLE).map_err(|error| failed(NEWEST, error))?;
    let found = transaction.query_row(FIND_VERSION, [], |row| row.get(0)).map_err(|error| failed(NEWEST, error))?;
    for migration in missing(found)? {
        transaction
            .execute_batch(migration.sqlite)
            .and_then(|()| transaction.execute(RECORD, [migration.number, now.as_millis()]))
            .map_err(|error| failed(migration.number, error))?;
    }
    transaction.commit().map_err(|error| failed(NEWEST, error))
}

/// Brings a PostgreSQL database up to date, in one transaction and under a lock.
pub(crate) fn apply_postgres(client: &mut Client, now: tavola_model::Timestamp) -> Result<(), OpenError> {
    let mut transaction = client.transaction().map_err(|error| failed(NEWEST, error))?;
    transaction.batch_execute(LOCK).map_err(|error| failed(NEWEST, error))?;
    transaction.batch_execute(MAKE_TABLE).map_err(|error| failed(NEWEST, error))?;
    let found = transaction.query_one(FIND_VERSION, &[]).map_err(|error| failed(NEWEST, error))?.get(0);
    for migration in missing(found)? {
        transaction
            .batch_execute(migration.postgres)
            .and_then(|()| transaction.execute(RECORD, &[&migration.number, &now.as_millis()]))
            .map_err(|error| failed(migration.number, error))?;
    }
    transaction.commit().map_err(|error| failed(NEWEST, error))
}
