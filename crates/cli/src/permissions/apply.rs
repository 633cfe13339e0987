//! Making the changes of a plan, one after the other, up to the first that cannot be made.

use std::cell::{Cell, RefCell};

use tavola_client::{
    Client, Error, PermissionsOf,
    api::{
        ApiVersion, groups::Group as GroupMessage, permissions::GranteeCapabilities,
        projects::Project as ProjectMessage, users::User,
    },
    model::{Grantee, GroupId, GroupSetId, PermissionMode, ProjectId, UserId},
};

use super::{
    catalogue::Catalogue,
    change::{Change, RulesOf, opposite},
    policy::{Path, Place, Rules},
};
use crate::{Failure, groups};

/// Where a plan stands.
pub struct Work<'w> {
    pub changes: &'w [Change],
    /// What is there by name, with what was made meanwhile.
    pub catalogue: RefCell<Catalogue>,
    /// How many changes were made.
    pub made: Cell<usize>,
}

impl Work<'_> {
    /// Makes what is left of the changes.
    pub async fn go_on(&self, client: &Client) -> Result<(), Failure> {
        let version = groups::version(client).await?;
        while let Some(change) = self.changes.get(self.made.get()) {
            self.make(client, version, change).await?;
            self.made.set(self.made.get() + 1);
        }
        Ok(())
    }

    async fn make(&self, client: &Client, version: ApiVersion, change: &Change) -> Result<(), Failure> {
        self.call(client, version, change).await.map_err(|error| match (change, &error) {
            (Change::RemoveProject { project }, Error::Refused(refused)) if refused.status == 409 => {
                Failure::failed(format!("the project `{project}` is not empty any more: it stays"))
            }
            _ => Failure::of_call(format!("cannot make this change: {}", change.line()), &error),
        })
    }

    async fn call(&self, client: &Client, version: ApiVersion, change: &Change) -> Result<(), Error> {
        match change {
            Change::Lock { project, to, .. } => {
                let changes = ProjectMessage { content_permissions: Some((*to).into()), ..ProjectMessage::default() };
                client.projects().update(self.project(project)?, &changes).await.map(drop)
            }
            Change::Describe { project, description } => {
                let changes = ProjectMessage { description: Some(description.clone()), ..ProjectMessage::default() };
                client.projects().update(self.project(project)?, &changes).await.map(drop)
            }
            Change::SetOwner { project, to, .. } => {
                let owner = User { id: Some(self.user(to)?.into()), ..User::default() };
                let changes = ProjectMessage { owner: Some(owner), ..ProjectMessage::default() };
                client.projects().update(self.project(project)?, &changes).await.map(drop)
            }
            Change::AddProject { project, description, content_permissions } => {
                let parent = project.parent().map(|parent| self.project(&parent)).transpose()?;
                let message = ProjectMessage {
                    name: Some(project.name().to_owned()),
                    description: description.clone(),
                    content_permissions: content_permissions.map(Into::into),
                    parent_project_id: parent.map(Into::into),
                    ..ProjectMessage::default()
                };
                let made = client.projects().create(&message).await?;
                let id = made.id.and_then(|id| id.known()).ok_or_else(|| no_id(project.name()))?;
                self.catalogue.borrow_mut().projects.insert(project.clone(), id);
                Ok(())
            }
            Change::AddGroup { group, minimum_site_role } => {
                let message = GroupMessage {
                    name: Some(group.clone()),
                    minimum_site_role: minimum_site_role.map(Into::into),
                    ..GroupMessage::default()
                };
                let made = client.groups().create(&message).await?;
                let id = made.id.and_then(|id| id.known()).ok_or_else(|| no_id(group))?;
                self.catalogue.borrow_mut().groups.add(id, group);
                Ok(())
            }
            Change::SetRole { group, to, .. } => {
                let id = self.group(group)?;
                let changes = GroupMessage {
                    name: self.catalogue.borrow().groups.plain(id),
                    minimum_site_role: Some((*to).into()),
                    ..GroupMessage::default()
                };
                client.groups().update(id, &changes).await.map(drop)
            }
            Change::AddUsers { group, users } => {
                groups::put_users(client, version, self.group(group)?, &self.users(users)?).await.map(drop)
            }
            Change::TakeUsers { group, users } => {
                groups::take_users(client, version, self.group(group)?, &self.users(users)?).await
            }
            Change::RemoveGroup { group } => client.groups().delete(self.group(group)?).await,
            Change::AddGroupSet { group_set } => {
                let made = client.group_sets().create(group_set).await?;
                let id = made.id.and_then(|id| id.known()).ok_or_else(|| no_id(group_set))?;
                self.catalogue.borrow_mut().group_sets.add(id, group_set);
                Ok(())
            }
            Change::AddGroups { group_set, groups } => {
                let set = self.group_set(group_set)?;
                for group in groups {
                    client.group_sets().add_group(set, self.group(group)?).await?;
                }
                Ok(())
            }
            Change::TakeGroups { group_set, groups } => {
                let set = self.group_set(group_set)?;
                for group in groups {
                    client.group_sets().remove_group(set, self.group(group)?).await?;
                }
                Ok(())
            }
            Change::RemoveGroupSet { group_set } => client.group_sets().delete(self.group_set(group_set)?).await,
            Change::BeginWith { place, rules } => self.begin_with(client, place, rules).await,
            Change::AddRules(rules) => {
                let (of, grantee) = self.target(rules)?;
                client.permissions(of).add(&[message(grantee, rules, rules.mode)]).await.map(drop)
            }
            Change::RemoveRules(rules) => {
                let (of, grantee) = self.target(rules)?;
                self.delete(client, of, grantee, rules, rules.mode).await
            }
            Change::TurnRules(rules) => self.turn(client, rules).await,
            Change::RemoveProject { project } => client.projects().delete_if_empty(self.project(project)?).await,
        }
    }

    /// Removes what a new project begins with and nobody wants.
    async fn begin_with(&self, client: &Client, place: &Place, wanted: &Rules) -> Result<(), Error> {
        let of = self.place(place)?;
        let room = client.permissions(of);
        let permissions = match room.list().await {
            // The server does not know the kind, and the file wants nothing of it.
            Err(error) if wanted.is_empty() && error.refused().is_some_and(|refused| refused.status == 404) => {
                return Ok(());
            }
            permissions => permissions?,
        };
        let (there, _) = self.catalogue.borrow().rules(place.about(), &permissions);
        for ((whom, capability), mode) in there {
            if wanted.get(&(whom.clone(), capability)) != Some(&mode) {
                let grantee = self.catalogue.borrow().grantee(&whom).ok_or_else(|| no_id(whom.parts().1))?;
                room.delete(grantee, capability, mode).await?;
            }
        }
        Ok(())
    }

    /// Removes rules and adds those that say the opposite; puts them back where the server takes no opposite.
    async fn turn(&self, client: &Client, rules: &RulesOf) -> Result<(), Error> {
        let (of, grantee) = self.target(rules)?;
        let before = opposite(rules.mode);
        let turned = match self.delete(client, of, grantee, rules, before).await {
            Ok(()) => client.permissions(of).add(&[message(grantee, rules, rules.mode)]).await.map(drop),
            Err(error) => Err(error),
        };
        if turned.is_err() {
            // What made the change fail is the error that counts.
            let _ = client.permissions(of).add(&[message(grantee, rules, before)]).await;
        }
        turned
    }

    async fn delete(
        &self,
        client: &Client,
        of: PermissionsOf,
        grantee: Grantee,
        rules: &RulesOf,
        mode: PermissionMode,
    ) -> Result<(), Error> {
        for capability in &rules.capabilities {
            client.permissions(of).delete(grantee, *capability, mode).await?;
        }
        Ok(())
    }

    fn target(&self, rules: &RulesOf) -> Result<(PermissionsOf, Grantee), Error> {
        let grantee = self.catalogue.borrow().grantee(&rules.whom).ok_or_else(|| no_id(rules.whom.parts().1))?;
        Ok((self.place(&rules.place)?, grantee))
    }

    fn place(&self, place: &Place) -> Result<PermissionsOf, Error> {
        self.catalogue.borrow().place(place).ok_or_else(|| no_id(&place.to_string()))
    }

    fn project(&self, path: &Path) -> Result<ProjectId, Error> {
        self.catalogue.borrow().projects.get(path).copied().ok_or_else(|| no_id(&path.to_string()))
    }

    fn user(&self, name: &str) -> Result<UserId, Error> {
        self.catalogue.borrow().users.id(name).ok_or_else(|| no_id(name))
    }

    fn users(&self, names: &[String]) -> Result<Vec<UserId>, Error> {
        names.iter().map(|name| self.user(name)).collect()
    }

    fn group(&self, name: &str) -> Result<GroupId, Error> {
        self.catalogue.borrow().groups.id(name).ok_or_else(|| no_id(name))
    }

    fn group_set(&self, name: &str) -> Result<GroupSetId, Error> {
        self.catalogue.borrow().group_sets.id(name).ok_or_else(|| no_id(name))
    }
}

fn message(grantee: Grantee, rules: &RulesOf, mode: PermissionMode) -> GranteeCapabilities {
    GranteeCapabilities::new(grantee, rules.capabilities.iter().map(|capability| (*capability, mode)))
}

fn no_id(name: &str) -> Error {
    Error::Invalid(format!("the server gave no usable id of `{name}`"))
}
