//! What can go wrong, in the few kinds that a caller treats differently.

use std::{error::Error as StdError, fmt, path::PathBuf, sync::Arc};

use tavola_model::{Capability, ContentKind, SiteRole};

/// Why the store did not do what was asked.
#[derive(Debug, Clone)]
pub enum Error {
    /// There is no such thing, or the actor may not see it.
    NotFound(Missing),
    /// Something else has that name already.
    AlreadyExists(Taken),
    /// The actor may not do this.
    Forbidden(Refusal),
    /// A value is not one that can be stored.
    Invalid(Invalid),
    /// What is stored stands against it.
    Conflict(Conflict),
    /// The list was asked for in a way it does not understand.
    InvalidList(InvalidList),
    /// The database or the storage of content did not do its part; asking again later may help.
    Unavailable(Cause),
}

/// What is not there, with the name or id it was asked for by.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the kinds of things, as the reference names them")]
pub enum Missing {
    Site(String),
    User(String),
    Session,
    PersonalAccessToken(String),
    ConnectedApp(String),
    ConnectedAppSecret(String),
    ExternalAuthorizationServer(String),
    OidcConfiguration(String),
    /// No configuration of SCIM of this id.
    ScimConfiguration(String),
    Project(String),
    Domain(String),
    Job(String),
    Upload(String),
    Content(ContentKind, String),
    Connection(String),
    Revision(i64),
    Tag(String),
    Favorite(String),
    CustomView(String),
    RecycleBinItem(String),
    Group(String),
    GroupSet(String),
    Rule(ContentKind),
}

/// What is taken already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// Another site has this name.
    SiteName(String),
    /// Another site has this contentUrl.
    SiteContentUrl(String),
    /// The person is a user of the site already.
    UserOnSite(String),
    /// The account has a personal access token of this name.
    TokenName(String),
    /// Another external authorization server of the site has this issuer.
    Issuer(String),
    /// Another OpenID Connect configuration of the site has this name.
    OidcConfigurationName(String),
    /// A project in the same place has this name.
    ProjectName(String),
    /// Other content of this kind in the project has this name.
    ContentName(ContentKind, String),
    /// Another favorite of the user has this label.
    FavoriteLabel(String),
    /// The owner has another custom view of the view with this name.
    CustomViewName(String),
    /// Another group of the site has this name.
    GroupName(String),
    /// Another group set of the site has this name.
    GroupSetName(String),
    /// The user is in the group already.
    UserInGroup(String),
}

/// What the actor may not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Only a server administrator may.
    NotServerAdministrator,
    /// Only an administrator of the site may.
    NotSiteAdministrator,
    /// The user's site role does not publish.
    NotPublisher,
    /// Only server administrators manage the users of a site whose adminMode is `ContentOnly`.
    UsersAreNotManagedHere,
    /// The user is a server administrator: only another one may change or remove them.
    UserIsServerAdministrator,
    /// The account lives on other sites too: only a server administrator may change it.
    AccountLivesElsewhere,
    /// Nobody changes their own site role.
    OwnSiteRole,
    /// The server would be left without an administrator.
    LastServerAdministrator,
    /// The site Default is not deleted, suspended or given a contentUrl.
    DefaultSite,
    /// A personal access token is made by its owner alone, in a session of their own without scopes.
    OthersAccessToken,
    /// The domain `local` keeps its name.
    LocalDomain,
    /// No rule, ownership or role gives the actor this capability.
    LacksCapability(Capability),
    /// Who puts something into a project needs a site role that may publish.
    CannotPublish,
    /// The project Default is not deleted.
    DefaultProject,
    /// The project Default keeps its name and its place.
    DefaultProjectStays,
    /// A project that locks this one decides about its permissions.
    LockedFromAbove,
    /// An identity provider has the user or group in its hands.
    ManagedByScim,
    /// The site has group sets turned off.
    NoGroupSets,
    /// The site keeps no revisions but the newest.
    NoRevisionHistory,
    /// Only owners, who has the say in the project, and administrators give content to someone else.
    NotOwner,
    /// Only who has the say in its project and administrators certify content.
    NotLeader,
    /// Only its owner and administrators change a custom view.
    NotOwnerOfCustomView,
    /// The project decides about the permissions of what is in it.
    LockedByProject,
    /// The views of a workbook that shows tabs have no permissions of their own.
    TabsShown,
    /// The group All Users is neither renamed nor deleted.
    AllUsersStays,
    /// Users leave the group All Users with the site alone.
    LeavesAllUsers,
}

