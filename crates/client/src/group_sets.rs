//! Group sets of the site signed in to.

use tavola_api::group_sets::{ADD_GROUP, CREATE, DELETE, GET, GroupSet, GroupSetMessage, LIST, REMOVE_GROUP, UPDATE};
use tavola_model::{GroupId, GroupSetId};

use crate::{Client, Error, ItemPage, ListOptions, PathValue, list};

/// The methods about group sets, by [`Client::group_sets`].
#[derive(Debug, Clone, Copy)]
pub struct GroupSetsRoom<'a>(&'a Client);

impl Client {
    /// The methods about group sets of the site signed in to.
    pub fn group_sets(&self) -> GroupSetsRoom<'_> {
        GroupSetsRoom(self)
    }
}

impl GroupSetsRoom<'_> {
    /// “List Group Sets”, a page.
    pub async fn list(&self, options: &ListOptions) -> Result<ItemPage<GroupSet>, Error> {
        let query = options.query()?;
        let page = self.0.call(&LIST, &[PathValue::SessionSite], &list::borrowed(&query), None).await?;
        Ok(ItemPage { items: page.group_sets.group_set, pagination: page.pagination })
    }

    /// “List Group Sets”, all of them.
    pub async fn list_all(&self, options: &ListOptions) -> Result<Vec<GroupSet>, Error> {
        let fetch = |options: ListOptions| async move { self.list(&options).await };
        list::everything(options, fetch, |set: &GroupSet| set.id.as_ref().map(ToString::to_string)).await
    }

    /// “Get Group Set”, with its groups.
    pub async fn get(&self, id: GroupSetId) -> Result<GroupSet, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        self.0.call(&GET, &path, &[], None).await.map(|answer| answer.group_set)
    }

    /// “Create Group Set”, without groups.
    pub async fn create(&self, name: &str) -> Result<GroupSet, Error> {
        let body = message(name);
        self.0.call(&CREATE, &[PathValue::SessionSite], &[], Some(&body)).await.map(|answer| answer.group_set)
    }

    /// “Update Group Set”: gives it another name.
    pub async fn update(&self, id: GroupSetId, name: &str) -> Result<GroupSet, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        self.0.call(&UPDATE, &path, &[], Some(&message(name))).await.map(|answer| answer.group_set)
    }

    /// “Delete Group Set”. Its groups stay.
    pub async fn delete(&self, id: GroupSetId) -> Result<(), Error> {
        self.0.call(&DELETE, &[PathValue::SessionSite, PathValue::Of(&id)], &[], None).await.map(drop)
    }

    /// “Add Group to Group Set”.
    pub async fn add_group(&self, id: GroupSetId, group: GroupId) -> Result<(), Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id), PathValue::Of(&group)];
        self.0.call(&ADD_GROUP, &path, &[], None).await.map(drop)
    }

    /// “Remove Group from Group Set”.
    pub async fn remove_group(&self, id: GroupSetId, group: GroupId) -> Result<(), Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id), PathValue::Of(&group)];
        self.0.call(&REMOVE_GROUP, &path, &[], None).await.map(drop)
    }
}

fn message(name: &str) -> GroupSetMessage {
    GroupSetMessage { group_set: GroupSet { name: Some(name.to_owned()), ..GroupSet::default() } }
}
