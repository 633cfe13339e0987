//! Flows: published, described, changed, handed back.

use std::io::{Read, Seek};

use tavola_api::{
    ErrorCode, Fields, NoBody, Pagination, Word,
    flows::{self as wire, Flow, FlowMessage, FlowOutputStep, FlowOutputSteps, FlowPage, FlowWithSteps, Flows},
};
use tavola_model::{FlowId, UserId};
use tavola_store::{
    Actor, List, Store,
    flows::{self, NewFlow, OutputStep},
    items::{Item, ItemChange, NewConnection, NewFile},
};
use tavola_workbook::Package;

use crate::{
    call::{Call, Context, require_same_id},
    download::Download,
    error::Error,
    items,
    multipart::FileBody,
    publishing::{self, Given, Publishing, Reader, Received},
    router::{Answer, Routes},
};

/// The name of the part with the file, both ways.
const FILE_PART: &str = "tableau_flow";

const PUBLISHING: Publishing = Publishing {
    type_parameter: "flowType",
    types: &["tfl", "tflx"],
    wrong_type: ErrorCode::FLOW_FILE_TYPE,
    wrong_uploaded_type: ErrorCode::FLOW_FILE_TYPE,
    failed: ErrorCode::FLOW_PUBLISH_FAILED,
};

pub(crate) fn bind(routes: &mut Routes, reader: &Reader) {
    routes.on(wire::LIST, list);
    routes.on(wire::OF_USER, of_user);
    routes.on(wire::GET, get);
    routes.on(wire::UPDATE, update);
    routes.on(wire::DELETE, delete);
    let reader = reader.clone();
    routes.stream(wire::PUBLISH, move |call| publish(call, reader.clone()));
    routes.download(wire::DOWNLOAD, download);
    routes.on(wire::CONNECTIONS, connections);
    routes.on(wire::UPDATE_CONNECTION, update_connection);
    routes.on(wire::REVISIONS, revisions);
    routes.download(wire::DOWNLOAD_REVISION, download_revision);
    routes.on(wire::DOWNLOAD_KEYCHAIN, download_keychain);
    routes.on(wire::UPLOAD_KEYCHAIN, upload_keychain);
    routes.on(wire::ADD_TAGS, add_tags);
    routes.on(wire::DELETE_TAG, delete_tag);
}

items::handlers! {
    flows, flow;
    delete();
    downloads(FILE_PART, ErrorCode::FLOW_NOT_DOWNLOADABLE);
    connections();
    update_connection(ErrorCode::FLOW_CONNECTION_FIXED);
    revisions(ErrorCode::FORBIDDEN);
    keychains();
    tags();
}

fn flow(context: &Context) -> Result<FlowId, Error> {
    context.id(1, Error::flow_not_found)
}

async fn list(call: Call<NoBody>) -> Result<FlowPage, Error> {
    let query = call.context.list()?;
    let fields = call.context.fields();
    Ok(page(flows::list(&call.context.store, &call.actor, &query).await?, &fields))
}

async fn of_user(call: Call<NoBody>) -> Result<FlowPage, Error> {
    let user: UserId = call.context.id(1, Error::user_not_found)?;
    let owned = call.context.query.flag("ownedBy")?;
    let asked = call.context.page()?;
    let list = flows::list_of_user(&call.context.store, &call.actor, user, owned, asked).await?;
    Ok(page(list, &call.context.fields()))
}

fn page(list: List<flows::Flow>, fields: &Fields) -> FlowPage {
    FlowPage {
        pagination: Pagination::of(list.page, list.total),
        flows: Flows { flow: list.items.into_iter().map(|record| message(record, fields)).collect() },
    }
}

async fn get(call: Call<NoBody>) -> Result<FlowWithSteps, Error> {
    let id = flow(&call.context)?;
    let record = flows::get(&call.context.store, &call.actor, id).await?;
    let steps = flows::output_steps(&call.context.store, &call.actor, id).await?;
    let steps = steps.into_iter().map(|OutputStep { id, name }| FlowOutputStep { id: Some(id), name: Some(name) });
    Ok(FlowWithSteps {
        flow: described(record),
        flow_output_steps: Some(FlowOutputSteps { flow_output_step: steps.collect() }),
    })
}

/// A flow as it is answered alone.
fn described(record: flows::Flow) -> Flow {
    message(record, &Fields::parse(Some("_all_")))
}

