//! Data sources: published files that describe data for many workbooks.

use tavola_model::{ContentKind, DatasourceId, JobType, ListQuery};

use crate::{
    Actor, Error, List, Store,
    items::{self, CertificationChange, Destination, Item, ItemChange, Kind, NewFile, item_fields},
    jobs::Job,
    list::{ALWAYS, Field, NEVER},
    sql::{Row, Tx, statements, values},
};

const KIND: ContentKind = ContentKind::Datasource;

/// A data source, as the actor who asked sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datasource {
    /// What it has in common with other content.
    pub item: Item<DatasourceId>,
    /// What it leads to, in the format's own words: `postgres`, `hyper`, `textscan`, …; `""` if nothing is said.
    pub datasource_type: String,
    /// The server it leads to; `""` for none.
    pub server_name: String,
    /// The database there; `""` for none.
    pub database_name: String,
    /// Whether it is to be reached through Tableau Bridge.
    pub use_remote_query_agent: bool,
    /// What is said by those who stand in for it; none if nobody does.
    pub certification: Option<String>,
    /// How many workbooks of the site use it, whoever may see them.
    pub connected_workbooks: u64,
}

/// A data source to publish, received and read.
#[derive(Clone)]
pub struct NewDatasource {
    /// The file, and where it goes.
    pub file: NewFile,
    /// Whether it is to be reached through Tableau Bridge; none leaves it as it is.
    pub use_remote_query_agent: Option<bool>,
    /// Whether somebody stands in for it.
    pub certification: CertificationChange,
}

/// What to change of a data source: what is none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct DatasourceChange {
    /// What it has in common with other content.
    pub item: ItemChange,
    /// Whether it is to be reached through Tableau Bridge.
    pub use_remote_query_agent: Option<bool>,
    /// Whether somebody stands in for it.
    pub certification: CertificationChange,
}

/// Workbooks that have a connection to it: they name it by its content URL.
macro_rules! connected_workbooks {
    () => {
        "(SELECT COUNT(DISTINCT w.id) FROM connections wc JOIN items w ON w.id = wc.item_id \
          WHERE wc.type = 'sqlproxy' AND wc.database_name = i.content_url AND w.site_id = i.site_id \
          AND w.kind = 'Workbook' AND w.deleted_at IS NULL)"
    };
}

/// A text that any of its connections may have; lists are sorted by the first one's.
macro_rules! of_connection {
    ($name:literal, $column:literal) => {
        Field {
            name: $name,
            column: concat!("x.", $column),
            key: None,
            holds: Holds::OfConnection,
            operators: ANY_OF,
            order: concat!("COALESCE(c.", $column, ", '')"),
        }
    };
}

/// Whether the first connection says no port, or the one that such servers listen at unless told otherwise.
const IS_DEFAULT_PORT: &str = "CASE WHEN COALESCE(c.server_port, '') = '' THEN 1 \
    WHEN c.server_port = CASE c.type WHEN 'greenplum' THEN '5432' WHEN 'mysql' THEN '3306' WHEN 'netezza' THEN '5480' \
    WHEN 'oracle' THEN '1521' WHEN 'postgres' THEN '5432' WHEN 'redshift' THEN '5439' WHEN 'snowflake' THEN '443' \
    WHEN 'sqlserver' THEN '1433' WHEN 'teradata' THEN '1025' WHEN 'vertica' THEN '5433' ELSE '' END THEN 1 ELSE 0 END";
/// Whether the first connection leads to cubes.
const IS_HIERARCHICAL: &str = "CASE WHEN c.type IN ('essbase', 'msolap', 'sapbw') THEN 1 ELSE 0 END";

statements! {
    INSERT = "INSERT INTO datasources (id, use_remote_query_agent) VALUES ($1, 0)";
    REMOTE = "SELECT use_remote_query_agent FROM datasources WHERE id = $1";
    SET_REMOTE = "UPDATE datasources SET use_remote_query_agent = $2 WHERE id = $1";
}

