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

            /// Every code of this table.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
        }
    };
}

codes! {
    /// The body is missing, incomplete, not well-formed or contradictory.
    BAD_REQUEST 400000 400 "Bad Request"
    /// A favorite has no label.
    FAVORITE_LABEL 400005 400 "Bad Request"
    /// `pageNumber` is not a whole number of at least 1, or past the last page.
    INVALID_PAGE_NUMBER 400006 400 "Invalid page number"
    /// `pageSize` is not a whole number of at least 1.
    INVALID_PAGE_SIZE 400007 400 "Invalid page size"
    /// A query or body value is outside its set.
    INVALID_PARAMETER 400008 400 "Invalid parameter"
    /// A capability that this kind of content does not have, or one that cannot be denied.
    CAPABILITY_OF_OTHER_KIND 400009 400 "Bad Request"
    /// The file's name or `datasourceType` is none of a data source, or there are two files.
    DATASOURCE_FILE_TYPE 400010 400 "Bad Request"
    /// A workbook or data source cannot be published, for another reason than those with a code of their own.
    PUBLISH_FAILED 400011 400 "Bad Request"
    /// A site role, authentication setting or adminMode is not allowed.
    INVALID_SITE_ROLE 400013 400 "Invalid site role"
    /// A block of an upload is too large.
    BLOCK_TOO_LARGE 400016 400 "Bad Request"
    /// A body with a file is broken, or what says where a group comes from lacks something.
    BROKEN_UPLOAD 400019 400 "Bad Request"
    /// The file's name is none of a workbook, or a block of an upload is missing.
    WORKBOOK_FILE_TYPE 400020 400 "Bad Request"
    /// A user cannot be taken out of a group.
    GROUP_NOT_LEFT 400032 400 "Bad Request"
    /// A connection cannot be changed like that.
    CONNECTION_UPDATE_FAILED 400033 400 "Bad Request"
    /// `workbookType` is missing or none of a workbook.
    UPLOADED_WORKBOOK_TYPE 400035 400 "Bad Request"
    /// Default permissions that name content.
    DEFAULTS_OF_CONTENT 400042 400 "Bad Request"
    /// A workbook cannot have these tags.
    WORKBOOK_TAGGING_FAILED 400049 400 "Bad Request"
    /// `overwrite` and `append` are both asked for.
    OVERWRITE_AND_APPEND 400055 400 "Bad Request"
    /// A filter or sort is not understood.
    INVALID_FILTER 400065 400 "Invalid filter expression"
    /// The picture of a view cannot be made.
    IMAGE_FAILED 400074 400 "Bad Request"
    /// A data source cannot have these tags.
    DATASOURCE_TAGGING_FAILED 400075 400 "Bad Request"
    /// A view cannot have these tags.
    VIEW_TAGGING_FAILED 400076 400 "Bad Request"
    /// The PDF of a view cannot be made.
    PDF_FAILED 400080 400 "Bad Request"
    /// The data of a view cannot be given.
    DATA_FAILED 400081 400 "Bad Request"
    /// The file's name or `flowType` is none of a flow.
    FLOW_FILE_TYPE 400086 400 "Bad Request"
    /// A flow cannot be published, for another reason than those with a code of their own.
    FLOW_PUBLISH_FAILED 400087 400 "Bad Request"
    /// The name of a flow is missing.
    FLOW_NAME_MISSING 400089 400 "Bad Request"
    /// The flow is missing in the message.
    FLOW_MISSING 400090 400 "Bad Request"
    /// A view cannot be exported.
    EXPORT_FAILED 400101 400 "Bad Request"
    /// The crosstab of a view cannot be given.
    CROSSTAB_FAILED 400130 400 "Bad Request"
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
    /// The caller may not publish there, or the name is taken and `overwrite` is not asked for.
    PUBLISH_REFUSED 403007 403 "Forbidden"
    /// The site's storage is full, or the caller may not do this to the project.
    QUOTA_EXCEEDED 403008 403 "Forbidden"
    /// One's own site role, or the user Guest, cannot be changed.
    OWN_SITE_ROLE 403009 403 "Forbidden"
    /// There is no directory to import a group from.
    NO_DIRECTORY 403011 403 "Forbidden"
    /// `pageSize` is over 1000.
    PAGE_TOO_LARGE 403014 403 "Page size too large"
    /// The caller may not publish, and so not upload.
    UPLOAD_REFUSED 403015 403 "Forbidden"
    /// A block of an upload cannot be taken.
    APPEND_REFUSED 403016 403 "Forbidden"
    /// A workbook may not be read.
    WORKBOOK_NOT_READABLE 403018 403 "Forbidden"
    /// A workbook may not be downloaded.
    WORKBOOK_NOT_DOWNLOADABLE 403019 403 "Forbidden"
    /// The connections of a workbook or data source may not be read.
    CONNECTIONS_NOT_READABLE 403021 403 "Forbidden"
    /// A connection of a data source may not be changed.
    DATASOURCE_CONNECTION_FIXED 403023 403 "Forbidden"
    /// A workbook may not be moved to that project.
    WORKBOOK_NOT_MOVABLE 403025 403 "Forbidden"
    /// A workbook, data source or connection may not be changed, or not its owner.
    OWNER_FIXED 403027 403 "Forbidden"
    /// A data source may not be downloaded.
    DATASOURCE_NOT_DOWNLOADABLE 403028 403 "Forbidden"
    /// A connection of a workbook may not be changed.
    WORKBOOK_CONNECTION_FIXED 403029 403 "Forbidden"
    /// A data source or flow may not be moved to that project.
    DATASOURCE_NOT_MOVABLE 403030 403 "Forbidden"
    /// A data source may not be changed, or a view's data not be read.
    DATASOURCE_FIXED 403032 403 "Forbidden"
    /// The default permissions of a project may not be read, but for workbooks.
    DEFAULTS_NOT_READABLE 403035 403 "Forbidden"
    /// The default permissions of a project for workbooks may not be read.
    WORKBOOK_DEFAULTS_NOT_READABLE 403036 403 "Forbidden"
    /// The project decides about the permissions of a view.
    VIEW_LOCKED 403039 403 "Forbidden"
    /// The site keeps no revisions.
    REVISIONS_OFF 403053 403 "Forbidden"
    /// The revisions of a data source may not be read.
    DATASOURCE_REVISIONS_NOT_READABLE 403054 403 "Forbidden"
    /// The newest revision cannot be removed.
    NEWEST_REVISION 403055 403 "Forbidden"
    /// The revisions of a workbook may not be read.
    WORKBOOK_REVISIONS_NOT_READABLE 403056 403 "Forbidden"
    /// The data source has several connections, and each is changed by its own path.
    SEVERAL_CONNECTIONS 403062 403 "Forbidden"
    /// The session is on that site already.
    SAME_SITE 403070 403 "Forbidden"
    /// The connections of a flow may not be read.
    FLOW_CONNECTIONS_NOT_READABLE 403092 403 "Forbidden"
    /// The default permissions of a project for flows may not be changed.
    FLOW_DEFAULTS_FIXED 403095 403 "Forbidden"
    /// The workbook of a view shows tabs, so the view has no permissions of its own.
    VIEW_IN_TABS 403096 403 "Forbidden"
    /// A flow may not be downloaded.
    FLOW_NOT_DOWNLOADABLE 403097 403 "Forbidden"
    /// A flow may not be changed, or not its owner.
    FLOW_FIXED 403098 403 "Forbidden"
    /// Flows may not be read.
    FLOWS_NOT_READABLE 403101 403 "Forbidden"
    /// A connection of a flow may not be changed.
    FLOW_CONNECTION_FIXED 403103 403 "Forbidden"
    /// The name of a workbook is taken in its project, and `overwrite` is not asked for.
    WORKBOOK_EXISTS 403130 403 "Forbidden"
    /// The workbook is being published by somebody else.
    PUBLISHED_TWICE 403131 403 "Forbidden"
    /// A connection of what is published leads nowhere.
    CONNECTION_CHECK_FAILED 403132 403 "Forbidden"
    /// Another user's details may not be read.
    OTHER_USER 403133 403 "Forbidden"
    /// A feature that this server does not have.
    FEATURE_DISABLED 403157 403 "Forbidden"
    /// The name of a custom view is taken.
    CUSTOM_VIEW_EXISTS 403166 403 "Forbidden"
    /// No such site, or not the session's.
    SITE_NOT_FOUND 404000 404 "Resource Not Found"
    /// The API version is unknown.
    UNKNOWN_VERSION 404001 404 "Resource Not Found"
    /// No such user.
    USER_NOT_FOUND 404002 404 "Resource Not Found"
    /// No such path.
    UNKNOWN_PATH 404003 404 "Resource Not Found"
    /// No such data source.
    DATASOURCE_NOT_FOUND 404004 404 "Resource Not Found"
    /// No such project.
    PROJECT_NOT_FOUND 404005 404 "Resource Not Found"
    /// No such workbook.
    WORKBOOK_NOT_FOUND 404006 404 "Resource Not Found"
    /// No such tag on the item.
    TAG_NOT_FOUND 404007 404 "Resource Not Found"
    /// The method is newer than the version in the URL.
    NEWER_METHOD 404008 404 "Resource Not Found"
    /// The id in the body is not that in the path.
    OTHER_ID 404009 404 "Resource Not Found"
    /// No such favorite of the user.
    FAVORITE_NOT_FOUND 404010 404 "Resource Not Found"
    /// No such view.
    VIEW_NOT_FOUND 404011 404 "Resource Not Found"
    /// No such group.
    GROUP_NOT_FOUND 404012 404 "Resource Not Found"
    /// No such capability or mode, or no such rule.
    RULE_NOT_FOUND 404013 404 "Resource Not Found"
    /// No such rule of a view.
    VIEW_RULE_NOT_FOUND 404014 404 "Resource Not Found"
    /// No such upload in blocks, or not the session's, or expired.
    UPLOAD_NOT_FOUND 404015 404 "Resource Not Found"
    /// No such domain.
    DOMAIN_NOT_FOUND 404016 404 "Resource Not Found"
    /// No such job.
    JOB_NOT_FOUND 404018 404 "Resource Not Found"
    /// No such connection.
    CONNECTION_NOT_FOUND 404020 404 "Resource Not Found"
    /// No such revision.
    REVISION_NOT_FOUND 404024 404 "Resource Not Found"
    /// No such flow.
    FLOW_NOT_FOUND 404027 404 "Resource Not Found"
    /// The view is not recommended.
    RECOMMENDATION_NOT_FOUND 404029 404 "Resource Not Found"
    /// The view is not hidden from recommendations.
    HIDDEN_RECOMMENDATION_NOT_FOUND 404035 404 "Resource Not Found"
    /// No such session, token, connected app, custom view, virtual connection, group set or deleted content: the reference
    /// documents no code.
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
    /// The label of a favorite is taken.
    FAVORITE_LABEL_TAKEN 409007 409 "Resource Conflict"
    /// The name of a group is taken.
    GROUP_NAME_TAKEN 409009 409 "Resource Conflict"
    /// The user is in the group already.
    USER_IN_GROUP 409011 409 "Resource Conflict"
    /// The name of a data source is taken in its project.
    DATASOURCE_NAME_TAKEN 409015 409 "Resource Conflict"
    /// The name of a flow is taken in its project.
    FLOW_NAME_TAKEN 409041 409 "Resource Conflict"
    /// The name of a token or connected app, or of what is restored, is taken, or its project is gone. The reference
    /// documents no code for them.
    NAME_TAKEN 409055 409 "Resource Conflict"
    /// The name of a group set is taken.
    GROUP_SET_NAME_TAKEN 409120 409 "Resource Conflict"
    /// The body is larger than this method takes.
    BODY_TOO_LARGE 413000 413 "Payload Too Large"
    /// The body's Content-Type is neither XML nor JSON.
    UNSUPPORTED_MEDIA_TYPE 415000 415 "Unsupported Media Type"
    /// The part of a file that is asked for begins after its end.
    RANGE_NOT_SATISFIABLE 416000 416 "Range Not Satisfiable"
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
