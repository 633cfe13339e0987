//! The recycle bin of the site signed in to.

use tavola_api::{
    jobs::Job,
    projects::Project,
    recycle_bin::{DELETE, EMPTY, GET, LIST, RESTORE, RecycleBinItem, RestoreMessage},
};
use tavola_model::ProjectId;

use crate::{Client, Error, ItemPage, ListOptions, PathValue, list};

/// The methods about deleted content, by [`Client::recycle_bin`].
#[derive(Debug, Clone, Copy)]
pub struct RecycleBinRoom<'a>(&'a Client);

impl Client {
    /// The methods about deleted content of the site signed in to.
    pub fn recycle_bin(&self) -> RecycleBinRoom<'_> {
        RecycleBinRoom(self)
    }
}

impl RecycleBinRoom<'_> {
    /// The deleted content that the caller sees, a page.
    pub async fn list(&self, options: &ListOptions) -> Result<ItemPage<RecycleBinItem>, Error> {
        let query = options.query()?;
        let page = self.0.call(&LIST, &[PathValue::SessionSite], &list::borrowed(&query), None).await?;
        Ok(ItemPage { items: page.recycle_bin_items.recycle_bin_item, pagination: page.pagination })
    }

    /// The deleted content that the caller sees, all of it.
    pub async fn list_all(&self, options: &ListOptions) -> Result<Vec<RecycleBinItem>, Error> {
        let fetch = |options: ListOptions| async move { self.list(&options).await };
        list::everything(options, fetch, |item: &RecycleBinItem| item.id.clone()).await
    }

    /// One of it.
    pub async fn get(&self, id: &str) -> Result<RecycleBinItem, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        self.0.call(&GET, &path, &[], None).await.map(|answer| answer.recycle_bin_item)
    }

    /// Puts it back: to the project it lay in unless another is named, under the name it had unless another is given. The
    /// answer says where it lies and what it is called.
    pub async fn restore(
        &self,
        id: &str,
        project: Option<ProjectId>,
        name: Option<&str>,
    ) -> Result<RecycleBinItem, Error> {
        let project = project.map(|id| Project { id: Some(id.into()), ..Project::default() });
        let to = RecycleBinItem { project, name: name.map(str::to_owned), ..RecycleBinItem::default() };
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        let body = RestoreMessage { recycle_bin_item: to };
        self.0.call(&RESTORE, &path, &[], Some(&body)).await.map(|answer| answer.recycle_bin_item)
    }

    /// Deletes one for good.
    pub async fn delete(&self, id: &str) -> Result<(), Error> {
        self.0.call(&DELETE, &[PathValue::SessionSite, PathValue::Of(&id)], &[], None).await.map(drop)
    }

    /// “Delete All Recycle Bin Contents” that the caller sees, for good.
    pub async fn empty(&self) -> Result<(), Error> {
        self.0.call(&EMPTY, &[PathValue::SessionSite], &[], None).await.map(drop)
    }

    /// Begins to do so, as a job to be waited for by [`JobsRoom::wait`](crate::JobsRoom::wait).
    pub async fn empty_as_job(&self) -> Result<Job, Error> {
        let answer = self.0.call(&EMPTY, &[PathValue::SessionSite], &[("asJob", "true")], None).await?;
        let method = EMPTY.about.name;
        answer.job.ok_or_else(|| Error::invalid(format!("the answer to `{method}` tells of no job")))
    }
}
