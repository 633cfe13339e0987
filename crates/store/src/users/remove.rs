//! Removing a user from a site.

use tavola_model::UserId;

use super::{demote, find, lookup, rules};
use crate::{
    Actor, Conflict, Error, Missing, Store, accounts,
    audit::{self, By, Done},
    custom_views, items, projects, scim,
    sql::{Tx, statements, values},
};

statements! {
    DELETE = "DELETE FROM users WHERE id = $1";
}

/// Removes a user from the actor's site, with their sessions there. A server administrator is none any more then. An
/// account that is on no site any more is deleted.
///
/// What the user owns goes to `map_assets_to`; without it, someone who owns content is not removed.
pub async fn remove(store: &Store, actor: &Actor, id: UserId, map_assets_to: Option<UserId>) -> Result<(), Error> {
    let actor = actor.clone();
    store.write(move |tx| remove_now(tx, &actor, id, map_assets_to)).await
}

pub(crate) fn remove_now(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: UserId,
    map_assets_to: Option<UserId>,
) -> Result<(), Error> {
    let user = find(tx, actor, id)?;
    rules::may_manage(tx, actor)?;
    rules::may_touch(actor, &user)?;
    scim::require_free_user(tx, actor, id)?;
    let heir = match map_assets_to {
        Some(heir) => match lookup(tx, user.site_id, heir)? {
            Some(heir) if heir.id != id => Some(heir),
            _ => return Err(Error::NotFound(Missing::User(heir.to_string()))),
        },
        None => None,
    };
    if projects::owns_any(tx, id)? || items::owns_any(tx, id)? {
        match &heir {
            Some(heir) => {
                projects::hand_over(tx, id, heir.id)?;
                items::hand_over(tx, id, heir.id)?;
            }
            None => return Err(Error::Conflict(Conflict::OwnsContent)),
        }
    }
    if let Some(heir) = &heir {
        custom_views::hand_over(tx, id, heir.id)?;
    }
    if user.server_administrator {
        demote(tx, user.account_id, user.site_id)?;
    }
    // The user's sessions, and those in which they act as someone else, go with the row.
    tx.execute(DELETE, values![id])?;
    accounts::delete_if_without_users(tx, user.account_id)?;
    audit::record(
        tx,
        By::Actor(actor),
        Done {
            action: "user.remove",
            kind: "user",
            id: Some(id.to_string()),
            name: Some(&user.name),
            detail: heir.map(|heir| format!("content given to `{}`", heir.name)),
            site: Some(user.site_id),
        },
    )
}
