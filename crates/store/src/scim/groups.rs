//! Groups, as an identity provider sees and changes them.

use std::collections::BTreeSet;

use tavola_model::{GroupId, GroupName, Timestamp, UserId};

use super::{Span, require_provider};
use crate::{
    Actor, Error, Missing, Store, accounts,
    groups::{self, GroupChange, NewGroup},
    sql::{Db, Tx, Value, statements, values},
};

/// A group, as a provider is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScimGroup {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// What the provider calls it; `""` if it has not said.
    pub external_id: String,
    /// Who is in it, by name, if that was asked for.
    pub members: Vec<(UserId, String)>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A group as a provider wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewScimGroup {
    /// Its name.
    pub name: GroupName,
    /// What the provider calls it.
    pub external_id: String,
    /// Who is to be in it.
    pub members: BTreeSet<UserId>,
}

/// Which groups are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupFilter {
    /// The one of this name, whatever the case.
    Name(String),
    /// The one that the provider calls so.
    ExternalId(String),
    /// The one of this id.
    Id(GroupId),
}

macro_rules! seen {
    () => {
        "groups g LEFT JOIN scim_groups s ON s.group_id = g.id WHERE g.site_id = $1 AND g.all_users = 0"
    };
}

statements! {
    FIND = concat!("SELECT g.id, g.name, s.external_id, g.created_at, g.updated_at FROM ", seen!(), " AND g.id = $2");
    MEMBERS = "SELECT u.id, a.name FROM group_users gu JOIN users u ON u.id = gu.user_id \
        JOIN accounts a ON a.id = u.account_id WHERE gu.group_id = $1 ORDER BY u.name_key, u.id";
    PUT = "INSERT INTO scim_groups (group_id, external_id) VALUES ($1, $2) \
        ON CONFLICT (group_id) DO UPDATE SET external_id = excluded.external_id";
}

fn find(db: &mut Db<'_>, actor: &Actor, id: GroupId, with_members: bool) -> Result<ScimGroup, Error> {
    let row = db.query_opt(FIND, values![actor.site_id(), id])?;
    let mut row = row.ok_or_else(|| Error::NotFound(Missing::Group(id.to_string())))?;
    let mut group = ScimGroup {
        id: row.take()?,
        name: row.take()?,
        external_id: row.take::<Option<String>>()?.unwrap_or_default(),
        members: Vec::new(),
        created_at: row.take()?,
        updated_at: row.take()?,
    };
    if with_members {
        let mut rows = db.query(MEMBERS, values![id])?;
        let members = rows.iter_mut().map(|row| Ok((row.take()?, row.take()?)));
        group.members = members.collect::<Result<_, Error>>()?;
    }
    Ok(group)
}

/// The groups of the provider's site by name, so many from a place on, which is 0 for the first.
pub async fn list(
    store: &Store,
    actor: &Actor,
    filter: Option<GroupFilter>,
    (skip, count): (u64, u64),
    with_members: bool,
) -> Result<Span<ScimGroup>, Error> {
    require_provider(actor)?;
    let actor = actor.clone();
    store
        .scan(move |db| {
            let mut values = values![actor.site_id()].to_vec();
            let (condition, value) = match &filter {
                None => ("", None),
                Some(GroupFilter::Name(name)) => {
                    (" AND g.name_key = $2", Some(Value::from(name.trim().to_lowercase())))
                }
                Some(GroupFilter::ExternalId(id)) => (" AND s.external_id = $2", Some(Value::from(id))),
                Some(GroupFilter::Id(id)) => (" AND g.id = $2", Some(Value::from(*id))),
            };
            values.extend(value);
            let count_all = format!("SELECT COUNT(*) FROM {}{condition}", seen!());
            let total: i64 = db.query_one(&count_all, &values)?.take()?;
            let (limit, offset) = (values.len() + 1, values.len() + 2);
            values.extend([count, skip].map(|number| Value::Int(i64::try_from(number).unwrap_or(i64::MAX))));
            let page = format!(
                "SELECT g.id FROM {}{condition} ORDER BY g.name_key, g.id LIMIT ${limit} OFFSET ${offset}",
                seen!()
            );
            let ids =
                db.query(&page, &values)?.iter_mut().map(|row| row.take()).collect::<Result<Vec<GroupId>, _>>()?;
            let items = ids.into_iter().map(|id| find(db, &actor, id, with_members)).collect::<Result<_, _>>()?;
            Ok(Span { total: total.unsigned_abs(), items })
        })
        .await
}

/// A group of the provider's site.
pub async fn get(store: &Store, actor: &Actor, id: GroupId) -> Result<ScimGroup, Error> {
    require_provider(actor)?;
    let actor = actor.clone();
    store.scan(move |db| find(db, &actor, id, true)).await
}

/// Makes a group on the provider's site.
pub async fn create(store: &Store, actor: &Actor, new: NewScimGroup) -> Result<ScimGroup, Error> {
    require_provider(actor)?;
    let actor = actor.clone();
    store
        .write(move |tx| {
            accounts::check_text("externalId", &new.external_id)?;
            let group = NewGroup { name: new.name.clone(), minimum_site_role: None, external_user_enabled: false };
            let id = groups::create_now(tx, &actor, &group)?.id;
            put(tx, &actor, id, &BTreeSet::new(), &new)
        })
        .await
}

/// Changes a group into what is made of it as it is now.
pub async fn change(
    store: &Store,
    actor: &Actor,
    id: GroupId,
    into: impl Fn(&ScimGroup) -> Result<NewScimGroup, Error> + Send + 'static,
) -> Result<ScimGroup, Error> {
    require_provider(actor)?;
    let actor = actor.clone();
    store
        .write(move |tx| {
            let current = find(tx, &actor, id, true)?;
            let new = into(&current)?;
            accounts::check_text("externalId", &new.external_id)?;
            let change = GroupChange { name: Some(new.name.clone()), ..GroupChange::default() };
            groups::update_now(tx, &actor, id, &change)?;
            let members = current.members.iter().map(|(id, _)| *id).collect();
            put(tx, &actor, id, &members, &new)
        })
        .await
}

fn put(
    tx: &mut Tx<'_>,
    actor: &Actor,
    id: GroupId,
    members: &BTreeSet<UserId>,
    new: &NewScimGroup,
) -> Result<ScimGroup, Error> {
    let (joining, leaving) = (new.members.difference(members), members.difference(&new.members));
    groups::change_members_now(tx, actor, id, joining, leaving)?;
    tx.execute(PUT, values![id, &new.external_id])?;
    find(tx, actor, id, true)
}

/// Deletes a group of the provider's site. Its users stay.
pub async fn delete(store: &Store, actor: &Actor, id: GroupId) -> Result<(), Error> {
    require_provider(actor)?;
    groups::delete(store, actor, id).await
}
