//! Configurations of SCIM, by which administrators give a provider its token.

use tavola_api::{
    ErrorCode, NoBody, Secret,
    scim::{
        self as wire, Configuration, ConfigurationList, ConfigurationMessage, ConfigurationWithToken, Configurations,
        Token,
    },
};
use tavola_model::{AuthSetting, ScimConfigurationId, UserId};
use tavola_store::scim::{self, ScimConfiguration};

use crate::{
    call::{Call, Context},
    error::Error,
    router::Routes,
    sites::known,
};

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::LIST, list);
    routes.on(wire::CREATE, create);
    routes.on(wire::RENEW, renew);
    routes.on(wire::DELETE, delete);
}

fn configuration(context: &Context) -> Result<ScimConfigurationId, Error> {
    context.id(1, |id| Error::new(ErrorCode::NOT_FOUND, format!("SCIM configuration '{id}' could not be found.")))
}

async fn list(call: Call<NoBody>) -> Result<ConfigurationList, Error> {
    let all = scim::list(&call.context.store, &call.actor).await?;
    let asker = call.actor.user_id();
    let scim_configuration = all.into_iter().map(|record| message(record, asker)).collect();
    Ok(ConfigurationList { scim_configurations: Configurations { scim_configuration } })
}

async fn create(call: Call<ConfigurationMessage>) -> Result<ConfigurationWithToken, Error> {
    let Configuration { name, idp_configuration_id, .. } = call.body.scim_configuration;
    let name = name.ok_or_else(|| Error::bad_request("a SCIM configuration needs a name"))?;
    let idp = known(idp_configuration_id, "idpConfigurationId", ErrorCode::BAD_REQUEST)?;
    let (made, token) = scim::create(&call.context.store, &call.actor, name, idp).await?;
    Ok(with_token(made, token, call.actor.user_id()))
}

async fn renew(call: Call<NoBody>) -> Result<ConfigurationWithToken, Error> {
    let id = configuration(&call.context)?;
    let (renewed, token) = scim::renew(&call.context.store, &call.actor, id).await?;
    Ok(with_token(renewed, token, call.actor.user_id()))
}

async fn delete(call: Call<NoBody>) -> Result<NoBody, Error> {
    scim::delete(&call.context.store, &call.actor, configuration(&call.context)?).await?;
    Ok(NoBody)
}

fn with_token(record: ScimConfiguration, token: String, asker: UserId) -> ConfigurationWithToken {
    let server_api_token = Token { id: record.id, api_token: Secret::new(token) };
    ConfigurationWithToken { scim_configuration: message(record, asker), server_api_token }
}

fn message(record: ScimConfiguration, asker: UserId) -> Configuration {
    let ScimConfiguration { id, name, idp_configuration_id, owner_id, is_active, created_at } = record;
    let setting = if idp_configuration_id.is_some() { AuthSetting::OpenID } else { AuthSetting::ServerDefault };
    Configuration {
        id: Some(id.into()),
        name: Some(name),
        auth_type: Some(setting.to_string()),
        idp_configuration_id: idp_configuration_id.map(Into::into),
        is_api_token_active: Some(is_active),
        is_owner: Some(owner_id == Some(asker)),
        created_at: Some(created_at),
    }
}
