//! Permissions: the rules that lie on content, in one way for all kinds, and what they come to for a user.

use std::fmt::Display;

use tavola_api::{
    ErrorCode, NoBody, Word,
    permissions::{
        self as wire, CapabilityRule, EffectiveCapability, EffectiveMessage, EffectivePermissions, GranteeCapabilities,
        GranteeGroup, GranteeGroupSet, NamedContent, Parent, PermissionsMessage, Permitted,
    },
    users::User,
};
use tavola_model::{Capability, ContentKind, Decision, Grantee, PermissionMode};
use tavola_store::{
    self as store, Refusal,
    permissions::{self, Effective, LaidRule, Permissions, Place, Subject},
};

use crate::{
    call::{Call, Context},
    error::Error,
    items::refused_as,
    router::Routes,
};

/// Where something is in the paths: the content, and the parts of one rule.
const CONTENT: usize = 1;
const GRANTEES: usize = 2;
const GRANTEE: usize = 3;
const CAPABILITY: usize = 4;
const MODE: usize = 5;

pub(crate) fn bind(routes: &mut Routes) {
    for rules in wire::CONTENT.iter().chain(wire::DEFAULTS) {
        let of = Of { kind: rules.kind, about: rules.about };
        routes.on(rules.list, move |call| list(call, of));
        routes.on(rules.add, move |call| add(call, of));
        routes.on(rules.replace, move |call| replace(call, of));
        routes.on(rules.delete, move |call| remove(call, of));
    }
    for effective in wire::EFFECTIVE {
        let kind = effective.kind;
        routes.on(effective.get, move |call| explain(call, kind));
    }
}

/// Which of the methods that are alike it is: the kind of content in the path, and what the rules are about.
#[derive(Debug, Clone, Copy)]
struct Of {
    kind: ContentKind,
    about: ContentKind,
}

impl Of {
    fn place(self, context: &Context) -> Place {
        Place { kind: self.kind, id: context.parameter(CONTENT).to_owned(), about: self.about }
    }

    fn is_about_defaults(self) -> bool {
        self.kind != self.about
    }
}

async fn list(call: Call<NoBody>, of: Of) -> Result<PermissionsMessage, Error> {
    let refused = match of.about {
        ContentKind::Workbook => ErrorCode::WORKBOOK_DEFAULTS_NOT_READABLE,
        ContentKind::Datasource | ContentKind::Flow => ErrorCode::DEFAULTS_NOT_READABLE,
        _ => ErrorCode::FORBIDDEN,
    };
    let found = permissions::list(&call.context.store, &call.actor, of.place(&call.context)).await;
    found.map(message).map_err(refused_as(refused))
}

async fn add(call: Call<PermissionsMessage>, of: Of) -> Result<PermissionsMessage, Error> {
    let (place, rules) = (of.place(&call.context), rules(&call, of)?);
    if rules.is_empty() {
        return Err(Error::bad_request("there are no granteeCapabilities"));
    }
    Ok(message(permissions::add(&call.context.store, &call.actor, place, rules).await?))
}

async fn replace(call: Call<PermissionsMessage>, of: Of) -> Result<PermissionsMessage, Error> {
    let (place, rules) = (of.place(&call.context), rules(&call, of)?);
    Ok(message(permissions::replace(&call.context.store, &call.actor, place, rules).await?))
}

async fn remove(call: Call<NoBody>, of: Of) -> Result<NoBody, Error> {
    let context = &call.context;
    let grantee = match context.parameter(GRANTEES).to_ascii_lowercase().as_str() {
        "users" => Grantee::User(context.id(GRANTEE, Error::user_not_found)?),
        "groups" => Grantee::Group(context.id(GRANTEE, Error::group_not_found)?),
        "groupsets" | "group-sets" => Grantee::GroupSet(context.id(GRANTEE, Error::group_set_not_found)?),
        other => return Err(Error::new(ErrorCode::UNKNOWN_PATH, format!("`{other}` have no permissions"))),
    };
    let capability = known(context.parameter(CAPABILITY), Capability::ALL)?;
    let mode = known(context.parameter(MODE), PermissionMode::ALL)?;
    let rule = LaidRule { grantee, capability, mode };
    let removed = permissions::remove(&context.store, &call.actor, of.place(context), rule).await;
    removed.map_err(|problem| match (&problem, of.kind, of.about) {
        (store::Error::Forbidden(Refusal::LockedByProject), ContentKind::View, _) => {
            Error::new(ErrorCode::VIEW_LOCKED, problem.to_string())
        }
        (store::Error::Forbidden(Refusal::TabsShown), ..) => Error::new(ErrorCode::VIEW_IN_TABS, problem.to_string()),
        (_, ContentKind::Project, ContentKind::Flow) => refused_as(ErrorCode::FLOW_DEFAULTS_FIXED)(problem),
        _ => problem.into(),
    })?;
    Ok(NoBody)
}

/// A capability or mode of a request. Clients write modes in capitals too.
fn known<T: Copy + Display>(text: &str, words: &[T]) -> Result<T, Error> {
    words
        .iter()
        .copied()
        .find(|word| word.to_string().eq_ignore_ascii_case(text))
        .ok_or_else(|| Error::new(ErrorCode::RULE_NOT_FOUND, format!("'{text}' is no capability and no mode of one")))
}

