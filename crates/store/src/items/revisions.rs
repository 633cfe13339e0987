//! Revisions: each publishing of an item, as long as the site keeps it.

use tavola_model::{Capability, ContentKind, Page, SiteId, Timestamp, UserId};

use super::{Stored, find, record};
use crate::{
    Actor, Conflict, Error, InvalidList, List, Missing, Refusal, Store,
    content::Blob,
    sites,
    sql::{Db, Tx, statements, values},
};

/// A publishing of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// Its number, counted from 1.
    pub number: u64,
    /// When it was published.
    pub published_at: Timestamp,
    /// Who published it, if that user is still there: id and name.
    pub publisher: Option<(UserId, String)>,
    /// The bytes of its file.
    pub size: u64,
    /// Whether it is the newest.
    pub current: bool,
    /// Whether it was removed: its number is left, and nothing else.
    pub deleted: bool,
}

/// A file to hand back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// Its bytes.
    pub blob: Blob,
    /// The item's name.
    pub name: String,
    /// What kind of file it is: `twb`, `twbx`, `tds`, …
    pub file_type: String,
}

statements! {
    INSERT = "INSERT INTO revisions (item_id, number, blob_id, file_type, size, publisher_id, published_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    COUNT = "SELECT COUNT(*) FROM revisions WHERE item_id = $1";
    LIST = "SELECT r.number, r.published_at, r.publisher_id, a.name, r.size, r.blob_id FROM revisions r \
        LEFT JOIN users u ON u.id = r.publisher_id LEFT JOIN accounts a ON a.id = u.account_id \
        WHERE r.item_id = $1 ORDER BY r.number LIMIT $2 OFFSET $3";
    BLOB = "SELECT b.id, b.hash, b.size, b.key_id, r.file_type FROM revisions r JOIN blobs b ON b.id = r.blob_id \
        WHERE r.item_id = $1 AND r.number = $2";
    // What exceeds the limit is forgotten whole, removed ones first of all.
    PRUNE = "DELETE FROM revisions WHERE item_id = $1 AND number <= $2";
    NTH = "SELECT number FROM revisions WHERE item_id = $1 AND blob_id IS NOT NULL ORDER BY number DESC LIMIT 1 OFFSET $2";
    EMPTY = "UPDATE revisions SET blob_id = NULL, size = 0 WHERE item_id = $1 AND number = $2 AND blob_id IS NOT NULL";
}

/// What a site does with the revisions that are not the newest.
struct Policy {
    history: bool,
    /// How many are kept; none for all.
    limit: Option<i64>,
}

impl Policy {
    fn of(db: &mut Db<'_>, item: &Stored) -> Result<Self, Error> {
        let settings = sites::lookup(db, item.site_id)?.map(|site| site.settings).unwrap_or_default();
        let history = settings.get("revisionHistoryEnabled").is_none_or(|text| text != "false");
        let limit = settings.get("revisionLimit").and_then(|text| text.trim().parse().ok()).unwrap_or(25);
        Ok(Self { history, limit: Some(limit).filter(|limit| *limit >= 1) })
    }
}

/// Adds the newest revision, and forgets those that the site does not keep.
pub(super) fn publish(
    tx: &mut Tx<'_>,
    actor: &Actor,
    item: &Stored,
    blob: &Blob,
    file_type: &str,
) -> Result<(), Error> {
    let now = tx.now();
    let size = i64::try_from(blob.size()).unwrap_or(i64::MAX);
    tx.execute(INSERT, values![&item.id, item.revision, blob.id(), file_type, size, actor.user_id(), now])?;
    let policy = Policy::of(tx, item)?;
    let kept = if policy.history { policy.limit } else { Some(1) };
    if let Some(kept) = kept
        && let Some(mut row) = tx.query_opt(NTH, values![&item.id, kept])?
    {
        let oldest: i64 = row.take()?;
        tx.execute(PRUNE, values![&item.id, oldest])?;
    }
    Ok(())
}

