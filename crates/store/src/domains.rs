//! Domains that accounts belong to. There is one: `local`, the server's own.

use tavola_model::DomainId;

use crate::{
    Actor, Error, Missing, Refusal, Store, accounts,
    audit::{self, By, Done},
    sql::{Db, Row, statements, values},
};

/// A domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// Its id.
    pub id: DomainId,
    /// Its name.
    pub name: String,
    /// Its short name.
    pub short_name: String,
}

/// What to change of a domain: what is none stays as it is.
#[derive(Debug, Clone, Default)]
pub struct DomainChange {
    /// Its name. That of `local` cannot be changed.
    pub name: Option<String>,
    /// Its short name.
    pub short_name: Option<String>,
}

statements! {
    LIST = "SELECT id, name, short_name FROM domains ORDER BY name";
    FIND = "SELECT id, name, short_name FROM domains WHERE id = $1";
    UPDATE = "UPDATE domains SET name = $2, short_name = $3 WHERE id = $1";
}

fn read(row: &mut Row) -> Result<Domain, Error> {
    Ok(Domain { id: row.take()?, name: row.take()?, short_name: row.take()? })
}

fn lookup(db: &mut Db<'_>, id: DomainId) -> Result<Option<Domain>, Error> {
    db.query_opt(FIND, values![id])?.map(|mut row| read(&mut row)).transpose()
}

/// All domains, for administrators.
pub async fn list(store: &Store, actor: &Actor) -> Result<Vec<Domain>, Error> {
    actor.require_site_administrator()?;
    store.read(|db| db.query(LIST, &[])?.iter_mut().map(read).collect()).await
}

/// Changes a domain, for server administrators.
pub async fn update(store: &Store, actor: &Actor, id: DomainId, change: DomainChange) -> Result<Domain, Error> {
    actor.require_server_administrator()?;
    for text in [&change.name, &change.short_name].into_iter().flatten() {
        accounts::check_text("domain's name", text)?;
        if text.trim().is_empty() {
            return Err(Error::invalid("the domain's name must not be blank"));
        }
    }
    let actor = actor.clone();
    store
        .write(move |tx| {
            let old = lookup(tx, id)?.ok_or_else(|| Error::NotFound(Missing::Domain(id.to_string())))?;
            let name = change.name.as_ref().unwrap_or(&old.name);
            if old.name == accounts::LOCAL && *name != old.name {
                return Err(Error::Forbidden(Refusal::LocalDomain));
            }
            let short_name = change.short_name.as_ref().unwrap_or(&old.short_name);
            tx.execute(UPDATE, values![id, name, short_name])?;
            audit::record(
                tx,
                By::Actor(&actor),
                Done {
                    action: "domain.update",
                    kind: "domain",
                    id: Some(id.to_string()),
                    name: Some(name),
                    detail: Some(format!("short name {short_name}")),
                    site: None,
                },
            )?;
            Ok(Domain { id, name: name.clone(), short_name: short_name.clone() })
        })
        .await
}
