//! Views: the sheets of published workbooks.

use tavola_api::{
    Count, ErrorCode, Fields, NoBody, Pagination, Word,
    views::{
        self as wire, HideRecommendation, RecommendationList, Usage, View, ViewList, ViewMessage, ViewPage, Views,
    },
};
use tavola_model::{Capability, ViewId};
use tavola_store::views;

use crate::{
    call::{Call, Context},
    download::Download,
    error::Error,
    exports::Exports,
    items,
    router::Routes,
    workbooks,
};

pub(crate) fn bind(routes: &mut Routes, exports: &Exports) {
    routes.on(wire::LIST, list);
    routes.on(wire::OF_WORKBOOK, of_workbook);
    routes.on(wire::GET, get);
    routes.on(wire::DELETE, delete);
    routes.download(wire::PREVIEW_IMAGE, preview_image);
    let of = exports.clone();
    routes.download(wire::IMAGE, move |call| image(call, of.clone()));
    let of = exports.clone();
    routes.download(wire::PDF, move |call| pdf(call, of.clone()));
    let of = exports.clone();
    routes.download(wire::DATA, move |call| data(call, of.clone()));
    let of = exports.clone();
    routes.download(wire::CROSSTAB, move |call| crosstab(call, of.clone()));
    routes.on(wire::ADD_TAGS, add_tags);
    routes.on(wire::DELETE_TAG, delete_tag);
    routes.on(wire::RECOMMENDATIONS, recommendations);
    routes.on(wire::HIDE_RECOMMENDATION, hide_recommendation);
    routes.on(wire::UNHIDE_RECOMMENDATION, unhide_recommendation);
}

fn view(context: &Context) -> Result<ViewId, Error> {
    context.id(1, Error::view_not_found)
}

async fn list(call: Call<NoBody>) -> Result<ViewPage, Error> {
    let query = call.context.list()?;
    let (fields, counted) = (call.context.fields(), counted(&call.context)?);
    let list = views::list(&call.context.store, &call.actor, &query).await?;
    Ok(ViewPage { pagination: Pagination::of(query.page, list.total), views: messages(list.items, &fields, counted) })
}

async fn of_workbook(call: Call<NoBody>) -> Result<ViewList, Error> {
    let workbook = call.context.id(1, Error::workbook_not_found)?;
    let (fields, counted) = (call.context.fields(), counted(&call.context)?);
    let list = views::list_of_workbook(&call.context.store, &call.actor, workbook).await?;
    Ok(ViewList { views: messages(list, &fields, counted) })
}

async fn get(call: Call<NoBody>) -> Result<ViewMessage, Error> {
    let counted = counted(&call.context)?;
    let record = views::get(&call.context.store, &call.actor, view(&call.context)?).await?;
    let usage = usage(&record, counted);
    Ok(ViewMessage { view: View { usage, ..message(record, &Fields::parse(Some("_all_")), true) } })
}

fn messages(records: Vec<views::View>, fields: &Fields, counted: bool) -> Views {
    let view = records.into_iter().map(|record| {
        let usage = usage(&record, counted);
        View { usage, ..message(record, fields, true) }
    });
    Views { view: view.collect() }
}

/// Whether the caller wants to know how often views were seen.
pub(crate) fn counted(context: &Context) -> Result<bool, Error> {
    context.query.flag("includeUsageStatistics")
}

/// How often a view was seen, if that is asked for.
pub(crate) fn usage(record: &views::View, counted: bool) -> Option<Usage> {
    counted.then_some(Usage { total_view_count: Count(record.hits_total) })
}

async fn preview_image(call: Call<NoBody>) -> Result<Download, Error> {
    let workbook = call.context.id(1, Error::workbook_not_found)?;
    let view = call.context.id(2, Error::view_not_found)?;
    let png = views::preview(&call.context.store, &call.actor, workbook, view).await?;
    items::picture(png, ErrorCode::VIEW_NOT_FOUND)
}

async fn image(call: Call<NoBody>, exports: Exports) -> Result<Download, Error> {
    let export = exported(&call, Capability::ExportImage).await?;
    let made = exports.image(&call.context, &export.workbook, &export.sheet).await?;
    views::note_seen(&call.context.store, &call.actor, view(&call.context)?).await?;
    Ok(made)
}

async fn pdf(call: Call<NoBody>, exports: Exports) -> Result<Download, Error> {
    let export = exported(&call, Capability::ExportImage).await?;
    let made = exports.pdf(&call.context, &export.workbook, std::slice::from_ref(&export.sheet), &export.sheet).await?;
    views::note_seen(&call.context.store, &call.actor, view(&call.context)?).await?;
    Ok(made)
}