/// What cannot be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Invalid {
    /// A site role that cannot be given.
    SiteRole(SiteRole),
    /// More bytes than may be sent at once: this many may.
    TooLarge(u64),
    /// A favorite's label with nothing in it.
    BlankLabel,
    /// A rule about a capability that this kind of content does not have.
    Capability(ContentKind, Capability),
    /// A rule that denies leading a project: leaving out the allowance does.
    DeniedLeader,
    /// Any other value; the detail says which and why.
    Value(String),
}

/// What stands against a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// The user owns content that would be left without an owner.
    OwnsContent,
    /// The site has as many licensed users as its quota allows.
    UserQuota(i64),
    /// A user quota beside limits per licence tier, or on a site whose adminMode is `ContentOnly`.
    QuotaSettings(&'static str),
    /// A connected app has two secrets already.
    TwoSecrets,
    /// As many jobs are at work as this process can hold.
    TooManyJobs,
    /// A user was removed while a job was about to change them.
    UserChangedMeanwhile,
    /// The upload got another block while this was done to it.
    UploadChangedMeanwhile,
    /// The upload is complete: it takes no more blocks.
    UploadFinished,
    /// The upload lacks this block, or all blocks.
    UploadIncomplete(u32),
    /// The bytes were not used for so long after they were received that they are gone.
    ContentGone,
    /// The site's quota of so many MB has no room for the file.
    StorageQuota(u64),
    /// Another revision was published while this one was made out of the one before.
    RevisedMeanwhile,
    /// The newest revision is not removed.
    NewestRevision,
    /// A project that was to be deleted if it is empty is not.
    ProjectNotEmpty,
    /// The project that deleted content lay in is gone: another has to be named.
    ProjectGone,
    /// Content has as many tags as the site allows.
    TagLimit(usize),
    /// There is a rule for the same grantee that says the opposite about this capability.
    OppositeRule(Capability),
}

/// Why a filter, sort or page of a list makes no sense to that list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidList {
    /// The list has no such field to filter or sort by.
    Field(String),
    /// The field cannot be compared that way.
    Operator {
        /// The field.
        field: String,
    },
    /// The value is not one of the field's.
    Value {
        /// The field.
        field: String,
        /// The value.
        value: String,
    },
    /// The page begins after the last item.
    PastTheEnd {
        /// The page asked for.
        page: u32,
        /// The items there are.
        total: u64,
    },
}

/// The cause of [`Error::Unavailable`], for the log and not for the answer.
#[derive(Debug, Clone)]
pub struct Cause(Arc<dyn StdError + Send + Sync>);

impl Error {
    pub(crate) fn unavailable(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Unavailable(Cause(Arc::from(cause.into())))
    }