async fn update(call: Call<FlowMessage>) -> Result<FlowMessage, Error> {
    let id = flow(&call.context)?;
    let asked = &call.body.flow;
    require_same_id(asked.id.as_ref(), id, "flow")?;
    let change = ItemChange {
        name: asked.name.as_deref().map(str::parse).transpose()?,
        description: asked.description.clone(),
        project_id: items::named_project(asked.project.as_ref())?,
        owner_id: items::owner_id(asked.owner.as_ref())?,
        encrypt_extracts: None,
    };
    let code = if asked.project.is_some() { ErrorCode::DATASOURCE_NOT_MOVABLE } else { ErrorCode::FLOW_FIXED };
    let updated = flows::update(&call.context.store, &call.actor, id, change).await;
    Ok(FlowMessage { flow: described(updated.map_err(items::refused_as(code))?) })
}

async fn publish(mut call: Call<FileBody<FlowMessage>>, reader: Reader) -> Result<Answer<FlowMessage>, Error> {
    let overwrite = call.context.query.flag("overwrite")?;
    let store = call.context.store.clone();
    let check = |store: Store, actor: Actor, message: FlowMessage| async move {
        let Flow { name, project, .. } = message.flow;
        if name.as_deref().unwrap_or_default().trim().is_empty() {
            return Err(Error::new(ErrorCode::FLOW_NAME_MISSING, "what is published needs a name"));
        }
        let destination = publishing::destination(name, project.as_ref(), None, overwrite)?;
        flows::check_destination(&store, &actor, destination).await.map_err(publishing::refused)
    };
    let Received { actor, message: sent, blob, upload, declared: _ } = PUBLISHING.receive(&mut call, check).await?;
    let asked = sent.flow;
    let given = Given::new(None, asked.connections);
    let taken = reader.read(&store, &blob, PUBLISHING.failed, move |package| take(package, &given));
    let (file_type, output_steps, connections) = taken.await?;
    let new = NewFlow {
        file: NewFile {
            destination: publishing::destination(asked.name, asked.project.as_ref(), None, overwrite)?,
            description: asked.description,
            encrypt_extracts: None,
            blob,
            file_type: file_type.to_owned(),
            has_extracts: false,
            connections,
            upload,
        },
        output_steps,
    };
    let record = flows::publish(&store, &actor, new).await.map_err(publishing::refused)?;
    let location = call.context.location(&actor, "flows", record.item.id);
    Ok(Answer::at(FlowMessage { flow: described(record) }, location))
}

/// What publishing needs of a flow's file: its type, steps and connections.
fn take<R: Read + Seek>(
    package: &mut Package<R>,
    given: &Given,
) -> Result<(&'static str, Vec<OutputStep>, Vec<NewConnection>), Error> {
    let file_type = package.kind().extension();
    let flow = package.flow().map_err(|problem| publishing::unreadable(PUBLISHING.failed, problem))?;
    let flow = flow.ok_or_else(|| {
        let detail = format!("There was a problem publishing the file: this is no flow, but a .{file_type} file.");
        Error::new(PUBLISHING.failed, detail)
    })?;
    let steps = flow.output_steps.into_iter().map(|step| OutputStep { id: step.id, name: step.name }).collect();
    Ok((file_type, steps, publishing::flow_connections(&flow.connections, given)))
}

pub(crate) fn message(record: flows::Flow, fields: &Fields) -> Flow {
    let flows::Flow { item } = record;
    let Item {
        id,
        site_id: _,
        project_id,
        project_name,
        owner_id,
        owner,
        name,
        description,
        content_url: _,
        file_type,
        size: _,
        has_extracts: _,
        encrypt_extracts: _,
        revision: _,
        created_at,
        updated_at,
        published_at: _,
        tags,
    } = item;
    Flow {
        id: fields.keep_default("id", Some(Word::Known(id))),
        name: fields.keep_default("name", Some(name)),
        description: fields.keep_default("description", Some(description)),
        file_type: fields.keep_default("fileType", Some(file_type)),
        created_at: fields.keep_default("createdAt", Some(created_at)),
        updated_at: fields.keep_default("updatedAt", Some(updated_at)),
        project: items::project(project_id, project_name, fields),
        owner: items::owner(owner_id, owner, fields),
        tags: fields.keep_default("tags", Some(items::tags(tags))),
        ..Flow::default()
    }
}
