//! What a site is: its groups, projects and content by name, and the rules that lie on them. Only documented methods are
//! called, a few at a time.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tavola_client::{
    Client, Datasources, Error, Flows, ListOptions, PermissionsOf, VirtualConnections, Workbooks,
    api::{Word, users::User},
    model::{ContentKind, GroupId, GroupSetId, ProjectId, SiteRole, UserId, WorkbookId},
};

use super::{
    catalogue::{Catalogue, Names},
    lock_out::Caller,
    policy::{ALL_USERS, Group, Path, Place, Policy, Project, Rules},
};
use crate::{Failure, content::Placed};

/// How many calls are on their way at a time.
const AT_A_TIME: usize = 8;

/// A site as it was read.
#[derive(Debug)]
pub struct Site {
    pub catalogue: Catalogue,
    /// Without rules and without who is in groups: these are read by [`Site::read_rules`] and [`Site::read_users`].
    pub policy: Policy,
    pub caller: Caller,
    /// Whether it is known which groups the caller is in.
    pub tells_groups: bool,
}

/// Rules as they were read.
#[derive(Debug, Default)]
pub struct Read {
    pub rules: BTreeMap<Place, Rules>,
    /// What the server does not tell the rules of.
    pub untold: Vec<Place>,
    /// Rules in words that this program does not know, which nothing here touches.
    pub unknown: usize,
}

impl Site {
    /// Reads who and what there is, content only if it is asked for.
    pub async fn read(client: &Client, with_content: bool) -> Result<Self, Failure> {
        let all = ListOptions::default();
        let cannot = |what: &'static str| {
            move |error: Error| Failure::of_call(format!("cannot read the {what} of the site"), &error)
        };
        let (users, groups, sets) = (client.users(), client.groups(), client.group_sets());
        let projects = client.projects();
        let (users, groups, sets, projects, who) = tokio::join!(
            users.list_all(&all),
            groups.list_all(&all),
            sets.list_all(&all),
            projects.list_all(&all),
            who(client),
        );
        let (id, name, role) = who.map_err(|error| Failure::of_call("cannot ask who is signed in", &error))?;
        let projects = projects.map_err(cannot("projects"))?;
        // Who may not list the users calls them by their ids.
        let users = told(users).map_err(cannot("users"))?.unwrap_or_default();
        let groups = told(groups).map_err(cannot("groups"))?.unwrap_or_default();
        let sets = told(sets).map_err(cannot("group sets"))?.unwrap_or_default();

        let mut catalogue =
            Catalogue {
                users: Names::new(users.into_iter().filter_map(|user| {
                    Some((user.id?.known()?, user.name?, user.domain.and_then(|domain| domain.name)))
                })),
                groups: Names::new(groups.iter().filter_map(|group| {
                    let domain = group.domain.as_ref().and_then(|domain| domain.name.clone());
                    Some((group.id.as_ref()?.known()?, group.name.clone()?, domain))
                })),
                group_sets: Names::new(
                    sets.iter().filter_map(|set| Some((set.id.as_ref()?.known()?, set.name.clone()?, None))),
                ),
                projects: paths(&projects),
                ..Catalogue::default()
            };
        if catalogue.users.plain(id).is_none() {
            catalogue.users.add(id, &name);
        }
        let mut policy = Policy { groups: Some(BTreeMap::new()), ..Policy::default() };
        for group in groups {
            let Some(id) = group.id.and_then(|id| id.known()) else { continue };
            let role = group.minimum_site_role.or(group.import.and_then(|import| import.site_role));
            let new = Group { minimum_site_role: role.and_then(|role| role.known()), users: None };
            policy.groups.get_or_insert_default().insert(catalogue.groups.name(id), new);
        }
        let set_ids: Vec<GroupSetId> = sets.iter().filter_map(|set| set.id.as_ref()?.known()).collect();
        let filled = stream::iter(set_ids)
            .map(|id| async move { told(client.group_sets().get(id).await).map(|set| (id, set)) })
            .buffered(AT_A_TIME);
        let filled: Vec<_> = filled.try_collect().await.map_err(cannot("group sets"))?;
        policy.group_sets = Some(BTreeMap::from_iter(filled.into_iter().map(|(id, set)| {
            let groups = set.map(|set| set.group.into_iter());
            let groups =
                groups.map(|groups| groups.filter_map(|group| Some(catalogue.groups.name(group.id?.known()?))));
            (catalogue.group_sets.name(id), groups.map(Iterator::collect))
        })));
        let by_id: HashMap<ProjectId, Path> = catalogue.projects.iter().map(|(path, id)| (*id, path.clone())).collect();
        policy.projects = Some(BTreeMap::from_iter(projects.into_iter().filter_map(|project| {
            let path = by_id.get(&project.id?.known()?)?.clone();
            let owner = project.owner.and_then(|owner| owner.id?.known()).map(|id| catalogue.users.name(id));
            let content_permissions = project.content_permissions.and_then(|lock| lock.known());
            Some((path, Project { description: project.description, content_permissions, owner }))
        })));

