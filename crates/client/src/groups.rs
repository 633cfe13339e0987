//! Groups of the site signed in to, and who is in them.

use tavola_api::{
    groups::{
        ADD_USERS, AddUsers, CREATE, DELETE, Group, GroupMessage, LIST, REMOVE_USER, REMOVE_USERS, UPDATE, USERS,
    },
    users::{User, Users, UsersMessage},
};
use tavola_model::{GroupId, UserId};

use crate::{Client, Error, ItemPage, ListOptions, PathValue, list};

/// The methods about groups, by [`Client::groups`].
#[derive(Debug, Clone, Copy)]
pub struct GroupsRoom<'a>(&'a Client);

impl Client {
    /// The methods about groups of the site signed in to.
    pub fn groups(&self) -> GroupsRoom<'_> {
        GroupsRoom(self)
    }
}

impl GroupsRoom<'_> {
    /// “Query Groups”, a page.
    pub async fn list(&self, options: &ListOptions) -> Result<ItemPage<Group>, Error> {
        let query = options.query()?;
        let page = self.0.call(&LIST, &[PathValue::SessionSite], &list::borrowed(&query), None).await?;
        Ok(ItemPage { items: page.groups.group, pagination: page.pagination })
    }

    /// “Query Groups”, all of them.
    pub async fn list_all(&self, options: &ListOptions) -> Result<Vec<Group>, Error> {
        let fetch = |options: ListOptions| async move { self.list(&options).await };
        list::everything(options, fetch, |group: &Group| group.id.as_ref().map(ToString::to_string)).await
    }

    /// “Create Group”: needs a name.
    pub async fn create(&self, group: &Group) -> Result<Group, Error> {
        let body = GroupMessage { group: group.clone() };
        self.0.call(&CREATE, &[PathValue::SessionSite], &[], Some(&body)).await.map(|answer| answer.group)
    }

    /// “Update Group”: what is `None` stays as it is. The reference wants the name with every change.
    pub async fn update(&self, id: GroupId, changes: &Group) -> Result<Group, Error> {
        let body = GroupMessage { group: changes.clone() };
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        self.0.call(&UPDATE, &path, &[], Some(&body)).await.map(|answer| answer.group)
    }

    /// “Delete Group”. Its users stay on the site.
    pub async fn delete(&self, id: GroupId) -> Result<(), Error> {
        self.0.call(&DELETE, &[PathValue::SessionSite, PathValue::Of(&id)], &[], None).await.map(drop)
    }

    /// “Get Users in Group”, a page. Real servers know no filters and no order here.
    pub async fn users(&self, id: GroupId, options: &ListOptions) -> Result<ItemPage<User>, Error> {
        let query = options.query()?;
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        let page = self.0.call(&USERS, &path, &list::borrowed(&query), None).await?;
        Ok(ItemPage { items: page.users.user, pagination: page.pagination })
    }

    /// “Get Users in Group”, all of them.
    pub async fn users_all(&self, id: GroupId, options: &ListOptions) -> Result<Vec<User>, Error> {
        let fetch = |options: ListOptions| async move { self.users(id, &options).await };
        list::everything(options, fetch, |user: &User| user.id.as_ref().map(ToString::to_string)).await
    }

    /// “Add User to Group”.
    pub async fn add_user(&self, id: GroupId, user: UserId) -> Result<User, Error> {
        let body = AddUsers { user: Some(named(user)), users: None };
        let answer = self.0.call(&ADD_USERS, &[PathValue::SessionSite, PathValue::Of(&id)], &[], Some(&body)).await?;
        let method = ADD_USERS.about.name;
        answer.user.ok_or_else(|| Error::invalid(format!("the answer to `{method}` tells nothing of the user")))
    }

    /// “Add User to Group” for many at once, which servers know from API 3.21 on.
    pub async fn add_users(&self, id: GroupId, users: &[UserId]) -> Result<Vec<User>, Error> {
        let body = AddUsers { user: None, users: Some(all_named(users)) };
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        let answer = self.0.call(&ADD_USERS, &path, &[], Some(&body)).await?;
        Ok(answer.users.unwrap_or_default().user)
    }

    /// “Remove User from Group”.
    pub async fn remove_user(&self, id: GroupId, user: UserId) -> Result<(), Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id), PathValue::Of(&user)];
        self.0.call(&REMOVE_USER, &path, &[], None).await.map(drop)
    }

    /// “Remove Users from Group”, many at once.
    pub async fn remove_users(&self, id: GroupId, users: &[UserId]) -> Result<(), Error> {
        let body = UsersMessage { users: all_named(users) };
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        self.0.call(&REMOVE_USERS, &path, &[], Some(&body)).await.map(drop)
    }
}

/// A user, as messages point to them.
fn named(id: UserId) -> User {
    User { id: Some(id.into()), ..User::default() }
}

fn all_named(ids: &[UserId]) -> Users {
    Users { user: ids.iter().copied().map(named).collect() }
}
