//! External authorization servers.

use tavola_api::{
    ErrorCode, NoBody,
    external_authorization_servers::{self as wire, Server, ServerList, ServerMessage, Servers},
};
use tavola_model::ExternalAuthorizationServerId;
use tavola_store::external_authorization_servers::{
    self as servers, ExternalAuthorizationServer, ExternalAuthorizationServerChange,
};

use crate::{
    call::{Call, Context},
    error::Error,
    router::{Answer, Routes},
};

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::LIST, list);
    routes.on(wire::REGISTER, register);
    routes.on(wire::GET, get);
    routes.on(wire::UPDATE, update);
    routes.on(wire::DELETE, delete);
}

fn server(context: &Context) -> Result<ExternalAuthorizationServerId, Error> {
    context.id(1, |id| {
        Error::new(ErrorCode::NOT_FOUND, format!("External authorization server '{id}' could not be found."))
    })
}

async fn list(call: Call<NoBody>) -> Result<ServerList, Error> {
    let all = servers::list(&call.context.store, &call.actor).await?;
    let servers = Servers { external_authorization_server: all.into_iter().map(message).collect() };
    Ok(ServerList { external_authorization_server_list: servers })
}

async fn register(call: Call<ServerMessage>) -> Result<Answer<ServerMessage>, Error> {
    let made = servers::register(&call.context.store, &call.actor, change(call.body)).await?;
    let location = call.context.location(&call.actor, "connected-apps/external-authorization-servers", made.id);
    Ok(Answer::at(ServerMessage { external_authorization_server: message(made) }, location))
}

async fn get(call: Call<NoBody>) -> Result<ServerMessage, Error> {
    let found = servers::get(&call.context.store, &call.actor, server(&call.context)?).await?;
    Ok(ServerMessage { external_authorization_server: message(found) })
}

async fn update(call: Call<ServerMessage>) -> Result<ServerMessage, Error> {
    let id = server(&call.context)?;
    let updated = servers::update(&call.context.store, &call.actor, id, change(call.body)).await?;
    Ok(ServerMessage { external_authorization_server: message(updated) })
}

async fn delete(call: Call<NoBody>) -> Result<NoBody, Error> {
    servers::delete(&call.context.store, &call.actor, server(&call.context)?).await?;
    Ok(NoBody)
}

fn change(sent: ServerMessage) -> ExternalAuthorizationServerChange {
    let Server { id: _, name, issuer_url, jwks_uri, enabled, created_at: _ } = sent.external_authorization_server;
    ExternalAuthorizationServerChange { name, issuer_url, jwks_uri, enabled }
}

fn message(record: ExternalAuthorizationServer) -> Server {
    let ExternalAuthorizationServer { id, name, issuer_url, jwks_uri, enabled, created_at } = record;
    Server {
        id: Some(id),
        name: Some(name),
        issuer_url: Some(issuer_url),
        jwks_uri,
        enabled: Some(enabled),
        created_at: Some(created_at),
    }
}
