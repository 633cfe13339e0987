//! Permissions: rules about who may do what with content, and what a project says about content in it.
//!
//! Every kind of content has the same methods, below its own path: [`Rules`] are those of one of them, [`CONTENT`] all, and
//! [`DEFAULTS`] those of a project's default rules for each kind.
//!
//! Reference: “Permissions Methods”,
//! <https://help.tableau.com/current/api/rest_api/en-us/REST/rest_api_ref_permissions.htm>.

use serde::{Deserialize, Serialize};
use serde_with::skip_serializing_none;
use tavola_model::{Capability, ContentKind, Grantee, GroupId, GroupSetId, PermissionMode, ProjectId, Reason};

use crate::{About, Endpoint, NoBody, Word, users::User};

/// The methods about the rules that lie on content of a kind, or on a project about a kind.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// The kind of content that the rules lie on.
    pub kind: ContentKind,
    /// What they are about: that kind, or what lies in a project.
    pub about: ContentKind,
    /// “Query … Permissions”.
    pub list: Endpoint<NoBody, PermissionsMessage>,
    /// “Add … Permissions”: the answer has all rules that there are then.
    pub add: Endpoint<PermissionsMessage, PermissionsMessage>,
    /// Puts rules in place of all that there are. The reference does not have it; published clients call it.
    pub replace: Endpoint<PermissionsMessage, PermissionsMessage>,
    /// “Delete … Permission”: `{grantees}` is `users`, `groups` or `groupSets`.
    pub delete: Endpoint,
}

/// What a user may do with content of a kind, and why: an addition. The query `user` names another user than the caller.
#[derive(Debug, Clone, Copy)]
pub struct Effective {
    /// The kind of content.
    pub kind: ContentKind,
    /// “Get Effective Permissions”.
    pub get: Endpoint<NoBody, EffectiveMessage>,
}

