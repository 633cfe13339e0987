//! Deleting a site.

use super::{SiteRef, find, is_default};
use crate::{
    Actor, Error, Refusal, Store, accounts,
    audit::{self, By, Done},
    items, projects,
    sql::{statements, values},
};

statements! {
    DELETE = "DELETE FROM sites WHERE id = $1";
}

/// Deletes a site with all that is on it; not the site Default. For server administrators. Persons who are on no other
/// site go with it.
pub async fn delete(store: &Store, actor: &Actor, site: SiteRef) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let site = find(tx, &actor, &site)?;
            actor.require_server_administrator()?;
            if is_default(&site) {
                return Err(Error::Forbidden(Refusal::DefaultSite));
            }
            // Before the users who own them.
            items::delete_of_site(tx, site.id)?;
            projects::delete_of_site(tx, site.id)?;
            tx.execute(DELETE, values![site.id])?;
            accounts::delete_without_users(tx)?;
            audit::record(
                tx,
                By::Actor(&actor),
                Done {
                    action: "site.delete",
                    kind: "site",
                    id: Some(site.id.to_string()),
                    name: Some(&site.name),
                    site: Some(site.id),
                    ..Done::default()
                },
            )
        })
        .await
}
