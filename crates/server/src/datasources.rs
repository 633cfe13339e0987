//! Data sources: published, described, changed, handed back.

use std::sync::Arc;

use tavola_api::{
    Count, ErrorCode, Fields, Flag, NoBody, Pagination, Word,
    datasources::{self as wire, Datasource, DatasourceMessage, DatasourcePage, Datasources, PublishedDatasource},
};
use tavola_model::{DatasourceId, JobType};
use tavola_store::{
    Actor, Store,
    content::Blob,
    datasources::{self, DatasourceChange, NewDatasource},
    hyper_data::{self, Changed},
    items::{Base, CertificationChange, Destination, Item, ItemChange, NewConnection, NewFile},
    jobs::Job,
};
use tavola_workbook::{Content, Seen};

use crate::{
    call::{Call, Context, require_same_id},
    download::Download,
    error::Error,
    hyper_data::{Extracts, Rows},
    items, jobs,
    multipart::FileBody,
    publishing::{self, Given, Opened, Publishing, Reader, Received},
    router::{Answer, Routes},
};

/// The name of the part with the file, both ways.
const FILE_PART: &str = "tableau_datasource";

const PUBLISHING: Publishing = Publishing {
    type_parameter: "datasourceType",
    types: &["tds", "tdsx", "hyper", "csv", "xlsx", "parquet"],
    wrong_type: ErrorCode::DATASOURCE_FILE_TYPE,
    wrong_uploaded_type: ErrorCode::DATASOURCE_FILE_TYPE,
    failed: ErrorCode::PUBLISH_FAILED,
};

pub(crate) fn bind(routes: &mut Routes, reader: &Reader, extracts: &Extracts) {
    routes.on(wire::LIST, list);
    routes.on(wire::GET, get);
    routes.on(wire::UPDATE, update);
    routes.on(wire::DELETE, delete);
    let (reader, extracts) = (reader.clone(), extracts.clone());
    routes.stream(wire::PUBLISH, move |call| publish(call, reader.clone(), extracts.clone()));
    routes.download(wire::DOWNLOAD, download);
    routes.on(wire::CONNECTIONS, connections);
    routes.on(wire::UPDATE_CONNECTION, update_connection);
    routes.on(wire::UPDATE_CONNECTIONS, update_connections);
    routes.on(wire::REVISIONS, revisions);
    routes.download(wire::DOWNLOAD_REVISION, download_revision);
    routes.on(wire::REMOVE_REVISION, remove_revision);
    routes.on(wire::DOWNLOAD_KEYCHAIN, download_keychain);
    routes.on(wire::UPLOAD_KEYCHAIN, upload_keychain);
    routes.on(wire::ADD_TAGS, add_tags);
    routes.on(wire::DELETE_TAG, delete_tag);
}

items::handlers! {
    datasources, datasource;
    delete();
    downloads(FILE_PART, ErrorCode::DATASOURCE_NOT_DOWNLOADABLE);
    connections();
    update_connection(ErrorCode::DATASOURCE_CONNECTION_FIXED);
    update_connections(ErrorCode::DATASOURCE_CONNECTION_FIXED);
    revisions(ErrorCode::DATASOURCE_REVISIONS_NOT_READABLE);
    remove_revision();
    keychains();
    tags();
}

fn datasource(context: &Context) -> Result<DatasourceId, Error> {
    context.id(1, Error::datasource_not_found)
}

async fn list(call: Call<NoBody>) -> Result<DatasourcePage, Error> {
    let query = call.context.list()?;
    let fields = call.context.fields();
    let list = datasources::list(&call.context.store, &call.actor, &query).await?;
    let pagination = Pagination::of(list.page, list.total);
    let datasource = list.items.into_iter().map(|record| message(record, &fields)).collect();
    Ok(DatasourcePage { pagination, datasources: Datasources { datasource } })
}

async fn get(call: Call<NoBody>) -> Result<DatasourceMessage, Error> {
    let Context { store, query, .. } = &call.context;
    let record = match query.get("key") {
        Some(key) if key.eq_ignore_ascii_case("contentUrl") => {
            datasources::get_by_content_url(store, &call.actor, call.context.parameter(1)).await?
        }
        _ => datasources::get(store, &call.actor, datasource(&call.context)?).await?,
    };
    Ok(DatasourceMessage { datasource: described(record) })
}

/// A data source as it is answered alone.
fn described(record: datasources::Datasource) -> Datasource {
    message(record, &Fields::parse(Some("_all_")))
}

