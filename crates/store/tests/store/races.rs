//! Rights that are taken away while many threads use them: once that is acknowledged, nobody gets through who comes after it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread::{self, JoinHandle},
};

use tavola_model::{
    Capability::{ProjectLeader, Read, Write},
    ContentKind, Grantee, ListQuery,
    PermissionMode::Allow,
    ProjectId, SiteRole, UserId,
};
use tavola_store::{
    Error, Origin, Store, groups,
    permissions::{self, LaidRule, Place},
    projects::{self, NewProject, ProjectChange},
    sessions::{self, SessionRef},
    users::{self, UserChange},
};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::{groups::make, world::World};

/// How many threads do each of the things below.
const OF_EACH: usize = 3;
/// How often each thread has to be refused before that is believed.
const REFUSALS: usize = 5;

/// What a thread does again and again, each time as a request does it: from the token on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Looks at the project.
    Get,
    /// Looks for it in the list.
    List,
    /// Gives it another description.
    Change,
}

/// One try.
struct Tried {
    thread: usize,
    using: Use,
    /// Whether it began after the right was taken away.
    late: bool,
    through: bool,
}

/// Threads that use a project by the token of one user, until this is dropped.
struct Crowd {
    tries: UnboundedReceiver<Tried>,
    revoked: Arc<AtomicBool>,
    stopped: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

async fn is_through(store: &Store, token: &str, project: ProjectId, using: Use, number: usize) -> Option<bool> {
    let actor = match sessions::authenticate(store, token, Origin::default()).await {
        Ok(actor) => actor,
        Err(sessions::AuthenticateError::NotSignedIn) => return Some(false),
        Err(_) => return None,
    };
    let answer = match using {
        Use::Get => projects::get(store, &actor, project).await.map(|_| true),
        Use::List => {
            let list = projects::list(store, &actor, &ListQuery::default(), false).await;
            list.map(|list| list.items.iter().any(|found| found.id == project))
        }
        Use::Change => {
            let change = ProjectChange { description: Some(number.to_string()), ..ProjectChange::default() };
            projects::update(store, &actor, project, change).await.map(|_| true)
        }
    };
    match answer {
        Ok(through) => Some(through),
        Err(Error::NotFound(_) | Error::Forbidden(_)) => Some(false),
        // A database that is asked too much says nothing about rights.
        Err(Error::Unavailable(_)) => None,
        Err(error) => panic!("{using:?}: {error}"),
    }
}

impl Crowd {
    fn gather(store: &Store, token: &str, project: ProjectId) -> Self {
        let (told, tries) = unbounded_channel();
        let (revoked, stopped) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let uses = [Use::Get, Use::List, Use::Change].repeat(OF_EACH);
        let threads = uses.into_iter().enumerate().map(|(thread, using)| {
            let (store, token, told) = (store.clone(), token.to_owned(), told.clone());
            let (revoked, stopped) = (revoked.clone(), stopped.clone());
            thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(async {
                    for number in 0.. {
                        if stopped.load(SeqCst) {
                            break;
                        }
                        let late = revoked.load(SeqCst);
                        let through = is_through(&store, &token, project, using, number * 100 + thread).await;
                        if let Some(through) = through {
                            told.send(Tried { thread, using, late, through }).ok();
                        }
                    }
                });
            })
        });
        let threads = threads.collect();
        Self { tries, revoked, stopped, threads }
    }

    /// Takes the right away in the midst of its use, by a change that is over when it is acknowledged.
    async fn see_it_end(mut self, case: &str, revoke: impl AsyncFnOnce()) {
        let mut used = vec![0_usize; self.threads.len()];
        while used.contains(&0) {
            let tried = self.tries.recv().await.unwrap();
            assert!(tried.through, "{case}: {:?} is refused while it is allowed", tried.using);
            used[tried.thread] += 1;
        }
        revoke().await;
        self.revoked.store(true, SeqCst);
        let mut refused = vec![0_usize; self.threads.len()];
        while refused.iter().any(|times| *times < REFUSALS) {
            let tried = self.tries.recv().await.unwrap();
            if tried.late {
                assert!(!tried.through, "{case}: {:?} gets through after the end", tried.using);
                refused[tried.thread] += 1;
            }
        }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.stopped.store(true, SeqCst);
        for thread in self.threads.drain(..) {
            assert!(thread.join().is_ok() || thread::panicking());
        }
    }
}

