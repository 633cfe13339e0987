//! Views of the site signed in to.

use tavola_api::views::{ADD_TAGS, DELETE, DELETE_TAG, GET, LIST, OF_WORKBOOK, PREVIEW_IMAGE, View};
use tavola_model::{ViewId, WorkbookId};

use crate::{Client, Error, ItemPage, ListOptions, PathValue, list};

/// The methods about views, by [`Client::views`].
#[derive(Debug, Clone, Copy)]
pub struct ViewsRoom<'a>(&'a Client);

impl Client {
    /// The methods about views of the site signed in to.
    pub fn views(&self) -> ViewsRoom<'_> {
        ViewsRoom(self)
    }
}

impl ViewsRoom<'_> {
    /// “Query Views for Site”, a page.
    pub async fn list(&self, options: &ListOptions) -> Result<ItemPage<View>, Error> {
        let query = options.query()?;
        let page = self.0.call(&LIST, &[PathValue::SessionSite], &list::borrowed(&query), None).await?;
        Ok(ItemPage { items: page.views.view, pagination: page.pagination })
    }

    /// “Query Views for Site”, all of them.
    pub async fn list_all(&self, options: &ListOptions) -> Result<Vec<View>, Error> {
        let fetch = |options: ListOptions| async move { self.list(&options).await };
        list::everything(options, fetch, |view: &View| view.id.as_ref().map(ToString::to_string)).await
    }

    /// “Query Views for Workbook”.
    pub async fn of_workbook(&self, workbook: WorkbookId) -> Result<Vec<View>, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&workbook)];
        self.0.call(&OF_WORKBOOK, &path, &[], None).await.map(|answer| answer.views.view)
    }

    /// “Get View”.
    pub async fn get(&self, id: ViewId) -> Result<View, Error> {
        self.0.call(&GET, &[PathValue::SessionSite, PathValue::Of(&id)], &[], None).await.map(|answer| answer.view)
    }

    /// “Delete View”; with the last view of a workbook, the workbook is deleted.
    pub async fn delete(&self, id: ViewId) -> Result<(), Error> {
        self.0.call(&DELETE, &[PathValue::SessionSite, PathValue::Of(&id)], &[], None).await.map(drop)
    }

    /// “Add Tags to View”; the answer is all that it has then.
    pub async fn add_tags<T: AsRef<str>>(
        &self,
        id: ViewId,
        labels: impl IntoIterator<Item = T>,
    ) -> Result<Vec<String>, Error> {
        self.0.add_tags(&ADD_TAGS, &id, labels).await
    }

    /// “Delete Tag from View”.
    pub async fn delete_tag(&self, id: ViewId, label: &str) -> Result<(), Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&id), PathValue::Of(&label)];
        self.0.call(&DELETE_TAG, &path, &[], None).await.map(drop)
    }

    /// “Query View Preview Image”, as PNG.
    pub async fn preview_image(&self, workbook: WorkbookId, id: ViewId) -> Result<Vec<u8>, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&workbook), PathValue::Of(&id)];
        self.0.download_small(&PREVIEW_IMAGE, &path).await
    }
}
