//! What a file comes to, without a server: sites and files are both written as files.

use std::collections::BTreeSet;

use tavola_client::{
    PermissionsOf,
    model::{ContentKind, GroupId, GroupSetId, ProjectId, SiteRole, UserId, WorkbookId},
};

use super::{
    catalogue::{Catalogue, Names},
    export,
    file::Document,
    lock_out::{Caller, locked_out},
    plan::{Prune, after, contradictions, plan},
    policy::{Path, Place, Policy},
};

fn catalogue() -> Catalogue {
    let mut number = 0;
    let mut next = || {
        number += 1;
        [number; 16]
    };
    let mut catalogue = Catalogue {
        users: Names::new(
            ["admin", "ann", "bob"].map(|name| (UserId::from_random_bytes(next()), name.to_owned(), None)),
        ),
        groups: Names::new(
            ["All Users", "Finance", "Sales"].map(|name| (GroupId::from_random_bytes(next()), name.to_owned(), None)),
        ),
        group_sets: Names::new([(GroupSetId::from_random_bytes(next()), "Both".to_owned(), None)]),
        projects: ["Default", "A", "A/B"].map(|path| (of(path), ProjectId::from_random_bytes(next()))).into(),
        ..Catalogue::default()
    };
    for (project, name) in [("A", "Book"), ("A", "Tabs")] {
        let place = Place::Content(of(project), ContentKind::Workbook, name.to_owned());
        let id = PermissionsOf::Workbook(WorkbookId::from_random_bytes(next()));
        catalogue.content.insert(place, id);
    }
    catalogue.tabbed.insert(Place::Content(of("A"), ContentKind::Workbook, "Tabs".to_owned()));
    catalogue
}

fn of(path: &str) -> Path {
    Path::read(path).unwrap()
}

fn read(text: &str) -> Policy {
    let document = Document::parse(text).unwrap_or_else(|mistake| panic!("{mistake:?}: {text}"));
    document.read(text, &catalogue()).unwrap_or_else(|mistakes| panic!("{mistakes:?}: {text}")).policy
}

/// The site that the file describes, with what every site has.
fn site(text: &str) -> Policy {
    let mut site = read(text);
    site.groups.get_or_insert_default().entry("All Users".to_owned()).or_default();
    site.group_sets.get_or_insert_default();
    let projects = site.projects.get_or_insert_default();
    projects.entry(of("Default")).or_default();
    for project in projects.values_mut() {
        project.content_permissions.get_or_insert(tavola_client::model::ContentPermissions::ManagedByOwner);
    }
    site
}

/// The lines of the plan, of which it is made sure that it does what is wanted, and leaves nothing to do.
fn lines(before: &str, wanted: &str, prune: Option<&[&str]>) -> Vec<String> {
    let (site, wanted) = (site(before), read(wanted));
    let prune = prune.map(|empty| Prune { empty: empty.iter().map(|path| of(path)).collect() });
    let changes = plan(&site, &wanted, prune.as_ref());
    let after = after(&site, &changes);
    assert_eq!(contradictions(&after, &wanted, &changes), []);
    assert_eq!(plan(&after, &wanted, prune.as_ref()), [], "a plan that was carried out leaves nothing to do");
    for (place, rules) in &wanted.rules {
        let there = after.rules.get(place);
        let has = |key| there.and_then(|there| there.get(key));
        assert!(rules.iter().all(|(key, mode)| has(key) == Some(mode)), "{place}: {there:?}");
    }
    changes.iter().map(|change| change.line()).collect()
}

fn mistakes(text: &str) -> Vec<(usize, String)> {
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(mistake) => return vec![(mistake.line, mistake.what)],
    };
    let mistakes = document.read(text, &catalogue()).map(|_| ()).expect_err(text);
    mistakes.into_iter().map(|mistake| (mistake.line, mistake.what)).collect()
}

const SITE: &str = r#"
[[group]]
name = "Finance"
minimum-site-role = "Explorer"
users = [
    "ann",
]

[[group-set]]
name = "Both"
groups = [
    "Finance",
]

[[project]]
path = "A"
description = "old"
content-permissions = "LockedToProject"
owner = "ann"
rules = [
    { group = "All Users", allow = ["Read"] },
    { group = "Finance", allow = ["ProjectLeader", "Write"] },
]

[project.defaults]
workbook = [
    { group = "All Users", allow = ["Filter", "Read"], deny = ["ExportXml"] },
]
flow = []

[[project]]
path = "A/B"
"#;

