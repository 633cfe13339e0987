//! Projects of the site signed in to.

use tavola_api::projects::{
    CREATE, DELETE, DELETE_IF_EMPTY, LIST, LIST_WITHOUT_CONTENT, Project, ProjectMessage, UPDATE,
};
use tavola_model::ProjectId;

use crate::{Client, Error, ItemPage, ListOptions, PathValue, list};

/// The methods about projects, by [`Client::projects`].
#[derive(Debug, Clone, Copy)]
pub struct ProjectsRoom<'a>(&'a Client);

impl Client {
    /// The methods about projects of the site signed in to.
    pub fn projects(&self) -> ProjectsRoom<'_> {
        ProjectsRoom(self)
    }
}

impl ProjectsRoom<'_> {
    /// “Query Projects”, a page.
    pub async fn list(&self, options: &ListOptions) -> Result<ItemPage<Project>, Error> {
        let query = options.query()?;
        let page = self.0.call(&LIST, &[PathValue::SessionSite], &list::borrowed(&query), None).await?;
        Ok(ItemPage { items: page.projects.project, pagination: page.pagination })
    }

    /// “Query Projects”, all of them.
    pub async fn list_all(&self, options: &ListOptions) -> Result<Vec<Project>, Error> {
        let fetch = |options: ListOptions| async move { self.list(&options).await };
        list::everything(options, fetch, |project: &Project| project.id.as_ref().map(ToString::to_string)).await
    }

    /// All projects that hold no content of any kind, for administrators. Projects may lie in them. Only Tavola servers tell.
    pub async fn without_content_all(&self, options: &ListOptions) -> Result<Vec<Project>, Error> {
        let fetch = |options: ListOptions| async move {
            let query = options.query()?;
            let query = list::borrowed(&query);
            let page = self.0.call(&LIST_WITHOUT_CONTENT, &[PathValue::SessionSite], &query, None).await?;
            Ok(ItemPage { items: page.projects.project, pagination: page.pagination })
        };
        list::everything(options, fetch, |project: &Project| project.id.as_ref().map(ToString::to_string)).await
    }

    /// A project by its id. The reference has no method for that: this is an “Update Project” that changes nothing.
    pub async fn get(&self, id: ProjectId) -> Result<Project, Error> {
        self.change(id, &Project::default(), &[("fields", "_all_")]).await
    }

    /// “Create Project”: needs a name.
    pub async fn create(&self, project: &Project) -> Result<Project, Error> {
        let body = ProjectMessage { project: project.clone() };
        self.0.call(&CREATE, &[PathValue::SessionSite], &[], Some(&body)).await.map(|answer| answer.project)
    }

    /// “Update Project”: what is `None` stays as it is.
    pub async fn update(&self, id: ProjectId, changes: &Project) -> Result<Project, Error> {
        self.change(id, changes, &[]).await
    }

    async fn change(&self, id: ProjectId, changes: &Project, query: &[(&str, &str)]) -> Result<Project, Error> {
        let body = ProjectMessage { project: changes.clone() };
        let path = [PathValue::SessionSite, PathValue::Of(&id)];
        self.0.call(&UPDATE, &path, query, Some(&body)).await.map(|answer| answer.project)
    }

    /// “Delete Project”, with everything in it.
    pub async fn delete(&self, id: ProjectId) -> Result<(), Error> {
        self.0.call(&DELETE, &[PathValue::SessionSite, PathValue::Of(&id)], &[], None).await.map(drop)
    }

    /// Deletes a project if nothing lies in it: else it is refused with the status 409. Servers other than Tavola do not know
    /// this, and refuse it.
    pub async fn delete_if_empty(&self, id: ProjectId) -> Result<(), Error> {
        self.0.call(&DELETE_IF_EMPTY, &[PathValue::SessionSite, PathValue::Of(&id)], &[], None).await.map(drop)
    }
}
