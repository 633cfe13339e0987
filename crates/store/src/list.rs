//! Lists: pages, filters and sorting from the URL become SQL here, with a closed list of fields for each room.

use std::{collections::HashMap, num::NonZeroU32};

use sha2::{Digest as _, Sha256};
use tavola_model::{Filter, ListQuery, Operator, Page, SiteRole, Timestamp, UserId};

use crate::{
    Actor, Error, InvalidList, Store, accounts,
    dialect::Dialect,
    kept_lists::{Kept, KeptId, Key},
    projects,
    sql::{Db, Row, Value},
};

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<T> {
    /// The page's items.
    pub items: Vec<T>,
    /// Items on all pages together, of those the actor may see.
    pub total: u64,
    /// The page this is.
    pub page: Page,
}

/// What a field holds, which says how its values are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holds {
    Text,
    UserName,
    Id,
    Role,
    Time,
    Flag,
    Number,
    /// A number of bytes; filters give whole megabytes.
    Megabytes,
    /// The labels of what has the id in this column.
    Tag,
    /// What any connection `x` of the item `i` says.
    OfConnection,
}

/// A field to filter and sort by.
#[derive(Debug)]
pub(crate) struct Field {
    /// The reference's name for it.
    pub name: &'static str,
    /// The SQL expression filters compare.
    pub column: &'static str,
    /// The column of its lower-case form, if it has one: what `cieq` compares.
    pub key: Option<&'static str>,
    pub holds: Holds,
    pub operators: &'static [Operator],
    /// The SQL expression that orders by it.
    pub order: &'static str,
}

impl Field {
    /// A text that is compared whole.
    pub(crate) const fn text(name: &'static str, column: &'static str) -> Self {
        Self { name, column, key: None, holds: Holds::Text, operators: ANY_OF, order: column }
    }

    /// A number or a time.
    pub(crate) const fn compared(name: &'static str, column: &'static str, holds: Holds) -> Self {
        Self { name, column, key: None, holds, operators: COMPARED, order: column }
    }

    /// A yes or no.
    pub(crate) const fn flag(name: &'static str, column: &'static str) -> Self {
        Self { name, column, key: None, holds: Holds::Flag, operators: EQUAL, order: column }
    }
}

/// What is so of all that a list holds. (Databases take a plain number to order by for the number of a column.)
pub(crate) const ALWAYS: &str = "CASE WHEN i.id IS NULL THEN 0 ELSE 1 END";
/// What is so of none of them, or of what they have none.
pub(crate) const NEVER: &str = "CASE WHEN i.id IS NULL THEN 1 ELSE 0 END";

/// Sets of operators that several fields allow.
pub(crate) const EQUAL: &[Operator] = &[Operator::Eq];
pub(crate) const ANY_OF: &[Operator] = &[Operator::Eq, Operator::In];
pub(crate) const NAMES: &[Operator] = &[Operator::Eq, Operator::In, Operator::Has, Operator::Cieq];
pub(crate) const TEXTS: &[Operator] = &[Operator::Eq, Operator::In, Operator::Has];
pub(crate) const COMPARED: &[Operator] = &[Operator::Eq, Operator::Gt, Operator::Gte, Operator::Lt, Operator::Lte];

/// A list that can be asked for pages.
pub(crate) struct Source<'s> {
    /// The columns of an item.
    pub columns: &'s str,
    /// The tables they come from, the items' own first, with one row for each item. Those that only describe an item are
    /// LEFT JOINed.
    pub from: &'s str,
    /// The tables of owners, of [`projects::join_owner`], if items have any: what is seen does not depend on them.
    pub owner: &'s str,
    /// What of them the actor may see.
    pub seen: String,
    /// The values of `seen`.
    pub values: Vec<Value>,
    pub fields: &'s [Field],
    /// The order of a list that nobody sorted.
    pub order: &'s str,
    /// The column that tells items apart, and makes every order total.
    pub id: &'s str,
}

/// Lists of at most so many items are kept whole with their first page; it takes some milliseconds, and spares the count.
const SHORT: usize = 20_000;

