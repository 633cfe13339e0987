//! Many users at once, by a file of comma-separated values: added or changed, or removed. The work is a job.
//!
//! Each line obeys the rules of adding, changing or removing that one user; one that they refuse is counted, reported by
//! its number, and stops no other. A slice of lines is one change of the database, so what a job says it has done is done.

use std::{collections::HashMap, sync::Arc, time::Duration};

use tavola_model::{AuthSetting, FinishCode, JobId, JobType, SiteRole, StatusNoteType, UserName};

use super::{
    NewUser, User, UserChange,
    add::add_now,
    lookup, lookup_account,
    remove::remove_now,
    rules,
    update::update_now,
    user_list::{Line, Row, UserList},
};
use crate::{
    Actor, Conflict, Error, Missing, Refusal, Store, accounts,
    jobs::{self, Job, Note, Work},
    passwords, random,
    sql::{Db, Tx},
};

/// Lines that are one change of the database.
const SLICE: usize = 100;

/// The most lines that are checked without being imported.
const MOST_CHECKED: u64 = 20_000;

/// Refused lines whose reasons are told.
const MOST_REASONS: usize = 100;

/// How long the database may be away, in tries of twice the wait each.
const TRIES: u32 = 5;

/// How a user signs in, where the file does not say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SignInWay {
    /// How the user proves who they are.
    pub auth_setting: Option<AuthSetting>,
    /// Which identity provider.
    pub idp_configuration_id: Option<String>,
}

/// How the users of a file sign in, where the file does not say.
#[derive(Debug, Clone, Default)]
pub struct SignInWays {
    everyone: SignInWay,
    by_name: HashMap<String, SignInWay>,
}

impl SignInWays {
    /// Sets the way of one user, or, without a name, of all who are not named.
    pub fn set(&mut self, name: Option<&str>, way: SignInWay) {
        match name {
            Some(name) => drop(self.by_name.insert(accounts::key(name), way)),
            None => self.everyone = way,
        }
    }

    fn of(&self, name: &str) -> &SignInWay {
        self.by_name.get(&accounts::key(name)).unwrap_or(&self.everyone)
    }
}

/// Begins to add the users of a file to the actor's site.
///
/// Who is on the site already gets the file's role, full name, e-mail address and authentication, as far as the file has
/// them. A password in the file is for an account that the import makes: one that exists keeps its own. So a file may be
/// imported again.
pub async fn import_csv(store: &Store, actor: &Actor, file: Vec<u8>, ways: SignInWays) -> Result<Job, Error> {
    begin(store, actor, file, Task::Import(ways)).await
}

/// Begins to remove the users whom a file names from the actor's site. Who owns content stays, and so does the actor.
pub async fn remove_csv(store: &Store, actor: &Actor, file: Vec<u8>) -> Result<Job, Error> {
    begin(store, actor, file, Task::Remove).await
}

/// Begins to find out what [`import_csv`] of the same would come to. The job's notes say it; nothing is changed.
///
/// All lines are tried in one change of the database, which is then taken back: a line sees what those before it would have
/// done. Others who write wait meanwhile, so there may be at most as many lines as 20,000.
pub async fn check_csv(store: &Store, actor: &Actor, file: Vec<u8>, ways: SignInWays) -> Result<Job, Error> {
    begin(store, actor, file, Task::Check(ways)).await
}

enum Task {
    Import(SignInWays),
    Check(SignInWays),
    Remove,
}

async fn begin(store: &Store, actor: &Actor, file: Vec<u8>, task: Task) -> Result<Job, Error> {
    let before = actor.clone();
    store.read(move |db| rules::may_manage(db, &before)).await?;
    let place = store.0.jobs.place()?;
    let (list, lines) = crate::blocking(move || UserList::open(file)).await?;
    if matches!(task, Task::Check(_)) && lines > MOST_CHECKED {
        return Err(Error::invalid(format!("a file of more than {MOST_CHECKED} lines is not checked")));
    }
    let id = JobId::from_random_bytes(random::bytes());
    let by = actor.clone();
    // The schema has no word for a removal; this is its one word for users of a site in a file.
    let job = store.write(move |tx| jobs::insert(tx, &by, id, JobType::CreateSiteUsersCsv, lines)).await?;
    let run = Run { work: Work::new(store.clone(), id), actor: actor.clone(), task: Arc::new(task), lines };
    store.0.jobs.spawn(place, run.work_through(list));
    Ok(job)
}

