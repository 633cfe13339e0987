//! Projects of a site. A project is named by its id, or by the path of names that leads to it, as in `Finance/Reports`.

use clap::{ArgGroup, Args, Subcommand, builder::PossibleValuesParser, builder::TypedValueParser};
use tavola_client::{
    Client, ListOptions,
    api::{Word, projects::Project, users::User},
    model::{ContentPermissions, Operator, ProjectId},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    list::{ListArguments, Shape},
    output::Output,
    secrets, users,
};

/// What can be done with projects.
#[derive(Debug, Subcommand)]
pub enum ProjectCommand {
    /// List the projects of the site
    List(ListArguments),
    /// Show a project
    Show {
        /// The project's path, such as Finance/Reports, or its id
        ///
        /// A `/` in a name is written `\/`, a `\` is written `\\`.
        project: String,
    },
    /// Make a project
    Create(CreateArguments),
    /// Change a project
    Update(UpdateArguments),
    /// Move a project, with all that is in it, to another place
    Move(MoveArguments),
    /// Delete a project with everything in it
    Delete {
        /// The project's path, such as Finance/Reports, or its id
        project: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// The arguments of `project create`.
#[derive(Debug, Args)]
pub struct CreateArguments {
    /// The project's name
    name: String,
    /// The path or id of the project to make it in; without this it is made at the top
    #[arg(long, value_name = "PROJECT")]
    parent: Option<String>,
    #[command(flatten)]
    details: Details,
}

/// The arguments of `project update`.
#[derive(Debug, Args)]
pub struct UpdateArguments {
    /// The project's path, such as Finance/Reports, or its id
    project: String,
    /// Its new name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    #[command(flatten)]
    details: Details,
}

/// The arguments of `project move`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("place").required(true))]
pub struct MoveArguments {
    /// The project's path, such as Finance/Reports, or its id
    project: String,
    /// The path or id of the project to move it into
    #[arg(long, value_name = "PROJECT", group = "place")]
    parent: Option<String>,
    /// Move it out of any other project
    #[arg(long, group = "place")]
    top: bool,
}

/// What a project may have beside its name.
#[derive(Debug, Args)]
struct Details {
    /// What it is for
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Who decides about permissions in it
    #[arg(long, value_name = "WHO", value_parser = content_permissions_parser(), ignore_case = true)]
    content_permissions: Option<ContentPermissions>,
    /// The name or id of the user who is to own it
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
}

static SHAPE: Shape = Shape {
    things: "projects",
    fields: &[
        "id",
        "name",
        "description",
        "parentProjectId",
        "contentPermissions",
        "controllingPermissionsProjectId",
        "topLevelProject",
        "writeable",
        "createdAt",
        "updatedAt",
        "owner.id",
        "owner.name",
        "owner.fullName",
        "owner.email",
        "contentsCounts.projectCount",
        "contentsCounts.workbookCount",
        "contentsCounts.viewCount",
        "contentsCounts.datasourceCount",
    ],
    columns: &["name", "contentPermissions", "owner.name", "parentProjectId", "id"],
    record: &[
        "name",
        "description",
        "contentPermissions",
        "controllingPermissionsProjectId",
        "writeable",
        "owner.name",
        "owner.id",
        "parentProjectId",
        "contentsCounts.projectCount",
        "contentsCounts.workbookCount",
        "contentsCounts.viewCount",
        "contentsCounts.datasourceCount",
        "createdAt",
        "updatedAt",
        "id",
    ],
    has_hidden_fields: true,
    filtered_by_server: &[
        "name",
        "createdAt",
        "updatedAt",
        "ownerName",
        "ownerEmail",
        "ownerDomain",
        "parentProjectId",
        "topLevelProject",
    ],
    sorted_by_server: &["name", "createdAt", "updatedAt"],
};

/// Does what was asked with projects.
pub async fn run(command: ProjectCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        ProjectCommand::List(arguments) => {
            let page = async |client: &Client, options: &ListOptions| client.projects().list(options).await;
            SHAPE.list(&arguments, global, output, page).await
        }
        ProjectCommand::Show { project } => {
            let fetch = async |client: &Client| {
                let id = find(client, &project).await?;
                let shown = client.projects().get(id).await;
                shown.map_err(|error| Failure::of_call(format!("cannot show the project `{project}`"), &error))
            };
            SHAPE.show(global, output, fetch).await
        }
        ProjectCommand::Create(arguments) => create(arguments, global, output).await,
        ProjectCommand::Update(arguments) => update(arguments, global, output).await,
        ProjectCommand::Move(arguments) => move_to(arguments, global, output).await,
        ProjectCommand::Delete { project, yes } => delete(&project, yes, global, output).await,
    }
}

async fn create(arguments: CreateArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let CreateArguments { name, parent, details } = arguments;
    let connection = Connection::find(global)?;
    let project = connection
        .run(output, async |client| {
            let parent_project_id = match &parent {
                Some(parent) => Some(find(client, parent).await?.into()),
                None => None,
            };
            let project = Project { name: Some(name.clone()), parent_project_id, ..details.read(client).await? };
            let made = client.projects().create(&project).await;
            made.map_err(|error| Failure::of_call(format!("cannot make the project `{name}`"), &error))
        })
        .await?;
    let words = match parent {
        Some(parent) => format!("made the project `{name}` in `{parent}`"),
        None => format!("made the project `{name}`"),
    };
    output.done(&project, &words)
}

async fn update(arguments: UpdateArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let UpdateArguments { project: path, name, details } = arguments;
    if name.is_none() && details.is_empty() {
        return Err(Failure::failed(
            "there is nothing to change: give --name, --description, --content-permissions or --owner",
        )
        .hint("`tavola project move` changes its place"));
    }
    let connection = Connection::find(global)?;
    let project = connection
        .run(output, async |client| {
            let id = find(client, &path).await?;
            let changes = Project { name: name.clone(), ..details.read(client).await? };
            let changed = client.projects().update(id, &changes).await;
            changed.map_err(|error| Failure::of_call(format!("cannot change the project `{path}`"), &error))
        })
        .await?;
    output.done(&project, &format!("changed the project `{path}`"))
}

async fn move_to(arguments: MoveArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let MoveArguments { project: path, parent, top: _ } = arguments;
    let connection = Connection::find(global)?;
    let project = connection
        .run(output, async |client| {
            let id = find(client, &path).await?;
            let place = match &parent {
                Some(parent) => find(client, parent).await?.into(),
                // No project at all: the top.
                None => Word::Other(String::new()),
            };
            let changes = Project { parent_project_id: Some(place), ..Project::default() };
            let moved = client.projects().update(id, &changes).await;
            moved.map_err(|error| Failure::of_call(format!("cannot move the project `{path}`"), &error))
        })
        .await?;
    let words = match parent {
        Some(parent) => format!("moved the project `{path}` into `{parent}`"),
        None => format!("moved the project `{path}` to the top"),
    };
    output.done(&project, &words)
}

async fn delete(path: &str, yes: bool, global: &Global, output: &mut Output) -> Result<(), Failure> {
    secrets::require_consent(yes, "deletes the project with everything in it")?;
    Connection::find(global)?
        .run(output, async |client| {
            let id = find(client, path).await?;
            secrets::consent(yes, &format!("Everything in the project `{path}` will be gone"), path).await?;
            let deleted = client.projects().delete(id).await;
            deleted.map_err(|error| Failure::of_call(format!("cannot delete the project `{path}`"), &error))
        })
        .await?;
    output.say(&format!("deleted the project `{path}`"));
    Ok(())
}

impl Details {
    fn is_empty(&self) -> bool {
        self.description.is_none() && self.content_permissions.is_none() && self.owner.is_none()
    }

