//! Group sets: groups that permissions name together.

use tavola_api::{
    Count, ErrorCode, Fields, NoBody, Pagination, Word,
    group_sets::{self as wire, GroupSet, GroupSetMessage, GroupSetPage, GroupSets},
    groups::Group,
};
use tavola_model::{GroupId, GroupSetId, GroupSetName};
use tavola_store::group_sets::{self, GroupOfSet};

use crate::{
    call::{Call, Context, require_same_id},
    error::Error,
    router::{Answer, Routes},
};

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::LIST, list);
    routes.on(wire::CREATE, create);
    routes.on(wire::GET, get);
    routes.on(wire::UPDATE, update);
    routes.on(wire::DELETE, delete);
    routes.on(wire::ADD_GROUP, add_group);
    routes.on(wire::REMOVE_GROUP, remove_group);
}

fn group_set(context: &Context) -> Result<GroupSetId, Error> {
    context.id(1, Error::group_set_not_found)
}

fn group(context: &Context) -> Result<GroupId, Error> {
    context.id(2, Error::group_not_found)
}

async fn list(call: Call<NoBody>) -> Result<GroupSetPage, Error> {
    let query = call.context.list()?;
    let fields = call.context.fields();
    let with_groups = with_groups(&call.context)?;
    let list = group_sets::list(&call.context.store, &call.actor, &query).await?;
    let group_set = list.items.into_iter().map(|record| {
        let mut set = message(record, &fields);
        if !with_groups {
            set.group.clear();
        }
        set
    });
    Ok(GroupSetPage {
        pagination: Pagination::of(query.page, list.total),
        group_sets: GroupSets { group_set: group_set.collect() },
    })
}

/// Whether a list has the groups of each set, or the sets alone.
fn with_groups(context: &Context) -> Result<bool, Error> {
    match context.query.get("resultlevel").map(str::to_ascii_lowercase).as_deref() {
        None | Some("members" | "member") => Ok(true),
        Some("local") => Ok(false),
        Some(_) => {
            let detail = "the parameter `resultlevel` is neither `members` nor `local`";
            Err(Error::new(ErrorCode::INVALID_PARAMETER, detail))
        }
    }
}

async fn create(call: Call<GroupSetMessage>) -> Result<Answer<GroupSetMessage>, Error> {
    let name = name(call.body.group_set)?.ok_or_else(|| Error::bad_request("a group set needs a name"))?;
    let record = group_sets::create(&call.context.store, &call.actor, name).await?;
    let location = call.context.location(&call.actor, "groupsets", record.id);
    Ok(Answer::at(GroupSetMessage { group_set: message(record, &Fields::default()) }, location))
}

async fn get(call: Call<NoBody>) -> Result<GroupSetMessage, Error> {
    let record = group_sets::get(&call.context.store, &call.actor, group_set(&call.context)?).await?;
    Ok(GroupSetMessage { group_set: message(record, &Fields::default()) })
}

async fn update(call: Call<GroupSetMessage>) -> Result<GroupSetMessage, Error> {
    let id = group_set(&call.context)?;
    require_same_id(call.body.group_set.id.as_ref(), id, "group set")?;
    let record = group_sets::update(&call.context.store, &call.actor, id, name(call.body.group_set)?).await?;
    Ok(GroupSetMessage { group_set: message(record, &Fields::default()) })
}

async fn delete(call: Call<NoBody>) -> Result<NoBody, Error> {
    group_sets::delete(&call.context.store, &call.actor, group_set(&call.context)?).await?;
    Ok(NoBody)
}

async fn add_group(call: Call<NoBody>) -> Result<NoBody, Error> {
    let (id, group) = (group_set(&call.context)?, group(&call.context)?);
    group_sets::add_group(&call.context.store, &call.actor, id, group).await?;
    Ok(NoBody)
}

async fn remove_group(call: Call<NoBody>) -> Result<NoBody, Error> {
    let (id, group) = (group_set(&call.context)?, group(&call.context)?);
    group_sets::remove_group(&call.context.store, &call.actor, id, group).await?;
    Ok(NoBody)
}

/// The name that a request gives.
fn name(set: GroupSet) -> Result<Option<GroupSetName>, Error> {
    let GroupSet { id: _, name, group_count: _, group: _ } = set;
    Ok(name.map(|name| name.parse()).transpose()?)
}

fn message(record: group_sets::GroupSet, fields: &Fields) -> GroupSet {
    let group_sets::GroupSet { id, name, group_count, groups } = record;
    let group = groups.into_iter().map(|GroupOfSet { id, name }| Group {
        id: Some(Word::Known(id)),
        name: Some(name),
        ..Group::default()
    });
    GroupSet {
        id: fields.keep_default("id", Some(Word::Known(id))),
        name: fields.keep_default("name", Some(name)),
        group_count: fields.keep_default("groupCount", u64::try_from(group_count).ok().map(Count)),
        group: fields.keep_default("group", Some(group.collect())).unwrap_or_default(),
    }
}