        let groups = told(client.users().groups_all(id, &all).await).map_err(cannot("groups"))?;
        let caller = Caller {
            name: catalogue.users.name(id),
            role,
            groups: groups
                .iter()
                .flatten()
                .filter_map(|group| Some(catalogue.groups.name(group.id.as_ref()?.known()?)))
                .collect(),
            owns: BTreeSet::new(),
        };
        let mut site = Self { catalogue, policy, caller, tells_groups: groups.is_some() };
        if with_content {
            site.read_content(client, &by_id, id).await?;
        }
        Ok(site)
    }

    /// Reads what content there is.
    async fn read_content(
        &mut self,
        client: &Client,
        projects: &HashMap<ProjectId, Path>,
        caller: UserId,
    ) -> Result<(), Failure> {
        let (workbooks, datasources, flows, connections) = tokio::try_join!(
            content::<Workbooks>(client, projects),
            content::<Datasources>(client, projects),
            content::<Flows>(client, projects),
            content::<VirtualConnections>(client, projects),
        )?;
        let is_callers =
            |owner: &Option<User>| owner.as_ref().and_then(|owner| owner.id.as_ref()?.known()) == Some(caller);
        let mut add = |project: &Path, kind, name: &Option<String>, of: Option<PermissionsOf>, owner: &Option<User>| {
            let place = Place::Content(project.clone(), kind, name.clone()?);
            self.catalogue.content.insert(place.clone(), of?);
            if is_callers(owner) {
                self.caller.owns.insert(place.clone());
            }
            Some(place)
        };
        for (project, item) in datasources.iter().flatten() {
            let of = item.id.as_ref().and_then(Word::known).map(PermissionsOf::Datasource);
            add(project, ContentKind::Datasource, &item.name, of, &item.owner);
        }
        for (project, item) in flows.iter().flatten() {
            let of = item.id.as_ref().and_then(Word::known).map(PermissionsOf::Flow);
            add(project, ContentKind::Flow, &item.name, of, &item.owner);
        }
        for (project, item) in connections.iter().flatten() {
            let of = item.id.as_ref().and_then(Word::known).map(PermissionsOf::VirtualConnection);
            add(project, ContentKind::VirtualConnection, &item.name, of, &item.owner);
        }
        let mut without_tabs: Vec<(&Path, &str, WorkbookId, bool)> = Vec::new();
        for (project, item) in workbooks.iter().flatten() {
            let id = item.id.as_ref().and_then(Word::known);
            let of = id.map(PermissionsOf::Workbook);
            let place = add(project, ContentKind::Workbook, &item.name, of, &item.owner);
            match (place, id, item.show_tabs.is_some_and(|shows| shows.0)) {
                (Some(place), _, true) => drop(self.catalogue.tabbed.insert(place)),
                (Some(_), Some(id), false) => {
                    let name = item.name.as_deref().unwrap_or_default();
                    without_tabs.push((project, name, id, is_callers(&item.owner)));
                }
                _ => {}
            }
        }
        let views = stream::iter(without_tabs).map(|(project, workbook, id, owned)| async move {
            let views = client.views().of_workbook(id).await;
            let views = views.map_err(|error| {
                Failure::of_call(format!("cannot list the views of the workbook `{workbook}`"), &error)
            })?;
            Ok::<_, Failure>((project, workbook, owned, views))
        });
        let mut views = views.buffered(AT_A_TIME);
        while let Some((project, workbook, owned, views)) = views.try_next().await? {
            for view in views {
                if let (Some(id), Some(name)) = (view.id.as_ref().and_then(Word::known), view.name) {
                    let place = Place::View(project.clone(), workbook.to_owned(), name);
                    self.catalogue.content.insert(place.clone(), PermissionsOf::View(id));
                    if owned {
                        self.caller.owns.insert(place);
                    }
                }
            }
        }
        Ok(())
    }

    /// The projects of which the server says that no content of any kind lies in them. What is listed elsewhere does not tell:
    /// there are kinds of content that no method lists.
    pub async fn read_empty(&self, client: &Client) -> Result<BTreeSet<Path>, Failure> {
        let empty = match client.projects().without_content_all(&ListOptions::default()).await {
            // A server that does not know the question refuses it, in whatever words.
            Err(Error::Refused(refused)) if refused.status < 500 => Vec::new(),
            answer => {
                answer.map_err(|error| Failure::of_call("cannot ask which projects of the site are empty", &error))?
            }
        };
        let ids: HashSet<ProjectId> = empty.iter().filter_map(|project| project.id.as_ref()?.known()).collect();
        let projects = self.catalogue.projects.iter();
        Ok(projects.filter(|(_, id)| ids.contains(*id)).map(|(path, _)| path.clone()).collect())
    }

    /// Reads who is in these groups.
    pub async fn read_users(&mut self, client: &Client, groups: impl Iterator<Item = String>) -> Result<(), Failure> {
        let groups: Vec<(String, GroupId)> = groups
            .filter(|name| name != ALL_USERS)
            .filter_map(|name| self.catalogue.groups.id(&name).map(|id| (name, id)))
            .collect();
        let read = stream::iter(groups).map(|(name, id)| async move {
            let users = client.groups().users_all(id, &ListOptions::default()).await;
            let users = users
                .map_err(|error| Failure::of_call(format!("cannot list the users of the group `{name}`"), &error))?;
            Ok::<_, Failure>((name, users))
        });
        let mut read = read.buffered(AT_A_TIME);
        while let Some((name, users)) = read.try_next().await? {
            let users = users.into_iter().filter_map(|user| Some(self.catalogue.users.name(user.id?.known()?)));
            let users: BTreeSet<String> = users.collect();
            self.policy.groups.get_or_insert_default().entry(name).or_default().users = Some(users);
        }
        Ok(())
    }

    /// Reads the rules that lie in these places, as far as they are there.
    pub async fn read_rules(&self, client: &Client, places: impl IntoIterator<Item = Place>) -> Result<Read, Failure> {
        let places = places.into_iter().filter_map(|place| self.catalogue.place(&place).map(|of| (place, of)));
        let places: Vec<(Place, PermissionsOf)> = places.collect();
        let is_default = |place: &Place| matches!(place, Place::Defaults(..));
        let rules = stream::iter(places).map(|(place, of)| async move {
            let permissions = match client.permissions(of).list().await {
                // Servers word it in many ways that they have no default rules for a kind, or have them no longer.
                Err(Error::Refused(refused)) if is_default(&place) && matches!(refused.status, 400 | 410) => None,
                answer => told(answer)
                    .map_err(|error| Failure::of_call(format!("cannot list the permissions of the {place}"), &error))?,
            };
            Ok::<_, Failure>((place, permissions))
        });
        let mut rules = rules.buffered(AT_A_TIME);
        let mut read = Read::default();
        while let Some((place, permissions)) = rules.try_next().await? {
            match permissions {
                Some(permissions) => {
                    let (rules, unknown) = self.catalogue.rules(place.about(), &permissions);
                    read.unknown += unknown;
                    read.rules.insert(place, rules);
                }
                None => read.untold.push(place),
            }
        }
        Ok(read)
    }
}

