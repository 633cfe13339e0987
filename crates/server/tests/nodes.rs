//! Two servers on one PostgreSQL: what one does holds on the other at once. Runs where `TAVOLA_TEST_POSTGRES` is set.

mod support;

use support::*;
use tavola_api::{
    Secret, auth, personal_access_tokens,
    users::{self, User, UserMessage},
};
use tavola_model::SiteRole;

/// A database of this test's own, as a schema that goes with it.
struct Schema {
    url: String,
    name: String,
}

impl Schema {
    #[expect(clippy::print_stderr, reason = "what is skipped is said")]
    fn create(name: &str) -> Option<Self> {
        let Ok(url) = std::env::var("TAVOLA_TEST_POSTGRES") else {
            eprintln!("skipped on PostgreSQL: TAVOLA_TEST_POSTGRES is not set");
            return None;
        };
        let name = format!("tavola_nodes_{name}_{}", std::process::id());
        client(&url).batch_execute(&format!("CREATE SCHEMA {name}")).unwrap();
        Some(Self { url, name })
    }

    fn url(&self) -> String {
        let separator = if self.url.contains('?') { '&' } else { '?' };
        format!("{}{separator}options=-c%20search_path%3D{}", self.url, self.name)
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        client(&self.url).batch_execute(&format!("DROP SCHEMA {} CASCADE", self.name)).unwrap();
    }
}

fn client(url: &str) -> postgres::Client {
    postgres::Client::connect(url, postgres::NoTls).unwrap()
}

async fn node(schema: &Schema) -> TestServer {
    TestServer::start_with(|config| config.database_url = Some(schema.url())).await
}

#[test]
fn what_ends_a_session_on_one_node_ends_it_on_the_other_at_once() {
    let Some(schema) = Schema::create("sessions") else { return };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let here = node(&schema).await;
        let there = node(&schema).await;
        let admin = here.admin().await;
        let over_there = Session { server: &there, credentials: admin.credentials.clone() };
        assert!(over_there.is_alive().await);
        let ann = over_there.add_user("ann", SiteRole::Creator, Some("p")).await;

        let session = here.with_password("ann", "p", "").await.unwrap();
        let elsewhere = Session { server: &there, credentials: session.credentials.clone() };
        assert!(elsewhere.is_alive().await);
        elsewhere.call(auth::SIGN_OUT, &[], "", None).await.unwrap();
        assert!(!session.is_alive().await);

        let session = there.with_password("ann", "p", "").await.unwrap();
        let user = User { password: Some(Secret::new("q")), ..Default::default() };
        admin.on_site(users::UPDATE, &[&ann], "", Some(&UserMessage { user })).await.unwrap();
        assert!(!session.is_alive().await);

        let token = admin.create_token("nightly").await;
        let session = there.sign_in(token_credentials("nightly", token.secret.expose(), "")).await.unwrap();
        assert!(session.is_alive().await);
        admin.on_site(personal_access_tokens::REVOKE, &[&admin.user_id(), &token.token_guid], "", None).await.unwrap();
        assert!(!session.is_alive().await);
    });
}

#[test]
fn two_nodes_that_start_at_once_make_one_administrator() {
    let Some(schema) = Schema::create("start") else { return };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (here, there) = tokio::join!(node(&schema), node(&schema));
        let admin = here.admin().await;
        there.admin().await;
        let list = admin.on_site(users::LIST, &[], "", None).await.unwrap();
        assert_eq!(list.pagination.total_available.0, 1);
    });
}

#[test]
fn two_nodes_never_take_one_name_twice() {
    let Some(schema) = Schema::create("names") else { return };
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let here = node(&schema).await;
        let there = node(&schema).await;
        let admin = here.admin().await;
        let over_there = Session { server: &there, credentials: admin.credentials.clone() };
        for n in 0..20 {
            let body = || UserMessage {
                user: User {
                    name: Some(format!("user{n}")),
                    site_role: Some(SiteRole::Viewer.into()),
                    ..Default::default()
                },
            };
            let (one, two) = (body(), body());
            let (one, two) = tokio::join!(
                admin.on_site(users::ADD, &[], "", Some(&one)),
                over_there.on_site(users::ADD, &[], "", Some(&two))
            );
            let refused = match (one, two) {
                (Ok(_), Err(refused)) | (Err(refused), Ok(_)) => refused,
                both => panic!("{both:?}"),
            };
            assert_eq!(refused.code, "409000");
        }
    });
}