#[test]
fn a_file_is_written_as_it_is_read() {
    let policy = read(SITE);
    assert_eq!(export::write(&policy), SITE.trim_start());
    assert_eq!(read(&export::write(&policy)), policy);
    let odd = r#"
[[project]]
path = "a\\/b\\\\"
description = "two\nlines \"quoted\" \\ é"
"#;
    assert_eq!(read(&export::write(&read(odd))), read(odd));
    assert_eq!(lines(SITE, SITE, Some(&[])), [""; 0]);
}

#[test]
fn what_is_not_mentioned_stays_and_what_says_the_opposite_is_turned() {
    let wanted = r#"
[[group]]
name = "finance"
minimum-site-role = "creator"
users = ["bob"]

[[group]]
name = "New"

[[project]]
path = "A"
description = ""
owner = "bob"
rules = [{ group = "All Users", deny = ["Read", "Write"] }, { group = "New", allow = ["Read"] }]
"#;
    assert_eq!(
        lines(SITE, wanted, None),
        [
            "~ group `Finance`: minimum site role Creator, not Explorer",
            "+ group `Finance`: user `bob`",
            "+ group `New`",
            "~ project `A`: description",
            "+ project `A`: Deny Write to group `All Users`",
            "+ project `A`: Allow Read to group `New`",
            "~ project `A`: Deny Read to group `All Users`, not Allow",
            "~ project `A`: owner `bob`, not `ann`",
        ]
    );
}

#[test]
fn with_prune_what_the_lists_of_the_file_lack_goes_and_what_it_has_no_list_of_stays() {
    let wanted = r#"
[[group]]
name = "Sales"

[[project]]
path = "A"
rules = [{ group = "All Users", allow = ["Read"] }]
"#;
    let before = format!("{SITE}\n[[group]]\nname = \"Sales\"\n");
    assert_eq!(
        lines(&before, wanted, Some(&["A/B", "Default"])),
        [
            "- project `A`: Allow Write to group `Finance`",
            "- project `A`: Allow ProjectLeader to group `Finance`",
            "- group `Finance`",
            "- project `A/B`, which holds nothing",
        ]
    );
    assert_eq!(lines(&before, wanted, Some(&[])).last().unwrap(), "- group `Finance`");
    let members = "[[group]]\nname = \"Finance\"\nusers = []\n[[group-set]]\nname = \"Both\"\ngroups = []\n";
    assert_eq!(
        lines(SITE, members, Some(&[])),
        ["- group set `Both`: group `Finance`", "- group `Finance`: user `ann`"]
    );
    assert_eq!(lines(SITE, members, None), [""; 0]);
    assert_eq!(lines(SITE, "group = []\ngroup-set = []", Some(&[])), ["- group set `Both`", "- group `Finance`"]);
}

#[test]
fn locks_are_loosened_first_and_tightened_last_and_projects_made_from_the_top() {
    let wanted = r#"
[[project]]
path = "New/Sub"
rules = []

[[project]]
path = "New"
content-permissions = "LockedToProjectWithoutNested"
owner = "ann"
rules = [{ user = "ann", allow = ["Read"] }]

[[project]]
path = "A"
content-permissions = "ManagedByOwner"
rules = [{ user = "bob", allow = ["Write"] }]

[[project]]
path = "A/B"
content-permissions = "LockedToProject"

[project.defaults]
virtual-connection = [{ user = "bob", allow = ["Connect"] }]
"#;
    let before = SITE.replace("path = \"A/B\"", "path = \"A/B\"\ncontent-permissions = \"LockedToProject\"");
    assert_eq!(
        lines(&before, wanted, None),
        [
            "~ project `A`: ManagedByOwner, not LockedToProject",
            "+ project `New`: LockedToProjectWithoutNested",
            "- project `New`: what it begins with and the file lacks",
            "+ project `New`: Allow Read to user `ann`",
            "+ project `New/Sub`",
            "- project `New/Sub`: what it begins with and the file lacks",
            "+ project `A`: Allow Write to user `bob`",
            "+ project `A/B`, each virtual connection: Allow Connect to user `bob`",
            "~ project `A/B`: LockedToProject, not ManagedByOwner",
            "~ project `New`: owner `ann`",
        ]
    );
}

