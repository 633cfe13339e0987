use tavola_model::{Filter, ListQuery, Page, SiteRole};
use tavola_store::{
    Error, Missing, Refusal,
    flows::{self, NewFlow, OutputStep},
    items::{CertificationChange, ItemChange, NewConnection},
    recycle_bin,
    virtual_connections::{self, VirtualConnectionChange},
};

use crate::{content::read, datasources::file, workbooks::to, world::World};

fn step(id: &str) -> OutputStep {
    OutputStep { id: id.to_owned(), name: format!("Output {id}") }
}

pub async fn flow(world: &World, name: &str, steps: &[&str]) -> NewFlow {
    NewFlow {
        file: file(world, to(None, name), 1, "tfl").await,
        output_steps: steps.iter().map(|id| step(id)).collect(),
    }
}

on_both! {
    async fn a_flow_has_the_steps_of_its_newest_file(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let viewer = world.actor("viewer", SiteRole::Viewer).await;
        let made = flows::publish(&world.store, &author, flow(world, "Clean", &["b", "a"]).await).await.unwrap();
        let steps = async |actor| flows::output_steps(&world.store, actor, made.item.id).await;
        assert_eq!(steps(&viewer).await.unwrap(), [step("b"), step("a")]);
        let mut again = flow(world, "clean", &["c"]).await;
        again.file.destination.overwrite = true;
        let new = flows::publish(&world.store, &author, again).await.unwrap();
        assert_eq!((new.item.id, new.item.revision, new.item.file_type.as_str()), (made.item.id, 2, "tfl"));
        assert_eq!(steps(&viewer).await.unwrap(), [step("c")]);
        let revisions = flows::revisions(&world.store, &author, made.item.id, Page::default()).await.unwrap();
        assert_eq!(revisions.total, 2);
        world.sql(&format!("DELETE FROM permission_rules WHERE content_id = '{}'", made.item.id)).await.unwrap();
        assert!(matches!(steps(&viewer).await, Err(Error::NotFound(Missing::Content(..)))));
        flows::delete(&world.store, &author, made.item.id).await.unwrap();
        recycle_bin::empty(&world.store, &author).await.unwrap();
        world.sql("CREATE TABLE check_left (n INTEGER CHECK (n = 0)); \
            INSERT INTO check_left SELECT COUNT(*) FROM flow_output_steps").await.unwrap();
    }

    async fn flows_of_a_user_are_owned_or_read(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let other = world.actor("other", SiteRole::Creator).await;
        flows::publish(&world.store, &author, flow(world, "Mine", &[]).await).await.unwrap();
        let theirs = flows::publish(&world.store, &other, flow(world, "Theirs", &[]).await).await.unwrap();
        let of = async |owned| {
            let list = flows::list_of_user(&world.store, &author, author.user_id(), owned, Page::default()).await;
            list.unwrap().items.into_iter().map(|flow| flow.item.name).collect::<Vec<_>>()
        };
        assert_eq!(of(true).await, ["Mine"]);
        assert_eq!(of(false).await, ["Mine", "Theirs"]);
        let stranger = flows::list_of_user(&world.store, &author, other.user_id(), true, Page::default()).await;
        assert!(matches!(stranger, Err(Error::Forbidden(Refusal::NotSiteAdministrator))));
        let query = ListQuery { filters: Filter::parse_all("ownerName:eq:other").unwrap(), ..ListQuery::default() };
        assert_eq!(flows::list(&world.store, &world.root, &query).await.unwrap().items, std::slice::from_ref(&theirs));
        let rename = ItemChange { name: Some("x".parse().unwrap()), ..ItemChange::default() };
        let refused = flows::update(&world.store, &author, theirs.item.id, rename.clone()).await;
        assert!(matches!(refused, Err(Error::Forbidden(Refusal::LacksCapability(_)))));
        assert_eq!(flows::update(&world.store, &other, theirs.item.id, rename).await.unwrap().item.name, "x");
    }

    async fn the_text_of_a_virtual_connection_is_for_those_who_may_write_it(world) {
        let author = world.actor("author", SiteRole::Creator).await;
        let reader = world.actor("reader", SiteRole::Creator).await;
        let heir = world.actor("heir", SiteRole::Creator).await;
        let mut new = file(world, to(None, "Tables"), 1, "json").await;
        new.connections = vec![NewConnection { place: "1".to_owned(), ..NewConnection::default() }];
        let made = virtual_connections::publish(&world.store, &author, new, None).await.unwrap();
        let id = made.item.id;
        assert_eq!(virtual_connections::get(&world.store, &reader, id).await.unwrap().item.name, "Tables");
        assert_eq!(virtual_connections::connections(&world.store, &reader, id).await.unwrap().len(), 1);
        let refused = virtual_connections::download(&world.store, &reader, id, None).await;
        assert!(matches!(refused, Err(Error::Forbidden(Refusal::LacksCapability(_)))));
        for actor in [&author, &world.root] {
            let text = virtual_connections::download(&world.store, actor, id, None).await.unwrap();
            assert_eq!(read(&world.store, &text.blob).await, [1; 1000]);
        }
        let certification = CertificationChange { is_certified: Some(true), note: Some("n".to_owned()) };
        let change = VirtualConnectionChange { certification, ..VirtualConnectionChange::default() };
        let certified = virtual_connections::update(&world.store, &world.root, id, change).await.unwrap();
        assert_eq!(certified.certification.as_deref(), Some("n"));

        let another = file(world, to(None, "Given"), 2, "json").await;
        let given = virtual_connections::publish(&world.store, &author, another, Some(heir.user_id())).await.unwrap();
        assert_eq!(given.item.owner_id, heir.user_id());
        let query = ListQuery { filters: Filter::parse_all("isCertified:eq:true").unwrap(), ..ListQuery::default() };
        let list = virtual_connections::list(&world.store, &world.root, &query).await.unwrap();
        assert_eq!(list.items, [certified]);
    }
}
