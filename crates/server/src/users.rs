//! Users of a site.

use std::collections::HashMap;

use tavola_api::{
    ErrorCode, Fields, NoBody, Pagination, Secret, Upload, Word,
    domains::Domain,
    groups::{Group, GroupPage, Groups},
    jobs::JobMessage,
    users::{self as wire, ImportUsers, User, UserMessage, UserPage, Users},
};
use tavola_model::UserId;
use tavola_store::{
    groups,
    users::{self, NewUser, SignInWay, SignInWays, UserChange},
};

use crate::{
    call::{Call, Context, require_same_id},
    error::Error,
    items, jobs,
    router::{Answer, Routes},
    sites::known,
};

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::LIST, list);
    routes.on(wire::ADD, add);
    routes.on(wire::GET, get);
    routes.on(wire::UPDATE, update);
    routes.on(wire::REMOVE, remove);
    routes.on(wire::GROUPS, groups_of_user);
    routes.upload(wire::IMPORT_CSV, import_csv);
    routes.upload(wire::CHECK_CSV, check_csv);
    routes.upload(wire::REMOVE_CSV, remove_csv);
}

fn user(context: &Context) -> Result<UserId, Error> {
    context.id(1, Error::user_not_found)
}

async fn list(call: Call<NoBody>) -> Result<UserPage, Error> {
    let query = call.context.list()?;
    let fields = call.context.fields();
    let includes_groups = call.context.query.flag("includeGroups")?;
    let list = users::list(&call.context.store, &call.actor, &query).await?;
    let mut groups = if includes_groups {
        let ids = list.items.iter().map(|user| user.id).collect();
        groups::of_users(&call.context.store, &call.actor, ids).await?
    } else {
        HashMap::new()
    };
    let with_groups = |record: users::User| {
        let groups = groups.remove(&record.id);
        User { groups: groups.map(groups_message), ..message(record, &fields) }
    };
    Ok(UserPage {
        pagination: Pagination::of(query.page, list.total),
        users: Users { user: list.items.into_iter().map(with_groups).collect() },
    })
}

/// The groups of a user in a list: the schema has less of each there.
fn groups_message(groups: Vec<groups::Group>) -> Groups {
    let group = groups.into_iter().map(|group| Group {
        id: Some(Word::Known(group.id)),
        name: Some(group.name),
        minimum_site_role: group.minimum_site_role.map(Word::Known),
        ..Group::default()
    });
    Groups { group: group.collect() }
}

async fn add(call: Call<UserMessage>) -> Result<Answer<UserMessage>, Error> {
    let User {
        id: _,
        name,
        site_role,
        auth_setting,
        full_name,
        email,
        password,
        last_login: _,
        external_auth_user_id,
        idp_configuration_id,
        language,
        locale,
        domain: _,
        groups: _,
    } = call.body.user;
    let name = name.ok_or_else(|| Error::bad_request("a user needs a name"))?;
    if name.eq_ignore_ascii_case("guest") {
        return Err(Error::new(ErrorCode::GUEST, "the user Guest cannot be added"));
    }
    let new = NewUser {
        name: name.parse()?,
        site_role: known(site_role, "siteRole", ErrorCode::INVALID_SITE_ROLE)?
            .ok_or_else(|| Error::bad_request("a user needs a siteRole"))?,
        auth_setting: known(auth_setting, "authSetting", ErrorCode::INVALID_SITE_ROLE)?,
        full_name,
        email,
        password: password.map(secret),
        external_auth_user_id,
        idp_configuration_id,
        language,
        locale,
    };
    let record = users::add(&call.context.store, &call.actor, new).await?;
    let location = call.context.location(&call.actor, "users", record.id);
    Ok(Answer::at(UserMessage { user: message(record, &Fields::default()) }, location))
}

async fn get(call: Call<NoBody>) -> Result<UserMessage, Error> {
    let record = users::get(&call.context.store, &call.actor, user(&call.context)?).await?;
    Ok(UserMessage { user: message(record, &Fields::parse(Some("_all_"))) })
}

