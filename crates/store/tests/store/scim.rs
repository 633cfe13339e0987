//! What an identity provider does to users and groups, on either database.

use tavola_model::{ListQuery, SiteRole, UserId};
use tavola_store::{
    Actor, Error, Missing, Origin, Refusal, audit, groups,
    scim::{self, GroupFilter, NewScimGroup, NewScimUser, UserFilter},
    sites::{self, SiteChange},
    users::{self, UserChange},
};

use crate::world::World;

async fn provider(world: &World) -> Actor {
    let (_, token) = scim::create(&world.store, &world.root, "Company".to_owned(), None).await.unwrap();
    scim::authenticate(&world.store, world.root.site_id(), &token, Origin::default()).await.unwrap().unwrap()
}

fn new(name: &str, role: SiteRole) -> NewScimUser {
    NewScimUser {
        name: name.parse().unwrap(),
        external_id: format!("id of {name}"),
        given_name: String::new(),
        family_name: String::new(),
        full_name: None,
        email: None,
        active: true,
        site_role: Some(role),
    }
}

fn group(name: &str, members: &[UserId]) -> NewScimGroup {
    NewScimGroup {
        name: name.parse().unwrap(),
        external_id: format!("id of {name}"),
        members: members.iter().copied().collect(),
    }
}

