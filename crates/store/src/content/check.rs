//! The consistency check: what the database says against what lies in the storage.

use std::{collections::HashSet, fmt};

use futures_util::{StreamExt as _, TryStreamExt as _};
use sha2::{Digest as _, Sha256};
use tavola_model::BlobId;

use super::{Blob, DOOM, Hash, erase, objects::Listed, read, unreferenced};
use crate::{
    Error, Store,
    sql::{statements, values},
};

/// Objects that are looked up together.
const BATCH: usize = 500;

statements! {
    IS_KNOWN = "SELECT 1 FROM blobs WHERE id = $1";
    LIST = "SELECT b.id, b.hash, b.size, b.key_id, b.state FROM blobs b \
        WHERE b.state IN ('stored', 'marked', 'damaged') AND b.id > $1 ORDER BY b.id LIMIT $2";
    FIND = "SELECT b.id, b.hash, b.size, b.key_id, b.state FROM blobs b \
        WHERE b.state IN ('stored', 'marked', 'damaged') AND b.id = $1";
    SET_DAMAGED = "UPDATE blobs SET state = 'damaged' WHERE id = $1 AND state IN ('stored', 'marked')";
    SET_STORED = "UPDATE blobs SET state = 'stored' WHERE id = $1 AND state = 'damaged'";
}

/// How to check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Check {
    /// Put right what can be: delete strays and rows that nothing refers to and whose bytes are gone; have damaged bytes
    /// replaced when they are next received.
    pub repair: bool,
    /// Read all bytes and compare their hashes, which takes as long as reading them does.
    pub hashes: bool,
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many blobs there are.
    pub blobs: u64,
    /// How many plain bytes they have.
    pub bytes: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty()
    }
}

/// Something that is wrong, or was until it was repaired.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Bytes that no row of the database names. Repaired by deleting them.
    Stray {
        /// Their name in the storage.
        name: String,
        /// How many they are.
        size: u64,
    },
    /// Something in the storage that is not Tavola's. It is left alone.
    Foreign {
        /// Its name in the storage.
        name: String,
    },
    /// The bytes are not there.
    Missing(Broken),
    /// There are more or fewer bytes than there were.
    WrongSize(Broken),
    /// The bytes are others than they were, or cannot be opened.
    WrongBytes(Broken),
}

/// A blob that cannot be read any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// What its bytes were.
    pub hash: Hash,
    /// How many they were.
    pub size: u64,
    /// Whether something refers to it: its content is lost until the same bytes are received again. If nothing does,
    /// repairing deletes it.
    pub referenced: bool,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (problem, broken) = match self {
            Self::Stray { name, size } => return write!(f, "`{name}`: {size} bytes that nothing refers to"),
            Self::Foreign { name } => return write!(f, "`{name}`: not put there by this program"),
            Self::Missing(broken) => ("the bytes are not there", broken),
            Self::WrongSize(broken) => ("the size is wrong", broken),
            Self::WrongBytes(broken) => ("the bytes are damaged", broken),
        };
        let use_ = if broken.referenced { "in use" } else { "not in use" };
        write!(f, "`{}` ({} bytes, {use_}): {problem}", broken.hash, broken.size)
    }
}

/// Compares the database with the storage. Nothing need stand still meanwhile: rows are written before bytes and deleted
/// after them, so bytes that still lie there after their row was not found are strays for certain.
pub async fn check(store: &Store, how: Check) -> Result<Report, Error> {
    let mut report = Report::default();
    let seen = check_objects(store, how, &mut report).await?;
    check_rows(store, how, &seen, &mut report).await?;
    Ok(report)
}

