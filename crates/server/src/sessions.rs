//! Sessions: the caller's own, and those of others for administrators.

use tavola_api::{
    ErrorCode, NoBody, Pagination,
    sessions::{self as wire, CurrentSession, ListedSession, Session, SessionPage, SessionSite, SessionUser, Sessions},
};
use tavola_model::SessionId;
use tavola_store::{
    Credential,
    sessions::{self, SessionRecord, SessionRef},
};

use crate::{call::Call, error::Error, router::Routes};

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::CURRENT, current);
    routes.on(wire::DELETE, delete);
    routes.on(wire::LIST, list);
}

async fn current(call: Call<NoBody>) -> Result<CurrentSession, Error> {
    let actor = call.actor;
    Ok(CurrentSession {
        session: Session {
            site: SessionSite {
                id: actor.site_id(),
                name: actor.site_name().to_owned(),
                content_url: actor.site_content_url().to_owned(),
            },
            user: SessionUser {
                id: actor.user_id(),
                name: actor.user_name().to_owned(),
                site_role: Some(actor.site_role().into()),
            },
        },
    })
}

/// Ends a session by its token, as the reference has it, or by an id of the list.
async fn delete(call: Call<NoBody>) -> Result<NoBody, Error> {
    let named = call.context.parameter(0);
    let session = match named.parse() {
        Ok(id) => SessionRef::Id(id),
        Err(_) => SessionRef::Token(named),
    };
    sessions::end(&call.context.store, &call.actor, session).await.map_err(|problem| match problem {
        // The name may be a token: it is not repeated.
        tavola_store::Error::NotFound(_) => Error::new(ErrorCode::NOT_FOUND, "the session could not be found"),
        problem => problem.into(),
    })?;
    Ok(NoBody)
}

async fn list(call: Call<NoBody>) -> Result<SessionPage, Error> {
    let query = call.context.list()?;
    let list = sessions::list(&call.context.store, &call.actor, &query).await?;
    let own = call.actor.session_id();
    Ok(SessionPage {
        pagination: Pagination::of(query.page, list.total),
        sessions: Sessions { session: list.items.into_iter().map(|record| message(record, own)).collect() },
    })
}

fn message(record: SessionRecord, own: SessionId) -> ListedSession {
    let SessionRecord {
        id,
        user_id,
        user_name,
        credential,
        impersonator,
        address,
        user_agent,
        created_at,
        last_used_at,
        expires_at,
    } = record;
    ListedSession {
        id,
        current: (id == own).then_some(true),
        created_at,
        last_used_at,
        expires_at,
        address: address.map(|address| address.to_string()),
        user_agent,
        personal_access_token_name: match credential {
            Credential::AccessToken { name, .. } => Some(name),
            _ => None,
        },
        impersonated_by: impersonator.map(|impersonator| impersonator.user_name),
        user: SessionUser { id: user_id, name: user_name, site_role: None },
    }
}
