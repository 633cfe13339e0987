//! An error on its way out: a code of the reference, a detail for the reader, and a private cause for the log.

use std::fmt;

use http::{HeaderName, HeaderValue, header};
use tavola_api::{CodecError, ErrorCode};
use tavola_model::{ContentKind, InvalidList, InvalidName};
use tavola_store as store;

/// What a handler answers instead of its message.
#[derive(Debug)]
pub(crate) struct Error {
    pub(crate) code: ErrorCode,
    pub(crate) detail: String,
    /// Logged once, never sent.
    pub(crate) cause: Option<String>,
    /// What the answer says of it in a header, such as when the same request may do better.
    pub(crate) header: Option<Box<(HeaderName, HeaderValue)>>,
}

impl Error {
    pub(crate) fn new(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), cause: None, header: None }
    }

    pub(crate) fn caused_by(mut self, cause: impl fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// Seconds after which the same request may do better.
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.header = Some(Box::new((header::RETRY_AFTER, HeaderValue::from(seconds))));
        self
    }

    /// The part of a file that is asked for begins after its end.
    pub(crate) fn not_within(size: u64) -> Self {
        let mut error = Self::new(ErrorCode::RANGE_NOT_SATISFIABLE, format!("the file has {size} bytes"));
        error.header =
            HeaderValue::try_from(format!("bytes */{size}")).ok().map(|value| Box::new((header::CONTENT_RANGE, value)));
        error
    }

    /// The body is not what this method takes.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::BAD_REQUEST, detail)
    }

    pub(crate) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::FORBIDDEN, detail)
    }

    pub(crate) fn site_not_found(site: &str) -> Self {
        Self::new(ErrorCode::SITE_NOT_FOUND, format!("Site '{site}' could not be found."))
    }

    pub(crate) fn user_not_found(user: &str) -> Self {
        Self::new(ErrorCode::USER_NOT_FOUND, format!("User '{user}' could not be found."))
    }

    pub(crate) fn job_not_found(job: &str) -> Self {
        Self::new(ErrorCode::JOB_NOT_FOUND, format!("Job '{job}' could not be found."))
    }

    pub(crate) fn project_not_found(project: &str) -> Self {
        Self::new(ErrorCode::PROJECT_NOT_FOUND, format!("Project '{project}' could not be found."))
    }

    pub(crate) fn workbook_not_found(workbook: &str) -> Self {
        Self::new(ErrorCode::WORKBOOK_NOT_FOUND, format!("Workbook '{workbook}' could not be found."))
    }

    pub(crate) fn view_not_found(view: &str) -> Self {
        Self::new(ErrorCode::VIEW_NOT_FOUND, format!("View '{view}' could not be found."))
    }

    pub(crate) fn datasource_not_found(datasource: &str) -> Self {
        Self::new(ErrorCode::DATASOURCE_NOT_FOUND, format!("Data source '{datasource}' could not be found."))
    }

    pub(crate) fn flow_not_found(flow: &str) -> Self {
        Self::new(ErrorCode::FLOW_NOT_FOUND, format!("Flow '{flow}' could not be found."))
    }

    pub(crate) fn virtual_connection_not_found(connection: &str) -> Self {
        Self::new(ErrorCode::NOT_FOUND, format!("Virtual connection '{connection}' could not be found."))
    }

    pub(crate) fn favorite_not_found(id: &str) -> Self {
        Self::new(ErrorCode::FAVORITE_NOT_FOUND, format!("'{id}' is no favorite of the user."))
    }

    pub(crate) fn group_not_found(group: &str) -> Self {
        Self::new(ErrorCode::GROUP_NOT_FOUND, format!("Group '{group}' could not be found."))
    }

    pub(crate) fn group_set_not_found(group_set: &str) -> Self {
        Self::new(ErrorCode::NOT_FOUND, format!("Group set '{group_set}' could not be found."))
    }

    pub(crate) fn connection_not_found(connection: &str) -> Self {
        Self::new(ErrorCode::CONNECTION_NOT_FOUND, format!("Connection '{connection}' could not be found."))
    }

    pub(crate) fn revision_not_found(revision: impl fmt::Display) -> Self {
        Self::new(ErrorCode::REVISION_NOT_FOUND, format!("Revision '{revision}' could not be found."))
    }

    /// The database or the storage did not do its part.
    pub(crate) fn unavailable(cause: impl fmt::Display) -> Self {
        Self::new(ErrorCode::UNAVAILABLE, "the database or the storage does not answer; try again later")
            .caused_by(cause)
            .retry_after(5)
    }

    /// The id in the body is another than the one in the path.
    pub(crate) fn other_id(what: &str) -> Self {
        Self::new(ErrorCode::OTHER_ID, format!("the {what}'s id in the body is not the one in the path"))
    }

    /// No session belongs to the token that was sent.
    pub(crate) fn invalid_token() -> Self {
        Self::new(ErrorCode::INVALID_TOKEN, "Invalid authentication credentials were provided.")
    }

    /// Something nobody foresaw: said in general, logged in full.
    pub(crate) fn unexpected(cause: impl fmt::Display) -> Self {
        Self::new(ErrorCode::UNEXPECTED, "something went wrong in the server; its log has the request id")
            .caused_by(cause)
    }
}

