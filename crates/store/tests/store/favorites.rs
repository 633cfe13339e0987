use tavola_model::{Capability, FavoriteKind, Filter, ListQuery, Page, PermissionMode, SiteRole, Sort};
use tavola_store::{
    Actor, Error, Invalid, Missing, Refusal, Taken, datasources,
    favorites::{self, Content, Favorite, Move, Which},
    flows, projects, users, views, workbooks,
};

use crate::{
    datasources::{file, source},
    flows::flow,
    workbooks::{book, is_unknown, over, project, publish, rule, sheet, to, views_of},
    world::World,
};

fn which(kind: FavoriteKind, id: impl ToString) -> Which {
    Which { kind, id: id.to_string() }
}

async fn add(world: &World, actor: &Actor, which: Which, label: &str) -> Result<Vec<Favorite>, Error> {
    favorites::add(&world.store, actor, actor.user_id(), which, label.to_owned()).await
}

async fn labels(world: &World, actor: &Actor) -> Vec<String> {
    let list = favorites::list(&world.store, actor, actor.user_id(), Page::default()).await.unwrap();
    assert_eq!(list.total, list.items.len() as u64);
    list.items.into_iter().map(|favorite| favorite.label).collect()
}

fn page(number: &str, size: &str) -> Page {
    Page::parse(Some(number), Some(size)).unwrap()
}