async fn data(call: Call<NoBody>, exports: Exports) -> Result<Download, Error> {
    let export = exported(&call, Capability::ExportData).await?;
    let made = exports.data(&call.context, &export.workbook, &export.sheet).await?;
    views::note_seen(&call.context.store, &call.actor, view(&call.context)?).await?;
    Ok(made)
}

async fn crosstab(call: Call<NoBody>, exports: Exports) -> Result<Download, Error> {
    let export = exported(&call, Capability::ExportData).await?;
    let made = exports.crosstab(&call.context, &export.workbook, &export.sheet).await?;
    views::note_seen(&call.context.store, &call.actor, view(&call.context)?).await?;
    Ok(made)
}

/// The view of the path, if the caller may export it so.
async fn exported(call: &Call<NoBody>, capability: Capability) -> Result<views::Export, Error> {
    let code = match capability {
        Capability::ExportData => ErrorCode::DATASOURCE_FIXED,
        _ => ErrorCode::FORBIDDEN,
    };
    let export = views::export(&call.context.store, &call.actor, view(&call.context)?, capability).await;
    export.map_err(items::refused_as(code))
}

items::handlers! {
    views, view;
    delete();
    tags();
}

/// What others look at is not known before views are drawn here: nothing is recommended.
async fn recommendations(call: Call<NoBody>) -> Result<RecommendationList, Error> {
    content_type(call.context.query.get("type"))?;
    Ok(RecommendationList::default())
}

/// A view that the caller may read is no recommendation, and so cannot be hidden.
async fn hide_recommendation(call: Call<HideRecommendation>) -> Result<NoBody, Error> {
    let named = call.body.recommendation_dismissal.view.id;
    let id = match named.ok_or_else(|| Error::bad_request("a dismissal names a view by its id"))? {
        Word::Known(id) => id,
        Word::Other(text) => return Err(Error::view_not_found(&text)),
    };
    views::get(&call.context.store, &call.actor, id).await?;
    Err(Error::new(ErrorCode::RECOMMENDATION_NOT_FOUND, format!("View '{id}' is not recommended.")))
}

async fn unhide_recommendation(call: Call<NoBody>) -> Result<NoBody, Error> {
    content_type(call.context.query.get("type"))?;
    let id = call.context.query.get("id").unwrap_or_default();
    let detail = format!("View '{id}' is not hidden from recommendations.");
    Err(Error::new(ErrorCode::HIDDEN_RECOMMENDATION_NOT_FOUND, detail))
}

/// Views alone are recommended.
fn content_type(asked: Option<&str>) -> Result<(), Error> {
    match asked {
        Some(kind) if !kind.eq_ignore_ascii_case("view") => {
            Err(Error::new(ErrorCode::INVALID_PARAMETER, "the parameter `type` is not `view`"))
        }
        _ => Ok(()),
    }
}

/// A view without how often it was seen; within its workbook, that one's own fields are not said again.
pub(crate) fn message(record: views::View, fields: &Fields, alone: bool) -> View {
    let content_url = record.content_url();
    let views::View {
        id,
        site_id: _,
        workbook_id,
        workbook_name: _,
        workbook_content_url: _,
        name,
        title: _,
        url_name,
        sheet_type,
        position: _,
        created_at,
        updated_at,
        project_id,
        project_name,
        owner_id,
        owner,
        favorites_total,
        hits_total: _,
        recently_viewed,
        tags,
    } = record;
    let message = View {
        id: fields.keep_default("id", Some(Word::Known(id))),
        name: fields.keep_default("name", Some(name)),
        content_url: fields.keep_default("contentUrl", Some(content_url)),
        view_url_name: fields.keep_default("viewUrlName", Some(url_name)),
        tags: fields.keep_default("tags", Some(items::tags(tags))),
        ..View::default()
    };
    if !alone {
        return message;
    }
    View {
        favorites_total: fields.keep_extra("favoritesTotal", Some(Count(favorites_total))),
        recently_viewed: fields.keep_extra("recentlyViewed", Some(recently_viewed)),
        sheet_type: fields.keep_default("sheetType", Some(Word::Known(sheet_type))),
        created_at: fields.keep_default("createdAt", Some(created_at)),
        updated_at: fields.keep_default("updatedAt", Some(updated_at)),
        workbook: fields.keep_default("workbook", Some(Box::new(workbooks::by_id(workbook_id)))),
        location: fields.keep_extra("location", Some(items::location(project_id, &project_name))),
        project: items::project(project_id, project_name, fields),
        owner: items::owner(owner_id, owner, fields),
        ..message
    }
}
