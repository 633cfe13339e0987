//! Jobs: work that goes on after its caller has been answered.
//!
//! A job's row is there before its work begins, so that its id can be asked for at once. What it works on is held by the
//! process at work alone, never by the row: there may be passwords in it. So nobody can take over from a process that
//! died; its jobs are told by their heartbeat, and once taken for dead they stay so, because whoever saw a job end must
//! not see it go on.

mod at_work;

use std::{future::Future, time::Duration};

use tavola_model::{FinishCode, JobId, JobType, StatusNoteType, Timestamp, UserId};

use crate::{
    Actor, Error, Missing, Store, random,
    sql::{Db, Row, Tx, statements, values},
};

pub(crate) use at_work::{AtWork, Work};

/// A job whose process said nothing for so long is taken for dead.
const LONGEST_SILENCE: Duration = Duration::from_secs(60);

/// Jobs older than this are forgotten.
const LONGEST_MEMORY: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A background job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What it does.
    pub job_type: JobType,
    /// How much of it is done, in percent; 100 only when all of it is.
    pub progress: u8,
    /// When it was asked for, and began.
    pub created_at: Timestamp,
    /// When its process last said that it is at work.
    pub updated_at: Timestamp,
    /// How it ended; none while it runs.
    pub ended: Option<Ended>,
    /// What it has done so far.
    pub notes: Vec<Note>,
}

/// The end of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// How.
    pub code: FinishCode,
}

/// One thing that a job did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What.
    pub note_type: StatusNoteType,
    /// How often.
    pub value: u64,
    /// More about it.
    pub text: Option<String>,
}

statements! {
    INSERT = "INSERT INTO jobs (id, site_id, user_id, type, steps, steps_done, notes, created_at, heartbeat_at) \
        VALUES ($1, $2, $3, $4, $5, 0, '[]', $6, $6)";
    FIND = "SELECT user_id, id, type, steps, steps_done, notes, created_at, heartbeat_at, completed_at, finish_code \
        FROM jobs WHERE site_id = $1 AND id = $2";
    // The last condition: what was taken for dead stays so.
    BEAT = "UPDATE jobs SET heartbeat_at = $2 WHERE id = $1 AND completed_at IS NULL AND heartbeat_at >= $3";
    RECORD = "UPDATE jobs SET heartbeat_at = $2, steps_done = $4, notes = $5, completed_at = $6, finish_code = $7 \
        WHERE id = $1 AND completed_at IS NULL AND heartbeat_at >= $3";
    DELETE = "DELETE FROM jobs WHERE id = $1";
    FORGET_OLD = "DELETE FROM jobs WHERE created_at < $1";
}

/// A job of the actor's site: any for administrators, otherwise those that the actor began.
pub async fn get(store: &Store, actor: &Actor, id: JobId) -> Result<Job, Error> {
    let actor = actor.clone();
    store.read(move |db| find(db, &actor, id)).await
}

/// The job, if the actor may see it.
fn find(db: &mut Db<'_>, actor: &Actor, id: JobId) -> Result<Job, Error> {
    let unknown = || Error::NotFound(Missing::Job(id.to_string()));
    let now = db.now();
    let mut row = db.query_opt(FIND, values![actor.site_id(), id])?.ok_or_else(unknown)?;
    let began_by: Option<UserId> = row.take()?;
    if began_by != Some(actor.user_id()) && !actor.is_site_administrator() {
        return Err(unknown());
    }
    read(&mut row, now)
}

