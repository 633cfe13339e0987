//! Allowing and denying, and taking that back.

use clap::{ArgGroup, Args};
use tavola_client::{
    api::permissions::{GranteeCapabilities, Permissions},
    model::{Capability, Grantee, PermissionMode, Template},
};

use super::on::{On, Whom, words};
use crate::{Failure, arguments::Global, connection::Connection, output::Output};

/// The arguments of `permissions set`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).multiple(true))]
pub struct SetArguments {
    #[command(flatten)]
    on: On,
    #[command(flatten)]
    whom: Whom,
    /// Allow these capabilities, separated by commas
    #[arg(long, value_name = "CAPABILITIES", group = "what", value_delimiter = ',',
        value_parser = words(capabilities()), hide_possible_values = true,
        ignore_case = true)]
    allow: Vec<Capability>,
    /// Deny these capabilities, separated by commas
    #[arg(long, value_name = "CAPABILITIES", group = "what", value_delimiter = ',',
        value_parser = words(capabilities()), hide_possible_values = true,
        ignore_case = true)]
    deny: Vec<Capability>,
    /// Allow what belongs to this, but for what is denied; each holds those before it
    #[arg(long, value_name = "TEMPLATE", group = "what", value_parser = words(TEMPLATES), ignore_case = true)]
    template: Option<Template>,
}

/// The arguments of `permissions remove`.
#[derive(Debug, Args)]
pub struct RemoveArguments {
    #[command(flatten)]
    on: On,
    #[command(flatten)]
    whom: Whom,
    /// Remove only rules about these capabilities, separated by commas
    #[arg(long, value_name = "CAPABILITIES", value_delimiter = ',',
        value_parser = words(capabilities()), hide_possible_values = true,
        ignore_case = true)]
    capability: Vec<Capability>,
}

pub async fn set(arguments: &SetArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let SetArguments { on, whom, allow, deny, template } = arguments;
    if let Some(both) = allow.iter().find(|capability| deny.contains(capability)) {
        return Err(Failure::failed(format!("{both} cannot be both allowed and denied")));
    }
    let cannot = format!("cannot change the permissions of {on}");
    let (permissions, wanted) = Connection::find(global)?
        .run(output, async |client| {
            let of = on.find(client).await?;
            let grantee = whom.find(client).await?;
            let mut wanted: Vec<(Capability, PermissionMode)> = Vec::new();
            let of_template = template.iter().flat_map(|template| of.about().template(*template));
            let allowed = of_template.filter(|capability| !deny.contains(capability)).chain(allow.iter().copied());
            let denied = deny.iter().map(|capability| (*capability, PermissionMode::Deny));
            for rule in allowed.map(|capability| (capability, PermissionMode::Allow)).chain(denied) {
                if !wanted.contains(&rule) {
                    wanted.push(rule);
                }
            }
            let room = client.permissions(of);
            let failed = |error: &_| Failure::of_call(cannot.clone(), error);
            let before = laid(&room.list().await.map_err(|error| failed(&error))?, grantee);
            let is_opposite = |rule: &(Capability, PermissionMode)| {
                before.iter().any(|(capability, mode)| *capability == rule.0 && *mode != rule.1)
            };
            // Servers add no rule beside one that says the opposite. What they would refuse anyway is tried first.
            let (opposite, new): (Vec<_>, Vec<_>) = wanted.iter().copied().partition(is_opposite);
            let mut permissions = None;
            for rules in [new, opposite] {
                for (capability, mode) in before.iter().filter(|(capability, mode)| {
                    rules.iter().any(|(other, wanted)| other == capability && wanted != mode)
                }) {
                    room.delete(grantee, *capability, *mode).await.map_err(|error| failed(&error))?;
                }
                if !rules.is_empty() {
                    let added = room.add(&[GranteeCapabilities::new(grantee, rules)]).await;
                    permissions = Some(added.map_err(|error| failed(&error))?);
                }
            }
            Ok((permissions, wanted))
        })
        .await?;
    let of_mode = |mode| {
        let named = wanted.iter().filter(move |(_, other)| *other == mode);
        named.map(|(capability, _)| capability.as_str()).collect::<Vec<_>>().join(", ")
    };
    let mut words = Vec::new();
    for (verb, capabilities) in [("allowed", of_mode(PermissionMode::Allow)), ("denied", of_mode(PermissionMode::Deny))]
    {
        if !capabilities.is_empty() {
            words.push(format!("{verb} {whom} {capabilities}"));
        }
    }
    output.done(&permissions, &format!("{} on {on}", words.join(", and ")))
}

pub async fn remove(arguments: &RemoveArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let RemoveArguments { on, whom, capability: only } = arguments;
    let removed = Connection::find(global)?
        .run(output, async |client| {
            let failed = |error: &_| Failure::of_call(format!("cannot change the permissions of {on}"), error);
            let room = client.permissions(on.find(client).await?);
            let grantee = whom.find(client).await?;
            let mut rules = laid(&room.list().await.map_err(|error| failed(&error))?, grantee);
            rules.retain(|(capability, _)| only.is_empty() || only.contains(capability));
            for (capability, mode) in &rules {
                room.delete(grantee, *capability, *mode).await.map_err(|error| failed(&error))?;
            }
            Ok(rules)
        })
        .await?;
    if removed.is_empty() {
        return Err(Failure::refused(format!("there is no such rule for {whom} on {on}")));
    }
    let rules: Vec<String> = removed.iter().map(|(capability, mode)| format!("{mode} {capability}")).collect();
    output.say(&format!("removed {} for {whom} on {on}", rules.join(", ")));
    Ok(())
}

/// The rules that are there for a grantee, as far as this program knows their words.
fn laid(permissions: &Permissions, grantee: Grantee) -> Vec<(Capability, PermissionMode)> {
    let of_grantee = permissions.grantee_capabilities.iter().filter(|rules| rules.grantee() == Some(grantee));
    of_grantee
        .flat_map(|rules| &rules.capabilities.capability)
        .filter_map(|rule| Some((rule.name.known()?, rule.mode.known()?)))
        // It follows from a rule of another project.
        .filter(|(capability, _)| *capability != Capability::InheritedProjectLeader)
        .collect()
}

const TEMPLATES: [(&str, Template); 4] = [
    ("View", Template::View),
    ("Explore", Template::Explore),
    ("Publish", Template::Publish),
    ("Administer", Template::Administer),
];

fn capabilities() -> impl Iterator<Item = (&'static str, Capability)> {
    Capability::ALL.iter().map(|capability| (capability.as_str(), *capability))
}