    async fn read(&self, client: &Client) -> Result<Project, Failure> {
        let owner = match &self.owner {
            Some(owner) => Some(User { id: Some(users::find(client, owner).await?.into()), ..User::default() }),
            None => None,
        };
        Ok(Project {
            description: self.description.clone(),
            content_permissions: self.content_permissions.map(Into::into),
            owner,
            ..Project::default()
        })
    }
}

/// The id of a project that is named by id or path.
pub async fn find(client: &Client, project: &str) -> Result<ProjectId, Failure> {
    if let Ok(id) = project.parse() {
        return Ok(id);
    }
    let mut found: Option<ProjectId> = None;
    for name in names(project)? {
        // Servers tell projects of one name apart by where they lie, which older ones cannot be asked for.
        let options = ListOptions::default().filter("name", Operator::Eq, [&name]);
        let named = client.projects().list_all(&options).await;
        let named =
            named.map_err(|error| Failure::of_call(format!("cannot look for the project `{project}`"), &error))?;
        let place = found.map(Word::Known);
        let here = named.iter().find(|candidate| candidate.parent_project_id == place);
        let Some(here) = here else {
            let which = if name == project { String::new() } else { format!(": `{name}` is not there") };
            return Err(Failure::refused(format!("there is no project `{project}` on this site{which}"))
                .hint("`tavola project list` shows all; a `/` in a name is written `\\/`"));
        };
        let id = here.id.as_ref().and_then(|id| id.known());
        found =
            Some(id.ok_or_else(|| Failure::failed(format!("the server gave no usable id of the project `{name}`")))?);
    }
    found.ok_or_else(|| Failure::failed("a project is named by its path or id, not by nothing"))
}

/// The names of a path: separated by `/`, with `\` before a `/` or `\` that belongs to a name.
pub fn names(path: &str) -> Result<Vec<String>, Failure> {
    let mut names = vec![String::new()];
    let mut characters = path.chars();
    while let Some(c) = characters.next() {
        let last = names.last_mut().expect("there is always one");
        match c {
            '/' => names.push(String::new()),
            '\\' => match characters.next() {
                Some(next @ ('/' | '\\')) => last.push(next),
                other => {
                    last.push('\\');
                    last.extend(other);
                }
            },
            c => last.push(c),
        }
    }
    if names.iter().any(|name| name.trim().is_empty()) {
        return Err(Failure::failed(format!("`{path}` is no path of a project: a name in it is empty"))
            .hint("write it as Finance/Reports; a `/` in a name is written `\\/`"));
    }
    Ok(names)
}

fn content_permissions_parser() -> impl TypedValueParser<Value = ContentPermissions> {
    PossibleValuesParser::new(ContentPermissions::ALL.iter().map(|word| word.as_str())).map(|text: String| {
        *ContentPermissions::ALL
            .iter()
            .find(|word| word.as_str().eq_ignore_ascii_case(&text))
            .expect("only these words pass the parser")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_names_and_any_character_may_stand_in_one() {
        let read = |path: &str| names(path).ok();
        let of = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(read("Finance"), of(&["Finance"]));
        assert_eq!(read("Finance/Reports 2026/é,:&"), of(&["Finance", "Reports 2026", "é,:&"]));
        assert_eq!(read(r"a\/b/c\\/\d\"), of(&["a/b", r"c\", r"\d\"]));
        for path in ["", "/", "a/", "/a", "a//b", "a/ /b"] {
            assert_eq!(read(path), None, "{path}");
        }
    }
}
