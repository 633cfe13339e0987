//! Projects: the tree that content is published into.

use tavola_api::{
    ApiVersion, Count, ErrorCode, Fields, NoBody, Pagination, Word,
    projects::{self as wire, ContentsCounts, Project, ProjectMessage, ProjectPage, Projects},
};
use tavola_model::{ContentPermissions, ProjectId, UserId};
use tavola_store::{
    List,
    projects::{self, Contents, NewProject, ProjectChange},
};

use crate::{
    call::{Call, Context, require_same_id},
    error::Error,
    items,
    publishing::Reader,
    router::{Answer, Routes},
    samples,
    sites::known,
};

/// The first version whose clients know of locks that leave out nested projects.
const FIRST_WITHOUT_NESTED: ApiVersion = ApiVersion::new(3, 8);

/// The field that tells how much lies in a project. It is counted only for those who ask.
const CONTENTS: &str = "contentsCounts";

pub(crate) fn bind(routes: &mut Routes, reader: &Reader) {
    routes.on(wire::LIST, list);
    routes.on(wire::LIST_WITHOUT_CONTENT, list_without_content);
    let samples = reader.clone();
    routes.on(wire::CREATE, move |call| create(call, samples.clone()));
    let samples = reader.clone();
    routes.on(wire::UPDATE, move |call| update(call, samples.clone()));
    routes.on(wire::DELETE, delete);
    routes.on(wire::DELETE_IF_EMPTY, delete_if_empty);
}

fn project(context: &Context) -> Result<ProjectId, Error> {
    context.id(1, Error::project_not_found)
}

async fn list(call: Call<NoBody>) -> Result<ProjectPage, Error> {
    let query = call.context.list()?;
    let fields = call.context.fields();
    let with_contents = fields.keep_extra(CONTENTS, Some(())).is_some();
    let list = projects::list(&call.context.store, &call.actor, &query, with_contents).await?;
    Ok(page(list, &fields))
}

async fn list_without_content(call: Call<NoBody>) -> Result<ProjectPage, Error> {
    let query = call.context.list()?;
    let list = projects::list_without_content(&call.context.store, &call.actor, &query).await?;
    Ok(page(list, &call.context.fields()))
}

fn page(list: List<projects::Project>, fields: &Fields) -> ProjectPage {
    ProjectPage {
        pagination: Pagination::of(list.page, list.total),
        projects: Projects { project: list.items.into_iter().map(|project| message(project, fields)).collect() },
    }
}

async fn create(call: Call<ProjectMessage>, reader: Reader) -> Result<Answer<ProjectMessage>, Error> {
    let with_samples = call.context.query.flag("publishSamples")?;
    let asked = asked(call.body.project, call.context.version)?;
    let new = NewProject {
        name: asked.name.ok_or_else(|| Error::bad_request("a project needs a name"))?.parse()?,
        description: asked.description.unwrap_or_default(),
        content_permissions: asked.content_permissions,
        parent_id: asked.parent_id.flatten(),
        owner_id: asked.owner_id,
    };
    let Context { store, .. } = &call.context;
    let mut record = projects::create(store, &call.actor, new).await?;
    if with_samples {
        samples::publish(store, &call.actor, &reader, record.id).await?;
        record = projects::get(store, &call.actor, record.id).await?;
    }
    let location = call.context.location(&call.actor, "projects", record.id);
    Ok(Answer::at(ProjectMessage { project: message(record, &Fields::default()) }, location))
}

async fn update(call: Call<ProjectMessage>, reader: Reader) -> Result<ProjectMessage, Error> {
    let with_samples = call.context.query.flag("publishSamples")?;
    let id = project(&call.context)?;
    require_same_id(call.body.project.id.as_ref(), id, "project")?;
    let asked = asked(call.body.project, call.context.version)?;
    let change = ProjectChange {
        name: asked.name.map(|name| name.parse()).transpose()?,
        description: asked.description,
        content_permissions: asked.content_permissions,
        parent_id: asked.parent_id,
        owner_id: asked.owner_id,
    };
    let Context { store, .. } = &call.context;
    if with_samples {
        projects::get(store, &call.actor, id).await?;
        samples::check(store, &call.actor, id).await?;
    }
    let mut record = projects::update(store, &call.actor, id, change).await?;
    if with_samples {
        samples::publish(store, &call.actor, &reader, id).await?;
        record = projects::get(store, &call.actor, id).await?;
    }
    Ok(ProjectMessage { project: message(record, &call.context.fields()) })
}

