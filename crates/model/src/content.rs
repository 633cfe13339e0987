//! Kinds of content and what can be allowed on each: capabilities, the templates that bundle them, and the most that a
//! site role may have.

use crate::{SiteRole, vocabulary::vocabulary};

vocabulary! {
    /// A kind of content that permissions are about.
    ContentKind, "kind of content" {
        Project,
        Workbook,
        View,
        Datasource,
        Flow,
        VirtualConnection,
        Database,
        Table,
        DataRole,
        Metric,
        Lens,
    }
}

vocabulary! {
    /// Something that a rule allows or denies. Which make sense is a matter of the content: see
    /// [`ContentKind::capabilities`].
    Capability, "capability" {
        AddComment,
        AiAccess,
        ChangeHierarchy,
        ChangePermissions,
        Connect,
        CreateRefreshMetrics,
        Delete,
        Execute,
        ExportData,
        ExportImage,
        ExportXml,
        ExtractRefresh,
        Filter,
        // Only in answers: it follows from leading a project further up, and no rule says it.
        InheritedProjectLeader,
        Overwrite,
        ProjectLeader,
        PulseMetricDefine,
        Read,
        RunExplainData,
        SaveAs,
        ShareView,
        ViewComments,
        ViewUnderlyingData,
        VizqlDataApiAccess,
        WebAuthoring,
        WebAuthoringForFlows,
        Write,
    }
}

vocabulary! {
    /// Who decides about the permissions of what is in a project: the owners of the content, or the project, with or
    /// without the projects in it.
    ContentPermissions, "way to manage permissions" { ManagedByOwner, LockedToProject, LockedToProjectWithoutNested }
}

/// A bundle of capabilities, as people give them. Each holds those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Template {
    /// To look at it.
    View,
    /// To work with it.
    Explore,
    /// To change it.
    Publish,
    /// To say who may do what.
    Administer,
}

use Capability::*;
use Template::{Administer, Explore, Publish, View};

const PROJECT: &[(Capability, Template)] = &[(Read, View), (Write, Publish), (ProjectLeader, Administer)];

const WORKBOOK: &[(Capability, Template)] = &[
    (Read, View),
    (Filter, View),
    (ViewComments, View),
    (AddComment, View),
    (ExportImage, View),
    (ExportData, View),
    (ShareView, Explore),
    (ViewUnderlyingData, Explore),
    (WebAuthoring, Explore),
    (RunExplainData, Explore),
    (ExportXml, Publish),
    (Write, Publish),
    (CreateRefreshMetrics, Publish),
    (ChangeHierarchy, Administer),
    (Delete, Administer),
    (ChangePermissions, Administer),
    (ExtractRefresh, Administer),
];

const VIEW: &[(Capability, Template)] = &[
    (Read, View),
    (Filter, View),
    (ViewComments, View),
    (AddComment, View),
    (ExportImage, View),
    (ExportData, View),
    (ShareView, Explore),
    (ViewUnderlyingData, Explore),
    (WebAuthoring, Explore),
    (Delete, Administer),
    (ChangePermissions, Administer),
];

const DATASOURCE: &[(Capability, Template)] = &[
    (Read, View),
    (Connect, View),
    (ExportXml, Explore),
    (VizqlDataApiAccess, Explore),
    (PulseMetricDefine, Explore),
    (Write, Publish),
    (SaveAs, Publish),
    (ChangeHierarchy, Administer),
    (Delete, Administer),
    (ChangePermissions, Administer),
    (ExtractRefresh, Administer),
];

const FLOW: &[(Capability, Template)] = &[
    (Read, View),
    (ExportXml, Explore),
    (Execute, Publish),
    (Write, Publish),
    (WebAuthoringForFlows, Publish),
    (ChangeHierarchy, Administer),
    (Delete, Administer),
    (ChangePermissions, Administer),
];

const VIRTUAL_CONNECTION: &[(Capability, Template)] = &[
    (Read, View),
    (Connect, View),
    (Write, Publish),
    (ChangeHierarchy, Administer),
    (Delete, Administer),
    (ChangePermissions, Administer),
];

const DATABASE: &[(Capability, Template)] =
    &[(Read, View), (Write, Publish), (ChangeHierarchy, Administer), (ChangePermissions, Administer)];

const OTHER: &[(Capability, Template)] = &[
    (Read, View),
    (Write, Publish),
    (ChangeHierarchy, Administer),
    (Delete, Administer),
    (ChangePermissions, Administer),
];