impl Source<'_> {
    /// The page of the list that a query asks for.
    pub(crate) fn page<T>(
        self,
        db: &mut Db<'_>,
        query: &ListQuery,
        read: impl Fn(&mut Row) -> Result<T, Error>,
    ) -> Result<List<T>, Error> {
        Question::new(self, db.dialect(), query)?.page(db, query.page, read)
    }

    /// The page of the list that a query asks for, of the list as it was when this session asked for its first page: what
    /// comes, goes or moves meanwhile shifts no page. What is deleted or may not be seen any more is left out.
    ///
    /// `still_seen` is the same condition as `seen`, of the same values, for the few items of a page, where there is a
    /// quicker one for these.
    pub(crate) fn stable_page<T>(
        self,
        still_seen: Option<String>,
        store: &Store,
        actor: &Actor,
        db: &mut Db<'_>,
        query: &ListQuery,
        read: impl Fn(&mut Row) -> Result<T, Error>,
    ) -> Result<List<T>, Error> {
        let kept_lists = &store.0.kept_lists;
        let mut question = Question::new(self, db.dialect(), query)?;
        question.columns = format!("{}, {}", question.id, question.columns);
        question.visible = still_seen.unwrap_or(question.visible);
        let read = |row: &mut Row| Ok((row.take::<String>()?, read(row)?));
        let (page, now) = (query.page, db.now());
        let key = Key { session: actor.session_id(), question: question.fingerprint() };
        if page.number > NonZeroU32::MIN {
            let Some(kept) = kept_lists.find(&key, now) else {
                return Ok(question.page(db, page, read)?.without_ids());
            };
            let ids = match kept {
                Kept::Whole(ids) => ids,
                first @ Kept::FirstPage(_) => {
                    let ids = first.completed(question.ids(db, None)?);
                    kept_lists.complete(&key, ids, now)
                }
            };
            return question.page_of(db, page, &ids, read);
        }
        let size = page.size.get() as usize;
        let limit = SHORT.max(size);
        let mut ids = question.ids(db, Some(limit + 1))?;
        let is_short = ids.len() <= limit;
        let total = if is_short { ids.len() as u64 } else { question.count(db)? };
        let items = question.look_at(db, &ids[..size.min(ids.len())], None, read)?;
        if ids.len() > size {
            let kept = if is_short {
                Kept::Whole(ids.into())
            } else {
                ids.truncate(size);
                Kept::FirstPage(ids.into())
            };
            kept_lists.keep(key, kept, now);
        }
        Ok(List { items, total, page })
    }
}

impl<T> List<(String, T)> {
    fn without_ids(self) -> List<T> {
        let Self { items, total, page } = self;
        List { items: items.into_iter().map(|(_, item)| item).collect(), total, page }
    }
}

/// A list with its filters and its order, in SQL.
struct Question<'s> {
    columns: String,
    /// The tables of all columns.
    from: String,
    /// Those of them that say which items there are, and in which order.
    from_of_ids: String,
    id: &'s str,
    /// What the actor may see, whatever the filters, asked of a few items.
    visible: String,
    visible_values: Vec<Value>,
    /// What of that the filters let through.
    seen: String,
    values: Vec<Value>,
    sorted: String,
}

impl<'s> Question<'s> {
    fn new(source: Source<'s>, dialect: Dialect, query: &ListQuery) -> Result<Self, Error> {
        let Source { columns, from, owner, seen: visible, values: visible_values, fields, order, id } = source;
        let asked = query.filters.iter().map(|filter| &filter.field).chain(query.sorts.iter().map(|sort| &sort.field));
        let asks_for_owner = asked.into_iter().any(|field| projects::is_of_owner(field));
        let (from_of_ids, from) = (from, format!("{from} {owner}"));
        // Databases leave out a table that is LEFT JOINed and not asked for, but not one that another such is joined to.
        let from_of_ids = if asks_for_owner { from.clone() } else { from_of_ids.to_owned() };
        let (mut seen, mut values) = (visible.clone(), visible_values.clone());
        for filter in &query.filters {
            seen.push_str(" AND ");
            seen.push_str(&condition(filter, find(fields, &filter.field)?, dialect, &mut values)?);
        }
        let mut sorted = Vec::new();
        for sort in &query.sorts {
            let direction = if sort.descending { "DESC" } else { "ASC" };
            sorted.push(format!("{} {direction}", find(fields, &sort.field)?.order));
        }
        if sorted.is_empty() {
            sorted.push(order.to_owned());
        }
        sorted.push(id.to_owned());
        let columns = columns.to_owned();
        Ok(Self { columns, from, from_of_ids, id, visible, visible_values, seen, values, sorted: sorted.join(", ") })
    }

