//! The table of permissions: what users of each site role may do with each kind of content, in each situation that rules,
//! ownership and projects can make. Every cell is asked for, and where there is a method for it also tried.

mod support;

use std::fmt::Write as _;

use support::*;
use tavola_api::permissions::{self as wire, EffectiveMessage};
use tavola_model::{
    ContentKind::{self, Datasource, Flow, Project, View, VirtualConnection, Workbook},
    PermissionMode::{self, Allow, Deny},
    ProjectId,
    Reason::{self, Administrator, NoRule, Owner, ProjectLeader, ProjectOwner, Rule},
    SiteRole, UserId,
};

/// The site roles, with the letters that stand for them below.
const ROLES: &[(char, SiteRole)] = &[
    ('A', SiteRole::SiteAdministratorExplorer),
    ('C', SiteRole::Creator),
    ('P', SiteRole::ExplorerCanPublish),
    ('E', SiteRole::Explorer),
    ('V', SiteRole::Viewer),
    ('U', SiteRole::Unlicensed),
];

/// The capabilities of each kind, and the site roles that can have them at all.
const CAPABILITIES: &[(ContentKind, &[(&str, &str)])] = &[
    (Project, &[("Read", "ACPEV"), ("Write", "ACP"), ("ProjectLeader", "ACPE")]),
    (
        Workbook,
        &[
            ("Read", "ACPEV"),
            ("Filter", "ACPEV"),
            ("ViewComments", "ACPEV"),
            ("AddComment", "ACPEV"),
            ("ExportImage", "ACPEV"),
            ("ExportData", "ACPEV"),
            ("ShareView", "ACPEV"),
            ("ViewUnderlyingData", "ACPE"),
            ("WebAuthoring", "ACPE"),
            ("RunExplainData", "ACPE"),
            ("ExportXml", "ACPE"),
            ("Write", "ACP"),
            ("CreateRefreshMetrics", "ACPE"),
            ("ChangeHierarchy", "ACPE"),
            ("Delete", "ACPE"),
            ("ChangePermissions", "ACPE"),
            ("ExtractRefresh", "ACPE"),
        ],
    ),
    (
        View,
        &[
            ("Read", "ACPEV"),
            ("Filter", "ACPEV"),
            ("ViewComments", "ACPEV"),
            ("AddComment", "ACPEV"),
            ("ExportImage", "ACPEV"),
            ("ExportData", "ACPEV"),
            ("ShareView", "ACPEV"),
            ("ViewUnderlyingData", "ACPE"),
            ("WebAuthoring", "ACPE"),
            ("Delete", "ACPE"),
            ("ChangePermissions", "ACPE"),
        ],
    ),
    (
        Datasource,
        &[
            ("Read", "ACPEV"),
            ("Connect", "ACPEV"),
            ("ExportXml", "ACPE"),
            ("VizqlDataApiAccess", "ACPE"),
            ("PulseMetricDefine", "ACPE"),
            ("Write", "ACP"),
            ("SaveAs", "ACP"),
            ("ChangeHierarchy", "ACPE"),
            ("Delete", "ACPE"),
            ("ChangePermissions", "ACPE"),
            ("ExtractRefresh", "ACPE"),
        ],
    ),
    (
        Flow,
        &[
            ("Read", "ACPEV"),
            ("ExportXml", "ACPE"),
            ("Execute", "ACPE"),
            ("Write", "ACP"),
            ("WebAuthoringForFlows", "AC"),
            ("ChangeHierarchy", "ACPE"),
            ("Delete", "ACPE"),
            ("ChangePermissions", "ACPE"),
        ],
    ),
    (
        VirtualConnection,
        &[
            ("Read", "ACPEV"),
            ("Connect", "ACPEV"),
            ("Write", "ACP"),
            ("ChangeHierarchy", "ACPE"),
            ("Delete", "ACPE"),
            ("ChangePermissions", "ACPE"),
        ],
    ),
];

/// Whom a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// The user who is asked about.
    User,
    /// Somebody else.
    Another,
    /// Groups that the user is in.
    Group,
    OtherGroup,
    AllUsers,
    /// A set of groups, in each of which the user is.
    GroupSet,
    /// A set with a group that the user is in, and one that they are not in.
    SetWithOthers,
    /// A group that the user is not in.
    GroupOfOthers,
}