async fn update(call: Call<UserMessage>) -> Result<UserMessage, Error> {
    let id = user(&call.context)?;
    let User {
        id: named,
        name: _,
        site_role,
        auth_setting,
        full_name,
        email,
        password,
        last_login: _,
        external_auth_user_id,
        idp_configuration_id,
        language,
        locale,
        domain: _,
        groups: _,
    } = call.body.user;
    require_same_id(named.as_ref(), id, "user")?;
    let change = UserChange {
        site_role: known(site_role, "siteRole", ErrorCode::INVALID_SITE_ROLE)?,
        auth_setting: known(auth_setting, "authSetting", ErrorCode::INVALID_SITE_ROLE)?,
        full_name,
        email,
        password: password.map(secret),
        external_auth_user_id,
        idp_configuration_id,
        language,
        locale,
    };
    let record = users::update(&call.context.store, &call.actor, id, change).await?;
    Ok(UserMessage { user: message(record, &Fields::parse(Some("_all_"))) })
}

async fn remove(call: Call<NoBody>) -> Result<NoBody, Error> {
    let heir = match call.context.query.get("mapAssetsTo") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| Error::user_not_found(text))?),
    };
    users::remove(&call.context.store, &call.actor, user(&call.context)?, heir).await?;
    Ok(NoBody)
}

async fn groups_of_user(call: Call<NoBody>) -> Result<GroupPage, Error> {
    let page = call.context.page()?;
    let list = groups::of_user(&call.context.store, &call.actor, user(&call.context)?, page).await?;
    Ok(crate::groups::page_message(page, list, &Fields::default()))
}

async fn import_csv(call: Call<Upload<ImportUsers>>) -> Result<JobMessage, Error> {
    let ways = sign_in_ways(call.body.message)?;
    let job = users::import_csv(&call.context.store, &call.actor, call.body.file, ways).await?;
    Ok(jobs::message(job))
}

async fn check_csv(call: Call<Upload<ImportUsers>>) -> Result<JobMessage, Error> {
    let ways = sign_in_ways(call.body.message)?;
    let job = users::check_csv(&call.context.store, &call.actor, call.body.file, ways).await?;
    Ok(jobs::message(job))
}

fn sign_in_ways(message: Option<ImportUsers>) -> Result<SignInWays, Error> {
    let mut ways = SignInWays::default();
    for user in message.unwrap_or_default().user {
        let way = SignInWay {
            auth_setting: known(user.auth_setting, "authSetting", ErrorCode::INVALID_SITE_ROLE)?,
            idp_configuration_id: user.idp_configuration_id,
        };
        ways.set(user.name.as_deref(), way);
    }
    Ok(ways)
}

async fn remove_csv(call: Call<Upload<NoBody>>) -> Result<JobMessage, Error> {
    let job = users::remove_csv(&call.context.store, &call.actor, call.body.file).await?;
    Ok(jobs::message(job))
}

fn secret(secret: Secret) -> String {
    secret.expose().to_owned()
}

/// The ids of the users that a message names.
pub(crate) fn ids(users: &Users) -> Result<Vec<UserId>, Error> {
    if users.user.is_empty() {
        return Err(Error::bad_request("there are no users in the message"));
    }
    users.user.iter().map(id).collect()
}

/// The id of the user that a message names.
pub(crate) fn id(user: &User) -> Result<UserId, Error> {
    items::owner_id(Some(user))?.ok_or_else(|| Error::bad_request("a user is named by an id"))
}

pub(crate) fn message(record: users::User, fields: &Fields) -> User {
    let users::User {
        id,
        site_id: _,
        account_id: _,
        name,
        domain,
        full_name,
        email,
        site_role,
        auth_setting,
        external_auth_user_id,
        idp_configuration_id,
        language,
        locale,
        last_login,
        created_at: _,
        updated_at: _,
        server_administrator: _,
    } = record;
    // A text nobody gave is left out.
    let given = |text: String| Some(text).filter(|text| !text.is_empty());
    User {
        id: fields.keep_default("id", Some(Word::Known(id))),
        name: fields.keep_default("name", Some(name)),
        site_role: fields.keep_default("siteRole", Some(site_role.into())),
        auth_setting: fields.keep_default("authSetting", Some(auth_setting.into())),
        full_name: fields.keep_extra("fullName", Some(full_name)),
        email: fields.keep_extra("email", given(email)),
        password: None,
        last_login: fields.keep_default("lastLogin", last_login),
        external_auth_user_id: fields.keep_default("externalAuthUserId", Some(external_auth_user_id)),
        idp_configuration_id: fields.keep_extra("idpConfigurationId", given(idp_configuration_id)),
        language: fields.keep_default("language", given(language)),
        locale: fields.keep_default("locale", given(locale)),
        domain: fields.keep_default("domain", Some(Domain { name: Some(domain), ..Domain::default() })),
        groups: None,
    }
}
