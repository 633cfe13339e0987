//! Groups: who makes, fills, sees and deletes them, and what they give.

use tavola_model::{AdminMode, Capability, Filter, GroupId, ListQuery, Page, SiteRole, Sort, UserId};
use tavola_store::{
    Actor, Error, Invalid, InvalidList, Missing, Refusal, Taken, audit,
    groups::{self, Group, GroupChange, NewGroup},
    projects,
    sessions::{self, SignInError, SwitchError},
    sites::{self, SiteChange},
    users::{self, UserChange},
};

use crate::world::{World, from, is_unknown_user, with_password};

pub fn new(name: &str) -> NewGroup {
    NewGroup { name: name.parse().unwrap(), minimum_site_role: None, external_user_enabled: false }
}

pub async fn make(world: &World, name: &str) -> Group {
    groups::create(&world.store, &world.root, new(name)).await.unwrap()
}

async fn giving(world: &World, name: &str, role: SiteRole) -> Group {
    let new = NewGroup { minimum_site_role: Some(role), ..new(name) };
    groups::create(&world.store, &world.root, new).await.unwrap()
}

async fn add(world: &World, group: &Group, user: UserId) {
    groups::add_user(&world.store, &world.root, group.id, user).await.unwrap();
}

fn query(filter: &str, sort: &str) -> ListQuery {
    ListQuery {
        filters: Filter::parse_all(filter).unwrap(),
        sorts: Sort::parse_all(sort).unwrap(),
        ..ListQuery::default()
    }
}

async fn names(world: &World, actor: &Actor, filter: &str, sort: &str) -> Result<Vec<String>, Error> {
    let list = groups::list(&world.store, actor, &query(filter, sort)).await?;
    Ok(list.items.into_iter().map(|group| group.name).collect())
}

async fn members(world: &World, actor: &Actor, group: GroupId) -> Result<Vec<String>, Error> {
    let list = groups::users(&world.store, actor, group, &ListQuery::default()).await?;
    Ok(list.items.into_iter().map(|user| user.name).collect())
}

async fn all_users(world: &World) -> Group {
    groups::list(&world.store, &world.root, &query("name:eq:All Users", "")).await.unwrap().items.remove(0)
}

fn is_unknown_group<T>(answer: Result<T, Error>) -> bool {
    matches!(answer, Err(Error::NotFound(Missing::Group(_))))
}

fn is_refused<T>(answer: Result<T, Error>, why: Refusal) -> bool {
    matches!(answer, Err(Error::Forbidden(reason)) if reason == why)
}

async fn set_site(world: &World, change: SiteChange) {
    sites::update(&world.store, &world.root, world.root.site_id(), change).await.unwrap();
}

async fn limit_visibility(world: &World) {
    let settings = [("userVisibilityMode".to_owned(), "LIMITED".to_owned())].into();
    set_site(world, SiteChange { settings, ..SiteChange::default() }).await;
}

/// What was done to groups, in order.
async fn actions(world: &World) -> Vec<String> {
    let query = ListQuery { page: Page::default(), ..query("kind:eq:group", "") };
    let lines = audit::list(&world.store, &world.root, &query).await.unwrap().items;
    lines
        .into_iter()
        .rev()
        .map(|line| format!("{} {} {}", line.action, line.object_name.unwrap(), line.detail.unwrap_or_default()))
        .collect()
}