/// The revisions of an item, oldest first, for those who may write it.
pub(crate) async fn list(
    store: &Store,
    actor: &Actor,
    kind: ContentKind,
    id: String,
    page: Page,
) -> Result<List<Revision>, Error> {
    let actor = actor.clone();
    store
        .scan(move |db| {
            let item = find(db, &actor, kind, &id, Capability::Write)?;
            require_history(db, &item)?;
            let total = db.query_one(COUNT, values![&item.id])?.take::<i64>()?.unsigned_abs();
            if !page.exists(total) {
                return Err(Error::InvalidList(InvalidList::PastTheEnd { page: page.number.get(), total }));
            }
            let offset = i64::try_from(page.offset()).unwrap_or(i64::MAX);
            let rows = db.query(LIST, values![&item.id, i64::from(page.size.get()), offset])?;
            let read = |mut row: crate::sql::Row| {
                let number: i64 = row.take()?;
                let published_at = row.take()?;
                let publisher: Option<UserId> = row.take()?;
                let name: Option<String> = row.take()?;
                let size = row.take::<i64>()?.unsigned_abs();
                let blob: Option<String> = row.take()?;
                Ok(Revision {
                    number: number.unsigned_abs(),
                    published_at,
                    publisher: publisher.zip(name),
                    size,
                    current: number == item.revision,
                    deleted: blob.is_none(),
                })
            };
            let items = rows.into_iter().map(read).collect::<Result<_, Error>>()?;
            Ok(List { items, total, page })
        })
        .await
}

fn require_history(db: &mut Db<'_>, item: &Stored) -> Result<(), Error> {
    if Policy::of(db, item)?.history { Ok(()) } else { Err(Error::Forbidden(Refusal::NoRevisionHistory)) }
}

/// The file of an item's revision, of the newest if none is named, for those who may download it. Where nobody may
/// download a kind, those who may write it: its text says how the rows are guarded.
pub(crate) async fn download(
    store: &Store,
    actor: &Actor,
    kind: ContentKind,
    id: String,
    number: Option<u64>,
) -> Result<Download, Error> {
    let actor = actor.clone();
    let capability = if kind.has(Capability::ExportXml) { Capability::ExportXml } else { Capability::Write };
    store
        .scan(move |db| {
            let item = find(db, &actor, kind, &id, capability)?;
            let wanted = match number {
                None => item.revision,
                Some(number) => {
                    let number = i64::try_from(number).unwrap_or(i64::MAX);
                    if number != item.revision {
                        require_history(db, &item)?;
                    }
                    number
                }
            };
            file(db, &item, wanted)
        })
        .await
}

/// The file of an item's newest revision.
pub(super) fn newest(db: &mut Db<'_>, item: &Stored) -> Result<Download, Error> {
    file(db, item, item.revision)
}

/// The file of the newest revision of an item that the caller was granted something of.
pub(crate) fn newest_file(db: &mut Db<'_>, kind: ContentKind, id: &str, site: SiteId) -> Result<Download, Error> {
    let item = super::stored(db, kind, id, site)?;
    newest(db, &item)
}

fn file(db: &mut Db<'_>, item: &Stored, number: i64) -> Result<Download, Error> {
    let missing = || Error::NotFound(Missing::Revision(number));
    let mut row = db.query_opt(BLOB, values![&item.id, number])?.ok_or_else(missing)?;
    let blob = Blob::read(&mut row)?;
    Ok(Download { blob, name: item.name.clone(), file_type: row.take()? })
}

/// Removes a revision's file, not that of the newest, for those who may write the item. Its number is left.
pub(crate) async fn remove(
    store: &Store,
    actor: &Actor,
    kind: ContentKind,
    id: String,
    number: u64,
) -> Result<(), Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let item = find(tx, &actor, kind, &id, Capability::Write)?;
            require_history(tx, &item)?;
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            if number == item.revision {
                return Err(Error::Conflict(Conflict::NewestRevision));
            }
            if tx.execute(EMPTY, values![&item.id, number])? == 0 {
                return Err(Error::NotFound(Missing::Revision(number)));
            }
            record(tx, &actor, "remove_revision", &item, Some(format!("revision {number}")))
        })
        .await
}
