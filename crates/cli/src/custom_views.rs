//! Custom views of a site: views as users left them.

use clap::{ArgGroup, Args, Subcommand};
use serde_json::Value;
use tavola_client::{
    Client, ContentRoom, CustomViews, PublishOptions, Views, Workbooks,
    api::{custom_views::CustomView, users::User, views::View, workbooks::Workbook},
};

use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    content::{
        self, DeleteArguments, Describe, DownloadArguments, FileAsItIs, InWorkbook, Kind, Named, Owned,
        PublishArguments, PublishFlags, Publishable, UpdateArguments, find,
    },
    list::{ListArguments, Shape},
    output::{self, Output},
    users,
};

/// What can be done with custom views.
#[derive(Debug, Subcommand)]
pub enum CustomViewCommand {
    /// List those of the site that one sees
    List(ListArguments),
    /// Show one
    Show(Named<CustomViews>),
    /// Publish files that were downloaded before
    #[command(after_help = "Example: tavola custom-view publish West.json --workbook Sales --shared")]
    Publish(PublishArguments<CustomViews>),
    /// Download definitions
    #[command(after_help = "Example: tavola custom-view download West --workbook Sales -o west.json")]
    Download(DownloadArguments<CustomViews>),
    /// Change it
    Update(UpdateArguments<CustomViews>),
    /// Delete it
    Delete(DeleteArguments<CustomViews>),
    /// List the users whose default it is, and make it that of others
    #[command(subcommand)]
    Users(UserCommand),
}

/// What can be done with the users whose default a custom view is.
#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// List the users who see it first
    List {
        #[command(flatten)]
        named: Named<CustomViews>,
        #[command(flatten)]
        list: ListArguments,
    },
    /// Let users see it first
    Set {
        #[command(flatten)]
        named: Named<CustomViews>,
        /// Their names or ids
        #[arg(required = true, value_name = "USER")]
        users: Vec<String>,
    },
}

static SHAPE: Shape = Shape {
    things: "custom views",
    fields: &[
        "id",
        "name",
        "shared",
        "createdAt",
        "updatedAt",
        "lastAccessedAt",
        "view.id",
        "view.name",
        "workbook.id",
        "workbook.name",
        "owner.id",
        "owner.name",
    ],
    columns: &["name", "view.name", "workbook.name", "owner.name", "shared", "id"],
    record: &[
        "name",
        "view.name",
        "view.id",
        "workbook.name",
        "workbook.id",
        "owner.name",
        "shared",
        "createdAt",
        "updatedAt",
        "lastAccessedAt",
        "id",
    ],
    has_hidden_fields: true,
    filtered_by_server: &["ownerId", "viewId", "workbookId"],
    sorted_by_server: &[],
};

static USERS: Shape = Shape {
    things: "users",
    fields: &["id", "name", "siteRole"],
    columns: &["name", "siteRole", "id"],
    record: &[],
    has_hidden_fields: false,
    filtered_by_server: &[],
    sorted_by_server: &[],
};

impl Kind for CustomViews {
    const THING: &'static str = "custom view";
    const COMMAND: &'static str = "custom-view";
    const SHAPE: &'static Shape = &SHAPE;
    type Within = InWorkbook;

    fn room(client: &Client) -> ContentRoom<'_, Self> {
        client.custom_views()
    }

    fn name(item: &CustomView) -> Option<&str> {
        item.name.as_deref()
    }

    fn whereabouts(item: &CustomView) -> String {
        let of = |name: Option<&String>| name.map_or_else(|| "?".to_owned(), Clone::clone);
        let view = of(item.view.as_ref().and_then(|view| view.name.as_ref()));
        let workbook = of(item.workbook.as_ref().and_then(|workbook| workbook.name.as_ref()));
        format!("of `{view}` in `{workbook}`")
    }
}

impl Owned for CustomViews {
    type Changed = Shared;

    fn set_name(item: &mut CustomView, name: String) {
        item.name = Some(name);
    }

    fn set_owner(item: &mut CustomView, owner: User) {
        item.owner = Some(owner);
    }
}

impl Publishable for CustomViews {
    type Published = CustomViewPublishFlags;
    type Downloaded = FileAsItIs;
}

/// Who sees it.
#[derive(Debug, Args)]
pub struct Shared {
    /// Let others see it, or with `=false` its owner alone
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    shared: Option<bool>,
}

impl Describe<CustomView> for Shared {
    fn describe(&self, item: &mut CustomView) -> bool {
        item.shared = self.shared;
        item.shared.is_some()
    }
}