#[test]
fn what_no_site_can_be_is_a_contradiction() {
    for (wanted, prune, why) in [
        (
            "[[project]]\npath = \"A/B\"\nrules = []\n",
            false,
            "the project `A/B` can have no rules of its own: the project `A` decides about them",
        ),
        (
            "[[project]]\npath = \"A/B\"\ncontent-permissions = \"ManagedByOwner\"\n",
            false,
            "the project `A/B` cannot be ManagedByOwner: the project `A` locks what lies in it",
        ),
        (
            "[[workbook]]\nname = \"Book\"\nproject = \"A\"\nrules = []\n",
            false,
            "the workbook `Book` in `A` can have no rules of its own: the project `A` decides about them",
        ),
        (
            "[[group]]\nname = \"Sales\"\n[[project]]\npath = \"A\"\nrules = [{ group = \"Finance\", allow = [\"Read\"] }]",
            true,
            "the project `A` has rules for the group `Finance`, which --prune removes because the file lacks it",
        ),
    ] {
        let (site, wanted) = (site(SITE), read(wanted));
        let changes = plan(&site, &wanted, prune.then(Prune::default).as_ref());
        let found = contradictions(&after(&site, &changes), &wanted, &changes);
        assert_eq!(found.iter().map(|(_, why)| why.as_str()).collect::<Vec<_>>(), [why]);
    }
}

#[test]
fn each_mistake_is_told_with_its_line() {
    for (text, line, words) in [
        ("[[group]\n", 1, "unclosed"),
        ("[[group]]\nname = \"G\"\nnmae = 1\n", 3, "unknown field `nmae`"),
        ("[[group]]\n\nminimum-site-role = \"Viewer\"\n", 1, "missing field `name`"),
        ("[[group]]\nname = \" \"\n", 2, "a group has a name"),
        ("[[group]]\nname = \"G\"\nminimum-site-role = \"Boss\"\n", 3, "`Boss` is not one of SiteAdministratorCreator"),
        ("[[group]]\nname = \"G\"\nusers = [\n  \"ann\",\n  \"cy\",\n]\n", 5, "there is no user `cy` on this site"),
        ("[[group]]\nname = \"G\"\nusers = [\"ann\", \"ANN\"]\n", 3, "the user `ann` stands here twice"),
        ("[[group]]\nname = \"All Users\"\nusers = []\n", 2, "everybody is in the group `All Users`"),
        ("[[group]]\nname = \"G\"\n[[group]]\nname = \"G\"\n", 4, "the group `G` stands here twice"),
        ("[[group-set]]\nname = \"S\"\ngroups = [\"G\"]\n", 3, "there is no group `G` on this site"),
        ("[[project]]\npath = \"A//B\"\n", 2, "`A//B` is no path of a project"),
        ("[[project]]\npath = \"X/Y\"\n", 2, "there is no project `X` for `X/Y` to lie in"),
        ("[[project]]\npath = \"A\"\n[[project]]\npath = \"a\"\n", 4, "the project `A` stands here twice"),
        ("[[project]]\npath = \"A\"\nowner = \"cy\"\n", 3, "there is no user `cy` on this site"),
        ("[[project]]\npath = \"A\"\ncontent-permissions = \"Open\"\n", 3, "`Open` is not one of ManagedByOwner"),
        (
            "[[project]]\npath = \"A\"\nrules = [\n { allow = [\"Read\"] },\n]\n",
            4,
            "for one of group, group-set and user",
        ),
        ("[[project]]\npath = \"A\"\nrules = [\n { user = \"ann\" },\n]\n", 4, "nothing is allowed or denied"),
        (
            "[[project]]\npath = \"A\"\nrules = [\n { user = \"ann\", allow = [\"Delete\"] },\n]\n",
            4,
            "a project has no capability `Delete`; it has Read, Write, ProjectLeader",
        ),
        (
            "[[project]]\npath = \"A\"\nrules = [{ user = \"ann\", deny = [\"ProjectLeader\"] }]\n",
            3,
            "cannot be denied",
        ),
        (
            "[[project]]\npath = \"A\"\nrules = [{ user = \"ann\", allow = [\"Read\"], deny = [\"read\"] }]\n",
            3,
            "Read stands here both allowed and denied for the user `ann`",
        ),
        (
            "[[project]]\npath = \"A\"\nrules = [\n{ user = \"ann\", allow = [\"Read\"] },\n{ user = \"ann\", allow = [\"Write\"] }]\n",
            5,
            "the project `A` has rules for the user `ann` twice",
        ),
        ("[[project]]\npath = \"A\"\n[project.defaults]\nview = []\n", 4, "`view` is not one of workbook, datasource"),
        ("[[workbook]]\nname = \"None\"\nproject = \"A\"\nrules = []\n", 2, "there is no workbook `None` in `A`"),
        ("[[workbook]]\nname = \"Book\"\nproject = \"Z\"\nrules = []\n", 3, "there is no project `Z` on this site"),
        (
            "[[view]]\nname = \"V\"\nworkbook = \"Tabs\"\nproject = \"A\"\nrules = []\n",
            2,
            "the workbook `Tabs` in `A` shows tabs",
        ),
    ] {
        let mistakes = mistakes(text);
        let [(at, what)] = mistakes.as_slice() else { panic!("{text}: {mistakes:?}") };
        assert!(*at == line && what.contains(words), "{text}: line {at}: {what}");
    }
    assert_eq!(mistakes("[[group]]\nname = \"\"\n[[project]]\npath = \"/\"\n").len(), 2);
}