impl Kind for Datasource {
    type Id = DatasourceId;
    const KIND: ContentKind = KIND;
    const COLUMNS: &'static str = concat!(
        "COALESCE(c.type, ''), COALESCE(c.server_address, ''), COALESCE(c.database_name, ''), d.use_remote_query_agent, \
         e.note, ",
        connected_workbooks!()
    );
    const TABLES: &'static str = "LEFT JOIN datasources d ON d.id = i.id \
        LEFT JOIN connections c ON c.item_id = i.id AND c.position = 0 LEFT JOIN certifications e ON e.item_id = i.id";
    const FIELDS: &'static [Field] = item_fields![
        of_connection!("authenticationType", "authentication_type"),
        Field {
            name: "connectionTo",
            column: "CASE WHEN x.server_address = '' THEN x.database_name ELSE x.server_address END",
            key: None,
            holds: Holds::OfConnection,
            operators: ANY_OF,
            order: "COALESCE(CASE WHEN c.server_address = '' THEN c.database_name ELSE c.server_address END, '')",
        },
        of_connection!("connectionType", "type"),
        of_connection!("databaseName", "database_name"),
        of_connection!("databaseUserName", "user_name"),
        of_connection!("serverName", "server_address"),
        of_connection!("serverPort", "server_port"),
        Field::flag(
            "hasEmbeddedPassword",
            "CASE WHEN EXISTS (SELECT 1 FROM connections x WHERE x.item_id = i.id AND x.embed_password = 1) THEN 1 ELSE 0 END",
        ),
        Field::text("type", "COALESCE(c.type, '')"),
        Field::flag("isCertified", "CASE WHEN e.item_id IS NULL THEN 0 ELSE 1 END"),
        // All that lists hold is published, so that workbooks can connect to it; nobody can warn of anything yet.
        Field::flag("isPublished", ALWAYS),
        Field::flag("isConnectable", ALWAYS),
        Field::flag("hasAlert", NEVER),
        Field::flag("isDefaultPort", IS_DEFAULT_PORT),
        Field::flag("isHierarchical", IS_HIERARCHICAL),
        Field::compared("connectedWorkbooksCount", connected_workbooks!(), Holds::Number),
    ];

    fn read(item: Item<DatasourceId>, row: &mut Row) -> Result<Self, Error> {
        Ok(Self {
            item,
            datasource_type: row.take()?,
            server_name: row.take()?,
            database_name: row.take()?,
            use_remote_query_agent: row.take()?,
            certification: row.take()?,
            connected_workbooks: row.take::<i64>()?.unsigned_abs(),
        })
    }

    fn item(&mut self) -> &mut Item<DatasourceId> {
        &mut self.item
    }
}

/// The data sources that the actor may read, by name unless sorted.
///
/// Fields: those of all kinds (see [`crate::workbooks::list`]), `type`, `isCertified`, `isPublished`, `isConnectable`,
/// `isDefaultPort`, `isHierarchical`, `hasAlert`, `connectedWorkbooksCount`; and, of any of its connections, `authenticationType`, `connectionTo` (the server, or the
/// database where there is none), `connectionType`, `databaseName`, `databaseUserName`, `serverName`, `serverPort`,
/// `hasEmbeddedPassword`.
pub async fn list(store: &Store, actor: &Actor, query: &ListQuery) -> Result<List<Datasource>, Error> {
    items::list(store, actor, query, None).await
}

/// The one with this content URL.
pub async fn get_by_content_url(store: &Store, actor: &Actor, content_url: &str) -> Result<Datasource, Error> {
    items::get_by_content_url(store, actor, content_url).await
}

/// The data source to append rows to, if there is one and the actor may.
pub async fn find_target(store: &Store, actor: &Actor, destination: Destination) -> Result<DatasourceId, Error> {
    let id = items::find_target(store, actor, KIND, destination).await?;
    id.parse().map_err(Error::unavailable)
}

/// Publishes a data source: a new one, or a new revision of the one that has the name.
pub async fn publish(store: &Store, actor: &Actor, new: NewDatasource) -> Result<Datasource, Error> {
    items::publish_now(store, actor, Ready::new(store, new)?, publish_now).await
}

/// Begins to do so in the background. The file is kept by the job until it is done.
pub async fn publish_as_job(store: &Store, actor: &Actor, new: NewDatasource) -> Result<Job, Error> {
    items::publish_as_job(store, actor, JobType::PublishDatasource, Ready::new(store, new)?, publish_now).await
}

/// A data source to publish, with its secrets sealed.
struct Ready {
    new: NewDatasource,
    connections: items::Sealed,
}

impl Ready {
    fn new(store: &Store, mut new: NewDatasource) -> Result<Self, Error> {
        let connections = items::seal_connections(store, std::mem::take(&mut new.file.connections))?;
        Ok(Self { new, connections })
    }
}

fn publish_now(tx: &mut Tx<'_>, actor: &Actor, ready: &Ready) -> Result<String, Error> {
    let Ready { new, connections } = ready;
    let (item, is_new) = items::publish(tx, actor, KIND, &new.file, connections)?;
    if is_new {
        tx.execute(INSERT, values![&item.id])?;
    }
    if let Some(remote) = new.use_remote_query_agent {
        tx.execute(SET_REMOTE, values![&item.id, remote])?;
    }
    items::certify(tx, actor, &item, &new.certification)?;
    items::record(tx, actor, "publish", &item, Some(new.file.described(&item)))?;
    Ok(item.id)
}

/// Changes a data source: see [`items::ItemChange`] for the rights it takes. To certify it takes the say in its project.
pub async fn update(
    store: &Store,
    actor: &Actor,
    id: DatasourceId,
    change: DatasourceChange,
) -> Result<Datasource, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let id = id.to_string();
            let mut changed = items::certify_now(tx, &actor, KIND, &id, &change.certification)?;
            let had: bool = tx.query_one(REMOTE, values![&id])?.take()?;
            let remote = change.use_remote_query_agent.filter(|remote| *remote != had);
            let (item, others) = items::change(tx, &actor, KIND, &id, &change.item, remote.is_some())?;
            changed.extend(others);
            if let Some(remote) = remote {
                tx.execute(SET_REMOTE, values![&id, remote])?;
                changed.push(format!("use remote query agent {remote}"));
            }
            items::changed(tx, &actor, &item, &changed)?;
            items::look_at(tx, &actor, &id)
        })
        .await
}

items::room!(Datasource, DatasourceId);
