//! What the rules come to for one user and one piece of content, and why.

use std::collections::BTreeMap;

use tavola_model::{Capability, ContentKind, Decision, Grantee, ProjectId, UserId};

use super::{Asker, Place, Subject, grant, rules};
use crate::{
    Actor, Error, Store,
    sql::{Db, statements, values},
    users::{self, User},
};

statements! {
    NAME_OF_PROJECT = "SELECT name FROM projects WHERE id = $1";
    NAME_OF_ITEM = "SELECT name FROM items WHERE id = $1";
}

/// What a user may do with content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// The user. Who asked and is no administrator is told their name and role.
    pub user: User,
    /// The content.
    pub subject: Subject,
    /// The content whose rules hold: it itself, the project that decides, or the workbook of a view.
    pub rules_of: Subject,
    /// Each capability that content of the kind has, and what decides about it.
    pub decisions: Vec<(Capability, Decision)>,
    /// The names of the grantees of the rules that decide.
    pub grantees: BTreeMap<Grantee, String>,
    /// The names of the projects that decide because the user has the say in them.
    pub projects: BTreeMap<ProjectId, String>,
}

/// What a user may do with content that the actor sees: the actor, or another user for those who may change what rules lie
/// on it.
pub async fn effective(
    store: &Store,
    actor: &Actor,
    kind: ContentKind,
    id: &str,
    user: Option<UserId>,
) -> Result<Effective, Error> {
    let (actor, place) = (actor.clone(), Place::own(kind, id));
    store.scan(move |db| explain(db, &actor, &place, user.unwrap_or(actor.user_id()))).await
}

fn explain(db: &mut Db<'_>, actor: &Actor, place: &Place, user: UserId) -> Result<Effective, Error> {
    let found = rules::find(db, actor, place)?;
    if user != actor.user_id() {
        let needed = match place.kind {
            ContentKind::Project => Capability::ProjectLeader,
            _ => Capability::ChangePermissions,
        };
        grant(db, actor, &found.item, needed, ())?;
    }
    let user = users::see(db, actor, user)?;
    // An actor's rights are those of the session at hand.
    let asker = if user.id == actor.user_id() { Asker::from(actor) } else { Asker::from(&user) };
    let lead = asker.lead(db, found.item.project)?;
    let mut decisions = Vec::new();
    let (mut grantees, mut projects) = (BTreeMap::new(), BTreeMap::new());
    for (capability, _) in place.kind.capabilities() {
        let decision = asker.decision(db, &found.item, lead, *capability)?;
        if let Some(rule) = decision.rule().filter(|rule| !grantees.contains_key(&rule.grantee)) {
            grantees.insert(rule.grantee, rules::stored_name(db, actor.site_id(), rule.grantee)?);
        }
        if let Some(project) = decision.led_project().filter(|project| !projects.contains_key(project)) {
            projects.insert(project, db.query_one(NAME_OF_PROJECT, values![project])?.take()?);
        }
        decisions.push((*capability, decision));
    }
    let (subject, item) = (found.subject, found.item);
    let rules_of = if item.rules_of == subject.id {
        subject.clone()
    } else if item.locked {
        let name = db.query_one(NAME_OF_PROJECT, values![&item.rules_of])?.take()?;
        Subject { kind: ContentKind::Project, id: item.rules_of, name, owner_id: None }
    } else {
        let name = db.query_one(NAME_OF_ITEM, values![&item.rules_of])?.take()?;
        Subject { kind: item.rules_about, id: item.rules_of, name, owner_id: None }
    };
    Ok(Effective { user, subject, rules_of, decisions, grantees, projects })
}
