//! Changing a user.

use std::fmt;

use tavola_model::{AuthSetting, SiteRole, UserId};

use super::{User, demote, find, lookup, promote, rules};
use crate::{
    Actor, Error, Missing, Store, accounts,
    audit::{self, By, Done},
    passwords, scim, sessions,
    sql::{Db, Tx, statements, values},
};

/// What to change of a user: what is none stays as it is.
#[derive(Clone, Default)]
pub struct UserChange {
    /// The name people call them by.
    pub full_name: Option<String>,
    /// The e-mail address; `""` for none.
    pub email: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// The role on the site.
    pub site_role: Option<SiteRole>,
    /// How the user proves who they are.
    pub auth_setting: Option<AuthSetting>,
    /// The user's name at an identity provider.
    pub external_auth_user_id: Option<String>,
    /// Which identity provider.
    pub idp_configuration_id: Option<String>,
    /// The language of the user's pages.
    pub language: Option<String>,
    /// The locale of the user's numbers and dates.
    pub locale: Option<String>,
}

// Not derived: there may be a password in it.
impl fmt::Debug for UserChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            site_role,
            auth_setting,
            full_name,
            email,
            password: _,
            external_auth_user_id,
            idp_configuration_id,
            language,
            locale,
        } = self;
        f.debug_struct("UserChange")
            .field("site_role", site_role)
            .field("auth_setting", auth_setting)
            .field("full_name", full_name)
            .field("email", email)
            .field("external_auth_user_id", external_auth_user_id)
            .field("idp_configuration_id", idp_configuration_id)
            .field("language", language)
            .field("locale", locale)
            .finish_non_exhaustive()
    }
}

statements! {
    UPDATE = "UPDATE users SET site_role = $2, auth_setting = $3, external_auth_user_id = $4, idp_configuration_id = $5, \
        language = $6, locale = $7, updated_at = $8 WHERE id = $1";
}

impl UserChange {
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

    /// The role, if it is another one. Clients send the role along with every change.
    fn new_role(&self, user: &User) -> Option<SiteRole> {
        self.site_role.filter(|role| *role != user.site_role)
    }

    fn new_full_name(&self, user: &User) -> Option<&str> {
        self.full_name.as_deref().filter(|name| *name != user.full_name)
    }

    /// Whether it changes what an identity provider says of a user.
    fn is_about_identity(&self, user: &User) -> bool {
        self.new_role(user).is_some()
            || self.new_full_name(user).is_some()
            || self.new_email(user).is_some()
            || self.auth_setting.is_some_and(|setting| setting != user.auth_setting)
            || self.external_auth_user_id.as_ref().is_some_and(|id| *id != user.external_auth_user_id)
            || self.idp_configuration_id.as_ref().is_some_and(|id| *id != user.idp_configuration_id)
    }

    fn new_email(&self, user: &User) -> Option<&str> {
        self.email.as_deref().filter(|email| *email != user.email)
    }
}

/// Changes a user of the actor's site.
///
/// A new password ends the person's sessions, but not the one it is changed in; a role that may not sign in ends the
/// user's sessions on the site.
pub async fn update(store: &Store, actor: &Actor, id: UserId, change: UserChange) -> Result<User, Error> {
    change.check()?;
    let actor = actor.clone();
    let password_hash = match change.password.clone() {
        Some(password) => {
            // Nobody hashes here who may not change the password anyway.
            let (actor, change) = (actor.clone(), change.clone());
            store.scan(move |db| permitted(db, &actor, id, &change).map(drop)).await?;
            Some(store.0.passwords.hash(&password).await?)
        }
        None => None,
    };
    store.write(move |tx| update_now(tx, &actor, id, &change, password_hash.as_deref())).await
}

/// The user as it is, if the actor may change it so.
fn permitted(db: &mut Db<'_>, actor: &Actor, id: UserId, change: &UserChange) -> Result<User, Error> {
    let user = find(db, actor, id)?;
    rules::may_manage(db, actor)?;
    rules::may_touch(actor, &user)?;
    if let Some(role) = change.new_role(&user) {
        rules::may_change_role(actor, &user, role)?;
    }
    if change.is_about_identity(&user) {
        scim::require_free_user(db, actor, id)?;
    }
    if change.password.is_some() || change.new_full_name(&user).is_some() || change.new_email(&user).is_some() {
        rules::may_change_account(db, actor, &user)?;
    }
    Ok(user)
}

pub(crate) fn update_now(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: UserId,
    change: &UserChange,
    password_hash: Option<&str>,
) -> Result<User, Error> {
    let user = permitted(tx, actor, id, change)?;
    let mut changed = Vec::new();
    let mut ended = 0;

    if let Some(full_name) = change.new_full_name(&user) {
        accounts::set_full_name(tx, user.account_id, full_name)?;
        changed.push("full name".to_owned());
    }
    if let Some(email) = change.new_email(&user) {
        accounts::set_email(tx, user.account_id, email)?;
        changed.push("e-mail".to_owned());
    }
    if let Some(hash) = password_hash {
        accounts::set_password(tx, user.account_id, hash)?;
        ended += sessions::end_of_account(tx, user.account_id, actor.session_id())?;
        changed.push("password".to_owned());
    }
    if let Some(role) = change.new_role(&user) {
        if !user.site_role.may_sign_in() {
            rules::has_room(tx, user.site_id, role)?;
        }
        if role.administers_server() {
            promote(tx, user.account_id)?;
        } else if user.server_administrator {
            ended += demote(tx, user.account_id, user.site_id)?;
            // Whom they impersonated, they did as the server administrator they were.
            ended += sessions::end_impersonated_by(tx, user.id)?;
        }
        if !role.may_sign_in() {
            ended += sessions::end_of_user(tx, user.id)?;
        }
        changed.push(format!("site role {role} instead of {}", user.site_role));
    }
    let now = tx.now();
    let details = [
        (&change.external_auth_user_id, &user.external_auth_user_id),
        (&change.idp_configuration_id, &user.idp_configuration_id),
        (&change.language, &user.language),
        (&change.locale, &user.locale),
    ];
    if change.auth_setting.is_some_and(|setting| setting != user.auth_setting)
        || details.iter().any(|(new, old)| new.as_ref().is_some_and(|new| new != *old))
    {
        changed.push("details".to_owned());
    }
    if change.auth_setting.is_some_and(|setting| setting != user.auth_setting)
        || details[..2].iter().any(|(new, old)| new.as_ref().is_some_and(|new| new != *old))
    {
        // Who they are at which provider was what let them in.
        ended += sessions::end_of_user_at_providers(tx, user.id)?;
    }
    let [external_auth_user_id, idp_configuration_id, language, locale] =
        details.map(|(new, old)| new.as_ref().unwrap_or(old));
    if changed.is_empty() {
        return Ok(user);
    }
    if ended > 0 {
        changed.push(format!("{ended} of their sessions ended"));
    }
    tx.execute(
        UPDATE,
        values![
            id,
            change.site_role.unwrap_or(user.site_role),
            change.auth_setting.unwrap_or(user.auth_setting),
            external_auth_user_id,
            idp_configuration_id,
            language,
            locale,
            now,
        ],
    )?;
    audit::record(
        tx,
        By::Actor(actor),
        Done {
            action: "user.update",
            kind: "user",
            id: Some(id.to_string()),
            name: Some(&user.name),
            detail: Some(changed.join(", ")),
            site: Some(user.site_id),
        },
    )?;
    lookup(tx, user.site_id, id)?.ok_or_else(|| Error::NotFound(Missing::User(id.to_string())))
}
