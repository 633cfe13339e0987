//! Groups as resources of SCIM.

use std::collections::BTreeSet;

use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tavola_model::{GroupId, UserId};
use tavola_store::scim::{self, GroupFilter, NewScimGroup, ScimGroup};

use super::{Call, GROUP, Refused, not_allowed, patch, senseless, text};
use crate::error::Error;

pub(super) async fn all(method: &Method, call: Call<'_>) -> Result<Response, Refused> {
    let store = &call.server.store;
    match *method {
        Method::GET => {
            let (span, members) = (call.span()?, !call.excludes("members"));
            let found = match call.filter()?.map(filter).transpose()? {
                Some(None) => None,
                Some(Some(filter)) => Some(scim::list_groups(store, &call.actor, Some(filter), span, members).await?),
                None => Some(scim::list_groups(store, &call.actor, None, span, members).await?),
            };
            let (total, groups) = found.map_or((0, Vec::new()), |found| (found.total, found.items));
            Ok(call.list(span.0, total, groups.iter().map(|group| resource(group, &call.base)).collect()))
        }
        Method::POST => {
            let made = scim::create_group(store, &call.actor, wanted(&call.body, None)?).await.map_err(of_members)?;
            Ok(call.single(StatusCode::CREATED, resource(&made, &call.base)))
        }
        _ => Err(not_allowed()),
    }
}

pub(super) async fn one(method: &Method, call: Call<'_>, id: &str) -> Result<Response, Refused> {
    let id: GroupId = id.parse().map_err(|_| Error::group_not_found(id))?;
    let (store, actor, sent) = (&call.server.store, &call.actor, call.body.clone());
    let group = match *method {
        Method::GET => scim::get_group(store, actor, id).await?,
        Method::PUT => {
            let into = move |now: &ScimGroup| wanted(&sent, Some(now)).map_err(senseless);
            scim::change_group(store, actor, id, into).await.map_err(of_members)?
        }
        Method::PATCH => {
            let into = move |now: &ScimGroup| {
                let mut kept = resource(now, "");
                patch::apply(&mut kept, &sent).and_then(|()| wanted(&kept, Some(now))).map_err(senseless)
            };
            scim::change_group(store, actor, id, into).await.map_err(of_members)?
        }
        Method::DELETE => {
            scim::delete_group(store, actor, id).await?;
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        _ => return Err(not_allowed()),
    };
    Ok(call.single(StatusCode::OK, resource(&group, &call.base)))
}

/// A member who is not there is a wrong value, and not a resource that was not found.
fn of_members(error: tavola_store::Error) -> Refused {
    match error {
        tavola_store::Error::NotFound(missing @ tavola_store::Missing::User(_)) => {
            Refused::bad("invalidValue", missing.to_string())
        }
        error => error.into(),
    }
}

/// None if none can meet the condition.
fn filter((attribute, value): (String, String)) -> Result<Option<GroupFilter>, Refused> {
    match attribute.as_str() {
        "displayname" => Ok(Some(GroupFilter::Name(value))),
        "externalid" => Ok(Some(GroupFilter::ExternalId(value))),
        "id" => Ok(value.parse().ok().map(GroupFilter::Id)),
        _ => Err(Refused::bad("invalidFilter", format!("groups are not filtered by `{attribute}`"))),
    }
}

fn resource(group: &ScimGroup, base: &str) -> Value {
    let ScimGroup { id, name, external_id, members, created_at, updated_at } = group;
    let mut resource = json!({
        "schemas": [GROUP],
        "id": id,
        "displayName": name,
        "members": members.iter().map(|(id, name)| json!({
            "value": id, "display": name, "type": "User", "$ref": format!("{base}/Users/{id}"),
        })).collect::<Vec<_>>(),
        "meta": {
            "resourceType": "Group",
            "created": created_at,
            "lastModified": updated_at,
            "location": format!("{base}/Groups/{id}"),
        },
    });
    if !external_id.is_empty() {
        resource["externalId"] = external_id.as_str().into();
    }
    resource
}

/// What a resource that was sent wants of a group, which is so now.
fn wanted(sent: &Value, now: Option<&ScimGroup>) -> Result<NewScimGroup, Refused> {
    if !sent.is_object() {
        return Err(Refused::bad("invalidSyntax", "the body is no group"));
    }
    let name = match (text(sent, "displayName")?, now) {
        (Some(name), _) => name,
        (None, Some(now)) => now.name.clone(),
        (None, None) => return Err(Refused::bad("invalidValue", "a group needs a `displayName`")),
    };
    let mut members = BTreeSet::new();
    let sent_members = patch::member(sent, "members").and_then(Value::as_array);
    for member in sent_members.into_iter().flatten() {
        let value = text(member, "value")?.unwrap_or_default();
        let id: UserId =
            value.parse().map_err(|_| Refused::bad("invalidValue", format!("`{value}` is no user of the site")))?;
        members.insert(id);
    }
    let external_id = text(sent, "externalId")?.unwrap_or_default();
    Ok(NewScimGroup { name: name.parse().map_err(Error::from)?, external_id, members })
}
