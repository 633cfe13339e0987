//! Accounts: the persons behind the users of the sites. Only the rooms of users, sites and sessions come here.

use tavola_model::{AccountId, UserName};

use crate::{
    Error, Missing, Refusal, random,
    sql::{Db, Tx, statements, values},
};

/// The server's own domain.
pub(crate) const LOCAL: &str = "local";

statements! {
    FIND_BY_NAME = "SELECT id, password_hash FROM accounts WHERE name_key = $1";
    INSERT = "INSERT INTO accounts (id, name, name_key, domain, full_name, email, password_hash, server_administrator, \
        created_at, updated_at) VALUES ($1, $2, $3, 'local', $4, $5, $6, $7, $8, $8)";
    SET_FULL_NAME = "UPDATE accounts SET full_name = $2, updated_at = $3 WHERE id = $1";
    SET_EMAIL = "UPDATE accounts SET email = $2, updated_at = $3 WHERE id = $1";
    SET_PASSWORD = "UPDATE accounts SET password_hash = $2, updated_at = $3 WHERE id = $1";
    SET_SERVER_ADMINISTRATOR = "UPDATE accounts SET server_administrator = $2, updated_at = $3 WHERE id = $1";
    OTHER_SERVER_ADMINISTRATORS =
        "SELECT COUNT(*) FROM accounts WHERE server_administrator = 1 AND id <> $1";
    COUNT_SITES = "SELECT COUNT(*) FROM users WHERE account_id = $1";
    DELETE_WITHOUT_USERS = "DELETE FROM accounts WHERE server_administrator = 0 \
        AND NOT EXISTS (SELECT 1 FROM users WHERE users.account_id = accounts.id)";
    DELETE_IF_WITHOUT_USERS = "DELETE FROM accounts WHERE id = $1 AND server_administrator = 0 \
        AND NOT EXISTS (SELECT 1 FROM users WHERE users.account_id = accounts.id)";
}

/// What the rooms need to know of an account.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub id: AccountId,
    pub password_hash: Option<String>,
}

/// A person to become an account.
#[derive(Debug, Clone)]
pub(crate) struct NewAccount<'n> {
    pub name: &'n UserName,
    pub full_name: &'n str,
    pub email: &'n str,
    pub password_hash: Option<&'n str>,
    pub server_administrator: bool,
}

/// `local\name` and `name` are the same user's.
pub(crate) fn without_local_domain(name: &str) -> &str {
    match name.split_once('\\') {
        Some((domain, name)) if domain.eq_ignore_ascii_case(LOCAL) => name,
        _ => name,
    }
}

/// The name of a user to add, without the domain `local`; there are no other domains.
pub(crate) fn local_name(name: &UserName) -> Result<UserName, Error> {
    let plain = without_local_domain(name.as_str());
    match plain.split_once('\\') {
        Some((domain, _)) => Err(Error::NotFound(Missing::Domain(domain.to_owned()))),
        None => plain.parse().map_err(|error: tavola_model::InvalidName| Error::invalid(error.to_string())),
    }
}

/// The key under which a person who signs in is looked up.
pub(crate) fn key(name: &str) -> String {
    without_local_domain(name.trim()).trim().to_lowercase()
}

pub(crate) fn find_by_key(db: &mut Db<'_>, key: &str) -> Result<Option<Account>, Error> {
    let row = db.query_opt(FIND_BY_NAME, values![key])?;
    row.map(|mut row| Ok(Account { id: row.take()?, password_hash: row.take()? })).transpose()
}

pub(crate) fn insert(tx: &mut Tx<'_>, new: &NewAccount<'_>) -> Result<AccountId, Error> {
    let id = AccountId::from_random_bytes(random::bytes());
    let now = tx.now();
    tx.execute(
        INSERT,
        values![
            id,
            new.name,
            new.name.key(),
            new.full_name,
            new.email,
            new.password_hash,
            new.server_administrator,
            now
        ],
    )?;
    Ok(id)
}

