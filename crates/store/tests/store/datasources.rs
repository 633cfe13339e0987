use tavola_model::{Filter, ListQuery, PermissionMode, SheetType, SiteRole, Sort};
use tavola_store::{
    Actor, Error, Missing, Refusal, Taken,
    datasources::{self, Datasource, DatasourceChange, NewDatasource},
    items::{CertificationChange, Destination, ItemChange, NewConnection, NewFile},
    projects::{self, NewProject},
    views::NewView,
    workbooks::{self, NewWorkbook},
};

use crate::{
    content::{read, receive},
    workbooks::to,
    world::World,
};

/// A file whose every byte is one of one's choice.
pub async fn file(world: &World, destination: Destination, byte: u8, file_type: &str) -> NewFile {
    NewFile {
        destination,
        description: None,
        encrypt_extracts: None,
        blob: receive(&world.store, &[byte; 1000]).await,
        file_type: file_type.to_owned(),
        has_extracts: false,
        connections: Vec::new(),
        upload: None,
    }
}

fn connection(connection_type: &str, server: &str, database: &str) -> NewConnection {
    NewConnection {
        place: format!("{connection_type} {server} {database}"),
        source_name: "Source".to_owned(),
        connection_type: connection_type.to_owned(),
        server_address: server.to_owned(),
        database_name: database.to_owned(),
        ..NewConnection::default()
    }
}

pub fn source(file: NewFile) -> NewDatasource {
    NewDatasource { file, use_remote_query_agent: None, certification: CertificationChange::default() }
}

async fn publish(world: &World, actor: &Actor, name: &str, connections: Vec<NewConnection>) -> Datasource {
    let file = NewFile { connections, ..file(world, to(None, name), 1, "tds").await };
    datasources::publish(&world.store, actor, source(file)).await.unwrap()
}

async fn names(world: &World, actor: &Actor, filter: &str, sort: &str) -> Vec<String> {
    let query = ListQuery {
        filters: Filter::parse_all(filter).unwrap(),
        sorts: Sort::parse_all(sort).unwrap(),
        ..ListQuery::default()
    };
    let list = datasources::list(&world.store, actor, &query).await.unwrap();
    list.items.into_iter().map(|source| source.item.name).collect()
}

async fn workbook_on(world: &World, name: &str, content_url: &str) {
    let view = NewView {
        name: "Sheet".to_owned(),
        title: String::new(),
        sheet_type: SheetType::Worksheet,
        hidden: false,
        preview: None,
    };
    let file = NewFile {
        // Two connections to one data source are one workbook.
        connections: vec![connection("sqlproxy", "a", content_url), connection("sqlproxy", "b", content_url)],
        ..file(world, to(None, name), 9, "twb").await
    };
    let new = NewWorkbook { file, show_tabs: None, views: vec![view], default_view: None };
    workbooks::publish(&world.store, &world.root, new).await.unwrap();
}

fn certify(is_certified: Option<bool>, note: Option<&str>) -> DatasourceChange {
    let certification = CertificationChange { is_certified, note: note.map(str::to_owned) };
    DatasourceChange { certification, ..DatasourceChange::default() }
}