    /// What tells it from any other question.
    fn fingerprint(&self) -> [u8; 32] {
        let Self { from, id, seen, values, sorted, .. } = self;
        Sha256::digest(format!("{id} {from} {seen} {values:?} {sorted}")).into()
    }

    /// A page of the list as it is now.
    fn page<T>(
        &self,
        db: &mut Db<'_>,
        page: Page,
        read: impl Fn(&mut Row) -> Result<T, Error>,
    ) -> Result<List<T>, Error> {
        let Self { columns, from, from_of_ids, id, seen, sorted, .. } = self;
        let total = self.count(db)?;
        require_page(page, total)?;
        let mut values = self.values.clone();
        values.push(Value::Int(page.size.get().into()));
        values.push(Value::Int(i64::try_from(page.offset()).unwrap_or(i64::MAX)));
        let (size, offset) = (values.len() - 1, values.len());
        // The page is found by what it is filtered and sorted by alone; what its items show is read for these only.
        let statement = format!(
            "SELECT {columns} FROM {from} WHERE {id} IN \
             (SELECT {id} FROM {from_of_ids} WHERE {seen} ORDER BY {sorted} LIMIT ${size} OFFSET ${offset}) ORDER BY {sorted}"
        );
        let items = db.query(&statement, &values)?.iter_mut().map(read).collect::<Result<_, _>>()?;
        Ok(List { items, total, page })
    }

    /// How many items there are.
    fn count(&self, db: &mut Db<'_>) -> Result<u64, Error> {
        let Self { from_of_ids, id, seen, .. } = self;
        // SQLite leaves a table out that is LEFT JOINed and not asked for; when counting, only with a limit.
        let count =
            format!("SELECT COUNT(*) FROM (SELECT {id} FROM {from_of_ids} WHERE {seen} LIMIT {}) counted", i64::MAX);
        let count: i64 = db.query_one(&count, &self.values)?.take()?;
        Ok(count.unsigned_abs())
    }

    /// The ids of the items in order: of all, or of so many.
    fn ids(&self, db: &mut Db<'_>, limit: Option<usize>) -> Result<Vec<KeptId>, Error> {
        let Self { from_of_ids, id, seen, sorted, .. } = self;
        let limit = limit.map_or_else(String::new, |limit| format!(" LIMIT {limit}"));
        let mut ids = Vec::new();
        db.each(
            &format!("SELECT {id} FROM {from_of_ids} WHERE {seen} ORDER BY {sorted}{limit}"),
            &self.values,
            |mut row| {
                ids.push(KeptId::parse(&row.take::<String>()?)?);
                Ok(())
            },
        )?;
        Ok(ids)
    }

    /// A page of a list whose order is kept; the first column is the id.
    fn page_of<T>(
        &self,
        db: &mut Db<'_>,
        page: Page,
        ids: &[KeptId],
        read: impl Fn(&mut Row) -> Result<(String, T), Error>,
    ) -> Result<List<T>, Error> {
        let total = ids.len() as u64;
        require_page(page, total)?;
        let start = usize::try_from(page.offset()).unwrap_or(usize::MAX).min(ids.len());
        let end = start.saturating_add(page.size.get() as usize).min(ids.len());
        let items = self.look_at(db, &ids[start..end], Some(&self.visible), read)?;
        Ok(List { items, total, page })
    }

