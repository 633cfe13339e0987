use tavola_model::{ListQuery, Page, SiteRole};
use tavola_store::{groups, setup, sites};

use crate::world::PASSWORD;

on_both! {
    async fn the_first_administrator_gets_the_site_default(world) {
        let root = &world.root;
        assert_eq!((root.user_name(), root.site_role()), ("root", SiteRole::ServerAdministrator));
        assert!(root.is_server_administrator() && root.is_site_administrator());
        assert_eq!((root.site_name(), root.site_content_url()), ("Default", ""));
        assert_eq!((root.scopes(), root.impersonator(), root.access_token_name()), (None, None, None));

        let sites = sites::list(&world.store, root, &ListQuery::default()).await.unwrap();
        assert_eq!(sites.total, 1);
        let groups = groups::of_user(&world.store, root, root.user_id(), Page::default()).await.unwrap();
        assert_eq!(groups.items[0].name, "All Users");
        assert!(groups.items[0].all_users);
    }

    async fn the_door_closes_for_good_behind_the_first_administrator(world) {
        assert!(!setup::is_open(&world.store).await.unwrap());
        world.sql("UPDATE accounts SET server_administrator = 0; DELETE FROM users").await.unwrap();
        assert!(!setup::is_open(&world.store).await.unwrap());
        assert!(!setup::first_administrator(&world.store, "eve".parse().unwrap(), PASSWORD).await.unwrap());
    }

    async fn of_two_first_administrators_one_comes_first(world) {
        world.sql("DELETE FROM server_settings; DELETE FROM sites; DELETE FROM accounts").await.unwrap();
        let first = setup::first_administrator(&world.store, "ann".parse().unwrap(), PASSWORD);
        let second = setup::first_administrator(&world.store, "bob".parse().unwrap(), PASSWORD);
        let (first, second) = tokio::join!(first, second);
        assert!(first.unwrap() ^ second.unwrap());
    }
}
