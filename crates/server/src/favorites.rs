//! Favorites: content that users keep at hand.

use tavola_api::{
    ApiVersion, Count, Fields, NoBody, Pagination, Word,
    favorites::{
        self as wire, Favorite, FavoriteList, FavoriteMessage, FavoriteOrdering, FavoriteOrderingsMessage,
        FavoritePage, Favorites,
    },
};
use tavola_model::{FavoriteKind, UserId};
use tavola_store::{
    favorites::{self, Content, Move, Which},
    projects::Owner,
};

use crate::{
    call::{Call, Context},
    datasources,
    error::Error,
    flows, projects,
    router::Routes,
    views, workbooks,
};

/// The first version whose clients page this list.
const FIRST_PAGED: ApiVersion = ApiVersion::new(3, 0);

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::LIST, list);
    routes.on(wire::ADD, add);
    routes.on(wire::REMOVE_WORKBOOK, |call| remove(call, FavoriteKind::Workbook, 2));
    routes.on(wire::REMOVE_VIEW, |call| remove(call, FavoriteKind::View, 2));
    routes.on(wire::REMOVE_DATASOURCE, |call| remove(call, FavoriteKind::Datasource, 2));
    routes.on(wire::REMOVE_PROJECT, |call| remove(call, FavoriteKind::Project, 2));
    routes.on(wire::REMOVE_FLOW, |call| remove(call, FavoriteKind::Flow, 2));
    routes.on(wire::REMOVE, remove_any);
    routes.on(wire::ORGANIZE, organize);
}

fn user(context: &Context) -> Result<UserId, Error> {
    context.id(1, Error::user_not_found)
}

async fn list(call: Call<NoBody>) -> Result<FavoritePage, Error> {
    let user = user(&call.context)?;
    let (store, actor) = (&call.context.store, &call.actor);
    if call.context.version < FIRST_PAGED {
        let all = favorites::list_all(store, actor, user).await?;
        let count = Count(all.len() as u64);
        let pagination = Pagination { page_number: Count(1), page_size: count, total_available: count };
        return Ok(FavoritePage { pagination, favorites: messages(all) });
    }
    let page = call.context.page()?;
    let list = favorites::list(store, actor, user, page).await?;
    Ok(FavoritePage { pagination: Pagination::of(page, list.total), favorites: messages(list.items) })
}

async fn add(call: Call<FavoriteMessage>) -> Result<FavoriteList, Error> {
    let user = user(&call.context)?;
    let Favorite { label, workbook, view, datasource, project, flow, .. } = call.body.favorite;
    let text = |id: Option<String>| id.unwrap_or_default();
    let named = [
        workbook.map(|workbook| (FavoriteKind::Workbook, text(workbook.id.map(|id| id.to_string())))),
        view.map(|view| (FavoriteKind::View, text(view.id.map(|id| id.to_string())))),
        datasource.map(|datasource| (FavoriteKind::Datasource, text(datasource.id.map(|id| id.to_string())))),
        project.map(|project| (FavoriteKind::Project, text(project.id.map(|id| id.to_string())))),
        flow.map(|flow| (FavoriteKind::Flow, text(flow.id.map(|id| id.to_string())))),
    ];
    let mut named = named.into_iter().flatten();
    let (Some((kind, id)), None) = (named.next(), named.next()) else {
        return Err(Error::bad_request("a favorite is one of workbook, view, datasource, project and flow"));
    };
    let all = favorites::add(&call.context.store, &call.actor, user, Which { kind, id }, label).await?;
    Ok(FavoriteList { favorites: messages(all) })
}

async fn remove(call: Call<NoBody>, kind: FavoriteKind, place: usize) -> Result<NoBody, Error> {
    let which = Which { kind, id: call.context.parameter(place).to_owned() };
    favorites::remove(&call.context.store, &call.actor, user(&call.context)?, which).await?;
    Ok(NoBody)
}

/// Whatever is no kind of favorite is nobody's favorite.
async fn remove_any(call: Call<NoBody>) -> Result<NoBody, Error> {
    match call.context.parameter(2).to_ascii_lowercase().parse() {
        Ok(kind) => remove(call, kind, 3).await,
        Err(_) => Err(Error::favorite_not_found(call.context.parameter(3))),
    }
}

async fn organize(call: Call<FavoriteOrderingsMessage>) -> Result<NoBody, Error> {
    let user = user(&call.context)?;
    let which = |id: String, kind: Word<FavoriteKind>| match kind {
        Word::Known(kind) => Ok(Which { kind, id }),
        Word::Other(_) => Err(Error::favorite_not_found(&id)),
    };
    let moves = call.body.favorite_orderings.favorite_ordering.into_iter().map(|ordering| {
        let FavoriteOrdering { favorite_id, favorite_type, favorite_id_move_after, favorite_type_move_after } =
            ordering;
        Ok(Move {
            what: which(favorite_id, favorite_type)?,
            after: which(favorite_id_move_after, favorite_type_move_after)?,
        })
    });
    let moves = moves.collect::<Result<Vec<_>, Error>>()?;
    favorites::organize(&call.context.store, &call.actor, user, moves).await?;
    Ok(NoBody)
}

fn messages(list: Vec<favorites::Favorite>) -> Favorites {
    Favorites { favorite: list.into_iter().map(message).collect() }
}

fn message(record: favorites::Favorite) -> Favorite {
    let favorites::Favorite { label, position, added_at, content } = record;
    let message = Favorite { label, position: Some(Count(position)), added_at: Some(added_at), ..Favorite::default() };
    let owner_name = |owner: &Option<Owner>| owner.as_ref().map(|owner| owner.name.clone());
    let fields = Fields::default();
    match content {
        Content::Workbook(workbook) => Favorite {
            parent_project_name: Some(workbook.item.project_name.clone()),
            target_owner_name: owner_name(&workbook.item.owner),
            workbook: Some(workbooks::message(*workbook, &fields)),
            ..message
        },
        Content::Datasource(datasource) => Favorite {
            parent_project_name: Some(datasource.item.project_name.clone()),
            target_owner_name: owner_name(&datasource.item.owner),
            datasource: Some(datasources::message(*datasource, &fields)),
            ..message
        },
        Content::Flow(flow) => Favorite {
            parent_project_name: Some(flow.item.project_name.clone()),
            target_owner_name: owner_name(&flow.item.owner),
            flow: Some(flows::message(*flow, &fields)),
            ..message
        },
        Content::View(view) => Favorite {
            parent_project_name: Some(view.project_name.clone()),
            target_owner_name: owner_name(&view.owner),
            view: Some(views::message(*view, &fields, true)),
            ..message
        },
        Content::Project(project) => Favorite {
            target_owner_name: owner_name(&project.owner),
            project: Some(projects::message(*project, &fields)),
            ..message
        },
    }
}