/// A job of this kind at work.
struct Run {
    work: Work,
    actor: Actor,
    task: Arc<Task>,
    lines: u64,
}

/// The job was told to stop while a line was made ready.
struct Stopped;

/// A line that is ready to become a change.
struct Ready {
    line: Line,
    password_hash: Option<String>,
}

impl Run {
    async fn work_through(mut self, mut list: UserList) {
        let mut tally = Tally::default();
        loop {
            let (slice, end) = self.next_slice(&mut list).await;
            match self.write(&tally, slice, end).await {
                Ok(now) => tally = now,
                Err(problem) => return self.give_up(tally, &problem).await,
            }
            if end.is_some() {
                return;
            }
        }
    }

    /// The next lines with what takes long done, and how the job ends with them, if it does.
    async fn next_slice(&mut self, list: &mut UserList) -> (Vec<Ready>, Option<FinishCode>) {
        let mut slice = Vec::new();
        let most = if matches!(*self.task, Task::Check(_)) { usize::MAX } else { SLICE };
        while slice.len() < most {
            if self.work.must_stop() {
                return (slice, Some(FinishCode::Failed));
            }
            let Some(line) = list.next() else { return (slice, Some(FinishCode::Success)) };
            match self.password_hash(&line).await {
                Ok(password_hash) => slice.push(Ready { line, password_hash }),
                Err(Stopped) => return (slice, Some(FinishCode::Failed)),
            }
        }
        (slice, None)
    }

    /// The hash of a new account's password. One after the other, so that those who sign in find a thread that is free.
    async fn password_hash(&mut self, line: &Line) -> Result<Option<String>, Stopped> {
        let (Task::Import(_), Ok(Row { password: Some(password), .. })) = (&*self.task, &line.row) else {
            return Ok(None);
        };
        let key = accounts::key(&line.name);
        let exists = self.work.store().read(move |db| accounts::find_by_key(db, &key)).await;
        if matches!(exists, Ok(Some(_))) || passwords::check(password).is_err() {
            return Ok(None);
        }
        loop {
            self.work.beat().await;
            match self.work.store().0.passwords.hash(password).await {
                Ok(hash) => return Ok(Some(hash)),
                Err(_) if self.work.must_stop() => return Err(Stopped),
                Err(_) => self.work.wait(Duration::from_millis(200)).await,
            }
        }
    }

    /// Makes a slice's changes and writes down how far the job is with them.
    async fn write(&mut self, before: &Tally, slice: Vec<Ready>, end: Option<FinishCode>) -> Result<Tally, Error> {
        let slice = Arc::new(slice);
        let mut tries = 0;
        loop {
            let (actor, task, slice, before) = (self.actor.clone(), self.task.clone(), slice.clone(), before.clone());
            let (id, lines) = (self.work.id(), self.lines);
            let written = self.work.store().write(move |tx| {
                still_may(tx, &actor)?;
                let mut tally = before.clone();
                if matches!(*task, Task::Check(_)) {
                    let mut outcome = Ok(());
                    let all = |tx: &mut Tx<'_>| {
                        outcome = tally.change_all(tx, &actor, &task, &slice);
                        // Takes all of it back.
                        Err::<(), _>(Error::invalid("this was to try it"))
                    };
                    tx.attempt(all)?.ok();
                    outcome?;
                } else {
                    tally.change_all(tx, &actor, &task, &slice)?;
                }
                let mut notes = tally.notes(&task);
                if end == Some(FinishCode::Failed) {
                    jobs::broke_off(&mut notes, jobs::SERVER_STOPPED, tally.processed, lines);
                }
                jobs::record(tx, id, tally.processed, &notes, end)?;
                Ok(tally)
            });
            match written.await {
                Err(Error::Unavailable(_)) if tries < TRIES && !self.work.must_stop() => {
                    self.work.wait(Duration::from_secs(1 << tries)).await;
                    tries += 1;
                }
                outcome => {
                    self.work.was_written();
                    return outcome;
                }
            }
        }
    }

    /// Ends the job before its time.
    async fn give_up(self, tally: Tally, problem: &Error) {
        let id = self.work.id();
        tracing::warn!(job = %id, %problem, "a job broke off");
        let mut notes = tally.notes(&self.task);
        jobs::broke_off(&mut notes, &problem.to_string(), tally.processed, self.lines);
        let end =
            self.work.store().write(move |tx| jobs::record(tx, id, tally.processed, &notes, Some(FinishCode::Failed)));
        if let Err(problem) = end.await {
            // Its silence will tell.
            tracing::warn!(job = %id, %problem, "the end of a job was not written down");
        }
    }
}

