//! A site's permissions as a file: written, compared, and made so.

use std::{
    cell::{Cell, RefCell},
    path::PathBuf,
};

use clap::Args;
use serde_json::Value;
use tavola_client::{Client, model::ContentKind};

use super::{
    apply::Work,
    catalogue::Catalogue,
    change::Change,
    export,
    file::{Document, Mistake},
    lock_out::locked_out,
    plan::{self, Prune},
    policy::{Place, Policy},
    site::Site,
};
use crate::{
    Failure,
    arguments::Global,
    connection::Connection,
    input,
    output::{Output, printable},
    secrets,
};

/// What `export` says of the file it writes.
pub const EXPORT_HELP: &str = "\
The file holds groups, group sets and projects with their rules, all by name, in an order that never changes. What a \
project that is locked from above, or content in a locked project, has to obey stands at the project that locks it.

    [[group]]
    name = \"Finance\"
    minimum-site-role = \"Explorer\"

    [[project]]
    path = \"Finance/Reports\"
    content-permissions = \"LockedToProject\"
    owner = \"ann\"
    rules = [
        { group = \"Finance\", allow = [\"Read\"] },
        { user = \"bob\", allow = [\"Read\", \"Write\"] },
    ]

    [project.defaults]
    workbook = [
        { group = \"Finance\", allow = [\"Read\", \"Filter\"], deny = [\"ExportData\"] },
    ]

Example: tavola permissions export permissions.toml --members";

/// What `diff` says of its exit codes.
pub const DIFF_HELP: &str = "\
Each line is a change: + adds, ~ changes, - removes. Exit codes: 0 there is nothing to do, 1 there is something to do, \
2 it cannot be told.

Example: tavola permissions diff permissions.toml --prune";

/// What `apply` says of what it does.
pub const APPLY_HELP: &str = "\
Locks are loosened first and tightened when the rules are there; what is given comes before what is taken. The first change \
that cannot be made ends it; the same command goes on from there, for what is so already is not done again. A project that \
the file makes has the rules of the file alone, where the file has such.

Example: tavola permissions apply permissions.toml --dry-run";

/// The arguments of `permissions export`.
#[derive(Debug, Args)]
pub struct ExportArguments {
    /// The file to write; standard output if none is given, or `-`
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Write who is in each group, too
    #[arg(long)]
    members: bool,
    /// Write the rules of workbooks, views, data sources, flows and virtual connections, too
    #[arg(long)]
    content: bool,
}

/// The arguments of `permissions diff`.
#[derive(Debug, Args)]
pub struct DiffArguments {
    /// The file that says what is wanted, or `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    prune: PruneFlag,
}

/// Whether what is not in the file goes.
#[derive(Debug, Args)]
struct PruneFlag {
    /// Remove what the file has a list for and lacks: rules, users of groups, groups and group sets, and projects that
    /// hold nothing. Never users of the site, never content
    ///
    /// A `rules` or a kind under `defaults` is such a list, and so are `users`, `groups`, and all tables of a kind together.
    /// Projects are removed for administrators alone, and only where the server itself says that nothing lies in them, as
    /// Tavola servers do. On others they stay: there are kinds of content that cannot be listed.
    #[arg(long)]
    prune: bool,
}

/// The arguments of `permissions apply`.
#[derive(Debug, Args)]
pub struct ApplyArguments {
    /// The file that says what is wanted, or `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    prune: PruneFlag,
    /// Show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Do it even if you could not change some permissions any more that you can change now
    #[arg(long)]
    even_if_locked_out: bool,
}

/// What is to be done, and what there is.
struct Prepared {
    changes: Vec<Change>,
    catalogue: Catalogue,
    locked_out: Vec<Place>,
    /// Whether the groups of the caller, who is no administrator, are not known.
    groups_untold: bool,
}

/// Writes what a site is.
pub async fn export(arguments: ExportArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let ExportArguments { file, members, content } = arguments;
    let (policy, untold, unknown) = Connection::find(global)?
        .run(output, async |client| {
            let mut site = Site::read(client, content).await?;
            if members {
                let groups: Vec<String> = site.policy.groups.iter().flatten().map(|(name, _)| name.clone()).collect();
                site.read_users(client, groups.into_iter()).await?;
            }
            let projects = site.catalogue.projects.keys().filter(|path| site.policy.locked_from_above(path).is_none());
            let of_projects = projects.flat_map(|path| {
                let defaults = ContentKind::in_projects().map(|kind| Place::Defaults(path.clone(), kind));
                std::iter::once(Place::Project(path.clone())).chain(defaults)
            });
            let content = site.catalogue.content.keys();
            let of_content = content.filter(|place| site.policy.controller(place.project()).is_none()).cloned();
            let places: Vec<Place> = of_projects.chain(of_content).collect();
            let read = site.read_rules(client, places).await?;
            let mut policy = site.policy;
            policy.rules = read.rules;
            Ok((policy, read.untold, read.unknown))
        })
        .await?;
    let text = export::write(&own(&policy));
    // A kind that the server tells of nowhere is one that it does not know, unless it is that of workbooks.
    let is_known = |kind: ContentKind| {
        let told = policy.rules.keys().any(|place| matches!(place, Place::Defaults(_, told) if *told == kind));
        told || kind == ContentKind::Workbook
    };
    let untold: Vec<&Place> =
        untold.iter().filter(|place| !matches!(place, Place::Defaults(_, kind) if !is_known(*kind))).collect();
    if let [first, ..] = untold.as_slice() {
        let more = if untold.len() == 1 { String::new() } else { format!(", and {} more,", untold.len() - 1) };
        output.warn(&format!("the server does not tell you the rules of the {first}{more}: they are not in the file"));
    }
    if unknown > 0 {
        output.warn(&format!("{unknown} rules are in words that this program does not know: they are not in the file"));
    }
    match file.filter(|file| file.as_os_str() != "-") {
        Some(file) => {
            let written = std::fs::write(&file, text);
            written.map_err(|error| Failure::file(format!("cannot write `{}`", file.display()), &error))?;
            output.say(&format!("wrote `{}`", file.display()));
            Ok(())
        }
        None if output.is_json() => {
            let data: Value = toml::from_str(&text).expect("what is written can be read");
            output.json(&data)
        }
        None => output.raw(text.as_bytes()),
    }
}

/// What is a site's own, and does not follow from something else.
fn own(policy: &Policy) -> Policy {
    let mut own = policy.clone();
    for (path, project) in own.projects.iter_mut().flatten() {
        if policy.locked_from_above(path).is_some() {
            project.content_permissions = None;
        }
    }
    own
}

/// Shows what it takes to make a site what a file wants.
pub async fn diff(arguments: DiffArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    // The exit code of a refusal means something else here.
    let prepared = read(&arguments.file, arguments.prune.prune, &Connection::find(global)?, output).await;
    let Prepared { changes, .. } = prepared.map_err(Failure::into_failed)?;
    show(&changes, output)?;
    if changes.is_empty() {
        output.say(NOTHING);
        return Ok(());
    }
    Err(Failure::Differs)
}

/// Makes a site what a file wants.
pub async fn apply(arguments: ApplyArguments, global: &Global, output: &mut Output) -> Result<(), Failure> {
    let ApplyArguments { file, prune: PruneFlag { prune }, dry_run, yes, even_if_locked_out } = arguments;
    let connection = Connection::find(global)?;
    let prepared = read(&file, prune, &connection, output).await?;
    let Prepared { changes, catalogue, locked_out, groups_untold } = prepared;
    show(&changes, output)?;
    if changes.is_empty() {
        output.say(NOTHING);
        return Ok(());
    }
    if groups_untold {
        output.warn("the server does not tell which groups you are in: whether you lock yourself out is not known");
    }
    if !locked_out.is_empty() && !even_if_locked_out {
        let places: Vec<String> = locked_out.iter().map(|place| format!("the {place}")).collect();
        let failure = Failure::failed("this would lock you out: nothing was changed")
            .because(format!("you could not change the permissions any more of {}", places.join(", ")))
            .hint("--even-if-locked-out does it all the same");
        return Err(failure);
    }
    if dry_run {
        output.say(&format!("{} to make; nothing was changed", counted(changes.len())));
        return Ok(());
    }
    secrets::require_consent(yes, "makes these changes")?;
    if !yes && secrets::ask(format!("Make {}? Type `yes`", counted(changes.len()))).await? != "yes" {
        return Err(Failure::failed("that is not `yes`: nothing was changed"));
    }
    let work = Work { changes: &changes, catalogue: RefCell::new(catalogue), made: Cell::new(0) };
    let outcome = tokio::select! {
        biased;
        outcome = connection.run(output, async |client| work.go_on(client).await) => outcome,
        Ok(()) = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
    };
    let made = work.made.get();
    if let Err(failure) = outcome {
        for (at, change) in changes.iter().enumerate() {
            let fate = if at < made { "made:    " } else { "not made:" };
            output.say(&format!("{fate} {}", change.line()));
        }
        output.say(&format!("{made} of {} made; the same command goes on from there", counted(changes.len())));
        return Err(failure);
    }
    output.say(&format!("made {}", counted(made)));
    Ok(())
}

const NOTHING: &str = "there is nothing to do: the site is as the file has it";

/// Reads the file and the site, and finds out what is to be done.
async fn read(
    path: &std::path::Path,
    prune: bool,
    connection: &Connection,
    output: &mut Output,
) -> Result<Prepared, Failure> {
    let cannot = |why: String| Failure::failed(format!("cannot read {}", input::named(path))).because(why);
    let text = String::from_utf8(input::read(path)?).map_err(|_| cannot("it is not UTF-8".to_owned()))?;
    let of_file = |mistake: &Mistake| {
        Failure::failed(format!("cannot use {}, line {}", input::named(path), mistake.line))
            .because(mistake.what.clone())
    };
    let document = Document::parse(&text).map_err(|mistake| of_file(&mistake))?;
    let prepared = connection.run(output, async |client| prepare(client, &document, &text, prune).await).await?;
    prepared.map_err(|mistakes| match mistakes.as_slice() {
        [one] => of_file(one),
        several => {
            several.iter().for_each(|mistake| output.report(&of_file(mistake)));
            Failure::failed(format!("{} has {} mistakes: nothing was changed", input::named(path), several.len()))
        }
    })
}

/// Finds out what is to be done; or what is wrong with the file.
async fn prepare(
    client: &Client,
    document: &Document,
    text: &str,
    prune: bool,
) -> Result<Result<Prepared, Vec<Mistake>>, Failure> {
    let mut site = Site::read(client, document.is_about_content()).await?;
    let wanted = match document.read(text, &site.catalogue) {
        Ok(wanted) => wanted,
        Err(mistakes) => return Ok(Err(mistakes)),
    };
    let with_users = wanted.policy.groups.iter().flatten().filter(|(_, group)| group.users.is_some());
    site.read_users(client, with_users.map(|(name, _)| name.clone())).await?;
    let mut places: Vec<Place> = wanted.policy.rules.keys().cloned().collect();
    if !site.caller.is_administrator() {
        // What makes the caller a leader counts, whatever the file is about.
        places.extend(site.catalogue.projects.keys().cloned().map(Place::Project));
        places.sort();
        places.dedup();
    }
    let read = site.read_rules(client, places).await?;
    let untold = read.untold.iter().find(|place| wanted.policy.rules.get(place).is_some_and(|rules| !rules.is_empty()));
    if let Some(place) = untold {
        let what = format!("the server does not tell the permissions of the {place}, so they cannot be compared");
        return Err(Failure::refused(what));
    }
    site.policy.rules = read.rules;
    let prune = match prune {
        true if document.is_about_projects() => Some(Prune { empty: site.read_empty(client).await? }),
        true => Some(Prune::default()),
        false => None,
    };
    let changes = plan::plan(&site.policy, &wanted.policy, prune.as_ref());
    let after = plan::after(&site.policy, &changes);
    let mut mistakes: Vec<Mistake> = plan::contradictions(&after, &wanted.policy, &changes)
        .into_iter()
        .map(|(subject, what)| Mistake { line: wanted.lines.get(&subject).copied().unwrap_or(1), what })
        .collect();
    mistakes.sort_by_key(|mistake| mistake.line);
    if !mistakes.is_empty() {
        return Ok(Err(mistakes));
    }
    let locked_out = locked_out(&site.caller, &site.policy, &after);
    let groups_untold = !site.tells_groups && !site.caller.is_administrator();
    Ok(Ok(Prepared { changes, catalogue: site.catalogue, locked_out, groups_untold }))
}

fn show(changes: &[Change], output: &mut Output) -> Result<(), Failure> {
    if output.is_json() {
        output.json(&changes.iter().map(Change::row).collect::<Vec<_>>())?;
    } else {
        changes.iter().try_for_each(|change| output.line(&printable(&change.line())))?;
    }
    // Before anything is asked, done or told of it.
    output.finish()
}

fn counted(changes: usize) -> String {
    if changes == 1 { "1 change".to_owned() } else { format!("{changes} changes") }
}
