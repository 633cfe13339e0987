//! What a provider can find out about this side: what it can do, which resources there are, and how they look.

use axum::response::Response;
use http::StatusCode;
use serde_json::{Value, json};

use super::{Call, GROUP, MOST, TABLEAU, USER, json_answer};

/// The answer to a path, if there is one.
pub(super) fn get(call: &Call<'_>, path: &[&str]) -> Option<Response> {
    let base = &call.base;
    let all = |resources: Vec<Value>| {
        let total = u64::try_from(resources.len()).unwrap_or_default();
        Some(call.list(0, total, resources))
    };
    let one = |resources: Vec<Value>, id: &str| {
        let found = resources.into_iter().find(|resource| resource["id"] == id)?;
        Some(json_answer(StatusCode::OK, &found))
    };
    match path {
        ["ServiceProviderConfig"] => Some(json_answer(StatusCode::OK, &provider(base))),
        ["ResourceTypes"] => all(resource_types(base)),
        ["ResourceTypes", id] => one(resource_types(base), id),
        ["Schemas"] => all(schemas(base)),
        ["Schemas", id] => one(schemas(base), id),
        _ => None,
    }
}

fn provider(base: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 },
        "filter": { "supported": true, "maxResults": MOST },
        "changePassword": { "supported": false },
        "sort": { "supported": false },
        "etag": { "supported": false },
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "The token of a SCIM configuration of the site",
            "primary": true,
        }],
        "meta": { "resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig") },
    })
}

fn resource_types(base: &str) -> Vec<Value> {
    let of = |name: &str, endpoint: &str, schema: &str, extensions: Value| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"],
            "id": name,
            "name": name,
            "endpoint": endpoint,
            "schema": schema,
            "schemaExtensions": extensions,
            "meta": { "resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/{name}") },
        })
    };
    vec![
        of("User", "/Users", USER, json!([{ "schema": TABLEAU, "required": false }])),
        of("Group", "/Groups", GROUP, json!([])),
    ]
}

/// An attribute with its parts.
fn attribute(name: &str, ty: &str, many: bool, mutability: &str, parts: &[Value]) -> Value {
    let required = ["userName", "displayName"].contains(&name) && mutability != "readOnly";
    let mut attribute = json!({
        "name": name,
        "type": ty,
        "multiValued": many,
        "required": required,
        "caseExact": name.to_lowercase().ends_with("id"),
        "mutability": mutability,
        "returned": if name == "id" { "always" } else { "default" },
        "uniqueness": if name == "userName" { "server" } else { "none" },
    });
    if !parts.is_empty() {
        attribute["subAttributes"] = parts.to_vec().into();
    }
    attribute
}

fn schemas(base: &str) -> Vec<Value> {
    let text = |name: &str| attribute(name, "string", false, "readWrite", &[]);
    let told = |name: &str| attribute(name, "string", false, "readOnly", &[]);
    let roles = |name: &str| {
        let primary = attribute("primary", "boolean", false, "readWrite", &[]);
        attribute(name, "complex", true, "readWrite", &[text("value"), primary])
    };
    let of = |id: &str, name: &str, attributes: Vec<Value>| {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
            "id": id,
            "name": name,
            "description": name,
            "attributes": attributes,
            "meta": { "resourceType": "Schema", "location": format!("{base}/Schemas/{id}") },
        })
    };
    let names = [told("formatted"), text("givenName"), text("familyName")];
    let emails = [text("value"), text("type"), attribute("primary", "boolean", false, "readWrite", &[])];
    vec![
        of(
            USER,
            "User",
            vec![
                attribute("userName", "string", false, "immutable", &[]),
                text("externalId"),
                attribute("name", "complex", false, "readWrite", &names),
                attribute("displayName", "string", false, "readWrite", &[]),
                attribute("emails", "complex", true, "readWrite", &emails),
                attribute("active", "boolean", false, "readWrite", &[]),
                roles("roles"),
                roles("entitlements"),
                attribute("groups", "complex", true, "readOnly", &[told("value"), told("display")]),
            ],
        ),
        of(
            GROUP,
            "Group",
            vec![
                text("displayName"),
                text("externalId"),
                attribute("members", "complex", true, "readWrite", &[text("value"), told("display"), told("type")]),
            ],
        ),
        of(TABLEAU, "Site role", vec![roles("siteRoles"), roles("entitlements")]),
    ]
}
