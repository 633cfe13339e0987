//! Background jobs: their kinds, how they end, and what they say of what they did.

use crate::vocabulary::vocabulary;

vocabulary! {
    /// What a job does.
    JobType, "type of job" {
        BroadcastPost,
        CreateSiteUsersCsv,
        EmptyRecycleBin,
        GroupSync,
        LinkUserIdsUpdate,
        PublishDatasource,
        PublishWorkbook,
        RefreshExtract,
        RefreshThumbnails,
        ResyncTCMUsersCsv,
        RunFlow,
        UpdateUploadedFile,
    }
}

vocabulary! {
    /// What a note of a job counts.
    StatusNoteType, "type of status note" {
        CountOfUsersAddedToGroup,
        CountOfUsersAddedToSite,
        CountOfUsersInActiveDirectoryGroup,
        CountOfUsersInformationUpdated,
        CountOfUsersProcessed,
        CountOfUsersRemovedFromGroup,
        CountOfUsersSiteRoleUpdated,
        CountOfUsersSkipped,
        CountOfUsersUnlicensed,
        CountOfUsersWithInsufficientLicenses,
    }
}

/// How a job ended. On the wire it is a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FinishCode {
    /// The work was done, whatever became of its parts.
    Success,
    /// The work broke off.
    Failed,
    /// Someone stopped it.
    Cancelled,
}

impl FinishCode {
    /// The number as the wire has it.
    pub fn number(self) -> i64 {
        match self {
            Self::Success => 0,
            Self::Failed => 1,
            Self::Cancelled => 2,
        }
    }

    /// The code of a number. Servers also send 3, “completed”, for what ended well.
    pub fn of_number(number: i64) -> Option<Self> {
        Some(match number {
            0 | 3 => Self::Success,
            1 => Self::Failed,
            2 => Self::Cancelled,
            _ => return None,
        })
    }
}