on_both! {
    async fn a_group_is_made_filled_changed_emptied_and_deleted(world) {
        let name = "Finance & “Père”, 50% a_b\\c";
        let wanted = NewGroup { minimum_site_role: Some(SiteRole::Viewer), external_user_enabled: true, ..new(name) };
        let finance = groups::create(&world.store, &world.root, wanted).await.unwrap();
        assert_eq!((finance.name.as_str(), finance.minimum_site_role), (name, Some(SiteRole::Viewer)));
        assert!(finance.external_user_enabled && !finance.all_users);
        assert_eq!(finance.user_count, Some(0));
        assert_eq!(names(world, &world.root, "", "").await.unwrap(), ["All Users", name]);

        let ann = world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap().id;
        let bob = world.add(&world.root, "bob", SiteRole::Viewer).await.unwrap().id;
        assert_eq!(groups::add_user(&world.store, &world.root, finance.id, ann).await.unwrap().name, "ann");
        let both = groups::add_users(&world.store, &world.root, finance.id, vec![bob, ann, bob]).await.unwrap();
        assert_eq!(both.len(), 3);
        assert_eq!(members(world, &world.root, finance.id).await.unwrap(), ["ann", "bob"]);
        let of_ann = groups::of_user(&world.store, &world.root, ann, Page::default()).await.unwrap();
        assert_eq!(of_ann.items.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["All Users", name]);

        let change = GroupChange {
            name: Some("Money".parse().unwrap()),
            minimum_site_role: Some(SiteRole::Explorer),
            external_user_enabled: Some(false),
        };
        let money = groups::update(&world.store, &world.root, finance.id, change).await.unwrap();
        assert_eq!(money, Group {
            name: "Money".to_owned(),
            minimum_site_role: Some(SiteRole::Explorer),
            external_user_enabled: false,
            user_count: Some(2),
            ..finance.clone()
        });
        let same = groups::update(&world.store, &world.root, finance.id, GroupChange::default()).await.unwrap();
        assert_eq!(same, money);

        groups::remove_user(&world.store, &world.root, finance.id, ann).await.unwrap();
        groups::remove_users(&world.store, &world.root, finance.id, vec![ann, bob]).await.unwrap();
        assert_eq!(members(world, &world.root, finance.id).await.unwrap(), [""; 0]);
        groups::delete(&world.store, &world.root, finance.id).await.unwrap();
        assert!(is_unknown_group(groups::delete(&world.store, &world.root, finance.id).await));
        assert!(is_unknown_group(members(world, &world.root, finance.id).await));
        assert_eq!(actions(world).await, [
            format!("group.create {name} minimum site role Viewer"),
            format!("group.add_user {name} user `ann`"),
            format!("group.add_user {name} user `bob`"),
            format!("group.update {name} name `Money`, minimum site role Explorer, external users false"),
            "group.remove_user Money user `ann`".to_owned(),
            "group.remove_user Money user `bob`".to_owned(),
            "group.delete Money 0 users in it".to_owned(),
        ]);
    }

    async fn a_name_is_taken_on_its_site_whatever_its_case(world) {
        let finance = make(world, "Finance").await;
        for taken in ["Finance", "FINANCE", "all users"] {
            let answer = groups::create(&world.store, &world.root, new(taken)).await;
            assert!(matches!(answer, Err(Error::AlreadyExists(Taken::GroupName(_)))), "{taken}");
        }
        let sales = make(world, "Sales").await;
        let rename = |name: &str| GroupChange { name: Some(name.parse().unwrap()), ..GroupChange::default() };
        let answer = groups::update(&world.store, &world.root, sales.id, rename("finance")).await;
        assert!(matches!(answer, Err(Error::AlreadyExists(Taken::GroupName(_)))), "{answer:?}");
        // Its own name in another case is free.
        assert_eq!(groups::update(&world.store, &world.root, finance.id, rename("FINANCE")).await.unwrap().name, "FINANCE");
        world.site("quarry").await;
        let quarry = world.root_on("quarry").await;
        groups::create(&world.store, &quarry, new("Finance")).await.unwrap();
        // Other sites' groups and users are unknown.
        assert!(is_unknown_group(groups::update(&world.store, &quarry, finance.id, rename("x")).await));
        assert!(is_unknown_group(groups::delete(&world.store, &quarry, finance.id).await));
        assert!(is_unknown_group(members(world, &quarry, finance.id).await));
        let stranger = world.add(&quarry, "stranger", SiteRole::Viewer).await.unwrap().id;
        assert!(is_unknown_user(groups::add_user(&world.store, &world.root, finance.id, stranger).await));
    }

    async fn all_users_keeps_its_name_its_users_and_itself(world) {
        let all = all_users(world).await;
        let ann = world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap().id;
        let rename = GroupChange { name: Some("Everyone".parse().unwrap()), ..GroupChange::default() };
        assert!(is_refused(groups::update(&world.store, &world.root, all.id, rename).await, Refusal::AllUsersStays));
        assert!(is_refused(groups::delete(&world.store, &world.root, all.id).await, Refusal::AllUsersStays));
        let removed = groups::remove_user(&world.store, &world.root, all.id, ann).await;
        assert!(is_refused(removed, Refusal::LeavesAllUsers));
        let removed = groups::remove_users(&world.store, &world.root, all.id, vec![ann]).await;
        assert!(is_refused(removed, Refusal::LeavesAllUsers));
        let added = groups::add_user(&world.store, &world.root, all.id, ann).await;
        assert!(matches!(added, Err(Error::AlreadyExists(Taken::UserInGroup(_)))), "{added:?}");
        assert_eq!(members(world, &world.root, all.id).await.unwrap(), ["ann", "root"]);
        // Clients send the name with every change; it may give a role.
        let change = GroupChange {
            name: Some("All Users".parse().unwrap()),
            minimum_site_role: Some(SiteRole::Viewer),
            ..GroupChange::default()
        };
        let all = groups::update(&world.store, &world.root, all.id, change).await.unwrap();
        assert_eq!(all.minimum_site_role, Some(SiteRole::Viewer));
    }

    async fn many_are_added_and_removed_all_or_none(world) {
        let finance = make(world, "Finance").await;
        let ann = world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap().id;
        let nobody: UserId = "12345678-1234-4123-8123-123456789012".parse().unwrap();
        assert!(is_unknown_user(groups::add_users(&world.store, &world.root, finance.id, vec![ann, nobody]).await));
        assert_eq!(members(world, &world.root, finance.id).await.unwrap(), [""; 0]);
        add(world, &finance, ann).await;
        assert!(is_unknown_user(groups::remove_users(&world.store, &world.root, finance.id, vec![ann, nobody]).await));
        assert_eq!(members(world, &world.root, finance.id).await.unwrap(), ["ann"]);
        // One by one it is told that someone is there already, or is not.
        let again = groups::add_user(&world.store, &world.root, finance.id, ann).await;
        assert!(matches!(again, Err(Error::AlreadyExists(Taken::UserInGroup(_)))), "{again:?}");
        let root = world.root.user_id();
        assert!(is_unknown_user(groups::remove_user(&world.store, &world.root, finance.id, root).await));
    }

    async fn a_list_filters_and_sorts_by_what_groups_have(world) {
        let finance = giving(world, "Finance", SiteRole::Explorer).await;
        let external = NewGroup { external_user_enabled: true, ..new("finance abroad") };
        let abroad = groups::create(&world.store, &world.root, external).await.unwrap();
        for name in ["ann", "bob"] {
            let user = world.add(&world.root, name, SiteRole::Viewer).await.unwrap().id;
            add(world, &finance, user).await;
        }
        let all = ["All Users", "Finance", "finance abroad"];
        for (filter, sort, wanted) in [
            ("", "", &all[..]),
            ("name:eq:Finance", "", &all[1..2]),
            ("name:eq:finance", "", &[]),
            ("name:cieq:FINANCE", "", &all[1..2]),
            ("name:in:[Finance,All Users]", "", &all[..2]),
            ("name:has:inance", "", &all[1..]),
            ("domainName:eq:local", "", &all[..]),
            ("domainNickname:in:[local,x]", "", &all[..]),
            ("domainName:eq:corp", "", &[]),
            ("isLocal:eq:true", "", &all[..]),
            ("isLocal:eq:false", "", &[]),
            ("isExternalUserEnabled:eq:true", "", &all[2..]),
            ("minimumSiteRole:eq:Explorer", "", &all[1..2]),
            ("minimumSiteRole:in:[Viewer,Creator]", "", &[]),
            ("userCount:gte:2", "", &all[..2]),
            ("userCount:lt:3,userCount:gt:0", "", &all[1..2]),
            ("", "name:desc", &["finance abroad", "Finance", "All Users"]),
            ("", "userCount:asc", &["finance abroad", "Finance", "All Users"]),
            ("", "minimumSiteRole:desc,name:desc", &["Finance", "finance abroad", "All Users"]),
        ] {
            assert_eq!(names(world, &world.root, filter, sort).await.unwrap(), wanted, "{filter} {sort}");
        }
        assert_eq!(names(world, &world.root, &format!("luid:in:[{}]", abroad.id), "").await.unwrap(), ["finance abroad"]);
        let unknown = names(world, &world.root, "colour:eq:red", "").await;
        assert!(matches!(unknown, Err(Error::InvalidList(InvalidList::Field(_)))), "{unknown:?}");
        let viewers = query("siteRole:eq:Viewer", "name:desc");
        let users = groups::users(&world.store, &world.root, finance.id, &viewers).await.unwrap();
        assert_eq!(users.items.iter().map(|user| user.name.as_str()).collect::<Vec<_>>(), ["bob", "ann"]);
    }

    async fn only_administrators_manage_groups_and_all_see_them(world) {
        let finance = make(world, "Finance").await;
        let creator = world.actor("creator", SiteRole::Creator).await;
        let chief = world.actor("chief", SiteRole::SiteAdministratorExplorer).await;
        add(world, &finance, chief.user_id()).await;
        assert_eq!(names(world, &creator, "", "").await.unwrap(), ["All Users", "Finance"]);
        assert_eq!(members(world, &creator, finance.id).await.unwrap(), ["chief"]);
        let secret = groups::users(&world.store, &creator, finance.id, &ListQuery::default()).await.unwrap().items;
        assert_eq!(secret[0].last_login, None);
        let (store, id, user) = (&world.store, finance.id, creator.user_id());
        let no = Refusal::NotSiteAdministrator;
        assert!(is_refused(groups::create(store, &creator, new("x")).await, no));
        assert!(is_refused(groups::update(store, &creator, id, GroupChange::default()).await, no));
        assert!(is_refused(groups::delete(store, &creator, id).await, no));
        assert!(is_refused(groups::add_user(store, &creator, id, user).await, no));
        assert!(is_refused(groups::add_users(store, &creator, id, vec![user]).await, no));
        assert!(is_refused(groups::remove_user(store, &creator, id, chief.user_id()).await, no));
        assert!(is_refused(groups::remove_users(store, &creator, id, vec![chief.user_id()]).await, no));
        let sales = groups::create(store, &chief, new("Sales")).await.unwrap();
        groups::add_user(store, &chief, sales.id, user).await.unwrap();
        groups::delete(store, &chief, sales.id).await.unwrap();
    }

    async fn where_visibility_is_limited_one_sees_the_groups_one_is_in_and_not_who_else_is(world) {
        let finance = make(world, "Finance").await;
        let sales = make(world, "Sales").await;
        let ann = world.actor("ann", SiteRole::Viewer).await;
        let bob = world.add(&world.root, "bob", SiteRole::Viewer).await.unwrap().id;
        for user in [ann.user_id(), bob] {
            add(world, &finance, user).await;
        }
        add(world, &sales, bob).await;
        limit_visibility(world).await;
        assert_eq!(names(world, &ann, "", "").await.unwrap(), ["All Users", "Finance"]);
        let seen = groups::list(&world.store, &ann, &ListQuery::default()).await.unwrap().items;
        assert!(seen.iter().all(|group| group.user_count.is_none()), "{seen:?}");
        for (filter, sort) in [("userCount:gt:1", ""), ("", "userCount:desc")] {
            assert_eq!(names(world, &ann, filter, sort).await.unwrap(), [""; 0], "{filter}{sort}");
        }
        assert_eq!(members(world, &ann, finance.id).await.unwrap(), ["ann"]);
        assert!(is_unknown_group(members(world, &ann, sales.id).await));
        assert!(is_unknown_group(groups::delete(&world.store, &ann, sales.id).await));
        let own = groups::of_user(&world.store, &ann, ann.user_id(), Page::default()).await.unwrap();
        assert_eq!((own.total, own.items[1].user_count), (2, None));
        let told = groups::of_users(&world.store, &ann, vec![ann.user_id(), bob]).await.unwrap();
        assert_eq!(told.keys().collect::<Vec<_>>(), [&ann.user_id()]);
        let told = groups::of_users(&world.store, &world.root, vec![ann.user_id(), bob]).await.unwrap();
        assert_eq!((told[&ann.user_id()].len(), told[&bob].len()), (2, 3));
    }

    async fn a_deleted_group_takes_its_rules_with_it(world) {
        let finance = make(world, "Finance").await;
        let ann = world.actor("ann", SiteRole::Viewer).await;
        add(world, &finance, ann.user_id()).await;
        let new = projects::NewProject::new("Secret".parse().unwrap());
        let project = projects::create(&world.store, &world.root, new).await.unwrap();
        world.sql(&format!("DELETE FROM permission_rules WHERE content_id = '{}'", project.id)).await.unwrap();
        let rule = format!(
            "INSERT INTO permission_rules (site_id, content_kind, content_id, applies_to, group_id, capability, mode) \
             VALUES ('{}', 'Project', '{}', 'Project', '{}', '{}', 'Allow')",
            project.site_id, project.id, finance.id, Capability::Read
        );
        world.sql(&rule).await.unwrap();
        let seen = async || projects::list(&world.store, &ann, &ListQuery::default(), false).await.unwrap().total;
        assert_eq!(seen().await, 2);
        groups::remove_user(&world.store, &world.root, finance.id, ann.user_id()).await.unwrap();
        assert_eq!(seen().await, 1);
        add(world, &finance, ann.user_id()).await;
        assert_eq!(seen().await, 2);
        groups::delete(&world.store, &world.root, finance.id).await.unwrap();
        assert_eq!(seen().await, 1);
        // Another of its name begins anew.
        let finance = make(world, "Finance").await;
        add(world, &finance, ann.user_id()).await;
        assert_eq!(seen().await, 1);
    }

    async fn signing_in_raises_a_user_to_what_their_groups_give(world) {
        let viewers = giving(world, "Viewers", SiteRole::Viewer).await;
        let authors = giving(world, "Authors", SiteRole::ExplorerCanPublish).await;
        let ann = world.add(&world.root, "ann", SiteRole::Unlicensed).await.unwrap().id;
        assert!(matches!(world.sign_in("ann", "").await, Err(SignInError::Refused)));
        add(world, &viewers, ann).await;
        assert_eq!(users::get(&world.store, &world.root, ann).await.unwrap().site_role, SiteRole::Unlicensed);
        let session = world.sign_in("ann", "").await.unwrap();
        assert_eq!(session.actor.site_role(), SiteRole::Viewer);
        let lines = audit::list(&world.store, &world.root, &query("action:eq:user.update", "")).await.unwrap().items;
        assert_eq!(lines[0].detail.as_deref(), Some("site role Viewer, given by a group"));
        assert_eq!(lines[0].user_name.as_deref(), Some("ann"));

        // A session that is there keeps its role; the next one has the highest.
        add(world, &authors, ann).await;
        assert_eq!(world.authenticate(&session.token).await.site_role(), SiteRole::Viewer);
        assert_eq!(world.sign_in("ann", "").await.unwrap().actor.site_role(), SiteRole::ExplorerCanPublish);
        // What was given stays, whether the group gives less, is left or gone.
        groups::remove_user(&world.store, &world.root, viewers.id, ann).await.unwrap();
        groups::delete(&world.store, &world.root, authors.id).await.unwrap();
        assert_eq!(world.sign_in("ann", "").await.unwrap().actor.site_role(), SiteRole::ExplorerCanPublish);
        // Whose role is taken away and who is in no such group any more does not get it back.
        let unlicensed = UserChange { site_role: Some(SiteRole::Unlicensed), ..UserChange::default() };
        users::update(&world.store, &world.root, ann, unlicensed.clone()).await.unwrap();
        assert!(matches!(world.sign_in("ann", "").await, Err(SignInError::Refused)));
        // Who is more already stays so.
        let chief = world.actor("chief", SiteRole::SiteAdministratorCreator).await;
        add(world, &viewers, chief.user_id()).await;
        add(world, &viewers, world.root.user_id()).await;
        assert_eq!(world.sign_in("chief", "").await.unwrap().actor.site_role(), SiteRole::SiteAdministratorCreator);
        assert_eq!(world.sign_in("root", "").await.unwrap().actor.site_role(), SiteRole::ServerAdministrator);
    }

    async fn a_site_without_room_gives_nobody_a_licence_by_a_group(world) {
        let viewers = giving(world, "Viewers", SiteRole::Viewer).await;
        let explorers = giving(world, "Explorers", SiteRole::Explorer).await;
        let ann = world.add(&world.root, "ann", SiteRole::Unlicensed).await.unwrap().id;
        let bob = world.add(&world.root, "bob", SiteRole::Viewer).await.unwrap().id;
        add(world, &viewers, ann).await;
        add(world, &explorers, bob).await;
        let quota = |quota| SiteChange { user_quota: Some(quota), ..SiteChange::default() };
        set_site(world, quota(Some(2))).await;
        assert!(matches!(world.sign_in("ann", "").await, Err(SignInError::Refused)));
        assert_eq!(users::get(&world.store, &world.root, ann).await.unwrap().site_role, SiteRole::Unlicensed);
        // Who has a licence takes no other.
        assert_eq!(world.sign_in("bob", "").await.unwrap().actor.site_role(), SiteRole::Explorer);
        set_site(world, quota(Some(3))).await;
        assert_eq!(world.sign_in("ann", "").await.unwrap().actor.site_role(), SiteRole::Viewer);
    }

    async fn moving_to_a_site_raises_too_and_acting_as_someone_does_not(world) {
        world.site("quarry").await;
        let quarry = world.root_on("quarry").await;
        let wanted = NewGroup { minimum_site_role: Some(SiteRole::Viewer), ..new("Viewers") };
        let viewers = groups::create(&world.store, &quarry, wanted).await.unwrap();
        world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        let there = world.add(&quarry, "ann", SiteRole::Unlicensed).await.unwrap().id;
        let ann = world.sign_in("ann", "").await.unwrap().actor;
        groups::add_user(&world.store, &quarry, viewers.id, there).await.unwrap();
        let mut as_ann = with_password("root", "quarry");
        as_ann.impersonate = Some(there.to_string());
        assert!(matches!(sessions::sign_in(&world.store, as_ann.clone()).await, Err(SignInError::Refused)));
        as_ann.impersonate = Some(ann.user_id().to_string());
        as_ann.site = String::new();
        let acting = sessions::sign_in(&world.store, as_ann).await.unwrap().actor;
        let answer = sessions::switch_site(&world.store, &acting, "quarry", from("192.0.2.1")).await;
        assert!(matches!(answer, Err(SwitchError::Unknown)), "{answer:?}");
        assert_eq!(users::get(&world.store, &quarry, there).await.unwrap().site_role, SiteRole::Unlicensed);
        let moved = sessions::switch_site(&world.store, &ann, "quarry", from("192.0.2.1")).await.unwrap();
        assert_eq!(moved.actor.site_role(), SiteRole::Viewer);
    }

    async fn who_may_not_manage_users_gives_no_roles_by_groups(world) {
        let chief = world.actor("chief", SiteRole::SiteAdministratorCreator).await;
        let ann = world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap().id;
        let viewers = giving(world, "Viewers", SiteRole::Viewer).await;
        for role in [SiteRole::ServerAdministrator, SiteRole::Guest, SiteRole::SupportUser] {
            let wanted = NewGroup { minimum_site_role: Some(role), ..new("x") };
            let answer = groups::create(&world.store, &world.root, wanted).await;
            assert!(matches!(answer, Err(Error::Invalid(Invalid::SiteRole(_)))), "{role}");
        }
        set_site(world, SiteChange { admin_mode: Some(AdminMode::ContentOnly), ..SiteChange::default() }).await;
        let no = Refusal::UsersAreNotManagedHere;
        let (store, role) = (&world.store, Some(SiteRole::SiteAdministratorCreator));
        let wanted = NewGroup { minimum_site_role: role, ..new("Chiefs") };
        assert!(is_refused(groups::create(store, &chief, wanted).await, no));
        let change = GroupChange { minimum_site_role: role, ..GroupChange::default() };
        assert!(is_refused(groups::update(store, &chief, viewers.id, change).await, no));
        assert!(is_refused(groups::add_user(store, &chief, viewers.id, ann).await, no));
        assert!(is_refused(groups::add_users(store, &chief, viewers.id, vec![ann]).await, no));
        // Groups that give no role are theirs to manage.
        let plain = groups::create(store, &chief, new("Plain")).await.unwrap();
        groups::add_user(store, &chief, plain.id, ann).await.unwrap();
    }

    async fn of_two_who_add_one_user_at_once_one_is_told_that_they_are_there(world) {
        let finance = make(world, "Finance").await;
        for round in 0..5 {
            let user = world.add(&world.root, &format!("ann{round}"), SiteRole::Viewer).await.unwrap().id;
            let (first, second) = tokio::join!(
                groups::add_user(&world.store, &world.root, finance.id, user),
                groups::add_user(&world.store, &world.root, finance.id, user)
            );
            let (won, lost) = if first.is_ok() { (first, second) } else { (second, first) };
            won.unwrap();
            assert!(matches!(lost, Err(Error::AlreadyExists(Taken::UserInGroup(_)))), "{lost:?}");
        }
        assert_eq!(members(world, &world.root, finance.id).await.unwrap().len(), 5);
    }

    async fn a_group_that_is_deleted_while_it_is_filled_leaves_nothing_behind(world) {
        let user = world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap().id;
        for round in 0..5 {
            let group = make(world, &format!("group {round}")).await;
            let (added, deleted) = tokio::join!(
                groups::add_user(&world.store, &world.root, group.id, user),
                groups::delete(&world.store, &world.root, group.id)
            );
            deleted.unwrap();
            assert!(added.is_ok() || is_unknown_group(added));
        }
        let of_ann = groups::of_user(&world.store, &world.root, user, Page::default()).await.unwrap();
        assert_eq!(of_ann.items.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["All Users"]);
    }

    async fn of_two_who_make_one_group_at_once_one_is_told_that_the_name_is_taken(world) {
        for round in 0..5 {
            let name = format!("Group {round}");
            let (first, second) = tokio::join!(
                groups::create(&world.store, &world.root, new(&name)),
                groups::create(&world.store, &world.root, new(&name.to_uppercase()))
            );
            let (won, lost) = if first.is_ok() { (first, second) } else { (second, first) };
            won.unwrap();
            assert!(matches!(lost, Err(Error::AlreadyExists(Taken::GroupName(_)))), "{lost:?}");
        }
    }
}