on_both! {
    async fn a_published_data_source_says_what_it_leads_to(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let connections = vec![connection("postgres", "db.example", "sales"), connection("mysql", "other", "")];
        let made = publish(world, &author, "Sales (2026)", connections).await;
        assert_eq!(made.item.content_url, "Sales2026");
        assert_eq!((made.datasource_type.as_str(), made.server_name.as_str()), ("postgres", "db.example"));
        assert_eq!((made.database_name.as_str(), made.connected_workbooks), ("sales", 0));
        assert!(!made.use_remote_query_agent && made.certification.is_none());
        assert_eq!(datasources::get(&world.store, &author, made.item.id).await.unwrap(), made);
        let by_url = datasources::get_by_content_url(&world.store, &author, "SALES2026").await.unwrap();
        assert_eq!(by_url, made);
        let download = datasources::download(&world.store, &author, made.item.id, None).await.unwrap();
        assert_eq!((read(&world.store, &download.blob).await, download.file_type.as_str()), (vec![1; 1000], "tds"));
        // The name of a workbook or flow is not that of a data source.
        workbook_on(world, "Sales (2026)", "x").await;
        let again = source(file(world, to(None, "SALES (2026)"), 2, "hyper").await);
        let taken = datasources::publish(&world.store, &author, again.clone()).await;
        assert!(matches!(taken, Err(Error::AlreadyExists(Taken::ContentName(_, name))) if name == "Sales (2026)"));

        let mut over = again;
        over.file.destination.overwrite = true;
        over.use_remote_query_agent = Some(true);
        let new = datasources::publish(&world.store, &author, over).await.unwrap();
        assert_eq!((new.item.id, new.item.revision), (made.item.id, 2));
        assert_eq!((new.datasource_type.as_str(), new.use_remote_query_agent), ("", true));
        datasources::delete(&world.store, &author, made.item.id).await.unwrap();
        let gone = datasources::get(&world.store, &author, made.item.id).await;
        assert!(matches!(gone, Err(Error::NotFound(Missing::Content(..)))));
    }

    async fn workbooks_are_counted_that_name_a_data_source(world) {
        let made = publish(world, &world.root, "Used", Vec::new()).await;
        publish(world, &world.root, "Unused", Vec::new()).await;
        for book in ["a", "b"] {
            workbook_on(world, book, &made.item.content_url).await;
        }
        let count = async || {
            datasources::get(&world.store, &world.root, made.item.id).await.unwrap().connected_workbooks
        };
        assert_eq!(count().await, 2);
        assert_eq!(names(world, &world.root, "connectedWorkbooksCount:gt:1", "").await, ["Used"]);
        assert_eq!(names(world, &world.root, "", "connectedWorkbooksCount:desc").await, ["Used", "Unused"]);
        // Those of another site name another data source.
        let site = world.site("other").await;
        let there = world.root_on(&site.content_url.to_string()).await;
        let elsewhere = publish(world, &there, "Used", Vec::new()).await;
        assert_eq!((elsewhere.item.content_url.as_str(), elsewhere.connected_workbooks), ("Used", 0));
        let books = workbooks::list(&world.store, &world.root, &ListQuery::default()).await.unwrap();
        workbooks::delete(&world.store, &world.root, books.items[0].item.id).await.unwrap();
        assert_eq!(count().await, 1);
    }

    async fn lists_are_filtered_by_what_connections_say(world) {
        let with_password = NewConnection {
            password: Some("p".to_owned()),
            user_name: "ann".to_owned(),
            server_port: "5432".to_owned(),
            authentication_type: "auth-pass".to_owned(),
            ..connection("postgres", "db.example", "sales")
        };
        publish(world, &world.root, "a", vec![connection("hyper", "", "x.hyper"), with_password]).await;
        publish(world, &world.root, "b", vec![connection("mysql", "my.example", "")]).await;
        publish(world, &world.root, "c", Vec::new()).await;
        for (filter, found) in [
            ("connectionType:eq:postgres", &["a"][..]),
            ("connectionType:in:[postgres,mysql]", &["a", "b"]),
            ("serverName:eq:my.example", &["b"]),
            ("databaseName:eq:sales", &["a"]),
            ("databaseUserName:eq:ann", &["a"]),
            ("serverPort:eq:5432", &["a"]),
            ("authenticationType:eq:auth-pass", &["a"]),
            ("connectionTo:in:[x.hyper,my.example]", &["a", "b"]),
            ("connectionTo:eq:sales", &[]),
            ("hasEmbeddedPassword:eq:true", &["a"]),
            ("hasEmbeddedPassword:eq:false", &["b", "c"]),
            ("type:eq:hyper", &["a"]),
            ("type:eq:postgres", &[]),
            ("isPublished:eq:true", &["a", "b", "c"]),
            ("isPublished:eq:false", &[]),
            ("hasAlert:eq:false", &["a", "b", "c"]),
            ("isConnectable:eq:true", &["a", "b", "c"]),
            ("isCertified:eq:true", &[]),
            ("connectedWorkbooksCount:eq:0,hasExtracts:eq:false", &["a", "b", "c"]),
        ] {
            assert_eq!(names(world, &world.root, filter, "").await, found, "{filter}");
        }
        for sort in ["type:desc", "connectionTo:desc", "hasEmbeddedPassword:desc", "isCertified:asc", "serverName:asc"] {
            assert_eq!(names(world, &world.root, "", sort).await.len(), 3, "{sort}");
        }
        assert_eq!(names(world, &world.root, "", "serverName:desc,name:asc").await, ["b", "a", "c"]);
        let query = ListQuery { filters: Filter::parse_all("isUnheardOf:eq:true").unwrap(), ..ListQuery::default() };
        assert!(matches!(datasources::list(&world.store, &world.root, &query).await, Err(Error::InvalidList(_))));
    }

    async fn ports_and_cubes_are_told_by_the_first_connection(world) {
        for (name, connection_type, port) in [
            ("a cube", "msolap", "2383"),
            ("at its own port", "postgres", "6432"),
            ("at the usual port", "postgres", "5432"),
            ("at the port of another", "mysql", "5432"),
            ("at no port", "hyper", ""),
        ] {
            let connection = connection(connection_type, "db.example", "");
            let connection = NewConnection { server_port: port.to_owned(), ..connection };
            publish(world, &world.root, name, vec![connection]).await;
        }
        publish(world, &world.root, "nothing", Vec::new()).await;
        for (filter, found) in [
            ("isHierarchical:eq:true", &["a cube"][..]),
            ("isDefaultPort:eq:true", &["at no port", "at the usual port", "nothing"]),
            ("isDefaultPort:eq:false", &["a cube", "at its own port", "at the port of another"]),
            ("isConnectable:eq:false", &[]),
        ] {
            assert_eq!(names(world, &world.root, filter, "name:asc").await, found, "{filter}");
        }
        let sorted = names(world, &world.root, "isConnectable:eq:true", "isHierarchical:desc,isDefaultPort:desc,name:asc").await;
        assert_eq!((sorted.len(), &sorted[..2]), (6, &["a cube".to_owned(), "at no port".to_owned()][..]));
    }

    async fn those_who_lead_the_project_certify(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let leader = world.actor("leader", SiteRole::Creator).await;
        let made = publish(world, &author, "Data", Vec::new()).await;
        let update = async |actor: &Actor, change| datasources::update(&world.store, actor, made.item.id, change).await;
        let refused = update(&author, certify(Some(true), Some("mine"))).await;
        assert!(matches!(refused, Err(Error::Forbidden(Refusal::NotLeader))), "{refused:?}");
        // Clients send back what they were told.
        update(&author, certify(Some(false), None)).await.unwrap();
        world
            .sql(&format!(
                "INSERT INTO permission_rules \
                 (site_id, content_kind, content_id, applies_to, user_id, capability, mode) \
                 VALUES ('{}', 'Project', '{}', 'Project', '{}', 'ProjectLeader', '{}')",
                leader.site_id(),
                made.item.project_id,
                leader.user_id(),
                PermissionMode::Allow
            ))
            .await
            .unwrap();
        let certified = update(&leader, certify(Some(true), Some("checked"))).await.unwrap();
        assert_eq!(certified.certification.as_deref(), Some("checked"));
        assert_eq!(names(world, &author, "isCertified:eq:true", "").await, ["Data"]);
        assert!(update(&author, certify(Some(false), None)).await.is_err());
        assert!(update(&author, certify(Some(true), Some("other"))).await.is_err());
        let other = update(&world.root, certify(None, Some("again"))).await.unwrap();
        assert_eq!(other.certification.as_deref(), Some("again"));
        let kept = update(&author, certify(Some(true), Some("again"))).await.unwrap();
        assert_eq!(kept.certification.as_deref(), Some("again"));
        assert_eq!(update(&leader, certify(Some(false), Some("no"))).await.unwrap().certification, None);
    }

    async fn what_is_published_certified_takes_the_same_say(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let new = async |name: &str| NewDatasource {
            certification: CertificationChange { is_certified: Some(true), note: None },
            ..source(file(world, to(None, name), 1, "tds").await)
        };
        let refused = datasources::publish(&world.store, &author, new("a").await).await;
        assert!(matches!(refused, Err(Error::Forbidden(Refusal::NotLeader))));
        assert_eq!(names(world, &author, "", "").await, [""; 0]);
        let made = datasources::publish(&world.store, &world.root, new("a").await).await.unwrap();
        assert_eq!(made.certification.as_deref(), Some(""));
    }

    async fn rows_are_appended_only_to_what_is_there(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let editor = world.actor("editor", SiteRole::Creator).await;
        let check = async |actor: &Actor, name: &str| {
            datasources::find_target(&world.store, actor, to(None, name)).await.map(drop)
        };
        let missing = check(&author, "Data").await;
        assert!(matches!(missing, Err(Error::NotFound(Missing::Content(_, name))) if name == "Data"));
        publish(world, &author, "Data", Vec::new()).await;
        check(&author, "data").await.unwrap();
        assert!(matches!(check(&editor, "Data").await, Err(Error::Forbidden(Refusal::LacksCapability(_)))));
    }

    async fn a_data_source_is_moved_and_changed_like_any_content(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let editor = world.actor("editor", SiteRole::Creator).await;
        let made = publish(world, &author, "Data", Vec::new()).await;
        let other = projects::create(&world.store, &world.root, NewProject::new("Other".parse().unwrap())).await.unwrap();
        let remote = DatasourceChange { use_remote_query_agent: Some(true), ..DatasourceChange::default() };
        let refused = datasources::update(&world.store, &editor, made.item.id, remote.clone()).await;
        assert!(matches!(refused, Err(Error::Forbidden(Refusal::LacksCapability(_)))));
        world.advance_minutes(1);
        let changed = datasources::update(&world.store, &author, made.item.id, remote).await.unwrap();
        assert!(changed.use_remote_query_agent && changed.item.updated_at > made.item.updated_at);
        let item = ItemChange {
            name: Some("New".parse().unwrap()),
            project_id: Some(other.id),
            description: Some("what".to_owned()),
            ..ItemChange::default()
        };
        let change = DatasourceChange { item, ..DatasourceChange::default() };
        let changed = datasources::update(&world.store, &world.root, made.item.id, change).await.unwrap();
        assert_eq!((changed.item.name.as_str(), changed.item.project_name.as_str()), ("New", "Other"));
        assert_eq!((changed.item.content_url.as_str(), changed.item.description.as_str()), ("Data", "what"));
        let tags = datasources::add_tags_to(&world.store, &author, made.item.id, vec!["t".to_owned()]).await.unwrap();
        assert_eq!(tags, ["t"]);
        assert_eq!(names(world, &author, "tags:eq:T", "").await, ["New"]);
    }
}