async fn update(call: Call<DatasourceMessage>) -> Result<DatasourceMessage, Error> {
    let id = datasource(&call.context)?;
    let asked = &call.body.datasource;
    require_same_id(asked.id.as_ref(), id, "data source")?;
    let change = DatasourceChange {
        item: ItemChange {
            name: asked.name.as_deref().map(str::parse).transpose()?,
            description: asked.description.clone(),
            project_id: items::place(asked.project.as_ref(), asked.location.as_ref())?,
            owner_id: items::owner_id(asked.owner.as_ref())?,
            encrypt_extracts: asked.encrypt_extracts.map(|flag| flag.0),
        },
        use_remote_query_agent: asked.use_remote_query_agent,
        certification: certification(asked),
    };
    let code = match (&asked.project, &asked.owner) {
        (Some(_), _) => ErrorCode::DATASOURCE_NOT_MOVABLE,
        (None, Some(_)) => ErrorCode::OWNER_FIXED,
        (None, None) => ErrorCode::DATASOURCE_FIXED,
    };
    let updated = datasources::update(&call.context.store, &call.actor, id, change).await;
    Ok(DatasourceMessage { datasource: described(updated.map_err(items::refused_as(code))?) })
}

fn certification(asked: &Datasource) -> CertificationChange {
    CertificationChange { is_certified: asked.is_certified, note: asked.certification_note.clone() }
}

async fn publish(
    mut call: Call<FileBody<DatasourceMessage>>,
    reader: Reader,
    extracts: Extracts,
) -> Result<Answer<PublishedDatasource>, Error> {
    let in_background = call.context.query.flag("asJob")?;
    let overwrite = call.context.query.flag("overwrite")?;
    let append = call.context.query.flag("append")?;
    if overwrite && append {
        let detail = "`overwrite` replaces the data and `append` adds to it: only one of them may be `true`";
        return Err(Error::new(ErrorCode::OVERWRITE_AND_APPEND, detail));
    }
    let store = call.context.store.clone();
    let of_check = extracts.clone();
    let check = move |store: Store, actor: Actor, message: DatasourceMessage| {
        let extracts = of_check.clone();
        async move {
            let Datasource { name, project, location, .. } = message.datasource;
            let destination = publishing::destination(name, project.as_ref(), location.as_ref(), overwrite)?;
            if append {
                datasources::find_target(&store, &actor, destination).await.map_err(publishing::refused)?;
                return extracts.require_engine();
            }
            datasources::check_destination(&store, &actor, destination).await.map_err(publishing::refused)
        }
    };
    let Received { actor, message: sent, blob, upload, declared } = PUBLISHING.receive(&mut call, check).await?;
    let asked = sent.datasource;
    let certification = certification(&asked);
    let given = Given::new(asked.connection_credentials, asked.connections);
    let destination = publishing::destination(asked.name, asked.project.as_ref(), asked.location.as_ref(), overwrite)?;
    if append {
        let id = datasources::find_target(&store, &actor, destination).await.map_err(publishing::refused)?;
        let rows = Arc::new(Rows::Appended(blob));
        let at_work = store.clone();
        let make = move |base: Base| {
            let (store, rows, extracts) = (at_work.clone(), rows.clone(), extracts.clone());
            async move { Ok::<_, Error>(Changed { blob: extracts.change(&store, &base, &rows).await?, upload }) }
        };
        if in_background {
            let job = hyper_data::change_as_job(&store, &actor, id, JobType::PublishDatasource, None, make).await;
            return Ok(begun(job.map_err(publishing::refused)?));
        }
        let record = hyper_data::change(&store, &actor, id, make).await?;
        return Ok(published(&call.context, &actor, record));
    }
    let read = read(&store, &reader, destination, blob, declared, given).await?;
    let new = NewDatasource {
        file: NewFile {
            description: asked.description,
            encrypt_extracts: asked.encrypt_extracts.map(|flag| flag.0),
            upload,
            ..read
        },
        use_remote_query_agent: asked.use_remote_query_agent,
        certification,
    };
    if in_background {
        let job = datasources::publish_as_job(&store, &actor, new).await.map_err(publishing::refused)?;
        return Ok(begun(job));
    }
    let record = datasources::publish(&store, &actor, new).await.map_err(publishing::refused)?;
    Ok(published(&call.context, &actor, record))
}

fn begun(job: Job) -> Answer<PublishedDatasource> {
    Answer::accepted(PublishedDatasource { datasource: None, job: Some(jobs::message(job).job) })
}

fn published(context: &Context, actor: &Actor, record: datasources::Datasource) -> Answer<PublishedDatasource> {
    let location = context.location(actor, "datasources", record.item.id);
    Answer::at(PublishedDatasource { datasource: Some(described(record)), job: None }, location)
}

/// Asks whether the actor may publish a sample there.
pub(crate) async fn check_sample(store: &Store, actor: &Actor, destination: Destination) -> Result<(), Error> {
    datasources::check_destination(store, actor, destination).await.map_err(publishing::refused)
}

/// Publishes a sample, of which nothing more is said than its file does.
pub(crate) async fn publish_sample(
    store: &Store,
    actor: &Actor,
    reader: &Reader,
    destination: Destination,
    blob: Blob,
) -> Result<(), Error> {
    let file = read(store, reader, destination, blob, String::new(), Given::default()).await?;
    let certification = CertificationChange::default();
    let new = NewDatasource { file, use_remote_query_agent: None, certification };
    datasources::publish(store, actor, new).await.map(drop).map_err(publishing::refused)
}

