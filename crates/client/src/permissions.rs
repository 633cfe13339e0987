//! Permissions on content of the site signed in to.

use std::fmt;

use tavola_api::permissions::{
    CONTENT, DEFAULTS, EFFECTIVE, EffectivePermissions, GranteeCapabilities, Permissions, PermissionsMessage, Rules,
};
use tavola_model::{
    Capability, ContentKind, DatasourceId, FlowId, Grantee, PermissionMode, ProjectId, UserId, ViewId,
    VirtualConnectionId, WorkbookId,
};

use crate::{Client, Error, PathValue};

/// What rules lie on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PermissionsOf {
    /// A project itself: who sees it, publishes into it, leads it.
    Project(ProjectId),
    /// A workbook.
    Workbook(WorkbookId),
    /// A view of a workbook that shows no tabs.
    View(ViewId),
    /// A data source.
    Datasource(DatasourceId),
    /// A flow.
    Flow(FlowId),
    /// A virtual connection.
    VirtualConnection(VirtualConnectionId),
    /// A project, about content of a kind in it: what is new begins so, and what is there obeys it if the project is locked.
    Defaults(ProjectId, ContentKind),
}

impl PermissionsOf {
    /// The kind of content that the rules are about.
    pub fn about(self) -> ContentKind {
        match self {
            Self::Project(_) => ContentKind::Project,
            Self::Workbook(_) => ContentKind::Workbook,
            Self::View(_) => ContentKind::View,
            Self::Datasource(_) => ContentKind::Datasource,
            Self::Flow(_) => ContentKind::Flow,
            Self::VirtualConnection(_) => ContentKind::VirtualConnection,
            Self::Defaults(_, about) => about,
        }
    }

    /// The methods about these rules; none where no rules lie.
    fn rules(self) -> Result<&'static Rules, Error> {
        let rooms = if matches!(self, Self::Defaults(..)) { DEFAULTS } else { CONTENT };
        rooms
            .iter()
            .find(|rules| rules.about == self.about())
            .ok_or_else(|| Error::invalid(format!("a project has no default permissions for a {}", self.about())))
    }
}

impl fmt::Display for PermissionsOf {
    /// The id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Project(id) | Self::Defaults(id, _) => id.fmt(f),
            Self::Workbook(id) => id.fmt(f),
            Self::View(id) => id.fmt(f),
            Self::Datasource(id) => id.fmt(f),
            Self::Flow(id) => id.fmt(f),
            Self::VirtualConnection(id) => id.fmt(f),
        }
    }
}

/// The methods about the permissions of one thing, by [`Client::permissions`].
#[derive(Debug, Clone, Copy)]
pub struct PermissionsRoom<'a>(&'a Client, PermissionsOf);

impl Client {
    /// The methods about the permissions of something on the site signed in to.
    pub fn permissions(&self, of: PermissionsOf) -> PermissionsRoom<'_> {
        PermissionsRoom(self, of)
    }
}

impl PermissionsRoom<'_> {
    /// “Query … Permissions”: the rules that hold.
    pub async fn list(&self) -> Result<Permissions, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&self.1)];
        self.0.call(&self.1.rules()?.list, &path, &[], None).await.map(|answer| answer.permissions)
    }

    /// “Add … Permissions”: what is so already stays. Gives the rules there are then.
    pub async fn add(&self, rules: &[GranteeCapabilities]) -> Result<Permissions, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&self.1)];
        self.0.call(&self.1.rules()?.add, &path, &[], Some(&message(rules))).await.map(|answer| answer.permissions)
    }

    /// Puts rules in place of all that are there. No method of the reference, but of the servers.
    pub async fn replace(&self, rules: &[GranteeCapabilities]) -> Result<Permissions, Error> {
        let path = [PathValue::SessionSite, PathValue::Of(&self.1)];
        self.0.call(&self.1.rules()?.replace, &path, &[], Some(&message(rules))).await.map(|answer| answer.permissions)
    }

    /// “Delete … Permission”: one rule.
    pub async fn delete(&self, grantee: Grantee, capability: Capability, mode: PermissionMode) -> Result<(), Error> {
        let (grantees, id) = match &grantee {
            Grantee::User(id) => ("users", id as &(dyn fmt::Display + Sync)),
            Grantee::Group(id) => ("groups", id as _),
            Grantee::GroupSet(id) => ("groupSets", id as _),
        };
        let path = [
            PathValue::SessionSite,
            PathValue::Of(&self.1),
            PathValue::Of(&grantees),
            PathValue::Of(id),
            PathValue::Of(&capability),
            PathValue::Of(&mode),
        ];
        self.0.call(&self.1.rules()?.delete, &path, &[], None).await.map(drop)
    }

    /// What a user, or the caller, may do with it, and which rule decides: only Tavola servers tell. Of a project's default
    /// rules nothing is told.
    pub async fn effective(&self, user: Option<UserId>) -> Result<EffectivePermissions, Error> {
        let of =
            EFFECTIVE.iter().find(|of| of.kind == self.1.about() && !matches!(self.1, PermissionsOf::Defaults(..)));
        let endpoint =
            &of.ok_or_else(|| Error::invalid("default permissions are nobody's until something obeys them"))?.get;
        let user = user.map(|id| id.to_string());
        let query: Vec<(&str, &str)> = user.iter().map(|id| ("user", id.as_str())).collect();
        let path = [PathValue::SessionSite, PathValue::Of(&self.1)];
        self.0.call(endpoint, &path, &query, None).await.map(|answer| answer.effective_permissions)
    }
}

fn message(rules: &[GranteeCapabilities]) -> PermissionsMessage {
    PermissionsMessage { permissions: Permissions { grantee_capabilities: rules.to_vec(), ..Permissions::default() } }
}