pub(crate) fn set_full_name(tx: &mut Tx<'_>, id: AccountId, full_name: &str) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(SET_FULL_NAME, values![id, full_name, now]).map(drop)
}

pub(crate) fn set_email(tx: &mut Tx<'_>, id: AccountId, email: &str) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(SET_EMAIL, values![id, email, now]).map(drop)
}

pub(crate) fn set_password(tx: &mut Tx<'_>, id: AccountId, hash: &str) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(SET_PASSWORD, values![id, hash, now]).map(drop)
}

pub(crate) fn set_server_administrator(tx: &mut Tx<'_>, id: AccountId, yes: bool) -> Result<(), Error> {
    let now = tx.now();
    tx.execute(SET_SERVER_ADMINISTRATOR, values![id, yes, now]).map(drop)
}

/// Refuses to leave the server without an administrator.
pub(crate) fn require_another_server_administrator(db: &mut Db<'_>, than: AccountId) -> Result<(), Error> {
    let others: i64 = db.query_one(OTHER_SERVER_ADMINISTRATORS, values![than])?.take()?;
    if others == 0 { Err(Error::Forbidden(Refusal::LastServerAdministrator)) } else { Ok(()) }
}

/// On how many sites the person is a user.
pub(crate) fn count_sites(db: &mut Db<'_>, id: AccountId) -> Result<i64, Error> {
    db.query_one(COUNT_SITES, values![id])?.take()
}

/// Deletes every account that is on no site any more.
pub(crate) fn delete_without_users(tx: &mut Tx<'_>) -> Result<(), Error> {
    tx.execute(DELETE_WITHOUT_USERS, &[]).map(drop)
}

/// Deletes this account if it is on no site any more.
pub(crate) fn delete_if_without_users(tx: &mut Tx<'_>, id: AccountId) -> Result<(), Error> {
    tx.execute(DELETE_IF_WITHOUT_USERS, values![id]).map(drop)
}

/// Refuses a text that cannot be stored: too long, or with control characters in it.
pub(crate) fn check_text(what: &str, text: &str) -> Result<(), Error> {
    if text.chars().count() > 255 {
        Err(Error::invalid(format!("the {what} must not be longer than 255 characters")))
    } else if text.chars().any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')) {
        Err(Error::invalid(format!("the {what} must not hold control characters")))
    } else {
        Ok(())
    }
}

/// The same for each of several texts that are there.
pub(crate) fn check_texts(texts: &[(&str, &Option<String>)]) -> Result<(), Error> {
    texts.iter().try_for_each(|(what, text)| text.as_deref().map_or(Ok(()), |text| check_text(what, text)))
}

/// Refuses what is not an e-mail address; none at all is fine.
pub(crate) fn check_email(email: &str) -> Result<(), Error> {
    check_text("e-mail address", email)?;
    let (local, host) = email.rsplit_once('@').unwrap_or_default();
    if email.is_empty() || (!local.is_empty() && !host.is_empty() && !email.contains(char::is_whitespace)) {
        Ok(())
    } else {
        Err(Error::invalid(format!("`{email}` is not an e-mail address")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_domain_local_makes_no_other_user() {
        assert_eq!(key("Ann"), "ann");
        assert_eq!(key(r" LOCAL\Ann "), "ann");
        assert_eq!(key(r"corp\Ann"), r"corp\ann");
        let name = local_name(&r"local\Ann".parse().unwrap()).unwrap();
        assert_eq!(name.as_str(), "Ann");
        assert!(matches!(local_name(&r"corp\Ann".parse().unwrap()), Err(Error::NotFound(Missing::Domain(_)))));
    }

    #[test]
    fn an_email_address_has_two_parts_or_is_absent() {
        for good in ["", "ann@example.org", "ann+x@localhost"] {
            assert!(check_email(good).is_ok(), "{good}");
        }
        for bad in ["ann", "@example.org", "ann@", "ann b@example.org", "ann@exa\0mple.org"] {
            assert!(check_email(bad).is_err(), "{bad}");
        }
    }
}
