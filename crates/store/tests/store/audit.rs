use tavola_model::{Filter, ListQuery, SiteRole, Sort};
use tavola_store::{
    Config, Error, OpenError, Refusal, access_tokens,
    audit::{self, AuditLine, Wanted},
    sessions::{self, Credentials, SignIn},
    users::{self, UserChange},
};

use crate::world::{START, World, with_password};

async fn lines(world: &World, filter: &str) -> Vec<AuditLine> {
    let query = ListQuery { filters: Filter::parse_all(filter).unwrap(), ..ListQuery::default() };
    audit::list(&world.store, &world.root, &query).await.unwrap().items
}

on_both! {
    async fn a_change_is_written_down_with_who_what_and_from_where(world) {
        let (_, secret) =
            access_tokens::create(&world.store, &world.root, world.root.user_id(), "nightly".parse().unwrap(), None)
                .await
                .unwrap();
        let credentials = Credentials::AccessToken { name: "nightly".to_owned(), secret };
        let root = sessions::sign_in(&world.store, SignIn { credentials, ..with_password("", "") }).await.unwrap().actor;
        let ann = world.add(&root, "ann", SiteRole::Viewer).await.unwrap();

        let line = lines(world, "action:eq:user.add").await.remove(0);
        let expected = AuditLine {
            id: line.id,
            at: START,
            action: "user.add".to_owned(),
            kind: "user".to_owned(),
            object_id: Some(ann.id.to_string()),
            object_name: Some("ann".to_owned()),
            detail: Some("site role Viewer".to_owned()),
            site_id: Some(root.site_id()),
            account_id: Some(root.account_id()),
            user_id: Some(root.user_id()),
            user_name: Some("root".to_owned()),
            session_id: Some(root.session_id()),
            credential: Some("access token `nightly`".to_owned()),
            impersonator_id: None,
            impersonator_name: None,
            address: Some("192.0.2.1".to_owned()),
        };
        assert_eq!(line, expected);

        let change = UserChange {
            password: Some("another secret".to_owned()),
            site_role: Some(SiteRole::Creator),
            ..UserChange::default()
        };
        users::update(&world.store, &root, ann.id, change).await.unwrap();
        let line = lines(world, "action:eq:user.update").await.remove(0);
        assert_eq!(line.detail.as_deref(), Some("password, site role Creator instead of Viewer"));
        let actions: Vec<String> = lines(world, "").await.into_iter().map(|line| line.action).collect();
        assert_eq!(actions, [
            "user.update", "user.add", "session.sign_in", "access_token.create", "session.sign_in",
            "setup.first_administrator"
        ]);
    }

    async fn the_audit_is_filtered_and_sorted(world) {
        world.add(&world.root, "ann", SiteRole::Viewer).await.unwrap();
        world.advance_minutes(1);
        let bob = world.add(&world.root, "bob", SiteRole::Viewer).await.unwrap();
        let object = format!("objectId:eq:{}", bob.id);
        let since = format!("createdAt:gt:{START},kind:eq:user");
        for (filter, expected) in [
            ("action:in:[user.add,session.sign_in]", &["bob", "ann", ""][..]),
            (object.as_str(), &["bob"]),
            (since.as_str(), &["bob"]),
            ("userName:in:[root,ann],kind:eq:session", &[""]),
        ] {
            let names: Vec<String> =
                lines(world, filter).await.into_iter().map(|line| line.object_name.unwrap_or_default()).collect();
            assert_eq!(names, expected, "{filter}");
        }
        let sorts = Sort::parse_all("userName,action:desc,kind,objectId,createdAt").unwrap();
        let query = ListQuery { sorts, ..ListQuery::default() };
        let sorted = audit::list(&world.store, &world.root, &query).await.unwrap().items;
        let actions: Vec<&str> = sorted.iter().map(|line| line.action.as_str()).collect();
        assert_eq!(actions, ["setup.first_administrator", "user.add", "user.add", "session.sign_in"]);
    }

    async fn what_was_refused_or_changed_nothing_leaves_no_line(world) {
        let before = lines(world, "").await.len();
        assert!(world.add(&world.root, "ann", SiteRole::Guest).await.is_err());
        assert!(world.add(&world.root, "root", SiteRole::Viewer).await.is_err());
        users::update(&world.store, &world.root, world.root.user_id(), UserChange::default()).await.unwrap();
        assert_eq!(lines(world, "").await.len(), before);
    }

    async fn a_line_is_never_changed_or_deleted(world) {
        for statement in ["UPDATE audit SET user_name = 'eve'", "DELETE FROM audit"] {
            let error = world.sql(statement).await.unwrap_err();
            assert!(error.contains("the audit is append-only"), "{error}");
        }
        assert_eq!(lines(world, "userName:eq:root").await.len(), 1);
    }

    async fn whoever_has_the_database_reads_the_audit_while_a_server_works_on_it(world) {
        world.add(&world.root, "Ännchen", SiteRole::SiteAdministratorCreator).await.unwrap();
        world.advance_minutes(1);
        let since = world.clock.now();
        let ann = world.sign_in("ännchen", "").await.unwrap().actor;
        for number in 0..1100 {
            let change = UserChange { full_name: Some(format!("{number}")), ..UserChange::default() };
            users::update(&world.store, &ann, ann.user_id(), change).await.unwrap();
        }
        let read = |wanted: Wanted| {
            let config = world.config();
            // Reading blocks, which the test's own thread may not.
            std::thread::spawn(move || {
                audit::open(&config, wanted).unwrap().map(|line| line.unwrap().action).collect::<Vec<_>>()
            })
            .join()
            .unwrap()
        };
        let all = read(Wanted::default());
        assert_eq!(all.len(), 1104);
        assert_eq!(all[..4], ["setup.first_administrator", "session.sign_in", "user.add", "session.sign_in"]);
        assert_eq!(read(Wanted { since: Some(since), ..Wanted::default() }), all[3..]);
        assert_eq!(read(Wanted { user: Some("local\\ÄNNCHEN".to_owned()), ..Wanted::default() }), all[3..]);
        assert_eq!(read(Wanted { user: Some("root".to_owned()), ..Wanted::default() }), all[1..3]);
        assert!(read(Wanted { user: Some("nobody".to_owned()), since: Some(since), ..Wanted::default() }).is_empty());

        world.store.close().await;
        assert_eq!(read(Wanted::default()).len(), 1104);
        world.sql("INSERT INTO schema_migrations (number, applied_at) VALUES (99, 0)").await.unwrap();
        let config = world.config();
        let opened = std::thread::spawn(move || audit::open(&config, Wanted::default()).map(drop)).join().unwrap();
        assert!(matches!(opened, Err(OpenError::NewerVersion { found: 99, .. })));
    }

    async fn the_audit_is_for_administrators_each_their_own_site(world) {
        world.site("sales").await;
        let root_in_sales = world.root_on("sales").await;
        world.add(&root_in_sales, "sam", SiteRole::SiteAdministratorCreator).await.unwrap();
        world.add(&world.root, "ann", SiteRole::Creator).await.unwrap();
        let sam = world.sign_in("sam", "sales").await.unwrap().actor;
        let seen = audit::list(&world.store, &sam, &ListQuery::default()).await.unwrap().items;
        assert!(seen.iter().all(|line| line.site_id == Some(sam.site_id())));
        let actions: Vec<&str> = seen.iter().map(|line| line.action.as_str()).collect();
        assert_eq!(actions, ["session.sign_in", "user.add", "session.sign_in", "site.create"]);

        let ann = world.sign_in("ann", "").await.unwrap().actor;
        let answer = audit::list(&world.store, &ann, &ListQuery::default()).await;
        assert!(matches!(answer, Err(Error::Forbidden(Refusal::NotSiteAdministrator))));
    }
}

#[test]
fn there_is_no_audit_where_there_is_no_database_and_none_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let opened = audit::open(&Config::new(folder.path()), Wanted::default()).map(drop);
    assert!(matches!(opened, Err(OpenError::Unreachable { .. })), "{opened:?}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    std::fs::write(folder.path().join("tavola.db"), "").unwrap();
    let opened = audit::open(&Config::new(folder.path()), Wanted::default()).map(drop);
    assert!(matches!(opened, Err(OpenError::Unreachable { .. })), "{opened:?}");
}
