//! Which one is meant.

use std::{fmt::Debug, str::FromStr as _};

use clap::Args;
use tavola_client::{
    Client, CustomViews, Error, ListOptions, Views, Workbooks,
    api::{custom_views::CustomView, views::View, workbooks::Workbook},
    model::{Operator, ProjectId},
};

use super::{Kind, Placed};
use crate::{Failure, projects};

/// Which one is meant.
#[derive(Debug, Args)]
pub struct Named<K: Kind> {
    #[arg(help = K::NAMED_BY)]
    pub item: String,
    #[command(flatten)]
    pub within: K::Within,
}

/// A flag that says where something lies, where its name is not enough.
pub trait Within<K: Kind>: Args + Debug {
    /// The flag, as its user writes it.
    const FLAG: &'static str;

    /// What was given.
    fn given(&self) -> Option<&str>;
    /// Those of the items that lie there.
    async fn keep(&self, client: &Client, items: Vec<K::Item>) -> Result<Vec<K::Item>, Failure>;
}

/// In which project it lies.
#[derive(Debug, Args)]
pub struct InProject {
    /// The path or id of the project it lies in, where names are not enough
    #[arg(long, value_name = "PROJECT")]
    project: Option<String>,
}

impl<K: Placed> Within<K> for InProject {
    const FLAG: &'static str = "--project PROJECT";

    fn given(&self) -> Option<&str> {
        self.project.as_deref()
    }

    async fn keep(&self, client: &Client, mut items: Vec<K::Item>) -> Result<Vec<K::Item>, Failure> {
        if let Some(project) = &self.project {
            let project: ProjectId = projects::find(client, project).await?;
            items.retain(|item| K::project(item).and_then(|place| place.id.as_ref()?.known()) == Some(project));
        }
        Ok(items)
    }
}

/// In which workbook it lies.
#[derive(Debug, Args)]
pub struct InWorkbook {
    /// The name or id of its workbook, where names are not enough
    #[arg(long, value_name = "WORKBOOK")]
    pub workbook: Option<String>,
}

impl InWorkbook {
    /// Those whose workbook it is. Lists tell the ids of workbooks, and not always their names.
    async fn keep<T>(
        &self,
        client: &Client,
        mut items: Vec<T>,
        workbook: impl Fn(&T) -> Option<&Workbook>,
    ) -> Result<Vec<T>, Failure> {
        if let Some(name) = &self.workbook {
            let id = find::<Workbooks>(client, name, None).await?;
            items.retain(|item| workbook(item).and_then(|workbook| workbook.id.as_ref()?.known()) == Some(id));
        }
        Ok(items)
    }
}

impl Within<Views> for InWorkbook {
    const FLAG: &'static str = "--workbook WORKBOOK";

    fn given(&self) -> Option<&str> {
        self.workbook.as_deref()
    }

    async fn keep(&self, client: &Client, items: Vec<View>) -> Result<Vec<View>, Failure> {
        self.keep(client, items, |view| view.workbook.as_deref()).await
    }
}

impl Within<CustomViews> for InWorkbook {
    const FLAG: &'static str = "--workbook WORKBOOK";

    fn given(&self) -> Option<&str> {
        self.workbook.as_deref()
    }

    async fn keep(&self, client: &Client, items: Vec<CustomView>) -> Result<Vec<CustomView>, Failure> {
        self.keep(client, items, |custom_view| custom_view.workbook.as_ref()).await
    }
}

impl<K: Kind> Named<K> {
    /// How people call it.
    pub fn called(&self) -> String {
        called::<K>(&self.item)
    }

    /// Its id.
    pub async fn find(&self, client: &Client) -> Result<K::Id, Failure> {
        find::<K>(client, &self.item, Some(&self.within)).await
    }
}

/// How people call the one of this name.
pub fn called<K: Kind>(item: &str) -> String {
    format!("{} `{item}`", K::THING)
}

/// The id of the one that is meant: by its id, its name, or its name in addresses.
pub async fn find<K: Kind>(client: &Client, text: &str, within: Option<&K::Within>) -> Result<K::Id, Failure> {
    if let Ok(id) = K::Id::from_str(text) {
        return Ok(id);
    }
    let called = called::<K>(text);
    let cannot = |error: &Error| Failure::of_call(format!("cannot look for the {called}"), error);
    let mut options = ListOptions::default();
    if K::SHAPE.filtered_by_server.contains(&"name") {
        options = options.filter("name", Operator::Eq, [text]);
    }
    if K::SHAPE.has_hidden_fields {
        options = options.fields(["_all_"]);
    }
    let keep = async |items| match within {
        Some(within) => within.keep(client, items).await,
        None => Ok(items),
    };
    let mut named = K::room(client).list_all(&options).await.map_err(|error| cannot(&error))?;
    named.retain(|item| K::name(item) == Some(text));
    let mut found = keep(named).await?;
    if found.is_empty() {
        found = keep(K::by_content_url(client, text).await.map_err(|error| cannot(&error))?).await?;
    }
    match found.as_slice() {
        [] => {
            let which = within.and_then(Within::given).map(|place| format!("in `{place}`"));
            let which = which.unwrap_or_else(|| "on this site".to_owned());
            Err(Failure::refused(format!("there is no {called} {which}"))
                .hint(format!("`tavola {} list` shows all", K::COMMAND)))
        }
        [one] => K::id(one).ok_or_else(|| Failure::failed(format!("the server gave no usable id of the {called}"))),
        many => {
            let candidate = |item| {
                let id = K::id(item).map(|id| id.to_string()).unwrap_or_default();
                format!("{id} {}", K::whereabouts(item))
            };
            let candidates: Vec<String> = many.iter().map(candidate).collect();
            let hint = match within {
                Some(_) => format!("{} tells which, and so does the id", <K::Within as Within<K>>::FLAG),
                None => "the id tells which".to_owned(),
            };
            Err(Failure::failed(format!("there is more than one {called}: {}", candidates.join(", "))).hint(hint))
        }
    }
}