/// What a reader is told.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl From<CodecError> for Error {
    fn from(problem: CodecError) -> Self {
        Self::bad_request(problem.to_string())
    }
}

impl From<InvalidName> for Error {
    fn from(problem: InvalidName) -> Self {
        Self::bad_request(problem.to_string())
    }
}

impl From<InvalidList> for Error {
    fn from(problem: InvalidList) -> Self {
        let code = match &problem {
            InvalidList::PageNumber(_) => ErrorCode::INVALID_PAGE_NUMBER,
            InvalidList::PageSize(_) => ErrorCode::INVALID_PAGE_SIZE,
            InvalidList::PageTooLarge(_) => ErrorCode::PAGE_TOO_LARGE,
            InvalidList::Filter(_) | InvalidList::Sort(_) => ErrorCode::INVALID_FILTER,
        };
        Self::new(code, problem.to_string())
    }
}

impl From<store::Error> for Error {
    fn from(problem: store::Error) -> Self {
        use store::{Conflict, Invalid, InvalidList, Missing, Refusal, Taken};
        let code = match &problem {
            store::Error::NotFound(missing) => match missing {
                Missing::Site(site) => return Self::site_not_found(site),
                Missing::User(user) => return Self::user_not_found(user),
                Missing::Job(job) => return Self::job_not_found(job),
                Missing::Project(project) => return Self::project_not_found(project),
                Missing::Group(group) => return Self::group_not_found(group),
                Missing::GroupSet(group_set) => return Self::group_set_not_found(group_set),
                Missing::Connection(connection) => return Self::connection_not_found(connection),
                Missing::Revision(revision) => return Self::revision_not_found(revision),
                Missing::Content(ContentKind::Workbook, id) => return Self::workbook_not_found(id),
                Missing::Content(ContentKind::View, id) => return Self::view_not_found(id),
                Missing::Content(ContentKind::Datasource, id) => return Self::datasource_not_found(id),
                Missing::Content(ContentKind::Flow, id) => return Self::flow_not_found(id),
                Missing::Content(..) => ErrorCode::NOT_FOUND,
                Missing::Tag(_) => ErrorCode::TAG_NOT_FOUND,
                Missing::Favorite(id) => return Self::favorite_not_found(id),
                Missing::Rule(ContentKind::View) => ErrorCode::VIEW_RULE_NOT_FOUND,
                Missing::Rule(_) => ErrorCode::RULE_NOT_FOUND,
                Missing::Domain(_) => ErrorCode::DOMAIN_NOT_FOUND,
                Missing::Session
                | Missing::CustomView(_)
                | Missing::RecycleBinItem(_)
                | Missing::PersonalAccessToken(_)
                | Missing::ConnectedApp(_)
                | Missing::ConnectedAppSecret(_)
                | Missing::ExternalAuthorizationServer(_)
                | Missing::ScimConfiguration(_)
                | Missing::OidcConfiguration(_) => ErrorCode::NOT_FOUND,
                Missing::Upload(_) => ErrorCode::UPLOAD_NOT_FOUND,
            },
            store::Error::AlreadyExists(taken) => match taken {
                Taken::SiteName(_) => ErrorCode::SITE_NAME_TAKEN,
                Taken::SiteContentUrl(_) => ErrorCode::CONTENT_URL_TAKEN,
                Taken::UserOnSite(_) => ErrorCode::USER_EXISTS,
                Taken::TokenName(_) | Taken::Issuer(_) | Taken::OidcConfigurationName(_) => ErrorCode::NAME_TAKEN,
                Taken::ProjectName(_) => ErrorCode::PROJECT_NAME_TAKEN,
                Taken::ContentName(ContentKind::Workbook, _) => ErrorCode::WORKBOOK_EXISTS,
                Taken::ContentName(ContentKind::Datasource, _) => ErrorCode::DATASOURCE_NAME_TAKEN,
                Taken::ContentName(ContentKind::Flow, _) => ErrorCode::FLOW_NAME_TAKEN,
                Taken::ContentName(..) => ErrorCode::NAME_TAKEN,
                Taken::FavoriteLabel(_) => ErrorCode::FAVORITE_LABEL_TAKEN,
                Taken::GroupName(_) => ErrorCode::GROUP_NAME_TAKEN,
                Taken::GroupSetName(_) => ErrorCode::GROUP_SET_NAME_TAKEN,
                Taken::UserInGroup(_) => ErrorCode::USER_IN_GROUP,
                Taken::CustomViewName(_) => ErrorCode::CUSTOM_VIEW_EXISTS,
            },
            store::Error::Forbidden(refusal) => match refusal {
                Refusal::OwnSiteRole => ErrorCode::OWN_SITE_ROLE,
                Refusal::DefaultSite => ErrorCode::DEFAULT_SITE,
                Refusal::NoRevisionHistory => ErrorCode::REVISIONS_OFF,
                Refusal::DefaultProject => ErrorCode::DEFAULT_PROJECT,
                Refusal::NoGroupSets => ErrorCode::FEATURE_DISABLED,
                Refusal::LeavesAllUsers => ErrorCode::GROUP_NOT_LEFT,
                Refusal::DefaultProjectStays => ErrorCode::DEFAULT_PROJECT_STAYS,
                _ => ErrorCode::FORBIDDEN,
            },
            store::Error::Invalid(invalid) => match invalid {
                Invalid::SiteRole(_) => ErrorCode::INVALID_SITE_ROLE,
                Invalid::BlankLabel => ErrorCode::FAVORITE_LABEL,
                Invalid::Capability(..) | Invalid::DeniedLeader => ErrorCode::CAPABILITY_OF_OTHER_KIND,
                Invalid::TooLarge(_) => ErrorCode::BODY_TOO_LARGE,
                Invalid::Value(_) => ErrorCode::BAD_REQUEST,
            },
            store::Error::Conflict(conflict) => match conflict {
                Conflict::OwnsContent => ErrorCode::USER_OWNS_CONTENT,
                Conflict::UserQuota(_) | Conflict::QuotaSettings(_) => ErrorCode::SITE_CONFLICT,
                Conflict::TwoSecrets | Conflict::ProjectGone => ErrorCode::NAME_TAKEN,
                Conflict::UserChangedMeanwhile | Conflict::RevisedMeanwhile | Conflict::ProjectNotEmpty => {
                    ErrorCode::SITE_CONFLICT
                }
                // What clients know of: a wrong use of an upload is a bad request.
                Conflict::UploadChangedMeanwhile
                | Conflict::UploadFinished
                | Conflict::UploadIncomplete(_)
                | Conflict::ContentGone => ErrorCode::BAD_REQUEST,
                Conflict::StorageQuota(_) => ErrorCode::QUOTA_EXCEEDED,
                Conflict::NewestRevision => ErrorCode::NEWEST_REVISION,
                Conflict::TagLimit(_) | Conflict::OppositeRule(_) => ErrorCode::BAD_REQUEST,
                Conflict::TooManyJobs => {
                    return Self::new(ErrorCode::TOO_MANY_REQUESTS, problem.to_string()).retry_after(30);
                }
            },
            store::Error::InvalidList(list) => match list {
                InvalidList::PastTheEnd { .. } => ErrorCode::INVALID_PAGE_NUMBER,
                _ => ErrorCode::INVALID_FILTER,
            },
            store::Error::Unavailable(cause) => {
                return Self::unavailable(format_args!("{cause:?}"));
            }
        };
        Self::new(code, problem.to_string())
    }
}
