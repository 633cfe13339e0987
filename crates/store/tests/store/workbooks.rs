use std::collections::BTreeSet;

use tavola_model::{
    Capability, ContentPermissions, Filter, ListQuery, Page, PermissionMode, ProjectId, SheetType, SiteRole, Sort,
    ViewId,
};
use tavola_store::{
    Actor, Conflict, Error, Missing, Refusal, Taken, audit,
    content::{self, Patience},
    items::{ConnectionChange, Destination, ItemChange, NewConnection},
    projects::{self, NewProject, ProjectChange},
    recycle_bin,
    sites::{self, SiteChange},
    users::{self, UserChange},
    views::{self, NewView, View},
    workbooks::{self, NewWorkbook, Workbook, WorkbookChange},
};

use crate::{
    content::{noise, read, receive},
    datasources::file,
    world::World,
};

pub fn to(project: Option<ProjectId>, name: &str) -> Destination {
    Destination { project_id: project, name: name.parse().unwrap(), overwrite: false }
}

pub fn over(project: Option<ProjectId>, name: &str) -> Destination {
    Destination { overwrite: true, ..to(project, name) }
}

pub fn sheet(name: &str) -> NewView {
    NewView {
        name: name.to_owned(),
        title: String::new(),
        sheet_type: SheetType::Worksheet,
        hidden: false,
        preview: None,
    }
}

fn hidden(name: &str) -> NewView {
    NewView { hidden: true, ..sheet(name) }
}

/// A workbook of these sheets, whose file begins with a byte of one's choice.
pub async fn book(world: &World, destination: Destination, byte: u8, views: Vec<NewView>) -> NewWorkbook {
    NewWorkbook { file: file(world, destination, byte, "twb").await, show_tabs: None, views, default_view: None }
}

pub async fn publish(world: &World, actor: &Actor, destination: Destination) -> Result<Workbook, Error> {
    workbooks::publish(&world.store, actor, book(world, destination, 1, vec![sheet("Sheet 1")]).await).await
}

pub async fn views_of(world: &World, actor: &Actor, workbook: &Workbook) -> Vec<View> {
    views::list_of_workbook(&world.store, actor, workbook.item.id).await.unwrap()
}

pub async fn project(world: &World, name: &str) -> ProjectId {
    let new = NewProject::new(name.parse().unwrap());
    projects::create(&world.store, &world.root, new).await.unwrap().id
}

async fn names(world: &World, actor: &Actor, filter: &str, sort: &str) -> Vec<String> {
    let query = ListQuery {
        filters: Filter::parse_all(filter).unwrap(),
        sorts: Sort::parse_all(sort).unwrap(),
        ..ListQuery::default()
    };
    let list = workbooks::list(&world.store, actor, &query).await.unwrap();
    assert_eq!(list.total, list.items.len() as u64);
    list.items.into_iter().map(|workbook| workbook.item.name).collect()
}

/// Lays a rule on content, past the store.
pub async fn rule(
    world: &World,
    actor: &Actor,
    content: (&str, String),
    about: (&str, Capability),
    mode: PermissionMode,
) {
    let (kind, id) = content;
    let (applies_to, capability) = about;
    let statement = format!(
        "INSERT INTO permission_rules (site_id, content_kind, content_id, applies_to, user_id, capability, mode) \
         VALUES ('{}', '{kind}', '{id}', '{applies_to}', '{}', '{capability}', '{mode}')",
        actor.site_id(),
        actor.user_id()
    );
    world.sql(&statement).await.unwrap();
}

pub fn is_unknown<T>(answer: Result<T, Error>) -> bool {
    matches!(answer, Err(Error::NotFound(Missing::Content(..))))
}

fn is_refused<T: std::fmt::Debug>(answer: Result<T, Error>, refusal: Refusal) -> bool {
    matches!(answer, Err(Error::Forbidden(found)) if found == refusal)
}

fn lacks<T: std::fmt::Debug>(answer: Result<T, Error>, capability: Capability) -> bool {
    is_refused(answer, Refusal::LacksCapability(capability))
}

