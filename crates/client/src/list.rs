//! Lists: one page as the server gives it, or everything.

use std::{collections::HashSet, hash::Hash, num::NonZeroU32};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use tavola_api::{ErrorCode, Pagination};
use tavola_model::{Filter, Operator, Page, Sort};

use crate::Error;

/// How many pages are fetched at a time.
const PAGES_AT_A_TIME: usize = 4;

/// What is asked of a list.
///
/// ```
/// use tavola_client::{ListOptions, model::Operator};
///
/// let options = ListOptions::default()
///     .filter("siteRole", Operator::In, ["Viewer", "Creator"])
///     .filter("lastLogin", Operator::Lt, ["2026-01-01T00:00:00Z"])
///     .sort_descending("lastLogin");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListOptions {
    /// The page; the first 100 items unless told otherwise. Whoever asks for everything need not care.
    pub page: Page,
    /// Conditions that all hold.
    pub filters: Vec<Filter>,
    /// The order, most significant key first.
    pub sorts: Vec<Sort>,
    /// The fields that items come with: names, `_default_`, `_all_`. None: the server's choice.
    pub fields: Vec<String>,
}

impl ListOptions {
    /// This page: `number` from 1, of `size` items, at most 1,000.
    pub fn page(mut self, number: NonZeroU32, size: NonZeroU32) -> Self {
        self.page = Page { number, size };
        self
    }

    /// Only items for which this holds, too. Any character may stand in a value.
    pub fn filter<V: Into<String>>(
        mut self,
        field: impl Into<String>,
        operator: Operator,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values = values.into_iter().map(Into::into).collect();
        self.filters.push(Filter { field: field.into(), operator, values });
        self
    }

    /// Smallest first by this field, after the keys given before.
    pub fn sort(mut self, field: impl Into<String>) -> Self {
        self.sorts.push(Sort { field: field.into(), descending: false });
        self
    }

    /// Largest first by this field, after the keys given before.
    pub fn sort_descending(mut self, field: impl Into<String>) -> Self {
        self.sorts.push(Sort { field: field.into(), descending: true });
        self
    }

    /// With these fields.
    pub fn fields<F: Into<String>>(mut self, fields: impl IntoIterator<Item = F>) -> Self {
        self.fields.extend(fields.into_iter().map(Into::into));
        self
    }

    /// The query's parameters.
    pub(crate) fn query(&self) -> Result<Vec<(&'static str, String)>, Error> {
        let mut query = vec![("pageNumber", self.page.number.to_string()), ("pageSize", self.page.size.to_string())];
        if !self.filters.is_empty() {
            query.push(("filter", Filter::write_all(&self.filters).map_err(Error::invalid)?));
        }
        if !self.sorts.is_empty() {
            query.push(("sort", Sort::write_all(&self.sorts).map_err(Error::invalid)?));
        }
        if !self.fields.is_empty() {
            query.push(("fields", self.fields.join(",")));
        }
        Ok(query)
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemPage<T> {
    /// Its items, in the server's order.
    pub items: Vec<T>,
    /// Which page it is, and how many items there are in all.
    pub pagination: Pagination,
}

/// Hands on a whole list, a page at a time and in the server's order: the first page of 1,000 tells how many there are, the
/// others are fetched a few at a time. `fetch` fetches the page that it is told, as the `list` of a room does. What `take`
/// fails with ends it.
///
/// What changes on the server meanwhile can make an item come twice, or be missed; sort by something that does not change to
/// make that unlikely.
///
/// ```no_run
/// # async fn all(client: tavola_client::Client) -> Result<(), tavola_client::Error> {
/// use tavola_client::{Error, ListOptions, each_page};
///
/// let client = &client;
/// let fetch = |options: ListOptions| async move { client.workbooks().list(&options).await };
/// each_page(&ListOptions::default(), fetch, |workbooks| {
///     println!("{} more", workbooks.len());
///     Ok::<_, Error>(())
/// })
/// .await
/// # }
/// ```
pub async fn each_page<T, F, E>(
    options: &ListOptions,
    fetch: impl Fn(ListOptions) -> F,
    mut take: impl FnMut(Vec<T>) -> Result<(), E>,
) -> Result<(), E>
where
    F: Future<Output = Result<ItemPage<T>, Error>>,
    E: From<Error>,
{
    let fetch = |number: u32| {
        let number = NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        fetch(ListOptions { page: Page::largest(number), ..options.clone() })
    };
    let first = fetch(1).await?;
    // A server may give smaller pages than it was asked for.
    let size = match first.pagination.page_size.0 {
        0 => u64::from(Page::largest(NonZeroU32::MIN).size.get()),
        size => size,
    };
    let pages = |pagination: Pagination| u32::try_from(pagination.total_available.0.div_ceil(size)).unwrap_or(u32::MAX);
    let mut last = pages(first.pagination);
    take(first.items)?;
    let mut next = 2;
    while next <= last {
        let mut rest = stream::iter(next..=last).map(&fetch).buffered(PAGES_AT_A_TIME);
        next = last + 1;
        loop {
            match rest.try_next().await {
                Ok(None) => break,
                Ok(Some(page)) => {
                    // The list may have grown since.
                    last = last.max(pages(page.pagination));
                    take(page.items)?;
                }
                // The list has shrunk: this page and those behind it are gone.
                Err(error) if error.is(ErrorCode::INVALID_PAGE_NUMBER) => {
                    last = 0;
                    break;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}

/// Everything in a list. What came twice, as [`each_page`] says, is put right by its id.
pub(crate) async fn everything<T, I, F>(
    options: &ListOptions,
    fetch: impl Fn(ListOptions) -> F,
    id: impl Fn(&T) -> Option<I>,
) -> Result<Vec<T>, Error>
where
    F: Future<Output = Result<ItemPage<T>, Error>>,
    I: Eq + Hash,
{
    let (mut items, mut seen) = (Vec::new(), HashSet::new());
    let take = |page: Vec<T>| {
        items.extend(page.into_iter().filter(|item| id(item).is_none_or(|id| seen.insert(id))));
        Ok::<_, Error>(())
    };
    each_page(options, fetch, take).await?;
    Ok(items)
}

/// Borrows a query's parameters the way calls take them.
pub(crate) fn borrowed<'a>(query: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    query.iter().map(|(name, value)| (*name, value.as_str())).collect()
}
