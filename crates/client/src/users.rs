//! Users of the site signed in to.

use tavola_api::{
    Endpoint, NoBody, Upload,
    groups::Group,
    jobs::{Job, JobMessage},
    users::{
        ADD, CHECK_CSV, GET, GROUPS, IMPORT_CSV, ImportUsers, LIST, REMOVE, REMOVE_CSV, UPDATE, User, UserMessage,
    },
};
use tavola_model::UserId;

use crate::{Client, Error, ItemPage, ListOptions, PathValue, list};

/// The methods about users, by [`Client::users`].
#[derive(Debug, Clone, Copy)]
pub struct UsersRoom<'a>(&'a Client);

impl Client {
    /// The methods about users of the site signed in to.
    pub fn users(&self) -> UsersRoom<'_> {
        UsersRoom(self)
    }
}

impl UsersRoom<'_> {
    /// “Get Users on Site”, a page.
    pub async fn list(&self, options: &ListOptions) -> Result<ItemPage<User>, Error> {
        let query = options.query()?;
        let page = self.0.call(&LIST, &[PathValue::SessionSite], &list::borrowed(&query), None).await?;
        Ok(ItemPage { items: page.users.user, pagination: page.pagination })
    }

    /// “Get Users on Site”, all of them.
    pub async fn list_all(&self, options: &ListOptions) -> Result<Vec<User>, Error> {
        let fetch = |options: ListOptions| async move { self.list(&options).await };
        list::everything(options, fetch, |user: &User| user.id.as_ref().map(ToString::to_string)).await
    }

    /// “Query User On Site”.
    pub async fn get(&self, id: UserId) -> Result<User, Error> {
        self.0.call(&GET, &[PathValue::SessionSite, PathValue::Of(&id)], &[], None).await.map(|answer| answer.user)
    }

    /// “Add User to Site”: needs a name and a site role.
    pub async fn add(&self, user: &User) -> Result<User, Error> {
        let body = UserMessage { user: user.clone() };
        self.0.call(&ADD, &[PathValue::SessionSite], &[], Some(&body)).await.map(|answer| answer.user)
    }

    /// “Update User”: what is `None` stays as it is.
    pub async fn update(&self, id: UserId, changes: &User) -> Result<User, Error> {
        let body = UserMessage { user: changes.clone() };
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        self.0.call(&UPDATE, &path, &[], Some(&body)).await.map(|answer| answer.user)
    }

    /// “Remove User from Site”.
    pub async fn remove(&self, id: UserId) -> Result<(), Error> {
        self.0.call(&REMOVE, &[PathValue::SessionSite, PathValue::Of(&id)], &[], None).await.map(drop)
    }

    /// “Import Users to Site from CSV”: begins a job that adds or changes the users of a file, to be waited for by
    /// [`JobsRoom::wait`](crate::JobsRoom::wait).
    ///
    /// The file has a line a user and no header: name, password, full name, licence, administrator, publisher, e-mail.
    /// `users` says how they sign in where that is not the server's own way: of each the name, `auth_setting` and
    /// `idp_configuration_id` are sent; one without a name stands for all others.
    pub async fn import_csv(&self, file: impl Into<Vec<u8>>, users: &[User]) -> Result<Job, Error> {
        self.send_csv(&IMPORT_CSV, file.into(), users).await
    }

    /// Tavola's own: begins a job that tells what [`UsersRoom::import_csv`] of the same would come to, and changes nothing.
    /// Other servers know no such method.
    pub async fn check_csv(&self, file: impl Into<Vec<u8>>, users: &[User]) -> Result<Job, Error> {
        self.send_csv(&CHECK_CSV, file.into(), users).await
    }

    async fn send_csv(
        &self,
        endpoint: &Endpoint<Upload<ImportUsers>, JobMessage>,
        file: Vec<u8>,
        users: &[User],
    ) -> Result<Job, Error> {
        let message = (!users.is_empty()).then(|| ImportUsers { user: users.to_vec() });
        let upload = Upload { message, file };
        self.0.upload(endpoint, &[PathValue::SessionSite], &[], &upload).await.map(|answer| answer.job)
    }

    /// “Delete Users from Site with CSV”: begins a job that removes the users whom a file names, one a line.
    pub async fn remove_csv(&self, file: impl Into<Vec<u8>>) -> Result<Job, Error> {
        let upload = Upload { message: None::<NoBody>, file: file.into() };
        self.0.upload(&REMOVE_CSV, &[PathValue::SessionSite], &[], &upload).await.map(|answer| answer.job)
    }

    /// “Get Groups for a User”, a page.
    pub async fn groups(&self, id: UserId, options: &ListOptions) -> Result<ItemPage<Group>, Error> {
        let query = options.query()?;
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        let page = self.0.call(&GROUPS, &path, &list::borrowed(&query), None).await?;
        Ok(ItemPage { items: page.groups.group, pagination: page.pagination })
    }

    /// “Get Groups for a User”, all of them.
    pub async fn groups_all(&self, id: UserId, options: &ListOptions) -> Result<Vec<Group>, Error> {
        let fetch = |options: ListOptions| async move { self.groups(id, &options).await };
        list::everything(options, fetch, |group: &Group| group.id.as_ref().map(ToString::to_string)).await
    }
}