/// What publishing a custom view may say.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("place").required(true).multiple(true))]
pub struct CustomViewPublishFlags {
    /// The name or id of the workbook that has its view
    #[arg(long, value_name = "WORKBOOK", group = "place")]
    workbook: Option<String>,
    /// The name or id of its view; without this the view that the file names
    #[arg(long, value_name = "VIEW", group = "place")]
    view: Option<String>,
    /// The name or id of the user who is to own it; without this oneself
    #[arg(long, value_name = "USER")]
    owner: Option<String>,
    #[command(flatten)]
    shared: Shared,
}

impl PublishFlags<CustomViews> for CustomViewPublishFlags {
    fn describe(&self, item: &mut CustomView) -> Result<(), Failure> {
        self.shared.describe(item);
        Ok(())
    }

    async fn place(&self, client: &Client, item: &mut CustomView) -> Result<(), Failure> {
        if let Some(workbook) = &self.workbook {
            let id = find::<Workbooks>(client, workbook, None).await?;
            item.workbook = Some(Workbook { id: Some(id.into()), ..Workbook::default() });
        }
        if let Some(view) = &self.view {
            let workbook = item.workbook.as_ref().and_then(|workbook| workbook.id.as_ref());
            let within = InWorkbook { workbook: workbook.map(ToString::to_string) };
            let id = find::<Views>(client, view, Some(&within)).await?;
            item.view = Some(View { id: Some(id.into()), ..View::default() });
        }
        if let Some(owner) = &self.owner {
            item.owner = Some(User { id: Some(users::find(client, owner).await?.into()), ..User::default() });
        }
        Ok(())
    }

    fn options(&self) -> PublishOptions {
        PublishOptions::default()
    }
}

/// Does what was asked with custom views.
pub async fn run(command: CustomViewCommand, global: &Global, output: &mut Output) -> Result<(), Failure> {
    match command {
        CustomViewCommand::List(arguments) => content::list::<CustomViews>(&arguments, global, output).await,
        CustomViewCommand::Show(named) => content::show(&named, global, output).await,
        CustomViewCommand::Publish(arguments) => content::publish(arguments, global, output).await,
        CustomViewCommand::Download(arguments) => content::download(arguments, global, output).await,
        CustomViewCommand::Update(arguments) => content::update(arguments, global, output).await,
        CustomViewCommand::Delete(arguments) => content::delete(&arguments, global, output).await,
        CustomViewCommand::Users(UserCommand::List { named, list }) => {
            let list = list.read(&USERS)?;
            let what = format!("list the users whose default is the {}", named.called());
            let fetch = async |client: &Client, id| client.custom_views().default_users(id).await;
            let users = content::on(&what, &named, global, output, fetch).await?;
            list.show(users.iter().map(output::row).collect::<Vec<Value>>(), output)
        }
        CustomViewCommand::Users(UserCommand::Set { named, users }) => set_users(&named, &users, global, output).await,
    }
}

async fn set_users(
    named: &Named<CustomViews>,
    names: &[String],
    global: &Global,
    output: &mut Output,
) -> Result<(), Failure> {
    let called = named.called();
    let what = format!("make the {called} the default of users");
    let results = Connection::find(global)?
        .run(output, async |client| {
            let id = named.find(client).await?;
            let mut ids = Vec::new();
            for name in names {
                ids.push(users::find(client, name).await?);
            }
            let set = client.custom_views().set_default_users(id, &ids).await;
            let results = set.map_err(|error| Failure::of_call(format!("cannot {what}"), &error))?;
            Ok(ids.into_iter().zip(results).collect::<Vec<_>>())
        })
        .await?;
    if output.is_json() {
        output.json(&results.iter().map(|(_, result)| output::row(result)).collect::<Vec<_>>())?;
    }
    let mut refused = 0;
    for (name, (id, _)) in names.iter().zip(&results) {
        // The answer need not have the order of the question.
        let of_user = |user: &User| user.id.as_ref().and_then(|id| id.known()) == Some(*id);
        let result = results.iter().map(|(_, result)| result).find(|result| result.user.as_ref().is_some_and(of_user));
        match result {
            Some(result) if result.success => output.say(&format!("the {called} is the default of `{name}`")),
            result => {
                let why = result.and_then(|result| result.error.as_ref()).map(|error| error.detail.0.clone());
                let failure = Failure::refused(format!("the {called} did not become the default of `{name}`"));
                output.report(&why.into_iter().fold(failure, Failure::because));
                refused += 1;
            }
        }
    }
    output.finish()?;
    if refused == 0 {
        Ok(())
    } else {
        Err(Failure::refused(format!("{refused} of {} users were refused", names.len())))
    }
}
