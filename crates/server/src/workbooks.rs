//! Workbooks: published, described, changed, handed back.

use std::collections::HashMap;

use tavola_api::{
    ErrorCode, Fields, Flag, NoBody, Pagination, Word,
    views::{View, Views},
    workbooks::{
        self as wire, DataAccelerationConfig, PublishedWorkbook, Workbook, WorkbookMessage, WorkbookPage, Workbooks,
    },
};
use tavola_model::{SheetType, UserId, WorkbookId};
use tavola_store::{
    Actor, Store,
    content::Blob,
    items::{Destination, ItemChange, NewConnection, NewFile},
    views::{self, ExportedWorkbook, NewView},
    workbooks::{self, NewWorkbook, WorkbookChange},
};
use tavola_workbook::{Content, Package, ViewKind};

use crate::{
    call::{Call, Context, require_same_id},
    download::Download,
    error::Error,
    exports::Exports,
    items, jobs,
    multipart::FileBody,
    publishing::{self, Given, Publishing, Reader, Received},
    router::{Answer, Routes},
    views as view_room,
};

/// The name of the part with the file, both ways.
const FILE_PART: &str = "tableau_workbook";

const PUBLISHING: Publishing = Publishing {
    type_parameter: "workbookType",
    types: &["twb", "twbx"],
    wrong_type: ErrorCode::WORKBOOK_FILE_TYPE,
    wrong_uploaded_type: ErrorCode::UPLOADED_WORKBOOK_TYPE,
    failed: ErrorCode::PUBLISH_FAILED,
};

