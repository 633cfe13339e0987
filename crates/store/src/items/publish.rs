//! Publishing: a file becomes an item, or the newest revision of one, in one transaction.

use std::collections::HashSet;

use tavola_model::{Capability, ContentKind, ContentName, JobType, ProjectId, SiteId, UploadId, WorkbookId};

use super::{
    Download, FIND_NAMED, Kind, NewConnection, Sealed, Stored, connections, find, look_at, revisions, unknown,
};
use crate::{
    Actor, Conflict, Error, Refusal, Store, Taken,
    content::{self, Blob},
    jobs::{self, Job},
    permissions::{self, Granted},
    projects, random, sites,
    sql::{Db, Tx, statements, values},
    uploads,
};

statements! {
    INSERT = "INSERT INTO items (id, site_id, kind, project_id, owner_id, name, name_key, description, content_url, \
        content_url_key, file_type, size, has_extracts, encrypt_extracts, revision, created_at, updated_at, published_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $15, $15, $15)";
    UPDATE = "UPDATE items SET description = $2, file_type = $3, size = $4, has_extracts = $5, encrypt_extracts = $6, \
        revision = $7, updated_at = $8, published_at = $8 WHERE id = $1";
    CONTENT_URLS = "SELECT content_url_key FROM items WHERE site_id = $1 AND kind = $2 AND deleted_at IS NULL \
        AND (content_url_key = $3 OR (content_url_key > $4 AND content_url_key < $5))";
    STORED = "SELECT CAST(COALESCE(SUM(r.size), 0) AS BIGINT) FROM revisions r JOIN items i ON i.id = r.item_id \
        WHERE i.site_id = $1";
}

/// Where a file is to be published.
#[derive(Debug, Clone)]
pub struct Destination {
    /// The project; none for Default.
    pub project_id: Option<ProjectId>,
    /// The name there.
    pub name: ContentName,
    /// Whether an item of that name gets a new revision; otherwise it is refused.
    pub overwrite: bool,
}

/// A file to publish, received and read.
#[derive(Clone)]
pub struct NewFile {
    /// Where to.
    pub destination: Destination,
    /// What it is for; none leaves it as it is.
    pub description: Option<String>,
    /// Whether its extracts are to be encrypted; none leaves it as it is.
    pub encrypt_extracts: Option<bool>,
    /// Its bytes.
    pub blob: Blob,
    /// What kind of file: `tds`, `hyper`, `tfl`, …
    pub file_type: String,
    /// Whether there are extracts in it.
    pub has_extracts: bool,
    /// How its data is reached.
    pub connections: Vec<NewConnection>,
    /// The upload that the file came by, which is over then.
    pub upload: Option<UploadId>,
}

impl NewFile {
    /// What is written down of its publishing.
    pub(crate) fn described(&self, item: &Stored) -> String {
        format!("revision {}, {} bytes, {}", item.revision, self.blob.size(), self.file_type)
    }
}

/// Asks whether the actor may publish there, before the file is sent.
pub(crate) async fn check_destination(
    store: &Store,
    actor: &Actor,
    kind: ContentKind,
    destination: Destination,
) -> Result<(), Error> {
    let actor = actor.clone();
    store.scan(move |db| find_destination(db, &actor, kind, &destination).map(drop)).await
}

/// The id of the item of that name there, if there is one and the actor may publish over it.
pub(crate) async fn find_target(
    store: &Store,
    actor: &Actor,
    kind: ContentKind,
    destination: Destination,
) -> Result<String, Error> {
    let actor = actor.clone();
    let destination = Destination { overwrite: true, ..destination };
    store
        .scan(move |db| {
            let project = find_project(db, &actor, destination.project_id)?;
            let existing = find_existing(db, &actor, kind, project.id, &destination)?;
            existing.map(|item| item.into_inner().id).ok_or_else(|| unknown(kind, destination.name.as_str()))
        })
        .await
}

fn find_project(
    db: &mut Db<'_>,
    actor: &Actor,
    project: Option<ProjectId>,
) -> Result<Granted<projects::Stored>, Error> {
    if !actor.is_site_administrator() && !actor.site_role().may_publish() {
        return Err(Error::Forbidden(Refusal::NotPublisher));
    }
    let project = match project {
        Some(project) => project,
        None => projects::default_of(db, actor.site_id())?,
    };
    projects::find(db, actor, project, Capability::Write)
}