    pub(crate) fn invalid(detail: impl Into<String>) -> Self {
        Self::Invalid(Invalid::Value(detail.into()))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound(what) => what.fmt(f),
            Self::AlreadyExists(what) => what.fmt(f),
            Self::Forbidden(reason) => reason.fmt(f),
            Self::Invalid(what) => what.fmt(f),
            Self::Conflict(what) => what.fmt(f),
            Self::InvalidList(what) => what.fmt(f),
            Self::Unavailable(_) => f.write_str("the database or the storage is not available"),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Unavailable(cause) => Some(&*cause.0),
            _ => None,
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site(site) => write!(f, "site `{site}` could not be found"),
            Self::User(user) => write!(f, "user `{user}` could not be found"),
            Self::Session => f.write_str("the session could not be found"),
            Self::PersonalAccessToken(id) => write!(f, "personal access token `{id}` could not be found"),
            Self::ConnectedApp(id) => write!(f, "connected app `{id}` could not be found"),
            Self::ConnectedAppSecret(id) => write!(f, "secret `{id}` of the connected app could not be found"),
            Self::ExternalAuthorizationServer(id) => {
                write!(f, "external authorization server `{id}` could not be found")
            }
            Self::ScimConfiguration(id) => write!(f, "SCIM configuration `{id}` could not be found"),
            Self::OidcConfiguration(id) => write!(f, "OpenID Connect configuration `{id}` could not be found"),
            Self::Project(id) => write!(f, "project `{id}` could not be found"),
            Self::Domain(name) => write!(f, "domain `{name}` could not be found"),
            Self::Job(id) => write!(f, "job `{id}` could not be found"),
            Self::Upload(id) => write!(f, "upload session `{id}` could not be found"),
            Self::Content(kind, id) => write!(f, "{} `{id}` could not be found", kind.to_string().to_lowercase()),
            Self::Connection(id) => write!(f, "connection `{id}` could not be found"),
            Self::Revision(number) => write!(f, "revision {number} could not be found"),
            Self::Tag(label) => write!(f, "the tag `{label}` could not be found"),
            Self::Favorite(id) => write!(f, "`{id}` is no favorite of the user"),
            Self::CustomView(id) => write!(f, "custom view `{id}` could not be found"),
            Self::RecycleBinItem(id) => write!(f, "`{id}` could not be found in the recycle bin"),
            Self::Group(id) => write!(f, "group `{id}` could not be found"),
            Self::GroupSet(id) => write!(f, "group set `{id}` could not be found"),
            Self::Rule(_) => {
                f.write_str("there is no such rule: nothing was assigned to this user, group or group set so")
            }
        }
    }
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SiteName(name) => write!(f, "a site named `{name}` exists already"),
            Self::SiteContentUrl(url) => write!(f, "a site with the contentUrl `{url}` exists already"),
            Self::UserOnSite(name) => write!(f, "user `{name}` is on the site already"),
            Self::TokenName(name) => write!(f, "the user has a personal access token named `{name}` already"),
            Self::Issuer(issuer) => write!(f, "the site has an external authorization server `{issuer}` already"),
            Self::OidcConfigurationName(name) => {
                write!(f, "the site has an OpenID Connect configuration named `{name}` already")
            }
            Self::ProjectName(name) => write!(f, "a project named `{name}` exists already in that place"),
            Self::ContentName(kind, name) => {
                let kind = kind.to_string().to_lowercase();
                write!(f, "a {kind} named `{name}` exists already in that project")
            }
            Self::FavoriteLabel(label) => write!(f, "another favorite of the user has the label `{label}`"),
            Self::CustomViewName(name) => write!(f, "the owner has a custom view of this view named `{name}` already"),
            Self::GroupName(name) => write!(f, "a group named `{name}` exists already"),
            Self::GroupSetName(name) => write!(f, "a group set named `{name}` exists already"),
            Self::UserInGroup(name) => write!(f, "user `{name}` is in the group already"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotServerAdministrator => "only a server administrator may do this",
            Self::NotSiteAdministrator => "only an administrator of the site may do this",
            Self::NotPublisher => "the user's site role does not allow publishing",
            Self::UsersAreNotManagedHere => "on this site only server administrators manage users",
            Self::UserIsServerAdministrator => "only a server administrator may change a server administrator",
            Self::AccountLivesElsewhere => {
                "the user is on other sites too, so only a server administrator may change name, e-mail or password"
            }
            Self::OwnSiteRole => "nobody may change their own site role",
            Self::LastServerAdministrator => "the last server administrator must stay one",
            Self::DefaultSite => "the site Default cannot be deleted, suspended or given another contentUrl",
            Self::OthersAccessToken => "a personal access token is made by its owner alone, signed in without scopes",
            Self::LocalDomain => "the domain `local` keeps its name",
            Self::LacksCapability(capability) => return write!(f, "this needs the capability {capability}"),
            Self::CannotPublish => "this needs a site role that may publish",
            Self::DefaultProject => "the project Default cannot be deleted",
            Self::DefaultProjectStays => "the project Default keeps its name and its place",
            Self::ManagedByScim => "an identity provider manages this user or group by SCIM: change it there",
            Self::NoGroupSets => "group sets are turned off on this site",
            Self::NoRevisionHistory => "the site keeps no revision history",
            Self::NotOwner => "only its owner, who leads its project, and administrators may give it to someone else",
            Self::NotLeader => "only who leads its project, and administrators may certify it",
            Self::NotOwnerOfCustomView => "only its owner and administrators may do this",
            Self::LockedByProject => "the project decides about the permissions of what is in it",
            Self::TabsShown => "the workbook shows tabs, so its permissions are those of its views",
            Self::AllUsersStays => "the group All Users keeps its name and cannot be deleted",
            Self::LeavesAllUsers => "users leave the group All Users with the site alone",
            Self::LockedFromAbove => "a project further up decides about the permissions of this one",
        })
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SiteRole(role) => write!(f, "the site role `{role}` cannot be given"),
            Self::BlankLabel => f.write_str("the label of a favorite must not be blank"),
            Self::Capability(kind, capability) => {
                write!(
                    f,
                    "a {} has no capability {capability} that could be allowed or denied",
                    kind.to_string().to_lowercase()
                )
            }
            Self::DeniedLeader => f.write_str("ProjectLeader can be allowed only, not denied"),
            Self::TooLarge(limit) => write!(f, "the file is larger than {limit} bytes"),
            Self::Value(detail) => f.write_str(detail),
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OwnsContent => f.write_str("the user owns content"),
            Self::UserQuota(quota) => write!(f, "the site's quota of {quota} users is used up"),
            Self::QuotaSettings(problem) => f.write_str(problem),
            Self::TwoSecrets => f.write_str("a connected app has at most two secrets"),
            Self::TooManyJobs => f.write_str("too many jobs are at work; try again when one has ended"),
            Self::UserChangedMeanwhile => f.write_str("the user was changed meanwhile; try again"),
            Self::UploadChangedMeanwhile => f.write_str(
                "another block of the upload arrived at the same time; blocks sent in parallel need sequence ids",
            ),
            Self::UploadFinished => f.write_str("the upload is complete and takes no more blocks"),
            Self::UploadIncomplete(block) => write!(f, "block {block} of the upload is missing"),
            Self::StorageQuota(quota) => write!(f, "the site's storage quota of {quota} MB has no room for the file"),
            Self::RevisedMeanwhile => f.write_str("it was published again meanwhile; try again"),
            Self::NewestRevision => f.write_str("the newest revision cannot be removed"),
            Self::ProjectNotEmpty => f.write_str("something lies in the project"),
            Self::ProjectGone => f.write_str("the project it lay in is gone: name another to restore it to"),
            Self::OppositeRule(capability) => {
                write!(f, "another rule says the opposite about {capability}; delete that one first")
            }
            Self::TagLimit(limit) => write!(f, "content of this site has at most {limit} tags"),
            Self::ContentGone => f.write_str("the file was not used for too long after it was sent; send it again"),
        }
    }
}