/// What the user is to the content and the project it lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Nobody,
    Owner,
    /// By a rule for the user, on the project.
    Leader,
    /// By a rule for a group, on the project further up.
    LeaderFurtherUp,
    ProjectOwner,
    ProjectOwnerFurtherUp,
}

/// A situation, and what is said in it about every capability that the role can have.
struct Situation {
    standing: Standing,
    /// Whether the project decides about permissions.
    locked: bool,
    /// On the content itself: about each of its capabilities.
    own: &'static [(Who, PermissionMode)],
    /// Of the project, for the kind.
    defaults: &'static [(Who, PermissionMode)],
    says: (PermissionMode, Reason),
    /// Said where the standing does not count: viewers lead no project, and owners change no permissions in a locked one.
    otherwise: (PermissionMode, Reason),
}

const NO: (PermissionMode, Reason) = (Deny, NoRule);
const ALLOWED: (PermissionMode, Reason) = (Allow, Rule);
const DENIED: (PermissionMode, Reason) = (Deny, Rule);

/// Rules alone.
const fn by_rules(own: &'static [(Who, PermissionMode)], says: (PermissionMode, Reason)) -> Situation {
    Situation { standing: Standing::Nobody, locked: false, own, defaults: &[], says, otherwise: says }
}

/// Rules of a project that decides.
const fn locked(
    own: &'static [(Who, PermissionMode)],
    defaults: &'static [(Who, PermissionMode)],
    says: (PermissionMode, Reason),
) -> Situation {
    Situation { standing: Standing::Nobody, locked: true, own, defaults, says, otherwise: says }
}

/// A standing, with rules that say the opposite.
const fn stands(
    standing: Standing,
    locked: bool,
    own: &'static [(Who, PermissionMode)],
    says: (PermissionMode, Reason),
    otherwise: (PermissionMode, Reason),
) -> Situation {
    Situation { standing, locked, own, defaults: &[], says, otherwise }
}

const SITUATIONS: &[Situation] = &[
    by_rules(&[], NO),
    by_rules(&[(Who::User, Allow)], ALLOWED),
    by_rules(&[(Who::User, Deny)], DENIED),
    by_rules(&[(Who::Another, Allow)], NO),
    by_rules(&[(Who::Another, Deny), (Who::User, Allow)], ALLOWED),
    by_rules(&[(Who::Group, Allow)], ALLOWED),
    by_rules(&[(Who::Group, Deny)], DENIED),
    by_rules(&[(Who::AllUsers, Allow)], ALLOWED),
    by_rules(&[(Who::GroupOfOthers, Allow)], NO),
    by_rules(&[(Who::GroupOfOthers, Deny), (Who::AllUsers, Allow)], ALLOWED),
    by_rules(&[(Who::GroupSet, Allow)], ALLOWED),
    by_rules(&[(Who::GroupSet, Deny)], DENIED),
    // Among groups a denial wins.
    by_rules(&[(Who::Group, Allow), (Who::OtherGroup, Deny)], DENIED),
    by_rules(&[(Who::Group, Allow), (Who::OtherGroup, Allow)], ALLOWED),
    // Rules of groups win over those of sets; those of a set concern who is in each of its groups.
    by_rules(&[(Who::AllUsers, Allow), (Who::GroupSet, Deny)], ALLOWED),
    by_rules(&[(Who::AllUsers, Deny), (Who::GroupSet, Allow)], DENIED),
    by_rules(&[(Who::SetWithOthers, Allow)], NO),
    by_rules(&[(Who::GroupSet, Allow), (Who::SetWithOthers, Deny)], ALLOWED),
    // The user's own rule wins over those of groups.
    by_rules(&[(Who::User, Allow), (Who::Group, Deny)], ALLOWED),
    by_rules(&[(Who::User, Deny), (Who::Group, Allow), (Who::AllUsers, Allow)], DENIED),
    by_rules(&[(Who::User, Allow), (Who::GroupSet, Deny), (Who::AllUsers, Deny)], ALLOWED),
    // What a project says by default is no rule of what is there already.
    Situation { defaults: &[(Who::User, Allow)], ..by_rules(&[], NO) },
    // Where the project decides, its rules hold and no others.
    locked(&[], &[], NO),
    locked(&[(Who::User, Allow)], &[], NO),
    locked(&[(Who::User, Deny)], &[(Who::AllUsers, Allow)], ALLOWED),
    locked(&[(Who::User, Allow)], &[(Who::Group, Deny)], DENIED),
    locked(&[], &[(Who::User, Allow), (Who::Group, Deny)], ALLOWED),
    // Owners need no rule and fear none, but for permissions where the project decides.
    stands(Standing::Owner, false, &[], (Allow, Owner), NO),
    stands(Standing::Owner, false, &[(Who::User, Deny)], (Allow, Owner), DENIED),
    stands(Standing::Owner, true, &[(Who::User, Allow)], (Allow, Owner), NO),
    // Neither do those who own or lead the project, or one that it lies in. Viewers lead none.
    stands(Standing::Leader, false, &[(Who::User, Deny)], (Allow, ProjectLeader), DENIED),
    stands(Standing::Leader, true, &[], (Allow, ProjectLeader), NO),
    stands(Standing::LeaderFurtherUp, false, &[], (Allow, ProjectLeader), NO),
    stands(Standing::LeaderFurtherUp, true, &[], (Allow, ProjectLeader), NO),
    stands(Standing::ProjectOwner, false, &[(Who::User, Deny)], (Allow, ProjectOwner), DENIED),
    stands(Standing::ProjectOwner, true, &[], (Allow, ProjectOwner), NO),
    stands(Standing::ProjectOwnerFurtherUp, false, &[(Who::Group, Deny)], (Allow, ProjectOwner), DENIED),
];

