//! Background jobs: what has become of them.

use tavola_api::{
    Count, NoBody, Word,
    jobs::{self as wire, JobMessage, StatusNote, StatusNotes},
};
use tavola_store::jobs::{self, Job, Note};

use crate::{call::Call, error::Error, router::Routes};

pub(crate) fn bind(routes: &mut Routes) {
    routes.on(wire::GET, get);
}

async fn get(call: Call<NoBody>) -> Result<JobMessage, Error> {
    let id = call.context.id(1, Error::job_not_found)?;
    Ok(message(jobs::get(&call.context.store, &call.actor, id).await?))
}

pub(crate) fn message(record: Job) -> JobMessage {
    let Job { id, job_type, progress, created_at, updated_at, ended, notes } = record;
    let notes: Vec<StatusNote> = notes.into_iter().map(note_message).collect();
    JobMessage {
        job: wire::Job {
            id,
            mode: Some("Asynchronous".to_owned()),
            job_type: Some(Word::Known(job_type)),
            progress: Some(Count(progress.into())),
            created_at: Some(created_at),
            // A job is not queued: it begins when it is asked for.
            started_at: Some(created_at),
            completed_at: ended.map(|ended| ended.at),
            updated_at: Some(updated_at),
            finish_code: ended.map(|ended| ended.code.number()),
            status_notes: Some(StatusNotes { status_note: notes }).filter(|notes| !notes.status_note.is_empty()),
        },
    }
}

fn note_message(record: Note) -> StatusNote {
    let Note { note_type, value, text } = record;
    StatusNote { note_type: Word::Known(note_type), value: Some(value.to_string()), text }
}
