//! Permissions on content and projects of a site: which rules there are, and what they come to for somebody.

use std::collections::HashMap;

use clap::{ArgGroup, Args, Subcommand, builder::PossibleValuesParser, builder::TypedValueParser};
use serde_json::{Value, json};
use tavola_client::{
    Client, Datasources, Flows, ListOptions, PermissionsOf, Views, VirtualConnections, Workbooks,
    api::permissions::{EffectiveCapability, GranteeCapabilities, NamedContent, Permissions},
    model::{Capability, ContentKind, Grantee, PermissionMode, Reason, Template, UserId},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    content, group_sets, groups,
    list::{ListArguments, Shape},
    output::Output,
    projects, users,
};

/// What can be done with permissions.
#[derive(Debug, Subcommand)]
pub enum PermissionsCommand {
    /// List the rules that hold for something
    #[command(after_help = "Example: tavola permissions list --workbook Sales --filter mode=Deny")]
    List {
        #[command(flatten)]
        on: On,
        #[command(flatten)]
        list: ListArguments,
    },
    /// Allow and deny
    #[command(
        after_help = "Example: tavola permissions set --project Finance --default workbook --user ann --template Explore \
                      --deny ExportXml"
    )]
    Set(SetArguments),
    /// Remove rules for somebody: neither allow nor deny
    #[command(after_help = "Example: tavola permissions remove --workbook Sales --user ann --capability Write,Delete")]
    Remove(RemoveArguments),
    /// Explain what a user may do with something, and which rule decides. Only Tavola servers tell
    #[command(after_help = "Example: tavola permissions explain ann --view Sales/sheets/Overview")]
    Explain {
        /// The user's name or id
        user: String,
        #[command(flatten)]
        on: OnContent,
        #[command(flatten)]
        list: ListArguments,
    },
}

/// What is meant.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("content").required(true))]
pub struct OnContent {
    /// A project, by its path or id
    #[arg(long, value_name = "PROJECT", group = "content", help_heading = "Which")]
    project: Option<String>,
    /// A workbook, by its name, its name in addresses or its id
    #[arg(long, value_name = "WORKBOOK", group = "content", help_heading = "Which")]
    workbook: Option<String>,
    /// A view, by its name, its name in addresses or its id
    #[arg(long, value_name = "VIEW", group = "content", help_heading = "Which")]
    view: Option<String>,
    /// A data source, by its name, its name in addresses or its id
    #[arg(long, value_name = "DATASOURCE", group = "content", help_heading = "Which")]
    datasource: Option<String>,
    /// A flow, by its name or id
    #[arg(long, value_name = "FLOW", group = "content", help_heading = "Which")]
    flow: Option<String>,
    /// A virtual connection, by its name or id
    #[arg(long, value_name = "VIRTUAL_CONNECTION", group = "content", help_heading = "Which")]
    virtual_connection: Option<String>,
}

/// What is meant, or what a project says of content in it.
#[derive(Debug, Args)]
pub struct On {
    #[command(flatten)]
    content: OnContent,
    /// Of the project: its default rules for content of this kind
    #[arg(long, value_name = "KIND", help_heading = "Which",
        conflicts_with_all = ["workbook", "view", "datasource", "flow", "virtual_connection"],
        value_parser = words(ContentKind::in_projects().map(|kind| (kind.as_str(), kind))), ignore_case = true)]
    default: Option<ContentKind>,
}

/// Whom rules are about.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("whom").required(true))]
pub struct Whom {
    /// A user, by name or id
    #[arg(long, value_name = "USER", group = "whom", help_heading = "Whom")]
    user: Option<String>,
    /// A group, by name or id
    #[arg(long, value_name = "GROUP", group = "whom", help_heading = "Whom")]
    group: Option<String>,
    /// A group set, by name or id
    #[arg(long, value_name = "GROUP_SET", group = "whom", help_heading = "Whom")]
    group_set: Option<String>,
}

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

