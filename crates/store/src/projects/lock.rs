//! Locks: a project that decides about permissions for all that is in it.
//!
//! A lock with nested projects reaches down to all of them; they are locked too, by the same project, and cannot leave.
//! What gets free keeps the rules that held until then, as its own.

use std::collections::HashMap;

use tavola_model::{ContentPermissions, ProjectId};

use crate::{
    Error, items, permissions,
    sql::{Db, Row, Tx, statements, values},
};

statements! {
    FIND = "SELECT id, parent_id, content_permissions, controlling_id FROM projects WHERE id = $1";
    FIND_BELOW = "SELECT p.id, p.parent_id, p.content_permissions, p.controlling_id FROM project_ancestors a \
        JOIN projects p ON p.id = a.project_id WHERE a.ancestor_id = $1 ORDER BY a.depth";
    SET = "UPDATE projects SET content_permissions = $2, controlling_id = $3 WHERE id = $1";
}

/// Who decides in a project, and the project whose rules hold if it is locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lock {
    pub content_permissions: ContentPermissions,
    pub controlling: Option<ProjectId>,
}

impl Lock {
    /// The lock of the project `id` that would have it so, in a place where this one holds.
    pub(super) fn below(outer: Option<Self>, id: ProjectId, wanted: ContentPermissions) -> Self {
        match outer {
            Some(outer) if outer.content_permissions == ContentPermissions::LockedToProject => outer,
            _ => Self {
                content_permissions: wanted,
                controlling: (wanted != ContentPermissions::ManagedByOwner).then_some(id),
            },
        }
    }
}

struct Node {
    id: ProjectId,
    parent: Option<ProjectId>,
    lock: Lock,
}

fn read(row: &mut Row) -> Result<Node, Error> {
    Ok(Node {
        id: row.take()?,
        parent: row.take()?,
        lock: Lock { content_permissions: row.take()?, controlling: row.take()? },
    })
}

/// The lock of a project.
pub(super) fn find(db: &mut Db<'_>, id: ProjectId) -> Result<Lock, Error> {
    read(&mut db.query_one(FIND, values![id])?).map(|node| node.lock)
}

/// Sets who decides in a project, as far as the one it lies in lets it, and brings what lies in it into line.
pub(super) fn set(tx: &mut Tx<'_>, project: ProjectId, wanted: ContentPermissions) -> Result<(), Error> {
    let mut locks: HashMap<ProjectId, Lock> = HashMap::new();
    for mut row in tx.query(FIND_BELOW, values![project])? {
        let node = read(&mut row)?;
        let outer = match node.parent {
            None => None,
            Some(parent) => match locks.get(&parent) {
                Some(lock) => Some(*lock),
                None => Some(find(tx, parent)?),
            },
        };
        let was_locked_from_above = node.lock.controlling.is_some_and(|controlling| controlling != node.id);
        let wanted = if node.id == project {
            wanted
        } else if was_locked_from_above {
            ContentPermissions::ManagedByOwner
        } else {
            node.lock.content_permissions
        };
        let lock = Lock::below(outer, node.id, wanted);
        if lock != node.lock {
            let is_locked_from_above = lock.controlling.is_some_and(|controlling| controlling != node.id);
            if let (Some(before), true, false) = (node.lock.controlling, was_locked_from_above, is_locked_from_above) {
                permissions::copy(tx, before, node.id)?;
            }
            if let (Some(before), None) = (node.lock.controlling, lock.controlling) {
                items::free_all(tx, before, node.id)?;
            }
            tx.execute(SET, values![node.id, lock.content_permissions, lock.controlling])?;
        }
        locks.insert(node.id, lock);
    }
    Ok(())
}