impl ContentKind {
    /// The capabilities that rules about this kind may name, each with the first template that holds it.
    pub fn capabilities(self) -> &'static [(Capability, Template)] {
        match self {
            Self::Project => PROJECT,
            Self::Workbook => WORKBOOK,
            Self::View => VIEW,
            Self::Datasource => DATASOURCE,
            Self::Flow => FLOW,
            Self::VirtualConnection => VIRTUAL_CONNECTION,
            Self::Database | Self::Table => DATABASE,
            Self::DataRole | Self::Metric | Self::Lens => OTHER,
        }
    }

    /// Whether rules about this kind may name a capability.
    pub fn has(self, capability: Capability) -> bool {
        self.capabilities().iter().any(|(known, _)| *known == capability)
    }

    /// The capabilities of a template.
    pub fn template(self, template: Template) -> impl Iterator<Item = Capability> {
        self.capabilities().iter().filter(move |(_, first)| *first <= template).map(|(capability, _)| *capability)
    }

    /// The kinds that a project has default rules for: what is published into it. Views go with their workbook.
    pub fn in_projects() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|kind| !matches!(kind, Self::Project | Self::View))
    }
}

impl SiteRole {
    /// Whether a user of this role can have a capability at all, whatever the rules say.
    pub fn may_have(self, kind: ContentKind, capability: Capability) -> bool {
        let looks = matches!(
            capability,
            Read | Filter | ViewComments | AddComment | ExportImage | ExportData | ShareView | Connect
        );
        kind.has(capability)
            && match self {
                Self::ServerAdministrator
                | Self::SiteAdministratorCreator
                | Self::SiteAdministratorExplorer
                | Self::Creator => true,
                Self::ExplorerCanPublish => capability != WebAuthoringForFlows,
                Self::Explorer => !matches!(capability, Write | SaveAs | WebAuthoringForFlows),
                Self::Viewer | Self::SupportUser => looks,
                Self::Guest => matches!(capability, Read | Filter | ViewComments | Connect),
                Self::Unlicensed => false,
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_holds_those_before_it() {
        for kind in ContentKind::ALL {
            let of = |template| kind.template(template).collect::<Vec<_>>();
            assert!(of(View).contains(&Read), "{kind}");
            for pair in [View, Explore, Publish, Administer].windows(2) {
                assert!(of(pair[0]).iter().all(|capability| of(pair[1]).contains(capability)), "{kind}");
            }
            assert_eq!(of(Administer).len(), kind.capabilities().len(), "{kind}");
        }
        assert_eq!(ContentKind::Project.template(Publish).collect::<Vec<_>>(), [Read, Write]);
        assert_eq!(ContentKind::Datasource.template(View).collect::<Vec<_>>(), [Read, Connect]);
        assert_eq!(ContentKind::Flow.template(Explore).collect::<Vec<_>>(), [Read, ExportXml]);
    }

    #[test]
    fn a_capability_belongs_to_its_kinds() {
        for (kind, capability, belongs) in [
            (ContentKind::Project, ProjectLeader, true),
            (ContentKind::Project, Delete, false),
            (ContentKind::Workbook, ProjectLeader, false),
            (ContentKind::Workbook, Connect, false),
            (ContentKind::Workbook, RunExplainData, true),
            (ContentKind::View, RunExplainData, false),
            (ContentKind::View, Write, false),
            (ContentKind::Datasource, SaveAs, true),
            (ContentKind::Flow, Execute, true),
            (ContentKind::Database, Delete, false),
            (ContentKind::Table, ChangePermissions, true),
            (ContentKind::Metric, Delete, true),
        ] {
            assert_eq!(kind.has(capability), belongs, "{kind} {capability}");
        }
        // No rule says these.
        for capability in [InheritedProjectLeader, AiAccess, Overwrite] {
            assert!(!ContentKind::ALL.iter().any(|kind| kind.has(capability)), "{capability}");
        }
    }

    #[test]
    fn a_role_has_its_ceiling() {
        use ContentKind::{Datasource, Flow, Project, Workbook};
        for (role, kind, capability, may) in [
            (SiteRole::Creator, Flow, WebAuthoringForFlows, true),
            (SiteRole::ExplorerCanPublish, Flow, WebAuthoringForFlows, false),
            (SiteRole::ExplorerCanPublish, Workbook, Write, true),
            (SiteRole::Explorer, Workbook, Write, false),
            (SiteRole::Explorer, Datasource, SaveAs, false),
            (SiteRole::Explorer, Workbook, WebAuthoring, true),
            (SiteRole::Explorer, Project, ProjectLeader, true),
            (SiteRole::Viewer, Workbook, Read, true),
            (SiteRole::Viewer, Workbook, ExportData, true),
            (SiteRole::Viewer, Workbook, ViewUnderlyingData, false),
            (SiteRole::Viewer, Workbook, ExportXml, false),
            (SiteRole::Viewer, Workbook, WebAuthoring, false),
            (SiteRole::Viewer, Workbook, Delete, false),
            (SiteRole::Viewer, Project, ProjectLeader, false),
            (SiteRole::Viewer, Project, Read, true),
            (SiteRole::Guest, Workbook, AddComment, false),
            (SiteRole::Unlicensed, Workbook, Read, false),
            // Nobody has on a kind what it does not know.
            (SiteRole::ServerAdministrator, Project, Delete, false),
        ] {
            assert_eq!(role.may_have(kind, capability), may, "{role} {kind} {capability}");
        }
    }
}
