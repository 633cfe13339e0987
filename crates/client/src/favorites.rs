//! Favorites: content that users keep at hand.

use tavola_api::{
    Word,
    favorites::{
        ADD, Favorite, FavoriteMessage, FavoriteOrdering, FavoriteOrderings, FavoriteOrderingsMessage, LIST, ORGANIZE,
        REMOVE_DATASOURCE, REMOVE_FLOW, REMOVE_PROJECT, REMOVE_VIEW, REMOVE_WORKBOOK,
    },
};
use tavola_model::{FavoriteKind, UserId};

use crate::{Client, Error, ItemPage, ListOptions, PathValue, list};

/// The methods about favorites, by [`Client::favorites`].
#[derive(Debug, Clone, Copy)]
pub struct FavoritesRoom<'a> {
    client: &'a Client,
    /// Whose they are; the caller's own otherwise.
    user: Option<UserId>,
}

impl Client {
    /// The methods about the caller's own favorites.
    pub fn favorites(&self) -> FavoritesRoom<'_> {
        FavoritesRoom { client: self, user: None }
    }

    /// The methods about the favorites of another user.
    pub fn favorites_of(&self, user: UserId) -> FavoritesRoom<'_> {
        FavoritesRoom { client: self, user: Some(user) }
    }
}

impl FavoritesRoom<'_> {
    /// “Get Favorites for User”, a page. Filters and sorts mean nothing here.
    pub async fn list(&self, options: &ListOptions) -> Result<ItemPage<Favorite>, Error> {
        let query = options.query()?;
        let page = self.client.call(&LIST, &self.path(), &list::borrowed(&query), None).await?;
        Ok(ItemPage { items: page.favorites.favorite, pagination: page.pagination })
    }

    /// “Get Favorites for User”, all of them.
    pub async fn list_all(&self, options: &ListOptions) -> Result<Vec<Favorite>, Error> {
        let fetch = |options: ListOptions| async move { self.list(&options).await };
        list::everything(options, fetch, |favorite: &Favorite| favorite.content()).await
    }

    /// “Add Workbook to Favorites” and so on; what is one already gets the label. The answer is all that the user has.
    pub async fn add(&self, favorite: &Favorite) -> Result<Vec<Favorite>, Error> {
        let body = FavoriteMessage { favorite: favorite.clone() };
        self.client.call(&ADD, &self.path(), &[], Some(&body)).await.map(|answer| answer.favorites.favorite)
    }

    /// “Delete Workbook from Favorites” and so on.
    pub async fn remove(&self, kind: FavoriteKind, id: &str) -> Result<(), Error> {
        let endpoint = match kind {
            FavoriteKind::Workbook => &REMOVE_WORKBOOK,
            FavoriteKind::View => &REMOVE_VIEW,
            FavoriteKind::Datasource => &REMOVE_DATASOURCE,
            FavoriteKind::Project => &REMOVE_PROJECT,
            FavoriteKind::Flow => &REMOVE_FLOW,
        };
        let [site, user] = self.path();
        self.client.call(endpoint, &[site, user, PathValue::Of(&id)], &[], None).await.map(drop)
    }

    /// “Organize Favorites”: puts each of them, named by kind and id, behind the one before it. The first stays where it is.
    pub async fn order(&self, favorites: &[(FavoriteKind, String)]) -> Result<(), Error> {
        let favorite_ordering = favorites.windows(2).map(|pair| FavoriteOrdering {
            favorite_id: pair[1].1.clone(),
            favorite_type: Word::Known(pair[1].0),
            favorite_id_move_after: pair[0].1.clone(),
            favorite_type_move_after: Word::Known(pair[0].0),
        });
        let favorite_orderings = FavoriteOrderings { favorite_ordering: favorite_ordering.collect() };
        let body = FavoriteOrderingsMessage { favorite_orderings };
        self.client.call(&ORGANIZE, &self.path(), &[], Some(&body)).await.map(drop)
    }

    fn path(&self) -> [PathValue<'_>; 2] {
        [PathValue::SessionSite, self.user.as_ref().map_or(PathValue::SessionUser, |user| PathValue::Of(user))]
    }
}
