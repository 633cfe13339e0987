//! Connected apps of direct trust.

use tavola_api::{
    ErrorCode, NoBody, Secret,
    connected_apps::{self as wire, App, AppList, AppMessage, AppSecret, Apps, SecretMessage},
};
use tavola_model::{ConnectedAppId, ConnectedAppSecretId};
use tavola_store::connected_apps::{self, ConnectedApp, ConnectedAppChange, ConnectedAppSecret, NewConnectedApp};

use crate::{
    call::{Call, Context},
    error::Error,
    router::Routes,
};

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::LIST, list);
    routes.on(wire::older::LIST, list);
    routes.on(wire::CREATE, create);
    routes.on(wire::older::CREATE, create);
    routes.on(wire::GET, get);
    routes.on(wire::older::GET, get);
    routes.on(wire::UPDATE, update);
    routes.on(wire::older::UPDATE, update);
    routes.on(wire::DELETE, delete);
    routes.on(wire::older::DELETE, delete);
    routes.on(wire::CREATE_SECRET, create_secret);
    routes.on(wire::older::CREATE_SECRET, create_secret);
    routes.on(wire::GET_SECRET, get_secret);
    routes.on(wire::older::GET_SECRET, get_secret);
    routes.on(wire::DELETE_SECRET, delete_secret);
    routes.on(wire::older::DELETE_SECRET, delete_secret);
}

fn app(context: &Context) -> Result<ConnectedAppId, Error> {
    context.id(1, |id| Error::new(ErrorCode::NOT_FOUND, format!("Connected app '{id}' could not be found.")))
}

fn secret(context: &Context) -> Result<ConnectedAppSecretId, Error> {
    context.id(2, |id| Error::new(ErrorCode::NOT_FOUND, format!("Secret '{id}' could not be found.")))
}

async fn list(call: Call<NoBody>) -> Result<AppList, Error> {
    let apps = connected_apps::list(&call.context.store, &call.actor).await?;
    Ok(AppList { connected_applications: Apps { connected_application: apps.into_iter().map(message).collect() } })
}

async fn create(call: Call<AppMessage>) -> Result<AppMessage, Error> {
    let ConnectedAppChange { name, enabled, project_id: _, domain_safelist, unrestricted_embedding } =
        change(call.body);
    let new = NewConnectedApp {
        name: name.ok_or_else(|| Error::bad_request("a connected app needs a name"))?,
        enabled: enabled.unwrap_or(false),
        project_id: None,
        domain_safelist: domain_safelist.unwrap_or_default(),
        unrestricted_embedding: unrestricted_embedding.unwrap_or(true),
    };
    let app = connected_apps::create(&call.context.store, &call.actor, new).await?;
    Ok(AppMessage { connected_application: message(app) })
}

async fn get(call: Call<NoBody>) -> Result<AppMessage, Error> {
    let app = connected_apps::get(&call.context.store, &call.actor, app(&call.context)?).await?;
    Ok(AppMessage { connected_application: message(app) })
}

async fn update(call: Call<AppMessage>) -> Result<AppMessage, Error> {
    let id = app(&call.context)?;
    let app = connected_apps::update(&call.context.store, &call.actor, id, change(call.body)).await?;
    Ok(AppMessage { connected_application: message(app) })
}

async fn delete(call: Call<NoBody>) -> Result<NoBody, Error> {
    connected_apps::delete(&call.context.store, &call.actor, app(&call.context)?).await?;
    Ok(NoBody)
}

async fn create_secret(call: Call<NoBody>) -> Result<SecretMessage, Error> {
    let secret = connected_apps::create_secret(&call.context.store, &call.actor, app(&call.context)?).await?;
    Ok(SecretMessage { connected_application_secret: secret_message(secret) })
}

async fn get_secret(call: Call<NoBody>) -> Result<SecretMessage, Error> {
    let (app, id) = (app(&call.context)?, secret(&call.context)?);
    let secret = connected_apps::get_secret(&call.context.store, &call.actor, app, id).await?;
    Ok(SecretMessage { connected_application_secret: secret_message(secret) })
}

async fn delete_secret(call: Call<NoBody>) -> Result<NoBody, Error> {
    let (app, id) = (app(&call.context)?, secret(&call.context)?);
    connected_apps::delete_secret(&call.context.store, &call.actor, app, id).await?;
    Ok(NoBody)
}

fn change(message: AppMessage) -> ConnectedAppChange {
    let App { client_id: _, name, enabled, created_at: _, unrestricted_embedding, domain_safelist, secret: _ } =
        message.connected_application;
    ConnectedAppChange { name, enabled, project_id: None, unrestricted_embedding, domain_safelist }
}

fn message(app: ConnectedApp) -> App {
    let ConnectedApp { id, name, enabled, project_id: _, unrestricted_embedding, domain_safelist, created_at, secrets } =
        app;
    App {
        client_id: Some(id),
        name: Some(name),
        enabled: Some(enabled),
        created_at: Some(created_at),
        unrestricted_embedding: Some(unrestricted_embedding),
        domain_safelist: Some(domain_safelist),
        secret: secrets
            .into_iter()
            .map(|(id, created_at)| AppSecret { id, created_at: Some(created_at), value: None })
            .collect(),
    }
}

fn secret_message(secret: ConnectedAppSecret) -> AppSecret {
    let ConnectedAppSecret { id, created_at, value } = secret;
    AppSecret { id, created_at: Some(created_at), value: Some(Secret::new(value)) }
}