impl Situation {
    /// What is said of a capability to a user of a role, by the words above.
    fn expected(&self, kind: ContentKind, capability: &str, roles: &str, role: char) -> (PermissionMode, Reason) {
        if !roles.contains(role) {
            return (Deny, Reason::SiteRole);
        }
        if role == 'A' {
            return (Allow, Administrator);
        }
        let counts = match self.standing {
            Standing::Owner => !(self.locked && capability == "ChangePermissions"),
            Standing::Leader | Standing::LeaderFurtherUp => role != 'V',
            _ => true,
        };
        // A project has no default rules about itself, and what its own say of leading it is a standing.
        let nothing_said = kind == Project && (capability == "ProjectLeader");
        match (counts, nothing_said) {
            (true, true) if self.standing == Standing::Nobody => NO,
            (true, _) => self.says,
            (false, true) => NO,
            (false, false) => self.otherwise,
        }
    }

    /// Whether it makes sense for a kind: the rules of a project are never those of its defaults, and who owns it is its owner.
    fn is_for(&self, kind: ContentKind) -> bool {
        kind != Project || !self.locked && self.defaults.is_empty() && self.standing != Standing::Owner
    }
}

const GROUP: &str = "77777777-7777-4777-8777-777777777771";
const OTHER_GROUP: &str = "77777777-7777-4777-8777-777777777772";
const GROUP_OF_OTHERS: &str = "77777777-7777-4777-8777-777777777773";
const GROUP_SET: &str = "88888888-8888-4888-8888-888888888888";
const SET_WITH_OTHERS: &str = "88888888-8888-4888-8888-888888888889";

struct World<'s> {
    admin: Session<'s>,
    users: Vec<(char, UserId, Option<Session<'s>>)>,
    all_users: String,
    another: UserId,
    /// In no group and no situation.
    bystander: UserId,
    outer: ProjectId,
    inner: ProjectId,
    /// One beside it with nothing in it: others are seen for the sake of what is.
    bare: ProjectId,
    workbook: String,
    view: String,
    datasource: String,
    flow: String,
    virtual_connection: String,
}