#[test]
fn a_plan_that_takes_the_callers_say_is_found_and_no_other() {
    let caller = |role| Caller {
        name: "ann".to_owned(),
        role: Some(role),
        groups: BTreeSet::from(["Finance".to_owned()]),
        owns: BTreeSet::from([Place::Content(of("Default"), ContentKind::Workbook, "Mine".to_owned())]),
    };
    let site_of = |rules: &str| {
        let text =
            format!("[[project]]\npath = \"A\"\nowner = \"bob\"\nrules = [{rules}]\n[[project]]\npath = \"A/B\"\n");
        let mut site = site(&text);
        site.group_sets.get_or_insert_default().insert("Both".to_owned(), Some(BTreeSet::from(["Finance".to_owned()])));
        site
    };
    let by_group = site_of("{ group = \"Finance\", allow = [\"ProjectLeader\"] }");
    let lost = |wanted: &str, role| {
        let wanted = read(wanted);
        let changes = plan(&by_group, &wanted, Some(&Prune::default()));
        let after = after(&by_group, &changes);
        locked_out(&caller(role), &by_group, &after).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let creator = SiteRole::Creator;
    // The say in a project is that in those which lie in it.
    let nobody = "[[project]]\npath = \"A\"\nrules = []\n[[project]]\npath = \"A/B\"";
    assert_eq!(lost(nobody, creator), ["project `A`", "project `A/B`"]);
    let of_b = "[[project]]\npath = \"A\"\nrules = []\n[[project]]\npath = \"A/B\"\nowner = \"ann\"";
    assert_eq!(lost(of_b, creator), ["project `A`"]);
    // It may come in another way.
    for kept in [
        "[[project]]\npath = \"A\"\nowner = \"ann\"\nrules = []\n[[project]]\npath = \"A/B\"",
        "[[project]]\npath = \"A\"\nrules = [{ user = \"ann\", allow = [\"ProjectLeader\"] }]\n[[project]]\npath = \"A/B\"",
        "[[project]]\npath = \"A\"\nrules = [{ group-set = \"Both\", allow = [\"ProjectLeader\"] }]\n[[project]]\npath = \"A/B\"",
        "[[project]]\npath = \"A\"\ncontent-permissions = \"LockedToProject\"\n[[project]]\npath = \"A/B\"",
    ] {
        assert_eq!(lost(kept, creator), [""; 0], "{kept}");
    }
    // Administrators need no rule, and who had no say has none to lose.
    assert_eq!(lost(nobody, SiteRole::SiteAdministratorExplorer), [""; 0]);
    assert_eq!(lost(nobody, SiteRole::Viewer), [""; 0]);
}

#[test]
fn content_is_lost_with_the_capability_to_change_its_rules_or_to_see_it() {
    let book = Place::Content(of("A"), ContentKind::Workbook, "Book".to_owned());
    let caller = |owns: bool| Caller {
        name: "ann".to_owned(),
        role: Some(SiteRole::Creator),
        groups: BTreeSet::new(),
        owns: owns.then(|| book.clone()).into_iter().collect(),
    };
    let rules = |rules: &str| {
        let of_book = format!("[[workbook]]\nname = \"Book\"\nproject = \"A\"\nrules = [{rules}]\n");
        site(&format!("{of_book}[[project]]\npath = \"A\"\nowner = \"bob\"\n"))
    };
    let both = rules("{ user = \"ann\", allow = [\"Read\", \"ChangePermissions\"] }");
    let blind = rules("{ user = \"ann\", allow = [\"ChangePermissions\"] }");
    let all = rules("{ group = \"All Users\", allow = [\"Read\", \"ChangePermissions\"] }");
    let denied = rules("{ group = \"All Users\", deny = [\"ChangePermissions\"] }");
    assert_eq!(locked_out(&caller(false), &both, &blind), std::slice::from_ref(&book));
    assert_eq!(locked_out(&caller(false), &both, &denied), std::slice::from_ref(&book));
    assert_eq!(locked_out(&caller(false), &both, &all), []);
    assert_eq!(locked_out(&caller(false), &denied, &denied), []);
    assert_eq!(locked_out(&caller(true), &both, &denied), []);
}