on_both! {
    async fn a_published_workbook_is_there_with_its_views(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let mut new = book(world, to(None, "Q1: Sales & Größe"), 1, Vec::new()).await;
        new.file.description = Some("what was sold".to_owned());
        new.views = vec![
            NewView { preview: Some(vec![1, 2, 3]), ..sheet("Map Layers") },
            sheet("Map Layers "),
            hidden("Helper"),
            NewView { sheet_type: SheetType::Dashboard, title: "All".to_owned(), ..sheet("Übersicht!") },
            sheet("…"),
        ];
        new.default_view = Some("Übersicht!".to_owned());
        let made = workbooks::publish(&world.store, &author, new).await.unwrap();
        assert_eq!(made.item.content_url, "Q1SalesGröße");
        assert_eq!((made.item.revision, made.item.size, made.sheet_count), (1, 1000, 4));
        assert_eq!((made.item.project_name.as_str(), made.item.owner_id), ("Default", author.user_id()));
        assert_eq!(made.item.description, "what was sold");
        assert_eq!(workbooks::get(&world.store, &author, made.item.id).await.unwrap(), made);
        let by_url = workbooks::get_by_content_url(&world.store, &author, "q1salesgröße").await.unwrap();
        assert_eq!(by_url, made);

        let views = views_of(world, &author, &made).await;
        let urls: Vec<_> = views.iter().map(|view| (view.name.as_str(), view.content_url())).collect();
        assert_eq!(
            urls,
            [
                ("Map Layers", "Q1SalesGröße/sheets/MapLayers".to_owned()),
                ("Map Layers ", "Q1SalesGröße/sheets/MapLayers_0".to_owned()),
                ("Übersicht!", "Q1SalesGröße/sheets/Übersicht".to_owned()),
                ("…", "Q1SalesGröße/sheets/Sheet".to_owned()),
            ]
        );
        assert_eq!(made.default_view_id, Some(views[2].id));
        assert_eq!((views[2].title.as_str(), views[2].sheet_type, views[2].position), ("All", SheetType::Dashboard, 3));
        let picture = views::preview(&world.store, &author, made.item.id, views[0].id).await.unwrap();
        assert_eq!(picture, Some(vec![1, 2, 3]));
        assert_eq!(views::preview(&world.store, &author, made.item.id, views[1].id).await.unwrap(), None);
        let download = workbooks::download(&world.store, &author, made.item.id, None).await.unwrap();
        assert_eq!(read(&world.store, &download.blob).await, [1; 1000]);
        let line = audit::list(&world.store, &world.root, &ListQuery::default()).await.unwrap().items;
        assert!(line.iter().any(|line| line.action == "workbook.publish"
            && line.object_name.as_deref() == Some("Q1: Sales & Größe")));
    }

    async fn a_name_is_taken_once_in_a_project_and_a_content_url_once_on_the_site(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let other = project(world, "Other").await;
        let first = publish(world, &author, to(None, "Book")).await.unwrap();
        let second = publish(world, &author, to(Some(other), "Book")).await.unwrap();
        let third = publish(world, &author, to(None, "B o o k")).await.unwrap();
        let urls = [first, second, third].map(|book| book.item.content_url);
        assert_eq!(urls, ["Book", "Book_0", "Book_1"]);
        for name in ["Book", "bOOK"] {
            let taken = publish(world, &author, to(None, name)).await;
            assert!(matches!(taken, Err(Error::AlreadyExists(Taken::ContentName(_, name))) if name == "Book"));
            let asked = workbooks::check_destination(&world.store, &author, to(None, name)).await;
            assert!(matches!(asked, Err(Error::AlreadyExists(_))));
        }
    }

    async fn publishing_over_keeps_ids_and_adds_a_revision(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let editor = world.actor("editor", SiteRole::ExplorerCanPublish).await;
        let sheets = vec![sheet("A"), sheet("B"), hidden("C")];
        let mut new = book(world, to(None, "Book"), 1, sheets).await;
        new.show_tabs = Some(true);
        new.file.description = Some("first".to_owned());
        let old = workbooks::publish(&world.store, &author, new).await.unwrap();
        let old_views = views_of(world, &author, &old).await;
        views::add_tags_to(&world.store, &author, old_views[0].id, vec!["gone".to_owned()]).await.unwrap();
        world.advance_minutes(1);

        // Everybody may publish into Default, but not over what is another's.
        assert!(lacks(publish(world, &editor, over(None, "Book")).await, Capability::Write));
        rule(world, &editor, ("Workbook", old.item.id.to_string()), ("Workbook", Capability::Write), PermissionMode::Allow)
            .await;
        let again = book(world, over(None, "book"), 2, vec![sheet("D"), sheet("C"), sheet("B")]).await;
        let new = workbooks::publish(&world.store, &editor, again).await.unwrap();
        assert_eq!((new.item.id, new.item.revision, new.show_tabs), (old.item.id, 2, true));
        assert_eq!((new.item.name.as_str(), new.item.description.as_str()), ("Book", "first"));
        assert_eq!((new.item.owner_id, new.item.created_at), (author.user_id(), old.item.created_at));
        assert!(new.item.updated_at > old.item.updated_at);
        let new_views = views_of(world, &author, &new).await;
        assert_eq!(new_views.iter().map(|view| view.name.as_str()).collect::<Vec<_>>(), ["D", "C", "B"]);
        assert_eq!(new_views[2].id, old_views[1].id);
        assert!(is_unknown(views::get(&world.store, &author, old_views[0].id).await));

        let revisions = workbooks::revisions(&world.store, &author, new.item.id, Page::default()).await.unwrap();
        let found: Vec<_> = revisions
            .items
            .iter()
            .map(|revision| (revision.number, revision.publisher.clone().unwrap().1, revision.current))
            .collect();
        assert_eq!(found, [(1, "author".to_owned(), false), (2, "editor".to_owned(), true)]);
        let first = workbooks::download(&world.store, &author, new.item.id, Some(1)).await.unwrap();
        assert_eq!(read(&world.store, &first.blob).await, [1; 1000]);

        workbooks::remove_revision(&world.store, &author, new.item.id, 1).await.unwrap();
        let gone = workbooks::download(&world.store, &author, new.item.id, Some(1)).await;
        assert!(matches!(gone, Err(Error::NotFound(Missing::Revision(1)))));
        let newest = workbooks::remove_revision(&world.store, &author, new.item.id, 2).await;
        assert!(matches!(newest, Err(Error::Conflict(Conflict::NewestRevision))));
    }

    async fn a_site_keeps_as_many_revisions_as_it_says(world) {
        let set = async |name: &str, value: &str| {
            let change = SiteChange {
                settings: [(name.to_owned(), value.to_owned())].into(),
                ..SiteChange::default()
            };
            sites::update(&world.store, &world.root, world.root.site_id(), change).await.unwrap();
        };
        set("revisionLimit", "2").await;
        let publish = async |byte| {
            let new = book(world, over(None, "Book"), byte, vec![sheet("A")]).await;
            workbooks::publish(&world.store, &world.root, new).await.unwrap()
        };
        let numbers = async |workbook: &Workbook| {
            let list = workbooks::revisions(&world.store, &world.root, workbook.item.id, Page::default()).await;
            list.map(|list| list.items.iter().map(|revision| revision.number).collect::<Vec<_>>())
        };
        for byte in 1..=3 {
            publish(byte).await;
        }
        let workbook = publish(4).await;
        assert_eq!(numbers(&workbook).await.unwrap(), [3, 4]);
        set("revisionHistoryEnabled", "false").await;
        let workbook = publish(5).await;
        assert!(is_refused(numbers(&workbook).await, Refusal::NoRevisionHistory));
        set("revisionHistoryEnabled", "true").await;
        assert_eq!(numbers(&workbook).await.unwrap(), [5]);

        // The bytes go when the collector comes; those of the newest stay.
        world.advance_minutes(60 * 25);
        let patience = Patience { wait: std::time::Duration::ZERO, ..Patience::default() };
        content::collect(&world.store, patience).await.unwrap();
        world.advance_minutes(1);
        let collected = content::collect(&world.store, patience).await.unwrap();
        assert_eq!(collected.deleted, 4);
        let download = workbooks::download(&world.store, &world.root, workbook.item.id, None).await.unwrap();
        assert_eq!(read(&world.store, &download.blob).await, [5; 1000]);
    }

    async fn a_full_site_takes_no_more(world) {
        let change = SiteChange { storage_quota: Some(Some(1)), ..SiteChange::default() };
        sites::update(&world.store, &world.root, world.root.site_id(), change).await.unwrap();
        let mut new = book(world, to(None, "Big"), 1, vec![sheet("A")]).await;
        new.file.blob = receive(&world.store, &noise(7, 1024 * 1024)).await;
        workbooks::publish(&world.store, &world.root, new).await.unwrap();
        let full = publish(world, &world.root, to(None, "Small")).await;
        assert!(matches!(full, Err(Error::Conflict(Conflict::StorageQuota(1)))));
        assert_eq!(names(world, &world.root, "", "").await, ["Big"]);
    }

    async fn only_publishers_publish_and_only_where_they_may(world) {
        let closed = project(world, "Closed").await;
        world.sql(&format!("DELETE FROM permission_rules WHERE content_id = '{closed}'")).await.unwrap();
        for (role, publisher) in [(SiteRole::Viewer, false), (SiteRole::Explorer, false), (SiteRole::Creator, true)] {
            let actor = world.actor(&role.to_string(), role).await;
            let here = publish(world, &actor, to(None, &role.to_string())).await;
            let there = publish(world, &actor, to(Some(closed), "x")).await;
            if publisher {
                here.unwrap();
                assert!(matches!(there, Err(Error::NotFound(Missing::Project(_)))));
            } else {
                assert!(is_refused(here, Refusal::NotPublisher));
                assert!(is_refused(there, Refusal::NotPublisher));
            }
        }
    }

    async fn lists_hold_what_one_may_read_filtered_and_sorted(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let viewer = world.actor("viewer", SiteRole::Viewer).await;
        let other = project(world, "Other").await;
        for (name, project) in [("b", None), ("A", None), ("c", Some(other))] {
            publish(world, &author, to(project, name)).await.unwrap();
            world.advance_minutes(1);
        }
        let mut private = book(world, to(None, "Private"), 1, vec![sheet("Sheet 1")]).await;
        private.show_tabs = Some(true);
        let private = workbooks::publish(&world.store, &author, private).await.unwrap();
        world.sql(&format!("DELETE FROM permission_rules WHERE content_id = '{}'", private.item.id)).await.unwrap();
        assert_eq!(names(world, &author, "", "").await, ["A", "b", "c", "Private"]);
        assert_eq!(names(world, &viewer, "", "").await, ["A", "b", "c"]);
        assert!(is_unknown(workbooks::get(&world.store, &viewer, private.item.id).await));
        assert!(is_unknown(workbooks::delete(&world.store, &viewer, private.item.id).await));
        let query = ListQuery::default();
        let views = views::list(&world.store, &viewer, &query).await.unwrap();
        let books: BTreeSet<_> = views.items.iter().map(|view| view.workbook_name.as_str()).collect();
        assert_eq!(books, ["A", "b", "c"].into());

        assert_eq!(names(world, &author, "projectName:eq:Other", "").await, ["c"]);
        assert_eq!(names(world, &author, "name:in:[A,c]", "createdAt:desc").await, ["c", "A"]);
        assert_eq!(names(world, &author, "name:cieq:a", "").await, ["A"]);
        assert_eq!(names(world, &world.root, "ownerName:eq:author,hasExtracts:eq:false", "name:desc").await.len(), 4);
        workbooks::add_tags_to(&world.store, &author, private.item.id, vec!["Red Hot".to_owned()]).await.unwrap();
        assert_eq!(names(world, &author, "tags:in:[RED HOT]", "").await, ["Private"]);
        assert_eq!(names(world, &viewer, "tags:in:[RED HOT]", "").await, [""; 0]);
    }

    async fn an_owner_is_told_of_as_far_as_users_are(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let viewer = world.actor("viewer", SiteRole::Viewer).await;
        let mail = UserChange { email: Some("author@example.org".to_owned()), ..UserChange::default() };
        users::update(&world.store, &world.root, author.user_id(), mail).await.unwrap();
        let book = publish(world, &author, to(None, "Book")).await.unwrap();
        let owner = async |actor: &Actor| {
            let found = workbooks::get(&world.store, actor, book.item.id).await.unwrap();
            assert_eq!(found.item.owner_id, author.user_id());
            let view = views_of(world, actor, &book).await.remove(0);
            assert_eq!(view.owner, found.item.owner);
            found.item.owner.map(|owner| (owner.name, owner.email, owner.last_login.is_some()))
        };
        let whole = Some(("author".to_owned(), "author@example.org".to_owned(), true));
        assert_eq!((owner(&world.root).await, owner(&author).await), (whole.clone(), whole));
        assert_eq!(owner(&viewer).await, Some(("author".to_owned(), String::new(), false)));
        assert_eq!(names(world, &viewer, "ownerName:eq:author", "").await, ["Book"]);
        assert_eq!(names(world, &viewer, "ownerEmail:eq:author@example.org", "").await, [""; 0]);
        assert_eq!(names(world, &author, "ownerEmail:eq:author@example.org", "").await, ["Book"]);
        let limited = SiteChange {
            settings: [("userVisibilityMode".to_owned(), "LIMITED".to_owned())].into(),
            ..SiteChange::default()
        };
        sites::update(&world.store, &world.root, world.root.site_id(), limited).await.unwrap();
        assert_eq!(owner(&viewer).await, None);
        assert_eq!(names(world, &viewer, "ownerName:eq:author", "").await, [""; 0]);
    }

    async fn tags_are_one_label_in_any_case(world) {
        let book = publish(world, &world.root, to(None, "Book")).await.unwrap();
        let add = async |labels: &[&str]| {
            let labels = labels.iter().map(ToString::to_string).collect();
            workbooks::add_tags_to(&world.store, &world.root, book.item.id, labels).await
        };
        assert_eq!(add(&["b", "A", " a "]).await.unwrap(), ["A", "b"]);
        assert_eq!(add(&["é\"<&>"]).await.unwrap(), ["A", "b", "é\"<&>"]);
        assert_eq!(workbooks::get(&world.store, &world.root, book.item.id).await.unwrap().item.tags.len(), 3);
        assert!(matches!(add(&["c", " "]).await, Err(Error::Invalid(_))));
        let many: Vec<String> = (0..48).map(|number| number.to_string()).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(matches!(add(&many).await, Err(Error::Conflict(Conflict::TagLimit(50)))));
        workbooks::remove_tag(&world.store, &world.root, book.item.id, "B").await.unwrap();
        let again = workbooks::remove_tag(&world.store, &world.root, book.item.id, "b").await;
        assert!(matches!(again, Err(Error::NotFound(Missing::Tag(label))) if label == "b"));
    }

    async fn moving_renaming_and_giving_away_each_take_their_right(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let editor = world.actor("editor", SiteRole::Creator).await;
        let other = project(world, "Other").await;
        let made = publish(world, &author, to(None, "Book")).await.unwrap();
        publish(world, &author, to(Some(other), "Taken")).await.unwrap();
        let update = async |actor: &Actor, item: ItemChange| {
            let change = WorkbookChange { item, show_tabs: None };
            workbooks::update(&world.store, actor, made.item.id, change).await
        };
        let rename = || ItemChange { name: Some("New".parse().unwrap()), ..ItemChange::default() };
        let relocate = || ItemChange { project_id: Some(other), ..ItemChange::default() };
        let give = || ItemChange { owner_id: Some(editor.user_id()), ..ItemChange::default() };
        assert!(lacks(update(&editor, rename()).await, Capability::Write));
        assert!(lacks(update(&editor, relocate()).await, Capability::ChangeHierarchy));
        assert!(is_refused(update(&editor, give()).await, Refusal::NotOwner));
        // Nothing to change is no offence.
        update(&editor, ItemChange { name: Some("Book".parse().unwrap()), ..ItemChange::default() }).await.unwrap();

        let both = ItemChange { name: Some("taken".parse().unwrap()), ..relocate() };
        assert!(matches!(update(&author, both).await, Err(Error::AlreadyExists(Taken::ContentName(..)))));
        let moved = update(&author, ItemChange { description: Some("d".to_owned()), ..relocate() }).await.unwrap();
        assert_eq!((moved.item.project_name.as_str(), moved.item.description.as_str()), ("Other", "d"));
        assert_eq!(update(&author, rename()).await.unwrap().item.content_url, "Book", "URLs stay");
        assert_eq!(update(&author, give()).await.unwrap().item.owner_id, editor.user_id());
        assert!(lacks(update(&author, ItemChange { name: Some("x".parse().unwrap()), ..ItemChange::default() }).await, Capability::Write));
    }

    async fn a_lock_rules_over_what_lies_in_it_and_leaves_its_rules_behind(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let viewer = world.actor("viewer", SiteRole::Viewer).await;
        let place = project(world, "Place").await;
        let book = publish(world, &author, to(Some(place), "Book")).await.unwrap();
        let reads = async || workbooks::get(&world.store, &viewer, book.item.id).await.is_ok();
        let lock = async |content_permissions| {
            let change = ProjectChange { content_permissions: Some(content_permissions), ..ProjectChange::default() };
            projects::update(&world.store, &world.root, place, change).await.unwrap();
        };
        let deny = |content| rule(world, &viewer, content, ("Workbook", Capability::Read), PermissionMode::Deny);
        assert!(reads().await);
        deny(("Project", place.to_string())).await;
        assert!(reads().await, "defaults are for what is new");
        lock(ContentPermissions::LockedToProject).await;
        assert!(!reads().await);
        assert_eq!(names(world, &viewer, "", "").await, [""; 0]);
        assert!(views::list(&world.store, &viewer, &ListQuery::default()).await.unwrap().items.is_empty());
        lock(ContentPermissions::ManagedByOwner).await;
        assert!(!reads().await, "the rules that held are its own now");
        lock(ContentPermissions::LockedToProject).await;
        let change = ItemChange { project_id: Some(publish(world, &author, to(None, "x")).await.unwrap().item.project_id), ..ItemChange::default() };
        workbooks::update(&world.store, &author, book.item.id, WorkbookChange { item: change, show_tabs: None }).await.unwrap();
        assert!(!reads().await, "also where it goes");
    }

    async fn views_have_rules_of_their_own_where_tabs_are_not_shown(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let viewer = world.actor("viewer", SiteRole::Viewer).await;
        let new = book(world, to(None, "Book"), 1, vec![sheet("A"), sheet("B")]).await;
        let made = workbooks::publish(&world.store, &author, new).await.unwrap();
        let views = views_of(world, &author, &made).await;
        let deny = |view: ViewId| {
            rule(world, &viewer, ("View", view.to_string()), ("View", Capability::Read), PermissionMode::Deny)
        };
        let seen = async || {
            let query = ListQuery::default();
            let list = views::list(&world.store, &viewer, &query).await.unwrap();
            assert_eq!(views_of(world, &viewer, &made).await.len(), list.items.len());
            for view in &views {
                let listed = list.items.iter().any(|found| found.id == view.id);
                assert_eq!(views::get(&world.store, &viewer, view.id).await.is_ok(), listed);
            }
            list.items.into_iter().map(|view| view.name).collect::<Vec<_>>()
        };
        let tabs = async |show| {
            let change = WorkbookChange { show_tabs: Some(show), ..WorkbookChange::default() };
            workbooks::update(&world.store, &author, made.item.id, change).await.unwrap();
        };
        assert_eq!(seen().await, ["A", "B"]);
        deny(views[0].id).await;
        assert_eq!(seen().await, ["B"]);
        // A new sheet begins with the workbook's rules; the others keep theirs.
        let again = book(world, over(None, "Book"), 2, vec![sheet("A"), sheet("B"), sheet("C")]).await;
        workbooks::publish(&world.store, &author, again).await.unwrap();
        assert_eq!(seen().await, ["B", "C"]);
        tabs(true).await;
        assert_eq!(seen().await, ["A", "B", "C"]);
        tabs(false).await;
        assert_eq!(seen().await, ["A", "B", "C"]);
    }

    async fn connections_keep_their_ids_and_hide_their_passwords(world) {
        let connection = |place: &str, source: &str| NewConnection {
            place: place.to_owned(),
            source_name: source.to_owned(),
            connection_type: "postgres".to_owned(),
            server_address: "db.example".to_owned(),
            server_port: "5432".to_owned(),
            ..NewConnection::default()
        };
        let mut new = book(world, to(None, "Book"), 1, vec![sheet("A")]).await;
        new.file.connections = vec![
            NewConnection { password: Some("secret".to_owned()), ..connection("s/1", "Sales") },
            connection("s/2", "Sales"),
            connection("t/1", "Targets"),
        ];
        let made = workbooks::publish(&world.store, &world.root, new.clone()).await.unwrap();
        let list = async || workbooks::connections(&world.store, &world.root, made.item.id).await.unwrap();
        let old = list().await;
        assert_eq!(old.iter().map(|c| c.embed_password).collect::<Vec<_>>(), [true, false, false]);
        assert!(old[0].source_id == old[1].source_id && old[0].source_id != old[2].source_id);
        let change = ConnectionChange {
            server_address: Some("other.example".to_owned()),
            user_name: Some("ann".to_owned()),
            password: Some("p".to_owned()),
            embed_password: Some(true),
            ..ConnectionChange::default()
        };
        let changed = workbooks::update_connections(&world.store, &world.root, made.item.id, vec![old[1].id], change);
        let changed = changed.await.unwrap();
        assert_eq!(changed.len(), 1);
        assert_eq!((changed[0].server_address.as_str(), changed[0].server_port.as_str()), ("other.example", "5432"));
        assert!(changed[0].embed_password);
        let unknown = vec![old[0].id, tavola_model::ConnectionId::from_random_bytes([9; 16])];
        let unknown =
            workbooks::update_connections(&world.store, &world.root, made.item.id, unknown, ConnectionChange::default());
        assert!(matches!(unknown.await, Err(Error::NotFound(Missing::Connection(_)))));

        new.file.destination.overwrite = true;
        new.file.connections.remove(0);
        workbooks::publish(&world.store, &world.root, new).await.unwrap();
        let kept = list().await;
        assert_eq!(kept.iter().map(|c| c.id).collect::<Vec<_>>(), [old[1].id, old[2].id]);
        assert_eq!(kept[1].source_id, old[2].source_id);
    }

    async fn what_is_deleted_leaves_nothing(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let editor = world.actor("editor", SiteRole::Creator).await;
        let place = project(world, "Place").await;
        let inner = NewProject { parent_id: Some(place), ..NewProject::new("Inner".parse().unwrap()) };
        let inner = projects::create(&world.store, &world.root, inner).await.unwrap().id;
        for (project, name) in [(None, "a"), (Some(place), "b"), (Some(inner), "c")] {
            let made = publish(world, &author, to(project, name)).await.unwrap();
            let view = views_of(world, &author, &made).await[0].id;
            views::add_tags_to(&world.store, &author, view, vec!["t".to_owned()]).await.unwrap();
            workbooks::add_tags_to(&world.store, &author, made.item.id, vec!["t".to_owned()]).await.unwrap();
            if project.is_none() {
                assert!(lacks(workbooks::delete(&world.store, &editor, made.item.id).await, Capability::Delete));
                workbooks::delete(&world.store, &author, made.item.id).await.unwrap();
                assert!(is_unknown(workbooks::get(&world.store, &author, made.item.id).await));
            }
        }
        let owns = users::remove(&world.store, &world.root, author.user_id(), None).await;
        assert!(matches!(owns, Err(Error::Conflict(Conflict::OwnsContent))));
        users::remove(&world.store, &world.root, author.user_id(), Some(editor.user_id())).await.unwrap();
        assert_eq!(names(world, &world.root, "ownerName:eq:editor", "").await, ["b", "c"]);
        projects::delete(&world.store, &world.root, place).await.unwrap();
        assert_eq!(names(world, &world.root, "", "").await, [""; 0]);
        assert_eq!(recycle_bin::empty(&world.store, &world.root).await.unwrap(), 3);
        let left = "SELECT CASE WHEN (SELECT COUNT(*) FROM tags) + (SELECT COUNT(*) FROM views) \
            + (SELECT COUNT(*) FROM revisions) \
            + (SELECT COUNT(*) FROM permission_rules WHERE content_kind <> 'Project') > 0 THEN 1 ELSE 0 END";
        // A condition that does not hold is an error on both databases.
        let check = format!("CREATE TABLE check_left (n INTEGER CHECK (n = 0)); INSERT INTO check_left {left};");
        world.sql(&check).await.unwrap();
    }
}

on_every_storage! {
    async fn a_picture_is_given_back_whatever_seals_it(world) {
        // Nothing, less than a chunk, whole chunks, and a bit more.
        for (number, length) in [0, 1, 65_536, 131_072, 200_000].into_iter().enumerate() {
            let picture = noise(number as u64, length);
            let view = NewView { preview: Some(picture.clone()), ..sheet("A") };
            let new = book(world, to(None, &format!("Book {number}")), 1, vec![view]).await;
            let made = workbooks::publish(&world.store, &world.root, new).await.unwrap();
            assert_eq!(workbooks::preview(&world.store, &world.root, made.item.id).await.unwrap(), Some(picture));
        }
    }
}
