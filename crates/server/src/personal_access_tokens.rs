//! Personal access tokens of a user.

use tavola_api::{
    ErrorCode, NoBody, Secret,
    personal_access_tokens::{self as wire, CreateToken, CreatedToken, Token, TokenList, TokenWithSecret, Tokens},
};
use tavola_model::{PersonalAccessTokenId, UserId};
use tavola_store::access_tokens::{self, AccessToken};

use crate::{
    call::{Call, Context},
    error::Error,
    router::Routes,
};

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::LIST, list);
    routes.on(wire::CREATE, create);
    routes.on(wire::REVOKE, revoke);
}

fn user(context: &Context) -> Result<UserId, Error> {
    context.id(1, Error::user_not_found)
}

async fn list(call: Call<NoBody>) -> Result<TokenList, Error> {
    let tokens = access_tokens::list(&call.context.store, &call.actor, user(&call.context)?).await?;
    Ok(TokenList {
        personal_access_tokens: Tokens { personal_access_token: tokens.into_iter().map(message).collect() },
    })
}

async fn create(call: Call<CreateToken>) -> Result<CreatedToken, Error> {
    let asked = call.body.personal_access_token;
    let name = asked.token_name.parse()?;
    let (token, secret) =
        access_tokens::create(&call.context.store, &call.actor, user(&call.context)?, name, asked.expires_at).await?;
    Ok(CreatedToken {
        personal_access_token_with_secret: TokenWithSecret {
            token_guid: token.id,
            token_name: token.name,
            secret: Secret::new(secret),
            expires_at: Some(token.expires_at),
        },
    })
}

async fn revoke(call: Call<NoBody>) -> Result<NoBody, Error> {
    let unknown =
        |id: &str| Error::new(ErrorCode::NOT_FOUND, format!("Personal access token '{id}' could not be found."));
    let token: PersonalAccessTokenId = call.context.id(2, unknown)?;
    access_tokens::revoke(&call.context.store, &call.actor, user(&call.context)?, token).await?;
    Ok(NoBody)
}

fn message(token: AccessToken) -> Token {
    let AccessToken { id, name, created_at: _, last_used_at, expires_at } = token;
    Token { token_guid: id, token_name: name, last_used_at, expires_at: Some(expires_at) }
}
