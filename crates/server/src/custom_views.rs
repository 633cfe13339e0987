//! Custom views: views as users left them.

use tavola_api::{
    ErrorCode, ErrorMessage, Fields, NoBody, Pagination, Word,
    custom_views::{
        self as wire, CustomView, CustomViewMessage, CustomViewPage, CustomViews, DefaultUserResult,
        DefaultUserResults, DefaultUsersAnswer,
    },
    users::{User, UserPage, Users, UsersMessage},
    views::View,
    workbooks::Workbook,
};
use tavola_model::{CustomViewId, ViewId};
use tavola_store::{
    Actor, Store, content,
    custom_views::{self, CustomViewChange, DefaultUser, NewCustomView},
    views,
};

use crate::{
    call::{Call, Context, require_same_id},
    download::{Download, Source},
    error::Error,
    items,
    multipart::FileBody,
    publishing::{Publishing, Received},
    router::{Answer, Routes},
    users,
};

/// The longest definition, in bytes. Those of clients have a few kilobytes.
const LONGEST: u64 = 16 * 1024 * 1024;

const PUBLISHING: Publishing = Publishing {
    type_parameter: "",
    types: &[],
    wrong_type: ErrorCode::PUBLISH_FAILED,
    wrong_uploaded_type: ErrorCode::PUBLISH_FAILED,
    failed: ErrorCode::PUBLISH_FAILED,
};

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::LIST, list);
    routes.on(wire::GET, get);
    routes.on(wire::UPDATE, update);
    routes.on(wire::DELETE, delete);
    routes.stream(wire::PUBLISH, publish);
    routes.download(wire::DOWNLOAD, download);
    routes.on(wire::DEFAULT_USERS, default_users);
    routes.on(wire::SET_DEFAULT_USERS, set_default_users);
}

fn not_found(id: &str) -> Error {
    Error::new(ErrorCode::NOT_FOUND, format!("Custom view '{id}' could not be found."))
}

fn custom_view(context: &Context) -> Result<CustomViewId, Error> {
    context.id(1, not_found)
}

async fn list(call: Call<NoBody>) -> Result<CustomViewPage, Error> {
    let query = call.context.list()?;
    let fields = call.context.fields();
    let list = custom_views::list(&call.context.store, &call.actor, &query).await?;
    Ok(CustomViewPage {
        pagination: Pagination::of(query.page, list.total),
        custom_views: CustomViews {
            custom_view: list.items.into_iter().map(|record| message(record, &fields)).collect(),
        },
    })
}

async fn get(call: Call<NoBody>) -> Result<CustomViewMessage, Error> {
    let record = custom_views::get(&call.context.store, &call.actor, custom_view(&call.context)?).await?;
    Ok(CustomViewMessage { custom_view: message(record, &Fields::default()) })
}

async fn update(call: Call<CustomViewMessage>) -> Result<CustomViewMessage, Error> {
    let id = custom_view(&call.context)?;
    let asked = call.body.custom_view;
    require_same_id(asked.id.as_ref(), id, "custom view")?;
    let change = CustomViewChange {
        name: asked.name.as_deref().map(str::parse).transpose()?,
        owner_id: items::owner_id(asked.owner.as_ref())?,
        shared: asked.shared,
    };
    let record = custom_views::update(&call.context.store, &call.actor, id, change).await?;
    Ok(CustomViewMessage { custom_view: message(record, &Fields::default()) })
}

async fn delete(call: Call<NoBody>) -> Result<NoBody, Error> {
    custom_views::delete(&call.context.store, &call.actor, custom_view(&call.context)?).await?;
    Ok(NoBody)
}

async fn publish(mut call: Call<FileBody<CustomViewMessage>>) -> Result<Answer<CustomViewMessage>, Error> {
    let store = call.context.store.clone();
    let check = |_, _, message: CustomViewMessage| async move {
        message.custom_view.name.ok_or_else(|| Error::bad_request("a custom view needs a name")).map(drop)
    };
    let Received { actor, message: sent, blob, upload: _, declared: _ } = PUBLISHING.receive(&mut call, check).await?;
    if blob.size() > LONGEST {
        return Err(Error::new(ErrorCode::BODY_TOO_LARGE, format!("a custom view has at most {LONGEST} bytes")));
    }
    let definition = content::read_whole(&store, &blob).await?;
    let source = source_view(&definition)?;
    let asked = sent.custom_view;
    let new = NewCustomView {
        view_id: view_of(&store, &actor, asked.view, asked.workbook, source).await?,
        name: asked.name.unwrap_or_default().parse()?,
        shared: asked.shared.unwrap_or(false),
        owner_id: items::owner_id(asked.owner.as_ref())?,
        definition,
    };
    let record = custom_views::publish(&store, &actor, new).await?;
    let location = call.context.location(&actor, "customviews", record.id);
    Ok(Answer::at(CustomViewMessage { custom_view: message(record, &Fields::default()) }, location))
}

