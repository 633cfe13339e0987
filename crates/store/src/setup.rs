//! The first start: the site Default and the first administrator.

use tavola_model::{ContentUrl, SiteRole, UserName};

use crate::{
    Error, Store,
    accounts::{self, NewAccount},
    audit::{self, By, Done},
    passwords, secrets, sites,
    sql::{Db, statements, values},
    users,
};

statements! {
    FIND_DONE = "SELECT value FROM server_settings WHERE name = 'setup_done'";
    SET_DONE = "INSERT INTO server_settings (name, value) VALUES ('setup_done', $1)";
}

fn is_done(db: &mut Db<'_>) -> Result<bool, Error> {
    Ok(db.query_opt(FIND_DONE, &[])?.is_some())
}

/// Whether the server still waits for its first administrator.
pub async fn is_open(store: &Store) -> Result<bool, Error> {
    store.read(|db| is_done(db).map(|done| !done)).await
}

/// A password for an administrator who chose none: 120 random bits, and nothing in it that a shell would need quoted.
pub fn random_password() -> String {
    secrets::password()
}

/// Makes the site Default (contentUrl `""`) with its project `default` and its group `All Users`, and the first server
/// administrator. True if it did. It can be done once in a database's life, even if every administrator goes.
pub async fn first_administrator(store: &Store, name: UserName, password: &str) -> Result<bool, Error> {
    passwords::check(password)?;
    let name = accounts::local_name(&name)?;
    if !is_open(store).await? {
        return Ok(false);
    }
    let hash = store.0.passwords.hash(password).await?;
    store
        .write(move |tx| {
            if is_done(tx)? {
                return Ok(false);
            }
            let now = tx.now();
            tx.execute(SET_DONE, values![now.to_string()])?;
            let site_name = "Default".parse().map_err(|_| Error::invalid("the name of the site Default is invalid"))?;
            let site = sites::insert(tx, &sites::NewSite::new(site_name, ContentUrl::default_site()))?;
            let account = accounts::insert(
                tx,
                &NewAccount {
                    name: &name,
                    full_name: name.as_str(),
                    email: "",
                    password_hash: Some(&hash),
                    server_administrator: true,
                },
            )?;
            let role = SiteRole::ServerAdministrator;
            let user = users::insert(tx, site, account, role, &users::Details::default())?;
            audit::record(
                tx,
                By::Nobody(None),
                Done {
                    action: "setup.first_administrator",
                    kind: "user",
                    id: Some(user.to_string()),
                    name: Some(name.as_str()),
                    site: Some(site),
                    ..Done::default()
                },
            )?;
            Ok(true)
        })
        .await
}