on_both! {
    async fn data_sources_and_flows_are_favorites_as_workbooks_are(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let viewer = world.actor("viewer", SiteRole::Viewer).await;
        let new = source(file(world, to(None, "Data"), 1, "tds").await);
        let source = datasources::publish(&world.store, &author, new).await.unwrap().item.id;
        let flow = flows::publish(&world.store, &author, flow(world, "Clean", &[]).await).await.unwrap().item.id;
        add(world, &viewer, which(FavoriteKind::Flow, flow), "f").await.unwrap();
        let all = add(world, &viewer, which(FavoriteKind::Datasource, source), "d").await.unwrap();
        assert!(matches!(&all[0].content, Content::Flow(found) if found.item.name == "Clean"));
        assert!(matches!(&all[1].content, Content::Datasource(found) if found.item.name == "Data"));
        // What may not be read any more is left out, what is deleted is gone.
        world.sql(&format!("DELETE FROM permission_rules WHERE content_id = '{source}'")).await.unwrap();
        assert_eq!(labels(world, &viewer).await, ["f"]);
        assert!(is_unknown(add(world, &viewer, which(FavoriteKind::Datasource, source), "again").await));
        flows::delete(&world.store, &author, flow).await.unwrap();
        assert_eq!(labels(world, &viewer).await, [""; 0]);
    }

    async fn favorites_keep_the_order_that_their_user_gives_them(world) {
        let reader = world.actor("reader", SiteRole::Viewer).await;
        let workbook = publish(world, &world.root, to(None, "Sales")).await.unwrap();
        let view = views_of(world, &world.root, &workbook).await.remove(0);
        let place = project(world, "Place").await;
        let (book, sheet, place) = (
            which(FavoriteKind::Workbook, workbook.item.id),
            which(FavoriteKind::View, view.id),
            which(FavoriteKind::Project, place),
        );
        add(world, &reader, book.clone(), "b").await.unwrap();
        add(world, &reader, sheet.clone(), " a ").await.unwrap();
        let all = add(world, &reader, place.clone(), "B").await.unwrap();
        assert!(matches!(&all[0].content, Content::Workbook(found) if found.item.name == "Sales"));
        assert!(matches!(&all[1].content, Content::View(found) if found.id == view.id));
        assert!(matches!(&all[2].content, Content::Project(found) if found.favorites_total == 1));
        assert_eq!(labels(world, &reader).await, ["b", "a", "B"]);
        // The same again is one still, under another label if it is another.
        add(world, &reader, sheet.clone(), "c").await.unwrap();
        assert_eq!(labels(world, &reader).await, ["b", "c", "B"]);

        let moved = |what: &Which, after: &Which| Move { what: what.clone(), after: after.clone() };
        let user = reader.user_id();
        let moves = vec![moved(&book, &place), moved(&place, &sheet), moved(&sheet, &sheet)];
        favorites::organize(&world.store, &reader, user, moves).await.unwrap();
        assert_eq!(labels(world, &reader).await, ["c", "B", "b"]);
        let second = favorites::list(&world.store, &reader, user, page("2", "2")).await.unwrap();
        assert_eq!((second.items.len(), second.items[0].label.as_str(), second.total), (1, "b", 3));
        // All of the moves or none.
        let unknown = which(FavoriteKind::View, workbook.item.id);
        let refused = favorites::organize(&world.store, &reader, user, vec![moved(&sheet, &book), moved(&book, &unknown)]);
        assert!(matches!(refused.await, Err(Error::NotFound(Missing::Favorite(_)))));
        assert_eq!(labels(world, &reader).await, ["c", "B", "b"]);

        favorites::remove(&world.store, &reader, user, sheet.clone()).await.unwrap();
        let again = favorites::remove(&world.store, &reader, user, sheet).await;
        assert!(matches!(again, Err(Error::NotFound(Missing::Favorite(_)))));
        assert_eq!(labels(world, &reader).await, ["B", "b"]);
    }

    async fn a_label_is_not_blank_and_unlike_the_users_others(world) {
        let reader = world.actor("reader", SiteRole::Viewer).await;
        let one = publish(world, &world.root, to(None, "One")).await.unwrap().item.id;
        let two = publish(world, &world.root, to(None, "Two")).await.unwrap().item.id;
        let (one, two) = (which(FavoriteKind::Workbook, one), which(FavoriteKind::Workbook, two));
        for blank in ["", " \t"] {
            let refused = add(world, &reader, one.clone(), blank).await;
            assert!(matches!(refused, Err(Error::Invalid(Invalid::BlankLabel))));
        }
        for bad in ["a\0b".to_owned(), "x".repeat(256)] {
            assert!(matches!(add(world, &reader, one.clone(), &bad).await, Err(Error::Invalid(Invalid::Value(_)))));
        }
        add(world, &reader, one.clone(), "Größe 漢字").await.unwrap();
        let taken = add(world, &reader, two.clone(), "Größe 漢字").await;
        assert!(matches!(taken, Err(Error::AlreadyExists(Taken::FavoriteLabel(_)))));
        // Another user has labels of their own.
        add(world, &world.root, two, "Größe 漢字").await.unwrap();
    }

    async fn favorites_are_their_users_own(world) {
        let reader = world.actor("reader", SiteRole::Viewer).await;
        let other = world.actor("other", SiteRole::Creator).await;
        let workbook = publish(world, &world.root, to(None, "Sales")).await.unwrap().item.id;
        let book = which(FavoriteKind::Workbook, workbook);
        add(world, &reader, book.clone(), "mine").await.unwrap();
        let refused = favorites::list(&world.store, &other, reader.user_id(), Page::default()).await;
        assert!(matches!(refused, Err(Error::Forbidden(Refusal::NotSiteAdministrator))));
        let refused = favorites::remove(&world.store, &other, reader.user_id(), book.clone()).await;
        assert!(matches!(refused, Err(Error::Forbidden(Refusal::NotSiteAdministrator))));
        let seen = favorites::list(&world.store, &world.root, reader.user_id(), Page::default()).await.unwrap();
        assert_eq!(seen.total, 1);
        favorites::remove(&world.store, &world.root, reader.user_id(), book.clone()).await.unwrap();
        favorites::add(&world.store, &world.root, reader.user_id(), book, "given".to_owned()).await.unwrap();
        assert_eq!(labels(world, &reader).await, ["given"]);
    }

    async fn what_may_not_be_read_is_no_favorite_and_comes_back_with_the_right(world) {
        let reader = world.actor("reader", SiteRole::Viewer).await;
        let workbook = publish(world, &world.root, to(None, "Sales")).await.unwrap();
        let (kind, id) = ("Workbook", workbook.item.id.to_string());
        let book = which(FavoriteKind::Workbook, &id);
        add(world, &reader, book.clone(), "b").await.unwrap();
        rule(world, &reader, (kind, id), (kind, Capability::Read), PermissionMode::Deny).await;
        assert_eq!(labels(world, &reader).await, [""; 0]);
        assert!(is_unknown(add(world, &reader, book, "b").await));
        world.sql("DELETE FROM permission_rules WHERE mode = 'Deny'").await.unwrap();
        assert_eq!(labels(world, &reader).await, ["b"]);
        for kind in [FavoriteKind::Datasource, FavoriteKind::Flow, FavoriteKind::View, FavoriteKind::Workbook] {
            assert!(is_unknown(add(world, &reader, which(kind, "nothing"), "n").await));
        }
    }

    async fn favorites_go_with_the_content_and_with_the_user(world) {
        let reader = world.actor("reader", SiteRole::Viewer).await;
        let place = project(world, "Place").await;
        let new = book(world, to(Some(place), "Sales"), 1, vec![sheet("A"), sheet("B")]).await;
        let workbook = workbooks::publish(&world.store, &world.root, new).await.unwrap();
        let sheets = views_of(world, &world.root, &workbook).await;
        add(world, &reader, which(FavoriteKind::Project, place), "p").await.unwrap();
        add(world, &reader, which(FavoriteKind::Workbook, workbook.item.id), "w").await.unwrap();
        for view in &sheets {
            add(world, &reader, which(FavoriteKind::View, view.id), &view.name).await.unwrap();
        }
        let count = |filter: &str| ListQuery {
            filters: Filter::parse_all(filter).unwrap(),
            sorts: Sort::parse_all("favoritesTotal:desc").unwrap(),
            ..ListQuery::default()
        };
        let liked = count("favoritesTotal:gte:1");
        assert_eq!(workbooks::list(&world.store, &reader, &liked).await.unwrap().total, 1);
        assert_eq!(views::list(&world.store, &reader, &liked).await.unwrap().items[1].favorites_total, 1);
        // A sheet that the file has no more is no favorite any more.
        let new = book(world, over(Some(place), "Sales"), 2, vec![sheet("A")]).await;
        workbooks::publish(&world.store, &world.root, new).await.unwrap();
        assert_eq!(labels(world, &reader).await, ["p", "w", "A"]);
        workbooks::delete(&world.store, &world.root, workbook.item.id).await.unwrap();
        assert_eq!(labels(world, &reader).await, ["p"]);
        let workbook = publish(world, &world.root, to(Some(place), "Again")).await.unwrap();
        add(world, &reader, which(FavoriteKind::Workbook, workbook.item.id), "w").await.unwrap();
        projects::delete(&world.store, &world.root, place).await.unwrap();
        assert_eq!(labels(world, &reader).await, [""; 0]);

        let workbook = publish(world, &world.root, to(None, "Last")).await.unwrap();
        add(world, &reader, which(FavoriteKind::Workbook, workbook.item.id), "w").await.unwrap();
        users::remove(&world.store, &world.root, reader.user_id(), None).await.unwrap();
        assert_eq!(workbooks::list(&world.store, &world.root, &liked).await.unwrap().total, 0);
        // Nothing lies about that nobody sees: there is room for a row with its id.
        world.sql("CREATE TABLE empty (n BIGINT CHECK (n = 0))").await.unwrap();
        world.sql("INSERT INTO empty SELECT COUNT(*) FROM favorites").await.unwrap();
    }
}