on_both! {
    async fn users_are_made_listed_changed_and_removed(world) {
        let (store, provider) = (&world.store, provider(world).await);
        let ann = scim::create_user(store, &provider, new("ann", SiteRole::Creator)).await.unwrap();
        let bob = scim::create_user(store, &provider, new("bob", SiteRole::Viewer)).await.unwrap();
        assert_eq!((ann.user.site_role, ann.active, ann.external_id.as_str()), (SiteRole::Creator, true, "id of ann"));
        world.add(&world.root, "nobody", SiteRole::Unlicensed).await.unwrap();
        let list = async |filter: Option<UserFilter>, span: (u64, u64)| {
            let found = scim::list_users(store, &provider, filter, span).await.unwrap();
            (found.total, found.items.into_iter().map(|found| found.user.name).collect::<Vec<_>>())
        };
        assert_eq!(list(None, (0, 10)).await, (3, vec!["ann".into(), "bob".into(), "root".into()]));
        assert_eq!(list(None, (1, 1)).await, (3, vec!["bob".into()]));
        assert_eq!(list(Some(UserFilter::Name("ANN".into())), (0, 10)).await, (1, vec!["ann".into()]));
        assert_eq!(list(Some(UserFilter::ExternalId("id of bob".into())), (0, 10)).await.1, ["bob"]);
        assert_eq!(list(Some(UserFilter::Id(ann.user.id)), (0, 10)).await.1, ["ann"]);
        assert_eq!(list(Some(UserFilter::Name("nobody".into())), (0, 10)).await.0, 0);

        let off = |_: &_| Ok(NewScimUser { active: false, site_role: None, ..new("ann", SiteRole::Viewer) });
        let changed = scim::change_user(store, &provider, ann.user.id, off).await.unwrap();
        assert_eq!((changed.user.site_role, changed.site_role), (SiteRole::Unlicensed, SiteRole::Creator));
        let on = |_: &_| Ok(NewScimUser { site_role: None, ..new("ann", SiteRole::Viewer) });
        let changed = scim::change_user(store, &provider, ann.user.id, on).await.unwrap();
        assert_eq!((changed.user.site_role, changed.active), (SiteRole::Creator, true));

        let change = UserChange { site_role: Some(SiteRole::Explorer), ..UserChange::default() };
        let refused = users::update(store, &world.root, bob.user.id, change).await;
        assert!(matches!(refused, Err(Error::Forbidden(Refusal::ManagedByScim))), "{refused:?}");
        scim::delete_user(store, &provider, bob.user.id).await.unwrap();
        let gone = scim::get_user(store, &provider, bob.user.id).await;
        assert!(matches!(gone, Err(Error::NotFound(Missing::User(_)))), "{gone:?}");
        let line = audit::list(store, &world.root, &ListQuery::default()).await.unwrap().items.remove(0);
        assert_eq!((line.action.as_str(), line.credential.as_deref()), ("user.remove", Some("SCIM `Company`")));
        // All this is for providers alone.
        let refused = scim::list_users(store, &world.root, None, (0, 1)).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    }

    async fn groups_are_made_listed_changed_and_deleted(world) {
        let (store, provider) = (&world.store, provider(world).await);
        let ann = scim::create_user(store, &provider, new("ann", SiteRole::Viewer)).await.unwrap().user.id;
        let bob = scim::create_user(store, &provider, new("bob", SiteRole::Viewer)).await.unwrap().user.id;
        let made = scim::create_group(store, &provider, group("Sales", &[ann])).await.unwrap();
        assert_eq!(made.members, [(ann, "ann".to_owned())]);
        let changed = scim::change_group(store, &provider, made.id, move |_| Ok(group("Money", &[bob]))).await.unwrap();
        assert_eq!((changed.name.as_str(), changed.members.as_slice()), ("Money", &[(bob, "bob".to_owned())][..]));
        for filter in [
            GroupFilter::Name("MONEY".into()),
            GroupFilter::ExternalId("id of Money".into()),
            GroupFilter::Id(made.id),
        ] {
            let found = scim::list_groups(store, &provider, Some(filter), (0, 10), false).await.unwrap();
            assert_eq!((found.total, found.items[0].id, found.items[0].members.len()), (1, made.id, 0));
        }
        assert_eq!(scim::list_groups(store, &provider, None, (0, 10), true).await.unwrap().items, [changed]);
        let of_bob = scim::get_user(store, &provider, bob).await.unwrap();
        assert_eq!(of_bob.groups, [(made.id, "Money".to_owned())]);
        let refused = groups::add_user(store, &world.root, made.id, ann).await;
        assert!(matches!(refused, Err(Error::Forbidden(Refusal::ManagedByScim))), "{refused:?}");
        scim::delete_group(store, &provider, made.id).await.unwrap();
        assert_eq!(scim::list_groups(store, &provider, None, (0, 10), true).await.unwrap().total, 0);
    }

    async fn what_a_person_has_in_common_with_other_sites_stays(world) {
        let (store, provider) = (&world.store, provider(world).await);
        let ann = scim::create_user(store, &provider, new("ann", SiteRole::Viewer)).await.unwrap().user.id;
        world.site("quarry").await;
        world.add(&world.root_on("quarry").await, "ann", SiteRole::Viewer).await.unwrap();
        let named = |_: &_| Ok(NewScimUser { full_name: Some("Other".into()), ..new("ann", SiteRole::Explorer) });
        let changed = scim::change_user(store, &provider, ann, named).await.unwrap();
        assert_eq!((changed.user.full_name.as_str(), changed.user.site_role), ("ann", SiteRole::Explorer));
    }

    async fn a_provider_may_no_more_than_the_administrators_of_its_site(world) {
        let (store, root) = (&world.store, &world.root);
        let provider = provider(world).await;
        let king = scim::create_user(store, &provider, new("king", SiteRole::ServerAdministrator)).await;
        assert!(matches!(king, Err(Error::Invalid(_))), "{king:?}");
        let off = |_: &_| Ok(NewScimUser { active: false, ..new("root", SiteRole::Viewer) });
        let refused = scim::change_user(store, &provider, root.user_id(), off).await;
        assert!(matches!(refused, Err(Error::Forbidden(Refusal::UserIsServerAdministrator))), "{refused:?}");
        let refused = scim::delete_user(store, &provider, root.user_id()).await;
        assert!(matches!(refused, Err(Error::Forbidden(Refusal::UserIsServerAdministrator))), "{refused:?}");
        let admin_mode = Some(tavola_model::AdminMode::ContentOnly);
        sites::update(store, root, root.site_id(), SiteChange { admin_mode, ..SiteChange::default() }).await.unwrap();
        let refused = scim::create_user(store, &provider, new("ann", SiteRole::Viewer)).await;
        assert!(matches!(refused, Err(Error::Forbidden(Refusal::UsersAreNotManagedHere))), "{refused:?}");
    }
}
