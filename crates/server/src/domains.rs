//! The domains that users are of.

use tavola_api::{
    ErrorCode, NoBody,
    domains::{self as wire, Domain, DomainMessage, DomainPage, Domains},
};
use tavola_store::domains::{self, DomainChange};

use crate::{call::Call, error::Error, router::Routes};

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::LIST, list);
    routes.on(wire::UPDATE, update);
}

async fn list(call: Call<NoBody>) -> Result<DomainPage, Error> {
    let domains = domains::list(&call.context.store, &call.actor).await?;
    Ok(DomainPage { domain_list: Domains { domain: domains.into_iter().map(message).collect() } })
}

async fn update(call: Call<DomainMessage>) -> Result<DomainMessage, Error> {
    let unknown = |id: &str| Error::new(ErrorCode::DOMAIN_NOT_FOUND, format!("Domain '{id}' could not be found."));
    let id: tavola_model::DomainId = call.context.id(0, unknown)?;
    let Domain { id: named, name, short_name } = call.body.domain;
    if named.is_some_and(|named| named != id.to_string()) {
        return Err(Error::other_id("domain"));
    }
    let domain = domains::update(&call.context.store, &call.actor, id, DomainChange { name, short_name }).await?;
    Ok(DomainMessage { domain: message(domain) })
}

fn message(domain: domains::Domain) -> Domain {
    let domains::Domain { id, name, short_name } = domain;
    Domain { id: Some(id.to_string()), name: Some(name), short_name: Some(short_name) }
}