/// Refuses to go on for someone who has lost the rights that the job was begun with.
fn still_may(db: &mut Db<'_>, actor: &Actor) -> Result<(), Error> {
    let may = lookup(db, actor.site_id(), actor.user_id())?.is_some_and(|user| {
        user.site_role.administers_site() && (user.server_administrator || !actor.is_server_administrator())
    });
    if !may {
        return Err(Error::Forbidden(Refusal::NotSiteAdministrator));
    }
    rules::may_manage(db, actor)
}

/// What became of a line.
enum Outcome {
    Added,
    Kept { new_role: bool, new_information: bool },
    Removed,
}

/// Makes a line's change, or says why not. The outer error is of all of the slice.
fn change(tx: &mut Tx<'_>, actor: &Actor, task: &Task, ready: &Ready) -> Result<Result<Outcome, Error>, Error> {
    let name = &ready.line.name;
    match (task, &ready.line.row) {
        (Task::Import(_) | Task::Check(_), Err(problem)) => Ok(Err(Error::invalid(*problem))),
        (Task::Import(ways), Ok(row)) => {
            tx.attempt(|tx| import(tx, actor, name, row, ways.of(name), ready.password_hash.as_deref()))
        }
        // What a password comes to is the same for all; to hash it takes long.
        (Task::Check(ways), Ok(row)) => tx.attempt(|tx| import(tx, actor, name, row, ways.of(name), Some(""))),
        // Of a line to remove the name alone counts.
        (Task::Remove, _) => tx.attempt(|tx| remove(tx, actor, name)),
    }
}

fn user_name(name: &str) -> Result<UserName, Error> {
    let name = name.parse().map_err(|problem: tavola_model::InvalidName| Error::invalid(problem.to_string()))?;
    accounts::local_name(&name)
}

fn import(
    tx: &mut Tx<'_>,
    actor: &Actor,
    name: &str,
    row: &Row,
    way: &SignInWay,
    password_hash: Option<&str>,
) -> Result<Outcome, Error> {
    let name = user_name(name)?;
    if name.as_str().eq_ignore_ascii_case("guest") {
        return Err(Error::invalid("the user Guest cannot be added"));
    }
    if let Some(email) = &row.email {
        // Not in the words of the check, which repeat it.
        accounts::check_email(email).map_err(|_| Error::invalid("the e-mail address is not one"))?;
    }
    let auth_setting = row.auth_setting.or(way.auth_setting);
    let account = accounts::find_by_key(tx, &name.key())?;
    let user = match &account {
        Some(account) => lookup_account(tx, actor.site_id(), account.id)?,
        None => None,
    };
    let Some(user) = user else {
        let new = NewUser {
            auth_setting,
            email: row.email.clone(),
            full_name: row.full_name.clone(),
            password: row.password.clone().filter(|_| account.is_none()),
            idp_configuration_id: way.idp_configuration_id.clone(),
            ..NewUser::new(name, row.site_role.unwrap_or(SiteRole::Unlicensed))
        };
        new.check()?;
        rules::may_give(actor, new.site_role)?;
        if new.password.is_some() && password_hash.is_none() {
            // The account was there when the password would have been hashed.
            return Err(Error::Conflict(Conflict::UserChangedMeanwhile));
        }
        add_now(tx, actor, &new, password_hash.filter(|_| new.password.is_some()))?;
        return Ok(Outcome::Added);
    };
    let change = UserChange {
        full_name: row.full_name.clone(),
        email: row.email.clone(),
        site_role: row.site_role,
        auth_setting,
        idp_configuration_id: way.idp_configuration_id.clone(),
        ..UserChange::default()
    };
    change.check()?;
    let changed = update_now(tx, actor, user.id, &change, None)?;
    let new_role = changed.site_role != user.site_role;
    // Beside the role, and when that was.
    let as_before = User { site_role: user.site_role, updated_at: user.updated_at, ..changed };
    let as_before = User { server_administrator: user.server_administrator, ..as_before };
    Ok(Outcome::Kept { new_role, new_information: as_before != user })
}

