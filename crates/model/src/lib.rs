//! The words of the Tableau Server REST API as values.
//!
//! Ids that know their kind, names that were checked, the closed vocabularies (site roles, authentication settings), the
//! grammar of pages, filters and sorts, and points in time. This crate does no I/O: it has no clock, no randomness and no
//! sockets, so its tests are instant. Ids and vocabularies are serialisable, because their text form *is* the wire's.
//!
//! Start with [`SiteRole`] and [`ListQuery`]; who may do what with content is [`decide`].

mod content;
mod id;
mod job;
mod list;
mod name;
mod permission;
mod site_role;
mod time;
mod vocabulary;

pub use content::{Capability, ContentKind, ContentPermissions, Template};
pub use id::{
    AccountId, BlobId, ConnectedAppId, ConnectedAppSecretId, ConnectionId, CustomViewId, DatasourceId, DomainId,
    ExternalAuthorizationServerId, FavoriteId, FlowId, GroupId, GroupSetId, IdpConfigurationId, InvalidId, JobId,
    PersonalAccessTokenId, ProjectId, ScimConfigurationId, SessionId, SiteId, UploadId, UserId, ViewId,
    VirtualConnectionId, WorkbookId,
};
pub use job::{FinishCode, JobType, StatusNoteType};
pub use list::{Filter, InvalidList, ListQuery, Operator, Page, Sort};
pub use name::{
    ContentName, ContentUrl, GroupName, GroupSetName, InvalidName, ProjectName, SiteName, TokenName, UserName,
};
pub use permission::{
    Allows, Decision, Denies, Grantee, Lead, PermissionMode, Question, Reason, Rule, can_lead, decide, first_rule,
};
pub use site_role::{Licence, SiteRole};
pub use time::{InvalidTime, Timestamp};
pub use vocabulary::{
    AdminMode, AuthSetting, DataFreshness, FavoriteKind, LocationType, SheetType, SiteState, UnknownWord,
};
