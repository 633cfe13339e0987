//! Background jobs of a server.

use std::time::Duration;

use clap::Subcommand;
use tavola_client::{
    Client,
    api::jobs::{Job, StatusNote},
    model::{FinishCode, JobId, StatusNoteType},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    output::{Output, printable},
};

/// What can be done with jobs.
#[derive(Debug, Subcommand)]
pub enum JobCommand {
    /// Show how far a job is, and what it did
    Show {
        /// The job's id
        job: JobId,
    },
    /// Wait until a job has ended, and show what it did
    Wait {
        /// The job's id
        job: JobId,
    },
}

/// Does what was asked with jobs.
pub async fn run(command: JobCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let connection = Connection::find(global)?;
    match command {
        JobCommand::Show { job } => {
            let job = connection
                .run(output, async |client| {
                    let shown = client.jobs().get(job).await;
                    shown.map_err(|error| Failure::of_call(format!("cannot show the job `{job}`"), &error))
                })
                .await?;
            show(&job, output)
        }
        JobCommand::Wait { job } => {
            let job = connection
                .run(output, async |client| {
                    let ended = client.jobs().wait(job, Duration::MAX).await;
                    ended.map_err(|error| Failure::of_call(format!("cannot wait for the job `{job}`"), &error))
                })
                .await?;
            show(&job, output)?;
            output.finish()?;
            match job.ended() {
                Some(FinishCode::Success) => Ok(()),
                _ => Err(Failure::refused(format!("the job `{}` did not succeed", job.id))),
            }
        }
    }
}

fn show(job: &Job, output: &mut Output) -> Result<(), Failure> {
    output.record(job, &["type", "progress", "createdAt", "startedAt", "completedAt", "finishCode", "id"])?;
    if output.is_json() {
        return Ok(());
    }
    notes(job).iter().try_for_each(|note| output.line(&printable(note)))
}

/// What a job did, a line each.
pub fn notes(job: &Job) -> Vec<String> {
    let mut lines = Vec::new();
    for note in job.status_notes.iter().flat_map(|notes| &notes.status_note) {
        if let Some(text) = &note.text {
            lines.extend(text.lines().map(str::to_owned));
            continue;
        }
        let did = match note.note_type.known() {
            Some(StatusNoteType::CountOfUsersAddedToSite) => "added to the site",
            Some(StatusNoteType::CountOfUsersSiteRoleUpdated) => "given another site role",
            Some(StatusNoteType::CountOfUsersInformationUpdated) => "changed",
            Some(StatusNoteType::CountOfUsersUnlicensed) => "left without a licence",
            Some(StatusNoteType::CountOfUsersWithInsufficientLicenses) => "refused for want of a licence",
            _ => continue,
        };
        match number(note) {
            0 => {}
            1 => lines.push(format!("1 user was {did}")),
            count => lines.push(format!("{count} users were {did}")),
        }
    }
    lines
}

/// What a job counted of this kind.
pub fn count(job: &Job, kind: StatusNoteType) -> u64 {
    let mut notes = job.status_notes.iter().flat_map(|notes| &notes.status_note);
    notes.find(|note| note.note_type.known() == Some(kind)).map_or(0, number)
}

fn number(note: &StatusNote) -> u64 {
    note.value.as_deref().and_then(|value| value.trim().parse().ok()).unwrap_or(0)
}

/// Waits for a job until it has ended, however long that takes. Ctrl-C ends the waiting, not the job.
pub async fn wait(client: &Client, id: JobId) -> Result<Job, Failure> {
    let ended = client.jobs().wait(id, Duration::MAX).await;
    ended.map_err(|error| {
        Failure::of_call(format!("the job `{id}` was begun, but it cannot be asked how it ended"), &error)
            .hint(format!("ask later: tavola job show {id}"))
    })
}

/// Refuses a job that did not do the one thing it was for, with what it says of that.
pub fn require_done(job: &Job, what: &str) -> Result<(), Failure> {
    require_success(job, what).map_err(|failure| match notes(job).first() {
        Some(note) => Failure::refused(format!("cannot {what}: {note}")),
        None => failure,
    })
}

/// Refuses a job that broke off.
pub fn require_success(job: &Job, what: &str) -> Result<(), Failure> {
    match job.ended() {
        Some(FinishCode::Success) => Ok(()),
        Some(FinishCode::Cancelled) => {
            Err(Failure::failed(format!("cannot {what}: the job `{}` was cancelled", job.id)))
        }
        Some(FinishCode::Failed) | None => {
            Err(Failure::failed(format!("cannot {what}: the job `{}` broke off", job.id)))
        }
    }
}
