//! Custom views of the site signed in to.

use tavola_api::{
    Endpoint, File, NoBody, Streamed, Word,
    custom_views::{self as wire, CustomView, DefaultUserResult},
    users::{User, Users, UsersMessage},
};
use tavola_model::{CustomViewId, UserId};

use crate::{
    Client, Content, ContentRoom, Editable, Error, ItemPage, ListOptions, Published, Uploaded, content::at, list,
};

/// Custom views, as a kind of content: views as users left them.
#[derive(Debug, Clone, Copy)]
pub enum CustomViews {}

impl Client {
    /// The methods about custom views of the site signed in to.
    pub fn custom_views(&self) -> ContentRoom<'_, CustomViews> {
        ContentRoom::new(self)
    }
}

impl Content for CustomViews {
    type Id = CustomViewId;
    type Item = CustomView;
    type Page = wire::CustomViewPage;
    type Found = wire::CustomViewMessage;

    const LIST: Endpoint<NoBody, Self::Page> = wire::LIST;
    const GET: Endpoint<NoBody, Self::Found> = wire::GET;
    const DELETE: Endpoint = wire::DELETE;

    fn page(page: Self::Page) -> ItemPage<CustomView> {
        ItemPage { items: page.custom_views.custom_view, pagination: page.pagination }
    }

    fn found(found: Self::Found) -> CustomView {
        found.custom_view
    }

    fn id(custom_view: &CustomView) -> Option<CustomViewId> {
        custom_view.id.as_ref()?.known()
    }
}

impl Editable for CustomViews {
    type Message = wire::CustomViewMessage;

    const UPDATE: Endpoint<Self::Message, Self::Message> = wire::UPDATE;

    fn message(custom_view: CustomView) -> Self::Message {
        wire::CustomViewMessage { custom_view }
    }

    fn item(message: Self::Message) -> CustomView {
        message.custom_view
    }
}

impl Uploaded for CustomViews {
    type Answer = wire::CustomViewMessage;

    const PUBLISH: Endpoint<Streamed<Self::Message>, Self::Answer> = wire::PUBLISH;
    // The type goes unsaid: there is but one.
    const TYPE_PARAMETER: &'static str = "";
    const DOWNLOAD: Endpoint<NoBody, File> = wire::DOWNLOAD;

    fn published(answer: Self::Answer) -> Option<Published<CustomView>> {
        Some(Published::Item(answer.custom_view))
    }
}

impl ContentRoom<'_, CustomViews> {
    /// “List Users with Custom View as Default”, all of them.
    pub async fn default_users(&self, id: CustomViewId) -> Result<Vec<User>, Error> {
        let fetch = |options: ListOptions| async move {
            let query = options.query()?;
            let page = self.client().call(&wire::DEFAULT_USERS, &at(&id), &list::borrowed(&query), None).await?;
            Ok(ItemPage { items: page.users.user, pagination: page.pagination })
        };
        let id = |user: &User| user.id.as_ref().map(ToString::to_string);
        list::everything(&ListOptions::default(), fetch, id).await
    }

    /// “Set Custom View as Default for Users”: what became of each of them.
    pub async fn set_default_users(&self, id: CustomViewId, users: &[UserId]) -> Result<Vec<DefaultUserResult>, Error> {
        let user = users.iter().map(|id| User { id: Some(Word::Known(*id)), ..User::default() }).collect();
        let body = UsersMessage { users: Users { user } };
        let answer = self.client().call(&wire::SET_DEFAULT_USERS, &at(&id), &[], Some(&body)).await?;
        Ok(answer.custom_view_as_user_default_results.custom_view_as_user_default_view_result)
    }
}
