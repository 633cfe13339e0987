//! A workbook with its data.

use std::{
    collections::{HashMap, HashSet},
    io::{Read, Seek},
    sync::{Arc, Mutex},
};

use tavola_engine::{Access, Engine, Session};
use tavola_query::{Answer, Catalog, Context, Type, Value, sheet, sql::Dialect};
use tavola_workbook::{Content, Limits, Package, Workbook, Worksheet};
use tokio::sync::OnceCell;

use crate::{Error, data::Data, shapes, values};

/// Where the bytes of a workbook are read.
pub trait ReadSeek: Read + Seek + Send {}

impl<R: Read + Seek + Send> ReadSeek for R {}

pub(crate) type File = Package<Box<dyn ReadSeek>>;

/// A workbook with its data.
pub struct Opened {
    engine: Engine,
    workbook: Arc<Workbook>,
    file: Arc<Mutex<File>>,
    /// Its folder holds the data; it keeps the engine's process alive.
    home: OnceCell<Session>,
    /// The data of each data source, by its name.
    data: HashMap<String, OnceCell<Data>>,
    /// Sessions that nobody asks now.
    idle: Mutex<Vec<Asking>>,
}

/// A session and the data sources it has attached.
struct Asking {
    session: Session,
    attached: HashSet<String>,
}

/// No more sessions than these are kept when nobody asks.
const MOST_IDLE: usize = 4;

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opened").field("version", &self.workbook.version).finish_non_exhaustive()
    }
}

impl Opened {
    /// Reads a workbook, or a package with one. No engine is started before data are asked for.
    ///
    /// It reads files without yielding: call it where that may be.
    pub fn read(engine: Engine, reader: Box<dyn ReadSeek>, limits: Limits) -> Result<Self, Error> {
        let file = tavola_workbook::open(reader, limits)?;
        let Content::Workbook(workbook) = file.content() else {
            return Err(Error::NoSheet(String::new()));
        };
        let workbook = Arc::new((**workbook).clone());
        let data = workbook.data_sources.iter().map(|source| (source.name.clone(), OnceCell::new())).collect();
        Ok(Self {
            engine,
            workbook,
            file: Arc::new(Mutex::new(file)),
            home: OnceCell::new(),
            data,
            idle: Mutex::default(),
        })
    }

    /// The workbook.
    pub fn workbook(&self) -> &Workbook {
        &self.workbook
    }

    /// The workbook, for those who outlive this.
    pub(crate) fn shared_workbook(&self) -> Arc<Workbook> {
        self.workbook.clone()
    }

    /// Where its bytes are read, for those who outlive this.
    pub(crate) fn shared_file(&self) -> Arc<Mutex<File>> {
        self.file.clone()
    }

    /// The answer to a worksheet's question.
    pub async fn answer(&self, sheet: &Worksheet, context: &Context) -> Result<Answer, Error> {
        let mut catalogs = HashMap::new();
        for used in &sheet.data_sources {
            if let Some(data) = self.data(&used.name).await? {
                catalogs.insert(used.name.clone(), data.catalog.clone());
            }
        }
        let plan = sheet::plan(&self.workbook, sheet, &catalogs, context)?;
        let mut asking = self.session().await?;
        let mut results = Vec::new();
        for statement in plan.statements() {
            asking.attach(&statement.data_source, self).await?;
            let mut result = run(&asking.session, &shapes::as_text(statement), statement.columns.len()).await?;
            let shaped = result.iter_mut().zip(&statement.columns).filter(|(_, (_, kind))| *kind == Type::Spatial);
            shaped.for_each(|(values, _)| shapes::read(values));
            results.push(result);
        }
        self.keep(asking);
        Ok(plan.answer(results)?)
    }

    /// The data of a data source, made ready when they are first asked for; none of what is no data source.
    async fn data(&self, name: &str) -> Result<Option<&Data>, Error> {
        let (Some(cell), Some(place)) =
            (self.data.get(name), self.workbook.data_sources.iter().position(|source| source.name == name))
        else {
            return Ok(None);
        };
        let source = &self.workbook.data_sources[place];
        let data = cell.get_or_try_init(|| async {
            let home = self.home.get_or_try_init(|| self.engine.session()).await?;
            Data::prepare(home, &self.file, source, &format!("x{place}")).await
        });
        data.await.map(Some)
    }

    async fn session(&self) -> Result<Asking, Error> {
        let idle = self.idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).pop();
        match idle {
            Some(asking) if asking.session.is_whole() => Ok(asking),
            _ => Ok(Asking { session: self.engine.session().await?, attached: HashSet::new() }),
        }
    }

    fn keep(&self, asking: Asking) {
        let mut idle = self.idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if idle.len() < MOST_IDLE && asking.session.is_whole() {
            idle.push(asking);
        }
    }
}

impl Asking {
    async fn attach(&mut self, data_source: &str, opened: &Opened) -> Result<(), Error> {
        if !self.attached.contains(data_source)
            && let Some(data) = opened.data(data_source).await?
        {
            self.session.attach(&data.file, &data.database, Access::Read).await?;
            self.attached.insert(data_source.to_owned());
        }
        Ok(())
    }
}

/// Asks for all rows, a list of values for each column.
async fn run(session: &Session, sql: &str, columns: usize) -> Result<Vec<Vec<Value>>, Error> {
    let mut results = vec![Vec::new(); columns];
    let mut batches = session.batches(sql).await?;
    while let Some(batch) = batches.next().await? {
        for (values, column) in results.iter_mut().zip(batch.columns()) {
            values::extend(values, column);
        }
    }
    Ok(results)
}

/// The tables of a database that is attached under this name.
pub(crate) async fn catalog(session: &Session, database: &str) -> Result<Catalog, Error> {
    let tables = tavola_engine::tables(session, database).await?;
    let tables = tables.into_iter().map(|table| tavola_query::CatalogTable {
        path: vec![database.to_owned(), table.schema.clone(), table.name.clone()],
        relation: format!("[{}].[{}]", table.schema, table.name),
        connection: None,
        columns: table
            .columns
            .into_iter()
            .map(|column| tavola_query::CatalogColumn {
                data_type: values::type_of_word(&column.data_type),
                name: column.name,
            })
            .collect(),
    });
    Ok(Catalog { dialect: Dialect::Hyper, tables: tables.collect() })
}