/// A data source's file with what it says.
async fn read(
    store: &Store,
    reader: &Reader,
    destination: Destination,
    blob: Blob,
    declared: String,
    given: Given,
) -> Result<NewFile, Error> {
    let name = destination.name.as_str().to_owned();
    let taken = reader.read_any(store, &blob, move |opened| File::take(opened, &declared, &name, &given));
    let File { file_type, has_extracts, connections } = taken.await?;
    Ok(NewFile {
        destination,
        description: None,
        encrypt_extracts: None,
        blob,
        file_type: file_type.to_owned(),
        has_extracts,
        connections,
        upload: None,
    })
}

/// What publishing needs of a data source's file.
struct File {
    file_type: &'static str,
    has_extracts: bool,
    connections: Vec<NewConnection>,
}

impl File {
    fn take(opened: Opened, declared: &str, name: &str, given: &Given) -> Result<Self, Error> {
        let (file_type, class) = match opened {
            Ok(package) => match package.content() {
                Content::DataSource(source) => {
                    return Ok(Self {
                        file_type: package.kind().extension(),
                        has_extracts: publishing::has_extract(source),
                        connections: publishing::connections(std::slice::from_ref(source), given),
                    });
                }
                Content::Extract => ("hyper", "hyper"),
                Content::Workbook(_) | Content::Flow => {
                    let kind = package.kind().extension();
                    let detail =
                        format!("There was a problem publishing the file: this is no data source, but a .{kind} file.");
                    return Err(Error::new(PUBLISHING.failed, detail));
                }
            },
            // Plain tables are none of Tableau's files; they are what they are called, if their content does not deny it.
            Err(tavola_workbook::Error::NotAFile(seen)) => match (declared, &seen) {
                ("csv", Seen::Text | Seen::Json) => ("csv", "textscan"),
                ("xlsx", Seen::Office) => ("xlsx", "excel-direct"),
                ("parquet", Seen::Parquet) => ("parquet", "parquet"),
                _ => {
                    let problem = tavola_workbook::Error::NotAFile(seen);
                    return Err(publishing::unreadable(PUBLISHING.failed, problem));
                }
            },
            Err(problem) => return Err(publishing::unreadable(PUBLISHING.failed, problem)),
        };
        let connection = NewConnection {
            place: class.to_owned(),
            source_name: name.to_owned(),
            connection_type: class.to_owned(),
            database_name: format!("{name}.{file_type}"),
            ..NewConnection::default()
        };
        Ok(Self { file_type, has_extracts: file_type == "hyper", connections: vec![connection] })
    }
}

pub(crate) fn message(record: datasources::Datasource, fields: &Fields) -> Datasource {
    let datasources::Datasource {
        item,
        datasource_type,
        server_name,
        database_name,
        use_remote_query_agent,
        certification,
        connected_workbooks,
    } = record;
    let Item {
        id,
        site_id: _,
        project_id,
        project_name,
        owner_id,
        owner,
        name,
        description,
        content_url,
        file_type: _,
        size,
        has_extracts,
        encrypt_extracts,
        revision: _,
        created_at,
        updated_at,
        published_at: _,
        tags,
    } = item;
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    Datasource {
        id: fields.keep_default("id", Some(Word::Known(id))),
        name: fields.keep_default("name", Some(name)),
        description: fields.keep_default("description", Some(description)),
        content_url: fields.keep_default("contentUrl", Some(content_url)),
        datasource_type: fields.keep_default("type", some(datasource_type)),
        size: fields.keep_default("size", Some(items::megabytes(size))),
        created_at: fields.keep_default("createdAt", Some(created_at)),
        updated_at: fields.keep_default("updatedAt", Some(updated_at)),
        is_certified: fields.keep_default("isCertified", Some(certification.is_some())),
        certification_note: fields.keep_default("certificationNote", certification.and_then(some)),
        encrypt_extracts: fields.keep_default("encryptExtracts", Some(Flag(encrypt_extracts))),
        has_extracts: fields.keep_default("hasExtracts", Some(has_extracts)),
        use_remote_query_agent: fields.keep_default("useRemoteQueryAgent", Some(use_remote_query_agent)),
        is_published: fields.keep_extra("isPublished", Some(true)),
        has_alert: fields.keep_extra("hasAlert", Some(false)),
        server_name: fields.keep_extra("serverName", some(server_name)),
        database_name: fields.keep_extra("databaseName", some(database_name)),
        connected_workbooks_count: fields.keep_extra("connectedWorkbooksCount", Some(Count(connected_workbooks))),
        project: items::project(project_id, project_name, fields),
        owner: items::owner(owner_id, owner, fields),
        tags: fields.keep_default("tags", Some(items::tags(tags))),
        ..Datasource::default()
    }
}
