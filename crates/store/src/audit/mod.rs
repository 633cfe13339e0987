//! The audit: one line for every change, written with it and never changed again.

mod reader;

use std::net::IpAddr;

use tavola_model::{AccountId, ListQuery, SessionId, SiteId, Timestamp, UserId};

use crate::{
    Actor, Credential, Error, List, Store,
    list::{ANY_OF, COMPARED, EQUAL, Field, Holds, Source},
    sql::{Row, Tx, statements, values},
};

pub use reader::{Lines, Wanted, open};

/// A line of the audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditLine {
    /// Counts up.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// What was done, such as `user.add`.
    pub action: String,
    /// The kind of what it was done to, such as `user`.
    pub kind: String,
    /// Its id.
    pub object_id: Option<String>,
    /// Its name.
    pub object_name: Option<String>,
    /// More about it, such as the new role.
    pub detail: Option<String>,
    /// The site it belongs to; none for what is the server's.
    pub site_id: Option<SiteId>,
    /// The person who did it; none for someone who was not signed in.
    pub account_id: Option<AccountId>,
    /// The person's user on the site of the session.
    pub user_id: Option<UserId>,
    /// Their name.
    pub user_name: Option<String>,
    /// The session it was done in.
    pub session_id: Option<SessionId>,
    /// What the session was signed in with: `password`, ``access token `name` ``, ``connected app `name` ``,
    /// ``external authorization server `name` ``, ``OpenID Connect `name` ``.
    pub credential: Option<String>,
    /// The server administrator who acted as that user.
    pub impersonator_id: Option<UserId>,
    /// Their name.
    pub impersonator_name: Option<String>,
    /// Where the request came from.
    pub address: Option<String>,
}

/// Who a line is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By<'a> {
    Actor(&'a Actor),
    /// Someone who is not signed in.
    Nobody(Option<IpAddr>),
}

/// What was done to what.
#[derive(Debug, Default)]
pub(crate) struct Done<'d> {
    pub action: &'d str,
    pub kind: &'d str,
    pub id: Option<String>,
    pub name: Option<&'d str>,
    pub detail: Option<String>,
    /// None: the server.
    pub site: Option<SiteId>,
}

statements! {
    RECORD = "INSERT INTO audit (at, action, kind, object_id, object_name, detail, site_id, account_id, user_id, \
        user_name, session_id, credential, impersonator_id, impersonator_name, address) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
}

/// Writes a line, in the transaction of the change it tells of.
pub(crate) fn record(tx: &mut Tx<'_>, by: By<'_>, done: Done<'_>) -> Result<(), Error> {
    let (actor, address) = match by {
        By::Actor(actor) => (Some(actor), actor.address()),
        By::Nobody(address) => (None, address),
    };
    let credential = actor.map(|actor| match actor.credential() {
        Credential::Password => "password".to_owned(),
        Credential::AccessToken { name, .. } => format!("access token `{name}`"),
        Credential::ConnectedApp { name, .. } => format!("connected app `{name}`"),
        Credential::ExternalAuthorizationServer { name, .. } => format!("external authorization server `{name}`"),
        Credential::OpenIdConnect { name, .. } => format!("OpenID Connect `{name}`"),
        Credential::Scim { name, .. } => format!("SCIM `{name}`"),
    });
    let impersonator = actor.and_then(Actor::impersonator);
    tx.execute(
        RECORD,
        values![
            tx.now(),
            done.action,
            done.kind,
            done.id,
            done.name,
            done.detail,
            done.site,
            actor.map(Actor::account_id),
            actor.map(Actor::user_id),
            actor.map(Actor::user_name),
            actor.map(Actor::session_id),
            credential,
            impersonator.map(|who| who.user_id),
            impersonator.map(|who| who.user_name.as_str()),
            address.map(|address| address.to_string()),
        ],
    )?;
    Ok(())
}

const COLUMNS: &str = "id, at, action, kind, object_id, object_name, detail, site_id, account_id, user_id, user_name, \
    session_id, credential, impersonator_id, impersonator_name, address";

pub(crate) const FIELDS: &[Field] = &[
    Field { name: "createdAt", column: "at", key: None, holds: Holds::Time, operators: COMPARED, order: "at" },
    Field { name: "action", column: "action", key: None, holds: Holds::Text, operators: ANY_OF, order: "action" },
    Field { name: "kind", column: "kind", key: None, holds: Holds::Text, operators: ANY_OF, order: "kind" },
    Field {
        name: "objectId",
        column: "object_id",
        key: None,
        holds: Holds::Text,
        operators: EQUAL,
        order: "object_id",
    },
    Field {
        name: "userName",
        column: "user_name",
        key: None,
        holds: Holds::UserName,
        operators: ANY_OF,
        order: "COALESCE(user_name, '')",
    },
];

fn read(row: &mut Row) -> Result<AuditLine, Error> {
    Ok(AuditLine {
        id: row.take()?,
        at: row.take()?,
        action: row.take()?,
        kind: row.take()?,
        object_id: row.take()?,
        object_name: row.take()?,
        detail: row.take()?,
        site_id: row.take()?,
        account_id: row.take()?,
        user_id: row.take()?,
        user_name: row.take()?,
        session_id: row.take()?,
        credential: row.take()?,
        impersonator_id: row.take()?,
        impersonator_name: row.take()?,
        address: row.take()?,
    })
}

/// The audit, newest line first: all of it for server administrators, their site's for site administrators.
///
/// Fields: `createdAt`, `action`, `kind`, `objectId`, `userName`.
pub async fn list(store: &Store, actor: &Actor, query: &ListQuery) -> Result<List<AuditLine>, Error> {
    actor.require_site_administrator()?;
    let (actor, query) = (actor.clone(), query.clone());
    store
        .scan(move |db| {
            let (seen, values) = if actor.is_server_administrator() {
                ("1 = 1", vec![])
            } else {
                ("site_id = $1", values![actor.site_id()].to_vec())
            };
            let source = Source {
                columns: COLUMNS,
                from: "audit",
                owner: "",
                seen: seen.to_owned(),
                values,
                fields: FIELDS,
                order: "at DESC, id DESC",
                id: "id",
            };
            source.page(db, &query, read)
        })
        .await
}
