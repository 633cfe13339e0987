use tavola_model::SiteRole;
use tavola_store::{
    Error, Refusal,
    domains::{self, DomainChange},
};

on_both! {
    async fn the_domain_local_keeps_its_name_and_takes_a_short_one(world) {
        let local = domains::list(&world.store, &world.root).await.unwrap().remove(0);
        assert_eq!((local.name.as_str(), local.short_name.as_str()), ("local", "local"));
        let short = DomainChange { short_name: Some("here".to_owned()), ..DomainChange::default() };
        let changed = domains::update(&world.store, &world.root, local.id, short.clone()).await.unwrap();
        assert_eq!((changed.name.as_str(), changed.short_name.as_str()), ("local", "here"));

        let renamed = DomainChange { name: Some("corp".to_owned()), ..DomainChange::default() };
        let answer = domains::update(&world.store, &world.root, local.id, renamed).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::LocalDomain))));

        let ann = world.actor("ann", SiteRole::SiteAdministratorCreator).await;
        assert_eq!(domains::list(&world.store, &ann).await.unwrap(), [changed]);
        let answer = domains::update(&world.store, &ann, local.id, short).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotServerAdministrator))));
    }
}