/// A project that nobody may see, and a user with a token.
async fn closed_project(world: &World) -> (ProjectId, Place, UserId, String) {
    let (store, root) = (&world.store, &world.root);
    let project = projects::create(store, root, NewProject::new("Closed".parse().unwrap())).await.unwrap().id;
    let place = Place::own(ContentKind::Project, project.to_string());
    permissions::replace(store, root, place.clone(), Vec::new()).await.unwrap();
    let user = world.add(root, "ann", SiteRole::Creator).await.unwrap().id;
    let token = world.sign_in("ann", "").await.unwrap().token;
    (project, place, user, token)
}

fn leads(grantee: Grantee) -> Vec<LaidRule> {
    [ProjectLeader, Read, Write].map(|capability| LaidRule { grantee, capability, mode: Allow }).to_vec()
}

on_both! {
    async fn nobody_gets_through_by_a_rule_that_is_gone(world) {
        let (store, root) = (&world.store, &world.root);
        let (project, place, user, token) = closed_project(world).await;
        for round in 0..3 {
            permissions::add(store, root, place.clone(), leads(Grantee::User(user))).await.unwrap();
            let mut left = String::new();
            Crowd::gather(store, &token, project)
                .see_it_end(&format!("round {round}"), async || {
                    permissions::replace(store, root, place.clone(), Vec::new()).await.unwrap();
                    left = projects::get(store, root, project).await.unwrap().description;
                })
                .await;
            // Not even what had begun before: the rule is asked for in the transaction that writes.
            assert_eq!(projects::get(store, root, project).await.unwrap().description, left);
        }
    }

    async fn nobody_gets_through_by_a_group_that_they_left(world) {
        let (store, root) = (&world.store, &world.root);
        let (project, place, user, token) = closed_project(world).await;
        let group = make(world, "Leaders").await.id;
        permissions::add(store, root, place, leads(Grantee::Group(group))).await.unwrap();
        for round in 0..3 {
            groups::add_user(store, root, group, user).await.unwrap();
            let mut left = String::new();
            Crowd::gather(store, &token, project)
                .see_it_end(&format!("round {round}"), async || {
                    groups::remove_user(store, root, group, user).await.unwrap();
                    left = projects::get(store, root, project).await.unwrap().description;
                })
                .await;
            assert_eq!(projects::get(store, root, project).await.unwrap().description, left);
        }
    }

    async fn nobody_gets_through_by_a_role_or_a_session_that_they_lost(world) {
        let (store, root) = (&world.store, &world.root);
        let (project, place, user, token) = closed_project(world).await;
        // As an administrator, who needs no rule.
        let become_role = async |role: SiteRole| {
            let change = UserChange { site_role: Some(role), ..UserChange::default() };
            users::update(store, root, user, change).await.unwrap();
        };
        for role in [SiteRole::Creator, SiteRole::Viewer, SiteRole::Unlicensed] {
            become_role(SiteRole::SiteAdministratorCreator).await;
            let token = world.sign_in("ann", "").await.unwrap().token;
            Crowd::gather(store, &token, project).see_it_end(role.as_str(), async || become_role(role).await).await;
        }
        become_role(SiteRole::Creator).await;
        assert!(!world.is_signed_in(&token).await);
        permissions::add(store, root, place, leads(Grantee::User(user))).await.unwrap();
        let token = world.sign_in("ann", "").await.unwrap().token;
        Crowd::gather(store, &token, project)
            .see_it_end("a session that was ended", async || {
                sessions::end(store, root, SessionRef::Token(&token)).await.unwrap();
            })
            .await;
        let token = world.sign_in("ann", "").await.unwrap().token;
        Crowd::gather(store, &token, project)
            .see_it_end("a user who was removed", async || {
                users::remove(store, root, user, Some(root.user_id())).await.unwrap();
            })
            .await;
    }
}
