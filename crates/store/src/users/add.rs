//! Adding a user to a site.

use tavola_model::{AuthSetting, SiteRole, UserName};

use super::{Details, User, insert, lookup, lookup_account, promote, rules};
use crate::{
    Actor, Error, Missing, Store, Taken,
    accounts::{self, NewAccount},
    audit::{self, By, Done},
    passwords, sessions,
    sql::Tx,
};

/// A user to add to the actor's site.
#[derive(Clone)]
pub struct NewUser {
    /// The name to sign in with; `local\name` and `name` are the same.
    pub name: UserName,
    /// The role on the site.
    pub site_role: SiteRole,
    /// How the user proves who they are; `ServerDefault` if not given.
    pub auth_setting: Option<AuthSetting>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The name people call them by; the name if not given.
    pub full_name: Option<String>,
    /// The password; without one the user cannot sign in with a password.
    pub password: Option<String>,
    /// The user's name at an identity provider.
    pub external_auth_user_id: Option<String>,
    /// Which identity provider.
    pub idp_configuration_id: Option<String>,
    /// The language of the user's pages.
    pub language: Option<String>,
    /// The locale of the user's numbers and dates.
    pub locale: Option<String>,
}

impl NewUser {
    /// A user of whom no more is known than name and role.
    pub fn new(name: UserName, site_role: SiteRole) -> Self {
        Self {
            name,
            site_role,
            auth_setting: None,
            email: None,
            full_name: None,
            password: None,
            external_auth_user_id: None,
            idp_configuration_id: None,
            language: None,
            locale: None,
        }
    }

    pub(super) fn check(&self) -> Result<(), Error> {
        self.password.as_deref().map_or(Ok(()), passwords::check)?;
        self.email.as_deref().map_or(Ok(()), accounts::check_email)?;
        accounts::check_texts(&[
            ("full name", &self.full_name),
            ("externalAuthUserId", &self.external_auth_user_id),
            ("idpConfigurationId", &self.idp_configuration_id),
            ("language", &self.language),
            ("locale", &self.locale),
        ])
    }
}

/// Adds a user to the actor's site, and to its group `All Users`.
///
/// A person who has an account, from another site, keeps it: full name, e-mail and password sent then change it only if
/// the actor is a server administrator.
pub async fn add(store: &Store, actor: &Actor, new: NewUser) -> Result<User, Error> {
    new.check()?;
    let new = NewUser { name: accounts::local_name(&new.name)?, ..new };
    rules::may_give(actor, new.site_role)?;
    let before = actor.clone();
    store.read(move |db| rules::may_manage(db, &before)).await?;
    let password_hash = match &new.password {
        Some(password) => Some(store.0.passwords.hash(password).await?),
        None => None,
    };
    let actor = actor.clone();
    store.write(move |tx| add_now(tx, &actor, &new, password_hash.as_deref())).await
}

pub(crate) fn add_now(
    tx: &mut Tx<'_>,
    actor: &Actor,
    new: &NewUser,
    password_hash: Option<&str>,
) -> Result<User, Error> {
    let site = actor.site_id();
    rules::may_manage(tx, actor)?;
    let account = match accounts::find_by_key(tx, &new.name.key())? {
        Some(account) => {
            if lookup_account(tx, site, account.id)?.is_some() {
                return Err(Error::AlreadyExists(Taken::UserOnSite(new.name.to_string())));
            }
            if actor.is_server_administrator() {
                if let Some(full_name) = &new.full_name {
                    accounts::set_full_name(tx, account.id, full_name)?;
                }
                if let Some(email) = &new.email {
                    accounts::set_email(tx, account.id, email)?;
                }
                if let Some(hash) = password_hash {
                    accounts::set_password(tx, account.id, hash)?;
                    sessions::end_of_account(tx, account.id, actor.session_id())?;
                }
            }
            account.id
        }
        None => accounts::insert(
            tx,
            &NewAccount {
                name: &new.name,
                full_name: new.full_name.as_deref().filter(|name| !name.is_empty()).unwrap_or(new.name.as_str()),
                email: new.email.as_deref().unwrap_or_default(),
                password_hash,
                server_administrator: false,
            },
        )?,
    };
    rules::has_room(tx, site, new.site_role)?;
    let details = Details {
        auth_setting: new.auth_setting,
        external_auth_user_id: new.external_auth_user_id.clone().unwrap_or_default(),
        idp_configuration_id: new.idp_configuration_id.clone().unwrap_or_default(),
        language: new.language.clone().unwrap_or_default(),
        locale: new.locale.clone().unwrap_or_default(),
    };
    let id = insert(tx, site, account, new.site_role, &details)?;
    if new.site_role.administers_server() {
        promote(tx, account)?;
    }
    let user = lookup(tx, site, id)?.ok_or_else(|| Error::NotFound(Missing::User(id.to_string())))?;
    audit::record(
        tx,
        By::Actor(actor),
        Done {
            action: "user.add",
            kind: "user",
            id: Some(id.to_string()),
            name: Some(&user.name),
            detail: Some(format!("site role {}", user.site_role)),
            site: Some(site),
        },
    )?;
    Ok(user)
}
