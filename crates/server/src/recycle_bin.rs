//! The recycle bin: what was deleted, and how it comes back.

use tavola_api::{
    ErrorCode, Fields, NoBody, Pagination, Word,
    projects::Project,
    recycle_bin::{
        self as wire, Emptied, RecycleBinItem, RecycleBinItemMessage, RecycleBinItems, RecycleBinPage, RestoreMessage,
    },
    users::User,
};
use tavola_store::{
    self as store, Taken,
    recycle_bin::{self, Deleted, Restored, Restoring},
};

use crate::{
    call::Call,
    error::Error,
    items, jobs,
    router::{Answer, Routes},
};

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::LIST, list);
    routes.on(wire::GET, get);
    routes.on(wire::RESTORE, restore);
    routes.on(wire::DELETE, delete);
    routes.on(wire::EMPTY, empty);
}

async fn list(call: Call<NoBody>) -> Result<RecycleBinPage, Error> {
    let query = call.context.list()?;
    let list = recycle_bin::list(&call.context.store, &call.actor, &query).await?;
    Ok(RecycleBinPage {
        pagination: Pagination::of(query.page, list.total),
        recycle_bin_items: RecycleBinItems { recycle_bin_item: list.items.into_iter().map(message).collect() },
    })
}

async fn get(call: Call<NoBody>) -> Result<RecycleBinItemMessage, Error> {
    let record = recycle_bin::get(&call.context.store, &call.actor, call.context.parameter(1)).await?;
    Ok(RecycleBinItemMessage { recycle_bin_item: message(record) })
}

async fn restore(call: Call<RestoreMessage>) -> Result<RecycleBinItemMessage, Error> {
    let asked = call.body.recycle_bin_item;
    let id = call.context.parameter(1);
    if asked.id.is_some_and(|named| !named.eq_ignore_ascii_case(id)) {
        return Err(Error::other_id("item"));
    }
    let to = Restoring {
        project_id: items::named_project(asked.project.as_ref())?,
        name: asked.name.as_deref().map(str::parse).transpose()?,
    };
    let restored = recycle_bin::restore(&call.context.store, &call.actor, id, to).await.map_err(|problem| {
        // Publishing has other codes for this, of which some are no conflicts.
        match &problem {
            store::Error::AlreadyExists(Taken::ContentName(..)) => {
                Error::new(ErrorCode::NAME_TAKEN, format!("{problem}: restore it under another name"))
            }
            _ => problem.into(),
        }
    })?;
    let Restored { id, kind, name, content_url, project_id, project_name } = restored;
    Ok(RecycleBinItemMessage {
        recycle_bin_item: RecycleBinItem {
            id: Some(id),
            content_type: Some(Word::Known(kind)),
            name: Some(name),
            content_url: Some(content_url),
            project: items::project(project_id, project_name, &Fields::default()),
            ..RecycleBinItem::default()
        },
    })
}

async fn delete(call: Call<NoBody>) -> Result<NoBody, Error> {
    recycle_bin::delete(&call.context.store, &call.actor, call.context.parameter(1)).await?;
    Ok(NoBody)
}

async fn empty(call: Call<NoBody>) -> Result<Answer<Emptied>, Error> {
    let store = &call.context.store;
    if call.context.query.flag("asJob")? {
        let job = recycle_bin::empty_as_job(store, &call.actor).await?;
        return Ok(Answer::accepted(Emptied { job: Some(jobs::message(job).job) }));
    }
    recycle_bin::empty(store, &call.actor).await?;
    Ok(Emptied::default().into())
}

fn message(record: Deleted) -> RecycleBinItem {
    let Deleted {
        id,
        kind,
        name,
        description,
        content_url,
        size,
        project,
        owner_id,
        owner,
        deleted_at,
        deleted_by,
        kept_until,
    } = record;
    RecycleBinItem {
        id: Some(id),
        content_type: Some(Word::Known(kind)),
        name: Some(name),
        description: Some(description),
        content_url: Some(content_url),
        size: Some(items::megabytes(size)),
        deleted_at: Some(deleted_at),
        expires_at: Some(kept_until),
        project: project.map(|(id, name)| Project { id: Some(id.into()), name: Some(name), ..Project::default() }),
        owner: items::owner(owner_id, owner, &Fields::default()),
        deleted_by: deleted_by.map(|(id, name)| User { id: Some(id.into()), name, ..User::default() }),
    }
}