static RULES: Shape = Shape {
    things: "rules",
    fields: &["grantee", "name", "id", "capability", "mode"],
    columns: &["grantee", "name", "capability", "mode", "id"],
    record: &[],
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

static EXPLANATIONS: Shape = Shape {
    things: "capabilities",
    fields: &["capability", "mode", "reason", "decidedBy"],
    columns: &["capability", "mode", "decidedBy"],
    record: &[],
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

/// Does what was asked with permissions.
pub async fn run(command: PermissionsCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        PermissionsCommand::List { on, list } => {
            let list = list.read(&RULES)?;
            let (found, rows) = Connection::find(global)?
                .run(output, async |client| {
                    let found = on.find(client).await?;
                    let permissions = client.permissions(found).list().await;
                    let permissions = permissions
                        .map_err(|error| Failure::of_call(format!("cannot list the permissions of {on}"), &error))?;
                    let rows = rows(client, &permissions).await;
                    Ok((permissions, rows))
                })
                .await?;
            if let Some(parent) = &found.parent {
                output.say(&format!("the project `{}` decides about the permissions of {on}", parent.id));
            }
            list.show(rows, output)
        }
        PermissionsCommand::Set(arguments) => set(&arguments, global, output).await,
        PermissionsCommand::Remove(arguments) => remove(&arguments, global, output).await,
        PermissionsCommand::Explain { user, on, list } => {
            let list = list.read(&EXPLANATIONS)?;
            let told = Connection::find(global)?
                .run(output, async |client| {
                    let of = on.find(client).await?;
                    let user = users::find(client, &user).await?;
                    let told = client.permissions(of).effective(Some(user)).await;
                    told.map_err(|error| {
                        Failure::of_call(format!("cannot explain what `{user}` may do with {on}"), &error)
                    })
                })
                .await?;
            let role = told.user.site_role.as_ref().map(ToString::to_string).unwrap_or_default();
            let whose = if told.rules_of.id == told.content.id {
                String::new()
            } else {
                format!("; the rules are those of {}", called(&told.rules_of))
            };
            output.say(&format!("what `{user}`, {role}, may do with {}{whose}:", called(&told.content)));
            list.show(told.capability.iter().map(explanation).collect(), output)
        }
    }
}

async fn set(arguments: &SetArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
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

async fn remove(arguments: &RemoveArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
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

impl OnContent {
    async fn find(&self, client: &Client) -> Result<PermissionsOf, Failure> {
        Ok(if let Some(name) = &self.workbook {
            PermissionsOf::Workbook(content::find::<Workbooks>(client, name, None).await?)
        } else if let Some(name) = &self.view {
            PermissionsOf::View(content::find::<Views>(client, name, None).await?)
        } else if let Some(name) = &self.datasource {
            PermissionsOf::Datasource(content::find::<Datasources>(client, name, None).await?)
        } else if let Some(name) = &self.flow {
            PermissionsOf::Flow(content::find::<Flows>(client, name, None).await?)
        } else if let Some(name) = &self.virtual_connection {
            PermissionsOf::VirtualConnection(content::find::<VirtualConnections>(client, name, None).await?)
        } else {
            let path = self.project.as_deref().unwrap_or_default();
            PermissionsOf::Project(projects::find(client, path).await?)
        })
    }
}

impl On {
    async fn find(&self, client: &Client) -> Result<PermissionsOf, Failure> {
        let found = self.content.find(client).await?;
        Ok(match (found, self.default) {
            (PermissionsOf::Project(project), Some(about)) => PermissionsOf::Defaults(project, about),
            (found, _) => found,
        })
    }
}

impl std::fmt::Display for OnContent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let named = [
            ("project", &self.project),
            ("workbook", &self.workbook),
            ("view", &self.view),
            ("data source", &self.datasource),
            ("flow", &self.flow),
            ("virtual connection", &self.virtual_connection),
        ];
        match named.into_iter().find_map(|(thing, name)| Some((thing, name.as_ref()?))) {
            Some((thing, name)) => write!(f, "the {thing} `{name}`"),
            None => Ok(()),
        }
    }
}

impl std::fmt::Display for On {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.default {
            Some(about) => write!(f, "{}, by default for each {}", self.content, thing(about)),
            None => self.content.fmt(f),
        }
    }
}

impl Whom {
    async fn find(&self, client: &Client) -> Result<Grantee, Failure> {
        if let Some(user) = &self.user {
            return users::find(client, user).await.map(Grantee::User);
        }
        if let Some(set) = &self.group_set {
            return group_sets::find(client, set).await.map(Grantee::GroupSet);
        }
        let group = self.group.as_deref().unwrap_or_default();
        groups::find(client, group).await.map(Grantee::Group)
    }
}

impl std::fmt::Display for Whom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.user, &self.group, &self.group_set) {
            (Some(user), ..) => write!(f, "the user `{user}`"),
            (_, Some(group), _) => write!(f, "the group `{group}`"),
            (.., Some(set)) => write!(f, "the group set `{set}`"),
            _ => Ok(()),
        }
    }
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

