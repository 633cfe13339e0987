//! What rules lie on, and whom they are about, as flags say it.

use clap::{ArgGroup, Args, builder::PossibleValuesParser, builder::TypedValueParser};
use tavola_client::{
    Client, Datasources, Flows, PermissionsOf, Views, VirtualConnections, Workbooks,
    model::{ContentKind, Grantee},
};

use crate::{Failure, content, group_sets, groups, projects, users};

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

impl OnContent {
    pub async fn find(&self, client: &Client) -> Result<PermissionsOf, Failure> {
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
    pub async fn find(&self, client: &Client) -> Result<PermissionsOf, Failure> {
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
    pub async fn find(&self, client: &Client) -> Result<Grantee, Failure> {
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

/// What people call a kind of content.
pub fn thing(kind: ContentKind) -> &'static str {
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

/// Reads one of these words, in any case.
pub fn words<T: Copy + Send + Sync + 'static>(
    known: impl IntoIterator<Item = (&'static str, T)>,
) -> impl TypedValueParser<Value = T> {
    let known: Vec<(&'static str, T)> = known.into_iter().collect();
    PossibleValuesParser::new(known.iter().map(|(word, _)| *word).collect::<Vec<_>>()).map(move |text: String| {
        let found = known.iter().find(|(word, _)| word.eq_ignore_ascii_case(&text));
        found.expect("only these words pass the parser").1
    })
}
