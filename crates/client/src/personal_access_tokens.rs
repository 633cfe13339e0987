//! Personal access tokens.

use tavola_api::{
    auth::REVOKE_ADMINISTRATOR_TOKENS,
    personal_access_tokens::{CREATE, CreateToken, LIST, NewToken, REVOKE, Token, TokenWithSecret},
};
use tavola_model::{PersonalAccessTokenId, UserId};

use crate::{Client, Error, PathValue};

/// The methods about personal access tokens, by [`Client::personal_access_tokens`].
#[derive(Debug, Clone, Copy)]
pub struct PersonalAccessTokensRoom<'a>(&'a Client);

impl Client {
    /// The methods about personal access tokens.
    pub fn personal_access_tokens(&self) -> PersonalAccessTokensRoom<'_> {
        PersonalAccessTokensRoom(self)
    }
}

impl PersonalAccessTokensRoom<'_> {
    /// “List Personal Access Tokens for User”: one's own.
    pub async fn list(&self) -> Result<Vec<Token>, Error> {
        self.list_at(PathValue::SessionUser).await
    }

    /// “List Personal Access Tokens for User”: another user's, for administrators.
    pub async fn list_of(&self, user: UserId) -> Result<Vec<Token>, Error> {
        self.list_at(PathValue::Of(&user)).await
    }

    async fn list_at(&self, user: PathValue<'_>) -> Result<Vec<Token>, Error> {
        let answer = self.0.call(&LIST, &[PathValue::SessionSite, user], &[], None).await?;
        Ok(answer.personal_access_tokens.personal_access_token)
    }

    /// Makes a token for oneself. Its secret is in this answer and nowhere else. Tavola alone offers it.
    pub async fn create(&self, token: &NewToken) -> Result<TokenWithSecret, Error> {
        let body = CreateToken { personal_access_token: token.clone() };
        let answer = self.0.call(&CREATE, &[PathValue::SessionSite, PathValue::SessionUser], &[], Some(&body)).await?;
        Ok(answer.personal_access_token_with_secret)
    }

    /// Revokes one of one's own tokens and ends its sessions. Tavola alone offers it.
    pub async fn revoke(&self, token: PersonalAccessTokenId) -> Result<(), Error> {
        self.revoke_at(PathValue::SessionUser, token).await
    }

    /// Revokes another user's token and ends its sessions, for administrators. Tavola alone offers it.
    pub async fn revoke_of(&self, user: UserId, token: PersonalAccessTokenId) -> Result<(), Error> {
        self.revoke_at(PathValue::Of(&user), token).await
    }

    async fn revoke_at(&self, user: PathValue<'_>, token: PersonalAccessTokenId) -> Result<(), Error> {
        let path = [PathValue::SessionSite, user, PathValue::Of(&token)];
        self.0.call(&REVOKE, &path, &[], None).await.map(drop)
    }

    /// “Revoke Administrator Personal Access Tokens”: those of all server administrators, one's own too.
    pub async fn revoke_all_of_administrators(&self) -> Result<(), Error> {
        self.0.call(&REVOKE_ADMINISTRATOR_TOKENS, &[], &[], None).await.map(drop)
    }
}
