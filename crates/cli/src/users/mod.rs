//! Users of a site.

mod by_csv;
mod many;

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand, builder::PossibleValuesParser, builder::TypedValueParser};
use tavola_client::{
    Client, ListOptions,
    api::{Secret, users::User},
    model::{AuthSetting, Operator, SiteRole, UserId},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    list::{ListArguments, Shape},
    output::Output,
    secrets::{self, SecretSource},
};

pub use many::{Users, find_all};

/// What can be done with users.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// List the users of the site
    List(ListArguments),
    /// Show a user
    Show {
        /// The user's name or id
        user: String,
    },
    /// Add a user to the site
    Add(AddArguments),
    /// Change a user
    Update(UpdateArguments),
    /// Remove a user from the site, or all whom a file names
    #[command(group = ArgGroup::new("who").required(true))]
    Remove {
        /// The user's name or id
        #[arg(group = "who")]
        user: Option<String>,
        /// Remove the users whom this file names, one a line, or `-` for standard input
        #[arg(long, value_name = "FILE", group = "who")]
        csv: Option<PathBuf>,
        /// Do not wait until it is done; the job's id goes to standard output
        #[arg(long, requires = "csv", conflicts_with = "user")]
        no_wait: bool,
    },
    /// Add or change many users by a file of comma-separated values
    Import(by_csv::ImportArguments),
}

/// The arguments of `user add`.
#[derive(Debug, Args)]
pub struct AddArguments {
    /// The name the user signs in with
    name: String,
    /// The user's role on the site
    #[arg(long, value_name = "ROLE", value_parser = role_parser(SiteRole::may_be_given), ignore_case = true)]
    role: SiteRole,
    #[command(flatten)]
    details: Details,
}

/// The arguments of `user update`.
#[derive(Debug, Args)]
pub struct UpdateArguments {
    /// The user's name or id
    user: String,
    /// The user's role on the site
    #[arg(long, value_name = "ROLE", value_parser = role_parser(SiteRole::may_be_given), ignore_case = true)]
    role: Option<SiteRole>,
    /// Ask for a new password on the terminal
    #[arg(long, conflicts_with_all = ["password_stdin", "password_file"])]
    password: bool,
    #[command(flatten)]
    details: Details,
}

/// What a user may have beside name and role.
#[derive(Debug, Args)]
struct Details {
    /// The name people read
    #[arg(long, value_name = "NAME")]
    full_name: Option<String>,
    /// The address of notifications
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// How the user signs in
    #[arg(long, value_name = "SETTING", value_parser = auth_setting_parser(), ignore_case = true)]
    auth_setting: Option<AuthSetting>,
    #[command(flatten)]
    password: SecretSource,
}

/// What users look like.
pub const SHAPE: Shape = Shape {
    things: "users",
    fields: &[
        "id",
        "name",
        "fullName",
        "email",
        "siteRole",
        "authSetting",
        "lastLogin",
        "externalAuthUserId",
        "idpConfigurationId",
        "language",
        "locale",
        "domain.name",
    ],
    columns: &["name", "fullName", "siteRole", "lastLogin", "id"],
    record: &[
        "name",
        "fullName",
        "email",
        "siteRole",
        "authSetting",
        "lastLogin",
        "language",
        "locale",
        "domain.name",
        "externalAuthUserId",
        "id",
    ],
    has_hidden_fields: true,
    filtered_by_server: &["name", "siteRole", "lastLogin", "friendlyName", "luid", "isLocal", "domainName"],
    sorted_by_server: &["name", "siteRole", "lastLogin"],
};

/// Does what was asked with users.
pub async fn run(command: UserCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        UserCommand::List(arguments) => {
            let page = async |client: &Client, options: &ListOptions| client.users().list(options).await;
            SHAPE.list(&arguments, global, output, page).await
        }
        UserCommand::Show { user } => {
            let fetch = async |client: &Client| {
                let id = find(client, &user).await?;
                let shown = client.users().get(id).await;
                shown.map_err(|error| Failure::of_call(format!("cannot show the user `{user}`"), &error))
            };
            SHAPE.show(global, output, fetch).await
        }
        UserCommand::Add(arguments) => add(arguments, global, output).await,
        UserCommand::Update(arguments) => update(arguments, global, output).await,
        UserCommand::Import(arguments) => by_csv::import(arguments, global, output).await,
        UserCommand::Remove { csv: Some(file), no_wait, .. } => by_csv::remove(&file, no_wait, global, output).await,
        UserCommand::Remove { user, .. } => {
            let user = user.unwrap_or_default();
            let connection = Connection::find(global)?;
            connection
                .run(output, async |client| {
                    let id = find(client, &user).await?;
                    let removed = client.users().remove(id).await;
                    removed.map_err(|error| Failure::of_call(format!("cannot remove the user `{user}`"), &error))
                })
                .await?;
            output.say(&format!("removed the user `{user}` from the site"));
            Ok(())
        }
    }
}