/// The item that has the name already, if the actor may publish over it.
fn find_existing(
    db: &mut Db<'_>,
    actor: &Actor,
    kind: ContentKind,
    project: ProjectId,
    destination: &Destination,
) -> Result<Option<Granted<Stored>>, Error> {
    let Some(mut row) = db.query_opt(FIND_NAMED, values![project, kind, destination.name.key()])? else {
        return Ok(None);
    };
    let existing = Stored::read(&mut row)?;
    if !destination.overwrite {
        return Err(Error::AlreadyExists(Taken::ContentName(kind, existing.name)));
    }
    match find(db, actor, kind, &existing.id, Capability::Write) {
        // Whoever may not see it learns by the taken name that it is there, and no more.
        Err(Error::NotFound(_)) => Err(Error::Forbidden(Refusal::LacksCapability(Capability::Write))),
        found => found.map(Some),
    }
}

/// The project of a destination, if the actor may publish there under this name.
pub(crate) fn find_destination(
    db: &mut Db<'_>,
    actor: &Actor,
    kind: ContentKind,
    destination: &Destination,
) -> Result<Granted<projects::Stored>, Error> {
    let project = find_project(db, actor, destination.project_id)?;
    find_existing(db, actor, kind, project.id, destination)?;
    Ok(project)
}

/// Publishes what is ready, by a function that says the item's id; gives the item as the actor sees it.
pub(crate) async fn publish_now<K: Kind, Ready: Send + 'static>(
    store: &Store,
    actor: &Actor,
    ready: Ready,
    publish: fn(&mut Tx<'_>, &Actor, &Ready) -> Result<String, Error>,
) -> Result<K, Error> {
    let actor = actor.clone();
    store
        .write(move |tx| {
            let id = publish(tx, &actor, &ready)?;
            look_at(tx, &actor, &id)
        })
        .await
}

/// Begins to do so in the background. The file is kept by the job until it is done.
pub(crate) async fn publish_as_job<Ready: Send + Sync + 'static>(
    store: &Store,
    actor: &Actor,
    job_type: JobType,
    ready: Ready,
    publish: fn(&mut Tx<'_>, &Actor, &Ready) -> Result<String, Error>,
) -> Result<Job, Error> {
    let by = actor.clone();
    jobs::in_background(store, actor, job_type, move |tx| publish(tx, &by, &ready).map(drop)).await
}

/// Publishes a file as an item of a kind, with its connections sealed; says whether the item is a new one. What is the kind's
/// own, the room writes in the same transaction.
pub(crate) fn publish(
    tx: &mut Tx<'_>,
    actor: &Actor,
    kind: ContentKind,
    file: &NewFile,
    connections: &Sealed,
) -> Result<(Stored, bool), Error> {
    let NewFile { destination, description, encrypt_extracts, blob, file_type, has_extracts, connections: _, upload } =
        file;
    let project = find_project(tx, actor, destination.project_id)?;
    let existing = find_existing(tx, actor, kind, project.id, destination)?;
    if description.as_ref().is_some_and(|text| text.contains('\0')) {
        return Err(Error::invalid("the description must not hold a NUL"));
    }
    require_room(tx, project.site_id, blob.size())?;
    content::keep(tx, blob)?;
    let now = tx.now();
    let size = i64::try_from(blob.size()).unwrap_or(i64::MAX);
    let is_new = existing.is_none();
    let item = if let Some(existing) = existing {
        let mut item = existing.into_inner();
        item.revision += 1;
        if let Some(text) = description {
            text.clone_into(&mut item.description);
        }
        item.encrypt_extracts = encrypt_extracts.unwrap_or(item.encrypt_extracts);
        replace_file(tx, &item, blob, file_type, *has_extracts)?;
        item
    } else {
        let mut wanted = url_name(destination.name.as_str());
        if wanted.is_empty() {
            wanted = kind.to_string();
        }
        let content_url = free_content_url(tx, project.site_id, kind, wanted)?;
        let item = Stored {
            // The ids of all kinds are made alike.
            id: WorkbookId::from_random_bytes(random::bytes()).to_string(),
            kind,
            site_id: project.site_id,
            project_id: project.id,
            controlling_id: project.controlling_id,
            owner_id: actor.user_id(),
            name: destination.name.as_str().to_owned(),
            description: description.clone().unwrap_or_default(),
            content_url,
            encrypt_extracts: encrypt_extracts.unwrap_or(false),
            revision: 1,
        };
        tx.execute(
            INSERT,
            values![
                &item.id,
                item.site_id,
                item.kind,
                item.project_id,
                item.owner_id,
                &item.name,
                destination.name.key(),
                &item.description,
                &item.content_url,
                item.content_url.to_lowercase(),
                file_type,
                size,
                *has_extracts,
                item.encrypt_extracts,
                now
            ],
        )?;
        permissions::copy_defaults(tx, project.source_of_rules(), kind, &item.id)?;
        item
    };
    revisions::publish(tx, actor, &item, blob, file_type)?;
    connections::publish(tx, &item.id, connections)?;
    if let Some(upload) = upload {
        uploads::delete(tx, *upload)?;
    }
    Ok((item, is_new))
}