fn read(row: &mut Row, now: Timestamp) -> Result<Job, Error> {
    let (id, job_type) = (row.take()?, row.take()?);
    let (steps, done): (i64, i64) = (row.take()?, row.take()?);
    let notes: String = row.take()?;
    let mut notes = notes_of_text(&notes)?;
    let (created_at, updated_at): (Timestamp, Timestamp) = (row.take()?, row.take()?);
    let (completed_at, code): (Option<Timestamp>, Option<i64>) = (row.take()?, row.take()?);
    let mut ended =
        completed_at.map(|at| Ended { at, code: code.and_then(FinishCode::of_number).unwrap_or(FinishCode::Failed) });
    if ended.is_none() && now.since(updated_at) > LONGEST_SILENCE {
        ended = Some(Ended { at: updated_at.plus(LONGEST_SILENCE), code: FinishCode::Failed });
        broke_off(&mut notes, SERVER_STOPPED, done.unsigned_abs(), steps.unsigned_abs());
    }
    let percent = if steps > 0 { done.saturating_mul(100) / steps } else { 0 };
    let most = if ended.is_some_and(|ended| ended.code == FinishCode::Success) { 100 } else { 99 };
    Ok(Job {
        id,
        job_type,
        progress: u8::try_from(percent.clamp(0, most)).unwrap_or(0),
        created_at,
        updated_at,
        ended,
        notes,
    })
}

/// Why a job that was not taken to its end broke off.
pub(crate) const SERVER_STOPPED: &str = "the server stopped before the job was done";

/// Says in a job's notes that it broke off, why, and how far it got.
pub(crate) fn broke_off(notes: &mut Vec<Note>, why: &str, done: u64, steps: u64) {
    let mut text = format!("{why}: {done} of {steps} lines were done");
    match notes.iter_mut().find(|note| note.note_type == StatusNoteType::CountOfUsersProcessed) {
        Some(note) => {
            if let Some(more) = &note.text {
                text.push_str("; ");
                text.push_str(more);
            }
            note.text = Some(text);
        }
        None => {
            notes.insert(0, Note { note_type: StatusNoteType::CountOfUsersProcessed, value: done, text: Some(text) })
        }
    }
}

/// Writes down a job that the actor begins.
pub(crate) fn insert(tx: &mut Tx<'_>, actor: &Actor, id: JobId, job_type: JobType, steps: u64) -> Result<Job, Error> {
    let now = tx.now();
    let steps = i64::try_from(steps).unwrap_or(i64::MAX);
    tx.execute(INSERT, values![id, actor.site_id(), actor.user_id(), job_type, steps, now])?;
    find(tx, actor, id)
}