async fn add(arguments: AddArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let AddArguments { name, role, details } = arguments;
    let user = User {
        name: Some(name.clone()),
        site_role: Some(role.into()),
        auth_setting: details.auth_setting.map(Into::into),
        ..User::default()
    };
    // The reference's method takes no more than that; the rest is a second one.
    let rest = User {
        full_name: details.full_name,
        email: details.email,
        password: details.password.read()?,
        ..User::default()
    };
    let connection = Connection::find(global)?;
    let user = connection
        .run(output, async |client| {
            let added = client.users().add(&user).await;
            let mut added = added.map_err(|error| Failure::of_call(format!("cannot add the user `{name}`"), &error))?;
            if rest == User::default() {
                return Ok(added);
            }
            let id = known_id(&added, &name)?;
            let changed = client.users().update(id, &rest).await.map_err(|error| {
                Failure::of_call(format!("added the user `{name}`, but cannot set name, address or password"), &error)
                    .hint(format!(
                        "`tavola user update '{name}'` can set them; `tavola user remove '{name}'` undoes it all"
                    ))
            })?;
            added.full_name = changed.full_name.or(added.full_name);
            added.email = changed.email.or(added.email);
            Ok(added)
        })
        .await?;
    output.done(&user, &format!("added the user `{name}` as {role}"))
}

async fn update(arguments: UpdateArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let UpdateArguments { user: name, role, password, details } = arguments;
    let password = if password { Some(ask_new_password(&name).await?) } else { details.password.read()? };
    let changes = User {
        site_role: role.map(Into::into),
        full_name: details.full_name,
        email: details.email,
        auth_setting: details.auth_setting.map(Into::into),
        password,
        ..User::default()
    };
    if changes == User::default() {
        return Err(Failure::failed(
            "there is nothing to change: give --role, --full-name, --email, --auth-setting or a password",
        ));
    }
    let connection = Connection::find(global)?;
    let user = connection
        .run(output, async |client| {
            let id = find(client, &name).await?;
            let changed = client.users().update(id, &changes).await;
            changed.map_err(|error| Failure::of_call(format!("cannot change the user `{name}`"), &error))
        })
        .await?;
    output.done(&user, &format!("changed the user `{name}`"))
}

async fn ask_new_password(name: &str) -> Result<Secret, Failure> {
    if !secrets::can_ask() {
        return Err(Failure::failed("there is no terminal to ask on: use --password-stdin or --password-file FILE"));
    }
    let password = secrets::ask_secret(format!("New password of `{name}`")).await?;
    let again = secrets::ask_secret("The same again".to_owned()).await?;
    if password == again { Ok(password) } else { Err(Failure::failed("the two passwords are not the same")) }
}

/// The id of a user who is named by id or name.
pub async fn find(client: &Client, user: &str) -> Result<UserId, Failure> {
    if let Ok(id) = user.parse() {
        return Ok(id);
    }
    let options = ListOptions::default().filter("name", Operator::Eq, [user]);
    let page = client.users().list(&options).await;
    let page = page.map_err(|error| Failure::of_call(format!("cannot look for the user `{user}`"), &error))?;
    match page.items.as_slice() {
        [] => {
            Err(Failure::refused(format!("there is no user `{user}` on this site"))
                .hint("`tavola user list` shows all"))
        }
        [found] => known_id(found, user),
        _ => Err(Failure::failed(format!("more than one user is named `{user}`, in different domains"))
            .hint(format!("name one by id: tavola user list --filter 'name={user}' --fields id,name,domain.name"))),
    }
}

fn known_id(user: &User, name: &str) -> Result<UserId, Failure> {
    user.id
        .as_ref()
        .and_then(|id| id.known())
        .ok_or_else(|| Failure::failed(format!("the server gave no usable id of the user `{name}`")))
}

/// Takes the roles for which this holds.
pub fn role_parser(may_be: fn(SiteRole) -> bool) -> impl TypedValueParser<Value = SiteRole> {
    let given = move || SiteRole::ALL.iter().filter(move |role| may_be(**role));
    PossibleValuesParser::new(given().map(|role| role.as_str())).map(move |text: String| {
        *given().find(|role| role.as_str().eq_ignore_ascii_case(&text)).expect("only roles pass the parser")
    })
}

fn auth_setting_parser() -> impl TypedValueParser<Value = AuthSetting> {
    PossibleValuesParser::new(AuthSetting::ALL.iter().map(|setting| setting.as_str())).map(|text: String| {
        *AuthSetting::ALL
            .iter()
            .find(|setting| setting.as_str().eq_ignore_ascii_case(&text))
            .expect("only settings pass the parser")
    })
}