/// From the storage's side: strays. Says which blobs' bytes lie there with the size that they should have.
async fn check_objects(store: &Store, how: Check, report: &mut Report) -> Result<HashSet<(BlobId, u64)>, Error> {
    let mut seen = HashSet::new();
    let mut pages = store.0.content.objects.list().try_chunks(BATCH);
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| error.1)?;
        let ids: Vec<Option<BlobId>> = page.iter().map(|listed| listed.id).collect();
        let known: Vec<bool> = store
            .scan(move |db| {
                let known = |id: &Option<BlobId>| match id {
                    Some(id) => db.query_opt(IS_KNOWN, values![*id]).map(|row| row.is_some()),
                    None => Ok(false),
                };
                ids.iter().map(known).collect::<Result<_, Error>>()
            })
            .await?;
        for (Listed { name, id, size }, known) in page.into_iter().zip(known) {
            match id {
                Some(id) if known => {
                    seen.insert((id, size));
                }
                // It may have been deleted since it was listed.
                Some(id) => {
                    if store.0.content.objects.size(id).await?.is_some() {
                        if how.repair {
                            store.0.content.objects.delete(id, None).await?;
                        }
                        report.findings.push(Finding::Stray { name, size });
                    }
                }
                None => report.findings.push(Finding::Foreign { name }),
            }
        }
    }
    Ok(seen)
}

/// From the database's side: what is missing or wrong.
async fn check_rows(
    store: &Store,
    how: Check,
    seen: &HashSet<(BlobId, u64)>,
    report: &mut Report,
) -> Result<(), Error> {
    let mut after = String::new();
    loop {
        let page: Vec<(Blob, bool)> = store
            .scan(move |db| {
                let rows = db.query(LIST, values![after.as_str(), BATCH as i64])?;
                let blob = |mut row| Ok((Blob::read(&mut row)?, row.take::<String>()? == "damaged"));
                rows.into_iter().map(blob).collect::<Result<_, Error>>()
            })
            .await?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = last.id.to_string();
        for (blob, damaged) in page {
            report.blobs += 1;
            report.bytes += blob.size;
            check_blob(store, how, seen.contains(&(blob.id, blob.stored_size())), blob, damaged, report).await?;
        }
    }
}

async fn check_blob(
    store: &Store,
    how: Check,
    seen: bool,
    blob: Blob,
    damaged: bool,
    report: &mut Report,
) -> Result<(), Error> {
    let id = blob.id;
    // What was received since the storage was listed is asked for by itself.
    let size = if seen { Some(blob.stored_size()) } else { store.0.content.objects.size(id).await? };
    let finding: fn(Broken) -> Finding = match size {
        None => Finding::Missing,
        Some(size) if size != blob.stored_size() => Finding::WrongSize,
        Some(_) if how.hashes && !hash_is_right(store, &blob).await => Finding::WrongBytes,
        // Damaged bytes of the right size are sound only when they were read.
        Some(_) => {
            if damaged && how.hashes && how.repair {
                store.write(move |tx| tx.execute(SET_STORED, values![id]).map(drop)).await?;
            }
            return Ok(());
        }
    };
    let unreferenced = format!("SELECT 1 FROM blobs b WHERE b.id = $1 AND {}", unreferenced());
    let (still_there, referenced) = store
        .write(move |tx| {
            // It may have been deleted since.
            if tx.query_opt(FIND, values![id])?.is_none() {
                return Ok::<_, Error>((false, false));
            }
            let referenced = tx.query_opt(&unreferenced, values![id])?.is_none();
            if how.repair {
                tx.execute(if referenced { SET_DAMAGED } else { DOOM }, values![id])?;
            }
            Ok((true, referenced))
        })
        .await?;
    if still_there {
        if how.repair && !referenced {
            erase(store, id).await?;
        }
        report.findings.push(finding(Broken { hash: blob.hash, size: blob.size, referenced }));
    }
    Ok(())
}

async fn hash_is_right(store: &Store, blob: &Blob) -> bool {
    let hash = async {
        let mut reading = read(store, blob, None).await?;
        let mut hasher = Sha256::new();
        while let Some(bytes) = reading.stream.next().await {
            hasher.update(&bytes?);
        }
        Ok::<_, Error>(Hash(hasher.finalize().into()))
    };
    match hash.await {
        Ok(hash) => hash == blob.hash,
        Err(problem) => {
            tracing::warn!(problem = %crate::error::OneLine(&problem), blob = %blob.id, "a blob cannot be read");
            false
        }
    }
}