fn remove(tx: &mut Tx<'_>, actor: &Actor, name: &str) -> Result<Outcome, Error> {
    let unknown = || Error::NotFound(Missing::User(name.to_owned()));
    let name = user_name(name)?;
    let account = accounts::find_by_key(tx, &name.key())?.ok_or_else(unknown)?;
    let user = lookup_account(tx, actor.site_id(), account.id)?.ok_or_else(unknown)?;
    if user.id == actor.user_id() {
        return Err(Error::invalid("nobody removes themselves by a file"));
    }
    remove_now(tx, actor, user.id, None)?;
    Ok(Outcome::Removed)
}

/// What became of the lines so far.
#[derive(Clone, Default)]
struct Tally {
    processed: u64,
    added: u64,
    new_roles: u64,
    new_information: u64,
    removed: u64,
    skipped: u64,
    without_licence: u64,
    reasons: Vec<String>,
}

impl Tally {
    /// Makes the changes of some lines, and counts what became of them.
    fn change_all(&mut self, tx: &mut Tx<'_>, actor: &Actor, task: &Task, lines: &[Ready]) -> Result<(), Error> {
        for ready in lines {
            self.add(&ready.line, change(tx, actor, task, ready)?);
        }
        Ok(())
    }

    fn add(&mut self, line: &Line, outcome: Result<Outcome, Error>) {
        self.processed += 1;
        match outcome {
            Ok(Outcome::Added) => self.added += 1,
            Ok(Outcome::Kept { new_role, new_information }) => {
                self.new_roles += u64::from(new_role);
                self.new_information += u64::from(new_information);
            }
            Ok(Outcome::Removed) => self.removed += 1,
            Err(problem) => {
                self.skipped += 1;
                self.without_licence += u64::from(matches!(problem, Error::Conflict(Conflict::UserQuota(_))));
                if self.reasons.len() < MOST_REASONS {
                    // Long enough for any name that could be one.
                    let name: String = line.name.chars().take(300).collect();
                    self.reasons.push(format!("line {}: `{name}`: {problem}", line.number));
                }
            }
        }
    }

    fn notes(&self, task: &Task) -> Vec<Note> {
        use StatusNoteType::*;
        let note = |note_type, value| Note { note_type, value, text: None };
        let mut reasons = self.reasons.join("\n");
        if self.skipped > self.reasons.len() as u64 {
            reasons.push_str(&format!("\nand {} more lines", self.skipped - self.reasons.len() as u64));
        }
        let skipped =
            Note { text: Some(reasons).filter(|text| !text.is_empty()), ..note(CountOfUsersSkipped, self.skipped) };
        match task {
            Task::Import(_) | Task::Check(_) => {
                let mut notes = vec![
                    note(CountOfUsersProcessed, self.processed),
                    note(CountOfUsersAddedToSite, self.added),
                    note(CountOfUsersSiteRoleUpdated, self.new_roles),
                    note(CountOfUsersInformationUpdated, self.new_information),
                    skipped,
                ];
                if self.without_licence > 0 {
                    notes.push(note(CountOfUsersWithInsufficientLicenses, self.without_licence));
                }
                notes
            }
            Task::Remove => {
                // The schema has no word for this count.
                let removed = match self.removed {
                    1 => "1 user was removed from the site".to_owned(),
                    removed => format!("{removed} users were removed from the site"),
                };
                vec![Note { text: Some(removed), ..note(CountOfUsersProcessed, self.processed) }, skipped]
            }
        }
    }
}