async fn delete(call: Call<NoBody>) -> Result<NoBody, Error> {
    projects::delete(&call.context.store, &call.actor, project(&call.context)?).await?;
    Ok(NoBody)
}

async fn delete_if_empty(call: Call<NoBody>) -> Result<NoBody, Error> {
    projects::delete_if_empty(&call.context.store, &call.actor, project(&call.context)?).await?;
    Ok(NoBody)
}

/// What a request says of a project.
struct Asked {
    name: Option<String>,
    description: Option<String>,
    content_permissions: Option<ContentPermissions>,
    /// `Some(None)` for the top.
    parent_id: Option<Option<ProjectId>>,
    owner_id: Option<UserId>,
}

fn asked(project: Project, version: ApiVersion) -> Result<Asked, Error> {
    let Project {
        id: _,
        name,
        description,
        parent_project_id,
        content_permissions,
        controlling_permissions_project_id: _,
        top_level_project: _,
        writeable: _,
        created_at: _,
        updated_at: _,
        favorites_total: _,
        owner,
        contents_counts: _,
    } = project;
    let content_permissions = known(content_permissions, "contentPermissions", ErrorCode::INVALID_PARAMETER)?;
    if content_permissions == Some(ContentPermissions::LockedToProjectWithoutNested) && version < FIRST_WITHOUT_NESTED {
        return Err(Error::new(
            ErrorCode::INVALID_PARAMETER,
            format!("API version '{version}' has no contentPermissions `LockedToProjectWithoutNested`"),
        ));
    }
    Ok(Asked {
        name,
        description,
        content_permissions,
        parent_id: parent_project_id.map(items::project_id).transpose()?,
        owner_id: items::owner_id(owner.as_ref())?,
    })
}

pub(crate) fn message(record: projects::Project, fields: &Fields) -> Project {
    let projects::Project {
        id,
        site_id: _,
        parent_id,
        name,
        description,
        content_permissions,
        controlling_id,
        owner_id,
        owner,
        created_at,
        updated_at,
        writeable,
        contents,
        favorites_total,
    } = record;
    // The wire names the project that decides only where it is another one.
    let controlling = controlling_id.filter(|controlling| *controlling != id);
    let counts = contents.map(|Contents { projects, workbooks, views, datasources }| ContentsCounts {
        project_count: Some(Count(projects)),
        workbook_count: Some(Count(workbooks)),
        view_count: Some(Count(views)),
        datasource_count: Some(Count(datasources)),
    });
    Project {
        id: fields.keep_default("id", Some(Word::Known(id))),
        name: fields.keep_default("name", Some(name)),
        description: fields.keep_default("description", Some(description)),
        parent_project_id: fields.keep_default("parentProjectId", parent_id.map(Word::Known)),
        content_permissions: fields.keep_default("contentPermissions", Some(Word::Known(content_permissions))),
        controlling_permissions_project_id: fields
            .keep_default("controllingPermissionsProjectId", controlling.map(Word::Known)),
        top_level_project: fields.keep_extra("topLevelProject", Some(parent_id.is_none())),
        writeable: fields.keep_extra("writeable", Some(writeable)),
        created_at: fields.keep_default("createdAt", Some(created_at)),
        updated_at: fields.keep_default("updatedAt", Some(updated_at)),
        favorites_total: fields.keep_extra("favoritesTotal", Some(Count(favorites_total))),
        owner: items::owner_by_id(owner_id, owner, fields),
        contents_counts: fields.keep_extra(CONTENTS, counts),
    }
}
