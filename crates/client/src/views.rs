//! Views of the site signed in to.

use tavola_api::{
    Endpoint, NoBody,
    tags::TagsMessage,
    views::{self as wire, View},
};
use tavola_model::{ViewId, WorkbookId};

use crate::{Client, Content, ContentRoom, Error, ItemPage, PathValue, Tagged, content::at};

/// Views come with how often they were seen.
const COUNTED: &[(&str, &str)] = &[("includeUsageStatistics", "true")];

/// Views, as a kind of content.
#[derive(Debug, Clone, Copy)]
pub enum Views {}

impl Client {
    /// The methods about views of the site signed in to.
    pub fn views(&self) -> ContentRoom<'_, Views> {
        ContentRoom::new(self)
    }
}

impl Content for Views {
    type Id = ViewId;
    type Item = View;
    type Page = wire::ViewPage;
    type Found = wire::ViewMessage;

    const LIST: Endpoint<NoBody, Self::Page> = wire::LIST;
    const GET: Endpoint<NoBody, Self::Found> = wire::GET;
    const DELETE: Endpoint = wire::DELETE;
    const ASKED_FOR: &[(&str, &str)] = COUNTED;

    fn page(page: Self::Page) -> ItemPage<View> {
        ItemPage { items: page.views.view, pagination: page.pagination }
    }

    fn found(found: Self::Found) -> View {
        found.view
    }

    fn id(view: &View) -> Option<ViewId> {
        view.id.as_ref()?.known()
    }
}

impl Tagged for Views {
    const ADD_TAGS: Endpoint<TagsMessage, TagsMessage> = wire::ADD_TAGS;
    const DELETE_TAG: Endpoint = wire::DELETE_TAG;
    const CONTENT_TYPE: &'static str = "View";
}

impl ContentRoom<'_, Views> {
    /// “Query Views for Workbook”.
    pub async fn of_workbook(&self, workbook: WorkbookId) -> Result<Vec<View>, Error> {
        self.client().call(&wire::OF_WORKBOOK, &at(&workbook), COUNTED, None).await.map(|answer| answer.views.view)
    }

    /// “Query View Preview Image”, as PNG.
    pub async fn preview_image(&self, workbook: WorkbookId, id: ViewId) -> Result<Vec<u8>, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&workbook), PathValue::Of(&id)];
        self.client().download_small(&wire::PREVIEW_IMAGE, &path).await
    }
}
