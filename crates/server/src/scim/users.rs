//! Users as resources of SCIM.

use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use tavola_model::{SiteRole, UserId};
use tavola_store::scim::{self, NewScimUser, ScimUser, UserFilter};

use super::{Call, Refused, TABLEAU, TABLEAU_USER, USER, not_allowed, patch, senseless, text};
use crate::error::Error;

pub(super) async fn all(method: &Method, call: Call<'_>) -> Result<Response, Refused> {
    let store = &call.server.store;
    match *method {
        Method::GET => {
            let span = call.span()?;
            let found = match call.filter()?.map(filter).transpose()? {
                Some(None) => None,
                Some(Some(filter)) => Some(scim::list_users(store, &call.actor, Some(filter), span).await?),
                None => Some(scim::list_users(store, &call.actor, None, span).await?),
            };
            let (total, users) = found.map_or((0, Vec::new()), |found| (found.total, found.items));
            Ok(call.list(span.0, total, users.iter().map(|user| resource(user, &call.base)).collect()))
        }
        Method::POST => {
            let made = scim::create_user(store, &call.actor, wanted(&call.body, None)?).await?;
            Ok(call.single(StatusCode::CREATED, resource(&made, &call.base)))
        }
        _ => Err(not_allowed()),
    }
}

pub(super) async fn one(method: &Method, call: Call<'_>, id: &str) -> Result<Response, Refused> {
    let id: UserId = id.parse().map_err(|_| Error::user_not_found(id))?;
    let (store, actor, sent) = (&call.server.store, &call.actor, call.body.clone());
    let user = match *method {
        Method::GET => scim::get_user(store, actor, id).await?,
        Method::PUT => {
            let into = move |now: &ScimUser| wanted(&sent, Some(now)).map_err(senseless);
            scim::change_user(store, actor, id, into).await?
        }
        Method::PATCH => {
            let into = move |now: &ScimUser| patched(now, &sent).map_err(senseless);
            scim::change_user(store, actor, id, into).await?
        }
        Method::DELETE => {
            scim::delete_user(store, actor, id).await?;
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        _ => return Err(not_allowed()),
    };
    Ok(call.single(StatusCode::OK, resource(&user, &call.base)))
}

/// None if nobody can meet the condition.
fn filter((attribute, value): (String, String)) -> Result<Option<UserFilter>, Refused> {
    match attribute.as_str() {
        "username" => Ok(Some(UserFilter::Name(value))),
        "externalid" => Ok(Some(UserFilter::ExternalId(value))),
        "id" => Ok(value.parse().ok().map(UserFilter::Id)),
        _ => Err(Refused::bad("invalidFilter", format!("users are not filtered by `{attribute}`"))),
    }
}

fn resource(user: &ScimUser, base: &str) -> Value {
    let ScimUser { user, external_id, given_name, family_name, active, site_role, groups } = user;
    let role = json!([{ "value": site_role.as_str(), "primary": true }]);
    let mut resource = json!({
        "schemas": [USER, TABLEAU],
        "id": user.id,
        "userName": user.name,
        "displayName": user.full_name,
        "name": { "formatted": user.full_name },
        "active": active,
        "roles": role,
        "entitlements": role,
        TABLEAU: { "siteRoles": [{ "value": site_role.as_str() }], "entitlements": [{ "value": site_role.as_str() }] },
        "groups": groups.iter().map(|(id, name)| json!({
            "value": id, "display": name, "$ref": format!("{base}/Groups/{id}"),
        })).collect::<Vec<_>>(),
        "meta": {
            "resourceType": "User",
            "created": user.created_at,
            "lastModified": user.updated_at,
            "location": format!("{base}/Users/{}", user.id),
        },
    });
    if !external_id.is_empty() {
        resource["externalId"] = external_id.as_str().into();
    }
    for (name, text) in [("givenName", given_name), ("familyName", family_name)] {
        if !text.is_empty() {
            resource["name"][name] = text.as_str().into();
        }
    }
    if !user.email.is_empty() {
        resource["emails"] = json!([{ "value": user.email, "type": "work", "primary": true }]);
    }
    resource
}

/// A user after the operations of a PATCH. The role is not among what they are done on, so that only one that they name counts.
fn patched(now: &ScimUser, message: &Value) -> Result<NewScimUser, Refused> {
    let whole = resource(now, "");
    let mut kept = json!({});
    for name in ["externalId", "userName", "displayName", "name", "active", "emails"] {
        if let Some(value) = whole.get(name) {
            kept[name] = value.clone();
        }
    }
    let before = kept.clone();
    patch::apply(&mut kept, message)?;
    // What was not touched does not hide what was: a full name is made of its parts where these alone are new.
    if kept["displayName"] == before["displayName"] && kept["name"] != before["name"] {
        kept["displayName"] = Value::Null;
        if kept["name"]["formatted"] == before["name"]["formatted"] {
            kept["name"]["formatted"] = Value::Null;
        }
    }
    wanted(&kept, Some(now))
}

/// What a resource that was sent wants of a user, who is so now.
fn wanted(sent: &Value, now: Option<&ScimUser>) -> Result<NewScimUser, Refused> {
    if !sent.is_object() {
        return Err(Refused::bad("invalidSyntax", "the body is no user"));
    }
    let name = match (text(sent, "userName")?, now) {
        (Some(name), _) => name,
        (None, Some(now)) => now.user.name.clone(),
        (None, None) => return Err(Refused::bad("invalidValue", "a user needs a `userName`")),
    };
    let names = patch::member(sent, "name").unwrap_or(&Value::Null);
    let (given_name, family_name) = (text(names, "givenName")?, text(names, "familyName")?);
    let (given_name, family_name) = (given_name.unwrap_or_default(), family_name.unwrap_or_default());
    let of_parts = || Some(format!("{given_name} {family_name}").trim().to_owned());
    let given = |text: Option<String>| text.filter(|text| !text.is_empty());
    let full_name =
        given(text(sent, "displayName")?).or(given(text(names, "formatted")?)).or_else(|| given(of_parts()));
    let active = match patch::member(sent, "active") {
        None | Some(Value::Null) => now.is_none_or(|now| now.active),
        Some(Value::Bool(active)) => *active,
        Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => true,
        Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => false,
        Some(_) => return Err(Refused::bad("invalidValue", "`active` is neither true nor false")),
    };
    Ok(NewScimUser {
        name: name.parse().map_err(Error::from)?,
        external_id: text(sent, "externalId")?.unwrap_or_default(),
        full_name,
        email: email(sent)?,
        given_name,
        family_name,
        active,
        site_role: role(sent)?,
    })
}

/// The element that counts: the primary one, or the first.
fn chosen(elements: Option<&Value>) -> Option<&Value> {
    let elements = elements?.as_array()?;
    let is_primary = |element: &&Value| match patch::member(element, "primary") {
        Some(Value::Bool(primary)) => *primary,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true"),
        _ => false,
    };
    elements.iter().find(is_primary).or_else(|| elements.first())
}

fn email(sent: &Value) -> Result<Option<String>, Refused> {
    chosen(patch::member(sent, "emails")).map_or(Ok(None), |element| text(element, "value"))
}

/// The site role that is sent, in whichever of the places that providers are set up to send it in.
fn role(sent: &Value) -> Result<Option<SiteRole>, Refused> {
    let own = [TABLEAU, TABLEAU_USER].into_iter().find_map(|schema| patch::member(sent, schema));
    let of = |object: Option<&Value>, name: &str| {
        let element = chosen(object.and_then(|object| patch::member(object, name)))?.clone();
        let value = if element.is_string() { element } else { patch::member(&element, "value")?.clone() };
        value.as_str().map(str::to_owned).filter(|text| !text.trim().is_empty())
    };
    let named = of(own, "siteRoles")
        .or_else(|| of(own, "entitlements"))
        .or_else(|| of(Some(sent), "roles"))
        .or_else(|| of(Some(sent), "entitlements"));
    let Some(named) = named else { return Ok(None) };
    // As people write them: `Explorer (can publish)`.
    let letters: String = named.chars().filter(char::is_ascii_alphanumeric).collect();
    let known = SiteRole::ALL.iter().find(|role| role.as_str().eq_ignore_ascii_case(&letters));
    known.copied().map(Some).ok_or_else(|| Refused::bad("invalidValue", format!("`{named}` is no site role")))
}