    /// The items with these ids, in their order, as far as there are any that meet the condition; the first column is the
    /// id.
    fn look_at<T>(
        &self,
        db: &mut Db<'_>,
        ids: &[KeptId],
        condition: Option<&str>,
        read: impl Fn(&mut Row) -> Result<(String, T), Error>,
    ) -> Result<Vec<T>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let Self { columns, from, id, .. } = self;
        let wanted: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let mut values = self.visible_values.clone();
        let places = places(&wanted, &mut values);
        // PostgreSQL wants to hear of every value. These are ids, which are texts.
        let all_named = || {
            let named: Vec<String> =
                (1..=self.visible_values.len()).map(|number| format!("${number} = ${number}")).collect();
            named.join(" AND ")
        };
        let condition = condition.map_or_else(all_named, str::to_owned);
        let statement = format!("SELECT {columns} FROM {from} WHERE {condition} AND {id} IN ({places})");
        let rows = db.query(&statement, &values)?.iter_mut().map(read).collect::<Result<Vec<_>, _>>()?;
        let mut found: HashMap<String, T> = rows.into_iter().collect();
        Ok(wanted.iter().filter_map(|id| found.remove(id)).collect())
    }
}

fn require_page(page: Page, total: u64) -> Result<(), Error> {
    if page.exists(total) {
        Ok(())
    } else {
        Err(Error::InvalidList(InvalidList::PastTheEnd { page: page.number.get(), total }))
    }
}

/// The places of these ids in a statement, whose values they are added to.
pub(crate) fn places(ids: &[String], values: &mut Vec<Value>) -> String {
    let places = ids.iter().map(|id| {
        values.push(Value::from(id));
        format!("${}", values.len())
    });
    places.collect::<Vec<_>>().join(", ")
}

fn find<'f>(fields: &'f [Field], name: &str) -> Result<&'f Field, Error> {
    let unknown = || Error::InvalidList(InvalidList::Field(name.to_owned()));
    fields.iter().find(|field| field.name == name).ok_or_else(unknown)
}

/// A filter as SQL; its values are added to those of the statement.
fn condition(filter: &Filter, field: &Field, dialect: Dialect, values: &mut Vec<Value>) -> Result<String, Error> {
    if !field.operators.contains(&filter.operator) {
        return Err(Error::InvalidList(InvalidList::Operator { field: filter.field.clone() }));
    }
    let mut parameters = Vec::new();
    for text in &filter.values {
        let value = value(field, text).ok_or_else(|| {
            Error::InvalidList(InvalidList::Value { field: filter.field.clone(), value: text.clone() })
        })?;
        values.push(match (filter.operator, value) {
            (Operator::Cieq, Value::Text(text)) => Value::Text(text.to_lowercase()),
            (_, value) => value,
        });
        parameters.push(format!("${}", values.len()));
    }
    let column = if field.holds == Holds::Tag { "t.label_key" } else { field.column };
    let first = parameters.first().map_or("NULL", String::as_str);
    let compared = match filter.operator {
        Operator::Eq => format!("{column} = {first}"),
        Operator::Cieq => format!("{} = {first}", field.key.unwrap_or(column)),
        Operator::Gt => format!("{column} > {first}"),
        Operator::Gte => format!("{column} >= {first}"),
        Operator::Lt => format!("{column} < {first}"),
        Operator::Lte => format!("{column} <= {first}"),
        Operator::Has => dialect.contains(column, first),
        Operator::In => format!("{column} IN ({})", parameters.join(", ")),
    };
    Ok(match field.holds {
        Holds::Tag => format!("{} IN (SELECT t.content_id FROM tags t WHERE {compared})", field.column),
        Holds::OfConnection => {
            format!("i.id IN (SELECT x.item_id FROM connections x WHERE {compared})")
        }
        _ => compared,
    })
}

fn value(field: &Field, text: &str) -> Option<Value> {
    Some(match field.holds {
        // PostgreSQL has no text with a NUL in it.
        _ if text.contains('\0') => return None,
        Holds::Text | Holds::OfConnection => Value::from(text),
        Holds::UserName => Value::from(accounts::without_local_domain(text)),
        Holds::Id => Value::from(text.parse::<UserId>().ok()?),
        Holds::Role => Value::from(text.parse::<SiteRole>().ok()?),
        Holds::Time => Value::from(text.parse::<Timestamp>().ok()?),
        Holds::Flag => Value::from(text.to_ascii_lowercase().parse::<bool>().ok()?),
        Holds::Number => Value::from(text.parse::<i64>().ok()?),
        Holds::Megabytes => Value::from(text.parse::<i64>().ok()?.checked_mul(1024 * 1024)?),
        Holds::Tag => Value::from(text.to_lowercase()),
    })
}