/// The methods at a path, by their names: list, add, replace, delete.
const fn rules(
    (kind, about): (ContentKind, ContentKind),
    names: [&'static str; 4],
    path: &'static str,
    path_of_one: &'static str,
    (major, minor): (u8, u8),
) -> Rules {
    let [list, add, replace, delete] = names;
    Rules {
        kind,
        about,
        list: Endpoint::get(list, path).since(major, minor).scope("tableau:permissions:read"),
        add: Endpoint::put(add, path).since(major, minor).scope("tableau:permissions:update"),
        replace: Endpoint::post(replace, path).since(major, minor).scope("tableau:permissions:update"),
        delete: Endpoint::delete(delete, path_of_one).since(major, minor).scope("tableau:permissions:delete"),
    }
}

/// The path of one rule, below that of all.
macro_rules! one {
    ($($path:literal),*) => {
        concat!($($path,)* "/{grantees}/{grantee}/{capability}/{mode}")
    };
}

macro_rules! content {
    ($($kind:ident, $name:literal, $path:literal, $since:expr;)*) => {
        /// The kinds of content that rules lie on.
        pub const CONTENT: &[Rules] = &[$(rules(
            (ContentKind::$kind, ContentKind::$kind),
            [
                concat!("Query ", $name, " Permissions"),
                concat!("Add ", $name, " Permissions"),
                concat!("Replace ", $name, " Permissions"),
                concat!("Delete ", $name, " Permission"),
            ],
            concat!("/sites/{site}/", $path, "/permissions"),
            one!("/sites/{site}/", $path, "/permissions"),
            $since,
        )),*];

        /// The kinds of content that it is told of what a user may do with them.
        pub const EFFECTIVE: &[Effective] = &[$(Effective {
            kind: ContentKind::$kind,
            get: Endpoint::get(
                "Get Effective Permissions",
                concat!("/sites/{site}/", $path, "/permissions/effective"),
            )
            .since($since.0, $since.1)
            .scope("tableau:permissions:read"),
        }),*];
    };
}

macro_rules! defaults {
    ($($kind:ident, $path:literal, $since:expr;)*) => {
        /// The kinds of content that a project has default rules for.
        pub const DEFAULTS: &[Rules] = &[$(rules(
            (ContentKind::Project, ContentKind::$kind),
            [
                "Query Default Permissions",
                "Add Default Permissions",
                "Replace Default Permissions",
                "Delete Default Permission",
            ],
            concat!("/sites/{site}/projects/{project}/default-permissions/", $path),
            one!("/sites/{site}/projects/{project}/default-permissions/", $path),
            $since,
        )),*];
    };
}

content! {
    Project, "Project", "projects/{project}", (2, 0);
    Workbook, "Workbook", "workbooks/{workbook}", (2, 0);
    View, "View", "views/{view}", (3, 2);
    Datasource, "Data Source", "datasources/{datasource}", (2, 0);
    Flow, "Flow", "flows/{flow}", (3, 3);
    VirtualConnection, "Virtual Connection", "virtualConnections/{connection}", (3, 22);
}

defaults! {
    Workbook, "workbooks", (2, 1);
    Datasource, "datasources", (2, 1);
    Flow, "flows", (3, 4);
    DataRole, "dataroles", (3, 4);
    Lens, "lenses", (3, 4);
    Metric, "metrics", (3, 2);
    Database, "databases", (3, 5);
    Table, "tables", (3, 5);
    VirtualConnection, "virtualconnections", (3, 23);
}

/// The endpoints of this room.
pub const ALL: &[About] = &abouts();

const COUNT: usize = 4 * (CONTENT.len() + DEFAULTS.len()) + EFFECTIVE.len();

/// Every endpoint, those of one name beside each other.
const fn abouts() -> [About; COUNT] {
    let mut all = [CONTENT[0].list.about; COUNT];
    let mut at = 0;
    let mut place = 0;
    while place < CONTENT.len() {
        let Rules { list, add, replace, delete, .. } = CONTENT[place];
        all[at] = list.about;
        all[at + 1] = add.about;
        all[at + 2] = replace.about;
        all[at + 3] = delete.about;
        at += 4;
        place += 1;
    }
    place = 0;
    while place < DEFAULTS.len() {
        let Rules { list, add, replace, delete, .. } = DEFAULTS[place];
        all[at + place] = list.about;
        all[at + place + DEFAULTS.len()] = add.about;
        all[at + place + 2 * DEFAULTS.len()] = replace.about;
        all[at + place + 3 * DEFAULTS.len()] = delete.about;
        place += 1;
    }
    at += 4 * DEFAULTS.len();
    place = 0;
    while place < EFFECTIVE.len() {
        all[at + place] = EFFECTIVE[place].get.about;
        place += 1;
    }
    all
}

/// Rules in a request or an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PermissionsMessage {
    /// The rules.
    pub permissions: Permissions,
}

/// The rules that hold for content. Requests need not name the content; if they do, it is that of the path.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Permissions {
    /// The project that decides, where it is not the content itself.
    pub parent: Option<Parent>,
    /// The project.
    pub project: Option<Permitted>,
    /// The workbook.
    pub workbook: Option<Permitted>,
    /// The view.
    pub view: Option<Permitted>,
    /// The data source.
    pub datasource: Option<Permitted>,
    /// The flow.
    pub flow: Option<Permitted>,
    /// The virtual connection.
    pub virtual_connection: Option<Permitted>,
    /// The rules, by grantee.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grantee_capabilities: Vec<GranteeCapabilities>,
}

impl Permissions {
    /// The content of a kind that they name.
    pub fn of(&self, kind: ContentKind) -> Option<&Permitted> {
        match kind {
            ContentKind::Project => self.project.as_ref(),
            ContentKind::Workbook => self.workbook.as_ref(),
            ContentKind::View => self.view.as_ref(),
            ContentKind::Datasource => self.datasource.as_ref(),
            ContentKind::Flow => self.flow.as_ref(),
            ContentKind::VirtualConnection => self.virtual_connection.as_ref(),
            _ => None,
        }
    }

    /// Names the content of a kind. Kinds that no rule lies on are left out.
    pub fn name(&mut self, kind: ContentKind, content: Permitted) {
        let place = match kind {
            ContentKind::Project => &mut self.project,
            ContentKind::Workbook => &mut self.workbook,
            ContentKind::View => &mut self.view,
            ContentKind::Datasource => &mut self.datasource,
            ContentKind::Flow => &mut self.flow,
            ContentKind::VirtualConnection => &mut self.virtual_connection,
            _ => return,
        };
        *place = Some(content);
    }
}

