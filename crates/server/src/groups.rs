//! Groups of users, and who is in them.

use tavola_api::{
    Count, ErrorCode, Fields, NoBody, Pagination, Word,
    domains::Domain,
    groups::{self as wire, AddUsers, AddedUsers, Group, GroupMessage, GroupPage, Groups, Import},
    users::{UserPage, Users, UsersMessage},
};
use tavola_model::{GroupId, GroupName, Page, SiteRole, UserId};
use tavola_store::{
    List,
    groups::{self, GroupChange, NewGroup},
};

use crate::{
    call::{Call, Context, require_same_id},
    error::Error,
    router::{Answer, Routes},
    sites::known,
    users,
};

/// The domain of all groups: the server's own.
const LOCAL: &str = "local";

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::LIST, list);
    routes.on(wire::CREATE, create);
    routes.on(wire::UPDATE, update);
    routes.on(wire::DELETE, delete);
    routes.on(wire::USERS, list_users);
    routes.on(wire::ADD_USERS, add_users);
    routes.on(wire::REMOVE_USER, remove_user);
    routes.on(wire::REMOVE_USERS, remove_users);
}

fn group(context: &Context) -> Result<GroupId, Error> {
    context.id(1, Error::group_not_found)
}

async fn list(call: Call<NoBody>) -> Result<GroupPage, Error> {
    let query = call.context.list()?;
    let mut fields = call.context.fields();
    if call.context.query.flag("includeUserCount")? {
        fields = fields.and("userCount");
    }
    let list = groups::list(&call.context.store, &call.actor, &query).await?;
    Ok(page_message(query.page, list, &fields))
}

async fn create(call: Call<GroupMessage>) -> Result<Answer<GroupMessage>, Error> {
    let asked = asked(call.body.group, &call.context)?;
    let new = NewGroup {
        name: asked.name.ok_or_else(|| Error::bad_request("a group needs a name"))?,
        minimum_site_role: asked.minimum_site_role,
        external_user_enabled: asked.external_user_enabled.unwrap_or_default(),
    };
    let record = groups::create(&call.context.store, &call.actor, new).await?;
    let location = call.context.location(&call.actor, "groups", record.id);
    Ok(Answer::at(GroupMessage { group: message(record, &Fields::default()) }, location))
}

async fn update(call: Call<GroupMessage>) -> Result<GroupMessage, Error> {
    let id = group(&call.context)?;
    require_same_id(call.body.group.id.as_ref(), id, "group")?;
    let Asked { name, minimum_site_role, external_user_enabled } = asked(call.body.group, &call.context)?;
    let change = GroupChange { name, minimum_site_role, external_user_enabled };
    let record = groups::update(&call.context.store, &call.actor, id, change).await?;
    Ok(GroupMessage { group: message(record, &Fields::default()) })
}

async fn delete(call: Call<NoBody>) -> Result<NoBody, Error> {
    groups::delete(&call.context.store, &call.actor, group(&call.context)?).await?;
    Ok(NoBody)
}

async fn list_users(call: Call<NoBody>) -> Result<UserPage, Error> {
    let query = call.context.list()?;
    let fields = call.context.fields();
    let list = groups::users(&call.context.store, &call.actor, group(&call.context)?, &query).await?;
    Ok(UserPage {
        pagination: Pagination::of(query.page, list.total),
        users: Users { user: list.items.into_iter().map(|user| users::message(user, &fields)).collect() },
    })
}

