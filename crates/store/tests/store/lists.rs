use std::collections::BTreeSet;

use tavola_model::{ListQuery, Page, SiteRole, Sort};
use tavola_store::{Actor, Error, InvalidList, users, workbooks};

use crate::{
    workbooks::{publish, to},
    world::World,
};

fn query(number: u32, size: u32, sort: &str) -> ListQuery {
    let page = Page::parse(Some(&number.to_string()), Some(&size.to_string())).unwrap();
    ListQuery { page, sorts: Sort::parse_all(sort).unwrap(), ..ListQuery::default() }
}

/// A page of the users: their names, and how many there are in all.
async fn page(world: &World, actor: &Actor, number: u32, size: u32) -> (Vec<String>, u64) {
    let list = users::list(&world.store, actor, &query(number, size, "")).await.unwrap();
    (list.items.into_iter().map(|user| user.name).collect(), list.total)
}

async fn add_many(world: &World, prefix: &str, count: usize) {
    let site = world.root.site_id();
    let digits = |n: &str| format!("CAST({n} AS TEXT)");
    let (series, pad) = if world.store.is_sqlite() {
        let series = format!(
            "WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n + 1 < {count}) SELECT n FROM s"
        );
        (series, "printf('%08d', n)".to_owned())
    } else {
        (format!("SELECT generate_series(0, {}) AS n", count - 1), format!("lpad({}, 8, '0')", digits("n")))
    };
    let kind =
        u32::from_str_radix(&prefix.bytes().map(|byte| format!("{byte:02x}")).collect::<String>()[..2], 16).unwrap();
    let id = |letter: char| format!("'{kind:08x}-0000-4000-8000-{letter}000' || {pad}");
    let accounts = format!(
        "INSERT INTO accounts (id, name, name_key, full_name, email, domain, server_administrator, created_at, updated_at) \
         SELECT {}, '{prefix}' || {pad}, '{prefix}' || {pad}, '', '', 'local', 0, 0, 0 FROM ({series}) x",
        id('a')
    );
    let users = format!(
        "INSERT INTO users (id, site_id, account_id, site_role, auth_setting, external_auth_user_id, \
         idp_configuration_id, language, locale, created_at, updated_at, name_key) \
         SELECT {}, '{site}', {}, 'Viewer', 'ServerDefault', '', '', '', '', 0, 0, '{prefix}' || {pad} FROM ({series}) x",
        id('b'),
        id('a')
    );
    world.sql(&accounts).await.unwrap();
    world.sql(&users).await.unwrap();
}

on_both! {
    async fn paging_never_skips_or_repeats_an_item_while_content_changes(world) {
        add_many(world, "m", 300).await;
        let (mut seen, total) = page(world, &world.root, 1, 50).await;
        assert_eq!(total, 301);
        let before: BTreeSet<String> =
            users::list(&world.store, &world.root, &query(1, 1000, "name:asc")).await.unwrap().items.into_iter().map(|user| user.name).collect();
        let mut deleted = Vec::new();
        for number in 2..=7 {
            // One comes before all that is left, one that was seen and one that was not yet are gone.
            world.add(&world.root, &format!("a{number}"), SiteRole::Viewer).await.unwrap();
            for name in [seen[number as usize].clone(), format!("m{:08}", 300 - number)] {
                world.sql(&format!("DELETE FROM users WHERE name_key = '{name}'")).await.unwrap();
                deleted.push(name);
            }
            let (names, total) = page(world, &world.root, number, 50).await;
            assert_eq!(total, 301);
            seen.extend(names);
        }
        let found: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(found.len(), seen.len(), "an item came twice");
        assert!(found.is_subset(&before), "an item came that was not there");
        for missing in before.difference(&found) {
            assert!(deleted.contains(missing), "{missing} was skipped");
        }
        let past = users::list(&world.store, &world.root, &query(8, 50, "")).await;
        assert!(matches!(past, Err(Error::InvalidList(InvalidList::PastTheEnd { total: 301, .. }))));
        // Whoever begins anew sees what is there now.
        assert_eq!(page(world, &world.root, 1, 50).await.1, 301 + 6 - 12);
    }

    async fn a_list_is_a_sessions_own_and_is_counted_anew_when_it_is_no_longer_kept(world) {
        add_many(world, "m", 30).await;
        let other = world.sign_in("root", "").await.unwrap().actor;
        assert_eq!(page(world, &world.root, 1, 10).await.1, 31);
        world.add(&world.root, "a", SiteRole::Viewer).await.unwrap();
        assert_eq!(page(world, &other, 2, 10).await.1, 32);
        let (names, total) = page(world, &world.root, 2, 10).await;
        assert_eq!((names[0].as_str(), total), ("m00000010", 31));
        // Another order is another list.
        let sorted = users::list(&world.store, &world.root, &query(2, 10, "name:desc")).await.unwrap();
        assert_eq!(sorted.total, 32);
        world.advance_minutes(11);
        let (names, total) = page(world, &world.root, 2, 10).await;
        assert_eq!((names[0].as_str(), total), ("m00000009", 32));
    }

    async fn what_may_not_be_read_any_more_is_on_no_page(world) {
        for number in 0..4 {
            publish(world, &world.root, to(None, &format!("w{number}"))).await.unwrap();
        }
        let reader = world.actor("reader", SiteRole::Viewer).await;
        let names = async |number| {
            let list = workbooks::list(&world.store, &reader, &query(number, 2, "")).await.unwrap();
            list.items.into_iter().map(|workbook| workbook.item.name).collect::<Vec<_>>()
        };
        assert_eq!(names(1).await, ["w0", "w1"]);
        world.sql("DELETE FROM permission_rules WHERE content_id = (SELECT id FROM items WHERE name = 'w2')").await.unwrap();
        world.sql("UPDATE items SET name = 'x', name_key = 'x' WHERE name = 'w3'").await.unwrap();
        assert_eq!(names(2).await, ["x"]);
    }

    async fn of_a_long_list_the_rest_is_kept_when_it_is_asked_for(world) {
        add_many(world, "m", 25_000).await;
        let (first, total) = page(world, &world.root, 1, 1000).await;
        assert_eq!(total, 25_001);
        world.add(&world.root, "a", SiteRole::Viewer).await.unwrap();
        world.sql(&format!("DELETE FROM users WHERE name_key = '{}'", first[3])).await.unwrap();
        let (second, _) = page(world, &world.root, 2, 1000).await;
        assert_eq!((second[0].as_str(), second[999].as_str()), ("m00001000", "m00001999"));
        world.add(&world.root, "b", SiteRole::Viewer).await.unwrap();
        world.sql("DELETE FROM users WHERE name_key = 'm00001500'").await.unwrap();
        let (third, _) = page(world, &world.root, 3, 1000).await;
        assert_eq!((third[0].as_str(), third.len()), ("m00002000", 1000));
        let (last, total) = page(world, &world.root, 26, 1000).await;
        assert_eq!((last, total), (vec!["root".to_owned(), "a".to_owned()], 25_002));
    }
}
