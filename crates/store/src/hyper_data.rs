//! The rows of published extracts: a new revision of a data source is made out of its newest one.
//!
//! What its file becomes is the caller's business: this crate asks nothing of data.

use std::{future::Future, time::Duration};

use tavola_model::{ContentKind, DatasourceId, FinishCode, JobId, JobType, UploadId};

use crate::{
    Actor, Conflict, Error, Store,
    content::Blob,
    datasources::Datasource,
    items::{self, Base},
    jobs::{self, Job},
    sql::{Db, Tx, statements, values},
    uploads,
};

const KIND: ContentKind = ContentKind::Datasource;

/// For so long the same request is not done again.
const SAME_REQUEST: Duration = Duration::from_secs(24 * 60 * 60);

statements! {
    FIND = "SELECT job_id FROM data_updates \
        WHERE item_id = $1 AND user_id = $2 AND request_id = $3 AND created_at >= $4";
    FORGET_OLD = "DELETE FROM data_updates WHERE created_at < $1";
    INSERT = "INSERT INTO data_updates (item_id, user_id, request_id, job_id, created_at) VALUES ($1, $2, $3, $4, $5)";
}

/// Makes a new revision of a data source out of its newest one. `make` is given that, and says what its file becomes; it is
/// asked again when somebody else published a revision meanwhile, so that nothing gets lost.
pub async fn change<E, F, Fut>(store: &Store, actor: &Actor, id: DatasourceId, make: F) -> Result<Datasource, E>
where
    E: From<Error>,
    F: Fn(Base) -> Fut,
    Fut: Future<Output = Result<Changed, E>>,
{
    let id = id.to_string();
    change_and(store, actor, &id, make, |_| Ok(())).await?;
    let actor = actor.clone();
    Ok(store.scan(move |db| items::look_at(db, &actor, &id)).await?)
}

/// Begins to do so in the background. With a request's id it is done once in a day for a user and a data source: the same
/// request again is answered by the first one's job.
pub async fn change_as_job<E, F, Fut>(
    store: &Store,
    actor: &Actor,
    id: DatasourceId,
    job_type: JobType,
    request_id: Option<String>,
    make: F,
) -> Result<Job, Error>
where
    E: From<Error> + std::fmt::Display + Send + 'static,
    F: Fn(Base) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Changed, E>> + Send,
{
    let id = id.to_string();
    let (by, item) = (actor.clone(), id.clone());
    let begin = move |tx: &mut Tx<'_>, job: JobId| {
        Base::find(tx, &by, KIND, &item)?;
        let Some(request) = &request_id else { return Ok(None) };
        if let Some(earlier) = find_earlier(tx, &by, &item, request)? {
            return Ok(Some(earlier));
        }
        let now = tx.now();
        tx.execute(FORGET_OLD, values![now.minus(SAME_REQUEST)])?;
        tx.execute(INSERT, values![&item, by.user_id(), request, job, now])?;
        Ok(None)
    };
    let (at_work, by) = (store.clone(), actor.clone());
    let work = move |job| async move {
        let success = move |tx: &mut Tx<'_>| jobs::record(tx, job, 1, &[], Some(FinishCode::Success));
        change_and(&at_work, &by, &id, make, success).await
    };
    jobs::work_in_background(store, actor, job_type, begin, work).await
}

/// The job of a request that came before, within a day.
pub async fn find_job(store: &Store, actor: &Actor, id: DatasourceId, request_id: &str) -> Result<Option<Job>, Error> {
    let (by, request) = (actor.clone(), request_id.to_owned());
    let earlier = store
        .scan(move |db| {
            let item = Base::find(db, &by, KIND, &id.to_string())?;
            find_earlier(db, &by, item.id(), &request)
        })
        .await?;
    match earlier {
        Some(job) => jobs::get(store, actor, job).await.map(Some),
        None => Ok(None),
    }
}

fn find_earlier(db: &mut Db<'_>, actor: &Actor, item: &str, request: &str) -> Result<Option<JobId>, Error> {
    let since = db.now().minus(SAME_REQUEST);
    db.query_opt(FIND, values![item, actor.user_id(), request, since])?.map(|mut row| row.take()).transpose()
}

/// What a data source's file becomes.
#[derive(Debug, Clone)]
pub struct Changed {
    /// The file, of the same type.
    pub blob: Blob,
    /// The upload that what is new came by, which is over then.
    pub upload: Option<UploadId>,
}

async fn change_and<E, F, Fut>(
    store: &Store,
    actor: &Actor,
    id: &str,
    make: F,
    also: impl Fn(&mut Tx<'_>) -> Result<(), Error> + Clone + Send + 'static,
) -> Result<(), E>
where
    E: From<Error>,
    F: Fn(Base) -> Fut,
    Fut: Future<Output = Result<Changed, E>>,
{
    // Those of this process wait for each other, and so none works in vain; other processes are seen by their revision.
    let _turn = store.0.turns.take(id).await;
    loop {
        let (by, item) = (actor.clone(), id.to_owned());
        let base = store.scan(move |db| Base::find(db, &by, KIND, &item)).await?;
        let changed = make(base.clone()).await?;
        let (by, also) = (actor.clone(), also.clone());
        let written = store.write(move |tx| {
            let item = items::revise(tx, &by, KIND, &base, &changed.blob)?;
            if let Some(upload) = changed.upload {
                uploads::delete(tx, upload)?;
            }
            let detail = format!("revision {}, {} bytes, rows changed", item.revision, changed.blob.size());
            items::record(tx, &by, "publish", &item, Some(detail))?;
            also(tx)
        });
        match written.await {
            Err(Error::Conflict(Conflict::RevisedMeanwhile)) => {}
            done => return Ok(done?),
        }
    }
}