/// Content that rules lie on.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Permitted {
    /// Its id.
    pub id: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Who owns it.
    pub owner: Option<User>,
}

/// What decides about permissions in place of the content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// What it is: a project.
    #[serde(rename = "type")]
    pub kind: Word<ContentKind>,
    /// Its id.
    pub id: Word<ProjectId>,
}

/// The rules for one grantee, who is one of user, group and group set.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GranteeCapabilities {
    /// The user.
    pub user: Option<User>,
    /// The group.
    pub group: Option<GranteeGroup>,
    /// The group set.
    pub group_set: Option<GranteeGroupSet>,
    /// What is allowed and denied.
    pub capabilities: Capabilities,
}

impl GranteeCapabilities {
    /// What is allowed and denied to a grantee.
    pub fn new(grantee: Grantee, rules: impl IntoIterator<Item = (Capability, PermissionMode)>) -> Self {
        let rule = |(name, mode)| CapabilityRule { name: Word::Known(name), mode: Word::Known(mode) };
        let new = Self {
            capabilities: Capabilities { capability: rules.into_iter().map(rule).collect() },
            ..Self::default()
        };
        match grantee {
            Grantee::User(id) => Self { user: Some(User { id: Some(id.into()), ..User::default() }), ..new },
            Grantee::Group(id) => Self { group: Some(GranteeGroup { id: Some(id.into()), name: None }), ..new },
            Grantee::GroupSet(id) => {
                Self { group_set: Some(GranteeGroupSet { id: Some(id.into()), name: None }), ..new }
            }
        }
    }

    /// Whom they are for, if that is one, and by an id.
    pub fn grantee(&self) -> Option<Grantee> {
        match (&self.user, &self.group, &self.group_set) {
            (Some(user), None, None) => user.id.as_ref()?.known().map(Grantee::User),
            (None, Some(group), None) => group.id.as_ref()?.known().map(Grantee::Group),
            (None, None, Some(group_set)) => group_set.id.as_ref()?.known().map(Grantee::GroupSet),
            _ => None,
        }
    }
}

/// A group that rules are about.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GranteeGroup {
    /// Its id.
    pub id: Option<Word<GroupId>>,
    /// Its name.
    pub name: Option<String>,
}

/// A group set that rules are about.
#[skip_serializing_none]
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct GranteeGroupSet {
    /// Its id.
    pub id: Option<Word<GroupSetId>>,
    /// Its name.
    pub name: Option<String>,
}

/// A list of capabilities.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Capabilities {
    /// The capabilities.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub capability: Vec<CapabilityRule>,
}

/// A capability, allowed or denied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapabilityRule {
    /// Which one.
    pub name: Word<Capability>,
    /// Whether it is allowed or denied.
    pub mode: Word<PermissionMode>,
}

/// The answer to [`Effective::get`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveMessage {
    /// What the user may do.
    pub effective_permissions: EffectivePermissions,
}

/// What a user may do with content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EffectivePermissions {
    /// The user: id, name, role.
    pub user: User,
    /// The content.
    pub content: NamedContent,
    /// The content whose rules hold: it itself, the project that decides, or the workbook of a view.
    pub rules_of: NamedContent,
    /// Each capability that content of the kind has.
    pub capability: Vec<EffectiveCapability>,
}

/// Content, by kind, id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedContent {
    /// Its kind.
    #[serde(rename = "type")]
    pub kind: Word<ContentKind>,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// Whether a user has a capability, and what decided it.
#[skip_serializing_none]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveCapability {
    /// The capability.
    pub name: Word<Capability>,
    /// Whether the user has it.
    pub mode: Word<PermissionMode>,
    /// What decided it.
    pub reason: Word<Reason>,
    /// The project that the user owns or leads, if that decided it.
    pub project: Option<NamedContent>,
    /// The user, if a rule for them decided it.
    pub user: Option<User>,
    /// The group, if a rule for it decided it.
    pub group: Option<GranteeGroup>,
    /// The group set, if a rule for it decided it.
    pub group_set: Option<GranteeGroupSet>,
}
