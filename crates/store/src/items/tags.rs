//! Tags: labels on content, equal in any case.

use std::collections::HashMap;

use tavola_model::{Capability, ContentKind, SiteId};

use super::find;
use crate::{
    Actor, Conflict, Error, Missing, Store, sites,
    sql::{Db, Tx, Value, statements, values},
    views,
};

/// How many characters a label has at most.
const LONGEST: usize = 200;

statements! {
    ADD = "INSERT INTO tags (site_id, content_kind, content_id, label, label_key) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (content_id, label_key) DO NOTHING";
    REMOVE = "DELETE FROM tags WHERE content_id = $1 AND label_key = $2";
    FORGET = "DELETE FROM tags WHERE content_id = $1";
    LIST = "SELECT label FROM tags WHERE content_id = $1 ORDER BY label_key";
}

/// What tags are put on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tagged<'t> {
    pub site: SiteId,
    pub kind: ContentKind,
    pub id: &'t str,
}

/// Adds labels to those that are there, up to the site's limit; gives all.
pub(crate) fn add(tx: &mut Tx<'_>, on: Tagged<'_>, labels: &[String]) -> Result<Vec<String>, Error> {
    for label in labels {
        let label = label.trim();
        let problem = if label.is_empty() {
            "a tag must not be blank"
        } else if label.chars().count() > LONGEST {
            "a tag must not be longer than 200 characters"
        } else if label.chars().any(|c| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}')) {
            "a tag must not hold control characters"
        } else {
            tx.execute(ADD, values![on.site, on.kind, on.id, label, label.to_lowercase()])?;
            continue;
        };
        return Err(Error::invalid(problem));
    }
    let all = list(tx, on.id)?;
    let limit = limit(tx, on.site)?;
    if all.len() > limit {
        return Err(Error::Conflict(Conflict::TagLimit(limit)));
    }
    Ok(all)
}

/// Removes a label; says whether it was there.
pub(crate) fn remove(tx: &mut Tx<'_>, id: &str, label: &str) -> Result<bool, Error> {
    Ok(tx.execute(REMOVE, values![id, label.trim().to_lowercase()])? > 0)
}

/// Removes all labels of content that is deleted.
pub(crate) fn forget(tx: &mut Tx<'_>, id: &str) -> Result<(), Error> {
    tx.execute(FORGET, values![id]).map(drop)
}

fn list(db: &mut Db<'_>, id: &str) -> Result<Vec<String>, Error> {
    db.query(LIST, values![id])?.iter_mut().map(|row| row.take()).collect()
}

/// Adds labels to an item, for those who may read it; gives all it has.
pub(crate) async fn tag(
    store: &Store,
    actor: &Actor,
    kind: ContentKind,
    id: String,
    labels: Vec<String>,
) -> Result<Vec<String>, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let item = find(tx, &actor, kind, &id, Capability::Read)?;
            add(tx, Tagged { site: item.site_id, kind, id: &item.id }, &labels)
        })
        .await
}

/// Removes a label of an item, for those who may read it.
pub(crate) async fn untag(
    store: &Store,
    actor: &Actor,
    kind: ContentKind,
    id: String,
    label: String,
) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let item = find(tx, &actor, kind, &id, Capability::Read)?;
            if remove(tx, &item.id, &label)? { Ok(()) } else { Err(Error::NotFound(Missing::Tag(label.clone()))) }
        })
        .await
}

/// What many tags are put on or taken from at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The tags.
    pub labels: Vec<String>,
    /// Kinds and ids: items, and views.
    pub contents: Vec<(ContentKind, String)>,
}

/// Adds tags to many things, all or none, for those who may read them.
pub async fn tag_all(store: &Store, actor: &Actor, batch: Batch) -> Result<(), Error> {
    each(store, actor, batch, |tx, on, labels| add(tx, on, labels).map(drop)).await
}

/// Removes tags from many things, all or none, for those who may read them. What has no such tag is left as it is.
pub async fn untag_all(store: &Store, actor: &Actor, batch: Batch) -> Result<(), Error> {
    each(store, actor, batch, |tx, on, labels| labels.iter().try_for_each(|label| remove(tx, on.id, label).map(drop)))
        .await
}

async fn each(
    store: &Store,
    actor: &Actor,
    batch: Batch,
    change: fn(&mut Tx<'_>, Tagged<'_>, &[String]) -> Result<(), Error>,
) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            for (kind, id) in &batch.contents {
                if *kind == ContentKind::View {
                    let unknown = || Error::NotFound(Missing::Content(ContentKind::View, id.clone()));
                    views::find(tx, &actor, id.parse().map_err(|_| unknown())?, Capability::Read)?;
                } else {
                    find(tx, &actor, *kind, &id.to_lowercase(), Capability::Read)?;
                }
                let id = id.to_lowercase();
                change(tx, Tagged { site: actor.site_id(), kind: *kind, id: &id }, &batch.labels)?;
            }
            Ok(())
        })
        .await
}

/// The labels of each of these, by name; nothing for what has none.
pub(crate) fn of(db: &mut Db<'_>, ids: &[String]) -> Result<HashMap<String, Vec<String>>, Error> {
    let mut labels: HashMap<String, Vec<String>> = HashMap::new();
    if ids.is_empty() {
        return Ok(labels);
    }
    let values: Vec<Value> = ids.iter().map(Value::from).collect();
    let places: Vec<String> = (1..=values.len()).map(|place| format!("${place}")).collect();
    let statement = format!(
        "SELECT content_id, label FROM tags WHERE content_id IN ({}) ORDER BY content_id, label_key",
        places.join(", ")
    );
    for mut row in db.query(&statement, &values)? {
        labels.entry(row.take()?).or_default().push(row.take()?);
    }
    Ok(labels)
}

/// The site's `tagLimit`.
fn limit(db: &mut Db<'_>, site: SiteId) -> Result<usize, Error> {
    let site = sites::lookup(db, site)?;
    Ok(site.and_then(|site| site.settings.get("tagLimit")?.parse().ok()).unwrap_or(50))
}
