//! Signing in and out.

use std::time::Duration;

use tavola_api::{
    ErrorCode, NoBody, Secret,
    auth::{self, SessionCredentials, SessionSite, SessionUser, SignIn, SignInCredentials, SignedIn, SwitchSite},
};
use tavola_store::{
    access_tokens,
    sessions::{self, Credentials, SignInError, SwitchError},
};

use crate::{
    call::{Call, OpenCall},
    error::Error,
    router::Routes,
};

pub(crate) fn bind(routes: &mut Routes) {
    routes.open(auth::SIGN_IN, sign_in);
    routes.on(auth::SIGN_OUT, sign_out);
    routes.on(auth::SWITCH_SITE, switch_site);
    routes.on(auth::REVOKE_ADMINISTRATOR_TOKENS, revoke_administrator_tokens);
    routes.on(auth::REVOKE_ADMINISTRATOR_TOKENS_TSC, revoke_administrator_tokens);
}

async fn sign_in(call: OpenCall<SignIn>) -> Result<SignedIn, Error> {
    let sent = call.body.credentials;
    let impersonate = sent.user.as_ref().map(|user| user.id.to_string());
    let sign_in = sessions::SignIn {
        site: sent.site.content_url.clone(),
        impersonate: impersonate.clone(),
        origin: call.context.origin,
        credentials: credentials(sent)?,
    };
    let signed_in = sessions::sign_in(&call.context.store, sign_in)
        .await
        .map_err(|problem| refused(problem, impersonate.as_deref()))?;
    Ok(message(signed_in))
}

/// Exactly one kind of credentials must be there, and whole.
fn credentials(sent: SignInCredentials) -> Result<Credentials, Error> {
    let token = (sent.personal_access_token_name, sent.personal_access_token_secret);
    match (sent.name, sent.password, token, sent.jwt) {
        (Some(name), Some(password), (None, None), None) => {
            Ok(Credentials::Password { name, password: password.expose().to_owned() })
        }
        (None, None, (Some(name), Some(secret)), None) => {
            Ok(Credentials::AccessToken { name, secret: secret.expose().to_owned() })
        }
        (None, None, (None, None), Some(jwt)) => Ok(Credentials::Jwt(jwt.expose().to_owned())),
        _ => Err(Error::bad_request(
            "the credentials must be either name and password, or personalAccessTokenName and \
             personalAccessTokenSecret, or jwt",
        )),
    }
}

fn refused(problem: SignInError, impersonated: Option<&str>) -> Error {
    match problem {
        SignInError::Refused => Error::new(ErrorCode::SIGN_IN_REFUSED, "Error signing in to Tableau Server"),
        SignInError::ConnectedApp { reason, detail } => Error::new(
            ErrorCode::SIGN_IN_REFUSED,
            format!("Error signing in to Tableau Server: {detail} (errorCode={reason})"),
        ),
        SignInError::ImpersonationForbidden => {
            Error::forbidden("only a server administrator may sign in as another user")
        }
        SignInError::ImpersonatedUnknown => Error::user_not_found(impersonated.unwrap_or_default()),
        SignInError::Busy => {
            Error::new(ErrorCode::TOO_MANY_REQUESTS, "too many passwords are being checked at once").retry_after(1)
        }
        SignInError::Store(problem) => problem.into(),
    }
}

async fn sign_out(call: Call<NoBody>) -> Result<NoBody, Error> {
    sessions::sign_out(&call.context.store, &call.actor).await?;
    Ok(NoBody)
}

async fn switch_site(call: Call<SwitchSite>) -> Result<SignedIn, Error> {
    let site = &call.body.site.content_url;
    let signed_in = sessions::switch_site(&call.context.store, &call.actor, site, call.context.origin.clone())
        .await
        .map_err(|problem| match problem {
            SwitchError::SameSite => Error::new(ErrorCode::SAME_SITE, "the session is on this site already"),
            SwitchError::Unknown => {
                Error::new(ErrorCode::SWITCH_SITE_REFUSED, format!("the site '{site}' is not available to this user"))
            }
            SwitchError::NotAllowed => Error::new(
                ErrorCode::SWITCH_SITE_REFUSED,
                "a session of a connected app or an identity provider cannot switch sites",
            ),
            SwitchError::Store(problem) => problem.into(),
        })?;
    Ok(message(signed_in))
}

async fn revoke_administrator_tokens(call: Call<NoBody>) -> Result<NoBody, Error> {
    access_tokens::revoke_all_of_administrators(&call.context.store, &call.actor).await?;
    Ok(NoBody)
}

fn message(signed_in: sessions::SignedIn) -> SignedIn {
    let sessions::SignedIn { token, actor, expires_in } = signed_in;
    SignedIn {
        credentials: SessionCredentials {
            token: Secret::new(token),
            estimated_time_to_expiration: Some(hours(expires_in)),
            site: SessionSite { id: actor.site_id(), content_url: actor.site_content_url().to_owned() },
            user: SessionUser { id: actor.user_id() },
        },
    }
}

/// `hours:minutes:seconds`, the hours as many digits as they need.
fn hours(span: Duration) -> String {
    let seconds = span.as_secs();
    format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_to_expiration_counts_hours_beyond_a_day() {
        assert_eq!(hours(Duration::from_secs(240 * 60)), "4:00:00");
        assert_eq!(hours(Duration::from_secs(177 * 3600 + 5 * 60 + 38)), "177:05:38");
    }
}
