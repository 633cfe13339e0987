//! What the engine's process may reach: its own folders, the system's libraries, and no network.

use std::path::Path;

/// How far a process is kept to what it may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sandbox {
    /// It reaches nothing else.
    Full,
    /// The system's kernel is older than some of the restrictions.
    Partial,
    /// The system has none.
    None,
}

/// What a process may reach.
#[derive(Debug)]
pub struct Reach<'a> {
    /// Folders that it may read, and run programs from.
    pub read: &'a [&'a Path],
    /// Folders in which it may do anything.
    pub write: &'a [&'a Path],
}

/// Restricts this thread, and what it starts from now on, for good. Other threads stay as they are.
#[cfg(target_os = "linux")]
pub fn enter(reach: &Reach<'_>) -> std::io::Result<Sandbox> {
    use landlock::{
        ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
        RulesetStatus, Scope, path_beneath_rules,
    };

    const NEWEST: ABI = ABI::V6;
    let restrict = || {
        Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(NEWEST))?
            .handle_access(AccessNet::from_all(NEWEST))?
            .scope(Scope::from_all(NEWEST))?
            .create()?
            .add_rules(path_beneath_rules(reach.read, AccessFs::from_read(NEWEST)))?
            .add_rules(path_beneath_rules(reach.write, AccessFs::from_all(NEWEST)))?
            .restrict_self()
    };
    let status = restrict().map_err(std::io::Error::other)?;
    Ok(match status.ruleset {
        RulesetStatus::FullyEnforced => Sandbox::Full,
        RulesetStatus::PartiallyEnforced => Sandbox::Partial,
        RulesetStatus::NotEnforced => Sandbox::None,
    })
}

/// Restricts nothing: this system has no such thing.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "as on Linux, where it may fail")]
pub fn enter(_: &Reach<'_>) -> std::io::Result<Sandbox> {
    Ok(Sandbox::None)
}