/// The name of the view that a definition begins from: it is a list, for a dashboard with an entry for each of its sheets.
fn source_view(definition: &[u8]) -> Result<Option<String>, Error> {
    let failed = |problem: &dyn std::fmt::Display| {
        let detail =
            format!("There was a problem publishing the file: it is no definition of a custom view: {problem}");
        Error::new(PUBLISHING.failed, detail)
    };
    let value: serde_json::Value = serde_json::from_slice(definition).map_err(|problem| failed(&problem))?;
    let entries = value.as_array().ok_or_else(|| failed(&"it is not a JSON list"))?;
    let is_source =
        |entry: &&serde_json::Value| entry.get("isSourceView").and_then(serde_json::Value::as_bool) == Some(true);
    let source = entries.iter().find(is_source).or(entries.first());
    Ok(source.and_then(|entry| entry.get("viewName")?.as_str()).map(str::to_owned))
}

/// The view that is meant: the one named by its id, or the one of the workbook that the definition begins from.
async fn view_of(
    store: &Store,
    actor: &Actor,
    view: Option<View>,
    workbook: Option<Workbook>,
    source: Option<String>,
) -> Result<ViewId, Error> {
    match view.and_then(|view| view.id) {
        Some(Word::Known(id)) => return Ok(id),
        Some(Word::Other(text)) => return Err(Error::view_not_found(&text)),
        None => {}
    }
    let workbook = match workbook.and_then(|workbook| workbook.id) {
        Some(Word::Known(id)) => id,
        Some(Word::Other(text)) => return Err(Error::workbook_not_found(&text)),
        None => return Err(Error::bad_request("a custom view names its workbook or its view")),
    };
    let views = views::list_of_workbook(store, actor, workbook).await?;
    let name = source.unwrap_or_default();
    let found = views.into_iter().find(|view| view.name == name).map(|view| view.id);
    found.ok_or_else(|| {
        let detail = format!("There was a problem publishing the file: the workbook has no view `{name}`.");
        Error::new(PUBLISHING.failed, detail)
    })
}

async fn download(call: Call<NoBody>) -> Result<Download, Error> {
    let id = custom_view(&call.context)?;
    let (record, definition) = custom_views::download(&call.context.store, &call.actor, id).await?;
    Ok(Download {
        part: "tableau_customview",
        file_name: format!("{}.json", record.name),
        content_type: "application/json",
        source: Source::Bytes(definition),
    })
}

async fn default_users(call: Call<NoBody>) -> Result<UserPage, Error> {
    let id = custom_view(&call.context)?;
    let page = call.context.page()?;
    let list = custom_views::default_users(&call.context.store, &call.actor, id, page).await?;
    let user = list.items.into_iter().map(|DefaultUser { id, name, site_role }| User {
        id: Some(Word::Known(id)),
        name: Some(name),
        site_role: Some(site_role.into()),
        ..User::default()
    });
    Ok(UserPage { pagination: Pagination::of(page, list.total), users: Users { user: user.collect() } })
}

async fn set_default_users(call: Call<UsersMessage>) -> Result<DefaultUsersAnswer, Error> {
    let id = custom_view(&call.context)?;
    let users = users::ids(&call.body.users)?;
    let results = custom_views::set_default(&call.context.store, &call.actor, id, users).await?;
    let result = results.into_iter().map(|(user, result)| DefaultUserResult {
        success: result.is_ok(),
        user: Some(User { id: Some(Word::Known(user)), ..User::default() }),
        error: result.err().map(Error::from).map(|error| ErrorMessage::new(error.code, error.detail).error),
    });
    Ok(DefaultUsersAnswer {
        custom_view_as_user_default_results: DefaultUserResults {
            custom_view_as_user_default_view_result: result.collect(),
        },
    })
}

fn message(record: custom_views::CustomView, fields: &Fields) -> CustomView {
    let custom_views::CustomView {
        id,
        name,
        shared,
        owner_id,
        owner,
        created_at,
        updated_at,
        view_id,
        view_name,
        workbook_id,
        workbook_name,
    } = record;
    let view = View { id: Some(Word::Known(view_id)), name: Some(view_name), ..View::default() };
    let workbook = Workbook { id: Some(Word::Known(workbook_id)), name: Some(workbook_name), ..Workbook::default() };
    CustomView {
        id: fields.keep_default("id", Some(Word::Known(id))),
        name: fields.keep_default("name", Some(name)),
        created_at: fields.keep_default("createdAt", Some(created_at)),
        updated_at: fields.keep_default("updatedAt", Some(updated_at)),
        // Nobody looks at views here yet.
        last_accessed_at: None,
        shared: fields.keep_default("shared", Some(shared)),
        view: fields.keep_default("view", Some(view)),
        workbook: fields.keep_default("workbook", Some(workbook)),
        owner: items::owner(owner_id, owner, fields),
    }
}