/// An item whose file is to become another one.
#[derive(Debug, Clone)]
pub struct Base {
    id: String,
    revision: i64,
    /// Its file as it is.
    pub file: Download,
}

impl Base {
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The item as it is now, for those who may publish over it.
    pub(crate) fn find(db: &mut Db<'_>, actor: &Actor, kind: ContentKind, id: &str) -> Result<Self, Error> {
        let item = may_revise(db, actor, kind, id)?;
        let file = revisions::newest(db, &item)?;
        Ok(Self { id: item.id, revision: item.revision, file })
    }
}

fn may_revise(db: &mut Db<'_>, actor: &Actor, kind: ContentKind, id: &str) -> Result<Stored, Error> {
    let item = find(db, actor, kind, id, Capability::Write)?.into_inner();
    find_project(db, actor, Some(item.project_id))?;
    Ok(item)
}

/// Publishes what was made of an item's file as its newest revision. All but the file stays as it is. A conflict when another
/// revision was published meanwhile.
pub(crate) fn revise(
    tx: &mut Tx<'_>,
    actor: &Actor,
    kind: ContentKind,
    base: &Base,
    blob: &Blob,
) -> Result<Stored, Error> {
    let mut item = may_revise(tx, actor, kind, &base.id)?;
    if item.revision != base.revision {
        return Err(Error::Conflict(Conflict::RevisedMeanwhile));
    }
    require_room(tx, item.site_id, blob.size())?;
    content::keep(tx, blob)?;
    item.revision += 1;
    replace_file(tx, &item, blob, &base.file.file_type, true)?;
    revisions::publish(tx, actor, &item, blob, &base.file.file_type)?;
    Ok(item)
}

/// Writes down what an item's file is from now on.
fn replace_file(tx: &mut Tx<'_>, item: &Stored, blob: &Blob, file_type: &str, has_extracts: bool) -> Result<(), Error> {
    let now = tx.now();
    let size = i64::try_from(blob.size()).unwrap_or(i64::MAX);
    tx.execute(
        UPDATE,
        values![&item.id, &item.description, file_type, size, has_extracts, item.encrypt_extracts, item.revision, now],
    )?;
    Ok(())
}

/// Refuses a file that the site's storage quota has no room for.
fn require_room(db: &mut Db<'_>, site: SiteId, size: u64) -> Result<(), Error> {
    let Some(quota) = sites::lookup(db, site)?.and_then(|site| site.storage_quota) else { return Ok(()) };
    let quota = quota.unsigned_abs();
    let stored = db.query_one(STORED, values![site])?.take::<i64>()?.unsigned_abs();
    if stored.saturating_add(size) > quota.saturating_mul(1024 * 1024) {
        return Err(Error::Conflict(Conflict::StorageQuota(quota)));
    }
    Ok(())
}

/// What of a name stays in URLs: letters, digits, `-` and `_`.
pub(crate) fn url_name(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
}

/// The content URL, or the first with a number behind it that no item of the kind has.
pub(crate) fn free_content_url(
    db: &mut Db<'_>,
    site: SiteId,
    kind: ContentKind,
    wanted: String,
) -> Result<String, Error> {
    let key = wanted.to_lowercase();
    // '`' follows '_': what lies between are the names with a number.
    let rows = db.query(CONTENT_URLS, values![site, kind, &key, format!("{key}_"), format!("{key}`")])?;
    let taken = rows.into_iter().map(|mut row| row.take()).collect::<Result<HashSet<String>, _>>()?;
    Ok(first_free(&wanted, |url| taken.contains(url)))
}

/// The name, or the first with a number behind it that is not taken in lower case.
pub(crate) fn first_free(wanted: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let numbered = (0_u64..).map(|number| format!("{wanted}_{number}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !is_taken(&name.to_lowercase())).unwrap_or_default()
}
