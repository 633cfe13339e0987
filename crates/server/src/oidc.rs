//! Configurations of OpenID Connect.

use tavola_api::{
    ErrorCode, NoBody, Secret,
    oidc::{self as wire, Configuration, ConfigurationMessage},
    sites::AuthConfiguration,
};
use tavola_model::{AuthSetting, IdpConfigurationId};
use tavola_store::oidc::{self, OidcChange, OidcConfiguration, OidcSettings};

use crate::{
    call::{Call, Context, require_same_id},
    error::Error,
    router::Routes,
};

/// What stands for a client secret in an answer. Clients send back what they were told: it means the secret that is there.
const STARS: &str = "********";

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::CREATE, create);
    routes.on(wire::GET, get);
    routes.on(wire::GET_ONLY, get_only);
    routes.on(wire::UPDATE, update);
    routes.on(wire::REMOVE, remove);
    routes.on(wire::REMOVE_OLDER, remove_older);
}

fn not_found(id: &str) -> Error {
    Error::new(ErrorCode::NOT_FOUND, format!("OpenID Connect configuration '{id}' could not be found."))
}

/// The configuration that the path names.
fn configuration(context: &Context) -> Result<IdpConfigurationId, Error> {
    context.id(1, not_found)
}

/// The configuration that the query names.
fn named(context: &Context) -> Result<Option<IdpConfigurationId>, Error> {
    let named = context.query.get("idpConfigurationId").filter(|id| !id.is_empty());
    named.map(|id| id.parse().map_err(|_| not_found(id))).transpose()
}

async fn create(call: Call<ConfigurationMessage>) -> Result<ConfigurationMessage, Error> {
    let change = change(call.body.site_oidc_configuration);
    Ok(message(oidc::create(&call.context.store, &call.actor, change).await?))
}

async fn get(call: Call<NoBody>) -> Result<ConfigurationMessage, Error> {
    Ok(message(oidc::get(&call.context.store, &call.actor, configuration(&call.context)?).await?))
}

async fn get_only(call: Call<NoBody>) -> Result<ConfigurationMessage, Error> {
    Ok(message(oidc::get_only(&call.context.store, &call.actor).await?))
}

async fn update(call: Call<ConfigurationMessage>) -> Result<ConfigurationMessage, Error> {
    let id = configuration(&call.context)?;
    let sent = call.body.site_oidc_configuration;
    require_same_id(sent.idp_configuration_id.as_ref(), id, "configuration")?;
    Ok(message(oidc::update(&call.context.store, &call.actor, id, change(sent)).await?))
}

async fn remove(call: Call<NoBody>) -> Result<ConfigurationMessage, Error> {
    let id = named(&call.context)?
        .ok_or_else(|| Error::new(ErrorCode::INVALID_PARAMETER, "the parameter `idpConfigurationId` is missing"))?;
    Ok(message(oidc::remove(&call.context.store, &call.actor, id).await?))
}

async fn remove_older(call: Call<NoBody>) -> Result<ConfigurationMessage, Error> {
    let id = match named(&call.context)? {
        Some(id) => id,
        None => oidc::get_only(&call.context.store, &call.actor).await?.id,
    };
    Ok(message(oidc::remove(&call.context.store, &call.actor, id).await?))
}

fn change(sent: Configuration) -> OidcChange {
    let Configuration {
        idp_configuration_id: _,
        idp_configuration_name,
        enabled,
        client_id,
        client_secret,
        authorization_endpoint,
        token_endpoint,
        userinfo_endpoint,
        jwks_uri,
        end_session_endpoint,
        discovery_endpoint,
        known_provider_alias,
        allow_embedded_authentication,
        custom_scope,
        prompt,
        client_authentication,
        essential_acr_values,
        voluntary_acr_values,
        email_mapping,
        first_name_mapping,
        last_name_mapping,
        full_name_mapping,
        use_full_name,
    } = sent;
    OidcChange {
        name: idp_configuration_name,
        enabled,
        client_id,
        client_secret: client_secret.map(|secret| secret.expose().to_owned()).filter(|secret| secret != STARS),
        settings: OidcSettings {
            authorization_endpoint,
            token_endpoint,
            jwks_uri,
            userinfo_endpoint,
            end_session_endpoint,
            discovery_endpoint,
            known_provider_alias,
            allow_embedded_authentication,
            custom_scope,
            prompt,
            client_authentication,
            essential_acr_values,
            voluntary_acr_values,
            email_mapping,
            first_name_mapping,
            last_name_mapping,
            full_name_mapping,
            use_full_name,
        },
    }
}

fn message(record: OidcConfiguration) -> ConfigurationMessage {
    let OidcConfiguration { id, site_id: _, name, enabled, client_id, settings, created_at: _ } = record;
    let OidcSettings {
        authorization_endpoint,
        token_endpoint,
        jwks_uri,
        userinfo_endpoint,
        end_session_endpoint,
        discovery_endpoint,
        known_provider_alias,
        allow_embedded_authentication,
        custom_scope,
        prompt,
        client_authentication,
        essential_acr_values,
        voluntary_acr_values,
        email_mapping,
        first_name_mapping,
        last_name_mapping,
        full_name_mapping,
        use_full_name,
    } = settings;
    ConfigurationMessage {
        site_oidc_configuration: Configuration {
            idp_configuration_id: Some(id.into()),
            idp_configuration_name: Some(name),
            enabled: Some(enabled),
            client_id: Some(client_id),
            client_secret: Some(Secret::new(STARS.to_owned())),
            authorization_endpoint,
            token_endpoint,
            userinfo_endpoint,
            jwks_uri,
            end_session_endpoint,
            discovery_endpoint,
            known_provider_alias,
            allow_embedded_authentication,
            custom_scope,
            prompt,
            client_authentication,
            essential_acr_values,
            voluntary_acr_values,
            email_mapping,
            first_name_mapping,
            last_name_mapping,
            full_name_mapping,
            use_full_name,
        },
    }
}

/// The configurations of the actor's site, as ways to sign in to it.
pub(crate) async fn ways(call: &Call<NoBody>) -> Result<Vec<AuthConfiguration>, Error> {
    let all = oidc::list(&call.context.store, &call.actor).await?;
    Ok(all
        .into_iter()
        .map(|configuration| AuthConfiguration {
            auth_setting: Some(AuthSetting::OpenID.to_string()),
            idp_configuration_id: Some(configuration.id.to_string()),
            idp_configuration_name: Some(configuration.name),
            known_provider_alias: configuration.settings.known_provider_alias,
            enabled: Some(configuration.enabled),
        })
        .collect())
}
