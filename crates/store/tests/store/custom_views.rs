use tavola_model::{Capability, CustomViewId, Filter, ListQuery, Page, PermissionMode, SiteRole, UserId, ViewId};
use tavola_store::{
    Actor, Error, Missing, Refusal, Taken,
    custom_views::{self, CustomView, CustomViewChange, NewCustomView},
    sites::{self, SiteChange},
    users, workbooks,
};

use crate::{
    workbooks::{book, is_unknown, over, publish, rule, sheet, to, views_of},
    world::World,
};

async fn a_view(world: &World) -> ViewId {
    let workbook = publish(world, &world.root, to(None, "Sales")).await.unwrap();
    views_of(world, &world.root, &workbook).await[0].id
}

fn new(view_id: ViewId, name: &str, shared: bool) -> NewCustomView {
    NewCustomView { view_id, name: name.parse().unwrap(), shared, owner_id: None, definition: b"[\0]".to_vec() }
}

async fn make(world: &World, actor: &Actor, new: NewCustomView) -> Result<CustomView, Error> {
    custom_views::publish(&world.store, actor, new).await
}

async fn names(world: &World, actor: &Actor, filter: &str) -> Vec<String> {
    let query = ListQuery { filters: Filter::parse_all(filter).unwrap(), ..ListQuery::default() };
    let list = custom_views::list(&world.store, actor, &query).await.unwrap();
    list.items.into_iter().map(|found| found.name).collect()
}

async fn first_of(world: &World, id: CustomViewId) -> Vec<UserId> {
    let list = custom_views::default_users(&world.store, &world.root, id, Page::default()).await.unwrap();
    list.items.into_iter().map(|user| user.id).collect()
}

fn is_gone<T>(answer: Result<T, Error>) -> bool {
    matches!(answer, Err(Error::NotFound(Missing::CustomView(_))))
}

fn change() -> CustomViewChange {
    CustomViewChange::default()
}