pub(crate) fn bind(routes: &mut Routes, reader: &Reader, exports: &Exports) {
    routes.on(wire::LIST, list);
    routes.on(wire::OF_USER, of_user);
    routes.on(wire::GET, get);
    routes.on(wire::UPDATE, update);
    routes.on(wire::DELETE, delete);
    let reader = reader.clone();
    routes.stream(wire::PUBLISH, move |call| publish(call, reader.clone()));
    routes.download(wire::DOWNLOAD, download);
    routes.download(wire::PREVIEW_IMAGE, preview_image);
    let of = exports.clone();
    routes.download(wire::PDF, move |call| pdf(call, of.clone()));
    let of = exports.clone();
    routes.download(wire::POWERPOINT, move |call| powerpoint(call, of.clone()));
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

fn workbook(context: &Context) -> Result<WorkbookId, Error> {
    context.id(1, Error::workbook_not_found)
}

async fn list(call: Call<NoBody>) -> Result<WorkbookPage, Error> {
    let query = call.context.list()?;
    let fields = call.context.fields();
    let list = workbooks::list(&call.context.store, &call.actor, &query).await?;
    Ok(page(list, &fields))
}

async fn of_user(call: Call<NoBody>) -> Result<WorkbookPage, Error> {
    let user: UserId = call.context.id(1, Error::user_not_found)?;
    let owned = call.context.query.flag("ownedBy")?;
    let page_asked = call.context.page()?;
    let list = workbooks::list_of_user(&call.context.store, &call.actor, user, owned, page_asked).await?;
    Ok(page(list, &call.context.fields()))
}

fn page(list: tavola_store::List<workbooks::Workbook>, fields: &Fields) -> WorkbookPage {
    WorkbookPage {
        pagination: Pagination::of(list.page, list.total),
        workbooks: Workbooks { workbook: list.items.into_iter().map(|record| message(record, fields)).collect() },
    }
}

async fn get(call: Call<NoBody>) -> Result<WorkbookMessage, Error> {
    let Context { store, query, .. } = &call.context;
    let record = match query.get("key") {
        Some(key) if key.eq_ignore_ascii_case("contentUrl") => {
            workbooks::get_by_content_url(store, &call.actor, call.context.parameter(1)).await?
        }
        _ => workbooks::get(store, &call.actor, workbook(&call.context)?).await?,
    };
    with_views(&call, record).await
}

/// A workbook as it is answered alone: with its views.
async fn with_views<Req>(call: &Call<Req>, record: workbooks::Workbook) -> Result<WorkbookMessage, Error> {
    let counted = view_room::counted(&call.context)?;
    let views = views::list_of_workbook(&call.context.store, &call.actor, record.item.id).await?;
    Ok(WorkbookMessage { workbook: described(record, views, counted) })
}

fn described(record: workbooks::Workbook, views: Vec<views::View>, counted: bool) -> Workbook {
    let views = views.into_iter().map(|view| {
        let usage = view_room::usage(&view, counted);
        View { usage, ..view_room::message(view, &Fields::default(), false) }
    });
    Workbook { views: Some(Views { view: views.collect() }), ..message(record, &Fields::parse(Some("_all_"))) }
}

async fn update(call: Call<WorkbookMessage>) -> Result<WorkbookMessage, Error> {
    let id = workbook(&call.context)?;
    let asked = &call.body.workbook;
    require_same_id(asked.id.as_ref(), id, "workbook")?;
    let change = WorkbookChange {
        item: ItemChange {
            name: asked.name.as_deref().map(str::parse).transpose()?,
            description: asked.description.clone(),
            project_id: items::place(asked.project.as_ref(), asked.location.as_ref())?,
            owner_id: items::owner_id(asked.owner.as_ref())?,
            encrypt_extracts: asked.encrypt_extracts.map(|flag| flag.0),
        },
        show_tabs: asked.show_tabs.map(|flag| flag.0),
    };
    let code = if asked.project.is_some() { ErrorCode::WORKBOOK_NOT_MOVABLE } else { ErrorCode::OWNER_FIXED };
    let updated = workbooks::update(&call.context.store, &call.actor, id, change).await;
    let record = updated.map_err(items::refused_as(code))?;
    Ok(WorkbookMessage { workbook: message(record, &Fields::parse(Some("_all_"))) })
}

async fn publish(
    mut call: Call<FileBody<WorkbookMessage>>,
    reader: Reader,
) -> Result<Answer<PublishedWorkbook>, Error> {
    let in_background = call.context.query.flag("asJob")?;
    // Connections are not checked: what cannot be reached is published too.
    call.context.query.flag("skipConnectionCheck")?;
    let store = call.context.store.clone();
    let overwrite = call.context.query.flag("overwrite")?;
    let check = |store: Store, actor: Actor, message: WorkbookMessage| async move {
        let Workbook { name, project, location, .. } = message.workbook;
        let destination = publishing::destination(name, project.as_ref(), location.as_ref(), overwrite)?;
        workbooks::check_destination(&store, &actor, destination).await.map_err(publishing::refused)
    };
    let Received { actor, message: sent, blob, upload, declared: _ } = PUBLISHING.receive(&mut call, check).await?;
    let asked = sent.workbook;
    let given = Given::new(asked.connection_credentials, asked.connections);
    let destination = publishing::destination(asked.name, asked.project.as_ref(), asked.location.as_ref(), overwrite)?;
    let read = read(&store, &reader, destination, blob, given).await?;
    let new = NewWorkbook {
        file: NewFile {
            description: asked.description,
            encrypt_extracts: asked.encrypt_extracts.map(|flag| flag.0),
            upload,
            ..read.file
        },
        show_tabs: asked.show_tabs.map(|flag| flag.0),
        views: hidden_as_asked(read.views, asked.views),
        ..read
    };
    if in_background {
        let job = workbooks::publish_as_job(&store, &actor, new).await.map_err(publishing::refused)?;
        return Ok(Answer::accepted(PublishedWorkbook { workbook: None, job: Some(jobs::message(job).job) }));
    }
    let record = workbooks::publish(&store, &actor, new).await.map_err(publishing::refused)?;
    let location = call.context.location(&actor, "workbooks", record.item.id);
    let views = views::list_of_workbook(&store, &actor, record.item.id).await?;
    Ok(Answer::at(PublishedWorkbook { workbook: Some(described(record, views, false)), job: None }, location))
}

/// Asks whether the actor may publish a sample there.
pub(crate) async fn check_sample(store: &Store, actor: &Actor, destination: Destination) -> Result<(), Error> {
    workbooks::check_destination(store, actor, destination).await.map_err(publishing::refused)
}

/// Publishes a sample, of which nothing more is said than its file does.
pub(crate) async fn publish_sample(
    store: &Store,
    actor: &Actor,
    reader: &Reader,
    destination: Destination,
    blob: Blob,
) -> Result<(), Error> {
    let new = read(store, reader, destination, blob, Given::default()).await?;
    workbooks::publish(store, actor, new).await.map(drop).map_err(publishing::refused)
}

/// A workbook as its file has it.
async fn read(
    store: &Store,
    reader: &Reader,
    destination: Destination,
    blob: Blob,
    given: Given,
) -> Result<NewWorkbook, Error> {
    let file = reader.read(store, &blob, PUBLISHING.failed, move |package| File::take(package, &given)).await?;
    let File { file_type, has_extracts, views, default_view, connections } = file;
    let file = NewFile {
        destination,
        description: None,
        encrypt_extracts: None,
        blob,
        file_type: file_type.to_owned(),
        has_extracts,
        connections,
        upload: None,
    };
    Ok(NewWorkbook { file, show_tabs: None, views, default_view })
}

/// What publishing needs of a workbook's file.
struct File {
    file_type: &'static str,
    has_extracts: bool,
    views: Vec<NewView>,
    default_view: Option<String>,
    connections: Vec<NewConnection>,
}

impl File {
    fn take<R>(package: &mut Package<R>, given: &Given) -> Result<Self, Error> {
        let file_type = package.kind().extension();
        let Content::Workbook(workbook) = package.content() else {
            let detail =
                format!("There was a problem publishing the file: this is no workbook, but a .{file_type} file.");
            return Err(Error::new(PUBLISHING.failed, detail));
        };
        let mut pictures: HashMap<&str, _> =
            workbook.thumbnails.iter().map(|thumbnail| (thumbnail.name.as_str(), thumbnail)).collect();
        let views = workbook.views().into_iter().map(|view| NewView {
            name: view.name.to_owned(),
            title: view.title.unwrap_or_default().to_owned(),
            sheet_type: match view.kind {
                ViewKind::Worksheet => SheetType::Worksheet,
                ViewKind::Dashboard => SheetType::Dashboard,
                ViewKind::Story => SheetType::Story,
            },
            hidden: view.hidden,
            // A damaged picture is none.
            preview: pictures.remove(view.name).and_then(|thumbnail| thumbnail.png().ok()),
        });
        Ok(Self {
            file_type,
            has_extracts: workbook.data_sources.iter().any(publishing::has_extract),
            views: views.collect(),
            default_view: workbook.default_view().map(|view| view.name.to_owned()),
            connections: publishing::connections(&workbook.data_sources, given),
        })
    }
}

/// Hides and shows the sheets that the request names; the others are as the file has them.
fn hidden_as_asked(mut views: Vec<NewView>, asked: Option<Views>) -> Vec<NewView> {
    for named in asked.unwrap_or_default().view {
        let (Some(name), Some(hidden)) = (named.name, named.hidden) else { continue };
        for view in views.iter_mut().filter(|view| view.name == name) {
            view.hidden = hidden;
        }
    }
    views
}

items::handlers! {
    workbooks, workbook;
    delete();
    downloads(FILE_PART, ErrorCode::WORKBOOK_NOT_DOWNLOADABLE);
    connections();
    update_connection(ErrorCode::WORKBOOK_CONNECTION_FIXED);
    update_connections(ErrorCode::WORKBOOK_CONNECTION_FIXED);
    revisions(ErrorCode::WORKBOOK_REVISIONS_NOT_READABLE);
    remove_revision();
    keychains();
    tags();
}

async fn preview_image(call: Call<NoBody>) -> Result<Download, Error> {
    let id = workbook(&call.context)?;
    let png = workbooks::preview(&call.context.store, &call.actor, id).await?;
    items::picture(png, ErrorCode::WORKBOOK_NOT_FOUND)
}

async fn pdf(call: Call<NoBody>, exports: Exports) -> Result<Download, Error> {
    let workbook = exported(&call).await?;
    exports.pdf(&call.context, &workbook, &workbook.sheets, &workbook.name).await
}

async fn powerpoint(call: Call<NoBody>, exports: Exports) -> Result<Download, Error> {
    let workbook = exported(&call).await?;
    exports.powerpoint(&call.context, &workbook).await
}

/// The workbook of the path, if the caller may export it.
async fn exported(call: &Call<NoBody>) -> Result<ExportedWorkbook, Error> {
    let exported = views::export_workbook(&call.context.store, &call.actor, workbook(&call.context)?).await;
    exported.map_err(items::refused_as(ErrorCode::FORBIDDEN))
}

/// A workbook without its views.
pub(crate) fn message(record: workbooks::Workbook, fields: &Fields) -> Workbook {
    let workbooks::Workbook { item, show_tabs, default_view_id, sheet_count } = record;
    let tavola_store::items::Item {
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
        published_at,
        tags,
    } = item;
    Workbook {
        id: fields.keep_default("id", Some(Word::Known(id))),
        name: fields.keep_default("name", Some(name)),
        description: fields.keep_default("description", Some(description)),
        content_url: fields.keep_default("contentUrl", Some(content_url)),
        show_tabs: fields.keep_default("showTabs", Some(Flag(show_tabs))),
        size: fields.keep_default("size", Some(items::megabytes(size))),
        created_at: fields.keep_default("createdAt", Some(created_at)),
        updated_at: fields.keep_default("updatedAt", Some(updated_at)),
        last_published_at: fields.keep_extra("lastPublishedAt", Some(published_at)),
        encrypt_extracts: fields.keep_default("encryptExtracts", Some(Flag(encrypt_extracts))),
        has_extracts: fields.keep_extra("hasExtracts", Some(has_extracts)),
        default_view_id: fields.keep_default("defaultViewId", default_view_id.map(Word::Known)),
        sheet_count: fields.keep_extra("sheetCount", Some(tavola_api::Count(sheet_count))),
        location: fields.keep_default("location", Some(items::location(project_id, &project_name))),
        project: items::project(project_id, project_name, fields),
        owner: items::owner(owner_id, owner, fields),
        tags: fields.keep_default("tags", Some(items::tags(tags))),
        data_acceleration_config: fields.keep_default(
            "dataAccelerationConfig",
            Some(DataAccelerationConfig { acceleration_enabled: Some(false), ..DataAccelerationConfig::default() }),
        ),
        ..Workbook::default()
    }
}

/// A view of a workbook that names it by id alone.
pub(crate) fn by_id(id: WorkbookId) -> Workbook {
    Workbook { id: Some(Word::Known(id)), ..Workbook::default() }
}