impl<'s> World<'s> {
    async fn make(server: &'s TestServer) -> Self {
        let admin = server.admin().await;
        let another = admin.add_user("another", SiteRole::Viewer, None).await;
        let bystander = admin.add_user("bystander", SiteRole::Viewer, None).await;
        let mut users = Vec::new();
        for (letter, role) in ROLES {
            let name = letter.to_string();
            let id = admin.add_user(&name, *role, Some(PASSWORD)).await;
            let session = match role.may_sign_in() {
                true => Some(server.with_password(&name, PASSWORD, "").await.unwrap()),
                false => None,
            };
            users.push((*letter, id, session));
        }
        let site = admin.credentials.site.id;
        let mut sql = String::new();
        for (number, group) in [GROUP, OTHER_GROUP, GROUP_OF_OTHERS].iter().enumerate() {
            write!(
                sql,
                "INSERT INTO groups (id, site_id, name, name_key, created_at, updated_at, all_users) \
                 VALUES ('{group}', '{site}', 'g{number}', 'g{number}', 0, 0, 0);"
            )
            .unwrap();
        }
        for (_, user, _) in &users {
            for group in [GROUP, OTHER_GROUP] {
                write!(sql, "INSERT INTO group_users (group_id, user_id) VALUES ('{group}', '{user}');").unwrap();
            }
        }
        write!(
            sql,
            "INSERT INTO group_users (group_id, user_id) VALUES ('{GROUP_OF_OTHERS}', '{another}'); \
             INSERT INTO group_sets (id, site_id, name, name_key, created_at, updated_at) \
             VALUES ('{GROUP_SET}', '{site}', 's', 's', 0, 0), ('{SET_WITH_OTHERS}', '{site}', 't', 't', 0, 0); \
             INSERT INTO group_set_groups (group_set_id, group_id) VALUES ('{GROUP_SET}', '{GROUP}'), \
             ('{GROUP_SET}', '{OTHER_GROUP}'), ('{SET_WITH_OTHERS}', '{GROUP}'), \
             ('{SET_WITH_OTHERS}', '{GROUP_OF_OTHERS}');"
        )
        .unwrap();
        server.sql(&sql);
        let groups = admin.on_site(tavola_api::users::GROUPS, &[&another], "", None).await.unwrap().groups.group;
        let all_users = groups.iter().find(|group| group.name.as_deref() == Some("All Users")).unwrap();
        let all_users = all_users.id.as_ref().unwrap().to_string();
        let outer = admin.create_project("Outer", None).await;
        let inner = admin.create_project("Inner", Some(outer)).await;
        let workbook = admin.publish_smallest(Workbook, "W", inner).await;
        let views = admin.by_hand("GET", &format!("workbooks/{workbook}/views"), "").await.text();
        let view = views.split_once("<view id=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
        Self {
            users,
            all_users,
            another,
            bystander,
            outer,
            inner,
            bare: admin.create_project("Bare", Some(outer)).await,
            workbook,
            view,
            datasource: admin.publish_smallest(Datasource, "D", inner).await,
            flow: admin.publish_smallest(Flow, "F", inner).await,
            virtual_connection: admin.publish_smallest(VirtualConnection, "C", inner).await,
            admin,
        }
    }

    /// The path of the one thing of a kind.
    fn path(&self, kind: ContentKind) -> String {
        match kind {
            Project => format!("projects/{}", self.bare),
            Workbook => format!("workbooks/{}", self.workbook),
            View => format!("views/{}", self.view),
            Datasource => format!("datasources/{}", self.datasource),
            Flow => format!("flows/{}", self.flow),
            VirtualConnection => format!("virtualConnections/{}", self.virtual_connection),
            other => panic!("there is no {other} here"),
        }
    }

    async fn must(&self, method: &str, path: &str, body: &str) {
        let answer = self.admin.by_hand(method, path, &format!("<tsRequest>{body}</tsRequest>")).await;
        assert_eq!(answer.status, 200, "{method} {path} {body}: {}", answer.text());
    }

    /// Puts rules in place of all that are there, the same about each of these capabilities.
    async fn lay(&self, path: &str, capabilities: &[&str], rules: &[(Who, PermissionMode)]) {
        let mut body = String::new();
        for (who, mode) in rules {
            let grantees: Vec<String> = match who {
                Who::User => self.users.iter().map(|(_, id, _)| format!("<user id=\"{id}\"/>")).collect(),
                Who::Another => vec![format!("<user id=\"{}\"/>", self.another)],
                Who::Group => vec![format!("<group id=\"{GROUP}\"/>")],
                Who::OtherGroup => vec![format!("<group id=\"{OTHER_GROUP}\"/>")],
                Who::GroupOfOthers => vec![format!("<group id=\"{GROUP_OF_OTHERS}\"/>")],
                Who::AllUsers => vec![format!("<group id=\"{}\"/>", self.all_users)],
                Who::GroupSet => vec![format!("<groupSet id=\"{GROUP_SET}\"/>")],
                Who::SetWithOthers => vec![format!("<groupSet id=\"{SET_WITH_OTHERS}\"/>")],
            };
            let each: String =
                capabilities.iter().map(|name| format!("<capability name=\"{name}\" mode=\"{mode}\"/>")).collect();
            for grantee in grantees {
                write!(body, "<granteeCapabilities>{grantee}<capabilities>{each}</capabilities></granteeCapabilities>")
                    .unwrap();
            }
        }
        self.must("POST", path, &format!("<permissions>{body}</permissions>")).await;
    }

    async fn own(&self, kind: ContentKind, owner: UserId) {
        let kind = if kind == View { Workbook } else { kind };
        let element = kind.to_string();
        let element = element[..1].to_lowercase() + &element[1..];
        let body = format!("<{element}><owner id=\"{owner}\"/></{element}>");
        self.must("PUT", &self.path(kind), &body).await;
    }

    /// The project that the situations for content of a kind are about.
    fn project(&self, kind: ContentKind) -> ProjectId {
        if kind == Project { self.bare } else { self.inner }
    }

    async fn own_project(&self, project: ProjectId, owner: UserId) {
        self.must("PUT", &format!("projects/{project}"), &format!("<project><owner id=\"{owner}\"/></project>")).await;
    }

    /// Makes the situation for content of a kind.
    async fn arrange(&self, kind: ContentKind, capabilities: &[&str], situation: &Situation) {
        let decides = |way: &str| format!("<project contentPermissions=\"{way}\"/>");
        let project = self.project(kind);
        let inner = format!("projects/{project}");
        self.must("PUT", &inner, &decides("ManagedByOwner")).await;
        for project in [self.outer, project] {
            self.lay(&format!("projects/{project}/permissions"), &[], &[]).await;
        }
        let of_content = format!("{}/permissions", self.path(kind));
        let about: Vec<&str> = capabilities.iter().copied().filter(|name| *name != "ProjectLeader").collect();
        if kind == Project && matches!(situation.standing, Standing::Leader) {
            self.lay_leader(&of_content, &about, situation.own).await;
        } else {
            self.lay(&of_content, &about, situation.own).await;
        }
        if kind != Project {
            let room = match kind {
                View => "workbooks".to_owned(),
                VirtualConnection => "virtualconnections".to_owned(),
                kind => format!("{}s", kind.to_string().to_lowercase()),
            };
            let path = format!("{inner}/default-permissions/{room}");
            self.lay(&path, &about, situation.defaults).await;
            if situation.standing == Standing::Leader {
                self.lay(&format!("{inner}/permissions"), &["ProjectLeader"], &[(Who::User, Allow)]).await;
            }
        }
        if situation.standing == Standing::LeaderFurtherUp {
            let path = format!("projects/{}/permissions", self.outer);
            self.lay(&path, &["ProjectLeader"], &[(Who::Group, Allow)]).await;
        }
        if situation.locked {
            self.must("PUT", &inner, &decides("LockedToProject")).await;
        }
    }

    /// On a project: rules, and beside them one that makes its users leaders.
    async fn lay_leader(&self, path: &str, about: &[&str], rules: &[(Who, PermissionMode)]) {
        self.lay(path, about, rules).await;
        for (_, user, _) in &self.users {
            let rule = "<capabilities><capability name=\"ProjectLeader\" mode=\"Allow\"/></capabilities>";
            let body = format!("<granteeCapabilities><user id=\"{user}\"/>{rule}</granteeCapabilities>");
            self.must("PUT", path, &format!("<permissions>{body}</permissions>")).await;
        }
    }

    /// What is told of the user: mode and reason of each capability, in its order.
    async fn told(&self, kind: ContentKind, user: UserId) -> Vec<(String, PermissionMode, Reason)> {
        let endpoint = wire::EFFECTIVE.iter().find(|effective| effective.kind == kind).unwrap().get;
        let path = self.path(kind);
        let (_, id) = path.split_once('/').unwrap();
        let told: EffectiveMessage =
            self.admin.on_site(endpoint, &[&id], &format!("?user={user}"), None).await.unwrap();
        let told = told.effective_permissions.capability.into_iter();
        told.map(|told| (told.name.to_string(), told.mode.known().unwrap(), told.reason.known().unwrap())).collect()
    }

    /// Tries what there are methods for; `allows` says what must come of it.
    async fn attempt(
        &self,
        kind: ContentKind,
        session: &Session<'_>,
        case: &str,
        locked: bool,
        allows: impl Fn(&str) -> bool,
    ) {
        let path = self.path(kind);
        let element = kind.to_string();
        let element = element[..1].to_lowercase() + &element[1..];
        let harmless = format!(
            "<tsRequest><permissions><granteeCapabilities><user id=\"{}\"/><capabilities><capability name=\"Read\" \
             mode=\"Allow\"/></capabilities></granteeCapabilities></permissions></tsRequest>",
            self.bystander
        );
        let described = format!("<tsRequest><{element} description=\"{case}\"/></tsRequest>");
        let reads = match kind {
            Project => format!("{path}/permissions"),
            _ => path.clone(),
        };
        let changes = if kind == Project { "ProjectLeader" } else { "ChangePermissions" };
        let mut tries =
            vec![("Read", "GET", reads, ""), (changes, "PUT", format!("{path}/permissions"), harmless.as_str())];
        if matches!(kind, Workbook | Datasource | Flow) {
            tries.push(("ExportXml", "GET", format!("{path}/content"), ""));
            tries.push(("Write", "PUT", path.clone(), &described));
        }
        for (capability, method, path, body) in tries {
            let done = session.by_hand(method, &path, body).await;
            let expected = if !allows("Read") {
                404
            } else if allows(capability) && !(locked && capability == "ChangePermissions") {
                200
            } else {
                403
            };
            assert_eq!(done.status, expected, "{case}: {method} {path}: {}", done.text());
        }
        if kind == Project && allows("Read") {
            let found = session.by_hand("GET", "projects?filter=name:eq:Bare&fields=_all_", "").await.text();
            assert_eq!(found.contains("writeable=\"true\""), allows("Write"), "{case}: {found}");
        }
    }
}

#[tokio::test]
async fn every_cell_of_the_table_is_what_the_reference_says() {
    let server = TestServer::start().await;
    let world = World::make(&server).await;
    let admin = world.admin.user_id();
    let mut cells = 0;
    for (kind, capabilities) in CAPABILITIES {
        let names: Vec<&str> = capabilities.iter().map(|(name, _)| *name).collect();
        for (number, situation) in SITUATIONS.iter().enumerate().filter(|(_, situation)| situation.is_for(*kind)) {
            world.arrange(*kind, &names, situation).await;
            for (role, user, session) in &world.users {
                match situation.standing {
                    Standing::Owner => world.own(*kind, *user).await,
                    Standing::ProjectOwner => world.own_project(world.project(*kind), *user).await,
                    Standing::ProjectOwnerFurtherUp => world.own_project(world.outer, *user).await,
                    _ => {}
                }
                let case = format!("{kind}, situation {number}, role {role}");
                let expected: Vec<_> = capabilities
                    .iter()
                    .map(|(name, roles)| {
                        let (mode, reason) = situation.expected(*kind, name, roles, *role);
                        ((*name).to_owned(), mode, reason)
                    })
                    .collect();
                assert_eq!(world.told(*kind, *user).await, expected, "{case}");
                cells += expected.len();
                if let Some(session) = session {
                    let allows = |wanted: &str| expected.iter().any(|(name, mode, _)| name == wanted && *mode == Allow);
                    world.attempt(*kind, session, &case, situation.locked, allows).await;
                }
            }
            match situation.standing {
                Standing::Owner => world.own(*kind, admin).await,
                Standing::ProjectOwner => world.own_project(world.project(*kind), admin).await,
                Standing::ProjectOwnerFurtherUp => world.own_project(world.outer, admin).await,
                _ => {}
            }
        }
    }
    assert!(cells > 10_000, "only {cells} cells");
}