async fn add_users(call: Call<AddUsers>) -> Result<AddedUsers, Error> {
    let id = group(&call.context)?;
    let (store, actor) = (&call.context.store, &call.actor);
    match call.body {
        AddUsers { user: Some(user), users: None } => {
            let added = groups::add_user(store, actor, id, users::id(&user)?).await?;
            Ok(AddedUsers { user: Some(users::message(added, &Fields::default())), ..AddedUsers::default() })
        }
        AddUsers { user: None, users: Some(users) } => {
            let added = groups::add_users(store, actor, id, users::ids(&users)?).await?;
            let count = Count(added.len() as u64);
            let user = added.into_iter().map(|user| users::message(user, &Fields::default())).collect();
            Ok(AddedUsers {
                user: None,
                pagination: Some(Pagination { page_number: Count(1), page_size: count, total_available: count }),
                users: Some(Users { user }),
            })
        }
        _ => Err(Error::bad_request("the message names one `user`, or many in `users`")),
    }
}

async fn remove_user(call: Call<NoBody>) -> Result<NoBody, Error> {
    let user: UserId = call.context.id(2, Error::user_not_found)?;
    groups::remove_user(&call.context.store, &call.actor, group(&call.context)?, user).await?;
    Ok(NoBody)
}

async fn remove_users(call: Call<UsersMessage>) -> Result<NoBody, Error> {
    let users = users::ids(&call.body.users)?;
    groups::remove_users(&call.context.store, &call.actor, group(&call.context)?, users).await?;
    Ok(NoBody)
}

/// What a request says of a group.
struct Asked {
    name: Option<GroupName>,
    minimum_site_role: Option<SiteRole>,
    external_user_enabled: Option<bool>,
}

fn asked(group: Group, context: &Context) -> Result<Asked, Error> {
    let Group {
        id: _,
        name,
        minimum_site_role,
        external_user_enabled,
        ephemeral_users_enabled,
        user_count: _,
        domain: _,
        import,
    } = group;
    // Only imports are long enough to be jobs, and there are none.
    context.query.flag("asJob")?;
    if let Some(Import { source, domain_name, grant_license_mode: _, site_role }) = import {
        if source.is_none() || domain_name.is_none() || site_role.is_none() {
            let detail = "an import needs `source`, `domainName` and `siteRole`";
            return Err(Error::new(ErrorCode::BROKEN_UPLOAD, detail));
        }
        let detail = "groups are the server's own: there is no Active Directory to import one from";
        return Err(Error::new(ErrorCode::NO_DIRECTORY, detail));
    }
    Ok(Asked {
        name: name.map(|name| name.parse()).transpose()?,
        minimum_site_role: known(minimum_site_role, "minimumSiteRole", ErrorCode::INVALID_SITE_ROLE)?,
        external_user_enabled: external_user_enabled.or(ephemeral_users_enabled),
    })
}

/// A page of groups.
pub(crate) fn page_message(page: Page, list: List<groups::Group>, fields: &Fields) -> GroupPage {
    GroupPage {
        pagination: Pagination::of(page, list.total),
        groups: Groups { group: list.items.into_iter().map(|group| message(group, fields)).collect() },
    }
}

fn message(record: groups::Group, fields: &Fields) -> Group {
    let groups::Group { id, name, minimum_site_role, external_user_enabled, all_users: _, user_count } = record;
    // Published clients read the role here alone.
    let import = minimum_site_role.map(|role| Import {
        source: Some("ActiveDirectory".to_owned()),
        domain_name: Some(LOCAL.to_owned()),
        grant_license_mode: Some("onLogin".to_owned()),
        site_role: Some(Word::Known(role)),
    });
    let count = user_count.and_then(|count| u64::try_from(count).ok()).map(Count);
    Group {
        id: fields.keep_default("id", Some(Word::Known(id))),
        name: fields.keep_default("name", Some(name)),
        minimum_site_role: fields.keep_default("minimumSiteRole", minimum_site_role.map(Word::Known)),
        external_user_enabled: fields.keep_default("externalUserEnabled", Some(external_user_enabled)),
        ephemeral_users_enabled: None,
        user_count: fields.keep_extra("userCount", count),
        domain: fields.keep_default("domain", Some(Domain { name: Some(LOCAL.to_owned()), ..Domain::default() })),
        import: fields.keep_default("import", import),
    }
}