/// Makes one change as a job: it answers at once, and the change with the job's end is one transaction. A change that is
/// refused leaves nothing but a job that failed, and why.
pub(crate) async fn in_background(
    store: &Store,
    actor: &Actor,
    job_type: JobType,
    change: impl Fn(&mut Tx<'_>) -> Result<(), Error> + Send + Sync + 'static,
) -> Result<Job, Error> {
    let place = store.0.jobs.place()?;
    let id = JobId::from_random_bytes(random::bytes());
    let by = actor.clone();
    let job = store.write(move |tx| insert(tx, &by, id, job_type, 1)).await?;
    let at_work = store.clone();
    store.0.jobs.spawn(place, async move {
        let done = at_work
            .write(move |tx| {
                change(tx)?;
                record(tx, id, 1, &[], Some(FinishCode::Success))
            })
            .await;
        let Err(problem) = done else { return };
        tracing::info!(problem = %crate::error::OneLine(&problem), job = %id, "a job failed");
        fail(&at_work, id, problem.to_string()).await;
    });
    Ok(job)
}

/// Works in the background on what takes long: `work` ends by a transaction in which it records the job's success. What
/// fails is said by its error; that nothing is left of it then is its own business, and also when it is dropped in the
/// middle, because the process ends.
///
/// `begin` is done in the transaction that writes the job down. If it finds a job that does the same already, that is the
/// answer, and nothing begins.
pub(crate) async fn work_in_background<E, Fut>(
    store: &Store,
    actor: &Actor,
    job_type: JobType,
    begin: impl Fn(&mut Tx<'_>, JobId) -> Result<Option<JobId>, Error> + Send + Sync + 'static,
    work: impl FnOnce(JobId) -> Fut,
) -> Result<Job, Error>
where
    E: std::fmt::Display + Send,
    Fut: Future<Output = Result<(), E>> + Send + 'static,
{
    let place = store.0.jobs.place()?;
    let id = JobId::from_random_bytes(random::bytes());
    let by = actor.clone();
    let job = store
        .write(move |tx| {
            let job = insert(tx, &by, id, job_type, 1)?;
            match begin(tx, id)? {
                None => Ok(job),
                Some(earlier) => {
                    tx.execute(DELETE, values![id])?;
                    find(tx, &by, earlier)
                }
            }
        })
        .await?;
    if job.id != id {
        return Ok(job);
    }
    let (work, mut at_work) = (work(id), Work::new(store.clone(), id));
    store.0.jobs.spawn(place, async move {
        let mut work = std::pin::pin!(work);
        let why = loop {
            tokio::select! {
                done = &mut work => match done {
                    Ok(()) => return,
                    Err(problem) => break problem.to_string(),
                },
                () = at_work.wait(at_work::HEARTBEAT) => {
                    if at_work.must_stop() {
                        break SERVER_STOPPED.to_owned();
                    }
                    at_work.beat().await;
                }
            }
        };
        tracing::info!(problem = why, job = %id, "a job failed");
        fail(at_work.store(), id, why).await;
    });
    Ok(job)
}

/// Writes down that a job failed, and why.
async fn fail(store: &Store, id: JobId, why: String) {
    // The schema has no type of note but counts of users; a reason needs one of them to be sent.
    let why = Note { note_type: StatusNoteType::CountOfUsersProcessed, value: 0, text: Some(why) };
    let written = store.write(move |tx| record(tx, id, 0, std::slice::from_ref(&why), Some(FinishCode::Failed)));
    if let Err(problem) = written.await {
        tracing::warn!(%problem, job = %id, "the end of a job was not written");
    }
}

/// Says that a job's process is at work. An error when the job is none any more: it was taken for dead, or its site is
/// gone.
fn beat(tx: &mut Tx<'_>, id: JobId) -> Result<(), Error> {
    let now = tx.now();
    alive(id, tx.execute(BEAT, values![id, now, last_sign_of_life(now)])?)
}

/// Writes down how far a job has got, in the transaction of what it did, and its end if this is it. An error as of
/// `beat`.
pub(crate) fn record(
    tx: &mut Tx<'_>,
    id: JobId,
    done: u64,
    notes: &[Note],
    end: Option<FinishCode>,
) -> Result<(), Error> {
    let now = tx.now();
    let done = i64::try_from(done).unwrap_or(i64::MAX);
    let ended_at = end.map(|_| now);
    let changed = tx.execute(
        RECORD,
        values![id, now, last_sign_of_life(now), done, text_of_notes(notes), ended_at, end.map(FinishCode::number),],
    )?;
    alive(id, changed)
}

fn alive(id: JobId, changed: u64) -> Result<(), Error> {
    if changed == 0 { Err(Error::NotFound(Missing::Job(id.to_string()))) } else { Ok(()) }
}

/// A job that was last heard of before this time is dead now.
fn last_sign_of_life(now: Timestamp) -> Timestamp {
    now.minus(LONGEST_SILENCE)
}

/// Deletes the jobs nobody asks for any more.
pub(crate) fn forget_old(tx: &mut Tx<'_>) -> Result<(), Error> {
    let limit = tx.now().minus(LONGEST_MEMORY);
    tx.execute(FORGET_OLD, values![limit]).map(drop)
}

/// Notes as the column holds them: an array of `[type, value, text]`.
fn text_of_notes(notes: &[Note]) -> String {
    let notes: Vec<_> =
        notes.iter().map(|note| serde_json::json!([note.note_type.as_str(), note.value, note.text])).collect();
    serde_json::Value::Array(notes).to_string()
}

fn notes_of_text(text: &str) -> Result<Vec<Note>, Error> {
    let notes: Vec<(String, u64, Option<String>)> = serde_json::from_str(text).map_err(Error::unavailable)?;
    notes
        .into_iter()
        .map(|(note_type, value, text)| {
            Ok(Note { note_type: note_type.parse().map_err(Error::unavailable)?, value, text })
        })
        .collect()
}
