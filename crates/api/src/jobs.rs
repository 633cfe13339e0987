//! Background jobs.
//!
//! Reference: “Jobs, Tasks, and Schedules Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_jobs_tasks_and_schedules.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{FinishCode, JobId, JobType, StatusNoteType, Timestamp};

use crate::{About, Count, Endpoint, NoBody, Word};

/// “Query Job”. Its answer has `completedAt` once the job has ended, and not before.
pub const GET: Endpoint<NoBody, JobMessage> =
    Endpoint::get("Query Job", "/sites/{site}/jobs/{job}").scope("tableau:jobs:read");

/// The endpoints of this room.
pub const ALL: &[About] = &[GET.about];

/// The answer to [`GET`], and to every method that begins a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobMessage {
    /// The job.
    pub job: Job,
}

/// A job.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// `Asynchronous`.
    pub mode: Option<String>,
    /// What it does.
    #[serde(rename = "type")]
    pub job_type: Option<Word<JobType>>,
    /// How much of it is done, in percent.
    pub progress: Option<Count>,
    /// When it was asked for.
    pub created_at: Option<Timestamp>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended; absent while it runs.
    pub completed_at: Option<Timestamp>,
    /// When it last got on.
    pub updated_at: Option<Timestamp>,
    /// How it ended, as a number. Some servers send one while it runs: ask [`Job::ended`].
    pub finish_code: Option<i64>,
    /// What it did.
    pub status_notes: Option<StatusNotes>,
}

impl Job {
    /// How the job ended; none while it runs. A code that nobody knows is taken for a failure.
    pub fn ended(&self) -> Option<FinishCode> {
        self.completed_at?;
        Some(self.finish_code.and_then(FinishCode::of_number).unwrap_or(FinishCode::Failed))
    }
}

/// What a job did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StatusNotes {
    /// One thing after the other.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub status_note: Vec<StatusNote>,
}

/// One thing that a job did.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusNote {
    /// What it is.
    #[serde(rename = "type")]
    pub note_type: Word<StatusNoteType>,
    /// How often.
    pub value: Option<String>,
    /// More about it.
    pub text: Option<String>,
}