on_both! {
    async fn private_ones_are_their_owners_and_shared_ones_of_all_who_read_the_view(world) {
        let view = a_view(world).await;
        let ann = world.actor("ann", SiteRole::Explorer).await;
        let bob = world.actor("bob", SiteRole::Explorer).await;
        let private = make(world, &ann, new(view, "mine", false)).await.unwrap();
        let shared = make(world, &ann, new(view, "ours", true)).await.unwrap();
        assert_eq!((private.owner_id, private.view_id, private.view_name.as_str()), (ann.user_id(), view, "Sheet 1"));
        assert_eq!(names(world, &ann, "").await, ["mine", "ours"]);
        assert_eq!(names(world, &bob, "").await, ["ours"]);
        assert_eq!(names(world, &world.root, "shared:eq:false").await, ["mine"]);
        assert_eq!(names(world, &bob, &format!("viewId:eq:{view},ownerId:eq:{}", ann.user_id())).await, ["ours"]);
        assert!(is_gone(custom_views::get(&world.store, &bob, private.id).await));
        assert!(is_gone(custom_views::download(&world.store, &bob, private.id).await));
        assert!(is_gone(custom_views::delete(&world.store, &bob, private.id).await));
        let (_, bytes) = custom_views::download(&world.store, &bob, shared.id).await.unwrap();
        assert_eq!(bytes, b"[\0]");
        for refused in [
            custom_views::delete(&world.store, &bob, shared.id).await,
            custom_views::update(&world.store, &bob, shared.id, change()).await.map(drop),
        ] {
            assert!(matches!(refused, Err(Error::Forbidden(Refusal::NotOwnerOfCustomView))));
        }
        // Who may not read the view sees none of it, not even their own.
        rule(world, &ann, ("View", view.to_string()), ("View", Capability::Read), PermissionMode::Deny).await;
        assert_eq!(names(world, &ann, "").await, [""; 0]);
        assert!(is_gone(custom_views::get(&world.store, &ann, private.id).await));
        assert!(is_unknown(make(world, &ann, new(view, "more", false)).await));
    }

    async fn names_differ_for_each_view_and_owner(world) {
        let view = a_view(world).await;
        let ann = world.actor("ann", SiteRole::Explorer).await;
        let first = make(world, &ann, new(view, "Größe", true)).await.unwrap();
        let second = make(world, &ann, new(view, "other", true)).await.unwrap();
        make(world, &world.root, new(view, "größe", true)).await.unwrap();
        let taken = |answer: Result<CustomView, Error>| matches!(answer, Err(Error::AlreadyExists(Taken::CustomViewName(_))));
        assert!(taken(make(world, &ann, new(view, "grÖße", true)).await));
        let renamed = CustomViewChange { name: Some("größe".parse().unwrap()), ..change() };
        assert!(taken(custom_views::update(&world.store, &ann, second.id, renamed.clone()).await));
        let renamed = custom_views::update(&world.store, &ann, first.id, renamed).await.unwrap();
        assert_eq!(renamed.name, "größe");
        let given = CustomViewChange { owner_id: Some(world.root.user_id()), ..change() };
        assert!(taken(custom_views::update(&world.store, &ann, first.id, given.clone()).await));
        let given = custom_views::update(&world.store, &ann, second.id, given).await.unwrap();
        assert_eq!(given.owner_id, world.root.user_id());
    }

    async fn sharing_takes_the_capability_and_others_are_published_for_by_administrators(world) {
        let view = a_view(world).await;
        let ann = world.actor("ann", SiteRole::Explorer).await;
        rule(world, &ann, ("View", view.to_string()), ("View", Capability::ShareView), PermissionMode::Deny).await;
        let lacks = |answer: Result<CustomView, Error>| {
            matches!(answer, Err(Error::Forbidden(Refusal::LacksCapability(Capability::ShareView))))
        };
        assert!(lacks(make(world, &ann, new(view, "a", true)).await));
        let private = make(world, &ann, new(view, "a", false)).await.unwrap();
        let shared = CustomViewChange { shared: Some(true), ..change() };
        assert!(lacks(custom_views::update(&world.store, &ann, private.id, shared.clone()).await));
        assert!(custom_views::update(&world.store, &world.root, private.id, shared).await.unwrap().shared);
        let for_root = NewCustomView { owner_id: Some(world.root.user_id()), ..new(view, "b", false) };
        let refused = make(world, &ann, for_root).await;
        assert!(matches!(refused, Err(Error::Forbidden(Refusal::NotSiteAdministrator))));
        let for_ann = NewCustomView { owner_id: Some(ann.user_id()), ..new(view, "b", false) };
        assert_eq!(make(world, &world.root, for_ann).await.unwrap().owner_id, ann.user_id());
        // What was private and is given away is not seen any more.
        let mine = make(world, &ann, new(view, "c", false)).await.unwrap();
        let given = CustomViewChange { owner_id: Some(world.root.user_id()), ..change() };
        let told = custom_views::update(&world.store, &ann, mine.id, given).await.unwrap();
        assert_eq!((told.owner_id, told.owner), (world.root.user_id(), None));
        assert!(is_gone(custom_views::get(&world.store, &ann, mine.id).await));
    }

    async fn users_see_one_custom_view_of_a_view_first(world) {
        let view = a_view(world).await;
        let ann = world.actor("ann", SiteRole::Explorer).await;
        let bob = world.actor("bob", SiteRole::Viewer).await;
        let ours = make(world, &ann, new(view, "ours", true)).await.unwrap();
        let mine = make(world, &ann, new(view, "mine", false)).await.unwrap();
        let set = async |actor: &Actor, id, users: Vec<UserId>| {
            let results = custom_views::set_default(&world.store, actor, id, users).await?;
            Ok::<_, Error>(results.into_iter().map(|(_, result)| result.is_ok()).collect::<Vec<_>>())
        };
        let nobody: UserId = "12345678-1234-4123-8123-123456789012".parse().unwrap();
        let all = vec![ann.user_id(), bob.user_id(), nobody];
        assert_eq!(set(&ann, ours.id, all.clone()).await.unwrap(), [true, false, false]);
        assert_eq!(set(&world.root, ours.id, all.clone()).await.unwrap(), [true, true, false]);
        assert_eq!(first_of(world, ours.id).await, [ann.user_id(), bob.user_id()]);
        assert_eq!(set(&world.root, mine.id, all).await.unwrap(), [true, false, false]);
        assert_eq!(first_of(world, mine.id).await, [ann.user_id()]);
        assert_eq!(first_of(world, ours.id).await, [bob.user_id()]);
        assert!(is_gone(set(&bob, mine.id, vec![bob.user_id()]).await));
        let refused = custom_views::default_users(&world.store, &bob, ours.id, Page::default()).await;
        assert!(matches!(refused, Err(Error::Forbidden(Refusal::NotOwnerOfCustomView))));
        let private = CustomViewChange { shared: Some(false), ..change() };
        custom_views::update(&world.store, &ann, ours.id, private).await.unwrap();
        assert_eq!(first_of(world, ours.id).await, [] as [UserId; 0]);
    }

    async fn an_owner_who_sees_no_other_users_is_told_of_none(world) {
        let view = a_view(world).await;
        let ann = world.actor("ann", SiteRole::Explorer).await;
        let bob = world.actor("bob", SiteRole::Viewer).await;
        let ours = make(world, &ann, new(view, "ours", true)).await.unwrap();
        let both = vec![ann.user_id(), bob.user_id()];
        custom_views::set_default(&world.store, &world.root, ours.id, both.clone()).await.unwrap();
        let told = async |actor: &Actor| {
            let list = custom_views::default_users(&world.store, actor, ours.id, Page::default()).await.unwrap();
            (list.items.into_iter().map(|user| user.id).collect::<Vec<_>>(), list.total)
        };
        assert_eq!(told(&ann).await, (both.clone(), 2));
        let limited = [("userVisibilityMode".to_owned(), "LIMITED".to_owned())].into();
        let change = SiteChange { settings: limited, ..SiteChange::default() };
        sites::update(&world.store, &world.root, world.root.site_id(), change).await.unwrap();
        assert_eq!(told(&ann).await, (vec![ann.user_id()], 1));
        assert_eq!(told(&world.root).await, (both, 2));
    }

    async fn custom_views_go_with_the_sheet_and_to_the_heir(world) {
        let new_book = book(world, to(None, "Sales"), 1, vec![sheet("A"), sheet("B")]).await;
        let workbook = workbooks::publish(&world.store, &world.root, new_book).await.unwrap();
        let sheets = views_of(world, &world.root, &workbook).await;
        let ann = world.actor("ann", SiteRole::Explorer).await;
        make(world, &ann, new(sheets[0].id, "of A", true)).await.unwrap();
        make(world, &ann, new(sheets[1].id, "of B", true)).await.unwrap();
        let again = book(world, over(None, "Sales"), 2, vec![sheet("A")]).await;
        workbooks::publish(&world.store, &world.root, again).await.unwrap();
        assert_eq!(names(world, &world.root, "").await, ["of A"]);
        make(world, &world.root, new(sheets[0].id, "both", true)).await.unwrap();
        make(world, &ann, new(sheets[0].id, "BOTH", true)).await.unwrap();
        users::remove(&world.store, &world.root, ann.user_id(), Some(world.root.user_id())).await.unwrap();
        assert_eq!(names(world, &world.root, "").await, ["both", "of A"]);
        workbooks::delete(&world.store, &world.root, workbook.item.id).await.unwrap();
        assert_eq!(names(world, &world.root, "").await, [""; 0]);
    }
}