/// A row for each rule, with the names of its grantee where the server tells them.
async fn rows(client: &Client, permissions: &Permissions) -> Vec<Value> {
    let mut names: HashMap<Grantee, String> = HashMap::new();
    let grantees: Vec<Grantee> = permissions.grantee_capabilities.iter().filter_map(|rules| rules.grantee()).collect();
    // Who may not list them is told their ids.
    let all = ListOptions::default();
    if grantees.iter().any(|grantee| matches!(grantee, Grantee::Group(_))) {
        for group in client.groups().list_all(&all).await.unwrap_or_default() {
            names.extend(group.id.and_then(|id| Some((Grantee::Group(id.known()?), group.name?))));
        }
    }
    if grantees.iter().any(|grantee| matches!(grantee, Grantee::GroupSet(_))) {
        for set in client.group_sets().list_all(&all).await.unwrap_or_default() {
            names.extend(set.id.and_then(|id| Some((Grantee::GroupSet(id.known()?), set.name?))));
        }
    }
    for grantee in grantees {
        if let Grantee::User(id) = grantee
            && let Some(name) = user_name(client, id).await
        {
            names.insert(grantee, name);
        }
    }
    let mut rows = Vec::new();
    for rules in &permissions.grantee_capabilities {
        let (kind, id) = match rules.grantee() {
            Some(Grantee::User(id)) => ("user", id.to_string()),
            Some(Grantee::Group(id)) => ("group", id.to_string()),
            Some(Grantee::GroupSet(id)) => ("group set", id.to_string()),
            None => ("?", String::new()),
        };
        let name = rules.grantee().and_then(|grantee| names.get(&grantee));
        for rule in &rules.capabilities.capability {
            let (capability, mode) = (rule.name.to_string(), rule.mode.to_string());
            rows.push(json!({ "grantee": kind, "name": name, "id": id, "capability": capability, "mode": mode }));
        }
    }
    rows
}

async fn user_name(client: &Client, id: UserId) -> Option<String> {
    client.users().get(id).await.ok()?.name
}

/// A row of an explanation.
fn explanation(told: &EffectiveCapability) -> Value {
    let of_group = told.group.as_ref().and_then(|group| group.name.as_deref());
    let of_group_set = told.group_set.as_ref().and_then(|group_set| group_set.name.as_deref());
    let rule = match (of_group, of_group_set) {
        (Some(group), _) => format!("rule for the group `{group}`"),
        (_, Some(group_set)) => format!("rule for the group set `{group_set}`"),
        _ => "the user's own rule".to_owned(),
    };
    let project = told.project.as_ref().map(called).unwrap_or_default();
    let decided_by = match told.reason.known() {
        Some(Reason::Administrator) => "administering the site".to_owned(),
        Some(Reason::ProjectOwner) => format!("owning {project}"),
        Some(Reason::ProjectLeader) => format!("leading {project}, by {rule}"),
        Some(Reason::Owner) => "owning it".to_owned(),
        Some(Reason::Rule) => rule,
        Some(Reason::SiteRole) => "the site role".to_owned(),
        Some(Reason::NoRule) => "no rule".to_owned(),
        None => told.reason.to_string(),
    };
    json!({
        "capability": told.name.to_string(),
        "mode": told.mode.to_string(),
        "reason": told.reason.to_string(),
        "decidedBy": decided_by,
    })
}

fn called(content: &NamedContent) -> String {
    let kind = content.kind.known().map_or_else(|| content.kind.to_string(), |kind| thing(kind).to_owned());
    format!("the {kind} `{}`", content.name)
}

/// What people call a kind of content.
fn thing(kind: ContentKind) -> &'static str {
    match kind {
        ContentKind::Project => "project",
        ContentKind::Workbook => "workbook",
        ContentKind::View => "view",
        ContentKind::Datasource => "data source",
        ContentKind::Flow => "flow",
        ContentKind::VirtualConnection => "virtual connection",
        ContentKind::Database => "database",
        ContentKind::Table => "table",
        ContentKind::DataRole => "data role",
        ContentKind::Metric => "metric",
        ContentKind::Lens => "lens",
    }
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

/// Reads one of these words, in any case.
fn words<T: Copy + Send + Sync + 'static>(
    known: impl IntoIterator<Item = (&'static str, T)>,
) -> impl TypedValueParser<Value = T> {
    let known: Vec<(&'static str, T)> = known.into_iter().collect();
    PossibleValuesParser::new(known.iter().map(|(word, _)| *word).collect::<Vec<_>>()).map(move |text: String| {
        let found = known.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text));
        found.expect("only these words pass the parser").1
    })
}
