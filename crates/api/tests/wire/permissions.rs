//! The messages of permissions.

use tavola_api::{Direction, Word, permissions::*, users};
use tavola_model::{Capability, ContentKind, PermissionMode, Reason};

use super::{check, id};

use Direction::{Request, Response};

fn rule(name: Capability, mode: PermissionMode) -> CapabilityRule {
    CapabilityRule { name: Word::Known(name), mode: Word::Known(mode) }
}

fn user() -> Option<users::User> {
    Some(users::User { id: Some(Word::Known(id('b'))), ..Default::default() })
}

fn group(name: Option<&str>) -> Option<GranteeGroup> {
    Some(GranteeGroup { id: Some(Word::Known(id('7'))), name: name.map(str::to_owned) })
}

fn grantees() -> Vec<GranteeCapabilities> {
    let capabilities = |capability| Capabilities { capability };
    vec![
        GranteeCapabilities {
            group: group(None),
            capabilities: capabilities(vec![
                rule(Capability::Read, PermissionMode::Allow),
                rule(Capability::ExportXml, PermissionMode::Deny),
            ]),
            ..Default::default()
        },
        GranteeCapabilities {
            group_set: Some(GranteeGroupSet { id: Some(Word::Known(id('8'))), name: None }),
            capabilities: capabilities(vec![rule(Capability::Filter, PermissionMode::Allow)]),
            ..Default::default()
        },
        GranteeCapabilities {
            user: user(),
            capabilities: capabilities(vec![rule(Capability::Read, PermissionMode::Deny)]),
            ..Default::default()
        },
    ]
}

fn permitted() -> Option<Permitted> {
    Some(Permitted {
        id: Some(id::<tavola_model::ProjectId>('4').to_string()),
        name: Some("Sales & <more>".into()),
        owner: user(),
    })
}

#[test]
fn rules_of_every_kind() {
    let add = Permissions { grantee_capabilities: grantees(), ..Default::default() };
    check("permissions/add", Request, &PermissionsMessage { permissions: add });
    let by_hand = Permissions {
        workbook: Some(Permitted { id: Some("4".into()), ..Default::default() }),
        grantee_capabilities: grantees()[..1].to_vec(),
        ..Default::default()
    };
    check("permissions/add_naming_content", Request, &PermissionsMessage { permissions: by_hand });
    check("permissions/replace_by_none", Request, &PermissionsMessage { permissions: Permissions::default() });

    for rules in CONTENT {
        let mut permissions = Permissions { grantee_capabilities: grantees(), ..Default::default() };
        permissions.name(rules.kind, permitted().unwrap());
        assert_eq!(permissions.of(rules.kind), permitted().as_ref());
        let name = format!("permissions/list_{}", rules.kind.to_string().to_lowercase());
        check(&name, Response, &PermissionsMessage { permissions });
    }
    let parent = Parent { kind: Word::Known(ContentKind::Project), id: Word::Known(id('1')) };
    let locked = Permissions { parent: Some(parent), datasource: permitted(), ..Default::default() };
    check("permissions/list_none_locked", Response, &PermissionsMessage { permissions: locked });
    let inherited = GranteeCapabilities {
        group: group(None),
        capabilities: Capabilities {
            capability: vec![rule(Capability::InheritedProjectLeader, PermissionMode::Allow)],
        },
        ..Default::default()
    };
    let nested = Permissions { project: permitted(), grantee_capabilities: vec![inherited], ..Default::default() };
    check("permissions/list_inherited_leader", Response, &PermissionsMessage { permissions: nested });
}

#[test]
fn what_a_user_may_do_and_why() {
    let named = |kind, digit, name: &str| NamedContent {
        kind: Word::Known(kind),
        id: id::<tavola_model::ProjectId>(digit).to_string(),
        name: name.into(),
    };
    let capability = |name, mode, reason| EffectiveCapability {
        name: Word::Known(name),
        mode: Word::Known(mode),
        reason: Word::Known(reason),
        project: None,
        user: None,
        group: None,
        group_set: None,
    };
    let effective_permissions = EffectivePermissions {
        user: users::User {
            id: Some(Word::Known(id('b'))),
            name: Some("ann".into()),
            site_role: Some(tavola_model::SiteRole::Viewer.into()),
            ..Default::default()
        },
        content: named(ContentKind::View, '5', "Overview"),
        rules_of: named(ContentKind::Workbook, '4', "Sales & <more>"),
        capability: vec![
            EffectiveCapability {
                group: group(Some("All Users")),
                ..capability(Capability::Read, PermissionMode::Allow, Reason::Rule)
            },
            EffectiveCapability {
                project: Some(named(ContentKind::Project, '1', "Finance")),
                user: user(),
                ..capability(Capability::Filter, PermissionMode::Allow, Reason::ProjectLeader)
            },
            capability(Capability::Delete, PermissionMode::Deny, Reason::SiteRole),
        ],
    };
    check("permissions/effective", Response, &EffectiveMessage { effective_permissions });
}
