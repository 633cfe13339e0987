//! Errors as the wire has them: one table of codes, one message.

use serde::{Deserialize, Serialize};

use crate::Text;

/// A code of the reference: six digits, the HTTP status, and what the summary says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorCode {
    /// The code, such as 404002.
    pub number: u32,
    /// The HTTP status. The code's first three digits, with the exceptions the reference documents.
    pub status: u16,
    /// The summary. Always English: clients compare it.
    pub summary: &'static str,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $number:literal $status:literal $summary:literal)*) => {
        impl ErrorCode {
            $($(#[$doc])* pub const $name: Self = Self { number: $number, status: $status, summary: $summary };)*

            /// Every code that the server uses.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

codes! {
    /// The body is missing, incomplete, not well-formed or contradictory.
    BAD_REQUEST 400000 400 "Bad Request"
    /// `pageNumber` is not a whole number of at least 1, or past the last page.
    INVALID_PAGE_NUMBER 400006 400 "Invalid page number"
    /// `pageSize` is not a whole number of at least 1.
    INVALID_PAGE_SIZE 400007 400 "Invalid page size"
    /// A query or body value is outside its set.
    INVALID_PARAMETER 400008 400 "Invalid parameter"
    /// A site role, authentication setting or adminMode is not allowed.
    INVALID_SITE_ROLE 400013 400 "Invalid site role"
    /// A filter or sort is not understood.
    INVALID_FILTER 400065 400 "Invalid filter expression"
    /// No token was sent.
    NO_TOKEN 401000 401 "Unauthorized"
    /// A sign-in was refused: any wrong credential or site.
    SIGN_IN_REFUSED 401001 401 "Signin Error"
    /// The token is invalid, expired, signed out or replaced.
    INVALID_TOKEN 401002 401 "Unauthorized Access"
    /// The site to switch to is unknown or unavailable.
    SWITCH_SITE_REFUSED 401003 401 "Switch Site Error"
    /// The site Default cannot be deleted.
    DEFAULT_SITE 403002 403 "Forbidden"
    /// The project Default cannot be deleted.
    DEFAULT_PROJECT 403003 403 "Forbidden"
    /// The general refusal.
    FORBIDDEN 403004 403 "Forbidden"
    /// The project Default cannot be renamed.
    DEFAULT_PROJECT_STAYS 403005 403 "Forbidden"
    /// One's own site role, or the user Guest, cannot be changed.
    OWN_SITE_ROLE 403009 403 "Forbidden"
    /// `pageSize` is over 1000.
    PAGE_TOO_LARGE 403014 403 "Page size too large"
    /// The session is on that site already.
    SAME_SITE 403070 403 "Forbidden"
    /// Another user's details may not be read.
    OTHER_USER 403133 403 "Forbidden"
    /// A feature that this server does not have.
    FEATURE_DISABLED 403157 403 "Forbidden"
    /// No such site, or not the session's.
    SITE_NOT_FOUND 404000 404 "Resource Not Found"
    /// The API version is unknown.
    UNKNOWN_VERSION 404001 404 "Resource Not Found"
    /// No such user.
    USER_NOT_FOUND 404002 404 "Resource Not Found"
    /// No such path.
    UNKNOWN_PATH 404003 404 "Resource Not Found"
    /// No such project.
    PROJECT_NOT_FOUND 404005 404 "Resource Not Found"
    /// The method is newer than the version in the URL.
    NEWER_METHOD 404008 404 "Resource Not Found"
    /// The id in the body is not that in the path.
    OTHER_ID 404009 404 "Resource Not Found"
    /// No such group.
    GROUP_NOT_FOUND 404012 404 "Resource Not Found"
    /// No such upload in blocks, or not the session's, or expired.
    UPLOAD_NOT_FOUND 404015 404 "Resource Not Found"
    /// No such domain.
    DOMAIN_NOT_FOUND 404016 404 "Resource Not Found"
    /// No such job.
    JOB_NOT_FOUND 404018 404 "Resource Not Found"
    /// No such session, token or connected app. The reference documents no code for them.
    NOT_FOUND 404055 404 "Resource Not Found"
    /// The verb is not offered on this path.
    METHOD_NOT_ALLOWED 405000 405 "Invalid request method"
    /// The request took too long to arrive.
    REQUEST_TIMEOUT 408000 408 "Request Timeout"
    /// The user is on the site already.
    USER_EXISTS 409000 409 "Resource Conflict"
    /// The site's name is taken.
    SITE_NAME_TAKEN 409001 409 "Resource Conflict"
    /// The site's contentUrl is taken.
    CONTENT_URL_TAKEN 409002 409 "Resource Conflict"
    /// The user owns content.
    USER_OWNS_CONTENT 409003 409 "Resource Conflict"
    /// A rule of the site is broken, such as its user quota.
    SITE_CONFLICT 409004 409 "Resource Conflict"
    /// The user Guest cannot be added.
    GUEST 409005 409 "Resource Conflict"
    /// The project's name is taken.
    PROJECT_NAME_TAKEN 409006 409 "Resource Conflict"
    /// The name of a token or connected app is taken. The reference documents no code for them.
    NAME_TAKEN 409055 409 "Resource Conflict"
    /// The body is larger than this method takes.
    BODY_TOO_LARGE 413000 413 "Payload Too Large"
    /// The body's Content-Type is neither XML nor JSON.
    UNSUPPORTED_MEDIA_TYPE 415000 415 "Unsupported Media Type"
    /// Too much is asked at once; later it will do.
    TOO_MANY_REQUESTS 429000 429 "Too Many Requests"
    /// Something unforeseen went wrong.
    UNEXPECTED 500000 500 "Internal Server Error"
    /// The database or the storage cannot be reached.
    UNAVAILABLE 503000 503 "Service Unavailable"
}

/// The message of an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorMessage {
    /// What went wrong.
    pub error: ErrorBody,
}

/// What went wrong, as the wire has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ErrorBody {
    /// The code, such as `404002`.
    pub code: String,
    /// What kind of thing went wrong.
    pub summary: Text,
    /// What it was.
    pub detail: Text,
}

impl ErrorMessage {
    /// An error of this code.
    pub fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self {
            error: ErrorBody {
                code: format!("{:06}", code.number),
                summary: code.summary.into(),
                detail: Text(detail.into()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_number_is_there_twice_and_each_begins_with_its_status() {
        let mut numbers: Vec<u32> = ErrorCode::ALL.iter().map(|code| code.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), ErrorCode::ALL.len());
        for code in ErrorCode::ALL {
            assert_eq!(code.number / 1000, u32::from(code.status), "{code:?}");
        }
    }
}