/// The rules of a request.
fn rules(call: &Call<PermissionsMessage>, of: Of) -> Result<Vec<LaidRule>, Error> {
    let permissions = &call.body.permissions;
    for rules in wire::CONTENT {
        let Some(named) = permissions.of(rules.kind) else { continue };
        let kind = rules.kind.to_string().to_lowercase();
        if of.is_about_defaults() {
            let detail = format!("default permissions are those of the project in the path and name no {kind}");
            return Err(Error::new(ErrorCode::DEFAULTS_OF_CONTENT, detail));
        }
        if rules.kind != of.kind {
            return Err(Error::bad_request(format!("the permissions are not those of a {kind}")));
        }
        if named.id.as_ref().is_some_and(|id| !id.eq_ignore_ascii_case(call.context.parameter(CONTENT))) {
            return Err(Error::other_id(&kind));
        }
    }
    let mut laid = Vec::new();
    for of_grantee in &permissions.grantee_capabilities {
        let GranteeCapabilities { user, group, group_set, capabilities } = of_grantee;
        let grantee = match (user, group, group_set) {
            (Some(User { id: Some(id), .. }), None, None) => Grantee::User(id_of(id, Error::user_not_found)?),
            (None, Some(GranteeGroup { id: Some(id), .. }), None) => Grantee::Group(id_of(id, Error::group_not_found)?),
            (None, None, Some(GranteeGroupSet { id: Some(id), .. })) => {
                Grantee::GroupSet(id_of(id, Error::group_set_not_found)?)
            }
            _ => {
                return Err(Error::bad_request(
                    "granteeCapabilities are for one of user, group and groupSet, by its id",
                ));
            }
        };
        if capabilities.capability.is_empty() {
            return Err(Error::bad_request("granteeCapabilities without capabilities say nothing"));
        }
        for CapabilityRule { name, mode } in &capabilities.capability {
            let capability = known(&name.to_string(), Capability::ALL)?;
            let mode = known(&mode.to_string(), PermissionMode::ALL)?;
            laid.push(LaidRule { grantee, capability, mode });
        }
    }
    Ok(laid)
}

fn id_of<T: Copy>(word: &Word<T>, unknown: fn(&str) -> Error) -> Result<T, Error> {
    match word {
        Word::Known(id) => Ok(*id),
        Word::Other(text) => Err(unknown(text)),
    }
}

fn message(found: Permissions) -> PermissionsMessage {
    let Permissions { subject: Subject { kind, id, name, owner_id }, parent_id, rules } = found;
    let owner = owner_id.map(|id| User { id: Some(Word::Known(id)), ..User::default() });
    let parent = parent_id.map(|id| Parent { kind: Word::Known(ContentKind::Project), id: Word::Known(id) });
    let mut permissions = wire::Permissions { parent, ..wire::Permissions::default() };
    permissions.name(kind, Permitted { id: Some(id), name: Some(name), owner });
    permissions.grantee_capabilities = rules
        .chunk_by(|one, next| one.grantee == next.grantee)
        .map(|of_grantee| {
            let rules = of_grantee.iter().map(|rule| (rule.capability, rule.mode));
            GranteeCapabilities::new(of_grantee[0].grantee, rules)
        })
        .collect();
    PermissionsMessage { permissions }
}

async fn explain(call: Call<NoBody>, kind: ContentKind) -> Result<EffectiveMessage, Error> {
    let context = &call.context;
    let user = match context.query.get("user") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| Error::user_not_found(text))?),
    };
    let found = permissions::effective(&context.store, &call.actor, kind, context.parameter(CONTENT), user).await?;
    let Effective { user, subject, rules_of, decisions, grantees, projects } = found;
    let capability = decisions.into_iter().map(|(capability, decision): (Capability, Decision)| {
        let project = decision.led_project().and_then(|id| Some((id, projects.get(&id)?.clone())));
        let (mut user, mut group, mut group_set) = (None, None, None);
        if let Some(rule) = decision.rule() {
            let name = grantees.get(&rule.grantee).cloned();
            match rule.grantee {
                Grantee::User(id) => user = Some(User { id: Some(id.into()), name, ..User::default() }),
                Grantee::Group(id) => group = Some(GranteeGroup { id: Some(id.into()), name }),
                Grantee::GroupSet(id) => group_set = Some(GranteeGroupSet { id: Some(id.into()), name }),
            }
        }
        EffectiveCapability {
            name: Word::Known(capability),
            mode: Word::Known(decision.mode()),
            reason: Word::Known(decision.reason()),
            project: project.map(|(id, name)| named(ContentKind::Project, id.to_string(), name)),
            user,
            group,
            group_set,
        }
    });
    let effective_permissions = EffectivePermissions {
        capability: capability.collect(),
        user: User {
            id: Some(Word::Known(user.id)),
            name: Some(user.name),
            site_role: Some(Word::Known(user.site_role)),
            ..User::default()
        },
        content: named(subject.kind, subject.id, subject.name),
        rules_of: named(rules_of.kind, rules_of.id, rules_of.name),
    };
    Ok(EffectiveMessage { effective_permissions })
}

fn named(kind: ContentKind, id: String, name: String) -> NamedContent {
    NamedContent { kind: Word::Known(kind), id, name }
}