impl fmt::Display for InvalidList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => write!(f, "the list has no field `{field}` to filter or sort by"),
            Self::Operator { field } => write!(f, "the field `{field}` does not allow this operator"),
            Self::Value { field, value } => write!(f, "`{value}` is not a value of the field `{field}`"),
            Self::PastTheEnd { page, total } => write!(f, "page {page} is past the last of {total} items"),
        }
    }
}

/// Why the store could not be opened.
#[derive(Debug)]
pub enum OpenError {
    /// The data folder cannot be made or written to.
    DataFolder {
        /// The folder.
        path: PathBuf,
        /// Why not.
        cause: std::io::Error,
    },
    /// Another process works in the data folder.
    InUse(PathBuf),
    /// The database URL is of none of the known forms.
    Url(String),
    /// The database cannot be reached or read.
    Unreachable {
        /// The database, without any password.
        database: String,
        /// Why not.
        cause: Box<dyn StdError + Send + Sync>,
    },
    /// A later version of the program made this database.
    NewerVersion {
        /// The database's version.
        found: i64,
        /// The newest one this program knows.
        known: i64,
    },
    /// The storage of content cannot be used as it is configured.
    Content {
        /// The storage: its folder or URL.
        storage: String,
        /// Why not.
        problem: String,
    },
    /// The key of the content cannot be used.
    ContentKey {
        /// The file it is in.
        file: PathBuf,
        /// Why not.
        problem: String,
    },
    /// A migration failed; the database is as it was before.
    Migration {
        /// The migration's number.
        number: i64,
        /// Why.
        cause: Error,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DataFolder { path, cause } => {
                write!(f, "the data folder `{}` cannot be written to: {cause}", path.display())
            }
            Self::InUse(path) => write!(f, "the data folder `{}` is in use by another process", path.display()),
            Self::Url(problem) => f.write_str(problem),
            Self::Unreachable { database, cause } => {
                write!(f, "the database {database} cannot be opened: {}", OneLine(&**cause))
            }
            Self::NewerVersion { found, known } => {
                write!(
                    f,
                    "the database has version {found}, this program knows versions up to {known}: use a newer one"
                )
            }
            Self::Content { storage, problem } => write!(f, "the content in `{storage}` cannot be used: {problem}"),
            Self::ContentKey { file, problem } => {
                write!(f, "the key of the content in `{}` cannot be used: {problem}", file.display())
            }
            Self::Migration { number, cause } => {
                write!(f, "the database could not be brought to version {number}: {}", OneLine(cause))
            }
        }
    }
}

impl StdError for OpenError {}

/// An error and its causes on one line.
pub(crate) struct OneLine<'e>(pub(crate) &'e (dyn StdError + 'static));

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut next = Some(self.0);
        let mut said = String::new();
        while let Some(error) = next {
            let words = error.to_string().replace('\n', " ");
            // Some libraries repeat the cause in their own words.
            if !said.contains(&words) {
                if !said.is_empty() {
                    said.push_str(": ");
                }
                said.push_str(&words);
            }
            next = error.source();
        }
        f.write_str(&said)
    }
}
