//! Who may do what with users: all of it is here.
//!
//! Server administrators may do everything, but the last of them stays one, and nobody changes their own role. Site
//! administrators manage the users of their site unless its adminMode is `ContentOnly`; they neither make nor touch
//! server administrators, and leave alone what a person has in common with other sites.

use tavola_model::{AdminMode, SiteId, SiteRole};

use super::User;
use crate::{Actor, Conflict, Error, Invalid, Refusal, accounts, sites, sql::Db};

/// Who may add, change and remove users of the actor's site.
pub(crate) fn may_manage(db: &mut Db<'_>, actor: &Actor) -> Result<(), Error> {
    if actor.is_server_administrator() {
        return Ok(());
    }
    actor.require_site_administrator()?;
    match sites::lookup(db, actor.site_id())?.map(|site| site.admin_mode) {
        Some(AdminMode::ContentAndUsers) => Ok(()),
        _ => Err(Error::Forbidden(Refusal::UsersAreNotManagedHere)),
    }
}

/// Who may give a role.
pub(super) fn may_give(actor: &Actor, role: SiteRole) -> Result<(), Error> {
    if !role.may_be_given() {
        Err(Error::Invalid(Invalid::SiteRole(role)))
    } else if role.administers_server() {
        actor.require_server_administrator()
    } else {
        Ok(())
    }
}

/// Whom an actor who manages users may change or remove.
pub(super) fn may_touch(actor: &Actor, user: &User) -> Result<(), Error> {
    if user.server_administrator && !actor.is_server_administrator() {
        Err(Error::Forbidden(Refusal::UserIsServerAdministrator))
    } else {
        Ok(())
    }
}

/// Who may change a user's role to another.
pub(super) fn may_change_role(actor: &Actor, user: &User, role: SiteRole) -> Result<(), Error> {
    if user.account_id == actor.account_id() {
        return Err(Error::Forbidden(Refusal::OwnSiteRole));
    }
    may_give(actor, role)
}

/// Who may change the name, e-mail or password of a user they may touch.
pub(super) fn may_change_account(db: &mut Db<'_>, actor: &Actor, user: &User) -> Result<(), Error> {
    if actor.is_server_administrator() || accounts::count_sites(db, user.account_id)? == 1 {
        Ok(())
    } else {
        Err(Error::Forbidden(Refusal::AccountLivesElsewhere))
    }
}

/// Whether a site has room for one more user of a role.
pub(super) fn has_room(db: &mut Db<'_>, site: SiteId, role: SiteRole) -> Result<(), Error> {
    // Server administrators are on every site, whatever its quota.
    if !role.may_sign_in() || role.administers_server() {
        return Ok(());
    }
    match sites::lookup(db, site)?.and_then(|site| site.user_quota) {
        Some(quota) if super::count_licensed(db, site)? >= quota => Err(Error::Conflict(Conflict::UserQuota(quota))),
        _ => Ok(()),
    }
}