/// All content of a kind that lies in projects, with where it lies; none where the caller is not told.
async fn content<K: Placed>(
    client: &Client,
    projects: &HashMap<ProjectId, Path>,
) -> Result<Option<Vec<(Path, K::Item)>>, Failure> {
    let listed = match K::room(client).list_all(&ListOptions::default()).await {
        // The server does not know the kind, and so has nothing of it.
        Err(Error::Refused(refused)) if matches!(refused.status, 404 | 405) => Some(Vec::new()),
        answer => {
            told(answer).map_err(|error| Failure::of_call(format!("cannot list the {}", K::SHAPE.things), &error))?
        }
    };
    let placed = |item: K::Item| {
        let project = K::project(&item)?.id.as_ref()?.known()?;
        Some((projects.get(&project)?.clone(), item))
    };
    Ok(listed.map(|listed| listed.into_iter().filter_map(placed).collect()))
}

/// The caller: id, name, role.
async fn who(client: &Client) -> Result<(UserId, String, Option<SiteRole>), Error> {
    let known = |role: Option<Word<SiteRole>>| role.and_then(|role| role.known());
    match client.sessions().current().await {
        Ok(session) => Ok((session.user.id, session.user.name, known(session.user.site_role))),
        // Servers before API 3.1, and sessions of a JSON web token that does not cover it, may still show the user.
        Err(error) if error.refused().is_some() => {
            let id = client.session().await?.user_id;
            let user = client.users().get(id).await.map_err(|_| error)?;
            Ok((id, user.name.unwrap_or_else(|| id.to_string()), known(user.site_role)))
        }
        Err(error) => Err(error),
    }
}

/// An answer; none where the caller may not have it, or the server does not know the method.
fn told<T>(answer: Result<T, Error>) -> Result<Option<T>, Error> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.refused().is_some_and(|refused| matches!(refused.status, 403..=405)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The paths of projects. One in a project that the caller does not see begins with that one's id.
fn paths(projects: &[tavola_client::api::projects::Project]) -> BTreeMap<Path, ProjectId> {
    let known: HashMap<ProjectId, _> =
        projects.iter().filter_map(|project| Some((project.id.as_ref()?.known()?, project))).collect();
    let path = |id: ProjectId| {
        let mut names = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next {
            // A ring would go on for ever.
            let project = known.get(&id).filter(|_| names.len() <= known.len());
            names.push(project.and_then(|project| project.name.clone()).unwrap_or_else(|| id.to_string()));
            next = project.and_then(|project| project.parent_project_id.as_ref()?.known());
        }
        names.reverse();
        Path(names)
    };
    known.keys().map(|id| (path(*id), *id)).collect()
}
